//! Proof files (C2SP `tlog-proof`): one text that shows, without a network and without the
//! archive, that an entry lies in the log under a signed checkpoint.

use crate::base::limits::PROOF_BYTES_MAX;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::{self, Checkpoint, CheckpointError, parse_decimal, parse_hash};
use super::tree::{BadProof, Hash, leaf_hash, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// A path in a tree of 2^64 leaves; longer proofs are refused before they are read.
const HASHES_MAX: usize = 64;

/// A proof file taken apart; nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// The optional extra data, which no signature covers. The archive writes none.
    pub extra: Option<Vec<u8>>,
    /// The entry's position in the log, from 0.
    pub seq: u64,
    /// Sibling hashes from the leaf upwards.
    pub hashes: Vec<Hash>,
    /// The checkpoint's signed note, verbatim.
    pub checkpoint: String,
}

/// Why a proof file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text is no proof file.
    #[error("not a tlog-proof: line {line} is malformed")]
    Malformed {
        /// The first line that does not fit, from 1.
        line: usize,
    },
    /// The checkpoint in it is refused.
    #[error("the checkpoint in the proof is refused: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The hashes do not lead from the entry to the checkpoint's root.
    #[error("the entry is not shown to be in the log: {0}")]
    NotIncluded(#[from] BadProof),
}

/// The proof file for the entry at `seq`; `checkpoint_note` is the signed note of the tree that
/// `hashes` were taken from.
pub fn to_tlog_proof(seq: u64, hashes: &[Hash], checkpoint_note: &str) -> String {
    let lines: String = hashes.iter().map(|hash| STANDARD.encode(hash.as_bytes()) + "\n").collect();
    format!("{FIRST_LINE}\nindex {seq}\n{lines}\n{checkpoint_note}")
}

/// Takes a proof file apart.
///
/// # Errors
/// If the text has another form than `tlog-proof` prescribes.
pub fn parse(text: &str) -> Result<TlogProof, ProofError> {
    let malformed = |line| ProofError::Malformed { line };
    if text.len() > PROOF_BYTES_MAX {
        return Err(malformed(1));
    }
    let (head, note) = text.split_once("\n\n").ok_or(malformed(1))?;
    let mut lines = (1..).zip(head.split('\n')).peekable();
    if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
        return Err(malformed(1));
    }
    let mut extra = None;
    if let Some((number, data)) = lines
        .next_if(|(_, line)| line.starts_with("extra "))
        .and_then(|(n, l)| Some((n, l.strip_prefix("extra ")?)))
    {
        extra = Some(STANDARD.decode(data).map_err(|_| malformed(number))?);
    }
    let seq = match lines.next() {
        Some((number, line)) => {
            line.strip_prefix("index ").and_then(parse_decimal).ok_or(malformed(number))?
        }
        None => return Err(malformed(2)),
    };
    let mut hashes = Vec::new();
    for (number, line) in lines {
        if hashes.len() == HASHES_MAX {
            return Err(malformed(number));
        }
        hashes.push(parse_hash(line).ok_or(malformed(number))?);
    }
    Ok(TlogProof { extra, seq, hashes, checkpoint: note.to_owned() })
}

/// Checks that `entry` lies in the log that `vkey` belongs to, at the position that the proof
/// names; returns position and checkpoint.
///
/// # Errors
/// If the proof file, its checkpoint or its hashes do not show exactly that.
pub fn verify(text: &str, entry: &[u8], vkey: &str) -> Result<(u64, Checkpoint), ProofError> {
    verify_leaf(text, &leaf_hash(entry), vkey)
}

/// As [`verify`], for an entry whose bytes are withheld and whose leaf hash is known.
///
/// # Errors
/// As [`verify`].
pub fn verify_leaf(text: &str, leaf: &Hash, vkey: &str) -> Result<(u64, Checkpoint), ProofError> {
    let proof = parse(text)?;
    let checkpoint = checkpoint::open(&proof.checkpoint, vkey)?;
    verify_inclusion(proof.seq, checkpoint.size, leaf, &proof.hashes, &checkpoint.root)?;
    Ok((proof.seq, checkpoint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::golden;

    #[test]
    fn a_proof_shows_that_its_entry_is_in_the_log() {
        let (entry, text) = golden::proof();
        let (seq, checkpoint) = verify(&text, &entry, &golden::log_key().vkey()).unwrap();
        assert_eq!((seq, checkpoint.size), (3, 7));
    }

    #[test]
    fn every_single_bit_flip_of_a_proof_is_refused() {
        let (entry, text) = golden::proof();
        let vkey = golden::log_key().vkey();
        for bit in 0..text.len() * 8 {
            let mut flipped = text.clone().into_bytes();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(flipped) = std::str::from_utf8(&flipped) {
                assert!(verify(flipped, &entry, &vkey).is_err(), "bit {bit}: {flipped}");
            }
        }
    }

    #[test]
    fn every_single_bit_flip_of_the_entry_is_refused() {
        let (entry, text) = golden::proof();
        let vkey = golden::log_key().vkey();
        for bit in 0..entry.len() * 8 {
            let mut flipped = entry.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                verify(&text, &flipped, &vkey),
                Err(ProofError::NotIncluded(BadProof::Root)),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn extra_data_is_read_and_proves_nothing() {
        let (entry, text) = golden::proof();
        let with_extra = text.replacen("\nindex", "\nextra bXVuaW1lbnQ=\nindex", 1);
        assert_eq!(parse(&with_extra).unwrap().extra.as_deref(), Some(b"muniment".as_slice()));
        assert!(verify(&with_extra, &entry, &golden::log_key().vkey()).is_ok());
    }

    #[test]
    fn a_malformed_proof_names_the_line() {
        let (_, text) = golden::proof();
        let line = |text: &str| match parse(text) {
            Err(ProofError::Malformed { line }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(""), 1);
        assert_eq!(line(&text.replacen("@v1", "@v2", 1)), 1);
        assert_eq!(line(&text.replacen("index 3", "index 03", 1)), 2);
        assert_eq!(line(&text.replacen("index 3", "extra !\nindex 3", 1)), 2);
        assert_eq!(line(&text.replacen("index 3\n", "index 3\nAAAA\n", 1)), 3);
        assert_eq!(line(&text.replacen("=\n\n", "\n\n", 1)), 5);
    }

    #[test]
    fn a_proof_longer_than_any_tree_is_refused() {
        let hashes = vec![golden::root(); 65];
        let text = to_tlog_proof(0, &hashes, "note");
        assert_eq!(parse(&text), Err(ProofError::Malformed { line: 67 }));
    }
}
