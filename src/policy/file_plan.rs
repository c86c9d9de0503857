//! A policy as others lay it out: the file plan that Microsoft Purview imports and exports, and the schedule of
//! what is filed and for how long (归档范围与保管期限表).
//!
//! Promises: no period gets shorter on the way out: what others count in days gets the most days that it can
//! last. On the way in nothing is guessed silently: what cannot be said in this archive's terms is a fault.

mod words;

use std::collections::BTreeSet;

use super::document::Policy;
use super::jurisdictions::Law;
use super::obligation::{Action, Basis, Obligation, RuleId, RuleKind, Standing, Term};
use super::trigger::{Atom, Expr};
use crate::base::civil::{CivilDate, Zone};
use crate::bundle::Table as Csv;
use crate::record::feed::Table;
use crate::retention::calendar::{Calendar, CalendarName, Period};

pub use self::words::ScheduleWords;

/// The columns of Purview's file plan, in its order.
pub const PURVIEW_COLUMNS: [&str; 20] = [
    "LabelName",
    "Comment",
    "Notes",
    "IsRecordLabel",
    "RetentionAction",
    "RetentionDuration",
    "RetentionType",
    "ReviewerEmail",
    "ReferenceId",
    "DepartmentName",
    "Category",
    "SubCategory",
    "AuthorityType",
    "CitationName",
    "CitationUrl",
    "CitationJurisdiction",
    "Regulatory",
    "EventType",
    "IsRecordUnlockedAsDefault",
    "ComplianceTagForNextStage",
];

/// The longest name of a label.
const LABEL_CHARS_MAX: usize = 64;

/// The rules that keep or can count as Purview's file plan: CSV, UTF-8 with a byte order mark.
pub fn purview(policy: &Policy) -> Vec<u8> {
    let mut csv = Csv::new(&PURVIEW_COLUMNS);
    for rule in policy.obligations.iter().filter(|rule| rule.is_weighed()) {
        csv.row(&purview_row(policy, rule));
    }
    csv.into_bytes()
}

fn purview_row(policy: &Policy, rule: &Obligation) -> [String; 20] {
    // What nobody has checked keeps and lets nothing go, there as here.
    let destroys = rule.action == Action::Destroy && rule.standing == Standing::Enabled;
    let keeps = rule.rule.kind() != RuleKind::Ceiling;
    let action = match (keeps, destroys) {
        (false, _) => "Delete",
        (true, true) => "KeepAndDelete",
        (true, false) => "Keep",
    };
    let duration = match rule.rule.term() {
        Term::Permanent | Term::ToBeSet { .. } => "Unlimited".to_owned(),
        Term::Counted { period: Some(period), .. } => most_days(*period).to_string(),
        Term::Counted { period: None, .. } => "1".to_owned(),
    };
    let events: BTreeSet<String> = rule
        .rule
        .trigger()
        .map(Expr::atoms)
        .unwrap_or_default()
        .iter()
        .filter_map(|atom| match atom {
            Atom::Event { kind, .. } => Some(kind.to_string()),
            _ => None,
        })
        .collect();
    let atoms = rule.rule.trigger().map(Expr::atoms).unwrap_or_default();
    let is_tagged = atoms.iter().all(|atom| matches!(atom, Atom::Classified | Atom::Declared));
    let counted_from = match (events.is_empty(), is_tagged && !atoms.is_empty()) {
        (false, _) => "EventAgeInDays",
        (true, true) => "TaggedAgeInDays",
        (true, false) => "CreationAgeInDays",
    };
    let exact = rule.rule.trigger().map(ToString::to_string).unwrap_or_default();
    let period = ScheduleWords::SIMPLIFIED.period(rule);
    let authority = match rule.basis {
        Basis::Law => "Legal",
        Basis::Contract | Basis::Policy => "Business",
    };
    let text = str::to_owned;
    [
        rule.id.to_string(),
        rule.title.clone().unwrap_or_default(),
        [period.as_str(), exact.as_str()].join(" ").trim().to_owned(),
        text("TRUE"),
        text(action),
        duration,
        text(counted_from),
        String::new(),
        format!("{}@{}/{}", policy.id, policy.version, rule.id),
        String::new(),
        categories(rule).into_iter().next().unwrap_or_default(),
        String::new(),
        text(authority),
        rule.citations.join("; "),
        String::new(),
        text(rule.law.as_str()),
        text("FALSE"),
        events.into_iter().next().unwrap_or_default(),
        text("FALSE"),
        String::new(),
    ]
}

/// All rules that keep or can count, as the schedule of what is filed and for how long: CSV, UTF-8 with a byte order
/// mark.
pub fn schedule_table(policy: &Policy) -> Vec<u8> {
    schedule_in(policy, &ScheduleWords::SIMPLIFIED)
}

/// The same in these words.
pub fn schedule_in(policy: &Policy, words: &ScheduleWords) -> Vec<u8> {
    let mut csv = Csv::new(&words.columns);
    let rules = policy.obligations.iter().filter(|rule| rule.is_weighed());
    for (number, rule) in (1_u32..).zip(rules) {
        let titles: Vec<String> = policy
            .categories
            .iter()
            .filter(|entry| rule.selector.categories().any(|pattern| pattern.matches(&entry.id)))
            .map(|entry| entry.title.clone())
            .collect();
        let scope = if titles.is_empty() { categories(rule) } else { titles }.join(words.comma);
        let period = words.period(rule);
        let kept = match rule.rule.kind() {
            RuleKind::Floor => period,
            RuleKind::Ceiling => format!("≤ {period}"),
            RuleKind::Action => words.at_the_end.replace("{}", &period),
        };
        let unchecked = (rule.standing != Standing::Enabled).then(|| words.unchecked.to_owned());
        let remark = rule.title.clone().or_else(|| rule.note.clone());
        csv.row(&[
            number.to_string(),
            rule.id.to_string(),
            if scope.is_empty() { words.everything.to_owned() } else { scope },
            kept,
            rule.rule.trigger().map(ToString::to_string).unwrap_or_default(),
            words.action(rule.action).to_owned(),
            rule.approvals.as_ref().map(ToString::to_string).unwrap_or_default(),
            rule.citations.join(words.semicolon),
            unchecked.into_iter().chain(remark).collect::<Vec<_>>().join(words.semicolon),
        ]);
    }
    csv.into_bytes()
}

fn categories(rule: &Obligation) -> Vec<String> {
    rule.selector.categories().map(super::CategoryPattern::to_text).collect()
}

/// The most days that a period can last, over beginnings in four years with a leap day.
fn most_days(period: Period) -> i64 {
    let calendar = Calendar::plain(CalendarName::Anniversary);
    let first = CivilDate::parse("2000-01-01").ok();
    let starts = (0..1_461).filter_map(|days| first?.plus_days(days));
    let lasted = starts.filter_map(|start| Some(calendar.last_day(start, period).ok()?.days_since(start)));
    lasted.max().unwrap_or_else(|| period.day_bounds().1)
}

/// What the plan does not say of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanHead {
    /// The policy's id.
    pub id: RuleId,
    /// What people call it.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// Whose law it is where a row does not say.
    pub law: Law,
    /// In which zone days begin and end.
    pub zone: Zone,
    /// What an event is bound by: the name of a key.
    pub event_key: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFault {
    /// The line; 0 for the table as a whole.
    pub line: u64,
    /// The column.
    pub column: &'static str,
    /// What is wrong.
    pub what: PlanFlaw,
}

crate::base::words::words! {
    /// What can be wrong with a row of a plan.
    PlanFlaw {
        /// The column is missing.
        Column = "column",
        /// Nothing is in it.
        Blank = "blank",
        /// Another row has the same name.
        Duplicate = "duplicate",
        /// Neither a number of days nor Unlimited, or Unlimited for what is deleted.
        Duration = "duration",
        /// None of the plan's words for what happens at the end.
        Action = "action",
        /// None of the plan's words for what is counted from, or an event without a name.
        CountedFrom = "counted_from",
    }
}

/// Makes the text of a policy file of a plan: to be looked at, and imported as a draft.
///
/// # Errors
/// Every fault of the table.
pub fn read_purview(table: &Table, head: &PlanHead) -> Result<String, Vec<PlanFault>> {
    let at = |name: &'static str| table.headers.iter().position(|header| header == name);
    let missing = ["LabelName", "RetentionAction", "RetentionDuration", "RetentionType"];
    let missing: Vec<PlanFault> = missing
        .into_iter()
        .filter(|name| at(name).is_none())
        .map(|column| PlanFault { line: 0, column, what: PlanFlaw::Column })
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut plan = Plan { head, faults: Vec::new(), ids: BTreeSet::new(), events: BTreeSet::new() };
    let mut rules = String::new();
    for (number, row) in (1_u32..).zip(&table.rows) {
        let cell = |name: &'static str| at(name).map_or("", |column| row.cell(column).trim());
        rules.push_str(&plan.rule(number, row.line, &cell));
    }
    if !plan.faults.is_empty() {
        return Err(plan.faults);
    }
    Ok(plan.whole(&rules))
}

struct Plan<'a> {
    head: &'a PlanHead,
    faults: Vec<PlanFault>,
    ids: BTreeSet<String>,
    events: BTreeSet<String>,
}

impl Plan<'_> {
    fn rule<'c>(&mut self, number: u32, line: u64, cell: &dyn Fn(&'static str) -> &'c str) -> String {
        let mut fault = |column, what| self.faults.push(PlanFault { line, column, what });
        let label = cell("LabelName");
        if label.is_empty() {
            fault("LabelName", PlanFlaw::Blank);
            return String::new();
        }
        let (kind, action) = match cell("RetentionAction") {
            "Keep" => ("floor", "review"),
            "KeepAndDelete" => ("floor", "destroy"),
            "Delete" => ("ceiling", "destroy"),
            _ => {
                fault("RetentionAction", PlanFlaw::Action);
                return String::new();
            }
        };
        let duration = cell("RetentionDuration");
        let days = duration.parse::<u32>().ok().and_then(|days| Period::new(0, days));
        let is_permanent = duration.eq_ignore_ascii_case("unlimited");
        if days.is_none() && (!is_permanent || kind == "ceiling") {
            fault("RetentionDuration", PlanFlaw::Duration);
            return String::new();
        }
        let event = word(cell("EventType"), '_');
        let trigger = match cell("RetentionType") {
            "CreationAgeInDays" => "occurred".to_owned(),
            "ModificationAgeInDays" => "declared".to_owned(),
            "TaggedAgeInDays" => "classified".to_owned(),
            "EventAgeInDays" if !cell("EventType").is_empty() => {
                let event = event.unwrap_or_else(|| format!("event_{number}"));
                self.events.insert(event.clone());
                format!("event(\"{event}\", {})", self.head.event_key)
            }
            _ => {
                fault("RetentionType", PlanFlaw::CountedFrom);
                return String::new();
            }
        };
        let id = word(label, '-').unwrap_or_else(|| format!("label-{number}"));
        if !self.ids.insert(id.clone()) {
            fault("LabelName", PlanFlaw::Duplicate);
            return String::new();
        }
        let law = Law::parse(cell("CitationJurisdiction")).unwrap_or_else(|_| self.head.law.clone());
        self.text(&Read {
            id,
            label,
            kind,
            action,
            days,
            trigger,
            law,
            citation: cell("CitationName"),
            note: cell("Notes"),
        })
    }

    fn text(&self, row: &Read<'_>) -> String {
        let calendar = match row.law.as_str().get(..2) {
            Some("CN") => "cn-civil",
            Some("TW") => "tw-civil",
            Some("EU") => "eu-1182",
            _ => "anniversary",
        };
        let mut text = String::from("\n[[obligation]]\n");
        let mut put = |name: &str, value: &str| text.push_str(&format!("{name} = {}\n", quoted(value)));
        put("id", &row.id);
        put("title", &row.label.chars().take(LABEL_CHARS_MAX).collect::<String>());
        put("jurisdiction", row.law.as_str());
        put("calendar", calendar);
        put("zone", self.head.zone.name());
        put("kind", row.kind);
        match row.days {
            Some(days) => {
                put("trigger", &row.trigger);
                put("period", &days.to_string());
                put("action", row.action);
                if row.kind == "floor" && row.action == "destroy" {
                    put("approvals", "standard");
                }
            }
            None => put("period", "permanent"),
        }
        put("certainty", "B");
        if row.citation.is_empty() {
            put("basis", "policy");
        }
        if !row.note.is_empty() {
            put("note", row.note);
        }
        if !row.citation.is_empty() {
            text.push_str(&format!("citations = [{}]\n", quoted(row.citation)));
        }
        text.push_str(&format!("match = {{ tags = [{}] }}\n", quoted(row.label)));
        text
    }

    fn whole(&self, rules: &str) -> String {
        let head = self.head;
        let mut text = format!(
            "format = 1\nid = {}\nversion = 1\ntitle = {}\nowner = {}\n",
            quoted(head.id.as_str()),
            quoted(&head.title),
            quoted(&head.owner)
        );
        if rules.contains("approvals = ") {
            text.push_str(
                "\n[[approval]]\nid = \"standard\"\ncooling_off = \"P14D\"\n[[approval.stage]]\n\
                 name = \"档案部门审核\"\nroles = [\"archivist\"]\n",
            );
        }
        for event in &self.events {
            let (kind, key) = (quoted(event), quoted(&head.event_key));
            text.push_str(&format!("\n[[event]]\ntype = {kind}\nkeys = [{key}]\ntitle = {kind}\n"));
        }
        text.push_str(rules);
        text
    }
}

/// A row that was read.
struct Read<'a> {
    id: String,
    label: &'a str,
    kind: &'static str,
    action: &'static str,
    days: Option<Period>,
    trigger: String,
    law: Law,
    citation: &'a str,
    note: &'a str,
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The ASCII words of a text, in lower case and joined; `None` if there is none.
fn word(text: &str, joint: char) -> Option<String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    // A name in which letters of another script would be lost is none.
    let is_whole = text.is_ascii();
    (is_whole && !words.is_empty()).then(|| words.join(&joint.to_string()))
}

#[cfg(test)]
mod tests;
