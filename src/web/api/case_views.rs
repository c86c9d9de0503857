//! Cases and gaps as readers get them.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::names::Names;
use super::receipt::LedgerPlaceBody;
use crate::archive::cases::{
    CaseGap, CaseSummary, CaseView, ClosedGap, CorrectedLine, Entered, EventLine, ExplanationLine, GapLine,
    Happening, RecordLine, What,
};
use crate::base::moment::Moment;
use crate::record::gaps::{Cause, GapStanding};

/// What a list shows of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseLine {
    /// The case.
    pub id: String,
    /// The number by which people know it, for those who may read words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Where it stands.
    pub state: String,
    /// Tier of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// The customer's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When it was opened.
    pub opened_at: String,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
    /// The zone of its days.
    pub zone: String,
    /// When it was entered here.
    pub created_at: String,
    /// How much the reader gets: facts, redacted or full.
    pub level: String,
    /// True where what stands here is not as the ledger says; absent where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasePage {
    /// The cases.
    pub items: Vec<CaseLine>,
    /// Where the next page begins; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A case with its time line, its gaps and its service levels.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseBody {
    /// The case.
    pub case: CaseLine,
    /// Who entered it.
    pub created_by: String,
    /// Its parties: party, role, and name for those who may read words.
    pub parties: Vec<Value>,
    /// What happened, in order: opening, events, records.
    pub timeline: Vec<Value>,
    /// Links between its records: id, kind, from, to.
    pub links: Vec<Value>,
    /// Evidence-chain gaps (证据链缺口).
    pub gaps: Vec<GapBody>,
    /// Gaps that were explained and do not show any more: key, record, explanation.
    pub closed_gaps: Vec<Value>,
    /// Gaps that a correction has closed: key, record, since, until, count, cause, corrected_by.
    pub corrected_gaps: Vec<Value>,
    /// Who was responsible since when: since, person, team.
    pub responsible: Vec<Value>,
    /// Whether promises were kept (服务等级达成表).
    pub service_levels: Vec<Value>,
    /// What it cost: minutes, material by currency.
    pub cost: Value,
}

/// An evidence-chain gap.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapBody {
    /// G1 to G9.
    pub code: String,
    /// Code and cause: what an explanation names.
    pub key: String,
    /// The case, in lists over the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The case's reference, for those who may read words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The record in which it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The first day on which it shows.
    pub since: String,
    /// The last day.
    pub until: String,
    /// How often.
    pub count: u64,
    /// The facts that make it, for those who may read the case with names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Value>,
    /// open, explained, or grown_since its explanation.
    pub standing: String,
    /// What was said about it: id, at, by, words; by_name for those who may know it.
    pub explanations: Vec<Value>,
}

/// A page of gaps.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapPage {
    /// The gaps.
    pub items: Vec<GapBody>,
    /// Cases whose gaps cannot be told, because something of them is not as the ledger says; absent where
    /// there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<String>,
    /// Where the next page begins; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What was entered.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnteredBody {
    /// What was made or changed.
    pub id: String,
    /// The state of the case or matter after it, for If-Match; the ETag says the same.
    pub revision: String,
    /// Its ledger entry.
    pub ledger: LedgerPlaceBody,
}

impl<Id: ToString> From<Entered<Id>> for EnteredBody {
    fn from(entered: Entered<Id>) -> Self {
        Self {
            id: entered.id.to_string(),
            revision: entered.revision.to_hex(),
            ledger: LedgerPlaceBody { index: entered.ledger.index, size: entered.ledger.size },
        }
    }
}

impl From<CaseSummary> for CaseLine {
    fn from(case: CaseSummary) -> Self {
        let words = case.words.as_ref();
        let text = |title: Option<&crate::record::names::Title>| title.map(|title| title.as_str().to_owned());
        Self {
            id: case.id.to_string(),
            reference: words.map(|words| words.reference.as_str().to_owned()),
            title: text(words.and_then(|words| words.title.as_ref())),
            service: text(words.and_then(|words| words.service.as_ref())),
            team: text(words.and_then(|words| words.team.as_ref())),
            tags: words
                .map(|words| words.tags.iter().map(|tag| tag.as_str().to_owned()).collect())
                .unwrap_or_default(),
            state: case.state.as_str().to_owned(),
            tier: case.tier,
            priority: case.priority,
            language: case.language,
            opened_at: case.opened_at.to_rfc3339(),
            closed_at: case.closed_at.map(Moment::to_rfc3339),
            zone: case.zone.name().to_owned(),
            created_at: case.created_at.to_rfc3339(),
            level: case.level.as_str().to_owned(),
            damaged: case.damaged,
        }
    }
}

impl From<CaseView> for CaseBody {
    fn from(view: CaseView) -> Self {
        Self {
            case: CaseLine::from(view.case),
            created_by: view.created_by.to_string(),
            parties: view
                .parties
                .iter()
                .map(|party| {
                    json!({
                        "party": party.party.to_string(),
                        "role": party.role,
                        "name": party.name.as_ref().map(|name| name.as_str()),
                    })
                })
                .collect(),
            timeline: view.timeline.iter().map(happening).collect(),
            links: view
                .links
                .iter()
                .map(|link| {
                    json!({
                        "id": link.id.to_string(),
                        "kind": link.kind.as_str(),
                        "from": link.from.to_string(),
                        "to": link.to.to_string(),
                    })
                })
                .collect(),
            gaps: view.gaps.into_iter().map(GapBody::from).collect(),
            closed_gaps: view.closed_gaps.iter().map(closed_gap).collect(),
            corrected_gaps: view.corrected_gaps.iter().map(corrected_gap).collect(),
            responsible: view
                .responsible
                .iter()
                .map(|(since, who)| {
                    json!({"since": since.to_rfc3339(), "person": who.person(), "team": who.team()})
                })
                .collect(),
            service_levels: view
                .attainments
                .iter()
                .map(|one| {
                    json!({
                        "measure": one.measure.as_str(),
                        "target": one.target.to_string(),
                        "clock": one.clock.as_str(),
                        "started": one.started.to_rfc3339(),
                        "due": one.due.map(Moment::to_rfc3339),
                        "done": one.done.map(Moment::to_rfc3339),
                        "elapsed_seconds": one.elapsed_seconds,
                        "outcome": one.outcome.as_str(),
                    })
                })
                .collect(),
            cost: json!({"minutes": view.cost.minutes, "material": view.cost.material}),
        }
    }
}

impl CaseBody {
    /// With the names of those who explained gaps, as far as the reader may know them.
    pub(super) fn named(mut self, names: &Names) -> Self {
        let closed = self.closed_gaps.iter_mut().filter_map(|gap| gap.get_mut("explanation"));
        for said in self.gaps.iter_mut().flat_map(|gap| &mut gap.explanations).chain(closed) {
            let name = said.get("by").and_then(Value::as_str).and_then(|by| names.get(by)).cloned();
            if let (Some(members), Some(name)) = (said.as_object_mut(), name) {
                members.insert("by_name".to_owned(), Value::from(name));
            }
        }
        self
    }
}

fn happening(one: &Happening) -> Value {
    let at = one.at.to_rfc3339();
    match &one.what {
        What::Opening => json!({"at": at, "what": "opening"}),
        What::Event(event) => json!({"at": at, "what": "event", "event": event_line(event)}),
        What::Record(record) => json!({"at": at, "what": "record", "record": record_line(record)}),
    }
}

fn event_line(event: &EventLine) -> Value {
    json!({
        "id": event.id.to_string(),
        "kind": event.kind.as_str(),
        "zone": event.zone.name(),
        "recorded_at": event.recorded_at.to_rfc3339(),
        "recorded_by": event.recorded_by.to_string(),
        "record": event.record.map(|id| id.to_string()),
        "cancels": event.cancels.map(|id| id.to_string()),
        "cancelled_by": event.cancelled_by.map(|id| id.to_string()),
        "detail": event.detail.as_ref().map(|detail| detail.to_json()),
    })
}

/// A record on a time line or in a dossier.
pub(super) fn record_line(record: &RecordLine) -> Value {
    json!({
        "id": record.id.to_string(),
        "kind": record.kind.as_str(),
        "subkind": record.kind.subkind().map(|subkind| subkind.as_str()),
        "version": record.version,
        "state": record.state.as_str(),
        "occurred_on": record.occurred.on.to_string(),
        "occurred_at": record.occurred.at.map(Moment::to_rfc3339),
        "zone": record.occurred.zone.name(),
        "captured_at": record.captured_at.to_rfc3339(),
        "late": record.late_days.is_some(),
        "late_days": record.late_days,
        "entries": record.entries,
        "erased": record.entries.map(|_| record.erased),
        "title": record.title.as_ref().map(|title| title.as_str()),
    })
}

impl From<GapLine> for GapBody {
    fn from(gap: GapLine) -> Self {
        let shown = gap.shown;
        Self {
            code: gap.code.as_str().to_owned(),
            key: shown.key,
            case: None,
            reference: None,
            record: shown.record.map(|id| id.to_string()),
            since: shown.since.to_string(),
            until: shown.until.to_string(),
            count: shown.count,
            cause: shown.cause.as_ref().map(cause),
            standing: standing_word(gap.standing).to_owned(),
            explanations: gap.explanations.iter().map(explanation).collect(),
        }
    }
}

impl From<CaseGap> for GapBody {
    fn from(found: CaseGap) -> Self {
        Self {
            case: Some(found.case.to_string()),
            reference: found.reference.map(|reference| reference.as_str().to_owned()),
            ..Self::from(found.gap)
        }
    }
}

/// The word of a standing.
pub(super) const fn standing_word(standing: GapStanding) -> &'static str {
    match standing {
        GapStanding::Open => "open",
        GapStanding::Explained => "explained",
        GapStanding::GrownSince => "grown_since",
    }
}

fn corrected_gap(corrected: &CorrectedLine) -> Value {
    let shown = &corrected.shown;
    json!({
        "key": shown.key,
        "record": shown.record.map(|record| record.to_string()),
        "since": shown.since.to_string(),
        "until": shown.until.to_string(),
        "count": shown.count,
        "cause": shown.cause.as_ref().map(cause),
        "corrected_by": corrected.by.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn cause(cause: &Cause) -> Value {
    json!({"cause": cause.word(), "facts": cause.facts()})
}

fn closed_gap(closed: &ClosedGap) -> Value {
    json!({
        "key": closed.key,
        "record": closed.record.map(|record| record.to_string()),
        "explanation": explanation(&closed.explanation),
    })
}

fn explanation(line: &ExplanationLine) -> Value {
    json!({
        "id": line.id.to_string(),
        "at": line.at.to_rfc3339(),
        "by": line.by.to_string(),
        "words": line.words.as_ref().map(|words| words.as_str()),
    })
}
