//! `pii` on files, without server, database or key.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn pii(folder: &tempfile::TempDir, words: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_muniment"))
        .arg("pii")
        .args(words)
        .current_dir(folder.path())
        .env_remove("LC_ALL")
        .env("LANG", "en_US.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that refuses its arguments does not read: a broken pipe is no fault here.
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output, code: i32, word: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.contains(word), "{told}");
}

const TEXT: &str = "客户：王小明，手机 13800138000。\n请回复 zhang.san@example.com\n";

#[test]
fn records_one_a_line_answer_with_their_spans_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..700).map(|id| json!({"id": id, "text": TEXT}).to_string() + "\n").collect();
    fs::write(folder.path().join("in.jsonl"), &lines).unwrap();
    let answered = out(&pii(&folder, &["detect", "--jsonl", "in.jsonl", "--types", "PHONE,EMAIL"], b""));
    let answers: Vec<Value> = answered.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 700);
    for (id, answer) in answers.iter().enumerate() {
        assert_eq!(answer, &json!({"id": id, "spans": [[10, 21, "PHONE"], [27, 48, "EMAIL"]]}));
    }
}

#[test]
fn a_document_keeps_its_format_and_its_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let table = "姓名,电话,备注\n王小明,13912345678,\"退货,已处理\"\n李华,13800138000,按约定时间上门\n";
    fs::write(folder.path().join("表.csv"), encoding_rs::GB18030.encode(table).0).unwrap();
    let redacted =
        pii(&folder, &["redact", "--profile", "opposing-party", "--report", "r.json", "表.csv"], b"");
    assert_eq!(redacted.status.code(), Some(0), "{}", String::from_utf8_lossy(&redacted.stderr));
    let (text, _, broken) = encoding_rs::GB18030.decode(&redacted.stdout);
    assert!(!broken);
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[0], "姓名,电话,备注");
    assert_eq!(rows[1], "[当事人1],139****5678,\"退货,已处理\"");
    assert_eq!(rows[2], "[当事人2],138****8000,按约定时间上门");
    let report = fs::read_to_string(folder.path().join("r.json")).unwrap();
    assert!(!report.contains("13912345678") && !report.contains("王小明"), "{report}");
    assert_eq!(serde_json::from_str::<Value>(&report).unwrap()["counts"]["PERSON"], 2);
}

#[test]
fn the_same_key_makes_the_same_stand_ins() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), "a5".repeat(32)).unwrap();
    let run = |words: &[&str]| {
        out(&pii(&folder, &[&["redact", "--profile", "teaching"], words, &["-"]].concat(), TEXT.as_bytes()))
    };
    let first = run(&["--key", "key"]);
    assert_eq!(first, run(&["--key", "key"]));
    assert_ne!(first, run(&[]), "without a key each run draws anew");
    assert!(!first.contains("13800138000") && !first.contains("王小明"), "{first}");
    fs::write(folder.path().join("key"), "a5").unwrap();
    refused(
        &pii(&folder, &["redact", "--profile", "teaching", "--key", "key", "-"], b"x"),
        2,
        "64 hexadecimal digits",
    );
}

#[test]
fn known_subjects_are_found_and_ones_own_data_stays() {
    let folder = tempfile::tempdir().unwrap();
    let subjects = json!([
        {"name": "欧阳娜娜", "own": true, "values": [{"type": "PHONE", "value": "13800138000"}]},
        {"name": "星海置业", "organisation": true},
    ]);
    fs::write(folder.path().join("who.json"), subjects.to_string()).unwrap();
    let text = "欧阳娜娜（13800138000）与王小明（13912345678）";
    let redacted =
        out(&pii(&folder, &["redact", "--profile", "dsar", "--subjects", "who.json", "-"], text.as_bytes()));
    assert!(redacted.contains("欧阳娜娜") && redacted.contains("13800138000"), "{redacted}");
    assert!(!redacted.contains("王小明") && !redacted.contains("13912345678"), "{redacted}");
    fs::write(folder.path().join("who.json"), r#"[{"name": "王小明", "phone": "1"}]"#).unwrap();
    let bad = pii(&folder, &["detect", "--subjects", "who.json", "-"], b"x");
    refused(&bad, 2, "line 1, column 24");
    assert!(!String::from_utf8_lossy(&bad.stderr).contains("王小明"));
}

#[test]
fn an_explanation_names_rule_and_label_and_never_the_value() {
    let folder = tempfile::tempdir().unwrap();
    let told = out(&pii(&folder, &["explain", "-"], TEXT.as_bytes()));
    assert!(told.contains("a mobile number's prefix and length") && told.contains("“手机”"), "{told}");
    assert!(!told.contains("13800138000") && !told.contains("王小明"), "{told}");
    let json = out(&pii(&folder, &["explain", "--json", "-"], TEXT.as_bytes()));
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((first["type"].as_str(), first["line"].as_u64()), (Some("PERSON"), Some(1)));
}

#[test]
fn a_measurement_counts_by_type() {
    let folder = tempfile::tempdir().unwrap();
    let gold = json!({"id": 1, "text": TEXT, "spans": [[10, 21, "PHONE"], [27, 48, "EMAIL"], [0, 2, "QQ"]]});
    let measured: Value =
        serde_json::from_str(&out(&pii(&folder, &["eval", "--json", "-"], gold.to_string().as_bytes())))
            .unwrap();
    assert_eq!(measured["types"]["PHONE"]["f1"], 1.0);
    assert_eq!(measured["types"]["QQ"]["recall"], 0.0);
    assert!(measured["types"].get("PERSON").is_none(), "types that nobody marked do not count");
}

#[test]
fn bad_input_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scan.pdf"), b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n").unwrap();
    refused(&pii(&folder, &["detect", "scan.pdf"], b""), 3, "scan.pdf is no text");
    refused(&pii(&folder, &["detect", "missing.txt"], b""), 2, "missing.txt");
    refused(&pii(&folder, &["detect", "--types", "PHONES", "-"], b"x"), 2, "PHONES");
    refused(&pii(&folder, &["redact", "--profile", "none", "-"], b"x"), 2, "opposing-party");
    refused(
        &pii(&folder, &["detect", "--jsonl", "-"], b"{\"id\":1,\"text\":\"a\"}\nnot json\n"),
        3,
        "Line 2",
    );
    refused(&pii(&folder, &["detect", "--jsonl", "-"], b"\xFF\xFE\n"), 3, "Line 1 is not UTF-8");
    fs::write(folder.path().join("p.toml"), "name = 1").unwrap();
    refused(&pii(&folder, &["redact", "--profile", "p.toml", "-"], b"x"), 2, "p.toml");
    fs::write(folder.path().join("out.txt"), "mine").unwrap();
    refused(&pii(&folder, &["redact", "--profile", "court", "--output", "out.txt", "-"], b"x"), 2, "out.txt");
    assert_eq!(fs::read_to_string(folder.path().join("out.txt")).unwrap(), "mine");
}
