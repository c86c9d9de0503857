//! Settings: a TOML file, outweighed by environment variables, outweighed by flags.
//!
//! Every setting has one name, `section.key`, which is `[section] key` in the file and
//! `MUNIMENT__SECTION__KEY` in the environment. Secrets may also lie in a file of their own, named
//! by `MUNIMENT__SECTION__KEY_FILE` or `key_file`. A name that is not known is refused: a misspelt
//! setting must not be one that silently does nothing.

mod error;
mod setting;
mod source;
#[cfg(test)]
mod tests;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::base::civil::Zone;
use crate::base::limits::WORKERS_MAX;
use crate::record::jurisdiction::Jurisdiction;
use crate::sandbox::Demand;

pub use error::ConfigError;
use setting::{KEYS, shown};
pub use setting::{Origin, Shown};
pub use source::Sources;
use source::{Values, gather};
pub use value::{LogFormat, Secret, TlsFiles};
use value::{bound, log_level, parsed, required};

/// Hours for which results may be kept: a year.
const KEEP_HOURS_MAX: u32 = 8_760;

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
    /// A font with Chinese, Japanese and Korean characters, for PDFs that do not hold their own.
    pub document_font: Option<PathBuf>,
    /// How much of the sandbox there must be in which documents are read.
    pub sandbox: Demand,
    /// Documents that are read at once; otherwise as many as the machine has processors, two at least.
    pub document_workers: Option<usize>,
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

impl Config {
    /// Puts the settings together.
    ///
    /// # Errors
    /// An unreadable file, an unknown name, a value that the setting does not take, an open
    /// address without TLS.
    pub fn resolve(sources: &Sources) -> Result<Self, ConfigError> {
        let values = gather(sources)?;
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
            document_font: text("documents.font").map(PathBuf::from),
            sandbox: required(values, "documents.sandbox", "full or weaker", Demand::parse)?,
            document_workers: parsed::<usize>(values, "documents.workers", "a number from 1 to 64")?,
            connections: required(values, "limits.connections", "a number from 64 to 50000", |text| {
                text.parse().ok().filter(|most| (64..=50_000).contains(most))
            })?,
            connections_per_source: bound(values, "limits.connections_per_source")?,
            requests_at_once: bound(values, "limits.requests_at_once")?,
            requests_per_minute: bound(values, "limits.requests_per_minute")?,
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
            log_level: log_level(text("log.level"))?,
            shown: KEYS.iter().map(|key| shown(key, values)).collect(),
        };
        if config.workers.is_some_and(|workers| !(1..=256).contains(&workers)) {
            return Err(ConfigError::Invalid {
                setting: "listen.workers",
                expected: "a number from 1 to 256",
            });
        }
        if config.document_workers.is_some_and(|workers| !(1..=WORKERS_MAX).contains(&workers)) {
            return Err(ConfigError::Invalid {
                setting: "documents.workers",
                expected: "a number from 1 to 64",
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
