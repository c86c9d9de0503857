//! The nine roles (`docs/roles.md`) and the sets of them that one person may hold.

use std::collections::BTreeSet;
use std::fmt;

/// What a person is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Captures records and keeps the cases they belong to.
    Archivist,
    /// Works on matters: opens originals for a purpose, places holds, exports evidence.
    Legal,
    /// Answers data subjects and guards personal information (个人信息保护负责人).
    PrivacyOfficer,
    /// Makes teaching cases from redacted records.
    Trainer,
    /// Decides on dispositions and requests without reading content.
    Reviewer,
    /// Reads the ledger and reports; never content.
    Auditor,
    /// Front-line service: the own team's records and approved teaching cases, redacted.
    Service,
    /// Attends destruction and signs for it (监销人).
    DestructionWitness,
    /// Manages users and keys; never content.
    Administrator,
}

/// A word that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no role of that name")]
pub struct UnknownRole;

impl Role {
    /// All roles, in the order of the matrix's columns.
    pub const ALL: [Self; 9] = [
        Self::Archivist,
        Self::Legal,
        Self::PrivacyOfficer,
        Self::Trainer,
        Self::Reviewer,
        Self::Auditor,
        Self::Service,
        Self::DestructionWitness,
        Self::Administrator,
    ];
    /// Their words, in the same order.
    pub const WORDS: &'static [&'static str] = &[
        Self::Archivist.as_str(),
        Self::Legal.as_str(),
        Self::PrivacyOfficer.as_str(),
        Self::Trainer.as_str(),
        Self::Reviewer.as_str(),
        Self::Auditor.as_str(),
        Self::Service.as_str(),
        Self::DestructionWitness.as_str(),
        Self::Administrator.as_str(),
    ];

    /// The word in the database, the API and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Archivist => "archivist",
            Self::Legal => "legal",
            Self::PrivacyOfficer => "privacy_officer",
            Self::Trainer => "trainer",
            Self::Reviewer => "reviewer",
            Self::Auditor => "auditor",
            Self::Service => "service",
            Self::DestructionWitness => "destruction_witness",
            Self::Administrator => "administrator",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == word).ok_or(UnknownRole)
    }

    /// True if the role may come to see what records say, redacted or not. The matrix must agree
    /// (a test compares them).
    pub const fn reads_content(self) -> bool {
        match self {
            Self::Archivist | Self::Legal | Self::PrivacyOfficer | Self::Trainer | Self::Service => true,
            Self::Reviewer | Self::Auditor | Self::DestructionWitness | Self::Administrator => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The roles of one person. A set that would undo a separation of duties cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles(BTreeSet<Role>);

/// Why two roles cannot meet in one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRoles {
    /// Administrators see no content, so they hold no role that does.
    #[error("an administrator cannot also be {0}: administrators see no content")]
    AdministratorWithContent(Role),
    /// An auditor judges what administrators and everyone else did, and is none of them:
    /// auditors get ledger and reports, no content.
    #[error("an auditor cannot also be {0}: auditors do not judge their own work")]
    AuditorWith(Role),
}

impl Roles {
    /// Takes a set of roles, if one person may hold them together. The empty set is a person
    /// who may log in and do nothing but look after the own account.
    pub fn parse(roles: impl IntoIterator<Item = Role>) -> Result<Self, BadRoles> {
        let roles: BTreeSet<Role> = roles.into_iter().collect();
        let other = |most: Role| roles.iter().copied().find(|role| *role != most);
        if roles.contains(&Role::Auditor)
            && let Some(other) = other(Role::Auditor)
        {
            return Err(BadRoles::AuditorWith(other));
        }
        if roles.contains(&Role::Administrator)
            && let Some(reader) = roles.iter().copied().find(|role| role.reads_content())
        {
            return Err(BadRoles::AdministratorWithContent(reader));
        }
        Ok(Self(roles))
    }

    /// True if the person holds the role.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles, in the order of the matrix.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_roles() {
        assert_eq!(Role::ALL.map(Role::as_str), Role::WORDS);
    }

    #[test]
    fn a_role_survives_its_word_and_no_other_word_is_one() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Ok(role));
        }
        for word in ["", "admin", "Archivist", "root", "privacy officer"] {
            assert_eq!(Role::parse(word), Err(UnknownRole), "{word}");
        }
    }

    #[test]
    fn an_administrator_holds_no_role_that_reads_content() {
        for role in Role::ALL.into_iter().filter(|role| role.reads_content()) {
            assert_eq!(
                Roles::parse([Role::Administrator, role]),
                Err(BadRoles::AdministratorWithContent(role))
            );
        }
        assert!(Roles::parse([Role::Administrator, Role::DestructionWitness]).is_ok());
    }

    #[test]
    fn an_auditor_is_nothing_else() {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Auditor) {
            assert!(matches!(Roles::parse([Role::Auditor, role]), Err(BadRoles::AuditorWith(_))), "{role}");
        }
        assert!(Roles::parse([Role::Auditor]).is_ok());
    }

    #[test]
    fn the_local_operator_of_init_is_archivist_and_legal() {
        assert!(Roles::parse([Role::Archivist, Role::Legal]).is_ok());
    }
}
