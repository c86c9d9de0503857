//! Redacted copies that were kept of a record: none outlives it.

use std::collections::BTreeSet;

use super::office::{Office, an_office};
use crate::archive::disposition::{DispositionRefusal, DispositionState};
use crate::archive::policies::PolicySource;
use crate::archive::policies::tests::publish;
use crate::archive::records::{KeepRequest, RenditionRequest};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::Zone;
use crate::base::id::RecordId;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::CaptureDefaults;

/// Keeps a redacted copy.
fn copy_of(office: &Office, record: RecordId) -> RecordId {
    let archive = office.archive();
    let defaults = CaptureDefaults {
        jurisdiction: Jurisdiction::china(),
        zone: Zone::SHANGHAI,
        now: archive.inner.now(),
        content_comes_apart: true,
    };
    let of = RenditionRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        profile: None,
        looked_at: Vec::new(),
    };
    let operator = archive.local_operator().unwrap();
    let kept = archive.keep_redacted(&operator, &KeepRequest { of, slip: false, defaults }).unwrap();
    office.catch_up();
    kept.receipt.record
}

/// A rule of their own, by which copies are kept for so long.
fn copies_are_kept_for(office: &Office, period: &str) {
    let policy = super::office::POLICY
        .replace("\"house\"", "\"copies\"")
        .replace("\"tickets\"", "\"copies.kept\"")
        .replace("kinds = [\"ticket\"]", "categories = [\"derivative.redacted\"]")
        .replace("period = \"P1M\"", &format!("period = \"{period}\""));
    publish(office.archive(), (&office.asks, &office.officer), &PolicySource::Text(policy), 0).unwrap();
}

fn state_of(office: &Office, record: RecordId) -> String {
    office.archive().show(&office.officer, record).unwrap().state
}

#[test]
fn copies_that_were_kept_are_sealed_and_destroyed_with_their_record() {
    let mut office = an_office();
    let records = office.tickets(2);
    let copy = copy_of(&office, records[0]);
    let again = copy_of(&office, copy);
    let id = office.ready(&records[..1]);
    let shown = office.archive().disposition(&office.asks, id).unwrap();
    let told: BTreeSet<RecordId> = shown.items[0].copies.iter().copied().collect();
    assert_eq!(told, BTreeSet::from([copy, again]), "reviewers are told what goes too");
    office.sealed(id).unwrap();
    for closed in [records[0], copy, again] {
        assert_eq!(state_of(&office, closed), "sealed");
        assert!(matches!(office.opened(closed), Err(Refusal::WrongState)));
    }
    office.is_clean();
    let carried = office.shredded(id).unwrap();
    assert_eq!((carried.state, carried.done), (DispositionState::Finished, 1));
    for gone in [records[0], copy, again] {
        assert!(matches!(office.opened(gone), Err(Refusal::Erased(Thing::Record))));
        let tombstone = office.archive().show(&office.officer, gone).unwrap().tombstone.unwrap();
        assert_eq!((tombstone.disposition, tombstone.rule.as_deref()), (id, Some("tickets@1")));
    }
    let file = office.archive().certificate_of_destruction(&office.asks, id).unwrap();
    let copies = file["certificate"]["items"][0]["copies"].as_array().unwrap();
    let named: BTreeSet<&str> = copies.iter().map(|copy| copy["record"].as_str().unwrap()).collect();
    assert_eq!(named, BTreeSet::from([copy.to_string().as_str(), again.to_string().as_str()]));
    assert!(copies.iter().all(|copy| copy["destroyed"]["ledger"].is_u64()), "{copies:?}");
    assert!(office.opened(records[1]).is_ok());
    office.is_clean();
}

#[test]
fn a_hold_over_a_copy_keeps_its_record_whenever_it_comes() {
    let mut office = an_office();
    let records = office.tickets(2);
    let copies = [copy_of(&office, records[0]), copy_of(&office, records[1])];
    let id = office.ready(&records);
    office.hold(copies[0]).unwrap();
    assert_eq!(office.sealed(id).unwrap().left, 1);
    assert_eq!(office.standings(id, &records), ["left", "sealed"]);
    assert!(office.opened(copies[0]).is_ok());
    office.hold(copies[1]).unwrap();
    let carried = office.shredded(id).unwrap();
    assert_eq!((carried.state, carried.left), (DispositionState::Withdrawn, 2));
    assert_eq!(office.standings(id, &records), ["left", "restoring"]);
    assert_eq!(state_of(&office, copies[1]), "sealed");
    office.is_clean();
    // Both are read again by one recovery of keys.
    super::restored(&mut office, 2);
    assert!(office.opened(records[1]).is_ok() && office.opened(copies[1]).is_ok());
    office.is_clean();
}

#[test]
fn a_rule_that_keeps_a_copy_for_longer_keeps_its_record() {
    let mut office = an_office();
    let records = office.tickets(2);
    copies_are_kept_for(&office, "P10Y");
    let copy = copy_of(&office, records[0]);
    let id = office.ready(&records);
    assert_eq!(office.sealed(id).unwrap().left, 1);
    assert_eq!(office.standings(id, &records), ["left", "sealed"]);
    assert!(office.opened(copy).is_ok());
    office.shredded(id).unwrap();
    let file = office.archive().certificate_of_destruction(&office.asks, id).unwrap();
    let items = file["certificate"]["items"].as_array().unwrap();
    let left = items.iter().find(|item| item["outcome"] == "left").unwrap();
    assert_eq!(left["left"]["why"][0], "copy_kept");
    office.is_clean();
}

#[test]
fn a_copy_that_is_due_by_itself_stops_no_disposition_and_goes_once() {
    let mut office = an_office();
    copies_are_kept_for(&office, "P1M");
    let records = office.tickets(2);
    let copies = [copy_of(&office, records[0]), copy_of(&office, records[1])];
    office.days_later(40);
    // In one disposition with its record, and in another one.
    let both = office.propose(&[records[0], copies[0]]).unwrap();
    assert_eq!(both.items, 2, "{:?}", both.left_out);
    let (with, alone) = (office.ready(&[records[1]]), office.ready(&[copies[1]]));
    let id = both.id;
    for by in [&office.clerk, &office.officer, &office.counsel] {
        office.approve(by, id).unwrap();
    }
    office.archive().attend_disposition(&office.witness, id).unwrap();
    office.days_later(4);
    for id in [id, with] {
        assert_eq!(office.sealed(id).unwrap().state, DispositionState::Sealed);
    }
    assert_eq!(office.standings(alone, &copies[1..]), ["left"]);
    assert_eq!(office.sealed(alone).unwrap().state, DispositionState::Withdrawn);
    for id in [id, with] {
        assert_eq!(office.shredded(id).unwrap().state, DispositionState::Finished);
    }
    assert_eq!(office.standings(id, &[records[0], copies[0]]), ["destroyed", "destroyed"]);
    for gone in records.iter().chain(&copies) {
        assert_eq!(state_of(&office, *gone), "shredded");
    }
    let again = office.propose(&copies);
    assert!(matches!(again, Err(Refusal::Disposition(DispositionRefusal::NothingDue { .. }))), "{again:?}");
    office.is_clean();
}
