//! The little of POSIX tar (ustar) that a ledger needs: plain files with short names. What is read
//! comes from a service, and is taken for hostile all the same.

use std::io::{self, Read, Write};

/// Bytes of a block.
const BLOCK: usize = 512;
/// Bytes of a name in the header.
const NAME_BYTES: usize = 100;
/// Bytes of one file that is read: an entry bundle of 256 entries of the greatest length.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Why a tar is refused.
#[derive(Debug, thiserror::Error)]
pub enum BadTar {
    /// The bytes are no header of a plain file, or end within one.
    #[error("not a tar of plain files")]
    Malformed,
    /// A file is longer than any file of a ledger.
    #[error("a file of {bytes} bytes")]
    TooLong {
        /// Its bytes.
        bytes: u64,
    },
    /// The name leads out of the folder, or is none of ours.
    #[error("a file of a name that is none of ours")]
    Name,
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes a file.
pub(super) fn file(out: &mut impl Write, path: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, text: &[u8]| -> io::Result<()> {
        let place = header.get_mut(at..at + text.len());
        place.ok_or(io::ErrorKind::InvalidInput)?.copy_from_slice(text);
        Ok(())
    };
    if path.len() > NAME_BYTES {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    put(0, path.as_bytes())?;
    put(100, b"0000644\0")?;
    put(108, b"0000000\0")?;
    put(116, b"0000000\0")?;
    put(124, format!("{:011o}\0", bytes.len()).as_bytes())?;
    // No time of day: the same ledger gives the same bytes.
    put(136, b"00000000000\0")?;
    put(148, b"        ")?;
    put(156, b"0")?;
    put(257, b"ustar\x0000")?;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    if let Some(place) = header.get_mut(148..156) {
        place.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    out.write_all(&header)?;
    out.write_all(bytes)?;
    let padding = bytes.len().next_multiple_of(BLOCK) - bytes.len();
    out.write_all(&vec![0; padding])
}

/// Ends the tar: two empty blocks.
pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; 2 * BLOCK])
}

/// Reads the files of a tar one after the other.
#[derive(Debug)]
pub struct TarReader<R>(R);

impl<R: Read> TarReader<R> {
    /// Reads from here on.
    pub fn new(source: R) -> Self {
        Self(source)
    }

    /// The next file: path and content; `None` at the end.
    ///
    /// # Errors
    /// See [`BadTar`]. A tar without its end is malformed: half a ledger must not pass for one.
    pub fn next_file(&mut self) -> Result<Option<(String, Vec<u8>)>, BadTar> {
        let header: [u8; BLOCK] = self.block()?;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        check_sum(&header)?;
        // Regular files only: no links, no devices, no folders, no extensions.
        let field = |at: usize, length: usize| header.get(at..at + length).unwrap_or_default();
        if !matches!(field(156, 1), b"0" | b"\0") || field(345, 155).iter().any(|byte| *byte != 0) {
            return Err(BadTar::Malformed);
        }
        let path = text(field(0, NAME_BYTES)).filter(|path| is_ours(path)).ok_or(BadTar::Name)?;
        let bytes = octal(field(124, 12)).ok_or(BadTar::Malformed)?;
        if bytes > FILE_BYTES_MAX {
            return Err(BadTar::TooLong { bytes });
        }
        let length = usize::try_from(bytes).map_err(|_| BadTar::TooLong { bytes })?;
        let mut content = vec![0; length.next_multiple_of(BLOCK)];
        self.0.read_exact(&mut content)?;
        content.truncate(length);
        Ok(Some((path, content)))
    }

    fn block(&mut self) -> Result<[u8; BLOCK], BadTar> {
        let mut block = [0; BLOCK];
        self.0.read_exact(&mut block).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => BadTar::Malformed,
            _ => BadTar::Io(error),
        })?;
        Ok(block)
    }
}

/// The sum of the header's bytes, its own field taken as blanks.
fn check_sum(header: &[u8; BLOCK]) -> Result<(), BadTar> {
    let own = |at: usize| (148..156).contains(&at);
    let sum: u64 =
        header.iter().enumerate().map(|(at, byte)| u64::from(if own(at) { b' ' } else { *byte })).sum();
    match header.get(148..156).and_then(octal) {
        Some(said) if said == sum => Ok(()),
        _ => Err(BadTar::Malformed),
    }
}

fn text(field: &[u8]) -> Option<String> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8(field.get(..end)?.to_vec()).ok()
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = text(field)?;
    u64::from_str_radix(digits.trim(), 8).ok()
}

/// True for a relative path of plain names, as a ledger's files have them.
fn is_ours(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    path.split('/').all(|name| !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (path, content) in files {
            file(&mut bytes, path, content).unwrap();
        }
        end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn files_are_read_back_as_they_were_written() {
        let long = vec![7; 1_025];
        let tar = tar_of(&[("tile/0/x001/067.p/3", b"abc"), ("checkpoint", &long), ("vkey", b"")]);
        let mut reader = TarReader::new(tar.as_slice());
        let mut found = Vec::new();
        while let Some(file) = reader.next_file().unwrap() {
            found.push(file);
        }
        assert_eq!(found[0], ("tile/0/x001/067.p/3".to_owned(), b"abc".to_vec()));
        assert_eq!((found[1].1.len(), found[2].1.len(), found.len()), (1_025, 0, 3));
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for path in ["../x", "/etc/passwd", "a//b", "a/.hidden", "A", "a b"] {
            let tar = tar_of(&[(path, b"x")]);
            let refused = TarReader::new(tar.as_slice()).next_file();
            assert!(matches!(refused, Err(BadTar::Name)), "{path}");
        }
    }

    #[test]
    fn links_cut_files_and_changed_headers_are_refused() {
        let tar = tar_of(&[("checkpoint", b"x")]);
        let mut link = tar.clone();
        link[156] = b'2';
        assert!(TarReader::new(link.as_slice()).next_file().is_err());
        for cut in [0, 100, 512, 600] {
            assert!(TarReader::new(&tar[..cut]).next_file().is_err(), "cut at {cut}");
        }
        let mut reader = TarReader::new(&tar[..1_024]);
        assert!(reader.next_file().unwrap().is_some());
        assert!(reader.next_file().is_err(), "a tar without its end");
    }
}
