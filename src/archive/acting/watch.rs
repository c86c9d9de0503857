//! Looks again now and then whether somebody who is served for long may still be served.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::access::session::{IDLE_SECONDS, RequestKind};
use crate::archive::caller::Caller;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, Inner};
use crate::base::id::UserId;

use super::Warrant;

/// How long nobody looks again; tests wait for no clock.
const LOOK_EVERY: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_secs(1) };
/// Seconds before a session would end for want of activity at which it is noted as used: bytes that flow
/// are activity.
const RENEW_BEFORE_SECONDS: i64 = IDLE_SECONDS / 2;

/// Somebody who is being served, and what for.
#[derive(Clone)]
pub struct Watch {
    inner: Arc<Inner>,
    caller: Caller,
    warrant: Warrant,
    looked: Instant,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("user", &self.caller.user()).finish_non_exhaustive()
    }
}

impl Watch {
    pub(in crate::archive) fn new(inner: &Arc<Inner>, caller: &Caller, warrant: Warrant) -> Self {
        Self { inner: Arc::clone(inner), caller: caller.clone(), warrant, looked: Instant::now() }
    }

    /// Who is served.
    pub fn user(&self) -> UserId {
        self.caller.user()
    }

    /// True if it is the local operator.
    pub fn is_of_machine(&self) -> bool {
        self.caller.is_local()
    }

    /// Refuses to go on for somebody who has lost the right. It may wait for the database, once a second
    /// at most; call it before every piece.
    ///
    /// # Errors
    /// What a fresh request would be refused with.
    pub fn look(&mut self) -> Result<(), Refusal> {
        if self.looked.elapsed() < LOOK_EVERY { Ok(()) } else { self.look_now() }
    }

    /// As [`Watch::look`], at once.
    ///
    /// # Errors
    /// As [`Watch::look`].
    pub fn look_now(&mut self) -> Result<(), Refusal> {
        let until = self.inner.now().plus_seconds(RENEW_BEFORE_SECONDS);
        if !self.inner.stands_now(&self.caller.standing, until)? {
            self.caller = self.inner.judge_again(&self.caller, &self.warrant, RequestKind::Deliberate)?;
        }
        self.looked = Instant::now();
        Ok(())
    }
}

impl Archive {
    /// Watches over somebody who sends for long: whether he is let in at all. What he may do with what he
    /// sends is judged when it is written.
    pub fn watch_over(&self, caller: &Caller) -> Watch {
        Watch::new(&self.inner, caller, Warrant::entry())
    }
}
