//! What is written beside the code says what is so: paths that are named exist, and every word that a
//! refusal can have is given somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder with one of these endings, as paths from the root.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if endings
                .iter()
                .any(|ending| path.extension().is_some_and(|extension| extension == *ending))
            {
                found.push(path.strip_prefix(root()).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    found
}

/// The pages, without their blocks of code.
fn pages() -> Vec<(PathBuf, String)> {
    let mut paths = files("docs", &["md"]);
    paths.push(PathBuf::from("ARCHITECTURE.md"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let prose: Vec<&str> = text.split("```").step_by(2).collect();
        (path, prose.join("\n"))
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn every_page_that_a_page_refers_to_exists() {
    let mut missing = Vec::new();
    let mut seen = 0;
    for (path, text) in pages() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if target.is_empty() || target.contains(':') {
                continue;
            }
            seen += 1;
            if !root().join(path.parent().unwrap()).join(target).exists() {
                missing.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_path_that_a_page_names_exists() {
    let mut missing = Vec::new();
    let mut seen = 0;
    // The guides name folders of the reader's own.
    for (path, text) in pages().into_iter().filter(|(path, _)| !path.starts_with("docs/guide")) {
        for word in text.split('`').skip(1).step_by(2) {
            let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c));
            let Some((first, _)) = word.split_once('/').filter(|(first, _)| plain && !first.is_empty())
            else {
                continue;
            };
            if !root().join(first).is_dir() && !root().join("src").join(first).is_dir() {
                continue;
            }
            seen += 1;
            let beside = root().join(path.parent().unwrap());
            let places = [root().join(word), root().join("src").join(word), beside.join(word)];
            let module = root().join("src").join(format!("{word}.rs"));
            if !places.iter().any(|place| place.exists()) && !module.exists() {
                missing.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(seen > 50, "{seen}");
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn no_comment_cites_a_page_that_is_not_here() {
    let names: BTreeSet<String> = files("docs", &["md"])
        .iter()
        .chain(&files("tests/archives", &["md"]))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .chain(["README.md", "CHANGELOG.md", "ARCHITECTURE.md"].map(str::to_owned))
        .collect();
    let mut missing = Vec::new();
    for path in [files("src", &["rs"]), files("tests", &["rs"]), files("examples", &["rs"])].concat() {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        for line in text.lines().filter(|line| line.trim_start().starts_with("//")) {
            let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || "_./-".contains(c)));
            for word in words.map(|word| word.trim_end_matches('.')).filter(|word| word.ends_with(".md")) {
                let name = word.rsplit('/').next().unwrap();
                let whole = !word.contains('/') || root().join(word).exists();
                if !names.contains(name) || !whole {
                    missing.push(format!("{}: {word}", path.display()));
                }
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// Refusals that stages to come bring: their words stand ready, because those of a code never change.
const TO_COME: [&str; 0] = [];

/// Code of the front doors without tests, comments and the list of refusals itself.
fn front_doors() -> String {
    let mut code = String::new();
    for path in [files("src/web", &["rs"]), files("src/cli", &["rs"]), files("src/words", &["rs"])].concat() {
        let name = path.to_str().unwrap();
        if name == "src/words/refusal.rs" || name.contains("/tests") || name.ends_with("_tests.rs") {
            continue;
        }
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        code.extend(
            text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")),
        );
    }
    code
}

fn names(code: &str, variant: &str) -> bool {
    ["Refusal::", "FaultWord::", "Self::"].iter().any(|start| {
        code.match_indices(&format!("{start}{variant}")).any(|(at, found)| {
            !code[at + found.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        })
    })
}

#[test]
fn every_refusal_is_given_somewhere() {
    let code = front_doors();
    let never: Vec<String> = muniment::words::ProblemCode::ALL
        .iter()
        .map(|code| format!("{code:?}"))
        .filter(|variant| !names(&code, variant))
        .collect();
    assert_eq!(never.iter().map(String::as_str).collect::<BTreeSet<_>>(), TO_COME.into_iter().collect());
}

#[test]
fn every_fault_is_given_somewhere() {
    let code = front_doors();
    // Faults of requests are told under the words that the checking of requests has for them.
    let request = fs::read_to_string(root().join("src/record/request/fault.rs")).unwrap();
    let never: Vec<&str> = muniment::words::FaultWord::ALL
        .iter()
        .filter(|word| !names(&code, &format!("{word:?}")))
        .map(|word| word.as_str())
        .filter(|word| !request.contains(&format!("\"{word}\"")))
        .collect();
    assert_eq!(never, Vec::<&str>::new());
}
