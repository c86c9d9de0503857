//! Golden bytes: what the ledger wrote on its first day it must write, and read, for ever.

use super::checkpoint::{LogKey, Origin, sign};
use super::entry::{Actor, EntryDraft, EntryKind, encode};
use super::proof::to_tlog_proof;
use super::tree::{Hash, leaf_hash, small_inclusion, small_root};
use crate::base::moment::Moment;
use crate::base::secret::SecretKey;

pub(super) const ORIGIN: &str = "archive.example.com/muniment";

/// A key that everybody knows; it signs nothing but these tests.
pub(super) fn log_key() -> LogKey {
    LogKey::from_seed(&SecretKey::take(&mut [7; 32]), Origin::parse(ORIGIN).unwrap())
}

/// Entry `number` of the golden log.
pub(super) fn entry(number: i64) -> Vec<u8> {
    let draft = EntryDraft {
        kind: EntryKind::Captured,
        subject: format!("0195a5b0-0000-7000-8000-{number:012}"),
        actor: Actor::System,
        facts: serde_json::json!({
            "kind": "service_record",
            "components": [{ "bytes": 10_240, "sha256": Hash::of(&number.to_be_bytes()).to_hex() }],
            "occurred": "2026-03-01",
        }),
    };
    encode(&draft, Moment::from_micros(1_772_353_800_000_000 + number)).unwrap()
}

/// The leaves of the golden log of seven entries.
pub(super) fn leaves() -> Vec<Hash> {
    (0..7).map(|number| leaf_hash(&entry(number))).collect()
}

/// Its root.
pub(super) fn root() -> Hash {
    small_root(&leaves())
}

/// Its entry 3 with the proof file.
pub(super) fn proof() -> (Vec<u8>, String) {
    let note = sign(&log_key(), 7, &root());
    (entry(3), to_tlog_proof(3, &small_inclusion(&leaves(), 3).unwrap(), &note))
}

#[test]
fn the_entry_is_written_as_on_the_first_day() {
    assert_eq!(String::from_utf8(entry(3)).unwrap(), include_str!("golden/entry.json"));
}

#[test]
fn the_vkey_is_written_as_on_the_first_day() {
    assert_eq!(log_key().vkey() + "\n", include_str!("golden/vkey"));
}

#[test]
fn the_checkpoint_is_written_as_on_the_first_day() {
    assert_eq!(sign(&log_key(), 7, &root()), include_str!("golden/checkpoint"));
}

#[test]
fn the_proof_is_written_as_on_the_first_day() {
    assert_eq!(proof().1, include_str!("golden/entry.tlog-proof"));
}
