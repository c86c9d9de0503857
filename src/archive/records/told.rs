//! What a page tells of a record: what the ledger says, of the version that it says is current. Where
//! the database says otherwise, the line is marked, and nothing of it comes from the database: one row
//! that somebody touched neither says what it likes nor hides the page that it stands on.

use serde_json::{Map, Value};

use super::entered::{Captured, not_as_entered};
use super::ledgered::Ledgered;
use crate::archive::refusal::Refusal;
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{CaseId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::{Entry, EntryKind};
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;
use crate::store::rows::segments;
use crate::store::rows::versions::VersionRow;

/// A record as a page tells of it.
#[derive(Clone)]
pub(in crate::archive) struct Told {
    /// Its row; where it is damaged, as the ledger has it.
    pub row: RecordRow,
    /// Its current version; where it is damaged, as the ledger has it, without the sealed descriptor.
    pub version: VersionRow,
    /// True if its first version came late.
    pub late: bool,
    /// Entries, for a segment of a bulk log.
    pub entries: Option<u64>,
    /// True if the database says otherwise.
    pub damaged: bool,
}

impl Ledgered<'_> {
    /// What the ledger says of a record: its first version and its current one are held against their
    /// entries, those in between are not shown.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if the ledger has no entry of it, or one that is not in the signed tree.
    pub(in crate::archive) fn told(&self, conn: &mut Conn, row: &RecordRow) -> Result<Told, Refusal> {
        let (first, newest) = self.first_and_newest(conn, row)?;
        self.told_by(conn, row, (&first, &newest))
    }

    fn told_by(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
        (first, newest): (&Entry, &Entry),
    ) -> Result<Told, Refusal> {
        let damaged = || not_as_entered("no version", row.id);
        let number = newest.facts.get("version").and_then(Value::as_u64);
        let number = number.and_then(|number| usize::try_from(number).ok()).ok_or_else(damaged)?;
        let segment = segments::get(conn, row.id)?;
        let is_segment = first.kind == EntryKind::SegmentCaptured;
        let same = usize::try_from(row.version).ok() == Some(number) && segment.is_some() == is_segment;
        let version = match (same, number) {
            (false, _) => None,
            (true, 1) => self.as_entered(conn, row, (1, first))?,
            (true, _) => match self.as_entered(conn, row, (1, first))? {
                Some(_) => self.as_entered(conn, row, (number, newest))?,
                None => None,
            },
        };
        if let Some(version) = version {
            let late = first.facts.get("late") == Some(&Value::Bool(true));
            let entries = segment.map(|segment| segment.entries);
            return Ok(Told { row: row.clone(), version, late, entries, damaged: false });
        }
        tracing::error!(record = %row.id, "told as the ledger says, not as the database: run muniment verify");
        let brought = self.brought_to(conn, row.id)?;
        from_entries((row, brought), number, (first, newest)).ok_or_else(damaged)
    }

    /// The same of a record of which nothing is told unless it is as entered. The entries are given
    /// back, one for each version.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it is not.
    pub(in crate::archive) fn must_be_current(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
    ) -> Result<Vec<Captured>, Refusal> {
        let captures = self.captures(conn, row.id)?;
        let ends = captures.first().zip(captures.last());
        let (first, newest) = ends.ok_or_else(|| not_as_entered("no version", row.id))?;
        match self.told_by(conn, row, (&first.entry, &newest.entry))?.damaged {
            true => Err(not_as_entered("a version", row.id)),
            false => Ok(captures),
        }
    }
}

/// The rows as entries have them; `None` if one lacks a fact.
fn from_entries(
    (row, brought): (&RecordRow, RecordState),
    versions: usize,
    (first, last): (&Entry, &Entry),
) -> Option<Told> {
    let number = u32::try_from(versions).ok()?;
    let facts = &last.facts;
    let digest = |name: &str| Digest::parse_hex(facts.get("descriptor")?.get(name)?.as_str()?).ok();
    let moment = |name: &str| text(facts, name).map(|text| Moment::parse(text).ok());
    let version = VersionRow {
        record_id: row.id,
        version: number,
        revision_token: None,
        occurred_on: CivilDate::parse(text(facts, "occurred_on")?).ok()?,
        occurred_at: match moment("occurred_at") {
            None => None,
            Some(at) => Some(at?),
        },
        zone: Zone::parse(text(facts, "zone")?).ok()?,
        received_at: moment("received_at")??,
        captured_at: last.at,
        captured_by: UserId::parse(text(facts, "captured_by")?).ok()?,
        late: facts.get("late")?.as_bool()?,
        descriptor: Vec::new(),
        descriptor_digest: digest("digest")?,
        descriptor_commitment: digest("commitment")?,
        facts: facts.get("fields")?.to_string(),
        indexed_engine: None,
        detected_engine: None,
    };
    let case_id = match text(&first.facts, "case") {
        None => None,
        Some(id) => Some(CaseId::parse(id).ok()?),
    };
    let row = RecordRow {
        id: row.id,
        kind: text(&first.facts, "kind")?.to_owned(),
        subkind: text(&first.facts, "subkind").map(str::to_owned),
        category: text(&first.facts, "category")?.to_owned(),
        jurisdiction: text(&first.facts, "jurisdiction")?.to_owned(),
        case_id,
        state: brought.as_str().to_owned(),
        version: number,
        source_token: None,
        captured_at: first.at,
        captured_by: UserId::parse(text(&first.facts, "captured_by")?).ok()?,
        updated_at: last.at,
    };
    let entries =
        first.facts.get("segment").and_then(|segment| segment.get("entries")).and_then(Value::as_u64);
    let late = first.facts.get("late")?.as_bool()?;
    Some(Told { row, version, late, entries, damaged: true })
}

fn text<'f>(facts: &'f Map<String, Value>, name: &str) -> Option<&'f str> {
    facts.get(name).and_then(Value::as_str)
}
