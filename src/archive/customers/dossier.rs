//! The customer dossier (客户服务档案): authorizations in force and expired, cases, complaints and
//! their answers, feedback, as far as the reader's reach goes.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::permission::{Action, Resource};
use crate::access::scope::Level;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::cases::evidence::{self, Opening, Read};
use crate::archive::cases::held;
use crate::archive::cases::view::{record_line, record_target};
use crate::archive::cases::{self, CaseSummary, RecordLine};
use crate::archive::refusal::Refusal;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, PartyId, RecordId};
use crate::base::moment::Moment;
use crate::record::case::CaseState;
use crate::record::gaps::{CaseLine, Dossier, DossierInput, RecordFacts, dossier};
use crate::record::lineage::LinkKind;
use crate::store::Conn;
use crate::store::rows::cases as case_rows;
use crate::store::rows::links;
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
    /// Not permitted or not there; [`Refusal::Damaged`] if something of it does not open.
    pub fn dossier(&self, caller: &Caller, party: PartyId, zone: Zone) -> Result<DossierView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let (row, sight) = reach::permitted(conn, (caller, now), Action::Read, party)?;
            let ledger = self.inner.ledgered(conn)?;
            let view = list::view((&keys, &ledger), conn, &row, sight)?;
            let read = records_of((&keys, &ledger), conn, (caller, now), party)?;
            let cases = cases_of((&keys, &ledger), conn, (caller, now), (party, &read.own))?;
            let today = CivilDate::of(now, zone).map_err(|_| Refusal::WrongState)?;
            let told = caller.reach(Action::Read, Resource::Descriptor, now);
            let line = |record: &Read| {
                let level = told.level_of(caller.rights(), &record_target(record));
                (record.row.id, record_line(record, level))
            };
            let records = read.own.iter().chain(&read.answers).map(line).collect();
            let dossier = dossier(input(&read, &cases), today);
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
    let answers: Vec<RecordId> = around
        .iter()
        .filter(|link| link.kind == LinkKind::Answers.as_str() && known.contains(&link.to_record))
        .map(|link| link.from_record)
        .filter(|id| !known.contains(id))
        .collect();
    let mut answers: Vec<RecordRow> = records::get_many(conn, &answers)?;
    answers.sort_by_key(|row| row.id);
    let seen = caller.reach(Action::Read, Resource::Record, now);
    let visible = |read: &Read| seen.level_of(caller.rights(), &record_target(read)).is_some();
    let mut own = evidence::read(opening, conn, rows, &around, true)?;
    let beyond = links::around(conn, &answers.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let mut answers = evidence::read(opening, conn, answers, &beyond, false)?;
    own.retain(visible);
    answers.retain(visible);
    Ok(PartyRecords { own, answers })
}

fn cases_of(
    (keys, ledger): Opening<'_>,
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
    let mut found = BTreeMap::new();
    for (id, roles) in roles {
        let Some(row) = case_rows::get(conn, id)? else { continue };
        let Some(level): Option<Level> = seen.level_of(caller.rights(), &cases::target(&row)) else {
            continue;
        };
        let case = held::line((keys, ledger), conn, &row, level)?;
        found.insert(id, DossierCase { case, roles });
    }
    Ok(found)
}

fn input(read: &PartyRecords, cases: &BTreeMap<CaseId, DossierCase>) -> DossierInput {
    let facts = |record: &Read| record.said.as_ref().map(|said| said.facts.clone());
    let records: Vec<RecordFacts> = read.own.iter().chain(&read.answers).filter_map(facts).collect();
    let scores = read.own.iter().filter_map(|record| Some((record.row.id, evidence::score(record)?)));
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
