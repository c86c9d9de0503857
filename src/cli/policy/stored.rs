//! Policies of the archive: brought in, listed, handed in, simulated.

use std::path::Path;

use hyper::Method;
use serde_json::{Value, json};

use super::args::{Import, Submit};
use super::source;
use crate::cli::Run;
use crate::cli::args::At;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::find;
use crate::cli::list::text;
use crate::cli::open::path_segment;
use crate::cli::table::{Table, visible};
use crate::policy::{Policy, RuleId, shipped_text};

/// A version that somebody named.
pub(super) struct Version {
    pub policy: String,
    pub number: u64,
    /// Its state, for If-Match.
    pub revision: String,
}

impl Version {
    /// The path of what belongs to it.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/api/v1/policies/{}/versions/{}{rest}", path_segment(&self.policy), self.number)
    }

    /// As people write it.
    pub(super) fn name(&self) -> String {
        format!("{}@{}", self.policy, self.number)
    }

    /// A change that is meant for the version as it was seen.
    pub(super) fn change(&self, method: Method, rest: &str, body: &Value) -> Ask {
        Ask::json(method, self.path(rest), body).with("if-match", format!("\"{}\"", self.revision))
    }
}

/// True for what names a policy of the archive and neither a pack nor a file.
pub(super) fn is_stored(name: &str) -> bool {
    let (policy, number) =
        name.split_once('@').map_or((name, None), |(policy, number)| (policy, Some(number)));
    let is_name = RuleId::parse(policy).is_ok();
    is_name && (number.is_some() || (shipped_text(name).is_none() && !Path::new(name).exists()))
}

/// The version that is meant by `ID@VERSION`, or by an id alone: the newest.
pub(super) async fn version(client: &Client, named: &str) -> Result<Version, Failure> {
    let (policy, number) =
        named.split_once('@').map_or((named, None), |(policy, number)| (policy, Some(number)));
    let wrong = || Failure::usage("policy.bad_version", &[("name", named)]);
    let number = number.map(|number| number.parse::<u64>().map_err(|_| wrong())).transpose()?;
    if RuleId::parse(policy).is_err() {
        return Err(wrong());
    }
    let shown = client.json(&Ask::get(format!("/api/v1/policies/{}", path_segment(policy)))).await;
    let shown = shown.map_err(|failure| unknown(client, named, failure))?;
    let mut versions = shown.get("versions").and_then(Value::as_array).into_iter().flatten();
    let of = |version: &Value| version.get("version").and_then(Value::as_u64);
    let found = versions.find(|version| number.is_none_or(|number| of(version) == Some(number)));
    let found = found.ok_or_else(|| unknown(client, named, crate::words::Refusal::NotFound.into()))?;
    Ok(Version {
        policy: policy.to_owned(),
        number: of(found).unwrap_or_default(),
        revision: text(found, "revision").to_owned(),
    })
}

fn unknown(client: &Client, named: &str, failure: Failure) -> Failure {
    match failure.code() {
        Some("not_found") => failure.reworded("policy_unknown", client.language(), &[("name", named)]),
        _ => failure.about(named),
    }
}

/// What the archive shows of a version: its line, and what it says.
pub(super) async fn shown(client: &Client, named: &str) -> Result<(Value, Policy), Failure> {
    let version = version(client, named).await?;
    let shown = client.json(&Ask::get(version.path(""))).await.map_err(|failure| failure.about(named))?;
    let json = shown.get("policy").cloned().unwrap_or(Value::Null);
    let policy = Policy::from_canonical(&json).map_err(|faults| {
        let count = faults.len().to_string();
        Failure::declined("policy.has_faults", &[("name", named), ("count", &count)])
    })?;
    Ok((shown.get("version").cloned().unwrap_or(Value::Null), policy))
}

/// A policy of the archive, a file or a pack.
pub(super) async fn named(client: &Client, name: &str) -> Result<Policy, Failure> {
    if is_stored(name) { Ok(shown(client, name).await?.1) } else { source::right(name) }
}

/// `policy list`
pub(super) fn list(run: &Run, at: &At) -> Result<(), Failure> {
    run.with_archive(at, async |client: &Client| {
        let page = client.json(&Ask::get("/api/v1/policies")).await?;
        let voice = &run.voice;
        let heads =
            ["head.policy", "head.title", "head.in_force", "head.newest", "head.stage", "head.review_due"];
        let mut table = Table::new(heads.map(|key| voice.say(key, &[]))).elastic(1);
        for policy in find::items(&page) {
            if voice.json {
                voice.json_line(policy)?;
                continue;
            }
            let number = |name: &str| policy.get(name).map(Value::to_string).unwrap_or_default();
            let due = text(policy, "review_due");
            let due = match policy.get("review_overdue") == Some(&Value::Bool(true)) {
                true => voice.say("policy.overdue", &[("on", due)]),
                false => due.to_owned(),
            };
            table.row([
                text(policy, "id").to_owned(),
                visible(text(policy, "title")),
                number("in_force"),
                number("newest"),
                voice.word("policy.stage", text(policy, "newest_stage")),
                due,
            ]);
        }
        if voice.json { Ok(()) } else { table.print(voice) }
    })
}

/// `policy import`
pub(super) fn import(run: &Run, args: &Import) -> Result<(), Failure> {
    // Faults are told here with their places, before anything is sent.
    let policy = source::right(&args.policy)?;
    let text_of = source::text(&args.policy)?;
    let body = match shipped_text(&args.policy) {
        Some(_) => json!({"pack": args.policy}),
        None => json!({"text": text_of}),
    };
    run.with_archive(&args.at, async |client: &Client| {
        let name = format!("{}@{}", policy.id, policy.version);
        let made = if args.replace {
            let version = version(client, &name).await?;
            client.json(&version.change(Method::PUT, "", &body)).await
        } else {
            client.json(&Ask::json(Method::POST, "/api/v1/policies", &body)).await
        };
        let made = made.map_err(|failure| failure.about(&name))?;
        if run.voice.json {
            return run.voice.json_line(&made);
        }
        run.voice.line(&name)?;
        run.voice.remark("policy.hash", &[("hash", &policy.hash().to_hex())]);
        Ok(())
    })
}

/// `policy submit`
pub(super) fn submit(run: &Run, args: &Submit) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let version = version(client, &args.version).await?;
        let done = client.json(&version.change(Method::POST, "/submission", &Value::Null)).await;
        let done = done.map_err(|failure| failure.about(version.name()))?;
        if run.voice.json {
            return run.voice.json_line(&done);
        }
        run.voice.remark("policy.submitted", &[("name", &version.name())]);
        Ok(())
    })
}
