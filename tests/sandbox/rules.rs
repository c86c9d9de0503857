//! The rules.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use muniment::document::Refused;
use muniment::document::protocol::{Fault, Layers, ReadDocument};
use muniment::sandbox::{Crash, Demand, Documents, Refusal, Tenant, read_with};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use super::hostile::{request, worker};
use super::system;

pub const ALL: &[(&str, fn())] = &[
    ("a_document_is_read_with_the_places_of_its_parts", a_document_is_read),
    ("this_machine_gives_the_whole_sandbox", the_whole_sandbox),
    ("nothing_is_sent_to_a_process_that_has_not_given_up_enough", nothing_is_sent),
    ("whatever_reaches_out_ends_the_process", whatever_reaches_out),
    ("memory_and_stack_have_an_end", memory_has_an_end),
    ("time_and_work_have_an_end", time_has_an_end),
    ("an_answer_has_an_end_and_an_order", an_answer_has_an_order),
    ("a_process_that_fails_is_told_as_that", a_process_that_fails),
    ("the_process_sees_no_environment_and_no_descriptor", the_process_sees_nothing),
    ("the_process_ends_with_whoever_started_it", ends_with_parent),
    ("two_hundred_documents_leave_nothing_behind", two_hundred_documents),
    ("small_documents_are_read_while_large_ones_are", small_beside_large),
];

fn try_it(how: &str) -> Result<ReadDocument, Refusal> {
    read_with(&worker(how), &request(), "姓名,手机\n张伟,1\n".as_bytes(), |_| Ok(()))
}

fn refused(how: &str) -> Refusal {
    match try_it(how) {
        Err(refusal) => refusal,
        Ok(document) => panic!("{how}: {}", document.text()),
    }
}

fn layers() -> Layers {
    match Documents::new(worker("nothing"), Demand::Weaker, None).check() {
        Ok(layers) => layers,
        Err(refusal) => panic!("{refusal}"),
    }
}

fn a_document_is_read() {
    let document = try_it("nothing").unwrap();
    let parts: Vec<_> = document.parts().collect();
    assert_eq!(document.text(), "姓名\t手机\n张伟\t1\n");
    let last = parts.last().unwrap();
    assert_eq!((last.place, last.label, last.role.as_str()), ("row 2 col 手机", Some("手机"), "text"));
    assert_eq!(document.text().get(last.bytes.clone()), Some("1"));
    let pdf = read_with(&worker("nothing"), &request(), b"%PDF-1.7\n", |_| Ok(()));
    assert!(matches!(pdf, Err(Refusal::Document(Refused::Damaged { .. }))), "{pdf:?}");
    let picture = read_with(&worker("nothing"), &request(), b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", |_| Ok(()));
    assert!(matches!(picture, Err(Refusal::Document(Refused::OtherFormat { .. }))), "{picture:?}");
    let long = "long,".repeat(3 << 20);
    let read = read_with(&worker("nothing"), &request(), long.as_bytes(), |_| Ok(())).unwrap();
    assert_eq!(read.parts().count(), 3 << 20);
}

/// A machine without these is told by `readyz`; here it must not pass for one that has them.
#[allow(clippy::disallowed_methods, reason = "tests are told by the environment what must be there")]
fn the_whole_sandbox() {
    let missing = layers().missing();
    let must = std::env::var_os("MUNIMENT_REQUIRE_SANDBOX").is_some();
    if !missing.is_empty() && !must {
        println!("this machine lacks {missing:?}");
    }
    assert!(missing.is_empty() || !must, "{missing:?}");
}

fn nothing_is_sent() {
    let lacks = Refusal::Unsandboxed { layer: "filter" };
    let read = read_with(&worker("nothing"), &request(), b"text", |_| Err(lacks));
    assert_eq!(read.err(), Some(lacks));
    assert_eq!(system::children_of(std::process::id()), [0; 0]);
}

fn whatever_reaches_out() {
    let filtered = layers().filter;
    for how in [
        "read a file",
        "list a folder",
        "write a file",
        "connect",
        "listen",
        "local socket",
        "start a program",
        "start a thread",
        "signal its parent",
    ] {
        match filtered {
            true => assert_eq!(refused(how), Refusal::Forbidden, "{how}"),
            false => {
                println!("{how}: without a filter, {:?}", try_it(how).map(|read| read.text().to_owned()))
            }
        }
    }
    assert!(!std::path::Path::new("/tmp/muniment-escaped").exists());
}

fn memory_has_an_end() {
    for how in ["take 2 GiB at once", "take memory without end", "recurse without end"] {
        assert_eq!(refused(how), Refusal::TooMuchMemory, "{how}");
    }
}

fn time_has_an_end() {
    let begun = Instant::now();
    let slow = read_with(&worker("spin").within_seconds(1), &request(), b"text", |_| Ok(()));
    assert_eq!(slow.err(), Some(Refusal::TooSlow { seconds: 1 }));
    assert_eq!(refused("work"), Refusal::TooMuchWork);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(system::children_of(std::process::id()), [0; 0], "each was reaped");
}

fn an_answer_has_an_order() {
    let most = 4 << 20;
    let endless = worker("answer without end").within_bytes(most);
    let endless = read_with(&endless, &request(), b"text", |_| Ok(()));
    assert!(
        matches!(endless, Err(Refusal::BadAnswer(Fault::Oversized { most: told, .. })) if told == most),
        "{endless:?}"
    );
    assert!(matches!(refused("answer nonsense"), Refusal::BadAnswer(Fault::Oversized { .. })));
    assert!(matches!(refused("announce too much"), Refusal::BadAnswer(Fault::Oversized { .. })));
    assert_eq!(refused("say hello twice"), Refusal::BadAnswer(Fault::OutOfOrder));
    assert_eq!(refused("go on after the end"), Refusal::BadAnswer(Fault::OutOfOrder));
    assert_eq!(refused("answer half"), Refusal::BadAnswer(Fault::Short));
    assert_eq!(refused("say nothing"), Refusal::BadAnswer(Fault::Short));
}

fn a_process_that_fails() {
    assert_eq!(refused("panic"), Refusal::Crashed(Crash::Panicked));
    assert_eq!(refused("end with a code"), Refusal::Crashed(Crash::Exit(7)));
    assert_eq!(refused("answer and end badly"), Refusal::Crashed(Crash::Exit(3)), "whatever it said before");
    let none = muniment::sandbox::Program::at("/nowhere/at/all".into(), Vec::new());
    assert_eq!(read_with(&none, &request(), b"text", |_| Ok(())).err(), Some(Refusal::NoWorker));
}

fn the_process_sees_nothing() {
    assert_eq!(try_it("environment").unwrap().text(), "variables: 0");
    // A descriptor that is inherited, as a careless library leaves it.
    let kept = std::fs::File::open("/dev/zero").unwrap();
    rustix::io::fcntl_setfd(&kept, rustix::io::FdFlags::empty()).unwrap();
    let reading = std::thread::spawn(|| {
        read_with(&worker("spin").within_seconds(3), &request(), b"text", |_| Ok(())).err()
    });
    // The filter of system calls is the last thing that the process puts on.
    let process = wait_for(|| {
        let filter = |process: &u32| system::status(*process, "Seccomp").is_some_and(|mode| mode == "2");
        system::children_of(std::process::id()).into_iter().find(filter)
    });
    let open = wait_for(|| {
        Some(system::descriptors(&process.to_string())).filter(|open| !open.is_empty() && open.len() <= 3)
    });
    assert_eq!(open, BTreeSet::from([0, 1, 2]));
    assert_eq!(std::fs::read(format!("/proc/{process}/environ")).unwrap(), b"");
    assert_eq!(std::fs::read_link(format!("/proc/{process}/cwd")).unwrap().to_str(), Some("/"));
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line.trim_start_matches(name).split_whitespace().next().unwrap().to_owned()
    };
    let bounds = ["Max address space", "Max cpu time", "Max open files", "Max processes"].map(limit);
    assert_eq!(bounds, ["1610612736", "60", "16", "0"]);
    assert_eq!(["Max core file size", "Max file size"].map(limit), ["0", "0"]);
    assert_eq!(reading.join().unwrap(), Some(Refusal::TooSlow { seconds: 3 }));
}

/// Looks until it is there; what never is fails.
fn wait_for<T>(look: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::yield_now();
    }
}

fn ends_with_parent() {
    let own = std::env::current_exe().unwrap();
    let mut service = Command::new(own).args(["supervise", "spin"]).stdout(Stdio::null()).spawn().unwrap();
    let process = wait_for(|| {
        let started = system::children_of(service.id());
        // Before it has said what it gave up it is not asked for anything, and ends by itself.
        started
            .into_iter()
            .find(|process| system::status(*process, "Seccomp").is_some_and(|mode| mode != "0"))
    });
    let pid = |number: u32| Pid::from_raw(i32::try_from(number).unwrap()).unwrap();
    let ends = pidfd_open(pid(process), PidfdFlags::empty()).unwrap();
    kill_process(pid(service.id()), Signal::KILL).unwrap();
    let _killed = service.wait().unwrap();
    let mut waited = [PollFd::new(&ends, PollFlags::IN)];
    let ten_seconds = Timespec { tv_sec: 10, tv_nsec: 0 };
    assert_eq!(poll(&mut waited, Some(&ten_seconds)), Ok(1), "the process goes on by itself");
}

fn two_hundred_documents() {
    let documents = Documents::new(worker("nothing"), Demand::Weaker, Some(2));
    let text = "电话 13800138000，请回电。\n".repeat(50);
    let read = || documents.read(Tenant::Indexing, &request(), text.as_bytes()).unwrap();
    assert_eq!(read().text(), text);
    let (before, taken) = (system::descriptors("self"), system::children_milliseconds());
    let begun = Instant::now();
    for _ in 0..200 {
        read();
    }
    let (wall, taken) = (begun.elapsed(), system::children_milliseconds() - taken);
    assert_eq!(system::descriptors("self"), before);
    assert_eq!(system::children_of(std::process::id()), [0; 0]);
    println!(
        "a document of {} bytes: {:.2} ms of a processor in the process, {:.2} ms in all",
        text.len(),
        taken as f64 / 200.0,
        wall.as_secs_f64() * 5.0
    );
}

fn small_beside_large() {
    let documents = Documents::new(worker("spin").within_seconds(3), Demand::Weaker, Some(2));
    let large = vec![b'x'; 2 << 20];
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| documents.read(Tenant::Indexing, &request(), &large).err());
        }
        wait_for(|| Some(()).filter(|()| !system::children_of(std::process::id()).is_empty()));
        let begun = Instant::now();
        let small = documents.read(Tenant::Indexing, &request(), b"x").err();
        // It has its own seat: it waits for its own three seconds and not for those of the others.
        assert_eq!(small, Some(Refusal::TooSlow { seconds: 3 }));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    });
}
