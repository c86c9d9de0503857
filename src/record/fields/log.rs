//! 数据处理日志: the sum of what its entries say. The entries themselves lie in the payload.

use super::authorization::Operation;
use super::common::PaperOriginal;
use crate::base::id::RecordId;
use crate::base::limits::{ACTIVITIES_MAX, BULK_ENTRIES_MAX};
use crate::base::moment::Moment;
use crate::record::names::Term;
use crate::record::request::{FaultCode, ObjectReader, ObjectWriter};

/// Entries that differ only in time, actor and subject, taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// What was done.
    pub operation: Operation,
    /// For what purpose.
    pub purpose: Option<Term>,
    /// On which category of data.
    pub data_category: Option<Term>,
    /// In which system.
    pub system: Option<Term>,
    /// Under which authorization, if the entries name one.
    pub authorization: Option<RecordId>,
    /// The first such entry.
    pub first_at: Moment,
    /// The last such entry.
    pub last_at: Moment,
    /// How many entries.
    pub entries: u64,
}

/// The typed fields of a processing log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessingLogFields {
    /// What was done, summed up.
    pub activities: Vec<Activity>,
    /// The paper original.
    pub paper_original: Option<PaperOriginal>,
}

impl Activity {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let operation = reader.text("operation", Operation::parse);
        let purpose = reader.text("purpose", Term::parse);
        let data_category = reader.text("data_category", Term::parse);
        let system = reader.text("system", Term::parse);
        let authorization = reader.text("authorization", RecordId::parse);
        let first_at = reader.text("first_at", Moment::parse);
        let last_at = reader.text("last_at", Moment::parse);
        let given = reader.has("entries");
        let entries = reader.number("entries", 1..=BULK_ENTRIES_MAX);
        reader.require(&["operation", "first_at", "last_at"]);
        reader.not_before(("last_at", last_at), ("first_at", first_at));
        Some(Self {
            operation: operation?,
            purpose,
            data_category,
            system,
            authorization,
            first_at: first_at?,
            last_at: last_at?,
            entries: if given { entries? } else { 1 },
        })
    }

    fn to_json(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut writer = ObjectWriter::new();
        writer
            .put("operation", self.operation.as_str())
            .maybe("purpose", self.purpose.as_ref().map(Term::as_str))
            .maybe("data_category", self.data_category.as_ref().map(Term::as_str))
            .maybe("system", self.system.as_ref().map(Term::as_str))
            .shown("authorization", self.authorization)
            .shown("first_at", Some(self.first_at))
            .shown("last_at", Some(self.last_at))
            .put("entries", self.entries);
        writer.finish()
    }
}

impl ProcessingLogFields {
    /// The names of the fields.
    pub const NAMES: &'static [&'static str] = &["activities", "paper_original"];

    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        let activities = reader.list("activities", ACTIVITIES_MAX, |item, path, faults| {
            ObjectReader::read(item, path, faults, Activity::read).flatten()
        });
        let total = activities.iter().try_fold(0_u64, |sum, activity| sum.checked_add(activity.entries));
        if total.is_none_or(|total| total > BULK_ENTRIES_MAX) {
            reader.fault("activities", FaultCode::OutOfRange { least: 0, most: BULK_ENTRIES_MAX });
        }
        Self { activities, paper_original: PaperOriginal::read(reader) }
    }

    pub(super) fn write(&self, writer: &mut ObjectWriter) {
        writer
            .list("activities", self.activities.iter().map(Activity::to_json))
            .maybe("paper_original", self.paper_original.as_ref().map(PaperOriginal::to_json));
    }

    pub(super) fn write_clear(&self, writer: &mut ObjectWriter) {
        let used = Operation::ALL
            .iter()
            .filter(|operation| self.activities.iter().any(|activity| activity.operation == **operation));
        writer
            .list("operations", used.map(|operation| operation.as_str()))
            .shown("first_at", self.activities.iter().map(|activity| activity.first_at).min())
            .shown("last_at", self.activities.iter().map(|activity| activity.last_at).max());
        if !self.activities.is_empty() {
            writer.put("entries", self.activities.iter().map(|activity| activity.entries).sum::<u64>());
        }
    }
}
