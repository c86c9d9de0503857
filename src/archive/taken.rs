//! Names that are taken. References, and external ids within their source, are one name space for all:
//! whoever gives one to something new hears whether it is taken, also by what he may not see. So that
//! nobody learns foreign names by trying them out, each such answer is entered in the ledger, and who got
//! many of them is answered no more for a while, whether the name is free or not.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Via;
use crate::base::moment::Moment;

use super::caller::Caller;
use super::refusal::{Refusal, Thing};

/// What a name stands for that somebody wants to give to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// Nothing.
    Free,
    /// Something that the person sees anyway.
    InSight,
    /// Something that the person does not see.
    OutOfSight,
}

impl Name {
    /// Of what was found under it, if anything, and whether the person sees that.
    pub(super) fn of<T>(found: Option<&T>, is_seen: impl FnOnce(&T) -> bool) -> Self {
        match found {
            None => Self::Free,
            Some(found) if is_seen(found) => Self::InSight,
            Some(_) => Self::OutOfSight,
        }
    }
}

impl Caller {
    /// Lets the caller give this name to something, if it is free.
    ///
    /// # Errors
    /// [`Refusal::Exists`] if it is taken; [`Refusal::NamesThrottled`] if the caller heard too often that
    /// names are taken by what he does not see.
    pub(super) fn may_name(
        &self,
        asked: (Action, Resource),
        name: Name,
        thing: Thing,
        now: Moment,
    ) -> Result<(), Refusal> {
        let is_taken = match name {
            Name::InSight => return Err(Refusal::Exists(thing)),
            Name::Free => false,
            Name::OutOfSight => true,
        };
        // Whoever works at the machine itself has all of its names in the database.
        if self.rights.via == Via::LocalOperator {
            if is_taken {
                self.notes.note(&self.rights, asked, now);
                return Err(Refusal::Exists(thing));
            }
            return Ok(());
        }
        match self.notes.hears_of_name(&self.rights, asked, is_taken, now) {
            Err(wait_seconds) => Err(Refusal::NamesThrottled { wait_seconds }),
            Ok(()) if is_taken => Err(Refusal::Exists(thing)),
            Ok(()) => Ok(()),
        }
    }
}
