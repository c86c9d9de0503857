//! What can be wrong in a policy file, as facts: where, what, and what would be right. The sentences stand
//! on floor 4.

use super::place::Place;
use super::trigger::TriggerFault;
use crate::base::civil::BadDate;
use crate::retention::calendar::BadPeriod;

/// One fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands, if it was read from a file.
    pub place: Option<Place>,
    /// Which field, as in `obligation[2].period`; empty for the file as a whole.
    pub path: String,
    /// What is wrong.
    pub what: What,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// No TOML.
    Syntax {
        /// What the reader of TOML says, in English.
        reason: String,
    },
    /// More bytes than a policy may have.
    TooLarge {
        /// Bytes allowed.
        most: usize,
    },
    /// A format version that this program does not read.
    Format {
        /// The version found.
        found: i64,
    },
    /// A field that the format does not have.
    UnknownField {
        /// Those that it has here.
        allowed: Vec<&'static str>,
    },
    /// A field that must be given.
    Missing,
    /// A value of another type.
    WrongType {
        /// The type that is read here.
        expected: Expected,
    },
    /// A text with nothing visible in it.
    Blank,
    /// A text with control or text-direction characters.
    Control,
    /// A text that is too long.
    TooLong {
        /// Characters allowed.
        most: usize,
    },
    /// A list that is too long.
    TooMany {
        /// Items allowed.
        most: usize,
    },
    /// A list that needs an item.
    Empty,
    /// A number outside its range.
    OutOfRange {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A word outside a closed set.
    UnknownWord {
        /// The word found.
        found: String,
        /// The words of the set.
        allowed: Vec<&'static str>,
    },
    /// Not of the form of an id.
    BadId,
    /// Not a period.
    Period(BadPeriod),
    /// Not a date.
    Date(BadDate),
    /// Not an instant.
    Moment,
    /// No time zone of that name.
    Zone {
        /// The name found.
        found: String,
    },
    /// No jurisdiction of that code.
    Jurisdiction {
        /// The code found.
        found: String,
    },
    /// Not of the form of a category.
    Category {
        /// The text found.
        found: String,
    },
    /// Not a month and a day.
    MonthDay,
    /// Not a digest.
    Digest,
    /// A trigger that cannot be read.
    Trigger(TriggerFault),
    /// The same id twice.
    Duplicate {
        /// The id.
        id: String,
        /// The line of the first.
        first_line: Option<usize>,
    },
    /// A name that nothing in the file has.
    UnknownReference {
        /// The name found.
        found: String,
        /// Where such names are declared, as in `approval`.
        declared_in: &'static str,
    },
    /// A selector that selects nothing in particular.
    EmptyMatch,
    /// `all` beside another condition.
    AllAndMore,
    /// The last day lies before the first.
    Backwards,
    /// Two fields that exclude each other.
    Excludes {
        /// The other field.
        other: &'static str,
    },
    /// A field that another one needs.
    Needs {
        /// The field that is missing.
        other: &'static str,
    },
    /// A ceiling that never ends, or another term that its kind cannot have.
    TermOfKind,
    /// An enabled rule whose period is still to be set.
    PeriodToBeSet,
    /// More faults than are listed.
    More {
        /// How many more.
        count: usize,
    },
    /// The file's own words about a record do not fit its policy.
    Unfit,
}

crate::base::words::words! {
    /// The types of values.
    Expected {
        /// A text.
        Text = "text",
        /// A whole number.
        Integer = "integer",
        /// `true` or `false`.
        Bool = "bool",
        /// A list.
        List = "list",
        /// A table.
        Table = "table",
    }
}

impl What {
    /// The stable code: what programs compare, and the key of the words.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "syntax",
            Self::TooLarge { .. } => "too_large",
            Self::Format { .. } => "format",
            Self::UnknownField { .. } => "unknown_field",
            Self::Missing => "missing",
            Self::WrongType { .. } => "wrong_type",
            Self::Blank => "blank",
            Self::Control => "control_character",
            Self::TooLong { .. } => "too_long",
            Self::TooMany { .. } => "too_many",
            Self::Empty => "empty_list",
            Self::OutOfRange { .. } => "out_of_range",
            Self::UnknownWord { .. } => "unknown_word",
            Self::BadId => "bad_id",
            Self::Period(why) => match why {
                BadPeriod::Form => "period_form",
                BadPeriod::Hours => "period_hours",
                BadPeriod::Fraction => "period_fraction",
                BadPeriod::Zero => "period_zero",
                BadPeriod::TooLong => "period_too_long",
            },
            Self::Date(why) => match why {
                BadDate::Form => "date_form",
                BadDate::NoSuchDay => "no_such_day",
                BadDate::Year => "year_out_of_range",
            },
            Self::Moment => "not_a_moment",
            Self::Zone { .. } => "unknown_zone",
            Self::Jurisdiction { .. } => "unknown_jurisdiction",
            Self::Category { .. } => "bad_category",
            Self::MonthDay => "month_day",
            Self::Digest => "bad_digest",
            Self::Trigger(fault) => fault.what.code(),
            Self::Duplicate { .. } => "duplicate",
            Self::UnknownReference { .. } => "unknown_reference",
            Self::EmptyMatch => "empty_match",
            Self::AllAndMore => "all_and_more",
            Self::Backwards => "backwards",
            Self::Excludes { .. } => "excludes",
            Self::Needs { .. } => "needs",
            Self::TermOfKind => "term_of_kind",
            Self::PeriodToBeSet => "period_to_be_set",
            Self::More { .. } => "more",
            Self::Unfit => "unfit",
        }
    }

    /// The facts that the words name, by placeholder.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let one = |name: &'static str, fact: String| vec![(name, fact)];
        match self {
            Self::Syntax { reason } => one("reason", reason.clone()),
            Self::TooLarge { most } | Self::TooLong { most } | Self::TooMany { most } => {
                one("most", most.to_string())
            }
            Self::More { count } => one("count", count.to_string()),
            Self::Format { found } => one("found", found.to_string()),
            Self::UnknownField { allowed } => one("allowed", allowed.join(", ")),
            Self::WrongType { expected } => one("expected", expected.as_str().to_owned()),
            Self::OutOfRange { least, most } => {
                vec![("least", least.to_string()), ("most", most.to_string())]
            }
            Self::UnknownWord { found, allowed } => {
                vec![("found", found.clone()), ("allowed", allowed.join(", "))]
            }
            Self::Zone { found } | Self::Jurisdiction { found } | Self::Category { found } => {
                one("found", found.clone())
            }
            Self::Trigger(fault) => fault.what.facts(),
            Self::Duplicate { id, first_line } => {
                vec![
                    ("id", id.clone()),
                    ("first", first_line.map_or_else(|| "?".to_owned(), |line| line.to_string())),
                ]
            }
            Self::UnknownReference { found, declared_in } => {
                vec![("found", found.clone()), ("declared_in", (*declared_in).to_owned())]
            }
            Self::Excludes { other } | Self::Needs { other } => one("other", (*other).to_owned()),
            Self::Missing
            | Self::Blank
            | Self::Control
            | Self::Empty
            | Self::BadId
            | Self::Period(_)
            | Self::Date(_)
            | Self::Moment
            | Self::MonthDay
            | Self::Digest
            | Self::EmptyMatch
            | Self::AllAndMore
            | Self::Backwards
            | Self::TermOfKind
            | Self::PeriodToBeSet
            | Self::Unfit => Vec::new(),
        }
    }
}
