//! Numbers of a sheet as their format shows them: dates, telephone numbers, sums.
//!
//! Only the forms that carry meaning are drawn; colours, conditions and fillers are passed over. What a format
//! cannot be followed in is shown in full, never cut: a number must not be hidden by its own format.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

/// A piece of a format.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Comma,
    Percent,
    /// `E+00`: scientific.
    Exponent,
    /// `y`, `m`, `d`, `h`, `s`, so many of them.
    Time(char, usize),
    /// `[h]`, `[m]`, `[s]`: time passed.
    Passed(char),
    HalfDay,
    Literal(String),
    /// `@`
    Text,
    General,
}

/// The code of a built-in format.
pub(super) fn built_in(id: u32) -> Option<&'static str> {
    Some(match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        14 | 30 => "yyyy/m/d",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "yyyy/m/d h:mm",
        // The Chinese and Japanese ones, as Excel shows them there.
        27 | 36 | 50 | 52 | 57 => "yyyy\"年\"m\"月\"",
        28 | 29 | 51 | 53 | 54 | 58 => "m\"月\"d\"日\"",
        31 => "yyyy\"年\"m\"月\"d\"日\"",
        32 | 55 => "h\"时\"mm\"分\"",
        33 | 56 => "h\"时\"mm\"分\"ss\"秒\"",
        34 => "AM/PMh\"时\"mm\"分\"",
        35 => "AM/PMh\"时\"mm\"分\"ss\"秒\"",
        37..=40 => "#,##0.00",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss",
        48 => "0.0E+0",
        49 => "@",
        _ => return None,
    })
}

/// A number without any format: all its digits.
pub(super) fn plain(raw: &str) -> String {
    match raw.trim().parse::<f64>() {
        Ok(value) if raw.contains(['e', 'E']) && value.abs() < 1e21 => format!("{value}"),
        _ => raw.trim().to_owned(),
    }
}

/// A number as its format shows it.
pub(super) fn shown(raw: &str, code: &str, since_1904: bool) -> String {
    let Ok(value) = raw.trim().parse::<f64>() else { return raw.trim().to_owned() };
    let sections = sections(code);
    let section = match value {
        value if value < 0.0 && sections.len() > 1 => 1,
        value if value == 0.0 && sections.len() > 2 => 2,
        _ => 0,
    };
    let pieces = pieces(sections.get(section).map_or("", String::as_str));
    // The second section shows the sign itself.
    let value = if section == 1 { value.abs() } else { value };
    let timed = pieces.iter().any(|piece| matches!(piece, Piece::Time(..) | Piece::Passed(_)));
    let digits = pieces.iter().any(|piece| matches!(piece, Piece::Digit(_)));
    let drawn = match (timed, digits) {
        (true, _) => time(value, &pieces, since_1904),
        (false, true) if !pieces.contains(&Piece::Exponent) => Some(number(value, &pieces)),
        _ => None,
    };
    drawn.unwrap_or_else(|| plain(raw))
}

/// The sections of a format: positive, negative, zero, text.
fn sections(code: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in code.chars() {
        if c == ';' && !quoted && !escaped {
            sections.push(String::new());
            continue;
        }
        escaped = !escaped && c == '\\' && !quoted;
        quoted ^= c == '"' && !escaped;
        if let Some(last) = sections.last_mut() {
            last.push(c);
        }
    }
    sections
}

fn pieces(section: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = section.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => pieces.push(Piece::Literal(rest.by_ref().take_while(|c| *c != '"').collect())),
            '\\' => pieces.extend(rest.next().map(|c| Piece::Literal(c.to_string()))),
            '_' => {
                rest.next();
                pieces.push(Piece::Literal(" ".to_owned()));
            }
            '*' => {
                rest.next();
            }
            '[' => {
                let inner: String = rest.by_ref().take_while(|c| *c != ']').collect();
                pieces.extend(bracketed(&inner));
            }
            '0' | '#' | '?' => pieces.push(Piece::Digit(c)),
            '.' => pieces.push(Piece::Point),
            ',' => pieces.push(Piece::Comma),
            '%' => pieces.push(Piece::Percent),
            '@' => pieces.push(Piece::Text),
            'E' | 'e' if matches!(rest.peek(), Some('+' | '-')) => {
                rest.next();
                pieces.push(Piece::Exponent);
            }
            'G' | 'g' if rest.clone().take(6).collect::<String>().eq_ignore_ascii_case("eneral") => {
                rest.nth(5);
                pieces.push(Piece::General);
            }
            'A' | 'a' if rest.clone().take(4).collect::<String>().eq_ignore_ascii_case("M/PM") => {
                rest.nth(3);
                pieces.push(Piece::HalfDay);
            }
            '上' if rest.clone().take(4).collect::<String>() == "午/下午" => {
                rest.nth(3);
                pieces.push(Piece::HalfDay);
            }
            c if "ymdhsYMDHS".contains(c) => {
                let kind = c.to_ascii_lowercase();
                let mut count = 1;
                while rest.peek().is_some_and(|next| next.to_ascii_lowercase() == kind) {
                    rest.next();
                    count += 1;
                }
                pieces.push(Piece::Time(kind, count));
            }
            c => pieces.push(Piece::Literal(c.to_string())),
        }
    }
    pieces
}

/// `[h]` is time passed, `[$￥-804]` a sign of money; colours, conditions and languages show nothing.
fn bracketed(inner: &str) -> Option<Piece> {
    let small = inner.to_ascii_lowercase();
    let kind = small.chars().next()?;
    if "hms".contains(kind) && small.chars().all(|c| c == kind) {
        return Some(Piece::Passed(kind));
    }
    let money = inner.strip_prefix('$')?.split('-').next()?;
    (!money.is_empty()).then(|| Piece::Literal(money.to_owned()))
}

/// The moment that a number of days stands for.
fn moment(value: f64, since_1904: bool) -> Option<NaiveDateTime> {
    if !(0.0..2_958_466.0).contains(&value) {
        return None;
    }
    let seconds = (value * 86_400.0).round();
    // Below 2 958 466 days both fit.
    #[allow(clippy::cast_possible_truncation)]
    let (mut days, seconds) = ((seconds / 86_400.0).floor() as i64, (seconds % 86_400.0) as i64);
    let start = match since_1904 {
        true => NaiveDate::from_ymd_opt(1904, 1, 1)?,
        // Excel has a 29 February 1900, which never was.
        false => {
            days += i64::from(days < 60);
            NaiveDate::from_ymd_opt(1899, 12, 30)?
        }
    };
    let day = start.checked_add_signed(chrono::TimeDelta::try_days(days)?)?;
    day.and_hms_opt(0, 0, 0)?.checked_add_signed(chrono::TimeDelta::try_seconds(seconds)?)
}

fn time(value: f64, pieces: &[Piece], since_1904: bool) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let at = moment(value, since_1904)?;
    let half = pieces.contains(&Piece::HalfDay);
    let hour = if half { (at.hour() + 11) % 12 + 1 } else { at.hour() };
    let mut out = String::new();
    let mut last = ' ';
    for (place, piece) in pieces.iter().enumerate() {
        let later = pieces.iter().skip(place + 1);
        let next = later.clone().find_map(|piece| match piece {
            Piece::Time(kind, _) | Piece::Passed(kind) => Some(*kind),
            _ => None,
        });
        let two =
            |number: u32, count: usize| if count > 1 { format!("{number:02}") } else { number.to_string() };
        match piece {
            Piece::Time('y', 1 | 2) => out.push_str(&format!("{:02}", at.year().rem_euclid(100))),
            Piece::Time('y', _) => out.push_str(&format!("{:04}", at.year())),
            // Beside hours or seconds, m is minutes.
            Piece::Time('m', count @ 1..=2) if last == 'h' || next == Some('s') => {
                out.push_str(&two(at.minute(), *count));
            }
            Piece::Time('m', count @ 1..=2) => out.push_str(&two(at.month(), *count)),
            Piece::Time('m', count) => {
                let name = MONTHS.get(at.month0() as usize).copied().unwrap_or_default();
                out.push_str(name.get(..if *count == 3 { 3 } else { name.len() }).unwrap_or(name));
            }
            Piece::Time('d', count @ 1..=2) => out.push_str(&two(at.day(), *count)),
            Piece::Time('d', 3) => out.push_str(&at.weekday().to_string()),
            Piece::Time('d', _) => out.push_str(&at.format("%A").to_string()),
            Piece::Time('h', count) => out.push_str(&two(hour, *count)),
            Piece::Time('s', count) => out.push_str(&two(at.second(), *count)),
            Piece::Passed('h') => out.push_str(&format!("{}", (value * 24.0 + 1e-9).floor())),
            Piece::Passed('m') => out.push_str(&format!("{}", (value * 1_440.0 + 1e-9).floor())),
            Piece::Passed(_) => out.push_str(&format!("{}", (value * 86_400.0).round())),
            Piece::HalfDay => out.push_str(if at.hour() < 12 { "AM" } else { "PM" }),
            Piece::Literal(text) => out.push_str(text),
            Piece::Comma => out.push(','),
            _ => {}
        }
        if let Piece::Time(kind, _) | Piece::Passed(kind) = piece {
            last = *kind;
        }
    }
    Some(out.trim().to_owned())
}

fn number(value: f64, pieces: &[Piece]) -> String {
    let point = pieces.iter().position(|piece| *piece == Piece::Point).unwrap_or(pieces.len());
    let digit = |piece: &Piece| matches!(piece, Piece::Digit(_));
    let (before, behind) = pieces.split_at_checked(point).unwrap_or((pieces, &[]));
    let decimals = behind.iter().filter(|piece| digit(piece)).count().min(15);
    let needed = behind.iter().filter(|piece| matches!(piece, Piece::Digit('0'))).count();
    let last = before.iter().rposition(digit).unwrap_or(0);
    // A comma between digits groups them; behind the last it divides by a thousand.
    let grouped = before.iter().take(last).any(|piece| *piece == Piece::Comma);
    let end = pieces.iter().rposition(digit).unwrap_or(0);
    let divided = pieces.iter().skip(end + 1).filter(|piece| **piece == Piece::Comma).count();
    let percent = pieces.contains(&Piece::Percent);
    let scaled =
        value * if percent { 100.0 } else { 1.0 } / 1_000_f64.powi(i32::try_from(divided).unwrap_or(0));
    let written = format!("{:.decimals$}", scaled.abs());
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let mut fraction = fraction.to_owned();
    while fraction.len() > needed && fraction.ends_with('0') {
        fraction.pop();
    }
    let mut out = whole_part(if whole == "0" { "" } else { whole }, before, grouped);
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(&fraction);
    }
    for piece in behind {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Percent => out.push('%'),
            _ => {}
        }
    }
    let negative = scaled < 0.0 && written.contains(|c: char| c.is_ascii_digit() && c != '0');
    let out = out.trim().to_owned();
    if negative { format!("-{out}") } else { out }
}

/// The digits before the point, laid into the places of the format from its end.
fn whole_part(digits: &str, pieces: &[Piece], grouped: bool) -> String {
    let mut left = digits.chars().rev().peekable();
    let first = pieces.iter().position(|piece| matches!(piece, Piece::Digit(_)));
    let mut turned = Vec::new();
    let mut laid = 0;
    for (place, piece) in pieces.iter().enumerate().rev() {
        match piece {
            Piece::Digit(kind) => {
                // The first place takes all that is left.
                let take = if Some(place) == first { digits.len().max(1) } else { 1 };
                for turn in 0..take {
                    let Some(c) = left.next().or((*kind == '0' && turn == 0).then_some('0')) else { break };
                    if grouped && laid > 0 && laid % 3 == 0 {
                        turned.push(',');
                    }
                    turned.push(c);
                    laid += 1;
                }
            }
            Piece::Literal(text) => turned.extend(text.chars().rev()),
            Piece::Percent => turned.push('%'),
            _ => {}
        }
    }
    turned.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        for (raw, code, expected) in [
            ("13912345678", "General", "13912345678"),
            ("1.3912345678E10", "General", "13912345678"),
            ("13912345678", "000\\-0000\\-0000", "139-1234-5678"),
            ("13912345678", "#,##0", "13,912,345,678"),
            ("1234.5", "#,##0.00", "1,234.50"),
            ("1234.5", "[$￥-804]#,##0.00;[Red]-#,##0.00", "￥1,234.50"),
            ("-5", "0;(0)", "(5)"),
            ("-5", "0.0", "-5.0"),
            ("0.256", "0.0%", "25.6%"),
            ("7", "000000", "000007"),
            ("0", "#", ""),
            ("0.5", "0.##", "0.5"),
            ("12", "\"编号\"0", "编号12"),
            ("1500000", "0.0,,\"M\"", "1.5M"),
            ("text", "0", "text"),
            ("3", "@", "3"),
            ("5", "\"保密\"", "5"),
        ] {
            assert_eq!(shown(raw, code, false), expected, "{raw} {code}");
        }
    }

    #[test]
    fn days_and_times_are_shown_as_dates() {
        for (raw, code, expected) in [
            ("45000", "yyyy-mm-dd", "2023-03-15"),
            ("45000.75", "yyyy/m/d h:mm", "2023/3/15 18:00"),
            ("45000.75", "yyyy\"年\"m\"月\"d\"日\"", "2023年3月15日"),
            ("45000.5", "h:mm AM/PM", "12:00 PM"),
            ("45000", "d-mmm-yy", "15-Mar-23"),
            ("45000", "[$-804]aaaa yyyy", "aaaa 2023"),
            ("1.5", "[h]:mm", "36:00"),
            ("1", "yyyy-mm-dd", "1900-01-01"),
            ("61", "yyyy-mm-dd", "1900-03-01"),
            ("0.000011574", "mm:ss", "00:01"),
            ("99999999999", "yyyy-mm-dd", "99999999999"),
        ] {
            assert_eq!(shown(raw, code, false), expected, "{raw} {code}");
        }
        assert_eq!(shown("0", "yyyy-mm-dd", true), "1904-01-01");
    }
}
