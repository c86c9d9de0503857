//! The packs against cases that were worked out from the statutes by hand.

use std::collections::BTreeSet;

use super::*;
use crate::policy::{RuleKind, Standing, shipped, shipped_names, shipped_text};

const CASES: [(&str, &str); 5] = [
    ("cn-general", include_str!("../../../policies/cn-general.cases.toml")),
    ("cn-accounting", include_str!("../../../policies/cn-accounting.cases.toml")),
    ("tw-general", include_str!("../../../policies/tw-general.cases.toml")),
    ("eu-gdpr", include_str!("../../../policies/eu-gdpr.cases.toml")),
    ("us-general", include_str!("../../../policies/us-general.cases.toml")),
];

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

/// The pack with the rules of a case switched on that somebody would have to check first.
fn pack(name: &str, enabled: &BTreeSet<&str>) -> Policy {
    let mut policy = shipped(name).unwrap().unwrap();
    for rule in policy.obligations.iter_mut().filter(|rule| enabled.contains(rule.id.as_str())) {
        assert_eq!(rule.standing, Standing::NeedsLegalCheck, "{}: is on already", rule.id);
        rule.standing = Standing::Enabled;
    }
    policy
}

#[test]
fn every_case_of_every_pack_comes_out_as_the_law_has_it() {
    assert!(shipped_names().eq(CASES.iter().map(|(name, _)| *name)));
    let mut wrong = Vec::new();
    for (name, cases) in CASES {
        let file: Value = serde_json::to_value(toml::from_str::<toml::Table>(cases).unwrap()).unwrap();
        assert_eq!(text(&file, "pack"), Some(name));
        let mut seen = BTreeSet::new();
        for case in file["case"].as_array().unwrap() {
            let title = text(case, "name").unwrap();
            assert!(text(case, "source").is_some(), "{title}: says no article");
            let mut body = case.as_object().unwrap().clone();
            let expected = body.remove("expect").unwrap();
            let enabled = body.remove("enable").unwrap_or(json!([]));
            let enabled: BTreeSet<&str> =
                enabled.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
            let now = on(body.remove("on").unwrap().as_str().unwrap());
            for name in ["name", "source"] {
                body.remove(name);
            }
            let schedule = Schedule::of(&pack(name, &enabled));
            let facts = read_case(&Value::Object(body), &schedule)
                .unwrap_or_else(|faults| panic!("{title}: {faults:#?}"));
            let verdict = judge(&facts, &schedule, &[], &[], now);
            let found = json!({
                "state": verdict.state().as_str(),
                "keep_until": verdict.floor.as_ref().map(|bound| last(Some(bound))),
                "erase_by": verdict.ceiling.as_ref().map(|bound| last(Some(bound))),
                "due_from": verdict.due_from.map(|from| from.to_seconds_text()),
                "by": facts.versions[0].matched.iter().map(|index| schedule.rules()[*index as usize].obligation.id.as_str()).collect::<Vec<_>>(),
            });
            seen.extend(
                facts.versions[0]
                    .matched
                    .iter()
                    .map(|index| schedule.rules()[*index as usize].obligation.id.to_string()),
            );
            for (key, value) in expected.as_object().unwrap() {
                if found[key] != *value {
                    wrong.push(format!("{name}: {title}: {key} is {}, not {value}", found[key]));
                }
            }
        }
        let policy = shipped(name).unwrap().unwrap();
        let counted = policy.obligations.iter().filter(|rule| rule.standing == Standing::Enabled);
        let without: Vec<_> =
            counted.map(|rule| rule.id.to_string()).filter(|id| !seen.contains(id)).collect();
        assert!(without.is_empty(), "{name}: no case is about {without:?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_pack_can_be_read_and_has_no_error() {
    for name in shipped_names() {
        let policy = shipped(name).unwrap().unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
        assert_eq!(policy.id.as_str(), name);
        let findings = policy.lint(day("2026-11-22"));
        let errors: Vec<_> =
            findings.iter().filter(|finding| finding.severity == crate::policy::Severity::Error).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        for rule in &policy.obligations {
            assert!(!rule.citations.is_empty(), "{name}: {}", rule.id);
            assert!(
                rule.certainty != crate::policy::Certainty::C || rule.standing == Standing::NeedsLegalCheck,
                "{}",
                rule.id
            );
        }
        let reread = Policy::from_canonical(&policy.to_json()).unwrap();
        assert_eq!(reread.hash(), policy.hash());
    }
}

/// The rows of the starter rules, by id; two or three obligations may stand for one of them.
const ROWS: &str = include_str!("rows.txt");

#[test]
fn every_row_of_the_starter_rules_stands_in_a_pack() {
    let all: String = shipped_names().filter_map(shipped_text).collect();
    let missing: Vec<&str> = ROWS.lines().filter(|id| !all.contains(&format!("\"{id}"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(ROWS.lines().count(), 65);
}

#[test]
fn every_kind_of_rule_has_several_cases() {
    let count = |kind: RuleKind| {
        let packs = CASES.iter().map(|(name, cases)| (shipped(name).unwrap().unwrap(), *cases));
        packs
            .map(|(policy, cases)| {
                let of_kind = policy.obligations.iter().filter(|rule| rule.rule.kind() == kind);
                of_kind.filter(|rule| cases.contains(&format!("\"{}\"", rule.id))).count()
            })
            .sum::<usize>()
    };
    assert!(count(RuleKind::Floor) >= 20 && count(RuleKind::Ceiling) >= 3 && count(RuleKind::Action) >= 2);
}
