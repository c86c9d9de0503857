//! Runs one test body on SQLite and on PostgreSQL. The PostgreSQL server is private to the test
//! process: started when first needed, reached through a socket in a directory of its own, and gone
//! with the process however that ends, because a watchdog waits for its end of a pipe to close.

#![allow(clippy::panic, clippy::print_stderr, reason = "this is test code that speaks to whoever runs it")]
#![allow(dead_code, reason = "unit tests and integration tests each need a part of it")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A fresh, empty database.
pub struct TestDatabase {
    url: String,
    /// `SQLite` or `PostgreSQL`, for messages.
    pub name: &'static str,
    _directory: Option<tempfile::TempDir>,
}

impl TestDatabase {
    /// The URL to open it by.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// True on PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.name == "PostgreSQL"
    }
}

/// Runs `body` once per kind of database, each time on a fresh one.
pub fn on_each_database(body: impl Fn(&TestDatabase)) {
    let databases = [Some(sqlite()), postgres()];
    for database in databases.into_iter().flatten() {
        eprintln!("on {}", database.name);
        body(&database);
    }
}

/// A fresh SQLite file.
pub fn sqlite() -> TestDatabase {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let url = format!("sqlite:{}", directory.path().join("archive.db").display());
    TestDatabase { url, name: "SQLite", _directory: Some(directory) }
}

/// A fresh PostgreSQL database; `None` where the program or the machine has no PostgreSQL, unless
/// `MUNIMENT_REQUIRE_POSTGRES` is set: then that is a failure.
pub fn postgres() -> Option<TestDatabase> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = CLUSTER.get_or_init(cluster_or_word).as_ref()?;
    let name = format!("archive_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let socket = cluster.directory.display().to_string();
    let made = Command::new(cluster.programs.join("createdb"))
        .args(["-h", &socket, "-U", "muniment", "-T", "template0", &name])
        .output()
        .expect("createdb runs");
    assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
    let url = format!("postgres:///{name}?host={socket}&user=muniment");
    Some(TestDatabase { url, name: "PostgreSQL", _directory: None })
}

struct Cluster {
    programs: PathBuf,
    directory: PathBuf,
    // Never written to: its closing tells the watchdog to stop the server and to clear up.
    _alive: ChildStdin,
}

#[allow(clippy::disallowed_methods, reason = "tests are told by the environment what must not be skipped")]
fn cluster_or_word() -> Option<Cluster> {
    let programs = if cfg!(feature = "postgres") { find_programs() } else { None };
    match programs {
        Some(programs) => Some(start(programs)),
        None if std::env::var_os("MUNIMENT_REQUIRE_POSTGRES").is_some() => {
            panic!("MUNIMENT_REQUIRE_POSTGRES is set, but there is no PostgreSQL to run on")
        }
        None => {
            // Past the test runner's capture: whoever reads the log must see what did not run.
            drop(writeln!(std::io::stderr(), "storage tests run on SQLite only: no PostgreSQL here"));
            None
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "programs are found by PATH")]
fn find_programs() -> Option<PathBuf> {
    let mut installed: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    installed.sort_by_key(|path| {
        let version = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        std::cmp::Reverse(version.and_then(|text| text.parse::<u32>().ok()).unwrap_or(0))
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    installed.extend(std::env::split_paths(&path));
    installed.into_iter().find(|directory| directory.join("initdb").exists())
}

fn start(programs: PathBuf) -> Cluster {
    let directory = tempfile::Builder::new().prefix("muniment-pg-").tempdir().expect("a directory").keep();
    let account = Account::find();
    chown(&directory, Some(account.uid), Some(account.gid)).expect("the directory can be given away");
    let data = directory.join("data");
    let made = account
        .command(&programs.join("initdb"))
        .args(["-U", "muniment", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
        .arg(&data)
        .current_dir(&directory)
        .output()
        .expect("initdb runs");
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let mut watchdog = watchdog(&programs, &directory, &account);
    wait_until_ready(&programs, &directory, &mut watchdog);
    let alive = watchdog.stdin.take().expect("the watchdog reads from a pipe");
    Cluster { programs, directory, _alive: alive }
}

// The shell starts the server, waits until this process closes the pipe, stops the server at once
// and removes the directory. Its own process group keeps an interrupt at the terminal away from it.
fn watchdog(programs: &Path, directory: &Path, account: &Account) -> Child {
    let script = r#"
        directory=$1; shift
        "$@" </dev/null >"$directory/log" 2>&1 &
        server=$!
        read -r _
        kill -QUIT $server
        wait $server
        rm -rf "$directory"
    "#;
    let server = account.command(&programs.join("postgres"));
    Command::new("sh")
        .args(["-c", script, "watchdog"])
        .arg(directory)
        .arg(server.get_program())
        .args(server.get_args())
        .arg("-D")
        .arg(directory.join("data"))
        .arg("-k")
        .arg(directory)
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"])
        .args(["-c", "autovacuum=off", "-c", "max_connections=300", "-c", "shared_buffers=64MB"])
        .current_dir(directory)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the watchdog starts")
}

fn wait_until_ready(programs: &Path, directory: &Path, watchdog: &mut Child) {
    for _ in 0..600 {
        let ready = Command::new(programs.join("pg_isready"))
            .args(["-q", "-U", "muniment", "-d", "postgres", "-h"])
            .arg(directory)
            .status()
            .expect("pg_isready runs");
        if ready.success() {
            return;
        }
        assert!(watchdog.try_wait().expect("the watchdog can be asked").is_none(), "{}", log_of(directory));
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL did not start: {}", log_of(directory));
}

fn log_of(directory: &Path) -> String {
    let mut text = String::new();
    if let Ok(mut log) = fs::File::open(directory.join("log")) {
        drop(log.read_to_string(&mut text));
    }
    text
}

/// Whom the server runs as: PostgreSQL refuses root.
struct Account {
    uid: u32,
    gid: u32,
    switch: bool,
}

impl Account {
    fn find() -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let own = fs::metadata("/proc/self").expect("Linux shows this process");
        if own.uid() != 0 {
            return Self { uid: own.uid(), gid: own.gid(), switch: false };
        }
        let accounts = fs::read_to_string("/etc/passwd").expect("the machine has accounts");
        let of = |name: &str| {
            let mut fields = accounts.lines().find(|line| line.split(':').next() == Some(name))?.split(':');
            Some((fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?))
        };
        let (uid, gid) = of("postgres").or_else(|| of("nobody")).expect("an account without privileges");
        Self { uid, gid, switch: true }
    }

    fn command(&self, program: &Path) -> Command {
        if !self.switch {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", self.uid))
            .arg(format!("--regid={}", self.gid))
            .arg("--clear-groups")
            .arg(program);
        command
    }
}
