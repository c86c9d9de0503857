//! The load: clients that keep their connections and send ready-made requests one after the other.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::Malfunction;

/// Time after which a request that is not answered counts as a malfunction.
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes of an answer that are read at most.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Sends each list of requests over a connection of its own, all at the same time; every answer must
/// be a 201. How long it took by the clock.
pub fn run(address: SocketAddr, clients: &[Vec<Vec<u8>>]) -> Result<Duration, Malfunction> {
    let connections: Result<Vec<Client>, Malfunction> =
        clients.iter().map(|_| Client::connect(address)).collect();
    let started = Instant::now();
    let sent: Vec<Result<(), Malfunction>> = std::thread::scope(|scope| {
        let threads: Vec<_> = connections?
            .into_iter()
            .zip(clients)
            .map(|(mut client, requests)| {
                scope.spawn(move || requests.iter().try_for_each(|request| client.send(request)))
            })
            .collect();
        let lost = |_| Err(Malfunction::wrong("send a request", "a client panicked"));
        Ok(threads.into_iter().map(|thread| thread.join().unwrap_or_else(lost)).collect::<Vec<_>>())
    })?;
    sent.into_iter().collect::<Result<(), _>>()?;
    Ok(started.elapsed())
}

/// One connection.
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr) -> Result<Self, Malfunction> {
        let stream = TcpStream::connect(address).map_err(Malfunction::system("connect to the server"))?;
        stream.set_nodelay(true).map_err(Malfunction::system("connect to the server"))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(Malfunction::system("connect to the server"))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a request that is ready, and reads its answer.
    pub fn send(&mut self, request: &[u8]) -> Result<(), Malfunction> {
        self.write(request)?;
        self.expect_created()
    }

    /// Sends a part of a request.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Malfunction> {
        self.stream.get_mut().write_all(bytes).map_err(Malfunction::system("send a request"))
    }

    /// Reads an answer, which must be a 201.
    pub fn expect_created(&mut self) -> Result<(), Malfunction> {
        let mut head = String::new();
        let mut length = 0;
        loop {
            let start = head.len();
            let count = self.stream.read_line(&mut head).map_err(Malfunction::system("read an answer"))?;
            let line = head.get(start..).unwrap_or_default().trim_end();
            if count == 0 || line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = Vec::new();
        let taken = self.stream.by_ref().take(length.min(ANSWER_BYTES_MAX)).read_to_end(&mut body);
        taken.map_err(Malfunction::system("read an answer"))?;
        if head.starts_with("HTTP/1.1 201 ") {
            Ok(())
        } else {
            let first = head.lines().next().unwrap_or_default();
            Err(Malfunction::wrong("send a request", format!("{first} {}", String::from_utf8_lossy(&body))))
        }
    }
}

/// The boundary of forms.
const BOUNDARY: &str = "muniment-bench-4f1d7c02";

/// A form with a part `record` and one file, without the file's bytes: what stands before and behind them.
pub struct Form {
    pub before: Vec<u8>,
    pub behind: Vec<u8>,
}

impl Form {
    /// A request of `path` with the bearer's `token`; the file is of so many bytes.
    pub fn new(path: &str, token: &str, record: &str, file: (&str, &str), bytes: u64) -> Self {
        let (field, name) = file;
        let start = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"record\"\r\n\r\n{record}\r\n\
             --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
        );
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let length = start.len() as u64 + bytes + end.len() as u64;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: multipart/form-data; boundary={BOUNDARY}\r\ncontent-length: {length}\r\n\r\n"
        );
        Self { before: [head, start].concat().into_bytes(), behind: end.into_bytes() }
    }

    /// The whole request.
    pub fn with(&self, content: &[u8]) -> Vec<u8> {
        [&self.before, content, &self.behind].concat()
    }
}
