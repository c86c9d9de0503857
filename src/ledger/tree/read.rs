//! Roots and proofs, read from tiles.

use std::sync::Arc;

use super::tile::{BadTile, TILE_HEIGHT, TileNodes};
use super::{Hash, LEAVES_MAX, empty_root, node_hash};

/// Where tiles come from: a database, a directory, an unpacked bundle.
pub trait TileSource {
    /// Why the source could not answer.
    type Error;

    /// The stored hashes of a tile, or `None` if there is no such tile. A tile may be wider
    /// than the tree that is asked about, since trees only grow.
    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The tile with its inner nodes; [`super::WarmTiles`] keeps them from one call to the next.
    fn nodes(&self, level: u8, index: u64) -> Result<Option<Arc<TileNodes>>, TreeError<Self::Error>> {
        let Some(bytes) = self.tile(level, index).map_err(TreeError::Source)? else {
            return Ok(None);
        };
        TileNodes::parse(&bytes).map(|tile| Some(Arc::new(tile))).map_err(malformed(level, index))
    }
}

impl<S: TileSource + ?Sized> TileSource for &S {
    type Error = S::Error;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, S::Error> {
        (**self).tile(level, index)
    }

    fn nodes(&self, level: u8, index: u64) -> Result<Option<Arc<TileNodes>>, TreeError<S::Error>> {
        (**self).nodes(level, index)
    }
}

/// Why a root, a proof or an append could not be worked out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError<E> {
    /// The source could not answer.
    #[error("the tiles cannot be read: {0}")]
    Source(E),
    /// The tree needs a tile that the source does not have, or has too narrow.
    #[error("tile {index} of level {level} is missing or too narrow for the tree")]
    Missing {
        /// The tile's level.
        level: u8,
        /// The tile's index within its level.
        index: u64,
    },
    /// The source has something else than a tile there.
    #[error("tile {index} of level {level} is malformed: {fault}")]
    Malformed {
        /// The tile's level.
        level: u8,
        /// The tile's index within its level.
        index: u64,
        /// What is wrong with its bytes.
        fault: BadTile,
    },
    /// The tree has no such leaf.
    #[error("a tree of {size} leaves has no leaf {seq}")]
    NoSuchLeaf {
        /// Position asked for, from 0.
        seq: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// A tree cannot be consistent with a smaller one.
    #[error("a tree of {new} leaves cannot contain one of {old}")]
    Shrunk {
        /// Leaves of the older tree.
        old: u64,
        /// Leaves of the newer tree.
        new: u64,
    },
    /// More leaves than [`LEAVES_MAX`].
    #[error("a tree has at most 2^62 leaves")]
    TooLarge,
}

/// The root of the tree of the first `size` leaves.
///
/// # Errors
/// If a tile cannot be read, is missing or malformed.
pub fn root<S: TileSource>(source: &S, size: u64) -> Result<Hash, TreeError<S::Error>> {
    let mut reader = Reader::new(source, size)?;
    if size == 0 { Ok(empty_root()) } else { reader.range(Range { from: 0, to: size }) }
}

/// The inclusion proof of leaf `seq` (from 0) in the tree of `size` leaves: sibling hashes from
/// the leaf upwards (RFC 6962 §2.1.1).
///
/// # Errors
/// If the tree has no such leaf, or a tile cannot be read, is missing or malformed.
pub fn inclusion<S: TileSource>(source: &S, size: u64, seq: u64) -> Result<Vec<Hash>, TreeError<S::Error>> {
    let mut reader = Reader::new(source, size)?;
    if seq >= size {
        return Err(TreeError::NoSuchLeaf { seq, size });
    }
    let mut here = Range { from: 0, to: size };
    let mut proof = Vec::with_capacity(64);
    while let Some((left, right)) = here.split() {
        let (inside, sibling) = if seq < left.to { (left, right) } else { (right, left) };
        proof.push(reader.range(sibling)?);
        here = inside;
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962
/// §2.1.2). Empty if both are equal or the old one has no leaves.
///
/// # Errors
/// If `old` exceeds `new`, or a tile cannot be read, is missing or malformed.
pub fn consistency<S: TileSource>(source: &S, old: u64, new: u64) -> Result<Vec<Hash>, TreeError<S::Error>> {
    let mut reader = Reader::new(source, new)?;
    if old > new {
        return Err(TreeError::Shrunk { old, new });
    }
    let mut proof = Vec::with_capacity(64);
    if old == 0 {
        return Ok(proof);
    }
    let mut here = Range { from: 0, to: new };
    while old < here.to
        && let Some((left, right)) = here.split()
    {
        let (inside, sibling) = if old <= left.to { (left, right) } else { (right, left) };
        proof.push(reader.range(sibling)?);
        here = inside;
    }
    // Common ground. The checker knows the whole old tree's root, and needs any other.
    if here.from > 0 {
        proof.push(reader.range(here)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Leaves `from` up to but not including `to`; never empty.
#[derive(Clone, Copy)]
struct Range {
    from: u64,
    to: u64,
}

impl Range {
    fn leaves(self) -> u64 {
        self.to - self.from
    }

    /// RFC 6962 splits at the largest power of two smaller than the number of leaves.
    fn split(self) -> Option<(Self, Self)> {
        let last = self.leaves().checked_sub(1)?;
        let middle = self.from + (1 << last.checked_ilog2()?);
        Some((Self { from: self.from, to: middle }, Self { from: middle, to: self.to }))
    }
}

/// Reads nodes for one answer and keeps the tiles that it has seen for it.
struct Reader<'a, S> {
    source: &'a S,
    seen: Vec<(u8, u64, Arc<TileNodes>)>,
}

impl<'a, S: TileSource> Reader<'a, S> {
    fn new(source: &'a S, size: u64) -> Result<Self, TreeError<S::Error>> {
        if size > LEAVES_MAX {
            return Err(TreeError::TooLarge);
        }
        Ok(Self { source, seen: Vec::with_capacity(8) })
    }

    /// The root over a range that [`Range::split`] made.
    fn range(&mut self, range: Range) -> Result<Hash, TreeError<S::Error>> {
        let mut from = range.from;
        let mut peaks = Vec::with_capacity(64);
        while let Some(height) = (range.to - from).checked_ilog2() {
            peaks.push(self.node(height, from >> height)?);
            from += 1 << height;
        }
        Ok(fold(peaks.iter().rev()))
    }

    /// The root of the complete subtree of 2^height leaves, counted from the left.
    fn node(&mut self, height: u32, position: u64) -> Result<Hash, TreeError<S::Error>> {
        let level = u8::try_from(height / TILE_HEIGHT).map_err(|_| TreeError::TooLarge)?;
        let row = height % TILE_HEIGHT;
        let across = TILE_HEIGHT - row;
        let index = position >> across;
        let missing = TreeError::Missing { level, index };
        let Ok(column) = usize::try_from(position - (index << across)) else {
            return Err(missing);
        };
        self.tile(level, index)?.and_then(|tile| tile.node(row, column)).ok_or(missing)
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<Option<Arc<TileNodes>>, TreeError<S::Error>> {
        if let Some((.., tile)) = self.seen.iter().find(|(l, i, _)| (*l, *i) == (level, index)) {
            return Ok(Some(Arc::clone(tile)));
        }
        let tile = self.source.nodes(level, index)?;
        if let Some(tile) = &tile {
            self.seen.push((level, index, Arc::clone(tile)));
        }
        Ok(tile)
    }
}

/// The root over complete subtrees, given from the smallest (rightmost) to the largest.
pub(super) fn fold<'h>(peaks: impl Iterator<Item = &'h Hash>) -> Hash {
    peaks.copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
}

/// Says where the malformed tile was.
pub(super) fn malformed<E>(level: u8, index: u64) -> impl FnOnce(BadTile) -> TreeError<E> {
    move |fault| TreeError::Malformed { level, index, fault }
}
