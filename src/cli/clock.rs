//! `clock`: whether the clock is believed, and its confirmation by two persons. One asks; the other approves; the
//! first confirms.

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::approval::data_of;
use super::args::{Clock, ClockConfirm};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::hint;
use super::list::text;
use super::login::answered;
use super::table::Table;

const PATH: &str = "/api/v1/clock/confirmations";

pub(super) fn run(run: &Run, verb: &Clock) -> Result<(), Failure> {
    match verb {
        Clock::Show { at } => run.with_archive(at, async |client: &Client| {
            let clock = client.json(&Ask::get("/api/v1/clock")).await?;
            shown(run, &clock)
        }),
        Clock::Confirm(args) => confirm(run, args),
    }
}

fn shown(run: &Run, clock: &Value) -> Result<(), Failure> {
    if run.voice.json {
        return run.voice.json_line(clock);
    }
    let mut table = Table::facts();
    for (key, name) in [("clock.now", "now"), ("clock.seen", "seen"), ("clock.newest", "newest")] {
        table.row([run.voice.say(key, &[]), run.voice.moment(text(clock, name))]);
    }
    table.print(&run.voice)?;
    match clock.get("fault").and_then(Value::as_str) {
        None => run.voice.remark("clock.believed", &[]),
        Some("behind") => run.voice.remark("clock.is_behind", &[]),
        Some(_) => run.voice.remark("clock.has_jumped", &[]),
    }
    Ok(())
}

fn confirm(run: &Run, args: &ClockConfirm) -> Result<(), Failure> {
    let Some(approval) = &args.approval else {
        let body = json!({"reason": args.note.as_deref().unwrap_or_default()});
        return run.with_archive(&args.at, async |client: &Client| {
            let ask = || Ask::json(Method::POST, format!("{PATH}/approvals"), &body);
            let made = answered(run, client, &args.at, ask).await?;
            let id = text(&made, "id");
            if run.voice.json {
                return run.voice.json_line(&json!({"approval": id}));
            }
            run.voice.line(id)?;
            hint::later(run, "approval.next", &[("data", &data_of(&args.at)), ("id", id)]);
            hint::later(run, "clock.then", &[("id", id)]);
            run.next.take().iter().for_each(|remark| run.voice.tell(remark));
            Ok(())
        });
    };
    let body = json!({"approval": approval});
    run.with_archive(&args.at, async |client: &Client| {
        let done =
            answered(run, client, &args.at, || Ask::json(Method::POST, PATH.to_owned(), &body)).await?;
        if run.voice.json {
            return run.voice.json_line(&done);
        }
        let index = done.pointer("/ledger/index").map(Value::to_string).unwrap_or_default();
        run.voice
            .remark("clock.confirmed", &[("now", &run.voice.moment(text(&done, "now"))), ("index", &index)]);
        Ok(())
    })
}
