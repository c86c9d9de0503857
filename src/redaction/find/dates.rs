//! Dates in the forms people and machines write; a label or `生` makes one a date of birth.

use super::numerals;
use super::scene::Scene;
use crate::redaction::checks::calendar_day;
use crate::redaction::kind::Kind;
use crate::redaction::normal::Text;
use crate::redaction::span::Span;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A number at a place: its value, its count of digits, where it ends.
#[derive(Clone, Copy)]
struct Number {
    value: u32,
    count: usize,
    end: usize,
}

fn number(text: &Text, start: usize, most: usize) -> Option<Number> {
    let mut value = 0u32;
    let mut end = start;
    while let Some(digit) = text.at(end).to_digit(10) {
        value = value.saturating_mul(10).saturating_add(digit);
        end += 1;
        if end - start > most {
            return None;
        }
    }
    (end > start).then_some(Number { value, count: end - start, end })
}

/// A date that begins with a digit.
pub fn numeric(scene: &Scene<'_>, start: usize) -> Option<Span> {
    let text = scene.text;
    let before = text.before(start);
    if before.is_ascii_alphanumeric() || matches!(before, '_' | '.' | '/' | '-') {
        return None;
    }
    let first = number(text, start, 8)?;
    let end = separated(text, first)
        .or_else(|| han(text, first))
        .or_else(|| compact(scene, start, first))
        .or_else(|| day_month(text, first))
        .or_else(|| year_alone(scene, start, first))?;
    Some(finish(scene, start, clock(text, end)))
}

/// `2024-05-12`, `2024/5/12`, `2024.5.12`, `12/05/2024`, `86/12/17`.
fn separated(text: &Text, first: Number) -> Option<usize> {
    let separator = text.at(first.end);
    if !matches!(separator, '-' | '/' | '.') {
        return None;
    }
    let second = number(text, first.end + 1, 2)?;
    if text.at(second.end) != separator {
        return None;
    }
    let third = number(text, second.end + 1, 4)?;
    let after = text.at(third.end);
    if after.is_ascii_digit() || (after == separator && text.at(third.end + 1).is_ascii_digit()) {
        return None;
    }
    if after.is_ascii_alphabetic() && !matches!(after, 'T' | 't') {
        return None;
    }
    let fits = match (first.count, third.count) {
        (4, 1 | 2) => {
            matches!(first.value, 1800..=2199) && calendar_day(first.value, second.value, third.value)
        }
        (1 | 2, 4) => {
            matches!(third.value, 1800..=2199)
                && (calendar_day(third.value, second.value, first.value)
                    || calendar_day(third.value, first.value, second.value))
        }
        (2 | 3, 2) if separator != '.' => {
            second.count == 2
                && (calendar_day(2000, second.value, third.value)
                    || (first.count == 2 && calendar_day(2000, first.value, second.value)))
        }
        (1, 2) if separator == '/' => calendar_day(2000, first.value, second.value),
        _ => false,
    };
    fits.then_some(third.end)
}

/// `2024年6月6日`, `86年12月17日`, `6月6日`, `2024年6月`.
fn han(text: &Text, first: Number) -> Option<usize> {
    let skip = |at: usize| if text.at(at) == ' ' { at + 1 } else { at };
    let (month, from) = match text.folded_at(skip(first.end)) {
        '年' if first.count <= 4 => {
            let month = number(text, skip(skip(first.end) + 1), 2)?;
            if !(matches!(first.value, 1800..=2199) || first.value < 200) {
                return None;
            }
            (month, skip(month.end))
        }
        '月' if first.count <= 2 => (first, skip(first.end)),
        _ => return None,
    };
    if text.folded_at(from) != '月' || !(1..=12).contains(&month.value) {
        return None;
    }
    match number(text, skip(from + 1), 2) {
        Some(day)
            if matches!(text.folded_at(skip(day.end)), '日' | '号') && (1..=31).contains(&day.value) =>
        {
            Some(skip(day.end) + 1)
        }
        _ if month.end != first.end => Some(from + 1),
        _ => None,
    }
}

/// `19980528`: only where a date of birth is announced, or for the years of this archive.
fn compact(scene: &Scene<'_>, start: usize, first: Number) -> Option<usize> {
    let (year, month, day) = (first.value / 10_000, first.value / 100 % 100, first.value % 100);
    let plausible = first.count == 8
        && !scene.text.at(first.end).is_ascii_alphanumeric()
        && matches!(year, 1900..=2099)
        && calendar_day(year, month, day);
    let announced = scene.announces(start, Kind::DateOfBirth)
        || scene.announces(start, Kind::Date)
        || scene.text.folded_at(first.end) == '生'
        || scene.text.has(first.end, "出生");
    (plausible
        && (announced
            || (matches!(year, 1990..=2039)
                && !scene.means_nothing(start)
                && !matches!(scene.text.at(first.end), '-' | '_'))))
    .then_some(first.end)
}

/// `12 January 1996`, `12th of January`.
fn day_month(text: &Text, first: Number) -> Option<usize> {
    if first.count > 2 || !(1..=31).contains(&first.value) {
        return None;
    }
    let mut at = first.end;
    if ["st", "nd", "rd", "th"].iter().any(|ordinal| text.has(at, ordinal)) {
        at += 2;
    }
    while matches!(text.at(at), ' ' | '-' | '.' | '\n' | '/') && at < first.end + 5 {
        at += 1;
    }
    if text.has(at, "of ") {
        at += 3;
    }
    let (_, month_end) = month(text, at)?;
    Some(year_after(text, month_end).unwrap_or(month_end))
}

/// A month's name, whole or cut to three or four letters.
fn month(text: &Text, start: usize) -> Option<(usize, usize)> {
    let first = text.folded_at(start);
    let alike: &[usize] = match first {
        'j' => &[0, 5, 6],
        'f' => &[1],
        'm' => &[2, 4],
        'a' => &[3, 7],
        's' => &[8],
        'o' => &[9],
        'n' => &[10],
        'd' => &[11],
        _ => return None,
    };
    let rest = text.chars().get(start..).unwrap_or_default();
    let len = rest.iter().take(10).take_while(|c| c.is_ascii_alphabetic()).count();
    if !(3..=9).contains(&len) {
        return None;
    }
    let written = text.fold_slice(start, start + len);
    let stands = |month: &str| {
        let whole = len == month.len() || len == 3 || (len == 4 && month == "september");
        whole && month.chars().zip(written).all(|(a, b)| a == *b)
    };
    let index = alike.iter().find(|index| MONTHS.get(**index).is_some_and(|month| stands(month)))?;
    Some((*index, start + len))
}

/// `, 1996`, ` 1996`, `-1996` after a month or day.
fn year_after(text: &Text, end: usize) -> Option<usize> {
    let mut at = end;
    while matches!(text.at(at), ',' | ' ' | '-' | '.' | '\n' | '/') && at < end + 3 {
        at += 1;
    }
    let year = number(text, at, 4)?;
    let written =
        (year.count == 4 && matches!(year.value, 1700..=2199)) || (year.count == 2 && text.before(at) == '-');
    (at > end && written && !text.at(year.end).is_ascii_alphanumeric()).then_some(year.end)
}

/// A year alone, after a word that dates follow.
fn year_alone(scene: &Scene<'_>, start: usize, first: Number) -> Option<usize> {
    const BEFORE: [&str; 22] = [
        "in ", "since ", "from ", "until ", "during ", "early ", "late ", "born ", "between ", "year ",
        "mid ", "spring ", "summer ", "winter ", "autumn ", "fall ", "act of ", "till ", "of ", "and ",
        "to ", "by ",
    ];
    let text = scene.text;
    if first.count != 4 || !matches!(first.value, 1850..=2049) || scene.chinese {
        return None;
    }
    let after = text.at(first.end);
    if after.is_ascii_alphanumeric()
        || matches!(after, '-' | '/' | '\'' | '%')
        || (after == '.' && text.at(first.end + 1).is_ascii_digit())
    {
        return None;
    }
    let before = text.folded(start.saturating_sub(8), start);
    BEFORE.iter().any(|word| before.ends_with(word)).then_some(first.end)
}

/// A date that begins with a word: `January 12, 1996`, `Monday`, `民国86年…`.
pub fn worded(scene: &Scene<'_>, start: usize) -> Option<Span> {
    let text = scene.text;
    let first = text.at(start);
    if !first.is_ascii_alphabetic() {
        return None;
    }
    let capital = first.is_ascii_uppercase();
    if let Some((index, month_end)) = month(text, start) {
        let mut at = month_end;
        while matches!(text.at(at), ' ' | '.' | '-') && at < month_end + 2 {
            at += 1;
        }
        let day = number(text, at, 2).filter(|day| at > month_end && (1..=31).contains(&day.value));
        let day_end = day.map(|day| {
            let ordinal = ["st", "nd", "rd", "th"].iter().any(|mark| text.has(day.end, mark));
            day.end + if ordinal { 2 } else { 0 }
        });
        let day_end = day_end.filter(|end| !text.at(*end).is_ascii_alphanumeric() && text.at(*end) != '%');
        let end =
            day_end.map(|end| year_after(text, end).unwrap_or(end)).or_else(|| year_after(text, month_end));
        if let Some(end) = end {
            // `may 12` is more often a verb than a month.
            return (capital || !matches!(index, 2 | 4)).then(|| finish(scene, start, clock(text, end)));
        }
    }
    if !matches!(first, 'M' | 'T' | 'W' | 'F' | 'S') {
        return None;
    }
    let len = (start..start + 10).take_while(|p| text.at(*p).is_ascii_alphabetic()).count();
    let plain = !text.before(start).is_ascii_alphanumeric();
    let named = DAYS.iter().any(|day| day.len() == len && text.has(start, day));
    (capital && plain && named).then_some(Scene::span(start, start + len, Kind::Date, 60, "weekday"))
}

/// `民国` before a date, seen from its first character.
pub fn republican(scene: &Scene<'_>, start: usize) -> Option<Span> {
    let text = scene.text;
    let from = if text.at(start + 2) == ' ' { start + 3 } else { start + 2 };
    let first = number(text, from, 3)?;
    let end = han(text, first).or_else(|| separated(text, first))?;
    Some(finish(scene, start, end))
}

/// 一九九〇年三月七日, 民国七十九年三月七日: seen from its 年.
pub fn in_characters(scene: &Scene<'_>, year: usize) -> Option<Span> {
    let text = scene.text;
    let numeral = |p: &usize| numerals::is_numeral(text.folded_at(*p));
    let mut start = (year.saturating_sub(5)..year).rev().take_while(numeral).last()?;
    let read = |from: usize, most: usize| {
        let end = from + (from..from + most).take_while(numeral).count();
        numerals::value(text.fold_slice(from, end)).map(|value| (value, end))
    };
    let (years, _) = read(start, year - start)?;
    let republican = start.checked_sub(2).filter(|from| text.has(*from, "民国"));
    start = republican.unwrap_or(start);
    let (month, month_end) = read(year + 1, 3)?;
    let written = matches!(years, 1800..=2199) || (republican.is_some() && years < 200);
    if !written || !(1..=12).contains(&month) || text.folded_at(month_end) != '月' {
        return None;
    }
    let day = read(month_end + 1, 4)
        .filter(|(day, end)| (1..=31).contains(day) && matches!(text.folded_at(*end), '日' | '号'));
    Some(finish(scene, start, day.map_or(month_end + 1, |(_, end)| end + 1)))
}

/// Takes a time of day in: `T08:27:00Z`, ` 22:49:16.120+08:00`.
fn clock(text: &Text, end: usize) -> usize {
    if !matches!(text.at(end), 'T' | 't' | ' ') {
        return end;
    }
    let Some(hour) = number(text, end + 1, 2).filter(|hour| hour.value < 25 && text.at(hour.end) == ':')
    else {
        return end;
    };
    let Some(minute) = number(text, hour.end + 1, 2).filter(|minute| minute.value < 60 && minute.count == 2)
    else {
        return end;
    };
    let mut at = minute.end;
    if text.at(at) == ':' {
        let Some(second) = number(text, at + 1, 2).filter(|second| second.value < 61) else { return end };
        at = second.end;
        if matches!(text.at(at), '.' | ',') {
            at = number(text, at + 1, 9).map_or(at, |fraction| fraction.end);
        }
    }
    if text.at(at) == 'Z' {
        return at + 1;
    }
    if matches!(text.at(at), '+' | '-') {
        let zone = number(text, at + 1, 4).map(|zone| match number(text, zone.end + 1, 2) {
            Some(minutes) if text.at(zone.end) == ':' => minutes.end,
            _ => zone.end,
        });
        return zone.unwrap_or(at);
    }
    at
}

fn finish(scene: &Scene<'_>, start: usize, end: usize) -> Span {
    let text = scene.text;
    let born = (end..end + 2).any(|p| text.folded_at(p) == '生') || text.has(end, "出生");
    // Dots and brackets may stand between; a word may not, except `生`.
    let announced = scene.cell(start).map_or_else(
        || scene.labels_before(start).next().is_some_and(|hit| is_birth(hit.label) && start - hit.end <= 16),
        |cell| is_birth(cell.label),
    );
    if born || announced {
        let chinese = scene.chinese || born;
        let kind = if chinese { Kind::DateOfBirth } else { Kind::Date };
        return Scene::span(start, end, kind, 94, "date-of-birth");
    }
    Scene::span(start, end, Kind::Date, 62, "date")
}

fn is_birth(label: crate::redaction::labels::Label) -> bool {
    label == crate::redaction::labels::Label::Is(Kind::DateOfBirth)
}
