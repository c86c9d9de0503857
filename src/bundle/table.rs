//! CSV as people's spreadsheets and machines both take it: RFC 4180, UTF-8 with a byte order
//! mark, CRLF, and no cell that a spreadsheet would run as a formula.

const BOM: &str = "\u{FEFF}";

/// A table that grows row by row.
pub(crate) struct Table {
    text: String,
}

impl Table {
    /// A table with these column names.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut table = Self { text: BOM.to_owned() };
        table.row(columns);
        table
    }

    /// Adds a row.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.text.push_str("\r\n");
    }

    fn cell(&mut self, cell: &str) {
        let cell = neutral(cell);
        if cell.contains([',', '"', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ') {
            self.text.push('"');
            self.text.push_str(&cell.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(&cell);
        }
    }

    /// The whole file.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

/// A cell that a spreadsheet shows and never runs: an apostrophe goes before one that begins
/// like a formula, in half or full width, also behind blanks (OWASP, CSV injection). A cell that
/// begins with an apostrophe gets a second one, so that taking one away gives the text back. The same goes for
/// what stands behind a semicolon, a tab or a break within a cell.
fn neutral(cell: &str) -> String {
    let formula = |c: char| {
        matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠' | '\'')
    };
    let mut neutral = String::with_capacity(cell.len() + 1);
    // Where a spreadsheet divides at semicolons or tabs, quotes in the middle of a line hold nothing together: a
    // cell begins behind each of them, and behind each break.
    for piece in cell.split_inclusive([';', '\t', '\r', '\n']) {
        let inner = !neutral.is_empty();
        let begins = piece.trim_start_matches(|c| c == ' ' || (inner && c == '"'));
        if begins.chars().next().is_some_and(|c| formula(c) && !(inner && c.is_control())) {
            neutral.push('\'');
        }
        neutral.push_str(piece);
    }
    neutral
}

/// The line (from 1) in which two tables first differ; `None` if they are equal.
pub(super) fn first_difference(expected: &[u8], found: &[u8]) -> Option<u64> {
    if expected == found {
        return None;
    }
    let mut line = 1;
    for (a, b) in expected.iter().zip(found) {
        if a != b {
            break;
        }
        if *a == b'\n' {
            line += 1;
        }
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(cells: &[&str]) -> String {
        let mut table = Table::new(&["a"]);
        table.row(cells);
        String::from_utf8(table.into_bytes()).unwrap().strip_prefix("\u{FEFF}a\r\n").unwrap().to_owned()
    }

    #[test]
    fn cells_with_commas_quotes_and_breaks_are_quoted() {
        assert_eq!(written(&["a,b", "c\"d", "e\nf", "授权书"]), "\"a,b\",\"c\"\"d\",\"e\nf\",授权书\r\n");
    }

    #[test]
    fn no_cell_begins_like_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝cmd", " =1", "  @x", "'=1"] {
            let cell = written(&[cell]);
            assert!(cell.trim_start_matches('"').starts_with('\''), "{cell}");
        }
        assert_eq!(written(&["2026-01-01"]), "2026-01-01\r\n");
    }

    #[test]
    fn no_cell_begins_like_a_formula_where_semicolons_divide() {
        for (cell, expected) in [
            ("Liste;=cmd|calc!A1;+1", "Liste;'=cmd|calc!A1;'+1\r\n"),
            ("a; =1;b", "a;' =1;b\r\n"),
            ("a;\"=1", "\"a;'\"\"=1\"\r\n"),
            ("a\n=1", "\"a\n'=1\"\r\n"),
            ("a；=1;b-c", "a；=1;b-c\r\n"),
        ] {
            assert_eq!(written(&[cell]), expected);
        }
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference(b"a\r\nb\r\n", b"a\r\nc\r\n"), Some(2));
        assert_eq!(first_difference(b"a\r\n", b"a\r\nb\r\n"), Some(2));
        assert_eq!(first_difference(b"a", b"a"), None);
    }

    proptest! {
        #[test]
        fn another_reader_gets_the_cells_back(cells in proptest::collection::vec("[ -~，。\r\n\t'=]{0,12}", 2..6)) {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            let text = written(&cells);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            let back: Vec<String> = row.iter().map(str::to_owned).collect();
            let expected: Vec<String> = cells.iter().map(|cell| neutral(cell)).collect();
            prop_assert_eq!(back, expected);
        }
    }
}
