//! Erasing a log entry, killed at the calls by which something becomes durable: afterwards the log is as it was, or as
//! it is without the entry, and sound.

use std::fs;

use serde_json::Value;

use super::desk::{code, done, json, run, run_as, stderr};
use super::durability::{count_under, strace, strace_or_word};
use super::machine::Machine;

const PASSWORD: &str = "a password for erasing";
/// The calls, in groups that are counted apart, and points of each at most.
const CALLS: [&str; 4] = ["fsync,fdatasync", "pwrite64", "renameat2,rename,linkat,link", "unlink,unlinkat"];
const POINTS_MAX: u32 = 6;

fn people(machine: &Machine) {
    let file = machine.write("password", PASSWORD);
    let change = |name: &str, one_time: &str| {
        let words = ["user", "password", "--new-password-file", &file];
        done(run_as(&machine.data(), name, one_time, &words));
    };
    let made = json(&run(&machine.data(), &["init", "--json"]));
    change("admin", made["administrator"]["password"].as_str().unwrap());
    for name in ["li", "wu"] {
        let words = ["user", "create", name, "--role", "privacy_officer", "--json"];
        let made: Value =
            serde_json::from_str(&done(run_as(&machine.data(), "admin", PASSWORD, &words))).unwrap();
        change(name, made["password"].as_str().unwrap());
    }
}

/// A log too long for the database, of which the erasure of entry 7 was approved: its id, and the approval's.
fn approved(machine: &Machine) -> (String, String) {
    let line = |number: u32| {
        format!(
            "{{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"客服 {number}\",\
             \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"u-1\",\"count\":{number}}}\n"
        )
    };
    let log = machine.write("log.jsonl", (0..700).map(line).collect::<String>());
    let log = machine.fine(&["capture", "--kind", "processing_log", "--entries", &log]).remove(0);
    let entry = format!("{log}.7");
    let words = ["erase", &entry, "--reason", "court_order", "--note", "裁定书"];
    let approval = done(run_as(&machine.data(), "li", PASSWORD, &words));
    done(run_as(&machine.data(), "wu", PASSWORD, &["approval", "approve", &approval]));
    (log, approval)
}

#[test]
fn a_log_is_whole_with_the_entry_or_without_it_wherever_its_erasure_is_killed() {
    if !strace_or_word() {
        return;
    }
    let base = Machine::empty();
    people(&base);
    let (log, approval) = approved(&base);
    let entry = format!("{log}.7");
    let verb = ["erase", &entry, "--reason", "court_order", "--approval", &approval, "--yes", "--as", "li"];
    let by = ["env".to_owned(), format!("MUNIMENT_PASSWORD={PASSWORD}")];
    let open = |machine: &Machine, id: &str| {
        let path = machine.path("opened");
        drop(fs::remove_file(&path));
        run(&machine.data(), &["open", id, "--purpose", "check", "--output", path.to_str().unwrap()])
    };
    let (mut walked, mut gone) = (0, 0);
    for calls in CALLS {
        let points = count_under(&base.copy(), calls, &by, &verb);
        for point in (1..=points).step_by(points.div_ceil(POINTS_MAX).max(1) as usize) {
            let machine = base.copy();
            let inject = format!("inject={calls}:signal=KILL:when={point}");
            let before = strace(&["-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject]);
            machine.run_under(&[&before[..], &by[..]].concat(), &verb);
            let after = format!("killed at {calls} {point} of {points}");
            machine.assert_sound(&after);
            let opened = open(&machine, &entry);
            gone += u32::from(code(&opened) != 0);
            assert!(code(&opened) == 0 || stderr(&opened).starts_with("entry_erased: "), "{after}");
            assert_eq!(code(&open(&machine, &format!("{log}.8"))), 0, "{after}: its neighbour");
            machine.assert_sound(&after);
            walked += 1;
        }
    }
    assert!(walked >= 10 && gone < walked, "{walked} points, {gone} after the commit");
    done(run_as(&base.data(), "li", PASSWORD, &verb[..verb.len() - 2]));
    assert!(stderr(&open(&base, &entry)).starts_with("entry_erased: "));
}
