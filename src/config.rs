//! Settings: a TOML file, outweighed by environment variables, outweighed by flags.
//!
//! Every setting has one name, `section.key`, which is `[section] key` in the file and
//! `MUNIMENT__SECTION__KEY` in the environment. Secrets may also lie in a file of their own, named
//! by `MUNIMENT__SECTION__KEY_FILE` or `key_file`. A name that is not known is refused: a misspelt
//! setting must not be one that silently does nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::base::civil::Zone;
use crate::record::jurisdiction::Jurisdiction;

/// Hours for which results may be kept: a year.
const KEEP_HOURS_MAX: u32 = 8_760;

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

/// Why settings cannot be used. No variant holds a value: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// The configuration file is no TOML.
    #[error("{}, line {line}, column {column}: not TOML", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column, in characters.
        column: usize,
    },
    /// No setting of that name.
    #[error("no setting {setting}")]
    Unknown {
        /// As it was written.
        setting: String,
    },
    /// The value is not what the setting takes.
    #[error("{setting}: expected {expected}")]
    Invalid {
        /// The setting's name.
        setting: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// One setting makes no sense without another.
    #[error("{setting} needs {needs}")]
    Needs {
        /// The setting that was given.
        setting: &'static str,
        /// The one that is missing.
        needs: &'static str,
    },
    /// An address that others can reach, and neither TLS nor a proxy that does it.
    #[error("{address} is not loopback: give a TLS certificate and key, or say that a proxy does TLS")]
    OpenAddress {
        /// The address.
        address: SocketAddr,
    },
}

/// One setting's place in the table.
struct Key {
    name: &'static str,
    secret: bool,
    default: Option<&'static str>,
}

const fn key(name: &'static str, default: Option<&'static str>) -> Key {
    Key { name, secret: false, default }
}

/// Every setting.
const KEYS: &[Key] = &[
    key("archive.data", None),
    key("archive.keys", None),
    key("archive.identity", None),
    key("archive.free_megabytes", Some("256")),
    key("capture.default_jurisdiction", Some("CN")),
    key("capture.default_zone", Some("Asia/Shanghai")),
    Key { name: "database.url", secret: true, default: None },
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

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    Text,
    /// One JSON object per line.
    Json,
}

/// A certificate chain and its private key, as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for the length of one call.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory.
    pub data: Option<PathBuf>,
    /// The key directory, where it is not the data directory's sibling.
    pub keys: Option<PathBuf>,
    /// The service identity, where it lies elsewhere.
    pub identity: Option<PathBuf>,
    /// Mebibytes that must be free on the disk for the service to be ready.
    pub free_megabytes: u64,
    /// The jurisdiction of captures that name none.
    pub default_jurisdiction: Jurisdiction,
    /// The zone of dates that name none.
    pub default_zone: Zone,
    /// Hours for which finished exports and other results are kept.
    pub keep_hours: u32,
    /// Connections that the TCP address lets in at once.
    pub connections: usize,
    /// Of these, from one source; 0 for no bound.
    pub connections_per_source: usize,
    /// Requests of one person that are answered at the same time; 0 for no bound.
    pub requests_at_once: usize,
    /// Requests that one person may send in a minute; 0 for no bound.
    pub requests_per_minute: u32,
    /// The database, where it is not the embedded one.
    pub database_url: Option<Secret>,
    /// Where to listen.
    pub address: SocketAddr,
    /// A proxy in front does TLS.
    pub behind_proxy: bool,
    /// TLS in this process.
    pub tls: Option<TlsFiles>,
    /// Worker threads; otherwise as many as the machine has processors.
    pub workers: Option<usize>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written: a filter of `tracing-subscriber`.
    pub log_level: String,
    shown: Vec<Shown>,
}

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

/// What settings are made of.
#[derive(Debug, Default)]
pub struct Sources {
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// Names and values of environment variables; those of other programs are passed over.
    pub environment: Vec<(String, String)>,
    /// Flags, by the setting's name.
    pub flags: Vec<(&'static str, String)>,
}

impl Sources {
    /// A configuration file, this process's environment, and flags.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(&'static str, String)>) -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let environment = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        Self { file, environment, flags }
    }
}

type Values = BTreeMap<&'static str, (String, Origin)>;

impl Config {
    /// Puts the settings together.
    ///
    /// # Errors
    /// An unreadable file, an unknown name, a value that the setting does not take, an open
    /// address without TLS.
    pub fn resolve(sources: &Sources) -> Result<Self, ConfigError> {
        let mut values = Values::new();
        if let Some(path) = &sources.file {
            read_file(path, &mut values)?;
        }
        for (name, value) in &sources.environment {
            if let Some(setting) = name.strip_prefix("MUNIMENT__") {
                let setting = setting.to_ascii_lowercase().replace("__", ".");
                set(&mut values, &setting, value.clone(), Origin::Environment)?;
            }
        }
        for (name, value) in &sources.flags {
            set(&mut values, name, value.clone(), Origin::Flag)?;
        }
        for key in KEYS {
            if let Some(default) = key.default {
                values.entry(key.name).or_insert_with(|| (default.to_owned(), Origin::Default));
            }
        }
        Self::typed(&values)
    }

    fn typed(values: &Values) -> Result<Self, ConfigError> {
        let text = |name: &str| values.get(name).map(|(value, _)| value.clone());
        let path = |name: &str| text(name).map(PathBuf::from);
        let tls = match (path("listen.tls_certificate"), path("listen.tls_key")) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) => {
                return Err(ConfigError::Needs {
                    setting: "listen.tls_certificate",
                    needs: "listen.tls_key",
                });
            }
            (None, Some(_)) => {
                return Err(ConfigError::Needs {
                    setting: "listen.tls_key",
                    needs: "listen.tls_certificate",
                });
            }
        };
        let config = Self {
            data: path("archive.data"),
            keys: path("archive.keys"),
            identity: path("archive.identity"),
            free_megabytes: required(values, "archive.free_megabytes", "a number of mebibytes", |text| {
                text.parse().ok()
            })?,
            default_jurisdiction: required(
                values,
                "capture.default_jurisdiction",
                "a jurisdiction such as CN, TW or HK",
                |text| Jurisdiction::parse(text).ok(),
            )?,
            default_zone: required(
                values,
                "capture.default_zone",
                "an IANA time zone such as Asia/Shanghai",
                |text| Zone::parse(text).ok(),
            )?,
            keep_hours: required(values, "exports.keep_hours", "a number of hours from 1 to 8760", |text| {
                text.parse().ok().filter(|hours| (1..=KEEP_HOURS_MAX).contains(hours))
            })?,
            connections: required(values, "limits.connections", "a number from 64 to 50000", |text| {
                text.parse().ok().filter(|most| (64..=50_000).contains(most))
            })?,
            connections_per_source: number(values, "limits.connections_per_source")?,
            requests_at_once: number(values, "limits.requests_at_once")?,
            requests_per_minute: number(values, "limits.requests_per_minute")?,
            database_url: text("database.url").map(Secret),
            address: parsed(values, "listen.address", "an address with a port, such as 127.0.0.1:8420")?
                .ok_or(ConfigError::Invalid {
                    setting: "listen.address",
                    expected: "an address with a port",
                })?,
            behind_proxy: parsed(values, "listen.behind_proxy", "true or false")?.unwrap_or(false),
            tls,
            workers: parsed::<usize>(values, "listen.workers", "a number from 1 to 256")?,
            log_format: match text("log.format").as_deref() {
                Some("json") => LogFormat::Json,
                Some("text") | None => LogFormat::Text,
                Some(_) => {
                    return Err(ConfigError::Invalid { setting: "log.format", expected: "text or json" });
                }
            },
            log_level: text("log.level").unwrap_or_default(),
            shown: KEYS.iter().map(|key| shown(key, values)).collect(),
        };
        if config.workers.is_some_and(|workers| !(1..=256).contains(&workers)) {
            return Err(ConfigError::Invalid {
                setting: "listen.workers",
                expected: "a number from 1 to 256",
            });
        }
        check_address(config.address, config.tls.is_some(), config.behind_proxy)?;
        Ok(config)
    }

    /// Every setting with its value and origin, secrets withheld.
    pub fn show(&self) -> &[Shown] {
        &self.shown
    }
}

/// An address that other machines reach is listened on only with TLS, here or in a proxy: tokens
/// and records must not cross a network in the clear.
///
/// # Errors
/// [`ConfigError::OpenAddress`].
pub fn check_address(address: SocketAddr, tls: bool, behind_proxy: bool) -> Result<(), ConfigError> {
    if address.ip().is_loopback() || tls || behind_proxy {
        Ok(())
    } else {
        Err(ConfigError::OpenAddress { address })
    }
}

fn shown(key: &Key, values: &Values) -> Shown {
    let (value, origin) = match values.get(key.name) {
        Some((_, origin)) if key.secret => (Some("[withheld]".to_owned()), *origin),
        Some((value, origin)) => (Some(value.clone()), *origin),
        None => (None, Origin::Default),
    };
    Shown { name: key.name, value, origin }
}

fn parsed<T: std::str::FromStr>(
    values: &Values,
    setting: &'static str,
    expected: &'static str,
) -> Result<Option<T>, ConfigError> {
    match values.get(setting) {
        None => Ok(None),
        Some((value, _)) => {
            value.trim().parse().map(Some).map_err(|_| ConfigError::Invalid { setting, expected })
        }
    }
}

/// A setting that has a default, read with `parse`.
fn required<T>(
    values: &Values,
    setting: &'static str,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, ConfigError> {
    let value = values.get(setting).and_then(|(value, _)| parse(value.trim()));
    value.ok_or(ConfigError::Invalid { setting, expected })
}

/// A bound; 0 stands for none.
fn number<T: std::str::FromStr>(values: &Values, setting: &'static str) -> Result<T, ConfigError> {
    required(values, setting, "a whole number, 0 for no bound", |text| text.parse().ok())
}

fn set(values: &mut Values, setting: &str, value: String, origin: Origin) -> Result<(), ConfigError> {
    if let Some(key) = KEYS.iter().find(|key| key.name == setting) {
        values.insert(key.name, (value, origin));
        return Ok(());
    }
    let in_a_file =
        setting.strip_suffix("_file").and_then(|name| KEYS.iter().find(|key| key.secret && key.name == name));
    match in_a_file {
        Some(key) => {
            let secret = read(Path::new(&value))?;
            values.insert(key.name, (secret.trim_end_matches(['\r', '\n']).to_owned(), origin));
            Ok(())
        }
        None => Err(ConfigError::Unknown { setting: setting.to_owned() }),
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })
}

fn read_file(path: &Path, values: &mut Values) -> Result<(), ConfigError> {
    let text = read(path)?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        ConfigError::NotToml {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
        }
    })?;
    for (section, content) in table {
        let toml::Value::Table(content) = content else {
            return Err(ConfigError::Unknown { setting: section });
        };
        for (name, value) in content {
            let setting = format!("{section}.{name}");
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(flag) => flag.to_string(),
                toml::Value::Float(_)
                | toml::Value::Datetime(_)
                | toml::Value::Array(_)
                | toml::Value::Table(_) => {
                    return Err(ConfigError::Unknown { setting });
                }
            };
            set(values, &setting, value, Origin::File)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(file: &str, environment: &[(&str, &str)]) -> (tempfile::TempDir, Sources) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("muniment.toml");
        std::fs::write(&path, file).unwrap();
        let environment =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        (folder, Sources { file: Some(path), environment, flags: Vec::new() })
    }

    #[test]
    fn flags_outweigh_the_environment_and_the_environment_outweighs_the_file() {
        let file = "[listen]\naddress = \"127.0.0.1:1\"\nworkers = 3\n[log]\nlevel = \"warn\"\n";
        let environment = [
            ("MUNIMENT__LISTEN__ADDRESS", "127.0.0.1:2"),
            ("MUNIMENT__LOG__LEVEL", "debug"),
            ("PATH", "/bin"),
        ];
        let (_folder, mut sources) = sources(file, &environment);
        sources.flags = vec![("log.level", "trace".to_owned())];
        let config = Config::resolve(&sources).unwrap();
        assert_eq!(config.address.port(), 2);
        assert_eq!(config.workers, Some(3));
        assert_eq!(config.log_level, "trace");
        let origin = |name| config.show().iter().find(|shown| shown.name == name).unwrap().origin;
        assert_eq!(origin("listen.workers"), Origin::File);
        assert_eq!(origin("listen.address"), Origin::Environment);
        assert_eq!(origin("log.level"), Origin::Flag);
        assert_eq!(origin("log.format"), Origin::Default);
    }

    #[test]
    fn a_misspelt_setting_is_refused_by_name() {
        let (_folder, sources) = sources("[listen]\nadress = \"127.0.0.1:1\"\n", &[]);
        let refused = Config::resolve(&sources).unwrap_err();
        assert!(matches!(refused, ConfigError::Unknown { setting } if setting == "listen.adress"));
    }

    #[test]
    fn a_file_that_is_no_toml_is_refused_with_line_and_column() {
        let (_folder, sources) = sources("[listen]\naddress = = 3\n", &[]);
        let refused = Config::resolve(&sources).unwrap_err();
        assert!(matches!(refused, ConfigError::NotToml { line: 2, column: 11, .. }), "{refused}");
    }

    #[test]
    fn a_secret_may_lie_in_a_file_and_is_never_shown() {
        let (folder, mut sources) = sources("", &[]);
        let secret = folder.path().join("url");
        std::fs::write(&secret, "postgres://archive:hunter2@db/archive\n").unwrap();
        sources.environment =
            vec![("MUNIMENT__DATABASE__URL_FILE".to_owned(), secret.to_string_lossy().into_owned())];
        let config = Config::resolve(&sources).unwrap();
        assert_eq!(config.database_url.as_ref().unwrap().expose(), "postgres://archive:hunter2@db/archive");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn an_address_that_others_reach_needs_tls_here_or_in_a_proxy() {
        for (address, tls, proxy, allowed) in [
            ("127.0.0.1:80", false, false, true),
            ("[::1]:80", false, false, true),
            ("0.0.0.0:80", false, false, false),
            ("192.168.1.4:80", false, false, false),
            ("[::]:80", false, false, false),
            ("0.0.0.0:80", true, false, true),
            ("0.0.0.0:80", false, true, true),
        ] {
            let address: SocketAddr = address.parse().unwrap();
            assert_eq!(check_address(address, tls, proxy).is_ok(), allowed, "{address} {tls} {proxy}");
        }
    }

    #[test]
    fn a_certificate_without_its_key_is_refused() {
        let (_folder, sources) = sources("[listen]\ntls_certificate = \"a.pem\"\n", &[]);
        assert!(matches!(Config::resolve(&sources), Err(ConfigError::Needs { needs: "listen.tls_key", .. })));
    }

    #[test]
    fn values_of_another_kind_are_refused_by_the_settings_name() {
        for (name, value) in [
            ("MUNIMENT__LISTEN__WORKERS", "0"),
            ("MUNIMENT__LISTEN__WORKERS", "many"),
            ("MUNIMENT__LISTEN__ADDRESS", "localhost"),
            ("MUNIMENT__LISTEN__BEHIND_PROXY", "perhaps"),
            ("MUNIMENT__LOG__FORMAT", "xml"),
            ("MUNIMENT__LIMITS__CONNECTIONS", "3"),
            ("MUNIMENT__LIMITS__REQUESTS_PER_MINUTE", "-1"),
        ] {
            let (_folder, sources) = sources("", &[(name, value)]);
            assert!(matches!(Config::resolve(&sources), Err(ConfigError::Invalid { .. })), "{name}={value}");
        }
    }
}
