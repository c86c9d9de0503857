//! `policy`: reads, checks and compares retention policies, which needs no server, database or key; and takes those
//! of the archive through their lives.

pub mod args;
mod check;
mod compare;
mod diff;
mod file_plan;
mod last_day;
mod publish;
mod review;
mod show;
mod simulate;
mod simulated;
mod source;
mod stored;
mod voices;

use self::args::PolicyVerb;
pub(super) use self::check::finding_lines;
pub(super) use self::diff::changes;
pub(super) use self::simulated::{newest_simulation, shift_table};
use super::Run;
use super::failure::Failure;
use super::voice::Voice;
use crate::policy::What;

pub(super) fn run(run: &Run, verb: &PolicyVerb) -> Result<(), Failure> {
    match verb {
        PolicyVerb::Acknowledge(args) => voices::acknowledge(run, args),
        PolicyVerb::Answer(args) => voices::answer(run, args),
        PolicyVerb::Compare(args) => compare::run(run, args),
        PolicyVerb::Evaluate(args) => voices::evaluate(run, args),
        PolicyVerb::Evaluations(args) => voices::evaluations(run, args),
        PolicyVerb::FilePlan(verb) => file_plan::run(run, verb),
        PolicyVerb::Suggest(args) => voices::suggest(run, args),
        PolicyVerb::Suggestions(args) => voices::suggestions(run, args),
        PolicyVerb::Check(args) => check::run(run, args),
        PolicyVerb::Diff(args) => diff::run(run, args),
        PolicyVerb::LastDay(args) => last_day::run(run, args),
        PolicyVerb::Import(args) => stored::import(run, args),
        PolicyVerb::List(args) => stored::list(run, &args.at),
        PolicyVerb::Measure(args) => voices::measure(run, args),
        PolicyVerb::Publish(args) => publish::publish(run, args),
        PolicyVerb::Rebase(args) => publish::rebase(run, args),
        PolicyVerb::Retire(args) => publish::retire(run, args),
        PolicyVerb::Review(args) => review::enter(run, args),
        PolicyVerb::Reviews(args) => review::list(run, args),
        PolicyVerb::Show(args) => show::run(run, args),
        PolicyVerb::Simulate(args) => simulate::run(run, args),
        PolicyVerb::Submit(args) => stored::submit(run, args),
    }
}

/// What is wrong, and how it is mended, in the reader's language.
fn fault_words(voice: &Voice, what: &What) -> (String, String) {
    let facts: Vec<(&str, String)> = what
        .facts()
        .into_iter()
        .map(|(name, fact)| match what {
            What::WrongType { .. } => (name, voice.word("policy.type", &fact)),
            _ => (name, fact),
        })
        .collect();
    let facts: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
    let key = format!("policy.fault.{}", what.code());
    (voice.say(&key, &facts), voice.say(&format!("{key}.remedy"), &facts))
}

#[cfg(test)]
mod tests {
    use crate::cli::say::say;
    use crate::policy::{ChangeKind, Severity, trigger};
    use crate::words::Language;

    /// The codes that a function returns, as its source names them.
    fn codes(source: &str) -> Vec<&str> {
        let body = source.split("pub const fn code(").nth(1).unwrap();
        let body = body.split("\n    }\n").next().unwrap();
        body.split('"').skip(1).step_by(2).collect()
    }

    #[test]
    fn every_fault_finding_and_change_has_words() {
        let faults = codes(include_str!("../../policy/fault.rs"));
        let triggers = codes(include_str!("../../policy/trigger/mod.rs"));
        let findings = codes(include_str!("../../policy/lint.rs"));
        assert!(
            faults.len() > 35 && triggers.len() == 12 && findings.len() > 12,
            "{faults:?} {triggers:?} {findings:?}"
        );
        let sentences = faults.iter().chain(&triggers);
        let mut keys: Vec<String> = sentences.map(|code| format!("policy.fault.{code}")).collect();
        keys.extend(keys.clone().iter().map(|key| format!("{key}.remedy")));
        keys.extend(findings.iter().map(|code| format!("policy.lint.{code}")));
        keys.extend(Severity::WORDS.iter().map(|word| format!("policy.severity.{word}")));
        keys.extend(
            ChangeKind::WORDS
                .iter()
                .flat_map(|word| [format!("policy.change.{word}"), format!("policy.effect.{word}")]),
        );
        keys.extend(crate::policy::Compared::WORDS.iter().map(|word| format!("policy.compared.{word}")));
        keys.extend(
            crate::policy::file_plan::PlanFlaw::WORDS.iter().map(|word| format!("policy.plan.{word}")),
        );
        keys.extend(crate::retention::Shift::WORDS.iter().map(|word| format!("policy.shift.{word}")));
        keys.extend(crate::policy::LifeStage::WORDS.iter().map(|word| format!("policy.stage.{word}")));
        keys.extend(
            crate::policy::ReviewDecision::WORDS.iter().map(|word| format!("policy.decision.{word}")),
        );
        keys.extend(
            crate::policy::SuggestionState::WORDS.iter().map(|word| format!("policy.suggestion.{word}")),
        );
        keys.extend(
            crate::policy::EvaluationOutcome::WORDS.iter().map(|word| format!("policy.outcome.{word}")),
        );
        keys.extend(crate::policy::RuleKind::WORDS.iter().map(|word| format!("policy.kind.{word}")));
        keys.extend(crate::policy::Action::WORDS.iter().map(|word| format!("policy.action.{word}")));
        keys.extend(crate::policy::Standing::WORDS.iter().map(|word| format!("policy.status.{word}")));
        keys.extend(crate::policy::Expected::WORDS.iter().map(|word| format!("policy.type.{word}")));
        for key in keys {
            for language in Language::ALL {
                assert_ne!(say(language, &key, &[]), key, "{}", language.tag());
            }
        }
        assert!(trigger::Expr::parse("occurred").is_ok());
    }
}
