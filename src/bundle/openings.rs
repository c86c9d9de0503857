//! `openings.json`: the commitment keys of the originals and descriptors that the bundle holds,
//! and of no others. With its key, a commitment in the ledger is shown to be the one to this
//! very file.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::base::canonical;
use crate::base::digest::{from_hex, to_hex};
use crate::base::id::ComponentId;
use crate::seal::commitment::CommitmentKey;

use super::layout::ItemNumber;

const FORMAT_VERSION: u64 = 1;

/// The keys, by what they open.
#[derive(Default)]
pub(super) struct Openings {
    /// Of whole originals.
    pub components: BTreeMap<ComponentId, CommitmentKey>,
    /// Of descriptors.
    pub descriptors: BTreeMap<ItemNumber, CommitmentKey>,
}

impl Openings {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let components = self.components.iter().map(|(id, key)| (id.to_string(), hex(key)));
        let descriptors = self.descriptors.iter().map(|(item, key)| (item.to_string(), hex(key)));
        canonical::to_bytes(&json!({
            "v": FORMAT_VERSION,
            "components": components.collect::<Map<_, _>>(),
            "descriptors": descriptors.collect::<Map<_, _>>(),
        }))
    }

    /// Reads what [`Openings::to_bytes`] wrote, and nothing else.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let mut openings = Self::default();
        for (id, key) in value.get("components")?.as_object()? {
            openings.components.insert(ComponentId::parse(id).ok()?, parse_key(key)?);
        }
        for (item, key) in value.get("descriptors")?.as_object()? {
            openings.descriptors.insert(ItemNumber::parse(item)?, parse_key(key)?);
        }
        (openings.to_bytes() == bytes).then_some(openings)
    }
}

pub(super) fn hex(key: &CommitmentKey) -> Value {
    Value::String(to_hex(key.expose()))
}

pub(super) fn parse_key(value: &Value) -> Option<CommitmentKey> {
    CommitmentKey::from_slice(&from_hex(value.as_str()?)?)
}
