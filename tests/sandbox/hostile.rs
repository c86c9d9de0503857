//! What a document could make a parser do, if it had a fault.

use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, ExitCode};

use muniment::document::protocol::{Answer, Head, Request, Review, Task, lead};
use muniment::document::{Extracted, Source, extract};
use muniment::sandbox::{Bounds, Program, read_with, serve as serve_document};

type Told = Answer<(Extracted, Vec<Review>)>;

/// A worker that misbehaves once it has a document.
pub fn serve(how: &str) -> ExitCode {
    let bounds = match how {
        "work" => Bounds { cpu_seconds: 1, ..Bounds::default() },
        _ => Bounds::default(),
    };
    serve_document(bounds, |request, content| misbehave(how, request, content))
}

/// A service that waits for a worker that does not end.
pub fn supervise(how: &str) -> ExitCode {
    let read = read_with(&worker(how), &request(), b"document", |_| Ok(()));
    if read.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The program that misbehaves in this way.
pub fn worker(how: &str) -> Program {
    let own = std::env::current_exe().unwrap();
    Program::at(own, vec!["misbehave".to_owned(), how.to_owned()]).within_seconds(20)
}

pub fn request() -> Request {
    Request::new(Task::Text { parts: true, lenient: false }, Some("a.csv"), None)
}

/// A text for an answer.
fn say(text: &str) -> Told {
    let source = Source { bytes: text.as_bytes(), name: None, media_type: None };
    Answer::Read((extract(source).unwrap(), Vec::new()))
}

/// What the attempt came to, if it did not end the process.
fn outcome<T>(tried: std::io::Result<T>) -> Told {
    say(if tried.is_ok() { "it was let through" } else { "it failed" })
}

fn raw(bytes: &[u8]) {
    let mut out = std::io::stdout();
    out.write_all(bytes).and_then(|()| out.flush()).unwrap();
}

fn misbehave(how: &str, request: &Request, content: &[u8]) -> Told {
    match how {
        "nothing" => muniment::document::read(request, content),
        "environment" => say(&format!("variables: {}", std::env::vars_os().count())),
        "read a file" => outcome(std::fs::read("/etc/hostname")),
        "list a folder" => outcome(std::fs::read_dir("/")),
        "write a file" => outcome(std::fs::write("/tmp/muniment-escaped", content)),
        "connect" => outcome(std::net::TcpStream::connect("127.0.0.1:9")),
        "listen" => outcome(std::net::TcpListener::bind("127.0.0.1:0")),
        "local socket" => outcome(std::os::unix::net::UnixStream::connect("/run/dbus/system_bus_socket")),
        "start a program" => outcome(Command::new("/bin/true").spawn()),
        "start a thread" => outcome(std::thread::Builder::new().spawn(|| {})),
        "signal its parent" => outcome(signal_parent()),
        "take 2 GiB at once" => say(&black_box(Vec::<u8>::with_capacity(2 << 30)).len().to_string()),
        "take memory without end" => {
            let mut taken: Vec<Vec<u8>> = Vec::new();
            loop {
                taken.push(black_box(vec![1; 16 << 20]));
            }
        }
        "recurse without end" => say(&deep(1).to_string()),
        "spin" | "work" => loop {
            black_box(how);
        },
        "answer without end" => {
            let frame = lead(&Head::Progress { done: 1, of: 0 }, 0).unwrap().repeat(1_000);
            loop {
                raw(&frame);
            }
        }
        "answer nonsense" => {
            raw(b"<html>not an answer at all</html>");
            loop {
                black_box(how);
            }
        }
        "announce too much" => {
            raw(&u32::MAX.to_be_bytes());
            raw(&u32::MAX.to_be_bytes());
            loop {
                black_box(how);
            }
        }
        "say hello twice" => {
            raw(&lead(
                &Head::Hello { protocol: 1, layers: muniment::document::protocol::Layers::default() },
                0,
            )
            .unwrap());
            say("text")
        }
        "go on after the end" => {
            let mut out = std::io::stdout();
            let told = say("text");
            muniment::document::protocol::write_answer(&mut out, &told, false).unwrap();
            told
        }
        "answer half" => {
            raw(&lead(&Head::Text {}, 8).unwrap()[..5]);
            std::process::exit(0)
        }
        "say nothing" => std::process::exit(0),
        "end with a code" => std::process::exit(7),
        "answer and end badly" => {
            let mut out = std::io::stdout();
            muniment::document::protocol::write_answer(&mut out, &say("text"), false).unwrap();
            std::process::exit(3)
        }
        "panic" => panic!("{}", String::from_utf8_lossy(content)),
        other => panic!("{other}"),
    }
}

fn signal_parent() -> std::io::Result<()> {
    let parent = rustix::process::getppid().unwrap();
    Ok(rustix::process::kill_process(parent, rustix::process::Signal::TERM)?)
}

/// Deeper than any stack.
#[allow(unconditional_recursion, reason = "this is what is tried")]
fn deep(level: u64) -> u64 {
    let here = black_box([level; 128]);
    deep(level + 1) + black_box(here[0])
}
