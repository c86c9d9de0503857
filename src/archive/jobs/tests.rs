use std::io::Read as _;

use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::archive::open::OpenOptions;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::{Scratch, scratch};
use crate::archive::{Archive, Caller};
use crate::base::entropy::SystemEntropy;

use super::*;

fn with_role(role: Role) -> Caller {
    let user = UserId::generate(Moment::from_micros(1), &SystemEntropy);
    Caller::for_test(ActorRights::new(user, Roles::parse([role]).unwrap(), Via::Session))
}

fn filled() -> Scratch {
    let scratch = scratch();
    let ticket = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
        "parties": [{"role": "customer", "name": "青禾科技有限公司"}], "components": [{"name": "工单.txt"}]}"#;
    scratch.capture(ticket, b"short").unwrap();
    scratch
}

fn work(scratch: &Scratch) -> bool {
    scratch.archive.work_on_next(60, &|| false).unwrap()
}

fn report(result: &mut JobResult) -> serde_json::Value {
    let mut text = String::new();
    result.reader.read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_verification_gives_a_report_to_whoever_asked_for_it() {
    let scratch = filled();
    let auditor = with_role(Role::Auditor);
    for deep in [false, true] {
        let job = scratch.archive.begin_verify(&auditor, deep).unwrap();
        assert!(matches!(scratch.archive.job_result(&auditor, job.id), Err(Refusal::Unfinished)));
        assert!(work(&scratch));
        let done = scratch.archive.show_job(&auditor, job.id).unwrap();
        assert_eq!((done.state, done.done, done.total), (JobState::Done, 3_000, 3_000));
        let report = report(&mut scratch.archive.job_result(&auditor, job.id).unwrap());
        assert_eq!((report["ok"].as_bool(), report["records"].as_u64()), (Some(true), Some(1)));
        assert_eq!(report["decrypted"].as_u64().unwrap() > 0, deep);
        let other = with_role(Role::Auditor);
        assert!(matches!(scratch.archive.show_job(&other, job.id), Err(Refusal::NotFound(Thing::Job))));
        assert!(matches!(scratch.archive.job_result(&other, job.id), Err(Refusal::NotFound(_))));
    }
    assert!(matches!(
        scratch.archive.begin_verify(&with_role(Role::Trainer), false),
        Err(Refusal::Forbidden)
    ));
    let listed = |caller: &Caller| scratch.archive.list_jobs(caller, None, None, 9).unwrap().len();
    assert_eq!(
        (listed(&auditor), listed(&with_role(Role::Auditor)), listed(&with_role(Role::Administrator))),
        (2, 0, 2)
    );
}

#[test]
fn a_job_that_was_under_way_when_the_process_was_told_to_end_is_done_by_the_next() {
    let scratch = filled();
    let auditor = with_role(Role::Auditor);
    let job = scratch.archive.begin_verify(&auditor, false).unwrap();
    // The ticket says stop before the first step, as a process that ends would.
    let leased = scratch.archive.inner.store.maintain(|upkeep| {
        let from = upkeep.at();
        jobs::lease_next(upkeep.conn(), &["verify"], jobs::Lease { from, until: from.plus_seconds(-1) })
    });
    assert_eq!(leased.unwrap().unwrap().id, job.id);
    let Scratch { _folder, place, archive } = scratch;
    drop(archive);
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    let runner = JobRunner::new(archive.clone(), 60);
    runner.start().unwrap();
    let ended = (0..2_000).find_map(|_| {
        std::thread::yield_now();
        let job = archive.show_job(&auditor, job.id).unwrap();
        (job.state == JobState::Done).then_some(job).or_else(|| {
            std::thread::park_timeout(std::time::Duration::from_millis(5));
            None
        })
    });
    assert!(ended.is_some());
    drop(runner);
}

#[test]
fn work_stops_at_its_next_step_and_a_job_that_ends_the_process_is_given_up() {
    let scratch = filled();
    let auditor = with_role(Role::Auditor);
    let ticket = Ticket::default();
    assert!(ticket.step(1, 2).is_ok());
    ticket.stop();
    assert!(matches!(ticket.step(2, 2), Err(Refusal::Stopped)));
    let job = scratch.archive.begin_verify(&auditor, false).unwrap();
    for _ in 0..crate::base::limits::JOB_ATTEMPTS_MAX {
        let leased = scratch.archive.inner.store.maintain(|upkeep| {
            let from = upkeep.at();
            jobs::lease_next(upkeep.conn(), &["verify"], jobs::Lease { from, until: from.plus_seconds(-1) })
        });
        assert!(leased.unwrap().is_some());
    }
    assert!(work(&scratch));
    let failed = scratch.archive.show_job(&auditor, job.id).unwrap();
    assert_eq!((failed.state, failed.fault), (JobState::Failed, Some(JobFault::Interrupted)));
}

#[test]
fn a_result_is_removed_with_its_keys_when_its_time_is_over() {
    let clock =
        std::sync::Arc::new(crate::base::moment::FixedClock::at(Moment::from_micros(1_780_000_000_000_000)));
    let folder = tempfile::tempdir().unwrap();
    let place = crate::archive::Place::at(&folder.path().join("data"), None).unwrap();
    let options = OpenOptions { clock: clock.clone(), ..OpenOptions::default() };
    let archive = Archive::create(&place, &options).unwrap().archive;
    let auditor = with_role(Role::Auditor);
    let job = archive.begin_verify(&auditor, false).unwrap();
    assert!(archive.work_on_next(60, &|| false).unwrap());
    archive.tidy_jobs().unwrap();
    assert!(archive.job_result(&auditor, job.id).is_ok());
    clock.set(Moment::from_micros(1_780_000_000_000_000).plus_seconds(60));
    assert!(matches!(archive.job_result(&auditor, job.id), Err(Refusal::Expired(_))));
    archive.tidy_jobs().unwrap();
    let file = crate::base::id::ComponentId::parse(&job.id.to_string()).unwrap();
    assert!(archive.inner.results.open(file).is_err());
    let cells =
        archive.inner.store.read(|conn| crate::store::rows::cells::of_owner(conn, &job.id.to_string()));
    assert_eq!(cells, Ok(Vec::new()));
    assert!(archive.show_job(&auditor, job.id).unwrap().expires_at.is_none());
}

#[test]
fn one_person_has_so_many_jobs_and_no_more() {
    let scratch = filled();
    let auditor = with_role(Role::Auditor);
    for _ in 0..JOBS_OPEN_MAX {
        scratch.archive.begin_verify(&auditor, false).unwrap();
    }
    assert!(matches!(scratch.archive.begin_verify(&auditor, false), Err(Refusal::TooBusy { .. })));
    assert!(scratch.archive.begin_verify(&with_role(Role::Auditor), false).is_ok());
}
