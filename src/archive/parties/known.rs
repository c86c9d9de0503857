//! Whom a record and its case know by name: the parties, as the engine takes them, so that what is found and
//! what is hidden are judged by one measure.

use std::collections::BTreeSet;

use crate::base::text::fold_name;
use crate::redaction::known::Subject;
use crate::redaction::{self, Settings};

/// Names that are known of one record, at most.
const KNOWN_NAMES_MAX: usize = 500;

/// Whom a text is known to be about.
pub(in crate::archive) struct KnownSubjects {
    /// Each name once, in the order in which they came.
    pub subjects: Vec<Subject>,
    /// False if there were more than are looked for: the rest of them are found by nothing but the engine.
    pub are_all: bool,
}

/// The subjects of these names; those that come first are sure to be among them.
pub(in crate::archive) fn known_subjects<'n>(names: impl Iterator<Item = &'n str>) -> KnownSubjects {
    let mut seen = BTreeSet::new();
    let mut fresh = names.filter(|name| seen.insert(fold_name(name)));
    let subjects = fresh.by_ref().take(KNOWN_NAMES_MAX).map(subject).collect();
    KnownSubjects { subjects, are_all: fresh.next().is_none() }
}

/// A subject of one name.
pub(in crate::archive) fn subject(name: &str) -> Subject {
    Subject { name: name.to_owned(), organisation: is_organisation(name), ..Subject::default() }
}

/// Words that persons' names do not have.
const ORGANISATIONS: [&str; 26] = [
    "公司",
    "集团",
    "集團",
    "银行",
    "銀行",
    "法院",
    "委员会",
    "委員會",
    "协会",
    "協會",
    "学校",
    "學校",
    "大学",
    "大學",
    "医院",
    "醫院",
    "中心",
    "事务所",
    "事務所",
    "机构",
    "機構",
    "政府",
    "商行",
    "工厂",
    "工廠",
    "部门",
];
const ORGANISATIONS_LATIN: [&str; 18] = [
    "ltd",
    "limited",
    "inc",
    "llc",
    "llp",
    "gmbh",
    "ag",
    "corp",
    "corporation",
    "co",
    "company",
    "plc",
    "bank",
    "university",
    "court",
    "group",
    "services",
    "foundation",
];

/// True if a party's name is that of an organisation: its words say so, or the engine takes it for one.
fn is_organisation(name: &str) -> bool {
    let folded = name.to_lowercase();
    let says_so = ORGANISATIONS.iter().any(|word| folded.contains(word))
        || folded.split(|c: char| !c.is_alphanumeric()).any(|word| ORGANISATIONS_LATIN.contains(&word));
    let is_taken_for = || {
        let spans = redaction::detect(name, &Settings::default());
        spans.iter().any(|span| span.kind == redaction::Kind::Organization)
    };
    says_so || is_taken_for()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisations_are_known_by_their_words() {
        for name in ["青禾科技有限公司", "Example Services Ltd.", "某某法院"] {
            assert!(is_organisation(name), "{name}");
        }
        for name in ["张伟国", "John Smith", "Margaret Corrigan"] {
            assert!(!is_organisation(name), "{name}");
        }
    }

    #[test]
    fn each_name_is_known_once_and_whether_some_are_left_out_is_said() {
        let known = known_subjects(["青禾", "青禾", "张伟国"].into_iter());
        let names: Vec<&str> = known.subjects.iter().map(|subject| subject.name.as_str()).collect();
        assert_eq!((names, known.are_all), (vec!["青禾", "张伟国"], true));
        let many: Vec<String> = (0..=KNOWN_NAMES_MAX).map(|number| format!("{number} Ltd")).collect();
        let known = known_subjects(many.iter().map(String::as_str));
        assert_eq!((known.subjects.len(), known.are_all), (KNOWN_NAMES_MAX, false));
    }
}
