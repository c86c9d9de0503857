//! Lists, counts and custody, with everything signed anew.

use super::{By, CORRECTIONS, CUSTODY, Case, EXCEPTIONS, INFO, ITEMS, push};

pub(super) const CASES: &[Case] = &[
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
    (
        "a correction that was not frozen",
        By::Insider,
        |u| {
            let id = "0195a5b0-0000-7000-8000-000000000001";
            push(u, CORRECTIONS, &format!("{id},{id}\r\n"));
        },
        "corrections_differ",
    ),
    ("corrections in other letters", By::Insider, |u| u.edit(CORRECTIONS, "\u{FEFF}", ""), "table_differs"),
    ("no corrections told", By::Insider, |u| u.remove(CORRECTIONS), "missing_file"),
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
