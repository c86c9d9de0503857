//! Who uses the writer without a caller's rights being judged again, and why that is right.

use std::path::Path;

/// Files under `src/archive`, how often each uses the writer bare, and why.
pub(super) const BARE: &[(&str, usize, &str)] = &[
    ("detection/mod.rs", 2, "what was found and the subject index are worked out again from what stands"),
    ("detection/upkeep.rs", 1, "what was found is worked out again from what stands"),
    (
        "disposition/batch/again.rs",
        1,
        "what the ledger says is destroyed is destroyed again, in nobody's name",
    ),
    (
        "disposition/batch/restore.rs",
        2,
        "what is held leaves its disposition, and what is sealed is read again, whatever became of who asked",
    ),
    ("disposition/erase.rs", 1, "that something stood against it is entered, whatever became of who asked"),
    ("exports/frozen.rs", 1, "a job fixes its checkpoint; its order is looked at when it ends"),
    ("fsck/mod.rs", 1, "what was mended is entered, whatever became of who mended it"),
    ("indexing/component.rs", 1, "refusals are entered about documents, in nobody's name"),
    ("indexing/mod.rs", 2, "the index is worked out again from what stands"),
    ("indexing/write.rs", 1, "the index is worked out again from what stands"),
    ("jobs/keys.rs", 1, "keys that are replaced are entered, whatever became of who ordered it"),
    ("jobs/order.rs", 1, "a job that nobody ordered is marked, in nobody's name"),
    ("jobs/run.rs", 5, "leases, and the end of a job without a result"),
    ("jobs/tidy.rs", 2, "results whose time is over"),
    (
        "keys/in_force.rs",
        2,
        "which keys are in force is entered before anything is sealed with them, in nobody's name",
    ),
    ("keys/replaced.rs", 1, "keys that are replaced are entered, whatever became of who did it"),
    ("keys/rewrite.rs", 1, "batches of a replacement; its steps look again"),
    ("keys/rotate.rs", 1, "what waits for the recovery key is counted by the writer; nothing is changed"),
    ("open.rs", 1, "the first entry: nobody is there yet"),
    ("ready.rs", 1, "a probe of the database, in nobody's name"),
    ("refusals.rs", 1, "refusals are entered about people, not for them"),
    ("retention/astray.rs", 1, "what is kept otherwise than it is judged is judged again, in nobody's name"),
    ("retention/judging.rs", 1, "where records stand is worked out again from them, in nobody's name"),
    ("sweep.rs", 2, "leftovers that nothing names"),
    ("uploads/give_up.rs", 1, "uploads whose time is over"),
    ("users/log_in.rs", 2, "who logs in is nobody yet; password and state are compared inside"),
    ("users/second_factor.rs", 2, "codes and tries are spent, whatever comes of them"),
    ("users/session.rs", 1, "a session is noted as used"),
    ("users/throttle.rs", 4, "tries are counted, whoever makes them"),
    ("users/upkeep.rs", 1, "sessions and approvals that ended by time"),
];

/// The files of this floor, without tests: name under `src/archive`, and text.
pub(super) fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, base: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if !name.starts_with("acting") && !name.ends_with("tests") {
                    walk(&path, base, found);
                }
            } else if name.ends_with(".rs")
                && !name.contains("test")
                && !matches!(name.as_str(), "verify/tampering.rs" | "verify/histories.rs")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                found.push((name, code));
            }
        }
    }
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/archive");
    let mut found = Vec::new();
    walk(&base, &base, &mut found);
    found
}

/// How often one of these stands in the text, however the lines are broken.
pub(super) fn count(text: &str, calls: &[&str]) -> usize {
    let joined: String = text.split_whitespace().collect();
    calls.iter().map(|call| joined.matches(call).count()).sum()
}
