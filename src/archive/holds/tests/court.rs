//! An archive with lawyers on a matter, people who answer for personal data, and logs of which they would erase.

use serde_json::{Value, json};

use crate::access::role::Role;
use crate::access::two_person::{ApprovalRefusal, Verdict};
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::disposition::{Erasure, ErasureRequest};
use crate::archive::holds::{HoldFields, HoldSelectors, Placed, ReleaseRequest};
use crate::archive::matters::tests::fields;
use crate::archive::refusal::Refusal;
use crate::archive::users::tests::{House, a_house};
use crate::archive::{Archive, Caller};
use crate::base::civil::Zone;
use crate::base::id::{ApprovalId, CaseId, HoldId, MatterId, PartyId, RecordId};
use crate::record::erasure::ErasureReason;
use crate::record::feed::EntryFormat;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::matter::{MatterDuty, MatterPerson};
use crate::record::request::{Capture, CaptureDefaults};
use crate::store::rows::{parties, records};

pub(super) const CUSTOMER: &str = "青禾科技有限公司";

pub(super) struct Court {
    pub house: House,
    /// Counsel on the matter, who sees the case too.
    pub counsel: Caller,
    /// Who approves: also on the matter.
    pub partner: Caller,
    /// Legal, and on no matter.
    pub stranger: Caller,
    /// Ask for erasures, and decide on them.
    pub asks: Caller,
    pub decides: Caller,
    pub archivist: Caller,
    pub matter: MatterId,
    pub case: CaseId,
    pub log: RecordId,
}

/// A line of a log.
fn line(number: usize) -> String {
    format!(
        "{{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"售后 zebra{number}quartz\",\
         \"data_category\":\"联系方式\",\"system\":\"CRM{number}\",\"actor\":\"op\",\"count\":1}}\n"
    )
}

impl Court {
    pub(super) fn new() -> Self {
        let house = a_house();
        let admin = house.administrator();
        let asks = house.a_user(&admin, "li", &[Role::PrivacyOfficer]);
        let decides = house.a_user(&admin, "wu", &[Role::PrivacyOfficer]);
        let counsel = house.a_user(&admin, "fa", &[Role::Legal]);
        let partner = house.a_user(&admin, "he", &[Role::Legal]);
        let stranger = house.a_user(&admin, "mo", &[Role::Legal]);
        let archivist = house.a_user(&admin, "an", &[Role::Archivist]);
        let matter = house.archive.open_matter(&counsel, fields("FA-1", &json!({}))).unwrap().id;
        let person = MatterPerson { user: partner.user(), duty: MatterDuty::SubstituteApprover };
        let counsel = again(&house, "fa");
        house.archive.add_matter_person(&counsel, matter, person, None).unwrap();
        let log = a_log(&house.archive, "SC-1", &json!({}), 4);
        let case = row(&house.archive, log).case_id.unwrap();
        for user in [&counsel, &partner] {
            let granted = crate::archive::users::Granted::Case(case);
            house.archive.grant(&admin, user.user(), granted).unwrap();
        }
        let (counsel, partner) = (again(&house, "fa"), again(&house, "he"));
        Self { counsel, partner, stranger, asks, decides, archivist, matter, case, log, house }
    }

    /// Opens the archive again, as a new start does.
    pub(super) fn reopen(&mut self) {
        self.reopen_after(|| {});
    }

    /// The same, once something was done while it was closed.
    pub(super) fn reopen_after(&mut self, meanwhile: impl FnOnce()) {
        let (place, options) = (self.house.place.clone(), self.house.options());
        // The lock is given back with the last of it.
        let other = tempfile::tempdir().unwrap();
        let elsewhere = crate::archive::Place::at(&other.path().join("data"), None).unwrap();
        let standing_in = Archive::create(&elsewhere, &crate::archive::open::OpenOptions::default()).unwrap();
        drop(std::mem::replace(&mut self.house.archive, standing_in.archive));
        meanwhile();
        self.house.archive = Archive::open(&place, &options).unwrap();
        self.counsel = again(&self.house, "fa");
        self.partner = again(&self.house, "he");
        self.stranger = again(&self.house, "mo");
        self.asks = again(&self.house, "li");
        self.decides = again(&self.house, "wu");
        self.archivist = again(&self.house, "an");
    }

    pub(super) fn archive(&self) -> &Archive {
        &self.house.archive
    }

    /// Another log of the same case, unless `more` says otherwise.
    pub(super) fn another_log(&self, case: &str, more: &Value) -> RecordId {
        a_log(self.archive(), case, more, 2)
    }

    pub(super) fn customer(&self) -> PartyId {
        let keys = self.archive().inner.keys();
        let token = crate::archive::parties::name_token(&keys, CUSTOMER).unwrap();
        let found = self.archive().inner.store.read(|conn| parties::by_name(conn, &token));
        found.unwrap().unwrap().id
    }

    /// Places a hold by counsel; `more` goes beside the members.
    pub(super) fn placed(&self, members: Value, more: &Value) -> HoldId {
        self.place(&self.counsel, members, more).unwrap().entered.id
    }

    pub(super) fn place(&self, by: &Caller, members: Value, more: &Value) -> Result<Placed, Refusal> {
        let mut json = json!({"matter": self.matter.to_string(), "title": "证据保留", "reason": "涉诉",
            "members": members});
        for (name, value) in more.as_object().unwrap() {
            json[name] = value.clone();
        }
        let fields = HoldFields::from_json(&json, Zone::SHANGHAI).map_err(Refusal::Faults)?;
        self.archive().place_hold(by, &fields)
    }

    pub(super) fn add(&self, hold: HoldId, members: &Value) -> Result<Placed, Refusal> {
        let members = HoldSelectors::from_json(members).map_err(Refusal::Faults)?;
        self.archive().add_to_hold(&self.counsel, hold, &members, None)
    }

    pub(super) fn release_asked(&self, hold: HoldId) -> Result<ApprovalId, Refusal> {
        let request = ReleaseRequest {
            authority: "(2026) 样例民终 12 号判决书".to_owned(),
            reason: "判决生效，双方已履行".to_owned(),
            approver: None,
        };
        self.archive().request_hold_release(&self.counsel, hold, &request)
    }

    pub(super) fn released(&self, hold: HoldId) {
        let id = self.release_asked(hold).unwrap();
        self.archive().decide_approval(&self.partner, id, Verdict::Approve).unwrap();
        self.archive().release_hold(&self.counsel, hold, Some(id)).unwrap();
    }

    pub(super) fn request(&self, log: RecordId, entries: &[u64]) -> ErasureRequest {
        let entries = entries.iter().copied().collect();
        ErasureRequest { record: log, entries, reason: ErasureReason::DataSubjectRequest }
    }

    /// Two agree to erase entries of a log.
    pub(super) fn approved(&self, log: RecordId, entries: &[u64]) -> ApprovalId {
        let request = self.request(log, entries);
        let id =
            self.archive().request_erasure_approval(&self.asks, &request, ("来函要求删除", None)).unwrap();
        // Asked for again while it may be used, it is the same request.
        match self.archive().decide_approval(&self.decides, id, Verdict::Approve) {
            Ok(()) | Err(Refusal::Approval(ApprovalRefusal::AlreadyDecided)) => id,
            Err(other) => panic!("{other}"),
        }
    }

    pub(super) fn erase(&self, log: RecordId, entries: &[u64]) -> Result<Erasure, Refusal> {
        let id = self.approved(log, entries);
        self.archive().erase_entries(&self.asks, &self.request(log, entries), Some(id))
    }
}

pub(super) fn again(house: &House, name: &str) -> Caller {
    use crate::archive::users::tests::{PASSWORD, typed};
    house.archive.caller_as(&typed(name, PASSWORD)).unwrap()
}

pub(super) fn row(archive: &Archive, record: RecordId) -> records::RecordRow {
    archive.inner.store.read(|conn| records::get(conn, record)).unwrap().unwrap()
}

/// A bulk log of some entries.
pub(super) fn a_log(archive: &Archive, case: &str, more: &Value, entries: usize) -> RecordId {
    let defaults = CaptureDefaults {
        jurisdiction: Jurisdiction::china(),
        zone: Zone::SHANGHAI,
        now: archive.inner.now(),
        content_comes_apart: true,
    };
    let mut json = json!({"kind": "processing_log", "case": case, "occurred": "2026-03-01", "title": "日志",
        "parties": [{"role": "customer", "name": CUSTOMER}]});
    for (name, value) in more.as_object().unwrap() {
        json[name] = value.clone();
    }
    let capture = Capture::from_json(&json, &defaults).unwrap();
    let lines: String = (0..entries).map(line).collect();
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let operator = archive.local_operator().unwrap();
    archive.capture_entries(&operator, capture, options, &mut lines.as_bytes()).unwrap().segments[0].record
}
