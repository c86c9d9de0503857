//! A job is done for somebody who may have it done: at its beginning, in its middle and at its end.

use std::sync::Arc;

use super::due::Orderer;
use super::tests::{filled, with_role};
use super::*;
use crate::access::role::{Role, Roles};
use crate::archive::acting::tests::world::{a_person, an_export, in_person};
use crate::archive::tests::Scratch;
use crate::archive::{Archive, Caller};
use crate::store::rows::jobs::{Attempt, Lease};

fn administrator(scratch: &Scratch) -> Caller {
    in_person(&scratch.archive, a_person(&scratch.archive, "keeper", Role::Administrator, None))
}

/// The job that is due, taken up as a runner does.
fn taken_up(archive: &Archive) -> Running {
    let leased = archive.inner.store.maintain(|upkeep| {
        let from = upkeep.at();
        let kinds = [JobKind::Verify.as_str(), JobKind::Export.as_str()];
        jobs::lease_next(upkeep.conn(), &kinds, Lease { from, until: from.plus_seconds(60) })
    });
    let row = leased.unwrap().unwrap();
    let attempt = Attempt { id: row.id, attempts: row.attempts };
    let job = archive.inner.ordered_job(row.id).unwrap();
    let orderer = Orderer::of(&archive.inner, &job).unwrap();
    Running { ticket: archive.inner.tickets.begin(job.id), job, attempt, orderer, keep_seconds: 60 }
}

#[test]
fn a_job_of_somebody_who_was_disabled_is_not_begun() {
    let scratch = filled();
    let (keeper, auditor) = (administrator(&scratch), with_role(&scratch.archive, Role::Auditor));
    let job = scratch.archive.begin_verify(&auditor, false).unwrap().id;
    scratch.archive.disable_user(&keeper, auditor.user()).unwrap();
    assert!(scratch.archive.work_on_next(60, &|| false).unwrap());
    let ended = scratch.archive.show_job(&keeper, job).unwrap();
    assert_eq!((ended.state, ended.fault), (JobState::Failed, Some(JobFault::NotPermitted)));
}

#[test]
fn a_job_of_somebody_who_lost_the_role_is_not_begun_and_an_api_token_need_not_live_as_long() {
    let scratch = filled();
    let (keeper, auditor) = (administrator(&scratch), with_role(&scratch.archive, Role::Auditor));
    let kept = scratch.archive.begin_verify(&auditor, false).unwrap().id;
    assert!(scratch.archive.work_on_next(60, &|| false).unwrap());
    assert_eq!(scratch.archive.show_job(&auditor, kept).unwrap().state, JobState::Done);
    let lost = scratch.archive.begin_verify(&auditor, false).unwrap().id;
    let other = Roles::parse([Role::Trainer]).unwrap();
    scratch.archive.change_roles(&keeper, auditor.user(), &other, None).unwrap();
    assert!(scratch.archive.work_on_next(60, &|| false).unwrap());
    assert_eq!(scratch.archive.show_job(&auditor, lost).unwrap().fault, Some(JobFault::NotPermitted));
}

#[test]
fn what_was_worked_out_for_somebody_who_is_disabled_by_then_becomes_no_result() {
    let scratch = filled();
    let archive = &scratch.archive;
    let (keeper, auditor) = (administrator(&scratch), with_role(archive, Role::Auditor));
    let verification = archive.begin_verify(&auditor, false).unwrap().id;
    let running = taken_up(archive);
    let mut watch = running.orderer.watch(&Arc::clone(&archive.inner));
    watch.look_now().unwrap();
    archive.disable_user(&keeper, auditor.user()).unwrap();
    assert!(matches!(watch.look_now(), Err(Refusal::Forbidden)));
    assert!(matches!(archive.run_verify(&running), Err(Refusal::Forbidden)));
    assert_eq!(archive.show_job(&keeper, verification).unwrap().state, JobState::Running);

    let export = archive.begin_export(&scratch.operator(), &an_export()).unwrap().job;
    let running = taken_up(archive);
    archive.disable_user(&keeper, scratch.operator().user()).unwrap();
    assert!(matches!(archive.run_export(&running), Err(Refusal::Forbidden)));
    assert_eq!(archive.show_job(&keeper, export).unwrap().state, JobState::Running);
}
