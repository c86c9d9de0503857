//! Judges again what a change touched or a day made due, and everything when other policies come into force.
//! The ledger says what changed: how far it was followed is kept, so that whoever goes on after a crash, or on
//! another node, leaves nothing out.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::access::permission::{Action, Resource};
use crate::archive::caller::Caller;
use crate::archive::descriptors;
use crate::archive::disposition::assigned;
use crate::archive::events::Reaching;
use crate::archive::holds::{Asks, HoldWord};
use crate::archive::records::Ledgered;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, Inner};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::record::hold::HoldMode;
use crate::record::state::RecordState;
use crate::retention::{End, Facts, Now, State, Verdict, judge, wakes_at};
use crate::seal::cell;
use crate::store::rows::records::{RecordFilter, RecordRow};
use crate::store::rows::retention::RetentionRow;
use crate::store::rows::{LookupToken, ledger, meta, records, retention};
use crate::store::{Conn, StoreError};

use super::guards::Guards;
use super::materialise::{events_of, materialise, with_closing};
use super::queue::Queue;
use super::rules::{Rules, rest_on_words};
use super::stored::{Stored, context};
use super::touched::Touched;

/// The meta row that says up to which entry the ledger was followed.
pub(in crate::archive) const JUDGED_ROW: &str = "retention_judged";
/// Records that are judged in one turn.
const BATCH: u32 = 64;
/// The meta row that says on which day live holds were last looked for in all records.
pub(in crate::archive) const NIGHTLY_ROW: &str = "retention_nightly";
/// How often the judge looks without being rung for: clocks are set, and a day has no bell.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// The same where other nodes take records in.
const LOOK_AT_OTHERS: Duration = Duration::from_secs(15);
/// How long somebody waits for what is pending.
const PATIENCE: Duration = Duration::from_secs(20);
/// After how long a record that is damaged is looked at again.
const DAMAGED_SECONDS: i64 = 24 * 3_600;

/// How far the archive has been judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgingProgress {
    /// Records in the reader's reach.
    pub records: u64,
    /// Those of them that were judged under the policies in force.
    pub judged: u64,
    /// Entries of the ledger that were not followed yet.
    pub entries_behind: u64,
}

/// With what one turn judges.
pub(super) struct Turn<'t> {
    inner: &'t Inner,
    rules: &'t [Rules],
    last: &'t Rules,
    now: Moment,
}

/// What is written of a record.
pub(super) enum Outcome {
    Kept(RetentionRow, Vec<LookupToken>, Vec<&'static str>),
    /// Where it stands, whether it is restricted, when it is judged again, and on which lists it is.
    Judged(RecordId, (State, bool), Option<Moment>, Vec<&'static str>),
    Forgotten(RecordId),
}

/// What one turn has found.
struct Read {
    outcomes: Vec<Outcome>,
    touched: Touched,
    /// If another day began for live holds.
    night: Option<Night>,
}

/// A day on which live holds are looked for.
struct Night {
    today: CivilDate,
    /// True if they are looked for in every record; not where they were never looked for before.
    everywhere: bool,
}

/// A record as it was judged from what is kept, by all that stands guard over it.
pub(super) struct Judged {
    pub facts: Facts,
    pub guards: Guards,
    pub verdict: Verdict,
}

impl Archive {
    /// Judges what is pending, for at most so long; true if nothing is left.
    ///
    /// # Errors
    /// No identity or index keys on this node, or the database refuses.
    pub fn judge_pending(&self, longest: Duration) -> Result<bool, Refusal> {
        self.judge_between(longest, || {})
    }

    /// The same, with something done before each turn.
    ///
    /// # Errors
    /// As [`Archive::judge_pending`].
    pub(in crate::archive) fn judge_between(
        &self,
        longest: Duration,
        between: impl Fn(),
    ) -> Result<bool, Refusal> {
        let deadline = Instant::now().checked_add(longest);
        let _working = self.inner.judging_work.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            between();
            if !self.inner.judge_turn()? {
                return Ok(true);
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Ok(false);
            }
        }
    }

    /// After how long a day makes something due, if nobody rings before.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(in crate::archive) fn next_judging(&self) -> Result<Duration, Refusal> {
        let next = self.inner.store.read(|conn| retention::next_wake(conn).map_err(Refusal::from))?;
        let longest = if self.inner.store.is_shared() { LOOK_AT_OTHERS } else { LOOK_AGAIN };
        let seconds = next.map(|at| at.seconds_since(self.inner.now()).max(1).unsigned_abs());
        Ok(seconds.map_or(longest, |seconds| Duration::from_secs(seconds).min(longest)))
    }

    /// Judges all that is pending, so that what is told is of now.
    pub(in crate::archive) fn judge_all_pending(&self) -> Result<(), Refusal> {
        match self.judge_pending(PATIENCE)? {
            true => Ok(()),
            false => Err(Refusal::TooBusy { wait_seconds: 10 }),
        }
    }

    /// How far the archive has been judged.
    ///
    /// # Errors
    /// Not permitted, or the database cannot be read.
    pub fn judging_progress(&self, caller: &Caller) -> Result<JudgingProgress, Refusal> {
        let now = self.inner.now();
        let ask = (Action::List, Resource::Disposition);
        let reach = caller.reach(ask.0, ask.1, now);
        if reach.is_nothing() {
            return Err(caller.forbidden(ask));
        }
        let policy = self.inner.policy_hash(now)?;
        let within = crate::archive::records::within(caller, reach);
        self.inner.store.read(|conn| {
            let followed = followed(conn)?;
            Ok(JudgingProgress {
                records: records::count(
                    conn,
                    &RecordFilter { within: within.clone(), ..RecordFilter::default() },
                )?,
                judged: retention::count_under_within(conn, policy, within.as_ref())?,
                entries_behind: ledger::count(conn)?.saturating_sub(followed),
            })
        })
    }
}

impl Inner {
    /// By which the rules in force are known.
    pub(super) fn policy_hash(&self, now: Moment) -> Result<Digest, Refusal> {
        let rules = self.rules(now)?;
        Ok(rules.last().map_or_else(|| Digest::of(b""), |rules| rules.under))
    }

    /// One turn; true if there may be more to do.
    fn judge_turn(&self) -> Result<bool, Refusal> {
        let now = self.now();
        let rules = self.rules(now)?;
        let Some(last) = rules.last() else { return Ok(false) };
        let turn = Turn { inner: self, rules: &rules, last, now };
        if self.keys().identity.is_none() {
            return Err(Refusal::NoKey("service identity"));
        }
        let Read { outcomes, touched, night } = self.store.read(|conn| turn.read(conn))?;
        let more = !outcomes.is_empty() || touched.followed.is_some() || night.is_some();
        if !more {
            return Ok(false);
        }
        let written = self.store.maintain(move |upkeep| {
            let conn = upkeep.conn();
            for outcome in &outcomes {
                match outcome {
                    Outcome::Kept(row, keys, queues) => retention::put(conn, row, keys, queues)?,
                    Outcome::Judged(record, (state, restricted), wake_at, queues) => retention::judged(
                        conn,
                        *record,
                        (state.as_str(), *restricted),
                        (now, *wake_at),
                        queues,
                    )?,
                    Outcome::Forgotten(record) => retention::forget(conn, *record)?,
                }
            }
            for token in &touched.tokens {
                retention::wake(conn, Some(token), now)?;
            }
            let guarded: Vec<RecordId> = touched.guarded.iter().copied().collect();
            retention::wake_records(conn, &guarded, now)?;
            if touched.reviewed {
                retention::wake_queue(conn, Queue::ReviewOverdue.as_str(), now)?;
            }
            let everywhere = night.as_ref().is_some_and(|night| night.everywhere);
            if touched.any_facts || touched.any_guard || everywhere {
                retention::wake(conn, None, now)?;
            }
            if let Some(night) = &night {
                meta::put(conn, NIGHTLY_ROW, &night.today.to_string())?;
            }
            if let Some(followed) = touched.followed {
                meta::put(conn, JUDGED_ROW, &followed.to_string())?;
            }
            Ok::<_, StoreError>(())
        });
        written.map_err(|error| Refusal::Store(error.into_cause()))?;
        Ok(true)
    }

    /// Judges a record as of an instant, from what is kept of it; `None` if nothing is.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if what is kept cannot be opened, or an event is not as the ledger says.
    pub(super) fn judged_from_kept(
        &self,
        (ledger, conn): (&Ledgered<'_>, &mut Conn),
        reaching: &mut Reaching,
        (record, row, rules): (&RecordRow, &RetentionRow, &Rules),
        at: Moment,
    ) -> Result<Option<Judged>, Refusal> {
        let schedule = rules.schedule.as_ref();
        if row.policy != rules.under || row.version != record.version || row.sealed.is_empty() {
            return Ok(None);
        }
        let keys = self.keys();
        let version_keys = descriptors::version_keys(&keys, conn, record.id, record.version)?;
        let context = context(record.id, record.version, rules.under);
        // What cannot be opened is made anew.
        let Ok(plain) = cell::open_under(&version_keys.key, &context, &row.sealed) else { return Ok(None) };
        let Some(stored) = Stored::parse(plain.expose()) else { return Ok(None) };
        let events = events_of((self, ledger), conn, reaching, (&stored.keys, schedule))?;
        let under = schedule.policy().hash;
        let mut facts = stored.to_facts(record.id, under, with_closing(events, stored.closed));
        facts.assignment = assigned(ledger, conn, record.id)?;
        let guards = Guards::over(self, conn, record)?;
        let verdict = judge(&facts, schedule, &guards.holds, &guards.locks, Now::sane(at));
        Ok(Some(Judged { facts, guards, verdict }))
    }
}

/// Up to which entry the ledger was followed. A row that says more than there is was not written by the judge: the
/// ledger is followed from its beginning.
pub(super) fn followed(conn: &mut Conn) -> Result<u64, StoreError> {
    let said: u64 = meta::get(conn, JUDGED_ROW)?.and_then(|text| text.parse().ok()).unwrap_or(0);
    if said <= ledger::count(conn)? {
        return Ok(said);
    }
    tracing::error!(said, "the ledger is said to be followed beyond its end: it is followed anew");
    Ok(0)
}

impl<'t> Turn<'t> {
    /// With the last of these rules.
    pub(super) fn of(inner: &'t Inner, rules: &'t [Rules], now: Moment) -> Option<Self> {
        rules.last().map(|last| Self { inner, rules, last, now })
    }

    /// By which what it judges is known.
    pub(super) fn under(&self) -> Digest {
        self.last.under
    }
}

impl Turn<'_> {
    fn read(&self, conn: &mut Conn) -> Result<Read, Refusal> {
        let from = followed(conn)?;
        let touched = Touched::read(self.inner, conn, from, BATCH as usize)?;
        let mut outcomes = Vec::new();
        let ledger = self.inner.ledgered(conn)?;
        let mut reaching = Reaching::default();
        for record in &touched.records {
            outcomes.push(self.made(&ledger, conn, &mut reaching, *record)?);
        }
        let night = self.night(conn)?;
        if touched.followed.is_some() || night.is_some() {
            return Ok(Read { outcomes, touched, night });
        }
        let policy = self.last.under;
        let mut pending = retention::awake(conn, self.now, BATCH)?;
        if pending.is_empty() && retention::count_under(conn, policy)? < records::count_all(conn)? {
            pending = retention::not_under(conn, policy, None, BATCH)?;
        }
        for record in pending {
            outcomes.push(self.again(&ledger, conn, &mut reaching, record)?);
        }
        Ok(Read { outcomes, touched, night })
    }

    /// Today, if live holds were not looked for on it yet: once a day, where one goes by what only records
    /// themselves tell. What the day before could not be read may be found now.
    fn night(&self, conn: &mut Conn) -> Result<Option<Night>, Refusal> {
        let asks = |word: &HoldWord| {
            let Asks { parties, fields, query } = word.asks;
            word.mode == HoldMode::Live && word.released.is_none() && (parties || fields || query)
        };
        if !self.inner.holds_known().iter().any(|(_, word)| asks(word)) {
            return Ok(None);
        }
        let today = CivilDate::of(self.now, Zone::SHANGHAI).ok();
        let last = meta::get(conn, NIGHTLY_ROW)?.and_then(|text| CivilDate::parse(&text).ok());
        let today = today.filter(|today| last != Some(*today));
        Ok(today.map(|today| Night { today, everywhere: last.is_some() }))
    }

    /// Judges from what is kept, or makes it anew where that is not enough.
    fn again(
        &self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        reaching: &mut Reaching,
        id: RecordId,
    ) -> Result<Outcome, Refusal> {
        let kept = records::get(conn, id)?.zip(retention::get(conn, id)?);
        if let Some((record, row)) = kept {
            let of = (&record, &row, self.last);
            match self.inner.judged_from_kept((ledger, conn), reaching, of, self.now) {
                Ok(Some(judged)) => {
                    let wake_at = self.wakes_at(&judged.verdict, &judged.facts, &judged.guards);
                    let schedule = &self.last.schedule;
                    let (kept, queues) = judged.guards.kept(&judged.facts, schedule, self.now);
                    let stands = (kept.state(), kept.restricted);
                    return Ok(Outcome::Judged(id, stands, wake_at, queues));
                }
                Ok(None) | Err(Refusal::Damaged(_)) => {}
                Err(other) => return Err(other),
            }
        }
        self.made(ledger, conn, reaching, id)
    }

    /// Materialises and judges a record.
    pub(super) fn made(
        &self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        reaching: &mut Reaching,
        id: RecordId,
    ) -> Result<Outcome, Refusal> {
        let Some(record) = records::get(conn, id)? else { return Ok(Outcome::Forgotten(id)) };
        let is_openable = RecordState::from_row(&record.state).is_some_and(RecordState::is_openable);
        if !is_openable {
            // Entries brought it there: nothing is left to be judged.
            let row = RetentionRow { state: record.state.clone(), wake_at: None, ..self.unjudged(&record) };
            return Ok(Outcome::Kept(row, Vec::new(), Vec::new()));
        }
        let made = self.facts(ledger, conn, reaching, &record);
        match made {
            Ok(outcome) => Ok(outcome),
            Err(Refusal::Damaged(_) | Refusal::Seal(_) | Refusal::Store(StoreError::Corrupt { .. })) => {
                tracing::error!(record = %id, "not as the ledger says: it is not judged; run muniment verify");
                Ok(self.damaged(&record))
            }
            Err(other) => Err(other),
        }
    }

    fn facts(
        &self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        reaching: &mut Reaching,
        record: &RecordRow,
    ) -> Result<Outcome, Refusal> {
        let (known, facts) = materialise((self.inner, ledger), conn, reaching, (record, self.rules))?;
        let guards = Guards::over(self.inner, conn, record)?;
        let schedule = &self.last.schedule;
        let verdict = judge(&facts, schedule, &guards.holds, &guards.locks, Now::sane(self.now));
        let (kept, queues) = guards.kept(&facts, schedule, self.now);
        let policy = self.last.under;
        let keys = self.inner.keys();
        let version_keys = descriptors::version_keys(&keys, conn, record.id, record.version)?;
        let plain = Stored::of(&facts, &known).to_bytes();
        let context = context(record.id, record.version, policy);
        let entropy = self.inner.entropy.as_ref();
        let row = RetentionRow {
            record_id: record.id,
            version: record.version,
            policy,
            sealed: cell::seal_under(&version_keys.key, &context, plain.expose(), entropy),
            state: kept.state().as_str().to_owned(),
            restricted: kept.restricted,
            judged_at: self.now,
            wake_at: self.wakes_at(&verdict, &facts, &guards),
        };
        let tokens = known.keys.iter().map(|(_, token)| *token).collect();
        Ok(Outcome::Kept(row, tokens, queues))
    }

    fn damaged(&self, record: &RecordRow) -> Outcome {
        Outcome::Kept(self.unjudged(record), Vec::new(), vec![Queue::Damaged.as_str()])
    }

    /// What is kept of a record that cannot be judged.
    fn unjudged(&self, record: &RecordRow) -> RetentionRow {
        RetentionRow {
            record_id: record.id,
            version: record.version,
            policy: self.last.under,
            sealed: Vec::new(),
            state: RecordState::Active.as_str().to_owned(),
            restricted: false,
            judged_at: self.now,
            wake_at: Some(self.now.plus_seconds(DAMAGED_SECONDS)),
        }
    }

    /// When it has to be judged again. Where a date stands in what is sealed of the record, as a birth does, nothing
    /// that follows from it stands in clear: the record is judged every day.
    fn wakes_at(&self, verdict: &Verdict, facts: &Facts, guards: &Guards) -> Option<Moment> {
        if rest_on_words(self.rules, facts) {
            let today = CivilDate::of(self.now, Zone::SHANGHAI).ok()?;
            return End::of_day(today, Zone::SHANGHAI).from();
        }
        wakes_at(verdict, facts, &self.last.schedule, &guards.holds, &guards.locks)
    }
}
