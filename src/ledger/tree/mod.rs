//! The Merkle tree of the ledger (RFC 6962 §2.1 with SHA-256) over tiles of 256 hashes
//! (C2SP `tlog-tiles`): building, proving and checking.
//!
//! Nothing here reads a store by itself: tiles come from a [`TileSource`], whose own errors
//! pass through unchanged. A tile of the wrong shape is an error, never a panic. Tiles are not
//! checked against a signed root here; `verify` does that by building the tree anew.

mod builder;
mod cache;
mod check;
mod read;
mod small;
mod tile;

pub use builder::{Appended, Builder, append};
pub use cache::{TileCache, WarmTiles};
pub use check::{BadProof, verify_consistency, verify_inclusion};
pub use read::{TileSource, TreeError, consistency, inclusion, root};
pub use small::{SmallTree, small_inclusion, small_root};
pub use tile::{BadTile, TILE_WIDTH, TileNodes, TileWrite};

use crate::base::digest::{Digest, Digesting};

/// A node of the tree.
pub type Hash = Digest;

/// The most leaves that a tree may have; far beyond reach, and low enough that no sum overflows.
pub const LEAVES_MAX: u64 = 1 << 62;

/// The leaf of an entry: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut digesting = Digesting::new();
    digesting.update(&[0x00]);
    digesting.update(entry);
    digesting.finish()
}

/// The node above two nodes: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut block = [0x01; 65];
    let (_, children) = block.split_at_mut(1);
    let (first, second) = children.split_at_mut(32);
    first.copy_from_slice(left.as_bytes());
    second.copy_from_slice(right.as_bytes());
    Digest::of(&block)
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Digest::of(b"")
}

#[cfg(test)]
mod tests;
