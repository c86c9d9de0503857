//! Tampering below the ZIP: by somebody careless (manifests left as they are), by an outsider
//! who rewrites every manifest, and by an insider who can even sign with the log's key.

use proptest::prelude::*;
use serde_json::json;

use super::super::testing::{Unpacked, World, check, codes, log_key};
use super::super::verify::{FaultKind, Verdict};

/// Who tampers: what is made consistent again afterwards.
#[derive(Clone, Copy)]
enum By {
    /// Nothing.
    Careless,
    /// All manifests.
    Outsider,
    /// All manifests and the signature.
    Insider,
}

type Case = (&'static str, By, fn(&mut Unpacked), &'static str);

const NATIVE: &str = "data/records/R000001/native.pdf";
const SECOND: &str = "data/records/R000001/native-02.jpg";
const RECORD: &str = "data/records/R000001/record.json";
const ENTRY: &str = "proof/entries/R000001.json";
const PROOF: &str = "proof/R000001.tlog-proof";
const LOG: &str = "data/records/R000002/native.jsonl";
const LOG_PROOFS: &str = "proof/segments/R000002.jsonl";
const INFO: &str = "bag-info.txt";
const ITEMS: &str = "report/items.csv";
const CUSTODY: &str = "data/custody/custody.csv";
const EXCEPTIONS: &str = "report/exceptions.csv";
const OPENINGS: &str = "proof/openings.json";

fn push(unpacked: &mut Unpacked, path: &str, text: &str) {
    let mut all = unpacked.files.get(path).cloned().unwrap_or_default();
    all.extend_from_slice(text.as_bytes());
    unpacked.files.insert(path.to_owned(), all);
}

/// The bag itself: the verdicts of the public conformance suite, and stricter ones.
const BAG: &[Case] = &[
    ("a native changed", By::Careless, |u| push(u, NATIVE, "x"), "digest_differs"),
    ("a tag file changed", By::Careless, |u| push(u, "README.txt", "x"), "digest_differs"),
    ("a native missing", By::Careless, |u| u.remove(NATIVE), "listed_missing"),
    ("a tag file missing", By::Careless, |u| u.remove("README.txt"), "missing_file"),
    ("a file too many in data", By::Careless, |u| push(u, "data/extra.txt", "x"), "unknown_file"),
    ("a file too many beside it", By::Careless, |u| push(u, "extra.txt", "x"), "unknown_file"),
    ("no bagit.txt", By::Careless, |u| u.remove("bagit.txt"), "missing_file"),
    ("another version", By::Outsider, |u| u.edit("bagit.txt", "1.0", "0.97"), "declaration"),
    ("version of three parts", By::Outsider, |u| u.edit("bagit.txt", "1.0", "1.0.0"), "declaration"),
    ("a blank before the colon", By::Outsider, |u| u.edit("bagit.txt", ": 1.0", " : 1.0"), "declaration"),
    ("another encoding", By::Outsider, |u| u.edit("bagit.txt", "UTF-8", "UTF-16"), "declaration"),
    (
        "a byte order mark in bagit.txt",
        By::Outsider,
        |u| u.edit("bagit.txt", "Bag", "\u{FEFF}Bag"),
        "declaration",
    ),
    ("a third line in bagit.txt", By::Outsider, |u| push(u, "bagit.txt", "X: y\n"), "declaration"),
    ("no manifest", By::Careless, |u| u.remove("manifest-sha512.txt"), "missing_file"),
    ("no tag manifest", By::Careless, |u| u.remove("tagmanifest-sha256.txt"), "missing_file"),
    ("a manifest of another algorithm", By::Careless, |u| push(u, "manifest-md5.txt", ""), "unknown_file"),
    (
        "a line too few",
        By::Careless,
        |u| {
            let line = u.text("manifest-sha256.txt").lines().next().unwrap().to_owned() + "\n";
            u.edit("manifest-sha256.txt", &line, "");
        },
        "not_listed",
    ),
    (
        "a line twice",
        By::Careless,
        |u| {
            let line = u.text("manifest-sha256.txt").lines().next().unwrap().to_owned() + "\n";
            push(u, "manifest-sha256.txt", &line);
        },
        "listed_twice",
    ),
    (
        "a line for a file that is not there",
        By::Careless,
        |u| {
            let line =
                u.text("manifest-sha256.txt").lines().next().unwrap().replace("native", "natiue") + "\n";
            push(u, "manifest-sha256.txt", &line);
        },
        "listed_missing",
    ),
    (
        "a path out of the bag",
        By::Careless,
        |u| {
            let line = format!("{}  ../outside.txt\n", "0".repeat(64));
            push(u, "manifest-sha256.txt", &line);
        },
        "listed_missing",
    ),
    (
        "a path with a tilde",
        By::Careless,
        |u| {
            let line = format!("{}  ~/outside.txt\n", "0".repeat(64));
            push(u, "manifest-sha256.txt", &line);
        },
        "listed_missing",
    ),
    (
        "a tag file in the payload manifest",
        By::Careless,
        |u| {
            let line = format!("{}  README.txt\n", "0".repeat(64));
            push(u, "manifest-sha256.txt", &line);
        },
        "listed_missing",
    ),
    (
        "a starred line, as md5sum -b writes",
        By::Careless,
        |u| u.edit("manifest-sha256.txt", "  ", " *"),
        "manifest_line",
    ),
    (
        "a manifest that is not UTF-8",
        By::Careless,
        |u| {
            u.files.get_mut("manifest-sha256.txt").unwrap().push(0xFF);
        },
        "not_text",
    ),
    (
        "only the SHA-256 made anew",
        By::Careless,
        |u| {
            let other = u.text("manifest-sha512.txt");
            push(u, NATIVE, "x");
            u.remanifest();
            u.files.insert("manifest-sha512.txt".to_owned(), other.into_bytes());
        },
        "digest_differs",
    ),
    ("fetch.txt", By::Outsider, |u| push(u, "fetch.txt", "http://x/ 1 data/x\n"), "fetch_refused"),
    ("a wrong Oxum", By::Careless, |u| u.edit(INFO, "Payload-Oxum: ", "Payload-Oxum: 1"), "oxum"),
    ("bag-info that is not UTF-8", By::Outsider, |u| u.files.get_mut(INFO).unwrap().push(0xFF), "not_text"),
    ("a label twice", By::Outsider, |u| push(u, INFO, "Muniment-Kind: evidence\n"), "bag_info"),
    ("an unknown label", By::Outsider, |u| push(u, INFO, "X-Note: trust me\n"), "bag_info"),
    ("no bag-info", By::Careless, |u| u.remove(INFO), "missing_file"),
    ("a file of the Mac", By::Outsider, |u| push(u, ".DS_Store", "x"), "unknown_file"),
];

/// Signature, key and checkpoint.
const TRUST: &[Case] = &[
    ("no signature", By::Careless, |u| u.remove("signature.sig"), "missing_file"),
    (
        "an empty signature",
        By::Careless,
        |u| {
            u.files.insert("signature.sig".to_owned(), Vec::new());
        },
        "bad_signature",
    ),
    (
        "manifests made anew without the key",
        By::Outsider,
        |u| push(u, "README.txt", "x"),
        "signature_of_other",
    ),
    (
        "another bundle's name signed",
        By::Careless,
        |u| u.edit("signature.sig", "000001", "000002"),
        "bad_signature",
    ),
    (
        "a checkpoint as signature",
        By::Careless,
        |u| u.swap("signature.sig", "proof/checkpoint"),
        "bad_signature",
    ),
    ("signed by another key", By::Careless, |u| u.resign(&log_key(9)), "bad_signature"),
    (
        "another key put in",
        By::Outsider,
        |u| {
            u.files.insert("proof/vkey".to_owned(), format!("{}\n", log_key(9).vkey()).into_bytes());
        },
        "other_signer",
    ),
    ("a key that is none", By::Insider, |u| u.edit("proof/vkey", "archive", "Archive"), "bad_vkey"),
    (
        "a checkpoint with another size",
        By::Insider,
        |u| u.edit("proof/checkpoint", "\n8\n", "\n9\n"),
        "bad_checkpoint",
    ),
    (
        "a checkpoint of another log",
        By::Insider,
        |u| {
            let note =
                crate::ledger::checkpoint::sign(&log_key(9), 8, &crate::base::digest::Digest::of(b"x"));
            u.files.insert("proof/checkpoint".to_owned(), note.into_bytes());
        },
        "bad_checkpoint",
    ),
    (
        "another tree, signed by the insider",
        By::Insider,
        |u| {
            let note =
                crate::ledger::checkpoint::sign(&log_key(7), 8, &crate::base::digest::Digest::of(b"x"));
            u.files.insert("proof/checkpoint".to_owned(), note.into_bytes());
        },
        "not_in_log",
    ),
    (
        "an older checkpoint, signed by the insider",
        By::Insider,
        |u| {
            let note =
                crate::ledger::checkpoint::sign(&log_key(7), 2, &crate::base::digest::Digest::of(b"x"));
            u.files.insert("proof/checkpoint".to_owned(), note.into_bytes());
        },
        "proof_of_other_checkpoint",
    ),
    (
        "another fingerprint told",
        By::Insider,
        |u| u.edit(INFO, "Fingerprint: ", "Fingerprint: 0"),
        "bag_info",
    ),
    ("another log told", By::Insider, |u| u.edit(INFO, "Log-Origin: ", "Log-Origin: x"), "bag_info"),
    ("another log size told", By::Insider, |u| u.edit(INFO, "Log-Size: ", "Log-Size: 1"), "bag_info"),
];

/// Records, entries and originals, with everything signed anew.
const RECORDS: &[Case] = &[
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

/// Parts of a bulk log.
const ENTRIES: &[Case] = &[
    ("a line changed", By::Insider, |u| u.edit(LOG, "2026-02-02", "2026-02-03"), "log_entry_differs"),
    ("a line added", By::Insider, |u| push(u, LOG, "{}\n"), "log_entry_unreadable"),
    ("a line without an end added", By::Insider, |u| push(u, LOG, "{}"), "log_entry_unreadable"),
    (
        "a line taken away",
        By::Insider,
        |u| {
            let line = u.text(LOG).lines().next().unwrap().to_owned() + "\n";
            u.edit(LOG, &line, "");
        },
        "log_entry_unreadable",
    ),
    (
        "lines exchanged",
        By::Insider,
        |u| {
            let text = u.text(LOG);
            let lines: Vec<&str> = text.lines().rev().collect();
            u.files.insert(LOG.to_owned(), (lines.join("\n") + "\n").into_bytes());
        },
        "log_entry_differs",
    ),
    (
        "an ordinal changed",
        By::Insider,
        |u| u.edit(LOG_PROOFS, "\"ordinal\":1", "\"ordinal\":2"),
        "log_entry_unreadable",
    ),
    (
        "ordinals changed everywhere",
        By::Insider,
        |u| {
            u.edit(LOG_PROOFS, "\"ordinal\":1", "\"ordinal\":2");
            u.edit("data/records/R000002/record.json", "\"entries\":\"1,3\"", "\"entries\":\"2-3\"");
        },
        "log_entry_differs",
    ),
    (
        "fewer entries told",
        By::Insider,
        |u| {
            let line = u.text(LOG).lines().nth(1).unwrap().to_owned() + "\n";
            u.edit(LOG, &line, "");
            let line = u.text(LOG_PROOFS).lines().nth(1).unwrap().to_owned() + "\n";
            u.edit(LOG_PROOFS, &line, "");
            u.edit("data/records/R000002/record.json", "\"entries\":\"1,3\"", "\"entries\":\"1\"");
        },
        "other_list",
    ),
    ("no proofs", By::Insider, |u| u.remove(LOG_PROOFS), "missing_file"),
    (
        "proofs for a whole record",
        By::Insider,
        |u| push(u, "proof/segments/R000004.jsonl", "{}\n"),
        "unknown_file",
    ),
    (
        "part of a record that has no parts",
        By::Insider,
        |u| u.edit(RECORD, "\"entries\":\"*\"", "\"entries\":\"1\""),
        "record_differs",
    ),
];

/// Lists, counts and custody.
const LISTS: &[Case] = &[
    ("a cell of items.csv", By::Insider, |u| u.edit(ITEMS, "2026-02-01", "2025-02-01"), "table_differs"),
    (
        "a row of items.csv",
        By::Insider,
        |u| {
            let row = u.text(ITEMS).lines().nth(1).unwrap().to_owned() + "\r\n";
            u.edit(ITEMS, &row, "");
        },
        "table_differs",
    ),
    ("the byte order mark", By::Insider, |u| u.edit(ITEMS, "\u{FEFF}", ""), "table_differs"),
    ("a formula in items.csv", By::Insider, |u| push(u, ITEMS, "=HYPERLINK(0)\r\n"), "table_differs"),
    (
        "an item taken away",
        By::Insider,
        |u| {
            for path in ["data/records/R000004/", "proof/entries/R000004", "proof/R000004"] {
                u.remove(path);
            }
        },
        "item_missing",
    ),
    (
        "an item taken away, the counts too",
        By::Insider,
        |u| {
            for path in ["data/records/R000005/", "proof/entries/R000005", "proof/R000005"] {
                u.remove(path);
            }
            u.edit(INFO, "Requested: 5", "Requested: 4");
            u.edit(INFO, "Exported: 4", "Exported: 3");
        },
        "other_list",
    ),
    (
        "an item taken away and called withheld",
        By::Insider,
        |u| {
            let record: serde_json::Value =
                serde_json::from_slice(&u.files["data/records/R000005/record.json"]).unwrap();
            for path in ["data/records/R000005/", "proof/entries/R000005", "proof/R000005"] {
                u.remove(path);
            }
            let row = format!("R000005,{},9,*,withheld,privileged\r\n", record["record"].as_str().unwrap());
            push(u, EXCEPTIONS, &row);
            u.edit(INFO, "Exported: 4", "Exported: 3");
            u.edit(INFO, "Withheld: 1", "Withheld: 2");
        },
        "other_list",
    ),
    (
        "an item added",
        By::Insider,
        |u| {
            for (from, to) in [
                ("data/records/R000004/native.pdf", "data/records/R000006/native.pdf"),
                ("data/records/R000004/record.json", "data/records/R000006/record.json"),
                ("proof/entries/R000004.json", "proof/entries/R000006.json"),
                ("proof/R000004.tlog-proof", "proof/R000006.tlog-proof"),
            ] {
                u.files.insert(to.to_owned(), u.files[from].clone());
            }
            let copy = u.text("data/records/R000006/record.json").replace("R000004", "R000006");
            u.files.insert("data/records/R000006/record.json".to_owned(), copy.into_bytes());
            u.edit(INFO, "Requested: 5", "Requested: 6");
            u.edit(INFO, "Exported: 4", "Exported: 5");
        },
        "other_list",
    ),
    (
        "the withheld item forgotten",
        By::Insider,
        |u| {
            let row = u.text(EXCEPTIONS).lines().nth(1).unwrap().to_owned() + "\r\n";
            u.edit(EXCEPTIONS, &row, "");
        },
        "item_missing",
    ),
    ("an exception in bad form", By::Insider, |u| u.edit(EXCEPTIONS, "privileged", "none"), "table_differs"),
    (
        "an exception for an item that is here",
        By::Insider,
        |u| u.edit(EXCEPTIONS, "R000003", "R000001"),
        "item_twice",
    ),
    (
        "a failure called a decision",
        By::Insider,
        |u| u.edit(EXCEPTIONS, "withheld,privileged", "failed,damaged"),
        "count_differs",
    ),
    (
        "another count of withheld",
        By::Insider,
        |u| {
            u.edit(INFO, "Requested: 5", "Requested: 4");
            u.edit(INFO, "Withheld: 1", "Withheld: 0");
        },
        "count_differs",
    ),
    ("counts that do not add up", By::Insider, |u| u.edit(INFO, "Requested: 5", "Requested: 4"), "bag_info"),
    ("PARTIAL taken out of bag-info", By::Insider, |u| u.edit(INFO, "Failed: 0", "Failed: 1"), "bag_info"),
    (
        "a custody line taken away",
        By::Insider,
        |u| {
            let row = u.text(CUSTODY).lines().nth(2).unwrap().to_owned() + "\r\n";
            u.edit(CUSTODY, &row, "");
        },
        "table_differs",
    ),
    (
        "a custody line changed",
        By::Insider,
        |u| u.edit(CUSTODY, "original_read", "classified"),
        "table_differs",
    ),
    ("a custody entry taken away", By::Insider, |u| u.remove("proof/custody/C000001"), "custody_order"),
    ("the last custody entry taken away", By::Insider, |u| u.remove("proof/custody/C000003"), "not_frozen"),
    (
        "custody entries exchanged",
        By::Insider,
        |u| {
            u.swap("proof/custody/C000001.json", "proof/custody/C000002.json");
            u.swap("proof/custody/C000001.tlog-proof", "proof/custody/C000002.tlog-proof");
        },
        "custody_order",
    ),
    (
        "a custody entry twice",
        By::Insider,
        |u| {
            for end in ["json", "tlog-proof"] {
                let copy = u.files[&format!("proof/custody/C000003.{end}")].clone();
                u.files.insert(format!("proof/custody/C000004.{end}"), copy);
            }
            u.edit(INFO, "Custody-Entries: 3", "Custody-Entries: 4");
        },
        "custody_order",
    ),
    (
        "a custody entry changed",
        By::Insider,
        |u| u.edit("proof/custody/C000001.json", "original_read", "classified"),
        "not_in_log",
    ),
    (
        "another number of custody entries",
        By::Insider,
        |u| u.edit(INFO, "Custody-Entries: 3", "Custody-Entries: 2"),
        "count_differs",
    ),
    (
        "the frozen list changed",
        By::Insider,
        |u| u.edit("proof/custody/C000003.json", "\"items\":5", "\"items\":4"),
        "not_in_log",
    ),
];

#[test]
fn every_tampering_is_refused_for_the_right_reason() {
    let good = Unpacked::of(&World::new().bundle().0);
    let all: Vec<&Case> = [BAG, TRUST, RECORDS, ENTRIES, LISTS].concat().leak().iter().collect();
    assert!(all.len() >= 50, "{}", all.len());
    let mut wrong = Vec::new();
    for (name, by, tamper, expected) in all {
        let mut unpacked = good.clone();
        tamper(&mut unpacked);
        match by {
            By::Careless => {}
            By::Outsider => unpacked.remanifest(),
            By::Insider => unpacked.resign(&log_key(7)),
        }
        let codes = codes(&unpacked.pack());
        let signature = codes.iter().any(|code| code.contains("signature"));
        let by_insider = matches!(by, By::Insider);
        if !codes.contains(expected) || (by_insider && signature && *expected != "bad_vkey") {
            wrong.push(format!("{name}: expected {expected}, found {codes:?}"));
        }
        if matches!(by, By::Outsider) && !signature && !codes.contains(&"missing_file") {
            wrong.push(format!("{name}: an outsider's change left the signature whole: {codes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_whole_forgery_under_another_key_is_only_caught_by_knowing_the_key() {
    let mut forger = World::new();
    forger.key = log_key(9);
    let (bytes, _) = forger.bundle();
    assert_eq!(check(&bytes, None).verdict(), Verdict::Consistent);
    let report = check(&bytes, Some(log_key(7).vkey()));
    assert_eq!(report.verdict(), Verdict::Refused);
    assert!(
        matches!(report.faults.as_slice(), [fault] if matches!(fault.kind, FaultKind::OtherSigner { .. }))
    );
}

#[test]
fn faults_are_counted_beyond_those_that_are_listed() {
    let mut unpacked = Unpacked::of(&World::new().bundle().0);
    for number in 0..300 {
        push(&mut unpacked, &format!("data/x{number}"), "x");
    }
    let report = check(&unpacked.pack(), None);
    assert_eq!(report.faults.len(), crate::base::limits::FAULTS_MAX);
    assert!(report.more_faults > 200);
}

/// What people read: true or not, nothing but the signature vouches for these words.
const WORDS: &[&str] = &["START-HERE.html", "README.txt", "proof/VERIFY.txt", "proof/verify_bundle.py", INFO];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn an_outsider_cannot_change_any_byte(
        file in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), bit in 0..8_u8
    ) {
        let mut unpacked = GOOD.with(Clone::clone);
        flip(&mut unpacked, file, byte, bit, &|path| path != "signature.sig" && !path.contains("manifest-"));
        unpacked.remanifest();
        let codes = codes(&unpacked.pack());
        let caught = |code: &&str| ["signature_of_other", "bad_signature", "bad_vkey", "not_text"].contains(code);
        prop_assert!(codes.iter().any(caught), "{codes:?}");
    }

    #[test]
    fn an_insider_cannot_change_a_byte_of_what_the_ledger_vouches_for(
        file in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), bit in 0..8_u8
    ) {
        let mut unpacked = GOOD.with(Clone::clone);
        let made = |path: &str| path == "signature.sig" || path.contains("manifest-") || WORDS.contains(&path);
        let path = flip(&mut unpacked, file, byte, bit, &|path| !made(path));
        unpacked.resign(&log_key(7));
        let codes = codes(&unpacked.pack());
        prop_assert!(!codes.is_empty() && !codes.contains(&"signature_of_other"), "{path}: {codes:?}");
    }
}

thread_local!(static GOOD: Unpacked = Unpacked::of(&World::new().bundle().0));

/// Flips one bit of one of the files that `choose` takes; returns its path.
fn flip(
    unpacked: &mut Unpacked,
    file: prop::sample::Index,
    byte: prop::sample::Index,
    bit: u8,
    choose: &dyn Fn(&str) -> bool,
) -> String {
    let paths: Vec<String> = unpacked.files.keys().filter(|path| choose(path)).cloned().collect();
    let path = file.get(&paths).clone();
    let bytes = unpacked.files.get_mut(&path).unwrap();
    let at = byte.index(bytes.len());
    bytes[at] ^= 1 << bit;
    path
}
