//! Brings plans into the index, in turns short enough that captures, which share the writer, are not
//! held up. A crash between two turns leaves a block with some of its pieces, and the next run goes on
//! from there.

use std::sync::Arc;

use crate::base::id::RecordId;
use crate::store::Conn;
use crate::store::Store;
use crate::store::rows::index::{self, Domain, IndexRow, NewBlock, Place, Words};
use crate::store::rows::versions;

use crate::archive::refusal::Refusal;

use super::plan::{Documents, ENGINE, Plan};

/// Tokens that one turn writes: about ten milliseconds.
const TURN_TOKENS: usize = 16_384;
/// Pieces that one turn writes.
const TURN_PIECES: usize = 500;

/// A part of a plan that one turn does.
enum Share {
    /// Puts the pieces from `from` to before `to`.
    Put { record: RecordId, version: u32, documents: Arc<Documents>, from: u64, to: u64 },
    /// Takes the pieces from `from` to before `to` out again, and the row with the first.
    Take { block: IndexRow, documents: Arc<Documents>, from: u64, to: u64 },
    /// Marks the version, if its block has all its pieces.
    Mark { record: RecordId, version: u32, mark: &'static str, pieces: Option<u64> },
}

/// Shares that wait to be written together.
pub(super) struct Turns<'s> {
    store: &'s Store,
    waiting: Vec<Share>,
    tokens: usize,
    pieces: usize,
}

impl<'s> Turns<'s> {
    pub(super) fn new(store: &'s Store) -> Self {
        Self { store, waiting: Vec::new(), tokens: 0, pieces: 0 }
    }

    /// Writes a plan, or keeps the end of it for the next turn.
    pub(super) fn add(&mut self, plan: Plan) -> Result<(), Refusal> {
        let (record, version) = (plan.record, plan.version);
        for (block, documents) in plan.leaving {
            // Backwards, so that what is left is always the beginning.
            let mut to = block.pieces.min(documents.pieces.len() as u64);
            while to > 0 {
                let from = self.fit_backwards(&documents, to);
                let (block, documents) = (block.clone(), Arc::clone(&documents));
                self.push(Share::Take { block, documents, from, to })?;
                to = from;
            }
        }
        let mut pieces = None;
        if let Some((documents, mut from)) = plan.coming {
            let end = documents.pieces.len() as u64;
            while from < end {
                let to = self.fit(&documents, from);
                let documents = Arc::clone(&documents);
                self.push(Share::Put { record, version, documents, from, to })?;
                from = to;
            }
            pieces = Some(end);
        }
        self.waiting.push(Share::Mark { record, version, mark: plan.mark.as_str(), pieces });
        Ok(())
    }

    /// Writes what waits.
    pub(super) fn finish(&mut self) -> Result<(), Refusal> {
        let shares = std::mem::take(&mut self.waiting);
        (self.tokens, self.pieces) = (0, 0);
        if shares.is_empty() {
            return Ok(());
        }
        let written =
            self.store.maintain(move |upkeep| shares.iter().try_for_each(|share| share.write(upkeep.conn())));
        written.map_err(Refusal::from)
    }

    fn push(&mut self, share: Share) -> Result<(), Refusal> {
        self.waiting.push(share);
        if self.tokens >= TURN_TOKENS || self.pieces >= TURN_PIECES { self.finish() } else { Ok(()) }
    }

    /// How far the turn goes from piece `from` on; at least one piece.
    fn fit(&mut self, documents: &Documents, from: u64) -> u64 {
        let pieces = documents.pieces.iter().skip(usize::try_from(from).unwrap_or(usize::MAX));
        from + self.count(pieces.map(|piece| piece.tokens.len()))
    }

    fn fit_backwards(&mut self, documents: &Documents, to: u64) -> u64 {
        let pieces = documents.pieces.iter().take(usize::try_from(to).unwrap_or(usize::MAX)).rev();
        to - self.count(pieces.map(|piece| piece.tokens.len()))
    }

    fn count(&mut self, lengths: impl Iterator<Item = usize>) -> u64 {
        let mut taken = 0;
        for tokens in lengths {
            taken += 1;
            self.tokens += tokens;
            self.pieces += 1;
            if self.tokens >= TURN_TOKENS || self.pieces >= TURN_PIECES {
                break;
            }
        }
        taken
    }
}

impl Share {
    fn write(&self, conn: &mut Conn) -> Result<(), Refusal> {
        match self {
            Self::Put { record, version, documents, from, to } => {
                put(conn, (*record, *version), documents, *from, *to)
            }
            Self::Take { block, documents, from, to } => take(conn, block, documents, *from, *to),
            Self::Mark { record, version, mark, pieces } => {
                // If the index was emptied meanwhile, the version stays pending.
                if pieces.is_none() || block_of(conn, *record, *version)?.map(|block| block.pieces) == *pieces
                {
                    versions::set_indexed(conn, *record, *version, Some(*mark))?;
                }
                Ok(())
            }
        }
    }
}

fn put(
    conn: &mut Conn,
    (record, version): (RecordId, u32),
    documents: &Documents,
    from: u64,
    to: u64,
) -> Result<(), Refusal> {
    let block = match block_of(conn, record, version)? {
        Some(block) => block,
        None => index::reserve(
            conn,
            &NewBlock {
                record_id: record,
                version,
                entries: documents.entries,
                domain: Domain::Content,
                engine: ENGINE.to_owned(),
            },
        )?,
    };
    // On a shared database another node may have been faster: then these pieces are there.
    if !index::set_pieces(conn, block.docid, from, to)? {
        return Ok(());
    }
    for piece in range(documents, from, to) {
        let place = Place { docid: block.docid_of(piece.place), part: piece.part };
        index::put(conn, place, Words::Content(&piece.tokens))?;
    }
    Ok(())
}

fn block_of(conn: &mut Conn, record: RecordId, version: u32) -> Result<Option<IndexRow>, Refusal> {
    let blocks = index::of_record(conn, record, Domain::Content)?;
    Ok(blocks.into_iter().find(|block| block.version == version))
}

fn take(conn: &mut Conn, block: &IndexRow, documents: &Documents, from: u64, to: u64) -> Result<(), Refusal> {
    if !index::set_pieces(conn, block.docid, to, from)? {
        return Ok(());
    }
    for piece in range(documents, from, to) {
        let place = Place { docid: block.docid_of(piece.place), part: piece.part };
        index::delete(conn, place, Words::Content(&piece.tokens))?;
    }
    if from == 0 {
        index::remove(conn, block.docid)?;
    }
    Ok(())
}

fn range(documents: &Documents, from: u64, to: u64) -> impl Iterator<Item = &super::plan::Piece> {
    let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    documents.pieces.iter().skip(place(from)).take(place(to.saturating_sub(from)))
}
