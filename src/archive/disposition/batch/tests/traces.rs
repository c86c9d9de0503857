//! What stays of a destroyed record, and what does not: races, bytes, certificates.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::office::{Office, an_office};
use crate::archive::cells::{self, ESCROW};
use crate::archive::disposition::DispositionState;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::on_postgres;
use crate::base::canonical;
use crate::base::digest::{Digest, from_hex};
use crate::base::id::{HoldId, RecordId};
use crate::bundle::certificate::{CertificateFault, check_certificate};
use crate::ledger::entry::{EntryKind, decode};
use crate::ledger::proof;
use crate::seal::commitment::{CommitmentKey, commit};
use crate::store::rows::{cells as cell_rows, components, ledger};

/// How often a hold is placed while a disposition is carried out.
fn rounds() -> usize {
    if on_postgres() { 60 } else { 1_000 }
}

#[test]
fn of_a_thousand_holds_that_are_placed_while_a_disposition_is_carried_out_none_comes_too_late() {
    let mut office = an_office();
    let records = office.tickets(rounds());
    let id = office.ready(&records);
    let holds: Vec<Result<HoldId, Refusal>> = std::thread::scope(|scope| {
        let office = &office;
        let carries_out = scope.spawn(move || {
            let (asks, slice) = (&office.asks, Duration::from_secs(2));
            let seal = || office.archive().seal_disposition(asks, id, slice).unwrap().state;
            let shred = || office.archive().shred_disposition(asks, id, slice).unwrap().state;
            let sealed = std::iter::repeat_with(seal).find(|state| *state != DispositionState::Sealing);
            // Where every record was held before anything was sealed, nothing is left to be destroyed.
            if sealed == Some(DispositionState::Sealed) {
                std::iter::repeat_with(shred).find(|state| *state != DispositionState::Shredding);
            }
        });
        // From the end: it is met in the middle.
        let placed = records.iter().rev().map(|record| office.hold(*record).map(|placed| placed.entered.id));
        let placed: Vec<_> = placed.collect();
        carries_out.join().unwrap();
        placed
    });
    let (mut held, mut destroyed, mut wrong) = (HashSet::new(), 0, 0);
    let named: std::collections::HashMap<HoldId, RecordId> = holds
        .iter()
        .zip(records.iter().rev())
        .filter_map(|(hold, record)| Some((*hold.as_ref().ok()?, *record)))
        .collect();
    let inner = &office.archive().inner;
    let mut next = 0;
    loop {
        let rows = inner.store.read(|conn| ledger::entries_from(conn, next, 500)).unwrap();
        let Some(last) = rows.last() else { break };
        next = last.seq + 1;
        for row in &rows {
            let entry = decode(&row.body).unwrap();
            if entry.kind == EntryKind::HoldPlaced {
                let hold = HoldId::parse(entry.facts["hold"].as_str().unwrap()).unwrap();
                held.insert(named[&hold]);
            }
            if entry.kind == EntryKind::RecordShredded {
                destroyed += 1;
                wrong += usize::from(held.contains(&RecordId::parse(&entry.subject).unwrap()));
            }
        }
    }
    println!("{destroyed} destroyed, {} held, {} holds refused", held.len(), holds.len() - named.len());
    assert_eq!(wrong, 0, "destroyed while held");
    assert!(
        holds.iter().all(|hold| matches!(hold, Ok(_) | Err(Refusal::Erased(Thing::Record)))),
        "{holds:?}"
    );
    office.is_clean();
}

fn is_in_a_file(folder: &Path, part: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => is_in_a_file(&path, part),
            false => std::fs::read(&path).unwrap().windows(part.len()).any(|window| window == part),
        }
    })
}

#[test]
fn after_the_key_is_destroyed_and_the_epoch_turned_no_copy_gives_anything_back() {
    let mut office = an_office();
    let records = office.tickets(2);
    let record = records[0];
    let id = office.ready(&records[..1]);
    let inner = std::sync::Arc::clone(&office.archive().inner);
    let sealed = |record: RecordId| {
        inner
            .store
            .read(|conn| {
                let component = components::of_version(conn, record, 1)?.remove(0);
                let payload = components::payload(conn, component.id)?;
                let cells = cell_rows::of_owner(conn, &record.to_string())?;
                Ok::<_, crate::store::StoreError>((payload, cells))
            })
            .unwrap()
    };
    // Somebody kept copies of the rows as they were, before and after they were sealed.
    let (payload, mut copies) = sealed(record);
    office.sealed(id).unwrap();
    copies.extend(sealed(record).1);
    let carried = office.shredded(id).unwrap();
    assert!(sealed(record).0.is_none() && sealed(record).1.is_empty());
    if !on_postgres() {
        assert!(carried.overwritten);
        let data = office.house.place.data().to_owned();
        let escrow = copies.iter().find(|cell| cell.part == ESCROW).unwrap().sealed.clone();
        for bytes in copies.iter().map(|cell| cell.sealed.clone()).chain([payload.unwrap(), escrow]) {
            for part in bytes.chunks(48).filter(|part| part.len() == 48) {
                assert!(!is_in_a_file(&data, part), "of what was destroyed something is left");
            }
        }
        for word in ["zebra0quartz", "title0quartz", "file0quartz"] {
            assert!(!is_in_a_file(&data, word.as_bytes()), "{word}");
        }
    }
    let opens = |office: &Office| {
        let keys = office.archive().inner.keys();
        copies.iter().filter(|cell| cells::open(&keys, cell, Thing::Record).is_ok()).count()
    };
    assert_eq!(opens(&office), copies.len(), "until the epoch is turned an older copy opens");
    let operator = office.archive().local_operator().unwrap();
    office.archive().turn_epoch(&operator, &[], &mut |_, _| {}).unwrap();
    assert_eq!(opens(&office), 0, "with no identity: the epoch's key is gone");
    assert!(office.opened(records[1]).is_ok(), "others are as they were");
    let certificate = office.archive().certificate_of_destruction(&office.asks, id).unwrap();
    assert!(certificate["unrecoverable_from_backups_since"]["at"].is_string());
    office.is_clean();
}

#[test]
fn a_certificate_is_checked_with_the_logs_public_key_and_nothing_else() {
    let mut office = an_office();
    let records = office.tickets(3);
    let id = office.ready(&records);
    office.hold(records[2]).unwrap();
    office.sealed(id).unwrap();
    office.shredded(id).unwrap();
    let file = office.archive().certificate_of_destruction(&office.auditor, id).unwrap();
    let vkey = std::fs::read_to_string(office.house.place.keys().join("log.vkey")).unwrap();
    let entry = file["entry"].as_str().unwrap();
    let (_, checkpoint) =
        proof::verify(file["proof"].as_str().unwrap(), entry.as_bytes(), vkey.trim()).unwrap();
    assert!(checkpoint.size > 0);
    let words = &file["certificate"];
    let key =
        CommitmentKey::from_slice(&from_hex(file["commitment_key"].as_str().unwrap()).unwrap()).unwrap();
    let committed = |words: &Value| commit(&key, Digest::of(&canonical::to_bytes(words))).digest().to_hex();
    let said: Value = serde_json::from_str(entry).unwrap();
    assert_eq!(said["facts"]["batch"]["certificate"], committed(words));
    let leaves: Vec<Value> =
        words["items"].as_array().unwrap().iter().map(|item| item["leaf"].clone()).collect();
    assert_eq!(super::super::list::root_of(leaves.iter()).to_hex(), words["root"].as_str().unwrap());
    let items = words["items"].as_array().unwrap();
    let of =
        |record: RecordId| items.iter().find(|item| item["leaf"][0] == record.to_string().as_str()).unwrap();
    let outcomes: Vec<&str> = records.iter().map(|record| of(*record)["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["destroyed", "destroyed", "left"]);
    let first = of(records[0]);
    assert_eq!(first["rule"]["id"], "tickets");
    assert_eq!(first["basis"]["citations"][0], "电子商务法第31条");
    assert_eq!(first["holds"], 0);
    assert_eq!(of(records[2])["left"]["why"][0], "unavailable");
    assert_eq!(words["witnesses"][0]["by"]["name"], "jian");
    assert_eq!(words["decisions"].as_array().unwrap().len(), 3);
    // The ledger names nobody: names stand in the certificate alone, which is sealed.
    for kind in [EntryKind::DispositionStep, EntryKind::RecordSealed, EntryKind::RecordShredded] {
        for entry in office.house.entries(kind) {
            let text = serde_json::to_string(&entry.facts).unwrap();
            for word in ["quartz", "王小明", "青禾", "保管期满", "jian"] {
                assert!(!text.contains(word), "{kind:?} {word}");
            }
        }
    }
    let certified = check_certificate(&file, vkey.trim()).unwrap();
    assert_eq!((certified.destroyed, certified.left, certified.unrecoverable_from_backups), (2, 1, false));
    for (pointer, value, fault) in [
        ("/certificate/items/0/captured", Value::from("x"), CertificateFault::Commitment),
        ("/certificate/version", Value::from(2), CertificateFault::Form),
        ("/commitment_key", Value::from("00".repeat(32)), CertificateFault::Commitment),
        ("/entry", Value::from("{}"), CertificateFault::Proof),
    ] {
        let mut forged = file.clone();
        *forged.pointer_mut(pointer).unwrap() = value;
        assert_eq!(check_certificate(&forged, vkey.trim()), Err(fault), "{pointer}");
    }
}

#[test]
fn what_was_destroyed_and_is_put_back_is_named_by_verify_and_destroyed_again() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let mut office = an_office();
    let records = office.tickets(2);
    let id = office.ready(&records[..1]);
    let database = office.house.place.database();
    let copy = office.house.place.data().join("copy.sqlite");
    crate::store::testing::execute_raw(&database, &format!("VACUUM INTO '{}'", copy.display()));
    office.sealed(id).unwrap();
    office.shredded(id).unwrap();
    let record = records[0];
    let back = format!(
        "ATTACH '{}' AS o; UPDATE records SET state = 'active' WHERE id = '{record}'; \
         INSERT INTO cells SELECT * FROM o.cells WHERE owner = '{record}'; \
         UPDATE components SET state = 'present' WHERE record_id = '{record}'; \
         INSERT INTO payloads SELECT * FROM o.payloads WHERE component_id IN \
         (SELECT id FROM components WHERE record_id = '{record}'); \
         UPDATE versions SET descriptor = (SELECT descriptor FROM o.versions v WHERE v.record_id = '{record}') \
         WHERE record_id = '{record}';",
        copy.display()
    );
    crate::store::testing::execute_raw(&database, &back);
    std::fs::remove_file(&copy).unwrap();
    let report = office.verified();
    assert!(report.faults.iter().any(|fault| fault.detail.contains("destroyed")), "{:?}", report.faults);
    assert!(office.opened(record).is_err(), "nobody reads it: the ledger says that it is destroyed");
    assert_eq!(office.archive().inner.shred_again().unwrap(), 1);
    assert_eq!(office.archive().inner.shred_again().unwrap(), 0);
    office.is_clean();
    // One that disappears without a trace of its destruction is named too.
    let gone = format!(
        "DELETE FROM cells WHERE owner = '{0}'; UPDATE records SET state = 'shredded' WHERE id = '{0}'",
        records[1]
    );
    crate::store::testing::execute_raw(&database, &gone);
    assert!(!office.verified().is_clean());
}
