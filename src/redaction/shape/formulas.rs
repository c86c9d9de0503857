//! Cells that a spreadsheet would run: in what is written as a table an apostrophe goes before them (OWASP, CSV
//! injection). A plain number is none, whatever its sign.

use super::{Format, Shape, Writing};

/// A table with an apostrophe before each cell that begins like a formula, in half or full width, also behind
/// blanks. What is so already stays as it is.
pub fn without_formulas(table: &str) -> String {
    let shape = Shape::open(table, Format::Csv);
    let mut out = String::with_capacity(table.len());
    let mut at = 0;
    for literal in &shape.literals {
        let (from, to) = literal.content;
        let cell = shape.raw.get(from..to).unwrap_or_default();
        if matches!(literal.writing, Writing::CsvField { .. }) && is_formula(cell) {
            out.extend(shape.raw.get(at..from).unwrap_or_default());
            out.push('\'');
            at = from;
        }
    }
    out.extend(shape.raw.get(at..).unwrap_or_default());
    out
}

fn is_formula(cell: &[char]) -> bool {
    let begins = |c: &&char| !matches!(c, ' ' | '\u{FEFF}');
    let mut rest = cell.iter().skip_while(|c| !begins(c)).copied();
    match rest.next() {
        Some('=' | '@' | '\t' | '\r' | '\0' | '＝' | '＠') => true,
        Some('+' | '-' | '＋' | '－') => {
            let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '-' | '%');
            // What was masked is a number with stars: a product, to a spreadsheet.
            let mut rest = rest.peekable();
            rest.peek().is_none_or(|c| !c.is_ascii_digit()) || !rest.all(is_number)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::without_formulas;

    #[test]
    fn no_cell_begins_like_a_formula_and_numbers_stay_numbers() {
        let table = "a,b\r\n=1+1,\"=HYPERLINK(\"\"x\"\")\"\r\n-12.50,+86 139-1234\r\n @x,+86139****5678\r\n＝1,'=1\r\n-,\"a\n=b\"\r\n";
        assert_eq!(
            without_formulas(table),
            "a,b\r\n'=1+1,\"'=HYPERLINK(\"\"x\"\")\"\r\n-12.50,+86 139-1234\r\n' @x,'+86139****5678\r\n'＝1,'=1\r\n'-,\"a\n=b\"\r\n"
        );
    }

    #[test]
    fn what_was_made_so_once_stays() {
        for table in ["\u{FEFF}=1,2\n", "a\tb\n=1\t-x\n", "a;b\n;=cmd|' /C calc'!A0\n", "", "=\n"] {
            let once = without_formulas(table);
            assert_eq!(without_formulas(&once), once);
            assert!(!once.contains("\n=") && !once.contains(";=") && !once.starts_with('='), "{once}");
        }
    }
}
