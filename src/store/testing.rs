//! For tests only: what somebody with the database file could do to it, and how often it is asked.

use std::cell::Cell;
use std::path::Path;
use std::sync::Once;

use diesel::connection::{
    Instrumentation, InstrumentationEvent, SimpleConnection as _, set_default_instrumentation,
};
use diesel::{Connection as _, SqliteConnection};

/// Runs SQL on a SQLite file, behind the archive's back.
pub fn execute_raw(database: &Path, sql: &str) {
    let url = database.to_str().expect("the path is UTF-8");
    let mut connection = SqliteConnection::establish(url).expect("the file opens");
    connection.batch_execute("PRAGMA busy_timeout = 10000").expect("a pragma is taken");
    connection.batch_execute(sql).expect("the statement runs");
}

/// A SQLite file that another program has locked, until this is dropped.
pub struct LockedOut {
    _holds: SqliteConnection,
}

/// Locks a SQLite file for all others that write, as a backup or somebody's look into it does.
pub fn lock_out(database: &Path) -> LockedOut {
    let url = database.to_str().expect("the path is UTF-8");
    let mut connection = SqliteConnection::establish(url).expect("the file opens");
    connection.batch_execute("PRAGMA busy_timeout = 10000; BEGIN EXCLUSIVE").expect("the lock is had");
    LockedOut { _holds: connection }
}

/// How many queries this thread has made, and how many of them for tiles of the ledger, over connections that
/// were opened after the first call.
pub fn queries_so_far() -> (usize, usize) {
    static COUNTING: Once = Once::new();
    thread_local! {
        static QUERIES: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    }
    fn counting() -> Option<Box<dyn Instrumentation>> {
        Some(Box::new(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                let (all, tiles) = QUERIES.get();
                let is_tile = query.to_string().contains("ledger_tiles");
                QUERIES.set((all + 1, tiles + usize::from(is_tile)));
            }
        }))
    }
    COUNTING.call_once(|| set_default_instrumentation(counting).expect("the default can be set"));
    QUERIES.get()
}

/// What a query gives in its one text column.
pub fn dump(database: &Path, query: &str) -> Vec<String> {
    use diesel::RunQueryDsl as _;
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        line: String,
    }
    let url = database.to_str().expect("the path is UTF-8");
    let mut connection = SqliteConnection::establish(url).expect("the file opens");
    let query = format!("WITH lines(line) AS ({query}) SELECT line FROM lines");
    let lines: Vec<Line> = diesel::sql_query(query).load(&mut connection).expect("the query runs");
    lines.into_iter().map(|line| line.line).collect()
}
