//! What the ledger says agrees with the rows, and says nothing more.

use serde_json::{Value, json};

use super::{named, scratch};
use crate::archive::cases::{Explain, Reason, facts};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::Scratch;
use crate::base::id::CaseId;
use crate::ledger::entry::{EntryKind, decode};
use crate::store::rows::{cases, ledger};

const CASE: &str = "SC-2026-001";

fn busy(scratch: &Scratch) -> CaseId {
    scratch.take(json!({"kind": "delivery_confirmation", "case": CASE, "occurred": "2026-06-01",
        "parties": [{"role": "customer", "name": "甲公司"}]}));
    scratch
        .event_with(CASE, json!({"kind": "assigned", "at": "2026-06-02T09:00", "person": "王芳"}))
        .unwrap();
    let wrong = scratch.event(CASE, "resolved", "2026-06-03T09:00").unwrap();
    let reason = Reason::parse("弄错了").unwrap();
    scratch.archive.cancel_case_event(&scratch.operator(), &named(CASE), wrong.id, &reason).unwrap();
    scratch
        .change(
            CASE,
            json!({"tier": "金牌", "language": "zh-TW", "parties": [{"role": "customer", "name": "乙公司"}]}),
        )
        .unwrap();
    scratch.event(CASE, "closed", "2026-06-04T09:00").unwrap();
    let gap = scratch.case(CASE).gaps[0].clone();
    let explain = Explain {
        key: gap.shown.key,
        record: gap.shown.record,
        about: None,
        words: Reason::parse("补签中").unwrap(),
    };
    scratch.archive.explain_gap(&scratch.operator(), &named(CASE), explain).unwrap();
    scratch.case(CASE).case.id
}

#[test]
fn the_facts_made_again_from_the_rows_are_those_of_the_ledger() {
    let scratch = scratch();
    let id = busy(&scratch);
    scratch
        .archive
        .inner
        .store
        .read(|conn| {
            let entries: Vec<_> =
                ledger::about(conn, &id.to_string())?.iter().map(|row| decode(&row.body).unwrap()).collect();
            let kinds: Vec<EntryKind> = entries.iter().map(|entry| entry.kind).collect();
            assert_eq!(
                kinds,
                [
                    EntryKind::CaseOpened,
                    EntryKind::CaseEvent,
                    EntryKind::CaseEvent,
                    EntryKind::CaseEventCancelled,
                    EntryKind::CaseChanged,
                    EntryKind::CaseEvent,
                    EntryKind::GapExplained,
                ]
            );
            let row = cases::get(conn, id)?.unwrap();
            let members = cases::parties_of(conn, id)?;
            let standing = entries.iter().rev().find_map(|entry| entry.facts.get("case")).unwrap();
            assert_eq!(*standing, facts::standing(&row, &members));
            let told: Vec<&Value> = entries.iter().filter_map(|entry| entry.facts.get("event")).collect();
            for event in cases::events_of(conn, id)? {
                assert!(told.contains(&&facts::event_row(&event)));
            }
            assert_eq!(told.len(), 4);
            let explained = cases::explanations_of(conn, id)?;
            let last = entries.last().unwrap();
            assert_eq!(last.facts["explanation"], facts::explanation_row(&explained[0]));
            Ok::<_, crate::store::StoreError>(())
        })
        .unwrap();
}

#[test]
fn no_word_of_a_case_lies_in_clear() {
    if crate::archive::tests::on_postgres() {
        // Looks into the file of SQLite.
        return;
    }
    let scratch = scratch();
    busy(&scratch);
    let mut bytes = Vec::new();
    for file in ["archive.sqlite", "archive.sqlite-wal"] {
        bytes.extend(std::fs::read(scratch.place.data().join(file)).unwrap_or_default());
    }
    assert!(bytes.len() > 10_000);
    for word in [CASE, "甲公司", "乙公司", "王芳", "弄错了", "补签中"] {
        let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!found, "{word}");
    }
}

#[test]
fn what_somebody_changed_behind_the_archives_back_is_not_vouched_for_by_the_next_change() {
    if crate::archive::tests::on_postgres() {
        // Changes the file of SQLite.
        return;
    }
    let scratch = scratch();
    busy(&scratch);
    let sql = "UPDATE cases SET opened_at = opened_at - 8640000000000";
    crate::store::testing::execute_raw(&scratch.place.database(), sql);
    let event = scratch.event(CASE, "escalated", "2026-02-05T09:00:00+08:00");
    assert!(matches!(event, Err(Refusal::Damaged(Thing::Case))), "{event:?}");
}
