//! `policy show`: the rules with their articles.

use serde_json::json;

use super::args::Show;
use super::source;
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::cli::table::Table;
use crate::policy::{Obligation, Policy, Term, shipped_names};

pub(super) fn run(run: &Run, args: &Show) -> Result<(), Failure> {
    let Some(name) = &args.policy else { return packs(run) };
    if args.source {
        return run.voice.line(source::text(name)?.trim_end());
    }
    let policy = source::right(name)?;
    if run.voice.json {
        return run.voice.json_line(&json!({"hash": policy.hash().to_hex(), "policy": policy.to_json()}));
    }
    rules(run, &policy)
}

fn packs(run: &Run) -> Result<(), Failure> {
    let voice = &run.voice;
    let heads = ["head.pack", "head.rules", "head.title"];
    let mut table = Table::new(heads.map(|key| voice.say(key, &[])));
    for name in shipped_names() {
        let policy = source::right(name)?;
        if voice.json {
            voice.json_line(&json!({
                "pack": name, "version": policy.version, "title": policy.title, "rules": policy.obligations.len(),
                "hash": policy.hash().to_hex(),
            }))?;
        }
        table.row([name.to_owned(), policy.obligations.len().to_string(), policy.title.clone()]);
    }
    if voice.json {
        return Ok(());
    }
    table.print(voice)?;
    voice.remark("policy.not_legal_advice", &[]);
    Ok(())
}

fn rules(run: &Run, policy: &Policy) -> Result<(), Failure> {
    let voice = &run.voice;
    voice.line(&voice.strong(&policy.title))?;
    let heads = [
        "head.rule",
        "head.asks",
        "head.period",
        "head.counted_from",
        "head.certainty",
        "head.rule_status",
        "head.citation",
    ];
    let mut table = Table::new(heads.map(|key| voice.say(key, &[]))).elastic(3);
    for rule in &policy.obligations {
        table.row([
            rule.id.to_string(),
            voice.word("policy.kind", rule.rule.kind().as_str()),
            period(run, rule),
            rule.rule.trigger().map(ToString::to_string).unwrap_or_default(),
            rule.certainty.as_str().to_owned(),
            voice.word("policy.status", rule.standing.as_str()),
            rule.citations.join(&voice.say("list.comma", &[])),
        ]);
    }
    table.print(voice)?;
    voice.remark("policy.hash", &[("hash", &policy.hash().to_hex())]);
    Ok(())
}

fn period(run: &Run, rule: &Obligation) -> String {
    match rule.rule.term() {
        Term::Permanent => run.voice.say("policy.period.permanent", &[]),
        Term::ToBeSet { .. } => run.voice.say("policy.period.to-be-set", &[]),
        Term::Counted { period: None, .. } => run.voice.say("policy.period.trigger", &[]),
        Term::Counted { period: Some(period), .. } => run.voice.duration(&period.to_string()),
    }
}
