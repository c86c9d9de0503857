//! What the packed streams of a file would unpack to, counted before anything is parsed.
//!
//! The libraries that read the file unpack without end. So each stream that looks deflated is unpacked
//! here first, into nothing, and what comes out is counted; streams packed several times over are
//! followed. It looks at the bytes, not at the names of the filters: a name can be written in many ways.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;
use flate2::{Decompress, FlushDecompress, Status};

use crate::base::limits::{PDF_UNPACK_RATIO_MAX, PDF_UNPACKED_BYTES_MAX, PDF_UNPACKED_FREE_BYTES};

/// A file that unpacks to more than is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Swells;

/// How often a stream may be packed over.
const LAYERS_MAX: usize = 4;
/// Bytes unpacked at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What the streams of a file may still unpack to.
pub(crate) struct Budget {
    left: u64,
}

impl Budget {
    /// What a file of so many bytes may unpack to.
    pub(crate) fn of(bytes: usize) -> Self {
        let packed = u64::try_from(bytes).unwrap_or(u64::MAX);
        let by_ratio = packed.saturating_mul(PDF_UNPACK_RATIO_MAX).max(PDF_UNPACKED_FREE_BYTES);
        Self { left: by_ratio.min(PDF_UNPACKED_BYTES_MAX) }
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Swells> {
        self.left = self.left.checked_sub(bytes).ok_or(Swells)?;
        Ok(())
    }

    /// Counts what every stream of a file unpacks to.
    pub(crate) fn weigh_file(&mut self, bytes: &[u8]) -> Result<(), Swells> {
        let keyword = AhoCorasick::new(["stream"]).expect("one short pattern");
        for found in keyword.find_iter(bytes) {
            let before = bytes.get(..found.start()).unwrap_or(&[]);
            if before.ends_with(b"end") {
                continue;
            }
            let body = bytes.get(found.end()..).unwrap_or(&[]);
            let skipped = body.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ')).count();
            let body = body.get(skipped..).unwrap_or(&[]);
            let dictionary = before.get(before.len().saturating_sub(512)..).unwrap_or(before);
            self.weigh(body, dictionary)?;
        }
        Ok(())
    }

    /// Counts what one stream unpacks to; `dictionary` is what stands before it.
    pub(crate) fn weigh(&mut self, body: &[u8], dictionary: &[u8]) -> Result<(), Swells> {
        if names(dictionary, b"LZW") {
            self.weigh_lzw(body)?;
        }
        if names(dictionary, b"RunLength") || names(dictionary, b"/RL") {
            self.weigh_runs(body)?;
        }
        let body = if names(dictionary, b"ASCII") || names(dictionary, b"/A85") || names(dictionary, b"/AHx")
        {
            from_ascii(body)
        } else {
            Cow::Borrowed(body)
        };
        Layer::begin(&body, 0).map_or(Ok(()), |mut layer| layer.feed(&body, self).map(|_| ()))
    }

    /// What LZW unpacks to, by the lengths of its table's entries alone.
    fn weigh_lzw(&mut self, body: &[u8]) -> Result<(), Swells> {
        const CLEAR: usize = 256;
        const END: usize = 257;
        let mut lengths: Vec<u32> = vec![1; 258];
        let mut last: Option<u32> = None;
        let (mut bits, mut held) = (0_u32, 0_u32);
        for byte in body {
            held = (held << 8) | u32::from(*byte);
            bits += 8;
            // Entries appear one code early by default; being one bit wrong for one code only ends the count.
            let width = match lengths.len() {
                ..=510 => 9,
                511..=1022 => 10,
                1023..=2046 => 11,
                _ => 12,
            };
            if bits < width {
                continue;
            }
            bits -= width;
            let code = usize::try_from((held >> bits) & ((1 << width) - 1)).unwrap_or(END);
            held &= (1 << bits) - 1;
            match code {
                CLEAR => {
                    lengths.truncate(258);
                    last = None;
                }
                END => return Ok(()),
                _ => {
                    let length = lengths.get(code).copied().or(last.map(|last| last + 1));
                    let Some(length) = length else { return Ok(()) };
                    self.spend(u64::from(length))?;
                    if let Some(last) = last.filter(|_| lengths.len() < 4096) {
                        lengths.push(last + 1);
                    }
                    last = Some(length);
                }
            }
        }
        Ok(())
    }

    fn weigh_runs(&mut self, body: &[u8]) -> Result<(), Swells> {
        let mut at = 0;
        while let Some(length) = body.get(at) {
            match length {
                128 => return Ok(()),
                0..=127 => {
                    self.spend(u64::from(*length) + 1)?;
                    at += usize::from(*length) + 2;
                }
                129.. => {
                    self.spend(257 - u64::from(*length))?;
                    at += 2;
                }
            }
        }
        Ok(())
    }
}

/// One layer of deflating, and the next under it.
struct Layer {
    inflate: Decompress,
    depth: usize,
    /// The first bytes that came out, until it is known whether they are packed again.
    head: Vec<u8>,
    under: Option<Box<Layer>>,
}

impl Layer {
    /// `None` if the bytes do not begin as zlib does (RFC 1950).
    fn begin(body: &[u8], depth: usize) -> Option<Self> {
        let [first, second, ..] = body else { return None };
        let check = u16::from(*first) * 256 + u16::from(*second);
        if first & 0x0F != 8 || first >> 4 > 7 || !check.is_multiple_of(31) {
            return None;
        }
        Some(Self { inflate: Decompress::new(true), depth, head: Vec::new(), under: None })
    }

    /// Unpacks a piece. False once the layer has ended or turned out to be something else.
    fn feed(&mut self, piece: &[u8], budget: &mut Budget) -> Result<bool, Swells> {
        let mut out = vec![0; CHUNK_BYTES];
        let mut rest = piece;
        loop {
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(rest, &mut out, FlushDecompress::None);
            let read = usize::try_from(self.inflate.total_in() - read).unwrap_or(rest.len());
            let written = self.inflate.total_out() - written;
            // What is read counts too, so that a thousand streams inside each other end as well.
            budget.spend(written.max(u64::try_from(read).unwrap_or(u64::MAX)))?;
            rest = rest.get(read..).unwrap_or(&[]);
            let came = usize::try_from(written).unwrap_or(0);
            self.pass_on(out.get(..came).unwrap_or(&[]), budget)?;
            match status {
                Ok(Status::Ok | Status::BufError) if came > 0 || (read > 0 && !rest.is_empty()) => {}
                Ok(Status::Ok | Status::BufError) => return Ok(rest.is_empty()),
                Ok(Status::StreamEnd) | Err(_) => return Ok(false),
            }
        }
    }

    fn pass_on(&mut self, came: &[u8], budget: &mut Budget) -> Result<(), Swells> {
        if let Some(under) = &mut self.under {
            if !under.feed(came, budget)? {
                self.under = None;
            }
            return Ok(());
        }
        if self.head.len() >= 2 {
            return Ok(());
        }
        self.head.extend_from_slice(came);
        if self.head.len() < 2 {
            return Ok(());
        }
        let head = std::mem::take(&mut self.head);
        self.head = vec![0; 2];
        if let Some(mut under) = Self::begin(&head, self.depth + 1) {
            if under.depth >= LAYERS_MAX {
                return Err(Swells);
            }
            if under.feed(&head, budget)? {
                self.under = Some(Box::new(under));
            }
        }
        Ok(())
    }
}

fn names(dictionary: &[u8], name: &[u8]) -> bool {
    dictionary.windows(name.len()).any(|window| window == name)
}

/// Undoes ASCII85 or hexadecimal writing, whichever it is, as far as it goes.
fn from_ascii(body: &[u8]) -> Cow<'_, [u8]> {
    let end = body.iter().position(|byte| matches!(byte, b'~' | b'>')).unwrap_or(0);
    let signs = body.get(..end).unwrap_or(&[]);
    let signs = signs.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    if body.get(end) == Some(&b'>') {
        let digits: Vec<u8> = signs.map(|sign| char::from(sign).to_digit(16).unwrap_or(0) as u8).collect();
        return Cow::Owned(
            digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect(),
        );
    }
    let mut bytes = Vec::new();
    let mut group: Vec<u32> = Vec::with_capacity(5);
    for sign in signs {
        match sign {
            b'z' if group.is_empty() => bytes.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => group.push(u32::from(sign - b'!')),
            _ => break,
        }
        if group.len() == 5 {
            bytes.extend_from_slice(&base_85(&group));
            group.clear();
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        bytes.extend(base_85(&group).into_iter().take(kept));
    }
    Cow::Owned(bytes)
}

fn base_85(group: &[u32]) -> [u8; 4] {
    group.iter().fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(*digit)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn file(stream: &[u8], dictionary: &str) -> Vec<u8> {
        let mut bytes = format!("%PDF-1.7\n1 0 obj <<{dictionary}>> stream\r\n").into_bytes();
        bytes.extend_from_slice(stream);
        bytes.extend_from_slice(b"\nendstream endobj");
        bytes
    }

    fn weigh(bytes: &[u8]) -> (Result<(), Swells>, u64) {
        let mut budget = Budget::of(bytes.len());
        let before = budget.left;
        let weighed = budget.weigh_file(bytes);
        (weighed, before - budget.left)
    }

    #[test]
    fn what_a_stream_unpacks_to_is_counted() {
        let (weighed, spent) = weigh(&file(&deflated(&[7; 1_000_000]), "/Filter/FlateDecode"));
        assert_eq!(weighed, Ok(()));
        assert!((1_000_000..1_010_000).contains(&spent), "{spent}");
    }

    #[test]
    fn a_stream_packed_twice_is_followed_to_the_end_whatever_its_filters_are_called() {
        let zeros = vec![0; 100_000_000];
        let twice = deflated(&deflated(&zeros));
        assert!(twice.len() < 2_000, "{}", twice.len());
        assert_eq!(weigh(&file(&twice, "/Filter[/Fl#61teDecode/FlateDecode]")).0, Err(Swells));
    }

    #[test]
    fn a_stream_written_in_ascii_is_followed_too() {
        let twice = deflated(&deflated(&vec![0; 100_000_000]));
        let hex: String = twice.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            weigh(&file(format!("{hex}>").as_bytes(), "/Filter[/ASCIIHexDecode/FlateDecode]")).0,
            Err(Swells)
        );
    }

    #[test]
    fn runs_and_lzw_are_counted() {
        let (_, runs) = weigh(&file(&[129, 0, 129, 0, 1, 5, 5, 128], "/Filter/RunLengthDecode"));
        assert_eq!(runs, 128 + 128 + 2);
        // The example of ISO 32000-2, 7.4.4.2: ten bytes unpacked.
        let lzw = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(weigh(&file(&lzw, "/Filter/LZWDecode")).1, 10);
    }

    #[test]
    fn ascii85_is_undone() {
        assert_eq!(&*from_ascii(b"87cURD_*#4DfTZ)~>"), b"Hello, World");
    }
}
