//! Expands patterns: `{slot}` is a value, `[a|b]` one of several; marks what the slots say.

use crate::draw::Draw;
use crate::sources::Marked;

/// Text under construction, with marks in characters.
#[derive(Default)]
pub struct Page {
    pub text: String,
    pub chars: usize,
    pub spans: Vec<(usize, usize, String)>,
}

impl Page {
    pub fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.chars += text.chars().count();
    }

    pub fn mark(&mut self, text: &str, kind: &str) {
        let start = self.chars;
        self.plain(text);
        if self.chars > start {
            self.spans.push((start, self.chars, kind.to_owned()));
        }
    }

    pub fn finish(self, source: &str) -> Marked {
        Marked { text: self.text, spans: self.spans, source: source.to_owned() }
    }
}

/// Expands a pattern onto a page; `slot` writes the value of a slot.
pub fn expand(
    pattern: &str,
    page: &mut Page,
    draw: &mut Draw,
    slot: &mut dyn FnMut(&str, &mut Page, &mut Draw),
) {
    let chars: Vec<char> = pattern.chars().collect();
    expand_chars(&chars, page, draw, slot);
}

fn expand_chars(
    chars: &[char],
    page: &mut Page,
    draw: &mut Draw,
    slot: &mut dyn FnMut(&str, &mut Page, &mut Draw),
) {
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '[' => {
                let end = closing(chars, at, '[', ']');
                match end.map(|end| (end, alternatives(&chars[at + 1..end]))) {
                    Some((end, parts)) if parts.len() > 1 => {
                        let part = parts[draw.below(parts.len())];
                        expand_chars(part, page, draw, slot);
                        at = end + 1;
                    }
                    _ => {
                        page.plain("[");
                        at += 1;
                    }
                }
            }
            '{' => {
                let end = chars[at..].iter().position(|c| *c == '}').map(|end| at + end);
                let name: String = end.map_or(String::new(), |end| chars[at + 1..end].iter().collect());
                let is_slot =
                    !name.is_empty() && name.len() <= 8 && name.chars().all(|c| c.is_ascii_alphanumeric());
                if let Some(end) = end.filter(|_| is_slot) {
                    slot(&name, page, draw);
                    at = end + 1;
                } else {
                    page.plain("{");
                    at += 1;
                }
            }
            c => {
                let mut buffer = [0u8; 4];
                page.plain(c.encode_utf8(&mut buffer));
                at += 1;
            }
        }
    }
}

fn closing(chars: &[char], open: usize, left: char, right: char) -> Option<usize> {
    let mut depth = 0usize;
    for (i, c) in chars.iter().enumerate().skip(open) {
        if *c == left {
            depth += 1;
        } else if *c == right {
            depth -= 1;
            if depth == 0 {
                return Some(i);
            }
        }
    }
    None
}

fn alternatives(chars: &[char]) -> Vec<&[char]> {
    let mut parts = Vec::new();
    let mut depth = 0usize;
    let mut from = 0;
    for (i, c) in chars.iter().enumerate() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                parts.push(&chars[from..i]);
                from = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&chars[from..]);
    parts
}

/// The parts of a pattern file: name of the part, its patterns.
pub fn sections(file: &'static str) -> Vec<(&'static str, Vec<String>)> {
    let mut sections: Vec<(&str, Vec<String>)> = Vec::new();
    let mut block = String::new();
    for line in file.lines() {
        if let Some(name) =
            line.strip_prefix('#').filter(|name| !name.starts_with(' ') && !name.contains('{'))
        {
            flush(&mut sections, &mut block);
            // A part may be opened twice: it is moved to the end and goes on.
            let known = sections.iter().position(|(other, _)| *other == name);
            let part = known.map_or((name, Vec::new()), |at| sections.remove(at));
            sections.push(part);
            continue;
        }
        if line.starts_with("# ") {
            continue;
        }
        let docs = sections.last().is_some_and(|(name, _)| *name == "doc");
        if docs {
            if line == "---" {
                flush(&mut sections, &mut block);
            } else {
                block.push_str(line);
                block.push('\n');
            }
        } else if let Some((_, patterns)) = sections.last_mut().filter(|_| !line.trim().is_empty()) {
            patterns.push(line.to_owned());
        }
    }
    flush(&mut sections, &mut block);
    sections
}

fn flush(sections: &mut [(&str, Vec<String>)], block: &mut String) {
    if let Some((_, patterns)) = sections.last_mut().filter(|_| !block.trim().is_empty()) {
        patterns.push(block.trim_end().to_owned());
    }
    block.clear();
}
