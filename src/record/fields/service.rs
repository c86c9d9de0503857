//! The service records that have typed fields of their own: review, feedback, handover; and the
//! fields of all others.

use super::common::{PaperOriginal, Signer, terms, write_terms};
use crate::base::civil::CivilDate;
use crate::record::names::{Note, Term};
use crate::record::party::PartyName;
use crate::record::request::{FaultCode, ObjectReader, ObjectWriter};

/// The top of a feedback's scale where none is given.
pub const SCORE_TOP_DEFAULT: u64 = 5;

/// 复盘: what went wrong, why, and what is done about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewFields {
    /// What was seen.
    pub symptom: Option<Note>,
    /// 根因.
    pub root_cause: Option<Note>,
    /// What puts it right.
    pub corrective: Option<Note>,
    /// What keeps it from coming back.
    pub preventive: Option<Note>,
    /// Who sees to it.
    pub owner: Option<PartyName>,
    /// By which day.
    pub due: Option<CivilDate>,
    /// The day on which the effect was verified.
    pub verified: Option<CivilDate>,
    /// The paper original.
    pub paper_original: Option<PaperOriginal>,
}

/// 客户反馈: a score on a scale from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedbackFields {
    /// The score.
    pub score: Option<u64>,
    /// The top of the scale; [`SCORE_TOP_DEFAULT`] if not given.
    pub out_of: Option<u64>,
    /// What the customer said.
    pub comment: Option<Note>,
    /// The paper original.
    pub paper_original: Option<PaperOriginal>,
}

/// 交接: who handed over to whom, and what was still open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandoverFields {
    /// Who hands over.
    pub from: Option<PartyName>,
    /// Who takes over.
    pub to: Option<PartyName>,
    /// What was still open.
    pub open_items: Vec<Term>,
    /// Day of handing over.
    pub handed_over_on: Option<CivilDate>,
    /// Who accepted.
    pub accepted_by: Option<Signer>,
    /// Day of acceptance.
    pub accepted_on: Option<CivilDate>,
    /// The paper original.
    pub paper_original: Option<PaperOriginal>,
}

/// Every other service record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlainFields {
    /// The paper original.
    pub paper_original: Option<PaperOriginal>,
}

fn write_paper(writer: &mut ObjectWriter, paper: Option<&PaperOriginal>) {
    writer.maybe("paper_original", paper.map(PaperOriginal::to_json));
}

impl ReviewFields {
    /// The names of the fields.
    pub const NAMES: &'static [&'static str] =
        &["symptom", "root_cause", "corrective", "preventive", "owner", "due", "verified", "paper_original"];

    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        Self {
            symptom: reader.text("symptom", Note::parse),
            root_cause: reader.text("root_cause", Note::parse),
            corrective: reader.text("corrective", Note::parse),
            preventive: reader.text("preventive", Note::parse),
            owner: reader.text("owner", PartyName::parse),
            due: reader.text("due", CivilDate::parse),
            verified: reader.text("verified", CivilDate::parse),
            paper_original: PaperOriginal::read(reader),
        }
    }

    pub(super) fn write(&self, writer: &mut ObjectWriter) {
        writer
            .maybe("symptom", self.symptom.as_ref().map(Note::as_str))
            .maybe("root_cause", self.root_cause.as_ref().map(Note::as_str))
            .maybe("corrective", self.corrective.as_ref().map(Note::as_str))
            .maybe("preventive", self.preventive.as_ref().map(Note::as_str))
            .maybe("owner", self.owner.as_ref().map(PartyName::as_str))
            .shown("due", self.due)
            .shown("verified", self.verified);
        write_paper(writer, self.paper_original.as_ref());
    }

    pub(super) fn write_clear(&self, writer: &mut ObjectWriter) {
        writer.shown("due", self.due).shown("verified", self.verified);
    }
}

impl FeedbackFields {
    /// The names of the fields.
    pub const NAMES: &'static [&'static str] = &["score", "out_of", "comment", "paper_original"];

    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        let fields = Self {
            score: reader.number("score", 0..=100),
            out_of: reader.number("out_of", 1..=100),
            comment: reader.text("comment", Note::parse),
            paper_original: PaperOriginal::read(reader),
        };
        let most = fields.out_of.unwrap_or(SCORE_TOP_DEFAULT);
        if fields.score.is_some_and(|score| score > most) {
            reader.fault("score", FaultCode::OutOfRange { least: 0, most });
        }
        fields
    }

    pub(super) fn write(&self, writer: &mut ObjectWriter) {
        writer
            .maybe("score", self.score)
            .maybe("out_of", self.out_of)
            .maybe("comment", self.comment.as_ref().map(Note::as_str));
        write_paper(writer, self.paper_original.as_ref());
    }
}

impl HandoverFields {
    /// The names of the fields.
    pub const NAMES: &'static [&'static str] =
        &["from", "to", "open_items", "handed_over_on", "accepted_by", "accepted_on", "paper_original"];

    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        let fields = Self {
            from: reader.text("from", PartyName::parse),
            to: reader.text("to", PartyName::parse),
            open_items: terms(reader, "open_items"),
            handed_over_on: reader.text("handed_over_on", CivilDate::parse),
            accepted_by: Signer::read(reader, "accepted_by"),
            accepted_on: reader.text("accepted_on", CivilDate::parse),
            paper_original: PaperOriginal::read(reader),
        };
        reader.not_before(("accepted_on", fields.accepted_on), ("handed_over_on", fields.handed_over_on));
        fields
    }

    pub(super) fn write(&self, writer: &mut ObjectWriter) {
        writer
            .maybe("from", self.from.as_ref().map(PartyName::as_str))
            .maybe("to", self.to.as_ref().map(PartyName::as_str));
        write_terms(writer, "open_items", &self.open_items);
        writer
            .shown("handed_over_on", self.handed_over_on)
            .maybe("accepted_by", self.accepted_by.as_ref().map(Signer::to_json))
            .shown("accepted_on", self.accepted_on);
        write_paper(writer, self.paper_original.as_ref());
    }

    pub(super) fn write_clear(&self, writer: &mut ObjectWriter) {
        writer.shown("handed_over_on", self.handed_over_on).shown("accepted_on", self.accepted_on);
    }
}

impl PlainFields {
    /// The names of the fields.
    pub const NAMES: &'static [&'static str] = &["paper_original"];

    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        Self { paper_original: PaperOriginal::read(reader) }
    }

    pub(super) fn write(&self, writer: &mut ObjectWriter) {
        write_paper(writer, self.paper_original.as_ref());
    }
}
