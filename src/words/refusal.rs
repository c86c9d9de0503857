//! Every refusal of the archive, with the facts that its words need. Codes are stable: clients
//! and scripts rely on them; a code is never given another meaning.

use super::declare::refusals;
use super::fact::{Bytes, Fact, Facts, Seconds, Term};
use super::outcome::Outcome;
use crate::base::moment::Moment;

refusals! {
    // ── Who asks ──
    /// No log-in and no token.
    Unauthenticated = "unauthenticated", Refused;
    /// Name or password is wrong; which of them is not said.
    LoginFailed = "login_failed", Refused;
    /// Too many failed log-ins: not before a time.
    ThrottledLogin = "throttled_login", Refused {
        /// How long to wait.
        wait: Seconds,
    };
    /// Too many names were tried that belong to something out of sight: not before a time.
    ThrottledNames = "throttled_names", Refused {
        /// How long to wait.
        wait: Seconds,
    };
    /// The session has ended.
    SessionEnded = "session_ended", Refused;
    /// The token is unknown, mistyped, withdrawn or expired.
    TokenInvalid = "token_invalid", Refused;
    /// The command line's `--as` needs the person's password or token.
    CredentialsRequired = "credentials_required", Refused {
        /// The user named.
        user: String,
    };
    /// This step asks for the second factor again.
    SecondFactorRequired = "second_factor_required", Refused;
    /// The code of the second factor is wrong, too old or used.
    SecondFactorWrong = "second_factor_wrong", Refused;
    /// A one-time password must be changed first.
    PasswordChangeRequired = "password_change_required", Refused;
    /// The new password is not taken; the faults say why.
    PasswordRefused = "password_refused", Refused;
    /// The request came from another site's page.
    CrossSite = "cross_site", Refused;

    // ── What one may ask ──
    /// No permission.
    Forbidden = "forbidden", Refused;
    /// The token's owner may, the token may not.
    TokenScope = "token_scope", Refused {
        /// The scope that it lacks.
        scope: String,
    };
    /// Not there, or not in sight.
    NotFound = "not_found", Refused;
    /// It was destroyed under the rules; the trace remains.
    Gone = "gone", Refused;
    /// The log entry was erased; the ledger says when, why and by whom.
    EntryErased = "entry_erased", Refused;
    /// Originals are opened for a purpose.
    PurposeRequired = "purpose_required", Refused;
    /// It cannot be read as text to its end, so what is in it cannot be hidden for certain.
    NoRendition = "no_rendition", Refused;
    /// Personal data was not looked for in all of it, so nobody gets a rendition who may not read the original.
    RenditionNotExamined = "rendition_not_examined", Refused;
    /// Whoever says what is to be filled in has not opened the original.
    RenditionNotOpened = "rendition_not_opened", Refused;
    /// A redacted rendition is made of smaller files only.
    RenditionTooLarge = "rendition_too_large", Refused {
        /// Allowed.
        most: Bytes,
    };
    /// A second person must approve this first.
    NeedsSecondPerson = "needs_second_person", Refused {
        /// The roles by which somebody else may approve it.
        roles: Vec<Term>,
    };
    /// Nobody else may approve it: the archive has one person for this.
    OnePersonArchive = "one_person_archive", Refused;
    /// Nobody approves the own request.
    OwnRequest = "own_request", Refused;
    /// The approval has expired.
    ApprovalExpired = "approval_expired", Refused;
    /// The request was decided already.
    ApprovalDecided = "approval_decided", Refused;
    /// The second person refused.
    ApprovalRefused = "approval_refused", Refused;
    /// The approval was used already.
    ApprovalUsed = "approval_used", Refused;
    /// What is to be done is not what was approved.
    ApprovalDiffers = "approval_differs", Refused;
    /// One person cannot hold both roles.
    RolesIncompatible = "roles_incompatible", Refused {
        /// One role.
        role: Term,
        /// The other.
        other: Term,
    };
    /// Nobody changes the own roles or ends the own account.
    OwnStanding = "own_standing", Refused;
    /// The record may only be stored.
    Restricted = "restricted", Refused;
    /// Holds stand.
    Held = "held", Refused {
        /// How many of them the reader may know of.
        holds: u64,
    };
    /// A released hold still rests on the record.
    HeldInGrace = "held_in_grace", Refused {
        /// Until when.
        until: Moment,
    };
    /// Something stands against the disposition that is not told.
    DispositionUnavailable = "disposition_unavailable", Refused;
    /// None of the records may be disposed of now.
    NothingDue = "nothing_due", Refused {
        /// How many were looked at.
        records: u64,
    };
    /// The stage that is decided on is for people of other roles.
    NotTheirStage = "not_their_stage", Refused;
    /// The cooling-off of a disposition is not over.
    CoolingOff = "cooling_off", Refused {
        /// Until when.
        until: Moment,
    };
    /// Destruction witnesses are missing.
    WitnessesMissing = "witnesses_missing", Refused {
        /// How many have to attend.
        needed: u64,
        /// How many do.
        there: u64,
    };
    /// The recovery key is not replaced while records wait that it alone opens.
    EscrowsWait = "escrows_wait", Refused {
        /// How many.
        records: u64,
    };

    // ── Policies ──
    /// The policy cannot be read; the faults name each place.
    PolicyFaults = "policy_faults", Refused {
        /// How many.
        count: u64,
    };
    /// No shipped pack has that name.
    UnknownPack = "unknown_pack", Refused {
        /// Those that there are.
        packs: Vec<String>,
    };
    /// What was published does not change.
    PolicyPublished = "policy_published", Refused;
    /// The text is another policy's or version's.
    PolicyOther = "policy_other", Refused;
    /// The version does not take that step from where it stands.
    PolicyStage = "policy_stage", Refused {
        /// Where it stands.
        stage: Term,
        /// Where it was to go.
        to: Term,
    };
    /// The draft was not handed in for review.
    PolicyNotSubmitted = "policy_not_submitted", Refused;
    /// Findings forbid the publication.
    PolicyUnfit = "policy_unfit", Refused {
        /// How many.
        count: u64,
    };
    /// A version as new or newer was published.
    PolicyNotNewer = "policy_not_newer", Refused {
        /// The published one.
        published: u64,
    };
    /// Another policy in force has a rule of that id.
    RuleTaken = "rule_taken", Refused {
        /// The rule.
        rule: String,
        /// The other policy.
        policy: String,
    };
    /// No simulation of this version against the archive as it is has that hash.
    SimulationNeeded = "simulation_needed", Refused;
    /// Records that a rule is about would have none.
    PolicyOrphans = "policy_orphans", Refused {
        /// How many.
        records: u64,
    };
    /// Records would be due at once, other than was confirmed.
    NewlyDue = "newly_due", Refused {
        /// How many.
        records: u64,
    };
    /// A day that has passed, or that comes before another version's.
    PolicyTooEarly = "policy_too_early", Refused;
    /// The policy has no such rule.
    UnknownRule = "unknown_rule", Refused;

    // ── What is sent ──
    /// Fields are wrong; the faults name each.
    InvalidFields = "invalid_fields", Refused {
        /// How many.
        count: u64,
    };
    /// No such case, as far as the reader can tell.
    UnknownCase = "unknown_case", Refused;
    /// The file has no byte.
    EmptyFile = "empty_file", Refused {
        /// Its ordinal or name.
        file: String,
    };
    /// The content has another length than declared.
    LengthMismatch = "length_mismatch", Refused {
        /// The file.
        file: String,
        /// Declared.
        declared: Bytes,
        /// Received.
        received: Bytes,
    };
    /// The content has another digest than declared.
    DigestMismatch = "digest_mismatch", Refused {
        /// The file.
        file: String,
    };
    /// `Content-Digest` cannot be read.
    BadContentDigest = "bad_content_digest", Refused;
    /// Declared as UTF-8, and is not.
    NotUtf8 = "not_utf8", Refused {
        /// The file.
        file: String,
        /// 1-based line.
        line: u64,
        /// 0-based offset in bytes.
        offset: u64,
    };
    /// A bulk log ends inside an entry.
    TruncatedEntries = "truncated_entries", Refused {
        /// The line of the entry.
        line: u64,
        /// Entries captured all the same.
        captured: u64,
    };
    /// Entries of a bulk log are wrong; the faults name them.
    EntryFault = "entry_fault", Refused {
        /// The first line with a fault.
        line: u64,
        /// Faults found.
        count: u64,
        /// Of these, how many are listed.
        listed: u64,
        /// Entries captured all the same.
        captured: u64,
    };
    /// Rows of a manifest or export are wrong; the faults name them.
    ManifestFault = "manifest_fault", Refused {
        /// The first line with a fault.
        line: u64,
        /// Faults found.
        count: u64,
        /// Of these, how many are listed.
        listed: u64,
    };
    /// A mapping profile cannot be used; the faults say why.
    MappingFault = "mapping_fault", Refused;
    /// More bytes than allowed.
    TooLarge = "too_large", Refused {
        /// Allowed.
        most: Bytes,
    };
    /// More items than allowed.
    TooMany = "too_many", Refused {
        /// Allowed.
        most: u64,
    };
    /// The body's media type is not taken here.
    UnsupportedMediaType = "unsupported_media_type", Refused {
        /// What is taken.
        allowed: Vec<String>,
    };
    /// The body is no JSON.
    MalformedJson = "malformed_json", Refused {
        /// 1-based line.
        line: u64,
        /// 1-based column.
        column: u64,
    };
    /// The multipart body cannot be read.
    MalformedMultipart = "malformed_multipart", Refused;
    /// A part of the form is not as it has to be.
    BadFormPart = "bad_form_part", Refused {
        /// 1-based number of the part.
        part: u64,
        /// What of it.
        what: Term,
    };
    /// Address, query or header fields cannot be read.
    MalformedRequest = "malformed_request", Refused {
        /// Which part.
        part: String,
    };
    /// The address is longer than any that this service gives.
    UriTooLong = "uri_too_long", Refused {
        /// Bytes allowed.
        most: Bytes,
    };
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", Refused;
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", Refused {
        /// Those that do.
        allowed: Vec<String>,
    };
    /// The cursor was not made here, or for another list.
    CursorInvalid = "cursor_invalid", Refused;
    /// The search has no words.
    QueryBlank = "query_blank", Refused;
    /// The search is too long.
    QueryTooLong = "query_too_long", Refused {
        /// Characters allowed.
        most: u64,
    };
    /// The search has nothing that an index could find.
    QueryTooBroad = "query_too_broad", Refused;
    /// The search takes longer than one page may.
    SearchTooWide = "search_too_wide", Refused {
        /// How long one page may take.
        most: Seconds,
    };
    /// There is no value by which somebody could be looked up.
    SubjectBlank = "subject_blank", Refused;
    /// The value is none by which somebody could be looked up.
    SubjectUnfit = "subject_unfit", Refused;
    /// The requested range lies outside the content.
    RangeNotSatisfiable = "range_not_satisfiable", Refused {
        /// The content's length.
        length: Bytes,
    };

    // ── How it fits what is there ──
    /// Same key, other request.
    IdempotencyConflict = "idempotency_conflict", Refused;
    /// Same source, external id and revision, other content.
    SourceConflict = "source_conflict", Refused;
    /// The same request is being worked on.
    IdempotencyInProgress = "idempotency_in_progress", Refused;
    /// Something of that name or reference exists.
    AlreadyExists = "already_exists", Refused;
    /// Nobody else could read these matters.
    LastReader = "last_reader", Refused {
        /// The matters.
        matters: Vec<String>,
    };
    /// It changed in the meantime.
    PreconditionFailed = "precondition_failed", Refused;
    /// Say which state the change is meant for.
    PreconditionRequired = "precondition_required", Refused;
    /// The state of things does not allow it.
    Conflict = "conflict", Refused;
    /// The event cannot follow in the case's present state.
    CaseState = "case_state", Refused {
        /// The event.
        event: Term,
        /// The state.
        state: Term,
    };
    /// The event fits, but another one of the case would not any more.
    EventOrder = "event_order", Refused {
        /// The event that was to be noted or taken back.
        event: Box<Term>,
        /// The other one.
        other: Box<Term>,
        /// When that happened, on the clocks of its zone.
        at: String,
    };
    /// Content is missing from an upload.
    UploadIncomplete = "upload_incomplete", Refused {
        /// Components arrived.
        received: u64,
        /// Components announced.
        expected: u64,
    };
    /// The upload was not finished in time.
    UploadExpired = "upload_expired", Refused;
    /// The upload has another content already.
    UploadComplete = "upload_complete", Refused;
    /// Another request is sending the upload's content.
    UploadInProgress = "upload_in_progress", Refused;
    /// A record has taken the upload's content over.
    UploadUsed = "upload_used", Refused;
    /// The job has not ended.
    JobUnfinished = "job_unfinished", Refused;
    /// Keys are being replaced already.
    KeysBusy = "keys_busy", Refused;
    /// Somebody stopped the job.
    JobCancelled = "job_cancelled", Refused;
    /// The process ended in the middle of the job, again and again.
    JobInterrupted = "job_interrupted", Refused;
    /// The result was kept as long as it is kept.
    ResultExpired = "result_expired", Refused;
    /// The clock jumped; dispositions wait.
    ClockUntrusted = "clock_untrusted", Refused;
    /// The clock went further than time: two persons confirm it before anything is destroyed.
    ClockJumped = "clock_jumped", Refused {
        /// What it showed when it was last believed.
        seen: Moment,
    };

    // ── What the service can do now ──
    /// Too many requests.
    RateLimited = "rate_limited", Refused {
        /// How long to wait.
        wait: Seconds,
    };
    /// The service has as much to do as it takes.
    TooBusy = "too_busy", Refused {
        /// How long to wait.
        wait: Seconds,
    };
    /// No room left.
    StorageFull = "storage_full", Refused;
    /// The database cannot be reached.
    DatabaseUnavailable = "database_unavailable", Refused;
    /// Another program has locked the database.
    DatabaseLocked = "database_locked", Refused;
    /// The service is stopping.
    ShuttingDown = "shutting_down", Refused;
    /// This node holds no key for reading.
    NoReadingKey = "no_reading_key", Refused;
    /// A fault of the program; the number helps to find it.
    Internal = "internal", Refused {
        /// The request's id.
        request: String,
    };

    // ── Directories, keys, configuration ──
    /// The data directory was written by a newer program.
    NewerDataDirectory = "newer_data_directory", Refused {
        /// Its version.
        found: String,
        /// The newest this program knows.
        known: String,
    };
    /// The database is older than what this machine has seen of it.
    RolledBack = "rolled_back", Refused {
        /// Entries that were signed for.
        kept: u64,
        /// Entries that are there.
        found: u64,
    };
    /// The database's first entries are not those that this machine has seen.
    OtherHistory = "other_history", Refused {
        /// Entries that were signed for.
        kept: u64,
    };
    /// The checkpoint that was kept apart is not one of this log.
    KeptCheckpointDamaged = "kept_checkpoint_damaged", Refused {
        /// The file.
        file: String,
    };
    /// A file of the key directory cannot be written.
    KeyUnwritable = "key_unwritable", Refused {
        /// The file.
        file: String,
    };
    /// The database's own pages do not fit together.
    DatabaseDamaged = "database_damaged", Refused;
    /// There is no archive there.
    NotADataDirectory = "not_a_data_directory", Usage {
        /// The directory.
        path: String,
    };
    /// Something is there already.
    DirectoryNotEmpty = "directory_not_empty", Usage {
        /// The directory.
        path: String,
    };
    /// A key file is missing.
    KeyMissing = "key_missing", Refused {
        /// Which.
        file: String,
    };
    /// A key file holds another archive's or an old key.
    KeyWrong = "key_wrong", Refused {
        /// Which.
        file: String,
    };
    /// The keys are older than those that the ledger knows to be in force.
    KeyOutdated = "key_outdated", Refused {
        /// The epoch of the keys.
        epoch: u64,
        /// The epoch that the ledger knows.
        epoch_in_force: u64,
        /// The generation of the keys.
        generation: u64,
        /// The generation that the ledger knows.
        generation_in_force: u64,
    };
    /// The keys are later than those of which the ledger has heard.
    KeyAhead = "key_ahead", Refused {
        /// The epoch of the keys.
        epoch: u64,
        /// The epoch that the ledger knows.
        epoch_in_force: u64,
        /// The generation of the keys.
        generation: u64,
        /// The generation that the ledger knows.
        generation_in_force: u64,
    };
    /// Something is sealed in an epoch whose key is not there.
    EpochKeyMissing = "epoch_key_missing", Refused {
        /// The epoch.
        epoch: u64,
    };
    /// The folder of payloads is not there, or is not this archive's.
    PayloadsMissing = "payloads_missing", Refused;
    /// A key file can be read by others.
    KeyExposed = "key_exposed", Refused {
        /// Which.
        file: String,
        /// Its permissions, in octal.
        mode: String,
    };
    /// A key file lies inside the data directory.
    KeyInsideData = "key_inside_data", Refused {
        /// Which.
        file: String,
    };
    /// A key file cannot be read as one.
    KeyDamaged = "key_damaged", Refused {
        /// Which.
        file: String,
    };
    /// Another process writes to the directory.
    AlreadyOpen = "already_open", Refused {
        /// The directory.
        path: String,
    };
    /// The program was built without PostgreSQL.
    NoPostgres = "no_postgres", Usage;
    /// A setting cannot be used.
    ConfigInvalid = "config_invalid", Usage {
        /// Which.
        setting: String,
    };
    /// An open address without TLS.
    BindRefused = "bind_refused", Usage {
        /// The address.
        address: String,
    };
    /// The address is taken.
    AddressInUse = "address_in_use", Usage {
        /// The address.
        address: String,
    };
    /// A file that was named is not there or cannot be read.
    FileUnreadable = "file_unreadable", Usage {
        /// Which.
        path: String,
    };
    /// The output exists.
    OutputExists = "output_exists", Usage {
        /// Which.
        path: String,
    };

    // ── What was found wrong ──
    /// A row, payload or header is not as it was written.
    Damaged = "damaged", FoundWrong {
        /// What: a [`super::DamagedKind`].
        what: Term,
        /// Which: an opaque id, or the word for none.
        id: Term,
    };
    /// The ledger is not whole.
    LedgerBroken = "ledger_broken", FoundWrong;
    /// The database does something of its own that this program did not make it do.
    ForeignSchema = "foreign_schema", FoundWrong {
        /// The trigger, view or rule.
        name: String,
    };
    /// The ledger was signed by another key.
    OtherLogKey = "other_log_key", FoundWrong;
}
