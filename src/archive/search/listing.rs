//! A question without words: the filters alone list records, as any list does.

use crate::access::scope::Level;
use crate::store::rows::{Before, records, versions};
use crate::store::{Conn, StoreError};

use crate::archive::descriptors;
use crate::archive::indexing::is_damage;
use crate::archive::refusal::{Refusal, Thing};
use crate::seal::Keyring;
use crate::store::rows::records::{RecordFilter, RecordRow};

use super::confirm::{hit_of, occurred};
use super::cursor::Position;
use super::reach::Sight;
use super::request::{About, SearchHit};

/// A page of records, and where it ended.
pub(super) struct Listed {
    pub about: About,
    pub hits: Vec<SearchHit>,
    pub next: Option<Position>,
}

/// Lists the records that the filter lets through, newest capture first.
pub(super) fn list(
    conn: &mut Conn,
    keys: &Keyring,
    sight: &Sight<'_>,
    filter: &RecordFilter,
    (before, limit): (Option<Position>, usize),
) -> Result<Listed, Refusal> {
    let before = match before {
        Some(Position::Record(before)) => Some(before),
        Some(Position::Document(_)) => return Err(Refusal::BadCursor),
        None => None,
    };
    let wanted = u32::try_from(limit).unwrap_or(u32::MAX);
    let mut rows = records::page(conn, filter, before, wanted.saturating_add(1))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().map(|row| Position::Record(Before { at: row.captured_at, id: row.id }));
    let hits = rows.iter().map(|row| hit(conn, keys, sight, row)).collect::<Result<_, _>>()?;
    let about = About::Exactly(records::count(conn, filter)?);
    Ok(Listed { about, hits, next: last.filter(|_| more) })
}

fn hit(conn: &mut Conn, keys: &Keyring, sight: &Sight<'_>, record: &RecordRow) -> Result<SearchHit, Refusal> {
    let version = versions::get(conn, record.id, record.version)?;
    let version = version.ok_or_else(|| {
        Refusal::Store(StoreError::Corrupt {
            table: "versions",
            id: format!("{}/{}", record.id, record.version),
            why: "the current version is missing".to_owned(),
        })
    })?;
    let level = sight.level_of(record);
    let title = match level {
        Level::Full => {
            let opened = descriptors::version_keys(keys, conn, record.id, record.version)
                .and_then(|version_keys| descriptors::open(&version_keys, &version));
            match opened {
                Ok(descriptor) => Some(descriptor.title.as_str().to_owned()),
                // The list still says that the record is there; `verify` says what is wrong with it.
                Err(error) if is_damage(&error) => {
                    tracing::warn!(record = %record.id, thing = ?Thing::Record, "a listed record is damaged");
                    None
                }
                Err(error) => return Err(error),
            }
        }
        Level::Redacted | Level::Facts => None,
    };
    hit_of(record, occurred(&version), level, title)
}
