//! Captures over HTTP as any client would send them, byte by byte: the tests need no program for it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Far longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(120);
const BOUNDARY: &str = "a-boundary-that-no-file-holds";

/// A file of a form.
pub struct FilePart<'a> {
    pub name: &'a str,
    pub media_type: &'a str,
    pub content: &'a [u8],
}

/// Sends the form that captures a record; status and answer.
pub fn capture(address: &str, fields: &[(&str, &str)], record: &str, file: &FilePart<'_>) -> (u16, Value) {
    try_capture(address, fields, record, file).expect("the service answers")
}

/// The same; nothing if the service ends before it has answered.
pub fn try_capture(
    address: &str,
    fields: &[(&str, &str)],
    record: &str,
    file: &FilePart<'_>,
) -> Option<(u16, Value)> {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"record\"\r\nContent-Type: application/json\r\n\r\n\
         {record}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         Content-Type: {}\r\n\r\n",
        file.name, file.media_type
    )
    .into_bytes();
    body.extend_from_slice(file.content);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let mut head = format!(
        "POST /api/v1/records HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n",
        body.len()
    );
    for (name, value) in fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).expect("a time can be set");
    // A refusal may come before all of it is sent: what counts is the answer.
    let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    drop((sent, read));
    let (status, text) = parsed(&answer)?;
    Some((status, serde_json::from_slice(&text).unwrap_or_else(|_| panic!("{status}: {text:?}"))))
}

/// Status and body of an answer after which the connection is closed.
fn parsed(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?.to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = answer.get(end + 4..)?;
    if !head.contains("transfer-encoding: chunked") {
        return Some((status, body.to_vec()));
    }
    let (mut whole, mut rest) = (Vec::new(), body);
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(rest.get(..line)?).ok()?, 16).ok()?;
        if length == 0 {
            return Some((status, whole));
        }
        whole.extend_from_slice(rest.get(line + 2..line + 2 + length)?);
        rest = rest.get(line + 4 + length..)?;
    }
}
