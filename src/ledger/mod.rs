//! The ledger: an append-only log of everything that happened to the evidence, in the public
//! C2SP formats (`tlog-tiles`, `tlog-checkpoint`, `signed-note`, `tlog-proof`), so that a
//! stranger checks it with tools that know nothing of this archive.
//!
//! It promises that whatever [`checkpoint::open`] and [`proof::verify`] accept was signed by
//! the log's key and lies in the signed tree, and that hostile input ends in an error, never
//! in a panic. It must never hold personal data, nor a digest of plaintext.
//!
//! The tree's mathematics are ours, because `tlog_tiles` asserts on what a store returns, has
//! no way to hand a store's own error through, and hashes every tile again on every read; the
//! tests hold ours against it. Notes are read and signed by `signed_note`.
//!
//! The formats are written down for strangers in `docs/formats/ledger.md`.

pub mod checkpoint;
pub mod entry;
pub mod export;
pub mod kind;
pub mod proof;
pub mod statement;
pub mod tree;

#[cfg(test)]
mod golden;
