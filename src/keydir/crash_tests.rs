//! Every change of a key directory, cut off after every one of its steps.

use std::cell::Cell;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::disk::Disk;
use super::tests::{House, a_founding, a_house, an_empty_house, assert_same_keys, open, take_off_line};
use super::*;
use crate::base::entropy::SystemEntropy;
use crate::seal::key_files::parse_identities;
use crate::seal::{FileKey, SealError, header, whole};

/// More steps than any change has.
const STEPS_MAX: u64 = 200;

fn copy(from: &Path) -> House {
    let house = an_empty_house();
    fs::create_dir(&house.keys).unwrap();
    fs::set_permissions(&house.keys, Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), house.keys.join(entry.file_name())).unwrap();
    }
    house
}

/// Cuts `change` off after 0, 1, 2 … steps, each time on a fresh copy, and looks at what is left.
fn cut_off_everywhere<T>(
    from: &Path,
    change: impl Fn(&Disk) -> Result<T, KeyDirError>,
    look: impl Fn(&House, u64),
) {
    for steps in 0..STEPS_MAX {
        let house = copy(from);
        let mut disk = Disk::at(&house.keys);
        disk.changes_left = Some(Cell::new(steps));
        let outcome = change(&disk);
        look(&house, steps);
        if outcome.is_ok() {
            assert!(steps > 3, "a change has steps");
            return;
        }
    }
    panic!("the change never came to its end");
}

#[test]
fn making_keys_can_be_cut_off_anywhere_and_begun_anew() {
    let nothing = an_empty_house();
    fs::create_dir(&nothing.keys).unwrap();
    let create = |disk: &Disk| create::create_on(disk, &SystemEntropy, &a_founding());
    cut_off_everywhere(&nothing.keys, create, |house, steps| {
        match KeyDir::create(&house.keys, &SystemEntropy, &a_founding(), &house.data) {
            Ok(created) => assert_same_keys(&open(house).unwrap(), &created.keyring),
            Err(KeyDirError::AlreadyThere { .. }) => drop(open(house).unwrap()),
            Err(other) => panic!("after {steps} steps: {other}"),
        }
    });
}

#[test]
fn adding_an_epoch_can_be_cut_off_anywhere() {
    let (before, created) = a_house();
    let add = |disk: &Disk| epochs::add_epoch_on(disk, &mut created.keyring.clone(), &SystemEntropy);
    cut_off_everywhere(&before.keys, add, |house, steps| {
        let mut keyring = open(house).unwrap_or_else(|e| panic!("after {steps} steps: {e}"));
        assert_eq!(keyring.epoch(1), created.keyring.epoch(1));
        let expected = keyring.epochs.len() as u32 + 1;
        assert_eq!(KeyDir::add_epoch(&house.keys, &mut keyring, &SystemEntropy), Ok(expected));
        assert_same_keys(&open(house).unwrap(), &keyring);
    });
}

#[test]
fn destroying_an_epoch_can_be_cut_off_anywhere() {
    let (before, created) = a_house();
    let mut keyring = created.keyring;
    KeyDir::add_epoch(&before.keys, &mut keyring, &SystemEntropy).unwrap();
    let destroy = |disk: &Disk| epochs::destroy_epoch_on(disk, 1);
    cut_off_everywhere(&before.keys, destroy, |house, steps| {
        let held = open(house).unwrap_or_else(|e| panic!("after {steps} steps: {e}"));
        assert_eq!(held.current_epoch(), keyring.current_epoch());
        match KeyDir::destroy_epoch(&house.keys, 1) {
            Ok(()) | Err(KeyDirError::NoSuchEpoch { number: 1 }) => {}
            Err(other) => panic!("after {steps} steps: {other}"),
        }
        assert!(!house.keys.join("epoch-1.age").exists());
        assert!(open(house).unwrap().epoch(1).is_none());
    });
}

#[test]
fn beginning_a_rotation_can_be_cut_off_anywhere() {
    let (before, created) = a_house();
    let recovery = fs::read(&created.recovery_identity).unwrap();
    let key = FileKey::generate(&SystemEntropy);
    let text = header::write(&key, &created.keyring.recipients, &SystemEntropy).unwrap();
    for replace in [Replace::Service, Replace::Recovery, Replace::Both] {
        let begin = |disk: &Disk| rotation::begin_on(disk, &created.keyring, replace, &SystemEntropy);
        cut_off_everywhere(&before.keys, begin, |house, steps| {
            let keyring = open(house).unwrap_or_else(|e| panic!("after {steps} steps: {e}"));
            assert_eq!(keyring.epochs, created.keyring.epochs);
            assert_eq!(keyring.index, created.keyring.index);
            assert_eq!(keyring.open_header(&text), Ok(key.clone()), "after {steps} steps");
            // The recovery identities in the directory recover; and so does the old one alone
            // until another is in force.
            let recovered = KeyDir::recover(&house.keys, &IdentitySource::Default, &house.data).unwrap();
            assert_eq!(recovered.open_header(&text), Ok(key.clone()), "after {steps} steps");
            if keyring.recipients.recovery == created.keyring.recipients.recovery {
                let old = house.data.with_file_name("old-recovery");
                fs::write(&old, &recovery).unwrap();
                fs::set_permissions(&old, Permissions::from_mode(0o400)).unwrap();
                KeyDir::recover(&house.keys, &IdentitySource::File(old), &house.data).unwrap();
            }
            match KeyDir::begin_rotation(&house.keys, &keyring, replace, &SystemEntropy) {
                Ok(_) | Err(KeyDirError::RotationUnfinished) => {}
                Err(other) => panic!("after {steps} steps: {other}"),
            }
            let mut keyring = open(house).unwrap();
            assert_eq!(keyring.recipients.generation, 2);
            assert_eq!(keyring.open_header(&text), Ok(key.clone()));
            let source = IdentitySource::Default;
            KeyDir::finish_rotation(&house.keys, &mut keyring, &source, &SystemEntropy).unwrap();
            assert_same_keys(&open(house).unwrap(), &keyring);
        });
    }
}

#[test]
fn beginning_a_rotation_keeps_an_identity_elsewhere_good_enough() {
    let (before, created) = a_house();
    let service = fs::read(take_off_line(&before, "service.identity")).unwrap();
    let begin = |disk: &Disk| rotation::begin_on(disk, &created.keyring, Replace::Both, &SystemEntropy);
    cut_off_everywhere(&before.keys, begin, |house, steps| {
        let old = house.data.with_file_name("service");
        fs::write(&old, &service).unwrap();
        fs::set_permissions(&old, Permissions::from_mode(0o400)).unwrap();
        let opened = KeyDir::open(&house.keys, &IdentitySource::File(old), &house.data);
        let keyring = opened.unwrap_or_else(|e| panic!("after {steps} steps: {e}"));
        assert_eq!(keyring.epochs, created.keyring.epochs);
    });
}

#[test]
fn finishing_a_rotation_can_be_cut_off_anywhere() {
    let (before, created) = a_house();
    let rotated =
        KeyDir::begin_rotation(&before.keys, &created.keyring, Replace::Both, &SystemEntropy).unwrap();
    let key = FileKey::generate(&SystemEntropy);
    let text = header::write(&key, &rotated.keyring.recipients, &SystemEntropy).unwrap();
    let source = IdentitySource::Default;
    let finish =
        |disk: &Disk| rotation::finish_on(disk, &mut rotated.keyring.clone(), &source, &SystemEntropy);
    cut_off_everywhere(&before.keys, finish, |house, steps| {
        let mut keyring = open(house).unwrap_or_else(|e| panic!("after {steps} steps: {e}"));
        assert_same_keys(&keyring, &rotated.keyring);
        assert_eq!(keyring.open_header(&text), Ok(key.clone()));
        let recovered = KeyDir::recover(&house.keys, &source, &house.data).unwrap();
        assert_eq!(recovered.open_header(&text), Ok(key.clone()));
        match KeyDir::finish_rotation(&house.keys, &mut keyring, &source, &SystemEntropy) {
            Ok(()) | Err(KeyDirError::NoRotation) => {}
            Err(other) => panic!("after {steps} steps: {other}"),
        }
        assert!(open(house).unwrap().previous.is_none());
        for name in ["epoch-1.age", "index.age"] {
            let file = fs::read(house.keys.join(name)).unwrap();
            let opened = whole::open(&file, created.keyring.identity.as_ref().unwrap());
            assert_eq!(opened, Err(SealError::NotForThisKey), "{name} after {steps} steps");
        }
        for name in ["service.identity", "recovery.identity"] {
            let file = fs::read(house.keys.join(name)).unwrap();
            assert_eq!(parse_identities(&file).unwrap().len(), 1, "{name} after {steps} steps");
        }
    });
}

#[test]
fn bringing_an_escrow_place_up_to_date_can_be_cut_off_anywhere() {
    let (main, created) = a_house();
    let place = main.data.with_file_name("escrow");
    KeyDir::escrow(&main.keys, &place).unwrap();
    let mut keyring = created.keyring;
    KeyDir::add_epoch(&main.keys, &mut keyring, &SystemEntropy).unwrap();
    KeyDir::destroy_epoch(&main.keys, 1).unwrap();
    keyring.epochs.remove(0);
    let recovery = IdentitySource::File(created.recovery_identity);
    let update = |disk: &Disk| escrow::escrow_on(&Disk::at(&main.keys), disk);
    cut_off_everywhere(&place, update, |house, steps| {
        let recovered = KeyDir::recover(&house.keys, &recovery, &house.data);
        drop(recovered.unwrap_or_else(|e| panic!("after {steps} steps: {e}")));
        KeyDir::escrow(&main.keys, &house.keys).unwrap();
        let recovered = KeyDir::recover(&house.keys, &recovery, &house.data).unwrap();
        assert_same_keys(&recovered, &keyring);
        assert!(!house.keys.join("epoch-1.age").exists());
    });
}
