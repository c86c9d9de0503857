//! Which records a rule is about.

use std::collections::{BTreeMap, BTreeSet};

use super::jurisdictions::Law;
use crate::base::text::fold_name;
use crate::record::category::Category;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::Kind;

/// A kind; `service_record` stands for all of its subkinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindPattern(Kind);

impl KindPattern {
    /// Reads the archive's word of a kind or a subkind.
    pub fn parse(text: &str) -> Option<Self> {
        Kind::WORDS.contains(&text).then(|| Kind::parse(text).ok().map(Self))?
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        self.0.closest_word()
    }

    fn matches(self, kind: Kind) -> bool {
        match self.0 {
            Kind::ServiceRecord(crate::record::kind::Subkind::General) => {
                matches!(kind, Kind::ServiceRecord(_))
            }
            exact => exact == kind,
        }
    }

    fn overlaps(self, other: Self) -> bool {
        self.matches(other.0) || other.matches(self.0)
    }
}

/// A category, or with `.*` behind it all that lie below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryPattern {
    category: Category,
    below: bool,
}

impl CategoryPattern {
    /// Reads `acct.voucher` or `acct.*`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, below) = text.strip_suffix(".*").map_or((text, false), |name| (name, true));
        Category::parse(name).ok().map(|category| Self { category, below })
    }

    /// As written.
    pub fn to_text(&self) -> String {
        let suffix = if self.below { ".*" } else { "" };
        format!("{}{suffix}", self.category.as_str())
    }

    /// True for this category, and for those below it where they are meant.
    pub fn matches(&self, category: &Category) -> bool {
        let below = || {
            let rest = category.as_str().strip_prefix(self.category.as_str());
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        *category == self.category || (self.below && below())
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.matches(&other.category) || other.matches(&self.category)
    }
}

/// Conditions that hold together; within each list one is enough. At least one list is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Conditions {
    pub(super) kinds: BTreeSet<KindPattern>,
    pub(super) categories: BTreeSet<CategoryPattern>,
    pub(super) jurisdictions: BTreeSet<Jurisdiction>,
    /// Folded.
    pub(super) tags: BTreeSet<String>,
    /// Names and values folded.
    pub(super) fields: BTreeMap<String, BTreeSet<String>>,
}

impl Conditions {
    /// True if nothing is asked: such a selector is refused.
    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
            && self.categories.is_empty()
            && self.jurisdictions.is_empty()
            && self.tags.is_empty()
            && self.fields.is_empty()
    }
}

/// Which records a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selector {
    /// Every record: said in as many words, and published by a second person.
    All,
    /// Those for which the conditions hold.
    Where(Conditions),
}

/// What a rule is held against. It holds what a descriptor says and never leaves the job that reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    /// The record's kind.
    pub kind: Kind,
    /// Its category.
    pub category: Category,
    /// Its jurisdiction.
    pub jurisdiction: Jurisdiction,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its custom fields.
    pub fields: Vec<(String, String)>,
}

impl std::fmt::Debug for Subject {
    /// Tags and fields are the descriptor's and stay hidden.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject")
            .field("kind", &self.kind)
            .field("category", &self.category)
            .finish_non_exhaustive()
    }
}

impl Selector {
    /// True if a rule of `law` is about this record. Where the conditions name jurisdictions, these decide;
    /// otherwise the rule's own law does.
    pub fn matches(&self, law: &Law, subject: &Subject) -> bool {
        let Self::Where(conditions) = self else { return law.covers(&subject.jurisdiction) };
        let any = |empty: bool, found: bool| empty || found;
        let tagged = || subject.tags.iter().any(|tag| conditions.tags.contains(&fold_name(tag)));
        let valued = |name: &String, values: &BTreeSet<String>| {
            let mut fields = subject.fields.iter();
            fields.any(|(known, value)| fold_name(known) == *name && values.contains(&fold_name(value)))
        };
        self.may_match(law, subject.kind, &subject.category, &subject.jurisdiction)
            && any(conditions.tags.is_empty(), tagged())
            && conditions.fields.iter().all(|(name, values)| valued(name, values))
    }

    /// True if tags and fields may make it match a record of which no more is known than this.
    pub fn may_match(&self, law: &Law, kind: Kind, category: &Category, jurisdiction: &Jurisdiction) -> bool {
        let Self::Where(conditions) = self else { return law.covers(jurisdiction) };
        let named = &conditions.jurisdictions;
        let here = if named.is_empty() {
            law.covers(jurisdiction)
        } else {
            named.iter().any(|named| Law::Of(named.clone()).covers(jurisdiction))
        };
        let any = |empty: bool, found: bool| empty || found;
        here && any(conditions.kinds.is_empty(), conditions.kinds.iter().any(|wanted| wanted.matches(kind)))
            && any(
                conditions.categories.is_empty(),
                conditions.categories.iter().any(|pattern| pattern.matches(category)),
            )
    }

    /// True unless no record can match both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (Self::Where(one), Self::Where(other)) = (self, other) else { return true };
        let meet = |empty: bool, found: bool| empty || found;
        let disjoint_fields = one
            .fields
            .iter()
            .any(|(name, values)| other.fields.get(name).is_some_and(|others| values.is_disjoint(others)));
        meet(
            one.kinds.is_empty() || other.kinds.is_empty(),
            one.kinds.iter().any(|kind| other.kinds.iter().any(|its| kind.overlaps(*its))),
        ) && meet(
            one.categories.is_empty() || other.categories.is_empty(),
            one.categories.iter().any(|pattern| other.categories.iter().any(|its| pattern.overlaps(its))),
        ) && meet(
            one.jurisdictions.is_empty() || other.jurisdictions.is_empty(),
            !one.jurisdictions.is_disjoint(&other.jurisdictions),
        ) && !disjoint_fields
    }

    /// True if records of this category are meant, whatever else is asked.
    pub fn names_category(&self, category: &Category) -> bool {
        match self {
            Self::All => true,
            Self::Where(conditions) if conditions.categories.is_empty() => true,
            Self::Where(conditions) => conditions.categories.iter().any(|pattern| pattern.matches(category)),
        }
    }

    /// The categories that it names.
    pub fn categories(&self) -> impl Iterator<Item = &CategoryPattern> {
        let conditions = match self {
            Self::All => None,
            Self::Where(conditions) => Some(conditions),
        };
        conditions.into_iter().flat_map(|conditions| &conditions.categories)
    }
}

impl CategoryPattern {
    /// The category, without what lies below.
    pub const fn category(&self) -> &Category {
        &self.category
    }
}
