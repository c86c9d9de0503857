//! `policy` on files, without server, database or key.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

fn policy(folder: &tempfile::TempDir, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_muniment"))
        .arg("policy")
        .args(words)
        .current_dir(folder.path())
        .env_remove("LC_ALL")
        .env_remove("MUNIMENT_LANG")
        .env("LANG", "en_US.UTF-8")
        .output()
        .unwrap()
}

fn out(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output, code: i32, word: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.contains(word), "{told}");
}

#[test]
fn every_vector_of_the_calendars_comes_out_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = include_str!("../../src/retention/calendar/vectors.tsv");
    // A process each: the first rows and the one of thirty years are enough here.
    for row in vectors.lines().skip(1).filter(|row| row.contains("\t12\t") || row.contains("\t360\t")) {
        let cells: Vec<&str> = row.split('\t').collect();
        for (calendar, last, from) in [("cn-civil", cells[2], cells[3]), ("tw-civil", cells[4], cells[5])] {
            let period = format!("P{}M", cells[1]);
            let words =
                ["last-day", "--calendar", calendar, "--from", cells[0], "--period", &period, "--json"];
            let told: Value = serde_json::from_str(&out(&policy(&folder, &words), 0)).unwrap();
            assert_eq!(told["last_day"], last, "{row}");
            assert_eq!(
                told["disposable_from"].as_str().unwrap().replace("T00:00:00", "T00:00"),
                from,
                "{row}"
            );
        }
    }
}

#[test]
fn both_days_stand_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["last-day", "--calendar", "cn-civil", "--from", "2024-02-29", "--period", "P3Y"];
    assert_eq!(out(&policy(&folder, &words), 0), "2027-02-28 2027-03-01T00:00:00+08:00\n");
    let elsewhere = [&words[..], &["--zone", "Europe/Berlin"]].concat();
    assert_eq!(out(&policy(&folder, &elsewhere), 0), "2027-02-28 2027-03-01T00:00:00+01:00\n");
}

#[test]
fn several_files_are_checked_and_one_faulty_one_is_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.toml"), FAULTY).unwrap();
    let told = out(&policy(&folder, &["check", "cn-general", "p.toml", "tw-general", "--json"]), 1);
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let readable: Vec<bool> = lines.iter().map(|line| line["readable"].as_bool().unwrap()).collect();
    assert_eq!(readable, [true, false, true]);
    assert_eq!(lines[1]["path"], "p.toml");
}

#[test]
fn what_cannot_be_reckoned_is_refused_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let last_day = |calendar, start, period, zone| {
        policy(
            &folder,
            &["last-day", "--calendar", calendar, "--from", start, "--period", period, "--zone", zone],
        )
    };
    refused(&last_day("lunar", "2024-02-29", "P3Y", "UTC"), 2, "cn-civil, tw-civil, eu-1182, anniversary");
    refused(&last_day("cn-civil", "2025-02-29", "P3Y", "UTC"), 2, "no such day");
    refused(&last_day("cn-civil", "2024-02-29", "PT3H", "UTC"), 2, "no hours");
    refused(&last_day("cn-civil", "2024-02-29", "P3Y", "Asia/Peking"), 2, "Asia/Shanghai");
    refused(&last_day("cn-civil", "9998-02-28", "P3Y", "UTC"), 3, "9998");
    refused(&last_day("cn-civil", "9999-01-01", "P3Y", "UTC"), 2, "1900 and 9998");
}

const FAULTY: &str = "format = 1\nid = 'p'\nversion = 1\ntitle = 'P'\nowner = 'O'\n\n[[obligation]]\nid = 'a'\n\
    jurisdiction = 'CN'\ncalendar = 'cn-civil'\nzone = 'Asia/Peking'\nmatch = { categories = ['c'] }\nkind = 'floor'\n\
    trigger = 'ocurred'\nperiod = 'P3Y'\ncertainty = 'A'\n";

#[test]
fn every_fault_of_a_file_is_listed_with_its_place_in_the_readers_language() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.toml"), FAULTY).unwrap();
    let told = out(&policy(&folder, &["check", "p.toml"]), 1);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].starts_with("p.toml:11:8: obligation[1].zone: There is no time zone"), "{told}");
    assert!(lines[1].starts_with("p.toml:14:12: obligation[1].trigger: "), "{told}");
    let chinese = out(&policy(&folder, &["check", "p.toml", "--lang", "zh-TW"]), 1);
    assert!(chinese.contains("沒有時區「Asia/Peking」。請寫 IANA 名稱"), "{chinese}");
    let json: Value =
        serde_json::from_str(&out(&policy(&folder, &["check", "p.toml", "--json"]), 1)).unwrap();
    assert_eq!(json["readable"], false);
    assert_eq!(
        (&json["faults"][0]["line"], &json["faults"][0]["code"]),
        (&11.into(), &"unknown_zone".into())
    );
}

#[test]
fn a_right_file_is_linted_and_its_hash_told() {
    let folder = tempfile::tempdir().unwrap();
    let right = FAULTY.replace("Asia/Peking", "Asia/Shanghai").replace("ocurred", "occurred");
    fs::write(folder.path().join("p.toml"), &right).unwrap();
    // A rule of law without an article must not be published.
    let told = out(&policy(&folder, &["check", "p.toml"]), 1);
    assert!(told.contains("no_citation") && told.contains("undeclared_category"), "{told}");
    let cited = format!("{right}citations = ['x']\n");
    fs::write(folder.path().join("p.toml"), &cited).unwrap();
    assert!(out(&policy(&folder, &["check", "p.toml"]), 0).contains("SHA-256"));
    let longer = cited.replace("P3Y", "P5Y");
    fs::write(folder.path().join("q.toml"), &longer).unwrap();
    let json: Value =
        serde_json::from_str(&out(&policy(&folder, &["diff", "p.toml", "q.toml", "--json"]), 0)).unwrap();
    assert_eq!(
        (&json["changes"][0]["change"], &json["changes"][0]["after"]),
        (&"lengthened".into(), &"P5Y".into())
    );
    assert!(
        out(&policy(&folder, &["diff", "p.toml", "q.toml"]), 0).contains("all records not yet destroyed")
    );
}

#[test]
fn the_packs_are_listed_shown_and_taken_as_a_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let listed = out(&policy(&folder, &["show"]), 0);
    for pack in ["cn-general", "cn-accounting", "tw-general", "eu-gdpr", "us-general"] {
        assert!(listed.contains(pack), "{listed}");
        let checked = policy(&folder, &["check", pack, "--on", "2026-11-22"]);
        assert!(out(&checked, 0).contains(pack));
    }
    assert!(out(&policy(&folder, &["show", "tw-general"]), 0).contains("醫療法第70條"));
    let source = out(&policy(&folder, &["show", "cn-general", "--source"]), 0);
    fs::write(folder.path().join("own.toml"), source).unwrap();
    refused(&policy(&folder, &["diff", "cn-general", "own.toml"]), 0, "Nothing differs");
    refused(&policy(&folder, &["show", "nothing"]), 2, "cn-general, cn-accounting");
}
