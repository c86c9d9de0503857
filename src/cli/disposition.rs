//! `disposition`: records that are reviewed together, sealed, and destroyed for good.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::approval::data_of;
use super::args::{
    At, Disposition, DispositionCertificate, DispositionCheck, DispositionDecide, DispositionPropose,
    DispositionShred,
};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::list::text;
use super::login::answered;
use super::open::path_segment;
use super::site::read_file;
use super::table::Table;
use super::verify::vkey;
use crate::base::limits::CERTIFICATE_BYTES_MAX;
use crate::bundle::certificate::{CertificateFault, check_certificate};
use crate::words::{CertificateLayout, Outcome, certificate_page};

/// Items of one page.
const PAGE: usize = 200;

pub(super) fn run(run: &Run, verb: &Disposition) -> Result<(), Failure> {
    match verb {
        Disposition::Propose(args) => propose(run, args),
        Disposition::List { at } => list(run, at),
        Disposition::Show(args) => show(run, &args.at, &args.disposition),
        Disposition::Decide(args) => decide(run, args),
        Disposition::Attend(args) => post(run, &args.at, (&args.disposition, "attendance"), &Value::Null),
        Disposition::Withdraw(args) => post(run, &args.at, (&args.disposition, "withdrawal"), &Value::Null),
        Disposition::Seal(args) => carry(run, &args.at, (&args.disposition, "sealing", "sealing")),
        Disposition::Shred(args) => shred(run, args),
        Disposition::Restore(args) => {
            let body = json!({"record": args.record});
            post(run, &args.at, (&args.disposition, "restorations"), &body)
        }
        Disposition::Certificate(args) => certificate(run, args),
        Disposition::Check(args) => check(run, args),
    }
}

fn path_of(disposition: &str, rest: &str) -> String {
    let slash = if rest.is_empty() { "" } else { "/" };
    format!("/api/v1/dispositions/{}{slash}{rest}", path_segment(disposition))
}

fn propose(run: &Run, args: &DispositionPropose) -> Result<(), Failure> {
    let mut body = json!({"reason": args.reason});
    match &args.rule {
        Some(rule) => body["rule"] = json!(rule),
        None => body["records"] = json!(args.ids),
    }
    run.with_archive(&args.at, async |client: &Client| {
        let ask = || Ask::json(Method::POST, "/api/v1/dispositions".to_owned(), &body);
        let made = answered(run, client, &args.at, ask).await?;
        if run.voice.json {
            return run.voice.json_line(&made);
        }
        run.voice.line(text(&made, "id"))?;
        for left in made.get("left_out").and_then(Value::as_array).into_iter().flatten() {
            run.voice.remark(
                "disposition.left_out",
                &[("record", text(left, "record")), ("why", text(left, "why"))],
            );
        }
        Ok(())
    })
}

fn list(run: &Run, at: &At) -> Result<(), Failure> {
    run.with_archive(at, async |client: &Client| {
        let heads = ["head.state", "head.stage", "head.count", "head.time", "head.id"];
        let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
        let mut next = Some(format!("/api/v1/dispositions?limit={PAGE}"));
        while let Some(path) = next {
            let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
            for line in page.get("items").and_then(Value::as_array).into_iter().flatten() {
                if run.voice.json {
                    run.voice.json_line(line)?;
                    continue;
                }
                let number = |name: &str| line.get(name).map(Value::to_string).unwrap_or_default();
                let stage = match line.get("stage") {
                    Some(stage) => format!("{stage}/{}", number("stages")),
                    None => String::new(),
                };
                table.row([
                    run.voice.word("disposition_state", text(line, "state")),
                    stage,
                    number("items"),
                    run.voice.moment(text(line, "begun")),
                    text(line, "id").to_owned(),
                ]);
            }
            next = after;
        }
        if run.voice.json { Ok(()) } else { table.print(&run.voice) }
    })
}

fn show(run: &Run, at: &At, disposition: &str) -> Result<(), Failure> {
    run.with_archive(at, async |client: &Client| {
        let shown = client.json(&Ask::get(path_of(disposition, ""))).await?;
        if run.voice.json {
            return run.voice.json_line(&shown);
        }
        run.voice.line(&run.voice.word("disposition_state", text(&shown, "state")))?;
        for (number, stage) in
            (1_u64..).zip(shown.get("stages").and_then(Value::as_array).into_iter().flatten())
        {
            let roles = stage.get("roles").and_then(Value::as_array).into_iter().flatten();
            let roles: Vec<String> =
                roles.filter_map(Value::as_str).map(|role| run.voice.word("role", role)).collect();
            let needed = stage.get("needed").map(Value::to_string).unwrap_or_default();
            let agreed = shown.get("decisions").and_then(Value::as_array).into_iter().flatten();
            let agreed =
                agreed.filter(|one| one.get("stage").and_then(Value::as_u64) == Some(number)).count();
            run.voice.line(&run.voice.say(
                "disposition.stage",
                &[
                    ("number", &number.to_string()),
                    ("name", text(stage, "name")),
                    ("roles", &roles.join("、")),
                    ("agreed", &agreed.to_string()),
                    ("needed", &needed),
                ],
            ))?;
        }
        let items = shown.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let copies = |item: &Value| item.get("copies").and_then(Value::as_array).map_or(0, Vec::len);
        let copies: usize = items.iter().map(copies).sum();
        if copies > 0 {
            run.voice.line(&run.voice.say("disposition.copies", &[("copies", &copies.to_string())]))?;
        }
        let heads = ["head.state", "head.category", "head.rule", "head.id"];
        let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
        for item in items {
            table.row([
                run.voice.word("disposition_item", text(item, "standing")),
                text(item, "category").to_owned(),
                text(item, "rule").to_owned(),
                text(item, "record").to_owned(),
            ]);
        }
        table.print(&run.voice)
    })
}

fn decide(run: &Run, args: &DispositionDecide) -> Result<(), Failure> {
    let mut body = json!({"verdict": args.verdict});
    for (name, value) in [("reason", &args.reason), ("period", &args.period)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    if !args.records.is_empty() {
        body["records"] = json!(args.records);
    }
    run.with_archive(&args.at, async |client: &Client| {
        let path = path_of(&args.disposition, "decisions");
        let answer = answered(run, client, &args.at, || Ask::json(Method::POST, path.clone(), &body)).await?;
        if run.voice.json {
            return run.voice.json_line(&answer);
        }
        run.voice.line(&run.voice.word("disposition_state", text(&answer, "state")))
    })
}

/// A step that answers with nothing: where the disposition stands then is shown.
fn post(run: &Run, at: &At, (disposition, rest): (&str, &str), body: &Value) -> Result<(), Failure> {
    run.with_archive(at, async |client: &Client| {
        let path = path_of(disposition, rest);
        answered(run, client, at, || Ask::json(Method::POST, path.clone(), body)).await?;
        let shown = client.json(&Ask::get(path_of(disposition, ""))).await?;
        if run.voice.json {
            return run.voice.json_line(&json!({"id": disposition, "state": text(&shown, "state")}));
        }
        run.voice.line(&run.voice.word("disposition_state", text(&shown, "state")))
    })
}

/// Carries a phase out, request by request: each goes on where the one before it stopped.
fn carry(run: &Run, at: &At, (disposition, rest, phase): (&str, &str, &str)) -> Result<(), Failure> {
    run.with_archive(at, async |client: &Client| {
        let path = path_of(disposition, rest);
        let progress = run.voice.progress(0, false);
        let carried = loop {
            let ask = || Ask::json(Method::POST, path.clone(), &Value::Null);
            let carried = answered(run, client, at, ask).await?;
            let number = |name: &str| carried.get(name).and_then(Value::as_u64).unwrap_or_default();
            progress.set_length(number("items"));
            progress.set_position(number("done"));
            if text(&carried, "state") != phase {
                break carried;
            }
        };
        progress.finish_and_clear();
        if run.voice.json {
            return run.voice.json_line(&carried);
        }
        let number = |name: &str| carried.get(name).map(Value::to_string).unwrap_or_default();
        run.voice.line(&run.voice.word("disposition_state", text(&carried, "state")))?;
        let (done, left) = (number("done"), number("left"));
        run.voice.remark("disposition.carried", &[("done", &done), ("left", &left)]);
        if phase == "shredding" {
            run.voice.remark("erase.copies", &[("data", &data_of(at))]);
        }
        Ok(())
    })
}

fn shred(run: &Run, args: &DispositionShred) -> Result<(), Failure> {
    if !args.yes {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Err(Failure::usage("disposition_unconfirmed", &[]));
        }
        let question = run.voice.say("disposition.confirm", &[("id", &args.disposition)]);
        let mut err = std::io::stderr().lock();
        write!(err, "{question} ").and_then(|()| err.flush())?;
        let mut typed = String::new();
        stdin.lock().read_line(&mut typed)?;
        if typed.trim() != args.disposition {
            return Err(Failure::declined("erase_other_words", &[]));
        }
    }
    carry(run, &args.at, (&args.disposition, "shredding", "shredding"))
}

fn certificate(run: &Run, args: &DispositionCertificate) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let file = client.json(&Ask::get(path_of(&args.disposition, "certificate"))).await?;
        if let Some(page) = &args.page {
            let layout = match args.accounting {
                true => CertificateLayout::Accounting,
                false => CertificateLayout::Plain,
            };
            write_new(page, certificate_page(&file, layout, run.voice.language).as_bytes())?;
        }
        let json = serde_json::to_string_pretty(&file).unwrap_or_default();
        match &args.output {
            Some(output) => write_new(output, json.as_bytes()),
            None if args.page.is_some() => Ok(()),
            None => run.voice.line(&json),
        }
    })
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| Failure::system("write the output file", &error))
}

fn check(run: &Run, args: &DispositionCheck) -> Result<(), Failure> {
    let bytes = read_file(&args.file, CERTIFICATE_BYTES_MAX)?;
    let file: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    match check_certificate(&file, &vkey(&args.vkey)?) {
        Ok(certified) => {
            if run.voice.json {
                return run.voice.json_line(&json!({
                    "destroyed": certified.destroyed, "disposition": certified.disposition, "left": certified.left,
                    "ledger_index": certified.ledger_index, "ok": true,
                    "unrecoverable_from_backups": certified.unrecoverable_from_backups,
                }));
            }
            let (destroyed, left) = (certified.destroyed.to_string(), certified.left.to_string());
            let facts = [("id", certified.disposition.as_str()), ("destroyed", &destroyed), ("left", &left)];
            run.voice.line(&run.voice.say("disposition.holds_true", &facts))
        }
        Err(fault) => {
            let code = match fault {
                CertificateFault::Form => "form",
                CertificateFault::Proof => "proof",
                CertificateFault::Commitment => "commitment",
                CertificateFault::Root => "root",
            };
            match run.voice.json {
                true => run.voice.json_line(&json!({"fault": code, "ok": false}))?,
                false => run.voice.line(&run.voice.word("certificate_fault", code))?,
            }
            Err(Failure::Told(Outcome::FoundWrong))
        }
    }
}
