//! Replacing keys as a job: a rotation or an epoch turn goes on beside the requests, survives a restart,
//! and can be broken off between two batches; the next one takes it up where it stopped.
//!
//! Both work on the archive's one set of keys, so one of them goes on at a time. The entry that says
//! that it is done and the end of the job are one transaction.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::keys::{EpochTurn, Replace, Replaced as _, Rotation};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::JobId;
use crate::ledger::entry::Actor;
use crate::store::rows::jobs;
use crate::store::{Tx, WalTruncation};

use super::order::{enter_job_end, order};
use super::{End, Job, JobKind, JobState, NewJob, Outcome, ResultSealing, Running, Ticket};

/// The kinds of which one goes on at a time.
const ALONE: [&str; 2] = [JobKind::RotateKeys.as_str(), JobKind::TurnEpoch.as_str()];

impl Archive {
    /// Asks for a rotation: new recipients, every header wrapped to them.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::WrongState`] while keys are being replaced already.
    pub fn begin_rotation(&self, caller: &Caller, replace: Replace) -> Result<Job, Refusal> {
        let word = word_of(replace);
        let generation = self.inner.keys().recipients.generation;
        self.begin_keys(caller, Action::Rotate, JobKind::RotateKeys, format!("{word}/{generation}"))
    }

    /// Asks for an epoch turn: every cell sealed under a fresh key, the keys before destroyed. Copies in
    /// escrow places are for the command line on the machine itself.
    ///
    /// # Errors
    /// As [`Archive::begin_rotation`].
    pub fn begin_epoch_turn(&self, caller: &Caller) -> Result<Job, Refusal> {
        let epoch = self.inner.keys().current_epoch().ok_or(Refusal::NoKey("epoch key"))?.number;
        self.begin_keys(caller, Action::TurnEpoch, JobKind::TurnEpoch, format!("epoch/{epoch}"))
    }

    /// `subject` says what holds now: who takes the job up again sees by it what was done already.
    fn begin_keys(
        &self,
        caller: &Caller,
        action: Action,
        kind: JobKind,
        subject: String,
    ) -> Result<Job, Refusal> {
        let ask = (action, Resource::Keys);
        let may = caller.warrant_at_the_machine(ask, Thing::Archive, self.inner.now())?;
        let id = JobId::generate(self.inner.now(), self.inner.entropy.as_ref());
        let new = NewJob { id, kind, subject, by: caller.user(), total: 0 };
        let actor = caller.actor();
        let ordered = self.inner.write_as(caller, may, move |tx, _| {
            if jobs::count_open_of(tx.conn(), &ALONE)? > 0 {
                return Err(Refusal::KeysBusy);
            }
            order(tx, new, actor)
        });
        ordered.map_err(Refusal::from)?;
        self.inner.job_bell.ring();
        self.show_job(caller, id)
    }

    pub(super) fn run_rotation(&self, running: &Running) -> Result<(), Refusal> {
        let (word, before) = subject_of(&running.job)?;
        let replace = replace_of(word).ok_or(Refusal::Damaged(Thing::Job))?;
        let actor = Actor::User(running.job.created_by);
        let keys = self.inner.keys();
        let generation = keys.recipients.generation;
        let is_done = keys.previous_recipients.is_none() && generation > before;
        drop(keys);
        let rotation = match is_done {
            // The process ended between the last key file and the entry.
            true => Rotation { generation, headers: 0, service_identity: None, recovery_identity: None },
            false => {
                let source = self.inner.identity.clone();
                let mut step = |done, total| running.ticket.step(done, total);
                self.replace_recipients(actor, replace, &source, &mut step)?
            }
        };
        let name = |path: &Option<std::path::PathBuf>| path.as_deref().map(file_name);
        let result = json!({
            "generation": rotation.generation,
            "headers": rotation.headers,
            "service_identity": name(&rotation.service_identity),
            "recovery_identity": name(&rotation.recovery_identity),
        });
        let inner = Arc::clone(&self.inner);
        self.end_keys(running, "rotation.json", &result, move |tx| rotation.enter(&inner, tx, actor))
    }

    pub(super) fn run_turn(&self, running: &Running) -> Result<(), Refusal> {
        let (_, before) = subject_of(&running.job)?;
        let actor = Actor::User(running.job.created_by);
        let keys = self.inner.keys();
        let epoch = keys.current_epoch().ok_or(Refusal::NoKey("epoch key"))?.number;
        let is_done = keys.epochs.len() == 1 && epoch > before;
        drop(keys);
        let turn = match is_done {
            true => {
                let overwritten = self.inner.store.wal_checkpoint_truncate()? == WalTruncation::Done;
                EpochTurn { epoch, destroyed: Vec::new(), cells: 0, overwritten }
            }
            false => {
                let mut step = |done, total| running.ticket.step(done, total);
                self.replace_epoch(actor, &[], &mut step)?
            }
        };
        let result = json!({
            "epoch": turn.epoch, "destroyed": turn.destroyed, "cells": turn.cells,
            "overwritten": turn.overwritten,
        });
        let inner = Arc::clone(&self.inner);
        self.end_keys(running, "epoch-turn.json", &result, move |tx| turn.enter(&inner, tx, actor))
    }

    /// Seals what came of it, and writes entry and end together. From here on nothing stops it: the keys
    /// are replaced.
    fn end_keys(
        &self,
        running: &Running,
        name: &str,
        result: &Value,
        enter: impl FnOnce(&mut Tx<'_>) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        let text = result.to_string();
        let outcome = Outcome { name: name.to_owned(), media_type: "application/json" };
        let mut bytes = text.as_bytes();
        // Not the job's own ticket: who stops it now comes too late, and the entry has to be written.
        let sealed = ResultSealing::seal(&self.inner, &running.job, outcome, &mut bytes, &Ticket::default())?;
        let (ending, inner) = (running.ending(), Arc::clone(&self.inner));
        let (id, actor) = (running.job.id, Actor::User(running.job.created_by));
        let ended = self.inner.store.write(move |tx| {
            let at = tx.at();
            // The keys are replaced, and who ordered it was vouched for when it was taken up: that is
            // entered whatever became of the row since.
            enter(tx)?;
            let is_vouched = match inner.must_be_vouched(tx, &Bound::Job(id), Thing::Job) {
                Ok(()) => true,
                Err(Refusal::Damaged(_)) => false,
                Err(refusal) => return Err(refusal),
            };
            let row = jobs::get(tx.conn(), id)?;
            let is_ours = is_vouched
                && row.is_some_and(|row| {
                    row.state == JobState::Running && row.attempts == ending.attempt.attempts
                });
            if is_ours {
                let result = sealed.end_job(tx.conn(), ending, at)?;
                enter_job_end(tx, id, actor, End::Done(result))?;
            }
            Ok::<_, Refusal>(is_ours.then_some(sealed))
        });
        if let Some(sealed) = ended.map_err(Refusal::from)?.value {
            sealed.keep();
        }
        Ok(())
    }
}

const fn word_of(replace: Replace) -> &'static str {
    match replace {
        Replace::Service => "service",
        Replace::Recovery => "recovery",
        Replace::Both => "both",
    }
}

/// The word of what is replaced.
pub fn replace_of(word: &str) -> Option<Replace> {
    [Replace::Service, Replace::Recovery, Replace::Both].into_iter().find(|one| word_of(*one) == word)
}

fn subject_of(job: &Job) -> Result<(&str, u32), Refusal> {
    let parts = job.subject.split_once('/').and_then(|(word, number)| Some((word, number.parse().ok()?)));
    parts.ok_or(Refusal::Damaged(Thing::Job))
}

/// Where keys lie is for those on the machine to know: the name goes out, the folder does not.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
