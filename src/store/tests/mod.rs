//! The store's rules, each on both databases.

mod doors;
mod groups;
mod ledger;
mod rows;
mod schema;

use std::sync::Arc;

use serde_json::json;

use super::rows::meta;
use super::{Store, StoreConfig, StoreError, Tx};
use crate::base::id::UserId;
use crate::base::moment::{Clock, FixedClock, Moment};
use crate::base::secret::SecretKey;
use crate::ledger::checkpoint::{LogKey, Origin};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};

#[path = "../../../tests/it/harness_db.rs"]
pub(crate) mod harness_db;

pub(in crate::store) use harness_db::{TestDatabase, on_each_database, sqlite};

pub(in crate::store) fn log_key() -> LogKey {
    LogKey::from_seed(&SecretKey::take(&mut [7; 32]), Origin::parse("archive.example/test").unwrap())
}

pub(in crate::store) fn noon() -> Moment {
    Moment::parse("2026-03-01T12:00:00Z").unwrap()
}

pub(in crate::store) fn open(database: &TestDatabase) -> Store {
    open_at(database, Arc::new(FixedClock::at(noon()))).unwrap()
}

pub(in crate::store) fn open_at(database: &TestDatabase, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
    Store::open(StoreConfig { url: database.url(), log_key: log_key(), clock, readers: 4, listener: None })
}

pub(in crate::store) fn a_draft(subject: &str) -> EntryDraft {
    let user = UserId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
    EntryDraft {
        kind: EntryKind::Captured,
        subject: subject.to_owned(),
        actor: Actor::User(user),
        facts: json!({"version": 1}),
    }
}

/// A change with its entry: the meta row `key`, entered under the same name.
pub(in crate::store) fn put(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<(), StoreError> {
    meta::put(tx.conn(), key, value)?;
    tx.enter(a_draft(key))
}
