//! Text strings of a PDF (ISO 32000-2, 7.9.2.2): what a title, a note or a name says.

use encoding_rs::{UTF_16BE, UTF_16LE};

use super::super::super::encoding::{Charset, decode};

/// What bytes 0x80 to 0x9F and 0xA0 stand for in PDFDocEncoding (annex D.3).
const UPPER: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ',
    'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}', '€',
];
/// What bytes 0x18 to 0x1F stand for.
const LOWER: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];

/// Reads a text string. A byte order mark decides; without one the standard says PDFDocEncoding, yet
/// Chinese programs write GBK or UTF-8 there: they are believed where the bytes bear it out.
pub(crate) fn text_string(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xFE, 0xFF, rest @ ..] => without_languages(&UTF_16BE.decode_without_bom_handling(rest).0),
        [0xFF, 0xFE, rest @ ..] => without_languages(&UTF_16LE.decode_without_bom_handling(rest).0),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => in_bytes(bytes),
    };
    text.chars().filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\r' | '\t')).collect()
}

fn in_bytes(bytes: &[u8]) -> String {
    if bytes.is_ascii() {
        return bytes.iter().map(|byte| from_document_encoding(*byte)).collect();
    }
    match decode(bytes, None) {
        Ok(decoded) if decoded.charset != Charset::Windows1252 => decoded.text.to_string(),
        _ => bytes.iter().map(|byte| from_document_encoding(*byte)).collect(),
    }
}

fn from_document_encoding(byte: u8) -> char {
    match byte {
        0x18..=0x1F => LOWER.get(usize::from(byte - 0x18)).copied().unwrap_or(' '),
        0x80..=0xA0 => UPPER.get(usize::from(byte - 0x80)).copied().unwrap_or(' '),
        _ => char::from(byte),
    }
}

/// Takes out the marks of language, each between two escape characters.
fn without_languages(text: &str) -> String {
    let mut pieces = text.split('\u{1B}');
    let mut out = pieces.next().unwrap_or("").to_owned();
    let mut within = true;
    for piece in pieces {
        if !within {
            out.push_str(piece);
        }
        within = !within;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text_string;

    #[test]
    fn a_text_string_is_read_in_the_encoding_that_it_is_in() {
        for (bytes, text) in [
            (&b"\xFE\xFF\x63\x88\x67\x43"[..], "授权"),
            (b"\xFF\xFE\x88\x63\x43\x67", "授权"),
            (b"\xEF\xBB\xBF\xE6\x8E\x88", "授"),
            (b"\xFE\xFF\0\x1B\0z\0h\0\x1B\x63\x88", "授"),
            (b"plain \x84 ASCII", "plain — ASCII"),
            (b"\xCA\xDA\xC8\xA8\xCE\xAF\xCD\xD0\xCA\xE9", "授权委托书"),
            ("客户授权书".as_bytes(), "客户授权书"),
        ] {
            assert_eq!(text_string(bytes), text, "{bytes:x?}");
        }
    }
}
