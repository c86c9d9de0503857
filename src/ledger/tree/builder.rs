//! Growing the tree: leaf by leaf, holding only the rightmost tile of each level.

use super::read::{TileSource, TreeError, fold};
use super::tile::{TILE_HEIGHT, TileNodes, TileWrite};
use super::{Hash, LEAVES_MAX};

/// A tree that grows on the right. It holds one unfinished tile per level (16 KiB each, five
/// levels at a million million leaves) and hands out every tile that it finishes.
///
/// ```
/// use muniment::ledger::tree::{Builder, leaf_hash};
///
/// let mut builder = Builder::new();
/// let mut finished = 0;
/// for number in 0..300_u32 {
///     finished += builder.push(leaf_hash(&number.to_be_bytes())).len();
/// }
/// assert_eq!((builder.size(), finished), (300, 1));
/// assert_eq!(builder.edge_tiles().len(), 2); // 44 leaves, and one hash on level 1
/// ```
#[derive(Debug, Clone, Default)]
pub struct Builder {
    size: u64,
    edges: Vec<TileNodes>,
}

impl Builder {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of the first `size` leaves, ready to grow.
    ///
    /// # Errors
    /// If an unfinished tile of that tree cannot be read, is missing or malformed.
    pub fn resume<S: TileSource>(source: &S, size: u64) -> Result<Self, TreeError<S::Error>> {
        if size > LEAVES_MAX {
            return Err(TreeError::TooLarge);
        }
        let mut edges = Vec::new();
        for level in 0..TILE_HEIGHT as u8 {
            let hashes = size >> (TILE_HEIGHT * u32::from(level));
            if hashes == 0 {
                break;
            }
            let width = usize::try_from(hashes % 256).map_err(|_| TreeError::TooLarge)?;
            edges.push(edge(source, level, hashes >> TILE_HEIGHT, width)?);
        }
        Ok(Self { size, edges })
    }

    /// Adds a leaf; returns the tiles that it finished, lowest level first, mostly none.
    pub fn push(&mut self, leaf: Hash) -> Vec<TileWrite> {
        let mut finished = Vec::new();
        let mut carry = Some(leaf);
        for level in 0..TILE_HEIGHT as u8 {
            let Some(hash) = carry else { break };
            if self.edges.len() == usize::from(level) {
                self.edges.push(TileNodes::default());
            }
            let Some(edge) = self.edges.get_mut(usize::from(level)) else { break };
            carry = edge.push(hash);
            if carry.is_some() {
                let index = tile_index(self.size, level);
                finished.push(TileWrite { level, index, hashes: edge.to_bytes() });
                edge.clear();
            }
        }
        self.size += 1;
        finished
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves so far.
    pub fn root(&self) -> Hash {
        fold(self.edges.iter().flat_map(TileNodes::peaks))
    }

    /// The unfinished tiles, lowest level first; levels whose last tile is full have none.
    pub fn edge_tiles(&self) -> Vec<TileWrite> {
        (0_u8..)
            .zip(&self.edges)
            .filter(|(_, edge)| edge.width() > 0)
            .map(|(level, edge)| TileWrite {
                level,
                index: tile_index(self.size, level),
                hashes: edge.to_bytes(),
            })
            .collect()
    }
}

/// The unfinished tile with its first `width` hashes; an empty one if `width` is 0.
fn edge<S: TileSource>(
    source: &S,
    level: u8,
    index: u64,
    width: usize,
) -> Result<TileNodes, TreeError<S::Error>> {
    if width == 0 {
        return Ok(TileNodes::default());
    }
    match source.nodes(level, index)? {
        Some(tile) if tile.width() >= width => {
            let mut tile = TileNodes::clone(&tile);
            tile.narrow(width);
            Ok(tile)
        }
        _ => Err(TreeError::Missing { level, index }),
    }
}

/// The tile of `level` over leaf `seq`.
fn tile_index(seq: u64, level: u8) -> u64 {
    seq.checked_shr(TILE_HEIGHT * (u32::from(level) + 1)).unwrap_or(0)
}

/// What an append changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Leaves of the grown tree.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// Every tile that changed, whole; each place once.
    pub tiles: Vec<TileWrite>,
}

/// Adds `leaves` to the tree of `size` leaves.
///
/// # Errors
/// If an unfinished tile cannot be read, is missing or malformed, or the tree would be too large.
pub fn append<S: TileSource>(
    source: &S,
    size: u64,
    leaves: &[Hash],
) -> Result<Appended, TreeError<S::Error>> {
    let mut builder = Builder::resume(source, size)?;
    if leaves.len() as u64 > LEAVES_MAX - size {
        return Err(TreeError::TooLarge);
    }
    let mut tiles: Vec<TileWrite> = leaves.iter().flat_map(|leaf| builder.push(*leaf)).collect();
    let grown = |tile: &TileWrite| {
        let below = TILE_HEIGHT * u32::from(tile.level);
        builder.size() >> below != size >> below
    };
    tiles.extend(builder.edge_tiles().into_iter().filter(grown));
    Ok(Appended { size: builder.size(), root: builder.root(), tiles })
}
