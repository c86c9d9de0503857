use std::io::Read as _;

use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::records::{EntryName, Form, OpenRequest};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::{Scratch, scratch};
use crate::base::digest::Digest;
use crate::bundle::verify::{Known, Options, verify};
use crate::record::feed::EntryFormat;
use crate::record::names::Reference;

use super::*;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
    "parties": [{"role": "customer", "name": "青禾科技有限公司"}], "components": [{"name": "工单.txt"}]}"#;
const LOG: &str = r#"{"kind": "processing_log", "case": "SC-1", "occurred": "2026-03-01", "title": "日志"}"#;

fn filled() -> (Scratch, Vec<crate::base::id::RecordId>) {
    let scratch = scratch();
    let mut ids = vec![
        scratch.capture(TICKET, b"short").unwrap().record,
        scratch.capture(TICKET, &vec![7; 100_000]).unwrap().record,
    ];
    let lines: String = (0..50)
        .map(|i| {
            format!(
                "{{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"售后\",\
                 \"data_category\":\"联系方式\",\"system\":\"CRM\",\"actor\":\"op\",\"count\":{i}}}\n"
            )
        })
        .collect();
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let bulk = scratch
        .archive
        .capture_entries(&scratch.operator(), scratch.request(LOG), options, &mut lines.as_bytes())
        .unwrap();
    ids.push(bulk.segments[0].record);
    (scratch, ids)
}

pub(super) fn request(selection: Selection) -> ExportRequest {
    ExportRequest {
        selection,
        purpose: "合同纠纷举证".to_owned(),
        organization: "示例服务有限公司".to_owned(),
        description: Some("SC-1".to_owned()),
        approval: None,
        key: None,
    }
}

/// Asks for an export, lets a runner make it, and fetches it.
pub(super) fn export(scratch: &Scratch, selection: Selection) -> Delivery {
    let caller = scratch.operator();
    let asked = scratch.archive.begin_export(&caller, &request(selection)).unwrap();
    assert!(scratch.archive.work_on_next(3_600, &|| false).unwrap());
    scratch.archive.deliver_export(&caller, asked.id, true).unwrap()
}

pub(super) fn bytes(delivery: &mut Delivery) -> Vec<u8> {
    let mut bytes = Vec::new();
    delivery.bundle.reader.read_to_end(&mut bytes).unwrap();
    bytes
}

pub(super) fn check(scratch: &Scratch, zip: Vec<u8>) -> crate::bundle::verify::Report {
    let vkey = std::fs::read_to_string(scratch.place.keys().join("log.vkey")).unwrap();
    let options = Options { known: Known::Vkey(vkey) };
    verify(std::io::Cursor::new(zip), &options, &mut |_| std::ops::ControlFlow::Continue(())).unwrap()
}

fn case() -> Selection {
    Selection::Case(CaseRef::Reference(Reference::parse("SC-1").unwrap()))
}

#[test]
fn the_bundle_of_a_case_verifies_without_the_archive() {
    let (scratch, ids) = filled();
    let mut exported = export(&scratch, case());
    assert_eq!(exported.counts.exported, ids.len() as u64);
    let zip = bytes(&mut exported);
    assert_eq!((exported.bundle.digest, exported.bundle.bytes), (Digest::of(&zip), zip.len() as u64));
    let report = check(&scratch, zip);
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[test]
fn single_entries_of_a_log_are_proved_by_themselves() {
    let (scratch, ids) = filled();
    let entry = |ordinal| ItemName::from(EntryName { record: ids[2], ordinal: Some(ordinal) });
    let mut exported = export(&scratch, Selection::Ids(vec![entry(7), entry(3)]));
    let report = check(&scratch, bytes(&mut exported));
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[test]
fn what_is_not_there_is_counted_and_the_bundle_says_partial() {
    let (scratch, ids) = filled();
    let missing = crate::base::id::RecordId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
    let names = [ids[0], missing].map(|record| ItemName::from(EntryName { record, ordinal: None }));
    let mut exported = export(&scratch, Selection::Ids(names.to_vec()));
    assert_eq!((exported.counts.exported, exported.counts.failed), (1, 1));
    assert!(exported.bundle.name.contains("PARTIAL"), "{}", exported.bundle.name);
    let report = check(&scratch, bytes(&mut exported));
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[test]
fn a_damaged_record_is_left_out_and_the_others_are_exported() {
    if crate::archive::tests::on_postgres() {
        return; // Looks into the file of the embedded database.
    }
    let (scratch, ids) = filled();
    let sql = format!(
        "UPDATE payloads SET bytes = zeroblob(length(bytes)) WHERE component_id IN \
         (SELECT id FROM components WHERE record_id = '{}')",
        ids[0]
    );
    crate::store::testing::execute_raw(&scratch.place.database(), &sql);
    let exported = export(&scratch, case());
    assert_eq!((exported.counts.exported, exported.counts.failed), (2, 1));
}

/// Every file of a ZIP, unpacked; `None` if it is none.
fn unpacked(zip: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).ok()?;
    let mut files = Vec::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        files.push((file.name().ok()?.into_owned(), bytes));
    }
    Some(files)
}

#[test]
fn a_changed_byte_is_refused_unless_every_file_is_still_the_same() {
    let (scratch, _) = filled();
    let mut exported = export(&scratch, case());
    let sound = bytes(&mut exported);
    let files = unpacked(&sound);
    let mut refused = 0;
    for place in (0..sound.len()).step_by(sound.len() / 120) {
        let mut changed = sound.clone();
        changed[place] ^= 0x20;
        let vkey = std::fs::read_to_string(scratch.place.keys().join("log.vkey")).unwrap();
        let options = Options { known: Known::Vkey(vkey) };
        let watch = &mut |_| std::ops::ControlFlow::Continue(());
        match verify(std::io::Cursor::new(&changed), &options, watch) {
            // The last bits of a deflate stream may be anything: they unpack to the same bytes.
            Ok(report) if report.faults.is_empty() => assert!(unpacked(&changed) == files, "byte {place}"),
            _ => refused += 1,
        }
    }
    assert!(refused > 110, "{refused} of 120 were refused");
}

/// Every byte of the data directory, file by file.
fn files(folder: &std::path::Path, found: &mut Vec<(std::path::PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push((path.clone(), std::fs::read(&path).unwrap())),
        }
    }
}

#[test]
fn a_finished_bundle_lies_sealed_and_no_spool_is_left() {
    let (scratch, _) = filled();
    let mut made = export(&scratch, case());
    assert!(bytes(&mut made).starts_with(b"PK"));
    let mut found = Vec::new();
    files(scratch.place.data(), &mut found);
    assert!(found.iter().all(|(path, _)| path.extension().is_none_or(|end| end != "spool")));
    for (path, bytes) in found {
        let zipped = bytes.windows(4).any(|window| window == b"PK\x03\x04");
        assert!(!zipped || path.ends_with("archive.sqlite-wal"), "{}", path.display());
        assert!(!bytes.windows(10).any(|window| window == b"bagit.txt\n"), "{}", path.display());
    }
}

#[test]
fn the_same_key_asks_for_the_same_export_and_another_request_under_it_is_refused() {
    let (scratch, ids) = filled();
    let caller = scratch.operator();
    let under = |selection| ExportRequest { key: Some(Reference::parse("k").unwrap()), ..request(selection) };
    let first = scratch.archive.begin_export(&caller, &under(case())).unwrap();
    let again = scratch.archive.begin_export(&caller, &under(case())).unwrap();
    assert_eq!((again.id, again.job, again.replayed), (first.id, first.job, true));
    let names = ids.iter().map(|id| EntryName { record: *id, ordinal: None }.into()).collect();
    let other = scratch.archive.begin_export(&caller, &under(Selection::Ids(names)));
    assert!(matches!(other, Err(Refusal::IdempotencyConflict)));
    let (listed, next) = scratch.archive.list_exports(&caller, None, 10).unwrap();
    assert_eq!((listed.len(), next), (1, None));
}

#[test]
fn a_stopped_export_is_entered_and_has_no_bundle() {
    let (scratch, _) = filled();
    let caller = scratch.operator();
    let asked = scratch.archive.begin_export(&caller, &request(case())).unwrap();
    assert!(matches!(scratch.archive.deliver_export(&caller, asked.id, true), Err(Refusal::Unfinished)));
    scratch.archive.cancel_job(&caller, asked.job).unwrap();
    assert!(!scratch.archive.work_on_next(3_600, &|| false).unwrap());
    let shown = scratch.archive.show_export(&caller, asked.id).unwrap();
    assert_eq!(shown.row.state, "cancelled");
    assert!(matches!(scratch.archive.deliver_export(&caller, asked.id, true), Err(Refusal::Stopped)));
    let report = crate::archive::verify::verify(&scratch.place, &Default::default(), &mut |_| {}).unwrap();
    assert!(report.is_clean(), "{:?}", report.faults);
}

fn read_original(scratch: &Scratch, record: crate::base::id::RecordId) {
    let request = OpenRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        purpose: "核对".to_owned(),
        form: Form::Content,
    };
    scratch.archive.open_original(&scratch.operator(), &request).unwrap();
}

/// A text file of a package.
pub(super) fn text_of(zip: &[u8], path: &str) -> String {
    let files = unpacked(zip).unwrap();
    let (_, bytes) = files.into_iter().find(|(name, _)| name.ends_with(path)).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_is_read_while_the_package_is_made_is_not_in_its_custody_log() {
    let (scratch, ids) = filled();
    let caller = scratch.operator();
    read_original(&scratch, ids[0]);
    let asked = scratch.archive.begin_export(&caller, &request(case())).unwrap();
    read_original(&scratch, ids[0]);
    read_original(&scratch, ids[1]);
    assert!(scratch.archive.work_on_next(3_600, &|| false).unwrap());
    let zip = bytes(&mut scratch.archive.deliver_export(&caller, asked.id, true).unwrap());
    let custody = text_of(&zip, "/data/custody/custody.csv");
    assert_eq!(custody.matches("original_read").count(), 1, "{custody}");
    let last = custody.lines().last().unwrap();
    assert!(last.contains("exported_begun"), "{custody}");
    let report = check(&scratch, zip);
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    let begun: u64 = last.split(',').next().unwrap().parse().unwrap();
    assert_eq!(report.custody_size, Some(begun));
}

#[test]
fn a_record_that_turns_out_damaged_keeps_its_custody_log() {
    if crate::archive::tests::on_postgres() {
        return; // Looks into the file of the embedded database.
    }
    let (scratch, ids) = filled();
    let sql = format!(
        "UPDATE payloads SET bytes = zeroblob(length(bytes)) WHERE component_id IN \
         (SELECT id FROM components WHERE record_id = '{}')",
        ids[0]
    );
    crate::store::testing::execute_raw(&scratch.place.database(), &sql);
    let zip = bytes(&mut export(&scratch, case()));
    let custody = text_of(&zip, "/data/custody/custody.csv");
    assert!(custody.contains(&format!(",captured,1,R000001,{}", ids[0])), "{custody}");
    let report = check(&scratch, zip);
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[test]
fn a_job_that_is_taken_up_again_makes_the_same_package() {
    let (scratch, ids) = filled();
    let caller = scratch.operator();
    let asked = scratch.archive.begin_export(&caller, &request(case())).unwrap();
    let begun = || {
        scratch.archive.inner.store.read(|conn| Begun::load(&scratch.archive.inner, conn, asked.job)).unwrap()
    };
    // The first try fixed the checkpoint and ended there.
    let mut first = begun();
    let fixed = scratch.archive.fix_checkpoint(&mut first).unwrap();
    read_original(&scratch, ids[0]);
    let newest = scratch.archive.inner.store.checkpoint().unwrap().unwrap();
    assert_ne!(newest.note, fixed);
    assert_eq!(scratch.archive.fix_checkpoint(&mut begun()).unwrap(), fixed);
    assert!(scratch.archive.work_on_next(3_600, &|| false).unwrap());
    let zip = bytes(&mut scratch.archive.deliver_export(&caller, asked.id, true).unwrap());
    assert_eq!(text_of(&zip, "/proof/checkpoint"), fixed);
    assert!(check(&scratch, zip).faults.is_empty());
}

#[test]
fn the_entries_of_deliveries_are_not_read_to_show_an_export() {
    if crate::archive::tests::on_postgres() {
        return; // Looks into the file of the embedded database.
    }
    let (scratch, _) = filled();
    let id = export(&scratch, case()).id;
    let caller = scratch.operator();
    drop(scratch.archive.deliver_export(&caller, id, true).unwrap());
    scratch.archive.show_export(&caller, id).unwrap();
    let sql = "UPDATE ledger_entries SET body = zeroblob(length(body)) WHERE kind = 'exported_delivered'";
    crate::store::testing::execute_raw(&scratch.place.database(), sql);
    let job = scratch.archive.show_export(&caller, id).unwrap().job.unwrap();
    assert_eq!(job.state, crate::archive::jobs::JobState::Done);
    let sql = "UPDATE ledger_entries SET body = zeroblob(length(body)) WHERE kind = 'exported_finished'";
    crate::store::testing::execute_raw(&scratch.place.database(), sql);
    assert!(scratch.archive.show_export(&caller, id).is_err());
}

#[test]
fn nothing_of_a_stopped_export_is_kept_again() {
    let (scratch, _) = filled();
    let caller = scratch.operator();
    let asked = scratch.archive.begin_export(&caller, &request(case())).unwrap();
    let inner = &scratch.archive.inner;
    let mut begun = inner.store.read(|conn| Begun::load(inner, conn, asked.job)).unwrap();
    scratch.archive.cancel_job(&caller, asked.job).unwrap();
    scratch.archive.fix_checkpoint(&mut begun).unwrap();
    assert!(inner.store.read(|conn| Begun::load(inner, conn, asked.job)).is_err());
}

#[test]
fn what_was_taken_out_of_the_database_is_missed_before_anything_is_exported() {
    if crate::archive::tests::on_postgres() {
        // Changes the file of SQLite.
        return;
    }
    let (scratch, ids) = filled();
    let caller = scratch.operator();
    let read = OpenRequest {
        record: ids[0],
        entry: None,
        version: None,
        component: 0,
        purpose: "审计".to_owned(),
        form: Form::Content,
    };
    drop(scratch.archive.open_original(&caller, &read).unwrap());
    let amended = scratch.request(TICKET);
    let staged = scratch.archive.stage(b"second", Default::default()).unwrap();
    scratch.archive.amend(&caller, ids[1], amended, vec![staged], None).unwrap();
    let (first, second) = (ids[0], ids[1]);
    let ways = [
        (
            format!("UPDATE records SET case_id = NULL WHERE id = '{first}'"),
            format!("UPDATE records SET case_id = (SELECT id FROM cases) WHERE id = '{first}'"),
        ),
        (
            format!(
                "CREATE TABLE kept AS SELECT * FROM records WHERE id = '{first}'; DELETE FROM records WHERE id = '{first}'"
            ),
            "INSERT INTO records SELECT * FROM kept; DROP TABLE kept".to_owned(),
        ),
        (
            format!("UPDATE records SET version = 1 WHERE id = '{second}'"),
            format!("UPDATE records SET version = 2 WHERE id = '{second}'"),
        ),
    ];
    for (way, back) in ways {
        crate::store::testing::execute_raw(&scratch.place.database(), &way);
        let exported = scratch.archive.begin_export(&caller, &request(case()));
        let missing = matches!(exported, Err(Refusal::Damaged(Thing::Record | Thing::CaseRecords)));
        assert!(missing, "{way}: {exported:?}");
        let named = [first, second].map(|record| ItemName::from(EntryName { record, ordinal: None }));
        let exported = scratch.archive.begin_export(&caller, &request(Selection::Ids(named.to_vec())));
        assert!(matches!(exported, Err(Refusal::Damaged(Thing::Record))), "by id, {way}: {exported:?}");
        crate::store::testing::execute_raw(&scratch.place.database(), &back);
    }
    // A reading that was put down to another subject is told of all the same.
    let hidden = "UPDATE ledger_entries SET subject = '01a201f7-0000-7000-8000-000000000000' \
                  WHERE kind = 'original_read'";
    crate::store::testing::execute_raw(&scratch.place.database(), hidden);
    let asked = scratch.archive.begin_export(&caller, &request(case())).unwrap();
    assert!(scratch.archive.work_on_next(3_600, &|| false).unwrap());
    let zip = bytes(&mut scratch.archive.deliver_export(&caller, asked.id, true).unwrap());
    assert!(text_of(&zip, "data/custody/custody.csv").contains("original_read"));
    assert!(check(&scratch, zip).faults.is_empty());
}

#[test]
fn a_counter_of_packages_that_was_moved_is_refused_and_named() {
    use crate::archive::refusal::{Refusal, Thing};
    use crate::store::rows::meta;
    let (scratch, _) = filled();
    let first = export(&scratch, case());
    let counter = scratch.archive.inner.store.read(|conn| meta::keys_beginning(conn, "exports:")).unwrap();
    let set = |value: &'static str| {
        let counter = counter[0].clone();
        let set =
            scratch.archive.inner.store.maintain(move |upkeep| meta::put(upkeep.conn(), &counter, value));
        set.unwrap();
    };
    for moved in ["99", "0"] {
        set(moved);
        let refused = scratch.archive.begin_export(&scratch.operator(), &request(case()));
        assert!(matches!(refused, Err(Refusal::Damaged(Thing::Export))), "{refused:?}");
    }
    set("1");
    let second = export(&scratch, case());
    assert_ne!(first.bundle.name, second.bundle.name);
}

#[test]
fn a_package_is_not_handed_out_under_the_name_of_another() {
    use crate::archive::refusal::{Refusal, Thing};
    use crate::store::rows::jobs::{self, JobRow};
    let (scratch, ids) = filled();
    let (first, second) = (export(&scratch, case()).id, {
        let one = Selection::Ids(vec![EntryName { record: ids[0], ordinal: None }.into()]);
        export(&scratch, one).id
    });
    let caller = scratch.operator();
    let exchanged = scratch.archive.inner.store.maintain(move |upkeep| {
        let conn = upkeep.conn();
        let of = |conn: &mut crate::store::Conn, id: ExportId| {
            Ok::<_, crate::store::StoreError>(jobs::of_subject(conn, &id.to_string())?.remove(0))
        };
        let (one, other) = (of(conn, first)?, of(conn, second)?);
        jobs::delete_ended_before(conn, one.created_at.plus_seconds(3_600))?;
        jobs::insert(conn, &JobRow { subject: other.subject.clone(), ..one.clone() })?;
        jobs::insert(conn, &JobRow { subject: one.subject, ..other })
    });
    exchanged.unwrap();
    for id in [first, second] {
        let refused = scratch.archive.deliver_export(&caller, id, true).map(|_| ());
        assert!(matches!(refused, Err(Refusal::Damaged(Thing::Job))), "{refused:?}");
    }
}

#[test]
fn a_package_says_of_itself_what_was_asked_for_and_nothing_that_was_sealed_since() {
    use crate::archive::cells::{self, REQUEST};
    use crate::store::rows::cells as rows;
    let (scratch, _) = filled();
    let (inner, caller) = (&scratch.archive.inner, scratch.operator());
    let asked = scratch.archive.begin_export(&caller, &request(case())).unwrap();
    let (keys, owner) = (inner.keys(), asked.job.to_string());
    let cell = inner.store.read(|conn| rows::get(conn, &owner, REQUEST)).unwrap().unwrap();
    let plain = cells::open(&keys, &cell, Thing::Job).unwrap();
    let mut words: serde_json::Value = serde_json::from_slice(plain.expose()).unwrap();
    words["organization"] = serde_json::json!("冒名单位");
    let words = crate::base::secret::SecretBytes::new(crate::base::canonical::to_bytes(&words));
    let forged = cells::seal(inner, &keys, &owner, REQUEST, &words, 0).unwrap();
    let put = inner.store.maintain(move |upkeep| {
        rows::delete(upkeep.conn(), &forged.owner, &forged.part)?;
        rows::insert(upkeep.conn(), &forged)
    });
    put.unwrap();
    drop(keys);
    assert!(scratch.archive.work_on_next(3_600, &|| false).unwrap());
    let job = scratch.archive.show_job(&caller, asked.job).unwrap();
    assert_eq!(job.fault.map(|fault| fault.as_str()), Some("damaged"));
}

#[test]
fn an_export_that_was_changed_is_marked_in_lists_and_neither_shown_nor_handed_out() {
    if crate::archive::tests::on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let (scratch, _) = filled();
    let (changed, whole) = (export(&scratch, case()), export(&scratch, case()));
    let (caller, archive) = (scratch.operator(), &scratch.archive);
    let auditor = crate::archive::cases::tests::caller(crate::access::role::Role::Auditor, 5, &[]);
    let raw = |sql: &str| crate::store::testing::execute_raw(&scratch.place.database(), sql);
    let of = format!("id = '{}'", changed.id);
    raw("CREATE TABLE kept AS SELECT * FROM exports; CREATE TABLE kept_jobs AS SELECT * FROM jobs");
    let by = auditor.user();
    for sql in [
        format!("UPDATE exports SET exported = exported + 1 WHERE {of}"),
        format!("UPDATE exports SET number = 77 WHERE {of}"),
        format!("UPDATE exports SET created_by = '{by}' WHERE {of}"),
        format!("UPDATE jobs SET created_by = '{by}' WHERE subject = '{}'", changed.id),
        format!("UPDATE jobs SET kind = 'export', state = 'failed' WHERE subject = '{}'", changed.id),
    ] {
        raw(&sql);
        let shown = archive.show_export(&caller, changed.id).map(|_| ());
        assert!(matches!(shown, Err(Refusal::Damaged(_))), "{sql}");
        assert!(archive.deliver_export(&caller, changed.id, true).is_err(), "{sql}");
        let (listed, _) = archive.list_exports(&caller, None, 10).unwrap();
        let mut told: Vec<_> = listed.iter().map(|one| (one.row.id, one.name.clone(), one.damaged)).collect();
        told.sort();
        let bundle = |delivery: &Delivery| delivery.bundle.name.trim_end_matches(".zip").to_owned();
        let mut expected = vec![(changed.id, bundle(&changed), true), (whole.id, bundle(&whole), false)];
        expected.sort();
        assert_eq!(told, expected, "{sql}");
        raw("DELETE FROM exports; INSERT INTO exports SELECT * FROM kept");
        raw("DELETE FROM jobs; INSERT INTO jobs SELECT * FROM kept_jobs");
    }
    archive.show_export(&caller, changed.id).unwrap();
}
