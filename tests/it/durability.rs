//! The binary is killed at every system call by which something becomes durable; whatever it had
//! acknowledged must be there afterwards, and the archive sound. strace kills: the call at which it
//! does has not been carried out, everything before it has.

use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use crate::http::{self, FilePart};
use crate::machine::{Machine, Serving, stderr, stdout};

/// The calls, in groups that are counted apart: within a group strace counts by thread.
const CALLS: [&str; 6] = [
    "fsync",
    "fdatasync",
    "pwrite64",
    "rename,renameat,renameat2",
    "mkdir,mkdirat,link,linkat,ftruncate",
    "unlink,unlinkat",
];
/// Points of one group and verb at most; more are walked with a stride.
const POINTS_MAX: u32 = 12;

/// strace, or nothing where the machine has none, unless `MUNIMENT_REQUIRE_STRACE` is set: then that
/// is a failure.
#[allow(clippy::disallowed_methods, reason = "tests are told by the environment what must not be skipped")]
pub(super) fn strace_or_word() -> bool {
    let works = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !works {
        assert!(
            std::env::var_os("MUNIMENT_REQUIRE_STRACE").is_none(),
            "MUNIMENT_REQUIRE_STRACE is set, but strace does not work here"
        );
        // Past the test runner's capture: whoever reads the log must see what did not run.
        drop(writeln!(std::io::stderr(), "no kill at durability points: strace does not work here"));
    }
    works
}

pub(super) fn strace(words: &[&str]) -> Vec<String> {
    ["strace", "-f", "-qq"].iter().chain(words).map(|word| (*word).to_owned()).collect()
}

/// How often the busiest thread makes one of these calls.
fn count(machine: &Machine, calls: &str, words: &[&str]) -> u32 {
    count_under(machine, calls, &[], words)
}

/// The same of `by… muniment words…`.
pub(super) fn count_under(machine: &Machine, calls: &str, by: &[String], words: &[&str]) -> u32 {
    let log = machine.path("calls");
    let traced = strace(&["-o", log.to_str().unwrap(), "-e", &format!("trace={calls}")]);
    let output = machine.run_under(&[&traced[..], by].concat(), words);
    assert!(output.status.success(), "{words:?}: {}", stderr(&output));
    busiest(&fs::read_to_string(log).unwrap())
}

/// How many calls of strace's log the busiest thread made.
fn busiest(log: &str) -> u32 {
    let mut by_thread = std::collections::BTreeMap::<String, u32>::new();
    for line in log.lines().filter(|line| !line.contains("resumed>")) {
        *by_thread.entry(line.split_whitespace().next().unwrap().to_owned()).or_default() += 1;
    }
    by_thread.into_values().max().unwrap_or(0)
}

/// Kills the verb at every point, each time on a fresh copy; `check` looks at what is left, knowing
/// what was printed before the end. Returns how many points were walked.
fn walk(base: &Machine, verb: &[&str], check: impl Fn(&Machine, &[String], &str)) -> u32 {
    let mut walked = 0;
    for calls in CALLS {
        let points = count(&base.copy(), calls, verb);
        let stride = points.div_ceil(POINTS_MAX).max(1);
        for point in (1..=points).step_by(stride as usize) {
            let machine = base.copy();
            let inject = format!("inject={calls}:signal=KILL:when={point}");
            let trace = format!("trace={calls}");
            let before = strace(&["-o", "/dev/null", "-e", &trace, "-e", &inject]);
            let output = machine.run_under(&before, verb);
            let told: Vec<String> = stdout(&output).lines().map(str::to_owned).collect();
            check(&machine, &told, &format!("{verb:?} killed at {calls} {point} of {points}"));
            walked += 1;
        }
    }
    walked
}

/// What must hold after every kill: the archive is sound as it lies there, opens, and is sound then.
fn sound_again(machine: &Machine, after: &str) -> Vec<String> {
    machine.assert_sound(after);
    let ids = machine.ids();
    let report = machine.assert_sound(after);
    assert_eq!(report["records"].as_u64(), Some(ids.len() as u64), "{after}");
    ids
}

fn open(machine: &Machine, id: &str) -> Vec<u8> {
    let path = machine.path("opened");
    // Left by the record that was opened before.
    drop(fs::remove_file(&path));
    machine.fine(&["open", id, "--purpose", "check", "--output", path.to_str().unwrap()]);
    fs::read(path).unwrap()
}

const TICKET: [&str; 9] =
    ["capture", "--kind", "ticket", "--case", "SC-1", "--occurred", "2026-03-01", "--title", "断网"];

fn long() -> Vec<u8> {
    (0..150_000_u32).flat_map(|n| n.to_le_bytes()).take(150_000).collect()
}

fn log_lines(lines: u32) -> String {
    let line = |n: u32| {
        format!(
            "{{\"at\":\"2026-0{}-01T08:{:02}:00+08:00\",\"operation\":\"use\",\"purpose\":\"客服\",\
             \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"u-1\",\"count\":{n}}}\n",
            1 + n % 3,
            n % 60
        )
    };
    (0..lines).map(line).collect()
}

#[test]
fn no_acknowledged_record_is_lost_wherever_a_capture_is_killed() {
    if !strace_or_word() {
        return;
    }
    let base = Machine::new();
    let kept = base.write("kept.txt", "kept");
    let before = base.fine(&[&TICKET[..], &[&kept]].concat());
    let inputs = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = inputs.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (small, long_one) = (file("small.txt", b"small"), file("long.bin", &long()));
    let verb = [&TICKET[..], &[&small, &long_one]].concat();
    let walked = walk(&base, &verb, |machine, told, after| {
        let ids = sound_again(machine, after);
        for id in before.iter().chain(told) {
            assert!(ids.contains(id), "{after}: {id} was acknowledged and is gone");
        }
        for (id, content) in told.iter().zip([b"small".to_vec(), long()]) {
            assert!(open(machine, id) == content, "{after}: {id} has other bytes");
        }
        // Nothing half-visible: one record more than was told at most, whose answer got lost.
        assert!(ids.len() <= before.len() + 2, "{after}: {ids:?}");
    });
    assert!(walked >= 20, "only {walked} points were walked");
}

#[test]
fn a_long_file_killed_on_its_way_past_the_page_cache_is_gone_or_whole() {
    if !strace_or_word() {
        return;
    }
    let base = Machine::new();
    let inputs = tempfile::tempdir().unwrap();
    let path = inputs.path().join("long.bin");
    let content: Vec<u8> = long().into_iter().cycle().take(12_000_000).collect();
    fs::write(&path, &content).unwrap();
    let verb = [&TICKET[..], &[path.to_str().unwrap()]].concat();
    // The last writes of the thread that has most of them: whole runs past the cache, and the end.
    let points = count(&base.copy(), "pwrite64", &verb);
    assert!(points > 20, "only {points} writes");
    // How often a thread writes differs a little from run to run: a point may not be reached.
    let mut killed = 0;
    for point in points - 9..=points {
        let machine = base.copy();
        let inject = format!("inject=pwrite64:signal=KILL:when={point}");
        let output =
            machine.run_under(&strace(&["-o", "/dev/null", "-e", "trace=pwrite64", "-e", &inject]), &verb);
        if output.status.success() {
            continue;
        }
        killed += 1;
        let after = format!("a long file killed at pwrite64 {point} of {points}");
        assert!(sound_again(&machine, &after).is_empty(), "{after}");
        let id = machine.fine(&verb);
        assert!(open(&machine, &id[0]) == content, "{after}");
    }
    assert!(killed >= 3, "killed at {killed} points only");
}

#[test]
fn bulk_entries_are_all_there_or_none_wherever_their_capture_is_killed() {
    if !strace_or_word() {
        return;
    }
    let base = Machine::new();
    let inputs = tempfile::tempdir().unwrap();
    let path = inputs.path().join("log.jsonl");
    fs::write(&path, log_lines(600)).unwrap();
    let verb = ["capture", "--kind", "processing_log", "--entries", path.to_str().unwrap()];
    let whole = {
        let machine = base.copy();
        machine.fine(&verb);
        machine.ids().len()
    };
    assert_eq!(whole, 3);
    let walked = walk(&base, &verb, |machine, told, after| {
        let ids = sound_again(machine, after);
        assert!(ids.is_empty() || ids.len() == whole, "{after}: {} segments", ids.len());
        assert!(told.iter().all(|id| ids.contains(id)), "{after}: acknowledged segments are gone");
    });
    assert!(walked >= 15, "only {walked} points were walked");
}

#[test]
fn an_export_and_the_keys_survive_being_killed_anywhere() {
    if !strace_or_word() {
        return;
    }
    let base = Machine::new();
    let (small, long_one) = (base.write("small.txt", "small"), base.write("long.bin", long()));
    let ids = base.fine(&[&TICKET[..], &[&small, &long_one]].concat());
    // The two files went in side by side: the order of their ids is chance.
    let all = {
        let mut all = ids.clone();
        all.sort();
        all
    };
    let still_there = |machine: &Machine, after: &str| {
        let mut found = sound_again(machine, after);
        found.sort();
        assert_eq!(found, all, "{after}");
        assert_eq!(open(machine, &ids[0]), b"small", "{after}");
    };
    let out = tempfile::tempdir().unwrap();
    let export = ["export", "evidence", "--case", "SC-1", "--purpose", "check", "--output"];
    let mut walked = 0;
    for calls in ["fsync", "pwrite64", "renameat2,linkat,link,unlink"] {
        let folder = out.path().join(calls);
        let verb = [&export[..], &[folder.to_str().unwrap()]].concat();
        let points = count(&base.copy(), calls, &verb);
        for point in (1..=points).step_by(points.div_ceil(6).max(1) as usize) {
            let machine = base.copy();
            let target = machine.path("out");
            let inject = format!("inject={calls}:signal=KILL:when={point}");
            let before = strace(&["-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject]);
            machine.run_under(&before, &[&export[..], &[target.to_str().unwrap()]].concat());
            let after = format!("export killed at {calls} {point} of {points}");
            still_there(&machine, &after);
            // A package that bears its name is whole.
            for package in fs::read_dir(&target).into_iter().flatten().map(|entry| entry.unwrap().path()) {
                if package.extension().is_some_and(|ending| ending == "zip") {
                    let verified = crate::machine::command(&[]).arg("verify").arg(&package).output().unwrap();
                    assert!(verified.status.success(), "{after}: {}", stdout(&verified));
                }
            }
            machine.fine(&[&export[..], &[machine.path("again").to_str().unwrap()]].concat());
            walked += 1;
        }
    }
    assert!(walked >= 6, "only {walked} points of the export were walked");
    for verb in [&["keys", "rotate"][..], &["keys", "turn-epoch"][..]] {
        let mut walked = 0;
        for calls in ["fsync", "pwrite64", "rename,renameat,renameat2", "unlink,unlinkat"] {
            let points = count(&base.copy(), calls, verb);
            for point in (1..=points).step_by(points.div_ceil(8).max(1) as usize) {
                let machine = base.copy();
                let inject = format!("inject={calls}:signal=KILL:when={point}");
                let before = strace(&["-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject]);
                machine.run_under(&before, verb);
                let after = format!("{verb:?} killed at {calls} {point} of {points}");
                still_there(&machine, &after);
                // Begun again, it comes to its end.
                machine.fine(verb);
                still_there(&machine, &after);
                walked += 1;
            }
        }
        assert!(walked >= 12, "only {walked} points of {verb:?} were walked");
    }
}

#[test]
fn a_turn_that_is_killed_while_it_destroys_a_key_leaves_none_and_is_entered() {
    if !strace_or_word() {
        return;
    }
    let base = Machine::new();
    let kept = base.write("kept.txt", "kept");
    let id = base.fine(&[&TICKET[..], &[&kept]].concat());
    let turns = |machine: &Machine| -> Vec<serde_json::Value> {
        let told = machine.path("ledger");
        drop(fs::remove_dir_all(&told));
        machine.fine(&["ledger", "export", "--output", told.to_str().unwrap()]);
        let entries = crate::yesterday::entries(&told.join("tile/entries"));
        entries.into_iter().filter(|entry| entry["kind"] == "epoch_turned").collect()
    };
    let mut killed = 0;
    // Calls that touch the old key: made writable, opened, overwritten, made durable, removed.
    for (calls, points) in
        [("chmod,fchmodat", 1), ("openat", 3), ("write,pwrite64", 1), ("fsync", 1), ("unlink,unlinkat", 1)]
    {
        for point in 1..=points {
            let machine = base.copy();
            let key = machine.path("data-keys/epoch-1.age");
            let inject = format!("inject={calls}:signal=KILL:when={point}");
            let trace = format!("trace={calls}");
            let path = key.to_str().unwrap().to_owned();
            let before = strace(&["-o", "/dev/null", "-P", &path, "-e", &trace, "-e", &inject]);
            let output = machine.run_under(&before, &["keys", "turn-epoch"]);
            let after = format!("killed at {calls} {point}");
            killed += u32::from(!output.status.success());
            machine.assert_sound(&after);
            machine.fine(&["keys", "status"]);
            let manifest = fs::read_to_string(machine.path("data-keys/keyring.toml")).unwrap();
            if manifest.contains("epochs = [1") {
                // Not that far: the next turn finishes it.
                machine.fine(&["keys", "turn-epoch"]);
            }
            assert!(!key.exists(), "{after}: the old key lives on");
            let manifest = fs::read_to_string(machine.path("data-keys/keyring.toml")).unwrap();
            assert!(manifest.contains("epochs = [2]\nretired = []"), "{after}: {manifest}");
            let turns = turns(&machine);
            let said: Vec<_> = turns.iter().map(|turn| turn["facts"]["destroyed"].clone()).collect();
            assert_eq!(said, [serde_json::json!([1])], "{after}");
            machine.assert_sound(&after);
            assert_eq!(open(&machine, &id[0]), b"kept", "{after}");
        }
    }
    assert!(killed >= 4, "killed at {killed} points only");
}

/// Sends a few short and long records over HTTP, one after the other, until one gets no answer; the ids of those
/// that were acknowledged, each with its content, and whether all of them were.
fn send_some(serving: &Serving, token: &str) -> (Vec<(String, Vec<u8>)>, bool) {
    let Some(address) = serving.address.as_deref() else { return (Vec::new(), false) };
    let token = format!("Bearer {token}");
    let record = r#"{"kind":"ticket","case":"SC-1","occurred":"2026-03-01","title":"断网",
        "components":[{"name":"a.bin"}]}"#;
    let mut told = Vec::new();
    for content in [b"short".to_vec(), long(), b"second".to_vec(), long(), b"third".to_vec()] {
        let file = FilePart { name: "a.bin", media_type: "application/octet-stream", content: &content };
        match http::try_capture(address, &[("Authorization", &token)], record, &file) {
            None => return (told, false),
            Some((status, answer)) => {
                assert_eq!(status, 201, "{answer:#}");
                told.push((answer["id"].as_str().unwrap().to_owned(), content));
            }
        }
    }
    (told, true)
}

#[test]
fn a_server_that_is_killed_loses_nothing_that_it_acknowledged() {
    /// Points of one group of calls.
    const POINTS: u32 = 4;
    if !strace_or_word() {
        return;
    }
    let base = Machine::empty();
    let made: serde_json::Value = serde_json::from_str(&base.fine(&["init", "--json"])[0]).unwrap();
    let token = made["archivist"]["token"].as_str().unwrap();
    let (mut killed, mut acknowledged) = (0, 0);
    for calls in CALLS {
        let trace = format!("trace={calls}");
        let counted = base.copy();
        let log = counted.path("calls");
        let serving = counted.serve_under(&strace(&["-o", log.to_str().unwrap(), "-e", &trace]), &[]);
        assert!(send_some(&serving, token).1, "nothing kills it yet");
        drop(serving);
        let points = busiest(&fs::read_to_string(log).unwrap());
        for number in 0..POINTS.min(points) {
            let point = 1 + number * (points - 1) / POINTS.min(points);
            let machine = base.copy();
            let inject = format!("inject={calls}:signal=KILL:when={point}");
            let before = strace(&["-o", "/dev/null", "-e", &trace, "-e", &inject]);
            let serving = machine.serve_under(&before, &[]);
            let (told, all) = send_some(&serving, token);
            killed += u32::from(!all);
            acknowledged += told.len();
            drop(serving);
            let after = format!("server killed at {calls} {point} of {points}");
            let ids = sound_again(&machine, &after);
            for (id, content) in told {
                assert!(ids.contains(&id), "{after}: {id} was acknowledged and is gone");
                assert_eq!(open(&machine, &id), content, "{after}");
            }
        }
    }
    assert!(killed >= 12 && acknowledged >= 12, "{killed} killed, {acknowledged} acknowledged");
}

#[test]
#[allow(clippy::disallowed_methods, reason = "files bear the system's time")]
fn what_a_crash_left_among_the_payloads_is_swept_a_day_later_and_entered() {
    let machine = Machine::new();
    let long_one = machine.write("long.bin", long());
    let kept = machine.fine(&[&TICKET[..], &[&long_one]].concat());
    let blobs = machine.data().join("blobs");
    let orphan = blobs.join("ab/cd/01890a5d-ac96-774b-bcce-b3020999abcd");
    let part = blobs.join("incoming/01890a5d-ac96-774b-bcce-b3020999abce.1-0.part");
    let fresh = blobs.join("ab/cd/01890a5d-ac96-774b-bcce-b3020998abcd");
    fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    let a_day_ago = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    for path in [&orphan, &part, &fresh] {
        fs::write(path, b"noise").unwrap();
    }
    let old = machine.files().into_iter().filter(|path| path.starts_with(&blobs) && *path != fresh);
    for path in old {
        // The record's own payload is as old: age alone takes nothing away.
        let file = fs::File::options().read(true).open(&path).unwrap();
        file.set_modified(a_day_ago).unwrap();
    }
    let serving = machine.serve_under(&[], &[]);
    let until = Instant::now() + Duration::from_secs(20);
    while (orphan.exists() || part.exists()) && Instant::now() < until {
        std::thread::yield_now();
    }
    serving.stop();
    assert!(!orphan.exists() && !part.exists() && fresh.exists());
    machine.assert_sound("after the sweep");
    assert_eq!(open(&machine, &kept[0]), long());
    let log = fs::read_to_string(machine.path("server.log")).unwrap();
    assert!(log.contains("swept unnamed payloads"), "{log}");
}
