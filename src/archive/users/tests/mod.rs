mod log_in;
mod people;
mod refusals;
mod second_factor;

use std::sync::Arc;

use serde_json::Value;

use super::roles::appointment;
use super::*;
use crate::access::role::{Role, Roles};
use crate::access::session::{IDLE_SECONDS, RequestKind};
use crate::access::throttle::WAIT_SECONDS_MAX;
use crate::access::token::TokenScopes;
use crate::access::two_person::{TwoPersonAction, Verdict};
use crate::archive::approvals::ApprovalRequest;
use crate::archive::open::{Created, OpenOptions};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::stage::Declared;
use crate::archive::{Archive, Caller, Place};
use crate::base::civil::Zone;
use crate::base::id::{ApprovalId, CaseId, UserId};
use crate::base::moment::{Clock as _, FixedClock, Moment};
use crate::ledger::entry::{Entry, EntryKind, decode};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::{Capture, CaptureDefaults, read_json};
use crate::store::rows::ledger;

pub(in crate::archive) const PASSWORD: &str = "violet-harbour-lantern";
const START: Moment = Moment::from_micros(1_800_000_000_000_000);

/// A new archive with a clock that the test moves.
pub(in crate::archive) struct House {
    _folder: tempfile::TempDir,
    pub place: Place,
    options: OpenOptions,
    clock: Arc<FixedClock>,
    pub archive: Archive,
    password: String,
    token: String,
}

pub(in crate::archive) fn a_house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let clock = Arc::new(FixedClock::at(START));
    let options = OpenOptions { clock: Arc::clone(&clock) as _, ..OpenOptions::default() };
    let Created { archive, administrator, archivist, .. } = Archive::create(&place, &options).unwrap();
    let text = |secret: &crate::base::secret::SecretBytes| secret.expose_text().unwrap().to_owned();
    let (password, token) = (text(&administrator.1), text(&archivist.1));
    House { _folder: folder, place, options, clock, archive, password, token }
}

pub(in crate::archive) fn typed<'a>(name: &'a str, password: &'a str) -> LogIn<'a> {
    LogIn { name, password, code: None, label: SessionLabel::COMMAND_LINE, source: None }
}

fn text_of(session: &Session) -> &str {
    session.secret.expose_text().unwrap()
}

/// The code that an authenticator with this secret shows.
pub(in crate::archive) fn code_at(secret: &str, now: Moment) -> String {
    let bytes = crate::access::base32::decode(secret).unwrap();
    let step = now.micros() / 30_000_000;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = ring::hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

impl House {
    pub fn wait(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus_seconds(seconds));
        // Time passes here, and is no leap of the clock.
        self.archive.inner.clock_guard.passed(seconds);
    }

    pub fn entries(&self, kind: EntryKind) -> Vec<Entry> {
        let rows = self.archive.inner.store.read(|conn| ledger::entries_from(conn, 0, 1000)).unwrap();
        let entries = rows.into_iter().map(|row| decode(&row.body).unwrap());
        entries.filter(|entry| entry.kind == kind).collect()
    }

    /// How its archive is opened again.
    pub fn options(&self) -> OpenOptions {
        self.options.clone()
    }

    /// The administrator, with a password of the own.
    pub fn administrator(&self) -> Caller {
        let first = self.archive.caller_as(&typed("admin", &self.password)).unwrap();
        let change = PasswordChange { old: &self.password, new: PASSWORD };
        self.archive.change_own_password(&first, change).unwrap();
        self.archive.caller_as(&typed("admin", PASSWORD)).unwrap()
    }

    /// The administrator once more.
    pub fn administrator_again(&self) -> Caller {
        self.archive.caller_as(&typed("admin", PASSWORD)).unwrap()
    }

    /// A user made by the administrator, who has changed the password.
    pub fn a_user(&self, administrator: &Caller, name: &str, roles: &[Role]) -> Caller {
        let new = NewUser {
            name: UserName::parse(name).unwrap(),
            roles: Roles::parse(roles.iter().copied()).unwrap(),
        };
        let created = self.archive.create_user(administrator, &new).unwrap();
        let password = created.password.expose_text().unwrap();
        let first = self.archive.caller_as(&typed(name, password)).unwrap();
        self.archive.change_own_password(&first, PasswordChange { old: password, new: PASSWORD }).unwrap();
        self.archive.caller_as(&typed(name, PASSWORD)).unwrap()
    }

    /// The approval by `decides` of what `asks` wants to make of a user.
    pub fn appointed(&self, decides: &Caller, asks: &Caller, user: UserId, roles: &Roles) -> ApprovalId {
        let request = ApprovalRequest {
            action: TwoPersonAction::Appoint,
            subject: user.to_string(),
            parameters: appointment(roles),
            reason: "takes over from the colleague who left".to_owned(),
            approver: None,
        };
        let id = self.archive.request_approval(asks, &request).unwrap();
        self.archive.decide_approval(decides, id, Verdict::Approve).unwrap();
        id
    }

    /// A case that a capture opened.
    pub fn a_case(&self) -> CaseId {
        let defaults = CaptureDefaults {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            now: self.clock.now(),
            content_comes_apart: true,
        };
        let json = br#"{"kind": "authorization", "case": "SC-1", "occurred": "2026-03-01",
            "components": [{"name": "a.txt"}]}"#;
        let capture = Capture::from_json(&read_json(json).unwrap(), &defaults).unwrap();
        let staged = self.archive.stage(b"x", Declared::default()).unwrap();
        let operator = self.archive.local_operator().unwrap();
        self.archive.capture(&operator, capture, vec![staged]).unwrap().case.unwrap()
    }

    /// The code that the user's authenticator shows now.
    fn code(&self, secret: &str) -> String {
        code_at(secret, self.clock.now())
    }

    /// The caller's second factor, enrolled and confirmed; its secret.
    pub fn enrolled(&self, caller: &Caller) -> String {
        let new = self.archive.enrol_second_factor(caller).unwrap();
        let secret = new.secret.expose_text().unwrap().to_owned();
        self.archive.confirm_second_factor(caller, &self.code(&secret)).unwrap();
        secret
    }

    pub fn fact(&self, kind: EntryKind, name: &str) -> Vec<Value> {
        self.entries(kind).into_iter().map(|entry| entry.facts.get(name).cloned().unwrap()).collect()
    }
}
