//! What a person asks the archive for: words (all must be there), `"phrases"`, and `-words` that
//! must not be there. Filters (kind, dates, parties …) are no part of it.
//!
//! A query asks the index for a superset of the hits ([`Query::matching`]), and settles each
//! possible hit on its decrypted text ([`Query::confirm`]).

use std::fmt;
use std::ops::Range;

use super::content::is_noise;
use super::keyed::ContentKey;
use super::reading::find_all;
use super::token::Token;
use super::unit::{Kind, Units};
use crate::base::limits::{QUERY_CHARS_MAX, QUERY_TERMS_MAX, QUERY_TOKENS_MAX};

/// Digits of numbers that may be typed in groups with blanks between.
const GROUPED_DIGITS: std::ops::RangeInclusive<usize> = 7..=24;

/// A query that the index can answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
}

/// Why a text is no query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadQuery {
    /// Nothing to search for: blank, or punctuation only.
    #[error("there is no word to search for")]
    Blank,
    /// More characters than allowed.
    #[error("it has more than {QUERY_CHARS_MAX} characters")]
    TooLong,
    /// More words than allowed.
    #[error("it has {terms} words and phrases; at most {QUERY_TERMS_MAX} are allowed")]
    TooManyTerms {
        /// Words and phrases found.
        terms: usize,
    },
    /// Only single characters, letters or digits, which are in no index.
    #[error("single characters, letters and digits stand everywhere: add a longer word")]
    TooVague,
    /// Only words that must not be there.
    #[error("it only says what must not be there: add a word to search for")]
    OnlyExclusions,
}

#[derive(Clone, PartialEq, Eq)]
struct Term {
    excluded: bool,
    phrase: Phrase,
    /// Groups of digits typed as bare words also match where they stand apart.
    apart: Vec<Phrase>,
}

/// Pieces that follow each other directly in the text, whatever punctuation is between.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    pieces: Vec<Piece>,
}

/// Units without a gap that a word could not cross.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Piece {
    chars: String,
    units: Vec<(Kind, String)>,
}

/// What the index must hold for a record to be a possible hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// Each must be met.
    pub all: Vec<Alternatives>,
    /// None may be there. Only tokens that settle an exclusion by themselves are listed.
    pub none: Vec<Token>,
}

/// Sets of tokens; one whole set must be there. Never empty, and no set in it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternatives(Vec<Vec<Token>>);

impl Query {
    /// Reads what was typed. Never fails on any text but for the reasons in [`BadQuery`].
    pub fn parse(text: &str) -> Result<Self, BadQuery> {
        if text.chars().nth(QUERY_CHARS_MAX).is_some() {
            return Err(BadQuery::TooLong);
        }
        let terms: Vec<Term> = join_numbers(split(text)).into_iter().filter_map(Term::of).collect();
        let query = Self { terms };
        match query.terms.len() {
            0 => Err(BadQuery::Blank),
            terms if terms > QUERY_TERMS_MAX => Err(BadQuery::TooManyTerms { terms }),
            _ if query.terms.iter().all(|term| term.excluded) => Err(BadQuery::OnlyExclusions),
            _ if !query.wanted().any(Term::is_indexed) => Err(BadQuery::TooVague),
            _ => Ok(query),
        }
    }

    /// True if the decrypted text really has what the query asks for.
    pub fn confirm(&self, text: &str) -> bool {
        self.terms.iter().all(|term| term.stands_in(text) != term.excluded)
    }

    /// Where the words of the query stand in the text: byte ranges, in order, without overlap.
    /// Of each word at most `most` places.
    pub fn places(&self, text: &str, most: usize) -> Vec<Range<usize>> {
        let mut places: Vec<_> = self.hits(text, most).into_iter().map(|(_, range)| range).collect();
        places.sort_unstable_by_key(|range| (range.start, range.end));
        places.dedup_by(|next, before| {
            let overlaps = next.start < before.end;
            if overlaps {
                before.end = before.end.max(next.end);
            }
            overlaps
        });
        places
    }

    /// Every place of every wanted phrase, with the phrase's number.
    pub(super) fn hits(&self, text: &str, most: usize) -> Vec<(usize, Range<usize>)> {
        let phrases = self.wanted().flat_map(|term| std::iter::once(&term.phrase).chain(&term.apart));
        let each = phrases.enumerate();
        each.flat_map(|(number, phrase)| {
            find_all(text, phrase, most).into_iter().map(move |hit| (number, hit))
        })
        .collect()
    }

    pub(super) fn matching(&self, key: &mut ContentKey) -> Matching {
        let mut matching = Matching { all: Vec::new(), none: Vec::new() };
        for term in &self.terms {
            let mut needs: Vec<Alternatives> =
                term.phrase.pieces.iter().flat_map(|piece| piece.needs(key)).collect();
            needs.truncate(QUERY_TOKENS_MAX);
            if !term.excluded {
                matching.all.extend(needs);
            } else if let Some(token) = term.phrase.only_unit_token(key) {
                matching.none.push(token);
            }
        }
        matching
    }

    fn wanted(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| !term.excluded)
    }
}

impl fmt::Debug for Query {
    // What people search for is personal data more often than not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query([withheld], {} terms)", self.terms.len())
    }
}

impl Alternatives {
    /// The sets, each of them sufficient.
    pub fn sets(&self) -> &[Vec<Token>] {
        &self.0
    }
}

impl Matching {
    /// The same for readers from whom something is hidden: of each alternative the first set alone, so that a document's
    /// tokens can be asked for one by one; and nothing that must not be there, because it may stand where it is hidden.
    #[must_use]
    pub fn for_shown(mut self) -> Self {
        self.none.clear();
        for alternatives in &mut self.all {
            alternatives.0.truncate(1);
        }
        self
    }

    /// Every token that it asks for, each once.
    pub fn tokens(&self) -> Vec<Token> {
        let mut tokens: Vec<Token> =
            self.all.iter().flat_map(Alternatives::sets).flatten().copied().collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    /// As an FTS5 `MATCH` expression.
    pub fn to_fts5(&self) -> String {
        let none: String = self.none.iter().map(|token| format!(" NOT {token}")).collect();
        let join = |set: &[Token]| set.iter().map(Token::to_string).collect::<Vec<_>>().join(" AND ");
        let one = |alternatives: &Alternatives| match alternatives.sets() {
            [set] => join(set),
            sets => {
                let sets: Vec<_> = sets.iter().map(|set| format!("({})", join(set))).collect();
                format!("({})", sets.join(" OR "))
            }
        };
        self.all.iter().map(one).collect::<Vec<_>>().join(" AND ") + &none
    }
}

impl Term {
    fn of(source: Source) -> Option<Self> {
        let phrase = Phrase::of(&source.text)?;
        let apart = match source.groups {
            0 | 1 => Vec::new(),
            _ => source.text.split_whitespace().filter_map(Phrase::of).collect(),
        };
        Some(Self { excluded: source.excluded, phrase, apart })
    }

    fn is_indexed(&self) -> bool {
        self.phrase.pieces.iter().any(Piece::is_indexed)
    }

    fn stands_in(&self, text: &str) -> bool {
        let stands = |phrase: &Phrase| !find_all(text, phrase, 1).is_empty();
        stands(&self.phrase) || (!self.apart.is_empty() && self.apart.iter().all(stands))
    }
}

impl Phrase {
    fn of(text: &str) -> Option<Self> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut units = Units::of(text);
        let mut before = Kind::Character;
        while let Some(unit) = units.next() {
            if pieces.is_empty() || !unit.continues(before) {
                pieces.push(Piece::default());
            }
            before = unit.kind;
            if let Some(piece) = pieces.last_mut() {
                piece.chars.push_str(units.word());
                piece.units.push((unit.kind, units.word().to_owned()));
            }
        }
        (!pieces.is_empty()).then_some(Self { pieces })
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The token that is in the index exactly if this phrase is in the text: there is one for a
    /// pair of characters, and a word.
    fn only_unit_token(&self, key: &mut ContentKey) -> Option<Token> {
        let [piece] = self.pieces.as_slice() else { return None };
        match (piece.units.as_slice(), piece.needs(key).as_slice()) {
            ([_] | [(Kind::Character, _), (Kind::Character, _)], [Alternatives(sets)]) => {
                match sets.as_slice() {
                    [set] => set.first().copied(),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl Piece {
    pub(super) fn chars(&self) -> &str {
        &self.chars
    }

    fn is_indexed(&self) -> bool {
        self.units.len() > 1 || self.units.iter().any(|(kind, word)| kind.is_word() && !is_noise(word))
    }

    /// The tokens of every text that has this piece.
    fn needs(&self, key: &mut ContentKey) -> Vec<Alternatives> {
        let mut needs = Vec::new();
        for run in self.units.chunk_by(|a, b| a.0.is_word() == b.0.is_word()) {
            if run.iter().any(|(kind, _)| kind.is_word()) {
                needs.extend(word_needs(run, key));
            } else {
                character_needs(run, key, &mut needs);
                // Alone it is in the index only where a word or number stands beside it.
                if let ([(_, single)], true) = (run, self.units.len() > 1)
                    && let Some(single) = single.chars().next()
                {
                    needs.push(Alternatives(vec![vec![key.characters(None, single)]]));
                }
            }
        }
        needs
    }
}

fn character_needs(run: &[(Kind, String)], key: &mut ContentKey, needs: &mut Vec<Alternatives>) {
    let chars: Vec<char> = run.iter().flat_map(|(_, word)| word.chars()).collect();
    for (first, last) in chars.iter().zip(chars.iter().skip(1)) {
        needs.push(Alternatives(vec![vec![key.characters(Some(*first), *last)]]));
    }
}

/// Words that hang together are in the index by their parts, or joined as one.
fn word_needs(run: &[(Kind, String)], key: &mut ContentKey) -> Option<Alternatives> {
    use crate::base::limits::SEARCH_WORD_CHARS_MAX;
    let parts: Vec<Token> = run
        .iter()
        .filter(|(_, word)| !is_noise(word))
        .take(QUERY_TOKENS_MAX)
        .map(|(_, word)| key.word(word))
        .collect();
    let mut sets = Vec::new();
    if !parts.is_empty() {
        sets.push(parts);
    }
    if run.len() > 1 {
        let joined: String =
            run.iter().flat_map(|(_, word)| word.chars()).take(SEARCH_WORD_CHARS_MAX).collect();
        sets.push(vec![key.word(&joined)]);
    }
    (!sets.is_empty()).then_some(Alternatives(sets))
}

/// One word or phrase as it was typed.
struct Source {
    text: String,
    excluded: bool,
    quoted: bool,
    /// Words that were put together because they look like one number in groups.
    groups: usize,
}

fn split(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let minus = matches!(c, '-' | '\u{FF0D}' | '\u{2212}');
        let excluded = minus && chars.peek().is_some_and(|next| !next.is_whitespace());
        let first = if excluded { chars.next().unwrap_or(' ') } else { c };
        let mut word = String::new();
        let closing = closing(first);
        if closing.is_none() {
            word.push(first);
        }
        // A phrase that is never closed goes on to the end.
        while let Some(next) = chars.next_if(|next| match closing {
            Some(_) => true,
            None => !next.is_whitespace() && self::closing(*next).is_none(),
        }) {
            if closing.is_some_and(|closing| closing.contains(next)) {
                break;
            }
            word.push(next);
        }
        sources.push(Source { text: word, excluded, quoted: closing.is_some(), groups: 1 });
    }
    sources
}

/// What closes a phrase that `c` opens.
fn closing(c: char) -> Option<&'static str> {
    match c {
        '"' | '\u{FF02}' | '“' | '„' | '”' => Some("\"\u{FF02}”“"),
        '「' => Some("」"),
        '『' => Some("』"),
        _ => None,
    }
}

/// Puts `139 1234 5678`, typed as three bare words, together as one number.
fn join_numbers(sources: Vec<Source>) -> Vec<Source> {
    let mut joined: Vec<Source> = Vec::new();
    for source in sources {
        match joined.last_mut() {
            Some(last) if may_join(last) && may_join(&source) && digits(last) + digits(&source) <= 24 => {
                last.text.push(' ');
                last.text.push_str(&source.text);
                last.groups += 1;
            }
            _ => joined.push(source),
        }
    }
    joined.into_iter().flat_map(part_short_numbers).collect()
}

fn may_join(source: &Source) -> bool {
    let sign =
        |c: char| c.is_numeric() || matches!(c, '+' | '-' | '.' | '(' | ')' | '（' | '）' | '＋' | '－');
    !source.excluded && !source.quoted && source.text.chars().all(|c| sign(c) || c.is_whitespace())
}

fn digits(source: &Source) -> usize {
    source.text.chars().filter(|c| c.is_numeric()).count()
}

/// `2024 12` is no number in groups but two words.
fn part_short_numbers(source: Source) -> Vec<Source> {
    if source.groups == 1 || GROUPED_DIGITS.contains(&digits(&source)) {
        return vec![source];
    }
    let words = source.text.split_whitespace();
    words.map(|word| Source { text: word.to_owned(), excluded: false, quoted: false, groups: 1 }).collect()
}
