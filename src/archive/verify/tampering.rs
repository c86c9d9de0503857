//! Every column of every table that holds evidence is changed, one after the other, behind the
//! archive's back; each change must be named. The tables and columns come from the database itself,
//! so that a new one is in the walk unless it stands in the list of exceptions below.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::access::two_person::{TwoPersonAction, Verdict};
use crate::archive::approvals::ApprovalRequest;
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::cases::tests::{named, now, scratch, with_rights};
use crate::archive::cases::{Explain, Reason};
use crate::archive::events::{EventChange, EventChangeKind, NewRetentionEvent};
use crate::archive::exports::{ExportRequest, Selection};
use crate::archive::holds::{HoldFields, NewNotice};
use crate::archive::policies::tests as policy_tests;
use crate::archive::policies::{PolicySource, RetireRequest};
use crate::archive::tests::{Scratch, on_postgres};
use crate::archive::users::{self, Granted, LogIn, NewAccount, NewUser, Reset, SessionLabel, UserName};
use crate::archive::{Archive, Caller};
use crate::base::civil::{CivilDate, Zone};
use crate::base::entropy::SeededEntropy;
use crate::base::id::UserId;
use crate::ledger::entry::Actor;
use crate::policy::{EvaluationFields, SuggestionFields};
use crate::record::feed::EntryFormat;
use crate::record::matter::MatterFields;
use crate::record::names::Note;
use crate::record::request::{Faults, ObjectReader, Path as RequestPath};
use crate::store::StoreError;
use crate::store::testing::{dump, execute_raw};

/// Tables that hold no evidence, each with the reason.
const NO_EVIDENCE: [(&str, &str); 11] = [
    ("jobs", "how far work has come; what was ordered and how it ended has cases of its own"),
    ("index_rows", "the search index is built anew from the records"),
    ("detections", "where personal data stands is worked out again from the records"),
    ("detected_types", "which types a record has is worked out again with it"),
    ("record_keys", "by which keys events reach a record is worked out again from it"),
    ("record_retention", "where a record stands is worked out again; what destroys judges anew"),
    ("retention_queues", "on which lists a record stands is worked out again with it"),
    ("login_failures", "counters of the throttle, forgotten within a day"),
    ("idempotency", "answers repeated requests for a while; the first answer is in the ledger"),
    ("uploads", "not yet captured"),
    ("meta", "counters that are refused if they go back; the local operator has a case of its own"),
];

/// Columns that say nothing that is not worked out again.
const WORKED_OUT: [(&str, &str); 3] =
    [("versions", "indexed_engine"), ("versions", "detected_engine"), ("sessions", "seen_at")];

/// An archive that nobody has open.
pub(super) struct Full {
    _folder: tempfile::TempDir,
    pub(super) place: Place,
    pub(super) database: PathBuf,
    pub(super) kept: PathBuf,
}

fn administrator(archive: &Archive, name: &str, seed: u64) -> Caller {
    somebody(archive, (name, Role::Administrator), seed)
}

fn somebody(archive: &Archive, (name, role): (&str, Role), seed: u64) -> Caller {
    let id = UserId::generate(now(), &SeededEntropy::new(seed));
    let roles = Roles::parse([role]).unwrap();
    let account = NewAccount {
        id,
        name: name.to_owned(),
        roles: roles.clone(),
        password: Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".to_owned()),
        must_change_password: false,
        countersign: None,
    };
    let inner = Arc::clone(&archive.inner);
    let written = archive
        .inner
        .store
        .write(move |tx| users::insert(&inner, &inner.keys(), tx, Actor::System, &account));
    written.map_err(Refusal::from).unwrap();
    with_rights(ActorRights::new(id, roles, Via::Session))
}

fn an_export() -> ExportRequest {
    ExportRequest {
        selection: Selection::Case(named("SC-1")),
        purpose: "合同纠纷举证".to_owned(),
        organization: "示例服务有限公司".to_owned(),
        description: None,
        approval: None,
        key: None,
    }
}

/// An event with all that one can have, its correction, and the cancellation of that.
fn some_events(scratch: &Scratch, operator: &Caller, record: &str) {
    let event = json!({"type": "relationship_ended", "on": "2026-02-01", "reason": "补登", "record": record,
        "keys": {"case": "SC-1", "customer": "临江样例科技有限公司"}, "source": {"system": "CRM", "id": "E-1"}});
    let event = NewRetentionEvent::from_json(&event, Zone::SHANGHAI, now()).unwrap();
    let (event, _) = scratch.archive.record_event(operator, &event).unwrap();
    let reason = Reason::parse("记错了").unwrap();
    let kind = EventChangeKind::Correct { on: CivilDate::parse("2026-02-02").unwrap(), zone: None };
    let change = EventChange { event: event.id, kind, reason: reason.clone() };
    let corrected = scratch.archive.change_event(operator, &change, None).unwrap();
    let change = EventChange { event: corrected.id, kind: EventChangeKind::Cancel, reason };
    scratch.archive.change_event(operator, &change, None).unwrap();
}

/// An archive with something in every table.
pub(super) fn full() -> Full {
    let scratch = scratch();
    let operator = scratch.operator();
    scratch
        .open_case(json!({"reference": "SC-1", "title": "平台服务", "tier": "gold", "priority": "P2",
            "language": "zh", "opened": "2026-02-01T09:00:00+08:00",
            "parties": [{"role": "customer", "name": "临江样例科技有限公司"}]}))
        .unwrap();
    let first = scratch.take(json!({"kind": "authorization", "case": "SC-1", "occurred": "2026-02-01",
        "parties": [{"role": "customer", "name": "临江样例科技有限公司"},
            {"role": "contractor", "name": "样例服务有限公司"}],
        "source": {"system": "CRM", "external_id": "A-1", "revision": "1"},
        "fields": {"purposes": ["故障诊断"], "operations": ["use"], "data_categories": ["日志"],
            "systems": ["CRM"], "valid_to": "2026-12-31",
            "signatory": {"name": "样例甲", "capacity": "agent"}, "signature": "valid"}}));
    scratch.take(json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-02-02", "title": "断网",
        "links": [{"kind": "performed_under", "to": first.record.to_string()}]}));
    let ticket = r#"{"kind": "ticket", "case": "SC-2", "occurred": "2026-03-01", "title": "断网",
        "parties": [{"role": "customer", "name": "青禾样例"}], "components": [{"name": "a.txt"}]}"#;
    scratch.capture(ticket, &vec![7; 100_000]).unwrap();
    let log = r#"{"kind": "processing_log", "case": "SC-1", "occurred": "2026-03-01", "title": "日志"}"#;
    let line = |month: u32| {
        format!(
            "{{\"at\":\"2026-0{month}-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"售后\",\
             \"data_category\":\"联系方式\",\"system\":\"CRM\",\"actor\":\"op\",\"count\":1}}\n"
        )
    };
    let lines: String = (2..4).map(line).collect();
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let request = scratch.request(log);
    scratch.archive.capture_entries(&operator, request, options, &mut lines.as_bytes()).unwrap();
    scratch.event("SC-1", "first_response", "2026-02-02T09:00:00+08:00").unwrap();
    let paused = json!({"kind": "paused", "at": "2026-02-03T09:00:00+08:00", "reason": "等待客户"});
    scratch.event_with("SC-1", paused).unwrap();
    let gaps = scratch.case("SC-1").gaps;
    for gap in gaps.iter().take(2) {
        let words = Reason::parse("客户已口头同意，书面确认在途").unwrap();
        let explain = Explain { key: gap.shown.key.clone(), record: gap.shown.record, about: None, words };
        scratch.archive.explain_gap(&operator, &named("SC-1"), explain).unwrap();
    }
    let matters = ["FA-1", "FA-2"].map(|reference| {
        let fields = json!({"reference": reference, "kind": "诉讼仲裁", "title": "服务合同纠纷",
            "court": "样例法院", "opponents": ["甲"], "evidence_deadline": "2026-07-15",
            "hearing_on": "2026-08-02"});
        scratch.archive.open_matter(&operator, MatterFields::from_json(&fields).unwrap()).unwrap().id
    });
    for matter in matters {
        let hold = json!({"matter": matter.to_string(), "title": "保留", "reason": "涉诉",
            "members": {"records": [first.record.to_string()]}});
        let hold = HoldFields::from_json(&hold, Zone::SHANGHAI).unwrap();
        let hold = scratch.archive.place_hold(&operator, &hold).unwrap().entered.id;
        let notice = NewNotice { text: "请勿删除。".to_owned(), to: vec![operator.user()] };
        scratch.archive.notice_hold(&operator, hold, &notice).unwrap();
    }
    some_events(&scratch, &operator, &first.record.to_string());
    scratch.archive.begin_export(&operator, &an_export()).unwrap();
    assert!(scratch.archive.work_on_next(3_600, &|| false).unwrap());
    let (asks, forgetful) =
        (administrator(&scratch.archive, "one", 1), administrator(&scratch.archive, "two", 2).user());
    let request = ApprovalRequest {
        action: TwoPersonAction::ResetCredentials,
        subject: forgetful.to_string(),
        parameters: Reset::Password.to_parameters(),
        reason: "called from the front desk".to_owned(),
        approver: None,
    };
    scratch.archive.request_approval(&asks, &request).unwrap();
    let new =
        NewUser { name: UserName::parse("three").unwrap(), roles: Roles::parse([Role::Auditor]).unwrap() };
    let made = scratch.archive.create_user(&asks, &new).unwrap();
    let typed = LogIn {
        name: "three",
        password: made.password.expose_text().unwrap(),
        code: None,
        label: SessionLabel::COMMAND_LINE,
        source: None,
    };
    for _ in 0..2 {
        scratch.archive.log_in(&typed).unwrap();
    }
    policies(&scratch.archive);
    let case = scratch.case("SC-2").case.id;
    scratch.archive.grant(&operator, forgetful, Granted::Case(case)).unwrap();
    let Scratch { _folder, place, archive } = scratch;
    drop(archive);
    let database = place.database();
    let kept = database.with_extension("kept");
    std::fs::copy(&database, &kept).unwrap();
    Full { _folder, place, database, kept }
}

/// Two versions of a policy, with all that is said of them.
fn policies(archive: &Archive) {
    let asks = somebody(archive, ("li", Role::PrivacyOfficer), 11);
    let decides = somebody(archive, ("wu", Role::PrivacyOfficer), 12);
    let house = policy_tests::house();
    for version in [1, 2] {
        let source = policy_tests::text(version, "P9Y");
        policy_tests::publish(archive, (&asks, &decides), &source, 0).unwrap();
        let of = (&house, version);
        for person in [&asks, &decides] {
            archive.acknowledge_policy(person, of).unwrap();
            let suggestion = json!({"rule": "tickets", "text": "请写明例外"});
            let read = |reader: &mut ObjectReader<'_>| SuggestionFields::read(reader);
            let fields =
                ObjectReader::read(&suggestion, &RequestPath::Root, &mut Faults::new(), read).flatten();
            archive.suggest_to_policy(person, of, fields.unwrap()).unwrap();
        }
        let evaluation = json!({"outcome": "met", "before": "80 %", "after": "97 %"});
        let read = |reader: &mut ObjectReader<'_>| EvaluationFields::read(reader);
        let fields = ObjectReader::read(&evaluation, &RequestPath::Root, &mut Faults::new(), read).flatten();
        archive.evaluate_policy(&asks, of, fields.unwrap()).unwrap();
    }
    let open = archive.policy_suggestions(&asks, &house).unwrap();
    let answer = Note::parse("已写明").unwrap();
    archive.decide_suggestion(&asks, open[0].id, (true, answer)).unwrap();
    let retire = RetireRequest { policy: house, version: 1 };
    let asked = archive.request_policy_retirement(&asks, &retire, ("不再适用", None)).unwrap();
    archive.decide_approval(&decides, asked, Verdict::Approve).unwrap();
    archive.retire_policy(&asks, &retire, Some(asked), None).unwrap();
    archive.import_policy(&asks, &PolicySource::Pack("eu-gdpr".to_owned())).unwrap();
}

impl Full {
    fn verify(&self) -> Report {
        verify(&self.place, &VerifyOptions::default(), &mut |_| {}).unwrap()
    }

    /// Changes the database, lets it be verified, and puts it back.
    fn report_after(&self, sql: &str) -> Report {
        execute_raw(&self.database, sql);
        let report = self.verify();
        self.put_back();
        report
    }

    fn put_back(&self) {
        for ending in ["-wal", "-shm"] {
            let mut path = self.database.clone().into_os_string();
            path.push(ending);
            drop(std::fs::remove_file(path));
        }
        std::fs::copy(&self.kept, &self.database).unwrap();
    }
}

struct Column {
    table: String,
    name: String,
    kind: String,
}

fn columns(database: &Path) -> Vec<Column> {
    let query = "SELECT m.name || ' ' || c.name || ' ' || c.type FROM sqlite_schema m, \
        pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' \
        AND m.name NOT LIKE '%diesel%' AND m.name NOT LIKE 'index_content%' \
        AND m.name NOT LIKE 'index_subject%' AND m.name NOT LIKE 'index_withheld%' ORDER BY m.name, c.cid";
    let split = |line: String| {
        let mut words = line.split(' ').map(str::to_owned);
        let mut next = || words.next().unwrap_or_default();
        Column { table: next(), name: next(), kind: next() }
    };
    dump(database, query).into_iter().map(split).collect()
}

/// Statements that change the column in one row.
fn changes(column: &Column) -> Vec<String> {
    let Column { table, name, kind } = column;
    let one = format!("(SELECT {name} FROM {table} ORDER BY 1 LIMIT 1)");
    let row = format!("WHERE {name} IS {one}");
    match kind.as_str() {
        "BLOB" => vec![
            format!("UPDATE OR REPLACE {table} SET {name} = randomblob(max(16, length({name}))) {row}"),
            format!("UPDATE {table} SET {name} = CAST(x'00' || {name} AS BLOB) {row}"),
        ],
        "TEXT" => vec![
            format!("UPDATE OR REPLACE {table} SET {name} = coalesce({name}, '') || 'x' {row}"),
            // To what stands in another row: as good a value as any.
            format!(
                "UPDATE OR REPLACE {table} SET {name} = (SELECT max({name}) FROM {table}) WHERE {name} IS \
                 (SELECT min({name}) FROM {table})"
            ),
        ],
        // What stands for yes becomes no, and the other way round.
        _ => vec![format!(
            "UPDATE OR REPLACE {table} SET {name} = CASE {name} WHEN 1 THEN 0 ELSE coalesce({name}, 0) + 1 END {row}"
        )],
    }
}

#[test]
fn whatever_column_of_the_evidence_is_changed_is_named() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let full = full();
    let clean = full.verify();
    assert_eq!(clean.faults, []);
    let (mut walked, mut unnoticed) = (0, Vec::new());
    let all = columns(&full.database);
    for column in &all {
        let is_left_out = NO_EVIDENCE.iter().any(|(table, _)| *table == column.table)
            || WORKED_OUT.contains(&(column.table.as_str(), column.name.as_str()));
        if is_left_out {
            continue;
        }
        let before = dump(&full.database, &content(&all, &column.table));
        assert!(!before.is_empty(), "{} is empty: the walk would show nothing", column.table);
        for sql in changes(column) {
            execute_raw(&full.database, &sql);
            let changed = dump(&full.database, &content(&all, &column.table)) != before;
            let report = full.verify();
            full.put_back();
            walked += u32::from(changed);
            if changed && report.is_clean() {
                unnoticed.push(sql);
            }
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    assert!(walked > 150, "only {walked} changes were made");
    assert_eq!(full.verify().faults, []);
}

/// Every row of a table as text.
fn content(all: &[Column], table: &str) -> String {
    let quoted: Vec<String> = all
        .iter()
        .filter(|column| column.table == table)
        .map(|column| format!("quote({})", column.name))
        .collect();
    format!("SELECT {} FROM {table} ORDER BY 1", quoted.join(" || ',' || "))
}

#[test]
fn a_row_that_is_taken_away_or_put_in_is_named() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let full = full();
    let mut tables: Vec<String> = columns(&full.database).into_iter().map(|column| column.table).collect();
    tables.dedup();
    let is_left_out = |table: &str| NO_EVIDENCE.iter().any(|(name, _)| *name == table);
    // A session ends by time, without an entry: that it is gone shows nothing.
    for table in tables.iter().filter(|table| !is_left_out(table) && *table != "sessions") {
        let key = columns(&full.database).into_iter().find(|column| column.table == *table).unwrap().name;
        // The cells of a job live as long as it does.
        let lasting = if table == "cells" { "WHERE owner NOT IN (SELECT id FROM jobs)" } else { "" };
        let taken = full.report_after(&format!(
            "DELETE FROM {table} WHERE {key} IS (SELECT {key} FROM {table} {lasting} ORDER BY 1 LIMIT 1)"
        ));
        assert!(!taken.is_clean(), "a row of {table} was taken away");
    }
    let put_in = [
        "INSERT INTO users SELECT 'f' || substr(id, 2), randomblob(16), state, created_at, 0 FROM users LIMIT 1",
        "INSERT INTO user_roles SELECT user_id, 'auditor' FROM user_roles WHERE role <> 'auditor' LIMIT 1",
        "INSERT INTO user_roles VALUES ('nobody', 'auditor')",
        "INSERT INTO grants SELECT id, 'case', (SELECT max(id) FROM cases) FROM users \
         WHERE id NOT IN (SELECT user_id FROM grants) LIMIT 1",
        "INSERT INTO case_parties SELECT case_id, party_id, 'contact' FROM case_parties LIMIT 1",
        "INSERT INTO matter_people SELECT matter_id, user_id, 'lead' FROM matter_people LIMIT 1",
        "INSERT INTO record_parties SELECT record_id, version, party_id, 'other' FROM record_parties LIMIT 1",
        "INSERT INTO links SELECT 'f' || substr(id, 2), from_record, 'answers', to_record, created_at FROM links",
        "INSERT INTO cells SELECT owner, 'other', epoch, generation, sealed, digest FROM cells LIMIT 1",
        "INSERT INTO sessions SELECT randomblob(32), user_id, created_at, seen_at, expires_at, label FROM sessions LIMIT 1",
        "INSERT INTO cases SELECT 'f' || substr(id, 2), randomblob(16), state, tier, priority, language, opened_at, \
         closed_at, zone, created_at, created_by FROM cases LIMIT 1",
        "INSERT INTO matters SELECT 'f' || substr(id, 2), randomblob(16), kind, state, evidence_deadline, hearing_on, \
         created_at, created_by FROM matters LIMIT 1",
        "INSERT INTO case_events SELECT 'f' || substr(id, 2), case_id, kind, at, zone, recorded_at, recorded_by, \
         record_id, cancels FROM case_events LIMIT 1",
        "INSERT INTO gap_explanations SELECT 'f' || substr(id, 2), case_id, gap, record_id, at, by_user \
         FROM gap_explanations LIMIT 1",
        "INSERT INTO parties SELECT CASE substr(id, 1, 1) WHEN 'f' THEN 'e' ELSE 'f' END || substr(id, 2), \
         randomblob(16), created_at FROM parties LIMIT 1",
        "INSERT INTO policies SELECT 'f' || id, owner, state, versions, created_at FROM policies LIMIT 1",
        "INSERT INTO policy_acknowledgements SELECT version_id, (SELECT min(id) FROM users WHERE id NOT IN \
         (SELECT user_id FROM policy_acknowledgements)), 1 FROM policy_acknowledgements LIMIT 1",
        "INSERT INTO policy_suggestions SELECT 'f' || substr(id, 2), version_id, rule, state, made_at, made_by, decided_at, \
         decided_by FROM policy_suggestions LIMIT 1",
        "INSERT INTO policy_evaluations SELECT 'f' || substr(version_id, 2), due_on, outcome, evaluated_at, evaluated_by \
         FROM policy_evaluations LIMIT 1",
        "INSERT INTO simulations SELECT 'f' || substr(id, 2), version_id, policy_hash, against, as_of, result, judged, \
         newly_due, ledger_size, made_at, made_by FROM simulations LIMIT 1",
        "INSERT INTO meta VALUES ('whatever', '1')",
        "INSERT INTO meta VALUES ('exports', '1')",
        "INSERT INTO payloads VALUES ('f', randomblob(40))",
        "INSERT INTO ledger_tiles VALUES (7, 0, randomblob(32))",
    ];
    for sql in put_in {
        assert!(!full.report_after(sql).is_clean(), "{sql}");
    }
    let counter = "UPDATE meta SET value = '0' WHERE key LIKE 'exports:%'";
    assert!(!full.report_after(counter).is_clean());
    let pushed = "INSERT INTO meta VALUES ('exports:2031', '99')";
    assert!(!full.report_after(pushed).is_clean());
    let again = "UPDATE jobs SET state = 'ready'";
    assert!(!full.report_after(again).is_clean());
    let operator = "UPDATE meta SET value = (SELECT id FROM users WHERE id <> meta.value LIMIT 1) WHERE key = 'local_operator'";
    assert!(!full.report_after(operator).is_clean());
}

#[test]
fn whatever_of_the_schema_is_changed_is_named_and_what_acts_is_not_opened() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let full = full();
    let changes = [
        ("CREATE TRIGGER t AFTER INSERT ON grants BEGIN DELETE FROM grants; END", "trigger t", true),
        ("CREATE VIEW v AS SELECT * FROM users", "view v", true),
        ("CREATE TABLE extra (a)", "table extra", false),
        ("CREATE INDEX more ON users (state)", "index more", false),
        ("DROP INDEX users_created", "index users_created", false),
        ("ALTER TABLE users ADD COLUMN extra TEXT", "table users", false),
        ("DROP TABLE login_failures", "table login_failures", false),
    ];
    for (sql, name, acts) in changes {
        execute_raw(&full.database, sql);
        if acts {
            let opened = Archive::open(&full.place, &crate::archive::open::OpenOptions::default());
            let refused = matches!(&opened, Err(Refusal::Store(StoreError::ForeignSchema { name: found })) if found == name);
            assert!(refused, "{sql}");
        }
        let report = full.report_after("SELECT 1");
        let fault = report.faults.iter().find(|fault| fault.subject == name);
        assert!(fault.is_some_and(|fault| fault.kind == FaultKind::SchemaDiffers), "{sql}: {report:#?}");
    }
}

#[test]
fn payloads_and_headers_that_changed_places_are_named_with_their_records() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let full = full();
    let exchange = |table: &str, key: &str, columns: &[&str], among: &str| {
        let set: Vec<String> = columns
            .iter()
            .map(|column| {
                format!("{column} = (SELECT {column} FROM other WHERE other.{key} <> {table}.{key})")
            })
            .collect();
        format!(
            "CREATE TEMP TABLE other AS SELECT * FROM {table} {among} ORDER BY {key} LIMIT 2; \
             UPDATE {table} SET {} WHERE {key} IN (SELECT {key} FROM other)",
            set.join(", ")
        )
    };
    let payloads = full.report_after(&exchange("payloads", "component_id", &["bytes"], ""));
    let headers = full.report_after(&exchange(
        "cells",
        "part",
        &["sealed", "digest", "epoch", "generation"],
        "WHERE generation > 0",
    ));
    for (report, kind) in [(payloads, FaultKind::PayloadChanged), (headers, FaultKind::CellChanged)] {
        assert_eq!(report.faults.len(), 2, "{report:#?}");
        for fault in report.faults {
            assert_eq!(fault.kind, kind);
            assert!(fault.record.is_some());
        }
    }
}
