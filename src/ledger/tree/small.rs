//! Trees that fit in memory: the entries of one bulk segment.

use super::{Hash, empty_root, node_hash};

/// The RFC 6962 root over a slice of leaf hashes.
pub fn small_root(leaves: &[Hash]) -> Hash {
    let mut row = leaves.to_vec();
    while row.len() > 1 {
        row = row_above(&row);
    }
    row.first().copied().unwrap_or_else(empty_root)
}

/// The inclusion proof of leaf `position` (from 0), which [`super::verify_inclusion`] accepts;
/// `None` if there is no such leaf.
pub fn small_inclusion(leaves: &[Hash], position: usize) -> Option<Vec<Hash>> {
    leaves.get(position)?;
    let mut proof = Vec::new();
    let mut here = position;
    let mut row = leaves.to_vec();
    while row.len() > 1 {
        proof.extend(row.get(here ^ 1));
        here /= 2;
        row = row_above(&row);
    }
    Some(proof)
}

/// Nodes over pairs; a last one without a partner stands for itself, which is what the split
/// of RFC 6962 at powers of two comes to.
fn row_above(row: &[Hash]) -> Vec<Hash> {
    row.chunks(2)
        .filter_map(|pair| match pair {
            [left, right] => Some(node_hash(left, right)),
            [alone] => Some(*alone),
            _ => None,
        })
        .collect()
}
