//! 服务等级达成表: the promises made to all cases in reach, measured and summed up by tier, priority
//! and measure. It speaks of services, never of people.

use crate::access::permission::{Action, Resource};
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::CaseId;
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::record::case::{CaseEvent, timeline};
use crate::record::service_level::{Attainment, AttainmentRow, attainments, table};
use crate::store::rows::cases::{self, CaseRow};

use super::events::{bare, with_opening};
use super::gone;
use super::held;
use super::list::{Asked, CaseQuery, reached};
use super::page::Cursor;

/// Which cases the table sums up. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttainmentQuery {
    /// State, party, reference.
    pub cases: CaseQuery,
    /// Opened at this instant or later.
    pub opened_from: Option<Moment>,
    /// Opened before this instant.
    pub opened_before: Option<Moment>,
}

/// The table, and over what it was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttainmentTable {
    /// The instant as of which it was measured.
    pub as_of: Moment,
    /// Cases that were measured, those without a promise among them.
    pub cases: u64,
    /// By tier, priority and measure.
    pub rows: Vec<AttainmentRow>,
}

impl Archive {
    /// Sums up how the promises of the service level were kept, as of now.
    ///
    /// # Errors
    /// Not permitted, [`Refusal::Damaged`] if one of the cases is not as the ledger says, or is gone: a sum that
    /// leaves one out would be told as the sum of all. Or the database cannot be read.
    pub fn attainment_table(
        &self,
        caller: &Caller,
        query: &AttainmentQuery,
    ) -> Result<AttainmentTable, Refusal> {
        let now = self.inner.now();
        let reach = caller.reach(Action::Read, Resource::Report, now);
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let asked = Asked { caller, reach, query: &query.cases, now };
            let ledger = self.inner.ledgered(conn)?;
            if !gone::in_reach(&ledger, conn, &asked)?.is_empty() {
                return Err(Refusal::Damaged(Thing::Case));
            }
            let mut measured: Vec<(CaseRow, Vec<Attainment>)> = Vec::new();
            let mut cursor = None;
            loop {
                let limit = u32::try_from(PAGE_ITEMS_MAX).unwrap_or(u32::MAX);
                let page = reached(&keys, conn, &asked, cursor, limit)?;
                for (row, _) in page.items.into_iter().filter(|(row, _)| query.wants(row)) {
                    held::must_be_held(&ledger, conn, &row)?;
                    // Details are words; order and instants are enough to measure.
                    let events = cases::events_of(conn, row.id)?;
                    let events = events.iter().map(bare).collect::<Result<Vec<CaseEvent>, Refusal>>()?;
                    let line = timeline(&with_opening(&row, events));
                    let (tier, priority) = (row.tier.as_deref(), row.priority.as_deref());
                    let kept = attainments(&self.inner.service_level, tier, priority, &line, now);
                    measured.push((row, kept));
                }
                match page.next {
                    None => break,
                    Some(next) => cursor = Some(Cursor::parse(&next, CaseId::parse)?),
                }
            }
            let rows = table(
                measured
                    .iter()
                    .map(|(row, kept)| (row.tier.as_deref(), row.priority.as_deref(), kept.as_slice())),
            );
            Ok(AttainmentTable { as_of: now, cases: measured.len() as u64, rows })
        })
    }
}

impl AttainmentQuery {
    fn wants(&self, row: &CaseRow) -> bool {
        self.opened_from.is_none_or(|from| from <= row.opened_at)
            && self.opened_before.is_none_or(|before| row.opened_at < before)
    }
}
