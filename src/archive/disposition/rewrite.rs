//! Puts what is left of a bulk log in the place of what was there. Payload, header and version key are others: no
//! key that opened the erased entries, or by which guesses of them could be tried out, is left.

use serde_json::{Value, json};

use crate::archive::bound::{Bound, ROWS, bind};
use crate::archive::cells::{self as sealing, PURPOSE};
use crate::archive::indexing::take_entries;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::stage::{Sealed, Staged};
use crate::archive::version::{Again, descriptor_context, offsets_context, since, version_part};
use crate::archive::{Caller, Inner};
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, EventId};
use crate::base::secret::SecretKey;
use crate::ledger::entry::{Entry, EntryDraft, EntryKind};
use crate::record::state::RecordState;
use crate::seal::{Keyring, SealedHeader, VersionKeys, cell, header};
use crate::store::rows::cells::{self, CellRow};
use crate::store::rows::components::{self, PayloadRow};
use crate::store::rows::{idempotency, segments, versions};
use crate::store::{Conn, Tx};

use super::gate::Permit;
use super::read::Rewriting;
use super::request::ErasureRequest;

/// What is said of an erasure besides what is gone.
pub(super) struct Grounds<'a> {
    pub request: &'a ErasureRequest,
    pub approval: ApprovalId,
    /// The reason in words; sealed.
    pub note: &'a str,
}

impl Rewriting {
    /// Puts what is left in place, and enters it. Nothing is written without a permit.
    ///
    /// # Errors
    /// [`Refusal::Stale`] if the log, or what the indexes have of it, changed since it was read.
    pub(super) fn write(
        &self,
        inner: &Inner,
        (tx, caller): (&mut Tx<'_>, &Caller),
        (permit, grounds): (&Permit, &Grounds<'_>),
        staged: &mut Staged,
    ) -> Result<(), Refusal> {
        let keys = inner.keys();
        self.must_be_as_read(tx.conn())?;
        // The tokens first: they were worked out of what is about to go.
        take_entries(tx.conn(), (self.record.id, self.version.version), &self.documents, &self.gone)?;
        let fresh = SecretKey::generate(inner.entropy.as_ref());
        let seal =
            |context: &str, plain: &[u8]| cell::seal_under(&fresh, context, plain, inner.entropy.as_ref());
        if !self.looked.leave_out(tx.conn(), &self.gone, seal)? {
            return Err(Refusal::Stale);
        }
        // By which guesses of what goes could be tried out: the digest of the request that brought it in.
        idempotency::delete_of_record(tx.conn(), self.record.id)?;
        self.put_component(tx.conn(), staged)?;
        self.put_keys(inner, (&keys, fresh), tx.conn(), staged)?;
        self.enter(inner, &keys, (tx, caller), (permit, grounds), staged)
    }

    fn must_be_as_read(&self, conn: &mut Conn) -> Result<(), Refusal> {
        let version = versions::get(conn, self.record.id, self.version.version)?;
        let same = components::get(conn, self.component.id)?.as_ref() == Some(&self.component)
            && version.is_some_and(|version| version.descriptor_digest == self.version.descriptor_digest);
        if same { Ok(()) } else { Err(Refusal::Stale) }
    }

    fn put_component(&self, conn: &mut Conn, staged: &mut Staged) -> Result<(), Refusal> {
        let old = &self.component;
        let row = staged.row((old.record_id, old.version), old.ordinal, (&old.role, &old.media_type));
        components::delete(conn, self.component.id)?;
        components::insert(conn, &row)?;
        if let Sealed::Inline(bytes) = &mut staged.sealed {
            let payload = PayloadRow { component_id: staged.id, bytes: std::mem::take(bytes) };
            components::insert_payload(conn, &payload)?;
        }
        Ok(())
    }

    /// The old header and the old version key go; descriptor and table are sealed under the new one.
    fn put_keys(
        &self,
        inner: &Inner,
        (keys, fresh): (&Keyring, SecretKey<32>),
        conn: &mut Conn,
        staged: &Staged,
    ) -> Result<(), Refusal> {
        let (id, number) = (self.record.id, self.version.version);
        let owner = id.to_string();
        let entropy = inner.entropy.as_ref();
        let damaged = || Refusal::Damaged(Thing::Record);
        let fresh = VersionKeys { key: fresh, commitment_key: self.descriptor_key.clone() };
        let part = version_part(number);
        let was = cells::get(conn, &owner, &part)?.ok_or_else(damaged)?;
        let row = sealing::seal(inner, keys, &owner, &part, &fresh.to_bytes(), 0)?;
        if !cells::replace(conn, &row, was.digest)? {
            return Err(damaged());
        }
        if !cells::delete(conn, &owner, &self.component.id.to_string())? {
            return Err(damaged());
        }
        cells::insert(conn, &header_cell(inner, keys, &owner, staged)?)?;
        let words =
            cell::seal_under(&fresh.key, &descriptor_context(id, number), self.descriptor.expose(), entropy);
        let table = self.left.table.to_bytes(&self.left.summary);
        let table = cell::seal_under(&fresh.key, &offsets_context(id, number), &table, entropy);
        let both = versions::reseal(conn, (id, number), &words, Digest::of(&words))?
            && segments::reseal(conn, id, &table, Digest::of(&table))?;
        if both { Ok(()) } else { Err(damaged()) }
    }

    /// Enters what went, why and by whom, and what the rows are now.
    fn enter(
        &self,
        inner: &Inner,
        keys: &Keyring,
        (tx, caller): (&mut Tx<'_>, &Caller),
        (permit, grounds): (&Permit, &Grounds<'_>),
        staged: &Staged,
    ) -> Result<(), Refusal> {
        let damaged = || Refusal::Damaged(Thing::Record);
        let id = EventId::generate(tx.at(), inner.entropy.as_ref());
        let note = json!({"note": grounds.note});
        let sealed = sealing::seal_profile(inner, keys, &id.to_string(), PURPOSE, &note)?;
        cells::insert(tx.conn(), &sealed.row)?;
        let (captured, number) = {
            let ledger = inner.ledgered(tx.conn())?;
            let captures = ledger.captures(tx.conn(), self.record.id)?;
            let captured = captures.into_iter().next().ok_or_else(damaged)?.entry;
            (captured, ledger.erasures(tx.conn(), self.record.id)?.len() + 1)
        };
        let made =
            Again::of(tx.conn(), (&self.record, RecordState::Active), self.version.version, &captured)?;
        let made = made.ok_or_else(damaged)?;
        let fact = |pointer: &str| made.facts.pointer(pointer).cloned().ok_or_else(damaged);
        let facts = json!({
            "components": fact("/components")?,
            "countersign": permit.countersign().to_fact(),
            "descriptor": fact("/descriptor")?,
            "entries": self.gone,
            "erasure": id.to_string(),
            "left": self.left.entries,
            "note": sealed.commitment.to_hex(),
            "number": number,
            "offsets_digest": fact("/segment/offsets_digest")?,
            "reason": grounds.request.reason.as_str(),
            "version": self.version.version,
        });
        let cell = |part: &str| Bound::cell(self.record.id, part);
        let rows = [
            cell(&version_part(self.version.version)),
            cell(&self.component.id.to_string()),
            cell(&staged.id.to_string()),
            Bound::cell(id, PURPOSE),
            Bound::Approval(grounds.approval),
        ];
        let mut facts = bind(tx.conn(), facts, &rows)?;
        if let Some(rows) = facts.get_mut(ROWS).and_then(Value::as_object_mut) {
            rows.insert(made.address.clone(), Value::from(made.digest.to_hex()));
        }
        let (kind, subject) = (EntryKind::EntryErased, self.record.id.to_string());
        // Read back: what is entered must make the rows that are there of the segment that was captured.
        let entry = Entry {
            kind,
            subject: subject.clone(),
            actor: caller.actor(),
            at: tx.at(),
            facts: facts.as_object().cloned().unwrap_or_default(),
        };
        if !since(&captured, &entry).is_some_and(|left| made.is_as_entered(&left)) {
            return Err(damaged());
        }
        tx.enter(EntryDraft { kind, subject, actor: caller.actor(), facts })?;
        Ok(())
    }
}

/// The cell of the new payload's header.
fn header_cell(inner: &Inner, keys: &Keyring, owner: &str, staged: &Staged) -> Result<CellRow, Refusal> {
    let generation = keys.recipients.generation;
    let sealed = SealedHeader {
        commitment_key: staged.commitment_key.clone(),
        // Sealed before a rotation began, put in place after: wrapped to the new recipients.
        header: match staged.generation == generation {
            true => staged.header.clone(),
            false => header::write(&staged.file_key, &keys.recipients, inner.entropy.as_ref())?,
        },
    };
    sealing::seal(inner, keys, owner, &staged.id.to_string(), &sealed.to_bytes(), generation)
}
