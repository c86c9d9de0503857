//! The one connection type, SQLite or PostgreSQL, and the macro that runs one body on either.
//! Alone in its module because the derive adds modules of its own.

#![allow(missing_docs, reason = "the derive adds public items without words")]

use diesel::prelude::*;

/// A connection to the archive's database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
}

/// Runs one body on the connection inside, once per database. The enum itself refuses `ON CONFLICT`,
/// batches and row locks, and builds its SQL anew each time; a concrete connection caches statements.
macro_rules! each {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::store::backend::Conn::Sqlite($c) => $body,
            #[cfg(feature = "postgres")]
            $crate::store::backend::Conn::Postgres($c) => $body,
        }
    };
}
pub(in crate::store) use each;
