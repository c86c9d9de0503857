//! Facts from what the archive opened: descriptor, links, and the summary of a log's segments.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{
    AuthorizationFacts, ConfirmationFacts, Evidence, RecordFacts, SignatureFacts, SignatureState,
};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{PartyId, RecordId};
use crate::record::descriptor::Descriptor;
use crate::record::feed::{EntryGroup, EntrySummary};
use crate::record::fields::{
    Acceptance, Activity, AuthorizationFields, DeliveryFields, Fields, Signature, SignatureStatus, Signer,
};
use crate::record::kind::Kind;
use crate::record::lineage::Link;
use crate::record::names::Term;
use crate::record::occurred::Occurred;

/// What the store knows of a record beside its descriptor.
#[derive(Debug, Clone)]
pub struct RecordPlace {
    /// Its id.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// True if it lies in the case that is judged.
    pub in_case: bool,
    /// Parties for whom it stands: its customers and grantors.
    pub customers: BTreeSet<PartyId>,
    /// When it happened.
    pub occurred: Occurred,
    /// Links from it.
    pub links: Vec<Link>,
}

/// Custom fields whose value is a name under which log entries may mean an authorization.
const NUMBER_FIELDS: [&str; 6] =
    ["编号", "授权编号", "授权书编号", "number", "reference", "authorization_number"];

impl RecordFacts {
    /// From a record's row, its opened descriptor, and the summaries of its segments, if it is a
    /// log captured in bulk.
    pub fn new(place: RecordPlace, descriptor: &Descriptor, summary: Option<EntrySummary>) -> Self {
        let zone = place.occurred.zone;
        let evidence = match &descriptor.fields {
            Fields::Authorization(fields) => Evidence::Authorization(authorization(fields)),
            Fields::ProcessingLog(fields) => Evidence::Processing(summary.or_else(|| {
                (!fields.activities.is_empty()).then(|| of_activities(&fields.activities, zone))
            })),
            Fields::Delivery(fields) => Evidence::Delivery(confirmation(fields)),
            Fields::Review(_) | Fields::Feedback(_) | Fields::Handover(_) | Fields::Plain(_) => {
                Evidence::Other
            }
        };
        let external = descriptor.source.iter().map(|source| source.external_id.as_str().to_owned());
        let numbers = NUMBER_FIELDS.iter().filter_map(|name| descriptor.custom(name)).map(str::to_owned);
        let references = external.chain(numbers).collect();
        let RecordPlace { id, kind, in_case, customers, occurred, links } = place;
        Self { id, kind, in_case, customers, references, occurred, links, evidence }
    }
}

fn authorization(fields: &AuthorizationFields) -> AuthorizationFacts {
    let words = |terms: &[Term]| terms.iter().map(|term| term.as_str().to_owned()).collect();
    AuthorizationFacts {
        purposes: words(&fields.purposes),
        operations: fields.operations.iter().map(|operation| operation.as_str().to_owned()).collect(),
        data_categories: words(&fields.data_categories),
        systems: words(&fields.systems),
        valid_from: fields.valid_from,
        valid_to: fields.valid_to,
        withdrawn_on: fields.withdrawn_on,
        signature: signature(fields.signature, fields.signatory.as_ref()),
    }
}

fn confirmation(fields: &DeliveryFields) -> ConfirmationFacts {
    ConfirmationFacts {
        delivered_on: fields.delivered_on,
        accepted_on: fields.accepted_on,
        refused: fields.acceptance == Some(Acceptance::Refused),
        signature: signature(fields.signature, fields.accepted_by.as_ref()),
    }
}

fn signature(signature: Option<Signature>, signer: Option<&Signer>) -> SignatureFacts {
    let state = match signature.map(|signature| signature.status) {
        None | Some(SignatureStatus::Unsigned) => SignatureState::Unsigned,
        Some(SignatureStatus::Unchecked) => SignatureState::NotChecked,
        Some(SignatureStatus::Valid) => SignatureState::Valid,
        Some(SignatureStatus::NotValid) => SignatureState::NotValid,
    };
    SignatureFacts {
        state,
        capacity_stated: signer.is_some_and(|signer| signer.capacity.is_some()),
        signed_on: signature.and_then(|signature| signature.signed_on),
    }
}

/// The summary that typed activities amount to. They tell the first and the last instant only:
/// one entry counts on the last day, the others on the first.
fn of_activities(activities: &[Activity], zone: Zone) -> EntrySummary {
    let word = |term: &Option<Term>| term.as_ref().map_or_else(String::new, |term| term.as_str().to_owned());
    let groups = activities.iter().map(|activity| {
        let day = |at| CivilDate::of(at, zone).ok();
        let mut days = BTreeMap::new();
        if let (Some(first), Some(last)) = (day(activity.first_at), day(activity.last_at)) {
            let later = u64::from(first != last).min(activity.entries.saturating_sub(1));
            days.insert(first, activity.entries - later);
            if later > 0 {
                days.insert(last, later);
            }
        }
        EntryGroup {
            operation: activity.operation.as_str().to_owned(),
            purpose: word(&activity.purpose),
            data_category: word(&activity.data_category),
            system: word(&activity.system),
            authorization: activity.authorization.map(|id| id.to_string()),
            first: activity.first_at,
            last: activity.last_at,
            days,
        }
    });
    EntrySummary::new(groups.collect())
}
