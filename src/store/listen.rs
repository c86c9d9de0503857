//! Who is told of what is entered, before anybody can see it in the database.

use crate::base::moment::Moment;
use crate::ledger::entry::EntryDraft;
use crate::ledger::tree::Hash;

use super::error::StoreError;

/// Is told of every group of entries at its commit.
pub trait Listener: Send + Sync {
    /// True if this entry must not show before the listener has heard of it.
    fn wants(&self, draft: &EntryDraft) -> bool;

    /// Commits the group by calling `commit` once. What the listener locks around it, nobody can see
    /// out of step with the database: the rows of the group show from within `commit` on.
    ///
    /// # Errors
    /// What `commit` returned; then nothing of the group was kept.
    fn commit(
        &self,
        group: &Group<'_>,
        commit: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// Entries that are about to be committed together.
#[derive(Debug)]
pub struct Group<'g> {
    /// The position of the first.
    pub first_seq: u64,
    /// Entries of the log with them.
    pub size: u64,
    /// The tree's root with them.
    pub root: Hash,
    /// When the last was entered.
    pub at: Moment,
    /// What was entered, in its order.
    pub drafts: &'g [EntryDraft],
    /// True if the listener wants one of them.
    pub spoken: bool,
}
