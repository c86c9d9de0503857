mod copies;
mod office;
mod traces;

use std::collections::BTreeSet;

use crate::access::two_person::ApprovalRefusal;
use crate::archive::disposition::{Decided, DispositionRefusal, DispositionState, NewDisposition, ToDispose};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{DispositionId, RecordId};
use crate::ledger::entry::EntryKind;
use crate::retention::calendar::Period;

use office::{Office, an_office, reason};

#[test]
fn what_is_due_goes_through_its_stages_cools_off_is_sealed_and_then_destroyed() {
    let mut office = an_office();
    let records = office.tickets(2);
    let proposed = office.propose(&records).unwrap();
    assert_eq!((proposed.items, proposed.left_out.len()), (2, 0));
    let id = proposed.id;
    // Whoever asked decides nothing, and stages are decided one behind the other.
    let own = office.approve(&office.asks, id);
    assert!(matches!(own, Err(Refusal::Approval(ApprovalRefusal::OwnRequest))), "{own:?}");
    let early = office.approve(&office.officer, id);
    assert!(matches!(early, Err(Refusal::Disposition(DispositionRefusal::NotTheirStage))), "{early:?}");
    assert_eq!(office.approve(&office.clerk, id).unwrap(), DispositionState::InReview);
    assert_eq!(office.approve(&office.officer, id).unwrap(), DispositionState::InReview);
    let twice = office.approve(&office.officer, id);
    assert!(matches!(twice, Err(Refusal::Approval(ApprovalRefusal::AlreadyDecided))), "{twice:?}");
    assert!(matches!(office.sealed(id), Err(Refusal::WrongState)), "not yet approved");
    assert_eq!(office.approve(&office.counsel, id).unwrap(), DispositionState::Approved);
    let early = office.sealed(id);
    assert!(matches!(early, Err(Refusal::Disposition(DispositionRefusal::CoolingOff { .. }))), "{early:?}");
    office.days_later(4);
    let alone = office.sealed(id);
    assert!(
        matches!(alone, Err(Refusal::Disposition(DispositionRefusal::Witnesses { needed: 1, there: 0 }))),
        "{alone:?}"
    );
    office.archive().attend_disposition(&office.witness, id).unwrap();
    assert!(matches!(office.shredded(id), Err(Refusal::WrongState)), "not yet sealed");
    assert_eq!(office.found("zebra0quartz"), 1);
    let carried = office.sealed(id).unwrap();
    assert_eq!((carried.state, carried.done, carried.left), (DispositionState::Sealed, 2, 0));
    // Nobody reads what is sealed, and it is found by nobody; it is still there.
    assert!(matches!(office.opened(records[0]), Err(Refusal::WrongState)));
    assert_eq!(office.found("zebra0quartz"), 0);
    let shown = office.archive().show(&office.officer, records[0]).unwrap();
    assert_eq!(shown.state, "sealed");
    assert!(shown.versions[0].descriptor.is_none() && shown.tombstone.is_some());
    office.is_clean();
    let carried = office.shredded(id).unwrap();
    assert_eq!((carried.state, carried.done), (DispositionState::Finished, 2));
    for record in &records {
        assert!(matches!(office.opened(*record), Err(Refusal::Erased(Thing::Record))));
        let shown = office.archive().show(&office.officer, *record).unwrap();
        let tombstone = shown.tombstone.unwrap();
        assert_eq!((shown.state.as_str(), tombstone.rule.as_deref()), ("shredded", Some("tickets@1")));
        assert_eq!((tombstone.disposition, tombstone.approved_by.len()), (id, 3));
        assert!(shown.versions.iter().all(|one| one.components.iter().all(|component| !component.present)));
    }
    office.catch_up();
    office.is_clean();
    assert_eq!(office.standings(id, &records), ["destroyed", "destroyed"]);
    office.days_later(0);
    office.is_clean();
    assert_eq!(office.archive().show(&office.officer, records[0]).unwrap().state, "shredded");
}

#[test]
fn only_what_is_due_free_and_in_no_other_disposition_is_taken_in() {
    let mut office = an_office();
    let mut records = office.tickets(3);
    office.hold(records[1]).unwrap();
    let first = office.propose(&records[..1]).unwrap();
    records.push(office.ticket_on(9, "2027-01-10"));
    let refused = office.propose(&records[..2]);
    assert!(
        matches!(refused, Err(Refusal::Disposition(DispositionRefusal::NothingDue { left_out: 2 }))),
        "{refused:?}"
    );
    let proposed = office.propose(&records).unwrap();
    let why = |record: RecordId| proposed.left_out.iter().find(|one| one.0 == record).map(|one| one.1);
    assert_eq!(proposed.items, 1);
    assert_eq!(why(records[0]), Some("in_disposition"));
    assert_eq!(why(records[1]), Some("unavailable"));
    assert_eq!(why(records[3]), Some("floor"));
    // Refused, the records are free for another one; and a rule gathers whatever is due under it.
    let refuse = Decided::Refuse { reason: reason() };
    let state = office.archive().decide_disposition(&office.clerk, first.id, &refuse, Some(1)).unwrap();
    assert_eq!(state, DispositionState::Refused);
    let what = ToDispose::Rule("tickets".to_owned());
    let by_rule = office
        .archive()
        .propose_disposition(&office.asks, &NewDisposition { what, reason: reason() })
        .unwrap();
    assert_eq!(by_rule.items, 1);
    let listed = office.archive().dispositions(&office.auditor, None, 10).unwrap();
    assert_eq!(listed.0.len(), 3);
    assert!(matches!(
        office.archive().disposition(&office.admin, first.id),
        Err(Refusal::NotFound(_) | Refusal::Forbidden)
    ));
    office.is_clean();
}

#[test]
fn a_reviewer_extends_the_keeping_of_some_and_they_are_not_due_before() {
    let mut office = an_office();
    let records = office.tickets(2);
    let id = office.propose(&records).unwrap().id;
    let extend = Decided::Extend {
        records: BTreeSet::from([records[0]]),
        period: Period::parse("P2Y").unwrap(),
        reason: reason(),
    };
    let state = office.archive().decide_disposition(&office.clerk, id, &extend, None).unwrap();
    assert_eq!(state, DispositionState::InReview);
    assert_eq!(office.standings(id, &records), ["left", "waits"]);
    let explained = office.archive().explain_retention(&office.asks, records[0], None).unwrap();
    assert!(explained.verdict.blockers.iter().any(|one| one.code() == "not_due"), "{:?}", explained.verdict);
    let again = office.propose(&records[..1]);
    assert!(matches!(again, Err(Refusal::Disposition(DispositionRefusal::NothingDue { .. }))), "{again:?}");
    // The same person has not decided on what is left.
    assert_eq!(office.approve(&office.clerk, id).unwrap(), DispositionState::InReview);
    office.is_clean();
}

#[test]
fn a_hold_between_approval_and_execution_evicts_and_the_others_go_as_they_were_approved() {
    let mut office = an_office();
    let records = office.tickets(3);
    let id = office.ready(&records);
    let root = office.archive().disposition(&office.asks, id).unwrap().root;
    office.hold(records[1]).unwrap();
    assert_eq!(office.standings(id, &records), ["waits", "left", "waits"]);
    assert_eq!(office.sealed(id).unwrap().left, 1);
    assert_eq!(office.shredded(id).unwrap().state, DispositionState::Finished);
    assert_eq!(office.standings(id, &records), ["destroyed", "left", "destroyed"]);
    assert_eq!(office.archive().disposition(&office.asks, id).unwrap().root, root);
    assert!(office.opened(records[1]).unwrap().contains("zebra1quartz"));
    assert!(office.hold(records[0]).is_err(), "of what is destroyed nothing can be held");
    office.is_clean();
}

#[test]
fn a_hold_in_the_sealed_phase_stops_the_destruction_at_once() {
    let mut office = an_office();
    let records = office.tickets(2);
    let id = office.ready(&records);
    office.sealed(id).unwrap();
    office.hold(records[0]).unwrap();
    assert_eq!(office.standings(id, &records), ["restoring", "sealed"]);
    assert_eq!(office.shredded(id).unwrap().state, DispositionState::Finished);
    assert_eq!(office.standings(id, &records), ["restoring", "destroyed"]);
    assert_eq!(office.archive().show(&office.officer, records[0]).unwrap().state, "sealed");
    office.is_clean();
}

#[test]
fn a_sealed_record_is_restored_by_a_decision_with_the_recovery_identity() {
    let mut office = an_office();
    let records = office.tickets(2);
    let id = office.ready(&records);
    office.sealed(id).unwrap();
    office.archive().restore_from_disposition(&office.officer, id, records[0]).unwrap();
    let again = office.archive().restore_from_disposition(&office.officer, id, records[0]);
    assert!(matches!(again, Err(Refusal::WrongState)), "{again:?}");
    restored(&mut office, 1);
    assert!(office.opened(records[0]).unwrap().contains("zebra0quartz"));
    office.catch_up();
    assert_eq!(office.found("zebra0quartz"), 1);
    assert_eq!(office.standings(id, &records), ["left", "sealed"]);
    office.is_clean();
    office.shredded(id).unwrap();
    office.is_clean();
    // It may be proposed anew.
    assert_eq!(office.propose(&records[..1]).unwrap().items, 1);
}

#[test]
fn the_recovery_key_stays_while_it_alone_opens_something() {
    use crate::keydir::{IdentitySource, Replace};
    let mut office = an_office();
    let records = office.tickets(2);
    let id = office.ready(&records);
    office.sealed(id).unwrap();
    office.archive().restore_from_disposition(&office.officer, id, records[0]).unwrap();
    let operator = office.archive().local_operator().unwrap();
    let rotated = |office: &Office, replace| {
        office.archive().rotate_keys(&operator, replace, &IdentitySource::Default, &mut |_, _| {}).map(|_| ())
    };
    for replace in [Replace::Recovery, Replace::Both] {
        let refused = rotated(&office, replace);
        assert!(
            matches!(refused, Err(Refusal::Disposition(DispositionRefusal::EscrowsWait { records: 2 }))),
            "{refused:?}"
        );
    }
    // The service key is another matter: what was sealed before is read again with the recovery key.
    rotated(&office, Replace::Service).unwrap();
    restored(&mut office, 1);
    assert!(office.opened(records[0]).unwrap().contains("zebra0quartz"));
    office.shredded(id).unwrap();
    rotated(&office, Replace::Both).unwrap();
    assert!(office.opened(records[0]).unwrap().contains("zebra0quartz"));
    office.is_clean();
}

/// Recovers the keys as two administrators do at the machine.
fn restored(office: &mut Office, records: u64) {
    let (place, options) = (office.house.place.clone(), office.house.options());
    let actor = crate::ledger::entry::Actor::User(office.admin.user());
    office.reopen_after(move || {
        let source = crate::keydir::IdentitySource::Default;
        let archive = crate::archive::Archive::open_to_recover(&place, &options, &source).unwrap();
        assert_eq!(archive.restore_sealed(actor).unwrap(), records);
    });
}

#[test]
fn a_disposition_that_broke_off_goes_on_where_the_ledger_says() {
    let mut office = an_office();
    let records = office.tickets(4);
    let id = office.ready(&records);
    let may = |office: &Office| office.archive().may_carry_out(&office.asks, id).unwrap();
    let items = |office: &Office| {
        let inner = &office.archive().inner;
        inner
            .store
            .read(|conn| {
                let ledger = inner.ledgered(conn)?;
                let (_, batch) = ledger.batch(conn, id)?.unwrap();
                super::list::ItemList::open(inner, conn, &batch)
            })
            .unwrap()
            .items
    };
    office.archive().turn((&office.asks, &may(&office)), id, DispositionState::Sealing).unwrap();
    let list = items(&office);
    // In the order of the list: ids of one instant stand in any order.
    let records: Vec<RecordId> = list.iter().map(|item| item.record).collect();
    office.archive().seal_one((&office.asks, &may(&office)), id, (0, &list[0])).unwrap();
    office.days_later(0);
    assert_eq!(office.standings(id, &records), ["sealed", "waits", "waits", "waits"]);
    office.is_clean();
    assert_eq!(office.sealed(id).unwrap().done, 4);
    office.archive().turn((&office.asks, &may(&office)), id, DispositionState::Shredding).unwrap();
    office.archive().shred_one((&office.asks, &may(&office)), id, (2, &list[2])).unwrap();
    office.days_later(0);
    assert_eq!(office.standings(id, &records), ["sealed", "sealed", "destroyed", "sealed"]);
    let early = office.archive().certificate_of_destruction(&office.asks, id);
    assert!(matches!(early, Err(Refusal::WrongState)), "the certificate only when all are final");
    assert_eq!(office.shredded(id).unwrap().state, DispositionState::Finished);
    assert_eq!(office.house.entries(EntryKind::RecordShredded).len(), 4);
    office.is_clean();
}

#[test]
fn what_changed_since_it_was_reviewed_is_not_what_was_approved() {
    let mut office = an_office();
    let records = office.tickets(2);
    let id = office.ready(&records);
    // A later event, rule or version begins its own review; here a further version.
    let defaults = crate::record::request::CaptureDefaults {
        jurisdiction: crate::record::jurisdiction::Jurisdiction::china(),
        zone: crate::base::civil::Zone::SHANGHAI,
        now: office.archive().inner.now(),
        content_comes_apart: true,
    };
    let json = serde_json::json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "改",
        "components": [{"name": "b.txt"}]});
    let read = crate::record::request::read_json(json.to_string().as_bytes()).unwrap();
    let capture = crate::record::request::Capture::from_json(&read, &defaults).unwrap();
    let staged = office.archive().stage(b"other", crate::archive::stage::Declared::default()).unwrap();
    office.archive().amend(&office.clerk, records[0], capture, vec![staged], None).unwrap();
    assert_eq!(office.sealed(id).unwrap().left, 1);
    assert_eq!(office.standings(id, &records), ["left", "sealed"]);
    assert!(office.opened(records[0]).is_ok());
    office.is_clean();
}

#[test]
fn what_nobody_may_know_of_is_not_there() {
    let mut office = an_office();
    let records = office.tickets(1);
    let id = office.propose(&records).unwrap().id;
    for caller in [&office.clerk, &office.counsel, &office.officer, &office.witness, &office.auditor] {
        assert!(office.archive().disposition(caller, id).is_ok());
    }
    let other = DispositionId::from_bytes([3; 16]);
    assert!(matches!(
        office.archive().disposition(&office.asks, other),
        Err(Refusal::NotFound(Thing::Disposition))
    ));
    // A witness attends what is approved, and decides on nothing.
    assert!(matches!(office.archive().attend_disposition(&office.witness, id), Err(Refusal::WrongState)));
    assert!(office.approve(&office.witness, id).is_err());
    assert!(office.archive().withdraw_disposition(&office.officer, id).is_err());
    office.archive().withdraw_disposition(&office.asks, id).unwrap();
    assert!(matches!(office.approve(&office.clerk, id), Err(Refusal::WrongState)));
}
