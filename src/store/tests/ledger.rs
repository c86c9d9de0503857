//! What the store holds the log to when it opens, and how time and days go into it.

use diesel::connection::SimpleConnection;

use super::*;
use crate::ledger::tree::{inclusion, leaf_hash, verify_inclusion};
use crate::store::rows::ledger::{self, DatabaseTiles};

fn spoil(store: &Store, sql: &'static str) {
    store.maintain(move |tx| tx.conn().batch_execute(sql).map_err(StoreError::from)).unwrap();
}

fn reopened_after(sql: &'static str, database: &TestDatabase) -> StoreError {
    let store = open(database);
    for number in 0..3 {
        store.write(move |tx| put(tx, &format!("k{number}"), "1")).unwrap();
    }
    spoil(&store, sql);
    drop(store);
    open_at(database, Arc::new(FixedClock::at(noon()))).unwrap_err()
}

#[test]
fn a_log_that_was_tampered_with_at_its_end_does_not_open() {
    for sql in [
        "DELETE FROM ledger_entries WHERE seq = 2",
        "UPDATE ledger_entries SET body = (SELECT body FROM ledger_entries WHERE seq = 1) WHERE seq = 2",
        "DELETE FROM ledger_tiles",
        "UPDATE ledger_tiles SET hashes = (SELECT body FROM ledger_entries WHERE seq = 1)",
        "DELETE FROM ledger_checkpoints",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_checkpoints SET size = 2",
        "UPDATE ledger_checkpoints SET note = replace(note, 'archive.example/test\n3', 'archive.example/test\n2')",
    ] {
        on_each_database(|database| {
            let error = reopened_after(sql, database);
            assert!(matches!(error, StoreError::LedgerBroken { .. }), "{sql}: {error:?}");
        });
    }
}

#[test]
fn a_log_of_another_key_does_not_open() {
    on_each_database(|database| {
        open(database).write(|tx| put(tx, "a", "1")).unwrap();
        for (seed, origin) in [(8, "archive.example/test"), (7, "archive.example/other")] {
            let log_key =
                LogKey::from_seed(&SecretKey::take(&mut [seed; 32]), Origin::parse(origin).unwrap());
            let clock = Arc::new(FixedClock::at(noon()));
            let opened =
                Store::open(StoreConfig { url: database.url(), log_key, clock, readers: 1, listener: None });
            assert_eq!(opened.unwrap_err(), StoreError::OtherLogKey);
        }
    });
}

#[test]
fn an_untouched_log_opens_again_and_goes_on() {
    on_each_database(|database| {
        for round in 0..3_u64 {
            let store = open(database);
            for number in 0..150 {
                let written = store.write(move |tx| put(tx, &format!("k{number}"), "1")).unwrap();
                assert_eq!(written.first_seq, round * 150 + number);
            }
        }
    });
}

#[test]
fn time_in_the_log_never_runs_back_though_the_clock_does() {
    on_each_database(|database| {
        let clock = Arc::new(FixedClock::at(noon()));
        let store = open_at(database, clock.clone()).unwrap();
        store.write(|tx| put(tx, "a", "1")).unwrap();
        clock.set(noon().plus_seconds(-3600));
        store.write(|tx| put(tx, "b", "1")).unwrap();
        drop(store);
        let store = open_at(database, clock.clone()).unwrap();
        store.write(|tx| put(tx, "c", "1")).unwrap();
        clock.set(noon().plus_seconds(1));
        store.write(|tx| put(tx, "d", "1")).unwrap();
        let entries = store.read(|conn| ledger::entries_from(conn, 0, 10)).unwrap();
        let seconds: Vec<i64> = entries.iter().map(|entry| entry.at.seconds_since(noon())).collect();
        assert_eq!(seconds, [0, 0, 0, 1]);
    });
}

#[test]
fn the_last_checkpoint_of_each_day_is_kept() {
    on_each_database(|database| {
        let clock = Arc::new(FixedClock::at(noon()));
        let store = open_at(database, clock.clone()).unwrap();
        for hours in [0, 1, 24, 25, 48] {
            clock.set(noon().plus_seconds(hours * 3600));
            store.write(move |tx| put(tx, &format!("h{hours}"), "1")).unwrap();
        }
        let kept = store.read(ledger::checkpoints).unwrap();
        let kept: Vec<(&str, u64)> = kept.iter().map(|row| (row.slot.as_str(), row.size)).collect();
        assert_eq!(kept, [("day:2026-03-01", 2), ("day:2026-03-02", 4), ("latest", 5)]);
    });
}

#[test]
fn every_entry_can_be_proved_from_the_stored_tiles() {
    on_each_database(|database| {
        let store = open(database);
        let written =
            store.write(|tx| (0..700).try_for_each(|number| put(tx, &format!("k{number}"), "1"))).unwrap();
        assert_eq!((written.first_seq, written.count), (0, 700));
        let latest = store.checkpoint().unwrap().unwrap();
        let root = crate::ledger::checkpoint::open(&latest.note, &log_key().vkey()).unwrap().root;
        store
            .read(|conn| {
                for seq in [0, 1, 255, 256, 511, 699] {
                    let body = ledger::entry(conn, seq)?.unwrap().body;
                    let database = DatabaseTiles::new(conn);
                    let proof = inclusion(&store.tiles().over(&database), 700, seq).unwrap();
                    assert_eq!(verify_inclusion(seq, 700, &leaf_hash(&body), &proof, &root), Ok(()));
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}

#[test]
fn entries_are_found_by_subject_and_kind() {
    on_each_database(|database| {
        let store = open(database);
        for key in ["a", "b", "a"] {
            store.write(move |tx| put(tx, key, "1")).unwrap();
        }
        store
            .read(|conn| {
                let seqs = |rows: Vec<ledger::EntryRow>| rows.iter().map(|row| row.seq).collect::<Vec<_>>();
                assert_eq!(seqs(ledger::about(conn, "a")?), [0, 2]);
                let filter = ledger::EntryFilter { kind: Some(EntryKind::Captured), ..Default::default() };
                assert_eq!(seqs(ledger::page(conn, filter, 2)?), [2, 1]);
                let filter = ledger::EntryFilter { before_seq: Some(2), subject: Some("a"), kind: None };
                assert_eq!(seqs(ledger::page(conn, filter, 2)?), [0]);
                assert_eq!(ledger::count(conn)?, 3);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}
