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
    let (_, simulation) = archive.simulate_policy(asks, of, None)?;
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

    /// Version 1 as far as it can be published.
    fn reviewed(&self) -> SimulationView {
        let archive = self.archive();
        archive.import_policy(&self.asks, &text(1, "P3Y")).unwrap();
        archive.submit_policy(&self.asks, (&id("house"), 1), None).unwrap();
        let review = self.review("keep", "2026-01-01");
        archive.review_policy(&self.asks, (&id("house"), 1), review, None).unwrap();
        archive.simulate_policy(&self.asks, (&id("house"), 1), None).unwrap().1
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
    let (_, fresh) = archive.simulate_policy(&office.asks, (&id("house"), 1), None).unwrap();
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
    archive.review_policy(&office.asks, of, office.review("keep", "2026-01-01"), None).unwrap();
    let (_, simulation) = archive.simulate_policy(&office.asks, of, None).unwrap();
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
    let early = archive.review_policy(&office.asks, of, office.review("keep", "2026-01-01"), None);
    assert!(matches!(early, Err(Refusal::Policy(PolicyRefusal::NotSubmitted))));
    archive.submit_policy(&office.asks, of, None).unwrap();
    assert!(matches!(archive.submit_policy(&office.asks, of, None), Err(Refusal::WrongState)));
    archive.review_policy(&office.asks, of, office.review("change", "2026-01-01"), None).unwrap();
    assert_eq!(office.stage(1), LifeStage::Draft);
    archive.submit_policy(&office.asks, of, None).unwrap();
    let one = json!({"held_on": "2026-01-01", "decision": "keep", "rule": "nowhere",
        "participants": [{"name": "王甲", "part": "management"}]});
    let one = NewReview::from_json(&one, archive.inner.now()).unwrap();
    let unknown = archive.review_policy(&office.asks, of, one, None);
    assert!(matches!(unknown, Err(Refusal::Policy(PolicyRefusal::UnknownRule))));
    archive.review_policy(&office.asks, of, office.review("keep", "2026-01-01"), None).unwrap();
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
