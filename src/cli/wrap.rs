//! Breaks text into lines as each script wants it: Latin words at blanks, Chinese between any two
//! characters, but never before a closing mark nor behind an opening one.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Marks that must not begin a line.
const CLOSING: &str = "，。、；：？！）」』”’》】…%";
/// Marks that must not end a line.
const OPENING: &str = "（「『“‘《【";

/// What stays on one line, and whether a blank parts it from what stands before it.
struct Piece {
    text: String,
    apart: bool,
}

/// The lines of a text, none wider than `width` places unless one word alone is.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let blank = usize::from(piece.apart && !line.is_empty());
        if !line.is_empty() && line.width() + blank + piece.text.width() > width {
            lines.push(std::mem::take(&mut line));
        } else if blank > 0 {
            line.push(' ');
        }
        line.push_str(&piece.text);
    }
    lines.push(line);
    lines
}

/// Lines of a text that may have line breaks of its own, each after a first one indented as it is.
pub(super) fn wrapped_lines(text: &str, width: usize) -> String {
    let lines = text.split('\n').flat_map(|line| {
        let inner = line.trim_start_matches(' ');
        let indent = line.len() - inner.len();
        let blanks = " ".repeat(indent);
        wrapped(inner, width.saturating_sub(indent)).into_iter().map(move |part| format!("{blanks}{part}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut apart = false;
    let mut last: Option<char> = None;
    for c in text.chars() {
        if c == ' ' {
            apart = true;
            continue;
        }
        let stays = !apart && last.is_some_and(|before| !may_break(before, c));
        match pieces.last_mut() {
            Some(piece) if stays => piece.text.push(c),
            Some(_) | None => pieces.push(Piece { text: c.to_string(), apart }),
        }
        apart = false;
        last = Some(c);
    }
    pieces
}

/// True if a line may end between the two.
fn may_break(before: char, after: char) -> bool {
    if CLOSING.contains(after) || OPENING.contains(before) {
        return false;
    }
    let wide = |c: char| c.width() == Some(2) || CLOSING.contains(c) || OPENING.contains(c);
    wide(before) || wide(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_breaks_anywhere_but_not_before_a_closing_mark() {
        assert_eq!(wrapped("归档文件，再校验。", 8), ["归档文", "件，再校", "验。"]);
        assert_eq!(wrapped("请写（例如）", 6), ["请写", "（例", "如）"]);
    }

    #[test]
    fn words_break_at_blanks_and_stay_whole() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("--evidence-deadline 为举证期限", 12), ["--evidence-deadline", "为举证期限"]);
        assert_eq!(wrapped("", 10), [""]);
    }

    #[test]
    fn lines_that_are_broken_keep_their_indent() {
        assert_eq!(wrapped_lines("a: b\n   one two", 8), "a: b\n   one\n   two");
    }
}
