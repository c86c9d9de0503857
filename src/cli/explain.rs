//! `case explain`: a gap is explained, or the person learns which gaps the case has. The archive
//! says only that there is no such gap; its key, its record and its word may each be what is wrong.

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::CaseExplain;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::text;
use super::open::path_segment;

pub(super) async fn run(run: &Run, client: &Client, args: &CaseExplain) -> Result<(), Failure> {
    let case = format!("/api/v1/cases/{}", path_segment(&find::case(client, &args.case).await?));
    let mut body = json!({"key": args.gap, "words": args.words});
    for (name, value) in [("record", &args.record), ("about", &args.about)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    let ask = Ask::json(Method::POST, format!("{case}/explanations"), &body);
    let made = match client.json(&ask).await {
        Err(failure) if failure.code() == Some("not_found") => {
            let shown = client.json(&Ask::get(case)).await;
            return Err(match shown {
                Ok(case) => no_such_gap(run, args, &case, failure),
                Err(_) => failure,
            });
        }
        answer => answer?,
    };
    if run.voice.json { run.voice.json_line(&made) } else { run.voice.line(text(&made, "id")) }
}

/// What the person named that the case does not have.
fn no_such_gap(run: &Run, args: &CaseExplain, case: &Value, failure: Failure) -> Failure {
    let language = run.voice.language;
    let gaps = case.get("gaps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let comma = run.voice.say("list.comma", &[]);
    let here = || gaps.iter().filter(|gap| text(gap, "key") == args.gap);
    let facts = [("case", args.case.as_str()), ("gap", args.gap.as_str())];
    if here().next().is_none() {
        let mut keys: Vec<&str> = gaps.iter().map(|gap| text(gap, "key")).collect();
        keys.dedup();
        let keys = if keys.is_empty() { run.voice.say("gap_none", &[]) } else { keys.join(&comma) };
        let [case, gap] = facts;
        return failure.reworded("gap_unknown", language, &[case, gap, ("gaps", &keys)]);
    }
    let mut records: Vec<&str> =
        here().map(|gap| text(gap, "record")).filter(|record| !record.is_empty()).collect();
    records.dedup();
    if args.record.is_none() && !records.is_empty() {
        let records = records.join(&comma);
        let [case, gap] = facts;
        return failure.reworded("gap_record", language, &[case, gap, ("records", &records)]);
    }
    failure.reworded("gap_about", language, &facts)
}
