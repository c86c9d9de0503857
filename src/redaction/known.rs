//! Known subjects: the parties that a record, its case or its authorisations name. They are
//! found everywhere in the case, also by surname and title, nickname, initial or in capitals.

use aho_corasick::{AhoCorasick, MatchKind};

use super::find::Scene;
use super::kind::Kind;
use super::normal::Text;
use super::span::Span;
use crate::base::text::is_han;

/// Most subjects of one case that are looked for.
pub const SUBJECTS_MOST: usize = 2_000;

/// Somebody of whom it is known that the case is about them.
#[derive(Clone, Default)]
pub struct Subject {
    /// The whole name of a person or organisation.
    pub name: String,
    /// True if it is an organisation.
    pub organisation: bool,
    /// Other names and numbers: aliases, telephone, e-mail, accounts.
    pub values: Vec<(Kind, String)>,
    /// True for the person whose own data a data-subject request is about.
    pub own: bool,
}

/// Titles that follow a surname.
const TITLES: &str =
    "先生 女士 小姐 太太 总 工 经理 主任 老师 律师 医生 师傅 处长 科长 局长 校长 教授 警官 哥 姐 阿姨 叔叔";

/// The subjects of a case, ready to be looked for.
#[derive(Default)]
pub struct Subjects {
    automaton: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
    own: Vec<String>,
    /// People by their whole names, with the other names that are known of them.
    people: Vec<(String, Vec<String>)>,
}

#[derive(Clone, Copy)]
struct Pattern {
    kind: Kind,
    /// Characters of the pattern that are the name itself; a title behind is none.
    keep: usize,
    /// Must begin with a capital in the text: single Latin words.
    capital: bool,
    confidence: u8,
}

impl Subjects {
    /// Makes the patterns of all subjects; those beyond [`SUBJECTS_MOST`] are left out.
    pub fn new(subjects: &[Subject]) -> Self {
        let mut words: Vec<(String, Pattern)> = Vec::new();
        for subject in subjects.iter().take(SUBJECTS_MOST) {
            let kind = if subject.organisation { Kind::Organization } else { Kind::Person };
            if subject.organisation {
                push(&mut words, &subject.name, kind, None, false, 88);
            } else {
                person(&mut words, &subject.name);
            }
            for (kind, value) in &subject.values {
                push(&mut words, value, *kind, None, false, 90);
            }
        }
        words.retain(|(word, _)| word.chars().count() >= 2);
        let automaton = (!words.is_empty())
            .then(|| {
                AhoCorasick::builder()
                    .match_kind(MatchKind::LeftmostLongest)
                    .build(words.iter().map(|(word, _)| word))
                    .ok()
            })
            .flatten();
        let own = subjects
            .iter()
            .filter(|subject| subject.own)
            .flat_map(|subject| {
                std::iter::once(&subject.name).chain(subject.values.iter().map(|(_, value)| value))
            })
            .map(|value| plain(value))
            .filter(|value| !value.is_empty())
            .collect();
        let people = subjects.iter().take(SUBJECTS_MOST).filter(|subject| !subject.organisation);
        let people = people.map(|subject| {
            let named = subject.values.iter().filter(|(kind, _)| *kind == Kind::Person);
            (subject.name.clone(), named.map(|(_, alias)| alias.clone()).collect())
        });
        let people = people.collect();
        Self { automaton, patterns: words.into_iter().map(|(_, pattern)| pattern).collect(), own, people }
    }

    /// The people among them, with the other names that are known of them.
    pub fn people(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.people.iter().map(|(name, aliases)| (name.as_str(), aliases.as_slice()))
    }

    /// True if a value belongs to the person who asks.
    pub fn is_own(&self, value: &str) -> bool {
        let value = plain(value);
        self.own.contains(&value)
    }

    /// Every mention in a text.
    pub fn find(&self, text: &Text) -> Vec<Span> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let fold: String = text.fold().iter().collect();
        let count = |from: usize, to: usize| {
            fold.as_bytes().get(from..to).unwrap_or_default().iter().filter(|b| **b & 0xC0 != 0x80).count()
        };
        let (mut byte, mut start) = (0, 0);
        let mut spans = Vec::new();
        for hit in automaton.find_iter(&fold) {
            start += count(byte, hit.start());
            byte = hit.start();
            let whole_end = start + count(hit.start(), hit.end());
            let Some(pattern) = self.patterns.get(hit.pattern().as_usize()) else { continue };
            let latin = |c: char| c.is_alphanumeric() && !is_han(c);
            let inside = (latin(text.before(start)) && latin(text.at(start)))
                || (latin(text.before(whole_end)) && latin(text.at(whole_end)));
            if inside || (pattern.capital && !text.at(start).is_uppercase()) {
                continue;
            }
            spans.push(Scene::span(
                start,
                start + pattern.keep,
                pattern.kind,
                pattern.confidence,
                "known-subject",
            ));
        }
        spans
    }
}

fn push(
    words: &mut Vec<(String, Pattern)>,
    word: &str,
    kind: Kind,
    keep: Option<usize>,
    capital: bool,
    confidence: u8,
) {
    let text = Text::new(word.trim());
    let folded: String = text.fold().iter().collect();
    let keep = keep.unwrap_or_else(|| folded.chars().count());
    words.push((folded, Pattern { kind, keep, capital, confidence }));
}

fn person(words: &mut Vec<(String, Pattern)>, name: &str) {
    let name = name.trim();
    let chars: Vec<char> = name.chars().collect();
    push(words, name, Kind::Person, None, false, 89);
    if chars.iter().all(|c| is_han(*c)) && (2..=4).contains(&chars.len()) {
        let double = chars.len() == 4 || super::names::is_double_surname(&chars);
        let surname: String = chars.iter().take(if double && chars.len() >= 3 { 2 } else { 1 }).collect();
        let keep = surname.chars().count();
        for title in TITLES.split(' ') {
            push(words, &format!("{surname}{title}"), Kind::Person, Some(keep), false, 80);
        }
        for nick in ["小", "老", "阿"] {
            push(words, &format!("{nick}{surname}"), Kind::Person, None, false, 78);
        }
        let given: String = chars.iter().skip(keep).collect();
        if given.chars().count() >= 2 {
            push(words, &given, Kind::Person, None, false, 72);
        }
        return;
    }
    let parts: Vec<&str> = name.split([' ', '·']).filter(|part| part.chars().count() >= 2).collect();
    if let (Some(first), Some(last), true) = (parts.first(), parts.last(), parts.len() >= 2) {
        let initial: String = first.chars().take(1).collect();
        for alias in [
            format!("{last}, {first}"),
            format!("{initial}. {last}"),
            format!("{initial} {last}"),
            format!("{first} {last}"),
        ] {
            push(words, &alias, Kind::Person, None, true, 86);
        }
        for part in [first, last] {
            if part.chars().count() >= 3 {
                push(words, part, Kind::Person, None, true, 76);
            }
        }
    }
}

/// A value without separators, folded: how values are compared.
pub fn plain(value: &str) -> String {
    Text::new(value).fold().iter().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_is_found_under_every_name_it_goes_by() {
        let subjects = Subjects::new(&[
            Subject {
                name: "王小明".into(),
                values: vec![(Kind::Phone, "13800138000".into())],
                ..Subject::default()
            },
            Subject { name: "John Smith".into(), ..Subject::default() },
        ]);
        let seen = |text: &str| {
            let text = Text::new(text);
            subjects.find(&text).iter().map(|span| text.string(span.start, span.end)).collect::<Vec<_>>()
        };
        assert_eq!(seen("王先生和小王、王小明"), ["王", "小王", "王小明"]);
        assert_eq!(
            seen("SMITH, JOHN; J. Smith; Smith; blacksmith; smith"),
            ["SMITH, JOHN", "J. Smith", "Smith"]
        );
        assert_eq!(seen("１３８００１３８０００"), ["13800138000"]);
    }
}
