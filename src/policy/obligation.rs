//! One rule: keep at least until, erase by, or what happens at the end.

use std::fmt;
use std::sync::Arc;

use super::jurisdictions::Law;
use super::selector::Selector;
use super::trigger::Expr;
use crate::base::civil::{CivilDate, Zone};
use crate::base::limits::POLICY_ID_CHARS_MAX;
use crate::retention::calendar::{Calendar, Period};

/// The id of a policy, an obligation, a chain or a table: lower-case words joined by `.`, `-` or `_`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

/// Not of that form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lower-case ASCII words joined by '.', '-' or '_', at most {POLICY_ID_CHARS_MAX} characters")]
pub struct BadRuleId;

impl RuleId {
    /// Reads one.
    ///
    /// # Errors
    /// Another form.
    pub fn parse(text: &str) -> Result<Self, BadRuleId> {
        let whole = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let fits = text.len() <= POLICY_ID_CHARS_MAX && text.split(['.', '-', '_']).all(whole);
        if fits { Ok(Self(text.into())) } else { Err(BadRuleId) }
    }

    /// What stands for a policy where none is in force.
    pub(crate) fn none() -> Self {
        Self("none".into())
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

crate::base::words::words! {
    /// What a rule asks.
    RuleKind {
        /// To keep at least until its end.
        Floor = "floor",
        /// To erase by its end.
        Ceiling = "ceiling",
        /// To do something at its end.
        Action = "action",
    }
}

crate::base::words::words! {
    /// What happens at the end; in ascending order of what prevails among rules of one level.
    Action {
        /// The content's key is destroyed.
        Destroy = "destroy",
        /// People decide.
        Review = "review",
        /// It is handed over to somebody else.
        Transfer = "transfer",
        /// It stays for ever.
        Permanent = "permanent",
    }
}

crate::base::words::words! {
    /// How closely a rule is made for a record; in ascending order of precedence (R3).
    Level {
        /// For the whole organisation.
        Organisation = "organisation",
        /// For a collection: a case, a customer, a fonds.
        Collection = "collection",
        /// For a category.
        Category = "category",
    }
}

crate::base::words::words! {
    /// How sure the rule is.
    Certainty {
        /// The statute was read.
        A = "A",
        /// From a secondary source.
        B = "B",
        /// From memory: counts for nothing until somebody has read the law.
        C = "C",
    }
}

crate::base::words::words! {
    /// Where a rule comes from.
    Basis {
        /// A law or regulation asks for it.
        Law = "law",
        /// A contract or a standard does.
        Contract = "contract",
        /// The organisation has decided it.
        Policy = "policy",
    }
}

crate::base::words::words! {
    /// Whether a rule counts.
    Standing {
        /// It counts.
        Enabled = "enabled",
        /// It does not, until somebody has read the law; but a floor keeps meanwhile.
        NeedsLegalCheck = "needs-legal-check",
        /// It does not, until its period is set: the law names none.
        NeedsPeriod = "needs-period",
        /// It does not.
        Disabled = "disabled",
    }
}

/// From when on and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Term {
    /// For ever.
    Permanent,
    /// The law names a beginning, and leaves the period to whoever is responsible.
    ToBeSet {
        /// The beginning.
        trigger: Expr,
    },
    /// From the trigger's date on.
    Counted {
        /// The beginning.
        trigger: Expr,
        /// How long; none if the trigger's own date is the last day.
        period: Option<Period>,
    },
}

/// What a rule asks, and until when. Only a floor lasts for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    kind: RuleKind,
    term: Term,
}

impl Rule {
    /// `None` for a ceiling or an action that would never come.
    pub fn new(kind: RuleKind, term: Term) -> Option<Self> {
        (kind == RuleKind::Floor || term != Term::Permanent).then_some(Self { kind, term })
    }

    /// What it asks.
    pub const fn kind(&self) -> RuleKind {
        self.kind
    }

    /// Until when.
    pub const fn term(&self) -> &Term {
        &self.term
    }

    /// From when on; `None` where nothing sets it going.
    pub const fn trigger(&self) -> Option<&Expr> {
        match &self.term {
            Term::Permanent => None,
            Term::ToBeSet { trigger } | Term::Counted { trigger, .. } => Some(trigger),
        }
    }

    /// How long, if that is a period.
    pub const fn period(&self) -> Option<Period> {
        match &self.term {
            Term::Counted { period, .. } => *period,
            Term::Permanent | Term::ToBeSet { .. } => None,
        }
    }
}

/// Days between which a rule is in force, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct InForce {
    pub(super) from: Option<CivilDate>,
    pub(super) to: Option<CivilDate>,
}

impl InForce {
    /// `None` if the last day lies before the first.
    pub fn new(from: Option<CivilDate>, to: Option<CivilDate>) -> Option<Self> {
        let backwards = from.zip(to).is_some_and(|(from, to)| to < from);
        (!backwards).then_some(Self { from, to })
    }

    /// The first day.
    pub const fn from(self) -> Option<CivilDate> {
        self.from
    }

    /// The last day.
    pub const fn to(self) -> Option<CivilDate> {
        self.to
    }

    /// True once it has begun, whether or not it has ended.
    pub fn has_begun(self, day: CivilDate) -> bool {
        self.from.is_none_or(|from| from <= day)
    }

    /// True once it has ended.
    pub fn has_ended(self, day: CivilDate) -> bool {
        self.to.is_some_and(|to| to < day)
    }
}

/// A rule with all that is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Its id within the policy.
    pub id: RuleId,
    /// Its version, from 1.
    pub version: u32,
    /// What people call it.
    pub title: Option<String>,
    /// Whose law it is.
    pub law: Law,
    /// How its period is counted.
    pub calendar: Calendar,
    /// In which zone its days begin and end.
    pub zone: Zone,
    /// Which records it is about.
    pub selector: Selector,
    /// What it asks, and until when.
    pub rule: Rule,
    /// What happens at the end.
    pub action: Action,
    /// The chain of approvals, by its id.
    pub approvals: Option<RuleId>,
    /// Destruction witnesses.
    pub witnesses: u8,
    /// How closely it is made for its records.
    pub level: Level,
    /// The articles on which it rests.
    pub citations: Vec<String>,
    /// How sure it is.
    pub certainty: Certainty,
    /// Where it comes from.
    pub basis: Basis,
    /// Whether it counts.
    pub standing: Standing,
    /// When it is in force.
    pub in_force: InForce,
    /// By when it is to be reviewed.
    pub next_review: Option<CivilDate>,
    /// What else is to be known of it.
    pub note: Option<String>,
}

impl Obligation {
    /// True for what a verdict takes into account: rules that count, and floors that nobody has held against the
    /// law yet. These keep: of two periods that may be the law the longer one does no harm.
    pub fn is_weighed(&self) -> bool {
        match self.standing {
            Standing::Enabled => true,
            Standing::NeedsLegalCheck => self.rule.kind() == RuleKind::Floor,
            Standing::NeedsPeriod | Standing::Disabled => false,
        }
    }
}
