//! What takes back the writes of a closure that was refused: a savepoint around it, or around what it does
//! after it asked for one. Its statements are prepared once: they run twice for most writes.

use diesel::backend::Backend;
use diesel::define_sql_function;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};

use super::backend::{Conn, each};
use super::error::StoreError;
use super::job::Verdict;

/// Who sees to it that nothing stays of a closure that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The writer: the closure runs in a savepoint.
    Writer,
    /// The closure: whatever may refuse it comes before its first write, or it calls
    /// [`Tx::guard`](super::Tx::guard) before that. A savepoint costs a copy of every page that the closure
    /// changes, which is why the most frequent one does without. One that has written all the same when it
    /// is refused takes the transaction with it: the others in it are told to try again.
    Closure,
}

/// How the writes of one closure are taken back.
#[derive(Debug)]
pub(in crate::store) struct Savepoint {
    is_open: bool,
    /// Rows changed on this connection before the closure began; where its writes are not taken back.
    changes: Option<i64>,
}

impl Savepoint {
    /// Marks where a closure begins.
    ///
    /// # Errors
    /// There is no transaction any more, or the database refuses.
    pub(in crate::store) fn begin(conn: &mut Conn, guard: Guard) -> Result<Self, StoreError> {
        let changes = match guard {
            Guard::Writer => None,
            Guard::Closure => changes(conn)?,
        };
        let mut savepoint = Self { is_open: false, changes };
        if changes.is_none() {
            savepoint.open(conn)?;
        }
        Ok(savepoint)
    }

    /// From here on what the closure does can be taken back.
    ///
    /// # Errors
    /// It has written before, or as for [`Savepoint::begin`].
    pub(in crate::store) fn open(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        if self.is_open {
            return Ok(());
        }
        self.must_have_written_nothing(conn)?;
        each!(conn, c => Begin.execute(c))?;
        self.is_open = true;
        Ok(())
    }

    /// Keeps what the closure did, or takes it back.
    ///
    /// # Errors
    /// It cannot be taken back, or as for [`Savepoint::begin`].
    pub(in crate::store) fn end(self, conn: &mut Conn, verdict: Verdict) -> Result<(), StoreError> {
        match (self.is_open, verdict) {
            (false, Verdict::Keep) => return Ok(()),
            (false, Verdict::Undo) => return self.must_have_written_nothing(conn),
            (true, Verdict::Keep) => {}
            (true, Verdict::Undo) => {
                each!(conn, c => Undo.execute(c))?;
            }
        }
        each!(conn, c => Release.execute(c))?;
        Ok(())
    }

    fn must_have_written_nothing(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match self.changes {
            Some(before) if changes(conn)? != Some(before) => Err(StoreError::Contended),
            _ => Ok(()),
        }
    }
}

define_sql_function! {
    /// Rows that this connection has inserted, changed or deleted since it was opened.
    fn total_changes() -> BigInt;
}

/// `None` where the database does not count them.
fn changes(conn: &mut Conn) -> Result<Option<i64>, StoreError> {
    match conn {
        Conn::Sqlite(conn) => Ok(Some(diesel::select(total_changes()).get_result(conn)?)),
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => Ok(None),
    }
}

/// A statement without values, known to diesel's cache of prepared statements by its type.
macro_rules! statement {
    ($name:ident, $sql:literal) => {
        struct $name;

        impl QueryId for $name {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl<DB: Backend> QueryFragment<DB> for $name {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                out.push_sql($sql);
                Ok(())
            }
        }

        impl<C> RunQueryDsl<C> for $name {}
    };
}

statement!(Begin, "SAVEPOINT closure");
statement!(Undo, "ROLLBACK TO SAVEPOINT closure");
statement!(Release, "RELEASE SAVEPOINT closure");
