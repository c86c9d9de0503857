//! The closed words of answers, and the refusals that they stand for. A word that is not known is a fault.

use super::Fault;
use super::head::{DoubtfulPage, Head};
use crate::base::words::words;
use crate::document::encoding::{Charset, Declaration, NotText};
use crate::document::extract::Refused;
use crate::document::oddity::Oddity;
use crate::document::part::Doubtful;
use crate::document::pdf::Doubt;
use crate::document::redact::Withheld;
use crate::document::sniff::Format;

words! {
    /// Why somebody should look at what was read of a document.
    Review {
        /// Its name says that it is something else.
        NameDisagrees = "name_disagrees",
        /// Its text is not in the encoding that was declared.
        CharsetOverruled = "charset_overruled",
        /// It breaks the rules of its format, and was read as plain text.
        ReadAsPlain = "read_as_plain",
        /// It has pictures of which no text was read.
        PicturesUnread = "pictures_unread",
        /// It has pages of which it is not certain what they say.
        PagesDoubtful = "pages_doubtful",
        /// It has documents inside it that were not read.
        InnerUnread = "inner_unread",
        /// It is something else as well, or has bytes before or behind it.
        Oddity = "oddity",
    }
}

/// A page as a head tells it.
pub(super) fn doubtful(page: &Doubtful) -> DoubtfulPage {
    DoubtfulPage { page: page.page, why: page.why.iter().map(|why| why.as_str().to_owned()).collect() }
}

/// The page that a head tells.
pub(super) fn doubted(page: &DoubtfulPage) -> Result<Doubtful, Fault> {
    let why = page.why.iter().map(|word| Doubt::parse(word).ok_or(Fault::Malformed));
    Ok(Doubtful { page: page.page, why: why.collect::<Result<_, _>>()? })
}

pub(super) const FORMATS: [Format; 31] = [
    Format::Plain,
    Format::Csv,
    Format::Tsv,
    Format::Json,
    Format::JsonLines,
    Format::Xml,
    Format::Html,
    Format::Markdown,
    Format::Mail,
    Format::Pdf,
    Format::Docx,
    Format::Xlsx,
    Format::Pptx,
    Format::Ofd,
    Format::OpenDocument,
    Format::Zip,
    Format::Msg,
    Format::Doc,
    Format::Xls,
    Format::Ppt,
    Format::Compound,
    Format::Rtf,
    Format::Png,
    Format::Jpeg,
    Format::Gif,
    Format::Tiff,
    Format::Webp,
    Format::Bmp,
    Format::Recording,
    Format::Compressed,
    Format::Unknown,
];

impl Format {
    /// The stable word for it, as answers and the command line have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::JsonLines => "json_lines",
            Self::Xml => "xml",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Mail => "mail",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::Ofd => "ofd",
            Self::OpenDocument => "open_document",
            Self::Zip => "zip",
            Self::Msg => "msg",
            Self::Doc => "doc",
            Self::Xls => "xls",
            Self::Ppt => "ppt",
            Self::Compound => "compound",
            Self::Rtf => "rtf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::Tiff => "tiff",
            Self::Webp => "webp",
            Self::Bmp => "bmp",
            Self::Recording => "recording",
            Self::Compressed => "compressed",
            Self::Unknown => "unknown",
        }
    }
}

pub(super) fn format(word: &str) -> Result<Format, Fault> {
    FORMATS.into_iter().find(|format| format.as_str() == word).ok_or(Fault::Malformed)
}

/// Only the names that [`Charset::as_str`] writes: a label that means the same is not one of ours.
pub(super) fn charset(word: &str) -> Result<Charset, Fault> {
    Charset::parse(word).filter(|charset| charset.as_str() == word).ok_or(Fault::Malformed)
}

const DECLARATIONS: [Declaration; 3] = [Declaration::Absent, Declaration::Kept, Declaration::Overruled];

impl Declaration {
    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Kept => "kept",
            Self::Overruled => "overruled",
        }
    }
}

pub(super) fn declaration(word: &str) -> Result<Declaration, Fault> {
    DECLARATIONS.into_iter().find(|one| one.as_str() == word).ok_or(Fault::Malformed)
}

/// The word for a refusal of the document itself.
pub const fn reason(refused: &Refused) -> &'static str {
    match refused {
        Refused::TooLarge { .. } => "too_large",
        Refused::OtherFormat { .. } => "other_format",
        Refused::NotText(NotText::Malformed { .. }) => "encoding",
        Refused::NotText(NotText::Unclear) => "unclear",
        Refused::NotText(NotText::Binary) => "binary",
        Refused::Malformed { .. } => "malformed",
        Refused::DocumentType { .. } => "document_type",
        Refused::TooDeep { .. } => "too_deep",
        Refused::TooManyParts => "too_many_parts",
        Refused::Damaged { .. } => "damaged",
        Refused::Encrypted { .. } => "encrypted",
        Refused::Ambiguous { .. } => "ambiguous",
        Refused::TooManyEntries { .. } => "too_many_entries",
        Refused::HeaderTooLong { .. } => "header_too_long",
        Refused::TooManyLevels { .. } => "too_many_levels",
        Refused::TooManyPages { .. } => "too_many_pages",
        Refused::InflatesTooFar { .. } => "inflates_too_far",
        Refused::PackedTooTightly { .. } => "packed_too_tightly",
    }
}

/// The word for why no copy leaves.
pub const fn withheld_reason(withheld: &Withheld) -> &'static str {
    match withheld {
        Withheld::Refused(refused) => reason(refused),
        Withheld::NoCopy { .. } => "no_copy",
        Withheld::MisNamed => "misnamed",
        Withheld::Odd(Oddity::Before { .. }) => "odd_before",
        Withheld::Odd(Oddity::Behind { .. }) => "odd_behind",
        Withheld::Odd(Oddity::Also { .. }) => "odd_also",
        Withheld::Macros => "macros",
        Withheld::DoesNotFit => "does_not_fit",
        Withheld::Residue { .. } => "residue",
        Withheld::Structure { .. } => "structure",
        Withheld::NotAsMeant => "not_as_meant",
        Withheld::Unproven => "unproven",
        Withheld::Pages => "pages",
        Withheld::NeedsReview => "needs_review",
        Withheld::Unpainted { .. } => "unpainted",
    }
}

/// The head that tells why no copy leaves.
pub(super) fn told_withheld(withheld: &Withheld) -> Head {
    let mut facts = Facts::default();
    match withheld {
        Withheld::Refused(refused) => return told(refused),
        Withheld::NoCopy { format } => facts.format = Some(*format),
        Withheld::Residue { part } | Withheld::Structure { part } => facts.found = Some(*part as u64),
        Withheld::Unpainted { page } => facts.found = Some(*page as u64),
        Withheld::Odd(Oddity::Before { bytes } | Oddity::Behind { bytes }) => {
            facts.found = Some(*bytes as u64);
        }
        Withheld::Odd(Oddity::Also { format }) => facts.format = Some(*format),
        Withheld::MisNamed
        | Withheld::Macros
        | Withheld::DoesNotFit
        | Withheld::NotAsMeant
        | Withheld::Unproven
        | Withheld::NeedsReview
        | Withheld::Pages => {}
    }
    facts.to_head(withheld_reason(withheld))
}

/// Why no copy leaves, as a head tells it; `None` if it tells of a refusal.
pub(super) fn withheld(reason: &str, facts: &Facts) -> Result<Option<Withheld>, Fault> {
    let found = || facts.found.and_then(|found| usize::try_from(found).ok()).ok_or(Fault::Malformed);
    let withheld = match reason {
        "no_copy" => Withheld::NoCopy { format: facts.format.ok_or(Fault::Malformed)? },
        "misnamed" => Withheld::MisNamed,
        "odd_before" => Withheld::Odd(Oddity::Before { bytes: found()? }),
        "odd_behind" => Withheld::Odd(Oddity::Behind { bytes: found()? }),
        "odd_also" => Withheld::Odd(Oddity::Also { format: facts.format.ok_or(Fault::Malformed)? }),
        "macros" => Withheld::Macros,
        "does_not_fit" => Withheld::DoesNotFit,
        "residue" => Withheld::Residue { part: found()? },
        "structure" => Withheld::Structure { part: found()? },
        "not_as_meant" => Withheld::NotAsMeant,
        "unproven" => Withheld::Unproven,
        "pages" => Withheld::Pages,
        "needs_review" => Withheld::NeedsReview,
        "unpainted" => Withheld::Unpainted { page: found()? },
        _ => return Ok(None),
    };
    // A fact more than the reason has is not what we write.
    if told_withheld(&withheld) == facts.to_head(reason) { Ok(Some(withheld)) } else { Err(Fault::Malformed) }
}

/// The head that tells a refusal.
pub(super) fn told(refused: &Refused) -> Head {
    let mut facts = Facts::default();
    let wide = |number: usize| Some(number as u64);
    match refused {
        Refused::TooLarge { bytes } => facts.found = wide(*bytes),
        Refused::OtherFormat { format }
        | Refused::Damaged { format }
        | Refused::Encrypted { format }
        | Refused::Ambiguous { format } => facts.format = Some(*format),
        Refused::TooManyEntries { entries: found, most } | Refused::HeaderTooLong { bytes: found, most } => {
            (facts.found, facts.most) = (wide(*found), wide(*most));
        }
        Refused::TooManyLevels { most } => facts.most = wide(*most),
        Refused::TooManyPages { pages } => facts.found = wide(*pages),
        Refused::InflatesTooFar { most } | Refused::PackedTooTightly { most } => facts.most = Some(*most),
        Refused::NotText(NotText::Malformed { charset, offset, line }) => {
            (facts.charset, facts.offset, facts.line) = (Some(*charset), wide(*offset), wide(*line));
        }
        Refused::Malformed { format, line } => {
            (facts.format, facts.line) = (Some(*format), Some(u64::from(*line)));
        }
        Refused::DocumentType { line } => facts.line = Some(u64::from(*line)),
        Refused::TooDeep { line, most } => {
            (facts.line, facts.most) = (Some(u64::from(*line)), wide(*most));
        }
        Refused::NotText(NotText::Unclear | NotText::Binary) | Refused::TooManyParts => {}
    }
    facts.to_head(reason(refused))
}

/// The refusal that a head tells.
///
/// # Errors
/// The reason is unknown, or its facts are not those that belong to it.
pub(super) fn refused(reason: &str, facts: &Facts) -> Result<Refused, Fault> {
    let narrow = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
    let line = || facts.line.and_then(|line| u32::try_from(line).ok()).ok_or(Fault::Malformed);
    let format = || facts.format.ok_or(Fault::Malformed);
    let refused = match reason {
        "too_large" => Refused::TooLarge { bytes: narrow(facts.found).ok_or(Fault::Malformed)? },
        "other_format" => Refused::OtherFormat { format: format()? },
        "encoding" => Refused::NotText(NotText::Malformed {
            charset: facts.charset.ok_or(Fault::Malformed)?,
            offset: narrow(facts.offset).ok_or(Fault::Malformed)?,
            line: narrow(facts.line).ok_or(Fault::Malformed)?,
        }),
        "unclear" => Refused::NotText(NotText::Unclear),
        "binary" => Refused::NotText(NotText::Binary),
        "malformed" => Refused::Malformed { format: format()?, line: line()? },
        "document_type" => Refused::DocumentType { line: line()? },
        "too_deep" => Refused::TooDeep { line: line()?, most: narrow(facts.most).ok_or(Fault::Malformed)? },
        "too_many_parts" => Refused::TooManyParts,
        "damaged" => Refused::Damaged { format: format()? },
        "encrypted" => Refused::Encrypted { format: format()? },
        "ambiguous" => Refused::Ambiguous { format: format()? },
        "too_many_entries" => Refused::TooManyEntries {
            entries: narrow(facts.found).ok_or(Fault::Malformed)?,
            most: narrow(facts.most).ok_or(Fault::Malformed)?,
        },
        "header_too_long" => Refused::HeaderTooLong {
            bytes: narrow(facts.found).ok_or(Fault::Malformed)?,
            most: narrow(facts.most).ok_or(Fault::Malformed)?,
        },
        "too_many_levels" => Refused::TooManyLevels { most: narrow(facts.most).ok_or(Fault::Malformed)? },
        "too_many_pages" => Refused::TooManyPages { pages: narrow(facts.found).ok_or(Fault::Malformed)? },
        "inflates_too_far" => Refused::InflatesTooFar { most: facts.most.ok_or(Fault::Malformed)? },
        "packed_too_tightly" => Refused::PackedTooTightly { most: facts.most.ok_or(Fault::Malformed)? },
        _ => return Err(Fault::Malformed),
    };
    // A fact more than the reason has is not what we write.
    if told(&refused) == facts.to_head(reason) { Ok(refused) } else { Err(Fault::Malformed) }
}

/// The facts of a refusal.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) format: Option<Format>,
    pub(super) charset: Option<Charset>,
    pub(super) line: Option<u64>,
    pub(super) offset: Option<u64>,
    pub(super) found: Option<u64>,
    pub(super) most: Option<u64>,
}

impl Facts {
    pub(super) fn to_head(&self, reason: &str) -> Head {
        Head::Refused {
            reason: reason.to_owned(),
            format: self.format.map(|format| format.as_str().to_owned()),
            charset: self.charset.map(|charset| charset.as_str().to_owned()),
            line: self.line,
            offset: self.offset,
            found: self.found,
            most: self.most,
        }
    }
}
