//! Makes a user. The archive chooses the first password; whoever gets it must change it.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::role::Roles;
use crate::access::two_person::{TwoPersonAction, takes_two};
use crate::base::entropy::{Entropy, draw};
use crate::base::id::UserId;
use crate::base::secret::SecretBytes;
use crate::base::text;

use super::log_in::USER_NAME_CHARS_MAX;
use super::roles::appointment;
use super::{NewAccount, insert};
use crate::archive::approvals::Step;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

/// Bytes of randomness in a password that the archive makes.
const PASSWORD_BYTES: usize = 15;

/// A log-in name: one line that shows what it is.
#[derive(Clone, PartialEq, Eq)]
pub struct UserName(String);

/// A user who is to be.
#[derive(Clone)]
pub struct NewUser {
    /// The log-in name.
    pub name: UserName,
    /// The roles; at least one.
    pub roles: Roles,
}

/// A new user with the password that is shown this once.
#[derive(Debug)]
pub struct CreatedUser {
    /// The user.
    pub id: UserId,
    /// The one-time password.
    pub password: SecretBytes,
}

impl UserName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`Refusal::Label`]: blank, too long, or with characters that hide what it is.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let name = text::label(text, USER_NAME_CHARS_MAX);
        name.map(Self).map_err(|fault| Refusal::Label { field: "name", fault })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Archive {
    /// Makes a user with a one-time password. Roles that approve are given afterwards, with the approval of
    /// a second administrator ([`Archive::change_roles`]), once there is one.
    ///
    /// # Errors
    /// Not permitted, [`Refusal::NeedsSecondPerson`], [`Refusal::Exists`] for a name that somebody has in any spelling, or no role.
    pub fn create_user(&self, caller: &Caller, new: &NewUser) -> Result<CreatedUser, Refusal> {
        let inner = &self.inner;
        let now = inner.now();
        let create = (Action::Create, Resource::User);
        let may = caller.warrant(create, Some(&Target::archive()), Thing::User, now)?;
        some_role(&new.roles)?;
        let keys = inner.keys();
        let id = UserId::generate(now, inner.entropy.as_ref());
        let password = one_time_password(inner.entropy.as_ref());
        let hash = inner.hash_password(password.expose_text().unwrap_or_default(), new.name.as_str())?;
        let mut account = NewAccount {
            id,
            name: new.name.0.clone(),
            roles: new.roles.clone(),
            password: Some(hash),
            must_change_password: true,
            countersign: None,
        };
        let (shared, by, actor) = (std::sync::Arc::clone(inner), caller.user(), caller.actor());
        let written = inner.write_as(caller, may, move |tx, _| {
            if takes_two(&Roles::default(), &account.roles) {
                let step = Step {
                    action: TwoPersonAction::Appoint,
                    subject: &keys.archive.to_string(),
                    parameters: &appointment(&account.roles),
                    target: &Target::of_user(account.id),
                    by,
                    // A user who is not there yet cannot be named in a request.
                    approval: None,
                };
                account.countersign = Some(step.countersign(&shared, tx)?);
            }
            insert(&shared, &keys, tx, actor, &account)
        });
        written.map_err(Refusal::from)?;
        Ok(CreatedUser { id, password })
    }
}

/// Somebody without any role could not even change the own password: such a user is disabled instead.
pub(super) fn some_role(roles: &Roles) -> Result<(), Refusal> {
    match roles.iter().next() {
        Some(_) => Ok(()),
        None => Err(Refusal::Label { field: "roles", fault: text::BadLabel::Blank }),
    }
}

/// A password that is typed once: letters and digits without look-alikes, in groups.
pub(in crate::archive) fn one_time_password(entropy: &dyn Entropy) -> SecretBytes {
    let text = crate::access::base32::encode(&draw::<PASSWORD_BYTES>(entropy));
    let groups: Vec<String> =
        text.chars().collect::<Vec<_>>().chunks(6).map(|group| group.iter().collect()).collect();
    SecretBytes::new(groups.join("-").into_bytes())
}
