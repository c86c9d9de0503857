//! Explains a gap (缺口说明): the words stand beside it, sealed, with their commitment in the
//! ledger; the gap stays.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::archive::Archive;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{ExplanationId, RecordId};
use crate::base::text::{BadLabel, fold_name};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::gaps::Gap;
use crate::record::request::CaseRef;
use crate::store::rows::cases::{self, GapExplanationRow};
use crate::store::rows::cells as cell_rows;

use super::entered::Entered;
use super::facts;
use super::find::{self, Standing};
use super::judge::judge;
use super::reason::Reason;

/// Which gap of a case, and what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explain {
    /// The gap's key, as in `G3.purpose`.
    pub key: String,
    /// The record in which it shows; absent for a gap of the case as a whole.
    pub record: Option<RecordId>,
    /// The word that the gap is about, where several gaps of the record have one key.
    pub about: Option<String>,
    /// The explanation.
    pub words: Reason,
}

impl Archive {
    /// Explains a gap that a case has now.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::NotFound`] if there is no such case, or it has no such gap;
    /// [`Refusal::Label`] if several gaps are meant, and `about` does not say which.
    pub fn explain_gap(
        &self,
        caller: &Caller,
        case: &CaseRef,
        explain: Explain,
    ) -> Result<Entered<ExplanationId>, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        let (id, may, identity, state) = self.inner.store.read(|conn| {
            let ask = (Action::Explain, Resource::Gap);
            let (row, may) = find::warranted(conn, (caller, now), ask, (&keys, case))?;
            let ledger = self.inner.ledgered(conn)?;
            let judged = judge(&self.inner, (&keys, &ledger), conn, &row)?;
            let about = explain.about.as_deref().map(fold_name);
            let is_meant = |gap: &&Gap| {
                gap.key() == explain.key
                    && gap.record == explain.record
                    && about.as_ref().is_none_or(|about| gap.about().map(fold_name).as_ref() == Some(about))
            };
            let meant: Vec<&Gap> = judged.gaps.iter().map(|gap| &gap.gap).filter(is_meant).collect();
            match meant.as_slice() {
                [] => Err(Refusal::NotFound(Thing::Gap)),
                [gap] => Ok((row.id, may, gap.identity(), gap.state())),
                // One explanation must not cover what it does not speak of.
                _ => Err(Refusal::Label { field: "about", fault: BadLabel::Blank }),
            }
        })?;
        let inner = Arc::clone(&self.inner);
        let by = caller.user();
        Entered::of(self.inner.write_as(caller, may, move |tx, _| {
            let keys = inner.keys();
            let row = cases::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Case))?;
            let standing = Standing::of(&inner, tx, row)?;
            let row = GapExplanationRow {
                id: ExplanationId::generate(tx.at(), inner.entropy.as_ref()),
                case_id: id,
                gap: explain.key,
                record_id: explain.record,
                at: tx.at(),
                by_user: by,
            };
            let words = json!({
                "words": explain.words.as_str(),
                "identity": identity.to_hex(),
                "state": state.to_hex(),
            });
            let sealed = cells::seal_profile(&inner, &keys, &row.id.to_string(), PROFILE, &words)?;
            cases::insert_explanation(tx.conn(), &row)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let facts = facts::of_explanation(&row, sealed.commitment);
            let bound = [Bound::Explanation(row.id), Bound::cell(row.id, PROFILE)];
            let facts = bind(tx.conn(), facts, &bound)?;
            tx.enter(EntryDraft {
                kind: EntryKind::GapExplained,
                subject: id.to_string(),
                actor: Actor::User(by),
                facts,
            })?;
            Ok((row.id, standing.revision()))
        }))
    }
}
