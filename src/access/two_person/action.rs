//! The steps that take two persons.

use super::super::permission::{self, Action, Resource};
use super::super::role::Role;
use super::super::scope::Scope;

/// A step that one person asks for and another approves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TwoPersonAction {
    /// Destroy records.
    Destroy,
    /// Release a hold: with reason and authority.
    ReleaseHold,
    /// Put a policy into force.
    PublishPolicy,
    /// Make retention end earlier for records that exist.
    ShortenRetention,
    /// Look behind an alias.
    ReIdentify,
    /// Recover keys.
    RecoverKeys,
    /// Export originals.
    ExportOriginals,
    /// Correct or cancel a retention event: the end that follows from it may come earlier.
    CorrectEvent,
    /// Lock a record's retention.
    CreateLock,
    /// Pass over a governance lock.
    BypassLock,
    /// Publish a teaching case after the second reader's sign-off.
    PublishTeachingCase,
    /// Set a lost password or second factor anew: by two administrators.
    ResetCredentials,
    /// Remove a leaver: by two administrators.
    RemoveUser,
    /// Give a role that approves, or take an administrator's away: otherwise one person could make the second.
    Appoint,
    /// Start the ledger anew after a loss.
    NewLogOrigin,
    /// Confirm the clock after a jump.
    ConfirmClock,
}

/// What happens where nobody else could approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenAlone {
    /// The step is refused.
    Refuse,
    /// The step is done and marked *not countersigned*.
    ProceedMarked,
}

impl TwoPersonAction {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Destroy,
        Self::ReleaseHold,
        Self::PublishPolicy,
        Self::ShortenRetention,
        Self::ReIdentify,
        Self::RecoverKeys,
        Self::ExportOriginals,
        Self::CorrectEvent,
        Self::CreateLock,
        Self::BypassLock,
        Self::PublishTeachingCase,
        Self::ResetCredentials,
        Self::RemoveUser,
        Self::Appoint,
        Self::NewLogOrigin,
        Self::ConfirmClock,
    ];

    /// The word in the database, the API and the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Destroy => "destroy",
            Self::ReleaseHold => "release_hold",
            Self::PublishPolicy => "publish_policy",
            Self::ShortenRetention => "shorten_retention",
            Self::ReIdentify => "re_identify",
            Self::RecoverKeys => "recover_keys",
            Self::ExportOriginals => "export_originals",
            Self::CorrectEvent => "correct_event",
            Self::CreateLock => "create_lock",
            Self::BypassLock => "bypass_lock",
            Self::PublishTeachingCase => "publish_teaching_case",
            Self::ResetCredentials => "reset_credentials",
            Self::RemoveUser => "remove_user",
            Self::Appoint => "appoint",
            Self::NewLogOrigin => "new_log_origin",
            Self::ConfirmClock => "confirm_clock",
        }
    }

    /// Reads the word; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// The row of the matrix that allows asking for it; approving it is [`Action::Approve`] on
    /// the same resource.
    pub const fn row(self) -> (Resource, Action) {
        match self {
            Self::Destroy => (Resource::Disposition, Action::Destroy),
            Self::ReleaseHold => (Resource::Hold, Action::Release),
            Self::PublishPolicy => (Resource::Policy, Action::Publish),
            Self::ShortenRetention => (Resource::Policy, Action::Shorten),
            Self::ReIdentify => (Resource::Identity, Action::Reveal),
            Self::RecoverKeys => (Resource::Keys, Action::Recover),
            Self::ExportOriginals => (Resource::Export, Action::CreateWithOriginals),
            Self::CorrectEvent => (Resource::Event, Action::Change),
            Self::CreateLock => (Resource::Lock, Action::Create),
            Self::BypassLock => (Resource::Lock, Action::Release),
            Self::PublishTeachingCase => (Resource::TeachingDraft, Action::Publish),
            Self::ResetCredentials => (Resource::User, Action::Reset),
            Self::RemoveUser => (Resource::User, Action::Remove),
            Self::Appoint => (Resource::User, Action::Appoint),
            Self::NewLogOrigin => (Resource::Ledger, Action::Recover),
            Self::ConfirmClock => (Resource::System, Action::ConfirmClock),
        }
    }

    /// The roles by which somebody may approve it, in the order of the matrix.
    pub fn approvers(self) -> Vec<Role> {
        let row = permission::find(self.row().0, Action::Approve);
        let approves = |role: &Role| row.is_some_and(|row| row.cell(*role).scope != Scope::None);
        Role::ALL.into_iter().filter(approves).collect()
    }

    /// As long as no second eligible person exists, an export of originals is made but marked
    /// *not countersigned*. A first administrator has nobody to ask who could help to
    /// appoint others; that, too, is marked. Every other step is refused to one person.
    pub const fn when_alone(self) -> WhenAlone {
        match self {
            Self::ExportOriginals | Self::Appoint => WhenAlone::ProceedMarked,
            Self::Destroy
            | Self::ReleaseHold
            | Self::PublishPolicy
            | Self::ShortenRetention
            | Self::ReIdentify
            | Self::RecoverKeys
            | Self::CorrectEvent
            | Self::CreateLock
            | Self::BypassLock
            | Self::PublishTeachingCase
            | Self::ResetCredentials
            | Self::RemoveUser
            | Self::NewLogOrigin
            | Self::ConfirmClock => WhenAlone::Refuse,
        }
    }
}
