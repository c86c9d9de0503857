//! What people say of a policy: reviews (制度评审), suggestions to a rule, evaluations of its effect (效果评估).
//! Names and sentences in them are sealed wherever they are kept.

use serde_json::{Map, Value};

use super::obligation::RuleId;
use crate::base::civil::CivilDate;
use crate::base::id::RecordId;
use crate::base::limits::LIST_ITEMS_MAX;
use crate::record::names::{Note, Title};
use crate::record::party::PartyName;
use crate::record::request::{Fault, FaultCode, Faults, ObjectReader, ObjectWriter, Path};

crate::base::words::words! {
    /// What a review came to.
    ReviewDecision {
        /// It stays as it is.
        Keep = "keep",
        /// It is to be changed.
        Change = "change",
        /// It is to be given up.
        Retire = "retire",
    }
}

crate::base::words::words! {
    /// From where somebody takes part in a review.
    Part {
        /// Management (管理层).
        Management = "management",
        /// A department (职能部门).
        Department = "department",
        /// Those who carry it out (一线).
        FrontLine = "front_line",
    }
}

crate::base::words::words! {
    /// What a review asks.
    Question {
        /// Does it still fit the strategy?
        Strategy = "strategy",
        /// Does it still fit customers?
        Customers = "customers",
        /// Does it still fit the law?
        Law = "law",
        /// Where does carrying it out hurt?
        Execution = "execution",
        /// Anything else.
        Other = "other",
    }
}

crate::base::words::words! {
    /// Where a suggestion stands.
    SuggestionState {
        /// Nobody has decided.
        Open = "open",
        /// It is taken up.
        Accepted = "accepted",
        /// It is not.
        Declined = "declined",
    }
}

crate::base::words::words! {
    /// What an evaluation came to.
    EvaluationOutcome {
        /// The target was reached.
        Met = "met",
        /// It was not.
        NotMet = "not_met",
        /// It cannot be said.
        Unclear = "unclear",
    }
}

/// Somebody who takes part in a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub name: PartyName,
    /// From where.
    pub part: Part,
}

/// What somebody is to do after a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewAction {
    /// What.
    pub what: Note,
    /// Who.
    pub by: Option<PartyName>,
    /// Until when.
    pub until: Option<CivilDate>,
}

/// A review, as somebody writes it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewFields {
    /// On which day it was held.
    pub held_on: CivilDate,
    /// Of this rule alone; none for the policy as a whole.
    pub rule: Option<RuleId>,
    /// What it came to.
    pub decision: ReviewDecision,
    /// Who took part: somebody.
    pub participants: Vec<Participant>,
    /// What was answered.
    pub answers: Vec<(Question, Note)>,
    /// Complaints that were looked at.
    pub complaints: Vec<RecordId>,
    /// Gaps in chains of evidence that were looked at.
    pub gaps: Vec<Title>,
    /// What follows.
    pub actions: Vec<ReviewAction>,
}

/// A fault for a word outside a list.
fn word<T>(
    parse: fn(&str) -> Option<T>,
    allowed: &'static [&'static str],
) -> impl Fn(&str) -> Result<T, FaultCode> {
    move |text| parse(text).ok_or(FaultCode::UnknownWord { allowed })
}

fn rule_id(text: &str) -> Result<RuleId, FaultCode> {
    RuleId::parse(text).map_err(|_| FaultCode::BadId { what: "rule" })
}

impl ReviewFields {
    /// Reads a review, or says all that is wrong with it. `today` is the last day on which it can have been held.
    ///
    /// # Errors
    /// Every fault.
    pub fn from_json(value: &Value, today: Option<CivilDate>) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let read = |reader: &mut ObjectReader<'_>| Self::read(reader, today);
        let review = ObjectReader::read(value, &Path::Root, &mut faults, read).flatten();
        faults.into_result(review)
    }

    fn read(reader: &mut ObjectReader<'_>, today: Option<CivilDate>) -> Option<Self> {
        let held_on = reader.text("held_on", CivilDate::parse);
        if held_on.zip(today).is_some_and(|(held_on, today)| today < held_on) {
            reader.fault("held_on", FaultCode::AfterNow);
        }
        let rule = reader.text("rule", rule_id);
        let decision = reader.text("decision", word(ReviewDecision::parse, ReviewDecision::WORDS));
        let participants = reader.list("participants", LIST_ITEMS_MAX, participant);
        if participants.is_empty() {
            reader.require(&["participants"]);
            if reader.has("participants") {
                reader.fault("participants", FaultCode::Empty);
            }
        }
        let answers = reader.list("answers", LIST_ITEMS_MAX, answer);
        let complaints = reader.texts("complaints", LIST_ITEMS_MAX, RecordId::parse, |a, b| a == b);
        let gaps = reader.texts("gaps", LIST_ITEMS_MAX, Title::parse, |a, b| a.folded() == b.folded());
        let actions = reader.list("actions", LIST_ITEMS_MAX, action);
        reader.require(&["held_on", "decision"]);
        Some(Self {
            held_on: held_on?,
            rule,
            decision: decision?,
            participants,
            answers,
            complaints,
            gaps,
            actions,
        })
    }

    /// All of it, as [`ReviewFields::from_json`] reads it.
    pub fn to_json(&self) -> Map<String, Value> {
        let participant = |one: &Participant| {
            let mut writer = ObjectWriter::new();
            writer.put("name", one.name.as_str()).put("part", one.part.as_str());
            writer.finish()
        };
        let answer = |(question, text): &(Question, Note)| {
            let mut writer = ObjectWriter::new();
            writer.put("question", question.as_str()).put("answer", text.as_str());
            writer.finish()
        };
        let action = |one: &ReviewAction| {
            let mut writer = ObjectWriter::new();
            writer
                .put("what", one.what.as_str())
                .maybe("by", one.by.as_ref().map(PartyName::as_str))
                .shown("until", one.until);
            writer.finish()
        };
        let mut writer = ObjectWriter::new();
        writer
            .shown("held_on", Some(self.held_on))
            .maybe("rule", self.rule.as_ref().map(RuleId::as_str))
            .put("decision", self.decision.as_str())
            .list("participants", self.participants.iter().map(participant))
            .list("answers", self.answers.iter().map(answer))
            .list("complaints", self.complaints.iter().map(ToString::to_string))
            .list("gaps", self.gaps.iter().map(Title::as_str))
            .list("actions", self.actions.iter().map(action));
        writer.finish()
    }
}

fn participant(value: &Value, path: &Path<'_>, faults: &mut Faults) -> Option<Participant> {
    ObjectReader::read(value, path, faults, |inner| {
        let name = inner.text("name", PartyName::parse);
        let part = inner.text("part", word(Part::parse, Part::WORDS));
        inner.require(&["name", "part"]);
        Some(Participant { name: name?, part: part? })
    })?
}

fn answer(value: &Value, path: &Path<'_>, faults: &mut Faults) -> Option<(Question, Note)> {
    ObjectReader::read(value, path, faults, |inner| {
        let question = inner.text("question", word(Question::parse, Question::WORDS));
        let answer = inner.text("answer", Note::parse);
        inner.require(&["question", "answer"]);
        Some((question?, answer?))
    })?
}

fn action(value: &Value, path: &Path<'_>, faults: &mut Faults) -> Option<ReviewAction> {
    ObjectReader::read(value, path, faults, |inner| {
        let what = inner.text("what", Note::parse);
        let by = inner.text("by", PartyName::parse);
        let until = inner.text("until", CivilDate::parse);
        inner.require(&["what"]);
        Some(ReviewAction { what: what?, by, until })
    })?
}

/// A suggestion, as somebody writes it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestionFields {
    /// To this rule; none for the policy as a whole.
    pub rule: Option<RuleId>,
    /// What is suggested.
    pub text: Note,
}

impl SuggestionFields {
    /// Reads the members of a suggestion.
    pub fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let rule = reader.text("rule", rule_id);
        let text = reader.text("text", Note::parse);
        reader.require(&["text"]);
        Some(Self { rule, text: text? })
    }
}

/// What an evaluation came to, as somebody writes it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationFields {
    /// In a word.
    pub outcome: EvaluationOutcome,
    /// What was measured before the version counted.
    pub before: Option<Title>,
    /// What was measured since.
    pub after: Title,
    /// What else is to be known of it.
    pub note: Option<Note>,
}

impl EvaluationFields {
    /// Reads the members of an evaluation.
    pub fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let outcome = reader.text("outcome", word(EvaluationOutcome::parse, EvaluationOutcome::WORDS));
        let before = reader.text("before", Title::parse);
        let after = reader.text("after", Title::parse);
        let note = reader.text("note", Note::parse);
        reader.require(&["outcome", "after"]);
        Some(Self { outcome: outcome?, before, after: after?, note })
    }

    /// All of it.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        writer
            .put("outcome", self.outcome.as_str())
            .maybe("before", self.before.as_ref().map(Title::as_str))
            .put("after", self.after.as_str())
            .maybe("note", self.note.as_ref().map(Note::as_str));
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_review_is_read_back_as_it_was_written() {
        let json = json!({
            "held_on": "2026-05-01", "rule": "delivery.three-years", "decision": "change",
            "participants": [{"name": "王甲", "part": "management"}, {"name": "李乙", "part": "front_line"}],
            "answers": [{"question": "execution", "answer": "签收单常缺"}],
            "complaints": ["01890a5d-ac96-774b-bcce-b302099a8060"], "gaps": ["G3 · SC-1"],
            "actions": [{"what": "修订第三条", "by": "王甲", "until": "2026-06-01"}],
        });
        let review = ReviewFields::from_json(&json, CivilDate::parse("2026-05-01").ok()).unwrap();
        assert_eq!(Value::Object(review.to_json()), json);
        assert!(!format!("{review:?}").contains("王甲"), "names stay out of logs");
    }

    #[test]
    fn a_review_needs_people_and_is_not_held_tomorrow() {
        let json = json!({"held_on": "2026-05-02", "decision": "maybe", "participants": []});
        let faults = ReviewFields::from_json(&json, CivilDate::parse("2026-05-01").ok()).unwrap_err();
        let found: Vec<(&str, &str)> =
            faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        assert_eq!(
            found,
            [("held_on", "after_now"), ("decision", "unknown_word"), ("participants", "empty")]
        );
    }
}
