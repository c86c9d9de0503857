//! A document and all documents inside it as one text, so that who judges sees them together: a name that the mail
//! gives is hidden in what is attached to it.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{Hide, Hides};
use crate::document::part::Extracted;

/// The texts of a document and of those inside it, one behind the other. `Drop` wipes them.
pub struct Joined<'e> {
    text: Zeroizing<String>,
    /// Where each document's text stands, in the order of [`Extracted::documents`].
    places: Vec<Range<usize>>,
    document: &'e Extracted,
}

impl<'e> Joined<'e> {
    /// Joins them; a line break stands between two.
    pub fn of(document: &'e Extracted) -> Self {
        let documents = document.documents();
        let length = documents.iter().map(|document| document.text().len() + 1).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        let mut places = Vec::with_capacity(documents.len());
        for document in documents {
            let start = text.len();
            text.push_str(document.text());
            places.push(start..text.len());
            text.push('\n');
        }
        Self { text, places, document }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Gives each document its hides. Of one that runs over several the first has the stand-in; one that meets a
    /// break only hides nothing.
    pub fn hides(&self, found: &[Hide]) -> Hides {
        let mut own: Vec<Vec<Hide>> = self.places.iter().map(|_| Vec::new()).collect();
        for hide in found {
            let mut replacement = Some(hide.replacement.clone());
            let first = self.places.partition_point(|place| place.end <= hide.range.start);
            for (place, own) in self.places.iter().zip(own.iter_mut()).skip(first) {
                let range = hide.range.start.max(place.start)..hide.range.end.min(place.end);
                if place.start >= hide.range.end {
                    break;
                }
                if !range.is_empty() {
                    let range = range.start - place.start..range.end - place.start;
                    own.push(Hide { range, replacement: replacement.take().unwrap_or_default() });
                }
            }
        }
        let mut own = own.into_iter();
        tree(self.document, &mut own)
    }
}

/// Lays lists out on documents, depth first, as [`Extracted::documents`] counts them.
fn tree(document: &Extracted, own: &mut impl Iterator<Item = Vec<Hide>>) -> Hides {
    let mine = own.next().unwrap_or_default();
    let children = document.children.iter().map(|child| match &child.content {
        Ok(inner) => tree(inner, own),
        Err(_) => Hides::default(),
    });
    Hides { children: children.collect(), own: mine }
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
