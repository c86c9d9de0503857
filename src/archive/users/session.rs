//! Sessions: used, listed and ended. Their tokens are kept as hashes only.

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::{Target, Via};
use crate::access::session::{IDLE_SECONDS, RequestKind, SessionTimes, SessionVerdict};
use crate::access::token::{BearerToken, TokenKind};
use crate::base::digest::{Digest, to_hex};
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::Conn;
use crate::store::rows::sessions::{self, SessionRow};
use crate::store::rows::users;

use crate::archive::acting::{Came, Found, Standing, Warrant};
use crate::archive::bound::{Bound, bind};
use crate::archive::last_words::Claim;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller, Inner};

/// What a session is called in lists and in the ledger: nothing leads from it to the session's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRef(String);

/// From what kind of program a session was opened: words of a closed list, never what the program
/// says of itself, which may name a person's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLabel {
    program: &'static str,
    system: &'static str,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// By which it is ended.
    pub id: SessionRef,
    /// Whose it is.
    pub user: UserId,
    /// Program and system, such as `firefox/linux`.
    pub label: String,
    /// When it was opened.
    pub created_at: Moment,
    /// When it was last used, to within a minute.
    pub seen_at: Moment,
    /// When it ends in any case.
    pub expires_at: Moment,
    /// True for the session that asks.
    pub current: bool,
    /// True if it is not as the ledger says: nobody comes in by it.
    pub damaged: bool,
}

impl SessionRef {
    pub(in crate::archive) fn of(token_hash: Digest) -> Self {
        let named = [b"muniment/session/v1".as_slice(), token_hash.as_bytes()].concat();
        let digest = Digest::of(&named);
        Self(to_hex(digest.as_bytes().split_at(16).0))
    }

    /// Reads the text form: 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], for no session is called otherwise.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let digits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits { Ok(Self(text.to_owned())) } else { Err(Refusal::NotFound(Thing::Session)) }
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SessionLabel {
    /// The command line.
    pub const COMMAND_LINE: Self = Self { program: "muniment", system: "command_line" };

    /// Reads a browser's `User-Agent`.
    pub fn of_user_agent(field: &str) -> Self {
        // The first that fits: browsers name their ancestors too.
        const PROGRAMS: [(&str, &str); 9] = [
            ("MicroMessenger", "wechat"),
            ("Edg", "edge"),
            ("OPR/", "opera"),
            ("Firefox/", "firefox"),
            ("FxiOS/", "firefox"),
            ("Chrome/", "chrome"),
            ("CriOS/", "chrome"),
            ("Safari/", "safari"),
            ("curl/", "curl"),
        ];
        const SYSTEMS: [(&str, &str); 8] = [
            ("HarmonyOS", "harmonyos"),
            ("OpenHarmony", "harmonyos"),
            ("Windows", "windows"),
            ("Android", "android"),
            ("iPhone", "ios"),
            ("iPad", "ios"),
            ("Mac OS X", "macos"),
            ("Linux", "linux"),
        ];
        let first = |words: &[(&str, &'static str)]| {
            words.iter().find(|(sign, _)| field.contains(sign)).map_or("other", |(_, word)| *word)
        };
        Self { program: first(&PROGRAMS), system: first(&SYSTEMS) }
    }

    pub(super) fn to_text(self) -> String {
        format!("{}/{}", self.program, self.system)
    }
}

impl Archive {
    /// Who holds this session's token. A deliberate request renews the idle clock, polling does not.
    ///
    /// # Errors
    /// [`Refusal::SessionEnded`] for an unknown, idle, old or ended session or a disabled user;
    /// [`Refusal::Damaged`] if session or user are not as the ledger says.
    pub fn caller_of_session(&self, token: &str, request: RequestKind) -> Result<Caller, Refusal> {
        let token = BearerToken::parse(token).map_err(|_| Refusal::SessionEnded)?;
        if token.kind() != TokenKind::Session {
            return Err(Refusal::SessionEnded);
        }
        let caller = self.inner.caller_by_session(token.hash().to_digest(), request)?;
        Ok(caller.noting(&self.inner))
    }

    /// Ends the session that asks. A caller without one has nothing to end.
    ///
    /// # Errors
    /// [`Refusal::SessionEnded`] if it was ended before.
    pub fn log_out(&self, caller: &Caller) -> Result<(), Refusal> {
        let hash = caller.session.ok_or(Refusal::SessionEnded)?;
        self.end_session(caller, Warrant::entry(), caller.user(), hash, "log_out").map_err(|refusal| {
            match refusal {
                Refusal::NotFound(_) => Refusal::SessionEnded,
                other => other,
            }
        })
    }

    /// A user's sessions that stand, newest first.
    ///
    /// # Errors
    /// Not permitted, or no such user in sight.
    pub fn list_sessions(&self, caller: &Caller, user: UserId) -> Result<Vec<SessionView>, Refusal> {
        let now = self.inner.now();
        let known = self.inner.store.read(|conn| users::get(conn, user))?.is_some();
        let target = known.then(|| Target::of_user(user));
        caller.permit((Action::List, Resource::Session), target.as_ref(), Thing::User, now)?;
        let look = |conn: &mut Conn| {
            let standing = sessions::of_user(conn, user)?.into_iter().filter(|row| {
                matches!(
                    times(row).check(RequestKind::Polling, now),
                    SessionVerdict::Live | SessionVerdict::Renew(_)
                )
            });
            let line = |row| {
                let damaged = !self.inner.is_vouched(&[Claim::session(&row)]);
                SessionView { damaged, ..view(row, caller) }
            };
            Ok(standing.map(line).collect::<Vec<_>>())
        };
        self.inner.settled(look, |lines| lines.iter().all(|line| !line.damaged))
    }

    /// Ends one of a user's sessions.
    ///
    /// # Errors
    /// Not permitted, or no such session in sight.
    pub fn revoke_session(&self, caller: &Caller, user: UserId, session: &SessionRef) -> Result<(), Refusal> {
        let rows = self.inner.store.read(|conn| sessions::of_user(conn, user))?;
        let hash = rows.iter().map(|row| row.token_hash).find(|hash| SessionRef::of(*hash) == *session);
        let target = hash.map(|_| Target::of_user(user));
        let row = (Action::Remove, Resource::Session);
        let may = caller.warrant(row, target.as_ref(), Thing::Session, self.inner.now())?;
        let hash = hash.ok_or(Refusal::NotFound(Thing::Session))?;
        self.end_session(caller, may, user, hash, "revoked")
    }

    fn end_session(
        &self,
        caller: &Caller,
        may: Warrant,
        user: UserId,
        hash: Digest,
        why: &'static str,
    ) -> Result<(), Refusal> {
        let actor = caller.actor();
        let ended = self.inner.write_as(caller, may, move |tx, _| {
            if !sessions::delete(tx.conn(), hash)? {
                return Err(Refusal::NotFound(Thing::Session));
            }
            let facts = json!({"user": user.to_string(), "why": why});
            let facts = bind(tx.conn(), facts, &[Bound::Session(hash)])?;
            tx.enter(EntryDraft {
                kind: EntryKind::SessionRevoked,
                subject: SessionRef::of(hash).0,
                actor,
                facts,
            })?;
            Ok(())
        });
        ended.map(|_| ()).map_err(Refusal::from)
    }
}

impl Inner {
    /// Who has the session whose token has this hash; a deliberate request is noted.
    ///
    /// # Errors
    /// As [`Archive::caller_of_session`].
    pub(in crate::archive) fn caller_by_session(
        &self,
        hash: Digest,
        request: RequestKind,
    ) -> Result<Caller, Refusal> {
        let (caller, renew) = self.vouched(|conn| {
            let Found { caller, claims, renew } = self.find_caller(conn, Came::Session(hash), request)?;
            Ok(((caller, renew), claims))
        })?;
        // One that has ended by time says so only after it was vouched for.
        let now = self.now();
        if caller.standing.until.is_none_or(|until| until <= now) {
            return Err(Refusal::SessionEnded);
        }
        if let Some(at) = renew {
            let renewed = self.store.maintain(move |upkeep| Ok(sessions::touch(upkeep.conn(), hash, at)?));
            // It may have been ended between the two.
            if !renewed.map_err(Refusal::from)? {
                return Err(Refusal::SessionEnded);
            }
        }
        Ok(caller)
    }

    pub(in crate::archive) fn find_by_session(
        &self,
        conn: &mut Conn,
        hash: Digest,
        request: RequestKind,
        heard: u64,
    ) -> Result<Found, Refusal> {
        let row = sessions::get(conn, hash)?.ok_or(Refusal::SessionEnded)?;
        let mut claims = vec![Claim::session(&row)];
        let (times, now) = (times(&row), self.now());
        let (until, renew) = match times.check(request, now) {
            SessionVerdict::Live => (times.ends_at(), None),
            SessionVerdict::Renew(at) => (SessionTimes { seen_at: at, ..times }.ends_at(), Some(at)),
            SessionVerdict::IdleEnded | SessionVerdict::Ended | SessionVerdict::ClockWentBack => (now, None),
        };
        let standing = Standing { came: Came::Session(hash), heard, until: Some(until) };
        let caller = Caller::load(conn, row.user_id, Via::Session, standing, &mut claims)?;
        let caller = caller.ok_or(Refusal::SessionEnded)?;
        Ok(Found { caller: Caller { session: Some(hash), ..caller }, claims, renew })
    }
}

/// Ends every session of a user but one; gives those that ended, for the entry that says so.
pub(super) fn end_all(conn: &mut Conn, user: UserId, but: Option<Digest>) -> Result<Vec<Bound>, Refusal> {
    let mut ended = Vec::new();
    for row in sessions::of_user(conn, user)? {
        if Some(row.token_hash) != but && sessions::delete(conn, row.token_hash)? {
            ended.push(Bound::Session(row.token_hash));
        }
    }
    Ok(ended)
}

/// Removes sessions that ended by time.
pub(super) fn forget_ended(conn: &mut Conn, now: Moment) -> Result<(), Refusal> {
    sessions::delete_ended(conn, now, now.plus_seconds(-IDLE_SECONDS))?;
    Ok(())
}

fn times(row: &SessionRow) -> SessionTimes {
    SessionTimes { created_at: row.created_at, seen_at: row.seen_at, expires_at: row.expires_at }
}

fn view(row: SessionRow, caller: &Caller) -> SessionView {
    SessionView {
        id: SessionRef::of(row.token_hash),
        user: row.user_id,
        label: row.label,
        created_at: row.created_at,
        seen_at: row.seen_at,
        expires_at: row.expires_at,
        current: caller.session == Some(row.token_hash),
        damaged: false,
    }
}
