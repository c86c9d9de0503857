//! Jobs, uploads and exports.

use super::*;
use crate::base::id::{ExportId, JobId, UploadId};
use crate::store::rows::exports::{self, ExportRow};
use crate::store::rows::jobs::{self, Attempt, JobRow, JobState, Lease, Progress};
use crate::store::rows::records::StateStep;
use crate::store::rows::uploads::{self, UploadPartRow, UploadRow};

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
        created_by: "system".to_owned(),
        finished_at: None,
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
        assert!(!change(&store, move |conn| jobs::finish(conn, held, noon(), HALF)), "the lease is lost");
        let held = Attempt { id: next.id, attempts: next.attempts };
        assert!(change(&store, move |conn| jobs::finish(conn, held, noon(), HALF)));
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
        assert_eq!(
            store.read(jobs::count_by_state).unwrap(),
            [(JobState::Cancelled, 1), (JobState::Failed, 1)]
        );
        assert_eq!(store.read(|conn| jobs::page(conn, Some(JobState::Failed), None, 9)).unwrap().len(), 1);
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
fn an_upload_is_completed_part_by_part_or_swept_whole() {
    on_each_database(|database| {
        let store = open(database);
        let id = UploadId::generate(noon(), &number(1));
        let row = UploadRow {
            id,
            actor: user(1),
            created_at: noon(),
            expires_at: noon().plus_seconds(10),
            request: vec![1],
            state: "open".to_owned(),
        };
        let part = move |ordinal, state: &str, payload_bytes| UploadPartRow {
            upload_id: id,
            ordinal,
            component_id: component_of(&record(1), ordinal).id,
            state: state.to_owned(),
            payload_bytes,
        };
        let upload = row.clone();
        change(&store, move |conn| {
            uploads::insert(conn, &upload)?;
            uploads::insert_part(conn, &part(1, "waiting", 0))?;
            uploads::insert_part(conn, &part(0, "waiting", 0))?;
            assert!(uploads::update_part(conn, &part(1, "arrived", 9))?);
            assert!(!uploads::update_part(conn, &part(2, "arrived", 9))?);
            Ok(())
        });
        let parts = store.read(|conn| uploads::parts_of(conn, id)).unwrap();
        assert_eq!(parts, [part(0, "waiting", 0), part(1, "arrived", 9)]);
        let of_component = store.read(|conn| uploads::part_of_component(conn, parts[1].component_id));
        assert_eq!(of_component, Ok(Some(part(1, "arrived", 9))));
        assert_eq!(store.read(|conn| uploads::get(conn, id)), Ok(Some(row)));
        assert_eq!(store.read(|conn| uploads::expired(conn, noon(), 9)).unwrap().len(), 0);
        assert_eq!(store.read(|conn| uploads::expired(conn, noon().plus_seconds(10), 9)).unwrap().len(), 1);
        let step = StateStep { from: "open", to: "closed" };
        assert!(change(&store, move |conn| uploads::change_state(conn, id, step)));
        assert!(!change(&store, move |conn| uploads::change_state(conn, id, step)));
        assert!(change(&store, move |conn| uploads::delete(conn, id)));
        assert_eq!(store.read(|conn| uploads::parts_of(conn, id)), Ok(vec![]));
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
