//! The words of `disposition`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::At;

/// `disposition`
#[derive(Debug, Subcommand)]
pub enum Disposition {
    /// Begin a disposition of records that are due; its review starts.
    Propose(DispositionPropose),
    /// List dispositions, the newest first.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Show a disposition: who decides next, and what became of each record.
    Show(DispositionNamed),
    /// Decide in the stage that is due: approve, refuse, or keep some for longer.
    Decide(DispositionDecide),
    /// Say that you attend the destruction as a witness.
    Attend(DispositionNamed),
    /// Take a disposition back of which nothing is sealed yet.
    Withdraw(DispositionNamed),
    /// Seal the records of an approved disposition: only the recovery key can bring them back.
    Seal(DispositionNamed),
    /// Destroy the keys of the sealed records for good.
    Shred(DispositionShred),
    /// Take a sealed record back; it is read again after keys recover.
    Restore(DispositionRestore),
    /// Fetch the certificate of destruction, to be kept, printed and checked.
    Certificate(DispositionCertificate),
    /// Check a certificate of destruction against the log's public key; needs no archive.
    Check(DispositionCheck),
}

/// A disposition that is named.
#[derive(Debug, Args)]
pub struct DispositionNamed {
    #[command(flatten)]
    pub at: At,
    /// The disposition: its id.
    #[arg(value_name = "ID")]
    pub disposition: String,
}

/// `disposition propose`
#[derive(Debug, Args)]
pub struct DispositionPropose {
    #[command(flatten)]
    pub at: At,
    /// The records: their ids.
    #[arg(value_name = "RECORD", required_unless_present = "rule", conflicts_with = "rule")]
    pub ids: Vec<String>,
    /// Everything that is due under this rule.
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
    /// Why; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `disposition decide`
#[derive(Debug, Args)]
pub struct DispositionDecide {
    #[command(flatten)]
    pub at: At,
    /// The disposition: its id.
    #[arg(value_name = "ID")]
    pub disposition: String,
    /// What you say: approve, refuse or extend.
    #[arg(long, value_name = "VERDICT")]
    pub verdict: String,
    /// Why; needed to refuse and to extend; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// To extend: for how long from today on, as in P2Y.
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// To extend: a record that stays; all of them, if none is named. May be repeated.
    #[arg(id = "record", long = "record", value_name = "RECORD")]
    pub records: Vec<String>,
}

/// `disposition shred`
#[derive(Debug, Args)]
pub struct DispositionShred {
    #[command(flatten)]
    pub at: At,
    /// The disposition: its id.
    #[arg(value_name = "ID")]
    pub disposition: String,
    /// Do it without asking once more.
    #[arg(long)]
    pub yes: bool,
}

/// `disposition restore`
#[derive(Debug, Args)]
pub struct DispositionRestore {
    #[command(flatten)]
    pub at: At,
    /// The disposition: its id.
    #[arg(value_name = "ID")]
    pub disposition: String,
    /// The record.
    #[arg(long, value_name = "RECORD")]
    pub record: String,
}

/// `disposition certificate`
#[derive(Debug, Args)]
pub struct DispositionCertificate {
    #[command(flatten)]
    pub at: At,
    /// The disposition: its id.
    #[arg(value_name = "ID")]
    pub disposition: String,
    /// Where the certificate (JSON) is written; it is printed otherwise.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where a page to be printed is written too.
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    /// The page as a register of destroyed accounting records.
    #[arg(long, requires = "page")]
    pub accounting: bool,
}

/// `disposition check`
#[derive(Debug, Args)]
pub struct DispositionCheck {
    /// The certificate (JSON).
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The log's public key, or the file in which it stands, from a source that you trust.
    #[arg(long, value_name = "VKEY")]
    pub vkey: String,
}
