//! A disposition as its newest step has it. Each step carries all that is known of the disposition, so that the
//! newest one alone tells where it stands; there are no rows of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::access::role::Role;
use crate::base::civil::Zone;
use crate::base::digest::Digest;
use crate::base::id::{DispositionId, EventId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::record::state::RecordState;
use crate::retention::calendar::Period;

crate::base::words::words! {
    /// Where a disposition stands.
    DispositionState {
        /// Its stages are decided on, one behind the other.
        InReview = "in_review",
        /// All stages agreed; its cooling-off may still run.
        Approved = "approved",
        /// Its records are being sealed, or are.
        Sealing = "sealing",
        /// Every record is sealed, or left it.
        Sealed = "sealed",
        /// Its records are being destroyed.
        Shredding = "shredding",
        /// Every record is destroyed, or left it; it has its certificate.
        Finished = "finished",
        /// A reviewer refused it.
        Refused = "refused",
        /// Whoever asked for it took it back, or nothing is left of it.
        Withdrawn = "withdrawn",
    }
}

impl DispositionState {
    /// True once nothing more becomes of it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Refused | Self::Withdrawn)
    }
}

crate::base::words::words! {
    /// What a reviewer says.
    ReviewVerdict {
        /// The records may go.
        Approve = "approve",
        /// They stay, and the disposition ends.
        Refuse = "refuse",
        /// They stay for longer.
        Extend = "extend",
    }
}

/// One stage of the review, as the policy had it when the disposition began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewStage {
    /// Who may decide.
    pub roles: BTreeSet<Role>,
    /// How many have to agree.
    pub needed: u8,
}

/// What somebody decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewDecision {
    /// In which stage, from 0.
    pub stage: u8,
    /// Who.
    pub by: UserId,
    /// As what.
    pub role: Role,
    /// When.
    pub at: Moment,
    /// What.
    pub verdict: ReviewVerdict,
    /// Under which the words lie.
    pub note: Option<EventId>,
}

/// That a witness (监销人) attends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attendance {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Moment,
}

/// A disposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct Batch {
    pub id: DispositionId,
    /// How many steps it has taken.
    pub number: u64,
    pub state: DispositionState,
    pub requested_by: UserId,
    /// When its review began.
    pub begun: Moment,
    /// Records that it was begun with.
    pub items: u64,
    /// The Merkle root over them: it never changes, whatever leaves.
    pub root: Digest,
    /// The commitment to their sealed list.
    pub list: Digest,
    /// The rule under which they were collected, if they were.
    pub rule: Option<String>,
    pub stages: Vec<ReviewStage>,
    pub cooling_off: Option<Period>,
    /// In which zone days are counted.
    pub zone: Zone,
    pub witnesses: u8,
    pub decisions: Vec<ReviewDecision>,
    pub attended: Vec<Attendance>,
    /// Nothing is done before.
    pub cooling_until: Option<Moment>,
    /// When the first record was sealed, and the first one destroyed.
    pub sealing_at: Option<Moment>,
    pub shredding_at: Option<Moment>,
    /// The commitment to its certificate.
    pub certificate: Option<Digest>,
}

/// Kinds of entries that tell how far the disposition of a record has come.
pub(in crate::archive) const OF_RECORDS: [EntryKind; 3] =
    [EntryKind::DispositionStep, EntryKind::RecordSealed, EntryKind::RecordShredded];

/// The word of a record's step by which it is to be read again once its key comes back from escrow.
pub(in crate::archive) const RESTORING: &str = "restoring";

/// The state to which the newest of these entries brought a record.
pub(in crate::archive) fn state_after(kind: EntryKind, facts: &Map<String, Value>) -> RecordState {
    match kind {
        EntryKind::RecordSealed => RecordState::Sealed,
        EntryKind::RecordShredded => RecordState::Shredded,
        EntryKind::DispositionStep if facts.get("step").and_then(Value::as_str) == Some(RESTORING) => {
            RecordState::Sealed
        }
        _ => RecordState::Active,
    }
}

impl Batch {
    /// The stage that is decided on next; `None` once all agreed.
    pub(in crate::archive) fn stage(&self) -> Option<(usize, &ReviewStage)> {
        self.stages
            .iter()
            .enumerate()
            .find(|(number, stage)| self.agreed(*number) < usize::from(stage.needed))
    }

    /// How many agreed in a stage: people, not decisions, and nobody who asked for it.
    pub(in crate::archive) fn agreed(&self, stage: usize) -> usize {
        let by: BTreeSet<UserId> = self
            .decisions
            .iter()
            .filter(|one| usize::from(one.stage) == stage && one.verdict == ReviewVerdict::Approve)
            .filter(|one| one.by != self.requested_by)
            .filter(|one| self.stages.get(stage).is_some_and(|stage| stage.roles.contains(&one.role)))
            .map(|one| one.by)
            .collect();
        by.len()
    }

    /// True if every stage agreed, by people of whom none counts twice.
    pub(in crate::archive) fn is_approved(&self) -> bool {
        let people: BTreeSet<UserId> = self.decisions.iter().map(|one| one.by).collect();
        !self.stages.is_empty() && self.stage().is_none() && people.len() == self.decisions.len()
    }

    /// As facts of a step.
    pub(in crate::archive) fn to_fact(&self) -> Value {
        let moment = |at: &Option<Moment>| at.map(Moment::to_rfc3339);
        let stage = |stage: &ReviewStage| {
            let roles: Vec<&str> = stage.roles.iter().map(|role| role.as_str()).collect();
            json!({"needed": stage.needed, "roles": roles})
        };
        let decision = |one: &ReviewDecision| {
            json!({
                "at": one.at.to_rfc3339(),
                "by": one.by.to_string(),
                "note": one.note.map(|id| id.to_string()),
                "role": one.role.as_str(),
                "stage": one.stage,
                "verdict": one.verdict.as_str(),
            })
        };
        let attended = |one: &Attendance| json!({"at": one.at.to_rfc3339(), "by": one.by.to_string()});
        json!({
            "attended": self.attended.iter().map(attended).collect::<Vec<_>>(),
            "begun": self.begun.to_rfc3339(),
            "certificate": self.certificate.map(Digest::to_hex),
            "cooling_off": self.cooling_off.map(|period| period.to_string()),
            "cooling_until": moment(&self.cooling_until),
            "decisions": self.decisions.iter().map(decision).collect::<Vec<_>>(),
            "items": self.items,
            "list": self.list.to_hex(),
            "number": self.number,
            "requested_by": self.requested_by.to_string(),
            "root": self.root.to_hex(),
            "rule": self.rule,
            "sealing_at": moment(&self.sealing_at),
            "shredding_at": moment(&self.shredding_at),
            "stages": self.stages.iter().map(stage).collect::<Vec<_>>(),
            "state": self.state.as_str(),
            "witnesses": self.witnesses,
            "zone": self.zone.name(),
        })
    }

    /// Reads them; `None` if they are not of that form.
    pub(in crate::archive) fn parse(id: DispositionId, facts: &Map<String, Value>) -> Option<Self> {
        let batch = facts.get("batch")?;
        let list = |name: &str| batch.get(name)?.as_array();
        let small = |value: &Value, name: &str| u8::try_from(value.get(name)?.as_u64()?).ok();
        let stage = |value: &Value| {
            let roles = value.get("roles")?.as_array()?.iter();
            let roles =
                roles.map(|role| Role::parse(role.as_str()?).ok()).collect::<Option<BTreeSet<_>>>()?;
            Some(ReviewStage { roles, needed: small(value, "needed")? })
        };
        let decision = |value: &Value| {
            Some(ReviewDecision {
                stage: small(value, "stage")?,
                by: UserId::parse(text(value, "by")?).ok()?,
                role: Role::parse(text(value, "role")?).ok()?,
                at: Moment::parse(text(value, "at")?).ok()?,
                verdict: ReviewVerdict::parse(text(value, "verdict")?)?,
                note: maybe(value, "note", |id| EventId::parse(id).ok())?,
            })
        };
        let attended = |value: &Value| {
            let (by, at) = (UserId::parse(text(value, "by")?).ok()?, Moment::parse(text(value, "at")?).ok()?);
            Some(Attendance { by, at })
        };
        let digest = |name: &str| Digest::parse_hex(text(batch, name)?).ok();
        let moment = |name: &str| maybe(batch, name, |text| Moment::parse(text).ok());
        Some(Self {
            id,
            number: batch.get("number")?.as_u64()?,
            state: DispositionState::parse(text(batch, "state")?)?,
            requested_by: UserId::parse(text(batch, "requested_by")?).ok()?,
            begun: Moment::parse(text(batch, "begun")?).ok()?,
            items: batch.get("items")?.as_u64()?,
            root: digest("root")?,
            list: digest("list")?,
            rule: maybe(batch, "rule", |text| Some(text.to_owned()))?,
            stages: list("stages")?.iter().map(stage).collect::<Option<_>>()?,
            cooling_off: maybe(batch, "cooling_off", |text| Period::parse(text).ok())?,
            zone: Zone::parse(text(batch, "zone")?).ok()?,
            witnesses: small(batch, "witnesses")?,
            decisions: list("decisions")?.iter().map(decision).collect::<Option<_>>()?,
            attended: list("attended")?.iter().map(attended).collect::<Option<_>>()?,
            cooling_until: moment("cooling_until")?,
            sealing_at: moment("sealing_at")?,
            shredding_at: moment("shredding_at")?,
            certificate: maybe(batch, "certificate", |text| Digest::parse_hex(text).ok())?,
        })
    }
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

/// What may be missing; the outer `None` is for what is there and cannot be read.
fn maybe<'v, T>(value: &'v Value, name: &str, read: impl Fn(&'v str) -> Option<T>) -> Option<Option<T>> {
    match value.get(name)? {
        Value::Null => Some(None),
        Value::String(text) => read(text).map(Some),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u8) -> UserId {
        UserId::from_bytes([number; 16])
    }

    fn decision(stage: u8, by: u8, role: Role) -> ReviewDecision {
        let at = Moment::from_micros(1_800_000_000_000_000);
        let note = Some(EventId::from_bytes([9; 16]));
        ReviewDecision { stage, by: user(by), role, at, verdict: ReviewVerdict::Approve, note }
    }

    fn batch(decisions: Vec<ReviewDecision>) -> Batch {
        let stage = |roles: &[Role], needed| ReviewStage { roles: roles.iter().copied().collect(), needed };
        Batch {
            id: DispositionId::from_bytes([7; 16]),
            number: 1,
            state: DispositionState::InReview,
            requested_by: user(1),
            begun: Moment::from_micros(1_800_000_000_000_000),
            items: 3,
            root: Digest::of(b"root"),
            list: Digest::of(b"list"),
            rule: Some("ticket.three-years".to_owned()),
            stages: vec![stage(&[Role::Archivist], 1), stage(&[Role::Legal, Role::PrivacyOfficer], 2)],
            cooling_off: Period::parse("P14D").ok(),
            zone: Zone::SHANGHAI,
            witnesses: 1,
            decisions,
            attended: vec![Attendance { by: user(6), at: Moment::from_micros(1_800_000_000_000_000) }],
            cooling_until: None,
            sealing_at: None,
            shredding_at: None,
            certificate: None,
        }
    }

    #[test]
    fn a_step_says_all_of_the_disposition() {
        let batch = batch(vec![decision(0, 2, Role::Archivist)]);
        let facts = json!({"batch": batch.to_fact()});
        assert_eq!(Batch::parse(batch.id, facts.as_object().unwrap()), Some(batch));
    }

    #[test]
    fn a_step_that_lacks_something_or_says_an_unknown_word_is_none() {
        let batch = batch(Vec::new());
        let whole = batch.to_fact();
        for name in whole.as_object().unwrap().keys() {
            let mut cut = whole.clone();
            cut.as_object_mut().unwrap().remove(name);
            let facts = json!({"batch": cut});
            assert_eq!(Batch::parse(batch.id, facts.as_object().unwrap()), None, "{name}");
        }
        let mut other = whole;
        other["state"] = json!("nearly");
        assert_eq!(Batch::parse(batch.id, json!({"batch": other}).as_object().unwrap()), None);
    }

    #[test]
    fn stages_are_decided_one_behind_the_other_by_people_who_count_once() {
        let (clerk, lawyer, officer) = (
            decision(0, 2, Role::Archivist),
            decision(1, 3, Role::Legal),
            decision(1, 4, Role::PrivacyOfficer),
        );
        let stage = |decisions: Vec<ReviewDecision>| batch(decisions).stage().map(|(number, _)| number);
        assert_eq!(stage(vec![]), Some(0));
        assert_eq!(stage(vec![clerk.clone()]), Some(1));
        assert_eq!(stage(vec![clerk.clone(), lawyer.clone()]), Some(1));
        assert!(batch(vec![clerk.clone(), lawyer.clone(), officer]).is_approved());
        // The same person twice, and whoever asked for it, are nobody more.
        assert!(!batch(vec![clerk.clone(), lawyer.clone(), lawyer.clone()]).is_approved());
        let own = decision(1, 1, Role::PrivacyOfficer);
        assert!(!batch(vec![clerk.clone(), lawyer.clone(), own]).is_approved());
        // Nor does a role count that the stage does not name.
        assert!(!batch(vec![clerk, lawyer, decision(1, 5, Role::Trainer)]).is_approved());
    }
}
