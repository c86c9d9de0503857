//! What the archive calls by the API's name, people have typed as an option or written into a
//! column. Refusals name what they know.

use clap::{Arg, Command};
use serde_json::{Value, json};

use super::voice::Voice;
use super::{help, say};
use crate::record::request::nearest;
use crate::words::{Language, term};

/// Members of requests that an option of another name fills.
const OTHERWISE: [(&str, &str); 6] = [
    ("occurred_from", "from"),
    ("occurred_to", "to"),
    ("at", "happened"),
    ("key", "gap"),
    ("components", "files"),
    ("expires_at", "expires"),
];

/// The verb that runs, by its words: `case`, `list`.
#[derive(Debug, Clone, Default)]
pub struct Named {
    verb: Vec<String>,
    /// True if what is sent stands in the columns of a table, and faults are named by those.
    by_column: bool,
    /// The closed words that were typed, by the option or argument.
    typed: Vec<(&'static str, Vec<String>)>,
}

/// Options and arguments that take a word of a closed set.
const CLOSED: [&str; 6] = ["kind", "state", "standing", "code", "roles", "action"];
/// Sets of closed words that people may type in their language.
const GROUPS: [&str; 6] = ["kind", "case_state", "approval_state", "standing", "user_role", "step"];

impl Named {
    /// The verb that clap found.
    pub fn of(matches: &clap::ArgMatches) -> Self {
        let mut verb = Vec::new();
        let mut last = matches;
        while let Some((name, matches)) = last.subcommand() {
            verb.push(name.to_owned());
            last = matches;
        }
        let given = |id: &&str| matches!(last.try_get_raw(id), Ok(Some(_)));
        let words = |id: &str| match last.try_get_raw(id) {
            Ok(Some(words)) => words.map(|word| word.to_string_lossy().into_owned()).collect(),
            _ => Vec::new(),
        };
        let typed = CLOSED.into_iter().map(|id| (id, words(id))).filter(|(_, words)| !words.is_empty());
        Self { verb, by_column: ["manifest", "mapping"].iter().any(given), typed: typed.collect() }
    }

    /// The words of the verb.
    pub fn verb(&self) -> &[String] {
        &self.verb
    }

    /// The document with each fault named by the option that brought it.
    pub fn in_options(&self, document: Value, voice: &Voice) -> Value {
        let mut document = document;
        let faults = document.get_mut("faults").and_then(Value::as_array_mut);
        let Some(faults) = faults.filter(|faults| !faults.is_empty()) else { return document };
        for fault in faults.iter_mut() {
            if let Some(meant) = self.meant(fault, voice) {
                let remedy = fault.get("remedy").and_then(Value::as_str).unwrap_or_default();
                let similar = voice.say("clap.similar", &[("similar", &meant)]);
                let blank = if voice.language == Language::En { " " } else { "" };
                fault["remedy"] = json!(format!("{similar}{blank}{remedy}"));
            }
        }
        let Some(command) = self.command(voice) else { return document };
        for fault in faults.iter_mut().filter(|fault| fault.get("line").is_none()) {
            let path = fault.get("path").and_then(Value::as_str).unwrap_or_default();
            if let Some(option) = option_of(&command, path, voice) {
                fault["path"] = json!(option);
            }
            for part in ["detail", "remedy"] {
                let told = fault.get(part).and_then(Value::as_str).unwrap_or_default();
                fault[part] = json!(with_options(told, &command, voice));
            }
        }
        document
    }

    /// The word that a mistyped one probably stands for.
    fn meant(&self, fault: &Value, voice: &Voice) -> Option<String> {
        let path = fault.get("path").and_then(Value::as_str).unwrap_or_default();
        let listed =
            ["allowed", "known"].iter().find_map(|name| fault.get("facts")?.get(name)?.as_array())?;
        let codes: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
        if fault.get("code").and_then(Value::as_str) == Some("unknown_column") {
            return nearest(path, &codes).map(str::to_owned);
        }
        let head = path.rsplit('.').next().and_then(|last| last.split('[').next()).unwrap_or_default();
        let (_, words) = self.typed.iter().find(|(id, _)| *id == head)?;
        let told =
            GROUPS.iter().flat_map(|group| codes.iter().filter_map(|code| term(voice.language, group, code)));
        let known: Vec<&str> = codes.iter().copied().chain(told).collect();
        let wrong = words.iter().find(|word| !known.contains(&word.as_str()))?;
        nearest(wrong, &known).map(str::to_owned)
    }

    fn command(&self, voice: &Voice) -> Option<Command> {
        if self.verb.is_empty() || self.by_column {
            return None;
        }
        let mut command = help::in_language(voice.language);
        for name in &self.verb {
            command = command.find_subcommand(name)?.clone();
        }
        Some(command)
    }
}

/// The option that fills the member of a request, with what is inside it: `links[1].to` is the
/// second `--link`, `fields.valid_from` is `--field valid_from`.
fn option_of(command: &Command, path: &str, voice: &Voice) -> Option<String> {
    let head = path.split(['.', '[']).next().filter(|head| !head.is_empty())?;
    let id = OTHERWISE.iter().find(|(member, _)| *member == head).map_or(head, |(_, id)| id);
    let has = |id: &str| command.get_arguments().find(|arg| arg.get_id() == id && !arg.is_hide_set());
    let arg = has(id).or_else(|| has(head))?;
    let name = name_of(arg)?;
    let rest = path.get(head.len()..).unwrap_or_default();
    if head == "fields" {
        return Some(format!("{name} {}", rest.trim_start_matches('.')).trim_end().to_owned());
    }
    let say = |key: &str, facts: &[(&str, &str)]| say::say(voice.language, key, facts);
    let number = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')?.0.parse::<usize>().ok());
    let name = match number {
        Some(number) => {
            let number = (number + 1).to_string();
            say("place.number", &[("option", &name), ("number", &number)])
        }
        None => name,
    };
    Some(if head == "components" && rest.ends_with(".name") {
        say("place.file_name", &[("file", &name)])
    } else {
        name
    })
}

fn name_of(arg: &Arg) -> Option<String> {
    if arg.is_positional() {
        let name = arg.get_value_names()?.first()?;
        return Some(format!("<{name}>"));
    }
    arg.get_long().map(|long| format!("--{long}"))
}

/// A sentence whose names of members are those of options. Only what cannot be a word of the
/// sentence itself is taken for a name: it has an underscore, a dot or a bracket in it.
fn with_options(sentence: &str, command: &Command, voice: &Voice) -> String {
    let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.[]".contains(c);
    let mut told = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(start) = rest.find(is_of_name) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !is_of_name(c)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        let name = run.trim_end_matches('.');
        told.push_str(before);
        let option = if name.contains(['_', '.', '[']) { option_of(command, name, voice) } else { None };
        told.push_str(option.as_deref().unwrap_or(name));
        told.push_str(run.get(name.len()..).unwrap_or_default());
        rest = after;
    }
    told.push_str(rest);
    told
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::Arguments;
    use crate::cli::environment::Environment;

    fn told(words: &[&str], fault: Value) -> Value {
        let voice = Voice::new(Some(Language::ZhCn), false, &Environment::default());
        let named = Named::of(&Arguments::command().try_get_matches_from(words).unwrap());
        named.in_options(json!({"code": "invalid_fields", "faults": [fault]}), &voice)["faults"][0].clone()
    }

    #[test]
    fn a_fault_is_named_by_the_option_that_brought_it() {
        let list = ["muniment", "list", "--from", "x"];
        let fault = json!({"path": "occurred_from", "detail": "日期的写法不对。"});
        assert_eq!(told(&list, fault)["path"], "--from");
        let capture = ["muniment", "capture", "a"];
        let path = |path: &str| told(&capture, json!({"path": path}))["path"].clone();
        assert_eq!(path("links[1].to"), "--link（第 2 个）");
        assert_eq!(path("fields.valid_to"), "--field valid_to");
        assert_eq!(path("source.external_id"), "--source");
        assert_eq!(path("components[0].sha256"), "<文件>（第 1 个）");
        assert_eq!(path("components[0].name"), "<文件>（第 1 个）的名称");
        assert_eq!(path("nothing_of_the_kind"), "nothing_of_the_kind");
    }

    #[test]
    fn a_mistyped_word_is_told_the_one_that_is_probably_meant() {
        let fault = json!({"path": "kind", "code": "unknown_kind", "remedy": "R",
            "facts": {"allowed": ["authorization", "ticket"]}});
        let typed = |kind: &str| told(&["muniment", "list", "--kind", kind], fault.clone())["remedy"].clone();
        assert_eq!(typed("tiket"), "是否指 ticket？R");
        assert_eq!(typed("客户受权书"), "是否指 客户授权书？R");
        assert_eq!(typed("weather"), "R");
        let column = json!({"path": "occured", "line": 1, "code": "unknown_column", "remedy": "R",
            "facts": {"known": ["kind", "occurred"]}});
        let told = told(&["muniment", "capture", "--manifest", "m.csv"], column);
        assert_eq!(told["remedy"], "是否指 occurred？R");
    }

    #[test]
    fn a_sentence_names_options_too_and_keeps_its_other_words() {
        let list = ["muniment", "list", "--from", "x"];
        let fault = json!({"path": "occurred_to", "detail": "此日期早于 occurred_from。", "remedy": "case 2026-03-01."});
        let told = told(&list, fault);
        assert_eq!(told["detail"], "此日期早于 --from。");
        assert_eq!(told["remedy"], "case 2026-03-01.");
    }

    #[test]
    fn what_stands_in_a_line_of_a_file_keeps_its_column() {
        let fault = json!({"path": "occurred_from", "line": 3, "detail": ""});
        assert_eq!(told(&["muniment", "list"], fault)["path"], "occurred_from");
    }
}
