//! Legal matters (法务事项): opened, changed, closed; people with their duties. A matter is the unit
//! of access for legal work: whoever has a duty in one may see it.

mod change;
pub(in crate::archive) mod facts;
mod find;
mod gone;
mod list;
mod open;
mod people;
pub(in crate::archive) mod readers;
mod view;

#[cfg(test)]
pub(in crate::archive) mod tests;

pub(in crate::archive) use find::{open as words, target};
pub use list::MatterQuery;
pub(in crate::archive) use view::must_be_held;
pub use view::{MatterPersonView, MatterSummary, MatterView, MatterWords};
