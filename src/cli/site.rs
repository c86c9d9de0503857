//! Which archive a verb works on: directories, keys and settings from flags, environment and file.

use std::path::Path;
use std::sync::Arc;

use crate::archive::Place;
use crate::archive::open::OpenOptions;
use crate::base::limits::WORKER_FONT_BYTES_MAX;
use crate::base::open_files;
use crate::config::{Config, Sources};
use crate::keydir::IdentitySource;
use crate::sandbox::{Documents, Program};
use crate::words::Refusal;

use super::args::At;
use super::failure::Failure;

/// An archive's place with the settings to open it by.
pub struct Site {
    /// Where it lies.
    pub place: Place,
    /// The settings.
    pub config: Config,
}

impl Site {
    /// From the arguments, `flags` being further settings of the verb.
    ///
    /// # Errors
    /// Settings that cannot be used; no data directory named.
    pub fn of(at: &At, mut flags: Vec<(&'static str, String)>) -> Result<Self, Failure> {
        let named =
            [("archive.data", &at.data), ("archive.keys", &at.keys), ("archive.identity", &at.identity)];
        for (setting, path) in named {
            if let Some(path) = path {
                let text = path
                    .to_str()
                    .ok_or_else(|| Refusal::FileUnreadable { path: path.display().to_string() })?;
                flags.push((setting, text.to_owned()));
            }
        }
        let config = Config::resolve(&Sources::of_process(at.config.clone(), flags))?;
        let data = config.data.as_deref().ok_or_else(|| Failure::usage("data_required", &[]))?;
        let place = Place::at(data, config.keys.as_deref())?;
        Ok(Self { place, config })
    }

    /// How the archive is opened.
    pub fn options(&self) -> OpenOptions {
        OpenOptions {
            identity: match &self.config.identity {
                Some(file) => IdentitySource::File(file.clone()),
                None => IdentitySource::Default,
            },
            database: self.config.database_url.as_ref().map(|url| url.expose().to_owned()),
            documents: self.documents(),
            ..OpenOptions::default()
        }
    }

    /// What reads documents: this program, once more for each.
    fn documents(&self) -> Arc<Documents> {
        Arc::new(match Program::own() {
            Ok(program) => {
                let documents = Documents::new(program, self.config.sandbox, self.config.document_workers);
                match self.config.document_font.as_deref().map(|path| read_file(path, WORKER_FONT_BYTES_MAX))
                {
                    Some(Ok(font)) => documents.with_font(font),
                    Some(Err(_)) => {
                        tracing::warn!("the font of documents.font cannot be read: PDFs go without it");
                        documents
                    }
                    None => documents,
                }
            }
            Err(error) => {
                tracing::warn!(%error, "this program cannot be found: no document but text is read");
                Documents::nowhere()
            }
        })
    }

    /// The data directory as a text for messages.
    pub fn data(&self) -> String {
        self.place.data().display().to_string()
    }

    /// What the archive refused, with the directory that the person named.
    pub fn failure(&self, refusal: crate::archive::Refusal) -> Failure {
        use crate::archive::Refusal as R;
        match refusal {
            R::AlreadyOpen => Refusal::AlreadyOpen { path: self.data() }.into(),
            R::NoArchive => match self.not_owner() {
                Some(failure) => failure,
                None => Refusal::NotADataDirectory { path: self.data() }.into(),
            },
            R::ArchiveExists => Refusal::DirectoryNotEmpty { path: self.data() }.into(),
            other => other.into(),
        }
    }
}

impl Site {
    /// What is said where the directory is closed to this account: what lies in it cannot be seen then,
    /// and "no archive" would send people looking in the wrong place.
    fn not_owner(&self) -> Option<Failure> {
        use std::os::unix::fs::MetadataExt as _;
        let closed = std::fs::read_dir(self.place.data())
            .is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
        if !closed {
            return None;
        }
        // Where not even its owner can be seen, a directory above is closed.
        let owner = std::fs::metadata(self.place.data()).ok().map(|facts| account(facts.uid()));
        let own = account(rustix::process::geteuid().as_raw());
        let facts = [
            ("data", self.data()),
            ("account", own),
            ("owner", owner.unwrap_or_else(|| "muniment".to_owned())),
        ];
        let facts: Vec<(&'static str, &str)> =
            facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
        Some(Failure::declined("not_owner", &facts))
    }
}

/// Makes sure that this process may have as many files open as it may need: it would fail half-way.
///
/// # Errors
/// `too_few_files`.
pub fn must_have_files(needs: u64) -> Result<(), Failure> {
    match open_files::allowed().filter(|may| *may < needs) {
        None => Ok(()),
        Some(may) => {
            let facts = [("may", may.to_string()), ("needs", needs.to_string())];
            let facts = facts.each_ref().map(|(name, fact)| (*name, fact.as_str()));
            Err(Failure::declined("too_few_files", &facts))
        }
    }
}

/// The name of an account of this machine; its number where the machine's list has none.
fn account(id: u32) -> String {
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_else(|error| {
        tracing::debug!(%error, "the list of accounts cannot be read");
        String::new()
    });
    let named = list.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)?.parse::<u32>().ok()? == id).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("#{id}"))
}

/// Reads a file that the command line names.
///
/// # Errors
/// `file_unreadable`; `too_large` over `most` bytes.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = || Failure::from(Refusal::FileUnreadable { path: path.display().to_string() });
    let length = std::fs::metadata(path).map_err(|_| unreadable())?;
    if length.is_dir() {
        return Err(unreadable());
    }
    if length.len() > most {
        let refusal = Refusal::TooLarge { most: crate::words::Bytes(most) };
        return Err(Failure::from(refusal).about(path.display().to_string()));
    }
    std::fs::read(path).map_err(|_| unreadable())
}
