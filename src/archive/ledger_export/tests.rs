use std::collections::BTreeMap;
use std::io::Read as _;

use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::archive::tests::scratch;
use crate::base::id::UserId;
use crate::ledger::checkpoint;
use crate::ledger::export::read_bundle;
use crate::ledger::proof;
use crate::ledger::tree::{Builder, leaf_hash};

use super::*;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
    "components": [{"name": "a.txt"}]}"#;

fn files(mut export: LedgerExport) -> BTreeMap<String, Vec<u8>> {
    let mut bytes = Vec::new();
    export.file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, export.bytes);
    let mut reader = TarReader::new(bytes.as_slice());
    let mut files = BTreeMap::new();
    while let Some((path, content)) = reader.next_file().unwrap() {
        assert!(files.insert(path, content).is_none());
    }
    files
}

#[test]
fn the_entries_that_are_written_out_are_those_under_the_signed_checkpoint() {
    let scratch = scratch();
    let records: Vec<_> = (0..300).map(|_| scratch.capture(TICKET, b"kept").unwrap().record).collect();
    let export = scratch.archive.export_ledger(&scratch.operator(), &records[..2]).unwrap();
    let size = export.entries;
    let files = files(export);
    let text = |path: &str| String::from_utf8(files[path].clone()).unwrap();
    let vkey = text(VKEY_PATH);
    let signed = checkpoint::open(&text(CHECKPOINT_PATH), vkey.trim()).unwrap();
    assert_eq!(signed.size, size);
    let mut builder = Builder::new();
    for index in 0..size.div_ceil(256) {
        let path = entries_path(index, Width::in_tree(size, 0, index).unwrap());
        for entry in read_bundle(&files[&path]).unwrap() {
            for tile in builder.push(leaf_hash(entry)) {
                let width = Width::new(tile.hashes.len() / 32).unwrap();
                assert_eq!(files[&tile_path(tile.level, tile.index, width)], tile.hashes);
            }
        }
    }
    assert_eq!(builder.root(), signed.root);
    for tile in builder.edge_tiles() {
        let width = Width::new(tile.hashes.len() / 32).unwrap();
        assert_eq!(files[&tile_path(tile.level, tile.index, width)], tile.hashes);
    }
    for record in &records[..2] {
        let proof = text(&format!("{PROOF_FOLDER}/{record}.tlog-proof"));
        let entry = &files[&format!("{PROOF_FOLDER}/{record}.json")];
        proof::verify(&proof, entry, vkey.trim()).unwrap();
        assert!(String::from_utf8_lossy(entry).contains(&record.to_string()));
    }
    assert_eq!(files.keys().filter(|path| path.starts_with(PROOF_FOLDER)).count(), 4);
}

#[test]
fn a_record_that_is_not_there_and_a_caller_without_the_right_are_refused() {
    let scratch = scratch();
    let missing = RecordId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
    let refused = scratch.archive.export_ledger(&scratch.operator(), &[missing]);
    assert!(matches!(refused, Err(Refusal::NotFound(Thing::Record))));
    let user = UserId::parse("01890a5d-ac96-774b-bcce-b302099a8060").unwrap();
    let rights = ActorRights::new(user, Roles::parse([Role::Archivist]).unwrap(), Via::Session);
    let refused = scratch.archive.export_ledger(&Caller::for_test(rights), &[]);
    assert!(matches!(refused, Err(Refusal::Forbidden)));
}
