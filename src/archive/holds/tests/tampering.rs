//! Whoever can write to the database frees nothing.

use serde_json::json;

use super::court::Court;
use super::{HoldQueryFilter, is_held, verified};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::{on_postgres, reseal};
use crate::archive::verify::FaultKind;
use crate::store::testing::execute_raw;

fn tamper(court: &Court, sql: &str) {
    execute_raw(&court.house.place.database(), sql);
}

fn faults(court: &Court) -> Vec<FaultKind> {
    verified(court).faults.iter().map(|fault| fault.kind).collect()
}

#[test]
fn rows_of_a_hold_that_were_taken_away_free_nothing_and_are_named() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let mut court = Court::new();
    let hold = court.placed(json!({"records": [court.log.to_string()]}), &json!({}));
    let copy = court.house.place.data().join("copy.sqlite");
    tamper(&court, &format!("VACUUM INTO '{}'", copy.display()));
    let back = format!(
        "ATTACH '{}' AS o; DELETE FROM holds; INSERT INTO holds SELECT * FROM o.holds; DELETE FROM hold_members; \
         INSERT INTO hold_members SELECT * FROM o.hold_members; INSERT OR IGNORE INTO cells SELECT * FROM o.cells",
        copy.display()
    );
    for (sql, kind) in [
        ("DELETE FROM hold_members", FaultKind::RowMissing),
        ("DELETE FROM holds", FaultKind::RowMissing),
        (
            "DELETE FROM holds; DELETE FROM hold_members; DELETE FROM cells WHERE part = 'profile' AND owner NOT IN \
          (SELECT id FROM users UNION SELECT id FROM parties UNION SELECT id FROM cases UNION SELECT id FROM matters)",
            FaultKind::RowMissing,
        ),
        ("UPDATE holds SET state = 'released', released_at = 1, rests_until = 2", FaultKind::RowDiffers),
        ("UPDATE hold_members SET token = randomblob(16)", FaultKind::RowDiffers),
        ("UPDATE hold_members SET named = randomblob(188)", FaultKind::RowDiffers),
        (
            "INSERT INTO hold_members SELECT hold_id, randomblob(16), 7, named FROM hold_members",
            FaultKind::RowUnknown,
        ),
        (
            "INSERT INTO holds SELECT 'a' || substr(id, 2), matter_id, kind, mode, state, confidential, zone, grace_days, \
          review_by, 0, 0, placed_at, placed_by, released_at, released_by, rests_until, blind FROM holds",
            FaultKind::RowUnknown,
        ),
    ] {
        tamper(&court, sql);
        assert!(is_held(&court.erase(court.log, &[0]), 1), "{sql}");
        let found = faults(&court);
        assert!(found.contains(&kind), "{sql}: {found:?}");
        let listed = court.archive().list_holds(&court.counsel, HoldQueryFilter::default(), None, 9).unwrap();
        assert_eq!(listed.items.iter().map(|line| line.id).collect::<Vec<_>>(), [hold], "{sql}");
        tamper(&court, &back);
        assert!(faults(&court).is_empty(), "{sql}");
    }
    tamper(&court, "DELETE FROM holds; DELETE FROM hold_members");
    court.reopen();
    assert!(is_held(&court.erase(court.log, &[0]), 1), "after a new start");
}

#[test]
fn a_hold_that_is_not_as_it_was_entered_is_marked_and_neither_changed_nor_released() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let court = Court::new();
    let hold = court.placed(json!({"records": [court.log.to_string()]}), &json!({}));
    let id = court.release_asked(hold).unwrap();
    court.archive().decide_approval(&court.partner, id, crate::access::two_person::Verdict::Approve).unwrap();
    tamper(&court, "UPDATE holds SET grace_days = 1");
    let line = court
        .archive()
        .list_holds(&court.counsel, HoldQueryFilter::default(), None, 9)
        .unwrap()
        .items
        .remove(0);
    assert!(line.damaged && line.title.is_none());
    assert!(matches!(court.archive().hold(&court.counsel, hold), Err(Refusal::Damaged(Thing::Hold))));
    let released = court.archive().release_hold(&court.counsel, hold, Some(id));
    assert!(matches!(released, Err(Refusal::Damaged(Thing::Hold))));
    let grown = court.add(hold, &json!({"cases": [court.case.to_string()]}));
    assert!(matches!(grown, Err(Refusal::Damaged(Thing::Hold))));
}

#[test]
fn a_live_query_whose_words_cannot_be_read_any_more_holds_everything() {
    let court = Court::new();
    let far = court.another_log("SC-9", &json!({"parties": []}));
    let hold = court.placed(json!({"query": {"words": "nothing_says_this"}}), &json!({}));
    assert!(court.erase(far, &[0]).is_ok());
    let words = json!({"title": "x", "reason": "y", "fields": [], "query": null});
    reseal(court.archive(), &hold.to_string(), "profile", &words);
    assert!(is_held(&court.erase(far, &[1]), 1));
}

#[test]
fn entries_about_a_hold_that_were_renamed_or_hidden_free_nothing() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let mut court = Court::new();
    court.placed(json!({"records": [court.log.to_string()]}), &json!({}));
    // Whatever was kept for a quick start is as good as its key; without it the ledger is read.
    tamper(&court, "UPDATE ledger_entries SET kind = 'searched', subject = 'x' WHERE kind = 'hold_placed'");
    let kept = court.house.place.last_words();
    court.reopen_after(|| drop(std::fs::remove_file(&kept)));
    assert!(is_held(&court.erase(court.log, &[0]), 1));
    assert!(!verified(&court).is_clean());
}
