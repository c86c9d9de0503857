//! HTML: what a reader sees, block by block, and what is hidden in attributes and comments.
//! Scripts and styles are dropped.
//!
//! A tolerant scan, like a browser's: no input is malformed, and none takes more than one pass.

use super::{Lines, Refused};
use crate::base::entities;
use crate::document::part::{Body, Role, Spot};

/// Bytes at the beginning in which a `<meta>` may name the encoding (HTML standard).
const META_BYTES: usize = 1024;

/// Tags without a closing quote after which quotes count no more.
const UNCLOSED_MAX: usize = 16;

/// Elements whose content nobody reads as text.
const DROPPED: [&str; 2] = ["script", "style"];
/// Elements whose content has no tags.
const RAW: [&str; 6] = ["textarea", "title", "xmp", "iframe", "noembed", "noframes"];
/// Elements that stand within a line: every other element breaks it.
const INLINE: [&str; 40] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "img", "input", "ins", "kbd", "label", "mark", "meter", "nobr", "o:p", "output", "q", "ruby", "s",
    "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
];
/// Attributes that are shown or carry words.
const SHOWN: [&str; 9] =
    ["alt", "title", "placeholder", "value", "label", "summary", "aria-label", "content", "datetime"];

/// The encoding that a `<meta>` names.
pub(super) fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..META_BYTES.min(bytes.len()))?;
    let text: String = head.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let meta = text.match_indices("<meta").filter_map(|(at, _)| text.get(at..)?.split('>').next());
    meta.filter_map(|tag| tag.split_once("charset"))
        .filter_map(|(_, after)| after.trim_start().strip_prefix('='))
        .map(|value| value.trim_start().trim_start_matches(['"', '\'']))
        .map(|value| value.chars().take_while(|c| !"\"' ;/>\t\r\n".contains(*c)).collect::<String>())
        .find(|name| !name.is_empty())
}

pub(super) fn take(text: &str, body: &mut Body) -> Result<(), Refused> {
    let mut scan =
        Scan { text, at: 0, lines: Lines::of(text), block: None, preformatted: 0, unclosed: 0, blank: false };
    while scan.at < text.len() {
        let rest = scan.rest();
        if rest.starts_with("<!--") {
            scan.comment(body)?;
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            scan.at += rest.find('>').map_or(rest.len(), |end| end + 1);
        } else if is_tag(rest) {
            scan.tag(body)?;
        } else {
            let next = rest.char_indices().skip(1).find(|(_, c)| *c == '<');
            let end = next.map_or(rest.len(), |(at, _)| at);
            scan.write(rest.get(..end).unwrap_or(rest), body);
            scan.at += end;
        }
    }
    scan.end_block('\n', body)
}

fn is_tag(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    bytes.next() == Some(b'<')
        && match bytes.next() {
            Some(b'/') => bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic()),
            Some(byte) => byte.is_ascii_alphabetic(),
            None => false,
        }
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    lines: Lines<'t>,
    /// Where the open block's text begins, and its line.
    block: Option<(u32, u32)>,
    /// Open `<pre>` elements.
    preformatted: usize,
    /// Tags met whose quotes are never closed.
    unclosed: usize,
    /// White space was met that is written before the next word.
    blank: bool,
}

/// A tag's name and what follows it.
struct Tag<'t> {
    name: String,
    closes: bool,
    attributes: &'t str,
}

impl<'t> Scan<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn line(&mut self) -> u32 {
        self.lines.line_at(self.at)
    }

    fn comment(&mut self, body: &mut Body) -> Result<(), Refused> {
        let line = self.line();
        let content = self.rest().get(4..).unwrap_or("");
        let (content, length) = match content.find("-->") {
            Some(end) => (content.get(..end).unwrap_or(""), 4 + end + 3),
            None => (content, 4 + content.len()),
        };
        self.at += length;
        Ok(body.aside(content, line, Role::Comment, Spot::Line)?)
    }

    fn tag(&mut self, body: &mut Body) -> Result<(), Refused> {
        let line = self.line();
        let tag = self.read_tag();
        let name = tag.name.as_str();
        if !INLINE.contains(&name) {
            // Cells of a row are kept apart like those of a table.
            self.end_block(if matches!(name, "td" | "th") { '\t' } else { '\n' }, body)?;
        }
        if name == "pre" {
            self.preformatted =
                if tag.closes { self.preformatted.saturating_sub(1) } else { self.preformatted + 1 };
        }
        if tag.closes {
            return Ok(());
        }
        attributes(tag.attributes, |key, value| {
            let link = key == "href" && (value.starts_with("mailto:") || value.starts_with("tel:"));
            if !link && !SHOWN.contains(&key) {
                return Ok(());
            }
            let mut decoded = String::new();
            entities::decode(value, &mut decoded);
            body.aside(&decoded, line, Role::Attribute, Spot::Line)
        })?;
        if DROPPED.contains(&name) || RAW.contains(&name) {
            let content = self.raw_content(name);
            if RAW.contains(&name) {
                self.write(content, body);
            }
            self.at += content.len();
        }
        Ok(())
    }

    /// Reads the tag at the scan's place. `>` within a quoted attribute does not end it.
    fn read_tag(&mut self) -> Tag<'t> {
        let rest = self.rest();
        let closes = rest.as_bytes().get(1) == Some(&b'/');
        let content = rest.get(if closes { 2 } else { 1 }..).unwrap_or("");
        let name_end = content.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/');
        let (name, after) =
            content.split_at_checked(name_end.unwrap_or(content.len())).unwrap_or((content, ""));
        let end = self.tag_end(after);
        self.at += rest.len() - after.len() + end.map_or(after.len(), |end| end + 1);
        let attributes = after.get(..end.unwrap_or(after.len())).unwrap_or("");
        // Longer names are no known element: their beginning is enough.
        let name = name.chars().take(16).collect::<String>().to_ascii_lowercase();
        Tag { name, closes, attributes }
    }

    /// Where the tag ends, behind its name. A quote that is never closed must not swallow the rest
    /// of the document, nor make every tag behind it look for its end anew.
    fn tag_end(&mut self, after: &str) -> Option<usize> {
        if self.unclosed < UNCLOSED_MAX {
            if let Some(end) = quoted_tag_end(after) {
                return Some(end);
            }
            self.unclosed += 1;
        }
        after.find('>')
    }

    /// What stands before the element's end tag; all that is left if it has none.
    fn raw_content(&self, name: &str) -> &'t str {
        let rest = self.rest();
        let ends = |at: usize| {
            let after = rest.get(at + 2..).unwrap_or("");
            after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        let end = rest.match_indices("</").map(|(at, _)| at).find(|at| ends(*at));
        rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
    }

    fn write(&mut self, content: &str, body: &mut Body) {
        let mut decoded = String::with_capacity(content.len());
        entities::decode(content, &mut decoded);
        let line = self.line();
        if self.preformatted > 0 {
            self.block.get_or_insert((body.at(), line));
            body.text.push_str(&decoded);
            return;
        }
        for c in decoded.chars() {
            if c.is_ascii_whitespace() {
                self.blank = self.block.is_some();
                continue;
            }
            self.block.get_or_insert((body.at(), line));
            if std::mem::take(&mut self.blank) {
                body.text.push(' ');
            }
            body.text.push(c);
        }
    }

    fn end_block(&mut self, sign: char, body: &mut Body) -> Result<(), Refused> {
        self.blank = false;
        if let Some((start, line)) = self.block.take() {
            body.part(start, line, Role::Text, Spot::Line)?;
        }
        if sign == '\n' && body.text.ends_with('\t') {
            body.text.push('\n');
        }
        body.break_with(sign);
        Ok(())
    }
}

/// Where the tag ends if quotes hide `>` from where a value may begin.
fn quoted_tag_end(after: &str) -> Option<usize> {
    let mut quote = None;
    let mut value = false;
    for (at, byte) in after.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => (quote, value) = (None, false),
            (Some(_), _) => {}
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if value => quote = Some(byte),
            (None, b'=') => value = true,
            (None, byte) => value &= byte.is_ascii_whitespace(),
        }
    }
    None
}

fn attributes<E>(text: &str, mut take: impl FnMut(&str, &str) -> Result<(), E>) -> Result<(), E> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return Ok(());
        }
        let end =
            rest.char_indices().skip(1).find(|(_, c)| c.is_ascii_whitespace() || matches!(c, '=' | '/'));
        let (key, after) = rest.split_at_checked(end.map_or(rest.len(), |(at, _)| at)).unwrap_or((rest, ""));
        let Some(value) = after.trim_start().strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = value.get(1..).unwrap_or("");
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            _ => {
                let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
                value.split_at_checked(end).unwrap_or((value, ""))
            }
        };
        take(&key.to_ascii_lowercase(), value)?;
        rest = after;
    }
}
