//! What the second person should know before deciding: of a hold its matter, its reach and its days of grace; of a
//! policy what changes, for how many records, and what is still open in it.

use serde_json::Value;

use super::Run;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::text;
use super::open::path_segment;
use super::policy::{changes, finding_lines, newest_simulation, shift_table};
use super::table::{Table, visible};
use crate::policy::Policy;

/// Tells what a request is about, as far as the reader may know it anyway.
pub(super) async fn tell(run: &Run, client: &Client, approval: &Value) -> Result<(), Failure> {
    let told = match text(approval, "subject_kind") {
        "hold" => hold(run, client, text(approval, "subject")).await,
        "policy" => policy(run, client, approval).await,
        _ => return Ok(()),
    };
    match told {
        Err(failure) if matches!(failure.code(), Some("forbidden" | "token_scope" | "not_found")) => {
            run.voice.remark("weighed.out_of_sight", &[]);
            Ok(())
        }
        told => told,
    }
}

async fn hold(run: &Run, client: &Client, id: &str) -> Result<(), Failure> {
    let voice = &run.voice;
    let path = format!("/api/v1/holds/{}", path_segment(id));
    let shown = client.json(&Ask::get(path.clone())).await?;
    let hold = shown.get("hold").unwrap_or(&Value::Null);
    let mut table = Table::facts();
    let rows = [
        ("head.matter", find::matter_name(client, text(hold, "matter")).await?),
        ("head.kind", voice.word("hold_kind", text(hold, "kind"))),
        ("head.reach", voice.word("hold_mode", text(hold, "mode"))),
        ("head.reason", text(&shown, "reason").to_owned()),
        ("head.placed", voice.moment(text(hold, "placed_at"))),
        ("head.placed_by", find::user_name(client, text(&shown, "placed_by")).await?),
        ("head.grace_days", shown.get("grace_days").map(Value::to_string).unwrap_or_default()),
        ("head.members", hold.get("members").map(Value::to_string).unwrap_or_default()),
    ];
    for (key, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row([voice.say(key, &[]), value]);
    }
    voice.line("")?;
    table.print(voice)?;
    let page = client.json(&Ask::get(format!("{path}/members?limit={}", find::PAGE))).await?;
    members(run, client, &shown, find::items(&page)).await
}

/// What a hold names, each by the name that people know it by.
pub(super) async fn members(
    run: &Run,
    client: &Client,
    shown: &Value,
    members: &[Value],
) -> Result<(), Failure> {
    let voice = &run.voice;
    let mut table = Table::new(["head.kind", "head.target"].map(|key| voice.say(key, &[]))).elastic(1);
    let fields = shown.get("fields").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for field in fields {
        let pair = format!("{}={}", text(field, "name"), text(field, "value"));
        table.row([voice.word("hold_member", "field"), pair]);
    }
    for member in members {
        let (kind, target) = (text(member, "kind"), text(member, "target"));
        if kind == "field" && !fields.is_empty() {
            continue;
        }
        let target = match (kind, target) {
            (_, "") => voice.say("withheld", &[]),
            ("case", id) => find::case_name(client, id).await?,
            ("party", id) => find::party_name(client, id).await?,
            (_, id) => id.to_owned(),
        };
        table.row([voice.word("hold_member", kind), target]);
    }
    if table.is_empty() {
        return Ok(());
    }
    voice.line("")?;
    table.print(voice)
}

async fn policy(run: &Run, client: &Client, approval: &Value) -> Result<(), Failure> {
    let voice = &run.voice;
    let Some((id, number)) = text(approval, "subject_name").split_once('@') else { return Ok(()) };
    let shelf = client.json(&Ask::get(format!("/api/v1/policies/{}", path_segment(id)))).await?;
    let path =
        |number: &str| format!("/api/v1/policies/{}/versions/{}", path_segment(id), path_segment(number));
    let shown = client.json(&Ask::get(path(number))).await?;
    let read = |shown: &Value| Policy::from_canonical(shown.get("policy").unwrap_or(&Value::Null)).ok();
    let Some(asked) = read(&shown) else { return Ok(()) };
    let version = shown.get("version").unwrap_or(&Value::Null);
    let counted = asked.obligations.iter().filter(|rule| rule.standing == crate::policy::Standing::Enabled);
    let created = version.get("created").unwrap_or(&Value::Null);
    let reviewed = version.get("reviewed").unwrap_or(&Value::Null);
    let by = async |step: &Value| -> Result<String, Failure> {
        let name = find::user_name(client, text(step, "by")).await?;
        Ok(format!("{} {name}", voice.moment(text(step, "at"))).trim().to_owned())
    };
    let rules = [("rules", asked.obligations.len().to_string()), ("enabled", counted.count().to_string())];
    let rules = rules.each_ref().map(|(name, count)| (*name, count.as_str()));
    let in_force = shelf.pointer("/policy/in_force").and_then(Value::as_u64);
    let stands = in_force.map_or_else(|| voice.say("weighed.none_in_force", &[]), |n| format!("{id}@{n}"));
    let mut table = Table::facts();
    for (key, value) in [
        ("head.title", asked.title.clone()),
        ("head.owner", asked.owner.clone()),
        ("head.rules", voice.say("weighed.rules", &rules)),
        ("head.created", by(created).await?),
        ("head.reviewed", by(reviewed).await?),
        ("head.stands", stands),
    ] {
        table.row([voice.say(key, &[]), visible(&value)]);
    }
    voice.line("")?;
    table.print(voice)?;
    if approval.pointer("/parameters/step").and_then(Value::as_str) == Some("retire") {
        return Ok(());
    }
    if let Some(number) = in_force.filter(|n| n.to_string() != number) {
        let before = read(&client.json(&Ask::get(path(&number.to_string()))).await?);
        if let Some(before) = before {
            voice.line("")?;
            voice.line(&voice.strong(&voice.say("weighed.changes", &[])))?;
            changes(run, &before, &asked)?;
        }
    }
    finding_lines(run, &asked)?;
    simulated(run, client, (id, approval)).await
}

/// What the simulation that the request names came to, beside the number that it confirms.
async fn simulated(run: &Run, client: &Client, (id, approval): (&str, &Value)) -> Result<(), Failure> {
    let voice = &run.voice;
    let asked = |name: &str| approval.pointer(&format!("/parameters/{name}"));
    let hash = asked("simulation").and_then(Value::as_str).unwrap_or_default();
    voice.line("")?;
    let Some(found) = newest_simulation(client, id, hash).await? else {
        return voice.line(&voice.say("weighed.no_simulation", &[]));
    };
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
    let confirmed = asked("newly_due").map(Value::to_string).unwrap_or_default();
    if confirmed != number("newly_due") {
        let facts = [("asked", confirmed), ("due", number("newly_due"))];
        let facts = facts.each_ref().map(|(name, fact)| (*name, fact.as_str()));
        voice.line(&format!("✗ {}", voice.say("weighed.other_number", &facts)))?;
    }
    let path = format!("/api/v1/simulations/{}", path_segment(text(&found, "id")));
    let shown = client.json(&Ask::get(path)).await?;
    shift_table(run, shown.get("report").unwrap_or(&Value::Null))
}
