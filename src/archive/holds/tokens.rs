//! By which tokens the ledger names what a hold holds. A token is keyed, and made for one hold alone: whoever reads
//! the ledger learns neither what is held nor that two holds hold the same.

use crate::base::id::{CaseId, HoldId, PartyId, RecordId};
use crate::base::text::fold_name;
use crate::record::category::Category;
use crate::record::hold::HoldMemberKind;
use crate::seal::{IndexKeys, Keyring};
use crate::store::rows::LookupToken;

use crate::archive::refusal::Refusal;

/// Something that a hold names.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::archive) enum Member {
    /// A record, with all that belongs to it.
    Record(RecordId),
    /// An entry of a bulk log.
    Entry(RecordId, u64),
    /// A case, with whatever lies in it.
    Case(CaseId),
    /// A party.
    Party(PartyId),
    /// A category.
    Category(Category),
    /// A custom field with its value.
    Field(HoldField),
}

/// A custom field that has a value, such as the number of a contract. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct HoldField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl std::fmt::Debug for HoldField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

/// Makes the tokens of one hold.
pub(in crate::archive) struct Tokens<'k> {
    keys: &'k IndexKeys,
    hold: HoldId,
}

impl<'k> Tokens<'k> {
    /// # Errors
    /// [`Refusal::NoKey`] on a node without index keys: it cannot tell what a hold holds.
    pub(in crate::archive) fn of(keys: &'k Keyring, hold: HoldId) -> Result<Self, Refusal> {
        Ok(Self { keys: keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?, hold })
    }

    fn token(&self, domain: &str, what: &str) -> LookupToken {
        self.keys.lookup_token(domain, &format!("{}/{what}", self.hold))
    }

    pub(super) fn record(&self, record: RecordId) -> LookupToken {
        self.token("hold.record", &record.to_string())
    }

    pub(super) fn entry(&self, record: RecordId, ordinal: u64) -> LookupToken {
        self.token("hold.entry", &format!("{record}.{ordinal}"))
    }

    /// That some entry of this record is held: as a whole it cannot go.
    pub(super) fn container(&self, record: RecordId) -> LookupToken {
        self.token("hold.container", &record.to_string())
    }

    pub(super) fn case(&self, case: CaseId) -> LookupToken {
        self.token("hold.case", &case.to_string())
    }

    pub(super) fn party(&self, party: &str) -> LookupToken {
        self.token("hold.party", party)
    }

    pub(super) fn category(&self, category: &str) -> LookupToken {
        self.token("hold.category", category)
    }

    pub(super) fn field(&self, name: &str, value: &str) -> LookupToken {
        // Canonical, so that no two pairs spell the same text.
        let pair = serde_json::Value::from(vec![fold_name(name), fold_name(value)]);
        self.token("hold.field", &pair.to_string())
    }

    /// The token by which a member is named.
    pub(in crate::archive) fn member(&self, member: &Member) -> LookupToken {
        match member {
            Member::Record(record) => self.record(*record),
            Member::Entry(record, ordinal) => self.entry(*record, *ordinal),
            Member::Case(case) => self.case(*case),
            Member::Party(party) => self.party(&party.to_string()),
            Member::Category(category) => self.category(category.as_str()),
            Member::Field(field) => self.field(&field.name, &field.value),
        }
    }
}

impl Member {
    /// What it is.
    pub(in crate::archive) fn kind(&self) -> HoldMemberKind {
        match self {
            Self::Record(_) => HoldMemberKind::Record,
            Self::Entry(..) => HoldMemberKind::Entry,
            Self::Case(_) => HoldMemberKind::Case,
            Self::Party(_) => HoldMemberKind::Party,
            Self::Category(_) => HoldMemberKind::Category,
            Self::Field(_) => HoldMemberKind::Field,
        }
    }

    /// Its id: nothing of a field, which stands in the words of the hold.
    pub(in crate::archive) fn target(&self) -> Option<String> {
        match self {
            Self::Record(record) => Some(record.to_string()),
            Self::Entry(record, ordinal) => Some(format!("{record}.{ordinal}")),
            Self::Case(case) => Some(case.to_string()),
            Self::Party(party) => Some(party.to_string()),
            Self::Category(category) => Some(category.as_str().to_owned()),
            Self::Field(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;
    use crate::base::moment::Moment;

    #[test]
    fn a_token_is_for_one_hold_and_one_thing_alone() {
        let entropy = SeededEntropy::new(1);
        let keys = IndexKeys::generate(&entropy);
        let [one, other] = [1, 2].map(|at| HoldId::generate(Moment::from_micros(at), &entropy));
        let record = RecordId::generate(Moment::from_micros(3), &entropy);
        let of = |hold| Tokens { keys: &keys, hold };
        assert_ne!(of(one).record(record), of(other).record(record));
        assert_ne!(of(one).record(record), of(one).container(record));
        assert_ne!(of(one).entry(record, 1), of(one).entry(record, 11));
        assert_ne!(of(one).field("a", "bc"), of(one).field("ab", "c"));
        // As people write it: folded.
        assert_eq!(of(one).field("合同编号", "HT-１"), of(one).field(" 合同编号", "ht-1"));
    }
}
