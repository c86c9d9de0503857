//! Which rows an entry vouches for. An entry that changes rows carries in `rows` the address of each
//! with SHA-256 over all its columns, or nothing for a row that is gone; `verify` holds the last word
//! of the ledger about every address against the database, without any key.
//!
//! The digests tell nothing: what is bound is opaque ids, keyed tokens, dates and closed words; words
//! about people lie in cells, and a cell's digest is over its ciphertext.

use serde_json::{Map, Value};

use crate::base::digest::{Digest, Digesting};
use crate::base::id::{
    ApprovalId, CaseId, EventId, ExplanationId, ExportId, HoldId, HoldNoticeId, JobId, MatterId, PartyId,
    PolicyReviewId, PolicySuggestionId, PolicyVersionId, SimulationId, TokenId, UploadId, UserId,
};
use crate::base::moment::Moment;
use crate::policy::RuleId;
use crate::store::Conn;
use crate::store::rows::cells::CellRow;
use crate::store::rows::components::{ComponentRow, Presence};
use crate::store::rows::jobs::JobRow;
use crate::store::rows::records::RecordRow;
use crate::store::rows::segments::SegmentRow;
use crate::store::rows::sessions::SessionRow;
use crate::store::rows::versions::VersionRow;
use crate::store::rows::{
    approvals, cases, cells, events, exports, holds, jobs, matters, parties, policies, sessions, uploads,
};

use super::facts::VersionRows;
use super::last_words::UserRows;
use super::refusal::Refusal;
use super::users::SessionRef;

/// The name of the fact that holds addresses and digests.
pub(super) const ROWS: &str = "rows";

/// How the names of the counters begin by which the bundles of each year are numbered.
pub(super) const BUNDLE_COUNTERS: &str = "exports:";

/// Something that stands in the database, with the rows that belong to it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// A case with its parties.
    Case(CaseId),
    /// An event of a case.
    Event(EventId),
    /// A retention event with its keys.
    RetentionEvent(EventId),
    /// A gap that was explained.
    Explanation(ExplanationId),
    /// A party.
    Party(PartyId),
    /// A matter with its people.
    Matter(MatterId),
    /// A hold.
    Hold(HoldId),
    /// Members of a hold that came with one entry.
    HoldBatch { hold: HoldId, number: u32 },
    /// A notice about a hold, with whom it was for.
    HoldNotice(HoldNoticeId),
    /// A user with roles and grants.
    User(UserId),
    /// An API token.
    Token(TokenId),
    /// A session, by the hash of its token.
    Session(Digest),
    /// A request for a second person.
    Approval(ApprovalId),
    /// An export.
    Export(ExportId),
    /// A job that has not ended, as it was ordered.
    Job(JobId),
    /// Which policies there are: every row of the table together, so that none is taken away unseen.
    Policies,
    /// A policy.
    Policy(RuleId),
    /// A version of a policy.
    PolicyVersion(PolicyVersionId),
    /// A review of a policy.
    PolicyReview(PolicyReviewId),
    /// That somebody has read a version of a policy.
    PolicyAcknowledgement(PolicyVersionId, UserId),
    /// A suggestion to a policy.
    PolicySuggestion(PolicySuggestionId),
    /// The evaluation of a version's effect.
    PolicyEvaluation(PolicyVersionId),
    /// A simulation of a policy.
    Simulation(SimulationId),
    /// A sealed cell.
    Cell { owner: String, part: String },
}

/// The parts of the cells of an upload.
const CELLS_OF_UPLOADS: [&str; 2] = ["upload", "header"];
/// The parts of the cells of a job: what an export is to contain, and a result.
const CELLS_OF_JOBS: [&str; 3] = ["request", "result", "result_header"];

/// The digest that an entry gives for an address; `None` for what is gone.
pub(super) fn digest_in(said: &Value) -> Option<Digest> {
    said.as_str().and_then(|hex| Digest::parse_hex(hex).ok())
}

/// True if a cell is an upload's or a job's: they live as long as the work does, are no evidence, and no
/// entry speaks of them.
///
/// A job's are its only if the ledger speaks of such a job (`is_jobs`): anybody who can write to the database can
/// put a row beside a cell that nobody knows.
pub(super) fn is_passing(
    conn: &mut Conn,
    (owner, part): (&str, &str),
    is_jobs: impl FnOnce(&mut Conn, &JobRow) -> Result<bool, Refusal>,
) -> Result<bool, Refusal> {
    if CELLS_OF_UPLOADS.contains(&part)
        && let Ok(id) = UploadId::parse(owner)
        && uploads::get(conn, id)?.is_some()
    {
        return Ok(true);
    }
    if !CELLS_OF_JOBS.contains(&part) {
        return Ok(false);
    }
    let job = match JobId::parse(owner) {
        Ok(id) => jobs::get(conn, id)?,
        Err(_) => None,
    };
    job.map_or(Ok(false), |job| is_jobs(conn, &job))
}

impl Bound {
    /// The cell of an owner.
    pub(super) fn cell(owner: impl ToString, part: &str) -> Self {
        Self::Cell { owner: owner.to_string(), part: part.to_owned() }
    }

    /// The name under which entries speak of it.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Case(id) => format!("case/{id}"),
            Self::Event(id) => format!("event/{id}"),
            Self::RetentionEvent(id) => format!("retention_event/{id}"),
            Self::Explanation(id) => format!("explanation/{id}"),
            Self::Party(id) => format!("party/{id}"),
            Self::Matter(id) => format!("matter/{id}"),
            Self::Hold(id) => format!("hold/{id}"),
            Self::HoldBatch { hold, number } => format!("hold_batch/{hold}/{number}"),
            Self::HoldNotice(id) => format!("hold_notice/{id}"),
            Self::User(id) => format!("user/{id}"),
            Self::Token(id) => format!("token/{id}"),
            Self::Session(hash) => format!("session/{}", SessionRef::of(*hash).as_str()),
            Self::Approval(id) => format!("approval/{id}"),
            Self::Export(id) => format!("export/{id}"),
            Self::Job(id) => format!("job/{id}"),
            Self::Policies => "policies/all".to_owned(),
            Self::Policy(id) => format!("policy/{id}"),
            Self::PolicyVersion(id) => format!("policy_version/{id}"),
            Self::PolicyReview(id) => format!("policy_review/{id}"),
            Self::PolicyAcknowledgement(version, user) => format!("policy_acknowledgement/{version}.{user}"),
            Self::PolicySuggestion(id) => format!("policy_suggestion/{id}"),
            Self::PolicyEvaluation(version) => format!("policy_evaluation/{version}"),
            Self::Simulation(id) => format!("simulation/{id}"),
            Self::Cell { owner, part } => format!("cell/{owner}/{part}"),
        }
    }

    /// The digest of what stands in the database; `None` if nothing does.
    pub(super) fn standing(&self, conn: &mut Conn) -> Result<Option<Digest>, Refusal> {
        Ok(match self {
            Self::Case(id) => match cases::get(conn, *id)? {
                None => None,
                Some(row) => {
                    let members = cases::parties_of(conn, *id)?;
                    Some(together(row.fingerprint(), members.iter().map(cases::CasePartyRow::fingerprint)))
                }
            },
            Self::Event(id) => cases::event(conn, *id)?.map(|row| row.fingerprint()),
            Self::RetentionEvent(id) => match events::get(conn, *id)? {
                None => None,
                Some(row) => {
                    let keys = events::keys_of(conn, *id)?;
                    Some(together(row.fingerprint(), keys.iter().map(events::EventKeyRow::fingerprint)))
                }
            },
            Self::Explanation(id) => cases::explanation(conn, *id)?.map(|row| row.fingerprint()),
            Self::Party(id) => parties::get(conn, *id)?.map(|row| row.fingerprint()),
            Self::Matter(id) => match matters::get(conn, *id)? {
                None => None,
                Some(row) => {
                    let people = matters::people_of(conn, *id)?;
                    Some(together(
                        row.fingerprint(),
                        people.iter().map(matters::MatterPersonRow::fingerprint),
                    ))
                }
            },
            Self::Hold(id) => holds::get(conn, *id)?.map(|row| row.fingerprint()),
            Self::HoldBatch { hold, number } => {
                let members = holds::batch_of(conn, *hold, *number)?;
                let mut digests = members.iter().map(holds::HoldMemberRow::fingerprint);
                digests.next().map(|first| together(first, digests))
            }
            Self::HoldNotice(id) => match holds::notice(conn, *id)? {
                None => None,
                Some(row) => {
                    let people = holds::recipients_of(conn, *id)?;
                    Some(together(row.fingerprint(), people.iter().map(holds::HoldRecipientRow::fingerprint)))
                }
            },
            Self::User(id) => UserRows::read(conn, *id)?.map(|rows| rows.digest()),
            Self::Token(id) => sessions::token(conn, *id)?.map(|row| row.fingerprint()),
            Self::Session(hash) => sessions::get(conn, *hash)?.map(|row| of_session(&row)),
            Self::Approval(id) => approvals::get(conn, *id)?.map(|row| row.fingerprint()),
            Self::Export(id) => exports::get(conn, *id)?.map(|row| row.fingerprint()),
            Self::Job(id) => jobs::get(conn, *id)?.as_ref().and_then(of_job),
            Self::Policies => of_policies(&policies::all(conn)?),
            Self::Policy(id) => policies::get(conn, id)?.map(|row| row.fingerprint()),
            Self::PolicyVersion(id) => policies::version(conn, *id)?.map(|row| row.fingerprint()),
            Self::PolicyReview(id) => policies::review(conn, *id)?.map(|row| row.fingerprint()),
            Self::PolicyAcknowledgement(version, user) => {
                policies::acknowledgement(conn, *version, *user)?.map(|row| row.fingerprint())
            }
            Self::PolicySuggestion(id) => policies::suggestion(conn, *id)?.map(|row| row.fingerprint()),
            Self::PolicyEvaluation(version) => {
                policies::evaluation(conn, *version)?.map(|row| row.fingerprint())
            }
            Self::Simulation(id) => policies::simulation(conn, *id)?.map(|row| row.fingerprint()),
            Self::Cell { owner, part } => cells::get(conn, owner, part)?.map(|row| of_cell_as_read(&row)),
        })
    }
}

/// Adds to the facts of an entry what it vouches for, as the database has it now: call it when every
/// row is written. What was never there before and is not there now is left out.
///
/// # Errors
/// The rows cannot be read.
pub(super) fn bind(conn: &mut Conn, mut facts: Value, rows: &[Bound]) -> Result<Value, Refusal> {
    let mut vouched = Map::new();
    for bound in rows {
        let digest = bound.standing(conn)?;
        vouched.insert(bound.address(), digest.map_or(Value::Null, |digest| Value::from(digest.to_hex())));
    }
    if let Some(facts) = facts.as_object_mut() {
        facts.insert(ROWS.to_owned(), Value::Object(vouched));
    }
    Ok(facts)
}

/// What the entry of a captured version vouches for: the version with all that belongs to it, and
/// its cells.
pub(super) fn of_capture(rows: &VersionRows<'_>, cells: &[CellRow]) -> Value {
    let mut vouched = Map::new();
    vouched.insert(version_address(rows), Value::from(of_version(rows).to_hex()));
    vouched.extend(cells.iter().map(cell_fact));
    Value::Object(vouched)
}

/// What the entry of a rewritten cell vouches for.
pub(super) fn cell_fact(row: &CellRow) -> (String, Value) {
    (Bound::cell(&row.owner, &row.part).address(), Value::from(of_cell(row).to_hex()))
}

/// The digest of a cell: all columns, its bytes by their own digest.
pub(super) fn of_cell(row: &CellRow) -> Digest {
    let CellRow { owner, part, epoch, sealed: _, digest, generation } = row;
    let (owner, part) = (owner.clone(), part.clone());
    CellRow { owner, part, epoch: *epoch, sealed: Vec::new(), digest: *digest, generation: *generation }
        .fingerprint()
}

/// The same by the bytes as they are, whatever digest stands beside them.
pub(super) fn of_cell_as_read(row: &CellRow) -> Digest {
    let (owner, part) = (row.owner.clone(), row.part.clone());
    let digest = Digest::of(&row.sealed);
    CellRow { owner, part, epoch: row.epoch, sealed: Vec::new(), digest, generation: row.generation }
        .fingerprint()
}

/// One digest over all policies; `None` where there is none.
pub(super) fn of_policies(rows: &[policies::PolicyRow]) -> Option<Digest> {
    let (first, others) = rows.split_first()?;
    Some(together(first.fingerprint(), others.iter().map(policies::PolicyRow::fingerprint)))
}

/// The digest of a job as it was ordered; `None` once it has ended.
pub(super) fn of_job(row: &JobRow) -> Option<Digest> {
    row.state.is_open().then(|| row.as_ordered().fingerprint())
}

/// The digest of a session as it was opened.
pub(super) fn of_session(row: &SessionRow) -> Digest {
    session_as_opened(row).fingerprint()
}

/// A session without what changes in it: when it was last used.
pub(super) fn session_as_opened(row: &SessionRow) -> SessionRow {
    SessionRow { seen_at: row.created_at, ..row.clone() }
}

/// The address of a version.
pub(super) fn version_address(rows: &VersionRows<'_>) -> String {
    format!("version/{}/{}", rows.version.record_id, rows.version.version)
}

/// The digest of a version with its components, parties, links and segment, and, with the first, of
/// what never changes in its record. What changes later is left out: the record's current version
/// and state, the marks of the indexer, the presence of a payload. Sealed bytes count by their digests.
pub(super) fn of_version(rows: &VersionRows<'_>) -> Digest {
    let version = VersionRow {
        descriptor: Vec::new(),
        indexed_engine: None,
        detected_engine: None,
        ..VersionRow::clone(rows.version)
    };
    let component =
        |row: &ComponentRow| ComponentRow { state: Presence::Present, ..row.clone() }.fingerprint();
    let first = (rows.version.version == 1).then(|| of_record(rows.record));
    let segment = |row: &SegmentRow| SegmentRow { offsets: Vec::new(), ..row.clone() }.fingerprint();
    let parts = first
        .into_iter()
        .chain(rows.components.iter().map(component))
        .chain(rows.parties.iter().map(|row| row.fingerprint()))
        .chain(rows.links.iter().map(|row| row.fingerprint()))
        .chain(rows.segment.map(segment));
    together(version.fingerprint(), parts)
}

fn of_record(row: &RecordRow) -> Digest {
    let start = Moment::from_micros(0);
    RecordRow { version: 0, updated_at: start, state: String::new(), ..row.clone() }.fingerprint()
}

/// One digest over a row and those that belong to it, in whatever order they were read.
pub(super) fn together(row: Digest, members: impl Iterator<Item = Digest>) -> Digest {
    let mut members: Vec<Digest> = members.collect();
    members.sort_unstable();
    let mut digesting = Digesting::new();
    digesting.update(row.as_bytes());
    for member in members {
        digesting.update(member.as_bytes());
    }
    digesting.finish()
}
