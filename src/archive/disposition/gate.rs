//! The one gate. Whatever destroys asks [`may_destroy`] in the transaction that destroys, and does it with the
//! [`Permit`] that it gets there, which nothing else makes.
//!
//! Promises: no permit without a second person, for a record that is not as the ledger says or not open, by a
//! clock that cannot be believed, or while anything stands against it. What cannot be asked stands against it.

use crate::archive::Inner;
use crate::archive::approvals::{Countersign, Step};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::record::state::RecordState;
use crate::store::rows::ledger;
use crate::store::rows::records::RecordRow;
use crate::store::{Conn, Tx};

/// Something that may forbid a destruction: holds, locks, floors.
pub(super) trait Against: Sync {
    /// How many of its kind stand against the destruction of a record, or of a part of it, now.
    ///
    /// # Errors
    /// It cannot be said: then nothing is destroyed.
    fn standing(&self, conn: &mut Conn, record: &RecordRow, at: Moment) -> Result<u64, Refusal>;
}

/// All that may forbid a destruction. Holds, locks and floors are added here once the archive keeps them.
const AGAINST: &[&dyn Against] = &[&Unweighed];

/// Kinds of entries that this program never makes: a later one that does knows more of what stands.
const UNWEIGHED: [&str; 5] =
    ["hold_placed", "hold_released", "disposition_step", "record_sealed", "record_shredded"];

/// Steps of which the ledger speaks and that this program cannot weigh: it does not know whether they are over.
struct Unweighed;

impl Against for Unweighed {
    fn standing(&self, conn: &mut Conn, record: &RecordRow, _at: Moment) -> Result<u64, Refusal> {
        let mut standing = 0;
        let case = record.case_id.map(|case| case.to_string());
        for subject in [Some(record.id.to_string()), case].into_iter().flatten() {
            for word in UNWEIGHED {
                let kind = EntryKind::parse(word).ok_or(Refusal::Damaged(Thing::LedgerEntry))?;
                let filter =
                    ledger::EntryFilter { subject: Some(&subject), kind: Some(kind), before_seq: None };
                standing += ledger::page(conn, filter, 1)?.len() as u64;
            }
        }
        Ok(standing)
    }
}

/// That something may be destroyed now, in this transaction. Nothing but the gate makes one.
pub(super) struct Permit {
    countersign: Countersign,
}

impl Permit {
    /// Who agreed to it.
    pub(super) fn countersign(&self) -> Countersign {
        self.countersign
    }
}

/// Lets a destruction through, or not: asked in the transaction that destroys, after which nothing may come
/// between. The approval is used up by it.
///
/// # Errors
/// [`Refusal::WrongState`], [`Refusal::ClockBehind`], [`Refusal::Held`], [`Refusal::NeedsSecondPerson`] and what
/// else [`Step::countersign`] refuses; [`Refusal::Damaged`] for a record that is not as the ledger says.
pub(super) fn may_destroy(
    inner: &Inner,
    tx: &mut Tx<'_>,
    record: &RecordRow,
    step: &Step<'_>,
) -> Result<Permit, Refusal> {
    if step.subject != record.id.to_string() {
        return Err(Refusal::WrongState);
    }
    let is_openable = RecordState::from_row(&record.state).is_some_and(RecordState::is_openable);
    if !is_openable {
        return Err(Refusal::WrongState);
    }
    let newest = ledger::last_entry(tx.conn())?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?.at;
    inner.clock_guard.must_be_sane(inner.now(), newest)?;
    inner.ledgered(tx.conn())?.must_be_whole(tx.conn(), record)?;
    let at = tx.at();
    nothing_may_stand(AGAINST, tx.conn(), record, at)?;
    match step.countersign(inner, tx)? {
        // A destruction that one person alone decides is none of this archive's.
        Countersign::NotCountersigned => Err(Refusal::OnePersonArchive),
        countersign @ Countersign::By { .. } => Ok(Permit { countersign }),
    }
}

/// Refuses while anything stands against the destruction, and where nobody was there to be asked.
fn nothing_may_stand(
    against: &[&dyn Against],
    conn: &mut Conn,
    record: &RecordRow,
    at: Moment,
) -> Result<(), Refusal> {
    let mut holds = u64::from(against.is_empty());
    for one in against {
        holds += one.standing(conn, record, at)?;
    }
    match holds {
        0 => Ok(()),
        holds => Err(Refusal::Held { holds }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::scratch;
    use crate::store::rows::records;

    struct Says(Option<u64>);

    impl Against for Says {
        fn standing(&self, _: &mut Conn, _: &RecordRow, _: Moment) -> Result<u64, Refusal> {
            self.0.ok_or(Refusal::Damaged(Thing::Record))
        }
    }

    #[test]
    fn what_stands_against_a_destruction_stops_it_and_so_does_what_cannot_be_asked() {
        let scratch = scratch();
        let ticket = r#"{"kind": "ticket", "occurred": "2026-03-01", "title": "x", "components": [{"name": "a.txt"}]}"#;
        let record = scratch.capture(ticket, b"x").unwrap().record;
        let judged = |against: &[&dyn Against]| {
            scratch.archive.inner.store.read(|conn| {
                let row = records::get(conn, record)?.unwrap();
                nothing_may_stand(against, conn, &row, Moment::from_micros(0))
            })
        };
        assert!(judged(&[&Says(Some(0)), &Unweighed]).is_ok());
        assert!(matches!(judged(&[&Says(Some(0)), &Says(Some(2))]), Err(Refusal::Held { holds: 2 })));
        assert!(matches!(judged(&[&Says(None)]), Err(Refusal::Damaged(_))));
        assert!(matches!(judged(&[]), Err(Refusal::Held { holds: 1 })), "nobody was asked");
    }
}
