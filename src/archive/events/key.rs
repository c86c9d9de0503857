//! The keyed tokens by which events reach records: of a key's name and its folded value, never the value.

use crate::archive::cases::reference_token;
use crate::archive::parties::name_token;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::to_hex;
use crate::base::id::CaseId;
use crate::base::text::fold_name;
use crate::policy::trigger::EventKey;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::LookupToken;
use crate::store::rows::cases::{self, CaseRow};

/// The key whose value is a case.
pub(in crate::archive) const CASE: &str = "case";
/// The key whose value is a customer's name.
pub(in crate::archive) const CUSTOMER: &str = "customer";
/// The name that stands for all records among an event's keys.
pub(in crate::archive) const ALL: &str = "all";

const PURPOSE: &str = "event.key";

fn token(keys: &Keyring, name: &str, value: &str) -> Result<LookupToken, Refusal> {
    let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
    Ok(index.lookup_token(PURPOSE, &format!("{name}\u{1f}{value}")))
}

/// Of a key whose value is written in words.
pub(in crate::archive) fn key_token(
    keys: &Keyring,
    key: &EventKey,
    value: &str,
) -> Result<LookupToken, Refusal> {
    match key.as_str() {
        CUSTOMER => party_token(keys, &name_token(keys, value)?),
        name => token(keys, name, &fold_name(value)),
    }
}

/// Of a customer who is known by the token of the name.
pub(in crate::archive) fn party_token(keys: &Keyring, name: &LookupToken) -> Result<LookupToken, Refusal> {
    token(keys, CUSTOMER, &to_hex(name))
}

/// Of a case.
pub(in crate::archive) fn case_token(keys: &Keyring, case: CaseId) -> Result<LookupToken, Refusal> {
    token(keys, CASE, &case.to_string())
}

/// Of all records.
pub(in crate::archive) fn all_token(keys: &Keyring) -> Result<LookupToken, Refusal> {
    token(keys, ALL, "")
}

/// The case that a key names, by reference or id.
pub(super) fn case_named(keys: &Keyring, conn: &mut Conn, value: &str) -> Result<CaseRow, Refusal> {
    let row = match CaseId::parse(value) {
        Ok(id) => cases::get(conn, id)?,
        Err(_) => cases::by_reference(conn, &reference_token(keys, value)?)?,
    };
    row.ok_or(Refusal::NotFound(Thing::Case))
}
