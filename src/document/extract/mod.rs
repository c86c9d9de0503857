//! Takes the text out of documents.

mod collected;
mod html;
mod json;
pub(super) mod mail;
mod msg;
mod ole;
mod pdf;
mod plain;
mod rtf;
mod table;
mod xml;
mod zipped;

use zeroize::Zeroizing;

use super::encoding::{Charset, Declaration, Decoded, NotText, decode};
use super::markup;
use super::office::{docx, pptx, xlsx};
use super::package::Allowance;
use super::part::{Body, Extracted, TooManyParts};
use super::pdf::Fonts;
use super::sniff::{Format, Sniffed, is_encrypted_package, sniff};
use crate::base::limits::{EXTRACT_BYTES_MAX, EXTRACT_PARTS_MAX, PDF_PAGES_MAX};
pub(super) use collected::Collected;

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
    /// Its own structure is broken.
    #[error("it is damaged {}", format.media_type())]
    Damaged {
        /// The format.
        format: Format,
    },
    /// Encrypted: nobody can look into it.
    #[error("it is encrypted {}", format.media_type())]
    Encrypted {
        /// The format.
        format: Format,
    },
    /// It has two entries of one name, of which each program reads its own.
    #[error("two entries of the {} have one name", format.media_type())]
    Ambiguous {
        /// The format.
        format: Format,
    },
    /// More entries of an archive, or parts of a mail, than are read.
    #[error("it has {entries} entries or parts; at most {most} are read")]
    TooManyEntries {
        /// Entries found so far.
        entries: usize,
        /// Entries that are read.
        most: usize,
    },
    /// A mail, or a part of it, has more bytes of header fields than are read.
    #[error("it has {bytes} bytes of header fields; at most {most} are read")]
    HeaderTooLong {
        /// Its bytes.
        bytes: usize,
        /// Bytes that are read.
        most: usize,
    },
    /// More documents within each other than are read.
    #[error("documents stand in it more than {most} deep")]
    TooManyLevels {
        /// Levels that are read.
        most: usize,
    },
    /// More pages than are read.
    #[error("it has {pages} pages; at most {PDF_PAGES_MAX} are read")]
    TooManyPages {
        /// Its pages.
        pages: usize,
    },
    /// All that is packed in it takes more room than is given.
    #[error("it inflates to more than {most} bytes")]
    InflatesTooFar {
        /// Bytes that are given.
        most: u64,
    },
    /// An entry inflates to many times what it takes.
    #[error("an entry inflates to more than {most} times its size")]
    PackedTooTightly {
        /// Times that are allowed.
        most: u64,
    },
}

impl Refused {
    /// True if a limit was passed. A document with such a document inside is refused as a whole: the limits
    /// are for all of it.
    pub const fn is_limit(self) -> bool {
        match self {
            Self::TooLarge { .. }
            | Self::TooDeep { .. }
            | Self::TooManyParts
            | Self::TooManyEntries { .. }
            | Self::HeaderTooLong { .. }
            | Self::TooManyLevels { .. }
            | Self::TooManyPages { .. }
            | Self::InflatesTooFar { .. }
            | Self::PackedTooTightly { .. } => true,
            Self::OtherFormat { .. }
            | Self::NotText(_)
            | Self::Malformed { .. }
            | Self::DocumentType { .. }
            | Self::Damaged { .. }
            | Self::Encrypted { .. }
            | Self::Ambiguous { .. } => false,
        }
    }
}

impl From<TooManyParts> for Refused {
    fn from(_: TooManyParts) -> Self {
        Self::TooManyParts
    }
}

/// Takes the text out of a document, whatever format it is in, and out of the documents inside it.
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
    take(source, &mut Allowance::whole())
}

/// As [`extract`], but reads the document as `format`: as plain text, say, after it was refused as
/// malformed JSON.
pub fn extract_as(source: Source<'_>, format: Format) -> Result<Extracted, Refused> {
    let sniffed = sniff(source.bytes, source.name, source.media_type);
    if !sniffed.format.is_text_like() {
        return Err(Refused::OtherFormat { format: sniffed.format });
    }
    take_text(source, Sniffed { format, ..sniffed })
}

/// As [`extract`], with fonts that stand in where a PDF does not hold its own.
///
/// # Errors
/// As [`extract`].
pub fn extract_with(source: Source<'_>, fonts: &Fonts) -> Result<Extracted, Refused> {
    take(source, &mut Allowance::with(fonts.clone()))
}

/// Takes the text out of a document within what is left of an allowance.
fn take(source: Source<'_>, allowance: &mut Allowance) -> Result<Extracted, Refused> {
    if u64::try_from(source.bytes.len()).unwrap_or(u64::MAX) > EXTRACT_BYTES_MAX {
        return Err(Refused::TooLarge { bytes: source.bytes.len() });
    }
    let sniffed = sniff(source.bytes, source.name, source.media_type);
    if sniffed.format.is_text_like() {
        return take_text(source, sniffed);
    }
    let bytes = source.bytes;
    let format = sniffed.format;
    let mut out = Collected::default();
    match format {
        Format::Docx => allowance.within_archive(|left| docx::take(bytes, &mut out, left))?,
        Format::Xlsx => allowance.within_archive(|left| xlsx::take(bytes, &mut out, left))?,
        Format::Pptx => allowance.within_archive(|left| pptx::take(bytes, &mut out, left))?,
        Format::OpenDocument | Format::Ofd | Format::Zip => {
            allowance.within_archive(|left| zipped::take(bytes, format, &mut out, left))?;
        }
        Format::Msg => allowance.within_mail(|left| msg::take(bytes, &mut out, left))?,
        Format::Mail => allowance.within_mail(|left| mail::take(bytes, &mut out, left))?,
        Format::Rtf => rtf::take(bytes, &mut out)?,
        Format::Pdf => allowance.within_object(|left| pdf::take(bytes, &mut out, left))?,
        Format::Compound if is_encrypted_package(bytes) => return Err(Refused::Encrypted { format }),
        Format::Compound => allowance.within_object(|left| ole::take(bytes, &mut out, left))?,
        _ => return Err(Refused::OtherFormat { format }),
    }
    Ok(Extracted { name_agrees: sniffed.name_agrees, oddity: sniffed.oddity, ..collected_as(format, out) })
}

/// What was collected, as the text of a document of that format.
pub(super) fn collected_as(format: Format, collected: Collected) -> Extracted {
    let Collected { mut body, children, pictures, doubtful, again, .. } = collected;
    body.close();
    Extracted {
        format,
        charset: Charset::Utf8,
        declaration: Declaration::Absent,
        name_agrees: true,
        oddity: None,
        children,
        pictures,
        doubtful,
        again,
        body,
    }
}

fn take_text(source: Source<'_>, sniffed: Sniffed) -> Result<Extracted, Refused> {
    let Sniffed { format, name_agrees, oddity } = sniffed;
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
        oddity,
        children: Vec::new(),
        pictures: 0,
        doubtful: Vec::new(),
        again: Zeroizing::default(),
        body,
    })
}

/// The bytes of the documents inside a message, one for each child of what [`extract`] reads of it; none for a
/// message that is attached as a folder.
pub(super) fn kept(bytes: &[u8], format: Format) -> Result<Vec<Zeroizing<Vec<u8>>>, Refused> {
    let mut out = Collected { kept: Some(Vec::new()), ..Collected::default() };
    let mut allowance = Allowance::whole();
    match format {
        Format::Mail => mail::take(bytes, &mut out, &mut allowance)?,
        Format::Msg => msg::take(bytes, &mut out, &mut allowance)?,
        format => return Err(Refused::OtherFormat { format }),
    }
    Ok(out.kept.unwrap_or_default())
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
        Format::Xml => markup::declared(source.bytes),
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
