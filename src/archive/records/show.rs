//! What the archive knows of one record, at the caller's level.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use crate::access::permission::{Action, Resource};
use crate::access::scope::Level;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, ComponentId, LinkId, PartyId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::Entry;
use crate::record::descriptor::Descriptor;
use crate::record::kind::Kind;
use crate::record::occurred::{LATE_AFTER_DAYS, Occurred};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::components::{self, Presence};
use crate::store::rows::{cases, links, parties, records, segments, versions};

use super::derived::DerivativeView;
use super::{Ledgered, amiss};
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::evidence::Opening;
use crate::archive::cases::profile;
use crate::archive::disposition::{ErasureView, Tombstone};
use crate::archive::holds::{Care, HoldMark, Marks, held_state};
use crate::archive::indexing::is_refusal_of;
use crate::archive::receipt::LedgerPlace;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::Standings;
use crate::archive::{Archive, descriptors, rows};

/// A record as a caller may see it.
#[derive(Debug, Clone)]
pub struct RecordView {
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// Its category.
    pub category: String,
    /// Its jurisdiction.
    pub jurisdiction: String,
    /// Its case.
    pub case: Option<CaseId>,
    /// The case's reference, where the caller may read words.
    pub case_reference: Option<String>,
    /// Its state.
    pub state: String,
    /// When its first version was captured.
    pub captured_at: Moment,
    /// By whom.
    pub captured_by: UserId,
    /// Its versions, the first one first.
    pub versions: Vec<VersionView>,
    /// Links from and to it.
    pub links: Vec<LinkView>,
    /// What was made of it and kept, and what it was made from, as far as the ledger has it.
    pub derivatives: Vec<DerivativeView>,
    /// Its parties, as opaque ids.
    pub parties: Vec<PartyView>,
    /// Entries, for a segment of a bulk log, those that were erased among them.
    pub entries: Option<u64>,
    /// What of them was erased, oldest first.
    pub erasures: Vec<ErasureView>,
    /// Holds over it of which the caller may know.
    pub holds: Vec<HoldMark>,
    /// What is left of it, once it is sealed for its destruction or destroyed.
    pub tombstone: Option<Tombstone>,
    /// True if words are held back from this caller.
    pub withheld: bool,
}

/// One version of a record.
#[derive(Debug, Clone)]
pub struct VersionView {
    /// Its number, from 1.
    pub version: u32,
    /// The day on which it occurred.
    pub occurred_on: CivilDate,
    /// The instant, where it is known.
    pub occurred_at: Option<Moment>,
    /// The zone in which the day holds.
    pub zone: Zone,
    /// When it was received.
    pub received_at: Moment,
    /// When it was captured.
    pub captured_at: Moment,
    /// By whom.
    pub captured_by: UserId,
    /// Days from the event to its capture, where they count as late (补录).
    pub late_days: Option<u32>,
    /// Title, names and fields, where the caller may read them in full.
    pub descriptor: Option<Descriptor>,
    /// Its components.
    pub components: Vec<ComponentView>,
    /// Where its capture stands in the ledger.
    pub ledger: LedgerPlace,
}

/// One component of a version.
#[derive(Debug, Clone)]
pub struct ComponentView {
    /// The component.
    pub id: ComponentId,
    /// What it is to the record.
    pub role: String,
    /// Its media type.
    pub media_type: String,
    /// Length of the content in bytes.
    pub bytes: u64,
    /// Length of the sealed payload in bytes.
    pub payload_bytes: u64,
    /// SHA-256 of the sealed payload, hexadecimal.
    pub payload_digest: String,
    /// Its commitment in the ledger, hexadecimal.
    pub commitment: String,
    /// False if the payload was destroyed.
    pub present: bool,
    /// The file's name as it came, where the caller may read words.
    pub name: Option<String>,
    /// Why no text is read of it, where that was entered.
    pub unread: Option<String>,
}

/// A link between two records.
#[derive(Debug, Clone)]
pub struct LinkView {
    /// The link.
    pub id: LinkId,
    /// Its kind's word.
    pub kind: String,
    /// Where it begins.
    pub from: RecordId,
    /// Where it leads.
    pub to: RecordId,
}

/// A party of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyView {
    /// The party.
    pub id: PartyId,
    /// Its role's word.
    pub role: String,
}

impl Archive {
    /// Shows a record.
    ///
    /// # Errors
    /// Not there (or not for this caller), damaged, or the database cannot be read.
    pub fn show(&self, caller: &Caller, id: RecordId) -> Result<RecordView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        let marks = Marks::of(&self.inner, caller, now)?;
        let restrictions = self.inner.restrictions()?;
        self.inner.store.read(|conn| {
            let row = records::get(conn, id)?;
            let standings = Standings::of(conn, row.as_ref().map(|row| row.id))?;
            let target = row.as_ref().map(|row| restrictions.target_of(conn, row)).transpose()?;
            caller.permit((Action::Read, Resource::Record), target.as_ref(), Thing::Record, now)?;
            let (Some(row), Some(target)) = (row, target) else {
                return Err(Refusal::NotFound(Thing::Record));
            };
            let words = caller.reach(Action::Read, Resource::Descriptor, now);
            let full = words.level_of(&caller.rights, &target) == Some(Level::Full);
            let is_open = rows::is_openable(&row);
            let ledger = self.inner.ledgered(conn)?;
            let captures = ledger.must_be_whole(conn, &row)?;
            let refusals = ledger.refusals(conn, id)?;
            let mut views = Vec::new();
            for (version, capture) in versions::of_record(conn, id)?.iter().zip(&captures) {
                let place = LedgerPlace { index: capture.seq, size: ledger.size() };
                views.push(version_view(conn, &keys, version, (full && is_open, place, &refusals))?);
            }
            let case_reference = match row.case_id {
                Some(case) if full => Some(case_reference((&keys, &ledger), conn, case)?),
                Some(_) | None => None,
            };
            // Of what is closed no words are left that a hold could ask for.
            let holds = match is_open {
                true => marks.over(conn, &ledger, &row, Care::Full)?,
                false => Vec::new(),
            };
            let tombstone = Tombstone::of(&ledger, conn, id)?;
            let links = links_in_sight(&ledger, conn, (caller, now), id)?;
            let derivatives = ledger.derivatives(conn, &links)?;
            let party = |part: parties::RecordPartyRow| PartyView { id: part.party_id, role: part.role };
            let mut state = standings.word_of(&row);
            if !holds.is_empty() || marks.listed(conn, [id])?.contains(&id) {
                state = held_state(&state);
            }
            Ok(RecordView {
                id,
                kind: rows::kind_of(&row)?,
                category: row.category,
                jurisdiction: row.jurisdiction,
                case: row.case_id,
                case_reference,
                state,
                captured_at: row.captured_at,
                captured_by: row.captured_by,
                versions: views,
                links,
                derivatives,
                parties: parties::of_version(conn, id, row.version)?.into_iter().map(party).collect(),
                entries: segments::get(conn, id)?.map(|segment| segment.entries),
                erasures: ErasureView::all(&ledger, conn, id)?,
                holds,
                tombstone,
                withheld: !full,
            })
        })
    }
}

/// The links at both ends of a record, as far as the reader sees the record at the other end: that
/// somebody else's record names this one says that it is there. Those from the record were held
/// against its entries; those to it are held against the entries of the records that they come from.
fn links_in_sight(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    id: RecordId,
) -> Result<Vec<LinkView>, Refusal> {
    let own = links::from_record(conn, id)?;
    let theirs = links::to_record(conn, id)?;
    let others: Vec<RecordId> =
        own.iter().map(|link| link.to_record).chain(theirs.iter().map(|link| link.from_record)).collect();
    let there: BTreeMap<RecordId, records::RecordRow> =
        records::get_many(conn, &others)?.into_iter().map(|row| (row.id, row)).collect();
    // What is linked was there when it was linked, and no row of a record ever goes away.
    if others.iter().any(|other| !there.contains_key(other)) {
        return Err(amiss("a record that is linked", (&id.to_string(), Thing::Link)));
    }
    let is_seen =
        |other: &RecordId| there.get(other).is_some_and(|row| rows::is_in_sight(&caller.rights, row, now));
    let mut shown: Vec<links::LinkRow> = own.into_iter().filter(|link| is_seen(&link.to_record)).collect();
    let from: BTreeSet<RecordId> = theirs.iter().map(|link| link.from_record).filter(is_seen).collect();
    for row in from.iter().filter_map(|from| there.get(from)) {
        let captures = ledger.must_be_current(conn, row)?;
        let all = links::from_record(conn, row.id)?;
        ledger.must_be_its_links(row.id, &captures, all.iter())?;
        shown.extend(all.into_iter().filter(|link| link.to_record == id));
    }
    // Those out of sight count as well: one that nobody made would stand for one that is hidden.
    ledger.must_be_the_links_to(conn, id, &theirs.iter().collect::<Vec<_>>())?;
    let view = |link: links::LinkRow| LinkView {
        id: link.id,
        kind: link.kind,
        from: link.from_record,
        to: link.to_record,
    };
    Ok(shown.into_iter().map(view).collect())
}

fn version_view(
    conn: &mut Conn,
    keys: &Keyring,
    row: &versions::VersionRow,
    (full, ledger, refusals): (bool, LedgerPlace, &[Rc<Entry>]),
) -> Result<VersionView, Refusal> {
    let descriptor = match full {
        true => {
            let version_keys = descriptors::version_keys(keys, conn, row.record_id, row.version)?;
            Some(descriptors::open(&version_keys, row)?)
        }
        false => None,
    };
    let component = |component: components::ComponentRow| ComponentView {
        name: descriptor.as_ref().map(|words| descriptors::file_name(words, component.ordinal)),
        unread: reason_of(refusals, component.id),
        id: component.id,
        role: component.role,
        media_type: component.media_type,
        bytes: component.bytes,
        payload_bytes: component.payload_bytes,
        payload_digest: component.payload_digest.to_hex(),
        commitment: component.commitment.to_hex(),
        present: component.state == Presence::Present,
    };
    let components =
        components::of_version(conn, row.record_id, row.version)?.into_iter().map(component).collect();
    let occurred = Occurred { on: row.occurred_on, at: row.occurred_at, zone: row.zone };
    Ok(VersionView {
        version: row.version,
        occurred_on: row.occurred_on,
        occurred_at: row.occurred_at,
        zone: row.zone,
        received_at: row.received_at,
        captured_at: row.captured_at,
        captured_by: row.captured_by,
        late_days: occurred.late_by_days(row.captured_at, LATE_AFTER_DAYS),
        components,
        descriptor,
        ledger,
    })
}

/// Why a component was refused, by what reads documents today.
fn reason_of(refusals: &[Rc<Entry>], component: ComponentId) -> Option<String> {
    let component = component.to_string();
    let entry = refusals.iter().find(|entry| is_refusal_of(entry, &component))?;
    entry.facts.get("reason").and_then(Value::as_str).map(str::to_owned)
}

/// The reference of a case, from its sealed profile as it was entered.
///
/// # Errors
/// [`Refusal::Damaged`] if its words are not there, or not those that were entered.
pub(in crate::archive) fn case_reference(
    (keys, ledger): Opening<'_>,
    conn: &mut Conn,
    case: CaseId,
) -> Result<String, Refusal> {
    ledger.must_be_worded(conn, &Bound::Case(case))?;
    let row = cases::get(conn, case)?.ok_or(Refusal::Damaged(Thing::Case))?;
    Ok(profile::open(keys, conn, &row)?.reference.as_str().to_owned())
}
