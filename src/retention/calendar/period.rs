//! How long something is kept: an ISO 8601 period of calendar units. Hours have no meaning in retention.

use std::fmt;

use crate::base::limits::{PERIOD_DAYS_MAX, PERIOD_MONTHS_MAX};

/// Whole months, and days after them: `P3Y`, `P1Y6M`, `P60D`. Never nothing. A year is twelve months and a
/// week seven days; a month is no number of days.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    months: u32,
    days: u32,
}

/// Why a text is no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPeriod {
    /// Not of the form `P1Y2M3W4D`.
    #[error("write a period such as P3Y, P6M, P2W or P60D")]
    Form,
    /// Hours, minutes or seconds.
    #[error("a period counts years, months, weeks and days, no hours")]
    Hours,
    /// A fraction.
    #[error("a period has whole numbers")]
    Fraction,
    /// Nothing at all.
    #[error("a period is at least one day")]
    Zero,
    /// More than a thousand years.
    #[error("a period is at most 1000 years")]
    TooLong,
}

impl Period {
    /// From months and days; `None` for nothing and for more than the limits.
    pub fn new(months: u32, days: u32) -> Option<Self> {
        let fits = months <= PERIOD_MONTHS_MAX && days <= PERIOD_DAYS_MAX;
        (fits && (months, days) != (0, 0)).then_some(Self { months, days })
    }

    /// Reads an ISO 8601 period of years, months, weeks and days, each at most once and in this order.
    ///
    /// # Errors
    /// Another form, hours, fractions, nothing, or more than 1000 years.
    pub fn parse(text: &str) -> Result<Self, BadPeriod> {
        let mut rest = text.strip_prefix('P').ok_or(BadPeriod::Form)?;
        if rest.contains('T') {
            return Err(BadPeriod::Hours);
        }
        if rest.contains(['.', ',']) {
            return Err(BadPeriod::Fraction);
        }
        if rest.is_empty() {
            return Err(BadPeriod::Form);
        }
        let (mut months, mut days) = (0_u32, 0_u32);
        for (unit, worth) in [('Y', 12), ('M', 1)] {
            rest = taken(rest, unit, worth, &mut months)?;
        }
        for (unit, worth) in [('W', 7), ('D', 1)] {
            rest = taken(rest, unit, worth, &mut days)?;
        }
        if !rest.is_empty() {
            return Err(BadPeriod::Form);
        }
        match (months, days) {
            (0, 0) => Err(BadPeriod::Zero),
            (months, days) => Self::new(months, days).ok_or(BadPeriod::TooLong),
        }
    }

    /// The longest period that there is.
    pub const fn longest() -> Self {
        Self { months: PERIOD_MONTHS_MAX, days: PERIOD_DAYS_MAX }
    }

    /// Its months, years included.
    pub const fn months(self) -> u32 {
        self.months
    }

    /// Its days after the months, weeks included.
    pub const fn days(self) -> u32 {
        self.days
    }

    /// The fewest and the most days that it can last, wherever it begins: what lets periods of different
    /// units be compared.
    pub fn day_bounds(self) -> (i64, i64) {
        let (months, days) = (i64::from(self.months), i64::from(self.days));
        // 400 years have 146 097 days; a run of months strays from that pace by less than four days.
        let pace = months * 146_097 / 4_800;
        let stray = if months == 0 { 0 } else { 4 };
        (pace - stray + days, pace + stray + days)
    }

    /// Which of two periods is longer from every start; `None` where that depends on the start.
    pub fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        use std::cmp::Ordering;
        match (self.months.cmp(&other.months), self.days.cmp(&other.days)) {
            (months, Ordering::Equal) => return Some(months),
            (Ordering::Equal, days) => return Some(days),
            (months, days) if months == days => return Some(months),
            _ => {}
        }
        let ((least, most), (other_least, other_most)) = (self.day_bounds(), other.day_bounds());
        if least > other_most {
            Some(Ordering::Greater)
        } else if most < other_least {
            Some(Ordering::Less)
        } else {
            None
        }
    }
}

/// Takes `12Y` from the beginning of `rest`, if it stands there.
fn taken<'a>(rest: &'a str, unit: char, worth: u32, sum: &mut u32) -> Result<&'a str, BadPeriod> {
    let Some((number, after)) = rest.split_once(unit) else { return Ok(rest) };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        // The unit belongs to a later part, in the wrong order, or the number is none.
        return Err(BadPeriod::Form);
    }
    let number: u32 = number.parse().map_err(|_| BadPeriod::TooLong)?;
    let part = number.checked_mul(worth).ok_or(BadPeriod::TooLong)?;
    *sum = sum.checked_add(part).ok_or(BadPeriod::TooLong)?;
    Ok(after)
}

impl fmt::Display for Period {
    /// The one spelling that equal periods have: `P24M` is `P2Y`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        for (count, unit) in [(self.months / 12, 'Y'), (self.months % 12, 'M'), (self.days, 'D')] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_periods_have_one_spelling() {
        for (text, spelt) in [
            ("P3Y", "P3Y"),
            ("P24M", "P2Y"),
            ("P18M", "P1Y6M"),
            ("P2W", "P14D"),
            ("P60D", "P60D"),
            ("P1Y2M3W4D", "P1Y2M25D"),
        ] {
            assert_eq!(Period::parse(text).unwrap().to_string(), spelt);
        }
    }

    #[test]
    fn what_is_no_period_is_refused_with_its_reason() {
        for (text, why) in [
            ("", BadPeriod::Form),
            ("P", BadPeriod::Form),
            ("3Y", BadPeriod::Form),
            ("P3", BadPeriod::Form),
            ("P3Y ", BadPeriod::Form),
            ("P6M3Y", BadPeriod::Form),
            ("P-3Y", BadPeriod::Form),
            ("P３Y", BadPeriod::Form),
            ("P1Y1Y", BadPeriod::Form),
            ("PT24H", BadPeriod::Hours),
            ("P1.5Y", BadPeriod::Fraction),
            ("P0D", BadPeriod::Zero),
            ("P1001Y", BadPeriod::TooLong),
            ("P99999999999Y", BadPeriod::TooLong),
        ] {
            assert_eq!(Period::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn periods_of_different_units_are_compared_only_where_no_start_matters() {
        let compare = |a: &str, b: &str| Period::parse(a).unwrap().compare(Period::parse(b).unwrap());
        assert_eq!(compare("P3Y", "P5Y"), Some(Ordering::Less));
        assert_eq!(compare("P1M", "P30D"), None);
        assert_eq!(compare("P6M", "P60D"), Some(Ordering::Greater));
        assert_eq!(compare("P1Y", "P360D"), Some(Ordering::Greater));
        assert_eq!(compare("P24M", "P2Y"), Some(Ordering::Equal));
    }

    proptest! {
        #[test]
        fn a_period_reads_back(months in 0..=PERIOD_MONTHS_MAX, days in 0..=PERIOD_DAYS_MAX) {
            if let Some(period) = Period::new(months, days) {
                prop_assert_eq!(Period::parse(&period.to_string()), Ok(period));
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "P?[0-9YMWDT.,-]{0,14}|.{0,12}") {
            let _read = Period::parse(&text);
        }
    }
}
