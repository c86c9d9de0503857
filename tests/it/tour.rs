//! The README's tour, run to the letter in a directory of its own, so that it can never rot.
//!
//! The convention: the block is run by `sh`, with the binary as `muniment`. A word that is the plain
//! placeholder `ID` stands for the id that `muniment list --ids` printed last, or that `capture` did;
//! a name with `…` stands for the one file that fits. Nothing else is changed.

use std::path::Path;
use std::process::{Command, Stdio};

use super::desk::{binary, stderr, stdout};

/// The first `sh` block under the heading.
fn block(readme: &str, heading: &str) -> String {
    let (_, rest) = readme.split_once(heading).expect("the README has a tour");
    let (_, rest) = rest.split_once("```sh\n").expect("the tour has commands");
    let (block, _) = rest.split_once("```").expect("the commands end");
    block.to_owned()
}

/// Whole commands: lines that end in a backslash go on.
fn commands(block: &str) -> Vec<String> {
    block.replace("\\\n", " ").lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// The command with its placeholders filled in.
fn filled(command: &str, id: &str, folder: &Path) -> String {
    let words = command.split(' ').map(|word| match word {
        "ID" => {
            assert!(!id.is_empty(), "no id was printed before {command}");
            id.to_owned()
        }
        word if word.contains('…') => fitting(word, folder),
        word => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn fitting(word: &str, folder: &Path) -> String {
    let (before, after) = word.split_once('…').unwrap();
    let (parent, start) = before.rsplit_once('/').unwrap_or((".", before));
    let names = std::fs::read_dir(folder.join(parent)).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let found: Vec<String> = names.filter(|name| name.starts_with(start) && name.ends_with(after)).collect();
    assert_eq!(found.len(), 1, "{word} fits {found:?}");
    format!("{parent}/{}", found[0])
}

#[test]
fn every_command_of_the_readmes_tour_runs() {
    let readme = include_str!("../../README.md");
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(binary().get_program(), bin.join("muniment")).unwrap();
    let place = folder.path().join("tour");
    std::fs::create_dir(&place).unwrap();
    let mut id = String::new();
    let mut run = 0;
    for command in commands(&block(readme, "## A tour from the command line")) {
        let line = filled(&command, &id, &place);
        let mut shell = Command::new("sh");
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MUNIMENT"))
        {
            shell.env_remove(name);
        }
        let script = format!("PATH=\"$0:$PATH\"\n{line}");
        shell.args(["-c", &script]).arg(&bin).current_dir(&place).env("LANG", "en_US.UTF-8");
        let output = shell.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{line}\n{}{}", stdout(&output), stderr(&output));
        if line.starts_with("muniment capture") || line.contains(" list ") && line.contains("--ids") {
            id = stdout(&output).lines().next().expect("an id is printed").to_owned();
        }
        run += 1;
    }
    assert!(run > 5, "only {run} commands were found");
}

#[test]
fn a_placeholder_is_filled_and_nothing_else_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    std::fs::write(folder.path().join("out/MUN-EXP-2026-1.zip"), "").unwrap();
    assert_eq!(filled("muniment show ID --json", "0197", folder.path()), "muniment show 0197 --json");
    assert_eq!(filled("verify out/MUN-EXP-….zip", "", folder.path()), "verify out/MUN-EXP-2026-1.zip");
    assert_eq!(commands("a \\\n  b\n\nc\n"), ["a    b", "c"]);
}
