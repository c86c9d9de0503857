//! `policy check`: what is wrong in a file, and what should not be published.

use serde_json::{Map, Value, json};

use super::args::Check;
use super::{fault_words, source};
use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::{Clock as _, SystemClock};
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::cli::table::visible;
use crate::policy::{Fault, Finding, Policy, Severity, Standing, What};
use crate::words::{Language, Outcome};

pub(super) fn run(run: &Run, args: &Check) -> Result<(), Failure> {
    let today = today(run, args)?;
    let mut right = true;
    for path in &args.policies {
        right &= match source::read(path)? {
            Err(faults) => tell_faults(run, path, &faults)?,
            Ok(policy) => tell_findings(run, (path, &policy), &policy.lint(today))?,
        };
    }
    if right { Ok(()) } else { Err(Failure::Told(Outcome::FoundWrong)) }
}

fn today(run: &Run, args: &Check) -> Result<CivilDate, Failure> {
    let day = match &args.on {
        Some(text) => CivilDate::parse(text),
        None => CivilDate::of(SystemClock.now(), Zone::SHANGHAI),
    };
    day.map_err(|bad| {
        let (what, remedy) = fault_words(&run.voice, &What::Date(bad));
        Failure::usage("policy.bad_value", &[("argument", "--on"), ("what", &what), ("remedy", &remedy)])
    })
}

/// Lists what keeps the file from being read; false.
fn tell_faults(run: &Run, path: &str, faults: &[Fault]) -> Result<bool, Failure> {
    let voice = &run.voice;
    if voice.json {
        let faults: Vec<Value> = faults.iter().map(|fault| fault_json(run, fault)).collect();
        voice.json_line(&json!({"path": path, "readable": false, "faults": faults}))?;
        return Ok(false);
    }
    let gap = if voice.language == Language::En { " " } else { "" };
    for fault in faults {
        let (what, remedy) = fault_words(voice, &fault.what);
        let whole = voice.say("policy.whole", &[]);
        let field = if fault.path.is_empty() { &whole } else { &fault.path };
        let (line, column) = fault
            .place
            .map_or_else(Default::default, |place| (place.line.to_string(), place.column.to_string()));
        let facts = [
            ("path", path),
            ("line", &line),
            ("column", &column),
            ("field", field),
            ("what", &what),
            ("gap", gap),
            ("remedy", &remedy),
            ("code", fault.what.code()),
        ];
        let key = if fault.place.is_some() { "policy.fault_at" } else { "policy.fault_without" };
        voice.line(&visible(&voice.say(key, &facts)))?;
    }
    voice.remark("policy.faults_found", &[("count", &faults.len().to_string())]);
    Ok(false)
}

fn fault_json(run: &Run, fault: &Fault) -> Value {
    let (what, remedy) = fault_words(&run.voice, &fault.what);
    let facts: Map<String, Value> =
        fault.what.facts().into_iter().map(|(name, fact)| (name.to_owned(), json!(fact))).collect();
    json!({
        "line": fault.place.map(|place| place.line), "column": fault.place.map(|place| place.column),
        "path": fault.path, "code": fault.what.code(), "facts": facts, "detail": what, "remedy": remedy,
    })
}

/// The facts of a finding, with actions in words.
fn finding_words(run: &Run, finding: &Finding) -> String {
    let facts: Vec<(&str, String)> = finding
        .what
        .facts()
        .into_iter()
        .map(|(name, fact)| match name {
            "action" | "other_action" => (name, run.voice.word("policy.action", &fact)),
            _ => (name, fact),
        })
        .collect();
    let facts: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
    run.voice.say(&format!("policy.lint.{}", finding.what.code()), &facts)
}

fn finding_line(run: &Run, finding: &Finding) -> Result<(), Failure> {
    let voice = &run.voice;
    let key = if finding.subject.is_empty() { "policy.finding_whole" } else { "policy.finding" };
    let facts = [
        ("severity", voice.word("policy.severity", finding.severity.as_str())),
        ("subject", finding.subject.clone()),
        ("what", finding_words(run, finding)),
        ("code", finding.what.code().to_owned()),
    ];
    let facts = facts.each_ref().map(|(name, fact)| (*name, fact.as_str()));
    voice.line(&visible(&voice.say(key, &facts)))
}

/// What should not be published as it is, and what somebody should decide: for who is asked to agree.
pub(in crate::cli) fn finding_lines(run: &Run, policy: &Policy) -> Result<(), Failure> {
    let today = CivilDate::of(SystemClock.now(), Zone::SHANGHAI)
        .map_err(|_| Failure::usage("policy.bad_value", &[("argument", ""), ("what", ""), ("remedy", "")]))?;
    let found = policy.lint(today);
    let grave: Vec<&Finding> = found.iter().filter(|finding| finding.severity != Severity::Note).collect();
    if grave.is_empty() {
        return Ok(());
    }
    run.voice.line("")?;
    run.voice.line(&run.voice.strong(&run.voice.say("weighed.findings", &[])))?;
    grave.into_iter().try_for_each(|finding| finding_line(run, finding))
}

/// Lists what should not be published; true if nothing forbids it.
fn tell_findings(run: &Run, (path, policy): (&str, &Policy), findings: &[Finding]) -> Result<bool, Failure> {
    let voice = &run.voice;
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    let enabled = policy.obligations.iter().filter(|rule| rule.standing == Standing::Enabled).count();
    if voice.json {
        let found: Vec<Value> = findings
            .iter()
            .map(|finding| {
                let facts: Map<String, Value> = finding
                    .what
                    .facts()
                    .into_iter()
                    .map(|(name, fact)| (name.to_owned(), json!(fact)))
                    .collect();
                json!({
                    "severity": finding.severity.as_str(), "subject": finding.subject,
                    "code": finding.what.code(), "facts": facts, "detail": finding_words(run, finding),
                })
            })
            .collect();
        voice.json_line(&json!({
            "path": path, "readable": true, "id": policy.id.as_str(), "version": policy.version, "hash": policy.hash().to_hex(),
            "rules": policy.obligations.len(), "enabled": enabled, "findings": found,
        }))?;
    } else {
        findings.iter().try_for_each(|finding| finding_line(run, finding))?;
        let facts = [
            ("id", policy.id.as_str().to_owned()),
            ("version", policy.version.to_string()),
            ("rules", policy.obligations.len().to_string()),
            ("enabled", enabled.to_string()),
            ("errors", errors.to_string()),
            ("warnings", warnings.to_string()),
            ("notes", notes.to_string()),
        ];
        let facts: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
        voice.line(&voice.say("policy.ok", &facts))?;
        voice.line(&voice.say("policy.hash", &[("hash", &policy.hash().to_hex())]))?;
    }
    Ok(errors == 0)
}
