//! The list of what a request would hand out, for the second person to read: kept as the very lines over
//! which the digest in the request's parameters goes, so that what is shown is what would be done.

use std::collections::{BTreeSet, HashMap};

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, RecordId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::bundle::frozen::parse_item;
use crate::bundle::plan::{Ordinals, Selection};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::cells::{self as cell_rows, CellRow};
use crate::store::rows::records::{self, RecordRow};

use super::list::{in_sight, lists_what_keys_reach, may_approve};
use super::sealed::Loaded;
use crate::archive::cells::ITEMS;
use crate::archive::disposition::erased_in;
use crate::archive::exports::{Standing, standing_of};
use crate::archive::records::{Ledgered, RecordSummary};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::Restrictions;
use crate::archive::{Archive, Caller, Inner, cells};

/// A page of the list.
#[derive(Debug, Clone)]
pub struct AskedItems {
    /// Items of the whole list.
    pub total: u64,
    /// Items before this page.
    pub from: u64,
    /// The page.
    pub items: Vec<AskedItem>,
}

/// One item of the list.
#[derive(Debug, Clone)]
pub struct AskedItem {
    /// The record.
    pub record: RecordId,
    /// The version that would be handed out.
    pub version: u64,
    /// The newest version of the record, where it is another one.
    pub newest: Option<u64>,
    /// The records that correct it.
    pub corrected_by: Vec<RecordId>,
    /// The entries of a bulk log, as numbers and ranges; `None` for all of the record.
    pub entries: Option<String>,
    /// Those of them that were erased, as numbers and ranges: they cannot be handed out, by no approval.
    pub erased: Option<String>,
    /// Its kind, day and title, as far as the reader may know them anyway; `None` out of the reader's reach.
    pub line: Option<RecordSummary>,
}

/// Seals the list of a request.
pub(super) fn seal(inner: &Inner, keys: &Keyring, id: ApprovalId, items: &str) -> Result<CellRow, Refusal> {
    let plain = SecretBytes::new(items.as_bytes().to_vec());
    cells::seal(inner, keys, &id.to_string(), ITEMS, &plain, 0)
}

impl Archive {
    /// A page of what the request would hand out: `limit` items (never more than 500) behind the first
    /// `from`. `None` where the request is about no list, or was made when none was kept.
    ///
    /// # Errors
    /// No such request in sight; [`Refusal::Forbidden`] for who neither asked nor may decide it;
    /// [`Refusal::Damaged`] if the list is not the one whose digest is to be approved, or one of the
    /// records is not as the ledger says.
    pub fn approval_items(
        &self,
        caller: &Caller,
        id: ApprovalId,
        (from, limit): (u64, u32),
    ) -> Result<Option<AskedItems>, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        self.must_stand(id)?;
        let restrictions = self.inner.restrictions()?;
        self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            let loaded =
                Loaded::get((&keys, &ledger), conn, id)?.filter(|loaded| in_sight(caller, loaded, now));
            let loaded = loaded.ok_or(Refusal::NotFound(Thing::Approval))?;
            if loaded.approval.requested_by != caller.user() && !may_approve(caller, &loaded, now) {
                return Err(Refusal::Forbidden);
            }
            let Some(cell) = cell_rows::get(conn, &id.to_string(), ITEMS)? else { return Ok(None) };
            let plain = cells::open(&keys, &cell, Thing::Approval)?;
            let mut lines = approved_lines(&loaded, plain.expose())?;
            let most = usize::try_from(limit).unwrap_or(PAGE_ITEMS_MAX).min(PAGE_ITEMS_MAX);
            let first = usize::try_from(from).unwrap_or(usize::MAX);
            let reader = Reader::of(caller, (&ledger, &restrictions), &loaded, now);
            if lists_what_keys_reach(loaded.approval.action) && !may_approve(caller, &loaded, now) {
                // Who asks is shown what he sees anyway, and not how much more there is.
                let known = reader.reached(conn, &lines)?;
                lines.retain(|line| parse_item(line).is_some_and(|(record, ..)| known.contains(&record)));
            }
            let page: Vec<&str> = lines.iter().skip(first).take(most).copied().collect();
            let records = page.iter().filter_map(|line| Some(parse_item(line)?.0)).collect();
            let standing = standing_of(conn, self.inner.last_words.vkey(), records)?;
            let item = |line: &&str| self.asked_item(conn, (&reader, &standing), line);
            let items = page.iter().map(item).collect::<Result<_, _>>()?;
            Ok(Some(AskedItems { total: lines.len() as u64, from, items }))
        })
    }

    fn asked_item(
        &self,
        conn: &mut Conn,
        (reader, standing): (&Reader<'_>, &HashMap<RecordId, Standing>),
        line: &str,
    ) -> Result<AskedItem, Refusal> {
        let (record, version, entries) = parse_item(line).ok_or(Refusal::Damaged(Thing::Approval))?;
        let erased = self.erased_of(conn, (reader.ledger, record), &entries)?;
        let entries = match entries {
            Selection::All => None,
            Selection::Entries(_) => Some(entries.to_text()),
        };
        let row = records::get(conn, record)?.filter(|row| reader.reaches(row));
        let line = match row {
            None => None,
            Some(row) => {
                // Of the version that would be handed out, whatever was captured since.
                let version = u32::try_from(version).map_err(|_| Refusal::Damaged(Thing::Approval))?;
                Some(self.line_of(
                    conn,
                    (reader.caller, reader.words, reader.restrictions),
                    (&row, version),
                )?)
            }
        };
        // Of what is out of reach no more is told than the list itself does.
        let standing = standing.get(&record).filter(|_| line.is_some()).cloned().unwrap_or_default();
        let newest = (standing.newest > version).then_some(standing.newest);
        Ok(AskedItem { record, version, newest, corrected_by: standing.corrected_by, entries, erased, line })
    }

    /// What was erased of an item, by the ledger as it stands.
    fn erased_of(
        &self,
        conn: &mut Conn,
        (ledger, record): (&Ledgered<'_>, RecordId),
        entries: &Selection,
    ) -> Result<Option<String>, Refusal> {
        let gone = erased_in(ledger, conn, record)?.into_iter();
        let gone: Vec<u64> = match entries {
            Selection::All => gone.collect(),
            Selection::Entries(ordinals) => {
                let asked = ordinals.as_slice();
                gone.filter(|ordinal| asked.binary_search(ordinal).is_ok()).collect()
            }
        };
        // None, where nothing was.
        Ok(Ordinals::new(gone).ok().map(|gone| Selection::Entries(gone).to_text()))
    }
}

/// Who reads the list, and what of records.
struct Reader<'a> {
    caller: &'a Caller,
    ledger: &'a Ledgered<'a>,
    restrictions: &'a Restrictions<'a>,
    facts: Reach,
    words: Reach,
    /// True if the request names the reader to decide it.
    assigned: bool,
}

impl<'a> Reader<'a> {
    fn of(
        caller: &'a Caller,
        (ledger, restrictions): (&'a Ledgered<'a>, &'a Restrictions<'a>),
        loaded: &Loaded,
        now: Moment,
    ) -> Self {
        Self {
            caller,
            ledger,
            restrictions,
            facts: caller.reach(Action::List, Resource::Record, now),
            words: caller.reach(Action::Read, Resource::Descriptor, now),
            assigned: loaded.sealed.approver == Some(caller.user()),
        }
    }

    /// Those of the records of these lines that are within reach.
    fn reached(&self, conn: &mut Conn, lines: &[&str]) -> Result<BTreeSet<RecordId>, Refusal> {
        let ids: Vec<RecordId> = lines.iter().filter_map(|line| Some(parse_item(line)?.0)).collect();
        let rows = records::get_many(conn, &ids)?;
        Ok(rows.iter().filter(|row| self.reaches(row)).map(|row| row.id).collect())
    }

    fn reaches(&self, row: &RecordRow) -> bool {
        let target = Target { assigned: self.assigned, ..Target::record(row.case_id, row.captured_by) };
        self.facts.level_of(self.caller.rights(), &target).is_some()
    }
}

/// The lines of the list, if it is the list that the parameters bind.
fn approved_lines<'l>(loaded: &Loaded, list: &'l [u8]) -> Result<Vec<&'l str>, Refusal> {
    let damaged = || Refusal::Damaged(Thing::Approval);
    let parameters = &loaded.sealed.parameters;
    let bound = parameters.get("items").and_then(serde_json::Value::as_str);
    let lines: Vec<&str> = std::str::from_utf8(list).map_err(|_| damaged())?.lines().collect();
    let count = parameters.get("count").and_then(serde_json::Value::as_u64);
    match bound == Some(Digest::of(list).to_hex().as_str()) && count == Some(lines.len() as u64) {
        true => Ok(lines),
        false => Err(damaged()),
    }
}
