//! The whole archive on SQLite and on PostgreSQL: the demonstration is made, read, searched, changed,
//! exported, its keys replaced, and verified, on both from one body, and both give the same answers.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use muniment::archive::cases::GapQuery;
use muniment::archive::exports::{ExportRequest, Selection};
use muniment::archive::open::OpenOptions;
use muniment::archive::records::RecordFilter;
use muniment::archive::search::{SearchFilters, SubjectLookup};
use muniment::archive::verify::{VerifyOptions, verify};
use muniment::archive::{Archive, Place};
use muniment::base::wanted::Wanted;
use muniment::demo;
use muniment::keydir::{IdentitySource, Replace};
use muniment::redaction::SubjectClass;
use muniment::redaction::subject::AskedFor;

use crate::harness_db::{TestDatabase, on_each_database};

/// What the two databases must agree in.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    records: usize,
    kinds: Vec<String>,
    gaps: BTreeSet<String>,
    entries: u64,
}

fn sound(place: &Place, database: &TestDatabase) -> u64 {
    let options = VerifyOptions {
        deep: Some(IdentitySource::Default),
        database: Some(database.url()),
        ..VerifyOptions::default()
    };
    let report = verify(place, &options, &mut |_| {}).unwrap();
    assert!(report.is_clean(), "{}: {:#?}", database.name, report.faults);
    assert!(report.decrypted > 60 && report.kept.is_some());
    report.entries
}

fn answers(folder: &Path, database: &TestDatabase) -> Answers {
    let place = Place::at(&folder.join("data"), None).unwrap();
    let options = OpenOptions { database: Some(database.url()), ..OpenOptions::default() };
    let made = demo::make(&place, &options).unwrap();
    assert!(made.counts.records >= 60);
    let entries = sound(&place, database);

    let archive = Archive::open(&place, &options).unwrap();
    let operator = archive.local_operator().unwrap();
    let page = archive.list(&operator, &RecordFilter::default(), None, 500).unwrap();
    // Of two that were captured at one instant, either may come first: ids are random.
    let mut kinds: Vec<String> = page.items.iter().map(|item| item.kind.as_str().to_owned()).collect();
    kinds.sort();
    let gaps = archive.gaps(&operator, &GapQuery::default(), None, 500).unwrap();
    let gaps = gaps
        .items
        .iter()
        .map(|gap| format!("{} {}", gap.reference.as_ref().unwrap().as_str(), gap.gap.shown.key))
        .collect();
    let found = Answers { records: page.items.len(), kinds, gaps, entries };

    // A second person is asked for where there are others who could be.
    let request = ExportRequest {
        selection: Selection::Ids(Vec::new()),
        purpose: "check".to_owned(),
        organization: "示例".to_owned(),
        description: None,
        approval: None,
        key: None,
    };
    assert!(archive.begin_export(&operator, &request).is_err());
    let rotation =
        archive.rotate_keys(&operator, Replace::Both, &IdentitySource::Default, &mut |_, _| {}).unwrap();
    assert!(rotation.headers > 60);
    let turned = archive.turn_epoch(&operator, &[], &mut |_, _| {}).unwrap();
    assert!(turned.cells > 120);
    archive.start_background().unwrap();
    archive.index_pending(std::time::Duration::from_secs(60)).unwrap();
    assert_eq!(archive.not_indexed().unwrap(), 0);
    // Places that were found before the epoch was turned would still open; here they are found after it.
    assert_eq!(archive.detect_pending(std::time::Duration::MAX).unwrap(), 0);
    let asked = AskedFor::parse("13900001111", Some(SubjectClass::Phone)).ok().unwrap();
    let request = SubjectLookup {
        asked,
        filters: SearchFilters::default(),
        cursor: None,
        limit: 20,
        wanted: Wanted::default(),
    };
    let page = archive.look_up_subject(&operator, &request).unwrap();
    assert_eq!((page.hits.len(), page.examined.not_examined), (3, 0), "in all writings");
    drop(archive);
    sound(&place, database);

    // Opened again with the new keys.
    let archive = Archive::open(&place, &options).unwrap();
    let operator = archive.local_operator().unwrap();
    let page = archive.list(&operator, &RecordFilter::default(), None, 500).unwrap();
    assert_eq!(page.items.len(), found.records);
    found
}

#[test]
fn the_demonstration_is_the_same_archive_on_either_database() {
    let seen = std::cell::RefCell::new(Vec::new());
    on_each_database(|database| {
        let folder = tempfile::tempdir().unwrap();
        seen.borrow_mut().push(answers(folder.path(), database));
    });
    let seen = seen.into_inner();
    assert!(seen.iter().all(|answers| *answers == seen[0]), "{seen:#?}");
}

#[test]
fn a_row_that_is_changed_in_postgresql_is_named() {
    let Some(database) = crate::harness_db::postgres() else { return };
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let options = OpenOptions { database: Some(database.url()), ..OpenOptions::default() };
    drop(Archive::create(&place, &options).unwrap());
    let verified = VerifyOptions { database: Some(database.url()), ..VerifyOptions::default() };
    assert!(verify(&place, &verified, &mut |_| {}).unwrap().is_clean());
    for sql in [
        "UPDATE users SET state = 'disabled' WHERE id = (SELECT min(id) FROM users)",
        "UPDATE api_tokens SET scopes = 'records:read'",
        "DELETE FROM user_roles WHERE role = 'legal'",
    ] {
        let (url, _) = (database.url(), ());
        let url = url.replace("postgres:///", "postgresql:///");
        let mut child = std::process::Command::new("psql")
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", sql])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("psql runs");
        let mut told = String::new();
        child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        assert!(child.wait().unwrap().success(), "{sql}: {told}");
        let report = verify(&place, &verified, &mut |_| {}).unwrap();
        assert!(!report.is_clean(), "{sql}");
    }
}
