//! The last words on disk, so that a start reads the entries since and not the whole ledger. The file
//! is a copy of what the ledger says, under a key that lies outside the data directory: a file that
//! is missing, old or not ours costs time and nothing else.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use crate::base::digest::{Digest, from_hex, to_hex};
use crate::base::id::{ArchiveId, UserId};
use crate::base::moment::Moment;
use crate::ledger::tree::Builder;
use crate::seal::Keyring;
use crate::store::rows::ledger::{self, DatabaseTiles};

use crate::archive::Inner;
use crate::archive::refusal::Refusal;

use super::State;

/// The version of the file's form; another one is read as if there were no file.
const FORM: u32 = 1;
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
}

impl Inner {
    /// Takes the kept words, where they are of this very log, and reads the entries since.
    ///
    /// # Errors
    /// The ledger is not what was signed, or cannot be read.
    pub(in crate::archive) fn take_up_last_words(&self) -> Result<(), Refusal> {
        if let Some(state) = self.kept_words() {
            let same = self.store.read(|conn| {
                let known = ledger::latest_checkpoint(conn)?.is_some_and(|latest| latest.size >= state.size);
                // The root is compared again, with the entries since, before anything is believed.
                let tree = Builder::resume(&DatabaseTiles::new(conn), if known { state.size } else { 0 });
                Ok::<_, Refusal>(known && tree.is_ok_and(|tree| tree.root() == state.root))
            })?;
            if same {
                self.last_words.kept.store(state.size, Ordering::Relaxed);
                *self.last_words.write() = state;
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

    pub(super) fn write_last_words(&self) -> std::io::Result<()> {
        let state = self.last_words.read().clone();
        let keys = self.keys();
        let mut bytes = serde_json::to_vec(&Kept::of(&state, keys.archive)).map_err(std::io::Error::other)?;
        let Some(seal) = seal(&keys, &bytes) else { return Ok(()) };
        bytes.push(b'\n');
        bytes.extend_from_slice(seal.as_bytes());
        let path = self.place.last_words();
        let aside = path.with_extension("being-written");
        match std::fs::remove_file(&aside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&aside, &path)?;
        self.last_words.kept.store(state.size, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn kept_words(&self) -> Option<State> {
        let bytes = std::fs::read(self.place.last_words()).ok()?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n')?;
        let (content, line) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        let keys = self.keys();
        if seal(&keys, content)?.as_bytes() != line {
            tracing::warn!(
                "the kept last words are not this archive's; the ledger is read from its beginning"
            );
            return None;
        }
        serde_json::from_slice::<Kept>(content).ok()?.to_state(keys.archive)
    }
}

/// The last line: who has the key alone can make it.
fn seal(keys: &Keyring, content: &[u8]) -> Option<String> {
    let index = keys.index.as_ref()?;
    Some(to_hex(&index.lookup_token(PURPOSE, &Digest::of(content).to_hex())))
}

impl Kept {
    fn of(state: &State, archive: ArchiveId) -> Self {
        let State { size, root, words, users, sessions, local_operator, bundles, generation: _, .. } = state;
        Self {
            form: FORM,
            archive: archive.to_string(),
            size: *size,
            root: root.to_hex(),
            local_operator: local_operator.clone(),
            users: users.iter().map(UserId::to_string).collect(),
            sessions: sessions.iter().map(|(at, key)| (at.micros(), to_hex(key))).collect(),
            bundles: bundles.clone(),
            words: words.iter().map(|(key, digest)| (to_hex(key), digest.to_hex())).collect(),
        }
    }

    fn to_state(&self, archive: ArchiveId) -> Option<State> {
        if self.form != FORM || self.archive != archive.to_string() {
            return None;
        }
        let key = |hex: &String| from_hex(hex).and_then(|bytes| bytes.try_into().ok());
        let word = |(hex, digest): (&String, &String)| Some((key(hex)?, Digest::parse_hex(digest).ok()?));
        let session = |(at, hex): &(i64, String)| Some((Moment::from_micros(*at), key(hex)?));
        Some(State {
            size: self.size,
            root: Digest::parse_hex(&self.root).ok()?,
            words: self.words.iter().map(word).collect::<Option<_>>()?,
            users: self.users.iter().map(|id| UserId::parse(id).ok()).collect::<Option<_>>()?,
            sessions: self.sessions.iter().map(session).collect::<Option<_>>()?,
            local_operator: self.local_operator.clone(),
            bundles: self.bundles.clone(),
            generation: 1,
            missed: 0,
            caught_up: 0,
        })
    }
}
