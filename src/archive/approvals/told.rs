//! What a request is about, in the words that its reader may read anyway: opaque ids say nothing to who
//! is to answer for a step.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::role::Roles;
use crate::access::scope::Level;
use crate::access::two_person::{Approval, ApprovalState};
use crate::base::id::{CaseId, HoldId, MatterId, PolicyVersionId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::store::Conn;
use crate::store::rows::{cases, matters, policies, records};

use crate::archive::bound::Bound;
use crate::archive::cells::PROFILE;
use crate::archive::last_words::{Claim, UserRows};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::Restrictions;
use crate::archive::users::{UserProfile, sees_names};
use crate::archive::{Archive, Caller, caller, cases as case_use, holds as hold_use, matters as matter_use};

/// What a request is about, told to its reader.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What the step is to be done to; `None` if there is no such thing any more.
    pub subject: Option<Subject>,
    /// The log-in name of who asks, for those who see names.
    pub requested_by: Option<String>,
    /// The log-in name of who decided it, likewise; `None` while nobody has.
    pub decided_by: Option<String>,
}

/// What a step is to be done to.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    /// What sort of thing.
    pub thing: Thing,
    /// A reference, a log-in name or a title; `None` where the reader may not know it, and for the archive
    /// as a whole.
    pub name: Option<String>,
    /// The title beside a reference, likewise.
    pub title: Option<String>,
    /// The roles that a user has now, for those who may see the user.
    pub roles: Option<Roles>,
}

impl Subject {
    const fn of(thing: Thing) -> Self {
        Self { thing, name: None, title: None, roles: None }
    }
}

/// Who reads.
pub(super) struct Reader<'a> {
    pub archive: &'a Archive,
    pub caller: &'a Caller,
    pub restrictions: &'a Restrictions<'a>,
    pub now: Moment,
}

impl Reader<'_> {
    /// What the request is about. What of it gives rights is added to `claims`, to be held against the ledger.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if the subject is not as the ledger says, or does not open.
    pub(super) fn told(
        &self,
        conn: &mut Conn,
        approval: &Approval,
        claims: &mut Vec<Claim>,
    ) -> Result<Told, Refusal> {
        let requested_by = self.user(conn, approval.requested_by, claims)?.and_then(|user| user.name);
        let decided_by = match approval.state {
            ApprovalState::Approved { by, .. }
            | ApprovalState::Refused { by, .. }
            | ApprovalState::Used { by, .. } => self.user(conn, by, claims)?.and_then(|user| user.name),
            ApprovalState::Waiting | ApprovalState::Expired => None,
        };
        Ok(Told { subject: self.subject(conn, approval, claims)?, requested_by, decided_by })
    }

    fn subject(
        &self,
        conn: &mut Conn,
        approval: &Approval,
        claims: &mut Vec<Claim>,
    ) -> Result<Option<Subject>, Refusal> {
        let id = approval.subject.as_str();
        if approval.action.row().0 == Resource::User {
            return match UserId::parse(id) {
                Ok(user) => self.user(conn, user, claims),
                Err(_) => Ok(None),
            };
        }
        if id == self.archive.inner.keys().archive.to_string() {
            return Ok(Some(Subject::of(Thing::Archive)));
        }
        if approval.action.row().0 == Resource::Hold {
            return match HoldId::parse(id) {
                Ok(hold) => self.hold(conn, hold),
                Err(_) => Ok(None),
            };
        }
        if approval.action.row().0 == Resource::Policy {
            return match PolicyVersionId::parse(id) {
                Ok(version) => Self::policy(conn, version, claims),
                Err(_) => Ok(None),
            };
        }
        if let Ok(case) = CaseId::parse(id)
            && let Some(subject) = self.case(conn, case)?
        {
            return Ok(Some(subject));
        }
        if let Ok(matter) = MatterId::parse(id)
            && let Some(subject) = self.matter(conn, matter)?
        {
            return Ok(Some(subject));
        }
        match RecordId::parse(id) {
            Ok(record) => self.record(conn, record),
            Err(_) => Ok(None),
        }
    }

    fn level(&self, resource: Resource, target: &Target) -> Option<Level> {
        self.caller.reach(Action::Read, resource, self.now).level_of(self.caller.rights(), target)
    }

    fn user(
        &self,
        conn: &mut Conn,
        user: UserId,
        claims: &mut Vec<Claim>,
    ) -> Result<Option<Subject>, Refusal> {
        let Some(rows) = UserRows::read(conn, user)? else { return Ok(None) };
        let mut subject = Subject::of(Thing::User);
        if let Some(level) = self.level(Resource::User, &Target::of_user(user)) {
            subject.roles = Some(caller::roles_of(conn, user)?);
            if sees_names(self.caller, level) {
                subject.name = Some(UserProfile::read(&self.archive.inner.keys(), conn, user)?.name);
                claims.push(Claim::cell(conn, user, PROFILE)?);
            }
        }
        claims.push(Claim::User(rows));
        Ok(Some(subject))
    }

    fn case(&self, conn: &mut Conn, case: CaseId) -> Result<Option<Subject>, Refusal> {
        let Some(row) = cases::get(conn, case)? else { return Ok(None) };
        let ledger = self.archive.inner.ledgered(conn)?;
        ledger.must_be_last(conn, &Bound::Case(case))?;
        ledger.must_be_worded(conn, &Bound::Case(case))?;
        let mut subject = Subject::of(Thing::Case);
        let level = self.level(Resource::Case, &case_use::target(&row));
        if let Some(level) = level.filter(|level| *level > Level::Facts) {
            let words = case_use::profile::open(&self.archive.inner.keys(), conn, &row)?;
            subject.name = Some(words.reference.as_str().to_owned());
            subject.title = (level == Level::Full).then(|| words.title.as_str().to_owned());
        }
        Ok(Some(subject))
    }

    /// Policies bind everybody: which one it is, is no secret.
    fn policy(
        conn: &mut Conn,
        version: PolicyVersionId,
        claims: &mut Vec<Claim>,
    ) -> Result<Option<Subject>, Refusal> {
        let Some(row) = policies::version(conn, version)? else { return Ok(None) };
        let address = Bound::PolicyVersion(version).address();
        let digest = Some(row.fingerprint());
        claims.push(Claim::Row { thing: Thing::Policy, address, digest });
        let name = Some(format!("{}@{}", row.policy_id, row.version));
        Ok(Some(Subject { name, ..Subject::of(Thing::Policy) }))
    }

    fn matter(&self, conn: &mut Conn, matter: MatterId) -> Result<Option<Subject>, Refusal> {
        let Some(row) = matters::get(conn, matter)? else { return Ok(None) };
        matter_use::must_be_held(&self.archive.inner.ledgered(conn)?, conn, matter)?;
        let mut subject = Subject::of(Thing::Matter);
        if self.level(Resource::Matter, &matter_use::target(&row)) == Some(Level::Full) {
            let words = matter_use::words(&self.archive.inner.keys(), conn, &row)?;
            subject.name = Some(words.reference.as_str().to_owned());
            subject.title = Some(words.title.as_str().to_owned());
        }
        Ok(Some(subject))
    }

    /// A hold by its title, for those who see all of it; who was named to decide sees that it is one.
    fn hold(&self, conn: &mut Conn, hold: HoldId) -> Result<Option<Subject>, Refusal> {
        let register = self.archive.inner.holds_known();
        let Some(word) = register.get(hold) else { return Ok(None) };
        let mut subject = Subject::of(Thing::Hold);
        if self.level(Resource::Hold, &hold_use::target(word)) == Some(Level::Full) {
            let keys = self.archive.inner.keys();
            let title = hold_use::title((&keys, word.words), conn, hold)?;
            subject.name = Some(title.as_str().to_owned());
        }
        Ok(Some(subject))
    }

    fn record(&self, conn: &mut Conn, record: RecordId) -> Result<Option<Subject>, Refusal> {
        let Some(row) = records::get(conn, record)? else { return Ok(None) };
        let words = self.caller.reach(Action::Read, Resource::Descriptor, self.now);
        let line =
            self.archive.line_of(conn, (self.caller, words, self.restrictions), (&row, row.version))?;
        Ok(Some(Subject { name: line.title, ..Subject::of(Thing::Record) }))
    }
}
