//! Dispositions as JSON.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::archive::disposition::{Carried, DispositionItem, DispositionLine, DispositionView};

/// A disposition that was begun.
#[derive(Serialize, ToSchema)]
pub struct ProposedBody {
    /// Its id.
    pub(super) id: String,
    /// Records in it.
    pub(super) items: u64,
    /// Records that were not taken in.
    pub(super) left_out: Vec<LeftOutBody>,
}

/// A record that was not taken in.
#[derive(Serialize, ToSchema)]
pub struct LeftOutBody {
    /// The record.
    pub(super) record: String,
    /// Why: a stable code.
    pub(super) why: &'static str,
}

/// Where a disposition stands after a step.
#[derive(Serialize, ToSchema)]
pub struct DispositionStateBody {
    /// in_review, approved, sealing, sealed, shredding, finished, refused or withdrawn.
    pub(super) state: &'static str,
}

/// How far a disposition was carried out.
#[derive(Serialize, ToSchema)]
pub struct CarriedBody {
    /// As in the disposition; ask again until it is another one.
    pub(super) state: &'static str,
    /// Records that are done with in this phase.
    pub(super) done: u64,
    /// Records that it was begun with.
    pub(super) items: u64,
    /// Those that left it.
    pub(super) left: u64,
    /// True if what was destroyed was overwritten in the database and its log. Older copies are noise after the next
    /// turn of the epoch.
    pub(super) overwritten: bool,
}

/// A line of the list.
#[derive(Serialize, ToSchema)]
pub struct DispositionLineBody {
    /// Its id.
    pub(super) id: String,
    /// Where it stands.
    pub(super) state: &'static str,
    /// Who asked for it.
    pub(super) requested_by: String,
    /// When its review began.
    pub(super) begun: String,
    /// Records that it was begun with.
    pub(super) items: u64,
    /// The stage that is decided on now, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<usize>,
    /// How many stages there are.
    pub(super) stages: usize,
    /// Nothing is done before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cooling_until: Option<String>,
}

/// A page of the list.
#[derive(Serialize, ToSchema)]
pub struct DispositionPageBody {
    /// The dispositions, the newest first.
    pub(super) items: Vec<DispositionLineBody>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
}

/// A stage of a review.
#[derive(Serialize, ToSchema)]
pub struct StageBody {
    /// What people call it.
    pub(super) name: String,
    /// Who may decide.
    pub(super) roles: Vec<&'static str>,
    /// How many have to agree.
    pub(super) needed: u8,
}

/// What somebody decided.
#[derive(Serialize, ToSchema)]
pub struct DecisionBody {
    /// In which stage, from 1.
    pub(super) stage: u8,
    /// Who.
    pub(super) by: String,
    /// As what.
    pub(super) role: &'static str,
    /// When.
    pub(super) at: String,
    /// approve, refuse or extend.
    pub(super) verdict: &'static str,
}

/// That a witness attends.
#[derive(Serialize, ToSchema)]
pub struct AttendanceBody {
    /// Who.
    pub(super) by: String,
    /// When.
    pub(super) at: String,
}

/// A record of a disposition.
#[derive(Serialize, ToSchema)]
pub struct DispositionItemBody {
    /// The record.
    pub(super) record: String,
    /// Its kind.
    pub(super) kind: String,
    /// Its category.
    pub(super) category: String,
    /// waits, sealed, restoring, left or destroyed.
    pub(super) standing: &'static str,
    /// The rule on which it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<String>,
    /// Redacted copies that were kept of it: they go with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) copies: Vec<String>,
}

/// A disposition.
#[derive(Serialize, ToSchema)]
pub struct DispositionBody {
    /// Its id.
    pub(super) id: String,
    /// The number of its newest step.
    pub(super) number: u64,
    /// in_review, approved, sealing, sealed, shredding, finished, refused or withdrawn.
    pub(super) state: &'static str,
    /// Who asked for it.
    pub(super) requested_by: String,
    /// When its review began.
    pub(super) begun: String,
    /// The rule under which its records were collected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<String>,
    /// Why it was asked for.
    pub(super) reason: String,
    /// Its stages, in order.
    pub(super) stages: Vec<StageBody>,
    /// The stage that is decided on now, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<usize>,
    /// What was decided.
    pub(super) decisions: Vec<DecisionBody>,
    /// Destruction witnesses (监销人) that have to attend.
    pub(super) witnesses: u8,
    /// Who attends.
    pub(super) attended: Vec<AttendanceBody>,
    /// Nothing is done before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cooling_until: Option<String>,
    /// The Merkle root over its records: it stays the same whatever leaves.
    pub(super) root: String,
    /// Its records.
    pub(super) items: Vec<DispositionItemBody>,
    /// Where its newest step stands in the ledger.
    pub(super) ledger_index: u64,
}

/// A certificate of destruction: docs/formats/certificate.md says what it holds.
#[derive(Serialize, ToSchema)]
pub struct CertificateBody {
    /// All of it: form, version, certificate, commitment_key, entry, proof, unrecoverable_from_backups_since, vkey.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(super) file: Value,
}

impl From<Carried> for CarriedBody {
    fn from(carried: Carried) -> Self {
        let Carried { state, done, items, left, overwritten } = carried;
        Self { state: state.as_str(), done, items, left, overwritten }
    }
}

impl From<DispositionLine> for DispositionLineBody {
    fn from(line: DispositionLine) -> Self {
        Self {
            id: line.id.to_string(),
            state: line.state.as_str(),
            requested_by: line.requested_by.to_string(),
            begun: line.begun.to_rfc3339(),
            items: line.items,
            stage: line.stage.0.map(|stage| stage + 1),
            stages: line.stage.1,
            cooling_until: line.cooling_until.map(|until| until.to_rfc3339()),
        }
    }
}

impl From<DispositionItem> for DispositionItemBody {
    fn from(item: DispositionItem) -> Self {
        let DispositionItem { record, kind, category, standing, rule, copies } = item;
        let copies = copies.iter().map(ToString::to_string).collect();
        Self { record: record.to_string(), kind, category, standing, rule, copies }
    }
}

impl From<DispositionView> for DispositionBody {
    fn from(view: DispositionView) -> Self {
        Self {
            id: view.id.to_string(),
            number: view.number,
            state: view.state.as_str(),
            requested_by: view.requested_by.to_string(),
            begun: view.begun.to_rfc3339(),
            rule: view.rule,
            reason: view.reason,
            stages: view
                .stages
                .into_iter()
                .map(|(name, stage)| StageBody {
                    name,
                    roles: stage.roles.iter().map(|role| role.as_str()).collect(),
                    needed: stage.needed,
                })
                .collect(),
            stage: view.stage.map(|stage| stage + 1),
            decisions: view
                .decisions
                .iter()
                .map(|one| DecisionBody {
                    stage: one.stage + 1,
                    by: one.by.to_string(),
                    role: one.role.as_str(),
                    at: one.at.to_rfc3339(),
                    verdict: one.verdict.as_str(),
                })
                .collect(),
            witnesses: view.witnesses,
            attended: view
                .attended
                .iter()
                .map(|one| AttendanceBody { by: one.by.to_string(), at: one.at.to_rfc3339() })
                .collect(),
            cooling_until: view.cooling_until.map(|until| until.to_rfc3339()),
            root: view.root,
            items: view.items.into_iter().map(DispositionItemBody::from).collect(),
            ledger_index: view.ledger_index,
        }
    }
}
