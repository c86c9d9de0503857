//! Keys lie apart from data: whoever copies the one must not copy the other unawares.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::KeyDirError;
use super::disk::failed;

/// Refuses a key directory or identity file that lies inside the data directory, and a data
/// directory that lies inside the key directory. Links are followed; either may not exist yet.
pub(super) fn check_apart(keys: &Path, data: &Path) -> Result<(), KeyDirError> {
    let (real_keys, real_data) = (real(keys)?, real(data)?);
    if real_keys.starts_with(&real_data) || real_data.starts_with(&real_keys) {
        return Err(KeyDirError::InsideData { keys: keys.to_owned(), data: data.to_owned() });
    }
    Ok(())
}

/// The path without links, as far as it exists.
fn real(path: &Path) -> Result<PathBuf, KeyDirError> {
    let absolute = std::path::absolute(path).map_err(|e| failed("find", path, &e))?;
    match absolute.canonicalize() {
        Ok(found) => Ok(found),
        Err(e) if e.kind() == ErrorKind::NotFound => match (absolute.parent(), absolute.file_name()) {
            (Some(parent), Some(name)) => Ok(real(parent)?.join(name)),
            _ => Ok(absolute),
        },
        Err(e) => Err(failed("find", path, &e)),
    }
}
