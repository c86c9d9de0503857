//! Retention events (起算事件): recorded, corrected and taken back by another event, listed.

use std::collections::BTreeMap;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::account::CODE;
use super::page::{Paging, Query};
use super::receipt::LedgerPlaceBody;
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::archive::Refusal;
use crate::archive::cases::{Page, Reason};
use crate::archive::events::{EventChange, EventChangeKind, EventQuery, EventView, NewRetentionEvent};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{ApprovalId, EventId, UserId};
use crate::base::limits::{EVENTS_AT_ONCE_MAX, PAGE_ITEMS_MAX, TITLE_CHARS_MAX};
use crate::base::text::label;
use crate::policy::trigger::{EventKey, EventType};
use crate::record::request::{FaultCode, Faults, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::refusals::of_faults;
use crate::web::route::{self, Group, Operation, json, query};

/// An event that sets periods going.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `NewRetentionEvent`")]
pub struct RetentionEventFields {
    /// What happened, as policies name it: relationship_ended.
    r#type: String,
    /// To whom or to what: names of keys (customer, contract, case …) with their values. One of them is enough to
    /// reach a record.
    keys: Option<BTreeMap<String, String>>,
    /// True for an event that reaches every record; takes a second person.
    all: Option<bool>,
    /// The day on which it happened; otherwise today. Another day than today needs a reason.
    on: Option<String>,
    /// The zone of the day; otherwise the archive's.
    zone: Option<String>,
    /// Why it is recorded for this day; kept sealed.
    reason: Option<String>,
    /// The record that shows it.
    record: Option<String>,
    /// The event's number in the system that it comes from: {system, id}. Recorded again, it adds nothing.
    source: Option<BTreeMap<String, String>>,
    /// The approval that a second person gave, where one is needed.
    approval: Option<String>,
}

/// Many events: all of them are recorded, or none.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by hand")]
pub struct RetentionEventsFields {
    /// At most 1000.
    events: Vec<RetentionEventFields>,
}

/// What a second person is asked for: an event that could bring an end nearer, or reaches what is out of sight, or every record.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by hand")]
pub struct RetentionEventApprovalFields {
    /// The event.
    event: RetentionEventFields,
    /// The user who is asked, where the role approves only what it is named for.
    approver: Option<String>,
}

/// What becomes of an event.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by hand")]
pub struct EventChangeFields {
    /// correct or cancel.
    change: String,
    /// The day on which it happened (correct).
    on: Option<String>,
    /// The zone of the day; otherwise the event's.
    zone: Option<String>,
    /// Why; kept sealed.
    reason: String,
    /// The approval that a second person gave, where an end could come nearer.
    approval: Option<String>,
    /// The user who is asked, in a request for an approval.
    approver: Option<String>,
}

/// Which events to list; in a body, because values of keys stand in no URL.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here; the fields are read into a query")]
pub struct EventsQuery {
    /// What happened.
    r#type: Option<String>,
    /// The name of a key.
    key: Option<String>,
    /// Its value.
    value: Option<String>,
    /// From the page before.
    cursor: Option<String>,
    /// Items of the page, 1 to 500.
    limit: Option<u64>,
}

/// An event that was recorded.
#[derive(Serialize, ToSchema)]
pub struct RecordedEventBody {
    /// The event.
    id: String,
    /// True if it had been recorded before, under the same number of its source.
    replayed: bool,
    /// Where it stands in the ledger.
    ledger: LedgerPlaceBody,
}

/// Events that were recorded.
#[derive(Serialize, ToSchema)]
pub struct RecordedEventsBody {
    /// Each, in the order in which they were asked for.
    ids: Vec<String>,
    /// How many of them had been recorded before.
    replayed: usize,
}

/// A change that was entered.
#[derive(Serialize, ToSchema)]
pub struct ChangedEventBody {
    /// The event that corrects the other or takes it back.
    id: String,
    /// Records in sight that it reaches and whose content is gone already.
    destroyed: usize,
    /// Where it stands in the ledger.
    ledger: LedgerPlaceBody,
}

/// A request that waits for a second person.
#[derive(Serialize, ToSchema)]
pub struct EventApprovalBody {
    /// The request, to be decided under /api/v1/approvals; its items are the records that the event reaches.
    id: String,
}

/// An event.
#[derive(Serialize, ToSchema)]
pub struct RetentionEventBody {
    /// The event.
    id: String,
    /// What happened.
    r#type: String,
    /// The day on which it happened.
    on: String,
    /// The zone of the day.
    zone: String,
    /// The names of its keys; `all` for an event of all records.
    keys: Vec<String>,
    /// Their values, for readers of words.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<BTreeMap<String, String>>,
    /// Why, for readers of words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The case that is one of its keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    /// The record that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    /// When it was recorded.
    recorded_at: String,
    /// By whom.
    recorded_by: String,
    /// The event in whose place it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects: Option<String>,
    /// The event that it takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancels: Option<String>,
    /// The event that corrects it or takes it back: it counts no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded_by: Option<String>,
    /// True where it is not as the ledger says; absent where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct RetentionEventPage {
    /// The events, the one recorded last first.
    items: Vec<RetentionEventBody>,
    /// Where the next page begins.
    next: Option<String>,
}

impl From<EventView> for RetentionEventBody {
    fn from(view: EventView) -> Self {
        Self {
            id: view.id.to_string(),
            r#type: view.kind,
            on: view.on.to_string(),
            zone: view.zone.name().to_owned(),
            keys: view.keys,
            values: view.values,
            reason: view.reason,
            case: view.case.map(|id| id.to_string()),
            record: view.record.map(|id| id.to_string()),
            recorded_at: view.recorded_at.to_rfc3339(),
            recorded_by: view.recorded_by.to_string(),
            corrects: view.corrects.map(|id| id.to_string()),
            cancels: view.cancels.map(|id| id.to_string()),
            superseded_by: view.superseded_by.map(|id| id.to_string()),
            damaged: view.damaged,
        }
    }
}

pub(super) fn group() -> Group {
    let page = || Some(json(route::of::<RetentionEventPage>));
    let approval = || Some(json(route::of::<EventApprovalBody>));
    Group {
        name: "events",
        description: "Retention events (起算事件): what sets the periods of records going. They reach records by key, those filed later too.",
        operations: vec![
            Operation::get("/api/v1/events", "list_events", || web::to(list))
                .says("Lists retention events, the one recorded last first.")
                .row(Resource::Event, Action::List)
                .with(query("type", "Only events of this type."))
                .paged()
                .gives(200, "A page.", page()),
            Operation::post("/api/v1/events/query", "query_events", || web::to(list_by_body))
                .says("Lists retention events by key: values stand in no URL.")
                .row(Resource::Event, Action::List)
                .takes(json(route::of::<EventsQuery>))
                .gives(200, "A page.", page()),
            Operation::post("/api/v1/events", "record_event", || web::to(record))
                .says("Records a retention event.")
                .row(Resource::Event, Action::Create)
                .with(CODE)
                .takes(json(route::of::<RetentionEventFields>))
                .gives(201, "It is recorded.", Some(json(route::of::<RecordedEventBody>))),
            Operation::post("/api/v1/events/import", "import_events", || web::to(import))
                .says("Records many retention events: all of them, or none.")
                .row(Resource::Event, Action::Create)
                .with(CODE)
                .takes(json(route::of::<RetentionEventsFields>))
                .gives(200, "They are recorded.", Some(json(route::of::<RecordedEventsBody>))),
            Operation::post("/api/v1/events/approvals", "request_event_approval", || web::to(ask))
                .says("Asks for approval of an event that takes a second person.")
                .row(Resource::Event, Action::Create)
                .with(CODE)
                .takes(json(route::of::<RetentionEventApprovalFields>))
                .gives(201, "The request.", approval()),
            Operation::get("/api/v1/events/{id}", "show_event", || web::to(show))
                .says("Shows a retention event.")
                .row(Resource::Event, Action::List)
                .gives(200, "The event.", Some(json(route::of::<RetentionEventBody>))),
            Operation::post("/api/v1/events/{id}/changes", "change_event", || web::to(change))
                .says("Corrects an event or takes it back, by another event. What could bring an end nearer takes a second person.")
                .row(Resource::Event, Action::Change)
                .with(CODE)
                .takes(json(route::of::<EventChangeFields>))
                .gives(201, "It is entered.", Some(json(route::of::<ChangedEventBody>))),
            Operation::post("/api/v1/events/{id}/changes/approvals", "request_event_change_approval", || {
                web::to(ask_change)
            })
            .says("Asks for approval of a change that could bring an end nearer; its items are the records that the event reaches.")
            .row(Resource::Event, Action::Change)
            .with(CODE)
            .takes(json(route::of::<EventChangeFields>))
            .gives(201, "The request.", approval()),
        ],
    }
}

fn kind(text: &str) -> Result<EventType, FaultCode> {
    EventType::parse(text).map_err(|_| FaultCode::BadWord)
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["type", "cursor", "limit"])?;
    let wanted = EventQuery { kind: query.read("type", kind)?, key: None };
    let paging = Paging::of_query(&request, &query)?;
    listed(asker, &request, wanted, paging).await
}

impl FromJson for (EventQuery, Paging) {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let kind = reader.text("type", kind);
        let name = reader.text("key", |text| EventKey::parse(text).map_err(|_| FaultCode::BadWord));
        let value = reader.text("value", |text| label(text, TITLE_CHARS_MAX));
        if reader.has("key") != reader.has("value") {
            reader.require(&["key", "value"]);
        }
        Some((EventQuery { kind, key: name.zip(value) }, Paging::read(reader, PAGE_ITEMS_MAX)))
    }
}

async fn list_by_body(
    asker: Asker,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let (wanted, mut paging): (EventQuery, Paging) = body::parse(&value)?;
    paging.list = page::list_of_body(&request, value);
    listed(asker, &request, wanted, paging).await
}

async fn listed(
    asker: Asker,
    request: &HttpRequest,
    wanted: EventQuery,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let Page { items, next } = asker
        .act(move |archive, caller| archive.list_events(caller, &wanted, place.as_deref(), items))
        .await?;
    let next = paging.next(&service, next);
    let items = items.into_iter().map(RetentionEventBody::from).collect();
    let body = RetentionEventPage { items, next: next.clone() };
    Ok(page::respond(request, &body, next.as_deref()))
}

async fn show(asker: Asker, event: Path) -> Result<HttpResponse, Problem> {
    let event = id(&event, EventId::parse)?;
    let view = asker.act(move |archive, caller| archive.event(caller, event)).await?;
    Ok(answer(200, &RetentionEventBody::from(view)))
}

async fn record(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let defaults = asker.service().capture_defaults(true);
    let event = NewRetentionEvent::from_json(&value, defaults.zone, defaults.now)
        .map_err(|faults| of_faults(&faults))?;
    let (recorded, ledger) = asker.act(move |archive, caller| archive.record_event(caller, &event)).await?;
    let ledger = LedgerPlaceBody { index: ledger.index, size: ledger.size };
    let body = RecordedEventBody { id: recorded.id.to_string(), replayed: recorded.replayed, ledger };
    Ok(answer(201, &body))
}

/// Every event of a list, with the faults of all.
fn events_of(
    value: &Value,
    zone: Zone,
    now: crate::base::moment::Moment,
) -> Result<Vec<NewRetentionEvent>, Problem> {
    let mut faults = Faults::new();
    let path = crate::record::request::Path::Root;
    let read = ObjectReader::read(value, &path, &mut faults, |reader| {
        let events = reader.list("events", EVENTS_AT_ONCE_MAX, |value, path, faults| {
            ObjectReader::read(value, path, faults, |reader| NewRetentionEvent::read(reader, zone, now))
                .flatten()
        });
        reader.require(&["events"]);
        if events.is_empty() {
            reader.fault("events", FaultCode::Empty);
        }
        Some(events)
    });
    faults.into_result(read.flatten()).map_err(|faults| of_faults(&faults))
}

async fn import(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let defaults = asker.service().capture_defaults(true);
    let events = events_of(&value, defaults.zone, defaults.now)?;
    let done = asker.act(move |archive, caller| archive.record_events(caller, &events)).await?;
    let replayed = done.events.iter().filter(|event| event.replayed).count();
    let ids = done.events.iter().map(|event| event.id.to_string()).collect();
    Ok(answer(200, &RecordedEventsBody { ids, replayed }))
}

async fn ask(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let defaults = asker.service().capture_defaults(true);
    let mut faults = Faults::new();
    let path = crate::record::request::Path::Root;
    let read = ObjectReader::read(&value, &path, &mut faults, |reader| {
        let event =
            reader.object("event", |reader| NewRetentionEvent::read(reader, defaults.zone, defaults.now));
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["event"]);
        Some((event?, approver))
    });
    let (event, approver) = faults.into_result(read.flatten()).map_err(|faults| of_faults(&faults))?;
    let id =
        asker.act(move |archive, caller| archive.request_event_approval(caller, &event, approver)).await?;
    Ok(answer(201, &EventApprovalBody { id: id.to_string() }))
}

/// A change as it is asked for, before the event is known.
struct Wanted {
    kind: EventChangeKind,
    reason: String,
    approval: Option<ApprovalId>,
    approver: Option<UserId>,
}

impl FromJson for Wanted {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        const WORDS: &[&str] = &["correct", "cancel"];
        let word = reader.text("change", |word| match WORDS.contains(&word) {
            true => Ok(word.to_owned()),
            false => Err(FaultCode::UnknownWord { allowed: WORDS }),
        });
        let on = reader.text("on", CivilDate::parse);
        let zone = reader.text("zone", Zone::parse);
        let reason =
            reader.text("reason", |text| Reason::parse(text).map(|reason| reason.as_str().to_owned()));
        let approval = reader.text("approval", ApprovalId::parse);
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["change", "reason"]);
        let kind = match (word?.as_str(), on) {
            ("correct", Some(on)) => EventChangeKind::Correct { on, zone },
            ("correct", None) => {
                reader.require(&["on"]);
                return None;
            }
            (_, None) if zone.is_none() => EventChangeKind::Cancel,
            (_, _) => {
                let field = if reader.has("on") { "on" } else { "zone" };
                reader.fault(field, FaultCode::Contradicts { other: "change".to_owned() });
                return None;
            }
        };
        Some(Self { kind, reason: reason?, approval, approver })
    }
}

impl Wanted {
    fn of(&self, event: EventId) -> Result<EventChange, Refusal> {
        let reason = Reason::parse(&self.reason);
        let reason = reason.map_err(|fault| Refusal::Label { field: "reason", fault })?;
        Ok(EventChange { event, kind: self.kind, reason })
    }
}

async fn change(
    asker: Asker,
    request: HttpRequest,
    event: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let event = id(&event, EventId::parse)?;
    let wanted: Wanted = body::read(&request, &mut payload).await?;
    let changed = asker
        .act(move |archive, caller| archive.change_event(caller, &wanted.of(event)?, wanted.approval))
        .await?;
    let ledger = LedgerPlaceBody { index: changed.ledger.index, size: changed.ledger.size };
    let body = ChangedEventBody { id: changed.id.to_string(), destroyed: changed.destroyed, ledger };
    Ok(answer(201, &body))
}

async fn ask_change(
    asker: Asker,
    request: HttpRequest,
    event: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let event = id(&event, EventId::parse)?;
    let wanted: Wanted = body::read(&request, &mut payload).await?;
    let id = asker
        .act(move |archive, caller| {
            archive.request_event_change_approval(caller, &wanted.of(event)?, wanted.approver)
        })
        .await?;
    Ok(answer(201, &EventApprovalBody { id: id.to_string() }))
}
