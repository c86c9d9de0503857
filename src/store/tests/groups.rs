//! What happens when many write at once, when space runs out, and when nodes share a database.

use std::sync::Barrier;
use std::sync::mpsc::{channel, sync_channel};
use std::thread;

use diesel::connection::SimpleConnection;

use super::*;
use crate::base::moment::SystemClock;
use crate::ledger::entry::decode;
use crate::ledger::tree::{Builder, leaf_hash};
use crate::store::backend::Conn;
use crate::store::rows::ledger;
use crate::store::{WalTruncation, WriteError};

/// Reads every entry and checks numbering, time and the signed root; returns how many there are.
fn assert_whole(store: &Store) -> u64 {
    store
        .read(|conn| {
            let mut tree = Builder::new();
            let mut finished = Vec::new();
            let mut last = Moment::from_micros(0);
            ledger::scan(conn, 0..u64::MAX >> 1, &mut |row| {
                let row = row?;
                assert_eq!(row.seq, tree.size());
                let entry = decode(&row.body).unwrap();
                assert_eq!((entry.kind, &entry.subject, entry.at), (row.kind, &row.subject, row.at));
                assert!(entry.at >= last, "time runs back at {}", row.seq);
                last = entry.at;
                finished.extend(tree.push(leaf_hash(&row.body)));
                Ok::<_, StoreError>(())
            })?;
            let latest = ledger::latest_checkpoint(conn)?.unwrap();
            let signed = crate::ledger::checkpoint::open(&latest.note, &log_key().vkey()).unwrap();
            assert_eq!((signed.size, signed.root), (tree.size(), tree.root()));
            for tile in finished.into_iter().chain(tree.edge_tiles()) {
                assert_eq!(ledger::tile(conn, tile.level, tile.index)?, Some(tile.hashes));
            }
            Ok::<_, StoreError>(tree.size())
        })
        .unwrap()
}

#[test]
fn each_of_many_writers_gets_a_position_of_its_own() {
    on_each_database(|database| {
        let store = open_at(database, Arc::new(SystemClock)).unwrap();
        let mut positions: Vec<u64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|thread| {
                    let store = &store;
                    scope.spawn(move || {
                        let one = |n| {
                            store.write(move |tx| put(tx, &format!("{thread}.{n}"), "1")).unwrap().first_seq
                        };
                        (0..40).map(one).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        positions.sort_unstable();
        assert_eq!(positions, (0..640).collect::<Vec<_>>());
        assert_eq!(assert_whole(&store), 640);
    });
}

/// Holds the writer inside a closure, so that what is submitted meanwhile shares the next group.
fn while_the_writer_is_held(store: &Store, meanwhile: impl FnOnce() + Send) {
    let (held, is_held) = channel();
    let (go, wait) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            store.maintain(move |_| {
                held.send(()).unwrap();
                wait.recv().unwrap();
                Ok::<_, StoreError>(())
            })
        });
        is_held.recv().unwrap();
        meanwhile();
        go.send(()).unwrap();
    });
}

#[test]
fn a_closure_that_fails_takes_nobody_of_its_group_with_it() {
    on_each_database(|database| {
        let store = open(database);
        let (answers, outcomes) = channel();
        while_the_writer_is_held(&store, || {
            for number in 0..30_usize {
                let (store, answers) = (store.clone(), answers.clone());
                let (submitting, submitted) = sync_channel(0);
                thread::spawn(move || {
                    submitting.send(()).unwrap();
                    let outcome = store.write(move |tx| {
                        put(tx, &format!("k{number}"), "1")?;
                        match number % 3 {
                            0 => Ok(()),
                            1 => Err(StoreError::ReadOnly),
                            _ => meta::put_first(tx.conn(), "missing-table", "1")
                                .and_then(|_| break_a_rule(tx.conn())),
                        }
                    });
                    answers.send((number, outcome)).unwrap();
                });
                submitted.recv().unwrap();
            }
        });
        drop(answers);
        for (number, outcome) in outcomes {
            assert_eq!(outcome.is_ok(), number % 3 == 0, "{number}: {outcome:?}");
        }
        assert_eq!(assert_whole(&store), 10);
        assert_eq!(store.read(|conn| meta::get(conn, "missing-table")), Ok(None));
    });
}

/// A statement that the database refuses.
fn break_a_rule(conn: &mut Conn) -> Result<(), StoreError> {
    Ok(conn.batch_execute("INSERT INTO meta (key, value) VALUES ('x', NULL)")?)
}

#[test]
fn two_nodes_on_one_database_lose_no_entry() {
    let Some(database) = harness_db::postgres() else { return };
    let clock = Arc::new(SystemClock);
    let nodes = [open_at(&database, clock.clone()).unwrap(), open_at(&database, clock).unwrap()];
    let begin = Barrier::new(8);
    let mut positions: Vec<u64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let (store, begin) = (&nodes[thread % 2], &begin);
                scope.spawn(move || {
                    begin.wait();
                    let one =
                        |n| store.write(move |tx| put(tx, &format!("{thread}.{n}"), "1")).unwrap().first_seq;
                    (0..60).map(one).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    positions.sort_unstable();
    assert_eq!(positions, (0..480).collect::<Vec<_>>());
    assert_eq!(assert_whole(&nodes[0]), 480);
}

#[test]
fn a_full_disk_is_reported_and_the_store_goes_on_once_there_is_space() {
    let database = sqlite();
    let store = open(&database);
    let large = "x".repeat(400_000);
    let limit = |pages: u32| {
        store.maintain(move |tx| {
            tx.conn().batch_execute(&format!("PRAGMA max_page_count = {pages}")).map_err(StoreError::from)
        })
    };
    store.write(|tx| put(tx, "before", "1")).unwrap();
    limit(100).unwrap();
    let text = large.clone();
    let full = store.write(move |tx| put(tx, "large", &text));
    assert_eq!(full, Err(WriteError::Store(StoreError::Full)));
    // The writer opened a fresh connection, which has no limit: that is the space made free.
    assert_eq!(store.write(move |tx| put(tx, "large", &large)).unwrap().first_seq, 1);
    assert_eq!(assert_whole(&store), 2);
}

#[test]
fn a_group_that_does_not_fit_fails_as_a_whole_and_leaves_nothing() {
    let database = sqlite();
    let store = open(&database);
    store.write(|tx| put(tx, "before", "1")).unwrap();
    let pages = "PRAGMA max_page_count = 120";
    store.maintain(move |tx| tx.conn().batch_execute(pages).map_err(StoreError::from)).unwrap();
    let (answers, outcomes) = channel();
    while_the_writer_is_held(&store, || {
        for number in 0..8 {
            let (store, answers) = (store.clone(), answers.clone());
            thread::spawn(move || {
                let outcome = store.write(move |tx| put(tx, &format!("k{number}"), &"x".repeat(200_000)));
                answers.send((number, outcome)).unwrap();
            });
        }
    });
    drop(answers);
    let mut kept = 1;
    for (number, outcome) in outcomes {
        let found = store.read(|conn| meta::get(conn, &format!("k{number}"))).unwrap();
        assert_eq!(outcome.is_ok(), found.is_some(), "{outcome:?}");
        kept += u64::from(found.is_some());
        if let Err(error) = outcome {
            assert_eq!(error, WriteError::Store(StoreError::Full));
        }
    }
    assert!(kept < 9, "something did not fit");
    assert_eq!(assert_whole(&store), kept);
}

#[test]
fn the_write_ahead_log_is_emptied_unless_somebody_reads() {
    let database = sqlite();
    let store = open(&database);
    store.write(|tx| put(tx, "a", "1")).unwrap();
    let busy = store.read(|conn| {
        meta::get(conn, "a")?;
        store.write(|tx| put(tx, "a", "2")).unwrap();
        store.wal_checkpoint_truncate()
    });
    assert_eq!(busy, Ok(WalTruncation::Busy));
    assert_eq!(store.wal_checkpoint_truncate(), Ok(WalTruncation::Done));
    let path = database.url().replace("sqlite:", "") + "-wal";
    assert_eq!(std::fs::metadata(path).unwrap().len(), 0);
}

#[test]
fn a_connection_that_the_server_ended_is_replaced() {
    let Some(database) = harness_db::postgres() else { return };
    let store = open(&database);
    store.write(|tx| put(tx, "a", "1")).unwrap();
    let ended = store.write(|tx| {
        put(tx, "b", "1")?;
        Ok::<_, StoreError>(tx.conn().batch_execute("SELECT pg_terminate_backend(pg_backend_pid())")?)
    });
    assert!(matches!(ended, Err(WriteError::Store(StoreError::Unavailable { .. }))), "{ended:?}");
    assert_eq!(store.write(|tx| put(tx, "c", "1")).unwrap().first_seq, 1);
    assert_eq!(store.read(|conn| meta::get(conn, "b")), Ok(None));
    assert_eq!(assert_whole(&store), 2);
}
