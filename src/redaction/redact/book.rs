//! The numbers that people and things have got in a case.

use std::collections::BTreeMap;

use crate::base::text::fold_name;
use crate::redaction::kind::Kind;
use crate::redaction::operate::Keys;

/// Lines of other names by which people of the case go.
const ALIAS: &str = "PERSON~";
/// The number of a name that several people of the case go by.
const SHARED: usize = 0;

/// A keyed hash of whom or what a value stands for.
pub(super) type Identity = [u8; 16];

/// The numbers that people and things have got in a case; kept with the case, so that the same
/// party has the same number in all its records. It holds keyed hashes, no values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseBook {
    numbers: BTreeMap<(String, Identity), usize>,
    /// The last number given, by type.
    taken: BTreeMap<String, usize>,
    /// People by their numbers.
    people: BTreeMap<usize, Identity>,
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
            let hash: Identity = crate::base::digest::from_hex(hash)?.try_into().ok()?;
            let number: usize = number.parse().ok()?;
            let last = book.taken.entry(kind.to_owned()).or_default();
            *last = number.max(*last);
            if kind == Kind::Person.as_str() {
                book.people.insert(number, hash);
            }
            book.numbers.insert((kind.to_owned(), hash), number);
        }
        Some(book)
    }

    /// The number of somebody or something, given now if there is none yet.
    pub(super) fn number(&mut self, kind: Kind, identity: Identity) -> usize {
        let key = (kind.as_str().to_owned(), identity);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.taken.entry(key.0.clone()).or_default();
        *number += 1;
        if kind == Kind::Person {
            self.people.insert(*number, identity);
        }
        self.numbers.insert(key, *number);
        *number
    }

    /// Notes that a person goes by another name; one that several go by is nobody's.
    pub(super) fn note_alias(&mut self, alias: Identity, person: Identity) {
        let number = self.number(Kind::Person, person);
        let noted = self.numbers.entry((ALIAS.to_owned(), alias)).or_insert(number);
        if *noted != number {
            *noted = SHARED;
        }
    }

    /// The one person of the case who goes by a name.
    pub(super) fn by_alias(&self, alias: Identity) -> Option<Identity> {
        let number = self.numbers.get(&(ALIAS.to_owned(), alias)).filter(|number| **number != SHARED)?;
        self.people.get(number).copied()
    }
}

/// The hash of a folded value.
pub(super) fn identity(keys: &Keys, kind: Kind, value: &str) -> Identity {
    let digest = keys.digest("pseudonym", &format!("{}\u{0}{}", kind.as_str(), fold_name(value)));
    std::array::from_fn(|i| digest.get(i).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_two_people_go_by_is_nobody_s() {
        let mut book = CaseBook::default();
        book.note_alias([1; 16], [7; 16]);
        assert_eq!(book.by_alias([1; 16]), Some([7; 16]));
        let mut book = CaseBook::parse(&book.to_lines()).unwrap();
        book.note_alias([1; 16], [7; 16]);
        assert_eq!(book.by_alias([1; 16]), Some([7; 16]));
        book.note_alias([1; 16], [8; 16]);
        assert_eq!(book.by_alias([1; 16]), None);
        assert_eq!(CaseBook::parse(&book.to_lines()).unwrap().by_alias([1; 16]), None);
        assert_eq!(CaseBook::parse("PERSON 00 1"), None);
    }
}
