//! The binary as tests run it, and one demonstration archive that many of them share: making it takes
//! seconds, asking it does not.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

/// The people of the demonstration whose one-time passwords are changed before the tests begin.
const PEOPLE: [&str; 6] =
    ["demo-legal", "demo-privacy", "demo-admin", "admin", "demo-auditor", "demo-archivist"];
/// The password that each of them gets.
const PASSWORD: &str = "four unrelated words stand here";

/// The demonstration. Its directory goes away with the next run of the tests.
pub static DEMO: LazyLock<Demo> = LazyLock::new(Demo::make);

pub struct Demo {
    pub folder: PathBuf,
    passwords: Vec<(String, String)>,
    /// A server holds the demonstration, so that tests need not wait for each other: it ends when
    /// this pipe closes, with the process.
    _served: Option<std::process::Child>,
}

/// The binary without anything of this environment.
pub fn binary() -> Command {
    binary_as(env!("CARGO_BIN_EXE_muniment"))
}

fn binary_as(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("MUNIMENT") || name.starts_with("LC_") || name == "COLUMNS" || name == "TZ" {
            command.env_remove(&*name);
        }
    }
    command.env("LANG", "en_US.UTF-8").stdin(Stdio::null());
    command
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The one line of JSON that was printed.
pub fn json(output: &Output) -> Value {
    serde_json::from_str(stdout(output).trim()).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

/// It went well; what was printed, without the line's end.
pub fn done(output: Output) -> String {
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output).trim_end().to_owned()
}

/// It was refused with this code word, and ended so.
pub fn refused(output: &Output, exit: i32, word: &str) {
    let said = stderr(output);
    assert_eq!(code(output), exit, "{said}");
    assert!(said.starts_with(&format!("{word}: ")), "{said}");
}

/// `words… --data DIR`, as the local operator.
pub fn run(data: &Path, words: &[&str]) -> Output {
    binary().args(words).arg("--data").arg(data).output().unwrap()
}

/// As [`run`], as somebody with this password.
pub fn run_as(data: &Path, name: &str, password: &str, words: &[&str]) -> Output {
    let mut command = binary();
    command.env("MUNIMENT_PASSWORD", password).args(words).args(["--as", name]);
    command.arg("--data").arg(data).output().unwrap()
}

impl Demo {
    fn make() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("desk-{}", std::process::id()));
        sweep(folder.parent().unwrap());
        std::fs::create_dir_all(&folder).unwrap();
        let data = folder.join("demo");
        let made = binary().args(["demo", "--no-serve", "--json", "--data"]).arg(&data).output().unwrap();
        let people = json(&made)["people"].clone();
        let passwords = people
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (one["name"].as_str().unwrap().to_owned(), one["password"].as_str().unwrap().to_owned())
            })
            .collect();
        let mut demo = Self { folder, passwords, _served: None };
        let new = demo.folder.join("new-password");
        std::fs::write(&new, format!("{PASSWORD}\n")).unwrap();
        for name in PEOPLE {
            let words = ["user", "password", "--new-password-file", new.to_str().unwrap()];
            done(run_as(&demo.data(), name, &demo.one_time(name), &words));
        }
        demo._served = Some(serve(&data));
        demo
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("demo")
    }

    /// A path of this name that nothing lies at.
    pub fn fresh(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        assert!(!path.exists(), "{name} is used twice");
        path
    }

    /// The password that `demo` printed.
    pub fn one_time(&self, name: &str) -> String {
        self.passwords.iter().find(|(known, _)| known == name).unwrap().1.clone()
    }

    /// As the local operator.
    pub fn run(&self, words: &[&str]) -> Output {
        run(&self.data(), words)
    }

    /// As one of [`PEOPLE`].
    pub fn run_as(&self, name: &str, words: &[&str]) -> Output {
        run_as(&self.data(), name, PASSWORD, words)
    }
}

fn serve(data: &Path) -> std::process::Child {
    serve_at(data).0
}

/// A server of an archive, which ends when its standard input does, and the address at which it listens.
pub fn serve_at(data: &Path) -> (std::process::Child, String) {
    let script = "\"$0\" serve --listen 127.0.0.1:0 --data \"$1\" & cat >/dev/null; kill $!";
    let mut child = binary_as("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_muniment")])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line}"));
    let address = address.to_owned();
    (child, address)
}

/// Takes away what earlier runs left.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let process = name.strip_prefix("desk-");
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            // Another run may be taking it away too.
            drop(std::fs::remove_dir_all(path));
        }
    }
}
