//! Where measurements take place: a directory of their own, and archives in it.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::Malfunction;
use crate::archive::open::{Created, OpenOptions};
use crate::archive::{Archive, Place};
use crate::base::entropy::{SystemEntropy, draw};
use crate::base::secret::SecretBytes;

/// A directory that goes away with this value.
pub struct Site {
    path: PathBuf,
}

/// An archive made for a measurement.
pub struct Fresh {
    pub archive: Archive,
    pub place: Place,
    /// The archivist's token.
    pub token: SecretBytes,
}

impl Site {
    /// Makes the directory below `parent`, or below the system's directory for temporary files.
    pub fn make(parent: Option<PathBuf>) -> Result<Self, Malfunction> {
        let parent = parent.unwrap_or_else(std::env::temp_dir);
        let parent = parent.canonicalize().map_err(Malfunction::system("find the directory"))?;
        let random = u64::from_le_bytes(draw(&SystemEntropy));
        let path = parent.join(format!("muniment-bench-{random:016x}"));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(Malfunction::system("make the directory of the measurement"))?;
        Ok(Self { path })
    }

    /// A path below it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes an archive, replacing an earlier one of that name.
    pub fn archive(&self, name: &str) -> Result<Fresh, Malfunction> {
        self.clear(name)?;
        let place = Place::at(&self.join(name).join("data"), None)
            .map_err(Malfunction::refused("make an archive"))?;
        make_folder(&self.join(name))?;
        let created = Archive::create(&place, &OpenOptions::default());
        let Created { archive, archivist, .. } = created.map_err(Malfunction::refused("make an archive"))?;
        Ok(Fresh { archive, place, token: archivist.1 })
    }

    /// Takes away what lies under that name, if anything does.
    pub fn clear(&self, name: &str) -> Result<(), Malfunction> {
        match std::fs::remove_dir_all(self.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Malfunction::System { what: "clear a directory", error })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::error!(%error, path = %self.path.display(), "the measurement's directory stays");
        }
    }
}

/// Makes a folder and those above it.
pub fn make_folder(path: &Path) -> Result<(), Malfunction> {
    std::fs::create_dir_all(path).map_err(Malfunction::system("make a directory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        let site = Site::make(Some(parent.path().to_owned())).unwrap();
        std::fs::write(site.join("x"), b"x").unwrap();
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
        drop(site);
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
