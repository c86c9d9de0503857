//! The one gate. Whatever destroys asks [`may_destroy`] or, for whole records of a disposition, [`may_go`], in the
//! transaction that destroys, and does it with the permit that it gets there, which nothing else makes.
//!
//! Promises: no permit without a second person, for a record that is not as the ledger says or not open, by a
//! clock that cannot be believed, or while anything stands against it. What cannot be asked stands against it. Who
//! may not know what stands there is told no more than that the disposition is not available, whatever it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::archive::Inner;
use crate::archive::approvals::{Countersign, Step};
use crate::archive::caller::Caller;
use crate::archive::holds::{self, Care, Over, Part};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{facts_to_keep, kept_facts};
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::state::RecordState;
use crate::retention::{self, Blocker as Stands, Facts, Now, Progress, Schedule, Source, Verdict, judge};
use crate::store::Tx;
use crate::store::rows::ledger;
use crate::store::rows::records::RecordRow;

use super::batch::{Batch, DispositionState, Item, assigned};
use super::copies::{Beside, Copies};

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

/// All that may forbid that some entries of a log are destroyed. Of a whole record the judge says it: [`may_go`].
const AGAINST: &[&dyn Against] = &[&Holds, &Floors];

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
        let blocker = |(_, word): (_, Arc<holds::HoldWord>)| match holds::is_in_sight(caller, &word, at) {
            true => Blocker::Held { rests_until: word.released.map(|released| released.rests_until) },
            false => Blocker::Untold,
        };
        Ok(standing.into_iter().map(blocker).collect())
    }
}

/// Floors: what a law or a rule of today's policies keeps is kept, of a log with each of its entries.
struct Floors;

impl Against for Floors {
    fn standing(
        &self,
        inner: &Inner,
        tx: &mut Tx<'_>,
        Doomed { record, .. }: Doomed<'_>,
        _caller: &Caller,
    ) -> Result<Vec<Blocker>, Refusal> {
        nothing_said_meanwhile(tx, record.id)?;
        let at = tx.at();
        let rules = inner.rules(at)?;
        let ledger = inner.ledgered(tx.conn())?;
        let (facts, _) = facts_to_keep((inner, &ledger), tx.conn(), (record, &rules))?;
        let schedule = &rules.last().ok_or(Refusal::WrongState)?.schedule;
        Ok(match is_kept(&facts, schedule, at) {
            true => vec![Blocker::Untold],
            false => Vec::new(),
        })
    }
}

/// True while a floor or a lock keeps something, whatever wants it gone.
pub(super) fn is_kept(facts: &Facts, schedule: &Schedule, at: Moment) -> bool {
    let verdict = judge(facts, schedule, &[], &[], Now::sane(at));
    let keeps = |blocker: &Stands| {
        matches!(blocker, Stands::Floor(_) | Stands::ComplianceLock { .. } | Stands::GovernanceLock { .. })
    };
    verdict.blockers.iter().any(keeps)
}

/// Refuses while something that decides on a destruction waits in the same transaction: it is not in the ledger yet,
/// by which everything is judged.
pub(super) fn nothing_said_meanwhile(tx: &Tx<'_>, record: RecordId) -> Result<(), Refusal> {
    let subject = record.to_string();
    let decides = |draft: &EntryDraft| match draft.kind {
        EntryKind::PolicyPublished
        | EntryKind::PolicyStep
        | EntryKind::EventRecorded
        | EntryKind::CaseChanged
        | EntryKind::CaseEvent
        | EntryKind::CaseEventCancelled
        | EntryKind::CellsRewritten => true,
        EntryKind::Captured
        | EntryKind::SegmentCaptured
        | EntryKind::Amended
        | EntryKind::EntryErased
        | EntryKind::Redacted
        | EntryKind::DispositionStep
        | EntryKind::RecordSealed
        | EntryKind::RecordShredded => draft.subject == subject,
        _ => false,
    };
    match tx.pending().any(decides) {
        true => Err(Refusal::TooBusy { wait_seconds: 1 }),
        false => Ok(()),
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

/// What of a disposition is about to be done to a record.
#[derive(Clone, Copy)]
pub(super) enum Phase<'p> {
    /// Its key is wrapped for the recovery recipient only.
    Seal,
    /// Its key is destroyed. What is known of it was kept when it was sealed.
    Shred {
        /// The facts.
        facts: &'p SecretBytes,
        /// The holds that were held against its words then.
        looked: &'p BTreeSet<String>,
    },
}

/// A record that goes, with what is kept of it while it is sealed.
pub(super) struct Going {
    pub record: RecordRow,
    /// The facts; nothing more is kept of what is destroyed.
    pub kept: Option<SecretBytes>,
    /// The holds that were held against its words.
    pub looked: BTreeSet<String>,
}

/// That a record may go now, in this transaction, and on what ground. Nothing but the gate makes one.
pub(super) struct Leave {
    _permit: retention::Permit,
    pub verdict: Verdict,
    pub schedule: Arc<Schedule>,
    /// True if what follows from the verdict says when somebody was born.
    pub rests_on_words: bool,
    /// The record, and behind it the redacted copies that were kept of it.
    pub going: Vec<Going>,
}

/// What the gate says of a record.
pub(super) enum Answer {
    /// It may go.
    Leave(Box<Leave>),
    /// It may not; stable codes. Of holds no more is said than that the disposition is not available.
    Stopped(Vec<&'static str>),
}

/// Lets a record of a disposition through, or not. It is judged here once more, by the rules, events and holds of
/// this instant; `batch` is the disposition as it stands now.
///
/// # Errors
/// [`Refusal::ClockBehind`]; [`Refusal::WrongState`] for a disposition that is not approved by all of its stages,
/// whose cooling-off runs, that lacks witnesses, or a record that is not where the phase begins;
/// [`Refusal::Damaged`] for a record that is not as the ledger says; [`Refusal::TooBusy`] if it cannot be told now.
pub(super) fn may_go(
    (inner, tx): (&Inner, &mut Tx<'_>),
    (record, item): (&RecordRow, &Item),
    batch: &Batch,
    phase: Phase<'_>,
) -> Result<Answer, Refusal> {
    let at = tx.at();
    let stands = match phase {
        Phase::Seal => RecordState::from_row(&record.state).is_some_and(RecordState::is_openable),
        Phase::Shred { .. } => record.state == RecordState::Sealed.as_str(),
    };
    let begun = match phase {
        Phase::Seal => batch.state == DispositionState::Sealing,
        Phase::Shred { .. } => batch.state == DispositionState::Shredding,
    };
    let until = batch.cooling_until.ok_or(Refusal::WrongState)?;
    let attended = batch.attended.len() >= usize::from(batch.witnesses);
    if !stands || !begun || record.id != item.record || !batch.is_approved() || at < until || !attended {
        return Err(Refusal::WrongState);
    }
    let newest = ledger::last_entry(tx.conn())?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?.at;
    inner.clock_guard.must_be_sane(inner.now(), newest)?;
    nothing_said_meanwhile(tx, record.id)?;
    let ledger = inner.ledgered(tx.conn())?;
    ledger.must_be_whole(tx.conn(), record)?;
    if record.version != item.version {
        return Ok(Answer::Stopped(vec!["amended"]));
    }
    let register = inner.holds_in(tx)?;
    let (over, rules) = (Over::of(inner, register), inner.rules(at)?);
    let (looked, standing) = match phase {
        Phase::Seal => (over.marks(), over.record(tx.conn(), &ledger, (record, Part::Whole), Care::Full)?),
        Phase::Shred { looked, .. } => {
            (looked.clone(), over.closed_record(tx.conn(), &ledger, record, looked)?)
        }
    };
    if standing.iter().any(|(_, word)| word.stops(at)) {
        return Ok(Answer::Stopped(vec![UNAVAILABLE]));
    }
    let holds: Vec<_> = standing.iter().map(|(hold, word)| holds::to_judge(*hold, word)).collect();
    let of = (record, rules.as_slice());
    let (mut facts, kept) = match phase {
        Phase::Seal => {
            let (facts, kept) = facts_to_keep((inner, &ledger), tx.conn(), of)?;
            (Facts { progress: Progress::CoolingOff { begun: batch.begun, until }, ..facts }, Some(kept))
        }
        Phase::Shred { facts, .. } => {
            let facts = kept_facts((inner, &ledger), tx.conn(), of, facts.expose())?;
            (Facts { progress: Progress::Sealed { begun: batch.begun }, ..facts }, None)
        }
    };
    facts.assignment = assigned(&ledger, tx.conn(), record.id)?;
    let schedule = Arc::clone(&rules.last().ok_or(Refusal::WrongState)?.schedule);
    let verdict = judge(&facts, &schedule, &holds, &[], Now::sane(at));
    let Some(permit) = verdict.permit() else {
        return Ok(Answer::Stopped(codes(&verdict)));
    };
    if verdict.action.is_none() || !is_by_the_same_rule(&verdict, item) {
        return Ok(Answer::Stopped(vec!["other_rule"]));
    }
    let mut going = vec![Going { record: record.clone(), kept, looked }];
    let beside = Beside { inner, ledger: &ledger, over: &over, rules: &rules, batch, source: record.id };
    match beside.copies(tx, matches!(phase, Phase::Seal))? {
        Copies::Go(copies) => going.extend(copies),
        Copies::Stopped(why) => return Ok(Answer::Stopped(vec![why])),
    }
    let rests_on_words = schedule.rests_on_words(&facts.versions);
    let leave = Leave { _permit: permit, verdict, schedule, rests_on_words, going };
    Ok(Answer::Leave(Box::new(leave)))
}

/// What is said of what stands against it where nobody may learn more.
pub(super) const UNAVAILABLE: &str = "unavailable";

/// Why a record may not go, without a word about holds.
pub(super) fn codes(verdict: &Verdict) -> Vec<&'static str> {
    let code = |blocker: &Stands| match blocker {
        Stands::Hold { .. } | Stands::Grace { .. } => UNAVAILABLE,
        other => other.code(),
    };
    let mut codes: Vec<&'static str> = verdict.blockers.iter().map(code).collect();
    codes.dedup();
    // A fresh review is asked for because a hold was released.
    if verdict.fresh_review {
        codes.retain(|code| *code != UNAVAILABLE);
        codes.insert(0, UNAVAILABLE);
    }
    codes
}

/// True if what was reviewed is what happens: another rule, or another version of it, begins its own review.
fn is_by_the_same_rule(verdict: &Verdict, item: &Item) -> bool {
    rule_of(verdict) == item.rule
}

/// The rule that decides on a record: id, version and hash; none for what was decided or asked for it alone.
pub(super) fn rule_of(verdict: &Verdict) -> Option<(String, u32, Digest)> {
    match verdict.action_of.as_ref()? {
        Source::Rule(rule) | Source::Residual(rule) | Source::Inherited(rule, _) => {
            Some((rule.id().to_string(), rule.version(), rule.hash()))
        }
        Source::Erasure(_) | Source::Assignment | Source::Lock(_) => None,
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
        assert!(matches!(judged(&[&Says(Some(&[])), &Holds, &Floors]), Refusal::Stopped));
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
