//! Reads service-level files (TOML; `docs/formats/service-level.md`). All faults at once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::business::{BusinessTime, Span};
use super::target::{BadTarget, Target};
use super::{ANY, ClockKind, Promise, ServiceLevel};
use crate::base::civil::{BadDate, CivilDate, Zone};
use crate::base::limits::{HOLIDAYS_MAX, LIST_ITEMS_MAX, TITLE_CHARS_MAX};
use crate::base::text::{fold_name, label};

/// Days within which a confirmation is due where the file does not say.
const CONFIRMATION_DAYS: u32 = 30;
/// Days within which a complaint is to be answered where the file does not say.
const COMPLAINT_DAYS: u16 = 15;

/// What is wrong in a service-level file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceLevelFault {
    /// No TOML, or a field that the format does not have.
    #[error("line {line}: {message}")]
    Syntax {
        /// 1-based line; 0 if unknown.
        line: usize,
        /// What the TOML reader says.
        message: String,
    },
    /// A format version that this program does not read.
    #[error("format version {found} is unknown; this program reads version 1")]
    Version {
        /// The version found.
        found: u32,
    },
    /// A text that is blank, too long or has control characters.
    #[error("{path}: blank, too long or with control characters")]
    Text {
        /// Where, as in `targets[2].tier`.
        path: String,
    },
    /// No zone of that name.
    #[error("{path}: no time zone of that name (write it as in Asia/Shanghai)")]
    Zone {
        /// Where.
        path: String,
    },
    /// No date.
    #[error("{path}: {why}")]
    Date {
        /// Where.
        path: String,
        /// Why not.
        why: BadDate,
    },
    /// No duration.
    #[error("{path}: {why}")]
    Target {
        /// Where.
        path: String,
        /// Why not.
        why: BadTarget,
    },
    /// Not of the form `09:00-12:00`.
    #[error("{path}: write hours as 09:00-12:00; hours over midnight as one span on each day")]
    Hours {
        /// Where.
        path: String,
    },
    /// Two spans of one day overlap or are out of order.
    #[error("{path}: spans of one day must be in order and must not overlap")]
    Overlap {
        /// Where.
        path: String,
    },
    /// A make-up workday without hours.
    #[error("{path}: a workday needs hours, or a week day that has some (like = \"monday\")")]
    NoHours {
        /// Where.
        path: String,
    },
    /// The last day lies before the first.
    #[error("{path}: the last day lies before the first")]
    Backwards {
        /// Where.
        path: String,
    },
    /// One day is named twice with different meaning.
    #[error("{path}: {on} is named twice")]
    Twice {
        /// Where the second naming stands.
        path: String,
        /// The day.
        on: CivilDate,
    },
    /// One tier and priority has two rows.
    #[error("{path}: this tier and priority has a row already")]
    DoubleRow {
        /// Where the second row stands.
        path: String,
    },
    /// A list has more items than allowed.
    #[error("{path}: at most {most}")]
    TooMany {
        /// Where.
        path: String,
        /// Items allowed.
        most: usize,
    },
    /// The week has no business hours at all, yet a promise counts them.
    #[error("hours: no week day has business hours")]
    EmptyWeek,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    name: String,
    zone: String,
    #[serde(default)]
    hours: Week,
    #[serde(default)]
    holidays: Vec<Holiday>,
    #[serde(default)]
    workdays: Vec<Workday>,
    #[serde(default)]
    evidence: Evidence,
    #[serde(default)]
    targets: Vec<Row>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Week {
    monday: Vec<String>,
    tuesday: Vec<String>,
    wednesday: Vec<String>,
    thursday: Vec<String>,
    friday: Vec<String>,
    saturday: Vec<String>,
    sunday: Vec<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    from: String,
    until: Option<String>,
    #[allow(dead_code, reason = "a name is for those who read the file")]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Workday {
    on: String,
    like: Option<Day>,
    hours: Option<Vec<String>>,
    #[allow(dead_code, reason = "a name is for those who read the file")]
    name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Evidence {
    confirmation_days: Option<u32>,
    complaint_answer: Option<String>,
    complaint_clock: Option<Clock>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Clock {
    Business,
    Calendar,
}

impl From<Clock> for ClockKind {
    fn from(clock: Clock) -> Self {
        match clock {
            Clock::Business => Self::Business,
            Clock::Calendar => Self::Calendar,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    tier: String,
    priority: String,
    clock: Option<Clock>,
    first_response: Option<String>,
    resolution: Option<String>,
    complaint_answer: Option<String>,
}

/// Reads and checks a service-level file.
pub fn parse(text: &str) -> Result<ServiceLevel, Vec<ServiceLevelFault>> {
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        vec![ServiceLevelFault::Syntax { line, message: error.message().to_owned() }]
    })?;
    let mut faults = Vec::new();
    if file.version != 1 {
        faults.push(ServiceLevelFault::Version { found: file.version });
    }
    let name = text_of("name", &file.name, &mut faults);
    let zone = Zone::parse(&file.zone).unwrap_or_else(|_| {
        faults.push(ServiceLevelFault::Zone { path: "zone".to_owned() });
        Zone::UTC
    });
    let week = week(&file.hours, &mut faults);
    let workdays = workdays(&file.workdays, &week, &mut faults);
    let holidays = holidays(&file.holidays, &workdays, &mut faults);
    let promises = promises(&file.targets, &mut faults);
    let complaint_clock = file.evidence.complaint_clock.map_or(ClockKind::Calendar, Into::into);
    let complaint =
        target("evidence.complaint_answer", file.evidence.complaint_answer.as_deref(), &mut faults)
            .unwrap_or(Target::Days(COMPLAINT_DAYS));
    let counts_business = complaint_clock == ClockKind::Business
        || promises.values().any(|promise| promise.clock == ClockKind::Business);
    if counts_business && week.values().all(Vec::is_empty) {
        faults.push(ServiceLevelFault::EmptyWeek);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(ServiceLevel {
        name,
        business: BusinessTime::new(zone, week, holidays, workdays),
        always: BusinessTime::always(zone),
        promises,
        complaint: (complaint_clock, complaint),
        confirmation_days: file.evidence.confirmation_days.unwrap_or(CONFIRMATION_DAYS),
    })
}

fn text_of(path: &str, text: &str, faults: &mut Vec<ServiceLevelFault>) -> String {
    label(text, TITLE_CHARS_MAX).unwrap_or_else(|_| {
        faults.push(ServiceLevelFault::Text { path: path.to_owned() });
        String::new()
    })
}

fn date_of(path: &str, text: &str, faults: &mut Vec<ServiceLevelFault>) -> Option<CivilDate> {
    CivilDate::parse(text)
        .map_err(|why| faults.push(ServiceLevelFault::Date { path: path.to_owned(), why }))
        .ok()
}

fn target(path: &str, text: Option<&str>, faults: &mut Vec<ServiceLevelFault>) -> Option<Target> {
    Target::parse(text?)
        .map_err(|why| faults.push(ServiceLevelFault::Target { path: path.to_owned(), why }))
        .ok()
}

fn spans(path: &str, texts: &[String], faults: &mut Vec<ServiceLevelFault>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::with_capacity(texts.len().min(LIST_ITEMS_MAX));
    for (number, text) in texts.iter().take(LIST_ITEMS_MAX).enumerate() {
        match Span::parse(text) {
            None => faults.push(ServiceLevelFault::Hours { path: format!("{path}[{number}]") }),
            Some(span) if spans.last().is_some_and(|last| last.overlaps(span) || span < *last) => {
                faults.push(ServiceLevelFault::Overlap { path: format!("{path}[{number}]") });
            }
            Some(span) => spans.push(span),
        }
    }
    spans
}

fn week(hours: &Week, faults: &mut Vec<ServiceLevelFault>) -> BTreeMap<u8, Vec<Span>> {
    [
        ("hours.monday", &hours.monday),
        ("hours.tuesday", &hours.tuesday),
        ("hours.wednesday", &hours.wednesday),
        ("hours.thursday", &hours.thursday),
        ("hours.friday", &hours.friday),
        ("hours.saturday", &hours.saturday),
        ("hours.sunday", &hours.sunday),
    ]
    .into_iter()
    .zip(0_u8..)
    .map(|((path, texts), day)| (day, spans(path, texts, faults)))
    .collect()
}

fn workdays(
    rows: &[Workday],
    week: &BTreeMap<u8, Vec<Span>>,
    faults: &mut Vec<ServiceLevelFault>,
) -> BTreeMap<CivilDate, Vec<Span>> {
    let mut days = BTreeMap::new();
    if rows.len() > HOLIDAYS_MAX {
        faults.push(ServiceLevelFault::TooMany { path: "workdays".to_owned(), most: HOLIDAYS_MAX });
    }
    for (number, row) in rows.iter().take(HOLIDAYS_MAX).enumerate() {
        let path = format!("workdays[{number}]");
        let Some(on) = date_of(&format!("{path}.on"), &row.on, faults) else { continue };
        let hours = match (&row.hours, row.like) {
            (Some(texts), None) => spans(&format!("{path}.hours"), texts, faults),
            (None, Some(like)) => week.get(&(like as u8)).cloned().unwrap_or_default(),
            (Some(_), Some(_)) | (None, None) => Vec::new(),
        };
        if hours.is_empty() {
            faults.push(ServiceLevelFault::NoHours { path });
        } else if days.insert(on, hours).is_some() {
            faults.push(ServiceLevelFault::Twice { path, on });
        }
    }
    days
}

fn holidays(
    rows: &[Holiday],
    workdays: &BTreeMap<CivilDate, Vec<Span>>,
    faults: &mut Vec<ServiceLevelFault>,
) -> BTreeSet<CivilDate> {
    let mut days = BTreeSet::new();
    for (number, row) in rows.iter().enumerate() {
        let path = format!("holidays[{number}]");
        let Some(from) = date_of(&format!("{path}.from"), &row.from, faults) else { continue };
        let until = match &row.until {
            Some(text) => date_of(&format!("{path}.until"), text, faults),
            None => Some(from),
        };
        let Some(until) = until else { continue };
        if until < from {
            faults.push(ServiceLevelFault::Backwards { path });
            continue;
        }
        let mut day = Some(from);
        while let Some(on) = day.filter(|on| *on <= until) {
            if days.len() >= HOLIDAYS_MAX {
                faults.push(ServiceLevelFault::TooMany { path, most: HOLIDAYS_MAX });
                return days;
            }
            // Otherwise the file would say both that people work and that they do not.
            if workdays.contains_key(&on) {
                faults.push(ServiceLevelFault::Twice { path: path.clone(), on });
            }
            days.insert(on);
            day = on.plus_days(1);
        }
    }
    days
}

fn promises(rows: &[Row], faults: &mut Vec<ServiceLevelFault>) -> BTreeMap<(String, String), Promise> {
    let mut promises = BTreeMap::new();
    if rows.len() > LIST_ITEMS_MAX {
        faults.push(ServiceLevelFault::TooMany { path: "targets".to_owned(), most: LIST_ITEMS_MAX });
    }
    for (number, row) in rows.iter().take(LIST_ITEMS_MAX).enumerate() {
        let path = format!("targets[{number}]");
        let word = |name: &str, text: &str, faults: &mut Vec<ServiceLevelFault>| {
            if text == ANY {
                ANY.to_owned()
            } else {
                fold_name(&text_of(&format!("{path}.{name}"), text, faults))
            }
        };
        let key = (word("tier", &row.tier, faults), word("priority", &row.priority, faults));
        let read = |name: &str, text: &Option<String>, faults: &mut Vec<ServiceLevelFault>| {
            target(&format!("{path}.{name}"), text.as_deref(), faults)
        };
        let promise = Promise {
            clock: row.clock.map_or(ClockKind::Business, Into::into),
            first_response: read("first_response", &row.first_response, faults),
            resolution: read("resolution", &row.resolution, faults),
            complaint_answer: read("complaint_answer", &row.complaint_answer, faults),
        };
        if promises.insert(key, promise).is_some() {
            faults.push(ServiceLevelFault::DoubleRow { path });
        }
    }
    promises
}
