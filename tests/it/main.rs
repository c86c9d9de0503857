//! The one integration binary.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that fails says where"
)]

mod cli;
mod cli_people;
mod cli_upkeep;
mod desk;
mod floors;
mod harness_db;
mod licences;
mod pii;
mod storage;
mod tour;
