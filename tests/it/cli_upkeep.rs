//! The ledger written out, `fsck`, the recovery of keys, and deep directories, by the real binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::desk::{DEMO, binary, code, done, json, refused, run, run_as, stderr, stdout};

const PASSWORD: &str = "four unrelated words stand here";

/// A new archive in a folder that goes away, with one record.
fn archive() -> (tempfile::TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let made = run(&data, &["init", "--json"]);
    let password = json(&made)["administrator"]["password"].as_str().unwrap().to_owned();
    let file = folder.path().join("a.txt");
    fs::write(&file, "兹授权贵公司处理数据").unwrap();
    let words = ["capture", "--kind", "ticket", "--case", "1", "--occurred", "2026-03-01"];
    done(run(&data, &[&words[..], &[file.to_str().unwrap()]].concat()));
    (folder, data, password)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_ledger_is_written_out_whole_and_never_over_something_else() {
    let output = DEMO.fresh("ledger");
    let folder = DEMO.fresh("tickets");
    fs::create_dir(&folder).unwrap();
    for number in 0..80 {
        fs::write(folder.join(format!("{number}.txt")), "工单").unwrap();
    }
    let capture = ["capture", "--kind", "ticket", "--occurred", "2026-03-01", "--folder", path(&folder)];
    done(DEMO.run(&capture));
    let id = done(DEMO.run(&["list", "--ids", "--limit", "1"]));
    let words = ["ledger", "export", "--output", path(&output), "--record", &id, "--json"];
    let told = json(&DEMO.run(&words));
    let entries = told["entries"].as_u64().unwrap();
    assert!(entries > 256, "more than one tile: {entries}");
    let checkpoint = fs::read_to_string(output.join("checkpoint")).unwrap();
    assert_eq!(checkpoint.lines().nth(1), Some(entries.to_string().as_str()));
    assert_eq!(fs::metadata(output.join("tile/0/000")).unwrap().len(), 8_192);
    assert!(output.join(format!("tile/0/001.p/{}", entries - 256)).exists());
    let proof = fs::read_to_string(output.join(format!("proof/{id}.tlog-proof"))).unwrap();
    assert!(proof.ends_with(&checkpoint), "the proof is under the checkpoint beside it");
    assert!(fs::read_to_string(output.join(format!("proof/{id}.json"))).unwrap().contains(&id));

    refused(&DEMO.run(&["ledger", "export", "--output", path(&output)]), 2, "output_exists");
    let never = DEMO.fresh("never");
    let export = |more: &[&'static str]| [&["ledger", "export", "--output", path(&never)], more].concat();
    refused(&DEMO.run(&export(&["--record", "nonsense"])), 3, "invalid_fields");
    const MISSING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    refused(&DEMO.run(&export(&["--record", MISSING])), 3, "not_found");
    refused(&DEMO.run_as("demo-legal", &export(&[])), 3, "forbidden");
    assert!(!never.exists());
    let left = fs::read_dir(&DEMO.folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().contains("never")), "nothing half is left");
    done(DEMO.run_as("demo-auditor", &export(&[])));
}

#[test]
fn an_entry_of_a_bulk_log_is_shown_and_opened_by_its_number() {
    let listed = done(DEMO.run(&["list", "--json"]));
    let bulk = listed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let bulk = bulk.into_iter().find(|record| record["entries"].is_u64()).unwrap();
    let (id, entries) = (bulk["id"].as_str().unwrap(), bulk["entries"].as_u64().unwrap());
    let first = format!("{id}.0");
    assert_eq!(json(&DEMO.run(&["show", &first, "--json"]))["entry"]["entries"], entries);
    let shown = DEMO.run(&["show", &first]);
    assert!(stdout(&shown).starts_with(&format!("entry 1 of {entries} ")), "{}", stdout(&shown));
    let opened = done(DEMO.run(&["open", &first, "--purpose", "x", "--output", "-"]));
    assert!(serde_json::from_str::<serde_json::Value>(&opened).unwrap()["operation"].is_string());
    for bad in [format!("{id}.{entries}"), format!("{id}.00"), format!("{id}."), format!("{id}.-1")] {
        refused(&DEMO.run(&["show", &bad]), 3, "not_found");
        let custody = DEMO.run(&["custody", &bad]);
        refused(&custody, 3, "not_found");
        assert!(stderr(&custody).contains(&entries.to_string()), "it says how many there are: {custody:?}");
        let (purpose, output) = (["--purpose", "x"], ["--output", "-"]);
        refused(&DEMO.run(&[&["open", &bad][..], &purpose, &output].concat()), 3, "not_found");
        let proofs = DEMO.fresh("proofs");
        let words = ["ledger", "export", "--output", path(&proofs), "--record", &bad];
        refused(&DEMO.run(&words), 3, "not_found");
        assert!(!proofs.exists());
    }
    done(DEMO.run(&["custody", &first]));
}

#[test]
fn fsck_names_what_was_left_over_and_mends_it_when_asked() {
    let (_folder, data, _) = archive();
    done(run(&data, &["search", "授权"]));
    assert_eq!(done(run(&data, &["fsck"])), "Nothing is left over or out of step.");
    // What is still to be examined is looked at now: it is none of what follows.
    run(&data, &["fsck", "--repair"]);
    let stray = data.join("blobs/80/57/01890a5d-ac96-774b-bcce-b302099a8057");
    fs::create_dir_all(stray.parent().unwrap()).unwrap();
    fs::write(&stray, "noise").unwrap();
    let file = fs::File::options().write(true).open(&stray).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    file.set_modified(written - Duration::from_secs(30 * 3_600)).unwrap();
    fs::write(data.join("run/x.spool"), "noise").unwrap();
    let words = |output: &std::process::Output| {
        let mut found: Vec<String> = stdout(output)
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|finding| {
                format!("{} {}", finding["code"].as_str().unwrap(), finding["fate"].as_str().unwrap())
            })
            .collect();
        found.sort();
        found
    };
    let looked = run(&data, &["fsck", "--json"]);
    assert_eq!(
        (code(&looked), words(&looked)),
        (1, vec!["spool mendable".into(), "stray_blob mendable".into()])
    );
    assert!(stray.exists());
    let mended = run(&data, &["fsck", "--repair", "--json"]);
    assert_eq!((code(&mended), words(&mended)), (1, vec!["spool mended".into(), "stray_blob mended".into()]));
    assert!(!stray.exists() && !data.join("run/x.spool").exists());
    done(run(&data, &["fsck"]));
    done(run(&data, &["verify", "--deep"]));
    refused(&run(&data, &["fsck", "--as", "admin"]), 2, "keys.local");
    refused(&run(&data.join("nowhere"), &["fsck"]), 2, "not_a_data_directory");
}

#[test]
fn keys_are_recovered_by_two_administrators_and_never_by_one() {
    let (folder, data, one_time) = archive();
    let new = folder.path().join("new-password");
    fs::write(&new, PASSWORD).unwrap();
    let change = ["user", "password", "--new-password-file", path(&new)];
    done(run_as(&data, "admin", &one_time, &change));
    let made = json(&run_as(
        &data,
        "admin",
        PASSWORD,
        &["user", "create", "second", "--role", "administrator", "--json"],
    ));
    done(run_as(&data, "second", made["password"].as_str().unwrap(), &change));
    let keys = folder.path().join("data-keys");
    let safe = folder.path().join("recovery.identity");
    fs::rename(keys.join("recovery.identity"), &safe).unwrap();
    fs::remove_file(keys.join("service.identity")).unwrap();

    let lost = run(&data, &["list"]);
    refused(&lost, 3, "key_missing");
    assert!(stderr(&lost).contains("muniment keys recover --data "), "{}", stderr(&lost));
    let recover = |identity: &Path, second: &str| {
        let mut command = binary();
        command.env("MUNIMENT_PASSWORD", PASSWORD).env("MUNIMENT_SECOND_PASSWORD_FILE", &new);
        command.args(["keys", "recover", "--as", "admin", "--approved-by", second, "--reason", "lost"]);
        command.arg("--recovery-identity").arg(identity).arg("--data").arg(&data).output().unwrap()
    };
    refused(&recover(&safe, "admin"), 3, "own_request");
    refused(&recover(&safe, "nobody"), 3, "login_failed");
    refused(&recover(&folder.path().join("none"), "second"), 3, "key_missing");
    assert!(!keys.join("service.identity").exists());

    done(recover(&safe, "second"));
    let id = done(run(&data, &["list", "--ids"]));
    let opened = done(run(&data, &["open", &id, "--purpose", "x", "--output", "-"]));
    assert_eq!(opened, "兹授权贵公司处理数据");
    done(run(&data, &["verify", "--deep"]));
    assert_eq!(json(&run(&data, &["keys", "status", "--json"]))["generation"], 2);
}

#[test]
fn the_state_of_the_keys_is_told_beside_a_running_server() {
    let told = json(&DEMO.run(&["keys", "status", "--json"]));
    assert!(told["service"].as_str().unwrap().starts_with("age1"), "{told}");
    assert_eq!((&told["generation"], told.get("service_recipient")), (&1.into(), None));
    assert_ne!(code(&DEMO.run(&["fsck"])), 0);
}

#[test]
fn an_archive_in_a_deep_directory_works_alone_and_served() {
    use std::io::BufRead as _;
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("d".repeat(100)).join("e".repeat(100));
    fs::create_dir_all(&deep).unwrap();
    let data = deep.join("data");
    assert_eq!(code(&run(&data, &["init"])), 0);
    assert_eq!(done(run(&data, &["list", "--ids"])), "");
    let mut served = binary()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufReader::new(served.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(data.join("run/sock").exists());
    assert_eq!(done(run(&data, &["list", "--ids"])), "");
    let pid = rustix::process::Pid::from_child(&served);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(served.wait().unwrap().success());
    assert!(!data.join("run/sock").exists());
}
