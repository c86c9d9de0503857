//! The gaps of the whole archive, case by case, as far as the reader's reach goes.

use crate::access::permission::{Action, Resource};
use crate::access::scope::Level;
use crate::archive::caller::Caller;
use crate::archive::indexing::is_damage;
use crate::archive::refusal::Refusal;
use crate::archive::retention::Restrictions;
use crate::archive::{Archive, Inner};
use crate::base::id::CaseId;
use crate::base::moment::Moment;
use crate::record::gaps::{ExplainedGap, GapCode, GapStanding};
use crate::record::names::Reference;
use crate::store::Conn;
use crate::store::rows::cases::{self, CaseRow};

use super::evidence::Opening;
use super::judge::{self, GapLine};
use super::list::{Asked, CaseQuery, reached};
use super::page::{Cursor, items_of};
use super::view::{restricted_among, withheld};
use super::{find, gone, profile};

/// Cases judged for one page: a page without enough gaps ends there and has a next one.
const CASES_JUDGED_MAX: u32 = 200;
/// Cases read at once.
const CASES_READ: u32 = 50;

/// Which gaps a list shows. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GapQuery {
    /// Which gap.
    pub code: Option<GapCode>,
    /// How it stands beside its explanations.
    pub standing: Option<GapStanding>,
    /// In which cases.
    pub cases: CaseQuery,
}

/// A page of gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapPage {
    /// The gaps.
    pub items: Vec<CaseGap>,
    /// Cases of this page whose gaps cannot be told, because something of them is not as the ledger says.
    pub damaged: Vec<CaseId>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}

/// A gap with the case in which it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseGap {
    /// The case.
    pub case: CaseId,
    /// The number by which people know the case; at full level.
    pub reference: Option<Reference>,
    /// The gap.
    pub gap: GapLine,
}

impl Archive {
    /// Lists gaps over all cases in reach: cases entered last first, gaps in the order of codes. A case that
    /// cannot be judged hides no other: it is named.
    ///
    /// # Errors
    /// Not permitted, or [`Refusal::BadCursor`].
    pub fn gaps(
        &self,
        caller: &Caller,
        query: &GapQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<GapPage, Refusal> {
        let reach = caller.reach(Action::List, Resource::Gap, self.inner.now());
        let from = cursor.map(|text| Cursor::parse(text, CaseId::parse)).transpose()?;
        let keys = self.inner.keys();
        let limit = items_of(limit) as usize;
        let restrictions = self.inner.restrictions()?;
        self.inner.store.read(|conn| {
            let asked = Asked { caller, reach, query: &query.cases, now: self.inner.now() };
            let ledger = self.inner.ledgered(conn)?;
            let opening = (&*keys, &ledger);
            let (items, damaged) = (Vec::new(), Vec::new());
            let reader = (caller, self.inner.now(), &restrictions);
            let mut found = Found { inner: &self.inner, opening, reader, query, limit, items, damaged };
            if from.is_none() {
                let gone = gone::in_reach(&ledger, conn, &asked)?;
                found.damaged.extend(gone.iter().map(|gone| CaseId::from_bytes(gone.id)));
            }
            // A page that ended inside a case begins with the rest of it.
            if let Some(from) = from.filter(|from| from.shown > 0)
                && let Some(row) = cases::get(conn, from.before.id)?
                && let Some(level) = reach.level_of(caller.rights(), &find::target(&row))
                && let Some(shown) = found.add(conn, (&row, level), from.shown)?
            {
                return Ok(found.page(Some(Cursor { shown, ..from })));
            }
            let mut done = from.map(|from| Cursor { shown: 0, ..from });
            for _ in 0..CASES_JUDGED_MAX / CASES_READ {
                let page = reached(&keys, conn, &asked, done, CASES_READ)?;
                for (row, level) in &page.items {
                    let here = Cursor::after(row.created_at, row.id);
                    match found.add(conn, (row, *level), 0)? {
                        None => done = Some(here),
                        // Full before this case began.
                        Some(0) => return Ok(found.page(done)),
                        Some(shown) => return Ok(found.page(Some(Cursor { shown, ..here }))),
                    }
                }
                match page.next {
                    None => return Ok(found.page(None)),
                    Some(next) => done = Some(Cursor::parse(&next, CaseId::parse)?),
                }
            }
            Ok(found.page(done))
        })
    }
}

/// The page as it fills.
struct Found<'a> {
    inner: &'a Inner,
    opening: Opening<'a>,
    reader: (&'a Caller, Moment, &'a Restrictions<'a>),
    query: &'a GapQuery,
    limit: usize,
    items: Vec<CaseGap>,
    damaged: Vec<CaseId>,
}

impl Found<'_> {
    fn page(self, next: Option<Cursor<CaseId>>) -> GapPage {
        GapPage { items: self.items, damaged: self.damaged, next: next.map(Cursor::to_text) }
    }

    /// Adds the gaps of a case; how many of it were shown, if the page is full before its end. Of a case that
    /// cannot be judged whole no gap is told.
    fn add(
        &mut self,
        conn: &mut Conn,
        case: (&CaseRow, Level),
        skip: usize,
    ) -> Result<Option<usize>, Refusal> {
        let before = self.items.len();
        match self.add_sound(conn, case, skip).map_err(Refusal::in_a_list) {
            Err(error) if is_damage(&error) => {
                tracing::error!(case = %case.0.id, %error, "the gaps of a damaged case are not told");
                self.items.truncate(before);
                self.damaged.push(case.0.id);
                Ok(None)
            }
            added => added,
        }
    }

    fn add_sound(
        &mut self,
        conn: &mut Conn,
        (row, level): (&CaseRow, Level),
        skip: usize,
    ) -> Result<Option<usize>, Refusal> {
        if self.items.len() >= self.limit {
            return Ok(Some(skip));
        }
        let (keys, _) = self.opening;
        let case = judge::judge(self.inner, self.opening, conn, row)?;
        let wanted: Vec<&ExplainedGap> = case.gaps.iter().filter(|gap| self.wants(gap)).collect();
        let reference = match (level, wanted.is_empty()) {
            (Level::Full, false) => Some(profile::open(keys, conn, row)?.reference),
            (Level::Full | Level::Redacted | Level::Facts, _) => None,
        };
        let (caller, now, restrictions) = self.reader;
        let records = || case.evidence.records.iter().chain(&case.evidence.elsewhere);
        let restricted = restricted_among(restrictions, conn, records())?;
        let withheld = withheld((caller, now), &restricted, records());
        for (number, gap) in wanted.iter().enumerate().skip(skip) {
            if self.items.len() >= self.limit {
                return Ok(Some(number));
            }
            let mut gap = judge::line(keys, conn, (gap, level), &case)?;
            if gap.shown.record.is_some_and(|record| withheld.contains(&record)) {
                // What makes it is told in the words of the record in which it shows.
                gap.shown.cause = None;
            }
            self.items.push(CaseGap { case: row.id, reference: reference.clone(), gap });
        }
        Ok(None)
    }

    fn wants(&self, gap: &ExplainedGap) -> bool {
        self.query.code.is_none_or(|code| code == gap.gap.code)
            && self.query.standing.is_none_or(|standing| standing == gap.standing)
    }
}
