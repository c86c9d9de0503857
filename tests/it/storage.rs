//! The store as other floors use it: through its public doors only, on both databases.

use std::sync::Arc;

use muniment::base::id::UserId;
use muniment::base::moment::SystemClock;
use muniment::base::secret::SecretKey;
use muniment::ledger::checkpoint::{LogKey, Origin, open};
use muniment::ledger::entry::{Actor, EntryDraft, EntryKind};
use muniment::store::rows::meta;
use muniment::store::{Store, StoreConfig, StoreError};

use crate::harness_db::{TestDatabase, on_each_database};

fn log_key() -> LogKey {
    LogKey::from_seed(&SecretKey::take(&mut [3; 32]), Origin::parse("archive.example/it").expect("an origin"))
}

fn open_store(database: &TestDatabase) -> Store {
    let config = StoreConfig {
        url: database.url(),
        log_key: log_key(),
        clock: Arc::new(SystemClock),
        readers: 2,
        listener: None,
    };
    Store::open(config).expect("the store opens")
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart_under_a_signed_checkpoint() {
    on_each_database(|database| {
        let store = open_store(database);
        let written = store
            .write(|tx| {
                meta::put(tx.conn(), "archive", "1")?;
                tx.enter(EntryDraft {
                    kind: EntryKind::ArchiveCreated,
                    subject: "archive".to_owned(),
                    actor: Actor::User(UserId::parse("01890a5d-ac96-774b-bcce-b302099a8057").expect("an id")),
                    facts: serde_json::json!({}),
                })?;
                Ok::<_, StoreError>(())
            })
            .expect("the write is acknowledged");
        drop(store);
        let store = open_store(database);
        assert_eq!(store.read(|conn| meta::get(conn, "archive")), Ok(Some("1".to_owned())));
        let latest = store.checkpoint().expect("the database answers").expect("there is a checkpoint");
        let signed = open(&latest.note, &log_key().vkey()).expect("the checkpoint is the log's own");
        assert_eq!(signed.size, written.first_seq + written.count);
    });
}
