//! Erases entries of a bulk log: the others stay where they are, and prove against the entry that captured them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::approvals::Step;
use crate::archive::caller::Caller;
use crate::archive::exports::withdraw;
use crate::archive::holds::Part;
use crate::archive::jobs::remove_result;
use crate::archive::receipt::LedgerPlace;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::stage::{Declared, Staged};
use crate::base::id::{ApprovalId, ComponentId, RecordId};
use crate::blob::BlobError;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::seal::commitment::CommitmentKey;
use crate::store::WalTruncation;
use crate::store::rows::components::Place;
use crate::store::rows::records;

use super::gate::{Doomed, is_stopped, may_destroy};
use super::read::Rewriting;
use super::request::{ErasureRequest, Permitted};
use super::rewrite::Grounds;

/// How often the log is read anew because the indexes changed meanwhile.
const TRIES: usize = 5;

/// Entries that were erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The log.
    pub record: RecordId,
    /// Their numbers, from 0.
    pub entries: BTreeSet<u64>,
    /// How many entries are left.
    pub left: u64,
    /// Where it stands in the ledger.
    pub ledger: LedgerPlace,
    /// Packages with one of the entries in them that were waiting to be fetched: nobody can fetch them any more.
    pub withdrawn: u64,
    /// False while the database's own log, or its backups, still hold the old rows in sealed form: after the next
    /// turn of the epoch they are noise.
    pub overwritten: bool,
}

impl Archive {
    /// Erases entries of a bulk log for good, by the approval of a second person. Their words and every key that
    /// opened them are gone; their numbers and leaves stay, so that the others prove as before.
    ///
    /// # Errors
    /// [`Refusal::NeedsSecondPerson`] or [`Refusal::OnePersonArchive`] without an approval, what the gate refuses
    /// (`may_destroy`), [`Refusal::Erased`] for entries that are gone already; [`Refusal::Stale`] or
    /// [`Refusal::TooBusy`] if others change the same log.
    pub fn erase_entries(
        &self,
        caller: &Caller,
        request: &ErasureRequest,
        approval: Option<ApprovalId>,
    ) -> Result<Erasure, Refusal> {
        for _ in 0..TRIES {
            let Permitted { may, row, target } =
                self.inner.store.read(|conn| request.find(self, conn, caller))?;
            let Some(approval) = approval else {
                return Err(self.needs_another(caller, may, request, target));
            };
            let by = caller.user();
            let (note, read) = self.inner.store.read(|conn| {
                let note = self.inner.reason_asked(conn, approval, by)?;
                Ok::<_, Refusal>((note, Rewriting::read(&self.inner, conn, row, &request.entries)?))
            })?;
            let staged = self.stage_rewritten(&read)?;
            match self.write_erasure((caller, may), (request, approval, note), (read, staged), target) {
                Err(Refusal::Stale) => {}
                Err(refusal) if is_stopped(&refusal) => {
                    self.enter_stopped(caller, request)?;
                    return Err(refusal);
                }
                done => return done,
            }
        }
        Err(Refusal::TooBusy { wait_seconds: 1 })
    }

    /// Enters that something stood against it. What it was is not said: whoever reads the entry may not know.
    fn enter_stopped(&self, caller: &Caller, request: &ErasureRequest) -> Result<(), Refusal> {
        let draft = EntryDraft {
            kind: EntryKind::DispositionRefused,
            subject: request.record.to_string(),
            actor: caller.actor(),
            facts: json!({"action": TwoPersonAction::Destroy.as_str(), "entries": request.entries.len()}),
        };
        self.inner.store.write(move |tx| Ok::<_, Refusal>(tx.enter(draft)?)).map_err(Refusal::from)?;
        Ok(())
    }

    /// What somebody hears who asks alone.
    fn needs_another(
        &self,
        caller: &Caller,
        may: Warrant,
        request: &ErasureRequest,
        target: Target,
    ) -> Refusal {
        let (inner, parameters) = (Arc::clone(&self.inner), request.parameters());
        let subject = request.record.to_string();
        let refused = self.inner.write_as(caller, may, move |tx, caller| {
            let step = step_of(caller, (&subject, &parameters), &target, None);
            step.countersign(&inner, tx)?;
            Err::<(), _>(Refusal::OnePersonArchive)
        });
        refused.err().map_or(Refusal::OnePersonArchive, Refusal::from)
    }

    /// Seals what is left under a file key of its own, durably. Dropped without having been put in place, it is
    /// taken away again.
    fn stage_rewritten(&self, read: &Rewriting) -> Result<Staged, Refusal> {
        let mut intake = self.begin_content(Declared::default())?;
        intake.write(&read.left.payload)?;
        intake.finish_however_short(CommitmentKey::generate(self.inner.entropy.as_ref()))
    }

    fn write_erasure(
        &self,
        (caller, may): (&Caller, Warrant),
        (request, approval, note): (&ErasureRequest, ApprovalId, String),
        (read, mut staged): (Rewriting, Staged),
        target: Target,
    ) -> Result<Erasure, Refusal> {
        let (inner, wanted) = (Arc::clone(&self.inner), request.clone());
        let (old, left) = ((read.component.id, read.component.place), read.left.entries);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let record = records::get(tx.conn(), wanted.record)?;
            let record = record.ok_or(Refusal::NotFound(Thing::Record))?;
            let (subject, parameters) = (wanted.record.to_string(), wanted.parameters());
            let step = step_of(caller, (&subject, &parameters), &target, Some(approval));
            let doomed = Doomed { record: &record, part: Part::Entries(&wanted.entries) };
            let permit = may_destroy(&inner, tx, doomed, (caller, &step))?;
            let grounds = Grounds { request: &wanted, approval, note: &note };
            read.write(&inner, (tx, caller), (&permit, &grounds), &mut staged)?;
            let withdrawn = withdraw(&inner, tx.conn(), wanted.record, &wanted.entries)?;
            Ok((staged, withdrawn))
        });
        let written = written.map_err(Refusal::from)?;
        let (mut staged, withdrawn) = written.value;
        staged.keep();
        self.inner.indexing.ring();
        self.inner.detection.ring();
        let mut is_removed = self.remove_payload(old);
        for job in &withdrawn {
            // Its key is gone: what stays behind is noise, and the sweep finds it.
            if let Err(error) = remove_result(&self.inner, *job) {
                tracing::warn!(%job, %error, "a package that was taken back stays until the next sweep");
                is_removed = false;
            }
        }
        let ledger = LedgerPlace {
            index: written.first_seq + written.count.saturating_sub(1),
            size: written.checkpoint_size,
        };
        let overwritten = self.inner.store.wal_checkpoint_truncate()? == WalTruncation::Done && is_removed;
        let (record, entries) = (request.record, request.entries.clone());
        Ok(Erasure { record, entries, left, ledger, withdrawn: withdrawn.len() as u64, overwritten })
    }

    /// Removes the old payload. Its key is gone: what stays behind is noise, and the sweep finds it.
    fn remove_payload(&self, (component, place): (ComponentId, Place)) -> bool {
        match place {
            Place::Inline => true,
            Place::Blob => match self.inner.blobs.remove(component) {
                Ok(()) | Err(BlobError::Missing) => true,
                Err(error) => {
                    tracing::warn!(%component, %error, "an old payload stays until the next sweep");
                    false
                }
            },
        }
    }
}

fn step_of<'a>(
    caller: &Caller,
    (subject, parameters): (&'a str, &'a serde_json::Value),
    target: &'a Target,
    approval: Option<ApprovalId>,
) -> Step<'a> {
    Step { action: TwoPersonAction::Destroy, subject, parameters, target, by: caller.user(), approval }
}
