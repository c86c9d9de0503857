use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::role::{Role, Roles};
use crate::access::two_person::{APPROVAL_SECONDS, ApprovalRefusal, ApprovalState, TwoPersonAction, Verdict};
use crate::archive::Caller;
use crate::archive::exports::{ExportRequest, Selection};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::{reseal, words_at};
use crate::archive::users::tests::{House, PASSWORD, a_house, typed};
use crate::archive::users::{Granted, Reset};
use crate::base::id::{ApprovalId, UserId};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::request::CaseRef;
use crate::store::rows::cells;

/// Two administrators and somebody who forgot the password.
struct Office {
    house: House,
    asks: Caller,
    decides: Caller,
    forgetful: UserId,
}

fn an_office() -> Office {
    let house = a_house();
    let asks = house.administrator();
    let decides = house.a_user(&asks, "second", &[Role::Administrator]);
    let forgetful = house.a_user(&asks, "forgetful", &[Role::Archivist]).user();
    Office { house, asks, decides, forgetful }
}

impl Office {
    fn request(&self) -> ApprovalRequest {
        ApprovalRequest {
            action: TwoPersonAction::ResetCredentials,
            subject: self.forgetful.to_string(),
            parameters: Reset::Password.to_parameters(),
            reason: "called from the front desk".to_owned(),
            approver: None,
        }
    }

    fn ask(&self) -> ApprovalId {
        self.house.archive.request_approval(&self.asks, &self.request()).unwrap()
    }

    /// The same once more, for another reason.
    fn ask_again(&self) -> ApprovalId {
        let request = ApprovalRequest { reason: "and called again".to_owned(), ..self.request() };
        self.house.archive.request_approval(&self.asks, &request).unwrap()
    }

    fn reset(&self, approval: Option<ApprovalId>) -> Result<(), Refusal> {
        let reset = Reset::Password;
        self.house.archive.reset_credentials(&self.asks, self.forgetful, reset, approval).map(|_| ())
    }
}

#[test]
fn what_one_asks_for_and_another_approves_is_done_once() {
    let office = an_office();
    let archive = &office.house.archive;
    assert!(matches!(office.reset(None), Err(Refusal::NeedsSecondPerson(_))));
    let id = office.ask();
    assert!(matches!(office.reset(Some(id)), Err(Refusal::Approval(ApprovalRefusal::StillWaiting(_)))));
    archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    let password = archive
        .reset_credentials(&office.asks, office.forgetful, Reset::Password, Some(id))
        .unwrap()
        .unwrap();
    let first = archive.caller_as(&typed("forgetful", password.expose_text().unwrap())).unwrap();
    assert!(first.must_change_password());
    assert!(matches!(archive.log_in(&typed("forgetful", PASSWORD)), Err(Refusal::BadCredentials)));
    assert!(matches!(office.reset(Some(id)), Err(Refusal::Approval(ApprovalRefusal::AlreadyUsed))));
    let countersigned = office.house.fact(EntryKind::PasswordChanged, "approval").pop().unwrap();
    assert_eq!(countersigned, json!(id.to_string()));
    assert_eq!(office.house.fact(EntryKind::ApprovalDecided, "verdict"), ["approved"]);
}

#[test]
fn an_approval_that_only_the_database_knows_of_is_none() {
    if crate::archive::tests::on_postgres() {
        // Changes the file of SQLite.
        return;
    }
    let office = an_office();
    let id = office.ask();
    let forged = format!(
        "UPDATE approvals SET state = 'approved', decided_by = '{}', decided_at = requested_at + 1 \
         WHERE id = '{id}'",
        office.decides.user()
    );
    crate::store::testing::execute_raw(&office.house.place.database(), &forged);
    assert!(matches!(office.reset(Some(id)), Err(Refusal::Damaged(Thing::Approval))));
    let shown = office.house.archive.show_approval(&office.asks, id).map(|_| ());
    assert!(matches!(shown, Err(Refusal::Damaged(Thing::Approval))));
    office.house.wait(1);
    let other = office.ask_again();
    office.house.archive.decide_approval(&office.decides, other, Verdict::Approve).unwrap();
    // One that somebody touched hides no other, and is called nothing but damaged.
    let listed = office.house.archive.list_approvals(&office.asks, StoredState::Approved, None, 10).unwrap();
    let told: Vec<_> = listed.approvals.iter().map(|seen| (seen.id, seen.damaged, seen.may_decide)).collect();
    assert_eq!(told, [(other, None, false), (id, Some(Amiss::Request), false)]);
    assert!(listed.approvals[1].asked.is_none() && listed.approvals[1].told.requested_by.is_none());
}

#[test]
fn who_asks_for_the_same_twice_gets_the_first_request_as_long_as_it_is_good() {
    let office = an_office();
    let archive = &office.house.archive;
    let first = office.ask();
    assert_eq!(office.ask(), first);
    assert_ne!(office.ask_again(), first);
    archive.decide_approval(&office.decides, first, Verdict::Approve).unwrap();
    assert_eq!(office.ask(), first);
    assert!(office.reset(Some(first)).is_ok());
    let second = office.ask();
    assert_ne!(second, first, "what was used up is asked for anew");
    office.house.wait(APPROVAL_SECONDS);
    assert_ne!(office.ask(), second, "and what expired");
    assert_eq!(office.house.entries(EntryKind::ApprovalRequested).len(), 4);
}

#[test]
fn words_of_a_request_that_only_the_epoch_key_sealed_are_neither_told_nor_decided_by() {
    let (house, _, privacy, id) = an_asked_export();
    let archive = &house.archive;
    let stranger = house.a_user(&house.administrator_again(), "stranger", &[Role::Reviewer]);
    let mut words = words_at(archive, &id.to_string(), "request");
    for (member, value) in
        [("reason", json!("routine")), ("approver", json!(stranger.user().to_string())), ("cases", json!([]))]
    {
        words[member] = value;
        reseal(archive, &id.to_string(), "request", &words);
        for who in [&privacy, &stranger] {
            let shown = archive.show_approval(who, id).map(|_| ());
            assert!(matches!(shown, Err(Refusal::Damaged(Thing::Approval))), "{member}");
            let decided = archive.decide_approval(who, id, Verdict::Approve);
            assert!(matches!(decided, Err(Refusal::Damaged(Thing::Approval))), "{member}");
            let items = archive.approval_items(who, id, (0, 10)).map(|_| ());
            assert!(matches!(items, Err(Refusal::Damaged(Thing::Approval))), "{member}");
            let listed = archive.list_approvals(who, StoredState::Waiting, None, 10).unwrap();
            assert!(listed.approvals.iter().all(|seen| seen.asked.is_none() && !seen.may_decide), "{member}");
        }
    }
}

#[test]
fn an_approval_of_somebody_locked_out_since_is_worth_nothing() {
    let office = an_office();
    let archive = &office.house.archive;
    let id = office.ask();
    archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    archive.disable_user(&office.asks, office.decides.user()).unwrap();
    let used = office.reset(Some(id));
    assert!(used.is_err(), "{used:?}");
    archive.enable_user(&office.asks, office.decides.user()).unwrap();
    assert!(office.reset(Some(id)).is_ok(), "what was refused used nothing up");
}

#[test]
fn nobody_decides_the_own_request_and_the_local_operator_none() {
    let office = an_office();
    let archive = &office.house.archive;
    let id = office.ask();
    let own = archive.decide_approval(&office.asks, id, Verdict::Approve);
    assert!(matches!(own, Err(Refusal::Approval(ApprovalRefusal::OwnRequest))));
    let operator = archive.local_operator().unwrap();
    let local = archive.decide_approval(&operator, id, Verdict::Approve);
    assert!(matches!(local, Err(Refusal::NotFound(Thing::Approval))));
}

#[test]
fn an_approval_is_for_exactly_what_was_asked_by_whom() {
    let office = an_office();
    let archive = &office.house.archive;
    let id = office.ask();
    archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    let more = archive.reset_credentials(&office.asks, office.forgetful, Reset::Both, Some(id));
    assert!(matches!(more, Err(Refusal::Approval(ApprovalRefusal::OtherRequest))));
    let third = office.house.a_user(&office.asks, "third", &[Role::Service]).user();
    let roles = Roles::parse([Role::Administrator]).unwrap();
    let appointed = office.house.appointed(&office.decides, &office.asks, third, &roles);
    archive.change_roles(&office.asks, third, &roles, Some(appointed)).unwrap();
    let third = archive.caller_as(&typed("third", PASSWORD)).unwrap();
    let another = archive.reset_credentials(&third, office.forgetful, Reset::Password, Some(id));
    assert!(matches!(another, Err(Refusal::NotFound(Thing::Approval))));
    let step = archive.remove_user(&office.asks, office.forgetful, Some(id));
    assert!(matches!(step, Err(Refusal::Approval(ApprovalRefusal::OtherRequest))));
    assert!(office.reset(Some(id)).is_ok(), "what was refused used nothing up");
}

#[test]
fn time_ends_requests_and_approvals() {
    let office = an_office();
    let archive = &office.house.archive;
    let (waiting, approved) = (office.ask(), office.ask_again());
    archive.decide_approval(&office.decides, approved, Verdict::Approve).unwrap();
    office.house.wait(APPROVAL_SECONDS);
    let late = archive.decide_approval(&office.decides, waiting, Verdict::Approve);
    assert!(matches!(late, Err(Refusal::Approval(ApprovalRefusal::Expired))));
    assert!(matches!(office.reset(Some(approved)), Err(Refusal::Approval(ApprovalRefusal::Expired))));
    archive.tidy_access().unwrap();
    let page = archive.list_approvals(&office.asks, StoredState::Expired, None, 10).unwrap();
    assert_eq!(page.approvals.len(), 2);
}

#[test]
fn a_refused_or_withdrawn_request_is_worth_nothing() {
    let office = an_office();
    let archive = &office.house.archive;
    let (refused, withdrawn) = (office.ask(), office.ask_again());
    archive.decide_approval(&office.decides, refused, Verdict::Refuse).unwrap();
    let twice = archive.decide_approval(&office.decides, refused, Verdict::Approve);
    assert!(matches!(twice, Err(Refusal::Approval(ApprovalRefusal::AlreadyDecided))));
    assert!(matches!(office.reset(Some(refused)), Err(Refusal::Approval(ApprovalRefusal::Refused))));
    let strangers = archive.cancel_approval(&office.decides, withdrawn);
    assert!(matches!(strangers, Err(Refusal::NotFound(Thing::Approval) | Refusal::Forbidden)));
    archive.cancel_approval(&office.asks, withdrawn).unwrap();
    let late = archive.decide_approval(&office.decides, withdrawn, Verdict::Approve);
    assert!(matches!(late, Err(Refusal::Approval(ApprovalRefusal::Expired))));
}

#[test]
fn a_request_shows_what_is_asked_to_who_decides_and_not_to_who_only_counts() {
    let office = an_office();
    let archive = &office.house.archive;
    let auditor = office.house.a_user(&office.asks, "auditor", &[Role::Auditor]);
    let archivist = office.house.a_user(&office.asks, "clerk", &[Role::Archivist]);
    let id = office.ask();
    let seen = archive.show_approval(&office.decides, id).unwrap();
    assert!(seen.may_decide && seen.state == ApprovalState::Waiting);
    assert!(seen.asked.is_some_and(|asked| asked.reason == "called from the front desk"));
    let counted = archive.show_approval(&auditor, id).unwrap();
    assert!(!counted.may_decide && counted.asked.is_none());
    let page = archive.list_approvals(&archivist, StoredState::Waiting, None, 10).unwrap();
    assert!(page.approvals.is_empty());
}

#[test]
fn one_person_alone_is_told_so() {
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "li.min", &[Role::Archivist]).user();
    let alone = house.archive.reset_credentials(&administrator, user, Reset::Password, None);
    assert!(matches!(alone, Err(Refusal::OnePersonArchive)));
    let request = ApprovalRequest {
        action: TwoPersonAction::RemoveUser,
        subject: user.to_string(),
        parameters: json!({}),
        reason: "left".to_owned(),
        approver: None,
    };
    let asked = house.archive.request_approval(&administrator, &request);
    assert!(matches!(asked, Err(Refusal::OnePersonArchive)));
    house.a_user(&administrator, "second", &[Role::Administrator]);
    assert!(house.archive.request_approval(&administrator, &request).is_ok());
}

#[test]
fn an_export_of_originals_is_marked_only_while_nobody_could_countersign_it() {
    let house = a_house();
    let administrator = house.administrator();
    let legal = house.a_user(&administrator, "legal", &[Role::Legal]);
    let case = house.a_case();
    house.archive.grant(&administrator, legal.user(), Granted::Case(case)).unwrap();
    let by = legal.user();
    let export = || {
        let inner = Arc::clone(&house.archive.inner);
        let written = house.archive.inner.store.write(move |tx| {
            let step = Step {
                action: TwoPersonAction::ExportOriginals,
                subject: &case.to_string(),
                parameters: &json!({}),
                target: &Target::in_case(case),
                by,
                approval: None,
            };
            let countersign = step.countersign(&inner, tx)?;
            tx.enter(EntryDraft {
                kind: EntryKind::ExportBegun,
                subject: case.to_string(),
                actor: crate::ledger::entry::Actor::User(by),
                facts: json!({"countersigned": countersign.to_fact()}),
            })?;
            Ok::<_, Refusal>(countersign)
        });
        written.map(|written| written.value).map_err(Refusal::from)
    };
    // The local operator is legal too, but never sits where approvals are given.
    assert!(matches!(export(), Ok(Countersign::NotCountersigned)));
    house.a_user(&administrator, "reviewer", &[Role::Reviewer]);
    assert!(matches!(export(), Err(Refusal::NeedsSecondPerson(_))), "a reviewer could be named");
}

#[test]
fn a_reviewer_decides_what_names_the_reviewer() {
    let house = a_house();
    let administrator = house.administrator();
    let reviewer = house.a_user(&administrator, "reviewer", &[Role::Reviewer]);
    let other = house.a_user(&administrator, "other", &[Role::Reviewer]);
    let case = house.a_case();
    let legal = house.a_user(&administrator, "legal", &[Role::Legal]).user();
    house.archive.grant(&administrator, legal, Granted::Case(case)).unwrap();
    let legal = house.archive.caller_as(&typed("legal", PASSWORD)).unwrap();
    let request = ApprovalRequest {
        action: TwoPersonAction::ExportOriginals,
        subject: case.to_string(),
        parameters: json!({"case": case.to_string()}),
        reason: "court file".to_owned(),
        approver: Some(reviewer.user()),
    };
    let id = house.archive.request_approval(&legal, &request).unwrap();
    let refused = house.archive.decide_approval(&other, id, Verdict::Approve);
    assert!(matches!(refused, Err(Refusal::NotFound(Thing::Approval))));
    house.archive.decide_approval(&reviewer, id, Verdict::Approve).unwrap();
}

#[test]
fn a_leaver_loses_everything_but_the_name_in_the_ledger() {
    let office = an_office();
    let archive = &office.house.archive;
    let case = office.house.a_case();
    archive.grant(&office.asks, office.forgetful, Granted::Case(case)).unwrap();
    let request =
        ApprovalRequest { action: TwoPersonAction::RemoveUser, parameters: json!({}), ..office.request() };
    let id = archive.request_approval(&office.asks, &request).unwrap();
    archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    archive.remove_user(&office.asks, office.forgetful, Some(id)).unwrap();
    let left = archive.show_user(&office.asks, office.forgetful).unwrap();
    assert_eq!(left.name.as_deref(), Some("forgetful"));
    assert!(left.roles.iter().next().is_none() && left.cases.is_empty());
    archive.enable_user(&office.asks, office.forgetful).unwrap();
    assert!(matches!(archive.log_in(&typed("forgetful", PASSWORD)), Err(Refusal::BadCredentials)));
    let own = archive.remove_user(&office.asks, office.asks.user(), Some(id));
    assert!(matches!(own, Err(Refusal::Forbidden)));
    // The row that allows it is the one that the request was judged by.
    assert_eq!(TwoPersonAction::RemoveUser.row(), (Resource::User, Action::Remove));
}

/// A request of legal to export a case of one record, which a privacy officer may approve.
fn an_asked_export() -> (House, Caller, Caller, ApprovalId) {
    let house = a_house();
    let administrator = house.administrator();
    let legal = house.a_user(&administrator, "legal", &[Role::Legal]).user();
    let privacy = house.a_user(&administrator, "privacy", &[Role::PrivacyOfficer]);
    let case = house.a_case();
    house.archive.grant(&administrator, legal, Granted::Case(case)).unwrap();
    let legal = house.archive.caller_as(&typed("legal", PASSWORD)).unwrap();
    let request = ExportRequest {
        selection: Selection::Case(CaseRef::Id(case)),
        purpose: "court file".to_owned(),
        organization: "Example Ltd".to_owned(),
        description: None,
        approval: None,
        key: None,
    };
    let id = house.archive.request_export_approval(&legal, &request).unwrap();
    (house, administrator, privacy, id)
}

#[test]
fn who_approves_an_export_reads_names_and_every_record_of_the_list() {
    let (house, administrator, privacy, id) = an_asked_export();
    let seen = house.archive.show_approval(&privacy, id).unwrap();
    let subject = seen.told.subject.unwrap();
    assert_eq!((subject.thing, subject.name.as_deref()), (Thing::Case, Some("SC-1")));
    assert_eq!(seen.told.requested_by.as_deref(), Some("legal"));
    let items = house.archive.approval_items(&privacy, id, (0, 50)).unwrap().unwrap();
    assert_eq!((items.total, items.items.len()), (1, 1));
    let line = items.items[0].line.as_ref().unwrap();
    assert_eq!((line.title.as_deref(), items.items[0].version), (Some("a.txt"), 1));
    let behind = house.archive.approval_items(&privacy, id, (1, 50)).unwrap().unwrap();
    assert_eq!((behind.total, behind.items.len()), (1, 0));
    // Who only counts requests reads neither names nor the list.
    let auditor = house.a_user(&administrator, "auditor", &[Role::Auditor]);
    let counted = house.archive.show_approval(&auditor, id).unwrap();
    assert_eq!((counted.told.subject.unwrap().name, counted.told.requested_by), (None, None));
    let list = house.archive.approval_items(&auditor, id, (0, 50));
    assert!(matches!(list, Err(Refusal::Forbidden)));
}

#[test]
fn a_list_that_is_not_the_approved_one_is_not_shown() {
    let (house, _, privacy, id) = an_asked_export();
    let inner = Arc::clone(&house.archive.inner);
    let other = "01890a5d-ac96-774b-bcce-b302099a8057 1 *\n";
    let forged = items::seal(&inner, &inner.keys(), id, other).unwrap();
    let put = inner.store.maintain(move |upkeep| {
        cells::delete(upkeep.conn(), &forged.owner, &forged.part)?;
        cells::insert(upkeep.conn(), &forged)
    });
    assert!(put.is_ok());
    let shown = house.archive.approval_items(&privacy, id, (0, 50));
    assert!(matches!(shown, Err(Refusal::Damaged(Thing::Approval))), "the digest binds the list");
}

#[test]
fn whom_a_step_concerns_is_told_by_name_with_the_roles_that_they_have() {
    let office = an_office();
    let id = office.ask();
    let seen = office.house.archive.show_approval(&office.decides, id).unwrap();
    let subject = seen.told.subject.unwrap();
    assert_eq!((subject.thing, subject.name.as_deref()), (Thing::User, Some("forgetful")));
    assert!(subject.roles.is_some_and(|roles| roles.has(Role::Archivist)));
    assert_eq!(seen.told.requested_by.as_deref(), Some("admin"));
}
