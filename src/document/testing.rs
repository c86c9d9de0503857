//! Documents for tests, built part by part.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

use super::extract::{Refused, Source, extract};
use super::part::{Extracted, Role};

/// An archive of these entries.
pub fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A Word document with that body, and other parts.
pub fn word(body: &str, others: &[(&str, &str)]) -> Vec<u8> {
    let main = format!("<w:document xmlns:w=\"w\" xmlns:r=\"r\"><w:body>{body}</w:body></w:document>");
    let mut entries: Vec<(&str, &[u8])> = vec![("word/document.xml", main.as_bytes())];
    entries.extend(others.iter().map(|(name, content)| (*name, content.as_bytes())));
    zipped(&entries)
}

/// A workbook of these sheets: name, attributes of its entry, content. Styles 1 and 2 show a day and an amount.
pub fn workbook(sheets: &[(&str, &str, &str)], others: &[(&str, &str)]) -> Vec<u8> {
    let mut list = String::new();
    let mut related = String::from(
        "<Relationship Id=\"s\" Type=\"x/sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"t\" Type=\"x/styles\" Target=\"styles.xml\"/>",
    );
    let mut parts = Vec::new();
    for (number, (name, attributes, content)) in (1..).zip(sheets) {
        list.push_str(&format!(
            "<sheet name=\"{name}\" sheetId=\"{number}\" {attributes} r:id=\"r{number}\"/>"
        ));
        related.push_str(&format!(
            "<Relationship Id=\"r{number}\" Type=\"x/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        ));
        parts.push((format!("xl/worksheets/sheet{number}.xml"), format!("<worksheet>{content}</worksheet>")));
    }
    let main = format!("<workbook xmlns:r=\"r\"><sheets>{list}</sheets></workbook>");
    let related = format!("<Relationships>{related}</Relationships>");
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy-mm-dd\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"4\"/></cellXfs></styleSheet>";
    let mut entries: Vec<(&str, &[u8])> = vec![
        ("xl/workbook.xml", main.as_bytes()),
        ("xl/_rels/workbook.xml.rels", related.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
    ];
    entries.extend(parts.iter().map(|(name, content)| (name.as_str(), content.as_bytes())));
    entries.extend(others.iter().map(|(name, content)| (*name, content.as_bytes())));
    zipped(&entries)
}

pub fn read(bytes: &[u8], name: &str) -> Result<Extracted, Refused> {
    extract(Source { bytes, name: Some(name), media_type: None })
}

/// Role, place and text of every part.
pub fn told(extracted: &Extracted) -> Vec<(Role, String, String)> {
    let parts = extracted.parts().iter();
    parts.map(|part| (part.role, extracted.place_of(part), extracted.text_of(part).to_owned())).collect()
}

/// The same, written down by a test.
pub fn tell(expected: &[(Role, &str, &str)]) -> Vec<(Role, String, String)> {
    expected.iter().map(|(role, place, text)| (*role, (*place).to_owned(), (*text).to_owned())).collect()
}
