//! Blobs in memory: for tests and for trying the archive out. Nothing survives the process.

use std::collections::BTreeMap;
use std::io::{Cursor, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{BlobError, BlobWriter, Blobs, Leftover, ReadSeek, Swept};
use crate::base::id::ComponentId;
use crate::base::moment::{Clock, Moment, SystemClock};

/// A store of blobs in memory.
#[derive(Clone)]
pub struct MemoryBlobs(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    finished: BTreeMap<ComponentId, (Arc<[u8]>, Moment)>,
    unfinished: BTreeMap<u64, Leftover>,
    next: u64,
}

impl MemoryBlobs {
    /// An empty store whose blobs bear the times of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared { clock, shelf: Mutex::default() }))
    }
}

impl Default for MemoryBlobs {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl Shared {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const EXISTS: BlobError = BlobError::Io { what: "replace a finished blob", kind: ErrorKind::AlreadyExists };

impl Blobs for MemoryBlobs {
    fn put(&self, id: ComponentId) -> Result<Box<dyn BlobWriter>, BlobError> {
        let modified = self.0.clock.now();
        let mut shelf = self.0.shelf();
        if shelf.finished.contains_key(&id) {
            return Err(EXISTS);
        }
        let number = shelf.next;
        shelf.next += 1;
        shelf.unfinished.insert(number, Leftover { id, bytes: 0, modified });
        Ok(Box::new(MemoryWriter { store: self.0.clone(), id, number, bytes: Vec::new() }))
    }

    fn open(&self, id: ComponentId) -> Result<Box<dyn ReadSeek>, BlobError> {
        let shelf = self.0.shelf();
        let (bytes, _) = shelf.finished.get(&id).ok_or(BlobError::Missing)?;
        Ok(Box::new(Cursor::new(bytes.clone())))
    }

    fn length(&self, id: ComponentId) -> Result<u64, BlobError> {
        self.0.shelf().finished.get(&id).map(|(bytes, _)| bytes.len() as u64).ok_or(BlobError::Missing)
    }

    fn remove(&self, id: ComponentId) -> Result<(), BlobError> {
        self.0.shelf().finished.remove(&id).map(drop).ok_or(BlobError::Missing)
    }

    fn list(&self, each: &mut dyn FnMut(ComponentId, Moment)) -> Result<(), BlobError> {
        // Copied, so that the callback may use the store.
        let found: Vec<_> = self.0.shelf().finished.iter().map(|(id, (_, at))| (*id, *at)).collect();
        for (id, modified) in found {
            each(id, modified);
        }
        Ok(())
    }

    fn leftovers(&self) -> Result<Vec<Leftover>, BlobError> {
        Ok(self.0.shelf().unfinished.values().copied().collect())
    }

    fn sweep(&self, before: Moment) -> Result<Swept, BlobError> {
        let mut swept = Swept::default();
        self.0.shelf().unfinished.retain(|_, leftover| {
            let old = leftover.modified < before;
            if old {
                swept.blobs += 1;
                swept.bytes += leftover.bytes;
            }
            !old
        });
        Ok(swept)
    }
}

struct MemoryWriter {
    store: Arc<Shared>,
    id: ComponentId,
    number: u64,
    bytes: Vec<u8>,
}

impl BlobWriter for MemoryWriter {
    fn append(&mut self, make: &mut dyn FnMut(&mut Vec<u8>)) -> Result<(), BlobError> {
        make(&mut self.bytes);
        let modified = self.store.clock.now();
        if let Some(leftover) = self.store.shelf().unfinished.get_mut(&self.number) {
            leftover.bytes = self.bytes.len() as u64;
            leftover.modified = modified;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64, BlobError> {
        let modified = self.store.clock.now();
        let bytes: Arc<[u8]> = std::mem::take(&mut self.bytes).into();
        let mut shelf = self.store.shelf();
        if shelf.unfinished.remove(&self.number).is_none() {
            // Swept while it was being written, as a file would be.
            return Err(BlobError::Io { what: "give a blob its name", kind: ErrorKind::NotFound });
        }
        if shelf.finished.contains_key(&self.id) {
            return Err(EXISTS);
        }
        let length = bytes.len() as u64;
        shelf.finished.insert(self.id, (bytes, modified));
        Ok(length)
    }

    fn abort(self: Box<Self>) {}
}

impl Drop for MemoryWriter {
    fn drop(&mut self) {
        self.store.shelf().unfinished.remove(&self.number);
    }
}
