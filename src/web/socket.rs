//! Sockets in deep directories. A socket's address has room for some hundred bytes (`sun_path`), a
//! data directory may lie deeper: there the socket is reached through its open folder.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};

/// Bytes of a path that every system takes as a socket's address (104 on BSD, 108 on Linux, the
/// last one nought).
const ADDRESS_BYTES_MAX: usize = 103;

/// A path that fits into a socket's address, for as long as this lives.
#[derive(Debug)]
pub struct Address {
    path: PathBuf,
    _folder: Option<OwnedFd>,
}

impl Address {
    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The address under which a socket at `path` is bound or reached.
///
/// # Errors
/// The folder cannot be opened; or the path is too long and the system has no `/proc/self/fd`.
pub fn address_of(path: &Path) -> io::Result<Address> {
    if path.as_os_str().len() <= ADDRESS_BYTES_MAX {
        return Ok(Address { path: path.to_owned(), _folder: None });
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    let folder = open(folder, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let through = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    if !through.exists() {
        let why =
            "the path of the socket is too long for this system; use a data directory with a shorter path";
        return Err(io::Error::new(io::ErrorKind::InvalidFilename, why));
    }
    Ok(Address { path: through.join(name), _folder: Some(folder) })
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn a_socket_is_reached_however_deep_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(120)).join("e".repeat(120));
        std::fs::create_dir_all(&deep).unwrap();
        for path in [folder.path().join("sock"), deep.join("sock")] {
            let bound = address_of(&path).unwrap();
            let listener = UnixListener::bind(bound.path()).unwrap();
            assert!(path.exists(), "it lies where it was asked for");
            let reached = address_of(&path).unwrap();
            let mut sent = UnixStream::connect(reached.path()).unwrap();
            sent.write_all(b"x").unwrap();
            drop(sent);
            let mut heard = Vec::new();
            listener.accept().unwrap().0.read_to_end(&mut heard).unwrap();
            assert_eq!(heard, b"x");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let path = PathBuf::from(format!("/nowhere/{}/sock", "d".repeat(120)));
        assert_eq!(address_of(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
