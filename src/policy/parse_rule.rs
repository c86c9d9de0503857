//! Reads one obligation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fault::What;
use super::jurisdictions::Law;
use super::obligation::{
    Action, Basis, Certainty, InForce, Level, Obligation, Rule, RuleId, RuleKind, Standing, Term,
};
use super::parse::{Seen, citations, id, law, note, title, version};
use super::read::{Faults, Field, Table, shown};
use super::selector::{CategoryPattern, Conditions, KindPattern, Selector};
use super::trigger::Atom;
use super::years::{FiscalYear, Majority};
use crate::base::limits::{APPROVERS_MAX, CUSTOM_FIELDS_MAX, LIST_ITEMS_MAX, TITLE_CHARS_MAX};
use crate::base::text::fold_name;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::Kind;
use crate::retention::calendar::{Calendar, CalendarName, Holidays, Period};

/// What obligations name that stands elsewhere in the file. An explanation holds rules without the chains and the
/// ages of majority that they name: these take no part in a verdict any more.
pub(crate) struct Named<'p> {
    pub(crate) chains: Option<Vec<String>>,
    pub(crate) holidays: Vec<String>,
    pub(crate) tables: &'p [Arc<Holidays>],
    pub(crate) fiscal_years: &'p [FiscalYear],
    pub(crate) majorities: Option<&'p [Majority]>,
}

/// How a period is written where the trigger's own date is the last day.
pub(super) const OF_TRIGGER: &str = "trigger";
/// How a period without end is written.
pub(super) const PERMANENT: &str = "permanent";
/// How a period is written that whoever is responsible has to set.
pub(super) const TO_BE_SET: &str = "to-be-set";

/// A period, or one of the words in its place.
enum Written {
    Permanent,
    ToBeSet,
    OfTrigger,
    Period(Period),
}

pub(crate) fn obligation(
    mut table: Table<'_>,
    named: &Named<'_>,
    seen: &mut Seen,
    faults: &mut Faults<'_>,
) -> Option<Obligation> {
    let own = table.required("id", faults, |field, faults| {
        let id = id(field, faults)?;
        seen.once(id.as_str(), field, faults);
        Some(id)
    });
    let version = table.optional("version", faults, version).unwrap_or(1);
    let title = table.optional("title", faults, title);
    let law = table.required("jurisdiction", faults, law);
    let calendar = calendar(&mut table, named, faults);
    let zone = table.required("zone", faults, Field::zone);
    let selector = table.required("match", faults, selector);
    let rule = rule(&mut table, faults);
    if let (Some(rule), Some(law)) = (&rule, &law) {
        tables_are_there(&mut table, rule, law, named, faults);
    }
    let action =
        table.optional("action", faults, |field, faults| field.word(faults, Action::parse, Action::WORDS));
    let approvals = table.optional("approvals", faults, |field, faults| match &named.chains {
        Some(chains) => reference(field, chains, "approval", faults),
        None => id(field, faults),
    });
    let witnesses =
        table.optional("witnesses", faults, |field, faults| field.integer(faults, 0, APPROVERS_MAX));
    let level =
        table.optional("level", faults, |field, faults| field.word(faults, Level::parse, Level::WORDS));
    let citations = table.optional("citations", faults, citations).unwrap_or_default();
    let certainty = table.required("certainty", faults, |field, faults| {
        field.word(faults, Certainty::parse, Certainty::WORDS)
    });
    let basis =
        table.optional("basis", faults, |field, faults| field.word(faults, Basis::parse, Basis::WORDS));
    let standing = standing(&mut table, rule.as_ref(), certainty, faults);
    let in_force = in_force(&mut table, faults);
    let next_review = table.optional("next_review", faults, Field::date);
    let note = table.optional("note", faults, note);
    table.finish(faults);
    let rule = rule?;
    Some(Obligation {
        id: own?,
        version,
        title,
        law: law?,
        calendar: calendar?,
        zone: zone?,
        selector: selector?,
        action: action.unwrap_or(default_action(&rule)),
        rule,
        approvals,
        witnesses: u8::try_from(witnesses.unwrap_or(0)).ok()?,
        level: level.unwrap_or(Level::Category),
        citations,
        certainty: certainty?,
        basis: basis.unwrap_or(Basis::Law),
        standing: standing?,
        in_force: in_force?,
        next_review,
        note,
    })
}

/// What happens where the file does not say: nothing is destroyed by silence but what the law wants erased.
const fn default_action(rule: &Rule) -> Action {
    match (rule.kind(), rule.term()) {
        (RuleKind::Ceiling, _) => Action::Destroy,
        (_, Term::Permanent) => Action::Permanent,
        (RuleKind::Floor | RuleKind::Action, _) => Action::Review,
    }
}

fn reference(
    field: &Field<'_>,
    known: &[String],
    declared_in: &'static str,
    faults: &mut Faults<'_>,
) -> Option<RuleId> {
    let found = id(field, faults)?;
    if known.iter().any(|known| known == found.as_str()) {
        return Some(found);
    }
    field.fault(faults, What::UnknownReference { found: found.as_str().to_owned(), declared_in });
    None
}

fn calendar(table: &mut Table<'_>, named: &Named<'_>, faults: &mut Faults<'_>) -> Option<Calendar> {
    let name = table.required("calendar", faults, |field, faults| {
        field.word(faults, CalendarName::parse, CalendarName::WORDS)
    });
    let roll = table.field("roll_over");
    let Some(roll) = roll else { return name.map(Calendar::plain) };
    let found = reference(&roll, &named.holidays, "holidays", faults)?;
    if name.is_some_and(|name| name != CalendarName::Eu1182) {
        roll.fault(faults, What::Needs { other: "calendar = \"eu-1182\"" });
        return None;
    }
    let table = named.tables.iter().find(|table| table.id() == found.as_str())?;
    Some(Calendar::Eu1182(Some(Arc::clone(table))))
}

fn rule(table: &mut Table<'_>, faults: &mut Faults<'_>) -> Option<Rule> {
    let kind =
        table.required("kind", faults, |field, faults| field.word(faults, RuleKind::parse, RuleKind::WORDS));
    let trigger_field = table.field("trigger");
    let trigger = trigger_field.as_ref().map(|field| field.trigger(faults));
    let period_field = table.field("period");
    let written = match &period_field {
        None => {
            table.required("period", faults, |_, _| Some(()));
            None
        }
        Some(field) => field.parsed(faults, |found| match found {
            PERMANENT => Ok(Written::Permanent),
            TO_BE_SET => Ok(Written::ToBeSet),
            OF_TRIGGER => Ok(Written::OfTrigger),
            period => Period::parse(period).map(Written::Period).map_err(What::Period),
        }),
    };
    let (kind, written, period_field) = (kind?, written?, period_field?);
    let term = match (written, trigger) {
        (Written::Permanent, None) => Term::Permanent,
        (Written::Permanent, Some(_)) => {
            trigger_field.as_ref()?.fault(faults, What::Excludes { other: "period = \"permanent\"" });
            return None;
        }
        (_, None) => {
            table.required("trigger", faults, |_, _| Some(()));
            return None;
        }
        (Written::ToBeSet, Some(trigger)) => Term::ToBeSet { trigger: trigger? },
        (Written::OfTrigger, Some(trigger)) => Term::Counted { trigger: trigger?, period: None },
        (Written::Period(period), Some(trigger)) => Term::Counted { trigger: trigger?, period: Some(period) },
    };
    let rule = Rule::new(kind, term);
    if rule.is_none() {
        period_field.fault(faults, What::TermOfKind);
    }
    rule
}

/// A trigger that asks a table must find a row there.
fn tables_are_there(
    table: &mut Table<'_>,
    rule: &Rule,
    law: &Law,
    named: &Named<'_>,
    faults: &mut Faults<'_>,
) {
    let (Some(trigger), Some(field)) = (rule.trigger(), table.field("trigger")) else { return };
    let serves = |row: &Law| match law {
        Law::Of(jurisdiction) => row.covers(jurisdiction),
        Law::Anywhere => *row == Law::Anywhere,
    };
    let lacks = |declared_in| What::UnknownReference { found: law.as_str().to_owned(), declared_in };
    if trigger.uses_fiscal_years() && !named.fiscal_years.iter().any(|row| serves(&row.law)) {
        field.fault(faults, lacks("fiscal_year"));
    }
    let asks_age = trigger.atoms().iter().any(|atom| matches!(atom, Atom::Majority(_)));
    if asks_age && named.majorities.is_some_and(|rows| !rows.iter().any(|row| serves(&row.law))) {
        field.fault(faults, lacks("majority"));
    }
}

fn standing(
    table: &mut Table<'_>,
    rule: Option<&Rule>,
    certainty: Option<Certainty>,
    faults: &mut Faults<'_>,
) -> Option<Standing> {
    let to_be_set = rule.is_some_and(|rule| matches!(rule.term(), Term::ToBeSet { .. }));
    let Some(field) = table.field("status") else {
        return Some(match certainty {
            Some(Certainty::C) => Standing::NeedsLegalCheck,
            _ if to_be_set => Standing::NeedsPeriod,
            _ => Standing::Enabled,
        });
    };
    let standing = field.word(faults, Standing::parse, Standing::WORDS)?;
    if standing == Standing::Enabled && to_be_set {
        field.fault(faults, What::PeriodToBeSet);
        return None;
    }
    Some(standing)
}

fn in_force(table: &mut Table<'_>, faults: &mut Faults<'_>) -> Option<InForce> {
    let from = table.optional("effective_from", faults, Field::date);
    let to_field = table.field("effective_to");
    let to = to_field.as_ref().and_then(|field| field.date(faults));
    let in_force = InForce::new(from, to);
    if let (None, Some(field)) = (in_force, to_field) {
        field.fault(faults, What::Backwards);
    }
    in_force
}

fn selector(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<Selector> {
    let mut table = field.table(faults)?;
    let all = table.optional("all", faults, Field::bool).unwrap_or(false);
    let conditions = conditions(&mut table, faults);
    table.finish(faults);
    let conditions = conditions?;
    match (all, conditions.is_empty()) {
        (true, true) => Some(Selector::All),
        (false, false) => Some(Selector::Where(conditions)),
        (true, false) => {
            field.fault(faults, What::AllAndMore);
            None
        }
        (false, true) => {
            field.fault(faults, What::EmptyMatch);
            None
        }
    }
}

fn conditions(table: &mut Table<'_>, faults: &mut Faults<'_>) -> Option<Conditions> {
    let kinds =
        set(table, "kinds", faults, |item, faults| item.word(faults, KindPattern::parse, Kind::WORDS));
    let categories = set(table, "categories", faults, |item, faults| {
        item.parsed(faults, |found| {
            CategoryPattern::parse(found).ok_or_else(|| What::Category { found: shown(found) })
        })
    });
    let jurisdictions = set(table, "jurisdictions", faults, |item, faults| {
        item.parsed(faults, |found| {
            Jurisdiction::parse(found).map_err(|_| What::Jurisdiction { found: shown(found) })
        })
    });
    let tags = set(table, "tags", faults, folded);
    let fields = match table.field("fields") {
        None => Some(BTreeMap::new()),
        Some(field) => custom_fields(&field, faults),
    };
    Some(Conditions {
        kinds: kinds?,
        categories: categories?,
        jurisdictions: jurisdictions?,
        tags: tags?,
        fields: fields?,
    })
}

/// A set that may be missing; `None` if it is there and wrong.
fn set<T: Ord>(
    table: &mut Table<'_>,
    name: &'static str,
    faults: &mut Faults<'_>,
    read: impl FnMut(&Field<'_>, &mut Faults<'_>) -> Option<T>,
) -> Option<BTreeSet<T>> {
    let Some(field) = table.field(name) else { return Some(BTreeSet::new()) };
    let items = field.each(LIST_ITEMS_MAX, faults, read)?;
    if items.is_empty() {
        field.fault(faults, What::Empty);
        return None;
    }
    Some(items.into_iter().collect())
}

fn folded(item: &Field<'_>, faults: &mut Faults<'_>) -> Option<String> {
    item.label(TITLE_CHARS_MAX, faults).map(|text| fold_name(&text))
}

fn custom_fields(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let table = field.table(faults)?;
    let mut fields = BTreeMap::new();
    for (name, values) in table.members().take(CUSTOM_FIELDS_MAX) {
        let read = values.each(LIST_ITEMS_MAX, faults, folded)?;
        if read.is_empty() {
            values.fault(faults, What::Empty);
            return None;
        }
        fields.insert(fold_name(name), read.into_iter().collect());
    }
    Some(fields)
}
