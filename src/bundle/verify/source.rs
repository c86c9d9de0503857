//! The input under watch: the caller can stop a long check, and faults of the disk are told
//! apart from faults of the bundle.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::VerifyError;

/// Told of every read; returns `Break` to stop.
pub type Watch<'w> = &'w mut dyn FnMut(u64) -> ControlFlow<()>;

pub(super) struct Source<'w, R> {
    inner: R,
    watch: Watch<'w>,
    bytes: u64,
    broken: Broken,
}

/// What broke the reading, kept where the ZIP library's own error would hide it.
#[derive(Clone, Default)]
pub(super) struct Broken(Rc<RefCell<Option<VerifyError>>>);

impl Broken {
    /// The error, if reading broke.
    pub(super) fn check(&self) -> Result<(), VerifyError> {
        match self.0.borrow_mut().take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn set(&self, error: VerifyError) {
        self.0.borrow_mut().get_or_insert(error);
    }
}

impl<'w, R: Read + Seek> Source<'w, R> {
    pub(super) fn new(inner: R, watch: Watch<'w>) -> Self {
        Self { inner, watch, bytes: 0, broken: Broken::default() }
    }

    pub(super) fn broken(&self) -> Broken {
        self.broken.clone()
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                self.broken.set(VerifyError::Io(io::Error::new(error.kind(), error.to_string())));
            }
        })
    }
}

impl<R: Read + Seek> Read for Source<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        let count = self.note(result)?;
        self.bytes = self.bytes.saturating_add(count as u64);
        if (self.watch)(self.bytes).is_break() {
            self.broken.set(VerifyError::Stopped);
            return Err(io::Error::other("stopped"));
        }
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Source<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let result = self.inner.seek(to);
        // A position before the beginning is the bundle's fault, not the disk's.
        match &result {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => result,
            _ => self.note(result),
        }
    }
}
