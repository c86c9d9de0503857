//! The floor's own tests: an archive in a temporary directory, real keys, real files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::base::civil::Zone;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::{Capture, CaptureDefaults, read_json};
use crate::store::tests::harness_db::{self, TestDatabase};

use super::open::{Created, OpenOptions};
use super::receipt::LedgerPlace;
use super::refusal::{ContentFault, Thing};
use super::stage::Declared;
use super::{Archive, Caller, Place, Receipt, Refusal};

/// True if the archives of this floor's tests lie in PostgreSQL: the whole suite is run a second time
/// with `MUNIMENT_TEST_DATABASE=postgres`.
#[allow(clippy::disallowed_methods, reason = "tests are told by the environment on what they run")]
pub(in crate::archive) fn on_postgres() -> bool {
    match std::env::var("MUNIMENT_TEST_DATABASE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("MUNIMENT_TEST_DATABASE is sqlite or postgres, not {other}"),
    }
}

/// The database of the archive at `place`: the same again when it is opened again.
pub(super) fn database_url(place: &Place) -> String {
    static DATABASES: Mutex<BTreeMap<PathBuf, TestDatabase>> = Mutex::new(BTreeMap::new());
    let file = place.database();
    if !on_postgres() {
        return format!("sqlite:{}", file.display());
    }
    let mut databases = DATABASES.lock().unwrap();
    let database = databases.entry(file.clone()).or_insert_with(|| {
        // By this file the archive is known to be there.
        std::fs::write(&file, b"").unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        harness_db::postgres().expect("MUNIMENT_TEST_DATABASE asks for PostgreSQL, but there is none")
    });
    database.url()
}

/// An archive that goes away with the test.
pub(super) struct Scratch {
    pub _folder: tempfile::TempDir,
    pub place: Place,
    pub archive: Archive,
}

pub(super) fn scratch() -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let Created { archive, .. } = Archive::create(&place, &OpenOptions::default()).unwrap();
    Scratch { _folder: folder, place, archive }
}

impl Scratch {
    pub(super) fn operator(&self) -> Caller {
        self.archive.local_operator().unwrap()
    }

    pub(super) fn request(&self, json: &str) -> Capture {
        Capture::from_json(&read_json(json.as_bytes()).unwrap(), &self.defaults()).unwrap()
    }

    pub(super) fn defaults(&self) -> CaptureDefaults {
        CaptureDefaults {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            now: self.archive.inner.now(),
            content_comes_apart: true,
        }
    }

    pub(super) fn capture(&self, json: &str, content: &[u8]) -> Result<Receipt, Refusal> {
        let staged = self.archive.stage(content, Declared::default())?;
        self.archive.capture(&self.operator(), self.request(json), vec![staged])
    }
}

/// The words of a profile as they stand.
pub(super) fn words_at(archive: &Archive, owner: &str, part: &str) -> serde_json::Value {
    let keys = archive.inner.keys();
    let read =
        archive.inner.store.read(|conn| super::cells::profile(&keys, conn, owner, part, Thing::Archive));
    read.unwrap()
}

/// Seals other words in their place, as whoever has the epoch key can.
pub(super) fn reseal(archive: &Archive, owner: &str, part: &str, words: &serde_json::Value) {
    use crate::store::rows::cells;
    let (inner, keys) = (&archive.inner, archive.inner.keys());
    let sealed = super::cells::seal_profile(inner, &keys, owner, part, words).unwrap();
    let put = inner.store.maintain(move |upkeep| {
        assert!(cells::delete(upkeep.conn(), &sealed.row.owner, &sealed.row.part)?);
        cells::insert(upkeep.conn(), &sealed.row)
    });
    put.unwrap();
}

const AUTHORIZATION: &str = r#"{"kind": "authorization", "case": "SC-2026-001", "occurred": "2026-03-01",
    "parties": [{"role": "customer", "name": "青禾科技有限公司"}],
    "components": [{"name": "授权书.txt"}], "idempotency_key": "k-1"}"#;

#[test]
fn a_capture_is_acknowledged_with_its_place_in_the_ledger() {
    let scratch = scratch();
    let receipt = scratch.capture(AUTHORIZATION, "兹授权贵公司处理数据".as_bytes()).unwrap();
    assert_eq!(receipt.version, 1);
    assert!(receipt.case_opened);
    assert_eq!(receipt.ledger.size, receipt.ledger.index + 1);
}

#[test]
fn the_same_key_with_the_same_request_gives_the_first_receipt_again() {
    let scratch = scratch();
    let first = scratch.capture(AUTHORIZATION, b"one").unwrap();
    let again = scratch.capture(AUTHORIZATION, b"one").unwrap();
    assert!(again.replayed && first.case_opened);
    // A program that lost the first answer has all of it: where the content has to agree with a digest, most of all.
    assert_eq!(again, Receipt { replayed: true, ..first });
    assert!(matches!(scratch.capture(AUTHORIZATION, b"two"), Err(Refusal::IdempotencyConflict)));
}

#[test]
fn the_same_revision_of_a_source_gives_the_first_receipt_again_and_only_the_first_in_a_case_opened_it() {
    let scratch = scratch();
    let ticket = |id: &str| {
        AUTHORIZATION.replace(
            r#""idempotency_key": "k-1""#,
            &format!(r#""source": {{"system": "itsm", "external_id": "{id}", "revision": "1"}}"#),
        )
    };
    let first = scratch.capture(&ticket("T-1"), b"one").unwrap();
    let second = scratch.capture(&ticket("T-2"), b"two").unwrap();
    assert!(first.case_opened && !second.case_opened);
    for (id, content, receipt) in [("T-1", b"one", first), ("T-2", b"two", second)] {
        let again = scratch.capture(&ticket(id), content).unwrap();
        let size = again.ledger.size;
        assert!(size >= receipt.ledger.size);
        let ledger = LedgerPlace { size, ..receipt.ledger };
        assert_eq!(again, Receipt { replayed: true, ledger, ..receipt });
    }
}

#[test]
fn an_answer_that_was_changed_in_the_database_is_given_to_nobody() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = scratch();
    let first = scratch.capture(AUTHORIZATION, b"one").unwrap();
    let second = scratch.capture(&AUTHORIZATION.replace("k-1", "k-2"), b"two").unwrap();
    let database = scratch.place.database();
    let query = "SELECT hex(key_token) || ' ' || subject FROM idempotency";
    let kept = crate::store::testing::dump(&database, query);
    let of = |record: String| {
        kept.iter().find_map(|line| line.split_once(' ').filter(|it| it.1.starts_with(&record)))
    };
    let (key, own) = of(first.record.to_string()).unwrap();
    let (_, other) = of(second.record.to_string()).unwrap();
    let set = |subject: &str| {
        let sql = format!("UPDATE idempotency SET subject = '{subject}' WHERE key_token = x'{key}'");
        crate::store::testing::execute_raw(&database, &sql);
    };
    for forged in [format!("{}/1", second.record), other.to_owned(), own.replace("/1#", "/2#")] {
        set(&forged);
        let again = scratch.capture(AUTHORIZATION, b"one");
        assert!(matches!(again, Err(Refusal::Damaged(Thing::Record))), "{forged}");
    }
    set(own);
    assert_eq!(scratch.capture(AUTHORIZATION, b"one").unwrap().record, first.record);
}

#[test]
fn a_second_process_is_kept_out() {
    let scratch = scratch();
    let second = Archive::open(&scratch.place, &OpenOptions::default());
    assert!(matches!(second, Err(Refusal::AlreadyOpen)));
}

#[test]
fn what_was_captured_is_there_after_the_archive_is_opened_again() {
    let Scratch { _folder, place, archive } = scratch();
    drop(archive);
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    assert!(archive.local_operator().is_ok());
}

#[test]
fn text_that_is_declared_as_utf8_must_be_it_wherever_the_stream_is_cut() {
    let scratch = scratch();
    let declared = || Declared { utf8: true, ..Declared::default() };
    let text = "第一行\n第二行\n".as_bytes();
    for cut in 0..text.len() {
        let mut intake = scratch.archive.begin_content(declared()).unwrap();
        intake.write(&text[..cut]).unwrap();
        intake.write(&text[cut..]).unwrap();
        intake.finish().unwrap();
    }
    let broken = [text, b"\xff"].concat();
    let refused = scratch.archive.stage(&broken, declared()).map(|_| ());
    let expected = |refused: Result<(), Refusal>| {
        matches!(refused, Err(Refusal::Content { fault: ContentFault::NotUtf8 { line: 3, offset: 20 }, .. }))
    };
    assert!(expected(refused));
    let cut_off = [text, &"三".as_bytes()[..2]].concat();
    assert!(expected(scratch.archive.stage(&cut_off, declared()).map(|_| ())));
    assert!(scratch.archive.stage(&broken, Declared::default()).is_ok());
}
