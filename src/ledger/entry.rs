//! Ledger entries: canonical JSON that says who did what to which opaque id, and when.
//!
//! An entry has one spelling: what [`decode`] accepts, [`encode`] would have written byte for
//! byte. Facts are fenced in mechanically, since an entry can never be taken back: every key
//! and every text in them is one ASCII word without blanks, so that no name, title or sentence
//! fits, and every number is whole.

use serde_json::{Map, Value};

pub use super::kind::EntryKind;
use crate::base::canonical;
use crate::base::id::UserId;
use crate::base::limits::{JSON_DEPTH_MAX, LEDGER_ENTRY_BYTES_MAX, REFERENCE_CHARS_MAX};
use crate::base::moment::Moment;

/// The version of the entry format that this module writes and reads.
pub const FORMAT_VERSION: u64 = 1;

/// The largest whole number that every JSON reader keeps (RFC 7493 §2.2).
const WHOLE_MAX: u64 = (1 << 53) - 1;

/// Who did it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Actor {
    /// A person or a service with an account.
    User(UserId),
    /// The archive itself: start-up, schedules, jobs.
    System,
}

impl Actor {
    /// Reads a user's id or the word `system`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "system" { Some(Self::System) } else { UserId::parse(text).ok().map(Self::User) }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::System => f.write_str("system"),
        }
    }
}

/// What a use case wants entered; the store adds the time.
#[derive(Clone, PartialEq, Debug)]
pub struct EntryDraft {
    /// What happened.
    pub kind: EntryKind,
    /// The opaque id of what it happened to: one ASCII word of at most 120 characters.
    pub subject: String,
    /// Who did it.
    pub actor: Actor,
    /// A JSON object of ids, whole numbers, dates, closed words, digests and commitments.
    pub facts: Value,
}

/// An entry as it stands in the ledger.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// What happened.
    pub kind: EntryKind,
    /// The opaque id of what it happened to.
    pub subject: String,
    /// Who did it.
    pub actor: Actor,
    /// When it was entered.
    pub at: Moment,
    /// The facts.
    pub facts: Map<String, Value>,
}

/// Why something cannot be an entry. Places are named by their keys; values are never quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// More than 65 535 bytes, which entry bundles cannot hold.
    #[error("an entry has at most 65535 bytes; this one has {bytes}")]
    TooLong {
        /// Bytes it would have.
        bytes: usize,
    },
    /// Not a JSON object.
    #[error("an entry is a JSON object")]
    NotAnObject,
    /// A field is missing or of the wrong form.
    #[error("the field {name} is missing or malformed")]
    Field {
        /// The field's key.
        name: &'static str,
    },
    /// A key that the format does not have.
    #[error("an entry has no fields besides actor, at, facts, kind, subject and v")]
    UnknownField,
    /// Another version of the format.
    #[error("an entry of another format version")]
    Version,
    /// A word outside the closed list of kinds.
    #[error("an unknown kind of entry")]
    UnknownKind,
    /// A fact that the fence keeps out.
    #[error("the fact at {place} {fault}")]
    Fact {
        /// Keys from the outermost inwards, joined by dots; list items as `[]`.
        place: String,
        /// What is wrong.
        fault: FactFault,
    },
    /// The same value could be spelled otherwise, so its hash would be ambiguous.
    #[error("not in canonical form (RFC 8785)")]
    NotCanonical,
}

/// Why a fact is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FactFault {
    /// A key or text with blanks or with characters outside ASCII.
    #[error("is not one ASCII word without blanks")]
    NotAWord,
    /// A fraction, or a whole number beyond ±(2⁵³ − 1).
    #[error("is not a whole number within 2^53")]
    NotWhole,
    /// Nested deeper than 32 levels.
    #[error("is nested too deeply")]
    TooDeep,
}

/// The bytes to enter in the ledger.
///
/// # Errors
/// If the subject, the instant or a fact does not fit the format, or all together are too long.
pub fn encode(draft: &EntryDraft, at: Moment) -> Result<Vec<u8>, EntryError> {
    let Value::Object(facts) = &draft.facts else {
        return Err(EntryError::Field { name: "facts" });
    };
    encode_parts(draft.kind, &draft.subject, draft.actor, at, facts)
}

/// Reads an entry strictly: canonical, version 1, no unknown key, a known kind, fenced facts.
///
/// # Errors
/// If the bytes are anything but what [`encode`] writes.
pub fn decode(bytes: &[u8]) -> Result<Entry, EntryError> {
    if bytes.len() > LEDGER_ENTRY_BYTES_MAX {
        return Err(EntryError::TooLong { bytes: bytes.len() });
    }
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(bytes) else {
        return Err(EntryError::NotAnObject);
    };
    match fields.shift_remove("v") {
        Some(version) if version.as_u64() == Some(FORMAT_VERSION) => {}
        Some(Value::Number(_)) => return Err(EntryError::Version),
        _ => return Err(EntryError::Field { name: "v" }),
    }
    let actor = Actor::parse(&text(&mut fields, "actor")?).ok_or(EntryError::Field { name: "actor" })?;
    let at = Moment::parse(&text(&mut fields, "at")?).map_err(|_| EntryError::Field { name: "at" })?;
    let kind = EntryKind::parse(&text(&mut fields, "kind")?).ok_or(EntryError::UnknownKind)?;
    let subject = text(&mut fields, "subject")?;
    let Some(Value::Object(facts)) = fields.shift_remove("facts") else {
        return Err(EntryError::Field { name: "facts" });
    };
    if !fields.is_empty() {
        return Err(EntryError::UnknownField);
    }
    if encode_parts(kind, &subject, actor, at, &facts)? != bytes {
        return Err(EntryError::NotCanonical);
    }
    Ok(Entry { kind, subject, actor, at, facts })
}

fn text(fields: &mut Map<String, Value>, name: &'static str) -> Result<String, EntryError> {
    match fields.shift_remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(EntryError::Field { name }),
    }
}

fn encode_parts(
    kind: EntryKind,
    subject: &str,
    actor: Actor,
    at: Moment,
    facts: &Map<String, Value>,
) -> Result<Vec<u8>, EntryError> {
    if subject.is_empty() || subject.len() > REFERENCE_CHARS_MAX || !is_word(subject) {
        return Err(EntryError::Field { name: "subject" });
    }
    let at_text = at.to_rfc3339();
    // Instants beyond the calendar of RFC 3339 have a text that does not lead back to them.
    if Moment::parse(&at_text) != Ok(at) {
        return Err(EntryError::Field { name: "at" });
    }
    check_object(facts, &mut Vec::new())?;
    let bytes = canonical::to_bytes(&serde_json::json!({
        "actor": actor.to_string(),
        "at": at_text,
        "facts": facts,
        "kind": kind.as_str(),
        "subject": subject,
        "v": FORMAT_VERSION,
    }));
    if bytes.len() > LEDGER_ENTRY_BYTES_MAX {
        return Err(EntryError::TooLong { bytes: bytes.len() });
    }
    Ok(bytes)
}

fn check_object<'a>(facts: &'a Map<String, Value>, place: &mut Vec<&'a str>) -> Result<(), EntryError> {
    for (key, value) in facts {
        place.push(key);
        if !is_word(key) {
            // The key itself may be what must not be shown.
            place.pop();
            place.push("?");
            return Err(fault(place, FactFault::NotAWord));
        }
        check_fact(value, place)?;
        place.pop();
    }
    Ok(())
}

fn check_fact<'a>(value: &'a Value, place: &mut Vec<&'a str>) -> Result<(), EntryError> {
    if place.len() > JSON_DEPTH_MAX {
        return Err(fault(place, FactFault::TooDeep));
    }
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => match number.as_i64().map(i64::unsigned_abs) {
            Some(0..=WHOLE_MAX) => Ok(()),
            _ => Err(fault(place, FactFault::NotWhole)),
        },
        Value::String(text) if is_word(text) => Ok(()),
        Value::String(_) => Err(fault(place, FactFault::NotAWord)),
        Value::Array(items) => {
            place.push("[]");
            items.iter().try_for_each(|item| check_fact(item, place))?;
            place.pop();
            Ok(())
        }
        Value::Object(inner) => check_object(inner, place),
    }
}

fn fault(place: &[&str], fault: FactFault) -> EntryError {
    EntryError::Fact { place: place.join("."), fault }
}

/// Printable ASCII without blanks; the empty text too.
fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
