//! Cursors: where a page ended, bound to who asked and what was asked, so that the pages of one search
//! can be turned without a ledger entry for each, and nothing else can be read with them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::id::{RecordId, UserId};
use crate::base::moment::Moment;
use crate::record::descriptor::Tag;
use crate::seal::IndexKeys;
use crate::store::rows::Before;

use crate::archive::refusal::Refusal;

use super::request::SearchFilters;

/// Seconds for which the pages of a search belong to its ledger entry; a later page is a new search.
const SAME_SEARCH_SECONDS: i64 = 3_600;

/// To whom and to what a cursor belongs.
pub(super) struct Bound<'a> {
    pub user: UserId,
    pub query: &'a str,
    pub filters: &'a SearchFilters,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Before this document.
    Document(i64),
    /// Before this record of a list.
    Record(Before<RecordId>),
}

/// A cursor that was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub position: Position,
    /// When the search was entered in the ledger.
    pub begun: Moment,
}

impl Cursor {
    /// True while pages belong to the search that was entered.
    pub(super) fn is_same_search(&self, now: Moment) -> bool {
        (0..SAME_SEARCH_SECONDS).contains(&now.seconds_since(self.begun))
    }

    /// The text that is handed out.
    pub(super) fn to_text(self, keys: &IndexKeys, bound: &Bound<'_>) -> String {
        let body = self.body();
        let tag = bound.tag(keys, &body);
        URL_SAFE_NO_PAD.encode(format!("{body}/{}", URL_SAFE_NO_PAD.encode(tag)))
    }

    /// Reads what [`Cursor::to_text`] made for the same question of the same person.
    ///
    /// # Errors
    /// [`Refusal::BadCursor`] for anything else.
    pub(super) fn parse(text: &str, keys: &IndexKeys, bound: &Bound<'_>) -> Result<Self, Refusal> {
        let read = || {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let (body, tag) = text.rsplit_once('/')?;
            let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
            let genuine = subtle::ConstantTimeEq::ct_eq(tag.as_slice(), bound.tag(keys, body).as_slice());
            let cursor = Self::parse_body(body)?;
            bool::from(genuine).then_some(cursor)
        };
        read().ok_or(Refusal::BadCursor)
    }

    fn body(self) -> String {
        let begun = self.begun.micros();
        match self.position {
            Position::Document(docid) => format!("d/{begun}/{docid}"),
            Position::Record(before) => format!("r/{begun}/{}/{}", before.at.micros(), before.id),
        }
    }

    fn parse_body(body: &str) -> Option<Self> {
        let parts: Vec<&str> = body.split('/').collect();
        let (begun, position) = match parts.as_slice() {
            ["d", begun, docid] => (begun, Position::Document(docid.parse().ok()?)),
            ["r", begun, at, id] => {
                let at = Moment::from_micros(at.parse().ok()?);
                (begun, Position::Record(Before { at, id: RecordId::parse(id).ok()? }))
            }
            _ => return None,
        };
        Some(Self { position, begun: Moment::from_micros(begun.parse().ok()?) })
    }
}

impl Bound<'_> {
    fn tag(&self, keys: &IndexKeys, body: &str) -> [u8; 16] {
        // Lengths first, so that no two questions spell the same text.
        let Self { user, query, filters } = self;
        // Tags do not show themselves in what is written for people to look at.
        let tag = filters.besides.tag.as_ref().map_or("", Tag::as_str);
        let (query_bytes, tag_bytes) = (query.len(), tag.len());
        let question = format!("{user}/{query_bytes}/{query}/{tag_bytes}/{tag}/{filters:?}/{body}");
        keys.lookup_token("search.cursor", &question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    fn cursors() -> [Cursor; 2] {
        let begun = Moment::from_micros(7);
        let id = RecordId::generate(begun, &SeededEntropy::new(1));
        [
            Cursor { position: Position::Document(41), begun },
            Cursor { position: Position::Record(Before { at: Moment::from_micros(-3), id }), begun },
        ]
    }

    #[test]
    fn a_cursor_is_read_back_for_the_same_question_of_the_same_person_only() {
        let entropy = SeededEntropy::new(2);
        let keys = IndexKeys::generate(&entropy);
        let filters = SearchFilters::default();
        let user = UserId::generate(Moment::from_micros(0), &entropy);
        let bound = Bound { user, query: "授权", filters: &filters };
        for cursor in cursors() {
            let text = cursor.to_text(&keys, &bound);
            assert_eq!(Cursor::parse(&text, &keys, &bound).ok(), Some(cursor));
            let other = Bound { query: "授权书", ..bound };
            assert!(Cursor::parse(&text, &keys, &other).is_err());
            let other = Bound { user: UserId::generate(Moment::from_micros(0), &entropy), ..bound };
            assert!(Cursor::parse(&text, &keys, &other).is_err());
        }
    }

    #[test]
    fn a_changed_cursor_is_refused() {
        let keys = IndexKeys::generate(&SeededEntropy::new(2));
        let user = UserId::generate(Moment::from_micros(0), &SeededEntropy::new(3));
        let bound = Bound { user, query: "", filters: &SearchFilters::default() };
        let text = cursors()[0].to_text(&keys, &bound);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(Cursor::parse(&changed, &keys, &bound).is_err(), "byte {at}");
        }
        for text in ["", "x", "////"] {
            assert!(Cursor::parse(text, &keys, &bound).is_err());
        }
    }

    #[test]
    fn an_hour_later_a_page_is_a_new_search() {
        let [cursor, _] = cursors();
        assert!(cursor.is_same_search(cursor.begun.plus_seconds(3_599)));
        assert!(!cursor.is_same_search(cursor.begun.plus_seconds(3_600)));
        assert!(!cursor.is_same_search(cursor.begun.plus_seconds(-1)));
    }
}
