//! Opaque identifiers: UUID version 7 (RFC 9562), one type per thing they name, so that a
//! case's id cannot be passed where a record's is meant. They carry no personal data. Those of
//! parties and cases are version 4: an id of version 7 tells when its thing came into being.

use std::fmt;

use uuid::Uuid;

use super::entropy::{Entropy, draw};
use super::moment::Moment;

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {what} id")]
pub struct BadId {
    /// The thing that was to be named.
    pub what: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id; ids made later sort later.
            pub fn generate(at: Moment, entropy: &dyn Entropy) -> Self {
                Self(uuid_v7(at, entropy))
            }

            /// A fresh id that tells no time (UUID version 4): for things whose ids people see who must
            /// not learn since when the archive has known them.
            pub fn without_time(entropy: &dyn Entropy) -> Self {
                Self(uuid::Builder::from_random_bytes(draw::<16>(entropy)).into_uuid())
            }

            /// Reads the canonical text form: 36 lower-case characters.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                parse_canonical(text).map(Self).ok_or(BadId { what: $what })
            }

            /// The id of these sixteen bytes, which [`Self::as_bytes`] gave.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The sixteen bytes, as keyed hashes take them.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }
    )*};
}

ids! {
    /// A record (档案): one piece of evidence with all its versions.
    RecordId = "record";
    /// A component: one file of one version of a record.
    ComponentId = "component";
    /// A service case (服务案卷).
    CaseId = "case";
    /// A party: customer, grantor, supplier, person.
    PartyId = "party";
    /// A legal matter (法务事项).
    MatterId = "matter";
    /// A user of the archive.
    UserId = "user";
    /// An event of a case or of a record's life.
    EventId = "event";
    /// A link between two records.
    LinkId = "link";
    /// An explanation of an evidence-chain gap.
    ExplanationId = "explanation";
    /// An API token's public id (not the secret).
    TokenId = "token";
    /// A request that waits for a second person.
    ApprovalId = "approval";
    /// A background job.
    JobId = "job";
    /// An export.
    ExportId = "export";
    /// An upload whose content has not arrived yet.
    UploadId = "upload";
    /// A hold (诉讼保留).
    HoldId = "hold";
    /// What people were told of a hold.
    HoldNoticeId = "hold notice";
    /// A disposition of records (处置批次): they are reviewed and destroyed together.
    DispositionId = "disposition";
    /// A retention lock.
    LockId = "lock";
    /// A data-subject request.
    SubjectRequestId = "data-subject request";
    /// A version of a retention policy.
    PolicyVersionId = "policy version";
    /// A review of a policy (制度评审).
    PolicyReviewId = "policy review";
    /// A suggestion to a rule of a policy.
    PolicySuggestionId = "policy suggestion";
    /// A simulation of a policy.
    SimulationId = "simulation";
    /// One archive: named in the ledger's origin and in receipts.
    ArchiveId = "archive";
}

fn uuid_v7(at: Moment, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &draw::<10>(entropy)).into_uuid()
}

fn parse_canonical(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    // One spelling only: what the archive compares as text must be equal as text.
    (text.len() == 36 && uuid.hyphenated().to_string() == text).then_some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = RecordId::generate(Moment::from_micros(1_700_000_000_000_000), &SeededEntropy::new(1));
        assert_eq!(RecordId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn an_id_without_time_is_random_throughout() {
        let entropy = SeededEntropy::new(5);
        let (one, other) = (PartyId::without_time(&entropy), PartyId::without_time(&entropy));
        let start = |id: PartyId| id.to_string().chars().take(8).collect::<String>();
        assert_ne!(start(one), start(other));
        assert_eq!(one.to_string().chars().nth(14), Some('4'));
        assert_eq!(PartyId::parse(&one.to_string()), Ok(one));
    }

    #[test]
    fn ids_made_later_sort_later() {
        let entropy = SeededEntropy::new(2);
        let early = RecordId::generate(Moment::from_micros(1_000_000), &entropy);
        let late = RecordId::generate(Moment::from_micros(9_000_000), &entropy);
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn other_spellings_of_an_id_are_refused() {
        for text in
            ["", "01J9", "{01890a5d-ac96-774b-bcce-b302099a8057}", "01890A5D-AC96-774B-BCCE-B302099A8057"]
        {
            assert!(RecordId::parse(text).is_err(), "{text}");
        }
    }
}
