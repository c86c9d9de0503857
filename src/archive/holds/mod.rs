//! 诉讼保留: holds. What a hold names cannot be destroyed, by nobody and by no path, until it is released by two
//! persons and has rested for a while.
//!
//! Promises: what is held is what the ledger says, whatever rows the database has; a hold that cannot be read holds
//! everything; who may not know of a hold learns no more than that a disposition is not available. A hold stops no
//! clock and hinders nobody from reading.

mod contents;
mod facts;
mod find;
mod marks;
mod members;
mod notice;
mod over;
mod place;
mod reached;
mod register;
mod release;
mod request;
mod review;
mod said;
mod says;
#[cfg(test)]
mod tests;
mod tokens;
mod view;
mod words;

pub use contents::MemberView;
pub use marks::HoldMark;
pub use notice::{NewNotice, NoticeView};
pub use place::Placed;
pub use release::ReleaseRequest;
pub use request::{AskedQuery, HoldFields, HoldSelectors};
pub use tokens::HoldField;
pub use view::{HoldQueryFilter, HoldSummary, HoldView};
pub use words::{HoldGrounds, HoldQuery, HoldWords, word_of};

pub(in crate::archive) use find::{is_in_sight, target};
pub(in crate::archive) use marks::{Marks, held_state};
pub(in crate::archive) use over::{Care, Over, Part, stopping, to_judge};
pub(in crate::archive) use reached::held_now;
pub(in crate::archive) use register::{Asks, HoldSaid, HoldWord, Noticed, Register, Released};
pub(in crate::archive) use said::SaidKey;
pub(in crate::archive) use words::title;
