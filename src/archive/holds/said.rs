//! What entries about holds keep to themselves. Auditors read the ledger whole, and carry it away: from an entry they
//! see that something was said of a hold, by whom and when. What it was is sealed, padded, and bound by a commitment, in
//! the same form whether the hold is confidential or not. Whoever is shown the plain bytes can hold them against the
//! entry; whoever has the archive's index keys opens them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::archive::Inner;
use crate::archive::refusal::Refusal;
use crate::base::canonical;
use crate::base::digest::{Digest, to_hex};
use crate::base::entropy::Entropy;
use crate::base::entropy::draw;
use crate::base::id::HoldId;
use crate::base::secret::SecretKey;
use crate::record::hold::HoldMemberKind;
use crate::seal::{IndexKeys, Keyring, cell};
use crate::store::rows::LookupToken;
use crate::store::rows::holds::HoldMemberRow;

/// The fact that holds what is sealed.
const SEALED: &str = "sealed";
/// What is sealed is filled up to one of these lengths, in bytes: the smallest, or as often twice that as it takes.
const LEAST_BYTES: usize = 2_048;
/// Above this nothing is filled up: the entry would be too large.
const MOST_BYTES: usize = 32_768;

/// What the row of a member keeps is filled up to this length, in bytes: longer than any kind with any target.
const NAMED_BYTES: usize = 160;

/// Opens what entries about holds say, and what rows of their members name. It follows from the index keys, which stay
/// as long as the archive.
pub(in crate::archive) struct SaidKey(SecretKey<32>);

impl SaidKey {
    pub(in crate::archive) fn of(keys: &IndexKeys) -> Self {
        Self(keys.derived("hold.said"))
    }
}

fn context(subject: &str) -> String {
    format!("hold.said/{subject}")
}

/// The facts of an entry about a hold of which only `subject`, the hold, stands in clear.
///
/// # Errors
/// No index keys on this node.
pub(super) fn closed(inner: &Inner, keys: &Keyring, subject: &str, told: &Value) -> Result<Value, Refusal> {
    let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
    let entropy = inner.entropy.as_ref();
    let salt: [u8; 32] = draw(entropy);
    let mut plain = canonical::to_bytes(&json!({"facts": told, "salt": to_hex(&salt)}));
    let mut length = LEAST_BYTES;
    while length < plain.len() && length < MOST_BYTES {
        length *= 2;
    }
    plain.resize(length.max(plain.len()), b' ');
    let sealed = cell::seal_under(&SaidKey::of(index).0, &context(subject), &plain, entropy);
    Ok(json!({
        "commitment": Digest::of(&plain).to_hex(),
        "hold": subject,
        (SEALED): URL_SAFE_NO_PAD.encode(sealed),
    }))
}

/// The facts as they were told; `None` if they cannot be opened, or are not those that the entry is committed to.
/// Entries from before this form told them in clear.
pub(super) fn opened<'f>(
    key: Option<&SaidKey>,
    facts: &'f Map<String, Value>,
) -> Option<Cow<'f, Map<String, Value>>> {
    let Some(sealed) = facts.get(SEALED) else { return Some(Cow::Borrowed(facts)) };
    let sealed = URL_SAFE_NO_PAD.decode(sealed.as_str()?).ok()?;
    let subject = facts.get("hold")?.as_str()?;
    let plain = cell::open_under(&key?.0, &context(subject), &sealed).ok()?;
    let committed = facts.get("commitment")?.as_str().and_then(|hex| Digest::parse_hex(hex).ok())?;
    if Digest::of(plain.expose()) != committed {
        return None;
    }
    let plain: Value = serde_json::from_slice(plain.expose()).ok()?;
    let told = plain.get("facts")?.as_object()?;
    Some(Cow::Owned(told.clone()))
}

/// Something that a hold names, as its row keeps it: a stolen database tells neither what is held nor of what sort it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub kind: HoldMemberKind,
    /// Its id; nothing of a field, which stands in the hold's words.
    pub target: Option<String>,
}

fn place_of(hold: HoldId, token: &LookupToken) -> String {
    format!("hold.named/{hold}/{}", to_hex(token))
}

impl Named {
    pub(super) fn seal(
        &self,
        key: &SaidKey,
        (hold, token): (HoldId, &LookupToken),
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        let target = self.target.as_deref().unwrap_or_default();
        let mut plain = format!("{} {target}", self.kind.as_str()).into_bytes();
        assert!(plain.len() <= NAMED_BYTES, "a target is an id, or a category");
        plain.resize(NAMED_BYTES, b' ');
        cell::seal_under(&key.0, &place_of(hold, token), &plain, entropy)
    }

    /// What a row names; `None` if it cannot be opened.
    pub(super) fn open(key: &SaidKey, row: &HoldMemberRow) -> Option<Self> {
        let plain = cell::open_under(&key.0, &place_of(row.hold_id, &row.token), &row.named).ok()?;
        let (kind, target) = std::str::from_utf8(plain.expose()).ok()?.split_once(' ')?;
        let target = Some(target.trim_end()).filter(|target| !target.is_empty());
        Some(Self { kind: HoldMemberKind::from_row(kind)?, target: target.map(str::to_owned) })
    }
}
