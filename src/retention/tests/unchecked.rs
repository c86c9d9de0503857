//! Rules that match and do not count: what nobody has held against the law keeps, and lets nothing go.

use super::*;

/// What stands at each rule, in the steps of an explanation.
fn standings(explained: &Explanation) -> Vec<(String, String)> {
    let steps = explained.to_json()["steps"].as_array().unwrap().clone();
    let rules = steps.iter().filter(|step| step["step"] == "rule");
    let text = |step: &Value, name: &str| step[name].as_str().unwrap().to_owned();
    rules.map(|step| (text(step, "rule"), text(step, "standing"))).collect()
}

#[test]
fn a_longer_floor_that_nobody_has_checked_keeps_until_somebody_has() {
    let short = rule("a", "floor", "occurred", "P10Y", "action = 'destroy'");
    for (status, keeps, due) in [
        ("needs-legal-check", "2044-03-05", false),
        ("enabled", "2044-03-05", false),
        ("disabled", "2024-03-05", true),
    ] {
        let long = rule("b", "floor", "occurred", "P30Y", &format!("status = '{status}'"));
        let schedule = schedule(&format!("{long}{short}"));
        let facts = facts(&schedule, "2014-03-05", json!({}));
        let verdict = judge(&facts, &schedule, &[], &[], on("2026-01-01"));
        assert_eq!(last(verdict.floor.as_ref()), keeps, "{status}");
        assert_eq!(verdict.state() == State::Due, due, "{status}");
        assert_eq!(verdict.permit().is_some(), due, "{status}");
    }
}

#[test]
fn what_only_an_unchecked_floor_keeps_stays_unclassified_and_asks_nothing() {
    let chain = "status = 'needs-legal-check'\napprovals = 'two'\nnext_review = 2020-01-01";
    let schedule = schedule(&rule("a", "floor", "occurred", "P1Y", chain));
    let facts = facts(&schedule, "2010-01-01", json!({}));
    let verdict = judge(&facts, &schedule, &[], &[], on("2026-01-01"));
    assert_eq!(codes(&verdict), ["unclassified"]);
    assert_eq!((verdict.tasks, verdict.action), (vec![Task::Unclassified], None));
}

#[test]
fn an_unchecked_floor_restricts_what_a_ceiling_wants_erased_and_an_unchecked_ceiling_erases_nothing() {
    let ceiling = rule("a", "ceiling", "occurred", "P1Y", "");
    let floor = rule("b", "floor", "occurred", "P9Y", "status = 'needs-legal-check'");
    let judged = |rules: &str| {
        let schedule = schedule(rules);
        judge(&facts(&schedule, "2020-01-01", json!({})), &schedule, &[], &[], on("2026-01-01"))
    };
    let verdict = judged(&format!("{ceiling}{floor}"));
    assert_eq!((verdict.state(), verdict.permit().is_none()), (State::Restricted, true));
    let unchecked = rule("a", "ceiling", "occurred", "P1Y", "status = 'needs-legal-check'");
    let verdict = judged(&format!("{unchecked}{}", rule("b", "floor", "occurred", "P9Y", "")));
    assert_eq!((verdict.ceiling, verdict.restricted), (None, false));
}

#[test]
fn an_explanation_names_the_rules_that_match_and_do_not_count_and_replays() {
    let rules = [
        rule("off", "floor", "occurred", "P9Y", "status = 'disabled'"),
        rule("open", "ceiling", "occurred", "to-be-set", ""),
        rule("unread", "ceiling", "event(\"ended\", customer)", "P1Y", "status = 'needs-legal-check'"),
        rule("unchecked", "floor", "occurred", "P9Y", "status = 'needs-legal-check'"),
        rule("counts", "floor", "occurred", "P3Y", ""),
    ];
    let schedule = schedule(&rules.concat());
    let facts = facts(&schedule, "2020-01-01", json!({}));
    let explained = explain(&facts, &schedule, &[], &[], on("2026-01-01"));
    let expected = [
        ("counts", "counts"),
        ("off", "disabled"),
        ("open", "needs_period"),
        ("unread", "needs_legal_check"),
        ("unchecked", "unchecked"),
    ];
    let expected = expected.map(|(rule, standing)| (rule.to_owned(), standing.to_owned()));
    assert_eq!(standings(&explained), expected);
    assert_eq!(replay(explained.to_json()).unwrap(), explained.verdict);
    assert!(schedule.awaited().is_empty(), "nothing waits for the event of a rule that does nothing");
}
