//! What `pii` reads: a text file in any encoding that the archive reads, or standard input.

use std::io::Read as _;
use std::path::Path;

use super::args::{Form, Wanted};
use super::{subjects, words};
use crate::base::limits::EXTRACT_BYTES_MAX;
use crate::cli::failure::Failure;
use crate::cli::site::read_file;
use crate::cli::voice::Voice;
use crate::document::{self, Charset, Format as Kind, NotText};
use crate::redaction::{Format, Settings, Subjects, kind};

/// A document to look at.
pub(super) struct Document {
    pub(super) text: zeroize::Zeroizing<String>,
    pub(super) charset: Charset,
    pub(super) format: Format,
}

/// True if the path stands for standard input.
pub(super) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a whole file, or standard input, within the limit for documents.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if !is_standard_input(path) {
        return read_file(path, EXTRACT_BYTES_MAX);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(EXTRACT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > EXTRACT_BYTES_MAX {
        return Err(Failure::declined("pii.too_large", &[("most", &EXTRACT_BYTES_MAX.to_string())]));
    }
    Ok(bytes)
}

/// Reads a document.
pub(super) fn document(path: &Path, form: Option<Form>) -> Result<Document, Failure> {
    let bytes = bytes(path)?;
    let shown = path.display().to_string();
    let name = path.file_name().and_then(|name| name.to_str());
    let sniffed = document::sniff(&bytes, name, None);
    let format = form.map_or_else(|| format_of(sniffed.format), |form| Some(of_form(form)));
    let format = format.ok_or_else(|| Failure::declined("pii.not_text", &[("path", &shown)]))?;
    let decoded = document::decode(&bytes, None).map_err(|fault| match fault {
        NotText::Malformed { charset, offset, line } => Failure::declined(
            "pii.malformed",
            &[
                ("path", &shown),
                ("charset", charset.as_str()),
                ("byte", &offset.to_string()),
                ("line", &line.to_string()),
            ],
        ),
        NotText::Unclear | NotText::Binary => Failure::declined("pii.not_text", &[("path", &shown)]),
    })?;
    Ok(Document { text: decoded.text, charset: decoded.charset, format })
}

const fn of_form(form: Form) -> Format {
    match form {
        Form::Text => Format::Text,
        Form::Json => Format::Json,
        Form::Csv => Format::Csv,
        Form::Xml => Format::Xml,
    }
}

/// How the engine writes a format; `None` for what is no text.
const fn format_of(kind: Kind) -> Option<Format> {
    match kind {
        Kind::Plain | Kind::Markdown | Kind::Mail => Some(Format::Text),
        Kind::Csv | Kind::Tsv => Some(Format::Csv),
        Kind::Json | Kind::JsonLines => Some(Format::Json),
        Kind::Xml | Kind::Html => Some(Format::Xml),
        Kind::Pdf
        | Kind::Docx
        | Kind::Xlsx
        | Kind::Pptx
        | Kind::Ofd
        | Kind::OpenDocument
        | Kind::Zip
        | Kind::Msg
        | Kind::Doc
        | Kind::Xls
        | Kind::Ppt
        | Kind::Compound
        | Kind::Rtf
        | Kind::Png
        | Kind::Jpeg
        | Kind::Gif
        | Kind::Tiff
        | Kind::Webp
        | Kind::Bmp
        | Kind::Recording
        | Kind::Compressed
        | Kind::Unknown => None,
    }
}

/// What is looked for, read from the arguments.
pub(super) struct Search {
    pub(super) settings: Settings,
    pub(super) subjects: Subjects,
    types: Vec<kind::Kind>,
}

impl Search {
    pub(super) fn of(voice: &Voice, wanted: &Wanted) -> Result<Self, Failure> {
        let types = wanted
            .types
            .iter()
            .map(|word| word.trim())
            .filter(|word| !word.is_empty())
            .map(|word| {
                words::parse_type(word).ok_or_else(|| {
                    let known = kind::Kind::ALL.iter().map(|kind| words::type_of(voice, kind.as_str()));
                    let known = known.collect::<Vec<_>>().join(&voice.say("list.comma", &[]));
                    Failure::usage("pii.unknown_type", &[("type", word), ("allowed", &known)])
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let subjects = match &wanted.subjects {
            Some(path) => subjects::read(path)?,
            None => Subjects::default(),
        };
        // Where no type that the name models find is asked for, they need not look.
        let names = types.is_empty() || types.iter().any(|kind| kind.is_name());
        // What names nobody is looked for where it is asked for by its name.
        let traces = types.iter().any(|kind| kind.is_trace());
        Ok(Self { settings: Settings { names: names && !wanted.no_names, traces }, subjects, types })
    }

    /// True if places of that type were asked for.
    pub(super) fn wants(&self, kind: kind::Kind) -> bool {
        self.types.is_empty() || self.types.contains(&kind)
    }
}
