//! The savepoint around each closure of a group. Its statements are prepared once: they run twice for
//! every write.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};

use super::backend::{Conn, each};
use super::error::StoreError;
use super::job::Verdict;

/// Marks where a closure begins.
///
/// # Errors
/// There is no transaction any more, or the database refuses.
pub(in crate::store) fn begin(conn: &mut Conn) -> Result<(), StoreError> {
    each!(conn, c => Begin.execute(c))?;
    Ok(())
}

/// Keeps what the closure did, or takes it back.
///
/// # Errors
/// As for [`begin`].
pub(in crate::store) fn end(conn: &mut Conn, verdict: Verdict) -> Result<(), StoreError> {
    if verdict == Verdict::Undo {
        each!(conn, c => Undo.execute(c))?;
    }
    each!(conn, c => Release.execute(c))?;
    Ok(())
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
