//! What can be wrong with an input, as facts: floor 4 chooses the words.

use serde_json::{Map, Value, json};

use super::nearest::nearest;
use crate::base::civil::{BadDate, BadZone, YEARS};
use crate::base::digest::BadDigest;
use crate::base::id::BadId;
use crate::base::limits::{FAULTS_MAX, FILE_NAME_BYTES_MAX};
use crate::base::moment::BadMoment;
use crate::base::text::BadLabel;
use crate::record::UnknownWord;
use crate::record::category::BadCategory;
use crate::record::jurisdiction::BadJurisdiction;
use crate::record::names::{BadFileName, BadLanguage, BadMediaType};
use crate::record::occurred::BadTime;

/// One thing wrong, and where. It never holds a value of the input, only names of its fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {}", code.as_str())]
pub struct Fault {
    /// Where: `parties[2].name`, `custom["合同号"]`; empty for the input as a whole.
    pub path: String,
    /// What.
    pub code: FaultCode,
}

/// The types that JSON knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// `[ … ]`
    List,
    /// `{ … }`
    Object,
}

impl JsonType {
    /// Of a value.
    pub const fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }

    /// Its stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Text => "text",
            Self::List => "list",
            Self::Object => "object",
        }
    }
}

/// What is wrong. The set is closed: a new fault must be put into words by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultCode {
    /// It must be given.
    Required,
    /// It is there, but nothing visible is in it.
    Blank,
    /// Too many characters.
    TooLong {
        /// Characters found; where a text is far too long, those that were counted.
        chars: usize,
        /// Characters allowed.
        most: usize,
    },
    /// Too many bytes.
    TooManyBytes {
        /// Bytes found.
        bytes: u64,
        /// Bytes allowed.
        most: u64,
    },
    /// A control or text-direction character.
    Control {
        /// 1-based position, in characters.
        position: usize,
        /// The character's code point.
        code: u32,
    },
    /// Not of the form `YYYY-MM-DD`.
    NotADate,
    /// The calendar has no such day.
    NoSuchDay,
    /// The year lies outside the range.
    YearOutOfRange,
    /// Neither a date nor an instant of RFC 3339.
    NotAMoment,
    /// Clocks in the zone showed this time never or twice.
    AmbiguousTime,
    /// No such zone in the IANA database.
    UnknownZone,
    /// Neither a kind nor a subkind.
    UnknownKind {
        /// Kinds, then subkinds.
        allowed: &'static [&'static str],
    },
    /// Not one of a closed set of words.
    UnknownWord {
        /// The set.
        allowed: &'static [&'static str],
    },
    /// Records of this kind have no such thing.
    NotAllowedForKind {
        /// The kind's closest word.
        kind: &'static str,
    },
    /// This date lies before one that it must not lie before.
    Before {
        /// Path of the other date.
        other: String,
    },
    /// Later than now.
    AfterNow,
    /// Not later than now.
    HasPassed,
    /// This and another field cannot both be true.
    Contradicts {
        /// Path of the other field.
        other: String,
    },
    /// The record has another one, and a new version does not change it.
    NotTheRecords,
    /// It was already said.
    Duplicate {
        /// Path of the first one.
        first: String,
    },
    /// Too many items.
    TooMany {
        /// Items found.
        found: usize,
        /// Items allowed.
        most: usize,
    },
    /// Not an id of the archive.
    BadId {
        /// What it should name.
        what: &'static str,
    },
    /// The user has no role that could do it.
    RoleNeeded {
        /// Roles of which one is needed.
        roles: Vec<&'static str>,
    },
    /// Not lower-case words joined by `_`.
    BadWord,
    /// Not the name of one file: a path, or only dots.
    BadName,
    /// Not 64 hexadecimal digits.
    BadDigest,
    /// Not a media type.
    BadMediaType,
    /// Not a language tag.
    BadLanguage,
    /// Not a category.
    BadCategory,
    /// Not a jurisdiction.
    BadJurisdiction,
    /// No such field.
    UnknownField {
        /// The known field whose name is closest.
        nearest: Option<&'static str>,
        /// The fields that there are.
        known: Vec<&'static str>,
    },
    /// JSON of another type than expected.
    WrongType {
        /// Expected.
        expected: JsonType,
        /// Found.
        found: JsonType,
    },
    /// A number outside its range, or not whole.
    OutOfRange {
        /// Least allowed.
        least: u64,
        /// Most allowed.
        most: u64,
    },
    /// A file without a byte in it.
    Empty,
    /// Lists and objects within each other too deep.
    TooDeep {
        /// Levels allowed.
        most: usize,
    },
    /// Not JSON, or not UTF-8.
    Unreadable {
        /// 1-based line.
        line: usize,
        /// 1-based column, in bytes.
        column: usize,
    },
    /// So many further faults were found and not listed.
    More {
        /// How many.
        count: usize,
    },
}

impl FaultCode {
    /// A field that is none of `known`, with the one that is probably meant.
    pub fn unknown_field(name: &str, known: &[&'static str]) -> Self {
        let mut listed = known.to_vec();
        listed.sort_unstable();
        listed.dedup();
        Self::UnknownField { nearest: nearest(name, known), known: listed }
    }

    /// The stable code, for clients and for the catalogue of words.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Blank => "blank",
            Self::TooLong { .. } => "too_long",
            Self::TooManyBytes { .. } => "too_many_bytes",
            Self::Control { .. } => "control_character",
            Self::NotADate => "not_a_date",
            Self::NoSuchDay => "no_such_day",
            Self::YearOutOfRange => "year_out_of_range",
            Self::NotAMoment => "not_a_moment",
            Self::AmbiguousTime => "ambiguous_time",
            Self::UnknownZone => "unknown_zone",
            Self::UnknownKind { .. } => "unknown_kind",
            Self::UnknownWord { .. } => "unknown_word",
            Self::NotAllowedForKind { .. } => "not_allowed_for_kind",
            Self::Before { .. } => "before",
            Self::AfterNow => "after_now",
            Self::HasPassed => "has_passed",
            Self::Contradicts { .. } => "contradicts",
            Self::NotTheRecords => "not_the_records",
            Self::Duplicate { .. } => "duplicate",
            Self::TooMany { .. } => "too_many",
            Self::BadId { .. } => "bad_id",
            Self::RoleNeeded { .. } => "role_needed",
            Self::BadWord => "bad_word",
            Self::BadName => "bad_name",
            Self::BadDigest => "bad_digest",
            Self::BadMediaType => "bad_media_type",
            Self::BadLanguage => "bad_language",
            Self::BadCategory => "bad_category",
            Self::BadJurisdiction => "bad_jurisdiction",
            Self::UnknownField { .. } => "unknown_field",
            Self::WrongType { .. } => "wrong_type",
            Self::OutOfRange { .. } => "out_of_range",
            Self::Empty => "empty",
            Self::TooDeep { .. } => "too_deep",
            Self::Unreadable { .. } => "unreadable",
            Self::More { .. } => "more",
        }
    }

    /// The facts beside the code, by name, for clients and as placeholders of the words.
    pub fn facts(&self) -> Map<String, Value> {
        let facts = match self {
            Self::TooLong { chars, most } => json!({"chars": chars, "most": most}),
            Self::TooManyBytes { bytes, most } => json!({"bytes": bytes, "most": most}),
            Self::Control { position, code } => {
                json!({"position": position, "character": format!("U+{code:04X}")})
            }
            Self::YearOutOfRange => json!({"least": YEARS.start(), "most": YEARS.end()}),
            Self::UnknownKind { allowed } | Self::UnknownWord { allowed } => json!({"allowed": allowed}),
            Self::NotAllowedForKind { kind } => json!({"kind": kind}),
            Self::Before { other } | Self::Contradicts { other } => json!({"other": other}),
            Self::Duplicate { first } => json!({"first": first}),
            Self::TooMany { found, most } => json!({"found": found, "most": most}),
            Self::BadId { what } => json!({"what": what}),
            Self::RoleNeeded { roles } => json!({"roles": roles}),
            Self::UnknownField { nearest: Some(nearest), known } => {
                json!({"known": known, "nearest": nearest})
            }
            Self::UnknownField { nearest: None, known } => json!({"known": known}),
            Self::WrongType { expected, found } => {
                json!({"expected": expected.as_str(), "found": found.as_str()})
            }
            Self::OutOfRange { least, most } => json!({"least": least, "most": most}),
            Self::TooDeep { most } => json!({"most": most}),
            Self::Unreadable { line, column } => json!({"line": line, "column": column}),
            Self::More { count } => json!({"count": count}),
            Self::Required
            | Self::Blank
            | Self::NotADate
            | Self::NoSuchDay
            | Self::NotAMoment
            | Self::AmbiguousTime
            | Self::UnknownZone
            | Self::BadWord
            | Self::BadName
            | Self::BadDigest
            | Self::BadMediaType
            | Self::BadLanguage
            | Self::BadCategory
            | Self::BadJurisdiction
            | Self::AfterNow
            | Self::HasPassed
            | Self::NotTheRecords
            | Self::Empty => json!({}),
        };
        match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        }
    }
}

/// Faults as they are found; no more than [`FAULTS_MAX`] are listed, the rest are counted.
#[derive(Debug, Default)]
pub struct Faults {
    listed: Vec<Fault>,
    more: usize,
}

impl Faults {
    /// None found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn add(&mut self, path: impl ToString, code: FaultCode) {
        if self.listed.len() < FAULTS_MAX {
            self.listed.push(Fault { path: path.to_string(), code });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// True if nothing was found wrong.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// All of them; the last one counts those not listed.
    pub fn into_vec(mut self) -> Vec<Fault> {
        if self.more > 0 {
            self.listed.push(Fault { path: String::new(), code: FaultCode::More { count: self.more } });
        }
        self.listed
    }

    /// `value` if nothing is wrong.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self.into_vec()),
        }
    }
}

impl From<BadLabel> for FaultCode {
    fn from(fault: BadLabel) -> Self {
        match fault {
            BadLabel::Blank => Self::Blank,
            BadLabel::TooLong { chars, most } => Self::TooLong { chars, most },
            BadLabel::Control { position, code } => Self::Control { position, code },
        }
    }
}

impl From<BadFileName> for FaultCode {
    fn from(fault: BadFileName) -> Self {
        match fault {
            BadFileName::Blank => Self::Blank,
            BadFileName::TooLong { bytes } => {
                Self::TooManyBytes { bytes: bytes as u64, most: FILE_NAME_BYTES_MAX as u64 }
            }
            BadFileName::Control { position, code } => Self::Control { position, code },
            BadFileName::Path => Self::BadName,
        }
    }
}

impl From<BadDate> for FaultCode {
    fn from(fault: BadDate) -> Self {
        match fault {
            BadDate::Form => Self::NotADate,
            BadDate::NoSuchDay => Self::NoSuchDay,
            BadDate::Year => Self::YearOutOfRange,
        }
    }
}

impl From<BadTime> for FaultCode {
    fn from(fault: BadTime) -> Self {
        match fault {
            BadTime::Date(fault) => fault.into(),
            BadTime::Form => Self::NotAMoment,
            BadTime::Ambiguous => Self::AmbiguousTime,
        }
    }
}

impl From<UnknownWord> for FaultCode {
    fn from(fault: UnknownWord) -> Self {
        Self::UnknownWord { allowed: fault.allowed }
    }
}

impl From<BadId> for FaultCode {
    fn from(fault: BadId) -> Self {
        Self::BadId { what: fault.what }
    }
}

macro_rules! plain_faults {
    ($($fault:ty => $code:ident),+ $(,)?) => {$(
        impl From<$fault> for FaultCode {
            fn from(_: $fault) -> Self {
                Self::$code
            }
        }
    )+};
}

plain_faults! {
    BadMoment => NotAMoment,
    BadZone => UnknownZone,
    BadDigest => BadDigest,
    BadMediaType => BadMediaType,
    BadLanguage => BadLanguage,
    BadCategory => BadCategory,
    BadJurisdiction => BadJurisdiction,
}
