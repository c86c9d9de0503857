//! Reads what the judge has to know of a record: its versions' dates and which rules match, its keys, and the
//! events that reach it by them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::archive::bound::Bound;
use crate::archive::disposition::assigned;
use crate::archive::events::{Reaching, all_token, case_token, key_token, party_token};
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Inner, descriptors, parties, rows};
use crate::base::civil::CivilDate;
use crate::base::id::{CaseId, EventId, PartyId};
use crate::base::moment::Moment;
use crate::policy::Subject;
use crate::policy::trigger::{EventKey, EventType};
use crate::record::category::Category;
use crate::record::descriptor::Descriptor;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::occurred::Occurred;
use crate::record::party::PartyRole;
use crate::retention::{
    CASE_KEY, CUSTOMER_KEY, Declared, EventFact, Facts, Hold, Lineage, Materials, Progress, Residual,
    Schedule, VersionFacts, action_since, carried_over, keys_of,
};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;
use crate::store::rows::versions::VersionRow;
use crate::store::rows::{LookupToken, cases, parties as party_rows, versions};

use super::guards::Guards;
use super::rules::Rules;

/// The event that the closing of a record's case is: nobody enters it twice.
pub(in crate::archive) const CASE_CLOSED: &str = "case_closed";

/// What was read of a record, for whatever rules. It holds what descriptors say and never leaves the work that
/// read it.
pub(in crate::archive) struct Known {
    record: RecordRow,
    declared: Occurred,
    versions: Vec<Version>,
    /// The names and tokens of its keys.
    pub keys: Vec<(String, LookupToken)>,
    /// Its customers.
    pub customers: Vec<PartyId>,
    /// When its case was closed.
    pub(super) closed: Option<(CaseId, Occurred)>,
}

struct Version {
    number: u32,
    subject: Subject,
    declared: Occurred,
    received: Occurred,
    occurred: Occurred,
    meta: BTreeMap<String, String>,
}

/// The facts of a record under a chain of rules: floors of earlier ones stand as residuals.
///
/// # Errors
/// [`Refusal::Damaged`] if the record, its case or an event is not as the ledger says.
pub(in crate::archive) fn materialise(
    (inner, ledger): (&Inner, &Ledgered<'_>),
    conn: &mut Conn,
    reaching: &mut Reaching,
    (record, rules): (&RecordRow, &[Rules]),
) -> Result<(Known, Facts), Refusal> {
    let known = Known::read(inner, ledger, conn, record)?;
    let facts = known.under((inner, ledger), conn, reaching, rules)?;
    Ok((known, facts))
}

impl Known {
    /// Reads a record that is as the ledger says.
    ///
    /// # Errors
    /// As [`materialise`].
    pub(in crate::archive) fn read(
        inner: &Inner,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        record: &RecordRow,
    ) -> Result<Self, Refusal> {
        ledger.must_be_whole(conn, record)?;
        let keys = inner.keys();
        let mut found: BTreeSet<(String, LookupToken)> = BTreeSet::new();
        let mut read = Vec::new();
        for row in versions::of_record(conn, record.id)? {
            let version_keys = descriptors::version_keys(&keys, conn, record.id, row.version)?;
            let descriptor = descriptors::open(&version_keys, &row)?;
            for (key, value) in keys_of(&descriptor) {
                found.insert((key.as_str().to_owned(), key_token(&keys, &key, &value)?));
            }
            read.push(Version::of(record, &row, &descriptor)?);
        }
        let mut customers: BTreeSet<PartyId> = BTreeSet::new();
        for part in party_rows::of_version(conn, record.id, record.version)? {
            if part.role == PartyRole::Customer.as_str() {
                customers.insert(part.party_id);
            }
        }
        let closed = match record.case_id {
            None => None,
            Some(case) => {
                found.insert((CASE_KEY.to_owned(), case_token(&keys, case)?));
                of_case((&keys, ledger), conn, case, (&mut found, &mut customers))?
            }
        };
        let declared = read.first().map(|first| first.declared).ok_or(Refusal::Damaged(Thing::Record))?;
        Ok(Self {
            record: record.clone(),
            declared,
            versions: read,
            keys: found.into_iter().collect(),
            customers: customers.into_iter().collect(),
            closed,
        })
    }

    /// The facts under the last of these rules; what earlier ones leave behind is carried along.
    ///
    /// # Errors
    /// As [`materialise`].
    pub(in crate::archive) fn under(
        &self,
        (inner, ledger): (&Inner, &Ledgered<'_>),
        conn: &mut Conn,
        reaching: &mut Reaching,
        rules: &[Rules],
    ) -> Result<Facts, Refusal> {
        let mut before: Option<(&Schedule, Facts)> = None;
        for rules in rules {
            let old = before.as_ref().map(|(schedule, facts)| Declared { schedule, facts });
            let facts = self.next((inner, ledger), conn, reaching, (old, rules))?;
            before = Some((rules.schedule.as_ref(), facts));
        }
        before.map(|(_, facts)| facts).ok_or(Refusal::WrongState)
    }

    /// The facts under the rules that follow on others.
    ///
    /// # Errors
    /// As [`materialise`].
    pub(in crate::archive) fn next(
        &self,
        (inner, ledger): (&Inner, &Ledgered<'_>),
        conn: &mut Conn,
        reaching: &mut Reaching,
        (before, rules): (Option<Declared<'_>>, &Rules),
    ) -> Result<Facts, Refusal> {
        let schedule = rules.schedule.as_ref();
        let events = events_of((inner, ledger), conn, reaching, (&self.keys, schedule))?;
        let mut facts = self.facts(schedule, with_closing(events, self.closed));
        facts.assignment = assigned(ledger, conn, self.record.id)?;
        if let Some(before) = before {
            facts.residuals = carried_over(before, Declared { schedule, facts: &facts }, rules.since);
            facts.action_since = action_since(before, Declared { schedule, facts: &facts }, rules.since);
        }
        let leaves = |residual: &Residual| rules.rebased.contains(residual.rule.id());
        if facts.residuals.iter().any(leaves) && !self.was_guarded(inner, conn, rules.since)? {
            facts.residuals.retain(|residual| !leaves(residual));
        }
        Ok(facts)
    }

    /// True if a hold stood over the record at an instant, or it is locked: then nothing of it is shortened.
    fn was_guarded(&self, inner: &Inner, conn: &mut Conn, at: Moment) -> Result<bool, Refusal> {
        let guards = Guards::over(inner, conn, &self.record)?;
        let stood =
            |hold: &Hold| hold.placed_at <= at && hold.released_at.is_none_or(|released| at < released);
        Ok(guards.holds.iter().any(stood) || !guards.locks.is_empty())
    }

    /// What was read of the versions under these rules.
    pub(super) fn versions_under(&self, schedule: &Schedule) -> Vec<VersionFacts> {
        self.versions.iter().map(|version| schedule.materialise(&version.materials())).collect()
    }

    fn facts(&self, schedule: &Schedule, events: Vec<EventFact>) -> Facts {
        Facts {
            record: self.record.id,
            under: schedule.policy().hash,
            declared: self.declared,
            versions: self.versions_under(schedule),
            events,
            lineage: Lineage::Original,
            residuals: Vec::new(),
            assignment: None,
            erasure: None,
            progress: Progress::None,
            action_since: None,
        }
    }
}

/// The events that reach a record with these keys, of the types for which a schedule waits.
///
/// # Errors
/// [`Refusal::Damaged`] if one is not as the ledger says, or one is missing.
pub(super) fn events_of(
    (inner, ledger): (&Inner, &Ledgered<'_>),
    conn: &mut Conn,
    reaching: &mut Reaching,
    (keys, schedule): (&[(String, LookupToken)], &Schedule),
) -> Result<Vec<EventFact>, Refusal> {
    let awaited: BTreeSet<(String, String)> = schedule
        .awaited()
        .into_iter()
        .map(|(kind, key)| (kind.as_str().to_owned(), key.as_str().to_owned()))
        .collect();
    if awaited.is_empty() {
        return Ok(Vec::new());
    }
    let all = all_token(&inner.keys())?;
    let mut events = reaching.facts_of(ledger, conn, (keys, &all), &awaited)?;
    events.retain(|event| awaited.contains(&(event.kind.as_str().to_owned(), event.key.as_str().to_owned())));
    Ok(events)
}

/// What the record's case adds: its customers, and that it is closed.
fn of_case(
    (keys, ledger): (&Keyring, &Ledgered<'_>),
    conn: &mut Conn,
    case: CaseId,
    (found, customers): (&mut BTreeSet<(String, LookupToken)>, &mut BTreeSet<PartyId>),
) -> Result<Option<(CaseId, Occurred)>, Refusal> {
    ledger.must_be_last(conn, &Bound::Case(case))?;
    let row = cases::get(conn, case)?.ok_or(Refusal::Damaged(Thing::Case))?;
    for part in cases::parties_of(conn, case)? {
        if part.role == PartyRole::Customer.as_str() {
            let party = party_rows::get(conn, part.party_id)?.ok_or(Refusal::Damaged(Thing::Party))?;
            parties::registered(ledger, conn, &party)?;
            found.insert((CUSTOMER_KEY.to_owned(), party_token(keys, &party.name_token)?));
            customers.insert(part.party_id);
        }
    }
    let Some(closed_at) = row.closed_at else { return Ok(None) };
    let closed_at = closed_at.max(last_closing(ledger, conn, case)?.unwrap_or(closed_at));
    let on = CivilDate::of(closed_at, row.zone).map_err(|_| Refusal::Damaged(Thing::Case))?;
    Ok(Some((case, Occurred { on, at: Some(closed_at), zone: row.zone })))
}

/// The last of the instants at which a case was ever said to be closed. A closing that was taken back stays the
/// bound for one that comes in its place: who notes events of cases brings no end nearer by it.
fn last_closing(ledger: &Ledgered<'_>, conn: &mut Conn, case: CaseId) -> Result<Option<Moment>, Refusal> {
    let told = ledger.told_of(conn, &Bound::Case(case))?;
    let said = told.iter().filter_map(|entry| entry.facts.get("case")?.get("closed_at")?.as_str());
    said.map(|at| Moment::parse(at).map_err(|_| Refusal::Damaged(Thing::Case))).try_fold(None, |last, at| {
        let at = at?;
        Ok(last.max(Some(at)))
    })
}

/// Adds the closing of the case, which is no event of its own: it bears the case's own id, which no event has.
pub(super) fn with_closing(mut events: Vec<EventFact>, closed: Option<(CaseId, Occurred)>) -> Vec<EventFact> {
    let names = EventType::parse(CASE_CLOSED).ok().zip(EventKey::parse(CASE_KEY).ok());
    if let (Some((case, on)), Some((kind, key))) = (closed, names) {
        let id = EventId::from_bytes(*case.as_bytes());
        events.push(EventFact { id, kind, key, on, recorded_at: on.begins() });
    }
    events
}

impl Version {
    fn of(record: &RecordRow, row: &VersionRow, descriptor: &Descriptor) -> Result<Self, Refusal> {
        let damaged = || Refusal::Damaged(Thing::Record);
        let day = |at| {
            let on = CivilDate::of(at, row.zone).map_err(|_| damaged())?;
            Ok::<_, Refusal>(Occurred { on, at: Some(at), zone: row.zone })
        };
        let mut meta = BTreeMap::new();
        texts_of(&descriptor.fields.to_json().into(), "", &mut meta);
        for field in &descriptor.custom {
            meta.insert(field.name.clone(), field.value.clone());
        }
        let subject = Subject {
            kind: rows::kind_of(record)?,
            category: Category::parse(&record.category).map_err(|_| damaged())?,
            jurisdiction: Jurisdiction::parse(&record.jurisdiction).map_err(|_| damaged())?,
            tags: descriptor.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
            fields: descriptor.custom.iter().map(|field| (field.name.clone(), field.value.clone())).collect(),
        };
        Ok(Self {
            number: row.version,
            subject,
            declared: day(row.captured_at)?,
            received: day(row.received_at)?,
            occurred: Occurred { on: row.occurred_on, at: row.occurred_at, zone: row.zone },
            meta,
        })
    }

    fn materials(&self) -> Materials<'_> {
        Materials {
            number: self.number,
            subject: &self.subject,
            declared: self.declared,
            received: Some(self.received),
            // The archive is not told when a document was made.
            created: None,
            occurred: Some(self.occurred),
            // Category and kind are the record's from its beginning.
            classified: Some(self.declared),
            meta: &self.meta,
            zone: self.occurred.zone,
        }
    }
}

/// The texts and numbers among typed fields, by their paths.
fn texts_of(value: &Value, path: &str, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                texts_of(value, &path, into);
            }
        }
        Value::String(text) => drop(into.insert(path.to_owned(), text.clone())),
        Value::Number(number) => drop(into.insert(path.to_owned(), number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) => {}
    }
}
