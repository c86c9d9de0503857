//! The words of `case`.

use clap::{Args, Subcommand};

use super::At;

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

/// What is said of a case, when it is opened and later.
#[derive(Debug, Args)]
pub struct CaseSaid {
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
    #[command(flatten)]
    pub said: CaseSaid,
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
    #[command(flatten)]
    pub said: CaseSaid,
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
    /// The word that the gap is about, where several gaps of the record have one key.
    #[arg(long, value_name = "WORD")]
    pub about: Option<String>,
    /// The explanation; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub words: String,
}
