//! From a trigger and facts to a last day, step by step.

use chrono::Datelike as _;

use super::facts::{DateFact, EventFact, Facts, VersionFacts};
use super::schedule::{Compiled, Ruled, Schedule};
use super::verdict::{End, NeverWhy};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::EventId;
use crate::base::moment::Moment;
use crate::policy::Term;
use crate::policy::trigger::{Combine, Occurrence};
use crate::record::occurred::Occurred;
use crate::retention::calendar::{CalendarName, Period};

/// One step of the reckoning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// What follows is about this rule and this version of the record.
    Rule {
        /// The rule's id.
        rule: String,
        /// The rule's version.
        version: u32,
        /// The record's version.
        of: u32,
        /// Whether it counts.
        standing: RuleStanding,
    },
    /// A date of the record.
    Date {
        /// Which, as a trigger writes it.
        name: String,
        /// The day in the rule's zone.
        day: CivilDate,
    },
    /// An event.
    Event {
        /// Its id.
        id: EventId,
        /// The day in the rule's zone.
        day: CivilDate,
        /// How many there were to choose from.
        among: usize,
    },
    /// Something that is not known.
    Unknown {
        /// What, as a trigger writes it.
        name: String,
        /// Why.
        why: NeverWhy,
    },
    /// A period was added.
    Plus {
        /// From this day on.
        from: CivilDate,
        /// So much.
        period: Period,
        /// By this calendar.
        calendar: CalendarName,
        /// The last day.
        last: CivilDate,
    },
    /// The end of a year.
    YearEnd {
        /// A fiscal year, or one of the calendar.
        fiscal: bool,
        /// A day of it.
        from: CivilDate,
        /// Its last day.
        last: CivilDate,
    },
    /// Several dates made one.
    Combined {
        /// How.
        how: Combine,
        /// The result.
        day: CivilDate,
    },
    /// The result.
    Ends {
        /// The last day.
        last: CivilDate,
        /// In which zone.
        zone: Zone,
        /// The first instant after it.
        from: Moment,
    },
    /// It has no end, or none that is known.
    Never {
        /// Why.
        why: NeverWhy,
    },
}

crate::base::words::words! {
    /// Whether a rule that matches counts.
    RuleStanding {
        /// It does.
        Counts = "counts",
        /// It is not in force yet.
        NotYetInForce = "not_yet_in_force",
        /// It has ended, and the record was declared before: its floor stays.
        Stays = "stays",
        /// It has ended.
        Ended = "ended",
        /// A floor that nobody has held against the law: it keeps, and lets nothing go.
        Unchecked = "unchecked",
        /// Nobody has held it against the law, and it is no floor: it does nothing.
        NeedsLegalCheck = "needs_legal_check",
        /// Its period is still to be set: it does nothing.
        NeedsPeriod = "needs_period",
        /// It was switched off.
        Disabled = "disabled",
    }
}

/// Takes down the steps, or lets them go.
pub(super) trait Trace {
    fn step(&mut self, step: impl FnOnce() -> Step);
}

/// Lets them go.
pub(super) struct NoTrace;

impl Trace for NoTrace {
    fn step(&mut self, _step: impl FnOnce() -> Step) {}
}

impl Trace for Vec<Step> {
    fn step(&mut self, step: impl FnOnce() -> Step) {
        self.push(step());
    }
}

/// What a rule is reckoned with.
pub(super) struct Reckoning<'a> {
    pub(super) facts: &'a Facts,
    pub(super) version: &'a VersionFacts,
    pub(super) schedule: &'a Schedule,
    pub(super) rule: &'a Ruled,
    /// Today in the rule's zone.
    pub(super) today: CivilDate,
}

type Reckoned = Result<CivilDate, NeverWhy>;

impl Reckoning<'_> {
    /// When the rule ends for this version of the record.
    pub(super) fn end(&self, trace: &mut impl Trace) -> End {
        let obligation = &self.rule.obligation;
        let last = match (obligation.rule.term(), &self.rule.trigger) {
            (Term::Permanent | Term::ToBeSet { .. }, _) | (_, None) => Err(NeverWhy::Permanent),
            (Term::Counted { period, .. }, Some(trigger)) => {
                self.day(trigger, trace).and_then(|day| match period {
                    None => Ok(day),
                    Some(period) => self.plus(day, *period, trace),
                })
            }
        };
        let end = last.map_or_else(End::Never, |last| End::of_day(last, obligation.zone));
        trace.step(|| match end {
            End::Day { last, zone, from } => Step::Ends { last, zone, from },
            End::At(_) => Step::Never { why: NeverWhy::Permanent },
            End::Never(why) => Step::Never { why },
        });
        end
    }

    fn day(&self, trigger: &Compiled, trace: &mut impl Trace) -> Reckoned {
        match trigger {
            Compiled::Slot(slot) => self.slot(*slot, trace),
            Compiled::Event { .. } => self.event(trigger, trace),
            Compiled::Plus(inner, period) => {
                let day = self.day(inner, trace)?;
                self.plus(day, *period, trace)
            }
            Compiled::FiscalYearEnd(inner) => {
                let from = self.day(inner, trace)?;
                let law = &self.rule.obligation.law;
                let last = crate::policy::fiscal_year_end(&self.schedule.fiscal_years, law, from);
                let last = last.ok_or(NeverWhy::NoTable)?;
                trace.step(|| Step::YearEnd { fiscal: true, from, last });
                Ok(last)
            }
            Compiled::CalendarYearEnd(inner) => {
                let from = self.day(inner, trace)?;
                let last = from.to_naive().with_month(12).and_then(|date| date.with_day(31));
                let last = last.and_then(|date| CivilDate::from_naive(date).ok());
                let last = last.ok_or(NeverWhy::BeyondCalendar)?;
                trace.step(|| Step::YearEnd { fiscal: false, from, last });
                Ok(last)
            }
            Compiled::Combined(how, list) => self.combined(*how, list, trace),
        }
    }

    fn slot(&self, slot: usize, trace: &mut impl Trace) -> Reckoned {
        let name = || self.schedule.slots.get(slot).map_or_else(String::new, ToString::to_string);
        let why = match self.version.dates.get(slot) {
            Some(DateFact::Known(date)) => match day_in(*date, self.rule.obligation.zone) {
                Some(day) => {
                    trace.step(|| Step::Date { name: name(), day });
                    return Ok(day);
                }
                None => NeverWhy::BeyondCalendar,
            },
            Some(DateFact::Missing) | None => NeverWhy::Missing,
            Some(DateFact::Invalid) => NeverWhy::Invalid,
        };
        trace.step(|| Step::Unknown { name: name(), why });
        Err(why)
    }

    /// The first or last of the events that have come; one whose day is still to come does nothing.
    fn event(&self, trigger: &Compiled, trace: &mut impl Trace) -> Reckoned {
        let Compiled::Event { kind, key, which } = trigger else { return Err(NeverWhy::NotYet) };
        let zone = self.rule.obligation.zone;
        let bound = self.facts.events.iter().filter(|event| event.kind == *kind && event.key == *key);
        let come = bound.filter_map(|event| Some((day_in(event.on, zone)?, event)));
        let mut among = 0;
        let mut chosen: Option<(CivilDate, &EventFact)> = None;
        for (day, event) in come.filter(|(day, _)| *day <= self.today) {
            among += 1;
            let better = chosen.is_none_or(|(best, kept)| match which {
                Occurrence::First => (day, event.id) < (best, kept.id),
                Occurrence::Last => (day, event.id) > (best, kept.id),
            });
            if better {
                chosen = Some((day, event));
            }
        }
        let Some((day, event)) = chosen else {
            trace.step(|| Step::Unknown { name: format!("event(\"{kind}\", {key})"), why: NeverWhy::NotYet });
            return Err(NeverWhy::NotYet);
        };
        trace.step(|| Step::Event { id: event.id, day, among });
        Ok(day)
    }

    fn plus(&self, from: CivilDate, period: Period, trace: &mut impl Trace) -> Reckoned {
        let calendar = &self.rule.obligation.calendar;
        let last = calendar.last_day(from, period).map_err(|_| NeverWhy::BeyondCalendar)?;
        trace.step(|| Step::Plus { from, period, calendar: calendar.name(), last });
        Ok(last)
    }

    fn combined(&self, how: Combine, list: &[Compiled], trace: &mut impl Trace) -> Reckoned {
        let mut result: Option<CivilDate> = None;
        let mut unknown: Option<NeverWhy> = None;
        for argument in list {
            match self.day(argument, trace) {
                Ok(day) => {
                    result = Some(result.map_or(day, |other| match how {
                        Combine::Max | Combine::All => other.max(day),
                        Combine::Min | Combine::Any => other.min(day),
                    }));
                }
                // What is missing outweighs what has only not come yet: somebody can mend it.
                Err(why) => {
                    unknown = Some(match unknown {
                        Some(kept) if kept != NeverWhy::NotYet => kept,
                        _ => why,
                    });
                }
            }
        }
        let strict = how != Combine::Any;
        match (result, unknown) {
            (Some(day), None) => {
                trace.step(|| Step::Combined { how, day });
                Ok(day)
            }
            (Some(day), Some(_)) if !strict => {
                trace.step(|| Step::Combined { how, day });
                Ok(day)
            }
            (_, Some(why)) => Err(why),
            (None, None) => Err(NeverWhy::Missing),
        }
    }
}

/// The day of a date in the rule's zone: that of its instant, or else the date as it was written down.
fn day_in(date: Occurred, zone: Zone) -> Option<CivilDate> {
    match date.at {
        Some(at) => CivilDate::of(at, zone).ok(),
        None => Some(date.on),
    }
}
