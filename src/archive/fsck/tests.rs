use std::fs;
use std::time::Duration;

use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::archive::tests::{Scratch, scratch};
use crate::base::id::UserId;
use crate::base::limits::INLINE_BYTES_MAX;
use crate::base::wanted::Wanted;

use super::*;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
    "components": [{"name": "a.txt"}]}"#;
const STRAY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn kinds(findings: &[Finding]) -> Vec<(FindingKind, Fate)> {
    findings.iter().map(|finding| (finding.kind, finding.fate)).collect()
}

/// Puts a file where blobs lie, so many hours old.
fn put(scratch: &Scratch, path: &str, hours: u64) -> std::path::PathBuf {
    let path = scratch.place.data().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, b"noise").unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    file.set_modified(written - Duration::from_secs(hours * 3_600)).unwrap();
    path
}

fn whole() -> Scratch {
    let scratch = scratch();
    scratch.capture(TICKET, &vec![7; usize::try_from(INLINE_BYTES_MAX).unwrap() + 1]).unwrap();
    scratch.archive.index_pending(Duration::MAX).unwrap();
    scratch.archive.detect_pending(Duration::MAX).unwrap();
    scratch
}

#[test]
fn in_a_sound_directory_nothing_is_found() {
    let scratch = whole();
    assert_eq!(scratch.archive.fsck(&scratch.operator(), false).unwrap(), []);
}

#[test]
fn what_was_left_over_is_named_and_only_a_repair_takes_it_away() {
    let scratch = whole();
    let stray = put(&scratch, &format!("blobs/80/57/{STRAY}"), 30);
    let young = put(&scratch, "blobs/80/58/01890a5d-ac96-774b-bcce-b302099a8058", 1);
    let part = put(&scratch, &format!("blobs/incoming/{STRAY}.7-1.part"), 30);
    let spool = put(&scratch, "run/x.spool", 0);
    let look = || kinds(&scratch.archive.fsck(&scratch.operator(), false).unwrap());
    let expected = |fate| {
        vec![
            (FindingKind::Spool, fate),
            (FindingKind::StrayBlob, fate),
            (FindingKind::StrayBlob, Fate::TooYoung),
            (FindingKind::UnfinishedBlob, fate),
        ]
    };
    let sorted = |mut found: Vec<(FindingKind, Fate)>| {
        found.sort_by_key(|(kind, fate)| (kind.as_str(), *fate == Fate::TooYoung));
        found
    };
    assert_eq!(sorted(look()), sorted(expected(Fate::Mendable)));
    assert!([&stray, &part, &spool].iter().all(|path| path.exists()), "looking changes nothing");
    let mended = kinds(&scratch.archive.fsck(&scratch.operator(), true).unwrap());
    assert_eq!(sorted(mended), sorted(expected(Fate::Mended)));
    assert!(![&stray, &part, &spool].iter().any(|path| path.exists()));
    assert!(young.exists());
    assert_eq!(look(), [(FindingKind::StrayBlob, Fate::TooYoung)]);
}

#[test]
fn what_jobs_left_over_is_named_and_only_a_repair_takes_it_away() {
    let scratch = whole();
    let stray = put(&scratch, &format!("results/80/57/{STRAY}"), 300);
    let part = put(&scratch, &format!("results/incoming/{STRAY}.7-1.part"), 300);
    let young = put(&scratch, "results/incoming/01890a5d-ac96-774b-bcce-b302099a8058.7-1.part", 0);
    let found = |fate| {
        vec![
            (FindingKind::StrayResult, fate),
            (FindingKind::UnfinishedResult, fate),
            (FindingKind::UnfinishedResult, Fate::TooYoung),
        ]
    };
    let sorted = |mut found: Vec<(FindingKind, Fate)>| {
        found.sort_by_key(|(kind, fate)| (kind.as_str(), *fate == Fate::TooYoung));
        found
    };
    let entries = || scratch.archive.inner.store.read(crate::store::rows::ledger::count).unwrap();
    let before = entries();
    assert_eq!(
        sorted(kinds(&scratch.archive.fsck(&scratch.operator(), false).unwrap())),
        found(Fate::Mendable)
    );
    assert!(stray.exists() && part.exists(), "looking changes nothing");
    assert_eq!(sorted(kinds(&scratch.archive.fsck(&scratch.operator(), true).unwrap())), found(Fate::Mended));
    assert!(!stray.exists() && !part.exists() && young.exists());
    assert_eq!(entries(), before, "no evidence was touched");
}

#[test]
fn a_missing_payload_is_named_and_left_to_people() {
    let scratch = whole();
    let blob = fs::read_dir(scratch.place.data().join("blobs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        // Beside the folders of payloads stand the mark and what is on its way.
        .find(|path| path.is_dir() && !path.ends_with("incoming"))
        .unwrap();
    fs::remove_dir_all(blob).unwrap();
    let found = scratch.archive.fsck(&scratch.operator(), true).unwrap();
    assert_eq!(kinds(&found), [(FindingKind::PayloadMissing, Fate::NeedsPeople)]);
}

#[test]
fn the_index_is_filled_and_made_anew() {
    if crate::archive::tests::on_postgres() {
        // Changes the file of SQLite.
        return;
    }
    let scratch = whole();
    scratch.capture(TICKET, b"not indexed").unwrap();
    let found = scratch.archive.fsck(&scratch.operator(), true).unwrap();
    let both = [(FindingKind::NotIndexed, Fate::Mended), (FindingKind::NotExamined, Fate::Mended)];
    assert_eq!(kinds(&found), both);
    let sql = "UPDATE index_rows SET record_id = '01890a5d-ac96-774b-bcce-b302099a8057' \
               WHERE docid = (SELECT MAX(docid) FROM index_rows)";
    crate::store::testing::execute_raw(&scratch.place.database(), sql);
    let found = scratch.archive.fsck(&scratch.operator(), true).unwrap();
    assert_eq!(kinds(&found), [(FindingKind::IndexOfNothing, Fate::Mended)]);
    assert_eq!(scratch.archive.fsck(&scratch.operator(), false).unwrap(), []);
}

#[test]
fn a_record_whose_mark_says_more_than_there_is_is_named_and_examined_again() {
    if crate::archive::tests::on_postgres() {
        // Changes the file of SQLite.
        return;
    }
    let scratch = whole();
    let about = |text: &str| {
        let record = scratch.capture(TICKET, text.as_bytes()).unwrap().record;
        scratch.archive.index_pending(Duration::MAX).unwrap();
        scratch.archive.detect_pending(Duration::MAX).unwrap();
        record
    };
    about("没有人");
    let record = about("电话：13800138000");
    let who = || {
        let asked = crate::redaction::subject::AskedFor::parse("13800138000", None).ok().unwrap();
        let filters = crate::archive::search::SearchFilters::default();
        let request = crate::archive::search::SubjectLookup {
            asked,
            filters,
            cursor: None,
            limit: 9,
            wanted: Wanted::default(),
        };
        let page = scratch.archive.look_up_subject(&scratch.operator(), &request).unwrap();
        page.hits.iter().map(|hit| (hit.hit.record, hit.hit.damaged)).collect::<Vec<_>>()
    };
    assert_eq!(who(), [(record, false)]);
    for sql in [
        format!("DELETE FROM detections WHERE record_id = '{record}'"),
        format!("DELETE FROM index_rows WHERE domain = 'subject' AND record_id = '{record}'"),
        format!(
            "DELETE FROM index_rows WHERE domain = 'subject' AND record_id = '{record}'; \
             DELETE FROM detections WHERE record_id = '{record}'"
        ),
        format!(
            "UPDATE versions SET detected_engine = replace(detected_engine, '+text', '+gone') \
             WHERE record_id = '{record}'; \
             DELETE FROM index_rows WHERE domain = 'subject' AND record_id = '{record}'"
        ),
    ] {
        crate::store::testing::execute_raw(&scratch.place.database(), &sql);
        let found = scratch.archive.fsck(&scratch.operator(), false).unwrap();
        assert_eq!(kinds(&found), [(FindingKind::WronglyExamined, Fate::Mendable)], "{sql}");
        assert_eq!(found[0].subject, record.to_string());
        let found = scratch.archive.fsck(&scratch.operator(), true).unwrap();
        assert_eq!(kinds(&found), [(FindingKind::WronglyExamined, Fate::Mended)], "{sql}");
        assert_eq!(scratch.archive.fsck(&scratch.operator(), false).unwrap(), [], "{sql}");
        assert_eq!(who(), [(record, false)], "{sql}");
    }
}

#[test]
fn a_folder_that_is_open_to_others_is_closed() {
    let scratch = whole();
    let run = scratch.place.data().join("run");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o755)).unwrap();
    let found = scratch.archive.fsck(&scratch.operator(), true).unwrap();
    assert_eq!(kinds(&found), [(FindingKind::OpenToOthers, Fate::Mended)]);
    assert_eq!(fs::metadata(&run).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_is_named_like_no_payload_is_named_and_left_alone() {
    let scratch = whole();
    let paths = ["blobs/notes.txt", "results/ab/noise", "blobs/80/57/extra"];
    let files = paths.map(|path| put(&scratch, path, 48));
    let mut found = scratch.archive.fsck(&scratch.operator(), true).unwrap();
    found.sort_by(|a, b| a.subject.cmp(&b.subject));
    let subjects: Vec<&str> = found.iter().map(|finding| finding.subject.as_str()).collect();
    assert_eq!(subjects, ["blobs/80/57/extra", "blobs/notes.txt", "results/ab/noise"]);
    assert!(found.iter().all(|finding| finding.kind == FindingKind::Foreign && finding.amount == 5));
    assert!(files.iter().all(|path| path.exists()));
}

#[test]
fn a_database_that_others_may_read_is_closed_to_them() {
    let scratch = whole();
    let file = scratch.place.database();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let found = scratch.archive.fsck(&scratch.operator(), true).unwrap();
    assert_eq!(kinds(&found), [(FindingKind::OpenToOthers, Fate::Mended)]);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn only_the_operator_and_administrators_may() {
    let scratch = whole();
    let user = UserId::parse("01890a5d-ac96-774b-bcce-b302099a8060").unwrap();
    let rights = ActorRights::new(user, Roles::parse([Role::Archivist]).unwrap(), Via::Session);
    assert!(matches!(scratch.archive.fsck(&Caller::for_test(rights), false), Err(Refusal::Forbidden)));
}
