//! What is left of a record that was sealed for its destruction, or destroyed (销毁留痕): what the ledger says of it,
//! and nobody's name.

use serde_json::Value;

use crate::archive::records::{Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{DispositionId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::Actor;
use crate::record::state::RecordState;
use crate::store::Conn;

use super::step::state_after;

/// What is left of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// `sealed` or `shredded`.
    pub state: RecordState,
    /// The disposition in which it went.
    pub disposition: DispositionId,
    /// When it was brought to that state.
    pub at: Moment,
    /// By whom; nobody for what the archive did by itself.
    pub by: Option<UserId>,
    /// The rule that justified it, as `id@version`; none while it is only sealed, or if it was asked for by itself.
    pub rule: Option<String>,
    /// Who agreed.
    pub approved_by: Vec<UserId>,
    /// Where it stands in the ledger.
    pub ledger_index: u64,
}

impl Tombstone {
    /// Of a record; `None` while it can be read.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if the entry about it cannot be read.
    pub(in crate::archive) fn of(
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Option<Self>, Refusal> {
        let Some(told) = ledger.disposed(conn, record)? else { return Ok(None) };
        let (entry, subject) = (&told.entry, record.to_string());
        let state = state_after(entry.kind, &entry.facts);
        if state.is_openable() {
            return Ok(None);
        }
        let facts = &entry.facts;
        let disposition =
            facts.get("batch").and_then(Value::as_str).and_then(|id| DispositionId::parse(id).ok());
        let disposition = disposition.ok_or_else(|| amiss("a tombstone", (&subject, Thing::Record)))?;
        let rule = facts.get("rule").and_then(|rule| {
            Some(format!("{}@{}", rule.get("id")?.as_str()?, rule.get("version")?.as_u64()?))
        });
        let approved = facts.get("approved").and_then(Value::as_array).into_iter().flatten();
        let approved = approved.filter_map(|one| UserId::parse(one.get("by")?.as_str()?).ok());
        Ok(Some(Self {
            state,
            disposition,
            at: entry.at,
            by: match entry.actor {
                Actor::User(user) => Some(user),
                Actor::System => None,
            },
            rule,
            approved_by: approved.collect(),
            ledger_index: told.seq,
        }))
    }
}
