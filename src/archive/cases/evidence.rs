//! What the records of a case say: descriptors and segment summaries opened, put together with
//! links and parties into the facts by which gaps are judged.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::descriptors;
use crate::archive::disposition::ErasureView;
use crate::archive::records::{Captured, Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::rows::kind_of;
use crate::archive::segment::SegmentTable;
use crate::archive::version::offsets_context;
use crate::base::id::{PartyId, RecordId};
use crate::record::descriptor::Descriptor;
use crate::record::feed::EntrySummary;
use crate::record::fields::Fields;
use crate::record::gaps::{CaseFacts, Evidence, RecordFacts, RecordPlace};
use crate::record::kind::Kind;
use crate::record::lineage::{Link, LinkKind};
use crate::record::occurred::{LATE_AFTER_DAYS, Occurred};
use crate::record::party::PartyRole;
use crate::record::state::RecordState;
use crate::seal::{Keyring, VersionKeys, cell};
use crate::store::rows::cases::{CasePartyRow, CaseRow};
use crate::store::rows::links::{self, LinkRow};
use crate::store::rows::records::{self, RecordFilter, RecordRow};
use crate::store::rows::segments::{self, SegmentRow};
use crate::store::rows::versions::{self, VersionRow};
use crate::store::rows::{Before, parties};
use crate::store::{Conn, StoreError};

/// With what evidence is opened, and against what it is held.
pub(in crate::archive) type Opening<'a> = (&'a Keyring, &'a Ledgered<'a>);

/// Rows read at once.
const ROWS: u32 = 500;

/// A record with everything that is known of its current version.
pub(in crate::archive) struct Read {
    pub row: RecordRow,
    pub kind: Kind,
    pub state: RecordState,
    pub version: VersionRow,
    /// Days by which its first version came late (补录); later versions do not make a record late that came
    /// in time.
    pub late_days: Option<u32>,
    /// What it says; `None` once its key is destroyed or out of use.
    pub said: Option<Said>,
    /// Entries, for a segment of a bulk log.
    pub entries: Option<u64>,
    /// How many of them were erased.
    pub erased: u64,
}

/// What was sealed of a record.
pub(in crate::archive) struct Said {
    pub descriptor: Descriptor,
    pub facts: RecordFacts,
}

/// The records of a case, what counts for it elsewhere, and the links between all of them.
pub(in crate::archive) struct CaseEvidence {
    pub records: Vec<Read>,
    pub elsewhere: Vec<Read>,
    pub links: Vec<LinkRow>,
}

impl CaseEvidence {
    /// The facts of all records that can be read.
    pub(in crate::archive) fn facts(&self) -> Vec<RecordFacts> {
        let said = self.records.iter().chain(&self.elsewhere).filter_map(|record| record.said.as_ref());
        said.map(|said| said.facts.clone()).collect()
    }
}

impl Read {
    /// When it happened.
    pub(in crate::archive) fn occurred(&self) -> Occurred {
        Occurred { on: self.version.occurred_on, at: self.version.occurred_at, zone: self.version.zone }
    }
}

/// What the engine needs to know of the case itself.
pub(in crate::archive) fn case_facts(row: &CaseRow, members: &[CasePartyRow]) -> CaseFacts {
    let customers = members.iter().filter(|member| member.role == PartyRole::Customer.as_str());
    CaseFacts {
        zone: row.zone,
        customers: customers.map(|member| member.party_id).collect(),
        tier: row.tier.clone(),
        priority: row.priority.clone(),
    }
}

/// Reads the records of a case; besides, the authorizations of its customers, what its records are
/// linked with, and the authorizations that its log entries name by id.
pub(in crate::archive) fn of_case(
    (keys, ledger): Opening<'_>,
    conn: &mut Conn,
    case: &CaseRow,
    members: &[CasePartyRow],
) -> Result<CaseEvidence, Refusal> {
    let rows = records::of_case(conn, case.id)?;
    let inside: BTreeSet<RecordId> = rows.iter().map(|row| row.id).collect();
    let around = links::around(conn, &inside.iter().copied().collect::<Vec<_>>())?;
    let records = read((keys, ledger), conn, rows, &around, true)?;
    ledger.must_be_all_records(case.id, records.len())?;
    let linked: BTreeSet<RecordId> =
        around.iter().flat_map(|link| [link.from_record, link.to_record]).collect();
    let mut wanted: BTreeSet<RecordId> = records.iter().flat_map(named_authorizations).collect();
    wanted.extend(&linked);
    wanted.retain(|id| !inside.contains(id));
    let mut found: BTreeMap<RecordId, RecordRow> =
        records::get_many(conn, &wanted.into_iter().collect::<Vec<_>>())?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
    // What is linked was there when it was linked, and no row of a record ever goes away.
    let there = |id: &RecordId| inside.contains(id) || found.contains_key(id);
    if !linked.iter().all(there) {
        return Err(amiss("a record that is linked", (&case.id.to_string(), Thing::Link)));
    }
    let mut leading: BTreeMap<RecordId, usize> = BTreeMap::new();
    for link in &around {
        *leading.entry(link.to_record).or_default() += 1;
    }
    for id in &inside {
        ledger.must_be_linked(*id, leading.get(id).copied().unwrap_or_default())?;
    }
    let customers: BTreeSet<PartyId> = case_facts(case, members)
        .customers
        .into_iter()
        .chain(
            records
                .iter()
                .filter_map(|record| record.said.as_ref())
                .flat_map(|said| said.facts.customers.clone()),
        )
        .collect();
    for customer in customers {
        for row in authorizations_of(conn, customer)? {
            if !inside.contains(&row.id) {
                found.insert(row.id, row);
            }
        }
    }
    let ids: Vec<RecordId> = found.keys().copied().collect();
    let beyond = links::around(conn, &ids)?;
    let elsewhere = read((keys, ledger), conn, found.into_values().collect(), &beyond, false)?;
    Ok(CaseEvidence { records, elsewhere, links: around })
}

/// Authorizations that a log's entries name by their id in the archive.
fn named_authorizations(record: &Read) -> Vec<RecordId> {
    let Some(Said { facts: RecordFacts { evidence: Evidence::Processing(Some(summary)), .. }, .. }) =
        &record.said
    else {
        return Vec::new();
    };
    let names = summary.groups().iter().filter_map(|group| group.authorization.as_deref());
    names.filter_map(|name| RecordId::parse(name).ok()).collect()
}

fn authorizations_of(conn: &mut Conn, customer: PartyId) -> Result<Vec<RecordRow>, Refusal> {
    let filter = RecordFilter {
        kind: Some(Kind::Authorization.as_str().to_owned()),
        party_id: Some(customer),
        ..RecordFilter::default()
    };
    every(conn, &filter)
}

/// Every record that a filter lets through.
pub(in crate::archive) fn every(conn: &mut Conn, filter: &RecordFilter) -> Result<Vec<RecordRow>, Refusal> {
    let mut rows: Vec<RecordRow> = Vec::new();
    loop {
        let before = rows.last().map(|row| Before { at: row.captured_at, id: row.id });
        let page = records::page(conn, filter, before, ROWS)?;
        let is_last = page.len() < ROWS as usize;
        rows.extend(page);
        if is_last {
            return Ok(rows);
        }
    }
}

/// Opens what the records say. `links` holds at least every link from one of them. What gaps are judged
/// by is held against the entries first: neither a record that was moved into the case nor a date or a
/// link that somebody changed counts.
pub(in crate::archive) fn read(
    opening: Opening<'_>,
    conn: &mut Conn,
    rows: Vec<RecordRow>,
    links: &[LinkRow],
    in_case: bool,
) -> Result<Vec<Read>, Refusal> {
    read_hearing(opening, conn, rows, (links, in_case), &mut |_| {})
}

/// The same; `hear` is shown the entries of all versions of each.
pub(in crate::archive) fn read_hearing(
    (keys, ledger): Opening<'_>,
    conn: &mut Conn,
    rows: Vec<RecordRow>,
    (links, in_case): (&[LinkRow], bool),
    hear: &mut dyn FnMut(&[Captured]),
) -> Result<Vec<Read>, Refusal> {
    let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
    let mut customers: BTreeMap<RecordId, BTreeSet<PartyId>> = BTreeMap::new();
    let current: BTreeMap<RecordId, u32> = rows.iter().map(|row| (row.id, row.version)).collect();
    for part in parties::of_records(conn, &ids)? {
        let stands_for =
            [PartyRole::Customer.as_str(), PartyRole::Grantor.as_str()].contains(&part.role.as_str());
        if stands_for && current.get(&part.record_id) == Some(&part.version) {
            customers.entry(part.record_id).or_default().insert(part.party_id);
        }
    }
    rows.into_iter()
        .map(|row| {
            let captures = ledger.must_be_current(conn, &row)?;
            let own = links.iter().filter(|link| link.from_record == row.id);
            ledger.must_be_its_links(row.id, &captures, own)?;
            hear(&captures);
            let place = Place {
                links: outgoing(links, row.id)?,
                customers: customers.remove(&row.id).unwrap_or_default(),
                in_case,
            };
            let mut read = read_one(keys, conn, row, place)?;
            if read.entries.is_some() {
                let erasures = ErasureView::all(ledger, conn, read.row.id)?;
                read.erased = erasures.iter().map(|erasure| erasure.entries.len() as u64).sum();
            }
            Ok(read)
        })
        .collect()
}

/// What is known of a record beside its own rows.
struct Place {
    links: Vec<Link>,
    customers: BTreeSet<PartyId>,
    in_case: bool,
}

fn outgoing(links: &[LinkRow], from: RecordId) -> Result<Vec<Link>, Refusal> {
    let own = links.iter().filter(|link| link.from_record == from);
    own.map(|link| Ok(Link { kind: link_kind(link)?, to: link.to_record })).collect()
}

/// What a link says.
pub(in crate::archive) fn link_kind(link: &LinkRow) -> Result<LinkKind, Refusal> {
    LinkKind::from_row(&link.kind).ok_or_else(|| corrupt("links", &link.id, "kind: an unknown kind of link"))
}

fn corrupt(table: &'static str, id: &impl ToString, why: &str) -> Refusal {
    Refusal::Store(StoreError::Corrupt { table, id: id.to_string(), why: why.to_owned() })
}

fn read_one(keys: &Keyring, conn: &mut Conn, row: RecordRow, place: Place) -> Result<Read, Refusal> {
    let kind = kind_of(&row)?;
    let state = RecordState::from_row(&row.state)
        .ok_or_else(|| corrupt("records", &row.id, "state: an unknown state"))?;
    let version = versions::get(conn, row.id, row.version)?.ok_or(Refusal::Damaged(Thing::Record))?;
    let late_days = match row.version {
        1 => late_by_days(&version),
        _ => late_by_days(&versions::get(conn, row.id, 1)?.ok_or(Refusal::Damaged(Thing::Record))?),
    };
    let segment = segments::get(conn, row.id)?;
    let entries = segment.as_ref().map(|segment| segment.entries);
    let mut read = Read { row, kind, state, version, late_days, said: None, entries, erased: 0 };
    if !state.is_openable() {
        return Ok(read);
    }
    let version_keys = descriptors::version_keys(keys, conn, read.row.id, read.row.version)?;
    let descriptor = descriptors::open(&version_keys, &read.version)?;
    let summary = segment.map(|segment| open_summary(&version_keys, &read.version, &segment)).transpose()?;
    let place = RecordPlace {
        id: read.row.id,
        kind,
        in_case: place.in_case,
        customers: place.customers,
        occurred: read.occurred(),
        links: place.links,
    };
    let facts = RecordFacts::new(place, &descriptor, summary);
    read.said = Some(Said { descriptor, facts });
    Ok(read)
}

fn late_by_days(version: &VersionRow) -> Option<u32> {
    let occurred = Occurred { on: version.occurred_on, at: version.occurred_at, zone: version.zone };
    let days = occurred.late_by_days(version.captured_at, LATE_AFTER_DAYS);
    days.filter(|_| version.late)
}

/// The summary that lies sealed in a segment's offset table.
fn open_summary(
    version_keys: &VersionKeys,
    version: &VersionRow,
    segment: &SegmentRow,
) -> Result<EntrySummary, Refusal> {
    let context = offsets_context(version.record_id, version.version);
    let plain = cell::open_under(&version_keys.key, &context, &segment.offsets)
        .map_err(|_| Refusal::Damaged(Thing::Record))?;
    let table = SegmentTable::parse(plain.expose()).ok_or(Refusal::Damaged(Thing::Record))?;
    Ok(table.summary)
}

/// The score of a feedback record.
pub(in crate::archive) fn score(read: &Read) -> Option<i64> {
    match &read.said.as_ref()?.descriptor.fields {
        Fields::Feedback(fields) => fields.score.and_then(|score| i64::try_from(score).ok()),
        Fields::Authorization(_)
        | Fields::ProcessingLog(_)
        | Fields::Delivery(_)
        | Fields::Review(_)
        | Fields::Handover(_)
        | Fields::Plain(_) => None,
    }
}
