//! Keys that are replaced in somebody's name: his rights are looked at on the way, and what was done is entered.

use std::sync::Arc;

use serde_json::Value;

use super::rewrite::Step;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, Inner, Watch};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::Tx;

/// What a replacement of keys did.
pub(in crate::archive) trait Replaced: Clone + Send + 'static {
    /// The kind of its entry.
    const KIND: EntryKind;

    /// The facts of its entry.
    fn facts(&self) -> Value;

    /// The epoch or the generation that holds now.
    fn reached(&self) -> u32;

    /// Enters it, unless it was entered when the archive was opened: the process before ended between the last
    /// key and this entry.
    ///
    /// # Errors
    /// The ledger's format has no room for it.
    fn enter(&self, inner: &Inner, tx: &mut Tx<'_>, actor: Actor) -> Result<(), Refusal> {
        if inner.is_entered(tx, Self::KIND, self.reached()) {
            return Ok(());
        }
        let (kind, subject, facts) = (Self::KIND, inner.keys().archive.to_string(), self.facts());
        Ok(tx.enter(EntryDraft { kind, subject, actor, facts })?)
    }
}

impl Archive {
    /// Replaces keys for somebody who was permitted it, with the entry.
    ///
    /// # Errors
    /// He lost the right on the way, or what `replace` returns.
    pub(super) fn replacing<R: Replaced>(
        &self,
        (caller, may): (&Caller, Warrant),
        progress: &mut dyn FnMut(u64, u64),
        replace: impl FnOnce(&Self, Actor, Step<'_>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let (mut watch, actor) = (Watch::new(&self.inner, caller, may), caller.actor());
        let mut step = |done, total| {
            progress(done, total);
            watch.look()
        };
        let replaced = replace(self, actor, &mut step)?;
        let (inner, entered) = (Arc::clone(&self.inner), replaced.clone());
        // The keys are replaced: that is entered whatever became of his rights since.
        let written = self.inner.store.write(move |tx| entered.enter(&inner, tx, actor));
        written.map_err(Refusal::from)?;
        Ok(replaced)
    }
}
