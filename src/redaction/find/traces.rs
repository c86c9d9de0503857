//! What names nobody and yet leads back to a person or a case: ages, sums of money, and the numbers
//! of orders, tickets and contracts. Looked for only where a profile names them.

use super::labelled::{code, connect};
use super::scene::Scene;
use super::{ages, amounts};
use crate::redaction::kind::Kind;
use crate::redaction::labels::Label;
use crate::redaction::span::Span;

/// How sure these rules are: less than any that finds a person's number.
pub(super) const CONFIDENCE: u8 = 58;
/// Longest reference number, in characters.
const REFERENCE_MOST: usize = 64;
/// Digits of a number that counts things one by one and is long enough to be found again.
const BARE_LEAST: usize = 14;

/// Every trace; spans may overlap still.
pub fn find(scene: &Scene<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    ages::find(scene, &mut spans);
    amounts::find(scene, &mut spans);
    announced(scene, &mut spans);
    tokens(scene, &mut spans);
    spans
}

fn reference(start: usize, end: usize) -> Span {
    Scene::span(start, end, Kind::Reference, CONFIDENCE, "reference")
}

/// Numbers behind a label or in a cell.
fn announced(scene: &Scene<'_>, spans: &mut Vec<Span>) {
    let text = scene.text;
    for hit in scene.hits.iter().filter(|hit| hit.label == Label::Reference) {
        let Some(from) = connect(text, hit.end) else { continue };
        if text.at(hit.end) == ':' || text.at(hit.end) == ' ' {
            // Behind a colon the value may have Chinese characters: 〔2024〕采字第012号.
            spans.extend(whole(scene, from));
        }
        spans.extend(code(text, from, 4, 40, 3).map(|end| reference(from, end)));
    }
    for cell in scene.cells.iter().filter(|cell| cell.label == Label::Reference) {
        let digits = text.slice(cell.start, cell.end).iter().any(char::is_ascii_digit);
        let short = cell.end - cell.start <= REFERENCE_MOST;
        spans.extend((digits && short).then(|| reference(cell.start, cell.end)));
    }
}

/// A number with Chinese characters, up to the next mark.
fn whole(scene: &Scene<'_>, from: usize) -> Option<Span> {
    let text = scene.text;
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '\0' | ',' | ';' | '。' | '、' | '"' | '<' | '>' | '|' | '!' | '?')
    };
    let end = (from..=from + REFERENCE_MOST).find(|p| ends(text.at(*p)))?;
    let value = text.fold_slice(from, end);
    let digits = value.iter().filter(|c| c.is_ascii_digit()).count();
    (value.last() == Some(&'号') && digits >= 2).then(|| reference(from, end))
}

/// `TK-19115520`, `ORD2024000123`, and long runs of digits.
fn tokens(scene: &Scene<'_>, spans: &mut Vec<Span>) {
    let text = scene.text;
    let mut at = 0;
    while at < text.len() {
        if !text.at(at).is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let (end, _) = text.token(at);
        let found = if text.at(at).is_ascii_digit() {
            let long = (BARE_LEAST..=REFERENCE_MOST).contains(&(end - at));
            (long && text.slice(at, end).iter().all(char::is_ascii_digit)).then_some(end)
        } else {
            prefixed(scene, at)
        };
        spans.extend(found.map(|end| reference(at, end)));
        at = found.unwrap_or(at).max(end);
    }
}

/// Letters that systems put before numbers of orders, tickets and contracts, then the number.
fn prefixed(scene: &Scene<'_>, start: usize) -> Option<usize> {
    const PREFIXES: [&str; 32] = [
        "tk", "tkt", "ticket", "case", "ord", "order", "po", "so", "inv", "inc", "req", "chg", "sr", "rma",
        "ht", "wo", "gd", "dd", "trk", "bx", "fw", "ts", "jb", "cg", "txn", "evt", "job", "doc", "ref", "sn",
        "contract", "agr",
    ];
    let text = scene.text;
    let letters = (start..start + 9).take_while(|p| text.at(*p).is_ascii_alphabetic()).count();
    let word = text.folded(start, start + letters);
    if !PREFIXES.contains(&word.as_str()) {
        return None;
    }
    let joined = matches!(text.at(start + letters), '-' | '#' | '_');
    let from = start + letters + usize::from(joined);
    let capitals = text.slice(start, start + letters).iter().all(char::is_ascii_uppercase);
    let apart = joined || (capitals && text.at(from).is_ascii_digit());
    if apart { code(text, from, 4, 40, 4) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redaction::detect::scene_parts;
    use crate::redaction::normal::Text;

    fn seen(text: &str) -> Vec<String> {
        let text = Text::new(text);
        let (hits, cells, chinese) = scene_parts(&text);
        let scene = Scene::new(&text, &hits, &cells, chinese);
        let mut found: Vec<String> = crate::redaction::span::resolve(find(&scene))
            .iter()
            .map(|span| format!("{}|{}", text.string(span.start, span.end), span.kind.as_str()))
            .collect();
        found.dedup();
        found
    }

    #[test]
    fn numbers_of_orders_tickets_and_contracts_are_found_by_label_and_by_prefix() {
        for (text, wanted) in [
            ("订单号：2024051200123", "2024051200123|REFERENCE"),
            ("訂單編號 AB-2024-0012 已出貨", "AB-2024-0012|REFERENCE"),
            ("合同编号：沪采合字〔2024〕第012号，", "沪采合字〔2024〕第012号|REFERENCE"),
            ("工单TK-19115520已关闭", "TK-19115520|REFERENCE"),
            ("我的单 202405120012345678 还没到", "202405120012345678|REFERENCE"),
            ("see ticket INC0012345 for more", "INC0012345|REFERENCE"),
            ("{\"orderNo\": \"A1B2-778\"}", "A1B2-778|REFERENCE"),
            ("order_id=99120 status=ok", "99120|REFERENCE"),
            ("单号,金额\nXJ0091,12\n", "XJ0091|REFERENCE"),
        ] {
            assert!(seen(text).iter().any(|found| found == wanted), "{wanted} in {text}: {:?}", seen(text));
        }
        for text in ["版本号：v3.16.2", "第四百六十八条", "in case 3 of 7", "our order is late"] {
            assert_eq!(seen(text), [""; 0], "{text}");
        }
    }
}
