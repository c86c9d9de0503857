//! Databases of another history than the one that this machine signed, and what lies beside the keys to tell.

use serde_json::json;

use super::tampering::full;
use super::*;
use crate::archive::Archive;
use crate::archive::tests::on_postgres;
use crate::record::matter::MatterFields;
use crate::store::testing::execute_raw;

#[test]
fn an_older_copy_of_the_database_is_named_and_not_opened() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let full = full();
    let before = std::fs::read(&full.kept).unwrap();
    let place = full.place;
    let archive = Archive::open(&place, &crate::archive::open::OpenOptions::default()).unwrap();
    let caller = archive.local_operator().unwrap();
    archive
        .open_matter(
            &caller,
            MatterFields::from_json(&json!({"reference": "FA-9", "kind": "诉讼仲裁",
        "title": "后来的事项", "court": "样例法院", "opponents": ["甲"]}))
            .unwrap(),
        )
        .unwrap();
    drop(archive);
    let newer = KeyDir::kept_checkpoint(place.keys()).unwrap().unwrap();
    assert!(verify(&place, &VerifyOptions::default(), &mut |_| {}).unwrap().is_clean());
    std::fs::write(place.database(), before).unwrap();
    let kinds = |options: &VerifyOptions| -> Vec<FaultKind> {
        let report = verify(&place, options, &mut |_| {}).unwrap();
        report.faults.iter().map(|fault| fault.kind).collect()
    };
    assert_eq!(kinds(&VerifyOptions::default()), [FaultKind::RolledBack]);
    // However often it is tried: what was refused leaves the proof as it is.
    for _ in 0..2 {
        let opened = Archive::open(&place, &crate::archive::open::OpenOptions::default());
        assert!(matches!(opened, Err(Refusal::RolledBack { .. })));
        assert_eq!(KeyDir::kept_checkpoint(place.keys()).unwrap(), Some(newer.clone()));
    }
    assert_eq!(kinds(&VerifyOptions::default()), [FaultKind::RolledBack]);
    // Whoever takes the checkpoint away beside the keys is found by one that was kept elsewhere.
    std::fs::remove_file(place.keys().join("log.checkpoint")).unwrap();
    assert_eq!(kinds(&VerifyOptions::default()), []);
    let kept = VerifyOptions { checkpoint: Some(newer), ..VerifyOptions::default() };
    assert_eq!(kinds(&kept), [FaultKind::RolledBack]);
}

#[test]
fn a_database_that_went_another_way_is_not_opened_and_leaves_the_proof() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let full = full();
    let before = std::fs::read(&full.kept).unwrap();
    let place = full.place;
    let options = crate::archive::open::OpenOptions::default();
    let open_matters = |references: &[&str]| {
        let archive = Archive::open(&place, &options).unwrap();
        let caller = archive.local_operator().unwrap();
        for reference in references {
            let fields = json!({"reference": reference, "kind": "诉讼仲裁", "title": "事项", "court": "样例法院", "opponents": ["甲"]});
            archive.open_matter(&caller, MatterFields::from_json(&fields).unwrap()).unwrap();
        }
    };
    let log = place.keys().join("log.checkpoint");
    let kept_before = std::fs::read(&log).unwrap();
    open_matters(&["FC-1"]);
    let kept = std::fs::read(&log).unwrap();
    // The same archive, copied before, goes another and longer way with the same keys.
    std::fs::write(place.database(), before).unwrap();
    std::fs::write(&log, kept_before).unwrap();
    open_matters(&["FB-1", "FB-2", "FB-3"]);
    std::fs::write(&log, &kept).unwrap();
    for _ in 0..2 {
        assert!(matches!(Archive::open(&place, &options), Err(Refusal::OtherHistory { .. })));
        assert_eq!(std::fs::read(&log).unwrap(), kept);
    }
    let report = verify(&place, &VerifyOptions::default(), &mut |_| {}).unwrap();
    assert!(report.faults.iter().any(|fault| fault.kind == FaultKind::RolledBack));
}

#[test]
fn tiles_of_the_right_history_beside_another_open_nothing() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let full = full();
    let before = std::fs::read(&full.kept).unwrap();
    let (place, options) = (full.place, crate::archive::open::OpenOptions::default());
    let log = place.keys().join("log.checkpoint");
    let kept_before = std::fs::read(&log).unwrap();
    let go_on = |word: &str, count: usize| {
        let archive = Archive::open(&place, &options).unwrap();
        let caller = archive.local_operator().unwrap();
        for number in 0..count {
            let fields = json!({"reference": format!("{word}-{number}"), "kind": "诉讼仲裁", "title": "事项",
                "court": "样例法院", "opponents": ["甲"]});
            archive.open_matter(&caller, MatterFields::from_json(&fields).unwrap()).unwrap();
        }
    };
    go_on("right", 3);
    let (kept, right) = (std::fs::read(&log).unwrap(), std::fs::read(place.database()).unwrap());
    std::fs::write(place.database(), before).unwrap();
    std::fs::write(&log, kept_before).unwrap();
    // Past the tile in which both went their ways.
    go_on("wrong", 300);
    std::fs::write(&log, &kept).unwrap();
    let spare = place.data().join("right.sqlite");
    std::fs::write(&spare, right).unwrap();
    let swap = format!(
        "ATTACH '{}' AS r; UPDATE ledger_tiles SET hashes = (SELECT t.hashes FROM r.ledger_tiles t \
         WHERE t.level = ledger_tiles.level AND t.tile = ledger_tiles.tile) \
         WHERE EXISTS (SELECT 1 FROM r.ledger_tiles t WHERE t.level = ledger_tiles.level \
         AND t.tile = ledger_tiles.tile AND t.level = 0)",
        spare.display()
    );
    execute_raw(&place.database(), &swap);
    for _ in 0..2 {
        assert!(Archive::open(&place, &options).is_err());
        assert_eq!(std::fs::read(&log).unwrap(), kept);
    }
}

#[test]
fn a_damaged_public_key_is_named_and_makes_no_checkpoint_look_forged() {
    let full = full();
    let file = full.place.keys().join("log.vkey");
    let mut key = std::fs::read(&file).unwrap();
    key[12] ^= 1;
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, key).unwrap();
    let refused = verify(&full.place, &VerifyOptions::default(), &mut |_| {});
    assert!(matches!(refused, Err(Refusal::Keys(KeyDirError::Damaged { file: named, .. })) if named == file));
}

#[test]
fn a_damaged_checkpoint_beside_the_keys_stops_the_archive_and_is_not_overwritten() {
    if on_postgres() {
        return; // The archive is opened by its folder.
    }
    let full = full();
    let options = crate::archive::open::OpenOptions::default();
    let log = full.place.keys().join("log.checkpoint");
    let whole = std::fs::read(&log).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    flipped[whole.len() / 2] ^= 1;
    for damaged in [flipped.as_slice(), b"", b"x"] {
        std::fs::write(&log, damaged).unwrap();
        for _ in 0..2 {
            assert!(matches!(
                Archive::open(&full.place, &options),
                Err(Refusal::Keys(KeyDirError::KeptCheckpoint { .. }))
            ));
            assert_eq!(std::fs::read(&log).unwrap(), damaged);
        }
    }
    std::fs::write(&log, whole).unwrap();
    assert!(Archive::open(&full.place, &options).is_ok());
}
