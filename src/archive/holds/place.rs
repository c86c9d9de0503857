//! Places a hold, and adds to one. A hold only grows: to hold less, another is placed and this one released, by two
//! persons.

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::archive::acting::Warrant;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::matters;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::digest::Digest;
use crate::base::entropy::draw;
use crate::base::id::{HoldId, MatterId, UserId};
use crate::base::limits::{HOLD_QUERIES_MAX, HOLD_QUERIES_OF_ONE_MAX};
use crate::record::hold::{HoldMode, HoldState};
use crate::record::matter::MatterState;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::holds::{self, HoldRow};
use crate::store::rows::matters as matter_rows;
use crate::store::{Tx, WriteError, Written};

use super::facts;
use super::find::{self, Standing};
use super::members::{self, Gathered};
use super::request::{HoldFields, HoldSelectors};
use super::words::HoldWords;

/// A hold that was placed or grew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// What was entered.
    pub entered: Entered<HoldId>,
    /// How many members it has.
    pub members: u64,
    /// Records within the caller's reach that no search finds yet, where one was saved: a live hold reads them
    /// before they could be destroyed, a snapshot lacks them.
    pub not_indexed: u64,
}

impl Placed {
    #[allow(clippy::type_complexity, reason = "named once, where it is made")]
    fn of(
        written: Result<Written<((HoldId, Digest), u64)>, WriteError<Refusal>>,
        not_indexed: u64,
    ) -> Result<Self, Refusal> {
        let mut members = 0;
        let entered = Entered::of(written.map(|Written { value, first_seq, count, checkpoint_size }| {
            members = value.1;
            Written { value: value.0, first_seq, count, checkpoint_size }
        }))?;
        Ok(Self { entered, members, not_indexed })
    }
}

impl Archive {
    /// Places a hold in a matter. What it names cannot be destroyed from now on; its clocks go on.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::NotFound`] for the matter or for what is named and not in sight;
    /// [`Refusal::WrongState`] if the matter is closed; [`Refusal::TooMany`]; what a search refuses.
    pub fn place_hold(&self, caller: &Caller, fields: &HoldFields) -> Result<Placed, Refusal> {
        let now = self.inner.now();
        let matter = self.inner.store.read(|conn| matter_rows::get(conn, fields.matter))?;
        let target = matter.as_ref().map(matters::target);
        let may = caller.warrant((Action::Create, Resource::Hold), target.as_ref(), Thing::Matter, now)?;
        let Gathered { members, asks, query, not_indexed } =
            self.gather_members(caller, (fields.mode, &fields.members))?;
        let words = HoldWords {
            title: fields.title.clone(),
            reason: fields.reason.clone(),
            fields: fields.members.fields.clone(),
            query,
        };
        let (inner, fields) = (Arc::clone(&self.inner), fields.clone());
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let keys = inner.keys();
            inner.must_be_vouched(tx, &Bound::Matter(fields.matter), Thing::Matter)?;
            let matter = matter_rows::get(tx.conn(), fields.matter)?;
            let state = matter.ok_or(Refusal::NotFound(Thing::Matter))?.state;
            if state != MatterState::Open.as_str() {
                return Err(Refusal::WrongState);
            }
            let mut row = row_of(&inner, &fields, tx, caller);
            if asks.query {
                let register = inner.holds_in(tx)?;
                room_for_a_query(tx, &register, (fields.matter, caller.user()))?;
            }
            let sealed = words.seal(&inner, &keys, row.id)?;
            let batches = members::write(tx, (&inner, &keys), &mut row, &members)?;
            holds::insert(tx.conn(), &row)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let by = (&row, caller.actor());
            facts::enter_placed(tx, (&inner, &keys), by, sealed.commitment, (asks, &batches))?;
            let revision = Standing { words: sealed.row.digest, row: row.clone() }.revision();
            Ok(((row.id, revision), row.members))
        });
        let placed = Placed::of(written, not_indexed)?;
        self.evict_held(placed.entered.id);
        Ok(placed)
    }

    /// Brings further members into a hold. `expected` is the revision that the caller saw.
    ///
    /// # Errors
    /// As [`Archive::place_hold`]; [`Refusal::Stale`]; [`Refusal::WrongState`] if it was released;
    /// [`Refusal::Exists`] if it has all of them, or has a saved query already.
    pub fn add_to_hold(
        &self,
        caller: &Caller,
        hold: HoldId,
        selectors: &HoldSelectors,
        expected: Option<Digest>,
    ) -> Result<Placed, Refusal> {
        let register = self.inner.holds_now()?;
        let (word, _) = find::permitted(&register, (caller, self.inner.now()), Action::Change, hold)?;
        if word.mode == HoldMode::Snapshot && !selectors.fields.is_empty() {
            return Err(Refusal::WrongState);
        }
        let may = Warrant::to((Action::Change, Resource::Hold), find::target(&word), Thing::Hold);
        let gathered = self.gather_members(caller, (word.mode, selectors))?;
        let not_indexed = gathered.not_indexed;
        let (inner, fields) = (Arc::clone(&self.inner), selectors.fields.clone());
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let keys = inner.keys();
            let mut standing = Standing::to_change(&inner, tx, hold, expected)?;
            let said = inner.holds_in(tx)?;
            let word = said.get(hold).ok_or(Refusal::Damaged(Thing::Hold))?;
            let mut words = HoldWords::open((&keys, word.words), tx.conn(), hold)?;
            if gathered.query.is_some() && words.query.is_some() {
                return Err(Refusal::Exists(Thing::Hold));
            }
            if gathered.asks.query {
                room_for_a_query(tx, &said, (word.matter, standing.row.placed_by))?;
            }
            let is_reworded = gathered.query.is_some() || !fields.is_empty();
            words.query = words.query.or(gathered.query);
            words.fields.extend(fields);
            let mut batches = members::write(tx, (&inner, &keys), &mut standing.row, &gathered.members)?;
            if batches.is_empty() && !gathered.asks.query {
                return Err(Refusal::Exists(Thing::Hold));
            }
            if batches.is_empty() {
                batches.push(facts::Batch { number: None, tokens: Vec::new() });
            }
            if !holds::update(tx.conn(), &standing.row, HoldState::Standing.as_str())? {
                return Err(Refusal::Stale);
            }
            let mut commitment = None;
            if is_reworded {
                let sealed = words.seal(&inner, &keys, hold)?;
                if !cell_rows::replace(tx.conn(), &sealed.row, standing.words)? {
                    return Err(Refusal::Stale);
                }
                (standing.words, commitment) = (sealed.row.digest, Some(sealed.commitment));
            }
            let by = (&standing.row, caller.actor());
            facts::enter_grown(tx, (&inner, &keys), by, commitment, (gathered.asks, &batches))?;
            Ok(((hold, standing.revision()), standing.row.members))
        });
        let placed = Placed::of(written, not_indexed)?;
        self.evict_held(placed.entered.id);
        Ok(placed)
    }
}

fn row_of(inner: &Inner, fields: &HoldFields, tx: &Tx<'_>, caller: &Caller) -> HoldRow {
    let entropy = inner.entropy.as_ref();
    HoldRow {
        id: HoldId::generate(tx.at(), entropy),
        matter_id: fields.matter,
        kind: fields.kind.as_str().to_owned(),
        mode: fields.mode.as_str().to_owned(),
        state: HoldState::Standing.as_str().to_owned(),
        confidential: fields.confidential,
        zone: fields.zone,
        grace_days: fields.grace_days,
        review_by: fields.review_by,
        batches: 0,
        members: 0,
        placed_at: tx.at(),
        placed_by: caller.user(),
        released_at: None,
        released_by: None,
        rests_until: None,
        blind: Some(Digest::of(&draw::<32>(entropy))),
    }
}

/// Each live hold by a query reads every record that is about to be destroyed, or judged: nobody may keep the others
/// waiting by placing many.
fn room_for_a_query(
    tx: &mut Tx<'_>,
    register: &super::Register,
    (matter, person): (MatterId, UserId),
) -> Result<(), Refusal> {
    let (mut all, mut in_matter, mut of_person) = (0, 0, 0);
    for (id, word) in register.iter().filter(|(_, word)| word.asks.query && word.released.is_none()) {
        all += 1;
        in_matter += usize::from(word.matter == matter);
        let row = holds::get(tx.conn(), id)?;
        of_person += usize::from(row.is_some_and(|row| row.placed_by == person));
    }
    for (there_are, most) in
        [(in_matter, HOLD_QUERIES_OF_ONE_MAX), (of_person, HOLD_QUERIES_OF_ONE_MAX), (all, HOLD_QUERIES_MAX)]
    {
        if there_are >= most {
            return Err(Refusal::TooMany { most: most as u64 });
        }
    }
    Ok(())
}
