//! Breaks text into lines as each script wants it: Latin words at blanks, Chinese between any two
//! characters, but never before a closing mark nor behind an opening one.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Marks that must not begin a line.
const CLOSING: &str = "，。、；：？！）」』”’》】…%";
/// Marks that must not end a line.
const OPENING: &str = "（「『“‘《【";

/// Places that a part gets, however narrow the terminal.
const PART_LEAST: usize = 20;

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

/// `head` and the parts behind it, two blanks apart: what does not fit on its line goes on below, under the first of
/// them. A part is broken only where it is wider than such a line.
pub(super) fn hanging(head: &str, parts: &[String], width: Option<usize>) -> Vec<String> {
    let Some(width) = width else {
        return vec![format!("{head}  {}", parts.join("  ")).trim_end().to_owned()];
    };
    let indent = " ".repeat(head.width() + 2);
    let room = width.saturating_sub(indent.len()).max(PART_LEAST);
    let mut lines = Vec::new();
    let mut line = String::new();
    for part in parts {
        if !line.is_empty() && line.width() + 2 + part.width() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push_str("  ");
            line.push_str(part);
            continue;
        }
        let mut pieces = wrapped(part, room);
        line = pieces.pop().unwrap_or_default();
        lines.extend(pieces);
    }
    lines.push(line);
    let mut head = Some(head);
    let placed = lines.iter().map(|line| match head.take() {
        Some(head) => format!("{head}  {line}").trim_end().to_owned(),
        None => format!("{indent}{line}"),
    });
    placed.collect()
}

/// Lines of a text in pieces, some of them marked, which `mark` makes stand out: a line may end inside one.
pub(super) fn wrapped_pieces(
    pieces: &[(String, bool)],
    width: usize,
    mark: impl Fn(&str) -> String,
) -> Vec<String> {
    let whole: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
    let mut marks = pieces.iter().flat_map(|(text, marked)| text.chars().map(|c| (c, *marked))).peekable();
    let place = |line: &str| {
        let mut runs: Vec<(String, bool)> = Vec::new();
        for c in line.chars() {
            // A blank at which a line ended stands in none.
            while marks.next_if(|(known, _)| *known != c).is_some() {}
            let marked = marks.next().is_some_and(|(_, marked)| marked);
            match runs.last_mut().filter(|(_, kind)| *kind == marked) {
                Some((run, _)) => run.push(c),
                None => runs.push((c.to_string(), marked)),
            }
        }
        runs.iter().map(|(run, marked)| if *marked { mark(run) } else { run.clone() }).collect::<String>()
    };
    wrapped(&whole, width).iter().map(String::as_str).map(place).collect()
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
    fn what_does_not_fit_on_a_line_goes_on_under_it_and_no_id_is_broken() {
        let parts = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        let id = "01944fa8-0900-7d7b-91b7-82fab60a438c";
        let all = parts(&["客户授权书", "会员电子报代发授权书（三月一日起撤回）", id]);
        let one = format!("2025-01-10  客户授权书  会员电子报代发授权书（三月一日起撤回）  {id}");
        for width in [None, Some(one.width())] {
            assert_eq!(hanging("2025-01-10", &all, width).join("|"), one);
        }
        let lines = hanging("2025-01-10", &all, Some(64));
        assert_eq!(
            lines,
            [
                "2025-01-10  客户授权书  会员电子报代发授权书（三月一日起撤回）".to_owned(),
                format!("            {id}"),
            ]
        );
        let lines = hanging("2025-01-10", &all, Some(48));
        assert!(
            lines.iter().all(|line| line.width() <= 48) && lines.last().unwrap().ends_with(id),
            "{lines:?}"
        );
        assert_eq!(hanging("a", &[], Some(10)), ["a"]);
    }

    #[test]
    fn a_word_that_stands_out_does_so_on_both_lines_that_it_stands_on() {
        let pieces = [("一 二三".to_owned(), false), ("授权书".to_owned(), true), (" x y".to_owned(), false)];
        let lines = wrapped_pieces(&pieces, 10, |text| format!("[{text}]"));
        assert_eq!(lines, ["一 二三[授]", "[权书] x y"]);
        assert_eq!(wrapped_pieces(&[], 10, str::to_owned), [""]);
    }

    #[test]
    fn lines_that_are_broken_keep_their_indent() {
        assert_eq!(wrapped_lines("a: b\n   one two", 8), "a: b\n   one\n   two");
    }
}
