//! Entries of a bulk log that leave without their neighbours: each has the key to its own
//! commitment and the way to its segment's root, which the ledger holds.

use serde_json::{Value, json};

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::ledger::tree::{BadProof, Hash, leaf_hash, verify_inclusion};
use crate::seal::commitment::{CommitmentKey, commit};

use super::entry::{SegmentFacts, digest};
use super::openings::{hex, parse_key};

/// The proof of one entry: one line of `proof/segments/R000001.jsonl`.
pub(super) struct EntryProof {
    /// The entry's number in its segment, from 0.
    pub ordinal: u64,
    /// The key of its commitment.
    pub key: CommitmentKey,
    /// Sibling hashes from the leaf upwards.
    pub hashes: Vec<Hash>,
}

impl EntryProof {
    /// The line, without its break.
    pub(super) fn to_line(&self) -> Vec<u8> {
        canonical::to_bytes(&json!({
            "key": hex(&self.key),
            "ordinal": self.ordinal,
            "proof": self.hashes.iter().map(|hash| hash.to_hex()).collect::<Vec<_>>(),
        }))
    }

    /// Reads what [`EntryProof::to_line`] wrote, and nothing else.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(line).ok()?;
        let proof = Self {
            ordinal: value.get("ordinal")?.as_u64()?,
            key: parse_key(value.get("key")?)?,
            hashes: value.get("proof")?.as_array()?.iter().map(digest).collect::<Option<_>>()?,
        };
        (proof.to_line() == line).then_some(proof)
    }

    /// Checks that `entry` (its bytes without the line break) is this entry of the segment.
    pub(super) fn check(&self, segment: &SegmentFacts, entry: Digest) -> Result<(), BadProof> {
        let leaf = leaf_hash(commit(&self.key, entry).as_bytes());
        verify_inclusion(self.ordinal, segment.entries, &leaf, &self.hashes, &segment.root)
    }
}
