//! Re-reads everything and names what is wrong: the signed checkpoint, the tree, every entry, the
//! rows against the entries, every sealed cell and every payload. Needs no decryption key; `--deep`
//! decrypts too. Changes nothing, and takes no lock: a running archive can be verified.

#[cfg(test)]
mod damage;
mod deep;
#[cfg(test)]
mod histories;
mod ledger;
mod payloads;
mod report;
mod rows;
mod schema;
mod standing;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod tests;
mod vouched;

use crate::blob::{Blobs, LocalBlobs};
use crate::keydir::{IdentitySource, KeyDir, KeyDirError};
use crate::ledger::checkpoint::is_vkey;
use crate::seal::key_files::BadKeyFile;
use crate::store::{Inspection, StoreError};

use super::place::Place;
use super::refusal::Refusal;

pub use report::{FAULTS_LISTED_MAX, Fault, FaultKind, Report};

/// The file of the key directory that holds the log's public key.
const VKEY_FILE: &str = "log.vkey";

/// How thorough, and against which key.
#[derive(Clone, Default)]
pub struct VerifyOptions {
    /// The log's public key, from a source that the caller trusts.
    pub vkey: Option<String>,
    /// A signed checkpoint that was kept elsewhere; the one in the key directory if not said.
    pub checkpoint: Option<String>,
    /// The keys with which everything is decrypted too.
    pub deep: Option<IdentitySource>,
    /// The database; the embedded default if not said.
    pub database: Option<String>,
}

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being read.
    pub phase: Phase,
    /// Units done.
    pub done: u64,
    /// Units in all.
    pub total: u64,
}

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The ledger's entries.
    Entries,
    /// Rows and sealed cells.
    Rows,
    /// Payloads, in components.
    Payloads,
}

/// Verifies the archive at `place`.
///
/// # Errors
/// Only if it cannot be looked at: no archive, a newer version, the database unreachable, keys
/// that were asked for and do not open. Whatever is wrong inside is in the report.
pub fn verify(
    place: &Place,
    options: &VerifyOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Refusal> {
    if !place.holds_archive() && options.database.is_none() {
        return Err(Refusal::NoArchive);
    }
    let url = place.database_url(options.database.as_deref());
    let store = match Inspection::open(&url) {
        Err(StoreError::Malformed { why }) => return Ok(Report::of_unreadable(why)),
        opened => opened?,
    };
    let blobs: Box<dyn Blobs> = Box::new(LocalBlobs::look(&place.blobs()));
    let keys = match &options.deep {
        None => None,
        Some(source) => Some(KeyDir::open(place.keys(), source, place.data())?),
    };
    let vkey = match &options.vkey {
        Some(vkey) => Some(vkey.trim().to_owned()),
        None => vkey_beside(place)?,
    };
    let kept = match &options.checkpoint {
        Some(note) => Some(note.clone()),
        None if place.keys().exists() => KeyDir::kept_checkpoint(place.keys())?,
        None => None,
    };
    let mut report = Report { pinned: vkey.is_some(), ..Report::default() };
    match store.integrity() {
        Ok(complaints) => {
            for complaint in complaints {
                report.add(FaultKind::DatabaseDamaged, "database", complaint);
            }
        }
        // It gets no further itself.
        Err(error) if is_damage(&error) => {
            report.add(FaultKind::DatabaseDamaged, "database", error.to_string());
        }
        Err(error) => return Err(error.into()),
    }
    store.read(|conn| {
        let mut checks = Checks { report: &mut report, progress };
        let looked = schema::check(conn, &mut checks);
        checks.unless_damaged("database", looked)?;
        let looked = ledger::check(conn, &mut checks, vkey.as_deref(), kept.as_deref());
        let size = checks.unless_damaged("ledger_entries", looked)?.unwrap_or(checks.report.entries);
        let results = rows::check(conn, &mut checks, size)?;
        let looked = payloads::check(conn, &mut checks, blobs.as_ref());
        checks.unless_damaged("payloads", looked)?;
        payloads::check_results(&mut checks, &place.results(), &results)?;
        if let Some(keys) = &keys {
            let looked = deep::check(conn, &mut checks, blobs.as_ref(), keys);
            checks.unless_damaged("payloads", looked)?;
            let looked = deep::check_results(conn, &mut checks, keys, &results);
            checks.unless_damaged("results", looked)?;
        }
        Ok::<_, Refusal>(())
    })?;
    Ok(report)
}

/// What the checks share.
struct Checks<'a> {
    report: &'a mut Report,
    progress: &'a mut dyn FnMut(Progress),
}

impl Checks<'_> {
    /// What a check of `subject` came to. Damage of the database that stopped it is a fault like others, and
    /// the checks behind it go on: whoever asks what is wrong wants to know all of it.
    ///
    /// # Errors
    /// It was stopped by something else.
    fn unless_damaged<T>(&mut self, subject: &str, result: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Refusal::Store(error)) if is_damage(&error) => {
                self.report.add(FaultKind::DatabaseDamaged, subject, error.to_string());
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

/// True for what a database says whose bytes were changed: pages that do not fit, values that no program wrote,
/// lengths that nobody can read.
const fn is_damage(error: &StoreError) -> bool {
    matches!(error, StoreError::Malformed { .. } | StoreError::Corrupt { .. } | StoreError::Refused { .. })
}

/// The log's public key as the key directory has it; `None` where that is not at hand.
fn vkey_beside(place: &Place) -> Result<Option<String>, Refusal> {
    match std::fs::read_to_string(place.keys().join(VKEY_FILE)) {
        // A damaged one must not make the checkpoint look forged.
        Ok(text) if !is_vkey(text.trim()) => {
            let (file, expected) = (place.keys().join(VKEY_FILE), "a public key of a log");
            Err(KeyDirError::Damaged { file, why: BadKeyFile::Form { expected } }.into())
        }
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refusal::Io { what: "read log.vkey", error }),
    }
}
