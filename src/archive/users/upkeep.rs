//! What time does to sessions, failed log-ins and approvals, to be done once a minute.

use super::session::forget_ended;
use super::throttle::forget_old;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, Inner};
use crate::store::rows::approvals;

impl Archive {
    /// Enters the failed log-ins of minutes that are over, and forgets sessions, failures and
    /// requests whose time is over. They count no more from that instant on, tidied up or not.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn tidy_access(&self) -> Result<(), Refusal> {
        self.inner.tidy_access()
    }
}

impl Inner {
    /// See [`Archive::tidy_access`].
    pub(in crate::archive) fn tidy_access(&self) -> Result<(), Refusal> {
        self.enter_failed_logins()?;
        let tidied = self.store.maintain(|upkeep| {
            let at = upkeep.at();
            forget_ended(upkeep.conn(), at)?;
            forget_old(upkeep.conn(), at)?;
            approvals::expire(upkeep.conn(), at)?;
            Ok::<_, Refusal>(())
        });
        tidied.map_err(Refusal::from)
    }
}
