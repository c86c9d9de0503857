//! Writes a version down: its rows, its payloads, its sealed cells.

use crate::seal::{SealedHeader, header};
use crate::store::Tx;
use crate::store::rows::cells::CellRow;
use crate::store::rows::components::PayloadRow;
use crate::store::rows::idempotency::IdempotencyRow;
use crate::store::rows::{
    cells, components, idempotency, links, parties as party_rows, records, segments, versions,
};

use super::{Draft, version_part};
use crate::archive::facts::Rows;
use crate::archive::refusal::Refusal;
use crate::archive::stage::Sealed;
use crate::archive::{Inner, answered, cells as sealing, uploads};

impl Draft {
    /// Writes the rows. Nothing is refused any more, unless the version amends another or takes an upload over.
    pub(super) fn insert(
        &mut self,
        tx: &mut Tx<'_>,
        rows: &Rows,
        (sealed, answer): (&[CellRow], Option<&IdempotencyRow>),
        amends: bool,
    ) -> Result<(), Refusal> {
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
            uploads::hand_over(conn, staged)?;
        }
        cells::insert_all(conn, sealed)?;
        if let Some(segment) = &rows.segment {
            segments::insert(conn, segment)?;
        }
        for party in &rows.parties {
            party_rows::insert_part(conn, party)?;
        }
        for link in &rows.links {
            links::insert(conn, link)?;
        }
        if let Some(answer) = answer {
            idempotency::insert(conn, answer)?;
        }
        Ok(())
    }

    /// What a repeated request is answered from.
    pub(super) fn answer(&self, inner: &Inner, rows: &Rows) -> Result<Option<IdempotencyRow>, Refusal> {
        let Some((key_token, request_digest)) = self.origin.idempotency else { return Ok(None) };
        let row = IdempotencyRow {
            actor: self.rights.user.to_string(),
            key_token,
            request_digest,
            subject: format!("{}/{}", rows.record.id, rows.version.version),
            created_at: rows.version.captured_at,
        };
        let keys = inner.keys();
        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        Ok(Some(answered::seal(index, row)))
    }

    /// The sealed headers of the components, and the keys of the version.
    pub(super) fn cells(&self, inner: &Inner, rows: &Rows) -> Result<Vec<CellRow>, Refusal> {
        let owner = rows.record.id.to_string();
        let mut cells = Vec::with_capacity(self.staged.len() + 1);
        let part = version_part(rows.version.version);
        cells.push(sealing::seal(inner, &self.keys, &owner, &part, &self.version_keys.to_bytes(), 0)?);
        for staged in &self.staged {
            let generation = self.keys.recipients.generation;
            let sealed_header = SealedHeader {
                commitment_key: staged.commitment_key.clone(),
                // Sealed before a rotation began, captured after: wrapped to the new recipients.
                header: match staged.generation == generation {
                    true => staged.header.clone(),
                    false => header::write(&staged.file_key, &self.keys.recipients, inner.entropy.as_ref())?,
                },
            };
            let part = staged.id.to_string();
            cells.push(sealing::seal(
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
}
