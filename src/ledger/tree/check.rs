//! Checking proofs without the tree: what a stranger does (RFC 9162 §2.1.3.2 and §2.1.4.2).

use super::{Hash, empty_root, node_hash};

/// Why a proof is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    /// The positions make no sense: a leaf beyond the tree, or a tree that shrank.
    #[error("the position lies outside the tree")]
    Position,
    /// Too few or too many hashes for these positions.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Checks that `leaf` is leaf `seq` (from 0) of the tree of `size` leaves with this `root`.
///
/// # Errors
/// If the proof does not show exactly that.
pub fn verify_inclusion(
    seq: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), BadProof> {
    if seq >= size {
        return Err(BadProof::Position);
    }
    let mut path = Path { node: seq, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match path.climb()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    path.ends_at_root()?;
    if hash == *root { Ok(()) } else { Err(BadProof::Root) }
}

/// Checks that the tree of `new_size` leaves begins with the tree of `old_size` leaves. The
/// empty tree is the beginning of every tree.
///
/// # Errors
/// If the proof does not show exactly that.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), BadProof> {
    if old_size > new_size {
        return Err(BadProof::Position);
    }
    if old_size == 0 || old_size == new_size {
        let expected = if old_size == 0 { empty_root() } else { *new_root };
        return match (proof, expected == *old_root) {
            ([], true) => Ok(()),
            ([], false) => Err(BadProof::Root),
            _ => Err(BadProof::Length),
        };
    }
    let mut path = Path { node: old_size - 1, last: new_size - 1 };
    path.lift(path.node.trailing_ones());
    // A complete old tree is itself the first hash, and its root is known.
    let (first, rest) = match proof {
        _ if old_size.is_power_of_two() => (old_root, proof),
        [first, rest @ ..] => (first, rest),
        [] => return Err(BadProof::Length),
    };
    let (mut old, mut new) = (*first, *first);
    for sibling in rest {
        match path.climb()? {
            Side::Left => {
                old = node_hash(sibling, &old);
                new = node_hash(sibling, &new);
            }
            Side::Right => new = node_hash(&new, sibling),
        }
    }
    path.ends_at_root()?;
    if old == *old_root && new == *new_root { Ok(()) } else { Err(BadProof::Root) }
}

/// A node and the last node of its row, on the way up.
struct Path {
    node: u64,
    last: u64,
}

/// Where the sibling stands.
enum Side {
    Left,
    Right,
}

impl Path {
    /// Goes up to the next node with a sibling's hash in the proof.
    fn climb(&mut self) -> Result<Side, BadProof> {
        if self.last == 0 {
            return Err(BadProof::Length);
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            // A last node without a sibling stands for itself in the rows above.
            self.lift(self.node.trailing_zeros());
            Side::Left
        } else {
            Side::Right
        };
        self.lift(1);
        Ok(side)
    }

    fn lift(&mut self, rows: u32) {
        self.node = self.node.checked_shr(rows).unwrap_or(0);
        self.last = self.last.checked_shr(rows).unwrap_or(0);
    }

    fn ends_at_root(&self) -> Result<(), BadProof> {
        if self.last == 0 { Ok(()) } else { Err(BadProof::Length) }
    }
}
