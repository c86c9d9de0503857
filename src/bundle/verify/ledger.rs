//! Whose bundle it is, and whether an entry lies in the log that its checkpoint states.

use std::io::{Read, Seek};

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
use super::report::{Faults, Signer};

/// What the other checks may build on.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// The key in the bundle, if it is one.
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
    pinned: Option<&str>,
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
    if let Some(pinned) = pinned.filter(|pinned| *pinned != vkey) {
        let expected = fingerprint(pinned);
        faults.push(Fault::at(layout::VKEY, FaultKind::OtherSigner { expected, found }));
    }
    signature(files, sums, &vkey, faults)?;
    if let Some(note) = files.text(layout::CHECKPOINT, most, faults)? {
        match checkpoint::open(&note, &vkey) {
            Ok(checkpoint) => trust.checkpoint = Some(checkpoint),
            Err(error) => faults.push(Fault::at(layout::CHECKPOINT, FaultKind::BadCheckpoint { error })),
        }
        trust.note = Some(note);
    }
    trust.signer = Some(Signer { pinned: pinned == Some(vkey.as_str()), fingerprint: found, vkey });
    Ok(trust)
}

fn signature<R: Read + Seek>(
    files: &mut Files<'_, R>,
    sums: &Sums,
    vkey: &str,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    let path = layout::SIGNATURE;
    let Some(note) = files.text(path, BUNDLE_TEXT_BYTES_MAX, faults)? else { return Ok(()) };
    let signed = match statement::open(&note, vkey, statement::Subject::Bundle) {
        Ok(lines) => lines,
        Err(error) => {
            faults.push(Fault::at(path, FaultKind::BadSignature { error }));
            return Ok(());
        }
    };
    let digest = sums.get(&crate::bundle::bag::Algorithm::Sha512.tag_manifest()).map(|file| file.sha512);
    if digest.map(|digest| signed_lines(files.name, &digest).to_vec()) != Some(signed) {
        faults.push(Fault::at(path, FaultKind::SignatureOfOther));
    }
    Ok(())
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
