//! What is shown fits into the places that a line has: wide characters take two.

use unicode_width::UnicodeWidthStr as _;

use super::desk::{DEMO, binary, code, stderr, stdout};

/// The lines of a command for a reader whose lines have so many places.
fn lines(columns: &str, words: &[&str]) -> Vec<String> {
    let mut command = binary();
    let output = command.env("COLUMNS", columns).args(words).arg("--data").arg(DEMO.data()).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output).lines().map(str::to_owned).collect()
}

#[test]
fn the_time_line_of_a_case_and_what_a_search_finds_fit_into_eighty_places() {
    let references = ["SC-2025-0001", "SC-2025-0008", "TW-2025-0001"];
    let mut asked: Vec<Vec<&str>> = vec![vec!["search", "授权", "--lang", "zh-CN"], vec!["list"]];
    for (reference, language) in references.into_iter().zip(["zh-CN", "en", "zh-TW"]) {
        asked.push(vec!["case", "show", reference, "--lang", language]);
    }
    for words in asked {
        let shown = lines("80", &words);
        assert!(shown.len() > 5, "{words:?}");
        for line in shown {
            assert!(line.width() <= 80, "{words:?}: {} places\n{line}", line.width());
        }
    }
}

#[test]
fn without_columns_nothing_is_cut_where_no_terminal_reads() {
    let whole = DEMO.run(&["case", "show", "TW-2025-0001"]);
    let line = stdout(&whole).lines().map(|line| line.width()).max();
    assert!(line > Some(80), "{line:?}");
    assert!(!stdout(&whole).contains('…'));
}
