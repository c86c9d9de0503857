//! Numbers that courts give: dockets of the United States, applications.

use super::run::Run;
use super::scene::Scene;
use crate::redaction::kind::Kind;
use crate::redaction::span::Span;

/// `3:23-cr-03403-XNO`, `2021-CR-2993`, `1:22-cv-01234`.
pub fn docket(scene: &Scene<'_>, position: usize) -> Option<Span> {
    const KINDS: [&str; 22] = [
        "cr", "cv", "mc", "mj", "md", "bk", "ap", "civ", "crim", "fam", "prob", "dr", "pr", "cp", "gd", "l",
        "sc", "ev", "cf", "ca", "ch", "po",
    ];
    let text = scene.text;
    if !(1..=5).any(|p| matches!(text.at(position + p), ':' | '-')) {
        return None;
    }
    let digits = |from: usize| (from..from + 8).take_while(|p| text.at(*p).is_ascii_digit()).count();
    let first = digits(position);
    let mut at = position + first;
    if text.at(at) == ':' && first <= 2 {
        let year = digits(at + 1);
        if year != 2 && year != 4 {
            return None;
        }
        at += 1 + year;
    } else if first != 4 && first != 2 {
        return None;
    }
    if text.at(at) != '-' {
        return None;
    }
    let letters = (at + 1..at + 6).take_while(|p| text.at(*p).is_ascii_alphabetic()).count();
    let word = text.folded(at + 1, at + 1 + letters);
    at += 1 + letters;
    if !KINDS.contains(&word.as_str()) || text.at(at) != '-' {
        return None;
    }
    let number = digits(at + 1);
    if !(3..=7).contains(&number) {
        return None;
    }
    let mut end = at + 1 + number;
    while text.at(end) == '-' {
        let judge = (end + 1..end + 6).take_while(|p| text.at(*p).is_ascii_alphanumeric()).count();
        if judge == 0 {
            break;
        }
        end += 1 + judge;
    }
    Some(Scene::span(position, end, Kind::IdNumber, 94, "docket"))
}

/// `no. 36042/97`: an application to a court, when the words before say so.
pub fn application(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let end = run.cuts().get(1).filter(|cut| cut.count <= 9)?.end;
    let slashed = run.cuts().first().is_some_and(|cut| cut.separator == '/' && (2..=6).contains(&cut.count));
    if !slashed {
        return None;
    }
    let year = run.shape(9).get(1).is_some_and(|count| matches!(count, 2 | 4));
    if !year || run.cuts().get(1).is_some_and(|cut| cut.separator == '/') {
        return None;
    }
    let before = scene.text.folded(position.saturating_sub(60), position);
    let announced = ["no. ", "nos. ", "application", "case", "docket", "file", "judgment", "ref", "number"]
        .iter()
        .any(|word| before.contains(word));
    announced.then_some(Scene::span(position, end, Kind::IdNumber, 85, "application-number"))
}

/// Courts and tribunals of Hong Kong as their proceedings name them.
const HONG_KONG: [&str; 50] = [
    "hca", "hcal", "hcaj", "hcap", "hcb", "hcbi", "hccc", "hcct", "hccw", "hcig", "hcip", "hcla", "hcma",
    "hcmc", "hcmp", "hcpi", "hcsd", "hczz", "caar", "cacc", "cacv", "camp", "facc", "facv", "famc", "famv",
    "famp", "dccc", "dccj", "dcec", "dceo", "dcmp", "dcpi", "dctc", "fcmc", "fcja", "fcmp", "lbtc", "ldpa",
    "ldbm", "ldcs", "sctc", "ctmp", "kccc", "ktcc", "tmcc", "wkcc", "escc", "flcc", "stcc",
];

/// `HCA 1234/2020`, seen from its number.
pub fn hong_kong(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let text = scene.text;
    let slashed = run.cuts().first().is_some_and(|cut| cut.separator == '/' && cut.count <= 6);
    let end = run.cuts().get(1)?.end;
    let year = run.shape(run.digits().len()).get(1) == Some(&4) && !text.at(end).is_ascii_alphanumeric();
    let last = if text.before(position) == ' ' { position - 1 } else { position };
    let letters =
        (1..=5).take_while(|back| last.checked_sub(*back).is_some_and(|p| text.at(p).is_ascii_uppercase()));
    let start = last - letters.count();
    let court = text.folded(start, last);
    let ours =
        slashed && year && !text.before(start).is_ascii_alphanumeric() && HONG_KONG.contains(&court.as_str());
    ours.then_some(Scene::span(start, end, Kind::CaseNo, 92, "docket"))
}
