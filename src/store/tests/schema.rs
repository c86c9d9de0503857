//! Both databases have the tables that the code believes in.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::*;
use crate::store::backend::Conn;
use crate::store::conn::{Target, open_writer};
use crate::store::migrate::migrate;
use crate::store::schema_faults;

#[derive(QueryableByName, Debug, Clone, PartialEq, Eq)]
struct Column {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    class: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Text)]
    key: String,
}

// A Boolean is an INTEGER in a STRICT table; which they are is known from PostgreSQL.
const SQLITE_COLUMNS: &str = "SELECT m.name || '.' || c.name AS place, lower(c.type) AS class, \
    c.\"notnull\" = 0 AS nullable, CAST(c.pk AS TEXT) AS key \
    FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
    AND m.name NOT LIKE 'index\\_content%' ESCAPE '\\' AND m.name NOT LIKE 'index\\_subject%' ESCAPE '\\' \
    AND m.name NOT LIKE 'index\\_withheld%' ESCAPE '\\'";
const POSTGRES_COLUMNS: &str = "SELECT c.table_name || '.' || c.column_name AS place, \
    CASE c.data_type WHEN 'bytea' THEN 'blob' WHEN 'text' THEN 'text' WHEN 'bigint' THEN 'integer' \
    WHEN 'boolean' THEN 'integer' ELSE c.data_type END AS class, c.is_nullable = 'YES' AS nullable, \
    coalesce((SELECT k.ordinal_position::text FROM information_schema.key_column_usage k \
      WHERE k.constraint_name = c.table_name || '_pkey' AND k.table_name = c.table_name \
      AND k.column_name = c.column_name), '0') AS key \
    FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name NOT LIKE '\\_\\_%' \
    AND c.table_name NOT IN ('index_content', 'index_subject', 'index_withheld')";
const SQLITE_INDEXES: &str = "SELECT m.tbl_name || ': ' || (SELECT group_concat(name, ', ') FROM \
    (SELECT name FROM pragma_index_info(m.name) ORDER BY seqno)) AS place, \
    CASE i.\"unique\" WHEN 1 THEN 'unique' ELSE 'plain' END AS class, 0 AS nullable, '' AS key \
    FROM sqlite_schema m JOIN pragma_index_list(m.tbl_name) i ON i.name = m.name \
    WHERE m.type = 'index' AND i.origin <> 'pk' AND m.tbl_name NOT LIKE '\\_\\_%' ESCAPE '\\'";
const POSTGRES_INDEXES: &str = "SELECT t.relname || ': ' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n) \
      FROM unnest(i.indkey) WITH ORDINALITY k(attnum, n) \
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum) AS place, \
    CASE WHEN i.indisunique THEN 'unique' ELSE 'plain' END AS class, false AS nullable, '' AS key \
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
    WHERE n.nspname = 'public' AND NOT i.indisprimary AND t.relname NOT LIKE '\\_\\_%' \
    AND t.relname NOT IN ('index_content', 'index_subject', 'index_withheld')";

fn asked(database: &TestDatabase, sqlite_sql: &str, postgres_sql: &str) -> BTreeMap<String, Column> {
    let mut conn = open_writer(&Target::parse(&database.url()).unwrap()).unwrap();
    migrate(&mut conn).unwrap();
    let rows: Vec<Column> = match &mut conn {
        Conn::Sqlite(c) => diesel::sql_query(sqlite_sql).load(c).unwrap(),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => diesel::sql_query(postgres_sql).load(c).unwrap(),
    };
    assert!(rows.len() > 20, "the catalogue was read");
    let _ = postgres_sql;
    rows.into_iter().map(|row| (row.place.clone(), row)).collect()
}

#[test]
fn both_databases_have_the_same_columns_and_keys() {
    let Some(postgres) = harness_db::postgres() else { return };
    let of_sqlite = asked(&sqlite(), SQLITE_COLUMNS, POSTGRES_COLUMNS);
    assert_eq!(of_sqlite, asked(&postgres, SQLITE_COLUMNS, POSTGRES_COLUMNS));
}

#[test]
fn both_databases_have_the_same_indexes() {
    let Some(postgres) = harness_db::postgres() else { return };
    let of_sqlite = asked(&sqlite(), SQLITE_INDEXES, POSTGRES_INDEXES);
    assert_eq!(of_sqlite, asked(&postgres, SQLITE_INDEXES, POSTGRES_INDEXES));
}

/// The text of the schema.
const SCHEMA: &str = concat!(include_str!("../schema.rs"), include_str!("../schema/retention.rs"));

/// `table.column` of everything that the code names. The text of the schema is what the compiler
/// read; its types are checked by reading rows.
pub(super) fn columns_of_the_code() -> Vec<String> {
    let mut in_code = Vec::new();
    let mut table = "";
    for line in SCHEMA.lines() {
        match line.trim().split_once(" -> ") {
            Some((column, _)) => in_code.push(format!("{table}.{column}")),
            None if line.ends_with(") {") => table = line.trim().split(' ').next().unwrap(),
            None => {}
        }
    }
    in_code.sort();
    in_code
}

/// The columns as the first migration makes them.
fn columns_of_the_first_day(database: &TestDatabase) -> BTreeMap<String, Column> {
    use diesel_migrations::MigrationHarness;
    let mut conn = open_writer(&Target::parse(&database.url()).unwrap()).unwrap();
    let rows: Vec<Column> = match &mut conn {
        Conn::Sqlite(c) => {
            c.run_next_migration(crate::store::migrate::SQLITE).unwrap();
            diesel::sql_query(SQLITE_COLUMNS).load(c).unwrap()
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => {
            c.run_next_migration(crate::store::migrate::POSTGRES).unwrap();
            diesel::sql_query(POSTGRES_COLUMNS).load(c).unwrap()
        }
    };
    rows.into_iter().map(|row| (row.place.clone(), row)).collect()
}

/// What would change the digest of a row that stands in a ledger: a column that is gone, renamed or
/// of another class, or a further one that holds something in rows written before it.
fn changes_digests(first: &BTreeMap<String, Column>, now: &BTreeMap<String, Column>) -> Vec<String> {
    let table = |place: &str| place.split('.').next().unwrap_or_default().to_owned();
    let known: Vec<String> = first.keys().map(|place| table(place)).collect();
    let gone = first.iter().filter(|(place, column)| {
        now.get(*place).is_none_or(|now| now.class != column.class || now.nullable != column.nullable)
    });
    let added = now.iter().filter(|(place, column)| {
        !first.contains_key(*place) && known.contains(&table(place)) && !column.nullable
    });
    gone.chain(added).map(|(place, _)| place.clone()).collect()
}

#[test]
fn whatever_a_later_migration_adds_to_a_table_may_hold_nothing() {
    on_each_database(|database| {
        let first = columns_of_the_first_day(database);
        let now = asked(database, SQLITE_COLUMNS, POSTGRES_COLUMNS);
        assert_eq!(changes_digests(&first, &now), Vec::<String>::new());
    });
}

#[test]
fn a_column_that_is_renamed_or_has_a_default_is_found() {
    on_each_database(|database| {
        let first = columns_of_the_first_day(database);
        let mut conn = open_writer(&Target::parse(&database.url()).unwrap()).unwrap();
        conn.batch_execute(
            "ALTER TABLE parties ADD COLUMN rank INTEGER NOT NULL DEFAULT 1; \
             ALTER TABLE parties ADD COLUMN town TEXT; ALTER TABLE links RENAME COLUMN kind TO manner; \
             CREATE TABLE later (a TEXT NOT NULL)",
        )
        .unwrap();
        let now = asked(database, SQLITE_COLUMNS, POSTGRES_COLUMNS);
        assert_eq!(changes_digests(&first, &now), ["links.kind", "links.manner", "parties.rank"]);
    });
}

#[test]
fn the_code_names_exactly_the_columns_that_the_databases_have() {
    let in_code = columns_of_the_code();
    on_each_database(|database| {
        let stored: Vec<String> = asked(database, SQLITE_COLUMNS, POSTGRES_COLUMNS).into_keys().collect();
        assert_eq!(in_code, stored);
    });
}

#[test]
fn nullable_columns_are_nullable_in_the_code_too() {
    let nullable = |text: &str, place: &str| {
        let (table, column) = place.split_once('.').unwrap();
        let body = text.split(&format!("    {table} (")).nth(1).unwrap();
        let line = body.lines().find(|line| line.trim().starts_with(&format!("{column} -> "))).unwrap();
        line.contains("Nullable<")
    };
    on_each_database(|database| {
        for (place, column) in asked(database, SQLITE_COLUMNS, POSTGRES_COLUMNS) {
            assert_eq!(column.nullable, nullable(SCHEMA, &place), "{place}");
        }
    });
}

#[test]
fn a_database_of_a_newer_version_is_refused_untouched() {
    on_each_database(|database| {
        open(database).write(|tx| put(tx, "a", "1")).unwrap();
        let mut conn = open_writer(&Target::parse(&database.url()).unwrap()).unwrap();
        conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')")
            .unwrap();
        let refused = open_at(database, Arc::new(FixedClock::at(noon()))).unwrap_err();
        assert!(matches!(refused, StoreError::NewerSchema { found, .. } if found == "20991231000000"));
        let looked = crate::store::Inspection::open(&database.url()).map(|_| ());
        assert!(matches!(looked, Err(StoreError::NewerSchema { found, .. }) if found == "20991231000000"));
    });
}

#[test]
fn a_database_is_looked_at_without_writing_to_it() {
    on_each_database(|database| {
        open(database).write(|tx| put(tx, "a", "1")).unwrap();
        let inspection = crate::store::Inspection::open(&database.url()).unwrap();
        let seen = inspection.read(|conn| meta::get(conn, "a"));
        assert_eq!(seen, Ok::<_, StoreError>(Some("1".to_owned())));
    });
}

#[test]
fn the_schema_can_be_taken_down_and_put_up_again() {
    use diesel_migrations::MigrationHarness;
    on_each_database(|database| {
        let mut conn = open_writer(&Target::parse(&database.url()).unwrap()).unwrap();
        migrate(&mut conn).unwrap();
        match &mut conn {
            Conn::Sqlite(c) => {
                c.revert_all_migrations(crate::store::migrate::SQLITE).unwrap();
            }
            #[cfg(feature = "postgres")]
            Conn::Postgres(c) => {
                c.revert_all_migrations(crate::store::migrate::POSTGRES).unwrap();
            }
        }
        migrate(&mut conn).unwrap();
    });
}

#[test]
fn a_database_that_the_migrations_made_has_no_faults_of_its_schema() {
    on_each_database(|database| {
        let store = open(database);
        assert_eq!(store.read(schema_faults), Ok(Vec::new()));
        assert_eq!(store.refuse_foreign_schema(), Ok(()));
    });
}

#[test]
fn whatever_is_put_into_the_schema_or_taken_out_of_it_is_named() {
    use crate::store::{SchemaFault, SchemaFaultKind as Kind};
    let trigger_of_sqlite = "CREATE TRIGGER own AFTER INSERT ON grants BEGIN DELETE FROM grants; END";
    let trigger_of_postgres = "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
        CREATE TRIGGER own BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION own()";
    on_each_database(|database| {
        drop(open(database));
        let mut conn = open_writer(&Target::parse(&database.url()).unwrap()).unwrap();
        let is_shared = crate::store::conn::is_shared(&conn);
        conn.batch_execute(
            "CREATE TABLE extra (a TEXT); DROP INDEX users_created; CREATE VIEW sight AS SELECT 1 AS a",
        )
        .unwrap();
        conn.batch_execute(if is_shared { trigger_of_postgres } else { trigger_of_sqlite }).unwrap();
        let faults = schema_faults(&mut conn).unwrap();
        let has = |name: &str, kind| faults.contains(&SchemaFault { name: name.to_owned(), kind });
        let trigger = if is_shared { "trigger grants.own" } else { "trigger own" };
        for (name, kind) in [
            ("table extra", Kind::Foreign),
            ("view sight", Kind::Foreign),
            (trigger, Kind::Foreign),
            ("index users_created", Kind::Missing),
        ] {
            assert!(has(name, kind), "{name}: {faults:#?}");
        }
        let opened = open_at(database, Arc::new(FixedClock::at(noon())));
        assert!(matches!(opened, Err(StoreError::ForeignSchema { .. })));
        conn.batch_execute("DROP TABLE grants").unwrap();
        let faults = schema_faults(&mut conn).unwrap();
        assert!(faults.contains(&SchemaFault { name: "table grants".to_owned(), kind: Kind::Missing }));
    });
}

#[test]
fn the_files_of_the_database_are_their_owners_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    let database = sqlite();
    let store = open(&database);
    store.write(|tx| put(tx, "a", "1")).unwrap();
    let url = database.url();
    let path = url.strip_prefix("sqlite:").unwrap_or(&url);
    for ending in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(format!("{path}{ending}")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{ending}");
    }
}
