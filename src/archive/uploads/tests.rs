use crate::archive::open::OpenOptions;
use crate::archive::refusal::ContentFault;
use crate::archive::stage::Declared;
use crate::archive::tests::{Scratch, scratch};
use crate::archive::{Archive, Caller, Place};
use crate::base::limits::SPOOL_SECONDS_MAX;
use crate::base::moment::{Clock as _, FixedClock};
use crate::record::names::Reference;
use crate::store::rows::cells as cell_rows;

use super::*;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
    "parties": [{"role": "customer", "name": "青禾科技有限公司"}], "components": [{"name": "录像.mp4"}],
    "idempotency_key": "k-1"}"#;

fn announced(content: &[u8]) -> NewUpload {
    NewUpload {
        name: FileName::parse("录像.mp4").unwrap(),
        media_type: MediaType::parse("video/mp4").unwrap(),
        bytes: content.len() as u64,
        digest: None,
    }
}

fn send(archive: &Archive, caller: &Caller, content: &[u8]) -> Upload {
    let id = archive.begin_upload(caller, announced(content), None).unwrap().id;
    let Reception::Send(mut receiving) =
        archive.receive_upload(caller, id, Digest::of(content), None).unwrap()
    else {
        panic!("nothing was here")
    };
    content.chunks(7_000).for_each(|piece| receiving.write(piece).unwrap());
    receiving.finish().unwrap()
}

fn files(place: &Place) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        // The mark by which the folder is known is none.
        let paths = paths.filter(|path| !path.ends_with("archive"));
        paths.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    count(&place.blobs())
}

fn capture(scratch: &Scratch, id: UploadId) -> Result<crate::archive::Receipt, Refusal> {
    let staged = scratch.archive.stage_upload(&scratch.operator(), id, Declared::default())?;
    scratch.archive.capture(&scratch.operator(), scratch.request(TICKET), vec![staged])
}

#[test]
fn an_upload_becomes_a_component_once_and_its_keys_go_with_the_record() {
    let scratch = scratch();
    for content in [b"short".to_vec(), vec![9; 300_000]] {
        let upload = send(&scratch.archive, &scratch.operator(), &content);
        assert_eq!((upload.state, upload.digest), (UploadState::Complete, Some(Digest::of(&content))));
        let key = format!("\"k-{}\"", content.len());
        let request = TICKET.replace("\"k-1\"", &key);
        let stage = || scratch.archive.stage_upload(&scratch.operator(), upload.id, Declared::default());
        let staged = stage().unwrap();
        let take =
            |staged| scratch.archive.capture(&scratch.operator(), scratch.request(&request), vec![staged]);
        let first = take(staged).unwrap();
        let header = |conn: &mut Conn| cell_rows::get(conn, &upload.id.to_string(), HEADER);
        assert_eq!(scratch.archive.inner.store.read(header), Ok(None), "the record's keys are its own");
        let again = take(stage().unwrap()).unwrap();
        assert_eq!((again.record, again.replayed), (first.record, true));
        let other = scratch.request(&TICKET.replace("\"k-1\"", "\"other\""));
        let refused = scratch.archive.capture(&scratch.operator(), other, vec![stage().unwrap()]);
        assert!(matches!(refused, Err(Refusal::Spent(Thing::Upload))));
    }
    let report = crate::archive::verify::verify(&scratch.place, &Default::default(), &mut |_| {}).unwrap();
    assert!(report.is_clean() && report.orphans == 0, "{:?}", report.faults);
}

#[test]
fn what_is_not_what_was_announced_leaves_nothing_behind() {
    let scratch = scratch();
    let (archive, caller) = (&scratch.archive, scratch.operator());
    let content = vec![3; 200_000];
    let id = archive.begin_upload(&caller, announced(&content), None).unwrap().id;
    let begin = |digest| archive.receive_upload(&caller, id, digest, None);
    let Reception::Send(mut lying) = begin(Digest::of(b"other")).unwrap() else { panic!() };
    assert!(matches!(begin(Digest::of(&content)), Err(Refusal::Arriving(Thing::Upload))), "one at a time");
    lying.write(&content).unwrap();
    let refused = lying.finish();
    assert!(matches!(refused, Err(Refusal::Content { fault: ContentFault::Digest, .. })));
    let Reception::Send(mut long) = begin(Digest::of(&content)).unwrap() else { panic!() };
    long.write(&content).unwrap();
    let refused = long.write(b"x");
    assert!(matches!(refused, Err(Refusal::Content { fault: ContentFault::Length { .. }, .. })));
    drop(long);
    let Reception::Send(mut short) = begin(Digest::of(&content)).unwrap() else { panic!() };
    short.write(&content[..100_000]).unwrap();
    assert!(short.finish().is_err());
    assert_eq!(files(&scratch.place), 0);
    assert_eq!(archive.show_upload(&caller, id).unwrap().state, UploadState::Waiting);
    assert!(matches!(capture(&scratch, id), Err(Refusal::ComponentCount { .. })));
}

#[test]
fn an_upload_is_given_up_or_swept_with_its_content() {
    let clock = std::sync::Arc::new(FixedClock::at(Moment::from_micros(1_780_000_000_000_000)));
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let options = OpenOptions { clock: clock.clone(), ..OpenOptions::default() };
    let archive = Archive::create(&place, &options).unwrap().archive;
    let caller = archive.local_operator().unwrap();
    let given_up = send(&archive, &caller, &[1; 100_000]);
    let left = send(&archive, &caller, &[2; 100_000]);
    assert_eq!(files(&place), 2);
    archive.give_up_upload(&caller, given_up.id).unwrap();
    assert!(matches!(archive.show_upload(&caller, given_up.id), Err(Refusal::NotFound(_))));
    assert_eq!((archive.sweep_uploads().unwrap(), files(&place)), (0, 1));
    clock.set(clock.now().plus_seconds(SPOOL_SECONDS_MAX));
    assert!(matches!(archive.show_upload(&caller, left.id), Err(Refusal::Expired(Thing::Upload))));
    assert_eq!((archive.sweep_uploads().unwrap(), files(&place)), (1, 0));
    assert!(matches!(archive.show_upload(&caller, left.id), Err(Refusal::NotFound(_))));
    let cells = archive.inner.store.read(|conn| cell_rows::of_owner(conn, &left.id.to_string()));
    assert_eq!(cells, Ok(Vec::new()));
}

#[test]
fn the_same_announcement_under_the_same_key_is_the_same_upload() {
    let scratch = scratch();
    let (archive, caller) = (&scratch.archive, scratch.operator());
    let key = Reference::parse("k").unwrap();
    let begin = |content: &[u8]| archive.begin_upload(&caller, announced(content), Some(&key));
    let first = begin(b"one").unwrap();
    let again = begin(b"two").unwrap();
    assert_eq!((again.id, again.replayed), (first.id, true));
    assert!(matches!(begin(b"three"), Err(Refusal::IdempotencyConflict)));
}

#[test]
fn a_rotation_and_an_epoch_turn_leave_an_upload_usable() {
    let scratch = scratch();
    let (archive, caller) = (&scratch.archive, scratch.operator());
    let content = vec![5; 100_000];
    let upload = send(archive, &caller, &content);
    let source = crate::keydir::IdentitySource::Default;
    archive.rotate_keys(&caller, crate::archive::keys::Replace::Both, &source, &mut |_, _| {}).unwrap();
    archive.turn_epoch(&caller, &[], &mut |_, _| {}).unwrap();
    assert_eq!(capture(&scratch, upload.id).unwrap().components[0].digest, Some(Digest::of(&content)));
}

#[test]
fn one_person_has_so_many_uploads_and_no_more() {
    let scratch = scratch();
    let (archive, caller) = (&scratch.archive, scratch.operator());
    let large = NewUpload { bytes: crate::base::limits::COMPONENT_BYTES_MAX, ..announced(b"x") };
    for _ in 0..8 {
        archive.begin_upload(&caller, large.clone(), None).unwrap();
    }
    let refused = archive.begin_upload(&caller, announced(b"x"), None);
    assert!(matches!(refused, Err(Refusal::Content { fault: ContentFault::TooLarge { .. }, .. })));
}

#[test]
fn what_waits_to_be_captured_is_no_leftover() {
    let scratch = scratch();
    send(&scratch.archive, &scratch.operator(), &vec![9; 300_000]);
    assert_eq!(scratch.archive.fsck(&scratch.operator(), false).unwrap(), []);
    let options = crate::archive::verify::VerifyOptions {
        database: Some(scratch.place.database_url(None)),
        ..Default::default()
    };
    let report = crate::archive::verify::verify(&scratch.place, &options, &mut |_| {}).unwrap();
    assert_eq!((report.faults.as_slice(), report.orphans), ([].as_slice(), 0));
}
