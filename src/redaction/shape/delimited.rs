//! JSON and values with a separator.
//!
//! A tolerant scan: no input is malformed, and none takes more than one pass.

use super::{Shape, Writing};

pub(super) fn json(shape: &mut Shape) {
    let mut p = 0;
    while p < shape.raw.len() {
        let c = shape.at(p);
        if c == '"' {
            p = string(shape, p);
        } else if c.is_ascii_digit() || (c == '-' && shape.at(p + 1).is_ascii_digit()) {
            let start = shape.logical.len();
            let from = p;
            while shape.at(p).is_ascii_alphanumeric() || matches!(shape.at(p), '.' | '-' | '+') {
                shape.take(shape.at(p), p);
                p += 1;
            }
            shape.literal(start, (from, p), Writing::JsonBare);
        } else {
            shape.take(c, p);
            p += 1;
        }
    }
}

fn string(shape: &mut Shape, quote: usize) -> usize {
    shape.take('"', quote);
    let start = shape.logical.len();
    let mut p = quote + 1;
    while p < shape.raw.len() && shape.at(p) != '"' {
        let (c, used) = if shape.at(p) == '\\' { escape(shape, p) } else { (shape.at(p), 1) };
        shape.take(c, p);
        p += used;
    }
    let end = p.min(shape.raw.len());
    let raw = (quote, (p + 1).min(shape.raw.len()));
    shape.literal_in(start, raw, (quote + 1, end), Writing::JsonString);
    if p < shape.raw.len() {
        shape.take('"', p);
    }
    p + 1
}

fn escape(shape: &Shape, p: usize) -> (char, usize) {
    match shape.at(p + 1) {
        'n' => ('\n', 2),
        't' => ('\t', 2),
        'r' => ('\r', 2),
        'b' => ('\u{8}', 2),
        'f' => ('\u{C}', 2),
        'u' => {
            let unit = |from: usize| {
                let four = shape.raw.get(from..from + 4).unwrap_or_default();
                u32::from_str_radix(&four.iter().collect::<String>(), 16).ok()
            };
            let Some(high) = unit(p + 2) else { return ('\\', 1) };
            let paired =
                (0xD800..0xDC00).contains(&high) && shape.at(p + 6) == '\\' && shape.at(p + 7) == 'u';
            let low = if paired { unit(p + 8).filter(|low| (0xDC00..0xE000).contains(low)) } else { None };
            if let Some(low) = low {
                let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return (char::from_u32(code).unwrap_or('\u{FFFD}'), 12);
            }
            (char::from_u32(high).unwrap_or('\u{FFFD}'), 6)
        }
        '\0' => ('\\', 1),
        c => (c, 2),
    }
}

pub(super) fn csv(shape: &mut Shape) {
    let first: Vec<char> = shape.raw.iter().copied().take_while(|c| *c != '\n').collect();
    let separator = [',', '\t', ';', '|']
        .into_iter()
        .max_by_key(|separator| (first.iter().filter(|c| *c == separator).count(), *separator == ','))
        .unwrap_or(',');
    let mut p = 0;
    while p < shape.raw.len() {
        p = field(shape, p, separator);
    }
}

/// One field and what parts it from the next; returns where that begins.
fn field(shape: &mut Shape, from: usize, separator: char) -> usize {
    let start = shape.logical.len();
    let quoted = shape.at(from) == '"';
    let (mut p, mut content) = (from, (from, from));
    if quoted {
        p += 1;
        content = (p, shape.raw.len());
        while p < shape.raw.len() {
            if shape.at(p) == '"' && shape.at(p + 1) == '"' {
                shape.take('"', p);
                p += 2;
            } else if shape.at(p) == '"' {
                content.1 = p;
                p += 1;
                break;
            } else {
                shape.take(shape.at(p), p);
                p += 1;
            }
        }
    } else {
        while p < shape.raw.len() && shape.at(p) != separator && !matches!(shape.at(p), '\n' | '\r') {
            shape.take(shape.at(p), p);
            p += 1;
        }
        content.1 = p;
    }
    shape.literal_in(start, (from, p), content, Writing::CsvField { separator, quoted });
    if p < shape.raw.len() && !(quoted && shape.at(p) == '"') {
        shape.take(shape.at(p), p);
        p += 1;
    }
    p
}
