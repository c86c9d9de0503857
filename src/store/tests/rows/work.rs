//! Jobs, uploads and exports.

use super::*;
use crate::base::id::{ExportId, JobId, UploadId};
use crate::store::rows::exports::{self, ExportRow};
use crate::store::rows::jobs::{self, Attempt, JobRow, JobState, Lease, Progress};
use crate::store::rows::uploads::{self, UploadRow, UploadState};

fn job(seed: u64) -> JobRow {
    JobRow {
        id: JobId::generate(noon().plus_seconds(seed as i64), &number(seed)),
        kind: "index".to_owned(),
        subject: format!("s{seed}"),
        state: JobState::Ready,
        attempts: 0,
        not_before: noon().plus_seconds(seed as i64),
        lease_until: Moment::from_micros(0),
        done_units: 0,
        total_units: 0,
        error_code: None,
        created_at: noon(),
        created_by: format!("p{seed}"),
        finished_at: None,
        expires_at: None,
    }
}

fn lease(store: &Store, seconds: i64) -> Option<JobRow> {
    let now = noon().plus_seconds(seconds);
    change(store, move |conn| {
        jobs::lease_next(conn, &["index"], Lease { from: now, until: now.plus_seconds(60) })
    })
}

const HALF: Progress = Progress { done_units: 5, total_units: 10 };

#[test]
fn the_job_that_is_due_longest_is_leased_to_one_runner() {
    on_each_database(|database| {
        let store = open(database);
        change(&store, |conn| {
            jobs::insert(conn, &JobRow { kind: "other".to_owned(), ..job(0) })?;
            [3, 1, 2].iter().try_for_each(|seed| jobs::insert(conn, &job(*seed)))
        });
        assert_eq!(lease(&store, 0), None, "none is due");
        let first = lease(&store, 5).unwrap();
        assert_eq!((first.id, first.state, first.attempts), (job(1).id, JobState::Running, 1));
        assert_eq!(lease(&store, 5).unwrap().id, job(2).id);
        assert_eq!(lease(&store, 5).unwrap().id, job(3).id);
        assert_eq!(lease(&store, 5), None);
    });
}

#[test]
fn nobody_has_two_runners_and_whoever_was_served_longest_ago_is_next() {
    on_each_database(|database| {
        let store = open(database);
        let of = |seed: u64, person: &str| JobRow { created_by: person.to_owned(), ..job(seed) };
        let rows: Vec<JobRow> = (1..=4).map(|seed| of(seed, "anna")).chain([of(5, "berta")]).collect();
        change(&store, move |conn| rows.iter().try_for_each(|row| jobs::insert(conn, row)));
        let first = lease(&store, 10).unwrap();
        assert_eq!(first.id, job(1).id);
        assert_eq!(lease(&store, 10).unwrap().id, job(5).id, "one runner is left to the others");
        assert_eq!(lease(&store, 10), None, "for both somebody works");
        let held = Attempt { id: first.id, attempts: 1 };
        assert!(change(&store, move |conn| jobs::finish(conn, held, noon(), HALF, None)));
        change(&store, move |conn| jobs::insert(conn, &JobRow { created_by: "clara".to_owned(), ..job(6) }));
        assert_eq!(lease(&store, 11).unwrap().id, job(6).id, "who was not served yet comes first");
        assert_eq!(lease(&store, 11).unwrap().id, job(2).id);
    });
}

#[test]
fn a_job_whose_runner_was_lost_goes_to_the_next() {
    on_each_database(|database| {
        let store = open(database);
        change(&store, |conn| jobs::insert(conn, &job(1)));
        let lost = lease(&store, 5).unwrap();
        let held = Attempt { id: lost.id, attempts: lost.attempts };
        assert!(change(&store, move |conn| jobs::renew(conn, held, noon().plus_seconds(100), HALF)));
        assert_eq!(lease(&store, 90), None, "the lease was renewed");
        let next = lease(&store, 101).unwrap();
        assert_eq!((next.id, next.attempts, next.done_units), (lost.id, 2, 5));
        assert!(
            !change(&store, move |conn| jobs::finish(conn, held, noon(), HALF, None)),
            "the lease is lost"
        );
        let held = Attempt { id: next.id, attempts: next.attempts };
        assert!(change(&store, move |conn| jobs::finish(conn, held, noon(), HALF, None)));
        let done = store.read(|conn| jobs::get(conn, next.id)).unwrap().unwrap();
        assert_eq!((done.state, done.finished_at), (JobState::Done, Some(noon())));
    });
}

#[test]
fn a_job_is_tried_again_given_up_or_cancelled() {
    on_each_database(|database| {
        let store = open(database);
        change(&store, |conn| jobs::insert(conn, &job(1)));
        let first = lease(&store, 5).unwrap();
        let held = Attempt { id: first.id, attempts: 1 };
        let later = noon().plus_seconds(50);
        assert!(change(&store, move |conn| jobs::retry(conn, held, "busy", later)));
        assert_eq!(lease(&store, 40), None);
        let second = lease(&store, 50).unwrap();
        assert_eq!((second.attempts, second.error_code.as_deref()), (2, Some("busy")));
        let held = Attempt { id: first.id, attempts: 2 };
        assert!(change(&store, move |conn| jobs::fail(conn, held, "damaged", noon())));
        assert!(!change(&store, move |conn| jobs::cancel(conn, held.id, noon())), "it has ended");
        change(&store, |conn| jobs::insert(conn, &job(2)));
        assert!(change(&store, |conn| jobs::cancel(conn, job(2).id, noon())));
        let failed = jobs::Wanted { state: Some(JobState::Failed), created_by: Some("p1".to_owned()) };
        assert_eq!(store.read(|conn| jobs::page(conn, &failed, None, 9)).unwrap().len(), 1);
        assert_eq!(store.read(|conn| jobs::of_subject(conn, "s2")).unwrap().len(), 1);
        assert_eq!(change(&store, |conn| jobs::delete_ended_before(conn, noon().plus_seconds(1))), 2);
    });
}

#[test]
fn two_nodes_never_lease_the_same_job() {
    let Some(database) = harness_db::postgres() else { return };
    let nodes = [open(&database), open(&database)];
    change(&nodes[0], |conn| (0..60).try_for_each(|seed| jobs::insert(conn, &job(seed))));
    let mut leased: Vec<JobId> = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..4)
            .map(|runner| {
                let store = &nodes[runner % 2];
                scope.spawn(move || {
                    std::iter::from_fn(|| lease(store, 100)).map(|job| job.id).collect::<Vec<_>>()
                })
            })
            .collect();
        runners.into_iter().flat_map(|runner| runner.join().unwrap()).collect()
    });
    leased.sort_unstable();
    assert_eq!(leased, (0..60).map(|seed| job(seed).id).collect::<Vec<_>>());
}

#[test]
fn a_job_that_is_given_back_was_not_begun_and_a_result_expires() {
    on_each_database(|database| {
        let store = open(database);
        change(&store, |conn| jobs::insert(conn, &job(1)));
        let first = lease(&store, 5).unwrap();
        let held = Attempt { id: first.id, attempts: 1 };
        assert_eq!(store.read(|conn| jobs::count_open(conn, "p1")), Ok(1));
        assert!(change(&store, move |conn| jobs::give_back(conn, held)));
        assert_eq!(lease(&store, 6).unwrap().attempts, 1);
        let until = Some(noon().plus_seconds(60));
        assert!(change(&store, move |conn| jobs::finish(conn, held, noon(), HALF, until)));
        assert_eq!(store.read(|conn| jobs::count_open(conn, "p1")), Ok(0));
        let expired =
            |seconds| store.read(|conn| jobs::with_expired_result(conn, noon().plus_seconds(seconds), 9));
        assert_eq!((expired(59).unwrap().len(), expired(60).unwrap().len()), (0, 1));
        change(&store, move |conn| jobs::forget_result(conn, held.id));
        assert_eq!(expired(60), Ok(vec![]));
    });
}

#[test]
fn an_upload_is_completed_and_handed_over_once_or_swept() {
    on_each_database(|database| {
        let store = open(database);
        let id = UploadId::generate(noon(), &number(1));
        let row = UploadRow {
            id,
            actor: user(1),
            created_at: noon(),
            expires_at: noon().plus_seconds(10),
            state: UploadState::Waiting,
            declared_bytes: 9,
            component_id: None,
        };
        let component = component_of(&record(1), 0).id;
        let upload = row.clone();
        change(&store, move |conn| uploads::insert(conn, &upload));
        assert_eq!(store.read(|conn| uploads::get(conn, id)), Ok(Some(row.clone())));
        assert_eq!(store.read(|conn| uploads::open_bytes(conn, user(1))), Ok(vec![9]));
        assert_eq!(store.read(|conn| uploads::page(conn, user(1), None, 9)), Ok(vec![row]));
        assert_eq!(store.read(|conn| uploads::page(conn, user(2), None, 9)), Ok(vec![]));
        assert!(!change(&store, move |conn| uploads::hand_over(conn, id, component)));
        assert!(change(&store, move |conn| uploads::complete(conn, id, component)));
        assert!(!change(&store, move |conn| uploads::complete(conn, id, component)));
        let named = store.read(|conn| uploads::of_component(conn, component)).unwrap().unwrap();
        assert_eq!((named.id, named.state), (id, UploadState::Complete));
        assert!(change(&store, move |conn| uploads::hand_over(conn, id, component)));
        assert!(!change(&store, move |conn| uploads::hand_over(conn, id, component)));
        assert_eq!(store.read(|conn| uploads::open_bytes(conn, user(1))), Ok(vec![]));
        assert_eq!(store.read(|conn| uploads::expired(conn, noon(), 9)).unwrap().len(), 0);
        assert_eq!(store.read(|conn| uploads::expired(conn, noon().plus_seconds(10), 9)).unwrap().len(), 1);
        assert!(!change(&store, move |conn| uploads::delete(conn, id, UploadState::Complete)));
        assert!(change(&store, move |conn| uploads::delete(conn, id, UploadState::Captured)));
        assert_eq!(store.read(|conn| uploads::get(conn, id)), Ok(None));
    });
}

#[test]
fn an_export_has_a_number_of_its_own_in_its_year() {
    on_each_database(|database| {
        let store = open(database);
        let export = |seed: u64, number: u64| ExportRow {
            id: ExportId::generate(noon(), &super::number(seed)),
            number,
            year: 2026,
            kind: "evidence".to_owned(),
            state: "running".to_owned(),
            case_id: Some(case(1)),
            matter_id: None,
            created_at: noon(),
            created_by: user(1),
            checkpoint_size: 3,
            requested: 2,
            exported: 0,
            withheld: 0,
            failed: 0,
            bundle_digest: None,
            bundle_bytes: 0,
        };
        change(&store, move |conn| exports::insert(conn, &export(1, 1)));
        let taken = store.maintain(move |tx| exports::insert(tx.conn(), &export(2, 1)));
        let expected =
            StoreError::Duplicate { table: "exports".to_owned(), columns: "year_number".to_owned() };
        assert_eq!(taken.unwrap_err().into_cause(), expected);
        let finished = ExportRow {
            state: "finished".to_owned(),
            exported: 2,
            bundle_digest: Some(Digest::of(b"zip")),
            bundle_bytes: 99,
            ..export(1, 1)
        };
        let (first, second) = (finished.clone(), finished.clone());
        assert!(change(&store, move |conn| exports::update(conn, &first, "running")));
        assert!(!change(&store, move |conn| exports::update(conn, &second, "running")));
        assert_eq!(store.read(|conn| exports::page(conn, None, 5)), Ok(vec![finished]));
    });
}
