//! The few shapes that nearly every statement has, so that a table's file says only what is its own.

use crate::base::moment::Moment;
use crate::store::{Conn, StoreError, conn};

/// Where a page begins: behind the row with this instant and id. Pages run from the newest row back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before<Id> {
    /// The last shown row's instant.
    pub at: Moment,
    /// The last shown row's id.
    pub id: Id,
}

/// Rows read at once by a scan.
pub(in crate::store) const SCAN_ROWS: i64 = 500;

/// Refuses a page that does not lie behind the one before. Where the order of a key is damaged, SQLite finds the
/// same rows again for ever, and whoever can write its file could keep every reading from its end.
///
/// # Errors
/// The page ends at or before the one before it.
pub(in crate::store) fn must_ascend<K: PartialOrd>(
    conn: &Conn,
    table: &'static str,
    before: Option<&K>,
    last: &K,
) -> Result<(), StoreError> {
    match before {
        // PostgreSQL may order texts otherwise than bytes are.
        Some(before) if !conn::is_shared(conn) && last <= before => {
            Err(StoreError::Malformed { why: format!("the keys of {table} are not in their order") })
        }
        _ => Ok(()),
    }
}

/// Adds one row.
macro_rules! insert {
    ($conn:expr, $table:ident, $row:expr) => {{
        let raw = $crate::store::rows::row::Row::to_raw($row);
        let added = $crate::store::backend::each!($conn, c =>
            diesel::insert_into($table::table).values(&raw).execute(c));
        added.map(|_| ()).map_err($crate::store::StoreError::from)
    }};
}
pub(in crate::store) use insert;

/// Adds one row unless its key is there already; true if it was added.
macro_rules! insert_new {
    ($conn:expr, $table:ident, $row:expr) => {{
        let raw = $crate::store::rows::row::Row::to_raw($row);
        let added = $crate::store::backend::each!($conn, c =>
            diesel::insert_into($table::table).values(&raw).on_conflict_do_nothing().execute(c));
        added.map(|rows| rows == 1).map_err($crate::store::StoreError::from)
    }};
}
pub(in crate::store) use insert_new;

/// The one row that a query finds, if any.
macro_rules! find {
    ($conn:expr, $raw:ident, $query:expr) => {{
        let found = $crate::store::backend::each!($conn, c =>
            $query.select($raw::as_select()).first(c).optional());
        found.map_err($crate::store::StoreError::from).and_then($crate::store::rows::row::one)
    }};
}
pub(in crate::store) use find;

/// Every row that a query finds.
macro_rules! list {
    ($conn:expr, $raw:ident, $query:expr) => {{
        let found = $crate::store::backend::each!($conn, c => $query.select($raw::as_select()).load(c));
        found.map_err($crate::store::StoreError::from).and_then($crate::store::rows::row::all)
    }};
}
pub(in crate::store) use list;

/// Runs an update or a deletion; how many rows it changed.
macro_rules! change {
    ($conn:expr, $statement:expr) => {{
        let changed = $crate::store::backend::each!($conn, c => $statement.execute(c));
        changed.map(|rows| rows as u64).map_err($crate::store::StoreError::from)
    }};
}
pub(in crate::store) use change;

/// How many rows a query finds.
macro_rules! count {
    ($conn:expr, $query:expr) => {{
        let counted: diesel::QueryResult<i64> = $crate::store::backend::each!($conn, c =>
            $query.count().get_result(c));
        counted.map(i64::unsigned_abs).map_err($crate::store::StoreError::from)
    }};
}
pub(in crate::store) use count;

/// Everything behind a [`Before`]. The range comes first, for the index's sake.
macro_rules! behind {
    ($at:expr, $id:expr, $before:expr) => {{
        use $crate::store::rows::column::Column as _;
        let (at, id) = ($before.at.to_raw(), $before.id.to_raw());
        let shown = diesel::BoolExpressionMethods::and($at.eq(at), $id.ge(id));
        diesel::BoolExpressionMethods::and($at.le(at), diesel::dsl::not(shown))
    }};
}
pub(in crate::store) use behind;

/// Makes the table's `scan`, which shows every row in the order of its key.
macro_rules! scan {
    ($table:ident, $row:ident, $raw:ident by $key:ident) => {
        /// Shows every row in the order of its key. A corrupt row is shown as an error and does not
        /// stop the reading.
        ///
        /// # Errors
        /// Whatever `show` returns, or that the database cannot be read.
        pub fn scan<E: From<$crate::store::StoreError>>(
            conn: &mut $crate::store::Conn,
            show: &mut dyn FnMut(Result<$row, $crate::store::StoreError>) -> Result<(), E>,
        ) -> Result<(), E> {
            let mut last = None;
            loop {
                let batch: diesel::QueryResult<Vec<$raw>> = $crate::store::backend::each!(conn, c => {
                    let all = $table::table
                        .order($table::$key)
                        .limit($crate::store::rows::statements::SCAN_ROWS)
                        .select($raw::as_select());
                    match &last {
                        None => all.load(c),
                        Some(key) => all.filter($table::$key.gt(key)).load(c),
                    }
                });
                let batch = batch.map_err($crate::store::StoreError::from)?;
                match batch.last() {
                    Some(row) => {
                        let key = row.$key.clone();
                        let table = stringify!($table);
                        $crate::store::rows::statements::must_ascend(conn, table, last.as_ref(), &key)?;
                        last = Some(key);
                    }
                    None => return Ok(()),
                }
                for raw in batch {
                    show($crate::store::rows::row::Row::from_raw(raw))?;
                }
            }
        }
    };
    ($table:ident, $row:ident, $raw:ident by $key:ident, $second:ident) => {
        /// Shows every row in the order of its key. A corrupt row is shown as an error and does not
        /// stop the reading.
        ///
        /// # Errors
        /// Whatever `show` returns, or that the database cannot be read.
        pub fn scan<E: From<$crate::store::StoreError>>(
            conn: &mut $crate::store::Conn,
            show: &mut dyn FnMut(Result<$row, $crate::store::StoreError>) -> Result<(), E>,
        ) -> Result<(), E> {
            let mut last = None;
            loop {
                let batch: diesel::QueryResult<Vec<$raw>> = $crate::store::backend::each!(conn, c => {
                    let all = $table::table
                        .order(($table::$key, $table::$second))
                        .limit($crate::store::rows::statements::SCAN_ROWS)
                        .select($raw::as_select());
                    match &last {
                        None => all.load(c),
                        Some((key, second)) => all
                            .filter($table::$key.ge(key))
                            .filter(diesel::dsl::not(diesel::BoolExpressionMethods::and(
                                $table::$key.eq(key),
                                $table::$second.le(second),
                            )))
                            .load(c),
                    }
                });
                let batch = batch.map_err($crate::store::StoreError::from)?;
                match batch.last() {
                    Some(row) => {
                        let key = (row.$key.clone(), row.$second.clone());
                        let table = stringify!($table);
                        $crate::store::rows::statements::must_ascend(conn, table, last.as_ref(), &key)?;
                        last = Some(key);
                    }
                    None => return Ok(()),
                }
                for raw in batch {
                    show($crate::store::rows::row::Row::from_raw(raw))?;
                }
            }
        }
    };
}
pub(in crate::store) use scan;
