//! Days on which no period ends, where a rule rolls over them: Reg. (EEC, Euratom) 1182/71 art. 3(4).

use std::collections::BTreeSet;

use chrono::{Datelike as _, Weekday};

use crate::base::civil::CivilDate;

/// Public holidays, and the week days that are none of work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holidays {
    id: String,
    days: BTreeSet<CivilDate>,
    weekend: [bool; 7],
}

impl Holidays {
    /// From the table's name, its days and its weekend.
    pub fn new(id: &str, days: impl IntoIterator<Item = CivilDate>, weekend: &[Weekday]) -> Self {
        let mut closed = [false; 7];
        for (index, shut) in closed.iter_mut().enumerate() {
            *shut = weekend.iter().any(|day| day.num_days_from_monday() as usize == index);
        }
        Self { id: id.to_owned(), days: days.into_iter().collect(), weekend: closed }
    }

    /// The name under which a policy has it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its public holidays, in order.
    pub fn days(&self) -> impl Iterator<Item = CivilDate> {
        self.days.iter().copied()
    }

    /// Its weekend, from Monday on.
    pub fn weekend(&self) -> impl Iterator<Item = Weekday> {
        let week = [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ];
        week.into_iter().zip(self.weekend).filter(|(_, closed)| *closed).map(|(day, _)| day)
    }

    /// True if work is done on that day.
    pub fn is_working_day(&self, day: CivilDate) -> bool {
        let weekday = day.to_naive().weekday().num_days_from_monday() as usize;
        !self.weekend.get(weekday).copied().unwrap_or(false) && !self.days.contains(&day)
    }

    /// The first working day from `day` on; `None` past the calendar's end or if every day is closed.
    pub fn first_working_day(&self, day: CivilDate) -> Option<CivilDate> {
        // Closed for longer than the table has days and weekends: there is no working day at all.
        let most = i64::try_from(self.days.len()).unwrap_or(i64::MAX).saturating_mul(8).saturating_add(8);
        (0..=most).map_while(|ahead| day.plus_days(ahead)).find(|day| self.is_working_day(*day))
    }
}
