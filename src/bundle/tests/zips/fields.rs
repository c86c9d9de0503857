//! Extra fields, remarks, and a second directory.

use super::{Unpacked, assert_refused, bundle, codes, directory_start};

/// The bundle with an extra field behind the name of its first entry, in both descriptions.
fn with_extra_field(field: &[u8]) -> Vec<u8> {
    let mut bytes = bundle();
    let start = directory_start(&bytes);
    let u16_at = |bytes: &[u8], at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
    let grown = u16::try_from(field.len()).unwrap();
    let name = usize::from(u16_at(&bytes, start + 28));
    bytes[start + 30..start + 32].copy_from_slice(&grown.to_le_bytes());
    bytes.splice(start + 46 + name..start + 46 + name, field.iter().copied());
    let name = usize::from(u16_at(&bytes, 26));
    bytes[28..30].copy_from_slice(&grown.to_le_bytes());
    bytes.splice(30 + name..30 + name, field.iter().copied());
    // Everything behind the first header moved, and the directory became longer.
    let (mut at, moved, end) = (start + field.len(), u32::from(grown), bytes.len() - 22);
    let mut first = true;
    while bytes[at..at + 4] == *b"PK\x01\x02" {
        if !std::mem::take(&mut first) {
            let offset = u32::from_le_bytes(bytes[at + 42..at + 46].try_into().unwrap()) + moved;
            bytes[at + 42..at + 46].copy_from_slice(&offset.to_le_bytes());
        }
        let lengths = [28, 30, 32].map(|place| usize::from(u16_at(&bytes, at + place)));
        at += 46 + lengths.iter().sum::<usize>();
    }
    for place in [12, 16] {
        let number = u32::from_le_bytes(bytes[end + place..end + place + 4].try_into().unwrap()) + moved;
        bytes[end + place..end + place + 4].copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

#[test]
fn extra_fields_that_could_mean_another_file_are_refused() {
    let field = |id: u16, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_le_bytes();
        [&id.to_le_bytes()[..], &length, content].concat()
    };
    let time = field(0x5455, &[1, 0, 0, 0, 0]);
    assert_eq!(codes(&with_extra_field(&time)), [""; 0]);
    for (extra, what) in [
        (field(0x7075, b"\x01\0\0\0\0MUN-EXP-2026-000001/other.txt"), "another name in Unicode"),
        (field(0x0001, &[0; 16]), "sizes of zip64 where the short ones hold"),
        (field(0x0001, &[0; 3]), "a zip64 field of no length"),
        (field(0x9901, b"\x02\0AE\x03\x08\0"), "encryption"),
        ([time.clone(), time.clone()].concat(), "a field twice"),
        (vec![0x55, 0x54, 9, 0, 1], "a field that is longer than its place"),
        (vec![0x55], "half a field"),
    ] {
        assert_refused(&with_extra_field(&extra), "zip_extra_field", what);
    }
}

#[test]
fn a_remark_beside_an_entry_is_refused() {
    let mut bytes = bundle();
    let start = directory_start(&bytes);
    let name = usize::from(u16::from_le_bytes(bytes[start + 28..start + 30].try_into().unwrap()));
    bytes[start + 32] = 2;
    bytes.splice(start + 46 + name..start + 46 + name, *b"hi");
    let end = bytes.len() - 22;
    let size = u32::from_le_bytes(bytes[end + 12..end + 16].try_into().unwrap()) + 2;
    bytes[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
    assert_refused(&bytes, "zip_comment", "comment");
}

#[test]
fn a_second_directory_for_other_programs_is_refused() {
    // The end record of zip64, its locator, and the short end record with `total` entries.
    let with_large_end = |total: u16, start: u32| {
        let bytes = bundle();
        let (end, count) = (bytes.len() - 22, u64::try_from(Unpacked::of(&bytes).files.len()).unwrap());
        let directory = directory_start(&bytes) as u64;
        let mut changed = bytes[..end].to_vec();
        changed.extend(b"PK\x06\x06");
        changed.extend(44_u64.to_le_bytes());
        changed.extend([45, 0, 45, 0]);
        changed.extend([0; 8]);
        for number in [count, count, end as u64 - directory, directory] {
            changed.extend(number.to_le_bytes());
        }
        changed.extend(b"PK\x06\x07");
        changed.extend(0_u32.to_le_bytes());
        changed.extend((end as u64).to_le_bytes());
        changed.extend(1_u32.to_le_bytes());
        let mut short = bytes[end..].to_vec();
        short[8..10].copy_from_slice(&total.to_le_bytes());
        short[10..12].copy_from_slice(&total.to_le_bytes());
        short[16..20].copy_from_slice(&start.to_le_bytes());
        changed.extend(short);
        changed
    };
    let count = u16::try_from(Unpacked::of(&bundle()).files.len()).unwrap();
    let start = u32::try_from(directory_start(&bundle())).unwrap();
    assert_eq!(codes(&with_large_end(count, u32::MAX)), [""; 0]);
    assert_eq!(codes(&with_large_end(u16::MAX, start)), [""; 0]);
    assert_refused(&with_large_end(count - 1, u32::MAX), "zip_malformed", "another number of entries");
    assert_refused(&with_large_end(u16::MAX, start - 1), "zip_malformed", "another place");
    assert_refused(&with_large_end(count, start), "zip_data_outside", "a large end that nothing points to");
}
