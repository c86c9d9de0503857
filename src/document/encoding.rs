//! From bytes to text, without a single replaced character.
//!
//! A byte order mark decides; else what was declared, if the bytes bear it out; else valid UTF-8;
//! else the encoding that gives the most plausible text. What decodes nowhere is refused with the
//! place of the fault, never repaired.

use encoding_rs::{DecoderResult, Encoding};
use zeroize::Zeroizing;

use super::plausible::{Cost, Scripts, cost};

/// Bytes of lines beyond ASCII that are weighed.
const SAMPLE_BYTES: usize = 64 * 1024;
/// Bytes of one line that are weighed.
const SAMPLE_LINE_BYTES: usize = 8 * 1024;
/// What a declaration weighs against the text's own evidence, in tenths of a nat.
const DECLARED: u64 = 300;
/// What chardetng's opinion weighs.
const GUESSED: u64 = 30;

/// An encoding that the archive reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// UTF-8, of which ASCII is a part.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// GB 18030, with GBK and GB 2312.
    Gb18030,
    /// Big5, with the Hong Kong supplement.
    Big5,
    /// Shift_JIS as Windows writes it.
    ShiftJis,
    /// EUC-JP.
    EucJp,
    /// EUC-KR as Windows writes it.
    EucKr,
    /// Windows-1252, of which Latin-1 is a part.
    Windows1252,
}

/// What became of the declared encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declaration {
    /// Nothing was declared.
    Absent,
    /// The text is in the declared encoding.
    Kept,
    /// The bytes say otherwise, or the declared name is unknown.
    Overruled,
}

/// A decoded text.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: Zeroizing<String>,
    /// What it was in.
    pub charset: Charset,
    /// What became of the declaration.
    pub declaration: Declaration,
}

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// Bytes that the encoding does not have.
    #[error("byte {offset} (line {line}) is not {}", charset.as_str())]
    Malformed {
        /// The declared or most likely encoding.
        charset: Charset,
        /// The first byte of the fault, counted from 0.
        offset: usize,
        /// Its line, counted from 1.
        line: usize,
    },
    /// No known encoding gives a plausible text.
    #[error("no known encoding makes readable text of it")]
    Unclear,
    /// Control characters that no text has.
    #[error("it has control characters that no text has")]
    Binary,
}

const ALL: [Charset; 9] = [
    Charset::Gb18030,
    Charset::Big5,
    Charset::Utf8,
    Charset::Utf16Le,
    Charset::Utf16Be,
    Charset::ShiftJis,
    Charset::EucJp,
    Charset::EucKr,
    Charset::Windows1252,
];

/// What tables are in where nobody says it.
const OF_TABLES: [Charset; 5] =
    [Charset::Gb18030, Charset::Big5, Charset::Utf8, Charset::Utf16Le, Charset::Utf16Be];

impl Charset {
    /// The name as the Encoding standard spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Gb18030 => "GB18030",
            Self::Big5 => "Big5",
            Self::ShiftJis => "Shift_JIS",
            Self::EucJp => "EUC-JP",
            Self::EucKr => "EUC-KR",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Reads any label of the Encoding standard (`gb2312`, `cp936`, `utf8`, `latin1` …).
    pub fn parse(label: &str) -> Option<Self> {
        let encoding = Encoding::for_label(label.as_bytes())?;
        let encoding = if encoding == encoding_rs::GBK { encoding_rs::GB18030 } else { encoding };
        ALL.into_iter().find(|charset| charset.encoding() == encoding)
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Gb18030 => encoding_rs::GB18030,
            Self::Big5 => encoding_rs::BIG5,
            Self::ShiftJis => encoding_rs::SHIFT_JIS,
            Self::EucJp => encoding_rs::EUC_JP,
            Self::EucKr => encoding_rs::EUC_KR,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        }
    }

    fn scripts(self) -> Scripts {
        match self {
            Self::Utf8 | Self::Utf16Le | Self::Utf16Be => Scripts::Any,
            Self::Gb18030 | Self::Big5 => Scripts::Chinese,
            Self::ShiftJis | Self::EucJp => Scripts::Japanese,
            Self::EucKr => Scripts::Korean,
            Self::Windows1252 => Scripts::Western,
        }
    }

    /// What must be made up for by the text itself, because the archive seldom meets the encoding.
    fn handicap(self) -> u64 {
        match self {
            Self::Utf8 => 0,
            Self::Gb18030 => 60,
            Self::Big5 => 65,
            Self::Windows1252 => 100,
            Self::Utf16Le | Self::Utf16Be | Self::ShiftJis => 150,
            Self::EucJp | Self::EucKr => 260,
        }
    }

    /// Writes a text in this encoding; `None` if the encoding lacks one of its characters.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            // The Encoding standard writes no UTF-16.
            Self::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            _ => {
                let (bytes, _, replaced) = self.encoding().encode(text);
                (!replaced).then(|| bytes.into_owned())
            }
        }
    }

    /// Decodes without replacing anything.
    fn decode(self, bytes: &[u8]) -> Result<Zeroizing<String>, NotText> {
        let mut decoder = self.encoding().new_decoder_without_bom_handling();
        let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        let mut text = Zeroizing::new(String::with_capacity(most.unwrap_or(bytes.len())));
        match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
            (DecoderResult::InputEmpty, _) => Ok(text),
            (DecoderResult::Malformed(bad, after), read) => {
                Err(self.malformed(bytes, read.saturating_sub(usize::from(bad) + usize::from(after))))
            }
            (DecoderResult::OutputFull, read) => Err(self.malformed(bytes, read)),
        }
    }

    fn malformed(self, bytes: &[u8], offset: usize) -> NotText {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        NotText::Malformed { charset: self, offset, line }
    }
}

/// Decodes a text. `declared` is what its carrier or its own beginning says it is in.
pub fn decode(bytes: &[u8], declared: Option<&str>) -> Result<Decoded, NotText> {
    decode_among(bytes, declared, &ALL)
}

/// Decodes a table that programs of the trade write: UTF-8, UTF-16, GB18030 or Big5, unless it is declared to be in
/// something else. What is UTF-8 but for some bytes is refused for these: in another encoding all of it would be
/// read as other words.
pub fn decode_table(bytes: &[u8], declared: Option<&str>) -> Result<Decoded, NotText> {
    match declared.and_then(Charset::parse) {
        Some(_) => decode(bytes, declared),
        None => decode_among(bytes, declared, &OF_TABLES),
    }
}

fn decode_among(bytes: &[u8], declared: Option<&str>, charsets: &[Charset]) -> Result<Decoded, NotText> {
    let named = declared.and_then(Charset::parse);
    let (charset, text) = match mark(bytes) {
        Some((charset, length)) => {
            let text = charset.decode(bytes.get(length..).unwrap_or(&[]));
            (charset, text.map_err(|fault| shifted(fault, length))?)
        }
        None => decode_unmarked(bytes, named, charsets)?,
    };
    if has_strange_controls(&text) {
        return Err(NotText::Binary);
    }
    let declaration = match declared {
        None => Declaration::Absent,
        Some(_) if named == Some(charset) => Declaration::Kept,
        // `UTF-16` alone leaves the byte order to the text.
        Some(_) if named == Some(Charset::Utf16Le) && charset == Charset::Utf16Be => Declaration::Kept,
        Some(_) => Declaration::Overruled,
    };
    Ok(Decoded { text, charset, declaration })
}

fn mark(bytes: &[u8]) -> Option<(Charset, usize)> {
    match bytes {
        // UTF-32, which nobody sends: let it fail as UTF-16 with zero characters.
        [0xEF, 0xBB, 0xBF, ..] => Some((Charset::Utf8, 3)),
        [0xFF, 0xFE, ..] => Some((Charset::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => Some((Charset::Utf16Be, 2)),
        [0x84, 0x31, 0x95, 0x33, ..] => Some((Charset::Gb18030, 4)),
        _ => None,
    }
}

fn shifted(fault: NotText, by: usize) -> NotText {
    match fault {
        NotText::Malformed { charset, offset, line } => {
            NotText::Malformed { charset, offset: offset + by, line }
        }
        other => other,
    }
}

fn decode_unmarked(
    bytes: &[u8],
    named: Option<Charset>,
    charsets: &[Charset],
) -> Result<(Charset, Zeroizing<String>), NotText> {
    if bytes.contains(&0) {
        return decode_best(bytes, &[Charset::Utf16Le, Charset::Utf16Be], named);
    }
    // Who says UTF-8 and writes something else is told where, not second-guessed.
    if named == Some(Charset::Utf8) {
        return Charset::Utf8.decode(bytes).map(|text| (Charset::Utf8, text));
    }
    let as_utf8 = Charset::Utf8.decode(bytes);
    if let Ok(text) = &as_utf8
        && !could_be_double_bytes(text)
    {
        return as_utf8.map(|text| (Charset::Utf8, text));
    }
    match as_utf8 {
        Err(fault) if charsets == OF_TABLES && is_utf8_but_for_some(bytes) => Err(fault),
        Err(fault) if charsets == OF_TABLES => match decode_best(bytes, charsets, named) {
            // Where nothing fits, what most tables are in says best where to look.
            Err(NotText::Unclear) => Err(fault),
            best => best,
        },
        _ => decode_best(bytes, charsets, named),
    }
}

/// True if the bytes that are no UTF-8 are few beside the characters of several bytes that are. Text in another
/// encoding hardly has any of these.
fn is_utf8_but_for_some(bytes: &[u8]) -> bool {
    let (mut wide, mut faults) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        wide += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    wide > 4 * faults
}

/// A short text of two-byte characters only is valid UTF-8 by accident as easily as on purpose:
/// 一些 in GB 18030 reads as two Cyrillic letters.
fn could_be_double_bytes(text: &str) -> bool {
    let mut wide = text.chars().filter(|c| !c.is_ascii()).peekable();
    wide.peek().is_some() && wide.clone().all(|c| c.len_utf8() == 2) && wide.count() <= 64
}

/// Decodes with the likeliest of `charsets` that fits all bytes.
fn decode_best(
    bytes: &[u8],
    charsets: &[Charset],
    named: Option<Charset>,
) -> Result<(Charset, Zeroizing<String>), NotText> {
    let sample = sample(bytes);
    let guess = guess(&sample);
    let mut weighed: Vec<(u64, Charset, bool)> = charsets
        .iter()
        .filter_map(|charset| {
            let cost = weigh(&sample, *charset)?;
            let credit = if named == Some(*charset) { DECLARED } else { 0 }
                + if guess == Some(*charset) { GUESSED } else { 0 };
            // 400 keeps the sum above zero; it is the same for all.
            let sum = (cost.whole + charset.handicap() + 400).saturating_sub(credit);
            Some((sum, *charset, cost.is_plausible(charset.scripts()) || named == Some(*charset)))
        })
        .collect();
    weighed.sort_by_key(|(sum, ..)| *sum);
    let mut first_fault = None;
    for (_, charset, plausible) in weighed {
        match charset.decode(bytes) {
            Ok(text) if plausible => return Ok((charset, text)),
            Ok(_) => return Err(first_fault.unwrap_or(NotText::Unclear)),
            Err(fault) if plausible => first_fault = first_fault.or(Some(fault)),
            Err(_) => {}
        }
    }
    Err(first_fault.unwrap_or(NotText::Unclear))
}

fn guess(sample: &[u8]) -> Option<Charset> {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    Charset::parse(detector.guess(None, chardetng::Utf8Detection::Deny).name())
}

/// The lines that are not ASCII only, up to a limit. In every encoding weighed here but UTF-16 a
/// line feed is a line feed.
fn sample(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() <= SAMPLE_BYTES || bytes.contains(&0) {
        return bytes.get(..SAMPLE_BYTES.min(bytes.len())).unwrap_or(bytes).to_vec();
    }
    let mut sample = Vec::with_capacity(SAMPLE_BYTES);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if sample.len() >= SAMPLE_BYTES {
            break;
        }
        let Some(first) = line.iter().position(|byte| *byte >= 0x80) else { continue };
        let wide = line.get(first..).unwrap_or(line);
        sample.extend_from_slice(wide.get(..SAMPLE_LINE_BYTES).unwrap_or(wide));
        if wide.len() > SAMPLE_LINE_BYTES {
            // The line is cut, perhaps within a character: what follows would be misread.
            break;
        }
    }
    sample
}

/// What the sample costs in an encoding; `None` if it has a fault before its last, perhaps cut, bytes.
fn weigh(sample: &[u8], charset: Charset) -> Option<Cost> {
    let mut decoder = charset.encoding().new_decoder_without_bom_handling();
    let most = decoder.max_utf8_buffer_length_without_replacement(sample.len())?;
    let mut text = Zeroizing::new(String::with_capacity(most));
    let (result, read) = decoder.decode_to_string_without_replacement(sample, &mut text, false);
    let usable = result == DecoderResult::InputEmpty || sample.len() - read.min(sample.len()) < 4;
    usable.then(|| cost(&text, charset.scripts()))
}

/// True if the text has zero characters, or more than one control character in a hundred bytes.
fn has_strange_controls(text: &str) -> bool {
    let strange = text.bytes().filter(|byte| matches!(byte, 1..=8 | 0xE..=0x19 | 0x1C..=0x1F)).count();
    text.contains('\0') || strange > text.len() / 100
}

#[cfg(test)]
mod tests;
