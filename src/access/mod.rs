//! Who may do what: roles, the permission matrix, passwords, sessions, tokens, the login
//! throttle and the two-person rule.
//!
//! This module decides and never acts: it reads no clock, draws no randomness of its own, opens
//! no database. It promises one answer per question from one table ([`permission::MATRIX`]),
//! that an id out of someone's sight looks like an id that does not exist, that a token can do
//! less than its owner and never more, and that nobody approves what he asked for himself.

pub mod base32;
pub mod decide;
pub mod engagement;
pub mod password;
pub mod permission;
pub mod rights;
pub mod role;
pub mod scope;
pub mod session;
pub mod throttle;
pub mod token;
pub mod totp;
pub mod two_person;
