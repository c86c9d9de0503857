//! Customers and other parties: who they are, and what the archive holds of each (客户服务档案).
//! Nobody is scored and no profile is drawn.

mod dossier;
mod list;
mod reach;

#[cfg(test)]
mod tests;

pub use dossier::{DossierCase, DossierView};
pub use list::PartyView;
pub(super) use reach::{must_be_in_sight, reads_names};
