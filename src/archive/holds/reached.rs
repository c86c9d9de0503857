//! Which records a hold reaches by what it names, for whoever judges them again. What comes of it frees nothing and
//! holds nothing: the gate asks the register.

use std::collections::{BTreeSet, HashSet};

use crate::archive::refusal::Refusal;
use crate::base::id::{CaseId, HoldId, PartyId, RecordId};
use crate::record::hold::HoldMemberKind;
use crate::store::Conn;
use crate::store::rows::holds;
use crate::store::rows::records::{self, RecordFilter};
use crate::store::rows::{LookupToken, cases};

use super::register::HoldWord;
use super::said::{Named, SaidKey};

/// Rows that are read at once.
const ROWS: u32 = 1_000;
/// More records than this are not told one by one.
const RECORDS_MAX: usize = 20_000;

/// The records that a hold reaches, by all that it names or by `added` alone; `None` if they cannot be told, or are
/// so many that all may as well be asked.
///
/// # Errors
/// The database refuses.
pub(in crate::archive) fn held_now(
    conn: &mut Conn,
    key: &SaidKey,
    hold: HoldId,
    (word, added): (&HoldWord, Option<&[LookupToken]>),
) -> Result<Option<BTreeSet<RecordId>>, Refusal> {
    let wanted: HashSet<LookupToken> = match added {
        Some(added) => added.iter().copied().collect(),
        None => word.members.clone(),
    };
    let (mut found, mut named, mut containers) = (BTreeSet::new(), 0, BTreeSet::new());
    let mut after = None;
    loop {
        let rows = holds::members_page(conn, hold, after, ROWS)?;
        let Some(last) = rows.last() else { break };
        after = Some((last.batch, last.token));
        for row in rows.iter().filter(|row| wanted.contains(&row.token)) {
            named += 1;
            let Some(named) = Named::open(key, row) else { return Ok(None) };
            let Some(records) = reached(conn, &named)? else { return Ok(None) };
            if named.kind == HoldMemberKind::Entry {
                containers.extend(records.iter().copied());
            }
            found.extend(records);
            if found.len() > RECORDS_MAX {
                return Ok(None);
            }
        }
    }
    // For each log of which entries are held the ledger has one token more, and no row.
    let is_complete = named + containers.len() >= wanted.len();
    Ok(is_complete.then_some(found))
}

/// The records of one member; `None` for what only the records themselves tell.
fn reached(conn: &mut Conn, named: &Named) -> Result<Option<Vec<RecordId>>, Refusal> {
    let limit = u32::try_from(RECORDS_MAX + 1).unwrap_or(u32::MAX);
    let by = |filter: RecordFilter, conn: &mut Conn| records::ids(conn, &filter, limit);
    let target = named.target.as_deref().unwrap_or_default();
    let found = match named.kind {
        HoldMemberKind::Record | HoldMemberKind::Entry => {
            let id = target.split('.').next().unwrap_or_default();
            RecordId::parse(id).ok().map(|id| vec![id])
        }
        HoldMemberKind::Case => match CaseId::parse(target) {
            Ok(case) => Some(by(RecordFilter { case_id: Some(case), ..RecordFilter::default() }, conn)?),
            Err(_) => None,
        },
        HoldMemberKind::Party => match PartyId::parse(target) {
            Ok(party) => Some(of_party(conn, party, by)?),
            Err(_) => None,
        },
        HoldMemberKind::Category => {
            let category = Some(target.to_owned());
            Some(by(RecordFilter { category, ..RecordFilter::default() }, conn)?)
        }
        HoldMemberKind::Field => None,
    };
    Ok(found)
}

/// What names a party, and what lies in the cases in which it takes part.
fn of_party(
    conn: &mut Conn,
    party: PartyId,
    by: impl Fn(RecordFilter, &mut Conn) -> Result<Vec<RecordId>, crate::store::StoreError>,
) -> Result<Vec<RecordId>, Refusal> {
    let mut found = by(RecordFilter { party_id: Some(party), ..RecordFilter::default() }, conn)?;
    for part in cases::of_party(conn, party)? {
        found.extend(by(RecordFilter { case_id: Some(part.case_id), ..RecordFilter::default() }, conn)?);
    }
    Ok(found)
}
