//! What a segment of log entries says, without its subjects: for each distinct step, on which days
//! and how often. Gaps are computed from this; it is content and stays sealed with the segment.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::{Value, json};

use super::entry::LogEntry;
use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;
use crate::base::text::fold_name;

/// Entries with the same operation, purpose, data category, system and named authorization.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryGroup {
    /// What was done, as the log says.
    pub operation: String,
    /// What for.
    pub purpose: String,
    /// On which data.
    pub data_category: String,
    /// Where.
    pub system: String,
    /// The authorization that the entries name.
    pub authorization: Option<String>,
    /// The earliest of them.
    pub first: Moment,
    /// The latest of them.
    pub last: Moment,
    /// How many on each local day of the record's zone.
    pub days: BTreeMap<CivilDate, u64>,
}

impl fmt::Debug for EntryGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntryGroup").field("days", &self.days).finish_non_exhaustive()
    }
}

/// The groups of one record, ordered by their words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntrySummary {
    groups: Vec<EntryGroup>,
}

impl EntrySummary {
    /// From groups in any order.
    pub fn new(mut groups: Vec<EntryGroup>) -> Self {
        groups.sort_by(|a, b| a.words().cmp(&b.words()));
        Self { groups }
    }

    /// The groups.
    pub fn groups(&self) -> &[EntryGroup] {
        &self.groups
    }

    /// Entries in all groups.
    pub fn entries(&self) -> u64 {
        self.groups.iter().flat_map(|group| group.days.values()).sum()
    }

    /// What stays of it when entries are erased, and `left` sums up the others: every step with its days and
    /// counts, since what was done stays done, and no gap goes with an entry. Words that only erased entries
    /// had are put through `masked`.
    #[must_use]
    pub fn after_erasure(self, left: &Self, masked: impl Fn(&str) -> String) -> Self {
        let stands = |group: &EntryGroup| left.groups.iter().any(|other| other.words() == group.words());
        let groups = self.groups.into_iter().map(|group| match stands(&group) {
            true => group,
            false => EntryGroup {
                operation: masked(&group.operation),
                purpose: masked(&group.purpose),
                data_category: masked(&group.data_category),
                system: masked(&group.system),
                ..group
            },
        });
        Self::new(groups.collect())
    }

    /// The JSON value that is sealed with the segment.
    pub fn to_json(&self) -> Value {
        let groups: Vec<Value> = self.groups.iter().map(EntryGroup::to_json).collect();
        json!({"groups": groups, "v": 1})
    }

    /// Reads what [`Self::to_json`] wrote; `None` for anything else.
    pub fn from_json(value: &Value) -> Option<Self> {
        if value.get("v")?.as_u64()? != 1 {
            return None;
        }
        let groups: Option<Vec<EntryGroup>> =
            value.get("groups")?.as_array()?.iter().map(EntryGroup::from_json).collect();
        groups.map(Self::new)
    }
}

impl EntryGroup {
    fn words(&self) -> [Option<&str>; 5] {
        [
            Some(&self.operation),
            Some(&self.purpose),
            Some(&self.data_category),
            Some(&self.system),
            self.authorization.as_deref(),
        ]
    }

    fn to_json(&self) -> Value {
        let days: serde_json::Map<String, Value> =
            self.days.iter().map(|(day, count)| (day.to_string(), Value::from(*count))).collect();
        json!({
            "authorization": self.authorization,
            "data_category": self.data_category,
            "days": days,
            "first": self.first.to_rfc3339(),
            "last": self.last.to_rfc3339(),
            "operation": self.operation,
            "purpose": self.purpose,
            "system": self.system,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        let authorization = match value.get("authorization")? {
            Value::Null => None,
            named => Some(named.as_str()?.to_owned()),
        };
        let days: Option<BTreeMap<CivilDate, u64>> = value
            .get("days")?
            .as_object()?
            .iter()
            .map(|(day, count)| Some((CivilDate::parse(day).ok()?, count.as_u64()?)))
            .collect();
        Some(Self {
            operation: text("operation")?,
            purpose: text("purpose")?,
            data_category: text("data_category")?,
            system: text("system")?,
            authorization,
            first: Moment::parse(&text("first")?).ok()?,
            last: Moment::parse(&text("last")?).ok()?,
            days: days?,
        })
    }
}

/// Local dates of instants that lie close together: the zone is asked once per day.
#[derive(Debug, Clone)]
pub struct LocalDays {
    zone: Zone,
    known: Option<(Moment, Moment, CivilDate)>,
}

impl LocalDays {
    /// Of a zone.
    pub const fn new(zone: Zone) -> Self {
        Self { zone, known: None }
    }

    /// The date that clocks show at `at`; `None` outside the years that dates may have.
    pub fn date_of(&mut self, at: Moment) -> Option<CivilDate> {
        if let Some((from, until, date)) = self.known
            && from <= at
            && at < until
        {
            return Some(date);
        }
        let date = CivilDate::of(at, self.zone).ok()?;
        let (from, until) = (date.begins_in(self.zone), date.plus_days(1)?.begins_in(self.zone));
        self.known = Some((from, until, date));
        Some(date)
    }
}

/// Sums entries up while they stream by.
#[derive(Debug)]
pub struct Summarizing {
    days: LocalDays,
    groups: HashMap<String, EntryGroup>,
    key: String,
}

impl Summarizing {
    /// Nothing taken yet; days are those of `zone`.
    pub fn new(zone: Zone) -> Self {
        Self { days: LocalDays::new(zone), groups: HashMap::new(), key: String::new() }
    }

    /// Takes one entry.
    pub fn add(&mut self, entry: &LogEntry) {
        // The reader lets no instant in that has no date.
        let Some(day) = self.days.date_of(entry.at) else { return };
        self.key.clear();
        let words = [&entry.operation, &entry.purpose, &entry.data_category, &entry.system];
        for word in words.into_iter().chain(entry.authorization.as_ref()) {
            // No field of an entry has control characters, so this cannot join two words into one.
            self.key.push_str(word);
            self.key.push('\0');
        }
        if let Some(group) = self.groups.get_mut(&self.key) {
            group.first = group.first.min(entry.at);
            group.last = group.last.max(entry.at);
            *group.days.entry(day).or_default() += 1;
            return;
        }
        let group = EntryGroup {
            operation: entry.operation.clone(),
            purpose: entry.purpose.clone(),
            data_category: entry.data_category.clone(),
            system: entry.system.clone(),
            authorization: entry.authorization.clone(),
            first: entry.at,
            last: entry.at,
            days: BTreeMap::from([(day, 1)]),
        };
        self.groups.insert(self.key.clone(), group);
    }

    /// The summary of what was taken; the next segment begins empty.
    pub fn take(&mut self) -> EntrySummary {
        EntrySummary::new(std::mem::take(&mut self.groups).into_values().collect())
    }
}

/// The comparable form of an operation: one of the closed words of authorizations where it is one
/// of them in either language, else the word folded.
pub fn operation_word(text: &str) -> String {
    let folded = fold_name(text);
    let known = match folded.as_str() {
        "收集" | "采集" | "搜集" | "搜集个资" => "collect",
        "存储" | "储存" | "保存" => "store",
        "使用" | "利用" => "use",
        "加工" | "处理" => "process",
        "传输" | "传送" => "transmit",
        "提供" => "provide",
        "公开" | "披露" => "disclose",
        "删除" | "销毁" => "delete",
        _ => return folded,
    };
    known.to_owned()
}
