//! Captures over HTTP, small and large.

use base64::Engine as _;
use serde_json::{Value, json};

use super::harness::{Served, form, served};
use crate::base::digest::Digest;

fn authorization() -> Value {
    json!({
        "kind": "authorization",
        "case": "SC-2026-001",
        "occurred": "2026-03-01",
        "parties": [{"role": "customer", "name": "青禾科技有限公司"}],
        "components": [{"name": "授权书.txt", "text": "兹授权贵公司处理数据"}],
    })
}

/// Payload files in the data directory.
fn payload_files(served: &Served) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            // The mark by which the folder is known.
            .filter(|path| !path.ends_with("archive"))
            .map(|path| if path.is_dir() { count(&path) } else { 1 })
            .sum()
    }
    count(&served.place.blobs())
}

#[test]
fn a_json_capture_gives_a_receipt_with_digest_and_place_in_the_ledger() {
    let served = served();
    let answer = served.json("POST", "/api/v1/records", &authorization());
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let receipt = answer.json();
    assert_eq!(receipt["version"], 1);
    assert_eq!(receipt["case_opened"], true);
    let digest = Digest::of("兹授权贵公司处理数据".as_bytes()).to_hex();
    assert_eq!(receipt["components"][0]["sha256"], digest);
    assert_eq!(
        receipt["ledger"]["size"].as_u64(),
        receipt["ledger"]["index"].as_u64().map(|index| index + 1)
    );
    let id = receipt["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("/api/v1/records/{id}").as_str()));
}

#[test]
fn the_same_key_gives_the_same_receipt_and_another_request_under_it_is_refused() {
    let served = served();
    let send = |body: &Value| {
        let fields = [("content-type", "application/json"), ("idempotency-key", "\"key-1\"")];
        served.local("POST", "/api/v1/records", &fields, body.to_string().as_bytes())
    };
    let first = send(&authorization());
    let again = send(&authorization());
    assert_eq!((first.status, again.status), (201, 200));
    let mut expected = first.json();
    assert!(expected["components"][0]["sha256"].is_string());
    expected["replayed"] = json!(true);
    assert_eq!(again.json(), expected);
    let mut other = authorization();
    other["title"] = json!("another");
    let refused = send(&other);
    assert_eq!((refused.status, refused.code().as_str()), (422, "idempotency_conflict"));
}

#[test]
fn a_new_version_is_taken_only_for_the_state_it_is_meant_for() {
    let served = served();
    let receipt = served.json("POST", "/api/v1/records", &authorization()).json();
    let path = format!("/api/v1/records/{}/versions", receipt["id"].as_str().unwrap());
    let send = |tag: &str| {
        let fields = [("content-type", "application/json"), ("if-match", tag)];
        served.local("POST", &path, &fields, authorization().to_string().as_bytes())
    };
    assert_eq!(send("\"v7\"").code(), "precondition_failed");
    let amended = send("\"v1\"");
    assert_eq!((amended.status, amended.json()["version"].as_u64()), (201, Some(2)));
    let unknown = served.json(
        "POST",
        "/api/v1/records/01890a5d-ac96-774b-bcce-b302099a8057/versions",
        &authorization(),
    );
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "not_found"));
}

#[test]
fn a_form_captures_its_files_in_order_and_describes_them_by_itself() {
    let served = served();
    let record = json!({"kind": "ticket", "occurred": "2026-03-01"}).to_string();
    let (media_type, body) = form(&[
        ("record", None, Some("application/json"), record.as_bytes()),
        ("file", Some("工单.txt"), Some("text/plain"), b"one"),
        ("file", Some("b.bin"), None, b"two"),
    ]);
    let answer = served.local("POST", "/api/v1/records", &[("content-type", &media_type)], &body);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let receipt = answer.json();
    assert_eq!(receipt["components"][0]["sha256"], Digest::of(b"one").to_hex());
    assert_eq!(receipt["components"][1]["sha256"], Digest::of(b"two").to_hex());
}

/// Resident memory of this process in bytes, as the kernel counts it.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Memory is counted per process, so the stream gets one of its own: this test runs itself again.
#[test]
fn sixty_four_megabytes_stream_through_in_bounded_memory() {
    const OWN_NAME: &str = "web::tests::captures::sixty_four_megabytes_stream_through_in_bounded_memory";
    if std::env::args().any(|argument| argument == OWN_NAME) {
        return stream_sixty_four_megabytes();
    }
    let own = std::env::current_exe().unwrap();
    let alone = std::process::Command::new(own).args(["--exact", OWN_NAME]).output().unwrap();
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stdout));
}

fn stream_sixty_four_megabytes() {
    use std::io::{Read as _, Write as _};
    let served = served();
    let record = json!({"kind": "ticket", "occurred": "2026-03-01"}).to_string();
    let (media_type, frame) =
        form(&[("record", None, None, record.as_bytes()), ("file", Some("long.bin"), None, b"@")]);
    let at = frame.iter().position(|byte| *byte == b'@').unwrap();
    let piece = vec![0x5a_u8; 1024 * 1024];
    let megabytes = 64;
    let length = frame.len() - 1 + megabytes * piece.len();
    let head = super::harness::request(
        "POST",
        "/api/v1/records",
        &[("content-type", &media_type)],
        Some(length),
        b"",
    );
    let mut stream = std::os::unix::net::UnixStream::connect(served.place.socket()).unwrap();
    stream.write_all(&head).unwrap();
    stream.write_all(&frame[..at]).unwrap();
    stream.write_all(&piece).unwrap();
    let before = resident_bytes();
    let mut most = before;
    for _ in 1..megabytes {
        stream.write_all(&piece).unwrap();
        most = most.max(resident_bytes());
    }
    stream.write_all(&frame[at + 1..]).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains(&format!("\"bytes\":{}", megabytes * piece.len())), "{answer}");
    assert!(most - before < 16 * 1024 * 1024, "{} bytes more", most - before);
    assert_eq!(payload_files(&served), 1);
}

#[test]
fn what_is_refused_leaves_no_payload_behind() {
    let served = served();
    let long = vec![7_u8; 300 * 1024];
    let wrong = Digest::of(b"other").to_hex();
    let record = json!({
        "kind": "ticket", "occurred": "2026-03-01",
        "components": [{"name": "a.bin", "sha256": wrong}],
    });
    let (media_type, body) =
        form(&[("record", None, None, record.to_string().as_bytes()), ("file", Some("a.bin"), None, &long)]);
    let refused = served.local("POST", "/api/v1/records", &[("content-type", &media_type)], &body);
    assert_eq!((refused.status, refused.code().as_str()), (422, "digest_mismatch"));
    assert_eq!(payload_files(&served), 0);
    // Described twice, sent once.
    let record = json!({
        "kind": "ticket", "occurred": "2026-03-01",
        "components": [{"name": "a.bin"}, {"name": "b.bin"}],
    });
    let (media_type, body) =
        form(&[("record", None, None, record.to_string().as_bytes()), ("file", Some("a.bin"), None, &long)]);
    let refused = served.local("POST", "/api/v1/records", &[("content-type", &media_type)], &body);
    assert_eq!(refused.code(), "upload_incomplete");
    assert_eq!(payload_files(&served), 0);
}

#[test]
fn lies_about_length_and_digest_are_told_by_their_component() {
    let served = served();
    for (member, value, code) in [
        ("bytes", json!(3), "length_mismatch"),
        ("sha256", json!(Digest::of(b"x").to_hex()), "digest_mismatch"),
    ] {
        let mut body = authorization();
        body["components"][0][member] = value;
        let refused = served.json("POST", "/api/v1/records", &body);
        assert_eq!((refused.status, refused.code().as_str()), (422, code));
        assert_eq!(refused.json()["facts"]["file"], "components[0]");
    }
    let mut body = authorization();
    body["components"][0]["text"] = json!("");
    assert_eq!(served.json("POST", "/api/v1/records", &body).code(), "empty_file");
}

#[test]
fn base64_that_is_none_is_told_with_its_column() {
    let served = served();
    let mut body = authorization();
    let fine = base64::engine::general_purpose::STANDARD.encode(b"\x00\xff");
    body["components"][0] = json!({"name": "a.bin", "base64": fine});
    assert_eq!(served.json("POST", "/api/v1/records", &body).status, 201);
    body["components"][0] = json!({"name": "a.bin", "base64": "AAAA*AAA"});
    let refused = served.json("POST", "/api/v1/records", &body);
    assert_eq!(refused.code(), "invalid_fields");
    let fault = &refused.json()["faults"][0];
    assert_eq!((&fault["path"], &fault["facts"]["column"]), (&json!("components[0].base64"), &json!(5)));
}

#[test]
fn a_bulk_log_is_captured_as_a_whole_or_up_to_its_first_fault() {
    let served = served();
    let line = |n: usize| {
        format!(
            "{{\"at\":\"2026-03-01T08:{:02}:00+08:00\",\"operation\":\"use\",\"purpose\":\"客服\",\
             \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"u-1\",\"count\":1}}\n",
            n % 60
        )
    };
    let log: String = (0..1000).map(line).collect();
    let record = json!({"kind": "processing_log", "occurred": "2026-03-01", "title": "三月日志"}).to_string();
    let send = |log: &str, on_fault: &str| {
        let (media_type, body) = form(&[
            ("record", None, None, record.as_bytes()),
            ("on_fault", None, None, on_fault.as_bytes()),
            ("entries", Some("log.jsonl"), None, log.as_bytes()),
        ]);
        served.local("POST", "/api/v1/entries", &[("content-type", &media_type)], &body)
    };
    let whole = send(&log, "capture_nothing");
    assert_eq!(whole.status, 201, "{}", String::from_utf8_lossy(&whole.body));
    assert_eq!(whole.json()["entries"], 1000);

    let cut = log.get(..log.len() - 20).unwrap();
    let refused = send(cut, "capture_nothing");
    assert_eq!((refused.status, refused.code().as_str()), (422, "truncated_entries"));
    assert_eq!(refused.json()["facts"]["line"], 1000);
    let kept = send(cut, "keep_before");
    assert_eq!((kept.status, kept.json()["entries"].as_u64()), (201, Some(999)));
    assert_eq!(kept.json()["fault"]["line"], 1000);
}
