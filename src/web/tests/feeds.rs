//! Foreign exports over HTTP: tried out, captured row by row, known again.

use serde_json::{Value, json};

use super::harness::{Answer, Served, form, served};

const PROFILE: &str = "version = 1\nname = \"工单导出\"\n[source]\nsystem = \"itsm\"\nformat = \"csv\"\n[constants]\n\
    kind = \"ticket\"\n[columns]\n\"工单号\" = \"source.external_id\"\n\"标题\" = \"title\"\n\"时间\" = \"occurred\"\n";

fn send(served: &Served, path: &str, profile: &str, skip: bool, file: &[u8]) -> Answer {
    let mut parts = vec![("profile", None, None, profile.as_bytes())];
    if skip {
        parts.push(("on_fault", None, None, b"skip".as_slice()));
    }
    parts.push(("file", Some("export.csv"), None, file));
    let (media_type, body) = form(&parts);
    served.local("POST", path, &[("content-type", &media_type), ("accept-language", "zh-CN")], &body)
}

const PREVIEW: &str = "/api/v1/feeds/preview";
const CAPTURE: &str = "/api/v1/feeds/capture";

#[track_caller]
fn fine(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

#[test]
fn a_preview_shows_rows_and_faults_and_stores_nothing() {
    let served = served();
    let (file, ..) = encoding_rs::GB18030
        .encode("工单号,标题,时间,优先级\nT-1,屏幕闪烁,2026-03-01,高\nT-2,无法登录,三月二日,中\n");
    let preview = fine(&send(&served, PREVIEW, PROFILE, false, &file));
    assert_eq!(
        (&preview["profile"], &preview["rows"], &preview["unmapped"]),
        (&json!("工单导出"), &json!(2), &json!(["优先级"]))
    );
    assert_eq!(preview["first"][0]["capture"]["title"], "屏幕闪烁");
    let fault = &preview["first"][1]["faults"][0];
    assert_eq!(
        (&fault["line"], &fault["path"], &fault["code"]),
        (&json!(3), &json!("时间"), &json!("not_a_date"))
    );
    assert!(!fault["detail"].as_str().unwrap().is_empty());
    let missing = fine(&send(&served, PREVIEW, PROFILE, false, "工单号,标题\nT-1,x\n".as_bytes()));
    assert_eq!(missing["missing"], json!(["时间"]));
    assert_eq!(served.get("/api/v1/records").json()["items"], json!([]));
}

#[test]
fn an_export_is_captured_once_and_a_faulty_one_not_at_all_unless_asked() {
    let served = served();
    let sound = "工单号,标题,时间\nT-1,屏幕闪烁,2026-03-01\nT-2,无法登录,2026-03-02\n".as_bytes();
    let report = fine(&send(&served, CAPTURE, PROFILE, false, sound));
    assert_eq!(
        (&report["captured"], &report["known"], &report["refused"]),
        (&json!(2), &json!(0), &json!(0))
    );
    assert_eq!(
        (&report["results"][1]["line"], &report["results"][1]["outcome"]),
        (&json!(3), &json!("captured"))
    );
    let again = fine(&send(&served, CAPTURE, PROFILE, false, sound));
    assert_eq!((&again["captured"], &again["known"]), (&json!(0), &json!(2)));
    assert_eq!(again["results"][0]["id"], report["results"][0]["id"]);
    let faulty = "工单号,标题,时间\nT-3,断网,2026-03-03\nT-4,死机,2026-02-30\n".as_bytes();
    let refused = send(&served, CAPTURE, PROFILE, false, faulty);
    assert_eq!((refused.status, refused.code().as_str()), (422, "manifest_fault"));
    assert_eq!(
        (&refused.json()["faults"][0]["line"], &refused.json()["faults"][0]["path"]),
        (&json!(3), &json!("时间"))
    );
    let items = |served: &Served| served.get("/api/v1/records").json()["items"].as_array().unwrap().len();
    assert_eq!(items(&served), 2);
    let partly = fine(&send(&served, CAPTURE, PROFILE, true, faulty));
    assert_eq!((&partly["captured"], &partly["refused"], items(&served)), (&json!(1), &json!(1), 3));
    assert_eq!(
        (&partly["results"][1]["outcome"], &partly["results"][1]["faults"][0]["code"]),
        (&json!("refused"), &json!("no_such_day"))
    );
}

#[test]
fn a_profile_or_a_file_that_cannot_be_read_says_where() {
    let served = served();
    for (profile, file, code, fault) in [
        ("version = ", "a\n", "mapping_fault", "profile_syntax"),
        (
            "version = 1\nname = \"x\"\n[source]\nsystem = \"s\"\nformat = \"csv\"\n[columns]\n",
            "a\n",
            "mapping_fault",
            "profile_unset",
        ),
        (PROFILE, "", "manifest_fault", "no_header"),
        (PROFILE, "工单号,标题,时间\nT-1,\"x", "manifest_fault", "truncated"),
        (&PROFILE.replace("\"csv\"", "\"xlsx\""), "no workbook", "manifest_fault", "not_a_workbook"),
        (&PROFILE.replace("\"csv\"", "\"json\""), "[1", "manifest_fault", "not_json"),
        (&PROFILE.replace("\"csv\"", "\"json\""), "{}", "manifest_fault", "not_a_list"),
    ] {
        let refused = send(&served, PREVIEW, profile, false, file.as_bytes());
        assert_eq!((refused.status, refused.code().as_str()), (422, code), "{fault}");
        assert_eq!(refused.json()["faults"][0]["code"], fault);
    }
    let bearer = format!("Bearer {}", super::people::administrator(&served));
    let (media_type, body) =
        form(&[("profile", None, None, PROFILE.as_bytes()), ("file", Some("a.csv"), None, b"")]);
    let fields = [("content-type", media_type.as_str()), ("authorization", &bearer)];
    assert_eq!(served.remote("POST", CAPTURE, &fields, &body).code(), "forbidden");
    assert_eq!(served.remote("POST", PREVIEW, &fields, &body).code(), "forbidden");
}

/// A workbook whose one sheet unpacks to very much more than it takes.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let piece = vec![b' '; 1024 * 1024];
    for _ in 0..520 {
        zip.write_all(&piece).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_workbook_that_unpacks_too_far_is_refused() {
    let served = served();
    let refused = send(&served, PREVIEW, &PROFILE.replace("\"csv\"", "\"xlsx\""), false, &bomb());
    assert_eq!(
        (refused.status, refused.json()["faults"][0]["code"].as_str()),
        (422, Some("unpacks_too_large"))
    );
}
