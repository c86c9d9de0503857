//! The custody log against what was frozen: nothing can be taken from it or put into it after the export
//! began, not even with the log's key.

use crate::ledger::proof::to_tlog_proof;

use super::super::super::testing::World;
use super::{By, CUSTODY, Case, INFO, Unpacked};

/// Puts an entry of the log in as a custody entry, with a proof that holds.
fn put(u: &mut Unpacked, position: usize, number: u32) {
    let world = World::new();
    let proven = world.proven(position);
    let proof = to_tlog_proof(proven.seq, &proven.hashes, &world.checkpoint());
    u.files.insert(format!("proof/custody/C{number:06}.json"), proven.bytes);
    u.files.insert(format!("proof/custody/C{number:06}.tlog-proof"), proof.into_bytes());
    let count = format!("Custody-Entries: {number}");
    u.edit(INFO, "Custody-Entries: 3", &count);
}

fn rename(u: &mut Unpacked, from: u32, to: u32) {
    for end in ["json", "tlog-proof"] {
        let bytes = u.files.remove(&format!("proof/custody/C{from:06}.{end}")).unwrap();
        u.files.insert(format!("proof/custody/C{to:06}.{end}"), bytes);
    }
}

pub(super) const CASES: &[Case] = &[
    (
        "a reading taken away, the rest made to fit",
        By::Insider,
        |u| {
            u.remove("proof/custody/C000001");
            rename(u, 2, 1);
            rename(u, 3, 2);
            u.edit(INFO, "Custody-Entries: 3", "Custody-Entries: 2");
            let text = u.text(CUSTODY);
            let row = text.lines().find(|line| line.contains("original_read")).unwrap().to_owned() + "\r\n";
            u.edit(CUSTODY, &row, "");
        },
        "other_custody",
    ),
    ("a reading that came later put in", By::Insider, |u| put(u, 8, 4), "custody_later"),
    ("an entry about something else put in", By::Insider, |u| put(u, 0, 4), "custody_foreign"),
];
