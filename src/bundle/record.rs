//! `record.json`: all that a bundle says of one item, in one canonical JSON object. Everything in
//! it but the descriptor and the case's reference follows from the ledger entry and from the files, so the verifier makes
//! it again and compares bytes.

use serde_json::{Map, Value, json};

use crate::base::canonical;
use crate::base::digest::{Digest, to_hex};

use super::entry::Captured;
use super::layout::ItemNumber;
use super::plan::Selection;

/// The version of `record.json`.
const FORMAT_VERSION: u64 = 2;

/// A file of the bundle, after all its bytes went by.
#[derive(Debug, Clone)]
pub(super) struct FileSums {
    /// Path below the top folder.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: Digest,
    /// SHA-512.
    pub sha512: [u8; 64],
}

/// What `record.json` is made of.
pub(super) struct RecordParts<'a> {
    pub item: ItemNumber,
    pub origin: &'a str,
    pub captured: &'a Captured,
    pub selection: &'a Selection,
    /// The descriptor's JSON, if it is released.
    pub descriptor: Option<&'a Value>,
    /// The reference of the case, in the holder's words.
    pub case_reference: Option<&'a str>,
    /// One file per component, in the order of the entry.
    pub files: &'a [FileSums],
}

impl RecordParts<'_> {
    /// The object.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let captured = self.captured;
        let components: Vec<Value> = captured
            .components
            .iter()
            .zip(self.files)
            .enumerate()
            .map(|(index, (component, file))| {
                let mut object = component.facts.clone();
                object.insert("file".to_owned(), file_json(file));
                if let Some(name) = original_name(self.descriptor, index) {
                    object.insert("original_name".to_owned(), json!(name));
                }
                Value::Object(object)
            })
            .collect();
        let mut object = Map::new();
        object.insert("v".to_owned(), json!(FORMAT_VERSION));
        object.insert("item".to_owned(), json!(self.item.to_string()));
        object.insert("record".to_owned(), json!(captured.record.to_string()));
        object.insert("version".to_owned(), json!(captured.version));
        object.insert("entries".to_owned(), json!(self.selection.to_text()));
        object.insert("case_reference".to_owned(), json!(self.case_reference));
        object.insert("descriptor".to_owned(), self.descriptor.cloned().unwrap_or(Value::Null));
        object.insert("facts".to_owned(), Value::Object(captured.clear_facts()));
        object.insert("components".to_owned(), Value::Array(components));
        object.insert("ledger".to_owned(), self.ledger_json());
        object
    }

    /// The bytes of `record.json`.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(&Value::Object(self.to_json()))
    }

    fn ledger_json(&self) -> Value {
        let entry = &self.captured.entry;
        json!({
            "actor": entry.actor.to_string(),
            "at": entry.at.to_rfc3339(),
            "entry": self.item.entry(),
            "kind": entry.kind.as_str(),
            "origin": self.origin,
            "proof": self.item.proof(),
            "seq": self.captured.seq,
        })
    }
}

fn file_json(file: &FileSums) -> Value {
    json!({
        "bytes": file.bytes,
        "path": file.path,
        "sha256": file.sha256.to_hex(),
        "sha512": to_hex(&file.sha512),
    })
}

/// The name under which the component at `index` came, as the descriptor has it.
pub(super) fn original_name(descriptor: Option<&Value>, index: usize) -> Option<&str> {
    descriptor?.get("original_names")?.get(index)?.as_str()
}

/// The title, as the descriptor has it.
pub(super) fn title(descriptor: Option<&Value>) -> &str {
    descriptor.and_then(|descriptor| descriptor.get("title")?.as_str()).unwrap_or_default()
}
