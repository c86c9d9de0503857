//! For whom a job is done: whoever ordered it must still be somebody who may. Rights are looked at when a
//! job is taken up, while it goes on, and when its result is written.
//!
//! It goes by the person, not by the session or token of the order: these end while people wait.

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::session::RequestKind;
use crate::archive::acting::{Came, Found, Warrant};
use crate::archive::caller::Caller;
use crate::archive::exports::to_make_bundle;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Inner, Watch};

use super::simulate::may_simulate;
use super::{Job, JobKind};

/// Who ordered a job, and the right to it.
pub(in crate::archive) struct Orderer {
    pub caller: Caller,
    pub may: Warrant,
}

impl Orderer {
    /// Finds out whether the person may still have the job done.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if not; or rights cannot be read, or are not as the ledger says.
    pub(super) fn of(inner: &Inner, job: &Job) -> Result<Self, Refusal> {
        let came = match inner.is_local_operator(job.created_by) {
            true => Came::Machine,
            false => Came::Order(job.created_by),
        };
        let right = right_to(job);
        let may = Warrant::by(move |caller, conn, now| right.judge(caller, conn, now).map_err(lost));
        let found = inner.vouched(|conn| {
            let Found { caller, claims, .. } = inner.find_caller(conn, came, RequestKind::Polling)?;
            Ok((caller, claims))
        });
        let caller = found?;
        inner.store.read(|conn| may.judge(&caller, conn, inner.now()))?;
        Ok(Self { caller, may })
    }

    /// Looks now and then whether the person still may.
    pub(super) fn watch(&self, inner: &Arc<Inner>) -> Watch {
        Watch::new(inner, &self.caller, self.may.clone())
    }
}

/// One word for whatever a person without the right is told.
fn lost(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::NotFound(_) | Refusal::UnknownCase | Refusal::PasswordChangeRequired => Refusal::Forbidden,
        other => other,
    }
}

fn right_to(job: &Job) -> Warrant {
    let keys = |action| {
        Warrant::by(move |caller: &Caller, _, now| {
            let ask = (action, Resource::Keys);
            caller.warrant_at_the_machine(ask, Thing::Archive, now).map(|_| ())
        })
    };
    match job.kind {
        JobKind::Export => to_make_bundle(&job.subject),
        JobKind::Verify => Warrant::to((Action::Verify, Resource::Ledger), Target::archive(), Thing::Archive),
        JobKind::RotateKeys => keys(Action::Rotate),
        JobKind::TurnEpoch => keys(Action::TurnEpoch),
        JobKind::SimulatePolicy => Warrant::by(|caller, _, now| may_simulate(caller, now)),
    }
}
