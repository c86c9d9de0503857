//! Holds are placed while destructions go on: nothing is destroyed while it is held.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use serde_json::json;

use super::court::{Court, a_log};
use crate::archive::refusal::Refusal;
use crate::archive::tests::on_postgres;
use crate::base::id::RecordId;
use crate::ledger::entry::{EntryKind, decode};
use crate::store::rows::ledger;

/// How often a hold is placed while an entry is erased.
fn rounds() -> usize {
    if on_postgres() { 100 } else { 1_000 }
}

#[test]
fn a_hold_that_is_placed_while_a_batch_executes_is_never_too_late() {
    let court = Court::new();
    // Each log serves for as many rounds as it has entries.
    const ENTRIES: usize = 50;
    let logs: Vec<RecordId> =
        (0..rounds() / ENTRIES).map(|_| a_log(court.archive(), "SC-1", &json!({}), ENTRIES)).collect();
    let (destroyed, stopped) = (AtomicU32::new(0), AtomicU32::new(0));
    for log in logs {
        for entry in 0..ENTRIES as u64 {
            let approval = court.approved(log, &[entry]);
            let start = Barrier::new(2);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    start.wait();
                    court.placed(json!({"records": [format!("{log}.{entry}")]}), &json!({}));
                });
                scope.spawn(|| {
                    start.wait();
                    let request = court.request(log, &[entry]);
                    match court.archive().erase_entries(&court.asks, &request, Some(approval)) {
                        Ok(_) => destroyed.fetch_add(1, Ordering::Relaxed),
                        Err(Refusal::Held { .. }) => stopped.fetch_add(1, Ordering::Relaxed),
                        Err(other) => panic!("{other}"),
                    }
                });
            });
        }
    }
    let (destroyed, stopped) = (destroyed.into_inner(), stopped.into_inner());
    println!("{destroyed} destroyed before a hold stood, {stopped} stopped");
    assert_eq!(destroyed + stopped, rounds() as u32);
    assert_eq!(destroyed_while_held(&court), 0);
}

/// How many entries the ledger says were erased behind the entry by which a hold named them. Worked out from the
/// ledger's order alone.
fn destroyed_while_held(court: &Court) -> usize {
    let inner = &court.archive().inner;
    let keys = inner.keys();
    let key = keys.index.as_ref().map(super::super::SaidKey::of);
    let (mut register, mut wrong, mut next) = (super::super::Register::default(), 0, 0);
    loop {
        let rows = inner.store.read(|conn| ledger::entries_from(conn, next, 500)).unwrap();
        let Some(last) = rows.last() else { return wrong };
        next = last.seq + 1;
        for row in &rows {
            let entry = decode(&row.body).unwrap();
            if let Some(said) = super::super::HoldSaid::of(key.as_ref(), entry.kind, &entry.facts) {
                register.hear(said);
            }
            if entry.kind == EntryKind::EntryErased {
                let record = RecordId::parse(&entry.subject).unwrap();
                let entries = entry.facts["entries"].as_array().unwrap();
                wrong += register
                    .iter()
                    .filter(|(hold, word)| {
                        let tokens = super::super::tokens::Tokens::of(&keys, *hold).unwrap();
                        entries.iter().any(|number| {
                            word.members.contains(&tokens.entry(record, number.as_u64().unwrap()))
                        })
                    })
                    .count();
            }
        }
    }
}

/// A hold that may be placed.
#[derive(Debug, Clone, Copy)]
enum Named {
    Log(usize),
    Entry(usize, u64),
    Case,
    Category,
    Confidential(usize),
}

fn a_hold() -> impl Strategy<Value = Named> {
    prop_oneof![
        (0..3_usize).prop_map(Named::Log),
        (0..3_usize, 0..4_u64).prop_map(|(log, entry)| Named::Entry(log, entry)),
        Just(Named::Case),
        Just(Named::Category),
        (0..3_usize).prop_map(Named::Confidential),
    ]
}

#[test]
fn no_hold_that_is_added_permits_a_destruction() {
    let court = Court::new();
    let logs: Vec<RecordId> = (0..3).map(|_| a_log(court.archive(), "SC-1", &json!({}), 4)).collect();
    let inner = &court.archive().inner;
    // Whether an entry of a log could be destroyed now, as the gate asks.
    let is_free = |log: RecordId, entry: u64| {
        let over =
            super::super::Over::of(inner, super::super::stopping(&inner.holds_now().unwrap(), inner.now()));
        let row = super::court::row(court.archive(), log);
        let entries = std::collections::BTreeSet::from([entry]);
        let read = inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            over.record(conn, &ledger, (&row, super::Part::Entries(&entries)), super::super::Care::Full)
        });
        read.unwrap().is_empty()
    };
    let all: Vec<(RecordId, u64)> = logs.iter().flat_map(|log| (0..4).map(|entry| (*log, entry))).collect();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(30));
    let done = runner.run(&proptest::collection::vec(a_hold(), 1..3), |holds| {
        let mut free: Vec<bool> = all.iter().map(|(log, entry)| is_free(*log, *entry)).collect();
        let mut placed = Vec::new();
        for hold in holds {
            let (members, more) = match hold {
                Named::Log(log) => (json!({"records": [logs[log].to_string()]}), json!({})),
                Named::Entry(log, entry) => {
                    (json!({"records": [format!("{}.{entry}", logs[log])]}), json!({}))
                }
                Named::Case => (json!({"cases": [court.case.to_string()]}), json!({"mode": "snapshot"})),
                Named::Category => (json!({"categories": ["cn.other"]}), json!({})),
                Named::Confidential(log) => {
                    (json!({"records": [logs[log].to_string()]}), json!({"confidential": true}))
                }
            };
            placed.push(court.placed(members, &more));
            let now: Vec<bool> = all.iter().map(|(log, entry)| is_free(*log, *entry)).collect();
            prop_assert!(
                free.iter().zip(&now).all(|(before, now)| *before || !now),
                "{hold:?} freed something"
            );
            free = now;
        }
        Ok(())
    });
    done.unwrap();
    // And what the gate says follows from it.
    for (log, entry) in all.into_iter().take(4) {
        assert_eq!(court.erase(log, &[entry]).is_ok(), is_free(log, entry));
    }
}
