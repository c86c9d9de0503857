//! Shows holds at the reader's level. Which there are is what the ledger says: a hold whose row somebody changed or
//! took away is still listed, and marked.

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::scope::Level;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Page;
use crate::archive::cases::page::{Cursor, items_of};
use crate::archive::cells::PROFILE;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{HoldId, MatterId, UserId};
use crate::base::moment::Moment;
use crate::record::hold::{HoldMode, HoldState};
use crate::record::names::Title;
use crate::retention::HoldKind;
use crate::store::rows::holds::HoldRow;
use crate::store::{Conn, StoreError};

use super::find::{self, Standing};
use super::register::HoldWord;
use super::words::{HoldGrounds, HoldWords};

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldView {
    /// What a list shows of it too.
    pub hold: HoldSummary,
    /// Its revision, for a change that depends on it.
    pub revision: Digest,
    /// Its words; at full level.
    pub words: Option<HoldWords>,
    /// Why it was released; at full level.
    pub grounds: Option<HoldGrounds>,
    /// Who placed it.
    pub placed_by: UserId,
    /// Who released it.
    pub released_by: Option<UserId>,
    /// In which zone its days are counted.
    pub zone: Zone,
    /// Days for which it rests on what it held once it is released.
    pub grace_days: u32,
}

/// What a list shows of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldSummary {
    /// The hold.
    pub id: HoldId,
    /// The matter to which it belongs.
    pub matter: MatterId,
    /// How much of it is shown.
    pub level: Level,
    /// What people call it; at full level.
    pub title: Option<Title>,
    /// What sort it is.
    pub kind: HoldKind,
    /// Whether it reaches what comes later.
    pub mode: HoldMode,
    /// Where it stands.
    pub state: HoldState,
    /// True if others learn no more than that a disposition is not available.
    pub confidential: bool,
    /// How many members it has; `None` of one that is damaged.
    pub members: Option<u64>,
    /// By when somebody is to look at it again.
    pub review_by: Option<CivilDate>,
    /// True if that day has passed.
    pub is_overdue: bool,
    /// When it was placed.
    pub placed_at: Moment,
    /// When it was released.
    pub released_at: Option<Moment>,
    /// Until when it rests on what it held.
    pub rests_until: Option<Moment>,
    /// True if its row or its words are not as the ledger says. It holds what the ledger says all the same.
    pub damaged: bool,
}

/// Which holds a list shows. Everything given must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HoldQueryFilter {
    /// Of this matter.
    pub matter: Option<MatterId>,
    /// Where it stands.
    pub state: Option<HoldState>,
    /// Only those that somebody should have looked at again.
    pub overdue: bool,
}

impl Inner {
    /// True if what stands there is what the last entry that speaks of it says.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub(super) fn is_as_said(&self, conn: &mut Conn, bound: &Bound) -> Result<bool, Refusal> {
        Ok(self.last_words.about(&bound.address()) == bound.standing(conn)?)
    }

    fn is_vouched_hold(&self, conn: &mut Conn, hold: HoldId) -> Result<bool, Refusal> {
        Ok(self.is_as_said(conn, &Bound::Hold(hold))?
            && self.is_as_said(conn, &Bound::cell(hold, PROFILE))?)
    }
}

impl Archive {
    /// Lists holds in reach, the one placed last first. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// Not permitted, or [`Refusal::BadCursor`].
    pub fn list_holds(
        &self,
        caller: &Caller,
        filter: HoldQueryFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<HoldSummary>, Refusal> {
        let now = self.inner.now();
        let reach = caller.reach(Action::List, Resource::Hold, now);
        if reach.is_nothing() {
            return Err(caller.forbidden((Action::List, Resource::Hold)));
        }
        let before = cursor.map(|text| Cursor::parse(text, HoldId::parse)).transpose()?;
        let before = before.map(|cursor| (cursor.before.at, cursor.before.id));
        let limit = usize::try_from(items_of(limit)).unwrap_or(usize::MAX);
        let look = |conn: &mut Conn| {
            let register = self.inner.holds_known();
            let mut seen: Vec<(HoldId, Arc<HoldWord>, Level)> = register
                .iter()
                .filter_map(|(id, word)| {
                    let level = reach.level_of(caller.rights(), &find::target(word))?;
                    Some((id, Arc::clone(word), level))
                })
                .filter(|(_, word, _)| filter.matter.is_none_or(|matter| matter == word.matter))
                .filter(|(_, word, _)| filter.state.is_none_or(|state| state == state_of(word)))
                .filter(|(id, word, _)| before.is_none_or(|before| (word.placed_at, *id) < before))
                .collect();
            seen.sort_by_key(|(id, word, _)| std::cmp::Reverse((word.placed_at, *id)));
            let mut items = Vec::new();
            let mut seen = seen.into_iter().peekable();
            let mut last = None;
            while let Some((id, word, level)) = seen.next_if(|_| items.len() < limit) {
                last = Some(Cursor::after(word.placed_at, id));
                let line = self.hold_line(conn, (id, &word), level, now)?;
                if !filter.overdue || line.is_overdue {
                    items.push(line);
                }
            }
            let next = last.filter(|_| seen.peek().is_some()).map(|cursor| cursor.to_text());
            Ok(Page { items, next })
        };
        self.inner.settled(look, |page| !page.items.iter().any(|line| line.damaged))
    }

    /// Shows a hold.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`] if it is not as the ledger says.
    pub fn hold(&self, caller: &Caller, hold: HoldId) -> Result<HoldView, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        let look = |conn: &mut Conn| {
            let register = self.inner.holds_known();
            let (word, level) = find::permitted(&register, (caller, now), Action::Read, hold)?;
            if !self.inner.is_vouched_hold(conn, hold)? {
                return Ok(None);
            }
            let standing = Standing::read(conn, hold)?;
            let line = self.hold_line(conn, (hold, &word), level, now)?;
            let full = level == Level::Full;
            let words = full.then(|| HoldWords::open((&keys, word.words), conn, hold)).transpose();
            let words = match words {
                Err(Refusal::Damaged(Thing::Hold)) => return Ok(None),
                words => words?,
            };
            let is_released = full && standing.row.released_at.is_some();
            let grounds = is_released.then(|| HoldGrounds::open(&keys, conn, hold)).transpose()?;
            let revision = standing.revision();
            let HoldRow { placed_by, released_by, zone, grace_days, .. } = standing.row;
            Ok(Some(HoldView {
                hold: line,
                revision,
                words,
                grounds,
                placed_by,
                released_by,
                zone,
                grace_days,
            }))
        };
        self.inner.settled(look, Option::is_some)?.ok_or(Refusal::Damaged(Thing::Hold))
    }

    fn hold_line(
        &self,
        conn: &mut Conn,
        (id, word): (HoldId, &HoldWord),
        level: Level,
        now: Moment,
    ) -> Result<HoldSummary, Refusal> {
        let row = match self.inner.is_vouched_hold(conn, id) {
            Ok(true) => Some(Standing::read(conn, id)?.row),
            Ok(false) | Err(Refusal::Store(StoreError::Corrupt { .. })) => None,
            Err(other) => return Err(other),
        };
        let mut line = as_entered(id, word, level);
        let Some(row) = row else { return Ok(line) };
        if level == Level::Full {
            match HoldWords::open((&self.inner.keys(), word.words), conn, id).map_err(Refusal::in_a_list) {
                Ok(words) => line.title = Some(words.title),
                Err(Refusal::Damaged(Thing::Hold)) => return Ok(line),
                Err(other) => return Err(other),
            }
        }
        line.damaged = !word.is_legible;
        (line.members, line.review_by) = (Some(row.members), row.review_by);
        let today = CivilDate::of(now, word.zone);
        let has_passed = row.review_by.is_some_and(|by| today.is_ok_and(|today| by < today));
        line.is_overdue = has_passed && line.state == HoldState::Standing;
        Ok(line)
    }
}

fn state_of(word: &HoldWord) -> HoldState {
    match word.released {
        None => HoldState::Standing,
        Some(_) => HoldState::Released,
    }
}

/// The line of a hold as its entries have it: marked, and without words.
fn as_entered(id: HoldId, word: &HoldWord, level: Level) -> HoldSummary {
    HoldSummary {
        id,
        matter: word.matter,
        level,
        title: None,
        kind: word.kind,
        mode: word.mode,
        state: state_of(word),
        confidential: word.confidential,
        members: None,
        review_by: None,
        is_overdue: false,
        placed_at: word.placed_at,
        released_at: word.released.map(|released| released.at),
        rests_until: word.released.map(|released| released.rests_until),
        damaged: true,
    }
}
