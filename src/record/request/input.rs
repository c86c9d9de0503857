//! A capture as it is put together by a command line, a form or a row of a table: everything is
//! still the text that people wrote. [`super::Capture::parse`] makes it a request or says what is wrong.

use std::fmt;

use serde_json::{Map, Value};

use super::write::ObjectWriter;

/// The fields of a capture, unchecked. What is `None` or empty is not given.
#[derive(Clone, Default, PartialEq)]
pub struct CaptureInput {
    /// Kind or subkind: `authorization`, `ticket`, `验收单`.
    pub kind: Option<String>,
    /// Subkind of a service record.
    pub subkind: Option<String>,
    /// Category of the file plan.
    pub category: Option<String>,
    /// The case: its id or its reference.
    pub case: Option<String>,
    /// Jurisdiction.
    pub jurisdiction: Option<String>,
    /// When it happened: a date, a local time, or an instant.
    pub occurred: Option<String>,
    /// The zone of the dates.
    pub zone: Option<String>,
    /// When it was received.
    pub received: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Parties.
    pub parties: Vec<PartyInput>,
    /// Typed fields, as JSON: see [`CaptureInput::set_field`].
    pub fields: Map<String, Value>,
    /// Custom fields: name and value.
    pub custom: Vec<(String, String)>,
    /// Tags.
    pub tags: Vec<String>,
    /// Language of the content.
    pub language: Option<String>,
    /// Remarks.
    pub notes: Option<String>,
    /// Links to other records.
    pub links: Vec<LinkInput>,
    /// The system it came from.
    pub source: Option<SourceInput>,
    /// The files.
    pub components: Vec<ComponentInput>,
    /// The key under which a repeated request is recognised.
    pub idempotency_key: Option<String>,
}

/// A party, unchecked.
#[derive(Clone, Default, PartialEq)]
pub struct PartyInput {
    /// Role.
    pub role: String,
    /// Name.
    pub name: String,
}

/// A link, unchecked.
#[derive(Clone, Default, PartialEq)]
pub struct LinkInput {
    /// Kind of link.
    pub kind: String,
    /// Id of the other record.
    pub to: String,
}

/// A source, unchecked.
#[derive(Clone, Default, PartialEq)]
pub struct SourceInput {
    /// The system.
    pub system: String,
    /// The id there.
    pub external_id: String,
    /// The revision there.
    pub revision: Option<String>,
}

/// A component, unchecked.
#[derive(Clone, Default, PartialEq)]
pub struct ComponentInput {
    /// File name, without folders.
    pub name: String,
    /// Media type; guessed from the name if not given.
    pub media_type: Option<String>,
    /// What the file is to the record; `native` if not given.
    pub role: Option<String>,
    /// Its length.
    pub bytes: Option<u64>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: Option<String>,
}

impl fmt::Debug for CaptureInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureInput").field("components", &self.components.len()).finish_non_exhaustive()
    }
}

impl CaptureInput {
    /// Sets a typed field by the name it has in tables: `valid_from`, `signatory.name`. A name with
    /// a dot sets a member of an object; if the field before the dot is set and no object, that
    /// text becomes the object's `name`, `status` or `place` (`signatory` beside `signatory.capacity`).
    pub fn set_field(&mut self, name: &str, value: impl Into<Value>) {
        let Some((object, member)) = name.split_once('.') else {
            let value = value.into();
            match self.fields.get_mut(name) {
                Some(Value::Object(members)) => {
                    members.insert(short_member(name).to_owned(), value);
                }
                _ => {
                    self.fields.insert(name.to_owned(), value);
                }
            }
            return;
        };
        let mut members = match self.fields.remove(object) {
            Some(Value::Object(members)) => members,
            Some(short) => Map::from_iter([(short_member(object).to_owned(), short)]),
            None => Map::new(),
        };
        members.insert(member.to_owned(), value.into());
        self.fields.insert(object.to_owned(), Value::Object(members));
    }

    /// The JSON that the API takes for the same capture.
    pub fn to_json(&self) -> Value {
        let mut writer = ObjectWriter::new();
        writer
            .maybe("kind", self.kind.as_deref())
            .maybe("subkind", self.subkind.as_deref())
            .maybe("category", self.category.as_deref())
            .maybe("case", self.case.as_deref())
            .maybe("jurisdiction", self.jurisdiction.as_deref())
            .maybe("occurred", self.occurred.as_deref())
            .maybe("zone", self.zone.as_deref())
            .maybe("received", self.received.as_deref())
            .maybe("title", self.title.as_deref())
            .list(
                "parties",
                self.parties.iter().map(|party| pair(("role", &party.role), ("name", &party.name))),
            )
            .maybe("fields", (!self.fields.is_empty()).then(|| self.fields.clone()))
            .list("custom", self.custom.iter().map(|(name, value)| pair(("name", name), ("value", value))))
            .list("tags", self.tags.iter().map(String::as_str))
            .maybe("language", self.language.as_deref())
            .maybe("notes", self.notes.as_deref())
            .list("links", self.links.iter().map(|link| pair(("kind", &link.kind), ("to", &link.to))))
            .maybe("source", self.source.as_ref().map(SourceInput::to_json))
            .list("components", self.components.iter().map(ComponentInput::to_json))
            .maybe("idempotency_key", self.idempotency_key.as_deref());
        Value::Object(writer.finish())
    }
}

/// The member that the text alone stands for.
fn short_member(object: &str) -> &'static str {
    match object {
        "signature" => "status",
        "paper_original" => "place",
        _ => "name",
    }
}

fn pair(first: (&str, &str), second: (&str, &str)) -> Map<String, Value> {
    Map::from_iter([first, second].map(|(name, value)| (name.to_owned(), Value::from(value))))
}

impl SourceInput {
    fn to_json(&self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        writer
            .put("system", self.system.as_str())
            .put("external_id", self.external_id.as_str())
            .maybe("revision", self.revision.as_deref());
        writer.finish()
    }
}

impl ComponentInput {
    fn to_json(&self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        writer
            .put("name", self.name.as_str())
            .maybe("media_type", self.media_type.as_deref())
            .maybe("role", self.role.as_deref())
            .maybe("bytes", self.bytes)
            .maybe("sha256", self.sha256.as_deref());
        writer.finish()
    }
}
