//! A store that fails on purpose, so that tests can see what the archive does then.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{BlobError, BlobWriter, Blobs, Leftover, ReadSeek, Swept};
use crate::base::id::ComponentId;
use crate::base::moment::Moment;

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// As a broken disk does.
    Io,
    /// As a full disk does.
    Full,
}

impl Fault {
    pub(super) fn to_error(self) -> BlobError {
        match self {
            Self::Io => BlobError::Io { what: "do as a test demanded", kind: ErrorKind::Other },
            Self::Full => BlobError::Full,
        }
    }
}

/// Another store whose n-th operation fails. Every call of [`Blobs`] and [`BlobWriter`] but
/// `abort` counts; a write that fails has written half of its bytes before.
pub struct FaultyBlobs<B> {
    inner: B,
    plan: Arc<Plan>,
}

struct Plan {
    fault: Fault,
    first: u64,
    last: u64,
    done: AtomicU64,
}

impl<B: Blobs> FaultyBlobs<B> {
    /// Only operation number `nth` fails, counted from 1.
    pub fn failing_once(inner: B, fault: Fault, nth: u64) -> Self {
        Self { inner, plan: Arc::new(Plan { fault, first: nth, last: nth, done: AtomicU64::new(0) }) }
    }

    /// Operation number `nth` fails, counted from 1, and so does every later one.
    pub fn failing_from(inner: B, fault: Fault, nth: u64) -> Self {
        Self { inner, plan: Arc::new(Plan { fault, first: nth, last: u64::MAX, done: AtomicU64::new(0) }) }
    }

    /// Operations counted so far.
    pub fn operations(&self) -> u64 {
        self.plan.done.load(Ordering::SeqCst)
    }
}

impl Plan {
    fn step(&self) -> Result<(), BlobError> {
        let number = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        if (self.first..=self.last).contains(&number) { Err(self.fault.to_error()) } else { Ok(()) }
    }
}

impl<B: Blobs> Blobs for FaultyBlobs<B> {
    fn put(&self, id: ComponentId) -> Result<Box<dyn BlobWriter>, BlobError> {
        self.plan.step()?;
        let inner = self.inner.put(id)?;
        Ok(Box::new(FaultyWriter { inner, plan: self.plan.clone(), broken: false }))
    }

    fn open(&self, id: ComponentId) -> Result<Box<dyn ReadSeek>, BlobError> {
        self.plan.step()?;
        self.inner.open(id)
    }

    fn length(&self, id: ComponentId) -> Result<u64, BlobError> {
        self.plan.step()?;
        self.inner.length(id)
    }

    fn remove(&self, id: ComponentId) -> Result<(), BlobError> {
        self.plan.step()?;
        self.inner.remove(id)
    }

    fn list(&self, each: &mut dyn FnMut(ComponentId, Moment)) -> Result<(), BlobError> {
        self.plan.step()?;
        self.inner.list(each)
    }

    fn leftovers(&self) -> Result<Vec<Leftover>, BlobError> {
        self.plan.step()?;
        self.inner.leftovers()
    }

    fn sweep(&self, before: Moment) -> Result<Swept, BlobError> {
        self.plan.step()?;
        self.inner.sweep(before)
    }
}

struct FaultyWriter {
    inner: Box<dyn BlobWriter>,
    plan: Arc<Plan>,
    broken: bool,
}

impl BlobWriter for FaultyWriter {
    fn append(&mut self, make: &mut dyn FnMut(&mut Vec<u8>)) -> Result<(), BlobError> {
        if let Err(fault) = self.plan.step() {
            self.broken = true;
            let mut bytes = Vec::new();
            make(&mut bytes);
            self.inner.write(bytes.split_at(bytes.len() / 2).0)?;
            return Err(fault);
        }
        self.inner.append(make)
    }

    fn finish(self: Box<Self>) -> Result<u64, BlobError> {
        self.plan.step()?;
        if self.broken {
            return Err(BlobError::Io { what: "finish a blob after a failed write", kind: ErrorKind::Other });
        }
        self.inner.finish()
    }

    fn abort(self: Box<Self>) {
        self.inner.abort();
    }
}
