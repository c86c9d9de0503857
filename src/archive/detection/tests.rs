//! Detection as a job, over a real archive: real keys, real files, both indexes as they lie on disk.

use std::time::Duration;

use crate::archive::Refusal;
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::open::OpenOptions;
use crate::archive::stage::Declared;
use crate::archive::tests::{Scratch, on_postgres, scratch};
use crate::archive::{Archive, Place};
use crate::base::id::RecordId;
use crate::record::feed::EntryFormat;
use crate::store::rows::detections::{self, DetectionRow};
use crate::store::rows::index::{self, Domain};
use crate::store::rows::{meta, versions};
use crate::store::testing::execute_raw;
use crate::store::{StoreError, Upkeep};

impl Scratch {
    fn paper(&self, name: &str, content: &[u8]) -> RecordId {
        let json = format!(
            r#"{{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "工单",
                "parties": [{{"role": "customer", "name": "张伟国"}}], "components": [{{"name": "{name}"}}]}}"#
        );
        self.capture(&json, content).unwrap().record
    }

    fn examine(&self) {
        assert_eq!(self.archive.detect_pending(Duration::from_secs(60)).unwrap(), 0);
    }

    fn types(&self, record: RecordId) -> Vec<(String, u64)> {
        let rows = self.archive.inner.store.read(|conn| detections::types_of(conn, record)).unwrap();
        rows.into_iter().map(|row| (row.kind, row.places)).collect()
    }

    fn has(&self, record: RecordId, kind: &str) -> bool {
        self.types(record).iter().any(|(found, _)| found == kind)
    }

    fn kept(&self, record: RecordId, version: u32) -> Option<DetectionRow> {
        self.archive.inner.store.read(|conn| detections::get(conn, record, version)).unwrap()
    }

    fn mark(&self, record: RecordId, version: u32) -> Option<String> {
        let row = self.archive.inner.store.read(|conn| versions::get(conn, record, version)).unwrap();
        row.unwrap().detected_engine
    }

    fn blocks(&self, record: RecordId) -> Vec<u32> {
        let blocks = self.archive.inner.store.read(|conn| index::of_record(conn, record, Domain::Subject));
        blocks.unwrap().into_iter().map(|block| block.version).collect()
    }

    /// Changes rows behind the archive's back; only the embedded database lies in a file.
    fn raw(&self, sql: &str) {
        execute_raw(&self.place.database(), sql);
    }

    fn upkeep(&self, change: impl FnOnce(&mut Upkeep<'_>) -> Result<(), StoreError> + Send + 'static) {
        self.archive.inner.store.maintain(change).unwrap();
    }
}

#[test]
fn a_capture_leaves_the_looking_to_later_and_the_count_says_so() {
    let scratch = scratch();
    let record = scratch.paper("a.txt", "联系电话：138 0013 8000".as_bytes());
    assert_eq!((scratch.mark(record, 1), scratch.types(record)), (None, Vec::new()));
    assert_eq!(scratch.archive.not_examined().unwrap(), 1);
    scratch.examine();
    assert_eq!(scratch.archive.not_examined().unwrap(), 0);
    assert_eq!(scratch.mark(record, 1), Some(format!("{}+text", super::engine())));
    assert!(scratch.has(record, "PHONE") && scratch.has(record, "PERSON"), "{:?}", scratch.types(record));
}

#[test]
fn what_was_not_looked_at_is_said() {
    let scratch = scratch();
    let image = scratch.paper("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let broken = scratch.paper("b.txt", b"\xFF\xFE\x00\xD8 not text \x00");
    scratch.examine();
    assert_eq!(scratch.mark(image, 1), Some(format!("{}+descriptor", super::engine())));
    assert!(scratch.has(image, "PERSON"), "the party that the descriptor names");
    let mark = scratch.mark(broken, 1).unwrap();
    assert!(!mark.ends_with("+text"), "{mark}");
}

#[test]
fn places_are_kept_under_the_versions_key_and_nowhere_in_clear() {
    let scratch = scratch();
    let record = scratch.paper("a.txt", "手机 13800138000，邮箱 wang@example.com，张先生已确认。".as_bytes());
    scratch.examine();
    let kept = scratch.kept(record, 1).unwrap();
    assert_eq!(kept.engine, super::engine());
    let nonce_and_tag = 28;
    assert!(kept.sealed.len() > nonce_and_tag + 20);
    for word in ["13800138000", "wang@example.com", "张伟国", "PHONE", "known-subject"] {
        let found = kept.sealed.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!found, "{word}");
    }
    // Sealed for this version of this record, and for nothing else.
    let inner = &scratch.archive.inner;
    let keys = inner.keys();
    let opened = inner.store.read(|conn| {
        let version_keys = crate::archive::descriptors::version_keys(&keys, conn, record, 1)?;
        let open = |context: &str| crate::seal::cell::open_under(&version_keys.key, context, &kept.sealed);
        assert!(open(&super::spans::context(record, 2)).is_err());
        Ok::<_, Refusal>(open(&super::spans::context(record, 1)).unwrap())
    });
    assert!(super::spans::Spans::parse(opened.unwrap().expose()).unwrap().judged()["PHONE"].0 == 1);
}

#[test]
fn a_later_version_takes_the_place_of_the_one_before() {
    let scratch = scratch();
    let record = scratch.paper("a.txt", "手机 13800138000".as_bytes());
    scratch.examine();
    assert_eq!(scratch.blocks(record), [1]);
    let again = scratch.request(
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "工单",
            "components": [{"name": "b.txt"}]}"#,
    );
    let staged = scratch.archive.stage("邮箱 wang@example.com".as_bytes(), Declared::default()).unwrap();
    scratch.archive.amend(&scratch.operator(), record, again, vec![staged], Some(1)).unwrap();
    scratch.examine();
    assert_eq!(scratch.blocks(record), [2]);
    assert!(scratch.has(record, "EMAIL") && !scratch.has(record, "PHONE"), "{:?}", scratch.types(record));
    assert!(scratch.kept(record, 1).is_none() && scratch.kept(record, 2).is_some());
    assert_eq!(scratch.archive.not_examined().unwrap(), 0);
}

#[test]
fn another_engine_looks_again_and_leaves_nothing_of_the_one_before() {
    if on_postgres() {
        return;
    }
    let scratch = scratch();
    let record = scratch.paper("a.txt", "手机 13800138000".as_bytes());
    scratch.examine();
    let before = scratch.kept(record, 1).unwrap();
    let older = DetectionRow { engine: "pii/0".to_owned(), ..before.clone() };
    scratch.upkeep(move |upkeep| {
        detections::put(upkeep.conn(), &older)?;
        index::mark(upkeep.conn(), Domain::Subject, (record, 1), Some("pii/0+text")).map(|_| ())
    });
    // As the older engine wrote it.
    scratch.raw("UPDATE index_rows SET engine = 'pii/0' WHERE domain = 'subject'");
    assert_eq!(scratch.archive.not_examined().unwrap(), 1);
    scratch.examine();
    let after = scratch.kept(record, 1).unwrap();
    assert_eq!(after.engine, super::engine());
    assert_ne!(after.digest, before.digest, "sealed anew");
    let blocks = scratch.archive.inner.store.read(|conn| index::of_record(conn, record, Domain::Subject));
    let engines: Vec<String> = blocks.unwrap().into_iter().map(|block| block.engine).collect();
    assert_eq!(engines, [super::engine()]);
}

#[test]
fn an_index_of_other_forms_or_without_postings_is_made_anew_from_what_is_kept() {
    let scratch = scratch();
    let record = scratch.paper("a.txt", "手机 13800138000".as_bytes());
    scratch.examine();
    let before = scratch.kept(record, 1).unwrap();
    scratch.upkeep(|upkeep| meta::put(upkeep.conn(), super::FORMS_ROW, "0"));
    scratch.examine();
    assert_eq!(scratch.blocks(record), [1]);
    assert_eq!(scratch.kept(record, 1).unwrap(), before, "nothing was looked at again");
    if !on_postgres() {
        scratch.raw("INSERT INTO index_subject (index_subject) VALUES ('delete-all')");
        scratch.examine();
        let lost =
            scratch.archive.inner.store.read(|conn| index::postings_lost(conn, Domain::Subject)).unwrap();
        assert!(!lost);
    }
}

#[test]
fn what_is_kept_but_damaged_is_found_anew_when_the_index_is() {
    let scratch = scratch();
    let record = scratch.paper("a.txt", "手机 13800138000".as_bytes());
    scratch.examine();
    let mut damaged = scratch.kept(record, 1).unwrap();
    damaged.sealed[20] ^= 1;
    scratch.upkeep(move |upkeep| detections::put(upkeep.conn(), &damaged));
    scratch.archive.rebuild_index(&scratch.operator(), &mut |_| {}).unwrap();
    assert_eq!(scratch.archive.not_examined().unwrap(), 0);
    assert_eq!(scratch.blocks(record), [1]);
    let kept = scratch.kept(record, 1).unwrap();
    assert_eq!(crate::base::digest::Digest::of(&kept.sealed), kept.digest);
}

#[test]
fn an_archive_about_nobody_is_not_made_anew_for_ever() {
    let scratch = scratch();
    let json =
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "components": [{"name": "a.txt"}]}"#;
    let record = scratch.capture(json, b"nothing here").unwrap().record;
    for _ in 0..2 {
        scratch.examine();
        let mark = scratch.mark(record, 1);
        assert_eq!(mark, Some(format!("{}+text", super::engine())));
    }
    assert_eq!(scratch.blocks(record), [0_u32; 0]);
    assert!(scratch.kept(record, 1).is_some(), "that nothing was found is kept too");
}

#[test]
fn each_entry_of_a_log_is_about_its_own_subject() {
    let scratch = scratch();
    let lines: String = (0..40)
        .map(|n| {
            format!(
                "{{\"at\":\"2026-03-01T09:00:{n:02}+08:00\",\"operation\":\"导出\",\"purpose\":\"服务\",\
                 \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"ops-7\",\"subject\":\"K-{n:04}\"}}\n"
            )
        })
        .collect();
    let capture = scratch.request(
        r#"{"kind": "processing_log", "case": "SC-9", "occurred": "2026-03-01", "title": "日志汇总"}"#,
    );
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let operator = scratch.operator();
    let receipt =
        scratch.archive.capture_entries(&operator, capture, options, &mut lines.as_bytes()).unwrap();
    let record = receipt.segments[0].record;
    // Time that is over leaves all of it to the next run.
    assert_eq!(scratch.archive.detect_pending(Duration::ZERO).unwrap(), 1);
    scratch.examine();
    let block = scratch.archive.inner.store.read(|conn| index::of_record(conn, record, Domain::Subject));
    let block = block.unwrap().remove(0);
    assert_eq!(block.entries, 40);
    let keys = scratch.archive.inner.keys();
    let token = |value| crate::search::subject_token(&keys.index.as_ref().unwrap().subject, "account", value);
    let hits = |value| {
        let tokens = [token(value)];
        scratch.archive.inner.store.read(|conn| index::hits(conn, index::Ask::Subject(&tokens), None, 99))
    };
    assert_eq!(hits("k-0039"), Ok(vec![block.docid_of(39)]));
    assert_eq!(hits("ops-7").unwrap().len(), 40);
    assert_eq!(hits("k-0040"), Ok(Vec::new()));
}

#[test]
fn a_kill_loses_nothing_and_the_next_process_goes_on() {
    let scratch = scratch();
    let record = scratch.paper("a.txt", "手机 13800138000".as_bytes());
    let (place, folder): (Place, _) = (scratch.place.clone(), scratch._folder);
    drop(scratch.archive);
    // A process that another test starts has the lock's file until it runs its own program.
    let opened = (0..10_000).find_map(|_| match Archive::open(&place, &OpenOptions::default()) {
        Err(Refusal::AlreadyOpen) => {
            std::thread::yield_now();
            None
        }
        opened => Some(opened),
    });
    let archive = opened.expect("the lock is given back");
    let scratch = Scratch { _folder: folder, place, archive: archive.unwrap() };
    assert_eq!(scratch.archive.not_examined().unwrap(), 1);
    scratch.archive.start_background().unwrap();
    scratch.examine();
    assert!(scratch.has(record, "PHONE"));
}
