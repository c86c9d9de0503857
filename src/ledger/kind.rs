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
        /// A policy took effect.
        PolicyPublished = "policy_published",
        /// A hold was placed.
        HoldPlaced = "hold_placed",
        /// A hold was released.
        HoldReleased = "hold_released",
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
