//! `policy diff`: what changed, and what that does to records that are there.

use serde_json::{Value, json};

use super::args::Diff;
use super::{source, stored};
use crate::cli::Run;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::table::Table;
use crate::policy::{Change, Policy, diff};

pub(super) fn run(run: &Run, args: &Diff) -> Result<(), Failure> {
    if ![&args.before, &args.after].into_iter().any(|name| stored::is_stored(name)) {
        return tell(run, &source::right(&args.before)?, &source::right(&args.after)?);
    }
    run.with_archive(&args.at, async |client: &Client| {
        let (before, after) =
            (stored::named(client, &args.before).await?, stored::named(client, &args.after).await?);
        tell(run, &before, &after)
    })
}

fn tell(run: &Run, before: &Policy, after: &Policy) -> Result<(), Failure> {
    let found = diff(before, after);
    let voice = &run.voice;
    if voice.json {
        let changes: Vec<Value> = found.changes.iter().map(change).collect();
        return voice.json_line(&json!({
            "before": found.before.to_hex(), "after": found.after.to_hex(), "changes": changes,
        }));
    }
    if found.changes.is_empty() {
        voice.remark("policy.same", &[]);
        return Ok(());
    }
    changes(run, before, after)
}

/// Each change, and what it does to records that are there.
pub(in crate::cli) fn changes(run: &Run, before: &Policy, after: &Policy) -> Result<(), Failure> {
    let found = diff(before, after);
    let voice = &run.voice;
    if found.changes.is_empty() {
        return voice.line(&voice.say("policy.same", &[]));
    }
    let heads = ["head.rule", "head.change", "head.field", "head.before", "head.after", "head.effect"];
    let mut table = Table::new(heads.map(|key| voice.say(key, &[]))).elastic(4);
    for change in &found.changes {
        table.row([
            if change.id.is_empty() { "-".to_owned() } else { change.id.clone() },
            voice.word("policy.change", change.kind.as_str()),
            change.field.clone().unwrap_or_default(),
            change.before.clone().unwrap_or_default(),
            change.after.clone().unwrap_or_default(),
            voice.word("policy.effect", change.kind.as_str()),
        ]);
    }
    table.print(voice)
}

fn change(change: &Change) -> Value {
    json!({
        "rule": change.id, "change": change.kind.as_str(), "field": change.field,
        "before": change.before, "after": change.after,
    })
}
