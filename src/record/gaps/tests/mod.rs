//! Each test is one argument that the other side could make, or one that it could not.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::base::civil::{CivilDate, Zone};
use crate::base::entropy::SeededEntropy;
use crate::base::id::{EventId, ExplanationId, PartyId, RecordId};
use crate::record::case::{EventDetail, EventKind};
use crate::record::feed::{EntryGroup, EntrySummary};
use crate::record::kind::{Kind, Subkind};
use crate::record::lineage::{Link, LinkKind};
use crate::record::occurred::Occurred;
use crate::record::service_level;

mod corrections;

const NOW: &str = "2026-06-30T04:00:00Z";

fn id(n: u64) -> RecordId {
    RecordId::generate(Moment::from_micros(1), &SeededEntropy::new(n))
}

fn party(n: u64) -> PartyId {
    PartyId::generate(Moment::from_micros(1), &SeededEntropy::new(n))
}

fn day(text: &str) -> CivilDate {
    CivilDate::parse(text).unwrap()
}

fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn case() -> CaseFacts {
    CaseFacts {
        zone: Zone::SHANGHAI,
        customers: BTreeSet::from([party(1)]),
        tier: Some("金牌".to_owned()),
        priority: Some("P1".to_owned()),
    }
}

fn record(n: u64, kind: Kind, on: &str, evidence: Evidence) -> RecordFacts {
    RecordFacts {
        id: id(n),
        kind,
        in_case: true,
        customers: BTreeSet::new(),
        references: Vec::new(),
        occurred: Occurred::parse(on, Zone::SHANGHAI).unwrap(),
        links: Vec::new(),
        evidence,
    }
}

const SIGNED: SignatureFacts =
    SignatureFacts { state: SignatureState::Valid, capacity_stated: true, signed_on: None };

fn scope() -> AuthorizationFacts {
    AuthorizationFacts {
        purposes: words(&["故障诊断", "容量规划"]),
        operations: words(&["collect", "use", "delete"]),
        data_categories: words(&["联系方式", "日志"]),
        systems: words(&["CRM", "工单系统"]),
        valid_from: Some(day("2026-01-01")),
        valid_to: Some(day("2026-03-31")),
        withdrawn_on: None,
        signature: SIGNED,
    }
}

fn authorization(n: u64, facts: AuthorizationFacts) -> RecordFacts {
    record(n, Kind::Authorization, "2026-01-01", Evidence::Authorization(facts))
}

fn step(purpose: &str, operation: &str, data: &str, system: &str, days: &[(&str, u64)]) -> EntryGroup {
    let days: BTreeMap<CivilDate, u64> = days.iter().map(|(on, count)| (day(on), *count)).collect();
    EntryGroup {
        operation: operation.to_owned(),
        purpose: purpose.to_owned(),
        data_category: data.to_owned(),
        system: system.to_owned(),
        authorization: None,
        first: days.keys().next().unwrap().begins_in(Zone::SHANGHAI),
        last: days.keys().last().unwrap().begins_in(Zone::SHANGHAI),
        days,
    }
}

fn usual(days: &[(&str, u64)]) -> EntryGroup {
    step("故障诊断", "use", "日志", "CRM", days)
}

fn log(n: u64, groups: Vec<EntryGroup>) -> RecordFacts {
    record(n, Kind::ProcessingLog, "2026-02-01", Evidence::Processing(Some(EntrySummary::new(groups))))
}

fn delivery(n: u64, on: &str) -> RecordFacts {
    let facts = ConfirmationFacts {
        delivered_on: Some(day(on)),
        accepted_on: Some(day(on)),
        refused: false,
        signature: SIGNED,
    };
    record(n, Kind::DeliveryConfirmation, on, Evidence::Delivery(facts))
}

fn complaint(n: u64, on: &str) -> RecordFacts {
    record(n, Kind::ServiceRecord(Subkind::Complaint), on, Evidence::Other)
}

fn linked(mut record: RecordFacts, kind: LinkKind, to: u64) -> RecordFacts {
    record.links.push(Link { kind, to: id(to) });
    record
}

fn elsewhere(mut record: RecordFacts, customer: Option<u64>) -> RecordFacts {
    record.in_case = false;
    record.customers = customer.map(party).into_iter().collect();
    record
}

fn event(kind: EventKind, when: &str) -> CaseEvent {
    CaseEvent {
        id: EventId::generate(at(when), &SeededEntropy::new(kind as u64)),
        kind,
        at: at(when),
        zone: Zone::SHANGHAI,
        record: None,
        cancels: None,
        detail: EventDetail::default(),
    }
}

fn found(records: &[RecordFacts]) -> Vec<Gap> {
    gaps(&case(), records, &[], None, at(NOW))
}

fn keys(gaps: &[Gap]) -> Vec<String> {
    gaps.iter().map(Gap::key).collect()
}

#[test]
fn a_complete_chain_of_evidence_has_no_gap() {
    let records = [
        authorization(1, scope()),
        log(2, vec![usual(&[("2026-01-01", 3), ("2026-03-31", 4)])]),
        linked(delivery(3, "2026-03-31"), LinkKind::Confirms, 2),
    ];
    let events =
        [event(EventKind::Opened, "2026-01-01T01:00:00Z"), event(EventKind::Closed, "2026-03-31T01:00:00Z")];
    assert_eq!(gaps(&case(), &records, &events, None, at(NOW)), []);
}

#[rstest]
#[case::the_day_before_the_first("2025-12-31", Some("before_validity"))]
#[case::the_first_day("2026-01-01", None)]
#[case::the_last_day("2026-03-31", None)]
#[case::the_day_after_the_last("2026-04-01", Some("after_expiry"))]
fn both_ends_of_validity_are_included(#[case] on: &str, #[case] cause: Option<&str>) {
    let records = [authorization(1, scope()), log(2, vec![usual(&[(on, 5)])])];
    let gaps = found(&records);
    assert_eq!(keys(&gaps), cause.map(|cause| format!("G4.{cause}")).into_iter().collect::<Vec<_>>());
    if let Some(gap) = gaps.first() {
        assert_eq!((gap.since, gap.until, gap.count, gap.record), (day(on), day(on), 5, Some(id(2))));
    }
}

#[rstest]
#[case::the_day_before("2026-02-14", None)]
#[case::the_day_itself("2026-02-15", Some("G4.after_withdrawal"))]
#[case::later("2026-03-01", Some("G4.after_withdrawal"))]
#[case::even_after_the_last_day("2026-05-01", Some("G4.after_withdrawal"))]
fn a_withdrawal_takes_effect_on_its_day(#[case] on: &str, #[case] key: Option<&str>) {
    let withdrawn = AuthorizationFacts { withdrawn_on: Some(day("2026-02-15")), ..scope() };
    let records = [authorization(1, withdrawn), log(2, vec![usual(&[(on, 1)])])];
    assert_eq!(keys(&found(&records)), key.into_iter().collect::<Vec<_>>());
}

#[test]
fn what_had_expired_before_it_was_withdrawn_had_expired() {
    let facts = AuthorizationFacts { withdrawn_on: Some(day("2026-05-15")), ..scope() };
    let records = [authorization(1, facts), log(2, vec![usual(&[("2026-06-01", 1)])])];
    assert_eq!(keys(&found(&records)), ["G4.after_expiry"]);
}

#[test]
fn an_authorization_without_dates_holds_from_its_own_day_on() {
    let open = || AuthorizationFacts { valid_from: None, valid_to: None, ..scope() };
    let with = |on: &str| found(&[authorization(1, open()), log(2, vec![usual(&[(on, 1)])])]);
    assert_eq!(keys(&with("2025-12-31")), ["G4.before_validity"]);
    assert_eq!(with("2026-01-01"), []);
    assert_eq!(with("2026-06-01"), []);
}

#[rstest]
#[case::purpose("市场推广", "use", "日志", "CRM", &["G3.purpose"])]
#[case::operation("故障诊断", "provide", "日志", "CRM", &["G3.operation"])]
#[case::an_operation_that_no_law_names("故障诊断", "导出", "日志", "CRM", &["G3.operation"])]
#[case::data("故障诊断", "use", "身份证号", "CRM", &["G3.data_category"])]
#[case::system("故障诊断", "use", "日志", "ERP", &["G3.system"])]
#[case::all_at_once("市场推广", "provide", "身份证号", "ERP", &["G3.data_category", "G3.operation", "G3.purpose", "G3.system"])]
#[case::a_longer_word_is_another_word("故障诊断与推广", "use", "日志", "CRM", &["G3.purpose"])]
#[case::traditional_and_full_width("故障診斷", "使用", "日誌", "ｃｒｍ", &[])]
#[case::blanks_and_case(" 故障诊断 ", "USE", "日志", "Crm", &[])]
#[case::chinese_operation("容量规划", "删除", "联系方式", "工單系統", &[])]
fn scope_is_compared_word_by_word(
    #[case] purpose: &str,
    #[case] operation: &str,
    #[case] data: &str,
    #[case] system: &str,
    #[case] expected: &[&str],
) {
    let entries = step(purpose, operation, data, system, &[("2026-02-01", 7)]);
    let gaps = found(&[authorization(1, scope()), log(2, vec![entries])]);
    let mut keys = keys(&gaps);
    keys.sort();
    assert_eq!(keys, expected);
    assert!(gaps.iter().all(|gap| gap.count == 7));
}

#[test]
fn silence_is_not_consent() {
    let silent = AuthorizationFacts { systems: Vec::new(), ..scope() };
    let gaps = found(&[authorization(1, silent), log(2, vec![usual(&[("2026-02-01", 1)])])]);
    assert_eq!(keys(&gaps), ["G3.system"]);
    assert_eq!(gaps[0].cause.facts()["silent"], true);
    assert_eq!(gaps[0].cause.facts()["word"], "CRM");
}

#[test]
fn all_systems_are_allowed_only_in_so_many_words_and_all_purposes_never() {
    let every = || words(&["*"]);
    let facts = AuthorizationFacts { systems: every(), data_categories: every(), ..scope() };
    let entries = || step("故障诊断", "use", "健康信息", "HIS", &[("2026-02-01", 1)]);
    assert_eq!(found(&[authorization(1, facts.clone()), log(2, vec![entries()])]), []);
    let blank_cheque = AuthorizationFacts { purposes: every(), operations: every(), ..facts };
    let mut keys = keys(&found(&[authorization(1, blank_cheque), log(2, vec![entries()])]));
    keys.sort();
    assert_eq!(keys, ["G3.operation", "G3.purpose"]);
}

#[test]
fn two_authorizations_do_not_add_up_to_one() {
    let diagnosis =
        AuthorizationFacts { purposes: words(&["故障诊断"]), systems: words(&["CRM"]), ..scope() };
    let planning =
        AuthorizationFacts { purposes: words(&["容量规划"]), systems: words(&["ERP"]), ..scope() };
    let records = [
        authorization(1, diagnosis),
        authorization(2, planning),
        log(3, vec![step("故障诊断", "use", "日志", "ERP", &[("2026-02-01", 1)])]),
    ];
    assert_eq!(found(&records).len(), 1);
}

#[test]
fn the_authorization_that_would_have_covered_it_says_why_it_did_not() {
    // The one for this purpose has expired; another, for another purpose, is in force.
    let other =
        AuthorizationFacts {
            purposes: words(&["容量规划"]), valid_to: Some(day("2027-12-31")), ..scope()
        };
    let records =
        [authorization(1, scope()), authorization(2, other), log(3, vec![usual(&[("2026-05-01", 1)])])];
    let gaps = found(&records);
    assert_eq!(keys(&gaps), ["G4.after_expiry"]);
    assert_eq!(gaps[0].cause.facts()["authorization"], id(1).to_string());
}

#[test]
fn outside_scope_and_outside_validity_are_two_gaps() {
    let entries = step("市场推广", "use", "日志", "CRM", &[("2026-05-01", 2)]);
    assert_eq!(
        keys(&found(&[authorization(1, scope()), log(2, vec![entries])])),
        ["G3.purpose", "G4.after_expiry"]
    );
}

#[test]
fn one_gap_is_told_per_cause_with_its_days_and_counts() {
    let entries = vec![
        usual(&[("2026-03-31", 1), ("2026-04-01", 2), ("2026-04-09", 3)]),
        step("容量规划", "use", "日志", "CRM", &[("2026-04-05", 4)]),
    ];
    let gaps = found(&[authorization(1, scope()), log(2, entries)]);
    assert_eq!(keys(&gaps), ["G4.after_expiry"]);
    assert_eq!((gaps[0].since, gaps[0].until, gaps[0].count), (day("2026-04-01"), day("2026-04-09"), 9));
}

#[rstest]
#[case::of_the_same_customer(Some(1), None, &[])]
#[case::of_another_customer(Some(2), None, &["G2.no_authorization"])]
#[case::of_another_customer_but_linked_by_the_log(Some(2), Some(LinkKind::PerformedUnder), &[])]
#[case::of_nobody_but_linked_by_itself(None, Some(LinkKind::Authorises), &[])]
#[case::of_nobody(None, None, &["G2.no_authorization"])]
fn an_authorization_from_elsewhere_counts_for_its_customer_or_by_link(
    #[case] customer: Option<u64>,
    #[case] link: Option<LinkKind>,
    #[case] expected: &[&str],
) {
    let mut allowed = elsewhere(authorization(1, scope()), customer);
    let mut done = log(2, vec![usual(&[("2026-02-01", 1)])]);
    match link {
        Some(LinkKind::Authorises) => allowed = linked(allowed, LinkKind::Authorises, 2),
        Some(kind) => done = linked(done, kind, 1),
        None => {}
    }
    assert_eq!(keys(&found(&[allowed, done])), expected);
}

#[rstest]
#[case::by_number("AUTH-7", &[])]
#[case::by_number_in_other_case("auth-7 ", &[])]
#[case::one_that_is_not_here("AUTH-9", &["G2.named_unknown"])]
#[case::one_that_has_expired("AUTH-8", &["G4.after_expiry"])]
fn entries_that_name_an_authorization_are_held_to_it(#[case] name: &str, #[case] expected: &[&str]) {
    let mut good = authorization(1, scope());
    good.references = words(&["AUTH-7"]);
    let mut old = authorization(2, AuthorizationFacts { valid_to: Some(day("2026-01-31")), ..scope() });
    old.references = words(&["AUTH-8"]);
    let entries = EntryGroup { authorization: Some(name.to_owned()), ..usual(&[("2026-02-01", 1)]) };
    assert_eq!(keys(&found(&[good, old, log(3, vec![entries])])), expected);
}

#[test]
fn entries_may_name_an_authorization_by_its_id() {
    let entries = EntryGroup { authorization: Some(id(1).to_string()), ..usual(&[("2026-02-01", 1)]) };
    assert_eq!(found(&[authorization(1, scope()), log(2, vec![entries])]), []);
}

#[rstest]
#[case::in_force("2026-02-01", &[])]
#[case::expired("2026-04-01", &["G4.after_expiry"])]
fn a_log_without_known_entries_is_judged_by_its_date(#[case] on: &str, #[case] expected: &[&str]) {
    let log = record(2, Kind::ProcessingLog, on, Evidence::Processing(None));
    assert_eq!(keys(&found(&[authorization(1, scope()), log.clone()])), expected);
    assert_eq!(keys(&found(&[log])), ["G2.no_authorization"]);
}

#[rstest]
#[case::on_the_last_day("2026-03-31", &[])]
#[case::after_it("2026-04-01", &["G1.after_expiry"])]
#[case::before_the_first("2025-12-31", &["G1.before_validity"])]
fn a_delivery_needs_an_authorization_in_force_on_its_day(#[case] on: &str, #[case] expected: &[&str]) {
    assert_eq!(keys(&found(&[authorization(1, scope()), delivery(2, on)])), expected);
}

#[test]
fn a_delivery_without_any_authorization_is_a_gap() {
    let gaps = found(&[delivery(2, "2026-02-01")]);
    assert_eq!(keys(&gaps), ["G1.no_authorization"]);
    assert_eq!(gaps[0].since, day("2026-02-01"));
}

#[rstest]
#[case::on_the_thirtieth_day("2026-04-30T12:00:00Z", false)]
#[case::on_the_thirty_first("2026-04-30T16:00:00Z", true)]
fn a_confirmation_is_due_thirty_days_after_the_service_ended(#[case] now: &str, #[case] expected: bool) {
    let records = [authorization(1, scope()), log(2, vec![usual(&[("2026-02-01", 1)])])];
    let events = [
        event(EventKind::Opened, "2026-01-01T01:00:00Z"),
        event(EventKind::Resolved, "2026-03-31T01:00:00Z"),
    ];
    let gaps = gaps(&case(), &records, &events, None, at(now));
    assert_eq!(keys(&gaps), if expected { vec!["G5.unconfirmed"] } else { Vec::new() });
    if let Some(gap) = gaps.first() {
        assert_eq!((gap.record, gap.since), (None, day("2026-05-01")));
    }
}

#[test]
fn no_confirmation_is_asked_for_while_the_case_is_open_or_where_nothing_was_processed() {
    let authorized = authorization(1, scope());
    let done = log(2, vec![usual(&[("2026-02-01", 1)])]);
    let opened = event(EventKind::Opened, "2026-01-01T01:00:00Z");
    let closed = event(EventKind::Closed, "2026-03-31T01:00:00Z");
    let reopened = event(EventKind::Reopened, "2026-04-01T01:00:00Z");
    let judged =
        |records: &[RecordFacts], events: &[CaseEvent]| keys(&gaps(&case(), records, events, None, at(NOW)));
    let (allowed, processed) = (vec![authorized.clone()], vec![done.clone()]);
    let both = vec![authorized, done];
    let (open, ended) = (vec![opened.clone()], vec![opened.clone(), closed.clone()]);
    assert_eq!(judged(&both, &open), Vec::<String>::new());
    assert_eq!(judged(&allowed, &ended), Vec::<String>::new());
    // Without authorization the gap is another one.
    assert_eq!(judged(&processed, &ended), ["G2.no_authorization"]);
    assert_eq!(judged(&both, &[opened, closed, reopened]), Vec::<String>::new());
}

#[rstest]
#[case::refused(true, Some("2026-02-20"), "refused")]
#[case::delivered_only(false, None, "not_accepted")]
fn what_is_not_accepted_is_not_confirmed(
    #[case] refused: bool,
    #[case] accepted: Option<&str>,
    #[case] instead: &str,
) {
    let facts = ConfirmationFacts {
        delivered_on: Some(day("2026-02-20")),
        accepted_on: accepted.map(day),
        refused,
        signature: SIGNED,
    };
    let records = [
        authorization(1, scope()),
        log(2, vec![usual(&[("2026-02-01", 1)])]),
        record(3, Kind::DeliveryConfirmation, "2026-02-20", Evidence::Delivery(facts)),
    ];
    let events =
        [event(EventKind::Opened, "2026-01-01T01:00:00Z"), event(EventKind::Closed, "2026-03-01T01:00:00Z")];
    let gaps = gaps(&case(), &records, &events, None, at(NOW));
    assert_eq!(keys(&gaps), ["G5.unconfirmed"]);
    assert_eq!(gaps[0].cause.facts()["instead"], instead);
}

#[rstest]
#[case::the_day_before_the_last_entry("2026-02-09", 4)]
#[case::the_day_of_the_last_entry("2026-02-10", 0)]
#[case::before_all("2026-01-31", 7)]
fn a_confirmation_cannot_come_before_what_it_confirms(#[case] on: &str, #[case] later: u64) {
    for links in [true, false] {
        let mut confirmation = delivery(3, on);
        if links {
            confirmation = linked(confirmation, LinkKind::Confirms, 2);
        }
        let records = [
            authorization(1, scope()),
            log(2, vec![usual(&[("2026-02-01", 3), ("2026-02-10", 4)])]),
            confirmation,
        ];
        let gaps = found(&records);
        assert_eq!(gaps.iter().map(|gap| gap.count).sum::<u64>(), later, "linked: {links}");
        assert!(gaps.iter().all(|gap| gap.code == GapCode::G6 && gap.record == Some(id(3))));
    }
}

#[test]
fn monthly_confirmations_that_name_nothing_stand_for_everything_before_the_last() {
    let records = [
        authorization(1, scope()),
        log(2, vec![usual(&[("2026-01-20", 1)])]),
        log(3, vec![usual(&[("2026-02-20", 1)])]),
        delivery(4, "2026-01-31"),
        delivery(5, "2026-02-28"),
    ];
    assert_eq!(found(&records), []);
}

#[rstest]
#[case::unanswered_in_time("2026-06-20", None, None)]
#[case::unanswered_too_long("2026-06-01", None, Some("G7.unanswered"))]
#[case::answered_on_the_last_day("2026-03-01", Some("2026-03-16"), None)]
#[case::answered_a_day_late("2026-03-01", Some("2026-03-17"), Some("G7.answered_late"))]
#[case::answered_at_the_last_minute("2026-03-01T10:00:00+08:00", Some("2026-03-16T23:59:59+08:00"), None)]
fn a_complaint_is_answered_within_its_target(
    #[case] on: &str,
    #[case] answer: Option<&str>,
    #[case] key: Option<&str>,
) {
    let mut records = vec![complaint(1, on)];
    if let Some(answered) = answer {
        let reply = record(2, Kind::ServiceRecord(Subkind::Chat), answered, Evidence::Other);
        records.push(linked(reply, LinkKind::Answers, 1));
    }
    assert_eq!(keys(&found(&records)), key.into_iter().collect::<Vec<_>>());
}

const LEVEL: &str = r#"
version = 1
name = "标准"
zone = "Asia/Shanghai"
[hours]
monday = ["09:00-18:00"]
tuesday = ["09:00-18:00"]
wednesday = ["09:00-18:00"]
thursday = ["09:00-18:00"]
friday = ["09:00-18:00"]
[evidence]
confirmation_days = 5
complaint_answer = "PT4H"
complaint_clock = "business"
[[targets]]
tier = "金牌"
priority = "P1"
first_response = "PT1H"
resolution = "P1D"
"#;

#[test]
fn a_complaint_target_in_business_hours_runs_over_the_week_end() {
    let level = service_level::parse(LEVEL).unwrap();
    // Friday 16:00 + 4 business hours = Monday 11:00.
    let records = |answered: &str| {
        let reply = record(2, Kind::ServiceRecord(Subkind::Chat), answered, Evidence::Other);
        [complaint(1, "2026-03-06T16:00:00+08:00"), linked(reply, LinkKind::Answers, 1)]
    };
    let judged = |answered| keys(&gaps(&case(), &records(answered), &[], Some(&level), at(NOW)));
    assert_eq!(judged("2026-03-09T11:00:00+08:00"), Vec::<String>::new());
    assert_eq!(judged("2026-03-09T11:00:01+08:00"), ["G7.answered_late"]);
}

#[test]
fn missed_service_levels_are_gaps_of_the_case() {
    let level = service_level::parse(LEVEL).unwrap();
    let events = [
        event(EventKind::Opened, "2026-03-06T09:00:00+08:00"),
        event(EventKind::FirstResponse, "2026-03-06T10:00:01+08:00"),
    ];
    let gaps = gaps(&case(), &[], &events, Some(&level), at(NOW));
    assert_eq!(keys(&gaps), ["G8.first_response", "G8.resolution"]);
    assert_eq!(gaps[0].cause.facts()["target"], "PT1H");
    assert_eq!(gaps[1].cause.facts()["due"], "2026-03-09T16:00:00.000000Z");
    assert_eq!(gaps[1].cause.facts()["done"], serde_json::Value::Null);
}

#[rstest]
#[case(SignatureState::Unsigned, true, &["G9.unsigned"])]
#[case(SignatureState::NotValid, true, &["G9.signature_not_valid"])]
#[case(SignatureState::Valid, false, &["G9.capacity_missing"])]
#[case(SignatureState::Unsigned, false, &["G9.unsigned", "G9.capacity_missing"])]
#[case(SignatureState::NotChecked, true, &[])]
fn authorizations_and_confirmations_are_signed_by_somebody_entitled(
    #[case] state: SignatureState,
    #[case] capacity_stated: bool,
    #[case] expected: &[&str],
) {
    let signature = SignatureFacts { state, capacity_stated, signed_on: None };
    let allowed = authorization(1, AuthorizationFacts { signature, ..scope() });
    assert_eq!(keys(&found(std::slice::from_ref(&allowed))), expected);
    // Of somebody else's case it is no gap here, unless a record here leans on it.
    let away = elsewhere(allowed, Some(1));
    assert_eq!(found(std::slice::from_ref(&away)), []);
    let leaning = linked(log(2, vec![usual(&[("2026-02-01", 1)])]), LinkKind::PerformedUnder, 1);
    assert_eq!(keys(&found(&[away, leaning])), expected);
}

#[test]
fn a_gap_shows_no_word_of_the_customer_in_debug() {
    let entries = step("给王小明治病", "use", "日志", "CRM", &[("2026-02-01", 1)]);
    let gaps = found(&[authorization(1, scope()), log(2, vec![entries])]);
    assert!(!format!("{gaps:?}").contains("王小明"));
    assert_eq!(gaps[0].cause.facts()["word"], "给王小明治病");
}

/// What somebody said of a gap when it stood as it does here.
fn said_of(gap: &Gap, seed: u64) -> Explanation {
    Explanation {
        id: ExplanationId::generate(at(NOW), &SeededEntropy::new(seed)),
        key: gap.key(),
        record: gap.record,
        at: at("2026-04-20T00:00:00Z"),
        identity: gap.identity(),
        state: gap.state(),
    }
}

#[test]
fn an_explanation_stands_beside_its_gap_until_anything_about_the_gap_changes() {
    let allowed = authorization(1, scope());
    let of = |days: &[(&str, u64)]| found(&[allowed.clone(), log(2, vec![usual(days)])]);
    let said = said_of(&of(&[("2026-04-10", 1)])[0], 1);
    let standing = |days: &[(&str, u64)]| explained(of(days), std::slice::from_ref(&said)).gaps[0].standing;
    assert_eq!(standing(&[("2026-04-10", 1)]), GapStanding::Explained);
    assert_eq!(standing(&[("2026-04-10", 1), ("2026-04-30", 1)]), GapStanding::GrownSince, "a later day");
    assert_eq!(standing(&[("2026-04-08", 1), ("2026-04-10", 1)]), GapStanding::GrownSince, "an earlier day");
    assert_eq!(standing(&[("2026-04-10", 90_000)]), GapStanding::GrownSince, "more entries");
    let other = found(&[allowed, log(3, vec![usual(&[("2026-04-10", 1)])])]);
    assert_eq!(explained(other, &[said]).gaps[0].standing, GapStanding::Open, "another record");
}

#[test]
fn an_explanation_covers_only_the_word_that_it_spoke_of() {
    let entries = ["统计", "营销"].map(|purpose| step(purpose, "use", "日志", "CRM", &[("2026-02-01", 1)]));
    let gaps = found(&[authorization(1, scope()), log(2, entries.to_vec())]);
    let purposes: Vec<&Gap> = gaps.iter().filter(|gap| gap.key() == "G3.purpose").collect();
    assert_eq!(purposes.len(), 2);
    let said = said_of(purposes[0], 1);
    let about = purposes[0].about().map(str::to_owned);
    for line in explained(gaps.clone(), &[said]).gaps.iter().filter(|line| line.gap.key() == "G3.purpose") {
        let expected = match line.gap.about() == about.as_deref() {
            true => GapStanding::Explained,
            false => GapStanding::Open,
        };
        assert_eq!(line.standing, expected, "{:?}", line.gap.about());
    }
}

#[test]
fn what_was_said_of_a_gap_outlives_the_gap() {
    let said = said_of(&found(&[log(2, vec![usual(&[("2026-02-10", 1)])])])[0], 1);
    let healed = found(&[authorization(1, scope()), log(2, vec![usual(&[("2026-02-10", 1)])])]);
    let beside = explained(healed, std::slice::from_ref(&said));
    assert!(beside.gaps.iter().all(|line| line.explanations.is_empty()));
    assert_eq!(beside.closed, [said]);
}

#[test]
fn what_is_dated_before_a_complaint_does_not_answer_it() {
    let complaint = complaint(1, "2026-02-24");
    let reply = |on| record(2, Kind::ServiceRecord(Subkind::Ticket), on, Evidence::Other);
    let earlier = linked(reply("2025-01-01"), LinkKind::Answers, 1);
    assert!(found(&[complaint.clone(), earlier]).iter().any(|gap| gap.code == GapCode::G7));
    let answer = linked(reply("2026-02-24"), LinkKind::Answers, 1);
    assert!(!found(&[complaint, answer]).iter().any(|gap| gap.code == GapCode::G7));
}

#[test]
fn a_dossier_lists_what_there_is_and_scores_nobody() {
    let input = DossierInput {
        records: vec![
            authorization(1, scope()),
            authorization(2, AuthorizationFacts { valid_to: None, ..scope() }),
            complaint(3, "2026-03-01"),
            linked(
                record(4, Kind::ServiceRecord(Subkind::Chat), "2026-03-02", Evidence::Other),
                LinkKind::Answers,
                3,
            ),
            record(5, Kind::ServiceRecord(Subkind::Feedback), "2026-03-05", Evidence::Other),
        ],
        scores: vec![(id(5), 4)],
        destroyed: vec![(id(9), at("2026-05-01T00:00:00Z"))],
        ..DossierInput::default()
    };
    let dossier = dossier(input, day("2026-06-30"));
    let standings: Vec<_> = dossier.authorizations.iter().map(|line| (line.record, line.standing)).collect();
    let expired = Standing::Lapsed(Lapse::Expired { valid_to: day("2026-03-31") });
    assert_eq!(standings, [(id(2), Standing::InForce), (id(1), expired)]);
    assert_eq!(dossier.complaints, [(id(3), day("2026-03-01"), Some(id(4)))]);
    assert_eq!(dossier.feedback, [FeedbackLine { record: id(5), on: day("2026-03-05"), score: Some(4) }]);
    assert_eq!(dossier.destroyed.len(), 1);
}

const PURPOSES: [&str; 3] = ["故障诊断", "容量规划", "市场推广"];
const OPERATIONS: [&str; 3] = ["use", "collect", "导出"];
const DATA: [&str; 2] = ["日志", "联系方式"];
const SYSTEMS: [&str; 2] = ["CRM", "ERP"];

fn any_step() -> impl Strategy<Value = EntryGroup> {
    let days = proptest::collection::btree_map(0..200_i64, 1..5_u64, 1..4);
    (0..3_usize, 0..3_usize, 0..2_usize, 0..2_usize, days, 0..4_usize).prop_map(
        |(p, o, d, s, days, named)| {
            let days: BTreeMap<CivilDate, u64> = days
                .into_iter()
                .map(|(offset, count)| (day("2025-12-01").plus_days(offset).unwrap(), count))
                .collect();
            let name = [None, None, Some("AUTH-1"), Some("AUTH-404")][named].map(str::to_owned);
            EntryGroup {
                operation: OPERATIONS[o].to_owned(),
                purpose: PURPOSES[p].to_owned(),
                data_category: DATA[d].to_owned(),
                system: SYSTEMS[s].to_owned(),
                authorization: name,
                first: at(NOW),
                last: at(NOW),
                days,
            }
        },
    )
}

fn any_authorization(n: u64) -> impl Strategy<Value = RecordFacts> {
    let some = |all: &'static [&'static str]| proptest::sample::subsequence(all, 0..=all.len());
    (
        some(&PURPOSES),
        some(&OPERATIONS),
        some(&DATA),
        some(&SYSTEMS),
        0..150_i64,
        0..150_i64,
        proptest::option::of(0..200_i64),
    )
        .prop_map(move |(p, o, d, s, from, length, withdrawn)| {
            let first = day("2025-12-01").plus_days(from).unwrap();
            let facts = AuthorizationFacts {
                purposes: words(&p),
                operations: words(&o),
                data_categories: words(&d),
                systems: words(&s),
                valid_from: Some(first),
                valid_to: first.plus_days(length),
                withdrawn_on: withdrawn.and_then(|days| first.plus_days(days)),
                signature: SIGNED,
            };
            let mut record = authorization(n, facts);
            record.references = vec![format!("AUTH-{n}")];
            record
        })
}

fn archive() -> impl Strategy<Value = Vec<RecordFacts>> {
    let logs = proptest::collection::vec(any_step(), 1..6);
    let deliveries = proptest::collection::vec(0..200_i64, 0..3);
    (any_authorization(1), any_authorization(2), logs, deliveries).prop_map(
        |(one, two, steps, deliveries)| {
            let mut records = vec![one, two, log(10, steps)];
            records.extend(
                deliveries.into_iter().zip(20..).map(|(offset, n)| {
                    delivery(n, &day("2025-12-01").plus_days(offset).unwrap().to_string())
                }),
            );
            records
        },
    )
}

fn covers_everything() -> RecordFacts {
    authorization(
        99,
        AuthorizationFacts {
            purposes: words(&PURPOSES),
            operations: words(&OPERATIONS),
            data_categories: words(&DATA),
            systems: words(&SYSTEMS),
            valid_from: Some(day("2020-01-01")),
            valid_to: None,
            withdrawn_on: None,
            signature: SIGNED,
        },
    )
}

fn judged_first_four(records: &[RecordFacts]) -> Vec<Gap> {
    found(records).into_iter().filter(|gap| gap.code <= GapCode::G4).collect()
}

proptest! {
    #[test]
    fn an_authorization_that_covers_everything_never_adds_a_gap(records in archive()) {
        let before = judged_first_four(&records);
        let mut more = records;
        more.push(covers_everything());
        let after = judged_first_four(&more);
        let was_there = |gap: &Gap| {
            let same = |old: &&Gap| (old.code, old.record, &old.cause) == (gap.code, gap.record, &gap.cause);
            before.iter().find(same).is_some_and(|old| gap.count <= old.count && gap.since >= old.since)
        };
        prop_assert!(after.iter().all(was_there));
        // What remains was held to an authorization that the entries name themselves.
        let names_one = |gap: &Gap| gap.record == Some(id(10));
        prop_assert!(after.iter().all(names_one));
    }

    #[test]
    fn explaining_never_deletes(records in archive(), others in archive()) {
        let gaps = found(&records);
        let explanations: Vec<Explanation> =
            (1..).zip(found(&others).iter().chain(&gaps)).map(|(seed, gap)| said_of(gap, seed)).collect();
        let beside = explained(gaps.clone(), &explanations);
        let shown = beside.gaps.iter().map(|line| line.explanations.len()).sum::<usize>();
        prop_assert_eq!(shown + beside.closed.len(), explanations.len());
        let left: Vec<Gap> = beside.gaps.into_iter().map(|line| line.gap).collect();
        prop_assert_eq!(left, gaps);
    }

    #[test]
    fn the_order_in_which_records_come_changes_nothing(records in archive().prop_shuffle()) {
        let mut sorted = records.clone();
        sorted.sort_by_key(|record| record.id);
        prop_assert_eq!(found(&records), found(&sorted));
    }

    #[test]
    fn no_two_gaps_have_the_same_code_record_and_cause(records in archive()) {
        let gaps = found(&records);
        let distinct: BTreeSet<_> = gaps.iter().map(|gap| (gap.code, gap.record, gap.cause.clone())).collect();
        prop_assert_eq!(distinct.len(), gaps.len());
    }

    #[test]
    fn no_gap_counts_more_entries_than_there_are(records in archive()) {
        let entries: u64 = records.iter().filter_map(|record| match &record.evidence {
            Evidence::Processing(Some(summary)) => Some(summary.entries()),
            _ => None,
        }).sum();
        prop_assert!(found(&records).iter().all(|gap| gap.count <= entries.max(1)));
    }
}
