//! Many at the door, and slow ones: the service keeps answering those who have business.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::harness::{Answer, Served, request, served, served_as, served_by, served_within};
use crate::web::{Allowance, SeatLimits};

const JSON: (&str, &str) = ("content-type", "application/json");
/// Strangers who hold their connections.
const CROWD: usize = 500;
/// What an answer may take while they do: far more than it takes, far less than any time-out.
const SOON: Duration = Duration::from_secs(8);

/// Sends what begins a request and leaves it at that.
fn hold(served: &Served, start: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(served.address()).unwrap();
    stream.write_all(start).unwrap();
    stream
}

#[track_caller]
fn answers_soon(served: &Served) {
    for path in ["/healthz", "/readyz"] {
        let began = Instant::now();
        assert_eq!(served.remote("GET", path, &[], b"").status, 200, "{path}");
        assert_eq!(served.get(path).status, 200, "{path} at the socket");
        assert!(began.elapsed() < SOON, "{path}: {:?}", began.elapsed());
    }
    let began = Instant::now();
    let body =
        json!({"kind": "ticket", "occurred": "2026-03-01", "components": [{"name": "a.txt", "text": "x"}]});
    assert_eq!(served.json("POST", "/api/v1/records", &body).status, 201);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn half_sent_heads_keep_nobody_else_waiting() {
    let served = served();
    let crowd: Vec<TcpStream> =
        (0..CROWD).map(|_| hold(&served, b"GET /healthz HTTP/1.1\r\nhost: x\r\n")).collect();
    answers_soon(&served);
    drop(crowd);
}

#[test]
fn silence_where_tls_is_to_be_agreed_on_keeps_the_socket_from_nothing() {
    let served = served_by(Some(super::serving::tls_files()));
    let crowd: Vec<TcpStream> = (0..CROWD).map(|_| TcpStream::connect(served.address()).unwrap()).collect();
    let began = Instant::now();
    assert_eq!(served.get("/healthz").status, 200);
    assert_eq!(served.get("/readyz").status, 200);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    drop(crowd);
}

#[test]
fn a_false_token_is_refused_before_the_body_and_loses_its_connection() {
    let served = served();
    let began = Instant::now();
    let crowd: Vec<TcpStream> = (0..CROWD)
        .map(|number| {
            let path =
                ["/api/v1/records", "/api/v1/entries", "/api/v1/feeds/preview", "/api/v1/search"][number % 4];
            let kind =
                if number % 4 == 1 || number % 4 == 2 { "multipart/form-data; boundary=b" } else { JSON.1 };
            let fields = [("content-type", kind), ("authorization", "Bearer mun_t_x")];
            let length = (number % 2 == 0).then_some(1_000);
            let fields: Vec<(&str, &str)> = match length {
                Some(_) => fields.to_vec(),
                None => [&fields[..], &[("transfer-encoding", "chunked")]].concat(),
            };
            let head = request("POST", path, &fields, length, b"");
            // Not `connection: close`: that it is closed is the service's doing.
            let head = String::from_utf8(head).unwrap().replace("connection: close\r\n", "");
            hold(&served, head.as_bytes())
        })
        .collect();
    answers_soon(&served);
    for mut stream in crowd {
        stream.set_read_timeout(Some(SOON)).unwrap();
        let mut heard = Vec::new();
        // Until the end of the connection: an answer alone is not enough.
        match stream.read_to_end(&mut heard) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&heard)),
        }
        let answer = Answer::read(&heard, "POST");
        assert_eq!((answer.status, answer.code().as_str()), (401, "token_invalid"));
        assert_eq!(answer.header("connection"), Some("close"));
    }
    // Twice a body's longest time, for five hundred of them on a busy machine.
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
}

#[test]
fn more_connections_than_are_let_in_are_closed_and_the_socket_answers() {
    let seats = SeatLimits { all: 64, each: None };
    let served = served_within(seats, Allowance::default());
    let crowd: Vec<TcpStream> = (0..200).map(|_| hold(&served, b"GET / HTTP/1.1\r\n")).collect();
    assert_eq!(served.get("/healthz").status, 200);
    let closed = crowd.iter().filter(|stream| {
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        match (&mut &**stream).read(&mut [0; 16]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    });
    assert_eq!(closed.count(), 200 - 64);
    drop(crowd);
    let began = Instant::now();
    while TcpStream::connect(served.address()).is_ok_and(|mut stream| {
        let sent = stream.write_all(&request("GET", "/healthz", &[], Some(0), b""));
        let mut heard = Vec::new();
        sent.and_then(|()| stream.read_to_end(&mut heard)).is_err() || heard.is_empty()
    }) {
        assert!(began.elapsed() < SOON, "seats that were given up are free again");
    }
}

#[test]
fn where_every_seat_is_held_by_somebody_silent_an_honest_client_gets_in() {
    let served = served_within(SeatLimits { all: 64, each: None }, Allowance::default());
    let starts: [&[u8]; 4] = [
        b"",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\n",
        // Rests after an answer.
        b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        // A stranger who never sends the log-in that he announced.
        b"POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{",
    ];
    let mut crowd: Vec<TcpStream> = Vec::new();
    for round in 0..3 {
        crowd.extend((0..100).map(|number| hold(&served, starts[number % 4])));
        let began = Instant::now();
        for _ in 0..3 {
            assert_eq!(served.remote("GET", "/readyz", &[], b"").status, 200, "round {round}");
        }
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    }
}

#[test]
fn strangers_who_never_read_their_answers_keep_nobody_out() {
    let served = served_within(SeatLimits { all: 64, each: None }, Allowance::default());
    // More than the buffers of both sides hold.
    let asked = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(80);
    let _crowd: Vec<TcpStream> = (0..96).map(|_| hold(&served, &asked)).collect();
    let began = Instant::now();
    for _ in 0..3 {
        assert_eq!(served.remote("GET", "/healthz", &[], b"").status, 200);
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn under_tls_too_the_silent_give_way() {
    use super::serving::{by_tls, tls_files};
    let served = served_as(Some(tls_files()), SeatLimits { all: 64, each: None }, Allowance::default());
    let crowd: Vec<_> = (0..80).map(|_| by_tls(&served)).collect();
    let mut honest = by_tls(&served);
    honest.write_all(&request("GET", "/healthz", &[], Some(0), b"")).unwrap();
    let mut heard = Vec::new();
    if let Err(error) = honest.read_to_end(&mut heard) {
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
    assert_eq!(Answer::read(&heard, "GET").status, 200);
    let closed = crowd.iter().filter(|stream| {
        stream.sock.set_nonblocking(true).unwrap();
        let mut whole = Vec::new();
        match (&stream.sock).read_to_end(&mut whole) {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    });
    assert_eq!(closed.count(), 80 + 1 - 64, "the longest silent ones");
}

#[test]
fn one_person_who_sends_too_much_is_told_when_to_come_again() {
    let served = served_within(SeatLimits::default(), Allowance { per_minute: 3, at_once: 0 });
    let ask = || {
        let bearer = format!("Bearer {}", served.token);
        served.remote("GET", "/api/v1/me", &[("authorization", &bearer)], b"")
    };
    let answers: Vec<Answer> = (0..6).map(|_| ask()).collect();
    assert_eq!(answers[0].status, 200);
    let told = answers.last().unwrap();
    assert_eq!((told.status, told.code().as_str()), (429, "rate_limited"));
    assert!(told.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    assert_eq!(served.get("/api/v1/me").status, 200, "the local operator is not counted");
    assert_eq!(served.remote("GET", "/healthz", &[], b"").status, 200);
}
