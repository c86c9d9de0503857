//! Erasing entries of a bulk log, by two persons.

use std::collections::BTreeSet;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::CODE;
use super::receipt::LedgerPlaceBody;
use super::{Path, answer, id};
use crate::access::permission::{Action, Resource};
use crate::archive::disposition::{ErasureRequest, ErasureView};
use crate::base::id::{ApprovalId, RecordId, UserId};
use crate::base::limits::{ERASED_AT_ONCE_MAX, REASON_CHARS_MAX, SEGMENT_ENTRIES_MAX};
use crate::base::text;
use crate::record::erasure::ErasureReason;
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// Which entries of the log are to be erased, and why.
#[derive(ToSchema)]
pub struct ErasureAsked {
    /// The entries, by their numbers from 0, at most 1000.
    #[schema(value_type = Vec<u64>)]
    entries: BTreeSet<u64>,
    /// data_subject_request, consent_withdrawn, wrongly_captured, court_order or authority_order.
    #[schema(value_type = String)]
    reason: ErasureReason,
    /// The approval that a second person gave.
    #[schema(value_type = Option<String>)]
    approval: Option<ApprovalId>,
}

/// What a second person is asked to agree to.
#[derive(ToSchema)]
pub struct ErasureApprovalAsked {
    /// The entries, by their numbers from 0, at most 1000.
    #[schema(value_type = Vec<u64>)]
    entries: BTreeSet<u64>,
    /// data_subject_request, consent_withdrawn, wrongly_captured, court_order or authority_order.
    #[schema(value_type = String)]
    reason: ErasureReason,
    /// The reason in words: the second person reads it, and it stays with the erasure, sealed.
    note: String,
    /// The user who is asked, where the role approves only what it is named for.
    #[schema(value_type = Option<String>)]
    approver: Option<UserId>,
}

/// A request that waits for a second person.
#[derive(Serialize, ToSchema)]
pub struct ErasureApprovalBody {
    /// The request, to be decided under /api/v1/approvals and then named in the erasure.
    id: String,
}

/// Entries that were erased now.
#[derive(Serialize, ToSchema)]
pub struct ErasedBody {
    /// The log.
    record: String,
    /// The entries, by their numbers from 0.
    entries: Vec<u64>,
    /// How many entries of the log are left.
    left: u64,
    /// Where the erasure stands in the ledger.
    ledger: LedgerPlaceBody,
    /// Packages with one of the entries in them that were waiting to be fetched, and were taken back. Which packages left
    /// the archive before is told by the record's custody.
    withdrawn: u64,
    /// True if the old rows were overwritten in the database and its log. Backups, and databases that keep a log of
    /// their own, still have them in sealed form until the epoch is turned.
    overwritten: bool,
}

/// That entries of a log were erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureBody {
    /// The entries, by their numbers from 0.
    entries: Vec<u64>,
    /// When.
    at: String,
    /// By whom.
    pub by: String,
    /// The name of that user, for those who may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
    /// Who agreed.
    pub approved_by: String,
    /// The name of that user, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by_name: Option<String>,
    /// The approval.
    approval: String,
    /// Why: data_subject_request, consent_withdrawn, wrongly_captured, court_order or authority_order.
    reason: String,
    /// Position of the entry in the ledger.
    ledger_index: u64,
}

impl From<&ErasureView> for ErasureBody {
    fn from(view: &ErasureView) -> Self {
        Self {
            entries: view.entries.iter().copied().collect(),
            at: view.at.to_rfc3339(),
            by: view.by.to_string(),
            by_name: None,
            approved_by: view.approved_by.to_string(),
            approved_by_name: None,
            approval: view.approval.to_string(),
            reason: view.reason.as_str().to_owned(),
            ledger_index: view.ledger_index,
        }
    }
}

impl FromJson for ErasureAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let (entries, reason) = (entries_of(reader), reason_of(reader));
        let approval = reader.text("approval", ApprovalId::parse);
        reader.require(&["entries", "reason"]);
        Some(Self { entries, reason: reason?, approval })
    }
}

impl FromJson for ErasureApprovalAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let (entries, reason) = (entries_of(reader), reason_of(reader));
        let note = reader.text("note", |note| text::prose(note, REASON_CHARS_MAX));
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["entries", "reason", "note"]);
        Some(Self { entries, reason: reason?, note: note?, approver })
    }
}

fn entries_of(reader: &mut ObjectReader<'_>) -> BTreeSet<u64> {
    const MOST: u64 = SEGMENT_ENTRIES_MAX as u64 - 1;
    let entries = reader.list("entries", ERASED_AT_ONCE_MAX, |value, path, faults| {
        let number = value.as_u64().filter(|number| *number <= MOST);
        if number.is_none() {
            faults.add(path, FaultCode::OutOfRange { least: 0, most: MOST });
        }
        number
    });
    let entries: BTreeSet<u64> = entries.into_iter().collect();
    if entries.is_empty()
        && reader.value("entries").is_some_and(|value| value.as_array().is_some_and(Vec::is_empty))
    {
        reader.fault("entries", FaultCode::Empty);
    }
    entries
}

fn reason_of(reader: &mut ObjectReader<'_>) -> Option<ErasureReason> {
    reader.text("reason", |word| {
        ErasureReason::parse(word).ok_or(FaultCode::UnknownWord { allowed: ErasureReason::WORDS })
    })
}

pub(super) fn group() -> Group {
    Group {
        name: "erasures",
        description: "Erasing entries of a bulk log, by two persons. The entries beside them stay as they are.",
        operations: vec![
            Operation::post("/api/v1/records/{id}/erasures/approvals", "request_erasure_approval", || web::to(ask))
                .says("Asks for approval of erasing exactly these entries of a bulk log, for this reason.")
                .row(Resource::Disposition, Action::Destroy)
                .with(CODE)
                .takes(json(route::of::<ErasureApprovalAsked>))
                .gives(201, "The request.", Some(json(route::of::<ErasureApprovalBody>))),
            Operation::post("/api/v1/records/{id}/erasures", "erase_entries", || web::to(erase))
                .says(
                    "Erases entries of a bulk log for good, by the approval of a second person. The others keep their ids, and prove \
                     against the entry that captured them.",
                )
                .row(Resource::Disposition, Action::Destroy)
                .with(CODE)
                .takes(json(route::of::<ErasureAsked>))
                .gives(200, "What was erased, and what is left.", Some(json(route::of::<ErasedBody>))),
        ],
    }
}

async fn ask(
    asker: Asker,
    request: HttpRequest,
    record: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let record = id(&record, RecordId::parse)?;
    let asked: ErasureApprovalAsked = body::read(&request, &mut payload).await?;
    let ErasureApprovalAsked { entries, reason, note, approver } = asked;
    let wanted = ErasureRequest { record, entries, reason };
    let id = asker
        .act(move |archive, caller| archive.request_erasure_approval(caller, &wanted, (&note, approver)))
        .await?;
    Ok(answer(201, &ErasureApprovalBody { id: id.to_string() }))
}

async fn erase(
    asker: Asker,
    request: HttpRequest,
    record: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let record = id(&record, RecordId::parse)?;
    let asked: ErasureAsked = body::read(&request, &mut payload).await?;
    let wanted = ErasureRequest { record, entries: asked.entries, reason: asked.reason };
    let erased =
        asker.act(move |archive, caller| archive.erase_entries(caller, &wanted, asked.approval)).await?;
    Ok(answer(
        200,
        &ErasedBody {
            record: erased.record.to_string(),
            entries: erased.entries.into_iter().collect(),
            left: erased.left,
            ledger: LedgerPlaceBody { index: erased.ledger.index, size: erased.ledger.size },
            withdrawn: erased.withdrawn,
            overwritten: erased.overwritten,
        },
    ))
}
