//! Every block of commands of the README, run to the letter in a directory of its own, so that it can never rot.
//!
//! The convention: a block is run by `sh`, with the binary as `muniment` and as `target/release/muniment`. A word that is
//! the plain placeholder `ID` stands for the id that `muniment list --ids` printed last, or that `capture` did;
//! `REQUEST` for the request that the command before made; `UPLOAD` for the id in the answer before; a name with `…`
//! stands for the one file that fits; and the address for the one at which the test's server listens. Nothing else is
//! changed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::desk::{binary, code, done, json, run, run_as, serve_at, stderr, stdout};

const PASSWORD: &str = "four unrelated words stand here";
/// Where the README's server listens.
const ADDRESS: &str = "127.0.0.1:8420";

/// The `sh` blocks of the README, in order.
fn blocks() -> Vec<String> {
    let readme = include_str!("../../README.md");
    let rest = readme.split("```sh\n").skip(1);
    rest.map(|rest| rest.split_once("```").expect("the commands end").0.to_owned()).collect()
}

/// The one block that has this command.
fn block(command: &str) -> String {
    let found: Vec<String> = blocks().into_iter().filter(|block| block.contains(command)).collect();
    assert_eq!(found.len(), 1, "{command} stands in {} blocks", found.len());
    found.concat()
}

/// Whole commands: a line that ends in a backslash or inside quotes goes on.
fn commands(block: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut open = false;
    for line in block.replace("\\\n", " ").lines().filter(|line| !line.trim().is_empty()) {
        match commands.last_mut().filter(|_| open) {
            Some(last) => last.push_str(&format!("\n{line}")),
            None => commands.push(line.to_owned()),
        }
        // What a remark says opens nothing.
        let code = commands.last().and_then(|command| command.split(" # ").next());
        open = code.is_some_and(|code| code.matches('\'').count() % 2 == 1);
    }
    commands
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

/// A place in which commands are run, one after the other.
struct Walk {
    folder: tempfile::TempDir,
    /// Variables that the commands find set.
    variables: Vec<(&'static str, String)>,
    /// What the commands so far have set themselves.
    before: String,
}

impl Walk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for bin in ["bin", "tour/target/release"] {
            let bin = folder.path().join(bin);
            std::fs::create_dir_all(&bin).unwrap();
            std::os::unix::fs::symlink(binary().get_program(), bin.join("muniment")).unwrap();
        }
        Self { folder, variables: Vec::new(), before: String::new() }
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("tour")
    }

    fn run(&mut self, line: &str) -> Output {
        let mut shell = Command::new("sh");
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MUNIMENT"))
        {
            shell.env_remove(name);
        }
        let script = format!("PATH=\"$0:$PATH\"\n{}\n{line}", self.before);
        shell.args(["-c", &script]).arg(self.folder.path().join("bin")).current_dir(self.place());
        shell.envs(self.variables.iter().cloned()).env("LANG", "en_US.UTF-8");
        shell.stdin(Stdio::null()).output().unwrap()
    }

    /// As [`Walk::run`]; it has to go well.
    fn fine(&mut self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}\n{}{}", stdout(&output), stderr(&output));
        stdout(&output)
    }
}

#[test]
fn every_block_of_the_readme_is_run_by_a_test() {
    let ran = ["muniment case list", "muniment init", "muniment approval approve", "curl"];
    let ran: Vec<String> = ran.into_iter().map(block).collect();
    // The first is run in a bare clone by tests/judges/two_commands.sh, the second by .ci/run.
    let others = ["cargo run --release -- demo\n", "cargo test\n"];
    for found in blocks() {
        assert!(ran.contains(&found) || others.contains(&found.as_str()), "nothing runs this:\n{found}");
    }
}

#[test]
fn every_command_of_the_readmes_tour_runs() {
    let mut walk = Walk::new();
    let mut id = String::new();
    let commands = commands(&block("muniment init"));
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let line = filled(&command, &id, &walk.place());
        let told = walk.fine(&line);
        if line.starts_with("muniment capture") || line.contains(" list ") && line.contains("--ids") {
            id = told.lines().next().expect("an id is printed").to_owned();
        }
    }
}

#[test]
fn every_command_that_looks_around_in_the_demonstration_finds_something() {
    let mut walk = Walk::new();
    let demo = walk.place().join("muniment-demo");
    done(binary().args(["demo", "--no-serve", "--data"]).arg(&demo).output().unwrap());
    for command in commands(&block("muniment case list")) {
        assert!(!walk.fine(&command).trim().is_empty(), "{command}");
    }
}

/// Somebody of the README, with a password that is his own.
fn somebody(data: &Path, role: &str, name: &str) {
    let made = run_as(data, "admin", PASSWORD, &["user", "create", "--role", role, name, "--json"]);
    own_password(data, name, json(&made)["password"].as_str().unwrap());
}

fn own_password(data: &Path, name: &str, one_time: &str) {
    let file = data.with_file_name("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    done(run_as(data, name, one_time, &["user", "password", "--new-password-file", file.to_str().unwrap()]));
}

#[test]
fn two_people_make_a_package_by_the_readmes_commands() {
    let mut walk = Walk::new();
    let data = walk.place().join("archive");
    let made = json(&run(&data, &["init", "--json"]));
    own_password(&data, "admin", made["administrator"]["password"].as_str().unwrap());
    let file = walk.place().join("a.txt");
    std::fs::write(&file, "授权").unwrap();
    let words = ["capture", "--kind", "ticket", "--case", "SC-7", "--occurred", "2026-03-01"];
    let record = done(run(&data, &[&words[..], &[file.to_str().unwrap()]].concat()));
    somebody(&data, "legal", "wang.fang");
    somebody(&data, "privacy_officer", "li.na");
    let case = json(&run(&data, &["show", &record, "--json"]))["case"]["id"].clone();
    let grant = ["user", "grant", "--case", case.as_str().unwrap(), "wang.fang"];
    done(run_as(&data, "admin", PASSWORD, &grant));
    walk.variables.push(("MUNIMENT_PASSWORD", PASSWORD.to_owned()));
    let commands = commands(&block("muniment approval approve"));
    let [ask, approve, make] = commands.as_slice() else { panic!("{commands:?}") };
    let asked = walk.run(ask);
    assert_eq!(code(&asked), 3, "{}", stderr(&asked));
    let said = stderr(&asked);
    let (_, request) = said.trim_end().rsplit_once(' ').expect("the request is named last");
    assert_eq!(request.len(), 36, "{said}");
    for command in [approve, make] {
        assert!(command.contains(" REQUEST"), "{command}");
        walk.fine(&command.replace("REQUEST", request));
    }
    assert_eq!(std::fs::read_dir(walk.place().join("packages")).unwrap().count(), 1);
}

/// True if there is a `curl` that knows `--json`; in CI there has to be.
#[allow(clippy::disallowed_methods, reason = "tests are told by the environment what must not be skipped")]
fn has_curl() -> bool {
    let help = Command::new("curl").args(["--help", "all"]).output();
    let knows = help.is_ok_and(|help| stdout(&help).contains("--json"));
    let must = std::env::var_os("MUNIMENT_REQUIRE_CURL").is_some();
    assert!(knows || !must, "MUNIMENT_REQUIRE_CURL is set, but there is no curl that knows --json");
    knows
}

/// A server that ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

#[test]
fn a_long_content_is_captured_by_the_readmes_commands() {
    if !has_curl() {
        return;
    }
    let mut walk = Walk::new();
    let data = walk.place().join("archive");
    let made = json(&run(&data, &["init", "--json"]));
    let token = made["archivist"]["token"].as_str().unwrap();
    walk.variables.push(("TOKEN", token.to_owned()));
    std::fs::write(walk.place().join("recording.wav"), vec![7; 3_000_000]).unwrap();
    let (child, address) = serve_at(&data);
    let _served = Served(child);
    let block = block("curl");
    assert!(block.contains(ADDRESS));
    let (mut upload, mut answers) = (String::new(), Vec::new());
    for command in commands(&block.replace(ADDRESS, &address)) {
        if !command.starts_with("curl ") {
            walk.before = command;
            continue;
        }
        assert!(!command.contains("UPLOAD") || !upload.is_empty(), "{command}");
        let told = walk.fine(&command.replace("UPLOAD", &upload));
        let answer: serde_json::Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}"));
        assert!(answer.get("code").is_none(), "{command}\n{told}");
        upload = answer["id"].as_str().unwrap().to_owned();
        answers.push(answer);
    }
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[2]["components"][0]["bytes"], 3_000_000);
}

#[test]
fn a_placeholder_is_filled_and_nothing_else_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    std::fs::write(folder.path().join("out/MUN-EXP-2026-1.zip"), "").unwrap();
    assert_eq!(filled("muniment show ID --json", "0197", folder.path()), "muniment show 0197 --json");
    assert_eq!(filled("verify out/MUN-EXP-….zip", "", folder.path()), "verify out/MUN-EXP-2026-1.zip");
    assert_eq!(commands("a \\\n  b\n\nc 'd\n  e'\nf\n"), ["a    b", "c 'd\n  e'", "f"]);
    assert_eq!(commands("A=1   # the owner's\nb\n"), ["A=1   # the owner's", "b"]);
}
