use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use super::*;
use crate::base::entropy::SystemEntropy;
use crate::base::moment::FixedClock;

const NEVER: Moment = Moment::from_micros(i64::MAX);
const LONG_AGO: Moment = Moment::from_micros(0);

fn an_id() -> ComponentId {
    ComponentId::generate(Moment::from_micros(1_700_000_000_000_000), &SystemEntropy)
}

/// Runs one rule against every kind of store.
fn on_each_store(rule: impl Fn(&dyn Blobs)) {
    rule(&MemoryBlobs::default());
    let directory = tempfile::tempdir().unwrap();
    rule(&LocalBlobs::open(&directory.path().join("a/blobs")).unwrap());
}

fn put(blobs: &dyn Blobs, id: ComponentId, parts: &[&[u8]]) -> Result<u64, BlobError> {
    let mut writer = blobs.put(id)?;
    for part in parts {
        writer.write(part)?;
    }
    writer.finish()
}

fn listed(blobs: &dyn Blobs) -> Vec<ComponentId> {
    let mut ids = Vec::new();
    blobs.list(&mut |id, _| ids.push(id)).unwrap();
    ids.sort();
    ids
}

#[test]
fn a_finished_blob_is_read_back_from_any_place() {
    on_each_store(|blobs| {
        let id = an_id();
        assert_eq!(put(blobs, id, &[b"abc", b"", b"defg"]), Ok(7));
        assert_eq!(blobs.length(id), Ok(7));
        let mut reader = blobs.open(id).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcdefg");
        reader.seek(SeekFrom::Start(5)).unwrap();
        text.clear();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "fg");
    });
}

#[test]
fn an_unfinished_blob_is_never_seen() {
    on_each_store(|blobs| {
        let id = an_id();
        let mut writer = blobs.put(id).unwrap();
        writer.write(b"abc").unwrap();
        assert_eq!(blobs.open(id).err(), Some(BlobError::Missing));
        assert_eq!(blobs.length(id), Err(BlobError::Missing));
        assert_eq!(listed(blobs), []);
        let [leftover] = blobs.leftovers().unwrap().try_into().unwrap();
        assert_eq!((leftover.id, leftover.bytes), (id, 3));
        writer.abort();
        assert_eq!(blobs.leftovers(), Ok(vec![]));
        drop(blobs.put(id).unwrap());
        assert_eq!(blobs.leftovers(), Ok(vec![]));
    });
}

#[test]
fn a_finished_blob_is_never_replaced() {
    on_each_store(|blobs| {
        let id = an_id();
        let mut slower = blobs.put(id).unwrap();
        slower.write(b"slower").unwrap();
        put(blobs, id, &[b"first"]).unwrap();
        let refused = |outcome| matches!(outcome, Err(BlobError::Io { kind: ErrorKind::AlreadyExists, .. }));
        assert!(refused(blobs.put(id).map(|_| 0)));
        assert!(refused(slower.finish()));
        assert_eq!(blobs.length(id), Ok(5));
        assert_eq!(blobs.leftovers(), Ok(vec![]));
    });
}

#[test]
fn a_removed_blob_is_missing() {
    on_each_store(|blobs| {
        let (one, other) = (an_id(), an_id());
        put(blobs, one, &[b"1"]).unwrap();
        put(blobs, other, &[b"2"]).unwrap();
        assert_eq!(blobs.remove(one), Ok(()));
        assert_eq!(blobs.remove(one), Err(BlobError::Missing));
        assert_eq!(listed(blobs), [other]);
    });
}

#[test]
fn a_sweep_removes_what_is_older_and_nothing_finished() {
    on_each_store(|blobs| {
        let (unfinished, finished) = (an_id(), an_id());
        put(blobs, finished, &[b"kept"]).unwrap();
        let mut writer = blobs.put(unfinished).unwrap();
        writer.write(b"abcd").unwrap();
        assert_eq!(blobs.sweep(LONG_AGO), Ok(Swept::default()));
        assert_eq!(blobs.sweep(NEVER), Ok(Swept { blobs: 1, bytes: 4 }));
        assert_eq!(blobs.leftovers(), Ok(vec![]));
        assert!(writer.finish().is_err(), "what was swept cannot be finished");
        assert_eq!(listed(blobs), [finished]);
    });
}

#[test]
fn many_blobs_are_all_listed() {
    on_each_store(|blobs| {
        let mut ids: Vec<_> = (0..100).map(|_| an_id()).collect();
        for id in &ids {
            put(blobs, *id, &[b"x"]).unwrap();
        }
        ids.sort();
        assert_eq!(listed(blobs), ids);
    });
}

#[test]
fn a_blob_in_memory_bears_the_time_of_its_clock() {
    let at = Moment::from_micros(5);
    let blobs = MemoryBlobs::new(Arc::new(FixedClock::at(at)));
    put(&blobs, an_id(), &[b"x"]).unwrap();
    blobs.list(&mut |_, modified| assert_eq!(modified, at)).unwrap();
}

#[test]
fn blobs_lie_by_their_last_two_bytes_and_nobody_else_may_read_them() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("blobs");
    let id = an_id();
    put(&LocalBlobs::open(&root).unwrap(), id, &[b"x"]).unwrap();
    let text = id.to_string();
    let (branch, leaf) = text.split_at(32).1.split_at(2);
    let path = root.join(branch).join(leaf).join(&text);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for path in path.ancestors().skip(1).take(3) {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn what_a_dead_process_left_is_found_and_swept_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let id = an_id();
    drop(LocalBlobs::open(directory.path()).unwrap());
    fs::write(directory.path().join(format!("incoming/{id}.1-0.part")), b"torn").unwrap();
    fs::write(directory.path().join("incoming/README"), b"not ours").unwrap();
    let blobs = LocalBlobs::open(directory.path()).unwrap();
    assert_eq!(blobs.leftovers().unwrap().len(), 1);
    assert_eq!(put(&blobs, id, &[b"again"]), Ok(5));
    assert_eq!(blobs.sweep(NEVER), Ok(Swept { blobs: 1, bytes: 4 }));
    assert!(directory.path().join("incoming/README").exists());
}

#[test]
fn a_full_disk_a_quota_and_the_largest_file_are_all_full() {
    for errno in [rustix::io::Errno::NOSPC, rustix::io::Errno::DQUOT, rustix::io::Errno::FBIG] {
        let error = io::Error::from_raw_os_error(errno.raw_os_error());
        assert_eq!(BlobError::of("test", &error), BlobError::Full);
    }
    let other = io::Error::from_raw_os_error(rustix::io::Errno::ACCESS.raw_os_error());
    assert_eq!(
        BlobError::of("test", &other),
        BlobError::Io { what: "test", kind: ErrorKind::PermissionDenied }
    );
}

#[test]
fn a_disk_that_is_really_full_is_reported_as_full() {
    // Linux has a device for it: every write to /dev/full fails with ENOSPC.
    let mut full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = io::Write::write_all(&mut full, b"x").unwrap_err();
    assert_eq!(BlobError::of("test", &error), BlobError::Full);
}

#[test]
fn a_store_that_fails_at_any_operation_leaves_no_half_blob() {
    for fault in [Fault::Io, Fault::Full] {
        for nth in 1..=4 {
            let id = an_id();
            let inner = MemoryBlobs::default();
            let blobs = FaultyBlobs::failing_from(inner.clone(), fault, nth);
            assert_eq!(put(&blobs, id, &[b"abcd", b"efgh"]), Err(fault.to_error()), "operation {nth}");
            assert_eq!(blobs.operations(), nth);
            assert_eq!(inner.length(id), Err(BlobError::Missing));
            assert_eq!(inner.leftovers(), Ok(vec![]));
        }
    }
}

#[test]
fn a_store_that_fails_once_works_again() {
    let id = an_id();
    let blobs = FaultyBlobs::failing_once(MemoryBlobs::default(), Fault::Io, 2);
    assert!(put(&blobs, id, &[b"abcd"]).is_err());
    assert_eq!(put(&blobs, id, &[b"abcd"]), Ok(4));
    let mut writer = FaultyBlobs::failing_once(MemoryBlobs::default(), Fault::Full, 2).put(id).unwrap();
    assert_eq!(writer.write(b"abcd"), Err(BlobError::Full));
    assert!(writer.finish().is_err(), "a blob with a hole is never finished");
}
