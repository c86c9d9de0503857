//! What the archive refuses, as problems of the front door. Every variant is placed by hand: a new
//! one does not compile until somebody has decided what people are told.

use std::io::ErrorKind;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};

use super::problem::{Problem, status};
use crate::access::password::BadPassword;
use crate::access::token::BadScopes;
use crate::archive::Refusal as Archive;
use crate::archive::refusal::{ContentFault, Thing};
use crate::blob::BlobError;
use crate::keydir::KeyDirError;
use crate::record::case::OrderFault;
use crate::record::feed::{Column, EntryFault, EntryProblem, ProfileFault, TableFault, TableProblem};
use crate::record::request::Fault as RecordFault;
use crate::record::service_level::ServiceLevelFault;
use crate::seal::SealError;
use crate::search::BadQuery;
use crate::store::StoreError;
use crate::words::{Bytes, DamagedKind, Fact, Facts, Fault, FaultWord, Refusal, Seconds, Term};

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
            Archive::Entries(faults) => return of_entries(&faults, 0),
            Archive::CapturedMeanwhile => Refusal::IdempotencyInProgress,
            Archive::IdempotencyConflict => Refusal::IdempotencyConflict,
            Archive::UnknownCase => Refusal::UnknownCase,
            Archive::BadLink { index, wrong_kind } => return of_link(index, wrong_kind),
            Archive::PurposeRequired => Refusal::PurposeRequired,
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
            Archive::SamePassword => Refusal::PasswordRefused,
            Archive::TooBusy { wait_seconds } => Refusal::TooBusy { wait: seconds(wait_seconds) },
            Archive::Roles(bad) => Refusal::from(bad),
            Archive::Scopes(bad) => return of_scopes(&bad),
            Archive::LastAdministrator => Refusal::OwnStanding,
            Archive::TooMany { most } => Refusal::TooMany { most },
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
            Archive::Damaged(thing) => Refusal::damaged(kind_of(thing), None),
            Archive::Store(error) => return of_store(error),
            Archive::Blob(error) => return of_blob(&error),
            Archive::Seal(error) => of_seal(&error),
            Archive::Keys(error) => return of_keys(&error),
            Archive::Entry(error) => return internal(&error),
            Archive::Query(error) => of_query(&error),
            Archive::RolledBack { kept, found } => Refusal::RolledBack { kept, found },
            Archive::OtherHistory { kept } => Refusal::OtherHistory { kept },
            Archive::ClockBehind { .. } => Refusal::ClockUntrusted,
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
        Thing::Gap => DamagedKind::Gap,
        Thing::Party => DamagedKind::Party,
        Thing::PartyRecords => DamagedKind::PartyRecords,
        Thing::Link => DamagedKind::Link,
        Thing::Matter => DamagedKind::Matter,
        Thing::User => DamagedKind::User,
        Thing::Token => DamagedKind::Token,
        Thing::Session => DamagedKind::Session,
        Thing::Job => DamagedKind::Job,
        Thing::Export => DamagedKind::Export,
        Thing::Upload => DamagedKind::Upload,
        Thing::Approval => DamagedKind::Approval,
        Thing::LedgerEntry => DamagedKind::LedgerEntry,
        Thing::Archive => DamagedKind::Archive,
    }
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
    Problem::of_fields(faults.iter().map(of_fault).collect())
}

fn of_fault(fault: &RecordFault) -> Fault {
    // A test shows that every code has words; a fault without them would still name its place.
    Fault::from_code(&fault.path, fault.code.as_str(), &fault.code.facts())
        .unwrap_or_else(|| Fault::of(fault.path.clone(), FaultWord::Required, Facts::new()))
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

/// Faulty lines of a bulk log; `captured` entries before them were kept.
pub fn of_entries(faults: &[EntryFault], captured: u64) -> Problem {
    let line = faults.first().map_or(1, |fault| fault.line);
    let truncated = faults.first().is_some_and(|fault| fault.problem == EntryProblem::Truncated);
    let refusal = match truncated {
        true => Refusal::TruncatedEntries { line, captured },
        false => Refusal::EntryFault { line, captured },
    };
    Problem { refusal, faults: faults.iter().map(entry_fault).collect(), request_id: None }
}

/// One faulty line of a bulk log.
pub fn entry_fault(fault: &EntryFault) -> Fault {
    let count = |number: usize| Fact::Count(number as u64);
    let plain = |path: &str, word| Fault::of(path, word, Facts::new());
    let with = |path: &str, word, facts| Fault::of(path, word, facts);
    let found = match &fault.problem {
        EntryProblem::InvalidUtf8 => plain("", FaultWord::NotUtf8),
        EntryProblem::TooLong { most } => with("", FaultWord::LineTooLong, vec![("most", count(*most))]),
        EntryProblem::TooMany { most } => {
            with("", FaultWord::TooManyEntries, vec![("most", Fact::Count(*most))])
        }
        EntryProblem::Syntax => plain("", FaultWord::NotJson),
        EntryProblem::Truncated => plain("", FaultWord::Truncated),
        EntryProblem::NotAnObject => plain("", FaultWord::NotAnObject),
        EntryProblem::TooDeep { most } => with("", FaultWord::TooDeep, vec![("most", count(*most))]),
        EntryProblem::Double => plain("", FaultWord::Double),
        EntryProblem::NumberTooLarge => plain("", FaultWord::NumberTooLarge),
        EntryProblem::TooManyFields { most } => {
            with("", FaultWord::TooManyFields, vec![("most", count(*most))])
        }
        EntryProblem::Missing { field } => plain(field.as_str(), FaultWord::Required),
        EntryProblem::NoSubjectNorCount => plain("", FaultWord::NoSubjectNorCount),
        EntryProblem::NotText { field } => plain(field.as_str(), FaultWord::NotText),
        EntryProblem::BadText { field, why } => Fault::of_label(field.as_str(), why),
        EntryProblem::BadTime => plain("at", FaultWord::NotAMoment),
        EntryProblem::BadCount => plain("count", FaultWord::NotANumber),
        EntryProblem::NoHeader => plain("", FaultWord::NoHeader),
        EntryProblem::MissingColumns { fields } => {
            let columns = fields.iter().map(|field| field.as_str().to_owned()).collect();
            with("", FaultWord::MissingColumns, vec![("columns", Fact::List(columns))])
        }
        EntryProblem::CellCount { expected, found } => {
            with("", FaultWord::CellCount, vec![("expected", count(*expected)), ("found", count(*found))])
        }
        EntryProblem::Quotes => plain("", FaultWord::BadQuote),
    };
    found.at(fault.line, Some(fault.column as u64))
}

/// One fault of a foreign table.
pub fn table_fault(fault: &TableFault) -> Fault {
    let column = fault.column.as_deref().unwrap_or_default();
    let count = |number: usize| Fact::Count(number as u64);
    let with = |word, facts| Fault::of(column, word, facts);
    let plain = |word| with(word, Facts::new());
    let mut found = match &fault.problem {
        TableProblem::TooLarge { most } => with(FaultWord::TableTooLarge, vec![("most", Fact::Count(*most))]),
        TableProblem::TooManyRows { most } => with(FaultWord::TooManyEntries, vec![("most", count(*most))]),
        TableProblem::TooManyColumns { most } => {
            with(FaultWord::TooManyColumns, vec![("most", count(*most))])
        }
        TableProblem::UnknownEncoding => plain(FaultWord::UnknownEncoding),
        TableProblem::Encoding { encoding, byte } => with(
            FaultWord::BadEncoding,
            vec![("encoding", Fact::Text((*encoding).to_owned())), ("byte", Fact::Text(byte.to_string()))],
        ),
        TableProblem::NoHeader => plain(FaultWord::NoHeader),
        TableProblem::DoubleColumn => plain(FaultWord::DoubleColumn),
        TableProblem::UnknownColumn => {
            let known = Column::documented().map(|name| Term::new("column", name)).collect();
            with(FaultWord::UnknownColumn, vec![("known", Fact::Terms(known))])
        }
        TableProblem::NeedsColumn { other } => {
            with(FaultWord::NeedsColumn, vec![("other", Fact::Terms(vec![Term::new("column", *other)]))])
        }
        TableProblem::MissingColumn => {
            with(FaultWord::MissingColumns, vec![("columns", Fact::List(vec![column.to_owned()]))])
        }
        TableProblem::CellCount { expected, found } => {
            with(FaultWord::CellCount, vec![("expected", count(*expected)), ("found", count(*found))])
        }
        TableProblem::Quotes => plain(FaultWord::BadQuote),
        TableProblem::Truncated => plain(FaultWord::Truncated),
        TableProblem::NotJson { column } => {
            Fault { column: Some(*column as u64), ..plain(FaultWord::NotJson) }
        }
        TableProblem::NotAList => plain(FaultWord::NotAList),
        TableProblem::NotAnObject => plain(FaultWord::NotAnObject),
        TableProblem::Workbook => plain(FaultWord::NotAWorkbook),
        TableProblem::UnpacksTooLarge { most } => {
            with(FaultWord::UnpacksTooLarge, vec![("most", Fact::Count(*most))])
        }
        TableProblem::NoSheet => plain(FaultWord::NoSheet),
        TableProblem::NotText => plain(FaultWord::NotText),
        TableProblem::NoFile => plain(FaultWord::NoFile),
        TableProblem::Path => plain(FaultWord::BadPath),
        TableProblem::PerFile { found, files } => {
            with(FaultWord::PerFile, vec![("found", count(*found)), ("files", count(*files))])
        }
        // The column of the export says more to its owner than the field that it became.
        TableProblem::Capture(record) => match column {
            "" => of_fault(record),
            column => Fault { path: column.to_owned(), ..of_fault(record) },
        },
    };
    found.line = (fault.line > 0).then_some(fault.line);
    found
}

/// Faults of a foreign table that is refused as a whole.
pub fn of_table(faults: &[TableFault]) -> Problem {
    let line = faults.iter().map(|fault| fault.line).min().unwrap_or(0).max(1);
    let refusal = Refusal::ManifestFault { line, count: faults.len() as u64 };
    let listed = faults.iter().take(crate::base::limits::FAULTS_MAX);
    Problem { refusal, faults: listed.map(table_fault).collect(), request_id: None }
}

/// Faults of a mapping profile.
pub fn of_profile(faults: &[ProfileFault]) -> Problem {
    let told = faults.iter().map(|fault| {
        let plain = |path: &str, word| Fault::of(path, word, Facts::new());
        match fault {
            ProfileFault::Syntax { line, message } => {
                let facts = vec![("message", Fact::Text(message.clone()))];
                Fault { line: Some(*line as u64), ..Fault::of("", FaultWord::ProfileSyntax, facts) }
            }
            ProfileFault::Version { found } => Fault::of(
                "version",
                FaultWord::ProfileVersion,
                vec![("found", Fact::Count(u64::from(*found)))],
            ),
            ProfileFault::Text { path } => plain(path, FaultWord::ProfileText),
            ProfileFault::Zone => plain("source.zone", FaultWord::ProfileZone),
            ProfileFault::Encoding => plain("source.encoding", FaultWord::ProfileEncoding),
            ProfileFault::DatePattern { path } => plain(path, FaultWord::ProfileDates),
            ProfileFault::UnknownTarget { path } => plain(path, FaultWord::ProfileTarget),
            ProfileFault::DoubleTarget { path } => plain(path, FaultWord::ProfileDouble),
            ProfileFault::UnknownColumn { path } => plain(path, FaultWord::ProfileColumn),
            ProfileFault::Unset { target } => Fault::of(
                "columns",
                FaultWord::ProfileUnset,
                vec![("target", Fact::Text((*target).to_owned()))],
            ),
            ProfileFault::TooMany { path, most } => {
                Fault::of(path.as_str(), FaultWord::ProfileTooMany, vec![("most", Fact::Count(*most as u64))])
            }
        }
    });
    Problem { refusal: Refusal::MappingFault, faults: told.collect(), request_id: None }
}

fn of_store(error: StoreError) -> Problem {
    let refusal = match error {
        StoreError::Full => Refusal::StorageFull,
        StoreError::Contended => Refusal::TooBusy { wait: Seconds(1) },
        StoreError::Unavailable { why } => {
            tracing::error!(%why, "the database cannot be reached");
            Refusal::DatabaseUnavailable
        }
        StoreError::Malformed { why } => {
            tracing::error!(%why, "the database is damaged");
            Refusal::DatabaseDamaged
        }
        StoreError::Closed => Refusal::ShuttingDown,
        StoreError::Corrupt { table, id, why } => {
            tracing::error!(table, %id, %why, "a row is not as it was written");
            Refusal::damaged(DamagedKind::of_table(table), Some(&id))
        }
        StoreError::LedgerBroken { why } => {
            tracing::error!(%why, "the ledger is not whole");
            Refusal::LedgerBroken
        }
        StoreError::OtherLogKey => Refusal::OtherLogKey,
        StoreError::ForeignSchema { name } => Refusal::ForeignSchema { name },
        StoreError::NewerSchema { found, known } => Refusal::NewerDataDirectory { found, known },
        StoreError::NoPostgres => Refusal::NoPostgres,
        StoreError::BadUrl { .. } => Refusal::ConfigInvalid { setting: "database.url".to_owned() },
        StoreError::Duplicate { .. } => Refusal::AlreadyExists,
        StoreError::BadEntry { .. }
        | StoreError::ReadOnly
        | StoreError::Refused { .. }
        | StoreError::NoEntry
        | StoreError::Panicked
        | StoreError::Nested => return internal(&error),
    };
    refusal.into()
}

fn of_blob(error: &BlobError) -> Problem {
    match error {
        BlobError::Full => Refusal::StorageFull.into(),
        BlobError::Missing => Refusal::damaged(DamagedKind::Payload, None).into(),
        BlobError::Io { .. } => internal(error),
    }
}

fn of_io(what: &'static str, error: &std::io::Error) -> Problem {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Refusal::StorageFull.into(),
        _ => internal(&format_args!("{what}: {error}")),
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

fn of_keys(error: &KeyDirError) -> Problem {
    // The name only: where keys lie is nobody's business at the door.
    let name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let refusal = match error {
        KeyDirError::Missing { file } => Refusal::KeyMissing { file: name(file) },
        KeyDirError::OpenToOthers { file, mode } => {
            Refusal::KeyExposed { file: name(file), mode: format!("{mode:04o}") }
        }
        KeyDirError::InsideData { keys, .. } => Refusal::KeyInsideData { file: name(keys) },
        KeyDirError::WrongKey { file, .. } => Refusal::KeyWrong { file: name(file) },
        KeyDirError::WrongKind { file }
        | KeyDirError::TooLarge { file, .. }
        | KeyDirError::Damaged { file, .. }
        | KeyDirError::Unclaimed { file } => Refusal::KeyDamaged { file: name(file) },
        KeyDirError::AlreadyThere { .. } => Refusal::AlreadyExists,
        KeyDirError::CurrentEpoch { .. }
        | KeyDirError::NoSuchEpoch { .. }
        | KeyDirError::TooManyEpochs
        | KeyDirError::RotationUnfinished
        | KeyDirError::NoRotation
        | KeyDirError::Stale => Refusal::Conflict,
        KeyDirError::Busy { .. } => Refusal::TooBusy { wait: Seconds(2) },
        KeyDirError::KeptCheckpoint { file } => Refusal::KeptCheckpointDamaged { file: name(file) },
        KeyDirError::Io { kind: ErrorKind::StorageFull | ErrorKind::QuotaExceeded, .. } => {
            Refusal::StorageFull
        }
        KeyDirError::Io {
            kind: ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied, file, ..
        } => Refusal::KeyUnwritable { file: name(file) },
        KeyDirError::BadOrigin | KeyDirError::Io { .. } => return internal(error),
    };
    refusal.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::feed::EntryField;
    use crate::record::request::{FaultCode, JsonType};

    #[test]
    fn every_fault_of_a_field_has_its_words() {
        let codes = [
            FaultCode::Required,
            FaultCode::Blank,
            FaultCode::TooLong { chars: 2, most: 1 },
            FaultCode::TooManyBytes { bytes: 2, most: 1 },
            FaultCode::Control { position: 1, code: 7 },
            FaultCode::NotADate,
            FaultCode::NoSuchDay,
            FaultCode::YearOutOfRange,
            FaultCode::NotAMoment,
            FaultCode::AmbiguousTime,
            FaultCode::UnknownZone,
            FaultCode::UnknownKind { allowed: &["a"] },
            FaultCode::UnknownWord { allowed: &["a"] },
            FaultCode::NotAllowedForKind { kind: "ticket" },
            FaultCode::Before { other: "from".to_owned() },
            FaultCode::Contradicts { other: "from".to_owned() },
            FaultCode::Duplicate { first: "from".to_owned() },
            FaultCode::TooMany { found: 2, most: 1 },
            FaultCode::BadId { what: "record" },
            FaultCode::BadName,
            FaultCode::BadDigest,
            FaultCode::BadMediaType,
            FaultCode::BadLanguage,
            FaultCode::BadCategory,
            FaultCode::BadJurisdiction,
            FaultCode::UnknownField { nearest: None, known: vec!["title"] },
            FaultCode::UnknownField { nearest: Some("kind"), known: vec!["kind"] },
            FaultCode::WrongType { expected: JsonType::Text, found: JsonType::List },
            FaultCode::OutOfRange { least: 1, most: 2 },
            FaultCode::Empty,
            FaultCode::TooDeep { most: 3 },
            FaultCode::Unreadable { line: 1, column: 2 },
            FaultCode::More { count: 2 },
        ];
        for code in codes {
            let fault = Fault::from_code("x", code.as_str(), &code.facts());
            assert!(fault.is_some(), "{code:?}");
        }
    }

    #[test]
    fn a_faulty_line_is_told_with_line_and_column() {
        let faults =
            [EntryFault { line: 7, column: 3, problem: EntryProblem::Missing { field: EntryField::At } }];
        let problem = of_entries(&faults, 6);
        assert_eq!(problem.refusal, Refusal::EntryFault { line: 7, captured: 6 });
        let fault = problem.faults.first().unwrap();
        assert_eq!((fault.line, fault.column, fault.path.as_str()), (Some(7), Some(3), "at"));
    }

    #[test]
    fn a_full_disk_is_told_as_such_wherever_it_shows() {
        for refusal in [
            Archive::Store(StoreError::Full),
            Archive::Blob(BlobError::Full),
            Archive::Io { what: "write", error: ErrorKind::StorageFull.into() },
        ] {
            assert_eq!(Problem::from(refusal).status().as_u16(), 507);
        }
    }
}
