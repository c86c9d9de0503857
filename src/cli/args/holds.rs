//! `hold`: what must not be destroyed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::At;

/// `hold`
#[derive(Debug, Subcommand)]
pub enum Hold {
    /// Place a hold in a matter: what it names cannot be destroyed.
    Place(Box<HoldPlace>),
    /// List holds, placed last first.
    List(HoldList),
    /// Show a hold with what it names and whom it was told to.
    Show(HoldNamed),
    /// Bring further members into a hold; a hold only grows.
    Add(Box<HoldAdd>),
    /// Set the day by which somebody looks at a hold again.
    Review(HoldReview),
    /// Release a hold by two persons; for some days it rests on what it held.
    Release(HoldRelease),
    /// Tell people of a hold.
    Notice(HoldNotice),
    /// List what you were told of holds.
    Notices {
        #[command(flatten)]
        at: At,
    },
    /// Say that you have read a notice.
    Acknowledge {
        #[command(flatten)]
        at: At,
        /// The notice: its id.
        #[arg(value_name = "ID")]
        notice: String,
    },
}

/// A hold that is named.
#[derive(Debug, Args)]
pub struct HoldNamed {
    #[command(flatten)]
    pub at: At,
    /// The hold: its id.
    #[arg(value_name = "ID")]
    pub hold: String,
}

/// `hold list`
#[derive(Debug, Args)]
pub struct HoldList {
    #[command(flatten)]
    pub at: At,
    /// Only those of this matter: its reference or its id.
    #[arg(long, value_name = "MATTER")]
    pub matter: Option<String>,
    /// standing or released.
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Only those that somebody should have looked at again.
    #[arg(long)]
    pub overdue: bool,
    /// Print ids only, one a line.
    #[arg(long)]
    pub ids: bool,
}

/// What is to be held.
#[derive(Debug, Args)]
pub struct HoldMembers {
    /// A record, or an entry of a log as RECORD.NUMBER. May be repeated.
    #[arg(long = "record", value_name = "ID")]
    pub records: Vec<String>,
    /// A case, with whatever lies in it. May be repeated.
    #[arg(long = "case", value_name = "CASE")]
    pub cases: Vec<String>,
    /// A party: records that name it, and cases in which it takes part. May be repeated.
    #[arg(long = "party", value_name = "PARTY")]
    pub parties: Vec<String>,
    /// A category. May be repeated.
    #[arg(long = "category", value_name = "CATEGORY")]
    pub categories: Vec<String>,
    /// A custom field as NAME=VALUE, such as the number of a contract. May be repeated.
    #[arg(long = "custom", value_name = "NAME=VALUE")]
    pub custom: Vec<String>,
    /// What a search finds.
    #[arg(long, value_name = "QUERY")]
    pub query: Option<String>,
    /// The search finds records of this kind or subkind only.
    #[arg(long, value_name = "KIND", requires = "query")]
    pub query_kind: Option<String>,
    /// The search finds what happened on this day or later only.
    #[arg(long, value_name = "DATE", requires = "query")]
    pub from: Option<String>,
    /// The search finds what happened on this day or before only.
    #[arg(long, value_name = "DATE", requires = "query")]
    pub to: Option<String>,
}

/// `hold place`
#[derive(Debug, Args)]
pub struct HoldPlace {
    #[command(flatten)]
    pub at: At,
    /// The matter: its reference or its id.
    #[arg(long, value_name = "MATTER")]
    pub matter: String,
    /// What people call the hold.
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// Why it is placed; sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// legal, or unsettled for claims that are not settled.
    #[arg(long, value_name = "KIND", default_value = "legal")]
    pub kind: String,
    /// Hold what is there now, and nothing that comes later.
    #[arg(long)]
    pub snapshot: bool,
    /// Others learn no more than that a disposition is not available.
    #[arg(long)]
    pub confidential: bool,
    /// By when somebody looks at it again; it reminds and never releases.
    #[arg(long, value_name = "DATE")]
    pub review_by: Option<String>,
    /// Days for which it rests on what it held once it is released.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub grace_days: u32,
    #[command(flatten)]
    pub members: HoldMembers,
}

/// `hold add`
#[derive(Debug, Args)]
pub struct HoldAdd {
    #[command(flatten)]
    pub at: At,
    /// The hold: its id.
    #[arg(value_name = "ID")]
    pub hold: String,
    #[command(flatten)]
    pub members: HoldMembers,
}

/// `hold review`
#[derive(Debug, Args)]
pub struct HoldReview {
    #[command(flatten)]
    pub at: At,
    /// The hold: its id.
    #[arg(value_name = "ID")]
    pub hold: String,
    /// The day; without it, there is none.
    #[arg(long, value_name = "DATE")]
    pub by: Option<String>,
}

/// `hold release`
#[derive(Debug, Args)]
pub struct HoldRelease {
    #[command(flatten)]
    pub at: At,
    /// The hold: its id.
    #[arg(value_name = "ID")]
    pub hold: String,
    /// On whose authority: a judgment, a settlement, a letter of counsel.
    #[arg(long, value_name = "TEXT", required_unless_present = "approval", conflicts_with = "approval")]
    pub authority: Option<String>,
    /// Why; the second person reads it, and it stays sealed with the hold.
    #[arg(long, value_name = "TEXT", required_unless_present = "approval", conflicts_with = "approval")]
    pub reason: Option<String>,
    /// The second person's approval; without one, it is asked for.
    #[arg(long, value_name = "ID")]
    pub approval: Option<String>,
}

/// `hold notice`
#[derive(Debug, Args)]
pub struct HoldNotice {
    #[command(flatten)]
    pub at: At,
    /// The hold: its id.
    #[arg(value_name = "ID")]
    pub hold: String,
    /// Somebody who is told: name or id. May be repeated.
    #[arg(long = "to", value_name = "USER", required = true)]
    pub people: Vec<String>,
    /// The words.
    #[arg(long, value_name = "TEXT", required_unless_present = "file", conflicts_with = "file")]
    pub text: Option<String>,
    /// A file with the words.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}
