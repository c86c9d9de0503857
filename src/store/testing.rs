//! For tests only: what somebody with the database file could do to it.

use std::path::Path;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

/// Runs SQL on a SQLite file, behind the archive's back.
pub fn execute_raw(database: &Path, sql: &str) {
    let url = database.to_str().expect("the path is UTF-8");
    let mut connection = SqliteConnection::establish(url).expect("the file opens");
    connection.batch_execute("PRAGMA busy_timeout = 10000").expect("a pragma is taken");
    connection.batch_execute(sql).expect("the statement runs");
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
