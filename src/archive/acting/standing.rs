//! By what somebody is let in, and whether that still stands.

use crate::access::rights::Via;
use crate::access::session::RequestKind;
use crate::archive::Inner;
use crate::archive::caller::{Caller, SecondFactor};
use crate::archive::last_words::Claim;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::store::{Conn, LogSeen};

/// By what somebody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Came {
    /// As the owner of the machine.
    Machine,
    /// By a session, named by the hash of its token.
    Session(Digest),
    /// By an API token, named by its hash.
    Token(Digest),
    /// By name and password for this one command.
    InPerson(UserId),
    /// By an order that the ledger speaks of; a second factor was asked for then.
    Order(UserId),
    /// By a test, with whatever rights it says.
    #[cfg(test)]
    Test,
}

/// Under what a caller was found to have his rights.
#[derive(Debug, Clone, Copy)]
pub(in crate::archive) struct Standing {
    pub came: Came,
    /// How many words about rights had been heard before the rows were read.
    pub heard: u64,
    /// When the credential ends by itself.
    pub until: Option<Moment>,
}

/// Somebody who was found behind a credential, not yet vouched for.
pub(in crate::archive) struct Found {
    pub caller: Caller,
    /// What must be as the ledger says.
    pub claims: Vec<Claim>,
    /// When a session is to be noted as used.
    pub renew: Option<Moment>,
}

impl Inner {
    /// True if nobody's rights changed since, and the credential has not ended by time. Asked inside a
    /// write: what it says holds until that is committed.
    pub(super) fn stands(&self, standing: &Standing, log: LogSeen, conn: &mut Conn) -> Result<bool, Refusal> {
        #[cfg(test)]
        if standing.came == Came::Test {
            return Ok(true);
        }
        // By the clock, as when the credential was looked up, and not by the instant of the entry: where the
        // clock was ahead once, entries bear that instant until it is reached again.
        if standing.until.is_some_and(|until| until <= self.now()) {
            return Ok(false);
        }
        self.last_words.is_unspoken_since(conn, log, standing.heard)
    }

    /// The same outside a write, for somebody who is being served for a while: true if it holds now.
    pub(super) fn stands_now(&self, standing: &Standing, until: Moment) -> Result<bool, Refusal> {
        #[cfg(test)]
        if standing.came == Came::Test {
            return Ok(true);
        }
        if self.last_words.is_behind(self.store.is_shared()) {
            self.follow()?;
        }
        let is_over = standing.until.is_some_and(|end| end <= until);
        Ok(!is_over && self.last_words.heard() == standing.heard)
    }

    /// Who stands behind a credential; see [`Inner::vouched`].
    pub(in crate::archive) fn find_caller(
        &self,
        conn: &mut Conn,
        came: Came,
        request: RequestKind,
    ) -> Result<Found, Refusal> {
        // Before the rows: what is said from here on is noticed.
        let heard = self.last_words.heard();
        match came {
            Came::Machine => self.find_local_operator(conn, heard),
            Came::Session(hash) => self.find_by_session(conn, hash, request, heard),
            Came::Token(hash) => self.find_bearer(conn, hash, heard),
            Came::InPerson(user) => {
                let mut claims = Vec::new();
                let standing = Standing { came, heard, until: None };
                let caller = Caller::load(conn, user, Via::Session, standing, &mut claims)?;
                let caller = caller.ok_or(Refusal::BadCredentials)?;
                Ok(Found { caller, claims, renew: None })
            }
            Came::Order(user) => {
                let mut claims = Vec::new();
                let standing = Standing { came, heard, until: None };
                let caller = Caller::load(conn, user, Via::Session, standing, &mut claims)?;
                let caller = caller.ok_or(Refusal::Forbidden)?;
                let second_factor = SecondFactor::None;
                Ok(Found { caller: Caller { second_factor, factor: None, ..caller }, claims, renew: None })
            }
            #[cfg(test)]
            Came::Test => Err(Refusal::Forbidden),
        }
    }

    /// The same caller as he stands now.
    ///
    /// # Errors
    /// What a fresh request with the same credential would be refused with.
    pub(super) fn caller_again(&self, caller: &Caller, request: RequestKind) -> Result<Caller, Refusal> {
        let fresh = match caller.standing.came {
            Came::Session(hash) => self.caller_by_session(hash, request)?,
            came => self.vouched(|conn| {
                let Found { caller, claims, .. } = self.find_caller(conn, came, request)?;
                Ok((caller, claims))
            })?,
        };
        if fresh.user() != caller.user() {
            return Err(Refusal::Damaged(Thing::User));
        }
        // A code counts for the secret that it was a code of.
        let is_shown = caller.second_factor == SecondFactor::Shown
            && fresh.second_factor == SecondFactor::Enrolled
            && fresh.factor == caller.factor;
        let second_factor = if is_shown { SecondFactor::Shown } else { fresh.second_factor };
        Ok(Caller { second_factor, notes: caller.notes.clone(), ..fresh })
    }
}
