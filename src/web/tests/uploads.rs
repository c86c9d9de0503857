//! Uploads over HTTP: every way in which a content can be wrong, and nothing left behind.

use serde_json::{Value, json};

use super::harness::{Answer, Served, request, served};
use crate::base::digest::Digest;

fn payload_files(served: &Served) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        // The mark by which the folder is known is none.
        let paths = paths.filter(|path| !path.ends_with("archive"));
        paths.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    count(&served.place.blobs())
}

fn begin(served: &Served, content: &[u8]) -> Value {
    let body = json!({"name": "录像.mp4", "bytes": content.len()});
    let answer = served.json("POST", "/api/v1/uploads", &body);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

fn put(served: &Served, upload: &Value, digest: &str, content: &[u8]) -> Answer {
    let fields = [("content-type", "application/octet-stream"), ("content-digest", digest)];
    served.local("PUT", upload["content"].as_str().unwrap(), &fields, content)
}

fn digest(content: &[u8]) -> String {
    Digest::of(content).to_content_digest()
}

#[test]
fn a_long_file_comes_by_itself_and_is_captured_by_its_upload() {
    let served = served();
    let content = vec![7; 3_000_000];
    let upload = begin(&served, &content);
    assert_eq!(
        (upload["state"].as_str(), upload["media_type"].as_str()),
        (Some("waiting"), Some("video/mp4"))
    );
    let done = put(&served, &upload, &digest(&content), &content);
    assert_eq!(done.status, 200, "{}", String::from_utf8_lossy(&done.body));
    assert_eq!(
        (&done.json()["state"], &done.json()["sha256"]),
        (&json!("complete"), &json!(Digest::of(&content).to_hex()))
    );
    let again = put(&served, &upload, &digest(&content), &content);
    assert_eq!((again.status, payload_files(&served)), (200, 1), "the same again changes nothing");
    let other = put(&served, &upload, &digest(&vec![8; 3_000_000]), &vec![8; 3_000_000]);
    assert_eq!((other.status, other.code().as_str()), (409, "upload_complete"));
    let capture = json!({
        "kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "idempotency_key": "k",
        "components": [{"upload": upload["id"]}, {"name": "说明.txt", "text": "见录像"}],
    });
    let receipt = served.json("POST", "/api/v1/records", &capture);
    assert_eq!(receipt.status, 201, "{}", String::from_utf8_lossy(&receipt.body));
    let record = receipt.json();
    assert_eq!(record["components"][0]["sha256"], Digest::of(&content).to_hex());
    let replayed = served.json("POST", "/api/v1/records", &capture);
    assert_eq!((replayed.status, &replayed.json()["id"]), (200, &record["id"]));
    let mut second = capture;
    second["idempotency_key"] = json!("another");
    let refused = served.json("POST", "/api/v1/records", &second);
    assert_eq!((refused.status, refused.code().as_str()), (409, "upload_used"));
    let open = format!("/api/v1/records/{}/open", record["id"].as_str().unwrap());
    let read = served.json("POST", &open, &json!({"purpose": "核对"}));
    assert!(read.body == content && read.header("content-disposition").unwrap().contains("%E5%BD%95"));
    assert_eq!(served.get("/api/v1/uploads").json()["items"][0]["state"], "captured");
}

#[test]
fn what_is_not_what_was_announced_is_refused_and_leaves_nothing() {
    let served = served();
    let content = vec![3; 200_000];
    let upload = begin(&served, &content);
    let path = upload["content"].as_str().unwrap();
    let fine = digest(&content);
    for (told, sent, status, code) in [
        (digest(b"other").as_str(), content.as_slice(), 422, "digest_mismatch"),
        (fine.as_str(), &content[..100_000], 422, "length_mismatch"),
        (fine.as_str(), &[content.as_slice(), b"x"].concat(), 422, "length_mismatch"),
        ("sha-512=:AAAA:", content.as_slice(), 400, "bad_content_digest"),
        ("rubbish", content.as_slice(), 400, "bad_content_digest"),
    ] {
        let refused = put(&served, &upload, told, sent);
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{told}");
    }
    let without = served.local("PUT", path, &[], &content);
    assert_eq!((without.status, without.code().as_str()), (400, "bad_content_digest"));
    // Chunked, so that no length is announced: counted while it comes, cut, and too long.
    let bearer = format!("Bearer {}", served.token);
    let theirs = served.remote(
        "POST",
        "/api/v1/uploads",
        &[("authorization", &bearer), ("content-type", "application/json")],
        br#"{"name": "a.bin", "bytes": 10}"#,
    );
    let theirs = theirs.json();
    let chunked = |body: &[u8], told: &str| {
        let fields =
            [("authorization", bearer.as_str()), ("transfer-encoding", "chunked"), ("content-digest", told)];
        served.raw(&request("PUT", theirs["content"].as_str().unwrap(), &fields, None, body), "PUT").code()
    };
    assert_eq!(chunked(b"5\r\nhello\r\n0\r\n\r\n", &digest(b"hello")), "length_mismatch");
    assert_eq!(chunked(b"b\r\nhello world\r\n0\r\n\r\n", &digest(b"hello world")), "length_mismatch");
    cut_off(&served, path, &fine, &content);
    assert_eq!(payload_files(&served), 0);
    let shown = served.get(path.trim_end_matches("/content")).json();
    assert_eq!(shown["state"], "waiting");
    let capture = json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "components": [{"upload": upload["id"]}]});
    assert_eq!(served.json("POST", "/api/v1/records", &capture).code(), "upload_incomplete");
    // Nobody else's upload is there.
    let stranger =
        |method: &str, path: &str| served.remote(method, path, &[("authorization", &bearer)], b"").code();
    assert_eq!(stranger("GET", path.trim_end_matches("/content")), "not_found");
    assert_eq!(stranger("DELETE", path.trim_end_matches("/content")), "not_found");
    assert_eq!(served.local("DELETE", path.trim_end_matches("/content"), &[], b"").status, 204);
    assert_eq!(served.get(path.trim_end_matches("/content")).code(), "not_found");
}

/// Sends half of what was announced and hangs up.
fn cut_off(served: &Served, path: &str, digest: &str, content: &[u8]) {
    use std::io::{Read as _, Write as _};
    let mut stream = std::os::unix::net::UnixStream::connect(served.place.socket()).unwrap();
    let fields = [("content-digest", digest)];
    let half = &content[..content.len() / 2];
    stream.write_all(&request("PUT", path, &fields, Some(content.len()), half)).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 2"));
    // The upload can be sent again as soon as the service has noticed.
    let free = (0..500).any(|_| {
        std::thread::park_timeout(std::time::Duration::from_millis(10));
        payload_files(served) == 0
    });
    assert!(free, "an unfinished payload stays");
}

#[test]
fn an_announcement_is_checked_and_recognised_by_its_key() {
    let served = served();
    for (body, code) in [
        (json!({"name": "a.bin"}), "invalid_fields"),
        (json!({"name": "a.bin", "bytes": 0}), "invalid_fields"),
        (json!({"name": "a/b", "bytes": 1}), "invalid_fields"),
        (json!({"name": "a.bin", "bytes": 9_000_000_000_u64}), "invalid_fields"),
        (json!({"name": "a.bin", "bytes": 1, "sha256": "x"}), "invalid_fields"),
        (json!({"name": "a.bin", "bytes": 1, "size": 1}), "invalid_fields"),
    ] {
        assert_eq!(served.json("POST", "/api/v1/uploads", &body).code(), code, "{body}");
    }
    let begin = |bytes: u64| {
        let fields = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        let body = json!({"name": "a.bin", "bytes": bytes}).to_string();
        served.local("POST", "/api/v1/uploads", &fields, body.as_bytes())
    };
    let (first, again) = (begin(5), begin(5));
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(begin(6).code(), "idempotency_conflict");
}

#[test]
fn of_two_who_send_at_the_same_time_one_is_told_to_come_again() {
    use std::io::{Read as _, Write as _};
    let content = vec![5; 200_000];
    let fields = [("content-type", "application/octet-stream"), ("content-digest", &digest(&content))];
    // Who is received first is chance: whichever it is, the other is not. Tried until it is the slow one.
    let tries = (0..100).find_map(|_| {
        let served = served();
        let upload = begin(&served, &content);
        let path = upload["content"].as_str().unwrap().to_owned();
        let whole = request("PUT", &path, &fields, Some(content.len()), &content);
        let (most, last) = whole.split_at(whole.len() - 1);
        let mut slow = std::os::unix::net::UnixStream::connect(served.place.socket()).unwrap();
        slow.write_all(most).unwrap();
        let second = put(&served, &upload, &digest(b"another"), &vec![6; 200_000]);
        (second.status != 422).then(|| (served, upload, slow, last.to_vec(), second))
    });
    let (served, upload, mut slow, last, second) = tries.unwrap();
    assert_eq!((second.status, second.code().as_str()), (409, "upload_in_progress"));
    assert_eq!(second.header("retry-after"), Some("1"));
    slow.write_all(&last).unwrap();
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).unwrap();
    assert_eq!(Answer::read(&answer, "PUT").status, 200);
    let again = put(&served, &upload, &digest(&content), &content);
    assert_eq!((again.status, payload_files(&served)), (200, 1), "who comes again finds it done");
}
