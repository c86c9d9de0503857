//! Holds what the database says of a record against the entries that captured it. Its rows stand in
//! clear in the database; the entries stand there too, but under a signed root.
//!
//! What is told of one record is refused where a single row of any version is other than entered. What
//! a page tells of many is told as the ledger has it, and marked: see [`Ledgered::told`].

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use super::ledgered::{About, Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::version::{Again, said_links, says_link, since};
use crate::base::id::{CaseId, PartyId, RecordId};
use crate::ledger::entry::{Entry, EntryKind};
use crate::store::rows::links::LinkRow;
use crate::store::rows::records::RecordRow;
use crate::store::rows::versions::VersionRow;
use crate::store::rows::{ledger, links, segments, versions};
use crate::store::{Conn, StoreError};

/// Refusals of one record that are told: each component of each version, and some editions of what reads them.
const REFUSALS_MAX: u32 = 500;

/// An entry that captured a version, with its place.
pub(in crate::archive) struct Captured {
    pub seq: u64,
    pub entry: Rc<Entry>,
}

impl Captured {
    /// How often it names a party.
    pub(in crate::archive) fn names(&self, party: PartyId) -> usize {
        let party = party.to_string();
        let parties = self.entry.facts.get("parties").and_then(Value::as_array);
        let named = parties.into_iter().flatten().filter_map(|part| part.get("party"));
        named.filter(|named| named.as_str() == Some(party.as_str())).count()
    }
}

impl Ledgered<'_> {
    /// The entries that captured a record: one for each version, in their order.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if one is not in the ledger, is missing, or there is none.
    pub(in crate::archive) fn captures(
        &self,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Vec<Captured>, Refusal> {
        let subject = record.to_string();
        let about = (subject.as_str(), Thing::Record);
        let mut captures: Vec<Captured> = Vec::new();
        for row in &ledger::captures_of(conn, &subject)? {
            let entry = self.prove(conn, row, about)?;
            let fits = match entry.kind {
                EntryKind::Captured | EntryKind::SegmentCaptured => captures.is_empty(),
                EntryKind::Amended => !captures.is_empty(),
                _ => false,
            };
            let number = entry.facts.get("version").and_then(Value::as_u64);
            captures.push(Captured { seq: row.seq, entry });
            if !fits || number != Some(captures.len() as u64) {
                return Err(amiss("the entry of a version", about));
            }
        }
        // Numbered without a gap, and as far as the ledger goes. A bulk log has one version for good.
        let newest = match captures.first().map(|first| first.entry.kind) {
            Some(EntryKind::SegmentCaptured) => None,
            _ => self.heads().amended(record.as_bytes())?,
        };
        let ends = match newest {
            None => captures.len() == 1,
            Some(newest) => captures.last().is_some_and(|last| last.seq == newest),
        };
        if ends { Ok(captures) } else { Err(amiss("the entries of its versions", about)) }
    }

    /// The entries about components of a record of which no text is read, the newest first.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if one is not in the ledger.
    pub(in crate::archive) fn refusals(
        &self,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Vec<Rc<Entry>>, Refusal> {
        let subject = record.to_string();
        let about = (subject.as_str(), Thing::Record);
        let kind = Some(EntryKind::DocumentRefused);
        let filter = ledger::EntryFilter { subject: Some(&subject), kind, before_seq: None };
        let rows = ledger::page(conn, filter, REFUSALS_MAX)?;
        rows.iter().map(|row| self.prove(conn, row, about)).collect()
    }

    /// The entries that captured a record's first and its newest version.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if there is none, or one is not in the ledger.
    pub(in crate::archive) fn first_and_newest(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
    ) -> Result<(Rc<Entry>, Rc<Entry>), Refusal> {
        let first = self.first_capture(conn, row)?;
        let newest = match (first.kind, self.heads().amended(row.id.as_bytes())?) {
            // Of a bulk log the heads tell of erasures.
            (EntryKind::SegmentCaptured, _) | (_, None) => Rc::clone(&first),
            (_, Some(newest)) => self.at(conn, newest, (&row.id.to_string(), Thing::Record))?,
        };
        Ok((first, newest))
    }

    /// The newest entry by which some of a bulk log was erased; `None` if nothing was.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it is not in the ledger.
    pub(in crate::archive) fn last_erasure(
        &self,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Option<Rc<Entry>>, Refusal> {
        let Some(seq) = self.heads().amended(record.as_bytes())? else { return Ok(None) };
        let entry = self.at(conn, seq, (&record.to_string(), Thing::Record))?;
        Ok(Some(entry).filter(|entry| entry.kind == EntryKind::EntryErased))
    }

    /// Every entry by which some of a bulk log was erased, oldest first.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if one is missing, or not in the ledger.
    pub(in crate::archive) fn erasures(
        &self,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Vec<Captured>, Refusal> {
        let Some(last) = self.last_erasure(conn, record)? else { return Ok(Vec::new()) };
        let subject = record.to_string();
        let about = (subject.as_str(), Thing::Record);
        let mut erasures = Vec::new();
        for row in ledger::about(conn, &subject)? {
            if row.kind == EntryKind::EntryErased {
                erasures.push(Captured { seq: row.seq, entry: self.prove(conn, &row, about)? });
            }
        }
        let number = |entry: &Entry| entry.facts.get("number").and_then(Value::as_u64);
        let whole = (1..).zip(&erasures).all(|(count, erasure)| number(&erasure.entry) == Some(count));
        match whole && erasures.last().map(|erasure| &erasure.entry) == Some(&last) {
            true => Ok(erasures),
            false => Err(amiss("its erasures", about)),
        }
    }

    /// Version `number`, which `entry` captured; `None` unless it stands in the database as it was entered.
    pub(in crate::archive) fn as_entered(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
        (number, entry): (usize, &Entry),
    ) -> Result<Option<VersionRow>, Refusal> {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let erasure = match entry.kind {
            EntryKind::SegmentCaptured => self.last_erasure(conn, row.id)?,
            _ => None,
        };
        let left = match &erasure {
            None => None,
            Some(erasure) => match since(entry, erasure) {
                None => return Ok(None),
                left => left,
            },
        };
        let entry = left.as_ref().unwrap_or(entry);
        let brought = self.brought_to(conn, row.id)?;
        match Again::of(conn, (row, brought), number, entry) {
            Ok(again) => Ok(again.filter(|again| again.is_as_entered(entry)).map(|again| again.version)),
            Err(Refusal::Store(StoreError::Corrupt { .. })) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Refuses links of which no entry of the record that they come from speaks, and a record of which
    /// one is missing. `links` are all those from the record.
    ///
    /// # Errors
    /// [`Refusal::Damaged`].
    pub(in crate::archive) fn must_be_its_links<'l>(
        &self,
        record: RecordId,
        captures: &[Captured],
        links: impl Iterator<Item = &'l LinkRow>,
    ) -> Result<(), Refusal> {
        let said: BTreeSet<String> =
            captures.iter().flat_map(|capture| said_links(&capture.entry)).map(str::to_owned).collect();
        let standing: BTreeSet<String> = links.map(|link| link.id.to_string()).collect();
        match said == standing {
            true => Ok(()),
            false => Err(not_as_entered("links", record)),
        }
    }

    /// Refuses a case of which other records stand in the database than were captured into it. `standing`
    /// are those of which each was held against its own entries.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] with [`Thing::CaseRecords`].
    pub(in crate::archive) fn must_be_all_records(
        &self,
        case: CaseId,
        standing: usize,
    ) -> Result<(), Refusal> {
        let captured = self.heads().story(case.as_bytes())?.map_or(0, |story| story.records);
        match usize::try_from(captured) == Ok(standing) {
            true => Ok(()),
            false => Err(amiss("its records", (&case.to_string(), Thing::CaseRecords))),
        }
    }

    /// Refuses a record to which other links lead than the ledger tells of. `standing` are those of which each
    /// was held against the entries of the record that it comes from.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] with [`Thing::Link`].
    pub(in crate::archive) fn must_be_linked(
        &self,
        record: RecordId,
        standing: usize,
    ) -> Result<(), Refusal> {
        let said = self.heads().links_to(record.as_bytes())?;
        match usize::try_from(said) == Ok(standing) {
            true => Ok(()),
            false => Err(amiss("links to it", (&record.to_string(), Thing::Link))),
        }
    }

    /// The same of `links`, of which none was held against anything yet: those that lead to the record.
    ///
    /// # Errors
    /// As [`Self::must_be_linked`], and as [`Self::captures`] of the records that they come from.
    pub(in crate::archive) fn must_be_the_links_to(
        &self,
        conn: &mut Conn,
        record: RecordId,
        links: &[&LinkRow],
    ) -> Result<(), Refusal> {
        for link in links {
            let captures = self.captures(conn, link.from_record)?;
            if !captures.iter().any(|capture| says_link(&capture.entry, link)) {
                return Err(not_as_entered("links", link.from_record));
            }
        }
        self.must_be_linked(record, links.len())
    }

    /// Refuses a record of which the entry that captured it says another case or another person: both
    /// decide who may read it. An export leaves out what else is damaged, and says so.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or the ledger cannot be read.
    pub(in crate::archive) fn must_be_entered(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
    ) -> Result<(), Refusal> {
        let captures = self.captures(conn, row.id)?;
        let says = |name: &str| captures.first()?.entry.facts.get(name)?.as_str();
        let same = says("case") == row.case_id.map(|id| id.to_string()).as_deref()
            && says("captured_by") == Some(row.captured_by.to_string().as_str());
        if same { Ok(()) } else { Err(not_as_entered("its case or its captor", row.id)) }
    }

    /// Refuses a record of which anything, in any of its versions, is other than the entries that captured
    /// them say, and one of which a version is missing or too many. Asked before anything of it is
    /// told to somebody. The entries are given back, one for each version.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or the ledger cannot be read.
    pub(in crate::archive) fn must_be_whole(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
    ) -> Result<Vec<Captured>, Refusal> {
        let captures = self.captures(conn, row.id)?;
        let is_segment = captures.first().is_some_and(|first| first.entry.kind == EntryKind::SegmentCaptured);
        if versions::of_record(conn, row.id)?.len() != captures.len()
            || usize::try_from(row.version).ok() != Some(captures.len())
            || segments::get(conn, row.id)?.is_some() != is_segment
        {
            return Err(not_as_entered("its versions", row.id));
        }
        for (number, capture) in (1..).zip(&captures) {
            if self.as_entered(conn, row, (number, &capture.entry))?.is_none() {
                return Err(not_as_entered("a version", row.id));
            }
        }
        self.must_be_its_links(row.id, &captures, links::from_record(conn, row.id)?.iter())?;
        Ok(captures)
    }
}

/// The refusal of a record.
pub(super) fn not_as_entered(what: &str, record: RecordId) -> Refusal {
    let about: About<'_> = (&record.to_string(), Thing::Record);
    amiss(what, about)
}
