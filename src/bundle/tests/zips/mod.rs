//! Tampering with the ZIP itself.

mod fields;
mod names;

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::super::testing::{Unpacked, World, codes, pack};
use super::super::verify::Verdict;

fn bundle() -> Vec<u8> {
    World::new().bundle().0
}

/// Where the directory begins, as the end record says.
fn directory_start(bytes: &[u8]) -> usize {
    let end = bytes.len() - 22;
    u32::from_le_bytes(bytes[end + 16..end + 20].try_into().unwrap()) as usize
}

fn assert_refused(bytes: &[u8], code: &str, what: &str) {
    let codes = codes(bytes);
    assert!(codes.contains(&code), "{what}: {codes:?}");
}

#[test]
fn bytes_that_belong_to_no_entry_are_refused() {
    let bytes = bundle();
    let behind = [bytes.as_slice(), b"x"].concat();
    assert_refused(&behind, "zip_data_outside", "behind");
    let before = [b"MZ".as_slice(), &bytes].concat();
    assert_refused(&before, "zip_data_outside", "before");
    let mut comment = bytes.clone();
    let length = comment.len();
    comment[length - 2] = 3;
    comment.extend_from_slice(b"abc");
    assert_refused(&comment, "zip_data_outside", "comment");
    let start = directory_start(&bytes);
    let mut between = bytes.clone();
    between.splice(start..start, *b"hidden");
    let end = between.len() - 22;
    between[end + 16..end + 20].copy_from_slice(&u32::try_from(start + 6).unwrap().to_le_bytes());
    assert_refused(&between, "zip_data_outside", "between");
}

#[test]
fn an_entry_hidden_from_the_directory_is_found() {
    let unpacked = Unpacked::of(&bundle());
    let bytes = bundle();
    let start = directory_start(&bytes);
    // The last directory record is cut out; its file stays behind as bytes of no entry.
    let last = bytes[start..].windows(4).rposition(|window| window == b"PK\x01\x02").unwrap() + start;
    let end = bytes.len() - 22;
    let mut hidden = [&bytes[..last], &bytes[end..]].concat();
    let end = hidden.len() - 22;
    let count = u16::try_from(unpacked.files.len() - 1).unwrap().to_le_bytes();
    hidden[end + 8..end + 10].copy_from_slice(&count);
    hidden[end + 10..end + 12].copy_from_slice(&count);
    hidden[end + 12..end + 16].copy_from_slice(&u32::try_from(end - start).unwrap().to_le_bytes());
    assert_refused(&hidden, "zip_data_outside", "hidden entry");
}

#[test]
fn headers_that_disagree_with_the_directory_are_refused() {
    let bytes = bundle();
    for (offset, code) in [
        (6, "zip_headers_differ"),
        (8, "zip_headers_differ"),
        (14, "zip_headers_differ"),
        (22, "zip_headers_differ"),
        (30, "zip_headers_differ"),
    ] {
        let mut changed = bytes.clone();
        changed[offset] ^= 1;
        assert_refused(&changed, code, &offset.to_string());
    }
}

#[test]
fn links_encryption_strange_packing_and_bombs_are_refused() {
    let bytes = bundle();
    let start = directory_start(&bytes);
    let set = |offset: usize, value: &[u8]| {
        let mut changed = bytes.clone();
        changed[start + offset..start + offset + value.len()].copy_from_slice(value);
        changed
    };
    assert_refused(&set(8, &1_u16.to_le_bytes()), "zip_feature", "encrypted");
    assert_refused(&set(8, &8_u16.to_le_bytes()), "zip_feature", "streamed");
    assert_refused(&set(10, &12_u16.to_le_bytes()), "zip_feature", "bzip2");
    assert_refused(&set(38, &(0o120_777_u32 << 16).to_le_bytes()), "zip_not_a_file", "link");
    assert_refused(&set(38, &(0o020_666_u32 << 16).to_le_bytes()), "zip_not_a_file", "device");
    assert_refused(&set(38, &(0o040_755_u32 << 16).to_le_bytes()), "zip_not_a_file", "folder with content");
    for (attributes, what) in [
        (0x10, "folder"),
        (0x02, "hidden"),
        (0x04, "system"),
        (0x08, "volume label"),
        (0x40, "device"),
        (0x400, "reparse point"),
    ] {
        assert_refused(&set(38, &u32::to_le_bytes(attributes)), "zip_not_a_file", what);
    }
    for (mode, what) in [
        (0o104_755_u32, "set-user"),
        (0o102_755, "set-group"),
        (0o101_644, "sticky"),
        (0o004_755, "set-user only"),
    ] {
        assert_refused(&set(38, &(mode << 16).to_le_bytes()), "zip_not_a_file", what);
    }
    for allowed in [0, 0x20, 0x21, 0x80, 0o100_755_u32 << 16 | 0x8020, 0o600 << 16] {
        assert_eq!(codes(&set(38, &allowed.to_le_bytes())), [""; 0], "{allowed:#x}");
    }
    assert_refused(&set(6, &63_u16.to_le_bytes()), "zip_feature", "a version that some programs lack");
    assert_refused(&set(24, &0xF000_0000_u32.to_le_bytes()), "zip_bomb", "one large file");
    assert_refused(&set(42, &9_u32.to_le_bytes()), "zip_data_outside", "offset");
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let mut bytes = bundle();
    let start = directory_start(&bytes);
    let second =
        bytes[start + 46..].windows(4).position(|window| window == b"PK\x01\x02").unwrap() + start + 46;
    bytes[second + 42..second + 46].copy_from_slice(&0_u32.to_le_bytes());
    assert_refused(&bytes, "zip_overlap", "second entry at the first one's place");
}

#[test]
fn a_truncated_bundle_is_refused_at_any_length() {
    let bytes = bundle();
    for length in (0..bytes.len()).step_by(97) {
        assert!(!codes(&bytes[..length]).is_empty(), "{length}");
    }
}

#[test]
fn a_bundle_packed_again_by_another_tool_is_still_good() {
    let unpacked = Unpacked::of(&bundle());
    assert_eq!(codes(&unpacked.pack()), [""; 0]);
    let report =
        super::super::testing::check(&unpacked.pack(), Some(super::super::testing::log_key(7).vkey()));
    assert_eq!(report.verdict(), Verdict::Verified);
}

#[test]
fn zip64_is_read_where_sizes_or_counts_need_it() {
    let unpacked = Unpacked::of(&bundle());
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in &unpacked.files {
        let large = SimpleFileOptions::default().large_file(true);
        writer.start_file(format!("{}/{path}", unpacked.folder), large).unwrap();
        writer.write_all(bytes).unwrap();
    }
    assert_eq!(codes(&writer.finish().unwrap().into_inner()), [""; 0]);
    // More entries than the short directory counts: only their names are wrong.
    let many: Vec<(String, Vec<u8>)> =
        (0..66_000).map(|number| (format!("{}/data/{number}", unpacked.folder), Vec::new())).collect();
    let codes = codes(&pack(&many));
    assert!(codes.contains(&"unknown_file") && !codes.iter().any(|code| code.contains("zip")), "{codes:?}");
}

#[test]
fn every_entry_of_the_zip_has_plain_headers() {
    let bytes = bundle();
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    for index in 0..archive.len() {
        let file = archive.by_index(index).unwrap();
        assert_eq!(file.last_modified().unwrap().to_string(), "2026-03-01 08:30:06");
        assert_eq!(file.unix_mode(), Some(0o100_644));
        assert!(file.extra_data().is_none_or(|data| data.is_empty()));
        assert!(file.comment().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_flipped_bit_changes_what_is_accepted(position in any::<prop::sample::Index>(), bit in 0..8_u8) {
        thread_local!(static GOOD: Vec<u8> = bundle());
        let mut bytes = GOOD.with(Clone::clone);
        let at = position.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // What may change is the ZIP's own bookkeeping (who packed it, padding of a packed file),
        // never a name or a byte of content.
        let same = || Unpacked::of(&bytes) == Unpacked::of(&GOOD.with(Clone::clone));
        prop_assert!(!codes(&bytes).is_empty() || same(), "byte {at} bit {bit}");
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(mut noise: Vec<u8>, cut in any::<prop::sample::Index>()) {
        codes(&noise);
        thread_local!(static GOOD: Vec<u8> = bundle());
        let good = GOOD.with(Clone::clone);
        let at = cut.index(good.len());
        noise.extend_from_slice(&good[at..]);
        prop_assert!(at == 0 && noise.len() == good.len() || !codes(&noise).is_empty());
    }
}

/// The bundle with bytes behind the end of what the first packed entry unpacks to; every length that
/// the container states counts them.
fn with_bytes_behind_the_end(hidden: &[u8]) -> Vec<u8> {
    let bytes = bundle();
    let start = directory_start(&bytes);
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let u16_at = |at: usize| usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()));
    let (mut at, mut victim) = (start, None);
    while u32_at(at) == 0x0201_4b50 {
        if u16_at(at + 10) == 8 && victim.is_none() {
            victim = Some(at);
        }
        at += 46 + u16_at(at + 28) + u16_at(at + 30) + u16_at(at + 32);
    }
    let victim = victim.expect("the bundle packs something");
    let (packed, local) = (u32_at(victim + 20), u32_at(victim + 42) as usize);
    let behind = local + 30 + u16_at(local + 26) + u16_at(local + 28) + packed as usize;
    let grown = u32::try_from(hidden.len()).unwrap();
    let mut changed = bytes.clone();
    let mut put = |at: usize, number: u32| changed[at..at + 4].copy_from_slice(&number.to_le_bytes());
    put(local + 18, packed + grown);
    put(victim + 20, packed + grown);
    let mut at = start;
    while u32_at(at) == 0x0201_4b50 {
        if u32_at(at + 42) as usize > local {
            put(at + 42, u32_at(at + 42) + grown);
        }
        at += 46 + u16_at(at + 28) + u16_at(at + 30) + u16_at(at + 32);
    }
    let end = bytes.len() - 22;
    put(end + 16, u32_at(end + 16) + grown);
    changed.splice(behind..behind, hidden.iter().copied());
    changed
}

#[test]
fn bytes_behind_the_end_of_a_packed_entry_are_refused() {
    assert!(codes(&with_bytes_behind_the_end(b"")).is_empty());
    for hidden in [&b"x"[..], b"a second, hidden text"] {
        assert!(!codes(&with_bytes_behind_the_end(hidden)).is_empty(), "{hidden:?}");
    }
}
