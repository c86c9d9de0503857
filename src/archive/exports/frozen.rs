//! The frozen list of an export, as it waits for the job: sealed, because it says what was chosen and
//! for whom.

use serde_json::{Value, json};

use crate::archive::cells::{ITEMS, PURPOSE, REQUEST};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Inner, cells, worded};
use crate::base::canonical;
use crate::base::id::{ExportId, JobId, RecordId};
use crate::base::secret::SecretBytes;
use crate::bundle::frozen::Correction;
use crate::bundle::name::BundleName;
use crate::bundle::plan::{FailedReason, Outcome, PlannedItem, Selection, WithheldReason};
use crate::ledger::entry::EntryKind;
use crate::seal::Keyring;
use crate::store::rows::cells::{self as cell_rows, CellRow};
use crate::store::{Conn, StoreError, WriteError};

use super::Begun;

impl Begun {
    /// The cell that keeps it until the job's result is removed.
    pub(super) fn seal(&self, inner: &Inner) -> Result<CellRow, Refusal> {
        let plain = SecretBytes::new(canonical::to_bytes(&self.to_json()));
        cells::seal(inner, &inner.keys(), &self.job.to_string(), REQUEST, &plain, 0)
    }

    /// Reads the list of a job.
    pub(in crate::archive) fn load(inner: &Inner, conn: &mut Conn, job: JobId) -> Result<Self, Refusal> {
        let damaged = || Refusal::Damaged(Thing::Export);
        let cell = cell_rows::get(conn, &job.to_string(), REQUEST)?.ok_or_else(damaged)?;
        let plain = cells::open(&inner.keys(), &cell, Thing::Export)?;
        let value = serde_json::from_slice(plain.expose()).map_err(|_| damaged())?;
        Self::from_json(job, &value).ok_or_else(damaged)
    }

    /// Refuses a request that would have the package say of itself what nobody asked for. Its list is held
    /// against the digest in the entry when it is written.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or the ledger cannot be read.
    pub(super) fn must_be_asked_for(&self, inner: &Inner, conn: &mut Conn) -> Result<(), Refusal> {
        let (ledger, id) = (inner.ledgered(conn)?, self.id.to_string());
        let damaged = || Refusal::Damaged(Thing::Export);
        let entry = worded::beginning(&ledger, conn, (&id, EntryKind::ExportBegun), Thing::Export)?;
        let reading = entry.facts.get("reading").and_then(Value::as_str).ok_or_else(damaged)?;
        let said = worded::commitment_in(&entry.facts, "purpose");
        let words = cells::profile_as(&inner.keys(), conn, (reading, PURPOSE), said, Thing::Export)?;
        let text = |name: &str| words.get(name).and_then(Value::as_str);
        let is_said = text("organization") == Some(self.organization.as_str())
            && text("description") == self.description.as_deref();
        if is_said { Ok(()) } else { Err(damaged()) }
    }

    /// Puts the list in place of what was kept of it.
    pub(super) fn keep(&self, inner: &Inner) -> Result<(), Refusal> {
        let cell = self.seal(inner)?;
        let kept = inner.store.maintain(move |upkeep| {
            // Nothing is kept again of a job that was stopped meanwhile.
            match cell_rows::delete(upkeep.conn(), &cell.owner, &cell.part)? {
                true => cell_rows::insert(upkeep.conn(), &cell),
                false => Ok(()),
            }
        });
        kept.map_err(|error: WriteError<StoreError>| Refusal::Store(error.into_cause()))
    }

    fn to_json(&self) -> Value {
        json!({
            "export": self.id.to_string(),
            "name": self.name.to_string(),
            "items": self.items.iter().map(item_to_json).collect::<Vec<_>>(),
            "positions": self.positions,
            "corrections": self.corrections.iter().map(correction_to_json).collect::<Vec<_>>(),
            "countersigned": self.countersigned,
            "organization": self.organization,
            "description": self.description,
            "checkpoint": self.checkpoint,
        })
    }

    fn from_json(job: JobId, value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let items = value.get("items")?.as_array()?.iter().map(item_of).collect::<Option<Vec<_>>>()?;
        Some(Self {
            id: ExportId::parse(text("export")?).ok()?,
            job,
            name: BundleName::parse(text("name")?).ok()?,
            items,
            positions: value
                .get("positions")?
                .as_array()?
                .iter()
                .map(Value::as_u64)
                .collect::<Option<_>>()?,
            corrections: value
                .get("corrections")?
                .as_array()?
                .iter()
                .map(correction_of)
                .collect::<Option<_>>()?,
            countersigned: value.get("countersigned")?.as_bool()?,
            organization: text("organization")?.to_owned(),
            description: text("description").map(str::to_owned),
            checkpoint: text("checkpoint").map(str::to_owned),
        })
    }
}

fn correction_to_json(correction: &Correction) -> Value {
    json!([correction.record.to_string(), correction.by.to_string()])
}

fn correction_of(value: &Value) -> Option<Correction> {
    let [record, by] = value.as_array()?.as_slice() else { return None };
    Some(Correction {
        record: RecordId::parse(record.as_str()?).ok()?,
        by: RecordId::parse(by.as_str()?).ok()?,
    })
}

fn item_to_json(item: &PlannedItem) -> Value {
    let outcome = match item.outcome {
        Outcome::Exported => "exported".to_owned(),
        Outcome::Withheld(reason) => format!("withheld:{}", reason.as_str()),
        Outcome::Failed(reason) => format!("failed:{}", reason.as_str()),
    };
    json!([item.record.to_string(), item.version, item.entries.to_text(), outcome])
}

/// The cell that keeps the list as it was frozen for as long as the archive stands: in which packages a
/// record went out is asked when the job is long forgotten.
pub(super) fn seal_items(inner: &Inner, export: ExportId, items: &[PlannedItem]) -> Result<CellRow, Refusal> {
    let items = Value::Array(items.iter().map(item_to_json).collect());
    let plain = SecretBytes::new(canonical::to_bytes(&items));
    cells::seal(inner, &inner.keys(), &export.to_string(), ITEMS, &plain, 0)
}

/// Reads the list that [`seal_items`] kept.
pub(super) fn items_of(keys: &Keyring, conn: &mut Conn, export: &str) -> Result<Vec<PlannedItem>, Refusal> {
    let damaged = || Refusal::Damaged(Thing::Export);
    let cell = cell_rows::get(conn, export, ITEMS)?.ok_or_else(damaged)?;
    let plain = cells::open(keys, &cell, Thing::Export)?;
    let items: Vec<Value> = serde_json::from_slice(plain.expose()).map_err(|_| damaged())?;
    items.iter().map(item_of).collect::<Option<_>>().ok_or_else(damaged)
}

fn item_of(value: &Value) -> Option<PlannedItem> {
    let [record, version, entries, outcome] = value.as_array()?.as_slice() else { return None };
    let outcome = match outcome.as_str()?.split_once(':') {
        None => Outcome::Exported,
        Some(("withheld", reason)) => Outcome::Withheld(WithheldReason::parse(reason)?),
        Some(("failed", reason)) => Outcome::Failed(FailedReason::parse(reason)?),
        Some(_) => return None,
    };
    Some(PlannedItem {
        record: RecordId::parse(record.as_str()?).ok()?,
        version: version.as_u64()?,
        entries: Selection::parse(entries.as_str()?)?,
        outcome,
    })
}
