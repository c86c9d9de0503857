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
    SmallTree::new(leaves.to_vec()).inclusion(position)
}

/// A tree of which many leaves are proved.
pub struct SmallTree {
    /// The leaves, then the rows above them up to the root.
    rows: Vec<Vec<Hash>>,
}

impl SmallTree {
    /// Works the tree out.
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut rows = vec![leaves];
        while let Some(row) = rows.last().filter(|row| row.len() > 1) {
            let above = row_above(row);
            rows.push(above);
        }
        Self { rows }
    }

    /// The proof of leaf `position`, as [`small_inclusion`] gives it.
    pub fn inclusion(&self, position: usize) -> Option<Vec<Hash>> {
        let (leaves, mut here) = (self.rows.first()?, position);
        leaves.get(position)?;
        let mut proof = Vec::new();
        for row in &self.rows {
            if row.len() > 1 {
                proof.extend(row.get(here ^ 1));
            }
            here /= 2;
        }
        Some(proof)
    }
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
