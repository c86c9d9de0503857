use std::io::Read as _;

use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::archive::open::OpenOptions;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::{Scratch, on_postgres, reseal, scratch, words_at};
use crate::archive::users::{NewAccount, insert};
use crate::archive::{Archive, Caller};
use crate::base::entropy::SystemEntropy;
use crate::ledger::entry::Actor;

use super::*;

/// A user of this role: jobs are done for people who are there.
pub(super) fn with_role(archive: &Archive, role: Role) -> Caller {
    let user = UserId::generate(Moment::from_micros(1), &SystemEntropy);
    let roles = Roles::parse([role]).unwrap();
    let account = NewAccount {
        id: user,
        name: user.to_string(),
        roles: roles.clone(),
        password: None,
        must_change_password: false,
        countersign: None,
    };
    let inner = std::sync::Arc::clone(&archive.inner);
    let keys = inner.keys();
    let written = archive.inner.store.write(move |tx| insert(&inner, &keys, tx, Actor::System, &account));
    written.map_err(Refusal::from).unwrap();
    Caller::for_test(ActorRights::new(user, roles, Via::Session))
}

pub(super) fn filled() -> Scratch {
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
    let auditor = with_role(&scratch.archive, Role::Auditor);
    for deep in [false, true] {
        let job = scratch.archive.begin_verify(&auditor, deep).unwrap();
        assert!(matches!(scratch.archive.job_result(&auditor, job.id), Err(Refusal::Unfinished)));
        assert!(work(&scratch));
        let done = scratch.archive.show_job(&auditor, job.id).unwrap();
        assert_eq!((done.state, done.done, done.total), (JobState::Done, 3_000, 3_000));
        let report = report(&mut scratch.archive.job_result(&auditor, job.id).unwrap());
        assert_eq!((report["ok"].as_bool(), report["records"].as_u64()), (Some(true), Some(1)));
        assert_eq!(report["decrypted"].as_u64().unwrap() > 0, deep);
        let other = with_role(&scratch.archive, Role::Auditor);
        assert!(matches!(scratch.archive.show_job(&other, job.id), Err(Refusal::NotFound(Thing::Job))));
        assert!(matches!(scratch.archive.job_result(&other, job.id), Err(Refusal::NotFound(_))));
    }
    assert!(matches!(
        scratch.archive.begin_verify(&with_role(&scratch.archive, Role::Trainer), false),
        Err(Refusal::Forbidden)
    ));
    let listed = |caller: &Caller| scratch.archive.list_jobs(caller, None, None, 9).unwrap().len();
    assert_eq!(
        (
            listed(&auditor),
            listed(&with_role(&scratch.archive, Role::Auditor)),
            listed(&with_role(&scratch.archive, Role::Administrator))
        ),
        (2, 0, 2)
    );
}

#[test]
fn a_job_that_was_under_way_when_the_process_was_killed_is_done_by_the_next() {
    let scratch = filled();
    let auditor = with_role(&scratch.archive, Role::Auditor);
    let job = scratch.archive.begin_verify(&auditor, false).unwrap();
    // Its runner is gone without a word. Alone on the directory, the next waits for no lease; beside
    // other nodes it must.
    let held = if on_postgres() { -1 } else { 3_600 };
    let leased = scratch.archive.inner.store.maintain(move |upkeep| {
        let from = upkeep.at();
        jobs::lease_next(upkeep.conn(), &["verify"], jobs::Lease { from, until: from.plus_seconds(held) })
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
    let auditor = with_role(&scratch.archive, Role::Auditor);
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
    let auditor = with_role(&archive, Role::Auditor);
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
    let auditor = with_role(&scratch.archive, Role::Auditor);
    for _ in 0..JOBS_OPEN_MAX {
        scratch.archive.begin_verify(&auditor, false).unwrap();
    }
    assert!(matches!(scratch.archive.begin_verify(&auditor, false), Err(Refusal::TooBusy { .. })));
    assert!(scratch.archive.begin_verify(&with_role(&scratch.archive, Role::Auditor), false).is_ok());
}

/// A row as somebody who can write to the database would make it.
fn forged(scratch: &Scratch, kind: JobKind, subject: &str, by: UserId) -> JobRow {
    let at = scratch.archive.inner.now();
    JobRow {
        id: JobId::generate(at, &SystemEntropy),
        kind: kind.as_str().to_owned(),
        subject: subject.to_owned(),
        state: JobState::Ready,
        attempts: 0,
        not_before: at,
        lease_until: at,
        done_units: 0,
        total_units: 0,
        error_code: None,
        created_at: at,
        created_by: by.to_string(),
        finished_at: None,
        expires_at: None,
    }
}

/// Puts a row into the place of the one with its id, if there is one, past the ledger.
fn put(scratch: &Scratch, row: &JobRow) {
    let row = row.clone();
    let put = scratch.archive.inner.store.maintain(move |upkeep| {
        let at = upkeep.at();
        jobs::cancel(upkeep.conn(), row.id, at)?;
        jobs::delete_ended_before(upkeep.conn(), at.plus_seconds(60))?;
        jobs::insert(upkeep.conn(), &row)
    });
    put.unwrap();
}

fn row_of(scratch: &Scratch, id: JobId) -> JobRow {
    scratch.archive.inner.store.read(|conn| jobs::get(conn, id)).unwrap().unwrap()
}

/// How many entries there are, and which keys hold.
fn standing(scratch: &Scratch) -> (u64, u32, u32) {
    let keys = scratch.archive.inner.keys();
    let entries = scratch.archive.inner.store.checkpoint().unwrap().unwrap().size;
    (entries, keys.recipients.generation, keys.current_epoch().unwrap().number)
}

/// The job is taken up, and nothing else happens than that it is called damaged.
fn is_not_done(scratch: &Scratch, id: JobId) {
    let before = standing(scratch);
    assert!(work(scratch));
    let row = row_of(scratch, id);
    assert_eq!((row.state, row.error_code.as_deref()), (JobState::Failed, Some("damaged")), "{row:?}");
    assert_eq!(standing(scratch), before);
}

#[test]
fn a_job_that_nobody_ordered_is_not_done_and_nothing_is_entered_in_anybodys_name() {
    let scratch = filled();
    let innocent = scratch.operator();
    let export = JobId::generate(scratch.archive.inner.now(), &SystemEntropy).to_string();
    let kinds = [
        (JobKind::TurnEpoch, "epoch/1"),
        (JobKind::RotateKeys, "both/1"),
        (JobKind::Verify, "deep"),
        (JobKind::Export, export.as_str()),
    ];
    for (kind, subject) in kinds {
        let row = forged(&scratch, kind, subject, innocent.user());
        put(&scratch, &row);
        let stopped = scratch.archive.cancel_job(&innocent, row.id);
        assert!(matches!(stopped, Err(Refusal::Damaged(Thing::Job))), "{stopped:?}");
        is_not_done(&scratch, row.id);
    }
}

#[test]
fn a_job_whose_order_was_changed_is_not_done_and_as_it_was_ordered_it_is() {
    let scratch = filled();
    let auditor = with_role(&scratch.archive, Role::Auditor);
    let job = scratch.archive.begin_verify(&auditor, false).unwrap();
    let ordered = row_of(&scratch, job.id);
    let other = scratch.operator().user().to_string();
    let changed = [
        JobRow { kind: "turn_epoch".to_owned(), subject: "epoch/1".to_owned(), ..ordered.clone() },
        JobRow { subject: "deep".to_owned(), ..ordered.clone() },
        JobRow { created_by: other, ..ordered.clone() },
        JobRow { created_by: "nobody".to_owned(), ..ordered.clone() },
        JobRow { created_at: ordered.created_at.plus_seconds(-1), ..ordered.clone() },
    ];
    for row in changed {
        put(&scratch, &row);
        is_not_done(&scratch, job.id);
    }
    put(&scratch, &ordered);
    assert!(work(&scratch));
    assert_eq!(row_of(&scratch, job.id).state, JobState::Done);
}

#[test]
fn a_job_that_has_ended_is_not_done_again_when_its_row_is_put_back() {
    use crate::keydir::Replace;
    let scratch = filled();
    let operator = scratch.operator();
    let again = |job: Job, is_cancelled: bool| {
        let ordered = row_of(&scratch, job.id);
        match is_cancelled {
            true => {
                assert_eq!(scratch.archive.cancel_job(&operator, job.id).unwrap().state, JobState::Cancelled)
            }
            false => {
                assert!(work(&scratch));
                let row = row_of(&scratch, job.id);
                assert_eq!(row.state, JobState::Done, "{row:?}");
            }
        }
        put(&scratch, &ordered);
        is_not_done(&scratch, job.id);
    };
    again(scratch.archive.begin_rotation(&operator, Replace::Both).unwrap(), false);
    again(scratch.archive.begin_epoch_turn(&operator).unwrap(), false);
    again(scratch.archive.begin_epoch_turn(&operator).unwrap(), true);
    assert_eq!((standing(&scratch).1, standing(&scratch).2), (2, 2));
}

#[test]
fn what_was_ordered_is_known_to_whoever_opens_the_archive_next() {
    let scratch = filled();
    let auditor = with_role(&scratch.archive, Role::Auditor);
    let done = scratch.archive.begin_verify(&auditor, false).unwrap();
    let ordered = row_of(&scratch, done.id);
    assert!(work(&scratch));
    let waiting = scratch.archive.begin_verify(&auditor, true).unwrap();
    put(&scratch, &ordered);
    let Scratch { _folder, place, archive } = scratch;
    drop(archive);
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    let scratch = Scratch { _folder, place, archive };
    is_not_done(&scratch, done.id);
    assert!(work(&scratch));
    assert_eq!(row_of(&scratch, waiting.id).state, JobState::Done);
}

#[test]
fn a_result_is_for_whoever_it_was_made_for_whatever_its_row_says() {
    let scratch = filled();
    let (auditor, other) =
        (with_role(&scratch.archive, Role::Auditor), with_role(&scratch.archive, Role::Auditor));
    let job = scratch.archive.begin_verify(&auditor, false).unwrap();
    assert!(work(&scratch));
    let row = row_of(&scratch, job.id);
    put(&scratch, &JobRow { created_by: other.user().to_string(), ..row.clone() });
    assert!(matches!(scratch.archive.job_result(&other, job.id), Err(Refusal::Damaged(Thing::Job))));
    put(&scratch, &row);
    assert!(scratch.archive.job_result(&auditor, job.id).is_ok());
}

#[test]
fn an_ended_job_whose_row_was_changed_is_shown_to_nobody_and_gives_nobody_its_result() {
    let scratch = filled();
    let archive = &scratch.archive;
    let (auditor, other) = (with_role(archive, Role::Auditor), with_role(archive, Role::Auditor));
    let administrator = with_role(archive, Role::Administrator);
    let job = archive.begin_verify(&auditor, false).unwrap();
    assert!(work(&scratch));
    let ended = row_of(&scratch, job.id);
    let changed = [
        JobRow { created_by: other.user().to_string(), ..ended.clone() },
        JobRow { subject: "deep".to_owned(), ..ended.clone() },
        JobRow { kind: "turn_epoch".to_owned(), ..ended.clone() },
        JobRow { kind: "export".to_owned(), ..ended.clone() },
        JobRow { state: JobState::Failed, error_code: Some("internal".to_owned()), ..ended.clone() },
        JobRow { state: JobState::Ready, ..ended.clone() },
        JobRow { created_at: ended.created_at.plus_seconds(-60), ..ended.clone() },
        JobRow { finished_at: ended.finished_at.map(|at| at.plus_seconds(-1)), ..ended.clone() },
        JobRow { expires_at: ended.expires_at.map(|at| at.plus_seconds(3_600)), ..ended.clone() },
    ];
    for row in changed {
        put(&scratch, &row);
        for who in [&auditor, &other] {
            assert!(archive.show_job(who, job.id).is_err(), "{row:?}");
            assert!(archive.job_result(who, job.id).is_err(), "{row:?}");
            assert!(archive.list_jobs(who, None, None, 9).unwrap().is_empty(), "{row:?}");
        }
        let shown = archive.show_job(&administrator, job.id).map(|_| ());
        assert!(matches!(shown, Err(Refusal::Damaged(Thing::Job))), "{row:?}");
        let listed = archive.list_jobs(&administrator, None, None, 9).unwrap();
        assert!(matches!(listed.as_slice(), [one] if one.damaged && one.expires_at.is_none()), "{row:?}");
        if !on_postgres() {
            let report = crate::archive::verify::verify(&scratch.place, &Default::default(), &mut |_| {});
            assert!(!report.unwrap().is_clean(), "{row:?}");
        }
    }
    put(&scratch, &ended);
    assert!(archive.job_result(&auditor, job.id).is_ok());
    assert!(!archive.list_jobs(&administrator, None, None, 9).unwrap()[0].damaged);
}

#[test]
fn a_result_that_was_made_anew_by_whoever_has_the_keys_is_given_to_nobody() {
    let scratch = filled();
    let auditor = with_role(&scratch.archive, Role::Auditor);
    let job = scratch.archive.begin_verify(&auditor, false).unwrap();
    assert!(work(&scratch));
    let owner = job.id.to_string();
    let refused = || scratch.archive.job_result(&auditor, job.id).map(|_| ());
    // Another file with another key, and words that fit it.
    let inner = std::sync::Arc::clone(&scratch.archive.inner);
    let keys = inner.keys();
    let file = crate::base::id::ComponentId::parse(&owner).unwrap();
    let file_key = crate::seal::FileKey::generate(inner.entropy.as_ref());
    let mut payload = crate::seal::payload::Sealing::new(&file_key, inner.entropy.as_ref());
    let mut sealed = Vec::new();
    payload.write(b"{\"ok\":true}", &mut sealed);
    payload.finish(&mut sealed);
    inner.results.remove(file).unwrap();
    let mut writer = inner.results.put(file).unwrap();
    writer.write(&sealed).unwrap();
    writer.finish().unwrap();
    let header = crate::seal::SealedHeader {
        commitment_key: crate::seal::commitment::CommitmentKey::generate(inner.entropy.as_ref()),
        header: crate::seal::header::write(&file_key, &keys.recipients, inner.entropy.as_ref()).unwrap(),
    };
    let part = crate::archive::cells::RESULT_HEADER;
    let cell = crate::archive::cells::seal(&inner, &keys, &owner, part, &header.to_bytes(), 1).unwrap();
    let put = inner.store.maintain(move |upkeep| {
        crate::store::rows::cells::delete(upkeep.conn(), &cell.owner, &cell.part)?;
        crate::store::rows::cells::insert(upkeep.conn(), &cell)
    });
    put.unwrap();
    assert!(matches!(refused(), Err(Refusal::Damaged(Thing::Job))), "the words are the first one's");
    let mut words = words_at(&scratch.archive, &owner, "result");
    words["bytes"] = serde_json::json!(11);
    words["sealed_bytes"] = serde_json::json!(sealed.len());
    reseal(&scratch.archive, &owner, "result", &words);
    assert!(matches!(refused(), Err(Refusal::Damaged(Thing::Job))));
}

#[test]
fn a_result_in_which_a_byte_was_flipped_or_that_is_gone_is_named() {
    if on_postgres() {
        return; // Reads the archive by its folder.
    }
    let scratch = filled();
    let auditor = with_role(&scratch.archive, Role::Auditor);
    let job = scratch.archive.begin_verify(&auditor, false).unwrap();
    assert!(work(&scratch));
    let named = |deep: bool| {
        let deep = deep.then_some(crate::keydir::IdentitySource::Default);
        let options = crate::archive::verify::VerifyOptions { deep, ..Default::default() };
        let report = crate::archive::verify::verify(&scratch.place, &options, &mut |_| {}).unwrap();
        let named = report.faults.iter().map(|fault| format!("{} {}", fault.kind.as_str(), fault.subject));
        named.collect::<Vec<_>>()
    };
    assert_eq!(named(true), Vec::<String>::new());
    let mut files = vec![scratch.place.results()];
    let file = loop {
        let next = files.pop().unwrap();
        if next.is_file() {
            break next;
        }
        files.extend(std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()));
    };
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    std::fs::remove_file(&file).unwrap();
    assert_eq!(named(false), [format!("result_missing results {}", job.id)]);
    std::fs::write(&file, flipped).unwrap();
    assert_eq!(named(false), [format!("result_changed results {}", job.id)]);
    let given = scratch.archive.job_result(&auditor, job.id).map(|_| ());
    assert!(matches!(given, Err(Refusal::Damaged(Thing::Job))));
    std::fs::write(&file, whole).unwrap();
    assert_eq!(named(false), Vec::<String>::new());
    let words = words_at(&scratch.archive, &job.id.to_string(), "result");
    reseal(&scratch.archive, &job.id.to_string(), "result", &words);
    assert_eq!(named(true), [format!("commitment_differs results {}", job.id)]);
    // One that has no result hides no cell that looks like one.
    let stopped = scratch.archive.begin_verify(&auditor, false).unwrap();
    scratch.archive.cancel_job(&auditor, stopped.id).unwrap();
    let keys = scratch.archive.inner.keys();
    let cell = crate::archive::cells::seal_profile(
        &scratch.archive.inner,
        &keys,
        &stopped.id.to_string(),
        "result",
        &words,
    );
    let row = cell.unwrap().row;
    let put = scratch
        .archive
        .inner
        .store
        .maintain(move |upkeep| crate::store::rows::cells::insert(upkeep.conn(), &row));
    put.unwrap();
    assert!(named(false).contains(&format!("row_unknown cells {}/result", stopped.id)));
}
