//! The words of a schedule in the three languages.

use crate::policy::obligation::{Action, Obligation, Term};

/// The words of a schedule.
#[derive(Debug)]
pub struct ScheduleWords {
    pub(super) columns: [&'static str; 9],
    pub(super) permanent: &'static str,
    pub(super) own_day: &'static str,
    pub(super) years: &'static str,
    pub(super) months: &'static str,
    pub(super) days: &'static str,
    pub(super) at_the_end: &'static str,
    pub(super) everything: &'static str,
    pub(super) unchecked: &'static str,
    pub(super) comma: &'static str,
    pub(super) semicolon: &'static str,
    /// For what happens at the end: in the order of [`Action`].
    pub(super) actions: [&'static str; 4],
}

impl ScheduleWords {
    /// As archives in China lay it out (归档范围与保管期限表).
    pub const SIMPLIFIED: Self = Self {
        columns: ["序号", "规则编号", "归档范围", "保管期限", "起算", "到期处置", "审批", "依据", "备注"],
        permanent: "永久",
        own_day: "至起算日当日",
        years: "{} 年",
        months: "{} 个月",
        days: "{} 日",
        at_the_end: "{}（到期处置）",
        everything: "全部",
        unchecked: "条文待核对，核对之前先按此保存",
        comma: "、",
        semicolon: "；",
        actions: ["销毁", "鉴定", "移交", "永久保管"],
    };
    /// As in Taiwan (檔案保存年限區分表).
    pub const TRADITIONAL: Self = Self {
        columns: ["項次", "規則編號", "檔案類別", "保存年限", "起算", "屆期清理", "核准", "依據", "備註"],
        permanent: "永久",
        own_day: "至起算日當日",
        years: "{} 年",
        months: "{} 個月",
        days: "{} 日",
        at_the_end: "{}（屆期清理）",
        everything: "全部",
        unchecked: "條文待核對，核對之前先依此保存",
        comma: "、",
        semicolon: "；",
        actions: ["銷毀", "鑑定", "移轉", "永久保存"],
    };
    /// In English.
    pub const ENGLISH: Self = Self {
        columns: [
            "No.",
            "Rule",
            "Records",
            "Kept for",
            "Counted from",
            "At the end",
            "Approval",
            "Legal basis",
            "Remarks",
        ],
        permanent: "permanently",
        own_day: "until that day",
        years: "{} years",
        months: "{} months",
        days: "{} days",
        at_the_end: "{} (then decided)",
        everything: "all",
        unchecked: "article not checked yet; kept like this until it is",
        comma: ", ",
        semicolon: "; ",
        actions: ["destroy", "review", "transfer", "keep for ever"],
    };

    pub(super) const fn action(&self, action: Action) -> &'static str {
        let [destroy, review, transfer, permanent] = self.actions;
        match action {
            Action::Destroy => destroy,
            Action::Review => review,
            Action::Transfer => transfer,
            Action::Permanent => permanent,
        }
    }

    /// `30 年`, `永久`, or the period as it is written.
    pub(super) fn period(&self, rule: &Obligation) -> String {
        let counted = |form: &str, number: u32| form.replace("{}", &number.to_string());
        match rule.rule.term() {
            Term::Permanent => self.permanent.to_owned(),
            Term::ToBeSet { .. } => String::new(),
            Term::Counted { period: None, .. } => self.own_day.to_owned(),
            Term::Counted { period: Some(period), .. } => match (period.months(), period.days()) {
                (months, 0) if months % 12 == 0 => counted(self.years, months / 12),
                (months, 0) => counted(self.months, months),
                (0, days) => counted(self.days, days),
                _ => period.to_string(),
            },
        }
    }
}
