//! The real binary in directories of its own: what scripts rely on, held to the letter.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A folder with an archive that goes away with the test.
struct Archive {
    folder: tempfile::TempDir,
}

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muniment"));
    for name in
        ["MUNIMENT_DATA", "MUNIMENT_KEYS", "MUNIMENT_CONFIG", "MUNIMENT_TOKEN", "MUNIMENT_PASSWORD", "LC_ALL"]
    {
        command.env_remove(name);
    }
    command.env("LANG", "en_US.UTF-8").stdin(Stdio::null());
    command
}

fn archive() -> Archive {
    let archive = Archive { folder: tempfile::tempdir().unwrap() };
    let made = archive.run(&["init"], &[]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    archive
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<String> {
    stdout(output).lines().map(str::to_owned).collect()
}

impl Archive {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// `verb --data DIR words…`
    fn run(&self, verb: &[&str], words: &[&str]) -> Output {
        binary().args(verb).arg("--data").arg(self.data()).args(words).output().unwrap()
    }

    fn capture(&self, words: &[&str]) -> Output {
        self.run(&["capture"], words)
    }

    fn captured(&self, words: &[&str]) -> Vec<String> {
        let output = self.capture(words);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        lines(&output)
    }

    fn ids(&self) -> Vec<String> {
        let output = self.run(&["list"], &["--ids"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        lines(&output)
    }

    fn show(&self, id: &str) -> Value {
        let output = self.run(&["show"], &[id, "--json"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        serde_json::from_str(stdout(&output).trim()).unwrap()
    }

    fn serve(&self) -> Served {
        let mut child = binary()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.data())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
        Served(child)
    }
}

/// A server that ends with the test.
struct Served(Child);

impl Served {
    fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have been stopped already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

const AUTHORIZATION: [&str; 8] = [
    "--kind",
    "authorization",
    "--case",
    "SC-2026-001",
    "--occurred",
    "2026-03-01",
    "--party",
    "customer=青禾科技",
];

#[test]
fn what_was_captured_is_listed_shown_opened_and_verified() {
    let archive = archive();
    let file = archive.write("授权书.txt", "兹授权贵公司处理数据");
    let ids = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat());
    assert_eq!(ids, archive.ids());
    let id = ids[0].as_str();
    let record = archive.show(id);
    assert_eq!((record["id"].as_str(), record["kind"].as_str()), (Some(id), Some("authorization")));
    assert_eq!(record["case"]["reference"], "SC-2026-001");

    let output = archive.path("out.txt");
    let opened = archive.run(&["open"], &[id, "--purpose", "复核", "--output", output.to_str().unwrap()]);
    assert_eq!(code(&opened), 0, "{}", stderr(&opened));
    assert_eq!(fs::read_to_string(&output).unwrap(), "兹授权贵公司处理数据");

    let verified = archive.run(&["verify"], &["--deep", "--json"]);
    let report: Value = serde_json::from_str(stdout(&verified).trim()).unwrap();
    assert_eq!(
        (code(&verified), &report["ok"], &report["decrypted"]),
        (0, &Value::Bool(true), &Value::from(1))
    );
}

#[test]
fn a_sealed_original_is_a_standard_age_file() {
    let archive = archive();
    let file = archive.write("a.txt", "sealed words");
    let id = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat()).remove(0);
    let output = archive.path("a.age");
    let opened =
        archive.run(&["open"], &[&id, "--purpose", "copy", "--sealed", "--output", output.to_str().unwrap()]);
    assert_eq!(code(&opened), 0, "{}", stderr(&opened));
    let sealed = fs::read(&output).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n"));
    for key in ["service.identity", "recovery.identity"] {
        let text = fs::read_to_string(archive.path("data-keys").join(key)).unwrap();
        let secret = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
        let identity: age::x25519::Identity = secret.parse().unwrap();
        let decryptor = age::Decryptor::new(&sealed[..]).unwrap();
        let mut reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).unwrap();
        let mut plain = String::new();
        std::io::Read::read_to_string(&mut reader, &mut plain).unwrap();
        assert_eq!(plain, "sealed words", "{key}");
    }
}

#[test]
fn a_redacted_rendition_needs_no_purpose_and_keeps_format_and_encoding() {
    let archive = archive();
    let (text, ..) = encoding_rs::GB18030.encode("姓名,手机号,备注\n王小明,13800138000,请尽快回复客户\n");
    fs::write(archive.path("名单.csv"), text).unwrap();
    let file = archive.path("名单.csv").display().to_string();
    let id = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat()).remove(0);
    let (output, report) = (archive.path("out.csv"), archive.path("report.json"));
    let paths = ["--output", output.to_str().unwrap(), "--report", report.to_str().unwrap()];
    let opened = archive.run(&["open"], &[&[id.as_str(), "--redacted"], &paths[..]].concat());
    assert_eq!(code(&opened), 0, "{}", stderr(&opened));
    let written = fs::read(&output).unwrap();
    let (text, ..) = encoding_rs::GB18030.decode(&written);
    assert_eq!(text, "姓名,手机号,备注\n[当事人1],138****8000,请尽快回复客户\n");
    let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert_eq!(report["counts"], serde_json::json!({"PERSON": 1, "PHONE": 1}));
    let again = archive.run(&["open"], &[&id, "--redacted", "--output", output.to_str().unwrap()]);
    assert_eq!(code(&again), 2, "an output that is there is not written over");
    for wrong in [
        &["--redacted", "--purpose", "x"][..],
        &["--redacted", "--sealed"],
        &["--profile", "teaching"],
        &["--profile", "teaching", "--purpose", "x"],
        &["--report", "r.json", "--purpose", "x"],
        &["--profile", "teaching", "--sealed", "--purpose", "x"],
        &[],
    ] {
        let refused = archive.run(&["open"], &[&[id.as_str(), "--output", "-"], wrong].concat());
        assert_eq!(code(&refused), 2, "{wrong:?}");
    }
    let (new, beside) = (archive.path("new.csv"), archive.path("./new.csv"));
    let same = ["--output", new.to_str().unwrap(), "--report", beside.to_str().unwrap()];
    for wrong in [&same[..], &["--output", "-", "--report", "-"]] {
        let refused = archive.run(&["open"], &[&[id.as_str(), "--redacted"], wrong].concat());
        assert_eq!((code(&refused), new.exists()), (2, false), "{wrong:?}");
    }
}

#[test]
fn a_running_server_is_spoken_to_and_the_lines_stay_the_same() {
    let archive = archive();
    let file = archive.write("a.txt", "one");
    let alone = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat());
    let served = archive.serve();
    let beside = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat());
    assert_eq!(archive.ids(), [beside[0].clone(), alone[0].clone()]);
    assert_eq!(code(&archive.run(&["verify"], &[])), 0);
    served.stop();
    assert_eq!(archive.ids(), [beside[0].clone(), alone[0].clone()]);
}

#[test]
fn several_commands_at_once_share_one_archive() {
    let archive = archive();
    let file = archive.write("a.txt", "one");
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat())))
            .collect();
        let mut ids: Vec<String> = runs.into_iter().flat_map(|run| run.join().unwrap()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 6);
    });
    assert_eq!(archive.ids().len(), 6);
}

#[test]
fn json_prints_one_receipt_a_line_and_remarks_elsewhere() {
    let archive = archive();
    let (one, two) = (archive.write("1.txt", "one"), archive.write("2.txt", "two"));
    let output = archive.capture(&[&AUTHORIZATION[..], &[one.as_str(), two.as_str(), "--json"]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let receipts: Vec<Value> =
        lines(&output).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(receipts.len(), 2);
    assert!(receipts.iter().all(|receipt| receipt["id"].is_string() && receipt["ledger"]["index"].is_u64()));
    assert!(receipts[1]["input"].as_str().unwrap().ends_with("2.txt"));
}

#[test]
fn together_makes_one_record_of_all_files_and_amends_a_new_version() {
    let archive = archive();
    let (one, two) = (archive.write("1.txt", "one"), archive.write("2.txt", "two"));
    let ids = archive.captured(&[&AUTHORIZATION[..], &["--together", one.as_str(), two.as_str()]].concat());
    assert_eq!(ids.len(), 1);
    assert_eq!(archive.show(&ids[0])["versions"][0]["components"].as_array().unwrap().len(), 2);
    let amended =
        archive.captured(&[&AUTHORIZATION[..], &["--amends", ids[0].as_str(), one.as_str()]].concat());
    assert_eq!(amended, ids);
    assert_eq!(archive.show(&ids[0])["version"], 2);
}

#[test]
fn the_same_key_adds_nothing() {
    let archive = archive();
    let file = archive.write("1.txt", "one");
    let words = [&AUTHORIZATION[..], &["--idempotency-key", "k-7", file.as_str()]].concat();
    assert_eq!(archive.captured(&words), archive.captured(&words));
    assert_eq!(archive.ids().len(), 1);
}

#[test]
fn a_manifest_is_captured_in_the_order_of_its_rows_or_not_at_all() {
    let archive = archive();
    archive.write("m/files/a.txt", "a");
    archive.write("m/files/b.txt", "b");
    let header = "kind,case,occurred,title,party.customer,file\n";
    let rows = |second: &str| {
        format!(
            "{header}ticket,SC-1,2026-03-01,甲,青禾,files/a.txt\nticket,SC-1,{second},乙,青禾,files/b.txt\n"
        )
    };
    let bad = archive.write("m/bad.csv", rows("2026-02-30"));
    let refused = archive.capture(&["--manifest", &bad]);
    assert_eq!((code(&refused), stdout(&refused).as_str()), (3, ""));
    assert!(stderr(&refused).contains("line 3, occurred"), "{}", stderr(&refused));
    let missing = archive.write("m/missing.csv", rows("2026-02-28").replace("b.txt", "c.txt"));
    let refused = archive.capture(&["--manifest", &missing]);
    assert_eq!((code(&refused), archive.ids().len()), (3, 0));
    assert!(stderr(&refused).contains("line 3, file"), "{}", stderr(&refused));

    let blank = archive.write("m/blank.csv", rows("2026-02-28").replace(",files/b.txt", ","));
    let refused = archive.capture(&["--manifest", &blank]);
    assert_eq!((code(&refused), archive.ids().len()), (3, 0));
    assert!(stderr(&refused).contains("line 3, file"), "{}", stderr(&refused));
    let short = archive.write("m/short.csv", rows("2026-02-28").replace(",files/b.txt", ""));
    let refused = archive.capture(&["--manifest", &short]);
    assert_eq!((code(&refused), archive.ids().len()), (3, 0));
    assert_eq!(code(&archive.capture(&["--manifest", &archive.write("m/none.csv", header)])), 2);

    let fine = archive.write("m/fine.csv", rows("2026-02-28"));
    let preview = archive.capture(&["--manifest", &fine, "--preview"]);
    assert_eq!((code(&preview), archive.ids().len()), (0, 0));
    let ids = archive.captured(&["--manifest", &fine]);
    let titles: Vec<Value> =
        ids.iter().map(|id| archive.show(id)["versions"][0]["descriptor"]["title"].clone()).collect();
    assert_eq!(titles, ["甲", "乙"]);
}

#[test]
fn a_foreign_export_comes_in_through_a_profile_and_adds_nothing_the_second_time() {
    let archive = archive();
    let profile = archive.write(
        "profile.toml",
        "version = 1\nname = \"工单\"\n[source]\nsystem = \"itsm\"\nformat = \"csv\"\n[constants]\n\
         kind = \"ticket\"\n[columns]\n\"工单号\" = \"source.external_id\"\n\"标题\" = \"title\"\n\"时间\" = \"occurred\"\n",
    );
    let text = "工单号,标题,时间,优先级\nT-1,屏幕闪烁,2026-03-01,高\nT-2,无法登录,2026-03-02,中\n";
    let (gb18030, ..) = encoding_rs::GB18030.encode(text);
    let export = archive.write("export.csv", &gb18030);
    let preview = archive.capture(&["--mapping", &profile, "--preview", &export]);
    assert_eq!(code(&preview), 0, "{}", stderr(&preview));
    assert!(stdout(&preview).contains("屏幕闪烁"));
    let first = archive.captured(&["--mapping", &profile, &export]);
    assert_eq!(first.len(), 2);
    assert_eq!(archive.captured(&["--mapping", &profile, &export]), first);
    assert_eq!(archive.ids().len(), 2);
}

fn log(lines: usize) -> String {
    let line = |n: usize| {
        format!(
            "{{\"at\":\"2026-03-01T08:{:02}:00+08:00\",\"operation\":\"use\",\"purpose\":\"客服\",\
             \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"u-1\",\"count\":1}}\n",
            n % 60
        )
    };
    (0..lines).map(line).collect()
}

#[test]
fn a_bulk_log_needs_no_more_than_its_file() {
    let archive = archive();
    let path = archive.write("三月.jsonl", log(300));
    let ids = archive.captured(&["--kind", "processing_log", "--entries", &path]);
    let record = archive.show(&ids[0]);
    assert_eq!(
        (record["entries"].as_u64(), record["versions"][0]["occurred_on"].as_str()),
        (Some(300), Some("2026-03-01"))
    );
    assert_eq!(record["versions"][0]["descriptor"]["title"], "三月.jsonl");

    let whole = log(20);
    let cut = archive.write("cut.jsonl", &whole[..whole.len() - 9]);
    let refused = archive.capture(&["--entries", &cut]);
    assert_eq!((code(&refused), stdout(&refused).as_str()), (3, ""));
    assert!(stderr(&refused).contains("line 20"), "{}", stderr(&refused));
    let kept = archive.capture(&["--entries", &cut, "--keep-before-fault"]);
    assert_eq!((code(&kept), lines(&kept).len()), (1, 1));
    assert_eq!(archive.show(&lines(&kept)[0])["entries"], 19);
}

#[test]
fn a_folder_is_captured_in_order_and_what_is_passed_over_is_told() {
    let archive = archive();
    for name in ["f/b.txt", "f/a/2.txt", "f/a/1.txt", "f/.hidden"] {
        archive.write(name, name);
    }
    let folder = archive.path("f");
    let words = ["--kind", "ticket", "--occurred", "mtime", "--folder", folder.to_str().unwrap()];
    let output = archive.capture(&words);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains(".hidden"));
    let names: Vec<Value> = lines(&output)
        .iter()
        .map(|id| archive.show(id)["versions"][0]["components"][0]["name"].clone())
        .collect();
    assert_eq!(names, ["1.txt", "2.txt", "b.txt"]);
    archive.write("f/empty.txt", "");
    let output = archive.capture(&[&words[..], &["--all-or-none"]].concat());
    assert_eq!((code(&output), lines(&output).len()), (3, 0));
    assert!(stderr(&output).contains("empty.txt") && stderr(&output).contains("nothing was captured"));
    assert_eq!(archive.ids().len(), 3);
}

#[test]
fn bad_input_ends_with_the_code_of_its_kind_and_leaves_nothing() {
    let archive = archive();
    let file = archive.write("a.txt", "one");
    let empty = archive.write("empty.txt", "");
    let missing = archive.path("missing.txt");
    let date = ["--occurred", "2026-03-01"];
    let cases: [(&[&str], i32, &str); 9] = [
        (&["--kind", "ticket", &file], 2, "occurred_required"),
        (&["--occurred", "2026-03-01", &file], 2, "kind_required"),
        (&["--kind", "ticket", date[0], date[1]], 2, "nothing_to_capture"),
        (&["--kind", "ticket", date[0], date[1], missing.to_str().unwrap()], 2, "file_unreadable"),
        (&["--kind", "ticket", date[0], date[1], &empty], 3, "empty_file"),
        (&["--kind", "invoice", date[0], date[1], &file], 3, "invalid_fields"),
        (&["--kind", "ticket", "--occurred", "2026-02-30", &file], 3, "invalid_fields"),
        (&["--kind", "ticket", date[0], date[1], "--party", "customer", &file], 2, "pair_expected"),
        (
            &["--kind", "ticket", date[0], date[1], "--case", "01890a5d-ac96-774b-bcce-b302099a8057", &file],
            3,
            "unknown_case",
        ),
    ];
    for (words, expected, said) in cases {
        let output = archive.capture(words);
        assert_eq!(
            (code(&output), stdout(&output).as_str()),
            (expected, ""),
            "{words:?}: {}",
            stderr(&output)
        );
        assert!(stderr(&output).starts_with(said), "{words:?}: {}", stderr(&output));
        let told: String = {
            let output = archive.capture(&[words, &["--json"]].concat());
            stderr(&output).lines().last().unwrap_or_default().to_owned()
        };
        let document: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(document["code"], said);
    }
    assert!(archive.ids().is_empty());
    assert_eq!(code(&binary().args(["list", "--no-such-option"]).output().unwrap()), 2);
    assert_eq!(code(&binary().args(["list"]).output().unwrap()), 2);
    let nowhere = archive.path("nowhere");
    assert_eq!(code(&binary().args(["list", "--data"]).arg(&nowhere).output().unwrap()), 2);
    assert!(!nowhere.exists());
}

#[test]
fn refusals_are_told_in_the_readers_language() {
    let archive = archive();
    let file = archive.write("a.txt", "one");
    for (language, said) in
        [("zh_CN.UTF-8", "日历上没有"), ("zh_TW.UTF-8", "曆"), ("en_US.UTF-8", "no such day")]
    {
        let output = binary()
            .args(["capture", "--kind", "ticket", "--occurred", "2026-02-30", "--data"])
            .arg(archive.data())
            .arg(&file)
            .env("LC_ALL", language)
            .output()
            .unwrap();
        assert!(stderr(&output).contains(said), "{language}: {}", stderr(&output));
    }
}

#[test]
fn an_original_is_read_for_a_purpose_and_never_over_another_file() {
    let archive = archive();
    let file = archive.write("a.txt", "one");
    let id = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat()).remove(0);
    let output = archive.write("out.txt", "kept");
    let refused = archive.run(&["open"], &[&id, "--purpose", "x", "--output", &output]);
    assert_eq!((code(&refused), fs::read_to_string(&output).unwrap().as_str()), (2, "kept"));
    let new = archive.path("new.txt");
    let refused = archive.run(&["open"], &[&id, "--purpose", " ", "--output", new.to_str().unwrap()]);
    assert_eq!(code(&refused), 3);
    assert!(stderr(&refused).starts_with("purpose_required"));
    assert!(!new.exists());
    let piped = archive.run(&["open"], &[&id, "--purpose", "x", "--output", "-"]);
    assert_eq!((code(&piped), stdout(&piped).as_str()), (0, "one"));
    let unknown =
        archive.run(&["open"], &["01890a5d-ac96-774b-bcce-b302099a8057", "--purpose", "x", "--output", "-"]);
    assert_eq!((code(&unknown), stdout(&unknown).as_str()), (3, ""));
}

#[test]
fn one_flipped_byte_is_found_and_named() {
    let archive = archive();
    let file = archive.write("a.bin", vec![7_u8; 200 * 1024]);
    let id = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat()).remove(0);
    // The folder says in a short file whose it is.
    let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
    let payload = files(&archive.data().join("blobs")).into_iter().max_by_key(size).unwrap();
    let mut bytes = fs::read(&payload).unwrap();
    bytes[100_000] ^= 1;
    fs::write(&payload, bytes).unwrap();
    let output = archive.run(&["verify"], &["--json"]);
    let report: Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert_eq!(code(&output), 1);
    assert_eq!(report["faults"][0]["code"], "payload_changed");
    assert_eq!(report["faults"][0]["record"], Value::from(id));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_reader_that_goes_away_is_nothing_to_talk_about() {
    let archive = archive();
    let file = archive.write("a.txt", "one");
    let paths = vec![file.as_str(); 40];
    archive.captured(&[&AUTHORIZATION[..], &paths[..]].concat());
    let script = format!(
        "{} list --ids --data {} | head -n 1",
        env!("CARGO_BIN_EXE_muniment"),
        archive.data().display()
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!((lines(&output).len(), stderr(&output).as_str()), (1, ""));
}

#[test]
fn an_acknowledged_id_survives_the_death_of_everybody() {
    let archive = archive();
    let served = archive.serve();
    let file = archive.write("a.txt", "one");
    let paths = vec![file.as_str(); 300];
    let mut capturing = binary()
        .args(["capture", "--data"])
        .arg(archive.data())
        .args(AUTHORIZATION)
        .args(&paths)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(capturing.stdout.take().unwrap()).lines();
    let mut acknowledged: Vec<String> = (&mut reader).take(20).map(Result::unwrap).collect();
    drop(served);
    // Half a line is no acknowledgement: it ends without a line feed.
    capturing.kill().unwrap();
    capturing.wait().unwrap();
    acknowledged.extend(reader.map_while(Result::ok).filter(|line| line.len() == 36));
    let ids = archive.ids();
    assert!(acknowledged.len() >= 20);
    assert!(acknowledged.iter().all(|id| ids.contains(id)));
    assert_eq!(code(&archive.run(&["verify"], &[])), 0);
}

#[test]
fn completions_and_settings_need_no_archive() {
    for shell in ["bash", "zsh", "fish"] {
        let output = binary().args(["completions", shell]).output().unwrap();
        assert!(code(&output) == 0 && stdout(&output).contains("capture"), "{shell}");
    }
    let shown = binary().args(["config", "show", "--json"]).output().unwrap();
    assert!(lines(&shown).iter().any(|line| line.contains("listen.address")));
    let output = binary().args(["config", "check"]).env("MUNIMENT__LISTEN__ADRESS", "x").output().unwrap();
    assert_eq!(code(&output), 2);
}

#[test]
fn no_word_of_a_record_lies_in_the_data_directory() {
    let archive = archive();
    let file = archive.write("授权书-青禾.txt", "兹授权贵公司处理数据");
    archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat());
    for path in files(&archive.data()) {
        let bytes = fs::read(&path).unwrap();
        for word in ["青禾", "授权", "SC-2026-001"] {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} in {}", path.display());
        }
    }
}

#[test]
fn whom_a_record_is_about_is_found_as_soon_as_it_is_captured() {
    let archive = archive();
    let file = archive.write("通话.txt", "客户电话：138 0013 8000，请回电");
    let id = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat()).remove(0);
    let output = archive.run(&["subject"], &["+86 138-0013-8000", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page: Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert_eq!(
        (page["hits"][0]["record"].as_str(), page["not_examined"].as_u64()),
        (Some(id.as_str()), Some(0)),
        "{page}"
    );
    assert_eq!(page["hits"][0]["found"], serde_json::json!([{"type": "PHONE", "places": 1}]));
    let served = archive.serve();
    let found = archive.run(&["subject", "--type", "phone"], &["13800138000"]);
    assert!(stdout(&found).starts_with(&id), "{}", stdout(&found));
    assert!(stdout(&found).contains("PHONE × 1"), "{}", stdout(&found));
    let by_type = archive.run(&["search", "--pii", "PHONE"], &[]);
    assert!(stdout(&by_type).starts_with(&id), "{}{}", stdout(&by_type), stderr(&by_type));
    assert_eq!(code(&archive.run(&["search"], &[])), 2, "neither words nor filters");
    let nothing = archive.run(&["subject"], &["13900139000"]);
    assert_eq!((code(&nothing), stdout(&nothing).as_str()), (0, ""));
    served.stop();
}

#[test]
fn a_word_is_found_as_soon_as_it_is_captured() {
    let archive = archive();
    let file = archive.write("通话.txt", "客户询问质检报告的抽样比例");
    let id = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat()).remove(0);
    let output = archive.run(&["search"], &["抽样比例", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page: Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert_eq!(
        (page["hits"][0]["record"].as_str(), page["not_indexed"].as_u64()),
        (Some(id.as_str()), Some(0))
    );
    let served = archive.serve();
    let found = archive.run(&["search"], &["质检报告"]);
    assert!(stdout(&found).starts_with(&id), "{}", stdout(&found));
    let nothing = archive.run(&["search"], &["没有此词"]);
    assert_eq!((code(&nothing), stdout(&nothing).as_str()), (0, ""));
    served.stop();
}

#[test]
fn an_evidence_package_verifies_by_itself_and_a_changed_one_is_refused() {
    let archive = archive();
    let file = archive.write("a.txt", "evidence");
    archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat());
    let out = archive.path("out");
    let words = ["--case", "SC-2026-001", "--output", out.to_str().unwrap()];
    let made = archive.run(&["export", "evidence"], &words);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let package = lines(&made).remove(0);
    let verify = |words: &[&str]| binary().arg("verify").arg(&package).args(words).output().unwrap();
    assert_eq!(code(&verify(&[])), 0);
    let vkey = archive.path("data-keys/log.vkey");
    let pinned = verify(&["--vkey", vkey.to_str().unwrap(), "--json"]);
    let report: Value = serde_json::from_str(stdout(&pinned).trim()).unwrap();
    assert_eq!((code(&pinned), report["verdict"].as_str()), (0, Some("verified")));
    let mut bytes = fs::read(&package).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&package, bytes).unwrap();
    let refused = verify(&["--json"]);
    let report: Value = serde_json::from_str(stdout(&refused).trim()).unwrap();
    assert_eq!((code(&refused), report["ok"].as_bool()), (1, Some(false)));
    assert!(!report["faults"].as_array().unwrap().is_empty());
}

#[test]
fn keys_are_replaced_by_the_server_that_uses_them_or_without_one() {
    let archive = archive();
    let file = archive.write("a.txt", "one");
    let id = archive.captured(&[&AUTHORIZATION[..], &[file.as_str()]].concat()).remove(0);
    let identity = || fs::read(archive.path("data-keys/service.identity")).unwrap();
    let first = identity();
    let served = archive.serve();
    let rotated = archive.run(&["keys", "rotate"], &["--json"]);
    assert_eq!(code(&rotated), 0, "{}", stderr(&rotated));
    let done: Value = serde_json::from_str(stdout(&rotated).trim()).unwrap();
    assert_eq!(done["generation"], 2);
    assert!(Path::new(done["service_identity"].as_str().unwrap()).is_file(), "{done}");
    let second = identity();
    assert_ne!(second, first);
    let turned = archive.run(&["keys", "turn-epoch"], &[]);
    assert_eq!(code(&turned), 0, "{}", stderr(&turned));
    let opened = archive.run(&["open"], &[&id, "--purpose", "x", "--output", "-"]);
    assert_eq!((code(&opened), stdout(&opened).as_str()), (0, "one"), "the server goes on with the new keys");
    fs::create_dir(archive.path("escrow")).unwrap();
    let escrow = archive.path("escrow").display().to_string();
    let refused = archive.run(&["keys", "turn-epoch"], &["--escrow", &escrow]);
    assert_eq!(code(&refused), 3);
    assert!(stderr(&refused).contains("keys.held"), "{}", stderr(&refused));
    served.stop();
    let rotated = archive.run(&["keys", "rotate"], &["--json"]);
    assert_eq!(code(&rotated), 0, "{}", stderr(&rotated));
    assert_ne!(identity(), second);
    assert_eq!(code(&archive.run(&["keys", "turn-epoch"], &[])), 0);
    let opened = archive.run(&["open"], &[&id, "--purpose", "x", "--output", "-"]);
    assert_eq!((code(&opened), stdout(&opened).as_str()), (0, "one"));
    assert_eq!(code(&archive.run(&["verify"], &["--deep"])), 0);
}

#[test]
fn a_case_is_opened_told_and_shown() {
    let archive = archive();
    let opened = archive.run(
        &["case", "open"],
        &[
            "--reference",
            "SC-9",
            "--title",
            "试装",
            "--party",
            "customer=青禾",
            "--opened",
            "2026-03-01T09:00:00+08:00",
        ],
    );
    assert_eq!(code(&opened), 0, "{}", stderr(&opened));
    let event = archive
        .run(&["case", "event"], &["SC-9", "first_response", "--happened", "2026-03-01T10:00:00+08:00"]);
    assert_eq!(code(&event), 0, "{}", stderr(&event));
    let shown = archive.run(&["case", "show"], &["SC-9"]);
    assert!(stdout(&shown).contains("first response"), "{}", stdout(&shown));
    let gaps = archive.run(&["case", "gaps"], &["--json"]);
    assert!(stdout(&gaps).contains("G8"), "{}", stdout(&gaps));
    assert_eq!(code(&archive.run(&["case", "show"], &["SC-10"])), 3);
}

#[test]
fn somebody_else_acts_only_with_own_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let made = binary().args(["init", "--json", "--data"]).arg(&data).output().unwrap();
    let made: Value = serde_json::from_str(stdout(&made).trim()).unwrap();
    let as_archivist = |token: Option<&str>| {
        let mut command = binary();
        command.args(["list", "--ids", "--as", "archivist", "--data"]).arg(&data);
        if let Some(token) = token {
            command.env("MUNIMENT_TOKEN", token);
        }
        command.output().unwrap()
    };
    assert_eq!(code(&as_archivist(made["archivist"]["token"].as_str())), 0);
    assert_eq!(code(&as_archivist(Some("mun_t_wrong"))), 3);
    let asked = as_archivist(None);
    assert_eq!(code(&asked), 3);
    assert!(stderr(&asked).starts_with("credentials_required"), "{}", stderr(&asked));
}

#[test]
fn the_demonstration_is_made_once_and_served_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let demo = |words: &[&str]| binary().args(["demo", "--data"]).arg(&data).args(words).output().unwrap();
    let first = demo(&["--no-serve", "--json"]);
    let told: Value = serde_json::from_str(stdout(&first).trim()).unwrap();
    assert!(told["records"].as_u64().unwrap() >= 60, "{told}");
    let again = demo(&["--no-serve"]);
    assert_eq!((code(&again), stdout(&again).as_str()), (0, ""));
    assert_eq!(code(&demo(&["--listen", "0.0.0.0:0"])), 2);
    let mut child = binary()
        .args(["demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    // Kept open: what follows the first line must find a reader.
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let served = Served(child);
    assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
    served.stop();
}
