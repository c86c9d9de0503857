//! Text of foreign exports: UTF-8, UTF-16, GB18030, Big5. Strict: a byte that is no text is a
//! fault, never a replacement character.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::table_fault::{TableFault, TableProblem};

/// Bytes looked at to find the encoding.
const DETECTION_BYTES: usize = 1024 * 1024;

/// Text and the encoding it was in.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without byte order mark.
    pub text: String,
    /// The encoding's name (WHATWG).
    pub encoding: &'static str,
}

impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoded").field("encoding", &self.encoding).finish_non_exhaustive()
    }
}

/// Decodes with the declared encoding (a WHATWG label), or finds it where none is declared.
pub fn decode(bytes: &[u8], declared: Option<&str>) -> Result<Decoded, TableFault> {
    let encoding = match declared {
        Some(label) => {
            let unknown = || TableFault::whole(TableProblem::UnknownEncoding);
            Encoding::for_label_no_replacement(label.trim().as_bytes()).ok_or_else(unknown)?
        }
        None => detect(bytes),
    };
    // GBK is a subset: a file declared or found as GBK may well use the rest.
    let encoding = if encoding == GBK { GB18030 } else { encoding };
    let body = match Encoding::for_bom(bytes) {
        Some((found, length)) if found == encoding => bytes.get(length..).unwrap_or_default(),
        _ => bytes,
    };
    match encoding.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) => Ok(Decoded { text: text.into_owned(), encoding: encoding.name() }),
        None => Err(fault(encoding, body)),
    }
}

fn fault(encoding: &'static Encoding, body: &[u8]) -> TableFault {
    // The longest beginning that decodes ends where the fault lies.
    let (mut good, mut bad) = (0, body.len());
    let decodes = |end: usize| {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let part = body.get(..end).unwrap_or_default();
        let room = decoder.max_utf8_buffer_length_without_replacement(part.len()).unwrap_or(0);
        let mut text = String::with_capacity(room);
        let (result, _) = decoder.decode_to_string_without_replacement(part, &mut text, false);
        !matches!(result, encoding_rs::DecoderResult::Malformed(..))
    };
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if decodes(middle) { good = middle } else { bad = middle }
    }
    let before = body.get(..good).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let problem = TableProblem::Encoding { byte: good, encoding: encoding.name() };
    TableFault::line(u64::try_from(line).unwrap_or(0), problem)
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) {
        return UTF_8;
    }
    let sample = bytes.get(..bytes.len().min(DETECTION_BYTES)).unwrap_or_default();
    if let Some(wide) = utf16_without_mark(sample) {
        return wide;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, sample.len() == bytes.len());
    let guess = detector.guess(None, Utf8Detection::Allow);
    if guess == GBK || guess == BIG5 || guess == UTF_8 {
        return guess;
    }
    // Exports of this trade are Chinese; a short one looks like anything. The encoding whose
    // everyday characters it uses more is the more likely one.
    let frequent = |encoding: &'static Encoding, leads: std::ops::RangeInclusive<u8>| {
        encoding
            .decode_without_bom_handling_and_without_replacement(sample)
            .map(|_| frequent_pairs(sample, leads))
    };
    match (frequent(GB18030, 0xB0..=0xD7), frequent(BIG5, 0xA4..=0xC6)) {
        (Some(simplified), Some(traditional)) if traditional > simplified => BIG5,
        (Some(simplified), _) if simplified > 0 => GB18030,
        (None, Some(traditional)) if traditional > 0 => BIG5,
        _ => guess,
    }
}

/// Two-byte characters whose first byte lies in the rows of everyday characters.
fn frequent_pairs(bytes: &[u8], leads: std::ops::RangeInclusive<u8>) -> usize {
    let mut count = 0;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        if *byte >= 0x80 {
            count += usize::from(leads.contains(byte));
            rest.next();
        }
    }
    count
}

/// UTF-16 without a mark: every second byte of ASCII text and line ends is zero.
fn utf16_without_mark(sample: &[u8]) -> Option<&'static Encoding> {
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (high_first, low_first) = (zeros(0), zeros(1));
    let enough = sample.len() / 50;
    match (
        high_first > low_first * 4 && high_first > enough,
        low_first > high_first * 4 && low_first > enough,
    ) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}
