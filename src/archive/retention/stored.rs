//! What the judge knows of a record, as it is kept between two judgements: everything but events and what stands
//! guard, which are asked for anew each time. It is sealed under the key of the record's current version, so that
//! nothing is left of it once that key is gone.

use serde_json::{Value, json};

use crate::base::canonical;
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::{Digest, from_hex, to_hex};
use crate::base::id::{CaseId, PartyId, RecordId};
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::policy::RuleId;
use crate::record::occurred::Occurred;
use crate::retention::{
    DateFact, End, EventFact, Facts, Lineage, NeverWhy, Progress, Residual, RuleRef, VersionFacts,
};
use crate::store::rows::LookupToken;

use super::materialise::Known;

/// The version of the form.
const FORM: u64 = 2;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub declared: Occurred,
    pub versions: Vec<VersionFacts>,
    pub residuals: Vec<Residual>,
    pub action_since: Option<Moment>,
    pub keys: Vec<(String, LookupToken)>,
    pub customers: Vec<PartyId>,
    /// The closing of the case, which is no event of its own.
    pub closed: Option<(CaseId, Occurred)>,
}

/// What the bytes are sealed for.
pub(super) fn context(record: RecordId, version: u32, policy: Digest) -> String {
    format!("retention/{record}/{version}/{}", policy.to_hex())
}

impl Stored {
    /// Of facts that were just made.
    pub(super) fn of(facts: &Facts, known: &Known) -> Self {
        Self {
            declared: facts.declared,
            versions: facts.versions.clone(),
            residuals: facts.residuals.clone(),
            action_since: facts.action_since,
            keys: known.keys.clone(),
            customers: known.customers.clone(),
            closed: known.closed,
        }
    }

    /// As the judge takes them, with the events of now.
    pub(super) fn to_facts(&self, record: RecordId, under: Digest, events: Vec<EventFact>) -> Facts {
        Facts {
            record,
            under,
            declared: self.declared,
            versions: self.versions.clone(),
            events,
            lineage: Lineage::Original,
            residuals: self.residuals.clone(),
            assignment: None,
            erasure: None,
            progress: Progress::None,
            action_since: self.action_since,
        }
    }

    /// The bytes that are sealed.
    pub(super) fn to_bytes(&self) -> SecretBytes {
        let version = |version: &VersionFacts| {
            let dates: Vec<Value> = version.dates.iter().map(date_fact).collect();
            json!([version.number, version.matched, dates])
        };
        let residual = |residual: &Residual| {
            let RuleTo { id, version, hash } = RuleTo::of(&residual.rule);
            json!([id, version, hash, end(residual.end)])
        };
        let value = json!({
            "form": FORM,
            "declared": date(self.declared),
            "versions": self.versions.iter().map(version).collect::<Vec<_>>(),
            "action_since": self.action_since.map(Moment::micros),
            "residuals": self.residuals.iter().map(residual).collect::<Vec<_>>(),
            "keys": self.keys.iter().map(|(name, token)| json!([name, to_hex(token)])).collect::<Vec<_>>(),
            "customers": self.customers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "closed": self.closed.map(|(case, on)| json!([case.to_string(), date(on)])),
        });
        SecretBytes::new(canonical::to_bytes(&value))
    }

    /// Reads them back; `None` if they are not what [`Stored::to_bytes`] writes.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        if value.get("form")?.as_u64()? != FORM {
            return None;
        }
        let list = |name: &str| value.get(name).and_then(Value::as_array);
        let key = |key: &Value| {
            let token = from_hex(key.get(1)?.as_str()?)?;
            Some((key.get(0)?.as_str()?.to_owned(), token.try_into().ok()?))
        };
        Some(Self {
            declared: read_date(value.get("declared")?)?,
            versions: list("versions")?.iter().map(read_version).collect::<Option<_>>()?,
            residuals: list("residuals")?.iter().map(read_residual).collect::<Option<_>>()?,
            action_since: match value.get("action_since")? {
                Value::Null => None,
                at => Some(Moment::from_micros(at.as_i64()?)),
            },
            keys: list("keys")?.iter().map(key).collect::<Option<_>>()?,
            customers: list("customers")?
                .iter()
                .map(|id| PartyId::parse(id.as_str()?).ok())
                .collect::<Option<_>>()?,
            closed: match value.get("closed")? {
                Value::Null => None,
                closed => {
                    let case = CaseId::parse(closed.get(0)?.as_str()?).ok()?;
                    Some((case, read_date(closed.get(1)?)?))
                }
            },
        })
    }
}

struct RuleTo<'r> {
    id: &'r str,
    version: u32,
    hash: String,
}

impl<'r> RuleTo<'r> {
    fn of(rule: &'r RuleRef) -> Self {
        Self { id: rule.id().as_str(), version: rule.version(), hash: rule.hash().to_hex() }
    }
}

fn date(date: Occurred) -> Value {
    json!([date.on.to_string(), date.zone.name(), date.at.map(Moment::micros)])
}

fn date_fact(fact: &DateFact) -> Value {
    match fact {
        DateFact::Known(known) => date(*known),
        DateFact::Missing => json!(0),
        DateFact::Invalid => json!(1),
    }
}

fn end(end: End) -> Value {
    match end {
        End::Day { last, zone, .. } => json!([last.to_string(), zone.name()]),
        End::At(at) => json!(at.micros()),
        End::Never(why) => json!(why.as_str()),
    }
}

fn read_date(value: &Value) -> Option<Occurred> {
    Some(Occurred {
        on: CivilDate::parse(value.get(0)?.as_str()?).ok()?,
        zone: Zone::parse(value.get(1)?.as_str()?).ok()?,
        at: match value.get(2)? {
            Value::Null => None,
            at => Some(Moment::from_micros(at.as_i64()?)),
        },
    })
}

fn read_version(value: &Value) -> Option<VersionFacts> {
    let fact = |value: &Value| match value.as_u64() {
        Some(0) => Some(DateFact::Missing),
        Some(1) => Some(DateFact::Invalid),
        Some(_) => None,
        None => read_date(value).map(DateFact::Known),
    };
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    Some(VersionFacts {
        number: number(value.get(0)?)?,
        matched: value.get(1)?.as_array()?.iter().map(number).collect::<Option<_>>()?,
        dates: value.get(2)?.as_array()?.iter().map(fact).collect::<Option<_>>()?,
    })
}

fn read_residual(value: &Value) -> Option<Residual> {
    let rule = RuleRef::new(
        RuleId::parse(value.get(0)?.as_str()?).ok()?,
        u32::try_from(value.get(1)?.as_u64()?).ok()?,
        Digest::parse_hex(value.get(2)?.as_str()?).ok()?,
    );
    let end = match value.get(3)? {
        Value::Array(day) => End::of_day(
            CivilDate::parse(day.first()?.as_str()?).ok()?,
            Zone::parse(day.get(1)?.as_str()?).ok()?,
        ),
        Value::Number(at) => End::At(Moment::from_micros(at.as_i64()?)),
        Value::String(why) => End::Never(NeverWhy::parse(why)?),
        _ => return None,
    };
    Some(Residual { rule, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_as_it_was() {
        let on = Occurred::parse("2024-02-29T23:30:00+08:00", Zone::SHANGHAI).unwrap();
        let day = Occurred::parse("2020-05-01", Zone::parse("Asia/Taipei").unwrap()).unwrap();
        let rule = RuleRef::new(RuleId::parse("acct.voucher").unwrap(), 2, Digest::of(b"x"));
        let residual = |end| Residual { rule: rule.clone(), end };
        let stored = Stored {
            declared: on,
            versions: vec![VersionFacts {
                number: 1,
                matched: vec![0, 7],
                dates: vec![DateFact::Known(day), DateFact::Missing, DateFact::Invalid],
            }],
            residuals: vec![
                residual(End::of_day(day.on, day.zone)),
                residual(End::At(Moment::from_micros(-5))),
                residual(End::Never(NeverWhy::NotYet)),
            ],
            action_since: Some(Moment::from_micros(7)),
            keys: vec![("customer".to_owned(), [7; 16])],
            customers: Vec::new(),
            closed: Some((CaseId::from_bytes([9; 16]), day)),
        };
        assert_eq!(Stored::parse(stored.to_bytes().expose()), Some(stored));
        assert_eq!(Stored::parse(b"{}"), None);
    }
}
