//! `subject`: every record about somebody. The value comes from the command line where that is wanted, else
//! from standard input; it goes in a request's body, and nowhere else.

use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Run;
use super::args::Subject;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::list::{check, in_matter, question, text};
use super::pii::words::type_of;
use super::search::{count, page_of, show};
use crate::redaction::subject::VALUE_CHARS_MAX;

/// Time for which the detector may catch up with what was captured before.
const WAIT: Duration = Duration::from_secs(10);
/// Time between two questions whether it has.
const PAUSE: Duration = Duration::from_millis(200);
/// Bytes of a value, at most.
const VALUE_BYTES_MAX: u64 = 4 * VALUE_CHARS_MAX as u64;

pub(super) fn run(run: &Run, args: &Subject) -> Result<(), Failure> {
    check(&args.filter)?;
    let value = match &args.value {
        Some(value) => Zeroizing::new(value.clone()),
        None => asked_for(run)?,
    };
    let mut body = question(&args.filter);
    body.insert("value".to_owned(), json!(*value));
    if let Some(class) = &args.class {
        body.insert("type".to_owned(), json!(class));
    }
    body.insert("limit".to_owned(), json!(args.limit));
    // The log-in comes first and opens the archive: that the index is needed has to be known by then.
    run.with_index(&args.at, async |client: &Client| {
        wait(client).await?;
        in_matter(client, &args.filter, &mut body).await?;
        let ask = Ask::json(Method::POST, "/api/v1/subjects/lookup", &Value::Object(body));
        // Each look-up is entered in the ledger: it is asked for once.
        let page = page_of(client, &ask, &args.filter).await?;
        if run.voice.json {
            return run.voice.json_line(&page);
        }
        for hit in page.get("hits").and_then(Value::as_array).into_iter().flatten() {
            show(run, hit)?;
            run.voice.line(&format!("    {}", found_as(run, hit)))?;
        }
        count(run, &page);
        for (name, key) in
            [("not_examined", "subject.not_examined"), ("examined_in_part", "subject.examined_in_part")]
        {
            let count = number(&page, name);
            if count > 0 {
                run.voice.remark(key, &[("count", &count.to_string())]);
            }
        }
        run.voice.remark("subject.not_covered", &[]);
        Ok(())
    })
}

/// Waits until the detector has caught up, for a time. To ask how far it is enters nothing.
async fn wait(client: &Client) -> Result<(), Failure> {
    let began = Instant::now();
    let ask = Ask::get("/api/v1/subjects/examined");
    while number(&client.json(&ask).await?, "not_examined") > 0 && began.elapsed() < WAIT {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// The first line of standard input; at a terminal, asked for.
fn asked_for(run: &Run) -> Result<Zeroizing<String>, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        run.voice.remark("subject.value", &[]);
    }
    let mut value = Zeroizing::new(String::with_capacity(VALUE_CHARS_MAX));
    stdin
        .lock()
        .take(VALUE_BYTES_MAX + 1)
        .read_line(&mut value)
        .map_err(|error| Failure::system("read from the terminal", &error))?;
    Ok(value)
}

fn number(answer: &Value, name: &str) -> u64 {
    answer.get(name).and_then(Value::as_u64).unwrap_or(0)
}

/// As what the value stands in a hit, and how often.
fn found_as(run: &Run, hit: &Value) -> String {
    let types = hit.get("found").and_then(Value::as_array).into_iter().flatten();
    types
        .map(|found| {
            let places = found.get("places").and_then(Value::as_u64).unwrap_or(0);
            format!("{} × {places}", type_of(&run.voice, text(found, "type")))
        })
        .collect::<Vec<_>>()
        .join(", ")
}
