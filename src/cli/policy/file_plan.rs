//! `policy file-plan`: a policy as others lay it out.

use std::io::Write as _;

use serde_json::json;

use super::args::{FilePlan, FilePlanExport, FilePlanImport};
use super::{source, stored};
use crate::base::civil::Zone;
use crate::base::limits::TABLE_BYTES_MAX;
use crate::cli::Run;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::site::read_file;
use crate::cli::table::visible;
use crate::policy::file_plan::{PlanHead, ScheduleWords, purview, read_purview, schedule_in};
use crate::policy::{Law, Policy, RuleId};
use crate::record::feed::Table;
use crate::words::{Language, Outcome};

pub(super) fn run(run: &Run, verb: &FilePlan) -> Result<(), Failure> {
    match verb {
        FilePlan::Export(args) => export(run, args),
        FilePlan::Import(args) => import(run, args),
    }
}

fn export(run: &Run, args: &FilePlanExport) -> Result<(), Failure> {
    let write = |policy: &Policy| {
        let words = match run.voice.language {
            Language::ZhCn => &ScheduleWords::SIMPLIFIED,
            Language::ZhTw => &ScheduleWords::TRADITIONAL,
            Language::En => &ScheduleWords::ENGLISH,
        };
        let table = if args.layout == "schedule" { schedule_in(policy, words) } else { purview(policy) };
        let mut out = std::io::stdout().lock();
        out.write_all(&table)?;
        out.flush()?;
        Ok(())
    };
    if !stored::is_stored(&args.policy) {
        return write(&source::right(&args.policy)?);
    }
    run.with_archive(&args.at, async |client: &Client| write(&stored::named(client, &args.policy).await?))
}

fn import(run: &Run, args: &FilePlanImport) -> Result<(), Failure> {
    let wrong = |argument: &str, what: &str| {
        let what = run.voice.say(&format!("policy.fault.{what}"), &[("found", argument)]);
        Failure::usage("policy.bad_value", &[("argument", argument), ("what", &what), ("remedy", "")])
    };
    let head = PlanHead {
        id: RuleId::parse(&args.id).map_err(|_| wrong("--id", "bad_id"))?,
        title: args.title.clone(),
        owner: args.owner.clone(),
        law: Law::parse(&args.jurisdiction).map_err(|_| wrong("--jurisdiction", "unknown_jurisdiction"))?,
        zone: Zone::parse(&args.zone).map_err(|_| wrong("--zone", "unknown_zone"))?,
        event_key: args.event_key.clone(),
    };
    let name = args.file.display().to_string();
    let bytes = read_file(&args.file, TABLE_BYTES_MAX)?;
    let table = Table::from_csv(&bytes, None)
        .map_err(|_| Failure::declined("policy.plan_unreadable", &[("name", &name)]))?;
    match read_purview(&table, &head) {
        Ok(text) => run.voice.line(text.trim_end()),
        Err(faults) => {
            for fault in &faults {
                let what = run.voice.word("policy.plan", fault.what.as_str());
                if run.voice.json {
                    run.voice.json_line(&json!({
                        "line": fault.line, "column": fault.column, "code": fault.what.as_str(), "detail": what,
                    }))?;
                    continue;
                }
                let line = fault.line.to_string();
                let facts =
                    [("path", name.as_str()), ("line", &line), ("column", fault.column), ("what", &what)];
                run.voice.line(&visible(&run.voice.say("policy.plan_fault", &facts)))?;
            }
            run.voice.remark("policy.faults_found", &[("count", &faults.len().to_string())]);
            Err(Failure::Told(Outcome::FoundWrong))
        }
    }
}
