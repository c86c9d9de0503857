//! Destroys a sealed record: what could have opened it goes, and with it whatever says what it said. What stays is
//! opaque: ids, dates, sizes, digests of ciphertext, and the trace of it in the ledger (销毁留痕).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, digest_in};
use crate::archive::caller::Caller;
use crate::archive::cells::{self as sealing, FACTS};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::digest::from_hex;
use crate::base::id::{ComponentId, DispositionId};
use crate::base::secret::SecretBytes;
use crate::blob::BlobError;
use crate::ledger::entry::EntryKind;
use crate::record::state::RecordState;
use crate::retention::Bound as Ends;
use crate::store::rows::components::{self, ComponentRow, Place};
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::{cells, detections, idempotency, retention, segments, versions};
use crate::store::{Conn, Tx};

use super::enter::OfRecord;
use super::execute::{Fate, stop};
use super::list::Item;
use super::seal::say_with;
use super::step::{Batch, RESTORING, ReviewVerdict};
use crate::archive::disposition::gate::{Answer, Leave, Phase, may_go, rule_of};

impl Archive {
    pub(super) fn shred_one(
        &self,
        (caller, may): (&Caller, &Warrant),
        id: DispositionId,
        (number, item): (usize, &Item),
    ) -> Result<Fate, Refusal> {
        let inner = &self.inner;
        let (shared, wanted) = (Arc::clone(inner), item.clone());
        let written = inner.write_as(caller, may.clone(), move |tx, caller| {
            let (inner, item) = (&shared, wanted);
            let batch = inner.batch_in(tx, id)?;
            let record = records::get(tx.conn(), item.record)?.ok_or(Refusal::Damaged(Thing::Record))?;
            if inner.sealed_by(tx, id, item.record)?.is_none() {
                // It is to be read again, or went as a copy with its source, since it was asked.
                return Err(Refusal::Stopped);
            }
            let sealed = Sealed::read(inner, tx, (id, &record))?.ok_or(Refusal::Stopped)?;
            let phase = Phase::Shred { facts: &sealed.facts, looked: &sealed.looked };
            let leave = match may_go((inner, tx), (&record, &item), &batch, phase)? {
                Answer::Leave(leave) => leave,
                Answer::Stopped(why) => {
                    stop((inner, tx), caller.actor(), (id, number, &item), (RESTORING, &why))?;
                    return Ok((Fate::Restoring, Vec::new()));
                }
            };
            let mut files = Vec::new();
            for going in &leave.going {
                let record = &going.record;
                let gone = components::of_record(tx.conn(), record.id)?;
                let mut facts = trace(&batch, number, (record, &gone), &leave);
                say_with(&mut facts, &item, record.id);
                let rows = destroy(tx.conn(), record)?;
                let kind = EntryKind::RecordShredded;
                let entry = OfRecord { batch: id, record: record.id, kind, facts, rows: &rows };
                entry.enter(inner, tx, caller.actor())?;
                files.extend(in_files(&gone));
            }
            Ok((Fate::Shredded, files))
        });
        match written.map_err(Refusal::from) {
            Ok(written) => {
                let (fate, files) = written.value;
                inner.remove_payloads(&files);
                Ok(fate)
            }
            Err(Refusal::Stopped) => self.fate_now(id, item),
            Err(other) => Err(other),
        }
    }
}

/// What was kept of a record when it was sealed.
pub(in crate::archive::disposition) struct Sealed {
    /// The facts.
    pub facts: SecretBytes,
    /// The holds that were held against its words then.
    pub looked: BTreeSet<String>,
}

impl Sealed {
    /// Reads it; the entry that sealed the record must be of this disposition. `None` if it is to be read again.
    pub(in crate::archive::disposition) fn read(
        inner: &Inner,
        tx: &mut Tx<'_>,
        (batch, record): (DispositionId, &RecordRow),
    ) -> Result<Option<Self>, Refusal> {
        let (kind, facts) = inner.disposed_in(tx, record.id)?.ok_or(Refusal::WrongState)?;
        let own = facts.get("batch").and_then(Value::as_str) == Some(batch.to_string().as_str());
        if kind == EntryKind::DispositionStep && own {
            return Ok(None);
        }
        if kind != EntryKind::RecordSealed || !own {
            return Err(Refusal::WrongState);
        }
        let damaged = || Refusal::Damaged(Thing::Record);
        let looked = facts.get("looked").and_then(Value::as_array).ok_or_else(damaged)?;
        let looked = looked.iter().map(|mark| mark.as_str().map(str::to_owned)).collect::<Option<_>>();
        let said = digest_in(facts.get("facts").ok_or_else(damaged)?);
        let owner = record.id.to_string();
        let words = sealing::profile_as(&inner.keys(), tx.conn(), (&owner, FACTS), said, Thing::Record)?;
        let bytes = words.get("facts").and_then(Value::as_str).and_then(from_hex).ok_or_else(damaged)?;
        let facts = SecretBytes::new(bytes);
        Ok(Some(Self { facts, looked: looked.ok_or_else(damaged)? }))
    }
}

/// Takes everything that says, or leads to, what the record said out of the database.
pub(super) fn destroy(conn: &mut Conn, record: &RecordRow) -> Result<Vec<Bound>, Refusal> {
    let (id, owner) = (record.id, record.id.to_string());
    let rows = cells::of_owner(conn, &owner)?.iter().map(|cell| Bound::cell(&owner, &cell.part)).collect();
    cells::delete_owner(conn, &owner)?;
    versions::empty(conn, id)?;
    segments::empty(conn, id)?;
    components::empty(conn, id)?;
    detections::forget(conn, id)?;
    retention::forget(conn, id)?;
    idempotency::delete_of_record(conn, id)?;
    match records::bring(conn, id, &record.state, RecordState::Shredded.as_str())? {
        true => Ok(rows),
        false => Err(Refusal::Stale),
    }
}

/// The payloads that lie in files.
pub(super) fn in_files(gone: &[ComponentRow]) -> Vec<ComponentId> {
    gone.iter().filter(|row| row.place == Place::Blob).map(|row| row.id).collect()
}

/// What stays: which rule justified it, who agreed, and that nothing held it.
fn trace(
    batch: &Batch,
    number: usize,
    (record, gone): (&RecordRow, &[ComponentRow]),
    leave: &Leave,
) -> Value {
    let verdict = &leave.verdict;
    let policy = leave.schedule.policy();
    let rule = rule_of(verdict)
        .map(|(id, version, hash)| json!({"hash": hash.to_hex(), "id": id, "version": version}));
    let end = |bound: &Option<Ends>| {
        let bound = bound.as_ref()?;
        let rule = match &bound.source {
            crate::retention::Source::Rule(rule)
            | crate::retention::Source::Residual(rule)
            | crate::retention::Source::Inherited(rule, _) => Some(rule.id().to_string()),
            _ => None,
        };
        // A day that follows from somebody's birth says when that was.
        let from = bound.end.from().filter(|_| !leave.rests_on_words);
        Some(json!({"from": from.map(crate::base::moment::Moment::to_rfc3339), "rule": rule}))
    };
    let approved = batch.decisions.iter().filter(|one| one.verdict == ReviewVerdict::Approve);
    let approved: Vec<Value> = approved
        .map(|one| json!({"by": one.by.to_string(), "role": one.role.as_str(), "stage": one.stage}))
        .collect();
    let due = verdict.due_from.filter(|_| !leave.rests_on_words);
    let bytes: u64 = gone.iter().map(|row| row.bytes).sum();
    let payloads: Map<String, Value> =
        gone.iter().map(|row| (row.id.to_string(), Value::from(row.payload_digest.to_hex()))).collect();
    json!({
        "action": verdict.action.map(crate::policy::Action::as_str),
        "approved": approved,
        "attended": batch.attended.iter().map(|one| one.by.to_string()).collect::<Vec<_>>(),
        "bytes": bytes,
        "category": record.category,
        "ceiling": end(&verdict.ceiling),
        "components": gone.len(),
        "due_from": due.map(crate::base::moment::Moment::to_rfc3339),
        "floor": end(&verdict.floor),
        "holds": 0,
        "item": number,
        "kind": record.kind,
        "mandatory": verdict.mandatory,
        "payloads": payloads,
        "policy": {"hash": policy.hash.to_hex(), "id": policy.id.as_str(), "version": policy.version},
        "requested_by": batch.requested_by.to_string(),
        "rule": rule,
        "version": record.version,
    })
}

impl Inner {
    /// Removes payloads whose keys are gone: what stays behind is noise, and the sweep finds it.
    pub(super) fn remove_payloads(&self, files: &[ComponentId]) {
        for component in files {
            match self.blobs.remove(*component) {
                Ok(()) | Err(BlobError::Missing) => {}
                Err(error) => tracing::warn!(%component, %error, "a payload stays until the next sweep"),
            }
        }
    }
}
