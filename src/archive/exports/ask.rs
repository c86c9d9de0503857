//! Asks for a second person's approval of an export: of exactly the items that it would hand out now.

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::base::id::{ApprovalId, ArchiveId, CaseId};
use crate::bundle::frozen::items_digest;
use crate::bundle::plan::PlannedItem;

use super::{ExportRequest, Selection};
use crate::archive::Archive;
use crate::archive::approvals::ApprovalRequest;
use crate::archive::caller::Caller;
use crate::archive::refusal::Refusal;

/// What a second person agrees to: these items and no others.
pub(super) struct Agreement {
    /// The case; the archive, where the items are named one by one.
    pub subject: String,
    /// The digest of the items.
    pub parameters: Value,
    /// What the second person has to have in reach.
    pub target: Target,
}

impl Agreement {
    pub(super) fn of(archive: ArchiveId, case: Option<CaseId>, items: &[PlannedItem]) -> Self {
        let digest = items_digest(items.iter().map(|item| (item.record, item.version, &item.entries)));
        Self {
            subject: case.map_or_else(|| archive.to_string(), |case| case.to_string()),
            parameters: json!({"items": digest.to_hex()}),
            target: case.map_or_else(Target::archive, Target::in_case),
        }
    }
}

impl Archive {
    /// Asks for a second person's approval of an export. Its purpose is the reason that the second
    /// person reads. What is captured meanwhile is not approved: such an export is asked for again.
    ///
    /// # Errors
    /// What the export itself would be refused for, or what [`Archive::request_approval`] refuses.
    pub fn request_export_approval(
        &self,
        caller: &Caller,
        request: &ExportRequest,
    ) -> Result<ApprovalId, Refusal> {
        let now = self.inner.now();
        if caller.reach(Action::CreateWithOriginals, Resource::Export, now).is_nothing() {
            return Err(Refusal::Forbidden);
        }
        if request.purpose.trim().is_empty() {
            return Err(Refusal::PurposeRequired);
        }
        let (items, case) = self.freeze(caller, &request.selection)?;
        let case = case.filter(|_| matches!(request.selection, Selection::Case(_)));
        let asked = Agreement::of(self.inner.keys().archive, case, &items);
        let wanted = ApprovalRequest {
            action: TwoPersonAction::ExportOriginals,
            subject: asked.subject,
            parameters: asked.parameters,
            reason: request.purpose.clone(),
            approver: None,
        };
        self.request_approval_of(caller, &wanted, asked.target)
    }
}
