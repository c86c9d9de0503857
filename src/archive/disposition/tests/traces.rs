//! What may still hold the words of an erased entry: everything that the archive keeps is opened with every key that it
//! has, and looked through.

use std::io::Read as _;

use super::{Office, an_office_with, is_in_a_file};
use crate::archive::cells;
use crate::archive::exports::{ExportRequest, Selection};
use crate::archive::records::{EntryName, RenditionRequest};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::on_postgres;
use crate::base::id::{ComponentId, ExportId, JobId};
use crate::store::rows::{cells as cell_rows, jobs};

impl Office {
    /// Has a package of the whole log made, which then waits to be fetched.
    fn waiting_package(&self) -> (ExportId, JobId) {
        let archive = &self.house.archive;
        let mut request = ExportRequest {
            selection: Selection::Ids(vec![EntryName { record: self.log, ordinal: None }.into()]),
            purpose: "举证".to_owned(),
            organization: "示例".to_owned(),
            description: None,
            approval: None,
            key: None,
        };
        let id = archive.request_export_approval(&self.asks, &request).unwrap();
        archive.decide_approval(&self.decides, id, crate::access::two_person::Verdict::Approve).unwrap();
        request.approval = Some(id);
        let asked = archive.begin_export(&self.asks, &request).unwrap();
        assert!(archive.work_on_next(3_600, &|| false).unwrap());
        (asked.id, asked.job)
    }

    fn rendition_of(&self, entry: u64) -> String {
        let request = RenditionRequest {
            record: self.log,
            entry: Some(entry),
            version: None,
            component: 0,
            profile: None,
            looked_at: Vec::new(),
        };
        self.house.archive.redacted_rendition(&self.asks, &request).unwrap().said().to_owned()
    }

    /// The plaintext of all cells, and where each stands.
    fn cells_opened(&self) -> Vec<(String, Vec<u8>)> {
        let inner = &self.house.archive.inner;
        let (keys, mut opened) = (inner.keys(), Vec::new());
        let read = inner.store.read(|conn| {
            cell_rows::scan::<Refusal>(conn, &mut |row| {
                let row = row?;
                let plain = cells::open(&keys, &row, Thing::Archive)?;
                opened.push((format!("{}/{}", row.owner, row.part), plain.expose().to_vec()));
                Ok(())
            })
        });
        read.unwrap();
        opened
    }

    fn holds(&self, words: &str) -> Vec<String> {
        let has = |plain: &[u8]| plain.windows(words.len()).any(|window| window == words.as_bytes());
        let cells = self.cells_opened().into_iter().filter(|(_, plain)| has(plain));
        cells.map(|(place, _)| place).collect()
    }
}

#[test]
fn a_package_that_waits_to_be_fetched_goes_with_the_entry_and_one_that_does_not_hold_it_stays() {
    let office = an_office_with(4);
    let archive = &office.house.archive;
    let (holds_it, job) = office.waiting_package();
    let file = ComponentId::parse(&job.to_string()).unwrap();
    assert!(archive.inner.results.open(file).is_ok());
    let erased = office.erased(&[3]);
    assert_eq!(erased.withdrawn, 1);
    let fetched = archive.deliver_export(&office.asks, holds_it, true).err();
    assert!(matches!(fetched, Some(Refusal::Expired(_))), "{fetched:?}");
    assert!(archive.inner.results.open(file).is_err());
    let left = archive.inner.store.read(|conn| cell_rows::of_owner(conn, &job.to_string())).unwrap();
    assert!(left.is_empty(), "neither its keys nor its list are kept");
    assert!(office.verified().is_clean());
    // One that was made since has nothing of it, and waits on through the next erasure of it or of another.
    let (without, _) = office.waiting_package();
    assert_eq!(office.erased(&[1]).withdrawn, 1, "it held the second entry");
    assert!(archive.deliver_export(&office.asks, without, true).is_err());
    let (_, counts) = office.package(&[0]);
    assert_eq!(counts, (1, 0));
    assert_eq!(office.erased(&[2]).withdrawn, 0, "it was of the first entry alone");
    assert!(office.verified().is_clean());
}

#[test]
fn an_entry_that_is_erased_while_a_package_is_written_is_not_in_it() {
    let office = an_office_with(3);
    let archive = &office.house.archive;
    let (first, _) = office.waiting_package();
    let begun = archive.inner.store.read(|conn| {
        let job = jobs::of_subject(conn, &first.to_string())?.remove(0).id;
        crate::archive::exports::Begun::load(&archive.inner, conn, job)
    });
    let begun = begun.unwrap();
    let ends = || archive.inner.store.read(|conn| begun.must_hold_nothing_erased(&archive.inner, conn));
    ends().unwrap();
    office.erased(&[0]);
    assert!(matches!(ends(), Err(Refusal::Stopped)), "it is given back, and made once more");
}

#[test]
fn nothing_that_the_archive_keeps_says_what_an_erased_entry_said() {
    if on_postgres() {
        return; // Looks into the files of the embedded database.
    }
    let office = an_office_with(4);
    let archive = &office.house.archive;
    assert!(!office.rendition_of(3).contains("13800138003"), "the case has a number for it now");
    let (_, job) = office.waiting_package();
    let mut package = Vec::new();
    let file = ComponentId::parse(&job.to_string()).unwrap();
    archive.inner.results.open(file).unwrap().read_to_end(&mut package).unwrap();
    let data = office.house.place.data().to_owned();
    let pieces: Vec<&[u8]> = package.chunks(48).filter(|piece| piece.len() == 48).collect();
    assert!(is_in_a_file(&data, pieces[0]));
    office.erased(&[3]);
    office.catch_up();
    for words in ["zebra3quartz", "13800138003", "CRM3"] {
        // Not even sealed: every cell was opened, with all keys that there are.
        assert_eq!(office.holds(words), Vec::<String>::new(), "{words}");
        assert!(!is_in_a_file(&data, words.as_bytes()), "{words}");
    }
    assert!(office.cells_opened().len() > 10, "there was something to look through");
    for piece in pieces.iter().step_by(pieces.len() / 50 + 1) {
        assert!(!is_in_a_file(&data, piece), "the package that was made is gone");
    }
    // What of it stays is told in the guide: a hash in the book of numbers of the case, under the case's secret.
    let books: Vec<_> =
        office.cells_opened().into_iter().filter(|(place, _)| place.ends_with("/redaction")).collect();
    assert_eq!(books.len(), 1);
    for entry in [0, 1, 2] {
        assert!(office.opened(entry).unwrap().contains(&format!("zebra{entry}quartz")));
    }
}
