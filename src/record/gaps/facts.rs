//! What the engine needs to know of a case and its records, and nothing more.

use std::collections::BTreeSet;

use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{PartyId, RecordId};
use crate::record::feed::EntrySummary;
use crate::record::kind::Kind;
use crate::record::lineage::{Link, LinkKind};
use crate::record::occurred::Occurred;

/// The case whose chain of evidence is judged.
#[derive(Debug, Clone)]
pub struct CaseFacts {
    /// The zone in which its days are counted.
    pub zone: Zone,
    /// Its customers: their authorizations count for it wherever they lie.
    pub customers: BTreeSet<PartyId>,
    /// Tier, as the service-level file names it.
    pub tier: Option<String>,
    /// Priority, as the service-level file names it.
    pub priority: Option<String>,
}

/// One record.
#[derive(Debug, Clone)]
pub struct RecordFacts {
    /// Its id.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// False for a record that lies elsewhere and was loaded because of its customer or a link.
    pub in_case: bool,
    /// Parties for whom it stands: customers and grantors.
    pub customers: BTreeSet<PartyId>,
    /// Words other than the id under which log entries may name it: external id, number.
    pub references: Vec<String>,
    /// When it happened.
    pub occurred: Occurred,
    /// Links from this record.
    pub links: Vec<Link>,
    /// What it says.
    pub evidence: Evidence,
}

impl RecordFacts {
    /// Records to which links of one kind lead.
    pub(super) fn linked(&self, kind: LinkKind) -> impl Iterator<Item = RecordId> + '_ {
        self.links.iter().filter(move |link| link.kind == kind).map(|link| link.to)
    }
}

/// What a record says, as far as gaps depend on it.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// Of an authorization.
    Authorization(AuthorizationFacts),
    /// Of a processing log: its entries; without a summary the log is judged by its own date.
    Processing(Option<EntrySummary>),
    /// Of a delivery confirmation.
    Delivery(ConfirmationFacts),
    /// Of any other record: its date and links are enough.
    Other,
}

/// The scope and validity of an authorization. Words are compared folded. An empty list allows
/// nothing in its dimension: silence is not consent.
#[derive(Clone, Default)]
pub struct AuthorizationFacts {
    /// For what.
    pub purposes: Vec<String>,
    /// Which operations, by the closed words or their Chinese names.
    pub operations: Vec<String>,
    /// On which data; `*` only if the authorization says so itself.
    pub data_categories: Vec<String>,
    /// In which systems; `*` only if the authorization says so itself.
    pub systems: Vec<String>,
    /// First day, included.
    pub valid_from: Option<CivilDate>,
    /// Last day, included.
    pub valid_to: Option<CivilDate>,
    /// The day from which it no longer holds.
    pub withdrawn_on: Option<CivilDate>,
    /// How it was signed.
    pub signature: SignatureFacts,
}

impl std::fmt::Debug for AuthorizationFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationFacts")
            .field("valid_from", &self.valid_from)
            .field("valid_to", &self.valid_to)
            .field("withdrawn_on", &self.withdrawn_on)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// What a delivery confirmation says.
#[derive(Debug, Clone, Default)]
pub struct ConfirmationFacts {
    /// When it was delivered; the record's date where absent.
    pub delivered_on: Option<CivilDate>,
    /// When it was accepted.
    pub accepted_on: Option<CivilDate>,
    /// True if acceptance was refused.
    pub refused: bool,
    /// How it was signed.
    pub signature: SignatureFacts,
}

/// How a record was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignatureFacts {
    /// What is known of the signature.
    pub state: SignatureState,
    /// True if the capacity of whoever signed is stated (法定代表人, 代理人 …).
    pub capacity_stated: bool,
    /// The day on which it was signed, where that is stated.
    pub signed_on: Option<CivilDate>,
}

/// What is known of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum SignatureState {
    /// There is none.
    #[default]
    Unsigned,
    /// There is one that nobody checked, or that cannot be checked by machine (ink, seal).
    NotChecked,
    /// Checked and valid.
    Valid,
    /// Checked and not valid.
    NotValid,
}
