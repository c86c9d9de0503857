use std::io::{self, Cursor, Read};

use super::super::name::Completeness;
use super::super::plan::Counts;
use super::super::testing::{Unpacked, World, check, codes, log_key};
use super::super::verify::{Known, Options, Verdict, VerifyError, verify};
use super::super::writer::{BundleWriter, WriteError};

#[test]
fn what_is_written_is_verified_under_the_logs_key() {
    let world = World::new();
    let (bytes, finished) = world.bundle();
    let report = check(&bytes, Some(world.key.vkey()));
    assert_eq!(report.faults, []);
    assert_eq!(report.verdict(), Verdict::Verified);
    assert_eq!(report.counts, Some(Counts { exported: 4, withheld: 1, failed: 0 }));
    assert_eq!((report.records, report.custody_entries, report.custody_lines), (4, 3, 7));
    assert_eq!(report.files, finished.files);
    assert_eq!(finished.file_name, "MUN-EXP-2026-000001.zip");
}

#[test]
fn without_a_known_key_a_bundle_is_at_best_consistent() {
    let (bytes, _) = World::new().bundle();
    let report = check(&bytes, None);
    assert_eq!(report.verdict(), Verdict::Consistent);
    assert!(report.signer.is_some_and(|signer| !signer.pinned));
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    assert_eq!(World::new().bundle().0, World::new().bundle().0);
}

#[test]
fn a_failed_item_makes_the_bundle_partial_everywhere() {
    let (bytes, finished) = World::partial().bundle();
    assert_eq!(finished.file_name, "MUN-EXP-2026-000001-PARTIAL.zip");
    let report = check(&bytes, Some(log_key(7).vkey()));
    assert_eq!((report.faults.as_slice(), report.completeness), ([].as_slice(), Some(Completeness::Partial)));
    let unpacked = Unpacked::of(&bytes);
    for path in ["README.txt", "bag-info.txt", "START-HERE.html"] {
        assert!(unpacked.text(path).contains("PARTIAL"), "{path}");
    }
}

#[test]
fn an_export_that_nobody_could_agree_to_says_so_to_whoever_reads_it() {
    let (bytes, _) = World::new().bundle();
    assert!(check(&bytes, None).not_countersigned);
    let unpacked = Unpacked::of(&bytes);
    assert!(unpacked.text("README.txt").contains("NOT COUNTERSIGNED"));
    let page = unpacked.text("START-HERE.html");
    assert!(
        page.contains("not countersigned") && !page.contains("PARTIAL") && !page.contains("{{"),
        "{page}"
    );
}

#[test]
fn start_here_is_the_first_entry_and_texts_of_people_cannot_become_markup() {
    let (bytes, _) = World::new().bundle();
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut page = String::new();
    let mut first = archive.by_index(0).unwrap();
    assert_eq!(first.name().unwrap(), "MUN-EXP-2026-000001/START-HERE.html");
    first.read_to_string(&mut page).unwrap();
    assert!(page.contains("&lt;紧急&gt;") && !page.contains("<紧急>") && !page.contains("{{"));
}

#[test]
fn the_key_of_a_segment_never_leaves_with_a_part_of_it() {
    let world = World::new();
    let unpacked = Unpacked::of(&world.bundle().0);
    let key = crate::base::digest::to_hex(world.samples[1].keys[0].expose());
    for (path, bytes) in &unpacked.files {
        assert!(!String::from_utf8_lossy(bytes).contains(&key), "{path}");
    }
}

#[test]
fn nothing_is_written_that_the_ledger_does_not_vouch_for() {
    type Change = fn(&World, &mut BundleWriter<'_, Cursor<Vec<u8>>>) -> WriteError;
    let cases: &[(&str, Change)] = &[
        ("another original", |world, writer| {
            let wrong = |_: usize, _: &_| -> io::Result<Box<dyn Read>> {
                Ok(Box::new(Cursor::new(vec![b'x'; world.samples[0].natives[0].len()])))
            };
            writer.record(&world.record_input(0), wrong).unwrap_err()
        }),
        ("a longer original", |world, writer| {
            let long = |_: usize, _: &_| -> io::Result<Box<dyn Read>> { Ok(Box::new(io::repeat(0))) };
            writer.record(&world.record_input(0), long).unwrap_err()
        }),
        ("an unreadable original", |world, writer| {
            let broken = |_: usize, _: &_| Err(io::Error::other("disk"));
            writer.record(&world.record_input(0), broken).unwrap_err()
        }),
        ("another item", |world, writer| {
            writer.record(&world.record_input(2), |n, _| Ok(world.natives(2)(n))).unwrap_err()
        }),
        ("another place in the log", |world, writer| {
            let mut input = world.record_input(0);
            input.entry.seq += 1;
            writer.record(&input, |n, _| Ok(world.natives(0)(n))).unwrap_err()
        }),
        ("another descriptor key", |world, writer| {
            let mut input = world.record_input(0);
            input.descriptor.as_mut().unwrap().commitment_key = input.commitment_keys[0].clone();
            writer.record(&input, |n, _| Ok(world.natives(0)(n))).unwrap_err()
        }),
    ];
    for (name, change) in cases {
        let world = World::new();
        let mut out = Cursor::new(Vec::new());
        {
            let mut writer = BundleWriter::begin(out, world.plan(), &world.key).unwrap();
            let error = change(&world, &mut writer);
            assert!(!matches!(error, WriteError::Poisoned), "{name}: {error}");
            let again = writer.record(&world.record_input(0), |n, _| Ok(world.natives(0)(n)));
            assert!(matches!(again, Err(WriteError::Poisoned)), "{name}");
            assert!(matches!(writer.finish(), Err(WriteError::Poisoned)), "{name}");
        }
        out = Cursor::new(Vec::new());
        assert!(out.get_ref().is_empty());
    }
}

#[test]
fn a_failure_leaves_no_zip_behind() {
    let world = World::new();
    let mut out = Cursor::new(Vec::new());
    let mut writer = BundleWriter::begin(&mut out, world.plan(), &world.key).unwrap();
    let broken = writer.record(&world.record_input(0), |_, _| Err(io::Error::other("disk")));
    assert!(matches!(broken, Err(WriteError::Source { .. })));
    drop(writer);
    assert_eq!(codes(out.get_ref()), ["not_a_zip"]);
}

#[test]
fn a_bundle_that_lacks_planned_items_is_not_finished() {
    let world = World::new();
    let writer = BundleWriter::begin(Cursor::new(Vec::new()), world.plan(), &world.key).unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::ItemsMissing { next }) if next == "R000001"));
}

#[test]
fn a_plan_that_the_ledger_did_not_freeze_is_refused() {
    let world = World::new();
    let begin = |plan| BundleWriter::begin(Cursor::new(Vec::new()), plan, &world.key).err();
    let mut shorter = world.plan();
    shorter.items.pop();
    assert!(matches!(begin(shorter), Some(WriteError::Begun)));
    let mut elsewhere = world.plan();
    elsewhere.begun.seq -= 1;
    assert!(matches!(begin(elsewhere), Some(WriteError::NotInLog { .. })));
    let mut lines = world.plan();
    lines.organization = "A\nMuniment-Items-Failed: 0".to_owned();
    assert!(matches!(begin(lines), Some(WriteError::Line { field: "organization" })));
    assert!(matches!(
        BundleWriter::begin(Cursor::new(Vec::new()), world.plan(), &log_key(9)).err(),
        Some(WriteError::Checkpoint(_))
    ));
}

#[test]
fn a_check_can_be_stopped_and_a_broken_disk_is_no_fault_of_the_bundle() {
    let (bytes, _) = World::new().bundle();
    let stopped = verify(Cursor::new(&bytes), &Options::default(), &mut |read| {
        if read > 2000 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(VerifyError::Stopped)));

    struct Broken(Cursor<Vec<u8>>, u32);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = self.1.saturating_sub(1);
            if self.1 == 0 { Err(io::Error::other("disk")) } else { self.0.read(buffer) }
        }
    }
    impl io::Seek for Broken {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    for reads in 1..200 {
        let broken = Broken(Cursor::new(bytes.clone()), reads);
        let result = verify(broken, &Options::default(), &mut |_| std::ops::ControlFlow::Continue(()));
        assert!(matches!(result, Err(VerifyError::Io(_))), "read {reads}");
    }
}

#[test]
fn a_key_that_is_none_is_the_callers_fault() {
    let (bytes, _) = World::new().bundle();
    let options = Options { known: Known::Vkey("nonsense".to_owned()) };
    let result = verify(Cursor::new(&bytes), &options, &mut |_| std::ops::ControlFlow::Continue(()));
    assert!(matches!(result, Err(VerifyError::BadVkey)));
}

/// Computed once and looked at with `unzip`, `bagit.py` and the bundle's own checker; a change
/// here means that older bundles and newer verifiers may no longer agree.
#[test]
fn the_bundle_is_written_as_on_the_first_day() {
    let unpacked = Unpacked::of(&World::new().bundle().0);
    let golden = [
        "README.txt",
        "bag-info.txt",
        "data/custody/custody.csv",
        "data/records/R000001/record.json",
        "proof/openings.json",
        "proof/segments/R000002.jsonl",
        "report/exceptions.csv",
        "report/items.csv",
    ];
    for path in golden {
        let shown = unpacked.text(path);
        let name = path.replace('/', "__");
        insta::with_settings!({prepend_module_to_snapshot => false, snapshot_path => "golden"}, {
            insta::assert_snapshot!(name, shown);
        });
    }
}
