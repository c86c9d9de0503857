//! Recognisers that need no model: numbers with check digits, addresses of machines and mail,
//! dates, and whatever stands beside a label. Bare digits alone are never enough.

pub mod codes;
pub mod court;
pub mod dates;
pub mod han;
pub mod labelled;
pub mod net;
pub mod numbers;
pub mod run;
pub mod scene;

pub use scene::Scene;

use super::span::Span;

/// Every identifier in the text; spans may overlap still.
pub fn identifiers(scene: &Scene<'_>) -> Vec<Span> {
    let mut spans = labelled::find(scene);
    let text = scene.text;
    let mut position = 0;
    while position < text.len() {
        let c = text.at(position);
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                position = latin(scene, position, &mut spans);
                continue;
            }
            match c {
                '@' => spans.extend(net::handle(scene, position)),
                '+' => {
                    if let Some(span) = numbers::international(scene, position) {
                        position = span.end.max(position + 1);
                        spans.push(span);
                        continue;
                    }
                }
                '(' => {
                    spans.extend(numbers::bracketed(scene, position));
                    spans.extend(han::case_number(scene, position));
                }
                '-' => spans.extend(codes::private_key(scene, position)),
                ':' if text.at(position + 1) == ':' => spans.extend(net::ip6(scene, position)),
                _ => {}
            }
        } else {
            han::at(scene, position, &mut spans);
        }
        position += 1;
    }
    spans.extend(net::mail(scene));
    spans
}

/// One token of Latin letters and digits; returns where to go on.
fn latin(scene: &Scene<'_>, position: usize, spans: &mut Vec<Span>) -> usize {
    let text = scene.text;
    let rest = text.chars().get(position..).unwrap_or_default();
    let mut digits = 0usize;
    let mut len = 0usize;
    for c in rest {
        match c {
            '0'..='9' => digits += 1,
            'a'..='z' | 'A'..='Z' => {}
            _ => break,
        }
        len += 1;
    }
    let end = position + len;
    let found = if digits > 0 {
        let first_digit = text.at(position).is_ascii_digit();
        net::from_token(scene, position, end)
            .or_else(|| first_digit.then(|| dates::numeric(scene, position)).flatten())
            .or_else(|| codes::token(scene, position, end, digits))
            .or_else(|| first_digit.then(|| numbers::at(scene, position)).flatten())
            .or_else(|| dates::worded(scene, position))
    } else {
        net::from_word(scene, position, end).or_else(|| codes::word(scene, position, end)).or_else(|| {
            // The names of months and weekdays are neither shorter nor longer.
            (3..=9).contains(&len).then(|| dates::worded(scene, position)).flatten()
        })
    };
    match found {
        Some(span) => {
            spans.push(span);
            span.end.max(end)
        }
        None => end,
    }
}
