//! What is recorded: the kinds of records with their typed fields, the descriptor that is sealed,
//! links between records, and the request that brings a record in.
//!
//! Promises: text becomes a type here or is refused with every fault at once; nothing here reads
//! a clock, a file or a database; no type that may hold a person's data shows it in `Debug`.

#[macro_use]
mod words;

pub mod case;
pub mod category;
pub mod descriptor;
pub mod erasure;
pub mod feed;
pub mod fields;
pub mod gaps;
pub mod hold;
pub mod jurisdiction;
pub mod kind;
pub mod lineage;
pub mod matter;
pub mod names;
pub mod occurred;
pub mod party;
pub mod request;
pub mod service_level;
pub mod state;

pub use words::UnknownWord;
