//! What can be wrong with one field, row or entry, and where.

use serde_json::{Map, Value};

use super::catalogue;
use super::fact::{Fact, Facts, Term};
use super::language::Language;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $code:literal [$($placeholder:literal),*];)+) => {
        /// The kinds of faults. The words are those of `record::FaultCode::as_str` and more.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FaultWord {
            $($(#[$doc])* $variant,)+
        }

        impl FaultWord {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that clients and scripts see.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The placeholders that its words may have.
            pub const fn placeholders(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$($placeholder),*],)+
                }
            }
        }
    };
}

faults! {
    /// It must be given.
    Required = "required" [];
    /// Nothing visible in it.
    Blank = "blank" [];
    /// Too many characters.
    TooLong = "too_long" ["chars", "most"];
    /// Too many bytes.
    TooManyBytes = "too_many_bytes" ["bytes", "most"];
    /// A control or text-direction character.
    Control = "control_character" ["position", "character"];
    /// Not of the form `YYYY-MM-DD`.
    NotADate = "not_a_date" [];
    /// The calendar has no such day.
    NoSuchDay = "no_such_day" [];
    /// The year lies outside the range.
    YearOutOfRange = "year_out_of_range" ["least", "most"];
    /// Neither a date nor an instant of RFC 3339.
    NotAMoment = "not_a_moment" [];
    /// Clocks showed this time never or twice.
    AmbiguousTime = "ambiguous_time" [];
    /// No such time zone.
    UnknownZone = "unknown_zone" [];
    /// No such kind.
    UnknownKind = "unknown_kind" ["allowed"];
    /// Not one of a closed set of words.
    UnknownWord = "unknown_word" ["allowed"];
    /// Records of this kind have no such thing.
    NotAllowedForKind = "not_allowed_for_kind" ["kind"];
    /// Before a date that it must not lie before.
    Before = "before" ["other"];
    /// Later than now.
    AfterNow = "after_now" [];
    /// It and another field cannot both be true.
    Contradicts = "contradicts" ["other"];
    /// The record has another one, and a new version does not change it.
    NotTheRecords = "not_the_records" [];
    /// Said twice.
    Duplicate = "duplicate" ["first"];
    /// Too many items.
    TooMany = "too_many" ["found", "most"];
    /// Not an id of the archive.
    BadId = "bad_id" ["what"];
    /// The user has no role that could do it.
    RoleNeeded = "role_needed" ["roles"];
    /// Not the name of one file.
    BadName = "bad_name" [];
    /// Not 64 hexadecimal digits.
    BadDigest = "bad_digest" [];
    /// Not a media type.
    BadMediaType = "bad_media_type" [];
    /// Not a language tag.
    BadLanguage = "bad_language" [];
    /// Not a category.
    BadCategory = "bad_category" [];
    /// Not a jurisdiction.
    BadJurisdiction = "bad_jurisdiction" [];
    /// No such field.
    UnknownField = "unknown_field" ["known"];
    /// No such field, but one with nearly that name.
    UnknownFieldNearest = "unknown_field_nearest" ["nearest", "known"];
    /// JSON of another type.
    WrongType = "wrong_type" ["expected", "found"];
    /// A number outside its range, or not whole.
    OutOfRange = "out_of_range" ["least", "most"];
    /// A file without a byte.
    Empty = "empty" [];
    /// Nested too deep.
    TooDeep = "too_deep" ["most"];
    /// Not JSON, or not UTF-8.
    Unreadable = "unreadable" ["line", "column"];
    /// Further faults, not listed.
    More = "more" ["count"];
    /// Bytes that are no UTF-8.
    NotUtf8 = "not_utf8" [];
    /// The line is longer than allowed.
    LineTooLong = "line_too_long" ["most"];
    /// The input ends inside it.
    Truncated = "truncated" [];
    /// The row names no file.
    NoFile = "no_file" [];
    /// The line is no JSON.
    NotJson = "not_json" [];
    /// The line is JSON, but no object.
    NotAnObject = "not_an_object" [];
    /// Two values for one name.
    Double = "double" [];
    /// A number that not every reader keeps.
    NumberTooLarge = "number_too_large" [];
    /// More fields than allowed.
    TooManyFields = "too_many_fields" ["most"];
    /// More entries than allowed.
    TooManyEntries = "too_many_entries" ["most"];
    /// Neither subject nor count.
    NoSubjectNorCount = "no_subject_nor_count" [];
    /// It must be text.
    NotText = "not_text" [];
    /// It must be a whole number.
    NotANumber = "not_a_number" [];
    /// The table has no header.
    NoHeader = "no_header" [];
    /// Columns are missing.
    MissingColumns = "missing_columns" ["columns"];
    /// The row has another number of cells than the header.
    CellCount = "cell_count" ["expected", "found"];
    /// A quotation mark is out of place or never closed.
    BadQuote = "bad_quote" [];
    /// No such record in sight.
    UnknownRecord = "unknown_record" [];
    /// A link between kinds that it cannot join.
    LinkEnds = "link_ends" [];
    /// The file that a row names is not there.
    FileMissing = "file_missing" [];
    /// The encoding cannot be told.
    UnknownEncoding = "unknown_encoding" [];
    /// The table has more bytes than allowed.
    TableTooLarge = "table_too_large" ["most"];
    /// More columns than allowed.
    TooManyColumns = "too_many_columns" ["most"];
    /// Bytes that are no text in the encoding.
    BadEncoding = "bad_encoding" ["encoding", "byte"];
    /// A column that stands twice.
    DoubleColumn = "double_column" [];
    /// A column that manifests do not have.
    UnknownColumn = "unknown_column" ["known"];
    /// A value that needs that of another column beside it.
    NeedsColumn = "needs_column" ["other"];
    /// A path that leads out of the manifest's folder.
    BadPath = "bad_path" [];
    /// As many values as neither one nor the number of files.
    PerFile = "per_file" ["found", "files"];
    /// No list of objects where the profile says.
    NotAList = "not_a_list" [];
    /// No readable workbook.
    NotAWorkbook = "not_a_workbook" [];
    /// A workbook that unpacks to more bytes than allowed.
    UnpacksTooLarge = "unpacks_too_large" ["most"];
    /// No sheet of that name.
    NoSheet = "no_sheet" [];
    /// A profile that is no TOML of its form.
    ProfileSyntax = "profile_syntax" ["message"];
    /// A profile of another version.
    ProfileVersion = "profile_version" ["found"];
    /// A text of the profile is blank, too long or has control characters.
    ProfileText = "profile_text" [];
    /// The profile names no time zone.
    ProfileZone = "profile_zone" [];
    /// The profile names no encoding.
    ProfileEncoding = "profile_encoding" [];
    /// The profile has a date pattern that is none.
    ProfileDates = "profile_dates" [];
    /// The profile maps to a column that captures do not have.
    ProfileTarget = "profile_target" [];
    /// Two columns of the profile write to one place.
    ProfileDouble = "profile_double" [];
    /// The profile maps values of a column that it does not read.
    ProfileColumn = "profile_column" [];
    /// Nothing of the profile maps to what every capture needs.
    ProfileUnset = "profile_unset" ["target"];
    /// The profile has more of something than allowed.
    ProfileTooMany = "profile_too_many" ["most"];
    /// A password with too few characters.
    PasswordTooShort = "password_too_short" ["least"];
    /// A password with too many characters.
    PasswordTooLong = "password_too_long" ["most"];
    /// A password with the user's name in it.
    PasswordContainsName = "password_contains_name" [];
    /// A password that is tried first.
    PasswordCommon = "password_common" [];
    /// No such token scope.
    UnknownScope = "unknown_scope" ["scope"];
}

impl FaultWord {
    /// Reads the word; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == word)
    }

    /// A fact of such a fault, given as JSON: closed words are told in the reader's language.
    fn fact(self, name: &str, value: &Value) -> Fact {
        let chosen = match (self, name) {
            (Self::UnknownKind | Self::UnknownWord, "allowed") => terms_of(value),
            (Self::UnknownField | Self::UnknownFieldNearest | Self::UnknownColumn, "known") => {
                terms_of(value)
            }
            (Self::RoleNeeded, "roles") => terms_of(value),
            _ => None,
        };
        if let Some(terms) = chosen {
            return Fact::Terms(terms);
        }
        let groups: &[&'static str] = match (self, name) {
            (Self::NotAllowedForKind, "kind") => &["kind", "event"],
            (Self::BadId, "what") => &["id_of"],
            (Self::WrongType, "expected" | "found") => &["json"],
            _ => &[],
        };
        let known = |code: &str| {
            let group = groups.iter().find(|group| catalogue::term(Language::En, group, code).is_some())?;
            Some(Fact::Term(Term::new(group, code)))
        };
        value.as_str().and_then(known).unwrap_or_else(|| Fact::from_json(value))
    }
}

/// Sets of closed words from which one is to be given. Where one set is a part of another, it comes
/// first.
const CHOICES: &[&str] = &[
    "kind",
    "matter_state",
    "case_state",
    "event",
    "user_role",
    "role",
    "link",
    "matter_kind",
    "our_role",
    "duty",
    "approval_state",
    "standing",
    "step",
    "operation",
    "capacity",
    "signature_method",
    "signature_status",
    "acceptance",
    "field",
    "column",
];

/// Words that are allowed, as closed words of the first set that has them all.
fn terms_of(value: &Value) -> Option<Vec<Term>> {
    let codes: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
    let codes = codes.filter(|codes| !codes.is_empty())?;
    let has_all =
        |group: &&&str| codes.iter().all(|code| catalogue::term(Language::En, group, code).is_some());
    let group = CHOICES.iter().find(has_all)?;
    Some(codes.into_iter().map(|code| Term::new(group, code)).collect())
}

/// One fault, and where it is. It never holds a value of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field: `parties[2].name`, a column's name; empty for the input as a whole.
    pub path: String,
    /// 1-based line of a table or log.
    pub line: Option<u64>,
    /// 1-based column of a table, or character of a line.
    pub column: Option<u64>,
    /// What is wrong.
    pub word: FaultWord,
    /// The facts that the words need.
    pub facts: Facts,
}

impl Fault {
    /// A fault of one field.
    pub fn of(path: impl Into<String>, word: FaultWord, facts: Facts) -> Self {
        Self { path: path.into(), line: None, column: None, word, facts }
    }

    /// The same fault at a place in a table or log.
    pub fn at(self, line: u64, column: Option<u64>) -> Self {
        Self { line: Some(line), column, ..self }
    }

    /// A fault that a lower floor names by its code, with its facts as JSON. `None` for a code
    /// that has no words: a test at the front door shows that there is none.
    pub fn from_code(path: &str, code: &str, facts: &Map<String, Value>) -> Option<Self> {
        let word = match FaultWord::parse(code)? {
            FaultWord::UnknownField if facts.contains_key("nearest") => FaultWord::UnknownFieldNearest,
            word => word,
        };
        let facts = word
            .placeholders()
            .iter()
            .map(|name| facts.get(*name).map(|value| (*name, word.fact(name, value))))
            .collect::<Option<Facts>>()?;
        Some(Self::of(path, word, facts))
    }
}
