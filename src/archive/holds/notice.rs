//! Tells people of a hold who keep what it names, and takes their word that they have read it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::Archive;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{HoldId, HoldNoticeId, UserId};
use crate::base::limits::{HOLD_RECIPIENTS_MAX, NOTE_CHARS_MAX, PAGE_ITEMS_MAX};
use crate::base::moment::Moment;
use crate::base::text;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::request::{Fault, FaultCode};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::holds::{self, HoldNoticeRow, HoldRecipientRow};
use crate::store::rows::users::{self, UserState};

use super::find::{self, Standing};

/// What people are to be told.
#[derive(Clone)]
pub struct NewNotice {
    /// The words.
    pub text: String,
    /// Who is told.
    pub to: Vec<UserId>,
}

/// What was told of a hold.
#[derive(Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// The notice.
    pub id: HoldNoticeId,
    /// The hold; `None` for those who were told and may not see it.
    pub hold: Option<HoldId>,
    /// When.
    pub noticed_at: Moment,
    /// By whom.
    pub noticed_by: UserId,
    /// The words; for those who were told, and those who see all of the hold.
    pub text: Option<String>,
    /// True where the words cannot be opened: they hide no other notice.
    pub damaged: bool,
    /// Who was told, and when each said to have read it: for those who see the hold; of others the reader alone.
    pub recipients: Vec<(UserId, Option<Moment>)>,
}

impl Archive {
    /// Tells people of a hold. They find it among their notices.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Label`] for words that are none; [`Refusal::Faults`] for people who are
    /// no users, or may not come in; [`Refusal::WrongState`] if the hold was released.
    pub fn notice_hold(
        &self,
        caller: &Caller,
        hold: HoldId,
        notice: &NewNotice,
    ) -> Result<HoldNoticeId, Refusal> {
        let register = self.inner.holds_now()?;
        let word = register.get(hold);
        let target = word.map(|word| find::target(word));
        let ask = (Action::Create, Resource::HoldNotice);
        let may = caller.warrant(ask, target.as_ref(), Thing::Hold, self.inner.now())?;
        let words = text::prose(&notice.text, NOTE_CHARS_MAX);
        let words = words.map_err(|fault| Refusal::Label { field: "text", fault })?;
        let to = notice.to.clone();
        self.inner.store.read(|conn| must_come_in(conn, &to))?;
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            Standing::to_change(&inner, tx, hold, None)?;
            let id = HoldNoticeId::generate(tx.at(), inner.entropy.as_ref());
            let words = json!({"text": words});
            let sealed = cells::seal_profile(&inner, &inner.keys(), &id.to_string(), PROFILE, &words)?;
            let (noticed_at, noticed_by) = (tx.at(), caller.user());
            holds::insert_notice(tx.conn(), &HoldNoticeRow { id, hold_id: hold, noticed_at, noticed_by })?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            for user in &to {
                inner.must_be_vouched(tx, &Bound::User(*user), Thing::User)?;
                let row = HoldRecipientRow { notice_id: id, user_id: *user, acknowledged_at: None };
                holds::insert_recipient(tx.conn(), &row)?;
            }
            let facts = json!({
                "hold": hold.to_string(),
                "notice": id.to_string(),
                "recipients": to.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "words": sealed.commitment.to_hex(),
            });
            let facts = bind(tx.conn(), facts, &[Bound::HoldNotice(id), Bound::cell(id, PROFILE)])?;
            let (kind, subject) = (EntryKind::HoldNoticed, hold.to_string());
            tx.enter(EntryDraft { kind, subject, actor: caller.actor(), facts })?;
            Ok(id)
        });
        Ok(written.map_err(Refusal::from)?.value)
    }

    /// Enters that the caller has read what he was told.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is no such notice to the caller; [`Refusal::Exists`] if it was said before.
    pub fn acknowledge_hold(&self, caller: &Caller, notice: HoldNoticeId) -> Result<Moment, Refusal> {
        let user = caller.user();
        let own = self.inner.store.read(|conn| {
            let recipients = holds::recipients_of(conn, notice)?;
            Ok::<_, Refusal>(recipients.into_iter().find(|recipient| recipient.user_id == user))
        })?;
        let target = own.map(|_| Target::of_user(user));
        let ask = (Action::Change, Resource::HoldNotice);
        let may = caller.warrant(ask, target.as_ref(), Thing::HoldNotice, self.inner.now())?;
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            inner.must_be_vouched(tx, &Bound::HoldNotice(notice), Thing::HoldNotice)?;
            let row = holds::notice(tx.conn(), notice)?.ok_or(Refusal::NotFound(Thing::HoldNotice))?;
            let at = tx.at();
            if !holds::acknowledge(tx.conn(), (notice, user), at)? {
                return Err(Refusal::Exists(Thing::HoldNotice));
            }
            let facts = json!({"hold": row.hold_id.to_string(), "notice": notice.to_string()});
            let facts = bind(tx.conn(), facts, &[Bound::HoldNotice(notice)])?;
            let (kind, subject) = (EntryKind::HoldAcknowledged, row.hold_id.to_string());
            tx.enter(EntryDraft { kind, subject, actor: caller.actor(), facts })?;
            Ok(at)
        });
        Ok(written.map_err(Refusal::from)?.value)
    }

    /// What the caller was told, newest first.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::Damaged`] if one is not as the ledger says.
    pub fn own_hold_notices(&self, caller: &Caller) -> Result<Vec<NoticeView>, Refusal> {
        let (now, user, keys) = (self.inner.now(), caller.user(), self.inner.keys());
        let own = Target::of_user(user);
        caller.permit((Action::List, Resource::HoldNotice), Some(&own), Thing::HoldNotice, now)?;
        let register = self.inner.holds_now()?;
        self.noticed(|conn| {
            let told = holds::told_to(conn, user, u32::try_from(PAGE_ITEMS_MAX).unwrap_or(u32::MAX))?;
            let mut views = Vec::with_capacity(told.len());
            for recipient in told {
                let Some(row) = holds::notice(conn, recipient.notice_id)? else { return Ok(None) };
                if !self.is_vouched_notice(conn, row.id)? {
                    return Ok(None);
                }
                let word = register.get(row.hold_id);
                let sees = word.is_some_and(|word| find::is_in_sight(caller, word, now));
                let text = legible(&keys, conn, row.id)?;
                views.push(NoticeView {
                    id: row.id,
                    hold: Some(row.hold_id).filter(|_| sees),
                    noticed_at: row.noticed_at,
                    noticed_by: row.noticed_by,
                    damaged: text.is_none(),
                    text,
                    recipients: vec![(user, recipient.acknowledged_at)],
                });
            }
            Ok(Some(views))
        })
    }

    /// What was told of a hold, oldest first, and who said to have read it.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`] if one is not as the ledger says.
    pub fn hold_notices(&self, caller: &Caller, hold: HoldId) -> Result<Vec<NoticeView>, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        let register = self.inner.holds_now()?;
        let (_, level) = find::permitted(&register, (caller, now), Action::Read, hold)?;
        self.noticed(|conn| {
            let mut views = Vec::new();
            for row in holds::notices_of(conn, hold)? {
                if !self.is_vouched_notice(conn, row.id)? {
                    return Ok(None);
                }
                let people = holds::recipients_of(conn, row.id)?;
                let text = match level {
                    Level::Full => legible(&keys, conn, row.id)?,
                    Level::Redacted | Level::Facts => None,
                };
                views.push(NoticeView {
                    id: row.id,
                    hold: Some(hold),
                    noticed_at: row.noticed_at,
                    noticed_by: row.noticed_by,
                    damaged: level == Level::Full && text.is_none(),
                    text,
                    recipients: people.iter().map(|one| (one.user_id, one.acknowledged_at)).collect(),
                });
            }
            Ok(Some(views))
        })
    }

    /// Reads until what was read is as the ledger says: it may have changed in between.
    fn noticed(
        &self,
        look: impl Fn(&mut Conn) -> Result<Option<Vec<NoticeView>>, Refusal>,
    ) -> Result<Vec<NoticeView>, Refusal> {
        self.inner.settled(look, Option::is_some)?.ok_or(Refusal::Damaged(Thing::HoldNotice))
    }

    fn is_vouched_notice(&self, conn: &mut Conn, notice: HoldNoticeId) -> Result<bool, Refusal> {
        let cell = Bound::cell(notice, PROFILE);
        Ok(self.inner.is_as_said(conn, &Bound::HoldNotice(notice))? && self.inner.is_as_said(conn, &cell)?)
    }
}

/// The words of a notice in a list; `None` if they cannot be opened.
fn legible(keys: &Keyring, conn: &mut Conn, notice: HoldNoticeId) -> Result<Option<String>, Refusal> {
    match words(keys, conn, notice).map_err(Refusal::in_a_list) {
        Err(Refusal::Damaged(Thing::HoldNotice)) => Ok(None),
        text => text.map(Some),
    }
}

fn words(keys: &Keyring, conn: &mut Conn, notice: HoldNoticeId) -> Result<String, Refusal> {
    let words = cells::profile(keys, conn, &notice.to_string(), PROFILE, Thing::HoldNotice)?;
    let text = words.get("text").and_then(Value::as_str);
    text.map(str::to_owned).ok_or(Refusal::Damaged(Thing::HoldNotice))
}

/// Refuses people who are no users, or may not come in, and a list of nobody or of too many.
fn must_come_in(conn: &mut Conn, people: &[UserId]) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    if people.is_empty() {
        faults.push(Fault { path: "to".to_owned(), code: FaultCode::Required });
    }
    if people.len() > HOLD_RECIPIENTS_MAX {
        return Err(Refusal::TooMany { most: HOLD_RECIPIENTS_MAX as u64 });
    }
    for (number, user) in people.iter().enumerate() {
        let is_active = users::get(conn, *user)?.is_some_and(|row| row.state == UserState::Active);
        let path = format!("to[{number}]");
        if !is_active {
            faults.push(Fault { path, code: FaultCode::BadId { what: "user" } });
        } else if let Some(first) = people.iter().take(number).position(|other| other == user) {
            faults.push(Fault { path, code: FaultCode::Duplicate { first: format!("to[{first}]") } });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Faults(faults)) }
}
