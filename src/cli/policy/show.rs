//! `policy show`: the rules with their articles.

use serde_json::{Value, json};

use super::args::Show;
use super::{source, stored};
use crate::cli::Run;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::list::text;
use crate::cli::table::Table;
use crate::policy::{Obligation, Policy, Term, shipped_names};

pub(super) fn run(run: &Run, args: &Show) -> Result<(), Failure> {
    let Some(name) = &args.policy else { return packs(run) };
    if args.source {
        return run.voice.line(source::text(name)?.trim_end());
    }
    // Without an archive only packs and files have names.
    if stored::is_stored(name) && (args.at.data.is_some() || name.contains('@')) {
        return run.with_archive(&args.at, async |client: &Client| {
            let (version, policy) = stored::shown(client, name).await?;
            if run.voice.json {
                return run.voice.json_line(&json!({"version": version, "policy": policy.to_json()}));
            }
            rules(run, &policy)?;
            told(run, &version)
        });
    }
    let policy = source::right(name)?;
    if run.voice.json {
        return run.voice.json_line(&json!({"hash": policy.hash().to_hex(), "policy": policy.to_json()}));
    }
    rules(run, &policy)?;
    run.voice.remark("policy.hash", &[("hash", &policy.hash().to_hex())]);
    Ok(())
}

/// Where a version of the archive stands.
fn told(run: &Run, version: &Value) -> Result<(), Failure> {
    let voice = &run.voice;
    let mut table = Table::facts();
    let at = |name: &str| {
        let step = version.get(name).unwrap_or(&Value::Null);
        voice.moment(text(step, "at"))
    };
    let number = version.get("version").map(Value::to_string).unwrap_or_default();
    let facts = [
        ("head.version", number),
        ("head.stage", voice.word("policy.stage", text(version, "stage"))),
        ("head.hash", text(version, "hash").to_owned()),
        ("head.created", at("created")),
        ("head.submitted", at("submitted")),
        ("head.reviewed", at("reviewed")),
        ("head.published", at("published")),
        ("head.effective_from", voice.moment(text(version, "effective_from"))),
        ("head.effective_to", voice.moment(text(version, "effective_to"))),
        ("head.simulation", text(version, "simulation").to_owned()),
    ];
    for (key, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row([voice.say(key, &[]), value]);
    }
    table.print(voice)
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
    table.print(voice)
}

fn period(run: &Run, rule: &Obligation) -> String {
    match rule.rule.term() {
        Term::Permanent => run.voice.say("policy.period.permanent", &[]),
        Term::ToBeSet { .. } => run.voice.say("policy.period.to-be-set", &[]),
        Term::Counted { period: None, .. } => run.voice.say("policy.period.trigger", &[]),
        Term::Counted { period: Some(period), .. } => run.voice.duration(&period.to_string()),
    }
}
