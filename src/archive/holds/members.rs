//! Brings members into a hold: what the caller may see of what is named, and what keys and searches find.

use std::collections::HashSet;

use crate::access::permission::{Action, Resource};
use crate::archive::caller::Caller;
use crate::archive::customers;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::search::{Effort, SEARCH_HITS_MAX, SearchFilters, SearchRequest};
use crate::archive::{Archive, Inner, cases, rows};
use crate::base::id::RecordId;
use crate::base::limits::{HOLD_BATCH_MEMBERS_MAX, HOLD_MEMBERS_MAX};
use crate::base::moment::Moment;
use crate::record::hold::HoldMode;
use crate::record::state::RecordState;
use crate::seal::Keyring;
use crate::store::rows::cases as case_rows;
use crate::store::rows::holds::{self, HoldMemberRow, HoldRow};
use crate::store::rows::records::{self, RecordFilter};
use crate::store::rows::{Before, segments};
use crate::store::{Conn, Tx};

use super::facts::Batch;
use super::register::Asks;
use super::request::HoldSelectors;
use super::said::{Named, SaidKey};
use super::tokens::{Member, Tokens};
use super::words::HoldQuery;

/// Records that are read at once.
const ROWS_AT_ONCE: u32 = 500;

/// What is to come into a hold.
pub(super) struct Gathered {
    pub members: Vec<Member>,
    /// What has to be known of a record to tell whether the keys among them reach it.
    pub asks: Asks,
    pub query: Option<HoldQuery>,
    /// Records within the caller's reach that no search finds yet, where one was made.
    pub not_indexed: u64,
}

impl Archive {
    /// Works out what a selection names, as far as the caller sees it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is not there or out of sight; [`Refusal::TooMany`]; what a search refuses.
    pub(super) fn gather_members(
        &self,
        caller: &Caller,
        (mode, selectors): (HoldMode, &HoldSelectors),
    ) -> Result<Gathered, Refusal> {
        let now = self.inner.now();
        let query = selectors.query.as_ref().map(|asked| asked.parse()).transpose()?;
        let mut members = self.inner.store.read(|conn| {
            for member in selectors.named().chain(selectors.keys()) {
                must_be_in_sight(conn, (caller, now), &member)?;
            }
            let mut members: Vec<Member> = selectors.named().collect();
            for key in selectors.keys() {
                match mode {
                    HoldMode::Live => members.push(key),
                    HoldMode::Snapshot => found_by(conn, (caller, now), &key, &mut members)?,
                }
            }
            Ok::<_, Refusal>(members)
        })?;
        let mut not_indexed = 0;
        if let Some(query) = &query {
            not_indexed = self.found_by_words(caller, query, &mut members)?;
        }
        let is_live = mode == HoldMode::Live;
        let asks = Asks {
            parties: is_live && !selectors.parties.is_empty(),
            fields: is_live && !selectors.fields.is_empty(),
            query: is_live && query.is_some(),
        };
        Ok(Gathered { members, asks, query, not_indexed })
    }

    /// What a search finds for the caller.
    fn found_by_words(
        &self,
        caller: &Caller,
        query: &HoldQuery,
        members: &mut Vec<Member>,
    ) -> Result<u64, Refusal> {
        let filters = SearchFilters {
            kind: query.kind,
            occurred_from: query.occurred_from,
            occurred_to: query.occurred_to,
            ..SearchFilters::default()
        };
        let query = Some(query.text.clone());
        let mut request =
            SearchRequest { query, filters, limit: SEARCH_HITS_MAX, ..SearchRequest::default() };
        let mut not_indexed = 0;
        loop {
            // What is to be held is found whole, however long that takes.
            let page = self.search_within(caller, &request, &Effort::whatever_it_takes())?;
            if request.cursor.is_none() {
                not_indexed = page.not_indexed;
            }
            members.extend(page.hits.iter().map(|hit| match hit.entry {
                Some(entry) => Member::Entry(hit.record, entry),
                None => Member::Record(hit.record),
            }));
            must_fit(members.len())?;
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => return Ok(not_indexed),
            }
        }
    }
}

fn must_fit(members: usize) -> Result<(), Refusal> {
    match members > HOLD_MEMBERS_MAX {
        true => Err(Refusal::TooMany { most: HOLD_MEMBERS_MAX as u64 }),
        false => Ok(()),
    }
}

/// Nobody holds what he does not see: that would tell that it is there.
fn must_be_in_sight(
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    member: &Member,
) -> Result<(), Refusal> {
    match member {
        Member::Record(id) | Member::Entry(id, _) => {
            let row = records::get(conn, *id)?.filter(|row| rows::is_in_sight(caller.rights(), row, now));
            let row = row.ok_or(Refusal::NotFound(Thing::Record))?;
            // Too late: the tombstone says when and why.
            if RecordState::from_row(&row.state).is_some_and(RecordState::is_destroyed) {
                return Err(Refusal::Erased(Thing::Record));
            }
            if let Member::Entry(_, ordinal) = member {
                let segment = segments::get(conn, row.id)?;
                if segment.is_none_or(|segment| segment.entries <= *ordinal) {
                    return Err(Refusal::NotFound(Thing::Entry));
                }
            }
            Ok(())
        }
        Member::Case(id) => {
            let reach = caller.reach(Action::Read, Resource::Case, now);
            let row = case_rows::get(conn, *id)?
                .filter(|row| reach.level_of(caller.rights(), &cases::target(row)).is_some());
            row.map(|_| ()).ok_or(Refusal::NotFound(Thing::Case))
        }
        Member::Party(id) => customers::must_be_in_sight(conn, (caller, now), *id),
        Member::Category(_) | Member::Field(_) => Ok(()),
    }
}

/// The records that a key finds for the caller now: how many there are beyond his reach would be told by their number.
fn found_by(
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    key: &Member,
    members: &mut Vec<Member>,
) -> Result<(), Refusal> {
    let reach = caller.reach(Action::List, Resource::Record, now);
    let within = crate::archive::records::within(caller, reach);
    let every = |filter: RecordFilter, conn: &mut Conn, members: &mut Vec<Member>| {
        let filter = RecordFilter { within: within.clone(), ..filter };
        let mut before: Option<Before<RecordId>> = None;
        loop {
            let rows = records::page(conn, &filter, before, ROWS_AT_ONCE)?;
            let Some(last) = rows.last() else { return Ok(()) };
            before = Some(Before { at: last.captured_at, id: last.id });
            let seen = rows.iter().filter(|row| rows::is_in_sight(caller.rights(), row, now));
            members.extend(seen.map(|row| Member::Record(row.id)));
            must_fit(members.len())?;
        }
    };
    match key {
        Member::Case(id) => {
            every(RecordFilter { case_id: Some(*id), ..RecordFilter::default() }, conn, members)
        }
        Member::Party(id) => {
            every(RecordFilter { party_id: Some(*id), ..RecordFilter::default() }, conn, members)?;
            for part in case_rows::of_party(conn, *id)? {
                let in_case = RecordFilter { case_id: Some(part.case_id), ..RecordFilter::default() };
                every(in_case, conn, members)?;
            }
            Ok(())
        }
        Member::Category(category) => {
            let category = Some(category.as_str().to_owned());
            every(RecordFilter { category, ..RecordFilter::default() }, conn, members)
        }
        Member::Record(_) | Member::Entry(..) | Member::Field(_) => Ok(()),
    }
}

/// Writes the members that a hold does not have yet, in batches that fit into an entry each, and counts them in its
/// row.
///
/// # Errors
/// [`Refusal::TooMany`], no index keys on this node, or the database refuses.
pub(super) fn write(
    tx: &mut Tx<'_>,
    (inner, keys): (&Inner, &Keyring),
    row: &mut HoldRow,
    members: &[Member],
) -> Result<Vec<Batch>, Refusal> {
    let tokens = Tokens::of(keys, row.id)?;
    let key = SaidKey::of(keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?);
    let (mut batches, mut containers) = (Vec::<Batch>::new(), HashSet::new());
    for member in members {
        let is_full = batches.last().is_none_or(|batch| batch.tokens.len() >= HOLD_BATCH_MEMBERS_MAX);
        let number = if is_full { row.batches } else { row.batches - 1 };
        let token = tokens.member(member);
        let named = Named { kind: member.kind(), target: member.target() };
        let named = named.seal(&key, (row.id, &token), inner.entropy.as_ref());
        let fresh = HoldMemberRow { hold_id: row.id, token, batch: number, named };
        if !holds::add_member(tx.conn(), &fresh)? {
            continue;
        }
        if is_full {
            batches.push(Batch { number: Some(number), tokens: Vec::new() });
            row.batches += 1;
        }
        row.members += 1;
        must_fit(usize::try_from(row.members).unwrap_or(usize::MAX))?;
        if let Some(batch) = batches.last_mut() {
            batch.tokens.push(token);
            if let Member::Entry(record, _) = member
                && containers.insert(*record)
            {
                batch.tokens.push(tokens.container(*record));
            }
        }
    }
    Ok(batches)
}
