//! What another reader finds on a page: two that agree are believed, one alone is not.

use std::collections::BTreeMap;

use lopdf::Document;

use super::fold::Folded;

/// Letters and digits that may differ on a page, whatever its size: a ligature here, a dash there.
const FREE: usize = 8;
/// One in so many of a page's letters may differ beyond that.
const ONE_IN: usize = 50;

/// The other reader's view of a file.
pub(crate) struct Second(Document);

impl Second {
    /// `None` if the other reader cannot read the file.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let document = Document::load_mem(bytes).ok()?;
        (!document.get_pages().is_empty()).then_some(Self(document))
    }

    /// What it reads on a page, counted from 1; `None` if it cannot read its fonts.
    pub(crate) fn text(&self, page: u32) -> Option<String> {
        let text = self.0.extract_text(&[page]).ok()?;
        (!text.contains("Unimplemented")).then_some(text)
    }
}

/// True if `other` has letters or digits that `text` lacks, more than two readers differ by.
pub(crate) fn lacks(text: &str, other: &str) -> bool {
    let mut counts: BTreeMap<char, i64> = BTreeMap::new();
    let other = Folded::of(other);
    for sign in Folded::of(text).text().chars() {
        *counts.entry(sign).or_default() -= 1;
    }
    for sign in other.text().chars() {
        *counts.entry(sign).or_default() += 1;
    }
    let missing: usize = counts.values().filter_map(|count| usize::try_from(*count).ok()).sum();
    missing > FREE + other.text().chars().count() / ONE_IN
}

#[cfg(test)]
mod tests {
    use super::lacks;

    #[test]
    fn a_reader_that_misses_a_line_is_found_out_and_small_differences_are_not() {
        let page = "客户授权书 电话 13912345678 ".repeat(10);
        assert!(!lacks(&page, &page.replace(' ', "\n")));
        assert!(!lacks(&page, &format!("{page} fi")));
        assert!(lacks(&page, &format!("{page} 身份证号 11010519491231002X")));
        // What only the first reader found is no fault of it.
        assert!(!lacks(&page, ""));
    }
}
