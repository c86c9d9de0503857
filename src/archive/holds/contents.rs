//! Shows what a hold names, as far as the reader sees that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::access::permission::{Action, Resource};
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Page;
use crate::archive::cases::page::items_of;
use crate::archive::records::EntryName;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, cases, customers, rows};
use crate::base::digest::{from_hex, to_hex};
use crate::base::id::{CaseId, HoldId, PartyId};
use crate::base::moment::Moment;
use crate::record::hold::HoldMemberKind;
use crate::store::Conn;
use crate::store::rows::LookupToken;
use crate::store::rows::holds;
use crate::store::rows::{cases as case_rows, records};

use super::find;
use super::said::{Named, SaidKey};

/// Something that a hold names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// What it is.
    pub kind: HoldMemberKind,
    /// Its id; `None` where the reader does not see it, and for a field, which stands in the hold's words.
    pub target: Option<String>,
}

impl Archive {
    /// What a hold names, in the order in which it came. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::BadCursor`]; [`Refusal::Damaged`] if rows are not as the ledger says.
    pub fn hold_members(
        &self,
        caller: &Caller,
        hold: HoldId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<MemberView>, Refusal> {
        let now = self.inner.now();
        let after = cursor.map(place_of).transpose()?;
        let limit = items_of(limit);
        let key = self.inner.keys().index.as_ref().map(SaidKey::of).ok_or(Refusal::NoKey("index keys"))?;
        let look = |conn: &mut Conn| {
            let register = self.inner.holds_known();
            find::permitted(&register, (caller, now), Action::Read, hold)?;
            let rows = holds::members_page(conn, hold, after, limit)?;
            let is_full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
            let next = rows.last().filter(|_| is_full).map(|last| text_of(last.batch, &last.token));
            let mut batches: Vec<u32> = rows.iter().map(|row| row.batch).collect();
            batches.dedup();
            for number in batches {
                if !self.inner.is_as_said(conn, &Bound::HoldBatch { hold, number })? {
                    return Ok(None);
                }
            }
            let mut items = Vec::with_capacity(rows.len());
            for row in rows {
                // As the ledger says, and sealed by this archive: it opens.
                let named = Named::open(&key, &row).ok_or(Refusal::Damaged(Thing::Hold))?;
                items.push(view(conn, (caller, now), named)?);
            }
            Ok(Some(Page { items, next }))
        };
        self.inner.settled(look, Option::is_some)?.ok_or(Refusal::Damaged(Thing::Hold))
    }
}

fn view(
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    Named { kind, target }: Named,
) -> Result<MemberView, Refusal> {
    let target = match target {
        None => None,
        Some(target) => sees(conn, (caller, now), (kind, &target))?.then_some(target),
    };
    Ok(MemberView { kind, target })
}

/// True if the reader may know that the thing is there.
fn sees(
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    (kind, target): (HoldMemberKind, &str),
) -> Result<bool, Refusal> {
    Ok(match kind {
        HoldMemberKind::Record | HoldMemberKind::Entry => match EntryName::parse(target) {
            Ok(name) => records::get(conn, name.record)?
                .is_some_and(|row| rows::is_in_sight(caller.rights(), &row, now)),
            Err(_) => false,
        },
        HoldMemberKind::Case => match CaseId::parse(target) {
            Ok(id) => {
                let reach = caller.reach(Action::Read, Resource::Case, now);
                let row = case_rows::get(conn, id)?;
                row.is_some_and(|row| reach.level_of(caller.rights(), &cases::target(&row)).is_some())
            }
            Err(_) => false,
        },
        HoldMemberKind::Party => match PartyId::parse(target) {
            Ok(id) => match customers::must_be_in_sight(conn, (caller, now), id) {
                Ok(()) => true,
                Err(Refusal::NotFound(_) | Refusal::Forbidden | Refusal::OutOfScope(..)) => false,
                Err(other) => return Err(other),
            },
            Err(_) => false,
        },
        HoldMemberKind::Category | HoldMemberKind::Field => true,
    })
}

fn text_of(batch: u32, token: &LookupToken) -> String {
    URL_SAFE_NO_PAD.encode(format!("{batch}.{}", to_hex(token)))
}

fn place_of(cursor: &str) -> Result<(u32, LookupToken), Refusal> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (batch, token) = text.split_once('.')?;
        Some((batch.parse().ok()?, from_hex(token)?.try_into().ok()?))
    };
    read().ok_or(Refusal::BadCursor)
}
