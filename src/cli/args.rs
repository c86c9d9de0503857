//! The words of the command line. Each verb has a file of its own beside this one.

#![allow(missing_docs, reason = "the words that clap prints are the documentation")]

mod matters;
mod people;
mod upkeep;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::pii::args::Pii;
pub use matters::*;
pub use people::*;
pub use upkeep::*;

/// Muniment keeps service records as evidence: sealed, ledgered, searchable, provable.
#[derive(Debug, Parser)]
#[command(name = "muniment", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    /// The language of messages (zh-CN, zh-TW, en); otherwise the locale's.
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<String>,
    /// Results as JSON: one object, or one per line.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Which archive, and as whom.
#[derive(Debug, Clone, Args)]
pub struct At {
    /// The data directory.
    #[arg(long, value_name = "DIR", env = "MUNIMENT_DATA")]
    pub data: Option<PathBuf>,
    /// A configuration file; flags and environment outweigh it.
    #[arg(long, value_name = "FILE", env = "MUNIMENT_CONFIG")]
    pub config: Option<PathBuf>,
    /// The key directory; otherwise DIR-keys beside the data directory.
    #[arg(long, value_name = "DIR", env = "MUNIMENT_KEYS")]
    pub keys: Option<PathBuf>,
    /// A service identity in another place (a file of mode 0400).
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// Act as this user: asks for the password, or takes the token in MUNIMENT_TOKEN.
    #[arg(id = "as", long = "as", value_name = "NAME")]
    pub user: Option<String>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make a new archive: keys, a first administrator, an archivist's token.
    Init(Init),
    /// Make a demonstration archive in three languages, and serve it.
    Demo(Demo),
    /// Serve the archive over HTTP.
    Serve(Serve),
    /// Capture records: files, a manifest, a folder, a bulk log, or another system's export.
    Capture(Box<Capture>),
    /// List records, newest capture first.
    List(List),
    /// Show what the archive knows of a record.
    Show(Show),
    /// Write a record's original out, for a stated purpose; the ledger has it before the first byte.
    Open(Open),
    /// Find records and log entries by words.
    Search(Search),
    /// Make a package for others.
    #[command(subcommand)]
    Export(Export),
    /// Service cases: list, show with time line and evidence-chain gaps, open, events, explanations.
    #[command(subcommand)]
    Case(Case),
    /// Check the whole archive (a running one too), or an evidence package, without any decryption key.
    Verify(Verify),
    /// Legal matters: list, show, open, change, close, people.
    #[command(subcommand)]
    Matter(Matter),
    /// Customers and other parties, and their dossiers.
    #[command(subcommand)]
    Customer(Customer),
    /// Steps that need a second person: asked for by one, decided by another.
    #[command(subcommand)]
    Approval(Approval),
    /// Users, their roles and grants, and one's own password.
    #[command(subcommand)]
    User(User),
    /// API tokens.
    #[command(subcommand)]
    Token(Token),
    /// The archive's keys.
    #[command(subcommand)]
    Keys(Keys),
    /// Find and hide personal data in text files; needs no archive.
    #[command(subcommand)]
    Pii(Pii),
    /// The tamper-evident ledger.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Find what is left over or out of step in the data directory, and mend it with --repair.
    Fsck(Fsck),
    /// Measure the archive on this machine, on archives made for it and taken away again.
    Bench(Bench),
    /// Show or check the settings.
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// `config`
#[derive(Debug, Subcommand)]
pub enum ConfigVerb {
    /// Read the settings and say whether they can be used.
    Check(ConfigArgs),
    /// Print every setting, its value and where it comes from; secrets are withheld.
    Show(ConfigArgs),
}

/// What `config` reads.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "MUNIMENT_CONFIG")]
    pub config: Option<PathBuf>,
}

/// `init`
#[derive(Debug, Args)]
pub struct Init {
    #[command(flatten)]
    pub at: At,
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The data directory, made if there is none.
    #[arg(long, value_name = "DIR", default_value = "muniment-demo")]
    pub data: PathBuf,
    /// Where to listen; loopback only.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    pub listen: SocketAddr,
    /// Make the archive and stop, without serving it.
    #[arg(long)]
    pub no_serve: bool,
}

/// `serve`
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub at: At,
    /// Where to listen. Anything but loopback needs TLS or --behind-proxy.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The TLS certificate chain (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The TLS private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// A proxy in front of this service does TLS.
    #[arg(long)]
    pub behind_proxy: bool,
    /// Leave the search index to a later start; so that captures can be measured by themselves.
    #[arg(long, hide = true)]
    pub without_index: bool,
}

/// `bench`
#[derive(Debug, Args)]
pub struct Bench {
    /// Small amounts and few runs: shows in less than three minutes that everything works.
    #[arg(long)]
    pub short: bool,
    /// Measure only these.
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = topics())]
    pub only: Vec<String>,
    /// The directory whose disk is measured (default: that for temporary files).
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// End with 1 if a figure misses its target, not on malfunction only.
    #[arg(long)]
    pub strict: bool,
}

fn topics() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(crate::bench::Topic::ALL.map(crate::bench::Topic::as_str))
}

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
    /// A link as KIND=RECORD: authorises, performed_under, confirms, corrects, answers. May be repeated.
    #[arg(long = "link", value_name = "KIND=RECORD")]
    pub links: Vec<String>,
    /// A tag. May be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["folder", "entries", "mapping", "files"])]
    pub manifest: Option<PathBuf>,
    /// Capture every file below this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["entries", "mapping", "files"])]
    pub folder: Option<PathBuf>,
    /// Capture the lines of this JSONL or CSV as entries of a processing log.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mapping", "files"])]
    pub entries: Option<PathBuf>,
    /// If a line of --entries is wrong, keep the entries before it instead of refusing all.
    #[arg(long, requires = "entries")]
    pub keep_before_fault: bool,
    /// Capture another system's CSV, XLSX or JSON export through this mapping profile.
    #[arg(long, value_name = "PROFILE")]
    pub mapping: Option<PathBuf>,
    /// Show what the first 20 rows of the export or manifest would become, and capture nothing.
    #[arg(long)]
    pub preview: bool,
    /// The files.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `open`
#[derive(Debug, Args)]
pub struct Open {
    #[command(flatten)]
    pub at: At,
    /// The record or log entry.
    pub id: String,
    /// What it is read for; kept sealed, and named in the ledger.
    #[arg(long, value_name = "TEXT")]
    pub purpose: String,
    /// Where to write it; - for standard output.
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Write header and payload instead: a standard age file.
    #[arg(long)]
    pub sealed: bool,
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
    #[command(flatten)]
    pub filter: Filter,
    /// At most so many records (default: all with --ids or --json, else 50).
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
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
}

/// `show`
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    pub at: At,
    /// The record or log entry.
    pub id: String,
}

/// `verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// An evidence package to check instead of an archive: no server, key or database is needed.
    #[arg(value_name = "FILE.zip", conflicts_with = "deep")]
    pub bundle: Option<PathBuf>,
    #[command(flatten)]
    pub at: At,
    /// The log's public key from a source that you trust: the text itself, or a file with it.
    #[arg(long, value_name = "VKEY")]
    pub vkey: Option<String>,
    /// A signed checkpoint that you kept elsewhere: an archive that is older, or another, is named.
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    pub checkpoint: Option<PathBuf>,
    /// Decrypt everything too and compare it with the commitments.
    #[arg(long)]
    pub deep: bool,
}

/// `case`
#[derive(Debug, Subcommand)]
pub enum Case {
    /// List cases, entered last first.
    List(CaseList),
    /// Show a case: time line, gaps, service levels.
    Show(CaseNamed),
    /// List the evidence-chain gaps of all cases, or those of one code.
    Gaps(CaseGaps),
    /// Open a case by hand.
    Open(CaseOpen),
    /// Note an event.
    Event(CaseEvent),
    /// Take an event back by another entry; nothing is deleted.
    Cancel(CaseCancel),
    /// Change what is said of a case; what is not named stays.
    Change(CaseChange),
    /// Explain a gap; the gap stays.
    Explain(CaseExplain),
}

/// `case cancel`
#[derive(Debug, Args)]
pub struct CaseCancel {
    #[command(flatten)]
    pub at: At,
    /// The case: its reference or its id.
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The event's id, as `case show` prints it.
    #[arg(value_name = "EVENT")]
    pub event: String,
    /// Why; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `case change`
#[derive(Debug, Args)]
pub struct CaseChange {
    #[command(flatten)]
    pub at: At,
    /// The case: its reference or its id.
    #[arg(value_name = "CASE")]
    pub case: String,
    /// What it is about.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The service.
    #[arg(long, value_name = "TEXT")]
    pub service: Option<String>,
    /// The team responsible.
    #[arg(long, value_name = "TEXT")]
    pub team: Option<String>,
    /// Tier of the service.
    #[arg(long, value_name = "TIER")]
    pub tier: Option<String>,
    /// Priority.
    #[arg(long, value_name = "PRIORITY")]
    pub priority: Option<String>,
}

/// `case list`
#[derive(Debug, Args)]
pub struct CaseList {
    #[command(flatten)]
    pub at: At,
    /// Print ids only, one a line.
    #[arg(long)]
    pub ids: bool,
    /// open, paused, resolved or closed.
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
}

/// `case show`
#[derive(Debug, Args)]
pub struct CaseNamed {
    #[command(flatten)]
    pub at: At,
    /// The case: its reference or its id.
    #[arg(value_name = "CASE")]
    pub case: String,
}

/// `case gaps`
#[derive(Debug, Args)]
pub struct CaseGaps {
    #[command(flatten)]
    pub at: At,
    /// Only this gap: G1 to G9.
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// open, explained or grown_since.
    #[arg(long, value_name = "STANDING")]
    pub standing: Option<String>,
}

/// `case open`
#[derive(Debug, Args)]
pub struct CaseOpen {
    #[command(flatten)]
    pub at: At,
    /// The number by which people know it.
    #[arg(long, value_name = "REFERENCE")]
    pub reference: String,
    /// What it is about.
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// A party as ROLE=NAME. May be repeated.
    #[arg(long = "party", value_name = "ROLE=NAME")]
    pub parties: Vec<String>,
    /// The service.
    #[arg(long, value_name = "TEXT")]
    pub service: Option<String>,
    /// The team responsible.
    #[arg(long, value_name = "TEXT")]
    pub team: Option<String>,
    /// Tier of the service.
    #[arg(long, value_name = "TIER")]
    pub tier: Option<String>,
    /// Priority.
    #[arg(long, value_name = "PRIORITY")]
    pub priority: Option<String>,
    /// When it was opened (default: now).
    #[arg(long, value_name = "TIME")]
    pub opened: Option<String>,
    /// The IANA zone of its days.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
}

/// `case event`
#[derive(Debug, Args)]
pub struct CaseEvent {
    #[command(flatten)]
    pub at: At,
    /// The case: its reference or its id.
    #[arg(value_name = "CASE")]
    pub case: String,
    /// first_response, assigned, escalated, paused, resumed, resolved, reopened, closed, cost.
    #[arg(value_name = "KIND")]
    pub kind: String,
    /// When it happened (default: now).
    #[arg(long = "happened", value_name = "TIME")]
    pub happened: Option<String>,
    /// Who became responsible, or responded.
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// The team that became responsible.
    #[arg(long, value_name = "NAME")]
    pub team: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Anything worth reading later.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Working time in minutes (cost).
    #[arg(long, value_name = "N")]
    pub minutes: Option<u32>,
    /// The record of the case that shows it.
    #[arg(long, value_name = "RECORD")]
    pub record: Option<String>,
}

/// `case explain`
#[derive(Debug, Args)]
pub struct CaseExplain {
    #[command(flatten)]
    pub at: At,
    /// The case: its reference or its id.
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The gap's key as `case show` prints it, such as G3.purpose.
    #[arg(value_name = "GAP")]
    pub gap: String,
    /// The record in which it shows.
    #[arg(long, value_name = "RECORD")]
    pub record: Option<String>,
    /// The explanation; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub words: String,
}

/// `search`
#[derive(Debug, Args)]
pub struct Search {
    #[command(flatten)]
    pub at: At,
    /// Words (all must occur), "phrases", -words that must not.
    #[arg(allow_hyphen_values = true)]
    pub query: String,
    #[command(flatten)]
    pub filter: Filter,
    /// At most so many hits.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
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
    /// The records and log entries that this file lists, one id a line.
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn no_verb_has_two_arguments_of_one_name() {
        Arguments::command().debug_assert();
    }
}
