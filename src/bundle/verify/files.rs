//! The files of the one top folder, by their path below it.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use zip::ZipArchive;

use crate::bundle::layout::{self, Place};
use crate::bundle::name::{BundleName, Completeness};

use super::VerifyError;
use super::directory::ZipEntry;
use super::fault::{Fault, FaultKind};
use super::report::Faults;
use super::source::{Broken, Source};
use super::unpack::content;

pub(super) struct Files<'w, R> {
    archive: ZipArchive<Source<'w, R>>,
    broken: Broken,
    files: BTreeMap<String, ZipEntry>,
    pub name: BundleName,
    pub completeness: Completeness,
}

impl<'w, R: Read + Seek> Files<'w, R> {
    /// Takes the entries that [`directory::read`] gave.
    pub(super) fn open(
        source: Source<'w, R>,
        entries: Vec<ZipEntry>,
        broken: Broken,
        faults: &mut Faults,
    ) -> Result<Self, Fault> {
        let first = entries.first().ok_or_else(|| Fault::of_bundle(FaultKind::NotAZip))?;
        let folder = first.name.split('/').next().unwrap_or_default().to_owned();
        let (name, completeness) =
            BundleName::parse_folder(&folder).map_err(|_| Fault::at(&folder, FaultKind::FolderName))?;
        let archive = ZipArchive::new(source).map_err(|_| Fault::of_bundle(FaultKind::NotAZip))?;
        if archive.len() != entries.len() {
            return Err(Fault::of_bundle(FaultKind::ZipHeadersDiffer));
        }
        let (mut files, mut folders) = (BTreeMap::new(), Vec::new());
        for entry in entries {
            let Some(path) = entry.name.strip_prefix(&folder).and_then(|rest| rest.strip_prefix('/')) else {
                return Err(Fault::at(&entry.name, FaultKind::OutsideFolder));
            };
            if entry.is_folder() {
                folders.push(path.to_owned());
                continue;
            }
            if path == layout::FETCH {
                faults.push(Fault::at(path, FaultKind::FetchRefused));
            } else if layout::place(path).is_none() {
                faults.push(Fault::at(path, FaultKind::UnknownFile));
            }
            files.insert(path.to_owned(), entry);
        }
        // Packers note folders on the way to a file; one that holds nothing says something by its name alone.
        for folder in folders {
            let next: Option<(&String, _)> = files.range(folder.clone()..).next();
            if !next.is_some_and(|(path, _)| path.starts_with(&folder)) {
                faults.push(Fault::at(&folder, FaultKind::UnknownFile));
            }
        }
        Ok(Self { archive, broken, files, name, completeness })
    }

    /// All paths, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The paths with their places.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, Place)> {
        self.paths().filter_map(|path| Some((path, layout::place(path)?)))
    }

    /// Shows `seen` every chunk of a file; false, and a fault, if it is damaged.
    pub(super) fn stream(
        &mut self,
        path: &str,
        faults: &mut Faults,
        seen: &mut dyn FnMut(&[u8]),
    ) -> Result<bool, VerifyError> {
        let Some(entry) = self.files.get(path) else {
            faults.push(Fault::at(path, FaultKind::MissingFile));
            return Ok(false);
        };
        let read = content(&mut self.archive, entry, seen);
        self.broken.check()?;
        if read.is_err() {
            faults.push(Fault::at(path, FaultKind::ZipContentDamaged));
        }
        Ok(read.is_ok())
    }

    /// A file of at most `most` bytes; `None`, and a fault, if it cannot be had whole.
    pub(super) fn bytes(
        &mut self,
        path: &str,
        most: u64,
        faults: &mut Faults,
    ) -> Result<Option<Vec<u8>>, VerifyError> {
        if let Some(entry) = self.files.get(path)
            && entry.unpacked > most
        {
            let bytes = entry.unpacked;
            faults.push(Fault::at(path, FaultKind::TooLong { bytes, most }));
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let whole = self.stream(path, faults, &mut |chunk| bytes.extend_from_slice(chunk))?;
        Ok(whole.then_some(bytes))
    }

    /// As [`Files::bytes`], for UTF-8.
    pub(super) fn text(
        &mut self,
        path: &str,
        most: u64,
        faults: &mut Faults,
    ) -> Result<Option<String>, VerifyError> {
        let Some(bytes) = self.bytes(path, most, faults)? else { return Ok(None) };
        let text = String::from_utf8(bytes);
        if text.is_err() {
            faults.push(Fault::at(path, FaultKind::NotText));
        }
        Ok(text.ok())
    }
}
