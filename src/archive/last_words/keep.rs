//! The last words on disk, so that a start reads the entries since and not the whole ledger. The file
//! is a copy of what the ledger says, under a key that lies outside the data directory: a file that
//! is missing, old or not ours costs time and nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::civil::Zone;
use crate::base::digest::{Digest, Digesting, from_hex, to_hex};
use crate::base::id::{ArchiveId, HoldId, HoldNoticeId, MatterId, UserId};
use crate::base::moment::Moment;
use crate::ledger::tree::Builder;
use crate::record::hold::HoldMode;
use crate::retention::HoldKind;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::ledger::{self, DatabaseTiles};

use crate::archive::Inner;
use crate::archive::holds::{Asks, HoldWord, Noticed, Register, Released};
use crate::archive::refusal::Refusal;
use crate::archive::signed::Reach;

use super::heads::{Book, Heads};
use super::{InForce, State};

/// The version of the file's form; another one is read as if there were no file.
const FORM: u32 = 9;
/// Entries that may have to be read at a start: for fewer the file is not written anew.
const ENTRIES_SINCE: u64 = 1_000;
/// What the key is used for.
const PURPOSE: &str = "last_words";

/// The file, before its last line.
#[derive(Serialize, Deserialize)]
struct Kept {
    form: u32,
    archive: String,
    size: u64,
    root: String,
    local_operator: Option<String>,
    users: Vec<String>,
    sessions: Vec<(i64, String)>,
    words: BTreeMap<String, String>,
    bundles: BTreeMap<u16, u32>,
    in_force: InForce,
    holds: Vec<KeptHold>,
    notices: Vec<KeptNotice>,
    heads: KeptHeads,
}

/// A hold as its entries have it.
#[derive(Serialize, Deserialize)]
struct KeptHold {
    hold: String,
    matter: String,
    kind: String,
    mode: String,
    confidential: bool,
    placed_at: i64,
    zone: String,
    words: String,
    asks: [bool; 3],
    members: Packed,
    released: Option<(i64, i64)>,
    is_legible: bool,
}

/// What people were told of a hold, as entries have it.
#[derive(Serialize, Deserialize)]
struct KeptNotice {
    notice: String,
    hold: String,
    at: Option<i64>,
    by: Option<String>,
    recipients: Vec<(String, Option<i64>)>,
}

/// The heads, which may reach less far or farther than the words.
#[derive(Serialize, Deserialize)]
struct KeptHeads {
    size: u64,
    root: String,
    stories: Packed,
    amended: Packed,
    linked: Packed,
    named: Packed,
    events: Packed,
    opened: Packed,
    disposed: Packed,
    dispositions: Packed,
}

impl Inner {
    /// Takes the kept words, where they are of this very log, and reads the entries since.
    ///
    /// # Errors
    /// The ledger is not what was signed, or cannot be read.
    pub(in crate::archive) fn take_up_last_words(&self) -> Result<(), Refusal> {
        if let Some((state, heads)) = self.kept_words() {
            let words = Reach { size: state.size, root: state.root };
            let same = self.store.read(|conn| {
                // The root is compared again, with the entries since, before anything is believed.
                Ok::<_, Refusal>(is_of_this_log(conn, words)? && is_of_this_log(conn, heads.reach())?)
            })?;
            if same {
                self.last_words.kept.store(state.size, Ordering::Relaxed);
                self.last_words.tell(&state);
                *self.last_words.write() = state;
                *self.last_words.write_heads() = heads;
            }
        }
        self.follow()
    }

    /// Keeps the words of now. What hinders it hinders nothing else.
    pub(in crate::archive) fn keep_last_words(&self) {
        let state = self.last_words.read();
        if state.size < self.last_words.kept.load(Ordering::Relaxed).saturating_add(ENTRIES_SINCE) {
            return;
        }
        drop(state);
        if let Err(error) = self.write_last_words() {
            tracing::warn!(%error, "the last words of the ledger were not kept");
        }
    }

    pub(in crate::archive) fn write_last_words(&self) -> std::io::Result<()> {
        let state = self.last_words.read().clone();
        let heads = KeptHeads::of(&self.last_words.read_heads());
        let keys = self.keys();
        if keys.index.is_none() {
            return Ok(()); // Nobody could tell whose it is.
        }
        let kept = Kept::of(&state, heads, keys.archive);
        let path = self.place.last_words();
        let aside = path.with_extension("being-written");
        match std::fs::remove_file(&aside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        let mut writing = Writing { to: std::io::BufWriter::new(file), digesting: Digesting::new() };
        serde_json::to_writer(&mut writing, &kept).map_err(std::io::Error::other)?;
        let Writing { mut to, digesting } = writing;
        let Some(seal) = seal(&keys, digesting.finish()) else { return Ok(()) };
        to.write_all(b"\n")?;
        to.write_all(seal.as_bytes())?;
        to.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&aside, &path)?;
        self.last_words.kept.store(state.size, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn kept_words(&self) -> Option<(State, Heads)> {
        let bytes = std::fs::read(self.place.last_words()).ok()?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n')?;
        let (content, line) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        let keys = self.keys();
        if seal(&keys, Digest::of(content))?.as_bytes() != line {
            tracing::warn!(
                "the kept last words are not this archive's; the ledger is read from its beginning"
            );
            return None;
        }
        let kept = serde_json::from_slice::<Kept>(content).ok()?;
        Some((kept.to_state(keys.archive)?, kept.heads.to_heads()?))
    }
}

/// The last line: who has the key alone can make it.
fn seal(keys: &Keyring, content: Digest) -> Option<String> {
    let index = keys.index.as_ref()?;
    Some(to_hex(&index.lookup_token(PURPOSE, &content.to_hex())))
}

/// True if the tree at hand has this root at this size.
fn is_of_this_log(conn: &mut Conn, reach: Reach) -> Result<bool, Refusal> {
    let known = ledger::latest_checkpoint(conn)?.is_some_and(|latest| latest.size >= reach.size);
    let tree = Builder::resume(&DatabaseTiles::new(conn), if known { reach.size } else { 0 });
    Ok(known && tree.is_ok_and(|tree| tree.root() == reach.root))
}

/// Writes and digests at once: the file may be larger than what it is made from.
struct Writing<W> {
    to: W,
    digesting: Digesting,
}

impl<W: Write> Write for Writing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.to.write_all(bytes)?;
        self.digesting.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// Many small things in hexadecimal, as one text.
struct Packed(Vec<u8>);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chunks(1_024).try_for_each(|bytes| f.write_str(&to_hex(bytes)))
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        from_hex(text).map(Self).ok_or_else(|| serde::de::Error::custom("not hexadecimal"))
    }
}

impl KeptHold {
    fn of((hold, word): (HoldId, &Arc<HoldWord>)) -> Self {
        let Asks { parties, fields, query } = word.asks;
        Self {
            hold: hold.to_string(),
            matter: word.matter.to_string(),
            kind: word.kind.as_str().to_owned(),
            mode: word.mode.as_str().to_owned(),
            confidential: word.confidential,
            placed_at: word.placed_at.micros(),
            zone: word.zone.name().to_owned(),
            words: word.words.to_hex(),
            asks: [parties, fields, query],
            members: Packed(word.members.iter().flatten().copied().collect()),
            released: word.released.map(|end| (end.at.micros(), end.rests_until.micros())),
            is_legible: word.is_legible,
        }
    }

    fn to_word(&self) -> Option<(HoldId, HoldWord)> {
        let [parties, fields, query] = self.asks;
        let members = self.members.0.chunks_exact(16);
        if !members.remainder().is_empty() {
            return None;
        }
        let released = self.released.map(|(at, until)| Released {
            at: Moment::from_micros(at),
            rests_until: Moment::from_micros(until),
        });
        let word = HoldWord {
            matter: MatterId::parse(&self.matter).ok()?,
            kind: HoldKind::parse(&self.kind)?,
            mode: HoldMode::from_row(&self.mode)?,
            confidential: self.confidential,
            placed_at: Moment::from_micros(self.placed_at),
            zone: Zone::parse(&self.zone).ok()?,
            words: Digest::parse_hex(&self.words).ok()?,
            asks: Asks { parties, fields, query },
            members: members.map(|token| token.try_into().ok()).collect::<Option<_>>()?,
            released,
            is_legible: self.is_legible,
        };
        Some((HoldId::parse(&self.hold).ok()?, word))
    }
}

impl KeptNotice {
    fn of((notice, noticed): (HoldNoticeId, &Arc<Noticed>)) -> Self {
        let Noticed { hold, at, by, recipients } = noticed.as_ref();
        let recipient = |(user, at): (&UserId, &Option<Moment>)| (user.to_string(), at.map(Moment::micros));
        Self {
            notice: notice.to_string(),
            hold: hold.to_string(),
            at: at.map(Moment::micros),
            by: by.map(|user| user.to_string()),
            recipients: recipients.iter().map(recipient).collect(),
        }
    }

    fn to_noticed(&self) -> Option<(HoldNoticeId, Noticed)> {
        let recipient = |(user, at): &(String, Option<i64>)| {
            Some((UserId::parse(user).ok()?, at.map(Moment::from_micros)))
        };
        let by = self.by.as_deref().map(UserId::parse).transpose().ok()?;
        let noticed = Noticed {
            hold: HoldId::parse(&self.hold).ok()?,
            at: self.at.map(Moment::from_micros),
            by,
            recipients: self.recipients.iter().map(recipient).collect::<Option<_>>()?,
        };
        Some((HoldNoticeId::parse(&self.notice).ok()?, noticed))
    }
}

impl KeptHeads {
    fn of(heads: &Heads) -> Self {
        Self {
            size: heads.size,
            root: heads.root.to_hex(),
            stories: Packed(heads.stories.to_bytes()),
            amended: Packed(heads.amended.to_bytes()),
            linked: Packed(heads.linked.to_bytes()),
            named: Packed(heads.named.to_bytes()),
            events: Packed(heads.events.to_bytes()),
            opened: Packed(heads.opened.to_bytes()),
            disposed: Packed(heads.disposed.to_bytes()),
            dispositions: Packed(heads.dispositions.to_bytes()),
        }
    }

    fn to_heads(&self) -> Option<Heads> {
        let mut heads = Heads::default();
        (heads.size, heads.root) = (self.size, Digest::parse_hex(&self.root).ok()?);
        heads.stories = Book::from_bytes(&self.stories.0)?;
        heads.amended = Book::from_bytes(&self.amended.0)?;
        heads.linked = Book::from_bytes(&self.linked.0)?;
        heads.named = Book::from_bytes(&self.named.0)?;
        heads.events = Book::from_bytes(&self.events.0)?;
        heads.opened = Book::from_bytes(&self.opened.0)?;
        heads.disposed = Book::from_bytes(&self.disposed.0)?;
        heads.dispositions = Book::from_bytes(&self.dispositions.0)?;
        heads.settle();
        Some(heads)
    }
}

impl Kept {
    fn of(state: &State, heads: KeptHeads, archive: ArchiveId) -> Self {
        let State {
            size,
            root,
            words,
            users,
            sessions,
            local_operator,
            bundles,
            in_force,
            holds,
            generation: _,
            ..
        } = state;
        Self {
            form: FORM,
            archive: archive.to_string(),
            size: *size,
            root: root.to_hex(),
            local_operator: local_operator.clone(),
            users: users.iter().map(UserId::to_string).collect(),
            sessions: sessions.iter().map(|(at, key)| (at.micros(), to_hex(key))).collect(),
            bundles: bundles.clone(),
            in_force: *in_force,
            holds: holds.iter().map(KeptHold::of).collect(),
            notices: holds.notices().map(KeptNotice::of).collect(),
            heads,
            words: words.iter().map(|(key, digest)| (to_hex(key), digest.to_hex())).collect(),
        }
    }

    fn to_state(&self, archive: ArchiveId) -> Option<State> {
        if self.form != FORM || self.archive != archive.to_string() {
            return None;
        }
        let key = |hex: &String| from_hex(hex).and_then(|bytes| bytes.try_into().ok());
        let word = |(hex, digest): (&String, &String)| Some((key(hex)?, Digest::parse_hex(digest).ok()?));
        let mut holds = Register::default();
        for kept in &self.holds {
            let (hold, word) = kept.to_word()?;
            holds.put(hold, word);
        }
        for kept in &self.notices {
            let (notice, noticed) = kept.to_noticed()?;
            holds.put_notice(notice, noticed);
        }
        let session = |(at, hex): &(i64, String)| Some((Moment::from_micros(*at), key(hex)?));
        Some(State {
            size: self.size,
            root: Digest::parse_hex(&self.root).ok()?,
            words: self.words.iter().map(word).collect::<Option<_>>()?,
            users: self.users.iter().map(|id| UserId::parse(id).ok()).collect::<Option<_>>()?,
            sessions: self.sessions.iter().map(session).collect::<Option<_>>()?,
            local_operator: self.local_operator.clone(),
            bundles: self.bundles.clone(),
            in_force: self.in_force,
            holds,
            generation: 1,
            missed: 0,
            caught_up: 0,
        })
    }
}
