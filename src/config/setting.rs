//! The table of settings, and how each is shown.

use super::source::Values;

/// Where the value of a setting came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File,
    /// The environment.
    Environment,
    /// A flag of the command line.
    Flag,
}

impl Origin {
    /// The word that `config show` prints.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        }
    }
}

/// One setting's place in the table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) secret: bool,
    pub(super) default: Option<&'static str>,
}

const fn key(name: &'static str, default: Option<&'static str>) -> Key {
    Key { name, secret: false, default }
}

/// Every setting.
pub(super) const KEYS: &[Key] = &[
    key("archive.data", None),
    key("archive.keys", None),
    key("archive.identity", None),
    key("archive.free_megabytes", Some("256")),
    key("capture.default_jurisdiction", Some("CN")),
    key("capture.default_zone", Some("Asia/Shanghai")),
    Key { name: "database.url", secret: true, default: None },
    key("documents.font", None),
    key("documents.sandbox", Some("full")),
    key("documents.workers", None),
    key("exports.keep_hours", Some("24")),
    key("limits.connections", Some("1024")),
    key("limits.connections_per_source", Some("128")),
    key("limits.requests_at_once", Some("256")),
    key("limits.requests_per_minute", Some("120000")),
    key("listen.address", Some("127.0.0.1:8420")),
    key("listen.behind_proxy", Some("false")),
    key("listen.tls_certificate", None),
    key("listen.tls_key", None),
    key("listen.workers", None),
    key("log.format", Some("text")),
    key("log.level", Some("info")),
];

/// One setting as `config show` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: &'static str,
    /// Its value; `None` if there is none. Secrets are withheld.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

/// A setting as it stands, its value withheld where it is secret.
pub(super) fn shown(key: &Key, values: &Values) -> Shown {
    let (value, origin) = match values.get(key.name) {
        Some((_, origin)) if key.secret => (Some("[withheld]".to_owned()), *origin),
        Some((value, origin)) => (Some(value.clone()), *origin),
        None => (None, Origin::Default),
    };
    Shown { name: key.name, value, origin }
}
