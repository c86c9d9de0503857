//! The descriptor: what a record says about itself in words. It is sealed, never stored in clear;
//! its JSON is described in `docs/formats/descriptor.md`.

use serde_json::{Map, Value};

use crate::base::canonical;
use crate::base::limits::{
    COMPONENTS_MAX, CUSTOM_FIELDS_MAX, CUSTOM_NAME_CHARS_MAX, CUSTOM_VALUE_CHARS_MAX, PARTIES_MAX, TAGS_MAX,
};
use crate::base::secret::SecretBytes;
use crate::base::text::{self, BadLabel};

use super::fields::{Fields, Form};
use super::names::{FileName, Language, Note, Reference, Title};
use super::party::{Party, PartyName, PartyRole};
use super::request::{Fault, FaultCode, Faults, JsonType, ObjectReader, ObjectWriter, Path};

/// The version of the JSON that [`Descriptor::to_bytes`] writes.
pub const DESCRIPTOR_VERSION: u64 = 1;

/// What is sealed beside the content of one version of a record. `Debug` shows closed words and
/// dates only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// The title.
    pub title: Title,
    /// The parties in their roles; no party twice in one role.
    pub parties: Vec<Party>,
    /// The typed fields of its kind.
    pub fields: Fields,
    /// All other fields, in their order; no two names fold alike.
    pub custom: Vec<CustomField>,
    /// The system it came from.
    pub source: Option<Source>,
    /// The name of each component's file, in the order of the components.
    pub original_names: Vec<FileName>,
    /// Words under which people group it.
    pub tags: Vec<Tag>,
    /// The language of the content.
    pub language: Option<Language>,
    /// Remarks.
    pub notes: Option<Note>,
}

/// A field that the archive's rules do not know.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl std::fmt::Debug for CustomField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

/// A word under which people group records: one line, at most as long as a custom field's name.
#[derive(Clone, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// Reads a tag.
    pub fn parse(text: &str) -> Result<Self, BadLabel> {
        text::label(text, CUSTOM_NAME_CHARS_MAX).map(Self)
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

/// The system a record came from: with its revision, the identity of a repeated feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The system's name.
    pub system: Reference,
    /// The record's id there.
    pub external_id: Reference,
    /// The state of the record there; another one is another version here.
    pub revision: Option<Reference>,
}

impl Source {
    /// What identifies the record over all its revisions; the input of a keyed token.
    /// Canonical JSON, so that no two pairs spell the same text.
    pub fn identity_text(&self) -> String {
        Value::from(vec![self.system.as_str(), self.external_id.as_str()]).to_string()
    }

    /// What identifies this revision of it, if the source tells revisions apart.
    pub fn revision_text(&self) -> Option<String> {
        let revision = self.revision.as_ref()?;
        Some(
            Value::from(vec![self.system.as_str(), self.external_id.as_str(), revision.as_str()]).to_string(),
        )
    }

    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let system = reader.text("system", Reference::parse);
        let external_id = reader.text("external_id", Reference::parse);
        let revision = reader.text("revision", Reference::parse);
        reader.require(&["system", "external_id"]);
        Some(Self { system: system?, external_id: external_id?, revision })
    }

    fn to_json(&self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        writer
            .put("system", self.system.as_str())
            .put("external_id", self.external_id.as_str())
            .maybe("revision", self.revision.as_ref().map(Reference::as_str));
        writer.finish()
    }
}

/// Why bytes are no descriptor: the seal was right, so this is damage or a later version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDescriptor {
    /// Not JSON, or not in its canonical form.
    #[error("not canonical JSON")]
    Form,
    /// Written by a later version of the archive.
    #[error("written in version {found}; this archive reads version {DESCRIPTOR_VERSION}")]
    Version {
        /// The version found.
        found: u64,
    },
    /// Members that this version does not write.
    #[error("{} members are wrong", faults.len())]
    Members {
        /// What is wrong, by path.
        faults: Vec<Fault>,
    },
}

impl Descriptor {
    /// The value of the custom field whose name folds as `name` does.
    pub fn custom(&self, name: &str) -> Option<&str> {
        let name = text::fold_name(name);
        self.custom
            .iter()
            .find(|field| text::fold_name(&field.name) == name)
            .map(|field| field.value.as_str())
    }

    /// The parties in `role`.
    pub fn parties_as(&self, role: PartyRole) -> impl Iterator<Item = &PartyName> {
        self.parties.iter().filter(move |party| party.role == role).map(|party| &party.name)
    }

    /// The JSON that is sealed.
    pub fn to_json(&self) -> Value {
        let party = |party: &Party| {
            let mut writer = ObjectWriter::new();
            writer.put("role", party.role.as_str()).put("name", party.name.as_str());
            writer.finish()
        };
        let custom = |field: &CustomField| {
            let mut writer = ObjectWriter::new();
            writer.put("name", field.name.as_str()).put("value", field.value.as_str());
            writer.finish()
        };
        let mut writer = ObjectWriter::new();
        writer
            .put("v", DESCRIPTOR_VERSION)
            .put("form", self.fields.form().as_str())
            .put("title", self.title.as_str())
            .list("parties", self.parties.iter().map(party))
            .put("fields", self.fields.to_json())
            .list("custom", self.custom.iter().map(custom))
            .maybe("source", self.source.as_ref().map(Source::to_json))
            .list("original_names", self.original_names.iter().map(FileName::as_str))
            .list("tags", self.tags.iter().map(Tag::as_str))
            .maybe("language", self.language.as_ref().map(Language::as_str))
            .maybe("notes", self.notes.as_ref().map(Note::as_str));
        Value::Object(writer.finish())
    }

    /// The canonical bytes that are sealed and committed to.
    pub fn to_bytes(&self) -> SecretBytes {
        SecretBytes::new(canonical::to_bytes(&self.to_json()))
    }

    /// Reads what [`Descriptor::to_bytes`] wrote, and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadDescriptor> {
        let value: Value = serde_json::from_slice(bytes).map_err(|_| BadDescriptor::Form)?;
        match value.get("v").and_then(Value::as_u64) {
            Some(DESCRIPTOR_VERSION) => {}
            Some(found) => return Err(BadDescriptor::Version { found }),
            None => return Err(BadDescriptor::Form),
        }
        let mut faults = Faults::new();
        let descriptor = ObjectReader::read(&value, &Path::Root, &mut faults, Self::read_sealed).flatten();
        let descriptor =
            faults.into_result(descriptor).map_err(|faults| BadDescriptor::Members { faults })?;
        // The readers take more spellings than the archive writes: only the written one is sealed.
        if descriptor.to_bytes().expose() == bytes { Ok(descriptor) } else { Err(BadDescriptor::Form) }
    }

    fn read_sealed(reader: &mut ObjectReader<'_>) -> Option<Self> {
        reader.know("v");
        let form = reader.text("form", Form::parse);
        let title = reader.text("title", Title::parse);
        let original_names = reader.list("original_names", COMPONENTS_MAX, |item, path, faults| {
            let name = item.as_str().map(FileName::parse);
            let wrong = FaultCode::WrongType { expected: JsonType::Text, found: JsonType::of(item) };
            let fault = |code| faults.add(path, code);
            name.ok_or(wrong).and_then(|name| name.map_err(FaultCode::from)).map_err(fault).ok()
        });
        let parts = Parts::read(reader, form.map(|form| (form, form.as_str())));
        reader.require(&["form", "title", "fields"]);
        Some(parts.into_descriptor(title?, original_names, form?))
    }
}

/// The members that a descriptor and a capture request have in common.
pub(super) struct Parts {
    pub(super) parties: Vec<Party>,
    pub(super) fields: Option<Fields>,
    pub(super) custom: Vec<CustomField>,
    pub(super) source: Option<Source>,
    pub(super) tags: Vec<Tag>,
    pub(super) language: Option<Language>,
    pub(super) notes: Option<Note>,
}

impl Parts {
    /// Reads them. Where the form is not known, nothing can be said about the typed fields.
    pub(super) fn read(reader: &mut ObjectReader<'_>, form: Option<(Form, &'static str)>) -> Self {
        let fields = match form {
            Some((form, kind)) => reader.object("fields", |inner| Some(Fields::read(form, kind, inner))),
            None => {
                reader.know("fields");
                None
            }
        };
        Self {
            parties: read_parties(reader),
            fields,
            custom: read_custom(reader),
            source: reader.object("source", Source::read),
            tags: reader.texts("tags", TAGS_MAX, Tag::parse, |a, b| {
                text::fold_name(a.as_str()) == text::fold_name(b.as_str())
            }),
            language: reader.text("language", Language::parse),
            notes: reader.text("notes", Note::parse),
        }
    }

    pub(super) fn into_descriptor(
        self,
        title: Title,
        original_names: Vec<FileName>,
        form: Form,
    ) -> Descriptor {
        Descriptor {
            title,
            parties: self.parties,
            fields: self.fields.unwrap_or_else(|| Fields::empty(form)),
            custom: self.custom,
            source: self.source,
            original_names,
            tags: self.tags,
            language: self.language,
            notes: self.notes,
        }
    }
}

fn read_parties(reader: &mut ObjectReader<'_>) -> Vec<Party> {
    let mut seen: Vec<(Party, String, String)> = Vec::new();
    reader.list("parties", PARTIES_MAX, |item, path, faults| {
        let party = ObjectReader::read(item, path, faults, |inner| {
            let role = inner.text("role", PartyRole::parse);
            let name = inner.text("name", PartyName::parse);
            inner.require(&["role", "name"]);
            Some(Party { role: role?, name: name? })
        })??;
        let folded = party.name.folded();
        if let Some((_, _, first)) =
            seen.iter().find(|(earlier, name, _)| earlier.role == party.role && *name == folded)
        {
            faults.add(path, FaultCode::Duplicate { first: first.clone() });
            return None;
        }
        seen.push((party.clone(), folded, path.to_string()));
        Some(party)
    })
}

/// Reads `{"name": "value"}`, or a list of `{"name": …, "value": …}` where the order matters.
fn read_custom(reader: &mut ObjectReader<'_>) -> Vec<CustomField> {
    reader
        .with("custom", |value, path, faults| {
            let mut custom = CustomReader { kept: Vec::new(), faults };
            match value {
                Value::Object(members) => {
                    for (name, value) in members.iter().take(CUSTOM_FIELDS_MAX) {
                        custom.take(name, value, &path.key(name), &path.key(name));
                    }
                    custom.limit(members.len(), path);
                }
                Value::Array(items) => {
                    for (index, item) in items.iter().take(CUSTOM_FIELDS_MAX).enumerate() {
                        custom.take_item(item, &path.item(index));
                    }
                    custom.limit(items.len(), path);
                }
                other => {
                    let found = JsonType::of(other);
                    custom.faults.add(path, FaultCode::WrongType { expected: JsonType::Object, found });
                }
            }
            Some(custom.kept.into_iter().map(|(field, _, _)| field).collect())
        })
        .unwrap_or_default()
}

struct CustomReader<'a> {
    /// Each field with its folded name and its path.
    kept: Vec<(CustomField, String, String)>,
    faults: &'a mut Faults,
}

impl CustomReader<'_> {
    fn limit(&mut self, found: usize, path: &Path<'_>) {
        if found > CUSTOM_FIELDS_MAX {
            self.faults.add(path, FaultCode::TooMany { found, most: CUSTOM_FIELDS_MAX });
        }
    }

    fn take_item(&mut self, item: &Value, path: &Path<'_>) {
        let pair = ObjectReader::read(item, path, self.faults, |inner| {
            let name = inner.text("name", |name| Ok::<_, BadLabel>(name.to_owned()));
            let value = inner.value("value").cloned();
            inner.require(&["name", "value"]);
            Some((name?, value?))
        });
        if let Some((name, value)) = pair.flatten() {
            self.take(&name, &value, &path.key("name"), &path.key("value"));
        }
    }

    fn take(&mut self, name: &str, value: &Value, name_path: &Path<'_>, value_path: &Path<'_>) {
        let value = match value {
            Value::String(value) => value.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            other => {
                let found = JsonType::of(other);
                self.faults.add(value_path, FaultCode::WrongType { expected: JsonType::Text, found });
                return;
            }
        };
        let name = text::label(name, CUSTOM_NAME_CHARS_MAX)
            .map_err(|fault| self.faults.add(name_path, fault.into()));
        let value = text::prose(&value, CUSTOM_VALUE_CHARS_MAX)
            .map_err(|fault| self.faults.add(value_path, fault.into()));
        let (Ok(name), Ok(value)) = (name, value) else { return };
        let folded = text::fold_name(&name);
        match self.kept.iter().find(|(_, earlier, _)| *earlier == folded) {
            Some((_, _, first)) => {
                let first = first.clone();
                self.faults.add(name_path, FaultCode::Duplicate { first });
            }
            None => self.kept.push((CustomField { name, value }, folded, name_path.to_string())),
        }
    }
}
