//! Tampering below the ZIP: by somebody careless (manifests left as they are), by an outsider
//! who rewrites every manifest, and by an insider who can even sign with the log's key.

mod bag;
mod custody;
mod entries;
mod impossible;
mod lists;
mod pages;
mod records;
mod stories;
mod trust;

use proptest::prelude::*;

use super::super::testing::{Unpacked, World, check, check_knowing, codes, log_key};
use super::super::verify::{FaultKind, Known, Verdict};

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
const CORRECTIONS: &str = "report/corrections.csv";
const OPENINGS: &str = "proof/openings.json";

fn push(unpacked: &mut Unpacked, path: &str, text: &str) {
    let mut all = unpacked.files.get(path).cloned().unwrap_or_default();
    all.extend_from_slice(text.as_bytes());
    unpacked.files.insert(path.to_owned(), all);
}

#[test]
fn every_tampering_is_refused_for_the_right_reason() {
    let good = Unpacked::of(&World::new().bundle().0);
    let all = [
        bag::CASES,
        trust::CASES,
        records::CASES,
        entries::CASES,
        lists::CASES,
        custody::CASES,
        pages::CASES,
    ]
    .concat();
    assert!(all.len() >= 120, "{}", all.len());
    let mut wrong = Vec::new();
    for (name, by, tamper, expected) in &all {
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
    let fingerprint = |key: u8| Known::Fingerprint(super::super::fingerprint(&log_key(key).vkey()));
    for known in [Known::Vkey(log_key(7).vkey()), fingerprint(7)] {
        let report = check_knowing(&bytes, known);
        assert_eq!(report.verdict(), Verdict::Refused);
        assert!(
            matches!(report.faults.as_slice(), [fault] if matches!(fault.kind, FaultKind::OtherSigner { .. }))
        );
    }
    assert_eq!(check_knowing(&bytes, fingerprint(9)).verdict(), Verdict::Verified);
}

#[test]
fn a_package_that_the_key_did_not_sign_has_no_signer() {
    let good = Unpacked::of(&World::new().bundle().0);
    let of = |tamper: fn(&mut Unpacked)| {
        let mut unpacked = good.clone();
        tamper(&mut unpacked);
        check(&unpacked.pack(), Some(log_key(7).vkey()))
    };
    for report in [
        of(|u| u.remove("signature.sig")),
        of(|u| u.resign(&log_key(9))),
        of(|u| {
            push(u, "README.txt", "x");
            u.remanifest();
        }),
        of(|u| u.edit("signature.sig", "000001", "000002")),
    ] {
        assert!(report.signer.is_none() && report.key.is_some(), "{:?}", report.faults);
    }
    assert!(of(|_| {}).signer.is_some_and(|signer| signer.pinned));
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
    fn an_insider_cannot_change_a_byte_of_any_one_file(
        file in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), bit in 0..8_u8
    ) {
        let mut unpacked = GOOD.with(Clone::clone);
        let made = |path: &str| path == "signature.sig" || path.contains("manifest-");
        let path = flip(&mut unpacked, file, byte, bit, &|path| !made(path));
        unpacked.resign(&log_key(7));
        // Who makes the manifests anew makes `Payload-Oxum` anew, as it was.
        let same = GOOD.with(|good| good.files[&path] == unpacked.files[&path]);
        let codes = codes(&unpacked.pack());
        let refused = !codes.is_empty() && !codes.contains(&"signature_of_other");
        prop_assert!(refused || same, "{path}: {codes:?}");
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
