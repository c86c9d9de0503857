//! `policy last-day`: the calendars at work.

use serde_json::json;

use super::args::LastDay;
use super::fault_words;
use crate::base::civil::{CivilDate, Zone};
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::policy::What;
use crate::retention::calendar::{Calendar, CalendarName, Period, disposable_from};

pub(super) fn run(run: &Run, args: &LastDay) -> Result<(), Failure> {
    let refused = |argument: &'static str, what: &What| {
        let (what, remedy) = fault_words(&run.voice, what);
        Failure::usage("policy.bad_value", &[("argument", argument), ("what", &what), ("remedy", &remedy)])
    };
    let name = CalendarName::parse(&args.calendar).ok_or_else(|| {
        let allowed = CalendarName::WORDS.to_vec();
        refused("--calendar", &What::UnknownWord { found: args.calendar.clone(), allowed })
    })?;
    let start = CivilDate::parse(&args.from).map_err(|bad| refused("--from", &What::Date(bad)))?;
    let period = Period::parse(&args.period).map_err(|bad| refused("--period", &What::Period(bad)))?;
    let zone = match &args.zone {
        None => zone_of(name),
        Some(text) => {
            Zone::parse(text).map_err(|_| refused("--zone", &What::Zone { found: text.clone() }))?
        }
    };
    let last = Calendar::plain(name).last_day(start, period).map_err(|_| {
        let (start, period) = (start.to_string(), period.to_string());
        Failure::declined("policy.beyond", &[("start", &start), ("period", &period)])
    })?;
    let from = disposable_from(last, zone).to_utc().with_timezone(&zone.to_tz());
    let from = from.to_rfc3339_opts(chrono::SecondsFormat::Secs, false);
    let voice = &run.voice;
    if voice.json {
        return voice.json_line(&json!({
            "calendar": name.as_str(), "from": start.to_string(), "period": period.to_string(), "zone": zone.name(),
            "last_day": last.to_string(), "disposable_from": from,
        }));
    }
    // Both days in one line that scripts part at the blank; what they mean is said by `--help`.
    voice.line(&format!("{last} {from}"))
}

/// Where the law of a calendar stands.
fn zone_of(name: CalendarName) -> Zone {
    let zone = match name {
        CalendarName::CnCivil => "Asia/Shanghai",
        CalendarName::TwCivil => "Asia/Taipei",
        CalendarName::Eu1182 => "Europe/Brussels",
        CalendarName::Anniversary => "UTC",
    };
    Zone::parse(zone).expect("the zone database has these; a test reads them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_calendar_has_a_zone() {
        for name in CalendarName::ALL {
            assert!(!zone_of(*name).name().is_empty());
        }
    }
}
