//! Looks, and changes nothing.

use std::collections::HashSet;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use crate::base::id::ComponentId;
use crate::base::moment::{Clock as _, Moment, SystemClock};
use crate::blob::{BlobError, MARK};
use crate::store::rows::components::{self, Place, Presence};
use crate::store::rows::index::{self, Domain};
use crate::store::rows::uploads;

use super::{Fate, Finding, FindingKind, before};
use crate::archive::Archive;
use crate::archive::refusal::Refusal;
use crate::keydir::KeyDir;

/// The folder of payloads that are being written.
const INCOMING: &str = "incoming";

impl Archive {
    pub(super) fn look_around(&self) -> Result<Vec<Finding>, Refusal> {
        let mut findings = Vec::new();
        self.look_at_folders(&mut findings)?;
        self.look_at_blobs(&mut findings)?;
        self.look_at_results(&mut findings)?;
        for folder in ["blobs", "results"] {
            self.look_for_foreign(folder, &mut findings)?;
        }
        self.look_at_index(&mut findings)?;
        self.look_at_keys(&mut findings)?;
        self.look_at_judged(&mut findings)?;
        Ok(findings)
    }

    /// What is kept of records for lists. A node without keys judges nothing.
    fn look_at_judged(&self, findings: &mut Vec<Finding>) -> Result<(), Refusal> {
        match self.judge_pending(std::time::Duration::MAX) {
            Err(Refusal::NoKey(_)) => return Ok(()),
            judged => judged?,
        };
        for record in self.all_wrongly_judged()? {
            findings.push(found_at(FindingKind::WronglyJudged, &record.to_string(), 1));
        }
        Ok(())
    }

    /// What changes of the key directory that were cut off have left. Opening the archive has tried to finish
    /// them.
    fn look_at_keys(&self, findings: &mut Vec<Finding>) -> Result<(), Refusal> {
        let left = KeyDir::leftovers(self.inner.place.keys())?;
        let in_use = self.inner.epochs_in_use(&left.epochs)?;
        for number in left.epochs {
            let found = found_at(FindingKind::RetiredKey, &format!("epoch-{number}.age"), 1);
            let fate = if in_use.contains(&number) { Fate::NeedsPeople } else { Fate::Mendable };
            findings.push(Finding { fate, ..found });
        }
        for (name, bytes) in left.unfinished {
            findings.push(found_at(FindingKind::UnfinishedKey, &name, bytes));
        }
        for place in left.escrow {
            findings.push(found_at(FindingKind::EscrowBehind, &place.to_string_lossy(), 1));
        }
        Ok(())
    }

    /// The folders' permissions, and what lies in `run`: this process holds the archive's lock, so
    /// whatever was left there is of a process that has ended.
    fn look_at_folders(&self, findings: &mut Vec<Finding>) -> Result<(), Refusal> {
        let data = self.inner.place.data();
        for (path, mode) in self.inner.place.open_to_others()? {
            let name = path.strip_prefix(data).unwrap_or(&path).to_string_lossy().into_owned();
            findings.push(found_at(FindingKind::OpenToOthers, &name, u64::from(mode)));
        }
        for entry in std::fs::read_dir(data.join("run")).map_err(io_error)? {
            let entry = entry.map_err(io_error)?;
            let metadata = entry.metadata().map_err(io_error)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = if metadata.file_type().is_socket() {
                FindingKind::Socket
            } else if Path::new(&name).extension().is_some_and(|ending| ending == "spool") {
                FindingKind::Spool
            } else {
                continue;
            };
            findings.push(found_at(kind, &format!("run/{name}"), metadata.len()));
        }
        Ok(())
    }

    fn look_at_blobs(&self, findings: &mut Vec<Finding>) -> Result<(), Refusal> {
        let mut named = HashSet::new();
        self.inner.store.read(|conn| {
            components::scan(conn, &mut |row| {
                let row = row?;
                if row.state == Presence::Present && row.place == Place::Blob {
                    named.insert(row.id);
                }
                Ok::<_, Refusal>(())
            })
        })?;
        // What is still to be captured is its upload's.
        let uploaded: HashSet<ComponentId> =
            self.inner.store.read(uploads::components)?.into_iter().collect();
        let before = before(self.inner.now());
        let fate = |at: Moment| if at < before { Fate::Mendable } else { Fate::TooYoung };
        let mut stray: Vec<(ComponentId, Moment)> = Vec::new();
        self.inner.blobs.list(&mut |id, modified| {
            if !named.remove(&id) && !uploaded.contains(&id) {
                stray.push((id, modified));
            }
        })?;
        for (id, modified) in stray {
            let amount = match self.inner.blobs.length(id) {
                Ok(bytes) => bytes,
                Err(BlobError::Missing) => continue,
                Err(error) => return Err(error.into()),
            };
            let kind = FindingKind::StrayBlob;
            findings.push(Finding { kind, subject: id.to_string(), amount, fate: fate(modified) });
        }
        for left in self.inner.blobs.leftovers()? {
            let (kind, subject) = (FindingKind::UnfinishedBlob, left.id.to_string());
            findings.push(Finding { kind, subject, amount: left.bytes, fate: fate(left.modified) });
        }
        // Whatever was named and did not come up is missing.
        let mut missing: Vec<String> = named.iter().map(ToString::to_string).collect();
        missing.sort();
        findings.extend(missing.into_iter().map(|subject| Finding {
            kind: FindingKind::PayloadMissing,
            subject,
            amount: 1,
            fate: Fate::NeedsPeople,
        }));
        Ok(())
    }

    /// Results go by their jobs, and are no evidence.
    fn look_at_results(&self, findings: &mut Vec<Finding>) -> Result<(), Refusal> {
        // As the sweep: the file system has the system's time.
        let before = before(SystemClock.now());
        let fate = |at: Moment| if at < before { Fate::Mendable } else { Fate::TooYoung };
        for (job, modified) in self.stray_results()? {
            let file = ComponentId::parse(&job.to_string()).map_err(|_| Refusal::WrongState)?;
            let amount = match self.inner.results.length(file) {
                Ok(bytes) => bytes,
                Err(BlobError::Missing) => continue,
                Err(error) => return Err(error.into()),
            };
            let kind = FindingKind::StrayResult;
            findings.push(Finding { kind, subject: job.to_string(), amount, fate: fate(modified) });
        }
        for left in self.inner.results.leftovers()? {
            let (kind, subject) = (FindingKind::UnfinishedResult, left.id.to_string());
            findings.push(Finding { kind, subject, amount: left.bytes, fate: fate(left.modified) });
        }
        Ok(())
    }

    /// What lies among payloads or results and is named like neither: no sweep ever takes it away.
    fn look_for_foreign(&self, folder: &str, findings: &mut Vec<Finding>) -> Result<(), Refusal> {
        // Folders of one byte each, two deep, then the payloads by their ids.
        let mut level = vec![folder.to_owned()];
        for depth in 0..3 {
            let mut below = Vec::new();
            for parent in level {
                for entry in std::fs::read_dir(self.inner.place.data().join(&parent)).map_err(io_error)? {
                    let entry = entry.map_err(io_error)?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    let path = format!("{parent}/{name}");
                    // A payload may be removed while this looks.
                    let Ok(metadata) = entry.metadata() else { continue };
                    let is_byte =
                        name.len() == 2 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                    match (depth, metadata.is_dir()) {
                        (0, true) if name == INCOMING => {}
                        (0, false) if name == MARK => {}
                        (0 | 1, true) if is_byte => below.push(path),
                        (2, false) if ComponentId::parse(&name).is_ok() => {}
                        _ => findings.push(Finding {
                            kind: FindingKind::Foreign,
                            subject: path,
                            amount: metadata.len(),
                            fate: Fate::NotOurs,
                        }),
                    }
                }
            }
            level = below;
        }
        Ok(())
    }

    fn look_at_index(&self, findings: &mut Vec<Finding>) -> Result<(), Refusal> {
        let (lost, nothing) = self.inner.store.read(|conn| {
            let mut lost = false;
            for domain in [Domain::Content, Domain::Subject, Domain::Withheld] {
                lost |= index::postings_lost(conn, domain)?;
            }
            Ok::<_, Refusal>((lost, index::count_of_nothing(conn)?))
        })?;
        if lost {
            findings.push(found_at(FindingKind::IndexLost, "", 1));
        }
        if nothing > 0 {
            findings.push(found_at(FindingKind::IndexOfNothing, "", nothing));
        }
        // An index that is made anew has everything in it afterwards.
        let waiting = self.not_indexed()?;
        if waiting > 0 && !lost && nothing == 0 {
            findings.push(found_at(FindingKind::NotIndexed, "", waiting));
        }
        let waiting = self.not_examined()?;
        if waiting > 0 && !lost && nothing == 0 {
            findings.push(found_at(FindingKind::NotExamined, "", waiting));
        }
        if !lost {
            for (record, version) in self.wrongly_examined()? {
                let subject = record.to_string();
                findings.push(found_at(FindingKind::WronglyExamined, &subject, u64::from(version)));
            }
        }
        Ok(())
    }
}

fn found_at(kind: FindingKind, subject: &str, amount: u64) -> Finding {
    Finding { kind, subject: subject.to_owned(), amount, fate: Fate::Mendable }
}

fn io_error(error: std::io::Error) -> Refusal {
    Refusal::Io { what: "look at the data directory", error }
}
