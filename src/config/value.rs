//! What the values of settings become.

use std::fmt;
use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

use super::ConfigError;
use super::source::Values;

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
pub struct Secret(pub(super) String);

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

/// What the log tells, as `tracing-subscriber` takes it: a level, or levels of parts. A word that it does
/// not know would silence all of it.
pub(super) fn log_level(text: Option<String>) -> Result<String, ConfigError> {
    let invalid =
        ConfigError::Invalid { setting: "log.level", expected: "error, warn, info, debug or trace" };
    let text = text.unwrap_or_default();
    // A lone word is the name of a part to it, and a misspelt level would silence everything else.
    let named = |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
    let known = text.split(',').all(named) && tracing_subscriber::EnvFilter::try_new(&text).is_ok();
    if known { Ok(text) } else { Err(invalid) }
}

/// A setting that may be absent.
pub(super) fn parsed<T: std::str::FromStr>(
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

/// A bound; 0 stands for none.
pub(super) fn bound<T: std::str::FromStr>(values: &Values, setting: &'static str) -> Result<T, ConfigError> {
    required(values, setting, "a whole number, 0 for no bound", |text| text.parse().ok())
}

/// A setting that has a default, read with `parse`.
pub(super) fn required<T>(
    values: &Values,
    setting: &'static str,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, ConfigError> {
    let value = values.get(setting).and_then(|(value, _)| parse(value.trim()));
    value.ok_or(ConfigError::Invalid { setting, expected })
}
