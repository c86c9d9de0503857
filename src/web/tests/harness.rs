//! An archive in a temporary directory behind both doors, and a client that sends what it is told,
//! byte for byte.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::Value;

use crate::archive::Archive;
use crate::archive::Place;
use crate::archive::open::{Created, OpenOptions};
use crate::config::TlsFiles;
use crate::web::{Allowance, Listen, Patience, Reach, Running, SeatLimits, Service, Settings, start};

/// A served archive that goes away with the test.
pub struct Served {
    running: Option<Running>,
    _folder: tempfile::TempDir,
    pub place: Place,
    /// The archivist's API token that `init` made.
    pub token: String,
    /// The administrator's one-time password.
    pub password: String,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A new archive, served on its socket and on a free port of loopback.
pub fn served() -> Served {
    served_by(None)
}

/// The same, with other bounds for those who come.
pub fn served_within(seats: SeatLimits, allowance: Allowance) -> Served {
    served_as(None, seats, allowance)
}

/// The same, with TLS where files for it are given.
pub fn served_by(tls: Option<TlsFiles>) -> Served {
    served_as(tls, SeatLimits::default(), Allowance::default())
}

pub fn served_as(tls: Option<TlsFiles>, seats: SeatLimits, allowance: Allowance) -> Served {
    served_to(tls, (seats, Patience::default()), allowance)
}

/// The same, with another patience for those who do not read.
pub fn served_patiently(tls: Option<TlsFiles>, patience: Patience) -> Served {
    served_to(tls, (SeatLimits::default(), patience), Allowance::default())
}

fn served_to(
    tls: Option<TlsFiles>,
    (seats, patience): (SeatLimits, Patience),
    allowance: Allowance,
) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let Created { archive, archivist, administrator, .. } =
        Archive::create(&place, &OpenOptions::default()).unwrap();
    let listen = Listen {
        address: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        tls,
        behind_proxy: false,
        socket: place.socket(),
        seats,
        patience,
        workers: 1,
        on_signals: false,
    };
    let settings = Settings { allowance, ..Settings::default() };
    let reach =
        Reach { secure: listen.is_secure(), metrics: crate::web::count(), settings, judges_later: false };
    let running = start(Service::new(archive, reach), listen).unwrap();
    let text = |secret: crate::base::secret::SecretBytes| secret.expose_text().unwrap().to_owned();
    Served {
        running: Some(running),
        _folder: folder,
        place,
        token: text(archivist.1),
        password: text(administrator.1),
    }
}

impl Served {
    pub fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().address.unwrap()
    }

    /// Sends over the socket, as the local operator unless a field says otherwise.
    pub fn local(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
        let stream = UnixStream::connect(self.place.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        exchange(stream, &request(method, path, fields, Some(body.len()), body), method)
    }

    /// Sends over TCP, as nobody unless a field says otherwise.
    pub fn remote(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
        self.raw(&request(method, path, fields, Some(body.len()), body), method)
    }

    /// Sends these very bytes over TCP.
    pub fn raw(&self, bytes: &[u8], method: &str) -> Answer {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        exchange(stream, bytes, method)
    }

    /// Sends JSON over the socket as the local operator.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.local(method, path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// Tells the service to stop, and waits until it has.
    pub fn stop(&mut self) {
        self.running.take().unwrap().stop().unwrap();
    }

    pub fn get(&self, path: &str) -> Answer {
        self.local("GET", path, &[], b"")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().unwrap();
        }
    }
}

/// A request as bytes; `length` none for one without `Content-Length`.
pub fn request(
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
    length: Option<usize>,
    body: &[u8],
) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    if let Some(length) = length {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    for (name, value) in fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

fn exchange(mut stream: impl Read + Write, bytes: &[u8], method: &str) -> Answer {
    // A server that has heard enough may close before everything is sent: its answer counts.
    let sent = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error) => {
                assert!(!answer.is_empty(), "no answer: {error}; sent: {sent:?}");
                break;
            }
        }
    }
    Answer::read(&answer, method)
}

impl Answer {
    pub fn read(bytes: &[u8], method: &str) -> Self {
        let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = std::str::from_utf8(&bytes[..split]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Self { status, headers, body: bytes[split + 4..].to_vec() };
        if status == 100 {
            return Self::read(&answer.body, method);
        }
        if answer.header("transfer-encoding") == Some("chunked") && method != "HEAD" {
            answer.body = unchunk(&answer.body);
        }
        answer
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The stable code of a problem document, after checking that it is one.
    #[track_caller]
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "status {}", self.status);
        let document = self.json();
        assert_eq!(document["status"], self.status);
        document["code"].as_str().unwrap().to_owned()
    }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}

/// A part of a form: name, file name, media type, content.
pub type FormPart<'a> = (&'a str, Option<&'a str>, Option<&'a str>, &'a [u8]);

/// A form's media type and body.
pub fn form(parts: &[FormPart<'_>]) -> (String, Vec<u8>) {
    let boundary = "----muniment-test-boundary";
    let mut body = Vec::new();
    for (name, file, media_type, content) in parts {
        body.extend_from_slice(
            format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"").as_bytes(),
        );
        if let Some(file) = file {
            body.extend_from_slice(format!("; filename=\"{file}\"").as_bytes());
        }
        body.extend_from_slice(b"\r\n");
        if let Some(media_type) = media_type {
            body.extend_from_slice(format!("content-type: {media_type}\r\n").as_bytes());
        }
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
