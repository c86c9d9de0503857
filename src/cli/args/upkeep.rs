//! `keys`, `ledger`, `fsck`: what keeps the archive whole.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::At;

/// `keys`
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Tell the state of the keys; shows none.
    Status {
        #[command(flatten)]
        at: At,
    },
    /// Replace the identities and wrap every header to the new ones; no payload byte is written.
    Rotate {
        #[command(flatten)]
        at: At,
        /// What to replace.
        #[arg(long, value_enum, default_value_t = Replaced::Both)]
        replace: Replaced,
    },
    /// Seal every cell under a fresh epoch key, and destroy the old one.
    TurnEpoch {
        #[command(flatten)]
        at: At,
        /// A place with copies of the epoch keys. May be repeated.
        #[arg(long, value_name = "DIR")]
        escrow: Vec<PathBuf>,
    },
    /// Make a new service identity with the recovery identity, when the old one is lost or suspected.
    /// Takes two administrators.
    Recover(Recover),
}

/// Which identities are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Replaced {
    /// The service's.
    Service,
    /// The one for recovery.
    Recovery,
    /// Both.
    Both,
}

/// `keys recover`
#[derive(Debug, Args)]
pub struct Recover {
    #[command(flatten)]
    pub at: At,
    /// The recovery identity (a file that others cannot read), brought from where it is kept.
    #[arg(long, value_name = "FILE")]
    pub recovery_identity: PathBuf,
    /// The second administrator: asks for the password, or takes it from the file in
    /// MUNIMENT_SECOND_PASSWORD_FILE.
    #[arg(long, value_name = "NAME")]
    pub approved_by: String,
    /// Why; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `clock`
#[derive(Debug, Subcommand)]
pub enum Clock {
    /// Show what the clock shows, and whether it is believed.
    Show {
        #[command(flatten)]
        at: At,
    },
    /// Confirm the clock, by two administrators: until then nothing is destroyed.
    Confirm(ClockConfirm),
}

/// `clock confirm`
#[derive(Debug, Args)]
pub struct ClockConfirm {
    #[command(flatten)]
    pub at: At,
    /// Why it shows what it shows; the second person reads it.
    #[arg(long, value_name = "TEXT", required_unless_present = "approval", conflicts_with = "approval")]
    pub note: Option<String>,
    /// The second person's approval; without one, it is asked for.
    #[arg(long, value_name = "ID")]
    pub approval: Option<String>,
}

/// `ledger`
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Write the ledger as files that strangers check with tools of their own (C2SP tlog-tiles).
    Export(LedgerExport),
}

/// `ledger export`
#[derive(Debug, Args)]
pub struct LedgerExport {
    #[command(flatten)]
    pub at: At,
    /// The folder to write into; it must be empty, or not exist.
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// Write the proof that this record was captured, too. May be repeated.
    #[arg(long = "record", value_name = "RECORD")]
    pub records: Vec<String>,
}

/// `fsck`
#[derive(Debug, Args)]
pub struct Fsck {
    #[command(flatten)]
    pub at: At,
    /// Mend what can be made anew, and remove what was left over; never touches evidence.
    #[arg(long)]
    pub repair: bool,
    /// Make the indexes of words and of subjects anew first, whole.
    #[arg(long)]
    pub rebuild_index: bool,
}
