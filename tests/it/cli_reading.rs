//! What readers at a terminal are told of records and gaps: when they came, who had them, and why a chain
//! has a gap.

use muniment::base::moment::{Clock as _, SystemClock};

use super::desk::{DEMO, binary, code, done, json, refused, run, run_as, stderr, stdout};

const TEXT: &str = "兹授权贵公司处理数据";

/// An archive of its own, with a folder for files.
fn archive(name: &str) -> (std::path::PathBuf, String) {
    let folder = DEMO.fresh(name);
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("授权书.txt");
    std::fs::write(&file, TEXT).unwrap();
    let data = folder.join("data");
    done(run(&data, &["init"]));
    (data, file.to_str().unwrap().to_owned())
}

#[test]
fn a_record_that_came_in_time_stays_so_when_it_is_amended_late() {
    let (data, file) = archive("punctual");
    let capture = |more: &[&str]| {
        done(run(&data, &[&["capture", "--kind", "ticket", &file, "--occurred"][..], more].concat()))
    };
    let now = SystemClock.now().to_utc();
    let id = capture(&[&now.format("%Y-%m-%dT00:00:00Z").to_string()]);
    // The amendment says that it happened long ago: that version is late, the record was not.
    let long_ago = (now - chrono::TimeDelta::days(60)).format("%Y-%m-%d").to_string();
    capture(&[&long_ago, "--amends", &id]);

    let shown = done(run(&data, &["show", &id]));
    let line = |beginning: &str| {
        shown.lines().find(|line| line.starts_with(beginning)).unwrap_or_else(|| panic!("{shown}")).to_owned()
    };
    assert!(!line("captured  ").contains("late"), "{shown}");
    let history: Vec<&str> =
        shown.lines().skip_while(|line| !line.starts_with("version  captured")).collect();
    assert!(history[1].starts_with("1 ") && history[1].contains("in time"), "{shown}");
    assert!(history[2].starts_with("2 ") && history[2].contains("days late"), "{shown}");
    let listed = done(run(&data, &["list"]));
    assert!(!listed.contains("late"), "{listed}");
    assert_eq!(json(&run(&data, &["list", "--json"]))["late"], false);

    // And one that came late stays late, whatever is said of it later.
    let late = capture(&[&long_ago]);
    capture(&[&now.format("%Y-%m-%dT00:00:00Z").to_string(), "--amends", &late]);
    assert!(done(run(&data, &["list"])).lines().any(|line| line.contains(" late ") && line.ends_with(&late)));
}

#[test]
fn a_day_of_which_no_more_is_known_is_shown_alone_and_a_time_with_its_minutes() {
    let (data, file) = archive("days");
    let capture = |occurred: &[&str]| {
        let words = ["capture", "--kind", "ticket", "--case", "SC-1", &file, "--occurred"];
        done(run(&data, &[&words[..], occurred].concat()))
    };
    capture(&["2026-03-01", "--zone", "Asia/Shanghai"]);
    capture(&["2026-03-02T00:00", "--zone", "Asia/Shanghai"]);
    capture(&["2026-03-03", "--zone", "America/New_York"]);
    let shown = done(run(&data, &["case", "show", "SC-1"]));
    let line: Vec<&str> = shown.lines().filter(|line| line.starts_with("2026-03-0")).collect();
    assert_eq!(line.len(), 4, "{shown}");
    assert!(
        line[0].starts_with("2026-03-01        ") && line[1].starts_with("2026-03-01        "),
        "{shown}"
    );
    assert!(line[2].starts_with("2026-03-02 00:00  "), "that it was at midnight is known: {shown}");
    assert!(line[3].starts_with("2026-03-03 America/New_York  "), "{shown}");
    assert!(
        shown.lines().any(|line| line.starts_with("opened ") && line.ends_with(" 2026-03-01")),
        "{shown}"
    );
    refused(&run(&data, &["case", "change", "SC-1"]), 2, "nothing_to_change");
    // What is no checkpoint is the reader's mistake, and no fault of the archive.
    refused(&run(&data, &["verify", "--checkpoint", &file]), 2, "bad_checkpoint");
}

#[test]
fn a_custody_says_when_who_what_and_what_for_at_the_readers_level() {
    let ids = done(DEMO.run(&["list", "--ids", "--case", "TW-2025-0001", "--kind", "authorization"]));
    let id = ids.lines().next().unwrap();
    let output = DEMO.fresh("custody.out");
    let words = ["open", id, "--purpose", "庭前核对", "--output", output.to_str().unwrap()];
    done(DEMO.run_as("demo-legal", &words));

    let told = done(DEMO.run_as("demo-legal", &["custody", id]));
    let last = told.lines().last().unwrap();
    assert!(last.contains("original read") && last.contains("demo-legal"), "{told}");
    assert!(last.ends_with("庭前核对") && last.contains("+08:00"), "{told}");
    assert!(told.lines().nth(1).unwrap().contains("captured"), "{told}");
    // Who sees facts only is told who read, and not what for.
    let told = done(DEMO.run_as("demo-auditor", &["custody", id]));
    assert!(told.contains("original read") && !told.contains("庭前核对"), "{told}");
    let lines = done(DEMO.run_as("demo-auditor", &["custody", id, "--json"]));
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((last["kind"].as_str(), last.get("purpose")), (Some("original_read"), None));
    // Chinese readers read no code words of the ledger.
    let told = done(DEMO.run_as("demo-legal", &["custody", id, "--lang", "zh-TW"]));
    assert!(told.contains("調閱原件") && !told.contains("original_read"), "{told}");
    refused(&DEMO.run_as("demo-archivist", &["custody", id]), 3, "forbidden");
    // An output that cannot be written is known before anything is read.
    let custody = || done(DEMO.run_as("demo-auditor", &["custody", id, "--json"])).lines().count();
    let before = custody();
    let nowhere = DEMO.folder.join("nowhere/copy");
    let open = ["open", id, "--purpose", "x", "--output", nowhere.to_str().unwrap()];
    refused(&DEMO.run_as("demo-legal", &open), 3, "system");
    assert_eq!(custody(), before);
}

#[test]
fn a_gap_is_shown_with_its_cause_and_what_was_said_about_it() {
    let lines = done(DEMO.run(&["case", "gaps", "--json"]));
    let gaps: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let gap = gaps.iter().find(|gap| gap["key"] == "G3.purpose").unwrap();
    let (case, facts) = (gap["case"].as_str().unwrap(), &gap["cause"]["facts"]);
    let explained = ["case", "explain", case, "G3.purpose", "--words", "已补签变更协议"];
    done(DEMO.run(&[&explained[..], &["--record", gap["record"].as_str().unwrap()]].concat()));

    let shown = done(DEMO.run(&["case", "show", case]));
    let (word, authorization) = (facts["word"].as_str().unwrap(), facts["authorization"].as_str().unwrap());
    let cause = shown.lines().find(|line| line.contains(word) && line.contains("purpose “")).unwrap();
    assert!(cause.contains(authorization), "{shown}");
    let said = shown.lines().find(|line| line.contains("已补签变更协议")).unwrap();
    assert!(said.trim_start().starts_with("explained 20"), "{shown}");
    let shown = done(DEMO.run(&["case", "show", case, "--lang", "zh-CN"]));
    assert!(shown.contains(" 说明：已补签变更协议") && shown.contains("未涵盖目的"), "{shown}");
    // The words are for those who read the case with names; who sees facts only reads neither them nor the cause.
    let shown = done(DEMO.run_as("demo-privacy", &["case", "show", case]));
    assert!(shown.contains("已补签变更协议"), "{shown}");
    let shown = done(DEMO.run_as("demo-auditor", &["case", "show", case]));
    assert!(!shown.contains("已补签变更协议") && !shown.contains(word), "{shown}");
}

#[test]
fn rows_are_read_by_the_services_own_zone_and_jurisdiction() {
    let (data, file) = archive("defaults");
    let folder = data.parent().unwrap();
    let config = folder.join("muniment.toml");
    std::fs::write(&config, "[capture]\ndefault_zone = \"Asia/Taipei\"\ndefault_jurisdiction = \"TW\"\n")
        .unwrap();
    let manifest = folder.join("m.csv");
    let row = |occurred: &str| {
        let text = format!("kind,occurred,title,file\nticket,{occurred},甲,授权书.txt\n");
        std::fs::write(&manifest, text).unwrap();
    };
    let with = |config: Option<&str>, words: &[&str]| {
        let config: Vec<&str> = config.map(|config| vec!["--config", config]).unwrap_or_default();
        run(&data, &[words, &config].concat())
    };
    let here = config.to_str().unwrap();
    let by_manifest = ["capture", "--manifest", manifest.to_str().unwrap()];
    let by_option = |at| ["capture", "--kind", "ticket", "--occurred", at, &file];

    // Clocks in Shanghai never showed this time; clocks in Taipei did. Both ways in say the same.
    row("1986-05-04 02:30");
    refused(&with(None, &by_manifest), 3, "manifest_fault");
    let said = with(None, &by_option("1986-05-04T02:30"));
    refused(&said, 3, "invalid_fields");
    assert!(stderr(&said).contains("never or twice"), "{}", stderr(&said));
    assert_eq!(code(&with(None, &[&by_manifest[..], &["--preview"]].concat())), 1);
    done(with(Some(here), &[&by_manifest[..], &["--preview"]].concat()));
    for words in [&by_manifest[..], &by_option("1986-05-04T02:30")] {
        let id = done(with(Some(here), words));
        let shown = json(&run(&data, &["show", &id, "--json"]));
        assert_eq!(shown["jurisdiction"], "TW", "{words:?}");
        assert_eq!(shown["versions"][0]["zone"], "Asia/Taipei", "{words:?}");
        assert_eq!(shown["versions"][0]["occurred_at"], "1986-05-03T18:30:00.000000Z", "{words:?}");
    }
    // A preview needs no archive.
    let mut alone = binary();
    let output = alone.args(by_manifest).args(["--preview", "--config", here]).output().unwrap();
    assert_eq!(code(&output), 0, "{} {}", stdout(&output), stderr(&output));
}

#[test]
fn who_works_under_a_name_finds_what_was_captured_a_moment_ago() {
    let folder = DEMO.fresh("searching");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("工单.txt");
    std::fs::write(&file, "门店收银机断网").unwrap();
    let data = folder.join("data");
    let one_time =
        json(&run(&data, &["init", "--json"]))["administrator"]["password"].as_str().unwrap().to_owned();
    let password = "four unrelated words stand here";
    let new = folder.join("new-password");
    std::fs::write(&new, password).unwrap();
    let change = ["user", "password", "--new-password-file", new.to_str().unwrap()];
    done(run_as(&data, "admin", &one_time, &change));
    let create = ["user", "create", "li.na", "--role", "个人信息保护负责人", "--json"];
    let one_time = json(&run_as(&data, "admin", password, &create))["password"].as_str().unwrap().to_owned();
    done(run_as(&data, "li.na", &one_time, &change));
    let capture = ["capture", "--kind", "工单", "--occurred", "2026-03-01", file.to_str().unwrap()];
    let id = done(run(&data, &capture));
    // The log-in opens the archive before anybody searches: that must not leave the index behind.
    let found = done(run_as(&data, "li.na", password, &["search", "断网"]));
    assert!(found.starts_with(&id), "{found}");
}

#[test]
fn help_is_in_the_readers_language_wherever_it_is_asked_for() {
    let asked = |words: &[&str], variables: &[(&str, &str)]| {
        done(binary().args(words).envs(variables.iter().copied()).output().unwrap())
    };
    let english = asked(&["case", "list", "--help"], &[]);
    assert!(english.contains("Usage: muniment case list") && english.contains("List cases"), "{english}");
    let chinese = asked(&["--lang", "zh-CN", "case", "list", "--help"], &[]);
    assert!(chinese.contains("用法：muniment case list [选项]"), "{chinese}");
    assert_eq!(asked(&["help", "case", "list"], &[("MUNIMENT_LANG", "zh-CN")]), chinese);
    assert_eq!(asked(&["case", "list", "-h"], &[("LC_ALL", "zh_CN.UTF-8")]), chinese);
    let bare = binary().env("MUNIMENT_LANG", "zh-TW").output().unwrap();
    assert_eq!((code(&bare), stdout(&bare).as_str()), (2, ""));
    assert!(stderr(&bare).contains("用法：muniment [選項] <指令>"), "{}", stderr(&bare));
}

#[test]
fn what_a_record_lacks_is_named_and_not_the_record() {
    let ids = done(DEMO.run(&["list", "--ids", "--limit", "1"]));
    let output = DEMO.fresh("lacking.out");
    let open = |more: &[&str]| {
        let words = ["open", &ids, "--purpose", "p", "--output", output.to_str().unwrap()];
        let refused_so = DEMO.run(&[&words[..], more].concat());
        refused(&refused_so, 3, "not_found");
        stderr(&refused_so)
    };
    assert!(open(&["--version", "99"]).contains("no version 99"));
    assert!(open(&["--component", "9"]).contains("no component 9"));
    let unknown = DEMO.run(&["search", "x", "--party", "查无此人"]);
    refused(&unknown, 3, "not_found");
    assert!(stderr(&unknown).contains("no party named \"查无此人\""), "{}", stderr(&unknown));
    let gap = DEMO.run(&["case", "explain", "SC-2025-0004", "G3.purpose", "--words", "x"]);
    assert!(stderr(&gap).contains("Give --record with one of: "), "{}", stderr(&gap));
    let day = DEMO.run(&["list", "--from", "yesterday"]);
    refused(&day, 3, "invalid_fields");
    assert!(stderr(&day).contains("--from: "), "{}", stderr(&day));
}

#[test]
fn who_reads_no_further_has_seen_enough() {
    let mut listing = binary()
        .args(["list", "--ids", "--data"])
        .arg(DEMO.data())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The pipe closes before anything is written into it.
    drop(listing.stdout.take());
    let ended = listing.wait_with_output().unwrap();
    assert_eq!((code(&ended), stderr(&ended).as_str()), (0, ""));
}
