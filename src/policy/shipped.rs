//! The packs that come with the program: starting points with their citations, not legal advice.

use super::document::Policy;
use super::fault::Fault;

/// Name and text of each.
const SHIPPED: [(&str, &str); 5] = [
    ("cn-general", include_str!("../../policies/cn-general.toml")),
    ("cn-accounting", include_str!("../../policies/cn-accounting.toml")),
    ("tw-general", include_str!("../../policies/tw-general.toml")),
    ("eu-gdpr", include_str!("../../policies/eu-gdpr.toml")),
    ("us-general", include_str!("../../policies/us-general.toml")),
];

/// The names of the packs.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// The text of a pack.
pub fn shipped_text(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// A pack, read; `None` if none has that name.
///
/// # Errors
/// The faults of its text, which tests keep from being any.
pub fn shipped(name: &str) -> Option<Result<Policy, Vec<Fault>>> {
    shipped_text(name).map(Policy::parse)
}
