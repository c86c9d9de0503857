//! Bad input gets a clear refusal and leaves nothing behind: every kind of it that the archive must
//! expect, by the command line and over HTTP, with the code and the words that name what is wrong.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::{Value, json};

use crate::http::{self, FilePart};
use crate::machine::{Machine, stderr, stdout};

/// What must not change when something is refused.
fn standing(machine: &Machine) -> (Vec<String>, usize) {
    let blobs = machine.data().join("blobs");
    (machine.ids(), machine.files().iter().filter(|path| path.starts_with(&blobs)).count())
}

fn assert_refused(output: &Output, named: &[&str], what: &str) {
    let told = stderr(output);
    assert!(matches!(output.status.code(), Some(2 | 3)), "{what}: {:?}: {told}", output.status);
    assert_eq!(stdout(output), "", "{what}: something was acknowledged");
    for words in named {
        assert!(told.contains(words), "{what}: {words} is not in: {told}");
    }
    assert!(!told.contains("panicked") && !told.contains("internal"), "{what}: {told}");
}

#[test]
fn bad_words_and_files_are_refused_by_the_command_line() {
    let machine = Machine::new();
    let good = machine.write("in/good.txt", "good");
    let file = |name: &str, content: &[u8]| machine.write(&format!("in/{name}"), content);
    let ticket = ["capture", "--kind", "ticket", "--case", "SC-1", "--title", "断网", "--occurred"];
    let kind = |kind: &'static str| ["capture", "--occurred", "2026-03-01", "--kind", kind];
    machine.fine(&[&ticket[..], &["2026-03-01", &good]].concat());
    let before = standing(&machine);

    let empty = file("empty.txt", b"");
    let bidi = file("a\u{202E}txt.exe", b"x");
    let control = file("a\u{7}.txt", b"x");
    let long_title = "长".repeat(5_000);
    let long_case = "C".repeat(5_000);
    let wrong_utf8 = file(
        "wrong.csv",
        b"\xef\xbb\xbfkind,case,occurred,title,file\nticket,SC-1,2026-03-01,\xff\xfe,good.txt\n",
    );
    let no_column = file("no-column.csv", "at,operation,purpose,system,actor,count\n".as_bytes());
    let bad_cell = file(
        "bad-cell.csv",
        "at,operation,purpose,data_category,system,actor,count\n\
         2026-03-01T08:00:00+08:00,use,客服,联系方式,crm,u-1,1\nnever,use,客服,联系方式,crm,u-1,1\n"
            .as_bytes(),
    );
    let wrong_jsonl = file("wrong.jsonl", b"{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"\xff\"}\n");
    let cut_jsonl = file(
        "cut.jsonl",
        "{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"客服\",\
         \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"u-1\",\"count\":1}\n{\"at\":\"2026-0"
            .as_bytes(),
    );
    let manifest_column =
        file("manifest.csv", "kind,ocurred,title,file\nticket,2026-03-01,甲,good.txt\n".as_bytes());
    let missing = machine.path("in/nowhere.txt").to_str().unwrap().to_owned();
    let log = ["capture", "--kind", "processing_log", "--entries"];
    let cases: Vec<(&str, Vec<&str>, &[&str])> = vec![
        ("a day that is none", [&ticket[..], &["2026-02-30", &good]].concat(), &["occurred"]),
        ("a month that is none", [&ticket[..], &["2026-13-01", &good]].concat(), &["occurred"]),
        ("no date at all", [&ticket[..], &["soon", &good]].concat(), &["occurred"]),
        ("an unknown kind", [&kind("nonsense")[..], &[&good]].concat(), &["kind"]),
        ("an empty file", [&ticket[..], &["2026-03-01", &empty]].concat(), &["empty"]),
        ("a file that is not there", [&ticket[..], &["2026-03-01", &missing]].concat(), &["nowhere.txt"]),
        ("a name that reads backwards", [&ticket[..], &["2026-03-01", &bidi]].concat(), &["name"]),
        ("a name with a bell", [&ticket[..], &["2026-03-01", &control]].concat(), &["name"]),
        ("a title without end", [&kind("ticket")[..], &["--title", &long_title, &good]].concat(), &["title"]),
        (
            "a reference without end",
            [&kind("ticket")[..], &["--title", "x", "--case", &long_case, &good]].concat(),
            &["case"],
        ),
        ("a manifest that is not UTF-8", vec!["capture", "--manifest", &wrong_utf8], &["line 2"]),
        ("a manifest with a wrong column", vec!["capture", "--manifest", &manifest_column], &["ocurred"]),
        ("a log without a column", [&log[..], &[&no_column]].concat(), &["line 1", "data_category"]),
        ("a log with a wrong cell", [&log[..], &[&bad_cell]].concat(), &["line 3", "at"]),
        ("a log that is not UTF-8", [&log[..], &[&wrong_jsonl]].concat(), &["line 1"]),
        ("a log that breaks off", [&log[..], &[&cut_jsonl]].concat(), &["line 2"]),
        ("an unknown case", vec!["case", "show", "NOWHERE"], &["unknown_case"]),
        ("an unknown record", vec!["show", "01890a5d-ac96-774b-bcce-b302099a8057"], &["not_found"]),
    ];
    for (what, words, named) in cases {
        assert_refused(&machine.run(&words), named, what);
        assert_eq!(standing(&machine), before, "{what} left something behind");
    }
    let kept = machine.run(&[&log[..], &[&cut_jsonl, "--keep-before-fault"]].concat());
    assert_eq!(kept.status.code(), Some(1), "{}", stderr(&kept));
    assert_eq!(standing(&machine).0.len(), before.0.len() + 1);
    machine.assert_sound("after bad input");
}

#[test]
fn a_directory_of_a_newer_program_is_not_touched() {
    let machine = Machine::new();
    let database = machine.data().join("archive.sqlite");
    let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    connection
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')")
        .unwrap();
    drop(connection);
    let before = fs::read(&database).unwrap();
    for verb in [&["list"][..], &["verify"], &["serve", "--listen", "127.0.0.1:0"]] {
        assert_refused(&machine.run(verb), &["newer_data_directory"], "a newer directory");
    }
    assert!(fs::read(&database).unwrap() == before, "it was touched");
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_that_is_missing_wrong_exposed_or_inside_the_data_is_refused_by_name() {
    let machine = Machine::new();
    let other = Machine::new();
    let keys = machine.path("data-keys");
    let service = keys.join("service.identity");
    let list = |words: &[&str]| machine.run(&[&["list"][..], words].concat());
    let aside = machine.path("aside");
    fs::rename(&service, &aside).unwrap();
    assert_refused(&list(&[]), &["key_missing", "service.identity"], "no service identity");

    fs::copy(other.path("data-keys/service.identity"), &service).unwrap();
    assert_refused(&list(&[]), &["key_wrong"], "another archive's identity");
    fs::remove_file(&service).unwrap();

    fs::copy(&aside, &service).unwrap();
    set_mode(&service, 0o444);
    assert_refused(&list(&[]), &["key_exposed", "service.identity", "444"], "an identity for everybody");
    set_mode(&service, 0o400);
    assert!(list(&[]).status.success());

    set_mode(&keys, 0o755);
    assert_refused(&list(&[]), &["key_exposed"], "a key directory for everybody");
    set_mode(&keys, 0o700);

    let inside = machine.data().join("service.identity");
    fs::copy(&aside, &inside).unwrap();
    set_mode(&inside, 0o400);
    let refused = list(&["--identity", inside.to_str().unwrap()]);
    assert_refused(&refused, &["key_inside_data"], "an identity inside the data");
    fs::remove_file(&inside).unwrap();

    for name in ["epoch-1.age", "index.age", "log.key", "keyring.toml"] {
        let path = keys.join(name);
        let kept = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_refused(&list(&[]), &[name], name);
        fs::write(&path, &kept).unwrap();
        set_mode(&path, 0o400);
    }
    assert!(list(&[]).status.success());
}

#[test]
fn bad_requests_are_refused_over_http_with_a_problem_that_names_what_is_wrong() {
    let machine = Machine::empty();
    let made: Value = serde_json::from_str(&machine.fine(&["init", "--json"])[0]).unwrap();
    let token = format!("Bearer {}", made["archivist"]["token"].as_str().unwrap());
    let serving = machine.serve_under(&[], &[]);
    let request = |change: Value| {
        let mut json = json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
            "components": [{"name": "a.txt"}]});
        for (key, value) in change.as_object().unwrap() {
            json[key] = value.clone();
        }
        json.to_string()
    };
    let address = serving.address.clone().unwrap();
    let send = |change: Value, file: &FilePart<'_>, language: &str| {
        let fields = [("Authorization", token.as_str()), ("Accept-Language", language)];
        http::capture(&address, &fields, &request(change), file)
    };
    let plain = |content| FilePart { name: "a.txt", media_type: "text/plain", content };
    let text = || plain(b"content");
    let first = send(json!({"idempotency_key": "k-1"}), &text(), "en");
    assert_eq!(first.0, 201, "{:#}", first.1);
    let before = standing(&machine);
    let named = |name: &str| json!({"components": [{"name": name}]});
    let wrong: &[u8] = b"\xc3\x28\xa0\xa1 not UTF-8 \xff";
    let cases = [
        ("a wrong date", json!({"occurred": "2026-02-30"}), text()),
        ("an unknown kind", json!({"kind": "nonsense"}), text()),
        ("an unknown field", json!({"nonsense": 1}), text()),
        ("an empty file", json!({}), plain(b"")),
        ("a name that reads backwards", named("a\u{202E}gpj.exe"), text()),
        ("a name with a control character", named("a\u{1}b.txt"), text()),
        ("a name that climbs", named("../a.txt"), text()),
        ("a name without end", named(&"n".repeat(300)), text()),
        (
            "a digest that lies",
            json!({"components": [{"name": "a.txt", "digest":
            "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"}]}),
            text(),
        ),
        ("a length that lies", json!({"components": [{"name": "a.txt", "bytes": 1}]}), text()),
        ("a key for another request", json!({"idempotency_key": "k-1"}), plain(b"other")),
        (
            "bytes that are not the UTF-8 they are declared as",
            json!({"components": [{"name": "a.txt",
            "media_type": "text/plain; charset=utf-8"}]}),
            FilePart { name: "a.txt", media_type: "text/plain;charset=utf-8", content: wrong },
        ),
    ];
    for (what, change, file) in cases {
        let (status, problem) = send(change, &file, "en");
        assert!((400..500).contains(&status), "{what}: {status} {problem:#}");
        for field in ["type", "title", "detail", "code", "remedy"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{what}: {problem:#}");
        }
        assert_eq!(standing(&machine), before, "{what} left something behind");
    }
    // Said in the reader's own language.
    let (_, problem) = send(json!({"occurred": "2026-02-30"}), &text(), "zh-CN");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)), "{detail}");
    serving.stop();
    machine.assert_sound("after bad requests");
}
