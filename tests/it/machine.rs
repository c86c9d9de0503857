//! The built binary in directories of its own, for the tests that put it under strain.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// What the environment of whoever runs the tests must not say to the binary.
const SILENCED: [&str; 6] =
    ["MUNIMENT_DATA", "MUNIMENT_KEYS", "MUNIMENT_CONFIG", "MUNIMENT_TOKEN", "MUNIMENT_PASSWORD", "LC_ALL"];

/// A folder with an archive that goes away with the test.
pub struct Machine {
    folder: tempfile::TempDir,
}

/// `program words… muniment`, or the binary itself if there is no program.
pub fn command(before: &[String]) -> Command {
    let binary = env!("CARGO_BIN_EXE_muniment");
    let mut command = match before.split_first() {
        None => Command::new(binary),
        Some((program, words)) => {
            let mut command = Command::new(program);
            command.args(words).arg(binary);
            command
        }
    };
    for name in SILENCED {
        command.env_remove(name);
    }
    command.env("LANG", "en_US.UTF-8").stdin(Stdio::null());
    command
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Machine {
    /// A folder without an archive.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with a new archive.
    pub fn new() -> Self {
        let machine = Self::empty();
        machine.fine(&["init"]);
        machine
    }

    /// The same archive once more, in a folder of its own. Nothing may have it open.
    pub fn copy(&self) -> Self {
        let copy = Self::empty();
        for name in ["data", "data-keys"] {
            copy_folder(&self.path(name), &copy.path(name));
        }
        copy
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// `muniment words… --data DIR`
    pub fn run(&self, words: &[&str]) -> Output {
        self.run_under(&[], words)
    }

    /// `before… muniment words… --data DIR`
    pub fn run_under(&self, before: &[String], words: &[&str]) -> Output {
        command(before).args(words).arg("--data").arg(self.data()).output().unwrap()
    }

    /// The lines of a command that must succeed.
    pub fn fine(&self, words: &[&str]) -> Vec<String> {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
        stdout(&output).lines().map(str::to_owned).collect()
    }

    /// The report of a verification that decrypts too.
    pub fn verify_deep(&self) -> Value {
        let output = self.run(&["verify", "--deep", "--json"]);
        let text = stdout(&output);
        assert!(!text.trim().is_empty(), "verify: {}", stderr(&output));
        serde_json::from_str(text.trim()).unwrap()
    }

    /// Nothing is wrong; gives the report.
    pub fn assert_sound(&self, after: &str) -> Value {
        let report = self.verify_deep();
        assert_eq!(report["ok"], true, "{after}: {report:#}");
        report
    }

    pub fn ids(&self) -> Vec<String> {
        self.fine(&["list", "--ids"])
    }

    /// Every file under the data directory.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(&self.data(), &mut files);
        files
    }

    pub fn serve_under(&self, before: &[String], environment: &[(&str, &str)]) -> Serving {
        let mut child = command(before)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.data())
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(self.path("server.log")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").map(str::to_owned);
        Serving { child, address }
    }
}

/// A server that ends with the test.
pub struct Serving {
    child: Child,
    /// Where it listens; nothing if it ended before it did.
    pub address: Option<String>,
}

impl Serving {
    /// Asks it to end, and waits.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn copy_folder(from: &Path, to: &Path) {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let mode = fs::metadata(from).unwrap().permissions().mode() & 0o777;
    fs::DirBuilder::new().mode(mode).create(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else if path.is_file() {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.is_file() {
            into.push(path);
        }
    }
}
