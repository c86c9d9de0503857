//! Pages of lists, and the opaque cursors between them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::archive::refusal::Refusal;
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::store::rows::Before;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one. A page may have fewer items than were
    /// asked for and still have a next one.
    pub next: Option<String>,
}

/// Items of a page: what was asked for, within the limit.
pub(in crate::archive) fn items_of(limit: u32) -> u32 {
    limit.clamp(1, u32::try_from(PAGE_ITEMS_MAX).unwrap_or(u32::MAX))
}

/// The place behind which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) struct Cursor<Id> {
    /// The last shown row.
    pub before: Before<Id>,
    /// Items of the row after it that were shown already.
    pub shown: usize,
}

impl<Id: Copy + std::fmt::Display> Cursor<Id> {
    /// Behind a whole row.
    pub(in crate::archive) fn after(at: Moment, id: Id) -> Self {
        Self { before: Before { at, id }, shown: 0 }
    }

    /// As it is handed out.
    pub(in crate::archive) fn to_text(self) -> String {
        let Before { at, id } = self.before;
        URL_SAFE_NO_PAD.encode(format!("{}.{id}.{}", at.micros(), self.shown))
    }

    /// Reads what [`Cursor::to_text`] wrote.
    ///
    /// # Errors
    /// [`Refusal::BadCursor`] for anything else.
    pub(in crate::archive) fn parse<E>(
        text: &str,
        id: impl FnOnce(&str) -> Result<Id, E>,
    ) -> Result<Self, Refusal> {
        let read = || {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let mut parts = text.split('.');
            let (at, named, shown) = (parts.next()?, parts.next()?, parts.next()?);
            let at = Moment::from_micros(at.parse().ok()?);
            let cursor = Self { before: Before { at, id: id(named).ok()? }, shown: shown.parse().ok()? };
            parts.next().is_none().then_some(cursor)
        };
        read().ok_or(Refusal::BadCursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;
    use crate::base::id::CaseId;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let id = CaseId::generate(Moment::from_micros(5), &SeededEntropy::new(1));
        let cursor = Cursor { before: Before { at: Moment::from_micros(-7), id }, shown: 3 };
        assert_eq!(Cursor::parse(&cursor.to_text(), CaseId::parse).unwrap(), cursor);
        let cut: String = cursor.to_text().chars().skip(1).collect();
        for other in ["", "!!!", "MTIz", &cut] {
            assert!(matches!(Cursor::parse(other, CaseId::parse), Err(Refusal::BadCursor)), "{other}");
        }
    }
}
