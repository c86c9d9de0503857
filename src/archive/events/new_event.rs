//! A checked request to record a retention event.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::archive::cases::Reason;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{ApprovalId, RecordId};
use crate::base::limits::{EVENT_KEYS_MAX, TITLE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text::label;
use crate::policy::trigger::{EventKey, EventType};
use crate::record::names::Reference;
use crate::record::request::{Fault, FaultCode, Faults, JsonType, ObjectReader, Path};

/// To whom or to what it happened. Never nothing: an event that reaches every record says so.
#[derive(Clone, PartialEq, Eq)]
pub enum Keys {
    /// It reaches every record; a second person has agreed.
    All,
    /// It reaches the records that have one of these keys.
    Of(BTreeMap<EventKey, String>),
}

impl std::fmt::Debug for Keys {
    /// Values name people and stay hidden.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Of(keys) => f.debug_set().entries(keys.keys()).finish(),
        }
    }
}

/// The event's number in the system that it comes from: recorded again, it adds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSource {
    /// The system.
    pub system: Reference,
    /// The event's number there.
    pub id: Reference,
}

/// An event that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRetentionEvent {
    /// What happened, as policies name it.
    pub kind: EventType,
    /// To whom or to what.
    pub keys: Keys,
    /// On which day.
    pub on: CivilDate,
    /// In which zone.
    pub zone: Zone,
    /// Why it is recorded for another day than today.
    pub reason: Option<Reason>,
    /// The record that shows it.
    pub record: Option<RecordId>,
    /// Where it comes from.
    pub source: Option<EventSource>,
    /// The approval of a second person, where one is needed.
    pub approval: Option<ApprovalId>,
}

impl NewRetentionEvent {
    /// Checks an input; all faults at once. A day without a zone is one of `zone`; without a day it happens today.
    ///
    /// # Errors
    /// Every fault of the input. An event of another day than today needs a reason.
    pub fn from_json(value: &Value, zone: Zone, now: Moment) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let event = ObjectReader::read(value, &Path::Root, &mut faults, |r| Self::read(r, zone, now));
        faults.into_result(event.flatten())
    }

    pub(crate) fn read(reader: &mut ObjectReader<'_>, zone: Zone, now: Moment) -> Option<Self> {
        let kind = reader.text("type", |text| EventType::parse(text).map_err(|_| FaultCode::BadWord));
        let keys = read_keys(reader);
        let named = reader.text("zone", Zone::parse);
        let zone = named.unwrap_or(zone);
        let today = CivilDate::of(now, zone).ok();
        let said = reader.text("on", CivilDate::parse);
        let on = if reader.has("on") { said } else { today };
        let reason = reader.text("reason", Reason::parse);
        if on.is_some() && on != today && !reader.has("reason") {
            // A day that is past or still to come is entered by somebody who says why.
            reader.fault("reason", FaultCode::Required);
        }
        let record = reader.text("record", RecordId::parse);
        let source = reader.object("source", |reader| {
            let system = reader.text("system", Reference::parse);
            let id = reader.text("id", Reference::parse);
            reader.require(&["system", "id"]);
            Some(EventSource { system: system?, id: id? })
        });
        let approval = reader.text("approval", ApprovalId::parse);
        reader.require(&["type"]);
        Some(Self { kind: kind?, keys: keys?, on: on?, zone, reason, record, source, approval })
    }
}

/// Names and values, or all records in as many words.
fn read_keys(reader: &mut ObjectReader<'_>) -> Option<Keys> {
    let all = reader.boolean("all");
    let keys = reader.with("keys", |value, path, faults| {
        let Value::Object(members) = value else {
            faults.add(path, FaultCode::WrongType { expected: JsonType::Object, found: JsonType::of(value) });
            return None;
        };
        if members.len() > EVENT_KEYS_MAX {
            faults.add(path, FaultCode::TooMany { found: members.len(), most: EVENT_KEYS_MAX });
            return None;
        }
        let mut keys = BTreeMap::new();
        for (name, value) in members {
            let at = path.key(name);
            let Some(text) = value.as_str() else {
                faults.add(at, FaultCode::WrongType { expected: JsonType::Text, found: JsonType::of(value) });
                continue;
            };
            match (EventKey::parse(name), label(text, TITLE_CHARS_MAX)) {
                (Ok(key), Ok(text)) => drop(keys.insert(key, text)),
                (Err(_), _) => faults.add(at, FaultCode::BadWord),
                (_, Err(fault)) => faults.add(at, fault.into()),
            }
        }
        (keys.len() == members.len()).then_some(keys)
    });
    match (all, keys) {
        (Some(true), None) if !reader.has("keys") => Some(Keys::All),
        (Some(true), _) => {
            reader.fault("all", FaultCode::Contradicts { other: "keys".to_owned() });
            None
        }
        (_, Some(keys)) if !keys.is_empty() => Some(Keys::Of(keys)),
        (_, _) => {
            // An empty selector is none: an event that reaches everything is asked for by name.
            if !reader.has("keys") || reader.value("keys").is_some_and(|keys| *keys == serde_json::json!({}))
            {
                reader.fault("keys", FaultCode::Required);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<NewRetentionEvent, Vec<(String, &'static str)>> {
        let now = Moment::parse("2026-03-05T00:00:00Z").unwrap();
        NewRetentionEvent::from_json(value, Zone::SHANGHAI, now)
            .map_err(|faults| faults.into_iter().map(|fault| (fault.path, fault.code.as_str())).collect())
    }

    #[test]
    fn an_event_of_today_needs_no_reason_and_one_of_another_day_does() {
        let today = json!({"type": "relationship_ended", "keys": {"customer": "青禾"}, "on": "2026-03-05"});
        assert_eq!(read(&today).unwrap().on.to_string(), "2026-03-05");
        let without = json!({"type": "relationship_ended", "keys": {"customer": "青禾"}});
        assert_eq!(read(&without).unwrap().on.to_string(), "2026-03-05");
        for day in ["2026-03-04", "2026-03-06", "2019-01-01"] {
            let mut other = today.clone();
            other["on"] = json!(day);
            assert_eq!(read(&other), Err(vec![("reason".to_owned(), "required")]), "{day}");
            other["reason"] = json!("补登");
            assert!(read(&other).is_ok(), "{day}");
        }
    }

    #[test]
    fn an_empty_selector_is_refused_and_all_is_said_in_as_many_words() {
        let required = Err(vec![("keys".to_owned(), "required")]);
        assert_eq!(read(&json!({"type": "purpose_ended"})), required);
        assert_eq!(read(&json!({"type": "purpose_ended", "keys": {}})), required);
        assert_eq!(read(&json!({"type": "purpose_ended", "keys": {}, "all": false})), required);
        assert_eq!(read(&json!({"type": "purpose_ended", "all": true})).unwrap().keys, Keys::All);
        let both = json!({"type": "purpose_ended", "all": true, "keys": {"case": "SC-1"}});
        assert_eq!(read(&both), Err(vec![("all".to_owned(), "contradicts")]));
    }

    #[test]
    fn names_are_words_and_values_are_readable() {
        let bad = json!({"type": "Ended!", "keys": {"Customer No": "x", "contract": "\u{7}"}});
        let faults = read(&bad).unwrap_err();
        let codes: Vec<&str> = faults.iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, ["bad_word", "bad_word", "control_character"]);
    }
}
