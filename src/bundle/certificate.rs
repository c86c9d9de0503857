//! Certificates of destruction (销毁证明), checked with no archive at all: what they say is what the log has entered,
//! under a checkpoint that the log's key signed. `docs/formats/certificate.md` describes the file.

use serde_json::Value;

use crate::base::canonical;
use crate::base::digest::{Digest, from_hex};
use crate::ledger::entry::{self, EntryKind};
use crate::ledger::proof;
use crate::ledger::tree::{leaf_hash, small_root};
use crate::seal::commitment::{CommitmentKey, commit};

/// The form of the file.
pub const CERTIFICATE_FORM: &str = "muniment.certificate-of-destruction";
/// The versions of it that are read.
pub const CERTIFICATE_VERSIONS: &[u64] = &[1];

/// Why a certificate does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// It is not of a form that this program reads.
    #[error("no certificate of destruction that this program reads")]
    Form,
    /// The proof does not lead from the entry to a checkpoint that this key signed.
    #[error("the proof does not lead to a checkpoint that the log's key signed")]
    Proof,
    /// The entry is of something else, or is committed to another certificate.
    #[error("the entry that ended the disposition is committed to another certificate")]
    Commitment,
    /// The records that it lists do not have the root that was reviewed.
    #[error("the records are not those that were reviewed: their root is another one")]
    Root,
}

/// A certificate that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The disposition.
    pub disposition: String,
    /// Records that were destroyed.
    pub destroyed: u64,
    /// Those that left it.
    pub left: u64,
    /// The position of the entry in the log.
    pub ledger_index: u64,
    /// Entries under the checkpoint.
    pub ledger_size: u64,
    /// The same keys are in no older copy of the database that anybody could open; shown by a turn of the epoch that
    /// was entered behind it.
    pub unrecoverable_from_backups: bool,
}

/// Checks a certificate against the log's public key.
///
/// # Errors
/// What does not hold.
pub fn check_certificate(file: &Value, vkey: &str) -> Result<Certified, CertificateFault> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let form = CertificateFault::Form;
    let words = file.get("certificate").ok_or(form)?;
    for part in [file, words] {
        let version = part.get("version").and_then(Value::as_u64);
        if text(part, "form").as_deref() != Some(CERTIFICATE_FORM)
            || !version.is_some_and(|version| CERTIFICATE_VERSIONS.contains(&version))
        {
            return Err(form);
        }
    }
    let (entry_text, proof_text) = (text(file, "entry").ok_or(form)?, text(file, "proof").ok_or(form)?);
    let (ledger_index, checkpoint) =
        proof::verify(&proof_text, entry_text.as_bytes(), vkey).map_err(|_| CertificateFault::Proof)?;
    let entry = entry::decode(entry_text.as_bytes()).map_err(|_| CertificateFault::Commitment)?;
    let key = text(file, "commitment_key").and_then(|hex| from_hex(&hex)).ok_or(form)?;
    let key = CommitmentKey::from_slice(&key).ok_or(form)?;
    let committed = commit(&key, Digest::of(&canonical::to_bytes(words))).digest().to_hex();
    let batch = entry.facts.get("batch").ok_or(CertificateFault::Commitment)?;
    let disposition = text(words, "disposition").ok_or(form)?;
    if entry.kind != EntryKind::DispositionStep
        || entry.subject != disposition
        || text(batch, "certificate").as_deref() != Some(committed.as_str())
    {
        return Err(CertificateFault::Commitment);
    }
    let items = words.get("items").and_then(Value::as_array).ok_or(form)?;
    let leaves: Vec<_> = items
        .iter()
        .map(|item| item.get("leaf").map(|leaf| leaf_hash(&canonical::to_bytes(leaf))))
        .collect::<Option<_>>()
        .ok_or(form)?;
    let root = Digest::from_bytes(*small_root(&leaves).as_bytes()).to_hex();
    let reviewed = text(batch, "root");
    if reviewed.as_deref() != Some(root.as_str()) || text(words, "root") != reviewed {
        return Err(CertificateFault::Root);
    }
    let destroyed = items.iter().filter(|item| text(item, "outcome").as_deref() == Some("destroyed")).count();
    let turned = file.get("unrecoverable_from_backups_since").filter(|turned| !turned.is_null());
    let unrecoverable_from_backups = match turned {
        None => false,
        Some(turned) => {
            let (entry_text, proof_text) =
                (text(turned, "entry").ok_or(form)?, text(turned, "proof").ok_or(form)?);
            let (index, _) = proof::verify(&proof_text, entry_text.as_bytes(), vkey)
                .map_err(|_| CertificateFault::Proof)?;
            let entry = entry::decode(entry_text.as_bytes()).map_err(|_| CertificateFault::Proof)?;
            if entry.kind != EntryKind::EpochTurned || index <= ledger_index {
                return Err(CertificateFault::Proof);
            }
            true
        }
    };
    Ok(Certified {
        disposition,
        destroyed: destroyed as u64,
        left: (items.len() - destroyed) as u64,
        ledger_index,
        ledger_size: checkpoint.size,
        unrecoverable_from_backups,
    })
}
