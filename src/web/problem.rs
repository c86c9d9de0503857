//! Refusals over HTTP: RFC 9457 problem documents with a stable `code`, words in the reader's
//! language and the header fields that belong to the status. See `docs/formats/problem.md`.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Map, Value, json};

use crate::words::{Fault, Language, ProblemCode, Refusal, fault_text, problem_text};

/// The media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A refusal on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is refused, with its facts.
    pub refusal: Refusal,
    /// Faults of single fields, rows or entries.
    pub faults: Vec<Fault>,
    /// The request's id, as in the logs.
    pub request_id: Option<String>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, faults: Vec::new(), request_id: None }
    }
}

impl Problem {
    /// Several fields are wrong.
    pub fn of_fields(faults: Vec<Fault>) -> Self {
        let count = u64::try_from(faults.len()).unwrap_or(u64::MAX);
        Self { refusal: Refusal::InvalidFields { count }, faults, request_id: None }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        status(self.refusal.code())
    }

    /// The document in one language.
    pub fn to_json(&self, language: Language) -> Value {
        let code = self.refusal.code().as_str();
        let text = problem_text(&self.refusal, language);
        let mut document = json!({
            "type": format!("urn:muniment:problem:{code}"),
            "title": text.title,
            "status": self.status().as_u16(),
            "detail": text.detail,
            "code": code,
            "remedy": text.remedy,
        });
        if let Value::Object(members) = &mut document {
            if let Some(id) = &self.request_id {
                members.insert("instance".to_owned(), json!(format!("urn:uuid:{id}")));
            }
            let facts = self.refusal.facts();
            if !facts.is_empty() {
                members.insert("facts".to_owned(), facts_json(&facts));
            }
            if !self.faults.is_empty() {
                let faults = self.faults.iter().map(|fault| fault_json(fault, language));
                members.insert("faults".to_owned(), faults.collect());
            }
        }
        document
    }

    /// The response. It is never cached: the same address may answer another reader.
    pub fn to_response(&self, language: Language) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        response
            .insert_header((header::CONTENT_TYPE, PROBLEM_JSON))
            .insert_header((header::CONTENT_LANGUAGE, language.tag()))
            .insert_header((header::VARY, "Accept-Language"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
        add_fields(&mut response, &self.refusal);
        response.body(self.to_json(language).to_string())
    }
}

fn facts_json(facts: &crate::words::Facts) -> Value {
    Value::Object(facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.to_json())).collect())
}

/// One fault in one language.
pub(super) fn fault_json(fault: &Fault, language: Language) -> Value {
    let text = fault_text(fault, language);
    let mut members = Map::new();
    members.insert("path".to_owned(), json!(fault.path));
    if let Some(line) = fault.line {
        members.insert("line".to_owned(), json!(line));
    }
    if let Some(column) = fault.column {
        members.insert("column".to_owned(), json!(column));
    }
    members.insert("code".to_owned(), json!(fault.word.as_str()));
    members.insert("detail".to_owned(), json!(text.detail));
    members.insert("remedy".to_owned(), json!(text.remedy));
    if !fault.facts.is_empty() {
        members.insert("facts".to_owned(), facts_json(&fault.facts));
    }
    Value::Object(members)
}

/// The header fields that a status or a code brings with it.
fn add_fields(response: &mut HttpResponseBuilder, refusal: &Refusal) {
    let status = status(refusal.code());
    // RFC 9110 §11.6.1: a 401 names the scheme.
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"muniment\""));
    }
    if let Refusal::MethodNotAllowed { allowed } = refusal {
        response.insert_header((header::ALLOW, allowed.join(", ")));
    }
    // RFC 9110 §15.5.16: what would be taken.
    if let Refusal::UnsupportedMediaType { allowed } = refusal {
        response.insert_header((header::ACCEPT, allowed.join(", ")));
    }
    if let Refusal::RangeNotSatisfiable { length } = refusal {
        response.insert_header((header::CONTENT_RANGE, format!("bytes */{}", length.0)));
    }
    // 429 and 503 say when to come again.
    if matches!(refusal, Refusal::JobUnfinished | Refusal::UploadInProgress) {
        response.insert_header((header::RETRY_AFTER, "1"));
    }
    if let Refusal::ThrottledLogin { wait }
    | Refusal::ThrottledNames { wait }
    | Refusal::RateLimited { wait }
    | Refusal::TooBusy { wait } = refusal
    {
        response.insert_header((header::RETRY_AFTER, wait.0.to_string()));
    } else if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((header::RETRY_AFTER, RETRY_SECONDS.to_string()));
    }
}

/// Seconds after which to try again where nothing better is known.
const RETRY_SECONDS: u64 = 10;

macro_rules! statuses {
    ($($status:ident: $($code:ident),+;)+) => {
        /// The status of every code. There is no default: a new code is placed by hand.
        pub fn status(code: ProblemCode) -> StatusCode {
            match code {
                $($(ProblemCode::$code)|+ => StatusCode::$status,)+
            }
        }
    };
}

statuses! {
    BAD_REQUEST:
        BadContentDigest, MalformedJson, MalformedMultipart, BadFormPart, MalformedRequest, CursorInvalid;
    // RFC 9470: step-up authentication is a 401 too.
    UNAUTHORIZED:
        Unauthenticated, LoginFailed, SessionEnded, TokenInvalid, CredentialsRequired,
        SecondFactorRequired, SecondFactorWrong;
    FORBIDDEN:
        PasswordChangeRequired, CrossSite, Forbidden, TokenScope, NeedsSecondPerson, OwnRequest, OwnStanding,
        Restricted, NotTheirStage;
    NOT_FOUND:
        NotFound;
    METHOD_NOT_ALLOWED:
        MethodNotAllowed;
    REQUEST_TIMEOUT:
        RequestTimeout;
    CONFLICT:
        OnePersonArchive, ApprovalExpired, ApprovalDecided, ApprovalRefused, ApprovalUsed,
        ApprovalDiffers, Held, HeldInGrace, DispositionUnavailable, NothingDue, CoolingOff, WitnessesMissing, EscrowsWait, PolicyPublished, PolicyStage, PolicyNotSubmitted,
        PolicyUnfit, PolicyNotNewer, RuleTaken, SimulationNeeded, NewlyDue, PolicyOrphans, IdempotencyInProgress, AlreadyExists,
        LastReader, Conflict,
        CaseState, EventOrder, UploadIncomplete, UploadComplete, UploadInProgress, UploadUsed, JobUnfinished, KeysBusy, JobCancelled,
        JobInterrupted, ClockUntrusted, ClockJumped, AlreadyOpen, DirectoryNotEmpty, OutputExists,
        AddressInUse;
    GONE:
        Gone, EntryErased, UploadExpired, ResultExpired;
    PRECONDITION_FAILED:
        PreconditionFailed;
    URI_TOO_LONG:
        UriTooLong;
    PAYLOAD_TOO_LARGE:
        TooLarge, TooMany, RenditionTooLarge;
    UNSUPPORTED_MEDIA_TYPE:
        UnsupportedMediaType;
    RANGE_NOT_SATISFIABLE:
        RangeNotSatisfiable;
    UNPROCESSABLE_ENTITY:
        PasswordRefused, PurposeRequired, NoRendition, RenditionNotExamined, RenditionNotOpened, RolesIncompatible, InvalidFields, UnknownCase,
        EmptyFile, LengthMismatch, DigestMismatch, NotUtf8,
        TruncatedEntries, EntryFault, ManifestFault, MappingFault, QueryBlank, QueryTooLong,
        QueryTooBroad, SearchTooWide, SubjectBlank, SubjectUnfit, PolicyFaults, UnknownPack, PolicyOther, PolicyTooEarly, UnknownRule,
        IdempotencyConflict, SourceConflict, ConfigInvalid, FileUnreadable;
    PRECONDITION_REQUIRED:
        PreconditionRequired;
    TOO_MANY_REQUESTS:
        ThrottledLogin, ThrottledNames, RateLimited;
    // The program has a fault, or what is stored was changed behind its back: nobody's request did it.
    INTERNAL_SERVER_ERROR:
        Internal, Damaged, LedgerBroken, OtherLogKey, ForeignSchema,
        DatabaseDamaged;
    SERVICE_UNAVAILABLE:
        TooBusy, DatabaseUnavailable, DatabaseLocked, ShuttingDown, NoReadingKey, NewerDataDirectory,
        RolledBack, OtherHistory, KeptCheckpointDamaged, KeyUnwritable, NotADataDirectory, KeyMissing, KeyWrong, KeyOutdated, KeyAhead, EpochKeyMissing, PayloadsMissing, KeyExposed, KeyInsideData, KeyDamaged,
        NoPostgres, BindRefused;
    INSUFFICIENT_STORAGE:
        StorageFull;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Bytes, Fact, FaultWord, Seconds};

    fn field(response: &HttpResponse, name: header::HeaderName) -> Option<String> {
        Some(response.headers().get(name)?.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_problem_document_names_what_where_and_the_remedy() {
        let facts = vec![("chars", Fact::Count(301)), ("most", Fact::Count(300))];
        let mut problem = Problem::of_fields(vec![
            Fault::of("parties[2].name", FaultWord::TooLong, facts),
            Fault::of("occurred", FaultWord::NoSuchDay, Vec::new()).at(7, Some(3)),
        ]);
        problem.request_id = Some("01890a5d-ac96-774b-bcce-b302099a8057".to_owned());
        insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false}, {
            for language in Language::ALL {
                let name = format!("problem-{}", language.tag());
                insta::assert_snapshot!(name, serde_json::to_string_pretty(&problem.to_json(language)).unwrap());
            }
        });
    }

    #[test]
    fn every_code_is_a_refusal_and_only_faults_of_ours_are_internal_errors() {
        for code in ProblemCode::ALL {
            let status = status(*code);
            assert!(status.is_client_error() || status.is_server_error(), "{code:?}");
            let ours = matches!(
                code,
                ProblemCode::Internal
                    | ProblemCode::Damaged
                    | ProblemCode::LedgerBroken
                    | ProblemCode::OtherLogKey
                    | ProblemCode::ForeignSchema
                    | ProblemCode::DatabaseDamaged
            );
            assert!(!status.is_server_error() || ours || matches!(status.as_u16(), 503 | 507), "{code:?}");
        }
    }

    #[test]
    fn a_status_brings_its_header_fields() {
        let respond = |refusal: Refusal| Problem::from(refusal).to_response(Language::ZhTw);
        let not_allowed =
            respond(Refusal::MethodNotAllowed { allowed: vec!["GET".to_owned(), "PUT".to_owned()] });
        assert_eq!(field(&not_allowed, header::ALLOW).as_deref(), Some("GET, PUT"));
        assert_eq!(field(&not_allowed, header::CONTENT_LANGUAGE).as_deref(), Some("zh-TW"));
        assert_eq!(field(&not_allowed, header::CONTENT_TYPE).as_deref(), Some(PROBLEM_JSON));
        let throttled = respond(Refusal::ThrottledLogin { wait: Seconds(32) });
        assert_eq!(field(&throttled, header::RETRY_AFTER).as_deref(), Some("32"));
        let unknown = respond(Refusal::Unauthenticated);
        assert!(field(&unknown, header::WWW_AUTHENTICATE).is_some());
        let range = respond(Refusal::RangeNotSatisfiable { length: Bytes(10) });
        assert_eq!(field(&range, header::CONTENT_RANGE).as_deref(), Some("bytes */10"));
    }

    #[test]
    fn the_documentation_lists_every_code_with_its_status_and_facts() {
        let documentation = include_str!("../../docs/formats/problem.md");
        let codes = ProblemCode::ALL.iter().map(|code| {
            let facts = code.placeholders().join(", ");
            let exit = code.outcome().exit_code();
            format!("| `{}` | {} | {exit} | {facts} |", code.as_str(), status(*code).as_u16())
        });
        let faults = FaultWord::ALL
            .iter()
            .map(|word| format!("| `{}` | {} |", word.as_str(), word.placeholders().join(", ")));
        let missing: Vec<String> = codes.chain(faults).filter(|row| !documentation.contains(row)).collect();
        assert!(missing.is_empty(), "rows for docs/formats/problem.md:\n{}", missing.join("\n"));
    }

    #[test]
    fn whoever_is_told_to_wait_is_told_how_long() {
        for refusal in [
            Refusal::DatabaseUnavailable,
            Refusal::DatabaseLocked,
            Refusal::ShuttingDown,
            Refusal::TooBusy { wait: Seconds(2) },
            Refusal::RateLimited { wait: Seconds(2) },
            Refusal::ThrottledNames { wait: Seconds(2) },
            Refusal::UploadInProgress,
        ] {
            let response = Problem::from(refusal.clone()).to_response(Language::En);
            assert!(field(&response, header::RETRY_AFTER).is_some(), "{refusal:?}");
        }
    }
}
