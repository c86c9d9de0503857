//! A job as the ledger has it: who ordered what, how it ended, and what its result is. Its row stands in clear
//! in the database, and decides who is shown the job and given its result.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::archive::bound::{Bound, ROWS, digest_in};
use crate::archive::cells::{REQUEST, RESULT, RESULT_HEADER};
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::worded;
use crate::base::digest::Digest;
use crate::base::id::{ExportId, JobId};
use crate::base::moment::Moment;
use crate::ledger::entry::{Entry, EntryKind};
use crate::store::Conn;
use crate::store::rows::jobs::{JobRow, JobState};
use crate::store::rows::ledger;

use super::{Job, JobFault, JobKind};

/// The fact that holds what a job's result is.
const RESULT_FACT: &str = "result";

/// A sealed result, as the entry that ended its job has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnteredResult {
    /// Bytes of its sealed file.
    pub(in crate::archive) bytes: u64,
    /// SHA-256 of that.
    pub(in crate::archive) digest: Digest,
    /// The commitment to what says its name, its length and for whom it is.
    pub(in crate::archive) words: Digest,
    /// When it is removed.
    pub(in crate::archive) expires_at: Moment,
}

/// How a job ended.
#[derive(Clone, Copy)]
pub(in crate::archive) enum End {
    Done(EnteredResult),
    Failed(JobFault),
    Cancelled,
}

/// What entries say of one job.
#[derive(Default)]
pub(in crate::archive) struct Heard {
    /// The digest of its row as it was ordered.
    ordered: Option<Digest>,
    ended: Option<Ended>,
}

/// The end of a job, as it was entered.
struct Ended {
    at: Moment,
    state: JobState,
    fault: Option<String>,
    result: Option<EnteredResult>,
}

impl EnteredResult {
    pub(in crate::archive) fn to_fact(self) -> Value {
        json!({
            "bytes": self.bytes,
            "digest": self.digest.to_hex(),
            "expires_at": self.expires_at.to_rfc3339(),
            "words": self.words.to_hex(),
        })
    }

    fn in_facts(facts: &Map<String, Value>) -> Option<Self> {
        let fact = facts.get(RESULT_FACT)?;
        let digest = |name: &str| fact.get(name).and_then(digest_in);
        Some(Self {
            bytes: fact.get("bytes")?.as_u64()?,
            digest: digest("digest")?,
            words: digest("words")?,
            expires_at: Moment::parse(fact.get("expires_at")?.as_str()?).ok()?,
        })
    }
}

impl End {
    /// Its word.
    pub(in crate::archive) const fn state(self) -> JobState {
        match self {
            Self::Done(_) => JobState::Done,
            Self::Failed(_) => JobState::Failed,
            Self::Cancelled => JobState::Cancelled,
        }
    }

    /// Adds to the facts of the entry what of the job's row it must agree with.
    pub(in crate::archive) fn add_to(self, mut facts: Value) -> Value {
        let fact = match self {
            Self::Done(result) => Some((RESULT_FACT, result.to_fact())),
            Self::Failed(fault) => Some(("fault", Value::from(fault.as_str()))),
            Self::Cancelled => None,
        };
        if let (Some((name, value)), Some(facts)) = (fact, facts.as_object_mut()) {
            facts.insert(name.to_owned(), value);
        }
        facts
    }
}

impl Heard {
    /// Takes in what an entry says of the job; `said` is what it gives for the job's address.
    pub(in crate::archive) fn hear(&mut self, entry: &Entry, said: &Value) {
        let text = |name: &str| entry.facts.get(name).and_then(Value::as_str);
        match digest_in(said) {
            Some(ordered) => self.ordered = Some(ordered),
            None => {
                // An export that gave its bundle says what became of its items.
                let is_bundle = entry.kind == EntryKind::ExportFinished && text("ended").is_none();
                let state =
                    if is_bundle { Some(JobState::Done) } else { text("ended").and_then(JobState::parse) };
                self.ended = state.map(|state| Ended {
                    at: entry.at,
                    state,
                    fault: text("fault").map(str::to_owned),
                    result: EnteredResult::in_facts(&entry.facts),
                });
            }
        }
    }

    /// True if the row is as it was ordered, and has ended as the ledger says, or not at all.
    pub(in crate::archive) fn is(&self, row: &JobRow) -> bool {
        let as_ended = match &self.ended {
            None => row.state.is_open(),
            Some(ended) => ended.is(row),
        };
        as_ended && self.ordered == Some(row.as_ordered().fingerprint())
    }

    /// The result, if the job has one that is not removed yet.
    pub(in crate::archive) fn result_of(&self, row: &JobRow) -> Option<EnteredResult> {
        self.ended.as_ref()?.result.filter(|_| row.expires_at.is_some())
    }

    /// True if a job of this row has a cell of this part.
    pub(in crate::archive) fn may_have(&self, row: &JobRow, part: &str) -> bool {
        let has_result = self.result_of(row).is_some();
        let has = match part {
            REQUEST if row.kind == JobKind::SimulatePolicy.as_str() => row.state.is_open(),
            REQUEST => row.kind == JobKind::Export.as_str() && (row.state.is_open() || has_result),
            RESULT | RESULT_HEADER => has_result,
            _ => false,
        };
        has && self.is(row)
    }
}

impl Ended {
    fn is(&self, row: &JobRow) -> bool {
        let fault = row.error_code.as_ref().filter(|_| row.state == JobState::Failed);
        let expires = self.result.map(|result| result.expires_at);
        row.state == self.state
            && row.finished_at == Some(self.at)
            && fault == self.fault.as_ref()
            // Once the result is removed there is no such instant.
            && (row.expires_at.is_none() || row.expires_at == expires)
    }
}

/// What the ledger says of the job of a row.
///
/// # Errors
/// [`Refusal::Damaged`] if an entry about it is not in the ledger, or the ledger cannot be read.
fn heard(ledger: &Ledgered<'_>, conn: &mut Conn, row: &JobRow) -> Result<Heard, Refusal> {
    let entries = match row.kind == JobKind::Export.as_str() {
        true => of_export(ledger, conn, &row.subject)?,
        false => of_job(ledger, conn, row.id)?,
    };
    let address = Bound::Job(row.id).address();
    let mut heard = Heard::default();
    for entry in entries {
        if let Some(said) = entry.facts.get(ROWS).and_then(|rows| rows.get(&address)) {
            heard.hear(&entry, said);
        }
    }
    Ok(heard)
}

/// The entries that ordered and ended a job of its own: there are no others about it.
fn of_job(ledger: &Ledgered<'_>, conn: &mut Conn, id: JobId) -> Result<Vec<Rc<Entry>>, Refusal> {
    let subject = id.to_string();
    let rows = ledger::about(conn, &subject)?;
    rows.iter().map(|row| ledger.prove(conn, row, (&subject, Thing::Job))).collect()
}

/// The entries that ordered and ended an export's job: the first about the export, and the last that vouches
/// for its row. The many that tell of its deliveries stand beside them and are not read.
fn of_export(ledger: &Ledgered<'_>, conn: &mut Conn, subject: &str) -> Result<Vec<Rc<Entry>>, Refusal> {
    let damaged = || Refusal::Damaged(Thing::Job);
    let export = Bound::Export(ExportId::parse(subject).map_err(|_| damaged())?);
    let begun = worded::beginning(ledger, conn, (subject, EntryKind::ExportBegun), Thing::Job)?;
    let last = ledger.last_of(conn, &export).map_err(|error| match error {
        Refusal::Damaged(_) => damaged(),
        other => other,
    })?;
    Ok(std::iter::once(begun).chain(last).collect())
}

/// A job, if it is as the ledger says.
///
/// # Errors
/// [`Refusal::Damaged`] if it is not, or the ledger cannot be read.
pub(super) fn held(ledger: &Ledgered<'_>, conn: &mut Conn, row: JobRow) -> Result<Job, Refusal> {
    let heard = heard(ledger, conn, &row)?;
    if !heard.is(&row) {
        tracing::error!(job = %row.id, "not as the ledger says: run muniment verify");
        return Err(Refusal::Damaged(Thing::Job));
    }
    let entered = heard.result_of(&row);
    Ok(Job { entered, ..Job::of(row)? })
}
