//! Brings the schema up to this program's version, and refuses one that is newer.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::backend::Conn;
use super::error::StoreError;

pub(in crate::store) const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "postgres")]
pub(in crate::store) const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Runs the migrations that the database lacks.
///
/// # Errors
/// [`StoreError::NewerSchema`] before anything is changed, if the database has a migration that this
/// program does not know.
pub(in crate::store) fn migrate(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(c) => run(c, SQLITE),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => one_node_at_a_time(c),
    }
}

// Nodes that start together would otherwise create the tables together.
#[cfg(feature = "postgres")]
fn one_node_at_a_time(c: &mut diesel::PgConnection) -> Result<(), StoreError> {
    use diesel::connection::SimpleConnection;
    c.batch_execute("SET lock_timeout = 0; SELECT pg_advisory_lock(5714019421)")?;
    let outcome = run(c, POSTGRES);
    c.batch_execute("SELECT pg_advisory_unlock(5714019421); SET lock_timeout = '30s'")?;
    outcome
}

/// Refuses a database of a newer version, and changes nothing.
///
/// # Errors
/// [`StoreError::NewerSchema`].
pub(in crate::store) fn refuse_newer(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(c) => check(c, &SQLITE),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => check_reading(c),
    }
}

/// As [`check`], on a connection that may only read: the library makes its table before it looks into
/// it, which PostgreSQL refuses there even if the table stands.
#[cfg(feature = "postgres")]
fn check_reading(c: &mut diesel::PgConnection) -> Result<(), StoreError> {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let known: Vec<Box<dyn Migration<diesel::pg::Pg>>> = POSTGRES.migrations().map_err(failed)?;
    let known: Vec<String> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied: Vec<Applied> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(c)?;
    let unknown = applied.into_iter().map(|row| row.version).filter(|version| !known.contains(version));
    match unknown.max() {
        None => Ok(()),
        Some(found) => {
            let known = known.into_iter().max().unwrap_or_default();
            Err(StoreError::NewerSchema { found, known })
        }
    }
}

fn run<C, DB>(conn: &mut C, source: EmbeddedMigrations) -> Result<(), StoreError>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
{
    check(conn, &source)?;
    conn.run_pending_migrations(source).map(|_| ()).map_err(failed)
}

fn failed(why: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    match why.downcast::<diesel::result::Error>() {
        Ok(error) => StoreError::from(*error),
        Err(other) => StoreError::Refused { why: other.to_string() },
    }
}

fn check<C, DB>(conn: &mut C, source: &EmbeddedMigrations) -> Result<(), StoreError>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
{
    let known: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    let known: Vec<MigrationVersion<'static>> =
        known.iter().map(|migration| migration.name().version().as_owned()).collect();
    let applied = conn.applied_migrations().map_err(failed)?;
    if let Some(found) = applied.iter().filter(|version| !known.contains(version)).max() {
        let newest = known.iter().max().map(ToString::to_string).unwrap_or_default();
        return Err(StoreError::NewerSchema { found: found.to_string(), known: newest });
    }
    Ok(())
}
