//! Export bundles: one ZIP that is a BagIt bag and carries the evidence, where it stands in the
//! ledger, and all that a stranger needs to check it with public tools.
//!
//! It promises that whatever [`writer::BundleWriter`] finishes, [`verify::verify`] accepts, that
//! nothing changed afterwards is accepted, and that hostile bytes end in named faults, never in
//! a panic or in memory that grows with them. It does no input or output of its own, reads no
//! clock, and never lets out a commitment key of an original that is not in the bundle.
//!
//! What is said twice in a bundle is derived by one function here: the writer writes what it
//! gives, the verifier asks it again and compares bytes.
//!
//! The format is written down for strangers in `docs/formats/bundle.md`.

pub mod certificate;
pub mod frozen;
pub mod name;
pub mod plan;
pub mod verify;
pub mod writer;

mod bag;
mod custody;
mod entry;
mod layout;
mod openings;
mod pages;
mod record;
mod segment;
mod table;
mod tables;

pub use bag::{Algorithm, fingerprint};
pub use entry::{BadCapture, ComponentFacts, ProvenEntry};
pub(crate) use table::Table;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
