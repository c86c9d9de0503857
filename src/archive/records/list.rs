//! Lists records: only those within the caller's reach, at the caller's level.

use std::collections::BTreeSet;

use crate::access::decide::{Levels, Reach};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, PartyId, RecordId, UserId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::base::text::fold_name;
use crate::record::descriptor::Descriptor;
use crate::record::kind::Kind;
use crate::record::request::CaseRef;
use crate::store::rows::records::{self, Order, RecordRow, Within};
use crate::store::rows::{Before, cases, parties, versions};
use crate::store::{Conn, StoreError};

use super::Ledgered;
use super::narrowed::{Besides, Narrowed};
use super::told::Told;
use crate::archive::caller::Caller;
use crate::archive::holds::{Care, Marks, held_state};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{Restrictions, Standings};
use crate::archive::{Archive, customers, descriptors, detection, parties as names, rows};

/// Rows read at once where something is asked for that no column tells.
const CHUNK: usize = 256;
/// Rows that are looked at for one such page.
const LOOKED_AT_MAX: usize = 5_000;

/// Which records are wanted. Everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// The kind, with subkind if it has one that is asked for.
    pub kind: Option<Kind>,
    /// The category.
    pub category: Option<String>,
    /// The case.
    pub case: Option<CaseRef>,
    /// A party, by id or by name.
    pub party: Option<String>,
    /// The first day on which it may have occurred.
    pub occurred_from: Option<CivilDate>,
    /// The last such day.
    pub occurred_to: Option<CivilDate>,
    /// The state's word.
    pub state: Option<String>,
    /// Types of personal data, each of which must have been found in it.
    pub pii: Vec<crate::redaction::Kind>,
    /// Types none of which was found in it, all of it having been looked at by the present engine.
    pub pii_absent: Vec<crate::redaction::Kind>,
    /// Whether it must have places that a person should judge, or none.
    pub pii_review: Option<bool>,
    /// What no column tells.
    pub besides: Besides,
    /// In which order.
    pub order: Order,
}

/// One line of a list.
#[derive(Debug, Clone)]
pub struct RecordSummary {
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
    /// Its state.
    pub state: String,
    /// Its current version.
    pub version: u32,
    /// The day on which it occurred.
    pub occurred_on: CivilDate,
    /// When it was captured first.
    pub captured_at: Moment,
    /// By whom.
    pub captured_by: UserId,
    /// True if its first version came late (补录).
    pub late: bool,
    /// Its title, where the caller may read it in full.
    pub title: Option<String>,
    /// Entries, for a segment of a bulk log.
    pub entries: Option<u64>,
    /// True if a hold of which the caller may know stands over it. What only a saved query finds counts once it was
    /// found.
    pub held: bool,
    /// True if the database says otherwise than the ledger: the line is told as the ledger has it, and
    /// without its title.
    pub damaged: bool,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T, C> {
    /// What it holds.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Before<C>>,
}

impl Archive {
    /// Lists records, newest capture first if nothing else is asked for.
    ///
    /// # Errors
    /// Not permitted, or the database cannot be read.
    pub fn list(
        &self,
        caller: &Caller,
        filter: &RecordFilter,
        before: Option<Before<RecordId>>,
        limit: usize,
    ) -> Result<Page<RecordSummary, RecordId>, Refusal> {
        let now = self.inner.now();
        let reach = caller.reach(Action::List, Resource::Record, now);
        if reach.is_nothing() {
            return Err(caller.forbidden((Action::List, Resource::Record)));
        }
        // Who is shown no parties learns none by asking for them: a name that he tries is nobody's.
        if filter.party.is_some() && caller.reach(Action::List, Resource::Party, now).is_nothing() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let is_name = filter.party.as_ref().is_some_and(|party| PartyId::parse(party).is_err());
        if is_name && !customers::reads_names(caller, now) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let words = caller.reach(Action::Read, Resource::Descriptor, now);
        let limit = limit.clamp(1, PAGE_ITEMS_MAX);
        let narrowed = Narrowed::of(self, caller, &filter.besides, now)?;
        let marks = Marks::of(&self.inner, caller, now)?;
        let restrictions = self.inner.restrictions()?;
        self.inner.store.read(|conn| {
            let Some(mut wanted) = self.wanted(conn, filter)? else {
                return Ok(Page { items: Vec::new(), next: None });
            };
            wanted.within = within(caller, reach);
            let ledger = self.inner.ledgered(conn)?;
            let lister = Lister {
                archive: self,
                caller,
                reach,
                words,
                narrowed: &narrowed,
                marks: &marks,
                restrictions: &restrictions,
                ledger: &ledger,
            };
            lister.page(conn, (&wanted, filter.order), before, limit)
        })
    }

    /// The filter as the database takes it; `None` if it names a case or party that does not exist.
    pub(in crate::archive) fn wanted(
        &self,
        conn: &mut Conn,
        filter: &RecordFilter,
    ) -> Result<Option<records::RecordFilter>, Refusal> {
        let keys = self.inner.keys();
        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        let case_id = match &filter.case {
            None => None,
            Some(CaseRef::Id(id)) => Some(*id),
            Some(CaseRef::Reference(reference)) => {
                let token = index.lookup_token("case.reference", &fold_name(reference.as_str()));
                match cases::by_reference(conn, &token)? {
                    Some(row) => Some(row.id),
                    None => return Ok(None),
                }
            }
        };
        let party_id = match &filter.party {
            None => None,
            Some(text) => match PartyId::parse(text) {
                Ok(id) => Some(id),
                Err(_) => {
                    match parties::by_name(conn, &index.lookup_token("party.name", &fold_name(text)))? {
                        Some(row) => {
                            // Otherwise one party's records would be shown as another's.
                            names::registered(&self.inner.ledgered(conn)?, conn, &row)?;
                            Some(row.id)
                        }
                        None => return Ok(None),
                    }
                }
            },
        };
        let subkind = filter.kind.and_then(Kind::subkind);
        Ok(Some(records::RecordFilter {
            kind: filter.kind.map(|kind| kind.as_str().to_owned()),
            // A kind of many subkinds without one of them means all of them.
            subkind: subkind
                .filter(|subkind| *subkind != crate::record::kind::Subkind::General)
                .map(|subkind| subkind.as_str().to_owned()),
            category: filter.category.clone(),
            state: filter.state.clone(),
            unrestricted: false,
            case_id,
            party_id,
            pii: words_of(&filter.pii),
            pii_absent: words_of(&filter.pii_absent),
            pii_unsure: filter.pii_review,
            // That nothing was found says something only where everything was looked at.
            detected_as: match filter.pii_absent.is_empty() && filter.pii_review != Some(false) {
                true => Vec::new(),
                false => detection::marks_whole(),
            },
            occurred_from: filter.occurred_from,
            occurred_to: filter.occurred_to,
            or_entries_between: None,
            captured_from: None,
            captured_before: None,
            within: None,
        }))
    }

    /// One line about a version of a record, once all of its versions are shown to be as entered.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if one is not, or there is no such version.
    pub(in crate::archive) fn line_of(
        &self,
        conn: &mut Conn,
        (caller, words, restrictions): (&Caller, Reach, &Restrictions<'_>),
        (row, version): (&RecordRow, u32),
    ) -> Result<RecordSummary, Refusal> {
        let ledger = self.inner.ledgered(conn)?;
        ledger.must_be_whole(conn, row)?;
        let mut told = ledger.told(conn, row)?;
        let damaged = Refusal::Damaged(Thing::Record);
        told.version = versions::get(conn, row.id, version)?.ok_or(damaged)?;
        told.row.version = version;
        let standings = Standings::of(conn, [row.id])?;
        let level = words.level_of(&caller.rights, &restrictions.target_of(conn, row)?);
        self.summary(conn, (level, &standings), told)
    }

    /// What a record says of itself; `None` if it cannot be read, so that it hides no other.
    fn descriptor_of(&self, conn: &mut Conn, told: &Told) -> Result<Option<Descriptor>, Refusal> {
        let keys = self.inner.keys();
        let opened = descriptors::version_keys(&keys, conn, told.row.id, told.row.version);
        match opened.map_err(Refusal::in_a_list) {
            Ok(keys) => Ok(Some(descriptors::open(&keys, &told.version)?)),
            Err(Refusal::Damaged(Thing::Record)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// One line about a record, its title only where the caller may read it in full.
    fn summary(
        &self,
        conn: &mut Conn,
        (level, standings): (Option<Level>, &Standings),
        told: Told,
    ) -> Result<RecordSummary, Refusal> {
        let is_closed = !rows::is_openable(&told.row);
        let title = match level {
            Some(Level::Full) if !told.damaged && !is_closed => {
                self.descriptor_of(conn, &told)?.map(|descriptor| descriptor.title.as_str().to_owned())
            }
            Some(Level::Full | Level::Redacted | Level::Facts) | None => None,
        };
        let Told { row, version, late, entries, damaged } = told;
        // Nobody opens it: its words are as good as gone, and it hides no other.
        let damaged = damaged || (level == Some(Level::Full) && title.is_none() && !is_closed);
        let state = standings.word_of(&row);
        Ok(RecordSummary {
            id: row.id,
            kind: rows::kind_of(&row)?,
            version: row.version,
            occurred_on: version.occurred_on,
            captured_at: row.captured_at,
            captured_by: row.captured_by,
            case: row.case_id,
            category: row.category,
            jurisdiction: row.jurisdiction,
            state,
            // A later version does not make a record late that came in time.
            late,
            title,
            entries,
            held: false,
            damaged,
        })
    }
}

/// With what the lines of one page are made.
struct Lister<'a> {
    archive: &'a Archive,
    caller: &'a Caller,
    reach: Reach,
    words: Reach,
    narrowed: &'a Narrowed<'a>,
    marks: &'a Marks<'a>,
    restrictions: &'a Restrictions<'a>,
    ledger: &'a Ledgered<'a>,
}

impl Lister<'_> {
    /// Reads on until the page is full. Where something is asked for that no column tells, the work of a page is
    /// bounded: it may be short, or empty, and have a next one.
    fn page(
        &self,
        conn: &mut Conn,
        (wanted, order): (&records::RecordFilter, Order),
        mut before: Option<Before<RecordId>>,
        limit: usize,
    ) -> Result<Page<RecordSummary, RecordId>, Refusal> {
        let is_narrowed = !self.narrowed.wanted().is_nothing();
        let chunk = if is_narrowed { CHUNK } else { limit };
        let (mut items, mut looked_at) = (Vec::with_capacity(limit), 0);
        loop {
            let rows = u32::try_from(chunk + 1).unwrap_or(u32::MAX);
            let mut found = records::page_in(conn, (wanted, order), before, rows)?;
            let more = found.len() > chunk;
            found.truncate(chunk);
            let standings = Standings::of(conn, found.iter().map(|row| row.id))?;
            let listed = self.marks.listed(conn, found.iter().map(|row| row.id))?;
            let mut rows = found.iter().peekable();
            while let Some(row) = rows.next() {
                before = Some(self.place(conn, order, row)?);
                items.extend(self.line(conn, (&standings, &listed), row)?);
                if items.len() >= limit && (more || rows.peek().is_some()) {
                    return Ok(Page { items, next: before });
                }
            }
            looked_at += chunk;
            if !more {
                return Ok(Page { items, next: None });
            }
            if !is_narrowed || looked_at >= LOOKED_AT_MAX {
                return Ok(Page { items, next: before });
            }
        }
    }

    /// Where the page after this row begins.
    fn place(&self, conn: &mut Conn, order: Order, row: &RecordRow) -> Result<Before<RecordId>, Refusal> {
        let at = match order {
            Order::CapturedNewest | Order::CapturedOldest => row.captured_at,
            Order::OccurredNewest | Order::OccurredOldest => {
                // The row by which the database has put it in its place, whatever the ledger says of it.
                let version = versions::get(conn, row.id, row.version)?;
                version.ok_or(Refusal::Damaged(Thing::Record))?.occurred_on.begins_in(Zone::UTC)
            }
        };
        Ok(Before { at, id: row.id })
    }

    /// The line of a record; `None` where it is out of reach, or not what was asked for.
    fn line(
        &self,
        conn: &mut Conn,
        (standings, listed): (&Standings, &BTreeSet<RecordId>),
        row: &RecordRow,
    ) -> Result<Option<RecordSummary>, Refusal> {
        let asked = self.narrowed.wanted();
        let told = match self.ledger.told(conn, row).map_err(Refusal::in_a_list) {
            // Whoever may see it cannot be told from anything: only those who see every record hear of it.
            Err(Refusal::Damaged(Thing::Record)) => {
                return match self.reach.usual.all.is_some() && asked.is_nothing() {
                    true => unproven(conn, row),
                    false => Ok(None),
                };
            }
            told => told?,
        };
        let target = Target::record(told.row.case_id, told.row.captured_by);
        // What was moved into somebody's reach is as much out of it as before.
        if told.damaged && self.reach.level_of(&self.caller.rights, &target).is_none() {
            return Ok(None);
        }
        if !self.narrowed.fits(conn, self.ledger, row)? {
            return Ok(None);
        }
        let target = self.restrictions.target_of(conn, &told.row)?;
        let level = self.words.level_of(&self.caller.rights, &target);
        if asked.tag.is_some() {
            let reads = level == Some(Level::Full) && !told.damaged && rows::is_openable(row);
            let descriptor = if reads { self.archive.descriptor_of(conn, &told)? } else { None };
            if !descriptor.is_some_and(|descriptor| asked.has_tag(&descriptor.tags)) {
                return Ok(None);
            }
        }
        let held = match self.marks.over(conn, self.ledger, row, Care::ByName) {
            // Of what is closed no words are left that a hold could ask for.
            _ if !rows::is_openable(row) => false,
            // What cannot be told is held.
            Err(Refusal::Damaged(_)) => true,
            holds => !holds?.is_empty(),
        };
        let line = self.archive.summary(conn, (level, standings), told)?;
        let is_held = held || listed.contains(&line.id);
        let state = if is_held { held_state(&line.state) } else { line.state };
        Ok(Some(RecordSummary { held, state, ..line }))
    }
}

/// The line of a record of which no entry can be found: that it is there, and damaged. What else it says is what
/// its row says, which nothing can be held against.
fn unproven(conn: &mut Conn, row: &RecordRow) -> Result<Option<RecordSummary>, Refusal> {
    let version = match versions::get(conn, row.id, row.version) {
        Err(StoreError::Corrupt { .. }) => None,
        version => version?,
    };
    let occurred_on = version.map(|version| version.occurred_on);
    let occurred_on = occurred_on.or_else(|| CivilDate::of(row.captured_at, Zone::UTC).ok());
    let (Some(occurred_on), Ok(kind)) = (occurred_on, rows::kind_of(row)) else { return Ok(None) };
    let row = row.clone();
    Ok(Some(RecordSummary {
        id: row.id,
        kind,
        category: row.category,
        jurisdiction: row.jurisdiction,
        case: row.case_id,
        state: row.state,
        version: row.version,
        occurred_on,
        captured_at: row.captured_at,
        captured_by: row.captured_by,
        late: false,
        title: None,
        entries: None,
        held: false,
        damaged: true,
    }))
}

/// The reach of a caller as the database takes it; `None` means everything.
pub(in crate::archive) fn within(caller: &Caller, reach: Reach) -> Option<Within> {
    let Levels { all, own, granted, .. } = reach.usual;
    if all.is_some() {
        return None;
    }
    Some(Within {
        cases: match granted {
            Some(_) => caller.rights.cases.iter().copied().collect(),
            None => Vec::new(),
        },
        captured_by: own.map(|_| caller.user()),
    })
}

fn words_of(kinds: &[crate::redaction::Kind]) -> Vec<String> {
    kinds.iter().map(|kind| kind.as_str().to_owned()).collect()
}
