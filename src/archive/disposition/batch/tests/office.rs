//! An archive with a policy in force, people who review, and tickets that are due.

use std::time::Duration;

use serde_json::json;

use crate::access::role::Role;
use crate::archive::cases::Reason;
use crate::archive::disposition::{Carried, Decided, DispositionState, NewDisposition, Proposed, ToDispose};
use crate::archive::holds::{HoldFields, Placed};
use crate::archive::matters::tests::fields;
use crate::archive::policies::PolicySource;
use crate::archive::policies::tests::publish;
use crate::archive::records::{Form, OpenRequest};
use crate::archive::refusal::Refusal;
use crate::archive::search::SearchRequest;
use crate::archive::stage::Declared;
use crate::archive::users::Granted;
use crate::archive::users::tests::{House, PASSWORD, a_house, typed};
use crate::archive::verify::{Report, VerifyOptions, verify};
use crate::archive::{Archive, Caller};
use crate::base::civil::Zone;
use crate::base::id::{DispositionId, MatterId, RecordId};
use crate::keydir::IdentitySource;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::{Capture, CaptureDefaults, read_json};
use crate::store::rows::records::{self, RecordRow};

/// Two stages, three days of cooling off, a witness.
pub(super) const POLICY: &str = r#"
format = 1
id = "house"
version = 1
title = "服务记录保管期限"
owner = "个人信息保护负责人"
review_every = "P6M"

[effect]
metric = "到期后 90 日内完成处置的比例"
target = "≥ 95 %"
evaluate_after = "P3M"

[[approval]]
id = "standard"
cooling_off = "P3D"
[[approval.stage]]
name = "档案部门审核"
roles = ["archivist"]
[[approval.stage]]
name = "法务与个人信息保护审核"
roles = ["legal", "privacy_officer"]
needed = 2

[[obligation]]
id = "tickets"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { kinds = ["ticket"] }
kind = "floor"
trigger = "occurred"
period = "P1M"
action = "destroy"
approvals = "standard"
witnesses = 1
citations = ["电子商务法第31条"]
certainty = "A"
"#;

pub(super) struct Office {
    pub house: House,
    pub admin: Caller,
    /// Asks for dispositions and carries them out.
    pub asks: Caller,
    pub officer: Caller,
    pub clerk: Caller,
    pub counsel: Caller,
    pub witness: Caller,
    pub auditor: Caller,
    pub matter: MatterId,
}

pub(super) fn an_office() -> Office {
    let house = a_house();
    let admin = house.administrator();
    let asks = house.a_user(&admin, "li", &[Role::PrivacyOfficer]);
    let officer = house.a_user(&admin, "wu", &[Role::PrivacyOfficer]);
    let clerk = house.a_user(&admin, "dang", &[Role::Archivist]);
    let counsel = house.a_user(&admin, "fa", &[Role::Legal]);
    let witness = house.a_user(&admin, "jian", &[Role::DestructionWitness]);
    let auditor = house.a_user(&admin, "shen", &[Role::Auditor]);
    let matter = house.archive.open_matter(&counsel, fields("FA-1", &json!({}))).unwrap().id;
    publish(&house.archive, (&asks, &officer), &PolicySource::Text(POLICY.to_owned()), 0).unwrap();
    let counsel = again(&house, "fa");
    Office { house, admin, asks, officer, clerk, counsel, witness, auditor, matter }
}

fn again(house: &House, name: &str) -> Caller {
    house.archive.caller_as(&typed(name, PASSWORD)).unwrap()
}

pub(super) fn reason() -> Reason {
    Reason::parse("保管期满").unwrap()
}

impl Office {
    pub(super) fn archive(&self) -> &Archive {
        &self.house.archive
    }

    /// A ticket that is due, in the case, which counsel sees.
    pub(super) fn ticket(&self, number: usize) -> RecordId {
        self.ticket_on(number, "2026-03-01")
    }

    pub(super) fn ticket_on(&self, number: usize, on: &str) -> RecordId {
        let archive = self.archive();
        let defaults = CaptureDefaults {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            now: archive.inner.now(),
            content_comes_apart: true,
        };
        let json = json!({"kind": "ticket", "case": "SC-1", "occurred": on,
            "title": format!("工单 title{number}quartz"), "components": [{"name": format!("file{number}quartz.txt")}],
            "parties": [{"role": "customer", "name": "青禾科技有限公司"}]});
        let capture =
            Capture::from_json(&read_json(json.to_string().as_bytes()).unwrap(), &defaults).unwrap();
        let content = format!("王小明 13800138000 zebra{number}quartz");
        let staged = archive.stage(content.as_bytes(), Declared::default()).unwrap();
        archive.capture(&self.clerk, capture, vec![staged]).unwrap().record
    }

    pub(super) fn tickets(&mut self, count: usize) -> Vec<RecordId> {
        let records: Vec<RecordId> = (0..count).map(|number| self.ticket(number)).collect();
        let case = self.row(records[0]).case_id.unwrap();
        self.archive().grant(&self.admin, self.counsel.user(), Granted::Case(case)).unwrap();
        self.counsel = again(&self.house, "fa");
        self.catch_up();
        records
    }

    pub(super) fn row(&self, record: RecordId) -> RecordRow {
        self.archive().inner.store.read(|conn| records::get(conn, record)).unwrap().unwrap()
    }

    pub(super) fn catch_up(&self) {
        assert_eq!(self.archive().index_pending(Duration::MAX).unwrap(), 0);
        assert_eq!(self.archive().detect_pending(Duration::MAX).unwrap(), 0);
    }

    pub(super) fn propose(&self, records: &[RecordId]) -> Result<Proposed, Refusal> {
        let what = ToDispose::Records(records.iter().copied().collect());
        self.archive().propose_disposition(&self.asks, &NewDisposition { what, reason: reason() })
    }

    pub(super) fn approve(&self, by: &Caller, id: DispositionId) -> Result<DispositionState, Refusal> {
        self.archive().decide_disposition(by, id, &Decided::Approve { note: None }, None)
    }

    /// Proposed, and approved by all.
    pub(super) fn approved(&self, records: &[RecordId]) -> DispositionId {
        let id = self.propose(records).unwrap().id;
        self.approve(&self.clerk, id).unwrap();
        self.approve(&self.officer, id).unwrap();
        assert_eq!(self.approve(&self.counsel, id).unwrap(), DispositionState::Approved);
        id
    }

    /// Approved, attended, and its cooling-off is over.
    pub(super) fn ready(&mut self, records: &[RecordId]) -> DispositionId {
        let id = self.approved(records);
        self.archive().attend_disposition(&self.witness, id).unwrap();
        self.days_later(4);
        id
    }

    pub(super) fn sealed(&self, id: DispositionId) -> Result<Carried, Refusal> {
        self.archive().seal_disposition(&self.asks, id, Duration::from_secs(600))
    }

    pub(super) fn shredded(&self, id: DispositionId) -> Result<Carried, Refusal> {
        self.archive().shred_disposition(&self.asks, id, Duration::from_secs(600))
    }

    /// The clock goes on while the archive is closed: one that leaps is not believed.
    pub(super) fn days_later(&mut self, days: i64) {
        self.house.wait(days * 86_400);
        self.reopen_after(|| {});
    }

    pub(super) fn reopen_after(&mut self, meanwhile: impl FnOnce()) {
        let (place, options) = (self.house.place.clone(), self.house.options());
        // The lock is given back with the last of it.
        let other = tempfile::tempdir().unwrap();
        let elsewhere = crate::archive::Place::at(&other.path().join("data"), None).unwrap();
        let standing_in = Archive::create(&elsewhere, &crate::archive::open::OpenOptions::default()).unwrap();
        drop(std::mem::replace(&mut self.house.archive, standing_in.archive));
        meanwhile();
        self.house.archive = Archive::open(&place, &options).unwrap();
        self.admin = self.house.administrator_again();
        for (name, caller) in [
            ("li", &mut self.asks),
            ("wu", &mut self.officer),
            ("dang", &mut self.clerk),
            ("fa", &mut self.counsel),
            ("jian", &mut self.witness),
            ("shen", &mut self.auditor),
        ] {
            *caller = self.house.archive.caller_as(&typed(name, PASSWORD)).unwrap();
        }
    }

    pub(super) fn hold(&self, record: RecordId) -> Result<Placed, Refusal> {
        let json = json!({"matter": self.matter.to_string(), "title": "证据保留", "reason": "涉诉",
            "members": {"records": [record.to_string()]}});
        let fields = HoldFields::from_json(&json, Zone::SHANGHAI).map_err(Refusal::Faults)?;
        self.archive().place_hold(&self.counsel, &fields)
    }

    pub(super) fn found(&self, words: &str) -> usize {
        let request = SearchRequest { query: Some(words.to_owned()), limit: 20, ..SearchRequest::default() };
        self.archive().search(&self.officer, &request).unwrap().hits.len()
    }

    pub(super) fn opened(&self, record: RecordId) -> Result<String, Refusal> {
        let request = OpenRequest {
            record,
            entry: None,
            version: None,
            component: 0,
            purpose: "核对".to_owned(),
            form: Form::Content,
        };
        let mut opened = self.archive().open_original(&self.officer, &request)?;
        let mut text = String::new();
        std::io::Read::read_to_string(&mut opened.reader, &mut text).unwrap();
        Ok(text)
    }

    pub(super) fn verified(&self) -> Report {
        let options = VerifyOptions {
            deep: Some(IdentitySource::Default),
            database: self.archive().inner.database.clone(),
            ..VerifyOptions::default()
        };
        verify(&self.house.place, &options, &mut |_| {}).unwrap()
    }

    pub(super) fn is_clean(&self) {
        let report = self.verified();
        assert!(report.is_clean(), "{:?}", report.faults);
    }

    /// What became of each of these records.
    pub(super) fn standings(&self, id: DispositionId, records: &[RecordId]) -> Vec<&'static str> {
        let view = self.archive().disposition(&self.asks, id).unwrap();
        let of = |record: &RecordId| view.items.iter().find(|item| item.record == *record).unwrap().standing;
        records.iter().map(of).collect()
    }
}
