//! What a caller may find, as a filter of the database: counts and pages never speak of what is out of
//! reach.
//!
//! Legal and privacy roles search the text as it is. Every other role that may search does so in *redacted* text: what
//! it finds, and how much, depends on no personal data, and on no record in which none was looked for yet.

use crate::access::decide::{Levels, Reach};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;
use crate::record::descriptor::Tag;
use crate::record::kind::Kind;
use crate::store::Conn;
use crate::store::rows::records::{RecordFilter, RecordRow, Within};

use crate::archive::caller::Caller;
use crate::archive::records::{Ledgered, Narrowed};
use crate::archive::refusal::Refusal;
use crate::archive::retention::Restrictions;

use super::request::SearchFilters;

/// What one caller may find.
pub(super) struct Sight<'c> {
    caller: &'c Caller,
    /// What the caller may do to descriptors: it decides whether words are shown.
    words: Reach,
    restrictions: Option<&'c Restrictions<'c>>,
    narrowed: Option<&'c Narrowed<'c>>,
    /// Over which records the question reaches; `None` if over none.
    pub within: Option<RecordFilter>,
    /// True if the caller searches text that is redacted.
    pub is_redacted: bool,
}

impl<'c> Sight<'c> {
    /// For a question with words.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if no role of the caller may search.
    pub(super) fn of_words(caller: &'c Caller, now: Moment) -> Result<Self, Refusal> {
        let reach = caller.reach(Action::List, Resource::SearchContent, now);
        if reach.is_nothing() {
            return Err(caller.forbidden((Action::List, Resource::SearchContent)));
        }
        // What legal and privacy roles bring is what reaches restricted records too.
        if !reach.restricted.is_nothing() {
            return Ok(Self::new(caller, reach.restricted, false, now));
        }
        let mut sight = Self::new(caller, reach.usual, true, now);
        if let Some(within) = &mut sight.within {
            within.unrestricted = true;
        }
        Ok(sight)
    }

    /// For whom records are about.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if no role of the caller may look people up.
    pub(super) fn of_subjects(caller: &'c Caller, now: Moment) -> Result<Self, Refusal> {
        let reach = caller.reach(Action::List, Resource::SearchSubject, now);
        if reach.is_nothing() {
            return Err(caller.forbidden((Action::List, Resource::SearchSubject)));
        }
        Ok(Self::new(caller, reach.restricted, false, now))
    }

    /// For a list by filters.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if no role of the caller may list records.
    pub(super) fn of_list(caller: &'c Caller, now: Moment) -> Result<Self, Refusal> {
        let reach = caller.reach(Action::List, Resource::Record, now);
        if reach.is_nothing() {
            return Err(caller.forbidden((Action::List, Resource::Record)));
        }
        Ok(Self::new(caller, reach.usual, false, now))
    }

    fn new(caller: &'c Caller, levels: Levels, is_redacted: bool, now: Moment) -> Self {
        let words = caller.reach(Action::Read, Resource::Descriptor, now);
        Self {
            caller,
            words,
            restrictions: None,
            narrowed: None,
            within: within(caller, levels),
            is_redacted,
        }
    }

    /// True if the question reaches the record, by its case and who captured it.
    pub(super) fn reaches(&self, record: &RecordRow) -> bool {
        let Some(filter) = &self.within else { return false };
        filter.within.as_ref().is_none_or(|within| {
            record.case_id.is_some_and(|case| within.cases.contains(&case))
                || within.captured_by == Some(record.captured_by)
        })
    }

    /// True if every record is within reach.
    pub(super) fn is_everywhere(&self) -> bool {
        self.within.as_ref().is_some_and(|filter| *filter == RecordFilter::default())
    }

    /// The same, of a caller who is shown hits: whether a record is restricted is judged by these.
    pub(super) fn judging(mut self, restrictions: &'c Restrictions<'c>) -> Self {
        self.restrictions = Some(restrictions);
        self
    }

    /// The same, of a question that asks for what no column of the database tells.
    pub(super) fn narrowed_by(mut self, narrowed: &'c Narrowed<'c>) -> Self {
        self.narrowed = Some(narrowed).filter(|narrowed| !narrowed.wanted().is_nothing());
        self
    }

    /// True if the question asks for what no column of the database tells.
    pub(super) const fn is_narrowed(&self) -> bool {
        self.narrowed.is_some()
    }

    /// True if holds and dates of a record are those that the question asks for.
    ///
    /// # Errors
    /// The database or the ledger cannot be read.
    pub(super) fn lets(
        &self,
        conn: &mut Conn,
        ledger: &Ledgered<'_>,
        record: &RecordRow,
    ) -> Result<bool, Refusal> {
        self.narrowed.map_or(Ok(true), |narrowed| narrowed.fits(conn, ledger, record))
    }

    /// True if no tag is asked for, or if the caller sees all of the record and it has the tag. Of a record that cannot
    /// be opened there are no tags.
    pub(super) fn has_tag(&self, level: Level, tags: Option<&[Tag]>) -> bool {
        let Some(wanted) = self.narrowed.map(Narrowed::wanted) else { return true };
        wanted.tag.is_none() || level == Level::Full && tags.is_some_and(|tags| wanted.has_tag(tags))
    }

    /// True if a record may only be stored and secured. Where nothing judges it, it is.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) fn restricts(&self, conn: &mut Conn, record: &RecordRow) -> Result<bool, Refusal> {
        self.restrictions.map_or(Ok(true), |restrictions| restrictions.over(conn, record))
    }

    /// True if what is restricted is no hit for the caller.
    pub(super) fn leaves_out_restricted(&self) -> bool {
        self.within.as_ref().is_some_and(|filter| filter.unrestricted)
    }

    /// How much of a record the caller may see.
    pub(super) fn level_of(&self, record: &RecordRow, restricted: bool) -> Level {
        let target = Target {
            restricted,
            at: Some(record.captured_at),
            ..Target::record(record.case_id, record.captured_by)
        };
        self.words.level_of(self.caller.rights(), &target).unwrap_or(Level::Facts)
    }
}

fn within(caller: &Caller, levels: Levels) -> Option<RecordFilter> {
    let rights = caller.rights();
    let mut filter = RecordFilter::default();
    if levels.all.is_none() {
        let cases = levels.granted.map(|_| rights.cases.iter().copied().collect());
        let captured_by = levels.own.map(|_| rights.user);
        if cases.is_none() && captured_by.is_none() {
            return None;
        }
        filter.within = Some(Within { cases: cases.unwrap_or_default(), captured_by });
    } else if let Some(engagement) = &rights.engagement {
        filter.captured_from = Some(engagement.from);
        filter.captured_before = Some(engagement.until);
        filter.within = engagement
            .cases
            .as_ref()
            .map(|cases| Within { cases: cases.iter().copied().collect(), captured_by: None });
    }
    Some(filter)
}

/// Hours by which the days of the zones reach beyond those of UTC.
const ZONE_SECONDS: i64 = 14 * 3_600;
const DAY_SECONDS: i64 = 24 * 3_600;

/// Adds what the question asks for to what the caller may see.
pub(super) fn narrowed(mut filter: RecordFilter, asked: &SearchFilters) -> RecordFilter {
    filter.kind = asked.kind.map(|kind| kind.as_str().to_owned());
    filter.subkind = asked.kind.and_then(exact_subkind);
    filter.category = asked.category.as_ref().map(|category| category.as_str().to_owned());
    filter.state = asked.state.map(|state| state.as_str().to_owned());
    filter.case_id = asked.case;
    filter.party_id = asked.party;
    filter.pii = asked.pii.iter().map(|kind| kind.as_str().to_owned()).collect();
    filter.occurred_from = asked.occurred_from;
    filter.occurred_to = asked.occurred_to;
    if asked.occurred_from.is_some() || asked.occurred_to.is_some() {
        let from =
            asked.occurred_from.map_or(i64::MIN, |day| begin(day).plus_seconds(-ZONE_SECONDS).micros());
        let to = asked
            .occurred_to
            .map_or(i64::MAX, |day| begin(day).plus_seconds(DAY_SECONDS + ZONE_SECONDS).micros());
        filter.or_entries_between = Some((Moment::from_micros(from), Moment::from_micros(to)));
    }
    filter
}

/// `service_record` alone asks for every subkind.
fn exact_subkind(kind: Kind) -> Option<String> {
    use crate::record::kind::Subkind;
    kind.subkind().filter(|subkind| *subkind != Subkind::General).map(|subkind| subkind.as_str().to_owned())
}

fn begin(day: CivilDate) -> Moment {
    day.begins_in(Zone::UTC)
}
