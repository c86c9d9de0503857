//! A closure on its way through the writer, and the answer on its way back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::base::moment::Moment;

use super::backend::Conn;
use super::error::{StoreError, WriteError};
use super::savepoint::{Guard, Savepoint};
use super::tail::Entered;
use super::tx::{LogSeen, Tx, Upkeep, Written};

/// What becomes of a closure's savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Verdict {
    /// It stays.
    Keep,
    /// It is rolled back, with its entries.
    Undo,
}

/// Where a closure's entries ended up.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Place {
    pub(in crate::store) first_seq: u64,
    pub(in crate::store) count: u64,
    pub(in crate::store) checkpoint_size: u64,
}

/// A closure in the queue.
pub(in crate::store) trait Job: Send {
    /// True if the closure may enter something.
    fn enters(&self) -> bool;
    /// Who takes back what it had written when it is refused.
    fn guard(&self) -> Guard;
    /// Runs the closure, once.
    fn run(
        &mut self,
        place: (&mut Conn, &mut Savepoint),
        entered: &mut Vec<Entered>,
        at: Moment,
        log: LogSeen,
    ) -> Verdict;
    /// Answers the caller, after the group's transaction has ended.
    fn answer(self: Box<Self>, end: Result<Place, StoreError>);
}

type Outcome<T, E> = Result<T, WriteError<E>>;

/// A write that enters the ledger.
pub(in crate::store) struct WriteJob<T, E, F> {
    work: Option<F>,
    guard: Guard,
    outcome: Option<Outcome<T, E>>,
    reply: SyncSender<Outcome<Written<T>, E>>,
}

/// A change without an entry.
pub(in crate::store) struct UpkeepJob<T, E, F> {
    work: Option<F>,
    outcome: Option<Outcome<T, E>>,
    reply: SyncSender<Outcome<T, E>>,
}

impl<T, E, F> WriteJob<T, E, F> {
    pub(in crate::store) fn new(guard: Guard, work: F) -> (Self, Receiver<Outcome<Written<T>, E>>) {
        let (reply, answer) = sync_channel(1);
        (Self { work: Some(work), guard, outcome: None, reply }, answer)
    }
}

impl<T, E, F> UpkeepJob<T, E, F> {
    pub(in crate::store) fn new(work: F) -> (Self, Receiver<Outcome<T, E>>) {
        let (reply, answer) = sync_channel(1);
        (Self { work: Some(work), outcome: None, reply }, answer)
    }
}

impl<T, E, F> Job for WriteJob<T, E, F>
where
    T: Send,
    E: Send,
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn enters(&self) -> bool {
        true
    }

    fn guard(&self) -> Guard {
        self.guard
    }

    fn run(
        &mut self,
        place: (&mut Conn, &mut Savepoint),
        entered: &mut Vec<Entered>,
        at: Moment,
        log: LogSeen,
    ) -> Verdict {
        let before = entered.len();
        let outcome = guarded(self.work.take(), |work| work(&mut Tx::new(place, entered, at, log)));
        self.outcome = match outcome {
            Ok(_) if entered.len() == before => Some(Err(WriteError::NoEntry)),
            other => Some(other),
        };
        verdict(self.outcome.as_ref())
    }

    fn answer(self: Box<Self>, end: Result<Place, StoreError>) {
        let answer = settle(self.outcome, end).map(|(value, Place { first_seq, count, checkpoint_size })| {
            Written { value, first_seq, count, checkpoint_size }
        });
        send(&self.reply, answer);
    }
}

impl<T, E, F> Job for UpkeepJob<T, E, F>
where
    T: Send,
    E: Send,
    F: FnOnce(&mut Upkeep<'_>) -> Result<T, E> + Send,
{
    fn enters(&self) -> bool {
        false
    }

    fn guard(&self) -> Guard {
        Guard::Writer
    }

    fn run(
        &mut self,
        (conn, _): (&mut Conn, &mut Savepoint),
        _entered: &mut Vec<Entered>,
        at: Moment,
        log: LogSeen,
    ) -> Verdict {
        self.outcome = Some(guarded(self.work.take(), |work| work(&mut Upkeep::new(conn, at, log))));
        verdict(self.outcome.as_ref())
    }

    fn answer(self: Box<Self>, end: Result<Place, StoreError>) {
        let answer = settle(self.outcome, end).map(|(value, _)| value);
        send(&self.reply, answer);
    }
}

fn guarded<T, E, F>(work: Option<F>, call: impl FnOnce(F) -> Result<T, E>) -> Outcome<T, E> {
    let Some(work) = work else { return Err(WriteError::Store(StoreError::Closed)) };
    // What the closure shares with the writer is rolled back; nothing half-done is looked at again.
    match catch_unwind(AssertUnwindSafe(|| call(work))) {
        Ok(outcome) => outcome.map_err(WriteError::Refused),
        Err(_) => Err(WriteError::Panicked),
    }
}

fn verdict<T, E>(outcome: Option<&Outcome<T, E>>) -> Verdict {
    if matches!(outcome, Some(Ok(_))) { Verdict::Keep } else { Verdict::Undo }
}

// A refusal may rest on what another closure of the group had written. If the group came to nothing,
// so did its reason: the caller hears of the group's failure and may try again.
fn settle<T, E>(outcome: Option<Outcome<T, E>>, end: Result<Place, StoreError>) -> Outcome<(T, Place), E> {
    match (outcome, end) {
        (Some(Err(WriteError::Panicked)), _) => Err(WriteError::Panicked),
        (_, Err(error)) => Err(WriteError::Store(error)),
        (Some(outcome), Ok(place)) => outcome.map(|value| (value, place)),
        (None, Ok(_)) => Err(WriteError::Store(StoreError::Closed)),
    }
}

fn send<T>(reply: &SyncSender<T>, answer: T) {
    // The caller waits for exactly this; if its thread is gone, nobody is left to tell.
    drop(reply.send(answer));
}
