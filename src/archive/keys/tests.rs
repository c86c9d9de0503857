use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::archive::Archive;
use crate::archive::cells;
use crate::archive::fsck::{Fate, FindingKind};
use crate::archive::open::OpenOptions;
use crate::archive::ready::Part;
use crate::archive::records::{Form, OpenRequest};
use crate::archive::refusal::{KeyTimes, Refusal};
use crate::archive::tests::{Scratch, scratch};
use crate::archive::verify::{VerifyOptions, verify};
use crate::base::id::RecordId;
use crate::keydir::{IdentitySource, KeyDir, KeyDirError};
use crate::ledger::entry::{Actor, Entry, EntryKind};
use crate::store::rows::cells as cell_rows;

use super::*;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
    "components": [{"name": "a.txt"}]}"#;

fn sealed_file(scratch: &Scratch, record: RecordId) -> Vec<u8> {
    let request = OpenRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        purpose: "test".to_owned(),
        form: Form::Sealed,
    };
    let mut opened = scratch.archive.open_original(&scratch.operator(), &request).unwrap();
    let mut bytes = Vec::new();
    opened.reader.read_to_end(&mut bytes).unwrap();
    bytes
}

fn identity(scratch: &Scratch, file: &str) -> age::x25519::Identity {
    let text = fs::read_to_string(scratch.place.keys().join(file)).unwrap();
    text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().parse().unwrap()
}

#[test]
fn after_a_rotation_only_the_new_identities_open_a_record() {
    let scratch = scratch();
    let records: Vec<_> = (0..20).map(|_| scratch.capture(TICKET, b"kept").unwrap().record).collect();
    let dump = || match crate::archive::tests::on_postgres() {
        // Looks into the file of the embedded database.
        true => Vec::new(),
        false => crate::store::testing::dump(
            &scratch.place.database(),
            "SELECT hex(bytes) FROM payloads ORDER BY 1",
        ),
    };
    let payloads = dump();
    let old = [identity(&scratch, "service.identity"), identity(&scratch, "recovery.identity")];
    let rotation = scratch
        .archive
        .rotate_keys(&scratch.operator(), Replace::Both, &IdentitySource::Default, &mut |_, _| {})
        .unwrap();
    assert_eq!((rotation.generation, rotation.headers), (2, 20));
    for record in records {
        let file = sealed_file(&scratch, record);
        for identity in &old {
            assert!(age::decrypt(identity, &file).is_err());
        }
        for name in ["service.identity", "recovery.identity"] {
            assert_eq!(age::decrypt(&identity(&scratch, name), &file).unwrap(), b"kept", "{name}");
        }
    }
    assert_eq!(payloads, dump(), "no payload byte was written");
}

#[test]
fn captures_during_a_rotation_are_wrapped_to_the_new_keys_in_the_end() {
    let scratch = scratch();
    let staged = scratch.archive.stage(b"staged before", crate::archive::stage::Declared::default()).unwrap();
    let rotation = scratch
        .archive
        .rotate_keys(&scratch.operator(), Replace::Service, &IdentitySource::Default, &mut |_, _| {})
        .unwrap();
    assert_eq!(rotation.headers, 0);
    let receipt =
        scratch.archive.capture(&scratch.operator(), scratch.request(TICKET), vec![staged]).unwrap();
    let file = sealed_file(&scratch, receipt.record);
    assert_eq!(age::decrypt(&identity(&scratch, "service.identity"), &file).unwrap(), b"staged before");
    let status = scratch.archive.keys_status(&scratch.operator()).unwrap();
    assert_eq!((status.older_generations, status.rotation_unfinished), (0, false));
}

#[test]
fn an_epoch_is_not_turned_while_a_place_that_holds_its_key_is_out_of_reach() {
    let scratch = scratch();
    let missing = scratch.place.data().with_file_name("not-mounted");
    let turned =
        scratch.archive.turn_epoch(&scratch.operator(), std::slice::from_ref(&missing), &mut |_, _| {});
    let kept = matches!(turned, Err(Refusal::Keys(KeyDirError::Missing { file })) if file == missing);
    assert!(kept && !missing.exists());
    assert!(scratch.place.keys().join("epoch-1.age").exists());
    assert!(!scratch.place.keys().join("epoch-2.age").exists());
}

#[test]
fn after_an_epoch_turn_everything_opens_and_the_old_key_is_gone() {
    let scratch = scratch();
    let record = scratch.capture(TICKET, b"kept").unwrap().record;
    let before = fs::read(scratch.place.keys().join("epoch-1.age")).unwrap();
    let turn = scratch.archive.turn_epoch(&scratch.operator(), &[], &mut |_, _| {}).unwrap();
    assert_eq!((turn.epoch, turn.destroyed), (2, vec![1]));
    assert!(!scratch.place.keys().join("epoch-1.age").exists());
    for entry in fs::read_dir(scratch.place.keys()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap_or_default();
        assert_ne!(bytes, before, "a copy of the old epoch key is left");
    }
    assert!(!sealed_file(&scratch, record).is_empty());
    let options = VerifyOptions { deep: Some(IdentitySource::Default), ..VerifyOptions::default() };
    let report = verify(&scratch.place, &options, &mut |_| {}).unwrap();
    assert_eq!(report.faults, []);
}

#[test]
fn a_turn_says_what_the_log_of_the_database_still_holds_and_the_upkeep_takes_it_out() {
    if crate::archive::tests::on_postgres() {
        return; // PostgreSQL has no log of its own that we empty.
    }
    let scratch = scratch();
    scratch.capture(TICKET, b"kept").unwrap();
    let inner = &scratch.archive.inner;
    let turned = inner.store.read(|conn| {
        // Somebody reads from before the turn until after it.
        cell_rows::epochs(conn)?;
        scratch.archive.turn_epoch(&scratch.operator(), &[], &mut |_, _| {})
    });
    let turned = turned.unwrap();
    assert_eq!((turned.destroyed, turned.overwritten), (vec![1], false));
    assert!(inner.store.owes_truncation(), "the upkeep tries it again");
    inner.overwrite().unwrap();
    assert!(!inner.store.owes_truncation());
    assert!(turn(&scratch.archive).overwritten);
}

#[test]
fn a_cell_that_is_not_as_the_ledger_says_is_not_sealed_anew() {
    if crate::archive::tests::on_postgres() {
        // Changes the file of SQLite.
        return;
    }
    let scratch = scratch();
    let record = scratch.capture(TICKET, b"kept").unwrap().record;
    let older = format!("UPDATE cells SET generation = 7 WHERE owner = '{record}' AND part = 'version:1'");
    crate::store::testing::execute_raw(&scratch.place.database(), &older);
    let operator = scratch.operator();
    let turned = scratch.archive.turn_epoch(&operator, &[], &mut |_, _| {});
    assert!(matches!(turned, Err(Refusal::Damaged(_))), "{turned:?}");
    let mended = format!("UPDATE cells SET generation = 0 WHERE owner = '{record}' AND part = 'version:1'");
    crate::store::testing::execute_raw(&scratch.place.database(), &mended);
    scratch.archive.turn_epoch(&operator, &[], &mut |_, _| {}).unwrap();
}

/// The same files once more, for their owner only.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn swap(one: &Path, other: &Path) {
    let aside = one.with_file_name("swapping");
    fs::rename(one, &aside).unwrap();
    fs::rename(other, one).unwrap();
    fs::rename(&aside, other).unwrap();
}

fn turn(archive: &Archive) -> EpochTurn {
    archive.turn_epoch(&archive.local_operator().unwrap(), &[], &mut |_, _| {}).unwrap()
}

fn rotate(archive: &Archive) -> Rotation {
    let operator = archive.local_operator().unwrap();
    archive.rotate_keys(&operator, Replace::Service, &IdentitySource::Default, &mut |_, _| {}).unwrap()
}

fn is_ready(archive: &Archive, part: Part) -> bool {
    archive.inner.last_look.forget();
    archive.readiness(1).contains(&(part, true))
}

/// The entries of the keys, oldest first.
fn told_of_keys(archive: &Archive) -> Vec<Entry> {
    let mut told = Vec::new();
    let vkey = archive.inner.last_words.vkey();
    let read = archive.inner.store.read(|conn| {
        crate::archive::signed::read(conn, vkey, &mut |_, body| {
            let entry = crate::ledger::entry::decode(body).unwrap();
            let kinds = [EntryKind::KeysInForce, EntryKind::EpochTurned, EntryKind::KeysRotated];
            told.extend(Some(entry).filter(|entry| kinds.contains(&entry.kind)));
            Ok(())
        })
    });
    read.unwrap();
    told
}

fn facts(entry: &Entry) -> String {
    format!("{} {}", entry.kind, serde_json::Value::Object(entry.facts.clone()))
}

#[test]
fn an_older_key_directory_is_refused_before_anything_is_sealed_with_it() {
    let replaced = [(
        turn as fn(&Archive) -> EpochTurn,
        KeyTimes { epoch: 1, epoch_in_force: 2, generation: 1, generation_in_force: 1 },
    )];
    for (replace, times) in replaced {
        let Scratch { _folder: folder, place, archive } = scratch();
        let (keys, older) = (place.keys().to_owned(), folder.path().join("older"));
        copy(&keys, &older);
        replace(&archive);
        assert!(is_ready(&archive, Part::Keys));
        // Under a service that runs.
        swap(&keys, &older);
        assert!(!is_ready(&archive, Part::Keys));
        drop(archive);
        let opened = Archive::open(&place, &OpenOptions::default()).err();
        assert!(matches!(opened, Some(Refusal::KeysOutdated(said)) if said == times), "{opened:?}");
        assert!(!keys.join("epoch-2.age").exists(), "nothing is changed there");
        swap(&keys, &older);
        drop(Archive::open(&place, &OpenOptions::default()).unwrap());
    }
}

#[test]
fn a_key_directory_of_before_a_rotation_is_refused() {
    let Scratch { _folder: folder, place, archive } = scratch();
    let (keys, older) = (place.keys().to_owned(), folder.path().join("older"));
    copy(&keys, &older);
    assert_eq!(rotate(&archive).generation, 2);
    swap(&keys, &older);
    assert!(!is_ready(&archive, Part::Keys));
    drop(archive);
    let opened = Archive::open(&place, &OpenOptions::default()).err();
    let times = KeyTimes { epoch: 1, epoch_in_force: 1, generation: 1, generation_in_force: 2 };
    assert!(matches!(opened, Some(Refusal::KeysOutdated(said)) if said == times), "{opened:?}");
}

#[test]
fn an_older_key_directory_is_found_out_from_the_first_cell_that_the_new_key_seals() {
    let Scratch { _folder: folder, place, archive } = scratch();
    let (keys, older) = (place.keys().to_owned(), folder.path().join("older"));
    copy(&keys, &older);
    let cut_off = archive.replace_epoch(Actor::System, &[], &mut |_, _| Err(Refusal::Stopped));
    assert!(matches!(cut_off, Err(Refusal::Stopped)), "{cut_off:?}");
    drop(archive);
    swap(&keys, &older);
    let opened = Archive::open(&place, &OpenOptions::default()).err();
    assert!(matches!(opened, Some(Refusal::KeysOutdated(_))), "{opened:?}");
    swap(&keys, &older);
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    let turned = turn(&archive);
    assert_eq!((turned.epoch, turned.destroyed), (2, vec![1]));
}

#[test]
fn keys_of_which_the_ledger_has_not_heard_are_of_a_newer_database() {
    if crate::archive::tests::on_postgres() {
        return; // Puts an older file of SQLite back.
    }
    let Scratch { _folder: folder, place, archive } = scratch();
    drop(archive);
    let kept = folder.path().join("older.sqlite");
    fs::copy(place.database(), &kept).unwrap();
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    turn(&archive);
    drop(archive);
    for name in ["archive.sqlite-wal", "archive.sqlite-shm", "last-words"] {
        drop(fs::remove_file(place.data().join(name)));
    }
    fs::copy(&kept, place.database()).unwrap();
    // This alone would have told.
    fs::remove_file(place.keys().join("log.checkpoint")).unwrap();
    let opened = Archive::open(&place, &OpenOptions::default()).err();
    let times = KeyTimes { epoch: 2, epoch_in_force: 1, generation: 1, generation_in_force: 1 };
    assert!(matches!(opened, Some(Refusal::KeysAhead(said)) if said == times), "{opened:?}");
}

#[test]
fn nothing_is_sealed_in_an_epoch_that_another_node_ended() {
    let Scratch { _folder: folder, place, archive } = scratch();
    let (keys, older) = (place.keys().to_owned(), folder.path().join("older"));
    copy(&keys, &older);
    let before = Keyring::clone(&archive.inner.keys());
    let operator = archive.local_operator().unwrap();
    turn(&archive);
    archive.inner.replace_keys(before.clone());
    let sealed = || {
        cells::seal(
            &archive.inner,
            &before,
            "o",
            cells::PROFILE,
            &crate::base::secret::SecretBytes::new(vec![1]),
            0,
        )
    };
    assert!(matches!(sealed(), Err(Refusal::KeysOutdated(_))));
    let scratch = Scratch { _folder: folder, place, archive };
    // The keys that lie there by now are taken up.
    assert!(scratch.archive.local_operator().is_ok());
    scratch.capture(TICKET, b"kept").unwrap();
    assert_eq!(scratch.archive.inner.keys().current_epoch().map(|epoch| epoch.number), Some(2));
    // And where those are outdated too, nobody is served.
    scratch.archive.inner.replace_keys(before);
    swap(&keys, &older);
    assert!(matches!(scratch.archive.local_operator(), Err(Refusal::KeysOutdated(_))));
    let staged = scratch.archive.stage(&b"lost"[..], crate::archive::stage::Declared::default());
    let captured =
        staged.and_then(|staged| scratch.archive.capture(&operator, scratch.request(TICKET), vec![staged]));
    assert!(matches!(captured, Err(Refusal::KeysOutdated(_))), "{captured:?}");
}

#[test]
fn what_nobody_can_open_names_its_epoch_and_hides_no_other() {
    if crate::archive::tests::on_postgres() {
        return; // Changes the file of SQLite.
    }
    let scratch = scratch();
    let lost = scratch.capture(TICKET, b"lost").unwrap().record;
    let other = scratch.capture(TICKET, b"kept").unwrap().record;
    let sql = format!("UPDATE cells SET epoch = 9 WHERE owner = '{lost}' AND part = 'version:1'");
    crate::store::testing::execute_raw(&scratch.place.database(), &sql);
    let operator = scratch.operator();
    let page = scratch.archive.list(&operator, &Default::default(), None, 10).unwrap();
    let line = |id| page.items.iter().find(|line| line.id == id).unwrap();
    assert!(line(lost).damaged && line(lost).title.is_none());
    assert!(!line(other).damaged);
    let turned = scratch.archive.turn_epoch(&operator, &[], &mut |_, _| {});
    assert!(matches!(turned, Err(Refusal::NoEpochKey { epoch: 9, .. })), "{turned:?}");
    let rotated =
        scratch.archive.rotate_keys(&operator, Replace::Both, &IdentitySource::Default, &mut |_, _| {});
    assert!(matches!(rotated, Err(Refusal::NoEpochKey { epoch: 9, .. })), "{rotated:?}");
    let status = scratch.archive.keys_status(&operator).unwrap();
    assert_eq!((status.epoch, status.generation, status.rotation_unfinished), (1, 1, false));
    assert!(!scratch.place.keys().join("epoch-2.age").exists());
}

#[test]
fn a_key_whose_destruction_was_cut_off_is_destroyed_when_the_archive_is_opened() {
    let Scratch { _folder: folder, place, archive } = scratch();
    let (keys, older) = (place.keys().to_owned(), folder.path().join("older"));
    copy(&keys, &older);
    turn(&archive);
    let epoch = keys.join("epoch-1.age");
    let manifest = fs::read_to_string(keys.join("keyring.toml")).unwrap();
    for (text, what) in [
        (manifest.replace("retired = []", "retired = [1]"), "its destruction was begun"),
        (manifest.clone(), "it was never named"),
    ] {
        fs::copy(older.join("epoch-1.age"), &epoch).unwrap();
        fs::remove_file(keys.join("keyring.toml")).unwrap();
        fs::write(keys.join("keyring.toml"), text).unwrap();
        fs::set_permissions(keys.join("keyring.toml"), fs::Permissions::from_mode(0o400)).unwrap();
        // While a service runs it is told.
        assert!(!is_ready(&archive, Part::Keys), "{what}");
        let operator = archive.local_operator().unwrap();
        assert_eq!(archive.keys_status(&operator).unwrap().left.epochs, [1], "{what}");
        let found = archive.fsck(&operator, false).unwrap();
        assert!(found.iter().any(|it| it.kind == FindingKind::RetiredKey && it.subject == "epoch-1.age"));
        match what {
            "it was never named" => {
                let mended = archive.fsck(&operator, true).unwrap();
                assert!(mended.iter().all(|it| it.fate == Fate::Mended), "{mended:?}");
            }
            _ => archive.inner.settle_keys().unwrap(),
        }
        assert!(!epoch.exists(), "{what}");
        assert_eq!(KeyDir::leftovers(&keys).unwrap(), Default::default(), "{what}");
        assert!(is_ready(&archive, Part::Keys), "{what}");
    }
}

#[test]
fn a_key_in_which_something_is_sealed_is_never_taken_for_a_left_over_one() {
    let Scratch { _folder: folder, place, archive } = scratch();
    // As if a turn had been cut off, and the list of keys had been written without the one of before.
    let manifest = fs::read_to_string(place.keys().join("keyring.toml")).unwrap();
    let mut keyring = Keyring::clone(&archive.inner.keys());
    KeyDir::add_epoch(place.keys(), &mut keyring, archive.inner.entropy.as_ref()).unwrap();
    let named = fs::read_to_string(place.keys().join("keyring.toml")).unwrap();
    assert_ne!(manifest, named);
    fs::remove_file(place.keys().join("keyring.toml")).unwrap();
    fs::write(place.keys().join("keyring.toml"), named.replace("epochs = [1, 2]", "epochs = [2]")).unwrap();
    fs::set_permissions(place.keys().join("keyring.toml"), fs::Permissions::from_mode(0o400)).unwrap();
    archive.inner.finish_leftovers().unwrap();
    assert!(place.keys().join("epoch-1.age").exists());
    assert_eq!(archive.inner.keys_left().unwrap().epochs, [1]);
    let found = archive.fsck(&archive.local_operator().unwrap(), true).unwrap();
    let ours = found.iter().find(|it| it.kind == FindingKind::RetiredKey).unwrap();
    assert_eq!(ours.fate, Fate::NeedsPeople);
    drop(folder);
}

#[test]
fn a_turn_and_a_rotation_that_were_not_entered_are_when_the_archive_is_opened() {
    let Scratch { _folder, place, archive } = scratch();
    archive.replace_epoch(Actor::System, &[], &mut |_, _| Ok(())).unwrap();
    archive
        .replace_recipients(Actor::System, Replace::Service, &IdentitySource::Default, &mut |_, _| Ok(()))
        .unwrap();
    drop(archive);
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    let told: Vec<String> = told_of_keys(&archive).iter().map(facts).collect();
    let expected = [
        r#"keys_in_force {"epoch":2,"generation":1}"#,
        r#"keys_in_force {"epoch":2,"generation":2}"#,
        r#"epoch_turned {"destroyed":[1],"epoch":2,"resumed":true}"#,
        r#"keys_rotated {"generation":2,"resumed":true}"#,
    ];
    assert_eq!(told, expected);
    drop(archive);
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    assert_eq!(told_of_keys(&archive).len(), expected.len(), "once");
    let turned = turn(&archive);
    assert_eq!(
        facts(told_of_keys(&archive).last().unwrap()),
        format!(r#"epoch_turned {{"cells":{},"destroyed":[2],"epoch":3}}"#, turned.cells)
    );
}

#[test]
fn a_turn_is_refused_before_a_key_is_made_where_an_escrow_place_cannot_take_it() {
    let scratch = scratch();
    let outside = |name: &str| scratch.place.data().with_file_name(name);
    let (open, other, good) = (outside("open"), outside("other"), outside("good"));
    for place in [&open, &other, &good] {
        fs::create_dir(place).unwrap();
        fs::set_permissions(place, fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    let stranger = crate::archive::tests::scratch();
    KeyDir::escrow(stranger.place.keys(), &other).unwrap();
    let before = fs::read(scratch.place.keys().join("keyring.toml")).unwrap();
    let around = scratch.place.data().parent().unwrap().to_owned();
    let inside = scratch.place.blobs();
    for bad in [outside("missing"), around, inside, scratch.place.keys().to_owned(), open, other] {
        let escrow = [good.clone(), bad.clone()];
        let turned = scratch.archive.turn_epoch(&scratch.operator(), &escrow, &mut |_, _| {});
        assert!(matches!(turned, Err(Refusal::Keys(_))), "{}: {turned:?}", bad.display());
        assert_eq!(fs::read(scratch.place.keys().join("keyring.toml")).unwrap(), before, "{}", bad.display());
        assert!(!scratch.place.keys().join("epoch-2.age").exists(), "{}", bad.display());
        assert_eq!(fs::read_dir(&good).unwrap().count(), 0, "{}", bad.display());
    }
    assert!(told_of_keys(&scratch.archive).is_empty());
}

#[test]
fn an_escrow_place_that_was_out_of_reach_is_brought_up_to_date_later() {
    let Scratch { _folder, place, archive } = scratch();
    let escrow = place.data().with_file_name("escrow");
    fs::create_dir(&escrow).unwrap();
    fs::set_permissions(&escrow, fs::Permissions::from_mode(0o700)).unwrap();
    let aside = escrow.with_file_name("aside");
    // It goes away in the middle of the turn.
    let named = [escrow.clone()];
    let turned = archive.replace_epoch(Actor::System, &named, &mut |_, _| {
        fs::rename(&escrow, &aside).unwrap();
        Ok(())
    });
    assert!(matches!(turned, Err(Refusal::Keys(KeyDirError::Missing { .. }))), "{turned:?}");
    assert!(aside.join("epoch-1.age").exists());
    drop(archive);
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    let operator = archive.local_operator().unwrap();
    assert_eq!(archive.keys_status(&operator).unwrap().left.escrow, named);
    assert!(is_ready(&archive, Part::Keys), "what lies elsewhere stops no service");
    let found = archive.fsck(&operator, true).unwrap();
    assert!(found.iter().any(|it| it.kind == FindingKind::EscrowBehind && it.fate == Fate::Mendable));
    fs::rename(&aside, &escrow).unwrap();
    let found = archive.fsck(&operator, true).unwrap();
    assert!(found.iter().any(|it| it.kind == FindingKind::EscrowBehind && it.fate == Fate::Mended));
    assert!(!escrow.join("epoch-1.age").exists() && escrow.join("epoch-2.age").exists());
    assert_eq!(archive.keys_status(&operator).unwrap().left, KeysLeft::default());
    let text = fs::read_to_string(escrow.join("keyring.toml")).unwrap();
    assert!(!text.contains("escrow"), "a copy names no other place: {text}");
}

#[test]
fn a_file_of_the_key_directory_that_was_never_finished_is_found_and_removed() {
    let scratch = scratch();
    scratch.archive.index_pending(Duration::MAX).unwrap();
    let file = scratch.place.keys().join("log.checkpoint.being-written");
    fs::write(&file, b"").unwrap();
    let found = |repair| scratch.archive.fsck(&scratch.operator(), repair).unwrap();
    let ours = |findings: Vec<crate::archive::fsck::Finding>| {
        findings.into_iter().find(|it| it.kind == FindingKind::UnfinishedKey).map(|it| (it.subject, it.fate))
    };
    let name = || "log.checkpoint.being-written".to_owned();
    assert_eq!(ours(found(false)), Some((name(), Fate::Mendable)));
    assert_eq!(ours(found(true)), Some((name(), Fate::Mended)));
    assert!(!file.exists());
    assert_eq!(ours(found(false)), None);
}

#[test]
fn which_epochs_cells_are_sealed_in_is_read_from_all_of_them() {
    let scratch = scratch();
    scratch.capture(TICKET, b"kept").unwrap();
    let epochs =
        || scratch.archive.inner.store.read(|conn| Ok::<_, Refusal>(cell_rows::epochs(conn)?)).unwrap();
    assert_eq!(epochs(), [1]);
    turn(&scratch.archive);
    assert_eq!(epochs(), [2]);
}
