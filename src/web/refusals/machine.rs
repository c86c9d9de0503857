//! What database, blobs, key directory and the system itself refuse.

use std::io::ErrorKind;

use rustix::io::Errno;

use super::internal;
use crate::blob::BlobError;
use crate::keydir::KeyDirError;
use crate::store::StoreError;
use crate::web::problem::Problem;
use crate::words::{DamagedKind, Refusal, Seconds};

/// Seconds after which files may have been closed.
const CROWDED_SECONDS: u64 = 5;

pub(super) fn of_store(error: StoreError) -> Problem {
    let refusal = match error {
        StoreError::Full => Refusal::StorageFull,
        StoreError::Contended => Refusal::TooBusy { wait: Seconds(1) },
        StoreError::Locked => {
            tracing::error!("another program has locked the database");
            Refusal::DatabaseLocked
        }
        StoreError::Unavailable { why } => {
            tracing::error!(%why, "the database cannot be reached");
            Refusal::DatabaseUnavailable
        }
        StoreError::Malformed { why } => {
            tracing::error!(%why, "the database is damaged");
            Refusal::DatabaseDamaged
        }
        StoreError::Closed => Refusal::ShuttingDown,
        StoreError::Corrupt { table, id, why } => {
            tracing::error!(table, %id, %why, "a row is not as it was written");
            Refusal::damaged(DamagedKind::of_table(table), Some(&id))
        }
        StoreError::LedgerBroken { why } => {
            tracing::error!(%why, "the ledger is not whole");
            Refusal::LedgerBroken
        }
        StoreError::OtherLogKey => Refusal::OtherLogKey,
        StoreError::ForeignSchema { name } => Refusal::ForeignSchema { name },
        StoreError::NewerSchema { found, known } => Refusal::NewerDataDirectory { found, known },
        StoreError::NoPostgres => Refusal::NoPostgres,
        StoreError::BadUrl { .. } => Refusal::ConfigInvalid { setting: "database.url".to_owned() },
        StoreError::Duplicate { .. } => Refusal::AlreadyExists,
        StoreError::BadEntry { .. }
        | StoreError::ReadOnly
        | StoreError::Refused { .. }
        | StoreError::NoEntry
        | StoreError::Panicked
        | StoreError::Nested => return internal(&error),
    };
    refusal.into()
}

pub(super) fn of_blob(error: &BlobError) -> Problem {
    match error {
        BlobError::Full => Refusal::StorageFull.into(),
        BlobError::Crowded => crowded(),
        BlobError::Missing => Refusal::damaged(DamagedKind::Payload, None).into(),
        BlobError::Absent => Refusal::PayloadsMissing.into(),
        BlobError::Io { .. } => internal(error),
    }
}

/// As many files are open as may be: nothing was written, and soon there is room again.
fn crowded() -> Problem {
    tracing::error!("too many files are open: raise the limit of open files (LimitNOFILE=, ulimit -n)");
    Refusal::TooBusy { wait: Seconds(CROWDED_SECONDS) }.into()
}

pub(super) fn of_io(what: &'static str, error: &std::io::Error) -> Problem {
    let crowded_numbers = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Refusal::StorageFull.into(),
        _ if error.raw_os_error().is_some_and(|number| crowded_numbers.contains(&number)) => crowded(),
        _ => internal(&format_args!("{what}: {error}")),
    }
}

pub(super) fn of_keys(error: &KeyDirError) -> Problem {
    // The name only: where keys lie is nobody's business at the door.
    let name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let refusal = match error {
        KeyDirError::Missing { file } => Refusal::KeyMissing { file: name(file) },
        KeyDirError::OpenToOthers { file, mode } => {
            Refusal::KeyExposed { file: name(file), mode: format!("{mode:04o}") }
        }
        KeyDirError::InsideData { keys, .. } => Refusal::KeyInsideData { file: name(keys) },
        KeyDirError::WrongKey { file, .. } => Refusal::KeyWrong { file: name(file) },
        KeyDirError::WrongKind { file }
        | KeyDirError::TooLarge { file, .. }
        | KeyDirError::Damaged { file, .. }
        | KeyDirError::Unclaimed { file } => Refusal::KeyDamaged { file: name(file) },
        KeyDirError::AlreadyThere { .. } => Refusal::AlreadyExists,
        KeyDirError::CurrentEpoch { .. }
        | KeyDirError::NoSuchEpoch { .. }
        | KeyDirError::EpochInUse { .. }
        | KeyDirError::EpochLeft { .. }
        | KeyDirError::TooManyEpochs
        | KeyDirError::RotationUnfinished
        | KeyDirError::NoRotation
        | KeyDirError::Stale => Refusal::Conflict,
        KeyDirError::Busy { .. } => Refusal::TooBusy { wait: Seconds(2) },
        KeyDirError::KeptCheckpoint { file } => Refusal::KeptCheckpointDamaged { file: name(file) },
        KeyDirError::Io { kind: ErrorKind::StorageFull | ErrorKind::QuotaExceeded, .. } => {
            Refusal::StorageFull
        }
        KeyDirError::Io {
            kind: ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied, file, ..
        } => Refusal::KeyUnwritable { file: name(file) },
        KeyDirError::BadOrigin | KeyDirError::Io { .. } => return internal(error),
    };
    refusal.into()
}
