//! JSON (RFC 8259) and JSON Lines: every key, every text, and every number as it was spelt.
//!
//! Read by hand, because a general reader rounds long numbers, drops the first of two equal keys
//! and holds the whole tree.

use super::Refused;
use crate::base::limits::DOCUMENT_JSON_DEPTH_MAX;
use crate::document::part::{Body, Role, Spot, Step};
use crate::document::sniff::Format;

pub(super) fn take(text: &str, body: &mut Body) -> Result<(), Refused> {
    let mut reading = Reading { text, at: 0, line: 1, format: Format::Json };
    let root = body.node(None, Step::Root)?;
    reading.value(body, root)?;
    reading.skip_blank();
    if reading.at < text.len() { Err(reading.malformed()) } else { Ok(()) }
}

pub(super) fn take_lines(text: &str, body: &mut Body) -> Result<(), Refused> {
    for (line, content) in (1_u32..).zip(text.split('\n')) {
        let mut reading = Reading { text: content, at: 0, line, format: Format::JsonLines };
        reading.skip_blank();
        if reading.at == content.len() {
            continue;
        }
        let root = body.node(None, Step::Line(line))?;
        reading.value(body, root)?;
        reading.skip_blank();
        if reading.at < content.len() {
            return Err(reading.malformed());
        }
    }
    Ok(())
}

struct Reading<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    format: Format,
}

/// An array or object that is being read.
struct Level {
    node: u32,
    kind: Kind,
}

enum Kind {
    Array { next: u32 },
    Object,
}

impl Reading<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blank(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.byte() {
            self.line += u32::from(byte == b'\n');
            self.at += 1;
        }
    }

    fn malformed(&self) -> Refused {
        Refused::Malformed { format: self.format, line: self.line }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Refused> {
        self.skip_blank();
        if self.byte() != Some(byte) {
            return Err(self.malformed());
        }
        self.at += 1;
        Ok(())
    }

    /// Reads one value with all that is in it. Its own stack, so that no nesting exhausts the thread's.
    fn value(&mut self, body: &mut Body, root: u32) -> Result<(), Refused> {
        let mut levels: Vec<Level> = Vec::new();
        let mut node = root;
        loop {
            self.skip_blank();
            match self.byte() {
                Some(open @ (b'[' | b'{')) => {
                    self.at += 1;
                    if levels.len() >= DOCUMENT_JSON_DEPTH_MAX {
                        return Err(Refused::TooDeep { line: self.line, most: DOCUMENT_JSON_DEPTH_MAX });
                    }
                    if body.text.ends_with(": ") {
                        body.text.push('\n');
                    }
                    let kind = if open == b'[' { Kind::Array { next: 0 } } else { Kind::Object };
                    levels.push(Level { node, kind });
                    self.skip_blank();
                    let closes = matches!((open, self.byte()), (b'[', Some(b']')) | (b'{', Some(b'}')));
                    if !closes {
                        node = self.member(&mut levels, body)?;
                        continue;
                    }
                    self.at += 1;
                    levels.pop();
                }
                Some(_) => self.scalar(body, node)?,
                None => return Err(self.malformed()),
            }
            match self.after_value(&mut levels, body)? {
                Next::Member(next) => node = next,
                Next::Done => return Ok(()),
            }
        }
    }

    /// Behind a value: closes what ends here and goes to the next member.
    fn after_value(&mut self, levels: &mut Vec<Level>, body: &mut Body) -> Result<Next, Refused> {
        loop {
            let Some(level) = levels.last() else { return Ok(Next::Done) };
            let close = if matches!(level.kind, Kind::Object) { b'}' } else { b']' };
            self.skip_blank();
            match self.byte() {
                Some(b',') => {
                    self.at += 1;
                    return self.member(levels, body).map(Next::Member);
                }
                Some(byte) if byte == close => {
                    self.at += 1;
                    levels.pop();
                }
                _ => return Err(self.malformed()),
            }
        }
    }

    /// Goes to the next member of the innermost array or object; reads its key, if it has one.
    fn member(&mut self, levels: &mut [Level], body: &mut Body) -> Result<u32, Refused> {
        let level = levels.last_mut().ok_or(Refused::Malformed { format: self.format, line: self.line })?;
        let parent = level.node;
        let step = match &mut level.kind {
            Kind::Array { next } => {
                let index = *next;
                *next = next.saturating_add(1);
                Step::Index(index)
            }
            Kind::Object => {
                self.skip_blank();
                let (start, line) = (body.at(), self.line);
                self.string(body)?;
                let end = body.at();
                body.part(start, line, Role::Key, Spot::Node(parent))?;
                body.text.push_str(": ");
                self.expect(b':')?;
                Step::Key(start, end)
            }
        };
        self.skip_blank();
        Ok(body.node(Some(parent), step)?)
    }

    fn scalar(&mut self, body: &mut Body, node: u32) -> Result<(), Refused> {
        let (start, line) = (body.at(), self.line);
        match self.byte() {
            Some(b'"') => self.string(body)?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            _ => self.number(body)?,
        }
        body.part(start, line, Role::Text, Spot::Node(node))?;
        body.text.push('\n');
        Ok(())
    }

    /// `true`, `false` and `null` say nothing that anybody searches for.
    fn word(&mut self, word: &str) -> Result<(), Refused> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.malformed());
        }
        self.at += word.len();
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self, body: &mut Body) -> Result<(), Refused> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        let zero = self.byte() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return Err(self.malformed());
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.malformed());
            }
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(self.malformed());
            }
        }
        body.text.push_str(self.text.get(start..self.at).unwrap_or(""));
        Ok(())
    }

    fn string(&mut self, body: &mut Body) -> Result<(), Refused> {
        if self.byte() != Some(b'"') {
            return Err(self.malformed());
        }
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
            let Some(plain) = plain else { return Err(self.malformed()) };
            body.text.push_str(self.text.get(self.at..self.at + plain).unwrap_or(""));
            self.at += plain;
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    let c = self.escape()?;
                    body.text.push(c);
                }
                _ => return Err(self.malformed()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Refused> {
        let byte = self.byte().ok_or_else(|| self.malformed())?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.malformed()),
        })
    }

    /// Half of a surrogate pair, as programs leave it that cut texts by length, stands for no
    /// character: it becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, Refused> {
        let first = self.four_digits()?;
        if !(0xD800..0xDC00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let after_first = self.at;
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u")) {
            self.at += 2;
            let second = self.four_digits()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = after_first;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_digits(&mut self) -> Result<u32, Refused> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or("");
        let plain = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.at += digits.len();
        u32::from_str_radix(digits, 16).ok().filter(|_| plain).ok_or_else(|| self.malformed())
    }
}

enum Next {
    Member(u32),
    Done,
}
