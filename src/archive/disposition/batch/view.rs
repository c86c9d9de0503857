//! Dispositions as people see them: where they stand, who decides next, and what became of each record.

use crate::access::permission::{Action, Resource};
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{DispositionId, RecordId, UserId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::store::rows::records;

use super::decide::seen;
use super::execute::{Fate, fates};
use super::list::ItemList;
use super::step::{Attendance, Batch, DispositionState, ReviewDecision, ReviewStage};

/// A disposition.
#[derive(Debug, Clone)]
pub struct DispositionView {
    /// Its id.
    pub id: DispositionId,
    /// The number of its newest step.
    pub number: u64,
    /// Where it stands.
    pub state: DispositionState,
    /// Who asked for it.
    pub requested_by: UserId,
    /// When its review began.
    pub begun: Moment,
    /// The rule under which its records were collected, if they were.
    pub rule: Option<String>,
    /// Why it was asked for.
    pub reason: String,
    /// Its stages with their names.
    pub stages: Vec<(String, ReviewStage)>,
    /// The stage that is decided on now, from 0.
    pub stage: Option<usize>,
    /// What was decided.
    pub decisions: Vec<ReviewDecision>,
    /// Witnesses that have to attend.
    pub witnesses: u8,
    /// Who attends.
    pub attended: Vec<Attendance>,
    /// Nothing is done before.
    pub cooling_until: Option<Moment>,
    /// The Merkle root over its records, hexadecimal.
    pub root: String,
    /// Its records.
    pub items: Vec<DispositionItem>,
    /// Where its newest step stands in the ledger.
    pub ledger_index: u64,
}

/// A record of a disposition.
#[derive(Debug, Clone)]
pub struct DispositionItem {
    /// The record.
    pub record: RecordId,
    /// Its kind's word.
    pub kind: String,
    /// Its category.
    pub category: String,
    /// Where it stands in the disposition: `waits`, `sealed`, `restoring`, `left`, `destroyed`.
    pub standing: &'static str,
    /// The rule on which it goes, if one says so.
    pub rule: Option<String>,
    /// Redacted copies that were kept of it, which go with it.
    pub copies: Vec<RecordId>,
}

/// A line of the list.
#[derive(Debug, Clone)]
pub struct DispositionLine {
    /// Its id.
    pub id: DispositionId,
    /// Where it stands.
    pub state: DispositionState,
    /// Who asked for it.
    pub requested_by: UserId,
    /// When its review began.
    pub begun: Moment,
    /// Records that it was begun with.
    pub items: u64,
    /// The stage that is decided on now, from 0, and how many there are.
    pub stage: (Option<usize>, usize),
    /// Nothing is done before.
    pub cooling_until: Option<Moment>,
}

impl Archive {
    /// The dispositions that the caller may know of, the newest first.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if a step cannot be read.
    pub fn dispositions(
        &self,
        caller: &Caller,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<DispositionLine>, Option<String>), Refusal> {
        let before =
            cursor.map(|text| DispositionId::parse(text).map_err(|_| Refusal::BadCursor)).transpose()?;
        let inner = &self.inner;
        let now = inner.now();
        let limit = usize::try_from(limit).unwrap_or(PAGE_ITEMS_MAX).clamp(1, PAGE_ITEMS_MAX);
        inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            let mut ids = ledger.heads().dispositions();
            ids.sort_unstable_by(|one, other| other.cmp(one));
            let mut lines: Vec<DispositionLine> = Vec::new();
            for id in ids.into_iter().map(DispositionId::from_bytes) {
                if before.is_some_and(|before| id >= before) {
                    continue;
                }
                let Some((_, batch)) = ledger.batch(conn, id)? else { continue };
                if !sees(caller, &batch, now) {
                    continue;
                }
                if lines.len() == limit {
                    let next = lines.last().map(|line| line.id.to_string());
                    return Ok((lines, next));
                }
                lines.push(line_of(&batch));
            }
            Ok((lines, None))
        })
    }

    /// A disposition with its records.
    ///
    /// # Errors
    /// Not there for this caller, or [`Refusal::Damaged`].
    pub fn disposition(&self, caller: &Caller, id: DispositionId) -> Result<DispositionView, Refusal> {
        let inner = &self.inner;
        let now = inner.now();
        inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            let found = ledger.batch(conn, id)?;
            let (ledger_index, batch) = seen(caller, found, now)?;
            let list = ItemList::open(inner, conn, &batch)?;
            let fates = fates(&ledger, conn, &batch, &list)?;
            let mut items = Vec::with_capacity(fates.len());
            for (item, fate) in list.items.iter().zip(fates) {
                let row = records::get(conn, item.record)?.ok_or(Refusal::Damaged(Thing::Record))?;
                items.push(DispositionItem {
                    record: item.record,
                    kind: row.kind,
                    category: row.category,
                    standing: fate.as_str(),
                    rule: item.rule.as_ref().map(|(id, ..)| id.clone()),
                    copies: ledger.made_of(conn, item.record)?,
                });
            }
            let is_open = batch.state == DispositionState::InReview;
            Ok(DispositionView {
                id,
                number: batch.number,
                state: batch.state,
                requested_by: batch.requested_by,
                begun: batch.begun,
                rule: batch.rule.clone(),
                reason: list.reason,
                stage: batch.stage().map(|(number, _)| number).filter(|_| is_open),
                stages: list.stages.into_iter().zip(batch.stages).collect(),
                decisions: batch.decisions,
                witnesses: batch.witnesses,
                attended: batch.attended,
                cooling_until: batch.cooling_until,
                root: batch.root.to_hex(),
                items,
                ledger_index,
            })
        })
    }
}

/// True if the caller may know of it; that one is passed over is no refusal of anything.
fn sees(caller: &Caller, batch: &Batch, now: Moment) -> bool {
    let reach = caller.reach(Action::List, Resource::Disposition, now);
    super::decide::target_of(caller, batch)
        .is_none_or(|target| reach.level_of(caller.rights(), &target).is_some())
}

fn line_of(batch: &Batch) -> DispositionLine {
    let is_open = batch.state == DispositionState::InReview;
    DispositionLine {
        id: batch.id,
        state: batch.state,
        requested_by: batch.requested_by,
        begun: batch.begun,
        items: batch.items,
        stage: (batch.stage().map(|(number, _)| number).filter(|_| is_open), batch.stages.len()),
        cooling_until: batch.cooling_until,
    }
}

impl Fate {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Sealed => "sealed",
            Self::Restoring => "restoring",
            Self::Left => "left",
            Self::Shredded => "destroyed",
        }
    }
}
