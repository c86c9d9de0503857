//! Why settings cannot be used.

use std::net::SocketAddr;
use std::path::PathBuf;

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
