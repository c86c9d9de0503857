//! What the two doors let through.

use super::*;
use crate::store::WriteError;

#[test]
fn a_change_and_its_entry_are_kept_together() {
    on_each_database(|database| {
        let store = open(database);
        let written = store.write(|tx| put(tx, "a", "1")).unwrap();
        assert_eq!((written.first_seq, written.count, written.checkpoint_size), (0, 1, 1));
        assert_eq!(store.read(|conn| meta::get(conn, "a")), Ok(Some("1".to_owned())));
        let entry = store.read(|conn| crate::store::rows::ledger::entry(conn, 0)).unwrap().unwrap();
        assert_eq!((entry.kind, entry.subject.as_str(), entry.at), (EntryKind::Captured, "a", noon()));
    });
}

#[test]
fn a_change_without_an_entry_is_rolled_back_and_refused() {
    on_each_database(|database| {
        let store = open(database);
        let refused = store.write(|tx| meta::put(tx.conn(), "a", "1"));
        assert_eq!(refused, Err(WriteError::NoEntry));
        assert_eq!(store.read(|conn| meta::get(conn, "a")), Ok(None));
        assert_eq!(store.checkpoint(), Ok(None));
    });
}

#[test]
fn a_refused_change_leaves_neither_row_nor_entry() {
    on_each_database(|database| {
        let store = open(database);
        let refused = store.write(|tx| {
            put(tx, "a", "1")?;
            Err::<(), _>(StoreError::ReadOnly)
        });
        assert_eq!(refused, Err(WriteError::Refused(StoreError::ReadOnly)));
        assert_eq!(store.read(|conn| meta::get(conn, "a")), Ok(None));
        assert_eq!(store.checkpoint(), Ok(None));
    });
}

#[test]
fn a_panic_is_rolled_back_and_the_writer_lives_on() {
    on_each_database(|database| {
        let store = open(database);
        let panicked = store.write(|tx| {
            put(tx, "a", "1")?;
            assert!(tx.at() < Moment::from_micros(0), "this closure gives up on purpose");
            Ok::<(), StoreError>(())
        });
        assert_eq!(panicked, Err(WriteError::Panicked));
        assert_eq!(store.write(|tx| put(tx, "b", "1")).unwrap().first_seq, 0);
        assert_eq!(store.read(|conn| meta::get(conn, "a")), Ok(None));
    });
}

#[test]
fn the_door_for_reading_takes_no_changes() {
    on_each_database(|database| {
        let store = open(database);
        assert_eq!(store.read(|conn| meta::put(conn, "a", "1")), Err(StoreError::ReadOnly));
        assert_eq!(store.read(|conn| meta::get(conn, "a")), Ok(None));
    });
}

#[test]
fn one_look_sees_one_state_of_the_database() {
    on_each_database(|database| {
        let store = open(database);
        store.write(|tx| put(tx, "a", "1")).unwrap();
        let writer = store.clone();
        let seen = store.read(|conn| {
            let before = meta::get(conn, "a")?;
            writer.write(|tx| put(tx, "a", "2")).unwrap();
            Ok::<_, StoreError>((before, meta::get(conn, "a")?))
        });
        assert_eq!(seen, Ok((Some("1".to_owned()), Some("1".to_owned()))));
        assert_eq!(store.read(|conn| meta::get(conn, "a")), Ok(Some("2".to_owned())));
    });
}

#[test]
fn upkeep_needs_no_entry() {
    on_each_database(|database| {
        let store = open(database);
        store.maintain(|tx| meta::put(tx.conn(), "seen", "1")).unwrap();
        assert_eq!(store.read(|conn| meta::get(conn, "seen")), Ok(Some("1".to_owned())));
        assert_eq!(store.checkpoint(), Ok(None));
    });
}

#[test]
fn a_write_inside_a_write_is_refused_instead_of_waiting_for_itself() {
    on_each_database(|database| {
        let store = open(database);
        let inner = store.clone();
        let written = store.write(move |tx| {
            let nested = inner.write(|tx| put(tx, "b", "1"));
            put(tx, "a", "1")?;
            Ok::<_, StoreError>(nested.unwrap_err())
        });
        assert_eq!(written.unwrap().value, WriteError::Store(StoreError::Nested));
    });
}

#[test]
fn an_entry_that_the_format_refuses_fails_only_its_own_closure() {
    on_each_database(|database| {
        let store = open(database);
        let refused = store.write(|tx| tx.enter(a_draft("客户")));
        assert!(matches!(refused, Err(WriteError::Refused(StoreError::BadEntry { .. }))));
        assert!(store.write(|tx| put(tx, "a", "1")).is_ok());
    });
}

#[test]
fn counters_count_without_gaps_even_when_a_write_is_refused() {
    on_each_database(|database| {
        let store = open(database);
        let next = |tx: &mut Tx<'_>| {
            tx.enter(a_draft("export"))?;
            meta::next_number(tx.conn(), "exports:2026")
        };
        assert_eq!(store.write(next).unwrap().value, 1);
        let refused = store.write(move |tx| next(tx).and(Err::<u64, _>(StoreError::ReadOnly)));
        assert!(refused.is_err());
        assert_eq!(store.write(next).unwrap().value, 2);
    });
}
