//! The bag: what the public conformance suite refuses, and more.

use super::{By, Case, INFO, NATIVE, push};

pub(super) const CASES: &[Case] = &[
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
