//! `document` on files, without server, database or key: each is read in a process of its own.

use std::io::{Read as _, Write as _};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::desk::{binary, code, json as answer, stderr, stdout};

fn text(folder: &tempfile::TempDir, words: &[&str], input: &[u8]) -> Output {
    let mut command = binary();
    command.args(["document", "text"]).args(words).current_dir(folder.path());
    // A machine without the whole sandbox runs these tests too; what it lacks, `tests/sandbox` tells.
    command.env("MUNIMENT__DOCUMENTS__SANDBOX", "weaker");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

#[test]
fn a_document_is_printed_as_text_whatever_its_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let table = encoding_rs::GB18030.encode("姓名,手机\n林佳慧,13900001111\n").0.into_owned();
    std::fs::write(folder.path().join("名单.csv"), &table).unwrap();
    let printed = text(&folder, &["名单.csv"], b"");
    assert_eq!((code(&printed), &*stdout(&printed)), (0, "姓名\t手机\n林佳慧\t13900001111\n"));
    let printed = text(&folder, &["-"], &table);
    assert_eq!(
        (code(&printed), &*stdout(&printed)),
        (0, "姓名,手机\n林佳慧,13900001111\n"),
        "without a name"
    );
}

#[test]
fn json_tells_where_each_part_stands_and_what_to_look_at() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "姓名,手机\n林佳慧,1\n").unwrap();
    let told = answer(&text(&folder, &["a.csv", "--json"], b""));
    assert_eq!(
        (&told["format"], &told["charset"], &told["needs_review"]),
        (&json!("csv"), &json!("UTF-8"), &json!(false))
    );
    let last = told["parts"].as_array().unwrap().last().unwrap();
    assert_eq!(
        last,
        &json!({"start": 10, "end": 11, "line": 2, "role": "text", "place": "row 2 col 手机", "label": "手机"})
    );
    let characters: Vec<char> = told["text"].as_str().unwrap().chars().collect();
    assert_eq!(characters[10..11], ['1']);
    std::fs::write(folder.path().join("b.txt"), "<!DOCTYPE html><p>你好").unwrap();
    let told = answer(&text(&folder, &["b.txt", "--json"], b""));
    assert_eq!((&told["format"], &told["needs_review"]), (&json!("html"), &json!(true)));
    assert_eq!(told["review"], json!(["name_disagrees"]));
}

#[test]
fn a_refusal_says_what_and_where_in_the_readers_language() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), "{\"a\":\n ]").unwrap();
    std::fs::write(folder.path().join("b.png"), b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR").unwrap();
    for (language, broken, picture) in [
        ("en", "a.json is not well-formed JSON: line 2", "b.png is a PNG picture"),
        ("zh-CN", "a.json 不是合规的 JSON：第 2 行", "b.png 是 PNG 图片"),
        ("zh-TW", "a.json 不是合乎格式的 JSON：第 2 列", "b.png 是 PNG 圖片"),
    ] {
        for (file, words) in [("a.json", broken), ("b.png", picture)] {
            let refused = text(&folder, &[file, "--lang", language], b"");
            assert_eq!(code(&refused), 3);
            assert!(stderr(&refused).contains(words) && stdout(&refused).is_empty(), "{}", stderr(&refused));
        }
    }
    let refused = text(&folder, &["b.png", "--json"], b"");
    let told: Value = serde_json::from_str(stderr(&refused).trim()).unwrap();
    assert_eq!(told["code"], json!("document.other_format"));
    assert_eq!(code(&text(&folder, &["nowhere.txt"], b"")), 2);
    assert_eq!(code(&text(&folder, &[], b"")), 2);
}

#[test]
fn the_process_that_reads_says_first_what_it_gave_up_and_takes_nothing_but_a_request() {
    let mut child = binary().arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut lengths = [0; 8];
    output.read_exact(&mut lengths).unwrap();
    let length = u32::from_be_bytes(lengths[..4].try_into().unwrap());
    let mut head = vec![0; usize::try_from(length).unwrap()];
    output.read_exact(&mut head).unwrap();
    let hello: Value = serde_json::from_slice(&head).unwrap();
    assert_eq!((&hello["frame"], &hello["layers"]["limits"]), (&json!("hello"), &json!(true)));
    input.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    drop(input);
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    assert_eq!((rest.len(), child.wait().unwrap().code()), (0, Some(2)));
    let help = stdout(&binary().arg("--help").output().unwrap());
    assert!(!help.contains("worker"), "nobody types it");
}

#[test]
fn a_document_that_is_refused_is_in_the_ledger_once_and_shown_with_its_record() {
    let folder = tempfile::tempdir().unwrap();
    let run = |verb: &str, words: &[&str]| {
        let mut command = binary();
        command.env("MUNIMENT__DOCUMENTS__SANDBOX", "weaker").arg(verb).args(["--data", "data"]);
        let output = command.args(words).current_dir(folder.path()).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        output
    };
    run("init", &[]);
    // Too long to be read in the service.
    let lines = "现场记录：检修完毕，运行正常。\n".repeat(5_000);
    std::fs::write(folder.path().join("whole.txt"), &lines).unwrap();
    let mut broken = lines.into_bytes();
    broken.splice(0..0, *b"\xEF\xBB\xBF");
    broken.push(0xFF);
    std::fs::write(folder.path().join("broken.txt"), broken).unwrap();
    let capture = [
        "--kind",
        "ticket",
        "--case",
        "SC-1",
        "--occurred",
        "2026-03-01",
        "--together",
        "whole.txt",
        "broken.txt",
    ];
    let id = stdout(&run("capture", &capture)).lines().next().unwrap().to_owned();
    for _ in 0..2 {
        let found = answer(&run("search", &["检修完毕", "--json"]));
        assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    }
    let shown = answer(&run("show", &[&id, "--json"]));
    let unread: Vec<&Value> =
        shown["versions"][0]["components"].as_array().unwrap().iter().map(|one| &one["unread"]).collect();
    assert_eq!(unread, [&Value::Null, &json!("encoding")]);
    assert!(stdout(&run("show", &[&id])).contains("no text is read of broken.txt: its encoding is broken"));
    let custody = stdout(&run("custody", &[&id, "--json"]));
    assert_eq!(custody.matches("\"kind\":\"document_refused\"").count(), 1, "{custody}");
    run("verify", &[]);
}
