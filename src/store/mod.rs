//! Floor 2: the database, SQLite or PostgreSQL. The only place that knows diesel.
//!
//! It has two doors. [`Store::read`] shows one state of the database and takes no changes.
//! [`Store::write`] changes rows together with at least one ledger entry, or not at all: there is no
//! change of evidence without its entry, and no entry without its change. [`Store::maintain`] is for
//! rows that can be worked out again or live shortly, such as the search index.

mod backend;
mod catalogue;
mod conn;
mod error;
mod inspect;
mod job;
mod listen;
mod migrate;
pub mod rows;
mod savepoint;
mod schema;
mod tail;
#[cfg(test)]
pub(crate) mod testing;
mod tx;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::moment::Clock;
use crate::ledger::checkpoint::LogKey;
use crate::ledger::tree::TileCache;

pub use backend::Conn;
pub use catalogue::{SchemaFault, SchemaFaultKind, schema_faults};
pub use conn::{Target, WalTruncation};
pub use error::{StoreError, WriteError};
pub use inspect::Inspection;
pub use listen::{Group, Listener};
pub use savepoint::Guard;
pub use tx::{LogSeen, Tx, Upkeep, Written};

use job::{UpkeepJob, WriteJob};
use rows::ledger::{CheckpointRow, latest_checkpoint};
use writer::{Means, Writer};

/// What is needed to open a store.
pub struct StoreConfig {
    /// `sqlite:PATH`, a path, or `postgres://…`.
    pub url: String,
    /// The key that signs the ledger's checkpoints.
    pub log_key: LogKey,
    /// Where the entries' instants come from.
    pub clock: Arc<dyn Clock>,
    /// Connections for reading, at most.
    pub readers: u32,
    /// Who is told of what is entered.
    pub listener: Option<Arc<dyn Listener>>,
}

/// The archive's database. Clones share it; the last one to go ends the writer after what waits is written.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    target: Target,
    // Before the readers: SQLite tidies its log away when the last connection closes.
    writer: Writer,
    readers: Inspection,
    tiles: TileCache,
    truncation_owed: AtomicBool,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("target", &self.shared.target).finish_non_exhaustive()
    }
}

/// The version of the SQLite that is compiled in, as `3.50.4`.
pub fn sqlite_version() -> String {
    let number = libsqlite3_sys::SQLITE_VERSION_NUMBER;
    format!("{}.{}.{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
}

impl Store {
    /// Opens the database, creates or updates its schema, and checks that checkpoint, tree and last
    /// entry belong together.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`], [`StoreError::LedgerBroken`] and [`StoreError::OtherLogKey`] mean
    /// that somebody has to look before anything is written, as does [`StoreError::ForeignSchema`].
    pub fn open(config: StoreConfig) -> Result<Self, StoreError> {
        let target = Target::parse(&config.url)?;
        Self::open_at(target.clone(), config).map_err(|error| conn::why_not_opened(&target, error))
    }

    fn open_at(target: Target, config: StoreConfig) -> Result<Self, StoreError> {
        let mut conn = conn::open_writer(&target)?;
        // Before anything is written: a trigger would see it.
        catalogue::refuse_acting(&mut conn)?;
        migrate::migrate(&mut conn)?;
        let tail = writer::first_look(&mut conn, &config.log_key)?;
        let readers = Inspection::over(&target, config.readers)?;
        let StoreConfig { log_key, clock, listener, .. } = config;
        let means = Means { target: target.clone(), log_key, clock, listener };
        let writer = Writer::start(means, conn, tail)?;
        Ok(Self {
            shared: Arc::new(Shared {
                target,
                writer,
                readers,
                tiles: TileCache::new(),
                truncation_owed: AtomicBool::new(true),
            }),
        })
    }

    /// Shows one state of the database to `look`, which cannot change anything.
    ///
    /// # Errors
    /// Whatever `look` returns, or [`StoreError::Unavailable`] if no connection came free in ten seconds.
    pub fn read<T, E: From<StoreError>>(&self, look: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.shared.readers.read(look)
    }

    /// Runs `change` in the writer's transaction and returns once that is committed. `change` must
    /// enter something in the ledger; it may run together with others, but fails alone.
    ///
    /// # Errors
    /// [`WriteError::Refused`] with what `change` returned; otherwise nothing of it was kept either.
    pub fn write<T, E, F>(&self, change: F) -> Result<Written<T>, WriteError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.write_guarded(Guard::Writer, change)
    }

    /// The same for a change that may see for itself that nothing stays of it when it is refused.
    ///
    /// # Errors
    /// As for [`Store::write`]; [`StoreError::Contended`] for all that ran with it if it does not.
    pub fn write_guarded<T, E, F>(&self, guard: Guard, change: F) -> Result<Written<T>, WriteError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (job, answer) = WriteJob::new(guard, change);
        self.shared.writer.submit(Box::new(job)).map_err(WriteError::Store)?;
        answer.recv().unwrap_or(Err(WriteError::Store(StoreError::Closed)))
    }

    /// The same for rows that can be worked out again or live shortly: without a ledger entry.
    ///
    /// # Errors
    /// As for [`Store::write`].
    pub fn maintain<T, E, F>(&self, change: F) -> Result<T, WriteError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&mut Upkeep<'_>) -> Result<T, E> + Send + 'static,
    {
        let (job, answer) = UpkeepJob::new(change);
        self.shared.writer.submit(Box::new(job)).map_err(WriteError::Store)?;
        answer.recv().unwrap_or(Err(WriteError::Store(StoreError::Closed)))
    }

    /// How many changes of evidence wait for the writer, or are being written: what can wait had better wait
    /// while there are several.
    pub fn crowd(&self) -> usize {
        self.shared.writer.crowd()
    }

    /// Refuses triggers, views and rules that somebody put into the database.
    ///
    /// # Errors
    /// [`StoreError::ForeignSchema`], or the database cannot be read.
    pub fn refuse_foreign_schema(&self) -> Result<(), StoreError> {
        self.read(catalogue::refuse_acting)
    }

    /// The newest signed checkpoint; `None` before the first entry.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn checkpoint(&self) -> Result<Option<CheckpointRow>, StoreError> {
        self.read(latest_checkpoint)
    }

    /// Tiles kept warm for proofs; use it over [`rows::ledger::DatabaseTiles`] inside [`Store::read`].
    pub fn tiles(&self) -> &TileCache {
        &self.shared.tiles
    }

    /// Moves SQLite's write-ahead log into the database file and empties it, so that deleted rows are
    /// really gone from the disk.
    ///
    /// # Errors
    /// If the database cannot be opened. A log that is still in use is no error:
    /// [`WalTruncation::Busy`].
    pub fn wal_checkpoint_truncate(&self) -> Result<WalTruncation, StoreError> {
        let owed = &self.shared.truncation_owed;
        owed.store(true, Ordering::Relaxed);
        let done = conn::truncate_wal(&self.shared.target)?;
        owed.store(done == WalTruncation::Busy, Ordering::Relaxed);
        Ok(done)
    }

    /// True if the log still holds what a truncation should have taken away: it was in use, or it is not known whether
    /// this was so when the store was last open. To be tried again.
    pub fn owes_truncation(&self) -> bool {
        self.shared.truncation_owed.load(Ordering::Relaxed)
    }

    /// True if other nodes may write to the same database.
    pub fn is_shared(&self) -> bool {
        self.shared.target.is_shared()
    }
}

#[cfg(test)]
pub(crate) mod tests;
