//! `policy simulate`: what a draft would change in an archive as of any date, what a version changed, and what a
//! campaign would.

use hyper::Method;
use serde_json::{Value, json};

use super::args::Simulate;
use super::stored::version;
use crate::cli::Run;
use crate::cli::client::{Ask, Client};
use crate::cli::export::wait_for;
use crate::cli::failure::Failure;
use crate::cli::find;
use crate::cli::list::text;
use crate::cli::login::answered;
use crate::cli::open::path_segment;
use crate::cli::table::Table;

/// What is asked for.
struct Asked {
    path: String,
    body: Value,
    /// The policy of the archive whose simulation is kept.
    keeps: Option<String>,
}

pub(super) fn run(run: &Run, args: &Simulate) -> Result<(), Failure> {
    let in_archive = args.policy.contains('@');
    if !in_archive {
        // A file with faults is refused here, with a hint to `policy check`.
        super::source::right(&args.policy)?;
        if args.against.is_some() {
            return Err(Failure::usage("policy.bad_version", &[("name", &args.policy)]));
        }
    }
    run.with_archive(&args.at, async |client: &Client| {
        let asked = if in_archive { of_version(client, args).await? } else { of_file(args)? };
        let ask = || Ask::json(Method::POST, asked.path.clone(), &asked.body);
        let job = answered(run, client, &args.at, ask).await;
        let job = job.map_err(|failure| failure.about(&args.policy))?;
        wait_for(run, client, text(&job, "href")).await?;
        let mut report = client.json(&Ask::get(format!("{}/result", text(&job, "href")))).await?;
        if let Some(policy) = &asked.keeps {
            report["simulation"] = kept(client, policy, text(&report, "hash")).await?;
        }
        if let Some(file) = &args.csv {
            let csv = text(&report, "records_csv");
            std::fs::write(file, csv).map_err(|error| Failure::system("write the list", &error))?;
        }
        if run.voice.json { run.voice.json_line(&report) } else { in_words(run, &report) }
    })
}

/// A draft that lies in no archive.
fn of_file(args: &Simulate) -> Result<Asked, Failure> {
    let mut body = json!({"policy": super::source::text(&args.policy)?});
    if let Some(at) = &args.on {
        body["at"] = json!(at);
    }
    Ok(Asked { path: "/api/v1/retention/simulations".to_owned(), body, keeps: None })
}

async fn of_version(client: &Client, args: &Simulate) -> Result<Asked, Failure> {
    let version = version(client, &args.policy).await?;
    let mut body = json!({});
    if let Some(as_of) = &args.on {
        body["as_of"] = json!(as_of);
    }
    if let Some(against) = args.against {
        body["against"] = json!(against);
    }
    let keeps = args.against.is_none().then(|| version.policy.clone());
    Ok(Asked { path: version.path("/simulations"), body, keeps })
}

/// What the archive keeps of a simulation.
async fn kept(client: &Client, policy: &str, hash: &str) -> Result<Value, Failure> {
    let path = format!("/api/v1/policies/{}/simulations", path_segment(policy));
    let list = client.json(&Ask::get(path)).await?;
    let found = find::items(&list).iter().find(|item| text(item, "hash") == hash);
    Ok(found.cloned().unwrap_or(Value::Null))
}

/// How many records of each category and month would be shifted how, then the hash.
fn in_words(run: &Run, report: &Value) -> Result<(), Failure> {
    let voice = &run.voice;
    let heads = ["head.shift", "head.category", "head.month", "head.records"];
    let mut table = Table::new(heads.map(|key| voice.say(key, &[])));
    for group in report.get("groups").and_then(Value::as_array).into_iter().flatten() {
        table.row([
            voice.word("policy.shift", text(group, "shift")),
            text(group, "category").to_owned(),
            text(group, "month").to_owned(),
            group.get("count").map(Value::to_string).unwrap_or_default(),
        ]);
    }
    if table.is_empty() {
        voice.line(&voice.say("policy.no_shift", &[]))?;
    } else {
        table.print(voice)?;
    }
    let number = |at: &str| report.pointer(at).and_then(Value::as_u64).unwrap_or(0).to_string();
    let facts = [
        ("judged", number("/judged")),
        ("due", number("/counts/newly_due")),
        ("size", number("/ledger_size")),
        ("hash", text(report, "hash").to_owned()),
    ];
    let facts = facts.each_ref().map(|(name, fact)| (*name, fact.as_str()));
    voice.remark("policy.simulated", &facts);
    if number("/damaged") != "0" {
        voice.remark("policy.simulated_damaged", &[("count", &number("/damaged"))]);
    }
    Ok(())
}
