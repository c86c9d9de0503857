//! Takes a tree of values apart, field by field, and keeps every fault with its place.

use super::fault::{Expected, Fault, What};
use super::node::{Member, Node, Value};
use super::place::Source;
use super::trigger::{Expr, TriggerFault};
use crate::base::civil::{CivilDate, Zone};
use crate::base::limits::FAULTS_MAX;
use crate::base::text::{self, BadLabel};
use crate::retention::calendar::Period;

/// The faults found so far.
pub(crate) struct Faults<'s> {
    source: Option<Source<'s>>,
    list: Vec<Fault>,
    /// Faults behind the limit.
    omitted: usize,
}

impl<'s> Faults<'s> {
    /// None yet; `source` is the text in which they stand.
    pub(crate) const fn new(source: Option<Source<'s>>) -> Self {
        Self { source, list: Vec::new(), omitted: 0 }
    }

    /// Adds one at a span of bytes.
    pub(crate) fn add(&mut self, span: Option<&std::ops::Range<usize>>, path: &str, what: What) {
        let place = self.source.zip(span).map(|(source, span)| source.place(span.start));
        self.push(Fault { place, path: path.to_owned(), what });
    }

    fn push(&mut self, fault: Fault) {
        // Behind the limit, more of them would help nobody: they are counted only.
        if self.list.len() < FAULTS_MAX {
            self.list.push(fault);
        } else {
            self.omitted += 1;
        }
    }

    /// True if none was found.
    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, in the order of the file.
    pub(crate) fn into_list(mut self) -> Vec<Fault> {
        self.list.sort_by_key(|fault| fault.place);
        if self.omitted > 0 {
            let what = What::More { count: self.omitted };
            self.list.push(Fault { place: None, path: String::new(), what });
        }
        self.list
    }

    /// The line of a span, for faults that name another place.
    pub(crate) fn line(&self, span: Option<&std::ops::Range<usize>>) -> Option<usize> {
        self.source.zip(span).map(|(source, span)| source.place(span.start).line)
    }
}

/// A value with the path under which it stands.
#[derive(Clone)]
pub(crate) struct Field<'n> {
    pub(crate) node: &'n Node,
    pub(crate) path: String,
}

impl<'n> Field<'n> {
    /// The root of a tree.
    pub(crate) const fn root(node: &'n Node) -> Self {
        Self { node, path: String::new() }
    }

    /// Adds a fault of this value.
    pub(crate) fn fault(&self, faults: &mut Faults<'_>, what: What) {
        faults.add(self.node.span.as_ref(), &self.path, what);
    }

    fn wrong<T>(&self, faults: &mut Faults<'_>, expected: Expected) -> Option<T> {
        self.fault(faults, What::WrongType { expected });
        None
    }

    /// A text of any form.
    pub(crate) fn text(&self, faults: &mut Faults<'_>) -> Option<&'n str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => self.wrong(faults, Expected::Text),
        }
    }

    /// A text for people, of at most so many characters.
    pub(crate) fn label(&self, most: usize, faults: &mut Faults<'_>) -> Option<String> {
        self.parsed(faults, |found| {
            text::label(found, most).map_err(|bad| match bad {
                BadLabel::Blank => What::Blank,
                BadLabel::TooLong { .. } => What::TooLong { most },
                BadLabel::Control { .. } => What::Control,
            })
        })
    }

    /// A text that a type reads.
    pub(crate) fn parsed<T>(
        &self,
        faults: &mut Faults<'_>,
        parse: impl FnOnce(&'n str) -> Result<T, What>,
    ) -> Option<T> {
        let found = self.text(faults)?;
        parse(found).map_err(|what| self.fault(faults, what)).ok()
    }

    /// A word of a closed set.
    pub(crate) fn word<T>(
        &self,
        faults: &mut Faults<'_>,
        parse: impl FnOnce(&str) -> Option<T>,
        allowed: &[&'static str],
    ) -> Option<T> {
        self.parsed(faults, |found| {
            parse(found).ok_or_else(|| What::UnknownWord { found: shown(found), allowed: allowed.to_vec() })
        })
    }

    /// A whole number of a range.
    pub(crate) fn integer(&self, faults: &mut Faults<'_>, least: i64, most: i64) -> Option<i64> {
        match self.node.value {
            Value::Integer(number) if (least..=most).contains(&number) => Some(number),
            Value::Integer(_) => {
                self.fault(faults, What::OutOfRange { least, most });
                None
            }
            _ => self.wrong(faults, Expected::Integer),
        }
    }

    /// `true` or `false`.
    pub(crate) fn bool(&self, faults: &mut Faults<'_>) -> Option<bool> {
        match self.node.value {
            Value::Bool(yes) => Some(yes),
            _ => self.wrong(faults, Expected::Bool),
        }
    }

    /// A date.
    pub(crate) fn date(&self, faults: &mut Faults<'_>) -> Option<CivilDate> {
        self.parsed(faults, |found| CivilDate::parse(found).map_err(What::Date))
    }

    /// A time zone.
    pub(crate) fn zone(&self, faults: &mut Faults<'_>) -> Option<Zone> {
        self.parsed(faults, |found| Zone::parse(found).map_err(|_| What::Zone { found: shown(found) }))
    }

    /// A period.
    pub(crate) fn period(&self, faults: &mut Faults<'_>) -> Option<Period> {
        self.parsed(faults, |found| Period::parse(found).map_err(What::Period))
    }

    /// A trigger expression; its fault stands at the character that is wrong.
    pub(crate) fn trigger(&self, faults: &mut Faults<'_>) -> Option<Expr> {
        let found = self.text(faults)?;
        let fault: TriggerFault = match Expr::parse(found) {
            Ok(expr) => return Some(expr),
            Err(fault) => fault,
        };
        let span = self.node.span.as_ref();
        let place =
            faults.source.zip(span).map(|(source, span)| source.place_in_string(span.start, fault.at));
        faults.push(Fault { place, path: self.path.clone(), what: What::Trigger(fault) });
        None
    }

    /// The items of a list of at most so many.
    pub(crate) fn list(&self, most: usize, faults: &mut Faults<'_>) -> Option<Vec<Self>> {
        let Value::List(items) = &self.node.value else { return self.wrong(faults, Expected::List) };
        if items.len() > most {
            self.fault(faults, What::TooMany { most });
            return None;
        }
        let item = |(index, node)| Self { node, path: format!("{}[{}]", self.path, index + 1) };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// Every item of a list, read; `None` if one cannot be.
    pub(crate) fn each<T>(
        &self,
        most: usize,
        faults: &mut Faults<'_>,
        mut read: impl FnMut(&Self, &mut Faults<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.list(most, faults)?;
        // All are read, so that all faults are found.
        let read: Vec<Option<T>> = items.iter().map(|item| read(item, faults)).collect();
        read.into_iter().collect()
    }

    /// A table, whose fields are then taken one by one.
    pub(crate) fn table(&self, faults: &mut Faults<'_>) -> Option<Table<'n>> {
        match &self.node.value {
            Value::Table(members) => Some(Table { field: self.clone(), members, known: Vec::new() }),
            _ => self.wrong(faults, Expected::Table),
        }
    }
}

/// A table of which fields are taken by name.
pub(crate) struct Table<'n> {
    pub(crate) field: Field<'n>,
    members: &'n [Member],
    known: Vec<&'static str>,
}

impl<'n> Table<'n> {
    /// A field that may be missing.
    pub(crate) fn field(&mut self, name: &'static str) -> Option<Field<'n>> {
        self.known.push(name);
        let member = self.members.iter().find(|member| member.name == name)?;
        Some(Field { node: &member.node, path: self.path_of(name) })
    }

    /// A field that may be missing, read.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        faults: &mut Faults<'_>,
        read: impl FnOnce(&Field<'n>, &mut Faults<'_>) -> Option<T>,
    ) -> Option<T> {
        self.field(name).and_then(|field| read(&field, faults))
    }

    /// A field that must be there, read.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        faults: &mut Faults<'_>,
        read: impl FnOnce(&Field<'n>, &mut Faults<'_>) -> Option<T>,
    ) -> Option<T> {
        match self.field(name) {
            Some(field) => read(&field, faults),
            None => {
                faults.add(self.field.node.span.as_ref(), &self.path_of(name), What::Missing);
                None
            }
        }
    }

    /// A list of tables or of other things that may be missing: then it is empty.
    pub(crate) fn items(
        &mut self,
        name: &'static str,
        most: usize,
        faults: &mut Faults<'_>,
    ) -> Vec<Field<'n>> {
        self.optional(name, faults, |field, faults| field.list(most, faults)).unwrap_or_default()
    }

    /// All fields with names of their own, for tables that have no fixed fields.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&'n str, Field<'n>)> {
        self.members.iter().map(|member| {
            (member.name.as_str(), Field { node: &member.node, path: self.path_of(&member.name) })
        })
    }

    /// Faults of fields that nobody took.
    pub(crate) fn finish(self, faults: &mut Faults<'_>) {
        for member in self.members.iter().filter(|member| !self.known.contains(&member.name.as_str())) {
            let what = What::UnknownField { allowed: self.known.clone() };
            faults.add(member.span.as_ref(), &self.path_of(&shown(&member.name)), what);
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.field.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.field.path) }
    }
}

/// The beginning of what was found, without what could steer a terminal.
pub(crate) fn shown(found: &str) -> String {
    let mut shown: String = found
        .chars()
        .take(60)
        .map(|c| if c.is_control() || text::is_bidi_control(c) { '\u{FFFD}' } else { c })
        .collect();
    if found.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}
