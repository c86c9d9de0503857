//! The ZIP read byte by byte before anything in it is believed: every byte of the file belongs
//! to exactly one entry or to the directory, both descriptions of an entry agree, and names can
//! neither leave the folder nor be read in two ways. Stricter than any unpacker, so that all
//! unpackers see the same files.

use std::io::{BufReader, Read, Seek, SeekFrom};

use crate::base::limits::{
    BUNDLE_DEFLATE_BYTES_MAX, BUNDLE_FILES_MAX, BUNDLE_UNPACK_FREE_BYTES, BUNDLE_UNPACK_RATIO_MAX,
};

use super::fault::{Fault, FaultKind};
use super::names::check_names;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const END_BYTES: u64 = 22;
const END64_BYTES: u64 = 56;
const LOCATOR64_BYTES: u64 = 20;
/// Deflate level hints and the UTF-8 mark; all else is encryption, streaming or stranger.
const FLAGS_ALLOWED: u16 = 0b0000_1000_0000_0110;
const ZIP64: u16 = 0x0001;
/// Zip64 and the time and owner stamps of common packers: none of them changes name or content.
const EXTRA_ALLOWED: [u16; 4] = [ZIP64, 0x5455, 0x7875, 0x000a];
/// The version of the format (4.5, in tenths) that has zip64; later ones are needed only for packing that
/// bundles never have, and some programs skip such an entry.
const VERSION_MAX: u16 = 45;
/// What the lower half of an entry's attributes may say of a file, after MS-DOS and Windows: read only, to be
/// archived, plain, not indexed, and 7-Zip's mark that the upper half holds a Unix mode. Not: hidden,
/// system, volume label, folder, device, reparse point (a link).
const DOS_ALLOWED: u32 = 0x01 | 0x20 | 0x80 | 0x2000 | 0x8000;
const DOS_FOLDER: u32 = 0x10;
/// Kind, and set-user, set-group and sticky bits, of a Unix mode.
const UNIX_KIND: u32 = 0o170_000;
const UNIX_SPECIAL: u32 = 0o007_000;

/// One file of the ZIP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ZipEntry {
    pub name: String,
    pub packed: u64,
    pub unpacked: u64,
    pub crc: u32,
    pub offset: u64,
    /// Its place in the directory.
    pub index: usize,
    pub method: u16,
    flags: u16,
    stamp: u32,
}

impl ZipEntry {
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// The files, or what is wrong; with any fault nothing else may be read.
pub(super) fn read<R: Read + Seek>(source: &mut R) -> Result<Vec<ZipEntry>, Fault> {
    // The library's readers are not asked: any error here is a bundle that is cut short or lies.
    let length = source.seek(SeekFrom::End(0)).map_err(|_| not_a_zip())?;
    let (start, entries, end) = directory_place(source, length)?;
    if entries > BUNDLE_FILES_MAX {
        return Err(Fault::of_bundle(FaultKind::ZipTooManyEntries { entries }));
    }
    let mut files = central(source, start, entries, end)?;
    check_names(&files)?;
    check_sizes(&files, length)?;
    files.sort_by_key(|file| file.offset);
    check_locals(source, &files, start)?;
    Ok(files)
}

fn not_a_zip() -> Fault {
    Fault::of_bundle(FaultKind::NotAZip)
}

fn malformed(at: u64) -> Fault {
    Fault::of_bundle(FaultKind::ZipMalformed { at })
}

fn outside(at: u64) -> Fault {
    Fault::of_bundle(FaultKind::ZipDataOutside { at })
}

/// Little-endian numbers from a block that was read whole.
struct Block<'a>(&'a [u8]);

impl Block<'_> {
    fn number<const N: usize>(&mut self) -> u64 {
        let (bytes, rest) = self.0.split_at_checked(N).unwrap_or((&[], &[]));
        self.0 = rest;
        bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn u16(&mut self) -> u16 {
        u16::try_from(self.number::<2>()).unwrap_or(u16::MAX)
    }

    fn u32(&mut self) -> u32 {
        u32::try_from(self.number::<4>()).unwrap_or(u32::MAX)
    }

    fn u64(&mut self) -> u64 {
        self.number::<8>()
    }
}

fn block<const N: usize>(source: &mut impl Read) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes).map_err(|_| not_a_zip())?;
    Ok(bytes)
}

fn variable(source: &mut impl Read, length: u16) -> Result<Vec<u8>, Fault> {
    let mut bytes = vec![0; usize::from(length)];
    source.read_exact(&mut bytes).map_err(|_| not_a_zip())?;
    Ok(bytes)
}

fn seek(source: &mut impl Seek, to: u64) -> Result<(), Fault> {
    source.seek(SeekFrom::Start(to)).map(|_| ()).map_err(|_| not_a_zip())
}

/// Where the directory begins, how many entries it has, where it must end.
fn directory_place<R: Read + Seek>(source: &mut R, length: u64) -> Result<(u64, u64, u64), Fault> {
    let at = length.checked_sub(END_BYTES).ok_or_else(not_a_zip)?;
    seek(source, at)?;
    let bytes: [u8; END_BYTES as usize] = block(source)?;
    let mut end = Block(&bytes);
    if end.u32() != END {
        return Err(end_elsewhere(source, length)?);
    }
    let (disk, first_disk, here, total) = (end.u16(), end.u16(), end.u16(), end.u16());
    let (bytes, start, comment) = (end.u32(), end.u32(), end.u16());
    if disk != 0 || first_disk != 0 || here != total || comment != 0 {
        return Err(malformed(at));
    }
    let is_large = total == u16::MAX || bytes == u32::MAX || start == u32::MAX;
    let (start, bytes, entries, end_at) = if is_large {
        let large = large_directory(source, at)?;
        // What fits is said twice: two programs must not find two directories.
        let agrees = |small: u32, most: u32, large: u64| small == most || u64::from(small) == large;
        let same = agrees(u32::from(total), u32::from(u16::MAX), large.2)
            && agrees(bytes, u32::MAX, large.1)
            && agrees(start, u32::MAX, large.0);
        if same { large } else { return Err(malformed(at)) }
    } else {
        (u64::from(start), u64::from(bytes), u64::from(total), at)
    };
    match start.checked_add(bytes) {
        Some(end) if end == end_at => Ok((start, entries, end)),
        Some(end) if end < end_at => Err(outside(end)),
        _ => Err(malformed(at)),
    }
}

/// The end record is not at the end: something follows it, or there is none.
fn end_elsewhere<R: Read + Seek>(source: &mut R, length: u64) -> Result<Fault, Fault> {
    let from = length.saturating_sub(END_BYTES + u64::from(u16::MAX));
    seek(source, from)?;
    let mut tail = Vec::new();
    source.take(END_BYTES + u64::from(u16::MAX)).read_to_end(&mut tail).map_err(|_| not_a_zip())?;
    let found = tail.windows(4).rposition(|window| window == END.to_le_bytes());
    Ok(found.map_or_else(not_a_zip, |at| outside(from + at as u64 + END_BYTES)))
}

fn large_directory<R: Read + Seek>(source: &mut R, end_at: u64) -> Result<(u64, u64, u64, u64), Fault> {
    let locator_at = end_at.checked_sub(LOCATOR64_BYTES).ok_or_else(not_a_zip)?;
    seek(source, locator_at)?;
    let bytes: [u8; LOCATOR64_BYTES as usize] = block(source)?;
    let mut locator = Block(&bytes);
    let (signature, disk, at, disks) = (locator.u32(), locator.u32(), locator.u64(), locator.u32());
    if signature != LOCATOR64 || disk != 0 || disks != 1 || at.checked_add(END64_BYTES) != Some(locator_at) {
        return Err(malformed(locator_at));
    }
    seek(source, at)?;
    let bytes: [u8; END64_BYTES as usize] = block(source)?;
    let mut end = Block(&bytes);
    let (signature, size) = (end.u32(), end.u64());
    let (_made_by, _needed, disk, first_disk) = (end.u16(), end.u16(), end.u32(), end.u32());
    let (here, total, bytes, start) = (end.u64(), end.u64(), end.u64(), end.u64());
    if signature != END64 || size != END64_BYTES - 12 || disk != 0 || first_disk != 0 || here != total {
        return Err(malformed(at));
    }
    Ok((start, bytes, total, at))
}

fn central<R: Read + Seek>(
    source: &mut R,
    start: u64,
    entries: u64,
    end: u64,
) -> Result<Vec<ZipEntry>, Fault> {
    seek(source, start)?;
    let mut reader = BufReader::new(source);
    let (mut at, mut files) = (start, Vec::new());
    for index in 0..usize::try_from(entries).unwrap_or(usize::MAX) {
        let (file, bytes) = central_entry(&mut reader, at, index)?;
        at = at.saturating_add(bytes);
        if at > end {
            return Err(malformed(at));
        }
        files.push(file);
    }
    if at == end { Ok(files) } else { Err(outside(at)) }
}

fn central_entry(reader: &mut impl Read, at: u64, index: usize) -> Result<(ZipEntry, u64), Fault> {
    let bytes: [u8; 46] = block(reader)?;
    let mut header = Block(&bytes);
    if header.u32() != CENTRAL {
        return Err(malformed(at));
    }
    let (_made_by, needed, flags, method, stamp, crc) =
        (header.u16(), header.u16(), header.u16(), header.u16(), header.u32(), header.u32());
    let (packed, unpacked) = (header.u32(), header.u32());
    let (name_bytes, extra_bytes, comment_bytes) = (header.u16(), header.u16(), header.u16());
    let (disk, _internal, attributes, offset) = (header.u16(), header.u16(), header.u32(), header.u32());
    let name = String::from_utf8(variable(reader, name_bytes)?)
        .map_err(|error| Fault::at(&String::from_utf8_lossy(error.as_bytes()), FaultKind::UnsafeName))?;
    if disk != 0 {
        return Err(malformed(at));
    }
    if comment_bytes != 0 {
        return Err(Fault::at(&name, FaultKind::ZipComment));
    }
    let extra = variable(reader, extra_bytes)?;
    let [unpacked, packed, offset] = large_sizes(&name, &extra, [unpacked, packed, offset])?;
    let file = ZipEntry { name, packed, unpacked, crc, offset, index, method, flags, stamp };
    check_features(&file, needed, attributes)?;
    Ok((file, 46 + u64::from(name_bytes) + u64::from(extra_bytes)))
}

/// Reads the extra fields: refuses unknown ones, and takes sizes that did not fit from zip64's, which must
/// hold these and nothing else: some programs believe it even where the short number fits.
fn large_sizes<const N: usize>(name: &str, extra: &[u8], small: [u32; N]) -> Result<[u64; N], Fault> {
    let mut sizes = small.map(u64::from);
    let (mut rest, mut seen) = (extra, Vec::new());
    while !rest.is_empty() {
        let mut field = Block(rest);
        let (id, length) = (field.u16(), usize::from(field.u16()));
        let content =
            rest.get(4..4 + length).ok_or_else(|| Fault::at(name, FaultKind::ZipExtraField { id }))?;
        if !EXTRA_ALLOWED.contains(&id) || seen.contains(&id) {
            return Err(Fault::at(name, FaultKind::ZipExtraField { id }));
        }
        if id == ZIP64 {
            let mut numbers = Block(content);
            let wanted = small.iter().filter(|small| **small == u32::MAX).count();
            if numbers.0.len() != 8 * wanted {
                return Err(Fault::at(name, FaultKind::ZipExtraField { id }));
            }
            for (size, _) in sizes.iter_mut().zip(small).filter(|(_, small)| *small == u32::MAX) {
                *size = numbers.u64();
            }
        }
        seen.push(id);
        rest = rest.get(4 + length..).unwrap_or_default();
    }
    Ok(sizes)
}

fn check_features(file: &ZipEntry, needed: u16, attributes: u32) -> Result<(), Fault> {
    let fault = |kind| Err(Fault::at(&file.name, kind));
    // The upper byte names a system and says nothing here.
    let is_plain = file.flags & !FLAGS_ALLOWED == 0 && needed & 0xFF <= VERSION_MAX;
    if !is_plain || !matches!(file.method, 0 | 8) {
        return fault(FaultKind::ZipFeature { flags: file.flags, method: file.method });
    }
    let sizes_fit = if file.is_folder() { file.packed == 0 && file.unpacked == 0 } else { true };
    if !sizes_fit || (file.method == 0 && file.packed != file.unpacked) {
        return fault(FaultKind::ZipHeadersDiffer);
    }
    // The upper half holds the Unix mode, the lower one the DOS attributes; whatever system the
    // entry claims to be from, neither may make it a link, a device, a folder with content, a
    // file that does not show, or one that would run with another's rights.
    let (mode, folder, file_mode) = (attributes >> 16, 0o040_000, 0o100_000);
    let kind = if file.is_folder() { folder } else { file_mode };
    let unix_fits =
        matches!(mode & UNIX_KIND, found if found == 0 || found == kind) && mode & UNIX_SPECIAL == 0;
    let dos_allowed = if file.is_folder() { DOS_ALLOWED | DOS_FOLDER } else { DOS_ALLOWED };
    let dos_fits = attributes & 0xFFFF & !dos_allowed == 0;
    if unix_fits && dos_fits { Ok(()) } else { fault(FaultKind::ZipNotAFile) }
}

fn check_sizes(files: &[ZipEntry], length: u64) -> Result<(), Fault> {
    let mut total = 0_u64;
    for file in files {
        let kind = FaultKind::ZipBomb { unpacked: file.unpacked, packed: file.packed };
        let most = file.packed.saturating_mul(BUNDLE_UNPACK_RATIO_MAX);
        if file.unpacked > BUNDLE_DEFLATE_BYTES_MAX && file.unpacked > most {
            return Err(Fault::at(&file.name, kind));
        }
        total = total.saturating_add(file.unpacked);
    }
    let most = length.saturating_mul(BUNDLE_UNPACK_RATIO_MAX).max(BUNDLE_UNPACK_FREE_BYTES);
    if total > most {
        return Err(Fault::of_bundle(FaultKind::ZipBomb { unpacked: total, packed: length }));
    }
    Ok(())
}

/// Walks the entries in the order in which they lie: from the first byte to the directory, with
/// no byte left over and none used twice.
fn check_locals<R: Read + Seek>(source: &mut R, files: &[ZipEntry], end: u64) -> Result<(), Fault> {
    let mut at = 0_u64;
    for file in files {
        if file.offset < at {
            return Err(Fault::at(&file.name, FaultKind::ZipOverlap));
        }
        if file.offset > at {
            return Err(outside(at));
        }
        seek(source, at)?;
        let header = local_header(source, file)?;
        at = at.saturating_add(header).saturating_add(file.packed);
        if at > end {
            return Err(Fault::at(&file.name, FaultKind::ZipOverlap));
        }
    }
    if at == end { Ok(()) } else { Err(outside(at)) }
}

/// Reads the entry's own header and compares; returns its bytes.
fn local_header(source: &mut impl Read, file: &ZipEntry) -> Result<u64, Fault> {
    let bytes: [u8; 30] = block(source)?;
    let mut header = Block(&bytes);
    if header.u32() != LOCAL {
        return Err(malformed(file.offset));
    }
    let (needed, flags, method, stamp, crc) =
        (header.u16(), header.u16(), header.u16(), header.u32(), header.u32());
    if needed & 0xFF > VERSION_MAX {
        return Err(Fault::at(&file.name, FaultKind::ZipFeature { flags, method }));
    }
    let (packed, unpacked, name_bytes, extra_bytes) =
        (header.u32(), header.u32(), header.u16(), header.u16());
    let name = variable(source, name_bytes)?;
    let extra = variable(source, extra_bytes)?;
    let [unpacked, packed] = large_sizes(&file.name, &extra, [unpacked, packed])?;
    let same = flags == file.flags
        && method == file.method
        && stamp == file.stamp
        && crc == file.crc
        && packed == file.packed
        && unpacked == file.unpacked
        && name == file.name.as_bytes();
    if same {
        Ok(30 + u64::from(name_bytes) + u64::from(extra_bytes))
    } else {
        Err(Fault::at(&file.name, FaultKind::ZipHeadersDiffer))
    }
}
