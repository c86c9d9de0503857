use serde_json::{Value, json};

use super::*;
use crate::access::role::Role;
use crate::access::two_person::{ApprovalRefusal, Verdict};
use crate::archive::Caller;
use crate::archive::cases::Reason;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::tests::{Office, an_office};
use crate::archive::tests::on_postgres;
use crate::base::civil::CivilDate;
use crate::base::id::{ApprovalId, EventId};
use crate::ledger::entry::EntryKind;
use crate::store::Conn;
use crate::store::testing::execute_raw;

fn correct(event: EventId, on: &str) -> EventChange {
    let kind = EventChangeKind::Correct { on: CivilDate::parse(on).unwrap(), zone: None };
    EventChange { event, kind, reason: Reason::parse("记错了日期").unwrap() }
}

fn cancel(event: EventId) -> EventChange {
    let reason = Reason::parse("并未发生").unwrap();
    EventChange { event, kind: EventChangeKind::Cancel, reason }
}

impl Office {
    fn approved_change(&self, change: &EventChange) -> ApprovalId {
        let archive = &self.house.archive;
        let id = archive.request_event_change_approval(&self.privacy, change, None).unwrap();
        archive.decide_approval(&self.decides, id, Verdict::Approve).unwrap();
        id
    }
}

#[test]
fn an_event_is_entered_by_keyed_tokens_and_its_words_stay_sealed() {
    let office = an_office();
    let id = office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2026-12-31", "reason": "合同到期未续"}));
    let entries = office.house.entries(EntryKind::EventRecorded);
    let event = &entries[0].facts["event"];
    assert_eq!(
        (event["type"].as_str(), event["occurred_on"].as_str()),
        (Some("relationship_ended"), Some("2026-12-31"))
    );
    assert_eq!(event["keys"][0]["name"], "customer");
    let facts = Value::Object(entries[0].facts.clone()).to_string();
    assert!(!facts.contains("青禾") && !facts.contains("未续"));
    let view = office.house.archive.event(&office.privacy, id).unwrap();
    assert_eq!(view.values.unwrap()["customer"], "青禾科技有限公司");
    assert_eq!(view.reason.as_deref(), Some("合同到期未续"));
    // Who sees facts only learns no names.
    let told = office.house.archive.event(&office.auditor, id).unwrap();
    assert_eq!((told.values, told.reason, told.keys), (None, None, vec!["customer".to_owned()]));
    assert!(office.verified().is_clean());
}

#[test]
fn an_event_of_one_number_of_its_source_is_recorded_once() {
    let office = an_office();
    let event = json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2026-12-31", "reason": "导入", "source": {"system": "CRM", "id": "E-1"}});
    let first = office.event(event.clone());
    assert_eq!(office.event(event.clone()), first);
    let mut other = event.clone();
    other["on"] = json!("2026-12-30");
    let refused = office.try_event(other);
    assert!(matches!(refused, Err(Refusal::IdempotencyConflict)), "{refused:?}");
    assert_eq!(office.house.entries(EntryKind::EventRecorded).len(), 1);
    // All of a table or none of it.
    let mut more = event.clone();
    more["source"]["id"] = json!("E-2");
    let events: Vec<NewRetentionEvent> =
        [event, more].iter().map(|event| office.read_event(event).unwrap()).collect();
    let done = office.house.archive.record_events(&office.privacy, &events).unwrap();
    assert_eq!(done.events.iter().map(|event| event.replayed).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn an_event_of_all_records_takes_a_second_person() {
    let office = an_office();
    let archive = &office.house.archive;
    let event = json!({"type": "relationship_ended", "all": true, "reason": "停止营业"});
    assert!(matches!(office.try_event(event.clone()), Err(Refusal::NeedsSecondPerson(_))));
    let read = office.read_event(&event).unwrap();
    let id = archive.request_event_approval(&office.clerk, &read, None).unwrap();
    archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    let approved = NewRetentionEvent { approval: Some(id), ..read.clone() };
    archive.record_event(&office.clerk, &approved).unwrap();
    assert!(matches!(archive.record_event(&office.clerk, &approved), Err(Refusal::Approval(_))));
    assert!(office.house.entries(EntryKind::EventRecorded)[0].facts.contains_key("countersign"));
}

#[test]
fn a_later_day_counts_at_once_and_an_earlier_one_after_a_second_person_saw_the_records() {
    let office = an_office();
    let archive = &office.house.archive;
    let record = office.ticket("青禾科技有限公司");
    let id = office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2023-06-30", "reason": "补登"}));
    assert_eq!(office.due_from(record), "2026-06-30T16:00:00Z");
    let later = archive.change_event(&office.privacy, &correct(id, "2024-06-30"), None).unwrap();
    assert_eq!(office.due_from(record), "2027-06-30T16:00:00Z");
    let earlier = correct(later.id, "2022-06-30");
    let alone = archive.change_event(&office.privacy, &earlier, None);
    assert!(matches!(alone, Err(Refusal::NeedsSecondPerson(_))), "{alone:?}");
    let approval = office.approved_change(&earlier);
    let seen = archive.approval_items(&office.decides, approval, (0, 10)).unwrap().unwrap();
    assert_eq!(seen.items.iter().map(|item| item.record).collect::<Vec<_>>(), [record]);
    // Another record of that customer came since: the second person has not seen it.
    office.ticket("青禾科技有限公司");
    let stale = archive.change_event(&office.privacy, &earlier, Some(approval));
    assert!(matches!(stale, Err(Refusal::Approval(ApprovalRefusal::OtherRequest))), "{stale:?}");
    let approval = office.approved_change(&earlier);
    archive.change_event(&office.privacy, &earlier, Some(approval)).unwrap();
    assert_eq!(office.due_from(record), "2025-06-30T16:00:00Z");
    // What was corrected is corrected no more.
    let again = archive.change_event(&office.privacy, &correct(id, "2030-01-01"), None);
    assert!(matches!(again, Err(Refusal::WrongState)));
    assert!(office.verified().is_clean());
}

#[test]
fn an_event_taken_back_lets_its_period_wait_unless_an_earlier_one_takes_its_place() {
    let office = an_office();
    let archive = &office.house.archive;
    let record = office.ticket("青禾科技有限公司");
    let ended = |on: &str| {
        office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
            "on": on, "reason": "补登"}))
    };
    let (first, second) = (ended("2022-06-30"), ended("2023-06-30"));
    // Of several a floor follows the last.
    assert_eq!(office.due_from(record), "2026-06-30T16:00:00Z");
    let alone = archive.change_event(&office.privacy, &cancel(second), None);
    assert!(matches!(alone, Err(Refusal::NeedsSecondPerson(_))), "the first would take its place");
    archive.change_event(&office.privacy, &cancel(first), None).unwrap();
    archive.change_event(&office.privacy, &cancel(second), None).unwrap();
    assert_eq!(office.due_from(record), "");
    assert_eq!(office.house.entries(EntryKind::EventRecorded).len(), 4, "all of it stays in the ledger");
    // What was taken back stays the bound for what comes in its place.
    let nearer = office.try_event(json!({"type": "relationship_ended", "on": "2023-06-29", "reason": "补登",
        "keys": {"customer": "青禾科技有限公司"}}));
    assert!(matches!(nearer, Err(Refusal::NeedsSecondPerson(_))), "{nearer:?}");
    // A day that is still to come counts as none until then.
    ended("2023-06-30");
    let third = ended("2024-06-30");
    let to_come = correct(third, "2031-06-30");
    let alone = archive.change_event(&office.privacy, &to_come, None);
    assert!(matches!(alone, Err(Refusal::NeedsSecondPerson(_))));
}

#[test]
fn rows_that_are_not_as_the_ledger_says_are_named_and_nothing_is_judged_by_them() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let archive = &office.house.archive;
    let record = office.ticket("青禾科技有限公司");
    let id = office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2023-06-30", "reason": "补登"}));
    let database = office.house.place.database();
    let kept = database.with_extension("kept");
    execute_raw(&database, &format!("VACUUM INTO '{}'", kept.display()));
    let back = format!(
        "ATTACH '{}' AS k; DELETE FROM retention_events; INSERT INTO retention_events SELECT * FROM k.retention_events; \
         DELETE FROM retention_event_keys; INSERT INTO retention_event_keys SELECT * FROM k.retention_event_keys; DETACH k",
        kept.display()
    );
    let invented = "01890000-0000-7000-8000-000000000001";
    for sql in [
        "UPDATE retention_events SET occurred_on = '2013-06-30'".to_owned(),
        "UPDATE retention_events SET kind = 'purpose_ended'".to_owned(),
        "DELETE FROM retention_events".to_owned(),
        "DELETE FROM retention_event_keys".to_owned(),
        "DELETE FROM retention_event_keys; DELETE FROM retention_events".to_owned(),
        format!(
            "INSERT INTO retention_events SELECT '{invented}', kind, '2013-06-30', zone, case_id, record_id, recorded_at, \
             recorded_by, NULL, corrects, '{id}' FROM retention_events; \
             INSERT INTO retention_event_keys SELECT '{invented}', name, token FROM retention_event_keys"
        ),
    ] {
        execute_raw(&database, &sql);
        assert!(!office.verified().is_clean(), "{sql}");
        let explained = archive.explain_retention(&office.privacy, record, None).map(|_| ());
        assert!(matches!(explained, Err(Refusal::Damaged(Thing::Event))), "{sql}: {explained:?}");
        execute_raw(&database, &back);
        assert!(office.verified().is_clean());
    }
    assert_eq!(office.due_from(record), "2026-06-30T16:00:00Z");
}

#[test]
fn how_many_events_a_key_has_is_known_from_the_ledger() {
    let office = an_office();
    office.event(
        json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司", "contract": "HT-7"}}),
    );
    let inner = &office.house.archive.inner;
    let count = |ledger: &Ledgered<'_>, conn: &mut Conn| {
        let rows = crate::store::rows::events::keys_of(conn, office.events()[0])?;
        let told: Result<Vec<u32>, Refusal> =
            rows.iter().map(|row| ledger.heads().events(&row.token)).collect();
        told
    };
    let told = inner.store.read(|conn| {
        let ledger = inner.ledgered(conn)?;
        count(&ledger, conn)
    });
    assert_eq!(told.unwrap(), [1, 1]);
}

#[test]
fn a_further_event_brings_no_end_nearer_without_a_second_person() {
    let office = an_office();
    let archive = &office.house.archive;
    let both = office.captured(&json!({"kind": "ticket", "occurred": "2026-03-01", "title": "断网",
        "parties": [{"role": "customer", "name": "青禾科技有限公司"}, {"role": "customer", "name": "临江样例科技有限公司"}],
        "components": [{"name": "a.txt"}]}));
    let ended = |customer: &str, on: &str| json!({"type": "relationship_ended", "keys": {"customer": customer}, "on": on, "reason": "补登"});
    let alone = |event: &Value| archive.record_event(&office.clerk, &office.read_event(event).unwrap());
    // The first sets the period going, and whoever files may say so.
    alone(&ended("青禾科技有限公司", "2024-06-30")).unwrap();
    assert_eq!(office.due_from(both), "2027-06-30T16:00:00Z");
    // A ceiling goes by the first: neither by the same key, nor by another one of the record.
    for customer in ["青禾科技有限公司", "临江样例科技有限公司"] {
        let refused = alone(&ended(customer, "2020-01-01"));
        assert!(matches!(refused, Err(Refusal::NeedsSecondPerson(_))), "{refused:?}");
    }
    // Nor hidden in a table behind a later one.
    let table: Vec<NewRetentionEvent> =
        [("临江样例科技有限公司", "2025-06-30"), ("临江样例科技有限公司", "2024-12-31")]
            .iter()
            .map(|(customer, on)| office.read_event(&ended(customer, on)).unwrap())
            .collect();
    assert!(matches!(archive.record_events(&office.clerk, &table), Err(Refusal::NeedsSecondPerson(_))));
    // Nor by taking one back and recording it anew, nor while one of all records stands.
    let last = alone(&ended("临江样例科技有限公司", "2025-06-30")).unwrap().0.id;
    let refused = archive.change_event(&office.clerk, &cancel(last), None);
    assert!(
        matches!(refused, Err(Refusal::NeedsSecondPerson(_))),
        "the other customer's would take its place"
    );
    // With a second person, who is given the records, it is.
    let earlier = office.read_event(&ended("临江样例科技有限公司", "2020-01-01")).unwrap();
    let id = archive.request_event_approval(&office.clerk, &earlier, None).unwrap();
    let seen = archive.approval_items(&office.decides, id, (0, 10)).unwrap().unwrap();
    assert_eq!(seen.items.iter().map(|item| item.record).collect::<Vec<_>>(), [both]);
    archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    archive.record_event(&office.clerk, &NewRetentionEvent { approval: Some(id), ..earlier }).unwrap();
    assert!(office.verified().is_clean());
}

#[test]
fn the_closing_of_a_case_is_said_by_nobody_alone() {
    let office = an_office();
    let event = json!({"type": "case_closed", "keys": {"customer": "青禾科技有限公司"}, "reason": "补登"});
    assert!(matches!(office.try_event(event), Err(Refusal::NeedsSecondPerson(_))));
}

/// What an approval tells, with ids and keyed tokens masked.
fn masked(office: &Office, who: &Caller, id: ApprovalId) -> String {
    let archive = &office.house.archive;
    let view = archive.show_approval(who, id).unwrap();
    let mut parameters = view.asked.unwrap().parameters;
    for key in parameters["keys"].as_array_mut().unwrap() {
        assert_eq!(key["token"].as_str().unwrap().len(), 32);
        key["token"] = json!("token");
    }
    let items = archive.approval_items(who, id, (0, 10)).unwrap();
    format!("{parameters} {items:?} {:?}", view.state)
}

#[test]
fn whoever_sees_nothing_of_a_key_gets_the_answer_of_one_that_nobody_has() {
    let office = an_office();
    let archive = &office.house.archive;
    let eve = office.house.a_user(&office.admin, "eve", &[Role::Archivist]);
    let hers = office.captured(&json!({"kind": "ticket", "occurred": "2026-03-01", "title": "断网",
        "parties": [{"role": "customer", "name": "青禾科技有限公司"}], "components": [{"name": "a.txt"}],
        "custom": {"contract": "HT-2024-318"}}));
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2024-06-30", "reason": "补登", "source": {"system": "CRM", "id": "case-77"}}));
    let mut told = Vec::new();
    for (name, value) in [
        ("customer", "青禾科技有限公司"),
        ("customer", "并不存在有限公司"),
        ("contract", "HT-2024-318"),
        ("contract", "HT-0000-000"),
    ] {
        let mut keys = serde_json::Map::new();
        keys.insert(name.to_owned(), json!(value));
        let mut answers = Vec::new();
        for on in ["2020-01-01", "2025-01-01"] {
            let event = json!({"type": "relationship_ended", "keys": keys, "on": on, "reason": "补登"});
            let event = office.read_event(&event).unwrap();
            answers.push(format!("{:?}", archive.record_event(&eve, &event).map(|_| ())));
            let id = archive.request_event_approval(&eve, &event, None).unwrap();
            answers.push(masked(&office, &eve, id).replace(name, "key"));
            let whole = archive.approval_items(&office.decides, id, (0, 10)).unwrap().unwrap();
            let is_there = value == "青禾科技有限公司" || value == "HT-2024-318";
            let records: Vec<_> = whole.items.iter().map(|item| item.record).collect();
            assert_eq!(records, if is_there { vec![hers] } else { vec![] });
        }
        told.push(answers);
    }
    assert!(told.iter().all(|answers| *answers == told[0]), "{told:#?}");
    assert!(told[0][0].contains("NeedsSecondPerson"), "{}", told[0][0]);
    // What the request says to whoever asked holds neither a number nor a record.
    assert!(!told[0][1].contains("count") && !told[0][1].contains(&hers.to_string()), "{}", told[0][1]);
    // Neither does a change of what she recorded with a second person.
    let event = json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"}, "on": "2025-01-01",
        "reason": "补登"});
    let event = office.read_event(&event).unwrap();
    let id = archive.request_event_approval(&eve, &event, None).unwrap();
    archive.decide_approval(&office.decides, id, Verdict::Approve).unwrap();
    let done = archive.record_event(&eve, &NewRetentionEvent { approval: Some(id), ..event }).unwrap().0;
    let asked = archive.request_event_change_approval(&eve, &correct(done.id, "2020-01-01"), None).unwrap();
    let view = archive.show_approval(&eve, asked).unwrap().asked.unwrap().parameters;
    assert!(view.get("count").is_none() && view.get("items").is_none(), "{view}");
    assert_eq!(archive.approval_items(&eve, asked, (0, 10)).unwrap().unwrap().total, 0);
    let whole = archive.show_approval(&office.decides, asked).unwrap().asked.unwrap().parameters;
    assert_eq!(whole["count"], 1);
}

#[test]
fn a_number_that_somebody_else_used_is_as_free_as_one_that_nobody_did() {
    let office = an_office();
    let archive = &office.house.archive;
    let other = office.house.a_user(&office.admin, "eve", &[Role::PrivacyOfficer]);
    let event = json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"}, "on": "2026-12-31",
        "reason": "导入", "source": {"system": "CRM", "id": "case-77"}});
    office.event(event.clone());
    let mut answers = Vec::new();
    for (number, on) in [("case-77", "2027-01-01"), ("case-78", "2027-01-01"), ("case-79", "2026-12-31")] {
        let mut event = event.clone();
        (event["source"]["id"], event["on"]) = (json!(number), json!(on));
        let answer = archive.record_event(&other, &office.read_event(&event).unwrap());
        answers.push(answer.map(|(event, _)| event.replayed));
    }
    assert!(answers.iter().all(|answer| matches!(answer, Ok(false))), "{answers:?}");
}

#[test]
fn what_the_second_person_sees_is_read_from_descriptors() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let archive = &office.house.archive;
    let record = office.ticket("青禾科技有限公司");
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2024-06-30", "reason": "补登"}));
    let earlier = json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"}, "on": "2020-01-01",
        "reason": "补登"});
    let earlier = office.read_event(&earlier).unwrap();
    office.state(record);
    let database = office.house.place.database();
    execute_raw(&database, "DELETE FROM record_keys");
    // Neither is it asked for nor done by an empty list.
    let asked = archive.request_event_approval(&office.privacy, &earlier, None);
    assert!(matches!(asked, Err(Refusal::Damaged(Thing::Record))), "{asked:?}");
    let done = archive.record_event(&office.privacy, &earlier);
    assert!(matches!(done, Err(Refusal::Damaged(Thing::Record))), "{done:?}");
    // It is named, and mended.
    assert_eq!(office.misjudged(true), [record]);
    let asked = archive.request_event_approval(&office.privacy, &earlier, None).unwrap();
    let seen = archive.approval_items(&office.decides, asked, (0, 10)).unwrap().unwrap();
    assert_eq!(seen.items.iter().map(|item| item.record).collect::<Vec<_>>(), [record]);
    archive.decide_approval(&office.decides, asked, Verdict::Approve).unwrap();
    // Between the approval and the step: what was approved is not done to other records.
    execute_raw(&database, "DELETE FROM record_keys");
    let approved = NewRetentionEvent { approval: Some(asked), ..earlier };
    assert!(archive.record_event(&office.privacy, &approved).is_err());
}
