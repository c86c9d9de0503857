//! What a schedule would mean for every record, worked out from the records themselves: for a version that nobody
//! has facts under yet.

use std::collections::BTreeMap;

use serde_json::Value;

use super::carry::carried;
use super::in_force::InForce;
use crate::archive::Inner;
use crate::archive::descriptors;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{PartyId, RecordId};
use crate::base::limits::SIMULATED_AT_ONCE_MAX;
use crate::base::moment::Moment;
use crate::policy::Subject;
use crate::record::category::Category;
use crate::record::descriptor::Descriptor;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::Kind;
use crate::record::occurred::Occurred;
use crate::record::party::PartyRole;
use crate::record::state::RecordState;
use crate::retention::{Facts, Lineage, Materials, Progress, Schedule, Simulated, Simulation, simulate};
use crate::store::Conn;
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::versions::VersionRow;
use crate::store::rows::{ledger, parties, versions};

/// A simulation of the whole archive.
pub(super) struct Weighed {
    /// What would change.
    pub simulation: Simulation,
    /// Entries that the ledger had when it was begun.
    pub ledger_size: u64,
}

/// A record under both schedules.
struct Weighing {
    category: String,
    customer: Option<PartyId>,
    before: Facts,
    after: Facts,
}

/// One version of a record, opened.
struct Opened {
    row: VersionRow,
    descriptor: Descriptor,
}

impl Inner {
    /// Judges every record that is not destroyed as of `at`, as things stand and as they would stand under `after`.
    /// `chain` is what counted until now.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] for a record that is not as the ledger says: by what somebody changed nothing is
    /// foretold. [`Refusal::TooMany`] where there are more records than are judged at once.
    pub(super) fn weigh(&self, chain: &[InForce], after: &Schedule, at: Moment) -> Result<Weighed, Refusal> {
        let none = Schedule::none();
        let before = chain.last().map_or(&none, |last| &last.schedule);
        self.store.read(|conn| {
            let ledger_size = ledger::count(conn)?;
            let ledgered = self.ledgered(conn)?;
            if records::count_all(conn)? > SIMULATED_AT_ONCE_MAX as u64 {
                return Err(Refusal::TooMany { most: SIMULATED_AT_ONCE_MAX as u64 });
            }
            let mut ids = Vec::new();
            records::scan(conn, &mut |row| {
                ids.push(row?);
                Ok::<_, Refusal>(())
            })?;
            let mut weighings = Vec::with_capacity(ids.len());
            for row in ids {
                let is_there = RecordState::from_row(&row.state).is_some_and(RecordState::is_openable);
                if is_there {
                    ledgered.must_be_whole(conn, &row)?;
                    weighings.push(self.weighing(conn, &row, chain, (before, after))?);
                }
            }
            let records = weighings.iter().map(|record| Simulated {
                category: &record.category,
                customer: record.customer,
                before: &record.before,
                after: &record.after,
                holds: &[],
                locks: &[],
            });
            Ok(Weighed { simulation: simulate(before, after, records, at), ledger_size })
        })
    }

    fn weighing(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
        chain: &[InForce],
        (before, after): (&Schedule, &Schedule),
    ) -> Result<Weighing, Refusal> {
        let keys = self.keys();
        let mut opened = Vec::new();
        for version in versions::of_record(conn, row.id)? {
            let version_keys = descriptors::version_keys(&keys, conn, row.id, version.version)?;
            let descriptor = descriptors::open(&version_keys, &version)?;
            opened.push(Opened { row: version, descriptor });
        }
        let under = |schedule: &Schedule| facts(row, &opened, schedule);
        let stands = carried(chain, under)?;
        let before = stands.map_or_else(|| under(before), Ok)?;
        let parts = parties::of_version(conn, row.id, row.version)?;
        let customer = parts.iter().find(|part| part.role == PartyRole::Customer.as_str());
        Ok(Weighing {
            category: row.category.clone(),
            customer: customer.map(|part| part.party_id),
            before,
            after: under(after)?,
        })
    }
}

/// A record's facts under a schedule, without what earlier ones leave behind.
fn facts(row: &RecordRow, opened: &[Opened], schedule: &Schedule) -> Result<Facts, Refusal> {
    let damaged = || Refusal::Damaged(Thing::Record);
    let first = opened.first().ok_or_else(damaged)?;
    let versions: Result<Vec<_>, Refusal> = opened
        .iter()
        .map(|version| {
            let subject = subject(row, &version.descriptor).ok_or_else(damaged)?;
            let meta = meta(&version.descriptor);
            let zone = version.row.zone;
            let day = |at: Moment| on_clocks(at, version.row.zone);
            let materials = Materials {
                number: version.row.version,
                subject: &subject,
                declared: day(version.row.captured_at).ok_or_else(damaged)?,
                received: day(version.row.received_at),
                created: None,
                occurred: Some(Occurred { on: version.row.occurred_on, at: version.row.occurred_at, zone }),
                classified: day(version.row.captured_at),
                meta: &meta,
                zone,
            };
            Ok(schedule.materialise(&materials))
        })
        .collect();
    Ok(Facts {
        record: row.id,
        under: schedule.policy().hash,
        declared: on_clocks(first.row.captured_at, first.row.zone).ok_or_else(damaged)?,
        versions: versions?,
        events: Vec::new(),
        lineage: Lineage::Original,
        residuals: Vec::new(),
        assignment: None,
        erasure: None,
        progress: Progress::None,
    })
}

/// An instant as clocks in a zone show it.
fn on_clocks(at: Moment, zone: crate::base::civil::Zone) -> Option<Occurred> {
    let on = crate::base::civil::CivilDate::of(at, zone).ok()?;
    Some(Occurred { on, at: Some(at), zone })
}

fn subject(row: &RecordRow, descriptor: &Descriptor) -> Option<Subject> {
    let kind = row.subkind.as_deref().unwrap_or(&row.kind);
    Some(Subject {
        kind: Kind::parse(kind).ok()?,
        category: Category::parse(&row.category).ok()?,
        jurisdiction: Jurisdiction::parse(&row.jurisdiction).ok()?,
        tags: descriptor.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
        fields: descriptor.custom.iter().map(|field| (field.name.clone(), field.value.clone())).collect(),
    })
}

/// What `meta("…")` can ask for: custom fields by their names, and typed ones, which outweigh them.
fn meta(descriptor: &Descriptor) -> BTreeMap<String, String> {
    let mut meta: BTreeMap<String, String> =
        descriptor.custom.iter().map(|field| (field.name.clone(), field.value.clone())).collect();
    let typed = descriptor.fields.to_json();
    let texts = typed.iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some((name.clone(), text.clone())),
        _ => None,
    });
    meta.extend(texts);
    meta
}

/// The records that a simulation says would be due at once.
pub(super) fn newly_due(simulation: &Simulation) -> impl Iterator<Item = RecordId> {
    let shifted = simulation.records.iter();
    shifted.filter(|(_, shifts)| shifts.contains(&crate::retention::Shift::NewlyDue)).map(|(id, _)| *id)
}
