//! Reads facts, holds and locks back from JSON, and the cases by which packs are tested.

use std::collections::BTreeMap;

use serde_json::Value;

use super::facts::{
    Assignment, DateFact, Erasure, EventFact, Facts, InheritedCeiling, Lineage, Progress, Residual,
    VersionFacts,
};
use super::guard::{Hold, HoldKind, Lock, LockLevel, LockUntil};
use super::schedule::{Materials, RuleRef, Schedule};
use super::verdict::{End, NeverWhy};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{EventId, HoldId, LockId, RecordId, SubjectRequestId};
use crate::base::limits::LIST_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::policy::trigger::{EventKey, EventType};
use crate::policy::{Action, Fault, Faults, Field, Node, RuleId, Subject, Table, What};
use crate::record::category::Category;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::Kind;
use crate::record::occurred::Occurred;

/// Rules, events, holds or versions of one record.
const ITEMS_MAX: usize = 10_000;

fn moment(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Moment> {
    field.parsed(faults, |found| Moment::parse(found).map_err(|_| What::Moment))
}

macro_rules! read_id {
    ($name:ident, $id:ty) => {
        fn $name(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<$id> {
            field.parsed(faults, |found| <$id>::parse(found).map_err(|_| What::BadId))
        }
    };
}
read_id!(record_id, RecordId);
read_id!(event_id, EventId);
read_id!(hold_id, HoldId);
read_id!(lock_id, LockId);
read_id!(request_id, SubjectRequestId);

/// Every item of a list that may be missing; `None` if one of them is wrong.
fn items<T>(
    table: &mut Table<'_>,
    name: &'static str,
    faults: &mut Faults<'_>,
    read: impl FnMut(&Field<'_>, &mut Faults<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    match table.field(name) {
        None => Some(Vec::new()),
        Some(field) => field.each(ITEMS_MAX, faults, read),
    }
}

/// Something that may be missing; `None` if it is there and wrong.
fn maybe<T>(
    table: &mut Table<'_>,
    name: &'static str,
    faults: &mut Faults<'_>,
    read: impl FnOnce(&Field<'_>, &mut Faults<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match table.field(name) {
        None => Some(None),
        Some(field) => read(&field, faults).map(Some),
    }
}

/// A date as an explanation writes it.
fn date(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Occurred> {
    let mut table = field.table(faults)?;
    let on = table.required("on", faults, Field::date);
    let zone = table.required("zone", faults, Field::zone);
    let at = maybe(&mut table, "at", faults, moment);
    table.finish(faults);
    Some(Occurred { on: on?, at: at?, zone: zone? })
}

fn last_day(table: &mut Table<'_>, faults: &mut Faults<'_>) -> Option<(CivilDate, Zone)> {
    let last = table.required("last_day", faults, Field::date);
    let zone = table.required("zone", faults, Field::zone);
    Some((last?, zone?))
}

fn rule_ref(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<RuleRef> {
    let mut table = field.table(faults)?;
    let id = table.required("id", faults, |field, faults| {
        field.parsed(faults, |found| RuleId::parse(found).map_err(|_| What::BadId))
    });
    let version =
        table.required("version", faults, |field, faults| field.integer(faults, 1, i64::from(u32::MAX)));
    let hash = table.required("hash", faults, digest);
    table.finish(faults);
    Some(RuleRef::new(id?, u32::try_from(version?).ok()?, hash?))
}

/// A digest.
pub(super) fn digest(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Digest> {
    field.parsed(faults, |found| Digest::parse_hex(found).map_err(|_| What::Digest))
}

fn end(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<End> {
    let mut table = field.table(faults)?;
    if let Some(never) = table.field("never") {
        table.finish(faults);
        return never.word(faults, NeverWhy::parse, NeverWhy::WORDS).map(End::Never);
    }
    // The instant follows from the day; it is written for people.
    let from = table.field("disposable_from");
    if table.field("last_day").is_none() {
        let at = moment(&from?, faults)?;
        table.finish(faults);
        return Some(End::At(at));
    }
    let day = last_day(&mut table, faults);
    table.finish(faults);
    day.map(|(last, zone)| End::of_day(last, zone))
}

/// Facts of an explanation, for the schedule that was made of its rules.
pub(super) fn facts(field: &Field<'_>, schedule: &Schedule, faults: &mut Faults<'_>) -> Option<Facts> {
    let mut table = field.table(faults)?;
    let record = table.required("record", faults, record_id);
    let under = table.required("under", faults, digest);
    let declared = table.required("declared", faults, date);
    let versions = items(&mut table, "versions", faults, |field, faults| version(field, schedule, faults));
    let events = items(&mut table, "events", faults, event);
    let lineage = table.required("lineage", faults, lineage);
    let residuals = items(&mut table, "residuals", faults, residual);
    let assignment = maybe(&mut table, "assignment", faults, assignment);
    let erasure = maybe(&mut table, "erasure", faults, erasure);
    let progress = table.required("progress", faults, progress);
    let action_since = maybe(&mut table, "action_since", faults, moment);
    table.finish(faults);
    Some(Facts {
        record: record?,
        under: under?,
        declared: declared?,
        versions: versions?,
        events: events?,
        lineage: lineage?,
        residuals: residuals?,
        assignment: assignment?,
        erasure: erasure?,
        progress: progress?,
        action_since: action_since?,
    })
}

fn version(field: &Field<'_>, schedule: &Schedule, faults: &mut Faults<'_>) -> Option<VersionFacts> {
    let mut table = field.table(faults)?;
    let number =
        table.required("number", faults, |field, faults| field.integer(faults, 1, i64::from(u32::MAX)));
    let matched = items(&mut table, "matched", faults, |field, faults| {
        field.parsed(faults, |found| {
            let index = schedule.rules().iter().position(|rule| rule.obligation.id.as_str() == found);
            index.and_then(|index| u32::try_from(index).ok()).ok_or(What::Unfit)
        })
    });
    let dates = table.required("dates", faults, |field, faults| dates(field, schedule, faults));
    table.finish(faults);
    Some(VersionFacts { number: u32::try_from(number?).ok()?, matched: matched?, dates: dates? })
}

/// Dates by the names of their slots; a slot that is not named is missing.
fn dates(field: &Field<'_>, schedule: &Schedule, faults: &mut Faults<'_>) -> Option<Vec<DateFact>> {
    let table = field.table(faults)?;
    let mut known: BTreeMap<&str, DateFact> = BTreeMap::new();
    for (name, value) in table.members() {
        let fact = match &value.node.value {
            crate::policy::NodeValue::Text(word) if word == "missing" => DateFact::Missing,
            crate::policy::NodeValue::Text(word) if word == "invalid" => DateFact::Invalid,
            _ => DateFact::Known(date(&value, faults)?),
        };
        known.insert(name, fact);
    }
    let fact = |slot: &super::schedule::Slot| known.get(slot.to_string().as_str()).copied();
    Some(schedule.slots.iter().map(|slot| fact(slot).unwrap_or(DateFact::Missing)).collect())
}

fn event(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<EventFact> {
    let mut table = field.table(faults)?;
    let id = table.required("id", faults, event_id);
    let kind = table.required("type", faults, event_type);
    let key = table.required("key", faults, event_key);
    let on = table.required("on", faults, date);
    let recorded_at = table.required("recorded_at", faults, moment);
    table.finish(faults);
    Some(EventFact { id: id?, kind: kind?, key: key?, on: on?, recorded_at: recorded_at? })
}

fn event_type(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<EventType> {
    field.parsed(faults, |found| EventType::parse(found).map_err(|_| What::BadId))
}

fn event_key(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<EventKey> {
    field.parsed(faults, |found| EventKey::parse(found).map_err(|_| What::BadId))
}

fn lineage(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Lineage> {
    let mut table = field.table(faults)?;
    let kind = table.required("kind", faults, |field, faults| {
        let allowed = ["original", "derived", "anonymous"];
        field.word(faults, |found| allowed.contains(&found).then(|| found.to_owned()), &allowed)
    });
    let ceilings = items(&mut table, "ceilings", faults, |field, faults| {
        let mut table = field.table(faults)?;
        let from = table.required("from", faults, record_id);
        let rule = table.required("rule", faults, rule_ref);
        let day = last_day(&mut table, faults);
        table.finish(faults);
        let (last_day, zone) = day?;
        Some(InheritedCeiling { from: from?, rule: rule?, last_day, zone })
    });
    table.finish(faults);
    let ceilings = ceilings?;
    Some(match kind?.as_str() {
        "original" => Lineage::Original,
        "anonymous" => Lineage::Anonymous,
        _ => Lineage::Derived(ceilings),
    })
}

fn residual(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Residual> {
    let mut table = field.table(faults)?;
    let rule = table.required("rule", faults, rule_ref);
    let end = table.required("end", faults, end);
    table.finish(faults);
    Some(Residual { rule: rule?, end: end? })
}

fn assignment(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Assignment> {
    let mut table = field.table(faults)?;
    let action =
        maybe(&mut table, "action", faults, |field, faults| field.word(faults, Action::parse, Action::WORDS));
    let keep_until = maybe(&mut table, "keep_until", faults, |field, faults| {
        let mut table = field.table(faults)?;
        let day = last_day(&mut table, faults);
        table.finish(faults);
        day
    });
    table.finish(faults);
    Some(Assignment { action: action?, keep_until: keep_until? })
}

fn erasure(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Erasure> {
    let mut table = field.table(faults)?;
    let request = table.required("request", faults, request_id);
    let granted_at = table.required("granted_at", faults, moment);
    table.finish(faults);
    Some(Erasure { request: request?, granted_at: granted_at? })
}

fn progress(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Progress> {
    const STAGES: [&str; 8] =
        ["none", "in_review", "approved", "cooling_off", "sealed", "shredded", "residual", "transferred"];
    let mut table = field.table(faults)?;
    let stage = table.required("stage", faults, |field, faults| {
        field.word(faults, |found| STAGES.into_iter().find(|stage| *stage == found), &STAGES)
    })?;
    let begun = |table: &mut Table<'_>, faults: &mut Faults<'_>| table.required("begun", faults, moment);
    let count = |table: &mut Table<'_>, name, faults: &mut Faults<'_>| {
        let number = table.required(name, faults, |field, faults| field.integer(faults, 0, 255));
        number.and_then(|number| u8::try_from(number).ok())
    };
    let progress = match stage {
        "in_review" => {
            let (begun, done, of) = (
                begun(&mut table, faults),
                count(&mut table, "done", faults),
                count(&mut table, "of", faults),
            );
            Progress::InReview { begun: begun?, done: done?, of: of? }
        }
        "approved" => Progress::Approved { begun: begun(&mut table, faults)? },
        "cooling_off" => {
            let (begun, until) = (begun(&mut table, faults), table.required("until", faults, moment));
            Progress::CoolingOff { begun: begun?, until: until? }
        }
        "sealed" => Progress::Sealed { begun: begun(&mut table, faults)? },
        "shredded" => Progress::Shredded,
        "residual" => Progress::Residual,
        "transferred" => Progress::Transferred,
        _ => Progress::None,
    };
    table.finish(faults);
    Some(progress)
}

/// A hold.
pub(super) fn hold(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Hold> {
    let mut table = field.table(faults)?;
    let id = table.required("id", faults, hold_id);
    let kind =
        table.required("kind", faults, |field, faults| field.word(faults, HoldKind::parse, HoldKind::WORDS));
    let confidential = table.required("confidential", faults, |field, faults| field.bool(faults));
    let placed_at = table.required("placed_at", faults, moment);
    let released_at = maybe(&mut table, "released_at", faults, moment);
    let zone = table.required("zone", faults, Field::zone);
    table.finish(faults);
    Some(Hold {
        id: id?,
        kind: kind?,
        confidential: confidential?,
        placed_at: placed_at?,
        released_at: released_at?,
        zone: zone?,
    })
}

/// A lock.
pub(super) fn lock(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Lock> {
    let mut table = field.table(faults)?;
    let id = table.required("id", faults, lock_id);
    let bypassed = maybe(&mut table, "bypassed", faults, |field, faults| field.bool(faults));
    let compliance = table.required("level", faults, |field, faults| {
        let read = |found: &str| match found {
            "compliance" => Some(true),
            "governance" => Some(false),
            _ => None,
        };
        field.word(faults, read, &["governance", "compliance"])
    });
    let until = table.required("until", faults, |field, faults| {
        if matches!(&field.node.value, crate::policy::NodeValue::Text(word) if word == "ever") {
            return Some(LockUntil::Ever);
        }
        let mut table = field.table(faults)?;
        let day = last_day(&mut table, faults);
        table.finish(faults);
        day.map(|(last, zone)| LockUntil::Day(last, zone))
    });
    table.finish(faults);
    let bypassed = bypassed?.unwrap_or(false);
    let level = if compliance? { LockLevel::Compliance } else { LockLevel::Governance { bypassed } };
    Some(Lock { id: id?, level, until: until? })
}

/// Reads a made-up record as case files describe it, and materialises it: `record` (kind, category, jurisdiction,
/// tags, fields), `zone`, the dates `declared`, `received`, `created`, `occurred`, `classified`, further fields in
/// `meta`, and `events` (type, key, on). `docs/formats/policy.md` shows one.
///
/// # Errors
/// Every fault.
pub fn read_case(case: &Value, schedule: &Schedule) -> Result<Facts, Vec<Fault>> {
    let root = Node::of_json(case);
    let mut faults = Faults::new(None);
    let facts = case_facts(&Field::root(&root), schedule, &mut faults);
    let list = faults.into_list();
    facts.filter(|_| list.is_empty()).ok_or(list)
}

fn case_facts(field: &Field<'_>, schedule: &Schedule, faults: &mut Faults<'_>) -> Option<Facts> {
    let mut table = field.table(faults)?;
    let subject = table.required("record", faults, subject);
    let zone = table.optional("zone", faults, Field::zone).unwrap_or(Zone::SHANGHAI);
    let mut own = |name: &'static str, faults: &mut Faults<'_>| {
        maybe(&mut table, name, faults, |field, faults| written_date(field, zone, faults))
    };
    let (declared, received) = (own("declared", faults), own("received", faults));
    let (created, occurred) = (own("created", faults), own("occurred", faults));
    let classified = own("classified", faults);
    let meta = maybe(&mut table, "meta", faults, texts);
    let mut number: u64 = 0;
    let events = items(&mut table, "events", faults, |field, faults| {
        number += 1;
        case_event(field, zone, number, faults)
    });
    table.finish(faults);
    let (subject, occurred) = (subject?, occurred?);
    let Some(declared) = declared?.or(occurred) else {
        field.fault(faults, What::Needs { other: "declared" });
        return None;
    };
    let meta = meta?.unwrap_or_default();
    let materials = Materials {
        number: 1,
        subject: &subject,
        declared,
        received: received?,
        created: created?,
        occurred,
        classified: classified?,
        meta: &meta,
        zone,
    };
    Some(Facts {
        record: RecordId::parse("00000000-0000-7000-8000-000000000000").ok()?,
        under: schedule.policy().hash,
        declared,
        versions: vec![schedule.materialise(&materials)],
        events: events?,
        lineage: Lineage::Original,
        residuals: Vec::new(),
        assignment: None,
        erasure: None,
        progress: Progress::None,
        action_since: None,
    })
}

fn written_date(field: &Field<'_>, zone: Zone, faults: &mut Faults<'_>) -> Option<Occurred> {
    field.parsed(faults, |found| Occurred::parse(found, zone).map_err(|_| What::Moment))
}

fn case_event(field: &Field<'_>, zone: Zone, number: u64, faults: &mut Faults<'_>) -> Option<EventFact> {
    let mut table = field.table(faults)?;
    let kind = table.required("type", faults, event_type);
    let key = table.required("key", faults, event_key);
    let on = table.required("on", faults, |field, faults| written_date(field, zone, faults));
    table.finish(faults);
    let id = EventId::parse(&format!("00000000-0000-7000-8000-{number:012}")).ok()?;
    let on = on?;
    Some(EventFact { id, kind: kind?, key: key?, recorded_at: on.begins(), on })
}

fn texts(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<BTreeMap<String, String>> {
    let table = field.table(faults)?;
    let mut texts = BTreeMap::new();
    for (name, value) in table.members() {
        texts.insert(name.to_owned(), value.text(faults)?.to_owned());
    }
    Some(texts)
}

fn subject(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Subject> {
    let mut table = field.table(faults)?;
    let kind = table.optional("kind", faults, |field, faults| {
        field.word(faults, |found| Kind::parse(found).ok(), Kind::WORDS)
    });
    let kind = kind.unwrap_or(Kind::ServiceRecord(crate::record::kind::Subkind::General));
    let category = table.optional("category", faults, |field, faults| {
        field.parsed(faults, |found| {
            Category::parse(found).map_err(|_| What::Category { found: found.to_owned() })
        })
    });
    let jurisdiction = table.optional("jurisdiction", faults, |field, faults| {
        field.parsed(faults, |found| {
            Jurisdiction::parse(found).map_err(|_| What::Jurisdiction { found: found.to_owned() })
        })
    });
    let tags = table.optional("tags", faults, |field, faults| {
        field.each(LIST_ITEMS_MAX, faults, |item, faults| item.text(faults).map(str::to_owned))
    });
    let fields = table.optional("fields", faults, texts);
    table.finish(faults);
    Some(Subject {
        kind,
        category: category.unwrap_or_else(|| Category::of_kind(kind)),
        jurisdiction: jurisdiction.unwrap_or_else(Jurisdiction::china),
        tags: tags.unwrap_or_default(),
        fields: fields.unwrap_or_default().into_iter().collect(),
    })
}
