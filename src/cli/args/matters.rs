//! `matter`: legal matters.

use clap::{Args, Subcommand};

use super::At;

/// `matter`
#[derive(Debug, Subcommand)]
pub enum Matter {
    /// List matters, entered last first.
    List {
        #[command(flatten)]
        at: At,
        /// open or closed.
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// Print ids only, one a line.
        #[arg(long)]
        ids: bool,
    },
    /// Show a matter with its people.
    Show(MatterNamed),
    /// Open a matter.
    Open(Box<MatterOpen>),
    /// Change what is said of a matter; what is not named stays.
    Change(Box<MatterChange>),
    /// Close a matter; its holds are released one by one, never by this.
    Close(MatterNamed),
    /// Open a closed matter again.
    Reopen(MatterNamed),
    /// Let a person work on a matter, and see it.
    Add(MatterPerson),
    /// End a person's work on a matter.
    Remove(MatterPerson),
}

/// A matter that is named.
#[derive(Debug, Args)]
pub struct MatterNamed {
    #[command(flatten)]
    pub at: At,
    /// The matter: its reference or its id.
    #[arg(value_name = "MATTER")]
    pub matter: String,
}

/// `matter open`
#[derive(Debug, Args)]
pub struct MatterOpen {
    #[command(flatten)]
    pub at: At,
    /// The number by which people know it.
    #[arg(long, value_name = "REFERENCE")]
    pub reference: String,
    /// litigation, complaint, audit, regulatory_inspection or due_diligence.
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// What it is about.
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    #[command(flatten)]
    pub details: MatterDetails,
}

/// `matter change`
#[derive(Debug, Args)]
pub struct MatterChange {
    #[command(flatten)]
    pub at: At,
    /// The matter: its reference or its id.
    #[arg(value_name = "MATTER")]
    pub matter: String,
    /// What it is about.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    #[command(flatten)]
    pub details: MatterDetails,
}

/// What may be said of a matter.
#[derive(Debug, Args)]
pub struct MatterDetails {
    /// Court, arbitral body or authority.
    #[arg(long, value_name = "NAME")]
    pub court: Option<String>,
    /// Its case number (案号).
    #[arg(long, value_name = "NUMBER")]
    pub case_number: Option<String>,
    /// The cause (案由).
    #[arg(long, value_name = "TEXT")]
    pub cause: Option<String>,
    /// plaintiff, defendant, third_party, applicant, respondent, appellant, appellee, examined or other.
    #[arg(long, value_name = "ROLE")]
    pub our_role: Option<String>,
    /// An opponent. May be repeated.
    #[arg(long = "opponent", value_name = "NAME")]
    pub opponents: Vec<String>,
    /// The last day for evidence (举证期限).
    #[arg(long, value_name = "DATE")]
    pub evidence_deadline: Option<String>,
    /// The day of the hearing.
    #[arg(long, value_name = "DATE")]
    pub hearing_on: Option<String>,
    /// The responsible counsel, who may be from outside.
    #[arg(long, value_name = "NAME")]
    pub counsel: Option<String>,
    /// Remarks.
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
}

/// `matter add`, `matter remove`
#[derive(Debug, Args)]
pub struct MatterPerson {
    #[command(flatten)]
    pub at: At,
    /// The matter: its reference or its id.
    #[arg(value_name = "MATTER")]
    pub matter: String,
    /// The user: name or id.
    #[arg(value_name = "USER")]
    pub user: String,
    /// counsel, substitute_approver or member.
    #[arg(long, value_name = "DUTY", default_value = "member")]
    pub duty: String,
}
