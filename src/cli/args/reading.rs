//! The words of the verbs that read: open, list, show, search, export.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::At;
use crate::redaction::SubjectClass;

/// `open`
#[derive(Debug, Args)]
pub struct Open {
    #[command(flatten)]
    pub at: At,
    /// The record or log entry.
    pub id: String,
    /// What it is read for; kept sealed, and named in the ledger.
    #[arg(long, value_name = "TEXT", required_unless_present = "redacted")]
    pub purpose: Option<String>,
    /// Where to write it; - for standard output.
    #[arg(long, value_name = "FILE", required_unless_present = "keep")]
    pub output: Option<PathBuf>,
    /// Write header and payload instead: a standard age file.
    #[arg(long, conflicts_with = "redacted")]
    pub sealed: bool,
    /// Write a redacted rendition instead, in the same format; needs no purpose.
    #[arg(long, conflicts_with = "purpose")]
    pub redacted: bool,
    /// Capture the redacted rendition as a record of its own in the same case; prints its id.
    #[arg(long, requires = "redacted", conflicts_with_all = ["output", "report", "purpose", "sealed"])]
    pub keep: bool,
    /// Keep a slip sheet with the reason where a rendition is withheld.
    #[arg(long, requires = "keep")]
    pub slip: bool,
    /// By which profile it is redacted (default: opposing-party).
    // clap asks for nothing that conflicts with what is there: the conflicts are named too.
    #[arg(long, value_name = "PROFILE", requires = "redacted", conflicts_with_all = ["purpose", "sealed"])]
    pub profile: Option<String>,
    /// Where to write what was redacted: positions, types and rules, no values.
    #[arg(long, value_name = "FILE", requires = "redacted", conflicts_with_all = ["purpose", "sealed"])]
    pub report: Option<PathBuf>,
    /// The component, by number from 1 (default: the first).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub component: Option<u64>,
    /// The version (default: the current one).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub version: Option<u64>,
    /// Replace the output file if it exists.
    #[arg(long)]
    pub force: bool,
}

/// `list`
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub at: At,
    /// Print ids only, one a line.
    #[arg(long)]
    pub ids: bool,
    /// Print a table for spreadsheets (CSV).
    #[arg(long, conflicts_with_all = ["ids", "json"])]
    pub csv: bool,
    /// In which order.
    #[arg(long, value_name = "ORDER", value_enum, default_value = "captured-newest")]
    pub sort: Sort,
    #[command(flatten)]
    pub filter: Filter,
    /// At most so many records (default: all with --ids, --csv or --json, else 50).
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// What was captured last comes first.
    CapturedNewest,
    /// What was captured first comes first.
    CapturedOldest,
    /// What happened last comes first.
    OccurredNewest,
    /// What happened first comes first.
    OccurredOldest,
}

/// What to list or search among.
#[derive(Debug, Clone, Args)]
pub struct Filter {
    /// Only this kind or subkind.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Only this category.
    #[arg(long, value_name = "CATEGORY")]
    pub category: Option<String>,
    /// Only this case (reference or id).
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Only this party (name or id).
    #[arg(long, value_name = "PARTY")]
    pub party: Option<String>,
    /// Only what happened on this day or later.
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Only what happened on this day or earlier.
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Only what has this tag.
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Only what a hold stands over.
    #[arg(long)]
    pub held: bool,
    /// Only what this hold stands over.
    #[arg(long, value_name = "HOLD")]
    pub hold: Option<String>,
    /// Only what a hold of this matter stands over (reference or id).
    #[arg(long, value_name = "MATTER")]
    pub matter: Option<String>,
    /// Only what becomes due on this day or later.
    #[arg(long, value_name = "DATE")]
    pub due_from: Option<String>,
    /// Only what becomes due on this day or earlier.
    #[arg(long, value_name = "DATE")]
    pub due_to: Option<String>,
}

/// `show`
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    pub at: At,
    /// The record or log entry.
    pub id: String,
}

/// `custody`
#[derive(Debug, Args)]
pub struct Custody {
    #[command(flatten)]
    pub at: At,
    /// The record or log entry.
    pub id: String,
}

/// `erase`
#[derive(Debug, Args)]
pub struct Erase {
    #[command(flatten)]
    pub at: At,
    /// The log entries, all of one record: RECORD.NUMBER, where 0 is the first.
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// Why; it stands in the ledger.
    #[arg(long, value_name = "CODE", value_parser = crate::record::erasure::ErasureReason::WORDS.to_vec())]
    pub reason: String,
    /// Why, in words; the second person reads it, and it stays sealed with the erasure.
    #[arg(long, value_name = "TEXT", required_unless_present = "approval", conflicts_with = "approval")]
    pub note: Option<String>,
    /// The second person's approval; without one, it is asked for.
    #[arg(long, value_name = "ID")]
    pub approval: Option<String>,
    /// Erase without asking again.
    #[arg(long, requires = "approval")]
    pub yes: bool,
}

/// `search`
#[derive(Debug, Args)]
pub struct Search {
    #[command(flatten)]
    pub at: At,
    /// Words (all must occur), "phrases", -words that must not; without any, what the filters leave is listed.
    #[arg(
        allow_hyphen_values = true,
        required_unless_present_any = [
            "pii", "kind", "category", "case", "party", "from", "to", "tag", "held", "hold", "matter", "due_from",
            "due_to",
        ],
    )]
    pub query: Option<String>,
    #[command(flatten)]
    pub filter: Filter,
    /// Only where personal data of this type was found (PHONE, ID_CARD …; can be repeated).
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub pii: Vec<String>,
    /// Print a table for spreadsheets (CSV).
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// At most so many hits, up to 100.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
}

/// `subject`
#[derive(Debug, Args)]
pub struct Subject {
    #[command(flatten)]
    pub at: At,
    /// A telephone number, ID number, e-mail address, card, account or name; without it, one is read from
    /// standard input, so that it stands in no shell's history.
    #[arg(allow_hyphen_values = true)]
    pub value: Option<String>,
    /// As what it is looked up (default: as all that it may be).
    #[arg(long = "type", value_name = "TYPE", value_parser = ClassWords)]
    pub class: Option<String>,
    #[command(flatten)]
    pub filter: Filter,
    /// At most so many hits, up to 100.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
}

/// The words of the classes, and what people call them in Chinese; what is none of them is told those words.
#[derive(Debug, Clone)]
struct ClassWords;

impl clap::builder::TypedValueParser for ClassWords {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        let class = value.to_str().and_then(SubjectClass::parse_name);
        let word = class.map_or(value, |class| std::ffi::OsStr::new(class.as_str()));
        clap::builder::PossibleValuesParser::new(SubjectClass::WORDS).parse_ref(command, arg, word)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = clap::builder::PossibleValue> + '_>> {
        Some(Box::new(SubjectClass::WORDS.iter().map(clap::builder::PossibleValue::new)))
    }
}

/// `export`
#[derive(Debug, Subcommand)]
pub enum Export {
    /// Evidence: the originals with proofs, in one ZIP (a BagIt bag) that verifies by itself.
    Evidence(Evidence),
}

/// `export evidence`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("selection").required(true).args(["case", "ids"]))]
pub struct Evidence {
    #[command(flatten)]
    pub at: At,
    /// Every record of this case (reference or id).
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// The records and log entries that this file lists, one id a line; ID@1 is the first version.
    #[arg(long, value_name = "FILE")]
    pub ids: Option<PathBuf>,
    /// The folder in which the package is written.
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// What for; kept sealed, and named in the ledger.
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// Who hands it out, as it stands in the package.
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// What it is about, as it stands in the package.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// The second person's approval.
    #[arg(long, value_name = "ID")]
    pub approval: Option<String>,
}
