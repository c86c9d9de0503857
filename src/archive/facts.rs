//! What the ledger says of a record, made from the same rows that the database holds. Capture
//! writes these facts, `verify` makes them again from the rows and compares: one place knows them.

use serde_json::{Map, Value, json};

use crate::store::StoreError;
use crate::store::rows::components::ComponentRow;
use crate::store::rows::links::LinkRow;
use crate::store::rows::parties::RecordPartyRow;
use crate::store::rows::records::RecordRow;
use crate::store::rows::segments::SegmentRow;
use crate::store::rows::versions::VersionRow;

/// The rows of one version of a record, as capture writes them and `verify` reads them.
pub(super) struct VersionRows<'a> {
    pub record: &'a RecordRow,
    pub version: &'a VersionRow,
    pub components: &'a [ComponentRow],
    pub parties: &'a [RecordPartyRow],
    pub links: &'a [LinkRow],
    pub segment: Option<&'a SegmentRow>,
}

/// The rows of one version, ready to be written.
pub(super) struct Rows {
    pub record: RecordRow,
    pub version: VersionRow,
    pub components: Vec<ComponentRow>,
    pub segment: Option<SegmentRow>,
    pub parties: Vec<RecordPartyRow>,
    pub links: Vec<LinkRow>,
}

impl Rows {
    /// As they will stand in the database.
    pub(super) fn as_written(&self) -> VersionRows<'_> {
        VersionRows {
            record: &self.record,
            version: &self.version,
            components: &self.components,
            parties: &self.parties,
            links: &self.links,
            segment: self.segment.as_ref(),
        }
    }
}

/// The facts of a `captured`, `amended` or `segment_captured` entry.
///
/// # Errors
/// [`StoreError::Corrupt`] if the clear facts of the typed fields are no JSON.
pub(super) fn of_version(rows: &VersionRows<'_>) -> Result<Value, StoreError> {
    let VersionRows { record, version, components, parties, links, segment } = rows;
    let mut parties: Vec<Value> =
        parties.iter().map(|row| json!({"party": row.party_id.to_string(), "role": row.role})).collect();
    parties.sort_by_key(ToString::to_string);
    let mut links: Vec<Value> = links.iter().map(link).collect();
    links.sort_by_key(ToString::to_string);
    let fields: Value = serde_json::from_str(&version.facts).map_err(|_| StoreError::Corrupt {
        table: "versions",
        id: format!("{}/{}", version.record_id, version.version),
        why: "facts: not JSON".to_owned(),
    })?;
    let mut facts = json!({
        "captured_by": version.captured_by.to_string(),
        "case": record.case_id.map(|id| id.to_string()),
        "category": record.category,
        "components": components.iter().map(component).collect::<Vec<_>>(),
        "descriptor": {
            "commitment": version.descriptor_commitment.to_hex(),
            "digest": version.descriptor_digest.to_hex(),
        },
        "fields": fields,
        "jurisdiction": record.jurisdiction,
        "kind": record.kind,
        "late": version.late,
        "links": links,
        "occurred_at": version.occurred_at.map(|at| at.to_rfc3339()),
        "occurred_on": version.occurred_on.to_string(),
        "parties": parties,
        "received_at": version.received_at.to_rfc3339(),
        "subkind": record.subkind,
        "version": version.version,
        "zone": version.zone.name(),
    });
    if let (Some(segment), Some(facts)) = (segment, facts.as_object_mut()) {
        facts.insert("segment".to_owned(), segment_facts(segment));
    }
    Ok(facts)
}

/// A link, as the entry of the version that made it speaks of it.
pub(super) fn link(row: &LinkRow) -> Value {
    json!({"kind": row.kind, "link": row.id.to_string(), "to": row.to_record.to_string()})
}

fn component(row: &ComponentRow) -> Value {
    json!({
        "bytes": row.bytes,
        "commitment": row.commitment.to_hex(),
        "component": row.id.to_string(),
        // The ledger takes words without blanks: the type without its parameters.
        "media_type": row.media_type.split(';').next().unwrap_or_default().trim_end(),
        "payload_bytes": row.payload_bytes,
        "payload_digest": row.payload_digest.to_hex(),
        "role": row.role,
    })
}

fn segment_facts(row: &SegmentRow) -> Value {
    let mut facts = Map::new();
    facts.insert("entries".to_owned(), json!(row.entries));
    facts.insert("first_at".to_owned(), json!(row.first_at.to_rfc3339()));
    facts.insert("last_at".to_owned(), json!(row.last_at.to_rfc3339()));
    facts.insert("offsets_digest".to_owned(), json!(row.offsets_digest.to_hex()));
    facts.insert("root".to_owned(), json!(row.root.to_hex()));
    Value::Object(facts)
}
