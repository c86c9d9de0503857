//! One tile: up to 256 hashes in a row and the nodes between them and the tile's own root.

use std::sync::Arc;

use super::{Hash, node_hash};

/// Hashes of a full tile.
pub const TILE_WIDTH: usize = 256;
/// Rows of nodes within a tile: heights 0 to 7 above its hashes; height 8 is the tile's root,
/// which stands in the tile above.
pub(super) const TILE_HEIGHT: u32 = 8;
/// Bytes of a full tile.
pub(super) const TILE_BYTES: usize = TILE_WIDTH * HASH_BYTES;
const HASH_BYTES: usize = 32;
/// The lowest row of a [`Crown`].
const CROWN_HEIGHT: usize = 5;

/// A tile to be stored: all its hashes, replacing whatever narrower tile stood there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileWrite {
    /// 0 for leaves; each level stands on full tiles of the level below.
    pub level: u8,
    /// Which tile of its level, from 0.
    pub index: u64,
    /// 1 to 256 hashes of 32 bytes, one after the other, as [`super::TileSource::tile`] returns
    /// them and as `tlog-tiles` serves them.
    pub hashes: Vec<u8>,
}

impl TileWrite {
    /// Hashes in the tile, 1 to 256.
    pub fn width(&self) -> usize {
        self.hashes.len() / HASH_BYTES
    }
}

/// Stored bytes that are no tile: not 1 to 256 hashes of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tile has 1 to 256 hashes of 32 bytes, not {bytes} bytes")]
pub struct BadTile {
    /// Bytes found.
    pub bytes: usize,
}

/// The upper three rows of a full tile: 14 hashes, from which any node of the tile is at most
/// 31 hashes away.
pub(super) type Crown = Arc<[Hash]>;

/// A tile with its inner nodes, about 16 KiB when full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TileNodes {
    /// The tile's hashes, then the rows above them. After [`Self::crowned`] the rows between
    /// the hashes and the crown are empty, and their nodes are worked out when asked for.
    rows: [Vec<Hash>; TILE_HEIGHT as usize],
}

impl TileNodes {
    /// Reads the stored form and works out the inner nodes.
    ///
    /// # Errors
    /// If the bytes are not 1 to 256 hashes.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadTile> {
        let mut nodes = Self::default();
        nodes.extend(bytes)?;
        Ok(nodes)
    }

    /// Hashes in the tile.
    pub fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// Bytes of the stored form.
    pub(super) fn stored_bytes(&self) -> usize {
        self.width() * HASH_BYTES
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.stored_bytes());
        for hash in self.rows.first().into_iter().flatten() {
            bytes.extend_from_slice(hash.as_bytes());
        }
        bytes
    }

    /// The node at `height` (0 to 7) above the hashes, counted from the left; `None` if the
    /// tile is too narrow for it.
    pub fn node(&self, height: u32, position: usize) -> Option<Hash> {
        if position >= self.width().checked_shr(height)? {
            return None;
        }
        self.work_out(usize::try_from(height).ok()?, position)
    }

    fn work_out(&self, height: usize, position: usize) -> Option<Hash> {
        if let Some(known) = self.rows.get(height)?.get(position) {
            return Some(*known);
        }
        let below = height.checked_sub(1)?;
        let (left, right) = (2 * position, 2 * position + 1);
        Some(node_hash(&self.work_out(below, left)?, &self.work_out(below, right)?))
    }

    /// The upper rows of a full tile.
    pub(super) fn crown(&self) -> Crown {
        self.rows.iter().skip(CROWN_HEIGHT).flatten().copied().collect()
    }

    /// A full tile whose upper rows are known.
    pub(super) fn crowned(bytes: &[u8], crown: &Crown) -> Result<Self, BadTile> {
        let bad = BadTile { bytes: bytes.len() };
        if bytes.len() != TILE_BYTES {
            return Err(bad);
        }
        let mut nodes = Self::default();
        let mut upper = crown.iter().copied();
        for (height, row) in nodes.rows.iter_mut().enumerate() {
            match height {
                0 => row.extend(bytes.chunks_exact(HASH_BYTES).filter_map(Hash::from_slice)),
                1..CROWN_HEIGHT => {}
                _ => row.extend(upper.by_ref().take(TILE_WIDTH >> height)),
            }
        }
        Ok(nodes)
    }

    /// Adds a hash on the right; the tile's root if that made it full. The tile must not be full.
    pub(super) fn push(&mut self, hash: Hash) -> Option<Hash> {
        let mut carry = hash;
        for row in &mut self.rows {
            row.push(carry);
            match row.as_slice() {
                [.., left, right] if row.len() % 2 == 0 => carry = node_hash(left, right),
                _ => return None,
            }
        }
        Some(carry)
    }

    /// Takes the stored form of the same tile, grown on the right.
    pub(super) fn extend(&mut self, bytes: &[u8]) -> Result<(), BadTile> {
        let bad = BadTile { bytes: bytes.len() };
        if bytes.is_empty() || !bytes.len().is_multiple_of(HASH_BYTES) || bytes.len() > TILE_BYTES {
            return Err(bad);
        }
        for chunk in bytes.chunks_exact(HASH_BYTES).skip(self.width()) {
            self.push(Hash::from_slice(chunk).ok_or(bad)?);
        }
        Ok(())
    }

    /// True if `bytes` begin with this tile's hashes.
    pub(super) fn begins(&self, bytes: &[u8]) -> bool {
        self.stored_bytes() <= bytes.len()
            && self
                .rows
                .first()
                .into_iter()
                .flatten()
                .zip(bytes.chunks_exact(HASH_BYTES))
                .all(|(hash, chunk)| hash.as_bytes() == chunk)
    }

    /// Keeps the first `width` hashes and the nodes over them.
    pub(super) fn narrow(&mut self, width: usize) {
        for (height, row) in self.rows.iter_mut().enumerate() {
            row.truncate(width >> height);
        }
    }

    /// Empties the tile; its memory stays for the next one.
    pub(super) fn clear(&mut self) {
        self.narrow(0);
    }

    /// The roots of the largest complete subtrees that make up the tile, smallest (rightmost)
    /// first.
    pub(super) fn peaks(&self) -> impl Iterator<Item = &Hash> {
        self.rows.iter().filter(|row| row.len() % 2 == 1).filter_map(|row| row.last())
    }
}
