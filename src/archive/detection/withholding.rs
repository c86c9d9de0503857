//! The tokens of words that are withheld from readers of redacted text.

use std::sync::Mutex;

use crate::archive::indexing::{ENGINE, lock};
use crate::base::secret::SecretKey;
use crate::search::ContentIndex;

use super::shown::EDITION;

/// The meta row that names the edition of everything in the index of what is withheld.
pub(in crate::archive) const WITHHELD_ROW: &str = "search_withheld";

/// By what the tokens of what is withheld are made, besides what was found: the words of the index, and the texts of
/// readers. Tokens of another edition cannot be named any more.
pub(in crate::archive) fn edition() -> String {
    format!("{ENGINE}/{EDITION}")
}

/// The engine of a block of what is withheld.
pub(in crate::archive) fn withheld_engine(detector: &str) -> String {
    format!("{}/{detector}", edition())
}

/// Makes them, for one thread at a time.
#[derive(Default)]
pub(in crate::archive) struct Withholding(Mutex<Option<(SecretKey<32>, ContentIndex)>>);

impl Withholding {
    /// Works with the tokens under the key of words.
    pub(super) fn tokens<T>(&self, key: &SecretKey<32>, work: impl FnOnce(&mut ContentIndex) -> T) -> T {
        let mut slot = lock(&self.0);
        if slot.as_ref().is_some_and(|(of, _)| of != key) {
            *slot = None;
        }
        let (_, index) = slot.get_or_insert_with(|| (key.clone(), ContentIndex::withheld(key)));
        work(index)
    }
}
