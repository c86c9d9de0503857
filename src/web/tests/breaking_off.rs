//! What goes on for long ends when the person it is for has lost the right.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::harness::{Served, form, request, served};

/// More than lies in the buffers of the two ends of a connection.
const LONG: usize = 32 * 1024 * 1024;

fn bearer(served: &Served) -> String {
    format!("Bearer {}", served.token)
}

/// Takes back the token by which the archivist is served.
fn take_back(served: &Served) {
    let bearer = bearer(served);
    let fields = [("authorization", bearer.as_str())];
    let me = served.remote("GET", "/api/v1/me", &fields, b"").json();
    let user = me["id"].as_str().unwrap();
    let tokens = served.remote("GET", &format!("/api/v1/users/{user}/tokens"), &fields, b"").json();
    let token = tokens["items"][0]["id"].as_str().unwrap().to_owned();
    let gone = served.remote("DELETE", &format!("/api/v1/tokens/{token}"), &fields, b"");
    assert_eq!(gone.status, 204, "{}", String::from_utf8_lossy(&gone.body));
}

fn connected(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(served.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

#[test]
fn a_download_breaks_off_when_its_readers_token_is_taken_back() {
    let served = served();
    let bearer = bearer(&served);
    let record = json!({"kind": "ticket", "occurred": "2026-03-01"}).to_string();
    let long = vec![7; LONG];
    let (media_type, body) =
        form(&[("record", None, None, record.as_bytes()), ("file", Some("a.bin"), None, &long)]);
    let fields = [("authorization", bearer.as_str()), ("content-type", media_type.as_str())];
    let id =
        served.remote("POST", "/api/v1/records", &fields, &body).json()["id"].as_str().unwrap().to_owned();

    let mut stream = connected(&served);
    let purpose = json!({"purpose": "核对"}).to_string();
    let fields = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = format!("/api/v1/records/{id}/open");
    stream.write_all(&request("POST", &path, &fields, Some(purpose.len()), purpose.as_bytes())).unwrap();
    let mut piece = vec![0; 64 * 1024];
    let mut received = stream.read(&mut piece).unwrap();
    assert!(piece.starts_with(b"HTTP/1.1 200"));
    take_back(&served);
    // A connection that is cut may end with an error or with nothing: never with everything.
    while let Ok(count) = stream.read(&mut piece) {
        received += count;
        if count == 0 {
            break;
        }
    }
    assert!(received < LONG, "{received} bytes came after the token was taken back");
}

#[test]
fn what_is_sent_under_a_token_that_is_taken_back_meanwhile_is_not_captured() {
    let served = served();
    let bearer = bearer(&served);
    let record = json!({"kind": "ticket", "occurred": "2026-03-01"}).to_string();
    let long = vec![7; 1024 * 1024];
    let (media_type, body) =
        form(&[("record", None, None, record.as_bytes()), ("file", Some("a.bin"), None, &long)]);
    let fields = [("authorization", bearer.as_str()), ("content-type", media_type.as_str())];
    let whole = request("POST", "/api/v1/records", &fields, Some(body.len()), &body);
    let mut stream = connected(&served);
    let (first, rest) = whole.split_at(whole.len() / 2);
    stream.write_all(first).unwrap();
    take_back(&served);
    // The service may have closed by now.
    drop(stream.write_all(rest));
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    if !answer.is_empty() {
        assert!(answer.starts_with(b"HTTP/1.1 401"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(served.get("/api/v1/records").json()["items"].as_array().unwrap().len(), 0);
}
