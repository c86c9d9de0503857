//! Lists records: only those within the caller's reach, at the caller's level.

use crate::access::decide::{Levels, Reach};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, PartyId, RecordId, UserId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::base::text::fold_name;
use crate::record::kind::Kind;
use crate::record::request::CaseRef;
use crate::store::rows::records::{self, RecordRow, Within};
use crate::store::rows::{Before, cases, parties, versions};
use crate::store::{Conn, StoreError};

use super::told::Told;
use crate::archive::caller::Caller;
use crate::archive::holds::{Care, Marks};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{Restrictions, Standings};
use crate::archive::{Archive, descriptors, detection, parties as names, rows};

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
    /// Lists records, newest capture first.
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
        let words = caller.reach(Action::Read, Resource::Descriptor, now);
        let limit = limit.clamp(1, PAGE_ITEMS_MAX);
        let marks = Marks::of(&self.inner, caller, now)?;
        let restrictions = self.inner.restrictions()?;
        self.inner.store.read(|conn| {
            let Some(mut wanted) = self.wanted(conn, filter)? else {
                return Ok(Page { items: Vec::new(), next: None });
            };
            wanted.within = within(caller, reach);
            let limit_rows = u32::try_from(limit + 1).unwrap_or(u32::MAX);
            let mut found = records::page(conn, &wanted, before, limit_rows)?;
            let more = found.len() > limit;
            found.truncate(limit);
            let next = match found.last() {
                Some(last) if more => Some(Before { at: last.captured_at, id: last.id }),
                _ => None,
            };
            let standings = Standings::of(conn, found.iter().map(|row| row.id))?;
            let ledger = self.inner.ledgered(conn)?;
            let mut items = Vec::with_capacity(found.len());
            for row in &found {
                let told = match ledger.told(conn, row).map_err(Refusal::in_a_list) {
                    // Whoever may see it cannot be told from anything: only those who see every record hear of it.
                    Err(Refusal::Damaged(Thing::Record)) => {
                        if reach.usual.all.is_some() {
                            items.extend(unproven(conn, row)?);
                        }
                        continue;
                    }
                    told => told?,
                };
                let target = Target::record(told.row.case_id, told.row.captured_by);
                // What was moved into somebody's reach is as much out of it as before.
                if !told.damaged || reach.level_of(&caller.rights, &target).is_some() {
                    let held = match marks.over(conn, &ledger, row, Care::ByName) {
                        // What cannot be told is held.
                        Err(Refusal::Damaged(_)) => true,
                        holds => !holds?.is_empty(),
                    };
                    let target = restrictions.target_of(conn, &told.row)?;
                    let level = words.level_of(&caller.rights, &target);
                    let line = self.summary(conn, (level, &standings), told)?;
                    items.push(RecordSummary { held, ..line });
                }
            }
            Ok(Page { items, next })
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

    /// One line about a record, its title only where the caller may read it in full.
    fn summary(
        &self,
        conn: &mut Conn,
        (level, standings): (Option<Level>, &Standings),
        told: Told,
    ) -> Result<RecordSummary, Refusal> {
        let Told { row, version, late, entries, damaged } = told;
        let is_closed = !rows::is_openable(&row);
        let title = match level {
            Some(Level::Full) if !damaged && !is_closed => {
                let keys = self.inner.keys();
                let opened = descriptors::version_keys(&keys, conn, row.id, row.version);
                match opened.map_err(Refusal::in_a_list) {
                    Ok(keys) => Some(descriptors::open(&keys, &version)?.title.as_str().to_owned()),
                    Err(Refusal::Damaged(Thing::Record)) => None,
                    Err(other) => return Err(other),
                }
            }
            Some(Level::Full | Level::Redacted | Level::Facts) | None => None,
        };
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
