//! One version of a record on its way into the database: everything that needs keys is made
//! before the transaction, everything that needs the database's present state inside it.

use std::sync::Arc;

use crate::access::rights::ActorRights;
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::{CaseId, LinkId, RecordId};
use crate::base::moment::Moment;
use crate::base::secret::SecretKey;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::party::PartyRole;
use crate::record::request::Capture;
use crate::record::state::RecordState;
use crate::seal::commitment::{CommitmentKey, commit};
use crate::seal::{Keyring, SealedHeader, VersionKeys};
use crate::seal::{cell, header};
use crate::store::Tx;
use crate::store::rows::cells::CellRow;
use crate::store::rows::components::{ComponentRow, PayloadRow, Place, Presence};
use crate::store::rows::idempotency::IdempotencyRow;
use crate::store::rows::links::LinkRow;
use crate::store::rows::parties::RecordPartyRow;
use crate::store::rows::records::RecordRow;
use crate::store::rows::segments::SegmentRow;
use crate::store::rows::versions::VersionRow;
use crate::store::rows::{
    cells, components, idempotency, links, parties as party_rows, records, segments, versions,
};

use super::bound;
use super::caller::Caller;
use super::facts::{self, Rows};
use super::origin::Origin;
use super::receipt::{LedgerPlace, Receipt, ReceiptComponent};
use super::refusal::{Refusal, Thing};
use super::stage::{Sealed, Staged};
use super::{Inner, cases, parties};

/// A record that comes more days than this after the event is marked as late capture (补录).
pub const LATE_AFTER_DAYS: u32 = crate::record::occurred::LATE_AFTER_DAYS;

/// A segment of a bulk log: what its record has beside the usual.
pub(super) struct SegmentDraft {
    pub entries: u64,
    pub first_at: Moment,
    pub last_at: Moment,
    pub root: Digest,
    /// The offset table's plaintext.
    pub offsets: Vec<u8>,
}

/// A version that waits to be written.
pub(super) struct Draft {
    capture: Capture,
    staged: Vec<Staged>,
    origin: Origin,
    keys: Arc<Keyring>,
    rights: ActorRights,
    fresh_id: RecordId,
    version_keys: VersionKeys,
    segment: Option<SegmentDraft>,
}

/// What a written version gives back.
pub(super) struct Outcome {
    receipt: Receipt,
    staged: Vec<Staged>,
}

impl Outcome {
    /// After the commit: the payloads are kept, and the receipt says where its entry stands.
    pub(super) fn acknowledge(mut self, index: u64, size: u64) -> Receipt {
        self.staged.iter_mut().for_each(Staged::keep);
        self.receipt.ledger = LedgerPlace { index, size };
        self.receipt
    }
}

/// The context under which a version's descriptor is sealed.
pub(super) fn descriptor_context(record: RecordId, version: u32) -> String {
    format!("descriptor/{record}/{version}")
}

/// The context under which a segment's offset table is sealed.
pub(super) fn offsets_context(record: RecordId, version: u32) -> String {
    format!("offsets/{record}/{version}")
}

/// The part of the cell that holds a version's keys.
pub(super) fn version_part(version: u32) -> String {
    format!("version:{version}")
}

impl Draft {
    pub(super) fn new(
        inner: &Inner,
        caller: &Caller,
        capture: Capture,
        staged: Vec<Staged>,
        origin: Origin,
    ) -> Self {
        let entropy = inner.entropy.as_ref();
        Self {
            keys: inner.keys(),
            rights: caller.rights().clone(),
            fresh_id: RecordId::generate(inner.clock.now(), entropy),
            version_keys: VersionKeys {
                key: SecretKey::generate(entropy),
                commitment_key: CommitmentKey::generate(entropy),
            },
            capture,
            staged,
            origin,
            segment: None,
        }
    }

    /// Makes the draft a segment of a bulk log.
    pub(super) fn with_segment(mut self, segment: SegmentDraft) -> Self {
        self.segment = Some(segment);
        self
    }

    /// Writes the version with its ledger entry.
    ///
    /// # Errors
    /// [`Refusal::CapturedMeanwhile`] if a request with the same key or source was faster.
    pub(super) fn write(mut self, inner: &Inner, tx: &mut Tx<'_>) -> Result<Outcome, Refusal> {
        let at = tx.at();
        // The keys of this moment: a rotation or epoch turn may have passed since the content was sealed.
        self.keys = inner.keys();
        let before = self.standing(tx)?;
        let case = match &self.capture.case {
            Some(case) if before.is_none() => {
                Some(cases::find_or_open(inner, &self.keys, tx, case, &self.opening(at))?)
            }
            Some(_) | None => None,
        };
        let case_id = match &before {
            Some(row) => row.case_id,
            None => case.as_ref().map(|case| case.id),
        };
        let record_id = before.as_ref().map_or(self.fresh_id, |row| row.id);
        let version = before.as_ref().map_or(1, |row| row.version + 1);
        let links = self.links(inner, tx, record_id, at)?;
        let parties = self.parties(inner, tx, record_id, version)?;
        let rows = Rows {
            record: self.record_row(record_id, version, case_id, before.as_ref(), at),
            version: self.version_row(inner, record_id, version, at)?,
            components: self.component_rows(record_id, version),
            segment: self.segment_row(inner, record_id, version, case_id),
            parties,
            links,
        };
        let cells = self.insert(inner, tx, &rows, before.is_some())?;
        self.enter(tx, &rows, &cells, before.is_some())?;
        let receipt = self.receipt(&rows, case.as_ref().is_some_and(|case| case.opened), at);
        Ok(Outcome { receipt, staged: self.staged })
    }

    /// The record that this version amends, if there is one.
    fn standing(&self, tx: &mut Tx<'_>) -> Result<Option<RecordRow>, Refusal> {
        if let Some((token, _)) = &self.origin.idempotency
            && idempotency::get(tx.conn(), &self.rights.user.to_string(), token)?.is_some()
        {
            return Err(Refusal::CapturedMeanwhile);
        }
        let found = match (&self.origin.amends, &self.origin.source) {
            (Some((record, expected)), _) => {
                let row = records::get(tx.conn(), *record)?.ok_or(Refusal::NotFound(Thing::Record))?;
                if expected.is_some_and(|expected| expected != row.version) {
                    return Err(Refusal::Stale);
                }
                Some(row)
            }
            (None, Some((source, revision))) => {
                let row = records::by_source(tx.conn(), source)?;
                if let Some(row) = &row
                    && versions::by_revision(tx.conn(), row.id, revision)?.is_some()
                {
                    return Err(Refusal::CapturedMeanwhile);
                }
                // It came in since this person was asked about; whether they may change it is not known.
                if row.as_ref().is_some_and(|row| {
                    row.captured_by != self.rights.user && self.origin.standing != Some(row.id)
                }) {
                    return Err(Refusal::CapturedMeanwhile);
                }
                row
            }
            (None, None) => None,
        };
        match &found {
            Some(row) if row.kind != self.capture.kind.as_str() => Err(Refusal::WrongState),
            Some(row) if row.state != RecordState::Active.as_str() => Err(Refusal::WrongState),
            _ => Ok(found),
        }
    }

    fn opening(&self, at: Moment) -> cases::Opening<'_> {
        cases::Opening {
            by: &self.rights,
            at,
            opened_at: self.capture.occurred.begins(),
            zone: self.capture.occurred.zone,
            parties: self
                .capture
                .descriptor
                .parties
                .iter()
                .filter(|party| party.role == PartyRole::Customer)
                .cloned()
                .collect(),
        }
    }

    fn links(
        &self,
        inner: &Inner,
        tx: &mut Tx<'_>,
        from: RecordId,
        at: Moment,
    ) -> Result<Vec<LinkRow>, Refusal> {
        if self.capture.links.is_empty() {
            return Ok(Vec::new());
        }
        let standing = links::from_record(tx.conn(), from)?;
        let mut rows = Vec::with_capacity(self.capture.links.len());
        for (index, link) in self.capture.links.iter().enumerate() {
            // To name a record in a link must not find out what its address would not tell.
            let to = records::get(tx.conn(), link.to)?
                .filter(|row| super::rows::is_in_sight(&self.rights, row, at));
            let to = to.ok_or(Refusal::BadLink { index, wrong_kind: false })?;
            let kind = super::rows::kind_of(&to)?;
            if to.id == from || link.kind.check(self.capture.kind, kind).is_err() {
                return Err(Refusal::BadLink { index, wrong_kind: true });
            }
            let known = standing.iter().any(|row| row.kind == link.kind.as_str() && row.to_record == link.to);
            if !known {
                rows.push(LinkRow {
                    id: LinkId::generate(at, inner.entropy.as_ref()),
                    from_record: from,
                    kind: link.kind.as_str().to_owned(),
                    to_record: link.to,
                    created_at: at,
                });
            }
        }
        Ok(rows)
    }

    fn parties(
        &self,
        inner: &Inner,
        tx: &mut Tx<'_>,
        record_id: RecordId,
        version: u32,
    ) -> Result<Vec<RecordPartyRow>, Refusal> {
        let mut rows: Vec<RecordPartyRow> = Vec::with_capacity(self.capture.descriptor.parties.len());
        for party in &self.capture.descriptor.parties {
            let party_id = parties::find_or_register(inner, &self.keys, tx, self.rights.user, &party.name)?;
            let row = RecordPartyRow { record_id, version, party_id, role: party.role.as_str().to_owned() };
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    fn record_row(
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

    fn version_row(
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
            revision_token: self.origin.source.map(|(_, revision)| revision),
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
        })
    }

    fn component_rows(&self, record_id: RecordId, version: u32) -> Vec<ComponentRow> {
        let role = |index: usize| {
            self.capture.components.get(index).map_or("entries", |component| component.role.as_str())
        };
        let media_type = |index: usize| {
            self.capture
                .components
                .get(index)
                .map_or(super::bulk::SEGMENT_MEDIA_TYPE, |component| component.media_type.as_str())
        };
        let row = |(ordinal, staged): (usize, &Staged)| ComponentRow {
            id: staged.id,
            record_id,
            version,
            ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX),
            role: role(ordinal).to_owned(),
            media_type: media_type(ordinal).to_owned(),
            bytes: staged.sums.plain_bytes,
            payload_bytes: staged.sums.sealed_bytes,
            payload_digest: staged.sums.sealed_digest,
            commitment: staged.commitment.digest(),
            place: match staged.sealed {
                Sealed::Inline(_) => Place::Inline,
                Sealed::Blob => Place::Blob,
            },
            state: Presence::Present,
        };
        self.staged.iter().enumerate().map(row).collect()
    }

    fn segment_row(
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

    /// Writes the rows; returns the cells among them.
    fn insert(
        &mut self,
        inner: &Inner,
        tx: &mut Tx<'_>,
        rows: &Rows,
        amends: bool,
    ) -> Result<Vec<CellRow>, Refusal> {
        let conn = tx.conn();
        if amends {
            let advanced =
                records::advance(conn, rows.record.id, rows.record.version, rows.record.updated_at)?;
            if !advanced {
                return Err(Refusal::Stale);
            }
        } else {
            records::insert(conn, &rows.record)?;
        }
        versions::insert(conn, &rows.version)?;
        for component in &rows.components {
            components::insert(conn, component)?;
        }
        for staged in &mut self.staged {
            if let Sealed::Inline(bytes) = &mut staged.sealed {
                let payload = PayloadRow { component_id: staged.id, bytes: std::mem::take(bytes) };
                components::insert_payload(conn, &payload)?;
            }
        }
        for staged in &self.staged {
            super::uploads::hand_over(conn, staged)?;
        }
        let sealed = self.cells(inner, rows)?;
        cells::insert_all(conn, &sealed)?;
        if let Some(segment) = &rows.segment {
            segments::insert(conn, segment)?;
        }
        for party in &rows.parties {
            party_rows::insert_part(conn, party)?;
        }
        for link in &rows.links {
            links::insert(conn, link)?;
        }
        if let Some((key_token, request_digest)) = self.origin.idempotency {
            idempotency::insert(
                conn,
                &IdempotencyRow {
                    actor: self.rights.user.to_string(),
                    key_token,
                    request_digest,
                    subject: format!("{}/{}", rows.record.id, rows.version.version),
                    created_at: rows.version.captured_at,
                },
            )?;
        }
        Ok(sealed)
    }

    /// The sealed headers of the components, and the keys of the version.
    fn cells(&self, inner: &Inner, rows: &Rows) -> Result<Vec<CellRow>, Refusal> {
        let owner = rows.record.id.to_string();
        let mut cells = Vec::with_capacity(self.staged.len() + 1);
        let part = version_part(rows.version.version);
        cells.push(super::cells::seal(inner, &self.keys, &owner, &part, &self.version_keys.to_bytes(), 0)?);
        for staged in &self.staged {
            let generation = self.keys.recipients.generation;
            let sealed_header = SealedHeader {
                commitment_key: staged.commitment_key.clone(),
                // Sealed before a rotation began, captured after: wrapped to the new recipients.
                header: match staged.generation == generation {
                    true => staged.header.clone(),
                    false => header::write(&staged.file_key, &self.keys.recipients)?,
                },
            };
            let part = staged.id.to_string();
            cells.push(super::cells::seal(
                inner,
                &self.keys,
                &owner,
                &part,
                &sealed_header.to_bytes(),
                generation,
            )?);
        }
        Ok(cells)
    }

    /// Enters the version in the ledger: the last entry of the use case.
    fn enter(&self, tx: &mut Tx<'_>, rows: &Rows, cells: &[CellRow], amends: bool) -> Result<(), Refusal> {
        let kind = match (&rows.segment, amends) {
            (Some(_), _) => EntryKind::SegmentCaptured,
            (None, true) => EntryKind::Amended,
            (None, false) => EntryKind::Captured,
        };
        let mut facts = facts::of_version(&rows.as_written())?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert(bound::ROWS.to_owned(), bound::of_capture(&rows.as_written(), cells));
        }
        tx.enter(EntryDraft {
            kind,
            subject: rows.record.id.to_string(),
            actor: Actor::User(self.rights.user),
            facts,
        })?;
        Ok(())
    }

    fn receipt(&self, rows: &Rows, case_opened: bool, at: Moment) -> Receipt {
        let component = |staged: &Staged| ReceiptComponent {
            component: staged.id,
            bytes: staged.sums.plain_bytes,
            digest: Some(staged.sums.plain_digest),
        };
        Receipt {
            record: rows.record.id,
            version: rows.version.version,
            case: rows.record.case_id,
            case_opened,
            captured_at: at,
            late_days: self.capture.occurred.late_by_days(at, LATE_AFTER_DAYS),
            components: self.staged.iter().map(component).collect(),
            // Known only after the commit.
            ledger: LedgerPlace { index: 0, size: 0 },
            entries: rows.segment.as_ref().map(|segment| segment.entries),
            replayed: false,
        }
    }
}

fn clear_facts_text(capture: &Capture) -> String {
    let facts = serde_json::Value::Object(capture.descriptor.fields.clear_facts());
    String::from_utf8(canonical::to_bytes(&facts)).unwrap_or_else(|_| "{}".to_owned())
}
