//! What is to be erased, and the request for the second person who has to agree.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::approvals::ApprovalRequest;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{ApprovalId, RecordId, UserId};
use crate::base::limits::ERASED_AT_ONCE_MAX;
use crate::record::erasure::ErasureReason;
use crate::store::Conn;
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::segments;

use super::told::erased_in;

/// Entries of one bulk log that are to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRequest {
    /// The log.
    pub record: RecordId,
    /// The entries, by their numbers from 0.
    pub entries: BTreeSet<u64>,
    /// Why.
    pub reason: ErasureReason,
}

/// What a caller was permitted to erase.
pub(super) struct Permitted {
    pub may: Warrant,
    pub row: RecordRow,
    pub target: Target,
}

impl ErasureRequest {
    /// What the second person agrees to: these entries and no others, for this reason.
    pub(super) fn parameters(&self) -> Value {
        json!({"entries": self.entries, "erasure_reason": self.reason.as_str()})
    }

    /// Finds the log, and that the entries are there to be erased.
    pub(super) fn find(
        &self,
        archive: &Archive,
        conn: &mut Conn,
        caller: &Caller,
    ) -> Result<Permitted, Refusal> {
        let row = records::get(conn, self.record)?;
        let target = row.as_ref().map(|row| Target::record(row.case_id, row.captured_by));
        let destroy = (Action::Destroy, Resource::Disposition);
        let now = archive.inner.now();
        let may = caller.warrant_with_approval(destroy, target.as_ref(), Thing::Record, now)?;
        let row = row.ok_or(Refusal::NotFound(Thing::Record))?;
        let target = target.ok_or(Refusal::NotFound(Thing::Record))?;
        let ledger = archive.inner.ledgered(conn)?;
        ledger.must_be_whole(conn, &row)?;
        let segment = segments::get(conn, row.id)?.ok_or(Refusal::NotFound(Thing::Entry))?;
        if self.entries.is_empty() || self.entries.iter().any(|entry| *entry >= segment.entries) {
            return Err(Refusal::NotFound(Thing::Entry));
        }
        if self.entries.len() > ERASED_AT_ONCE_MAX {
            return Err(Refusal::TooMany { most: ERASED_AT_ONCE_MAX as u64 });
        }
        match erased_in(&ledger, conn, row.id)?.is_disjoint(&self.entries) {
            true => Ok(Permitted { may, row, target }),
            false => Err(Refusal::Erased(Thing::Entry)),
        }
    }
}

impl Archive {
    /// Asks for the second person without whom nothing is erased. `note` is the reason in words: the second person
    /// reads it, and it stays, sealed, with the erasure.
    ///
    /// # Errors
    /// What the erasure itself would be refused for, or what [`Archive::request_approval`] refuses.
    pub fn request_erasure_approval(
        &self,
        caller: &Caller,
        request: &ErasureRequest,
        (note, approver): (&str, Option<UserId>),
    ) -> Result<ApprovalId, Refusal> {
        let found = self.inner.store.read(|conn| request.find(self, conn, caller))?;
        let wanted = ApprovalRequest {
            action: TwoPersonAction::Destroy,
            subject: request.record.to_string(),
            parameters: request.parameters(),
            reason: note.to_owned(),
            approver,
        };
        self.request_approval_of((caller, found.may), &wanted, found.target, None)
    }
}
