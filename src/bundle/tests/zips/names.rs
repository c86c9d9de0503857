//! Names.

use super::{Unpacked, assert_refused, bundle, codes, pack};

fn with_names(change: impl Fn(&str) -> String) -> Vec<u8> {
    let unpacked = Unpacked::of(&bundle());
    let name =
        |(path, bytes): (&String, &Vec<u8>)| (change(&format!("{}/{path}", unpacked.folder)), bytes.clone());
    pack(&unpacked.files.iter().map(name).collect::<Vec<_>>())
}

/// Replaces every occurrence of a name by one of the same length: the packer would not write it.
fn renamed(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bundle();
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(from.len()).position(|window| window == from.as_bytes()) {
        bytes[at + found..at + found + to.len()].copy_from_slice(to.as_bytes());
        at += found + to.len();
    }
    assert!(at > 0);
    bytes
}

#[test]
fn names_that_leave_the_folder_or_can_be_read_in_two_ways_are_refused() {
    let victim = "MUN-EXP-2026-000001/README.txt";
    for (name, code) in [
        ("../../EXP-2026-000001/README.t", "unsafe_name"),
        ("/UN-EXP-2026-000001/README.txt", "unsafe_name"),
        ("C:/-EXP-2026-000001/README.txt", "unsafe_name"),
        ("MUN-EXP-2026-000001\\README.txt", "unsafe_name"),
        ("MUN-EXP-2026-000001/READ/../x.", "unsafe_name"),
        ("MUN-EXP-2026-000001/RE\0DME.txt", "unsafe_name"),
        ("MUN-EXP-2026-000001/aux.txt.tx", "unsafe_name"),
        ("MUN-EXP-2026-000001//EADME.txt", "unsafe_name"),
        ("MUN-EXP-2026-000001/README.tx.", "unsafe_name"),
        ("MUN-EXP-2026-000001/RE\u{202E}ME.tx", "unsafe_name"),
        ("MUN-EXP-2026-000002/README.txt", "outside_folder"),
        ("MUN-EXP-2026-000001/readme.txt", "unknown_file"),
        ("MUN-EXP-2026-000001/BAGIT.TXT.", "duplicate_name"),
    ] {
        assert_refused(&renamed(victim, name), code, name);
    }
}

#[test]
fn names_that_fall_together_are_refused() {
    let unpacked = Unpacked::of(&bundle());
    for twin in ["readme.TXT", "README.txt/", "README.t\u{FF58}t", "README.txt.", "README.TXT "] {
        let mut files: Vec<(String, Vec<u8>)> = unpacked
            .files
            .iter()
            .map(|(path, bytes)| (format!("{}/{path}", unpacked.folder), bytes.clone()))
            .collect();
        files.push((format!("{}/{twin}", unpacked.folder), Vec::new()));
        let bytes = pack(&files);
        assert_refused(&bytes, "duplicate_name", twin);
    }
    // Two spellings of one accented name, which macOS takes for one.
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for name in ["report/caf\u{E9}.csv", "report/cafe\u{301}.csv"] {
        files.push((format!("{}/{name}", unpacked.folder), Vec::new()));
    }
    assert_refused(&pack(&files), "duplicate_name", "two normal forms");
    // The very same name twice, as no packer writes it.
    let from = "MUN-EXP-2026-000001/report/items.csv";
    let to = "MUN-EXP-2026-000001/proof/checkpoint";
    assert_refused(&renamed(from, to), "duplicate_name", "same name");
}

#[test]
fn the_top_folder_is_one_and_named_like_a_bundle() {
    assert_refused(&with_names(|name| name.replacen("000001", "1", 1)), "folder_name", "short");
    assert_refused(&with_names(|name| name.replacen("MUN-EXP-2026-000001/", "", 1)), "folder_name", "none");
    assert_refused(&with_names(|name| name.replacen("000001/", "000002/", 1)), "bag_info", "another number");
    assert_refused(
        &with_names(|name| name.replacen("000001/", "000001-PARTIAL/", 1)),
        "completeness",
        "PARTIAL",
    );
}

#[test]
fn folders_are_noted_only_on_the_way_to_a_file() {
    let unpacked = Unpacked::of(&bundle());
    let with = |folder: &str| {
        let mut files: Vec<(String, Vec<u8>)> = unpacked
            .files
            .iter()
            .map(|(path, bytes)| (format!("{}/{path}", unpacked.folder), bytes.clone()))
            .collect();
        files.push((format!("{}/{folder}", unpacked.folder), Vec::new()));
        pack(&files)
    };
    for folder in ["", "report/", "data/records/R000001/"] {
        assert_eq!(codes(&with(folder)), [""; 0], "{folder}");
    }
    for folder in ["certified-by-court/", "data/records/R000009/", "repor/"] {
        assert_refused(&with(folder), "unknown_file", folder);
    }
}
