//! The rules of cases, on an archive in a temporary directory whose clock stands at one instant.

mod changes;
mod gaps;
mod ledger;
mod reach;
mod story;

use std::sync::Arc;

use serde_json::Value;

use super::{CaseChange, CaseView, Entered, NewEvent, What};
use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::archive::open::{Created, OpenOptions};
use crate::archive::stage::Declared;
use crate::archive::tests::Scratch;
use crate::archive::{Archive, Caller, Place, Receipt, Refusal};
use crate::base::civil::Zone;
use crate::base::entropy::SeededEntropy;
use crate::base::id::{CaseId, EventId, UserId};
use crate::base::moment::{FixedClock, Moment};
use crate::record::case::OpenCase;
use crate::record::names::Reference;
use crate::record::request::CaseRef;

/// The instant of every test.
pub(in crate::archive) const NOW: &str = "2026-06-30T04:00:00Z";

pub(in crate::archive) fn now() -> Moment {
    Moment::parse(NOW).unwrap()
}

/// An archive whose clock stands at [`NOW`].
pub(in crate::archive) fn scratch() -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let options = OpenOptions { clock: Arc::new(FixedClock::at(now())), ..OpenOptions::default() };
    let Created { archive, .. } = Archive::create(&place, &options).unwrap();
    Scratch { _folder: folder, place, archive }
}

pub(in crate::archive) fn named(reference: &str) -> CaseRef {
    CaseRef::Reference(Reference::parse(reference).unwrap())
}

/// Somebody who came in by a session.
pub(in crate::archive) fn with_rights(rights: ActorRights) -> Caller {
    Caller::for_test(rights)
}

/// Somebody of one role with grants of cases.
pub(in crate::archive) fn caller(role: Role, seed: u64, cases: &[CaseId]) -> Caller {
    let user = UserId::generate(now(), &SeededEntropy::new(seed));
    let mut rights = ActorRights::new(user, Roles::parse([role]).unwrap(), Via::Session);
    rights.cases = cases.iter().copied().collect();
    with_rights(rights)
}

impl Scratch {
    pub(in crate::archive) fn open_case(&self, json: Value) -> Result<Entered<CaseId>, Refusal> {
        let case = OpenCase::from_json(&json, Zone::SHANGHAI, now()).unwrap();
        self.archive.open_case(&self.operator(), case)
    }

    pub(in crate::archive) fn event(
        &self,
        case: &str,
        kind: &str,
        at: &str,
    ) -> Result<Entered<EventId>, Refusal> {
        self.event_with(case, serde_json::json!({"kind": kind, "at": at}))
    }

    pub(in crate::archive) fn event_with(
        &self,
        case: &str,
        json: Value,
    ) -> Result<Entered<EventId>, Refusal> {
        let event = NewEvent::from_json(&json, Zone::SHANGHAI, now()).unwrap();
        self.archive.add_case_event(&self.operator(), &named(case), event)
    }

    pub(in crate::archive) fn change(&self, case: &str, json: Value) -> Result<Entered<CaseId>, Refusal> {
        let change = CaseChange::from_json(&json).unwrap();
        self.archive.change_case(&self.operator(), &named(case), change, None)
    }

    pub(in crate::archive) fn case(&self, case: &str) -> CaseView {
        self.archive.case(&self.operator(), &named(case)).unwrap()
    }

    pub(in crate::archive) fn take(&self, json: Value) -> Receipt {
        self.take_as(&self.operator(), json)
    }

    pub(in crate::archive) fn take_as(&self, caller: &Caller, json: Value) -> Receipt {
        let mut json = json;
        json["components"] = serde_json::json!([{"name": "record.txt"}]);
        let staged = self.archive.stage(b"content", Declared::default()).unwrap();
        self.archive.capture(caller, self.request(&json.to_string()), vec![staged]).unwrap()
    }
}

/// The time line in words: kinds of events and records, in order.
pub(in crate::archive) fn told(view: &CaseView) -> Vec<&'static str> {
    let word = |what: &What| match what {
        What::Opening => "opening",
        What::Event(event) => event.kind.as_str(),
        What::Record(record) => record.kind.closest_word(),
    };
    view.timeline.iter().map(|line| word(&line.what)).collect()
}
