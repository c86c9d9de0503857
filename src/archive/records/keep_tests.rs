//! Redacted copies that are kept: records of their own, whose lineage the ledger tells.

use serde_json::Value;

use super::*;
use crate::access::role::Role;
use crate::archive::cases::tests::caller;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::archive::tests::{Scratch, on_postgres, scratch};
use crate::archive::verify::{VerifyOptions, verify};
use crate::base::id::RecordId;
use crate::record::kind::{Kind, Subkind};
use crate::record::lineage::LinkKind;
use crate::store::testing::execute_raw;

const WORDS: &str = "联系人：王小明，电话13800138000。";

fn captured(scratch: &Scratch, name: &str, content: &[u8]) -> RecordId {
    let ticket = format!(
        r#"{{"kind": "authorization", "case": "SC-1", "occurred": "2026-03-01", "title": "授权书",
        "parties": [{{"role": "customer", "name": "欧阳若曦"}}], "components": [{{"name": "{name}"}}]}}"#
    );
    scratch.capture(&ticket, content).unwrap().record
}

fn wanted(scratch: &Scratch, record: RecordId, slip: bool) -> KeepRequest {
    let of = RenditionRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        profile: None,
        looked_at: Vec::new(),
    };
    KeepRequest { of, slip, defaults: scratch.defaults() }
}

fn kept(scratch: &Scratch, record: RecordId, slip: bool) -> Result<Kept, Refusal> {
    scratch.archive.keep_redacted(&scratch.operator(), &wanted(scratch, record, slip))
}

fn content_of(scratch: &Scratch, record: RecordId) -> String {
    let request = OpenRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        purpose: "核对".to_owned(),
        form: Form::Content,
    };
    let mut text = String::new();
    let mut opened = scratch.archive.open_original(&scratch.operator(), &request).unwrap();
    std::io::Read::read_to_string(&mut opened.reader, &mut text).unwrap();
    text
}

fn is_sound(scratch: &Scratch) -> bool {
    let database = Some(crate::archive::tests::database_url(&scratch.place));
    let options = VerifyOptions { database, ..VerifyOptions::default() };
    verify(&scratch.place, &options, &mut |_| {}).unwrap().faults.is_empty()
}

#[test]
fn a_kept_copy_is_a_record_of_its_own_in_the_same_case_and_names_nobody() {
    let scratch = scratch();
    let source = captured(&scratch, "王小明.txt", WORDS.as_bytes());
    let kept = kept(&scratch, source, false).unwrap();
    let copy = scratch.archive.show(&scratch.operator(), kept.receipt.record).unwrap();
    let of = scratch.archive.show(&scratch.operator(), source).unwrap();
    assert_eq!((copy.case, copy.category.as_str()), (of.case, "derivative.redacted"));
    assert_eq!(copy.kind, Kind::ServiceRecord(Subkind::General), "a copy of an authorization allows nothing");
    assert!(copy.parties.is_empty());
    let descriptor = copy.versions[0].descriptor.as_ref().unwrap().to_json().to_string();
    assert!(!descriptor.contains("王小明") && !descriptor.contains("若曦"), "{descriptor}");
    assert_eq!(content_of(&scratch, kept.receipt.record), "联系人：[当事人1]，电话138****8000。");
    assert_eq!(content_of(&scratch, source), WORDS, "the original stays as it is");
    assert!(is_sound(&scratch));
}

#[test]
fn both_ends_tell_what_was_made_of_which_version_by_which_profile() {
    let scratch = scratch();
    let source = captured(&scratch, "a.txt", WORDS.as_bytes());
    let kept = kept(&scratch, source, false).unwrap();
    let told = |record| scratch.archive.show(&scratch.operator(), record).unwrap().derivatives;
    let derivatives = told(source);
    assert_eq!(derivatives, told(kept.receipt.record));
    let [one] = derivatives.as_slice() else { panic!("{derivatives:?}") };
    assert_eq!((one.record, one.from, one.version), (kept.receipt.record, source, 1));
    assert_eq!((one.profile.as_str(), one.ledger_index), ("opposing-party", kept.ledger_index));
    let custody = scratch.archive.custody(&scratch.operator(), source).unwrap();
    let entry = custody.iter().find(|entry| entry.index == kept.ledger_index).unwrap();
    let body: Value = serde_json::from_slice(&entry.bytes).unwrap();
    assert_eq!(body["facts"]["kept"], kept.receipt.record.to_string());
    assert_eq!(body["facts"]["kept_component"], one.kept_component);
    let case =
        scratch.archive.case(&scratch.operator(), &crate::archive::cases::tests::named("SC-1")).unwrap();
    let links: Vec<_> = case.links.iter().map(|link| (link.kind, link.from, link.to)).collect();
    assert_eq!(links, [(LinkKind::DerivedFrom, kept.receipt.record, source)]);
}

#[test]
fn a_link_that_somebody_sets_is_no_lineage_of_ours() {
    let scratch = scratch();
    let source = captured(&scratch, "a.txt", WORDS.as_bytes());
    let by_hand = format!(
        r#"{{"kind": "service_record", "case": "SC-1", "occurred": "2026-03-02", "title": "手工遮盖",
        "links": [{{"kind": "derived_from", "to": "{source}"}}], "components": [{{"name": "b.txt"}}]}}"#
    );
    let copy = scratch.capture(&by_hand, b"x").unwrap().record;
    for record in [source, copy] {
        let view = scratch.archive.show(&scratch.operator(), record).unwrap();
        assert_eq!((view.links.len(), view.derivatives.len()), (1, 0));
    }
}

#[test]
fn what_is_withheld_leaves_a_slip_sheet_only_where_one_is_asked_for() {
    let scratch = scratch();
    let source = captured(&scratch, "王小明.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00\xFF\xFB\x90\x00");
    assert!(matches!(kept(&scratch, source, false), Err(Refusal::Withheld(Withheld::NoText))));
    let before = scratch.archive.custody(&scratch.operator(), source).unwrap().len();
    assert_eq!(before, 1, "nothing was entered");
    let slip = kept(&scratch, source, true).unwrap();
    assert_eq!((slip.withheld, slip.report), (Some("no_text"), None));
    let text = content_of(&scratch, slip.receipt.record);
    assert!(text.contains("WITHHELD") && text.contains(&source.to_string()), "{text}");
    assert!(!text.contains("王小明"), "{text}");
    let told = scratch.archive.show(&scratch.operator(), source).unwrap().derivatives;
    assert_eq!(told[0].withheld.as_deref(), Some("no_text"));
    assert!(is_sound(&scratch));
}

#[test]
fn keeping_takes_the_right_to_capture_and_what_a_rendition_takes() {
    let scratch = scratch();
    let source = captured(&scratch, "a.txt", WORDS.as_bytes());
    let case = scratch.archive.show(&scratch.operator(), source).unwrap().case.unwrap();
    for role in [Role::Legal, Role::Trainer, Role::PrivacyOfficer, Role::Auditor, Role::Administrator] {
        let refused =
            scratch.archive.keep_redacted(&caller(role, 7, &[case]), &wanted(&scratch, source, true));
        assert!(matches!(refused, Err(Refusal::Forbidden)), "{role}");
    }
    let outside =
        scratch.archive.keep_redacted(&caller(Role::Archivist, 8, &[]), &wanted(&scratch, source, true));
    assert!(matches!(outside, Err(Refusal::NotFound(Thing::Record))));
}

#[test]
fn an_entry_that_was_taken_out_is_missed_and_a_copy_is_no_link_without_its_own() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = scratch();
    let source = captured(&scratch, "a.txt", WORDS.as_bytes());
    let kept = kept(&scratch, source, false).unwrap();
    execute_raw(
        &scratch.place.database(),
        &format!("UPDATE links SET to_record = from_record WHERE from_record = '{}'", kept.receipt.record),
    );
    let refused = scratch.archive.show(&scratch.operator(), kept.receipt.record);
    assert!(matches!(refused, Err(Refusal::Damaged(_))), "{refused:?}");
}

#[test]
fn boxes_are_taken_from_whoever_opened_that_file_and_from_nobody_else() {
    let scratch = scratch();
    let source = captured(&scratch, "a.pdf", b"%PDF-1.7\n1 0 obj");
    let other = captured(&scratch, "b.pdf", b"%PDF-1.7\n1 0 obj");
    let rendered = || {
        let mut of = wanted(&scratch, source, false).of;
        of.looked_at = vec![crate::document::rendition::LookedAt { page: 1, boxes: Vec::new() }];
        scratch.archive.redacted_rendition(&scratch.operator(), &of).err().unwrap()
    };
    assert!(matches!(rendered(), Refusal::Withheld(Withheld::NotOpened)));
    content_of(&scratch, other);
    assert!(matches!(rendered(), Refusal::Withheld(Withheld::NotOpened)), "another file");
    content_of(&scratch, source);
    // Nothing reads documents in here.
    assert!(matches!(rendered(), Refusal::Withheld(Withheld::NoText)));
}
