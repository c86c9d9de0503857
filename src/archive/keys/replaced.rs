//! Keys that are replaced in somebody's name: his rights are looked at on the way, and what was done is entered.

use serde_json::Value;

use super::rewrite::Step;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, Watch};
use crate::base::id::ArchiveId;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::Tx;

/// What a replacement of keys did.
pub(in crate::archive) trait Replaced: Clone + Send + 'static {
    /// The kind of its entry.
    const KIND: EntryKind;

    /// The facts of its entry.
    fn facts(&self) -> Value;

    /// Enters it.
    ///
    /// # Errors
    /// The ledger's format has no room for it.
    fn enter(&self, tx: &mut Tx<'_>, archive: ArchiveId, actor: Actor) -> Result<(), Refusal> {
        let (kind, subject, facts) = (Self::KIND, archive.to_string(), self.facts());
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
        let (archive, entered) = (self.inner.keys().archive, replaced.clone());
        // The keys are replaced: that is entered whatever became of his rights since.
        let written = self.inner.store.write(move |tx| entered.enter(tx, archive, actor));
        written.map_err(Refusal::from)?;
        Ok(replaced)
    }
}
