//! The nouns and verbs of the permission matrix.

/// A word that names no resource or no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownWord {
    /// Not a resource.
    #[error("no resource of that name")]
    Resource,
    /// Not an action.
    #[error("no action of that name")]
    Action,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $unknown:expr; $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order of the matrix.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in token scopes, the ledger and the printed matrix.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Reads the word.
            pub fn parse(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word).ok_or($unknown)
            }
        }
    };
}

words! {
    /// A kind of thing that permissions are about.
    Resource, UnknownWord::Resource;
    /// A record's clear columns, states, versions, links and receipts.
    Record = "record",
    /// A record's title, parties, custom fields and names of files.
    Descriptor = "descriptor",
    /// A record's text with personal information masked: preview and snippet.
    Rendition = "rendition",
    /// A record's bytes as captured.
    Original = "original",
    /// Who did what with a record.
    Custody = "custody",
    /// The ledger's proof of a record.
    Proof = "proof",
    /// A service case.
    Case = "case",
    /// An event of a case.
    CaseEvent = "case_event",
    /// An evidence-chain gap.
    Gap = "gap",
    /// A customer or another party, with the dossier.
    Party = "party",
    /// A legal matter.
    Matter = "matter",
    /// A hold on disposition.
    Hold = "hold",
    /// What people were told of a hold.
    HoldNotice = "hold_notice",
    /// A retention policy.
    Policy = "policy",
    /// An event that starts a retention period.
    Event = "event",
    /// A lock on a record's retention.
    Lock = "lock",
    /// A batch on its way to destruction, transfer or permanence, with its certificate.
    Disposition = "disposition",
    /// The ledger's entries.
    Ledger = "ledger",
    /// The ledger's checkpoints, public key and tiles of hashes.
    Checkpoint = "checkpoint",
    /// An export bundle.
    Export = "export",
    /// A teaching case that is being made.
    TeachingDraft = "teaching_draft",
    /// An approved teaching case.
    TeachingCase = "teaching_case",
    /// The link from an alias back to the person.
    Identity = "identity",
    /// A data-subject request.
    SubjectRequest = "subject_request",
    /// Search over redacted text.
    SearchContent = "search_content",
    /// Search for everything about one person.
    SearchSubject = "search_subject",
    /// A report: counts, service levels, coverage, reconciliation.
    Report = "report",
    /// A source that records come from: feed, mapping profile, manifest.
    Feed = "feed",
    /// A user of the archive.
    User = "user",
    /// A person's access to a case or matter.
    Grant = "grant",
    /// The actor's own account: password, second factor, sessions.
    Account = "account",
    /// A session.
    Session = "session",
    /// An API token.
    Token = "token",
    /// A request that waits for a second person.
    Approval = "approval",
    /// The archive's keys.
    Keys = "keys",
    /// A backup.
    Backup = "backup",
    /// A background job.
    Job = "job",
    /// The running service: metrics, settings, clock, disk.
    System = "system",
}

words! {
    /// What is done to a thing.
    Action, UnknownWord::Action;
    /// See that things exist, with counts and facets.
    List = "list",
    /// See one, at the level the cell names.
    Read = "read",
    /// Make one.
    Create = "create",
    /// Change one.
    Change = "change",
    /// End one.
    Remove = "remove",
    /// Check one against the ledger.
    Verify = "verify",
    /// Take a copy out of the archive.
    Download = "download",
    /// Say why a gap stands.
    Explain = "explain",
    /// Propose a change.
    Suggest = "suggest",
    /// Run a draft against the archive as of a date.
    Simulate = "simulate",
    /// Put into force.
    Publish = "publish",
    /// Make a retention period end earlier.
    Shorten = "shorten",
    /// Free what was held.
    Release = "release",
    /// Decide a request that another person made.
    Approve = "approve",
    /// Destroy.
    Destroy = "destroy",
    /// Attend and sign.
    Witness = "witness",
    /// Export with originals as they were captured.
    CreateWithOriginals = "create_with_originals",
    /// Enter that an export reached its recipient.
    Deliver = "deliver",
    /// Compare a teaching draft with the originals' personal information.
    LeakReview = "leak_review",
    /// Call back what was handed out.
    Recall = "recall",
    /// Look behind an alias.
    Reveal = "reveal",
    /// Name a deputy for the own approvals.
    Depute = "depute",
    /// Give somebody a role that approves, or take an administrator's away.
    Appoint = "appoint",
    /// Set a person's password or second factor anew.
    Reset = "reset",
    /// Replace the recipients of all headers.
    Rotate = "rotate",
    /// Turn to a fresh epoch key.
    TurnEpoch = "turn_epoch",
    /// Bring back what only the recovery key opens, or start the ledger anew after a loss.
    Recover = "recover",
    /// Put a backup into an empty directory.
    Restore = "restore",
    /// Stop one that runs.
    Cancel = "cancel",
    /// Say that the clock is right after it jumped.
    ConfirmClock = "confirm_clock",
}
