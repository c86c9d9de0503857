//! Two tables that triggers ask: when a fiscal year ends, and when somebody comes of age.

use chrono::{Datelike as _, Months, NaiveDate};

use super::jurisdictions::Law;
use crate::base::civil::CivilDate;

/// A month and a day, `MM-DD`; 29 February is the month's end in every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// Reads `MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        // A leap year has every day that a year can have.
        let date = CivilDate::parse(&format!("2024-{text}")).ok()?.to_naive();
        Some(Self { month: date.month(), day: date.day() })
    }

    /// `MM-DD`.
    pub fn to_text(self) -> String {
        format!("{:02}-{:02}", self.month, self.day)
    }

    /// That day of a year.
    fn of_year(self, year: i32) -> Option<CivilDate> {
        let date = NaiveDate::from_ymd_opt(year, self.month, self.day)
            .or_else(|| NaiveDate::from_ymd_opt(year, self.month, 28))?;
        CivilDate::from_naive(date).ok()
    }
}

/// When fiscal years end, by law and by the day from which on that is so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalYear {
    /// For rules of which law.
    pub law: Law,
    /// The last day of a fiscal year.
    pub ends: MonthDay,
    /// From which day on; always, where nothing is said.
    pub effective_from: Option<CivilDate>,
}

/// The end of the fiscal year in which `day` lies, for a rule of `law`; `None` if the table does not say.
pub fn fiscal_year_end(table: &[FiscalYear], law: &Law, day: CivilDate) -> Option<CivilDate> {
    let row = closest(table, law, |row| (&row.law, row.effective_from), day)?;
    let year = day.to_naive().year();
    [year, year + 1].into_iter().filter_map(|year| row.ends.of_year(year)).find(|end| *end >= day)
}

/// The age at which people come of age.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Majority {
    /// By which law.
    pub law: Law,
    /// The age in years.
    pub years: u32,
    /// From which day on; always, where nothing is said.
    pub effective_from: Option<CivilDate>,
}

/// The day on which somebody born on `birth` comes of age, for a rule of `law`: the first day on which the
/// age in force is reached. `None` if the table does not say.
pub fn comes_of_age(table: &[Majority], law: &Law, birth: CivilDate) -> Option<CivilDate> {
    let best = closeness_of_table(table, law, |row| &row.law)?;
    let mut rows: Vec<&Majority> =
        table.iter().filter(|row| closeness(law, &row.law) == Some(best)).collect();
    rows.sort_by_key(|row| row.effective_from);
    for (index, row) in rows.iter().enumerate() {
        let reached = birthday(birth, row.years)?;
        let day = row.effective_from.map_or(reached, |from| reached.max(from));
        let until = rows.get(index + 1).and_then(|next| next.effective_from);
        if until.is_none_or(|until| day < until) {
            return Some(day);
        }
    }
    None
}

/// A birthday; whoever was born on 29 February has it on 1 March of other years.
fn birthday(birth: CivilDate, years: u32) -> Option<CivilDate> {
    let born = birth.to_naive();
    let later = born.checked_add_months(Months::new(years.checked_mul(12)?))?;
    let day = if later.day() == born.day() { later } else { later.succ_opt()? };
    CivilDate::from_naive(day).ok()
}

/// The closest row in force on a day.
fn closest<'t, T>(
    table: &'t [T],
    law: &Law,
    of: impl Fn(&T) -> (&Law, Option<CivilDate>),
    day: CivilDate,
) -> Option<&'t T> {
    let in_force = table.iter().filter(|row| of(row).1.is_none_or(|from| from <= day));
    let ranked = in_force.filter_map(|row| Some((closeness(law, of(row).0)?, row)));
    ranked
        .min_by(|(a, one), (b, other)| a.cmp(b).then_with(|| of(other).1.cmp(&of(one).1)))
        .map(|(_, row)| row)
}

fn closeness_of_table<T>(table: &[T], law: &Law, of: impl Fn(&T) -> &Law) -> Option<u8> {
    table.iter().filter_map(|row| closeness(law, of(row))).min()
}

/// How well a row of one law serves a rule of another.
fn closeness(rule: &Law, row: &Law) -> Option<u8> {
    match rule {
        Law::Of(jurisdiction) => row.closeness(jurisdiction),
        Law::Anywhere => (*row == Law::Anywhere).then_some(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse(text).unwrap()
    }

    fn ends(text: &str, from: Option<&str>) -> FiscalYear {
        FiscalYear {
            law: Law::parse("CN").unwrap(),
            ends: MonthDay::parse(text).unwrap(),
            effective_from: from.map(day),
        }
    }

    #[test]
    fn a_fiscal_year_ends_on_its_own_day() {
        let law = Law::parse("CN").unwrap();
        let table = [ends("12-31", None), ends("06-30", Some("2025-01-01"))];
        let end = |text| fiscal_year_end(&table, &law, day(text)).map(|end| end.to_string());
        assert_eq!(end("2024-03-05").as_deref(), Some("2024-12-31"));
        assert_eq!(end("2024-12-31").as_deref(), Some("2024-12-31"));
        assert_eq!(end("2025-06-30").as_deref(), Some("2025-06-30"));
        assert_eq!(end("2025-07-01").as_deref(), Some("2026-06-30"));
        assert_eq!(fiscal_year_end(&table, &Law::parse("TW").unwrap(), day("2024-03-05")), None);
        let february = [ends("02-29", None)];
        assert_eq!(fiscal_year_end(&february, &law, day("2025-02-01")), Some(day("2025-02-28")));
        assert_eq!(fiscal_year_end(&february, &law, day("2024-02-29")), Some(day("2024-02-29")));
    }

    #[test]
    fn the_age_of_majority_is_that_in_force_when_it_is_reached() {
        let law = Law::parse("TW").unwrap();
        let row =
            |years, from: Option<&str>| Majority { law: law.clone(), years, effective_from: from.map(day) };
        let table = [row(20, None), row(18, Some("2023-01-01"))];
        let of_age = |birth| comes_of_age(&table, &law, day(birth)).map(|day| day.to_string());
        assert_eq!(of_age("2001-05-01").as_deref(), Some("2021-05-01"));
        assert_eq!(of_age("2003-05-01").as_deref(), Some("2023-01-01"));
        assert_eq!(of_age("2015-06-01").as_deref(), Some("2033-06-01"));
        assert_eq!(of_age("2008-02-29").as_deref(), Some("2026-03-01"));
    }
}
