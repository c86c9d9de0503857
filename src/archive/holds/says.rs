//! Whether a live hold's saved query finds a record: asked of the sealed text itself and not of the index, which
//! anybody who can write to the database can empty.

use crate::archive::Inner;
use crate::archive::indexing::{Found, OpenSegment, OpenVersion, WholeText, entry_text, is_damage};
use crate::archive::refusal::Refusal;
use crate::archive::rows::kind_of;
use crate::base::civil::CivilDate;
use crate::record::kind::{Kind, Subkind};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;
use crate::store::rows::versions;

use super::over::Part;
use super::words::HoldQuery;

/// What a record says, opened.
pub(super) struct Said<'k> {
    kind: Kind,
    versions: Vec<Version<'k>>,
}

/// One version.
struct Version<'k> {
    open: OpenVersion<'k>,
    /// `None` where it cannot be read now.
    text: Option<WholeText>,
    segment: Option<OpenSegment>,
}

impl<'k> Said<'k> {
    /// Opens every version of a record.
    ///
    /// # Errors
    /// Keys or descriptors do not open, or what reads documents has no time: nobody can tell what it says.
    pub(super) fn open(
        inner: &'k Inner,
        keys: &'k Keyring,
        conn: &mut Conn,
        record: &RecordRow,
    ) -> Result<Self, Refusal> {
        let mut read = Vec::new();
        for row in versions::of_record(conn, record.id)? {
            let open = OpenVersion::open(inner.reading(keys), conn, record, row.version)?;
            let segment = open.segment(conn)?;
            let text = match open.whole(conn, segment.is_some()) {
                Err(error) if is_damage(&error) => None,
                text => Some(text?),
            };
            read.push(Version { open, text, segment });
        }
        Ok(Self { kind: kind_of(record)?, versions: read })
    }

    /// True if the query finds it, or if that cannot be told.
    ///
    /// # Errors
    /// An entry cannot be read.
    pub(super) fn has(
        &mut self,
        _conn: &mut Conn,
        query: &HoldQuery,
        part: Part<'_>,
    ) -> Result<bool, Refusal> {
        if !is_of_kind(self.kind, query.kind) {
            return Ok(false);
        }
        for version in &mut self.versions {
            if query.covers(version.open.row.occurred_on) {
                match &version.text {
                    None => return Ok(true),
                    // The words may stand where it cannot be read.
                    Some(text) if text.found == Found::Part || query.words.confirm(text.all()) => {
                        return Ok(true);
                    }
                    Some(_) => {}
                }
            }
            if version.has_entry(query, part)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Version<'_> {
    fn has_entry(&mut self, query: &HoldQuery, part: Part<'_>) -> Result<bool, Refusal> {
        let zone = self.open.row.zone;
        let Some(segment) = &mut self.segment else { return Ok(false) };
        let all: Vec<u64> = match part {
            Part::Whole => (0..segment.entries()).collect(),
            Part::Entries(entries) => entries.iter().copied().collect(),
        };
        for ordinal in all {
            if segment.is_erased(ordinal) {
                continue;
            }
            let entry = segment.entry(ordinal)?;
            let on = CivilDate::of(entry.at, zone);
            if on.is_ok_and(|on| !query.covers(on)) {
                continue;
            }
            if query.words.confirm(&entry_text(&entry)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// True if a record of this kind is asked for; `general` stands for every subkind.
fn is_of_kind(kind: Kind, asked: Option<Kind>) -> bool {
    asked.is_none_or(|asked| {
        kind.as_str() == asked.as_str()
            && asked.subkind().is_none_or(|sub| sub == Subkind::General || kind.subkind() == Some(sub))
    })
}
