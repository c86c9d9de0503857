//! What a new version of a policy does to records that are there already.

use super::*;

fn under<'a>(schedule: &'a Schedule, facts: &'a Facts) -> Declared<'a> {
    Declared { schedule, facts }
}

/// The residual ends of a record of 2024-03-15 when one rule becomes another on 2025-01-01.
fn residuals(before: &str, after: &str, more: Value) -> Vec<String> {
    let (before, after) = (schedule(before), schedule(after));
    let (old, new) = (facts(&before, "2024-03-15", more.clone()), facts(&after, "2024-03-15", more));
    let carried =
        carried_over(under(&before, &old), under(&after, &new), moment("2025-01-01T00:00:00+08:00"));
    carried
        .iter()
        .map(|residual| {
            format!(
                "{:?} {}",
                residual.rule,
                last(Some(&Bound { source: Source::Assignment, end: residual.end }))
            )
        })
        .collect()
}

#[test]
fn a_longer_period_leaves_nothing_to_carry_over() {
    let (five, ten) =
        (rule("a", "floor", "occurred", "P5Y", ""), rule("a", "floor", "occurred", "P10Y", "version = 2"));
    assert!(residuals(&five, &ten, json!({})).is_empty());
}

#[test]
fn a_shorter_period_leaves_the_old_floor_over_older_records() {
    let (five, three) =
        (rule("a", "floor", "occurred", "P5Y", ""), rule("a", "floor", "occurred", "P3Y", "version = 2"));
    assert_eq!(residuals(&five, &three, json!({})), ["a@1 2029-03-15"]);
    let declared = json!({"declared": "2025-06-01"});
    assert!(
        residuals(&five, &three, declared).is_empty(),
        "a record declared later stands under the new rule alone"
    );
}

#[test]
fn a_retired_rule_leaves_its_last_computed_floor() {
    let other = rule("b", "floor", "occurred", "P1Y", "");
    assert_eq!(residuals(&rule("a", "floor", "occurred", "P5Y", ""), &other, json!({})), ["a@1 2029-03-15"]);
}

#[test]
fn a_floor_that_was_over_when_its_rule_was_retired_keeps_nothing() {
    let other = rule("b", "floor", "occurred", "P1Y", "");
    assert!(residuals(&rule("a", "floor", "occurred", "P60D", ""), &other, json!({})).is_empty());
}

#[test]
fn a_changed_trigger_gives_old_records_the_later_end() {
    let old = rule("a", "floor", "fiscal_year_end(occurred)", "P3Y", "");
    let new = rule("a", "floor", "occurred", "P3Y", "version = 2");
    assert_eq!(residuals(&old, &new, json!({})), ["a@1 2027-12-31"]);
    assert!(residuals(&new, &old, json!({})).is_empty());
}

#[test]
fn a_floor_that_never_counted_leaves_nothing_behind() {
    let short = rule("a", "floor", "occurred", "P3Y", "");
    let unchecked = rule("b", "floor", "occurred", "P9Y", "status = 'needs-legal-check'");
    assert!(residuals(&format!("{short}{unchecked}"), &short, json!({})).is_empty());
    let counted = rule("b", "floor", "occurred", "P9Y", "");
    assert!(!residuals(&format!("{short}{counted}"), &format!("{short}{unchecked}"), json!({})).is_empty());
}

#[test]
fn another_jurisdiction_adds_its_rules_and_takes_none_away() {
    let one = rule("a", "floor", "occurred", "P5Y", "");
    let both = format!(
        "{one}{}",
        rule("b", "floor", "occurred", "P7Y", "").replace("jurisdiction = 'CN'", "jurisdiction = '*'")
    );
    assert!(residuals(&one, &both, json!({})).is_empty());
}

#[test]
fn a_policy_that_is_shortened_while_a_record_is_in_review_does_not_let_it_go() {
    let (before, after) = (
        schedule(&rule("a", "floor", "occurred", "P5Y", "")),
        schedule(&rule("a", "floor", "occurred", "P1Y", "version = 2")),
    );
    let old = facts(&before, "2024-03-15", json!({}));
    let mut new = facts(&after, "2024-03-15", json!({}));
    new.progress = Progress::InReview { begun: moment("2025-12-01T00:00:00Z"), done: 0, of: 1 };
    new.residuals =
        carried_over(under(&before, &old), under(&after, &new), moment("2025-01-01T00:00:00+08:00"));
    let verdict = judge(&new, &after, &[], &[], on("2026-01-01"));
    assert_eq!((verdict.state(), verdict.consequence), (State::Running, Some(Consequence::Evict)));
    assert_eq!(last(verdict.floor.as_ref()), "2029-03-15");
    assert!(matches!(verdict.floor.unwrap().source, Source::Residual(_)));
}

#[test]
fn another_action_lets_a_review_that_had_begun_begin_anew_and_leaves_the_others() {
    let chain = "approvals = 'two'\naction = ";
    let (before, after) = (
        schedule(&rule("a", "floor", "occurred", "P1Y", &format!("{chain}'destroy'"))),
        schedule(&rule("a", "floor", "occurred", "P1Y", &format!("version = 2\n{chain}'review'"))),
    );
    let old = facts(&before, "2023-03-15", json!({}));
    let mut new = facts(&after, "2023-03-15", json!({}));
    let effective = moment("2025-01-01T00:00:00+08:00");
    assert_eq!(action_since(under(&before, &old), under(&before, &old), effective), None);
    new.action_since = action_since(under(&before, &old), under(&after, &new), effective);
    assert_eq!(new.action_since, Some(effective));
    let begun = |on: &str| Progress::Approved { begun: moment(on) };
    let judged = |facts: &Facts| judge(facts, &after, &[], &[], on("2026-01-01"));
    new.progress = begun("2024-12-01T00:00:00Z");
    let stale = judged(&new);
    assert_eq!((stale.consequence, stale.permit().is_none()), (Some(Consequence::Evict), true));
    let replayed = replay(explain(&new, &after, &[], &[], on("2026-01-01")).to_json());
    assert_eq!(replayed, Ok(stale));
    new.progress = begun("2025-06-01T00:00:00Z");
    assert_eq!((judged(&new).consequence, judged(&new).permit().is_some()), (None, true));
    new.progress = Progress::None;
    assert!(!judged(&new).fresh_review, "what is not in review stands under the new action");
    let declared = json!({"declared": "2025-06-01"});
    let (later_old, later_new) =
        (facts(&before, "2025-05-01", declared.clone()), facts(&after, "2025-05-01", declared));
    assert_eq!(action_since(under(&before, &later_old), under(&after, &later_new), effective), None);
}

#[test]
fn a_simulation_counts_what_a_draft_would_change() {
    let (before, after) = (
        schedule(&rule("a", "floor", "occurred", "P5Y", "")),
        schedule(&rule("a", "floor", "occurred", "P10Y", "version = 2")),
    );
    let (old, new) = (facts(&before, "2018-03-15", json!({})), facts(&after, "2018-03-15", json!({})));
    let one = Simulated { category: "c", customer: None, before: &old, after: &new, holds: &[], locks: &[] };
    let at = on("2026-01-01").at;
    let result = simulate(&before, &after, [one], at);
    assert_eq!(result.judged, 1);
    let group = Group { category: "c".to_owned(), customer: None, month: Some("2028-03".to_owned()) };
    assert_eq!(result.groups.get(&(group, Shift::Later)), Some(&1));
    assert_eq!(result.hash, simulate(&before, &after, [one], at).hash);
    assert_ne!(result.hash, simulate(&before, &after, [one], on("2026-01-02").at).hash);
    // The way back is a shortening: the old floor stays, and nothing is due earlier.
    let back = Simulated { before: &new, after: &old, ..one };
    assert!(simulate(&after, &before, [back], at).records.is_empty());
}
