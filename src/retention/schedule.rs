//! A policy made ready for judging: its rules, with every date that they ask for in a slot of its own. Those that do
//! not count stand behind those that do: whoever asks why is told of them, and a floor that nobody has checked keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde_json::json;

use super::facts::{DateFact, VersionFacts};
use crate::base::canonical;
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::policy::trigger::{Atom, Combine, EventKey, EventType, Expr, Occurrence};
use crate::policy::{
    FiscalYear, Law, Majority, Obligation, Policy, RuleId, RuleKind, Standing, Subject, comes_of_age,
};
use crate::record::category::Category;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::Kind;
use crate::record::occurred::Occurred;
use crate::retention::calendar::Period;

/// By what name policies go that are judged together.
const TOGETHER: &str = "in-force";

/// Which version of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRef {
    /// Its id.
    pub id: RuleId,
    /// Its version.
    pub version: u32,
    /// The SHA-256 of its canonical form.
    pub hash: Digest,
}

/// Which version of a rule. Cheap to copy.
#[derive(Clone, PartialEq, Eq)]
pub struct RuleRef(Arc<(RuleId, u32, Digest)>);

impl RuleRef {
    /// From its parts.
    pub fn new(id: RuleId, version: u32, hash: Digest) -> Self {
        Self(Arc::new((id, version, hash)))
    }

    /// Its id.
    pub fn id(&self) -> &RuleId {
        &self.0.0
    }

    /// Its version.
    pub fn version(&self) -> u32 {
        self.0.1
    }

    /// The SHA-256 of its canonical form.
    pub fn hash(&self) -> Digest {
        self.0.2
    }
}

impl fmt::Debug for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id(), self.version())
    }
}

/// A trigger with slots for dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compiled {
    Slot(usize),
    Event { kind: EventType, key: EventKey, which: Occurrence },
    Plus(Box<Self>, Period),
    FiscalYearEnd(Box<Self>),
    CalendarYearEnd(Box<Self>),
    Combined(Combine, Vec<Self>),
}

impl Compiled {
    /// The slots that it asks.
    pub(super) fn slots(&self, into: &mut BTreeSet<usize>) {
        match self {
            Self::Slot(slot) => {
                into.insert(*slot);
            }
            Self::Event { .. } => {}
            Self::Plus(inner, _) | Self::FiscalYearEnd(inner) | Self::CalendarYearEnd(inner) => {
                inner.slots(into)
            }
            Self::Combined(_, list) => list.iter().for_each(|inner| inner.slots(into)),
        }
    }
}

/// A date that rules ask for. People come of age by the law of the rule that asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub(super) atom: Atom,
    pub(super) law: Option<Law>,
}

impl Slot {
    /// True for a date that stands in a descriptor, and in no clear column.
    fn is_sealed(&self) -> bool {
        match self.atom {
            Atom::Meta(_) | Atom::Majority(_) => true,
            Atom::Declared | Atom::Received | Atom::Created | Atom::Occurred | Atom::Classified => false,
            Atom::Event { .. } => false,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.law {
            None => write!(f, "{}", self.atom),
            Some(law) => write!(f, "{} by {}", self.atom, law.as_str()),
        }
    }
}

/// A rule with its compiled trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// Which it is.
    pub reference: RuleRef,
    /// The rule.
    pub obligation: Obligation,
    pub(super) trigger: Option<Compiled>,
    /// By when it has to be reviewed, where a calendar of reviews is kept; otherwise the day that it names itself
    /// counts.
    pub(super) review_due: Option<CivilDate>,
}

impl Ruled {
    /// By when it has to be reviewed, if it counts.
    pub fn review_due(&self) -> Option<CivilDate> {
        let due = self.review_due.or(self.obligation.next_review);
        due.filter(|_| self.obligation.standing == Standing::Enabled)
    }
}

/// A version of a policy, with the name by which its verdicts go.
#[derive(Debug, Clone, Copy)]
pub struct Versioned<'a> {
    /// The SHA-256 of its canonical form, as it was published.
    pub hash: Digest,
    /// What it says.
    pub policy: &'a Policy,
}

/// The rules of a version of a policy, those that count first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub(super) policy: PolicyRef,
    pub(super) rules: Vec<Ruled>,
    pub(super) slots: Vec<Slot>,
    pub(super) fiscal_years: Vec<FiscalYear>,
    majorities: Vec<Majority>,
    pub(super) stale_after: Period,
    pub(super) post_hold_grace: Period,
}

/// What a version's facts are made of. It never leaves the job that reads the descriptor.
pub struct Materials<'a> {
    /// The version's number, from 1.
    pub number: u32,
    /// What rules are held against.
    pub subject: &'a Subject,
    /// When it was declared.
    pub declared: Occurred,
    /// When it was received.
    pub received: Option<Occurred>,
    /// When it was made.
    pub created: Option<Occurred>,
    /// When what it records happened.
    pub occurred: Option<Occurred>,
    /// When it was put into its category.
    pub classified: Option<Occurred>,
    /// Typed and custom fields by name.
    pub meta: &'a BTreeMap<String, String>,
    /// The zone of dates without one.
    pub zone: Zone,
}

impl Schedule {
    /// The rules of a policy.
    pub fn of(policy: &Policy) -> Self {
        let reference = PolicyRef { id: policy.id.clone(), version: policy.version, hash: policy.hash() };
        Self::from_parts(
            reference,
            in_order(&policy.obligations),
            policy.fiscal_years.clone(),
            policy.majorities.clone(),
            (policy.stale_after, policy.post_hold_grace),
        )
    }

    /// The rules of several policies that are in force together, judged as one: a ceiling of one meets the
    /// floors of the others. `None` for none.
    ///
    /// One policy alone goes by its own name. Of several, in the order of their ids, the hash is over each one's id,
    /// version and hash; the longer rest after a hold counts, and the shorter time after which somebody is asked.
    pub fn of_all(policies: &[Versioned<'_>]) -> Option<Self> {
        let mut policies = policies.to_vec();
        policies.sort_by(|one, other| one.policy.id.cmp(&other.policy.id));
        let (first, others) = policies.split_first()?;
        let rules = in_order(policies.iter().flat_map(|of| &of.policy.obligations));
        let (mut fiscal_years, mut majorities) = (Vec::new(), Vec::new());
        for of in &policies {
            let new = of.policy.fiscal_years.iter().filter(|row| !fiscal_years.contains(*row));
            fiscal_years.extend(new.cloned().collect::<Vec<_>>());
            let new = of.policy.majorities.iter().filter(|row| !majorities.contains(*row));
            majorities.extend(new.cloned().collect::<Vec<_>>());
        }
        let mut periods = (first.policy.stale_after, first.policy.post_hold_grace);
        for of in others {
            if of.policy.stale_after.day_bounds() < periods.0.day_bounds() {
                periods.0 = of.policy.stale_after;
            }
            if of.policy.post_hold_grace.day_bounds() > periods.1.day_bounds() {
                periods.1 = of.policy.post_hold_grace;
            }
        }
        let reference = if others.is_empty() {
            PolicyRef { id: first.policy.id.clone(), version: first.policy.version, hash: first.hash }
        } else {
            let listed: Vec<_> = policies
                .iter()
                .map(|of| json!([of.policy.id.as_str(), of.policy.version, of.hash.to_hex()]))
                .collect();
            let id = RuleId::parse(TOGETHER).ok()?;
            PolicyRef { id, version: 1, hash: Digest::of(&canonical::to_bytes(&json!(listed))) }
        };
        Some(Self::from_parts(reference, rules, fiscal_years, majorities, periods))
    }

    /// The same rules, each with the day by which it has to be reviewed. No hash changes by it.
    pub fn with_reviews(mut self, due: impl Fn(&RuleId) -> Option<CivilDate>) -> Self {
        for rule in &mut self.rules {
            rule.review_due = due(&rule.obligation.id);
        }
        self
    }

    /// No rules at all: what holds while no policy is in force. Everything is kept.
    pub fn none() -> Self {
        let policy = PolicyRef { id: RuleId::none(), version: 1, hash: Digest::of(b"") };
        let (stale_after, grace) = (Period::new(24, 0), Period::new(0, 30));
        let periods = stale_after.zip(grace).expect("24 months and 30 days are periods");
        Self::from_parts(policy, Vec::new(), Vec::new(), Vec::new(), periods)
    }

    /// The types of events that its triggers wait for, each with the key that binds it.
    pub fn awaited(&self) -> BTreeSet<(EventType, EventKey)> {
        let weighed = self.rules.iter().filter(|rule| rule.trigger.is_some());
        let atoms = weighed.filter_map(|rule| rule.obligation.rule.trigger());
        let atoms = atoms.flat_map(|trigger| trigger.atoms());
        let awaited = atoms.filter_map(|atom| match atom {
            Atom::Event { kind, key, .. } => Some((kind.clone(), key.clone())),
            _ => None,
        });
        awaited.collect()
    }

    /// True if a ceiling may be about a record of which no more is known than this: without one it is never
    /// restricted.
    pub fn has_ceiling_for(&self, kind: Kind, category: &Category, jurisdiction: &Jurisdiction) -> bool {
        let ceilings = self.rules.iter().map(|rule| &rule.obligation);
        ceilings
            .filter(|rule| rule.rule.kind() == RuleKind::Ceiling)
            .any(|rule| rule.selector.may_match(&rule.law, kind, category, jurisdiction))
    }

    /// True if a date by which the record is judged stands in what is sealed of it, as a birth does: nothing that
    /// follows from it is for those who may not read that.
    pub fn rests_on_words(&self, versions: &[VersionFacts]) -> bool {
        versions.iter().flat_map(|version| &version.matched).any(|index| {
            let rule = usize::try_from(*index).ok().and_then(|index| self.rules.get(index));
            rule.is_some_and(|rule| self.asks_words(rule))
        })
    }

    /// The same of facts themselves: they hold each date that any rule asks for, whether it matches or not.
    pub fn holds_words(&self, versions: &[VersionFacts]) -> bool {
        let is_known = |fact: &DateFact| !matches!(fact, DateFact::Missing);
        let mut dates = versions.iter().flat_map(|version| self.slots.iter().zip(&version.dates));
        dates.any(|(slot, fact)| slot.is_sealed() && is_known(fact))
    }

    /// True if this version of a rule is one of these and asks for such a date; `None` if it is none of these.
    pub fn asks_for_words(&self, rule: &RuleRef) -> Option<bool> {
        let known = self.rules.iter().find(|known| known.reference == *rule)?;
        Some(self.asks_words(known))
    }

    fn asks_words(&self, rule: &Ruled) -> bool {
        let mut slots = BTreeSet::new();
        if let Some(trigger) = &rule.trigger {
            trigger.slots(&mut slots);
        }
        slots.iter().any(|slot| self.slots.get(*slot).is_some_and(Slot::is_sealed))
    }

    /// Rules that are given one by one.
    pub(super) fn from_parts(
        policy: PolicyRef,
        obligations: Vec<Obligation>,
        fiscal_years: Vec<FiscalYear>,
        majorities: Vec<Majority>,
        (stale_after, post_hold_grace): (Period, Period),
    ) -> Self {
        let mut slots = Vec::new();
        let rules = obligations
            .into_iter()
            .map(|obligation| Ruled {
                reference: RuleRef::new(obligation.id.clone(), obligation.version, obligation.hash()),
                trigger: obligation
                    .rule
                    .trigger()
                    .filter(|_| obligation.is_weighed())
                    .map(|trigger| compiled(trigger, &obligation, &mut slots)),
                obligation,
                review_due: None,
            })
            .collect();
        Self { policy, rules, slots, fiscal_years, majorities, stale_after, post_hold_grace }
    }

    /// Which version of which policy.
    pub const fn policy(&self) -> &PolicyRef {
        &self.policy
    }

    /// Its rules, in the order to which facts refer.
    pub fn rules(&self) -> &[Ruled] {
        &self.rules
    }

    /// Holds every rule against a version of a record, and reads the dates that they ask for.
    pub fn materialise(&self, materials: &Materials<'_>) -> VersionFacts {
        let matches =
            |rule: &Ruled| rule.obligation.selector.matches(&rule.obligation.law, materials.subject);
        let matched =
            self.rules.iter().zip(0_u32..).filter(|(rule, _)| matches(rule)).map(|(_, index)| index);
        VersionFacts {
            number: materials.number,
            matched: matched.collect(),
            dates: self.slots.iter().map(|slot| self.date(slot, materials)).collect(),
        }
    }

    fn date(&self, slot: &Slot, materials: &Materials<'_>) -> DateFact {
        let own = |date: Option<Occurred>| date.map_or(DateFact::Missing, DateFact::Known);
        match &slot.atom {
            Atom::Declared => DateFact::Known(materials.declared),
            Atom::Received => own(materials.received),
            Atom::Created => own(materials.created),
            Atom::Occurred => own(materials.occurred),
            Atom::Classified => own(materials.classified),
            Atom::Meta(path) => read(materials, path.as_str()),
            Atom::Majority(path) => match (read(materials, path.as_str()), &slot.law) {
                (DateFact::Known(birth), Some(law)) => self.of_age(law, birth),
                (DateFact::Known(_), None) => DateFact::Invalid,
                (unknown, _) => unknown,
            },
            // Events stand in no slot.
            Atom::Event { .. } => DateFact::Missing,
        }
    }

    /// The day on which somebody comes of age; nothing else of the birth date goes on.
    fn of_age(&self, law: &Law, birth: Occurred) -> DateFact {
        let day: Option<CivilDate> = comes_of_age(&self.majorities, law, birth.on);
        day.map_or(DateFact::Invalid, |on| DateFact::Known(Occurred { on, at: None, zone: birth.zone }))
    }
}

/// Those that count, then the others.
fn in_order<'o>(rules: impl IntoIterator<Item = &'o Obligation>) -> Vec<Obligation> {
    let mut rules: Vec<Obligation> = rules.into_iter().cloned().collect();
    rules.sort_by_key(|rule| rule.standing != Standing::Enabled);
    rules
}

fn read(materials: &Materials<'_>, path: &str) -> DateFact {
    match materials.meta.get(path).map(|text| text.trim()).filter(|text| !text.is_empty()) {
        None => DateFact::Missing,
        Some(text) => Occurred::parse(text, materials.zone).map_or(DateFact::Invalid, DateFact::Known),
    }
}

fn compiled(expr: &Expr, rule: &Obligation, slots: &mut Vec<Slot>) -> Compiled {
    let mut inner = |expr: &Expr| Box::new(compiled(expr, rule, slots));
    match expr {
        Expr::Plus(expr, period) => Compiled::Plus(inner(expr), *period),
        Expr::FiscalYearEnd(expr) => Compiled::FiscalYearEnd(inner(expr)),
        Expr::CalendarYearEnd(expr) => Compiled::CalendarYearEnd(inner(expr)),
        Expr::Combined(how, arguments) => {
            let list = arguments.as_slice().iter().map(|argument| compiled(argument, rule, slots));
            Compiled::Combined(*how, list.collect())
        }
        Expr::Atom(Atom::Event { kind, key, which }) => {
            let default = match rule.rule.kind() {
                RuleKind::Ceiling => Occurrence::First,
                RuleKind::Floor | RuleKind::Action => Occurrence::Last,
            };
            Compiled::Event { kind: kind.clone(), key: key.clone(), which: which.unwrap_or(default) }
        }
        Expr::Atom(atom) => {
            let law = matches!(atom, Atom::Majority(_)).then(|| rule.law.clone());
            let slot = Slot { atom: atom.clone(), law };
            let known = slots.iter().position(|known| *known == slot);
            Compiled::Slot(known.unwrap_or_else(|| {
                slots.push(slot);
                slots.len() - 1
            }))
        }
    }
}
