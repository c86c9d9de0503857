//! The demonstration's content, as it stands in the data files beside this one. All names are
//! invented; dates are fixed, so that the gaps of the demonstration are always the same.

use chrono::{Duration, NaiveDate};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::DemoError;
use crate::base::civil::Zone;
use crate::base::moment::Moment;

/// The cases, one file each.
const CASES: &[(&str, &str)] = &[
    ("01-linjiang-quality", include_str!("cases/01-linjiang-quality.toml")),
    ("02-yuanshan-delivery", include_str!("cases/02-yuanshan-delivery.toml")),
    ("03-qinghe-crm", include_str!("cases/03-qinghe-crm.toml")),
    ("04-yinhe-analysis", include_str!("cases/04-yinhe-analysis.toml")),
    ("05-haidao-newsletter", include_str!("cases/05-haidao-newsletter.toml")),
    ("06-northfield-migration", include_str!("cases/06-northfield-migration.toml")),
    ("07-yunduan-backup", include_str!("cases/07-yunduan-backup.toml")),
    ("08-riverside-billing", include_str!("cases/08-riverside-billing.toml")),
    ("09-yuanshan-outage", include_str!("cases/09-yuanshan-outage.toml")),
    ("10-yinhe-install", include_str!("cases/10-yinhe-install.toml")),
    ("11-linjiang-operations", include_str!("cases/11-linjiang-operations.toml")),
    ("12-riverside-access", include_str!("cases/12-riverside-access.toml")),
    ("13-haidao-store", include_str!("cases/13-haidao-store.toml")),
    ("14-qinghe-portal", include_str!("cases/14-qinghe-portal.toml")),
];
const MATTER: &str = include_str!("matter.toml");

/// One case with everything that happened in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseFile {
    pub(super) case: CaseHead,
    #[serde(default, rename = "event")]
    pub(super) events: Vec<Map<String, Value>>,
    #[serde(default, rename = "record")]
    pub(super) records: Vec<RecordFile>,
    #[serde(default, rename = "explanation")]
    pub(super) explanations: Vec<Explanation>,
}

/// What a case says about itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseHead {
    pub(super) reference: String,
    title: String,
    service: String,
    team: String,
    tier: String,
    priority: String,
    language: String,
    zone: Option<String>,
    pub(super) opened: String,
    parties: Vec<Value>,
    /// Roles whose person of the demonstration gets to see the case.
    pub(super) seen_by: Vec<String>,
}

impl CaseHead {
    /// The zone in which its days are counted.
    pub(super) fn zone(&self) -> Result<Zone, DemoError> {
        let named = self.zone.as_deref().map_or(Ok(Zone::SHANGHAI), Zone::parse);
        named.map_err(|_| DemoError::content(&self.reference, "zone"))
    }

    /// As the API takes it.
    pub(super) fn to_json(&self) -> Value {
        let mut case = json!({
            "reference": self.reference, "title": self.title, "service": self.service, "team": self.team,
            "tier": self.tier, "priority": self.priority, "language": self.language,
            "opened": self.opened, "parties": self.parties,
        });
        if let Some(zone) = &self.zone {
            case["zone"] = json!(zone);
        }
        case
    }
}

/// One record.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordFile {
    pub(super) label: String,
    kind: String,
    occurred: String,
    captured: Option<String>,
    jurisdiction: Option<String>,
    zone: Option<String>,
    title: String,
    file: Option<String>,
    encoding: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    pub(super) amends: Option<String>,
    #[serde(default)]
    pub(super) links: Vec<String>,
    #[serde(default)]
    fields: Map<String, Value>,
    #[serde(default)]
    custom: Map<String, Value>,
    source: Option<Value>,
    content: Option<Text>,
    pub(super) entries: Option<Entries>,
}

/// The text of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

/// A bulk log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entries {
    pub(super) name: String,
    text: String,
    repeat: Option<Repeat>,
}

/// Lines that come again, day after day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    from: String,
    days: u32,
    per_day: u32,
}

/// An explanation of a gap.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    pub(super) gap: String,
    /// The label of the record in which it shows.
    pub(super) record: Option<String>,
    pub(super) at: String,
    pub(super) words: String,
}

/// The matter's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatterFile {
    matter: Value,
    /// The hold in it: the case that it holds beside what it says.
    hold: Value,
}

impl RecordFile {
    /// When it is captured: said in the file, or half an hour after it happened, or in the evening
    /// of its day.
    pub(super) fn captured_at(&self) -> Result<Moment, DemoError> {
        if let Some(captured) = &self.captured {
            return moment(&self.label, captured);
        }
        match Moment::parse(&self.occurred) {
            Ok(at) => Ok(at.plus_seconds(1_800)),
            Err(_) => moment(&self.label, &format!("{}T18:00:00+08:00", self.occurred)),
        }
    }

    /// The description, as the API takes it. `links` are the links in its form.
    pub(super) fn to_json(&self, case: &CaseHead, links: Vec<Value>) -> Value {
        let mut record = json!({
            "kind": self.kind, "case": case.reference, "occurred": self.occurred, "title": self.title,
            "parties": case.parties, "language": case.language, "fields": self.fields,
        });
        let zone = self.zone.as_ref().or(case.zone.as_ref());
        let more = [
            ("jurisdiction", self.jurisdiction.as_ref().map(|code| json!(code))),
            ("zone", zone.map(|zone| json!(zone))),
            ("source", self.source.clone()),
            ("custom", (!self.custom.is_empty()).then(|| Value::Object(self.custom.clone()))),
            ("tags", (!self.tags.is_empty()).then(|| json!(self.tags))),
            ("links", (!links.is_empty()).then_some(Value::Array(links))),
            ("components", self.file.as_ref().map(|name| json!([{"name": name}]))),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                record[name] = value;
            }
        }
        record
    }

    /// The file's bytes, in the encoding that it is to have.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, DemoError> {
        let text = self.content.as_ref().ok_or_else(|| DemoError::content(&self.label, "content"))?;
        let encoding = match self.encoding.as_deref() {
            None => return Ok(text.text.clone().into_bytes()),
            Some("utf-16le") => return Ok(utf_16le(&text.text)),
            Some("gb18030") => encoding_rs::GB18030,
            Some("big5") => encoding_rs::BIG5,
            Some(_) => return Err(DemoError::content(&self.label, "encoding")),
        };
        let (bytes, _, lost) = encoding.encode(&text.text);
        if lost { Err(DemoError::content(&self.label, "encoding")) } else { Ok(bytes.into_owned()) }
    }
}

fn utf_16le(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

impl Entries {
    /// The log as it is captured.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, DemoError> {
        let Some(repeat) = &self.repeat else { return Ok(self.text.clone().into_bytes()) };
        let bad = || DemoError::content(&self.name, "repeat");
        let from = NaiveDate::parse_from_str(&repeat.from, "%Y-%m-%d").map_err(|_| bad())?;
        let lines: Vec<&str> = self.text.lines().filter(|line| !line.trim().is_empty()).collect();
        let mut log = String::new();
        for day in 0..repeat.days {
            let on = from + Duration::days(i64::from(day));
            for number in 0..repeat.per_day {
                let at = on.and_hms_opt(9, 0, 0).ok_or_else(bad)? + Duration::minutes(i64::from(number) * 40);
                let place = usize::try_from(day * repeat.per_day + number).unwrap_or(0) % lines.len().max(1);
                let rest = lines.get(place).and_then(|line| line.strip_prefix('{')).ok_or_else(bad)?;
                log.push_str(&format!("{{\"at\":\"{}+08:00\",{rest}\n", at.format("%Y-%m-%dT%H:%M:%S")));
            }
        }
        Ok(log.into_bytes())
    }
}

/// An instant of a data file.
pub(super) fn moment(place: &str, text: &str) -> Result<Moment, DemoError> {
    Moment::parse(text).map_err(|_| DemoError::content(place, "time"))
}

/// Every case.
pub(super) fn cases() -> Result<Vec<CaseFile>, DemoError> {
    CASES
        .iter()
        .map(|(name, text)| {
            toml::from_str(text).map_err(|error| DemoError::Content {
                place: (*name).to_owned(),
                what: error.message().to_owned(),
            })
        })
        .collect()
}

/// The matter, as the API takes it.
pub(super) fn matter() -> Result<Value, DemoError> {
    let file: MatterFile = toml::from_str(MATTER).map_err(|_| DemoError::content("matter", "form"))?;
    Ok(file.matter)
}

/// The hold of the matter: the reference of the case that it holds, and what it says, as the API takes it.
pub(super) fn hold() -> Result<(String, Value), DemoError> {
    let wrong = || DemoError::content("matter", "hold");
    let mut file: MatterFile = toml::from_str(MATTER).map_err(|_| wrong())?;
    let case = file.hold.as_object_mut().and_then(|hold| hold.remove("case"));
    let case = case.as_ref().and_then(Value::as_str).ok_or_else(wrong)?.to_owned();
    Ok((case, file.hold))
}
