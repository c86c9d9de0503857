//! Sets the day by which somebody is to look at a hold again. It reminds and never releases.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::id::HoldId;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::hold::HoldState;
use crate::store::rows::holds;

use super::find::{self, Standing};

impl Archive {
    /// Sets or takes away the day by which somebody is to look at a hold again. `expected` is the revision that the
    /// caller saw.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Stale`]; [`Refusal::WrongState`] if it was released.
    pub fn review_hold_by(
        &self,
        caller: &Caller,
        hold: HoldId,
        review_by: Option<CivilDate>,
        expected: Option<Digest>,
    ) -> Result<Entered<HoldId>, Refusal> {
        let register = self.inner.holds_now()?;
        let (word, _) = find::permitted(&register, (caller, self.inner.now()), Action::Change, hold)?;
        let may = Warrant::to((Action::Change, Resource::Hold), find::target(&word), Thing::Hold);
        let inner = Arc::clone(&self.inner);
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let mut standing = Standing::to_change(&inner, tx, hold, expected)?;
            standing.row.review_by = review_by;
            if !holds::update(tx.conn(), &standing.row, HoldState::Standing.as_str())? {
                return Err(Refusal::Stale);
            }
            let facts = json!({
                "hold": hold.to_string(),
                "review_by": review_by.map(|on| on.to_string()),
            });
            let facts = bind(tx.conn(), facts, &[Bound::Hold(hold)])?;
            let (kind, subject) = (EntryKind::HoldReviewed, hold.to_string());
            tx.enter(EntryDraft { kind, subject, actor: caller.actor(), facts })?;
            Ok((hold, standing.revision()))
        }))
    }
}
