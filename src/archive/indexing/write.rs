//! Brings plans into the indexes, in turns short enough that captures, which share the writer, are not
//! held up. A crash between two turns leaves a block with some of its pieces, and the next run goes on
//! from there.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::Store;
use crate::store::rows::index::{self, Domain, IndexRow, NewBlock, Place, Words};
use crate::store::rows::{detections, records, versions};

use crate::archive::refusal::Refusal;

use super::documents::{Documents, Kept, Piece, Plan, Write};

/// Tokens that one turn writes: about ten milliseconds.
const TURN_TOKENS: usize = 16_384;
/// Sealed bytes that cost as much as a token.
const SEALED_BYTES_A_TOKEN: usize = 64;
/// Pieces that one turn writes.
const TURN_PIECES: usize = 500;

/// A part of a plan that one turn does.
enum Share {
    /// Keeps what was found in the version, unless another node was faster.
    Keep { version: Version },
    /// Puts the pieces from `from` to before `to`, if what they were made of is what is kept.
    Put { version: Version, documents: Arc<Documents>, from: u64, to: u64 },
    /// Takes the pieces from `from` to before `to` out again, and the row with the first.
    Take { block: IndexRow, documents: Arc<Documents>, from: u64, to: u64 },
    /// Reserves the place of a block of which no document has a token: that it is there says that it was looked at.
    Reserve { version: Version, documents: Arc<Documents> },
    /// Marks the version, if its blocks have all their pieces.
    Mark { version: Version, domain: Domain, mark: String, pieces: Vec<(Domain, u64)> },
}

/// A version whose tokens are written.
#[derive(Clone)]
struct Version {
    record: RecordId,
    version: u32,
    /// What its tokens are made of, where that is kept.
    kept: Option<Arc<Kept>>,
    /// Its sealed descriptor as it was read: another one means that it was sealed anew meanwhile.
    read: Option<Digest>,
}

/// Shares that wait to be written together.
pub(in crate::archive) struct Turns<'s> {
    store: &'s Store,
    waiting: Vec<Share>,
    tokens: usize,
    pieces: usize,
}

impl<'s> Turns<'s> {
    pub(in crate::archive) fn new(store: &'s Store) -> Self {
        Self { store, waiting: Vec::new(), tokens: 0, pieces: 0 }
    }

    /// Writes a plan, or keeps the end of it for the next turn.
    pub(in crate::archive) fn add(&mut self, plan: Plan) -> Result<(), Refusal> {
        let version =
            Version { record: plan.record, version: plan.version, kept: plan.kept, read: plan.read };
        for (block, documents) in plan.leaving {
            // Backwards, so that what is left is always the beginning.
            let mut to = block.pieces.min(documents.pieces.len() as u64);
            if to == 0 {
                let (block, documents) = (block.clone(), Arc::clone(&documents));
                self.push(Share::Take { block, documents, from: 0, to })?;
            }
            while to > 0 {
                let from = self.fit_backwards(&documents, to);
                let (block, documents) = (block.clone(), Arc::clone(&documents));
                self.push(Share::Take { block, documents, from, to })?;
                to = from;
            }
        }
        if let Some(kept) = &version.kept
            && kept.write != Write::Nothing
        {
            self.tokens += kept.row.sealed.len() / SEALED_BYTES_A_TOKEN;
            self.push(Share::Keep { version: version.clone() })?;
        }
        let mut pieces = Vec::new();
        for (documents, mut from) in plan.coming {
            let end = documents.pieces.len() as u64;
            if end == 0 {
                let documents = Arc::clone(&documents);
                self.push(Share::Reserve { version: version.clone(), documents })?;
            }
            while from < end {
                let to = self.fit(&documents, from);
                let documents = Arc::clone(&documents);
                self.push(Share::Put { version: version.clone(), documents, from, to })?;
                from = to;
            }
            pieces.push((documents.domain, end));
        }
        self.waiting.push(Share::Mark { version, domain: plan.domain, mark: plan.mark, pieces });
        Ok(())
    }

    /// Writes what waits.
    pub(in crate::archive) fn finish(&mut self) -> Result<(), Refusal> {
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
            Self::Keep { version } => match &version.kept {
                Some(kept) if version.is_as_read(conn)? => keep(conn, kept),
                Some(_) | None => Ok(()),
            },
            Self::Put { version, documents, from, to } => {
                if version.is_as_planned(conn)? {
                    put(conn, (version.record, version.version), documents, *from, *to)?;
                }
                Ok(())
            }
            Self::Take { block, documents, from, to } => take(conn, block, documents, *from, *to),
            Self::Reserve { version, documents } => {
                if version.is_as_planned(conn)? {
                    block_for(conn, (version.record, version.version), documents)?;
                }
                Ok(())
            }
            Self::Mark { version, domain, mark, pieces } => {
                let place = (version.record, version.version);
                // If the index was emptied meanwhile, the version stays pending.
                let mut whole = true;
                for (domain, pieces) in pieces {
                    whole &= block_of(conn, *domain, place)?.is_some_and(|block| block.pieces == *pieces);
                }
                if whole && version.is_as_planned(conn)? {
                    index::mark(conn, *domain, place, Some(mark.as_str()))?;
                }
                Ok(())
            }
        }
    }
}

impl Version {
    /// False if something of the version was erased since it was read, or the record was closed: what was worked
    /// out of it is not to be written any more.
    fn is_as_read(&self, conn: &mut Conn) -> Result<bool, Refusal> {
        if self.read.is_none() && self.kept.is_none() {
            return Ok(true);
        }
        let record = records::get(conn, self.record)?;
        let state = record.and_then(|record| RecordState::from_row(&record.state));
        if !state.is_some_and(RecordState::is_openable) {
            return Ok(false);
        }
        let Some(read) = self.read else { return Ok(true) };
        let row = versions::get(conn, self.record, self.version)?;
        Ok(row.is_some_and(|row| row.descriptor_digest == read))
    }

    /// False if another node has kept something else meanwhile: it goes on from there.
    fn is_as_planned(&self, conn: &mut Conn) -> Result<bool, Refusal> {
        if !self.is_as_read(conn)? {
            return Ok(false);
        }
        let Some(kept) = &self.kept else { return Ok(true) };
        let row = detections::get(conn, self.record, self.version)?;
        Ok(row.is_some_and(|row| row.digest == kept.row.digest))
    }
}

fn keep(conn: &mut Conn, kept: &Kept) -> Result<(), Refusal> {
    let row = &kept.row;
    let there = detections::get(conn, row.record_id, row.version)?;
    // Another node may have been faster: then what it keeps stays.
    if kept.write != Write::InPlaceOf(there.map(|there| there.digest)) {
        return Ok(());
    }
    detections::put(conn, row)?;
    detections::forget_others(conn, row.record_id, row.version)?;
    Ok(detections::set_types(conn, row.record_id, &kept.types)?)
}

/// The block of a version; its place is reserved where it has none.
fn block_for(
    conn: &mut Conn,
    (record, version): (RecordId, u32),
    documents: &Documents,
) -> Result<IndexRow, Refusal> {
    if let Some(block) = block_of(conn, documents.domain, (record, version))? {
        return Ok(block);
    }
    let block = NewBlock {
        record_id: record,
        version,
        entries: documents.entries,
        domain: documents.domain,
        engine: documents.engine.clone(),
    };
    Ok(index::reserve(conn, &block)?)
}

fn put(
    conn: &mut Conn,
    place: (RecordId, u32),
    documents: &Documents,
    from: u64,
    to: u64,
) -> Result<(), Refusal> {
    let block = block_for(conn, place, documents)?;
    // On a shared database another node may have been faster: then these pieces are there.
    if !index::set_pieces(conn, block.docid, from, to)? {
        return Ok(());
    }
    for piece in range(documents, from, to) {
        let place = Place { docid: block.docid_of(piece.place), part: piece.part };
        index::put(conn, place, piece.tokens.words())?;
    }
    Ok(())
}

fn block_of(
    conn: &mut Conn,
    domain: Domain,
    (record, version): (RecordId, u32),
) -> Result<Option<IndexRow>, Refusal> {
    let blocks = index::of_record(conn, record, domain)?;
    Ok(blocks.into_iter().find(|block| block.version == version))
}

/// Takes a whole block out.
///
/// # Errors
/// The database refuses.
pub(in crate::archive) fn take_block(
    conn: &mut Conn,
    block: &IndexRow,
    documents: &Documents,
) -> Result<(), Refusal> {
    take(conn, block, documents, 0, block.pieces)?;
    // Of a block without pieces only the row is there.
    index::remove(conn, block.docid).map(|_| ()).map_err(Refusal::from)
}

/// Takes the tokens of some entries of a log out of the block of its version; their documents stay, and say
/// nothing. The pieces that are in the index are always the first ones: those of the entries that are taken
/// out become one empty piece each.
///
/// # Errors
/// The database refuses.
pub(in crate::archive) fn take_entries(
    conn: &mut Conn,
    place: (RecordId, u32),
    documents: &Documents,
    gone: &BTreeSet<u64>,
) -> Result<(), Refusal> {
    let Some(block) = block_of(conn, documents.domain, place)? else { return Ok(()) };
    if block.engine != documents.engine {
        // Another engine's tokens cannot be named: the indexer is about to empty the index.
        return Err(Refusal::TooBusy { wait_seconds: 1 });
    }
    let mut left = 0;
    for piece in range(documents, 0, block.pieces) {
        if !gone.contains(&piece.place) {
            left += 1;
            continue;
        }
        let place = Place { docid: block.docid_of(piece.place), part: piece.part };
        index::delete(conn, place, piece.tokens.words())?;
        // Of words every document has a piece, of the others only one that has any.
        if piece.part == 0 && documents.domain == Domain::Content {
            index::put(conn, place, Words::Content(&[]))?;
            left += 1;
        }
    }
    index::set_pieces(conn, block.docid, block.pieces, left)?;
    Ok(())
}

fn take(conn: &mut Conn, block: &IndexRow, documents: &Documents, from: u64, to: u64) -> Result<(), Refusal> {
    if !index::set_pieces(conn, block.docid, to, from)? {
        return Ok(());
    }
    for piece in range(documents, from, to) {
        let place = Place { docid: block.docid_of(piece.place), part: piece.part };
        index::delete(conn, place, piece.tokens.words())?;
    }
    if from == 0 {
        index::remove(conn, block.docid)?;
    }
    Ok(())
}

fn range(documents: &Documents, from: u64, to: u64) -> impl Iterator<Item = &Piece> {
    let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    documents.pieces.iter().skip(place(from)).take(place(to.saturating_sub(from)))
}
