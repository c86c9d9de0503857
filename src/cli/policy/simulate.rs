//! `policy simulate`: what a draft would change in an archive, as of any date.

use hyper::Method;
use serde_json::{Value, json};

use super::args::Simulate;
use crate::cli::Run;
use crate::cli::client::{Ask, Client};
use crate::cli::export::wait_for;
use crate::cli::failure::Failure;
use crate::cli::list::text;
use crate::cli::login::answered;
use crate::cli::table::Table;

pub(super) fn run(run: &Run, args: &Simulate) -> Result<(), Failure> {
    // A file with faults is refused here, with a hint to `policy check`.
    super::source::right(&args.policy)?;
    let mut body = json!({"policy": super::source::text(&args.policy)?});
    if let Some(at) = &args.on {
        body["at"] = json!(at);
    }
    run.with_archive(&args.at, async |client: &Client| {
        let ask = || Ask::json(Method::POST, "/api/v1/retention/simulations", &body);
        let job = answered(run, client, &args.at, ask).await?;
        wait_for(run, client, text(&job, "href")).await?;
        let report = client.json(&Ask::get(format!("{}/result", text(&job, "href")))).await?;
        if let Some(file) = &args.csv {
            let csv = text(&report, "records_csv");
            std::fs::write(file, csv).map_err(|error| Failure::system("write the list", &error))?;
        }
        if run.voice.json { run.voice.json_line(&report) } else { in_words(run, &report) }
    })
}

fn in_words(run: &Run, report: &Value) -> Result<(), Failure> {
    let mut table = Table::facts();
    for (shift, count) in report.get("counts").and_then(Value::as_object).into_iter().flatten() {
        table.row([run.voice.word("shift", shift), count.to_string()]);
    }
    table.row([
        run.voice.say("simulate.judged", &[]),
        report.get("judged").map(Value::to_string).unwrap_or_default(),
    ]);
    table.row([run.voice.say("simulate.hash", &[]), text(report, "hash").to_owned()]);
    table.print(&run.voice)?;
    let heads = ["head.category", "head.month", "head.outcome", "head.count"];
    let mut groups = Table::new(heads.map(|key| run.voice.say(key, &[])));
    for group in report.get("groups").and_then(Value::as_array).into_iter().flatten() {
        groups.row([
            text(group, "category").to_owned(),
            text(group, "month").to_owned(),
            run.voice.word("shift", text(group, "shift")),
            group.get("count").map(Value::to_string).unwrap_or_default(),
        ]);
    }
    if groups.is_empty() { Ok(()) } else { groups.print(&run.voice) }
}
