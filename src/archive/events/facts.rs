//! What the ledger says of a retention event, made from the same rows that the database holds: the writer enters
//! these facts, whoever judges by an event makes them again and compares.

use serde_json::{Map, Value, json};

use crate::base::digest::{Digest, from_hex, to_hex};
use crate::store::rows::LookupToken;
use crate::store::rows::events::{EventKeyRow, RetentionEventRow};

/// The fact that holds the clear columns and the keyed tokens.
pub(super) const EVENT: &str = "event";

/// The facts of an `event_recorded` entry. `words` is the commitment to the keys' values and the reason.
pub(super) fn of_event(row: &RetentionEventRow, keys: &[EventKeyRow], words: Digest) -> Value {
    json!({EVENT: event(row, keys), "words": words.to_hex()})
}

/// The clear columns of an event with its keys.
pub(super) fn event(row: &RetentionEventRow, keys: &[EventKeyRow]) -> Value {
    let mut keys: Vec<Value> =
        keys.iter().map(|key| json!({"name": key.name, "token": to_hex(&key.token)})).collect();
    keys.sort_by_key(ToString::to_string);
    json!({
        "cancels": row.cancels.map(|id| id.to_string()),
        "case": row.case_id.map(|id| id.to_string()),
        "corrects": row.corrects.map(|id| id.to_string()),
        "id": row.id.to_string(),
        "keys": keys,
        "occurred_on": row.occurred_on.to_string(),
        "record": row.record_id.map(|id| id.to_string()),
        "recorded_at": row.recorded_at.to_rfc3339(),
        "recorded_by": row.recorded_by.to_string(),
        "source": row.source_token.map(|token| to_hex(&token)),
        "type": row.kind,
        "zone": row.zone.name(),
    })
}

/// The keyed tokens of which an entry speaks, from its `event` fact.
pub(in crate::archive) fn tokens_of_facts(event: Option<&Value>) -> Vec<LookupToken> {
    keys_of_facts(event).into_iter().map(|(_, token)| token).collect()
}

/// The names and tokens of the keys of which an entry speaks.
pub(in crate::archive) fn keys_of_facts(event: Option<&Value>) -> Vec<(String, LookupToken)> {
    let keys = event.and_then(|event| event.get("keys")).and_then(Value::as_array);
    let read = |key: &Value| {
        let token = from_hex(key.get("token")?.as_str()?)?;
        Some((key.get("name")?.as_str()?.to_owned(), token.try_into().ok()?))
    };
    keys.into_iter().flatten().filter_map(read).collect()
}

/// The sealed words of an event.
pub(super) fn words(keys: &[(String, String)], reason: Option<&str>, source: Option<(&str, &str)>) -> Value {
    let mut words = Map::new();
    let keys = keys.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    words.insert("keys".to_owned(), Value::Object(keys));
    if let Some(reason) = reason {
        words.insert("reason".to_owned(), Value::from(reason));
    }
    if let Some((system, id)) = source {
        words.insert("source".to_owned(), json!({"id": id, "system": system}));
    }
    Value::Object(words)
}
