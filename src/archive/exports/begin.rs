//! Begins an export: who may, with whose agreement, and what exactly.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::two_person::TwoPersonAction;
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, EventId, ExportId, JobId, RecordId, UserId};
use crate::base::limits::{REASON_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text::{self, BadLabel};
use crate::bundle::frozen::{FrozenCustody, begun_facts};
use crate::bundle::name::BundleName;
use crate::bundle::plan::{BundleKind, Counts};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::rows::cells as cell_rows;
use crate::store::rows::exports::{self, ExportRow};
use crate::store::rows::idempotency::{self, IdempotencyRow};
use crate::store::rows::ledger;
use crate::store::{Conn, StoreError, Tx};

use super::ask::Agreement;
use super::select::{Frozen, to_export};
use super::told::touches;
use super::{Asked, Begun, ExportRequest, Selection, frozen};
use crate::archive::approvals::{Countersign, Step};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::{PURPOSE, SealedProfile};
use crate::archive::jobs::{JobKind, NewJob, enqueue};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::signed::{self, Lean};
use crate::archive::{Archive, Inner, answered, cells};
use crate::record::request::CaseRef;

/// Times that a list is frozen anew before an export is refused whose records never rest.
const FREEZES_MAX: usize = 5;

impl Archive {
    /// Freezes the list of an export and what its custody log tells of, enters both, and puts the job into the
    /// queue that makes the bundle, all in one. The same key with the same request gives the same export again.
    ///
    /// # Errors
    /// No purpose, not permitted, nothing selected, an unknown case, a second person is needed, too many
    /// jobs of this person, a key used for another request.
    pub fn begin_export(&self, caller: &Caller, request: &ExportRequest) -> Result<Asked, Refusal> {
        let said = Said::of(request)?;
        let now = self.inner.now();
        if caller.reach(Action::CreateWithOriginals, Resource::Export, now).is_nothing() {
            return Err(caller.forbidden((Action::CreateWithOriginals, Resource::Export)));
        }
        let key = match self.repeated(caller, request)? {
            Some(Repeated::Before(asked)) => return Ok(asked),
            Some(Repeated::Fresh(row)) => Some(row),
            None => None,
        };
        for _ in 0..FREEZES_MAX {
            match self.begin_frozen(caller, request, (&said, key.as_ref())) {
                Ok(Some(asked)) => return Ok(asked),
                Ok(None) => tracing::debug!("the ledger went on about the records: the list is frozen anew"),
                Err(refusal) => return Err(refusal),
            }
        }
        Err(Refusal::Stale)
    }

    /// Freezes the list and enters it; `None` if the ledger went on about its records in between.
    fn begin_frozen(
        &self,
        caller: &Caller,
        request: &ExportRequest,
        (said, key): (&Said, Option<&IdempotencyRow>),
    ) -> Result<Option<Asked>, Refusal> {
        let now = self.inner.now();
        let frozen = self.freeze(caller, &request.selection)?;
        let may = to_export(&frozen.items, frozen.case);
        let went_on = Arc::new(AtomicBool::new(false));
        let entropy = self.inner.entropy.as_ref();
        let (id, job) = (ExportId::generate(now, entropy), JobId::generate(now, entropy));
        let reading = EventId::generate(now, entropy).to_string();
        // With the purpose, what the package is to say of itself: the entry is committed to all of it.
        let words = said.to_json();
        let sealed = cells::seal_profile(&self.inner, &self.inner.keys(), &reading, PURPOSE, &words)?;
        let beginning = Beginning {
            id,
            job,
            by: caller.user(),
            actor: caller.actor(),
            approval: request.approval,
            frozen,
            purpose: sealed,
            reading,
            said: said.clone(),
            key: key.cloned(),
            went_on: Arc::clone(&went_on),
        };
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, _| beginning.enter(&inner, tx));
        match written.map_err(Refusal::from) {
            Err(Refusal::Stale) if went_on.load(Ordering::Acquire) => Ok(None),
            Err(refusal) => Err(refusal),
            Ok(_) => {
                self.inner.job_bell.ring();
                Ok(Some(Asked { id, job, replayed: false }))
            }
        }
    }

    /// The key of a request: fresh, or with the export that it began before.
    fn repeated(&self, caller: &Caller, request: &ExportRequest) -> Result<Option<Repeated>, Refusal> {
        let Some(key) = &request.key else { return Ok(None) };
        let keys = self.inner.keys();
        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        let actor = caller.user().to_string();
        let key_token =
            index.lookup_token("idempotency", &format!("{actor}\u{1f}export\u{1f}{}", key.as_str()));
        let plain = Digest::of(&canonical::to_bytes(&request.to_json()));
        let request_digest = Digest::of(&index.lookup_token("request", &plain.to_hex()));
        self.inner.store.read(|conn| {
            let Some(row) = idempotency::get(conn, &actor, &key_token)? else {
                let (subject, created_at) = (String::new(), Moment::from_micros(0));
                let row = IdempotencyRow { actor, key_token, request_digest, subject, created_at };
                return Ok(Some(Repeated::Fresh(row)));
            };
            if row.request_digest != request_digest {
                return Err(Refusal::IdempotencyConflict);
            }
            let damaged = || Refusal::Damaged(Thing::Export);
            let id = ExportId::parse(answered::open(index, &row, Thing::Export)?).map_err(|_| damaged())?;
            let export = exports::get(conn, id)?.ok_or_else(damaged)?;
            let ledger = self.inner.ledgered(conn)?;
            let job =
                Self::job_of_export((conn, &ledger), &export)?.ok_or(Refusal::Expired(Thing::Export))?;
            Ok(Some(Repeated::Before(Asked { id, job: job.id, replayed: true })))
        })
    }
}

/// What a request says in words, each checked.
#[derive(Clone)]
pub(super) struct Said {
    purpose: String,
    organization: String,
    description: Option<String>,
}

impl Said {
    pub(super) fn of(request: &ExportRequest) -> Result<Self, Refusal> {
        // On one line: the second person reads line by line who says what.
        let purpose = text::label(&request.purpose, REASON_CHARS_MAX).map_err(|fault| match fault {
            BadLabel::Blank => Refusal::PurposeRequired,
            fault => Refusal::Label { field: "purpose", fault },
        })?;
        let line = |field, text: &str| {
            text::label(text, TITLE_CHARS_MAX).map_err(|fault| Refusal::Label { field, fault })
        };
        Ok(Self {
            purpose,
            organization: line("organization", &request.organization)?,
            description: request.description.as_ref().map(|text| line("description", text)).transpose()?,
        })
    }

    /// All of it, for the question whether it is what was agreed to.
    pub(super) fn to_json(&self) -> Value {
        let Self { purpose, organization, description } = self;
        json!({"description": description, "organization": organization, "purpose": purpose})
    }

    /// What the second person reads: the purpose, then who hands the package over and what it is called.
    pub(super) fn to_reason(&self) -> String {
        let lines = [Some(&self.purpose), Some(&self.organization), self.description.as_ref()];
        lines.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// An export on its way into the ledger.
struct Beginning {
    id: ExportId,
    job: JobId,
    by: UserId,
    actor: Actor,
    approval: Option<ApprovalId>,
    frozen: Frozen,
    purpose: SealedProfile,
    reading: String,
    said: Said,
    key: Option<IdempotencyRow>,
    /// Set where the ledger went on about the records since the list was frozen.
    went_on: Arc<AtomicBool>,
}

impl Beginning {
    /// Uses the approval up, and writes the export, its job and its entry.
    fn enter(self, inner: &Inner, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        let asked = Agreement::of(&inner.keys(), self.frozen.case, &self.frozen.items, &self.said)?;
        let countersign = Step {
            action: TwoPersonAction::ExportOriginals,
            subject: &asked.subject,
            parameters: &asked.parameters,
            target: &asked.target,
            by: self.by,
            approval: self.approval,
        }
        .countersign(inner, tx)?;
        // The year in which it is entered: the name and the instant of its entry agree.
        let year = BundleName::year_of(tx.at()).map_err(|_| Refusal::WrongState)?;
        let number = inner.next_bundle(tx, year)?;
        let name = u32::try_from(number)
            .ok()
            .and_then(|number| BundleName::new(year, number).ok())
            .ok_or(Refusal::WrongState)?;
        let at = tx.at();
        cell_rows::insert(tx.conn(), &self.purpose.row)?;
        cell_rows::insert(tx.conn(), &frozen::seal_items(inner, self.id, &self.frozen.items)?)?;
        exports::insert(tx.conn(), &self.row((year, number), at))?;
        let (id, job, by) = (self.id.to_string(), self.job, self.by);
        let total = self.frozen.items.len() as u64;
        enqueue(tx.conn(), NewJob { id: job, kind: JobKind::Export, subject: id.clone(), by, total }, at)?;
        if let Some(key) = &self.key {
            let row = IdempotencyRow { subject: id.clone(), created_at: at, ..key.clone() };
            let keys = inner.keys();
            let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
            idempotency::insert(tx.conn(), &answered::seal(index, row))?;
        }
        // Last of all: from here to its entry nothing else is entered.
        let custody = self.custody(tx)?;
        let facts = self.facts(tx.conn(), name, &custody, &countersign)?;
        let kind = EntryKind::ExportBegun;
        tx.enter(EntryDraft { kind, subject: id, actor: self.actor, facts })?;
        // The entry's own position is known after the commit only: the job finds it in the ledger.
        let begun = Begun {
            id: self.id,
            job,
            name,
            items: self.frozen.items,
            positions: self.frozen.positions,
            corrections: self.frozen.corrections,
            countersigned: matches!(countersign, Countersign::By { .. }),
            organization: self.said.organization,
            description: self.said.description,
            checkpoint: None,
        };
        cell_rows::insert(tx.conn(), &begun.seal(inner)?)?;
        Ok(())
    }

    /// The extent of the custody log: all that stands before the entry that freezes it. An entry since the list was
    /// read that is about its records refuses this one.
    fn custody(&self, tx: &mut Tx<'_>) -> Result<FrozenCustody, Refusal> {
        let Frozen { items, case, positions, size, .. } = &self.frozen;
        let records: BTreeSet<RecordId> = items.iter().map(|item| item.record).collect();
        let mut went_on = false;
        let committed = ledger::latest_checkpoint(tx.conn())?.map_or(0, |checkpoint| checkpoint.size);
        ledger::scan(tx.conn(), *size..committed, &mut |row: Result<ledger::EntryRow, StoreError>| {
            let row = row?;
            let Lean { kind, subject, facts } = signed::lean::<Value>(&row.body)?;
            went_on |= touches((kind, subject, &facts), &records, *case);
            Ok::<_, Refusal>(())
        })?;
        let mut pending = 0;
        for draft in tx.pending() {
            pending += 1;
            went_on |= touches((draft.kind, &draft.subject, &draft.facts), &records, *case);
        }
        if went_on {
            self.went_on.store(true, Ordering::Release);
            return Err(Refusal::Stale);
        }
        Ok(FrozenCustody::new(committed + pending, positions.iter().copied()))
    }

    fn facts(
        &self,
        conn: &mut Conn,
        name: BundleName,
        custody: &FrozenCustody,
        countersign: &Countersign,
    ) -> Result<Value, Refusal> {
        let mut facts = begun_facts(name, &self.frozen.items, custody, &self.frozen.versions);
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("countersign".to_owned(), countersign.to_fact());
            facts.insert("purpose".to_owned(), json!(self.purpose.commitment.to_hex()));
            facts.insert("reading".to_owned(), json!(self.reading));
        }
        let mut bound =
            vec![Bound::Export(self.id), Bound::Job(self.job), Bound::cell(&self.reading, PURPOSE)];
        bound.push(Bound::cell(self.id, cells::ITEMS));
        bound.extend(self.approval.map(Bound::Approval));
        bind(conn, facts, &bound)
    }

    fn row(&self, (year, number): (u16, u64), at: Moment) -> ExportRow {
        let counts = Counts::of(self.frozen.items.iter().map(|item| &item.outcome));
        ExportRow {
            id: self.id,
            number,
            year: u32::from(year),
            kind: BundleKind::Evidence.as_str().to_owned(),
            state: "begun".to_owned(),
            case_id: self.frozen.case,
            matter_id: None,
            created_at: at,
            created_by: self.by,
            checkpoint_size: 0,
            requested: counts.requested(),
            exported: 0,
            withheld: 0,
            failed: 0,
            bundle_digest: None,
            bundle_bytes: 0,
        }
    }
}

/// What is known of a request's key.
enum Repeated {
    /// The key was not used before.
    Fresh(IdempotencyRow),
    /// It began this export.
    Before(Asked),
}

impl ExportRequest {
    /// All that the request says, for the question whether it is the same.
    fn to_json(&self) -> Value {
        let selection = match &self.selection {
            Selection::Case(CaseRef::Id(id)) => json!({"case_id": id.to_string()}),
            Selection::Case(CaseRef::Reference(reference)) => json!({"case": reference.as_str()}),
            Selection::Ids(names) => {
                json!({"ids": names.iter().map(ToString::to_string).collect::<Vec<_>>()})
            }
        };
        json!({
            "selection": selection,
            "purpose": self.purpose,
            "organization": self.organization,
            "description": self.description,
            "approval": self.approval.map(|approval| approval.to_string()),
        })
    }
}
