//! Ledger entries as a bundle carries them, and what an entry of a capture says.

use serde_json::{Map, Value};

use crate::base::digest::Digest;
use crate::base::id::{ComponentId, RecordId};
use crate::base::limits::{COMPONENTS_MAX, SEGMENT_ENTRIES_MAX};
use crate::ledger::entry::{Entry, EntryError, EntryKind, decode};
use crate::ledger::tree::Hash;
use crate::record::lineage::LinkKind;
use crate::seal::commitment::Commitment;

/// An entry of the ledger with the proof that it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenEntry {
    /// Its position in the log, from 0.
    pub seq: u64,
    /// Its bytes, as they were entered.
    pub bytes: Vec<u8>,
    /// The inclusion proof under the bundle's checkpoint, from the leaf upwards.
    pub hashes: Vec<Hash>,
}

/// What the ledger says of one component of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentFacts {
    /// The component.
    pub component: ComponentId,
    /// Its media type.
    pub media_type: String,
    /// Bytes of the original.
    pub bytes: u64,
    /// The commitment to the original.
    pub commitment: Commitment,
    /// All that the entry says of it.
    pub(super) facts: Map<String, Value>,
}

/// What the ledger says of a segment of a bulk log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentFacts {
    /// Entries in the segment.
    pub entries: u64,
    /// The RFC 6962 root over their commitments.
    pub root: Hash,
}

/// An entry that took one version of a record in.
#[derive(Debug, Clone)]
pub(super) struct Captured {
    pub seq: u64,
    pub entry: Entry,
    pub record: RecordId,
    pub version: u64,
    pub components: Vec<ComponentFacts>,
    pub descriptor: Commitment,
    pub segment: Option<SegmentFacts>,
}

/// Why an entry is none of a capture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCapture {
    /// The bytes are no entry.
    #[error("not a ledger entry: {0}")]
    Entry(#[from] EntryError),
    /// The entry says that something else happened.
    #[error("the entry {kind} takes no record in")]
    Kind {
        /// What it says.
        kind: EntryKind,
    },
    /// A fact is missing or of the wrong form.
    #[error("the fact {name} is missing or malformed")]
    Fact {
        /// The fact's key.
        name: &'static str,
    },
}

impl Captured {
    /// Reads the entry at `seq`.
    pub(super) fn read(seq: u64, bytes: &[u8]) -> Result<Self, BadCapture> {
        Self::of(seq, decode(bytes)?)
    }

    /// What the entry at `seq` says, if it took a version of a record in.
    pub(super) fn of(seq: u64, entry: Entry) -> Result<Self, BadCapture> {
        if !entry.kind.takes_a_version_in() {
            return Err(BadCapture::Kind { kind: entry.kind });
        }
        let bad = |name| BadCapture::Fact { name };
        let record = RecordId::parse(&entry.subject).map_err(|_| bad("subject"))?;
        let version = entry.facts.get("version").and_then(Value::as_u64).ok_or(bad("version"))?;
        let components = components(&entry.facts).ok_or(bad("components"))?;
        let descriptor = entry.facts.get("descriptor").and_then(|facts| commitment(facts.as_object()?));
        let descriptor = descriptor.ok_or(bad("descriptor"))?;
        let segment = match entry.facts.get("segment") {
            None => None,
            Some(facts) => Some(segment(facts).ok_or(bad("segment"))?),
        };
        // What a log is captured as has a segment, and nothing else has one.
        let of_log = entry.kind == EntryKind::SegmentCaptured;
        if segment.is_some() != of_log || (of_log && components.len() != 1) {
            return Err(bad("segment"));
        }
        Ok(Self { seq, record, version, components, descriptor, segment, entry })
    }

    /// The records that this version says it corrects.
    pub(super) fn corrects(&self) -> Vec<RecordId> {
        let links = self.entry.facts.get("links").and_then(Value::as_array);
        let corrected = |link: &Value| {
            let corrects = link.get("kind").and_then(Value::as_str) == Some(LinkKind::Corrects.as_str());
            RecordId::parse(link.get("to")?.as_str()?).ok().filter(|_| corrects)
        };
        links.into_iter().flatten().filter_map(corrected).collect()
    }

    /// The facts of the record itself: without what `record.json` has elsewhere.
    pub(super) fn clear_facts(&self) -> Map<String, Value> {
        let mut facts = self.entry.facts.clone();
        facts.shift_remove("components");
        facts
    }

    /// A fact that is a text; empty where it is missing.
    pub(super) fn fact_text(&self, name: &str) -> &str {
        self.entry.facts.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

fn components(facts: &Map<String, Value>) -> Option<Vec<ComponentFacts>> {
    let items = facts.get("components")?.as_array()?;
    if items.is_empty() || items.len() > COMPONENTS_MAX {
        return None;
    }
    let components: Vec<ComponentFacts> = items.iter().map(component).collect::<Option<_>>()?;
    let mut ids: Vec<ComponentId> = components.iter().map(|component| component.component).collect();
    ids.sort_unstable();
    ids.dedup();
    (ids.len() == components.len()).then_some(components)
}

fn component(facts: &Value) -> Option<ComponentFacts> {
    let facts = facts.as_object()?;
    Some(ComponentFacts {
        component: ComponentId::parse(facts.get("component")?.as_str()?).ok()?,
        media_type: facts.get("media_type")?.as_str()?.to_owned(),
        bytes: facts.get("bytes")?.as_u64()?,
        commitment: commitment(facts)?,
        facts: facts.clone(),
    })
}

fn commitment(facts: &Map<String, Value>) -> Option<Commitment> {
    digest(facts.get("commitment")?).map(Commitment::from_digest)
}

fn segment(facts: &Value) -> Option<SegmentFacts> {
    let facts = facts.as_object()?;
    let entries = facts.get("entries")?.as_u64()?;
    if entries == 0 || entries > SEGMENT_ENTRIES_MAX as u64 {
        return None;
    }
    Some(SegmentFacts { entries, root: digest(facts.get("root")?)? })
}

/// A digest in its only spelling: 64 lower-case digits.
pub(super) fn digest(value: &Value) -> Option<Digest> {
    let text = value.as_str()?;
    let digest = Digest::parse_hex(text).ok()?;
    (digest.to_hex() == text).then_some(digest)
}
