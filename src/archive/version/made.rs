//! The rows of a version, as the request and the keys make them.

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::{CaseId, RecordId};
use crate::base::moment::Moment;
use crate::record::request::Capture;
use crate::record::state::RecordState;
use crate::seal::cell;
use crate::seal::commitment::commit;
use crate::store::rows::components::ComponentRow;
use crate::store::rows::records::RecordRow;
use crate::store::rows::segments::SegmentRow;
use crate::store::rows::versions::VersionRow;

use super::{Draft, LATE_AFTER_DAYS, descriptor_context, offsets_context};
use crate::archive::refusal::Refusal;
use crate::archive::stage::Staged;
use crate::archive::{Inner, bulk};

impl Draft {
    pub(super) fn record_row(
        &self,
        id: RecordId,
        version: u32,
        case_id: Option<CaseId>,
        before: Option<&RecordRow>,
        at: Moment,
    ) -> RecordRow {
        let kind = self.capture.kind;
        // Category, jurisdiction and case belong to the record: a new version does not move it.
        RecordRow {
            id,
            kind: kind.as_str().to_owned(),
            subkind: before.map_or_else(
                || kind.subkind().map(|subkind| subkind.as_str().to_owned()),
                |row| row.subkind.clone(),
            ),
            category: before
                .map_or_else(|| self.capture.category.as_str().to_owned(), |row| row.category.clone()),
            jurisdiction: before.map_or_else(
                || self.capture.jurisdiction.as_str().to_owned(),
                |row| row.jurisdiction.clone(),
            ),
            case_id,
            state: RecordState::Active.as_str().to_owned(),
            version,
            source_token: before
                .and_then(|row| row.source_token)
                .or(self.origin.source.map(|(source, _)| source)),
            captured_at: before.map_or(at, |row| row.captured_at),
            captured_by: before.map_or(self.rights.user, |row| row.captured_by),
            updated_at: at,
        }
    }

    pub(super) fn version_row(
        &self,
        inner: &Inner,
        record_id: RecordId,
        version: u32,
        at: Moment,
    ) -> Result<VersionRow, Refusal> {
        let plain = self.capture.descriptor.to_bytes();
        let context = descriptor_context(record_id, version);
        let descriptor =
            cell::seal_under(&self.version_keys.key, &context, plain.expose(), inner.entropy.as_ref());
        let occurred = self.capture.occurred;
        Ok(VersionRow {
            record_id,
            version,
            revision_token: self.origin.source.map(|(_, revision)| revision.token(&self.version_keys)),
            occurred_on: occurred.on,
            occurred_at: occurred.at,
            zone: occurred.zone,
            received_at: self.capture.received,
            captured_at: at,
            captured_by: self.rights.user,
            late: occurred.late_by_days(at, LATE_AFTER_DAYS).is_some(),
            descriptor_digest: Digest::of(&descriptor),
            descriptor,
            descriptor_commitment: commit(&self.version_keys.commitment_key, Digest::of(plain.expose()))
                .digest(),
            facts: clear_facts_text(&self.capture),
            indexed_engine: None,
            detected_engine: None,
        })
    }

    pub(super) fn component_rows(&self, record_id: RecordId, version: u32) -> Vec<ComponentRow> {
        let role = |index: usize| {
            self.capture.components.get(index).map_or("entries", |component| component.role.as_str())
        };
        let media_type = |index: usize| {
            self.capture
                .components
                .get(index)
                .map_or(bulk::SEGMENT_MEDIA_TYPE, |component| component.media_type.as_str())
        };
        let row = |(ordinal, staged): (usize, &Staged)| {
            let at = u32::try_from(ordinal).unwrap_or(u32::MAX);
            staged.row((record_id, version), at, (role(ordinal), media_type(ordinal)))
        };
        self.staged.iter().enumerate().map(row).collect()
    }

    pub(super) fn segment_row(
        &self,
        inner: &Inner,
        record_id: RecordId,
        version: u32,
        case_id: Option<CaseId>,
    ) -> Option<SegmentRow> {
        let segment = self.segment.as_ref()?;
        let context = offsets_context(record_id, version);
        let offsets =
            cell::seal_under(&self.version_keys.key, &context, &segment.offsets, inner.entropy.as_ref());
        Some(SegmentRow {
            record_id,
            case_id,
            entries: segment.entries,
            first_at: segment.first_at,
            last_at: segment.last_at,
            root: segment.root,
            offsets_digest: Digest::of(&offsets),
            offsets,
        })
    }
}

fn clear_facts_text(capture: &Capture) -> String {
    let facts = serde_json::Value::Object(capture.descriptor.fields.clear_facts());
    String::from_utf8(canonical::to_bytes(&facts)).unwrap_or_else(|_| "{}".to_owned())
}
