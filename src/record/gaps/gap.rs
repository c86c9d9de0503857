//! A gap: its code, its cause with the facts that make it, and since when it stands.

use std::fmt;

use serde_json::{Value, json};

use crate::base::canonical;
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::base::text::fold_name;
use crate::record::service_level::{ClockKind, Measure, Target};

closed_words! {
    /// The nine gaps; `docs/formats/service-level.md` says when each shows.
    pub enum GapCode {
        /// Delivery without an authorization in force on that day.
        G1 = "G1",
        /// Processing without any authorization.
        G2 = "G2",
        /// Processing outside the authorised purposes, operations, data categories or systems.
        G3 = "G3",
        /// Processing before validity, after expiry or after withdrawal.
        G4 = "G4",
        /// Authorized and processed, but not confirmed in time after the service ended.
        G5 = "G5",
        /// A confirmation dated before the processing that it confirms.
        G6 = "G6",
        /// A complaint without an answer within its target.
        G7 = "G7",
        /// A service level was missed.
        G8 = "G8",
        /// Unsigned, or the signature is not valid, or the signatory's capacity is missing.
        G9 = "G9",
    }
}

closed_words! {
    /// A dimension of the scope of an authorization.
    pub enum Dimension {
        /// What for.
        Purpose = "purpose",
        /// What is done.
        Operation = "operation",
        /// With which data.
        DataCategory = "data_category",
        /// Where.
        System = "system",
    }
}

/// A word of a customer's document. `Debug` withholds it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(String);

impl Word {
    pub(super) fn new(word: &str) -> Self {
        Self(word.to_owned())
    }

    /// The word, as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

/// Why an authorization was not in force on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lapse {
    /// The day lies before its first day.
    NotYet {
        /// Its first day.
        valid_from: CivilDate,
    },
    /// The day lies before the one on which it was signed.
    NotSigned {
        /// The day of the signature.
        signed_on: CivilDate,
    },
    /// The day lies after its last day.
    Expired {
        /// Its last day.
        valid_to: CivilDate,
    },
    /// It was withdrawn on that day or before.
    Withdrawn {
        /// The day of the withdrawal.
        withdrawn_on: CivilDate,
    },
}

/// What there is instead of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confirmation {
    /// Nothing.
    None,
    /// A delivery that nobody accepted.
    NotAccepted,
    /// An acceptance that was refused.
    Refused,
}

/// What makes the gap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// G1, G2: nothing that could authorise it is in the archive.
    NoAuthorization,
    /// G2: the entries name an authorization that the archive does not have.
    NamedUnknown {
        /// What they name.
        named: Word,
    },
    /// G1, G4: the nearest authorization was not in force.
    NotInForce {
        /// That authorization.
        authorization: RecordId,
        /// Why not.
        lapse: Lapse,
    },
    /// G3: the nearest authorization does not name it.
    OutsideScope {
        /// That authorization.
        authorization: RecordId,
        /// Which of its lists.
        dimension: Dimension,
        /// The word that is missing there.
        word: Word,
        /// True if that list is empty.
        silent: bool,
    },
    /// G5: the time for the confirmation is over.
    Unconfirmed {
        /// The day on which the service ended.
        ended_on: CivilDate,
        /// Days that there were.
        within_days: u32,
        /// What there is instead.
        instead: Confirmation,
    },
    /// G6: what is confirmed happened later.
    ConfirmedBefore {
        /// The date of the confirmation.
        confirmed_on: CivilDate,
        /// The processing log.
        processing: RecordId,
    },
    /// G7: there is no answer, and the time is over.
    Unanswered {
        /// By when it had to come.
        due: Moment,
    },
    /// G7: the answer came too late.
    AnsweredLate {
        /// By when it had to come.
        due: Moment,
        /// The earliest answer.
        answer: RecordId,
        /// Its date.
        answered_on: CivilDate,
    },
    /// G8: a target was missed.
    TargetMissed {
        /// Which promise.
        measure: Measure,
        /// What was promised.
        target: Target,
        /// Which time counts: ten business days are not ten days.
        clock: ClockKind,
        /// By when.
        due: Moment,
        /// When it was done; absent if it still is not.
        done: Option<Moment>,
    },
    /// G9: there is no signature.
    Unsigned,
    /// G9: the signature was checked and is not valid.
    SignatureNotValid,
    /// G9: nobody says in which capacity it was signed.
    CapacityMissing,
}

impl Cause {
    /// A closed word for the cause, without its facts. Explanations attach to code, record and
    /// this word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoAuthorization => "no_authorization",
            Self::NamedUnknown { .. } => "named_unknown",
            Self::NotInForce { lapse: Lapse::NotYet { .. }, .. } => "before_validity",
            Self::NotInForce { lapse: Lapse::NotSigned { .. }, .. } => "before_signature",
            Self::NotInForce { lapse: Lapse::Expired { .. }, .. } => "after_expiry",
            Self::NotInForce { lapse: Lapse::Withdrawn { .. }, .. } => "after_withdrawal",
            Self::OutsideScope { dimension, .. } => dimension.as_str(),
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::ConfirmedBefore { .. } => "confirmed_before",
            Self::Unanswered { .. } => "unanswered",
            Self::AnsweredLate { .. } => "answered_late",
            Self::TargetMissed { measure, .. } => measure.as_str(),
            Self::Unsigned => "unsigned",
            Self::SignatureNotValid => "signature_not_valid",
            Self::CapacityMissing => "capacity_missing",
        }
    }

    /// The facts, for reports to people who may read the case: the words in them are content.
    pub fn facts(&self) -> Value {
        match self {
            Self::NoAuthorization | Self::Unsigned | Self::SignatureNotValid | Self::CapacityMissing => {
                json!({})
            }
            Self::NamedUnknown { named } => json!({"named": named.as_str()}),
            Self::NotInForce { authorization, lapse } => {
                let (name, on) = match lapse {
                    Lapse::NotYet { valid_from } => ("valid_from", valid_from),
                    Lapse::NotSigned { signed_on } => ("signed_on", signed_on),
                    Lapse::Expired { valid_to } => ("valid_to", valid_to),
                    Lapse::Withdrawn { withdrawn_on } => ("withdrawn_on", withdrawn_on),
                };
                json!({"authorization": authorization.to_string(), name: on.to_string()})
            }
            Self::OutsideScope { authorization, dimension, word, silent } => json!({
                "authorization": authorization.to_string(),
                "dimension": dimension.as_str(),
                "word": word.as_str(),
                "silent": silent,
            }),
            Self::Unconfirmed { ended_on, within_days, instead } => json!({
                "ended_on": ended_on.to_string(),
                "within_days": within_days,
                "instead": match instead {
                    Confirmation::None => "none",
                    Confirmation::NotAccepted => "not_accepted",
                    Confirmation::Refused => "refused",
                },
            }),
            Self::ConfirmedBefore { confirmed_on, processing } => {
                json!({"confirmed_on": confirmed_on.to_string(), "processing": processing.to_string()})
            }
            Self::Unanswered { due } => json!({"due": due.to_rfc3339()}),
            Self::AnsweredLate { due, answer, answered_on } => json!({
                "due": due.to_rfc3339(),
                "answer": answer.to_string(),
                "answered_on": answered_on.to_string(),
            }),
            Self::TargetMissed { measure, target, clock, due, done } => json!({
                "measure": measure.as_str(),
                "target": target.to_string(),
                "clock": clock.as_str(),
                "due": due.to_rfc3339(),
                "done": done.map(Moment::to_rfc3339),
            }),
        }
    }
}

/// One gap: one per code, record and cause. Ordered by code, then by date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Which gap.
    pub code: GapCode,
    /// The first day on which it shows.
    pub since: CivilDate,
    /// The record in which it shows; absent if it is the case as a whole.
    pub record: Option<RecordId>,
    /// What makes it.
    pub cause: Cause,
    /// The last day on which it shows.
    pub until: CivilDate,
    /// How often it shows: entries of a log, otherwise 1.
    pub count: u64,
}

impl Gap {
    /// A gap that shows once.
    pub(super) const fn once(code: GapCode, record: Option<RecordId>, cause: Cause, on: CivilDate) -> Self {
        Self { code, since: on, record, cause, until: on, count: 1 }
    }

    /// Which of the gaps with one key and record this is: what tells it from the others is the word
    /// that it is about, never how often or how long it shows.
    pub fn identity(&self) -> Digest {
        let about = match &self.cause {
            Cause::NamedUnknown { named: word } | Cause::OutsideScope { word, .. } => word.as_str(),
            Cause::NoAuthorization
            | Cause::NotInForce { .. }
            | Cause::Unconfirmed { .. }
            | Cause::ConfirmedBefore { .. }
            | Cause::Unanswered { .. }
            | Cause::AnsweredLate { .. }
            | Cause::TargetMissed { .. }
            | Cause::Unsigned
            | Cause::SignatureNotValid
            | Cause::CapacityMissing => "",
        };
        let record = self.record.map(|record| record.to_string());
        Digest::of(&canonical::to_bytes(&json!([self.key(), record, fold_name(about)])))
    }

    /// The word that the gap is about, where several gaps of one key and record differ by it.
    pub fn about(&self) -> Option<&str> {
        match &self.cause {
            Cause::NamedUnknown { named: word } | Cause::OutsideScope { word, .. } => Some(word.as_str()),
            _ => None,
        }
    }

    /// All that the gap says now: whatever changes of it, an earlier explanation did not speak of.
    pub fn state(&self) -> Digest {
        let (since, until) = (self.since.to_string(), self.until.to_string());
        Digest::of(&canonical::to_bytes(&json!([self.cause.facts(), since, until, self.count])))
    }

    /// What an explanation names: code and cause in closed words, as in `G3.purpose`.
    pub fn key(&self) -> String {
        format!("{}.{}", self.code.as_str(), self.cause.word())
    }
}
