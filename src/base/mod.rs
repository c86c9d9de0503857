//! Floor 0: what every other floor stands on. Nothing here knows of records.

pub mod canonical;
pub mod civil;
pub mod digest;
pub(crate) mod entities;
pub mod entropy;
pub mod id;
pub mod limits;
pub mod moment;
pub mod open_files;
pub mod secret;
pub mod text;
pub mod wanted;
pub(crate) mod words;
