//! Rich text, made anew: its paragraphs with the words that are left, without looks. Comments, changes, hidden
//! words, fields, pictures, objects and properties are not carried over.

use zeroize::Zeroizing;

use super::edits;
use super::{Copy, Hide, Withheld};
use crate::document::part::{Extracted, Role};
use crate::document::residue::Residues;
use crate::document::sniff::Format;

/// What every copy begins with.
const HEAD: &str = "{\\rtf1\\ansi\\ansicpg1252\\deff0\\uc1{\\fonttbl{\\f0 SimSun;}}\\f0\\fs24\n";
/// What it ends with.
const TAIL: &str = "}\n";
/// How a picture begins.
const PICTURE: &[u8] = b"\\pict";

pub(super) fn copy(bytes: &[u8], extracted: &Extracted, hides: &[Hide]) -> Result<Copy, Withheld> {
    let edits = edits::by_part(extracted, hides)?;
    let mut out = Zeroizing::new(String::from(HEAD));
    for (part, text) in edits::masked(extracted, &edits) {
        if matches!(part.role, Role::Text | Role::Note | Role::Header) {
            out.push_str("\\pard ");
            text.chars().for_each(|c| put(c, &mut out));
            out.push_str("\\par\n");
        }
    }
    out.push_str(TAIL);
    Ok(Copy {
        bytes: Zeroizing::new(out.as_bytes().to_vec()),
        format: Format::Rtf,
        pictures: bytes.windows(PICTURE.len()).filter(|window| *window == PICTURE).count(),
        withheld: Vec::new(),
        pages: Vec::new(),
    })
}

/// A character, in the letters that every program reads.
fn put(c: char, out: &mut String) {
    match c {
        '\\' | '{' | '}' => out.extend(['\\', c]),
        '\t' => out.push_str("\\tab "),
        ' '..='~' => out.push(c),
        c if c.is_control() => out.push(' '),
        c => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // The number is a signed one of sixteen bits.
                out.push_str(&format!("\\u{}?", unit.cast_signed()));
            }
        }
    }
}

/// Looks through a copy without the code that reads rich text: nothing but what is written above, and no value.
///
/// # Errors
/// What keeps it from leaving.
pub(super) fn look_through(bytes: &[u8], residues: &Residues) -> Result<(), Withheld> {
    let structure = Withheld::Structure { part: 0 };
    let text = std::str::from_utf8(bytes).map_err(|_| structure)?;
    let body = text.strip_prefix(HEAD).and_then(|text| text.strip_suffix(TAIL)).ok_or(structure)?;
    let mut all = Zeroizing::new(String::new());
    for line in body.lines() {
        let own =
            line.strip_prefix("\\pard ").and_then(|line| line.strip_suffix("\\par")).ok_or(structure)?;
        let own = read(own).ok_or(structure)?;
        if residues.in_text(&own) {
            return Err(Withheld::Residue { part: 0 });
        }
        all.push_str(&own);
    }
    if residues.in_joined(&all) { Err(Withheld::Residue { part: 0 }) } else { Ok(()) }
}

/// What a paragraph says; `None` if it has anything that is not written above.
fn read(paragraph: &str) -> Option<Zeroizing<String>> {
    let mut units: Zeroizing<Vec<u16>> = Zeroizing::default();
    let mut rest = paragraph;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..)?;
        match c {
            '\\' => match rest.as_bytes().first()? {
                b'\\' | b'{' | b'}' => {
                    units.push(u16::from(*rest.as_bytes().first()?));
                    rest = rest.get(1..)?;
                }
                b't' => {
                    rest = rest.strip_prefix("tab ")?;
                    units.push(u16::from(b'\t'));
                }
                b'u' => {
                    let (number, behind) = rest.strip_prefix('u')?.split_once('?')?;
                    units.push(number.parse::<i16>().ok()?.cast_unsigned());
                    rest = behind;
                }
                _ => return None,
            },
            '{' | '}' => return None,
            ' '..='~' => units.push(u16::try_from(u32::from(c)).ok()?),
            _ => return None,
        }
    }
    Some(Zeroizing::new(String::from_utf16_lossy(&units)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_nothing_else_passes() {
        let mut out = String::new();
        "授权 {a}\\b\tc\u{1}😀\u{8000}".chars().for_each(|c| put(c, &mut out));
        assert!(out.is_ascii(), "{out}");
        assert_eq!(read(&out).unwrap().as_str(), "授权 {a}\\b\tc 😀\u{8000}");
        for foreign in ["{\\info x}", "a\\b c", "\\'c8", "\\u-1", "授"] {
            assert!(read(foreign).is_none(), "{foreign}");
        }
        let residues = Residues::of(["欧阳明远"].into_iter(), "");
        let copy = |body: &str| format!("{HEAD}\\pard {body}\\par\n{TAIL}");
        assert_eq!(look_through(copy("ok").as_bytes(), &residues), Ok(()));
        let mut value = String::new();
        "欧 阳明远".chars().for_each(|c| put(c, &mut value));
        let found = look_through(copy(&value).as_bytes(), &residues);
        assert_eq!(found, Err(Withheld::Residue { part: 0 }));
        let commented = copy("ok").replace("\\pard", "{\\*\\company x}\\pard");
        assert_eq!(look_through(commented.as_bytes(), &residues), Err(Withheld::Structure { part: 0 }));
    }
}
