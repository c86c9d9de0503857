//! One page of help. It is laid out here and not by clap, which counts a Chinese character as one
//! place, breaks lines at blanks only, and has its headings in English.

use clap::{Arg, Command};
use unicode_width::UnicodeWidthStr as _;

use super::words::Words;
use crate::cli::wrap::wrapped;
use crate::web::scopes;
use crate::words::{Language, term};

/// Places that a name may take before its words begin on the next line.
const NAME_MOST: usize = 30;
/// What stands before a name.
const INDENT: usize = 2;

/// Arguments that nearly every verb has, by their ids; told after those of the verb.
const COMMON: [&str; 9] = ["data", "config", "keys", "identity", "as", "lang", "json", "help", "version"];

/// A name with its words.
struct Item {
    name: String,
    words: String,
    /// Values that it can have, with their meaning.
    values: Vec<(String, String)>,
}

/// The page of a verb, no line wider than `width` places but names and commands.
pub(super) fn of(command: &mut Command, path: &str, words: &Words, width: usize) -> String {
    let mut lines = wrapped(&command.get_about().map(ToString::to_string).unwrap_or_default(), width);
    lines.push(String::new());
    lines.push(format!("{}{}{}", words.heading("usage"), colon(words), usage(command, words)));
    let sections = [
        ("verbs", verbs(command)),
        ("arguments", items(command, path, words, Arg::is_positional)),
        ("options", items(command, path, words, |arg| !arg.is_positional() && !is_common(arg))),
        ("common", items(command, path, words, is_common)),
    ];
    let all = || sections.iter().flat_map(|(_, items)| items);
    let fitting = all().map(|item| item.name.width()).filter(|places| *places <= NAME_MOST);
    let column = INDENT + fitting.max().unwrap_or(0) + 2;
    for (heading, items) in sections.iter().filter(|(_, items)| !items.is_empty()) {
        lines.push(String::new());
        lines.push(format!("{}{}", words.heading(heading), colon(words).trim_end()));
        lines.extend(items.iter().flat_map(|item| laid_out(item, column, width)));
    }
    if path == "token create" {
        lines.extend(scopes(words, width));
    }
    if let Some(examples) = words.examples.get(path) {
        lines.push(String::new());
        lines.push(format!("{}{}", words.heading("examples"), colon(words).trim_end()));
        let told = examples.iter().flat_map(|[what, line]| [format!("  # {what}"), format!("  {line}")]);
        lines.extend(told);
    }
    if path.is_empty() {
        lines.push(String::new());
        lines.extend(wrapped(words.heading("more"), width));
        lines.extend(wrapped(words.heading("exits"), width));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// What a token can be good for: each thing with what may be done to it.
fn scopes(words: &Words, width: usize) -> Vec<String> {
    let language = words.language;
    let word = |group: &str, code: &'static str| term(language, group, code).unwrap_or(code).to_owned();
    let rows = scopes::scopes().iter().map(|(resource, actions)| {
        let told = actions.iter().map(|action| match language {
            Language::En => action.as_str().to_owned(),
            Language::ZhCn | Language::ZhTw => {
                format!("{}（{}）", action.as_str(), word("action", action.as_str()))
            }
        });
        let told = told.collect::<Vec<_>>().join(if language == Language::En { ", " } else { "、" });
        let what = word("resource", resource.as_str());
        let words = format!("{what}{}{told}", colon(words));
        Item { name: format!("{}:", resource.as_str()), words, values: Vec::new() }
    });
    let rows: Vec<Item> = rows.collect();
    let column = INDENT + rows.iter().map(|row| row.name.width()).max().unwrap_or(0) + 2;
    let mut lines = vec![String::new()];
    lines.extend(wrapped(words.heading("scopes"), width));
    lines.extend(rows.iter().flat_map(|row| laid_out(row, column, width)));
    lines
}

/// How a command is written, in one line.
pub(super) fn usage(command: &mut Command, words: &Words) -> String {
    localised_usage(&command.render_usage().to_string(), words)
}

/// clap's line of usage with our words.
pub(super) fn localised_usage(usage: &str, words: &Words) -> String {
    let line = usage.lines().next().unwrap_or_default().trim_start_matches("Usage: ").trim();
    line.replace("[OPTIONS]", words.heading("any_options"))
}

/// The colon of the script in which the headings are, with the blank that it wants.
fn colon(words: &Words) -> &'static str {
    if words.heading("usage").is_ascii() { ": " } else { "：" }
}

fn is_common(arg: &Arg) -> bool {
    // `version` is the program's, except where a verb has one of its own that takes a number.
    COMMON.contains(&arg.get_id().as_str()) && !arg.is_positional() && !is_own_version(arg)
}

fn is_own_version(arg: &Arg) -> bool {
    arg.get_id() == "version" && arg.get_action().takes_values()
}

fn verbs(command: &Command) -> Vec<Item> {
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
    shown
        .map(|verb| Item {
            name: verb.get_name().to_owned(),
            words: verb.get_about().map(ToString::to_string).unwrap_or_default(),
            values: Vec::new(),
        })
        .collect()
}

fn items(command: &Command, path: &str, words: &Words, wanted: impl Fn(&Arg) -> bool) -> Vec<Item> {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && wanted(arg));
    shown.map(|arg| item(arg, path, words)).collect()
}

fn item(arg: &Arg, path: &str, words: &Words) -> Item {
    let id = arg.get_id().as_str();
    // clap makes these two by itself, in English.
    let made_by_clap = matches!(id, "help" | "version") && !is_own_version(arg);
    let help = match words.argument(path, id).filter(|_| made_by_clap) {
        Some(words) => words.to_owned(),
        None => arg.get_help().map(ToString::to_string).unwrap_or_default(),
    };
    let name = match arg.get_short() {
        Some(short) => format!("-{short}, {arg}"),
        None => arg.to_string(),
    };
    let mut item = Item { name, words: help, values: Vec::new() };
    if !arg.get_action().takes_values() {
        return item;
    }
    let allowed = arg.get_possible_values();
    if allowed.iter().any(|value| value.get_help().is_some()) {
        let told = allowed.iter().map(|value| {
            let words = value.get_help().map(ToString::to_string).unwrap_or_default();
            (value.get_name().to_owned(), words)
        });
        item.values = told.collect();
    } else if !allowed.is_empty() && !arg.is_hide_possible_values_set() {
        let names: Vec<&str> = allowed.iter().map(clap::builder::PossibleValue::get_name).collect();
        suffix(&mut item, words, "allowed", "{values}", &names.join(", "));
    }
    let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !default.is_empty() {
        suffix(&mut item, words, "default", "{value}", &default.join(", "));
    }
    if let Some(name) = arg.get_env() {
        suffix(&mut item, words, "environment", "{name}", &name.to_string_lossy());
    }
    item
}

fn suffix(item: &mut Item, words: &Words, heading: &str, placeholder: &str, fact: &str) {
    item.words.push(' ');
    item.words.push_str(&words.heading(heading).replace(placeholder, fact));
}

fn laid_out(item: &Item, column: usize, width: usize) -> Vec<String> {
    let blanks = " ".repeat(column);
    let told = wrapped(&item.words, width.saturating_sub(column));
    let widest = item.values.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let values = item.values.iter().flat_map(|(name, words)| {
        let parts = wrapped(words, width.saturating_sub(column + widest + 4));
        let names = std::iter::once(name.as_str()).chain(std::iter::repeat(""));
        let told = names.zip(parts).map(|(name, part)| format!("  {name:<widest$}  {part}"));
        told.collect::<Vec<_>>()
    });
    let mut rest = told.into_iter().chain(values).map(|line| format!("{blanks}{line}"));
    let name = format!("{}{}", " ".repeat(INDENT), item.name);
    let mut lines = Vec::new();
    if name.width() + 2 > column {
        lines.push(name);
    } else if let Some(first) = rest.next() {
        let gap = " ".repeat(column - name.width());
        lines.push(format!("{name}{gap}{}", first.trim_start()).trim_end().to_owned());
    }
    lines.extend(rest);
    lines
}
