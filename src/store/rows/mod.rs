//! One file per table or small family of tables: plain rows in the archive's types, and the few
//! statements that the archive needs. Rules live above; here nothing is decided.

pub(in crate::store) mod column;
pub(in crate::store) mod row;
pub(in crate::store) mod statements;

pub mod approvals;
pub mod cases;
pub mod cells;
pub mod components;
pub mod detections;
pub mod events;
pub mod exports;
pub mod holds;
pub mod idempotency;
pub mod index;
pub mod jobs;
pub mod ledger;
pub mod links;
pub mod matters;
pub mod meta;
pub mod parties;
pub mod policies;
pub mod records;
pub mod retention;
pub mod segments;
pub mod sessions;
pub mod uploads;
pub mod users;
pub mod versions;

pub use column::LookupToken;
pub use statements::Before;
