//! Canonical JSON (RFC 8785): one spelling per value, so that equal facts have equal hashes.

use serde_json::Value;

/// The canonical bytes of a JSON value.
///
/// Numbers in what the archive writes are whole and lie within ±2⁵³, which every JSON reader keeps.
pub fn to_bytes(value: &Value) -> Vec<u8> {
    // Writing a value that is in memory already fails only for numbers JSON cannot hold,
    // and `Value` cannot hold those either.
    serde_json_canonicalizer::to_vec(value).expect("a JSON value has a canonical form")
}

/// True if `bytes` are the canonical form of the JSON value they spell.
pub fn is_canonical(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|value| to_bytes(&value) == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
