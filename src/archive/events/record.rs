//! Records retention events: one, or many in one transaction.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::archive::acting::Warrant;
use crate::archive::approvals::{ApprovalRequest, Countersign, Step};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::{self, PROFILE};
use crate::archive::receipt::LedgerPlace;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner, cases, rows};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::to_hex;
use crate::base::id::{ApprovalId, CaseId, EventId, RecordId, UserId};
use crate::base::limits::EVENTS_AT_ONCE_MAX;
use crate::base::moment::Moment;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::request::{Fault, FaultCode};
use crate::store::rows::events::{self as event_rows, EventKeyRow, RetentionEventRow};
use crate::store::rows::{LookupToken, cells as cell_rows, records};
use crate::store::{Conn, Tx};

use super::affected::Affected;
use super::facts;
use super::key::{self, ALL, CASE};
use super::nearer::Doing;
use super::new_event::{Keys, NewRetentionEvent};
use super::reach::Reaching;
use super::weigh::{Weighed, Weighing, weigh};

/// An event that is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The event.
    pub id: EventId,
    /// True if it had been recorded before, under the same number of its source.
    pub replayed: bool,
}

/// Events that are recorded, in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvents {
    /// Each of them.
    pub events: Vec<RecordedEvent>,
    /// Where the last of them stands in the ledger; `None` if all had been recorded before.
    pub ledger: Option<LedgerPlace>,
}

/// An event ready to be written.
#[derive(Clone)]
pub(super) struct Prepared {
    pub kind: String,
    pub on: CivilDate,
    pub zone: Zone,
    pub case: Option<CaseId>,
    pub record: Option<RecordId>,
    pub source: Option<LookupToken>,
    pub keys: Vec<(String, LookupToken)>,
    pub words: Value,
    pub is_all: bool,
    pub target: Target,
    pub approval: Option<ApprovalId>,
}

/// Events that were read, each with what is known of it.
struct Read {
    prepared: Vec<Prepared>,
    /// Those that had been recorded before under the numbers of their sources.
    known: Vec<Option<EventId>>,
    weighed: Vec<Weighed>,
    /// How many events there were of all their keys together.
    of_keys: usize,
}

impl Prepared {
    /// What a second person agrees to. `affected` is what its keys reach; `None` for every record.
    fn parameters(&self, affected: Option<&Affected>) -> Value {
        let mut keys: Vec<Value> =
            self.keys.iter().map(|(name, token)| json!({"name": name, "token": to_hex(token)})).collect();
        keys.sort_by_key(ToString::to_string);
        let mut parameters = json!({
            "change": "record",
            "keys": keys,
            "on": self.on.to_string(),
            "record": self.record.map(|id| id.to_string()),
            "type": self.kind,
            "zone": self.zone.name(),
        });
        let listed = affected.map_or_else(|| json!({"all": true}), Affected::to_json);
        if let (Some(parameters), Value::Object(listed)) = (parameters.as_object_mut(), listed) {
            parameters.extend(listed);
        }
        parameters
    }

    fn tokens(&self) -> Vec<LookupToken> {
        self.keys.iter().map(|(_, token)| *token).collect()
    }

    /// What a request is about: the case of the event, or the archive where it has none.
    fn subject(&self, inner: &Inner) -> String {
        self.case.map_or_else(|| inner.keys().archive.to_string(), |case| case.to_string())
    }

    /// What the second person has to have in reach.
    fn concerns(&self) -> Target {
        if self.is_all { Target::archive() } else { self.target.clone() }
    }

    /// True if it happened later than another of its type that has one of its keys.
    fn is_later_of_a_key(&self, other: &Self) -> bool {
        self.kind == other.kind && self.on > other.on && self.keys.iter().any(|key| other.keys.contains(key))
    }

    /// True if this row with these keys says the same.
    fn is(&self, row: &RetentionEventRow, keys: &[EventKeyRow]) -> bool {
        let mut known: Vec<(String, LookupToken)> =
            keys.iter().map(|key| (key.name.clone(), key.token)).collect();
        let mut wanted = self.keys.clone();
        known.sort_unstable();
        wanted.sort_unstable();
        row.kind == self.kind
            && row.occurred_on == self.on
            && row.zone == self.zone
            && row.record_id == self.record
            && known == wanted
    }
}

impl Archive {
    /// Records an event. Which records it reaches is found when they are judged.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::NotFound`] for a case or a record out of sight;
    /// [`Refusal::IdempotencyConflict`] if the caller recorded another event under this number of its source;
    /// [`Refusal::NeedsSecondPerson`] for an event that reaches every record, by which an end could come nearer than
    /// it stood, or of which a key reaches nothing that the caller sees.
    pub fn record_event(
        &self,
        caller: &Caller,
        event: &NewRetentionEvent,
    ) -> Result<(RecordedEvent, LedgerPlace), Refusal> {
        let RecordedEvents { events, ledger } = self.record_events(caller, std::slice::from_ref(event))?;
        let event = events.into_iter().next().ok_or(Refusal::NotFound(Thing::Event))?;
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => self.place_of(event.id)?,
        };
        Ok((event, ledger))
    }

    /// Records many, all of them or none.
    ///
    /// # Errors
    /// As [`Archive::record_event`], and [`Refusal::TooMany`].
    pub fn record_events(
        &self,
        caller: &Caller,
        events: &[NewRetentionEvent],
    ) -> Result<RecordedEvents, Refusal> {
        if events.is_empty() || events.len() > EVENTS_AT_ONCE_MAX {
            return Err(Refusal::TooMany { most: EVENTS_AT_ONCE_MAX as u64 });
        }
        let Read { prepared, known, weighed, of_keys } = self.read_events(caller, events)?;
        if let Some(ids) = known.iter().copied().collect::<Option<Vec<EventId>>>() {
            let events = ids.into_iter().map(|id| RecordedEvent { id, replayed: true }).collect();
            return Ok(RecordedEvents { events, ledger: None });
        }
        let may = may_create(&prepared);
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            if of_keys != count_of_keys(tx.conn(), &prepared)? {
                // Another event of a key came meanwhile: what was weighed is not what stands.
                return Err(Refusal::CapturedMeanwhile);
            }
            let mut done = Vec::with_capacity(prepared.len());
            for ((event, known), weighed) in prepared.into_iter().zip(known).zip(weighed) {
                if let Some(id) = known {
                    done.push(RecordedEvent { id, replayed: true });
                    continue;
                }
                if let Some(source) = &event.source
                    && event_rows::by_source(tx.conn(), source)?.is_some()
                {
                    return Err(Refusal::CapturedMeanwhile);
                }
                let countersign = match weighed.needs_second {
                    false => None,
                    true => Some(countersigned(&inner, tx, &event, caller.user())?),
                };
                let destroyed = weighed.affected.as_ref().map_or(0, |affected| affected.destroyed);
                let id = enter(&inner, tx, event, caller.user(), (None, None), (countersign, destroyed))?;
                done.push(RecordedEvent { id, replayed: false });
            }
            Ok(done)
        });
        let written = written.map_err(Refusal::from)?;
        let index = written.first_seq + written.count.saturating_sub(1);
        let ledger = LedgerPlace { index, size: written.checkpoint_size };
        Ok(RecordedEvents { events: written.value, ledger: Some(ledger) })
    }

    /// Asks for the second person without whom an event is not recorded, with the list of the records that its keys
    /// reach now.
    ///
    /// # Errors
    /// What recording it would be refused for, or what [`Archive::request_approval`] refuses;
    /// [`Refusal::WrongState`] for an event that needs no approval.
    pub fn request_event_approval(
        &self,
        caller: &Caller,
        event: &NewRetentionEvent,
        approver: Option<UserId>,
    ) -> Result<ApprovalId, Refusal> {
        let Read { prepared, weighed, .. } = self.read_events(caller, std::slice::from_ref(event))?;
        let may = may_create(&prepared);
        let one = prepared.into_iter().next().zip(weighed.into_iter().next());
        let (prepared, weighed) = one.ok_or(Refusal::NotFound(Thing::Event))?;
        let reason = match (&event.reason, weighed.needs_second) {
            (_, false) => return Err(Refusal::WrongState),
            (Some(reason), true) => reason.as_str().to_owned(),
            (None, true) => {
                let code = FaultCode::Required;
                return Err(Refusal::Faults(vec![Fault { path: "reason".to_owned(), code }]));
            }
        };
        let wanted = ApprovalRequest {
            action: TwoPersonAction::CorrectEvent,
            subject: prepared.subject(&self.inner),
            parameters: prepared.parameters(weighed.affected.as_ref()),
            reason,
            approver,
        };
        let items = weighed.affected.as_ref().and_then(|affected| affected.text.as_deref());
        self.request_approval_of((caller, may), &wanted, prepared.concerns(), items)
    }

    /// Where the entry of an event stands.
    pub(super) fn place_of(&self, id: EventId) -> Result<LedgerPlace, Refusal> {
        self.inner.store.read(|conn| {
            let size = self.inner.ledgered(conn)?.size();
            let first = crate::store::rows::ledger::first_about(conn, &id.to_string())?;
            Ok(LedgerPlace { index: first.ok_or(Refusal::Damaged(Thing::Event))?.seq, size })
        })
    }

    /// Events ready to be written, and what would come of those that were not recorded before.
    fn read_events(&self, caller: &Caller, events: &[NewRetentionEvent]) -> Result<Read, Refusal> {
        // Keys of records that were captured a moment ago count as well.
        self.judge_all_pending()?;
        let now = self.inner.now();
        self.inner.store.read(|conn| {
            let prepared = self.prepared(conn, caller, events)?;
            let known = self.known(conn, &prepared)?;
            let (ledger, mut reaching) = (self.inner.ledgered(conn)?, Reaching::default());
            let mut weighed = Vec::with_capacity(prepared.len());
            for (at, (event, known)) in prepared.iter().zip(&known).enumerate() {
                if known.is_some() {
                    weighed.push(Weighed { affected: None, destroyed_in_sight: 0, needs_second: false });
                    continue;
                }
                let weighing = Weighing {
                    kind: &event.kind,
                    keys: &event.keys,
                    zone: event.zone,
                    doing: Doing::Record(event.on),
                };
                let mut one = weigh((&self.inner, &ledger), conn, &mut reaching, (caller, now), weighing)?;
                // Beside an event of the same table, which stands in no row yet.
                one.needs_second |= prepared.iter().take(at).any(|other| other.is_later_of_a_key(event));
                weighed.push(one);
            }
            let of_keys = count_of_keys(conn, &prepared)?;
            Ok(Read { prepared, known, weighed, of_keys })
        })
    }

    fn prepared(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        events: &[NewRetentionEvent],
    ) -> Result<Vec<Prepared>, Refusal> {
        let now = self.inner.now();
        let several = events.len() > 1;
        let mut prepared = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            match prepare(&self.inner, conn, (caller, now), event) {
                Ok(event) => prepared.push(event),
                // Which of many it is: whoever imports a table looks for the line.
                Err(Refusal::NotFound(thing @ (Thing::Case | Thing::Record))) if several => {
                    let field = if thing == Thing::Case { "keys.case" } else { "record" };
                    let what = if thing == Thing::Case { "case" } else { "record" };
                    let path = format!("events[{index}].{field}");
                    return Err(Refusal::Faults(vec![Fault { path, code: FaultCode::BadId { what } }]));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(prepared)
    }

    /// Those that had been recorded before under the numbers of their sources.
    fn known(&self, conn: &mut Conn, prepared: &[Prepared]) -> Result<Vec<Option<EventId>>, Refusal> {
        let ledger = self.inner.ledgered(conn)?;
        let mut reaching = Reaching::default();
        let mut known = Vec::with_capacity(prepared.len());
        for event in prepared {
            let row = match &event.source {
                Some(source) => event_rows::by_source(conn, source)?,
                None => None,
            };
            known.push(match row {
                None => None,
                Some(row) => {
                    let standing = reaching.proved(&ledger, conn, row.id)?;
                    if !event.is(&standing.row, &standing.keys) {
                        return Err(Refusal::IdempotencyConflict);
                    }
                    Some(row.id)
                }
            });
        }
        Ok(known)
    }
}

/// How many events there are of their keys.
fn count_of_keys(conn: &mut Conn, prepared: &[Prepared]) -> Result<usize, Refusal> {
    let mut count = 0;
    for token in prepared.iter().flat_map(Prepared::tokens) {
        count += event_rows::by_token(conn, &token)?.len();
    }
    Ok(count)
}

/// The right to record all of them.
fn may_create(prepared: &[Prepared]) -> Warrant {
    let create = (Action::Create, Resource::Event);
    prepared
        .iter()
        .fold(Warrant::entry(), |may, event| may.and(Warrant::to(create, event.target.clone(), Thing::Event)))
}

fn prepare(
    inner: &Inner,
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    event: &NewRetentionEvent,
) -> Result<Prepared, Refusal> {
    let keys = inner.keys();
    let mut case = None;
    let (mut tokens, mut values) = (Vec::new(), Vec::new());
    match &event.keys {
        Keys::All => tokens.push((ALL.to_owned(), key::all_token(&keys)?)),
        Keys::Of(named) => {
            for (name, value) in named {
                if name.as_str() == CASE {
                    let row = key::case_named(&keys, conn, value)?;
                    let seen = caller.reach(Action::Read, Resource::Case, now);
                    // A case out of sight is none.
                    if seen.level_of(caller.rights(), &cases::target(&row)).is_none() {
                        return Err(Refusal::NotFound(Thing::Case));
                    }
                    case = Some(row.id);
                    tokens.push((CASE.to_owned(), key::case_token(&keys, row.id)?));
                } else {
                    tokens.push((name.as_str().to_owned(), key::key_token(&keys, name, value)?));
                }
                values.push((name.as_str().to_owned(), value.clone()));
            }
        }
    }
    let target = Target {
        cases: case.into_iter().collect(),
        made_by: Some(caller.user()),
        at: Some(now),
        ..Target::default()
    };
    caller.permit((Action::Create, Resource::Event), Some(&target), Thing::Event, now)?;
    if let Some(record) = event.record {
        let row = records::get(conn, record)?.filter(|row| rows::is_in_sight(caller.rights(), row, now));
        row.ok_or(Refusal::NotFound(Thing::Record))?;
    }
    let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
    let source = event.source.as_ref().map(|source| {
        // Within what one person records: a number that somebody else used is as free as one that nobody did.
        let by = caller.user().to_string();
        let text = json!([by, source.system.as_str(), source.id.as_str()]).to_string();
        index.lookup_token("event.source", &text)
    });
    let said = event.source.as_ref().map(|source| (source.system.as_str(), source.id.as_str()));
    let reason = event.reason.as_ref().map(|reason| reason.as_str());
    Ok(Prepared {
        kind: event.kind.as_str().to_owned(),
        on: event.on,
        zone: event.zone,
        case,
        record: event.record,
        source,
        is_all: event.keys == Keys::All,
        words: facts::words(&values, reason, said),
        keys: tokens,
        target,
        approval: event.approval,
    })
}

fn countersigned(
    inner: &Inner,
    tx: &mut Tx<'_>,
    event: &Prepared,
    by: UserId,
) -> Result<Countersign, Refusal> {
    // What the keys reach now must be what the second person saw.
    let affected = match event.is_all {
        true => None,
        false => Some(Affected::by_rows(tx.conn(), &event.tokens())?),
    };
    let step = Step {
        action: TwoPersonAction::CorrectEvent,
        subject: &event.subject(inner),
        parameters: &event.parameters(affected.as_ref()),
        target: &event.concerns(),
        by,
        approval: event.approval,
    };
    step.countersign(inner, tx)
}

/// Writes an event with its keys, its sealed words and its entry. `destroyed` records that it reaches were
/// destroyed before.
pub(super) fn enter(
    inner: &Inner,
    tx: &mut Tx<'_>,
    event: Prepared,
    by: UserId,
    (corrects, cancels): (Option<EventId>, Option<EventId>),
    (countersign, destroyed): (Option<Countersign>, usize),
) -> Result<EventId, Refusal> {
    let row = RetentionEventRow {
        id: EventId::generate(tx.at(), inner.entropy.as_ref()),
        kind: event.kind,
        occurred_on: event.on,
        zone: event.zone,
        case_id: event.case,
        record_id: event.record,
        recorded_at: tx.at(),
        recorded_by: by,
        source_token: event.source,
        corrects,
        cancels,
    };
    let keys: Vec<EventKeyRow> =
        event.keys.into_iter().map(|(name, token)| EventKeyRow { event_id: row.id, name, token }).collect();
    let ring = inner.keys();
    let sealed = cells::seal_profile(inner, &ring, &row.id.to_string(), PROFILE, &event.words)?;
    event_rows::insert(tx.conn(), &row)?;
    for key in &keys {
        event_rows::add_key(tx.conn(), key)?;
    }
    cell_rows::insert(tx.conn(), &sealed.row)?;
    let mut said = facts::of_event(&row, &keys, sealed.commitment);
    if let (Some(countersign), Some(said)) = (countersign, said.as_object_mut()) {
        said.insert("countersign".to_owned(), countersign.to_fact());
    }
    if let (1.., Some(said)) = (destroyed, said.as_object_mut()) {
        // The incident: something went by what turns out to have been wrong.
        said.insert("destroyed".to_owned(), json!(destroyed));
    }
    let mut bound = vec![Bound::RetentionEvent(row.id), Bound::cell(row.id, PROFILE)];
    if let Some(Countersign::By { approval, .. }) = countersign {
        bound.push(Bound::Approval(approval));
    }
    let said = bind(tx.conn(), said, &bound)?;
    tx.enter(EntryDraft {
        kind: EntryKind::EventRecorded,
        subject: row.id.to_string(),
        actor: Actor::User(by),
        facts: said,
    })?;
    Ok(row.id)
}
