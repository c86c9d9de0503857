//! Which keys are in force is said by the ledger, and only with those anything is sealed. Whoever puts an older
//! key directory back would have records sealed under a key that was destroyed: they would be acknowledged, and
//! nobody could ever open them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::archive::Inner;
use crate::archive::last_words::InForce;
use crate::archive::refusal::{KeyTimes, Refusal};
use crate::keydir::KeyDir;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::seal::Keyring;
use crate::store::Tx;

/// How many replacements of keys are under way in this process.
#[derive(Debug, Default)]
pub(in crate::archive) struct Replacing(AtomicUsize);

/// Held while keys are being replaced.
pub(super) struct Held<'r>(&'r Replacing);

impl Replacing {
    pub(super) fn begin(&self) -> Held<'_> {
        self.0.fetch_add(1, Ordering::AcqRel);
        Held(self)
    }

    fn is_under_way(&self) -> bool {
        self.0.load(Ordering::Acquire) > 0
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Inner {
    /// True while this process replaces keys: what it holds, what lies on disk and what the ledger says differ
    /// until it is done.
    pub(in crate::archive) fn is_replacing_keys(&self) -> bool {
        self.replacing.is_under_way()
    }

    /// Refuses keys that the ledger knows to be replaced. Asked before anything is sealed with them.
    ///
    /// # Errors
    /// [`Refusal::KeysOutdated`].
    pub(in crate::archive) fn must_be_in_force(&self, keys: &Keyring) -> Result<(), Refusal> {
        // What is sealed with the keys of before while they are replaced here is sealed anew in the end.
        if self.is_replacing_keys() {
            return Ok(());
        }
        let (said, held) = (self.last_words.keys_in_force(), InForce::of_keys(keys));
        match said.is_later_than(held) {
            true => Err(Refusal::KeysOutdated(times(held, said))),
            false => Ok(()),
        }
    }

    /// Refuses a keyring that does not belong to the ledger as it stands: an older one, or one of which the
    /// ledger has not heard.
    ///
    /// # Errors
    /// [`Refusal::KeysOutdated`], [`Refusal::KeysAhead`].
    pub(in crate::archive) fn must_fit_the_ledger(&self, keys: &Keyring) -> Result<(), Refusal> {
        let (said, held) = (self.last_words.in_force(), InForce::of_keys(keys));
        if said.is_later_than(held) {
            return Err(Refusal::KeysOutdated(times(held, said)));
        }
        // A turn or a rotation that was cut off before its first entry still has the keys of before.
        let has_epoch = keys.epoch(said.epoch).is_some();
        let has_generation = held.generation == said.generation
            || (keys.previous_recipients.is_some() && held.generation == said.generation.saturating_add(1));
        match has_epoch && has_generation {
            true => Ok(()),
            false => Err(Refusal::KeysAhead(times(held, said))),
        }
    }

    /// Enters that these keys are in force from here on, unless the ledger knows. Nothing is sealed with them
    /// before: an older key directory is found out from the first cell on.
    ///
    /// # Errors
    /// It cannot be entered.
    pub(in crate::archive) fn put_in_force(
        self: &Arc<Self>,
        actor: Actor,
        keys: &Keyring,
    ) -> Result<(), Refusal> {
        let (held, archive) = (InForce::of_keys(keys), keys.archive.to_string());
        if !held.is_later_than(self.last_words.in_force()) {
            return Ok(());
        }
        let written = self.store.write(move |tx| {
            let facts = json!({"epoch": held.epoch, "generation": held.generation});
            tx.enter(EntryDraft { kind: EntryKind::KeysInForce, subject: archive, actor, facts })?;
            Ok::<_, Refusal>(())
        });
        written.map_err(Refusal::from)?;
        Ok(())
    }

    /// Takes up the keys that lie in the key directory by now, where the ledger knows later ones than this
    /// process holds: another node replaced them.
    ///
    /// # Errors
    /// [`Refusal::KeysOutdated`] if those on disk are no later, or they cannot be read.
    pub(in crate::archive) fn keep_up_with_keys(&self) -> Result<(), Refusal> {
        let Err(outdated) = self.must_be_in_force(&self.keys()) else { return Ok(()) };
        let fresh = KeyDir::open(self.place.keys(), &self.identity, self.place.data());
        match fresh {
            Ok(fresh) if self.must_be_in_force(&fresh).is_ok() => {
                let mut held = self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner);
                // Only forward: this process may have replaced them itself meanwhile.
                if InForce::of_keys(&fresh).is_later_than(InForce::of_keys(&held)) {
                    *held = Arc::new(fresh);
                }
                Ok(())
            }
            Ok(_) => Err(outdated),
            Err(error) => {
                tracing::error!(%error, "the keys in force cannot be read");
                Err(outdated)
            }
        }
    }

    /// Enters that a turn or a rotation came to its end whose process was cut off before it could say so.
    pub(super) fn enter_what_was_done(self: &Arc<Self>) -> Result<(), Refusal> {
        let (keys, said) = (self.keys(), self.last_words.in_force());
        let held = InForce::of_keys(&keys);
        let turned = keys.epochs.len() == 1 && said.turned < held.epoch;
        let rotated = keys.previous_recipients.is_none() && said.rotated < held.generation;
        if !turned && !rotated {
            return Ok(());
        }
        let archive = keys.archive.to_string();
        let written = self.store.write(move |tx| {
            let mut enter = |kind, facts: Value| {
                tx.enter(EntryDraft { kind, subject: archive.clone(), actor: Actor::System, facts })
            };
            if turned {
                // Nothing between the two was ever in use: a turn is finished before another one begins.
                let destroyed: Vec<u32> = (said.turned..held.epoch).collect();
                let facts = json!({"destroyed": destroyed, "epoch": held.epoch, "resumed": true});
                enter(EntryKind::EpochTurned, facts)?;
            }
            if rotated {
                let facts = json!({"generation": held.generation, "resumed": true});
                enter(EntryKind::KeysRotated, facts)?;
            }
            Ok::<_, Refusal>(())
        });
        written.map_err(Refusal::from)?;
        Ok(())
    }

    /// True if the ledger knows already that a turn or a rotation reached `keys`.
    pub(in crate::archive) fn is_entered(&self, tx: &Tx<'_>, kind: EntryKind, reached: u32) -> bool {
        let said = self.last_words.in_force_with(tx);
        match kind {
            EntryKind::EpochTurned => said.turned >= reached,
            EntryKind::KeysRotated => said.rotated >= reached,
            _ => false,
        }
    }
}

fn times(held: InForce, said: InForce) -> KeyTimes {
    KeyTimes {
        epoch: held.epoch,
        epoch_in_force: said.epoch,
        generation: held.generation,
        generation_in_force: said.generation,
    }
}
