//! More logs that tell what cannot be true: captures that are none, what goes on after a destruction, approvals and
//! ids out of their time, and lists of what there never was.

use serde_json::{Value, json};

use super::super::super::plan::{FailedReason, Outcome, PlannedItem, Selection, WithheldReason};
use super::super::super::testing::World;
use super::stories::{
    APPROVAL, BEGUN, CAPTURED, CLASSIFIED, Forgery, OTHER, READ, at, countersigned, edit, erased, fact, kind,
};
use crate::base::id::RecordId;

/// Makes a later entry a second version of the first record, with one fact otherwise.
fn second_version(world: &mut World, change: impl FnOnce(&mut Value)) {
    let first: Value = serde_json::from_slice(&world.entries[CAPTURED]).unwrap();
    edit(world, READ, |value| {
        value["kind"] = json!("amended");
        value["facts"] = first["facts"].clone();
        value["facts"]["version"] = json!(2);
    });
    world.freeze_again();
    edit(world, READ, |value| change(&mut value["facts"]));
}

/// The third record says that it corrects the first.
pub(super) fn corrects(world: &mut World) {
    let (entry, first) = (world.samples[2].entry, world.samples[0].record.to_string());
    fact(world, entry, "links", json!([{"kind": "corrects", "link": OTHER, "to": first}]));
}

/// Puts an item of a record of the log on the list that is not in the bundle.
pub(super) fn absent(world: &mut World, sample: usize, (version, entries): (u64, &str), outcome: Outcome) {
    let record = world.samples[sample].record;
    let entries = Selection::parse(entries).unwrap();
    world.items.push(PlannedItem { record, version, entries, outcome });
    world.freeze_again();
}

const DESTROYED: Outcome = Outcome::Failed(FailedReason::Destroyed);

pub(super) const FORGERIES: &[Forgery] = &[
    (
        "a version that has no number",
        |w| second_version(w, |facts| drop(facts.as_object_mut().unwrap().remove("version"))),
        "entry_of_other",
    ),
    ("a version that is a text", |w| second_version(w, |f| f["version"] = json!("x")), "entry_of_other"),
    ("a version that is a truth", |w| second_version(w, |f| f["version"] = json!(true)), "entry_of_other"),
    ("a version below the first", |w| second_version(w, |f| f["version"] = json!(-1)), "entry_of_other"),
    ("a segment that is none", |w| second_version(w, |f| f["segment"] = Value::Null), "entry_of_other"),
    ("a segment that is a text", |w| second_version(w, |f| f["segment"] = json!("x")), "entry_of_other"),
    ("a segment that is a list", |w| second_version(w, |f| f["segment"] = json!([])), "entry_of_other"),
    ("a segment without entries", |w| second_version(w, |f| f["segment"] = json!({})), "entry_of_other"),
    (
        "a segment of what is no log",
        |w| second_version(w, |f| f["segment"] = json!({"entries": 5, "root": "0".repeat(64)})),
        "entry_of_other",
    ),
    ("no component", |w| second_version(w, |f| f["components"] = json!([])), "entry_of_other"),
    (
        "received in the year 0",
        |w| fact(w, CAPTURED, "received_at", json!("0000-01-01T00:00:00.000000Z")),
        "no_such_date",
    ),
    (
        "its key was destroyed, and it is here",
        |w| {
            kind(w, READ, "record_sealed");
            kind(w, CLASSIFIED, "record_shredded");
        },
        "shredded_exported",
    ),
    (
        "its key destroyed without its being sealed",
        |w| kind(w, CLASSIFIED, "record_shredded"),
        "while_sealed",
    ),
    (
        "read while it was sealed",
        |w| {
            kind(w, READ, "record_sealed");
            kind(w, CLASSIFIED, "original_read");
        },
        "while_sealed",
    ),
    (
        "read after its key was destroyed",
        |w| {
            kind(w, READ, "record_shredded");
            kind(w, CLASSIFIED, "original_read");
        },
        "after_shredding",
    ),
    (
        "its key destroyed twice",
        |w| {
            kind(w, READ, "record_shredded");
            kind(w, CLASSIFIED, "record_shredded");
        },
        "after_shredding",
    ),
    (
        "one approval for an erasure and for the export",
        |w| {
            erased(w, |_| {});
            countersigned(w, json!({"approval": APPROVAL, "by": OTHER}));
        },
        "approval_twice",
    ),
    (
        "erased by nobody",
        |w| {
            erased(w, |_| {});
            edit(w, CLASSIFIED, |value| value["actor"] = json!("system"));
        },
        "nobody_acted",
    ),
    ("exported by nobody", |w| edit(w, BEGUN, |value| value["actor"] = json!("system")), "nobody_acted"),
    (
        "a log dated back by a year",
        |w| {
            for entry in 0..w.entries.len() {
                at(w, entry, &format!("2025-03-01T08:30:0{entry}.000000Z"));
            }
        },
        "id_ahead",
    ),
    ("more versions left than there are", |w| fact(w, BEGUN, "versions_left", json!(1)), "versions_differ"),
    ("a newer version than there is", |w| fact(w, BEGUN, "superseded", json!(1)), "versions_differ"),
    (
        "a second version that nobody is told of",
        |w| {
            second_version(w, |_| {});
            fact(w, BEGUN, "superseded", json!(0));
        },
        "versions_differ",
    ),
    ("a correction that nobody is told of", corrects, "corrections_differ"),
    ("a version destroyed that there never was", |w| absent(w, 0, (9, "*"), DESTROYED), "item_unlogged"),
    ("lines destroyed that there never were", |w| absent(w, 1, (1, "100-200"), DESTROYED), "item_unlogged"),
    (
        "a record destroyed that there never was",
        |w| {
            let record = RecordId::parse(OTHER).unwrap();
            let entries = Selection::All;
            w.items.push(PlannedItem { record, version: 1, entries, outcome: DESTROYED });
            w.freeze_again();
        },
        "item_unlogged",
    ),
    (
        "an erased line that is called withheld",
        |w| {
            erased(w, |_| {});
            absent(w, 1, (1, "0,2"), Outcome::Withheld(WithheldReason::Privileged));
        },
        "erased_otherwise",
    ),
    (
        "an erased line that is called damaged",
        |w| {
            erased(w, |_| {});
            absent(w, 1, (1, "0,2"), Outcome::Failed(FailedReason::Damaged));
        },
        "erased_otherwise",
    ),
    (
        "the same lines asked for twice",
        |w| absent(w, 1, (1, "3"), Outcome::Failed(FailedReason::Damaged)),
        "item_twice",
    ),
];
