//! The words of the command line. Each verb has a file of its own beside this one.

#![allow(missing_docs, reason = "the words that clap prints are the documentation")]

mod capture;
mod cases;
mod dispositions;
mod holds;
mod matters;
mod people;
mod reading;
mod retention;
mod upkeep;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::document::args::Document;
use super::pii::args::Pii;
use super::policy::args::PolicyVerb;
pub use capture::*;
pub use cases::*;
pub use dispositions::*;
pub use holds::*;
pub use matters::*;
pub use people::*;
pub use reading::*;
pub use retention::*;
pub use upkeep::*;

/// Muniment keeps service records as evidence: sealed, ledgered, searchable, provable.
#[derive(Debug, Parser)]
#[command(name = "muniment", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    /// The language of messages (zh-CN, zh-TW, en); otherwise that of MUNIMENT_LANG or of the locale.
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
    /// Act as this user: asks for the password. A token in MUNIMENT_TOKEN speaks for its owner, with or without this.
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
    /// Show who did what with a record, from the ledger.
    Custody(Custody),
    /// Write a record's original out, for a stated purpose; the ledger has it before the first byte.
    Open(Open),
    /// Find records and log entries by words.
    Search(Search),
    /// Find every record about somebody: by telephone, ID number, e-mail, card, account or name.
    Subject(Subject),
    /// Make a package for others.
    #[command(subcommand)]
    Export(Export),
    /// Erase entries of a bulk log for good, by two persons; those beside them stay as they are.
    Erase(Erase),
    /// Service cases: list, show with time line and evidence-chain gaps, open, events, explanations.
    #[command(subcommand)]
    Case(Case),
    /// Check the whole archive (a running one too), or an evidence package, without any decryption key.
    Verify(Verify),
    /// Legal matters: list, show, open, change, close, people.
    #[command(subcommand)]
    Matter(Matter),
    /// Holds: place, list, show, add, review, release, notices.
    #[command(subcommand)]
    Hold(Hold),
    /// Dispositions: what is due is reviewed, sealed and destroyed for good, with a certificate.
    #[command(subcommand)]
    Disposition(Disposition),
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
    /// Retention events: what sets the periods of records going.
    #[command(subcommand)]
    Event(Event),
    /// List what is due, what waits for an event for too long, and where rules contradict each other.
    Due(Due),
    /// Explain where a record stands: every input and every step, to be worked out again offline.
    Explain(Explain),
    /// Read, check, compare and simulate retention policies.
    #[command(subcommand)]
    Policy(PolicyVerb),
    /// Take the text out of a document, whatever its format; needs no archive.
    #[command(subcommand)]
    Document(Document),
    /// Whether the clock is believed: nothing is destroyed otherwise.
    #[command(subcommand)]
    Clock(Clock),
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

impl Verb {
    /// True for verbs whose whole work is what they print: nothing is left undone where nobody reads on.
    pub const fn only_shows(&self) -> bool {
        match self {
            Self::List(_)
            | Self::Show(_)
            | Self::Custody(_)
            | Self::Search(_)
            | Self::Subject(_)
            | Self::Customer(_)
            | Self::Due(_)
            | Self::Explain(_)
            | Self::Event(Event::List(_))
            | Self::Completions { .. }
            | Self::Case(Case::List(_) | Case::Show(_) | Case::Gaps(_))
            | Self::Matter(Matter::List { .. } | Matter::Show(_))
            | Self::Hold(Hold::List(_) | Hold::Show(_) | Hold::Notices { .. })
            | Self::Disposition(Disposition::List { .. } | Disposition::Show(_))
            | Self::Approval(Approval::List { .. } | Approval::Show { .. })
            | Self::User(User::List { .. } | User::Show(_) | User::Grants { .. })
            | Self::Token(Token::List { .. })
            | Self::Config(ConfigVerb::Show(_))
            | Self::Policy(PolicyVerb::Diff(_) | PolicyVerb::LastDay(_) | PolicyVerb::Show(_))
            | Self::Document(Document::Text(_))
            | Self::Pii(Pii::Detect(_) | Pii::Explain(_) | Pii::Eval(_)) => true,
            // `verify` and `fsck` say with their exit code what they found.
            _ => false,
        }
    }
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
    /// The data directory.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The key directory; otherwise DIR-keys beside the data directory.
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
    /// A service identity in another place (a file of mode 0400).
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
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
    /// Leave what follows a capture (texts, index, finding personal data, judging) to a later start; so that
    /// captures can be measured by themselves.
    #[arg(long, hide = true)]
    pub without_background: bool,
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
    /// The fingerprint of the log's public key, as you got it by another way than the package (blanks, colons
    /// and letter case do not matter).
    #[arg(long, value_name = "HEX", requires = "bundle", conflicts_with = "vkey")]
    pub fingerprint: Option<String>,
    /// A signed checkpoint that you kept elsewhere: an archive that is older, or another, is named.
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    pub checkpoint: Option<PathBuf>,
    /// Decrypt everything too and compare it with the commitments.
    #[arg(long)]
    pub deep: bool,
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
