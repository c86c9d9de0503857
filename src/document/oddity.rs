//! Files that are more than they seem: with bytes before or behind them, or two formats at once.
//!
//! Such a file shows one thing to one program and another to the next. It is told, and never redacted.

use super::sniff::Format;

/// What else a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// Bytes stand before its beginning.
    Before {
        /// How many.
        bytes: usize,
    },
    /// Bytes stand behind its end, or a comment that programs do not show.
    Behind {
        /// How many.
        bytes: usize,
    },
    /// It can also be read as another format.
    Also {
        /// Which.
        format: Format,
    },
}

/// Bytes at the end of a file in which a ZIP archive's last record stands.
const ZIP_END_BYTES: usize = 22 + 65_535;
/// Bytes at the beginning in which readers look for a PDF's header.
const PDF_HEAD_BYTES: usize = 1024;
/// Line ends and blanks that writers leave behind a PDF's end.
const PDF_TAIL_BYTES: usize = 16;

/// Where a ZIP archive's directory lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ZipEnd {
    /// Where the directory begins in the bytes.
    pub(super) directory: usize,
    /// Where the last record begins.
    pub(super) at: usize,
    /// Bytes before the archive's own beginning.
    pub(super) before: usize,
    /// Bytes of comment, and behind the archive.
    pub(super) behind: usize,
}

/// Finds what is odd about a file of a known format.
pub(super) fn find(bytes: &[u8], format: Format) -> Option<Oddity> {
    let zip = zip_end(bytes);
    if format.is_zip() {
        let end = zip?;
        return match end {
            ZipEnd { before: 1.., .. } => Some(Oddity::Before { bytes: end.before }),
            ZipEnd { behind: 1.., .. } => Some(Oddity::Behind { bytes: end.behind }),
            _ => None,
        };
    }
    if zip.is_some() && !format.is_text_like() {
        return Some(Oddity::Also { format: Format::Zip });
    }
    let head = bytes.get(..PDF_HEAD_BYTES.min(bytes.len())).unwrap_or(bytes);
    let pdf = head.windows(5).position(|window| window == b"%PDF-");
    match (format, pdf) {
        (Format::Pdf, Some(at @ 1..)) => return Some(Oddity::Before { bytes: at }),
        (Format::Png | Format::Jpeg | Format::Gif | Format::Tiff | Format::Bmp, Some(_)) => {
            return Some(Oddity::Also { format: Format::Pdf });
        }
        _ => {}
    }
    let end = match format {
        Format::Pdf => pdf_end(bytes),
        Format::Png => png_end(bytes),
        Format::Jpeg => jpeg_end(bytes),
        _ => None,
    }?;
    let behind = bytes.len().saturating_sub(end);
    (behind > 0).then_some(Oddity::Behind { bytes: behind })
}

/// Reads the last record of a ZIP archive; `None` if there is none that fits.
pub(super) fn zip_end(bytes: &[u8]) -> Option<ZipEnd> {
    let from = bytes.len().saturating_sub(ZIP_END_BYTES);
    let tail = bytes.get(from..)?;
    let at = from + tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let record = bytes.get(at..at.checked_add(22)?)?;
    let size = usize::try_from(number(record, 12)?).ok()?;
    let offset = number(record, 16)?;
    // An archive of more than 4 GiB says its places elsewhere; none of that size comes here.
    let directory = at.checked_sub(size)?;
    let entry = bytes.get(directory..)?;
    let fits = entry.starts_with(b"PK\x01\x02") || (size == 0 && directory == at);
    let before = directory.saturating_sub(usize::try_from(offset).ok()?);
    let behind = bytes.len() - (at + 22);
    fits.then_some(ZipEnd { directory, at, before, behind })
}

/// The names in a ZIP archive's directory, as its bytes have them.
pub(super) fn zip_names(bytes: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let end = zip_end(bytes)?;
    let mut rest = bytes.get(end.directory..end.at)?;
    Some(std::iter::from_fn(move || {
        let fields = rest.get(..46).filter(|fields| fields.starts_with(b"PK\x01\x02"))?;
        let [name, extra, comment] = [28, 30, 32].map(|at| {
            let pair = fields.get(at..at + 2).and_then(|pair| pair.first_chunk::<2>());
            usize::from(pair.map_or(0, |pair| u16::from_le_bytes(*pair)))
        });
        let found = rest.get(46..46 + name)?;
        rest = rest.get(46 + name + extra + comment..).unwrap_or(&[]);
        Some(found)
    }))
}

fn number(record: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*record.get(at..)?.first_chunk::<4>()?))
}

fn pdf_end(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(64 * 1024);
    let tail = bytes.get(from..)?;
    let end = from + tail.windows(5).rposition(|window| window == b"%%EOF")? + 5;
    let rest = bytes.get(end..)?;
    let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0).count();
    Some(if blank <= PDF_TAIL_BYTES || blank == rest.len() { end + blank } else { end })
}

fn png_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?);
        let kind = bytes.get(at + 4..at + 8)?;
        at = at.checked_add(usize::try_from(length).ok()?)?.checked_add(12)?;
        if kind == b"IEND" {
            return (at <= bytes.len()).then_some(at);
        }
    }
}

/// Where a JPEG picture ends. What lies within its segments, thumbnails too, is passed over.
fn jpeg_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        let mark = bytes.get(at..)?.first_chunk::<2>()?;
        match mark {
            [0xFF, 0xD9] => return Some(at + 2),
            [0xFF, 0xFF] => at += 1,
            [0xFF, 0x01 | 0xD0..=0xD8] => at += 2,
            [0xFF, kind] => {
                let length = bytes.get(at + 2..)?.first_chunk::<2>()?;
                at += 2 + usize::from(u16::from_be_bytes(*length)).max(2);
                if *kind == 0xDA {
                    // Coded pixels: a mark among them is followed by zero or by a restart's number.
                    let coded = bytes.get(at..)?;
                    at += coded
                        .windows(2)
                        .position(|pair| matches!(pair, [0xFF, 0x01..=0xCF | 0xD8..=0xFE]))?;
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn an_empty_zip() -> Vec<u8> {
        let mut bytes = b"PK\x05\x06".to_vec();
        bytes.resize(22, 0);
        bytes
    }

    #[test]
    fn bytes_around_an_archive_are_told() {
        let zip = an_empty_zip();
        assert_eq!(find(&zip, Format::Zip), None);
        assert_eq!(find(&[&zip[..], b"more"].concat(), Format::Zip), Some(Oddity::Behind { bytes: 4 }));
        assert_eq!(find(&[b"MZ..", &zip[..]].concat(), Format::Zip), Some(Oddity::Before { bytes: 4 }));
    }

    #[test]
    fn a_picture_that_is_also_an_archive_or_a_document_is_told() {
        let gif = [b"GIF89a\x01\0\x01\0".as_slice(), &an_empty_zip()].concat();
        assert_eq!(find(&gif, Format::Gif), Some(Oddity::Also { format: Format::Zip }));
        assert_eq!(
            find(b"\xFF\xD8\xFF\xE0%PDF-1.4", Format::Jpeg),
            Some(Oddity::Also { format: Format::Pdf })
        );
        assert_eq!(find(b"junk%PDF-1.4\n%%EOF\n", Format::Pdf), Some(Oddity::Before { bytes: 4 }));
    }

    #[test]
    fn what_stands_behind_the_end_is_counted() {
        let png = b"\x89PNG\r\n\x1A\n\0\0\0\0IEND\xAEB`\x82";
        assert_eq!(find(png, Format::Png), None);
        assert_eq!(find(&[&png[..], b"tail"].concat(), Format::Png), Some(Oddity::Behind { bytes: 4 }));
        let jpeg = b"\xFF\xD8\xFF\xE1\0\x06\xFF\xD9\0\0\xFF\xDA\0\x02abc\xFF\0d\xFF\xD9";
        assert_eq!(find(jpeg, Format::Jpeg), None);
        assert_eq!(find(&[&jpeg[..], b"x"].concat(), Format::Jpeg), Some(Oddity::Behind { bytes: 1 }));
        assert_eq!(find(b"%PDF-1.4\n%%EOF\r\n", Format::Pdf), None);
        assert_eq!(find(b"%PDF-1.4\n%%EOF\nGIF89a", Format::Pdf), Some(Oddity::Behind { bytes: 6 }));
    }
}
