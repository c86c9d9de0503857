//! Few open files: what is begun under such a limit says so, and a crowd at the door takes none of those with
//! which captures are written.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::machine::{Machine, stderr};

/// The binary under a limit of open files that it cannot raise.
fn allowed(files: u64) -> Vec<String> {
    let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
    ["sh", "-c", &script].map(str::to_owned).to_vec()
}

#[test]
fn a_process_that_may_open_few_files_says_how_many_it_needs_and_how_to_allow_more() {
    let machine = Machine::empty();
    let output = machine.run_under(&allowed(64), &["init"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.starts_with("too_few_files: This process may have 64 files open at once"), "{said}");
    assert!(said.contains("ulimit -n 256") && said.contains("LimitNOFILE="), "{said}");
    assert!(!machine.data().exists(), "nothing was begun");
    let output = machine.run_under(&allowed(64), &["serve"]);
    assert!(stderr(&output).contains("ulimit -n 640"), "{}", stderr(&output));
    machine.fine(&["init"]);
    assert_eq!(machine.run_under(&allowed(256), &["list"]).status.code(), Some(0));
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let output = machine.run_under(&allowed(256), &serve);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("ulimit -n 640"), "{}", stderr(&output));
    // A limit that may be raised is raised.
    let soft = ["sh", "-c", "ulimit -Sn 64 && exec \"$0\" \"$@\""].map(str::to_owned);
    assert_eq!(machine.run_under(&soft, &["verify"]).status.code(), Some(0));
    machine.serve_under(&soft, &[]).stop();
}

#[test]
fn a_crowd_at_a_service_that_may_open_few_files_costs_no_capture() {
    let machine = Machine::empty();
    let made = machine.fine(&["init", "--json"]);
    let made: Value = serde_json::from_str(&made[0]).unwrap();
    let token = made["archivist"]["token"].as_str().unwrap();
    let serving = machine.serve_under(&allowed(640), &[]);
    let address = serving.address.clone().unwrap();
    let mut crowd = Vec::new();
    let mut acknowledged = 0;
    for _ in 0..20 {
        // More than ten times as many as have seats.
        for _ in 0..40 {
            let mut stream = TcpStream::connect(&address).unwrap();
            // The service may have closed it by now.
            drop(stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n"));
            crowd.push(stream);
        }
        // Larger than what is kept in memory: it takes a file.
        let text = "x".repeat(100_000);
        let body = format!(
            r#"{{"kind":"ticket","occurred":"2026-03-01","components":[{{"name":"a.txt","text":"{text}"}}]}}"#
        );
        let head = format!(
            "POST /api/v1/records HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        acknowledged += 1;
    }
    drop(crowd);
    serving.stop();
    let report = machine.assert_sound("after the crowd");
    assert_eq!((report["records"].as_u64(), report["orphans"].as_u64()), (Some(acknowledged), Some(0)));
}
