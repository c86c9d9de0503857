//! An archive with everything that the use cases of the table act upon, twice.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::json;

use crate::access::role::{Role, Roles};
use crate::access::session::RequestKind;
use crate::access::token::TokenScopes;
use crate::access::two_person::TwoPersonAction;
use crate::archive::acting::{Came, Found};
use crate::archive::approvals::ApprovalRequest;
use crate::archive::cases::tests as cases;
use crate::archive::exports::{ExportRequest, Selection};
use crate::archive::holds::{HoldFields, NewNotice};
use crate::archive::matters::tests::fields;
use crate::archive::policies::tests as policies;
use crate::archive::refusal::Refusal;
use crate::archive::tests::Scratch;
use crate::archive::uploads::{NewUpload, Receiving, Reception};
use crate::archive::users::Reset;
use crate::archive::users::{NewAccount, insert};
use crate::archive::{Archive, Caller};
use crate::base::civil::Zone;
use crate::base::digest::Digest;
use crate::base::entropy::SystemEntropy;
use crate::base::id::{
    ApprovalId, EventId, ExportId, HoldId, HoldNoticeId, JobId, MatterId, RecordId, TokenId, UploadId, UserId,
};
use crate::ledger::entry::Actor;
use crate::record::names::{FileName, MediaType};

/// Which time it is that the table is walked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    First,
    Second,
}

/// In whose name a use case runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// The local operator, who captures, leads cases and matters, and exports.
    Operator,
    /// An administrator.
    Clerk,
    /// A privacy officer, who drafts policies.
    Privacy,
}

pub(in crate::archive) struct World {
    pub scratch: Scratch,
    /// An administrator who stays.
    pub keeper: Caller,
    pub operator: Caller,
    pub clerk: Caller,
    /// A privacy officer, who drafts policies.
    pub privacy: Caller,
    pub records: Vec<RecordId>,
    pub matters: Vec<MatterId>,
    pub holds: Vec<HoldId>,
    pub notices: Vec<HoldNoticeId>,
    pub events: Vec<EventId>,
    pub people: Vec<UserId>,
    pub waiting: Vec<UploadId>,
    pub receiving: RefCell<Vec<Receiving>>,
    pub export: ExportId,
    pub jobs: Vec<JobId>,
    pub asked: Vec<ApprovalId>,
    pub own_requests: Vec<ApprovalId>,
    pub tokens: Vec<TokenId>,
    /// The secret of the second factor that was begun.
    pub secret: RefCell<String>,
}

pub(super) const CASE: &str = "SC-1";
pub(super) const OLD: &str = "violet-harbour-lantern";

pub(super) fn announced(content: &[u8]) -> NewUpload {
    NewUpload {
        name: FileName::parse("录像.mp4").unwrap(),
        media_type: MediaType::parse("video/mp4").unwrap(),
        bytes: content.len() as u64,
        digest: None,
    }
}

pub(in crate::archive) fn an_export() -> ExportRequest {
    ExportRequest {
        selection: Selection::Case(cases::named(CASE)),
        purpose: "合同纠纷举证".to_owned(),
        organization: "示例服务有限公司".to_owned(),
        description: None,
        approval: None,
        key: None,
    }
}

pub(super) fn a_reset_of(user: UserId) -> ApprovalRequest {
    ApprovalRequest {
        action: TwoPersonAction::ResetCredentials,
        subject: user.to_string(),
        parameters: Reset::SecondFactor.to_parameters(),
        reason: "lost the telephone".to_owned(),
        approver: None,
    }
}

impl Round {
    /// What was laid out for this round.
    pub(super) fn of<T: Copy>(self, both: &[T]) -> T {
        if self == Self::First { both[0] } else { both[1] }
    }

    pub(super) fn number(self) -> u32 {
        if self == Self::First { 1 } else { 2 }
    }
}

impl World {
    pub(super) fn new() -> Self {
        let scratch = cases::scratch();
        let archive = &scratch.archive;
        let operator = archive.local_operator().unwrap();
        let keeper = in_person(archive, a_person(archive, "keeper", Role::Administrator, None));
        let clerk = in_person(archive, a_person(archive, "clerk", Role::Administrator, Some(OLD)));
        let privacy = in_person(archive, a_person(archive, "privacy", Role::PrivacyOfficer, None));
        let people = ["an", "bo", "ci", "di"].map(|name| a_person(archive, name, Role::Auditor, None));
        let ticket = json!({"kind": "ticket", "case": CASE, "occurred": "2026-03-01", "title": "断网",
            "parties": [{"role": "customer", "name": "青禾科技有限公司"}]});
        let records = [1, 2].map(|_| scratch.take(ticket.clone()).record);
        scratch.take(json!({"kind": "delivery_confirmation", "case": CASE, "occurred": "2026-05-10",
            "title": "交付", "fields": {"delivered_on": "2026-05-10"}}));
        let events = ["2026-03-01T09:00", "2026-03-01T10:00"]
            .map(|at| scratch.event(CASE, "escalated", at).unwrap().id);
        let matters = ["FA-1", "FA-2"]
            .map(|reference| archive.open_matter(&operator, fields(reference, &json!({}))).unwrap().id);
        let hold = json!({"matter": matters[0].to_string(), "title": "保留", "reason": "涉诉",
            "members": {"records": [records[0].to_string()]}});
        let hold = HoldFields::from_json(&hold, Zone::SHANGHAI).unwrap();
        let hold = archive.place_hold(&operator, &hold).unwrap().entered.id;
        let notice = NewNotice { text: "请勿删除。".to_owned(), to: vec![operator.user()] };
        let notices = [1, 2].map(|_| archive.notice_hold(&operator, hold, &notice).unwrap());
        for version in 11..=16 {
            archive.import_policy(&privacy, &policies::text(version, "P3Y")).unwrap();
        }
        for version in [15, 16] {
            archive.submit_policy(&privacy, (&policies::house(), version), None).unwrap();
        }
        let waiting = [1, 2].map(|_| archive.begin_upload(&operator, announced(b"x"), None).unwrap().id);
        let receiving = [1, 2].map(|_| {
            let id = archive.begin_upload(&operator, announced(b"content"), None).unwrap().id;
            match archive.receive_upload(&operator, id, Digest::of(b"content"), None).unwrap() {
                Reception::Send(receiving) => receiving,
                Reception::Here(_) => panic!("nothing was here"),
            }
        });
        let export = archive.begin_export(&operator, &an_export()).unwrap().id;
        assert!(archive.work_on_next(3_600, &|| false).unwrap());
        let jobs = [1, 2].map(|_| archive.begin_verify(&clerk, false).unwrap().id);
        let asked = [0, 1].map(|n| archive.request_approval(&keeper, &a_reset_of(people[n])).unwrap());
        let own = [0, 1].map(|n| archive.request_approval(&clerk, &a_reset_of(people[n])).unwrap());
        let scopes = TokenScopes::parse("record:create").unwrap();
        let tokens = [1, 2].map(|_| {
            let new = crate::archive::users::NewToken { scopes: scopes.clone(), expires_at: None };
            archive.create_token(&clerk, &new).unwrap().id
        });
        Self {
            keeper,
            operator,
            clerk,
            privacy,
            records: records.to_vec(),
            matters: matters.to_vec(),
            holds: vec![hold],
            notices: notices.to_vec(),
            events: events.to_vec(),
            people: people.to_vec(),
            waiting: waiting.to_vec(),
            receiving: RefCell::new(receiving.into_iter().collect()),
            export,
            jobs: jobs.to_vec(),
            asked: asked.to_vec(),
            own_requests: own.to_vec(),
            tokens: tokens.to_vec(),
            secret: RefCell::new(String::new()),
            scratch,
        }
    }

    pub(super) fn archive(&self) -> &Archive {
        &self.scratch.archive
    }

    /// Somebody who is let in now.
    pub(super) fn live(&self, who: Who) -> Caller {
        match who {
            Who::Operator => self.archive().local_operator().unwrap(),
            Who::Clerk => in_person(self.archive(), self.clerk.user()),
            Who::Privacy => in_person(self.archive(), self.privacy.user()),
        }
    }

    /// How many uploads stand complete, and how many in all.
    pub(super) fn uploads(&self) -> Vec<(UploadId, &'static str)> {
        let rows = self
            .archive()
            .inner
            .store
            .read(|conn| crate::store::rows::uploads::page(conn, self.operator.user(), None, 100));
        rows.unwrap().into_iter().map(|row| (row.id, row.state.as_str())).collect()
    }
}

/// Somebody who showed name and password for one command.
pub(in crate::archive) fn in_person(archive: &Archive, user: UserId) -> Caller {
    let inner = &archive.inner;
    let caller = inner.vouched(|conn| {
        let Found { caller, claims, .. } =
            inner.find_caller(conn, Came::InPerson(user), RequestKind::Deliberate)?;
        Ok((caller, claims))
    });
    caller.unwrap()
}

/// A user of the archive.
pub(in crate::archive) fn a_person(
    archive: &Archive,
    name: &str,
    role: Role,
    password: Option<&str>,
) -> UserId {
    let inner = Arc::clone(&archive.inner);
    let id = UserId::generate(inner.now(), &SystemEntropy);
    let account = NewAccount {
        id,
        name: name.to_owned(),
        roles: Roles::parse([role]).unwrap(),
        password: password.map(|password| inner.hash_password(password, name).unwrap()),
        must_change_password: false,
        countersign: None,
    };
    let written =
        archive.inner.store.write(move |tx| insert(&inner, &inner.keys(), tx, Actor::System, &account));
    written.map_err(Refusal::from).unwrap();
    id
}
