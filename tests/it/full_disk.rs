//! A full disk: the request is refused with 507 and a document that says how to go on, nothing is left
//! of it, and the running server goes on once there is room again.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::http::{self, FilePart};
use crate::machine::{Machine, Serving};

/// A small file system that is unmounted with the test.
struct Small<'m>(&'m Path);

impl<'m> Small<'m> {
    /// Mounts it, or says why it cannot; with `MUNIMENT_REQUIRE_MOUNT` that is a failure.
    #[allow(
        clippy::disallowed_methods,
        reason = "tests are told by the environment what must not be skipped"
    )]
    fn mount(at: &'m Path, megabytes: u32) -> Option<Self> {
        use std::io::Write as _;
        fs::create_dir_all(at).unwrap();
        let options = format!("size={megabytes}m,mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        if mounted.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        assert!(
            std::env::var_os("MUNIMENT_REQUIRE_MOUNT").is_none(),
            "MUNIMENT_REQUIRE_MOUNT is set, but no file system can be mounted: {mounted:?}"
        );
        drop(writeln!(std::io::stderr(), "no full disk: this account may not mount a file system"));
        None
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0).output());
    }
}

/// Fills what is left, and gives the file that does.
fn fill(machine: &Machine) -> std::path::PathBuf {
    use std::io::Write as _;
    let path = machine.data().join("filler");
    let mut file = fs::File::create(&path).unwrap();
    for size in [64 * 1024, 4096, 1] {
        let block = vec![0; size];
        while file.write_all(&block).is_ok() {}
    }
    path
}

fn capture(serving: &Serving, token: &str, content: &Path) -> (u16, Value) {
    let request = r#"{"kind":"ticket","case":"SC-1","occurred":"2026-03-01","title":"断网",
        "components":[{"name":"a.bin"}]}"#;
    let content = fs::read(content).unwrap();
    let file = FilePart { name: "a.bin", media_type: "application/octet-stream", content: &content };
    let token = format!("Bearer {token}");
    http::capture(serving.address.as_deref().unwrap(), &[("Authorization", &token)], request, &file)
}

#[test]
fn a_full_disk_is_a_refusal_and_the_service_recovers_without_a_restart() {
    let machine = Machine::empty();
    let data = machine.data();
    let Some(_small) = Small::mount(&data, 24) else { return };
    let made = machine.fine(&["init", "--json"]);
    let made: Value = serde_json::from_str(&made[0]).unwrap();
    let token = made["archivist"]["token"].as_str().unwrap().to_owned();
    let (short, long, longest) = (machine.path("short"), machine.path("long"), machine.path("longest"));
    fs::write(&short, b"short").unwrap();
    fs::write(&long, vec![7; 2_000_000]).unwrap();
    fs::write(&longest, vec![7; 6_000_000]).unwrap();
    let serving = machine.serve_under(&[], &[]);
    let mut acknowledged = 0;
    let mut take = |content: &Path| {
        let (status, answer) = capture(&serving, &token, content);
        acknowledged += u64::from(status == 201);
        (status, answer)
    };
    assert_eq!(take(&short).0, 201);
    assert_eq!(take(&long).0, 201);

    let filler = fill(&machine);
    let blobs = |machine: &Machine| {
        machine.files().into_iter().filter(|path| path.starts_with(machine.data().join("blobs"))).count()
    };
    let files = blobs(&machine);
    let (status, problem) = take(&long);
    assert_eq!((status, problem["code"].as_str()), (507, Some("storage_full")), "{problem:#}");
    assert!(problem["detail"].is_string() && problem["remedy"].is_string(), "{problem:#}");
    assert_eq!(blobs(&machine), files, "something was left of what was refused");
    // Room for the part of a long file that goes through the page cache, and not for what goes past it.
    let room = fs::File::options().write(true).open(&filler).unwrap();
    room.set_len(room.metadata().unwrap().len() - 5_000_000).unwrap();
    drop(room);
    let (status, problem) = take(&longest);
    assert_eq!((status, problem["code"].as_str()), (507, Some("storage_full")), "{problem:#}");
    assert_eq!(blobs(&machine), files, "something was left of what was cut off");
    let filler = fill(&machine);
    // Small records still find room in the write-ahead log for a while, and then none.
    let mut refused = None;
    for _ in 0..3_000 {
        let (status, answer) = take(&short);
        if status != 201 {
            refused = Some((status, answer));
            break;
        }
    }
    let (status, problem) = refused.expect("a full disk refuses in the end");
    assert_eq!((status, problem["code"].as_str()), (507, Some("storage_full")), "{problem:#}");
    fs::remove_file(filler).unwrap();
    // No restart: there is room again, and that is all.
    assert_eq!(take(&long).0, 201);
    serving.stop();

    // Nobody serves, and the command finds the disk full before it has opened anything.
    let filler = fill(&machine);
    for command in [&["capture", "--case", "SC-1"][..], &["list"], &["verify"]] {
        let mut command = command.to_vec();
        if command[0] == "capture" {
            command.extend([short.to_str().unwrap(), "--kind", "ticket", "--occurred", "2026-03-01"]);
        }
        let refused = machine.run(&command);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains("storage_full"), "{command:?}: {said}");
    }
    fs::remove_file(filler).unwrap();
    let serving = machine.serve_under(&[], &[]);
    let mut take = |content: &Path| {
        let (status, answer) = capture(&serving, &token, content);
        acknowledged += u64::from(status == 201);
        (status, answer)
    };
    assert_eq!(take(&short).0, 201);
    serving.stop();
    let report = machine.assert_sound("after the disk was full");
    assert_eq!(report["records"].as_u64(), Some(acknowledged), "what was refused left a record");
    assert_eq!(report["orphans"], 0);
}
