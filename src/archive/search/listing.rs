//! A question without words: the filters alone list records, as any list does.

use crate::access::scope::Level;
use crate::store::Conn;
use crate::store::rows::{Before, records};

use crate::archive::cases::evidence::Opening;
use crate::archive::indexing::{is_damage, may_pass};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{descriptors, rows};
use crate::store::rows::records::{RecordFilter, RecordRow};

use super::confirm::hit_of;
use super::cursor::Position;
use super::page::Found;
use super::reach::Sight;
use super::request::{About, SearchHit};

/// Rows read at once where something is asked for that no column tells, and looked at for one such page.
const CHUNK: usize = 256;
const LOOKED_AT_MAX: usize = 5_000;

/// Lists the records that the filter lets through, newest capture first.
pub(super) fn list(
    conn: &mut Conn,
    opening: Opening<'_>,
    sight: &Sight<'_>,
    filter: &RecordFilter,
    (before, limit): (Option<Position>, usize),
) -> Result<Found<SearchHit>, Refusal> {
    let before = match before {
        Some(Position::Record(before)) => Some(before),
        Some(Position::Document(_)) => return Err(Refusal::BadCursor),
        None => None,
    };
    let chunk = if sight.is_narrowed() { CHUNK } else { limit };
    let wanted = u32::try_from(chunk).unwrap_or(u32::MAX).saturating_add(1);
    let (mut hits, mut left_out, mut looked_at) = (Vec::with_capacity(limit), 0, 0);
    let mut before = before;
    let next = 'page: loop {
        let mut rows = records::page(conn, filter, before, wanted)?;
        let more = rows.len() > chunk;
        rows.truncate(chunk);
        let mut rows = rows.iter().peekable();
        while let Some(row) = rows.next() {
            before = Some(Before { at: row.captured_at, id: row.id });
            looked_at += 1;
            match hit(conn, opening, sight, row)? {
                Listed::Hit(hit) => hits.push(*hit),
                Listed::OutOfReach => {}
                Listed::Unproven => left_out += 1,
            }
            if hits.len() >= limit && (more || rows.peek().is_some()) {
                break 'page before;
            }
        }
        match more {
            false => break None,
            // What is out of reach leaves a page short; what is not asked for is read over, up to a bound.
            true if !sight.is_narrowed() || looked_at >= LOOKED_AT_MAX => break before,
            true => {}
        }
    };
    let next = next.map(Position::Record);
    // Who may see it cannot be told from anything: only those who see every record hear of it.
    let left_out = if sight.is_everywhere() { left_out } else { 0 };
    let count = records::count(conn, filter)?;
    let about = if sight.is_narrowed() { About::About(count) } else { About::Exactly(count) };
    Ok(Found { about, hits, ended_early: false, next, left_out })
}

/// What becomes of a record of a list.
enum Listed {
    Hit(Box<SearchHit>),
    /// The database says that it is within reach, and the ledger that it is not; or it is not what is asked for.
    OutOfReach,
    /// Nothing can be proved of it.
    Unproven,
}

fn hit(
    conn: &mut Conn,
    (keys, ledger): Opening<'_>,
    sight: &Sight<'_>,
    record: &RecordRow,
) -> Result<Listed, Refusal> {
    let mut told = match ledger.told(conn, record) {
        // Nothing shows who may see it: it is left out, and hides none of the others.
        Err(error) if is_damage(&error) && sight.is_narrowed() => return Ok(Listed::OutOfReach),
        Err(error) if is_damage(&error) => return Ok(Listed::Unproven),
        told => told?,
    };
    if !sight.lets(conn, ledger, record)? {
        return Ok(Listed::OutOfReach);
    }
    let descriptor = match sight.level_of(&told.row, sight.restricts(conn, &told.row)?) {
        Level::Full if !told.damaged && rows::is_openable(&told.row) => {
            let opened = descriptors::version_keys(keys, conn, record.id, record.version)
                .and_then(|version_keys| descriptors::open(&version_keys, &told.version));
            match opened {
                Ok(descriptor) => Some(descriptor),
                // The list still says that the record is there; `verify` says what is wrong with it.
                Err(error) if is_damage(&error) || may_pass(&error) => {
                    tracing::warn!(record = %record.id, thing = ?Thing::Record, "a listed record is damaged");
                    told.damaged = true;
                    None
                }
                Err(error) => return Err(error),
            }
        }
        Level::Full | Level::Redacted | Level::Facts => None,
    };
    let title = descriptor.as_ref().map(|descriptor| descriptor.title.as_str().to_owned());
    let tags = descriptor.as_ref().map(|descriptor| descriptor.tags.as_slice());
    let hit = hit_of(conn, &told, sight, None, title)?.filter(|hit| sight.has_tag(hit.level, tags));
    Ok(hit.map_or(Listed::OutOfReach, |hit| Listed::Hit(Box::new(hit))))
}
