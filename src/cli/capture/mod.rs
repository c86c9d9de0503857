//! `capture`: the door through which records come in from files. One acknowledged id a line.

mod description;
mod entries;
mod files;
mod folder;
mod manifest;
mod mapping;
mod preview;
mod rows;
mod send;
mod table_words;

use super::Run;
use super::args::Capture;
use super::failure::Failure;

pub(super) fn run(run: &Run, args: &Capture) -> Result<(), Failure> {
    if args.preview && args.manifest.is_none() && args.mapping.is_none() {
        return Err(Failure::usage("preview_of_rows", &[]));
    }
    match (&args.manifest, &args.folder, &args.entries, &args.mapping) {
        (Some(manifest), ..) => manifest::run(run, args, manifest),
        (None, Some(folder), ..) => folder::run(run, args, folder),
        (None, None, Some(log), _) => entries::run(run, args, log),
        (None, None, None, Some(profile)) => mapping::run(run, args, profile),
        (None, None, None, None) => files::run(run, args),
    }
}
