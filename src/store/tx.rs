//! What a write closure is given.

use crate::base::moment::Moment;
use crate::ledger::entry::EntryDraft;

use super::backend::Conn;
use super::error::StoreError;
use super::savepoint::Savepoint;
use super::tail::Entered;

/// One use case's part of the writer's transaction. Do not open transactions inside it, and do not go on
/// after an error of the database.
pub struct Tx<'t> {
    conn: &'t mut Conn,
    savepoint: &'t mut Savepoint,
    entered: &'t mut Vec<Entered>,
    /// Entries of the group before this use case.
    before: usize,
    at: Moment,
    log: LogSeen,
}

/// What is known of the log when a closure begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSeen {
    /// Committed entries. `None` where other nodes may append meanwhile, which they cannot while a
    /// closure runs that enters something.
    pub size: Option<u64>,
    /// True if closures before it in the same transaction entered something that the listener wants.
    pub spoken: bool,
}

impl<'t> Tx<'t> {
    pub(in crate::store) fn new(
        (conn, savepoint): (&'t mut Conn, &'t mut Savepoint),
        entered: &'t mut Vec<Entered>,
        at: Moment,
        log: LogSeen,
    ) -> Self {
        Self { conn, savepoint, before: entered.len(), entered, at, log }
    }

    /// Before a write after which this use case may still be refused, where the writer does not guard it
    /// ([`Guard::Closure`](super::Guard::Closure)); elsewhere it does nothing.
    ///
    /// # Errors
    /// It has written already, or the database refuses.
    pub fn guard(&mut self) -> Result<(), StoreError> {
        self.savepoint.open(self.conn)
    }

    /// What is known of the log.
    pub fn log(&self) -> LogSeen {
        self.log
    }

    /// The connection, for the functions under [`crate::store::rows`].
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// When this write happens: the instant that its ledger entries bear, never before an earlier
    /// entry's. (Where several nodes write, an entry may bear a slightly later one.)
    pub fn at(&self) -> Moment {
        self.at
    }

    /// Entries that this use case has entered so far.
    pub fn entered(&self) -> u64 {
        self.entered.len().saturating_sub(self.before) as u64
    }

    /// What was entered and is not committed yet, the newest first: by this use case, and by those
    /// that run in the same transaction before it.
    pub fn pending(&self) -> impl Iterator<Item = &EntryDraft> {
        self.entered.iter().rev().map(Entered::draft)
    }

    /// Puts an entry into the ledger, together with everything else this closure does.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`] if the ledger's format has no room for it.
    pub fn enter(&mut self, draft: EntryDraft) -> Result<(), StoreError> {
        self.entered.push(Entered::new(draft, self.at)?);
        Ok(())
    }
}

/// A change of rows that can be worked out again or live shortly: no entry belongs to it.
pub struct Upkeep<'t> {
    conn: &'t mut Conn,
    at: Moment,
    log: LogSeen,
}

impl<'t> Upkeep<'t> {
    pub(in crate::store) fn new(conn: &'t mut Conn, at: Moment, log: LogSeen) -> Self {
        Self { conn, at, log }
    }

    /// What is known of the log.
    pub fn log(&self) -> LogSeen {
        self.log
    }

    /// The connection, for the functions under [`crate::store::rows`].
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// When this change happens.
    pub fn at(&self) -> Moment {
        self.at
    }
}

/// A write that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written<T> {
    /// What the closure returned.
    pub value: T,
    /// The position of its first ledger entry.
    pub first_seq: u64,
    /// How many entries it entered; they stand one after the other.
    pub count: u64,
    /// Entries under the checkpoint that was signed with it: `first_seq + count` or more.
    pub checkpoint_size: u64,
}
