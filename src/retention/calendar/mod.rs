//! Calendars: on which day a period ends, and from which instant on something may be disposed of.
//!
//! Promises: never early. All reckoning is done on calendar days; a year is never 365 days. A result
//! past the calendar's last year is refused, not cut off.

mod dispose;
mod holidays;
mod period;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{Datelike as _, Months, NaiveDate};

use crate::base::civil::CivilDate;

pub use dispose::disposable_from;
pub use holidays::Holidays;
pub use period::{BadPeriod, Period};

crate::base::words::words! {
    /// The names of the calendars.
    CalendarName {
        /// The civil code of the People's Republic of China, art. 200–204.
        CnCivil = "cn-civil",
        /// The civil code of Taiwan, art. 120–122.
        TwCivil = "tw-civil",
        /// Regulation (EEC, Euratom) No 1182/71, art. 3.
        Eu1182 = "eu-1182",
        /// The corresponding date, as the common law has it.
        Anniversary = "anniversary",
    }
}

/// How a period is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calendar {
    /// 民法典 200–204: the day of the event is not counted; the last day corresponds to it, or is the
    /// month's end if the month has no such day.
    CnCivil,
    /// 民法 120–122: counting begins on the next day; the last day is the one before the day that
    /// corresponds to that, or the month's end if there is none. Never earlier than [`Calendar::CnCivil`].
    TwCivil,
    /// Art. 3: the day of the event is not counted; the period ends with the last hour of the same date, or
    /// of the month; where a table is given, not on a day that it closes.
    Eu1182(Option<Arc<Holidays>>),
    /// The corresponding date, or the month's end if there is none.
    Anniversary,
}

/// The last day would lie past the last year of the calendar (9998).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the last day lies past the year 9998")]
pub struct BeyondCalendar;

impl Calendar {
    /// Its name.
    pub const fn name(&self) -> CalendarName {
        match self {
            Self::CnCivil => CalendarName::CnCivil,
            Self::TwCivil => CalendarName::TwCivil,
            Self::Eu1182(_) => CalendarName::Eu1182,
            Self::Anniversary => CalendarName::Anniversary,
        }
    }

    /// The calendar of a name, without holidays.
    pub const fn plain(name: CalendarName) -> Self {
        match name {
            CalendarName::CnCivil => Self::CnCivil,
            CalendarName::TwCivil => Self::TwCivil,
            CalendarName::Eu1182 => Self::Eu1182(None),
            CalendarName::Anniversary => Self::Anniversary,
        }
    }

    /// The last day of a period that an event on `start` sets going. Months are counted first, then days.
    ///
    /// # Errors
    /// The day lies past the calendar's last year.
    pub fn last_day(&self, start: CivilDate, period: Period) -> Result<CivilDate, BeyondCalendar> {
        let after_months = match (self, period.months()) {
            (_, 0) => start,
            (Self::TwCivil, months) => day_before_corresponding(start, months)?,
            (_, months) => corresponding(start, months)?,
        };
        let last = after_months.plus_days(i64::from(period.days())).ok_or(BeyondCalendar)?;
        match self {
            Self::Eu1182(Some(holidays)) => rolled(holidays, start, last, period),
            Self::Eu1182(None) | Self::CnCivil | Self::TwCivil | Self::Anniversary => Ok(last),
        }
    }
}

/// The day of the same number so many months later, or the month's end if there is none.
fn corresponding(start: CivilDate, months: u32) -> Result<CivilDate, BeyondCalendar> {
    let later = start.to_naive().checked_add_months(Months::new(months)).ok_or(BeyondCalendar)?;
    CivilDate::from_naive(later).map_err(|_| BeyondCalendar)
}

/// 民法 121 II: counted from the day after `start`.
fn day_before_corresponding(start: CivilDate, months: u32) -> Result<CivilDate, BeyondCalendar> {
    let first: NaiveDate = start.to_naive().succ_opt().ok_or(BeyondCalendar)?;
    let later = first.checked_add_months(Months::new(months)).ok_or(BeyondCalendar)?;
    // A shorter month has no corresponding day; then its end, which `later` is, is the last day.
    let last = if later.day() == first.day() { later.pred_opt().ok_or(BeyondCalendar)? } else { later };
    CivilDate::from_naive(last).map_err(|_| BeyondCalendar)
}

/// Art. 3(4): not on a closed day; art. 3(5): a period of two days or more has two working days.
fn rolled(
    holidays: &Holidays,
    start: CivilDate,
    last: CivilDate,
    period: Period,
) -> Result<CivilDate, BeyondCalendar> {
    let mut last = holidays.first_working_day(last).ok_or(BeyondCalendar)?;
    let short = period.months() == 0 && (2..=31).contains(&period.days());
    while short && working_days(holidays, start, last) < 2 {
        last = last.plus_days(1).and_then(|next| holidays.first_working_day(next)).ok_or(BeyondCalendar)?;
    }
    Ok(last)
}

/// Working days after `start`, up to `last`.
fn working_days(holidays: &Holidays, start: CivilDate, last: CivilDate) -> usize {
    let days = (1..=last.days_since(start)).map_while(|ahead| start.plus_days(ahead));
    days.filter(|day| holidays.is_working_day(*day)).take(2).count()
}
