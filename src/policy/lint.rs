//! What a policy that can be read should still not be: findings, worst first, as facts.

use std::collections::BTreeSet;

use super::document::Policy;
use super::obligation::{Certainty, Obligation, RuleKind, Standing, Term};
use super::trigger::Atom;
use crate::base::civil::CivilDate;

crate::base::words::words! {
    /// How much a finding weighs.
    Severity {
        /// It must not be published.
        Error = "error",
        /// Somebody should decide.
        Warning = "warning",
        /// To know.
        Note = "note",
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// What it is about: the id of a rule or a category; empty for the policy.
    pub subject: String,
    /// What was found.
    pub what: Smell,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Smell {
    /// Two enabled rules of one kind for the same records: the longer one always decides.
    Overlap {
        /// The other rule.
        other: String,
    },
    /// Two enabled rules of one level that want different things done to the same records.
    Contradiction {
        /// The other rule.
        other: String,
        /// What this one wants.
        action: &'static str,
        /// What the other one wants.
        other_action: &'static str,
    },
    /// A ceiling that ends before a floor does: its records will be restricted.
    CeilingBelowFloor {
        /// The floor.
        floor: String,
    },
    /// A floor that nobody has held against the law may keep the records of this rule longer: it does, until
    /// somebody has.
    LongerUnchecked {
        /// The floor.
        floor: String,
    },
    /// A floor is off that keeps the records of this rule longer: they would go too early.
    LongerDisabled {
        /// The floor.
        floor: String,
    },
    /// A rule from memory that counts.
    ClassCEnabled,
    /// A rule that does not count until somebody has read the law.
    NeedsLegalCheck,
    /// A rule whose period is still to be set.
    PeriodToBeSet,
    /// A rule of law without an article.
    NoCitation,
    /// A review whose day is over.
    ReviewOverdue {
        /// The day.
        on: CivilDate,
    },
    /// A category that no enabled rule is about: its records are kept and listed as unclassified.
    UnusedCategory,
    /// A rule for a category that the policy does not declare.
    UndeclaredCategory {
        /// The category.
        category: String,
    },
    /// A rule that waits for an event that the policy does not declare, or not with this key: it starves.
    UndeclaredEvent {
        /// The event.
        event: String,
        /// The key.
        key: String,
    },
    /// A rule that is destroyed by without anybody's approval.
    NoApprovals,
    /// A floor that counts from the earliest of several dates, although a later one may be the one that the law means.
    EarliestInFloor,
    /// A rule that was in force and is no more.
    Ended {
        /// Its last day.
        on: CivilDate,
    },
    /// A chain that no rule uses.
    UnusedChain,
    /// A redaction profile that the archive does not have: its readers get none.
    UnknownProfile {
        /// Its name.
        profile: String,
    },
    /// No rule counts at all: everything is kept.
    NothingEnabled,
}

impl Smell {
    /// The stable code, and the key of the words.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Overlap { .. } => "overlap",
            Self::Contradiction { .. } => "contradiction",
            Self::CeilingBelowFloor { .. } => "ceiling_below_floor",
            Self::LongerUnchecked { .. } => "longer_unchecked",
            Self::LongerDisabled { .. } => "longer_disabled",
            Self::ClassCEnabled => "class_c_enabled",
            Self::NeedsLegalCheck => "needs_legal_check",
            Self::PeriodToBeSet => "period_to_be_set",
            Self::NoCitation => "no_citation",
            Self::ReviewOverdue { .. } => "review_overdue",
            Self::UnusedCategory => "unused_category",
            Self::UndeclaredCategory { .. } => "undeclared_category",
            Self::UndeclaredEvent { .. } => "undeclared_event",
            Self::NoApprovals => "no_approvals",
            Self::EarliestInFloor => "earliest_in_floor",
            Self::Ended { .. } => "ended",
            Self::UnusedChain => "unused_chain",
            Self::UnknownProfile { .. } => "unknown_profile",
            Self::NothingEnabled => "nothing_enabled",
        }
    }

    /// The facts that its words name.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Overlap { other } => vec![("other", other.clone())],
            Self::Contradiction { other, action, other_action } => vec![
                ("other", other.clone()),
                ("action", (*action).to_owned()),
                ("other_action", (*other_action).to_owned()),
            ],
            Self::CeilingBelowFloor { floor }
            | Self::LongerUnchecked { floor }
            | Self::LongerDisabled { floor } => vec![("floor", floor.clone())],
            Self::ReviewOverdue { on } | Self::Ended { on } => vec![("on", on.to_string())],
            Self::UndeclaredCategory { category } => vec![("category", category.clone())],
            Self::UnknownProfile { profile } => vec![("profile", profile.clone())],
            Self::UndeclaredEvent { event, key } => vec![("event", event.clone()), ("key", key.clone())],
            Self::ClassCEnabled
            | Self::NeedsLegalCheck
            | Self::PeriodToBeSet
            | Self::NoCitation
            | Self::UnusedCategory
            | Self::NoApprovals
            | Self::EarliestInFloor
            | Self::UnusedChain
            | Self::NothingEnabled => Vec::new(),
        }
    }
}

impl Policy {
    /// Everything worth knowing before it is published on `today`, worst first.
    pub fn lint(&self, today: CivilDate) -> Vec<Finding> {
        let mut found = Vec::new();
        for obligation in &self.obligations {
            self.lint_rule(obligation, today, &mut found);
        }
        let enabled: Vec<&Obligation> =
            self.obligations.iter().filter(|rule| rule.standing == Standing::Enabled).collect();
        for (index, one) in enabled.iter().enumerate() {
            for other in enabled.iter().skip(index + 1).filter(|other| overlap(one, other)) {
                lint_pair(one, other, &mut found);
            }
            for off in self.obligations.iter().filter(|off| overlap(one, off)) {
                lint_off(one, off, &mut found);
            }
        }
        self.lint_whole(&enabled, today, &mut found);
        found.sort_by_key(|finding| finding.severity);
        found
    }

    fn lint_rule(&self, rule: &Obligation, today: CivilDate, found: &mut Vec<Finding>) {
        let mut add = |severity, what| {
            found.push(Finding { severity, subject: rule.id.as_str().to_owned(), what });
        };
        match (rule.standing, rule.certainty) {
            (Standing::Enabled, Certainty::C) => add(Severity::Error, Smell::ClassCEnabled),
            (Standing::NeedsLegalCheck, _) => add(Severity::Note, Smell::NeedsLegalCheck),
            _ => {}
        }
        if matches!(rule.rule.term(), Term::ToBeSet { .. }) {
            add(Severity::Warning, Smell::PeriodToBeSet);
        }
        if rule.citations.is_empty() && rule.basis == super::obligation::Basis::Law {
            add(Severity::Error, Smell::NoCitation);
        }
        if let Some(on) = rule.next_review.filter(|on| *on < today) {
            add(Severity::Warning, Smell::ReviewOverdue { on });
        }
        if let Some(on) = rule.in_force.to().filter(|_| rule.in_force.has_ended(today)) {
            add(Severity::Note, Smell::Ended { on });
        }
        let destroys =
            rule.action == super::obligation::Action::Destroy && rule.rule.kind() != RuleKind::Ceiling;
        if destroys && rule.approvals.is_none() {
            add(Severity::Warning, Smell::NoApprovals);
        }
        let earliest = rule.rule.trigger().is_some_and(super::trigger::Expr::takes_the_earliest);
        if earliest && rule.rule.kind() == RuleKind::Floor {
            add(Severity::Warning, Smell::EarliestInFloor);
        }
        for pattern in rule.selector.categories() {
            let known = self.categories.iter().any(|entry| pattern.matches(&entry.id));
            if !known {
                add(Severity::Warning, Smell::UndeclaredCategory { category: pattern.to_text() });
            }
        }
        for atom in rule.rule.trigger().map(super::trigger::Expr::atoms).unwrap_or_default() {
            let Atom::Event { kind, key, .. } = atom else { continue };
            let declared = self.events.iter().any(|entry| entry.kind == *kind && entry.keys.contains(key));
            if !declared {
                let (event, key) = (kind.to_string(), key.to_string());
                add(Severity::Error, Smell::UndeclaredEvent { event, key });
            }
        }
    }

    fn lint_whole(&self, enabled: &[&Obligation], today: CivilDate, found: &mut Vec<Finding>) {
        let mut add = |severity, subject: &str, what| {
            found.push(Finding { severity, subject: subject.to_owned(), what })
        };
        if enabled.is_empty() {
            add(Severity::Warning, "", Smell::NothingEnabled);
        }
        if let Some(on) = self.next_review.filter(|on| *on < today) {
            add(Severity::Warning, "", Smell::ReviewOverdue { on });
        }
        for entry in &self.categories {
            if !enabled.iter().any(|rule| rule.selector.names_category(&entry.id)) {
                add(Severity::Warning, entry.id.as_str(), Smell::UnusedCategory);
            }
        }
        let used: BTreeSet<&str> = self
            .obligations
            .iter()
            .filter_map(|rule| rule.approvals.as_ref())
            .map(super::obligation::RuleId::as_str)
            .collect();
        for profile in self.redaction_profiles.iter().filter(|name| !is_profile(name)) {
            add(Severity::Warning, "", Smell::UnknownProfile { profile: profile.clone() });
        }
        for chain in self.chains.iter().filter(|chain| !used.contains(chain.id.as_str())) {
            add(Severity::Note, chain.id.as_str(), Smell::UnusedChain);
        }
    }
}

/// True if the program has a redaction profile of that name.
fn is_profile(name: &str) -> bool {
    crate::redaction::Policy::shipped_names().any(|known| known == name)
}

/// True if some record can stand under both at some time.
fn overlap(one: &Obligation, other: &Obligation) -> bool {
    let laws = match (&one.law, &other.law) {
        (super::Law::Of(a), super::Law::Of(b)) => one.law.covers(b) || other.law.covers(a),
        _ => true,
    };
    let apart = |a: &Obligation, b: &Obligation| match (a.in_force.to(), b.in_force.from()) {
        (Some(to), Some(from)) => to < from,
        _ => false,
    };
    laws && one.selector.overlaps(&other.selector) && !apart(one, other) && !apart(other, one)
}

fn lint_pair(one: &Obligation, other: &Obligation, found: &mut Vec<Finding>) {
    let mut add = |severity, rule: &Obligation, what| {
        found.push(Finding { severity, subject: rule.id.as_str().to_owned(), what });
    };
    let (kind, other_kind) = (one.rule.kind(), other.rule.kind());
    let same_selector = one.selector == other.selector;
    if kind == other_kind && same_selector && one.rule.trigger() == other.rule.trigger() {
        // Two laws may ask the same; one law that says it twice is a mistake.
        let severity = if one.law == other.law { Severity::Error } else { Severity::Note };
        add(severity, other, Smell::Overlap { other: one.id.as_str().to_owned() });
    }
    if one.level == other.level && one.action != other.action && kind == other_kind && same_selector {
        let what = Smell::Contradiction {
            other: one.id.as_str().to_owned(),
            action: other.action.as_str(),
            other_action: one.action.as_str(),
        };
        add(Severity::Error, other, what);
    }
    for (ceiling, floor) in [(one, other), (other, one)] {
        if ceiling.rule.kind() == RuleKind::Ceiling
            && floor.rule.kind() == RuleKind::Floor
            && is_below(ceiling, floor)
        {
            let what = Smell::CeilingBelowFloor { floor: floor.id.as_str().to_owned() };
            add(Severity::Warning, ceiling, what);
        }
    }
}

/// What a floor that does not count says beside a rule that does. Of two that are counted from different dates nobody
/// can say which is longer.
fn lint_off(one: &Obligation, off: &Obligation, found: &mut Vec<Finding>) {
    let keeps = one.rule.kind() != RuleKind::Ceiling && *one.rule.term() != Term::Permanent;
    if !keeps || off.rule.kind() != RuleKind::Floor {
        return;
    }
    let longer = match (off.rule.term(), off.rule.trigger() == one.rule.trigger()) {
        (Term::Permanent, _) => Some(true),
        (Term::ToBeSet { .. }, _) | (Term::Counted { .. }, false) => None,
        (Term::Counted { .. }, true) => match (off.rule.period(), one.rule.period()) {
            (Some(off), Some(one)) => off.compare(one).map(std::cmp::Ordering::is_gt),
            (off, one) => Some(off.is_some() && one.is_none()),
        },
    };
    let (subject, floor) = (one.id.as_str().to_owned(), off.id.as_str().to_owned());
    match (off.standing, longer) {
        (Standing::NeedsLegalCheck, Some(true) | None) => {
            let what = Smell::LongerUnchecked { floor };
            found.push(Finding { severity: Severity::Warning, subject, what });
        }
        (Standing::Disabled, Some(true)) => {
            let what = Smell::LongerDisabled { floor };
            found.push(Finding { severity: Severity::Error, subject, what });
        }
        _ => {}
    }
}

/// True if the ceiling always ends before the floor does.
fn is_below(ceiling: &Obligation, floor: &Obligation) -> bool {
    if *floor.rule.term() == Term::Permanent {
        return true;
    }
    if ceiling.rule.trigger() != floor.rule.trigger() {
        return false;
    }
    match (ceiling.rule.period(), floor.rule.period()) {
        (Some(least), Some(most)) => least.compare(most) == Some(std::cmp::Ordering::Less),
        (None, Some(_)) => matches!(ceiling.rule.term(), Term::Counted { .. }),
        (_, None) => false,
    }
}
