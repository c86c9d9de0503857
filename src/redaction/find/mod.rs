//! Recognisers that need no model: numbers with check digits, addresses of machines and mail,
//! dates, and whatever stands beside a label. Bare digits alone are never enough.

pub mod ages;
pub mod amounts;
pub mod codes;
pub mod court;
pub mod dates;
pub mod han;
pub mod labelled;
pub mod net;
pub mod numbers;
pub mod numerals;
pub mod run;
pub mod scene;
pub mod traces;

pub use scene::Scene;

use super::class::{ALNUM, MARK, SPECIAL};
use super::span::Span;

/// Every identifier in the text; spans may overlap still.
pub fn identifiers(scene: &Scene<'_>) -> Vec<Span> {
    let mut spans = labelled::find(scene);
    let text = scene.text;
    let mut position = text.next_with(ALNUM | MARK | SPECIAL, 0);
    while position < text.len() {
        let c = text.at(position);
        let mut next = position + 1;
        match c {
            c if c.is_ascii_alphanumeric() => next = latin(scene, position, &mut spans),
            '@' => spans.extend(net::handle(scene, position)),
            '+' => {
                if let Some(span) = numbers::international(scene, position) {
                    next = span.end.max(next);
                    spans.push(span);
                }
            }
            '(' => {
                spans.extend(numbers::bracketed(scene, position));
                spans.extend(han::case_number(scene, position));
                spans.extend(net::spelled_mail(scene, position));
            }
            '[' => {
                spans.extend(han::case_number(scene, position));
                spans.extend(net::spelled_mail(scene, position));
            }
            '-' => {
                if let Some(span) = codes::private_key(scene, position) {
                    next = span.end.max(next);
                    spans.push(span);
                }
            }
            ':' if text.at(position + 1) == ':' => spans.extend(net::ip6(scene, position)),
            c if !c.is_ascii() => han::at(scene, position, &mut spans),
            _ => {}
        }
        position = text.next_with(ALNUM | MARK | SPECIAL, next);
    }
    spans.extend(net::mail(scene));
    spans
}

/// The characters that are not ASCII with which identifiers begin or by which they are known.
pub(super) fn beginnings() -> impl Iterator<Item = char> {
    han::BEGINNINGS.chars().chain(han::PROVINCES.chars())
}

/// True if an identifier may begin with a character.
pub(super) fn begins_with(c: char) -> bool {
    beginnings().any(|first| first == c)
}

/// For each letter the second letters of words that may be a month, a weekday, a key's prefix, or
/// stand before an account.
#[allow(clippy::indexing_slicing, reason = "made by the compiler, which would find a place outside")]
static SECONDS: [u32; 26] = {
    const PAIRS: &[u8] = b"jafemaapjuauseocnodemotuwethfrsaskpkrkghgiglxoakasaieyhfsuuslossuifoto";
    let mut table = [0; 26];
    let mut at = 0;
    while at + 1 < PAIRS.len() {
        table[(PAIRS[at] - b'a') as usize] |= 1 << (PAIRS[at + 1] - b'a');
        at += 2;
    }
    table
};

/// True if a word without digits may be something by its first letters.
#[inline]
fn by_letters(first: char, second: char) -> bool {
    let place = |c: char| (c as u32).wrapping_sub('a' as u32);
    let seconds = SECONDS.get(place(first) as usize).copied().unwrap_or(0);
    seconds.checked_shr(place(second)).is_some_and(|bits| bits & 1 == 1)
}

/// One token of Latin letters and digits; returns where to go on.
fn latin(scene: &Scene<'_>, position: usize, spans: &mut Vec<Span>) -> usize {
    let text = scene.text;
    let (end, digits) = text.token(position);
    let found = if digits {
        let first_digit = text.at(position).is_ascii_digit();
        net::from_token(scene, position, end)
            .or_else(|| first_digit.then(|| dates::numeric(scene, position)).flatten())
            .or_else(|| codes::token(scene, position, end))
            .or_else(|| first_digit.then(|| numbers::at(scene, position)).flatten())
            .or_else(|| dates::worded(scene, position))
    } else if matches!(text.at(end), ':' | '.' | '-')
        || by_letters(text.folded_at(position), text.folded_at(position + 1))
    {
        // An account stands behind its word: what is found there does not end the word.
        spans.extend(codes::login(scene, position, end));
        net::from_word(scene, position, end).or_else(|| codes::word(scene, position, end)).or_else(|| {
            // The names of months and weekdays are neither shorter nor longer.
            (3..=9).contains(&(end - position)).then(|| dates::worded(scene, position)).flatten()
        })
    } else {
        None
    };
    match found {
        Some(span) => {
            spans.push(span);
            span.end.max(end)
        }
        None => end,
    }
}
