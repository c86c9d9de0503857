//! Deep: decrypts everything with the keys at hand and checks the commitments.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use crate::base::digest::{Digest, Digesting};
use crate::base::id::RecordId;
use crate::blob::{Blobs, ReadSeek};
use crate::ledger::tree::small_root;
use crate::record::state::RecordState;
use crate::seal::commitment::{CommitmentKey, commit};
use crate::seal::payload::Opening;
use crate::seal::{Keyring, SealedHeader, cell};
use crate::store::Conn;
use crate::store::rows::components::{self, ComponentRow, Place, Presence};
use crate::store::rows::segments::{self, SegmentRow};
use crate::store::rows::{cells as cell_rows, records, versions};

use super::standing::Sealed;
use super::{Checks, FaultKind};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::segment::SegmentTable;
use crate::archive::version::offsets_context;
use crate::archive::{cells, descriptors};

/// Bytes read at once.
const READ_BYTES: usize = 256 * 1024;

/// Decrypts every descriptor and every payload.
pub(super) fn check(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    blobs: &dyn Blobs,
    keys: &Keyring,
) -> Result<(), Refusal> {
    let mut all_versions = Vec::new();
    versions::scan(conn, &mut |row| {
        // A corrupt row was named when rows were held against entries.
        all_versions.extend(row.ok());
        Ok::<_, Refusal>(())
    })?;
    let closed = closed_records(conn, &mut all_versions)?;
    for row in all_versions {
        let opened = descriptors::version_keys(keys, conn, row.record_id, row.version)
            .and_then(|version_keys| descriptors::open(&version_keys, &row));
        if let Err(error) = opened {
            let subject = format!("version {}", row.version);
            checks.report.add_to_record(FaultKind::Undecipherable, row.record_id, subject, error.to_string());
        }
    }
    let mut present = Vec::new();
    components::scan(conn, &mut |row| {
        let there = row.ok().filter(|row| row.state == Presence::Present && !closed.contains(&row.record_id));
        present.extend(there);
        Ok::<_, Refusal>(())
    })?;
    let mut buffer = vec![0; READ_BYTES];
    for row in present {
        match component(conn, blobs, keys, &row, &mut buffer) {
            Ok(true) => checks.report.decrypted += 1,
            Ok(false) => {
                let detail = "the plaintext is not the one that the ledger commits to";
                checks.report.add_to_record(
                    FaultKind::CommitmentDiffers,
                    row.record_id,
                    row.id.to_string(),
                    detail,
                );
            }
            Err(error) => checks.report.add_to_record(
                FaultKind::Undecipherable,
                row.record_id,
                row.id.to_string(),
                error.to_string(),
            ),
        }
    }
    Ok(())
}

/// The records that were sealed for their destruction, or destroyed: the keys at hand open nothing of them. That
/// their states are those to which entries brought them was held against these before.
fn closed_records(
    conn: &mut Conn,
    rows: &mut Vec<versions::VersionRow>,
) -> Result<HashSet<RecordId>, Refusal> {
    let mut closed = HashSet::new();
    for row in rows.iter().filter(|row| row.version == 1) {
        let record = records::get(conn, row.record_id)?;
        let state = record.and_then(|record| RecordState::from_row(&record.state));
        if state.is_some_and(|state| !state.is_openable()) {
            closed.insert(row.record_id);
        }
    }
    rows.retain(|row| !closed.contains(&row.record_id));
    Ok(closed)
}

/// Opens what the result of each job says of itself.
pub(super) fn check_results(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    keys: &Keyring,
    results: &[Sealed],
) -> Result<(), Refusal> {
    for Sealed { job, entered } in results {
        let subject = format!("results {job}");
        match cells::commitment_of(keys, conn, &job.to_string(), cells::RESULT, Thing::Job) {
            Ok(words) if words == entered.words => {}
            Ok(_) => {
                let detail = "the words about it are not those that the ledger commits to";
                checks.report.add(FaultKind::CommitmentDiffers, subject, detail);
            }
            Err(error) => checks.report.add(FaultKind::Undecipherable, subject, error.to_string()),
        }
    }
    Ok(())
}

/// Decrypts one payload; true if it is what the ledger commits to.
fn component(
    conn: &mut Conn,
    blobs: &dyn Blobs,
    keys: &Keyring,
    row: &ComponentRow,
    buffer: &mut [u8],
) -> Result<bool, Refusal> {
    let owner = row.record_id.to_string();
    let missing = Refusal::Damaged(Thing::Component);
    let header_row = cell_rows::get(conn, &owner, &row.id.to_string())?.ok_or(missing)?;
    let header = SealedHeader::parse(cells::open(keys, &header_row, Thing::Component)?.expose())?;
    let file_key = keys.open_header(&header.header)?;
    let payload: Box<dyn ReadSeek> = match row.place {
        Place::Inline => {
            let bytes = components::payload(conn, row.id)?.ok_or(Refusal::Damaged(Thing::Component))?;
            Box::new(Cursor::new(bytes))
        }
        Place::Blob => blobs.open(row.id)?,
    };
    let io = |error| Refusal::Io { what: "decrypt the payload", error };
    let mut opening = Opening::new(&file_key, payload, row.payload_bytes).map_err(io)?;
    let mut digesting = Digesting::new();
    let mut plain = Vec::new();
    let segment = segments::get(conn, row.record_id)?;
    loop {
        let count = opening.read(buffer).map_err(io)?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        digesting.update(read);
        if segment.is_some() {
            plain.extend_from_slice(read);
        }
    }
    if commit(&header.commitment_key, digesting.finish()).digest() != row.commitment {
        return Ok(false);
    }
    match segment {
        None => Ok(true),
        Some(segment) => segment_root(conn, keys, row, &segment, &header.commitment_key, &plain),
    }
}

/// True if the entries of a segment have the root that the ledger says.
fn segment_root(
    conn: &mut Conn,
    keys: &Keyring,
    row: &ComponentRow,
    segment: &SegmentRow,
    commitment_key: &CommitmentKey,
    plain: &[u8],
) -> Result<bool, Refusal> {
    let version_keys = descriptors::version_keys(keys, conn, row.record_id, row.version)?;
    let context = offsets_context(row.record_id, row.version);
    let table = cell::open_under(&version_keys.key, &context, &segment.offsets)?;
    let table = SegmentTable::parse(table.expose()).ok_or(Refusal::Damaged(Thing::Record))?.table;
    let leaves = table.leaves(commitment_key, plain).ok_or(Refusal::Damaged(Thing::Record))?;
    let root = Digest::from_bytes(*small_root(&leaves).as_bytes());
    Ok(root == segment.root && leaves.len() as u64 == segment.entries)
}
