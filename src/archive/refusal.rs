//! Why a use case did not happen. Facts only: the front doors choose status, code and words.

use std::fmt;

use crate::access::permission::{Action, Resource};
use crate::access::two_person::TwoPersonAction;
use crate::base::id::MatterId;
use crate::base::moment::Moment;
use crate::base::text::BadLabel;
use crate::blob::BlobError;
use crate::keydir::KeyDirError;
use crate::ledger::entry::EntryError;
use crate::record::feed::EntryFault;
use crate::record::request::Fault;
use crate::seal::SealError;
use crate::store::StoreError;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A record.
    Record,
    /// A component of a record.
    Component,
    /// An entry of a bulk log.
    Entry,
    /// A service case.
    Case,
    /// The records of a case: there are others than were captured into it.
    CaseRecords,
    /// An event of a case.
    CaseEvent,
    /// A retention event.
    Event,
    /// A gap in a case's chain of evidence.
    Gap,
    /// A party.
    Party,
    /// What names a party: there are other records or cases than the ledger tells of.
    PartyRecords,
    /// A link between records.
    Link,
    /// A legal matter.
    Matter,
    /// A hold.
    Hold,
    /// What people were told of a hold.
    HoldNotice,
    /// A user.
    User,
    /// An API token.
    Token,
    /// A session.
    Session,
    /// A job.
    Job,
    /// An export.
    Export,
    /// An upload.
    Upload,
    /// A request that waits for a second person.
    Approval,
    /// A retention policy, a version of it, or what is said of it.
    Policy,
    /// A simulation of a policy.
    Simulation,
    /// A disposition of records.
    Disposition,
    /// A ledger entry.
    LedgerEntry,
    /// The archive as a whole.
    Archive,
}

/// What is wrong with content that came in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentFault {
    /// Not one byte.
    #[error("the content is empty")]
    Empty,
    /// Another length than declared.
    #[error("{received} bytes came, {declared} were declared")]
    Length {
        /// Bytes declared.
        declared: u64,
        /// Bytes that came.
        received: u64,
    },
    /// Another SHA-256 than declared.
    #[error("the content has another SHA-256 than declared")]
    Digest,
    /// Declared as UTF-8, and it is not.
    #[error("the bytes at {offset} are not UTF-8")]
    NotUtf8 {
        /// The line of the first byte that does not fit, from 1.
        line: u64,
        /// Bytes before it.
        offset: u64,
    },
    /// Over the limit.
    #[error("over the limit of {limit_bytes} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit_bytes: u64,
    },
}

/// Why no redacted rendition is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// It cannot be read as text to its last byte: what is in it cannot be hidden for certain.
    NoText,
    /// Something was found in it that could not be hidden where it stands.
    Unproven,
    /// Personal data was not looked for in all of it by the present engine: who may not see it gets nothing yet.
    NotExamined,
    /// Whoever says what is to be filled in has not opened the original.
    NotOpened,
    /// Over the limit.
    TooLarge {
        /// Bytes allowed.
        most: u64,
    },
}

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The caller's roles do not allow it.
    #[error("not permitted")]
    Forbidden,
    /// The caller's roles allow it, the token by which the caller came in does not.
    #[error("the token's scopes lack {}:{}", .0.as_str(), .1.as_str())]
    OutOfScope(Resource, Action),
    /// It does not exist, or not for this caller.
    #[error("no such {0:?}")]
    NotFound(Thing),
    /// A second person has to agree first.
    #[error("needs a second person")]
    NeedsSecondPerson(TwoPersonAction),
    /// The archive has one person only, and the step needs two.
    #[error("the archive has one person only")]
    OnePersonArchive,
    /// The request's fields are wrong; all faults at once.
    #[error("{} faults in the request", .0.len())]
    Faults(Vec<Fault>),
    /// A label or a free text is wrong.
    #[error("{field}: {fault}")]
    Label {
        /// The field's name.
        field: &'static str,
        /// What is wrong.
        fault: BadLabel,
    },
    /// The content of component number `component` (0-based) is wrong.
    #[error("component {component}: {fault}")]
    Content {
        /// 0-based number of the component in the request.
        component: usize,
        /// What is wrong.
        fault: ContentFault,
    },
    /// More or fewer contents than the request describes.
    #[error("{declared} components described, {received} came")]
    ComponentCount {
        /// Components described.
        declared: usize,
        /// Contents that came.
        received: usize,
    },
    /// Lines of a bulk log are wrong, and nothing of it was captured.
    #[error("{} faults in the log, and {more} more", faults.len())]
    Entries {
        /// The first of them.
        faults: Vec<EntryFault>,
        /// How many there are besides.
        more: u64,
    },
    /// A request with the same key or source was captured in the meantime.
    #[error("captured meanwhile")]
    CapturedMeanwhile,
    /// The same idempotency key came with another request.
    #[error("the idempotency key belongs to another request")]
    IdempotencyConflict,
    /// The same revision of the same source and external id came with other content.
    #[error("the source sent this revision before, with other content")]
    SourceConflict,
    /// The case is named by an id that does not exist.
    #[error("no such case")]
    UnknownCase,
    /// A link names a record that does not exist or may not stand at that end.
    #[error("link {index} does not fit")]
    BadLink {
        /// 0-based number of the link.
        index: usize,
        /// True if the record exists but its kind does not fit the link.
        wrong_kind: bool,
    },
    /// The original is read for a purpose, and none was given.
    #[error("a purpose is required")]
    PurposeRequired,
    /// No redacted rendition is given out.
    #[error("withheld: {0:?}")]
    Withheld(Withheld),
    /// A record in it may only be stored and secured.
    #[error("restricted: stored and secured only")]
    Restricted,
    /// What was to be changed has changed meanwhile.
    #[error("changed meanwhile")]
    Stale,
    /// An event cannot have happened where it is said to.
    #[error(transparent)]
    Order(crate::record::case::OrderFault),
    /// With the event, another one of the case cannot have happened where it stands.
    #[error("with {} noted, {} cannot stand at {at:?}", noted.as_str(), other.as_str())]
    OtherOrder {
        /// What was to be noted, or taken back.
        noted: crate::record::case::EventKind,
        /// The other event.
        other: crate::record::case::EventKind,
        /// When that happened.
        at: Moment,
        /// On whose clocks.
        zone: crate::base::civil::Zone,
    },
    /// The service-level file is wrong; all faults at once.
    #[error("{} faults in the service-level file", .0.len())]
    ServiceLevel(Vec<crate::record::service_level::ServiceLevelFault>),
    /// Its time is over, and what it held is or will be removed.
    #[error("expired: {0:?}")]
    Expired(Thing),
    /// It was destroyed under the rules; the ledger says when, why and by whom.
    #[error("destroyed: {0:?}")]
    Erased(Thing),
    /// Holds of which the caller may know stand against its destruction.
    #[error("{holds} holds stand against the destruction")]
    Held {
        /// How many.
        holds: u64,
    },
    /// All holds of which the caller may know were released, and one still rests on what it held.
    #[error("a released hold rests on it until {until}")]
    HeldInGrace {
        /// Until when.
        until: Moment,
    },
    /// Something stands against its destruction that is not told.
    #[error("the disposition is not available")]
    DispositionUnavailable,
    /// It has served already, and serves once only.
    #[error("used already: {0:?}")]
    Spent(Thing),
    /// A job has not ended yet.
    #[error("not ended yet")]
    Unfinished,
    /// Long work was told to stop before its end.
    #[error("stopped")]
    Stopped,
    /// It exists already.
    #[error("exists already: {0:?}")]
    Exists(Thing),
    /// Another request is sending its content at this moment.
    #[error("arriving: {0:?}")]
    Arriving(Thing),
    /// The state does not allow the step.
    #[error("the state does not allow it")]
    WrongState,
    /// Name or password is wrong.
    #[error("name or password is wrong")]
    BadCredentials,
    /// Too many failed log-ins; try again later.
    #[error("log-in throttled")]
    Throttled {
        /// Seconds to wait.
        wait_seconds: i64,
    },
    /// Too many names were given that something out of sight bears; try again later.
    #[error("names throttled")]
    NamesThrottled {
        /// Seconds to wait.
        wait_seconds: i64,
    },
    /// The session is unknown, was ended or has run out.
    #[error("the session has ended")]
    SessionEnded,
    /// The token is unknown, mistyped, withdrawn or expired.
    #[error("the token is not good")]
    TokenInvalid,
    /// The step asks for the second factor (again).
    #[error("the second factor is required")]
    SecondFactorRequired,
    /// The code of the second factor is wrong, too old or used.
    #[error("the second factor's code is wrong")]
    SecondFactorWrong,
    /// The password was set by somebody else: until it is changed, nothing else is done.
    #[error("the password must be changed first")]
    PasswordChangeRequired,
    /// As much waits to be done as the service takes.
    #[error("too much waits already")]
    TooBusy {
        /// Seconds after which to try again.
        wait_seconds: i64,
    },
    /// One person cannot hold both roles.
    #[error(transparent)]
    Roles(#[from] crate::access::role::BadRoles),
    /// The scopes of a token are refused.
    #[error(transparent)]
    Scopes(#[from] crate::access::token::BadScopes),
    /// Without this administrator nobody could manage users.
    #[error("the last administrator")]
    LastAdministrator,
    /// Without this person nobody could read these matters.
    #[error("the last reader of {} matters", .0.len())]
    LastReader(Vec<MatterId>),
    /// More of the kind than one person may have at once.
    #[error("more than {most}")]
    TooMany {
        /// How many are allowed.
        most: u64,
    },
    /// A second person's approval cannot be decided or used.
    #[error(transparent)]
    Approval(#[from] crate::access::two_person::ApprovalRefusal),
    /// The password does not satisfy the rules.
    #[error("password refused: {0}")]
    Password(crate::access::password::BadPassword),
    /// The password hash could not be computed.
    #[error("the password hash could not be computed")]
    Hashing,
    /// The key needed is not on this node.
    #[error("no {0} on this node")]
    NoKey(&'static str),
    /// The key of the epoch in which something is sealed is not in the key directory.
    #[error("the key of epoch {epoch} is not there: {thing:?} is sealed in it")]
    NoEpochKey {
        /// The epoch.
        epoch: u32,
        /// What is sealed in it.
        thing: Thing,
    },
    /// The keys are older than those that the ledger knows to be in force.
    #[error("the keys are outdated: {0}")]
    KeysOutdated(KeyTimes),
    /// The keys are later than those of which the ledger has heard: the database is older than they.
    #[error("the ledger has not heard of these keys: {0}")]
    KeysAhead(KeyTimes),
    /// The stored bytes do not verify.
    #[error("{0:?} is damaged")]
    Damaged(Thing),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The payload store refused.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// Sealing or opening failed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The key directory refused.
    #[error(transparent)]
    Keys(#[from] KeyDirError),
    /// A ledger entry could not be written down.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A policy does not go further.
    #[error(transparent)]
    Policy(#[from] super::policies::PolicyRefusal),
    /// What was asked takes longer to find than one page may.
    #[error("the question is too wide")]
    TooWide,
    /// A disposition does not go further.
    #[error(transparent)]
    Disposition(#[from] super::disposition::DispositionRefusal),
    /// The search words are refused.
    #[error(transparent)]
    Query(#[from] crate::search::BadQuery),
    /// Nobody can be looked up by this value.
    #[error(transparent)]
    Subject(#[from] crate::redaction::subject::BadSubject),
    /// The database is older than the checkpoint that this machine keeps.
    #[error("{found} entries are there, {kept} were signed for")]
    RolledBack {
        /// Entries under the checkpoint that is kept.
        kept: u64,
        /// Entries under the database's own.
        found: u64,
    },
    /// The first entries of the database are not those under the checkpoint that this machine keeps.
    #[error("the first {kept} entries are not those that were signed for")]
    OtherHistory {
        /// Entries under the checkpoint that is kept.
        kept: u64,
    },
    /// The newest entry is dated later than now.
    #[error("the newest entry is dated {newest}, now is {now}")]
    ClockBehind {
        /// When the newest entry says it was made.
        newest: Moment,
        /// What the clock says.
        now: Moment,
    },
    /// The clock went further than time since it was last believed: two persons confirm it.
    #[error("the clock was last believed at {seen}, now is {now}")]
    ClockJumped {
        /// What it showed then.
        seen: Moment,
        /// What it shows.
        now: Moment,
    },
    /// Keys are being replaced already.
    #[error("keys are being replaced already")]
    KeysBusy,
    /// Another process holds the data directory.
    #[error("another process holds the data directory")]
    AlreadyOpen,
    /// No archive has been created in the directory.
    #[error("no archive here")]
    NoArchive,
    /// An archive lies in the directory already.
    #[error("an archive lies here already")]
    ArchiveExists,
    /// The cursor is not one of ours.
    #[error("bad cursor")]
    BadCursor,
    /// A local file or directory could not be read or written.
    #[error("{what}: {error}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// The system's error.
        error: std::io::Error,
    },
}

/// Of what time keys are, and of what time they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTimes {
    /// The epoch of the keys.
    pub epoch: u32,
    /// The epoch in which the ledger has cells sealed.
    pub epoch_in_force: u32,
    /// The generation of the keys' recipients.
    pub generation: u32,
    /// The generation to which the ledger has headers wrapped.
    pub generation_in_force: u32,
}

impl fmt::Display for KeyTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, epoch_in_force, generation, generation_in_force } = self;
        write!(f, "epoch {epoch}, in force is {epoch_in_force}; ")?;
        write!(f, "generation {generation}, in force is {generation_in_force}")
    }
}

impl From<ContentFault> for Refusal {
    fn from(fault: ContentFault) -> Self {
        Self::Content { component: 0, fault }
    }
}

impl Refusal {
    /// The same for a list, in which one thing that nobody can open hides no other: it is damaged.
    pub(super) fn in_a_list(self) -> Self {
        match self {
            Self::NoEpochKey { epoch, thing } => {
                tracing::error!(epoch, what = ?thing, "sealed in an epoch whose key is not there");
                Self::Damaged(thing)
            }
            other => other,
        }
    }

    /// Says which component of a request the content fault belongs to.
    pub fn at_component(self, number: usize) -> Self {
        match self {
            Self::Content { fault, .. } => Self::Content { component: number, fault },
            other => other,
        }
    }
}

impl From<crate::store::WriteError<Self>> for Refusal {
    fn from(error: crate::store::WriteError<Self>) -> Self {
        error.into_cause()
    }
}
