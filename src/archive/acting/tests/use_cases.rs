//! Every use case that writes for a caller. A new one has to be added here.

use serde_json::json;

use super::world::{CASE, OLD, Round, Who, World, a_reset_of, an_export, announced};
use crate::access::role::{Role, Roles};
use crate::access::token::TokenScopes;
use crate::access::two_person::Verdict;
use crate::archive::Caller;
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::cases::tests::{named, now};
use crate::archive::cases::{CaseChange, Explain, GapLine, NewEvent, Reason};
use crate::archive::events::{EventChange, EventChangeKind, NewRetentionEvent};
use crate::archive::holds::{HoldFields, HoldSelectors, NewNotice};
use crate::archive::keys::Replace;
use crate::archive::matters::tests::fields;
use crate::archive::policies::NewReview;
use crate::archive::policies::tests::{a_review, house, text};
use crate::archive::records::{Form, KeepRequest, OpenRequest, RenditionRequest};
use crate::archive::refusal::Refusal;
use crate::archive::search::{SearchFilters, SearchRequest, SubjectLookup};
use crate::archive::stage::Declared;
use crate::archive::users::tests::code_at;
use crate::archive::users::{Granted, NewToken, NewUser, PasswordChange, Reset, UserName};
use crate::base::civil::{CivilDate, Zone};
use crate::base::wanted::Wanted;
use crate::record::case::OpenCase;
use crate::record::feed::EntryFormat;
use crate::record::matter::{MatterDuty, MatterPerson, MatterState};
use crate::redaction::subject::AskedFor;

type Run = fn(&World, &Caller, Round) -> Result<(), Refusal>;

pub(super) struct UseCase {
    /// The file under `src/archive` that writes.
    pub file: &'static str,
    pub name: &'static str,
    pub who: Who,
    pub run: Run,
}

const fn operator(file: &'static str, name: &'static str, run: Run) -> UseCase {
    UseCase { file, name, who: Who::Operator, run }
}

const fn privacy(file: &'static str, name: &'static str, run: Run) -> UseCase {
    UseCase { file, name, who: Who::Privacy, run }
}

const fn clerk(file: &'static str, name: &'static str, run: Run) -> UseCase {
    UseCase { file, name, who: Who::Clerk, run }
}

/// Writes that are made for a caller, but not in the middle of a request; how many, and why.
pub(super) const ASKED_OTHERWISE: &[(&str, usize, &str)] = &[
    ("confirm_clock.rs", 1, "takes two persons and a clock that is not believed: confirm_clock.rs"),
    ("disposition/erase.rs", 2, "takes two persons and a log: disposition/tests.rs"),
    (
        "disposition/batch/decide.rs",
        3,
        "takes a policy, people who review and what is due: disposition/batch/tests",
    ),
    ("disposition/batch/end.rs", 1, "only of what several approved: disposition/batch/tests"),
    ("disposition/batch/execute.rs", 1, "only of what several approved: disposition/batch/tests"),
    ("disposition/batch/propose.rs", 1, "takes what is due: disposition/batch/tests"),
    ("disposition/batch/restore.rs", 1, "only of what is sealed: disposition/batch/tests"),
    ("disposition/batch/seal.rs", 1, "only of what several approved: disposition/batch/tests"),
    ("disposition/batch/shred.rs", 1, "only of what several approved: disposition/batch/tests"),
    ("records/page_picture.rs", 1, "takes a PDF and a process that reads it: tests/it/document.rs"),
    ("exports/finish.rs", 1, "the end of a job: jobs/orderer_tests.rs"),
    ("holds/release.rs", 1, "takes two persons: holds/tests/mod.rs"),
    ("jobs/simulate.rs", 1, "the end of a job: retention/tests.rs"),
    ("jobs/verify.rs", 1, "the end of a job: jobs/orderer_tests.rs"),
    ("policies/acknowledge.rs", 1, "only of what two persons published: policies/tests.rs"),
    ("policies/evaluate.rs", 1, "only of what two persons published: policies/tests.rs"),
    ("policies/suggest.rs", 2, "read by everybody, decided by who may change it: policies/tests.rs"),
    ("policies/publish.rs", 1, "takes two persons and a simulation: policies/tests.rs"),
    ("policies/retire.rs", 1, "takes two persons: policies/tests.rs"),
    ("policies/rebase.rs", 1, "takes two persons and a simulation: policies/tests.rs"),
    ("keys/recover.rs", 1, "in an archive that is opened for this one command, with the recovery identity"),
];

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
    "components": [{"name": "a.txt"}]}"#;
const LOG: &str = r#"{"kind": "processing_log", "case": "SC-1", "occurred": "2026-03-01", "title": "日志"}"#;
const LINE: &str = "{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"售后\",\
    \"data_category\":\"联系方式\",\"system\":\"CRM\",\"actor\":\"op\",\"count\":1}\n";

pub(super) const USE_CASES: &[UseCase] = &[
    operator("capture.rs", "capture", |w, caller, _| {
        let staged = w.archive().stage(b"x", Declared::default())?;
        w.archive().capture(caller, w.scratch.request(TICKET), vec![staged]).map(|_| ())
    }),
    operator("capture.rs", "amend", |w, caller, round| {
        let staged = w.archive().stage(b"y", Declared::default())?;
        let capture = w.scratch.request(TICKET);
        w.archive().amend(caller, round.of(&w.records), capture, vec![staged], None).map(|_| ())
    }),
    operator("bulk.rs", "capture_entries", |w, caller, _| {
        let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
        let capture = w.scratch.request(LOG);
        w.archive().capture_entries(caller, capture, options, &mut LINE.as_bytes()).map(|_| ())
    }),
    operator("cases/open.rs", "open_case", |w, caller, round| {
        let json = json!({"reference": format!("SC-N{}", round.number()), "title": "新"});
        let case = OpenCase::from_json(&json, Zone::SHANGHAI, now()).unwrap();
        w.archive().open_case(caller, case).map(|_| ())
    }),
    operator("cases/change.rs", "change_case", |w, caller, round| {
        let change = CaseChange::from_json(&json!({"title": format!("改{}", round.number())})).unwrap();
        w.archive().change_case(caller, &named(CASE), change, None).map(|_| ())
    }),
    operator("cases/add_event.rs", "add_case_event", |w, caller, _| {
        let json = json!({"kind": "first_response", "at": "2026-03-01T09:30"});
        let event = NewEvent::from_json(&json, Zone::SHANGHAI, now()).unwrap();
        w.archive().add_case_event(caller, &named(CASE), event).map(|_| ())
    }),
    operator("cases/cancel_event.rs", "cancel_case_event", |w, caller, round| {
        let reason = Reason::parse("记错了").unwrap();
        w.archive().cancel_case_event(caller, &named(CASE), round.of(&w.events), &reason).map(|_| ())
    }),
    operator("cases/explain.rs", "explain_gap", |w, caller, _| {
        let words = Reason::parse("书面确认在途").unwrap();
        let view = w.archive().case(&w.operator, &named(CASE))?;
        let is_alone = |one: &&GapLine| {
            view.gaps
                .iter()
                .filter(|gap| gap.shown.key == one.shown.key && gap.shown.record == one.shown.record)
                .count()
                == 1
        };
        let gap = view.gaps.iter().find(is_alone).unwrap();
        let explain = Explain { key: gap.shown.key.clone(), record: gap.shown.record, about: None, words };
        w.archive().explain_gap(caller, &named(CASE), explain).map(|_| ())
    }),
    privacy("policies/draft.rs", "import_policy", |w, caller, round| {
        w.archive().import_policy(caller, &text(20 + round.number(), "P3Y")).map(|_| ())
    }),
    privacy("policies/draft.rs", "replace_policy_version", |w, caller, round| {
        let number = round.of(&[11, 12]);
        let source = text(number, "P4Y");
        w.archive().replace_policy_version(caller, (&house(), number), &source, None).map(|_| ())
    }),
    privacy("policies/submit.rs", "submit_policy", |w, caller, round| {
        w.archive().submit_policy(caller, (&house(), round.of(&[13, 14])), None).map(|_| ())
    }),
    privacy("policies/review.rs", "review_policy", |w, caller, round| {
        let review = NewReview::from_json(&a_review("keep", "2026-03-01"), now()).unwrap();
        w.archive().review_policy(caller, (&house(), round.of(&[15, 16])), review, None).map(|_| ())
    }),
    operator("events/record.rs", "record_events", |w, caller, _| {
        let event = json!({"type": "relationship_ended", "keys": {"case": CASE}, "on": "2026-03-01", "reason": "补登"});
        let event = NewRetentionEvent::from_json(&event, Zone::SHANGHAI, now()).unwrap();
        w.archive().record_event(caller, &event).map(|_| ())
    }),
    operator("events/change.rs", "change_event", |w, caller, _| {
        let event = json!({"type": "relationship_ended", "keys": {"case": CASE}, "on": "2026-03-01", "reason": "补登"});
        let event = NewRetentionEvent::from_json(&event, Zone::SHANGHAI, now()).unwrap();
        let (event, _) = w.archive().record_event(&w.operator, &event)?;
        let reason = Reason::parse("记错了").unwrap();
        let kind = EventChangeKind::Correct { on: CivilDate::parse("2026-03-02").unwrap(), zone: None };
        w.archive().change_event(caller, &EventChange { event: event.id, kind, reason }, None).map(|_| ())
    }),
    privacy("jobs/simulate.rs", "begin_version_simulation", |w, caller, round| {
        let version = (&house(), round.of(&[11, 12]), None);
        w.archive().begin_version_simulation(caller, version, None).map(|_| ())
    }),
    operator("jobs/simulate.rs", "begin_simulation", |w, caller, _| {
        let policy = crate::policy::shipped_text("cn-general").unwrap();
        w.archive().begin_simulation(caller, policy, None).map(|_| ())
    }),
    operator("matters/open.rs", "open_matter", |w, caller, round| {
        let reference = format!("FA-N{}", round.number());
        w.archive().open_matter(caller, fields(&reference, &json!({}))).map(|_| ())
    }),
    operator("matters/change.rs", "change_matter", |w, caller, round| {
        let reference = format!("FA-{}", round.number());
        let fields = fields(&reference, &json!({"title": "二审"}));
        w.archive().change_matter(caller, round.of(&w.matters), fields, None).map(|_| ())
    }),
    operator("matters/change.rs", "set_matter_state", |w, caller, round| {
        w.archive().set_matter_state(caller, round.of(&w.matters), MatterState::Closed, None).map(|_| ())
    }),
    operator("matters/people.rs", "add_matter_person", |w, caller, round| {
        let person = MatterPerson { user: w.people[2], duty: MatterDuty::Counsel };
        w.archive().add_matter_person(caller, round.of(&w.matters), person, None).map(|_| ())
    }),
    operator("holds/place.rs", "place_hold", |w, caller, round| {
        let json = json!({"matter": round.of(&w.matters).to_string(), "title": "保留", "reason": "涉诉",
            "members": {"records": [round.of(&w.records).to_string()]}});
        let fields = HoldFields::from_json(&json, Zone::SHANGHAI).unwrap();
        w.archive().place_hold(caller, &fields).map(|_| ())
    }),
    operator("holds/place.rs", "add_to_hold", |w, caller, round| {
        let more =
            HoldSelectors::from_json(&json!({"categories": [format!("cn.{}", round.number())]})).unwrap();
        w.archive().add_to_hold(caller, w.holds[0], &more, None).map(|_| ())
    }),
    operator("holds/review.rs", "review_hold_by", |w, caller, round| {
        let by = CivilDate::parse(&format!("2999-01-0{}", round.number())).ok();
        w.archive().review_hold_by(caller, w.holds[0], by, None).map(|_| ())
    }),
    operator("holds/notice.rs", "notice_hold", |w, caller, _| {
        let notice = NewNotice { text: "请勿删除。".to_owned(), to: vec![w.keeper.user()] };
        w.archive().notice_hold(caller, w.holds[0], &notice).map(|_| ())
    }),
    operator("holds/notice.rs", "acknowledge_hold", |w, caller, round| {
        w.archive().acknowledge_hold(caller, round.of(&w.notices)).map(|_| ())
    }),
    operator("records/original.rs", "open_original", |w, caller, round| {
        let request = OpenRequest {
            record: round.of(&w.records),
            entry: None,
            version: None,
            component: 0,
            purpose: "核对".to_owned(),
            form: Form::Content,
        };
        w.archive().open_original(caller, &request).map(|_| ())
    }),
    operator("records/rendition.rs", "redacted_rendition", |w, caller, round| {
        let (record, profile) = (round.of(&w.records), None);
        let request = RenditionRequest {
            record,
            entry: None,
            version: None,
            component: 0,
            profile,
            looked_at: Vec::new(),
        };
        w.archive().redacted_rendition(caller, &request).map(|_| ())
    }),
    operator("records/keep.rs", "keep_redacted", |w, caller, round| {
        let (record, profile) = (round.of(&w.records), None);
        let of = RenditionRequest {
            record,
            entry: None,
            version: None,
            component: 0,
            profile,
            looked_at: Vec::new(),
        };
        let request = KeepRequest { of, slip: false, defaults: w.scratch.defaults() };
        w.archive().keep_redacted(caller, &request).map(|_| ())
    }),
    operator("search/mod.rs", "search", |w, caller, _| {
        let request =
            SearchRequest { query: Some("断网".to_owned()), limit: 5, ..SearchRequest::default() };
        w.archive().search(caller, &request).map(|_| ())
    }),
    operator("search/mod.rs", "look_up_subject", |w, caller, _| {
        let asked = AskedFor::parse("13800138000", None).ok().unwrap();
        let request = SubjectLookup {
            asked,
            filters: SearchFilters::default(),
            cursor: None,
            limit: 5,
            wanted: Wanted::default(),
        };
        w.archive().look_up_subject(caller, &request).map(|_| ())
    }),
    operator("exports/begin.rs", "begin_export", |w, caller, _| {
        w.archive().begin_export(caller, &an_export()).map(|_| ())
    }),
    operator("exports/deliver.rs", "deliver_export", |w, caller, _| {
        w.archive().deliver_export(caller, w.export, true).map(|_| ())
    }),
    operator("uploads/begin.rs", "begin_upload", |w, caller, _| {
        w.archive().begin_upload(caller, announced(b"z"), None).map(|_| ())
    }),
    operator("uploads/receive.rs", "receive_upload", |w, _, _| {
        let mut receiving = w.receiving.borrow_mut().pop().unwrap();
        receiving.write(b"content")?;
        receiving.finish().map(|_| ())
    }),
    operator("uploads/give_up.rs", "give_up_upload", |w, caller, round| {
        w.archive().give_up_upload(caller, round.of(&w.waiting))
    }),
    operator("indexing/upkeep.rs", "rebuild_index", |w, caller, _| {
        w.archive().rebuild_index(caller, &mut |_| {})
    }),
    operator("jobs/keys.rs", "begin_rotation", |w, caller, _| {
        w.archive().begin_rotation(caller, Replace::Service).map(|_| ())
    }),
    clerk("jobs/verify.rs", "begin_verify", |w, caller, _| {
        w.archive().begin_verify(caller, false).map(|_| ())
    }),
    clerk("jobs/cancel.rs", "cancel_job", |w, caller, round| {
        w.archive().cancel_job(caller, round.of(&w.jobs)).map(|_| ())
    }),
    clerk("approvals/request.rs", "request_approval", |w, caller, _| {
        w.archive().request_approval(caller, &a_reset_of(w.people[3])).map(|_| ())
    }),
    clerk("approvals/decide.rs", "decide_approval", |w, caller, round| {
        w.archive().decide_approval(caller, round.of(&w.asked), Verdict::Approve)
    }),
    clerk("approvals/decide.rs", "cancel_approval", |w, caller, round| {
        w.archive().cancel_approval(caller, round.of(&w.own_requests))
    }),
    clerk("users/create.rs", "create_user", |w, caller, round| {
        let name = UserName::parse(&format!("new-{}", round.number())).unwrap();
        let new = NewUser { name, roles: Roles::parse([Role::Archivist]).unwrap() };
        w.archive().create_user(caller, &new).map(|_| ())
    }),
    clerk("users/leaver.rs", "remove_user", |w, caller, _| {
        w.archive().remove_user(caller, w.people[0], None)
    }),
    clerk("users/reset.rs", "reset_credentials", |w, caller, _| {
        w.archive().reset_credentials(caller, w.people[0], Reset::SecondFactor, None).map(|_| ())
    }),
    clerk("users/roles.rs", "change_roles", |w, caller, round| {
        let role = round.of(&[Role::Archivist, Role::Service]);
        w.archive().change_roles(caller, w.people[1], &Roles::parse([role]).unwrap(), None)
    }),
    clerk("users/grants.rs", "grant", |w, caller, round| {
        w.archive().grant(caller, w.people[1], Granted::Matter(round.of(&w.matters)))
    }),
    clerk("users/state.rs", "disable_user", |w, caller, round| {
        w.archive().disable_user(caller, round.of(&w.people[2..4]))
    }),
    clerk("users/token.rs", "create_token", |w, caller, _| {
        let scopes = TokenScopes::parse("record:create").unwrap();
        w.archive().create_token(caller, &NewToken { scopes, expires_at: None }).map(|_| ())
    }),
    clerk("users/token.rs", "revoke_token", |w, caller, round| {
        w.archive().revoke_token(caller, round.of(&w.tokens))
    }),
    clerk("users/session.rs", "log_out", |w, caller, round| {
        // As if this person had come in by a session: one that nobody has any more, and one that ended.
        let token = crate::base::digest::Digest::of(&[round.number() as u8]);
        w.archive().log_out(&Caller { session: Some(token), ..caller.clone() }).or_else(|refusal| {
            // The first time there is nothing to end, which is found out inside.
            if round == Round::First { Ok(()) } else { Err(refusal) }
        })
    }),
    clerk("users/password.rs", "change_own_password", |w, caller, round| {
        let (old, new) = round.of(&[(OLD, "orchard-lantern-violet-9"), ("orchard-lantern-violet-9", OLD)]);
        w.archive().change_own_password(caller, PasswordChange { old, new })
    }),
    clerk("users/second_factor.rs", "enrol_second_factor", |w, caller, round| {
        let new = w.archive().enrol_second_factor(caller)?;
        if round == Round::First {
            w.secret.replace(new.secret.expose_text().unwrap().to_owned());
        }
        Ok(())
    }),
    clerk("users/second_factor.rs", "confirm_second_factor", |w, caller, round| {
        if round == Round::First {
            // Who has one shows it from then on; the others of the table do not.
            return Ok(());
        }
        w.archive().confirm_second_factor(caller, &code_at(&w.secret.borrow(), now()))
    }),
    clerk("users/second_factor.rs", "remove_second_factor", |w, caller, _| {
        w.archive().remove_second_factor(caller)
    }),
];
