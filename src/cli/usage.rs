//! What is wrong with the command line, in the reader's language. clap finds it, and says it in
//! English; for Chinese readers it is said here.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::environment::Environment;
use super::voice::Voice;
use crate::words::{Language, Outcome};

/// Prints help, or says what is wrong.
pub(super) fn tell(error: &Error, environment: &Environment) -> ExitCode {
    if !error.use_stderr() {
        // Help into a closed pipe is nothing to talk about.
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    let wanted = language_of(std::env::args_os().map(|word| word.to_string_lossy().into_owned()));
    let voice = Voice::new(wanted, false, environment);
    match voice.language {
        Language::En => drop(error.print()),
        Language::ZhCn | Language::ZhTw => voice.tell(&in_words(error, &voice)),
    }
    ExitCode::from(Outcome::Usage.exit_code())
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
    let allowed = context(ContextKind::ValidValue);
    if !allowed.is_empty() {
        lines.push(voice.say("clap.allowed", &[("allowed", &allowed)]));
    }
    let similar = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(similar) = similar.into_iter().map(context).find(|text| !text.is_empty()) {
        lines.push(voice.say("clap.similar", &[("similar", &similar)]));
    }
    let usage = context(ContextKind::Usage);
    if let Some(usage) = usage.lines().next().map(|line| line.trim_start_matches("Usage: ").trim()) {
        lines.push(voice.say("clap.help", &[("usage", usage)]));
    }
    lines.join("\n       ")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::Arguments;

    fn said(words: &[&str]) -> String {
        let error = Arguments::try_parse_from(words).unwrap_err();
        let environment = Environment { no_color: true, ..Environment::default() };
        in_words(&error, &Voice::new(Some(Language::ZhCn), false, &environment))
    }

    #[test]
    fn what_is_wrong_with_the_command_line_is_said_in_chinese() {
        let missing = said(&["muniment", "show"]);
        assert!(missing.starts_with("usage: 缺少必需的参数：<ID>\n"), "{missing}");
        assert!(missing.contains("写法见：muniment show"), "{missing}");
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
    fn the_language_is_found_although_the_rest_cannot_be_read() {
        let words = |words: &[&str]| language_of(words.iter().map(|word| (*word).to_owned()));
        assert_eq!(words(&["muniment", "--lang", "zh-TW", "nosuch"]), Some(Language::ZhTw));
        assert_eq!(words(&["muniment", "nosuch", "--lang=zh-CN"]), Some(Language::ZhCn));
        assert_eq!(words(&["muniment", "nosuch"]), None);
    }
}
