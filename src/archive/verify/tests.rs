use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::tests::{Scratch, on_postgres, scratch};
use crate::keydir::IdentitySource;
use crate::record::feed::EntryFormat;

use super::*;
use crate::archive::exports::{ExportRequest, Selection};
use crate::archive::jobs::JobState;
use crate::archive::records::RenditionRequest;
use crate::archive::users::tests::{PASSWORD, a_house, typed};
use crate::base::id::JobId;
use crate::record::names::Reference;
use crate::record::request::CaseRef;
use crate::store::rows::cells::{self, CellRow};
use crate::store::rows::jobs::{self, JobRow};
use std::collections::BTreeSet;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
    "parties": [{"role": "customer", "name": "青禾科技有限公司"}], "components": [{"name": "a.txt"}]}"#;
const LOG: &str = r#"{"kind": "processing_log", "case": "SC-1", "occurred": "2026-03-01", "title": "日志"}"#;

/// An archive with a short, a long and a segmented payload.
fn filled() -> Scratch {
    let scratch = scratch();
    scratch.capture(TICKET, b"short").unwrap();
    scratch.capture(TICKET, &vec![7; 100_000]).unwrap();
    let lines: String = (0..500)
        .map(|i| {
            format!(
                "{{\"at\":\"2026-0{}-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"售后\",\
                 \"data_category\":\"联系方式\",\"system\":\"CRM\",\"actor\":\"op\",\"count\":{i}}}\n",
                1 + i % 2
            )
        })
        .collect();
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let receipt = scratch
        .archive
        .capture_entries(&scratch.operator(), scratch.request(LOG), options, &mut lines.as_bytes())
        .unwrap();
    assert_eq!((receipt.entries, receipt.segments.len()), (500, 2));
    scratch
}

fn report(scratch: &Scratch, deep: bool) -> Report {
    let options = VerifyOptions { deep: deep.then_some(IdentitySource::Default), ..VerifyOptions::default() };
    verify(&scratch.place, &options, &mut |_| {}).unwrap()
}

/// Runs SQL behind the archive's back, as somebody with the database file could.
fn tamper(scratch: &Scratch, sql: &str) {
    let database = scratch.place.database();
    crate::store::testing::execute_raw(&database, sql);
}

#[test]
fn a_sound_archive_has_no_faults() {
    let scratch = filled();
    let report = report(&scratch, true);
    assert_eq!(report.faults, []);
    assert_eq!((report.records, report.components, report.decrypted), (4, 4, 4));
    assert!(report.pinned);
}

#[test]
fn what_somebody_changes_behind_the_archives_back_is_named() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let cases = [
        (
            "UPDATE ledger_entries SET body = CAST(replace(CAST(body AS TEXT), 'SC', 'SX') || ' ' AS BLOB) WHERE seq = 5",
            FaultKind::EntryChanged,
        ),
        ("UPDATE ledger_entries SET subject = 'x' WHERE seq = 5", FaultKind::EntryColumns),
        ("DELETE FROM ledger_entries WHERE seq = 5", FaultKind::EntryMissing),
        ("UPDATE ledger_tiles SET hashes = zeroblob(length(hashes))", FaultKind::TileDiffers),
        (
            "UPDATE ledger_checkpoints SET note = replace(note, char(10) || char(10), char(10) || 'x' || char(10) || char(10))",
            FaultKind::CheckpointForged,
        ),
        ("UPDATE versions SET occurred_on = '2020-01-01'", FaultKind::RowDiffers),
        ("UPDATE records SET category = 'other'", FaultKind::RowDiffers),
        ("UPDATE components SET bytes = bytes + 1", FaultKind::RowDiffers),
        ("DELETE FROM versions WHERE record_id = (SELECT min(id) FROM records)", FaultKind::RowMissing),
        ("DELETE FROM record_parties", FaultKind::RowDiffers),
        ("UPDATE payloads SET bytes = zeroblob(length(bytes))", FaultKind::PayloadChanged),
        ("DELETE FROM payloads", FaultKind::PayloadMissing),
        ("UPDATE cells SET sealed = zeroblob(length(sealed))", FaultKind::CellChanged),
        ("DELETE FROM cells", FaultKind::HeaderMissing),
        ("UPDATE versions SET descriptor = zeroblob(length(descriptor))", FaultKind::DescriptorChanged),
        ("UPDATE segments SET offsets = zeroblob(length(offsets))", FaultKind::SegmentChanged),
        ("UPDATE records SET kind = 'nonsense', captured_at = captured_at", FaultKind::RowDiffers),
        (
            "INSERT INTO parties SELECT CASE substr(id, 1, 1) WHEN 'f' THEN 'e' ELSE 'f' END || substr(id, 2), \
             randomblob(16), created_at FROM parties",
            FaultKind::RowUnknown,
        ),
    ];
    for (sql, expected) in cases {
        let scratch = filled();
        tamper(&scratch, sql);
        let kinds: Vec<FaultKind> = report(&scratch, false).faults.iter().map(|fault| fault.kind).collect();
        assert!(kinds.contains(&expected), "{sql}: {kinds:?}");
    }
}

#[test]
fn a_flipped_bit_in_a_payload_file_is_found_with_its_record() {
    let scratch = filled();
    let mut files = Vec::new();
    collect(&scratch.place.blobs(), &mut files);
    // Not the mark by which the folder is known.
    let file = files.iter().find(|file| !file.ends_with("archive")).unwrap();
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(file, bytes).unwrap();
    let report = report(&scratch, false);
    assert_eq!(report.faults.len(), 1);
    assert_eq!(report.faults[0].kind, FaultKind::PayloadChanged);
    assert!(report.faults[0].record.is_some());
}

fn collect(folder: &std::path::Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, into) } else { into.push(path) }
    }
}

#[test]
fn a_header_that_was_exchanged_is_found_without_a_key_and_by_decrypting() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = filled();
    tamper(
        &scratch,
        "UPDATE cells SET sealed = (SELECT sealed FROM cells c WHERE c.generation > 0 ORDER BY c.part DESC LIMIT 1), \
         digest = (SELECT digest FROM cells c WHERE c.generation > 0 ORDER BY c.part DESC LIMIT 1) \
         WHERE part = (SELECT min(part) FROM cells WHERE generation > 0)",
    );
    let found = report(&scratch, false);
    let kinds: Vec<FaultKind> = found.faults.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [FaultKind::CellChanged]);
    assert!(found.faults[0].record.is_some(), "{found:?}");
    let kinds: Vec<FaultKind> = report(&scratch, true).faults.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [FaultKind::CellChanged, FaultKind::Undecipherable]);
}

#[test]
fn what_sort_of_sealed_thing_is_missing_is_said() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = filled();
    let receipt = scratch.capture(TICKET, "联系人：王小明。".as_bytes()).unwrap();
    let (record, case) = (receipt.record, receipt.case.unwrap());
    let request = RenditionRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        profile: None,
        looked_at: Vec::new(),
    };
    scratch.archive.redacted_rendition(&scratch.operator(), &request).unwrap();
    for (owner, part, kind) in [
        (case.to_string(), "redaction", FaultKind::NumbersMissing),
        (case.to_string(), "profile", FaultKind::WordsMissing),
        (record.to_string(), "version:1", FaultKind::HeaderMissing),
    ] {
        tamper(
            &scratch,
            &format!("CREATE TABLE kept AS SELECT * FROM cells WHERE owner = '{owner}' AND part = '{part}'"),
        );
        tamper(&scratch, &format!("DELETE FROM cells WHERE owner = '{owner}' AND part = '{part}'"));
        let found = report(&scratch, false).faults;
        let missing: Vec<_> = found.iter().filter(|fault| fault.kind == kind).collect();
        assert_eq!(missing.len(), 1, "{part}: {found:?}");
        // Only the keys of a record are a record's.
        assert_eq!(missing[0].record.is_some(), kind == FaultKind::HeaderMissing, "{part}");
        tamper(&scratch, "INSERT INTO cells SELECT * FROM kept; DROP TABLE kept");
    }
}

#[test]
fn the_checkpoint_of_a_day_that_ended_is_missed_and_none_stands_in_for_it() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let house = a_house();
    house.administrator();
    for _ in 0..2 {
        house.wait(86_400);
        house.archive.caller_as(&typed("admin", PASSWORD)).unwrap();
    }
    let kinds = || -> Vec<(FaultKind, String)> {
        let report = verify(&house.place, &VerifyOptions::default(), &mut |_| {}).unwrap();
        report.faults.into_iter().map(|fault| (fault.kind, fault.subject)).collect()
    };
    assert_eq!(kinds(), []);
    let database = house.place.database();
    let tamper = |sql: &str| crate::store::testing::execute_raw(&database, sql);
    let days = crate::store::testing::dump(
        &database,
        "SELECT slot FROM ledger_checkpoints WHERE slot LIKE 'day:%' ORDER BY slot",
    );
    assert_eq!(days.len(), 2);
    tamper(
        "INSERT INTO ledger_checkpoints SELECT 'day:2020-01-01', size, at, note FROM ledger_checkpoints WHERE slot = 'latest'",
    );
    assert!(
        kinds().iter().any(|(kind, slot)| *kind == FaultKind::CheckpointForged && slot == "day:2020-01-01")
    );
    tamper("DELETE FROM ledger_checkpoints WHERE slot = 'day:2020-01-01'");
    assert_eq!(kinds(), []);
    tamper(&format!("DELETE FROM ledger_checkpoints WHERE slot = '{}'", days[0]));
    assert_eq!(kinds(), [(FaultKind::CheckpointMissing, days[0].clone())]);
    tamper(&format!(
        "INSERT INTO ledger_checkpoints SELECT '{}', size, at, note FROM ledger_checkpoints WHERE slot = '{}'",
        days[0], days[1]
    ));
    assert!(kinds().iter().any(|(kind, slot)| *kind == FaultKind::CheckpointForged && *slot == days[0]));
}

/// A cell beside a row, as somebody who can write to the database puts them there.
fn put_cell(scratch: &Scratch, owner: &str, part: &str) {
    let (owner, part) = (owner.to_owned(), part.to_owned());
    let put = scratch.archive.inner.store.maintain(move |upkeep| {
        let digest = crate::base::digest::Digest::of(b"noise");
        let row = CellRow { owner, part, epoch: 1, sealed: b"noise".to_vec(), digest, generation: 0 };
        cells::insert(upkeep.conn(), &row)
    });
    put.unwrap();
}

#[test]
fn a_job_that_nobody_ordered_hides_no_cell_and_an_ordered_one_only_its_own() {
    let scratch = filled();
    let operator = scratch.operator();
    let forged = JobId::generate(scratch.archive.inner.now(), scratch.archive.inner.entropy.as_ref());
    let at = scratch.archive.inner.now();
    let by = operator.user();
    let row = JobRow {
        id: forged,
        kind: "export".to_owned(),
        subject: "deep".to_owned(),
        state: JobState::Done,
        attempts: 1,
        not_before: at,
        lease_until: at,
        done_units: 1,
        total_units: 1,
        error_code: None,
        created_at: at,
        created_by: by.to_string(),
        finished_at: Some(at),
        expires_at: Some(at.plus_seconds(60)),
    };
    scratch.archive.inner.store.maintain(move |upkeep| jobs::insert(upkeep.conn(), &row)).unwrap();
    put_cell(&scratch, &forged.to_string(), "result");
    let export = ExportRequest {
        selection: Selection::Case(CaseRef::Reference(Reference::parse("SC-1").unwrap())),
        purpose: "举证".to_owned(),
        organization: "示例服务有限公司".to_owned(),
        description: None,
        approval: None,
        key: None,
    };
    let ordered = scratch.archive.begin_export(&operator, &export).unwrap().job;
    assert!(scratch.archive.work_on_next(60, &|| false).unwrap());
    put_cell(&scratch, &ordered.to_string(), "spare");
    let named: Vec<String> = report(&scratch, false)
        .faults
        .into_iter()
        .map(|fault| format!("{} {}", fault.kind.as_str(), fault.subject))
        .collect();
    let expected = [(forged, "result"), (ordered, "spare")];
    let mut expected = BTreeSet::from(expected.map(|(job, part)| format!("row_unknown cells {job}/{part}")));
    expected.insert(format!("row_unknown jobs {forged}"));
    assert_eq!(BTreeSet::from_iter(named), expected);
    assert!(matches!(scratch.archive.turn_epoch(&operator, &[], &mut |_, _| {}), Err(Refusal::Damaged(_))));
}
