//! What the binary is made of may be shipped: every crate in it has a licence that `deny.toml` allows.

use std::process::Command;

use serde_json::Value;

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml")).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    let list = table["licenses"]["allow"].as_array().unwrap();
    list.iter().map(|licence| licence.as_str().unwrap().to_owned()).collect()
}

/// True if one of the alternatives of an SPDX expression is allowed in all its parts.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    flat.split(" OR ")
        .any(|choice| choice.split(" AND ").all(|part| allowed.iter().any(|licence| licence == part.trim())))
}

#[test]
fn every_crate_has_a_licence_that_may_be_shipped() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--features", "postgres"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
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
