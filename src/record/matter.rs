//! 法务事项: what a legal matter says about itself. Its words are sealed in the matter's profile;
//! kind, state and the two dates stay in clear.

use serde_json::{Map, Value};

use crate::base::civil::CivilDate;
use crate::base::id::UserId;
use crate::base::limits::{LIST_ITEMS_MAX, PARTIES_MAX};

use super::names::{Note, Reference, Title};
use super::party::PartyName;
use super::request::{Fault, FaultCode, Faults, ObjectReader, ObjectWriter, Path};

closed_words! {
    /// What sort of matter it is.
    pub enum MatterKind {
        /// 诉讼仲裁.
        Litigation = "litigation" | "诉讼仲裁" | "诉讼" | "仲裁" | "arbitration",
        /// 投诉.
        Complaint = "complaint" | "投诉" | "申訴",
        /// 审计.
        Audit = "audit" | "审计" | "稽核",
        /// 监管检查.
        RegulatoryInspection = "regulatory_inspection" | "监管检查" | "監理檢查" | "主管機關檢查",
        /// 尽职调查.
        DueDiligence = "due_diligence" | "尽职调查" | "尽调" | "盡職查核",
    }
}

closed_words! {
    /// Where a matter stands.
    pub enum MatterState {
        /// Work goes on.
        Open = "open",
        /// Ended; its holds are released one by one, never by this.
        Closed = "closed",
    }
}

closed_words! {
    /// What we are in it.
    pub enum OurRole {
        /// 原告.
        Plaintiff = "plaintiff" | "原告",
        /// 被告.
        Defendant = "defendant" | "被告",
        /// 第三人.
        ThirdParty = "third_party" | "第三人" | "參加人",
        /// 申请人.
        Applicant = "applicant" | "申请人" | "聲請人" | "claimant",
        /// 被申请人.
        Respondent = "respondent" | "被申请人" | "相對人",
        /// 上诉人.
        Appellant = "appellant" | "上诉人",
        /// 被上诉人.
        Appellee = "appellee" | "被上诉人",
        /// 被审计, 被检查的单位.
        Examined = "examined" | "被审计单位" | "被检查单位" | "受查人" | "被调查方",
        /// Any other.
        Other = "other" | "其他",
    }
}

closed_words! {
    /// What a person does in a matter.
    pub enum MatterDuty {
        /// Responsible counsel 承办律师.
        Counsel = "counsel" | "承办律师" | "承辦律師",
        /// Approves in place of counsel 代理审批人.
        SubstituteApprover = "substitute_approver" | "代理审批人" | "代理核准人",
        /// May see it.
        Member = "member" | "成员",
    }
}

/// A user with a duty in a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatterPerson {
    /// The user.
    pub user: UserId,
    /// The duty.
    pub duty: MatterDuty,
}

/// What a matter says about itself. `Debug` shows closed words, dates and ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterFields {
    /// The number under which the house knows it.
    pub reference: Reference,
    /// What sort it is.
    pub kind: MatterKind,
    /// Title.
    pub title: Title,
    /// Court, arbitral body or authority.
    pub court: Option<Title>,
    /// 案号.
    pub case_number: Option<Reference>,
    /// 案由.
    pub cause: Option<Title>,
    /// What we are in it.
    pub our_role: Option<OurRole>,
    /// Opponents.
    pub opponents: Vec<PartyName>,
    /// 举证期限: the last day for evidence.
    pub evidence_deadline: Option<CivilDate>,
    /// Day of the hearing.
    pub hearing_on: Option<CivilDate>,
    /// Counsel's name, who may be from outside.
    pub counsel: Option<PartyName>,
    /// Remarks.
    pub notes: Option<Note>,
    /// Users with their duties: kept in rows, not in the profile.
    pub people: Vec<MatterPerson>,
}

impl MatterFields {
    /// Reads a matter, or says all that is wrong with it.
    pub fn from_json(value: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let matter = ObjectReader::read(value, &Path::Root, &mut faults, Self::read).flatten();
        faults.into_result(matter)
    }

    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let reference = reader.text("reference", Reference::parse);
        let kind = reader.text("kind", MatterKind::parse);
        let title = reader.text("title", Title::parse);
        let court = reader.text("court", Title::parse);
        let case_number = reader.text("case_number", Reference::parse);
        let cause = reader.text("cause", Title::parse);
        let our_role = reader.text("our_role", OurRole::parse);
        let opponents =
            reader.texts("opponents", PARTIES_MAX, PartyName::parse, |a, b| a.folded() == b.folded());
        let evidence_deadline = reader.text("evidence_deadline", CivilDate::parse);
        let hearing_on = reader.text("hearing_on", CivilDate::parse);
        let counsel = reader.text("counsel", PartyName::parse);
        let notes = reader.text("notes", Note::parse);
        let people = read_people(reader);
        reader.require(&["reference", "kind", "title"]);
        Some(Self {
            reference: reference?,
            kind: kind?,
            title: title?,
            court,
            case_number,
            cause,
            our_role,
            opponents,
            evidence_deadline,
            hearing_on,
            counsel,
            notes,
            people,
        })
    }

    /// All of it, as [`MatterFields::from_json`] reads it; what of it is sealed is the profile.
    pub fn to_json(&self) -> Map<String, Value> {
        let person = |person: &MatterPerson| {
            let mut writer = ObjectWriter::new();
            writer.shown("user", Some(person.user)).put("duty", person.duty.as_str());
            writer.finish()
        };
        let mut writer = ObjectWriter::new();
        writer
            .put("reference", self.reference.as_str())
            .put("kind", self.kind.as_str())
            .put("title", self.title.as_str())
            .maybe("court", self.court.as_ref().map(Title::as_str))
            .maybe("case_number", self.case_number.as_ref().map(Reference::as_str))
            .maybe("cause", self.cause.as_ref().map(Title::as_str))
            .maybe("our_role", self.our_role.map(OurRole::as_str))
            .list("opponents", self.opponents.iter().map(PartyName::as_str))
            .shown("evidence_deadline", self.evidence_deadline)
            .shown("hearing_on", self.hearing_on)
            .maybe("counsel", self.counsel.as_ref().map(PartyName::as_str))
            .maybe("notes", self.notes.as_ref().map(Note::as_str))
            .list("people", self.people.iter().map(person));
        writer.finish()
    }
}

fn read_people(reader: &mut ObjectReader<'_>) -> Vec<MatterPerson> {
    let mut seen: Vec<(MatterPerson, String)> = Vec::new();
    reader.list("people", LIST_ITEMS_MAX, |item, path, faults| {
        let person = ObjectReader::read(item, path, faults, |inner| {
            let user = inner.text("user", UserId::parse);
            let duty = inner.text("duty", MatterDuty::parse);
            inner.require(&["user", "duty"]);
            Some(MatterPerson { user: user?, duty: duty? })
        })??;
        if let Some((_, first)) = seen.iter().find(|(earlier, _)| *earlier == person) {
            faults.add(path, FaultCode::Duplicate { first: first.clone() });
            return None;
        }
        seen.push((person, path.to_string()));
        Some(person)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_matter_needs_reference_kind_and_title() {
        let faults = MatterFields::from_json(&json!({"hearing_on": "soon", "titel": "x"})).unwrap_err();
        let found: Vec<(&str, &str)> =
            faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        assert_eq!(
            found,
            [
                ("hearing_on", "not_a_date"),
                ("reference", "required"),
                ("kind", "required"),
                ("title", "required"),
                ("titel", "unknown_field"),
            ]
        );
    }

    #[test]
    fn nobody_has_one_duty_twice() {
        let person = json!({"user": "01890a5d-ac96-774b-bcce-b302099a8060", "duty": "承办律师"});
        let matter = json!({"reference": "1", "kind": "audit", "title": "x", "people": [person, person]});
        let faults = MatterFields::from_json(&matter).unwrap_err();
        assert_eq!(faults[0].code, FaultCode::Duplicate { first: "people[0]".to_owned() });
    }

    #[test]
    fn a_matter_does_not_show_itself() {
        let matter =
            json!({"reference": "秘密", "kind": "audit", "title": "秘密", "opponents": "秘密；秘密二"});
        let matter = MatterFields::from_json(&matter).unwrap();
        assert_eq!(matter.opponents.len(), 2);
        assert!(!format!("{matter:?}").contains("秘密"));
    }
}
