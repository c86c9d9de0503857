//! The words of `document`.

#![allow(missing_docs, reason = "the words that clap prints are the documentation")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `document`
#[derive(Debug, Subcommand)]
pub enum Document {
    /// Print the text of a document; with --json, where each part of it stands, too.
    Text(DocumentText),
}

/// `document text`
#[derive(Debug, Args)]
pub struct DocumentText {
    /// The document; - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
