//! What the ledger tells of entries that were erased.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::archive::records::{Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{ApprovalId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::Actor;
use crate::record::erasure::ErasureReason;
use crate::store::Conn;

/// That some entries of a log were erased: what remains of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureView {
    /// Their numbers, from 0.
    pub entries: BTreeSet<u64>,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Actor,
    /// Why.
    pub reason: ErasureReason,
    /// The approval that was used up.
    pub approval: ApprovalId,
    /// Who agreed.
    pub approved_by: UserId,
    /// Where it stands in the ledger.
    pub ledger_index: u64,
}

impl ErasureView {
    /// Who asked and who agreed.
    pub fn people(&self) -> impl Iterator<Item = UserId> {
        let by = match self.by {
            Actor::User(user) => Some(user),
            Actor::System => None,
        };
        by.into_iter().chain([self.approved_by])
    }

    /// Every erasure of a log, oldest first.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if an entry about one is missing, not in the ledger, or says none of it.
    pub(in crate::archive) fn all(
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Vec<Self>, Refusal> {
        let mut told = Vec::new();
        for erasure in ledger.erasures(conn, record)? {
            let entry = &erasure.entry;
            let view = Self::read(&entry.facts, (erasure.seq, entry.at, entry.actor));
            told.push(view.ok_or_else(|| amiss("an erasure", (&entry.subject, Thing::Record)))?);
        }
        Ok(told)
    }

    fn read(facts: &Map<String, Value>, (ledger_index, at, by): (u64, Moment, Actor)) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let countersign = facts.get("countersign")?;
        Some(Self {
            entries: facts.get("entries")?.as_array()?.iter().map(Value::as_u64).collect::<Option<_>>()?,
            at,
            by,
            reason: ErasureReason::parse(&text(facts.get("reason")?)?)?,
            approval: ApprovalId::parse(&text(countersign.get("approval")?)?).ok()?,
            approved_by: UserId::parse(&text(countersign.get("by")?)?).ok()?,
            ledger_index,
        })
    }
}

/// The numbers of all entries of a log that were erased.
///
/// # Errors
/// As [`ErasureView::all`].
pub(in crate::archive) fn erased_in(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    record: RecordId,
) -> Result<BTreeSet<u64>, Refusal> {
    Ok(ErasureView::all(ledger, conn, record)?.into_iter().flat_map(|erasure| erasure.entries).collect())
}
