//! Processes that do what no parser does, and what becomes of them. A binary of its own without a test
//! harness: it is its own worker, so that nothing hostile stands in the program that people run.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that fails says where"
)]

mod hostile;
mod rules;
mod system;

use std::panic::catch_unwind;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["misbehave", how] => hostile::serve(how),
        ["supervise", how] => hostile::supervise(how),
        _ => run(&words),
    }
}

/// Runs the rules one after the other: each counts the processes and files of this one.
fn run(words: &[String]) -> ExitCode {
    let filter = words.iter().find(|word| !word.starts_with("--"));
    let wanted = |name: &str| filter.is_none_or(|filter| name.contains(filter.as_str()));
    if words.iter().any(|word| word == "--list") {
        rules::ALL.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let (mut passed, mut failed) = (0, 0);
    for (name, rule) in rules::ALL.iter().filter(|(name, _)| wanted(name)) {
        let kept = catch_unwind(rule).is_ok();
        println!("test {name} ... {}", if kept { "ok" } else { "FAILED" });
        (passed, failed) = (passed + usize::from(kept), failed + usize::from(!kept));
    }
    let told = if failed == 0 { "ok" } else { "FAILED" };
    let left_out = rules::ALL.len() - passed - failed;
    println!(
        "\ntest result: {told}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {left_out} filtered out"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
