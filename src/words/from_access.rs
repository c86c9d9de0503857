//! The words for what `access` refuses. Every variant is placed by hand.

use super::damaged::DamagedKind;
use super::fact::{Fact, Seconds, Term};
use super::fault::{Fault, FaultWord};
use super::refusal::Refusal;
use crate::access::decide::Decision;
use crate::access::password::{BadPassword, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PasswordFault};
use crate::access::role::{BadRoles, Role};
use crate::access::token::{BadToken, DeadToken};
use crate::access::totp::BadTotp;
use crate::access::two_person::{ApprovalRefusal, TwoPersonAction};
use crate::base::text::BadLabel;

impl Refusal {
    /// What a decision refuses; `None` if it allows. A step that needs a second person is refused
    /// until the approval is there: who has checked it, does not ask here again.
    pub fn of_decision(decision: Decision) -> Option<Self> {
        match decision {
            Decision::Allow(_) => None,
            Decision::NeedsSecond(allowed) => {
                Some(allowed.needs.second_person.map_or(Self::Forbidden, Self::needs_second_person))
            }
            Decision::NotFound => Some(Self::NotFound),
            Decision::Forbidden => Some(Self::Forbidden),
        }
    }

    /// Another person has to approve; it says who may.
    pub fn needs_second_person(action: TwoPersonAction) -> Self {
        let roles = action.approvers().into_iter();
        Self::NeedsSecondPerson { roles: roles.map(|role| Term::new("user_role", role.as_str())).collect() }
    }
}

impl From<ApprovalRefusal> for Refusal {
    fn from(refusal: ApprovalRefusal) -> Self {
        match refusal {
            ApprovalRefusal::OwnRequest => Self::OwnRequest,
            ApprovalRefusal::NotEligible | ApprovalRefusal::NotRequester => Self::Forbidden,
            ApprovalRefusal::NotFound => Self::NotFound,
            ApprovalRefusal::Expired => Self::ApprovalExpired,
            ApprovalRefusal::AlreadyDecided => Self::ApprovalDecided,
            ApprovalRefusal::StillWaiting(action) => Self::needs_second_person(action),
            ApprovalRefusal::Refused => Self::ApprovalRefused,
            ApprovalRefusal::AlreadyUsed => Self::ApprovalUsed,
            ApprovalRefusal::OtherRequest => Self::ApprovalDiffers,
        }
    }
}

impl From<BadRoles> for Refusal {
    fn from(bad: BadRoles) -> Self {
        let (role, other) = match bad {
            BadRoles::AdministratorWithContent(other) => (Role::Administrator, other),
            BadRoles::AuditorWith(other) => (Role::Auditor, other),
        };
        let term = |role: Role| Term::new("user_role", role.to_string());
        Self::RolesIncompatible { role: term(role), other: term(other) }
    }
}

// To the bearer all of these are one: which tokens exist is nobody's business.
impl From<BadToken> for Refusal {
    fn from(bad: BadToken) -> Self {
        match bad {
            BadToken::Prefix | BadToken::Form | BadToken::Checksum => Self::TokenInvalid,
        }
    }
}

impl From<DeadToken> for Refusal {
    fn from(dead: DeadToken) -> Self {
        match dead {
            DeadToken::Revoked | DeadToken::Expired => Self::TokenInvalid,
        }
    }
}

impl From<BadTotp> for Refusal {
    fn from(bad: BadTotp) -> Self {
        match bad {
            BadTotp::Form | BadTotp::Wrong | BadTotp::Replayed => Self::SecondFactorWrong,
        }
    }
}

impl From<PasswordFault> for Refusal {
    fn from(fault: PasswordFault) -> Self {
        match fault {
            PasswordFault::Damaged => Self::damaged(DamagedKind::Password, None),
            PasswordFault::NoMemory => Self::TooBusy { wait: Seconds(10) },
        }
    }
}

impl Fault {
    /// Why a new password is not taken.
    pub fn of_password(path: &str, bad: BadPassword) -> Self {
        let count = |number: usize| Fact::Count(u64::try_from(number).unwrap_or(u64::MAX));
        let (word, facts) = match bad {
            BadPassword::TooShort { .. } => {
                (FaultWord::PasswordTooShort, vec![("least", count(PASSWORD_CHARS_MIN))])
            }
            BadPassword::TooLong => (FaultWord::PasswordTooLong, vec![("most", count(PASSWORD_CHARS_MAX))]),
            BadPassword::Control { position, code } => {
                return Self::of_label(path, &BadLabel::Control { position, code });
            }
            BadPassword::ContainsName => (FaultWord::PasswordContainsName, Vec::new()),
            BadPassword::Common => (FaultWord::PasswordCommon, Vec::new()),
            BadPassword::Present => (FaultWord::PasswordPresent, Vec::new()),
        };
        Self::of(path, word, facts)
    }

    /// Why a name or label is not taken.
    pub fn of_label(path: &str, bad: &BadLabel) -> Self {
        let count = |number: &usize| Fact::Count(u64::try_from(*number).unwrap_or(u64::MAX));
        let (word, facts) = match bad {
            BadLabel::Blank => (FaultWord::Blank, Vec::new()),
            BadLabel::TooLong { chars, most } => {
                (FaultWord::TooLong, vec![("chars", count(chars)), ("most", count(most))])
            }
            BadLabel::Control { position, code } => {
                let character = Fact::Text(format!("U+{code:04X}"));
                (FaultWord::Control, vec![("position", count(position)), ("character", character)])
            }
        };
        Self::of(path, word, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{fault_text, problem_text};
    use super::super::language::Language;
    use super::*;

    #[test]
    fn every_reason_against_a_password_has_its_own_words_with_all_facts_in_them() {
        let mut seen = std::collections::HashSet::new();
        for bad in [
            BadPassword::TooShort { chars: 3 },
            BadPassword::TooLong,
            BadPassword::Control { position: 2, code: 9 },
            BadPassword::ContainsName,
            BadPassword::Common,
            BadPassword::Present,
        ] {
            let text = fault_text(&Fault::of_password("password", bad), Language::ZhCn);
            assert!(!text.detail.contains('…') && !text.remedy.contains('…'), "{text:?}");
            assert!(seen.insert(text.detail), "{bad:?}");
        }
    }

    #[test]
    fn roles_that_exclude_each_other_are_both_named() {
        let text = problem_text(&BadRoles::AdministratorWithContent(Role::Legal).into(), Language::ZhTw);
        assert_eq!(text.detail, "同一使用者不得兼任管理員與法務。");
    }

    #[test]
    fn who_needs_a_second_person_is_told_who_may_be_it() {
        let text = problem_text(&Refusal::needs_second_person(TwoPersonAction::Appoint), Language::En);
        assert!(text.detail.contains("administrator"), "{}", text.detail);
        for action in TwoPersonAction::ALL {
            assert!(!action.approvers().is_empty(), "{action:?}");
        }
    }

    #[test]
    fn a_dead_token_and_an_unknown_one_get_the_same_answer() {
        let answers = [
            Refusal::from(BadToken::Prefix),
            Refusal::from(BadToken::Checksum),
            Refusal::from(DeadToken::Revoked),
            Refusal::from(DeadToken::Expired),
        ];
        assert!(answers.iter().all(|answer| *answer == Refusal::TokenInvalid));
    }
}
