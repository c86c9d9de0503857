//! R1 to R7, and the acceptance cases.

use rstest::rstest;

use super::*;

const TWO: &str = "approvals = 'two'\naction = 'destroy'";

#[test]
fn three_years_of_contract_ten_of_tax_and_a_hold_are_all_explained() {
    let rules = [
        rule("contract", "floor", "occurred", "P3Y", TWO),
        rule("tax", "floor", "fiscal_year_end(occurred)", "P10Y", TWO),
    ];
    let schedule = schedule(&rules.concat());
    let facts = facts(&schedule, "2020-03-15", json!({}));
    let explanation = explain(&facts, &schedule, &[hold(1, None)], &[], on("2026-01-01"));
    assert_eq!(last(explanation.verdict.floor.as_ref()), "2030-12-31");
    assert_eq!(explanation.verdict.state(), State::Held);
    let told = explanation.to_json().to_string();
    for named in ["\"contract\"", "\"tax\"", "2023-03-15", "2030-12-31", &hold(1, None).id.to_string()] {
        assert!(told.contains(named), "{named} in {told}");
    }
}

#[test]
fn a_ceiling_below_the_floor_restricts_from_the_one_to_the_other() {
    let rules =
        [rule("erase", "ceiling", "occurred", "P2Y", ""), rule("keep", "floor", "occurred", "P6Y", "")];
    let schedule = schedule(&rules.concat());
    let facts = facts(&schedule, "2020-03-15", json!({}));
    let judged = |now| judge(&facts, &schedule, &[], &[], now);
    let before = judged(on("2022-03-15"));
    assert_eq!((before.state(), before.restricted), (State::Running, false));
    let conflict = before.conflict.unwrap();
    assert_eq!(
        (last(Some(&conflict.ceiling)), last(Some(&conflict.floor))),
        ("2022-03-15".to_owned(), "2026-03-15".to_owned())
    );
    assert_eq!(judged(on("2022-03-16")).state(), State::Restricted);
    assert_eq!(judged(on("2026-03-15")).state(), State::Restricted);
    let after = judged(on("2026-03-16"));
    assert_eq!((after.state(), after.restricted, after.mandatory), (State::Due, false, true));
    assert_eq!(after.action, Some(crate::policy::Action::Destroy));
}

#[test]
fn a_record_is_due_thirty_days_after_its_hold_was_released_and_needs_a_fresh_review() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P3Y", TWO));
    let facts = facts(&schedule, "2018-06-01", json!({}));
    // The floor ended on 2021-06-01; the hold goes four years later.
    let holds = [hold(1, Some("2025-06-01T10:00:00+08:00"))];
    let judged = |now| judge(&facts, &schedule, &holds, &[], now);
    let resting = judged(at("2025-07-01T23:59:59+08:00"));
    assert_eq!((resting.state(), codes(&resting)), (State::Held, vec!["grace", "approvals"]));
    let free = judged(at("2025-07-02T00:00:00+08:00"));
    assert_eq!((free.state(), free.fresh_review), (State::Due, true));
    assert_eq!(codes(&free), ["approvals"]);
}

#[test]
fn approvals_from_before_the_release_do_not_count() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P3Y", TWO));
    let mut facts = facts(&schedule, "2018-06-01", json!({}));
    let holds = [hold(1, Some("2025-06-01T10:00:00+08:00"))];
    facts.progress = Progress::Approved { begun: moment("2022-01-01T00:00:00Z") };
    let stale = judge(&facts, &schedule, &holds, &[], on("2026-01-01"));
    assert_eq!((stale.permit().is_none(), stale.consequence), (true, Some(Consequence::Evict)));
    facts.progress = Progress::Approved { begun: moment("2025-08-01T00:00:00Z") };
    assert!(judge(&facts, &schedule, &holds, &[], on("2026-01-01")).permit().is_some());
}

#[test]
fn of_two_holds_the_one_that_is_not_released_still_holds() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P3Y", TWO));
    let mut facts = facts(&schedule, "2018-06-01", json!({}));
    facts.progress = Progress::Approved { begun: moment("2025-12-01T00:00:00Z") };
    let holds = [hold(1, Some("2022-01-01T00:00:00Z")), hold(2, None)];
    let verdict = judge(&facts, &schedule, &holds, &[], on("2026-01-01"));
    assert_eq!((verdict.state(), codes(&verdict)), (State::Held, vec!["hold"]));
}

#[rstest]
#[case::between_approval_and_execution(Progress::Approved { begun: moment("2025-01-01T00:00:00Z") }, Some(Consequence::Evict), State::Held)]
#[case::in_cooling_off(Progress::CoolingOff { begun: moment("2025-01-01T00:00:00Z"), until: moment("2025-02-01T00:00:00Z") }, Some(Consequence::Evict), State::Held)]
#[case::in_the_sealed_phase(Progress::Sealed { begun: moment("2025-01-01T00:00:00Z") }, Some(Consequence::Restore), State::Held)]
#[case::after_shredding(Progress::Shredded, Some(Consequence::Tombstone), State::Shredded)]
fn a_hold_evicts_restores_or_comes_too_late(
    #[case] progress: Progress,
    #[case] consequence: Option<Consequence>,
    #[case] state: State,
) {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P3Y", TWO));
    let mut facts = facts(&schedule, "2018-06-01", json!({}));
    facts.progress = progress;
    let verdict = judge(&facts, &schedule, &[hold(1, None)], &[], on("2026-01-01"));
    assert_eq!((verdict.consequence, verdict.state()), (consequence, state));
    assert!(verdict.permit().is_none());
    if !matches!(progress, Progress::Shredded) {
        assert!(judge(&facts, &schedule, &[], &[], on("2026-01-01")).permit().is_some());
    }
}

#[test]
fn a_longer_period_restores_what_is_sealed_already() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P30Y", TWO));
    let mut facts = facts(&schedule, "2018-06-01", json!({}));
    facts.progress = Progress::Sealed { begun: moment("2025-01-01T00:00:00Z") };
    let verdict = judge(&facts, &schedule, &[], &[], on("2026-01-01"));
    assert_eq!((verdict.consequence, verdict.state()), (Some(Consequence::Restore), State::Running));
}

#[test]
fn a_review_whose_end_is_a_transfer_goes_on_and_destroys_nothing() {
    let schedule =
        schedule(&rule("keep", "floor", "occurred", "P3Y", "approvals = 'two'\naction = 'transfer'"));
    let mut facts = facts(&schedule, "2018-06-01", json!({}));
    facts.progress = Progress::Approved { begun: moment("2025-01-01T00:00:00Z") };
    let verdict = judge(&facts, &schedule, &[], &[], on("2026-01-01"));
    assert_eq!(
        (verdict.consequence, verdict.state(), codes(&verdict)),
        (None, State::Approved, vec!["action"])
    );
}

#[test]
fn nothing_goes_because_an_event_did_not_occur_and_somebody_is_asked() {
    let schedule = schedule(&rule("keep", "floor", r#"event("ended", customer)"#, "P3Y", TWO));
    let facts = facts(&schedule, "2000-01-01", json!({}));
    let fresh = judge(&facts, &schedule, &[], &[], on("2002-01-01"));
    assert_eq!((fresh.state(), fresh.tasks.len()), (State::AwaitingTrigger, 0));
    let stale = judge(&facts, &schedule, &[], &[], on("2002-01-02"));
    assert!(matches!(stale.tasks[..], [Task::StaleTrigger { .. }]), "{:?}", stale.tasks);
    let later = judge(&facts, &schedule, &[], &[], on("9000-01-01"));
    assert_eq!((later.due_from, codes(&later)), (None, vec!["floor", "approvals"]));
}

#[test]
fn an_unknown_trigger_leaves_a_ceiling_unset() {
    let schedule = schedule(&rule("erase", "ceiling", r#"event("ended", customer)"#, "trigger", ""));
    let facts = facts(&schedule, "2000-01-01", json!({}));
    let verdict = judge(&facts, &schedule, &[], &[], on("2026-01-01"));
    assert!(verdict.ceiling.is_none());
    assert_eq!(verdict.state(), State::AwaitingTrigger);
}

#[rstest]
#[case::missing(json!({}), NeverWhy::Missing)]
#[case::invalid(json!({"meta": {"ended_on": "2025-02-30"}}), NeverWhy::Invalid)]
fn what_is_missing_or_wrong_is_an_exception_and_keeps(#[case] more: Value, #[case] why: NeverWhy) {
    let schedule = schedule(&rule("keep", "floor", r#"meta("ended_on")"#, "P3Y", TWO));
    let verdict = judge(&facts(&schedule, "2000-01-01", more), &schedule, &[], &[], on("2026-01-01"));
    assert!(
        matches!(&verdict.tasks[..], [Task::Exception { why: found, .. }] if *found == why),
        "{:?}",
        verdict.tasks
    );
    assert!(verdict.permit().is_none() && verdict.due_from.is_none());
}

#[test]
fn a_floor_follows_the_last_event_and_a_ceiling_the_first() {
    let trigger = r#"event("ended", customer)"#;
    let rules = [rule("keep", "floor", trigger, "P3Y", ""), rule("erase", "ceiling", trigger, "P5Y", "")];
    let schedule = schedule(&rules.concat());
    let events = json!({"events": [
        {"type": "ended", "key": "customer", "on": "2020-01-10"},
        {"type": "ended", "key": "customer", "on": "2021-05-20"},
    ]});
    let explanation = explain(&facts(&schedule, "2019-01-01", events), &schedule, &[], &[], on("2026-01-01"));
    assert_eq!(last(explanation.verdict.floor.as_ref()), "2024-05-20");
    assert_eq!(last(explanation.verdict.ceiling.as_ref()), "2025-01-10");
    assert!(explanation.steps.iter().any(|step| matches!(step, Step::Event { among: 2, .. })));
}

#[test]
fn an_event_of_the_future_is_inert_until_its_day() {
    let schedule = schedule(&rule("keep", "floor", r#"event("ended", customer)"#, "P3Y", ""));
    let facts = facts(
        &schedule,
        "2019-01-01",
        json!({"events": [{"type": "ended", "key": "customer", "on": "2026-06-01"}]}),
    );
    let judged = |now| judge(&facts, &schedule, &[], &[], now);
    assert_eq!(judged(at("2026-05-31T23:59:59+08:00")).state(), State::AwaitingTrigger);
    assert_eq!(last(judged(at("2026-06-01T00:00:00+08:00")).floor.as_ref()), "2029-06-01");
}

#[test]
fn an_amended_record_is_kept_as_long_as_its_longest_version() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P3Y", TWO));
    let mut facts = facts(&schedule, "2020-01-01", json!({}));
    let amended = super::facts(&schedule, "2022-01-01", json!({}));
    facts.versions.extend(amended.versions.into_iter().map(|version| VersionFacts { number: 2, ..version }));
    let verdict = judge(&facts, &schedule, &[], &[], on("2024-01-01"));
    assert_eq!(last(verdict.floor.as_ref()), "2025-01-01");
}

#[test]
fn a_derivative_that_speaks_of_people_goes_when_its_source_has_to() {
    let schedule = schedule(&rule("own", "floor", "occurred", "P1Y", "action = 'destroy'"));
    let mut copy = facts(&schedule, "2024-01-01", json!({}));
    let inherited = InheritedCeiling {
        from: copy.record,
        rule: schedule.rules()[0].reference.clone(),
        last_day: day("2025-06-30"),
        zone: Zone::SHANGHAI,
    };
    copy.lineage = Lineage::Derived(vec![inherited]);
    let verdict = judge(&copy, &schedule, &[], &[], on("2025-07-01"));
    assert_eq!((last(verdict.ceiling.as_ref()).as_str(), verdict.mandatory), ("2025-06-30", true));
    assert_eq!(codes(&verdict), ["approvals"]);
    copy.lineage = Lineage::Anonymous;
    assert_eq!(judge(&copy, &schedule, &[], &[], on("2025-07-01")).ceiling, None);
}

#[test]
fn a_minors_chart_is_kept_until_seven_years_after_the_patient_comes_of_age() {
    let chart = "[[obligation]]\nid = 'chart'\njurisdiction = 'TW'\ncalendar = 'tw-civil'\nzone = 'Asia/Taipei'\n\
        match = { categories = ['c'] }\nkind = 'floor'\nperiod = 'trigger'\ncitations = ['醫療法第70條']\ncertainty = 'A'\n\
        trigger = 'max(occurred + P7Y, majority(birth_date) + P7Y)'\n";
    let schedule = schedule(chart);
    let case = json!({
        "record": {"category": "c", "jurisdiction": "TW"}, "occurred": "2020-05-01",
        "meta": {"birth_date": "2015-06-01"}, "zone": "Asia/Taipei",
    });
    let facts = read_case(&case, &schedule).unwrap();
    let explanation = explain(&facts, &schedule, &[], &[], on("2026-01-01"));
    assert_eq!(last(explanation.verdict.floor.as_ref()), "2040-06-01");
    let told = explanation.to_json().to_string();
    assert!(told.contains("2027-05-01") && told.contains("2033-06-01"), "{told}");
    assert!(!told.contains("2015-06-01"), "the birth date itself goes nowhere");
}

#[test]
fn a_clock_that_was_set_ten_years_ahead_suspends_every_disposition() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P3Y", TWO));
    let mut facts = facts(&schedule, "2018-06-01", json!({}));
    facts.progress = Progress::Approved { begun: moment("2025-12-01T00:00:00Z") };
    let now = moment("2036-01-01T00:00:00Z");
    let entry = Some(moment("2026-01-01T00:00:00Z"));
    let fault = clock_fault(ClockReading { now, last_entry: entry, last_tick: entry });
    assert!(matches!(fault, Some(ClockFault::Jumped { .. })));
    let verdict = judge(&facts, &schedule, &[], &[], Now { at: now, clock_sane: fault.is_none() });
    assert_eq!(codes(&verdict), ["clock"]);
    let behind = ClockReading { now: moment("2025-12-31T00:00:00Z"), last_entry: entry, last_tick: None };
    assert_eq!(clock_fault(behind), Some(ClockFault::Behind { seconds: 86_400 }));
    let confirmed = ClockReading { now, last_entry: entry, last_tick: Some(now) };
    assert_eq!(clock_fault(confirmed), None);
}

#[test]
fn years_end_in_the_zone_of_the_rule() {
    let schedule = schedule(&rule("keep", "floor", "calendar_year_end(occurred)", "P1Y", ""));
    // 01:00 on New Year's day in Shanghai, still the old year in Greenwich.
    let facts = facts(&schedule, "2024-12-31T17:00:00Z", json!({}));
    let verdict = judge(&facts, &schedule, &[], &[], on("2025-06-01"));
    assert_eq!(last(verdict.floor.as_ref()), "2026-12-31");
    assert_eq!(verdict.due_from.unwrap().to_seconds_text(), "2026-12-31T16:00:00Z");
}

#[test]
fn it_is_due_from_midnight_after_the_last_day_and_not_a_second_before() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P1Y", "action = 'destroy'"));
    let facts = facts(&schedule, "2024-02-29", json!({}));
    let judged = |now| judge(&facts, &schedule, &[], &[], now);
    assert!(judged(at("2025-02-28T23:59:59.999999+08:00")).permit().is_none());
    assert!(judged(at("2025-03-01T00:00:00+08:00")).permit().is_some());
}

#[test]
fn a_record_that_no_rule_is_about_is_kept_and_listed() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P1Y", TWO));
    let facts =
        read_case(&json!({"record": {"category": "other"}, "occurred": "1950-01-01"}), &schedule).unwrap();
    let verdict = judge(&facts, &schedule, &[], &[], on("2026-01-01"));
    assert_eq!((verdict.state(), codes(&verdict)), (State::Active, vec!["unclassified"]));
    assert_eq!(verdict.tasks, [Task::Unclassified]);
}

#[rstest]
#[case(LockLevel::Compliance, Some("2030-01-01"), &["compliance_lock"])]
#[case(LockLevel::Compliance, None, &["compliance_lock"])]
#[case(LockLevel::Governance { bypassed: false }, Some("2030-01-01"), &["governance_lock"])]
#[case(LockLevel::Governance { bypassed: true }, Some("2030-01-01"), &[])]
#[case(LockLevel::Compliance, Some("2025-12-31"), &[])]
fn a_lock_holds_to_the_end_of_its_day(
    #[case] level: LockLevel,
    #[case] until: Option<&str>,
    #[case] expected: &[&str],
) {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P1Y", "action = 'destroy'"));
    let facts = facts(&schedule, "2020-01-01", json!({}));
    let verdict = judge(&facts, &schedule, &[], &[lock(level, until)], on("2026-01-01"));
    assert_eq!(codes(&verdict), expected);
}

#[test]
fn what_stands_in_the_way_is_told_in_the_order_of_precedence() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P10Y", TWO));
    let facts = facts(&schedule, "2020-01-01", json!({}));
    let locks = [lock(LockLevel::Governance { bypassed: false }, None), lock(LockLevel::Compliance, None)];
    let verdict =
        judge(&facts, &schedule, &[hold(1, None)], &locks, Now { clock_sane: false, ..on("2026-01-01") });
    assert_eq!(
        codes(&verdict),
        ["hold", "compliance_lock", "floor", "governance_lock", "approvals", "clock"]
    );
}

#[test]
fn among_rules_of_one_level_the_most_careful_action_prevails_and_a_closer_level_decides() {
    use crate::policy::Action;
    let action = |rules: &[String]| {
        let schedule = schedule(&rules.concat());
        judge(&facts(&schedule, "2020-01-01", json!({})), &schedule, &[], &[], on("2026-01-01")).action
    };
    let one = |id, action, level| {
        rule(id, "floor", "occurred", "P1Y", &format!("action = '{action}'\nlevel = '{level}'"))
    };
    assert_eq!(
        action(&[one("a", "destroy", "category"), one("b", "transfer", "category")]),
        Some(Action::Transfer)
    );
    assert_eq!(
        action(&[one("a", "permanent", "organisation"), one("b", "destroy", "category")]),
        Some(Action::Destroy)
    );
    assert_eq!(
        action(&[one("a", "review", "collection"), one("b", "permanent", "organisation")]),
        Some(Action::Review)
    );
}

#[test]
fn what_was_decided_for_one_record_may_lengthen_and_choose_but_never_undercut() {
    use crate::policy::Action;
    let schedule = schedule(&rule("keep", "floor", "occurred", "P3Y", TWO));
    let mut facts = facts(&schedule, "2020-01-01", json!({}));
    facts.assignment = Some(Assignment {
        action: Some(Action::Transfer),
        keep_until: Some((day("2021-01-01"), Zone::SHANGHAI)),
    });
    let shorter = judge(&facts, &schedule, &[], &[], on("2022-01-01"));
    assert_eq!((shorter.state(), shorter.action), (State::Running, Some(Action::Transfer)));
    facts.assignment =
        Some(Assignment { action: None, keep_until: Some((day("2030-01-01"), Zone::SHANGHAI)) });
    let longer = judge(&facts, &schedule, &[], &[], on("2026-01-01"));
    assert_eq!((longer.state(), codes(&longer)), (State::Running, vec!["not_due", "approvals"]));
}

#[test]
fn an_overdue_review_stops_what_is_discretionary_and_no_erasure() {
    let overdue = format!("{TWO}\nnext_review = 2025-01-01");
    let schedule = schedule(&rule("keep", "floor", "occurred", "P3Y", &overdue));
    let mut facts = facts(&schedule, "2020-01-01", json!({}));
    facts.progress = Progress::Approved { begun: moment("2025-12-01T00:00:00Z") };
    assert_eq!(codes(&judge(&facts, &schedule, &[], &[], on("2026-01-01"))), ["review_overdue"]);
    facts.erasure = Some(Erasure {
        request: crate::base::id::SubjectRequestId::parse("00000000-0000-7000-8000-000000000009").unwrap(),
        granted_at: moment("2025-11-01T00:00:00Z"),
    });
    let erased = judge(&facts, &schedule, &[], &[], on("2026-01-01"));
    assert_eq!((erased.mandatory, erased.permit().is_some()), (true, true));
}

#[test]
fn a_permanent_floor_never_ends() {
    let forever = rule("keep", "floor", "occurred", "P1Y", "")
        .replace("trigger = 'occurred'\n", "")
        .replace("'P1Y'", "'permanent'");
    let schedule = schedule(&forever);
    let verdict = judge(&facts(&schedule, "1950-01-01", json!({})), &schedule, &[], &[], on("9000-01-01"));
    assert_eq!((verdict.state(), verdict.due_from), (State::Permanent, None));
}

#[test]
fn a_last_day_beyond_the_calendar_keeps_and_is_an_exception() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P1000Y", "action = 'destroy'"));
    let verdict = judge(&facts(&schedule, "9998-01-01", json!({})), &schedule, &[], &[], on("9998-06-01"));
    assert!(matches!(verdict.tasks[..], [Task::Exception { why: NeverWhy::BeyondCalendar, .. }]));
    assert!(verdict.permit().is_none());
}

#[test]
fn after_a_hold_somebody_has_to_look_even_where_no_chain_is_named() {
    let schedule = schedule(&rule("keep", "floor", "occurred", "P1Y", "action = 'destroy'"));
    let facts = facts(&schedule, "2018-06-01", json!({}));
    let released = [hold(1, Some("2022-01-01T00:00:00Z"))];
    assert!(judge(&facts, &schedule, &[], &[], on("2026-01-01")).permit().is_some());
    assert_eq!(codes(&judge(&facts, &schedule, &released, &[], on("2026-01-01"))), ["approvals"]);
}

#[rstest]
#[case("max", None)]
#[case("min", None)]
#[case("all", None)]
#[case("any", Some("2021-01-01"))]
fn what_is_not_known_makes_all_but_any_unknown(#[case] how: &str, #[case] until: Option<&str>) {
    let schedule = schedule(&rule("keep", "floor", &format!(r#"{how}(occurred, meta("x"))"#), "P1Y", ""));
    let verdict = judge(&facts(&schedule, "2020-01-01", json!({})), &schedule, &[], &[], on("2026-01-01"));
    match until {
        Some(until) => assert_eq!(last(verdict.floor.as_ref()), until),
        None => assert!(matches!(verdict.floor.unwrap().end, End::Never(NeverWhy::Missing))),
    }
}

#[test]
fn a_lock_that_outlasts_the_floor_restricts_what_should_be_erased() {
    let rules =
        [rule("erase", "ceiling", "occurred", "P2Y", ""), rule("keep", "floor", "occurred", "P3Y", "")];
    let schedule = schedule(&rules.concat());
    let facts = facts(&schedule, "2020-01-01", json!({}));
    let locks = [lock(LockLevel::Compliance, Some("2029-12-31"))];
    let verdict = judge(&facts, &schedule, &[], &locks, on("2026-01-01"));
    assert_eq!((verdict.state(), codes(&verdict)), (State::Restricted, vec!["compliance_lock"]));
    assert!(matches!(verdict.conflict.unwrap().floor.source, Source::Lock(_)));
}

#[test]
fn facts_of_another_policy_permit_nothing() {
    let one = schedule(&rule("a", "floor", "occurred", "P1Y", "action = 'destroy'"));
    let other = schedule(&rule("a", "floor", "occurred", "P2Y", "action = 'destroy'"));
    let facts = facts(&one, "2020-01-01", json!({}));
    assert!(judge(&facts, &one, &[], &[], on("2026-01-01")).permit().is_some());
    assert_eq!(codes(&judge(&facts, &other, &[], &[], on("2026-01-01"))), ["other_policy"]);
}

#[test]
fn an_explanation_is_worked_out_again_from_itself() {
    let rules = [
        rule("keep", "floor", r#"max(occurred, event("ended", customer))"#, "P3Y", TWO),
        rule("tax", "floor", "fiscal_year_end(occurred)", "P10Y", ""),
        rule("erase", "ceiling", "occurred", "P2Y", ""),
    ];
    let schedule = schedule(&rules.concat());
    let mut facts = facts(
        &schedule,
        "2020-01-01",
        json!({"events": [{"type": "ended", "key": "customer", "on": "2021-01-01"}]}),
    );
    facts.progress = Progress::InReview { begun: moment("2025-12-01T00:00:00Z"), done: 1, of: 2 };
    let holds = [hold(1, None), hold(2, Some("2022-01-01T00:00:00Z"))];
    let locks = [
        lock(LockLevel::Governance { bypassed: true }, Some("2030-01-01")),
        lock(LockLevel::Compliance, None),
    ];
    let explanation = explain(&facts, &schedule, &holds, &locks, on("2026-01-01"));
    let text = serde_json::to_string(explanation.to_json()).unwrap();
    let mut read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(replay(&read), Ok(explanation.verdict.clone()));
    read["holds"] = json!([]);
    assert_eq!(replay(&read), Err(ReplayFault::Differs { part: "verdict" }));
    let mut read: Value = serde_json::from_str(&text.replace("\"P10Y\"", "\"P1Y\"")).unwrap();
    assert!(matches!(replay(&read), Err(ReplayFault::OtherRule { .. })));
    read["format"] = json!(2);
    assert!(matches!(replay(&read), Err(ReplayFault::Unreadable { .. })));
}

#[test]
fn a_rule_counts_from_its_first_day_on_and_its_floor_stays_over_older_records() {
    let rules = [
        rule("old", "floor", "occurred", "P5Y", "effective_to = 2024-12-31"),
        rule("new", "floor", "occurred", "P10Y", "effective_from = 2025-01-01"),
    ];
    let schedule = schedule(&rules.concat());
    let older = facts(&schedule, "2020-03-15", json!({}));
    let judged = |facts: &Facts, now| last(judge(facts, &schedule, &[], &[], now).floor.as_ref());
    assert_eq!(judged(&older, on("2024-12-31")), "2025-03-15");
    // The longer one counts for all records that are not destroyed yet.
    assert_eq!(judged(&older, on("2025-01-01")), "2030-03-15");
}
