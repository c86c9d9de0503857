//! The customer dossier (客户服务档案): authorizations in force and expired, cases, complaints and
//! their answers, feedback, as far as the reader's reach goes.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::permission::{Action, Resource};
use crate::access::scope::Level;
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::evidence::{self, Opening, Read};
use crate::archive::cases::held;
use crate::archive::cases::view::{record_line, record_target, restricted_among, withheld};
use crate::archive::cases::{self, CaseSummary, RecordLine};
use crate::archive::records::{Captured, Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, PartyId, RecordId};
use crate::base::moment::Moment;
use crate::record::case::CaseState;
use crate::record::gaps::{CaseLine, Dossier, DossierInput, RecordFacts, dossier};
use crate::record::lineage::LinkKind;
use crate::store::Conn;
use crate::store::rows::cases as case_rows;
use crate::store::rows::links::{self, LinkRow};
use crate::store::rows::records::{self, RecordFilter, RecordRow};

use super::list::{self, PartyView};
use super::reach;

/// What the archive holds of a party.
#[derive(Debug, Clone)]
pub struct DossierView {
    /// The party.
    pub party: PartyView,
    /// Lists of facts. Holds, data-subject requests and destroyed records are on it once there are any.
    pub dossier: Dossier,
    /// Every record that the lists name.
    pub records: BTreeMap<RecordId, RecordLine>,
    /// Every case that the lists name, with the roles of the party in it.
    pub cases: BTreeMap<CaseId, DossierCase>,
}

/// A case of a party.
#[derive(Debug, Clone)]
pub struct DossierCase {
    /// The case.
    pub case: CaseSummary,
    /// The party's roles in it; empty if only records of the case name it.
    pub roles: Vec<String>,
}

impl Archive {
    /// Puts the dossier of a party together as of today in `zone`.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`] if something of it does not open, or if other records or
    /// cases name the party than the ledger tells of.
    pub fn dossier(&self, caller: &Caller, party: PartyId, zone: Zone) -> Result<DossierView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        let restrictions = self.inner.restrictions()?;
        self.inner.store.read(|conn| {
            let (row, sight) = reach::permitted(conn, (caller, now), Action::Read, party)?;
            let ledger = self.inner.ledgered(conn)?;
            let view = list::view((&keys, &ledger), conn, &row, sight)?;
            let read = records_of((&keys, &ledger), conn, (caller, now), party)?;
            let cases = cases_of(&ledger, conn, (caller, now), (party, &read.own))?;
            let today = CivilDate::of(now, zone).map_err(|_| Refusal::WrongState)?;
            let told = caller.reach(Action::Read, Resource::Descriptor, now);
            let shown = read.own.iter().chain(&read.answers);
            let restricted = restricted_among(&restrictions, conn, shown)?;
            let line = |record: &Read| {
                let level = told.level_of(caller.rights(), &record_target(record, &restricted));
                (record.row.id, record_line(record, level))
            };
            let records = read.own.iter().chain(&read.answers).map(line).collect();
            let shown = read.own.iter().chain(&read.answers);
            let withheld = withheld((caller, now), &restricted, shown);
            let dossier = dossier(input(&read, &withheld, &cases), today);
            Ok(DossierView { party: view, dossier, records, cases })
        })
    }
}

/// Records that name a party, and the answers to those of them that are answered.
struct PartyRecords {
    own: Vec<Read>,
    answers: Vec<Read>,
}

fn records_of(
    opening: Opening<'_>,
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    party: PartyId,
) -> Result<PartyRecords, Refusal> {
    let filter = RecordFilter { party_id: Some(party), ..RecordFilter::default() };
    let rows = evidence::every(conn, &filter)?;
    let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
    let known: BTreeSet<RecordId> = ids.iter().copied().collect();
    let around = links::around(conn, &ids)?;
    let answers: BTreeSet<RecordId> = around
        .iter()
        .filter(|link| link.kind == LinkKind::Answers.as_str() && known.contains(&link.to_record))
        .map(|link| link.from_record)
        .filter(|id| !known.contains(id))
        .collect();
    let answers: Vec<RecordId> = answers.into_iter().collect();
    let found: Vec<RecordRow> = records::get_many(conn, &answers)?;
    // What answers was there when it was linked, and no row of a record ever goes away.
    if found.len() != answers.len() {
        return Err(amiss("a record that is linked", (&party.to_string(), Thing::Link)));
    }
    let mut answers = found;
    answers.sort_by_key(|row| row.id);
    let seen = caller.reach(Action::Read, Resource::Record, now);
    // A restricted record is as much in sight as another.
    let target = |read: &Read| record_target(read, &BTreeSet::new());
    let visible = |read: &Read| seen.level_of(caller.rights(), &target(read)).is_some();
    let (_, ledger) = opening;
    let mut named = 0;
    let hear = &mut |captures: &[Captured]| {
        named += captures.iter().map(|capture| capture.names(party)).sum::<usize>();
    };
    let mut own = evidence::read_hearing(opening, conn, rows, (&around, true), hear)?;
    let told = ledger.heads().named(party.as_bytes())?;
    must_be_all(party, named, told.in_records)?;
    let mut leading: BTreeMap<RecordId, Vec<&LinkRow>> = BTreeMap::new();
    for link in &around {
        leading.entry(link.to_record).or_default().push(link);
    }
    for id in ids {
        ledger.must_be_the_links_to(conn, id, &leading.remove(&id).unwrap_or_default())?;
    }
    let beyond = links::around(conn, &answers.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let mut answers = evidence::read(opening, conn, answers, &beyond, false)?;
    own.retain(visible);
    answers.retain(visible);
    Ok(PartyRecords { own, answers })
}

fn cases_of(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    (party, records): (PartyId, &[Read]),
) -> Result<BTreeMap<CaseId, DossierCase>, Refusal> {
    let mut roles: BTreeMap<CaseId, Vec<String>> = BTreeMap::new();
    for part in case_rows::of_party(conn, party)? {
        roles.entry(part.case_id).or_default().push(part.role);
    }
    for case in records.iter().filter_map(|record| record.row.case_id) {
        roles.entry(case).or_default();
    }
    let seen = caller.reach(Action::Read, Resource::Case, now);
    let (mut named, mut visible) = (0, Vec::new());
    for id in roles.keys() {
        // As its last entry has them: a part that only the database knows of does not stand for another.
        let last = ledger.last_of(conn, &Bound::Case(*id))?;
        named += last.map_or(0, |entry| cases::facts::parts_of(&entry.facts, party));
        let row = case_rows::get(conn, *id)?;
        let row = row.ok_or_else(|| amiss("a case", (&party.to_string(), Thing::PartyRecords)))?;
        let level: Option<Level> = seen.level_of(caller.rights(), &cases::target(&row));
        visible.extend(level.map(|level| (row, level)));
    }
    must_be_all(party, named, ledger.heads().named(party.as_bytes())?.in_cases)?;
    let lines = held::lines(ledger, conn, &visible)?;
    let mut case = |case: CaseSummary| {
        let roles = roles.remove(&case.id).unwrap_or_default();
        (case.id, DossierCase { case, roles })
    };
    Ok(lines.into_iter().map(&mut case).collect())
}

/// Refuses a party that the records and cases found do not name as often as those of the ledger.
fn must_be_all(party: PartyId, found: usize, told: u32) -> Result<(), Refusal> {
    match usize::try_from(told) == Ok(found) {
        true => Ok(()),
        false => Err(amiss("what names it", (&party.to_string(), Thing::PartyRecords))),
    }
}

/// Of a record that is withheld nothing is worked out: it is listed, and no more.
fn input(
    read: &PartyRecords,
    withheld: &BTreeSet<RecordId>,
    cases: &BTreeMap<CaseId, DossierCase>,
) -> DossierInput {
    let is_told = |record: &&Read| !withheld.contains(&record.row.id);
    let facts = |record: &Read| record.said.as_ref().map(|said| said.facts.clone());
    let told = read.own.iter().chain(&read.answers).filter(is_told);
    let records: Vec<RecordFacts> = told.filter_map(facts).collect();
    let scores =
        read.own.iter().filter(is_told).filter_map(|record| Some((record.row.id, evidence::score(record)?)));
    let line = |DossierCase { case, .. }: &DossierCase| CaseLine {
        id: case.id,
        state: match case.state {
            case_rows::CaseState::Open => CaseState::Open,
            case_rows::CaseState::Paused => CaseState::Paused,
            case_rows::CaseState::Resolved => CaseState::Resolved,
            case_rows::CaseState::Closed => CaseState::Closed,
        },
        opened_at: case.opened_at,
        closed_at: case.closed_at,
    };
    DossierInput {
        scores: scores.collect(),
        cases: cases.values().map(line).collect(),
        records,
        ..DossierInput::default()
    }
}
