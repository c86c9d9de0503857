//! The capture receipt (归档回执), as the submitter gets it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::Receipt;

/// What was captured, when, and where the ledger has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptBody {
    /// The record.
    pub id: String,
    /// The version that this capture made, from 1.
    pub version: u64,
    /// The case it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// True if the capture opened that case.
    pub case_opened: bool,
    /// When it was captured (RFC 3339, UTC).
    pub captured_at: String,
    /// Days by which it is late, where it counts as late (补录).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_days: Option<u32>,
    /// The contents, in the order of the request.
    pub components: Vec<ReceiptComponentBody>,
    /// The ledger entry of the capture.
    pub ledger: LedgerPlaceBody,
    /// Entries, for a segment of a bulk log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// True if this capture had been acknowledged before and nothing was added.
    pub replayed: bool,
}

/// One content of a capture.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptComponentBody {
    /// The component.
    pub id: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of the content in hexadecimal. It is stored nowhere: a repeated request is told it because it sent the
    /// content again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Where a ledger entry stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerPlaceBody {
    /// Its index, from 0.
    pub index: u64,
    /// Entries of a signed checkpoint that covers it: the one signed with it, or for a repeated request the newest.
    pub size: u64,
}

impl From<Receipt> for ReceiptBody {
    fn from(receipt: Receipt) -> Self {
        Self {
            id: receipt.record.to_string(),
            version: u64::from(receipt.version),
            case: receipt.case.map(|id| id.to_string()),
            case_opened: receipt.case_opened,
            captured_at: receipt.captured_at.to_rfc3339(),
            late_days: receipt.late_days,
            components: receipt
                .components
                .into_iter()
                .map(|component| ReceiptComponentBody {
                    id: component.component.to_string(),
                    bytes: component.bytes,
                    sha256: component.digest.map(|digest| digest.to_hex()),
                })
                .collect(),
            ledger: LedgerPlaceBody { index: receipt.ledger.index, size: receipt.ledger.size },
            entries: receipt.entries,
            replayed: receipt.replayed,
        }
    }
}
