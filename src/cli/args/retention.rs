//! The words of `event`, `due` and `explain`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::At;

/// `event`
#[derive(Debug, Subcommand)]
pub enum Event {
    /// Record what sets retention periods going: the end of a contract, the closing of an account.
    Add(EventAdd),
    /// List retention events, the one recorded last first.
    List(EventList),
    /// Record many events from a table (CSV): all of them, or none.
    Import(EventImport),
    /// Correct the day of an event by another event; an earlier day takes a second person.
    Correct(EventCorrect),
    /// Take an event back by another one; nothing is deleted.
    Cancel(EventCancel),
}

/// `event add`
#[derive(Debug, Args)]
pub struct EventAdd {
    #[command(flatten)]
    pub at: At,
    /// What happened, as policies name it: relationship_ended.
    #[arg(value_name = "TYPE")]
    pub kind: String,
    /// To whom or to what: NAME=VALUE, such as customer=NAME, contract=NUMBER, case=REFERENCE. May be repeated.
    #[arg(id = "key", long = "key", value_name = "NAME=VALUE")]
    pub keys: Vec<String>,
    /// It reaches every record; takes a second person.
    #[arg(long, conflicts_with = "key")]
    pub all: bool,
    /// The day on which it happened (default: today).
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// The IANA zone of the day.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Why it is recorded for another day than today; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The record that shows it.
    #[arg(long, value_name = "RECORD")]
    pub record: Option<String>,
    /// Its number in the system that it comes from: SYSTEM/NUMBER. Recorded again, it adds nothing.
    #[arg(long, value_name = "SYSTEM/NUMBER")]
    pub source: Option<String>,
    /// The approval that a second person gave.
    #[arg(long, value_name = "APPROVAL")]
    pub approval: Option<String>,
}

/// `event list`
#[derive(Debug, Args)]
pub struct EventList {
    #[command(flatten)]
    pub at: At,
    /// Only events of this type.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// Only events of this key: NAME=VALUE.
    #[arg(long, value_name = "NAME=VALUE")]
    pub key: Option<String>,
}

/// `event import`
#[derive(Debug, Args)]
pub struct EventImport {
    #[command(flatten)]
    pub at: At,
    /// The table: a column each for type, on, zone, reason, record, system, id; and key.NAME for each key.
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// The reason where the table gives none; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// `event correct`
#[derive(Debug, Args)]
pub struct EventCorrect {
    #[command(flatten)]
    pub at: At,
    /// The event's id.
    #[arg(value_name = "EVENT")]
    pub event: String,
    /// The day on which it happened.
    #[arg(long, value_name = "DATE")]
    pub on: String,
    /// The IANA zone of the day (default: the event's).
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Why; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The approval that a second person gave.
    #[arg(long, value_name = "APPROVAL")]
    pub approval: Option<String>,
}

/// `event cancel`
#[derive(Debug, Args)]
pub struct EventCancel {
    #[command(flatten)]
    pub at: At,
    /// The event's id.
    #[arg(value_name = "EVENT")]
    pub event: String,
    /// Why; kept sealed.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The approval that a second person gave.
    #[arg(long, value_name = "APPROVAL")]
    pub approval: Option<String>,
}

/// `due`
#[derive(Debug, Args)]
pub struct Due {
    #[command(flatten)]
    pub at: At,
    /// As of this date or instant (default: now).
    #[arg(id = "on", long = "at", value_name = "DATE")]
    pub on: Option<String>,
    /// The list: due, running, awaiting_trigger, stale_trigger, unclassified, exception, review_overdue, conflict,
    /// restricted, held, permanent, damaged (default: due).
    #[arg(long, value_name = "LIST")]
    pub list: Option<String>,
    /// The digest of today: how many records are on each list, and which reviews are overdue.
    #[arg(long, conflicts_with_all = ["on", "list"])]
    pub digest: bool,
    /// Print ids only, one a line.
    #[arg(long)]
    pub ids: bool,
}

/// `explain`
#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    pub at: At,
    /// The record's id.
    #[arg(value_name = "ID")]
    pub id: String,
    /// As of this date or instant (default: now).
    #[arg(id = "on", long = "at", value_name = "DATE")]
    pub on: Option<String>,
}
