//! The one gate. Whatever destroys asks [`may_destroy`] in the transaction that destroys, and does it with the
//! [`Permit`] that it gets there, which nothing else makes.
//!
//! Promises: no permit without a second person, for a record that is not as the ledger says or not open, by a
//! clock that cannot be believed, or while anything stands against it. What cannot be asked stands against it. Who
//! may not know what stands there is told no more than that the disposition is not available, whatever it is.

use crate::archive::Inner;
use crate::archive::approvals::{Countersign, Step};
use crate::archive::caller::Caller;
use crate::archive::holds::{self, Care, Over, Part};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::record::state::RecordState;
use crate::store::Tx;
use crate::store::rows::ledger;
use crate::store::rows::records::RecordRow;

/// What is about to be destroyed.
#[derive(Clone, Copy)]
pub(super) struct Doomed<'d> {
    pub record: &'d RecordRow,
    pub part: Part<'d>,
}

/// Something that stands against a destruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocker {
    /// A hold of which the caller may know; released, it rests until then.
    Held {
        /// `None` while it stands.
        rests_until: Option<Moment>,
    },
    /// Something that is not told: a hold of which the caller may not know, or what nobody here can weigh.
    Untold,
}

/// Something that may forbid a destruction: holds, locks, floors.
pub(super) trait Against: Sync {
    /// What of its kind stands against a destruction now.
    ///
    /// # Errors
    /// It cannot be said: then nothing is destroyed.
    fn standing(
        &self,
        inner: &Inner,
        tx: &mut Tx<'_>,
        doomed: Doomed<'_>,
        caller: &Caller,
    ) -> Result<Vec<Blocker>, Refusal>;
}

/// All that may forbid a destruction. Locks and floors are added here once the archive keeps them.
const AGAINST: &[&dyn Against] = &[&Holds, &Unweighed];

/// Holds: looked for here, in the transaction that destroys, so that none is placed in between.
struct Holds;

impl Against for Holds {
    fn standing(
        &self,
        inner: &Inner,
        tx: &mut Tx<'_>,
        Doomed { record, part }: Doomed<'_>,
        caller: &Caller,
    ) -> Result<Vec<Blocker>, Refusal> {
        let at = tx.at();
        let over = Over::of(inner, holds::stopping(&inner.holds_in(tx)?, at));
        if over.is_empty() {
            return Ok(Vec::new());
        }
        let ledger = inner.ledgered(tx.conn())?;
        let standing = over.record(tx.conn(), &ledger, (record, part), Care::Full)?;
        let blocker =
            |(_, word): (_, std::sync::Arc<holds::HoldWord>)| match holds::is_in_sight(caller, &word, at) {
                true => Blocker::Held { rests_until: word.released.map(|released| released.rests_until) },
                false => Blocker::Untold,
            };
        Ok(standing.into_iter().map(blocker).collect())
    }
}

/// Kinds of entries that this program never makes: a later one that does knows more of what stands.
const UNWEIGHED: [&str; 3] = ["disposition_step", "record_sealed", "record_shredded"];

/// Steps of which the ledger speaks and that this program cannot weigh: it does not know whether they are over.
struct Unweighed;

impl Against for Unweighed {
    fn standing(
        &self,
        _inner: &Inner,
        tx: &mut Tx<'_>,
        Doomed { record, .. }: Doomed<'_>,
        _caller: &Caller,
    ) -> Result<Vec<Blocker>, Refusal> {
        let mut standing = Vec::new();
        let case = record.case_id.map(|case| case.to_string());
        for subject in [Some(record.id.to_string()), case].into_iter().flatten() {
            for word in UNWEIGHED {
                let kind = EntryKind::parse(word).ok_or(Refusal::Damaged(Thing::LedgerEntry))?;
                let filter =
                    ledger::EntryFilter { subject: Some(&subject), kind: Some(kind), before_seq: None };
                let found = ledger::page(tx.conn(), filter, 1)?;
                standing.extend(found.iter().map(|_| Blocker::Untold));
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
/// [`Refusal::WrongState`], [`Refusal::ClockBehind`], [`Refusal::Held`], [`Refusal::HeldInGrace`],
/// [`Refusal::DispositionUnavailable`], [`Refusal::NeedsSecondPerson`] and what else [`Step::countersign`] refuses;
/// [`Refusal::Damaged`] for a record that is not as the ledger says.
pub(super) fn may_destroy(
    inner: &Inner,
    tx: &mut Tx<'_>,
    doomed: Doomed<'_>,
    (caller, step): (&Caller, &Step<'_>),
) -> Result<Permit, Refusal> {
    let record = doomed.record;
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
    nothing_may_stand(AGAINST, (inner, tx), doomed, caller)?;
    match step.countersign(inner, tx)? {
        // A destruction that one person alone decides is none of this archive's.
        Countersign::NotCountersigned => Err(Refusal::OnePersonArchive),
        countersign @ Countersign::By { .. } => Ok(Permit { countersign }),
    }
}

/// True for the refusals by which something stands against a destruction.
pub(super) fn is_stopped(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Held { .. } | Refusal::HeldInGrace { .. } | Refusal::DispositionUnavailable)
}

/// Refuses while anything stands against the destruction, and where nobody was there to be asked.
fn nothing_may_stand(
    against: &[&dyn Against],
    (inner, tx): (&Inner, &mut Tx<'_>),
    doomed: Doomed<'_>,
    caller: &Caller,
) -> Result<(), Refusal> {
    let mut blockers = Vec::new();
    if against.is_empty() {
        blockers.push(Blocker::Untold);
    }
    for one in against {
        blockers.extend(one.standing(inner, tx, doomed, caller)?);
    }
    told(&blockers)
}

/// What the caller hears of what stands. Of what he may not know he hears the same, whatever it is and however much
/// of it there is; beside what he knows he does not hear of it at all.
fn told(blockers: &[Blocker]) -> Result<(), Refusal> {
    if blockers.is_empty() {
        return Ok(());
    }
    let stand = blockers.iter().filter(|one| matches!(one, Blocker::Held { rests_until: None })).count();
    let rest = blockers.iter().filter_map(|one| match one {
        Blocker::Held { rests_until } => *rests_until,
        Blocker::Untold => None,
    });
    match (stand as u64, rest.max()) {
        (0, None) => Err(Refusal::DispositionUnavailable),
        (0, Some(until)) => Err(Refusal::HeldInGrace { until }),
        (holds, _) => Err(Refusal::Held { holds }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::scratch;
    use crate::store::rows::records;
    use std::sync::Arc;

    /// So much stands, or it cannot be said.
    struct Says(Option<&'static [Blocker]>);

    impl Against for Says {
        fn standing(
            &self,
            _: &Inner,
            _: &mut Tx<'_>,
            _: Doomed<'_>,
            _: &Caller,
        ) -> Result<Vec<Blocker>, Refusal> {
            self.0.map(<[Blocker]>::to_vec).ok_or(Refusal::Damaged(Thing::Record))
        }
    }

    const STANDS: Blocker = Blocker::Held { rests_until: None };

    #[test]
    fn what_stands_against_a_destruction_stops_it_and_so_does_what_cannot_be_asked() {
        let scratch = scratch();
        let ticket = r#"{"kind": "ticket", "occurred": "2026-03-01", "title": "x", "components": [{"name": "a.txt"}]}"#;
        let record = scratch.capture(ticket, b"x").unwrap().record;
        let caller = scratch.archive.local_operator().unwrap();
        let judged = |against: &'static [&'static dyn Against]| {
            let (inner, caller) = (Arc::clone(&scratch.archive.inner), caller.clone());
            let judged = scratch.archive.inner.store.write(move |tx| {
                let row = records::get(tx.conn(), record)?.unwrap();
                let doomed = Doomed { record: &row, part: Part::Whole };
                nothing_may_stand(against, (&inner, tx), doomed, &caller)?;
                // Nothing is written.
                Err::<(), _>(Refusal::Stopped)
            });
            judged.map_err(Refusal::from).unwrap_err()
        };
        assert!(matches!(judged(&[&Says(Some(&[])), &Holds, &Unweighed]), Refusal::Stopped));
        assert!(matches!(
            judged(&[&Says(Some(&[])), &Says(Some(&[STANDS, STANDS]))]),
            Refusal::Held { holds: 2 }
        ));
        assert!(matches!(judged(&[&Says(None)]), Refusal::Damaged(_)));
        assert!(matches!(judged(&[]), Refusal::DispositionUnavailable), "nobody was asked");
    }

    #[test]
    fn what_is_not_told_sounds_like_anything_else_that_is_not_told_and_is_not_heard_beside_what_is() {
        let until = Moment::from_micros(7);
        let rests = Blocker::Held { rests_until: Some(until) };
        let said = |blockers: &[Blocker]| format!("{:?}", told(blockers));
        assert_eq!(said(&[]), "Ok(())");
        assert_eq!(said(&[Blocker::Untold]), said(&[Blocker::Untold, Blocker::Untold]));
        assert_eq!(said(&[STANDS]), said(&[STANDS, Blocker::Untold, rests]));
        assert_eq!(said(&[rests]), said(&[Blocker::Untold, rests]));
        assert!(matches!(told(&[rests]), Err(Refusal::HeldInGrace { until: found }) if found == until));
    }
}
