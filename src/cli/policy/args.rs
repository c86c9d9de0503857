//! The words of `policy`.

#![allow(missing_docs, reason = "the words that clap prints are the documentation")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::At;

/// `policy`
#[derive(Debug, Subcommand)]
pub enum PolicyVerb {
    /// Say that you have read a published version.
    Acknowledge(Acknowledge),
    /// Answer a suggestion: take it up, or decline it.
    Answer(Answer),
    /// Say everything that is wrong in a policy file, with line and column, and what should not be published.
    Check(Check),
    /// Set a policy beside a shipped pack: what is missing, shorter, switched off, or its own.
    Compare(Compare),
    /// Compare two policies rule by rule, and say what each change does to records that are there.
    Diff(Diff),
    /// Enter what the evaluation of a version's effect came to.
    Evaluate(Evaluate),
    /// Show when the effect of a policy's versions is to be evaluated, and what came of it.
    Evaluations(Reviews),
    /// Write a policy as a file plan, or make a policy file of one.
    #[command(subcommand)]
    FilePlan(FilePlan),
    /// Take a policy file or a shipped pack into the archive as a draft.
    Import(Import),
    /// Reckon the last day of a period, and from when on a record is disposable.
    LastDay(LastDay),
    /// List the policies of the archive: which version counts, and by when it has to be reviewed.
    List(OfArchive),
    /// Count what the archive has since a version counts, and as long before: records, late ones, gaps, refusals.
    Measure(Acknowledge),
    /// Publish a reviewed version: asks for the second person first, and publishes with the approval.
    Publish(Publish),
    /// Let older records stand under the version in force as well, after a notice: asks for the second person first.
    Rebase(Rebase),
    /// Retire a version that was superseded: asks for the second person first.
    Retire(Retire),
    /// Enter a review of a version: of a draft that was handed in, or of one in force.
    Review(Box<Review>),
    /// Show the reviews of a policy, the newest first.
    Reviews(Reviews),
    /// Show the rules of a policy or of a shipped pack with their articles; without a name, list the packs.
    Show(Show),
    /// Say what a draft would change in an archive, as of any date, or what a version changed; of a version of the
    /// archive keep the report that publishing asks for.
    Simulate(Simulate),
    /// Hand a draft in for review.
    Submit(Submit),
    /// Suggest something to a rule, or to the policy as a whole.
    Suggest(Suggest),
    /// Show the suggestions to a policy, the newest first.
    Suggestions(Reviews),
}

/// `policy simulate`
#[derive(Debug, Args)]
pub struct Simulate {
    #[command(flatten)]
    pub at: At,
    /// As of this date or instant (default: now).
    #[arg(id = "on", long = "at", value_name = "DATE")]
    pub on: Option<String>,
    /// Write the records that are shifted to this file, with how (CSV).
    #[arg(long, value_name = "FILE.csv")]
    pub csv: Option<PathBuf>,
    /// Another version of the same policy to compare with: its number. Otherwise what is in force.
    #[arg(long, value_name = "VERSION")]
    pub against: Option<u32>,
    /// The draft: a file, a shipped pack, or a version of the archive as ID@VERSION.
    #[arg(value_name = "POLICY")]
    pub policy: String,
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
    #[command(flatten)]
    pub at: At,
    /// The policy before: a file, a shipped pack, or ID@VERSION of the archive.
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
    #[command(flatten)]
    pub at: At,
    /// A policy file, the name of a shipped pack, or ID[@VERSION] of the archive.
    #[arg(value_name = "POLICY")]
    pub policy: Option<String>,
}

/// A verb about the archive's policies alone.
#[derive(Debug, Args)]
pub struct OfArchive {
    #[command(flatten)]
    pub at: At,
}

/// `policy import`
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    pub at: At,
    /// Put it in place of the same version, which was not published; it is a draft again.
    #[arg(long)]
    pub replace: bool,
    /// A policy file, or the name of a shipped pack.
    #[arg(value_name = "POLICY")]
    pub policy: String,
}

/// `policy submit`
#[derive(Debug, Args)]
pub struct Submit {
    #[command(flatten)]
    pub at: At,
    /// The version: ID@VERSION; without a number the newest.
    #[arg(value_name = "ID@VERSION")]
    pub version: String,
}

/// `policy review`
#[derive(Debug, Args)]
pub struct Review {
    #[command(flatten)]
    pub at: At,
    /// What it came to: keep, change or retire.
    #[arg(long, value_name = "DECISION")]
    pub decision: String,
    /// The day on which it was held; otherwise today.
    #[arg(long, value_name = "DATE")]
    pub held_on: Option<String>,
    /// The rule that was reviewed; otherwise the policy as a whole.
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
    /// Who took part, as PART=NAME: management, department or front_line. May be given again.
    #[arg(long = "participant", value_name = "PART=NAME", required = true)]
    pub participants: Vec<String>,
    /// What was answered, as QUESTION=TEXT: strategy, customers, law, execution or other. May be given again.
    #[arg(long = "answer", value_name = "QUESTION=TEXT")]
    pub answers: Vec<String>,
    /// A complaint that was looked at, by its id. May be given again.
    #[arg(long = "complaint", value_name = "RECORD")]
    pub complaints: Vec<String>,
    /// A gap that was looked at. May be given again.
    #[arg(long = "gap", value_name = "TEXT")]
    pub gaps: Vec<String>,
    /// What follows from it. May be given again.
    #[arg(long = "action", value_name = "TEXT")]
    pub actions: Vec<String>,
    /// The version: ID@VERSION; without a number the newest.
    #[arg(value_name = "ID@VERSION")]
    pub version: String,
}

/// `policy reviews`
#[derive(Debug, Args)]
pub struct Reviews {
    #[command(flatten)]
    pub at: At,
    /// The policy's id.
    #[arg(value_name = "ID")]
    pub policy: String,
}

/// `policy publish`
#[derive(Debug, Args)]
pub struct Publish {
    #[command(flatten)]
    pub at: At,
    /// The hash of the simulation that was looked at.
    #[arg(long, value_name = "SHA256")]
    pub simulation: String,
    /// From when on it counts (RFC 3339); otherwise from its publication on.
    #[arg(long, value_name = "INSTANT")]
    pub effective_from: Option<String>,
    /// How many records will be due at once by it; otherwise none.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub newly_due: u64,
    /// Why, for the second person to read.
    #[arg(long, value_name = "TEXT", required_unless_present = "approval")]
    pub reason: Option<String>,
    /// The approval that the second person gave; without it, the approval is asked for.
    #[arg(long, value_name = "APPROVAL", conflicts_with = "reason")]
    pub approval: Option<String>,
    /// The version: ID@VERSION; without a number the newest.
    #[arg(value_name = "ID@VERSION")]
    pub version: String,
}

/// `policy rebase`
#[derive(Debug, Args)]
pub struct Rebase {
    #[command(flatten)]
    pub at: At,
    /// The hash of the simulation that was looked at.
    #[arg(long, value_name = "SHA256")]
    pub simulation: String,
    /// How many records will be due by it that are not now; otherwise none.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub newly_due: u64,
    /// Whole days between the notice and its effect, at least 30.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub notice_days: u64,
    /// What people are told.
    #[arg(long, value_name = "TEXT")]
    pub notice: String,
    /// Why, for the second person to read.
    #[arg(long, value_name = "TEXT", required_unless_present = "approval")]
    pub reason: Option<String>,
    /// The approval that the second person gave; without it, the approval is asked for.
    #[arg(long, value_name = "APPROVAL", conflicts_with = "reason")]
    pub approval: Option<String>,
    /// The version in force: ID@VERSION.
    #[arg(value_name = "ID@VERSION")]
    pub version: String,
}

/// `policy retire`
#[derive(Debug, Args)]
pub struct Retire {
    #[command(flatten)]
    pub at: At,
    /// Why, for the second person to read.
    #[arg(long, value_name = "TEXT", required_unless_present = "approval")]
    pub reason: Option<String>,
    /// The approval that the second person gave; without it, the approval is asked for.
    #[arg(long, value_name = "APPROVAL", conflicts_with = "reason")]
    pub approval: Option<String>,
    /// The version: ID@VERSION.
    #[arg(value_name = "ID@VERSION")]
    pub version: String,
}

/// `policy acknowledge`
#[derive(Debug, Args)]
pub struct Acknowledge {
    #[command(flatten)]
    pub at: At,
    /// The version: ID@VERSION; without a number the newest.
    #[arg(value_name = "ID@VERSION")]
    pub version: String,
}

/// `policy suggest`
#[derive(Debug, Args)]
pub struct Suggest {
    #[command(flatten)]
    pub at: At,
    /// The rule; otherwise the policy as a whole.
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
    /// What you suggest.
    #[arg(long, value_name = "TEXT")]
    pub text: String,
    /// The version: ID@VERSION; without a number the newest.
    #[arg(value_name = "ID@VERSION")]
    pub version: String,
}

/// `policy answer`
#[derive(Debug, Args)]
pub struct Answer {
    #[command(flatten)]
    pub at: At,
    /// accepted or declined.
    #[arg(long, value_name = "DECISION")]
    pub decision: String,
    /// What you answer.
    #[arg(long, value_name = "TEXT")]
    pub text: String,
    /// The suggestion.
    #[arg(value_name = "SUGGESTION")]
    pub suggestion: String,
}

/// `policy evaluate`
#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    pub at: At,
    /// met, not_met or unclear.
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: String,
    /// What was measured before the version counted.
    #[arg(long, value_name = "TEXT")]
    pub before: Option<String>,
    /// What was measured since.
    #[arg(long, value_name = "TEXT")]
    pub after: String,
    /// What else is to be known of it.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The version: ID@VERSION; without a number the newest.
    #[arg(value_name = "ID@VERSION")]
    pub version: String,
}

/// `policy compare`
#[derive(Debug, Args)]
pub struct Compare {
    #[command(flatten)]
    pub at: At,
    /// The shipped pack.
    #[arg(long, value_name = "PACK")]
    pub with: String,
    /// A policy file, a shipped pack, or ID[@VERSION] of the archive.
    #[arg(value_name = "POLICY")]
    pub policy: String,
}

/// `policy file-plan`
#[derive(Debug, Subcommand)]
pub enum FilePlan {
    /// Write the enabled rules as CSV: with the columns of Microsoft Purview, or as 归档范围与保管期限表.
    Export(FilePlanExport),
    /// Make a policy file of a file plan with the columns of Microsoft Purview, to be looked at and imported.
    Import(FilePlanImport),
}

/// `policy file-plan export`
#[derive(Debug, Args)]
pub struct FilePlanExport {
    #[command(flatten)]
    pub at: At,
    /// purview or schedule.
    #[arg(long, value_name = "LAYOUT", default_value = "purview", value_parser = ["purview", "schedule"])]
    pub layout: String,
    /// A policy file, a shipped pack, or ID[@VERSION] of the archive.
    #[arg(value_name = "POLICY")]
    pub policy: String,
}

/// `policy file-plan import`
#[derive(Debug, Args)]
pub struct FilePlanImport {
    /// The id of the policy that is made.
    #[arg(long, value_name = "ID")]
    pub id: String,
    /// What people call it.
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// Who answers for it.
    #[arg(long, value_name = "TEXT")]
    pub owner: String,
    /// Whose law it is where a row does not say.
    #[arg(long, value_name = "CODE", default_value = "CN")]
    pub jurisdiction: String,
    /// In which time zone days begin and end.
    #[arg(long, value_name = "ZONE", default_value = "Asia/Shanghai")]
    pub zone: String,
    /// What events are bound by: the name of a key.
    #[arg(long, value_name = "KEY", default_value = "contract")]
    pub event_key: String,
    /// The file plan: CSV.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
