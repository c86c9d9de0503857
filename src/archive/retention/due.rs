//! What is due, what starves, what is in nobody's schedule, and where one rule contradicts another.

use std::collections::BTreeMap;

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::caller::Caller;
use crate::archive::events::Reaching;
use crate::archive::records::Ledgered;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, rows};
use crate::base::civil::CivilDate;
use crate::base::id::{CaseId, RecordId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::policy::is_overdue;
use crate::record::kind::Kind;
use crate::retention::{Bound, NeverWhy, Now, Schedule, Source, State, Task, Verdict, judge};
use crate::store::Conn;
use crate::store::rows::records::{self, RecordRow, Within};
use crate::store::rows::retention::{self, RetentionRow};

use super::judging::{Judged, JudgingProgress};
use super::queue::Queue;
use super::rules::{Rules, rest_on_words};

/// Records of a list that a digest tells of.
const DIGEST_LINES: usize = 20;
/// Records that are looked at for one page of another day than today.
const LOOKED_AT_MAX: usize = 5_000;
/// Records that are read at once where each has to be looked at.
const ROWS_AT_ONCE: u32 = 256;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueQuery {
    /// The list.
    pub queue: Queue,
    /// As of when; now, if nothing is said.
    pub at: Option<Moment>,
}

/// A rule that sets an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndLine {
    /// The rule's id; none for what was decided, asked for or locked for this record.
    pub rule: Option<String>,
    /// The rule's version.
    pub version: Option<u32>,
    /// The articles on which it rests.
    pub citations: Vec<String>,
    /// The first instant after it; none for what never ends, as far as is known.
    pub from: Option<Moment>,
}

/// One record of a list.
#[derive(Debug, Clone)]
pub struct DueLine {
    /// The record.
    pub record: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// Its category.
    pub category: String,
    /// Its case.
    pub case: Option<CaseId>,
    /// Where it stands; none if it could not be judged.
    pub state: Option<State>,
    /// True if a ceiling or a request wants it erased.
    pub mandatory: bool,
    /// True if dates are held back from this reader: they follow from what is sealed of the record, as a birth is.
    pub withheld: bool,
    /// From when on it is due.
    pub due_from: Option<Moment>,
    /// What keeps it.
    pub floor: Option<EndLine>,
    /// What wants it erased.
    pub ceiling: Option<EndLine>,
    /// What happens at the end.
    pub action: Option<&'static str>,
    /// Why it cannot be destroyed now.
    pub blockers: Vec<&'static str>,
    /// The rules that wait for an event for too long.
    pub starved: Vec<String>,
    /// The rules that ask for a date that is missing or wrong, and why.
    pub exceptions: Vec<(String, NeverWhy)>,
    /// Both sides, where a ceiling lies below what keeps the record.
    pub conflict: Option<(EndLine, EndLine)>,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct DuePage {
    /// As of when.
    pub at: Moment,
    /// The records.
    pub items: Vec<DueLine>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}

/// A rule whose review is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueRule {
    /// The rule.
    pub rule: String,
    /// Since this day.
    pub on: CivilDate,
}

/// The digest of a day (每日摘要).
#[derive(Debug, Clone)]
pub struct Digested {
    /// As of when.
    pub at: Moment,
    /// How many records are on each list, within the reader's reach.
    pub counts: BTreeMap<&'static str, u64>,
    /// Rules whose review is overdue.
    pub overdue: Vec<OverdueRule>,
    /// The first records whose rules wait for an event for too long.
    pub starved: Vec<DueLine>,
    /// The first records that one rule wants erased and another kept: the conflict board (期限冲突).
    pub conflicts: Vec<DueLine>,
    /// How far the archive was judged.
    pub progress: JudgingProgress,
}

impl Archive {
    /// A page of a list, in the order of the records' ids. What is pending is judged first.
    ///
    /// # Errors
    /// Not permitted, [`Refusal::BadCursor`], or [`Refusal::TooBusy`] while very much is to be judged.
    pub fn due(
        &self,
        caller: &Caller,
        query: &DueQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<DuePage, Refusal> {
        let reach = self.reach_of_due(caller)?;
        let after = cursor.map(|text| RecordId::parse(text).map_err(|_| Refusal::BadCursor)).transpose()?;
        self.judge_all_pending()?;
        let now = self.inner.now();
        let rules = self.inner.rules(now)?;
        let chain = rules.as_slice();
        let rules = chain.last().ok_or(Refusal::WrongState)?;
        let limit = usize::try_from(limit).unwrap_or(PAGE_ITEMS_MAX).clamp(1, PAGE_ITEMS_MAX);
        self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            let reader = Reader { archive: self, caller, reach, rules, chain, ledger: &ledger, now };
            match query.at {
                None => reader.today(conn, query.queue, after, limit),
                Some(at) => reader.as_of(conn, (query.queue, at), after, limit),
            }
        })
    }

    /// How many records are on each list, which rules are to be reviewed, and how far the archive was judged.
    ///
    /// # Errors
    /// As [`Archive::due`].
    pub fn retention_digest(&self, caller: &Caller) -> Result<Digested, Refusal> {
        let reach = self.reach_of_due(caller)?;
        self.judge_all_pending()?;
        let progress = self.judging_progress(caller)?;
        let at = self.inner.now();
        let rules = self.inner.rules(at)?;
        let chain = rules.as_slice();
        let rules = chain.last().ok_or(Refusal::WrongState)?;
        let within = crate::archive::records::within(caller, reach);
        let counts = self.inner.store.read(|conn| {
            let mut counts = BTreeMap::new();
            for queue in Queue::ALL {
                let count = retention::count_on_queue(conn, queue.as_str(), within.as_ref())?;
                counts.insert(queue.as_str(), count);
            }
            if !self.inner.knows_open_holds_alone(caller, at) {
                let ledger = self.inner.ledgered(conn)?;
                let reader = Reader { archive: self, caller, reach, rules, chain, ledger: &ledger, now: at };
                counts.insert(Queue::Held.as_str(), reader.count_held(conn)?);
            }
            Ok::<_, Refusal>(counts)
        })?;
        let [starved, conflicts] = self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            let reader = Reader { archive: self, caller, reach, rules, chain, ledger: &ledger, now: at };
            let mut first = |queue| Ok::<_, Refusal>(reader.today(conn, queue, None, DIGEST_LINES)?.items);
            Ok::<_, Refusal>([first(Queue::StaleTrigger)?, first(Queue::Conflict)?])
        })?;
        let overdue = overdue(&rules.schedule, at);
        Ok(Digested { at, counts, overdue, starved, conflicts, progress })
    }

    fn reach_of_due(&self, caller: &Caller) -> Result<Reach, Refusal> {
        let ask = (Action::List, Resource::Disposition);
        let reach = caller.reach(ask.0, ask.1, self.inner.now());
        if reach.is_nothing() { Err(caller.forbidden(ask)) } else { Ok(reach) }
    }
}

/// The rules of a schedule whose review is overdue.
fn overdue(schedule: &Schedule, at: Moment) -> Vec<OverdueRule> {
    let rules = schedule.rules().iter().filter_map(|rule| {
        let today = CivilDate::of(at, rule.obligation.zone).ok()?;
        let on = rule.review_due().filter(|on| is_overdue(*on, today))?;
        Some(OverdueRule { rule: rule.obligation.id.to_string(), on })
    });
    rules.collect()
}

/// From when records are due, for one reader: as [`Archive::due`] tells it, record by record.
pub(in crate::archive) struct DueDates<'a> {
    archive: &'a Archive,
    caller: &'a Caller,
    reach: Reach,
    rules: Vec<Rules>,
    now: Moment,
}

impl<'a> DueDates<'a> {
    /// What is pending is judged first. To be made before a snapshot of the database is taken.
    ///
    /// # Errors
    /// As [`Archive::due`].
    pub(in crate::archive) fn of(archive: &'a Archive, caller: &'a Caller) -> Result<Self, Refusal> {
        let reach = archive.reach_of_due(caller)?;
        archive.judge_all_pending()?;
        let now = archive.inner.now();
        Ok(Self { archive, caller, reach, rules: archive.inner.rules(now)?, now })
    }

    /// From when on a record is due; `None` where that is never, or for others to know.
    ///
    /// # Errors
    /// The database or the ledger cannot be read.
    pub(in crate::archive) fn of_record(
        &self,
        conn: &mut Conn,
        ledger: &Ledgered<'_>,
        record: &RecordRow,
    ) -> Result<Option<Moment>, Refusal> {
        let Self { archive, caller, reach, now, .. } = *self;
        let chain = self.rules.as_slice();
        let rules = chain.last().ok_or(Refusal::WrongState)?;
        let reader = Reader { archive, caller, reach, rules, chain, ledger, now };
        let Some(row) = retention::get(conn, record.id)?.filter(|_| reader.sees(record)) else {
            return Ok(None);
        };
        let told = reader.judged(conn, &mut Reaching::default(), (record, &row), now)?;
        Ok(reader.line(record, told.as_ref())?.due_from)
    }
}

/// Who reads a list, and under which rules.
struct Reader<'r> {
    archive: &'r Archive,
    caller: &'r Caller,
    reach: Reach,
    rules: &'r Rules,
    /// These rules, after all that were in force before.
    chain: &'r [Rules],
    ledger: &'r Ledgered<'r>,
    now: Moment,
}

impl Reader<'_> {
    fn within(&self) -> Option<Within> {
        crate::archive::records::within(self.caller, self.reach)
    }

    fn today(
        &self,
        conn: &mut Conn,
        queue: Queue,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<DuePage, Refusal> {
        if queue == Queue::Held && !self.archive.inner.knows_open_holds_alone(self.caller, self.now) {
            return self.held_today(conn, after, limit);
        }
        let rows = u32::try_from(limit + 1).unwrap_or(u32::MAX);
        let mut ids = retention::on_queue(conn, queue.as_str(), self.within().as_ref(), after, rows)?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let next = ids.last().filter(|_| more).map(ToString::to_string);
        let (mut items, mut reaching) = (Vec::with_capacity(ids.len()), Reaching::default());
        for id in ids {
            let Some(record) = records::get(conn, id)?.filter(|row| self.sees(row)) else { continue };
            let Some(row) = retention::get(conn, id)? else { continue };
            let judged = self.judged(conn, &mut reaching, (&record, &row), self.now)?;
            items.push(self.line(&record, judged.as_ref())?);
        }
        Ok(DuePage { at: self.now, items, next })
    }

    /// What is held as far as the reader may know it, found among all that is held.
    fn held_today(&self, conn: &mut Conn, after: Option<RecordId>, limit: usize) -> Result<DuePage, Refusal> {
        let mut items = Vec::new();
        self.each_held(conn, after, &mut |line| {
            items.push(line);
            items.len() <= limit
        })?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|line| line.record.to_string());
        Ok(DuePage { at: self.now, items, next })
    }

    fn count_held(&self, conn: &mut Conn) -> Result<u64, Refusal> {
        let mut count = 0;
        self.each_held(conn, None, &mut |_| {
            count += 1;
            true
        })?;
        Ok(count)
    }

    /// Each record that a hold stands over of which the reader may know, until `take` has enough.
    fn each_held(
        &self,
        conn: &mut Conn,
        mut after: Option<RecordId>,
        take: &mut dyn FnMut(DueLine) -> bool,
    ) -> Result<(), Refusal> {
        if !self.archive.inner.knows_a_hold(self.caller, self.now) {
            return Ok(());
        }
        let (within, mut reaching) = (self.within(), Reaching::default());
        loop {
            let ids = retention::on_queue(conn, Queue::GUARDED, within.as_ref(), after, ROWS_AT_ONCE)?;
            let Some(last) = ids.last() else { return Ok(()) };
            after = Some(*last);
            for id in ids {
                let Some(record) = records::get(conn, id)?.filter(|row| self.sees(row)) else { continue };
                let Some(row) = retention::get(conn, id)? else { continue };
                let judged = self.judged(conn, &mut reaching, (&record, &row), self.now)?;
                let is_held = judged.as_ref().is_some_and(|judged| judged.verdict.held);
                if is_held && !take(self.line(&record, judged.as_ref())?) {
                    return Ok(());
                }
            }
        }
    }

    /// Of another day the lists are worked out anew, record by record.
    fn as_of(
        &self,
        conn: &mut Conn,
        (queue, at): (Queue, Moment),
        mut after: Option<RecordId>,
        limit: usize,
    ) -> Result<DuePage, Refusal> {
        let (mut items, mut reaching, mut looked_at) = (Vec::new(), Reaching::default(), 0);
        loop {
            let rows = retention::page_all(conn, self.within().as_ref(), after, ROWS_AT_ONCE)?;
            if rows.is_empty() {
                return Ok(DuePage { at, items, next: None });
            }
            for row in rows {
                if items.len() >= limit || looked_at >= LOOKED_AT_MAX {
                    return Ok(DuePage { at, items, next: after.map(|id| id.to_string()) });
                }
                looked_at += 1;
                after = Some(row.record_id);
                let Some(record) = records::get(conn, row.record_id)?.filter(|row| self.sees(row)) else {
                    continue;
                };
                let mut judged = self.judged(conn, &mut reaching, (&record, &row), at)?;
                if judged.as_ref().is_some_and(|judged| self.withholds(&record, judged)) {
                    // On which day it is where would tell what is withheld: it is told as of today.
                    judged = self.judged(conn, &mut reaching, (&record, &row), self.now)?;
                }
                let is_on = match &judged {
                    Some(judged) => Queue::of(&judged.verdict).contains(&queue.as_str()),
                    None => queue == Queue::Damaged,
                };
                if is_on {
                    items.push(self.line(&record, judged.as_ref())?);
                }
            }
        }
    }

    fn sees(&self, row: &RecordRow) -> bool {
        let target = Target::record(row.case_id, row.captured_by);
        self.reach.level_of(self.caller.rights(), &target).is_some()
    }

    /// The record as the reader may know it: by the holds that he may know.
    fn judged(
        &self,
        conn: &mut Conn,
        reaching: &mut Reaching,
        (record, row): (&RecordRow, &RetentionRow),
        at: Moment,
    ) -> Result<Option<Judged>, Refusal> {
        let inner = &self.archive.inner;
        let of = (record, row, self.rules);
        let judged = match inner.judged_from_kept((self.ledger, conn), reaching, of, at) {
            Err(Refusal::Damaged(_)) => None,
            judged => judged?,
        };
        Ok(judged.map(|Judged { facts, guards, .. }| {
            let guards = guards.told_to(inner, self.caller, self.now);
            let schedule = &self.rules.schedule;
            let verdict = judge(&facts, schedule, &guards.holds, &guards.locks, Now::sane(at));
            Judged { facts, guards, verdict }
        }))
    }

    fn line(&self, record: &RecordRow, judged: Option<&Judged>) -> Result<DueLine, Refusal> {
        let mut line = DueLine {
            record: record.id,
            kind: rows::kind_of(record)?,
            category: record.category.clone(),
            case: record.case_id,
            state: None,
            mandatory: false,
            withheld: false,
            due_from: None,
            floor: None,
            ceiling: None,
            action: None,
            blockers: Vec::new(),
            starved: Vec::new(),
            exceptions: Vec::new(),
            conflict: None,
        };
        let Some(judged) = judged else { return Ok(line) };
        let verdict = &judged.verdict;
        line.state = Some(verdict.state());
        line.mandatory = verdict.mandatory;
        line.action = verdict.action.map(crate::policy::Action::as_str);
        line.blockers.extend(verdict.blockers.iter().map(crate::retention::Blocker::code));
        line.take_tasks(verdict);
        line.withheld = self.withholds(record, judged);
        let end = |bound: &Bound| self.end(bound, line.withheld);
        line.floor = verdict.floor.as_ref().map(end);
        line.ceiling = verdict.ceiling.as_ref().map(end);
        line.conflict = verdict.conflict.as_ref().map(|found| (end(&found.ceiling), end(&found.floor)));
        line.due_from = verdict.due_from.filter(|_| !line.withheld);
        Ok(line)
    }

    /// True if dates follow from what is sealed of the record, and the reader may not know that.
    fn withholds(&self, record: &RecordRow, judged: &Judged) -> bool {
        rest_on_words(self.chain, &judged.facts) && !self.reads_words(record)
    }

    fn reads_words(&self, record: &RecordRow) -> bool {
        let target = Target::record(record.case_id, record.captured_by);
        let words = self.caller.reach(Action::Read, Resource::Descriptor, self.now);
        words.level_of(self.caller.rights(), &target) == Some(Level::Full)
    }

    fn end(&self, bound: &Bound, withheld: bool) -> EndLine {
        let rule = match &bound.source {
            Source::Rule(rule) | Source::Residual(rule) | Source::Inherited(rule, _) => Some(rule),
            Source::Erasure(_) | Source::Assignment | Source::Lock(_) => None,
        };
        let known = rule.and_then(|rule| {
            self.rules.schedule.rules().iter().find(|known| known.reference.id() == rule.id())
        });
        EndLine {
            rule: rule.map(|rule| rule.id().to_string()),
            version: rule.map(|rule| rule.version()),
            citations: known.map_or_else(Vec::new, |known| known.obligation.citations.clone()),
            from: bound.end.from().filter(|_| !withheld),
        }
    }
}

impl DueLine {
    fn take_tasks(&mut self, verdict: &Verdict) {
        for task in &verdict.tasks {
            match task {
                Task::Unclassified => {}
                Task::StaleTrigger { rule } => self.starved.push(rule.id().to_string()),
                Task::Exception { rule, why } => self.exceptions.push((rule.id().to_string(), *why)),
            }
        }
    }
}
