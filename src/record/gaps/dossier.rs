//! The customer dossier (客户服务档案): what the archive holds of one party, as lists of facts. It
//! scores nobody and draws no profile.

use super::authority::authorities;
use super::corrections::Corrections;
use super::facts::{Evidence, RecordFacts};
use super::gap::Lapse;
use crate::base::civil::CivilDate;
use crate::base::id::{CaseId, RecordId};
use crate::base::moment::Moment;
use crate::record::case::CaseState;
use crate::record::kind::{Kind, Subkind};
use crate::record::lineage::LinkKind;

/// Everything that the archive knows of one party.
#[derive(Debug, Clone, Default)]
pub struct DossierInput {
    /// Its records, and the answers to its complaints.
    pub records: Vec<RecordFacts>,
    /// Scores of its feedback records, as given.
    pub scores: Vec<(RecordId, i64)>,
    /// Its cases.
    pub cases: Vec<CaseLine>,
    /// Holds that reach its records.
    pub holds: Vec<HoldLine>,
    /// Its data-subject requests.
    pub requests: Vec<RequestLine>,
    /// Records that were destroyed, and when.
    pub destroyed: Vec<(RecordId, Moment)>,
}

/// A case of the party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseLine {
    /// The case.
    pub id: CaseId,
    /// Where it stands.
    pub state: CaseState,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it was closed.
    pub closed_at: Option<Moment>,
}

/// A hold that reaches the party's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldLine {
    /// Its reference.
    pub reference: String,
    /// When it was placed.
    pub placed_at: Moment,
    /// When it was released.
    pub released_at: Option<Moment>,
}

/// A data-subject request of the party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// Its reference.
    pub reference: String,
    /// When it came.
    pub received_at: Moment,
    /// When it was answered.
    pub answered_at: Option<Moment>,
}

/// How an authorization stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In force.
    InForce,
    /// Not begun, expired or withdrawn.
    Lapsed(Lapse),
    /// Corrected by a later record, which stands in its place.
    Corrected,
}

/// An authorization of the party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthorizationStanding {
    /// The record.
    pub record: RecordId,
    /// How it stands.
    pub standing: Standing,
}

/// A complaint and its earliest answer.
pub type ComplaintLine = (RecordId, CivilDate, Option<RecordId>);

/// A feedback record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedbackLine {
    /// The record.
    pub record: RecordId,
    /// Its date.
    pub on: CivilDate,
    /// The score that the customer gave.
    pub score: Option<i64>,
}

/// The dossier: every list in the order of dates.
#[derive(Debug, Clone, Default)]
pub struct Dossier {
    /// Authorizations, those in force first.
    pub authorizations: Vec<AuthorizationStanding>,
    /// Cases, the latest first.
    pub cases: Vec<CaseLine>,
    /// Complaints: record, date, earliest answer.
    pub complaints: Vec<ComplaintLine>,
    /// Feedback.
    pub feedback: Vec<FeedbackLine>,
    /// Holds, those that stand first.
    pub holds: Vec<HoldLine>,
    /// Data-subject requests.
    pub requests: Vec<RequestLine>,
    /// Destroyed records.
    pub destroyed: Vec<(RecordId, Moment)>,
}

/// Puts the dossier together as of `today`.
pub fn dossier(input: DossierInput, today: CivilDate) -> Dossier {
    let corrections = Corrections::among(&input.records);
    let mut authorizations: Vec<AuthorizationStanding> = authorities(&input.records)
        .iter()
        .map(|authority| AuthorizationStanding {
            record: authority.id,
            standing: match corrections.of(authority.id) {
                Some(_) => Standing::Corrected,
                None => authority.lapse_on(today).map_or(Standing::InForce, Standing::Lapsed),
            },
        })
        .collect();
    authorizations.sort_by_key(|line| (line.standing, line.record));
    let mut records: Vec<&RecordFacts> =
        input.records.iter().filter(|record| matches!(record.evidence, Evidence::Other)).collect();
    records.sort_by_key(|record| (record.occurred.on, record.id));
    let of = |kind: Subkind| {
        let kind = Kind::ServiceRecord(kind);
        records.iter().filter(move |record| record.kind == kind)
    };
    let complaints = of(Subkind::Complaint)
        .map(|complaint| {
            let answer = input
                .records
                .iter()
                .filter(|record| record.linked(LinkKind::Answers).any(|to| to == complaint.id))
                .filter(|record| record.occurred.on >= complaint.occurred.on)
                .min_by_key(|record| (record.occurred.begins(), record.id));
            (complaint.id, complaint.occurred.on, answer.map(|record| record.id))
        })
        .collect();
    let feedback = of(Subkind::Feedback)
        .map(|record| FeedbackLine {
            record: record.id,
            on: record.occurred.on,
            score: input.scores.iter().find(|(id, _)| *id == record.id).map(|(_, score)| *score),
        })
        .collect();
    let DossierInput { mut cases, mut holds, mut requests, mut destroyed, .. } = input;
    cases.sort_by_key(|case| std::cmp::Reverse((case.opened_at, case.id)));
    holds.sort_by_key(|hold| (hold.released_at.is_some(), hold.placed_at));
    requests.sort_by_key(|request| request.received_at);
    destroyed.sort_by_key(|(record, at)| (*at, *record));
    Dossier { authorizations, cases, complaints, feedback, holds, requests, destroyed }
}
