//! The words for what is wrong with a field of a request. Every code is placed by hand, with its facts: a new
//! one does not compile until somebody has decided what people are told.

use super::catalogue;
use super::fact::{Fact, Facts, Term};
use super::fault::{Fault, FaultWord};
use super::language::Language;
use crate::base::civil::YEARS;
use crate::record::request::{Fault as FieldFault, FaultCode, JsonType};

/// Sets of closed words from which one is to be given. Where one set is a part of another, it comes
/// first.
const CHOICES: &[&str] = &[
    "kind",
    "matter_state",
    "case_state",
    "event",
    "user_role",
    "role",
    "link",
    "matter_kind",
    "our_role",
    "duty",
    "approval_state",
    "standing",
    "step",
    "operation",
    "capacity",
    "signature_method",
    "signature_status",
    "acceptance",
    "field",
    "column",
];

impl Fault {
    /// What is wrong with a field of a request.
    pub fn of_field(fault: &FieldFault) -> Self {
        let (word, facts) = told(&fault.code);
        Self::of(fault.path.clone(), word, facts)
    }
}

fn told(code: &FaultCode) -> (FaultWord, Facts) {
    let plain = |word| (word, Facts::new());
    match code {
        FaultCode::Required => plain(FaultWord::Required),
        FaultCode::Blank => plain(FaultWord::Blank),
        FaultCode::TooLong { chars, most } => {
            (FaultWord::TooLong, vec![("chars", count(*chars)), ("most", count(*most))])
        }
        FaultCode::TooManyBytes { bytes, most } => {
            (FaultWord::TooManyBytes, vec![("bytes", Fact::Count(*bytes)), ("most", Fact::Count(*most))])
        }
        FaultCode::Control { position, code } => {
            let character = Fact::Text(format!("U+{code:04X}"));
            (FaultWord::Control, vec![("position", count(*position)), ("character", character)])
        }
        FaultCode::NotADate => plain(FaultWord::NotADate),
        FaultCode::NoSuchDay => plain(FaultWord::NoSuchDay),
        FaultCode::YearOutOfRange => {
            let year = |year: i32| Fact::Count(u64::try_from(year).unwrap_or(0));
            (FaultWord::YearOutOfRange, vec![("least", year(*YEARS.start())), ("most", year(*YEARS.end()))])
        }
        FaultCode::NotAMoment => plain(FaultWord::NotAMoment),
        FaultCode::AmbiguousTime => plain(FaultWord::AmbiguousTime),
        FaultCode::UnknownZone => plain(FaultWord::UnknownZone),
        FaultCode::UnknownKind { allowed } => (FaultWord::UnknownKind, vec![("allowed", choice(allowed))]),
        FaultCode::UnknownWord { allowed } => (FaultWord::UnknownWord, vec![("allowed", choice(allowed))]),
        FaultCode::NotAllowedForKind { kind } => {
            (FaultWord::NotAllowedForKind, vec![("kind", word_of(&["kind", "event"], kind))])
        }
        FaultCode::Before { other } => (FaultWord::Before, vec![("other", Fact::Text(other.clone()))]),
        FaultCode::AfterNow => plain(FaultWord::AfterNow),
        FaultCode::HasPassed => plain(FaultWord::HasPassed),
        FaultCode::Contradicts { other } => {
            (FaultWord::Contradicts, vec![("other", Fact::Text(other.clone()))])
        }
        FaultCode::NotTheRecords => plain(FaultWord::NotTheRecords),
        FaultCode::Duplicate { first } => (FaultWord::Duplicate, vec![("first", Fact::Text(first.clone()))]),
        FaultCode::TooMany { found, most } => {
            (FaultWord::TooMany, vec![("found", count(*found)), ("most", count(*most))])
        }
        FaultCode::BadId { what } => (FaultWord::BadId, vec![("what", word_of(&["id_of"], what))]),
        FaultCode::RoleNeeded { roles } => (FaultWord::RoleNeeded, vec![("roles", choice(roles))]),
        FaultCode::BadName => plain(FaultWord::BadName),
        FaultCode::BadWord => plain(FaultWord::BadWord),
        FaultCode::BadDigest => plain(FaultWord::BadDigest),
        FaultCode::BadMediaType => plain(FaultWord::BadMediaType),
        FaultCode::BadLanguage => plain(FaultWord::BadLanguage),
        FaultCode::BadCategory => plain(FaultWord::BadCategory),
        FaultCode::BadJurisdiction => plain(FaultWord::BadJurisdiction),
        FaultCode::UnknownField { nearest: None, known } => {
            (FaultWord::UnknownField, vec![("known", choice(known))])
        }
        FaultCode::UnknownField { nearest: Some(nearest), known } => {
            let nearest = Fact::Text((*nearest).to_owned());
            (FaultWord::UnknownFieldNearest, vec![("nearest", nearest), ("known", choice(known))])
        }
        FaultCode::WrongType { expected, found } => {
            let json = |of: JsonType| word_of(&["json"], of.as_str());
            (FaultWord::WrongType, vec![("expected", json(*expected)), ("found", json(*found))])
        }
        FaultCode::OutOfRange { least, most } => {
            (FaultWord::OutOfRange, vec![("least", Fact::Count(*least)), ("most", Fact::Count(*most))])
        }
        FaultCode::Empty => plain(FaultWord::Empty),
        FaultCode::TooDeep { most } => (FaultWord::TooDeep, vec![("most", count(*most))]),
        FaultCode::Unreadable { line, column } => {
            (FaultWord::Unreadable, vec![("line", count(*line)), ("column", count(*column))])
        }
        FaultCode::More { count: more } => (FaultWord::More, vec![("count", count(*more))]),
    }
}

fn count(number: usize) -> Fact {
    Fact::Count(number as u64)
}

/// A closed word of the first of these sets that has it, told in the reader's language.
fn word_of(groups: &[&'static str], code: &str) -> Fact {
    let group = groups.iter().find(|group| catalogue::term(Language::En, group, code).is_some());
    group.map_or_else(|| Fact::Text(code.to_owned()), |group| Fact::Term(Term::new(group, code)))
}

/// Words that are allowed, as closed words of the first set that has them all.
fn choice(codes: &[&'static str]) -> Fact {
    let has_all =
        |group: &&&str| codes.iter().all(|code| catalogue::term(Language::En, group, code).is_some());
    match CHOICES.iter().find(has_all).filter(|_| !codes.is_empty()) {
        Some(group) => Fact::Terms(codes.iter().map(|code| Term::new(group, *code)).collect()),
        None => Fact::List(codes.iter().map(|code| (*code).to_owned()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::fault_text;

    fn of(code: FaultCode) -> Fault {
        Fault::of_field(&FieldFault { path: "x".to_owned(), code })
    }

    #[test]
    fn a_fault_of_a_lower_floor_finds_its_words() {
        let fault = of(FaultCode::TooLong { chars: 301, most: 300 });
        assert_eq!(fault_text(&fault, Language::ZhTw).detail, "有 301 個字元，最多 300 個。");
        let fault =
            of(FaultCode::UnknownField { nearest: Some("occurred"), known: vec!["occurred", "title"] });
        assert_eq!(fault.word, FaultWord::UnknownFieldNearest);
    }

    #[test]
    fn closed_words_in_a_fault_are_told_in_the_readers_language() {
        let detail = |code| fault_text(&of(code), Language::ZhCn).detail;
        assert_eq!(detail(FaultCode::NotAllowedForKind { kind: "ticket" }), "此项不适用于“工单”。");
        assert_eq!(detail(FaultCode::NotAllowedForKind { kind: "closed" }), "此项不适用于“办结”。");
        let types = FaultCode::WrongType { expected: JsonType::Text, found: JsonType::List };
        assert_eq!(detail(types), "应为文字，实为列表。");
        assert_eq!(detail(FaultCode::BadId { what: "record" }), "不是本系统的编号（档案）。");
        let fault = of(FaultCode::UnknownWord { allowed: &["open", "closed"] });
        assert_eq!(
            fault_text(&fault, Language::ZhCn).remedy,
            "请从下列词语中选择：open（进行中）、closed（已结束）。"
        );
        // Programs get the words as they are.
        assert_eq!(fault.facts[0].1.to_json(), serde_json::json!(["open", "closed"]));
    }
}
