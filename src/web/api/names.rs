//! Names of users beside their ids, for those who may know them.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::{Archive, Caller, Refusal};
use crate::base::id::UserId;

/// Log-in names by user id, in its text form.
pub(super) type Names = BTreeMap<String, String>;

/// The names of these users as far as the caller may know them; an id that is not here has no name for
/// the caller.
///
/// # Errors
/// The accounts cannot be read. That the caller may not know a name is no error.
pub(super) fn of(
    archive: &Archive,
    caller: &Caller,
    users: impl IntoIterator<Item = UserId>,
) -> Result<Names, Refusal> {
    let mut names = Names::new();
    for user in users.into_iter().collect::<BTreeSet<_>>() {
        match archive.show_user(caller, user) {
            Ok(view) => names.extend(view.name.map(|name| (user.to_string(), name))),
            // Who is not as the ledger says is told by id: the name could be anybody's.
            Err(Refusal::Forbidden | Refusal::NotFound(_) | Refusal::Damaged(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(names)
}
