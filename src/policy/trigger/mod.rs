//! Trigger expressions: from which day on a period counts.
//!
//! ```text
//! expression = term { "+" PERIOD }
//! term       = declared | received | created | occurred | classified
//!            | meta("PATH") | event("TYPE", KEY [, first | last]) | majority(meta("PATH"))
//!            | fiscal_year_end(expression) | calendar_year_end(expression)
//!            | max(…) | min(…) | all(…) | any(…)          two to sixteen expressions
//!            | ( expression )
//! ```
//! An expression says nothing of periods that the calendar of its obligation does not say.

mod lex;
mod name;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::retention::calendar::{BadPeriod, Period};

pub use name::{BadName, EventKey, EventType, MetaPath};

crate::base::words::words! {
    /// Which of several events counts.
    Occurrence {
        /// The earliest.
        First = "first",
        /// The latest.
        Last = "last",
    }
}

crate::base::words::words! {
    /// How several dates become one.
    Combine {
        /// The latest; unknown while one of them is.
        Max = "max",
        /// The earliest; unknown while one of them is.
        Min = "min",
        /// The day on which the last of them has happened: as `max`.
        All = "all",
        /// The day on which the first of them has happened, whatever becomes of the others.
        Any = "any",
    }
}

/// A date that a record has by itself or through its events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// When it was declared a record: captured.
    Declared,
    /// When the organisation got it.
    Received,
    /// When it was made.
    Created,
    /// When what it records happened.
    Occurred,
    /// When it was put into its category.
    Classified,
    /// A date among its fields.
    Meta(MetaPath),
    /// The day on which somebody comes of age whose birth date stands in a field.
    Majority(MetaPath),
    /// An event of a key that the record has.
    Event {
        /// What happened.
        kind: EventType,
        /// To whom or to what: the name of a key.
        key: EventKey,
        /// Which of several; by default the last for a floor and the first for a ceiling.
        which: Option<Occurrence>,
    },
}

/// Two to sixteen expressions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arguments(Vec<Expr>);

impl Arguments {
    /// The fewest.
    pub const LEAST: usize = 2;
    /// The most.
    pub const MOST: usize = 16;

    /// From a list of the right length.
    pub fn new(list: Vec<Expr>) -> Option<Self> {
        (Self::LEAST..=Self::MOST).contains(&list.len()).then_some(Self(list))
    }

    /// The expressions.
    pub fn as_slice(&self) -> &[Expr] {
        &self.0
    }
}

/// A trigger expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A date of the record.
    Atom(Atom),
    /// A date and a period from it on, by the obligation's calendar: its last day.
    Plus(Box<Self>, Period),
    /// The end of the fiscal year in which a date lies.
    FiscalYearEnd(Box<Self>),
    /// 31 December of the year in which a date lies.
    CalendarYearEnd(Box<Self>),
    /// Several dates made one.
    Combined(Combine, Arguments),
}

impl Expr {
    /// The dates that it asks for, in the order of the text.
    pub fn atoms(&self) -> Vec<&Atom> {
        match self {
            Self::Atom(atom) => vec![atom],
            Self::Plus(inner, _) | Self::FiscalYearEnd(inner) | Self::CalendarYearEnd(inner) => inner.atoms(),
            Self::Combined(_, arguments) => arguments.0.iter().flat_map(Self::atoms).collect(),
        }
    }

    /// True if it takes the earliest of several dates somewhere.
    pub fn takes_the_earliest(&self) -> bool {
        match self {
            Self::Atom(Atom::Event { which, .. }) => *which == Some(Occurrence::First),
            Self::Atom(_) => false,
            Self::Plus(inner, _) | Self::FiscalYearEnd(inner) | Self::CalendarYearEnd(inner) => {
                inner.takes_the_earliest()
            }
            Self::Combined(how, arguments) => {
                matches!(how, Combine::Min | Combine::Any) || arguments.0.iter().any(Self::takes_the_earliest)
            }
        }
    }

    /// True if it asks for the end of a fiscal year.
    pub fn uses_fiscal_years(&self) -> bool {
        match self {
            Self::Atom(_) => false,
            Self::FiscalYearEnd(_) => true,
            Self::Plus(inner, _) | Self::CalendarYearEnd(inner) => inner.uses_fiscal_years(),
            Self::Combined(_, arguments) => arguments.0.iter().any(Self::uses_fiscal_years),
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared => f.write_str("declared"),
            Self::Received => f.write_str("received"),
            Self::Created => f.write_str("created"),
            Self::Occurred => f.write_str("occurred"),
            Self::Classified => f.write_str("classified"),
            Self::Meta(path) => write!(f, "meta(\"{path}\")"),
            Self::Majority(path) => write!(f, "majority(meta(\"{path}\"))"),
            Self::Event { kind, key, which: None } => write!(f, "event(\"{kind}\", {key})"),
            Self::Event { kind, key, which: Some(which) } => {
                write!(f, "event(\"{kind}\", {key}, {})", which.as_str())
            }
        }
    }
}

impl fmt::Display for Expr {
    /// The canonical spelling: [`Expr::parse`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Atom(atom) => fmt::Display::fmt(atom, f),
            Self::Plus(inner, period) => write!(f, "{inner} + {period}"),
            Self::FiscalYearEnd(inner) => write!(f, "fiscal_year_end({inner})"),
            Self::CalendarYearEnd(inner) => write!(f, "calendar_year_end({inner})"),
            Self::Combined(how, arguments) => {
                write!(f, "{}(", how.as_str())?;
                for (index, argument) in arguments.0.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{argument}")?;
                }
                f.write_str(")")
            }
        }
    }
}

/// Why a text is no trigger, and at which character (from 0).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {what:?}")]
pub struct TriggerFault {
    /// The character, from 0.
    pub at: usize,
    /// What is wrong there.
    pub what: TriggerWhat,
}

/// What is wrong in a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriggerWhat {
    /// It ends too soon.
    Ends {
        /// What would go on.
        expected: &'static str,
    },
    /// Something else stands there.
    Unexpected {
        /// What stands there.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A function or date that there is not.
    UnknownName {
        /// The name.
        found: String,
    },
    /// A character that no expression has.
    Character {
        /// The character.
        found: char,
    },
    /// A text without its end.
    Unclosed,
    /// No period behind `+`.
    Period(BadPeriod),
    /// No path of a field, type of an event or name of a key.
    Name(BadName),
    /// Too many or too few expressions in parentheses.
    Arguments {
        /// How many were found.
        found: usize,
    },
    /// `first` or `last` was expected.
    Occurrence {
        /// What stands there.
        found: String,
    },
    /// Parentheses in parentheses in parentheses.
    TooDeep {
        /// The depth allowed.
        most: usize,
    },
    /// Too long.
    TooLong {
        /// Characters allowed.
        most: usize,
    },
    /// It waits for something that only its own rule brings about.
    Cyclic {
        /// The event.
        event: String,
    },
}

impl TriggerWhat {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ends { .. } => "trigger_ends",
            Self::Unexpected { .. } => "trigger_unexpected",
            Self::UnknownName { .. } => "trigger_unknown_name",
            Self::Character { .. } => "trigger_character",
            Self::Unclosed => "trigger_unclosed",
            Self::Period(_) => "trigger_period",
            Self::Name(_) => "trigger_name",
            Self::Arguments { .. } => "trigger_arguments",
            Self::Occurrence { .. } => "trigger_occurrence",
            Self::TooDeep { .. } => "trigger_too_deep",
            Self::TooLong { .. } => "trigger_too_long",
            Self::Cyclic { .. } => "trigger_cyclic",
        }
    }

    /// The facts that its words name.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ends { expected } => vec![("expected", (*expected).to_owned())],
            Self::Unexpected { found, expected } => {
                vec![("found", found.clone()), ("expected", (*expected).to_owned())]
            }
            Self::UnknownName { found } | Self::Occurrence { found } => vec![("found", found.clone())],
            Self::Character { found } => vec![("found", found.to_string())],
            Self::Arguments { found } => vec![
                ("found", found.to_string()),
                ("least", Arguments::LEAST.to_string()),
                ("most", Arguments::MOST.to_string()),
            ],
            Self::TooDeep { most } | Self::TooLong { most } => vec![("most", most.to_string())],
            Self::Cyclic { event } => vec![("event", event.clone())],
            Self::Unclosed | Self::Period(_) | Self::Name(_) => Vec::new(),
        }
    }
}
