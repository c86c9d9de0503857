//! Asks for a second person's approval of an export: of exactly the items that it would hand out now.

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, CaseId};
use crate::bundle::frozen::{items_digest, items_text};
use crate::bundle::plan::PlannedItem;

use super::begin::Said;
use super::select::{Frozen, to_export};
use super::{ExportRequest, Selection};
use crate::archive::Archive;
use crate::archive::approvals::ApprovalRequest;
use crate::archive::caller::Caller;
use crate::archive::refusal::Refusal;
use crate::seal::Keyring;

/// What a second person agrees to: these items and no others, for this purpose, in these words.
pub(super) struct Agreement {
    /// The case; the archive, where the items are named one by one.
    pub subject: String,
    /// The digest and the number of the items, and a keyed digest of the words: the words themselves are
    /// the reason that the second person reads, and a bare digest could be tried out against guesses.
    pub parameters: Value,
    /// What the second person has to have in reach.
    pub target: Target,
}

impl Agreement {
    /// # Errors
    /// The index keys are not at hand.
    pub(super) fn of(
        keys: &Keyring,
        case: Option<CaseId>,
        items: &[PlannedItem],
        said: &Said,
    ) -> Result<Self, Refusal> {
        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        let digest = items_digest(items.iter().map(|item| (item.record, item.version, &item.entries)));
        let words = canonical::to_bytes(&said.to_json());
        let words = Digest::of(&index.lookup_token("export.words", &Digest::of(&words).to_hex()));
        Ok(Self {
            subject: case.map_or_else(|| keys.archive.to_string(), |case| case.to_string()),
            parameters: json!({"count": items.len(), "items": digest.to_hex(), "words": words.to_hex()}),
            target: case.map_or_else(Target::archive, Target::in_case),
        })
    }
}

impl Archive {
    /// Asks for a second person's approval of an export. Its purpose, with what the package will say of
    /// itself, is the reason that the second person reads. What is captured meanwhile is not approved: such an export is asked for again.
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
            return Err(caller.forbidden((Action::CreateWithOriginals, Resource::Export)));
        }
        let said = Said::of(request)?;
        let Frozen { items, case, .. } = self.freeze(caller, &request.selection)?;
        let case = case.filter(|_| matches!(request.selection, Selection::Case(_)));
        let may = to_export(&items, case);
        let asked = Agreement::of(&self.inner.keys(), case, &items, &said)?;
        let wanted = ApprovalRequest {
            action: TwoPersonAction::ExportOriginals,
            subject: asked.subject,
            parameters: asked.parameters,
            reason: said.to_reason(),
            approver: None,
        };
        self.request_approval_of((caller, may), &wanted, asked.target, Some(&items_text(&items)))
    }
}
