//! What a version needs of the database's present state: the record that it amends, the records and
//! parties that it names. Read, and registered where new, inside the transaction.

use crate::base::id::{LinkId, RecordId};
use crate::base::moment::Moment;
use crate::record::party::PartyRole;
use crate::record::request::{Capture, FaultCode, Faults};
use crate::record::state::RecordState;
use crate::store::Tx;
use crate::store::rows::links::LinkRow;
use crate::store::rows::parties::RecordPartyRow;
use crate::store::rows::records::RecordRow;
use crate::store::rows::{idempotency, links, records};

use super::Draft;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Inner, cases, parties, rows};

impl Draft {
    /// The record that this version amends, if there is one.
    pub(super) fn standing(&self, tx: &mut Tx<'_>) -> Result<Option<RecordRow>, Refusal> {
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
                    && revision.made(&self.keys, tx.conn(), row.id)?.is_some()
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
        if let Some(row) = &found {
            self.must_be_of(tx, row)?;
        }
        match &found {
            // The entries of a log are counted once: what came in its place is another log.
            Some(_) if self.segment.is_some() => Err(Refusal::Exists(Thing::Record)),
            Some(row) if row.state != RecordState::Active.as_str() => Err(Refusal::WrongState),
            _ => Ok(found),
        }
    }

    /// Kind, category, jurisdiction, source and case belong to the record. A version that names others would
    /// be kept where the record lies, and whoever sent it would believe it elsewhere. Whether there is
    /// a case of the other name is not looked up, so the refusal does not tell.
    fn must_be_of(&self, tx: &mut Tx<'_>, row: &RecordRow) -> Result<(), Refusal> {
        let Capture { kind, category, case, jurisdiction, said, .. } = &self.capture;
        let mut faults = Faults::new();
        if rows::kind_of(row)? != *kind {
            faults.add("kind", FaultCode::NotTheRecords);
        }
        if said.category && category.as_str() != row.category {
            faults.add("category", FaultCode::NotTheRecords);
        }
        if said.jurisdiction && jurisdiction.as_str() != row.jurisdiction {
            faults.add("jurisdiction", FaultCode::NotTheRecords);
        }
        let is_other = |(source, _)| Some(source) != row.source_token;
        if self.origin.amends.is_some() && self.origin.source.is_some_and(is_other) {
            faults.add("source", FaultCode::NotTheRecords);
        }
        if let Some(case) = case
            && !cases::is_named(&self.keys, tx.conn(), row.case_id, case)?
        {
            faults.add("case", FaultCode::NotTheRecords);
        }
        faults.into_result(Some(())).map_err(Refusal::Faults)
    }

    pub(super) fn opening(&self, at: Moment) -> cases::Opening<'_> {
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

    pub(super) fn links(
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
        let mut fresh = Vec::with_capacity(self.capture.links.len());
        for (index, link) in self.capture.links.iter().enumerate() {
            // To name a record in a link must not find out what its address would not tell.
            let to = records::get(tx.conn(), link.to)?.filter(|row| rows::is_in_sight(&self.rights, row, at));
            let to = to.ok_or(Refusal::BadLink { index, wrong_kind: false })?;
            let kind = rows::kind_of(&to)?;
            if to.id == from || link.kind.check(self.capture.kind, kind).is_err() {
                return Err(Refusal::BadLink { index, wrong_kind: true });
            }
            let known = standing.iter().any(|row| row.kind == link.kind.as_str() && row.to_record == link.to);
            if !known {
                fresh.push(LinkRow {
                    id: LinkId::generate(at, inner.entropy.as_ref()),
                    from_record: from,
                    kind: link.kind.as_str().to_owned(),
                    to_record: link.to,
                    created_at: at,
                });
            }
        }
        Ok(fresh)
    }

    pub(super) fn parties(
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
}
