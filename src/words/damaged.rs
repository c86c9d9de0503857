//! What was found damaged, in words: which kind of thing, and its id where one is known.

use super::fact::Term;
use super::refusal::Refusal;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal,)+) => {
        /// A kind of thing that can be other than it was written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum DamagedKind { $($(#[$doc])* $kind,)+ }

        impl DamagedKind {
            /// All of them.
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The word that programs see.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $code,)+ }
            }
        }
    };
}

kinds! {
    /// A record, or a version of one.
    Record = "record",
    /// A component of a record.
    Component = "component",
    /// An entry of a bulk log.
    LogEntry = "log_entry",
    /// A service case.
    Case = "case",
    /// The records of a case: some are missing, or there are too many.
    CaseRecords = "case_records",
    /// An event of a case.
    CaseEvent = "case_event",
    /// A retention event.
    Event = "event",
    /// A gap in a case's chain of evidence.
    Gap = "gap",
    /// A party.
    Party = "party",
    /// The records and cases that name a party: some are missing, or there are too many.
    PartyRecords = "party_records",
    /// A legal matter.
    Matter = "matter",
    /// A hold.
    Hold = "hold",
    /// What people were told of a hold.
    HoldNotice = "hold_notice",
    /// A user.
    User = "user",
    /// A user's password, as it is kept.
    Password = "password",
    /// An API token.
    Token = "token",
    /// A session.
    Session = "session",
    /// A job.
    Job = "job",
    /// An export.
    Export = "export",
    /// An upload.
    Upload = "upload",
    /// A request that waits for a second person.
    Approval = "approval",
    /// A retention policy, or what is said of one.
    Policy = "policy",
    /// A simulation of a policy.
    Simulation = "simulation",
    /// A disposition of records.
    Disposition = "disposition",
    /// A link between records.
    Link = "link",
    /// A ledger entry.
    LedgerEntry = "ledger_entry",
    /// The archive as a whole.
    Archive = "archive",
    /// Sealed words or keys.
    Sealed = "sealed",
    /// The sealed content of a component.
    Payload = "payload",
    /// A row that the archive keeps for itself.
    Row = "row",
}

impl DamagedKind {
    /// The kind of thing that a table of the database holds.
    pub fn of_table(table: &str) -> Self {
        match table {
            "records" | "versions" | "segments" | "record_parties" => Self::Record,
            "components" => Self::Component,
            "cases" | "case_parties" => Self::Case,
            "case_events" => Self::CaseEvent,
            "retention_events" | "retention_event_keys" => Self::Event,
            "gap_explanations" => Self::Gap,
            "parties" => Self::Party,
            "matters" | "matter_people" => Self::Matter,
            "holds" | "hold_members" => Self::Hold,
            "hold_notices" | "hold_recipients" => Self::HoldNotice,
            "users" | "user_roles" | "grants" | "login_failures" => Self::User,
            "api_tokens" => Self::Token,
            "sessions" => Self::Session,
            "jobs" => Self::Job,
            "exports" => Self::Export,
            "uploads" => Self::Upload,
            "approvals" => Self::Approval,
            "policies"
            | "policy_versions"
            | "policy_reviews"
            | "policy_acknowledgements"
            | "policy_suggestions"
            | "policy_evaluations" => Self::Policy,
            "simulations" => Self::Simulation,
            "links" => Self::Link,
            "ledger_entries" | "ledger_tiles" | "ledger_checkpoints" => Self::LedgerEntry,
            "cells" => Self::Sealed,
            "payloads" => Self::Payload,
            _ => Self::Row,
        }
    }
}

impl Refusal {
    /// A thing that is not as it was written, with its id where one is known.
    pub fn damaged(kind: DamagedKind, id: Option<&str>) -> Self {
        // An id is no word of the catalogue, and is told as it is.
        Self::Damaged {
            what: Term::new("damaged", kind.as_str()),
            id: Term::new("damaged_id", id.unwrap_or("unknown")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, problem_text, term};

    #[test]
    fn damage_is_told_without_a_word_of_the_program() {
        let told = |kind, id, language| problem_text(&Refusal::damaged(kind, id), language).detail;
        let user = |id, language| told(DamagedKind::of_table("users"), id, language);
        assert_eq!(user(None, Language::En), "Not as it was written: user (id not known).");
        assert_eq!(user(Some("01a2"), Language::En), "Not as it was written: user (01a2).");
        assert_eq!(user(None, Language::ZhCn), "与写入时不一致：用户（编号不明）。");
        assert_eq!(user(Some("01a2"), Language::ZhTw), "與寫入時不一致：使用者（01a2）。");
        for language in Language::ALL {
            for kind in DamagedKind::ALL {
                assert!(term(language, "damaged", kind.as_str()).is_some(), "{language:?} {kind:?}");
                let text = told(*kind, None, language);
                assert!(!text.contains("unknown") && !text.contains('_'), "{text}");
            }
        }
    }
}
