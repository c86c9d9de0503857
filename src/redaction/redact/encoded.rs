//! Text and files that lie in a document as base64. One that holds personal data goes whole: nobody could
//! hide in it and leave the rest; and so does one into which nobody can look.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::redaction::shape::layers::pair;

/// Letters without which nothing that matters fits.
const LEAST: usize = 12;
/// The same behind words that say what they are: `=?UTF-8?B?…?=`.
const NAMED_LEAST: usize = 4;
/// Letters from which on a block is a file, whatever is in it.
const FILE_LEAST: usize = 256;
/// Letters of a line that goes on in the next.
const LINE_LEAST: usize = 40;

/// A block: where it stands, and its text; `None` if it is a file of which nobody knows the content.
pub(super) struct Block {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: Option<String>,
}

/// Every block that may hold something.
pub(super) fn blocks(chars: &[char]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = at + run(chars, at);
        let named = at.checked_sub(3).and_then(|from| chars.get(from..at));
        let least = if matches!(named, Some(['?', 'b' | 'B', '?'])) { NAMED_LEAST } else { LEAST };
        if end - at < least {
            at = end.max(at + 1);
            continue;
        }
        let lines = lines(chars, at, end);
        // The first line, or a short word in the last, is perhaps no part of it.
        let (later, shorter) = (lines.get(1..), lines.get(..lines.len() - 1));
        let rest = [later, shorter].into_iter().flatten().filter(|lines| !lines.is_empty());
        let found = block(chars, &lines).or_else(|| rest.flat_map(|lines| block(chars, lines)).next());
        match &found {
            Some(block) => at = block.end,
            None => {
                blocks.extend(lines.iter().flat_map(|line| of_line(chars, *line)));
                // No line is looked at again: a file may have nothing but such lines.
                at = lines.last().map_or(end, |line| line.1);
            }
        }
        blocks.extend(found);
    }
    blocks
}

const fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || is_mark(c)
}

const fn is_mark(c: char) -> bool {
    matches!(c, '+' | '/' | '-' | '_')
}

fn run(chars: &[char], at: usize) -> usize {
    chars.get(at..).unwrap_or_default().iter().take_while(|c| is_letter(**c)).count()
}

/// The lines of a block that begins with one.
fn lines(chars: &[char], start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut lines = vec![(start, end)];
    let mut last = (start, end);
    while last.1 - last.0 >= LINE_LEAST {
        // A mail that is quoted has marks before its lines.
        let gap = |c: &&char| matches!(c, '\n' | '\r' | ' ' | '\t' | '>');
        let between = chars.get(last.1..).unwrap_or_default().iter().take(16).take_while(gap).count();
        let next = last.1 + between;
        let breaks = chars.get(last.1..next).unwrap_or_default().contains(&'\n');
        let length = run(chars, next);
        let padding =
            chars.get(next + length..).unwrap_or_default().iter().take_while(|c| **c == '=').count();
        let fits = length >= LINE_LEAST || (length + padding).is_multiple_of(4);
        if !breaks || length == 0 || !fits || chars.get(last.1) == Some(&'=') {
            break;
        }
        last = (next, next + length);
        lines.push(last);
    }
    lines
}

/// The blocks of one line: `path/MTM4…`, `a-b_MTM4…` have one where the whole is none.
fn of_line(chars: &[char], line: (usize, usize)) -> Vec<Block> {
    match block(chars, &[line]) {
        Some(block) => vec![block],
        None => parts(chars, line).filter_map(|part| block(chars, &[part])).collect(),
    }
}

fn parts(chars: &[char], (start, end): (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
    let mut from = start;
    let mut parts = Vec::new();
    for at in start..=end {
        if at == end || chars.get(at).copied().is_some_and(is_mark) {
            parts.push((from, at));
            from = at + 1;
        }
    }
    parts.into_iter().filter(move |part| part.1 - part.0 >= LEAST && *part != (start, end))
}

fn block(chars: &[char], lines: &[(usize, usize)]) -> Option<Block> {
    let letters: String = lines
        .iter()
        .flat_map(|(start, end)| chars.get(*start..*end).unwrap_or_default())
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => *c,
        })
        .collect();
    let (start, mut end) = (lines.first()?.0, lines.last()?.1);
    while chars.get(end) == Some(&'=') {
        end += 1;
    }
    let any = |of: fn(&char) -> bool| letters.chars().any(|c| of(&c));
    // A number, a word, a code in capitals: bytes of text have letters of both sizes.
    if !any(char::is_ascii_uppercase) || !any(char::is_ascii_lowercase) {
        return None;
    }
    let text = decoded(&letters).and_then(|bytes| text_of(&bytes));
    let file = letters.len() >= FILE_LEAST && any(char::is_ascii_digit);
    (text.is_some() || file).then_some(Block { start, end, text })
}

fn decoded(letters: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    // One letter more than fits is a part of nothing.
    let whole = if letters.len() % 4 == 1 { letters.get(..letters.len() - 1)? } else { letters };
    GeneralPurpose::new(&STANDARD, LENIENT).decode(whole).ok()
}

/// The text that bytes are: UTF-8, UTF-16, or Chinese in pairs of bytes.
fn text_of(bytes: &[u8]) -> Option<String> {
    let wide = |big: bool, bytes: &[u8]| -> Option<String> {
        let units = bytes.chunks_exact(2).map(|pair| match pair {
            [a, b] if big => u16::from_be_bytes([*a, *b]),
            [a, b] => u16::from_le_bytes([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let zeros = bytes.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count();
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(false, rest)?,
        [0xFE, 0xFF, rest @ ..] => wide(true, rest)?,
        _ if zeros * 4 > bytes.len() => wide(false, bytes)?,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // Cut within a character, as at the end of what somebody copied.
            Err(error) if error.error_len().is_none() => {
                bytes.get(..error.valid_up_to()).and_then(|bytes| std::str::from_utf8(bytes).ok())?.to_owned()
            }
            Err(_) => in_pairs(bytes)?,
        },
    };
    let text_like = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    (text_like && !text.is_empty()).then_some(text)
}

/// Chinese in pairs of bytes, if most of it is of the characters that are used most (the first level of
/// GB 2312): bytes of something else make rare ones as often.
fn in_pairs(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let (mut pairs, mut common) = (0, 0);
    let mut rest = bytes;
    while let Some((first, behind)) = rest.split_first() {
        if first.is_ascii() {
            text.push(char::from(*first));
            rest = behind;
        } else {
            let (two, behind) = rest.split_at_checked(2)?;
            text.push(pair(two)?);
            pairs += 1;
            common += usize::from(matches!(two, [0xA1..=0xA3 | 0xB0..=0xD7, _]));
            rest = behind;
        }
    }
    (common * 4 >= pairs * 3).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Option<String>> {
        blocks(&text.chars().collect::<Vec<_>>()).into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn text_in_base64_is_read_however_it_is_wrapped() {
        let text = "联系人：王小明，电话13800138000，地址浙江省杭州市西湖区文三路12号3单元401室。";
        let letters = base64::engine::general_purpose::STANDARD.encode(text);
        let lines: Vec<String> =
            letters.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        for written in [
            letters.clone(),
            lines.join("\n"),
            lines.join("\r\n> "),
            letters.trim_end_matches('=').replace('+', "-").replace('/', "_"),
            format!("x=\"{letters}\";"),
        ] {
            assert_eq!(texts(&written), [Some(text.to_owned())], "{written}");
        }
        assert_eq!(texts("=?UTF-8?B?546L5bCP5piO?="), [Some("王小明".to_owned())]);
        assert_eq!(texts("=?gb2312?B?zfXQocP3?="), [Some("王小明".to_owned())]);
        assert_eq!(texts("/path/MTM4MDAxMzgwMDA="), [Some("13800138000".to_owned())]);
    }

    #[test]
    fn words_numbers_and_hashes_are_no_text_in_base64() {
        for text in [
            "internationalisation of information",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "TK-19115520-20240512-000123456789",
            "com/example/service/OrderService",
            "17810454756144272",
            "subordination",
            "LFVUNUE01L8274289",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(
                texts(text).iter().all(|text| text.as_ref().is_none_or(|text| text.is_empty())),
                "{text}"
            );
        }
    }

    #[test]
    fn lines_that_look_like_base64_are_looked_at_once() {
        // A square of so many would not end.
        let lines = "ACGTACGTacgtACGTACGTacgtACGTACGTacgtACGTACGTacgtACGT\n".repeat(60_000);
        assert!(texts(&lines).len() <= 1);
        assert!(texts(&lines.to_uppercase()).is_empty());
    }

    #[test]
    fn a_file_of_which_nobody_knows_the_content_is_one_all_the_same() {
        let bytes: Vec<u8> = (0..400u32).map(|n| (n * 7919 % 251) as u8 | 0x80).collect();
        let letters = base64::engine::general_purpose::STANDARD.encode(bytes);
        assert_eq!(texts(&letters), [None]);
    }
}
