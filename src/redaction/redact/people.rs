//! Who is meant by a name: 王, 小王 and 小明 are 王小明, Smith and J. Smith are John Smith, if only one
//! person of that name is known. Who it is then has one number and one stand-in.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{CaseBook, Identity, identity};
use crate::base::text::{fold_name, is_han};
use crate::redaction::kind::Kind;
use crate::redaction::names::is_double_surname;
use crate::redaction::names::rules::without_honorific;
use crate::redaction::operate::Keys;

/// The people of a document and its case, by the other names they would go by.
#[derive(Default)]
pub(super) struct People(BTreeMap<String, BTreeSet<String>>);

impl People {
    /// From names as they are written; those that are no whole names are passed over.
    pub(super) fn of(names: impl Iterator<Item = String>) -> Self {
        let mut people = Self::default();
        let whole: BTreeSet<String> = names.filter_map(|name| whole_name(&name)).collect();
        for name in whole {
            for alias in aliases(&name) {
                people.0.entry(alias).or_default().insert(name.clone());
            }
        }
        people
    }

    /// Somebody is known to go by another name.
    pub(super) fn goes_by(&mut self, name: &str, alias: &str) {
        if let Some(name) = whole_name(name) {
            self.0.entry(tokens(&folded(alias)).join(" ")).or_default().insert(name);
        }
    }

    /// Who is meant. Whole names are noted in the book, which helps where a later record of the case has
    /// another name only.
    pub(super) fn meant(&self, keys: &Keys, book: &mut CaseBook, value: &str) -> Identity {
        let of = |name: &str| identity(keys, Kind::Person, name);
        if let Some(name) = whole_name(value) {
            let person = of(&self.only(&name).unwrap_or_else(|| name.clone()));
            for alias in aliases(&name) {
                book.note_alias(of(&alias), person);
            }
            return person;
        }
        let folded = folded(value);
        for alias in [Some(tokens(&folded).join(" ")), nick_surname(&folded)].into_iter().flatten() {
            match self.0.get(&alias).map(BTreeSet::len) {
                Some(1) => return of(&self.only(&alias).unwrap_or(alias)),
                // Two people of the document have it: nobody knows who is meant.
                Some(_) => return of(&folded),
                None => {}
            }
            if let Some(person) = book.by_alias(of(&alias)) {
                return person;
            }
        }
        of(&folded)
    }

    /// The one name that an alias stands for.
    fn only(&self, alias: &str) -> Option<String> {
        let names = self.0.get(alias)?;
        names.first().filter(|_| names.len() == 1).cloned()
    }
}

/// A name folded; in a Chinese one blanks and quotes mean nothing.
fn folded(value: &str) -> String {
    let folded = fold_name(value);
    let bare: String = folded.chars().filter(|c| !matches!(c, ' ' | '"' | '\'')).collect();
    if bare.chars().all(is_han) { without_honorific(&bare).to_owned() } else { folded }
}

/// A whole name, folded, given name first; `None` for a part of one.
fn whole_name(value: &str) -> Option<String> {
    let folded = folded(value);
    let chars: Vec<char> = folded.chars().collect();
    if chars.iter().any(|c| is_han(*c)) {
        let bare = chars.iter().all(|c| is_han(*c)) && (2..=4).contains(&chars.len());
        let part = nick_surname(&folded).is_some() || (chars.len() == 2 && is_double_surname(&chars));
        return (bare && !part).then_some(folded);
    }
    let words = tokens(&folded);
    let (first, last) = (words.first()?, words.last()?);
    // `J. Smith` is an alias.
    (words.len() >= 2 && first.chars().count() > 1 && last.chars().count() > 1).then(|| words.join(" "))
}

/// The words of a Latin name, given name first: `Smith, John` is turned round.
fn tokens(folded: &str) -> Vec<String> {
    let words = |part: &str| -> Vec<String> {
        let split = part.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-')));
        split.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    match folded.split_once(',') {
        Some((last, first)) => words(first).into_iter().chain(words(last)).collect(),
        None => words(folded),
    }
}

/// What else somebody of a whole name is called.
fn aliases(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    if chars.iter().all(|c| is_han(*c)) {
        let count = if chars.len() >= 3 && is_double_surname(&chars) { 2 } else { 1 };
        let (surname, given) = chars.split_at_checked(count).unwrap_or_default();
        let given = (given.len() >= 2).then(|| given.iter().collect());
        return std::iter::once(surname.iter().collect()).chain(given).collect();
    }
    let words = tokens(name);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Vec::new() };
    let initial: String = first.chars().take(1).collect();
    let mut aliases = vec![first.clone(), last.clone(), format!("{initial} {last}")];
    if words.len() > 2 {
        aliases.push(format!("{first} {last}"));
    }
    aliases
}

/// The surname in 小王, 老李, 阿陈.
fn nick_surname(folded: &str) -> Option<String> {
    let mut chars = folded.chars();
    let nick = matches!(chars.next(), Some('小' | '老' | '阿'));
    let surname = chars.next().filter(|c| nick && is_han(*c))?;
    chars.next().is_none().then(|| surname.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::SecretKey;

    fn same(known: &[&str], one: &str, other: &str) -> bool {
        let keys = Keys::new(SecretKey::take(&mut [5; 32]));
        let people = People::of(known.iter().map(|name| (*name).to_owned()));
        let mut book = CaseBook::default();
        people.meant(&keys, &mut book, one) == people.meant(&keys, &mut book, other)
    }

    #[test]
    fn a_person_is_one_under_every_name() {
        for alias in ["王", "王先生", "小王", "老王", "小明", "王小明", "王　小明"] {
            assert!(same(&["王小明", "李建国"], "王小明", alias), "{alias}");
        }
        for alias in ["欧阳", "若曦", "歐陽若曦"] {
            assert!(same(&["欧阳若曦", "李建国"], "欧阳若曦", alias), "{alias}");
        }
        for alias in ["Smith", "John", "J. Smith", "J Smith", "Smith, John", "SMITH, JOHN", "john smith"] {
            assert!(same(&["John Smith", "Mary Jones"], "John Smith", alias), "{alias}");
        }
        assert!(same(&["John A. Smith", "Mary Jones"], "John A. Smith", "John Smith"));
    }

    #[test]
    fn where_two_may_be_meant_neither_is() {
        assert!(!same(&["王小明", "王建国"], "王小明", "王"));
        assert!(!same(&["John Smith", "Jane Smith"], "John Smith", "J. Smith"));
        assert!(!same(&["王小明", "李建国"], "王小明", "张"));
    }

    #[test]
    fn the_book_knows_who_was_named_in_an_earlier_record() {
        let keys = Keys::new(SecretKey::take(&mut [5; 32]));
        let mut book = CaseBook::default();
        let names = ["王小明".to_owned()];
        let person = People::of(names.into_iter()).meant(&keys, &mut book, "王小明");
        let nobody = People::default();
        assert_eq!(nobody.meant(&keys, &mut book, "王"), person);
        assert_eq!(nobody.meant(&keys, &mut book, "小明"), person);
        People::default().meant(&keys, &mut book, "王建国");
        assert_ne!(nobody.meant(&keys, &mut book, "王"), person);
    }
}
