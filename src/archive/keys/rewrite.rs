//! Rewrites sealed cells in batches, over all cores: what a cell says does not change, only under
//! which keys it lies. Each batch is one entry, which vouches for the new cells.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, json};

use crate::base::digest::Digest;
use crate::ledger::entry::{Actor, Entry, EntryDraft, EntryKind};
use crate::store::rows::cells::{self, CellRow};
use crate::store::rows::jobs::JobRow;
use crate::store::{Conn, StoreError};

use crate::archive::bound::{self, Bound};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner, signed};

/// Cells read and replaced at once: their addresses and digests must fit into one entry.
const BATCH: u32 = 384;

/// Hears how far the work has come, and may break it off between two batches.
pub(in crate::archive) type Step<'a> = &'a mut dyn FnMut(u64, u64) -> Result<(), Refusal>;

impl Archive {
    /// Replaces cells batch by batch, each batch that `next` gives behind the last cell of the one before, until a
    /// look from the first cell on finds none. Returns how many were replaced.
    pub(super) fn rewrite_cells(
        &self,
        total: u64,
        next: impl Fn(Option<(&str, &str)>, u32) -> Result<Vec<CellRow>, Refusal>,
        rewrite: impl Fn(&CellRow) -> Result<CellRow, Refusal> + Sync,
        actor: Actor,
        step: Step<'_>,
    ) -> Result<u64, Refusal> {
        let words = Arc::new(self.last_words_of_cells()?);
        let (mut done, mut after): (u64, Option<(String, String)>) = (0, None);
        loop {
            let batch = next(after.as_ref().map(|(owner, part)| (owner.as_str(), part.as_str())), BATCH)?;
            after = match (batch.last(), after) {
                (Some(last), _) => Some((last.owner.clone(), last.part.clone())),
                (None, None) => return Ok(done),
                // What was sealed with older keys and came in behind the look is found by the next one.
                (None, Some(_)) => {
                    after = None;
                    continue;
                }
            };
            let rewritten = on_all_cores(&batch, &rewrite)?;
            let archive = self.inner.keys().archive.to_string();
            let (words, inner) = (Arc::clone(&words), Arc::clone(&self.inner));
            let replaced = self.inner.store.write(move |tx| {
                let (mut rows, mut replaced) = (Map::new(), 0_u64);
                for (old, new) in batch.iter().zip(&rewritten) {
                    // A cell that changed meanwhile comes up again if it still needs to.
                    if cells::replace(tx.conn(), new, old.digest)? {
                        replaced += 1;
                        let cell = (new.owner.as_str(), new.part.as_str());
                        let was_ordered =
                            |conn: &mut Conn, job: &JobRow| words.was_ordered(&inner, conn, job);
                        if !bound::is_passing(tx.conn(), cell, was_ordered)? {
                            // The entry vouches for what is sealed anew: it must have been vouched for.
                            if !words.vouch_for(old) && !is_said_lately(&inner, tx.conn(), old)? {
                                tracing::error!("a cell is not as the ledger says: run muniment verify");
                                return Err(Refusal::Damaged(Thing::Archive));
                            }
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

/// The ledger's last word about every cell: half of the address's SHA-256, and of the digest.
struct WordsOfCells {
    cells: HashMap<[u8; 16], [u8; 16]>,
    /// Every job that was ordered.
    jobs: HashSet<[u8; 16]>,
}

impl WordsOfCells {
    fn vouch_for(&self, row: &CellRow) -> bool {
        let address = Bound::cell(&row.owner, &row.part).address();
        self.cells.get(&half(Digest::of(address.as_bytes()))) == Some(&half(bound::of_cell_as_read(row)))
    }

    /// True if the ledger says that the job was ordered, be it since these words were read.
    fn was_ordered(&self, inner: &Inner, conn: &mut Conn, job: &JobRow) -> Result<bool, Refusal> {
        let address = Bound::Job(job.id).address();
        if self.jobs.contains(&half(Digest::of(address.as_bytes())))
            || inner.last_words.about(&address).is_some()
        {
            return Ok(true);
        }
        let ledger = inner.ledgered(conn)?;
        // Be it to say that it is gone.
        let speaks = |entry: &Entry| entry.facts.get(bound::ROWS)?.get(&address).map(|_| ());
        Ok(ledger.ask(conn, (&job.id.to_string(), Thing::Job), speaks)?.is_some()
            || ledger.ask(conn, (&job.subject, Thing::Job), speaks)?.is_some())
    }
}

impl Archive {
    /// Reads them out of the ledger.
    fn last_words_of_cells(&self) -> Result<WordsOfCells, Refusal> {
        let (mut words, mut jobs) = (HashMap::new(), HashSet::new());
        let vkey = self.inner.last_words.vkey();
        self.inner.store.read(|conn| {
            signed::read(conn, vkey, &mut |_, body| {
                let entry: Said<'_> = serde_json::from_slice(body).map_err(|_| malformed())?;
                for (address, digest) in entry.facts.rows {
                    if address.starts_with("job/") {
                        jobs.insert(half(Digest::of(address.as_bytes())));
                    }
                    if address.starts_with("cell/") {
                        let address = half(Digest::of(address.as_bytes()));
                        match digest.and_then(|hex| Digest::parse_hex(hex).ok()) {
                            Some(digest) => words.insert(address, half(digest)),
                            None => words.remove(&address),
                        };
                    }
                }
                Ok(())
            })
        })?;
        Ok(WordsOfCells { cells: words, jobs })
    }
}

/// The one field of an entry that is asked for.
#[derive(Deserialize)]
struct Said<'e> {
    #[serde(borrow)]
    facts: Rows<'e>,
}

#[derive(Deserialize)]
struct Rows<'e> {
    #[serde(borrow, default)]
    rows: HashMap<&'e str, Option<&'e str>>,
}

/// True if an entry about the cell's owner, made since the words were read, speaks of the cell as it is.
fn is_said_lately(inner: &Inner, conn: &mut Conn, row: &CellRow) -> Result<bool, Refusal> {
    let address = Bound::cell(&row.owner, &row.part).address();
    let says = |entry: &Entry| entry.facts.get(bound::ROWS)?.get(&address).map(bound::digest_in);
    let said = inner.ledgered(conn)?.ask(conn, (&row.owner, Thing::Archive), says)?;
    Ok(said.flatten() == Some(bound::of_cell_as_read(row)))
}

fn half(digest: Digest) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
    half
}

fn malformed() -> Refusal {
    StoreError::LedgerBroken { why: "an entry cannot be read".to_owned() }.into()
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
