//! Of a confidential hold, who does not work on its matter learns no more than that a disposition is not available.

use serde_json::json;

use super::super::said::{Named, SaidKey};
use super::court::{Court, again};
use super::{HoldQueryFilter, NewNotice, is_held, verified};
use crate::access::role::Role;
use crate::access::two_person::Verdict;
use crate::archive::Caller;
use crate::archive::approvals::StoredState;
use crate::archive::records::RecordFilter;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{DueQuery, Exchange, Over, Queue, Rules};
use crate::archive::tests::on_postgres;
use crate::archive::users::Granted;
use crate::base::id::{HoldId, RecordId};
use crate::base::limits::HOLD_QUERIES_OF_ONE_MAX;
use crate::base::moment::Moment;
use crate::ledger::entry::{Entry, EntryKind};
use crate::policy::Policy;
use crate::retention::Schedule;
use crate::store::rows::holds::{self, HoldMemberRow, HoldRow};
use crate::store::rows::retention;
use crate::store::testing::execute_raw;

/// Everything that a reader is told from which he might learn of a hold, as text: whole answers, with nothing taken out
/// of them but how far the ledger reaches.
fn told(court: &Court, caller: &Caller, hold: HoldId) -> String {
    let archive = court.archive();
    let all = HoldQueryFilter::default();
    let of_matter = HoldQueryFilter { matter: Some(court.matter), ..all };
    let list = |filter| format!("{:?}", archive.list_holds(caller, filter, None, 50).map(|page| page.items));
    let record = archive.show(caller, court.log).map(|mut view| {
        view.versions.iter_mut().for_each(|version| version.ledger.size = 0);
        view
    });
    let records = archive.list(caller, &RecordFilter::default(), None, 50);
    let explained = archive.explain_retention(caller, court.log, None);
    let at = Some(archive.inner.now().plus_seconds(86_400));
    let mut answers = vec![
        list(all),
        list(of_matter),
        format!("{record:?}"),
        format!("{records:?}"),
        format!("{explained:?}"),
        format!("{:?}", archive.retention_digest(caller)),
        format!("{:?}", archive.judging_progress(caller)),
        format!("{:?}", archive.hold(caller, hold).map(|view| view.hold)),
        format!("{:?}", archive.hold_members(caller, hold, None, 10)),
        format!("{:?}", archive.hold_notices(caller, hold, None, 10).map(|page| page.items.len())),
        format!("{:?}", archive.own_hold_notices(caller, None, 10).map(|page| page.items.len())),
        format!("{:?}", archive.release_hold(caller, hold, None)),
    ];
    for queue in Queue::ALL.iter().copied() {
        for at in [None, at] {
            answers.push(format!("{:?}", archive.due(caller, &DueQuery { queue, at }, None, 50)));
        }
    }
    for state in [StoredState::Waiting, StoredState::Approved, StoredState::Used] {
        for limit in [1, 50] {
            let page = archive.list_approvals(caller, state, None, limit);
            let page = page.map(|page| {
                let ids: Vec<_> = page.approvals.iter().map(|seen| seen.id).collect();
                (ids, page.next.is_some())
            });
            answers.push(format!("{page:?}"));
        }
    }
    answers.join("\n")
}

/// Others than those who work on the matter, one of each role that sees the record or its lists.
const OTHERS: [&str; 7] = ["li", "mo", "an", "shen", "shu", "xun", "fu"];

/// The court with people of every role, most of them in the case, and rules under which the log is due.
fn a_full_court() -> Court {
    let court = Court::new();
    let admin = court.house.administrator_again();
    for (name, role) in
        [("shen", Role::Auditor), ("shu", Role::Reviewer), ("xun", Role::Trainer), ("fu", Role::Service)]
    {
        court.house.a_user(&admin, name, &[role]);
    }
    for name in ["mo", "an", "shu", "xun", "fu"] {
        let user = again(&court.house, name).user();
        // Not every role can be let into a case.
        let _refused = court.archive().grant(&admin, user, Granted::Case(court.case)).is_err();
    }
    let schedule = Schedule::of(&Policy::parse(POLICY).unwrap());
    let rules = Rules::plain(Moment::from_micros(0), std::sync::Arc::new(schedule));
    *court.archive().inner.rules_in_force.write().unwrap() = vec![rules];
    court.archive().judge_all_pending().unwrap();
    court
}

/// What is logged may go a day after it happened.
const POLICY: &str = r#"
format = 1
id = "house-rules"
version = 1
title = "日志保管期限"
owner = "个人信息保护负责人"
[[obligation]]
id = "log.one-day"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { kinds = ["processing_log"] }
kind = "floor"
trigger = "occurred"
period = "P1D"
action = "destroy"
citations = ["内部制度"]
certainty = "A"
"#;

fn on_list(court: &Court, caller: &Caller, queue: Queue) -> Vec<RecordId> {
    let page = court.archive().due(caller, &DueQuery { queue, at: None }, None, 50).unwrap();
    page.items.iter().map(|line| line.record).collect()
}

#[test]
fn a_confidential_hold_is_nowhere_for_those_who_do_not_work_on_its_matter() {
    let court = a_full_court();
    let nowhere = HoldId::without_time(&crate::base::entropy::SystemEntropy);
    let others = OTHERS.map(|name| (name, again(&court.house, name)));
    let all = |hold: HoldId| others.each_ref().map(|(_, caller)| told(&court, caller, hold));
    let before = all(nowhere);
    assert!(before.iter().any(|told| told.contains("Due")), "some see where the record stands");
    let same = |hold: HoldId, when: &str| {
        for ((before, after), (name, _)) in before.iter().zip(all(hold)).zip(&others) {
            assert_eq!(*before, after, "{when}: {name}");
        }
    };
    let secret = json!({"confidential": true});
    let hold = court.placed(json!({"records": [court.log.to_string()]}), &secret);
    same(hold, "it stands");
    let query = court.placed(json!({"query": {"words": "zebra1quartz"}}), &secret);
    same(query, "and one that reads what is said");
    let asked = court.release_asked(hold).unwrap();
    same(hold, "somebody asks for its release");
    court.archive().decide_approval(&court.partner, asked, Verdict::Approve).unwrap();
    same(hold, "somebody agreed to it");
    court.archive().release_hold(&court.counsel, hold, Some(asked)).unwrap();
    same(hold, "it rests");
    let to = vec![court.counsel.user()];
    court.archive().notice_hold(&court.counsel, query, &NewNotice { text: "保留".to_owned(), to }).unwrap();
    same(query, "people were told of it");
    assert!(
        court.archive().hold(&again(&court.house, "he"), hold).is_ok(),
        "a colleague on the matter sees it"
    );
    // The same with a hold that is not confidential is seen, at the level of facts.
    let open = court.placed(json!({"records": [court.log.to_string()]}), &json!({}));
    let seen = court.archive().hold(&court.asks, open).unwrap();
    assert_eq!((seen.hold.title, seen.words, seen.hold.members), (None, None, Some(1)));
    assert!(matches!(court.archive().hold(&court.stranger, open), Err(Refusal::NotFound(Thing::Hold))));
}

#[test]
fn who_may_know_a_hold_sees_the_record_held_and_who_may_know_none_sees_it_as_if_nothing_held_it() {
    let court = a_full_court();
    let records = || json!({"records": [court.log.to_string()]});
    let state = |caller: &Caller| {
        let shown = court.archive().show(caller, court.log).unwrap().state;
        let page = court.archive().list(caller, &RecordFilter::default(), None, 50).unwrap();
        assert_eq!(page.items.iter().map(|line| line.state.as_str()).collect::<Vec<_>>(), [shown.as_str()]);
        shown
    };
    let counted = |caller: &Caller| court.archive().retention_digest(caller).unwrap().counts["held"];
    let [officer, archivist, auditor] = ["li", "an", "shen"].map(|name| again(&court.house, name));
    court.archive().judge_all_pending().unwrap();
    assert_eq!(state(&officer), "due");
    let secret = court.placed(records(), &json!({"confidential": true}));
    court.archive().judge_all_pending().unwrap();
    for colleague in [&court.counsel, &court.partner] {
        assert_eq!(state(colleague), "held");
        assert_eq!((on_list(&court, colleague, Queue::Held), counted(colleague)), (vec![court.log], 1));
        let explained = court.archive().explain_retention(colleague, court.log, None).unwrap();
        assert!(explained.verdict.held && explained.json.to_string().contains(&secret.to_string()));
    }
    assert_eq!((state(&officer), counted(&officer)), ("due".to_owned(), 0));
    // One that is not confidential is for those who may read holds, and not for those who may read none.
    let open = court.placed(records(), &json!({}));
    court.archive().judge_all_pending().unwrap();
    for reader in [&officer, &auditor] {
        assert_eq!(
            (state(reader), on_list(&court, reader, Queue::Held)),
            ("held".to_owned(), vec![court.log])
        );
        let explained = court.archive().explain_retention(reader, court.log, None).unwrap().json.to_string();
        assert!(explained.contains(&open.to_string()) && !explained.contains(&secret.to_string()));
    }
    assert_eq!((state(&archivist), counted(&archivist)), ("due".to_owned(), 0));
    assert!(on_list(&court, &archivist, Queue::Held).is_empty());
    assert_eq!(on_list(&court, &archivist, Queue::Due), [court.log]);
    // What is kept in clear of the record says nothing of either.
    let kept = court.archive().inner.store.read(|conn| retention::get(conn, court.log)).unwrap().unwrap();
    assert_eq!(kept.state, "due");
}

#[test]
fn an_entry_about_a_hold_tells_strangers_no_more_than_that_there_was_one() {
    let mut court = a_full_court();
    let records = json!({"records": [court.log.to_string()]});
    let secret =
        court.placed(records.clone(), &json!({"confidential": true, "kind": "unsettled", "grace_days": 9}));
    let several = (0..4).map(|entry| format!("{}.{entry}", court.log)).collect::<Vec<_>>();
    court.placed(json!({"records": several, "cases": [court.case.to_string()]}), &json!({}));
    let to = vec![court.archivist.user()];
    let notice = NewNotice { text: "请勿删除".to_owned(), to };
    let told = court.archive().notice_hold(&court.counsel, secret, &notice).unwrap();
    court.archive().acknowledge_hold(&court.archivist, told).unwrap();
    let entries: Vec<_> = [EntryKind::HoldPlaced, EntryKind::HoldNoticed, EntryKind::HoldAcknowledged]
        .into_iter()
        .flat_map(|kind| court.house.entries(kind))
        .collect();
    assert_eq!(entries.len(), 4);
    let length = |entry: &Entry| entry.facts["sealed"].as_str().unwrap().len();
    for entry in &entries {
        assert_eq!(entry.facts.keys().collect::<Vec<_>>(), ["commitment", "hold", "rows", "sealed"]);
        assert_eq!(length(entry), length(&entries[0]), "one is as long as another");
        let text = format!("{:?}", entry.facts);
        for told in [court.matter.to_string(), court.archivist.user().to_string(), court.log.to_string()] {
            assert!(!text.contains(&told), "{text}");
        }
    }
    // Nor do the digests of rows tell it to who tries out what could stand there.
    let archive = court.archive();
    let row = archive.inner.store.read(|conn| holds::get(conn, secret)).unwrap().unwrap();
    let address = format!("hold/{secret}");
    let said = |row: &HoldRow| entries[0].facts["rows"][&address] == json!(row.fingerprint().to_hex());
    assert!(said(&row) && !said(&HoldRow { blind: None, ..row.clone() }));
    // What is sealed there is what the archive goes by, also when it reads the ledger from its beginning.
    let kept = court.house.place.last_words();
    let until = |court: &Court| court.archive().hold(&court.counsel, secret).unwrap();
    let before = until(&court);
    court.reopen();
    assert_eq!(until(&court), before);
    court.reopen_after(|| drop(std::fs::remove_file(&kept)));
    assert_eq!(until(&court), before);
    assert!(before.hold.confidential && before.grace_days == 9);
    let notices = court.archive().own_hold_notices(&court.archivist, None, 10).unwrap().items;
    assert!(notices[0].recipients[0].1.is_some() && !notices[0].damaged);
    assert!(verified(&court).is_clean());
}

#[test]
fn a_stolen_database_does_not_say_what_a_hold_names() {
    let court = Court::new();
    let entry = format!("{}.1", court.log);
    let members = json!({"records": [court.log.to_string(), entry], "cases": [court.case.to_string()],
        "parties": [court.customer().to_string()], "categories": ["cn.svc.log"],
        "fields": [{"name": "合同编号", "value": "HT-1"}]});
    let secret = json!({"confidential": true});
    let [one, other] = [court.placed(members.clone(), &secret), court.placed(members, &secret)];
    let archive = court.archive();
    let rows = |hold| archive.inner.store.read(|conn| holds::members_page(conn, hold, None, 50)).unwrap();
    let kept = rows(one);
    assert_eq!(kept.len(), 6);
    for row in &kept {
        let HoldMemberRow { hold_id, token, batch, named } = row;
        assert_eq!((*hold_id, *batch, named.len()), (one, 0, kept[0].named.len()), "of one length");
        let has = |text: &str| named.windows(text.len()).any(|part| part == text.as_bytes());
        let told = [court.log.to_string(), court.case.to_string(), court.customer().to_string()];
        assert!(!told.iter().any(|id| has(id)) && !["record", "cn.svc", "HT-1"].iter().any(|word| has(word)));
        assert!(rows(other).iter().all(|row| row.named != *named && row.token != *token));
    }
    // What is sealed for one hold and one member opens for no other.
    let keys = archive.inner.keys();
    let key = SaidKey::of(keys.index.as_ref().unwrap());
    let moved = HoldMemberRow { hold_id: other, ..kept[0].clone() };
    let swapped = HoldMemberRow { token: kept[1].token, ..kept[0].clone() };
    assert!(Named::open(&key, &kept[0]).is_some());
    assert!(Named::open(&key, &moved).is_none() && Named::open(&key, &swapped).is_none());
    // Who works on the matter reads it as it was given.
    let read = archive.hold_members(&court.counsel, one, None, 50).unwrap().items;
    let mut kinds: Vec<&str> = read.iter().map(|member| member.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["case", "category", "entry", "field", "party", "record"]);
    assert!(read.iter().any(|member| member.target.as_deref() == Some(&entry)));
}

/// What a simulation of a longer term reports to somebody, and how far it says to have come.
fn simulated(court: &Court, caller: &Caller) -> (serde_json::Value, Vec<(u64, u64)>) {
    let (inner, mut steps) = (&court.archive().inner, Vec::new());
    let (now, longer) = (inner.now(), POLICY.replace("P1D", "P9Y"));
    let schedule = Schedule::of(&Policy::parse(&longer).unwrap());
    let after = Rules::plain(now, std::sync::Arc::new(schedule));
    let exchange = Exchange { before: inner.rules(now).unwrap(), after };
    let mut step = |done, total| {
        steps.push((done, total));
        Ok(())
    };
    let over = Over { caller: Some(caller), only: None, step: &mut step };
    let mut report = inner.simulate_under(&exchange, now, over).unwrap().to_json();
    report["ledger_size"] = json!(0);
    (report, steps)
}

#[test]
fn a_simulation_counts_what_its_reader_sees_and_tells_of_no_confidential_hold() {
    let court = a_full_court();
    let officer = again(&court.house, "li");
    court.another_log("SC-FAR", &json!({"category": "cn.svc.log"}));
    let counsel = simulated(&court, &court.counsel);
    let of_officer = simulated(&court, &officer);
    let secret = court.placed(json!({"records": [court.log.to_string()]}), &json!({"confidential": true}));
    let same = |report: &(serde_json::Value, Vec<(u64, u64)>), caller: &Caller| {
        let now = simulated(&court, caller);
        assert_eq!(
            (&report.0["counts"], &report.0["records"], &report.0["groups"]),
            (&now.0["counts"], &now.0["records"], &now.0["groups"])
        );
        assert_eq!(report.1, now.1);
    };
    same(&of_officer, &officer);
    same(&counsel, &court.counsel);
    let seen =
        |caller| court.archive().list(caller, &RecordFilter::default(), None, 50).unwrap().items.len() as u64;
    for (caller, (_, steps)) in [(&court.counsel, &counsel), (&officer, &of_officer)] {
        assert!(steps.iter().all(|(done, total)| *total <= seen(caller) && done <= total), "{steps:?}");
    }
    assert!(court.archive().hold(&court.counsel, secret).is_ok());
}

#[test]
fn a_snapshot_by_a_key_holds_and_counts_what_its_author_sees() {
    let court = Court::new();
    court.another_log("SC-FAR", &json!({"category": "cn.svc.log"}));
    let near = court.another_log("SC-1", &json!({"category": "cn.svc.log"}));
    let by = |members| {
        court.place(&court.counsel, members, &json!({"mode": "snapshot"})).map(|placed| placed.members)
    };
    assert_eq!(by(json!({"categories": ["cn.svc.log"]})).unwrap(), 1);
    assert_eq!(by(json!({"parties": [court.customer().to_string()]})).unwrap(), 2);
    assert!(is_held(&court.erase(near, &[0]), 2));
    let progress = court.archive().judging_progress(&court.counsel).unwrap();
    assert_eq!(progress.records, 2, "no more are counted than are in sight");
}

#[test]
fn nobody_keeps_the_others_waiting_with_many_queries() {
    let court = Court::new();
    let query = || {
        court.place(&court.counsel, json!({"query": {"words": "nothing"}}), &json!({"confidential": true}))
    };
    let placed: Vec<_> = (0..HOLD_QUERIES_OF_ONE_MAX).map(|_| query().unwrap().entered.id).collect();
    assert!(matches!(query(), Err(Refusal::TooMany { most: 10 })));
    court.released(placed[0]);
    assert!(query().is_ok(), "one that is released makes room");
    let members = json!({"records": [court.log.to_string()]});
    let named = court.placed(members, &json!({}));
    assert!(matches!(court.add(named, &json!({"query": {"words": "else"}})), Err(Refusal::TooMany { .. })));
}

#[test]
fn notices_come_page_by_page_and_one_that_somebody_touched_hides_no_other() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let court = Court::new();
    let hold = court.placed(json!({"cases": [court.case.to_string()]}), &json!({}));
    let to = vec![court.archivist.user(), court.asks.user()];
    let notice = NewNotice { text: "请勿删除".to_owned(), to };
    let mut given: Vec<_> =
        (0..5).map(|_| court.archive().notice_hold(&court.counsel, hold, &notice).unwrap()).collect();
    // Of the same instant: the order of ids is theirs.
    given.sort_unstable();
    let page = |cursor: Option<&str>| court.archive().own_hold_notices(&court.archivist, cursor, 2).unwrap();
    let (mut told, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let next = page(cursor.as_deref());
        told.extend(next.items.iter().map(|notice| notice.id));
        match next.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    told.sort_unstable();
    assert_eq!(told, given);
    let tamper = |sql: &str| execute_raw(&court.house.place.database(), sql);
    tamper(&format!("DELETE FROM hold_recipients WHERE notice_id = '{}'", given[1]));
    tamper(&format!("UPDATE hold_notices SET noticed_at = 7 WHERE id = '{}'", given[2]));
    tamper(&format!("DELETE FROM hold_notices WHERE id = '{}'", given[3]));
    let own = court.archive().own_hold_notices(&court.archivist, None, 50).unwrap().items;
    let mut damaged: Vec<_> = own.iter().filter(|notice| notice.damaged).map(|notice| notice.id).collect();
    damaged.sort_unstable();
    assert_eq!((own.len(), damaged), (5, given[1..4].to_vec()));
    assert!(
        own.iter().all(|notice| notice.noticed_by == court.counsel.user() && notice.noticed_at.micros() > 7)
    );
    let (mut of_hold, mut cursor) = (Vec::new(), None::<String>);
    while of_hold.is_empty() || cursor.is_some() {
        let page = court.archive().hold_notices(&court.counsel, hold, cursor.as_deref(), 2).unwrap();
        of_hold.extend(page.items.iter().map(|notice| notice.id));
        cursor = page.next;
    }
    assert_eq!(of_hold, given);
    assert!(matches!(
        court.archive().acknowledge_hold(&court.archivist, given[1]),
        Err(Refusal::Damaged(Thing::HoldNotice))
    ));
    court.archive().acknowledge_hold(&court.archivist, given[0]).unwrap();
}

#[test]
fn a_destruction_that_a_confidential_hold_stops_is_not_available_and_nothing_says_why() {
    let court = Court::new();
    let records = || json!({"records": [court.log.to_string()]});
    let secret = court.placed(records(), &json!({"confidential": true}));
    let said = |erased: Result<_, Refusal>| {
        format!("{:?}", erased.map(|_: crate::archive::disposition::Erasure| ()))
    };
    let one = said(court.erase(court.log, &[0]));
    assert_eq!(one, format!("{:?}", Err::<(), _>(Refusal::DispositionUnavailable)));
    court.placed(records(), &json!({"confidential": true}));
    assert_eq!(said(court.erase(court.log, &[0])), one, "two sound like one");
    court.released(secret);
    assert_eq!(said(court.erase(court.log, &[0])), one, "and one that rests like one that stands");
    court.placed(records(), &json!({}));
    assert!(is_held(&court.erase(court.log, &[0]), 1), "beside what is known it is not counted");
    // Neither does what stays in the ledger tell one from the other.
    let refused = court.house.entries(EntryKind::DispositionRefused);
    let first = &refused[0].facts;
    assert!(refused.len() == 4 && refused.iter().all(|entry| entry.facts == *first));
}
