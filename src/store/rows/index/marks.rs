//! Marks at versions: which engine has dealt with them, for words and for personal data. What is withheld is marked with
//! the subjects: one look makes both.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::Domain;
use crate::base::id::RecordId;
use crate::store::StoreError;
use crate::store::backend::{Conn, MultiBackend, each};
use crate::store::rows::column::Column;
use crate::store::rows::statements::{change, count};
use crate::store::schema::{detected_types, detections, index_rows, records, versions};

/// Marks stand in an index of the database: three ranges of it hold all others.
enum Unmarked {
    Never,
    Before(String),
    From(String),
}

fn unmarked(engine: &str) -> [Unmarked; 3] {
    let (before, from) = marks_of(engine);
    [Unmarked::Never, Unmarked::Before(before), Unmarked::From(from)]
}

/// Where the marks of an engine begin, and what stands behind the last of them.
pub(in crate::store::rows) fn marks_of(engine: &str) -> (String, String) {
    // The comma is the character behind the plus sign.
    (format!("{engine}+"), format!("{engine},"))
}

/// Asks for the versions of one range, in the order of the index over that mark: in any other order the
/// database reads and sorts the whole table.
macro_rules! unmarked_in {
    ($column:expr, $range:expr, $room:expr, |$query:ident| $answer:expr) => {{
        let all = versions::table
            .order(($column, versions::record_id, versions::version))
            .limit($room)
            .select((versions::record_id, versions::version));
        match $range {
            Unmarked::Never => {
                let $query = all.filter($column.is_null());
                $answer
            }
            Unmarked::Before(mark) => {
                let $query = all.filter($column.lt(mark));
                $answer
            }
            Unmarked::From(mark) => {
                let $query = all.filter($column.ge(mark));
                $answer
            }
        }
    }};
}

/// Versions whose mark in a domain does not begin with `engine` and a plus sign, those without a mark
/// first; at most `limit`.
pub fn pending(
    conn: &mut Conn,
    domain: Domain,
    engine: &str,
    limit: u32,
) -> Result<Vec<(RecordId, u32)>, StoreError> {
    let mut found: Vec<(String, i64)> = Vec::new();
    for condition in unmarked(engine) {
        let room = i64::from(limit) - found.len() as i64;
        if room <= 0 {
            break;
        }
        let more: Vec<(String, i64)> = match domain {
            Domain::Content => unmarked_in!(versions::indexed_engine, &condition, room, |query| {
                each!(conn, c => query.load(c))?
            }),
            Domain::Subject | Domain::Withheld => {
                unmarked_in!(versions::detected_engine, &condition, room, |query| {
                    each!(conn, c => query.load(c))?
                })
            }
        };
        found.extend(more);
    }
    found.into_iter().map(|(record, version)| version_place(record, version)).collect()
}

/// How many versions [`pending`] would name.
pub fn count_pending(conn: &mut Conn, domain: Domain, engine: &str) -> Result<u64, StoreError> {
    let mut sum = 0;
    for condition in unmarked(engine) {
        macro_rules! marked {
            ($column:expr) => {
                match &condition {
                    Unmarked::Never => count!(conn, versions::table.filter($column.is_null()))?,
                    Unmarked::Before(mark) => count!(conn, versions::table.filter($column.lt(mark)))?,
                    Unmarked::From(mark) => count!(conn, versions::table.filter($column.ge(mark)))?,
                }
            };
        }
        sum += match domain {
            Domain::Content => marked!(versions::indexed_engine),
            Domain::Subject | Domain::Withheld => marked!(versions::detected_engine),
        };
    }
    Ok(sum)
}

/// How the mark of a version does not fit what else there is of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amiss {
    /// Nothing is kept of what was found in it.
    NotKept,
    /// Something was found in it, and it has no block in the subject index.
    NoBlock,
    /// Its record is in none of the states that the mark says.
    State(&'static [&'static str]),
}

/// Current versions with one of these marks of the detector that do not fit so; at most `limit`.
pub fn amiss(
    conn: &mut Conn,
    marks: &[String],
    amiss: Amiss,
    limit: u32,
) -> Result<Vec<(RecordId, u32)>, StoreError> {
    let marks: Vec<Option<String>> = marks.iter().cloned().map(Some).collect();
    let current = records::table
        .filter(records::id.eq(versions::record_id))
        .filter(records::version.eq(versions::version));
    let kept = detections::table
        .filter(detections::record_id.eq(versions::record_id))
        .filter(detections::version.eq(versions::version));
    let mut query = versions::table
        .select((versions::record_id, versions::version))
        .into_boxed::<MultiBackend>()
        .filter(versions::detected_engine.eq_any(marks));
    query = match amiss {
        Amiss::NotKept => query.filter(exists(current)).filter(not(exists(kept))),
        Amiss::NoBlock => {
            let typed = detected_types::table.filter(detected_types::record_id.eq(versions::record_id));
            let block = index_rows::table
                .filter(index_rows::record_id.eq(versions::record_id))
                .filter(index_rows::version.eq(versions::version))
                .filter(index_rows::domain.eq(Domain::Subject.as_str()));
            query
                .filter(exists(current))
                .filter(exists(kept))
                .filter(exists(typed))
                .filter(not(exists(block)))
        }
        Amiss::State(states) => query.filter(exists(current.filter(records::state.ne_all(states)))),
    };
    let order = (versions::record_id, versions::version);
    let found: Vec<(String, i64)> = query.order(order).limit(i64::from(limit)).load(conn)?;
    found.into_iter().map(|(record, version)| version_place(record, version)).collect()
}

/// Notes which engine has dealt with a version, and how it went; `None` asks for it to be done again.
/// False if there is no such version.
pub fn mark(
    conn: &mut Conn,
    domain: Domain,
    (record, version): (RecordId, u32),
    mark: Option<&str>,
) -> Result<bool, StoreError> {
    let row = versions::table.find((record.to_raw(), version.to_raw()));
    let changed = match domain {
        Domain::Content => change!(conn, diesel::update(row).set(versions::indexed_engine.eq(mark)))?,
        Domain::Subject | Domain::Withheld => {
            change!(conn, diesel::update(row).set(versions::detected_engine.eq(mark)))?
        }
    };
    Ok(changed == 1)
}

/// Asks for every version to be done again in a domain.
pub(super) fn clear(conn: &mut Conn, domain: Domain) -> Result<(), StoreError> {
    match domain {
        Domain::Content => {
            let marked = versions::table.filter(versions::indexed_engine.is_not_null());
            change!(conn, diesel::update(marked).set(versions::indexed_engine.eq(None::<String>)))?
        }
        Domain::Subject | Domain::Withheld => {
            let marked = versions::table.filter(versions::detected_engine.is_not_null());
            change!(conn, diesel::update(marked).set(versions::detected_engine.eq(None::<String>)))?
        }
    };
    Ok(())
}

fn version_place(record: String, version: i64) -> Result<(RecordId, u32), StoreError> {
    let key = format!("{record}/{version}");
    match (RecordId::from_raw(record), u32::from_raw(version)) {
        (Ok(record), Ok(version)) => Ok((record, version)),
        (Err(why), _) | (_, Err(why)) => Err(StoreError::Corrupt { table: "versions", id: key, why }),
    }
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;
    use diesel::sql_types::Text;
    use diesel::sqlite::Sqlite;

    use super::*;
    use crate::store::tests::{on_each_database, open};

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// How SQLite answers a statement.
    fn plan_of(conn: &mut Conn, statement: &str) -> Result<String, StoreError> {
        let steps: Vec<Step> =
            each!(conn, c => diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(c))?;
        Ok(steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn what_is_pending_is_read_from_an_index_alone() {
        on_each_database(|database| {
            if database.is_postgres() {
                return;
            }
            let store = open(database);
            for range in unmarked("tokens/1") {
                let content = unmarked_in!(versions::indexed_engine, &range, 64, |query| {
                    debug_query::<Sqlite, _>(&query).to_string()
                });
                let subject = unmarked_in!(versions::detected_engine, &range, 64, |query| {
                    debug_query::<Sqlite, _>(&query).to_string()
                });
                for (statement, index) in [(content, "versions_indexed"), (subject, "versions_detected")] {
                    let plan = store.read(|conn| plan_of(conn, &statement)).unwrap();
                    let search = format!("SEARCH versions USING COVERING INDEX {index} (");
                    assert!(plan.starts_with(&search), "{statement}: {plan}");
                    assert!(!plan.contains("SCAN") && !plan.contains("B-TREE"), "{statement}: {plan}");
                }
            }
        });
    }
}
