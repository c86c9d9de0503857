use age_core::format::Stanza;

use super::*;
use crate::base::entropy::{SeededEntropy, SystemEntropy};

struct Keys {
    service: Identity,
    recovery: Identity,
    recipients: Recipients,
}

fn keys() -> Keys {
    let (service, recovery) = (Identity::generate(), Identity::generate());
    let recipients =
        Recipients { service: service.to_recipient(), recovery: recovery.to_recipient(), generation: 1 };
    Keys { service, recovery, recipients }
}

#[test]
fn both_identities_take_the_file_key_out() {
    let keys = keys();
    let file_key = FileKey::generate(&SystemEntropy);
    let text = write(&file_key, &keys.recipients, &SystemEntropy).unwrap();
    assert_eq!(open(&text, &keys.service), Ok(file_key.clone()));
    assert_eq!(open(&text, &keys.recovery), Ok(file_key));
    assert_eq!(open(&text, &Identity::generate()), Err(SealError::NotForThisKey));
}

#[test]
fn a_header_has_the_form_of_the_age_specification() {
    let text = write(&FileKey::generate(&SeededEntropy::new(1)), &keys().recipients, &SystemEntropy).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0], "age-encryption.org/v1");
    for stanza in [1, 3] {
        assert!(lines[stanza].starts_with("-> X25519 ") && lines[stanza].len() == 53, "{text}");
        assert_eq!(lines[stanza + 1].len(), 43);
    }
    assert!(lines[5].starts_with("--- ") && lines[5].len() == 47);
    assert_eq!(lines[6], "");
}

#[test]
fn any_changed_byte_of_a_header_is_refused() {
    let keys = keys();
    let text = write(&FileKey::generate(&SystemEntropy), &keys.recipients, &SystemEntropy).unwrap();
    for at in 0..text.len() {
        for change in [1, 32, 128] {
            let mut changed = text.clone();
            changed[at] ^= change;
            assert!(open(&changed, &keys.service).is_err(), "byte {at} with {change}");
        }
    }
}

#[test]
fn a_cut_or_longer_header_is_refused() {
    let keys = keys();
    let mut text = write(&FileKey::generate(&SystemEntropy), &keys.recipients, &SystemEntropy).unwrap();
    for length in 0..text.len() {
        assert_eq!(open(&text[..length], &keys.service), Err(SealError::BadHeader), "{length} bytes");
    }
    text.push(b'\n');
    assert_eq!(open(&text, &keys.service), Err(SealError::BadHeader));
}

#[test]
fn a_recipient_added_by_a_stranger_breaks_the_mac() {
    let keys = keys();
    let text = write(&FileKey::generate(&SystemEntropy), &keys.recipients, &SystemEntropy).unwrap();
    let mut changed = INTRO.to_vec();
    write_stanza(
        &Stanza { tag: "stranger".to_owned(), args: vec!["x".to_owned()], body: vec![1; 48] },
        &mut changed,
    );
    changed.extend_from_slice(text.strip_prefix(INTRO).unwrap());
    assert_eq!(open(&changed, &keys.service), Err(SealError::MacMismatch));
}

#[test]
fn a_passphrase_header_is_refused() {
    let recipient = age::scrypt::Recipient::new("pass".to_owned().into());
    let mut recipient = recipient;
    recipient.set_work_factor(2);
    let file = age::encrypt(&recipient, b"x").unwrap();
    assert_eq!(split(&file).map(|_| ()), Err(SealError::PassphraseHeader));
    assert_eq!(open(&file, &keys().service), Err(SealError::PassphraseHeader));
}

#[test]
fn a_rewrapped_header_opens_for_the_new_keys_only() {
    let (old, new) = (keys(), keys());
    let file_key = FileKey::generate(&SystemEntropy);
    let text = write(&file_key, &old.recipients, &SystemEntropy).unwrap();
    let again = rewrap(&text, &old.recovery, &new.recipients, &SystemEntropy).unwrap();
    assert_eq!(open(&again, &new.service), Ok(file_key));
    assert_eq!(open(&again, &old.service), Err(SealError::NotForThisKey));
    assert_eq!(rewrap(&text, &new.service, &new.recipients, &SystemEntropy), Err(SealError::NotForThisKey));
}

#[test]
fn a_header_without_end_is_refused_without_reading_on() {
    let mut text = INTRO.to_vec();
    while text.len() < 4 * AGE_HEADER_BYTES_MAX {
        text.extend_from_slice(b"-> a b\n\n");
    }
    text.extend_from_slice(b"--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
    assert_eq!(split(&text), Err(SealError::BadHeader));
}

#[test]
fn bodies_of_whole_lines_end_in_an_empty_line() {
    let mut text = Vec::new();
    write_stanza(&Stanza { tag: "t".to_owned(), args: vec![], body: vec![0; 48] }, &mut text);
    assert_eq!(text, format!("-> t\n{}\n\n", "A".repeat(64)).into_bytes());
}
