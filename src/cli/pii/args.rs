//! The words of `pii`.

#![allow(missing_docs, reason = "the words that clap prints are the documentation")]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `pii`
#[derive(Debug, Subcommand)]
pub enum Pii {
    /// Say where personal data stands and of which type it is.
    Detect(Detect),
    /// Hide personal data as a profile asks; the format stays what it was.
    Redact(Redact),
    /// Say why each place was found: the rule, the label, the cell. Values are not repeated.
    Explain(Explain),
    /// Measure the engine on marked text: precision, recall, F1, F2 and what leaks, by type.
    Eval(Eval),
}

/// What is looked for.
#[derive(Debug, Args)]
pub struct Wanted {
    /// Only these types, parted by commas, such as PHONE,ID_CARD.
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub types: Vec<String>,
    /// Leave names, organisations and addresses out; identifiers alone are found much faster.
    #[arg(long)]
    pub no_names: bool,
    /// Whom the document is about: a JSON list of {"name", "organisation", "own", "values"}.
    #[arg(long, value_name = "FILE")]
    pub subjects: Option<PathBuf>,
}

/// `pii detect`
#[derive(Debug, Args)]
pub struct Detect {
    /// The input holds one {"id", "text"} a line; the answer one {"id", "spans"} a line.
    #[arg(long)]
    pub jsonl: bool,
    #[command(flatten)]
    pub wanted: Wanted,
    /// The text file; - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `pii explain`
#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    pub wanted: Wanted,
    /// The text file; - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `pii eval`
#[derive(Debug, Args)]
pub struct Eval {
    /// Leave names, organisations and addresses out.
    #[arg(long)]
    pub no_names: bool,
    /// One {"id", "text", "spans": [[start, end, "TYPE"]]} a line; - for standard input.
    #[arg(value_name = "GOLD.jsonl")]
    pub file: PathBuf,
}

/// `pii redact`
#[derive(Debug, Args)]
pub struct Redact {
    /// A shipped profile (court, opposing-party, auditor, dsar, teaching, hipaa-safe-harbor) or a file.
    #[arg(long, value_name = "PROFILE")]
    pub profile: String,
    /// Whom the document is about: a JSON list of {"name", "organisation", "own", "values"}.
    #[arg(long, value_name = "FILE")]
    pub subjects: Option<PathBuf>,
    /// 64 hexadecimal digits from which stand-ins and shifted dates are drawn, so that several runs
    /// agree; otherwise they are drawn anew each time.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// What the document is; otherwise its content and name tell.
    #[arg(long, value_enum)]
    pub format: Option<Form>,
    /// Where to write the redacted document; otherwise standard output.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where to write the report: positions, types, rules and counts, never a value.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Replace output files that exist.
    #[arg(long)]
    pub force: bool,
    /// The text file; - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// The formats that keep their shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Plain text, Markdown, logs.
    Text,
    /// JSON, also one value a line.
    Json,
    /// Tables with commas, tabs, semicolons or bars.
    Csv,
    /// XML and HTML.
    Xml,
}
