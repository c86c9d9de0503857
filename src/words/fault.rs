//! What can be wrong with one field, row or entry, and where.

use super::fact::Facts;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $code:literal [$($placeholder:literal),*];)+) => {
        crate::base::words::words! {
            /// The kinds of faults: the words that clients and scripts see.
            FaultWord { $($(#[$doc])* $variant = $code,)+ }
        }

        impl FaultWord {
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
    /// Not later than now.
    HasPassed = "has_passed" [];
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
    /// Not lower-case words joined by `_`.
    BadWord = "bad_word" [];
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
    /// The new password is the present one.
    PasswordPresent = "password_present" [];
    /// No such token scope.
    UnknownScope = "unknown_scope" ["scope"];
    /// Something in a policy file; the code says what.
    Policy = "policy" ["line", "column", "code"];
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
        let has = |name: &&str| facts.iter().any(|(known, _)| known == name);
        debug_assert!(word.placeholders().iter().all(has), "{word:?} needs more than {facts:?}");
        Self { path: path.into(), line: None, column: None, word, facts }
    }

    /// The same fault at a place in a table or log.
    pub fn at(self, line: u64, column: Option<u64>) -> Self {
        Self { line: Some(line), column, ..self }
    }
}
