//! Tells people of a hold who keep what it names, and takes their word that they have read it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::Archive;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cases::Page;
use crate::archive::cases::page::items_of;
use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::entropy::draw;
use crate::base::id::{HoldId, HoldNoticeId, UserId};
use crate::base::limits::{HOLD_RECIPIENTS_MAX, NOTE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::request::{Fault, FaultCode};
use crate::seal::Keyring;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::holds::{self, HoldNoticeRow, HoldRecipientRow};
use crate::store::rows::users::{self, UserState};
use crate::store::{Conn, StoreError};

use super::find::{self, Standing};
use super::register::Noticed;
use super::said;

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
    /// True if it is not as the ledger says, or its words cannot be opened: what is shown of it is what the ledger says,
    /// and it hides no other.
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
            let keys = inner.keys();
            let sealed = cells::seal_profile(&inner, &keys, &id.to_string(), PROFILE, &words)?;
            let (noticed_at, noticed_by) = (tx.at(), caller.user());
            let blind = Some(Digest::of(&draw::<32>(inner.entropy.as_ref())));
            let row = HoldNoticeRow { id, hold_id: hold, noticed_at, noticed_by, blind };
            holds::insert_notice(tx.conn(), &row)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            for user in &to {
                inner.must_be_vouched(tx, &Bound::User(*user), Thing::User)?;
                let row = HoldRecipientRow { notice_id: id, user_id: *user, acknowledged_at: None };
                holds::insert_recipient(tx.conn(), &row)?;
            }
            let told = json!({
                "notice": id.to_string(),
                "noticed_at": noticed_at.to_rfc3339(),
                "noticed_by": noticed_by.to_string(),
                "recipients": to.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "words": sealed.commitment.to_hex(),
            });
            let (kind, subject) = (EntryKind::HoldNoticed, hold.to_string());
            let facts = said::closed(&inner, &keys, &subject, &told)?;
            let facts = bind(tx.conn(), facts, &[Bound::HoldNotice(id), Bound::cell(id, PROFILE)])?;
            tx.enter(EntryDraft { kind, subject, actor: caller.actor(), facts })?;
            Ok(id)
        });
        Ok(written.map_err(Refusal::from)?.value)
    }

    /// Enters that the caller has read what he was told. A person says so; a token reads nothing.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] with a token;
    /// [`Refusal::NotFound`] if there is no such notice to the caller; [`Refusal::Exists`] if it was said before.
    pub fn acknowledge_hold(&self, caller: &Caller, notice: HoldNoticeId) -> Result<Moment, Refusal> {
        caller.in_person()?;
        let user = caller.user();
        let register = self.inner.holds_now()?;
        let own = register.notice(notice).filter(|noticed| noticed.recipients.contains_key(&user));
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
            let (kind, subject) = (EntryKind::HoldAcknowledged, row.hold_id.to_string());
            let told = json!({"at": at.to_rfc3339(), "notice": notice.to_string(), "user": user.to_string()});
            let facts = said::closed(&inner, &inner.keys(), &subject, &told)?;
            let facts = bind(tx.conn(), facts, &[Bound::HoldNotice(notice)])?;
            tx.enter(EntryDraft { kind, subject, actor: caller.actor(), facts })?;
            Ok(at)
        });
        Ok(written.map_err(Refusal::from)?.value)
    }

    /// What the caller was told, newest first. `cursor` is the `next` of the page before. Which notices there are is what
    /// the ledger says.
    ///
    /// # Errors
    /// Not permitted, or [`Refusal::BadCursor`].
    pub fn own_hold_notices(
        &self,
        caller: &Caller,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<NoticeView>, Refusal> {
        let (now, user, keys) = (self.inner.now(), caller.user(), self.inner.keys());
        let own = Target::of_user(user);
        caller.permit((Action::List, Resource::HoldNotice), Some(&own), Thing::HoldNotice, now)?;
        let before = place_of(cursor)?;
        let limit = usize::try_from(items_of(limit)).unwrap_or(usize::MAX);
        let look = |conn: &mut Conn| {
            let register = self.inner.holds_known();
            let is_wanted = |id: HoldNoticeId, noticed: &Noticed| {
                noticed.recipients.contains_key(&user) && before.is_none_or(|before| id < before)
            };
            let mut own = register.notices().rev().filter(|(id, noticed)| is_wanted(*id, noticed)).peekable();
            let mut items = Vec::new();
            while let Some((id, noticed)) = own.next_if(|_| items.len() < limit) {
                let word = register.get(noticed.hold);
                let sees = word.is_some_and(|word| find::is_in_sight(caller, word, now));
                let view = self.noticed(&keys, conn, (id, noticed), true)?;
                let recipients = view.recipients.into_iter().filter(|(told, _)| *told == user).collect();
                items.push(NoticeView { hold: view.hold.filter(|_| sees), recipients, ..view });
            }
            let next = items.last().filter(|_| own.peek().is_some()).map(|view| view.id.to_string());
            Ok(Page { items, next })
        };
        self.inner.settled(look, |page| !page.items.iter().any(|view| view.damaged))
    }

    /// What was told of a hold, oldest first, and who said to have read it. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// Not permitted or not there, or [`Refusal::BadCursor`].
    pub fn hold_notices(
        &self,
        caller: &Caller,
        hold: HoldId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<NoticeView>, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        let after = place_of(cursor)?;
        let limit = usize::try_from(items_of(limit)).unwrap_or(usize::MAX);
        let look = |conn: &mut Conn| {
            let register = self.inner.holds_known();
            let (_, level) = find::permitted(&register, (caller, now), Action::Read, hold)?;
            let is_wanted = |id: HoldNoticeId| after.is_none_or(|after| id > after);
            let of_hold = register.notices().filter(|(id, noticed)| noticed.hold == hold && is_wanted(*id));
            let mut of_hold = of_hold.peekable();
            let mut items = Vec::new();
            while let Some((id, noticed)) = of_hold.next_if(|_| items.len() < limit) {
                items.push(self.noticed(&keys, conn, (id, noticed), level == Level::Full)?);
            }
            let next = items.last().filter(|_| of_hold.peek().is_some()).map(|view| view.id.to_string());
            Ok::<_, Refusal>(Page { items, next })
        };
        self.inner.settled(look, |page| !page.items.iter().any(|view| view.damaged))
    }

    /// A notice as the ledger has it, with its words where they are the entered ones.
    fn noticed(
        &self,
        keys: &Keyring,
        conn: &mut Conn,
        (id, said): (HoldNoticeId, &Noticed),
        is_worded: bool,
    ) -> Result<NoticeView, Refusal> {
        let row = match self.is_vouched_notice(conn, id) {
            Ok(true) => holds::notice(conn, id)?,
            Ok(false) | Err(Refusal::Store(StoreError::Corrupt { .. })) => None,
            Err(other) => return Err(other),
        };
        let mut recipients = said.recipients.clone();
        if row.is_some() {
            let read = holds::recipients_of(conn, id)?;
            recipients.extend(read.into_iter().map(|one| (one.user_id, one.acknowledged_at)));
        }
        let text = match &row {
            Some(_) if is_worded => told(keys, conn, id)?,
            Some(_) | None => None,
        };
        let noticed_at = said.at.or(row.as_ref().map(|row| row.noticed_at));
        let noticed_by = said.by.or(row.as_ref().map(|row| row.noticed_by));
        Ok(NoticeView {
            id,
            hold: Some(said.hold),
            noticed_at: noticed_at.unwrap_or(Moment::from_micros(0)),
            noticed_by: noticed_by.unwrap_or(UserId::from_bytes([0; 16])),
            damaged: row.is_none() || (is_worded && text.is_none()),
            text,
            recipients: recipients.into_iter().collect(),
        })
    }

    fn is_vouched_notice(&self, conn: &mut Conn, notice: HoldNoticeId) -> Result<bool, Refusal> {
        let cell = Bound::cell(notice, PROFILE);
        Ok(self.inner.is_as_said(conn, &Bound::HoldNotice(notice))? && self.inner.is_as_said(conn, &cell)?)
    }
}

fn place_of(cursor: Option<&str>) -> Result<Option<HoldNoticeId>, Refusal> {
    cursor.map(|text| HoldNoticeId::parse(text).map_err(|_| Refusal::BadCursor)).transpose()
}

/// The words of a notice in a list; `None` if they cannot be opened.
fn told(keys: &Keyring, conn: &mut Conn, notice: HoldNoticeId) -> Result<Option<String>, Refusal> {
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
