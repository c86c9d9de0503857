//! Judges one case: its gaps with their explanations.

use crate::access::scope::Level;
use crate::archive::Inner;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::id::{ExplanationId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::record::case::CaseEvent;
use crate::record::gaps::{
    self, Beside, Cause, CorrectedGap, ExplainedGap, Explanation, Gap, GapCode, GapStanding,
};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::cases::{self, CasePartyRow, CaseRow, GapExplanationRow};

use super::events;
use super::evidence::{self, CaseEvidence, Opening};
use super::held;
use super::reason::Reason;
use super::words::Words;

/// What every line about a gap says: where it shows, when, how often and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapShown {
    /// Code and cause in closed words, as in `G3.purpose`: what an explanation names.
    pub key: String,
    /// The record in which it shows; absent if it is the case as a whole.
    pub record: Option<RecordId>,
    /// The first day on which it shows.
    pub since: CivilDate,
    /// The last day on which it shows.
    pub until: CivilDate,
    /// How often it shows.
    pub count: u64,
    /// What makes it, with the words of the documents; for those who may read the case with names.
    pub cause: Option<Cause>,
}

impl GapShown {
    fn at(gap: &Gap, level: Level) -> Self {
        Self {
            key: gap.key(),
            record: gap.record,
            since: gap.since,
            until: gap.until,
            count: gap.count,
            cause: (level == Level::Full).then(|| gap.cause.clone()),
        }
    }
}

/// A gap in a case's chain of evidence, as a reader is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapLine {
    /// Which gap.
    pub code: GapCode,
    /// Where and why.
    pub shown: GapShown,
    /// How it stands beside its explanations.
    pub standing: GapStanding,
    /// What was said about it, in that order.
    pub explanations: Vec<ExplanationLine>,
}

/// What was said about a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplanationLine {
    /// Names it.
    pub id: ExplanationId,
    /// When it was given.
    pub at: Moment,
    /// By whom.
    pub by: UserId,
    /// The words; for those who may read the case with names.
    pub words: Option<Reason>,
}

/// A gap that was explained and does not show any more: later records have closed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedGap {
    /// The key that it had.
    pub key: String,
    /// The record in which it showed.
    pub record: Option<RecordId>,
    /// What was said about it.
    pub explanation: ExplanationLine,
}

/// A gap that a correction has closed: what the corrected record showed is not forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectedLine {
    /// Where it showed, and why.
    pub shown: GapShown,
    /// The records that correct it.
    pub by: Vec<RecordId>,
}

/// A case with what its gaps are judged from.
pub(in crate::archive) struct Judged {
    pub members: Vec<CasePartyRow>,
    pub events: Vec<CaseEvent>,
    pub event_rows: Vec<cases::CaseEventRow>,
    pub evidence: CaseEvidence,
    pub gaps: Vec<ExplainedGap>,
    pub closed: Vec<Explanation>,
    pub corrected: Vec<CorrectedGap>,
    pub explanations: Vec<GapExplanationRow>,
    /// What the words about it must be.
    pub words: Words,
}

/// Reads a case and judges it as of now.
pub(in crate::archive) fn judge(
    inner: &Inner,
    (keys, ledger): Opening<'_>,
    conn: &mut Conn,
    row: &CaseRow,
) -> Result<Judged, Refusal> {
    let words = held::must_be_held(ledger, conn, row)?;
    let members = cases::parties_of(conn, row.id)?;
    let (events, event_rows) = events::opened((keys, &words), conn, row)?;
    let evidence = evidence::of_case((keys, ledger), conn, row, &members)?;
    let facts = evidence::case_facts(row, &members);
    let (records, level, now) = (evidence.facts(), Some(inner.service_level.as_ref()), inner.now());
    let found = gaps::gaps(&facts, &records, &events, level, now);
    let corrected = gaps::corrected_gaps(&facts, &records, &events, level, now);
    let explanations = cases::explanations_of(conn, row.id)?;
    let given = explanations.iter().map(|row| given((keys, &words), conn, row));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    let Beside { gaps, closed } = gaps::explained(found, &given);
    Ok(Judged { members, events, event_rows, evidence, gaps, closed, corrected, explanations, words })
}

/// A gap as the reader's level shows it.
pub(in crate::archive) fn line(
    keys: &Keyring,
    conn: &mut Conn,
    (gap, level): (&ExplainedGap, Level),
    judged: &Judged,
) -> Result<GapLine, Refusal> {
    let own = judged.explanations.iter().filter(|row| gap.explanations.iter().any(|own| own.id == row.id));
    let explanations =
        own.map(|row| told((keys, &judged.words), conn, row, level)).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(GapLine {
        code: gap.gap.code,
        shown: GapShown::at(&gap.gap, level),
        standing: gap.standing,
        explanations,
    })
}

/// A gap that a correction has closed, as the reader's level shows it.
pub(in crate::archive) fn corrected(one: &CorrectedGap, level: Level) -> CorrectedLine {
    CorrectedLine { shown: GapShown::at(&one.gap, level), by: one.by.clone() }
}

/// An explanation, with the gap as it stood when it was given.
fn given(
    (keys, words): (&Keyring, &Words),
    conn: &mut Conn,
    row: &GapExplanationRow,
) -> Result<Explanation, Refusal> {
    let value = words.of(keys, conn, row.id, Thing::Gap)?;
    let digest = |name: &str| {
        let hex = value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        Digest::parse_hex(hex).map_err(|_| Refusal::Damaged(Thing::Gap))
    };
    let (identity, state) = (digest("identity")?, digest("state")?);
    Ok(Explanation { id: row.id, key: row.gap.clone(), record: row.record_id, at: row.at, identity, state })
}

/// What was said of gaps that do not show any more, as the reader's level shows it.
pub(in crate::archive) fn closed(
    keys: &Keyring,
    conn: &mut Conn,
    judged: &Judged,
    level: Level,
) -> Result<Vec<ClosedGap>, Refusal> {
    let rows = judged.explanations.iter().filter(|row| judged.closed.iter().any(|one| one.id == row.id));
    rows.map(|row| {
        Ok(ClosedGap {
            key: row.gap.clone(),
            record: row.record_id,
            explanation: told((keys, &judged.words), conn, row, level)?,
        })
    })
    .collect()
}

fn told(
    held: (&Keyring, &Words),
    conn: &mut Conn,
    row: &GapExplanationRow,
    level: Level,
) -> Result<ExplanationLine, Refusal> {
    let words = match level {
        Level::Full => Some(words_of(held, conn, row.id)?),
        Level::Facts | Level::Redacted => None,
    };
    Ok(ExplanationLine { id: row.id, at: row.at, by: row.by_user, words })
}

fn words_of(
    (keys, words): (&Keyring, &Words),
    conn: &mut Conn,
    id: ExplanationId,
) -> Result<Reason, Refusal> {
    let value = words.of(keys, conn, id, Thing::Gap)?;
    let words = value.get("words").and_then(serde_json::Value::as_str);
    words.and_then(|words| Reason::parse(words).ok()).ok_or(Refusal::Damaged(Thing::Gap))
}
