//! A database whose bytes were changed: whatever was hit, the verification ends and names it.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::tampering::{Full, full};
use super::*;
use crate::archive::tests::on_postgres;
use crate::store::testing::dump;

/// Far more than a verification of the little archive takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a verification of `full` says, with these bytes as its database.
fn said_of(full: &Full, bytes: &[u8]) -> Result<Report, Refusal> {
    for beside in ["-wal", "-shm"] {
        let mut name = full.database.clone().into_os_string();
        name.push(beside);
        drop(std::fs::remove_file(name));
    }
    std::fs::write(&full.database, bytes).unwrap();
    let (place, (told, ends)) = (full.place.clone(), mpsc::channel());
    std::thread::spawn(move || {
        let said = verify(&place, &VerifyOptions::default(), &mut |_| {}).map_err(Box::new);
        drop(told.send(said));
    });
    ends.recv_timeout(PATIENCE).expect("the verification ends").map_err(|refusal| *refusal)
}

fn tables(database: &Path) -> Vec<String> {
    dump(database, "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
}

#[test]
fn a_key_that_was_changed_in_its_place_is_named_and_not_read_for_ever() {
    if on_postgres() {
        return; // Changes the file of the embedded database.
    }
    let full = full();
    let whole = std::fs::read(&full.kept).unwrap();
    let mut tried = 0;
    for table in tables(&full.database) {
        let columns =
            dump(&full.database, &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk = 1"));
        let Some(key) = columns.first() else { continue };
        let query = format!(
            "SELECT {key} FROM (SELECT {key} FROM {table} ORDER BY {key} LIMIT 2) WHERE typeof({key}) = 'text'"
        );
        let keys = dump(&full.database, &query);
        let Some(least) = keys.first().filter(|key| keys.len() > 1 && key.len() > 8) else { continue };
        let places = whole.windows(least.len()).enumerate().filter(|(_, bytes)| *bytes == least.as_bytes());
        for (at, _) in places.take(3) {
            let mut changed = whole.clone();
            changed[at] = b'f';
            let report = said_of(&full, &changed).unwrap();
            assert!(!report.is_clean(), "{table} at byte {at}");
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn a_page_that_is_no_page_leaves_the_rest_to_be_looked_at() {
    if on_postgres() {
        return; // Changes the file of the embedded database.
    }
    const PAGE: usize = 4096;
    let full = full();
    let whole = std::fs::read(&full.kept).unwrap();
    let (mut named, mut pages) = (0, 0);
    for start in (0..whole.len()).step_by(PAGE) {
        let mut changed = whole.clone();
        changed[start] ^= 0xff;
        let report = match said_of(&full, &changed) {
            // Which migrations there were cannot be read any more, or says another thing.
            Err(Refusal::Store(StoreError::NewerSchema { .. })) => continue,
            said => said.unwrap_or_else(|refusal| panic!("page {}: {refusal}", start / PAGE + 1)),
        };
        pages += 1;
        named += usize::from(report.faults.iter().any(|fault| fault.kind == FaultKind::DatabaseDamaged));
    }
    // A page that is free, and one that holds the rest of a long value, has no such byte.
    assert!(named * 2 > pages, "{named} of {pages}");
}
