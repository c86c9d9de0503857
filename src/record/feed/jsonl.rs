//! One line of a JSONL log, taken apart without copying what needs no copy.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::entry_fault::EntryProblem;
use super::fields::EntryField;
use crate::base::limits::{CUSTOM_FIELDS_MAX, JSON_DEPTH_MAX};

/// Largest whole number that every JSON reader keeps.
const WHOLE_MAX: u64 = 1 << 53;

/// A value of one of our fields.
#[derive(Debug)]
pub(super) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Whole(u64),
    Other,
}

/// The fields of one entry as they stand in the source.
#[derive(Default)]
pub(super) struct RawEntry<'a> {
    pub(super) fields: [Option<Scalar<'a>>; EntryField::COUNT],
    pub(super) extra: Vec<(Cow<'a, str>, Value)>,
}

/// Takes a line apart. The error is the problem and the byte at which it was met.
pub(super) fn raw_entry(line: &str) -> Result<RawEntry<'_>, (EntryProblem, usize)> {
    let problem = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let read = Object { problem: &problem }
        .deserialize(&mut deserializer)
        .and_then(|raw| deserializer.end().map(|()| raw));
    read.map_err(|error| {
        let named = problem.take().unwrap_or(if error.is_eof() {
            EntryProblem::Truncated
        } else if line.trim_start().starts_with('{') {
            EntryProblem::Syntax
        } else {
            EntryProblem::NotAnObject
        });
        (named, error.column().saturating_sub(1))
    })
}

/// Where the seeds leave the problem that serde's error cannot carry.
type Problem<'p> = &'p Cell<Option<EntryProblem>>;

fn refuse<E: serde::de::Error>(problem: Problem<'_>, what: EntryProblem) -> E {
    problem.set(Some(what));
    E::custom("refused")
}

struct Object<'p> {
    problem: Problem<'p>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = RawEntry<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = RawEntry<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw = RawEntry::default();
        // A `null` leaves its slot empty, and still it was said.
        let mut said = [false; EntryField::COUNT];
        while let Some(key) = map.next_key_seed(Text)? {
            if let Some(field) = EntryField::of_name(&key) {
                let value = map.next_value_seed(ScalarSeed)?;
                let (Some(slot), Some(said)) = (raw.fields.get_mut(field.slot()), said.get_mut(field.slot()))
                else {
                    return Err(A::Error::custom("every field has a slot"));
                };
                if std::mem::replace(said, true) {
                    return Err(refuse(self.problem, EntryProblem::Double));
                }
                *slot = value;
                continue;
            }
            let value = map.next_value_seed(Strict { problem: self.problem, depth: 1 })?;
            if raw.extra.iter().any(|(name, _)| *name == key) {
                return Err(refuse(self.problem, EntryProblem::Double));
            }
            if raw.extra.len() == CUSTOM_FIELDS_MAX {
                return Err(refuse(self.problem, EntryProblem::TooManyFields { most: CUSTOM_FIELDS_MAX }));
            }
            raw.extra.push((key, value));
        }
        Ok(raw)
    }
}

/// A string, borrowed from the line where no escape stands in it.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A value of one of our fields; `null` counts as absent.
struct ScalarSeed;

impl<'de> DeserializeSeed<'de> for ScalarSeed {
    type Value = Option<Scalar<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed {
    type Value = Option<Scalar<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a whole number")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Whole(whole)))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Other))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Other))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Other))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(Some(Scalar::Other))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
        Ok(Some(Scalar::Other))
    }
}

/// A JSON value that survives its canonical form: no name twice, bounded depth, whole numbers
/// beyond 2⁵³ as text (RFC 8785, appendix D), other numbers as far as they are exact.
#[derive(Clone, Copy)]
pub(super) struct Strict<'p> {
    problem: Problem<'p>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= JSON_DEPTH_MAX {
            return Err(refuse(self.problem, EntryProblem::TooDeep { most: JSON_DEPTH_MAX }));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Value, E> {
        Ok(if whole <= WHOLE_MAX { Value::from(whole) } else { Value::String(whole.to_string()) })
    }

    fn visit_i64<E>(self, whole: i64) -> Result<Value, E> {
        Ok(if whole.unsigned_abs() <= WHOLE_MAX {
            Value::from(whole)
        } else {
            Value::String(whole.to_string())
        })
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        #[allow(clippy::cast_precision_loss, reason = "2^53 is exact")]
        let exact = number.abs() < WHOLE_MAX as f64;
        match Number::from_f64(number).filter(|_| exact) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(refuse(self.problem, EntryProblem::NumberTooLarge)),
        }
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = map.next_key_seed(Text)? {
            let value = map.next_value_seed(inner)?;
            if object.insert(key.into_owned(), value).is_some() {
                return Err(refuse(self.problem, EntryProblem::Double));
            }
        }
        Ok(Value::Object(object))
    }
}
