//! One look at a document: what is found in it, and what shall stand there.

use std::collections::BTreeMap;

use super::book::{CaseBook, identity};
use super::echo::echoes;
use super::encoded::blocks;
use super::people::People;
use super::{Piece, Request, text_of, without};
use crate::base::digest::to_hex;
use crate::base::text::{fold_name, is_han};
use crate::redaction::detect::{Settings, detect_known};
use crate::redaction::kind::Kind;
use crate::redaction::known::plain;
use crate::redaction::operate::{Operator, coarse, marks, mask, shift, surrogate};
use crate::redaction::policy::{DENIED, Policy};
use crate::redaction::shape::{Format, Shape};
use crate::redaction::span::{Span, resolve};

/// Rounds in which a found value gets what the profile says; in later ones it gets its type's mark.
///
/// A mark is never looked into again, so from then on every round leaves fewer characters that can
/// be found: the rounds end.
const ROUNDS_FREE: usize = 4;
/// Rounds from which on the whole line goes in which something is found still.
const ROUNDS_NARROW: usize = 8;
/// Digits that a mask leaves together at most.
pub(super) const MASK_RUN_MOST: usize = 6;
/// Texts in base64 within each other that are looked into.
const DEPTH_MOST: usize = 3;
/// The type of a file or text within the document that goes whole.
const EMBEDDED: &str = "EMBEDDED_FILE";
/// Most characters between a given name and a surname in cells of their own.
const BETWEEN_MOST: usize = 40;

/// The names of types that a policy has of its own, by place.
type Names = BTreeMap<(usize, usize), String>;

/// How much goes where something is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// What the profile says.
    Free,
    /// The value, for its type's mark.
    Marks,
    /// The line, for its type's mark.
    Lines,
}

impl Stage {
    pub(super) const fn of(round: usize) -> Self {
        if round < ROUNDS_FREE {
            Self::Free
        } else if round < ROUNDS_NARROW {
            Self::Marks
        } else {
            Self::Lines
        }
    }
}

/// A document as one round sees it.
pub(super) struct Page<'a> {
    logical: &'a str,
    chars: Vec<char>,
    request: &'a Request<'a>,
    stage: Stage,
    /// Texts in base64 around this one.
    depth: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(logical: &'a str, request: &'a Request<'a>, stage: Stage) -> Self {
        Self { logical, chars: logical.chars().collect(), request, stage, depth: 0 }
    }

    /// Every value that is to be hidden or marked, with its stand-in.
    pub(super) fn pieces(&self, book: &mut CaseBook) -> Vec<Piece> {
        let (spans, names) = self.found();
        let subjects = self.request.subjects;
        let people = spans.iter().filter(|span| span.kind == Kind::Person);
        let joined = self.joined(people.clone());
        let written = people.filter(|span| !joined.contains_key(&span.start));
        let written = written.map(|span| text_of(&self.chars, span)).chain(joined.values().cloned());
        let mut people = People::of(written.chain(subjects.people().map(|(name, _)| name.to_owned())));
        for (name, aliases) in subjects.people() {
            aliases.iter().for_each(|alias| people.goes_by(name, alias));
        }
        let chinese = self.chars.iter().any(|c| is_han(*c));
        let policy = self.request.policy;
        spans
            .into_iter()
            .map(|span| {
                let named = names.get(&(span.start, span.end)).cloned();
                let kind_name = named.unwrap_or_else(|| span.kind.as_str().to_owned());
                let value = text_of(&self.chars, &span);
                let operator = policy.operator_named(&kind_name);
                let whole = self.stage != Stage::Free || kind_name == EMBEDDED;
                let used = if whole && operator != Operator::Keep { Operator::Tag } else { operator };
                let named = Value {
                    kind: span.kind,
                    kind_name: &kind_name,
                    text: &value,
                    joined: joined.get(&span.start),
                };
                let text = self.stand_in(book, used, &named, &people, chinese);
                Piece { span, kind_name, operator: used, text }
            })
            .collect()
    }

    /// What is found, less what stands for something already or may stay.
    fn found(&self) -> (Vec<Span>, Names) {
        let Request { policy, keys, subjects, .. } = *self.request;
        let chars = &self.chars;
        let settings = Settings { traces: policy.names_traces(), ..Settings::default() };
        let mut spans = detect_known(self.logical, &settings, subjects);
        let mut names = own_recognisers(self.logical, chars.len(), policy, &mut spans);
        self.encoded(&mut spans, &mut names);
        let marks = marks::find(keys, chars);
        let exchanged = |kind: Kind| policy.operator(kind) == Operator::Surrogate;
        let issued = if policy.exchanges() { surrogate::issued(keys, chars, &exchanged) } else { Vec::new() };
        let spans = resolve(spans.into_iter().flat_map(|span| beside_masks(span, chars)).collect());
        let spans = spans.into_iter().flat_map(|span| beside_issued(span, &issued, chars));
        let mut spans: Vec<Span> = spans.flat_map(|span| without(span, &marks)).collect();
        spans.retain(|span| {
            let value = text_of(chars, span);
            let kept = policy.allows(&fold_name(&value)) || (policy.own_kept && subjects.is_own(&value));
            let named = !span.kind.is_name() || value.chars().any(char::is_alphanumeric);
            named && !kept && !self.stands_already(span, policy.operator(span.kind))
        });
        let mut protected: Vec<(usize, usize)> = marks.into_iter().chain(issued).collect();
        protected.sort_unstable();
        let echoes = echoes(chars, &spans, policy, &protected);
        let mut spans = resolve(spans.into_iter().chain(echoes).collect());
        if self.stage == Stage::Lines {
            spans = self.lines(spans, &protected);
        }
        (spans, names)
    }

    /// The lines of what is hidden, each once.
    fn lines(&self, spans: Vec<Span>, protected: &[(usize, usize)]) -> Vec<Span> {
        let ends = |c: &char| matches!(c, '\n' | '"');
        let wide = spans.into_iter().map(|span| {
            if self.request.policy.operator(span.kind) == Operator::Keep {
                return span;
            }
            let before = self.chars.get(..span.start).unwrap_or_default();
            let after = self.chars.get(span.end..).unwrap_or_default();
            let start = before.iter().rposition(ends).map_or(0, |at| at + 1);
            let end = after.iter().position(ends).map_or(self.chars.len(), |at| span.end + at);
            Span { start, end, ..span }
        });
        let mut lines: Vec<Span> = Vec::new();
        for span in resolve(wide.collect()) {
            let letters = |span: &Span| text_of(&self.chars, span).chars().any(char::is_alphanumeric);
            lines.extend(without(span, protected).into_iter().filter(letters));
        }
        lines
    }

    /// Texts and files in base64 that hold, or may hold, something.
    fn encoded(&self, spans: &mut Vec<Span>, names: &mut Names) {
        for block in blocks(&self.chars) {
            let goes = match &block.text {
                None => true,
                Some(_) if self.depth >= DEPTH_MOST => true,
                Some(text) => self.holds_something(text),
            };
            if goes && self.request.policy.operator_named(EMBEDDED) != Operator::Keep {
                let (start, end) = (block.start, block.end);
                spans.push(Span { start, end, kind: Kind::Custom, confidence: 100, rule: "encoded" });
                names.insert((start, end), EMBEDDED.to_owned());
            }
        }
    }

    /// True if something would be hidden in a text.
    fn holds_something(&self, text: &str) -> bool {
        let shape = Shape::open(text, Format::Text);
        let logical = shape.logical();
        let page = Page { depth: self.depth + 1, ..Page::new(&logical, self.request, Stage::Free) };
        let (spans, names) = page.found();
        let named =
            |span: &Span| names.get(&(span.start, span.end)).map_or(span.kind.as_str(), String::as_str);
        shape.is_deep()
            || spans.iter().any(|span| self.request.policy.operator_named(named(span)) != Operator::Keep)
    }

    /// True if what stands there is an operator's output already.
    fn stands_already(&self, span: &Span, operator: Operator) -> bool {
        let chars = &self.chars;
        let value = text_of(chars, span);
        let keys = self.request.keys;
        match operator {
            Operator::Surrogate => surrogate::is_issued(keys, chars, (span.start, span.end)),
            Operator::Shift => {
                let behind: String =
                    chars.get(span.end..span.end + shift::CHECK_CHARS).unwrap_or_default().iter().collect();
                behind == shift::check(keys, &value)
            }
            // What a mask has left of a name: a surname before asterisks.
            Operator::Mask { .. } => {
                (span.end - span.start == 1 && chars.get(span.end) == Some(&'*'))
                    || value.chars().all(|c| !c.is_alphanumeric())
            }
            _ => false,
        }
    }

    /// Surnames and given names in cells of their own, side by side: by the place of each the whole name.
    fn joined<'s>(&self, people: impl Iterator<Item = &'s Span>) -> BTreeMap<usize, String> {
        let mut joined = BTreeMap::new();
        if !matches!(self.request.format, Format::Csv | Format::Json) {
            return joined;
        }
        let mut before: Option<&Span> = None;
        for span in people {
            let pair = before.take().and_then(|first| Some((first, self.one_name(first, span)?)));
            match pair {
                Some((first, name)) => {
                    joined.insert(first.start, name.clone());
                    joined.insert(span.start, name);
                }
                None => before = Some(span),
            }
        }
        joined
    }

    /// The name that two neighbours are parts of.
    fn one_name(&self, first: &Span, second: &Span) -> Option<String> {
        let between = self.chars.get(first.end..second.start).filter(|gap| gap.len() <= BETWEEN_MOST)?;
        let letters: String =
            between.iter().filter(|c| c.is_alphanumeric()).flat_map(|c| c.to_lowercase()).collect();
        let parted = between.iter().any(|c| matches!(c, ',' | ';' | '\t' | '|'));
        let key = [
            "",
            "lastname",
            "last",
            "surname",
            "familyname",
            "名",
            "名字",
            "firstname",
            "first",
            "givenname",
        ];
        let (one, other) = (text_of(&self.chars, first), text_of(&self.chars, second));
        let single =
            |name: &str| !name.chars().any(char::is_whitespace) && name.chars().all(char::is_alphabetic);
        let short = |name: &str, most: usize| name.chars().count() <= most;
        if !parted
            || between.contains(&'\n')
            || !key.contains(&letters.as_str())
            || !single(&one)
            || !single(&other)
        {
            return None;
        }
        match (one.chars().all(is_han), other.chars().all(is_han)) {
            (true, true) if short(&one, 1) && short(&other, 3) => Some(format!("{one}{other}")),
            (false, false) => Some(format!("{one} {other}")),
            _ => None,
        }
    }

    fn stand_in(
        &self,
        book: &mut CaseBook,
        operator: Operator,
        value: &Value<'_>,
        people: &People,
        chinese: bool,
    ) -> String {
        let Value { kind, kind_name, text, joined } = *value;
        let keys = self.request.keys;
        let tag = || marks::tag(kind, chinese);
        let mut meant = || match kind {
            Kind::Person => people.meant(keys, book, joined.map_or(text, String::as_str)),
            _ => identity(keys, kind, &plain(text)),
        };
        match operator {
            Operator::Keep => text.to_owned(),
            Operator::Remove => String::new(),
            Operator::Tag => tag(),
            Operator::Mask { first, last } => mask::mask(text, first, last),
            Operator::Hash => marks::hash(keys, kind, &to_hex(&meant())),
            Operator::Token => marks::token(keys, kind, text),
            Operator::Pseudonym => {
                let meant = meant();
                marks::numbered(kind, book.number(kind, meant), chinese)
            }
            Operator::Surrogate => {
                let meant = if kind.is_name() { to_hex(&meant()) } else { String::new() };
                surrogate::surrogate(keys, kind, text, &meant).unwrap_or_else(tag)
            }
            Operator::Shift => shift::shift(keys, text).unwrap_or_else(tag),
            Operator::Coarse => coarse::coarse(kind_name, text).unwrap_or_else(tag),
            Operator::Pool { from } => coarse::pooled(text, from).unwrap_or_else(tag),
        }
    }
}

/// A value that gets a stand-in.
#[derive(Clone, Copy)]
struct Value<'a> {
    kind: Kind,
    kind_name: &'a str,
    text: &'a str,
    /// The whole name of which it is a part.
    joined: Option<&'a String>,
}

/// A span without stand-ins of ours. What is left of a name beside one is a name only if it looks like one:
/// the model has taken the stand-in for one, and a little more.
fn beside_issued(span: Span, issued: &[(usize, usize)], chars: &[char]) -> Vec<Span> {
    let parts = without(span, issued);
    if !span.kind.is_name() || matches!(parts.as_slice(), [one] if one.len() == span.len()) {
        return parts;
    }
    let is_name = |part: &Span| {
        let text = chars.get(part.start..part.end).unwrap_or_default();
        text.iter().filter(|c| is_han(**c)).count() > 1
            || text.iter().any(char::is_ascii_digit)
            || text.windows(2).any(|two| matches!(two, [a, b] if a.is_uppercase() && b.is_alphabetic()))
    };
    parts.into_iter().filter(is_name).collect()
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
fn own_recognisers(logical: &str, count: usize, policy: &Policy, spans: &mut Vec<Span>) -> Names {
    let mut names = Names::new();
    if policy.recognisers().is_empty() && policy.denied().is_empty() {
        return names;
    }
    let mut starts: Vec<usize> = logical.char_indices().map(|(byte, _)| byte).collect();
    starts.push(logical.len());
    let place = |byte: usize| starts.partition_point(|start| *start < byte);
    let mut add = |start: usize, end: usize, name: &str| {
        if start < end && end <= count {
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
            add(place(byte), place(byte + found.len()), DENIED);
        }
    }
    names
}
