//! The bytes of one blob on their way into its file.
//!
//! A long blob goes past the page cache: nobody reads it soon, and the copy into the cache would cost a
//! fifth of what sealing it costs. Where the file system will not have that, and for the first
//! [`DIRECT_FROM`] bytes, it goes through the cache as any file does. The bytes are the same either way.
//! Promises nothing of durability: [`Writing::finish`] hands the file back to be synced.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;

/// Bytes of a blob that go through the page cache before the rest goes past it. What is shorter is
/// likely to be read soon, for the index.
const DIRECT_FROM: u64 = 4 * 1024 * 1024;
/// Memory, place in the file and length of what goes past the cache are multiples of this. A device
/// that asks for more refuses, and is written to through the cache.
const ALIGNMENT: usize = 4096;
/// Bytes that wait until they are written past the cache together: each such write waits for the disk.
const RUN_BYTES: usize = 1024 * 1024;
/// Bytes for which there is room behind a run, so that no usual append moves the buffer.
const ROOM_BYTES: usize = 512 * 1024;

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Through the page cache, so far.
    Cached,
    /// Past it.
    Direct,
    /// Through it to the end: the file system will not have it otherwise.
    Refused,
}

/// A file being written from its start to its end.
#[derive(Debug)]
pub(super) struct Writing {
    file: File,
    way: Way,
    /// What waits to be written stands behind the first `front` bytes, which mean nothing: they put it
    /// at a multiple of [`ALIGNMENT`].
    buffer: Vec<u8>,
    front: usize,
    /// Bytes in the file.
    written: u64,
}

impl Writing {
    /// Begins an empty file.
    pub(super) fn new(file: File) -> Self {
        Self { file, way: Way::Cached, buffer: Vec::new(), front: 0, written: 0 }
    }

    /// Appends what `make` appends to the buffer that it is given.
    ///
    /// # Errors
    /// The file takes no more. What it holds then is of no use.
    pub(super) fn append(&mut self, make: &mut dyn FnMut(&mut Vec<u8>)) -> io::Result<()> {
        let room = self.buffer.capacity();
        make(&mut self.buffer);
        if self.way == Way::Direct && self.buffer.capacity() != room {
            // What was longer than the room has moved the buffer, to an address of any sort.
            self.align();
        }
        let waiting = self.waiting();
        match self.way {
            Way::Cached if self.written + waiting as u64 >= DIRECT_FROM => {
                // As much as makes the file's end a multiple; the rest begins the first run.
                let over = (self.written + waiting as u64) % ALIGNMENT as u64;
                self.write(waiting.saturating_sub(usize::try_from(over).unwrap_or(waiting)))?;
                self.go_direct();
                Ok(())
            }
            Way::Cached | Way::Refused => self.write(waiting),
            Way::Direct if waiting >= RUN_BYTES => self.write(waiting - waiting % ALIGNMENT),
            Way::Direct => Ok(()),
        }
    }

    /// Writes what still waits; gives back the file, which is not synced, and its length in bytes.
    ///
    /// # Errors
    /// As [`Writing::append`].
    pub(super) fn finish(mut self) -> io::Result<(File, u64)> {
        if self.way == Way::Direct {
            // The end of the file is no multiple of anything.
            self.leave_direct()?;
        }
        self.write(self.waiting())?;
        Ok((self.file, self.written))
    }

    fn waiting(&self) -> usize {
        self.buffer.len() - self.front
    }

    /// Writes the first `count` bytes that wait; the rest moves to their place.
    fn write(&mut self, count: usize) -> io::Result<()> {
        let end = self.front + count;
        let bytes = self.buffer.get(self.front..end).unwrap_or_default();
        match self.file.write_all_at(bytes, self.written) {
            // Not every file system that takes the flag takes the write; and one that a full disk cut
            // short ends at no multiple. At the same place through the cache it works, or says why not.
            Err(error) if self.way == Way::Direct && is_invalid(&error) => {
                self.leave_direct()?;
                let bytes = self.buffer.get(self.front..end).unwrap_or_default();
                self.file.write_all_at(bytes, self.written)?;
            }
            other => other?,
        }
        self.written += count as u64;
        self.buffer.drain(self.front..end);
        Ok(())
    }

    fn go_direct(&mut self) {
        if fcntl_setfl(&self.file, OFlags::DIRECT).is_err() {
            self.way = Way::Refused;
            return;
        }
        self.way = Way::Direct;
        self.align();
    }

    /// Moves what waits to a multiple of [`ALIGNMENT`], with room behind it.
    fn align(&mut self) {
        let room = self.waiting().max(RUN_BYTES) + ROOM_BYTES;
        let mut aligned: Vec<u8> = Vec::with_capacity(ALIGNMENT + room);
        let front = aligned.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        aligned.resize(front, 0);
        aligned.extend_from_slice(self.buffer.get(self.front..).unwrap_or_default());
        (self.buffer, self.front) = (aligned, front);
    }

    fn leave_direct(&mut self) -> io::Result<()> {
        self.way = Way::Refused;
        fcntl_setfl(&self.file, OFlags::empty()).map_err(Into::into)
    }
}

fn is_invalid(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::INVAL.raw_os_error())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use rustix::fs::fcntl_getfl;

    use super::*;

    const LONG: usize = 7 * 1024 * 1024 + 123;

    fn a_content(bytes: usize) -> Vec<u8> {
        (0..bytes as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    fn a_file() -> (File, File) {
        let file = tempfile::NamedTempFile::new().unwrap();
        (file.reopen().unwrap(), file.into_file())
    }

    /// Writes in pieces; `before` may change the writing before each.
    fn written(content: &[u8], piece: usize, before: impl Fn(&mut Writing)) -> (Vec<u8>, Vec<Way>) {
        let (file, mut read) = a_file();
        let mut writing = Writing::new(file);
        let mut ways = Vec::new();
        for part in content.chunks(piece) {
            before(&mut writing);
            writing.append(&mut |out| out.extend_from_slice(part)).unwrap();
            ways.push(writing.way);
            let flag = fcntl_getfl(&writing.file).unwrap().contains(OFlags::DIRECT);
            assert_eq!(flag, writing.way == Way::Direct);
        }
        let (file, length) = writing.finish().unwrap();
        assert!(!fcntl_getfl(&file).unwrap().contains(OFlags::DIRECT));
        assert_eq!(length, content.len() as u64);
        let mut back = Vec::new();
        read.read_to_end(&mut back).unwrap();
        ways.dedup();
        (back, ways)
    }

    /// The ways of a long file where tests put theirs.
    fn ways_here() -> [Way; 2] {
        match fcntl_setfl(a_file().0, OFlags::DIRECT) {
            Ok(()) => [Way::Cached, Way::Direct],
            Err(_) => [Way::Cached, Way::Refused],
        }
    }

    #[test]
    fn a_long_file_goes_past_the_cache_and_is_the_same_in_pieces_of_any_length() {
        let content = a_content(LONG);
        for piece in [1_000_003, 65_552, 4_096, 12_345, 300_000] {
            let (back, ways) = written(&content, piece, |_| {});
            assert!(back == content, "pieces of {piece}");
            assert_eq!(ways, ways_here(), "pieces of {piece}");
        }
    }

    #[test]
    fn a_piece_longer_than_the_buffer_moves_it_and_loses_nothing() {
        let content = a_content(LONG);
        for piece in [3_000_001, 1_600_000, LONG] {
            let (back, ways) = written(&content, piece, |_| {});
            assert!(back == content, "pieces of {piece}");
            assert!(ways_here().ends_with(&ways[ways.len() - 1..]), "pieces of {piece}: {ways:?}");
        }
    }

    #[test]
    fn a_short_file_goes_through_the_cache() {
        let content = a_content(4 * 1024 * 1024 - 1);
        let (back, ways) = written(&content, 100_000, |_| {});
        assert!(back == content);
        assert_eq!(ways, [Way::Cached]);
        assert_eq!(written(&[], 1, |_| {}), (vec![], vec![]));
    }

    #[test]
    fn a_file_system_that_will_not_have_it_gets_the_same_bytes_through_the_cache() {
        let content = a_content(LONG);
        let (back, ways) = written(&content, 65_552, |writing| writing.way = Way::Refused);
        assert!(back == content);
        assert_eq!(ways, [Way::Refused]);
    }

    #[test]
    fn a_device_that_refuses_the_write_itself_gets_the_same_bytes_through_the_cache() {
        let content = a_content(LONG);
        // Memory at an odd address is what a disk refuses.
        let spoil = |writing: &mut Writing| {
            if writing.way == Way::Direct {
                writing.buffer.insert(0, 0);
                writing.front += 1;
            }
        };
        let (back, ways) = written(&content, 65_552, spoil);
        assert!(back == content);
        let (file, _read) = a_file();
        let taken = fcntl_setfl(&file, OFlags::DIRECT).is_ok();
        let odd = [0_u8; 3 * ALIGNMENT];
        let start = 1 + odd.as_ptr().align_offset(ALIGNMENT) % ALIGNMENT;
        let refuses = taken && file.write_at(&odd[start..start + ALIGNMENT], 0).is_err();
        assert_eq!(ways.contains(&Way::Refused), refuses || !taken, "{ways:?}");
    }

    #[test]
    fn a_full_disk_is_said_to_be_full() {
        // Linux has a device for it: every write to /dev/full fails with ENOSPC.
        let mut writing = Writing::new(File::options().write(true).open("/dev/full").unwrap());
        let error = writing.append(&mut |out| out.push(1)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::NOSPC.raw_os_error()));
    }
}
