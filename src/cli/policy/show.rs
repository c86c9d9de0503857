//! `policy show`: the rules with their articles.

use serde_json::{Value, json};

use super::args::Show;
use super::{newest_simulation, source, stored};
use crate::cli::Run;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::find;
use crate::cli::list::text;
use crate::cli::table::Table;
use crate::policy::{Basis, Obligation, Policy, Term, shipped_names};

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
            told(run, client, (name, &version)).await
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
async fn told(run: &Run, client: &Client, (name, version): (&str, &Value)) -> Result<(), Failure> {
    let voice = &run.voice;
    let mut table = Table::facts();
    // Who took a step stands beside its day.
    let at = async |name: &str| -> Result<String, Failure> {
        let step = version.get(name).unwrap_or(&Value::Null);
        let by = find::user_name(client, text(step, "by")).await?;
        Ok(format!("{} {by}", voice.moment(text(step, "at"))).trim().to_owned())
    };
    let number = version.get("version").map(Value::to_string).unwrap_or_default();
    let facts = [
        ("head.version", number),
        ("head.stage", voice.word("policy.stage", text(version, "stage"))),
        ("head.hash", text(version, "hash").to_owned()),
        ("head.created", at("created").await?),
        ("head.submitted", at("submitted").await?),
        ("head.reviewed", at("reviewed").await?),
        ("head.published", at("published").await?),
        ("head.countersigned", find::user_name(client, text(version, "countersigned_by")).await?),
        ("head.effective_from", voice.moment(text(version, "effective_from"))),
        ("head.effective_to", voice.moment(text(version, "effective_to"))),
        ("head.simulation", text(version, "simulation").to_owned()),
    ];
    for (key, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row([voice.say(key, &[]), value]);
    }
    voice.line("")?;
    table.print(voice)?;
    let (policy, hash) = (name.split('@').next().unwrap_or(name), text(version, "simulation"));
    if let Some(found) = newest_simulation(client, policy, hash).await? {
        let number = |name: &str| found.get(name).map(Value::to_string).unwrap_or_default();
        let by = find::user_name(client, text(&found, "made_by")).await?;
        let facts = [
            ("at", voice.moment(text(&found, "made_at"))),
            ("by", by),
            ("judged", number("judged")),
            ("due", number("newly_due")),
        ];
        let facts = facts.each_ref().map(|(name, fact)| (*name, fact.as_str()));
        voice.line(&voice.say("weighed.simulated", &facts))?;
    }
    readers(run, client, name).await
}

/// Who said to have read a version, and when.
async fn readers(run: &Run, client: &Client, name: &str) -> Result<(), Failure> {
    let version = stored::version(client, name).await?;
    let list = match client.json(&Ask::get(version.path("/acknowledgements"))).await {
        Err(failure) if matches!(failure.code(), Some("forbidden" | "token_scope")) => return Ok(()),
        list => list?,
    };
    let mut table = Table::new(["head.recipient", "head.acknowledged"].map(|key| run.voice.say(key, &[])));
    for item in find::items(&list) {
        let by = find::user_name(client, text(item, "user")).await?;
        table.row([by, run.voice.moment(text(item, "at"))]);
    }
    if table.is_empty() {
        return Ok(());
    }
    run.voice.line("")?;
    table.print(&run.voice)
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
            trigger(policy, rule),
            rule.certainty.as_str().to_owned(),
            voice.word("policy.status", rule.standing.as_str()),
            basis(run, rule),
        ]);
    }
    table.print(voice)
}

/// What a rule counts from, with events as the policy calls them.
fn trigger(policy: &Policy, rule: &Obligation) -> String {
    let mut words = rule.rule.trigger().map(ToString::to_string).unwrap_or_default();
    for event in &policy.events {
        words = words.replace(&format!("\"{}\"", event.kind), &event.title);
    }
    words
}

/// The articles of a rule; of one that no law asks for, that they only guided who decided.
fn basis(run: &Run, rule: &Obligation) -> String {
    let citations = rule.citations.join(&run.voice.say("list.comma", &[]));
    match rule.basis {
        Basis::Law => citations,
        Basis::Contract | Basis::Policy => {
            run.voice.say(&format!("policy.basis.{}", rule.basis.as_str()), &[("citations", &citations)])
        }
    }
}

fn period(run: &Run, rule: &Obligation) -> String {
    match rule.rule.term() {
        Term::Permanent => run.voice.say("policy.period.permanent", &[]),
        Term::ToBeSet { .. } => run.voice.say("policy.period.to-be-set", &[]),
        Term::Counted { period: None, .. } => run.voice.say("policy.period.trigger", &[]),
        Term::Counted { period: Some(period), .. } => run.voice.duration(&period.to_string()),
    }
}
