//! Changes what is said of a case: its words, tier, priority, language, team, tags and parties.
//! Its state changes by events alone.

use std::sync::Arc;

use serde_json::Value;

use crate::access::permission::{Action, Resource};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::PROFILE;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::digest::Digest;
use crate::base::id::CaseId;
use crate::base::limits::{PARTIES_MAX, TAGS_MAX};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::case::{CaseProfile, LevelWord};
use crate::record::descriptor::Tag;
use crate::record::names::{Language, Reference, Title};
use crate::record::party::{Party, PartyName, PartyRole};
use crate::record::request::{CaseRef, Fault, FaultCode, Faults, ObjectReader, Path};
use crate::store::Tx;
use crate::store::rows::cases::{self, CasePartyRow, CaseRow};
use crate::store::rows::cells as cell_rows;

use super::entered::Entered;
use super::find::{self, Standing};
use super::{facts, open, profile, reference_token};

/// What is asked of the permission table.
const CHANGE: (Action, Resource) = (Action::Change, Resource::Case);

/// What becomes of something that need not be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Clear,
    /// It is replaced.
    Set(T),
}

impl<T> Edit<T> {
    fn apply(self, to: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *to = None,
            Self::Set(value) => *to = Some(value),
        }
    }
}

/// A change of a case. What is not named stays; `Debug` shows closed words only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseChange {
    /// The number by which people know it.
    pub reference: Option<Reference>,
    /// What it is about.
    pub title: Option<Title>,
    /// The service.
    pub service: Edit<Title>,
    /// The team responsible while no event names somebody else.
    pub team: Edit<Title>,
    /// All its tags.
    pub tags: Option<Vec<Tag>>,
    /// All its parties.
    pub parties: Option<Vec<Party>>,
    /// Tier of the service.
    pub tier: Edit<LevelWord>,
    /// Priority.
    pub priority: Edit<LevelWord>,
    /// The language in which it is conducted.
    pub language: Edit<Language>,
}

impl CaseChange {
    /// Checks an input; all faults at once. What is `null` is taken away, what is absent stays
    /// (RFC 7396).
    ///
    /// # Errors
    /// Every fault of the input.
    pub fn from_json(value: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let change = ObjectReader::read(value, &Path::Root, &mut faults, |reader| Self::read(reader, value));
        faults.into_result(change)
    }

    fn read(reader: &mut ObjectReader<'_>, value: &Value) -> Self {
        let is_null = |key: &str| value.get(key).is_some_and(Value::is_null);
        let given = |key: &str| value.get(key).is_some();
        let tags = reader.texts("tags", TAGS_MAX, Tag::parse, |a, b| a == b);
        let parties = read_parties(reader);
        for key in ["reference", "title"] {
            if is_null(key) {
                reader.fault(key, FaultCode::Required);
            }
        }
        Self {
            reference: reader.text("reference", Reference::parse),
            title: reader.text("title", Title::parse),
            service: edit(reader.text("service", Title::parse), is_null("service")),
            team: edit(reader.text("team", Title::parse), is_null("team")),
            tags: given("tags").then_some(tags),
            parties: given("parties").then_some(parties),
            tier: edit(reader.text("tier", LevelWord::parse), is_null("tier")),
            priority: edit(reader.text("priority", LevelWord::parse), is_null("priority")),
            language: edit(reader.text("language", Language::parse), is_null("language")),
        }
    }

    fn apply(self, profile: &mut CaseProfile, row: &mut CaseRow) {
        if let Some(reference) = self.reference {
            profile.reference = reference;
        }
        if let Some(title) = self.title {
            profile.title = title;
        }
        self.service.apply(&mut profile.service);
        self.team.apply(&mut profile.team);
        if let Some(tags) = self.tags {
            profile.tags = tags;
        }
        if let Some(parties) = self.parties {
            profile.parties = parties;
        }
        fn text<T>(edit: Edit<T>, to: &mut Option<String>, word: impl FnOnce(&T) -> &str) {
            match edit {
                Edit::Keep => {}
                Edit::Clear => *to = None,
                Edit::Set(value) => *to = Some(word(&value).to_owned()),
            }
        }
        text(self.tier, &mut row.tier, LevelWord::as_str);
        text(self.priority, &mut row.priority, LevelWord::as_str);
        text(self.language, &mut row.language, Language::as_str);
    }
}

fn edit<T>(read: Option<T>, is_null: bool) -> Edit<T> {
    match read {
        Some(value) => Edit::Set(value),
        None if is_null => Edit::Clear,
        None => Edit::Keep,
    }
}

fn read_parties(reader: &mut ObjectReader<'_>) -> Vec<Party> {
    let mut seen: Vec<(Party, String)> = Vec::new();
    reader.list("parties", PARTIES_MAX, |item, path, faults| {
        let party = ObjectReader::read(item, path, faults, |inner| {
            let role = inner.text("role", PartyRole::parse);
            let name = inner.text("name", PartyName::parse);
            inner.require(&["role", "name"]);
            Some(Party { role: role?, name: name? })
        })??;
        if let Some((_, first)) = seen.iter().find(|(earlier, _)| earlier.is_same(&party)) {
            faults.add(path, FaultCode::Duplicate { first: first.clone() });
            return None;
        }
        seen.push((party.clone(), path.to_string()));
        Some(party)
    })
}

impl Archive {
    /// Changes what is said of a case. `expected` is the revision that the caller saw.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Stale`] if the case changed since `expected` was
    /// read; [`Refusal::Exists`] if another case has the new reference; [`Refusal::NamesThrottled`].
    pub fn change_case(
        &self,
        caller: &Caller,
        case: &CaseRef,
        change: CaseChange,
        expected: Option<Digest>,
    ) -> Result<Entered<CaseId>, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        let (id, may) = self.inner.store.read(|conn| {
            find::warranted(conn, (caller, now), CHANGE, (&keys, case)).map(|(row, may)| (row.id, may))
        })?;
        let inner = Arc::clone(&self.inner);
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let row = cases::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Case))?;
            let standing = Standing::of(&inner, tx, row)?;
            if expected.is_some_and(|expected| expected != standing.revision()) {
                return Err(Refusal::Stale);
            }
            let changed = write(&inner, tx, caller, standing, change)?;
            Ok((id, changed.revision()))
        }))
    }
}

fn write(
    inner: &Inner,
    tx: &mut Tx<'_>,
    caller: &Caller,
    was: Standing,
    change: CaseChange,
) -> Result<Standing, Refusal> {
    let keys = inner.keys();
    let by = caller.user();
    let mut row = was.row.clone();
    let mut profile = profile::open(&keys, tx.conn(), &row)?;
    let renews_parties = change.parties.is_some();
    change.apply(&mut profile, &mut row);
    row.reference_token = reference_token(&keys, profile.reference.as_str())?;
    if row.reference_token != was.row.reference_token {
        find::may_name(caller, tx, CHANGE, &row.reference_token)?;
    }
    let members = match renews_parties {
        false => was.members.clone(),
        true => {
            let members = open::members(inner, &keys, tx, (row.id, by), &profile.parties)?;
            replace_members(tx, &was.members, &members)?;
            members
        }
    };
    let sealed = profile::seal(inner, &keys, &row, &profile)?;
    let replaced = cell_rows::replace(tx.conn(), &sealed.row, was.profile)?;
    if !replaced || !cases::update(tx.conn(), &row, was.row.state)? {
        return Err(Refusal::Stale);
    }
    let facts = facts::of_change(&row, (&was.members, &members), sealed.commitment);
    let facts = bind(tx.conn(), facts, &[Bound::Case(row.id), Bound::cell(row.id, PROFILE)])?;
    tx.enter(EntryDraft {
        kind: EntryKind::CaseChanged,
        subject: row.id.to_string(),
        actor: Actor::User(by),
        facts,
    })?;
    Ok(Standing { row, members, profile: sealed.row.digest })
}

fn replace_members(tx: &mut Tx<'_>, was: &[CasePartyRow], now: &[CasePartyRow]) -> Result<(), Refusal> {
    for gone in was.iter().filter(|member| !now.contains(member)) {
        cases::remove_party(tx.conn(), gone)?;
    }
    for fresh in now.iter().filter(|member| !was.contains(member)) {
        cases::add_party(tx.conn(), fresh)?;
    }
    Ok(())
}
