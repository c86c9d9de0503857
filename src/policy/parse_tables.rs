//! Reads the tables of a policy: fiscal years, ages of majority, holidays.

use chrono::Weekday;

use super::fault::What;
use super::parse::{Seen, id, law};
use super::read::{Faults, Field, Table};
use super::years::{FiscalYear, Majority, MonthDay};
use crate::base::limits::HOLIDAYS_MAX;
use crate::retention::calendar::Holidays;

/// The week, as a table of holidays names its days.
pub(super) const WEEK: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

pub(crate) fn fiscal_year(mut table: Table<'_>, faults: &mut Faults<'_>) -> Option<FiscalYear> {
    let law = table.required("jurisdiction", faults, law);
    let ends = table.required("ends", faults, |field, faults| {
        field.parsed(faults, |found| MonthDay::parse(found).ok_or(What::MonthDay))
    });
    let effective_from = table.optional("effective_from", faults, Field::date);
    table.finish(faults);
    Some(FiscalYear { law: law?, ends: ends?, effective_from })
}

pub(super) fn majority(mut table: Table<'_>, faults: &mut Faults<'_>) -> Option<Majority> {
    let law = table.required("jurisdiction", faults, law);
    let years = table.required("years", faults, |field, faults| field.integer(faults, 10, 30));
    let effective_from = table.optional("effective_from", faults, Field::date);
    table.finish(faults);
    Some(Majority { law: law?, years: u32::try_from(years?).ok()?, effective_from })
}

pub(crate) fn holidays(mut table: Table<'_>, seen: &mut Seen, faults: &mut Faults<'_>) -> Option<Holidays> {
    let own = table.required("id", faults, |field, faults| {
        let id = id(field, faults)?;
        seen.once(id.as_str(), field, faults);
        Some(id)
    });
    let days = table.required("days", faults, |field, faults| field.each(HOLIDAYS_MAX, faults, Field::date));
    let allowed = WEEK.map(|(name, _)| name);
    let weekend = table.optional("weekend", faults, |field, faults| {
        field.each(WEEK.len() - 1, faults, |item, faults| {
            let of_name = |found: &str| WEEK.iter().find(|(name, _)| *name == found).map(|(_, day)| *day);
            item.word(faults, of_name, &allowed)
        })
    });
    table.finish(faults);
    Some(Holidays::new(own?.as_str(), days?, &weekend.unwrap_or_default()))
}
