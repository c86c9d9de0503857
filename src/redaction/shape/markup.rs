//! XML and HTML: everything in which somebody could stand is a value. That is the text, the values of
//! attributes with quotes or without, and what no reader sees: comments, CDATA, instructions, scripts.
//!
//! A tolerant scan, like a browser's: no input is malformed, and none takes more than one pass.

use super::{Shape, Writing};
use crate::base::entities;

/// Elements whose content has no marks and no references.
const RAW: [&str; 2] = ["script", "style"];
/// Elements that stand within a word: without attributes they do not part what they mark.
const INLINE: [&str; 24] = [
    "a", "abbr", "b", "bdi", "big", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strong", "sub", "sup", "tt", "u", "var", "wbr",
];
/// Characters of a character reference that are looked at.
const REFERENCE_CHARS: usize = 34;

pub(super) fn take(shape: &mut Shape) {
    let (mut at, mut raw_until) = (0, None);
    while at < shape.raw.len() {
        at = match shape.at(at) {
            _ if raw_until.is_some() => {
                let name: &str = raw_until.take().unwrap_or_default();
                let end = closing(shape, at, name);
                verbatim(shape, at, end);
                end
            }
            '<' if starts(shape, at, "<!--") => enclosed(shape, at, "<!--", "-->"),
            '<' if starts(shape, at, "<![CDATA[") => enclosed(shape, at, "<![CDATA[", "]]>"),
            '<' if starts(shape, at, "<?xml ") => tag(shape, at).0,
            '<' if starts(shape, at, "<?") => enclosed(shape, at, "<?", ">"),
            '<' if starts(shape, at, "<!") => declaration(shape, at),
            '<' if is_tag(shape, at) => {
                let (end, name) = tag(shape, at);
                raw_until = RAW.into_iter().find(|raw| *raw == name);
                end
            }
            _ => text(shape, at),
        };
    }
}

fn starts(shape: &Shape, at: usize, with: &str) -> bool {
    with.chars().enumerate().all(|(i, c)| shape.at(at + i) == c)
}

/// A `<` begins a tag before a letter, and before a slash and a letter; else it is text.
fn is_tag(shape: &Shape, at: usize) -> bool {
    let begins = |c: char| c.is_alphabetic() || c == '_' || c == ':';
    begins(shape.at(at + 1)) || (shape.at(at + 1) == '/' && begins(shape.at(at + 2)))
}

/// Text up to the next mark.
fn text(shape: &mut Shape, from: usize) -> usize {
    let start = shape.logical.len();
    let mut at = from;
    loop {
        at += reference(shape, at);
        let marks = shape.at(at) == '<' && (is_tag(shape, at) || matches!(shape.at(at + 1), '!' | '?'));
        if at >= shape.raw.len() || marks {
            break;
        }
    }
    shape.literal(start, (from, at), Writing::Markup);
    at
}

/// Takes one character, or the one that a reference stands for; returns how many it took.
fn reference(shape: &mut Shape, at: usize) -> usize {
    let c = shape.at(at);
    if c == '&' {
        let after: String = shape
            .raw
            .get(at + 1..(at + REFERENCE_CHARS).min(shape.raw.len()))
            .unwrap_or_default()
            .iter()
            .collect();
        // A number that is no character's is looked at as it stands.
        let reference = entities::reference(&after).filter(|(c, _)| *c != char::REPLACEMENT_CHARACTER);
        if let Some((c, length)) = reference {
            // References are ASCII: bytes are characters.
            shape.take(c, at);
            return length + 1;
        }
    }
    shape.take(c, at);
    1
}

fn plain(shape: &mut Shape, from: usize, to: usize) {
    for at in from..to {
        shape.take(shape.at(at), at);
    }
}

fn verbatim(shape: &mut Shape, from: usize, to: usize) {
    let start = shape.logical.len();
    plain(shape, from, to);
    shape.literal(start, (from, to), Writing::Verbatim);
}

/// What stands between two marks, as it stands.
fn enclosed(shape: &mut Shape, at: usize, open: &str, close: &str) -> usize {
    let first = at + open.chars().count();
    let end = (first..shape.raw.len()).find(|at| starts(shape, *at, close)).unwrap_or(shape.raw.len());
    plain(shape, at, first.min(shape.raw.len()));
    verbatim(shape, first.min(end), end);
    let next = (end + close.chars().count()).min(shape.raw.len());
    plain(shape, end, next);
    next
}

/// A document type, with the entities that it may declare.
fn declaration(shape: &mut Shape, at: usize) -> usize {
    let (mut end, mut depth) = (at, 0_usize);
    while end < shape.raw.len() {
        match shape.at(end) {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '>' if depth == 0 => break,
            _ => {}
        }
        end += 1;
    }
    plain(shape, at, (at + 2).min(end));
    verbatim(shape, (at + 2).min(end), end);
    let next = (end + 1).min(shape.raw.len());
    plain(shape, end, next);
    next
}

/// Where the end tag of an element begins whose content has no marks.
fn closing(shape: &Shape, from: usize, name: &str) -> usize {
    let is_end = |at: usize| {
        shape.at(at) == '<'
            && shape.at(at + 1) == '/'
            && name.chars().enumerate().all(|(i, c)| shape.at(at + 2 + i).to_ascii_lowercase() == c)
    };
    (from..shape.raw.len()).find(|at| is_end(*at)).unwrap_or(shape.raw.len())
}

/// A tag with its attributes; returns where it ends and its name, nothing for an end tag.
fn tag(shape: &mut Shape, at: usize) -> (usize, String) {
    let closes = shape.at(at + 1) == '/';
    let first = at + if closes || shape.at(at + 1) == '?' { 2 } else { 1 };
    let mut end = first;
    while end < shape.raw.len() && !is_end_of_name(shape.at(end)) {
        end += 1;
    }
    let name: String =
        shape.raw.get(first..end).unwrap_or_default().iter().flat_map(|c| c.to_lowercase()).collect();
    let is_bare = shape.at(end) == '>' || (shape.at(end) == '/' && shape.at(end + 1) == '>');
    if is_bare && INLINE.contains(&name.as_str()) {
        let next = if shape.at(end) == '>' { end + 1 } else { end + 2 };
        return (next, String::new());
    }
    plain(shape, at, end);
    let mut at = end;
    while at < shape.raw.len() && shape.at(at) != '>' {
        at = match shape.at(at) {
            '=' => value(shape, at),
            c if c.is_whitespace() || matches!(c, '/' | '?') => {
                shape.take(c, at);
                at + 1
            }
            '"' | '\'' => quoted(shape, at),
            _ => attribute(shape, at),
        };
    }
    let next = (at + 1).min(shape.raw.len());
    plain(shape, at, next);
    (next, if closes { String::new() } else { name })
}

const fn is_end_of_name(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | '>' | '=' | '"' | '\'' | '<')
}

/// A name of an attribute. One that is no name, as where a `<` only looked like a tag, is a value.
fn attribute(shape: &mut Shape, from: usize) -> usize {
    let mut end = from + 1;
    while end < shape.raw.len() && !is_end_of_name(shape.at(end)) {
        end += 1;
    }
    let start = shape.logical.len();
    plain(shape, from, end);
    if shape.at(end) != '=' {
        shape.literal(start, (from, end), Writing::Markup);
    }
    end
}

/// The `=` of an attribute, and its value.
fn value(shape: &mut Shape, equals: usize) -> usize {
    let mut at = equals + 1;
    while shape.at(at).is_whitespace() {
        at += 1;
    }
    plain(shape, equals, at);
    if matches!(shape.at(at), '"' | '\'') {
        return quoted(shape, at);
    }
    let (start, from) = (shape.logical.len(), at);
    while at < shape.raw.len() && !shape.at(at).is_whitespace() && shape.at(at) != '>' {
        at += reference(shape, at);
    }
    shape.literal(start, (from, at), Writing::Unquoted);
    at
}

/// A value in quotes; one that is never closed is a value to the end.
fn quoted(shape: &mut Shape, at: usize) -> usize {
    let quote = shape.at(at);
    shape.take(quote, at);
    let (start, from) = (shape.logical.len(), at + 1);
    let mut at = from;
    while at < shape.raw.len() && shape.at(at) != quote {
        at += reference(shape, at);
    }
    shape.literal(start, (from, at), Writing::Markup);
    let next = (at + 1).min(shape.raw.len());
    plain(shape, at, next);
    next
}
