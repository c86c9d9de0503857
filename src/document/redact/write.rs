//! Packages that are made here: only parts that are named, in one order, at no time.

use std::io::{Cursor, Write as _};

use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;

use super::Withheld;

/// A package while it is written.
pub(super) struct Packing {
    writer: zip::ZipWriter<Cursor<Vec<u8>>>,
}

impl Packing {
    pub(super) fn new() -> Self {
        Self { writer: zip::ZipWriter::new(Cursor::new(Vec::new())) }
    }

    /// Writes a part of XML.
    pub(super) fn part(&mut self, name: &str, content: &str) -> Result<(), Withheld> {
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        let unwritten = |_| Withheld::NotAsMeant;
        self.writer.start_file(name, options).map_err(unwritten)?;
        let declared = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
        for text in [declared, content] {
            self.writer.write_all(text.as_bytes()).map_err(|_| Withheld::NotAsMeant)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Zeroizing<Vec<u8>>, Withheld> {
        let bytes = self.writer.finish().map_err(|_| Withheld::NotAsMeant)?;
        Ok(Zeroizing::new(bytes.into_inner()))
    }
}

/// Writes text into XML. What XML cannot hold is left out.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            '\r' => out.push_str("&#13;"),
            c if c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
}

/// Writes text of a cell into XML: what would be read as a character's number is written so that it is not.
pub(super) fn escape_cell(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        escape(before, out);
        let number = after.get(..4).is_some_and(|code| u32::from_str_radix(code, 16).is_ok());
        out.push_str(if number && after.as_bytes().get(4) == Some(&b'_') { "_x005F_x" } else { "_x" });
        rest = after;
    }
    escape(rest, out);
}

/// A part's declaration of content, and its relation to another.
pub(super) struct Listed<'a> {
    pub(super) name: &'a str,
    pub(super) content_type: &'a str,
}

/// The list of what the parts are.
pub(super) fn content_types(parts: &[Listed<'_>]) -> String {
    let mut out = String::from(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>",
    );
    for Listed { name, content_type } in parts {
        out.push_str(&format!(
            "<Override PartName=\"/{name}\" ContentType=\"application/vnd.openxmlformats-officedocument.{content_type}+xml\"/>"
        ));
    }
    out.push_str("</Types>");
    out
}

/// Relations: id, kind, target.
pub(super) fn relations(relations: &[(String, &str, String)]) -> String {
    let mut out = String::from(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    );
    for (id, kind, target) in relations {
        out.push_str(&format!(
            "<Relationship Id=\"{id}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>"
        ));
    }
    out.push_str("</Relationships>");
    out
}
