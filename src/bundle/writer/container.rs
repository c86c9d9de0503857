//! The ZIP itself: one top folder, one time stamp, sizes in the local headers, both digests of
//! every file taken on the way, and nothing more to be had from it after a failure.

use std::io::{self, Read, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::{Datelike as _, Timelike as _};
use sha2::{Digest as _, Sha512};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::base::digest::Digesting;
use crate::base::limits::{BUNDLE_DEFLATE_BYTES_MAX, BUNDLE_UNPACK_FREE_BYTES, BUNDLE_UNPACK_RATIO_MAX};
use crate::base::moment::Moment;

use super::super::record::FileSums;
use super::WriteError;

/// Bytes read and hashed at once.
const CHUNK_BYTES: usize = 128 * 1024;

pub(super) struct Container<W: Write + Seek> {
    zip: ZipWriter<Gate<W>>,
    state: Arc<GateState>,
    folder: String,
    stamp: DateTime,
    /// Everything written so far, in its order.
    sums: Vec<FileSums>,
    unpacked: u64,
}

/// The output behind a gate. The ZIP library writes a central directory even when it is dropped
/// half-way, which would make a fragment look whole: once the gate is shut, nothing passes.
struct Gate<W> {
    out: W,
    state: Arc<GateState>,
}

#[derive(Default)]
struct GateState {
    shut: AtomicBool,
    bytes: AtomicU64,
}

impl<W: Write> Write for Gate<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.state.shut.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        let count = self.out.write(bytes)?;
        self.state.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Seek> Seek for Gate<W> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.out.seek(to)
    }
}

/// How a file is to be written.
pub(super) struct Shape {
    /// Path below the top folder.
    pub path: String,
    /// Bytes that the reader must give, neither more nor fewer.
    pub bytes: u64,
    /// Worth deflating.
    pub deflate: bool,
}

impl<W: Write + Seek> Container<W> {
    pub(super) fn new(out: W, folder: String, created: Moment) -> Result<Self, WriteError> {
        let at = created.to_utc();
        let part = |number: u32| u8::try_from(number).unwrap_or(0);
        let stamp = DateTime::from_date_and_time(
            u16::try_from(at.year()).map_err(|_| WriteError::Created)?,
            part(at.month()),
            part(at.day()),
            part(at.hour()),
            part(at.minute()),
            part(at.second()),
        )
        .map_err(|_| WriteError::Created)?;
        let state = Arc::new(GateState::default());
        let zip = ZipWriter::new(Gate { out, state: Arc::clone(&state) });
        Ok(Self { zip, state, folder, stamp, sums: Vec::new(), unpacked: 0 })
    }

    /// Writes a file that is in memory.
    pub(super) fn file(&mut self, path: impl Into<String>, bytes: &[u8]) -> Result<(), WriteError> {
        let shape = Shape { path: path.into(), bytes: bytes.len() as u64, deflate: true };
        self.stream(shape, &mut &*bytes, &mut |_| {}).map(|_| ())
    }

    /// Writes a file from a reader, telling `seen` of every chunk.
    pub(super) fn stream(
        &mut self,
        shape: Shape,
        reader: &mut dyn Read,
        seen: &mut dyn FnMut(&[u8]),
    ) -> Result<FileSums, WriteError> {
        if self.is_poisoned() {
            return Err(WriteError::Poisoned);
        }
        // Whatever ends this function early leaves a bundle that must never be finished: the
        // ZIP library itself would go on and call it whole.
        let mut unfinished = Unfinished::new(&self.state);
        let options = self.options(&shape);
        self.zip.start_file(format!("{}/{}", self.folder, shape.path), options).map_err(into_io)?;
        let sums = self.copy(shape, reader, seen)?;
        self.unpacked = self.unpacked.saturating_add(sums.bytes);
        self.sums.push(sums.clone());
        unfinished.done = true;
        Ok(sums)
    }

    fn options(&self, shape: &Shape) -> SimpleFileOptions {
        // So that the verifier's rule against bombs never hits an honest bundle.
        let crowded = self.unpacked.saturating_add(shape.bytes) > BUNDLE_UNPACK_FREE_BYTES / 2
            && self.unpacked / (BUNDLE_UNPACK_RATIO_MAX / 2) > self.state.bytes.load(Ordering::Relaxed);
        let deflate = shape.deflate && shape.bytes <= BUNDLE_DEFLATE_BYTES_MAX && !crowded && shape.bytes > 0;
        let method = if deflate { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(self.stamp)
            .unix_permissions(0o644)
            .large_file(shape.bytes >= u64::from(u32::MAX))
    }

    fn copy(
        &mut self,
        shape: Shape,
        reader: &mut dyn Read,
        seen: &mut dyn FnMut(&[u8]),
    ) -> Result<FileSums, WriteError> {
        let (mut sha256, mut sha512) = (Digesting::new(), Sha512::new());
        let mut bytes = 0_u64;
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(WriteError::Source { path: shape.path, source }),
            };
            let chunk = buffer.get(..count).unwrap_or_default();
            bytes += chunk.len() as u64;
            if chunk.is_empty() || bytes > shape.bytes {
                break;
            }
            sha256.update(chunk);
            sha512.update(chunk);
            seen(chunk);
            self.zip.write_all(chunk).map_err(WriteError::Io)?;
        }
        if bytes != shape.bytes {
            return Err(WriteError::Length { path: shape.path, expected: shape.bytes, found: bytes });
        }
        Ok(FileSums { path: shape.path, bytes, sha256: sha256.finish(), sha512: sha512.finalize().into() })
    }

    /// All files so far.
    pub(super) fn sums(&self) -> &[FileSums] {
        &self.sums
    }

    /// Marks the bundle as one that must never be finished.
    pub(super) fn poison(&mut self) {
        self.state.shut.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.state.shut.load(Ordering::Relaxed)
    }

    /// Writes the central directory and gives the output back.
    pub(super) fn finish(self) -> Result<W, WriteError> {
        if self.is_poisoned() {
            return Err(WriteError::Poisoned);
        }
        let mut unfinished = Unfinished::new(&self.state);
        let gate = self.zip.finish().map_err(into_io)?;
        unfinished.done = true;
        Ok(gate.out)
    }
}

/// Shuts the gate when dropped: on every way out but the good one.
struct Unfinished {
    state: Arc<GateState>,
    done: bool,
}

impl Unfinished {
    fn new(state: &Arc<GateState>) -> Self {
        Self { state: Arc::clone(state), done: false }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            self.state.shut.store(true, Ordering::Relaxed);
        }
    }
}

fn into_io(error: zip::result::ZipError) -> WriteError {
    WriteError::Io(match error {
        zip::result::ZipError::Io(error) => error,
        other => io::Error::other(other),
    })
}
