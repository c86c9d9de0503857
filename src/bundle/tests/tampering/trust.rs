//! Signature, key and checkpoint.

use super::super::super::testing::log_key;
use super::{By, Case, INFO, push};

pub(super) const CASES: &[Case] = &[
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
    (
        "signed twice by the log",
        By::Careless,
        |u| {
            let line = u.text("signature.sig").lines().last().unwrap().to_owned() + "\n";
            push(u, "signature.sig", &line);
        },
        "bad_signature",
    ),
    (
        "signed by a stranger besides",
        By::Careless,
        |u| push(u, "signature.sig", "— court.example AAAAAAAA\n"),
        "bad_signature",
    ),
    (
        "a checkpoint signed twice by a witness",
        By::Insider,
        |u| push(u, "proof/checkpoint", &"— witness.example AAAAAAAA\n".repeat(2)),
        "bad_checkpoint",
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
        |u| u.edit("proof/checkpoint", "\n9\n", "\n10\n"),
        "bad_checkpoint",
    ),
    (
        "a checkpoint of another log",
        By::Insider,
        |u| {
            let note =
                crate::ledger::checkpoint::sign(&log_key(9), 9, &crate::base::digest::Digest::of(b"x"));
            u.files.insert("proof/checkpoint".to_owned(), note.into_bytes());
        },
        "bad_checkpoint",
    ),
    (
        "another tree, signed by the insider",
        By::Insider,
        |u| {
            let note =
                crate::ledger::checkpoint::sign(&log_key(7), 9, &crate::base::digest::Digest::of(b"x"));
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
