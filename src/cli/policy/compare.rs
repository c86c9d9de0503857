//! `policy compare`: 对标, a policy beside a shipped pack.

use serde_json::{Value, json};

use super::args::Compare;
use super::{source, stored};
use crate::cli::Run;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::table::Table;
use crate::policy::{Compared, ComparedRule, Policy, compare, shipped_names};

pub(super) fn run(run: &Run, args: &Compare) -> Result<(), Failure> {
    if !shipped_names().any(|name| name == args.with) {
        let packs = shipped_names().collect::<Vec<_>>().join(", ");
        return Err(Failure::usage("policy.unreadable", &[("name", &args.with), ("packs", &packs)]));
    }
    let pack = source::right(&args.with)?;
    if !stored::is_stored(&args.policy) {
        return tell(run, &source::right(&args.policy)?, &pack);
    }
    run.with_archive(&args.at, async |client: &Client| {
        tell(run, &stored::named(client, &args.policy).await?, &pack)
    })
}

fn tell(run: &Run, policy: &Policy, pack: &Policy) -> Result<(), Failure> {
    let voice = &run.voice;
    let found = compare(policy, pack);
    if voice.json {
        let items: Vec<Value> = found.iter().map(line).collect();
        return voice.json_line(&json!({
            "policy": format!("{}@{}", policy.id, policy.version), "pack": format!("{}@{}", pack.id, pack.version),
            "items": items,
        }));
    }
    let heads = ["head.compared", "head.rule", "head.there", "head.fields", "head.citation"];
    let mut table = Table::new(heads.map(|key| voice.say(key, &[]))).elastic(4);
    let same = found.iter().filter(|rule| rule.how == Compared::Same).count();
    for rule in found.iter().filter(|rule| rule.how != Compared::Same) {
        let fields: Vec<String> = rule
            .fields
            .iter()
            .map(|field| {
                let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
                format!("{}: {} / {}", field.name, side(&field.here), side(&field.there))
            })
            .collect();
        table.row([
            voice.word("policy.compared", rule.how.as_str()),
            rule.here.clone().unwrap_or_default(),
            rule.there.clone().unwrap_or_default(),
            fields.join("; "),
            rule.citations.join(&voice.say("list.comma", &[])),
        ]);
    }
    if !table.is_empty() {
        table.print(voice)?;
    }
    voice.remark("policy.same_rules", &[("count", &same.to_string())]);
    voice.remark("policy.not_legal_advice", &[]);
    Ok(())
}

fn line(rule: &ComparedRule) -> Value {
    let fields: Vec<Value> = rule
        .fields
        .iter()
        .map(|field| json!({"name": field.name, "here": field.here, "there": field.there}))
        .collect();
    json!({
        "how": rule.how.as_str(), "here": rule.here, "there": rule.there, "citations": rule.citations,
        "fields": fields,
    })
}
