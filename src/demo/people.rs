//! The demonstration's people: one for each role, each with a one-time password. They are made as a
//! real archive makes them: the first administrator comes in, changes the password, and makes the others.

use super::{DemoError, Person};
use crate::access::role::{Role, Roles};
use crate::archive::users::{LogIn, NewUser, PasswordChange, SessionLabel, UserName};
use crate::archive::{Archive, Caller, Refusal};
use crate::base::digest::to_hex;
use crate::base::entropy::{Entropy, draw};
use crate::base::id::UserId;
use crate::base::secret::SecretBytes;

/// Bytes of randomness in the administrator's new password.
const PASSWORD_BYTES: usize = 12;

/// Who is made, and with which role.
const PEOPLE: [(&str, Role); 9] = [
    ("demo-archivist", Role::Archivist),
    ("demo-legal", Role::Legal),
    ("demo-privacy", Role::PrivacyOfficer),
    ("demo-trainer", Role::Trainer),
    ("demo-reviewer", Role::Reviewer),
    ("demo-auditor", Role::Auditor),
    ("demo-service", Role::Service),
    ("demo-witness", Role::DestructionWitness),
    ("demo-admin", Role::Administrator),
];

/// Everybody who was made.
pub(super) struct People {
    pub(super) told: Vec<Person>,
    /// The first administrator, logged in.
    pub(super) administrator: Caller,
    users: Vec<(Role, UserId)>,
}

impl People {
    /// Who has this role.
    pub(super) fn of(&self, role: Role) -> Result<UserId, DemoError> {
        let found = self.users.iter().find(|(held, _)| *held == role);
        found.map(|(_, user)| *user).ok_or_else(|| DemoError::content(role.as_str(), "no person"))
    }
}

/// Makes them; `first` is the first administrator with the password that the archive gave.
pub(super) fn make(
    archive: &Archive,
    first: &(String, SecretBytes),
    entropy: &dyn Entropy,
) -> Result<People, DemoError> {
    let (name, given) = first;
    let given = given.expose_text().unwrap_or_default();
    let chosen = SecretBytes::new(to_hex(&draw::<PASSWORD_BYTES>(entropy)).into_bytes());
    let new = chosen.expose_text().unwrap_or_default();
    archive.change_own_password(&enter(archive, name, given)?, PasswordChange { old: given, new })?;
    let administrator = enter(archive, name, new)?;
    let mut people = People { told: Vec::new(), administrator, users: Vec::new() };
    for (name, role) in PEOPLE {
        let roles = Roles::parse([role]).map_err(|_| DemoError::content(name, "roles"))?;
        let created =
            archive.create_user(&people.administrator, &NewUser { name: UserName::parse(name)?, roles })?;
        people.users.push((role, created.id));
        let person = Person { name: name.to_owned(), role: role.as_str(), password: created.password };
        people.told.push(person);
    }
    let role = Role::Administrator.as_str();
    people.told.push(Person { name: name.clone(), role, password: chosen.clone() });
    Ok(people)
}

fn enter(archive: &Archive, name: &str, password: &str) -> Result<Caller, Refusal> {
    let label = SessionLabel::COMMAND_LINE;
    archive.caller_as(&LogIn { name, password, code: None, label, source: None })
}
