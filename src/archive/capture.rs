//! Captures one record: the door through which evidence enters.
//!
//! The order is fixed: contents are sealed and durable first ([`super::stage`]), then one
//! transaction writes record, sealed headers, descriptor and ledger entry; only then is the
//! capture acknowledged. A crash before leaves a payload nobody names, never a row without one.

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::id::RecordId;
use crate::base::limits::COMPONENTS_MAX;
use crate::record::request::Capture;
use crate::store::rows::idempotency::{self, IdempotencyRow};
use crate::store::rows::records;
use crate::store::{Guard, StoreError, Tx};

use super::acting::Warrant;
use super::caller::Caller;
use super::origin::Origin;
use super::receipt::Receipt;
use super::refusal::{Refusal, Thing};
use super::stage::{Staged, Uploaded};
use super::version::Draft;
use super::{Archive, answered, receipts};

impl Archive {
    /// Captures a record, or a new version of one that its source had sent before.
    ///
    /// The same idempotency key with the same request gives the first receipt again; so does the
    /// same revision of the same external id of the same source.
    ///
    /// # Errors
    /// Not permitted, unknown case, contents that do not fit the description, a key used for
    /// another request, links that do not fit, or storage refuses. Nothing is left behind.
    pub fn capture(
        &self,
        caller: &Caller,
        capture: Capture,
        staged: Vec<Staged>,
    ) -> Result<Receipt, Refusal> {
        let own = Target::of_user(caller.user());
        let create = (Action::Create, Resource::Record);
        let may = caller.warrant(create, Some(&own), Thing::Record, self.inner.now())?;
        check_components(&capture, &staged)?;
        let mut origin = self.inner.origin(caller, &capture, &staged, None)?;
        let may = may.and(self.permit_source(caller, &mut origin)?);
        if let Some(receipt) = self.earlier(caller, &origin)? {
            return Ok(receipt);
        }
        check_uploads(&staged)?;
        let draft = Draft::new(&self.inner, caller, capture, staged, origin.clone());
        self.commit(caller, may, draft, &origin)
    }

    /// Adds a whole new version to a record; the versions before it stay as they are.
    ///
    /// # Errors
    /// As [`Archive::capture`]; [`Refusal::Stale`] if `expected_version` is not the current one.
    pub fn amend(
        &self,
        caller: &Caller,
        record: RecordId,
        capture: Capture,
        staged: Vec<Staged>,
        expected_version: Option<u32>,
    ) -> Result<Receipt, Refusal> {
        let row = self.inner.store.read(|conn| records::get(conn, record))?;
        let target = row.as_ref().map(|row| Target::record(row.case_id, row.captured_by));
        let change = (Action::Change, Resource::Record);
        let may = caller.warrant(change, target.as_ref(), Thing::Record, self.inner.now())?;
        check_components(&capture, &staged)?;
        let mut origin = self.inner.origin(caller, &capture, &staged, None)?;
        // What another record had from its source is no answer to an amendment of this one.
        let own = row.and_then(|row| row.source_token);
        let asked =
            Origin { source: origin.source.filter(|(source, _)| Some(*source) == own), ..origin.clone() };
        if let Some(receipt) = self.earlier(caller, &asked)? {
            return Ok(receipt);
        }
        check_uploads(&staged)?;
        origin.amends = Some((record, expected_version));
        let draft = Draft::new(&self.inner, caller, capture, staged, origin.clone());
        self.commit(caller, may, draft, &origin)
    }

    /// Writes the draft; where another request with the same key won the race, gives its receipt.
    fn commit(
        &self,
        caller: &Caller,
        may: Warrant,
        draft: Draft,
        origin: &Origin,
    ) -> Result<Receipt, Refusal> {
        let inner = Arc::clone(&self.inner);
        let write = move |tx: &mut Tx<'_>, caller: &Caller| draft.write(&inner, tx, caller);
        let written = self.inner.write_guarded_as(caller, may, Guard::Closure, write);
        match written {
            Ok(written) => {
                self.inner.indexing.ring();
                self.inner.detection.ring();
                // The capture's own entry is the last that it entered.
                Ok(written.value.acknowledge(written.first_seq + written.count - 1, written.checkpoint_size))
            }
            Err(error) => match Refusal::from(error) {
                Refusal::CapturedMeanwhile => {
                    self.earlier(caller, origin)?.ok_or(Refusal::IdempotencyConflict)
                }
                other => Err(other),
            },
        }
    }

    /// The receipt of an earlier capture with the same idempotency key or source revision.
    pub(super) fn earlier(&self, caller: &Caller, origin: &Origin) -> Result<Option<Receipt>, Refusal> {
        let by_key = match &origin.idempotency {
            None => None,
            Some((token, digest)) => {
                let actor = caller.user().to_string();
                match self.inner.store.read(|conn| idempotency::get(conn, &actor, token))? {
                    Some(row) if row.request_digest != *digest => return Err(Refusal::IdempotencyConflict),
                    None => None,
                    Some(row) => {
                        let keys = self.inner.keys();
                        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
                        let subject = answered::open(index, &row, Thing::Record)?;
                        Some(captured_subject(&row, subject)?)
                    }
                }
            }
        };
        let found = match (by_key, &origin.source) {
            (Some(found), _) => Some(found),
            (None, Some((source, revision))) => {
                // A receipt tells of the record: it is for whoever may change it.
                self.permit_source(caller, &mut origin.clone())?;
                let keys = self.inner.keys();
                self.inner.store.read(|conn| {
                    let Some(row) = records::by_source(conn, source)? else { return Ok::<_, Refusal>(None) };
                    let Some(version) = revision.made(&keys, conn, row.id)? else { return Ok(None) };
                    if let Some(sent) = &origin.sent {
                        sent.must_be(&self.inner, conn, (row.id, version))?;
                    }
                    Ok(Some((row.id, version)))
                })?
            }
            (None, None) => None,
        };
        match found {
            None => Ok(None),
            Some(found) => receipts::again(&self.inner, found, &origin.contents).map(Some),
        }
    }
}

fn check_components(capture: &Capture, staged: &[Staged]) -> Result<(), Refusal> {
    if capture.components.len() != staged.len() || staged.is_empty() || staged.len() > COMPONENTS_MAX {
        return Err(Refusal::ComponentCount { declared: capture.components.len(), received: staged.len() });
    }
    Ok(())
}

/// An upload is captured once; naming it again is good for the repeated request only.
fn check_uploads(staged: &[Staged]) -> Result<(), Refusal> {
    match staged.iter().any(|staged| staged.upload == Some(Uploaded::Spent)) {
        true => Err(Refusal::Spent(Thing::Upload)),
        false => Ok(()),
    }
}

/// The record and version that an idempotency row names.
fn captured_subject(row: &IdempotencyRow, subject: &str) -> Result<(RecordId, u32), Refusal> {
    let parsed = subject
        .split_once('/')
        .and_then(|(record, version)| Some((RecordId::parse(record).ok()?, version.parse::<u32>().ok()?)));
    parsed.ok_or_else(|| {
        Refusal::Store(StoreError::Corrupt {
            table: "idempotency",
            id: row.actor.clone(),
            why: "the subject is not a version of a record".to_owned(),
        })
    })
}
