//! Hides what a profile says must be hidden, and reports what it did.
//!
//! The result is a fixed point: redacting it again changes nothing. What was hidden once is also
//! hidden where it stands again in another writing, joined to something, or with separators.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use super::detect::{Settings, detect_known};
use super::kind::Kind;
use super::known::{Subjects, plain};
use super::operate::{Keys, Operator, coarse, marks, mask, shift, surrogate};
use super::policy::Policy;
use super::report::{Entry, Report};
use super::shape::{Change, Format, Shape};
use super::span::{Span, resolve};
use crate::base::text::{fold_name, is_han};

/// Rounds in which a found value gets what the profile says; in later ones it gets its type's mark.
///
/// A mark is never looked into again, so from then on every round leaves fewer characters that can
/// be found: the rounds end.
const ROUNDS_FREE: usize = 4;

/// Rounds after which a document is given up: no document of use needs a tenth of them, and one made to
/// need more must not hold a processor.
const ROUNDS_MOST: usize = 64;
/// Rounds of a large document.
const ROUNDS_OF_LARGE: usize = 12;
/// From how many bytes a document is large.
const LARGE_BYTES: usize = 256 * 1024;
/// Digits that a mask leaves together at most.
const MASK_RUN_MOST: usize = 6;
/// How sure a rule must be of what it found in the marks of a format themselves: nothing there is hidden.
const UNHIDDEN_FROM: u8 = 80;

/// What a redaction needs to know besides the document.
pub struct Request<'a> {
    /// The profile.
    pub policy: &'a Policy,
    /// The matter's secrets.
    pub keys: &'a Keys,
    /// Whom the case is about.
    pub subjects: &'a Subjects,
    /// The format of the document.
    pub format: Format,
}

/// The numbers that people and things have got in a case; kept with the case, so that the same
/// party has the same number in all its records. It holds keyed hashes, no values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseBook {
    numbers: BTreeMap<(String, [u8; 16]), usize>,
    /// The last number given, by type.
    taken: BTreeMap<String, usize>,
}

impl CaseBook {
    /// The lines of a book, for storing: type, hash in hexadecimal, number.
    pub fn to_lines(&self) -> String {
        self.numbers
            .iter()
            .map(|((kind, hash), number)| format!("{kind} {} {number}\n", crate::base::digest::to_hex(hash)))
            .collect()
    }

    /// Reads a stored book; `None` if a line is damaged.
    pub fn parse(lines: &str) -> Option<Self> {
        let mut book = Self::default();
        for line in lines.lines() {
            let mut parts = line.split(' ');
            let (kind, hash, number) = (parts.next()?, parts.next()?, parts.next()?);
            let hash: [u8; 16] = crate::base::digest::from_hex(hash)?.try_into().ok()?;
            let number: usize = number.parse().ok()?;
            let last = book.taken.entry(kind.to_owned()).or_default();
            *last = number.max(*last);
            book.numbers.insert((kind.to_owned(), hash), number);
        }
        Some(book)
    }

    fn number(&mut self, keys: &Keys, kind: Kind, identity: &str) -> usize {
        let digest = keys.digest("pseudonym", &format!("{}\u{0}{}", kind.as_str(), fold_name(identity)));
        let hash: [u8; 16] = std::array::from_fn(|i| digest.get(i).copied().unwrap_or(0));
        let key = (kind.as_str().to_owned(), hash);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.taken.entry(key.0.clone()).or_default();
        *number += 1;
        self.numbers.insert(key, *number);
        *number
    }
}

/// A redacted document.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The document, in the format in which it came.
    pub document: String,
    /// What was done.
    pub report: Report,
    /// False if something was found that could not be hidden where it stands, or if hiding led to no end:
    /// such a document must not leave.
    pub safe: bool,
}

/// Redacts a document.
pub fn redact(document: &str, request: &Request<'_>, book: &mut CaseBook) -> Redacted {
    let mut report = Report {
        policy: request.policy.name.clone(),
        policy_version: request.policy.version,
        entries: Vec::new(),
    };
    let mut current = document.to_owned();
    let (mut settled, mut unhidden) = (false, false);
    let rounds = if document.len() > LARGE_BYTES { ROUNDS_OF_LARGE } else { ROUNDS_MOST };
    for round in 0..rounds {
        let shape = Shape::open(&current, request.format);
        let pieces = pieces(&shape.logical(), request, book, round >= ROUNDS_FREE);
        let mut changes = Vec::new();
        for piece in &pieces {
            let parts = shape.within(piece.span.start, piece.span.end);
            if round == 0 && !parts.is_empty() {
                report.entries.push(entry(piece, &shape, request.policy));
            }
            if piece.operator == Operator::Keep {
                continue;
            }
            unhidden |= parts.is_empty() && piece.span.confidence >= UNHIDDEN_FROM;
            changes.extend(parts.iter().enumerate().map(|(i, (start, end))| Change {
                start: *start,
                end: *end,
                // A value that runs over a mark of the format leaves its stand-in once.
                text: if i == 0 { piece.text.clone() } else { String::new() },
            }));
        }
        let next = shape.write(&changes);
        if next == current {
            settled = true;
            break;
        }
        current = next;
    }
    Redacted { document: current, report, safe: settled && !unhidden }
}

fn entry(piece: &Piece, shape: &Shape, policy: &Policy) -> Entry {
    let (start, end) = shape.place(piece.span.start, piece.span.end);
    Entry {
        start,
        end,
        kind: piece.kind_name.clone(),
        operator: piece.operator.as_str(),
        rule: piece.span.rule,
        confidence: piece.span.confidence,
        review: piece.span.confidence < policy.review_below,
    }
}

/// A found value and what becomes of it.
struct Piece {
    span: Span,
    kind_name: String,
    operator: Operator,
    text: String,
}

fn pieces(logical: &str, request: &Request<'_>, book: &mut CaseBook, last: bool) -> Vec<Piece> {
    let chars: Vec<char> = logical.chars().collect();
    let policy = request.policy;
    let settings = Settings { traces: policy.names_traces(), ..Settings::default() };
    let mut spans = detect_known(logical, &settings, request.subjects);
    let names = own_recognisers(logical, &chars, policy, &mut spans);
    let protected = marks::find(request.keys, &chars);
    let spans = resolve(spans.into_iter().flat_map(|span| beside_masks(span, &chars)).collect());
    let mut spans: Vec<Span> = spans.into_iter().flat_map(|span| without(span, &protected)).collect();
    spans.retain(|span| {
        let value = text_of(&chars, span);
        let kept = policy.allows(&fold_name(&value)) || (policy.own_kept && request.subjects.is_own(&value));
        !kept && !stands_already(request, &chars, span, policy.operator(span.kind))
    });
    let echoes = echoes(&chars, &spans, policy, &protected);
    let spans = resolve(spans.into_iter().chain(echoes).collect());
    let people =
        People::of(spans.iter().filter(|span| span.kind == Kind::Person).map(|span| text_of(&chars, span)));
    let chinese = chars.iter().any(|c| is_han(*c));
    spans
        .into_iter()
        .map(|span| {
            let kind_name =
                names.get(&(span.start, span.end)).cloned().unwrap_or_else(|| span.kind.as_str().to_owned());
            let value = text_of(&chars, &span);
            let operator = policy.operator_named(&kind_name);
            let used = if last && operator != Operator::Keep { Operator::Tag } else { operator };
            let text = stand_in(request, book, used, (span.kind, &kind_name), &value, &people, chinese);
            Piece { span, kind_name, operator, text }
        })
        .collect()
}

fn text_of(chars: &[char], span: &Span) -> String {
    chars.get(span.start..span.end).unwrap_or_default().iter().collect()
}

/// A name without what a mask has left of a number: no name has both digits and asterisks. A single Latin
/// word beside it (`Tel 138****8000`) is no name either.
fn beside_masks(span: Span, chars: &[char]) -> Vec<Span> {
    let value = chars.get(span.start..span.end).unwrap_or_default();
    let of_number = |c: &char| c.is_ascii_digit() || *c == '*';
    let runs = || value.split(|c| !c.is_ascii_digit()).map(<[char]>::len);
    // A mask leaves short runs of digits; a longer one is a number that nobody has masked.
    let masked = value.windows(2).any(|pair| pair == ['*', '*'])
        && runs().any(|run| run > 0)
        && runs().all(|run| run <= MASK_RUN_MOST);
    let (true, Some(first), Some(last)) = (
        masked && matches!(span.kind, Kind::Person | Kind::Organization),
        value.iter().position(of_number),
        value.iter().rposition(of_number),
    ) else {
        return vec![span];
    };
    let parts = [Span { end: span.start + first, ..span }, Span { start: span.start + last + 1, ..span }];
    let is_name = |part: &Span| {
        let text = chars.get(part.start..part.end).unwrap_or_default();
        text.iter().any(is_han_ref)
            || text.split(|c| c.is_whitespace()).filter(|word| word.iter().any(|c| c.is_alphabetic())).count()
                > 1
    };
    parts.into_iter().filter(is_name).collect()
}

fn is_han_ref(c: &char) -> bool {
    is_han(*c)
}

/// What the policy's own patterns and words find; returns the names of their types by place.
fn own_recognisers(
    logical: &str,
    chars: &[char],
    policy: &Policy,
    spans: &mut Vec<Span>,
) -> BTreeMap<(usize, usize), String> {
    let mut names = BTreeMap::new();
    if policy.recognisers().is_empty() && policy.denied().is_empty() {
        return names;
    }
    let mut starts: Vec<usize> = logical.char_indices().map(|(byte, _)| byte).collect();
    starts.push(logical.len());
    let place = |byte: usize| starts.partition_point(|start| *start < byte);
    let mut add = |start: usize, end: usize, name: &str| {
        if start < end && end <= chars.len() {
            let kind = Kind::parse(name).unwrap_or(Kind::Custom);
            spans.push(Span { start, end, kind, confidence: 100, rule: "policy" });
            names.insert((start, end), name.to_owned());
        }
    };
    for recogniser in policy.recognisers() {
        for found in recogniser.pattern.find_iter(logical) {
            add(place(found.start()), place(found.end()), &recogniser.kind);
        }
    }
    for word in policy.denied() {
        for (byte, found) in logical.match_indices(word.as_str()) {
            add(place(byte), place(byte + found.len()), "DENIED");
        }
    }
    names
}

/// A span without what our own marks cover; marks are in order and apart.
fn without(span: Span, marks: &[(usize, usize)]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut from = span.start;
    let first = marks.partition_point(|(_, end)| *end <= span.start);
    for (start, end) in marks.iter().skip(first).take_while(|(start, _)| *start < span.end) {
        left.extend((from < *start).then_some(Span { start: from, end: *start, ..span }));
        from = *end;
    }
    left.extend((from < span.end).then_some(Span { start: from, ..span }));
    left
}

/// True if what stands there is an operator's output already.
fn stands_already(request: &Request<'_>, chars: &[char], span: &Span, operator: Operator) -> bool {
    let value = text_of(chars, span);
    let star = |p: Option<usize>| p.and_then(|p| chars.get(p)) == Some(&'*');
    match operator {
        Operator::Surrogate => surrogate::is_reserved(span.kind, &value),
        Operator::Shift => {
            let behind: String =
                chars.get(span.end..span.end + shift::CHECK_CHARS).unwrap_or_default().iter().collect();
            behind == shift::check(request.keys, &value)
        }
        // What a mask has left of a name: a surname before asterisks.
        Operator::Mask { .. } => {
            (span.end - span.start == 1 && star(Some(span.end)))
                || value.chars().all(|c| !c.is_alphanumeric())
        }
        _ => false,
    }
}

/// The same values elsewhere: in another writing, with other separators, inside something else.
fn echoes(chars: &[char], spans: &[Span], policy: &Policy, protected: &[(usize, usize)]) -> Vec<Span> {
    let mut values: BTreeSet<(String, Kind)> = BTreeSet::new();
    for span in spans.iter().filter(|span| policy.operator(span.kind).hides_all() && span.confidence >= 50) {
        let value = plain(&text_of(chars, span));
        let count = value.chars().count();
        let han = value.chars().any(is_han);
        let number = value.chars().filter(char::is_ascii_digit).count() >= 5;
        if (han && count >= 3)
            || (number && count >= 6)
            || (matches!(span.kind, Kind::Email | Kind::Username | Kind::Secret) && count >= 6)
        {
            values.insert((value, span.kind));
        }
    }
    let Ok(automaton) = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(values.iter().map(|(value, _)| value))
    else {
        return Vec::new();
    };
    if values.is_empty() {
        return Vec::new();
    }
    let original: String = chars.iter().collect();
    let text = super::normal::Text::new(&original);
    let kept: Vec<usize> = (0..text.len()).filter(|p| text.folded_at(*p).is_alphanumeric()).collect();
    let stream: String = kept.iter().map(|p| text.folded_at(*p)).collect();
    let kinds: Vec<Kind> = values.iter().map(|(_, kind)| *kind).collect();
    let (mut byte, mut index) = (0, 0);
    let mut found = Vec::new();
    for hit in automaton.find_iter(&stream) {
        let count = |from: usize, to: usize| {
            stream.as_bytes().get(from..to).unwrap_or_default().iter().filter(|b| **b & 0xC0 != 0x80).count()
        };
        index += count(byte, hit.start());
        byte = hit.start();
        let last = index + count(hit.start(), hit.end()) - 1;
        let (Some(start), Some(end), Some(kind)) =
            (kept.get(index), kept.get(last), kinds.get(hit.pattern().as_usize()))
        else {
            continue;
        };
        // Over a line's end or far apart the characters only happen to follow each other.
        let near = end - start <= (last - index) * 3 && !text.slice(*start, *end).contains(&'\n');
        if near {
            let (start, end) = text.original(*start, end + 1);
            found.extend(without(Span { start, end, kind: *kind, confidence: 49, rule: "echo" }, protected));
        }
    }
    found
}

fn stand_in(
    request: &Request<'_>,
    book: &mut CaseBook,
    operator: Operator,
    (kind, kind_name): (Kind, &str),
    value: &str,
    people: &People,
    chinese: bool,
) -> String {
    let identity = if kind == Kind::Person { people.identity(value) } else { value.to_owned() };
    let identity = identity.as_str();
    let tag =
        || if kind == Kind::Custom { marks::tag(Kind::Custom, chinese) } else { marks::tag(kind, chinese) };
    match operator {
        Operator::Keep => value.to_owned(),
        Operator::Remove => String::new(),
        Operator::Tag => tag(),
        Operator::Mask { first, last } => mask::mask(value, first, last),
        Operator::Hash => marks::hash(request.keys, kind, &plain(identity)),
        Operator::Token => marks::token(request.keys, kind, value),
        Operator::Pseudonym => {
            marks::numbered(kind, book.number(request.keys, kind, &plain(identity)), chinese)
        }
        Operator::Surrogate => surrogate::surrogate(request.keys, kind, value, identity),
        Operator::Shift => shift::shift(request.keys, value).unwrap_or_else(tag),
        Operator::Coarse => coarse::coarse(kind_name, value).unwrap_or_else(tag),
        Operator::Pool { from } => coarse::pooled(value, from).unwrap_or_else(tag),
    }
}

/// The people of a document, by what an alias would have of their names: the surname's first
/// character, or each word.
#[derive(Default)]
struct People(BTreeMap<String, BTreeSet<String>>);

impl People {
    fn of(names: impl Iterator<Item = String>) -> Self {
        let mut people = Self::default();
        let distinct: BTreeSet<String> = names.map(|name| fold_name(&name)).collect();
        for name in distinct {
            let han = name.chars().all(is_han) && (2..=4).contains(&name.chars().count());
            let parts: Vec<String> = if han {
                name.chars().take(1).map(String::from).collect()
            } else if name.contains(' ') {
                name.split(' ').map(str::to_owned).collect()
            } else {
                Vec::new()
            };
            // 小王 is an alias, no name of its own.
            if !(han && nick_surname(&name).is_some()) {
                for part in parts {
                    people.0.entry(part).or_default().insert(name.clone());
                }
            }
        }
        people
    }

    /// The whole name that an alias stands for, if only one name in the document fits: 王 or
    /// 小王 for 王小明, Smith for John Smith. Else the value itself.
    fn identity(&self, value: &str) -> String {
        let folded = fold_name(value);
        let count = folded.chars().count();
        let key = match nick_surname(&folded) {
            Some(surname) => surname,
            None if count == 1 || (!folded.contains(' ') && !folded.chars().any(is_han)) => folded.clone(),
            None => return value.to_owned(),
        };
        match self.0.get(&key) {
            Some(names) if names.len() == 1 => names.first().cloned().unwrap_or(folded),
            _ => value.to_owned(),
        }
    }
}

/// The surname in 小王, 老李, 阿陈.
fn nick_surname(folded: &str) -> Option<String> {
    let mut chars = folded.chars();
    let nick = matches!(chars.next(), Some('小' | '老' | '阿'));
    let surname = chars.next().filter(|c| nick && is_han(*c))?;
    chars.next().is_none().then(|| surname.to_string())
}

#[cfg(test)]
mod tests;
