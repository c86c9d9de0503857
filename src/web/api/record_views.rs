//! What is told of one record: its versions with their components, its links, its ledger entry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::erasures::ErasureBody;
use super::hold_views::HoldMarkBody;
use super::receipt::LedgerPlaceBody;
use super::records::words_of;
use crate::archive::disposition::Tombstone;
use crate::archive::records::{
    ComponentView, Countersigned, DerivativeView, LedgerEntry, LinkView, RecordView, VersionView,
};

/// A record, at the reader's level.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordBody {
    /// The record.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its subkind, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subkind: Option<String>,
    /// Its category.
    pub category: String,
    /// Its jurisdiction.
    pub jurisdiction: String,
    /// Its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseName>,
    /// Its state.
    pub state: String,
    /// When its first version was captured.
    pub captured_at: String,
    /// By whom.
    pub captured_by: String,
    /// Its current version.
    pub version: u32,
    /// All versions, the first one first.
    pub versions: Vec<VersionBody>,
    /// Links from and to it.
    pub links: Vec<LinkBody>,
    /// What was made of it and kept, and what it was made from, as far as the ledger has it: a link derived_from
    /// that stands here too was made in the archive, any other is what somebody said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub derivatives: Vec<DerivativeBody>,
    /// Its parties, by opaque ids.
    pub parties: Vec<PartyPart>,
    /// Entries, for a segment of a bulk log, those that were erased among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// What of the log was erased, oldest first. Absent where nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub erasures: Vec<ErasureBody>,
    /// Holds over it of which the reader may know. Absent where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<HoldMarkBody>,
    /// What is left of it, once it is sealed for its destruction or destroyed. Absent while it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tombstone: Option<TombstoneBody>,
    /// True if words are held back from this reader.
    pub withheld: bool,
}

/// What is left of a record (销毁留痕): nobody's name, and where the ledger proves it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TombstoneBody {
    /// sealed or shredded.
    state: &'static str,
    /// The disposition in which it went.
    disposition: String,
    /// When it was brought to that state.
    at: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// The rule that justified it, as id@version. Nothing held it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Who agreed.
    approved_by: Vec<String>,
    /// Position of the entry in the ledger.
    ledger_index: u64,
}

impl From<Tombstone> for TombstoneBody {
    fn from(tombstone: Tombstone) -> Self {
        Self {
            state: tombstone.state.as_str(),
            disposition: tombstone.disposition.to_string(),
            at: tombstone.at.to_rfc3339(),
            by: tombstone.by.map(|by| by.to_string()),
            rule: tombstone.rule,
            approved_by: tombstone.approved_by.iter().map(ToString::to_string).collect(),
            ledger_index: tombstone.ledger_index,
        }
    }
}

/// A case, by id and, for those who may read words, by reference.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseName {
    /// The case.
    pub id: String,
    /// Its reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// One version of a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionBody {
    /// Its number, from 1.
    pub version: u32,
    /// The day on which it happened.
    pub occurred_on: String,
    /// The instant, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<String>,
    /// The zone in which the day holds.
    pub zone: String,
    /// When it was received.
    pub received_at: String,
    /// When it was captured.
    pub captured_at: String,
    /// By whom.
    pub captured_by: String,
    /// The name of that user, for those who may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured_by_name: Option<String>,
    /// Days by which it is late, where it counts as late (补录).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_days: Option<u32>,
    /// Title, parties, typed and custom fields, for those who may read them in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descriptor: Option<Value>,
    /// Its files.
    pub components: Vec<ComponentBody>,
    /// Where its capture stands in the ledger.
    pub ledger: LedgerPlaceBody,
}

/// One file of a version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentBody {
    /// The component.
    pub id: String,
    /// What it is to the record.
    pub role: String,
    /// Its media type.
    pub media_type: String,
    /// Length of the content.
    pub bytes: u64,
    /// Length of the sealed payload.
    pub payload_bytes: u64,
    /// SHA-256 of the sealed payload, hexadecimal.
    pub payload_sha256: String,
    /// Its commitment in the ledger, hexadecimal.
    pub commitment: String,
    /// False if the payload was destroyed.
    pub present: bool,
    /// The file's name as it came, for those who may read words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why no text is read of it: a stable word, where it was refused and that was entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// A link between two records.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkBody {
    /// The link.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Where it begins.
    pub from: String,
    /// Where it leads.
    pub to: String,
}

/// A record that was made of another one in the archive: a redacted copy.
#[derive(Debug, Serialize, ToSchema)]
pub struct DerivativeBody {
    /// The record that holds the copy.
    pub record: String,
    /// The record that it was made from.
    pub from: String,
    /// The version that it was made from.
    pub version: u64,
    /// The component that it was made from.
    pub component: String,
    /// The component that holds it.
    pub kept_component: String,
    /// The profile.
    pub profile: String,
    /// Why it is a slip sheet and no copy: a stable word. Absent of a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
    /// Position of the entry that says so.
    pub ledger_index: u64,
}

impl From<DerivativeView> for DerivativeBody {
    fn from(view: DerivativeView) -> Self {
        Self {
            record: view.record.to_string(),
            from: view.from.to_string(),
            version: view.version,
            component: view.component,
            kept_component: view.kept_component,
            profile: view.profile,
            withheld: view.withheld,
            ledger_index: view.ledger_index,
        }
    }
}

/// A party of a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyPart {
    /// The party.
    pub id: String,
    /// Its role.
    pub role: String,
}

/// An entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerEntryBody {
    /// Its index, from 0.
    pub index: u64,
    /// When.
    pub at: String,
    /// What.
    pub kind: String,
    /// Who: a user's id, or system.
    pub actor: String,
    /// The user's name, in a custody and for those who may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<String>,
    /// In a custody, where the entry begins an export: the user who countersigned it, or not_countersigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countersigned_by: Option<String>,
    /// That user's name, likewise and for those who may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countersigned_by_name: Option<String>,
    /// What an original was read or exported for, in a custody and for those who may read the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// In a custody, the evidence package that the entry is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The exact bytes whose hash the tree holds, in base64: canonical JSON. Absent for entries about a
    /// package, where the reader does not see all records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Its proof under the newest checkpoint (C2SP tlog-proof), where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

impl From<RecordView> for RecordBody {
    fn from(view: RecordView) -> Self {
        let (kind, subkind) = words_of(view.kind);
        let reference = view.case_reference;
        Self {
            id: view.id.to_string(),
            kind,
            subkind,
            category: view.category,
            jurisdiction: view.jurisdiction,
            case: view.case.map(|id| CaseName { id: id.to_string(), reference }),
            state: view.state,
            captured_at: view.captured_at.to_rfc3339(),
            captured_by: view.captured_by.to_string(),
            version: view.versions.last().map_or(0, |version| version.version),
            versions: view.versions.into_iter().map(VersionBody::from).collect(),
            links: view.links.into_iter().map(LinkBody::from).collect(),
            derivatives: view.derivatives.into_iter().map(DerivativeBody::from).collect(),
            parties: view
                .parties
                .into_iter()
                .map(|part| PartyPart { id: part.id.to_string(), role: part.role })
                .collect(),
            entries: view.entries,
            erasures: view.erasures.iter().map(ErasureBody::from).collect(),
            holds: view.holds.into_iter().map(HoldMarkBody::from).collect(),
            tombstone: view.tombstone.map(TombstoneBody::from),
            withheld: view.withheld,
        }
    }
}

impl From<LinkView> for LinkBody {
    fn from(link: LinkView) -> Self {
        Self {
            id: link.id.to_string(),
            kind: link.kind,
            from: link.from.to_string(),
            to: link.to.to_string(),
        }
    }
}

impl From<VersionView> for VersionBody {
    fn from(view: VersionView) -> Self {
        Self {
            version: view.version,
            occurred_on: view.occurred_on.to_string(),
            occurred_at: view.occurred_at.map(|at| at.to_rfc3339()),
            zone: view.zone.name().to_owned(),
            received_at: view.received_at.to_rfc3339(),
            captured_at: view.captured_at.to_rfc3339(),
            captured_by: view.captured_by.to_string(),
            captured_by_name: None,
            late_days: view.late_days,
            descriptor: view.descriptor.map(|descriptor| descriptor.to_json()),
            components: view.components.into_iter().map(ComponentBody::from).collect(),
            ledger: LedgerPlaceBody { index: view.ledger.index, size: view.ledger.size },
        }
    }
}

impl From<ComponentView> for ComponentBody {
    fn from(view: ComponentView) -> Self {
        Self {
            id: view.id.to_string(),
            role: view.role,
            media_type: view.media_type,
            bytes: view.bytes,
            payload_bytes: view.payload_bytes,
            payload_sha256: view.payload_digest,
            commitment: view.commitment,
            present: view.present,
            name: view.name,
            unread: view.unread,
        }
    }
}

impl From<LedgerEntry> for LedgerEntryBody {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            index: entry.index,
            at: entry.at.to_rfc3339(),
            kind: entry.kind.as_str().to_owned(),
            actor: entry.actor.to_string(),
            actor_name: None,
            countersigned_by: entry.countersign.map(|countersign| match countersign {
                Countersigned::By(user) => user.to_string(),
                Countersigned::ByNobody => "not_countersigned".to_owned(),
            }),
            countersigned_by_name: None,
            purpose: entry.purpose,
            package: entry.package,
            entry: (!entry.bytes.is_empty()).then(|| STANDARD.encode(&entry.bytes)),
            proof: None,
        }
    }
}
