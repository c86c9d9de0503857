//! What an entry says to the heads.

use serde::Deserialize;
use serde_json::Value;

use crate::archive::cases::{JOINED, LEFT};
use crate::archive::events::tokens_of_facts;
use crate::archive::refusal::Refusal;
use crate::archive::signed::{self, Lean};
use crate::base::id::RecordId;
use crate::ledger::entry::{EntryDraft, EntryKind};

use super::{CASES, MATTERS, Subject};

/// Something that is to be known of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Note {
    pub subject: Subject,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The state of a case, a matter or an export: whether the entry vouches for its row, and whether it
    /// wrote its words.
    State { row: bool, words: bool },
    /// A case or a matter more: the subject says which.
    Opened,
    /// This record went a step through its disposition, or back.
    Disposed,
    /// This disposition went a step further.
    Step,
    /// A record was captured into this case.
    Captured,
    /// This record got a version, or entries of this log were erased.
    Amended,
    /// A link leads to this record.
    Linked,
    /// A retention event has a key with this token.
    Reached,
    /// A version of a record names this party.
    InRecord,
    /// This party has a part in a case.
    InCase,
    /// It has it no more.
    OutOfCase,
}

/// Hears a note.
type Each<'n> = &'n mut dyn FnMut(Note);

/// What an entry says that is about to be known.
pub(super) fn of_draft(draft: &EntryDraft, each: Each<'_>) {
    let fact = |name: &str| draft.facts.get(name);
    of_entry(draft.kind, &draft.subject, &fact, each);
}

/// What the entry with these bytes says.
///
/// # Errors
/// It cannot be read.
pub(super) fn of_body(body: &[u8], each: Each<'_>) -> Result<(), Refusal> {
    let Lean { kind, subject, facts } = signed::lean::<Facts>(body)?;
    let fact = |name: &str| match name {
        "batch" => Some(&facts.batch),
        "case" => Some(&facts.case),
        "event" => Some(&facts.event),
        "links" => Some(&facts.links),
        "parties" => Some(&facts.parties),
        "profile" => Some(&facts.profile),
        JOINED => Some(&facts.joined),
        LEFT => Some(&facts.left),
        _ => None,
    };
    of_entry(kind, subject, &fact, each);
    Ok(())
}

/// What is asked for of an entry.
#[derive(Deserialize)]
struct Facts {
    #[serde(default)]
    batch: Value,
    #[serde(default)]
    case: Value,
    #[serde(default)]
    event: Value,
    #[serde(default)]
    links: Value,
    #[serde(default)]
    parties: Value,
    #[serde(default)]
    profile: Value,
    #[serde(default)]
    joined: Value,
    #[serde(default)]
    left: Value,
}

/// The facts of an entry by their names.
type Fact<'f> = &'f dyn Fn(&str) -> Option<&'f Value>;

fn of_entry(kind: EntryKind, subject: &str, fact: Fact<'_>, each: Each<'_>) {
    let words = || fact("profile").is_some_and(Value::is_string);
    let mut state = |row, words| note(Some(subject), What::State { row, words }, each);
    match kind {
        EntryKind::CaseOpened => {
            state(true, true);
            each(Note { subject: CASES, what: What::Opened });
            let standing = fact("case").and_then(|case| case.get("parties"));
            named(standing, What::InCase, each);
        }
        EntryKind::CaseChanged => {
            state(true, true);
            ids(fact(JOINED), What::InCase, each);
            ids(fact(LEFT), What::OutOfCase, each);
        }
        EntryKind::CaseEvent | EntryKind::CaseEventCancelled => state(true, false),
        EntryKind::GapExplained => state(false, false),
        EntryKind::MatterOpened => {
            state(true, words());
            each(Note { subject: MATTERS, what: What::Opened });
        }
        EntryKind::MatterChanged => state(true, words()),
        EntryKind::ExportBegun | EntryKind::ExportFinished => state(true, false),
        EntryKind::Captured | EntryKind::SegmentCaptured => {
            note(fact("case").and_then(Value::as_str), What::Captured, each);
            of_version(fact, each);
        }
        EntryKind::Amended => {
            note(Some(subject), What::Amended, each);
            of_version(fact, each);
        }
        EntryKind::EventRecorded => {
            for subject in tokens_of_facts(fact("event")) {
                each(Note { subject, what: What::Reached });
            }
        }
        EntryKind::EntryErased => note(Some(subject), What::Amended, each),
        // A step of a disposition says all that is to be known of it; that of a record names its disposition.
        EntryKind::DispositionStep if fact("batch").is_some_and(Value::is_object) => {
            note(Some(subject), What::Step, each);
        }
        EntryKind::DispositionStep | EntryKind::RecordSealed | EntryKind::RecordShredded => {
            note(Some(subject), What::Disposed, each);
        }
        _ => {}
    }
}

fn of_version(fact: Fact<'_>, each: Each<'_>) {
    for link in list(fact("links")) {
        note(link.get("to").and_then(Value::as_str), What::Linked, each);
    }
    named(fact("parties"), What::InRecord, each);
}

fn named(parties: Option<&Value>, what: What, each: Each<'_>) {
    for party in list(parties) {
        note(party.get("party").and_then(Value::as_str), what, each);
    }
}

fn ids(ids: Option<&Value>, what: What, each: Each<'_>) {
    for id in list(ids) {
        note(id.as_str(), what, each);
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn note(id: Option<&str>, what: What, each: Each<'_>) {
    // All ids have one form.
    if let Some(id) = id.and_then(|id| RecordId::parse(id).ok()) {
        each(Note { subject: *id.as_bytes(), what });
    }
}
