//! What has to be done for one version: where personal data stands in it, which subjects it is about, and
//! what an older version or an older engine has left in the index.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::archive::cases::profile;
use crate::archive::indexing::{
    Documents, Kept, Mark, OpenVersion, Plan, Reading, Unread, Write, entry_text, is_damage,
};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::entropy::Entropy;
use crate::base::id::RecordId;
use crate::base::secret::SecretKey;
use crate::record::descriptor::Descriptor;
use crate::record::feed::LogEntry;
use crate::record::names::Title;
use crate::record::state::RecordState;
use crate::search::ContentIndex;
use crate::store::Conn;
use crate::store::rows::cases;
use crate::store::rows::detections::{self, DetectionRow};
use crate::store::rows::index::{self, Domain, IndexRow};
use crate::store::rows::records::{self, RecordRow};

use super::look::{Known, Looking, tokens};
use super::shown;
use super::spans::{Spans, context};
use super::texts::{self, LookedAt, Text};
use super::types_of;
use super::withholding::{Withholding, withheld_engine};

/// Places of one version that are kept. What stands behind them is not looked at, and the mark says so.
const SPOTS_MAX: usize = 1_000_000;

const fn mark_of(looked_at: LookedAt) -> Mark {
    match looked_at {
        LookedAt::All => Mark::Text,
        LookedAt::Part => Mark::Part,
        LookedAt::Descriptor => Mark::Descriptor,
    }
}

/// The marks of versions that were looked at, but not at all that they hold.
pub(in crate::archive) fn marks_in_part(engine: &str) -> Vec<String> {
    Mark::texts([Mark::Part, Mark::Descriptor, Mark::Damaged], engine)
}

/// The marks of versions all of which was looked at by the present engine.
pub(in crate::archive) fn marks_whole() -> Vec<String> {
    Mark::texts([Mark::Text], &super::engine())
}

/// The marks of versions of which something is kept.
pub(super) fn marks_kept(engine: &str) -> Vec<String> {
    Mark::texts([Mark::Text, Mark::Part, Mark::Descriptor], engine)
}

/// The marks of versions that nobody can open or ask for any more.
pub(super) fn marks_past(engine: &str) -> Vec<String> {
    Mark::texts([Mark::Superseded, Mark::Gone], engine)
}

/// With what a version is looked at.
#[derive(Clone, Copy)]
pub(super) struct With<'a> {
    pub reading: Reading<'a>,
    /// The key of the subject index.
    pub key: &'a SecretKey<32>,
    /// The key of the index of words.
    pub words_key: &'a SecretKey<32>,
    pub engine: &'a str,
    /// Makes the tokens of what is withheld.
    pub withholding: &'a Withholding,
    pub entropy: &'a dyn Entropy,
    /// True once the archive closes.
    pub is_over: &'a dyn Fn() -> bool,
}

/// A version that was read, before the engine has looked at it: the rest needs no database.
pub(super) enum Read<'a> {
    /// There is nothing to look at.
    Done(Plan),
    /// Its texts, and what is known of it.
    Texts(Box<Opened<'a>>),
}

/// A version with its texts.
pub(super) struct Opened<'a> {
    plan: Plan,
    version: OpenVersion<'a>,
    texts: AllTexts,
    known: Known,
    /// What is kept, as it lies in the database and as it was read.
    there: Option<(DetectionRow, Option<Spans>)>,
    /// Pieces of the version's subjects that an interrupted run has put, and of what is withheld.
    written: [u64; 2],
}

/// Both domains that are made of what is kept.
pub(super) const DOMAINS: [Domain; 2] = [Domain::Subject, Domain::Withheld];

/// The texts of a version's documents.
struct AllTexts {
    descriptor: Descriptor,
    /// The reference of the case: the index of words has it.
    case: Option<String>,
    /// Of a segment, its entries that are there: each is a document of its own.
    entries: Vec<(Text, LogEntry)>,
    /// Of a segment, all its entries: those that were erased say nothing.
    places: u64,
    whole: Vec<Text>,
    looked_at: LookedAt,
    unread: Vec<Unread>,
}

impl AllTexts {
    fn of(version: &OpenVersion<'_>, conn: &mut Conn) -> Result<Self, Refusal> {
        let mut entries = Vec::new();
        let segment = version.segment(conn)?;
        let is_segment = segment.is_some();
        let places = segment.as_ref().map_or(0, |segment| segment.row.entries);
        if let Some(mut segment) = segment {
            for ordinal in 0..places {
                if !segment.is_erased(ordinal) {
                    entries.push(texts::of_entry(&mut segment, ordinal)?);
                }
            }
        }
        let whole = texts::of_whole(version, conn, is_segment)?;
        let (descriptor, case) = (version.descriptor.clone(), version.case_reference(conn)?);
        let (looked_at, unread) = (whole.looked_at, whole.unread);
        Ok(Self { descriptor, case, entries, places, whole: whole.texts, looked_at, unread })
    }

    /// The documents of a domain that these texts and places make: the same each time.
    fn documents_in(&self, with: With<'_>, domain: Domain, engine: &str, found: &Spans) -> Documents {
        match domain {
            Domain::Withheld => {
                with.withholding.tokens(with.words_key, |index| self.withheld(index, engine, found))
            }
            Domain::Subject | Domain::Content => self.documents(with.key, engine, found),
        }
    }

    /// The words that readers of redacted text are not to find by.
    fn withheld(&self, index: &mut ContentIndex, engine: &str, found: &Spans) -> Documents {
        let mut documents = Documents::new(Domain::Withheld, engine);
        documents.entries = self.places;
        let mut add = |place: u64, full: &str, hidden: &str| {
            // A text of which hiding makes something that was not there is withheld whole.
            let tokens = index.withheld_tokens(full, hidden).unwrap_or_else(|| index.tokens(full));
            documents.add_withheld(place, &tokens);
        };
        for (text, entry) in &self.entries {
            let spots = found.of(text.number, text.from);
            if !spots.is_empty() {
                // The descriptor's text is number 0.
                let place = text.number.saturating_sub(1);
                add(place, &entry_text(entry), &shown::entry(text, entry, spots));
            }
        }
        let full = shown::full(&self.descriptor, self.case.as_deref(), &self.whole);
        let hidden = shown::hidden(&self.descriptor, self.case.as_deref(), &self.whole, found);
        add(self.places, full.all(), hidden.all());
        documents
    }

    /// The documents that these texts and places make: the same each time.
    fn documents(&self, key: &SecretKey<32>, engine: &str, found: &Spans) -> Documents {
        let mut documents = Documents::new(Domain::Subject, engine);
        documents.entries = self.places;
        for (text, _) in &self.entries {
            let mut subjects = BTreeSet::new();
            tokens(key, text, found, &mut subjects);
            // The descriptor's text is number 0.
            documents.add_subjects(text.number.saturating_sub(1), &subjects.into_iter().collect::<Vec<_>>());
        }
        let mut subjects = BTreeSet::new();
        self.whole.iter().for_each(|text| tokens(key, text, found, &mut subjects));
        documents.add_subjects(documents.entries, &subjects.into_iter().collect::<Vec<_>>());
        documents
    }
}

/// Nothing but the mark of a version that the engine cannot work on.
pub(super) fn damaged(version: (RecordId, u32), engine: &str) -> Plan {
    Plan::new(Domain::Subject, version, &Mark::Damaged.to_text(engine))
}

/// Reads a version, and works out what leaves the index.
///
/// # Errors
/// The database cannot be read, or what is read cannot be read at present. Damage of the version itself ends
/// in a mark.
pub(super) fn read<'a>(
    with: With<'a>,
    conn: &mut Conn,
    (record, version): (RecordId, u32),
) -> Result<Read<'a>, Refusal> {
    let marked = |mark: Mark| Plan::new(Domain::Subject, (record, version), &mark.to_text(with.engine));
    let Some(row) = records::get(conn, record)? else {
        tracing::warn!(%record, version, "a version has no record");
        return Ok(Read::Done(marked(Mark::Damaged)));
    };
    let openable = RecordState::from_row(&row.state).is_some_and(RecordState::is_openable);
    if row.version != version || !openable {
        return Ok(Read::Done(marked(if openable { Mark::Superseded } else { Mark::Gone })));
    }
    let mut opened = match open(with, conn, &row) {
        Ok(opened) => opened,
        Err(error) if is_damage(&error) => {
            tracing::warn!(%record, version, %error, "no personal data is looked for in a damaged record");
            return Ok(Read::Done(marked(Mark::Damaged)));
        }
        Err(error) => return Err(error),
    };
    let engines = [with.engine.to_owned(), withheld_engine(with.engine)];
    let mut written = [0; 2];
    for ((domain, engine), written) in DOMAINS.into_iter().zip(&engines).zip(&mut written) {
        for block in index::of_record(conn, record, domain)? {
            if block.version == version && opened.is_kept_by(with.engine) && block.engine == *engine {
                *written = block.pieces;
                continue;
            }
            match opened.documents_of(with, conn, &row, &block) {
                Ok(documents) => opened.plan.leaving.push((block, Arc::new(documents))),
                // Its tokens stay until the index is made anew; a look-up settles them on the text.
                Err(error) if is_damage(&error) => {
                    tracing::warn!(%record, version = block.version, "old tokens stay in the index: damaged");
                }
                Err(error) => return Err(error),
            }
        }
    }
    opened.written = written;
    Ok(Read::Texts(Box::new(opened)))
}

fn open<'a>(with: With<'a>, conn: &mut Conn, row: &RecordRow) -> Result<Opened<'a>, Refusal> {
    let version = OpenVersion::open(with.reading, conn, row, row.version)?;
    let texts = AllTexts::of(&version, conn)?;
    let of_case = case_parties(with.reading, conn, row)?;
    let known = Known::new(version.descriptor.parties.iter().map(|party| &party.name).chain(&of_case));
    let there = detections::get(conn, row.id, row.version)?.map(|kept| {
        let spans = opened_spans(&version, &kept).ok();
        (kept, spans)
    });
    let unread = texts.unread.clone();
    let read = Some(version.row.descriptor_digest);
    let plan = Plan { unread, read, ..Plan::new(Domain::Subject, (row.id, row.version), "") };
    Ok(Opened { plan, version, texts, known, there, written: [0; 2] })
}

/// Blocks of subjects and of what is withheld, each with the documents that it was put with.
pub(super) type Blocks = Vec<(IndexRow, Documents)>;

/// The blocks of a record that are made of what is kept, with the documents that they were put with, and what is kept of
/// its current version: what has to follow where entries of it are erased.
///
/// # Errors
/// The database cannot be read, or what is kept is damaged.
pub(super) fn standing(
    with: With<'_>,
    conn: &mut Conn,
    row: &RecordRow,
) -> Result<(Blocks, Option<(DetectionRow, Spans)>), Refusal> {
    let opened = open(with, conn, row)?;
    let mut blocks = Vec::new();
    for domain in DOMAINS {
        for block in index::of_record(conn, row.id, domain)? {
            let documents = opened.documents_of(with, conn, row, &block)?;
            blocks.push((block, documents));
        }
    }
    let kept = match opened.there {
        None => None,
        Some((kept, spans)) => Some((kept, spans.ok_or(Refusal::Damaged(Thing::Record))?)),
    };
    Ok((blocks, kept))
}

/// True if a version should be in the index: what is kept of it names subjects, or cannot be opened. A
/// version that is damaged itself is for `verify`.
///
/// # Errors
/// The database cannot be read.
pub(super) fn has_subjects(
    with: With<'_>,
    conn: &mut Conn,
    (record, version): (RecordId, u32),
) -> Result<bool, Refusal> {
    let Some(row) = records::get(conn, record)?.filter(|row| row.version == version) else {
        return Ok(false);
    };
    let opened = match open(with, conn, &row) {
        Err(error) if is_damage(&error) => return Ok(false),
        opened => opened?,
    };
    let found = opened.there.as_ref().and_then(|(_, found)| found.as_ref());
    Ok(found.is_none_or(|found| !opened.texts.documents(with.key, with.engine, found).pieces.is_empty()))
}

/// The names of the case's parties. A damaged case hides nobody's own record.
fn case_parties(reading: Reading<'_>, conn: &mut Conn, row: &RecordRow) -> Result<Vec<Title>, Refusal> {
    let Some(case) = row.case_id else { return Ok(Vec::new()) };
    let Some(case) = cases::get(conn, case)? else { return Ok(Vec::new()) };
    match profile::open(reading.keys, conn, &case) {
        Ok(profile) => Ok(profile.parties.into_iter().map(|party| party.name).collect()),
        Err(error) if is_damage(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What an engine has found in a record's current version; `None` if it has not looked, or has to look again.
///
/// # Errors
/// Damage of the version or of what is kept, or the database cannot be read.
pub(in crate::archive) fn kept_spans(
    reading: Reading<'_>,
    conn: &mut Conn,
    row: &RecordRow,
    engine: &str,
) -> Result<Option<Spans>, Refusal> {
    let version = OpenVersion::open(reading, conn, row, row.version)?;
    let mark = version.row.detected_engine.as_deref().unwrap_or_default();
    if !mark.strip_prefix(engine).is_some_and(|word| word.starts_with('+')) {
        return Ok(None);
    }
    let kept = detections::get(conn, row.id, row.version)?.filter(|kept| kept.engine == engine);
    kept.map(|kept| opened_spans(&version, &kept)).transpose()
}

/// Opens what is kept of a version.
pub(in crate::archive) fn opened_spans(
    version: &OpenVersion<'_>,
    kept: &DetectionRow,
) -> Result<Spans, Refusal> {
    let damaged = || Refusal::Damaged(Thing::Record);
    if Digest::of(&kept.sealed) != kept.digest {
        return Err(damaged());
    }
    let plain = version.open_under(&context(kept.record_id, kept.version), &kept.sealed)?;
    Spans::parse(plain.expose()).ok_or_else(damaged)
}

impl Opened<'_> {
    fn is_kept_by(&self, engine: &str) -> bool {
        matches!(&self.there, Some((row, Some(_))) if row.engine == engine)
    }

    /// The documents that a block was put with, from what was kept then.
    fn documents_of(
        &self,
        with: With<'_>,
        conn: &mut Conn,
        row: &RecordRow,
        block: &IndexRow,
    ) -> Result<Documents, Refusal> {
        let damaged = || Refusal::Damaged(Thing::Record);
        if block.version == row.version {
            let spans = self.there.as_ref().and_then(|(_, spans)| spans.as_ref()).ok_or_else(damaged)?;
            return Ok(self.texts.documents_in(with, block.domain, &block.engine, spans));
        }
        let kept = detections::get(conn, row.id, block.version)?.ok_or_else(damaged)?;
        let older = OpenVersion::open(with.reading, conn, row, block.version)?;
        let spans = opened_spans(&older, &kept)?;
        Ok(AllTexts::of(&older, conn)?.documents_in(with, block.domain, &block.engine, &spans))
    }

    /// Looks at the texts, unless what this engine found is kept; `None` if the archive closes meanwhile.
    pub(super) fn look(self, with: With<'_>) -> Option<Plan> {
        let Self { mut plan, version, texts, known, there, written } = self;
        let mut looked_at = texts.looked_at;
        let (row, found, write) = match there {
            Some((row, Some(found))) if row.engine == with.engine => (row, found, Write::Nothing),
            there => {
                let found = look_at_all(with, &texts, &known)?;
                let place = context(plan.record, plan.version);
                let sealed = version.seal_under(&place, &found.to_bytes(), with.entropy);
                let row = DetectionRow {
                    record_id: plan.record,
                    version: plan.version,
                    engine: with.engine.to_owned(),
                    digest: Digest::of(&sealed),
                    sealed,
                };
                (row, found, Write::InPlaceOf(there.map(|(row, _)| row.digest)))
            }
        };
        let documents = texts.documents(with.key, with.engine, &found);
        let types = types_of(plan.record, &found);
        let is_whole = !found_most(&found) && known.are_all();
        if !is_whole {
            looked_at = LookedAt::Part;
        }
        let [subjects, withheld] = written;
        // Who is about nobody has no block: that there are no postings then says nothing.
        if !documents.pieces.is_empty() {
            plan.coming.push((Arc::new(documents), subjects));
        }
        // That there is a block says that nothing was left out: without one the words are open to nobody.
        if is_whole {
            let engine = withheld_engine(with.engine);
            let documents = texts.documents_in(with, Domain::Withheld, &engine, &found);
            plan.coming.push((Arc::new(documents), withheld));
        }
        plan.kept = Some(Arc::new(Kept { row, types, write }));
        plan.mark = mark_of(looked_at).to_text(with.engine);
        Some(plan)
    }
}

/// What the engine finds; `None` if the archive closes meanwhile.
fn look_at_all(with: With<'_>, texts: &AllTexts, known: &Known) -> Option<Spans> {
    let mut looking = Looking::default();
    let whole = texts.whole.iter().map(|text| (text, None));
    let entries = texts.entries.iter().map(|(text, entry)| (text, Some(entry)));
    // The descriptor's number is the lowest.
    for (text, entry) in whole.chain(entries) {
        if (with.is_over)() {
            return None;
        }
        if looking.spots() >= SPOTS_MAX {
            break;
        }
        looking.at(text, entry, known);
    }
    Some(looking.found())
}

/// True if so much was found that something may not have been looked at.
fn found_most(found: &Spans) -> bool {
    found.texts.iter().map(|text| text.spots.len()).sum::<usize>() >= SPOTS_MAX
}
