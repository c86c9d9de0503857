//! Canonical JSON (RFC 8785): one spelling per value, so that equal facts have equal hashes.

use serde_json::Value;

/// Whole numbers beyond this are written as the double nearest to them (RFC 8785 §3.2.2.3).
const WHOLE_MAX: u64 = 1 << 53;

/// The canonical bytes of a JSON value.
///
/// Numbers in what the archive writes are whole and lie within ±2⁵³, which every JSON reader keeps.
pub fn to_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    write(value, &mut bytes);
    bytes
}

fn write(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Null => bytes.extend_from_slice(b"null"),
        Value::Bool(true) => bytes.extend_from_slice(b"true"),
        Value::Bool(false) => bytes.extend_from_slice(b"false"),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) if whole <= WHOLE_MAX => bytes.extend_from_slice(whole.to_string().as_bytes()),
            (_, Some(whole)) if whole.unsigned_abs() <= WHOLE_MAX => {
                bytes.extend_from_slice(whole.to_string().as_bytes());
            }
            (_, _) => write_by_the_library(value, bytes),
        },
        Value::String(text) => write_text(text, bytes),
        Value::Array(items) => {
            bytes.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                write(item, bytes);
            }
            bytes.push(b']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            // By UTF-16 code units, as the RFC says; the order of bytes differs beyond the basic plane.
            sorted.sort_unstable_by(|(a, _), (b, _)| in_order(a, b));
            bytes.push(b'{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    bytes.push(b',');
                }
                write_text(name, bytes);
                bytes.push(b':');
                write(member, bytes);
            }
            bytes.push(b'}');
        }
    }
}

/// Of plain ASCII the units are the bytes, and nearly every name is that.
fn in_order(a: &str, b: &str) -> std::cmp::Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

/// Appends a text in quotation marks. serde_json escapes just what RFC 8785 §3.2.2.2 does, and in the same way.
pub fn write_text(text: &str, bytes: &mut Vec<u8>) {
    serde_json::to_writer(bytes, text).expect("memory takes it");
}

/// Fractions and exponents, which are rare, as the library spells them.
fn write_by_the_library(value: &Value, bytes: &mut Vec<u8>) {
    // Writing a value that is in memory already fails only for numbers JSON cannot hold,
    // and `Value` cannot hold those either.
    bytes.extend(serde_json_canonicalizer::to_vec(value).expect("a JSON value has a canonical form"));
}

/// True if `bytes` are the canonical form of the JSON value they spell.
pub fn is_canonical(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|value| to_bytes(&value) == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (-3..3_i64).prop_map(|near| Value::from((1_i64 << 53) + near)),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_spelt_as_the_library_spells_it(value in any_value()) {
            prop_assert_eq!(to_bytes(&value), serde_json_canonicalizer::to_vec(&value).unwrap());
        }
    }

    #[test]
    fn names_are_sorted_by_utf_16() {
        let value = json!({"\u{1F600}": 1, "\u{FFFD}": 2, "": 3});
        assert_eq!(to_bytes(&value), serde_json_canonicalizer::to_vec(&value).unwrap());
        assert_eq!(to_bytes(&value), "{\"\":3,\"\u{1F600}\":1,\"\u{FFFD}\":2}".as_bytes());
    }

    #[test]
    fn keys_are_sorted_and_blanks_gone() {
        let value = json!({"b": [1, true, null], "a": "客户\n\u{1F600}"});
        assert_eq!(
            String::from_utf8(to_bytes(&value)).unwrap(),
            "{\"a\":\"客户\\n\u{1F600}\",\"b\":[1,true,null]}"
        );
    }

    #[test]
    fn another_spelling_is_not_canonical() {
        assert!(is_canonical(br#"{"a":1,"b":2}"#));
        for other in [r#"{"b":2,"a":1}"#, r#"{"a": 1,"b":2}"#, r#"{"a":1,"a":1}"#, r#"{"a":1.0}"#] {
            assert!(!is_canonical(other.as_bytes()), "{other}");
        }
    }
}
