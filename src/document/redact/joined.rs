//! A document and all documents inside it as one text, so that who judges sees them together: a name that the mail
//! gives is hidden in what is attached to it.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{Hide, Hides};
use crate::document::part::Extracted;

/// The texts of a document and of those inside it, one behind the other; of each first its own, then, where it
/// has one, the text in another order. `Drop` wipes them.
pub struct Joined<'e> {
    text: Zeroizing<String>,
    /// Where each text stands.
    places: Vec<Stretch>,
    document: &'e Extracted,
}

/// A document's text among the joined ones.
struct Stretch {
    /// The document's place among [`Extracted::documents`].
    document: usize,
    /// True for its text in another order.
    is_again: bool,
    bytes: Range<usize>,
}

/// Where something stands that was found in joined texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The document's place among [`Extracted::documents`].
    pub document: usize,
    /// True if it was found in the text in another order.
    pub is_again: bool,
    /// Its bytes in that text.
    pub bytes: Range<usize>,
}

impl<'e> Joined<'e> {
    /// Joins them; a line break stands between two.
    pub fn of(document: &'e Extracted) -> Self {
        let documents = document.documents();
        let length =
            documents.iter().map(|document| document.text().len() + document.again().len() + 2).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        let mut places = Vec::with_capacity(documents.len());
        for (number, document) in documents.into_iter().enumerate() {
            for (is_again, own) in [(false, document.text()), (true, document.again())] {
                if is_again && own.is_empty() {
                    continue;
                }
                let start = text.len();
                text.push_str(own);
                places.push(Stretch { document: number, is_again, bytes: start..text.len() });
                text.push('\n');
            }
        }
        Self { text, places, document }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a stretch of the joined text stands: in several texts, if it runs over a break between them.
    pub fn places(&self, bytes: &Range<usize>) -> impl Iterator<Item = Found> {
        let first = self.places.partition_point(|place| place.bytes.end <= bytes.start);
        let (start, end) = (bytes.start, bytes.end);
        let met = self.places.iter().skip(first).take_while(move |place| place.bytes.start < end);
        met.filter_map(move |place| {
            let own = start.max(place.bytes.start)..end.min(place.bytes.end);
            let bytes = own.start.checked_sub(place.bytes.start)?..own.end.checked_sub(place.bytes.start)?;
            let Stretch { document, is_again, .. } = *place;
            (!bytes.is_empty()).then_some(Found { document, is_again, bytes })
        })
    }

    /// Gives each document its hides. Of one that runs over several the first has the stand-in; one that meets a
    /// break only hides nothing.
    pub fn hides(&self, found: &[Hide]) -> Hides {
        let documents = self.places.last().map_or(0, |place| place.document + 1);
        let mut own: Vec<Hides> = (0..documents).map(|_| Hides::default()).collect();
        for hide in found {
            let mut replacement = Some(hide.replacement.clone());
            for Found { document, is_again, bytes } in self.places(&hide.range) {
                let Some(own) = own.get_mut(document) else { continue };
                let list = if is_again { &mut own.again } else { &mut own.own };
                list.push(Hide { range: bytes, replacement: replacement.take().unwrap_or_default() });
            }
        }
        let mut own = own.into_iter();
        tree(self.document, &mut own)
    }
}

/// Lays lists out on documents, depth first, as [`Extracted::documents`] counts them.
fn tree(document: &Extracted, own: &mut impl Iterator<Item = Hides>) -> Hides {
    let mine = own.next().unwrap_or_default();
    let children = document.children.iter().map(|child| match &child.content {
        Ok(inner) => tree(inner, own),
        Err(_) => Hides::default(),
    });
    Hides { children: children.collect(), ..mine }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::testing::{read, zipped};

    #[test]
    fn each_document_gets_its_own_hides() {
        let inner = zipped(&[("c.txt", b"inner 139")]);
        let bytes = zipped(&[
            ("a.txt", b"one 139"),
            ("b.zip", &inner),
            ("d.png", b"\x89PNG\r\n\x1A\n"),
            ("e.txt", b"139"),
        ]);
        let extracted = read(&bytes, "a.zip").unwrap();
        let joined = Joined::of(&extracted);
        let found: Vec<Hide> = joined
            .text()
            .match_indices("139")
            .map(|(at, _)| Hide { range: at..at + 3, replacement: "x".to_owned() })
            .collect();
        let hides = joined.hides(&found);
        let told: Vec<Vec<(usize, usize)>> = hides
            .children
            .iter()
            .map(|child| child.own.iter().map(|hide| (hide.range.start, hide.range.end)).collect())
            .collect();
        assert_eq!(told, [vec![(4, 7)], vec![], vec![], vec![(0, 3)]]);
        assert_eq!(hides.children[1].children[0].own[0].range, 6..9);
        assert!(hides.own.is_empty());
    }

    #[test]
    fn a_hide_over_two_documents_leaves_its_stand_in_in_the_first() {
        let bytes = zipped(&[("a.txt", b"ab"), ("b.txt", b"cd")]);
        let extracted = read(&bytes, "a.zip").unwrap();
        let joined = Joined::of(&extracted);
        let at = joined.text().find("b\nc").unwrap();
        let hides = joined.hides(&[Hide { range: at..at + 3, replacement: "x".to_owned() }]);
        let told: Vec<(Range<usize>, &str)> = hides
            .children
            .iter()
            .flat_map(|child| &child.own)
            .map(|hide| (hide.range.clone(), hide.replacement.as_str()))
            .collect();
        assert_eq!(told, [(1..2, "x"), (0..1, "")]);
    }
}
