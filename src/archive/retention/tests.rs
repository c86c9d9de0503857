use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::access::role::Role;
use crate::archive::Caller;
use crate::archive::events::NewRetentionEvent;
use crate::archive::records::{Form, OpenRequest};
use crate::archive::refusal::Refusal;
use crate::archive::stage::Declared;
use crate::archive::users::tests::{House, a_house};
use crate::archive::verify::{Report, VerifyOptions, verify};
use crate::base::civil::Zone;
use crate::base::id::{EventId, RecordId};
use crate::base::moment::Moment;
use crate::policy::Policy;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::{Capture, CaptureDefaults, Fault, read_json};
use crate::retention::{Schedule, replay};

/// Three years after the relationship has ended; erased by a year after the ticket where it is marked so; seven
/// years after somebody has come of age.
pub(in crate::archive) const POLICY: &str = r#"
format = 1
id = "house-rules"
version = 1
title = "服务记录保管期限"
owner = "个人信息保护负责人"
[[event]]
type = "relationship_ended"
keys = ["customer", "contract"]
title = "业务关系结束"
[[majority]]
jurisdiction = "CN"
years = 18
[[obligation]]
id = "ticket.three-years"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { kinds = ["ticket"] }
kind = "floor"
trigger = 'event("relationship_ended", customer)'
period = "P3Y"
action = "destroy"
citations = ["电子商务法第31条"]
certainty = "A"
[[obligation]]
id = "ticket.personal"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { tags = ["敏感"] }
kind = "ceiling"
trigger = "occurred"
period = "P1Y"
citations = ["个人信息保护法第47条"]
certainty = "A"
[[obligation]]
id = "case.closed"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { kinds = ["complaint"] }
kind = "floor"
trigger = 'event("case_closed", case)'
period = "P2Y"
action = "destroy"
citations = ["内部制度"]
certainty = "A"
[[obligation]]
id = "minor.seven-years"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { kinds = ["consultation"] }
kind = "floor"
trigger = 'majority(meta("birth_date"))'
period = "P7Y"
action = "destroy"
citations = ["内部制度"]
certainty = "A"
"#;

/// Somebody of each role that has to do with retention.
pub(in crate::archive) struct Office {
    pub house: House,
    pub admin: Caller,
    pub clerk: Caller,
    pub privacy: Caller,
    pub decides: Caller,
    pub auditor: Caller,
}

pub(in crate::archive) fn an_office() -> Office {
    let house = a_house();
    let admin = house.administrator();
    let privacy = house.a_user(&admin, "li", &[Role::PrivacyOfficer]);
    let decides = house.a_user(&admin, "wu", &[Role::PrivacyOfficer]);
    let auditor = house.a_user(&admin, "shen", &[Role::Auditor]);
    let clerk = house.a_user(&admin, "dang", &[Role::Archivist]);
    let office = Office { house, admin, clerk, privacy, decides, auditor };
    office.under(&[("1970-01-01T00:00:00Z", POLICY)]);
    office
}

impl Office {
    /// Puts policies into force.
    pub fn under(&self, policies: &[(&str, &str)]) {
        let rules = policies.iter().map(|(since, text)| {
            let schedule = Schedule::of(&Policy::parse(text).unwrap());
            Rules::plain(Moment::parse(since).unwrap(), std::sync::Arc::new(schedule))
        });
        *self.house.archive.inner.rules_in_force.write().unwrap() = rules.collect();
    }

    pub fn captured(&self, json: &Value) -> RecordId {
        let archive = &self.house.archive;
        let defaults = CaptureDefaults {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            now: archive.inner.now(),
            content_comes_apart: true,
        };
        let capture =
            Capture::from_json(&read_json(json.to_string().as_bytes()).unwrap(), &defaults).unwrap();
        let staged = archive.stage("断网 quartzword".as_bytes(), Declared::default()).unwrap();
        archive.capture(&self.clerk, capture, vec![staged]).unwrap().record
    }

    pub fn ticket(&self, customer: &str) -> RecordId {
        self.captured(&json!({"kind": "ticket", "occurred": "2026-03-01", "title": "断网",
            "parties": [{"role": "customer", "name": customer}], "components": [{"name": "a.txt"}]}))
    }

    pub fn read_event(&self, json: &Value) -> Result<NewRetentionEvent, Vec<Fault>> {
        NewRetentionEvent::from_json(json, Zone::SHANGHAI, self.house.archive.inner.now())
    }

    pub fn try_event(&self, json: Value) -> Result<EventId, Refusal> {
        let event = self.read_event(&json).unwrap();
        self.house.archive.record_event(&self.privacy, &event).map(|(event, _)| event.id)
    }

    pub fn event(&self, json: Value) -> EventId {
        self.try_event(json).unwrap()
    }

    pub fn events(&self) -> Vec<EventId> {
        let page = self.house.archive.list_events(&self.privacy, &Default::default(), None, 50).unwrap();
        page.items.into_iter().map(|event| event.id).collect()
    }

    /// From when on it is due, as the judge keeps it.
    pub fn due_from(&self, record: RecordId) -> String {
        let explained = self.house.archive.explain_retention(&self.privacy, record, None).unwrap();
        explained.verdict.due_from.map(Moment::to_seconds_text).unwrap_or_default()
    }

    pub fn verified(&self) -> Report {
        verify(&self.house.place, &VerifyOptions::default(), &mut |_| {}).unwrap()
    }

    pub fn state(&self, record: RecordId) -> String {
        assert!(self.house.archive.judge_pending(Duration::from_secs(60)).unwrap());
        self.house.archive.show(&self.privacy, record).unwrap().state
    }

    pub fn on(&self, queue: Queue, at: Option<&str>) -> Vec<RecordId> {
        let query = DueQuery { queue, at: at.map(|at| Moment::parse(at).unwrap()) };
        let page = self.house.archive.due(&self.privacy, &query, None, 50).unwrap();
        page.items.into_iter().map(|line| line.record).collect()
    }
}

#[test]
fn an_event_reaches_records_that_are_filed_later_and_keys_that_are_added_later() {
    let office = an_office();
    let before = office.ticket("青禾科技有限公司");
    office.event(json!({"type": "relationship_ended",
        "keys": {"customer": "青禾科技有限公司", "contract": "HT-7"}, "on": "2023-06-30", "reason": "补登"}));
    let after = office.ticket("青禾科技 有限公司 ".trim());
    let same = office.ticket(" 青禾科技有限公司");
    for record in [before, same] {
        assert_eq!(office.due_from(record), "2026-06-30T16:00:00Z");
    }
    // A blank within a name is another name; so is another customer.
    assert_eq!(office.due_from(after), "");
    // A customer who is named in a new version is one of the record's.
    let other = office.ticket("临江样例科技有限公司");
    assert_eq!((office.state(other).as_str(), office.state(before).as_str()), ("awaiting_trigger", "due"));
    let archive = &office.house.archive;
    let defaults = CaptureDefaults {
        jurisdiction: Jurisdiction::china(),
        zone: Zone::SHANGHAI,
        now: archive.inner.now(),
        content_comes_apart: true,
    };
    let json = json!({"kind": "ticket", "occurred": "2026-03-01", "title": "断网",
        "parties": [{"role": "customer", "name": "青禾科技有限公司"}], "components": [{"name": "a.txt"}]});
    let capture = Capture::from_json(&read_json(json.to_string().as_bytes()).unwrap(), &defaults).unwrap();
    let staged = archive.stage(b"y", Declared::default()).unwrap();
    archive.amend(&office.clerk, other, capture, vec![staged], None).unwrap();
    assert_eq!(office.state(other), "due");
}

#[test]
fn an_explanation_is_worked_out_again_offline() {
    let office = an_office();
    let record = office.ticket("青禾科技有限公司");
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2023-06-30", "reason": "补登"}));
    let at = Moment::parse("2025-01-01T00:00:00Z").unwrap();
    let explained = office.house.archive.explain_retention(&office.privacy, record, Some(at)).unwrap();
    let again = replay(&explained.json).unwrap();
    assert_eq!(again.state().as_str(), "running");
    assert_eq!(again.due_from.unwrap().to_seconds_text(), "2026-06-30T16:00:00Z");
    assert!(!explained.json.to_string().contains("青禾"));
}

#[test]
fn the_closing_of_a_case_is_an_event_that_nobody_enters_twice() {
    let office = an_office();
    let record = office.captured(&json!({"kind": "complaint", "case": "SC-9", "occurred": "2026-03-01",
        "title": "投诉", "components": [{"name": "a.txt"}]}));
    assert_eq!(office.state(record), "awaiting_trigger");
    let case = crate::archive::cases::tests::named("SC-9");
    let closed = json!({"kind": "closed", "at": "2026-06-30T10:00:00+08:00"});
    let now = office.house.archive.inner.now();
    let closed = crate::archive::cases::NewEvent::from_json(&closed, Zone::SHANGHAI, now).unwrap();
    office.house.archive.add_case_event(&office.clerk, &case, closed).unwrap();
    assert_eq!(office.state(record), "running");
    assert_eq!(office.due_from(record), "2028-06-30T16:00:00Z");
}

#[test]
fn a_birth_date_leaves_only_its_end_and_that_only_to_readers_of_words() {
    let office = an_office();
    let record = office.captured(&json!({"kind": "consultation", "occurred": "2026-03-01", "title": "咨询",
        "custom": {"birth_date": "2015-06-01"}, "components": [{"name": "a.txt"}]}));
    let archive = &office.house.archive;
    assert_eq!(office.state(record), "running");
    let explained = archive.explain_retention(&office.privacy, record, None).unwrap();
    assert!(!explained.json.to_string().contains("2015"), "{}", explained.json);
    assert_eq!(office.due_from(record), "2040-06-01T16:00:00Z");
    let refused = archive.explain_retention(&office.auditor, record, None).map(|_| ());
    assert!(matches!(refused, Err(Refusal::Forbidden)));
    let query = DueQuery { queue: Queue::Running, at: None };
    let told = archive.due(&office.auditor, &query, None, 10).unwrap();
    assert!(told.items[0].withheld && told.items[0].due_from.is_none());
    let kept =
        archive.inner.store.read(|conn| crate::store::rows::retention::get(conn, record)).unwrap().unwrap();
    let tomorrow = archive.inner.now().plus_seconds(86_400);
    assert!(
        kept.wake_at.is_some_and(|at| at <= tomorrow),
        "nothing that follows from a birth stands in clear"
    );
}

#[test]
fn lists_tell_what_is_due_starves_contradicts_and_has_no_rule_as_of_any_day() {
    let office = an_office();
    let starved = office.ticket("临江样例科技有限公司");
    let due = office.ticket("青禾科技有限公司");
    let unclassified = office
        .captured(&json!({"kind": "incident", "occurred": "2026-03-01", "title": "故障",
        "components": [{"name": "a.txt"}]}));
    let wrong = office.captured(&json!({"kind": "consultation", "occurred": "2026-03-01", "title": "咨询",
        "custom": {"birth_date": "不详"}, "components": [{"name": "a.txt"}]}));
    let conflict = office.captured(&json!({"kind": "ticket", "occurred": "2024-03-01", "title": "断网",
        "tags": ["敏感"], "parties": [{"role": "customer", "name": "青禾科技有限公司"}],
        "components": [{"name": "a.txt"}]}));
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2026-06-30", "reason": "补登"}));
    assert_eq!(office.on(Queue::Unclassified, None), [unclassified]);
    assert_eq!(office.on(Queue::Exception, None), [wrong]);
    assert_eq!(office.on(Queue::Conflict, None), [conflict]);
    assert_eq!(office.on(Queue::Restricted, None), [conflict]);
    assert_eq!(office.on(Queue::Due, None), []);
    // What is restricted leaves for a matter only, and its words are for legal and privacy roles alone.
    let opened = |who| {
        let request = OpenRequest {
            record: conflict,
            entry: None,
            version: None,
            component: 0,
            purpose: "核对".to_owned(),
            form: Form::Content,
        };
        office.house.archive.open_original(who, &request).map(|_| ())
    };
    assert!(matches!(opened(&office.clerk), Err(Refusal::Forbidden | Refusal::NotFound(_))));
    assert!(opened(&office.privacy).is_ok());
    let shown = office.house.archive.show(&office.clerk, conflict).unwrap();
    assert_eq!((shown.state.as_str(), shown.withheld), ("restricted", true));
    let mut both = [due, conflict];
    both.sort_unstable();
    assert_eq!(office.on(Queue::Due, Some("2029-07-01T00:00:00Z")), both);
    assert_eq!(office.on(Queue::StaleTrigger, None), []);
    assert_eq!(office.on(Queue::StaleTrigger, Some("2029-07-01T00:00:00Z")), [starved]);
    let query = DueQuery { queue: Queue::Conflict, at: None };
    let line = office.house.archive.due(&office.auditor, &query, None, 10).unwrap().items.remove(0);
    let (ceiling, floor) = line.conflict.unwrap();
    assert_eq!(
        (ceiling.citations, floor.citations),
        (vec!["个人信息保护法第47条".to_owned()], vec!["电子商务法第31条".to_owned()])
    );
    let digest = office.house.archive.retention_digest(&office.privacy).unwrap();
    assert_eq!((digest.counts["restricted"], digest.counts["unclassified"]), (1, 1));
    assert_eq!((digest.progress.records, digest.progress.judged), (5, 5));
}

#[test]
fn a_list_is_narrowed_by_the_day_on_which_records_become_due_for_those_who_may_know_it() {
    use crate::archive::records::{Besides, RecordFilter};
    use crate::archive::search::{SearchFilters, SearchRequest};

    let office = an_office();
    let born = office.captured(&json!({"kind": "consultation", "occurred": "2026-03-01", "title": "咨询",
        "custom": {"birth_date": "2015-06-01"}, "components": [{"name": "a.txt"}]}));
    let archive = &office.house.archive;
    let due = Moment::parse(&office.due_from(born)).unwrap();
    let between = |from: i64, before: i64| Besides {
        due_from: Some(due.plus_seconds(from)),
        due_before: Some(due.plus_seconds(before)),
        ..Besides::default()
    };
    let listed = |who: &Caller, besides: Besides| {
        let filter = RecordFilter { besides, ..RecordFilter::default() };
        archive.list(who, &filter, None, 10).map(|page| page.items.len())
    };
    let searched = |who: &Caller, besides: Besides| {
        let filters = SearchFilters { besides, ..SearchFilters::default() };
        let request = SearchRequest { filters, limit: 10, ..SearchRequest::default() };
        archive.search(who, &request).map(|page| page.hits.len())
    };
    for (from, before, found) in [(0, 1, 1), (-9, 0, 0), (1, 9, 0)] {
        assert_eq!(listed(&office.privacy, between(from, before)).unwrap(), found);
        assert_eq!(searched(&office.privacy, between(from, before)).unwrap(), found);
    }
    // That day follows from a birth, of which an auditor learns nothing by trying days.
    assert_eq!(listed(&office.auditor, Besides::default()).unwrap(), 1);
    assert_eq!(listed(&office.auditor, between(0, 1)).unwrap(), 0);
    // Who may not list what is due asks for no days.
    let trainer = office.house.a_user(&office.admin, "xun", &[Role::Trainer]);
    assert_eq!(listed(&trainer, Besides::default()).unwrap(), 0);
    assert!(matches!(listed(&trainer, between(0, 1)), Err(Refusal::Forbidden)));
}

#[test]
fn only_what_a_change_touches_and_a_day_makes_due_is_judged_again() {
    let office = an_office();
    let (one, other) = (office.ticket("青禾科技有限公司"), office.ticket("临江样例科技有限公司"));
    assert_eq!(
        (office.state(one), office.state(other)),
        ("awaiting_trigger".to_owned(), "awaiting_trigger".to_owned())
    );
    let judged = |record| {
        let row =
            office.house.archive.inner.store.read(|conn| crate::store::rows::retention::get(conn, record));
        row.unwrap().unwrap().judged_at
    };
    let before = judged(other);
    office.house.wait(60);
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2024-06-30", "reason": "补登"}));
    assert_eq!(office.state(one), "running");
    assert!(judged(one) > before && judged(other) == before);
    // Day by day nothing happens, until the period is over.
    office.house.wait(3_600 * 24 * 100);
    assert_eq!(office.state(one), "running");
    office.house.wait(3_600 * 24 * 100);
    assert_eq!(office.state(one), "due");
    // Another policy has everything judged anew, and leaves the floor that stood.
    let shorter = POLICY.replace("version = 1", "version = 2").replacen("P3Y", "P1Y", 1);
    let now = office.house.archive.inner.now().to_rfc3339();
    let third = office.ticket("青禾科技有限公司");
    office.under(&[("1970-01-01T00:00:00Z", POLICY), (&now, &shorter)]);
    assert_eq!(office.house.archive.judging_progress(&office.auditor).unwrap().judged, 0);
    assert_eq!(office.state(third), "due");
    assert_eq!(office.house.archive.judging_progress(&office.auditor).unwrap().judged, 3);
}

#[test]
fn a_shortened_policy_leaves_the_floor_over_records_declared_before() {
    let office = an_office();
    let old = office.ticket("青禾科技有限公司");
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2026-06-30", "reason": "补登"}));
    office.house.wait(10);
    let now = office.house.archive.inner.now().to_rfc3339();
    let shorter = POLICY.replace("version = 1", "version = 2").replacen("P3Y", "P1Y", 1);
    office.under(&[("1970-01-01T00:00:00Z", POLICY), (&now, &shorter)]);
    office.house.wait(10);
    let new = office.ticket("青禾科技有限公司");
    assert_eq!(office.due_from(old), "2029-06-30T16:00:00Z");
    assert_eq!(office.due_from(new), "2027-06-30T16:00:00Z");
}

#[test]
fn a_simulation_tells_what_a_draft_would_change_and_moves_nothing() {
    let office = an_office();
    let archive = &office.house.archive;
    let record = office.ticket("青禾科技有限公司");
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2026-06-30", "reason": "补登"}));
    let draft = POLICY.replace("version = 1", "version = 2").replacen("P3Y", "P5Y", 1);
    let at = Moment::parse("2029-07-01T00:00:00Z").unwrap();
    let job = archive.begin_simulation(&office.privacy, &draft, Some(at)).unwrap();
    assert!(archive.work_on_next(60, &|| false).unwrap());
    let mut result = archive.job_result(&office.privacy, job.id).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut result.reader, &mut text).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["counts"]["later"], &report["judged"]), (&json!(1), &json!(1)));
    assert_eq!(report["records_csv"], format!("\u{FEFF}record,shift\r\n{record},later\r\n"));
    assert_eq!(report["groups"][0]["month"], "2031-07");
    assert!(!text.contains("青禾"));
    assert_eq!(office.due_from(record), "2029-06-30T16:00:00Z");
    assert!(office.verified().is_clean());
    let refused = archive.begin_simulation(&office.auditor, &draft, None).map(|_| ());
    assert!(matches!(refused, Err(Refusal::Forbidden)));
}

#[test]
fn the_judge_is_rung_by_what_moves_a_record_and_by_nothing_else() {
    let office = an_office();
    let archive = &office.house.archive;
    let rings = || archive.inner.judging.rings();
    let before = rings();
    let record = office.ticket("青禾科技有限公司");
    let captured = rings();
    assert!(captured > before);
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2023-06-30", "reason": "补登"}));
    let told = rings();
    assert!(told > captured);
    let request = OpenRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        purpose: "核对".to_owned(),
        form: Form::Content,
    };
    archive.open_original(&office.privacy, &request).unwrap();
    assert_eq!(rings(), told);
    // Between rings it waits for the day that makes something due, and for no more than a minute.
    assert!(archive.judge_pending(Duration::from_secs(60)).unwrap());
    let longest = Duration::from_secs(60);
    assert!((Duration::from_secs(1)..=longest).contains(&archive.next_judging().unwrap()));
}
