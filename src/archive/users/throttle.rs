//! Failed log-ins: written down so that the throttle survives a restart, and entered in the ledger
//! once a minute as counts, so that strangers cannot make it grow.
//!
//! A try is written down as a failure *before* the password is looked at and taken back when it was
//! right: many tries at the same time get no more guesses than one after the other, and a process
//! that is killed in the middle forgets none.

use std::sync::{Mutex, PoisonError};

use serde_json::json;

use crate::access::throttle::{
    Counted, FORGET_SECONDS, Failures, Throttle, after_failure, judge_both, wait_seconds,
};
use crate::base::moment::Moment;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::LookupToken;
use crate::store::rows::meta;
use crate::store::rows::sessions::{self, LoginFailureRow};

use crate::archive::Inner;
use crate::archive::refusal::Refusal;

/// The meta row of failures that wait to be entered: `<since, microseconds> <count>`.
pub(in crate::archive) const PENDING: &str = "logins_failed";
const MINUTE_MICROS: i64 = 60_000_000;

/// Tries that were not even looked at, since the last entry. They cost no write.
#[derive(Debug, Default)]
pub(in crate::archive) struct Tally(Mutex<Throttled>);

#[derive(Debug, Default, Clone, Copy)]
struct Throttled {
    since: Option<Moment>,
    count: u64,
}

/// What tries are counted for.
#[derive(Clone, Copy)]
pub(super) struct Places {
    /// The name that is tried, or the account.
    name: LookupToken,
    /// The network source, where there is one.
    source: Option<LookupToken>,
}

/// A try that may be looked at, written down as failed until it is settled.
#[must_use]
#[derive(Clone, Copy)]
pub(super) struct Try {
    places: Places,
    before: (Option<Failures>, Option<Failures>),
    at: Moment,
}

impl Places {
    /// Of a log-in. The tokens are keyed: the rows tell neither names nor addresses.
    pub(super) fn of_log_in(keys: &Keyring, name: &str, source: Option<&str>) -> Result<Self, Refusal> {
        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        let name = index.lookup_token("login.name", &crate::base::text::fold_name(name));
        Ok(Self { name, source: source.map(|source| index.lookup_token("login.source", source)) })
    }

    /// Of somebody who is logged in and types password or code once more.
    pub(super) fn of_user(keys: &Keyring, user: crate::base::id::UserId) -> Result<Self, Refusal> {
        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        Ok(Self { name: index.lookup_token("login.user", &user.to_string()), source: None })
    }

    fn look(self, conn: &mut Conn) -> Result<(Option<Failures>, Option<Failures>), Refusal> {
        let name = failures(conn, &self.name)?;
        let source = match &self.source {
            None => None,
            Some(source) => failures(conn, source)?,
        };
        Ok((name, source))
    }
}

impl Inner {
    /// Lets a try through, or says how long to wait.
    ///
    /// # Errors
    /// [`Refusal::Throttled`].
    pub(super) fn begin_try(&self, places: Places) -> Result<Try, Refusal> {
        let at = self.now();
        // Looked at twice: who has to wait is told so without a write.
        let seen = self.store.read(|conn| places.look(conn))?;
        let begun = match verdict(seen, at) {
            Err(refusal) => Err(refusal),
            Ok(()) => self
                .store
                .maintain(move |upkeep| {
                    let before = places.look(upkeep.conn())?;
                    verdict(before, at)?;
                    put(upkeep.conn(), &places.name, Counted::Name, after_failure(before.0, at))?;
                    if let Some(source) = &places.source {
                        put(upkeep.conn(), source, Counted::Source, after_failure(before.1, at))?;
                    }
                    Ok(Try { places, before, at })
                })
                .map_err(Refusal::from),
        };
        if let Err(Refusal::Throttled { .. }) = &begun {
            self.failed_logins.note(at);
            self.enter_failed_logins()?;
        }
        begun
    }

    /// The try was wrong: it stays written down, and is counted for the ledger.
    pub(super) fn end_failed(&self, failed: Try) -> Result<(), Refusal> {
        self.enter_failed_logins()?;
        self.store
            .maintain(move |upkeep| {
                let (since, count) = pending(upkeep.conn())?.unwrap_or((failed.at, 0));
                meta::put(
                    upkeep.conn(),
                    PENDING,
                    &format!("{} {}", since.micros(), count.saturating_add(1)),
                )?;
                Ok::<_, Refusal>(())
            })
            .map_err(Refusal::from)
    }

    /// The try came to no end, right or wrong: as if it had not been.
    pub(super) fn withdraw(&self, tried: Try) -> Result<(), Refusal> {
        self.store.maintain(move |upkeep| tried.take_back(upkeep.conn())).map_err(Refusal::from)
    }

    /// Enters the failures of a minute that is over, as counts: no names, no addresses.
    pub(in crate::archive) fn enter_failed_logins(&self) -> Result<(), Refusal> {
        let now = self.now();
        let over = |since: Moment| minute(since) < minute(now);
        let waiting = self.store.read(pending)?;
        let throttled = self.failed_logins.peek();
        if !waiting.is_some_and(|(since, _)| over(since)) && !throttled.since.is_some_and(over) {
            return Ok(());
        }
        let throttled = self.failed_logins.take();
        let archive = self.keys().archive;
        let entered = self.store.write(move |tx| {
            let waiting = pending(tx.conn())?;
            meta::put(tx.conn(), PENDING, "")?;
            let since = [waiting.map(|(since, _)| since), throttled.since].into_iter().flatten().min();
            tx.enter(EntryDraft {
                kind: EntryKind::LoginsFailed,
                subject: archive.to_string(),
                actor: Actor::System,
                facts: json!({
                    "since": since.map(Moment::to_rfc3339),
                    "throttled": throttled.count,
                    "wrong": waiting.map_or(0, |(_, count)| count),
                }),
            })?;
            Ok::<_, Refusal>(())
        });
        entered.map(|_| ()).map_err(Refusal::from)
    }
}

impl Try {
    /// The try was right: the name starts anew. The source keeps what others failed from it, or one
    /// known password would reset the count for all names.
    pub(super) fn settle(self, conn: &mut Conn) -> Result<(), Refusal> {
        sessions::clear_login_failures(conn, &self.places.name)?;
        self.take_back_one(conn, self.places.source, self.before.1, Counted::Source)
    }

    fn take_back(self, conn: &mut Conn) -> Result<(), Refusal> {
        self.take_back_one(conn, Some(self.places.name), self.before.0, Counted::Name)?;
        self.take_back_one(conn, self.places.source, self.before.1, Counted::Source)
    }

    fn take_back_one(
        self,
        conn: &mut Conn,
        place: Option<LookupToken>,
        before: Option<Failures>,
        counted: Counted,
    ) -> Result<(), Refusal> {
        let Some(place) = place else { return Ok(()) };
        let Some(present) = failures(conn, &place)? else { return Ok(()) };
        match (present.count.saturating_sub(1), before) {
            (0, _) => Ok(sessions::clear_login_failures(conn, &place)?),
            // Nobody else failed since: the last failure is the one before this try.
            (count, Some(before)) if present.last_at == self.at => {
                put(conn, &place, counted, Failures { count, last_at: before.last_at })
            }
            (count, _) => put(conn, &place, counted, Failures { count, ..present }),
        }
    }
}

impl Tally {
    fn note(&self, at: Moment) {
        let mut throttled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        throttled.since.get_or_insert(at);
        throttled.count += 1;
    }

    fn peek(&self) -> Throttled {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Throttled {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Forgets rows of which nothing counts any more.
pub(super) fn forget_old(conn: &mut Conn, now: Moment) -> Result<(), Refusal> {
    sessions::delete_login_failures_before(conn, now.plus_seconds(-FORGET_SECONDS))?;
    Ok(())
}

fn verdict((name, source): (Option<Failures>, Option<Failures>), now: Moment) -> Result<(), Refusal> {
    match judge_both(name, source, now) {
        Throttle::Proceed => Ok(()),
        // Rounded up: who comes back after the seconds told must not be told again.
        Throttle::Wait { until } => {
            Err(Refusal::Throttled { wait_seconds: until.seconds_since(now).saturating_add(1) })
        }
    }
}

fn failures(conn: &mut Conn, place: &LookupToken) -> Result<Option<Failures>, Refusal> {
    let row = sessions::login_failures(conn, place)?;
    Ok(row.map(|row| Failures { count: row.failures, last_at: row.last_at }))
}

fn put(conn: &mut Conn, place: &LookupToken, counted: Counted, failures: Failures) -> Result<(), Refusal> {
    let row = LoginFailureRow {
        name_token: *place,
        failures: failures.count,
        last_at: failures.last_at,
        locked_until: failures.last_at.plus_seconds(wait_seconds(counted, failures.count)),
    };
    Ok(sessions::put_login_failures(conn, &row)?)
}

fn pending(conn: &mut Conn) -> Result<Option<(Moment, u64)>, Refusal> {
    let Some(text) = meta::get(conn, PENDING)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let parsed = text
        .split_once(' ')
        .and_then(|(since, count)| Some((Moment::from_micros(since.parse().ok()?), count.parse().ok()?)));
    parsed.map(Some).ok_or_else(|| {
        Refusal::Store(crate::store::StoreError::Corrupt {
            table: "meta",
            id: PENDING.to_owned(),
            why: "not an instant and a count".to_owned(),
        })
    })
}

fn minute(at: Moment) -> i64 {
    at.micros().div_euclid(MINUTE_MICROS)
}
