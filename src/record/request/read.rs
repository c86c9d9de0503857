//! Walking JSON by hand: each reader takes what it understands and puts every fault, with its
//! path, on one list. A path is spelt only when something is wrong.

use std::fmt;

use serde_json::{Map, Value};

use super::fault::{FaultCode, Faults, JsonType};

/// Where in the input we are.
#[derive(Clone, Copy)]
pub enum Path<'a> {
    /// The input as a whole.
    Root,
    /// A member of an object.
    Key(&'a Path<'a>, &'a str),
    /// An item of a list, from 0.
    Item(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    /// The member `key` of the object here.
    pub const fn key(&'a self, key: &'a str) -> Self {
        Self::Key(self, key)
    }

    /// The item `index` of the list here.
    pub const fn item(&'a self, index: usize) -> Self {
        Self::Item(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
            Self::Key(parent, key) => {
                let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                match (parent, plain) {
                    (Self::Root, true) => f.write_str(key),
                    (_, true) => write!(f, "{parent}.{key}"),
                    // A foreign name is quoted and cut: it may hold anything.
                    (_, false) => {
                        let shown: String = key.chars().take(80).collect();
                        write!(f, "{parent}[{}]", Value::from(shown))
                    }
                }
            }
        }
    }
}

/// Reads the members of one object.
pub struct ObjectReader<'a> {
    members: &'a Map<String, Value>,
    path: &'a Path<'a>,
    faults: &'a mut Faults,
    asked: Vec<&'static str>,
    typed: bool,
}

impl<'a> ObjectReader<'a> {
    /// Reads `value`, which must be an object, with `read`; then reports members that nobody asked for.
    pub fn read<T>(
        value: &'a Value,
        path: &'a Path<'a>,
        faults: &'a mut Faults,
        read: impl FnOnce(&mut ObjectReader<'_>) -> T,
    ) -> Option<T> {
        let Value::Object(members) = value else {
            faults.add(path, FaultCode::WrongType { expected: JsonType::Object, found: JsonType::of(value) });
            return None;
        };
        let mut reader = ObjectReader { members, path, faults, asked: Vec::new(), typed: false };
        let result = read(&mut reader);
        reader.report_unknown();
        Some(result)
    }

    /// From here on each of the object's own values must be of its type: what never comes from a table need
    /// not be spelt as one spells it.
    pub fn as_typed(&mut self) {
        self.typed = true;
    }

    /// The value of `key`; where types are asked for, none of another type, and a fault instead.
    fn value_as(&mut self, key: &'static str, expected: JsonType) -> Option<&'a Value> {
        let value = self.value(key)?;
        let found = JsonType::of(value);
        if self.typed && found != expected {
            self.fault(key, FaultCode::WrongType { expected, found });
            return None;
        }
        Some(value)
    }

    fn report_unknown(self) {
        for name in self.members.keys() {
            if !self.asked.contains(&name.as_str()) {
                let code = FaultCode::unknown_field(name, &self.asked);
                self.faults.add(self.path.key(name), code);
            }
        }
    }

    /// The names asked for so far.
    pub fn asked(&self) -> &[&'static str] {
        &self.asked
    }

    /// Says that `name` is known: it is not reported as unknown.
    pub fn know(&mut self, name: &'static str) {
        self.asked.push(name);
    }

    /// Names of members that nobody asked for.
    pub fn others(&self) -> Vec<&'a str> {
        self.members.keys().map(String::as_str).filter(|name| !self.asked.contains(name)).collect()
    }

    /// Adds a fault at `key`.
    pub fn fault(&mut self, key: &str, code: FaultCode) {
        self.faults.add(self.path.key(key), code);
    }

    /// Path of `key`, spelt out.
    pub fn path_of(&self, key: &str) -> String {
        self.path.key(key).to_string()
    }

    /// The value of `key`; `null` counts as absent.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        self.asked.push(key);
        self.members.get(key).filter(|value| !value.is_null())
    }

    /// True if `key` is given.
    pub fn has(&self, key: &str) -> bool {
        self.members.get(key).is_some_and(|value| !value.is_null())
    }

    /// True if `key` is given as a text.
    pub fn is_text(&self, key: &str) -> bool {
        self.members.get(key).is_some_and(Value::is_string)
    }

    /// Adds a fault for each of `keys` that is not given.
    pub fn require(&mut self, keys: &[&'static str]) {
        for key in keys {
            if !self.has(key) {
                self.fault(key, FaultCode::Required);
            }
        }
    }

    /// Reads the value of `key` with `read`, which puts its own faults on the list.
    pub fn with<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Value, &Path<'_>, &mut Faults) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        read(value, &self.path.key(key), self.faults)
    }

    /// Reads a text with `parse`. Numbers are taken as the text that spells them.
    pub fn text<T, E: Into<FaultCode>>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.value_as(key, JsonType::Text)?;
        text(value, &self.path.key(key), self.faults, parse)
    }

    /// Reads an object with `read`.
    pub fn object<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut ObjectReader<'_>) -> Option<T>,
    ) -> Option<T> {
        self.with(key, |value, path, faults| ObjectReader::read(value, path, faults, read).flatten())
    }

    /// Reads a list of at most `most` items with `read`.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        most: usize,
        mut read: impl FnMut(&Value, &Path<'_>, &mut Faults) -> Option<T>,
    ) -> Vec<T> {
        self.with(key, |value, path, faults| {
            let Value::Array(items) = value else {
                faults
                    .add(path, FaultCode::WrongType { expected: JsonType::List, found: JsonType::of(value) });
                return None;
            };
            if items.len() > most {
                faults.add(path, FaultCode::TooMany { found: items.len(), most });
            }
            let read_item = |(index, item): (usize, &Value)| read(item, &path.item(index), faults);
            Some(items.iter().take(most).enumerate().filter_map(read_item).collect())
        })
        .unwrap_or_default()
    }

    /// Reads a list of texts without repetition. One text is taken as a list, parted at `;` and
    /// `；`, because tables have one cell for it.
    pub fn texts<T, E: Into<FaultCode>>(
        &mut self,
        key: &'static str,
        most: usize,
        mut parse: impl FnMut(&str) -> Result<T, E>,
        same: impl Fn(&T, &T) -> bool,
    ) -> Vec<T> {
        let Some(value) = self.value_as(key, JsonType::List) else { return Vec::new() };
        let path = self.path.key(key);
        let parted;
        let items = match value {
            Value::Array(items) => items,
            Value::String(cell) => {
                let parts = cell.split([';', '；']).filter(|part| !part.trim().is_empty());
                parted = parts.map(Value::from).collect::<Vec<_>>();
                if parted.is_empty() {
                    self.faults.add(path, FaultCode::Blank);
                }
                &parted
            }
            other => {
                let found = JsonType::of(other);
                self.faults.add(path, FaultCode::WrongType { expected: JsonType::List, found });
                return Vec::new();
            }
        };
        if items.len() > most {
            self.faults.add(path, FaultCode::TooMany { found: items.len(), most });
        }
        let mut kept: Vec<(usize, T)> = Vec::new();
        for (index, item) in items.iter().take(most).enumerate() {
            let Some(item) = text(item, &path.item(index), self.faults, &mut parse) else { continue };
            match kept.iter().find(|(_, earlier)| same(earlier, &item)) {
                Some((first, _)) => {
                    let first = path.item(*first).to_string();
                    self.faults.add(path.item(index), FaultCode::Duplicate { first });
                }
                None => kept.push((index, item)),
            }
        }
        kept.into_iter().map(|(_, item)| item).collect()
    }

    /// Reads `true` or `false`; tables may say yes, no, 是, 否.
    pub fn boolean(&mut self, key: &'static str) -> Option<bool> {
        const WORDS: &[&str] = &["true", "false"];
        let value = self.value_as(key, JsonType::Boolean)?;
        let (path, faults) = (self.path.key(key), &mut *self.faults);
        match value {
            Value::Bool(value) => Some(*value),
            Value::String(word) => match crate::base::text::fold_name(word).as_str() {
                "true" | "yes" | "是" | "1" => Some(true),
                "false" | "no" | "否" | "0" => Some(false),
                _ => {
                    faults.add(path, FaultCode::UnknownWord { allowed: WORDS });
                    None
                }
            },
            other => {
                let found = JsonType::of(other);
                faults.add(path, FaultCode::WrongType { expected: JsonType::Boolean, found });
                None
            }
        }
    }

    /// Reads a whole number of the range; tables may spell it as text.
    pub fn number(&mut self, key: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = self.value_as(key, JsonType::Number)?;
        let (path, faults) = (self.path.key(key), &mut *self.faults);
        let number = match value {
            Value::Number(number) => number.as_u64(),
            Value::String(digits) => digits.trim().parse().ok(),
            other => {
                let found = JsonType::of(other);
                faults.add(path, FaultCode::WrongType { expected: JsonType::Number, found });
                return None;
            }
        };
        if number.is_none_or(|number| !range.contains(&number)) {
            faults.add(path, FaultCode::OutOfRange { least: *range.start(), most: *range.end() });
            return None;
        }
        number
    }

    /// Adds a fault at `later` if it lies before `earlier`.
    pub fn not_before<T: PartialOrd>(
        &mut self,
        later: (&'static str, Option<T>),
        earlier: (&'static str, Option<T>),
    ) {
        if let (Some(late), Some(early)) = (later.1, earlier.1)
            && late < early
        {
            let other = self.path_of(earlier.0);
            self.fault(later.0, FaultCode::Before { other });
        }
    }
}

/// Reads a text with `parse`; numbers are taken as the text that spells them.
fn text<T, E: Into<FaultCode>>(
    value: &Value,
    path: &Path<'_>,
    faults: &mut Faults,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let parsed = match value {
        Value::String(text) => parse(text),
        Value::Number(number) => parse(&number.to_string()),
        other => {
            let found = JsonType::of(other);
            faults.add(path, FaultCode::WrongType { expected: JsonType::Text, found });
            return None;
        }
    };
    parsed.map_err(|fault| faults.add(path, fault.into())).ok()
}
