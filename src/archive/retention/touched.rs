//! What entries of the ledger touch: the records that may stand elsewhere because of what happened. Nothing else
//! says so; a use case that forgets to tell the judge is none that could be written.

use std::collections::BTreeSet;

use crate::archive::Inner;
use crate::archive::events::{keys_of_facts, tokens_of_facts};
use crate::archive::holds::{Asks, HoldSaid, Register, SaidKey, held_now};
use crate::archive::refusal::Refusal;
use crate::base::id::{CaseId, HoldId, RecordId};
use crate::ledger::entry::{self, Entry, EntryKind};
use crate::store::rows::ledger::EntryRow;
use crate::store::rows::{LookupToken, ledger, records, retention};
use crate::store::{Conn, StoreError};

/// Entries that are read in one turn.
const ENTRIES: u32 = 256;

/// True if an entry of this kind may put a record elsewhere.
pub(in crate::archive) const fn touches(kind: EntryKind) -> bool {
    changes_facts(kind)
        || matches!(
            kind,
            EntryKind::HoldPlaced
                | EntryKind::HoldMembersChanged
                | EntryKind::HoldReleased
                | EntryKind::PolicyReviewHeld
                | EntryKind::PolicyPublished
                | EntryKind::PolicyStep
        )
}

/// True if an entry of this kind may change what the judge knows of a record: what stands guard over it is asked for
/// each time.
pub(in crate::archive) const fn changes_facts(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::Captured
            | EntryKind::Amended
            | EntryKind::SegmentCaptured
            | EntryKind::EntryErased
            | EntryKind::DispositionStep
            | EntryKind::RecordSealed
            | EntryKind::RecordShredded
            | EntryKind::CaseChanged
            | EntryKind::CaseEvent
            | EntryKind::CaseEventCancelled
            | EntryKind::EventRecorded
    )
}

/// What entries touch.
#[derive(Debug, Default)]
pub(in crate::archive) struct Touched {
    /// Records of which something else is known now.
    pub records: BTreeSet<RecordId>,
    /// Keys: of what they reach, other events are known now.
    pub tokens: Vec<LookupToken>,
    /// Records over which something else stands guard.
    pub guarded: BTreeSet<RecordId>,
    /// True if a review was held: what waits for one may go on.
    pub reviewed: bool,
    /// True if something else may be known of any record.
    pub any_facts: bool,
    /// True if something else may stand guard over any record.
    pub any_guard: bool,
    /// Behind which entry goes on whoever follows; `None` if there was none to read.
    pub followed: Option<u64>,
}

impl Touched {
    /// Reads on behind `from`, until about so many records are touched.
    ///
    /// # Errors
    /// An entry cannot be read, or the database refuses.
    pub(in crate::archive) fn read(
        inner: &Inner,
        conn: &mut Conn,
        from: u64,
        most: usize,
    ) -> Result<Self, Refusal> {
        let (mut touched, holds) = (Self::default(), inner.holds_known());
        let key = inner.keys().index.as_ref().map(SaidKey::of);
        for row in ledger::entries_from(conn, from, ENTRIES)? {
            // In small turns: a long one would keep captures waiting.
            if touched.records.len() >= most {
                break;
            }
            touched.hear(conn, (&holds, key.as_ref()), &row)?;
            touched.followed = Some(row.seq + 1);
        }
        Ok(touched)
    }

    fn hear(
        &mut self,
        conn: &mut Conn,
        (holds, key): (&Register, Option<&SaidKey>),
        row: &EntryRow,
    ) -> Result<(), Refusal> {
        match row.kind {
            EntryKind::Captured
            | EntryKind::Amended
            | EntryKind::SegmentCaptured
            | EntryKind::EntryErased
            | EntryKind::DispositionStep
            | EntryKind::RecordSealed
            | EntryKind::RecordShredded => self.records.extend(RecordId::parse(&row.subject).ok()),
            EntryKind::CaseChanged | EntryKind::CaseEvent | EntryKind::CaseEventCancelled => {
                if let Ok(case) = CaseId::parse(&row.subject) {
                    self.records.extend(records::of_case(conn, case)?.into_iter().map(|row| row.id));
                }
            }
            EntryKind::EventRecorded => {
                let entry = entry::decode(&row.body)?;
                self.tokens.extend(tokens_of_facts(entry.facts.get("event")));
                let keys = keys_of_facts(entry.facts.get("event"));
                self.any_facts |= keys.iter().any(|(name, _)| name == "all");
            }
            EntryKind::HoldPlaced | EntryKind::HoldMembersChanged | EntryKind::HoldReleased => {
                self.hear_hold(conn, (holds, key), &entry::decode(&row.body)?, &row.subject)?;
            }
            EntryKind::PolicyReviewHeld => self.reviewed = true,
            _ => {}
        }
        Ok(())
    }

    /// A hold touches what it names. What only its text, or a field of a record, can say is found in any record.
    fn hear_hold(
        &mut self,
        conn: &mut Conn,
        (holds, key): (&Register, Option<&SaidKey>),
        entry: &Entry,
        subject: &str,
    ) -> Result<(), Refusal> {
        let word = HoldId::parse(subject).ok().and_then(|hold| Some((hold, holds.get(hold)?)));
        let Some((hold, word)) = word.filter(|(_, word)| word.is_legible) else {
            self.any_guard = true;
            return Ok(());
        };
        let Some(key) = key else {
            self.any_guard = true;
            return Ok(());
        };
        let Asks { fields, query, .. } = word.asks;
        let added = match entry.kind {
            EntryKind::HoldReleased => None,
            _ => HoldSaid::of(Some(key), entry.kind, &entry.facts).and_then(HoldSaid::into_members),
        };
        match held_now(conn, key, hold, (word, added.as_deref()))? {
            Some(found) if !fields && !query => self.guarded.extend(found),
            Some(_) | None => self.any_guard = true,
        }
        Ok(())
    }

    /// The records themselves, where they can be told one by one: those that are touched, and those that keys reach.
    ///
    /// # Errors
    /// The database refuses.
    pub(in crate::archive) fn of_facts(&self, conn: &mut Conn) -> Result<BTreeSet<RecordId>, StoreError> {
        let mut found = self.records.clone();
        for token in &self.tokens {
            found.extend(retention::with_key(conn, token)?);
        }
        Ok(found)
    }
}
