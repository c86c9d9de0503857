//! Begins an export: who may, with whose agreement, and what exactly.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::two_person::TwoPersonAction;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{EventId, ExportId};
use crate::base::limits::{REASON_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::text::{self, BadLabel};
use crate::bundle::name::BundleName;
use crate::bundle::plan::{BundleKind, Counts, begun_facts};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::rows::exports::{self, ExportRow};
use crate::store::rows::{cells as cell_rows, meta};

use super::ask::Asked;
use super::{Begun, ExportRequest};
use crate::archive::approvals::{Countersign, Step};
use crate::archive::caller::Caller;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, cells};

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
        let (items, case) = self.freeze(caller, &request.selection)?;
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
            let asked = Asked::of(inner.keys().archive, case, &frozen);
            let countersign = Step {
                action: TwoPersonAction::ExportOriginals,
                subject: &asked.subject,
                parameters: &asked.parameters,
                target: &asked.target,
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
