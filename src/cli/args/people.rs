//! `approval`, `user`, `token`, `customer`: people, what they may do, and what they agree to.

use clap::{Args, Subcommand};

use super::At;

/// `approval`
#[derive(Debug, Subcommand)]
pub enum Approval {
    /// List requests that you made or may decide.
    List {
        #[command(flatten)]
        at: At,
        /// waiting (otherwise), approved, refused, used or expired.
        #[arg(long, value_name = "STATE", default_value = "waiting")]
        state: String,
        /// Print ids only, one a line.
        #[arg(long)]
        ids: bool,
    },
    /// Show a request: the step, what it is about, its reason, and each record that would be handed out.
    Show {
        #[command(flatten)]
        at: At,
        /// The request.
        id: String,
        /// Show the whole list of what would be handed out, not its first 50 records only.
        #[arg(long)]
        all: bool,
    },
    /// Ask for a second person's agreement to a step (an export asks by itself).
    Request(Box<ApprovalRequest>),
    /// Agree to what another person asked for. There is no default person: give --as NAME.
    Approve {
        #[command(flatten)]
        at: At,
        /// The request.
        id: String,
    },
    /// Refuse what another person asked for. There is no default person: give --as NAME.
    Refuse {
        #[command(flatten)]
        at: At,
        /// The request.
        id: String,
    },
    /// Take your own request back.
    Cancel {
        #[command(flatten)]
        at: At,
        /// The request.
        id: String,
    },
}

/// `approval request`
#[derive(Debug, Args)]
pub struct ApprovalRequest {
    #[command(flatten)]
    pub at: At,
    /// The step, such as reset_credentials or remove_user.
    #[arg(value_name = "STEP")]
    pub action: String,
    /// The id of what it is to be done to.
    #[arg(value_name = "SUBJECT")]
    pub subject: String,
    /// What exactly, as a JSON object; the step must later be taken with these and no others.
    #[arg(long, value_name = "JSON")]
    pub parameters: Option<String>,
    /// Why; kept sealed, for the second person to read.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who is asked (name or id), where a role approves only what it is named for.
    #[arg(long, value_name = "NAME")]
    pub approver: Option<String>,
}

/// `user`
#[derive(Debug, Subcommand)]
pub enum User {
    /// List users.
    List {
        #[command(flatten)]
        at: At,
    },
    /// Show a user: roles, state, second factor, cases and matters granted.
    Show(UserNamed),
    /// Make a user with a one-time password, which is printed once.
    Create {
        #[command(flatten)]
        at: At,
        /// The log-in name.
        name: String,
        /// A role: archivist, legal, privacy_officer, trainer, reviewer, auditor, service, destruction_witness or
        /// administrator. May be repeated.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
    },
    /// Change one's own password (--as NAME), a one-time password first of all.
    Password {
        #[command(flatten)]
        at: At,
        /// A file with the new password; otherwise MUNIMENT_NEW_PASSWORD, or asked for at the terminal.
        #[arg(long, value_name = "FILE")]
        new_password_file: Option<std::path::PathBuf>,
    },
    /// Set all the roles of a user. Roles that approve take a second administrator, once there is one.
    Roles {
        #[command(flatten)]
        at: At,
        /// The user: name or id.
        user: String,
        /// A role: archivist, legal, privacy_officer, trainer, reviewer, auditor, service, destruction_witness or
        /// administrator. May be repeated.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// The second administrator's approval.
        #[arg(long, value_name = "ID")]
        approval: Option<String>,
    },
    /// Let a user in no more, and end the sessions.
    Disable(UserNamed),
    /// Let a user in again.
    Enable(UserNamed),
    /// End an account for good; takes a second administrator.
    Remove {
        #[command(flatten)]
        at: At,
        /// The user: name or id.
        user: String,
        /// The second administrator's approval.
        #[arg(long, value_name = "ID")]
        approval: Option<String>,
    },
    /// Set a lost password or second factor anew; takes a second administrator.
    Reset {
        #[command(flatten)]
        at: At,
        /// The user: name or id.
        user: String,
        /// What is set anew.
        #[arg(long, value_enum)]
        what: Reset,
        /// The second administrator's approval.
        #[arg(long, value_name = "ID")]
        approval: Option<String>,
    },
    /// Let a user see a case or a matter.
    Grant(Granting),
    /// Take a grant back.
    Revoke(Granting),
    /// Who has been granted a case or a matter.
    Grants {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        to: Granted,
    },
}

/// A user who is named.
#[derive(Debug, Args)]
pub struct UserNamed {
    #[command(flatten)]
    pub at: At,
    /// The user: name or id.
    pub user: String,
}

/// `user grant`, `user revoke`
#[derive(Debug, Args)]
pub struct Granting {
    #[command(flatten)]
    pub at: At,
    /// The user: name or id.
    pub user: String,
    #[command(flatten)]
    pub to: Granted,
}

/// A case or a matter.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Granted {
    /// The case: its reference or its id.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// The matter: its reference or its id.
    #[arg(long, value_name = "MATTER")]
    pub matter: Option<String>,
}

/// What `user reset` sets anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Reset {
    /// The password: a one-time password is printed once.
    Password,
    /// The second factor: it is taken away.
    SecondFactor,
    /// Both.
    Both,
}

/// `token`
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token for oneself, printed once.
    Create {
        #[command(flatten)]
        at: At,
        /// What it may do: * or scopes such as record:create, parted by blanks; all of them are listed below.
        #[arg(long, value_name = "SCOPES", default_value = "*")]
        scopes: String,
        /// When it ends: a date (at the end of that day), or an instant such as 2026-12-31T18:00:00+08:00.
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List tokens; they are never shown again.
    List {
        #[command(flatten)]
        at: At,
        /// Whose: name or id (default: one's own).
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// Withdraw a token.
    Revoke {
        #[command(flatten)]
        at: At,
        /// The token's id.
        id: String,
    },
}

/// `customer`
#[derive(Debug, Subcommand)]
pub enum Customer {
    /// List customers and other parties, registered last first.
    List {
        #[command(flatten)]
        at: At,
        /// Print ids only, one a line.
        #[arg(long)]
        ids: bool,
    },
    /// Show a party's dossier: authorizations, cases, complaints, feedback.
    Show {
        #[command(flatten)]
        at: At,
        /// The party: its exact name or its id.
        #[arg(value_name = "PARTY")]
        party: String,
    },
    /// How the promises of the service level were kept, over the cases you see or those of one party.
    ServiceLevels {
        #[command(flatten)]
        at: At,
        /// The party: its exact name or its id.
        #[arg(value_name = "PARTY")]
        party: Option<String>,
        /// The first day on which a case may have been opened.
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
        /// The last such day.
        #[arg(long, value_name = "DATE")]
        to: Option<String>,
    },
}
