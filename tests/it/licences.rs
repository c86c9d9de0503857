//! What the binary is made of may be shipped: every crate in it has a licence, a name and a source that
//! `deny.toml` allows, and every one that is asked for by name stands in `docs/third-party.md`.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

fn read(file: &str) -> String {
    std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn table(file: &str) -> toml::Table {
    toml::from_str(&read(file)).unwrap()
}

fn texts(list: &toml::Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    texts(&table("deny.toml")["licenses"]["allow"])
}

/// What cargo knows of the packages, with every feature.
fn metadata(features: &str) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--features", features])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// True if one of the alternatives of an SPDX expression is allowed in all its parts.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    flat.split(" OR ")
        .any(|choice| choice.split(" AND ").all(|part| allowed.iter().any(|licence| licence == part.trim())))
}

#[test]
fn every_crate_has_a_licence_that_may_be_shipped() {
    let metadata = metadata("postgres-bundled");
    let used: Vec<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node["id"].as_str())
        .collect();
    let allowed = allowed();
    let mut refused = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        if used.contains(&package["id"].as_str().unwrap()) {
            let licence = package["license"].as_str().unwrap_or("none stated");
            if !is_allowed(licence, &allowed) {
                refused.push(format!("{} {}: {licence}", package["name"], package["version"]));
            }
        }
    }
    assert!(used.len() > 100, "{} crates", used.len());
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn a_choice_is_enough_and_a_part_is_not() {
    let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned(), "Unicode-3.0".to_owned()];
    for (expression, fine) in [
        ("MIT", true),
        ("GPL-3.0 OR MIT", true),
        ("MIT/Apache-2.0", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("GPL-3.0", false),
        ("MIT AND GPL-3.0", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), fine, "{expression}");
    }
}

/// Locked packages that `deny.toml` refuses by name or by where they come from.
fn refused(lock: &toml::Table, deny: &toml::Table) -> Vec<String> {
    let banned: Vec<&str> =
        deny["bans"]["deny"].as_array().unwrap().iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    let mut sources = Vec::new();
    sources.extend(texts(&deny["sources"]["allow-registry"]).iter().map(|url| format!("registry+{url}")));
    sources.extend(texts(&deny["sources"]["allow-git"]).iter().map(|url| format!("git+{url}")));
    let mut refused = Vec::new();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if banned.contains(&name) {
            refused.push(format!("{name} is banned"));
        }
        // This package itself comes from nowhere.
        let source = package.get("source").map(|source| source.as_str().unwrap());
        if source.is_none() && name != "muniment"
            || source.is_some_and(|source| !sources.iter().any(|one| one == source))
        {
            refused.push(format!("{name} comes from {source:?}"));
        }
    }
    refused
}

#[test]
fn no_crate_is_banned_or_comes_from_elsewhere() {
    let deny = table("deny.toml");
    let lock = table("Cargo.lock");
    assert!(lock["package"].as_array().unwrap().len() > 300);
    assert_eq!(refused(&lock, &deny), Vec::<String>::new());
    let foreign = "[[package]]\nname = \"tantivy\"\nsource = \"git+https://example.com/x\"\n\
                   [[package]]\nname = \"beside\"\n";
    assert_eq!(refused(&toml::from_str(foreign).unwrap(), &deny).len(), 3);
    let known: BTreeSet<&str> = deny.keys().map(String::as_str).collect();
    assert_eq!(known, BTreeSet::from(["licenses", "bans", "sources"]), "a section that nothing checks");
}

#[test]
fn every_crate_that_is_asked_for_stands_in_the_documentation() {
    let metadata = metadata("postgres-bundled");
    let packages = metadata["packages"].as_array().unwrap();
    let own = packages.iter().find(|package| package["name"] == "muniment").unwrap();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let node = nodes.iter().find(|node| node["id"] == own["id"]).unwrap();
    let mut expected = BTreeSet::new();
    for dependency in node["dependencies"].as_array().unwrap() {
        let package = packages.iter().find(|package| package["id"] == *dependency).unwrap();
        let version = package["version"].as_str().unwrap();
        let version = version.split('.').take(2).collect::<Vec<_>>().join(".");
        let (name, licence) = (package["name"].as_str().unwrap(), package["license"].as_str().unwrap());
        expected.insert(format!("| `{name}` | {version} | {licence} |"));
    }
    assert!(expected.len() > 60);
    let page = read("docs/third-party.md");
    let (_, crates) = page.split_once("## Crates").unwrap();
    let listed: BTreeSet<String> = crates
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').take(4).collect::<Vec<_>>().join("|") + "|")
        .collect();
    assert_eq!(listed, expected);
}
