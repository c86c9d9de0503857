use std::io::Read as _;

use crate::archive::records::{Form, OpenRequest};
use crate::archive::refusal::Refusal;
use crate::archive::tests::{Scratch, scratch};
use crate::archive::verify::{VerifyOptions, verify};
use crate::base::id::RecordId;
use crate::keydir::{IdentitySource, KeyDirError};

use super::*;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
    "components": [{"name": "a.txt"}]}"#;

fn sealed_file(scratch: &Scratch, record: RecordId) -> Vec<u8> {
    let request = OpenRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        purpose: "test".to_owned(),
        form: Form::Sealed,
    };
    let mut opened = scratch.archive.open_original(&scratch.operator(), &request).unwrap();
    let mut bytes = Vec::new();
    opened.reader.read_to_end(&mut bytes).unwrap();
    bytes
}

fn identity(scratch: &Scratch, file: &str) -> age::x25519::Identity {
    let text = std::fs::read_to_string(scratch.place.keys().join(file)).unwrap();
    text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().parse().unwrap()
}

#[test]
fn after_a_rotation_only_the_new_identities_open_a_record() {
    let scratch = scratch();
    let records: Vec<_> = (0..20).map(|_| scratch.capture(TICKET, b"kept").unwrap().record).collect();
    let dump = || match crate::archive::tests::on_postgres() {
        // Looks into the file of the embedded database.
        true => Vec::new(),
        false => crate::store::testing::dump(
            &scratch.place.database(),
            "SELECT hex(bytes) FROM payloads ORDER BY 1",
        ),
    };
    let payloads = dump();
    let old = [identity(&scratch, "service.identity"), identity(&scratch, "recovery.identity")];
    let rotation = scratch
        .archive
        .rotate_keys(&scratch.operator(), Replace::Both, &IdentitySource::Default, &mut |_, _| {})
        .unwrap();
    assert_eq!((rotation.generation, rotation.headers), (2, 20));
    for record in records {
        let file = sealed_file(&scratch, record);
        for identity in &old {
            assert!(age::decrypt(identity, &file).is_err());
        }
        for name in ["service.identity", "recovery.identity"] {
            assert_eq!(age::decrypt(&identity(&scratch, name), &file).unwrap(), b"kept", "{name}");
        }
    }
    assert_eq!(payloads, dump(), "no payload byte was written");
}

#[test]
fn captures_during_a_rotation_are_wrapped_to_the_new_keys_in_the_end() {
    let scratch = scratch();
    let staged = scratch.archive.stage(b"staged before", crate::archive::stage::Declared::default()).unwrap();
    let rotation = scratch
        .archive
        .rotate_keys(&scratch.operator(), Replace::Service, &IdentitySource::Default, &mut |_, _| {})
        .unwrap();
    assert_eq!(rotation.headers, 0);
    let receipt =
        scratch.archive.capture(&scratch.operator(), scratch.request(TICKET), vec![staged]).unwrap();
    let file = sealed_file(&scratch, receipt.record);
    assert_eq!(age::decrypt(&identity(&scratch, "service.identity"), &file).unwrap(), b"staged before");
    let status = scratch.archive.keys_status(&scratch.operator()).unwrap();
    assert_eq!((status.older_generations, status.rotation_unfinished), (0, false));
}

#[test]
fn an_epoch_is_not_turned_while_a_place_that_holds_its_key_is_out_of_reach() {
    let scratch = scratch();
    let missing = scratch.place.data().with_file_name("not-mounted");
    let turned =
        scratch.archive.turn_epoch(&scratch.operator(), std::slice::from_ref(&missing), &mut |_, _| {});
    let kept = matches!(turned, Err(Refusal::Keys(KeyDirError::Missing { file })) if file == missing);
    assert!(kept && !missing.exists());
    assert!(scratch.place.keys().join("epoch-1.age").exists());
    assert!(!scratch.place.keys().join("epoch-2.age").exists());
}

#[test]
fn after_an_epoch_turn_everything_opens_and_the_old_key_is_gone() {
    let scratch = scratch();
    let record = scratch.capture(TICKET, b"kept").unwrap().record;
    let before = std::fs::read(scratch.place.keys().join("epoch-1.age")).unwrap();
    let turn = scratch.archive.turn_epoch(&scratch.operator(), &[], &mut |_, _| {}).unwrap();
    assert_eq!((turn.epoch, turn.destroyed), (2, vec![1]));
    assert!(!scratch.place.keys().join("epoch-1.age").exists());
    for entry in std::fs::read_dir(scratch.place.keys()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert_ne!(bytes, before, "a copy of the old epoch key is left");
    }
    assert!(!sealed_file(&scratch, record).is_empty());
    let options = VerifyOptions { deep: Some(IdentitySource::Default), ..VerifyOptions::default() };
    let report = verify(&scratch.place, &options, &mut |_| {}).unwrap();
    assert_eq!(report.faults, []);
}

#[test]
fn a_cell_that_is_not_as_the_ledger_says_is_not_sealed_anew() {
    if crate::archive::tests::on_postgres() {
        // Changes the file of SQLite.
        return;
    }
    let scratch = scratch();
    let record = scratch.capture(TICKET, b"kept").unwrap().record;
    let older = format!("UPDATE cells SET generation = 7 WHERE owner = '{record}' AND part = 'version:1'");
    crate::store::testing::execute_raw(&scratch.place.database(), &older);
    let operator = scratch.operator();
    let turned = scratch.archive.turn_epoch(&operator, &[], &mut |_, _| {});
    assert!(matches!(turned, Err(Refusal::Damaged(_))), "{turned:?}");
    let mended = format!("UPDATE cells SET generation = 0 WHERE owner = '{record}' AND part = 'version:1'");
    crate::store::testing::execute_raw(&scratch.place.database(), &mended);
    scratch.archive.turn_epoch(&operator, &[], &mut |_, _| {}).unwrap();
}
