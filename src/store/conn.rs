//! Where the database lies and how connections to it are opened: one kind for writing, one that the
//! database itself holds to reading.

use std::fmt;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool, R2D2Connection};

use super::backend::Conn;
use super::error::StoreError;

/// Where the database lies.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A SQLite file.
    Sqlite(String),
    /// A PostgreSQL URL as libpq takes it.
    Postgres(String),
}

impl Target {
    /// Reads `sqlite:PATH`, a plain path, or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`] for other schemes, for an empty path and for `:memory:`, which would
    /// give every connection a database of its own.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = match url.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if url.contains("://") => {
                return Err(StoreError::BadUrl { why: "only sqlite: and postgres:// are known" });
            }
            None => url,
        };
        match path {
            "" => Err(StoreError::BadUrl { why: "the path is empty" }),
            ":memory:" => Err(StoreError::BadUrl { why: "an archive cannot live in memory" }),
            path if path.contains('\0') => Err(StoreError::BadUrl { why: "the path has a NUL character" }),
            path => Ok(Self::Sqlite(path.to_owned())),
        }
    }

    /// True for PostgreSQL, where other nodes may write to the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{path}"),
            Self::Postgres(_) => f.write_str("postgres://[withheld]"),
        }
    }
}

// busy_timeout stands before the switch to WAL, which takes a lock. secure_delete overwrites what is
// deleted; temp_store keeps sorting off the disk. 16 000 pages of WAL (64 MB) before a checkpoint: the
// default of 1 000 would let every second full group pay for one, and pages that many groups change
// are moved once. At each commit SQLite looks through its whole cache: 16 MB of it, not more.
const SQLITE_WRITER: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; \
    PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864; \
    PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF;";
const SQLITE_READER: &str = "PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; \
    PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF;";

// A node that hangs inside its transaction must not hang the others for ever: waiting ends as
// Contended. An acknowledged write is on disk whatever the cluster's default says.
#[cfg(feature = "postgres")]
const POSTGRES_WRITER: &str = "SET client_min_messages = warning; SET lock_timeout = '30s'; \
    SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off; \
    DO $$ BEGIN IF current_setting('synchronous_commit') = 'off' \
    THEN PERFORM set_config('synchronous_commit', 'on', false); END IF; END $$;";
#[cfg(feature = "postgres")]
const POSTGRES_READER: &str = "SET client_min_messages = warning; SET default_transaction_read_only = on; \
    SET default_transaction_isolation = 'repeatable read';";

/// A SQLite file on a file system that nobody can write to. Such a copy stands still: it is read
/// without the log's shared memory, which cannot be made there, if no log of changes lies beside it.
fn stands_still(path: &str) -> bool {
    let log = std::fs::metadata(format!("{path}-wal")).map_or(0, |log| log.len());
    let mount = rustix::fs::statvfs(path).map(|mount| mount.f_flag);
    log == 0 && mount.is_ok_and(|flags| flags.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// The URI by which SQLite reads a file that stands still.
fn immutable(path: &str) -> String {
    let mut uri = String::from("file:");
    for byte in path.bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}

/// Bytes that SQLite needs to open a file: the page of its log's shared memory, and the head of the log.
const ROOM_TO_OPEN: u64 = 64 * 1024;

/// Why a database could not be opened: where its disk has no room, SQLite only says that something failed.
pub(in crate::store) fn why_not_opened(target: &Target, error: StoreError) -> StoreError {
    let (Target::Sqlite(path), StoreError::Unavailable { .. }) = (target, &error) else { return error };
    let folder = Path::new(path).parent().unwrap_or(Path::new("."));
    let Ok(disk) = rustix::fs::statvfs(folder) else { return error };
    let free = if rustix::process::geteuid().is_root() { disk.f_bfree } else { disk.f_bavail };
    let is_full = free.saturating_mul(disk.f_frsize) < ROOM_TO_OPEN || disk.f_files > 0 && disk.f_ffree == 0;
    if is_full { StoreError::Full } else { error }
}

/// Opens a connection that may write.
pub(in crate::store) fn open_writer(target: &Target) -> Result<Conn, StoreError> {
    match target {
        Target::Sqlite(path) => {
            make_private(path)?;
            Ok(Conn::Sqlite(sqlite(path, SQLITE_WRITER)?))
        }
        #[cfg(feature = "postgres")]
        Target::Postgres(url) => postgres(url, POSTGRES_WRITER),
        #[cfg(not(feature = "postgres"))]
        Target::Postgres(_) => Err(StoreError::NoPostgres),
    }
}

/// Makes the database file, if it is not there, readable by its owner only: SQLite would follow the
/// umask, and gives the files of its log the mode of this one.
fn make_private(path: &str) -> Result<(), StoreError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(StoreError::Unavailable { why: format!("unable to open database file: {error}") })
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn open_reader(target: &Target) -> Result<Conn, StoreError> {
    match target {
        Target::Sqlite(path) if stands_still(path) => {
            let mut connection = SqliteConnection::establish(&immutable(path))?;
            connection.batch_execute(SQLITE_READER)?;
            Ok(Conn::Sqlite(connection))
        }
        Target::Sqlite(path) => Ok(Conn::Sqlite(sqlite(path, SQLITE_READER)?)),
        #[cfg(feature = "postgres")]
        Target::Postgres(url) => postgres(url, POSTGRES_READER),
        #[cfg(not(feature = "postgres"))]
        Target::Postgres(_) => Err(StoreError::NoPostgres),
    }
}

fn sqlite(path: &str, settings: &str) -> Result<SqliteConnection, StoreError> {
    // SQLite would read `file:` as a URI and diesel would cut `sqlite://`; this is a path.
    let path = if path.starts_with("file:") || path.starts_with("sqlite:") {
        format!("./{path}")
    } else {
        path.to_owned()
    };
    let mut connection = SqliteConnection::establish(&path)?;
    connection.batch_execute(settings)?;
    let mode: JournalMode = diesel::sql_query("PRAGMA journal_mode").get_result(&mut connection)?;
    if mode.journal_mode != "wal" {
        return Err(StoreError::Unavailable {
            why: "the file system cannot do write-ahead logging".to_owned(),
        });
    }
    Ok(connection)
}

#[derive(QueryableByName)]
struct JournalMode {
    #[diesel(sql_type = diesel::sql_types::Text)]
    journal_mode: String,
}

#[cfg(feature = "postgres")]
fn postgres(url: &str, settings: &str) -> Result<Conn, StoreError> {
    // libpq's message names host, port and user, but never the password.
    let mut connection = PgConnection::establish(url)?;
    connection.batch_execute(settings)?;
    Ok(Conn::Postgres(connection))
}

/// After so long without a question a connection keeps no pages of the database in memory.
pub(in crate::store) const IDLE_AFTER: Duration = Duration::from_secs(20);

/// Makes the pool's connections: all of them read-only.
#[derive(Debug)]
pub(in crate::store) struct Readers(Target);

impl ManageConnection for Readers {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        open_reader(&self.0)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        conn.ping().map_err(StoreError::from)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

/// Opens the pool of at most `readers` connections.
pub(in crate::store) fn open_readers(target: &Target, readers: u32) -> Result<Pool<Readers>, StoreError> {
    // The pool would try for ten seconds, and then say less.
    drop(open_reader(target)?);
    Pool::builder()
        .max_size(readers.max(1))
        .min_idle(Some(1))
        .idle_timeout(Some(IDLE_AFTER))
        // A server that restarts leaves dead connections behind; a file does not.
        .test_on_check_out(target.is_shared())
        .connection_timeout(Duration::from_secs(10))
        .build(Readers(target.clone()))
        .map_err(|error| StoreError::of_pool(&error.to_string()))
}

/// Begins a transaction that sees one state of the database for its whole length.
pub(in crate::store) fn begin_snapshot(conn: &mut Conn) -> Result<(), StoreError> {
    use diesel::connection::AnsiTransactionManager;
    match conn {
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN")?,
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(
            c,
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )?,
    }
    Ok(())
}

/// How long a writer waits for a lock of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Patience {
    /// As long as a backup or a look into the database may take: as [`SQLITE_WRITER`] says.
    Usual,
    /// Hardly: it was waited for a moment ago, in vain. PostgreSQL has limits of its own.
    Lost,
}

/// Sets how long it is waited for a lock.
pub(in crate::store) fn wait_for_locks(conn: &mut Conn, patience: Patience) -> Result<(), StoreError> {
    let sql = match patience {
        Patience::Usual => "PRAGMA busy_timeout = 5000",
        Patience::Lost => "PRAGMA busy_timeout = 100",
    };
    match conn {
        Conn::Sqlite(_) => Ok(conn.batch_execute(sql)?),
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => Ok(()),
    }
}

/// Gives the pages back that SQLite keeps in memory for the next question.
pub(in crate::store) fn give_memory_back(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(_) => Ok(conn.batch_execute("PRAGMA shrink_memory")?),
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => Ok(()),
    }
}

/// The statement that begins the writer's transaction.
pub(in crate::store) fn begin_group(conn: &mut Conn) -> Result<(), StoreError> {
    let sql = match conn {
        Conn::Sqlite(_) => "BEGIN IMMEDIATE",
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => "BEGIN",
    };
    Ok(conn.batch_execute(sql)?)
}

/// Takes the lock on the end of the log until the transaction ends; SQLite's writer has it already.
pub(in crate::store) fn lock_log(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => Ok(c.batch_execute("SELECT pg_advisory_xact_lock(5714019422)")?),
    }
}

/// True if the connection belongs to a database to which other nodes may write.
pub(in crate::store) fn is_shared(conn: &Conn) -> bool {
    match conn {
        Conn::Sqlite(_) => false,
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => true,
    }
}

/// What became of the write-ahead log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalTruncation {
    /// Everything is in the database file and the log is empty: what was deleted is gone.
    Done,
    /// A reader still needed the log; try again.
    Busy,
    /// The database keeps its own log, which this program cannot empty.
    NotOurs,
}

#[derive(QueryableByName)]
struct WalCheckpoint {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    busy: i64,
}

/// Moves the write-ahead log into the database file and empties it.
pub(in crate::store) fn truncate_wal(target: &Target) -> Result<WalTruncation, StoreError> {
    let Target::Sqlite(path) = target else { return Ok(WalTruncation::NotOurs) };
    let mut conn = sqlite(path, SQLITE_WRITER)?;
    // While this waits for readers, the writer waits for this, and has more patience.
    conn.batch_execute("PRAGMA busy_timeout = 2000")?;
    let outcome: WalCheckpoint =
        diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(&mut conn)?;
    Ok(if outcome.busy == 0 { WalTruncation::Done } else { WalTruncation::Busy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file_or_a_server() {
        assert_eq!(Target::parse("sqlite:a/b.db"), Ok(Target::Sqlite("a/b.db".to_owned())));
        assert_eq!(Target::parse("sqlite:///srv/b.db"), Ok(Target::Sqlite("/srv/b.db".to_owned())));
        assert_eq!(Target::parse("/srv/b.db"), Ok(Target::Sqlite("/srv/b.db".to_owned())));
        assert!(Target::parse("postgres://localhost/x").is_ok_and(|target| target.is_shared()));
    }

    #[test]
    fn other_urls_are_refused_instead_of_opened_as_files() {
        for url in ["mysql://localhost/x", "", "sqlite:", "sqlite::memory:", ":memory:", "http://x"] {
            assert!(matches!(Target::parse(url), Err(StoreError::BadUrl { .. })), "{url}");
        }
    }

    #[test]
    fn a_password_in_the_url_does_not_show() {
        let target = Target::parse("postgres://archive:geheim@db/x").unwrap();
        assert_eq!(format!("{target:?}"), "postgres://[withheld]");
    }
}
