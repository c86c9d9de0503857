//! What can go wrong in the database, as facts. Messages of the database are classified here once;
//! they name tables and columns, never values.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database URL cannot be understood.
    #[error("database URL: {why}")]
    BadUrl {
        /// What is wrong with it; never the URL, which may hold a password.
        why: &'static str,
    },
    /// The URL names PostgreSQL, and this program was built without it.
    #[error("this program was built without PostgreSQL")]
    NoPostgres,
    /// The database was written by a newer version of this program.
    #[error("data directory of a newer version (schema {found}, this program knows {known})")]
    NewerSchema {
        /// The newest migration that the database has.
        found: String,
        /// The newest migration that this program has.
        known: String,
    },
    /// A row holds what this program never writes.
    #[error("{table} row {id} is corrupt: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key; parts joined by `/`.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database has a trigger, a view or a rule, and this program makes none.
    #[error("the database has a {name} that this program did not make")]
    ForeignSchema {
        /// Which, as `trigger NAME`.
        name: String,
    },
    /// The checkpoint, the tree and the entries do not belong together.
    #[error("the ledger is not whole: {why}")]
    LedgerBroken {
        /// What contradicts what.
        why: String,
    },
    /// The ledger was signed by another key or under another origin than the one given.
    #[error("the ledger's checkpoint was not signed by this archive's log key")]
    OtherLogKey,
    /// The ledger entry cannot be written.
    #[error("ledger entry: {why}")]
    BadEntry {
        /// What is wrong with it.
        why: String,
    },
    /// No space left for the database.
    #[error("no space left for the database")]
    Full,
    /// A row with the same unique value exists.
    #[error("{table} has a row with the same {columns}")]
    Duplicate {
        /// The table.
        table: String,
        /// The unique columns, joined by `_` (`pkey` for primary keys on PostgreSQL).
        columns: String,
    },
    /// Another process held a lock for too long, or two wanted each other's; try again.
    #[error("the database is busy")]
    Contended,
    /// A program that is none of ours holds the whole database (SQLite): it was waited for in vain.
    #[error("another program has locked the database")]
    Locked,
    /// A change was tried through the door for reading.
    #[error("the door for reading takes no changes")]
    ReadOnly,
    /// The database cannot be reached or read.
    #[error("the database is unavailable: {why}")]
    Unavailable {
        /// What the database or the operating system said.
        why: String,
    },
    /// The database's file is damaged: its own pages do not fit together.
    #[error("the database is damaged: {why}")]
    Malformed {
        /// What the database said.
        why: String,
    },
    /// The database refused a statement for a reason that has no variant of its own.
    #[error("the database refused: {why}")]
    Refused {
        /// What the database said.
        why: String,
    },
    /// A write closure entered nothing in the ledger and was rolled back.
    #[error("a write without a ledger entry was rolled back")]
    NoEntry,
    /// A write closure panicked and was rolled back.
    #[error("a write panicked and was rolled back")]
    Panicked,
    /// A write was started inside a write closure, where it would wait for itself.
    #[error("a write inside a write")]
    Nested,
    /// The writer has stopped.
    #[error("the store is closed")]
    Closed,
}

/// Why a write left nothing behind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError<E> {
    /// The closure refused.
    #[error("{0}")]
    Refused(E),
    /// The closure entered nothing in the ledger.
    #[error("a write without a ledger entry was rolled back")]
    NoEntry,
    /// The closure panicked.
    #[error("a write panicked and was rolled back")]
    Panicked,
    /// The group's transaction failed, or the closure never ran.
    #[error("{0}")]
    Store(StoreError),
}

impl<E: From<StoreError>> WriteError<E> {
    /// The same as one error of the caller's own kind.
    pub fn into_cause(self) -> E {
        match self {
            Self::Refused(error) => error,
            Self::NoEntry => StoreError::NoEntry.into(),
            Self::Panicked => StoreError::Panicked.into(),
            Self::Store(error) => error.into(),
        }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, information) => classify(&kind, information.as_ref()),
            Error::DeserializationError(why) => {
                Self::Corrupt { table: "unknown", id: "unknown".to_owned(), why: why.to_string() }
            }
            other => Self::Refused { why: other.to_string() },
        }
    }
}

impl From<diesel::ConnectionError> for StoreError {
    fn from(error: diesel::ConnectionError) -> Self {
        match error {
            diesel::ConnectionError::CouldntSetupConfiguration(error) => error.into(),
            other => Self::of_pool(&other.to_string()),
        }
    }
}

impl StoreError {
    /// Why no connection was to be had, in the database's words.
    pub(in crate::store) fn of_pool(why: &str) -> Self {
        match by_message(why) {
            known @ (Self::Malformed { .. } | Self::Locked) => known,
            _ => Self::Unavailable { why: why.to_owned() },
        }
    }
}

/// What an error of the database means here.
pub(in crate::store) fn classify(
    kind: &DatabaseErrorKind,
    information: &dyn DatabaseErrorInformation,
) -> StoreError {
    match kind {
        DatabaseErrorKind::UniqueViolation => duplicate(information),
        DatabaseErrorKind::SerializationFailure => StoreError::Contended,
        DatabaseErrorKind::ReadOnlyTransaction => StoreError::ReadOnly,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            StoreError::Unavailable { why: information.message().to_owned() }
        }
        _ => by_message(information.message()),
    }
}

// Neither database hands its error number through diesel; these texts are SQLite's own constants
// (sqlite3_errstr) and the untranslated parts of PostgreSQL's messages.
fn by_message(message: &str) -> StoreError {
    const FULL: [&str; 2] = ["database or disk is full", "No space left on device"];
    const CONTENDED: [&str; 4] =
        ["database table is locked", "deadlock detected", "lock timeout", "could not obtain lock"];
    const MALFORMED: [&str; 3] =
        ["database disk image is malformed", "file is not a database", "malformed database schema"];
    const GONE: [&str; 8] = [
        "disk I/O error",
        "unable to open database file",
        "server closed the connection",
        "terminating connection",
        "connection to server",
        "no connection to the server",
        "SSL SYSCALL error",
        "could not receive data",
    ];
    let says = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    match () {
        () if says(&FULL) => StoreError::Full,
        () if message.contains("database is locked") => StoreError::Locked,
        () if says(&CONTENDED) => StoreError::Contended,
        () if message.contains("attempt to write a readonly database") => StoreError::ReadOnly,
        () if says(&MALFORMED) => StoreError::Malformed { why: message.to_owned() },
        () if says(&GONE) => StoreError::Unavailable { why: message.to_owned() },
        () => StoreError::Refused { why: message.to_owned() },
    }
}

// SQLite says "UNIQUE constraint failed: links.from_record, links.kind"; PostgreSQL names the
// constraint, "links_from_record_kind_to_record_key". Both become table and columns joined by `_`.
fn duplicate(information: &dyn DatabaseErrorInformation) -> StoreError {
    if let (Some(table), Some(constraint)) = (information.table_name(), information.constraint_name()) {
        let columns = constraint.strip_prefix(table).unwrap_or(constraint).trim_start_matches('_');
        let columns = columns.strip_suffix("_key").unwrap_or(columns);
        return StoreError::Duplicate { table: table.to_owned(), columns: columns.to_owned() };
    }
    let list = information.message().rsplit(": ").next().unwrap_or_default();
    let named: Vec<(&str, &str)> = list.split(", ").filter_map(|column| column.split_once('.')).collect();
    let table = named.first().map_or("unknown", |(table, _)| table).to_owned();
    let columns = named.iter().map(|(_, column)| *column).collect::<Vec<_>>().join("_");
    StoreError::Duplicate { table, columns }
}
