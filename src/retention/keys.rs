//! By which keys events reach a record: what its descriptor says of customers, contracts and so on.

use std::collections::BTreeSet;

use crate::base::text::fold_name;
use crate::policy::trigger::EventKey;
use crate::record::descriptor::Descriptor;
use crate::record::party::PartyRole;

/// The key whose value is a customer's name.
pub const CUSTOMER_KEY: &str = "customer";
/// The key whose value is a service case.
pub const CASE_KEY: &str = "case";

/// What people call the fields that hold keys, folded. A field whose own name is a key's needs no line here.
const FIELDS: [(&str, &[&str]); 8] = [
    ("contract", &["合同", "合同号", "合同编号", "契约", "契约编号", "contract no", "contract number"]),
    ("invoice", &["发票", "发票号", "发票号码", "invoice no", "invoice number"]),
    ("employee", &["员工", "员工号", "员工编号", "工号", "employee no", "employee number"]),
    ("asset", &["资产", "资产编号", "asset no", "asset number"]),
    ("certificate", &["证书", "证书编号", "凭证编号", "certificate no", "certificate number"]),
    ("product", &["产品", "产品编号", "product no", "product number"]),
    ("system", &["系统", "system name"]),
    ("fiscal_year", &["会计年度", "fiscal year"]),
];

/// The names and values of a record's keys, each once. The case is none of them: the descriptor does not say it.
pub fn keys_of(descriptor: &Descriptor) -> BTreeSet<(EventKey, String)> {
    let mut keys = BTreeSet::new();
    let mut add = |name: &str, value: &str| {
        if let (Ok(key), false) = (EventKey::parse(name), value.trim().is_empty()) {
            keys.insert((key, value.trim().to_owned()));
        }
    };
    for name in descriptor.parties_as(PartyRole::Customer) {
        add(CUSTOMER_KEY, name.as_str());
    }
    for field in &descriptor.custom {
        let folded = fold_name(&field.name);
        match FIELDS.iter().find(|(_, names)| names.iter().any(|name| fold_name(name) == folded)) {
            Some((key, _)) => add(key, &field.value),
            // A case is known by what the record lies in, not by what it says.
            None if folded == CASE_KEY => {}
            None => add(&folded, &field.value),
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_field_is_a_key_once() {
        let mut seen = BTreeSet::new();
        for (key, names) in FIELDS {
            assert!(EventKey::parse(key).is_ok(), "{key}");
            for name in names {
                assert!(seen.insert(fold_name(name)), "{name}");
            }
        }
    }
}
