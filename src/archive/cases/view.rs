//! Shows a case: its words at the reader's level, the time line of events and records, links, gaps
//! with their explanations, who was responsible when, service levels and costs.
//!
//! Masked words (level *redacted*) are made by the redaction engine; what it has not masked is
//! withheld at that level: titles, names, tags, details of events.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::caller::Caller;
use crate::archive::refusal::Refusal;
use crate::archive::retention::Restrictions;
use crate::archive::{Archive, Inner, parties};
use crate::base::civil::Zone;
use crate::base::digest::Digest;
use crate::base::id::{CaseId, EventId, LinkId, PartyId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::record::case::{CaseProfile, Cost, EventDetail, EventKind, Responsible, timeline};
use crate::record::descriptor::Tag;
use crate::record::kind::Kind;
use crate::record::lineage::LinkKind;
use crate::record::names::{Reference, Title};
use crate::record::occurred::Occurred;
use crate::record::party::PartyName;
use crate::record::request::CaseRef;
use crate::record::service_level::{Attainment, attainments};
use crate::record::state::RecordState;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::cases::{CasePartyRow, CaseRow, CaseState};

use super::evidence::{self, Opening, Read};
use super::find;
use super::gone;
use super::judge::{self, ClosedGap, CorrectedLine, GapLine, Judged};
use super::{events, facts, profile};

/// A case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// What a list shows of it too.
    pub case: CaseSummary,
    /// Its revision, for a change that depends on it.
    pub revision: Digest,
    /// Who entered it.
    pub created_by: UserId,
    /// Its parties in their roles.
    pub parties: Vec<CaseParty>,
    /// Events and records in the order in which they happened.
    pub timeline: Vec<Happening>,
    /// Links with at least one end in the case, both ends in the reader's sight.
    pub links: Vec<CaseLink>,
    /// Gaps in the order of codes, for those who may see gaps.
    pub gaps: Vec<GapLine>,
    /// Gaps that were explained and do not show any more, for the same readers.
    pub closed_gaps: Vec<ClosedGap>,
    /// Gaps that a correction has closed, for the same readers.
    pub corrected_gaps: Vec<CorrectedLine>,
    /// Who became responsible when; empty without the right to names.
    pub responsible: Vec<(Moment, Responsible)>,
    /// 服务等级达成表: each promise made to the case, measured.
    pub attainments: Vec<Attainment>,
    /// Time and material spent.
    pub cost: Cost,
}

/// What a list shows of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSummary {
    /// The case.
    pub id: CaseId,
    /// How much of it is shown.
    pub level: Level,
    /// Its words; `None` where only facts are shown.
    pub words: Option<CaseWords>,
    /// Where it stands.
    pub state: CaseState,
    /// The service tier.
    pub tier: Option<String>,
    /// The priority.
    pub priority: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it was closed, if it still is.
    pub closed_at: Option<Moment>,
    /// Where its days are counted.
    pub zone: Zone,
    /// When it was entered here.
    pub created_at: Moment,
    /// True if its row or its parties are not as the ledger says, or records of it are missing or too many.
    /// A case with a fault is listed, so that it is seen, and not shown.
    pub damaged: bool,
}

/// What people say of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseWords {
    /// The number by which people know it.
    pub reference: Reference,
    /// What it is about; at full level.
    pub title: Option<Title>,
    /// The service.
    pub service: Option<Title>,
    /// The team.
    pub team: Option<Title>,
    /// Tags; at full level.
    pub tags: Vec<Tag>,
}

/// A party of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseParty {
    /// The party.
    pub party: PartyId,
    /// Its role, a closed word.
    pub role: String,
    /// Its name; at full level.
    pub name: Option<PartyName>,
}

/// One line of the time line.
#[derive(Debug, Clone)]
pub struct Happening {
    /// When it happened; for a day without time, when the day began.
    pub at: Moment,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// The case was opened, as its own row tells.
    Opening,
    /// An event was noted.
    Event(Box<EventLine>),
    /// A record was made.
    Record(Box<RecordLine>),
}

/// An event of a case.
#[derive(Debug, Clone)]
pub struct EventLine {
    /// Names it, for cancelling.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// The zone whose clocks people read.
    pub zone: Zone,
    /// When it was noted.
    pub recorded_at: Moment,
    /// Who noted it.
    pub recorded_by: UserId,
    /// The record that shows it.
    pub record: Option<RecordId>,
    /// The event that this one takes back.
    pub cancels: Option<EventId>,
    /// The event that takes this one back.
    pub cancelled_by: Option<EventId>,
    /// Who, why, how much; at full level.
    pub detail: Option<EventDetail>,
}

/// A record of a case.
#[derive(Debug, Clone)]
pub struct RecordLine {
    /// The record.
    pub id: RecordId,
    /// What it is evidence of.
    pub kind: Kind,
    /// Its current version.
    pub version: u32,
    /// Where it stands.
    pub state: RecordState,
    /// When it happened.
    pub occurred: Occurred,
    /// When it was first captured.
    pub captured_at: Moment,
    /// Days by which it was captured late (补录), where they count as late.
    pub late_days: Option<u32>,
    /// Entries, for a segment of a bulk log.
    pub entries: Option<u64>,
    /// How many of them were erased; what they show as gaps stays.
    pub erased: u64,
    /// Its title; at full level, while it can be opened.
    pub title: Option<Title>,
}

/// A link between records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseLink {
    /// The link.
    pub id: LinkId,
    /// The record that says so.
    pub from: RecordId,
    /// What it says.
    pub kind: LinkKind,
    /// The record of which it is said.
    pub to: RecordId,
}

impl Archive {
    /// Shows a case, by id or by reference.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`] if something of it does not open, or if it was opened
    /// and its row is gone.
    pub fn case(&self, caller: &Caller, case: &CaseRef) -> Result<CaseView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        let restrictions = self.inner.restrictions()?;
        self.inner.store.read(|conn| {
            let ask = (Action::Read, Resource::Case);
            let found = find::permitted(conn, (caller, now), ask, (&keys, case));
            let ledger = self.inner.ledgered(conn)?;
            let (row, level) = match (found, case) {
                (Err(Refusal::NotFound(_)), CaseRef::Id(id)) => {
                    return Err(gone::refusal(&ledger, conn, (caller, now), ask, *id));
                }
                (found, _) => found?,
            };
            let judged = judge::judge(&self.inner, (&keys, &ledger), conn, &row)?;
            let shown = judged.evidence.records.iter().chain(&judged.evidence.elsewhere);
            let restricted = restricted_among(&restrictions, conn, shown)?;
            let asked = Asked { caller, row: &row, level, now, restricted: &restricted };
            view(&self.inner, &keys, conn, &asked, &judged)
        })
    }
}

/// Who asks for which case.
struct Asked<'a> {
    caller: &'a Caller,
    row: &'a CaseRow,
    level: Level,
    now: Moment,
    /// Those of its records that may only be stored and secured.
    restricted: &'a BTreeSet<RecordId>,
}

/// Those of the records that may only be stored and secured.
///
/// # Errors
/// The database cannot be read.
pub(in crate::archive) fn restricted_among<'r>(
    restrictions: &Restrictions<'_>,
    conn: &mut Conn,
    records: impl Iterator<Item = &'r Read>,
) -> Result<BTreeSet<RecordId>, Refusal> {
    let mut restricted = BTreeSet::new();
    for record in records {
        if restrictions.over(conn, &record.row)? {
            restricted.insert(record.row.id);
        }
    }
    Ok(restricted)
}

fn view(
    inner: &Inner,
    keys: &Keyring,
    conn: &mut Conn,
    asked: &Asked<'_>,
    judged: &Judged,
) -> Result<CaseView, Refusal> {
    let Asked { caller, row, level, now, .. } = *asked;
    let revision = facts::revision(row, &judged.members, profile::digest(conn, row.id)?);
    let parties = parties_told((keys, &inner.ledgered(conn)?), conn, &judged.members, level)?;
    let line = timeline(&judged.events);
    let gap_level =
        caller.reach(Action::List, Resource::Gap, now).level_of(caller.rights(), &find::target(row));
    let (mut gaps, mut closed_gaps, mut corrected_gaps) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(level) = gap_level {
        closed_gaps = judge::closed(keys, conn, judged, level)?;
        corrected_gaps = judged.corrected.iter().map(|one| judge::corrected(one, level)).collect();
        for gap in &judged.gaps {
            gaps.push(judge::line(keys, conn, (gap, level), judged)?);
        }
        // What makes a gap is told in the words of the record in which it shows.
        let records = judged.evidence.records.iter().chain(&judged.evidence.elsewhere);
        let withheld = withheld((caller, now), asked.restricted, records);
        let shown = gaps.iter_mut().map(|line| &mut line.shown);
        let shown = shown.chain(corrected_gaps.iter_mut().map(|line: &mut CorrectedLine| &mut line.shown));
        for gap in shown.filter(|gap| gap.record.is_some_and(|record| withheld.contains(&record))) {
            gap.cause = None;
        }
    }
    let (timeline, visible) = happenings(asked, judged);
    Ok(CaseView {
        case: summary(keys, conn, row, level)?,
        revision,
        created_by: row.created_by,
        parties,
        links: links(judged, &visible)?,
        timeline,
        gaps,
        closed_gaps,
        corrected_gaps,
        responsible: if level == Level::Full { line.responsible.clone() } else { Vec::new() },
        attainments: attainments(
            &inner.service_level,
            row.tier.as_deref(),
            row.priority.as_deref(),
            &line,
            now,
        ),
        cost: line.cost,
    })
}

/// The parties with their names, at full level. One in several roles is held against the ledger once.
fn parties_told(
    opening: Opening<'_>,
    conn: &mut Conn,
    members: &[CasePartyRow],
    level: Level,
) -> Result<Vec<CaseParty>, Refusal> {
    let mut names: HashMap<PartyId, PartyName> = HashMap::new();
    for member in members.iter().filter(|_| level == Level::Full) {
        if let Entry::Vacant(unknown) = names.entry(member.party_id) {
            unknown.insert(parties::name(opening, conn, member.party_id)?);
        }
    }
    let told = |member: &CasePartyRow| CaseParty {
        party: member.party_id,
        role: member.role.clone(),
        name: names.get(&member.party_id).cloned(),
    };
    Ok(members.iter().map(told).collect())
}

/// What a list shows of a case.
///
/// # Errors
/// [`Refusal::Damaged`] if its words are to be shown and do not open.
pub(in crate::archive) fn summary(
    keys: &Keyring,
    conn: &mut Conn,
    row: &CaseRow,
    level: Level,
) -> Result<CaseSummary, Refusal> {
    // Where only facts are shown, nothing is decrypted.
    let profile = match level {
        Level::Facts => None,
        Level::Redacted | Level::Full => Some(profile::open(keys, conn, row)?),
    };
    Ok(summary_of(row, level, profile))
}

/// The same with its words, which are left out where only facts are shown.
pub(super) fn summary_of(row: &CaseRow, level: Level, profile: Option<CaseProfile>) -> CaseSummary {
    let full = level == Level::Full;
    let words = profile.map(|profile| CaseWords {
        reference: profile.reference,
        title: full.then_some(profile.title),
        service: profile.service,
        team: profile.team,
        tags: if full { profile.tags } else { Vec::new() },
    });
    CaseSummary {
        id: row.id,
        level,
        words,
        state: row.state,
        tier: row.tier.clone(),
        priority: row.priority.clone(),
        language: row.language.clone(),
        opened_at: row.opened_at,
        closed_at: row.closed_at,
        zone: row.zone,
        created_at: row.created_at,
        damaged: false,
    }
}

/// Those of the restricted records of which a reader may not know what they say.
pub(in crate::archive) fn withheld<'r>(
    (caller, now): (&Caller, Moment),
    restricted: &BTreeSet<RecordId>,
    records: impl Iterator<Item = &'r Read>,
) -> BTreeSet<RecordId> {
    let told = caller.reach(Action::Read, Resource::Descriptor, now);
    let is_told = |record: &Read| {
        told.level_of(caller.rights(), &record_target(record, restricted)) == Some(Level::Full)
    };
    let records = records.filter(|record| restricted.contains(&record.row.id) && !is_told(record));
    records.map(|record| record.row.id).collect()
}

/// The time line, and the records in the reader's sight.
fn happenings(asked: &Asked<'_>, judged: &Judged) -> (Vec<Happening>, BTreeSet<RecordId>) {
    let Asked { caller, row, level, now, .. } = *asked;
    let cancelled = events::cancellations(&judged.event_rows);
    let rows: HashMap<EventId, _> = judged.event_rows.iter().map(|row| (row.id, row)).collect();
    let mut all: Vec<(Moment, u8, String, What)> = Vec::new();
    for event in &judged.events {
        let what = match rows.get(&event.id) {
            None => What::Opening,
            Some(row) => What::Event(Box::new(EventLine {
                id: event.id,
                kind: event.kind,
                zone: event.zone,
                recorded_at: row.recorded_at,
                recorded_by: row.recorded_by,
                record: event.record,
                cancels: event.cancels,
                cancelled_by: cancelled.get(&event.id).copied(),
                detail: (level == Level::Full).then(|| event.detail.clone()),
            })),
        };
        let rank = u8::from(matches!(what, What::Event(_)));
        all.push((event.at, rank, event.id.to_string(), what));
    }
    let seen = caller.reach(Action::Read, Resource::Record, now);
    let told = caller.reach(Action::Read, Resource::Descriptor, now);
    let mut visible = BTreeSet::new();
    for record in judged.evidence.records.iter().chain(&judged.evidence.elsewhere) {
        let target = record_target(record, asked.restricted);
        if seen.level_of(caller.rights(), &target).is_none() {
            continue;
        }
        visible.insert(record.row.id);
        if record.row.case_id == Some(row.id) {
            let level = told.level_of(caller.rights(), &target);
            let what = What::Record(Box::new(record_line(record, level)));
            all.push((record.occurred().begins(), 2, record.row.id.to_string(), what));
        }
    }
    all.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    (all.into_iter().map(|(at, _, _, what)| Happening { at, what }).collect(), visible)
}

/// A record as the permission table sees it.
pub(in crate::archive) fn record_target(record: &Read, restricted: &BTreeSet<RecordId>) -> Target {
    Target {
        restricted: restricted.contains(&record.row.id),
        at: Some(record.row.captured_at),
        ..Target::record(record.row.case_id, record.row.captured_by)
    }
}

/// A record as a line, with its title if `level` is full.
pub(in crate::archive) fn record_line(record: &Read, level: Option<Level>) -> RecordLine {
    let title = record.said.as_ref().filter(|_| level == Some(Level::Full));
    RecordLine {
        id: record.row.id,
        kind: record.kind,
        version: record.row.version,
        state: record.state,
        occurred: record.occurred(),
        captured_at: record.row.captured_at,
        late_days: record.late_days,
        entries: record.entries,
        erased: record.erased,
        title: title.map(|said| said.descriptor.title.clone()),
    }
}

fn links(judged: &Judged, visible: &BTreeSet<RecordId>) -> Result<Vec<CaseLink>, Refusal> {
    let rows = judged.evidence.links.iter();
    rows.filter(|link| visible.contains(&link.from_record) && visible.contains(&link.to_record))
        .map(|link| {
            let kind = evidence::link_kind(link)?;
            Ok(CaseLink { id: link.id, from: link.from_record, kind, to: link.to_record })
        })
        .collect()
}
