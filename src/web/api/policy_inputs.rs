//! What the API takes about policies, read.

use utoipa::ToSchema;

use crate::archive::policies::{PolicySource, RebaseRequest};
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, UserId};
use crate::base::limits::CAMPAIGN_DAYS;
use crate::base::moment::Moment;
use crate::policy::RuleId;
use crate::record::names::Note;
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::FromJson;

/// The longest policy text that a request holds, in characters.
const TEXT_CHARS_MAX: usize = 1_000_000;

/// What a draft is made from: a policy file or a shipped pack.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `PolicySource`")]
pub struct PolicyInput {
    /// The text of a policy file (TOML).
    text: Option<String>,
    /// The name of a shipped pack: cn-general, cn-accounting, tw-general, eu-gdpr or us-general.
    pack: Option<String>,
}

/// Somebody who took part in a review.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `ReviewFields`")]
pub struct ParticipantInput {
    /// Who.
    name: String,
    /// management, department or front_line.
    part: String,
}

/// An answer of a review.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `ReviewFields`")]
pub struct AnswerInput {
    /// strategy, customers, law, execution or other.
    question: String,
    /// The answer.
    answer: String,
}

/// What somebody is to do after a review.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `ReviewFields`")]
pub struct ReviewActionInput {
    /// What.
    what: String,
    /// Who.
    by: Option<String>,
    /// Until when.
    until: Option<String>,
}

/// A review (制度评审) that was held.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `ReviewFields`")]
pub struct PolicyReviewInput {
    /// The day on which it was held.
    held_on: String,
    /// The rule that was reviewed; none for the policy as a whole.
    rule: Option<String>,
    /// keep, change or retire.
    decision: String,
    /// Who took part: at least one.
    participants: Vec<ParticipantInput>,
    /// What was answered.
    answers: Option<Vec<AnswerInput>>,
    /// Complaints that were looked at, by their ids.
    complaints: Option<Vec<String>>,
    /// Gaps that were looked at.
    gaps: Option<Vec<String>>,
    /// What follows.
    actions: Option<Vec<ReviewActionInput>>,
}

/// As of when to simulate, and beside what.
#[derive(ToSchema)]
pub struct SimulationInput {
    /// Another version of the same policy: what changes from that one to this; otherwise from what is in force.
    pub(super) against: Option<u32>,
    /// An instant (RFC 3339); otherwise now.
    #[schema(value_type = Option<String>)]
    pub(super) as_of: Option<Moment>,
}

/// What is to be published, and how.
#[derive(ToSchema)]
pub struct PublicationInput {
    /// The hash of the simulation that was looked at.
    #[schema(value_type = String)]
    pub(super) simulation: Digest,
    /// From when on it counts; otherwise from its publication on.
    #[schema(value_type = Option<String>)]
    pub(super) effective_from: Option<Moment>,
    /// How many records will be due at once by it; otherwise none.
    pub(super) newly_due: Option<u64>,
    /// The approval that a second person gave.
    #[schema(value_type = Option<String>)]
    pub(super) approval: Option<ApprovalId>,
}

/// What a second person is asked to agree to.
#[derive(ToSchema)]
pub struct PublicationApprovalInput {
    /// The hash of the simulation that was looked at.
    #[schema(value_type = String)]
    pub(super) simulation: Digest,
    /// From when on it counts; otherwise from its publication on.
    #[schema(value_type = Option<String>)]
    pub(super) effective_from: Option<Moment>,
    /// How many records will be due at once by it; otherwise none.
    pub(super) newly_due: Option<u64>,
    /// Why; the second person reads it.
    pub(super) reason: String,
    /// The user who is asked, where the role approves only what it is named for.
    #[schema(value_type = Option<String>)]
    pub(super) approver: Option<UserId>,
}

/// A campaign by which older records stand under a version as well.
#[derive(ToSchema)]
pub struct RebaseInput {
    /// The hash of the simulation that was looked at.
    #[schema(value_type = String)]
    pub(super) simulation: Digest,
    /// How many records will be due by it that are not now; otherwise none.
    pub(super) newly_due: Option<u64>,
    /// Whole days between the notice and its effect: 30 to 365.
    pub(super) notice_days: u64,
    /// What people are told.
    #[schema(value_type = String)]
    pub(super) notice: Note,
    /// The approval that a second person gave.
    #[schema(value_type = Option<String>)]
    pub(super) approval: Option<ApprovalId>,
}

/// What a second person is asked to agree to.
#[derive(ToSchema)]
pub struct RebaseApprovalInput {
    /// The hash of the simulation that was looked at.
    #[schema(value_type = String)]
    pub(super) simulation: Digest,
    /// How many records will be due by it that are not now; otherwise none.
    pub(super) newly_due: Option<u64>,
    /// Whole days between the notice and its effect: 30 to 365.
    pub(super) notice_days: u64,
    /// What people are told.
    #[schema(value_type = String)]
    pub(super) notice: Note,
    /// Why; the second person reads it.
    pub(super) reason: String,
    /// The user who is asked, where the role approves only what it is named for.
    #[schema(value_type = Option<String>)]
    pub(super) approver: Option<UserId>,
}

/// A retirement.
#[derive(ToSchema)]
pub struct RetirementInput {
    /// The approval that a second person gave.
    #[schema(value_type = Option<String>)]
    pub(super) approval: Option<ApprovalId>,
}

/// What a second person is asked to agree to.
#[derive(ToSchema)]
pub struct RetirementApprovalInput {
    /// Why; the second person reads it.
    pub(super) reason: String,
    /// The user who is asked, where the role approves only what it is named for.
    #[schema(value_type = Option<String>)]
    pub(super) approver: Option<UserId>,
}

impl FromJson for PolicySource {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let text = reader.text("text", |text| match text.chars().count() {
            0 => Err(FaultCode::Blank),
            chars if chars > TEXT_CHARS_MAX => Err(FaultCode::TooLong { chars, most: TEXT_CHARS_MAX }),
            _ => Ok(text.to_owned()),
        });
        let pack = reader.text("pack", |name| Ok::<_, FaultCode>(name.to_owned()));
        match (text, pack) {
            (Some(text), None) => Some(Self::Text(text)),
            (None, Some(pack)) => Some(Self::Pack(pack)),
            (Some(_), Some(_)) => {
                reader.fault("pack", FaultCode::Contradicts { other: "text".to_owned() });
                None
            }
            (None, None) => {
                if !reader.has("text") && !reader.has("pack") {
                    reader.require(&["text"]);
                }
                None
            }
        }
    }
}

fn moment(text: &str) -> Result<Moment, FaultCode> {
    Moment::parse(text).map_err(|_| FaultCode::NotAMoment)
}

fn digest(text: &str) -> Result<Digest, FaultCode> {
    Digest::parse_hex(text).map_err(|_| FaultCode::BadDigest)
}

const NUMBER_MAX: u64 = 1 << 53;

impl FromJson for SimulationInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let against = reader.number("against", 1..=u64::from(u32::MAX));
        let against = against.and_then(|number| u32::try_from(number).ok());
        Some(Self { against, as_of: reader.text("as_of", moment) })
    }
}

impl FromJson for PublicationInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let simulation = reader.text("simulation", digest);
        let effective_from = reader.text("effective_from", moment);
        let newly_due = reader.number("newly_due", 0..=NUMBER_MAX);
        let approval = reader.text("approval", ApprovalId::parse);
        reader.require(&["simulation"]);
        Some(Self { simulation: simulation?, effective_from, newly_due, approval })
    }
}

impl FromJson for PublicationApprovalInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let simulation = reader.text("simulation", digest);
        let effective_from = reader.text("effective_from", moment);
        let newly_due = reader.number("newly_due", 0..=NUMBER_MAX);
        let reason = reader.text("reason", |text| Ok::<_, FaultCode>(text.to_owned()));
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["simulation", "reason"]);
        Some(Self { simulation: simulation?, effective_from, newly_due, reason: reason?, approver })
    }
}

impl FromJson for RebaseInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let campaign = Campaign::read(reader);
        let approval = reader.text("approval", ApprovalId::parse);
        let Campaign { simulation, newly_due, notice_days, notice } = campaign?;
        Some(Self { simulation, newly_due, notice_days, notice, approval })
    }
}

impl FromJson for RebaseApprovalInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let campaign = Campaign::read(reader);
        let reason = reader.text("reason", |text| Ok::<_, FaultCode>(text.to_owned()));
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["reason"]);
        let Campaign { simulation, newly_due, notice_days, notice } = campaign?;
        Some(Self { simulation, newly_due, notice_days, notice, reason: reason?, approver })
    }
}

/// What both have.
struct Campaign {
    simulation: Digest,
    newly_due: Option<u64>,
    notice_days: u64,
    notice: Note,
}

impl Campaign {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let simulation = reader.text("simulation", digest);
        let newly_due = reader.number("newly_due", 0..=NUMBER_MAX);
        let notice_days = reader.number("notice_days", CAMPAIGN_DAYS);
        let notice = reader.text("notice", Note::parse);
        reader.require(&["simulation", "notice_days", "notice"]);
        Some(Self { simulation: simulation?, newly_due, notice_days: notice_days?, notice: notice? })
    }
}

impl RebaseInput {
    /// As it is asked for.
    pub(super) fn of(self, policy: RuleId, version: u32) -> (RebaseRequest, Option<ApprovalId>) {
        let Self { simulation, newly_due, notice_days, notice, approval } = self;
        let newly_due = newly_due.unwrap_or(0);
        (RebaseRequest { policy, version, simulation, newly_due, notice_days, notice }, approval)
    }
}

impl RebaseApprovalInput {
    /// As it is asked for: with the reason, and who is asked.
    pub(super) fn of(self, policy: RuleId, version: u32) -> (RebaseRequest, String, Option<UserId>) {
        let Self { simulation, newly_due, notice_days, notice, reason, approver } = self;
        let newly_due = newly_due.unwrap_or(0);
        let request = RebaseRequest { policy, version, simulation, newly_due, notice_days, notice };
        (request, reason, approver)
    }
}

impl FromJson for RetirementInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        Some(Self { approval: reader.text("approval", ApprovalId::parse) })
    }
}

impl FromJson for RetirementApprovalInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let reason = reader.text("reason", |text| Ok::<_, FaultCode>(text.to_owned()));
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["reason"]);
        Some(Self { reason: reason?, approver })
    }
}
