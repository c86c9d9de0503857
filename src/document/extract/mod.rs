//! Takes the text out of text-like documents.

mod html;
mod json;
mod plain;
mod table;
mod xml;

use super::encoding::{Decoded, NotText, decode};
use super::part::{Body, Extracted, TooManyParts};
use super::sniff::{Format, Sniffed, sniff};
use crate::base::limits::{EXTRACT_BYTES_MAX, EXTRACT_PARTS_MAX};

/// A document as it came.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its file name.
    pub name: Option<&'a str>,
    /// What its carrier calls it, with or without a `charset` parameter.
    pub media_type: Option<&'a str>,
}

/// Why no text was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Larger than is read at all.
    #[error("it has {bytes} bytes; at most {EXTRACT_BYTES_MAX} are read")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
    },
    /// A format that is not read as text.
    #[error("it is {}, which is not read as text", format.media_type())]
    OtherFormat {
        /// What it is.
        format: Format,
    },
    /// The bytes are no text.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// The text breaks the rules of its format.
    #[error("line {line} is not well-formed {}", format.media_type())]
    Malformed {
        /// The format.
        format: Format,
        /// The line of the fault, counted from 1.
        line: u32,
    },
    /// A document type declaration: it could pull in other files or swell without end.
    #[error("line {line} has a document type declaration")]
    DocumentType {
        /// Its line.
        line: u32,
    },
    /// Nested more deeply than is read.
    #[error("line {line} is nested more than {most} deep")]
    TooDeep {
        /// The line where it goes too deep.
        line: u32,
        /// Levels that are read.
        most: usize,
    },
    /// More cells, values or elements than are kept apart.
    #[error("it has more than {EXTRACT_PARTS_MAX} cells, values or elements")]
    TooManyParts,
}

impl From<TooManyParts> for Refused {
    fn from(_: TooManyParts) -> Self {
        Self::TooManyParts
    }
}

/// Takes the text out of a document, whatever text-like format it is in.
///
/// ```
/// use muniment::document::{Source, extract};
///
/// let bytes = "姓名,手机\n林佳慧,13900001111\n".as_bytes();
/// let extracted = extract(Source { bytes, name: Some("list.csv"), media_type: None }).unwrap();
/// let last = extracted.parts().last().unwrap();
/// assert_eq!(extracted.text_of(last), "13900001111");
/// assert_eq!(extracted.place_of(last), "row 2 col 手机");
/// ```
pub fn extract(source: Source<'_>) -> Result<Extracted, Refused> {
    let sniffed = sniff(source.bytes, source.name, source.media_type);
    take(source, sniffed)
}

/// As [`extract`], but reads the document as `format`: as plain text, say, after it was refused as
/// malformed JSON.
pub fn extract_as(source: Source<'_>, format: Format) -> Result<Extracted, Refused> {
    let sniffed = sniff(source.bytes, source.name, source.media_type);
    if !sniffed.format.is_text_like() {
        return Err(Refused::OtherFormat { format: sniffed.format });
    }
    take(source, Sniffed { format, ..sniffed })
}

fn take(source: Source<'_>, sniffed: Sniffed) -> Result<Extracted, Refused> {
    let Sniffed { format, name_agrees } = sniffed;
    if !format.is_text_like() {
        return Err(Refused::OtherFormat { format });
    }
    let decoded = decode_as(source, format)?;
    let mut body = Body::default();
    match format {
        Format::Csv => table::take(&decoded.text, None, &mut body)?,
        Format::Tsv => table::take(&decoded.text, Some(b'\t'), &mut body)?,
        Format::Json => json::take(&decoded.text, &mut body)?,
        Format::JsonLines => json::take_lines(&decoded.text, &mut body)?,
        Format::Xml => xml::take(&decoded.text, &mut body)?,
        Format::Html => html::take(&decoded.text, &mut body)?,
        _ => plain::take(&decoded.text, &mut body)?,
    }
    body.close();
    Ok(Extracted {
        format,
        charset: decoded.charset,
        declaration: decoded.declaration,
        name_agrees,
        children: Vec::new(),
        pictures: 0,
        body,
    })
}

/// The characters of a document as they stand in it, marks of its format included: for those who look
/// for something in it and must say where. A mail message is read as it was sent.
///
/// # Errors
/// Too large, another format, or bytes that are no text.
pub fn characters(source: Source<'_>) -> Result<(Format, Decoded), Refused> {
    let format = sniff(source.bytes, source.name, source.media_type).format;
    if !format.is_text_like() && format != Format::Mail {
        return Err(Refused::OtherFormat { format });
    }
    Ok((format, decode_as(source, format)?))
}

fn decode_as(source: Source<'_>, format: Format) -> Result<Decoded, Refused> {
    if u64::try_from(source.bytes.len()).unwrap_or(u64::MAX) > EXTRACT_BYTES_MAX {
        return Err(Refused::TooLarge { bytes: source.bytes.len() });
    }
    let declared = source.media_type.and_then(charset_parameter).or_else(|| match format {
        Format::Xml => xml::declared(source.bytes),
        Format::Html => html::declared(source.bytes),
        _ => None,
    });
    Ok(decode(source.bytes, declared.as_deref())?)
}

fn charset_parameter(media_type: &str) -> Option<String> {
    let parameters = media_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    parameters
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned())
        .find(|value| !value.is_empty())
}

/// Counts lines while a text is read from front to back.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line of byte `at`, which is not before the one asked for last.
    fn line_at(&mut self, at: usize) -> u32 {
        let passed = self.text.as_bytes().get(self.at..at).unwrap_or(&[]);
        let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.at = self.at.max(at);
        self.line
    }
}

#[cfg(test)]
mod tests;
