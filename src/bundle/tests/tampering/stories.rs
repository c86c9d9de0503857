//! Logs that tell what cannot be true, forged from the first entry on by the holder of the key: every proof
//! holds, every digest was made again, and the entries contradict one another.

use serde_json::{Value, json};

use super::super::super::frozen::Correction;
use super::super::super::plan::{FailedReason, Outcome};
use super::super::super::testing::{Unpacked, World, codes};
use super::impossible;
use crate::base::canonical;
use crate::ledger::proof::to_tlog_proof;

/// The entries of the sample log.
pub(super) const CAPTURED: usize = 1;
const SEGMENT: usize = 2;
pub(super) const READ: usize = 5;
pub(super) const CLASSIFIED: usize = 6;
pub(super) const BEGUN: usize = 7;
/// Who enters everything.
const ACTOR: &str = "0195a5b0-0000-7000-8000-000000000001";
pub(super) const OTHER: &str = "0195a5b0-0000-7000-8000-000000000002";
pub(super) const APPROVAL: &str = "0195a5b0-0000-7000-8000-000000000003";

pub(super) type Forgery = (&'static str, fn(&mut World), &'static str);

pub(super) fn edit(world: &mut World, entry: usize, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&world.entries[entry]).unwrap();
    change(&mut value);
    world.entries[entry] = canonical::to_bytes(&value);
}

pub(super) fn fact(world: &mut World, entry: usize, name: &str, fact: Value) {
    edit(world, entry, |value| value["facts"][name] = fact);
}

pub(super) fn kind(world: &mut World, entry: usize, kind: &str) {
    edit(world, entry, |value| value["kind"] = json!(kind));
}

pub(super) fn at(world: &mut World, entry: usize, at: &str) {
    edit(world, entry, |value| value["at"] = json!(at));
}

/// Makes the entry one that froze this package: with the facts of the true one, but for seven items.
fn begun_again(world: &mut World, entry: usize) {
    let begun: Value = serde_json::from_slice(&world.entries[BEGUN]).unwrap();
    edit(world, entry, |value| {
        value["kind"] = json!("exported_begun");
        value["facts"] = begun["facts"].clone();
        value["facts"]["items"] = json!(7);
        value["facts"]["items_digest"] = json!("0".repeat(64));
    });
}

/// Makes the last entry before the list an erasure of the log of which entries 1 and 3 are exported.
pub(super) fn erased(world: &mut World, change: impl FnOnce(&mut Value)) {
    let log = world.samples[1].record.to_string();
    edit(world, CLASSIFIED, |value| {
        value["kind"] = json!("entry_erased");
        value["subject"] = json!(log);
        value["facts"] = json!({
            "countersign": {"approval": APPROVAL, "by": OTHER},
            "entries": [0, 2], "left": 3, "number": 1, "reason": "court_order",
        });
        change(&mut value["facts"]);
    });
}

pub(super) fn countersigned(world: &mut World, fact_of: Value) {
    fact(world, BEGUN, "countersign", fact_of);
}

/// What holds: what an archive enters that looks like one of the forgeries.
#[allow(clippy::type_complexity, reason = "named once, where it is made")]
const HONEST: &[(&str, fn(&mut World))] = &[
    ("as it is", |_| {}),
    ("two entries of one instant", |w| at(w, CLASSIFIED, "2026-03-01T08:30:05.000000Z")),
    ("entries of a log that stay, beside erased ones", |w| erased(w, |_| {})),
    ("a second person", |w| countersigned(w, json!({"approval": APPROVAL, "by": OTHER}))),
    ("received by a clock that was ahead", |w| {
        fact(w, CAPTURED, "received_at", json!("2026-03-02T08:00:00.000000Z"));
    }),
    ("an instant of the day before, in UTC", |w| {
        fact(w, CAPTURED, "occurred_at", json!("2026-01-31T17:00:00.000000Z"));
    }),
    ("late by eight days, entered at midnight", |w| {
        fact(w, CAPTURED, "occurred_on", json!("2026-02-21"));
        fact(w, CAPTURED, "late", json!(false));
    }),
    ("a log whose system is ahead of time", |w| {
        fact(w, SEGMENT, "occurred_on", json!("2030-01-01"));
        fact(w, SEGMENT, "late", json!(false));
    }),
    ("a record amended", |w| {
        let first: Value = serde_json::from_slice(&w.entries[CAPTURED]).unwrap();
        edit(w, READ, |value| {
            value["kind"] = json!("amended");
            value["facts"] = first["facts"].clone();
            value["facts"]["version"] = json!(2);
        });
        w.freeze_again();
    }),
    ("a record that was sealed, and given back", |w| {
        kind(w, READ, "record_sealed");
        kind(w, CLASSIFIED, "disposition_step");
        fact(w, CLASSIFIED, "step", json!("restored"));
    }),
    ("a record that another corrects", |w| {
        impossible::corrects(w);
        w.corrections.insert(Correction { record: w.samples[0].record, by: w.samples[2].record });
        w.freeze_again();
    }),
    ("a line that was destroyed, and called so", |w| {
        erased(w, |_| {});
        impossible::absent(w, 1, (1, "0,2"), Outcome::Failed(FailedReason::Destroyed));
    }),
];

const FORGERIES: &[Forgery] = &[
    ("a second list, of a record", |w| begun_again(w, CLASSIFIED), "not_frozen"),
    (
        "a second list, of a record, that freezes later entries",
        |w| {
            begun_again(w, READ);
            fact(w, READ, "custody_size", json!(9));
        },
        "not_frozen",
    ),
    (
        "a second list, without its custody",
        |w| {
            begun_again(w, READ);
            edit(w, READ, |value| drop(value["facts"].as_object_mut().unwrap().remove("custody_digest")));
        },
        "not_frozen",
    ),
    ("the list freezes what came after it", |w| fact(w, BEGUN, "custody_size", json!(9)), "frozen_elsewhere"),
    (
        "the list leaves out what came before it",
        |w| {
            edit(w, CLASSIFIED, |value| value["subject"] = json!("somebody-else"));
            w.freeze_again();
            fact(w, BEGUN, "custody_size", json!(6));
        },
        "frozen_elsewhere",
    ),
    ("a second list is nothing that happens to a record", |w| begun_again(w, CLASSIFIED), "custody_kind"),
    (
        "the list of another package, about a record",
        |w| {
            begun_again(w, READ);
            fact(w, READ, "bundle", json!("MUN-EXP-2026-000009"));
        },
        "custody_kind",
    ),
    (
        "an instant before that of the entry before",
        |w| {
            at(w, CLASSIFIED, "2020-03-01T08:30:06.000000Z");
        },
        "instant_order",
    ),
    (
        "an instant after that of the next entry",
        |w| {
            at(w, READ, "2027-03-01T08:30:05.000000Z");
        },
        "instant_order",
    ),
    (
        "a capture entered before the archive's own last",
        |w| {
            at(w, SEGMENT, "2026-02-28T08:30:00.000000Z");
        },
        "instant_order",
    ),
    ("the archive founded by a record", |w| kind(w, READ, "archive_created"), "custody_kind"),
    ("a user created by a record", |w| kind(w, READ, "user_created"), "custody_kind"),
    (
        "captured a second time",
        |w| {
            let first: Value = serde_json::from_slice(&w.entries[CAPTURED]).unwrap();
            edit(w, READ, |value| {
                value["kind"] = json!("captured");
                value["facts"] = first["facts"].clone();
            });
        },
        "history_order",
    ),
    (
        "amended from the first to the third version",
        |w| {
            let first: Value = serde_json::from_slice(&w.entries[CAPTURED]).unwrap();
            edit(w, READ, |value| {
                value["kind"] = json!("amended");
                value["facts"] = first["facts"].clone();
                value["facts"]["version"] = json!(3);
            });
        },
        "history_order",
    ),
    (
        "an entry that is here was erased",
        |w| {
            erased(w, |facts| facts["entries"] = json!([0, 3]));
        },
        "erased_exported",
    ),
    (
        "a log that is here whole lost an entry",
        |w| {
            let whole = w.samples[3].record.to_string();
            erased(w, |_| {});
            edit(w, CLASSIFIED, |value| value["subject"] = json!(whole));
        },
        "erased_exported",
    ),
    ("more left than there can be", |w| erased(w, |facts| facts["left"] = json!(5)), "erasure_differs"),
    (
        "the second erasure without a first",
        |w| {
            erased(w, |facts| facts["number"] = json!(2));
        },
        "erasure_differs",
    ),
    (
        "an entry erased that the log never had",
        |w| {
            erased(w, |facts| facts["entries"] = json!([0, 5]));
        },
        "erasure_differs",
    ),
    ("nothing erased", |w| erased(w, |facts| facts["entries"] = json!([])), "erasure_differs"),
    (
        "erased for a reason of its own",
        |w| {
            erased(w, |facts| facts["reason"] = json!("tidying"));
        },
        "erasure_differs",
    ),
    (
        "erased from what is no log",
        |w| {
            let record = w.samples[0].record.to_string();
            erased(w, |_| {});
            edit(w, CLASSIFIED, |value| value["subject"] = json!(record));
        },
        "erasure_differs",
    ),
    (
        "erased by one person alone",
        |w| {
            erased(w, |facts| facts["countersign"] = json!("not_countersigned"));
        },
        "countersign_form",
    ),
    (
        "erased with oneself as the second person",
        |w| {
            erased(w, |facts| facts["countersign"]["by"] = json!(ACTOR));
        },
        "countersign_self",
    ),
    (
        "exported with oneself as the second person",
        |w| {
            countersigned(w, json!({"approval": APPROVAL, "by": ACTOR}));
        },
        "countersign_self",
    ),
    ("countersigned by a word", |w| countersigned(w, json!("whatever")), "countersign_form"),
    ("countersigned without an approval", |w| countersigned(w, json!({"by": OTHER})), "countersign_form"),
    ("countersigned by nothing", |w| countersigned(w, Value::Null), "countersign_form"),
    (
        "nothing said of a second person",
        |w| {
            edit(w, BEGUN, |value| drop(value["facts"].as_object_mut().unwrap().remove("countersign")));
        },
        "countersign_form",
    ),
    (
        "received after it was entered",
        |w| {
            fact(w, CAPTURED, "received_at", json!("2030-03-01T08:00:00.000000Z"));
        },
        "date_contradicts",
    ),
    (
        "received at no instant",
        |w| {
            fact(w, CAPTURED, "received_at", json!("2026-02-30T08:00:00.000000Z"));
        },
        "no_such_date",
    ),
    (
        "a day that no calendar has",
        |w| {
            fact(w, CAPTURED, "occurred_on", json!("2026-02-30"));
        },
        "no_such_date",
    ),
    ("no day", |w| fact(w, CAPTURED, "occurred_on", Value::Null), "no_such_date"),
    (
        "a day against the instant",
        |w| {
            fact(w, CAPTURED, "occurred_at", json!("2019-02-01T08:00:00.000000Z"));
        },
        "date_contradicts",
    ),
    (
        "an instant spelled as no ledger does",
        |w| {
            fact(w, CAPTURED, "occurred_at", json!("2026-02-01T08:00:00+08:00"));
        },
        "no_such_date",
    ),
    (
        "a day long after it was entered",
        |w| {
            fact(w, CAPTURED, "occurred_on", json!("2026-03-09"));
            fact(w, CAPTURED, "late", json!(false));
        },
        "date_contradicts",
    ),
    ("late, and not called so", |w| fact(w, CAPTURED, "late", json!(false)), "late_differs"),
    (
        "in time, and called late",
        |w| {
            fact(w, CAPTURED, "occurred_on", json!("2026-02-27"));
        },
        "late_differs",
    ),
    ("neither late nor in time", |w| fact(w, CAPTURED, "late", Value::Null), "late_differs"),
    (
        "a package of another year",
        |w| {
            for entry in [READ, CLASSIFIED, BEGUN] {
                at(w, entry, "2027-03-01T08:30:05.000000Z");
            }
        },
        "name_year",
    ),
];

#[test]
fn what_an_archive_honestly_enters_is_accepted() {
    for (name, change) in HONEST {
        let mut world = World::new();
        change(&mut world);
        assert_eq!(codes(&world.bundle().0), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn a_log_that_cannot_be_true_is_refused_for_what_contradicts() {
    let mut wrong = Vec::new();
    for (name, forge, expected) in FORGERIES.iter().chain(impossible::FORGERIES) {
        let mut world = World::new();
        forge(&mut world);
        let codes = codes(&world.bundle().0);
        let proofs = ["not_in_log", "bad_signature", "signature_of_other", "other_custody", "custody_order"];
        if !codes.contains(expected) || codes.iter().any(|code| proofs.contains(code)) {
            wrong.push(format!("{name}: expected {expected}, found {codes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_list_that_was_frozen_without_its_custody_is_named() {
    let mut world = World::new();
    let mut unpacked = Unpacked::of(&world.bundle().0);
    edit(&mut world, BEGUN, |value| drop(value["facts"].as_object_mut().unwrap().remove("custody_digest")));
    relog(&mut unpacked, &world);
    let codes = codes(&unpacked.pack());
    assert!(codes.contains(&"begun_unreadable") && !codes.contains(&"not_frozen"), "{codes:?}");
}

/// Puts the entries of another log in the place of those that are there, with proofs that hold.
fn relog(unpacked: &mut Unpacked, world: &World) {
    let note = world.checkpoint();
    let proofs: Vec<String> =
        unpacked.files.keys().filter(|path| path.ends_with(".tlog-proof")).cloned().collect();
    for path in proofs {
        let text = unpacked.text(&path);
        let index = text.lines().nth(1).and_then(|line| line.strip_prefix("index ")).unwrap();
        let proven = world.proven(index.parse().unwrap());
        let entry = match path.strip_prefix("proof/custody/") {
            Some(_) => path.replace("tlog-proof", "json"),
            None => path.replace("proof/", "proof/entries/").replace(".tlog-proof", ".json"),
        };
        unpacked.files.insert(path, to_tlog_proof(proven.seq, &proven.hashes, &note).into_bytes());
        unpacked.files.insert(entry, proven.bytes);
    }
    unpacked.files.insert("proof/checkpoint".to_owned(), note.into_bytes());
    unpacked.resign(&world.key);
}

#[test]
fn the_checker_in_the_package_knows_the_same_words() {
    use crate::ledger::entry::EntryKind;
    use crate::record::erasure::ErasureReason;
    let checker = include_str!("../../pages/verify_bundle.py");
    let words = |name: &str| {
        let start = checker.split(&format!("\n{name} = \"\"\"")).nth(1).unwrap();
        let mut words: Vec<&str> = start.split("\"\"\"").next().unwrap().split_whitespace().collect();
        words.sort_unstable();
        words
    };
    let kinds = |about| {
        let mut kinds: Vec<&str> = EntryKind::ALL
            .iter()
            .filter(|kind| kind.is_about_records() == about)
            .map(|kind| kind.as_str())
            .collect();
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(words("OF_RECORDS"), kinds(true));
    assert_eq!(words("OF_OTHERS"), kinds(false));
    let mut reasons: Vec<&str> = ErasureReason::ALL.iter().map(|reason| reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(words("ERASED_BECAUSE"), reasons);
}

#[test]
fn the_checker_in_the_package_knows_the_same_endings() {
    let checker = include_str!("../../pages/verify_bundle.py");
    let start = checker.split("\nENDINGS = \"\"\"").nth(1).unwrap();
    let endings: Vec<&str> = start.split("\"\"\"").next().unwrap().split_whitespace().collect();
    assert_eq!(endings, crate::bundle::layout::EXTENSIONS);
}
