//! Settles candidates on what their records say once they are opened. What makes a document a hit is the
//! affair of a [`Domain`]: words, or somebody whom it is about.

use crate::access::scope::Level;
use crate::base::civil::CivilDate;
use crate::base::moment::Moment;
use crate::record::occurred::Occurred;
use crate::record::state::RecordState;
use crate::store::rows::versions::VersionRow;
use crate::store::{Conn, StoreError};

use crate::archive::indexing::{OpenSegment, OpenVersion, Reading, is_damage, may_pass};
use crate::archive::records::{Ledgered, Told};
use crate::archive::refusal::Refusal;
use crate::archive::rows::kind_of;

use super::candidates::Candidate;
use super::reach::Sight;
use super::request::{SearchFilters, SearchHit};

/// How many log entries are looked at in the time that opening a record takes.
const OPENING: usize = 30;
/// Work that one page is worth, however fast it goes: about two hundred records, or all entries of some segments.
const PAGE_WORK_MAX: usize = 6_000;
/// Bytes of text that are decrypted for one page before it ends.
const PAGE_TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What is looked for in opened documents.
pub(super) trait Domain {
    /// What is opened of a version beside its text.
    type Kept;
    /// Where it stands in a document, for the line that is shown.
    type Mark;
    /// A hit.
    type Hit;

    /// Opens what is needed of a version.
    ///
    /// # Errors
    /// Damaged, or the database cannot be read.
    fn open(
        &self,
        conn: &mut Conn,
        version: &OpenVersion<'_>,
        candidate: &Candidate,
    ) -> Result<Self::Kept, Refusal>;

    /// Looks at an entry of a bulk log.
    ///
    /// # Errors
    /// As [`Domain::open`].
    fn in_entry(
        &self,
        segment: &mut OpenSegment,
        ordinal: u64,
        kept: &Self::Kept,
    ) -> Result<(Moment, LookedAt<Self::Mark>), Refusal>;

    /// Looks at a record as a whole.
    ///
    /// # Errors
    /// As [`Domain::open`]; damaged also where it may stand in what cannot be read now.
    fn in_whole(
        &self,
        conn: &mut Conn,
        version: &OpenVersion<'_>,
        candidate: &Candidate,
        kept: &Self::Kept,
    ) -> Result<LookedAt<Self::Mark>, Refusal>;

    /// Holds against the ledger what else the line of a hit would tell, and marks it.
    ///
    /// # Errors
    /// The ledger cannot be read.
    fn hold(
        &mut self,
        _ledger: &Ledgered<'_>,
        _conn: &mut Conn,
        _candidate: &Candidate,
        _told: &mut Told,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// The hit; of one that cannot be read nothing is marked.
    fn hit(&self, hit: SearchHit, mark: Option<Self::Mark>) -> Self::Hit;
}

/// A document that was looked at.
pub(super) struct LookedAt<M> {
    /// Bytes of text that were read.
    pub bytes: usize,
    /// Where it stands, if it does.
    pub mark: Option<M>,
}

/// With what candidates are settled.
pub(super) struct Confirming<'a, D: Domain> {
    pub reading: Reading<'a>,
    pub filters: &'a SearchFilters,
    pub sight: &'a Sight<'a>,
    pub ledger: &'a Ledgered<'a>,
    domain: D,
    /// The record opened last: the entries of a segment follow each other.
    opened: Option<Opened<'a, D::Kept>>,
    /// Bytes of text read so far.
    read_bytes: usize,
    /// Work done so far: a log entry that was looked at is one, opening a record [`OPENING`].
    work: usize,
    /// Candidates that cannot be read.
    pub unreadable: u64,
}

/// A record that stays open while its entries are looked at.
struct Opened<'a, K> {
    block: i64,
    version: OpenVersion<'a>,
    segment: Option<OpenSegment>,
    kept: K,
    /// The record as the ledger has it, once it is a hit.
    told: Option<Told>,
    /// Whether its holds and dates are those that are asked for, once that is known.
    lets: Option<bool>,
}

impl<'a, D: Domain> Confirming<'a, D> {
    pub(super) fn new(
        (reading, ledger): (Reading<'a>, &'a Ledgered<'a>),
        (filters, sight): (&'a SearchFilters, &'a Sight<'a>),
        domain: D,
    ) -> Self {
        let (opened, read_bytes, work, unreadable) = (None, 0, 0, 0);
        Self { reading, filters, sight, ledger, domain, opened, read_bytes, work, unreadable }
    }

    /// True if so much was done for one page that it had better end.
    pub(super) fn is_spent(&self) -> bool {
        self.work >= PAGE_WORK_MAX || self.read_bytes >= PAGE_TEXT_BYTES_MAX
    }

    /// The hit, if the candidate is one. A candidate that cannot be read may be one, and is told without
    /// words.
    pub(super) fn settle(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
    ) -> Result<Option<D::Hit>, Refusal> {
        match self.try_settle(conn, candidate) {
            Err(error) if is_damage(&error) || may_pass(&error) => {
                tracing::warn!(record = %candidate.record.id, %error, "a possible hit cannot be read");
                self.opened = None;
                self.unreadable += 1;
                let hit = unreadable(conn, candidate, self.ledger, self.sight)?;
                Ok(hit.map(|hit| self.domain.hit(hit, None)))
            }
            outcome => outcome,
        }
    }

    fn try_settle(&mut self, conn: &mut Conn, candidate: &Candidate) -> Result<Option<D::Hit>, Refusal> {
        let mut opened = match self.opened.take() {
            Some(opened) if opened.block == candidate.block.docid => opened,
            _ => {
                self.work += OPENING;
                self.open(conn, candidate)?
            }
        };
        self.work += 1;
        let hit = match candidate.block.entry_of(candidate.docid) {
            Some(ordinal) => self.settle_entry(conn, candidate, &mut opened, ordinal),
            None => self.settle_whole(conn, candidate, &mut opened),
        };
        self.opened = Some(opened);
        hit
    }

    fn open(&self, conn: &mut Conn, candidate: &Candidate) -> Result<Opened<'a, D::Kept>, Refusal> {
        let version = OpenVersion::open(self.reading, conn, &candidate.record, candidate.block.version)?;
        let kept = self.domain.open(conn, &version, candidate)?;
        let segment = match candidate.block.entries {
            0 => None,
            _ => version.segment(conn)?,
        };
        Ok(Opened { block: candidate.block.docid, version, segment, kept, told: None, lets: None })
    }

    fn settle_entry(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_, D::Kept>,
        ordinal: u64,
    ) -> Result<Option<D::Hit>, Refusal> {
        let Some(segment) = opened.segment.as_mut().filter(|log| !log.is_erased(ordinal)) else {
            return Ok(None);
        };
        let (at, LookedAt { bytes, mark }) = self.domain.in_entry(segment, ordinal, &opened.kept)?;
        self.read_bytes += bytes;
        let zone = opened.version.row.zone;
        let on = CivilDate::of(at, zone).unwrap_or(opened.version.row.occurred_on);
        let occurred = Occurred { on, at: Some(at), zone };
        let fits = self.filters.occurred_from.is_none_or(|from| from <= on)
            && self.filters.occurred_to.is_none_or(|to| on <= to);
        let Some(mark) = mark.filter(|_| fits) else { return Ok(None) };
        let hit = self.told(conn, candidate, opened, Some(occurred))?;
        Ok(hit.map(|hit| self.domain.hit(SearchHit { entry: Some(ordinal), ..hit }, Some(mark))))
    }

    fn settle_whole(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_, D::Kept>,
    ) -> Result<Option<D::Hit>, Refusal> {
        let LookedAt { bytes, mark } =
            self.domain.in_whole(conn, &opened.version, candidate, &opened.kept)?;
        self.read_bytes += bytes;
        let Some(mark) = mark else { return Ok(None) };
        let hit = self.told(conn, candidate, opened, None)?;
        Ok(hit.map(|hit| self.domain.hit(hit, Some(mark))))
    }

    /// The hit, as the ledger has its record; `None` where only the database has it in reach. `at` is when
    /// an entry of a log happened, which its sealed bytes say.
    fn told(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_, D::Kept>,
        at: Option<Occurred>,
    ) -> Result<Option<SearchHit>, Refusal> {
        let lets = match opened.lets {
            Some(lets) => lets,
            None => *opened.lets.insert(self.sight.lets(conn, self.ledger, &candidate.record)?),
        };
        if !lets {
            return Ok(None);
        }
        let told = match &opened.told {
            Some(told) => told.clone(),
            None => {
                let mut told = self.ledger.told(conn, &candidate.record)?;
                self.domain.hold(self.ledger, conn, candidate, &mut told)?;
                opened.told.insert(told).clone()
            }
        };
        let descriptor = &opened.version.descriptor;
        let hit = hit_of(conn, &told, self.sight, at, Some(descriptor.title.as_str().to_owned()))?;
        Ok(hit.filter(|hit| self.sight.has_tag(hit.level, Some(&descriptor.tags))))
    }
}

/// A candidate that cannot be read, as a hit without words: nobody can say any more that it is none.
/// `None` if it is destroyed, or if what the ledger has of it cannot be read either.
fn unreadable(
    conn: &mut Conn,
    candidate: &Candidate,
    ledger: &Ledgered<'_>,
    sight: &Sight<'_>,
) -> Result<Option<SearchHit>, Refusal> {
    if !RecordState::from_row(&candidate.record.state).is_some_and(RecordState::is_openable) {
        return Ok(None);
    }
    let mut told = match ledger.told(conn, &candidate.record) {
        Err(error) if is_damage(&error) => return Ok(None),
        told => told?,
    };
    told.damaged = true;
    if !sight.lets(conn, ledger, &candidate.record)? {
        return Ok(None);
    }
    let hit = hit_of(conn, &told, sight, None, None)?.filter(|hit| sight.has_tag(hit.level, None));
    Ok(hit.map(|hit| SearchHit { entry: candidate.block.entry_of(candidate.docid), ..hit }))
}

/// When a version happened.
pub(super) fn occurred(row: &VersionRow) -> Occurred {
    Occurred { on: row.occurred_on, at: row.occurred_at, zone: row.zone }
}

/// What is said of a record in any hit; `None` if it is marked and its place in the ledger is out of the
/// caller's reach, or if it is restricted and no hit for the caller. The title is for those who see all of it.
pub(super) fn hit_of(
    conn: &mut Conn,
    told: &Told,
    sight: &Sight<'_>,
    at: Option<Occurred>,
    title: Option<String>,
) -> Result<Option<SearchHit>, Refusal> {
    let Told { row, version, damaged, .. } = told;
    if *damaged && !sight.reaches(row) {
        return Ok(None);
    }
    let restricted = sight.restricts(conn, row)?;
    if restricted && sight.leaves_out_restricted() {
        return Ok(None);
    }
    let level = sight.level_of(row, restricted);
    let state = RecordState::from_row(&row.state).ok_or_else(|| {
        Refusal::Store(StoreError::Corrupt {
            table: "records",
            id: row.id.to_string(),
            why: "an unknown state".to_owned(),
        })
    })?;
    Ok(Some(SearchHit {
        record: row.id,
        entry: None,
        kind: kind_of(row)?,
        category: row.category.clone(),
        case: row.case_id,
        state,
        occurred: at.unwrap_or_else(|| occurred(version)),
        level,
        title: title.filter(|_| level == Level::Full && !damaged),
        snippet: None,
        damaged: *damaged,
    }))
}
