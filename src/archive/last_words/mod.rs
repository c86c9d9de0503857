//! The ledger's last words about rights: what every user, API token, session, approval and open job must look
//! like in the database. They are held in memory, so that whoever can write to the database, but
//! signs nothing, gains nothing by it: neither by changing such a row nor by changing, hiding or
//! taking away the entry that speaks of it.
//!
//! The words come from entries of which the tree's root was signed. At the start those since
//! [`keep`] are read; after that the writer tells of each, before anybody can see its rows.
//!
//! What gives nobody a right is not held so; of it the [`heads`] say how far its entries reach.

mod claim;
mod follow;
mod heads;
mod in_force;
mod keep;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use serde_json::{Map, Value};

use crate::access::session::{ABSOLUTE_SECONDS, CLOCK_SKEW_SECONDS};
use crate::base::digest::Digest;
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::bundle::name::BundleName;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::ledger::tree::{Hash, empty_root};
use crate::store::{Group, Listener, StoreError};

use super::bound::ROWS;
use super::cells::{NOTICE, PROFILE, PURPOSE, REPORT};
use super::holds::{HoldSaid, Register, SaidKey};
use super::jobs::JobBell;
use super::retention::touches;
use super::users::ACCOUNT_SECRETS;

pub(super) use claim::{Claim, UserRows};
use heads::Heads;
pub(super) use heads::{HeadsAt, Opened, Story};
pub(super) use in_force::InForce;

/// The first half of an address's SHA-256.
type Key = [u8; 16];

/// Claims that were found to be vouched for and are remembered, so that they are not hashed again.
const REMEMBERED_MAX: usize = 4_096;

/// The last words, and which rows were found to be as they say.
pub(super) struct LastWords {
    /// By which the signed checkpoint is checked.
    vkey: String,
    /// Opens what entries say of holds; `None` on a node without index keys.
    said_of_holds: Option<SaidKey>,
    state: RwLock<State>,
    heads: RwLock<Heads>,
    remembered: Mutex<HashMap<claim::Whose, claim::Seen>>,
    /// When entries of other nodes were last looked for.
    looked: Mutex<Option<Instant>>,
    /// Entries of which the words were kept on disk.
    kept: AtomicU64,
    /// The generation of the words, for those who must not wait for the lock.
    heard: AtomicU64,
    /// Epoch and generation in force, for those who must not wait for the lock.
    keys: AtomicU64,
    /// Rung when something is committed by which records may stand elsewhere.
    judging: Arc<JobBell>,
}

/// What the first `size` entries say.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    size: u64,
    root: Hash,
    words: HashMap<Key, Digest>,
    /// Every user of whom they speak.
    users: HashSet<UserId>,
    /// The sessions, in the order in which they were opened.
    sessions: VecDeque<(Moment, Key)>,
    local_operator: Option<String>,
    /// The highest number of a bundle in each year.
    bundles: BTreeMap<u16, u32>,
    /// Which keys are in force.
    in_force: InForce,
    /// What stops destructions.
    holds: Register,
    /// Grows with every word: what was compared before must be compared again.
    generation: u64,
    /// How often something was committed, or may have been, that was not taken in.
    missed: u64,
    /// How many of those times were made up for by reading the ledger.
    caught_up: u64,
}

/// What one entry says of rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    at: Option<Moment>,
    words: Vec<(String, Option<Digest>)>,
    /// True if cells were only sealed anew: those that nobody spoke of stay unknown.
    rewritten: bool,
    local_operator: Option<String>,
    bundle: Option<BundleName>,
    in_force: Option<InForce>,
    hold: Option<HoldSaid>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            size: 0,
            root: empty_root(),
            words: HashMap::new(),
            users: HashSet::new(),
            sessions: VecDeque::new(),
            local_operator: None,
            bundles: BTreeMap::new(),
            in_force: InForce::FIRST,
            holds: Register::default(),
            generation: 0,
            missed: 0,
            caught_up: 0,
        }
    }
}

impl LastWords {
    /// Nothing is known yet: see [`super::Inner::follow`].
    pub(super) fn new(vkey: String, said_of_holds: Option<SaidKey>) -> Self {
        Self {
            vkey,
            said_of_holds,
            state: RwLock::default(),
            heads: RwLock::default(),
            remembered: Mutex::default(),
            looked: Mutex::default(),
            kept: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            keys: AtomicU64::new(0),
            judging: Arc::default(),
        }
    }

    /// The bell of the judge.
    pub(super) fn judging(&self) -> Arc<JobBell> {
        Arc::clone(&self.judging)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who do not take the lock.
    fn tell(&self, state: &State) {
        self.keys.store(state.in_force.packed(), Ordering::Release);
        self.heard.store(state.generation, Ordering::Release);
    }

    /// Never held while waiting for anything: not for the disk, a connection, or [`Self::state`].
    fn read_heads(&self) -> RwLockReadGuard<'_, Heads> {
        self.heads.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Self::read_heads`].
    fn write_heads(&self) -> RwLockWriteGuard<'_, Heads> {
        self.heads.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log's public key.
    pub(super) fn vkey(&self) -> &str {
        &self.vkey
    }

    /// The last word about an address; `None` if there is none, or that it is gone.
    pub(super) fn about(&self, address: &str) -> Option<Digest> {
        self.read().words.get(&key(address)).copied()
    }

    /// Whom the first entry names as the local operator.
    pub(super) fn local_operator(&self) -> Option<String> {
        self.read().local_operator.clone()
    }

    /// The highest number that a bundle of the year got.
    pub(super) fn bundles_of(&self, year: u16) -> u64 {
        self.read().bundles.get(&year).copied().unwrap_or(0).into()
    }

    /// Grows with every word, after its rows show: whoever reads rows asks before, and notices later what
    /// was said since.
    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Acquire)
    }

    /// Grows with every word; `None` while there may be words that nobody told of.
    pub(super) fn generation(&self, is_shared: bool) -> Option<u64> {
        let state = self.read();
        (!is_shared && state.missed == state.caught_up).then_some(state.generation)
    }

    /// Every user of whom the ledger speaks.
    pub(super) fn users(&self) -> Vec<UserId> {
        self.read().users.iter().copied().collect()
    }

    /// True if nobody of whom the ledger speaks as a user is missing among these.
    pub(super) fn are_all_users(&self, standing: &HashSet<UserId>) -> bool {
        self.read().users.is_subset(standing)
    }
}

impl Listener for LastWords {
    fn wants(&self, draft: &EntryDraft) -> bool {
        let facts = draft.facts.as_object();
        facts.is_some_and(|facts| {
            may_speak(draft.kind) && Said::of(self.said_of_holds.as_ref(), draft.kind, facts, None).is_some()
        })
    }

    fn commit(
        &self,
        group: &Group<'_>,
        commit: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // Locked around the commit: whoever compares afterwards sees both the rows and the words. Where
        // nothing is said of rights, as with every capture, nobody waits for the disk.
        let locked = group.spoken.then(|| self.write());
        let committed = commit();
        if committed.is_ok() {
            self.write_heads().committed(group);
            if group.drafts.iter().any(|draft| touches(draft.kind)) {
                self.judging.ring();
            }
        }
        let mut state = locked.unwrap_or_else(|| self.write());
        if let Err(error) = committed {
            // It may have reached the disk all the same.
            state.missed += 1;
            return Err(error);
        }
        if state.size != group.first_seq {
            // Another node entered something in between, unless it was read by now.
            state.missed += u64::from(state.size < group.size);
            return Ok(());
        }
        for draft in group.drafts.iter().filter(|draft| group.spoken && may_speak(draft.kind)) {
            let facts = draft.facts.as_object();
            let said = facts
                .and_then(|facts| Said::of(self.said_of_holds.as_ref(), draft.kind, facts, Some(group.at)));
            if let Some(said) = said {
                state.hear(said);
            }
        }
        (state.size, state.root) = (group.size, group.root);
        self.tell(&state);
        Ok(())
    }
}

impl State {
    fn hear(&mut self, said: Said) {
        self.generation += 1;
        if said.local_operator.is_some() {
            self.local_operator = said.local_operator;
        }
        if let Some(said) = said.in_force {
            self.in_force = self.in_force.and(said);
        }
        if let Some(bundle) = said.bundle {
            let highest = self.bundles.entry(bundle.year()).or_default();
            *highest = bundle.number().max(*highest);
        }
        if let Some(hold) = said.hold {
            self.holds.hear(hold);
        }
        for (address, digest) in said.words {
            let key = key(&address);
            if said.rewritten && !self.words.contains_key(&key) {
                continue;
            }
            if let Some(user) = address.strip_prefix("user/").and_then(|id| UserId::parse(id).ok()) {
                match digest {
                    Some(_) => self.users.insert(user),
                    None => self.users.remove(&user),
                };
            }
            match digest {
                Some(digest) => {
                    self.words.insert(key, digest);
                    if address.starts_with("session/") {
                        self.sessions.push_back((said.at.unwrap_or(Moment::from_micros(0)), key));
                    }
                }
                None => drop(self.words.remove(&key)),
            }
        }
        if let Some(at) = said.at {
            self.forget_sessions(at);
        }
    }

    /// Forgets the sessions that have ended by time at `at`.
    fn forget_sessions(&mut self, at: Moment) {
        let ended = at.plus_seconds(-ABSOLUTE_SECONDS - CLOCK_SKEW_SECONDS);
        while let Some((opened, key)) = self.sessions.front()
            && *opened < ended
        {
            self.words.remove(key);
            self.sessions.pop_front();
        }
    }
}

impl Said {
    /// What an entry with these facts says; `None` if it says nothing of rights.
    fn of(
        said_of_holds: Option<&SaidKey>,
        kind: EntryKind,
        facts: &Map<String, Value>,
        at: Option<Moment>,
    ) -> Option<Self> {
        let mut said = Self { at, rewritten: kind == EntryKind::CellsRewritten, ..Self::default() };
        if kind == EntryKind::ArchiveCreated {
            said.local_operator = facts.get("local_operator").and_then(Value::as_str).map(str::to_owned);
        }
        if kind == EntryKind::ExportBegun {
            let name = facts.get("bundle").and_then(Value::as_str);
            said.bundle = name.and_then(|name| BundleName::parse(name).ok());
        }
        said.in_force = InForce::of(kind, facts);
        if let Some(rows) = facts.get(ROWS).and_then(Value::as_object) {
            let speaks = |address: &str| said.rewritten || is_right(address) || is_secret(rows, address);
            let digest = |value: &Value| value.as_str().and_then(|hex| Digest::parse_hex(hex).ok());
            said.words = rows
                .iter()
                .filter(|(address, _)| speaks(address))
                .map(|(address, value)| (address.clone(), digest(value)))
                .collect();
        }
        said.hold = HoldSaid::of(said_of_holds, kind, facts);
        let speaks = !said.words.is_empty()
            || said.local_operator.is_some()
            || said.bundle.is_some()
            || said.in_force.is_some()
            || said.hold.is_some();
        speaks.then_some(said)
    }
}

/// False for kinds whose entries never speak of rights. They are most of a ledger.
fn may_speak(kind: EntryKind) -> bool {
    !matches!(
        kind,
        EntryKind::Captured
            | EntryKind::Amended
            | EntryKind::Linked
            | EntryKind::SegmentCaptured
            | EntryKind::OriginalRead
            | EntryKind::Searched
            | EntryKind::Refused
            | EntryKind::LoginsFailed
    )
}

/// True for the addresses of what gives rights, of orders that are carried out in somebody's name, of what stops
/// destructions, and of policies with what is said of them: by them something may be destroyed.
fn is_right(address: &str) -> bool {
    const KINDS: [&str; 10] = [
        "user/",
        "token/",
        "session/",
        "approval/",
        "job/",
        "hold/",
        "hold_batch/",
        "hold_notice/",
        "polic",
        "simulation/",
    ];
    KINDS.iter().any(|kind| address.starts_with(kind))
}

/// What has words of its own, each in the cell of its id.
const WORDED: [&str; 6] =
    ["user", "hold", "hold_notice", "policy_review", "policy_suggestion", "policy_evaluation"];

/// True for a cell that belongs to a user, to a hold or to what is said of a policy, of which the same entry speaks,
/// or that only users have.
fn is_secret(rows: &Map<String, Value>, address: &str) -> bool {
    let Some((owner, part)) = address.strip_prefix("cell/").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let speaks_of = |kind: &str| rows.contains_key(&format!("{kind}/{owner}"));
    ACCOUNT_SECRETS.contains(&part)
        || (part == PROFILE && WORDED.into_iter().any(speaks_of))
        || (part == PURPOSE && speaks_of("hold"))
        || (part == REPORT && speaks_of("simulation"))
        || (part == NOTICE && speaks_of("policy_version"))
}

fn key(address: &str) -> Key {
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(Digest::of(address.as_bytes()).as_bytes()) {
        *to = *from;
    }
    key
}
