//! `document` on files, without server, database or key: each is read in a process of its own.

use std::io::{Read as _, Write as _};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::desk::{DEMO, binary, code, done, json as answer, run, stderr, stdout};

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

fn redact(folder: &tempfile::TempDir, words: &[&str]) -> Output {
    let mut command = binary();
    command.args(["document", "redact"]).args(words).current_dir(folder.path());
    command.env("MUNIMENT__DOCUMENTS__SANDBOX", "weaker").stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_redacted_copy_is_written_only_if_it_passes_and_the_report_has_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("单.xml"), "<单 客户=\"林佳慧\"><电话>13912345678</电话><备注>项目天鹅</备注></单>")
        .unwrap();
    std::fs::write(path("terms.txt"), "# words\n项目天鹅\n").unwrap();
    let words = [
        "单.xml",
        "--profile",
        "dsar",
        "--terms",
        "terms.txt",
        "--output",
        "o.xml",
        "--report",
        "r.json",
        "--lang",
        "en",
    ];
    let done = redact(&folder, &words);
    assert_eq!(code(&done), 0, "{}", stderr(&done));
    let copy = std::fs::read_to_string(path("o.xml")).unwrap();
    for value in ["林佳慧", "13912345678", "天鹅"] {
        assert!(!copy.contains(value), "{copy}");
    }
    let report = std::fs::read_to_string(path("r.json")).unwrap();
    let told: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((&told["counts"]["PHONE"], &told["format"]), (&json!(1), &json!("xml")));
    assert!(!report.contains("林") && !report.contains("139"), "{report}");
    assert_eq!(code(&redact(&folder, &words)), 2, "what stands there is not replaced unasked");

    std::fs::write(path("b.png"), b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR").unwrap();
    std::fs::write(path("c.csv"), b"%PDF-1.7\n").unwrap();
    for (file, language, words) in [
        ("b.png", "en", "somebody has to look at it"),
        ("b.png", "zh-CN", "须由人查看"),
        ("b.png", "zh-TW", "須由人檢視"),
        ("c.csv", "en", "its name says that it is something else"),
    ] {
        let held = redact(
            &folder,
            &[file, "--profile", "dsar", "--output", "p", "--report", "q", "--lang", language],
        );
        assert_eq!(code(&held), 3, "{}", stderr(&held));
        assert!(stderr(&held).contains(words), "{}", stderr(&held));
        assert!(!path("p").exists() && !path("q").exists());
    }
    std::fs::write(path("short.txt"), "ok\nx\n").unwrap();
    let refused = redact(
        &folder,
        &["单.xml", "--profile", "dsar", "--terms", "short.txt", "--output", "p", "--lang", "en"],
    );
    assert_eq!(code(&refused), 2);
    assert!(stderr(&refused).contains("Line 2"), "{}", stderr(&refused));
    assert_eq!(code(&redact(&folder, &["单.xml", "--profile", "nobody", "--output", "p"])), 2);
    assert_eq!(code(&redact(&folder, &["nowhere.xml", "--profile", "dsar", "--output", "p"])), 2);
}

/// A document of Word with one paragraph, its number cut by runs.
fn word(folder: &std::path::Path) -> String {
    let path = folder.join("函.docx");
    let mut package = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let body = "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p>\
        <w:r><w:t>客户林佳慧来电，电话139</w:t></w:r><w:r><w:t>12345678</w:t></w:r></w:p></w:body></w:document>";
    for (name, content) in [("[Content_Types].xml", "<Types/>"), ("word/document.xml", body)] {
        package.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        package.write_all(content.as_bytes()).unwrap();
    }
    package.finish().unwrap();
    path.to_str().unwrap().to_owned()
}

/// A PDF of one line in Helvetica.
fn letter(folder: &std::path::Path, line: &str) -> String {
    use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

    let [catalog, tree, page, font, content] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids([page]).count(1);
    let mut written = pdf.page(page);
    written.media_box(Rect::new(0.0, 0.0, 400.0, 300.0)).parent(tree).contents(content);
    written.resources().fonts().pair(Name(b"F"), font);
    written.finish();
    pdf.type1_font(font).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    let mut drawn = Content::new();
    drawn
        .begin_text()
        .set_font(Name(b"F"), 12.0)
        .next_line(40.0, 200.0)
        .show(Str(line.as_bytes()))
        .end_text();
    pdf.stream(content, &drawn.finish());
    let path = folder.join("letter.pdf");
    std::fs::write(&path, pdf.finish()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_record_s_word_document_and_pdf_leave_redacted_and_a_pdf_is_found_by_its_words() {
    let folder = DEMO.fresh("renditions");
    std::fs::create_dir(&folder).unwrap();
    let data = folder.join("data");
    done(run(&data, &["init"]));
    let of =
        |file: &str| done(run(&data, &["capture", "--kind", "ticket", "--occurred", "2026-03-01", file]));
    let (word, letter) = (of(&word(&folder)), of(&letter(&folder, "Heliotrope: call 139 1234 5678")));
    let text = |file: &std::path::Path| stdout(&binary_text(file));
    for (record, name, kept) in [(&word, "o.docx", "客户"), (&letter, "o.pdf", "Heliotrope")] {
        let output = folder.join(name);
        let opened = run(
            &data,
            &["open", record, "--redacted", "--output", output.to_str().unwrap(), "--profile", "auditor"],
        );
        assert_eq!(code(&opened), 0, "{}", stderr(&opened));
        let said = text(&output);
        assert!(said.contains(kept) && !said.contains("林佳慧") && !said.contains("1234"), "{said}");
    }
    let found = done(run(&data, &["search", "heliotrope"]));
    assert!(found.contains(&letter) && !found.contains(&word), "{found}");
}

fn binary_text(file: &std::path::Path) -> Output {
    let mut command = binary();
    command.args(["document", "text", file.to_str().unwrap()]);
    command.env("MUNIMENT__DOCUMENTS__SANDBOX", "weaker").output().unwrap()
}
