//! The words of `policy`.

#![allow(missing_docs, reason = "the words that clap prints are the documentation")]

use clap::{Args, Subcommand};

/// `policy`
#[derive(Debug, Subcommand)]
pub enum PolicyVerb {
    /// Say everything that is wrong in a policy file, with line and column, and what should not be published.
    Check(Check),
    /// Compare two policies rule by rule, and say what each change does to records that are there.
    Diff(Diff),
    /// Reckon the last day of a period, and from when on a record is disposable.
    LastDay(LastDay),
    /// Show the rules of a policy or of a shipped pack with their articles; without a name, list the packs.
    Show(Show),
}

/// `policy check`
#[derive(Debug, Args)]
pub struct Check {
    /// The day on which reviews count as overdue; otherwise today.
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Policy files, or names of shipped packs.
    #[arg(value_name = "POLICY", required = true)]
    pub policies: Vec<String>,
}

/// `policy diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// The policy before: a file or a shipped pack.
    #[arg(value_name = "POLICY")]
    pub before: String,
    /// The policy after.
    #[arg(value_name = "POLICY")]
    pub after: String,
}

/// `policy last-day`
#[derive(Debug, Args)]
pub struct LastDay {
    /// How the period is counted: cn-civil, tw-civil, eu-1182 or anniversary.
    #[arg(long, value_name = "CALENDAR")]
    pub calendar: String,
    /// The day of the event that sets the period going.
    #[arg(long, value_name = "DATE")]
    pub from: String,
    /// The period, such as P3Y, P6M or P60D.
    #[arg(long, value_name = "PERIOD")]
    pub period: String,
    /// The time zone of the rule; otherwise that of the calendar.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
}

/// `policy show`
#[derive(Debug, Args)]
pub struct Show {
    /// The text of a shipped pack as it is, to begin one's own with.
    #[arg(long)]
    pub source: bool,
    /// A policy file, or the name of a shipped pack.
    #[arg(value_name = "POLICY")]
    pub policy: Option<String>,
}
