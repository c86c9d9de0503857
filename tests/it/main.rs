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
mod floors;
mod harness_db;
mod licences;
mod pii;
mod storage;
