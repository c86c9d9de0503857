//! Every verb and argument has words in every language, and no words are left over.

use std::collections::BTreeSet;

use clap::Parser as _;
use unicode_width::UnicodeWidthStr as _;

use super::*;

/// Every verb, the program itself first, with its arguments.
fn verbs(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    found.push((path.to_owned(), command.clone()));
    for verb in command.get_subcommands() {
        verbs(verb, &joined(path, verb.get_name()), found);
    }
}

fn tree() -> Vec<(String, Command)> {
    let mut command = Arguments::command();
    command.build();
    let mut found = Vec::new();
    verbs(&command, "", &mut found);
    found
}

const CHINESE: [Language; 2] = [Language::ZhCn, Language::ZhTw];

#[test]
fn every_verb_and_every_argument_has_words_in_every_language() {
    let mut lacking = Vec::new();
    for (path, command) in tree() {
        if command.get_about().is_none() {
            lacking.push(format!("en: {path}"));
        }
        for language in CHINESE {
            let words = Words::of(language);
            if words.verb(&path).is_none() {
                lacking.push(format!("{}: [verbs] {path}", language.tag()));
            }
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                let id = arg.get_id().as_str();
                if words.argument(&path, id).is_none() {
                    lacking.push(format!("{}: [arguments] {path}/{id}", language.tag()));
                }
                let names = arg.get_value_names().filter(|_| arg.get_action().takes_values());
                for name in names.into_iter().flatten() {
                    if !words.names.contains_key(name.as_str()) {
                        lacking.push(format!("{}: [names] {name}", language.tag()));
                    }
                }
                let told = arg.get_possible_values();
                for value in told.iter().filter(|value| value.get_help().is_some()) {
                    if words.value(id, value.get_name()).is_none() {
                        lacking.push(format!("{}: [values] {id}={}", language.tag(), value.get_name()));
                    }
                }
            }
        }
        let without = |arg: &&Arg| arg.get_help().is_none() && !arg.is_hide_set();
        for arg in command.get_arguments().filter(without) {
            lacking.push(format!("en: {path}/{}", arg.get_id()));
        }
    }
    assert!(lacking.is_empty(), "no words for:\n{}", lacking.join("\n"));
}

#[test]
fn no_words_of_help_are_left_over() {
    let tree = tree();
    let (mut verbs, mut arguments, mut names, mut values) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (path, command) in &tree {
        verbs.insert(path.clone());
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            let own = format!("{path}/{id}");
            let has_own = Words::of(Language::ZhCn).arguments.contains_key(&own);
            arguments.insert(if has_own { own } else { id.to_owned() });
            names.extend(arg.get_value_names().into_iter().flatten().map(|name| name.as_str().to_owned()));
            values.extend(arg.get_possible_values().iter().map(|value| format!("{id}={}", value.get_name())));
        }
    }
    for language in Language::ALL {
        let words = Words::of(language);
        let left = |keys: Vec<&String>, used: &BTreeSet<String>| {
            keys.into_iter().filter(|key| !used.contains(*key)).cloned().collect::<Vec<_>>()
        };
        let left = [
            left(words.verbs.keys().collect(), &verbs),
            left(words.arguments.keys().collect(), &arguments),
            left(words.names.keys().collect(), &names),
            left(words.values.keys().collect(), &values),
            left(words.examples.keys().collect(), &verbs),
        ]
        .concat();
        assert!(left.is_empty(), "{}: nobody uses {left:?}", language.tag());
    }
}

#[test]
fn every_heading_and_as_many_examples_stand_in_every_language() {
    let headings = |language| Words::of(language).headings.keys().collect::<BTreeSet<_>>();
    let examples = |language| {
        let all = Words::of(language).examples.iter();
        all.map(|(verb, examples)| (verb, examples.len())).collect::<BTreeSet<_>>()
    };
    for language in CHINESE {
        assert_eq!(headings(language), headings(Language::En), "{}", language.tag());
        assert_eq!(examples(language), examples(Language::En), "{}", language.tag());
    }
}

/// The words of a command as a shell reads them, as far as the examples go.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

#[test]
fn every_example_is_a_command_line_of_its_verb_that_can_be_read() {
    for language in Language::ALL {
        for (verb, examples) in &Words::of(language).examples {
            for [what, line] in examples {
                assert!(!what.is_empty());
                assert!(line.starts_with(&format!("muniment {verb}")), "{verb}: {line}");
                let read = Arguments::try_parse_from(words_of(line));
                assert!(read.is_ok(), "{line}: {}", read.err().unwrap());
            }
        }
    }
}

/// The page that `words` prints.
fn page(language: Language, words: &[&str], width: usize) -> String {
    dressed(language, Some(width)).try_get_matches_from(words).unwrap_err().to_string()
}

#[test]
fn help_is_in_the_language_and_fits_the_terminal() {
    for (language, usage) in
        [(Language::ZhCn, "用法："), (Language::ZhTw, "用法："), (Language::En, "Usage: ")]
    {
        for (path, _) in tree() {
            let mut words = vec!["muniment"];
            words.extend(path.split(' ').filter(|word| !word.is_empty()));
            words.push("--help");
            for width in [80, 100] {
                let page = page(language, &words, width);
                assert!(page.contains(usage), "{page}");
                let before_examples = page.split("#").next().unwrap();
                for line in before_examples.lines().filter(|line| !line.contains("muniment")) {
                    assert!(line.width() <= width, "{} places: {line}", line.width());
                }
                if language != Language::En {
                    for english in ["Usage", "Options", "Arguments", "Print ", "default:", "[OPTIONS]"] {
                        assert!(!page.contains(english), "{path}: {english} in:\n{page}");
                    }
                }
            }
        }
    }
}

#[test]
fn words_stand_under_each_other_although_characters_are_wide() {
    let page = page(Language::ZhCn, &["muniment", "custody", "--help"], 80);
    let column = |text: &str| {
        let line = page.lines().find(|line| line.contains(text)).unwrap();
        line.split(text).next().unwrap().width()
    };
    assert_eq!(column("数据目录 "), column("显示用法"));
    assert_eq!(column("档案或日志条目的编号"), column("显示用法"));
}

#[test]
fn a_verb_without_its_verb_shows_the_page() {
    let page = page(Language::ZhTw, &["muniment", "case"], 80);
    assert!(page.contains("列出案卷") && page.contains("<指令>"), "{page}");
}
