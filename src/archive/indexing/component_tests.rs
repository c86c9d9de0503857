//! Components that are refused: entered once, and told.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::archive::Archive;
use crate::archive::indexing::Task as _;
use crate::archive::open::OpenOptions;
use crate::archive::tests::{Scratch, scratch};
use crate::base::id::RecordId;
use crate::ledger::entry::{Entry, EntryKind, decode};
use crate::sandbox::{Demand, Documents, Program};
use crate::store::rows::ledger;

impl Scratch {
    fn file(&self, name: &str, content: &[u8]) -> RecordId {
        let json = format!(
            r#"{{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "工单",
                "components": [{{"name": "{name}"}}]}}"#
        );
        self.capture(&json, content).unwrap().record
    }

    fn work(&self) {
        self.archive.index_pending(Duration::from_secs(60)).unwrap();
        self.archive.detect_pending(Duration::from_secs(60)).unwrap();
    }

    fn entered(&self, record: RecordId) -> Vec<Entry> {
        let rows = self.archive.inner.store.read(|conn| ledger::about(conn, &record.to_string())).unwrap();
        let entries = rows.iter().map(|row| decode(&row.body).unwrap());
        entries.filter(|entry| entry.kind == EntryKind::DocumentRefused).collect()
    }

    fn unread(&self, record: RecordId) -> Option<String> {
        let view = self.archive.show(&self.operator(), record).unwrap();
        view.versions[0].components[0].unread.clone()
    }
}

#[test]
fn a_refusal_is_entered_once_and_told_with_the_record() {
    let scratch = scratch();
    let record = scratch.file("a.txt", b"\xEF\xBB\xBF\xFF\xFE broken");
    let whole = scratch.file("b.txt", "完好".as_bytes());
    let picture = scratch.file("c.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    assert_eq!(scratch.unread(record), None, "nobody has looked yet");
    scratch.work();
    scratch.archive.rebuild_index(&scratch.operator(), &mut |_| {}).unwrap();
    scratch.work();
    let entered = scratch.entered(record);
    assert_eq!(entered.len(), 1, "by the index and the detector together, and by neither again");
    let facts = &entered[0].facts;
    assert_eq!((&facts["reason"], &facts["version"]), (&json!("encoding"), &json!(1)));
    assert_eq!(facts["engine"], json!(super::component::READER));
    assert_eq!(facts.len(), 4, "nothing that the document says");
    assert_eq!(scratch.unread(record).as_deref(), Some("encoding"));
    for other in [whole, picture] {
        assert!(scratch.entered(other).is_empty() && scratch.unread(other).is_none(), "{other}");
    }
}

#[test]
fn a_document_waits_where_no_process_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = crate::archive::Place::at(&folder.path().join("data"), None).unwrap();
    let none = Program::at(folder.path().join("nowhere"), Vec::new());
    let documents = Arc::new(Documents::new(none, Demand::Full, Some(1)));
    let options = OpenOptions { documents, ..OpenOptions::default() };
    let archive = Archive::create(&place, &options).unwrap().archive;
    let failing = archive.readiness(1);
    let failing: Vec<_> = failing.iter().filter(|(_, works)| !works).map(|(part, _)| part.as_str()).collect();
    assert_eq!(failing, ["documents"]);
}

/// A program that reads documents and never answers.
fn reads_for_ever() -> Arc<Documents> {
    let sleeps = Program::at("/bin/sleep".into(), vec!["60".to_owned()]);
    Arc::new(Documents::new(sleeps, Demand::Weaker, Some(2)))
}

#[test]
fn nothing_waits_behind_a_document_that_takes_long() {
    let scratch = scratch();
    let slow = scratch.file("a.pdf", b"%PDF-1.7 takes its time");
    let quick = scratch.file("b.txt", "光缆断裂".as_bytes());
    let options = OpenOptions { documents: reads_for_ever(), ..OpenOptions::default() };
    let (place, folder) = (scratch.place.clone(), scratch._folder);
    drop(scratch.archive);
    let archive = Archive::open(&place, &options).unwrap();
    let worker = &archive.inner.indexing.worker;
    // Without the thread beside: the run itself puts it aside, and is done with the rest.
    worker.aside.open();
    let began = std::time::Instant::now();
    worker.run().unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "it did not wait for the document");
    assert_eq!(worker.aside.len(), 1);
    assert_eq!(archive.not_indexed().unwrap(), 1, "only {slow} is left, {quick} is found");
    drop((archive, folder));
}
