//! Retention policies in the archive: drafted, reviewed, published by two persons on the ground of a simulation,
//! superseded and retired; acknowledged, commented on and evaluated.
//!
//! Promises: what a published version says never changes; every step is entered with who took it; no row of a
//! policy is relied upon before it is held against the ledger's last word about it, and none is missed unseen
//! (`policies/all`). By policies records become due: they are held as what gives rights is.

mod acknowledge;
mod cache;
mod confirm;
mod draft;
mod evaluate;
pub(super) mod exchange;
pub(super) mod in_force;
mod measure;
mod publish;
mod read;
mod rebase;
mod refusal;
mod retire;
mod review;
mod simulations;
mod submit;
mod suggest;
#[cfg(test)]
pub(super) mod tests;
mod view;

pub use acknowledge::Acknowledgements;
pub(super) use cache::PolicyCache;
pub use draft::{Imported, PolicySource};
pub use evaluate::EvaluationView;

pub use measure::{Measured, Measures};
pub use publish::PublishRequest;
pub use rebase::RebaseRequest;
pub use refusal::PolicyRefusal;
pub use retire::RetireRequest;
pub use review::{NewReview, ReviewView};
pub use simulations::SimulationView;
pub use suggest::SuggestionView;
pub use view::{PolicyLine, PolicyView, VersionLine, VersionView};
