//! Parts of a bulk log, with everything signed anew.

use super::{By, Case, LOG, LOG_PROOFS, RECORD, push};

pub(super) const CASES: &[Case] = &[
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
