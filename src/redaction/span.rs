//! A found piece of personal data: where, what, how sure, and by which rule. Never the value.

use super::kind::Kind;

/// A found piece; positions count characters (Unicode code points), the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
    /// How sure the rule is, 0 to 100.
    pub confidence: u8,
    /// The rule that found it, for reports and `explain`.
    pub rule: &'static str,
}

impl Span {
    /// True if the two share a character.
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Number of characters.
    pub const fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// True if it covers nothing.
    pub const fn is_empty(&self) -> bool {
        self.end <= self.start
    }
}

/// Leaves no two spans overlapping: the surer one stays, among equals the longer, then the
/// earlier. What a losing span covers outside the winner stays covered by a shortened span, so
/// that no overlap ever uncovers a character. Sorted by position.
pub fn resolve(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| span.start);
    // Most texts have no two spans that meet.
    if spans.windows(2).all(|pair| matches!(pair, [a, b] if a.end <= b.start)) {
        return spans;
    }
    spans.sort_by(|a, b| {
        (b.confidence, b.len(), a.start, a.kind).cmp(&(a.confidence, a.len(), b.start, b.kind))
    });
    let mut kept: std::collections::BTreeMap<usize, Span> = std::collections::BTreeMap::new();
    for span in spans {
        let mut start = span.start;
        // Spans never overlap in `kept`, so those that touch this one are consecutive.
        let touching: Vec<(usize, usize)> = kept
            .range(..span.end)
            .rev()
            .take_while(|(_, other)| other.end > span.start)
            .map(|(_, other)| (other.start, other.end))
            .collect();
        if touching.is_empty() {
            kept.insert(span.start, span);
            continue;
        }
        for (other_start, other_end) in touching.into_iter().rev() {
            keep_rest(&mut kept, Span { start, end: other_start, ..span });
            start = start.max(other_end);
        }
        keep_rest(&mut kept, Span { start, ..span });
    }
    kept.into_values().collect()
}

fn keep_rest(kept: &mut std::collections::BTreeMap<usize, Span>, rest: Span) {
    if !rest.is_empty() && rest.kind != Kind::Date {
        kept.insert(rest.start, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, confidence: u8) -> Span {
        Span { start, end, kind: Kind::Person, confidence, rule: "test" }
    }

    #[test]
    fn the_surer_span_stays_and_the_rest_of_the_other_stays_covered() {
        let spans = resolve(vec![span(0, 6, 50), span(2, 4, 90), span(8, 9, 10), span(5, 5, 99)]);
        let places: Vec<_> = spans.iter().map(|s| (s.start, s.end, s.confidence)).collect();
        assert_eq!(places, [(0, 2, 50), (2, 4, 90), (4, 6, 50), (8, 9, 10)]);
    }

    #[test]
    fn resolving_twice_changes_nothing_more() {
        let once = resolve(vec![span(0, 9, 50), span(3, 12, 60), span(1, 2, 70), span(11, 20, 50)]);
        assert_eq!(resolve(once.clone()), once);
    }
}
