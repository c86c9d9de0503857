//! What tables, indexes, triggers and views the database has, held against what the migrations make.
//! A trigger changes rows when the archive writes others; a view or rule gives out what no table
//! holds: whoever can write to the database could have either do it in the archive's name.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::backend::Conn;
use super::error::StoreError;
use super::migrate;

/// A difference between the database's schema and that of the migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaFault {
    /// What differs, as `table users`.
    pub name: String,
    /// How.
    pub kind: SchemaFaultKind,
}

/// How a part of the schema differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaFaultKind {
    /// The migrations make it, and it is not there.
    Missing,
    /// It is there, and no migration makes it.
    Foreign,
    /// It is there, but not as the migrations make it.
    Changed,
}

#[derive(QueryableByName)]
struct Part {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    detail: String,
}

// The library's own table is made by a text of its own.
const SQLITE: &str = "SELECT type || ' ' || name AS name, \
    CASE name WHEN '__diesel_schema_migrations' THEN '' ELSE coalesce(sql, tbl_name) END AS detail \
    FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'";
const SQLITE_ACTING: &str = "SELECT type || ' ' || name AS name, '' AS detail FROM sqlite_schema \
    WHERE type IN ('trigger', 'view') ORDER BY 1";

/// Everything in the schemas in which a name is looked for, but what belongs to an extension.
#[cfg(feature = "postgres")]
const POSTGRES: &str = include_str!("catalogue.sql");
/// What that query gives after the migrations, a line `name<TAB>detail` each.
#[cfg(feature = "postgres")]
const POSTGRES_EXPECTED: &str = include_str!("catalogue.txt");
#[cfg(feature = "postgres")]
const ACTING: [&str; 4] = ["trigger ", "rule ", "view ", "policy "];

/// Every part of the schema that is not as the migrations make it, by name.
///
/// # Errors
/// The database cannot be read.
pub fn schema_faults(conn: &mut Conn) -> Result<Vec<SchemaFault>, StoreError> {
    let (found, mut expected) = match conn {
        Conn::Sqlite(c) => (sqlite_parts(c)?, sqlite_expected()?),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => (postgres_parts(c)?, postgres_expected()),
    };
    let mut faults = Vec::new();
    for (name, detail) in found {
        let kind = match expected.remove(&name) {
            None => SchemaFaultKind::Foreign,
            Some(made) if made != detail => SchemaFaultKind::Changed,
            Some(_) => continue,
        };
        faults.push(SchemaFault { name, kind });
    }
    let missing = |name| SchemaFault { name, kind: SchemaFaultKind::Missing };
    faults.extend(expected.into_keys().map(missing));
    Ok(faults)
}

/// Refuses a database that has a trigger, a view or a rule: the migrations make none.
///
/// # Errors
/// [`StoreError::ForeignSchema`] with the first of them, or the database cannot be read.
pub(in crate::store) fn refuse_acting(conn: &mut Conn) -> Result<(), StoreError> {
    let found: Option<String> = match conn {
        Conn::Sqlite(c) => {
            let parts: Vec<Part> = diesel::sql_query(SQLITE_ACTING).load(c)?;
            parts.into_iter().next().map(|part| part.name)
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => {
            let acts = |name: &String| ACTING.iter().any(|kind| name.starts_with(kind));
            postgres_parts(c)?.into_keys().find(acts)
        }
    };
    match found {
        None => Ok(()),
        Some(name) => Err(StoreError::ForeignSchema { name }),
    }
}

fn sqlite_parts(conn: &mut SqliteConnection) -> Result<BTreeMap<String, String>, StoreError> {
    let parts: Vec<Part> = diesel::sql_query(SQLITE).load(conn)?;
    Ok(parts.into_iter().map(|part| (part.name, part.detail)).collect())
}

/// Lets the migrations make a database in memory: by the same SQLite, and so in the same words.
fn sqlite_expected() -> Result<BTreeMap<String, String>, StoreError> {
    let mut made = Conn::Sqlite(SqliteConnection::establish(":memory:")?);
    migrate::migrate(&mut made)?;
    match &mut made {
        Conn::Sqlite(c) => sqlite_parts(c),
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => Ok(BTreeMap::new()),
    }
}

#[cfg(feature = "postgres")]
pub(in crate::store) fn postgres_parts(
    conn: &mut PgConnection,
) -> Result<BTreeMap<String, String>, StoreError> {
    let parts: Vec<Part> = diesel::sql_query(POSTGRES).load(conn)?;
    Ok(parts.into_iter().map(|part| (part.name, part.detail)).collect())
}

#[cfg(feature = "postgres")]
pub(in crate::store) fn postgres_expected() -> BTreeMap<String, String> {
    let parts = POSTGRES_EXPECTED.lines().filter_map(|line| line.split_once('\t'));
    parts.map(|(name, detail)| (name.to_owned(), detail.to_owned())).collect()
}
