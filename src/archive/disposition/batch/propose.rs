//! Begins a disposition of what is due.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::role::Role;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::cases::Reason;
use crate::archive::cells::ITEMS;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{Rules, facts_to_keep};
use crate::archive::{Archive, Inner};
use crate::base::civil::Zone;
use crate::base::id::{DispositionId, RecordId};
use crate::base::limits::DISPOSED_AT_ONCE_MAX;
use crate::base::moment::Moment;
use crate::policy::Chain;
use crate::record::state::RecordState;
use crate::retention::calendar::Period;
use crate::retention::{self, Blocker, Now, Schedule, Verdict};
use crate::store::Conn;
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::{cells, retention as kept, versions};

use super::enter;
use super::list::{Item, ItemList};
use super::step::{Batch, DispositionState, ReviewStage};
use crate::archive::disposition::gate::{codes, rule_of};
use crate::archive::disposition::refusal::DispositionRefusal;

/// Records that are read from the queue at once.
const PAGE: u32 = 500;

/// What is to be disposed of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToDispose {
    /// These records.
    Records(BTreeSet<RecordId>),
    /// Everything that is due under a rule.
    Rule(String),
}

/// A disposition that somebody asks for.
#[derive(Debug, Clone)]
pub struct NewDisposition {
    /// What.
    pub what: ToDispose,
    /// Why; sealed.
    pub reason: Reason,
}

/// A disposition that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Its id.
    pub id: DispositionId,
    /// Records in it.
    pub items: u64,
    /// Those that were not taken in, and why: stable codes.
    pub left_out: Vec<(RecordId, &'static str)>,
}

/// Who reviews, and how long nothing is done then.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Review {
    chain: Option<String>,
    names: Vec<String>,
    stages: Vec<ReviewStage>,
    cooling_off: Option<Period>,
}

/// What was gathered.
#[derive(Default)]
struct Gathered {
    items: Vec<Item>,
    targets: Vec<Target>,
    left_out: Vec<(RecordId, &'static str)>,
    review: Option<Review>,
    zone: Option<Zone>,
    witnesses: u8,
}

impl Archive {
    /// Begins a disposition: its review starts. Records that are not due, are held, are in another disposition, or
    /// are decided on by other people than the first one, are left out and named.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::NotFound`] for a record out of sight; [`DispositionRefusal::NothingDue`];
    /// [`Refusal::TooMany`] for more records than one disposition takes.
    pub fn propose_disposition(&self, caller: &Caller, new: &NewDisposition) -> Result<Proposed, Refusal> {
        let now = self.inner.now();
        let ask = (Action::Create, Resource::Disposition);
        if caller.reach(ask.0, ask.1, now).is_nothing() {
            return Err(caller.forbidden(ask));
        }
        if matches!(new.what, ToDispose::Rule(_)) {
            self.judge_all_pending()?;
        }
        let Gathered { items, targets, left_out, review, zone, witnesses } =
            self.inner.store.read(|conn| self.gather_due(conn, (caller, now), &new.what))?;
        let Some(review) = review.filter(|_| !items.is_empty()) else {
            return Err(DispositionRefusal::NothingDue { left_out: left_out.len() as u64 }.into());
        };
        let list = ItemList {
            items,
            stages: review.names,
            chain: review.chain,
            reason: new.reason.as_str().to_owned(),
        };
        let may = Warrant::by(move |caller, _, now| {
            targets
                .iter()
                .try_for_each(|target| caller.permit(ask, Some(target), Thing::Record, now).map(|_| ()))
        });
        let rule = match &new.what {
            ToDispose::Rule(rule) => Some(rule.clone()),
            ToDispose::Records(_) => None,
        };
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let id = DispositionId::generate(tx.at(), inner.entropy.as_ref());
            let sealed = list.seal(&inner, &id.to_string())?;
            cells::insert(tx.conn(), &sealed.row)?;
            let mut batch = Batch {
                id,
                number: 0,
                state: DispositionState::InReview,
                requested_by: caller.user(),
                begun: tx.at(),
                items: list.items.len() as u64,
                root: list.root(),
                list: sealed.commitment,
                rule,
                stages: review.stages,
                cooling_off: review.cooling_off,
                zone: zone.unwrap_or(Zone::UTC),
                witnesses,
                decisions: Vec::new(),
                attended: Vec::new(),
                cooling_until: None,
                sealing_at: None,
                shredding_at: None,
                certificate: None,
            };
            enter::step(tx, caller.actor(), (&mut batch, "proposed"), None, &[ITEMS])?;
            Ok((id, batch.items))
        });
        let (id, items) = written.map_err(Refusal::from)?.value;
        Ok(Proposed { id, items, left_out })
    }

    fn gather_due(
        &self,
        conn: &mut Conn,
        (caller, now): (&Caller, Moment),
        what: &ToDispose,
    ) -> Result<Gathered, Refusal> {
        let inner = &self.inner;
        let ledger = inner.ledgered(conn)?;
        let rules = inner.rules(now)?;
        let taken = inner.under_way(&ledger, conn)?;
        let gathering = Gathering { inner, ledger: &ledger, rules: &rules, taken: &taken, now };
        let mut gathered = Gathered::default();
        match what {
            ToDispose::Records(ids) => {
                if ids.len() > DISPOSED_AT_ONCE_MAX {
                    return Err(Refusal::TooMany { most: DISPOSED_AT_ONCE_MAX as u64 });
                }
                for id in ids {
                    let row = records::get(conn, *id)?;
                    let target = row.as_ref().map(|row| Target::record(row.case_id, row.captured_by));
                    let ask = (Action::Create, Resource::Disposition);
                    caller.permit(ask, target.as_ref(), Thing::Record, now)?;
                    let row = row.ok_or(Refusal::NotFound(Thing::Record))?;
                    gathering.take(conn, &row, None, &mut gathered)?;
                }
            }
            ToDispose::Rule(rule) => {
                let reach = caller.reach(Action::Create, Resource::Disposition, now);
                let within = crate::archive::records::within(caller, reach);
                let mut after = None;
                loop {
                    let ids = kept::on_queue(conn, "due", within.as_ref(), after, PAGE)?;
                    let Some(last) = ids.last() else { break };
                    after = Some(*last);
                    for id in ids {
                        let Some(row) = records::get(conn, id)? else { continue };
                        let target = Target::record(row.case_id, row.captured_by);
                        if reach.level_of(caller.rights(), &target).is_some() {
                            gathering.take(conn, &row, Some(rule), &mut gathered)?;
                        }
                    }
                    if gathered.items.len() > DISPOSED_AT_ONCE_MAX {
                        // What is left is due tomorrow as well.
                        gathered.items.truncate(DISPOSED_AT_ONCE_MAX);
                        break;
                    }
                }
            }
        }
        Ok(gathered)
    }
}

struct Gathering<'g> {
    inner: &'g Inner,
    ledger: &'g Ledgered<'g>,
    rules: &'g [Rules],
    taken: &'g HashSet<RecordId>,
    now: Moment,
}

impl Gathering<'_> {
    /// Takes a record in, or says why not. Of what is due under another rule than `only` nothing is said.
    fn take(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
        only: Option<&String>,
        into: &mut Gathered,
    ) -> Result<(), Refusal> {
        if !RecordState::from_row(&row.state).is_some_and(RecordState::is_openable) {
            into.left_out.push((row.id, "gone"));
            return Ok(());
        }
        let verdict = match self.judged(conn, row) {
            Err(Refusal::Damaged(_)) => {
                into.left_out.push((row.id, "damaged"));
                return Ok(());
            }
            verdict => verdict?,
        };
        let rule = rule_of(&verdict);
        if only.is_some_and(|only| rule.as_ref().map(|(id, ..)| id) != Some(only)) {
            return Ok(());
        }
        // Approvals are what is asked for now.
        let stops = verdict.blockers.iter().any(|blocker| !matches!(blocker, Blocker::Approvals));
        let why = codes(&verdict).into_iter().find(|code| *code != "approvals");
        let why = match (stops, verdict.action) {
            (true, _) => Some(why.unwrap_or("approvals")),
            (false, None) => Some("unclassified"),
            (false, Some(_)) if self.taken.contains(&row.id) => Some("in_disposition"),
            (false, Some(_)) => None,
        };
        if let Some(why) = why {
            into.left_out.push((row.id, why));
            return Ok(());
        }
        let (review, zone, witnesses) = self.review(&verdict)?;
        if into.review.as_ref().is_some_and(|first| *first != review) {
            into.left_out.push((row.id, "other_review"));
            return Ok(());
        }
        into.review.get_or_insert(review);
        into.zone.get_or_insert(zone);
        into.witnesses = into.witnesses.max(witnesses);
        let version = versions::get(conn, row.id, row.version)?.ok_or(Refusal::Damaged(Thing::Record))?;
        into.targets.push(Target::record(row.case_id, row.captured_by));
        let commitment = version.descriptor_commitment;
        into.items.push(Item { record: row.id, version: row.version, commitment, rule });
        Ok(())
    }

    fn judged(&self, conn: &mut Conn, row: &RecordRow) -> Result<Verdict, Refusal> {
        let (facts, _) = facts_to_keep((self.inner, self.ledger), conn, (row, self.rules))?;
        let holds = self.inner.holds_of(conn, row)?;
        let schedule = self.schedule()?;
        Ok(retention::judge(&facts, schedule, &holds, &[], Now::sane(self.now)))
    }

    fn schedule(&self) -> Result<&Schedule, Refusal> {
        self.rules.last().map(|rules| rules.schedule.as_ref()).ok_or(Refusal::WrongState)
    }

    /// Who decides by the policy in which the rule stands; where it names nobody, one more person does.
    fn review(&self, verdict: &Verdict) -> Result<(Review, Zone, u8), Refusal> {
        let rule = rule_of(verdict);
        let known = rule.as_ref().and_then(|(id, ..)| {
            self.rules.last()?.schedule.rules().iter().find(|one| one.reference.id().as_str() == id)
        });
        let Some(known) = known else { return Ok((Review::of_nobody(), Zone::UTC, 0)) };
        let (zone, witnesses) = (known.obligation.zone, known.obligation.witnesses);
        let chain = match &known.obligation.approvals {
            None => None,
            Some(chain) => {
                let in_force = self.inner.schedules(self.now)?;
                let policy = in_force.last().and_then(|now| now.policy_of(known.reference.id()));
                let found =
                    policy.and_then(|of| of.policy.chains.iter().find(|one| one.id == *chain).cloned());
                // A chain that the rule names and the policy lacks: nobody can decide.
                Some(found.ok_or(Refusal::Damaged(Thing::Policy))?)
            }
        };
        Ok((chain.as_ref().map_or_else(Review::of_nobody, Review::of), zone, witnesses))
    }
}

impl Review {
    fn of(chain: &Chain) -> Self {
        let stage =
            |stage: &crate::policy::Stage| ReviewStage { roles: stage.roles.clone(), needed: stage.needed };
        Self {
            chain: Some(chain.id.to_string()),
            names: chain.stages().iter().map(|stage| stage.name.clone()).collect(),
            stages: chain.stages().iter().map(stage).collect(),
            cooling_off: chain.cooling_off,
        }
    }

    /// Where no policy says who decides.
    fn of_nobody() -> Self {
        let roles = BTreeSet::from([Role::PrivacyOfficer, Role::Legal, Role::Reviewer]);
        Self {
            chain: None,
            names: vec![String::new()],
            stages: vec![ReviewStage { roles, needed: 1 }],
            cooling_off: None,
        }
    }
}

impl Inner {
    /// Every record that is in a disposition which is not over, and did not leave it.
    pub(in crate::archive) fn under_way(
        &self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
    ) -> Result<HashSet<RecordId>, Refusal> {
        let mut taken = HashSet::new();
        for id in ledger.heads().dispositions() {
            let Some((_, batch)) = ledger.batch(conn, DispositionId::from_bytes(id))? else { continue };
            if batch.state.is_over() {
                continue;
            }
            let own = batch.id.to_string();
            for item in ItemList::open(self, conn, &batch)?.items {
                let told = ledger.disposed(conn, item.record)?;
                let says = |name: &str| told.as_ref()?.entry.facts.get(name)?.as_str();
                let has_left = says("batch") == Some(own.as_str()) && says("step").is_some();
                if !has_left {
                    taken.insert(item.record);
                }
            }
        }
        Ok(taken)
    }
}
