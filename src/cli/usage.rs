//! What is wrong with the command line, in the reader's language. clap finds it, and says it in
//! English; for Chinese readers it is said here.

use std::ffi::OsString;
use std::net::AddrParseError;
use std::num::ParseIntError;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use serde_json::json;

use super::environment::Environment;
use super::help;
use super::voice::Voice;
use crate::words::{Language, Outcome};

/// Prints help, or says what is wrong.
pub(super) fn tell(error: Error, environment: &Environment) -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let told: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let voice =
        Voice::new(language_of(told.iter().cloned()), told.iter().any(|word| word == "--json"), environment);
    // Only now, when nothing is going to be done, clap gets the words of the language.
    let dressed = help::dressed(voice.language, voice.width);
    let error = dressed.try_get_matches_from(asked_for_help(words)).err().unwrap_or(error);
    if !error.use_stderr() {
        // Help into a closed pipe is nothing to talk about.
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    let shows_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    );
    match voice.language {
        _ if voice.json => voice.tell(&in_json(&error, &voice)),
        _ if shows_help => drop(error.print()),
        Language::En => drop(error.print()),
        Language::ZhCn | Language::ZhTw => voice.tell_wrapped(&in_words(&error, &voice)),
    }
    ExitCode::from(Outcome::Usage.exit_code())
}

/// `muniment help case list`, as many programs have it, is `muniment case list --help`.
fn asked_for_help(words: Vec<OsString>) -> Vec<OsString> {
    if words.get(1).is_none_or(|word| word != "help") {
        return words;
    }
    let mut words = words;
    words.remove(1);
    words.push("--help".into());
    words
}

/// The language that `--lang` names; the arguments as a whole could not be read.
fn language_of(words: impl Iterator<Item = String>) -> Option<Language> {
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let tag = match word.strip_prefix("--lang=") {
            Some(tag) => Some(tag.to_owned()),
            None if word == "--lang" => words.peek().cloned(),
            None => None,
        };
        if let Some(tag) = tag {
            return Language::from_tag(&tag);
        }
    }
    None
}

/// As the other refusals are told to programs.
fn in_json(error: &Error, voice: &Voice) -> String {
    let told = in_words(error, voice);
    let mut lines = told.lines().map(|line| line.trim().trim_start_matches("usage: "));
    let detail = lines.next().unwrap_or_default();
    json!({"code": "usage", "detail": detail, "remedy": lines.collect::<Vec<_>>().join(" ")}).to_string()
}

fn in_words(error: &Error, voice: &Voice) -> String {
    let context = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(&voice.say("list.comma", &[])),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::Number(number)) => number.to_string(),
        Some(_) | None => String::new(),
    };
    let (key, what) = match error.kind() {
        ErrorKind::MissingRequiredArgument => ("clap.missing", context(ContextKind::InvalidArg)),
        ErrorKind::UnknownArgument => ("clap.unknown_argument", context(ContextKind::InvalidArg)),
        ErrorKind::InvalidSubcommand => ("clap.unknown_verb", context(ContextKind::InvalidSubcommand)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            match context(ContextKind::InvalidValue).as_str() {
                "" => ("clap.value_missing", context(ContextKind::InvalidArg)),
                value => ("clap.value", value.to_owned()),
            }
        }
        ErrorKind::ArgumentConflict if context(ContextKind::PriorArg).is_empty() => {
            ("clap.repeated", context(ContextKind::InvalidArg))
        }
        ErrorKind::ArgumentConflict => ("clap.conflict", context(ContextKind::InvalidArg)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("clap.verb_missing", String::new())
        }
        _ => ("clap.other", String::new()),
    };
    let (option, other) = (context(ContextKind::InvalidArg), context(ContextKind::PriorArg));
    let mut lines = vec![format!(
        "usage: {}",
        voice.say(key, &[("what", &what), ("option", &option), ("other", &other)])
    )];
    let form = error.kind() == ErrorKind::ValueValidation;
    if let Some(form) = std::error::Error::source(error).filter(|_| form).and_then(form_of) {
        lines.push(voice.say(form, &[]));
    }
    let allowed = context(ContextKind::ValidValue);
    if !allowed.is_empty() {
        lines.push(voice.say("clap.allowed", &[("allowed", &allowed)]));
    }
    let similar = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(similar) = similar.into_iter().map(context).find(|text| !text.is_empty()) {
        lines.push(voice.say("clap.similar", &[("similar", &similar)]));
    }
    let usage = context(ContextKind::Usage);
    if !usage.is_empty() {
        let usage = help::usage(&usage, voice.language);
        lines.push(voice.say("clap.help", &[("usage", &usage)]));
    }
    lines.join("\n       ")
}

/// The key of the words for the form that a value should have had.
fn form_of(reason: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if reason.is::<ParseIntError>() {
        Some("clap.number")
    } else if reason.is::<AddrParseError>() {
        Some("clap.address")
    } else if reason.to_string().contains(" is not in ") {
        Some("clap.from_one")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &[&str]) -> String {
        let error = help::dressed(Language::ZhCn, None).try_get_matches_from(words).unwrap_err();
        let environment = Environment { no_color: true, ..Environment::default() };
        in_words(&error, &Voice::new(Some(Language::ZhCn), false, &environment))
    }

    #[test]
    fn what_is_wrong_with_the_command_line_is_said_in_chinese() {
        let missing = said(&["muniment", "show"]);
        assert!(missing.starts_with("usage: 缺少必需的参数：<编号>\n"), "{missing}");
        assert!(missing.contains("写法：muniment show <编号>"), "{missing}");
        assert!(said(&["muniment", "serch", "x"]).contains("没有命令“serch”"));
        let similar = said(&["muniment", "serch", "x"]);
        assert!(similar.contains("是否指") && similar.contains("search"), "{similar}");
        assert!(said(&["muniment", "list", "--idz"]).contains("没有参数“--idz”"));
        let value = said(&["muniment", "keys", "rotate", "--replace", "all"]);
        assert!(value.contains("不能取“all”") && value.contains("service、recovery、both"), "{value}");
        let conflict = said(&["muniment", "capture", "--folder", "a", "--entries", "b"]);
        assert!(conflict.contains("不能与"), "{conflict}");
    }

    #[test]
    fn the_form_of_a_value_is_said() {
        assert!(said(&["muniment", "list", "--limit", "many"]).contains("请写整数"));
        assert!(said(&["muniment", "serve", "--listen", "here"]).contains("127.0.0.1:8420"));
        let zero = said(&["muniment", "open", "x", "--purpose", "p", "--output", "o", "--version", "0"]);
        assert!(zero.contains("从 1 数起"), "{zero}");
    }

    #[test]
    fn programs_get_the_same_as_json() {
        let error = help::dressed(Language::En, None).try_get_matches_from(["muniment", "show"]).unwrap_err();
        let told = in_json(&error, &Voice::new(Some(Language::En), true, &Environment::default()));
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["code"], "usage");
        assert!(told["detail"].as_str().unwrap().contains("<ID>"), "{told}");
    }

    #[test]
    fn help_is_found_where_many_programs_have_it() {
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let asked = asked_for_help(words(&["muniment", "help", "case", "list"]));
        assert_eq!(asked, words(&["muniment", "case", "list", "--help"]));
        assert_eq!(asked_for_help(words(&["muniment", "list"])), words(&["muniment", "list"]));
    }

    #[test]
    fn the_language_is_found_although_the_rest_cannot_be_read() {
        let words = |words: &[&str]| language_of(words.iter().map(|word| (*word).to_owned()));
        assert_eq!(words(&["muniment", "--lang", "zh-TW", "nosuch"]), Some(Language::ZhTw));
        assert_eq!(words(&["muniment", "nosuch", "--lang=zh-CN"]), Some(Language::ZhCn));
        assert_eq!(words(&["muniment", "nosuch"]), None);
    }
}
