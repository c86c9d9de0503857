//! Writing JSON objects in which absent things have no member.

use serde_json::{Map, Value};

/// Puts members into an object; `None` and empty lists leave none.
#[derive(Default)]
pub struct ObjectWriter(Map<String, Value>);

impl ObjectWriter {
    /// Nothing written yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A value.
    pub fn put(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// A value, if there is one.
    pub fn maybe(&mut self, key: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.put(key, value);
        }
        self
    }

    /// Something shown as text, if there is one.
    pub fn shown(&mut self, key: &str, value: Option<impl ToString>) -> &mut Self {
        self.maybe(key, value.map(|value| value.to_string()))
    }

    /// A list, unless it is empty.
    pub fn list(&mut self, key: &str, items: impl IntoIterator<Item = impl Into<Value>>) -> &mut Self {
        let items: Vec<Value> = items.into_iter().map(Into::into).collect();
        if !items.is_empty() {
            self.put(key, items);
        }
        self
    }

    /// The object.
    pub fn finish(self) -> Map<String, Value> {
        self.0
    }
}
