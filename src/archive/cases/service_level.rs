//! The service-level file by which the archive measures its cases.

use std::path::PathBuf;

use crate::archive::refusal::Refusal;
use crate::record::service_level::{self, ServiceLevel};

/// The service level where the configuration names none.
pub const STANDARD: &str = include_str!("../../../policies/service-levels/standard.toml");

/// Where the service-level file comes from.
#[derive(Debug, Clone, Default)]
pub enum ServiceLevelSource {
    /// The one compiled in.
    #[default]
    Standard,
    /// A file.
    File(PathBuf),
    /// A text at hand.
    Text(String),
}

impl ServiceLevelSource {
    /// Reads and checks it.
    ///
    /// # Errors
    /// [`Refusal::Io`] if the file cannot be read, [`Refusal::ServiceLevel`] with all its faults.
    pub fn load(&self) -> Result<ServiceLevel, Refusal> {
        let read;
        let text = match self {
            Self::Standard => STANDARD,
            Self::Text(text) => text,
            Self::File(path) => {
                read = std::fs::read_to_string(path)
                    .map_err(|error| Refusal::Io { what: "read the service-level file", error })?;
                &read
            }
        };
        service_level::parse(text).map_err(Refusal::ServiceLevel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_service_level_is_one() {
        let level = ServiceLevelSource::Standard.load().unwrap();
        assert_eq!(level.confirmation_days(), 30);
    }

    #[test]
    fn a_faulty_file_is_refused_and_never_replaced_by_the_standard() {
        let source = ServiceLevelSource::Text("version = 1".to_owned());
        assert!(matches!(source.load(), Err(Refusal::ServiceLevel(faults)) if !faults.is_empty()));
        let source = ServiceLevelSource::File("/nonexistent/level.toml".into());
        assert!(matches!(source.load(), Err(Refusal::Io { .. })));
    }
}
