//! What a key directory accepts, refuses and keeps.

use std::fs::{self, Permissions};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::base::entropy::SystemEntropy;
use crate::base::id::ArchiveId;
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::seal::key_files::{BadKeyFile, parse_identities, write_log_key};
use crate::seal::{FileKey, Identity, Keyring, SealError, header, whole};

pub(super) struct House {
    _directory: tempfile::TempDir,
    pub(super) keys: PathBuf,
    pub(super) data: PathBuf,
}

pub(super) fn an_empty_house() -> House {
    let directory = tempfile::tempdir().unwrap();
    let (keys, data) = (directory.path().join("archive-keys"), directory.path().join("archive"));
    House { _directory: directory, keys, data }
}

pub(super) fn a_founding() -> Founding {
    let archive = ArchiveId::generate(Moment::from_micros(1_700_000_000_000_000), &SystemEntropy);
    Founding { archive, origin: "archive.example.com/evidence".to_owned() }
}

pub(super) fn a_house() -> (House, CreatedKeys) {
    let house = an_empty_house();
    let created = KeyDir::create(&house.keys, &SystemEntropy, &a_founding(), &house.data).unwrap();
    (house, created)
}

pub(super) fn open(house: &House) -> Result<Keyring, KeyDirError> {
    KeyDir::open(&house.keys, &IdentitySource::Default, &house.data)
}

pub(super) fn assert_same_keys(one: &Keyring, other: &Keyring) {
    assert_eq!(one.archive, other.archive);
    assert_eq!(one.recipients, other.recipients);
    assert_eq!(one.epochs, other.epochs);
    assert_eq!(one.index, other.index);
    assert_eq!(one.log_origin, other.log_origin);
}

/// Moves a file out of the key directory, as an operator would.
pub(super) fn take_off_line(house: &House, name: &str) -> PathBuf {
    let elsewhere = house.data.with_file_name(format!("elsewhere-{name}"));
    fs::rename(house.keys.join(name), &elsewhere).unwrap();
    elsewhere
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn rewrite(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
    set_mode(path, 0o400);
}

#[test]
fn created_keys_are_the_keys_that_open() {
    let (house, created) = a_house();
    let opened = open(&house).unwrap();
    assert_same_keys(&opened, &created.keyring);
    assert_eq!(opened.log_seed, created.keyring.log_seed);
    assert_eq!(opened.identity.unwrap().to_recipient(), opened.recipients.service);
    assert_eq!(opened.epochs.len(), 1);
}

#[test]
fn every_key_file_is_for_its_owner_only() {
    let (house, _) = a_house();
    assert_eq!(fs::metadata(&house.keys).unwrap().permissions().mode() & 0o7777, 0o700);
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(&house.keys).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o7777, 0o400, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    let expected = [
        "epoch-1.age",
        "index.age",
        "keyring.toml",
        "log.key",
        "log.vkey",
        "recovery.identity",
        "service.identity",
    ];
    assert_eq!(names, expected);
}

#[test]
fn files_and_directories_open_to_others_are_refused_by_name_and_mode() {
    let (house, _) = a_house();
    for name in ["keyring.toml", "service.identity", "epoch-1.age", "index.age", "log.key"] {
        for mode in [0o440, 0o404, 0o420] {
            set_mode(&house.keys.join(name), mode);
            let refused = KeyDirError::OpenToOthers { file: house.keys.join(name), mode };
            assert_eq!(open(&house).err(), Some(refused));
        }
        set_mode(&house.keys.join(name), 0o400);
    }
    set_mode(&house.keys, 0o750);
    let refused = KeyDirError::OpenToOthers { file: house.keys.clone(), mode: 0o750 };
    assert_eq!(open(&house).err(), Some(refused));
}

#[test]
fn a_missing_file_is_named() {
    for name in ["keyring.toml", "service.identity", "epoch-1.age", "index.age", "log.key"] {
        let (house, _) = a_house();
        fs::remove_file(house.keys.join(name)).unwrap();
        assert_eq!(open(&house).err(), Some(KeyDirError::Missing { file: house.keys.join(name) }));
    }
    let house = an_empty_house();
    assert_eq!(open(&house).err(), Some(KeyDirError::Missing { file: house.keys.clone() }));
}

#[test]
fn a_damaged_file_is_named_whatever_byte_changed() {
    for name in ["epoch-1.age", "index.age", "log.key"] {
        let (house, _) = a_house();
        let length = fs::read(house.keys.join(name)).unwrap().len();
        for at in (0..length - 1).step_by(17) {
            rewrite(&house.keys.join(name), |bytes| bytes[at] ^= 1);
            let error = open(&house).err().unwrap_or_else(|| panic!("{name}, byte {at}"));
            let (KeyDirError::Damaged { file, .. } | KeyDirError::WrongKey { file, .. }) = &error else {
                panic!("{error:?}")
            };
            assert_eq!(file, &house.keys.join(name));
            rewrite(&house.keys.join(name), |bytes| bytes[at] ^= 1);
        }
        open(&house).unwrap();
    }
}

#[test]
fn a_keyring_that_names_another_archive_or_log_is_blamed_and_not_the_keys_beside_it() {
    let manifest = |house: &House| fs::read_to_string(house.keys.join("keyring.toml")).unwrap();
    let (house, created) = a_house();
    let text = manifest(&house);
    let (archive, origin) = (text.find("archive = \"").unwrap() + 11, text.find("origin = \"").unwrap() + 10);
    for at in [archive, archive + 35, origin, origin + 5] {
        let file = house.keys.join("keyring.toml");
        rewrite(&file, |bytes| bytes[at] = if bytes[at] == b'1' { b'0' } else { b'1' });
        let refused = KeyDirError::Damaged { file: file.clone(), why: BadKeyFile::OtherKeys };
        assert_eq!(open(&house).err(), Some(refused), "byte {at}");
        rewrite(&file, |bytes| *bytes = text.clone().into_bytes());
        open(&house).unwrap();
    }
    // Where another log's key was put in its place, that is what is wrong.
    let seed = created.keyring.log_seed.as_ref().unwrap();
    let foreign = write_log_key("other.example.com/evidence", seed);
    rewrite(&house.keys.join("log.key"), |bytes| *bytes = foreign.expose().to_vec());
    let Some(KeyDirError::Damaged { file, .. }) = open(&house).err() else { panic!() };
    assert_eq!(file, house.keys.join("log.key"));
}

#[test]
fn links_and_oversized_files_are_refused() {
    let (house, _) = a_house();
    let moved = take_off_line(&house, "log.key");
    std::os::unix::fs::symlink(&moved, house.keys.join("log.key")).unwrap();
    assert_eq!(open(&house).err(), Some(KeyDirError::WrongKind { file: house.keys.join("log.key") }));
    let (house, _) = a_house();
    rewrite(&house.keys.join("index.age"), |bytes| bytes.resize(70_000, 0));
    let refused = KeyDirError::TooLarge { file: house.keys.join("index.age"), bytes: 70_000 };
    assert_eq!(open(&house).err(), Some(refused));
}

#[test]
fn keys_and_data_must_lie_apart() {
    let house = an_empty_house();
    fs::create_dir_all(&house.data).unwrap();
    let link = house.data.with_file_name("link");
    std::os::unix::fs::symlink(&house.data, &link).unwrap();
    for (keys, data) in [
        (house.data.join("keys"), house.data.clone()),
        (link.join("deep/keys"), house.data.clone()),
        (house.data.clone(), house.data.clone()),
        (house.keys.clone(), house.keys.join("data")),
    ] {
        let refused = KeyDirError::InsideData { keys: keys.clone(), data: data.clone() };
        let created = KeyDir::create(&keys, &SystemEntropy, &a_founding(), &data);
        assert_eq!(created.err(), Some(refused.clone()));
        assert_eq!(KeyDir::open(&keys, &IdentitySource::Default, &data).err(), Some(refused));
    }
    let (house, _) = a_house();
    let inside = IdentitySource::File(house.data.join("service.identity"));
    let refused = KeyDir::open(&house.keys, &inside, &house.data).err();
    assert!(matches!(refused, Some(KeyDirError::InsideData { .. })));
}

#[test]
fn keys_are_never_made_over_others() {
    let (house, _) = a_house();
    let again = || KeyDir::create(&house.keys, &SystemEntropy, &a_founding(), &house.data).err();
    assert_eq!(again(), Some(KeyDirError::AlreadyThere { directory: house.keys.clone() }));
    let manifest = take_off_line(&house, "keyring.toml");
    assert!(matches!(again(), Some(KeyDirError::Unclaimed { .. })));
    fs::rename(manifest, house.keys.join("keyring.toml")).unwrap();
    open(&house).unwrap();
}

#[test]
fn keys_are_made_in_an_empty_directory_that_the_operator_prepared() {
    let house = an_empty_house();
    fs::create_dir(&house.keys).unwrap();
    set_mode(&house.keys, 0o755);
    let create = || KeyDir::create(&house.keys, &SystemEntropy, &a_founding(), &house.data);
    let refused = KeyDirError::OpenToOthers { file: house.keys.clone(), mode: 0o755 };
    assert_eq!(create().err(), Some(refused));
    set_mode(&house.keys, 0o700);
    create().unwrap();
    open(&house).unwrap();
}

#[test]
fn an_origin_that_cannot_stand_in_a_checkpoint_is_refused() {
    let house = an_empty_house();
    let founding = Founding { origin: "two words".to_owned(), ..a_founding() };
    let created = KeyDir::create(&house.keys, &SystemEntropy, &founding, &house.data);
    assert_eq!(created.err(), Some(KeyDirError::BadOrigin));
    assert!(!house.keys.exists());
}

#[test]
fn the_service_starts_without_the_recovery_identity_and_recovers_with_it() {
    let (house, created) = a_house();
    assert_eq!(KeyDir::recovery_identity_is_here(&house.keys), Ok(true));
    let recovery = take_off_line(&house, "recovery.identity");
    assert_eq!(KeyDir::recovery_identity_is_here(&house.keys), Ok(false));
    assert_same_keys(&open(&house).unwrap(), &created.keyring);
    fs::remove_file(house.keys.join("service.identity")).unwrap();
    assert!(open(&house).is_err());
    let source = IdentitySource::File(recovery);
    let recovered = KeyDir::recover(&house.keys, &source, &house.data).unwrap();
    assert_same_keys(&recovered, &created.keyring);
    assert_eq!(recovered.identity.unwrap().to_recipient(), created.keyring.recipients.recovery);
}

#[test]
fn the_service_identity_may_lie_elsewhere() {
    let (house, created) = a_house();
    let file = take_off_line(&house, "service.identity");
    for source in [IdentitySource::File(file.clone()), IdentitySource::Systemd(file.clone())] {
        assert_same_keys(&KeyDir::open(&house.keys, &source, &house.data).unwrap(), &created.keyring);
    }
    set_mode(&file, 0o440);
    let opened = |source| KeyDir::open(&house.keys, &source, &house.data).map(drop);
    let refused = KeyDirError::OpenToOthers { file: file.clone(), mode: 0o440 };
    assert_eq!(opened(IdentitySource::File(file.clone())), Err(refused));
    assert_eq!(opened(IdentitySource::Systemd(file.clone())), Ok(()), "systemd may share with the group");
    set_mode(&file, 0o444);
    assert!(opened(IdentitySource::Systemd(file)).is_err());
}

#[test]
fn the_service_identity_may_be_protected_by_a_passphrase() {
    let (house, created) = a_house();
    let file = take_off_line(&house, "service.identity");
    let mut recipient = age::scrypt::Recipient::new("correct horse".to_owned().into());
    recipient.set_work_factor(2);
    let protected = age::encrypt(&recipient, &fs::read(&file).unwrap()).unwrap();
    rewrite(&file, |bytes| bytes.clone_from(&protected));
    let with = |passphrase: &str| {
        let passphrase = SecretBytes::new(passphrase.as_bytes().to_vec());
        let source = IdentitySource::Passphrase { file: file.clone(), passphrase };
        KeyDir::open(&house.keys, &source, &house.data)
    };
    assert_same_keys(&with("correct horse").unwrap(), &created.keyring);
    let refused = |why| Some(KeyDirError::Damaged { file: file.clone(), why });
    assert_eq!(with("wrong").err(), refused(BadKeyFile::WrongPassphrase));
    let bare = KeyDir::open(&house.keys, &IdentitySource::File(file.clone()), &house.data);
    assert_eq!(bare.err(), refused(BadKeyFile::PassphraseNeeded));
}

#[test]
fn an_identity_of_another_archive_is_refused_as_the_wrong_key() {
    let (house, _) = a_house();
    let (other, _) = a_house();
    let file = other.keys.join("service.identity");
    let opened = KeyDir::open(&house.keys, &IdentitySource::File(file.clone()), &house.data);
    // Its own identity lies in the directory too, and would open: the operator asked for another.
    assert_eq!(opened.map(|_| ()), Err(KeyDirError::WrongKey { file, key: WhichKey::Service }));
}

#[test]
fn a_key_file_of_another_archive_is_refused() {
    let (house, created) = a_house();
    let (other, _) = a_house();
    for name in ["epoch-1.age", "index.age"] {
        let own = fs::read(house.keys.join(name)).unwrap();
        let foreign = fs::read(other.keys.join(name)).unwrap();
        rewrite(&house.keys.join(name), |bytes| bytes.clone_from(&foreign));
        let file = house.keys.join(name);
        let refused = KeyDirError::WrongKey { file: file.clone(), key: WhichKey::Service };
        assert_eq!(open(&house).err(), Some(refused));
        // Even wrapped to the right keys it says to which archive it belongs.
        let plain = whole::open(&foreign, &open(&other).unwrap().identity.unwrap()).unwrap();
        let recipients = &created.keyring.recipients;
        let wrapped = whole::seal(plain.expose(), &[&recipients.service], &SystemEntropy).unwrap();
        rewrite(&file, |bytes| bytes.clone_from(&wrapped));
        let refused = KeyDirError::Damaged { file: file.clone(), why: BadKeyFile::OtherArchive };
        assert_eq!(open(&house).err(), Some(refused));
        rewrite(&file, |bytes| bytes.clone_from(&own));
    }
}

#[test]
fn no_refusal_shows_a_secret() {
    let (house, created) = a_house();
    let secret = created.keyring.identity.as_ref().unwrap().to_secret_text();
    rewrite(&house.keys.join("service.identity"), |bytes| bytes.extend_from_slice(b"AGE-SECRET-KEY-1BAD\n"));
    let error = open(&house).unwrap_err();
    for shown in [format!("{error}"), format!("{error:?}"), format!("{created:?}")] {
        assert!(!shown.contains(secret.expose_text().unwrap()), "{shown}");
        assert!(!shown.contains("AGE-SECRET-KEY-1BAD"), "{shown}");
    }
}

#[test]
fn the_epoch_turns_and_the_old_key_is_destroyed_for_good() {
    let (house, created) = a_house();
    let mut keyring = created.keyring;
    assert_eq!(KeyDir::destroy_epoch(&house.keys, 1), Err(KeyDirError::CurrentEpoch { number: 1 }));
    assert_eq!(KeyDir::add_epoch(&house.keys, &mut keyring, &SystemEntropy), Ok(2));
    assert_same_keys(&open(&house).unwrap(), &keyring);
    assert_eq!(keyring.current_epoch().map(|epoch| epoch.number), Some(2));
    KeyDir::destroy_epoch(&house.keys, 1).unwrap();
    assert!(!house.keys.join("epoch-1.age").exists());
    assert_eq!(KeyDir::destroy_epoch(&house.keys, 1), Err(KeyDirError::NoSuchEpoch { number: 1 }));
    let mut after = open(&house).unwrap();
    assert!(after.epoch(1).is_none());
    let stale = KeyDir::add_epoch(&house.keys, &mut keyring, &SystemEntropy);
    assert_eq!(stale, Err(KeyDirError::Stale));
    assert_eq!(KeyDir::add_epoch(&house.keys, &mut after, &SystemEntropy), Ok(3), "no number comes twice");
}

#[test]
fn a_destroyed_key_file_is_overwritten_before_it_is_removed() {
    let (house, created) = a_house();
    let mut keyring = created.keyring;
    KeyDir::add_epoch(&house.keys, &mut keyring, &SystemEntropy).unwrap();
    // A second name for the same bytes shows what becomes of them.
    let witness = house.data.with_file_name("witness");
    fs::hard_link(house.keys.join("epoch-1.age"), &witness).unwrap();
    KeyDir::destroy_epoch(&house.keys, 1).unwrap();
    let left = fs::read(&witness).unwrap();
    assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0));
}

#[test]
fn rotation_opens_old_headers_until_it_is_finished_and_new_ones_from_the_start() {
    let (house, created) = a_house();
    let old_key = FileKey::generate(&SystemEntropy);
    let old_header = header::write(&old_key, &created.keyring.recipients, &SystemEntropy).unwrap();
    let rotated =
        KeyDir::begin_rotation(&house.keys, &created.keyring, Replace::Both, &SystemEntropy).unwrap();
    assert_eq!(rotated.keyring.recipients.generation, 2);
    let new_key = FileKey::generate(&SystemEntropy);
    let new_header = header::write(&new_key, &rotated.keyring.recipients, &SystemEntropy).unwrap();
    let opened = open(&house).unwrap();
    assert_same_keys(&opened, &rotated.keyring);
    for keyring in [&opened, &rotated.keyring] {
        assert_eq!(keyring.open_header(&old_header), Ok(old_key.clone()));
        assert_eq!(keyring.open_header(&new_header), Ok(new_key.clone()));
    }
    let again = KeyDir::begin_rotation(&house.keys, &opened, Replace::Service, &SystemEntropy);
    assert_eq!(again.err(), Some(KeyDirError::RotationUnfinished));
    let mut keyring = rotated.keyring;
    KeyDir::finish_rotation(&house.keys, &mut keyring, &IdentitySource::Default, &SystemEntropy).unwrap();
    let finished = open(&house).unwrap();
    assert_eq!(finished.open_header(&new_header), Ok(new_key));
    assert_eq!(finished.open_header(&old_header), Err(SealError::NotForThisKey));
    let again = KeyDir::finish_rotation(&house.keys, &mut keyring, &IdentitySource::Default, &SystemEntropy);
    assert_eq!(again, Err(KeyDirError::NoRotation));
}

#[test]
fn after_a_rotation_the_old_identities_open_no_key_file_and_lie_nowhere() {
    let (house, created) = a_house();
    let old_recovery = parse_identities(&fs::read(&created.recovery_identity).unwrap()).unwrap();
    let old = [created.keyring.identity.clone().unwrap(), old_recovery[0].clone()];
    let mut keyring =
        KeyDir::begin_rotation(&house.keys, &created.keyring, Replace::Both, &SystemEntropy).unwrap().keyring;
    KeyDir::finish_rotation(&house.keys, &mut keyring, &IdentitySource::Default, &SystemEntropy).unwrap();
    for entry in fs::read_dir(&house.keys).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for identity in &old {
            let secret = identity.to_secret_text();
            let found = bytes.windows(secret.expose().len()).any(|part| part == secret.expose());
            assert!(!found);
            if bytes.starts_with(b"age-encryption.org") {
                assert_eq!(whole::open(&bytes, identity), Err(SealError::NotForThisKey));
            }
        }
    }
}

#[test]
fn a_lost_service_identity_is_replaced_with_the_help_of_the_recovery_identity() {
    let (house, created) = a_house();
    fs::remove_file(&created.service_identity).unwrap();
    let old_key = FileKey::generate(&SystemEntropy);
    let old_header = header::write(&old_key, &created.keyring.recipients, &SystemEntropy).unwrap();
    let recovery = IdentitySource::File(take_off_line(&house, "recovery.identity"));
    let recovered = KeyDir::recover(&house.keys, &recovery, &house.data).unwrap();
    let mut keyring =
        KeyDir::begin_rotation(&house.keys, &recovered, Replace::Service, &SystemEntropy).unwrap().keyring;
    assert_eq!(keyring.open_header(&old_header), Ok(old_key.clone()));
    let rewrapped =
        header::write(&keyring.open_header(&old_header).unwrap(), &keyring.recipients, &SystemEntropy)
            .unwrap();
    KeyDir::finish_rotation(&house.keys, &mut keyring, &IdentitySource::Default, &SystemEntropy).unwrap();
    assert_eq!(open(&house).unwrap().open_header(&rewrapped), Ok(old_key));
}

#[test]
fn a_service_whose_identity_lies_elsewhere_rotates_when_the_operator_has_placed_the_new_one() {
    let (house, created) = a_house();
    let file = take_off_line(&house, "service.identity");
    let source = IdentitySource::File(file.clone());
    let rotated =
        KeyDir::begin_rotation(&house.keys, &created.keyring, Replace::Service, &SystemEntropy).unwrap();
    let mut keyring = KeyDir::open(&house.keys, &source, &house.data).unwrap();
    assert!(keyring.previous.is_some());
    let early = KeyDir::finish_rotation(&house.keys, &mut keyring, &source, &SystemEntropy);
    assert_eq!(early, Err(KeyDirError::WrongKey { file: file.clone(), key: WhichKey::Service }));
    let new = fs::read(rotated.service_identity.unwrap()).unwrap();
    rewrite(&file, |bytes| bytes.clone_from(&new));
    KeyDir::finish_rotation(&house.keys, &mut keyring, &source, &SystemEntropy).unwrap();
    assert!(!house.keys.join("service.identity").exists());
    assert_same_keys(&KeyDir::open(&house.keys, &source, &house.data).unwrap(), &keyring);
}

#[test]
fn an_old_identity_that_lies_about_never_comes_back_into_force() {
    let (house, created) = a_house();
    let old = fs::read(&created.recovery_identity).unwrap();
    let mut keyring =
        KeyDir::begin_rotation(&house.keys, &created.keyring, Replace::Recovery, &SystemEntropy)
            .unwrap()
            .keyring;
    KeyDir::finish_rotation(&house.keys, &mut keyring, &IdentitySource::Default, &SystemEntropy).unwrap();
    rewrite(&house.keys.join("recovery.identity"), |bytes| bytes.clone_from(&old));
    let again =
        KeyDir::begin_rotation(&house.keys, &keyring, Replace::Recovery, &SystemEntropy).unwrap().keyring;
    let before = parse_identities(&old).unwrap()[0].to_recipient();
    assert_ne!(again.recipients.recovery, before);
}

#[test]
fn an_escrow_place_opens_with_the_recovery_identity_and_forgets_destroyed_epochs() {
    let (house, created) = a_house();
    let place = house.data.with_file_name("escrow");
    let mut keyring = created.keyring;
    KeyDir::escrow(&house.keys, &place).unwrap();
    KeyDir::add_epoch(&house.keys, &mut keyring, &SystemEntropy).unwrap();
    KeyDir::escrow(&house.keys, &place).unwrap();
    let recovery = IdentitySource::File(created.recovery_identity);
    let recovered = KeyDir::recover(&place, &recovery, &house.data).unwrap();
    assert_same_keys(&recovered, &keyring);
    assert!(recovered.log_seed.is_none(), "the log key never leaves the key directory");
    assert!(!place.join("service.identity").exists() && !place.join("recovery.identity").exists());
    KeyDir::destroy_epoch(&house.keys, 1).unwrap();
    let files = KeyDir::escrow(&house.keys, &place).unwrap();
    assert!(!place.join("epoch-1.age").exists());
    assert!(files.iter().all(|file| file.exists()) && files.len() == 4);
    let (other, _) = a_house();
    let refused = KeyDir::escrow(&other.keys, &place).err();
    assert!(matches!(refused, Some(KeyDirError::Damaged { why: BadKeyFile::OtherArchive, .. })));
}

#[test]
fn two_processes_do_not_change_the_keys_at_once() {
    let (house, created) = a_house();
    let disk = disk::Disk::at(&house.keys);
    let lock = disk.lock().unwrap();
    let mut keyring = created.keyring;
    let busy = Err(KeyDirError::Busy { directory: house.keys.clone() });
    assert_eq!(KeyDir::add_epoch(&house.keys, &mut keyring, &SystemEntropy), busy);
    drop(lock);
    assert_eq!(KeyDir::add_epoch(&house.keys, &mut keyring, &SystemEntropy), Ok(2));
}

#[test]
fn public_age_opens_the_key_files() {
    let (house, created) = a_house();
    let file = fs::read(house.keys.join("epoch-1.age")).unwrap();
    for name in [created.service_identity, created.recovery_identity] {
        let identities = age::IdentityFile::from_file(name.to_str().unwrap().to_owned()).unwrap();
        let identities = identities.into_identities().unwrap();
        let decryptor = age::Decryptor::new(file.as_slice()).unwrap();
        let mut text = String::new();
        let mut reader =
            decryptor.decrypt(identities.iter().map(|one| one.as_ref() as &dyn age::Identity)).unwrap();
        reader.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("muniment epoch key v1\narchive "));
    }
    let stranger = Identity::generate();
    assert_eq!(whole::open(&file, &stranger), Err(SealError::NotForThisKey));
}
