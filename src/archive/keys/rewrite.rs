//! Rewrites sealed cells in batches, over all cores: what a cell says does not change, only under
//! which keys it lies. Each batch is one entry, which vouches for the new cells.

use serde_json::{Map, json};

use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::rows::cells::{self, CellRow};

use crate::archive::Archive;
use crate::archive::bound;
use crate::archive::refusal::{Refusal, Thing};

/// Cells read and replaced at once: their addresses and digests must fit into one entry.
const BATCH: u32 = 384;

/// Hears how far the work has come, and may break it off between two batches.
pub(in crate::archive) type Step<'a> = &'a mut dyn FnMut(u64, u64) -> Result<(), Refusal>;

impl Archive {
    /// Replaces cells batch by batch until `next` gives none. Returns how many were replaced.
    pub(super) fn rewrite_cells(
        &self,
        total: u64,
        next: impl Fn(u32) -> Result<Vec<CellRow>, Refusal>,
        rewrite: impl Fn(&CellRow) -> Result<CellRow, Refusal> + Sync,
        actor: Actor,
        step: Step<'_>,
    ) -> Result<u64, Refusal> {
        let mut done = 0;
        loop {
            let batch = next(BATCH)?;
            if batch.is_empty() {
                return Ok(done);
            }
            let rewritten = on_all_cores(&batch, &rewrite)?;
            let archive = self.inner.keys().archive.to_string();
            let replaced = self.inner.store.write(move |tx| {
                let (mut rows, mut replaced) = (Map::new(), 0_u64);
                for (old, new) in batch.iter().zip(&rewritten) {
                    // A cell that changed meanwhile comes up again if it still needs to.
                    if cells::replace(tx.conn(), new, old.digest)? {
                        replaced += 1;
                        if !bound::is_passing(tx.conn(), &new.owner)? {
                            rows.extend([bound::cell_fact(new)]);
                        }
                    }
                }
                if replaced > 0 {
                    let facts = json!({"cells": replaced, (bound::ROWS): rows});
                    let kind = EntryKind::CellsRewritten;
                    tx.enter(EntryDraft { kind, subject: archive, actor, facts })?;
                }
                Ok::<_, Refusal>(replaced)
            });
            let replaced = replaced.map_err(Refusal::from)?.value;
            if replaced == 0 {
                // Nothing moves: to go on would be for ever.
                return Err(Refusal::Damaged(Thing::Archive));
            }
            done += replaced;
            step(done, total.max(done))?;
        }
    }
}

fn on_all_cores(
    batch: &[CellRow],
    rewrite: &(impl Fn(&CellRow) -> Result<CellRow, Refusal> + Sync),
) -> Result<Vec<CellRow>, Refusal> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let share = batch.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = batch
            .chunks(share)
            .map(|rows| scope.spawn(move || rows.iter().map(rewrite).collect::<Result<Vec<_>, _>>()))
            .collect();
        let mut rewritten = Vec::with_capacity(batch.len());
        for worker in workers {
            let rows = worker.join().map_err(|_| Refusal::Damaged(Thing::Archive))?;
            rewritten.extend(rows?);
        }
        Ok(rewritten)
    })
}
