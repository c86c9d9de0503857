//! Rich text: its paragraphs, and beside them notes of comments, deleted and hidden words, properties.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use zeroize::Zeroizing;

use super::{Collected, Refused};
use crate::base::limits::DOCUMENT_XML_DEPTH_MAX;
use crate::document::part::{Role, Spot};
use crate::document::sniff::Format;

/// What the dictionary of compressed rich text begins with (MS-OXRTFCP, 2.1.2.1).
const DICTIONARY: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
/// Its size.
const DICTIONARY_BYTES: usize = 4096;

/// Unpacks compressed rich text (MS-OXRTFCP); `None` if it is none. What comes out is at most nine times as
/// long as what goes in.
pub(super) fn unpacked(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let kind = bytes.get(8..12)?;
    let content = bytes.get(16..)?;
    let raw = usize::try_from(u32::from_le_bytes(*bytes.get(4..)?.first_chunk::<4>()?)).ok()?;
    if kind == b"MELA" {
        return Some(Zeroizing::new(content.get(..raw.min(content.len()))?.to_vec()));
    }
    if kind != b"LZFu" {
        return None;
    }
    let mut dictionary = DICTIONARY.to_vec();
    dictionary.resize(DICTIONARY_BYTES, b' ');
    let mut at = DICTIONARY.len();
    let mut out = Zeroizing::new(Vec::with_capacity(raw.min(content.len().saturating_mul(9))));
    let mut rest = content.iter().copied();
    let mut put = |byte: u8, at: &mut usize, dictionary: &mut Vec<u8>| {
        if let Some(place) = dictionary.get_mut(*at) {
            *place = byte;
        }
        *at = (*at + 1) % DICTIONARY_BYTES;
        out.push(byte);
    };
    'all: while let Some(control) = rest.next() {
        for bit in 0..8 {
            let Some(first) = rest.next() else { break 'all };
            if control >> bit & 1 == 0 {
                put(first, &mut at, &mut dictionary);
                continue;
            }
            let Some(second) = rest.next() else { break 'all };
            let mut from = usize::from(first) << 4 | usize::from(second >> 4);
            if from == at {
                break 'all;
            }
            for _ in 0..usize::from(second & 0xF) + 2 {
                let byte = dictionary.get(from).copied().unwrap_or(b' ');
                put(byte, &mut at, &mut dictionary);
                from = (from + 1) % DICTIONARY_BYTES;
            }
        }
    }
    Some(out)
}

/// Where the words of a group go.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Into {
    Body,
    Nowhere,
    Fonts,
    Aside(Role),
}

/// What holds in a group.
#[derive(Clone, Copy)]
struct State {
    into: Into,
    hidden: bool,
    deleted: bool,
    /// Characters after `\u` that are for older programs.
    skipped: usize,
    encoding: &'static Encoding,
}

pub(super) fn take(bytes: &[u8], out: &mut Collected) -> Result<(), Refused> {
    let story = out.body.story("paragraph");
    let state = State {
        into: Into::Body,
        hidden: false,
        deleted: false,
        skipped: 1,
        encoding: encoding_rs::WINDOWS_1252,
    };
    let mut scan = Scan {
        bytes,
        at: 0,
        out,
        story,
        number: 1,
        state,
        groups: Vec::new(),
        coded: Zeroizing::new(Vec::new()),
        line: Zeroizing::new(String::new()),
        asides: BTreeMap::new(),
        fonts: BTreeMap::new(),
        font: 0,
        skip: 0,
        starred: false,
        of_html: false,
    };
    scan.read()
}

struct Scan<'b, 'o> {
    bytes: &'b [u8],
    at: usize,
    out: &'o mut Collected,
    story: u32,
    number: u32,
    state: State,
    groups: Vec<State>,
    /// Bytes of one encoding that are not decoded yet.
    coded: Zeroizing<Vec<u8>>,
    line: Zeroizing<String>,
    asides: BTreeMap<&'static str, Zeroizing<String>>,
    fonts: BTreeMap<i32, &'static Encoding>,
    font: i32,
    skip: usize,
    starred: bool,
    /// Within what a mail program wrote for programs without HTML.
    of_html: bool,
}

impl Scan<'_, '_> {
    fn read(&mut self) -> Result<(), Refused> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            self.at += 1;
            match byte {
                b'{' => {
                    self.flush();
                    if self.groups.len() >= DOCUMENT_XML_DEPTH_MAX {
                        return Err(Refused::TooDeep { line: 0, most: DOCUMENT_XML_DEPTH_MAX });
                    }
                    self.groups.push(self.state);
                }
                b'}' => {
                    self.flush();
                    if let Some(state) = self.groups.pop() {
                        let was = std::mem::replace(&mut self.state, state);
                        if let (Into::Aside(role), false) = (was.into, was.into == self.state.into) {
                            self.put_aside(role)?;
                        }
                    }
                }
                b'\\' => self.control()?,
                b'\r' | b'\n' => {}
                byte => self.byte(byte),
            }
        }
        self.flush();
        self.end_line()?;
        [Role::Hidden, Role::Deleted].into_iter().try_for_each(|role| self.put_aside(role))
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.coded.push(byte);
        }
    }

    fn control(&mut self) -> Result<(), Refused> {
        let Some(first) = self.bytes.get(self.at).copied() else { return Ok(()) };
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            match first {
                b'\'' => {
                    let digits =
                        self.bytes.get(self.at..self.at + 2).and_then(|pair| std::str::from_utf8(pair).ok());
                    self.at += 2;
                    if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                        self.byte(byte);
                    }
                }
                b'*' => self.starred = true,
                b'~' => self.write(" "),
                b'_' => self.write("-"),
                b'\n' | b'\r' => self.word("par", None)?,
                b'-' | b':' | b'|' => {}
                byte => self.byte(byte),
            }
            return Ok(());
        }
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let letters = rest.iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = std::str::from_utf8(rest.get(..letters).unwrap_or(&[])).unwrap_or("");
        let behind = rest.get(letters..).unwrap_or(&[]);
        let signed = usize::from(behind.first() == Some(&b'-'));
        let digits = behind.iter().skip(signed).take(10).take_while(|byte| byte.is_ascii_digit()).count();
        let number =
            std::str::from_utf8(behind.get(..if digits > 0 { signed + digits } else { 0 }).unwrap_or(&[]));
        let number = number.ok().and_then(|number| number.parse::<i32>().ok());
        self.at += letters + if digits > 0 { signed + digits } else { 0 };
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.word(word, number)
    }

    fn word(&mut self, word: &str, number: Option<i32>) -> Result<(), Refused> {
        let starred = std::mem::take(&mut self.starred);
        let on = number != Some(0);
        match word {
            "u" => {
                self.flush();
                let code = number.unwrap_or(0);
                let unit =
                    u32::try_from(if code < 0 { code.saturating_add(65_536) } else { code }).unwrap_or(0);
                // Halves of a pair come one by one and are joined when the line ends.
                let c = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.write(c.encode_utf8(&mut [0; 4]));
                self.skip = self.state.skipped;
            }
            "uc" => self.state.skipped = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(16),
            "bin" => self.at = self.at.saturating_add(usize::try_from(number.unwrap_or(0)).unwrap_or(0)),
            "par" | "line" | "row" | "page" | "sect" => {
                self.flush();
                self.end_line()?;
            }
            "tab" | "cell" | "nestcell" => self.write("\t"),
            "emdash" => self.write("—"),
            "endash" => self.write("–"),
            "lquote" => self.write("‘"),
            "rquote" => self.write("’"),
            "ldblquote" => self.write("“"),
            "rdblquote" => self.write("”"),
            "bullet" => self.write("•"),
            "v" => self.change(|state| state.hidden = on),
            "deleted" => self.change(|state| state.deleted = on),
            "plain" => self.change(|state| (state.hidden, state.deleted) = (false, false)),
            "ansicpg" => self.change(|state| state.encoding = by_code_page(number)),
            "f" => {
                self.font = number.unwrap_or(0);
                let encoding = self.fonts.get(&self.font).copied();
                if self.state.into != Into::Fonts {
                    self.change(|state| state.encoding = encoding.unwrap_or(state.encoding));
                }
            }
            "fcharset" => {
                if let Some(encoding) = by_character_set(number) {
                    self.fonts.insert(self.font, encoding);
                }
            }
            "htmlrtf" => {
                self.flush();
                self.of_html = on;
            }
            _ => self.destination(word, starred),
        }
        Ok(())
    }

    /// A word that says where the group's words go.
    fn destination(&mut self, word: &str, starred: bool) {
        let into = match word {
            "fonttbl" => Into::Fonts,
            "colortbl" | "stylesheet" | "pict" | "objdata" | "datafield" | "listtable" | "htmltag" => {
                Into::Nowhere
            }
            "header" | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr" | "footerf" => {
                Into::Aside(Role::Header)
            }
            "annotation" => Into::Aside(Role::Comment),
            "atnauthor" | "author" | "operator" | "title" | "subject" | "keywords" | "manager"
            | "company" | "doccomm" | "category" | "atnid" => Into::Aside(Role::Metadata),
            "fldinst" => Into::Aside(Role::Instruction),
            "formfield" => Into::Aside(Role::FormValue),
            // What stands in these is shown.
            "shptxt" | "footnote" | "fldrslt" | "result" => return,
            _ if starred => Into::Nowhere,
            _ => return,
        };
        self.change(|state| state.into = into);
    }

    fn change(&mut self, change: impl FnOnce(&mut State)) {
        self.flush();
        change(&mut self.state);
    }

    fn flush(&mut self) {
        if !self.coded.is_empty() {
            let coded = std::mem::take(&mut self.coded);
            let (text, _) = self.state.encoding.decode_without_bom_handling(&coded);
            let text = Zeroizing::new(text.into_owned());
            self.write(&text);
        }
    }

    fn write(&mut self, text: &str) {
        if !self.coded.is_empty() {
            self.flush();
        }
        let role = match self.state.into {
            Into::Nowhere | Into::Fonts => return,
            _ if self.of_html => return,
            Into::Aside(role) => role,
            Into::Body if self.state.deleted => Role::Deleted,
            Into::Body if self.state.hidden => Role::Hidden,
            Into::Body => return self.line.push_str(text),
        };
        self.asides.entry(role.as_str()).or_default().push_str(text);
    }

    fn put_aside(&mut self, role: Role) -> Result<(), Refused> {
        let Some(text) = self.asides.remove(role.as_str()) else { return Ok(()) };
        self.out.aside(&text, role, Spot::Story { story: self.story, number: self.number })
    }

    fn end_line(&mut self) -> Result<(), Refused> {
        if matches!(self.state.into, Into::Aside(_)) {
            self.write("\n");
            return Ok(());
        }
        let line = std::mem::take(&mut self.line);
        let spot = Spot::Story { story: self.story, number: self.number };
        self.out.line(line.trim_end_matches('\t'), Role::Text, spot)?;
        self.number = self.number.saturating_add(1);
        Ok(())
    }
}

fn by_code_page(number: Option<i32>) -> &'static Encoding {
    match number {
        Some(936 | 54936) => encoding_rs::GB18030,
        Some(950) => encoding_rs::BIG5,
        Some(932) => encoding_rs::SHIFT_JIS,
        Some(949) => encoding_rs::EUC_KR,
        Some(65001) => encoding_rs::UTF_8,
        Some(1250) => encoding_rs::WINDOWS_1250,
        Some(1251) => encoding_rs::WINDOWS_1251,
        _ => encoding_rs::WINDOWS_1252,
    }
}

/// Of the character sets of Windows' fonts those that differ.
fn by_character_set(number: Option<i32>) -> Option<&'static Encoding> {
    match number? {
        134 => Some(encoding_rs::GB18030),
        136 => Some(encoding_rs::BIG5),
        128 => Some(encoding_rs::SHIFT_JIS),
        129 => Some(encoding_rs::EUC_KR),
        204 => Some(encoding_rs::WINDOWS_1251),
        238 => Some(encoding_rs::WINDOWS_1250),
        _ => None,
    }
}

/// Rich text as it stands in a message, under the format of which it is told.
pub(super) fn text_of(bytes: &[u8]) -> Result<Zeroizing<String>, Refused> {
    let mut out = Collected::default();
    take(bytes, &mut out)?;
    if !bytes.starts_with(b"{\\rtf") {
        return Err(Refused::Damaged { format: Format::Rtf });
    }
    Ok(out.body.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        let mut out = Collected::default();
        take(bytes, &mut out).unwrap();
        out.body.close();
        out.body.text.to_string()
    }

    #[test]
    fn paragraphs_are_read_in_their_encodings() {
        let rtf = b"{\\rtf1\\ansi\\ansicpg936\\uc1{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset136 X;}}{\\info{\\author Li}}a\\'ca\\'da b\\par \\u25480?\\'c8\\'a8\\tab {\\f1\\'b1\\'c2}\\par}";
        assert_eq!(text(rtf), "a授 b\n授权\t授\nLi\n");
    }

    #[test]
    fn hidden_and_deleted_words_stand_aside() {
        assert_eq!(
            text(b"{\\rtf1 a{\\v secret}b{\\deleted old}\\par{\\*\\unknown no}{\\header top}c}"),
            "ab\nc\ntop\nsecret\nold\n"
        );
    }

    #[test]
    fn compressed_rich_text_is_unpacked() {
        // The example of MS-OXRTFCP, 3.1.1.
        let packed = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0, 0x0a, 0,
            0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09,
            0, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        let expected = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
        assert_eq!(unpacked(&packed).as_deref().map(|bytes| &bytes[..]), Some(&expected[..]));
        assert_eq!(unpacked(b"short"), None);
    }
}
