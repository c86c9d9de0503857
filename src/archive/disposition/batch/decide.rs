//! What reviewers and witnesses say of a disposition. The policy names the roles that review, and so assigns the
//! disposition to whoever has them: nobody needs to read what the records say.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::access::permission::{self, Action, Resource};
use crate::access::rights::{Target, Via};
use crate::access::role::Role;
use crate::access::two_person::ApprovalRefusal;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::cases::Reason;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::civil::CivilDate;
use crate::base::id::{DispositionId, RecordId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::retention::End;
use crate::retention::calendar::{Calendar, Period};
use crate::store::Tx;

use super::enter::{self, Note, OfRecord};
use super::list::ItemList;
use super::step::{Attendance, Batch, DispositionState, ReviewDecision, ReviewVerdict};
use super::told::kept_until;
use crate::archive::disposition::refusal::DispositionRefusal;

/// What a reviewer says.
#[derive(Debug, Clone)]
pub enum Decided {
    /// The records may go.
    Approve {
        /// What there is to be said of it.
        note: Option<Reason>,
    },
    /// They stay.
    Refuse {
        /// Why.
        reason: Reason,
    },
    /// They stay for longer, and leave the disposition.
    Extend {
        /// Which; all, if none is named.
        records: BTreeSet<RecordId>,
        /// For how long from today on.
        period: Period,
        /// Why.
        reason: Reason,
    },
}

/// The stage in which somebody may decide now, and as what.
fn may_decide(caller: &Caller, batch: &Batch, now: Moment) -> Result<(u8, Role), Refusal> {
    if caller.must_change_password() {
        return Err(Refusal::PasswordChangeRequired);
    }
    may_see(caller, batch, now)?;
    match &caller.rights().via {
        // Nobody asked this door for a password.
        Via::LocalOperator => return Err(Refusal::Forbidden),
        Via::Token(scopes) if !scopes.allow(Resource::Disposition, Action::Approve) => {
            return Err(Refusal::OutOfScope(Resource::Disposition, Action::Approve));
        }
        Via::Token(_) | Via::Session => {}
    }
    if batch.state != DispositionState::InReview {
        return Err(Refusal::WrongState);
    }
    if batch.requested_by == caller.user() {
        return Err(ApprovalRefusal::OwnRequest.into());
    }
    if batch.decisions.iter().any(|one| one.by == caller.user()) {
        return Err(ApprovalRefusal::AlreadyDecided.into());
    }
    let (number, stage) = batch.stage().ok_or(Refusal::WrongState)?;
    let role = stage.roles.iter().copied().find(|role| caller.rights().roles.has(*role));
    let role = role.ok_or(DispositionRefusal::NotTheirStage)?;
    if let Some(row) = permission::find(Resource::Disposition, Action::Approve) {
        caller.shown(row.needs)?;
    }
    Ok((u8::try_from(number).map_err(|_| Refusal::Damaged(Thing::Disposition))?, role))
}

/// Who knows of a disposition: whoever asked for it, those whose roles decide on it or attend it, and those who see
/// every disposition. To others it is not there.
pub(super) fn may_see(caller: &Caller, batch: &Batch, now: Moment) -> Result<(), Refusal> {
    match target_of(caller, batch) {
        None => Ok(()),
        Some(target) => {
            let ask = (Action::Read, Resource::Disposition);
            caller.permit(ask, Some(&target), Thing::Disposition, now).map(|_| ())
        }
    }
}

/// The disposition as the permission table sees it; `None` where the policy itself names the caller's role, whatever
/// the table says of that role.
pub(super) fn target_of(caller: &Caller, batch: &Batch) -> Option<Target> {
    let roles = &caller.rights().roles;
    let decides = batch.stages.iter().flat_map(|stage| &stage.roles).any(|role| roles.has(*role));
    if decides && matches!(caller.rights().via, Via::Session) {
        return None;
    }
    let attends = batch.witnesses > 0 && roles.has(Role::DestructionWitness);
    Some(Target { assigned: decides || attends, ..Target::of_user(batch.requested_by) })
}

/// What was found, for somebody who may know of it. What is not there is refused as what is out of sight is.
///
/// # Errors
/// [`Refusal::NotFound`] or [`Refusal::Forbidden`].
pub(super) fn seen(
    caller: &Caller,
    found: Option<(u64, Batch)>,
    now: Moment,
) -> Result<(u64, Batch), Refusal> {
    match found {
        Some((seq, batch)) => may_see(caller, &batch, now).map(|()| (seq, batch)),
        None => {
            caller.permit((Action::Read, Resource::Disposition), None, Thing::Disposition, now)?;
            Err(Refusal::NotFound(Thing::Disposition))
        }
    }
}

impl Inner {
    fn batch_now(&self, caller: &Caller, id: DispositionId) -> Result<Batch, Refusal> {
        let found = self.store.read(|conn| self.ledgered(conn)?.batch(conn, id))?;
        seen(caller, found, self.now()).map(|(_, batch)| batch)
    }
}

impl Archive {
    /// Says yes or no in the stage that is decided on now, or that some records stay for longer. `seen` is the number
    /// of the newest step that the reviewer saw.
    ///
    /// # Errors
    /// Not there for this caller; [`DispositionRefusal::NotTheirStage`]; [`ApprovalRefusal::OwnRequest`] and
    /// [`ApprovalRefusal::AlreadyDecided`]; [`Refusal::SecondFactorRequired`]; [`Refusal::WrongState`] once the review
    /// is over; [`Refusal::Stale`].
    pub fn decide_disposition(
        &self,
        caller: &Caller,
        id: DispositionId,
        decided: &Decided,
        seen: Option<u64>,
    ) -> Result<DispositionState, Refusal> {
        let batch = self.inner.batch_now(caller, id)?;
        may_decide(caller, &batch, self.inner.now())?;
        let list = self.inner.store.read(|conn| ItemList::open(&self.inner, conn, &batch))?;
        let may = Warrant::by(move |caller, _, now| may_decide(caller, &batch, now).map(|_| ()));
        let (inner, decided) = (Arc::clone(&self.inner), decided.clone());
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let mut batch = inner.batch_in(tx, id)?;
            if seen.is_some_and(|seen| seen != batch.number) {
                return Err(Refusal::Stale);
            }
            let (stage, role) = may_decide(caller, &batch, tx.at())?;
            let words = match &decided {
                Decided::Approve { note } => note.as_ref(),
                Decided::Refuse { reason } | Decided::Extend { reason, .. } => Some(reason),
            };
            let note = words.map(|words| Note::seal(&inner, tx, words)).transpose()?;
            let verdict = match &decided {
                Decided::Approve { .. } => ReviewVerdict::Approve,
                Decided::Refuse { .. } => ReviewVerdict::Refuse,
                Decided::Extend { .. } => ReviewVerdict::Extend,
            };
            let note_id = note.as_ref().map(|note| note.id);
            let (by, at) = (caller.user(), tx.at());
            let decision = ReviewDecision { stage, by, role, at, verdict, note: note_id };
            let word = match &decided {
                Decided::Approve { .. } => {
                    batch.decisions.push(decision);
                    if batch.is_approved() {
                        batch.state = DispositionState::Approved;
                        batch.cooling_until = Some(cools_until(&batch, at)?);
                    }
                    "approved"
                }
                Decided::Refuse { .. } => {
                    batch.decisions.push(decision);
                    batch.state = DispositionState::Refused;
                    "refused"
                }
                Decided::Extend { records, period, .. } => {
                    let left = extend(&inner, (tx, caller), (&batch, &list), (records, *period))?;
                    if left == 0 {
                        batch.decisions.push(decision);
                        batch.state = DispositionState::Withdrawn;
                    }
                    "extended"
                }
            };
            enter::step(tx, caller.actor(), (&mut batch, word), note.as_ref(), &[])?;
            Ok(batch.state)
        });
        Ok(written.map_err(Refusal::from)?.value)
    }

    /// Says that one attends the destruction as a witness (监销人): before anything is sealed.
    ///
    /// # Errors
    /// Not permitted, or not there; [`Refusal::WrongState`] before all stages agreed or once sealing began, or if no
    /// witness is asked for; [`ApprovalRefusal::OwnRequest`] for whoever asked for it or decided on it.
    pub fn attend_disposition(&self, caller: &Caller, id: DispositionId) -> Result<(), Refusal> {
        let batch = self.inner.batch_now(caller, id)?;
        let target = Target { assigned: batch.witnesses > 0, ..Target::default() };
        let ask = (Action::Witness, Resource::Disposition);
        let may = caller.warrant(ask, Some(&target), Thing::Disposition, self.inner.now())?;
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let mut batch = inner.batch_in(tx, id)?;
            let by = caller.user();
            if batch.requested_by == by || batch.decisions.iter().any(|one| one.by == by) {
                return Err(ApprovalRefusal::OwnRequest.into());
            }
            if batch.state != DispositionState::Approved || batch.witnesses == 0 {
                return Err(Refusal::WrongState);
            }
            if batch.attended.iter().any(|one| one.by == by) {
                return Err(ApprovalRefusal::AlreadyDecided.into());
            }
            batch.attended.push(Attendance { by, at: tx.at() });
            enter::step(tx, caller.actor(), (&mut batch, "attended"), None, &[])
        });
        written.map(|_| ()).map_err(Refusal::from)
    }

    /// Takes a disposition back of which nothing is sealed yet: whoever asked for it, and nobody else.
    ///
    /// # Errors
    /// Not there for this caller; [`Refusal::WrongState`] once sealing began.
    pub fn withdraw_disposition(&self, caller: &Caller, id: DispositionId) -> Result<(), Refusal> {
        let batch = self.inner.batch_now(caller, id)?;
        let own = move |caller: &Caller, batch: &Batch| match batch.requested_by == caller.user() {
            true => Ok(()),
            false => Err(Refusal::Forbidden),
        };
        own(caller, &batch)?;
        let may = Warrant::by(move |caller, _, _| own(caller, &batch));
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let mut batch = inner.batch_in(tx, id)?;
            if !matches!(batch.state, DispositionState::InReview | DispositionState::Approved) {
                return Err(Refusal::WrongState);
            }
            batch.state = DispositionState::Withdrawn;
            enter::step(tx, caller.actor(), (&mut batch, "withdrawn"), None, &[])
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

/// The end of the cooling-off that begins now: whole days in the rule's zone.
fn cools_until(batch: &Batch, at: Moment) -> Result<Moment, Refusal> {
    let Some(period) = batch.cooling_off else { return Ok(at) };
    last_day(batch, at, period)
        .and_then(|last| End::of_day(last, batch.zone).from())
        .ok_or(Refusal::WrongState)
}

fn last_day(batch: &Batch, at: Moment, period: Period) -> Option<CivilDate> {
    let today = CivilDate::of(at, batch.zone).ok()?;
    Calendar::CnCivil.last_day(today, period).ok()
}

/// Enters of each of these records that it is kept for longer; how many are left in the disposition.
fn extend(
    inner: &Inner,
    (tx, caller): (&mut Tx<'_>, &Caller),
    (batch, list): (&Batch, &ItemList),
    (records, period): (&BTreeSet<RecordId>, Period),
) -> Result<usize, Refusal> {
    let last = last_day(batch, tx.at(), period).ok_or(Refusal::WrongState)?;
    if records.iter().any(|id| !list.items.iter().any(|item| item.record == *id)) {
        return Err(Refusal::NotFound(Thing::Record));
    }
    let own = batch.id.to_string();
    let mut left = 0;
    for (number, item) in list.items.iter().enumerate() {
        let before = inner.disposed_in(tx, item.record)?;
        let is_own =
            |facts: &Map<String, Value>| facts.get("batch").and_then(Value::as_str) == Some(own.as_str());
        let has_left = before.as_ref().is_some_and(|(_, facts)| is_own(facts));
        let kept = before.as_ref().and_then(|(_, facts)| kept_until(facts)).map(|(day, _)| day);
        if has_left {
            continue;
        }
        if !records.is_empty() && !records.contains(&item.record) {
            left += 1;
            continue;
        }
        let facts = json!({
            "item": number,
            "keep_until": {"day": kept.map_or(last, |kept| kept.max(last)).to_string(), "zone": batch.zone.name()},
            "step": "extended",
        });
        let kind = EntryKind::DispositionStep;
        let entry = OfRecord { batch: batch.id, record: item.record, kind, facts, rows: &[] };
        entry.enter(inner, tx, caller.actor())?;
    }
    Ok(left)
}
