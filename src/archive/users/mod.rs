//! People who use the archive: how they come in, what they are and may see, and how they look
//! after their accounts. Their names and password hashes are sealed, their roles are not.

mod account;
#[cfg(test)]
mod appointment_tests;
mod create;
mod grants;
mod hash_gate;
mod leaver;
mod log_in;
mod password;
mod profile;
mod remembered;
mod reset;
mod roles;
mod second_factor;
mod session;
mod show;
mod state;
#[cfg(test)]
pub(super) mod tests;
mod throttle;
mod token;
mod upkeep;

pub(super) use account::{NewAccount, insert, name_token};
pub(super) use create::one_time_password;
pub use create::{CreatedUser, NewUser, UserName};
pub use grants::{Granted, Grantee};
pub use hash_gate::HashGate;
pub use log_in::{LogIn, Session, USER_NAME_CHARS_MAX};
pub use password::PasswordChange;
pub(super) use profile::UserProfile;
pub(super) use remembered::Remembered;
pub use reset::Reset;
pub use second_factor::NewSecondFactor;
pub(super) use second_factor::{ACCOUNT_SECRETS, SECOND_FACTOR, STEP_KEY};
pub use session::{SessionLabel, SessionRef, SessionView};
pub(super) use show::sees_names;
pub use show::{UserCursor, UserPage, UserView};
pub(super) use throttle::{PENDING, Tally};
pub use token::{CreatedToken, NewToken, TokenView};
