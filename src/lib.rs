//! Muniment keeps a company's service records as evidence: captured, sealed, entered in a
//! tamper-evident ledger, found again, opened only for a stated purpose, and handed out in
//! packages that strangers can verify.
//!
//! The house has five floors; imports point downward only (`tests/it/floors.rs` fails otherwise).

// Floor 0: what every other floor stands on.
pub mod base;

// Floor 1: pure. No clock, no files, no database, no network.
pub mod access;
pub mod bundle;
pub mod document;
pub mod ledger;
pub mod policy;
pub mod record;
pub mod redaction;
pub mod retention;
pub mod seal;
pub mod search;

// Floor 2: the database, the keys, the payloads on disk, the processes that read documents.
pub mod blob;
pub mod keydir;
pub mod sandbox;
pub mod store;

// Floor 3: what the archive does.
pub mod archive;

// Floor 4: the doors. Words of refusals, HTTP, the command line.
pub mod bench;
pub mod cli;
pub mod config;
pub mod demo;
pub mod web;
pub mod words;
