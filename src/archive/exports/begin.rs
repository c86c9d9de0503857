//! Begins an export: who may, with whose agreement, and what exactly.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{EventId, ExportId};
use crate::base::limits::{REASON_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::text::{self, BadLabel};
use crate::bundle::name::BundleName;
use crate::bundle::plan::{BundleKind, Counts, begun_facts, items_digest};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::rows::exports::{self, ExportRow};
use crate::store::rows::{cases, cells as cell_rows, meta};

use super::{Begun, ExportRequest, Selection};
use crate::archive::approvals::{Countersign, Step};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, cells};
use crate::record::request::CaseRef;

/// The part of the cell that holds what an export is for.
const PURPOSE: &str = "purpose";

impl Archive {
    /// Freezes the list of an export and enters it. The bundle is made by [`Archive::write_export`].
    ///
    /// # Errors
    /// No purpose, not permitted, nothing selected, an unknown case, a second person is needed.
    pub fn begin_export(&self, caller: &Caller, request: &ExportRequest) -> Result<Begun, Refusal> {
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
        let (items, case) = self.inner.store.read(|conn| {
            let case = match &request.selection {
                Selection::Ids(_) => None,
                Selection::Case(CaseRef::Id(id)) => cases::get(conn, *id)?.map(|row| row.id),
                Selection::Case(CaseRef::Reference(reference)) => {
                    let token = crate::archive::cases::reference_token(&keys, reference.as_str())?;
                    cases::by_reference(conn, &token)?.map(|row| row.id)
                }
            };
            Ok::<_, Refusal>((self.select(conn, caller, &request.selection)?, case))
        })?;
        if items.is_empty() {
            return Err(Refusal::NotFound(Thing::Record));
        }
        let id = ExportId::generate(now, self.inner.entropy.as_ref());
        let reading = EventId::generate(now, self.inner.entropy.as_ref()).to_string();
        let sealed =
            cells::seal_profile(&self.inner, &keys, &reading, PURPOSE, &json!({"purpose": purpose}))?;
        let year = CivilDate::of(now, Zone::SHANGHAI).map_err(|_| Refusal::WrongState)?;
        let year =
            u16::try_from(chrono::Datelike::year(&year.to_naive())).map_err(|_| Refusal::WrongState)?;
        let (by, actor, approval) = (caller.user(), caller.actor(), request.approval);
        let (inner, frozen) = (Arc::clone(&self.inner), items.clone());
        let written = self.inner.store.write(move |tx| {
            let target = case.map_or_else(Target::archive, Target::in_case);
            let subject = items_digest(frozen.iter().map(|item| (item.record, item.version, &item.entries)));
            let countersign = Step {
                action: TwoPersonAction::ExportOriginals,
                subject: &subject.to_hex(),
                parameters: &json!({}),
                target: &target,
                by,
                approval,
            }
            .countersign(&inner, tx)?;
            let number = meta::next_number(tx.conn(), &format!("exports:{year}"))?;
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
            let mut bound = vec![Bound::Export(id), Bound::cell(&reading, PURPOSE)];
            bound.extend(approval.map(Bound::Approval));
            let facts = bind(tx.conn(), facts, &bound)?;
            tx.enter(EntryDraft { kind: EntryKind::ExportBegun, subject: id.to_string(), actor, facts })?;
            Ok::<_, Refusal>((name, tx.at(), matches!(countersign, Countersign::By { .. })))
        });
        let written = written.map_err(Refusal::from)?;
        let (name, at, countersigned) = written.value;
        Ok(Begun {
            id,
            name,
            at,
            items,
            countersigned,
            ledger_index: written.first_seq + written.count - 1,
            organization,
            description,
        })
    }
}
