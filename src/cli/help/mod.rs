//! `--help`, and the names of arguments in what is said of a wrong command line, in the reader's
//! language.
//!
//! A command line that is right is read by clap as it stands in `args`, and nothing here runs.

mod page;
#[cfg(test)]
mod tests;
mod words;

use clap::{Arg, Command, CommandFactory as _};

use self::words::Words;
use super::args::Arguments;
use crate::words::Language;

/// Places of a line at most; longer ones are hard to read.
const WIDTH_MOST: usize = 100;
/// Places of a line where nobody says how many there are.
const WIDTH: usize = 80;
/// Places of a line at least.
const WIDTH_LEAST: usize = 40;

/// The command line with every page of help laid out in a language.
pub(super) fn dressed(language: Language, width: Option<usize>) -> Command {
    let words = Words::of(language);
    let mut command = in_language(language);
    command.build();
    with_pages(command, "", words, width.unwrap_or(WIDTH).clamp(WIDTH_LEAST, WIDTH_MOST))
}

/// The command line with the words of a language, for clap to lay out.
pub(super) fn in_language(language: Language) -> Command {
    translated(Arguments::command(), "", Words::of(language))
}

/// How a command is written, with our words in clap's line.
pub(super) fn usage(line: &str, language: Language) -> String {
    page::localised_usage(line, Words::of(language))
}

fn translated(command: Command, path: &str, words: &'static Words) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let mut command =
        command.mut_args(|arg| with_words(arg, path, words)).subcommand_value_name(words.heading("verb"));
    if let Some(about) = words.verb(path) {
        command = command.about(about);
    }
    for name in names {
        let below = joined(path, &name);
        command = command.mut_subcommand(name, |verb| translated(verb, &below, words));
    }
    command
}

fn with_words(arg: Arg, path: &str, words: &'static Words) -> Arg {
    let id = arg.get_id().as_str().to_owned();
    let takes_values = arg.get_action().takes_values();
    let value_name =
        arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str().to_owned());
    let mut arg = arg;
    if let Some(help) = words.argument(path, &id) {
        arg = arg.help(help);
    }
    if let Some(name) = value_name.filter(|_| takes_values).and_then(|name| words.names.get(&name)) {
        arg = arg.value_name(name.as_str());
    }
    let values = arg.get_possible_values();
    if takes_values && values.iter().any(|value| words.value(&id, value.get_name()).is_some()) {
        let told: Vec<_> = values
            .into_iter()
            .map(|value| match words.value(&id, value.get_name()) {
                Some(meaning) => value.help(meaning),
                None => value,
            })
            .collect();
        arg = arg.value_parser(clap::builder::PossibleValuesParser::new(told));
    }
    arg
}

fn with_pages(command: Command, path: &str, words: &'static Words, width: usize) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let mut command = command;
    for name in names {
        let below = joined(path, &name);
        command = command.mut_subcommand(name, |verb| with_pages(verb, &below, words, width));
    }
    let page = page::of(&mut command, path, words, width);
    command.override_help(page)
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }
}
