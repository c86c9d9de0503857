use std::io::{Cursor, Read as _, Seek as _, SeekFrom, Write as _};

use proptest::prelude::*;

use super::*;
use crate::base::digest::Digest;
use crate::base::entropy::{SeededEntropy, SystemEntropy};
use crate::seal::{Identity, Recipients, SealError, header};

const SIZES: [usize; 8] = [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073, 200_000];

fn a_plaintext(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i % 251) as u8).collect()
}

fn a_key() -> FileKey {
    FileKey::generate(&SeededEntropy::new(1))
}

fn sealed_in_pieces(key: &FileKey, plain: &[u8], piece: usize) -> (Vec<u8>, Sums) {
    let mut sealing = Sealing::new(key, &SeededEntropy::new(2));
    let mut out = Vec::new();
    for part in plain.chunks(piece) {
        sealing.write(part, &mut out);
    }
    let sums = sealing.finish(&mut out);
    (out, sums)
}

fn opened<R: std::io::Read + std::io::Seek>(mut opening: Opening<R>) -> Vec<u8> {
    let mut plain = Vec::new();
    opening.read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn the_age_crate_opens_what_we_seal_with_either_identity() {
    let (service, recovery) = (Identity::generate(), Identity::generate());
    let recipients =
        Recipients { service: service.to_recipient(), recovery: recovery.to_recipient(), generation: 1 };
    for bytes in SIZES {
        let plain = a_plaintext(bytes);
        let key = FileKey::generate(&SystemEntropy);
        let mut file = header::write(&key, &recipients, &SystemEntropy).unwrap();
        file.extend(sealed_in_pieces(&key, &plain, 10_000).0);
        for identity in [&service, &recovery] {
            assert_eq!(age::decrypt(&identity.0, &file).unwrap(), plain, "{bytes} bytes");
        }
    }
}

#[test]
fn we_open_what_the_age_crate_seals() {
    let identity = Identity::generate();
    for bytes in SIZES {
        let plain = a_plaintext(bytes);
        let recipients = [&identity.0.to_public() as &dyn age::Recipient];
        let encryptor = age::Encryptor::with_recipients(recipients.into_iter()).unwrap();
        let mut file = Vec::new();
        let mut writer = encryptor.wrap_output(&mut file).unwrap();
        writer.write_all(&plain).unwrap();
        writer.finish().unwrap();
        let (text, payload) = header::split(&file).unwrap();
        let key = header::open(text, &identity).unwrap();
        assert_eq!(open_all(&key, payload).unwrap().expose(), plain, "{bytes} bytes");
        let opening = Opening::new(&key, Cursor::new(payload), payload.len() as u64).unwrap();
        assert_eq!(opened(opening), plain, "{bytes} bytes");
    }
}

#[test]
fn a_payload_is_the_same_however_it_came_in() {
    for bytes in SIZES {
        let plain = a_plaintext(bytes);
        let whole = seal_all(&a_key(), &plain, &SeededEntropy::new(2));
        for piece in [1 + bytes / 3, 65_536, 65_537, 70_000, 1 + bytes] {
            assert_eq!(
                sealed_in_pieces(&a_key(), &plain, piece),
                whole,
                "{bytes} bytes in pieces of {piece}"
            );
        }
    }
}

#[test]
fn the_sums_are_those_of_the_bytes() {
    for bytes in SIZES {
        let plain = a_plaintext(bytes);
        let (sealed, sums) = sealed_in_pieces(&a_key(), &plain, 5_000);
        assert_eq!(sums.plain_bytes, bytes as u64);
        assert_eq!(sums.plain_digest, Digest::of(&plain));
        assert_eq!(sums.sealed_bytes, sealed.len() as u64);
        assert_eq!(sums.sealed_digest, Digest::of(&sealed));
        assert_eq!(sealed_length(bytes as u64), sealed.len() as u64);
        assert_eq!(plain_length(sealed.len() as u64), Some(bytes as u64));
    }
}

#[test]
fn lengths_that_no_payload_has_are_refused() {
    let bad = [0, 15, 16, 31, 65_536 + 16 + 16 + 1, 65_536 + 16 + 16 + 16];
    for length in bad {
        assert_eq!(plain_length(length), None, "{length}");
        let sealed = vec![0; length as usize];
        let expected = SealError::BadLength { sealed_bytes: length };
        assert_eq!(open_all(&a_key(), &sealed), Err(expected.clone()));
        let refused = Opening::new(&a_key(), Cursor::new(&sealed), length).err().unwrap();
        assert_eq!(refused.into_inner().unwrap().downcast_ref(), Some(&expected));
    }
}

#[test]
fn a_payload_of_another_length_than_recorded_is_refused() {
    let (sealed, _) = seal_all(&a_key(), &a_plaintext(100), &SeededEntropy::new(2));
    assert!(Opening::new(&a_key(), Cursor::new(&sealed), sealed.len() as u64 - 1).is_err());
    assert!(Opening::new(&a_key(), Cursor::new(&sealed[..90]), sealed.len() as u64).is_err());
}

#[test]
fn a_payload_cut_at_a_chunk_is_never_read_from_in_the_middle() {
    let (sealed, _) = seal_all(&a_key(), &a_plaintext(200_000), &SeededEntropy::new(2));
    let cut = &sealed[..16 + 2 * SEALED_CHUNK_BYTES];
    assert_eq!(open_all(&a_key(), cut), Err(SealError::PayloadDamaged { chunk: 1 }));
    let mut opening = Opening::new(&a_key(), Cursor::new(cut), cut.len() as u64).unwrap();
    assert!(opening.seek(SeekFrom::Start(10)).is_err());
    let mut opening = Opening::new(&a_key(), Cursor::new(cut), cut.len() as u64).unwrap();
    assert!(opening.read_to_end(&mut Vec::new()).is_err());
}

#[test]
fn chunks_do_not_open_in_another_order() {
    let (mut sealed, _) = seal_all(&a_key(), &a_plaintext(200_000), &SeededEntropy::new(2));
    let (first, second) = sealed[16..16 + 2 * SEALED_CHUNK_BYTES].split_at_mut(SEALED_CHUNK_BYTES);
    first.swap_with_slice(second);
    assert_eq!(open_all(&a_key(), &sealed), Err(SealError::PayloadDamaged { chunk: 0 }));
}

#[test]
fn another_key_opens_nothing() {
    let (sealed, _) = seal_all(&a_key(), b"", &SeededEntropy::new(2));
    let other = FileKey::generate(&SeededEntropy::new(3));
    assert_eq!(open_all(&other, &sealed), Err(SealError::PayloadDamaged { chunk: 0 }));
    let mut opening = Opening::new(&other, Cursor::new(&sealed), sealed.len() as u64).unwrap();
    assert!(opening.read(&mut [0; 4]).is_err(), "an empty plaintext is authenticated too");
}

#[test]
fn a_place_beyond_the_end_reads_nothing_and_one_before_the_start_is_refused() {
    let (sealed, _) = seal_all(&a_key(), &a_plaintext(10), &SeededEntropy::new(2));
    let mut opening = Opening::new(&a_key(), Cursor::new(&sealed), sealed.len() as u64).unwrap();
    assert_eq!(opening.seek(SeekFrom::Start(99)).unwrap(), 99);
    assert_eq!(opening.read(&mut [0; 4]).unwrap(), 0);
    assert!(opening.seek(SeekFrom::End(-11)).is_err());
    assert_eq!(opening.seek(SeekFrom::End(-1)).unwrap(), 9);
    assert_eq!(opened(opening), [9]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_changed_byte_of_a_payload_is_refused(
        bytes in 0_usize..140_000,
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let plain = a_plaintext(bytes);
        let (mut sealed, _) = seal_all(&a_key(), &plain, &SeededEntropy::new(2));
        let opened_before = open_all(&a_key(), &sealed).unwrap();
        prop_assert_eq!(opened_before.expose(), plain.as_slice());
        let at = at.index(sealed.len());
        sealed[at] ^= change;
        prop_assert!(open_all(&a_key(), &sealed).is_err());
        let mut opening = Opening::new(&a_key(), Cursor::new(&sealed), sealed.len() as u64).unwrap();
        prop_assert!(opening.read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn any_part_reads_like_the_same_part_of_the_plaintext(
        bytes in 1_usize..200_000,
        jumps in proptest::collection::vec((any::<prop::sample::Index>(), 1_usize..70_000), 1..6),
    ) {
        let plain = a_plaintext(bytes);
        let (sealed, _) = seal_all(&a_key(), &plain, &SeededEntropy::new(2));
        let mut opening = Opening::new(&a_key(), Cursor::new(&sealed), sealed.len() as u64).unwrap();
        for (at, length) in jumps {
            let at = at.index(bytes);
            let end = bytes.min(at + length);
            opening.seek(SeekFrom::Start(at as u64)).unwrap();
            let mut part = vec![0; end - at];
            opening.read_exact(&mut part).unwrap();
            prop_assert_eq!(&part, &plain[at..end]);
        }
    }
}
