//! The capture request: one walk over the input, which ends in a checked [`Capture`] or in the
//! list of everything that is wrong with it. An amendment is a capture of a whole new version.

use std::fmt;

use serde_json::Value;

use super::fault::{Fault, FaultCode, Faults, JsonType};
use super::input::CaptureInput;
use super::read::{ObjectReader, Path};
use crate::base::civil::Zone;
use crate::base::digest::Digest;
use crate::base::id::{CaseId, RecordId};
use crate::base::limits::{
    CAPTURE_AHEAD_SECONDS_MAX, COMPONENT_BYTES_MAX, COMPONENTS_MAX, LINKS_MAX, PARTIES_MAX,
};
use crate::base::moment::Moment;
use crate::record::category::Category;
use crate::record::descriptor::{Descriptor, Parts};
use crate::record::fields::{Fields, Form};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::{Kind, Subkind};
use crate::record::lineage::{Link, LinkKind};
use crate::record::names::{FileName, MediaType, Reference, Title};
use crate::record::occurred::{Occurred, parse_moment};
use crate::record::party::{Party, PartyName, PartyRole};

closed_words! {
    /// What a file is to the record it belongs to.
    pub enum ComponentRole {
        /// The evidence itself, as it came.
        Native = "native" | "原件",
        /// What came with it.
        Attachment = "attachment" | "附件",
        /// The words of a recording.
        Transcript = "transcript" | "文字稿" | "逐字稿",
        /// A translation 译本.
        Translation = "translation" | "译本" | "译文",
        /// A detached signature or time stamp.
        Signature = "signature" | "签名文件",
    }
}

/// One file of a capture, as announced. `Debug` shows neither its name nor its digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name as it came.
    pub name: FileName,
    /// Declared or guessed from the name.
    pub media_type: MediaType,
    /// What it is to the record.
    pub role: ComponentRole,
    /// Its length, if announced: to be checked against what arrives.
    pub bytes: Option<u64>,
    /// SHA-256 of its bytes, if announced: to be checked, never stored.
    pub sha256: Option<Digest>,
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component")
            .field("media_type", &self.media_type)
            .field("role", &self.role)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// The case a record belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseRef {
    /// By its id.
    Id(CaseId),
    /// By the number that people use.
    Reference(Reference),
}

/// What holds where the input says nothing.
#[derive(Debug, Clone)]
pub struct CaptureDefaults {
    /// The archive's jurisdiction.
    pub jurisdiction: Jurisdiction,
    /// The archive's zone.
    pub zone: Zone,
    /// Now: when the record was received, if nothing else is said.
    pub now: Moment,
    /// True if files or log entries come apart from this input, which then need not announce any.
    pub content_comes_apart: bool,
}

/// Which parts of a capture the input said itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The category.
    pub category: bool,
    /// The jurisdiction.
    pub jurisdiction: bool,
}

/// A checked request to take a record, or a new version of one, into the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Kind and subkind.
    pub kind: Kind,
    /// Category of the file plan.
    pub category: Category,
    /// Its case, if it belongs to one.
    pub case: Option<CaseRef>,
    /// Its jurisdiction.
    pub jurisdiction: Jurisdiction,
    /// What of this the input said; the rest was filled in.
    pub said: Said,
    /// When it happened.
    pub occurred: Occurred,
    /// When it was received.
    pub received: Moment,
    /// Links to other records; no link twice.
    pub links: Vec<Link>,
    /// Its files, in order.
    pub components: Vec<Component>,
    /// The key under which a repeated request is recognised.
    pub idempotency_key: Option<Reference>,
    /// What will be sealed.
    pub descriptor: Descriptor,
}

impl Capture {
    /// Checks an input that was put together here.
    pub fn parse(input: &CaptureInput, defaults: &CaptureDefaults) -> Result<Self, Vec<Fault>> {
        Self::from_json(&input.to_json(), defaults)
    }

    /// Checks an input that came as JSON (see [`super::read_json`]).
    pub fn from_json(value: &Value, defaults: &CaptureDefaults) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let capture =
            ObjectReader::read(value, &Path::Root, &mut faults, |reader| Self::read(reader, defaults))
                .flatten();
        faults.into_result(capture)
    }

    fn read(reader: &mut ObjectReader<'_>, defaults: &CaptureDefaults) -> Option<Self> {
        let kind = read_kind(reader);
        let category = reader.text("category", Category::parse);
        let case = read_case(reader);
        let jurisdiction = reader.text("jurisdiction", Jurisdiction::parse);
        let zone = reader.text("zone", Zone::parse).unwrap_or(defaults.zone);
        let occurred = reader.text("occurred", |text| Occurred::parse(text, zone));
        let received = reader.text("received", |text| parse_moment(text, zone));
        // Nothing can be on record before it has happened; a day is for clocks and zones.
        let latest = defaults.now.plus_seconds(CAPTURE_AHEAD_SECONDS_MAX);
        if occurred.is_some_and(|occurred: Occurred| occurred.begins() > latest) {
            reader.fault("occurred", FaultCode::AfterNow);
        }
        if received.is_some_and(|received| received > latest) {
            reader.fault("received", FaultCode::AfterNow);
        }
        let title = reader.text("title", Title::parse);
        let mut parts = Parts::read(reader, kind.map(|kind| (Form::of(kind), kind.closest_word())));
        let links = read_links(reader, kind);
        let components = reader.list("components", COMPONENTS_MAX, |item, path, faults| {
            ObjectReader::read(item, path, faults, read_component).flatten()
        });
        let idempotency_key = reader.text("idempotency_key", Reference::parse);
        reader.require(&["occurred"]);

        let on_paper = parts.fields.as_ref().is_some_and(|fields| fields.paper_original().is_some());
        if !has_items(reader, "components") && !on_paper && !defaults.content_comes_apart {
            reader.fault("components", FaultCode::Required);
        }
        let title = title.or_else(|| title_of(reader, &components, &parts));
        join_parties(&mut parts);
        if parts.parties.len() > PARTIES_MAX {
            reader.fault("parties", FaultCode::TooMany { found: parts.parties.len(), most: PARTIES_MAX });
        }
        let kind = kind?;
        let said = Said { category: category.is_some(), jurisdiction: jurisdiction.is_some() };
        let original_names = components.iter().map(|component| component.name.clone()).collect();
        Some(Self {
            kind,
            category: category.unwrap_or_else(|| Category::of_kind(kind)),
            case,
            jurisdiction: jurisdiction.unwrap_or_else(|| defaults.jurisdiction.clone()),
            said,
            occurred: occurred?,
            received: received.unwrap_or(defaults.now),
            links,
            components,
            idempotency_key,
            descriptor: parts.into_descriptor(title?, original_names, Form::of(kind)),
        })
    }
}

fn has_items(reader: &mut ObjectReader<'_>, key: &'static str) -> bool {
    // A list of the wrong type has its own fault.
    reader.value(key).is_some_and(|value| value.as_array().is_none_or(|items| !items.is_empty()))
}

/// The title of a record that was given none: its first file's name, or its id where it came from.
fn title_of(reader: &mut ObjectReader<'_>, components: &[Component], parts: &Parts) -> Option<Title> {
    if reader.has("title") {
        return None;
    }
    let name = components.first().map(|component| component.name.as_str());
    let text = name.or(parts.source.as_ref().map(|source| source.external_id.as_str()));
    let title = text.and_then(|text| Title::parse(text).ok());
    if title.is_none() && !has_items(reader, "components") && !reader.has("source") {
        reader.fault("title", FaultCode::Required);
    }
    title
}

fn read_kind(reader: &mut ObjectReader<'_>) -> Option<Kind> {
    let kind = reader.text("kind", |text| {
        Kind::parse(text).map_err(|fault| FaultCode::UnknownKind { allowed: fault.allowed })
    });
    let subkind = reader.text("subkind", Subkind::parse);
    if !reader.has("kind") && !reader.has("subkind") {
        reader.fault("kind", FaultCode::Required);
    }
    match (kind, subkind) {
        (Some(Kind::ServiceRecord(Subkind::General)), Some(subkind)) => Some(Kind::ServiceRecord(subkind)),
        (Some(Kind::ServiceRecord(said)), Some(subkind)) if said != subkind => {
            reader.fault("subkind", FaultCode::Contradicts { other: "kind".to_owned() });
            None
        }
        (Some(kind @ (Kind::Authorization | Kind::ProcessingLog | Kind::DeliveryConfirmation)), Some(_)) => {
            reader.fault("subkind", FaultCode::NotAllowedForKind { kind: kind.as_str() });
            Some(kind)
        }
        (None, Some(subkind)) if !reader.has("kind") => Some(Kind::ServiceRecord(subkind)),
        (kind, _) => kind,
    }
}

/// Reads an id or a reference as text, or `{"id": …}`, or `{"reference": …}`.
fn read_case(reader: &mut ObjectReader<'_>) -> Option<CaseRef> {
    if reader.is_text("case") {
        return reader.text("case", |text| match CaseId::parse(text) {
            Ok(id) => Ok(CaseRef::Id(id)),
            Err(_) => Reference::parse(text).map(CaseRef::Reference),
        });
    }
    reader.object("case", |inner| {
        let id = inner.text("id", CaseId::parse);
        let reference = inner.text("reference", Reference::parse);
        match (inner.has("id"), inner.has("reference")) {
            (false, false) => inner.fault("id", FaultCode::Required),
            (true, true) => {
                let other = inner.path_of("id");
                inner.fault("reference", FaultCode::Contradicts { other });
            }
            (true, false) | (false, true) => {}
        }
        id.map(CaseRef::Id).or(reference.map(CaseRef::Reference))
    })
}

fn read_links(reader: &mut ObjectReader<'_>, kind: Option<Kind>) -> Vec<Link> {
    let mut seen: Vec<(Link, String)> = Vec::new();
    reader.list("links", LINKS_MAX, |item, path, faults| {
        let link = ObjectReader::read(item, path, faults, |inner| {
            let link_kind = inner.text("kind", LinkKind::parse);
            let to = inner.text("to", RecordId::parse);
            inner.require(&["kind", "to"]);
            if let (Some(link_kind), Some(kind)) = (link_kind, kind)
                && !link_kind.may_come_from(kind)
            {
                inner.fault("kind", FaultCode::NotAllowedForKind { kind: kind.closest_word() });
            }
            Some(Link { kind: link_kind?, to: to? })
        })??;
        if let Some((_, first)) = seen.iter().find(|(earlier, _)| *earlier == link) {
            faults.add(path, FaultCode::Duplicate { first: first.clone() });
            return None;
        }
        seen.push((link, path.to_string()));
        Some(link)
    })
}

fn read_component(reader: &mut ObjectReader<'_>) -> Option<Component> {
    let name = reader.text("name", FileName::parse);
    let media_type = reader.text("media_type", MediaType::parse);
    let role = reader.text("role", ComponentRole::parse);
    let sha256 = reader.text("sha256", Digest::parse_hex);
    let bytes = reader.with("bytes", |value, path, faults| {
        let code = match (value, value.as_u64()) {
            (_, Some(0)) => FaultCode::Empty,
            (_, Some(bytes)) if bytes > COMPONENT_BYTES_MAX => {
                FaultCode::TooManyBytes { bytes, most: COMPONENT_BYTES_MAX }
            }
            (_, Some(bytes)) => return Some(bytes),
            (Value::Number(_), None) => FaultCode::OutOfRange { least: 1, most: COMPONENT_BYTES_MAX },
            (other, None) => FaultCode::WrongType { expected: JsonType::Number, found: JsonType::of(other) },
        };
        faults.add(path, code);
        None
    });
    reader.require(&["name"]);
    let name = name?;
    let media_type = media_type.unwrap_or_else(|| MediaType::guess(&name));
    Some(Component { name, media_type, role: role.unwrap_or(ComponentRole::Native), bytes, sha256 })
}

/// Persons named by a typed field are parties too, and a single party in the role of a typed field
/// that was not given is meant there: it is said once and found in both places.
fn join_parties(parts: &mut Parts) {
    if let Some(Fields::Authorization(fields)) = &mut parts.fields {
        fill(&mut fields.grantor, PartyRole::Grantor, &parts.parties);
        fill(&mut fields.grantee, PartyRole::Grantee, &parts.parties);
    }
    let named: Vec<(PartyRole, PartyName)> = match &parts.fields {
        Some(Fields::Authorization(fields)) => [
            (PartyRole::Grantor, fields.grantor.as_ref()),
            (PartyRole::Grantee, fields.grantee.as_ref()),
            (PartyRole::Signatory, fields.signatory.as_ref().map(|signer| &signer.name)),
        ]
        .into_iter()
        .filter_map(|(role, name)| Some((role, name?.clone())))
        .collect(),
        Some(Fields::Delivery(fields)) => {
            fields.accepted_by.iter().map(|signer| (PartyRole::Signatory, signer.name.clone())).collect()
        }
        Some(Fields::Handover(fields)) => [&fields.from, &fields.to]
            .into_iter()
            .flatten()
            .chain(fields.accepted_by.as_ref().map(|signer| &signer.name))
            .map(|name| (PartyRole::Staff, name.clone()))
            .collect(),
        Some(Fields::Review(fields)) => {
            fields.owner.iter().map(|name| (PartyRole::Staff, name.clone())).collect()
        }
        Some(Fields::ProcessingLog(_) | Fields::Feedback(_) | Fields::Plain(_)) | None => Vec::new(),
    };
    for (role, name) in named {
        let party = Party { role, name };
        if !parts.parties.iter().any(|known| known.is_same(&party)) {
            parts.parties.push(party);
        }
    }
}

fn fill(field: &mut Option<PartyName>, role: PartyRole, parties: &[Party]) {
    let mut candidates = parties.iter().filter(|party| party.role == role);
    if let (None, Some(only), None) = (&field, candidates.next(), candidates.next()) {
        *field = Some(only.name.clone());
    }
}
