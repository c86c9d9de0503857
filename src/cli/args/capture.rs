//! The words of `capture`.

use std::path::PathBuf;

use clap::Args;

use super::At;

/// What describes a record: nothing of it holds where the rows of a table describe theirs.
const OF_ONE: [&str; 18] = [
    "kind",
    "case",
    "occurred",
    "zone",
    "received",
    "parties",
    "title",
    "category",
    "jurisdiction",
    "fields",
    "custom",
    "links",
    "tags",
    "language",
    "notes",
    "source",
    "idempotency_key",
    "together",
];

/// `capture`
#[derive(Debug, Args)]
pub struct Capture {
    #[command(flatten)]
    pub at: At,
    /// authorization, processing_log, delivery_confirmation, service_record, or a subkind such as ticket.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// The case: its reference (a new one is opened) or its id (which must exist).
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// When it happened: YYYY-MM-DD, an RFC 3339 instant, or `mtime` for each file's own time.
    #[arg(long, value_name = "DATE")]
    pub occurred: Option<String>,
    /// The IANA zone in which the date holds.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// When it was received, as --occurred is written (default: now).
    #[arg(long, value_name = "DATE")]
    pub received: Option<String>,
    /// A party as ROLE=NAME, such as customer=某某公司. May be repeated.
    #[arg(long = "party", value_name = "ROLE=NAME")]
    pub parties: Vec<String>,
    /// The title; otherwise the first file's name.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The category; otherwise the kind's.
    #[arg(long, value_name = "CATEGORY")]
    pub category: Option<String>,
    /// The jurisdiction, such as CN, TW or US-CA.
    #[arg(long, value_name = "CODE")]
    pub jurisdiction: Option<String>,
    /// A typed field as NAME=VALUE; VALUE may be JSON. May be repeated.
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub fields: Vec<String>,
    /// A custom field as NAME=VALUE. May be repeated.
    #[arg(long = "custom", value_name = "NAME=VALUE")]
    pub custom: Vec<String>,
    /// A link as KIND=RECORD: authorises, performed_under, confirms, corrects, answers, derived_from. May be repeated.
    #[arg(long = "link", value_name = "KIND=RECORD")]
    pub links: Vec<String>,
    /// A tag. May be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// The language of the content, such as zh-CN, zh-TW or en.
    #[arg(long, value_name = "LANG")]
    pub language: Option<String>,
    /// Remarks, kept sealed with the record.
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
    /// The system it comes from and its id there, as SYSTEM=ID or SYSTEM=ID@REVISION.
    #[arg(long, value_name = "SYSTEM=ID")]
    pub source: Option<String>,
    /// A key under which a repeated call adds nothing.
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
    /// All files are components of one record, instead of one record each.
    #[arg(long)]
    pub together: bool,
    /// The files are a whole new version of this record; earlier versions stay as they are.
    #[arg(long, value_name = "RECORD", conflicts_with_all = ["manifest", "folder", "entries", "mapping"])]
    pub amends: Option<String>,
    /// Capture what the rows of this CSV or JSONL describe.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["folder", "entries", "mapping", "files"], conflicts_with_all = OF_ONE)]
    pub manifest: Option<PathBuf>,
    /// Capture every file below this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["entries", "mapping", "files", "together"])]
    pub folder: Option<PathBuf>,
    /// Capture nothing of the folder if one of its files cannot be captured.
    #[arg(long, requires = "folder")]
    pub all_or_none: bool,
    /// Capture the lines of this JSONL or CSV as entries of a processing log.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mapping", "files", "together"])]
    pub entries: Option<PathBuf>,
    /// If a line of --entries is wrong, keep the entries before it instead of refusing all.
    #[arg(long, requires = "entries")]
    pub keep_before_fault: bool,
    /// Capture another system's CSV, XLSX or JSON export through this mapping profile.
    #[arg(long, value_name = "PROFILE", conflicts_with_all = OF_ONE)]
    pub mapping: Option<PathBuf>,
    /// Show what the first 20 rows of the export or manifest would become, and capture nothing.
    #[arg(long)]
    pub preview: bool,
    /// The files.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}
