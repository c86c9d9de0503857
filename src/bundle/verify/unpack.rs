//! The content of one entry, byte by byte: neither fewer nor more than the directory says.

use std::io::{self, BufRead as _, BufReader, Read, Seek};

use super::directory::ZipEntry;

/// Reads one entry's content, after the directory was checked: from the packed bytes themselves, so
/// that not one of them lies behind the end of what is unpacked.
pub(super) fn content<R: Read + Seek>(
    archive: &mut zip::ZipArchive<R>,
    entry: &ZipEntry,
    seen: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let file = archive.by_index_raw(entry.index).map_err(|_| damaged())?;
    // Two readers of one directory: they must mean the same bytes.
    if file.name_raw() != entry.name.as_bytes()
        || file.size() != entry.unpacked
        || file.compressed_size() != entry.packed
        || file.crc32() != entry.crc
    {
        return Err(damaged());
    }
    let mut packed = BufReader::with_capacity(128 * 1024, file);
    if entry.method == 0 {
        unpacked(&mut packed, entry, seen)?;
    } else {
        let mut inflating = flate2::bufread::DeflateDecoder::new(&mut packed);
        unpacked(&mut inflating, entry, seen)?;
        if inflating.total_in() != entry.packed {
            return Err(damaged());
        }
    }
    // Nothing may be left, whatever the method.
    if packed.fill_buf()?.is_empty() { Ok(()) } else { Err(damaged()) }
}

fn damaged() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

fn unpacked(reader: &mut impl Read, entry: &ZipEntry, seen: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut reader = reader.take(entry.unpacked.saturating_add(1));
    let mut buffer = vec![0; 128 * 1024];
    let mut crc = flate2::Crc::new();
    let mut bytes = 0_u64;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if count == 0 {
            break;
        }
        let read = buffer.get(..count).unwrap_or_default();
        bytes = bytes.saturating_add(count as u64);
        crc.update(read);
        seen(read);
    }
    if bytes == entry.unpacked && crc.sum() == entry.crc { Ok(()) } else { Err(damaged()) }
}
