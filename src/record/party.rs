//! Parties of a record and the roles they have in it.

use super::names::Title;

closed_words! {
    /// What a party is in a record or a case.
    pub enum PartyRole {
        /// 客户.
        Customer = "customer" | "客户",
        /// 授权人.
        Grantor = "grantor" | "授权人" | "授权方" | "委托人",
        /// 被授权人.
        Grantee = "grantee" | "被授权人" | "被授权方" | "受托人" | "受权人",
        /// 签署人.
        Signatory = "signatory" | "签署人" | "签字人" | "簽名人",
        /// 个人信息处理者 (controller).
        Controller = "controller" | "处理者" | "个人信息处理者" | "蒐集者",
        /// 受托处理者 (processor).
        Processor = "processor" | "受托处理者" | "受託處理者",
        /// 接收方.
        Recipient = "recipient" | "接收方" | "接收人",
        /// 个人信息主体, 当事人: the person whom the data is about.
        Subject = "subject" | "个人信息主体" | "当事人" | "data_subject",
        /// 投诉人.
        Complainant = "complainant" | "投诉人" | "申訴人",
        /// 承包商, 供应商.
        Contractor = "contractor" | "承包商" | "供应商" | "廠商",
        /// 经办人员.
        Staff = "staff" | "经办人" | "员工" | "客服" | "承辦人",
        /// Any other.
        Other = "other" | "其他",
    }
}

/// A party's name as it is written in the record.
pub type PartyName = Title;

/// A party in its role. `Debug` shows the role only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// What the party is here.
    pub role: PartyRole,
    /// Its name. Names that fold alike ([`PartyName::folded`]) are one party.
    pub name: PartyName,
}

impl Party {
    /// True if both are the same party in the same role.
    pub fn is_same(&self, other: &Self) -> bool {
        self.role == other.role && self.name.folded() == other.name.folded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_in_both_scripts() {
        for (text, role) in [
            ("客戶", PartyRole::Customer),
            ("被授權人", PartyRole::Grantee),
            ("Data subject", PartyRole::Subject),
        ] {
            assert_eq!(PartyRole::parse(text), Ok(role), "{text}");
        }
    }

    #[test]
    fn a_party_is_the_same_in_either_script_and_width() {
        let party = |name: &str| Party { role: PartyRole::Customer, name: PartyName::parse(name).unwrap() };
        assert!(party("華電ＡＢＣ").is_same(&party("华电 abc".replace(' ', "").as_str())));
        assert!(!party("华电").is_same(&party("华能")));
    }
}
