//! Where settings come from: a file, the environment, flags. The later outweighs the earlier.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ConfigError;
use super::setting::{KEYS, Origin};

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

/// Values by the names of their settings, and where each came from.
pub(super) type Values = BTreeMap<&'static str, (String, Origin)>;

/// Every value that is given, and the default of every setting that has one.
///
/// # Errors
/// An unreadable file, an unknown name.
pub(super) fn gather(sources: &Sources) -> Result<Values, ConfigError> {
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
    Ok(values)
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
