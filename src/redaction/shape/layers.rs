//! What is written in another code within a value: `\u738b`, `%E7%8E%8B`, `&#29579;`, `=E7=8E=8B`, `\n` of
//! a string within a string, and any of these within the others. Each character keeps the place at which
//! its code begins, so that what is found is hidden there, code and all.
//!
//! No input is malformed: what is no code stays as it is. A level takes one pass, and levels are counted.

use super::Shape;
use crate::base::entities;

/// Codes within codes that are followed.
const LEVELS: usize = 6;
/// Characters of a character reference that are looked at.
const REFERENCE_CHARS: usize = 34;
/// Bytes that are read at once: a longer run of codes is read in pieces. What is no text is read again
/// from each of its bytes on.
const BYTES_MOST: usize = 96;
/// How a mail says that it escapes with `=`.
const QUOTED: &str = "quoted-printable";

/// A stretch of a value: characters, and for each the place at which its code begins.
struct Layer {
    chars: Vec<char>,
    starts: Vec<usize>,
}

/// Resolves the codes within the values of a document.
pub(super) fn resolve(shape: &mut Shape) {
    if !shape
        .literals
        .iter()
        .any(|literal| has_codes(shape.logical.get(literal.logical.0..literal.logical.1)))
    {
        return;
    }
    let is_mail = says_quoted(&shape.logical);
    let (mut logical, mut origin) = (Vec::new(), Vec::new());
    let mut copied = 0;
    for literal in &mut shape.literals {
        let (from, to) = literal.logical;
        logical.extend(shape.logical.get(copied..from).unwrap_or_default());
        origin.extend(shape.origin.get(copied..from).unwrap_or_default());
        copied = to;
        let start = logical.len();
        let chars = shape.logical.get(from..to).unwrap_or_default().to_vec();
        let mut layer = Layer { starts: (from..to).collect(), chars };
        let mut is_mail = is_mail;
        for level in 0.. {
            if !has_codes(Some(&layer.chars)) {
                break;
            }
            let Some(next) = layer.next(&mut is_mail) else { break };
            layer = next;
            if level == LEVELS {
                shape.deep = true;
                break;
            }
        }
        logical.extend(&layer.chars);
        origin.extend(layer.starts.iter().map(|at| shape.origin.get(*at).copied().unwrap_or(0)));
        literal.logical = (start, logical.len());
    }
    logical.extend(shape.logical.get(copied..).unwrap_or_default());
    origin.extend(shape.origin.get(copied..).unwrap_or_default());
    (shape.logical, shape.origin) = (logical, origin);
}

fn has_codes(chars: Option<&[char]>) -> bool {
    chars.unwrap_or_default().iter().any(|c| matches!(c, '\\' | '%' | '&' | '='))
}

/// True if somewhere a mail says how it is written.
fn says_quoted(chars: &[char]) -> bool {
    let first = |c: &char| matches!(c, 'q' | 'Q');
    let same = |at: usize| {
        QUOTED
            .chars()
            .enumerate()
            .all(|(i, c)| chars.get(at + i).is_some_and(|here| here.eq_ignore_ascii_case(&c)))
    };
    chars.iter().enumerate().any(|(at, c)| first(c) && same(at))
}

/// What a code stands for, and how many characters it takes.
struct Code {
    /// Characters with their distances from the code's beginning; what takes room and stands for nothing
    /// has none.
    chars: Vec<(char, usize)>,
    length: usize,
}

impl Code {
    fn one(c: char, length: usize) -> Option<Self> {
        Some(Self { chars: vec![(c, 0)], length })
    }
}

impl Layer {
    fn at(&self, at: usize) -> char {
        self.chars.get(at).copied().unwrap_or('\0')
    }

    /// The next layer; `None` if there is no code in this one.
    fn next(&self, is_mail: &mut bool) -> Option<Self> {
        let mut next = Self {
            chars: Vec::with_capacity(self.chars.len()),
            starts: Vec::with_capacity(self.chars.len()),
        };
        let (mut at, mut found) = (0, false);
        while at < self.chars.len() {
            let code = match self.at(at) {
                '\\' => self.backslash(at),
                '%' => self.percent(at),
                '=' => self.equals(at, is_mail),
                '&' => self.reference(at),
                _ => None,
            };
            let start = |distance: usize| self.starts.get(at + distance).copied().unwrap_or(0);
            if let Some(code) = code {
                found = true;
                for (c, distance) in code.chars {
                    next.chars.push(c);
                    next.starts.push(start(distance));
                }
                at += code.length.max(1);
                continue;
            }
            // A run of backslashes is looked at once.
            let run = if self.at(at) == '\\' { self.run_of_backslashes(at) } else { 1 };
            next.chars.extend(self.chars.get(at..at + run).unwrap_or_default());
            next.starts.extend(self.starts.get(at..at + run).unwrap_or_default());
            at += run;
        }
        found.then_some(next)
    }

    fn run_of_backslashes(&self, at: usize) -> usize {
        self.chars.get(at..).unwrap_or_default().iter().take_while(|c| **c == '\\').count()
    }

    fn number(&self, at: usize, digits: usize, radix: u32) -> Option<u32> {
        let digits = self.chars.get(at..at + digits)?;
        digits.iter().try_fold(0u32, |number, c| number.checked_mul(radix)?.checked_add(c.to_digit(radix)?))
    }

    /// A code behind any number of backslashes: each level of strings within strings doubles them.
    fn backslash(&self, at: usize) -> Option<Code> {
        let run = self.run_of_backslashes(at);
        let word = at + run;
        match self.at(word) {
            'u' if self.at(word + 1) == '{' => {
                let digits = (1..=6).find(|count| self.at(word + 2 + count) == '}')?;
                let c = char::from_u32(self.number(word + 2, digits, 16)?)?;
                Code::one(c, run + digits + 3)
            }
            'u' => self.unit_pair(word, run),
            'U' => Code::one(char::from_u32(self.number(word + 1, 8, 16)?)?, run + 9),
            'x' => self.bytes(at, |layer, at| {
                let word = at + layer.run_of_backslashes(at);
                let byte =
                    (word > at && layer.at(word) == 'x').then(|| layer.number(word + 1, 2, 16)).flatten()?;
                Some((u8::try_from(byte).ok()?, word + 3))
            }),
            '0'..='3' => self.bytes(at, |layer, at| {
                let word = at + layer.run_of_backslashes(at);
                let byte = (word > at).then(|| layer.number(word, 3, 8)).flatten()?;
                Some((u8::try_from(byte).ok()?, word + 3))
            }),
            // In a path of Windows a small letter follows.
            c @ ('n' | 'r' | 't') if !self.at(word + 1).is_ascii_lowercase() => {
                let blank = match c {
                    'n' => '\n',
                    'r' => '\r',
                    _ => '\t',
                };
                Code::one(blank, run + 1)
            }
            '"' => {
                let before = at.checked_sub(1).map_or('\0', |before| self.at(before));
                let of_structure = matches!(before, '{' | ',' | ':' | '[' | ' ' | '\0')
                    || matches!(self.at(word + 1), ':' | ',' | '}' | ']' | '\0');
                if of_structure { Code::one('"', run + 1) } else { None }
            }
            '/' => Code::one('/', run + 1),
            _ => None,
        }
    }

    /// `u738b`, or two units of which one character is made.
    fn unit_pair(&self, word: usize, run: usize) -> Option<Code> {
        let high = self.number(word + 1, 4, 16)?;
        if !(0xD800..0xE000).contains(&high) {
            return Code::one(char::from_u32(high).filter(|c| *c != '\0')?, run + 5);
        }
        let second = word + 5;
        let run_behind = self.run_of_backslashes(second);
        let low = self.number(second + run_behind + 1, 4, 16).filter(|low| (0xDC00..0xE000).contains(low));
        let low = low.filter(|_| run_behind > 0 && self.at(second + run_behind) == 'u')?;
        let c = char::from_u32(0x10000 + (high.checked_sub(0xD800)? << 10) + (low - 0xDC00))?;
        Code::one(c, run + 5 + run_behind + 5)
    }

    fn percent(&self, at: usize) -> Option<Code> {
        if matches!(self.at(at + 1), 'u' | 'U') {
            return Code::one(char::from_u32(self.number(at + 2, 4, 16)?).filter(|c| *c != '\0')?, 6);
        }
        self.bytes(at, |layer, at| {
            let byte = (layer.at(at) == '%').then(|| layer.number(at + 1, 2, 16)).flatten()?;
            Some((u8::try_from(byte).ok()?, at + 3))
        })
    }

    /// An escape of a mail, or the end of a line that is none.
    fn equals(&self, at: usize, is_mail: &mut bool) -> Option<Code> {
        let soft = self.soft_break(at);
        if soft > 0 {
            return (*is_mail).then(|| Code { chars: Vec::new(), length: soft });
        }
        let code = self.bytes(at, |layer, at| {
            let digit = |p: usize| matches!(layer.at(p), '0'..='9' | 'A'..='F');
            let byte =
                (layer.at(at) == '=' && digit(at + 1) && digit(at + 2)).then(|| layer.number(at + 1, 2, 16));
            Some((u8::try_from(byte.flatten()?).ok()?, at + 3))
        })?;
        // Three letters behind an equals sign may be anything; a Chinese word in bytes is nothing else.
        let sure = code.chars.iter().any(|(c, _)| !c.is_ascii());
        *is_mail |= sure;
        (sure || *is_mail).then_some(code)
    }

    /// How long the mark at a line's end is that says that the line goes on.
    fn soft_break(&self, at: usize) -> usize {
        match (self.at(at), self.at(at + 1), self.at(at + 2)) {
            ('=', '\n', _) => 2,
            ('=', '\r', '\n') => 3,
            _ => 0,
        }
    }

    fn reference(&self, at: usize) -> Option<Code> {
        let most = (at + REFERENCE_CHARS).min(self.chars.len());
        let after: String = self.chars.get(at + 1..most).unwrap_or_default().iter().collect();
        // References are ASCII: bytes are characters. A number that is no character is a number.
        let (c, length) = entities::reference(&after).filter(|(c, _)| *c != char::REPLACEMENT_CHARACTER)?;
        Code::one(c, length + 1)
    }

    /// A run of bytes that make text: UTF-8, else GB 18030.
    fn bytes(&self, at: usize, next: impl Fn(&Self, usize) -> Option<(u8, usize)>) -> Option<Code> {
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        let mut end = at;
        while bytes.len() < BYTES_MOST {
            let from = end + self.soft_break(end);
            let Some((byte, behind)) = next(self, from) else { break };
            bytes.push(byte);
            starts.push(from - at);
            end = behind;
        }
        let (text, taken) = text_of(&bytes)?;
        let length = starts.get(taken).copied().unwrap_or(end - at);
        let chars = text.into_iter().map(|(c, byte)| (c, starts.get(byte).copied().unwrap_or(0))).collect();
        Some(Code { chars, length })
    }
}

/// The text that bytes begin with, each character with its byte, and how many bytes it takes.
fn text_of(bytes: &[u8]) -> Option<(Vec<(char, usize)>, usize)> {
    let valid = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) => error.valid_up_to(),
    };
    let prefix = bytes.get(..valid).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let text: Vec<(char, usize)> = if prefix.is_empty() {
        in_pairs(bytes)?
    } else {
        prefix.char_indices().map(|(byte, c)| (c, byte)).collect()
    };
    let taken = if prefix.is_empty() {
        text.last().map_or(0, |(c, byte)| byte + if c.is_ascii() { 1 } else { 2 })
    } else {
        valid
    };
    // Bytes that no text has are no text.
    let text_like = text.iter().all(|(c, _)| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    (text_like && !text.is_empty()).then_some((text, taken))
}

/// Text in pairs of bytes (GB 2312), as far as it goes: each character with its byte.
fn in_pairs(bytes: &[u8]) -> Option<Vec<(char, usize)>> {
    let mut text = Vec::new();
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        if first.is_ascii() {
            text.push((char::from(*first), at));
            at += 1;
            continue;
        }
        let Some(c) = bytes.get(at..at + 2).and_then(pair) else { break };
        text.push((c, at));
        at += 2;
    }
    text.iter().any(|(c, _)| !c.is_ascii()).then_some(text)
}

/// The character of two bytes of GB 2312.
pub(in crate::redaction) fn pair(bytes: &[u8]) -> Option<char> {
    let known = matches!(bytes, [0xA1..=0xA9 | 0xB0..=0xF7, 0xA1..=0xFE]);
    let (decoded, failed) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    let mut chars = decoded.chars();
    chars.next().filter(|_| known && !failed && chars.next().is_none())
}
