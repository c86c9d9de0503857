//! Nothing that the demonstration says in words lies anywhere in the data directory or in the server's
//! log: no name, phone, title, file name, reference or run of words, in any encoding that a careless
//! program might leave it in. What to look for is read from the demonstration's own files.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::machine::Machine;

/// Bytes by which needles are looked up; none is shorter.
const PREFIX: usize = 6;
/// Words in clear columns and in the schema: the engines' own closed words.
const OWN_WORDS: [&str; 12] = [
    "kind",
    "zone",
    "occurred",
    "captured",
    "at",
    "language",
    "tier",
    "priority",
    "role",
    "encoding",
    "gap",
    "jurisdiction",
];

fn strings(key: &str, value: &toml::Value, into: &mut BTreeSet<String>) {
    match value {
        toml::Value::String(text) if !OWN_WORDS.contains(&key) => {
            into.insert(text.clone());
        }
        toml::Value::Array(items) => items.iter().for_each(|item| strings(key, item, into)),
        toml::Value::Table(table) => table.iter().for_each(|(key, value)| strings(key, value, into)),
        _ => {}
    }
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// What must not be found: runs of Chinese, pairs of Latin words, numbers of six digits and more.
fn needles(text: &str, into: &mut BTreeSet<String>) {
    for run in text.split(|letter| !is_han(letter)) {
        let letters: Vec<char> = run.chars().collect();
        for window in letters.windows(4.min(letters.len().max(1))).filter(|window| window.len() >= 3) {
            into.insert(window.iter().collect());
        }
    }
    let words: Vec<&str> =
        text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    for word in &words {
        // Years and dates are clear.
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        if digits && word.len() >= 7 && !word.starts_with("20") {
            into.insert((*word).to_owned());
        }
    }
    for line in text.lines() {
        let pieces: Vec<&str> = line.split(' ').collect();
        for pair in pieces.windows(2) {
            let pair = pair.join(" ");
            if pair.is_ascii()
                && pair.len() >= 10
                && pair.bytes().filter(u8::is_ascii_alphabetic).count() >= 8
            {
                into.insert(pair);
            }
        }
    }
    let is_reference = |word: &&str| {
        word.is_ascii()
            && word.len() >= 9
            && word.contains('-')
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
            && word.bytes().any(|byte| byte.is_ascii_digit())
    };
    for word in text.split_whitespace().filter(is_reference) {
        into.insert(word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()).to_owned());
    }
}

/// A needle in every form in which it might lie somewhere.
fn forms(needle: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf8 = needle.as_bytes().to_vec();
    let wide = |swap: bool| -> Vec<u8> {
        needle
            .encode_utf16()
            .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let legacy = |encoding: &'static encoding_rs::Encoding| {
        let (bytes, _, failed) = encoding.encode(needle);
        (!failed).then(|| bytes.into_owned())
    };
    let hex = |upper: bool| -> Vec<u8> {
        let digit = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        utf8.iter().map(digit).collect::<String>().into_bytes()
    };
    let mut all =
        vec![("UTF-16LE", wide(false)), ("UTF-16BE", wide(true)), ("hex", hex(false)), ("HEX", hex(true))];
    all.extend(legacy(encoding_rs::GB18030).map(|bytes| ("GB18030", bytes)));
    all.extend(legacy(encoding_rs::BIG5).map(|bytes| ("Big5", bytes)));
    for shift in 0..3 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(&utf8);
        let encoded = STANDARD_NO_PAD.encode(&shifted).into_bytes();
        // The first and last letters depend on what stands beside the needle.
        let inner = encoded.get(if shift == 0 { 0 } else { 4 }..encoded.len().saturating_sub(2));
        all.extend(inner.map(|inner| ("base64", inner.to_vec())));
    }
    all.push(("UTF-8", utf8));
    all.retain(|(_, bytes)| bytes.len() >= PREFIX);
    all
}

/// What is looked for, in which form, and the bytes of that.
type Needle = (String, &'static str, Vec<u8>);

struct Scan {
    by_prefix: HashMap<[u8; PREFIX], Vec<Needle>>,
}

impl Scan {
    fn new(needles: &BTreeSet<String>) -> Self {
        let mut by_prefix: HashMap<_, Vec<_>> = HashMap::new();
        for needle in needles {
            for (form, bytes) in forms(needle) {
                let prefix = bytes[..PREFIX].try_into().unwrap();
                by_prefix.entry(prefix).or_default().push((needle.clone(), form, bytes));
            }
        }
        Self { by_prefix }
    }

    fn hits(&self, bytes: &[u8]) -> Vec<(String, &'static str)> {
        let mut hits = Vec::new();
        for (at, window) in bytes.windows(PREFIX).enumerate() {
            let prefix: [u8; PREFIX] = window.try_into().unwrap();
            for (needle, form, whole) in self.by_prefix.get(&prefix).into_iter().flatten() {
                if bytes[at..].starts_with(whole) {
                    hits.push((needle.clone(), *form));
                }
            }
        }
        hits.sort();
        hits.dedup();
        hits
    }
}

fn demo_needles() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo");
    let mut texts = BTreeSet::new();
    let files = fs::read_dir(folder.join("cases")).unwrap().map(|entry| entry.unwrap().path());
    for path in files.chain([folder.join("matter.toml")]) {
        let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
        strings("", &toml::Value::Table(table), &mut texts);
    }
    let mut found = BTreeSet::new();
    texts.iter().for_each(|text| needles(text, &mut found));
    found
}

fn assert_silent(scan: &Scan, paths: impl Iterator<Item = std::path::PathBuf>, when: &str) -> u64 {
    let mut scanned = 0;
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        scanned += bytes.len() as u64;
        let hits = scan.hits(&bytes);
        assert!(hits.is_empty(), "{when}: {} holds {hits:?}", path.display());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(scan.hits(name.as_bytes()).is_empty(), "{when}: {name} is a name of the demonstration's");
    }
    scanned
}

#[test]
fn no_word_of_the_demonstration_lies_in_the_data_directory_or_in_the_log() {
    let machine = Machine::empty();
    let made = machine.run(&["demo", "--no-serve"]);
    assert!(made.status.success(), "{}", crate::machine::stderr(&made));
    let needles = demo_needles();
    assert!(needles.len() > 1_000, "only {} needles", needles.len());
    let scan = Scan::new(&needles);
    // The scan finds what is there, in every form.
    for (form, bytes) in forms("临江样例科技") {
        let there = [b"noise ".to_vec(), bytes, b" noise".to_vec()].concat();
        assert!(!scan.hits(&there).is_empty(), "{form}");
    }
    assert!(assert_silent(&scan, machine.files().into_iter(), "at rest") > 200_000);

    let serving = machine.serve_under(&[], &[("MUNIMENT__LOG__LEVEL", "debug")]);
    let ids = machine.ids();
    machine.fine(&["search", "质检报告"]);
    // Each look-up waits for a while; once personal data was looked for everywhere, where it stands lies sealed.
    let look_up = || -> serde_json::Value {
        serde_json::from_str(&machine.fine(&["subject", "13900001111", "--json"])[0]).unwrap()
    };
    let page = (0..60).map(|_| look_up()).find(|page| page["not_examined"] == 0).expect("it ends");
    assert_eq!(
        (page["about"]["count"].as_u64(), page["not_examined"].as_u64()),
        (Some(3), Some(0)),
        "{page}"
    );
    machine.fine(&["case", "show", "SC-2025-0001"]);
    machine.fine(&["show", &ids[0]]);
    machine.fine(&[
        "open",
        &ids[0],
        "--purpose",
        "临江样例科技投诉复核",
        "--output",
        machine.path("out").to_str().unwrap(),
    ]);
    let inputs = machine.write("临江样例科技 授权书.txt", "临江样例科技有限公司授权书".repeat(8_000));
    machine.fine(&[
        "capture",
        "--kind",
        "ticket",
        "--case",
        "SC-2025-0001",
        "--occurred",
        "2026-03-01",
        "--title",
        "临江样例科技投诉",
        "--party",
        "customer=临江样例科技有限公司",
        &inputs,
    ]);
    let refused = machine.run(&["case", "show", "临江样例科技"]);
    assert!(!refused.status.success());
    // While it runs: write-ahead log, shared memory, spools.
    assert_silent(&scan, machine.files().into_iter(), "while it runs");
    serving.stop();
    assert_silent(&scan, machine.files().into_iter(), "after it ran");
    let log = machine.path("server.log");
    assert!(fs::metadata(&log).unwrap().len() > 0, "the server said nothing: the scan would show nothing");
    assert_silent(&scan, [log].into_iter(), "the log");
}
