//! Which authorizations count for a record, whether they were in force, and what they cover.

use std::collections::BTreeSet;

use super::facts::{AuthorizationFacts, CaseFacts, Evidence, RecordFacts};
use super::gap::{Dimension, Lapse};
use crate::base::civil::CivilDate;
use crate::base::id::RecordId;
use crate::base::text::fold_name;
use crate::record::feed::{EntryGroup, operation_word};
use crate::record::lineage::LinkKind;

/// An authorization with its words folded once.
pub(super) struct Authority<'a> {
    pub(super) id: RecordId,
    record: &'a RecordFacts,
    facts: &'a AuthorizationFacts,
    names: Vec<String>,
    purposes: BTreeSet<String>,
    operations: BTreeSet<String>,
    data_categories: BTreeSet<String>,
    systems: BTreeSet<String>,
}

/// All authorizations among the records, by id.
pub(super) fn authorities(records: &[RecordFacts]) -> Vec<Authority<'_>> {
    let mut all: Vec<Authority<'_>> = records
        .iter()
        .filter_map(|record| match &record.evidence {
            Evidence::Authorization(facts) => Some(Authority::new(record, facts)),
            Evidence::Processing(_) | Evidence::Delivery(_) | Evidence::Other => None,
        })
        .collect();
    all.sort_by_key(|authority| authority.id);
    all
}

/// Those that count for `record`: linked with it from either end, of its case, or of a customer of
/// the case or of the record.
pub(super) fn candidates<'b, 'a>(
    all: &'b [Authority<'a>],
    case: &CaseFacts,
    record: &RecordFacts,
) -> Vec<&'b Authority<'a>> {
    let under: BTreeSet<RecordId> = record.linked(LinkKind::PerformedUnder).collect();
    all.iter()
        .filter(|authority| {
            let of = &authority.record.customers;
            authority.record.in_case
                || under.contains(&authority.id)
                || authority.record.linked(LinkKind::Authorises).any(|to| to == record.id)
                || !of.is_disjoint(&case.customers)
                || !of.is_disjoint(&record.customers)
        })
        .collect()
}

/// Those that an entry means when it names one: by id, or by a word under which it is known.
pub(super) fn named<'b, 'a>(all: &'b [Authority<'a>], name: &str) -> Vec<&'b Authority<'a>> {
    let folded = fold_name(name);
    all.iter().filter(|authority| authority.names.contains(&folded)).collect()
}

impl<'a> Authority<'a> {
    fn new(record: &'a RecordFacts, facts: &'a AuthorizationFacts) -> Self {
        let folded = |words: &[String]| words.iter().map(|word| fold_name(word)).collect();
        let names = record.references.iter().map(|name| fold_name(name)).chain([record.id.to_string()]);
        Self {
            id: record.id,
            record,
            facts,
            names: names.filter(|name| !name.is_empty()).collect(),
            purposes: folded(&facts.purposes),
            operations: facts.operations.iter().map(|word| operation_word(word)).collect(),
            data_categories: folded(&facts.data_categories),
            systems: folded(&facts.systems),
        }
    }

    fn starts_on(&self) -> CivilDate {
        self.facts.valid_from.unwrap_or(self.record.occurred.on)
    }

    /// Why it was not in force on `day`; `None` if it was. Of expiry and withdrawal the one that
    /// came first ended it.
    pub(super) fn lapse_on(&self, day: CivilDate) -> Option<Lapse> {
        let withdrawn = self.facts.withdrawn_on.filter(|on| day >= *on);
        let expired = self.facts.valid_to.filter(|last| day > *last);
        match (withdrawn, expired) {
            (Some(withdrawn_on), Some(valid_to)) if valid_to < withdrawn_on => {
                Some(Lapse::Expired { valid_to })
            }
            (Some(withdrawn_on), _) => Some(Lapse::Withdrawn { withdrawn_on }),
            (None, Some(valid_to)) => Some(Lapse::Expired { valid_to }),
            (None, None) => {
                let valid_from = self.starts_on();
                let signed_on = self.facts.signature.signed_on.filter(|signed_on| day < *signed_on);
                match signed_on {
                    _ if day < valid_from => Some(Lapse::NotYet { valid_from }),
                    Some(signed_on) => Some(Lapse::NotSigned { signed_on }),
                    None => None,
                }
            }
        }
    }

    /// Days by which `day` misses its validity; 0 if it is in force.
    pub(super) fn days_off(&self, day: CivilDate) -> i64 {
        match self.lapse_on(day) {
            None => 0,
            Some(Lapse::NotYet { valid_from }) => valid_from.days_since(day),
            Some(Lapse::NotSigned { signed_on }) => signed_on.days_since(day),
            Some(Lapse::Expired { valid_to }) => day.days_since(valid_to),
            Some(Lapse::Withdrawn { withdrawn_on }) => day.days_since(withdrawn_on) + 1,
        }
    }

    /// What of a processing step it does not allow; empty if it covers the whole step.
    pub(super) fn outside(&self, step: &Step<'_>) -> Vec<Outside> {
        Dimension::ALL
            .iter()
            .filter_map(|dimension| {
                let (list, word) = match dimension {
                    Dimension::Purpose => (&self.purposes, &step.purpose),
                    Dimension::Operation => (&self.operations, &step.operation),
                    Dimension::DataCategory => (&self.data_categories, &step.data_category),
                    Dimension::System => (&self.systems, &step.system),
                };
                // A purpose and an operation must be named to be allowed; data and systems may be
                // left open by the customer, but only in so many words.
                let open = matches!(dimension, Dimension::DataCategory | Dimension::System)
                    && list.contains(ALL_OF_THEM);
                // A step that does not say where it happened cannot be outside of somewhere.
                let allowed = open || word.is_empty() || list.contains(word);
                (!allowed).then_some(Outside { dimension: *dimension, silent: list.is_empty() })
            })
            .collect()
    }
}

/// What an authorization says for "all of them".
const ALL_OF_THEM: &str = "*";

/// A dimension in which an authorization does not reach.
pub(super) struct Outside {
    pub(super) dimension: Dimension,
    pub(super) silent: bool,
}

/// A processing step with its words folded.
pub(super) struct Step<'a> {
    group: &'a EntryGroup,
    purpose: String,
    operation: String,
    data_category: String,
    system: String,
}

impl<'a> Step<'a> {
    pub(super) fn new(group: &'a EntryGroup) -> Self {
        Self {
            group,
            purpose: fold_name(&group.purpose),
            operation: operation_word(&group.operation),
            data_category: fold_name(&group.data_category),
            system: fold_name(&group.system),
        }
    }

    /// The word of a dimension as the log has it.
    pub(super) fn written(&self, dimension: Dimension) -> &str {
        match dimension {
            Dimension::Purpose => &self.group.purpose,
            Dimension::Operation => &self.group.operation,
            Dimension::DataCategory => &self.group.data_category,
            Dimension::System => &self.group.system,
        }
    }
}
