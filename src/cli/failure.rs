//! Why a verb did not do what was asked, and how it is told: what, where, how to mend it.

use serde_json::{Value, json};

use super::named::Named;
use super::table::visible;
use super::voice::Voice;
use super::{os_error, say};
use crate::archive::Refusal as ArchiveRefusal;
use crate::config::ConfigError;
use crate::web::ServeError;
use crate::web::problem::Problem;
#[cfg(test)]
use crate::words::Fault;
use crate::words::{Language, Outcome, ProblemCode, Refusal};

/// The fact that names a setting and is told as what that setting takes.
const EXPECTS: &str = "expects";

/// Why a verb ended early.
#[derive(Debug)]
pub enum Failure {
    /// Refused here, by this process.
    Here {
        /// The refusal.
        problem: Box<Problem>,
        /// Which input it is about: a file, a line.
        about: Option<String>,
    },
    /// Refused by the service, in its words.
    There {
        /// The problem document.
        document: Value,
        /// Which input it is about.
        about: Option<String>,
    },
    /// The command line itself is wrong: words of our own.
    Usage {
        /// The key of the words; the remedy stands under `key.remedy`.
        key: &'static str,
        /// Facts for them.
        facts: Vec<(&'static str, String)>,
    },
    /// Refused here, in words of our own.
    Declined {
        /// The key of the words; the remedy stands under `key.remedy`.
        key: &'static str,
        /// Facts for them.
        facts: Vec<(&'static str, String)>,
    },
    /// Something of this machine failed.
    System {
        /// What was tried.
        what: &'static str,
        /// The system's error.
        error: String,
    },
    /// Everything was told already.
    Told(Outcome),
    /// Nobody reads the results any more.
    OutputClosed,
}

impl Failure {
    /// A usage error with words of our own.
    pub fn usage(key: &'static str, facts: &[(&'static str, &str)]) -> Self {
        Self::Usage { key, facts: facts.iter().map(|(name, fact)| (*name, visible(fact))).collect() }
    }

    /// A refusal with words of our own.
    pub fn declined(key: &'static str, facts: &[(&'static str, &str)]) -> Self {
        Self::Declined { key, facts: facts.iter().map(|(name, fact)| (*name, visible(fact))).collect() }
    }

    /// A failure of this machine.
    pub fn system(what: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self::System { what, error: error.to_string() }
    }

    /// Several fields, rows or entries are wrong.
    #[cfg(test)]
    pub fn faults(refusal: Refusal, faults: Vec<Fault>) -> Self {
        Self::Here { problem: Box::new(Problem { refusal, faults, request_id: None }), about: None }
    }

    /// The service's refusal in words of our own, which know more of what was typed. Its code stays.
    pub fn reworded(self, key: &'static str, language: Language, facts: &[(&str, &str)]) -> Self {
        let mut document = match self {
            Self::There { document, .. } => document,
            Self::Here { problem, .. } => problem.to_json(language),
            other => return other,
        };
        document["detail"] = json!(say::say(language, key, facts));
        document["remedy"] = json!(say::say(language, &format!("{key}.remedy"), facts));
        Self::There { document, about: None }
    }

    /// The same failure, said of one input.
    pub fn about(self, input: impl Into<String>) -> Self {
        // The name of a file must not steer a terminal.
        let input = visible(&input.into());
        match self {
            Self::Here { problem, about: None } => Self::Here { problem, about: Some(input) },
            Self::There { document, about: None } => Self::There { document, about: Some(input) },
            other => other,
        }
    }

    /// The stable code, where the archive refused.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Here { problem, .. } => Some(problem.refusal.code().as_str()),
            Self::There { document, .. } => document.get("code").and_then(Value::as_str),
            Self::Usage { .. }
            | Self::Declined { .. }
            | Self::System { .. }
            | Self::Told(_)
            | Self::OutputClosed => None,
        }
    }

    /// A fact of the refusal that is a text.
    pub fn fact(&self, name: &str) -> Option<String> {
        match self {
            Self::Here { problem, .. } => fact_of(&problem.to_json(Language::En), name),
            Self::There { document, .. } => fact_of(document, name),
            Self::Usage { .. }
            | Self::Declined { .. }
            | Self::System { .. }
            | Self::Told(_)
            | Self::OutputClosed => None,
        }
    }

    /// How the process ends.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Here { problem, .. } => problem.refusal.code().outcome(),
            Self::There { document, .. } => {
                let code = document.get("code").and_then(Value::as_str).unwrap_or_default();
                let known = ProblemCode::ALL.iter().find(|known| known.as_str() == code);
                known.map_or(Outcome::Refused, |code| code.outcome())
            }
            Self::Usage { .. } => Outcome::Usage,
            Self::Told(outcome) => *outcome,
            Self::Declined { .. } | Self::System { .. } | Self::OutputClosed => Outcome::Refused,
        }
    }

    /// Says it on standard error.
    pub fn tell(&self, voice: &Voice, named: &Named) {
        let Some((document, about)) = self.document(voice) else { return };
        if voice.json {
            let mut document = document;
            if let (Value::Object(members), Some(about)) = (&mut document, about) {
                members.insert("about".to_owned(), json!(about));
            }
            voice.tell(&document.to_string());
        } else {
            voice.tell_coded(&in_words(&named.in_options(document, voice), about.as_deref(), voice));
        }
    }

    /// What is wrong, in one sentence: of the first fault, where there are several.
    pub fn sentence(&self, voice: &Voice) -> String {
        let Some((document, _)) = self.document(voice) else { return String::new() };
        let of = |path: &str| document.pointer(path).and_then(Value::as_str);
        of("/faults/0/detail").or_else(|| of("/detail")).unwrap_or_default().to_owned()
    }

    fn document(&self, voice: &Voice) -> Option<(Value, Option<String>)> {
        match self {
            Self::Here { problem, about } => Some((problem.to_json(voice.language), about.clone())),
            Self::There { document, about } => Some((document.clone(), about.clone())),
            Self::Usage { key, facts } | Self::Declined { key, facts } => {
                let told: Vec<(&str, String)> =
                    facts.iter().map(|(name, fact)| (*name, told_fact(voice, name, fact))).collect();
                let facts: Vec<(&str, &str)> =
                    told.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
                let remedy = voice.say(&format!("{key}.remedy"), &facts);
                Some((json!({"code": key, "detail": voice.say(key, &facts), "remedy": remedy}), None))
            }
            Self::System { what, error } => {
                let error = os_error::in_words(voice, error);
                let detail = voice.say("system", &[("what", &voice.word("doing", what)), ("error", &error)]);
                Some((
                    json!({"code": "system", "detail": detail, "remedy": voice.say(remedy_of(what), &[])}),
                    None,
                ))
            }
            Self::Told(_) | Self::OutputClosed => None,
        }
    }
}

/// A fact of a problem document that is a text.
fn fact_of(document: &Value, name: &str) -> Option<String> {
    document.pointer("/facts")?.get(name)?.as_str().map(str::to_owned)
}

/// What is done when the answer to a request is not heard.
pub(super) const NOT_HEARD: &str = "hear the answer";

/// What mends a failure of the machine: to try again, unless it may have been done.
fn remedy_of(what: &str) -> &'static str {
    if what == NOT_HEARD { "system.not_heard" } else { "system.remedy" }
}

/// A fact as it is told: closed words in the reader's language, beside the code that is to be typed.
fn told_fact(voice: &Voice, name: &str, fact: &str) -> String {
    let coded = |group: &str| {
        let told = fact.split(',').map(|code| match (voice.language, voice.word(group, code)) {
            (Language::En, _) => code.to_owned(),
            (_, word) if word == code => code.to_owned(),
            (_, word) => format!("{code}（{word}）"),
        });
        told.collect::<Vec<_>>().join(&voice.say("list.comma", &[]))
    };
    match name {
        EXPECTS => voice.word(EXPECTS, fact),
        "kinds" => coded("kind"),
        "profiles" => coded("profile"),
        _ => fact.to_owned(),
    }
}

/// `code: where: what`, and below it, indented, every fault and how to mend it.
fn in_words(document: &Value, about: Option<&str>, voice: &Voice) -> String {
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = if text("code").is_empty() { "refused" } else { text("code") };
    let indent = " ".repeat(code.len() + 2);
    let about = about.map_or_else(String::new, |about| format!("{about}: "));
    let mut told = format!("{code}: {about}{}", text("detail"));
    for fault in document.get("faults").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| fault.get(name).and_then(Value::as_str).unwrap_or_default();
        let place = place_of(fault, voice);
        // Chinese sentences stand one behind the other without a blank.
        let blank = if voice.language == Language::En { " " } else { "" };
        told.push_str(&format!("\n{indent}{place}{}{blank}{}", part("detail"), part("remedy")));
    }
    if !text("remedy").is_empty() {
        told.push_str(&format!("\n{indent}{}", text("remedy")));
    }
    if code == "internal" && !text("instance").is_empty() {
        told.push_str(&format!("\n{indent}{}", text("instance")));
    }
    told
}

fn place_of(fault: &Value, voice: &Voice) -> String {
    let number = |name: &str| fault.get(name).and_then(Value::as_u64).map(|number| number.to_string());
    let path = fault.get("path").and_then(Value::as_str).unwrap_or_default();
    let line = match (number("line"), number("column")) {
        (Some(line), Some(column)) => voice.say("place.line_column", &[("line", &line), ("column", &column)]),
        (Some(line), None) => voice.say("place.line", &[("line", &line)]),
        (None, _) => String::new(),
    };
    let (comma, colon) = if voice.language == Language::En { (", ", ": ") } else { ("，", "：") };
    match (line.is_empty(), path.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("{path}{colon}"),
        (false, true) => format!("{line}{colon}"),
        (false, false) => format!("{line}{comma}{path}{colon}"),
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Here { problem: Box::new(problem), about: None }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Here { problem: Box::new(refusal.into()), about: None }
    }
}

impl From<ArchiveRefusal> for Failure {
    fn from(refusal: ArchiveRefusal) -> Self {
        // What a front door must not tell strangers, the person at the machine has to know.
        match &refusal {
            ArchiveRefusal::Io { what, error } => Self::system(what, error),
            ArchiveRefusal::Store(error) if is_unexpected(error) => Self::system("use the database", error),
            _ => Self::Here { problem: Box::new(refusal.into()), about: None },
        }
    }
}

fn is_unexpected(error: &crate::store::StoreError) -> bool {
    use crate::store::StoreError as E;
    match error {
        E::Refused { .. } | E::BadEntry { .. } | E::ReadOnly | E::NoEntry | E::Panicked | E::Nested => true,
        E::Full
        | E::Contended
        | E::Locked
        | E::Unavailable { .. }
        | E::Malformed { .. }
        | E::Closed
        | E::Corrupt { .. }
        | E::LedgerBroken { .. }
        | E::OtherLogKey
        | E::ForeignSchema { .. }
        | E::NewerSchema { .. }
        | E::NoPostgres
        | E::BadUrl { .. }
        | E::Duplicate { .. } => false,
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::OutputClosed,
            std::io::ErrorKind::StorageFull => Refusal::StorageFull.into(),
            _ => Self::system("write the output", &error),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match &error {
            ConfigError::Unreadable { path, .. } => {
                Refusal::FileUnreadable { path: path.display().to_string() }.into()
            }
            ConfigError::OpenAddress { address } => {
                Refusal::BindRefused { address: address.to_string() }.into()
            }
            ConfigError::NotToml { path, line, column } => {
                let (path, line, column) = (path.display().to_string(), line.to_string(), column.to_string());
                Self::usage("setting_file", &[("path", &path), ("line", &line), ("column", &column)])
            }
            ConfigError::Unknown { setting } => Self::usage("setting_unknown", &[("setting", setting)]),
            ConfigError::Invalid { setting, .. } => {
                Self::usage("setting_value", &[("setting", setting), (EXPECTS, setting)])
            }
            ConfigError::Needs { setting, needs } => {
                Self::usage("setting_needs", &[("setting", setting), ("needs", needs)])
            }
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Open(error) => error.into(),
            ServeError::Address { address, error } if error.kind() == std::io::ErrorKind::AddrInUse => {
                Refusal::AddressInUse { address: address.to_string() }.into()
            }
            ServeError::Address { error, .. } => Self::system("listen on the address", &error),
            ServeError::Tls(error) => Self::usage("bad_setting", &[("error", &error.to_string())]),
            ServeError::Socket { error, .. } => Self::system("make the socket in the data directory", &error),
            ServeError::Ended(error) => Self::system("serve", &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::Environment;
    use crate::words::FaultWord;

    fn voice() -> Voice {
        Voice::new(Some(Language::En), false, &Environment { no_color: true, ..Environment::default() })
    }

    #[test]
    fn a_refusal_says_what_where_and_how_to_mend_it() {
        let fault = Fault::of("occurred", FaultWord::NoSuchDay, Vec::new()).at(3, Some(2));
        let failure = Failure::faults(Refusal::ManifestFault { line: 3, count: 1, listed: 1 }, vec![fault])
            .about("m.csv");
        let (document, about) = failure.document(&voice()).unwrap();
        assert_eq!(
            in_words(&document, about.as_deref(), &voice()),
            "manifest_fault: m.csv: From line 3 on, faults were found: 1, of which 1 are listed.\n                \
             line 3, column 2, occurred: The calendar has no such day. Check the month and the day.\n                \
             Mend what is listed and send the whole again; not one row of it was captured."
        );
    }

    #[test]
    fn the_exit_code_is_that_of_the_code_wherever_it_was_refused() {
        let there = |code: &str| Failure::There { document: json!({"code": code}), about: None }.outcome();
        assert_eq!(there("damaged").exit_code(), 1);
        assert_eq!(there("output_exists").exit_code(), 2);
        assert_eq!(there("forbidden").exit_code(), 3);
        assert_eq!(there("something_newer").exit_code(), 3);
        assert_eq!(Failure::usage("occurred_required", &[]).outcome().exit_code(), 2);
        let refused = Failure::from(Refusal::LengthMismatch {
            file: "a".to_owned(),
            declared: crate::words::Bytes(1),
            received: crate::words::Bytes(2),
        });
        assert_eq!(refused.outcome().exit_code(), 3);
    }

    #[test]
    fn a_closed_pipe_is_nothing_to_talk_about() {
        let failure = Failure::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(failure.document(&voice()).is_none());
        let full = Failure::from(std::io::Error::from(std::io::ErrorKind::StorageFull));
        assert_eq!(full.document(&voice()).unwrap().0["code"], "storage_full");
    }

    #[test]
    fn a_setting_that_cannot_be_used_says_what_it_takes_in_every_language() {
        let source = include_str!("../config/mod.rs");
        let mut settings: Vec<&str> = Vec::new();
        for place in [
            "required(values, \"",
            "required(\n                values,\n                \"",
            "parsed(values, \"",
            "setting: \"",
        ] {
            settings.extend(source.split(place).skip(1).filter_map(|rest| rest.split('"').next()));
        }
        settings.retain(|setting| !setting.starts_with("listen.tls_"));
        assert!(settings.len() >= 8, "{settings:?}");
        for setting in settings {
            for language in Language::ALL {
                let key = format!("{EXPECTS}.{setting}");
                assert_ne!(say::say(language, &key, &[]), key, "{}", language.tag());
            }
        }
    }
}
