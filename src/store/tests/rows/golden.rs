//! What a row's digest is over. The ledger keeps these digests for ever: a row that an older program
//! wrote must give the digest that its entry carries, whatever the program is that reads it.
//!
//! The golden text never changes. A column that a later migration adds is NULLable, stays empty in
//! these rows, and is named in [`ADDED_SINCE`]; a row that fills it may follow under a name of its own.

use std::collections::BTreeSet;

use super::*;
use crate::base::id::{
    ApprovalId, EventId, ExplanationId, ExportId, HoldId, HoldNoticeId, JobId, LinkId, MatterId, PartyId,
    PolicyReviewId, PolicySuggestionId, PolicyVersionId, SimulationId, TokenId,
};
use crate::policy::{EvaluationOutcome, LifeStage, ReviewDecision, RuleId, SuggestionState};
use crate::store::rows::{
    approvals::{ApprovalRow, ApprovalState},
    cases::{CaseEventRow, CasePartyRow, CaseRow, CaseState, GapExplanationRow},
    events::{EventKeyRow, RetentionEventRow},
    exports::ExportRow,
    holds::{HoldMemberRow, HoldNoticeRow, HoldRecipientRow, HoldRow},
    jobs::{JobRow, JobState},
    links::LinkRow,
    matters::{MatterPersonRow, MatterRow},
    parties::{PartyRow, RecordPartyRow},
    policies::{
        PolicyAcknowledgementRow, PolicyEvaluationRow, PolicyReviewRow, PolicyRow, PolicyState,
        PolicySuggestionRow, PolicyVersionRow, SimulationRow,
    },
    segments::SegmentRow,
    sessions::{ApiTokenRow, SessionRow},
    users::{GrantRow, GrantScope, UserRoleRow, UserRow, UserState},
};

/// Columns that later migrations added to vouched tables, as `table.column`.
const ADDED_SINCE: [&str; 0] = [];

/// Tables of which no entry carries a digest, with the reasons in `archive/verify/standing.rs`, and
/// those of the ledger itself.
const NOT_VOUCHED_FOR: [&str; 17] = [
    "record_keys",
    "record_retention",
    "retention_queues",
    "idempotency",
    "index_content",
    "index_rows",
    "detections",
    "detected_types",
    "index_subject",
    "index_withheld",
    "ledger_checkpoints",
    "ledger_entries",
    "ledger_tiles",
    "login_failures",
    "meta",
    "payloads",
    "uploads",
];

/// Number `n` of the ids that these rows have.
fn id(n: u8) -> String {
    format!("0195a5b0-0000-7000-8000-0000000000{n:02x}")
}

/// The canonical JSON of a row of every vouched table, and its digest.
macro_rules! written {
    ($($row:expr),* $(,)?) => {{
        let mut text = String::new();
        $({
            let row = $row;
            text.push_str(&String::from_utf8(row.canonical()).unwrap());
            text.push('\n');
            text.push_str(&row.fingerprint().to_hex());
            text.push('\n');
        })*
        text
    }};
}

fn evidence() -> String {
    let (record, second) = (RecordId::parse(&id(1)).unwrap(), RecordId::parse(&id(2)).unwrap());
    let (case, user) = (CaseId::parse(&id(3)).unwrap(), UserId::parse(&id(4)).unwrap());
    let later = noon().plus_seconds(5);
    written![
        RecordRow {
            id: record,
            kind: "service_record".to_owned(),
            subkind: Some("ticket".to_owned()),
            category: "service.ticket".to_owned(),
            jurisdiction: "CN".to_owned(),
            case_id: Some(case),
            state: "active".to_owned(),
            version: 2,
            source_token: Some(token(1)),
            captured_at: noon(),
            captured_by: user,
            updated_at: later,
        },
        VersionRow {
            record_id: record,
            indexed_engine: Some("1".to_owned()),
            detected_engine: Some("1".to_owned()),
            captured_by: user,
            ..version_of(&super::record(1), 1)
        },
        ComponentRow {
            id: ComponentId::parse(&id(5)).unwrap(),
            record_id: record,
            ordinal: 3,
            ..component_of(&super::record(1), 0)
        },
        ComponentRow {
            id: ComponentId::parse(&id(6)).unwrap(),
            record_id: record,
            place: Place::Blob,
            state: Presence::Gone,
            ..component_of(&super::record(1), 1)
        },
        SegmentRow {
            record_id: record,
            case_id: Some(case),
            entries: u64::try_from(i64::MAX).unwrap(),
            first_at: noon(),
            last_at: later,
            root: Digest::of(b"root"),
            offsets: vec![4, 5],
            offsets_digest: Digest::of(&[4, 5]),
        },
        LinkRow {
            id: LinkId::parse(&id(7)).unwrap(),
            from_record: record,
            kind: "concerns".to_owned(),
            to_record: second,
            created_at: noon(),
        },
        RecordPartyRow {
            record_id: record,
            version: 1,
            party_id: PartyId::parse(&id(8)).unwrap(),
            role: "customer".to_owned(),
        },
        PartyRow { id: PartyId::parse(&id(8)).unwrap(), name_token: token(2), created_at: noon() },
        cell(&id(1), "header"),
    ]
}

fn cases_and_matters() -> String {
    let (record, case) = (RecordId::parse(&id(1)).unwrap(), CaseId::parse(&id(3)).unwrap());
    let user = UserId::parse(&id(4)).unwrap();
    let later = noon().plus_seconds(5);
    let matter = MatterId::parse(&id(9)).unwrap();
    written![
        CaseRow {
            id: case,
            reference_token: token(3),
            state: CaseState::Closed,
            tier: Some("gold".to_owned()),
            priority: Some("P1".to_owned()),
            language: Some("zh-CN".to_owned()),
            opened_at: noon(),
            closed_at: Some(later),
            zone: Zone::SHANGHAI,
            created_at: noon(),
            created_by: user,
        },
        CasePartyRow {
            case_id: case,
            party_id: PartyId::parse(&id(8)).unwrap(),
            role: "customer".to_owned()
        },
        CaseEventRow {
            id: EventId::parse(&id(10)).unwrap(),
            case_id: case,
            kind: "cancelled".to_owned(),
            at: noon(),
            zone: Zone::SHANGHAI,
            recorded_at: later,
            recorded_by: user,
            record_id: Some(record),
            cancels: Some(EventId::parse(&id(11)).unwrap()),
        },
        RetentionEventRow {
            id: EventId::parse(&id(10)).unwrap(),
            kind: "relationship_ended".to_owned(),
            occurred_on: CivilDate::parse("2026-03-01").unwrap(),
            zone: Zone::SHANGHAI,
            case_id: Some(case),
            record_id: Some(record),
            recorded_at: later,
            recorded_by: user,
            source_token: Some([7; 16]),
            corrects: Some(EventId::parse(&id(11)).unwrap()),
            cancels: Some(EventId::parse(&id(12)).unwrap()),
        },
        EventKeyRow {
            event_id: EventId::parse(&id(10)).unwrap(),
            name: "customer".to_owned(),
            token: [7; 16],
        },
        GapExplanationRow {
            id: ExplanationId::parse(&id(12)).unwrap(),
            case_id: case,
            gap: "G1".to_owned(),
            record_id: Some(record),
            at: noon(),
            by_user: user,
        },
        MatterRow {
            id: matter,
            reference_token: token(4),
            kind: "litigation".to_owned(),
            state: "open".to_owned(),
            evidence_deadline: Some(CivilDate::parse("2026-12-31").unwrap()),
            hearing_on: Some(CivilDate::parse("2027-01-31").unwrap()),
            created_at: noon(),
            created_by: user,
        },
        MatterPersonRow { matter_id: matter, user_id: user, duty: "counsel".to_owned() },
    ]
}

fn people_and_work() -> String {
    let (user, other) = (UserId::parse(&id(4)).unwrap(), UserId::parse(&id(13)).unwrap());
    let later = noon().plus_seconds(5);
    written![
        UserRow {
            id: user,
            name_token: token(5),
            state: UserState::Active,
            created_at: noon(),
            must_change_password: true,
        },
        UserRoleRow { user_id: user, role: "legal".to_owned() },
        GrantRow { user_id: user, scope: GrantScope::Case, scope_id: id(3) },
        ApiTokenRow {
            id: TokenId::parse(&id(14)).unwrap(),
            token_hash: Digest::of(b"token"),
            user_id: user,
            scopes: "record:list".to_owned(),
            created_at: noon(),
            expires_at: Some(later),
            revoked_at: Some(later),
        },
        SessionRow {
            token_hash: Digest::of(b"session"),
            user_id: user,
            created_at: noon(),
            seen_at: noon(),
            expires_at: later,
            label: "browser".to_owned(),
        },
        ApprovalRow {
            id: ApprovalId::parse(&id(15)).unwrap(),
            action: "export".to_owned(),
            subject: id(3),
            request_digest: Digest::of(b"request"),
            requested_by: user,
            requested_at: noon(),
            expires_at: later,
            state: ApprovalState::Approved,
            decided_by: Some(other),
            decided_at: Some(later),
        },
        ExportRow {
            id: ExportId::parse(&id(16)).unwrap(),
            number: 7,
            year: 2026,
            kind: "evidence".to_owned(),
            state: "finished".to_owned(),
            case_id: Some(CaseId::parse(&id(3)).unwrap()),
            matter_id: Some(MatterId::parse(&id(9)).unwrap()),
            created_at: noon(),
            created_by: user,
            checkpoint_size: 40,
            requested: 4,
            exported: 1,
            withheld: 2,
            failed: 1,
            bundle_digest: Some(Digest::of(b"zip")),
            bundle_bytes: 99,
        },
        JobRow {
            id: JobId::parse(&id(17)).unwrap(),
            kind: "verify".to_owned(),
            subject: "archive".to_owned(),
            state: JobState::Failed,
            attempts: 2,
            not_before: noon(),
            lease_until: later,
            done_units: 3,
            total_units: 9,
            error_code: Some("internal".to_owned()),
            created_at: noon(),
            created_by: user.to_string(),
            finished_at: Some(later),
            expires_at: Some(later),
        },
    ]
}

fn holds_and_policies() -> String {
    let (hold, notice) = (HoldId::parse(&id(40)).unwrap(), HoldNoticeId::parse(&id(41)).unwrap());
    let (user, later) = (UserId::parse(&id(4)).unwrap(), noon().plus_seconds(5));
    let (policy, rule) = (RuleId::parse("house").unwrap(), RuleId::parse("ticket.keep").unwrap());
    let version = PolicyVersionId::parse(&id(42)).unwrap();
    let day = CivilDate::parse("2026-03-01").unwrap();
    written![
        HoldRow {
            id: hold,
            matter_id: MatterId::parse(&id(43)).unwrap(),
            kind: "explicit".to_owned(),
            mode: "live".to_owned(),
            state: "released".to_owned(),
            confidential: true,
            zone: Zone::SHANGHAI,
            grace_days: 30,
            review_by: Some(day),
            batches: 1,
            members: 1,
            placed_at: noon(),
            placed_by: user,
            released_at: Some(later),
            released_by: Some(user),
            rests_until: Some(later),
            blind: Some(Digest::of(b"blind")),
        },
        HoldMemberRow { hold_id: hold, token: token(9), batch: 0, named: vec![7; 3] },
        HoldNoticeRow {
            id: notice,
            hold_id: hold,
            noticed_at: noon(),
            noticed_by: user,
            blind: Some(Digest::of(b"blind")),
        },
        HoldRecipientRow { notice_id: notice, user_id: user, acknowledged_at: Some(later) },
        PolicyRow {
            id: policy.clone(),
            owner: user,
            state: PolicyState::InForce,
            versions: 2,
            created_at: noon(),
        },
        PolicyVersionRow {
            id: version,
            policy_id: policy.clone(),
            version: 2,
            hash: Digest::of(b"policy"),
            stage: LifeStage::Retired,
            created_at: noon(),
            created_by: user,
            submitted_at: Some(noon()),
            submitted_by: Some(user),
            reviewed_at: Some(noon()),
            reviewed_by: Some(user),
            published_at: Some(noon()),
            published_by: Some(user),
            countersigned_by: Some(user),
            simulation: Some(Digest::of(b"report")),
            effective_from: Some(noon()),
            effective_to: Some(later),
            retired_at: Some(later),
            retired_by: Some(user),
            rebased_from: Some(later),
        },
        PolicyReviewRow {
            id: PolicyReviewId::parse(&id(44)).unwrap(),
            policy_id: policy.clone(),
            version_id: version,
            rule: Some(rule.clone()),
            held_on: day,
            decision: ReviewDecision::Keep,
            recorded_at: noon(),
            recorded_by: user,
        },
        PolicyAcknowledgementRow { version_id: version, user_id: user, acknowledged_at: later },
        PolicySuggestionRow {
            id: PolicySuggestionId::parse(&id(45)).unwrap(),
            version_id: version,
            rule: Some(rule.clone()),
            state: SuggestionState::Accepted,
            made_at: noon(),
            made_by: user,
            decided_at: Some(later),
            decided_by: Some(user),
        },
        PolicyEvaluationRow {
            version_id: version,
            due_on: day,
            outcome: Some(EvaluationOutcome::Met),
            evaluated_at: Some(later),
            evaluated_by: Some(user),
        },
        SimulationRow {
            id: SimulationId::parse(&id(46)).unwrap(),
            version_id: version,
            policy_hash: Digest::of(b"policy"),
            against: Some(Digest::of(b"before")),
            as_of: noon(),
            result: Digest::of(b"report"),
            judged: 3,
            newly_due: 1,
            ledger_size: 9,
            made_at: noon(),
            made_by: user,
        },
    ]
}

#[test]
fn a_row_is_digested_as_on_the_first_day() {
    let now = [evidence(), cases_and_matters(), people_and_work(), holds_and_policies()].concat();
    assert_eq!(
        now,
        include_str!("golden.txt"),
        "digests that stand in ledgers would no longer agree:\n{now}"
    );
}

#[test]
fn the_golden_rows_fill_every_column_of_every_vouched_table() {
    let mut filled = BTreeSet::new();
    for line in include_str!("golden.txt").lines().filter(|line| line.starts_with('{')) {
        let whole: serde_json::Value = serde_json::from_str(line).unwrap();
        for (table, row) in whole.as_object().unwrap() {
            filled.extend(row.as_object().unwrap().keys().map(|column| format!("{table}.{column}")));
        }
    }
    let in_code = schema::columns_of_the_code();
    let table = |place: &String| place.split('.').next().unwrap().to_owned();
    let vouched = in_code.into_iter().filter(|place| !NOT_VOUCHED_FOR.contains(&table(place).as_str()));
    let vouched: BTreeSet<String> = vouched.filter(|place| !ADDED_SINCE.contains(&place.as_str())).collect();
    assert_eq!(filled, vouched);
}
