//! `search`: records and log entries by words. What was captured a moment ago is waited for.

use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::Run;
use super::args::{Filter, Search};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::{check, in_matter, kind_of, question, text, title_of};
use super::table::visible;
use super::wrap::{wrapped, wrapped_pieces};
use crate::web::api::besides::{HIT_COLUMNS, Rows, csv};

/// Time for which the index may catch up with what was captured before.
const INDEX_WAIT: Duration = Duration::from_secs(10);
/// What stands before the lines below a hit.
const INDENT: &str = "    ";
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn run(run: &Run, args: &Search) -> Result<(), Failure> {
    check(&args.filter)?;
    let mut body = question(&args.filter);
    if let Some(query) = &args.query {
        body.insert("query".to_owned(), json!(query));
    }
    if !args.pii.is_empty() {
        body.insert("pii".to_owned(), json!(args.pii));
    }
    body.insert("limit".to_owned(), json!(args.limit));
    // The log-in comes first and opens the archive: that the index is needed has to be known by then.
    run.with_index(&args.at, async |client: &Client| {
        until_indexed(client).await;
        in_matter(client, &args.filter, &mut body).await?;
        let ask = Ask::json(Method::POST, "/api/v1/search", &Value::Object(body));
        let page = page_of(client, &ask, &args.filter).await?;
        if run.voice.json {
            return run.voice.json_line(&page);
        }
        let hits = page.get("hits").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if args.csv {
            run.voice.bytes(&csv(HIT_COLUMNS, hits, Rows::Headed))?;
        } else {
            hits.iter().try_for_each(|hit| show(run, hit))?;
        }
        count(run, &page);
        let number = |name: &str| page.get(name).and_then(Value::as_u64).unwrap_or(0);
        if page.get("redacted") == Some(&Value::Bool(true)) {
            run.voice.remark("search.redaction", &[]);
        }
        for (name, words) in
            [("waits_for_redaction", "search.redaction_waits"), ("left_out", "search.left_out")]
        {
            if number(name) > 0 {
                run.voice.remark(words, &[("count", &number(name).to_string())]);
            }
        }
        if waiting(&page) > 0 {
            run.voice.remark("search.not_indexed", &[("count", &waiting(&page).to_string())]);
        }
        Ok(())
    })
}

/// The first page of what is found. A party that nobody knows is named.
pub(super) async fn page_of(client: &Client, ask: &Ask, filter: &Filter) -> Result<Value, Failure> {
    client.json(ask).await.map_err(|failure| match &filter.party {
        Some(party) => find::party_unknown(client, party, failure),
        None => failure,
    })
}

/// Says how many there are in all, and whether the page had to end before it was full.
pub(super) fn count(run: &Run, page: &Value) {
    let count = page.pointer("/about/count").and_then(Value::as_u64).unwrap_or(0).to_string();
    let precision = page.pointer("/about/precision").and_then(Value::as_str).unwrap_or_default();
    let precision = run.voice.word("precision", precision);
    run.voice.remark("search.count", &[("precision", &precision), ("count", &count)]);
    if page.get("ended_early") == Some(&Value::Bool(true)) {
        run.voice.remark("search.ended_early", &[]);
    }
}

/// Waits until nothing that this person may list is missing in the index. A list by filters says so as a
/// search does, and is not entered in the ledger: the search itself is asked once.
async fn until_indexed(client: &Client) {
    let ask = Ask::json(Method::POST, "/api/v1/search", &json!({"limit": 1}));
    let began = Instant::now();
    // Who may list nothing does not wait; what the search itself says of it is told.
    while let Ok(page) = client.json(&ask).await {
        if waiting(&page) == 0 || began.elapsed() >= INDEX_WAIT {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn waiting(page: &Value) -> u64 {
    page.get("not_indexed").and_then(Value::as_u64).unwrap_or(0)
}

pub(super) fn show(run: &Run, hit: &Value) -> Result<(), Failure> {
    let title = visible(&title_of(run, hit));
    let mut lines = one_below(run, hit, title);
    let pieces = hit.pointer("/snippet/pieces").and_then(Value::as_array);
    if let Some(pieces) = pieces {
        let pieces: Vec<(String, bool)> = pieces
            .iter()
            .map(|piece| {
                let words = visible(&text(piece, "text").split_whitespace().collect::<Vec<_>>().join(" "));
                (words, piece.get("highlighted") == Some(&Value::Bool(true)))
            })
            .collect();
        let width = run.voice.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT.len()).max(20));
        let shown = wrapped_pieces(&pieces, width, |text| run.voice.strong(text));
        lines.extend(shown.into_iter().map(|line| format!("{INDENT}{line}")));
    }
    lines.iter().try_for_each(|line| run.voice.line(line))
}

/// The line of a hit; where the terminal is too narrow for it, the title stands below.
fn one_below(run: &Run, hit: &Value, title: String) -> Vec<String> {
    let head = format!("{}  {}  {}", text(hit, "id"), text(hit, "occurred_on"), kind_of(run, hit));
    let whole = format!("{head}  {title}");
    match run.voice.width {
        Some(width) if whole.width() > width => {
            let below = wrapped(&title, width.saturating_sub(INDENT.len()).max(20));
            std::iter::once(head).chain(below.into_iter().map(|line| format!("{INDENT}{line}"))).collect()
        }
        Some(_) | None => vec![whole],
    }
}
