//! Whose bundle it is, and whether an entry lies in the log that its checkpoint states.

use std::io::{Read, Seek};

use crate::base::digest::Digest;
use crate::base::limits::{BUNDLE_TEXT_BYTES_MAX, LEDGER_ENTRY_BYTES_MAX};
use crate::bundle::bag::{fingerprint, signed_lines};
use crate::bundle::layout;
use crate::ledger::checkpoint::{self, Checkpoint, CheckpointError};
use crate::ledger::proof::{parse, to_tlog_proof};
use crate::ledger::statement;
use crate::ledger::tree::{leaf_hash, verify_inclusion};

use super::VerifyError;
use super::bag::Sums;
use super::fault::{Fault, FaultKind};
use super::files::Files;
use super::report::{Faults, PackageKey, Signer};

/// What the other checks may build on.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// The key in the bundle, if it is one.
    pub key: Option<PackageKey>,
    /// The same, if it signed this very bundle.
    pub signer: Option<Signer>,
    /// What the checkpoint states, if that key signed it.
    pub checkpoint: Option<Checkpoint>,
    /// The checkpoint's text.
    pub note: Option<String>,
}

/// Checks key, signature and checkpoint.
pub(super) fn trust<R: Read + Seek>(
    files: &mut Files<'_, R>,
    sums: &Sums,
    known: Option<Digest>,
    faults: &mut Faults,
) -> Result<Trust, VerifyError> {
    let mut trust = Trust::default();
    let most = BUNDLE_TEXT_BYTES_MAX;
    let Some(text) = files.text(layout::VKEY, most, faults)? else { return Ok(trust) };
    let vkey = text.strip_suffix('\n').unwrap_or_default().to_owned();
    let probe = statement::open("", &vkey, statement::Subject::Bundle);
    if matches!(probe, Err(CheckpointError::BadVkey)) {
        faults.push(Fault::at(layout::VKEY, FaultKind::BadVkey));
        return Ok(trust);
    }
    let found = fingerprint(&vkey);
    if let Some(expected) = known.filter(|known| *known != found) {
        faults.push(Fault::at(layout::VKEY, FaultKind::OtherSigner { expected, found }));
    }
    let is_signed = is_signed(files, sums, &vkey, faults)?;
    if let Some(note) = files.text(layout::CHECKPOINT, most, faults)? {
        match checkpoint::open(&note, &vkey) {
            Ok(checkpoint) => trust.checkpoint = Some(checkpoint),
            Err(error) => faults.push(Fault::at(layout::CHECKPOINT, FaultKind::BadCheckpoint { error })),
        }
        trust.note = Some(note);
    }
    let key = PackageKey { vkey, fingerprint: found };
    trust.signer = is_signed.then(|| Signer { key: key.clone(), pinned: known == Some(found) });
    trust.key = Some(key);
    Ok(trust)
}

/// True if the key signed this bundle's name and the digest of its tag manifest; a fault otherwise.
fn is_signed<R: Read + Seek>(
    files: &mut Files<'_, R>,
    sums: &Sums,
    vkey: &str,
    faults: &mut Faults,
) -> Result<bool, VerifyError> {
    let path = layout::SIGNATURE;
    let Some(note) = files.text(path, BUNDLE_TEXT_BYTES_MAX, faults)? else { return Ok(false) };
    let signed = match statement::open(&note, vkey, statement::Subject::Bundle) {
        Ok(lines) => lines,
        Err(error) => {
            faults.push(Fault::at(path, FaultKind::BadSignature { error }));
            return Ok(false);
        }
    };
    let digest = sums.get(&crate::bundle::bag::Algorithm::Sha512.tag_manifest()).map(|file| file.sha512);
    let is_this = digest.map(|digest| signed_lines(files.name, &digest).to_vec()) == Some(signed);
    if !is_this {
        faults.push(Fault::at(path, FaultKind::SignatureOfOther));
    }
    Ok(is_this)
}

/// An entry that was shown to be in the log.
pub(super) struct Proven {
    pub seq: u64,
    pub bytes: Vec<u8>,
}

/// Checks that the entry at `path` is in the log; `None`, and faults, if its bytes or its place
/// cannot be had. An entry whose proof fails is still given, so that its own faults are named.
pub(super) fn proven<R: Read + Seek>(
    files: &mut Files<'_, R>,
    trust: &Trust,
    path: &str,
    proof_path: &str,
    faults: &mut Faults,
) -> Result<Option<Proven>, VerifyError> {
    let bytes = files.bytes(path, LEDGER_ENTRY_BYTES_MAX as u64, faults)?;
    let text = files.text(proof_path, BUNDLE_TEXT_BYTES_MAX, faults)?;
    let (Some(bytes), Some(text)) = (bytes, text) else { return Ok(None) };
    let mut fault = |kind| faults.push(Fault::at(proof_path, kind));
    let Ok(proof) = parse(&text) else {
        fault(FaultKind::ProofUnreadable);
        return Ok(None);
    };
    // One spelling, and no extra line: nothing vouches for it.
    if to_tlog_proof(proof.seq, &proof.hashes, &proof.checkpoint) != text {
        fault(FaultKind::ProofUnreadable);
    }
    if trust.note.as_ref() != Some(&proof.checkpoint) {
        fault(FaultKind::ProofOfOtherCheckpoint);
    }
    if let Some(checkpoint) = &trust.checkpoint {
        let leaf = leaf_hash(&bytes);
        if let Err(error) =
            verify_inclusion(proof.seq, checkpoint.size, &leaf, &proof.hashes, &checkpoint.root)
        {
            fault(FaultKind::NotInLog { error });
        }
    }
    Ok(Some(Proven { seq: proof.seq, bytes }))
}
