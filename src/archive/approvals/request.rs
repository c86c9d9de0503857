//! Asks for a second person.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::rights::Target;
use crate::access::two_person::{APPROVAL_SECONDS, RequestDigest, SecondPerson, TwoPersonAction};
use crate::base::canonical;
use crate::base::id::{ApprovalId, UserId};
use crate::base::limits::{
    APPROVAL_PARAMETERS_BYTES_MAX, APPROVALS_WAITING_MAX, PAGE_ITEMS_MAX, REASON_CHARS_MAX, TITLE_CHARS_MAX,
};
use crate::base::moment::Moment;
use crate::base::text;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::rows::approvals::{self, ApprovalRow, ApprovalState};

use super::people::{could_decide, second_person, who_counts};
use super::sealed::{Loaded, Sealed};
use super::{items, target};
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

/// What somebody wants to do, and asks another person to agree to.
#[derive(Clone)]
pub struct ApprovalRequest {
    /// The step.
    pub action: TwoPersonAction,
    /// The opaque id of what it is to be done to.
    pub subject: String,
    /// What exactly: ids, dates, numbers and closed words. The step must later be taken with these
    /// and no others.
    pub parameters: Value,
    /// Why; sealed, for the second person to read.
    pub reason: String,
    /// Who is asked, where the role approves only what it is named for.
    pub approver: Option<UserId>,
}

impl Archive {
    /// Asks for a second person's approval. It waits, and once given may be used, for 72 hours from
    /// now. Who asks for the same again, in the same words and of the same person, while it waits or may be
    /// used, gets the first request: one step is approved once.
    ///
    /// # Errors
    /// Whatever the step itself would be refused for, [`Refusal::OnePersonArchive`] if nobody else
    /// could approve, a reason that is no reason, or [`Refusal::TooMany`].
    pub fn request_approval(
        &self,
        caller: &Caller,
        request: &ApprovalRequest,
    ) -> Result<ApprovalId, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        let (resource, verb) = request.action.row();
        let (target, may) = self.inner.store.read(|conn| {
            let (target, thing) = target::find(conn, keys.archive, request.action, &request.subject)?;
            let may = caller.warrant_with_approval((verb, resource), target.as_ref(), thing, now)?;
            Ok::<_, Refusal>((target.ok_or(Refusal::NotFound(thing))?, may))
        })?;
        self.request_approval_of((caller, may), request, target, None)
    }

    /// As [`Archive::request_approval`], for a step that the caller was found to be permitted, on
    /// what the second person has to have in reach. `items` is the list of which the parameters hold the
    /// digest: it is kept for the second person to read.
    pub(in crate::archive) fn request_approval_of(
        &self,
        (caller, may): (&Caller, Warrant),
        request: &ApprovalRequest,
        target: Target,
        items: Option<&str>,
    ) -> Result<ApprovalId, Refusal> {
        let inner = &self.inner;
        let (now, keys) = (inner.now(), inner.keys());
        inner.store.read(|conn| {
            let (people, _) = who_counts(&keys, conn, request.action, now)?;
            if let Some(approver) = request.approver
                && !could_decide(&people, request.action, (caller.user(), approver), &target, now)
            {
                // Who could not decide it and who is nobody get one answer.
                return Err(Refusal::NotFound(Thing::User));
            }
            match second_person(&people, request.action, caller.user(), &target, now) {
                SecondPerson::Ask => {}
                SecondPerson::ProceedMarked | SecondPerson::RefuseOnePerson => {
                    return Err(Refusal::OnePersonArchive);
                }
            }
            let waiting = approvals::page(conn, ApprovalState::Waiting, None, PAGE_ITEMS_MAX as u32)?;
            match waiting.iter().filter(|row| row.requested_by == caller.user()).count() {
                APPROVALS_WAITING_MAX.. => Err(Refusal::TooMany { most: APPROVALS_WAITING_MAX as u64 }),
                _ => Ok(()),
            }
        })?;
        // Of an export it is the purpose with two lines about the package.
        let reason = text::prose(&request.reason, REASON_CHARS_MAX + 2 * (TITLE_CHARS_MAX + 1));
        let reason = reason.map_err(|fault| Refusal::Label { field: "reason", fault })?;
        let digest = RequestDigest::of(request.action, &request.subject, &request.parameters).to_digest();
        let (by, asked) = (caller.user(), (reason.as_str(), request.approver));
        let before = inner.store.read(|conn| approvals::unused(conn, by, digest, now))?;
        let first = self.same_request(&before, asked, now)?;
        let bytes = canonical::to_bytes(&request.parameters).len();
        if bytes > APPROVAL_PARAMETERS_BYTES_MAX {
            return Err(Refusal::TooMany { most: APPROVAL_PARAMETERS_BYTES_MAX as u64 });
        }
        let row = ApprovalRow {
            id: ApprovalId::generate(now, inner.entropy.as_ref()),
            action: request.action.as_str().to_owned(),
            subject: request.subject.clone(),
            request_digest: digest,
            requested_by: caller.user(),
            requested_at: now,
            expires_at: now.plus_seconds(APPROVAL_SECONDS),
            state: ApprovalState::Waiting,
            decided_by: None,
            decided_at: None,
        };
        let sealed = Sealed::new(request.parameters.clone(), reason, request.approver, target);
        let sealed = sealed.seal(&Arc::clone(inner), &keys, row.id)?;
        let list = items.map(|items| items::seal(inner, &keys, row.id, items)).transpose()?;
        let (id, actor) = (row.id, caller.actor());
        let written = inner.write_as(caller, may, move |tx, _| {
            // Somebody who asks twice in one moment asks once. Who gets the first request again is judged as
            // whoever asks for one.
            let known = |row: &ApprovalRow| before.iter().any(|first| first.id == row.id);
            if !approvals::unused(tx.conn(), by, digest, now)?.iter().all(known) || first.is_some() {
                return Err(Refusal::Exists(Thing::Approval));
            }
            approvals::insert(tx.conn(), &row)?;
            crate::store::rows::cells::insert(tx.conn(), &sealed.row)?;
            let facts = json!({
                "about": row.subject,
                "action": row.action,
                "expires_at": row.expires_at.to_rfc3339(),
                "request": sealed.commitment.to_hex(),
            });
            let mut rows = vec![Bound::Approval(row.id), Bound::cell(row.id, &sealed.row.part)];
            if let Some(list) = list {
                crate::store::rows::cells::insert(tx.conn(), &list)?;
                rows.push(Bound::cell(row.id, &list.part));
            }
            let facts = bind(tx.conn(), facts, &rows)?;
            let subject = row.id.to_string();
            tx.enter(EntryDraft { kind: EntryKind::ApprovalRequested, subject, actor, facts })?;
            Ok::<_, Refusal>(())
        });
        match (written.map_err(Refusal::from), first) {
            (Err(Refusal::Exists(Thing::Approval)), Some(first)) => Ok(first),
            (written, _) => written.map(|_| id),
        }
    }

    /// The request among these that has the same words. One that is not as the ledger says answers for nothing.
    fn same_request(
        &self,
        before: &[ApprovalRow],
        (reason, approver): (&str, Option<UserId>),
        now: Moment,
    ) -> Result<Option<ApprovalId>, Refusal> {
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            for row in before.iter().filter(|row| self.stands(row, now)) {
                match Loaded::open((&keys, &ledger), conn, row.clone()) {
                    Ok(Loaded { sealed, .. }) if sealed.reason == reason && sealed.approver == approver => {
                        return Ok(Some(row.id));
                    }
                    Ok(_) | Err(Refusal::Damaged(_)) => {}
                    Err(other) => return Err(other),
                }
            }
            Ok(None)
        })
    }
}
