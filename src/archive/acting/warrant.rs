//! What somebody was permitted, kept so that it can be judged again.

use std::fmt;
use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::moment::Moment;
use crate::store::Conn;

/// A rule that a use case has of its own.
type Rule = dyn Fn(&Caller, &mut Conn, Moment) -> Result<(), Refusal> + Send + Sync;

/// What a caller was permitted: the same questions, about the same things, for whoever asks again.
#[derive(Clone)]
pub(in crate::archive) struct Warrant(Asked);

#[derive(Clone)]
enum Asked {
    /// Nothing but to be let in.
    Entry,
    /// To be the local operator.
    Machine,
    Row {
        row: (Action, Resource),
        target: Option<Target>,
        thing: Thing,
        approvable: bool,
    },
    Rule(Arc<Rule>),
    Both(Box<(Asked, Asked)>),
}

impl fmt::Debug for Warrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Warrant")
    }
}

impl Warrant {
    /// For what everybody may do who is let in, before the password is changed too.
    pub(in crate::archive) const fn entry() -> Self {
        Self(Asked::Entry)
    }

    /// For what the local operator may do because the machine is his.
    pub(in crate::archive) const fn machine() -> Self {
        Self(Asked::Machine)
    }

    /// For one row of the permission table, about one thing that was found.
    pub(in crate::archive) const fn to(row: (Action, Resource), target: Target, thing: Thing) -> Self {
        Self(Asked::Row { row, target: Some(target), thing, approvable: false })
    }

    pub(in crate::archive) fn of_question(
        row: (Action, Resource),
        target: Option<&Target>,
        thing: Thing,
        approvable: bool,
    ) -> Self {
        Self(Asked::Row { row, target: target.cloned(), thing, approvable })
    }

    /// For a rule that is more than one row of the table.
    pub(in crate::archive) fn by(
        rule: impl Fn(&Caller, &mut Conn, Moment) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        Self(Asked::Rule(Arc::new(rule)))
    }

    /// For both.
    pub(in crate::archive) fn and(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Asked::Entry, one) | (one, Asked::Entry) => Self(one),
            (one, other) => Self(Asked::Both(Box::new((one, other)))),
        }
    }

    /// Asks all of it.
    ///
    /// # Errors
    /// As [`Caller::permit`].
    pub(in crate::archive) fn judge(
        &self,
        caller: &Caller,
        conn: &mut Conn,
        now: Moment,
    ) -> Result<(), Refusal> {
        self.0.judge(caller, conn, now)
    }
}

impl Asked {
    fn judge(&self, caller: &Caller, conn: &mut Conn, now: Moment) -> Result<(), Refusal> {
        match self {
            Self::Entry => Ok(()),
            Self::Machine => match caller.is_local() {
                true => Ok(()),
                false => Err(Refusal::Forbidden),
            },
            Self::Row { row, target, thing, approvable: false } => {
                caller.permit(*row, target.as_ref(), *thing, now).map(|_| ())
            }
            Self::Row { row, target, thing, approvable: true } => {
                caller.permit_with_approval(*row, target.as_ref(), *thing, now).map(|_| ())
            }
            Self::Rule(rule) => rule(caller, conn, now),
            Self::Both(both) => {
                both.0.judge(caller, conn, now)?;
                both.1.judge(caller, conn, now)
            }
        }
    }
}
