//! Judges again what a change touched or a day made due, and everything when other policies come into force.
//! The ledger says what changed: how far it was followed is kept, so that whoever goes on after a crash, or on
//! another node, leaves nothing out.

use std::collections::BTreeSet;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::access::permission::{Action, Resource};
use crate::archive::caller::Caller;
use crate::archive::descriptors;
use crate::archive::events::{Reaching, keys_of_facts, tokens_of_facts};
use crate::archive::records::Ledgered;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, Inner};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{CaseId, RecordId};
use crate::base::moment::Moment;
use crate::ledger::entry::{self, EntryKind};
use crate::record::state::RecordState;
use crate::retention::{End, Facts, Now, Schedule, Verdict, judge, wakes_at};
use crate::seal::cell;
use crate::store::rows::records::{RecordFilter, RecordRow};
use crate::store::rows::retention::RetentionRow;
use crate::store::rows::{LookupToken, ledger, meta, records, retention};
use crate::store::{Conn, StoreError};

use super::guards::Guards;
use super::materialise::{events_of, materialise, with_closing};
use super::queue::Queue;
use super::rules::Rules;
use super::stored::{Stored, context};

/// The meta row that says up to which entry the ledger was followed.
pub(in crate::archive) const JUDGED_ROW: &str = "retention_judged";
/// Records that are judged in one turn.
const BATCH: u32 = 64;
/// Entries that are read in one turn.
const ENTRIES: u32 = 256;
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
struct Turn<'t> {
    inner: &'t Inner,
    rules: &'t [Rules],
    schedule: &'t Schedule,
    now: Moment,
}

/// What is written of a record.
enum Outcome {
    Kept(RetentionRow, Vec<LookupToken>, Vec<&'static str>),
    Judged(RecordId, Verdict, Option<Moment>, Vec<&'static str>),
    Forgotten(RecordId),
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
        let deadline = Instant::now().checked_add(longest);
        let _working = self.inner.judging_work.lock().unwrap_or_else(PoisonError::into_inner);
        while self.inner.judge_turn()? {
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Ok(false);
            }
        }
        Ok(true)
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
        Ok(rules.last().map_or_else(|| Digest::of(b""), |rules| rules.schedule.policy().hash))
    }

    /// One turn; true if there may be more to do.
    fn judge_turn(&self) -> Result<bool, Refusal> {
        let now = self.now();
        let rules = self.rules(now)?;
        let Some(last) = rules.last() else { return Ok(false) };
        let turn = Turn { inner: self, rules: &rules, schedule: &last.schedule, now };
        if self.keys().identity.is_none() {
            return Err(Refusal::NoKey("service identity"));
        }
        let (outcomes, changes) = self.store.read(|conn| turn.read(conn))?;
        let more = !outcomes.is_empty() || changes.followed.is_some();
        if !more {
            return Ok(false);
        }
        let written = self.store.maintain(move |upkeep| {
            let conn = upkeep.conn();
            for outcome in &outcomes {
                match outcome {
                    Outcome::Kept(row, keys, queues) => retention::put(conn, row, keys, queues)?,
                    Outcome::Judged(record, verdict, wake_at, queues) => retention::judged(
                        conn,
                        *record,
                        (verdict.state().as_str(), verdict.restricted),
                        (now, *wake_at),
                        queues,
                    )?,
                    Outcome::Forgotten(record) => retention::forget(conn, *record)?,
                }
            }
            for token in &changes.woken {
                retention::wake(conn, Some(token), now)?;
            }
            if changes.all {
                retention::wake(conn, None, now)?;
            }
            if let Some(followed) = changes.followed {
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
        (record, row, schedule): (&RecordRow, &RetentionRow, &Schedule),
        at: Moment,
    ) -> Result<Option<Judged>, Refusal> {
        let hash = schedule.policy().hash;
        if row.policy != hash || row.version != record.version || row.sealed.is_empty() {
            return Ok(None);
        }
        let keys = self.keys();
        let version_keys = descriptors::version_keys(&keys, conn, record.id, record.version)?;
        let context = context(record.id, record.version, hash);
        // What cannot be opened is made anew.
        let Ok(plain) = cell::open_under(&version_keys.key, &context, &row.sealed) else { return Ok(None) };
        let Some(stored) = Stored::parse(plain.expose()) else { return Ok(None) };
        let events = events_of((self, ledger), conn, reaching, (&stored.keys, schedule))?;
        let facts = stored.to_facts(record.id, hash, with_closing(events, stored.closed));
        let guards = Guards::over(self, conn, record)?;
        let verdict = judge(&facts, schedule, &guards.holds, &guards.locks, Now::sane(at));
        Ok(Some(Judged { facts, guards, verdict }))
    }
}

/// What the ledger says has changed.
#[derive(Default)]
struct Changes {
    records: BTreeSet<RecordId>,
    woken: Vec<LookupToken>,
    all: bool,
    followed: Option<u64>,
}

fn followed(conn: &mut Conn) -> Result<u64, StoreError> {
    Ok(meta::get(conn, JUDGED_ROW)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

impl Turn<'_> {
    fn read(&self, conn: &mut Conn) -> Result<(Vec<Outcome>, Changes), Refusal> {
        let changes = changes(conn)?;
        let mut outcomes = Vec::new();
        let ledger = self.inner.ledgered(conn)?;
        let mut reaching = Reaching::default();
        for record in &changes.records {
            outcomes.push(self.made(&ledger, conn, &mut reaching, *record)?);
        }
        if changes.followed.is_some() {
            return Ok((outcomes, changes));
        }
        let policy = self.schedule.policy().hash;
        let mut pending = retention::awake(conn, self.now, BATCH)?;
        if pending.is_empty() && retention::count_under(conn, policy)? < records::count_all(conn)? {
            pending = retention::not_under(conn, policy, None, BATCH)?;
        }
        for record in pending {
            outcomes.push(self.again(&ledger, conn, &mut reaching, record)?);
        }
        Ok((outcomes, changes))
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
            let of = (&record, &row, self.schedule);
            match self.inner.judged_from_kept((ledger, conn), reaching, of, self.now) {
                Ok(Some(judged)) => {
                    let wake_at = self.wakes_at(&judged.verdict, &judged.facts, &judged.guards);
                    let (kept, queues) = judged.guards.kept(&judged.facts, self.schedule, self.now);
                    return Ok(Outcome::Judged(id, kept, wake_at, queues));
                }
                Ok(None) | Err(Refusal::Damaged(_)) => {}
                Err(other) => return Err(other),
            }
        }
        self.made(ledger, conn, reaching, id)
    }

    /// Materialises and judges a record.
    fn made(
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
        let verdict = judge(&facts, self.schedule, &guards.holds, &guards.locks, Now::sane(self.now));
        let (kept, queues) = guards.kept(&facts, self.schedule, self.now);
        let policy = self.schedule.policy().hash;
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
            policy: self.schedule.policy().hash,
            sealed: Vec::new(),
            state: RecordState::Active.as_str().to_owned(),
            restricted: false,
            judged_at: self.now,
            wake_at: Some(self.now.plus_seconds(DAMAGED_SECONDS)),
        }
    }

    /// When it has to be judged again. Where a date rests on somebody's birth, nothing that follows from it stands
    /// in clear: the record is judged every day.
    fn wakes_at(&self, verdict: &Verdict, facts: &Facts, guards: &Guards) -> Option<Moment> {
        if self.schedule.rests_on_birth(&facts.versions) {
            let today = CivilDate::of(self.now, Zone::SHANGHAI).ok()?;
            return End::of_day(today, Zone::SHANGHAI).from();
        }
        wakes_at(verdict, facts, self.schedule, &guards.holds, &guards.locks)
    }
}

/// What the entries behind those that were followed say.
fn changes(conn: &mut Conn) -> Result<Changes, Refusal> {
    let from = followed(conn)?;
    let mut changes = Changes::default();
    let entries = ledger::entries_from(conn, from, ENTRIES)?;
    for row in &entries {
        // In small turns: a long one would keep captures waiting.
        if changes.records.len() >= BATCH as usize {
            break;
        }
        match row.kind {
            EntryKind::Captured
            | EntryKind::Amended
            | EntryKind::SegmentCaptured
            | EntryKind::EntryErased => changes.records.extend(RecordId::parse(&row.subject).ok()),
            EntryKind::CaseChanged | EntryKind::CaseEvent | EntryKind::CaseEventCancelled => {
                if let Ok(case) = CaseId::parse(&row.subject) {
                    changes.records.extend(records::of_case(conn, case)?.into_iter().map(|row| row.id));
                }
            }
            EntryKind::EventRecorded => {
                let entry = entry::decode(&row.body)?;
                changes.woken.extend(tokens_of_facts(entry.facts.get("event")));
                let keys = keys_of_facts(entry.facts.get("event"));
                changes.all |= keys.iter().any(|(name, _)| name == "all");
            }
            // Over which records a hold stands is asked of each.
            EntryKind::HoldPlaced | EntryKind::HoldReleased => changes.all = true,
            _ => {}
        }
        changes.followed = Some(row.seq + 1);
    }
    Ok(changes)
}
