use serde_json::{Value, json};

use super::in_force::InForce;
use super::*;
use crate::access::role::Role;
use crate::access::two_person::{ApprovalRefusal, Verdict};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::stage::Declared;
use crate::archive::tests::on_postgres;
use crate::archive::users::tests::{House, a_house};
use crate::archive::verify::{VerifyOptions, verify};
use crate::archive::{Archive, Caller};
use crate::base::civil::Zone;
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, RecordId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::{Certainty, LifeStage, RuleId, Standing};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::{Capture, CaptureDefaults, read_json};
use crate::store::testing::execute_raw;

/// A policy of one rule; `VERSION` and `PERIOD` stand for themselves.
const HOUSE: &str = r#"
format = 1
id = "house"
version = VERSION
title = "服务记录保管期限"
owner = "个人信息保护负责人"
review_every = "P6M"

[effect]
metric = "到期后 90 日内完成处置的比例"
target = "≥ 95 %"
evaluate_after = "P3M"

[[approval]]
id = "standard"
[[approval.stage]]
name = "档案部门审核"
roles = ["archivist"]

[[category]]
id = "service.ticket"
title = "工单"

[[obligation]]
id = "tickets"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { categories = ["service.ticket"] }
kind = "floor"
trigger = "occurred"
period = "PERIOD"
action = "destroy"
approvals = "standard"
citations = ["电子商务法第31条"]
certainty = "A"
"#;

pub(in crate::archive) fn text(version: u32, period: &str) -> PolicySource {
    PolicySource::Text(HOUSE.replace("VERSION", &version.to_string()).replace("PERIOD", period))
}

/// The id of that policy.
pub(in crate::archive) fn house() -> RuleId {
    id("house")
}

fn id(text: &str) -> RuleId {
    RuleId::parse(text).unwrap()
}

pub(in crate::archive) fn a_review(decision: &str, on: &str) -> Value {
    json!({
        "held_on": on, "decision": decision,
        "participants": [{"name": "王甲", "part": "management"}],
        "answers": [{"question": "execution", "answer": "签收单常缺"}],
    })
}

/// Two who answer for personal data, and somebody who reads.
struct Office {
    house: House,
    asks: Caller,
    decides: Caller,
    auditor: Caller,
}

fn an_office() -> Office {
    let house = a_house();
    let admin = house.administrator();
    let asks = house.a_user(&admin, "li", &[Role::PrivacyOfficer]);
    let decides = house.a_user(&admin, "wu", &[Role::PrivacyOfficer]);
    let auditor = house.a_user(&admin, "shen", &[Role::Auditor]);
    Office { house, asks, decides, auditor }
}

/// Simulates a version, as a job.
pub(in crate::archive) fn simulated(
    archive: &Archive,
    by: &Caller,
    (policy, number): (&RuleId, u32),
    as_of: Option<Moment>,
) -> Result<SimulationView, Refusal> {
    let hash = reported(archive, by, (policy, number, None), as_of)?["hash"].clone();
    let views = archive.policy_simulations(by, policy)?;
    let found = views.into_iter().find(|view| view.version == number && json!(view.result.to_hex()) == hash);
    Ok(found.unwrap())
}

/// The report of a simulation, as the job tells it.
fn reported(
    archive: &Archive,
    by: &Caller,
    of: (&RuleId, u32, Option<u32>),
    as_of: Option<Moment>,
) -> Result<Value, Refusal> {
    let job = archive.begin_version_simulation(by, of, as_of)?;
    // Others may wait before it.
    let mut result = loop {
        match archive.job_result(by, job.id) {
            Err(Refusal::Unfinished) => assert!(archive.work_on_next(3_600, &|| false)?),
            result => break result?,
        }
    };
    let mut text = String::new();
    std::io::Read::read_to_string(&mut result.reader, &mut text).unwrap();
    Ok(serde_json::from_str(&text).unwrap())
}

/// Takes a version through to its publication, by two persons.
pub(in crate::archive) fn publish(
    archive: &Archive,
    (asks, decides): (&Caller, &Caller),
    source: &PolicySource,
    newly_due: u64,
) -> Result<PublishRequest, Refusal> {
    let brought = source.read()?;
    let of = (&brought.policy.id, brought.policy.version);
    archive.import_policy(asks, source)?;
    archive.submit_policy(asks, of, None)?;
    let now = archive.inner.now();
    let today = crate::base::civil::CivilDate::of(now, Zone::SHANGHAI).unwrap().to_string();
    let review = NewReview::from_json(&a_review("keep", &today), now).unwrap();
    archive.review_policy(asks, of, review, None)?;
    let simulation = simulated(archive, asks, of, None)?;
    let request = PublishRequest {
        policy: of.0.clone(),
        version: of.1,
        simulation: simulation.result,
        effective_from: None,
        newly_due,
    };
    let approval = archive.request_policy_publication(asks, &request, ("评审已通过", None))?;
    archive.decide_approval(decides, approval, Verdict::Approve)?;
    archive.publish_policy(asks, &request, Some(approval), None)?;
    Ok(request)
}

impl Office {
    fn archive(&self) -> &Archive {
        &self.house.archive
    }

    fn published(&self, version: u32, period: &str) -> Result<PublishRequest, Refusal> {
        publish(self.archive(), (&self.asks, &self.decides), &text(version, period), 0)
    }

    /// What counts now.
    fn stands(&self) -> Option<InForce> {
        self.archive().inner.schedules(self.archive().inner.now()).unwrap().pop()
    }

    fn review(&self, decision: &str, on: &str) -> NewReview {
        NewReview::from_json(&a_review(decision, on), self.archive().inner.now()).unwrap()
    }

    /// The day it is, as a review is dated.
    fn today(&self) -> String {
        let now = self.archive().inner.now();
        crate::base::civil::CivilDate::of(now, Zone::SHANGHAI).unwrap().to_string()
    }

    /// Version 1 as far as it can be published.
    fn reviewed(&self) -> SimulationView {
        let archive = self.archive();
        archive.import_policy(&self.asks, &text(1, "P3Y")).unwrap();
        archive.submit_policy(&self.asks, (&id("house"), 1), None).unwrap();
        let review = self.review("keep", &self.today());
        archive.review_policy(&self.asks, (&id("house"), 1), review, None).unwrap();
        simulated(archive, &self.asks, (&id("house"), 1), None).unwrap()
    }

    fn request(&self, simulation: Digest) -> PublishRequest {
        PublishRequest { policy: id("house"), version: 1, simulation, effective_from: None, newly_due: 0 }
    }

    fn approved(&self, request: &PublishRequest) -> ApprovalId {
        let asked = self.archive().request_policy_publication(&self.asks, request, ("评审已通过", None));
        let asked = asked.unwrap();
        self.archive().decide_approval(&self.decides, asked, Verdict::Approve).unwrap();
        asked
    }

    /// A ticket of that day.
    fn ticket(&self, on: &str) -> RecordId {
        let json = format!(
            r#"{{"kind": "ticket", "occurred": "{on}", "title": "断网", "components": [{{"name": "a.txt"}}]}}"#
        );
        let defaults = CaptureDefaults {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            now: self.archive().inner.now(),
            content_comes_apart: true,
        };
        let capture = Capture::from_json(&read_json(json.as_bytes()).unwrap(), &defaults).unwrap();
        let staged = self.archive().stage(b"x", Declared::default()).unwrap();
        let operator = self.archive().local_operator().unwrap();
        self.archive().capture(&operator, capture, vec![staged]).unwrap().record
    }

    fn stage(&self, version: u32) -> LifeStage {
        let view = self.archive().policy_version(&self.auditor, (&id("house"), Some(version))).unwrap();
        view.line.stage
    }

    fn faults(&self) -> Vec<String> {
        let options =
            VerifyOptions { database: self.archive().inner.database.clone(), ..VerifyOptions::default() };
        let report = verify(&self.house.place, &options, &mut |_| {}).unwrap();
        report.faults.iter().map(|fault| format!("{:?} {}", fault.kind, fault.subject)).collect()
    }
}

#[test]
fn a_policy_goes_from_a_draft_into_force_and_the_next_version_takes_its_place() {
    let office = an_office();
    assert!(office.stands().is_none());
    office.published(1, "P3Y").unwrap();
    office.house.wait(60);
    office.published(2, "P2Y").unwrap();
    office.house.wait(60);
    assert_eq!((office.stage(1), office.stage(2)), (LifeStage::Superseded, LifeStage::Published));
    let now = office.archive().inner.now();
    let stands = office.stands().unwrap();
    assert_eq!((stands.policies.len(), stands.policies[0].version), (1, 2));
    assert_eq!(stands.schedule.policy().hash, stands.policies[0].hash);
    let chain = office.archive().inner.schedules(now).unwrap();
    let versions: Vec<u32> = chain.iter().map(|link| link.policies[0].version).collect();
    assert_eq!(versions, [1, 2]);
    assert!(chain[0].since < chain[1].since);
    let line = &office.archive().list_policies(&office.auditor).unwrap()[0];
    assert_eq!((line.in_force, line.newest, line.review_overdue), (Some(2), 2, false));
    assert_eq!(office.house.entries(EntryKind::PolicyPublished).len(), 2);
    assert_eq!(office.faults(), [""; 0]);
    // After a new start the ledger's last words are the same.
    let options = office.house.options();
    drop(office.house.archive);
    let archive = Archive::open(&office.house.place, &options).unwrap();
    assert_eq!(archive.inner.schedules(now).unwrap().pop().unwrap().policies[0].version, 2);
}

#[test]
fn nothing_is_published_by_one_person_or_without_a_simulation_of_today() {
    let office = an_office();
    let simulation = office.reviewed();
    let archive = office.archive();
    let request = office.request(simulation.result);
    let alone = archive.publish_policy(&office.asks, &request, None, None);
    assert!(matches!(alone, Err(Refusal::NeedsSecondPerson(_))), "{alone:?}");
    let asked = archive.request_policy_publication(&office.asks, &request, ("评审已通过", None)).unwrap();
    let own = archive.decide_approval(&office.asks, asked, Verdict::Approve);
    assert!(matches!(own, Err(Refusal::Approval(ApprovalRefusal::OwnRequest))), "{own:?}");
    archive.decide_approval(&office.decides, asked, Verdict::Approve).unwrap();
    let other = PublishRequest { newly_due: 3, ..request.clone() };
    let differs = archive.publish_policy(&office.asks, &other, Some(asked), None);
    assert!(matches!(differs, Err(Refusal::Policy(PolicyRefusal::NewlyDue { records: 0 }))), "{differs:?}");
    let nowhere = office.request(Digest::of(b"x"));
    let unfounded = archive.publish_policy(&office.asks, &nowhere, Some(asked), None);
    assert!(matches!(unfounded, Err(Refusal::Policy(PolicyRefusal::NoSimulation))), "{unfounded:?}");
    office.house.wait(24 * 3_600 + 1);
    let stale = archive.publish_policy(&office.asks, &request, Some(asked), None);
    assert!(matches!(stale, Err(Refusal::Policy(PolicyRefusal::NoSimulation))), "{stale:?}");
    let fresh = simulated(archive, &office.asks, (&id("house"), 1), None).unwrap();
    let request = office.request(fresh.result);
    let approval = office.approved(&request);
    archive.publish_policy(&office.asks, &request, Some(approval), None).unwrap();
    assert_eq!(office.stage(1), LifeStage::Published);
    let entry = &office.house.entries(EntryKind::PolicyPublished)[0];
    assert_eq!(entry.facts["simulation_result"], json!(fresh.result.to_hex()));
    assert_eq!(entry.facts["countersigned"]["by"], json!(office.decides.user().to_string()));
}

#[test]
fn a_published_version_never_changes_and_a_draft_is_one_again_when_it_does() {
    let office = an_office();
    let archive = office.archive();
    office.reviewed();
    let of = (&id("house"), 1);
    let exists = archive.import_policy(&office.asks, &text(1, "P1Y"));
    assert!(matches!(exists, Err(Refusal::Exists(Thing::Policy))));
    let revision = archive.policy_version(&office.asks, (of.0, Some(1))).unwrap().line.revision;
    let changed = archive.replace_policy_version(&office.asks, of, &text(1, "P5Y"), Some(revision)).unwrap();
    assert_eq!(office.stage(1), LifeStage::Draft);
    let again = archive.replace_policy_version(&office.asks, of, &text(1, "P4Y"), Some(revision));
    assert!(matches!(again, Err(Refusal::Stale)));
    let other = archive.replace_policy_version(&office.asks, of, &text(2, "P4Y"), None);
    assert!(matches!(other, Err(Refusal::Policy(PolicyRefusal::Other))));
    archive.submit_policy(&office.asks, of, Some(changed.revision)).unwrap();
    archive.review_policy(&office.asks, of, office.review("keep", &office.today()), None).unwrap();
    let simulation = simulated(archive, &office.asks, of, None).unwrap();
    let request = office.request(simulation.result);
    let approval = office.approved(&request);
    archive.publish_policy(&office.asks, &request, Some(approval), None).unwrap();
    let late = archive.replace_policy_version(&office.asks, of, &text(1, "P1Y"), None);
    assert!(matches!(late, Err(Refusal::Policy(PolicyRefusal::Published))));
    let lower = archive.import_policy(&office.asks, &text(1, "P9Y"));
    assert!(matches!(lower, Err(Refusal::Exists(Thing::Policy))));
}

#[test]
fn records_that_would_be_due_at_once_are_confirmed_by_their_number() {
    let office = an_office();
    let old = office.ticket("2020-03-01");
    office.ticket("2025-12-01");
    let simulation = office.reviewed();
    assert_eq!((simulation.judged, simulation.newly_due), (Some(2), Some(1)));
    // How many records there are is for those who see all of them.
    let admin = office.house.administrator_again();
    let archivist = office.house.a_user(&admin, "an", &[Role::Archivist]);
    let told = |caller: &Caller| {
        let views = office.archive().policy_simulations(caller, &id("house")).unwrap();
        views.iter().map(|view| (view.judged, view.newly_due)).collect::<Vec<_>>()
    };
    assert_eq!((told(&archivist), told(&office.auditor)), (vec![(None, None)], vec![(Some(2), Some(1))]));
    let (_, report) = office.archive().simulation_report(&office.asks, simulation.id).unwrap();
    assert!(report["records"][old.to_string()].as_array().unwrap().contains(&json!("newly_due")), "{report}");
    let unconfirmed = office.request(simulation.result);
    let approval = office.approved(&unconfirmed);
    let refused = office.archive().publish_policy(&office.asks, &unconfirmed, Some(approval), None);
    assert!(matches!(refused, Err(Refusal::Policy(PolicyRefusal::NewlyDue { records: 1 }))), "{refused:?}");
    let confirmed = PublishRequest { newly_due: 1, ..unconfirmed };
    let approval = office.approved(&confirmed);
    // One that came in since is judged too.
    office.ticket("2019-03-01");
    let more = office.archive().publish_policy(&office.asks, &confirmed, Some(approval), None);
    assert!(matches!(more, Err(Refusal::Policy(PolicyRefusal::NewlyDue { records: 2 }))), "{more:?}");
    let confirmed = PublishRequest { newly_due: 2, ..confirmed };
    let approval = office.approved(&confirmed);
    office.archive().publish_policy(&office.asks, &confirmed, Some(approval), None).unwrap();
}

#[test]
fn a_simulation_knows_events_holds_and_the_other_policies_in_force() {
    let office = an_office();
    let archive = office.archive();
    // Beside the house rules another policy keeps the same records much longer.
    let other =
        HOUSE.replace("id = \"house\"", "id = \"tax\"").replace("id = \"tickets\"", "id = \"tax.tickets\"");
    let other = PolicySource::Text(other.replace("VERSION", "1").replace("PERIOD", "P30Y"));
    office.ticket("2020-03-01");
    publish(archive, (&office.asks, &office.decides), &other, 0).unwrap();
    office.house.wait(60);
    // Alone the draft would make the ticket due; beside the other policy it does not.
    archive.import_policy(&office.asks, &text(1, "P3Y")).unwrap();
    let alone = simulated(archive, &office.asks, (&id("house"), 1), None).unwrap();
    assert_eq!((alone.judged, alone.newly_due), (Some(1), Some(0)));
    assert_eq!(alone.against, office.stands().map(|stands| stands.schedule.policy().hash));
    // So it is for a draft that lies in no archive.
    let PolicySource::Text(draft) = text(1, "P3Y") else { unreachable!() };
    let job = archive.begin_simulation(&office.asks, &draft, None).unwrap();
    assert!(archive.work_on_next(3_600, &|| false).unwrap());
    let mut told = String::new();
    let mut result = archive.job_result(&office.asks, job.id).unwrap();
    std::io::Read::read_to_string(&mut result.reader, &mut told).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["counts"], told["hash"].as_str()), (&json!({}), Some(alone.result.to_hex().as_str())));
    assert!(told["ledger_size"].as_u64().unwrap() > 0);
    assert_eq!(office.faults(), [""; 0]);
}

#[test]
fn what_a_version_changed_is_told_after_the_fact_and_kept_nowhere() {
    let office = an_office();
    let record = office.ticket("2024-03-01");
    office.house.wait(60);
    office.published(1, "P3Y").unwrap();
    office.house.wait(60);
    office.published(2, "P9Y").unwrap();
    office.house.wait(60);
    let archive = office.archive();
    let kept = archive.policy_simulations(&office.asks, &id("house")).unwrap().len();
    let told = reported(archive, &office.asks, (&id("house"), 2, Some(1)), None).unwrap();
    assert_eq!(told["counts"], json!({"later": 1}));
    assert_eq!(told["records"], json!({ record.to_string(): ["later"] }));
    assert_eq!(told["records_csv"], format!("\u{FEFF}record,shift\r\n{record},later\r\n"));
    // Back again the longer floor stays over what was declared under it.
    let back = reported(archive, &office.asks, (&id("house"), 1, Some(2)), None).unwrap();
    assert_eq!(back["counts"], json!({}));
    assert_eq!(archive.policy_simulations(&office.asks, &id("house")).unwrap().len(), kept);
    let none = archive.begin_version_simulation(&office.asks, (&id("house"), 2, Some(7)), None);
    assert!(matches!(none, Err(Refusal::NotFound(Thing::Policy))));
    let superseded = archive.begin_version_simulation(&office.asks, (&id("house"), 1, None), None);
    assert!(matches!(superseded, Err(Refusal::WrongState)));
}

#[test]
fn a_simulation_against_other_policies_than_count_now_is_none_to_publish_by() {
    let office = an_office();
    let archive = office.archive();
    let simulation = office.reviewed();
    let other =
        HOUSE.replace("id = \"house\"", "id = \"tax\"").replace("id = \"tickets\"", "id = \"tax.tickets\"");
    let other = PolicySource::Text(other.replace("VERSION", "1").replace("PERIOD", "P30Y"));
    publish(archive, (&office.asks, &office.decides), &other, 0).unwrap();
    let request = office.request(simulation.result);
    let approval = office.approved(&request);
    let stale = archive.publish_policy(&office.asks, &request, Some(approval), None);
    assert!(matches!(stale, Err(Refusal::Policy(PolicyRefusal::NoSimulation))), "{stale:?}");
}

#[test]
fn what_a_day_makes_due_before_the_publication_is_counted_with_it() {
    let office = an_office();
    let archive = office.archive();
    // Three years are over tomorrow at midnight in China.
    let today = crate::base::civil::CivilDate::of(archive.inner.now(), Zone::SHANGHAI).unwrap();
    let today = today.to_string();
    let (_, month_and_day) = today.split_once('-').unwrap();
    let on = format!("2024-{month_and_day}");
    office.ticket(&on);
    let simulation = office.reviewed();
    assert_eq!(simulation.newly_due, Some(0));
    office.house.wait(20 * 3_600);
    let request = office.request(simulation.result);
    let approval = office.approved(&request);
    let due = archive.publish_policy(&office.asks, &request, Some(approval), None);
    assert!(matches!(due, Err(Refusal::Policy(PolicyRefusal::NewlyDue { records: 1 }))), "{due:?}");
}

#[test]
fn a_policy_that_contradicts_itself_or_would_orphan_records_is_not_published() {
    let office = an_office();
    office.ticket("2024-03-01");
    office.published(1, "P3Y").unwrap();
    office.house.wait(60);
    let archive = office.archive();
    let second = HOUSE.replace("VERSION", "2").replace("PERIOD", "P3Y");
    let twice = second.split("[[obligation]]").nth(1).unwrap();
    let twice = twice.replace("id = \"tickets\"", "id = \"again\"").replace("\"destroy\"", "\"permanent\"");
    let contradicts = PolicySource::Text(format!("{second}[[obligation]]{twice}"));
    let refused = publish(archive, (&office.asks, &office.decides), &contradicts, 0);
    assert!(matches!(refused, Err(Refusal::Policy(PolicyRefusal::Unfit { errors: 2 }))), "{refused:?}");
    // The tickets that are there would stand under no rule at all.
    let other = HOUSE.replace("service.ticket", "service.other");
    let orphans = PolicySource::Text(other.replace("VERSION", "3").replace("PERIOD", "P3Y"));
    let refused = publish(archive, (&office.asks, &office.decides), &orphans, 0);
    assert!(matches!(refused, Err(Refusal::Policy(PolicyRefusal::Orphans { records: 1 }))), "{refused:?}");
    let told = reported(archive, &office.asks, (&id("house"), 3, None), None).unwrap();
    assert_eq!(told["counts"]["orphaned"], json!(1));
    assert_eq!(office.stands().unwrap().policies[0].version, 1);
}

#[test]
fn an_evaluation_stands_beside_what_the_archive_counted_before_and_since() {
    let office = an_office();
    let archive = office.archive();
    office.ticket("2020-03-01");
    office.house.wait(24 * 3_600);
    publish(archive, (&office.asks, &office.decides), &text(1, "P9Y"), 0).unwrap();
    let early = archive.policy_measures(&office.asks, (&id("house"), 1));
    assert!(matches!(early, Err(Refusal::WrongState)), "{early:?}");
    office.house.wait(2 * 24 * 3_600);
    let now = archive.inner.now();
    let today = crate::base::civil::CivilDate::of(now, Zone::SHANGHAI).unwrap().to_string();
    office.ticket(&today);
    office.ticket(&today);
    office.house.wait(60);
    let measures = archive.policy_measures(&office.asks, (&id("house"), 1)).unwrap();
    let count = |measured: &Measured, name: &str| measured.counts[name];
    assert_eq!((count(&measures.before, "records"), count(&measures.before, "late_records")), (1, 1));
    assert_eq!((count(&measures.after, "records"), count(&measures.after, "late_records")), (2, 0));
    let length = |measured: &Measured| measured.until.seconds_since(measured.from);
    assert_eq!(length(&measures.before), length(&measures.after));
    let result = json!({"outcome": "met", "after": "96 %"});
    let result = fields(&result, crate::policy::EvaluationFields::read);
    archive.evaluate_policy(&office.asks, (&id("house"), 1), result).unwrap();
    let view = archive.policy_evaluations(&office.asks, &id("house")).unwrap().remove(0);
    let words = view.words.unwrap();
    assert_eq!(
        (&words["after"], &words["measured"]["after"]["counts"]["records"]),
        (&json!("96 %"), &json!(2))
    );
    let auditor = archive.policy_measures(&office.auditor, (&id("house"), 1));
    assert!(matches!(auditor, Err(Refusal::Forbidden)), "{auditor:?}");
    assert_eq!(office.faults(), [""; 0]);
}

#[test]
fn a_review_that_is_overdue_is_told_by_the_calendar_of_reviews_until_it_is_held() {
    use crate::archive::retention::{DueQuery, Queue};
    let office = an_office();
    let archive = office.archive();
    let record = office.ticket("2024-03-01");
    office.published(1, "P9Y").unwrap();
    let overdue = || {
        let digest = archive.retention_digest(&office.asks).unwrap();
        let query = DueQuery { queue: Queue::ReviewOverdue, at: None };
        let list = archive.due(&office.asks, &query, None, 10).unwrap().items;
        let rules: Vec<String> = digest.overdue.into_iter().map(|rule| rule.rule).collect();
        (rules, list.into_iter().map(|line| line.record).collect::<Vec<_>>())
    };
    assert_eq!(overdue(), (vec![], vec![]));
    // No day is named in the policy itself: it is half a year after it began to count.
    office.house.wait(200 * 24 * 3_600);
    assert_eq!(overdue(), (vec!["tickets".to_owned()], vec![record]));
    let now = archive.inner.now();
    let today = crate::base::civil::CivilDate::of(now, Zone::SHANGHAI).unwrap().to_string();
    archive.review_policy(&office.asks, (&id("house"), 1), office.review("keep", &today), None).unwrap();
    assert_eq!(overdue(), (vec![], vec![]));
}

/// A campaign of version 2 of the house rules, from the simulation on.
fn campaign(office: &Office, newly_due: u64) -> Result<RebaseRequest, Refusal> {
    let archive = office.archive();
    let simulation = simulated(archive, &office.asks, (&id("house"), 2), None)?;
    let request = RebaseRequest {
        policy: id("house"),
        version: 2,
        simulation: simulation.result,
        newly_due,
        notice_days: 30,
        notice: crate::record::names::Note::parse("旧档案自公示期满起适用新期限。").unwrap(),
    };
    let approval = archive.request_policy_rebase(&office.asks, &request, ("期限过长", None))?;
    archive.decide_approval(&office.decides, approval, Verdict::Approve)?;
    archive.rebase_policy(&office.asks, &request, Some(approval), None)?;
    Ok(request)
}

#[test]
fn a_campaign_lets_older_records_stand_under_the_shorter_rule_once_its_notice_is_over() {
    let office = an_office();
    let record = office.ticket("2020-03-01");
    office.published(1, "P9Y").unwrap();
    office.house.wait(60);
    office.published(2, "P3Y").unwrap();
    office.house.wait(60);
    let archive = office.archive();
    let due = || archive.explain_retention(&office.asks, record, None).unwrap().verdict.due_from;
    let due = || due().map(Moment::to_seconds_text);
    assert_eq!(due().as_deref(), Some("2029-03-01T16:00:00Z"));
    let simulation = simulated(archive, &office.asks, (&id("house"), 2), None).unwrap();
    assert_eq!(simulation.newly_due, Some(1));
    let unconfirmed = campaign(&office, 0).map(|_| ());
    assert!(
        matches!(unconfirmed, Err(Refusal::Policy(PolicyRefusal::NewlyDue { records: 1 }))),
        "{unconfirmed:?}"
    );
    campaign(&office, 1).unwrap();
    assert!(matches!(campaign(&office, 1), Err(Refusal::WrongState)), "one campaign a version");
    // Everybody can read what was told, and until when nothing changes.
    let view = archive.policy_version(&office.auditor, (&id("house"), Some(2))).unwrap();
    assert!(view.notice.unwrap().contains("公示期满") && view.line.rebased_from.is_some());
    office.house.wait(29 * 24 * 3_600);
    let archive = office.archive();
    assert_eq!(due().as_deref(), Some("2029-03-01T16:00:00Z"));
    assert!(archive.judge_pending(std::time::Duration::from_secs(60)).unwrap());
    office.house.wait(3 * 24 * 3_600);
    assert_eq!(due().as_deref(), Some("2023-03-01T16:00:00Z"));
    // What is kept of it was judged anew.
    assert!(archive.judge_pending(std::time::Duration::from_secs(60)).unwrap());
    let row =
        archive.inner.store.read(|conn| crate::store::rows::retention::get(conn, record)).unwrap().unwrap();
    assert_eq!(row.state, "due");
    assert_eq!(office.faults(), [""; 0]);
}

#[test]
fn no_campaign_is_begun_by_one_person_or_for_a_version_that_does_not_count() {
    let office = an_office();
    office.published(1, "P9Y").unwrap();
    office.house.wait(60);
    office.published(2, "P3Y").unwrap();
    office.house.wait(60);
    let archive = office.archive();
    let simulation = simulated(archive, &office.asks, (&id("house"), 2), None).unwrap();
    let request = RebaseRequest {
        policy: id("house"),
        version: 2,
        simulation: simulation.result,
        newly_due: 0,
        notice_days: 30,
        notice: crate::record::names::Note::parse("x").unwrap(),
    };
    let alone = archive.rebase_policy(&office.asks, &request, None, None);
    assert!(matches!(alone, Err(Refusal::NeedsSecondPerson(_))), "{alone:?}");
    let old = RebaseRequest { version: 1, ..request.clone() };
    let superseded = archive.request_policy_rebase(&office.asks, &old, ("x", None));
    assert!(matches!(superseded, Err(Refusal::Policy(PolicyRefusal::NotNext { .. }))), "{superseded:?}");
    let auditor = archive.request_policy_rebase(&office.auditor, &request, ("x", None));
    assert!(matches!(auditor, Err(Refusal::Forbidden)), "{auditor:?}");
}

#[test]
fn a_shortened_floor_makes_no_record_due_that_was_declared_before() {
    let office = an_office();
    office.ticket("2024-03-01");
    office.published(1, "P9Y").unwrap();
    office.house.wait(60);
    let shorter = publish(office.archive(), (&office.asks, &office.decides), &text(2, "P1Y"), 0);
    shorter.unwrap();
    office.house.wait(60);
    // And the floor of the first version is not forgotten by the third.
    let third = publish(office.archive(), (&office.asks, &office.decides), &text(3, "P6M"), 0);
    third.unwrap();
}

#[test]
fn a_draft_passes_a_review_only_once_it_was_handed_in() {
    let office = an_office();
    let archive = office.archive();
    archive.import_policy(&office.asks, &text(1, "P3Y")).unwrap();
    let of = (&id("house"), 1);
    let early = archive.review_policy(&office.asks, of, office.review("keep", &office.today()), None);
    assert!(matches!(early, Err(Refusal::Policy(PolicyRefusal::NotSubmitted))));
    archive.submit_policy(&office.asks, of, None).unwrap();
    assert!(matches!(archive.submit_policy(&office.asks, of, None), Err(Refusal::WrongState)));
    archive.review_policy(&office.asks, of, office.review("change", &office.today()), None).unwrap();
    assert_eq!(office.stage(1), LifeStage::Draft);
    archive.submit_policy(&office.asks, of, None).unwrap();
    let one = json!({"held_on": office.today(), "decision": "keep", "rule": "nowhere",
        "participants": [{"name": "王甲", "part": "management"}]});
    let one = NewReview::from_json(&one, archive.inner.now()).unwrap();
    let unknown = archive.review_policy(&office.asks, of, one, None);
    assert!(matches!(unknown, Err(Refusal::Policy(PolicyRefusal::UnknownRule))));
    archive.review_policy(&office.asks, of, office.review("keep", &office.today()), None).unwrap();
    assert_eq!(office.stage(1), LifeStage::Reviewed);
    let reviews = archive.policy_reviews(&office.auditor, &id("house")).unwrap();
    assert_eq!(reviews.len(), 2);
    assert_eq!(reviews[0].fields.participants[0].name.as_str(), "王甲");
    let entries = office.house.entries(EntryKind::PolicyReviewHeld);
    assert!(entries.iter().all(|entry| !Value::Object(entry.facts.clone()).to_string().contains('王')));
}

#[test]
fn rules_turn_amber_half_a_year_after_the_last_review_and_green_with_the_next() {
    let office = an_office();
    office.published(1, "P3Y").unwrap();
    let archive = office.archive();
    let amber = || archive.policy(&office.auditor, &id("house")).unwrap().amber;
    assert!(amber().is_empty());
    office.house.wait(190 * 24 * 3_600);
    let admin = office.house.administrator_again();
    let asks = office.house.a_user(&admin, "zhao", &[Role::PrivacyOfficer]);
    let shown = archive.policy(&asks, &id("house")).unwrap();
    assert_eq!(shown.amber.len(), 1);
    assert!(shown.line.review_overdue);
    let now = archive.inner.now();
    let stands = office.stands().unwrap();
    assert_eq!(stands.schedule.rules()[0].review_due(), Some(shown.amber[0].1));
    let today = crate::base::civil::CivilDate::of(now, Zone::SHANGHAI).unwrap().to_string();
    let review = NewReview::from_json(&a_review("keep", &today), now).unwrap();
    archive.review_policy(&asks, (&id("house"), 1), review, None).unwrap();
    let shown = archive.policy(&asks, &id("house")).unwrap();
    assert!(shown.amber.is_empty() && !shown.line.review_overdue);
}

#[test]
fn every_shipped_pack_comes_in_as_a_draft_and_rules_from_memory_stay_disabled() {
    let office = an_office();
    for name in crate::policy::shipped_names() {
        office.archive().import_policy(&office.asks, &PolicySource::Pack(name.to_owned())).unwrap();
        let view = office.archive().policy_version(&office.auditor, (&id(name), None)).unwrap();
        assert_eq!(view.line.stage, LifeStage::Draft);
        let from_memory = view.policy.obligations.iter().filter(|rule| rule.certainty == Certainty::C);
        assert!(from_memory.clone().all(|rule| rule.standing != Standing::Enabled), "{name}");
    }
    let unknown = office.archive().import_policy(&office.asks, &PolicySource::Pack("mars".to_owned()));
    assert!(matches!(unknown, Err(Refusal::Policy(PolicyRefusal::UnknownPack))));
    let broken = PolicySource::Text("format = 1\nid = \"x\"".to_owned());
    let refused = office.archive().import_policy(&office.asks, &broken);
    let Err(Refusal::Policy(PolicyRefusal::Faults(faults))) = refused else { panic!("{refused:?}") };
    assert!(faults.len() > 2);
}

#[test]
fn policies_in_force_together_are_judged_as_one_and_share_no_rule() {
    let office = an_office();
    office.published(1, "P3Y").unwrap();
    office.house.wait(60);
    let PolicySource::Text(other) = text(1, "P5Y") else { unreachable!() };
    let other = other.replace("id = \"house\"", "id = \"other\"");
    let taken =
        publish(office.archive(), (&office.asks, &office.decides), &PolicySource::Text(other.clone()), 0);
    let Err(Refusal::Policy(PolicyRefusal::RuleTaken { rule, policy })) = taken else { panic!("{taken:?}") };
    assert_eq!((rule.as_str(), policy.as_str()), ("tickets", "house"));
    let free =
        other.replace("id = \"tickets\"", "id = \"other.tickets\"").replace("version = 1", "version = 2");
    publish(office.archive(), (&office.asks, &office.decides), &PolicySource::Text(free), 0).unwrap();
    let stands = office.stands().unwrap();
    assert_eq!((stands.policies.len(), stands.schedule.rules().len()), (2, 2));
    assert!(stands.policies.iter().all(|of| of.hash != stands.schedule.policy().hash));
    assert_eq!(stands.policy_of(&id("other.tickets")).unwrap().id, id("other"));
}

#[test]
fn only_who_may_write_and_publish_does() {
    let office = an_office();
    let archive = office.archive();
    let refused = archive.import_policy(&office.auditor, &text(1, "P3Y"));
    assert!(matches!(refused, Err(Refusal::Forbidden)));
    let simulation = office.reviewed();
    let request = office.request(simulation.result);
    let refused = archive.request_policy_publication(&office.auditor, &request, ("x", None));
    assert!(matches!(refused, Err(Refusal::Forbidden)), "{refused:?}");
    assert_eq!(archive.list_policies(&office.auditor).unwrap().len(), 1);
    assert_eq!(archive.policy_simulations(&office.auditor, &id("house")).unwrap().len(), 1);
}

#[test]
fn a_superseded_version_is_retired_by_two_persons() {
    let office = an_office();
    office.published(1, "P3Y").unwrap();
    office.house.wait(60);
    let retire = RetireRequest { policy: id("house"), version: 1 };
    let early = office.archive().request_policy_retirement(&office.asks, &retire, ("不再适用", None));
    assert!(matches!(early, Err(Refusal::Policy(PolicyRefusal::NotNext { .. }))));
    office.published(2, "P4Y").unwrap();
    office.house.wait(60);
    let alone = office.archive().retire_policy(&office.asks, &retire, None, None);
    assert!(matches!(alone, Err(Refusal::NeedsSecondPerson(_))));
    let asked =
        office.archive().request_policy_retirement(&office.asks, &retire, ("不再适用", None)).unwrap();
    office.archive().decide_approval(&office.decides, asked, Verdict::Approve).unwrap();
    office.archive().retire_policy(&office.asks, &retire, Some(asked), None).unwrap();
    assert_eq!(office.stage(1), LifeStage::Retired);
    assert_eq!(office.archive().inner.schedules(office.archive().inner.now()).unwrap().len(), 2);
}

#[test]
fn a_policy_that_somebody_touched_in_the_database_judges_nothing() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    office.published(1, "P9Y").unwrap();
    let now = office.archive().inner.now();
    let database = office.house.place.database();
    let kept = |sql: &str, back: &str| {
        execute_raw(&database, sql);
        let stands = office.archive().inner.schedules(now);
        assert!(matches!(stands, Err(Refusal::Damaged(Thing::Policy))), "{sql}");
        assert!(matches!(office.archive().list_policies(&office.auditor), Err(Refusal::Damaged(_))), "{sql}");
        assert!(!office.faults().is_empty(), "{sql}");
        execute_raw(&database, back);
        assert!(office.stands().is_some(), "{sql}");
    };
    kept(
        "UPDATE policy_versions SET effective_to = effective_from + 1",
        "UPDATE policy_versions SET effective_to = NULL",
    );
    kept(
        "CREATE TABLE aside AS SELECT * FROM policies; DELETE FROM policies",
        "INSERT INTO policies SELECT * FROM aside; DROP TABLE aside",
    );
    kept(
        "CREATE TABLE aside AS SELECT * FROM policy_versions; DELETE FROM policy_versions",
        "INSERT INTO policy_versions SELECT * FROM aside; DROP TABLE aside",
    );
    kept(
        "CREATE TABLE aside AS SELECT * FROM policy_reviews; UPDATE policy_reviews SET held_on = '2099-01-01'",
        "DELETE FROM policy_reviews; INSERT INTO policy_reviews SELECT * FROM aside; DROP TABLE aside",
    );
    kept(
        "INSERT INTO policy_reviews SELECT 'f' || substr(id, 2), policy_id, version_id, rule, held_on, decision, \
         recorded_at, recorded_by FROM policy_reviews LIMIT 1",
        "DELETE FROM policy_reviews WHERE id LIKE 'f%'",
    );
}

/// Members of what people say, read.
fn fields<T>(json: &Value, read: impl Fn(&mut crate::record::request::ObjectReader<'_>) -> Option<T>) -> T {
    use crate::record::request::{Faults, ObjectReader, Path};
    ObjectReader::read(json, &Path::Root, &mut Faults::new(), read).flatten().unwrap()
}

#[test]
fn who_is_concerned_reads_suggests_and_the_effect_is_evaluated_once() {
    use crate::policy::{EvaluationFields, SuggestionFields, SuggestionState};
    use crate::record::names::Note;
    let office = an_office();
    let archive = office.archive();
    office.published(1, "P3Y").unwrap();
    let of = (&id("house"), 1);
    archive.acknowledge_policy(&office.auditor, of).unwrap();
    assert!(matches!(archive.acknowledge_policy(&office.auditor, of), Err(Refusal::Exists(_))));
    let seen = archive.policy_acknowledgements(&office.asks, of).unwrap();
    assert_eq!((seen.own, seen.all.unwrap().len()), (None, 1));
    let suggestion = fields(&json!({"rule": "tickets", "text": "请写明例外"}), SuggestionFields::read);
    let made = archive.suggest_to_policy(&office.auditor, of, suggestion).unwrap();
    let unknown = fields(&json!({"rule": "nowhere", "text": "x"}), SuggestionFields::read);
    let refused = archive.suggest_to_policy(&office.auditor, of, unknown);
    assert!(matches!(refused, Err(Refusal::Policy(PolicyRefusal::UnknownRule))));
    let answer = Note::parse("已写明").unwrap();
    assert!(archive.decide_suggestion(&office.auditor, made.id, (true, answer.clone())).is_err());
    archive.decide_suggestion(&office.asks, made.id, (true, answer.clone())).unwrap();
    let again = archive.decide_suggestion(&office.asks, made.id, (false, answer));
    assert!(matches!(again, Err(Refusal::WrongState)));
    let own = archive.policy_suggestions(&office.auditor, &id("house")).unwrap();
    assert_eq!((own[0].state, own[0].answer.as_deref()), (SuggestionState::Accepted, Some("已写明")));
    let open = &archive.policy_evaluations(&office.auditor, &id("house")).unwrap()[0];
    assert!(open.outcome.is_none() && !open.overdue);
    let result = json!({"outcome": "not_met", "before": "80 %", "after": "85 %"});
    let result = fields(&result, EvaluationFields::read);
    archive.evaluate_policy(&office.asks, of, result.clone()).unwrap();
    assert!(matches!(archive.evaluate_policy(&office.asks, of, result), Err(Refusal::WrongState)));
    let made = &archive.policy_evaluations(&office.auditor, &id("house")).unwrap()[0];
    assert_eq!(made.words.as_ref().unwrap()["after"], json!("85 %"));
    assert_eq!(office.faults(), [""; 0]);
    for kind in [EntryKind::PolicySuggested, EntryKind::PolicyEvaluated] {
        let entries = office.house.entries(kind);
        assert!(entries.iter().all(|entry| !Value::Object(entry.facts.clone()).to_string().contains('写')));
    }
}
