//! Begins an export: who may, with whose agreement, and what exactly.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::two_person::TwoPersonAction;
use crate::base::canonical;
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{EventId, ExportId, JobId};
use crate::base::limits::{REASON_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text::{self, BadLabel};
use crate::bundle::name::BundleName;
use crate::bundle::plan::{BundleKind, Counts, begun_facts};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::rows::exports::{self, ExportRow};
use crate::store::rows::idempotency::{self, IdempotencyRow};
use crate::store::rows::{cells as cell_rows, meta};

use super::ask::Agreement;
use super::{Asked, Begun, ExportRequest, Selection};
use crate::archive::approvals::{Countersign, Step};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::jobs::{JobKind, NewJob, enqueue};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, cells};
use crate::record::request::CaseRef;

/// The part of the cell that holds what an export is for.
const PURPOSE: &str = "purpose";

impl Archive {
    /// Freezes the list of an export, enters it, and puts the job into the queue that makes the bundle, all
    /// in one. The same key with the same request gives the same export again.
    ///
    /// # Errors
    /// No purpose, not permitted, nothing selected, an unknown case, a second person is needed, too many
    /// jobs of this person, a key used for another request.
    pub fn begin_export(&self, caller: &Caller, request: &ExportRequest) -> Result<Asked, Refusal> {
        let purpose = text::prose(&request.purpose, REASON_CHARS_MAX).map_err(|fault| match fault {
            BadLabel::Blank => Refusal::PurposeRequired,
            fault => Refusal::Label { field: "purpose", fault },
        })?;
        let line = |field, text: &str| {
            text::label(text, TITLE_CHARS_MAX).map_err(|fault| Refusal::Label { field, fault })
        };
        let organization = line("organization", &request.organization)?;
        let description = request.description.as_ref().map(|text| line("description", text)).transpose()?;
        let now = self.inner.now();
        let keys = self.inner.keys();
        let create = (Action::CreateWithOriginals, Resource::Export);
        if caller.reach(create.0, create.1, now).is_nothing() {
            return Err(Refusal::Forbidden);
        }
        let repeated = self.repeated(caller, request)?;
        if let Some(Repeated::Before(asked)) = repeated {
            return Ok(asked);
        }
        let fresh_key = match repeated {
            Some(Repeated::Fresh(row)) => Some(row),
            Some(Repeated::Before(_)) | None => None,
        };
        let (items, case) = self.freeze(caller, &request.selection)?;
        let id = ExportId::generate(now, self.inner.entropy.as_ref());
        let job = JobId::generate(now, self.inner.entropy.as_ref());
        let reading = EventId::generate(now, self.inner.entropy.as_ref()).to_string();
        let sealed =
            cells::seal_profile(&self.inner, &keys, &reading, PURPOSE, &json!({"purpose": purpose}))?;
        let year = CivilDate::of(now, Zone::SHANGHAI).map_err(|_| Refusal::WrongState)?;
        let year =
            u16::try_from(chrono::Datelike::year(&year.to_naive())).map_err(|_| Refusal::WrongState)?;
        let (by, actor, approval) = (caller.user(), caller.actor(), request.approval);
        let (inner, frozen) = (Arc::clone(&self.inner), items.clone());
        let written = self.inner.store.write(move |tx| {
            let asked = Agreement::of(inner.keys().archive, case, &frozen);
            let countersign = Step {
                action: TwoPersonAction::ExportOriginals,
                subject: &asked.subject,
                parameters: &asked.parameters,
                target: &asked.target,
                by,
                approval,
            }
            .countersign(&inner, tx)?;
            let given = inner.last_words.bundles_of(year);
            let number = meta::next_number(tx.conn(), &format!("exports:{year}"), given)?;
            let name = u32::try_from(number)
                .ok()
                .and_then(|number| BundleName::new(year, number).ok())
                .ok_or(Refusal::WrongState)?;
            let mut facts = begun_facts(name, &frozen);
            if let Some(facts) = facts.as_object_mut() {
                facts.insert("countersign".to_owned(), countersign.to_fact());
                facts.insert("purpose".to_owned(), json!(sealed.commitment.to_hex()));
                facts.insert("reading".to_owned(), json!(reading));
            }
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let counts = Counts::of(frozen.iter().map(|item| &item.outcome));
            let row = ExportRow {
                id,
                number,
                year: u32::from(year),
                kind: BundleKind::Evidence.as_str().to_owned(),
                state: "begun".to_owned(),
                case_id: case,
                matter_id: None,
                created_at: tx.at(),
                created_by: by,
                checkpoint_size: 0,
                requested: counts.requested(),
                exported: 0,
                withheld: 0,
                failed: 0,
                bundle_digest: None,
                bundle_bytes: 0,
            };
            exports::insert(tx.conn(), &row)?;
            let at = tx.at();
            let new = NewJob {
                id: job,
                kind: JobKind::Export,
                subject: id.to_string(),
                by,
                total: frozen.len() as u64,
            };
            enqueue(tx.conn(), new, at)?;
            if let Some(key) = fresh_key {
                let key = IdempotencyRow { subject: id.to_string(), created_at: at, ..key };
                idempotency::insert(tx.conn(), &key)?;
            }
            let mut bound = vec![Bound::Export(id), Bound::cell(&reading, PURPOSE)];
            bound.extend(approval.map(Bound::Approval));
            let facts = bind(tx.conn(), facts, &bound)?;
            tx.enter(EntryDraft { kind: EntryKind::ExportBegun, subject: id.to_string(), actor, facts })?;
            // The entry's own position is known after the commit only: the job finds it in the ledger.
            let begun = Begun {
                id,
                job,
                name,
                at,
                items: frozen,
                countersigned: matches!(countersign, Countersign::By { .. }),
                organization,
                description,
            };
            cell_rows::insert(tx.conn(), &begun.seal(&inner)?)?;
            Ok::<_, Refusal>(())
        });
        written.map_err(Refusal::from)?;
        self.inner.job_bell.ring();
        Ok(Asked { id, job, replayed: false })
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
            let id = ExportId::parse(&row.subject).map_err(|_| damaged())?;
            let export = exports::get(conn, id)?.ok_or_else(damaged)?;
            let job = self.job_of_export(conn, &export)?.ok_or(Refusal::Expired(Thing::Export))?;
            Ok(Some(Repeated::Before(Asked { id, job: job.id, replayed: true })))
        })
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
