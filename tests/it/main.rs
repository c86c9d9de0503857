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

mod archive_postgres;
mod bad_input;
mod cli;
mod cli_capture;
mod cli_exits;
mod cli_listing;
mod cli_people;
mod cli_reading;
mod cli_upkeep;
mod cli_width;
mod desk;
mod disposing;
mod document;
mod durability;
mod erasing;
mod floors;
mod full_disk;
mod harness_db;
mod http;
mod licences;
mod machine;
mod open_files;
mod pages;
mod papers;
mod pii;
mod plaintext;
mod policy;
mod storage;
mod tour;
mod yesterday;
