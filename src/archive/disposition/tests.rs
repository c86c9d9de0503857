mod traces;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::access::role::Role;
use crate::access::two_person::{ApprovalRefusal, Verdict};
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::exports::{ExportRequest, Selection};
use crate::archive::records::{EntryName, Form, OpenRequest};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::search::{SearchFilters, SearchRequest, SubjectLookup};
use crate::archive::tests::on_postgres;
use crate::archive::users::tests::{House, a_house};
use crate::archive::verify::{Report, VerifyOptions, verify};
use crate::archive::{Caller, cells};
use crate::base::civil::Zone;
use crate::base::id::{ApprovalId, RecordId};
use crate::base::wanted::Wanted;
use crate::bundle::verify::{Known, Options, verify as verify_bundle};
use crate::keydir::IdentitySource;
use crate::ledger::entry::EntryKind;
use crate::record::erasure::ErasureReason;
use crate::record::feed::EntryFormat;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::{Capture, CaptureDefaults, read_json};
use crate::redaction::subject::AskedFor;
use crate::store::rows::cells::CellRow;
use crate::store::rows::{cells as cell_rows, components, segments};

const LOG: &str = r#"{"kind": "processing_log", "case": "SC-1", "occurred": "2026-03-01", "title": "日志"}"#;

/// Two who answer for personal data, a lawyer, and a log of some entries.
struct Office {
    house: House,
    asks: Caller,
    decides: Caller,
    lawyer: Caller,
    log: RecordId,
}

/// A line: whom it is about, and by which telephone.
fn line(number: usize) -> String {
    format!(
        "{{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"售后 zebra{number}quartz\",\
         \"data_category\":\"联系方式\",\"system\":\"CRM{number}\",\"actor\":\"op\",\
         \"subject\":\"1380013800{number}\"}}\n"
    )
}

fn an_office_with(entries: usize) -> Office {
    let office = an_office_that_did_not_index(entries);
    office.catch_up();
    office
}

fn an_office_that_did_not_index(entries: usize) -> Office {
    let house = a_house();
    let admin = house.administrator();
    let asks = house.a_user(&admin, "li", &[Role::PrivacyOfficer]);
    let decides = house.a_user(&admin, "wu", &[Role::PrivacyOfficer]);
    let lawyer = house.a_user(&admin, "fa", &[Role::Legal]);
    let archive = &house.archive;
    let defaults = CaptureDefaults {
        jurisdiction: Jurisdiction::china(),
        zone: Zone::SHANGHAI,
        now: archive.inner.now(),
        content_comes_apart: true,
    };
    let capture = Capture::from_json(&read_json(LOG.as_bytes()).unwrap(), &defaults).unwrap();
    let lines: String = (0..entries).map(line).collect();
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let operator = archive.local_operator().unwrap();
    let captured = archive.capture_entries(&operator, capture, options, &mut lines.as_bytes()).unwrap();
    let log = captured.segments[0].record;
    Office { asks, decides, lawyer, log, house }
}

impl Office {
    fn request(&self, entries: &[u64]) -> ErasureRequest {
        let entries = entries.iter().copied().collect();
        ErasureRequest { record: self.log, entries, reason: ErasureReason::DataSubjectRequest }
    }

    fn asked(&self, entries: &[u64]) -> ApprovalId {
        let request = self.request(entries);
        self.house.archive.request_erasure_approval(&self.asks, &request, ("来函要求删除", None)).unwrap()
    }

    fn approved(&self, entries: &[u64]) -> ApprovalId {
        let id = self.asked(entries);
        self.house.archive.decide_approval(&self.decides, id, Verdict::Approve).unwrap();
        id
    }

    fn erase(&self, entries: &[u64], approval: Option<ApprovalId>) -> Result<Erasure, Refusal> {
        self.house.archive.erase_entries(&self.asks, &self.request(entries), approval)
    }

    fn erased(&self, entries: &[u64]) -> Erasure {
        self.erase(entries, Some(self.approved(entries))).unwrap()
    }

    fn catch_up(&self) {
        assert_eq!(self.house.archive.index_pending(Duration::MAX).unwrap(), 0);
        assert_eq!(self.house.archive.detect_pending(Duration::MAX).unwrap(), 0);
    }

    fn found(&self, words: &str) -> Vec<Option<u64>> {
        let request = SearchRequest { query: Some(words.to_owned()), limit: 20, ..SearchRequest::default() };
        let page = self.house.archive.search(&self.asks, &request).unwrap();
        page.hits.iter().map(|hit| hit.entry).collect()
    }

    fn about(&self, telephone: &str) -> Vec<Option<u64>> {
        let asked = AskedFor::parse(telephone, None).ok().unwrap();
        let request = SubjectLookup {
            asked,
            filters: SearchFilters::default(),
            cursor: None,
            limit: 20,
            wanted: Wanted::default(),
        };
        let page = self.house.archive.look_up_subject(&self.asks, &request).unwrap();
        page.hits.iter().map(|found| found.hit.entry).collect()
    }

    fn opened(&self, entry: u64) -> Result<String, Refusal> {
        let request = OpenRequest {
            record: self.log,
            entry: Some(entry),
            version: None,
            component: 0,
            purpose: "核对".to_owned(),
            form: Form::Content,
        };
        let mut opened = self.house.archive.open_original(&self.asks, &request)?;
        let mut text = String::new();
        opened.reader.read_to_string(&mut text).unwrap();
        Ok(text)
    }

    fn verified(&self) -> Report {
        let options = VerifyOptions {
            deep: Some(IdentitySource::Default),
            database: self.house.archive.inner.database.clone(),
            ..VerifyOptions::default()
        };
        verify(&self.house.place, &options, &mut |_| {}).unwrap()
    }

    /// Has a package made, by two persons; its bytes, and how many items it has and lacks.
    fn package(&self, ordinals: &[u64]) -> (Vec<u8>, (u64, u64)) {
        let archive = &self.house.archive;
        let entry = |ordinal: &u64| EntryName { record: self.log, ordinal: Some(*ordinal) };
        let names = match ordinals {
            [] => vec![EntryName { record: self.log, ordinal: None }],
            ordinals => ordinals.iter().map(entry).collect(),
        };
        let mut request = ExportRequest {
            selection: Selection::Ids(names.into_iter().map(Into::into).collect()),
            purpose: "举证".to_owned(),
            organization: "示例".to_owned(),
            description: None,
            approval: None,
            key: None,
        };
        let id = archive.request_export_approval(&self.asks, &request).unwrap();
        archive.decide_approval(&self.decides, id, Verdict::Approve).unwrap();
        request.approval = Some(id);
        let asked = archive.begin_export(&self.asks, &request).unwrap();
        assert!(archive.work_on_next(3_600, &|| false).unwrap());
        let mut made = archive.deliver_export(&self.asks, asked.id, true).unwrap();
        let mut bytes = Vec::new();
        made.bundle.reader.read_to_end(&mut bytes).unwrap();
        (bytes, (made.counts.exported, made.counts.failed))
    }

    fn is_sound(&self, zip: Vec<u8>) -> bool {
        let report = self.checked(&zip);
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        true
    }

    /// The entries that a package says are not in it, and why.
    fn absent(&self, zip: &[u8]) -> Vec<(String, &'static str)> {
        let report = self.checked(zip);
        assert_eq!(report.completeness, Some(crate::bundle::name::Completeness::Partial));
        report.exceptions.iter().map(|(_, item)| (item.entries.to_text(), item.outcome.words().1)).collect()
    }

    fn checked(&self, zip: &[u8]) -> crate::bundle::verify::Report {
        let vkey = std::fs::read_to_string(self.house.place.keys().join("log.vkey")).unwrap();
        let options = Options { known: Known::Vkey(vkey) };
        let go_on = &mut |_| std::ops::ControlFlow::Continue(());
        verify_bundle(std::io::Cursor::new(zip), &options, go_on).unwrap()
    }

    /// Everything sealed of the log: payload, cells, table.
    fn sealed(&self) -> (Vec<Vec<u8>>, Vec<CellRow>) {
        let read = self.house.archive.inner.store.read(|conn| {
            let component = components::of_version(conn, self.log, 1)?.remove(0);
            let cells = cell_rows::of_owner(conn, &self.log.to_string())?;
            let payload = components::payload(conn, component.id)?.unwrap();
            let table = segments::get(conn, self.log)?.unwrap().offsets;
            Ok::<_, crate::store::StoreError>((payload, table, cells))
        });
        let (payload, table, cells) = read.unwrap();
        let sealed = cells.iter().map(|cell| cell.sealed.clone()).chain([payload, table]).collect();
        (sealed, cells)
    }
}

/// True if a file below `folder` has the bytes.
fn is_in_a_file(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => is_in_a_file(&path, bytes),
            false => {
                std::fs::read(&path).is_ok_and(|file| file.windows(bytes.len()).any(|window| window == bytes))
            }
        }
    })
}

#[test]
fn the_entries_beside_an_erased_one_stay_where_they_are_and_are_opened_found_and_proved() {
    let office = an_office_with(5);
    let before = office.package(&[]).0;
    assert_eq!((office.found("zebra1quartz"), office.about("13800138001")), (vec![Some(1)], vec![Some(1)]));
    let erased = office.erased(&[1]);
    assert_eq!((erased.left, &erased.entries), (4, &BTreeSet::from([1])));
    assert!(office.found("zebra1quartz").is_empty(), "its words leave the index at once");
    assert!(office.about("13800138001").is_empty());
    for entry in [0, 2, 3, 4] {
        assert!(office.opened(entry).unwrap().contains(&format!("zebra{entry}quartz")));
        assert_eq!(office.found(&format!("zebra{entry}quartz")), [Some(entry)]);
        let telephone = format!("1380013800{entry}");
        assert_eq!(
            office.about(&telephone),
            [Some(entry)],
            "who is in the others is found without a new look"
        );
    }
    assert_eq!(office.house.archive.not_examined().unwrap(), 0);
    office.catch_up();
    assert!(office.about("13800138001").is_empty());
    assert_eq!(office.about("13800138003"), [Some(3)]);
    assert!(matches!(office.opened(1), Err(Refusal::Erased(Thing::Entry))));
    let report = office.verified();
    assert!(report.is_clean(), "{:?}", report.faults);
    // What is left leaves with proofs that lead to the entry that captured it; what left before stays sound.
    // The log was asked for whole: that a line of it is gone is counted, and the package is not called complete.
    let (after, counts) = office.package(&[]);
    assert_eq!(counts, (1, 1));
    assert_eq!(office.absent(&after), [("1".to_owned(), "destroyed")]);
    assert!(office.is_sound(after) && office.is_sound(before));
    let (some, counts) = office.package(&[1, 4]);
    assert_eq!(counts, (1, 1));
    assert!(office.is_sound(some));
}

#[test]
fn the_ledger_tells_when_why_and_by_whom_and_the_reason_in_words_stays_sealed() {
    let office = an_office_with(3);
    let erased = office.erased(&[2]);
    let shown = office.house.archive.show(&office.asks, office.log).unwrap();
    let [told] = shown.erasures.as_slice() else { panic!("one erasure") };
    assert_eq!((&told.entries, told.reason), (&erased.entries, ErasureReason::DataSubjectRequest));
    assert_eq!((told.approved_by, told.ledger_index), (office.decides.user(), erased.ledger.index));
    assert_eq!((shown.entries, told.by), (Some(3), office.asks.actor()));
    let entries = office.house.entries(EntryKind::EntryErased);
    assert!(!format!("{:?}", entries[0].facts).contains("来函"));
    let custody = office.house.archive.custody(&office.asks, office.log).unwrap();
    let entry = custody.iter().find(|entry| entry.kind == EntryKind::EntryErased).unwrap();
    assert_eq!(entry.purpose.as_deref(), Some("来函要求删除"));
    assert!(entry.countersign.is_some());
}

#[test]
fn nobody_erases_alone_nor_other_entries_than_were_approved_nor_twice() {
    let office = an_office_with(4);
    assert!(matches!(office.erase(&[0], None), Err(Refusal::NeedsSecondPerson(_))));
    let id = office.asked(&[0]);
    let own = office.house.archive.decide_approval(&office.asks, id, Verdict::Approve);
    assert!(matches!(own, Err(Refusal::Approval(_))));
    assert!(matches!(office.erase(&[0], Some(id)), Err(Refusal::Approval(ApprovalRefusal::StillWaiting(_)))));
    office.house.archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    assert!(matches!(office.erase(&[1], Some(id)), Err(Refusal::Approval(_))));
    let by_another = office.house.archive.erase_entries(&office.decides, &office.request(&[0]), Some(id));
    assert!(matches!(by_another, Err(Refusal::NotFound(Thing::Approval))));
    assert!(matches!(
        office.house.archive.erase_entries(&office.lawyer, &office.request(&[0]), Some(id)),
        Err(Refusal::Forbidden)
    ));
    office.erase(&[0], Some(id)).unwrap();
    assert!(matches!(office.erase(&[0], Some(id)), Err(Refusal::Erased(Thing::Entry))));
    let asked =
        office.house.archive.request_erasure_approval(&office.asks, &office.request(&[0, 2]), ("又来", None));
    assert!(matches!(asked, Err(Refusal::Erased(Thing::Entry))));
    assert!(matches!(office.erase(&[4], None), Err(Refusal::NotFound(Thing::Entry))));
}

#[test]
fn no_gap_of_the_chain_of_evidence_goes_with_the_entries_that_show_it() {
    let office = an_office_with(3);
    let case = crate::archive::cases::tests::named("SC-1");
    let gaps = || {
        let view = office.house.archive.case(&office.asks, &case).unwrap();
        let shown = view.gaps.iter().map(|gap| (gap.code, gap.shown.key.clone(), gap.shown.count));
        (shown.collect::<Vec<_>>(), view.closed_gaps.len())
    };
    let before = gaps();
    assert!(before.0.iter().any(|(_, key, count)| key.starts_with("G2") && *count == 3), "{before:?}");
    office.erased(&[1]);
    office.erased(&[0, 2]);
    assert_eq!(gaps(), before);
    let view = office.house.archive.case(&office.asks, &case).unwrap();
    let lines = view.timeline.iter().filter_map(|one| match &one.what {
        crate::archive::cases::What::Record(line) => Some((line.entries, line.erased)),
        _ => None,
    });
    assert!(lines.into_iter().any(|line| line == (Some(3), 3)));
}

#[test]
fn guesses_of_an_erased_entry_cannot_be_tried_out_by_sending_the_log_again() {
    let mut office = an_office_with(1);
    let sent = |office: &Office, key: Option<&str>, lines: &str| {
        let mut json = read_json(LOG.as_bytes()).unwrap();
        json["source"] = serde_json::json!({"system": "CRM", "external_id": "L-1"});
        if let Some(key) = key {
            json["idempotency_key"] = serde_json::json!(key);
        }
        let defaults = CaptureDefaults {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            now: office.house.archive.inner.now(),
            content_comes_apart: true,
        };
        let capture = Capture::from_json(&json, &defaults).unwrap();
        let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
        let operator = office.house.archive.local_operator().unwrap();
        office.house.archive.capture_entries(&operator, capture, options, &mut lines.as_bytes())
    };
    let log: String = (0..3).map(line).collect();
    let guess: String = [0, 7, 2].map(line).concat();
    office.log = sent(&office, Some("k-1"), &log).unwrap().segments[0].record;
    office.catch_up();
    // As it stands the same log is known again, under the key and without it.
    for key in [Some("k-1"), None] {
        let again = sent(&office, key, &log).unwrap();
        assert_eq!((again.segments[0].record, again.segments[0].replayed), (office.log, true));
    }
    office.erased(&[1]);
    for lines in [&log, &guess] {
        for key in [Some("k-1"), None] {
            let again = sent(&office, key, lines);
            assert!(matches!(again, Err(Refusal::Exists(Thing::Record))), "{key:?}: {again:?}");
        }
    }
}

#[test]
fn the_last_entry_goes_too_and_an_empty_log_stays_as_a_trace() {
    let office = an_office_with(3);
    office.erased(&[1]);
    office.erased(&[0]);
    assert_eq!(office.erased(&[2]).left, 0);
    office.catch_up();
    let report = office.verified();
    assert!(report.is_clean(), "{:?}", report.faults);
    let shown = office.house.archive.show(&office.asks, office.log).unwrap();
    assert_eq!((shown.erasures.len(), shown.entries), (3, Some(3)));
    assert!((0..3).all(|entry| matches!(office.opened(entry), Err(Refusal::Erased(_)))));
    let case = crate::archive::cases::tests::named("SC-1");
    assert!(office.house.archive.case(&office.asks, &case).is_ok());
}

#[test]
fn of_what_was_there_no_byte_is_left_in_a_file_and_older_keys_are_noise_after_a_turn() {
    if on_postgres() {
        return; // Looks into the files of the embedded database; PostgreSQL keeps rows until it vacuums.
    }
    let office = an_office_with(4);
    let (sealed, cells_before) = office.sealed();
    let data = office.house.place.data().to_owned();
    assert!(sealed.iter().all(|bytes| is_in_a_file(&data, bytes.get(..64).unwrap_or(bytes))));
    let erased = office.erased(&[3]);
    assert!(erased.overwritten);
    for bytes in &sealed {
        for part in bytes.chunks(48).filter(|part| part.len() == 48) {
            assert!(!is_in_a_file(&data, part));
        }
    }
    // Somebody kept a copy of the old rows.
    let keys = office.house.archive.inner.keys();
    let opens = |cell: &CellRow| {
        let keys = office.house.archive.inner.keys();
        cells::open(&keys, cell, Thing::Record).is_ok()
    };
    assert!(cells_before.iter().all(opens), "until then the epoch key still opens them");
    drop(keys);
    let operator = office.house.archive.local_operator().unwrap();
    office.house.archive.turn_epoch(&operator, &[], &mut |_, _| {}).unwrap();
    assert!(!cells_before.iter().any(opens));
    assert!(office.opened(2).unwrap().contains("zebra2quartz"));
    assert!(office.verified().is_clean());
}

#[test]
fn a_log_whose_old_rows_are_put_back_is_damaged_whatever_the_entry_is_called() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office_with(3);
    let database = office.house.place.database();
    let copy = office.house.place.data().join("copy.sqlite");
    crate::store::testing::execute_raw(&database, &format!("VACUUM INTO '{}'", copy.display()));
    office.erased(&[1]);
    let id = office.log;
    let back = format!(
        "ATTACH '{}' AS o; \
         DELETE FROM payloads WHERE component_id IN (SELECT id FROM components WHERE record_id = '{id}'); \
         INSERT INTO payloads SELECT * FROM o.payloads WHERE component_id IN \
         (SELECT id FROM o.components WHERE record_id = '{id}'); \
         DELETE FROM components WHERE record_id = '{id}'; \
         INSERT INTO components SELECT * FROM o.components WHERE record_id = '{id}'; \
         DELETE FROM versions WHERE record_id = '{id}'; \
         INSERT INTO versions SELECT * FROM o.versions WHERE record_id = '{id}'; \
         DELETE FROM segments WHERE record_id = '{id}'; \
         INSERT INTO segments SELECT * FROM o.segments WHERE record_id = '{id}'; \
         DELETE FROM cells WHERE owner = '{id}'; \
         INSERT INTO cells SELECT * FROM o.cells WHERE owner = '{id}'; \
         UPDATE ledger_entries SET kind = 'searched', subject = 'x' WHERE kind = 'entry_erased'",
        copy.display()
    );
    crate::store::testing::execute_raw(&database, &back);
    assert!(matches!(office.opened(1), Err(Refusal::Damaged(_))));
    assert!(!office.verified().is_clean());
}

#[test]
fn what_is_erased_before_it_was_indexed_is_never_found() {
    let office = an_office_that_did_not_index(4);
    office.erased(&[2]);
    office.catch_up();
    assert!(office.found("zebra2quartz").is_empty() && office.about("13800138002").is_empty());
    assert_eq!((office.found("zebra3quartz"), office.about("13800138003")), (vec![Some(3)], vec![Some(3)]));
    assert!(office.verified().is_clean());
}

#[test]
fn the_file_of_a_long_log_is_replaced_and_what_a_crash_leaves_of_it_is_swept() {
    let office = an_office_with(700);
    let inner = &office.house.archive.inner;
    let component = || {
        let read = inner.store.read(|conn| components::of_version(conn, office.log, 1));
        read.unwrap().remove(0)
    };
    let old = component();
    assert_eq!(old.place, components::Place::Blob);
    let mut bytes = Vec::new();
    inner.blobs.open(old.id).unwrap().read_to_end(&mut bytes).unwrap();
    office.erased(&[0, 350, 699]);
    assert!(inner.blobs.open(old.id).is_err(), "the old file is gone");
    let new = component();
    assert_eq!((new.place, new.commitment == old.commitment), (components::Place::Blob, false));
    assert!(office.opened(351).unwrap().contains("zebra351quartz"));
    let report = office.verified();
    assert!(report.is_clean() && report.orphans == 0, "{:?}", report.faults);
    // As if the process had ended between the commit and the removal.
    let mut writer = inner.blobs.put(old.id).unwrap();
    writer.write(&bytes).unwrap();
    writer.finish().unwrap();
    assert_eq!((office.verified().is_clean(), office.verified().orphans), (true, 1));
    let (some, counts) = office.package(&[]);
    assert_eq!(counts, (1, 1));
    assert_eq!(office.absent(&some), [("0,350,699".to_owned(), "destroyed")]);
    assert!(office.is_sound(some), "697 entries, each with its proof");
}

#[test]
fn a_second_person_reads_which_entries_of_a_log_are_gone_before_approving() {
    let office = an_office_with(3);
    let archive = &office.house.archive;
    let request = ExportRequest {
        selection: Selection::Ids(vec![EntryName { record: office.log, ordinal: None }.into()]),
        purpose: "举证".to_owned(),
        organization: "示例".to_owned(),
        description: None,
        approval: None,
        key: None,
    };
    let asked = |by: &Caller| {
        let id = archive.request_export_approval(&office.asks, &request).unwrap();
        let list = archive.approval_items(by, id, (0, 10)).unwrap().unwrap();
        list.items.into_iter().map(|item| (item.entries, item.erased)).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(asked(&office.decides), [(None, None)]);
    office.erased(&[1]);
    assert_eq!(asked(&office.decides), [(text("0,2"), None), (text("1"), text("1"))]);
    office.erased(&[0, 2]);
    assert_eq!(asked(&office.decides), [(text("0-2"), text("0-2"))], "all of it, and all of it gone");
    // It can be asked for, and what comes is a package that says so.
    let (none, counts) = office.package(&[]);
    assert_eq!(counts, (0, 1));
    assert_eq!(office.absent(&none), [("0-2".to_owned(), "destroyed")]);
    assert!(office.is_sound(none));
}

#[test]
fn an_export_that_was_ordered_before_leaves_the_log_out_and_says_so() {
    let office = an_office_with(3);
    let archive = &office.house.archive;
    let mut request = ExportRequest {
        selection: Selection::Ids(vec![EntryName { record: office.log, ordinal: None }.into()]),
        purpose: "举证".to_owned(),
        organization: "示例".to_owned(),
        description: None,
        approval: None,
        key: None,
    };
    let id = archive.request_export_approval(&office.asks, &request).unwrap();
    archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    request.approval = Some(id);
    let asked = archive.begin_export(&office.asks, &request).unwrap();
    office.erased(&[1]);
    assert!(archive.work_on_next(3_600, &|| false).unwrap());
    let made = archive.deliver_export(&office.asks, asked.id, true).unwrap();
    assert_eq!((made.counts.exported, made.counts.failed), (0, 1));
}

#[test]
fn whoever_lost_the_right_since_it_was_approved_erases_nothing() {
    let office = an_office_with(3);
    let id = office.approved(&[1]);
    let admin = office.house.administrator_again();
    office.house.archive.disable_user(&admin, office.asks.user()).unwrap();
    assert!(office.erase(&[1], Some(id)).is_err());
    assert_eq!(office.house.entries(EntryKind::EntryErased).len(), 0);
}

#[test]
fn the_ledger_is_written_out_with_the_proof_that_entries_were_erased() {
    use std::io::Read as _;

    use crate::archive::ledger_export::{PROOF_FOLDER, TarReader};

    let office = an_office_with(4);
    let erasure = office.erased(&[1]);
    let operator = office.house.archive.local_operator().unwrap();
    let mut export = office.house.archive.export_ledger(&operator, &[office.log]).unwrap();
    let mut bytes = Vec::new();
    export.file.read_to_end(&mut bytes).unwrap();
    let mut reader = TarReader::new(bytes.as_slice());
    let mut files = std::collections::BTreeMap::new();
    while let Some((path, content)) = reader.next_file().unwrap() {
        files.insert(path, content);
    }
    let name = format!("{PROOF_FOLDER}/{}.{}", office.log, erasure.ledger.index);
    let entry = &files[&format!("{name}.json")];
    let proof = String::from_utf8(files[&format!("{name}.tlog-proof")].clone()).unwrap();
    let vkey = String::from_utf8(files["vkey"].clone()).unwrap();
    let (index, _) = crate::ledger::proof::verify(&proof, entry, vkey.trim()).unwrap();
    assert_eq!(index, erasure.ledger.index);
    assert!(String::from_utf8_lossy(entry).contains("entry_erased"));
    assert_eq!(files.keys().filter(|path| path.ends_with(".tlog-proof")).count(), 2);
}
