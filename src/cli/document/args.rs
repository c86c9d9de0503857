//! The words of `document`.

#![allow(missing_docs, reason = "the words that clap prints are the documentation")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `document`
#[derive(Debug, Subcommand)]
pub enum Document {
    /// Print the text of a document; with --json, where each part of it stands, too.
    Text(DocumentText),
    /// Make a redacted copy of a document, whatever its format; nothing is written that did not pass the test.
    Redact(Box<DocumentRedact>),
}

/// `document text`
#[derive(Debug, Args)]
pub struct DocumentText {
    /// The document; - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `document redact`
#[derive(Debug, Args)]
pub struct DocumentRedact {
    /// A shipped profile (court, opposing-party, auditor, dsar, teaching, hipaa-safe-harbor) or a file.
    #[arg(long, value_name = "PROFILE")]
    pub profile: String,
    /// Words that must go, whatever the profile keeps: one a line, UTF-8.
    #[arg(long, value_name = "FILE")]
    pub terms: Option<PathBuf>,
    /// Whom the document is about: a JSON list of {"name", "organisation", "own", "values"}.
    #[arg(long, value_name = "FILE")]
    pub subjects: Option<PathBuf>,
    /// 64 hexadecimal digits from which stand-ins and shifted dates are drawn, so that several runs
    /// agree; otherwise they are drawn anew each time.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// A TrueType font with Chinese characters, for PDFs that do not hold their own; otherwise that of the settings.
    #[arg(long, value_name = "FILE")]
    pub font: Option<PathBuf>,
    /// Pages and pictures that you have looked at, and what to fill in there: a JSON list of {"page", "boxes"}, each
    /// box {"left", "top", "width", "height"} in points of a page or pixels of a picture.
    #[arg(long, value_name = "FILE")]
    pub boxes: Option<PathBuf>,
    /// Where to write a slip sheet with the reason if the document is withheld.
    #[arg(long, value_name = "FILE")]
    pub slip: Option<PathBuf>,
    /// Where to write the redacted copy.
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Where to write the report: types, places, rules and counts, never a value.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Replace output files that exist.
    #[arg(long)]
    pub force: bool,
    /// The document; - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
