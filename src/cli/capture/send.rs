//! Sends captures, some at the same time, and prints each id once the archive has acknowledged it,
//! in the order in which the captures were given.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::base::digest::to_hex;
use crate::base::entropy::{Entropy as _, SystemEntropy};
use crate::cli::Run;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::form::{Content, Part};
use crate::cli::open::path_segment;
use crate::record::feed::Places;
use crate::words::Outcome;

/// Captures under way at the same time: enough to share one commit, few enough to stay small.
const IN_FLIGHT: usize = 32;

/// One capture that is to be.
pub(super) struct Job {
    /// The input it came from: a file, or a line of a manifest. For messages and `--json`.
    pub(super) about: String,
    /// The description.
    pub(super) description: Value,
    /// Name and content of each file.
    pub(super) files: Vec<(String, Content)>,
    /// The record that it amends.
    pub(super) amends: Option<String>,
    /// Which column of a table wrote which part of the description.
    pub(super) places: Option<Places>,
    /// The key under which it is recognised when it comes again.
    pub(super) key: String,
}

/// A key that nobody used before: a request that has to be sent again adds nothing then.
pub(super) fn fresh_key() -> String {
    let mut random = [0; 16];
    SystemEntropy.fill(&mut random);
    format!("cli-{}", to_hex(&random))
}

/// The key of capture `number` (from 0) of `count` of one call.
pub(super) fn key_of(given: Option<&str>, number: usize, count: usize) -> String {
    match given {
        None => fresh_key(),
        Some(key) if count == 1 => key.to_owned(),
        Some(key) => format!("{key}-{}", number + 1),
    }
}

impl Job {
    fn ask(&self) -> Ask {
        let record = Part {
            name: "record",
            file_name: None,
            media_type: Some("application/json".to_owned()),
            content: Content::Bytes(self.description.to_string().into_bytes()),
        };
        let files = self.files.iter().map(|(name, content)| Part {
            name: "file",
            file_name: Some(name.clone()),
            media_type: None,
            content: content.clone(),
        });
        let path = match &self.amends {
            None => "/api/v1/records".to_owned(),
            Some(record) => format!("/api/v1/records/{}/versions", path_segment(record)),
        };
        Ask::form(path, std::iter::once(record).chain(files).collect())
            .with("idempotency-key", format!("\"{}\"", self.key))
    }
}

/// A capture that was refused, which was told then.
pub(super) struct Refused {
    /// The input it came from.
    pub(super) about: String,
    /// Why.
    pub(super) failure: Failure,
}

/// Sends all of them. A capture that is refused does not stop those after it, unless the reason
/// would stop them too.
///
/// # Errors
/// What stops everything; or that some were refused, which was told then.
pub(super) async fn all(run: &Run, client: &Client, jobs: Vec<Job>) -> Result<(), Failure> {
    let refused = each(run, client, jobs).await?;
    let worst = refused.iter().fold(None, |worst, refused| Some(worse(worst, refused.failure.outcome())));
    worst.map_or(Ok(()), |outcome| Err(Failure::Told(outcome)))
}

/// As [`all`], and gives back those that were refused.
///
/// # Errors
/// What stops everything.
pub(super) async fn each(run: &Run, client: &Client, jobs: Vec<Job>) -> Result<Vec<Refused>, Failure> {
    let progress = if jobs.len() > 1 {
        run.voice.progress(jobs.len() as u64, false)
    } else {
        run.voice.progress(0, true)
    };
    let bar = (jobs.len() == 1).then(|| progress.clone());
    let bar = bar.as_ref();
    if let Some(bar) = bar {
        bar.set_length(jobs.iter().flat_map(|job| &job.files).map(|(_, content)| content.length()).sum());
    }
    let doors = doors_of(&jobs);
    let mut answers = stream::iter(jobs.into_iter().zip(doors))
        .map(|(job, door)| async move {
            let answer = through(door, client.json_with_progress(&job.ask(), bar)).await;
            (job, answer)
        })
        .buffered(IN_FLIGHT);
    let mut refused = Vec::new();
    while let Some((job, answer)) = answers.next().await {
        match answer {
            Ok(receipt) => progress.suspend(|| acknowledge(run, &job, receipt))?,
            Err(failure) if stops_everything(&failure) => return Err(failure.about(job.about)),
            Err(failure) => {
                let failure = in_columns(failure, job.places.as_ref()).about(job.about.clone());
                progress.suspend(|| run.tell(&failure));
                refused.push(Refused { about: job.about, failure });
            }
        }
        if bar.is_none() {
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    Ok(refused)
}

/// True once a capture that names the case was acknowledged: it stands then.
type Door = Arc<Mutex<bool>>;

/// For each job the door of the case that it names, one for all that name the same.
fn doors_of(jobs: &[Job]) -> Vec<Option<Door>> {
    let mut doors: HashMap<String, Door> = HashMap::new();
    let case_of = |job: &Job| job.description.get("case").map(Value::to_string);
    jobs.iter().map(|job| case_of(job).map(|case| Arc::clone(doors.entry(case).or_default()))).collect()
}

/// The first of the captures that name a case opens it, with what it says: those after it wait until one has, so
/// that the same table makes the same case each time.
async fn through<T, E>(door: Option<Door>, sending: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let Some(door) = door else { return sending.await };
    // Whoever came first is let in first.
    let mut is_open = door.lock().await;
    if *is_open {
        drop(is_open);
        return sending.await;
    }
    let answer = sending.await;
    *is_open = answer.is_ok();
    answer
}

/// A refusal whose faults are named by the columns that brought what is wrong.
fn in_columns(failure: Failure, places: Option<&Places>) -> Failure {
    let (mut document, about) = match failure {
        Failure::There { document, about } => (document, about),
        other => return other,
    };
    let faults = document.get_mut("faults").and_then(Value::as_array_mut);
    for fault in faults.into_iter().flatten() {
        let path = fault.get("path").and_then(Value::as_str).unwrap_or_default();
        if let Some(column) = places.and_then(|places| places.column_of(path)) {
            fault["path"] = json!(column);
        }
    }
    Failure::There { document, about }
}

/// Prints an acknowledged capture.
fn acknowledge(run: &Run, job: &Job, receipt: Value) -> Result<(), Failure> {
    let id = receipt.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if run.voice.json {
        let mut receipt = receipt;
        if let Value::Object(members) = &mut receipt {
            members.insert("input".to_owned(), json!(job.about));
        }
        return run.voice.json_line(&receipt);
    }
    run.voice.line(&id)?;
    if receipt.get("replayed") == Some(&Value::Bool(true)) {
        run.voice.remark("captured_before", &[("id", &id), ("input", &job.about)]);
    }
    if let Some(days) = receipt.get("late_days").and_then(Value::as_u64) {
        run.voice.remark("captured_late", &[("id", &id), ("days", &days.to_string())]);
    }
    Ok(())
}

/// The more telling of two outcomes: a refusal outweighs a usage error, that a finding.
pub(super) fn worse(held: Option<Outcome>, new: Outcome) -> Outcome {
    match held {
        Some(held) if held.exit_code() >= new.exit_code() => held,
        Some(_) | None => new,
    }
}

/// True for what the captures after it would meet too.
fn stops_everything(failure: &Failure) -> bool {
    match failure {
        Failure::There { document, .. } => {
            const GENERAL: [&str; 12] = [
                "unauthenticated",
                "token_invalid",
                "session_ended",
                "password_change_required",
                "forbidden",
                "storage_full",
                "database_unavailable",
                "database_locked",
                "ledger_broken",
                "too_busy",
                "shutting_down",
                "no_reading_key",
            ];
            let code = document.get("code").and_then(Value::as_str).unwrap_or_default();
            GENERAL.contains(&code)
        }
        // What cannot be read here concerns one file.
        Failure::System { what, .. } => *what != "read the file",
        Failure::Here { .. }
        | Failure::Usage { .. }
        | Failure::Declined { .. }
        | Failure::Told(_)
        | Failure::OutputClosed => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_for_one_record_and_numbered_keys_for_several() {
        assert_eq!(key_of(Some("k"), 0, 1), "k");
        assert_eq!((key_of(Some("k"), 0, 2), key_of(Some("k"), 1, 2)), ("k-1".to_owned(), "k-2".to_owned()));
        assert_ne!(key_of(None, 0, 1), key_of(None, 0, 1));
    }

    #[tokio::test]
    async fn what_names_a_case_first_is_sent_before_the_others_that_name_it() {
        let job = |case: Option<&str>| Job {
            about: String::new(),
            description: case.map_or_else(|| json!({}), |case| json!({"case": case})),
            files: Vec::new(),
            amends: None,
            places: None,
            key: String::new(),
        };
        let jobs = [job(Some("A")), job(Some("A")), job(Some("B")), job(None), job(Some("A"))];
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let sending = doors_of(&jobs).into_iter().enumerate().map(|(number, door)| {
            let told = told.clone();
            async move {
                let send = async {
                    told.send((number, "begun")).unwrap();
                    tokio::task::yield_now().await;
                    told.send((number, "done")).unwrap();
                    // The first that names A is refused: the next opens the case.
                    if number == 0 { Err(()) } else { Ok(()) }
                };
                through(door, send).await
            }
        });
        let answers: Vec<_> = stream::iter(sending).buffered(IN_FLIGHT).collect().await;
        assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 1);
        let mut order = Vec::new();
        while let Ok(event) = heard.try_recv() {
            order.push(event);
        }
        let at = |event| order.iter().position(|told| *told == event).unwrap();
        assert!(at((0, "done")) < at((1, "begun")) && at((1, "done")) < at((4, "begun")));
        // Others do not wait.
        assert!(at((2, "begun")) < at((0, "done")) && at((3, "begun")) < at((0, "done")));
    }

    #[test]
    fn a_faulty_row_does_not_stop_the_others_but_a_full_disk_does() {
        let there = |code: &str| Failure::There { document: json!({"code": code}), about: None };
        assert!(!stops_everything(&there("invalid_fields")));
        assert!(!stops_everything(&there("unknown_case")));
        assert!(stops_everything(&there("storage_full")));
        assert!(stops_everything(&Failure::OutputClosed));
        assert!(!stops_everything(&Failure::system("read the file", &"gone")));
    }
}
