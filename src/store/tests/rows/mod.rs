//! The rows' rules, each on both databases. Builders name only what a rule depends on.

mod evidence;
mod golden;
mod index;
mod people;
mod work;

use diesel::connection::SimpleConnection;

use super::*;
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::entropy::SeededEntropy;
use crate::base::id::{CaseId, ComponentId, RecordId};
use crate::store::rows::components::{ComponentRow, Place, Presence};
use crate::store::rows::records::RecordRow;
use crate::store::rows::versions::VersionRow;
use crate::store::rows::{LookupToken, cells::CellRow};
use crate::store::{Conn, Upkeep};

/// Changes rows without an entry: these tests are about the statements.
fn change<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.maintain(|tx: &mut Upkeep<'_>| work(tx.conn())).unwrap()
}

fn spoil(store: &Store, sql: &'static str) {
    change(store, move |conn| conn.batch_execute(sql).map_err(StoreError::from));
}

fn number(seed: u64) -> SeededEntropy {
    SeededEntropy::new(seed)
}

fn user(seed: u64) -> UserId {
    UserId::generate(noon(), &number(seed))
}

fn token(seed: u8) -> LookupToken {
    [seed; 16]
}

/// The record number `seed`: later ones were captured later.
fn record(seed: u64) -> RecordRow {
    let captured_at = noon().plus_seconds(i64::try_from(seed).unwrap());
    RecordRow {
        id: RecordId::generate(captured_at, &number(seed)),
        kind: "service_record".to_owned(),
        subkind: Some("ticket".to_owned()),
        category: "service.ticket".to_owned(),
        jurisdiction: "CN".to_owned(),
        case_id: None,
        state: "active".to_owned(),
        version: 1,
        source_token: None,
        captured_at,
        captured_by: user(1),
        updated_at: captured_at,
    }
}

fn version_of(record: &RecordRow, version: u32) -> VersionRow {
    VersionRow {
        record_id: record.id,
        version,
        revision_token: Some(token(9)),
        occurred_on: CivilDate::parse("2026-02-28").unwrap(),
        occurred_at: Some(noon()),
        zone: Zone::SHANGHAI,
        received_at: noon(),
        captured_at: noon(),
        captured_by: user(1),
        late: true,
        descriptor: vec![1, 2, 3],
        descriptor_digest: Digest::of(&[1, 2, 3]),
        descriptor_commitment: Digest::of(b"c"),
        facts: "{}".to_owned(),
        indexed_engine: None,
        detected_engine: None,
    }
}

fn component_of(record: &RecordRow, ordinal: u32) -> ComponentRow {
    ComponentRow {
        id: ComponentId::generate(record.captured_at, &number(u64::from(ordinal) + 77)),
        record_id: record.id,
        version: 1,
        ordinal,
        role: "original".to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: 10,
        payload_bytes: 42,
        payload_digest: Digest::of(b"payload"),
        commitment: Digest::of(b"commitment"),
        place: Place::Inline,
        state: Presence::Present,
    }
}

fn cell(owner: &str, part: &str) -> CellRow {
    let sealed = format!("{owner}{part}").into_bytes();
    CellRow {
        owner: owner.to_owned(),
        part: part.to_owned(),
        epoch: 1,
        digest: Digest::of(&sealed),
        sealed,
        generation: 1,
    }
}

fn case(seed: u64) -> CaseId {
    CaseId::generate(noon(), &number(seed))
}
