use super::*;
use crate::base::entropy::SeededEntropy;
use crate::base::id::ArchiveId;
use crate::base::moment::Moment;
use crate::base::secret::{SecretBytes, SecretKey};
use crate::seal::{EpochKey, Identity, IndexKeys, Recipients};

fn an_archive(seed: u64) -> ArchiveId {
    ArchiveId::generate(Moment::from_micros(1_700_000_000_000_000), &SeededEntropy::new(seed))
}

#[test]
fn an_identity_file_is_read_back_by_us_and_by_age() {
    let (new, old) = (Identity::generate(), Identity::generate());
    let file = write_identities(an_archive(1), IdentityRole::Service, &[&new, &old]);
    let read: Vec<_> = parse_identities(file.expose()).unwrap().iter().map(Identity::to_recipient).collect();
    assert_eq!(read, [new.to_recipient(), old.to_recipient()]);
    let read = age::IdentityFile::from_buffer(std::io::Cursor::new(file.expose()));
    assert_eq!(read.unwrap().into_identities().unwrap().len(), 2);
}

#[test]
fn files_that_hold_no_identity_are_refused() {
    for text in ["", "# only a comment\n", "AGE-SECRET-KEY-1QQQQ\n", "age1abc\n", "\u{FEFF}"] {
        assert_eq!(
            parse_identities(text.as_bytes()).err(),
            Some(BadKeyFile::Form { expected: "an age identity file (AGE-SECRET-KEY-1…)" }),
            "{text}"
        );
    }
}

#[test]
fn an_identity_file_under_a_passphrase_opens_with_it_only() {
    let identity = Identity::generate();
    let plain = write_identities(an_archive(1), IdentityRole::Recovery, &[&identity]);
    let mut recipient = age::scrypt::Recipient::new("correct horse".to_owned().into());
    recipient.set_work_factor(2);
    let file = age::encrypt(&recipient, plain.expose()).unwrap();
    let passphrase = SecretBytes::new(b"correct horse".to_vec());
    let read = open_passphrase(&file, &passphrase).unwrap();
    assert_eq!(read[0].to_recipient(), identity.to_recipient());
    let wrong = SecretBytes::new(b"wrong".to_vec());
    assert_eq!(open_passphrase(&file, &wrong).err(), Some(BadKeyFile::WrongPassphrase));
    assert_eq!(parse_identities(&file).err(), Some(BadKeyFile::PassphraseNeeded));
    assert!(matches!(open_passphrase(plain.expose(), &passphrase), Err(BadKeyFile::Form { .. })));
}

#[test]
fn epoch_and_index_keys_are_read_back_for_their_archive_only() {
    let entropy = SeededEntropy::new(1);
    let epoch = EpochKey::generate(7, &entropy);
    let file = write_epoch(an_archive(1), &epoch);
    assert_eq!(parse_epoch(file.expose(), an_archive(1), 7), Ok(epoch));
    assert_eq!(parse_epoch(file.expose(), an_archive(2), 7), Err(BadKeyFile::OtherArchive));
    assert_eq!(parse_epoch(file.expose(), an_archive(1), 8), Err(BadKeyFile::OtherEpoch { found: 7 }));
    let index = IndexKeys::generate(&entropy);
    let file = write_index(an_archive(1), &index);
    assert_eq!(parse_index(file.expose(), an_archive(1)), Ok(index));
    assert_eq!(parse_index(file.expose(), an_archive(2)), Err(BadKeyFile::OtherArchive));
}

#[test]
fn a_cut_key_file_is_refused() {
    let entropy = SeededEntropy::new(1);
    let epoch = write_epoch(an_archive(1), &EpochKey::generate(7, &entropy));
    let index = write_index(an_archive(1), &IndexKeys::generate(&entropy));
    for length in 0..epoch.expose().len() - 1 {
        assert!(parse_epoch(&epoch.expose()[..length], an_archive(1), 7).is_err(), "{length}");
    }
    for length in 0..index.expose().len() - 1 {
        assert!(parse_index(&index.expose()[..length], an_archive(1)).is_err(), "{length}");
    }
}

/// The form on which scripts and `docs/formats` rely.
#[test]
fn the_text_of_an_epoch_key_stays_as_it_is() {
    let epoch = EpochKey::from_key(3, SecretKey::take(&mut [0xA5; 32]));
    let text = write_epoch(an_archive(1), &epoch);
    assert_eq!(
        text.expose_text().unwrap(),
        format!(
            "muniment epoch key v1\narchive {}\nepoch 3\nkey paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=\n",
            an_archive(1)
        )
    );
}

/// The key pair in the documentation of Go's `golang.org/x/mod/sumdb/note`.
#[test]
fn the_log_key_has_the_form_that_go_reads() {
    let text = b"PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n";
    let seed = parse_log_key(text, "PeterNeumann").unwrap();
    assert_eq!(write_log_key("PeterNeumann", &seed).expose(), text);
    assert_eq!(
        write_verifier_key("PeterNeumann", &seed),
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n"
    );
    assert!(parse_log_key(text, "Peter").is_err());
    let other_id = b"PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    assert!(parse_log_key(other_id, "PeterNeumann").is_err());
}

#[test]
fn an_origin_is_visible_ascii_without_plus_and_quotes() {
    assert!(check_origin("archive.example.com/evidence"));
    let long = "x".repeat(121);
    for origin in ["", "a b", "a+b", "a\"b", "a\\b", "档案", "a\n", &long] {
        assert!(!check_origin(origin), "{origin}");
    }
}

fn a_manifest() -> Manifest {
    let recipient = || Identity::generate().to_recipient();
    Manifest {
        archive: an_archive(1),
        origin: "archive.example.com/evidence".to_owned(),
        recipients: Recipients { service: recipient(), recovery: recipient(), generation: 2 },
        previous: Some(Pair { service: recipient(), recovery: recipient() }),
        epochs: vec![2, 3],
        retired: vec![1],
        escrow: vec!["/media/安全 \"a\"\\b".into(), "/media/b".into()],
    }
}

#[test]
fn the_manifest_is_read_back() {
    let mut manifest = a_manifest();
    assert_eq!(Manifest::parse(manifest.to_text().as_bytes()), Ok(manifest.clone()));
    manifest.previous = None;
    manifest.retired.clear();
    manifest.escrow.clear();
    assert_eq!(Manifest::parse(manifest.to_text().as_bytes()), Ok(manifest));
}

#[test]
fn manifests_that_contradict_themselves_are_refused() {
    let spoil: [fn(&mut Manifest); 8] = [
        |m| m.escrow = vec!["beside".into()],
        |m| m.epochs.clear(),
        |m| m.epochs = vec![3, 2],
        |m| m.epochs = vec![0],
        |m| m.retired = vec![2],
        |m| m.origin = "a b".to_owned(),
        |m| m.recipients.generation = 0,
        |m| m.recipients.recovery = m.recipients.service.clone(),
    ];
    for (number, spoil) in spoil.iter().enumerate() {
        let mut manifest = a_manifest();
        spoil(&mut manifest);
        assert!(Manifest::parse(manifest.to_text().as_bytes()).is_err(), "case {number}");
    }
    let newer = a_manifest().to_text().replace("version = 1", "version = 2");
    assert!(Manifest::parse(newer.as_bytes()).is_err());
    let more = a_manifest().to_text().replace("version = 1", "version = 1\nmode = \"x\"");
    assert!(Manifest::parse(more.as_bytes()).is_err());
}
