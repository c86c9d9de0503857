//! Imports point downward only, and the crates with a floor of their own stay there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module of the house and the floor on which it stands (ARCHITECTURE.md).
const FLOORS: &[(&str, u8)] = &[
    ("base", 0),
    ("record", 1),
    ("access", 1),
    ("seal", 1),
    ("ledger", 1),
    ("bundle", 1),
    ("search", 1),
    ("document", 1),
    ("redaction", 1),
    ("policy", 1),
    ("retention", 1),
    ("store", 2),
    ("blob", 2),
    ("keydir", 2),
    ("sandbox", 2),
    ("archive", 3),
    ("words", 4),
    ("config", 4),
    ("web", 4),
    ("cli", 4),
    ("demo", 4),
    ("bench", 4),
];

/// Crates that only one part of the house may name.
const CONFINED: &[(&str, &[&str])] = &[
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("actix_web", &["web"]),
    ("actix_multipart", &["web"]),
    ("clap", &["cli", "main"]),
    ("age", &["seal"]),
    ("age_core", &["seal"]),
    ("landlock", &["sandbox"]),
    ("seccompiler", &["sandbox"]),
    ("libc", &["sandbox"]),
];

/// Modules that must do no input or output and read no clock.
const PURE: &[&str] = &[
    "record",
    "access",
    "seal",
    "ledger",
    "bundle",
    "search",
    "document",
    "redaction",
    "policy",
    "retention",
];

/// What a pure module must not name outside its tests.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemClock",
    "SystemEntropy",
    "tokio::",
    "Instant::now",
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The code of a file without comments and without its test module.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file is UTF-8");
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests" || stem == "testing")
        || path.components().any(|part| part.as_os_str() == "tests")
}

/// All production sources as (module, path relative to src, code).
fn house() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths
        .into_iter()
        .filter(|path| !is_test(path))
        .map(|path| {
            let relative = path.strip_prefix(&root).expect("below src").to_path_buf();
            let first =
                relative.components().next().expect("not empty").as_os_str().to_string_lossy().into_owned();
            let module = first.trim_end_matches(".rs").to_owned();
            let code = code(&path);
            (module, relative, code)
        })
        .collect()
}

/// The paths that the `use` items of a file bring in, each written out.
fn imports(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let starts = code[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == ')');
        let item = code[at + 4..].split(';').next().unwrap_or_default();
        if starts {
            write_out("", &item.split_whitespace().collect::<Vec<_>>().join(" "), &mut paths);
        }
    }
    paths
}

/// Writes a tree of imports out: `a::{b, c::{d, e}}` is `a::b`, `a::c::d`, `a::c::e`.
fn write_out(before: &str, tree: &str, into: &mut Vec<String>) {
    let Some((head, group)) = tree.split_once('{') else {
        into.push(format!("{before}{}", tree.trim().trim_start_matches("::")));
        return;
    };
    let before = format!("{before}{}", head.trim().trim_start_matches("::"));
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                if !group[start..at].trim().is_empty() {
                    write_out(&before, &group[start..at], into);
                }
                start = at + 1;
                if c == '}' {
                    return;
                }
            }
            _ => {}
        }
    }
}

/// How many modules deep a file stands: `store/mod.rs` one, `store/conn.rs` two.
fn depth(path: &Path) -> usize {
    path.components().count() - usize::from(path.ends_with("mod.rs"))
}

/// The modules of the house that a file names, by `crate::`, by the crate's name, or by climbing to its root.
fn named_modules(path: &Path, code: &str) -> Vec<String> {
    let climb = "super::".repeat(depth(path));
    let imports = imports(code);
    let texts = imports.iter().map(String::as_str).chain([code]);
    let ways = ["crate::", "muniment::", climb.as_str()];
    let after = texts.flat_map(|text| {
        ways.into_iter()
            .flat_map(move |way| text.match_indices(way).map(move |(at, _)| &text[at + way.len()..]))
    });
    let name = |rest: &str| -> String {
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    after.map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn no_way_of_writing_an_import_hides_it() {
    let at = |path: &str, code: &str| named_modules(Path::new(path), code);
    for code in [
        "use crate::web;",
        "use crate::{base, web};",
        "use crate::{base::{id, moment}, web as other, cli};",
        "use crate::{\n    base::id,\n    web::{self, api},\n};",
        "pub(crate) use crate::web::Service;",
        "fn f() { crate::web::serve() }",
        "use super::super::web;",
        "use super::super::{base, web};",
        "use muniment::{web};",
    ] {
        assert!(at("store/conn.rs", code).iter().any(|name| name == "web"), "{code}");
    }
    assert!(at("store/mod.rs", "use super::web;").contains(&"web".to_owned()));
    assert!(!at("store/conn.rs", "use super::web;").contains(&"web".to_owned()), "a module of the store");
    assert!(!at("web/api/mod.rs", "use super::cli;").contains(&"cli".to_owned()));
    assert_eq!(imports("use std::{fs, io::{self, Read}};"), ["std::fs", "std::io::self", "std::io::Read"]);
}

#[test]
fn imports_point_downward() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (module, path, code) in house() {
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(own) = floors.get(module.as_str()) else {
            wrong.push(format!(
                "{}: {module} stands on no floor: add it to FLOORS and ARCHITECTURE.md",
                path.display()
            ));
            continue;
        };
        for name in named_modules(&path, &code) {
            if let Some(other) = floors.get(name.as_str())
                && other > own
            {
                wrong
                    .push(format!("{}: {module} (floor {own}) names {name} (floor {other})", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_floor_has_its_modules_and_the_drawing_shows_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let standing: BTreeSet<String> = house()
        .into_iter()
        .map(|(module, ..)| module)
        .filter(|module| module != "lib" && module != "main")
        .collect();
    let listed: BTreeSet<String> = FLOORS.iter().map(|(module, _)| (*module).to_owned()).collect();
    assert_eq!(listed, standing);
    for module in PURE {
        assert!(FLOORS.contains(&(module, 1)), "{module} is pure and stands elsewhere");
    }
    for home in CONFINED.iter().flat_map(|(_, homes)| *homes) {
        assert!(*home == "main" || listed.contains(*home), "{home}");
    }
    let drawing = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut drawn = BTreeSet::new();
    for line in drawing.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let Ok(floor) = cells[1].parse::<u8>() else { continue };
        drawn.extend(cells[2].split('`').skip(1).step_by(2).map(|module| (module.to_owned(), floor)));
    }
    let floors: BTreeSet<(String, u8)> =
        FLOORS.iter().map(|(module, floor)| ((*module).to_owned(), *floor)).collect();
    assert_eq!(drawn, floors);
}

/// True if the code names the crate: `name::` that is not the end of a longer word or path.
fn names_crate(code: &str, name: &str) -> bool {
    let start = format!("{name}::");
    code.match_indices(&start).any(|(at, _)| {
        let before = code.get(..at).and_then(|code| code.chars().next_back());
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn crates_with_one_home_stay_there() {
    let mut wrong = Vec::new();
    for (module, path, code) in house() {
        for (name, homes) in CONFINED {
            let imported =
                imports(&code).iter().any(|path| path == name || path.starts_with(&format!("{name} as ")));
            if (imported || names_crate(&code, name)) && !homes.contains(&module.as_str()) {
                wrong.push(format!("{}: {name} belongs to {homes:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_engines_do_no_io_and_read_no_clock() {
    let mut wrong = Vec::new();
    for (module, path, code) in house() {
        if PURE.contains(&module.as_str()) {
            let imports = imports(&code);
            wrong.extend(
                IMPURE
                    .iter()
                    .filter(|word| code.contains(**word) || imports.iter().any(|path| path.contains(**word)))
                    .map(|word| format!("{}: {word}", path.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_outgrows_five_hundred_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let long: Vec<String> = paths
        .iter()
        .filter(|path| !is_test(path))
        .map(|path| (code(path).lines().count(), path))
        .filter(|(lines, _)| *lines > 500)
        .map(|(lines, path)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
