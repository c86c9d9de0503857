//! What one component says, and what is noted where it says nothing because it was refused.
//!
//! Small texts are read here: their readers are ours, linear, and safe in memory. Everything else is read
//! in a process of its own (`docs/decisions/0052-a-process-per-document.md`).

use std::io::ErrorKind;
use std::time::Instant;

use serde_json::json;
use zeroize::Zeroizing;

use crate::archive::refusal::Refusal;
use crate::base::id::{ComponentId, RecordId};
use crate::base::limits::WORKER_HERE_BYTES_MAX;
use crate::document::protocol::{Answer, Request, Task, reason};
use crate::document::{self, Format, Refused, sniff};
use crate::ledger::entry::{Actor, Entry, EntryDraft, EntryKind, decode};
use crate::sandbox;
use crate::store::rows::components::ComponentRow;
use crate::store::rows::ledger::{self, EntryFilter};
use crate::store::{Conn, Store, StoreError};

use super::text::Reading;

/// The edition of all that reads documents. A document that one edition refused is tried again by the next.
pub(in crate::archive) const READER: &str = "documents/2";
/// Refusals of one record that are looked through.
const REFUSALS_MAX: u32 = 500;

/// What came of a component.
pub(in crate::archive) enum Said<T> {
    /// Its text.
    Text(T),
    /// It is of a format of which no text is read.
    Nothing,
    /// It is refused; `None` if that was noted before.
    Refused(Option<Unread>),
}

/// A component that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct Unread {
    pub record: RecordId,
    pub version: u32,
    pub component: ComponentId,
    pub reason: &'static str,
}

/// The text of a component.
pub(in crate::archive) struct ReadText {
    pub format: Format,
    pub text: Zeroizing<String>,
}

impl Unread {
    pub(super) fn new(row: &ComponentRow, version: u32, reason: &'static str) -> Self {
        Self { record: row.record_id, version, component: row.id, reason }
    }
}

impl Reading<'_> {
    /// The same for somebody who waits so long.
    pub(in crate::archive) fn until(self, until: Option<Instant>) -> Self {
        Self { until, ..self }
    }

    /// # Errors
    /// None is left: another time there may be.
    pub(super) fn must_have_time(&self) -> Result<(), Refusal> {
        match self.until.is_some_and(|until| Instant::now() >= until) {
            true => Err(Refusal::Io { what: "read a document in time", error: ErrorKind::TimedOut.into() }),
            false => Ok(()),
        }
    }

    /// Reads a component's bytes for a task.
    ///
    /// # Errors
    /// The database cannot be read, or no document can be read at present.
    pub(super) fn read(
        &self,
        conn: &mut Conn,
        (row, version): (&ComponentRow, u32),
        (name, bytes): (&str, &[u8]),
        task: Task,
    ) -> Result<Said<ReadText>, Refusal> {
        let request = Request::new(task, Some(name), Some(&row.media_type));
        if self.is_read_here((row, name), bytes) {
            return Ok(read_here(&request, (row, version), bytes));
        }
        if is_refused(conn, row)? {
            return Ok(Said::Refused(None));
        }
        match self.documents.read_until(self.tenant, self.until, (&request, bytes)) {
            Ok(read) => Ok(Said::Text(ReadText { format: read.format, text: read.into_text() })),
            Err(sandbox::Refusal::Document(Refused::OtherFormat { .. })) => Ok(Said::Nothing),
            Err(refusal) if refusal.may_pass() => {
                Err(Refusal::Io { what: "read a document", error: std::io::Error::other(refusal) })
            }
            // It is not the document's fault that somebody waits no longer.
            Err(sandbox::Refusal::TooSlow { .. }) if self.must_have_time().is_err() => {
                self.must_have_time().map(|()| Said::Nothing)
            }
            Err(refusal) => Ok(Said::Refused(Some(Unread::new(row, version, refusal.code())))),
        }
    }

    fn is_read_here(&self, (row, name): (&ComponentRow, &str), bytes: &[u8]) -> bool {
        let format = sniff(bytes, Some(name), Some(&row.media_type)).format;
        match self.documents.is_nowhere() {
            true => format.is_text_like() || format == Format::Mail,
            false => format.is_text_like() && bytes.len() <= WORKER_HERE_BYTES_MAX,
        }
    }
}

fn read_here(request: &Request, (row, version): (&ComponentRow, u32), bytes: &[u8]) -> Said<ReadText> {
    let refused = |reason| Said::Refused(Some(Unread::new(row, version, reason)));
    match document::read(request, bytes) {
        Answer::Read((read, _)) => Said::Text(ReadText { format: read.format, text: read.into_text() }),
        Answer::Refused(Refused::OtherFormat { .. }) => Said::Nothing,
        Answer::Refused(why) => refused(reason(&why)),
        Answer::TooMuchText { .. } => refused("too_much_text"),
        // Nothing is made here.
        Answer::Made(_) | Answer::Withheld(_) | Answer::Panicked => refused("crashed"),
    }
}

/// True if this edition has refused the component before.
fn is_refused(conn: &mut Conn, row: &ComponentRow) -> Result<bool, StoreError> {
    let (subject, component) = (row.record_id.to_string(), row.id.to_string());
    Ok(refusals(conn, &subject)?.iter().any(|entry| is_of(entry, &component)))
}

/// The entries about refusals of a record's components, the newest first.
fn refusals(conn: &mut Conn, subject: &str) -> Result<Vec<Entry>, StoreError> {
    let filter =
        EntryFilter { subject: Some(subject), kind: Some(EntryKind::DocumentRefused), before_seq: None };
    let rows = ledger::page(conn, filter, REFUSALS_MAX)?;
    // One that cannot be read says nothing; `verify` names it.
    Ok(rows.iter().filter_map(|row| decode(&row.body).ok()).collect())
}

/// True if the entry is about this component, by this edition.
pub(in crate::archive) fn is_of(entry: &Entry, component: &str) -> bool {
    let says = |name: &str, value: &str| entry.facts.get(name).and_then(|fact| fact.as_str()) == Some(value);
    entry.kind == EntryKind::DocumentRefused && says("component", component) && says("engine", READER)
}

/// Enters refusals that were not entered before: each once for a component and an edition.
///
/// # Errors
/// The ledger cannot be written.
pub(in crate::archive) fn enter(store: &Store, unread: &[Unread]) -> Result<(), Refusal> {
    if unread.is_empty() {
        return Ok(());
    }
    let unread = unread.to_vec();
    let written = store.write(move |tx| {
        let mut entered = Vec::new();
        for one in unread {
            let (subject, component) = (one.record.to_string(), one.component.to_string());
            let is_new = !entered.contains(&one.component)
                && !refusals(tx.conn(), &subject)?.iter().any(|entry| is_of(entry, &component));
            if !is_new {
                continue;
            }
            tx.enter(EntryDraft {
                kind: EntryKind::DocumentRefused,
                subject,
                actor: Actor::System,
                facts: json!({
                    "component": component,
                    "engine": READER,
                    "reason": one.reason,
                    "version": one.version,
                }),
            })?;
            entered.push(one.component);
        }
        // A transaction without an entry is refused: everything was entered before, by another node.
        Ok::<_, Refusal>(())
    });
    match written.map(|_| ()).map_err(Refusal::from) {
        Err(Refusal::Store(StoreError::NoEntry)) => Ok(()),
        outcome => outcome,
    }
}
