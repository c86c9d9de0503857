//! What the archive refuses, as problems of the front door. Every variant is placed by hand: a new
//! one does not compile until somebody has decided what people are told.

mod machine;
mod tables;
#[cfg(test)]
mod tests;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};

use self::machine::{of_blob, of_io, of_keys, of_store};
pub use self::tables::{entry_fault, of_entries, of_profile, of_table, table_fault};
use super::problem::{Problem, status};
use crate::access::password::BadPassword;
use crate::access::token::BadScopes;
use crate::archive::Refusal as Archive;
use crate::archive::disposition::DispositionRefusal;
use crate::archive::policies::PolicyRefusal;
use crate::archive::refusal::{ContentFault, Thing, Withheld};
use crate::policy::{Fault as PolicyFault, LifeStage, shipped_names};
use crate::record::case::OrderFault;
use crate::record::request::Fault as RecordFault;
use crate::record::service_level::ServiceLevelFault;
use crate::redaction::subject::{BadSubject, VALUE_CHARS_MAX};
use crate::seal::SealError;
use crate::search::BadQuery;
use crate::words::{Bytes, DamagedKind, Facts, Fault, FaultWord, Refusal, Seconds, Term};

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.refusal.code().as_str())
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status(self.refusal.code())
    }

    // `observe` puts it into words: only there the reader's language is known.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// Faults of a policy that are told at once.
const POLICY_FAULTS_TOLD: usize = 100;
/// Characters of a scope that is none that are told back.
const SCOPE_CHARS_TOLD: usize = 60;

/// A fault of the program, as the client sees it; what happened stands in the log.
fn internal(what: &dyn std::fmt::Display) -> Problem {
    tracing::error!(error = %what, "a use case met what it must not meet");
    Refusal::Internal { request: String::new() }.into()
}

impl From<Archive> for Problem {
    fn from(refusal: Archive) -> Self {
        let refusal = match refusal {
            Archive::Forbidden => Refusal::Forbidden,
            Archive::OutOfScope(resource, action) => {
                Refusal::TokenScope { scope: format!("{}:{}", resource.as_str(), action.as_str()) }
            }
            Archive::NotFound(_) => Refusal::NotFound,
            Archive::NeedsSecondPerson(action) => Refusal::needs_second_person(action),
            Archive::OnePersonArchive => Refusal::OnePersonArchive,
            Archive::Faults(faults) => return of_faults(&faults),
            Archive::Label { field, fault } => return Self::of_fields(vec![Fault::of_label(field, &fault)]),
            Archive::Content { component, fault } => of_content(component, &fault),
            Archive::ComponentCount { declared, received } => of_count(declared, received),
            Archive::Entries { faults, more } => return of_entries((&faults, more), 0),
            Archive::CapturedMeanwhile => Refusal::IdempotencyInProgress,
            Archive::IdempotencyConflict => Refusal::IdempotencyConflict,
            Archive::SourceConflict => Refusal::SourceConflict,
            Archive::UnknownCase => Refusal::UnknownCase,
            Archive::BadLink { index, wrong_kind } => return of_link(index, wrong_kind),
            Archive::PurposeRequired => Refusal::PurposeRequired,
            Archive::Withheld(Withheld::NoText | Withheld::Unproven) => Refusal::NoRendition,
            Archive::Withheld(Withheld::NotExamined) => Refusal::RenditionNotExamined,
            Archive::Withheld(Withheld::NotOpened) => Refusal::RenditionNotOpened,
            Archive::Withheld(Withheld::TooLarge { most }) => {
                Refusal::RenditionTooLarge { most: Bytes(most) }
            }
            Archive::Restricted => Refusal::Restricted,
            Archive::Stale => Refusal::PreconditionFailed,
            Archive::Order(fault) => of_order(&fault),
            Archive::OtherOrder { noted, other, at, zone } => Refusal::EventOrder {
                event: Box::new(Term::new("event", noted.as_str())),
                other: Box::new(Term::new("event", other.as_str())),
                at: at.to_utc().with_timezone(&zone.to_tz()).format("%Y-%m-%d %H:%M %:z").to_string(),
            },
            Archive::ServiceLevel(faults) => of_service_level(&faults),
            Archive::Expired(Thing::Upload) => Refusal::UploadExpired,
            Archive::Expired(_) => Refusal::ResultExpired,
            Archive::Erased(Thing::Record) => Refusal::Gone,
            Archive::Erased(_) => Refusal::EntryErased,
            Archive::Held { holds } => Refusal::Held { holds },
            Archive::HeldInGrace { until } => Refusal::HeldInGrace { until },
            Archive::DispositionUnavailable => Refusal::DispositionUnavailable,
            Archive::Stopped => Refusal::JobCancelled,
            Archive::Spent(_) => Refusal::UploadUsed,
            Archive::Unfinished => Refusal::JobUnfinished,
            Archive::Exists(Thing::Upload) => Refusal::UploadComplete,
            Archive::Arriving(_) => Refusal::UploadInProgress,
            Archive::Exists(_) | Archive::ArchiveExists => Refusal::AlreadyExists,
            Archive::WrongState => Refusal::Conflict,
            Archive::BadCredentials => Refusal::LoginFailed,
            Archive::SessionEnded => Refusal::SessionEnded,
            Archive::TokenInvalid => Refusal::TokenInvalid,
            Archive::SecondFactorRequired => Refusal::SecondFactorRequired,
            Archive::SecondFactorWrong => Refusal::SecondFactorWrong,
            Archive::PasswordChangeRequired => Refusal::PasswordChangeRequired,
            Archive::TooBusy { wait_seconds } => Refusal::TooBusy { wait: seconds(wait_seconds) },
            Archive::Roles(bad) => Refusal::from(bad),
            Archive::Scopes(bad) => return of_scopes(&bad),
            Archive::LastAdministrator => Refusal::OwnStanding,
            Archive::TooMany { most } => Refusal::TooMany { most },
            Archive::TooWide => {
                Refusal::SearchTooWide { most: Seconds(crate::base::limits::SEARCH_SECONDS_MAX) }
            }
            Archive::Approval(refusal) => Refusal::from(refusal),
            Archive::Throttled { wait_seconds } => Refusal::ThrottledLogin { wait: seconds(wait_seconds) },
            Archive::NamesThrottled { wait_seconds } => {
                Refusal::ThrottledNames { wait: seconds(wait_seconds) }
            }
            Archive::LastReader(matters) => {
                Refusal::LastReader { matters: matters.iter().map(ToString::to_string).collect() }
            }
            Archive::Password(bad) => return of_password(bad),
            // Hashing fails where 64 MiB are not to be had: come back.
            Archive::Hashing => Refusal::TooBusy { wait: Seconds(10) },
            Archive::NoKey(_) => Refusal::NoReadingKey,
            Archive::NoEpochKey { epoch, .. } => Refusal::EpochKeyMissing { epoch: epoch.into() },
            Archive::KeysOutdated(times) => Refusal::KeyOutdated {
                epoch: times.epoch.into(),
                epoch_in_force: times.epoch_in_force.into(),
                generation: times.generation.into(),
                generation_in_force: times.generation_in_force.into(),
            },
            Archive::KeysAhead(times) => Refusal::KeyAhead {
                epoch: times.epoch.into(),
                epoch_in_force: times.epoch_in_force.into(),
                generation: times.generation.into(),
                generation_in_force: times.generation_in_force.into(),
            },
            Archive::Damaged(thing) => Refusal::damaged(kind_of(thing), None),
            Archive::Store(error) => return of_store(error),
            Archive::Blob(error) => return of_blob(&error),
            Archive::Seal(error) => of_seal(&error),
            Archive::Keys(error) => return of_keys(&error),
            Archive::Entry(error) => return internal(&error),
            Archive::Policy(refusal) => return of_policy(refusal),
            Archive::Disposition(refusal) => of_disposition(refusal),
            Archive::Query(error) => of_query(&error),
            Archive::Subject(error) => of_subject(error),
            Archive::RolledBack { kept, found } => Refusal::RolledBack { kept, found },
            Archive::OtherHistory { kept } => Refusal::OtherHistory { kept },
            Archive::ClockBehind { .. } => Refusal::ClockUntrusted,
            Archive::ClockJumped { seen, .. } => Refusal::ClockJumped { seen },
            Archive::KeysBusy => Refusal::KeysBusy,
            Archive::AlreadyOpen => Refusal::AlreadyOpen { path: "data".to_owned() },
            Archive::NoArchive => Refusal::NotADataDirectory { path: "data".to_owned() },
            Archive::BadCursor => Refusal::CursorInvalid,
            Archive::Io { what, error } => return of_io(what, &error),
        };
        refusal.into()
    }
}

fn seconds(seconds: i64) -> Seconds {
    Seconds(seconds.unsigned_abs())
}

/// A scope that is none is no secret: it is told back, so that among several the wrong one is found.
fn of_scopes(bad: &BadScopes) -> Problem {
    let scope = match bad {
        BadScopes::None => String::new(),
        BadScopes::Unknown(word) => word.chars().take(SCOPE_CHARS_TOLD).collect(),
    };
    Problem::of_fields(vec![Fault::of("scopes", FaultWord::UnknownScope, vec![("scope", scope.into())])])
}

fn one_fault(path: impl Into<String>, word: FaultWord) -> Problem {
    Problem::of_fields(vec![Fault::of(path, word, Facts::new())])
}

fn kind_of(thing: Thing) -> DamagedKind {
    match thing {
        Thing::Record => DamagedKind::Record,
        Thing::Component => DamagedKind::Component,
        Thing::Entry => DamagedKind::LogEntry,
        Thing::Case => DamagedKind::Case,
        Thing::CaseRecords => DamagedKind::CaseRecords,
        Thing::CaseEvent => DamagedKind::CaseEvent,
        Thing::Event => DamagedKind::Event,
        Thing::Gap => DamagedKind::Gap,
        Thing::Party => DamagedKind::Party,
        Thing::PartyRecords => DamagedKind::PartyRecords,
        Thing::Link => DamagedKind::Link,
        Thing::Matter => DamagedKind::Matter,
        Thing::Hold => DamagedKind::Hold,
        Thing::HoldNotice => DamagedKind::HoldNotice,
        Thing::User => DamagedKind::User,
        Thing::Token => DamagedKind::Token,
        Thing::Session => DamagedKind::Session,
        Thing::Job => DamagedKind::Job,
        Thing::Export => DamagedKind::Export,
        Thing::Upload => DamagedKind::Upload,
        Thing::Approval => DamagedKind::Approval,
        Thing::Policy => DamagedKind::Policy,
        Thing::Simulation => DamagedKind::Simulation,
        Thing::Disposition => DamagedKind::Disposition,
        Thing::LedgerEntry => DamagedKind::LedgerEntry,
        Thing::Archive => DamagedKind::Archive,
    }
}

const fn of_disposition(refusal: DispositionRefusal) -> Refusal {
    match refusal {
        DispositionRefusal::NothingDue { left_out } => Refusal::NothingDue { records: left_out },
        DispositionRefusal::NotTheirStage => Refusal::NotTheirStage,
        DispositionRefusal::CoolingOff { until } => Refusal::CoolingOff { until },
        DispositionRefusal::EscrowsWait { records } => Refusal::EscrowsWait { records },
        DispositionRefusal::Witnesses { needed, there } => Refusal::WitnessesMissing { needed, there },
    }
}

/// Faults of a policy are told by place and code; `muniment policy check` has their words.
fn of_policy(refusal: PolicyRefusal) -> Problem {
    let stage = |stage: LifeStage| Term::new("policy_stage", stage.as_str());
    let refusal = match refusal {
        PolicyRefusal::Faults(faults) => {
            let refusal = Refusal::PolicyFaults { count: faults.len() as u64 };
            let faults = faults.iter().take(POLICY_FAULTS_TOLD).map(of_policy_fault).collect();
            return Problem { refusal, faults, request_id: None };
        }
        PolicyRefusal::UnknownPack => {
            Refusal::UnknownPack { packs: shipped_names().map(str::to_owned).collect() }
        }
        PolicyRefusal::Published => Refusal::PolicyPublished,
        PolicyRefusal::Other => Refusal::PolicyOther,
        PolicyRefusal::NotNext { from, to } => Refusal::PolicyStage { stage: stage(from), to: stage(to) },
        PolicyRefusal::NotSubmitted => Refusal::PolicyNotSubmitted,
        PolicyRefusal::Unfit { errors } => Refusal::PolicyUnfit { count: errors },
        PolicyRefusal::NotNewer { published } => Refusal::PolicyNotNewer { published: published.into() },
        PolicyRefusal::RuleTaken { rule, policy } => Refusal::RuleTaken { rule, policy },
        PolicyRefusal::NoSimulation => Refusal::SimulationNeeded,
        PolicyRefusal::NewlyDue { records } => Refusal::NewlyDue { records },
        PolicyRefusal::Orphans { records } => Refusal::PolicyOrphans { records },
        PolicyRefusal::TooEarly => Refusal::PolicyTooEarly,
        PolicyRefusal::UnknownRule => Refusal::UnknownRule,
    };
    refusal.into()
}

fn of_policy_fault(fault: &PolicyFault) -> Fault {
    let place = |of: fn(crate::policy::Place) -> usize| fault.place.map_or(0, of) as u64;
    let facts = vec![
        ("line", place(|place| place.line).into()),
        ("column", place(|place| place.column).into()),
        ("code", fault.what.code().to_owned().into()),
    ];
    Fault::of(fault.path.clone(), FaultWord::Policy, facts)
}

fn of_count(declared: usize, received: usize) -> Refusal {
    Refusal::UploadIncomplete { received: received as u64, expected: declared as u64 }
}

fn of_link(index: usize, wrong_kind: bool) -> Problem {
    let word = if wrong_kind { FaultWord::LinkEnds } else { FaultWord::UnknownRecord };
    one_fault(format!("links[{index}].to"), word)
}

fn of_service_level(faults: &[ServiceLevelFault]) -> Refusal {
    for fault in faults {
        tracing::error!(%fault, "the service-level file is wrong");
    }
    Refusal::ConfigInvalid { setting: "service_level".to_owned() }
}

fn of_password(bad: BadPassword) -> Problem {
    let faults = vec![Fault::of_password("password", bad)];
    Problem { refusal: Refusal::PasswordRefused, faults, request_id: None }
}

fn of_seal(error: &SealError) -> Refusal {
    tracing::error!(%error, "sealed bytes do not open");
    Refusal::damaged(DamagedKind::Sealed, None)
}

/// An event that cannot stand where it is said to.
fn of_order(fault: &OrderFault) -> Refusal {
    let of = |event: &str, state: &str| Refusal::CaseState {
        event: Term::new("event", event),
        state: Term::new("case_state", state),
    };
    match fault {
        OrderFault::NotOpened { .. } => of("event", "not_opened"),
        OrderFault::NotNow { kind, state, .. } => of(kind.as_str(), state.as_str()),
        OrderFault::SecondFirstResponse { .. } => of("first_response", "first_response"),
        OrderFault::CancelsUnknown { .. } => Refusal::NotFound,
    }
}

/// Faults of a request's fields, with their words.
pub fn of_faults(faults: &[RecordFault]) -> Problem {
    Problem::of_fields(faults.iter().map(Fault::of_field).collect())
}

fn of_content(component: usize, fault: &ContentFault) -> Refusal {
    let file = format!("components[{component}]");
    match fault {
        ContentFault::Empty => Refusal::EmptyFile { file },
        ContentFault::Length { declared, received } => {
            Refusal::LengthMismatch { file, declared: Bytes(*declared), received: Bytes(*received) }
        }
        ContentFault::NotUtf8 { line, offset } => Refusal::NotUtf8 { file, line: *line, offset: *offset },
        ContentFault::Digest => Refusal::DigestMismatch { file },
        ContentFault::TooLarge { limit_bytes } => Refusal::TooLarge { most: Bytes(*limit_bytes) },
    }
}

fn of_subject(error: BadSubject) -> Refusal {
    match error {
        BadSubject::Blank => Refusal::SubjectBlank,
        BadSubject::TooLong => Refusal::QueryTooLong { most: VALUE_CHARS_MAX as u64 },
        BadSubject::Unfit { .. } => Refusal::SubjectUnfit,
    }
}

fn of_query(error: &BadQuery) -> Refusal {
    match error {
        BadQuery::Blank => Refusal::QueryBlank,
        BadQuery::TooLong => Refusal::QueryTooLong { most: crate::base::limits::QUERY_CHARS_MAX as u64 },
        BadQuery::TooManyTerms { .. } => {
            Refusal::TooMany { most: crate::base::limits::QUERY_TERMS_MAX as u64 }
        }
        BadQuery::TooVague | BadQuery::OnlyExclusions => Refusal::QueryTooBroad,
    }
}
