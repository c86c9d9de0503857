//! What was read and gives rights: compared with the last word about it before it is relied upon.

use crate::base::digest::Digest;
use crate::base::id::{JobId, TokenId, UserId};
use crate::store::rows::cells::{self, CellRow};
use crate::store::rows::jobs::JobRow;
use crate::store::rows::sessions::{ApiTokenRow, SessionRow};
use crate::store::rows::users::{self, GrantRow, UserRoleRow, UserRow};
use crate::store::{Conn, StoreError};

use crate::archive::bound::{self, Bound};
use crate::archive::refusal::Thing;

use super::{Key, LastWords, REMEMBERED_MAX, State, key};

/// A user with everything that one entry vouches for together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct UserRows {
    pub row: UserRow,
    /// Closed words, as stored.
    pub roles: Vec<String>,
    pub grants: Vec<GrantRow>,
}

/// Something that was read, and by which somebody has rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) enum Claim {
    /// A user with roles and grants.
    User(UserRows),
    /// An API token.
    Token(ApiTokenRow),
    /// A session.
    Session(SessionRow),
    /// A job as it was ordered, or that it has ended.
    Job { id: JobId, order: Option<JobRow> },
    /// A cell of a user, or that there is none.
    Cell { user: UserId, part: &'static str, row: Option<CellRow> },
    /// Another row whose last word is held in memory: its address, and the digest of what was read, if anything
    /// was.
    Row { thing: Thing, address: String, digest: Option<Digest> },
}

/// Whose claim it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    User(UserId),
    Token(TokenId),
    Session(Digest),
    Job(JobId),
    Cell(UserId, &'static str),
    Row(Key),
}

/// A claim that was vouched for when there were so many words.
pub(super) struct Seen {
    generation: u64,
    claim: Claim,
}

impl UserRows {
    /// Reads them; `None` if there is no such user.
    pub(in crate::archive) fn read(conn: &mut Conn, user: UserId) -> Result<Option<Self>, StoreError> {
        let Some(row) = users::get(conn, user)? else { return Ok(None) };
        Ok(Some(Self { row, roles: users::roles_of(conn, user)?, grants: users::grants_of(conn, user)? }))
    }

    /// The digest that entries carry.
    pub(in crate::archive) fn digest(&self) -> Digest {
        let user_id = self.row.id;
        let role = |role: &String| UserRoleRow { user_id, role: role.clone() }.fingerprint();
        let grants = self.grants.iter().map(GrantRow::fingerprint);
        bound::together(self.row.fingerprint(), self.roles.iter().map(role).chain(grants))
    }
}

impl Claim {
    /// Of a session as it was opened: when it was last used is no claim.
    pub(in crate::archive) fn session(row: &SessionRow) -> Self {
        Self::Session(bound::session_as_opened(row))
    }

    /// Of a job as it was ordered: how far it has come is no claim.
    pub(in crate::archive) fn job(row: &JobRow) -> Self {
        Self::Job { id: row.id, order: row.state.is_open().then(|| row.as_ordered()) }
    }

    /// Reads a cell of a user, or that there is none.
    pub(in crate::archive) fn cell(
        conn: &mut Conn,
        user: UserId,
        part: &'static str,
    ) -> Result<Self, StoreError> {
        Ok(Self::Cell { user, part, row: cells::get(conn, &user.to_string(), part)? })
    }

    /// What it is, for a refusal.
    pub(in crate::archive) fn thing(&self) -> Thing {
        match self {
            Self::User(_) | Self::Cell { .. } => Thing::User,
            Self::Token(_) => Thing::Token,
            Self::Session(_) => Thing::Session,
            Self::Job { .. } => Thing::Job,
            Self::Row { thing, .. } => *thing,
        }
    }

    /// The address by which entries speak of it.
    pub(in crate::archive) fn address(&self) -> String {
        match self {
            Self::User(rows) => Bound::User(rows.row.id).address(),
            Self::Token(row) => Bound::Token(row.id).address(),
            Self::Session(row) => Bound::Session(row.token_hash).address(),
            Self::Job { id, .. } => Bound::Job(*id).address(),
            Self::Cell { user, part, .. } => Bound::cell(user, part).address(),
            Self::Row { address, .. } => address.clone(),
        }
    }

    /// The digest of what was read; `None` for a cell that is not there and a job that has ended.
    pub(in crate::archive) fn digest(&self) -> Option<Digest> {
        match self {
            Self::User(rows) => Some(rows.digest()),
            Self::Token(row) => Some(row.fingerprint()),
            Self::Session(row) => Some(bound::of_session(row)),
            Self::Job { order, .. } => order.as_ref().and_then(bound::of_job),
            Self::Cell { row, .. } => row.as_ref().map(bound::of_cell_as_read),
            Self::Row { digest, .. } => *digest,
        }
    }

    fn whose(&self) -> Whose {
        match self {
            Self::User(rows) => Whose::User(rows.row.id),
            Self::Token(row) => Whose::Token(row.id),
            Self::Session(row) => Whose::Session(row.token_hash),
            Self::Job { id, .. } => Whose::Job(*id),
            Self::Cell { user, part, .. } => Whose::Cell(*user, part),
            Self::Row { address, .. } => Whose::Row(key(address)),
        }
    }
}

impl LastWords {
    /// The first claim that is not as the last word about it says.
    pub(super) fn unvouched<'c>(&self, state: &State, claims: &'c [Claim]) -> Option<&'c Claim> {
        claims.iter().find(|claim| !self.vouch(state, claim))
    }

    fn vouch(&self, state: &State, claim: &Claim) -> bool {
        let mut remembered = self.remembered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let whose = claim.whose();
        let seen = remembered.get(&whose);
        if seen.is_some_and(|seen| seen.generation == state.generation && seen.claim == *claim) {
            return true;
        }
        let vouched = state.words.get(&key(&claim.address())).copied() == claim.digest();
        if vouched {
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
            remembered.insert(whose, Seen { generation: state.generation, claim: claim.clone() });
        }
        vouched
    }
}
