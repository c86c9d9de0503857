//! The states of a record's life, from its capture to the end of its retention.

closed_words! {
    /// Where a record stands. How many reviewers have agreed is kept with the review, not here.
    pub enum RecordState {
        /// Captured; its case may still be open.
        Active = "active",
        /// Its period waits for an event that has not occurred.
        AwaitingTrigger = "awaiting_trigger",
        /// Its period runs.
        Running = "running",
        /// Its period is over.
        Due = "due",
        /// Reviewers look at it.
        InReview = "in_review",
        /// The reviewers agreed to its disposition.
        Approved = "approved",
        /// Approved, and waiting for objections.
        CoolingOff = "cooling_off",
        /// Its key is wrapped to the escrow recipient only: nobody reads it, it can be restored.
        Sealed = "sealed",
        /// Its key is destroyed.
        Shredded = "shredded",
        /// Only the tombstone is left.
        Residual = "residual",
        /// At least one hold stands.
        Held = "held",
        /// Stored and secured, and nothing else (ceiling before floor).
        Restricted = "restricted",
        /// Handed over to another archive.
        Transferred = "transferred",
        /// To be kept for ever.
        Permanent = "permanent",
    }
}

impl RecordState {
    /// True once the content's key is destroyed: no later state brings it back.
    pub const fn is_destroyed(self) -> bool {
        matches!(self, Self::Shredded | Self::Residual)
    }

    /// The words of the states in which nothing can be opened.
    pub const CLOSED: &[&str] = &[
        Self::Sealed.as_str(),
        Self::Shredded.as_str(),
        Self::Residual.as_str(),
        Self::Transferred.as_str(),
    ];

    /// True where the archive may still open the content for a reader who has the right.
    pub const fn is_openable(self) -> bool {
        !matches!(self, Self::Sealed | Self::Shredded | Self::Residual | Self::Transferred)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_destroyed_can_never_be_opened() {
        for state in RecordState::ALL {
            assert_eq!(RecordState::from_row(state.as_str()), Some(*state));
            assert!(!(state.is_destroyed() && state.is_openable()), "{state:?}");
        }
    }

    #[test]
    fn what_cannot_be_opened_is_closed() {
        for state in RecordState::ALL {
            assert_eq!(RecordState::CLOSED.contains(&state.as_str()), !state.is_openable(), "{state:?}");
        }
    }

    #[test]
    fn a_sealed_record_is_closed_but_not_destroyed() {
        assert!(!RecordState::Sealed.is_openable());
        assert!(!RecordState::Sealed.is_destroyed());
        assert!(RecordState::Held.is_openable());
    }
}
