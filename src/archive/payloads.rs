//! The folder of payloads, which may lie on a disk of its own. It bears the archive's id: where the disk is not
//! mounted there is no mark, and nothing is written into the place where it should be.

use crate::base::id::ArchiveId;
use crate::blob::{BlobError, Blobs as _, LocalBlobs};
use crate::store::Store;
use crate::store::rows::components;

use super::place::Place;
use super::refusal::Refusal;

/// Payloads that are looked for before a folder without a mark is taken for the archive's.
const LOOKED_FOR: u32 = 64;

/// Opens the folder of payloads. One without a mark is marked if the database names no payload in a file, or if one
/// of the oldest or newest that it names lies there: it is of a restored backup, or of a program before there were
/// marks. Another archive's mark is replaced only in a folder without payloads, for an archive without any.
///
/// # Errors
/// [`BlobError::Absent`] if it is not there, or is another archive's; the folder or the database refuse.
pub(super) fn open(place: &Place, store: &Store, archive: ArchiveId) -> Result<LocalBlobs, Refusal> {
    let (root, mark) = (place.blobs(), archive.to_string());
    let marked = LocalBlobs::marked(&root)?;
    if marked.as_ref() != Some(&mark) {
        let named = store.read(|conn| Ok::<_, Refusal>(components::some_in_files(conn, LOOKED_FOR)?))?;
        let blobs = LocalBlobs::look(&root);
        let is_ours = match (named.is_empty(), marked.is_none()) {
            (true, true) => true,
            (true, false) => is_empty(&blobs)?,
            (false, true) => named.iter().any(|id| blobs.length(*id).is_ok()),
            (false, false) => false,
        };
        if !is_ours {
            tracing::error!(folder = %root.display(), "the folder of payloads is not there: is its disk mounted?");
            return Err(BlobError::Absent.into());
        }
        LocalBlobs::mark(&root, &mark)?;
    }
    Ok(LocalBlobs::open_marked(&root, &mark)?)
}

fn is_empty(blobs: &LocalBlobs) -> Result<bool, Refusal> {
    let mut is_empty = true;
    blobs.list(&mut |_, _| is_empty = false)?;
    Ok(is_empty)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::archive::Archive;
    use crate::archive::open::OpenOptions;
    use crate::archive::ready::Part;
    use crate::archive::tests::{Scratch, scratch};
    use crate::blob::MARK;

    const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
        "components": [{"name": "a.bin"}]}"#;

    fn long() -> Vec<u8> {
        vec![7; 300_000]
    }

    fn is_absent<T>(result: Result<T, Refusal>) -> bool {
        matches!(result, Err(Refusal::Blob(BlobError::Absent)))
    }

    #[test]
    fn nothing_is_taken_in_while_the_disk_of_the_payloads_is_not_mounted() {
        let scratch = scratch();
        scratch.capture(TICKET, &long()).unwrap();
        let (blobs, aside) = (scratch.place.blobs(), scratch.place.data().join("aside"));
        fs::rename(&blobs, &aside).unwrap();
        // What lies under a mount.
        for empty in [false, true] {
            if empty {
                fs::create_dir(&blobs).unwrap();
            }
            assert!(is_absent(
                scratch.archive.stage(&long()[..], crate::archive::stage::Declared::default())
            ));
            let parts = scratch.archive.readiness(1);
            assert!(parts.contains(&(Part::Blobs, false)), "{parts:?}");
        }
        let Scratch { _folder, place, archive } = scratch;
        drop(archive);
        assert!(is_absent(Archive::open(&place, &OpenOptions::default())));
        fs::remove_dir(&blobs).unwrap();
        assert!(is_absent(Archive::open(&place, &OpenOptions::default())));
        assert!(!blobs.exists(), "nothing is made in its place");
        fs::rename(&aside, &blobs).unwrap();
        drop(Archive::open(&place, &OpenOptions::default()).unwrap());
    }

    #[test]
    fn a_folder_of_another_archive_is_not_taken_and_one_without_a_mark_is_known_by_its_payloads() {
        let scratch = scratch();
        scratch.capture(TICKET, &long()).unwrap();
        let Scratch { _folder, place, archive } = scratch;
        drop(archive);
        let mark = place.blobs().join(MARK);
        let own = fs::read(&mark).unwrap();
        fs::write(&mark, "01890a5d-ac96-774b-bcce-b302099a8060\n").unwrap();
        assert!(is_absent(Archive::open(&place, &OpenOptions::default())));
        fs::remove_file(&mark).unwrap();
        drop(Archive::open(&place, &OpenOptions::default()).unwrap());
        assert_eq!(fs::read(&mark).unwrap(), own);
    }
}
