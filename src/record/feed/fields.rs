//! The fields of a log entry and the names that people and systems give them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::record::words::comparable;

closed_words! {
    /// A field of a log entry, by its canonical name, in canonical order.
    pub enum EntryField {
        /// Who did it: a person's or a program's account.
        Actor = "actor",
        /// When.
        At = "at",
        /// The authorization it was done under: record id or number.
        Authorization = "authorization",
        /// How many data subjects or data sets.
        Count = "count",
        /// On which data.
        DataCategory = "data_category",
        /// What was done.
        Operation = "operation",
        /// What for.
        Purpose = "purpose",
        /// Whose data.
        Subject = "subject",
        /// Where.
        System = "system",
    }
}

/// Other names, in either script; the documentation lists them (`docs/formats/entries.md`).
const NAMES: &[(EntryField, &[&str])] = &[
    (
        EntryField::Actor,
        &["user", "operator", "操作人", "操作者", "操作员", "执行人", "经办人", "账号", "处理人"],
    ),
    (EntryField::At, &["time", "timestamp", "时间", "操作时间", "处理时间", "发生时间"]),
    (
        EntryField::Authorization,
        &["authorisation", "authorization_id", "授权", "授权编号", "授权书", "授权书编号"],
    ),
    (EntryField::Count, &["数量", "条数", "记录数", "人数", "笔数"]),
    (EntryField::DataCategory, &["category", "数据类别", "数据类型", "数据分类", "资料类别"]),
    (EntryField::Operation, &["action", "操作", "操作类型", "处理方式", "处理操作"]),
    (EntryField::Purpose, &["目的", "处理目的", "用途"]),
    (EntryField::Subject, &["data_subject", "数据主体", "个人信息主体", "当事人", "对象"]),
    (EntryField::System, &["系统", "系统名称", "所属系统", "处理系统"]),
];

static BY_NAME: LazyLock<HashMap<String, EntryField>> = LazyLock::new(|| {
    let own = EntryField::ALL.iter().map(|field| (field.as_str().to_owned(), *field));
    let others =
        NAMES.iter().flat_map(|(field, names)| names.iter().map(move |name| (comparable(name), *field)));
    own.chain(others).collect()
});

impl EntryField {
    /// How many fields there are.
    pub(super) const COUNT: usize = 9;

    /// Fields that every entry has. Beside them it has a subject, or a count, or both.
    pub const REQUIRED: [Self; 6] =
        [Self::Actor, Self::At, Self::DataCategory, Self::Operation, Self::Purpose, Self::System];

    /// Its place in canonical order.
    pub(super) const fn slot(self) -> usize {
        self as usize
    }

    /// The field of that name: canonical or another, in any case, width or script.
    pub fn of_name(name: &str) -> Option<Self> {
        // Canonical names come first: they are what machines write, millions of times.
        if let Some(field) = Self::from_row(name) {
            return Some(field);
        }
        // Folding such a name would change nothing.
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.bytes().all(plain) {
            return BY_NAME.get(name).copied();
        }
        BY_NAME.get(&comparable(name)).copied()
    }
}

/// Every name under which a field is known.
#[cfg(test)]
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    let others = NAMES.iter().flat_map(|(_, names)| names.iter().copied());
    EntryField::WORDS.iter().copied().chain(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_in_both_languages_and_scripts() {
        for (name, field) in [
            ("Data Category", EntryField::DataCategory),
            ("操作時間", EntryField::At),
            ("資料類別", EntryField::DataCategory),
            ("ＡＣＴＯＲ", EntryField::Actor),
            ("授权书编号", EntryField::Authorization),
        ] {
            assert_eq!(EntryField::of_name(name), Some(field), "{name}");
        }
        assert_eq!(EntryField::of_name("备注"), None);
    }

    #[test]
    fn no_name_means_two_fields() {
        let names: usize = NAMES.iter().map(|(_, names)| names.len()).sum();
        assert_eq!(BY_NAME.len(), names + EntryField::COUNT);
    }
}
