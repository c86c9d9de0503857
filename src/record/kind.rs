//! The four kinds of records and the subkinds of service records (`docs/formats/descriptor.md`).

use super::UnknownWord;
use super::words::is_alias;

/// What a record is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 客户授权书: what a customer allowed.
    Authorization,
    /// 数据处理日志: what was done with data.
    ProcessingLog,
    /// 服务交付确认单: what was delivered and accepted.
    DeliveryConfirmation,
    /// Any other record of a service.
    ServiceRecord(Subkind),
}

closed_words! {
    /// What sort of service record.
    pub enum Subkind {
        /// Not said more closely.
        General = "general" | "服务记录" | "服務紀錄",
        /// 咨询.
        Consultation = "consultation" | "咨询" | "諮詢",
        /// 工单.
        Ticket = "ticket" | "工单" | "服务工单" | "案件單",
        /// 投诉.
        Complaint = "complaint" | "投诉" | "客诉" | "申訴",
        /// 事件, 故障.
        Incident = "incident" | "事件" | "故障" | "事故",
        /// 变更.
        Change = "change" | "变更",
        /// 复盘.
        Review = "review" | "复盘" | "覆盤" | "检讨" | "post_mortem",
        /// 客户反馈, with a score.
        Feedback = "feedback" | "反馈" | "客户反馈" | "回饋" | "客戶回饋" | "满意度",
        /// 培训.
        Training = "training" | "培训" | "教育訓練",
        /// 维护.
        Maintenance = "maintenance" | "维护" | "維護保養" | "保养",
        /// 手册: a vital record.
        Manual = "manual" | "手册" | "操作手册",
        /// 交接.
        Handover = "handover" | "交接" | "交接单",
        /// 聊天记录.
        Chat = "chat" | "聊天记录" | "聊天" | "對話紀錄",
        /// 录音录像.
        Recording = "recording" | "录音" | "录像" | "录音录像" | "錄影",
    }
}

impl Subkind {}

const AUTHORIZATION: &[&str] =
    &["authorization", "authorisation", "客户授权书", "授权书", "授权文件", "客户授权文件", "授权"];
const PROCESSING_LOG: &[&str] =
    &["processing_log", "数据处理日志", "处理日志", "資料處理紀錄", "数据处理记录", "log"];
const DELIVERY: &[&str] = &[
    "delivery_confirmation",
    "delivery",
    "服务交付确认单",
    "交付确认单",
    "服务交付确认书",
    "确认单",
    "验收单",
    "验收",
];
const SERVICE: &[&str] = &["service_record", "service", "服务记录", "服務紀錄"];

impl Kind {
    /// The words of the kinds and, after them, of the subkinds: all that may be said as a kind.
    pub const WORDS: &'static [&'static str] = &[
        "authorization",
        "processing_log",
        "delivery_confirmation",
        "service_record",
        "consultation",
        "ticket",
        "complaint",
        "incident",
        "change",
        "review",
        "feedback",
        "training",
        "maintenance",
        "manual",
        "handover",
        "chat",
        "recording",
    ];

    /// The kind's word, without the subkind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::ProcessingLog => "processing_log",
            Self::DeliveryConfirmation => "delivery_confirmation",
            Self::ServiceRecord(_) => "service_record",
        }
    }

    /// The subkind of a service record.
    pub const fn subkind(self) -> Option<Subkind> {
        match self {
            Self::ServiceRecord(subkind) => Some(subkind),
            Self::Authorization | Self::ProcessingLog | Self::DeliveryConfirmation => None,
        }
    }

    /// The closest word: the subkind's for a service record that says one, else the kind's.
    pub const fn closest_word(self) -> &'static str {
        match self {
            Self::ServiceRecord(Subkind::General) => "service_record",
            Self::ServiceRecord(subkind) => subkind.as_str(),
            Self::Authorization | Self::ProcessingLog | Self::DeliveryConfirmation => self.as_str(),
        }
    }

    /// Reads a kind or a subkind, as people write them: `authorization`, `ticket`, `验收单`, `授權書`.
    /// `service_record` alone is [`Subkind::General`].
    pub fn parse(text: &str) -> Result<Self, UnknownWord> {
        if let Some(kind) = Self::plain(text) {
            return Ok(kind);
        }
        if let Ok(subkind) = Subkind::parse(text) {
            return Ok(Self::ServiceRecord(subkind));
        }
        let kinds = [
            (AUTHORIZATION, Self::Authorization),
            (PROCESSING_LOG, Self::ProcessingLog),
            (DELIVERY, Self::DeliveryConfirmation),
            (SERVICE, Self::ServiceRecord(Subkind::General)),
        ];
        kinds
            .into_iter()
            .find(|(words, _)| is_alias(text, words))
            .map(|(_, kind)| kind)
            .ok_or(UnknownWord { allowed: Self::WORDS })
    }

    /// Reads the two columns of a row; `None` for anything that the archive does not write.
    pub fn from_row(kind: &str, subkind: Option<&str>) -> Option<Self> {
        match (Self::plain(kind)?, subkind) {
            (Self::ServiceRecord(_), Some(word)) => Subkind::from_row(word).map(Self::ServiceRecord),
            (Self::ServiceRecord(_), None) | (_, Some(_)) => None,
            (plain, None) => Some(plain),
        }
    }

    fn plain(word: &str) -> Option<Self> {
        match word {
            "authorization" => Some(Self::Authorization),
            "processing_log" => Some(Self::ProcessingLog),
            "delivery_confirmation" => Some(Self::DeliveryConfirmation),
            "service_record" => Some(Self::ServiceRecord(Subkind::General)),
            _ => None,
        }
    }

    /// Every kind with every subkind.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Authorization, Self::ProcessingLog, Self::DeliveryConfirmation]
            .into_iter()
            .chain(Subkind::ALL.iter().copied().map(Self::ServiceRecord))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_in_every_way_people_write_it() {
        for (text, kind) in [
            ("authorization", Kind::Authorization),
            ("客户授权书", Kind::Authorization),
            ("授權書", Kind::Authorization),
            ("資料處理紀錄", Kind::ProcessingLog),
            ("数据处理日志", Kind::ProcessingLog),
            ("Processing-Log", Kind::ProcessingLog),
            ("验收单", Kind::DeliveryConfirmation),
            ("服務交付確認單", Kind::DeliveryConfirmation),
            ("ticket", Kind::ServiceRecord(Subkind::Ticket)),
            ("工單", Kind::ServiceRecord(Subkind::Ticket)),
            ("投诉", Kind::ServiceRecord(Subkind::Complaint)),
            ("service_record", Kind::ServiceRecord(Subkind::General)),
            ("SERVICE RECORD", Kind::ServiceRecord(Subkind::General)),
        ] {
            assert_eq!(Kind::parse(text), Ok(kind), "{text}");
        }
        assert_eq!(Kind::parse("invoice").unwrap_err().allowed, Kind::WORDS);
    }

    #[test]
    fn every_word_of_a_kind_or_a_subkind_may_be_said() {
        let kinds = [Kind::Authorization, Kind::ProcessingLog, Kind::DeliveryConfirmation];
        let kinds = kinds.into_iter().map(Kind::as_str).chain(["service_record"]);
        let subkinds = Subkind::WORDS.iter().copied().filter(|word| *word != Subkind::General.as_str());
        assert_eq!(Kind::WORDS, kinds.chain(subkinds).collect::<Vec<_>>());
    }

    #[test]
    fn every_kind_survives_its_row() {
        for kind in Kind::all() {
            assert_eq!(Kind::from_row(kind.as_str(), kind.subkind().map(Subkind::as_str)), Some(kind));
            assert_eq!(Kind::parse(kind.closest_word()), Ok(kind));
        }
    }

    #[test]
    fn a_row_that_the_archive_does_not_write_is_no_kind() {
        assert_eq!(Kind::from_row("service_record", None), None);
        assert_eq!(Kind::from_row("authorization", Some("ticket")), None);
        assert_eq!(Kind::from_row("ticket", None), None);
    }

    #[test]
    fn no_alias_means_two_kinds() {
        for words in [AUTHORIZATION, PROCESSING_LOG, DELIVERY] {
            for word in words {
                assert!(Subkind::parse(word).is_err(), "{word}");
            }
        }
    }
}
