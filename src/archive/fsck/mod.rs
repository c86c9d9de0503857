//! Finds what is left over or out of step in a data directory, and mends it when asked: files that a
//! crash left behind, the search index, permissions. Evidence (payloads that records name, rows,
//! sealed cells, the ledger) is never touched: whether that is sound is for `verify` to say.

mod look;
#[cfg(test)]
mod tests;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::moment::Moment;
use crate::blob::BlobError;
use crate::keydir::KeyDir;
use crate::ledger::entry::{EntryDraft, EntryKind};

use super::Archive;
use super::caller::Caller;
use super::refusal::{Refusal, Thing};

/// What was found, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// Where or which: a path below the data directory, an id; empty for what is one thing.
    pub subject: String,
    /// Bytes on disk, or how many, as the kind says.
    pub amount: u64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stands; a repair would mend it.
    Mendable,
    /// It stands until it is older than [`ORPHAN_SECONDS`]: it may be of work under way elsewhere.
    TooYoung,
    /// It was mended.
    Mended,
    /// It is evidence, and only people can help: see `verify`.
    NeedsPeople,
    /// It is somebody's, who may know what for: it is left where it is.
    NotOurs,
}

impl Fate {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mendable => "mendable",
            Self::TooYoung => "too_young",
            Self::Mended => "mended",
            Self::NeedsPeople => "needs_people",
            Self::NotOurs => "not_ours",
        }
    }
}

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// A payload file that no record names; `amount` is bytes.
    StrayBlob,
    /// A payload file that was never finished; `amount` is bytes.
    UnfinishedBlob,
    /// A file among results that no job names; `amount` is bytes.
    StrayResult,
    /// A result that was never finished; `amount` is bytes.
    UnfinishedResult,
    /// A file of an export that was cut off; `amount` is bytes.
    Spool,
    /// The socket of a process that ended at once.
    Socket,
    /// A folder that others than its owner may enter, or a file of the database that they may read;
    /// `amount` is its mode.
    OpenToOthers,
    /// Versions that are not in the search index; `amount` is how many.
    NotIndexed,
    /// Versions in which no personal data was looked for yet; `amount` is how many.
    NotExamined,
    /// A record that counts as examined for personal data, while what was found in it or its place in the
    /// index of subjects is gone: no look-up finds it. `amount` is the version.
    WronglyExamined,
    /// A record of which something else is kept than what the judge says of it: where it stands, on which lists, or by
    /// which keys events reach it. `amount` is 1.
    WronglyJudged,
    /// A search index, of words or of subjects, has documents but no postings.
    IndexLost,
    /// Rows of the search index of records or versions that are not there; `amount` is how many.
    IndexOfNothing,
    /// A payload that a record names is not there.
    PayloadMissing,
    /// Something among payloads or results that is neither; `amount` is bytes.
    Foreign,
    /// A key whose epoch is over still lies in the key directory.
    RetiredKey,
    /// A file of the key directory that was never finished; `amount` is bytes.
    UnfinishedKey,
    /// An escrow place in which the last turn of the epoch has not come to its end.
    EscrowBehind,
}

impl FindingKind {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StrayBlob => "stray_blob",
            Self::UnfinishedBlob => "unfinished_blob",
            Self::StrayResult => "stray_result",
            Self::UnfinishedResult => "unfinished_result",
            Self::Spool => "spool",
            Self::Socket => "socket",
            Self::OpenToOthers => "open_to_others",
            Self::NotIndexed => "not_indexed",
            Self::NotExamined => "not_examined",
            Self::WronglyExamined => "wrongly_examined",
            Self::WronglyJudged => "wrongly_judged",
            Self::IndexLost => "index_lost",
            Self::IndexOfNothing => "index_of_nothing",
            Self::PayloadMissing => "payload_missing",
            Self::Foreign => "foreign",
            Self::RetiredKey => "retired_key",
            Self::UnfinishedKey => "unfinished_key",
            Self::EscrowBehind => "escrow_behind",
        }
    }
}

/// Seconds for which a payload file that no record names may belong to a capture under way.
/// Older ones are swept, with an entry.
pub const ORPHAN_SECONDS: i64 = 24 * 60 * 60;

impl Archive {
    /// Looks at the whole data directory; with `repair`, mends what can be mended.
    ///
    /// # Errors
    /// Neither the local operator nor an administrator; files or database cannot be read or written.
    pub fn fsck(&self, caller: &Caller, repair: bool) -> Result<Vec<Finding>, Refusal> {
        if !caller.is_local() {
            let all = Target::archive();
            let now = self.inner.now();
            caller.permit((Action::Change, Resource::System), Some(&all), Thing::Archive, now)?;
        }
        let mut findings = self.look_around()?;
        if repair {
            self.mend(caller, &mut findings)?;
        }
        Ok(findings)
    }

    fn mend(&self, caller: &Caller, findings: &mut [Finding]) -> Result<(), Refusal> {
        let (mut blobs, mut bytes) = (0_u64, 0_u64);
        for finding in findings.iter_mut().filter(|finding| finding.fate == Fate::Mendable) {
            match finding.kind {
                FindingKind::StrayBlob => {
                    let id = crate::base::id::ComponentId::parse(&finding.subject);
                    let id = id.map_err(|_| Refusal::WrongState)?;
                    match self.inner.blobs.remove(id) {
                        // Somebody else was quicker.
                        Ok(()) | Err(BlobError::Missing) => {}
                        Err(error) => return Err(error.into()),
                    }
                    blobs += 1;
                    bytes += finding.amount;
                }
                FindingKind::UnfinishedBlob => {
                    blobs += 1;
                    bytes += finding.amount;
                }
                // No evidence: nothing is entered.
                FindingKind::StrayResult | FindingKind::UnfinishedResult => self.sweep_results()?,
                FindingKind::Spool | FindingKind::Socket => {
                    remove_file(&self.inner.place.data().join(&finding.subject))?;
                }
                FindingKind::OpenToOthers => close(&self.inner.place.data().join(&finding.subject))?,
                FindingKind::NotIndexed => {
                    self.index_pending(std::time::Duration::MAX)?;
                }
                FindingKind::NotExamined => {
                    self.detect_pending(std::time::Duration::MAX)?;
                }
                // All of them together, with the first.
                FindingKind::WronglyExamined => {
                    let versions = self.wrongly_examined()?;
                    if !versions.is_empty() && !self.examine_again(versions)? {
                        self.rebuild_index(caller, &mut |_| {})?;
                    }
                }
                FindingKind::WronglyJudged => {
                    let record = crate::base::id::RecordId::parse(&finding.subject);
                    self.judge_anew(vec![record.map_err(|_| Refusal::WrongState)?])?;
                    self.judge_pending(std::time::Duration::MAX)?;
                }
                FindingKind::RetiredKey | FindingKind::EscrowBehind => {
                    self.inner.finish_leftovers()?;
                    let left = self.inner.keys_left()?;
                    let is_left = left.epochs.iter().any(|n| format!("epoch-{n}.age") == finding.subject)
                        || left.escrow.iter().any(|place| place.to_string_lossy() == finding.subject);
                    if is_left {
                        continue;
                    }
                }
                FindingKind::UnfinishedKey => drop(KeyDir::sweep(self.inner.place.keys())?),
                FindingKind::IndexLost | FindingKind::IndexOfNothing => {
                    self.rebuild_index(caller, &mut |_| {})?;
                }
                FindingKind::PayloadMissing | FindingKind::Foreign => continue,
            }
            finding.fate = Fate::Mended;
        }
        if blobs == 0 {
            return Ok(());
        }
        // Unfinished ones go together; those that are too young stay.
        let before = before(self.inner.now());
        self.inner.blobs.sweep(before)?;
        let (subject, actor) = (self.inner.keys().archive.to_string(), caller.actor());
        let written = self.inner.store.write(move |tx| {
            let facts = json!({"blobs": blobs, "bytes": bytes});
            tx.enter(EntryDraft { kind: EntryKind::OrphansSwept, subject, actor, facts })?;
            Ok::<_, Refusal>(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

/// What was last written before this instant is of no work that is still under way.
fn before(now: Moment) -> Moment {
    now.plus_seconds(-ORPHAN_SECONDS)
}

fn remove_file(path: &Path) -> Result<(), Refusal> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Refusal::Io { what: "remove what was left over", error }),
    }
}

fn close(path: &Path) -> Result<(), Refusal> {
    let io = |error| Refusal::Io { what: "close to others what is theirs no more", error };
    let mode = if std::fs::metadata(path).map_err(io)?.is_dir() { 0o700 } else { 0o600 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(io)
}
