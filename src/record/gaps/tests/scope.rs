//! G2 to G4: processing against the authorizations that there are.

use super::*;

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
