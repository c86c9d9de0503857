use std::collections::BTreeSet;

use super::*;
use crate::archive::cases::GapQuery;
use crate::archive::records::RecordFilter;
use crate::archive::search::{SearchFilters, SubjectLookup};
use crate::archive::verify::{VerifyOptions, verify};
use crate::base::wanted::Wanted;
use crate::record::gaps::GapStanding;
use crate::redaction::subject::AskedFor;

struct Demo {
    _folder: tempfile::TempDir,
    place: Place,
    made: Made,
}

fn demo() -> Demo {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("demo"), None).unwrap();
    assert_eq!(standing(&place), Standing::Nothing);
    let made = make(&place, &OpenOptions::default()).unwrap();
    Demo { _folder: folder, place, made }
}

#[test]
fn the_demonstration_shows_every_kind_every_gap_and_an_explanation() {
    let demo = demo();
    assert_eq!(standing(&demo.place), Standing::Whole);
    let counts = demo.made.counts;
    assert!(counts.records >= 60 && counts.cases >= 12 && counts.amendments >= 1, "{counts:?}");

    let archive = Archive::open(&demo.place, &OpenOptions::default()).unwrap();
    let caller = archive.local_operator().unwrap();
    let page = archive.list(&caller, &RecordFilter::default(), None, 500).unwrap();
    assert_eq!(page.items.len(), counts.records);
    let kinds: BTreeSet<&str> = page.items.iter().map(|item| item.kind.as_str()).collect();
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    let late = page.items.iter().filter(|item| item.late).count();
    assert!(late >= 1 && late * 4 < page.items.len(), "{late}");

    let mut gaps = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = archive.gaps(&caller, &GapQuery::default(), cursor.as_deref(), 500).unwrap();
        gaps.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let shown: Vec<String> = gaps
        .iter()
        .map(|gap| format!("{} {}", gap.reference.as_ref().unwrap().as_str(), gap.gap.shown.key))
        .collect();
    let codes: BTreeSet<&str> = gaps.iter().map(|gap| gap.gap.code.as_str()).collect();
    assert_eq!(codes, BTreeSet::from(["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9"]), "{shown:#?}");
    assert_eq!(gaps.iter().filter(|gap| gap.gap.standing == GapStanding::Explained).count(), 1, "{shown:#?}");
    // Some cases are as they should be.
    let with_gaps: BTreeSet<String> =
        gaps.iter().map(|gap| gap.reference.as_ref().unwrap().as_str().to_owned()).collect();
    for whole in ["SC-2025-0001", "SC-2025-0007", "EN-2025-0003", "TW-2025-0003"] {
        assert!(!with_gaps.contains(whole), "{shown:#?}");
    }
}

#[test]
fn the_demonstration_verifies_and_its_words_lie_nowhere_in_the_clear() {
    let demo = demo();
    let report = verify(&demo.place, &VerifyOptions::default(), &mut |_| {}).unwrap();
    assert!(report.is_clean(), "{:#?}", report.faults);
    let mut folders = vec![demo.place.data().to_owned()];
    let words = ["临江样例", "範例海島", "Riverside", "质检报告", "SC-2025-0001", "样例甲"];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            for word in words {
                let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
                assert!(!found, "{word} in {}", path.display());
            }
        }
    }
}

#[test]
fn a_telephone_number_of_the_demonstration_is_found_in_all_its_writings() {
    let demo = demo();
    let archive = Archive::open(&demo.place, &OpenOptions::default()).unwrap();
    assert_eq!(archive.detect_pending(Duration::MAX).unwrap(), 0);
    let asked = AskedFor::parse("13900001111", None).ok().unwrap();
    let request = SubjectLookup {
        asked,
        filters: SearchFilters::default(),
        cursor: None,
        limit: 20,
        wanted: Wanted::default(),
    };
    let page = archive.look_up_subject(&archive.local_operator().unwrap(), &request).unwrap();
    let written: BTreeSet<String> = page
        .hits
        .iter()
        .flat_map(|hit| &hit.hit.snippet.as_ref().unwrap().pieces)
        .filter(|piece| piece.highlighted)
        .map(|piece| piece.text.clone())
        .collect();
    let expected = ["139 0000 1111", "１３９００００１１１１", "+86 139-0000-1111"].map(str::to_owned);
    assert_eq!(written, BTreeSet::from(expected));
    assert_eq!((page.hits.len(), page.examined.not_examined), (3, 0));
}

#[test]
fn the_files_come_in_the_encodings_of_the_trade() {
    let files = content::cases().unwrap();
    let bytes = |case: usize, label: &str| {
        let record = files[case].records.iter().find(|record| record.label == label).unwrap();
        record.bytes().unwrap()
    };
    let (text, _, wrong) = encoding_rs::GB18030.decode(&bytes(0, "authorization")).into_owned_text();
    assert!(!wrong && text.contains("数据处理授权书"));
    let (text, _, wrong) = encoding_rs::BIG5.decode(&bytes(4, "authorization")).into_owned_text();
    assert!(!wrong && text.contains("會員電子報代發授權書"));
    assert!(bytes(2, "chat").starts_with(&[0xFF, 0xFE]));
}

trait Owned {
    fn into_owned_text(self) -> (String, &'static encoding_rs::Encoding, bool);
}

impl Owned for (std::borrow::Cow<'_, str>, &'static encoding_rs::Encoding, bool) {
    fn into_owned_text(self) -> (String, &'static encoding_rs::Encoding, bool) {
        (self.0.into_owned(), self.1, self.2)
    }
}

#[test]
fn an_archive_that_is_no_demonstration_is_not_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("real"), None).unwrap();
    drop(Archive::create(&place, &OpenOptions::default()).unwrap());
    assert_eq!(standing(&place), Standing::Other);
}

/// Everything below a folder with its mode.
fn modes(root: &std::path::Path) -> Vec<(PathBuf, u32, bool)> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = std::fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            found.push((path, metadata.permissions().mode() & 0o777, metadata.is_dir()));
        }
    }
    found
}

#[test]
fn every_file_and_folder_of_an_archive_is_for_its_owner_only() {
    let demo = demo();
    // Open, so that what lies there only while it is in use is looked at too.
    let archive = Archive::open(&demo.place, &OpenOptions::default()).unwrap();
    let caller = archive.local_operator().unwrap();
    let content = vec![7; 300_000];
    let mut intake = archive.begin_content(crate::archive::stage::Declared::default()).unwrap();
    intake.write(&content).unwrap();
    assert!(!archive.list(&caller, &RecordFilter::default(), None, 1).unwrap().items.is_empty());
    let parent = demo.place.data().parent().unwrap();
    let found = modes(parent);
    assert!(found.len() > 15, "{found:?}");
    for (path, mode, is_folder) in found {
        let own = if is_folder { mode == 0o700 } else { matches!(mode, 0o600 | 0o400) };
        assert!(own, "{} has {mode:o}", path.display());
    }
}
