//! What a clerk brings: folders with a bad file among the good ones, tables that a spreadsheet wrote.

use std::fs;
use std::path::{Path, PathBuf};

use super::desk::{code, done, json, run, stderr, stdout};

/// An archive of its own, and a folder beside it.
pub fn archive() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("archive");
    done(run(&data, &["init"]));
    (folder, data)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn ids(data: &Path) -> usize {
    done(run(data, &["list", "--ids"])).lines().count()
}

#[test]
fn a_folder_is_captured_but_for_the_files_that_cannot_be_and_those_are_listed() {
    let (folder, data) = archive();
    let tickets = folder.path().join("tickets");
    fs::create_dir_all(tickets.join("inner")).unwrap();
    for (name, text) in [("a.txt", "甲"), ("empty.txt", ""), ("inner/b.txt", "乙"), ("inner/void.txt", "")]
    {
        fs::write(tickets.join(name), text).unwrap();
    }
    let words = ["capture", "--kind", "ticket", "--occurred", "2026-03-01", "--folder", path(&tickets)];
    let none = run(&data, &[&words[..], &["--all-or-none"]].concat());
    assert_eq!((code(&none), stdout(&none).as_str()), (3, ""), "{}", stderr(&none));
    assert_eq!(ids(&data), 0, "asked for all or none, it is none");

    let some = run(&data, &words);
    assert_eq!(code(&some), 1, "{}", stderr(&some));
    assert_eq!(stdout(&some).lines().count(), 2);
    assert_eq!(ids(&data), 2);
    let said = stderr(&some);
    for name in ["tickets/empty.txt  ", "tickets/inner/void.txt  "] {
        assert_eq!(said.matches(name).count(), 1, "{said}");
    }
    assert!(said.contains("2 of 4 files were not captured"), "{said}");

    let told = run(&data, &[&words[..], &["--json"]].concat());
    let refused: Vec<serde_json::Value> =
        stderr(&told).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(refused.iter().filter(|line| line["code"] == "empty_file").count(), 2, "{refused:?}");
    assert_eq!(code(&told), 1);

    for name in ["a.txt", "inner/b.txt"] {
        fs::remove_file(tickets.join(name)).unwrap();
    }
    let nothing = run(&data, &words);
    assert_eq!(code(&nothing), 3, "where nothing was captured, it was refused: {}", stderr(&nothing));
}

#[test]
fn a_manifest_is_told_all_its_faults_at_once_those_of_rows_and_those_of_files() {
    let (folder, data) = archive();
    fs::write(folder.path().join("there.txt"), "x").unwrap();
    let manifest = folder.path().join("m.csv");
    fs::write(
        &manifest,
        "kind,case,occurred,title,file\n\
         ticket,C,2026-03-01,one,gone.txt\n\
         ticket,C,01/03/2026,two,there.txt\n\
         ticket,C,2026-02-30,three,lost.txt\n",
    )
    .unwrap();
    let output = run(&data, &["capture", "--manifest", path(&manifest), "--json"]);
    let document: serde_json::Value = serde_json::from_str(stderr(&output).trim()).unwrap();
    let told: Vec<(u64, &str)> = document["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(2, "file_missing"), (3, "not_a_date"), (4, "no_such_day"), (4, "file_missing")]);
    assert_eq!((code(&output), ids(&data)), (3, 0));
}

#[test]
fn a_table_as_a_spreadsheet_writes_it_is_captured_with_the_days_that_it_plainly_says() {
    let (folder, data) = archive();
    fs::write(folder.path().join("a.txt"), "x").unwrap();
    let manifest = folder.path().join("m.csv");
    fs::write(
        &manifest,
        "kind,case,occurred,received,title,file,field.valid_from,field.valid_to\n\
         authorization,C,2026/3/1,2026/3/2 9:05,授权,a.txt,2026-3-1,2027/3/1 0:00\n",
    )
    .unwrap();
    let id = done(run(&data, &["capture", "--manifest", path(&manifest)]));
    let shown = json(&run(&data, &["show", &id, "--json"]));
    let version = &shown["versions"][0];
    assert_eq!(version["occurred_on"], "2026-03-01");
    assert_eq!(version["received_at"].as_str().map(|at| at.get(..16).unwrap()), Some("2026-03-02T01:05"));
    let fields = &version["descriptor"]["fields"];
    assert_eq!((&fields["valid_from"], &fields["valid_to"]), (&"2026-03-01".into(), &"2027-03-01".into()));
}

#[test]
fn what_the_descriptor_has_beside_its_fields_is_said_at_the_command_line_too() {
    let (folder, data) = archive();
    let file = folder.path().join("信.txt");
    fs::write(&file, "来函").unwrap();
    let words = ["capture", "--kind", "chat", "--occurred", "2026-03-01", "--received", "2026/3/2"];
    let more = ["--language", "zh-Hant-TW", "--notes", "随函收到，原件另存", "--case", "C", path(&file)];
    let id = done(run(&data, &[&words[..], &more].concat()));
    let version = json(&run(&data, &["show", &id, "--json"]))["versions"][0].clone();
    assert!(version["received_at"].as_str().unwrap().starts_with("2026-03-01T16:00:00"), "{version}");
    assert_eq!(version["descriptor"]["language"], "zh-Hant-TW");
    assert_eq!(version["descriptor"]["notes"], "随函收到，原件另存");
}

#[test]
fn a_record_is_shown_with_its_tags_and_with_the_number_that_it_has_elsewhere() {
    let (folder, data) = archive();
    let file = folder.path().join("a.txt");
    fs::write(&file, "x").unwrap();
    let words = ["capture", "--kind", "ticket", "--occurred", "2026-03-01", "--tag", "重要", "--tag", "网络"];
    let more = ["--source", "itsm=T-1001@3", "--notes", "见附件", "--received", "2026-03-02", path(&file)];
    let all = [&words[..], &more].concat();
    let id = done(run(&data, &all));
    let shown = done(run(&data, &["show", &id]));
    for line in [
        "tags      重要, 网络",
        "source    itsm / T-1001 / 3",
        "notes     见附件",
        "received  2026-03-02 00:00 +08:00",
    ] {
        assert!(shown.lines().any(|shown| shown.trim_end() == line), "{line}\n{shown}");
    }
    // Sent again, it is told with the whole receipt.
    let again = json(&run(&data, &[&all[..], &["--json"]].concat()));
    assert_eq!((&again["id"], &again["replayed"]), (&id.as_str().into(), &true.into()));
    assert!(again["components"][0]["sha256"].as_str().is_some_and(|digest| digest.len() == 64));
}
