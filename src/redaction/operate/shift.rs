//! Dates moved by one secret number of whole weeks per case: weekdays and distances stay. A
//! shifted date ends with `~` and two letters of a keyed check, by which it is known again.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use super::keys::Keys;

/// Farthest shift, in weeks, to either side.
const WEEKS_MOST: u64 = 104;
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Length of the check at a shifted date's end, in characters.
pub const CHECK_CHARS: usize = 3;

/// The date in a value, moved; `None` if the value is no whole date that can be moved.
pub fn shift(keys: &Keys, value: &str) -> Option<String> {
    let parts = Parts::read(value)?;
    let date = NaiveDate::from_ymd_opt(parts.year, parts.month.0, parts.day.0)?;
    let draw = keys.below("date-shift", "", WEEKS_MOST * 2);
    let weeks = i64::try_from(draw).ok()? - i64::try_from(WEEKS_MOST).ok()?;
    // Never by nothing.
    let weeks = if weeks >= 0 { weeks + 1 } else { weeks };
    let moved = date.checked_add_signed(TimeDelta::try_weeks(weeks)?)?;
    let shown = parts.write(moved);
    Some(format!("{shown}{}", check(keys, &shown)))
}

/// The check that stands behind a shifted date.
pub fn check(keys: &Keys, shown: &str) -> String {
    let digest = keys.digest("date-check", shown);
    let letter = |i: usize| {
        digest.get(i).and_then(|byte| LETTERS.get(usize::from(byte & 31))).map_or('a', |l| char::from(*l))
    };
    format!("~{}{}", letter(0), letter(1))
}

/// A date's numbers, and the texts around them.
struct Parts {
    year: i32,
    republican: bool,
    month: (u32, usize),
    day: (u32, usize),
    order: Order,
    between: [String; 4],
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    YearFirst,
    YearLast,
    Compact,
}

impl Parts {
    fn read(value: &str) -> Option<Self> {
        let chars: Vec<char> = value.chars().collect();
        let digits: Vec<(usize, usize)> = groups(&chars);
        let number = |group: &(usize, usize)| -> Option<u32> {
            chars.get(group.0..group.1)?.iter().collect::<String>().parse().ok()
        };
        let text = |from: usize, to: usize| -> Option<String> { Some(chars.get(from..to)?.iter().collect()) };
        let first = digits.first()?;
        if first.1 - first.0 == 8 {
            let whole = number(first)?;
            return Some(Self {
                year: i32::try_from(whole / 10_000).ok()?,
                republican: false,
                month: (whole / 100 % 100, 2),
                day: (whole % 100, 2),
                order: Order::Compact,
                between: [text(0, first.0)?, String::new(), String::new(), text(first.1, chars.len())?],
            });
        }
        let (second, third) = (digits.get(1)?, digits.get(2)?);
        let (a, b, c) = (number(first)?, number(second)?, number(third)?);
        let between = [
            text(0, first.0)?,
            text(first.1, second.0)?,
            text(second.1, third.0)?,
            text(third.1, chars.len())?,
        ];
        let width = |group: &(usize, usize)| group.1 - group.0;
        let republican = value.starts_with("民國") || value.starts_with("民国");
        if width(first) == 4 || republican {
            let year = i32::try_from(a).ok()? + if republican { 1911 } else { 0 };
            return Some(Self {
                year,
                republican,
                month: (b, width(second)),
                day: (c, width(third)),
                order: Order::YearFirst,
                between,
            });
        }
        (width(third) == 4).then_some(Self {
            year: i32::try_from(c).ok()?,
            republican: false,
            month: (a, width(first)),
            day: (b, width(second)),
            order: Order::YearLast,
            between,
        })
    }

    fn write(&self, date: NaiveDate) -> String {
        let [before, one, two, after] = &self.between;
        let year = date.year() - if self.republican { 1911 } else { 0 };
        let month = format!("{:0width$}", date.month(), width = self.month.1);
        let day = format!("{:0width$}", date.day(), width = self.day.1);
        match self.order {
            Order::YearLast => format!("{before}{month}{one}{day}{two}{year}{after}"),
            Order::YearFirst | Order::Compact => format!("{before}{year}{one}{month}{two}{day}{after}"),
        }
    }
}

fn groups(chars: &[char]) -> Vec<(usize, usize)> {
    let mut groups = Vec::new();
    let mut start = None;
    for (i, c) in chars.iter().chain(std::iter::once(&' ')).enumerate() {
        match (c.is_ascii_digit(), start) {
            (true, None) => start = Some(i),
            (false, Some(from)) => {
                groups.push((from, i));
                start = None;
            }
            _ => {}
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::SecretKey;

    #[test]
    fn distances_weekdays_and_forms_stay() {
        let keys = Keys::new(SecretKey::take(&mut [3; 32]));
        let bare = |value: &str| {
            shift(&keys, value).map(|s| s.chars().take(s.chars().count() - CHECK_CHARS).collect::<String>())
        };
        let first = NaiveDate::parse_from_str(&bare("2024-01-31").unwrap(), "%Y-%m-%d").unwrap();
        let second = NaiveDate::parse_from_str(&bare("2024-03-01").unwrap(), "%Y-%m-%d").unwrap();
        let before = NaiveDate::from_ymd_opt(2024, 1, 31).unwrap();
        assert_eq!((second - first).num_days(), 30);
        assert_eq!(first.weekday(), before.weekday());
        assert_ne!(first, before);
        assert!(bare("2024年1月31日").unwrap().ends_with('日'));
        assert!(bare("民國113年1月31日").unwrap().starts_with("民國11"));
        assert_eq!(shift(&keys, "Monday"), None);
    }
}
