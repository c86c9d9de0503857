//! Looks at a database without being its writer: no lock, no key, no change.

use diesel::connection::TransactionManager;
use diesel::prelude::*;
use diesel::r2d2::Pool;
use diesel::sql_types::Text;

use super::backend::Conn;
use super::conn::{self, Readers, Target};
use super::error::StoreError;
use super::migrate;

/// Faults that SQLite's own check lists at most.
const INTEGRITY_LINES_MAX: u32 = 100;

/// A database that is only looked at, even while another process writes to it.
pub struct Inspection {
    readers: Pool<Readers>,
}

#[derive(QueryableByName)]
struct IntegrityLine {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

impl Inspection {
    /// Opens the database for reading.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`], or it cannot be reached.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let target = Target::parse(url)?;
        let opened = Self::over(&target, 2).and_then(|inspection| {
            inspection.read(migrate::refuse_newer)?;
            Ok(inspection)
        });
        opened.map_err(|error| conn::why_not_opened(&target, error))
    }

    pub(in crate::store) fn over(target: &Target, readers: u32) -> Result<Self, StoreError> {
        Ok(Self { readers: conn::open_readers(target, readers)? })
    }

    /// Shows one state of the database to `look`, which cannot change anything.
    ///
    /// # Errors
    /// Whatever `look` returns, or [`StoreError::Unavailable`] if no connection came free in ten seconds.
    pub fn read<T, E: From<StoreError>>(&self, look: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.readers.get().map_err(|error| StoreError::of_pool(&error.to_string()))?;
        let conn: &mut Conn = &mut conn;
        conn::begin_snapshot(conn)?;
        let seen = look(conn);
        // Nothing was changed, so there is nothing to keep. A connection that cannot even end its
        // transaction is recognised as broken by the pool.
        let ended = <Conn as Connection>::TransactionManager::rollback_transaction(conn);
        let seen = seen?;
        ended.map_err(StoreError::from)?;
        Ok(seen)
    }

    /// What the database's own check of its pages and indexes complains of; empty if nothing.
    /// PostgreSQL has no such check for clients: nothing is said there.
    ///
    /// # Errors
    /// The check could not be run at all.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut conn = self.readers.get().map_err(|error| StoreError::of_pool(&error.to_string()))?;
        let conn: &mut Conn = &mut conn;
        match conn {
            Conn::Sqlite(c) => {
                let query = format!("PRAGMA integrity_check({INTEGRITY_LINES_MAX})");
                let lines: Vec<IntegrityLine> = diesel::sql_query(query).load(c)?;
                let texts = lines.into_iter().map(|line| line.integrity_check);
                Ok(texts.filter(|text| text != "ok").collect())
            }
            #[cfg(feature = "postgres")]
            Conn::Postgres(_) => Ok(Vec::new()),
        }
    }
}
