//! Records, entries and originals, with everything signed anew.

use serde_json::json;

use super::{By, Case, ENTRY, NATIVE, OPENINGS, PROOF, RECORD, SECOND, push};

pub(super) const CASES: &[Case] = &[
    ("a native changed", By::Insider, |u| push(u, NATIVE, "x"), "commitment_differs"),
    ("a native lengthened", By::Insider, |u| push(u, NATIVE, "x"), "size_differs"),
    (
        "a native emptied",
        By::Insider,
        |u| {
            u.files.insert(NATIVE.to_owned(), Vec::new());
        },
        "commitment_differs",
    ),
    (
        "two natives swapped",
        By::Insider,
        |u| u.swap(NATIVE, "data/records/R000004/native.pdf"),
        "commitment_differs",
    ),
    ("a native taken away", By::Insider, |u| u.remove(SECOND), "record_differs"),
    (
        "a native slipped in",
        By::Insider,
        |u| push(u, "data/records/R000001/native-03.pdf", "x"),
        "unknown_file",
    ),
    (
        "a component taken away",
        By::Insider,
        |u| {
            u.remove(SECOND);
            u.edit_json(RECORD, |r| {
                r["components"].as_array_mut().unwrap().pop();
            });
        },
        "record_differs",
    ),
    (
        "a date changed in record.json",
        By::Insider,
        |u| u.edit(RECORD, "2026-02-01", "2025-02-01"),
        "record_differs",
    ),
    (
        "a title changed",
        By::Insider,
        |u| u.edit(RECORD, "数据处理授权书", "数据处理拒绝书"),
        "commitment_differs",
    ),
    (
        "a descriptor that is a text",
        By::Insider,
        |u| u.edit_json(RECORD, |r| r["descriptor"] = json!("x")),
        "descriptor_form",
    ),
    (
        "names of files that are none",
        By::Insider,
        |u| u.edit_json(RECORD, |r| r["descriptor"]["original_names"] = json!([5])),
        "descriptor_form",
    ),
    (
        "no name of a file",
        By::Insider,
        |u| u.edit_json(RECORD, |r| r["descriptor"]["original_names"] = json!([null])),
        "descriptor_form",
    ),
    (
        "a number that is no whole one in the descriptor",
        By::Insider,
        |u| u.edit_json(RECORD, |r| r["descriptor"]["fields"] = json!({"n": 1.5})),
        "descriptor_form",
    ),
    (
        "a reference that runs over a line",
        By::Insider,
        |u| u.edit_json(RECORD, |r| r["case_reference"] = json!("SC-1\r\nSC-2")),
        "record_differs",
    ),
    (
        "the descriptor taken away",
        By::Insider,
        |u| u.edit_json(RECORD, |r| r["descriptor"] = json!(null)),
        "record_differs",
    ),
    (
        "a descriptor slipped in",
        By::Insider,
        |u| {
            u.edit_json("data/records/R000002/record.json", |r| r["descriptor"] = json!({"title": "x"}));
        },
        "opening_missing",
    ),
    (
        "a field added to record.json",
        By::Insider,
        |u| u.edit_json(RECORD, |r| r["note"] = json!("x")),
        "record_differs",
    ),
    ("record.json spelled otherwise", By::Insider, |u| u.edit(RECORD, "{\"", "{ \""), "record_unreadable"),
    (
        "a digest changed in record.json",
        By::Insider,
        |u| {
            u.edit_json(RECORD, |r| r["components"][0]["file"]["sha256"] = json!("00"));
        },
        "record_differs",
    ),
    (
        "a path out of the folder",
        By::Insider,
        |u| {
            u.edit_json(RECORD, |r| r["components"][0]["file"]["path"] = json!("../../etc/passwd"));
        },
        "record_differs",
    ),
    (
        "another record's original named",
        By::Insider,
        |u| {
            u.edit_json(RECORD, |r| {
                r["components"][0]["file"]["path"] = json!("data/records/R000004/native.pdf")
            });
        },
        "record_differs",
    ),
    ("no record.json", By::Insider, |u| u.remove(RECORD), "missing_file"),
    ("an entry changed", By::Insider, |u| u.edit(ENTRY, "2026-02-01", "2025-02-01"), "not_in_log"),
    ("an entry that is no entry", By::Insider, |u| u.edit(ENTRY, "{", "["), "entry_unreadable"),
    (
        "an entry of another kind",
        By::Insider,
        |u| {
            u.swap(ENTRY, "proof/custody/C000001.json");
            u.swap(PROOF, "proof/custody/C000001.tlog-proof");
        },
        "entry_of_other",
    ),
    ("entries exchanged", By::Insider, |u| u.swap(ENTRY, "proof/entries/R000004.json"), "not_in_log"),
    ("proofs exchanged", By::Insider, |u| u.swap(PROOF, "proof/R000004.tlog-proof"), "not_in_log"),
    (
        "entries and proofs exchanged",
        By::Insider,
        |u| {
            u.swap(ENTRY, "proof/entries/R000004.json");
            u.swap(PROOF, "proof/R000004.tlog-proof");
        },
        "record_differs",
    ),
    (
        "two records exchanged whole",
        By::Insider,
        |u| {
            for (a, b) in [(ENTRY, "proof/entries/R000005.json"), (PROOF, "proof/R000005.tlog-proof")] {
                u.swap(a, b);
            }
            u.swap(RECORD, "data/records/R000005/record.json");
        },
        "record_differs",
    ),
    ("another position", By::Insider, |u| u.edit(PROOF, "index 1", "index 2"), "not_in_log"),
    (
        "a position spelled otherwise",
        By::Insider,
        |u| u.edit(PROOF, "index 1", "index 01"),
        "proof_unreadable",
    ),
    (
        "an extra line in a proof",
        By::Insider,
        |u| u.edit(PROOF, "\nindex", "\nextra AAAA\nindex"),
        "proof_unreadable",
    ),
    ("no proof", By::Insider, |u| u.remove(PROOF), "missing_file"),
    ("no entry", By::Insider, |u| u.remove(ENTRY), "missing_file"),
    (
        "an opening changed",
        By::Insider,
        |u| {
            u.edit_json(OPENINGS, |o| {
                for key in o["components"].as_object_mut().unwrap().values_mut() {
                    *key = json!("00".repeat(32));
                }
            });
        },
        "commitment_differs",
    ),
    (
        "an opening taken away",
        By::Insider,
        |u| u.edit_json(OPENINGS, |o| o["components"] = json!({})),
        "opening_missing",
    ),
    (
        "a key for what is not here",
        By::Insider,
        |u| {
            u.edit_json(OPENINGS, |o| {
                o["components"]["0195a5b0-0000-7000-8000-000000000009"] = json!("00".repeat(32));
            });
        },
        "opening_unknown",
    ),
    (
        "a key for the rest of a segment",
        By::Insider,
        |u| {
            let record: serde_json::Value =
                serde_json::from_slice(&u.files["data/records/R000002/record.json"]).unwrap();
            let id = record["components"][0]["component"].as_str().unwrap().to_owned();
            u.edit_json(OPENINGS, |o| o["components"][id] = json!("00".repeat(32)));
        },
        "opening_unknown",
    ),
    ("openings spelled otherwise", By::Insider, |u| u.edit(OPENINGS, "{\"", "{ \""), "openings_unreadable"),
];
