//! The shape of what a package tells in the archive's sealed words. The checker that lies in the bundle has the same
//! rules, so that no descriptor is one for the one and none for the other; what the members mean is the
//! archive's own business.

use serde_json::Value;

use crate::base::limits::{REFERENCE_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::text;
use crate::record::descriptor::DESCRIPTOR_VERSION;

const MEMBERS: [&str; 11] = [
    "custom",
    "fields",
    "form",
    "language",
    "notes",
    "original_names",
    "parties",
    "source",
    "tags",
    "title",
    "v",
];
/// Lists and objects within one another.
const DEPTH_MAX: u32 = 8;
/// The largest number that every reader of JSON keeps as it is.
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// True for an object of the members that a descriptor may have, with a title and names of files that are
/// texts, and nothing but texts, truths and whole numbers in it.
pub(super) fn is_one(value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let title = object.get("title").and_then(Value::as_str);
    let names = match object.get("original_names") {
        None => true,
        Some(names) => names.as_array().is_some_and(|names| names.iter().all(is_line)),
    };
    object.keys().all(|name| MEMBERS.contains(&name.as_str()))
        && object.get("v").and_then(Value::as_u64) == Some(DESCRIPTOR_VERSION)
        && title.is_some_and(|title| (1..=TITLE_CHARS_MAX).contains(&title.chars().count()))
        && object.get("title").is_some_and(is_line)
        && names
        && is_plain(value, 0)
}

/// True for the reference of a case, or for `null`.
pub(super) fn is_reference(value: Option<&Value>) -> bool {
    match value {
        Some(Value::String(text)) => text::label(text, REFERENCE_CHARS_MAX).is_ok_and(|clean| clean == *text),
        Some(Value::Null) => true,
        _ => false,
    }
}

fn is_line(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && !text.chars().any(char::is_control))
}

fn is_plain(value: &Value, depth: u32) -> bool {
    match value {
        _ if depth > DEPTH_MAX => false,
        Value::Null => false,
        Value::Bool(_) => true,
        Value::Number(number) => number.as_i64().is_some_and(|number| number.unsigned_abs() <= NUMBER_MAX),
        Value::String(text) => !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')),
        Value::Array(items) => items.iter().all(|item| is_plain(item, depth + 1)),
        Value::Object(members) => members.values().all(|member| is_plain(member, depth + 1)),
    }
}
