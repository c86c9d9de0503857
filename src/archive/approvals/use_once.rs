//! Uses an approval inside the transaction of the step that it is for.

use serde_json::Value;

use crate::access::rights::Target;
use crate::access::two_person::{
    ApprovalRefusal, ApprovalState, RequestDigest, SecondPerson, TwoPersonAction, Use,
};
use crate::base::id::{ApprovalId, UserId};
use crate::store::rows::approvals;
use crate::store::rows::users::{self, UserState};
use crate::store::{Conn, Tx};

use super::people::{could_decide, second_person, vouched_who_counts};
use super::sealed::{Loaded, of_row};
use crate::archive::Inner;
use crate::archive::bound::Bound;
use crate::archive::refusal::{Refusal, Thing};

/// A step that takes two persons, at the moment of being taken.
pub(in crate::archive) struct Step<'a> {
    /// What is done.
    pub action: TwoPersonAction,
    /// To what.
    pub subject: &'a str,
    /// What exactly: the same as was asked for.
    pub parameters: &'a Value,
    /// What it is about, for the question whether anybody else could approve.
    pub target: &'a Target,
    /// Who takes it.
    pub by: UserId,
    /// The approval that was given, if one was.
    pub approval: Option<ApprovalId>,
}

/// By whom a step is countersigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Countersign {
    /// Another person agreed.
    By {
        /// The approval that was used up.
        approval: ApprovalId,
        /// The other person.
        person: UserId,
    },
    /// Nobody else could, and the step is taken all the same, marked so.
    NotCountersigned,
}

impl Countersign {
    /// As a fact of the step's own ledger entry.
    pub(in crate::archive) fn to_fact(self) -> Value {
        match self {
            Self::By { approval, person } => {
                serde_json::json!({"approval": approval.to_string(), "by": person.to_string()})
            }
            Self::NotCountersigned => Value::from("not_countersigned"),
        }
    }
}

impl Inner {
    /// The reason that a request gives, for the one who asked: it stays with the step that is taken by it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is no such request of this person, [`Refusal::Damaged`] if it is not as the
    /// ledger says.
    pub(in crate::archive) fn reason_asked(
        &self,
        conn: &mut Conn,
        id: ApprovalId,
        by: UserId,
    ) -> Result<String, Refusal> {
        let keys = self.keys();
        let ledger = self.ledgered(conn)?;
        let loaded = Loaded::get((&keys, &ledger), conn, id)?;
        let own = loaded.filter(|loaded| loaded.approval.requested_by == by);
        Ok(own.ok_or(Refusal::NotFound(Thing::Approval))?.sealed.reason)
    }
}

impl Step<'_> {
    /// Uses the approval up, or finds that nobody could give one. The step's own ledger entry carries
    /// [`Countersign::to_fact`]; if the step is rolled back, the approval is as good as before.
    ///
    /// # Errors
    /// [`Refusal::NeedsSecondPerson`] if none was given and somebody could, [`Refusal::OnePersonArchive`]
    /// if nobody could and the step is not taken alone, [`Refusal::Approval`] if it does not fit.
    pub(in crate::archive) fn countersign(
        &self,
        inner: &Inner,
        tx: &mut Tx<'_>,
    ) -> Result<Countersign, Refusal> {
        match self.approval {
            Some(approval) => self.use_approval(inner, tx, approval),
            None => {
                let people = vouched_who_counts(inner, tx, self.action)?;
                match second_person(&people, self.action, self.by, self.target, tx.at()) {
                    SecondPerson::Ask => Err(Refusal::NeedsSecondPerson(self.action)),
                    SecondPerson::ProceedMarked => Ok(Countersign::NotCountersigned),
                    SecondPerson::RefuseOnePerson => Err(Refusal::OnePersonArchive),
                }
            }
        }
    }

    fn use_approval(&self, inner: &Inner, tx: &mut Tx<'_>, id: ApprovalId) -> Result<Countersign, Refusal> {
        let row = approvals::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Approval))?;
        let wanted = Use {
            by: self.by,
            action: self.action,
            subject: self.subject,
            digest: RequestDigest::of(self.action, self.subject, self.parameters),
        };
        let approval = of_row(row)?;
        // Another's request is not there for this caller: its state is nobody's business.
        if approval.requested_by != self.by {
            return Err(Refusal::NotFound(Thing::Approval));
        }
        let used = approval.use_once(wanted, tx.at())?;
        inner.must_be_vouched(tx, &Bound::Approval(id), Thing::Approval)?;
        if !approvals::mark_used(tx.conn(), id)? {
            return Err(ApprovalRefusal::AlreadyUsed.into());
        }
        let ApprovalState::Used { by: person, .. } = used.state else { return Err(Refusal::WrongState) };
        // Who approved may have been locked out since, or have lost the role.
        let row = users::get(tx.conn(), person)?.filter(|row| row.state == UserState::Active);
        let people = vouched_who_counts(inner, tx, self.action)?;
        let decides = could_decide(&people, self.action, (self.by, person), self.target, tx.at());
        match row.is_some() && decides {
            true => Ok(Countersign::By { approval: id, person }),
            false => Err(Refusal::NeedsSecondPerson(self.action)),
        }
    }
}
