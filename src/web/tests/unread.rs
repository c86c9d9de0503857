//! Answers that were ordered and are not read: what they hold is given back.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::harness::{Answer, Served, form, request, served, served_patiently};
use super::serving::{by_tls, tls_files};
use crate::web::Patience;

/// More than lies in the buffers of the two ends of a connection.
const LONG: usize = 16 * 1024 * 1024;
/// Downloads that one person may have.
const DOWNLOADS: usize = 16;
/// Far more than it takes until unread answers are noticed, far less than any other time-out.
const SOON: Duration = Duration::from_secs(40);
/// Nobody is closed for it.
const ENDLESS: Duration = Duration::from_secs(1 << 20);

/// Captures a long file, by a connection of its own.
fn captured(served: &Served, mut stream: impl Read + Write) -> String {
    let record = json!({"kind": "ticket", "occurred": "2026-03-01"}).to_string();
    let long = vec![7; LONG];
    let (media_type, body) =
        form(&[("record", None, None, record.as_bytes()), ("file", Some("a.bin"), None, &long)]);
    let bearer = format!("Bearer {}", served.token);
    let fields = [("authorization", bearer.as_str()), ("content-type", media_type.as_str())];
    stream.write_all(&request("POST", "/api/v1/records", &fields, Some(body.len()), &body)).unwrap();
    let mut answer = Vec::new();
    // A server may close TLS without a farewell once everything is said.
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
    Answer::read(&answer, "POST").json()["id"].as_str().unwrap().to_owned()
}

/// A request that opens it over TCP.
fn opening(served: &Served, id: &str) -> Vec<u8> {
    let bearer = format!("Bearer {}", served.token);
    let purpose = json!({"purpose": "核对"}).to_string();
    let fields = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = format!("/api/v1/records/{id}/open");
    request("POST", &path, &fields, Some(purpose.len()), purpose.as_bytes())
}

fn connected(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(served.address()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

/// Begins a download, reads its first bytes, and gives the status.
fn begin(stream: &mut (impl Read + Write), opening: &[u8]) -> String {
    stream.write_all(opening).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    String::from_utf8_lossy(&first[9..]).into_owned()
}

/// How many bytes come until the connection ends.
fn rest(mut stream: impl Read) -> usize {
    let (mut piece, mut whole) = (vec![0; 64 * 1024], 0);
    while let Ok(count) = stream.read(&mut piece) {
        whole += count;
        if count == 0 {
            break;
        }
    }
    whole
}

/// Orders as many downloads as one person may have, reads none of them, and waits for another to be let in.
fn all_places_come_back<S: Read + Write>(served: &Served, connect: impl Fn() -> S) {
    let id = captured(served, connect());
    let opening = opening(served, &id);
    let mut unread: Vec<S> = (0..DOWNLOADS).map(|_| connect()).collect();
    for stream in &mut unread {
        assert_eq!(begin(stream, &opening), "200");
    }
    let began = Instant::now();
    while begin(&mut connect(), &opening) == "429" {
        assert!(began.elapsed() < SOON, "unread downloads hold their places for ever");
    }
    let read = format!("/api/v1/records/{id}/custody");
    let entries = served.get(&read).json();
    let opened = entries["entries"].as_array().unwrap().iter();
    let opened = opened.filter(|entry| entry["kind"] == "original_read").count();
    assert!(opened > DOWNLOADS, "that they were read stays entered: {opened}");
}

#[test]
fn who_takes_nothing_of_what_he_ordered_gives_its_places_back() {
    let patience = Patience { still: Duration::from_secs(2), grace: ENDLESS, pace_bytes: 1 };
    let served = served_patiently(None, patience);
    all_places_come_back(&served, || connected(&served));
}

#[test]
fn under_tls_too_who_takes_nothing_gives_back_what_he_holds() {
    let patience = Patience { still: Duration::from_secs(2), grace: ENDLESS, pace_bytes: 1 };
    let served = served_patiently(Some(tls_files()), patience);
    all_places_come_back(&served, || by_tls(&served));
}

#[test]
fn who_takes_too_little_loses_the_connection_and_nobody_else_does() {
    let patience = Patience { still: ENDLESS, grace: Duration::from_secs(1), pace_bytes: 1 << 40 };
    let served = served_patiently(None, patience);
    let id = captured(&served, connected(&served));
    let mut slow = connected(&served);
    assert_eq!(begin(&mut slow, &opening(&served, &id)), "200");
    let mut resting = connected(&served);
    resting.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    // The connection is ended from the other side before everything was read.
    let began = Instant::now();
    while slow.take_error().unwrap().is_none() && slow.write_all(b"\r\n").is_ok() {
        assert!(began.elapsed() < SOON, "an answer that is not taken is held for ever");
        assert_eq!(served.get("/healthz").status, 200);
    }
    assert!(rest(slow) < LONG);
    resting.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut heard = String::new();
    resting.read_to_string(&mut heard).unwrap();
    assert_eq!(heard.matches("HTTP/1.1 200").count(), 2, "who has read his answers stays: {heard}");
}

#[test]
fn who_reads_on_hears_everything() {
    let served = served();
    let id = captured(&served, connected(&served));
    let mut stream = connected(&served);
    assert_eq!(begin(&mut stream, &opening(&served, &id)), "200");
    assert!(rest(stream) >= LONG);
}
