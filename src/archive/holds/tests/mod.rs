//! The rules of holds.

mod confidential;
mod court;
mod judged;
mod living;
mod races;
mod tampering;

use std::collections::BTreeSet;

use serde_json::json;

use super::{HoldQueryFilter, NewNotice, Part, ReleaseRequest};
use crate::access::two_person::{ApprovalRefusal, Verdict};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::verify::{Report, VerifyOptions, verify};
use crate::archive::{Archive, Caller};
use crate::base::id::HoldId;
use crate::keydir::IdentitySource;
use crate::ledger::entry::EntryKind;
use crate::record::hold::{HoldMemberKind, HoldState};
use crate::record::matter::MatterState;

use court::{Court, again};

fn verified(court: &Court) -> Report {
    let options = VerifyOptions {
        deep: Some(IdentitySource::Default),
        database: court.archive().inner.database.clone(),
        ..VerifyOptions::default()
    };
    verify(&court.house.place, &options, &mut |_| {}).unwrap()
}

fn is_held(erased: &Result<crate::archive::disposition::Erasure, Refusal>, count: u64) -> bool {
    matches!(erased, Err(Refusal::Held { holds }) if *holds == count)
}

#[test]
fn what_a_hold_names_is_not_destroyed_and_the_last_release_frees_it() {
    let court = Court::new();
    let one = court.placed(json!({"records": [court.log.to_string()]}), &json!({}));
    let other = court.placed(json!({"cases": [court.case.to_string()]}), &json!({}));
    assert!(is_held(&court.erase(court.log, &[0]), 2));
    court.released(one);
    assert!(is_held(&court.erase(court.log, &[0]), 1), "two holds, one released: still held");
    court.released(other);
    assert!(matches!(court.erase(court.log, &[0]), Err(Refusal::HeldInGrace { .. })));
    assert!(court.archive().show(&court.asks, court.log).unwrap().holds.len() == 2, "they rest on it");
    let report = verified(&court);
    assert!(report.is_clean(), "{:?}", report.faults);
}

#[test]
fn a_released_hold_rests_for_its_days_and_then_lets_go() {
    let mut court = Court::new();
    let hold = court.placed(json!({"records": [court.log.to_string()]}), &json!({"grace_days": 3}));
    court.released(hold);
    let until = court.archive().hold(&court.counsel, hold).unwrap().hold.rests_until.unwrap();
    assert!(
        matches!(court.erase(court.log, &[0]), Err(Refusal::HeldInGrace { until: told }) if told == until)
    );
    // Whole days in its zone: the fourth midnight after the release.
    let seconds = (until.micros() - court.archive().inner.now().micros()) / 1_000_000;
    assert!((3 * 86_400..=4 * 86_400).contains(&seconds), "{seconds}");
    court.house.wait(seconds - 60);
    court.reopen();
    assert!(matches!(court.erase(court.log, &[0]), Err(Refusal::HeldInGrace { .. })));
    court.house.wait(61);
    assert_eq!(court.erase(court.log, &[0]).unwrap().left, 3);
    assert!(court.archive().show(&court.asks, court.log).unwrap().holds.is_empty());
}

#[test]
fn nobody_releases_alone_nor_another_state_of_it_than_was_approved() {
    let court = Court::new();
    let hold = court.placed(json!({"records": [court.log.to_string()]}), &json!({}));
    let release = |approval| court.archive().release_hold(&court.counsel, hold, approval);
    assert!(matches!(release(None), Err(Refusal::NeedsSecondPerson(_))));
    let id = court.release_asked(hold).unwrap();
    let own = court.archive().decide_approval(&court.counsel, id, Verdict::Approve);
    assert!(matches!(own, Err(Refusal::Approval(ApprovalRefusal::OwnRequest))));
    assert!(matches!(
        court.archive().decide_approval(&court.stranger, id, Verdict::Approve),
        Err(Refusal::NotFound(Thing::Approval))
    ));
    assert!(matches!(release(Some(id)), Err(Refusal::Approval(ApprovalRefusal::StillWaiting(_)))));
    court.archive().decide_approval(&court.partner, id, Verdict::Approve).unwrap();
    // It grew since: what was agreed to is another hold.
    court.add(hold, &json!({"cases": [court.case.to_string()]})).unwrap();
    assert!(matches!(release(Some(id)), Err(Refusal::Approval(ApprovalRefusal::OtherRequest))));
    court.released(hold);
    let shown = court.archive().hold(&court.partner, hold).unwrap();
    assert_eq!(shown.grounds.unwrap().reason, "判决生效，双方已履行");
    assert_eq!((shown.hold.state, shown.released_by), (HoldState::Released, Some(court.counsel.user())));
    assert!(matches!(court.release_asked(hold), Err(Refusal::WrongState)));
    assert!(matches!(court.add(hold, &json!({"categories": ["x"]})), Err(Refusal::WrongState)));
    for (authority, reason) in [("", "x"), ("x", " "), ("x\ny", "z")] {
        let request =
            ReleaseRequest { authority: authority.to_owned(), reason: reason.to_owned(), approver: None };
        let asked = court.archive().request_hold_release(&court.counsel, hold, &request);
        assert!(matches!(asked, Err(Refusal::Label { .. })));
    }
}

#[test]
fn a_hold_on_an_entry_lets_those_beside_it_go_and_keeps_the_log_that_contains_it() {
    let court = Court::new();
    court.placed(json!({"records": [format!("{}.2", court.log)]}), &json!({}));
    assert!(is_held(&court.erase(court.log, &[1, 2]), 1));
    assert_eq!(court.erase(court.log, &[1]).unwrap().left, 3);
    let inner = &court.archive().inner;
    let over = |part: Part<'_>| {
        let over = super::Over::of(inner, inner.holds_now().unwrap());
        let read = inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            over.record(conn, &ledger, (&court::row(court.archive(), court.log), part), super::Care::Full)
        });
        read.unwrap().len()
    };
    let (this, that) = (BTreeSet::from([2]), BTreeSet::from([3]));
    assert_eq!((over(Part::Whole), over(Part::Entries(&this)), over(Part::Entries(&that))), (1, 1, 0));
    assert!(matches!(
        court.place(&court.counsel, json!({"records": [format!("{}.9", court.log)]}), &json!({})),
        Err(Refusal::NotFound(Thing::Entry))
    ));
}

#[test]
fn a_list_is_narrowed_by_holds_and_matters_that_the_reader_may_know() {
    use crate::archive::records::{Besides, RecordFilter};

    let court = Court::new();
    court.another_log("SC-1", &json!({}));
    let hold = court.placed(json!({"records": [court.log.to_string()]}), &json!({"confidential": true}));
    let other = court.placed(json!({"records": [court.log.to_string()]}), &json!({}));
    court.released(other);
    let listed = |who: &Caller, besides: &Besides| {
        let filter = RecordFilter { besides: besides.clone(), ..RecordFilter::default() };
        let page = court.archive().list(who, &filter, None, 10).unwrap();
        page.items.into_iter().map(|line| line.id).collect::<Vec<_>>()
    };
    let of_hold = Besides { hold: Some(hold), ..Besides::default() };
    let of_matter = Besides { matter: Some(court.matter), ..Besides::default() };
    let held = |held| Besides { held: Some(held), ..Besides::default() };
    for besides in [&of_hold, &of_matter, &held(true)] {
        assert_eq!(listed(&court.counsel, besides), [court.log], "{besides:?}");
    }
    let free = listed(&court.counsel, &held(false));
    assert!(free.len() == 1 && free != [court.log]);
    let nobody = Besides { hold: Some(other), matter: Some(court.matter), ..Besides::default() };
    let resting = listed(&court.counsel, &nobody);
    assert_eq!(resting, [court.log], "a released hold rests for its days");
    // Who sees the record and not the hold learns nothing of it.
    assert_eq!(listed(&court.asks, &Besides::default()).len(), 2);
    assert_eq!(listed(&court.asks, &of_hold), []);
    assert_eq!(listed(&court.stranger, &of_matter), []);
}

#[test]
fn a_hold_is_placed_in_an_open_matter_by_those_who_work_on_it_over_what_they_see() {
    let court = Court::new();
    let members = || json!({"records": [court.log.to_string()]});
    let by = |caller| court.place(caller, members(), &json!({})).map(|_| ());
    assert!(matches!(by(&court.stranger), Err(Refusal::NotFound(Thing::Matter))));
    for other in [&court.asks, &court.archivist] {
        assert!(matches!(by(other), Err(Refusal::Forbidden)));
    }
    let far = court.another_log("SC-FAR", &json!({}));
    for unseen in [
        json!({"records": [far.to_string()]}),
        json!({"cases": [HoldId::without_time(&crate::base::entropy::SystemEntropy).to_string()]}),
    ] {
        let placed = court.place(&court.counsel, unseen, &json!({}));
        assert!(matches!(placed, Err(Refusal::NotFound(_))));
    }
    for (members, path) in [
        (json!({}), "members.records"),
        (json!({"records": ["x"]}), "members.records[0]"),
        (json!({"fields": [{"name": "合同编号"}]}), "members.fields[0].value"),
    ] {
        let placed = court.place(&court.counsel, members, &json!({}));
        assert!(matches!(placed, Err(Refusal::Faults(faults)) if faults[0].path == path), "{path}");
    }
    let hold = court.placed(members(), &json!({}));
    assert!(matches!(court.add(hold, &members()), Err(Refusal::Exists(Thing::Hold))));
    court.archive().set_matter_state(&court.counsel, court.matter, MatterState::Closed, None).unwrap();
    assert!(matches!(by(&court.counsel), Err(Refusal::WrongState)));
    assert!(is_held(&court.erase(court.log, &[0]), 1), "closing a matter releases nothing");
}

#[test]
fn a_refused_attempt_is_entered_and_the_ledger_names_nobody_and_nothing_that_is_held() {
    let court = Court::new();
    court.placed(
        json!({"records": [court.log.to_string()], "fields": [{"name": "合同编号", "value": "HT-2031-00417"}]}),
        &json!({}),
    );
    assert!(court.erase(court.log, &[0, 1]).is_err());
    let refused = court.house.entries(EntryKind::DispositionRefused);
    assert_eq!(refused.len(), 1);
    assert_eq!((&refused[0].subject, &refused[0].facts["entries"]), (&court.log.to_string(), &json!(2)));
    let placed = court.house.entries(EntryKind::HoldPlaced).remove(0);
    let text = format!("{:?}", placed.facts);
    assert!(!text.contains(&court.log.to_string()) && !text.contains("HT-2031"), "{text}");
    assert_eq!(placed.facts.keys().collect::<Vec<_>>(), ["commitment", "hold", "rows", "sealed"]);
}

#[test]
fn people_are_told_and_say_that_they_have_read_it() {
    let court = Court::new();
    let hold = court.placed(json!({"cases": [court.case.to_string()]}), &json!({"confidential": true}));
    let archive: &Archive = court.archive();
    let to = vec![court.archivist.user(), court.asks.user()];
    let notice = NewNotice { text: "请勿删除与青禾有关的任何材料。".to_owned(), to };
    let id = archive.notice_hold(&court.counsel, hold, &notice).unwrap();
    let own = archive.own_hold_notices(&court.archivist, None, 10).unwrap().items;
    assert_eq!((own.len(), own[0].text.as_deref()), (1, Some(notice.text.as_str())));
    assert_eq!(
        (own[0].hold, own[0].recipients.len()),
        (None, 1),
        "who was told sees the words, not the hold"
    );
    assert!(archive.own_hold_notices(&court.decides, None, 10).unwrap().items.is_empty());
    assert!(matches!(archive.acknowledge_hold(&court.decides, id), Err(Refusal::NotFound(_))));
    archive.acknowledge_hold(&court.archivist, id).unwrap();
    assert!(matches!(archive.acknowledge_hold(&court.archivist, id), Err(Refusal::Exists(_))));
    let told = archive.hold_notices(&court.partner, hold, None, 10).unwrap().items;
    let read: Vec<bool> = told[0].recipients.iter().map(|(_, at)| at.is_some()).collect();
    assert_eq!(read.iter().filter(|read| **read).count(), 1);
    assert!(matches!(archive.hold_notices(&court.stranger, hold, None, 10), Err(Refusal::NotFound(_))));
    for (by, refusal) in [(&court.asks, "not permitted"), (&court.stranger, "no such Hold")] {
        assert_eq!(archive.notice_hold(by, hold, &notice).unwrap_err().to_string(), refusal);
    }
    let nobody = NewNotice { to: Vec::new(), ..notice };
    assert!(matches!(archive.notice_hold(&court.counsel, hold, &nobody), Err(Refusal::Faults(_))));
    assert!(verified(&court).is_clean());
}

#[test]
fn the_day_of_the_next_look_reminds_and_releases_nothing() {
    let court = Court::new();
    let members = json!({"records": [court.log.to_string()]});
    let hold = court.placed(members.clone(), &json!({"review_by": "2020-01-01"}));
    court.placed(members, &json!({"review_by": "2999-01-01"}));
    let overdue = HoldQueryFilter { overdue: true, ..HoldQueryFilter::default() };
    let listed = court.archive().list_holds(&court.counsel, overdue, None, 10).unwrap().items;
    assert_eq!(listed.iter().map(|line| line.id).collect::<Vec<_>>(), [hold]);
    assert!(is_held(&court.erase(court.log, &[0]), 2));
    let seen = court.archive().hold(&court.counsel, hold).unwrap().revision;
    let later = crate::base::civil::CivilDate::parse("2999-01-01").ok();
    court.archive().review_hold_by(&court.counsel, hold, later, Some(seen)).unwrap();
    let again = court.archive().review_hold_by(&court.counsel, hold, None, Some(seen));
    assert!(matches!(again, Err(Refusal::Stale)));
    assert!(court.archive().list_holds(&court.counsel, overdue, None, 10).unwrap().items.is_empty());
}

#[test]
fn what_a_hold_names_is_told_page_by_page_as_far_as_the_reader_sees_it() {
    let court = Court::new();
    let members = json!({"records": (0..4).map(|entry| format!("{}.{entry}", court.log)).collect::<Vec<_>>(),
        "cases": [court.case.to_string()]});
    let hold = court.placed(members, &json!({}));
    let page = |caller, cursor: Option<&str>| court.archive().hold_members(caller, hold, cursor, 3).unwrap();
    let first = page(&court.counsel, None);
    let rest = page(&court.counsel, first.next.as_deref());
    let kinds: Vec<HoldMemberKind> = first.items.iter().chain(&rest.items).map(|one| one.kind).collect();
    assert_eq!((kinds.len(), kinds.iter().filter(|kind| **kind == HoldMemberKind::Case).count()), (5, 1));
    assert!(first.items.iter().all(|one| one.target.is_some()));
    let shown = court.archive().show(&court.counsel, court.log).unwrap();
    assert_eq!(shown.holds.iter().map(|mark| mark.hold).collect::<Vec<_>>(), [hold]);
    let listed = |caller| {
        let page = court.archive().list(caller, &crate::archive::records::RecordFilter::default(), None, 10);
        page.unwrap().items.iter().filter(|line| line.held).count()
    };
    assert_eq!((listed(&court.counsel), listed(&court.asks)), (1, 1));
    let archivist = again(&court.house, "an");
    assert_eq!(listed(&archivist), 0);
}
