//! Where in a text something stands: lines and columns, both from 1, columns in characters.

/// A place in a policy file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// A text whose byte offsets become places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a>(&'a str);

impl<'a> Source<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The place of a byte; the end of the text for an offset past it.
    pub(crate) fn place(self, offset: usize) -> Place {
        let before = self.0.get(..offset).unwrap_or(self.0);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place { line, column }
    }

    /// The place of character `index` of the TOML string that begins at byte `start` with its mark: escapes
    /// take more room in the file than in the text.
    pub(crate) fn place_in_string(self, start: usize, index: usize) -> Place {
        let raw = self.0.get(start..).unwrap_or_default();
        let (mark, escapes) = match raw.as_bytes() {
            [b'"', b'"', b'"', ..] => (3, true),
            [b'\'', b'\'', b'\'', ..] => (3, false),
            [b'"', ..] => (1, true),
            [b'\'', ..] => (1, false),
            _ => (0, false),
        };
        let mut at = start + mark;
        let mut rest = raw.get(mark..).unwrap_or_default();
        if mark == 3 {
            // A newline right behind the mark is no part of the text.
            for newline in ["\r\n", "\n"] {
                if let Some(after) = rest.strip_prefix(newline) {
                    (rest, at) = (after, at + newline.len());
                    break;
                }
            }
        }
        for _ in 0..index {
            let Some(first) = rest.chars().next() else { break };
            let taken = if escapes && first == '\\' { escape_bytes(rest) } else { first.len_utf8() };
            (rest, at) = (rest.get(taken..).unwrap_or_default(), at + taken);
        }
        self.place(at)
    }
}

/// Bytes of the escape at the beginning of `rest`.
fn escape_bytes(rest: &str) -> usize {
    match rest.chars().nth(1) {
        Some('u') => 6,
        Some('U') => 10,
        Some('x') => 4,
        Some(other) => 1 + other.len_utf8(),
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters() {
        let source = Source::new("甲乙\nab丙\n");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(3), Place { line: 1, column: 2 });
        assert_eq!(source.place(9), Place { line: 2, column: 3 });
        assert_eq!(source.place(999), Place { line: 3, column: 1 });
    }

    #[test]
    fn a_place_in_a_string_knows_marks_and_escapes() {
        let text = r#"a = "x\"y\u4e2dz""#;
        let source = Source::new(text);
        let column = |index| source.place_in_string(4, index).column;
        assert_eq!((column(0), column(1), column(2), column(3), column(4)), (6, 7, 9, 10, 16));
        let literal = Source::new("a = 'xyz'");
        assert_eq!(literal.place_in_string(4, 2).column, 8);
        let long = Source::new("a = '''\nxyz'''");
        assert_eq!(long.place_in_string(4, 2), Place { line: 2, column: 3 });
    }
}
