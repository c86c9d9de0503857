//! The same values elsewhere: in another writing, with other separators, inside something else.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{text_of, without};
use crate::base::text::is_han;
use crate::redaction::kind::Kind;
use crate::redaction::known::plain;
use crate::redaction::normal::Text;
use crate::redaction::operate::Operator;
use crate::redaction::policy::Policy;
use crate::redaction::span::Span;

/// How sure an echo is: less than anything that was found by itself.
const CONFIDENCE: u8 = 49;
/// How sure a value must be to be looked for again.
pub const SURE_FROM: u8 = 50;

/// Where hidden values stand again.
pub(super) fn echoes(
    chars: &[char],
    spans: &[Span],
    policy: &Policy,
    protected: &[(usize, usize)],
) -> Vec<Span> {
    let mut values: BTreeSet<(String, Kind)> = BTreeSet::new();
    for span in spans.iter().filter(|span| span.confidence >= SURE_FROM) {
        let operator = policy.operator(span.kind);
        if !operator.hides_all() && !matches!(operator, Operator::Mask { .. }) {
            continue;
        }
        let value = plain(&text_of(chars, span));
        if is_told_apart(&value, span.kind) {
            values.insert((value, span.kind));
        }
    }
    let Some(echoes) = Echoes::of(values) else { return Vec::new() };
    let original: String = chars.iter().collect();
    let mut found = Vec::new();
    for echo in echoes.find(&original) {
        found.extend(without(echo, protected));
    }
    found
}

/// Values that are looked for wherever they stand again.
pub struct Echoes {
    automaton: AhoCorasick,
    kinds: Vec<Kind>,
}

impl Echoes {
    /// Of values as they are written somewhere, with their types; those that could stand for something else are left out.
    /// `None` if none is left.
    pub fn of_values<'v>(values: impl Iterator<Item = (&'v str, Kind)>) -> Option<Self> {
        let plain = values.map(|(value, kind)| (plain(value), kind));
        Self::of(plain.filter(|(value, kind)| is_told_apart(value, *kind)).collect())
    }

    fn of(values: BTreeSet<(String, Kind)>) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(values.iter().map(|(value, _)| value))
            .ok()?;
        Some(Self { automaton, kinds: values.into_iter().map(|(_, kind)| kind).collect() })
    }

    /// Where they stand in a text, in order; places count characters.
    pub fn find(&self, original: &str) -> Vec<Span> {
        let text = Text::new(original);
        let kept: Vec<usize> = (0..text.len()).filter(|p| text.folded_at(*p).is_alphanumeric()).collect();
        let stream: String = kept.iter().map(|p| text.folded_at(*p)).collect();
        let (mut byte, mut index) = (0, 0);
        let mut found = Vec::new();
        for hit in self.automaton.find_iter(&stream) {
            let count = |from: usize, to: usize| {
                let bytes = stream.as_bytes().get(from..to).unwrap_or_default();
                bytes.iter().filter(|b| **b & 0xC0 != 0x80).count()
            };
            index += count(byte, hit.start());
            byte = hit.start();
            let last = index + count(hit.start(), hit.end()) - 1;
            let (Some(start), Some(end), Some(kind)) =
                (kept.get(index), kept.get(last), self.kinds.get(hit.pattern().as_usize()))
            else {
                continue;
            };
            // Over a line's end or far apart the characters only happen to follow each other.
            let near = end - start <= (last - index) * 3 && !text.slice(*start, *end).contains(&'\n');
            if near {
                let (start, end) = text.original(*start, end + 1);
                found.push(Span { start, end, kind: *kind, confidence: CONFIDENCE, rule: "echo" });
            }
        }
        found
    }
}

/// True if a value is long enough that it stands for nothing else where it stands again.
fn is_told_apart(value: &str, kind: Kind) -> bool {
    let count = value.chars().count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let account = matches!(kind, Kind::Email | Kind::Username | Kind::Secret);
    (value.chars().any(is_han) && count >= 3) || (digits >= 5 && count >= 6) || (account && count >= 6)
}
