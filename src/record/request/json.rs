//! Reading JSON from bytes: strictly UTF-8, no name twice in one object, not too deep.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fault::{Fault, FaultCode};
use crate::base::limits::{JSON_BYTES_MAX, JSON_DEPTH_MAX};

/// Reads one JSON value of at most [`JSON_BYTES_MAX`] bytes and [`JSON_DEPTH_MAX`] levels.
///
/// A name that stands twice in one object is refused: two readers could see two values.
pub fn read_json(bytes: &[u8]) -> Result<Value, Fault> {
    let whole = |code| Fault { path: String::new(), code };
    if bytes.len() > JSON_BYTES_MAX {
        let code = FaultCode::TooManyBytes { bytes: bytes.len() as u64, most: JSON_BYTES_MAX as u64 };
        return Err(whole(code));
    }
    let found = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Level { left: JSON_DEPTH_MAX, found: &found }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| match found.take() {
        Some(Refused::Twice(path)) => Fault { code: FaultCode::Duplicate { first: path.clone() }, path },
        Some(Refused::Deep) => whole(FaultCode::TooDeep { most: JSON_DEPTH_MAX }),
        None => whole(unreadable(bytes, &error)),
    })
}

/// Where reading stopped. A fault at a line's end is reported by the parser as column 0 of the
/// next line; people look for it at the end of the line.
fn unreadable(bytes: &[u8], error: &serde_json::Error) -> FaultCode {
    let (line, column) = (error.line(), error.column());
    if column > 0 || line < 2 {
        return FaultCode::Unreadable { line: line.max(1), column: column.max(1) };
    }
    let above = bytes.split(|byte| *byte == b'\n').nth(line - 2).map_or(0, <[u8]>::len);
    FaultCode::Unreadable { line: line - 1, column: above + 1 }
}

/// Why reading stopped, where JSON itself is well formed.
enum Refused {
    Twice(String),
    Deep,
}

struct Level<'a> {
    left: usize,
    found: &'a Cell<Option<Refused>>,
}

impl Level<'_> {
    fn below<E: serde::de::Error>(&self) -> Result<Level<'_>, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Level { left, found: self.found }),
            None => {
                self.found.set(Some(Refused::Deep));
                Err(E::custom("too deep"))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.below()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.contains_key(&name) {
                self.found.set(Some(Refused::Twice(super::read::Path::Root.key(&name).to_string())));
                return Err(A::Error::custom("a name twice"));
            }
            let value = access.next_value_seed(self.below()?)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &[u8]) -> FaultCode {
        read_json(text).unwrap_err().code
    }

    #[test]
    fn well_formed_json_is_read_as_it_is() {
        let text = r#"{"b":[1,-2,2.5,true,null,"档案"],"a":{}}"#;
        assert_eq!(read_json(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let fault = read_json(br#"{"a":{"kind":"x","kind":"y"}}"#).unwrap_err();
        assert_eq!(fault.code.as_str(), "duplicate");
        assert_eq!(fault.path, "kind");
    }

    #[test]
    fn what_is_not_json_is_refused_with_line_and_column() {
        assert_eq!(code(b"{\n  \"a\": tru\n}"), FaultCode::Unreadable { line: 2, column: 11 });
        assert_eq!(code(b"{\"a\":\"\xFF\"}"), FaultCode::Unreadable { line: 1, column: 7 });
        assert_eq!(code(b"{} x"), FaultCode::Unreadable { line: 1, column: 4 });
        assert!(matches!(code(b""), FaultCode::Unreadable { .. }));
    }

    #[test]
    fn nests_of_a_million_brackets_are_refused_quickly() {
        assert_eq!(code("[".repeat(1_000_000).as_bytes()), FaultCode::TooDeep { most: JSON_DEPTH_MAX });
        let allowed = format!("{}{}", "[".repeat(JSON_DEPTH_MAX), "]".repeat(JSON_DEPTH_MAX));
        assert!(read_json(allowed.as_bytes()).is_ok());
    }

    #[test]
    fn more_bytes_than_a_request_may_have_are_refused() {
        assert!(matches!(code(&vec![b' '; JSON_BYTES_MAX + 1]), FaultCode::TooManyBytes { .. }));
    }
}
