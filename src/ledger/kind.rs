//! What a ledger entry can say: a closed list of words.

use std::fmt;

use crate::base::words::words;

words! {
    /// What happened. The list is closed: an unknown word makes an entry unreadable.
    EntryKind {
        /// The log begins.
        ArchiveCreated = "archive_created",
        /// A record was taken in.
        Captured = "captured",
        /// A record got a further version.
        Amended = "amended",
        /// Two records were linked.
        Linked = "linked",
        /// A segment of bulk entries was taken in.
        SegmentCaptured = "segment_captured",
        /// Entries of a segment were erased, and the others sealed anew.
        EntryErased = "entry_erased",
        /// A service case was opened.
        CaseOpened = "case_opened",
        /// A case's profile or state changed.
        CaseChanged = "case_changed",
        /// An event was noted in a case.
        CaseEvent = "case_event",
        /// A case's event was cancelled.
        CaseEventCancelled = "case_event_cancelled",
        /// A gap in a chain of evidence was explained.
        GapExplained = "gap_explained",
        /// A party was registered.
        PartyRegistered = "party_registered",
        /// A legal matter was opened.
        MatterOpened = "matter_opened",
        /// A legal matter changed.
        MatterChanged = "matter_changed",
        /// An original was opened for a stated purpose.
        OriginalRead = "original_read",
        /// Somebody searched; never the words.
        Searched = "searched",
        /// An export job began.
        ExportBegun = "exported_begun",
        /// An export job ended.
        ExportFinished = "exported_finished",
        /// An export was handed out.
        ExportDelivered = "exported_delivered",
        /// A user was created.
        UserCreated = "user_created",
        /// A user's profile or state changed.
        UserChanged = "user_changed",
        /// A password changed.
        PasswordChanged = "password_changed",
        /// A user's roles changed.
        RoleChanged = "role_changed",
        /// An API token was issued.
        TokenCreated = "token_created",
        /// An API token was revoked.
        TokenRevoked = "token_revoked",
        /// Somebody signed in.
        SessionOpened = "session_opened",
        /// A session was ended before its time.
        SessionRevoked = "session_revoked",
        /// Failed sign-ins of one minute, as counts.
        LoginsFailed = "logins_failed",
        /// A signed-in user was refused something.
        Refused = "refused",
        /// A second person's approval was asked for.
        ApprovalRequested = "approval_requested",
        /// A second person approved or declined.
        ApprovalDecided = "approval_decided",
        /// A verification or a replacement of keys was ordered as a job.
        JobBegun = "job_begun",
        /// Such a job ended.
        JobEnded = "job_ended",
        /// From here on cells are sealed in this epoch, and headers wrapped to this generation of recipients.
        KeysInForce = "keys_in_force",
        /// Headers were wrapped to new recipients.
        KeysRotated = "keys_rotated",
        /// Sealed cells were wrapped or sealed anew; what they say did not change.
        CellsRewritten = "cells_rewritten",
        /// A new epoch key took over and the old one was destroyed.
        EpochTurned = "epoch_turned",
        /// Keys were recovered from the recovery identity.
        KeysRecovered = "keys_recovered",
        /// A backup was made.
        BackupMade = "backup_made",
        /// The archive was restored from a backup.
        Restored = "restored",
        /// The search index was built anew.
        IndexRebuilt = "index_rebuilt",
        /// Payloads that no record names were removed.
        OrphansSwept = "orphans_swept",
        /// The last known checkpoint of an earlier log was entered in this one.
        CheckpointEmbedded = "checkpoint_embedded",
        /// A version of a policy came in as a draft, or came in anew.
        PolicyDrafted = "policy_drafted",
        /// A version of a policy went one step further, or back.
        PolicyStep = "policy_step",
        /// A version of a policy was published: it counts from the day that is named.
        PolicyPublished = "policy_published",
        /// A policy was reviewed.
        PolicyReviewHeld = "policy_review_held",
        /// Somebody has read a version of a policy.
        PolicyAcknowledged = "policy_acknowledged",
        /// A suggestion to a policy was made, or decided.
        PolicySuggested = "policy_suggested",
        /// The effect of a version of a policy was evaluated.
        PolicyEvaluated = "policy_evaluated",
        /// A policy was run against the archive, to see what it would change.
        PolicySimulated = "policy_simulated",
        /// A hold was placed.
        HoldPlaced = "hold_placed",
        /// A hold got further members.
        HoldMembersChanged = "hold_members_changed",
        /// The day by which somebody looks at a hold again was set.
        HoldReviewed = "hold_reviewed",
        /// A hold was released.
        HoldReleased = "hold_released",
        /// People were told of a hold.
        HoldNoticed = "hold_noticed",
        /// Somebody said to have read what was told of a hold.
        HoldAcknowledged = "hold_acknowledged",
        /// A disposition was tried, and something stood against it; never what.
        DispositionRefused = "disposition_refused",
        /// An event in a record's life was recorded.
        EventRecorded = "event_recorded",
        /// A disposition went one step further.
        DispositionStep = "disposition_step",
        /// A record was sealed.
        RecordSealed = "record_sealed",
        /// A record's key was destroyed.
        RecordShredded = "record_shredded",
        /// A redacted rendition was made.
        Redacted = "redacted",
        /// A component was refused by what reads documents; never what it says.
        DocumentRefused = "document_refused",
        /// A record was classified.
        Classified = "classified",
        /// Two persons confirmed the clock.
        ClockConfirmed = "clock_confirmed",
    }
}

impl EntryKind {
    /// True for what brings a version of a record into the archive.
    pub const fn takes_a_version_in(self) -> bool {
        matches!(self, Self::Captured | Self::Amended | Self::SegmentCaptured)
    }

    /// True for what happens to records: the subject of such an entry may be a record. Whatever else happens
    /// is about something else, and an entry that says it of a record is none that an archive enters.
    pub const fn is_about_records(self) -> bool {
        match self {
            Self::Captured
            | Self::Amended
            | Self::Linked
            | Self::SegmentCaptured
            | Self::EntryErased
            | Self::OriginalRead
            | Self::EventRecorded
            | Self::DispositionRefused
            | Self::DispositionStep
            | Self::RecordSealed
            | Self::RecordShredded
            | Self::Redacted
            | Self::DocumentRefused
            | Self::Classified => true,
            Self::ArchiveCreated
            | Self::CaseOpened
            | Self::CaseChanged
            | Self::CaseEvent
            | Self::CaseEventCancelled
            | Self::GapExplained
            | Self::PartyRegistered
            | Self::MatterOpened
            | Self::MatterChanged
            | Self::Searched
            | Self::ExportBegun
            | Self::ExportFinished
            | Self::ExportDelivered
            | Self::UserCreated
            | Self::UserChanged
            | Self::PasswordChanged
            | Self::RoleChanged
            | Self::TokenCreated
            | Self::TokenRevoked
            | Self::SessionOpened
            | Self::SessionRevoked
            | Self::LoginsFailed
            | Self::Refused
            | Self::ApprovalRequested
            | Self::ApprovalDecided
            | Self::JobBegun
            | Self::JobEnded
            | Self::KeysRotated
            | Self::CellsRewritten
            | Self::EpochTurned
            | Self::KeysRecovered
            | Self::BackupMade
            | Self::Restored
            | Self::IndexRebuilt
            | Self::OrphansSwept
            | Self::CheckpointEmbedded
            | Self::KeysInForce
            | Self::PolicyDrafted
            | Self::PolicyStep
            | Self::PolicyPublished
            | Self::PolicyReviewHeld
            | Self::PolicyAcknowledged
            | Self::PolicySuggested
            | Self::PolicyEvaluated
            | Self::PolicySimulated
            | Self::HoldPlaced
            | Self::HoldMembersChanged
            | Self::HoldReviewed
            | Self::HoldReleased
            | Self::HoldNoticed
            | Self::HoldAcknowledged
            | Self::ClockConfirmed => false,
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_from_its_word() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::parse(kind.as_str()), Some(*kind));
        }
    }

    #[test]
    fn a_word_outside_the_list_is_no_kind() {
        for word in ["", "Captured", "captured ", "deleted"] {
            assert_eq!(EntryKind::parse(word), None, "{word}");
        }
    }
}
