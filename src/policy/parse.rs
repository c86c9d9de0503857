//! Reads a policy: from a file with all faults and their places, or from its canonical form.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::chain::{Chain, Stage};
use super::document::{CategoryEntry, Effect, EventEntry, Policy, Procedure, ProcedureKind};
use super::fault::{Fault, What};
use super::jurisdictions::Law;
use super::node::Node;
use super::obligation::{Certainty, RuleId};
use super::parse_rule::{Named, obligation};
use super::parse_tables::{fiscal_year, holidays, majority};
use super::place::Source;
use super::read::{Faults, Field, Table, shown};
use super::trigger::{EventKey, EventType};
use crate::access::role::Role;
use crate::base::limits::{
    APPROVAL_STAGES_MAX, APPROVERS_MAX, CITATION_CHARS_MAX, LIST_ITEMS_MAX, NOTE_CHARS_MAX, OBLIGATIONS_MAX,
    POLICY_BYTES_MAX, POLICY_ITEMS_MAX, TITLE_CHARS_MAX,
};
use crate::record::category::Category;
use crate::retention::calendar::Period;

/// The version of the format that this program reads.
pub const FORMAT: i64 = 1;

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// Every fault of the file, in its order.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        if text.len() > POLICY_BYTES_MAX {
            let what = What::TooLarge { most: POLICY_BYTES_MAX };
            return Err(vec![Fault { place: None, path: String::new(), what }]);
        }
        let mut faults = Faults::new(Some(Source::new(text)));
        let (root, syntax) = Node::of_toml(text);
        for fault in syntax {
            faults.add(fault.span.as_ref(), "", What::Syntax { reason: fault.reason });
        }
        // What could be read is looked at all the same, but a broken file has fields that only seem to lack.
        let broken = !faults.is_empty();
        let mut inner = Faults::new(Some(Source::new(text)));
        let policy = policy(&Field::root(&root), &mut inner);
        let mut list = faults.into_list();
        list.extend(inner.into_list().into_iter().filter(|fault| !broken || fault.what != What::Missing));
        // What has no place comes last.
        list.sort_by_key(|fault| (fault.place.is_none(), fault.place));
        policy.filter(|_| list.is_empty()).ok_or(list)
    }

    /// Reads the canonical form.
    ///
    /// # Errors
    /// Every fault.
    pub fn from_canonical(json: &serde_json::Value) -> Result<Self, Vec<Fault>> {
        let root = Node::of_json(json);
        let mut faults = Faults::new(None);
        let policy = policy(&Field::root(&root), &mut faults);
        let list = faults.into_list();
        policy.filter(|_| list.is_empty()).ok_or(list)
    }
}

/// Ids that must not stand twice.
pub(crate) struct Seen {
    spans: BTreeMap<String, Option<Range<usize>>>,
}

impl Seen {
    pub(crate) const fn new() -> Self {
        Self { spans: BTreeMap::new() }
    }

    /// Remembers an id; a fault if it was there.
    pub(super) fn once(&mut self, id: &str, field: &Field<'_>, faults: &mut Faults<'_>) {
        if let Some(first) = self.spans.get(id) {
            let first_line = faults.line(first.as_ref());
            field.fault(faults, What::Duplicate { id: id.to_owned(), first_line });
        } else {
            self.spans.insert(id.to_owned(), field.node.span.clone());
        }
    }
}

/// An id.
pub(super) fn id(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<RuleId> {
    field.parsed(faults, |found| RuleId::parse(found).map_err(|_| What::BadId))
}

/// A law.
pub(super) fn law(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Law> {
    field.parsed(faults, |found| Law::parse(found).map_err(|_| What::Jurisdiction { found: shown(found) }))
}

/// A category.
pub(super) fn category(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Category> {
    field.parsed(faults, |found| Category::parse(found).map_err(|_| What::Category { found: shown(found) }))
}

/// A title.
pub(super) fn title(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<String> {
    field.label(TITLE_CHARS_MAX, faults)
}

/// Citations.
pub(super) fn citations(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Vec<String>> {
    field.each(LIST_ITEMS_MAX, faults, |item, faults| item.label(CITATION_CHARS_MAX, faults))
}

/// A note: text of several lines.
pub(super) fn note(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<String> {
    field.label(NOTE_CHARS_MAX, faults)
}

/// Every table of a list, read; those with faults are left out.
fn tables<T>(
    root: &mut Table<'_>,
    name: &'static str,
    most: usize,
    faults: &mut Faults<'_>,
    mut read: impl FnMut(Table<'_>, &mut Faults<'_>) -> Option<T>,
) -> Vec<T> {
    let items = root.items(name, most, faults);
    items.iter().filter_map(|item| read(item.table(faults)?, faults)).collect()
}

fn policy(root: &Field<'_>, faults: &mut Faults<'_>) -> Option<Policy> {
    let mut root = root.table(faults)?;
    root.required("format", faults, |field, faults| {
        let found = field.integer(faults, i64::MIN, i64::MAX)?;
        if found != FORMAT {
            field.fault(faults, What::Format { found });
        }
        Some(())
    });
    let policy_id = root.required("id", faults, id);
    let version = root.required("version", faults, version);
    let own_title = root.required("title", faults, title);
    let owner = root.required("owner", faults, title);
    let review_every = root.optional("review_every", faults, Field::period).or(Period::new(6, 0));
    let next_review = root.optional("next_review", faults, Field::date);
    let stale_after = root.optional("stale_after", faults, Field::period).or(Period::new(24, 0));
    let post_hold_grace = root.optional("post_hold_grace", faults, Field::period).or(Period::new(0, 30));
    let effect = root.optional("effect", faults, effect);
    let redaction_profiles = root
        .optional("redaction_profiles", faults, |field, faults| field.each(LIST_ITEMS_MAX, faults, title))
        .unwrap_or_default();
    let mut seen = Seen::new();
    let categories = tables(&mut root, "category", POLICY_ITEMS_MAX, faults, |table, faults| {
        category_entry(table, &mut seen, faults)
    });
    let mut seen = Seen::new();
    let events =
        tables(&mut root, "event", POLICY_ITEMS_MAX, faults, |table, faults| event(table, &mut seen, faults));
    let mut seen = Seen::new();
    let chains = tables(&mut root, "approval", POLICY_ITEMS_MAX, faults, |table, faults| {
        chain(table, &mut seen, faults)
    });
    let fiscal_years = tables(&mut root, "fiscal_year", POLICY_ITEMS_MAX, faults, fiscal_year);
    let majorities = tables(&mut root, "majority", POLICY_ITEMS_MAX, faults, majority);
    let mut seen = Seen::new();
    let holidays = tables(&mut root, "holidays", POLICY_ITEMS_MAX, faults, |table, faults| {
        holidays(table, &mut seen, faults).map(Arc::new)
    });
    // Names stay known though what bears them has a fault: one fault is told once.
    let named = Named {
        chains: Some(ids_of(&mut root, "approval")),
        holidays: ids_of(&mut root, "holidays"),
        tables: &holidays,
        fiscal_years: &fiscal_years,
        majorities: Some(&majorities),
    };
    let mut seen = Seen::new();
    let obligations = tables(&mut root, "obligation", OBLIGATIONS_MAX, faults, |table, faults| {
        obligation(table, &named, &mut seen, faults)
    });
    let procedures = tables(&mut root, "procedure", POLICY_ITEMS_MAX, faults, |table, faults| {
        procedure(table, &mut seen, faults)
    });
    root.finish(faults);
    Some(Policy {
        id: policy_id?,
        version: version?,
        title: own_title?,
        owner: owner?,
        review_every: review_every?,
        next_review,
        stale_after: stale_after?,
        post_hold_grace: post_hold_grace?,
        effect,
        redaction_profiles,
        categories,
        events,
        chains,
        fiscal_years,
        majorities,
        holidays,
        obligations,
        procedures,
    })
}

/// The ids that tables of a list have, right or wrong.
fn ids_of(root: &mut Table<'_>, name: &'static str) -> Vec<String> {
    let mut unheard = Faults::new(None);
    let items = root.items(name, POLICY_ITEMS_MAX, &mut unheard);
    let mut ids = Vec::new();
    for item in items {
        let found = item.table(&mut unheard).and_then(|mut table| table.field("id"));
        ids.extend(found.and_then(|id| id.text(&mut unheard)).map(str::to_owned));
    }
    ids
}

/// A version: from 1 on.
pub(super) fn version(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<u32> {
    field.integer(faults, 1, 1_000_000).and_then(|number| u32::try_from(number).ok())
}

fn effect(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Effect> {
    let mut table = field.table(faults)?;
    let metric = table.required("metric", faults, title);
    let target = table.required("target", faults, title);
    let evaluate_after = table.optional("evaluate_after", faults, Field::period).or(Period::new(3, 0));
    table.finish(faults);
    Some(Effect { metric: metric?, target: target?, evaluate_after: evaluate_after? })
}

fn category_entry(mut table: Table<'_>, seen: &mut Seen, faults: &mut Faults<'_>) -> Option<CategoryEntry> {
    let id = table.required("id", faults, |field, faults| {
        let id = category(field, faults)?;
        seen.once(id.as_str(), field, faults);
        Some(id)
    });
    let title = table.required("title", faults, title);
    table.finish(faults);
    Some(CategoryEntry { id: id?, title: title? })
}

fn event(mut table: Table<'_>, seen: &mut Seen, faults: &mut Faults<'_>) -> Option<EventEntry> {
    let kind = table.required("type", faults, |field, faults| {
        let kind = field.parsed(faults, |found| EventType::parse(found).map_err(|_| What::BadId))?;
        seen.once(kind.as_str(), field, faults);
        Some(kind)
    });
    let keys = table.required("keys", faults, |field, faults| {
        let keys = field.each(LIST_ITEMS_MAX, faults, |item, faults| {
            item.parsed(faults, |found| EventKey::parse(found).map_err(|_| What::BadId))
        })?;
        if keys.is_empty() {
            field.fault(faults, What::Empty);
        }
        Some(keys)
    });
    let title = table.required("title", faults, title);
    table.finish(faults);
    Some(EventEntry { kind: kind?, keys: keys?, title: title? })
}

fn chain(mut table: Table<'_>, seen: &mut Seen, faults: &mut Faults<'_>) -> Option<Chain> {
    let chain_id = table.required("id", faults, |field, faults| {
        let id = id(field, faults)?;
        seen.once(id.as_str(), field, faults);
        Some(id)
    });
    let cooling_off = table.optional("cooling_off", faults, Field::period);
    let stages = table.required("stage", faults, |field, faults| {
        let stages = field.each(APPROVAL_STAGES_MAX, faults, stage)?;
        if stages.is_empty() {
            field.fault(faults, What::Empty);
        }
        Some(stages)
    });
    table.finish(faults);
    Chain::new(chain_id?, stages?, cooling_off)
}

fn stage(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Stage> {
    let mut table = field.table(faults)?;
    let name = table.required("name", faults, title);
    let roles = table.required("roles", faults, |field, faults| {
        let roles = field.each(Role::ALL.len(), faults, |item, faults| {
            item.word(faults, |found| Role::parse(found).ok(), Role::WORDS)
        })?;
        if roles.is_empty() {
            field.fault(faults, What::Empty);
        }
        Some(roles)
    });
    let needed = table.optional("needed", faults, |field, faults| field.integer(faults, 1, APPROVERS_MAX));
    table.finish(faults);
    let needed = u8::try_from(needed.unwrap_or(1)).ok()?;
    Some(Stage { name: name?, roles: roles?.into_iter().collect(), needed })
}

fn procedure(mut table: Table<'_>, seen: &mut Seen, faults: &mut Faults<'_>) -> Option<Procedure> {
    let procedure_id = table.required("id", faults, |field, faults| {
        let id = id(field, faults)?;
        seen.once(id.as_str(), field, faults);
        Some(id)
    });
    let law = table.required("jurisdiction", faults, law);
    let kind = table.required("kind", faults, |field, faults| {
        field.word(faults, ProcedureKind::parse, ProcedureKind::WORDS)
    });
    let title = table.required("title", faults, title);
    let citations = table.optional("citations", faults, citations).unwrap_or_default();
    let certainty = table.required("certainty", faults, |field, faults| {
        field.word(faults, Certainty::parse, Certainty::WORDS)
    });
    let note = table.optional("note", faults, note);
    table.finish(faults);
    Some(Procedure {
        id: procedure_id?,
        law: law?,
        kind: kind?,
        title: title?,
        citations,
        certainty: certainty?,
        note,
    })
}
