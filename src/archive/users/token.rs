//! API tokens: used, made, listed and taken back. The archive keeps their hashes only.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::{Target, Via};
use crate::access::session::RequestKind;
use crate::access::token::{BearerToken, TokenKind, TokenLife, TokenScopes};
use crate::base::digest::Digest;
use crate::base::id::{TokenId, UserId};
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::request::{Fault, FaultCode};
use crate::store::rows::sessions::{self, ApiTokenRow};
use crate::store::rows::users;
use crate::store::{Conn, StoreError};

use crate::archive::acting::{Came, Found, Standing};
use crate::archive::bound::{Bound, bind};
use crate::archive::last_words::Claim;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller, Inner};

/// Tokens of one person that may stand at the same time.
pub use crate::base::limits::TOKENS_MAX;

/// A token that is to be made for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// When it ends; `None` for a feed's token without end.
    pub expires_at: Option<Moment>,
}

/// A new token: the only time that its text is shown.
#[derive(Debug)]
pub struct CreatedToken {
    /// Its public id.
    pub id: TokenId,
    /// The text that its bearer keeps.
    pub secret: SecretBytes,
}

/// A token as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// Its public id.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// What it may be used for.
    pub scopes: String,
    /// When it was made.
    pub created_at: Moment,
    /// When it ends.
    pub expires_at: Option<Moment>,
    /// When it was taken back.
    pub revoked_at: Option<Moment>,
    /// True if it is not as the ledger says: nobody comes in by it.
    pub damaged: bool,
}

impl Archive {
    /// Who holds this API token, with no more rights than its scopes leave.
    ///
    /// # Errors
    /// [`Refusal::TokenInvalid`] for an unknown, mistyped, withdrawn or expired token or a disabled
    /// user: which of them is not said. [`Refusal::Damaged`] if token or user are not as the ledger says.
    pub fn caller_of_token(&self, token: &str) -> Result<Caller, Refusal> {
        if let Some(caller) = self.remembered_bearer(token) {
            return Ok(caller);
        }
        let token = BearerToken::parse(token).map_err(|_| Refusal::TokenInvalid)?;
        if token.kind() != TokenKind::Api {
            return Err(Refusal::TokenInvalid);
        }
        let hash = token.hash().to_digest();
        let generation = self.inner.last_words.generation(self.inner.store.is_shared());
        let caller = self.inner.vouched(|conn| {
            let Found { caller, claims, .. } =
                self.inner.find_caller(conn, Came::Token(hash), RequestKind::Polling)?;
            Ok((caller, claims))
        })?;
        if let Some(generation) = generation {
            self.inner.remembered.keep(hash, generation, &caller);
        }
        Ok(caller.noting(&self.inner))
    }

    /// Who holds this API token, if that is known without looking at the database: a moment ago it was
    /// vouched for, and nothing was entered about anybody's rights since.
    pub fn remembered_bearer(&self, token: &str) -> Option<Caller> {
        let token = BearerToken::parse(token).ok().filter(|token| token.kind() == TokenKind::Api)?;
        let generation = self.inner.last_words.generation(self.inner.store.is_shared())?;
        let caller = self.inner.remembered.get(token.hash().to_digest(), generation)?;
        let now = self.inner.now();
        if caller.standing.until.is_some_and(|until| until <= now) {
            return None;
        }
        Some(caller.noting(&self.inner))
    }

    /// Who holds this token, be it a session's or an API token: what an `Authorization: Bearer`
    /// field carries.
    ///
    /// # Errors
    /// As [`Archive::caller_of_session`] and [`Archive::caller_of_token`].
    pub fn caller_of_bearer(&self, token: &str, request: RequestKind) -> Result<Caller, Refusal> {
        if token.starts_with(TokenKind::Session.prefix()) {
            self.caller_of_session(token, request)
        } else {
            self.caller_of_token(token)
        }
    }

    /// Makes a token for the caller. Its text is shown this once.
    ///
    /// # Errors
    /// Not permitted (a token makes no tokens), an end that has passed
    /// ([`Refusal::Faults`]), or [`Refusal::TooMany`].
    pub fn create_token(&self, caller: &Caller, new: &NewToken) -> Result<CreatedToken, Refusal> {
        let now = self.inner.now();
        let own = Target::of_user(caller.user());
        let may = caller.warrant((Action::Create, Resource::Token), Some(&own), Thing::Token, now)?;
        caller.in_person()?;
        if new.expires_at.is_some_and(|end| end <= now) {
            let path = "expires_at".to_owned();
            return Err(Refusal::Faults(vec![Fault { path, code: FaultCode::HasPassed }]));
        }
        let entropy = self.inner.entropy.as_ref();
        let secret = BearerToken::generate(TokenKind::Api, entropy);
        let row = ApiTokenRow {
            id: TokenId::generate(now, entropy),
            token_hash: secret.hash().to_digest(),
            user_id: caller.user(),
            scopes: new.scopes.to_text(),
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
        };
        let (id, actor) = (row.id, caller.actor());
        let written = self.inner.write_as(caller, may, move |tx, _| {
            let standing = sessions::tokens_of(tx.conn(), row.user_id)?
                .iter()
                .filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|end| end > now))
                .count();
            if standing >= TOKENS_MAX {
                return Err(Refusal::TooMany { most: TOKENS_MAX as u64 });
            }
            sessions::insert_token(tx.conn(), &row)?;
            let facts = json!({
                "expires_at": row.expires_at.map(Moment::to_rfc3339),
                "scopes": row.scopes.split(' ').collect::<Vec<_>>(),
                "user": row.user_id.to_string(),
            });
            let facts = bind(tx.conn(), facts, &[Bound::Token(row.id)])?;
            let subject = row.id.to_string();
            tx.enter(EntryDraft { kind: EntryKind::TokenCreated, subject, actor, facts })?;
            Ok(())
        });
        written.map_err(Refusal::from)?;
        Ok(CreatedToken { id, secret: secret.to_text() })
    }

    /// A user's tokens, newest first, those that were taken back too.
    ///
    /// # Errors
    /// Not permitted, or no such user in sight.
    pub fn list_tokens(&self, caller: &Caller, user: UserId) -> Result<Vec<TokenView>, Refusal> {
        let known = self.inner.store.read(|conn| users::get(conn, user))?.is_some();
        let target = known.then(|| Target::of_user(user));
        caller.permit((Action::List, Resource::Token), target.as_ref(), Thing::User, self.inner.now())?;
        let look = |conn: &mut Conn| {
            let line = |row: ApiTokenRow| {
                let damaged = !self.inner.is_vouched(&[Claim::Token(row.clone())]);
                TokenView { damaged, ..view(row) }
            };
            Ok(sessions::tokens_of(conn, user)?.into_iter().map(line).collect::<Vec<_>>())
        };
        self.inner.settled(look, |lines| lines.iter().all(|line| !line.damaged))
    }

    /// Takes a token back: from the next request on it is refused.
    ///
    /// # Errors
    /// Not permitted, no such token in sight, or [`Refusal::WrongState`] if it was taken back before.
    pub fn revoke_token(&self, caller: &Caller, token: TokenId) -> Result<(), Refusal> {
        let row = self.inner.store.read(|conn| sessions::token(conn, token))?;
        let target = row.as_ref().map(|row| Target::of_user(row.user_id));
        let permission = (Action::Remove, Resource::Token);
        let may = caller.warrant(permission, target.as_ref(), Thing::Token, self.inner.now())?;
        let user = row.ok_or(Refusal::NotFound(Thing::Token))?.user_id;
        let actor = caller.actor();
        let shared = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, _| {
            let at = tx.at();
            shared.must_be_vouched(tx, &Bound::Token(token), Thing::Token)?;
            if !sessions::revoke_token(tx.conn(), token, at)? {
                return Err(Refusal::WrongState);
            }
            let facts = bind(tx.conn(), json!({"user": user.to_string()}), &[Bound::Token(token)])?;
            tx.enter(EntryDraft { kind: EntryKind::TokenRevoked, subject: token.to_string(), actor, facts })?;
            Ok(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

impl Inner {
    pub(in crate::archive) fn find_bearer(
        &self,
        conn: &mut Conn,
        hash: Digest,
        heard: u64,
    ) -> Result<Found, Refusal> {
        let row = sessions::token_by_hash(conn, hash)?.ok_or(Refusal::TokenInvalid)?;
        let life = TokenLife { expires_at: row.expires_at, revoked_at: row.revoked_at };
        life.check(self.now()).map_err(|_| Refusal::TokenInvalid)?;
        let scopes = TokenScopes::parse(&row.scopes).map_err(|_| corrupt(row.id))?;
        let user = row.user_id;
        let standing = Standing { came: Came::Token(hash), heard, until: row.expires_at };
        let mut claims = vec![Claim::Token(row)];
        let caller = Caller::load(conn, user, Via::Token(scopes), standing, &mut claims)?;
        Ok(Found { caller: caller.ok_or(Refusal::TokenInvalid)?, claims, renew: None })
    }
}

fn corrupt(token: TokenId) -> Refusal {
    Refusal::Store(StoreError::Corrupt {
        table: "api_tokens",
        id: token.to_string(),
        why: "unknown scopes".to_owned(),
    })
}

fn view(row: ApiTokenRow) -> TokenView {
    TokenView {
        id: row.id,
        user: row.user_id,
        scopes: row.scopes,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        damaged: false,
    }
}
