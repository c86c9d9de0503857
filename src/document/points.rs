//! Converts between bytes, which the engines count, and Unicode code points, which every interface
//! counts.

/// Bytes between two counted places.
const STRIDE: usize = 1024;

/// The code points of one text, counted once.
pub struct CodePoints<'t> {
    text: &'t str,
    /// Code points that begin before each `STRIDE`th byte.
    before: Vec<usize>,
}

impl<'t> CodePoints<'t> {
    /// Counts a text.
    pub fn of(text: &'t str) -> Self {
        let mut count = 0;
        let mut before = vec![0];
        for chunk in text.as_bytes().chunks_exact(STRIDE) {
            count += beginnings(chunk);
            before.push(count);
        }
        Self { text, before }
    }

    /// Code points before byte `at`; `None` within a character or behind the end.
    pub fn to_points(&self, at: usize) -> Option<usize> {
        if !self.text.is_char_boundary(at) {
            return None;
        }
        let stride = at / STRIDE;
        let counted = self.text.as_bytes().get(stride * STRIDE..at)?;
        Some(self.before.get(stride)? + beginnings(counted))
    }

    /// The byte at which code point `point` begins; the end of the text for its number of code points.
    pub fn to_bytes(&self, point: usize) -> Option<usize> {
        let stride = self.before.partition_point(|before| *before <= point).checked_sub(1)?;
        let start = stride * STRIDE;
        let mut left = point - self.before.get(stride)?;
        for (place, byte) in self.text.as_bytes().get(start..)?.iter().enumerate() {
            if is_beginning(*byte) {
                match left.checked_sub(1) {
                    Some(fewer) => left = fewer,
                    None => return Some(start + place),
                }
            }
        }
        (left == 0).then_some(self.text.len())
    }
}

fn beginnings(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| is_beginning(**byte)).count()
}

/// True for the first byte of a character.
fn is_beginning(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_text_has_no_place_but_its_beginning() {
        let points = CodePoints::of("");
        assert_eq!((points.to_points(0), points.to_bytes(0)), (Some(0), Some(0)));
        assert_eq!((points.to_points(1), points.to_bytes(1)), (None, None));
    }

    proptest! {
        #[test]
        fn each_place_is_counted_both_ways(text in "[a授é\u{1F600}]{1,1500}") {
            let points = CodePoints::of(&text);
            let chars = text.chars().count();
            for (number, (at, _)) in text.char_indices().enumerate() {
                prop_assert_eq!(points.to_points(at), Some(number));
                prop_assert_eq!(points.to_bytes(number), Some(at));
                prop_assert!(!text.is_char_boundary(at + 1) || points.to_points(at + 1).is_some());
            }
            prop_assert_eq!(points.to_points(text.len()), Some(chars));
            prop_assert_eq!(points.to_bytes(chars), Some(text.len()));
            prop_assert_eq!(points.to_bytes(chars + 1), None);
        }
    }
}
