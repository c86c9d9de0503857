//! A checked request to note an event of a case.

use serde_json::Value;

use crate::base::civil::Zone;
use crate::base::id::RecordId;
use crate::base::limits::{MINOR_UNITS_MAX, NOTE_CHARS_MAX, REASON_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text::{label, prose};
use crate::record::case::{BadDetail, EventDetail, EventKind, Material};
use crate::record::occurred::parse_moment;
use crate::record::request::{Fault, FaultCode, Faults, ObjectReader, Path};

/// The words of the kinds, as requests may name them.
const KINDS: &[&str] = &[
    "opened",
    "reopened",
    "resumed",
    "first_response",
    "assigned",
    "escalated",
    "cost",
    "paused",
    "resolved",
    "closed",
];
/// ISO 4217: the currencies in use.
const CURRENCIES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD",
    "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY",
    "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP",
    "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR",
    "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT",
    "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR",
    "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK",
    "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD",
    "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY",
    "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD",
    "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

/// An event that is to be noted. `Debug` shows neither names nor words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub at: Moment,
    /// The zone whose clocks people read then; the case's own if not said.
    pub zone: Option<Zone>,
    /// The record of the case that shows it.
    pub record: Option<RecordId>,
    /// Who, why, how much.
    pub detail: EventDetail,
}

impl NewEvent {
    /// Checks an input; all faults at once. Local times without a zone are those of `zone`; an event
    /// without a time happens `now`.
    ///
    /// # Errors
    /// Every fault of the input.
    pub fn from_json(value: &Value, zone: Zone, now: Moment) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let event = ObjectReader::read(value, &Path::Root, &mut faults, |r| Self::read(r, zone, now));
        faults.into_result(event.flatten())
    }

    fn read(reader: &mut ObjectReader<'_>, zone: Zone, now: Moment) -> Option<Self> {
        let kind = reader
            .text("kind", |word| EventKind::parse(word).ok_or(FaultCode::UnknownWord { allowed: KINDS }));
        let named = reader.text("zone", Zone::parse);
        let given = reader.has("at");
        let at = reader.text("at", |text| parse_moment(text, named.unwrap_or(zone)));
        let record = reader.text("record", RecordId::parse);
        let detail = EventDetail {
            person: reader.text("person", |text| label(text, TITLE_CHARS_MAX)),
            team: reader.text("team", |text| label(text, TITLE_CHARS_MAX)),
            reason: reader.text("reason", |text| prose(text, REASON_CHARS_MAX)),
            note: reader.text("note", |text| prose(text, NOTE_CHARS_MAX)),
            minutes: reader
                .number("minutes", 1..=u64::from(u32::MAX))
                .and_then(|minutes| u32::try_from(minutes).ok()),
            material: reader.object("material", read_material),
        };
        reader.require(&["kind"]);
        let kind = kind?;
        let detail = match detail.checked(kind) {
            Ok(detail) => Some(detail),
            Err(fault) => {
                add(reader, kind, fault);
                None
            }
        };
        Some(Self { kind, at: if given { at? } else { now }, zone: named, record, detail: detail? })
    }
}

fn add(reader: &mut ObjectReader<'_>, kind: EventKind, fault: BadDetail) {
    match fault {
        BadDetail::Missing { field } => reader.fault(field, FaultCode::Required),
        BadDetail::Unexpected { field } => {
            reader.fault(field, FaultCode::NotAllowedForKind { kind: kind.as_str() });
        }
        BadDetail::Unreadable { field } => reader.fault(field, FaultCode::Blank),
        BadDetail::Currency => {
            reader.fault("material", FaultCode::UnknownWord { allowed: CURRENCIES });
        }
    }
}

fn read_material(reader: &mut ObjectReader<'_>) -> Option<Material> {
    let minor_units = reader.number("minor_units", 1..=MINOR_UNITS_MAX);
    let currency = reader.text("currency", |text| match CURRENCIES.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(FaultCode::UnknownWord { allowed: CURRENCIES }),
    });
    reader.require(&["minor_units", "currency"]);
    Some(Material { minor_units: minor_units?, currency: currency? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<NewEvent, Vec<(String, &'static str)>> {
        let now = Moment::parse("2026-03-05T00:00:00Z").unwrap();
        NewEvent::from_json(value, Zone::SHANGHAI, now)
            .map_err(|faults| faults.into_iter().map(|fault| (fault.path, fault.code.as_str())).collect())
    }

    #[test]
    fn a_request_may_name_every_kind_of_event() {
        assert!(EventKind::ALL.iter().map(|kind| kind.as_str()).eq(KINDS.iter().copied()));
    }

    #[test]
    fn a_local_time_is_that_of_the_zone_and_none_at_all_is_now() {
        let event = read(&json!({"kind": "closed", "at": "2026-03-02T09:00"})).unwrap();
        assert_eq!(event.at.to_seconds_text(), "2026-03-02T01:00:00Z");
        assert_eq!(read(&json!({"kind": "closed"})).unwrap().at.to_seconds_text(), "2026-03-05T00:00:00Z");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let faults = read(&json!({
            "kind": "paused", "at": "gestern", "note": "\u{7}", "record": "x",
            "material": {"minor_units": 0, "currency": "RMB"}, "colour": "red",
        }))
        .unwrap_err();
        let paths: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
        let expected =
            ["at", "record", "note", "material.minor_units", "material.currency", "reason", "colour"];
        assert_eq!(paths, expected);
    }

    #[test]
    fn what_the_kind_has_no_use_for_is_refused() {
        assert_eq!(
            read(&json!({"kind": "closed", "minutes": 5})).unwrap_err(),
            [("minutes".to_owned(), "not_allowed_for_kind")]
        );
    }
}
