//! What must hold for any input of the engine that finds and hides personal data. The fuzz targets
//! and the programs of this crate ask for it.
//!
//! The engine's own sources are compiled here, without the rest of the package: it is pure, and needs
//! neither the database nor the service.
#![allow(unused, reason = "most of the base is used by the rest of the package only")]

#[path = "../../src/base/mod.rs"]
pub mod base;
#[path = "../../src/redaction/mod.rs"]
pub mod redaction;

pub mod hold;
