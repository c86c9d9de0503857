//! Payloads: every one is read and hashed.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::Path;

use crate::base::digest::Digesting;
use crate::base::id::ComponentId;
use crate::base::moment::{Clock as _, SystemClock};
use crate::blob::{BlobError, Blobs, LocalBlobs};
use crate::store::Conn;
use crate::store::rows::components::{self, ComponentRow, Place, Presence};
use crate::store::rows::uploads;

use super::standing::Sealed;
use super::{Checks, FaultKind, Phase, Progress, is_damage};
use crate::archive::jobs;
use crate::archive::refusal::{Refusal, Thing};

/// Bytes read at once.
const READ_BYTES: usize = 256 * 1024;
/// Components between two reports of progress.
const PROGRESS_EVERY: u64 = 100;

/// Reads and hashes every payload, then looks for payloads that nothing names.
pub(super) fn check(conn: &mut Conn, checks: &mut Checks<'_>, blobs: &dyn Blobs) -> Result<(), Refusal> {
    let (mut rows, mut named) = (Vec::new(), HashSet::new());
    let mut inline = 0_u64;
    components::scan(conn, &mut |row| {
        match row {
            Ok(row) if row.state == Presence::Present => rows.push(row),
            Ok(_) => {}
            Err(error) => checks.report.add(FaultKind::RowCorrupt, "components", error.to_string()),
        }
        Ok::<_, Refusal>(())
    })?;
    let total = rows.len() as u64;
    let mut buffer = vec![0; READ_BYTES];
    for (done, row) in (1_u64..).zip(&rows) {
        match row.place {
            Place::Inline => {
                inline += 1;
                match components::payload(conn, row.id) {
                    Ok(Some(bytes)) => hash(checks, row, &mut bytes.as_slice(), &mut buffer),
                    Ok(None) => missing(checks, row),
                    Err(error) if is_damage(&error) => unreadable(checks, row, &error.to_string()),
                    Err(error) => return Err(error.into()),
                }
            }
            Place::Blob => {
                named.insert(row.id);
                match blobs.open(row.id) {
                    Ok(mut reader) => hash(checks, row, &mut reader, &mut buffer),
                    Err(BlobError::Missing) => missing(checks, row),
                    Err(other) => unreadable(checks, row, &other.to_string()),
                }
            }
        }
        if done % PROGRESS_EVERY == 0 || done == total {
            (checks.progress)(Progress { phase: Phase::Payloads, done, total });
        }
    }
    let stored = components::count_payloads(conn)?;
    if stored > inline {
        let detail = format!("{stored} payloads lie in the database, components name {inline}");
        checks.report.add(FaultKind::RowUnknown, "payloads", detail);
    }
    // What is still to be captured is its upload's, and no orphan.
    named.extend(uploads::components(conn)?);
    blobs.list(&mut |id: ComponentId, _| {
        if !named.contains(&id) {
            checks.report.orphans += 1;
        }
    })?;
    Ok(())
}

/// Reads and hashes the result of every job that still has one. What is not sealed by a key of the ledger's
/// own is told nowhere else: a flipped byte would be found by whoever fetches it.
pub(super) fn check_results(
    checks: &mut Checks<'_>,
    folder: &Path,
    results: &[Sealed],
) -> Result<(), Refusal> {
    if results.is_empty() {
        return Ok(());
    }
    // Nothing is made here: whoever looks at an archive changes nothing in it.
    let blobs = folder.is_dir().then(|| LocalBlobs::open(folder)).transpose()?;
    for Sealed { job, entered } in results {
        let subject = format!("results {job}");
        let file = ComponentId::parse(&job.to_string()).map_err(|_| Refusal::Damaged(Thing::Job))?;
        let opened = blobs.as_ref().map_or(Err(BlobError::Missing), |blobs| blobs.open(file));
        let read = match opened {
            Ok(mut reader) => jobs::sums_of(&mut reader).map_err(|error| error.to_string()),
            // It was removed since, because its time is over.
            Err(BlobError::Missing) if entered.expires_at <= SystemClock.now() => continue,
            Err(BlobError::Missing) => {
                checks.report.add(FaultKind::ResultMissing, subject, "the sealed result is not there");
                continue;
            }
            Err(other) => Err(other.to_string()),
        };
        let detail = match read {
            Ok((bytes, _)) if bytes != entered.bytes => {
                Some(format!("{bytes} bytes, entered were {}", entered.bytes))
            }
            Ok((_, digest)) if digest != entered.digest => Some("another SHA-256 than entered".to_owned()),
            Ok(_) => None,
            Err(why) => Some(format!("the sealed result cannot be read: {why}")),
        };
        if let Some(detail) = detail {
            checks.report.add(FaultKind::ResultChanged, subject, detail);
        }
    }
    Ok(())
}

fn missing(checks: &mut Checks<'_>, row: &ComponentRow) {
    let detail = "the payload is not there";
    checks.report.add_to_record(FaultKind::PayloadMissing, row.record_id, row.id.to_string(), detail);
}

fn unreadable(checks: &mut Checks<'_>, row: &ComponentRow, why: &str) {
    let detail = format!("the payload cannot be read: {why}");
    checks.report.add_to_record(FaultKind::PayloadChanged, row.record_id, row.id.to_string(), detail);
}

fn hash(checks: &mut Checks<'_>, row: &ComponentRow, reader: &mut dyn Read, buffer: &mut [u8]) {
    match digest(reader, buffer) {
        Ok((bytes, digest)) => {
            checks.report.payload_bytes += bytes;
            if bytes != row.payload_bytes {
                let detail = format!("{bytes} bytes, recorded were {}", row.payload_bytes);
                checks.report.add_to_record(
                    FaultKind::PayloadChanged,
                    row.record_id,
                    row.id.to_string(),
                    detail,
                );
            } else if digest != row.payload_digest {
                let detail = "another SHA-256 than recorded";
                checks.report.add_to_record(
                    FaultKind::PayloadChanged,
                    row.record_id,
                    row.id.to_string(),
                    detail,
                );
            }
        }
        Err(error) => unreadable(checks, row, &error.to_string()),
    }
}

fn digest(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<(u64, crate::base::digest::Digest)> {
    let mut digesting = Digesting::new();
    let mut bytes = 0;
    loop {
        let count = reader.read(buffer)?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        digesting.update(read);
        bytes += count as u64;
    }
    Ok((bytes, digesting.finish()))
}
