//! What is done with a found value: removed, named by its type, masked, hashed, sealed,
//! exchanged, shifted, made coarser, or kept.
//!
//! Each operator leaves its own output alone when it meets it again, so that redacting twice is
//! redacting once. Where output could be mistaken for input, a keyed check tells them apart: a
//! stranger's text cannot pose as our output.

pub mod coarse;
pub mod keys;
pub mod marks;
pub mod mask;
pub mod shift;
pub mod surrogate;

use super::kind::Kind;
pub use keys::Keys;

/// What is done with values of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Operator {
    /// The value goes, nothing stands for it.
    Remove,
    /// `[PHONE]`, `[电话]`.
    #[default]
    Tag,
    /// Asterisks, but for so many characters at either end; separators stay.
    Mask {
        /// Characters kept at the start.
        first: usize,
        /// Characters kept at the end.
        last: usize,
    },
    /// A keyed hash: equal values stay recognisable as equal within one matter, to nobody else.
    Hash,
    /// Sealed: whoever has the key can open it again.
    Token,
    /// `[当事人1]`: numbered in the order of appearance within the case.
    Pseudonym,
    /// Another value of the same form that belongs to nobody.
    Surrogate,
    /// A date moved by the case's secret number of weeks.
    Shift,
    /// Coarser: the year, the city, the band.
    Coarse,
    /// An age from so many years on becomes one with all higher ones; lower ones stay.
    Pool {
        /// The first age that is pooled.
        from: u32,
    },
    /// The value stays.
    Keep,
}

impl Operator {
    /// The name in policies and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Tag => "tag",
            Self::Mask { .. } => "mask",
            Self::Hash => "hash",
            Self::Token => "token",
            Self::Pseudonym => "pseudonym",
            Self::Surrogate => "surrogate",
            Self::Shift => "shift",
            Self::Coarse => "coarse",
            Self::Pool { .. } => "pool",
            Self::Keep => "keep",
        }
    }

    /// True if nothing of the value may be left in the output.
    pub const fn hides_all(self) -> bool {
        matches!(
            self,
            Self::Remove | Self::Tag | Self::Hash | Self::Token | Self::Pseudonym | Self::Surrogate
        )
    }
}

/// The name of a type for people, in the language of the text.
pub fn spoken(kind: Kind, chinese: bool) -> &'static str {
    if !chinese {
        return kind.as_str();
    }
    match kind {
        Kind::Person => "姓名",
        Kind::Organization => "机构",
        Kind::Location => "地点",
        Kind::Address => "地址",
        Kind::Phone => "电话",
        Kind::Email => "邮箱",
        Kind::PaymentCard | Kind::Iban | Kind::BankAccount => "账号",
        Kind::UsSsn | Kind::SocialSecurity => "社保号",
        Kind::Passport => "护照",
        Kind::DriverLicense | Kind::DriverFile => "驾照",
        Kind::IdNumber => "编号",
        Kind::IdCard => "身份证号",
        Kind::TravelPermit => "通行证",
        Kind::MilitaryId => "军官证",
        Kind::Uscc => "企业代码",
        Kind::Plate => "车牌",
        Kind::Vin => "车架号",
        Kind::Imei => "设备号",
        Kind::HealthCard => "健保卡",
        Kind::InvoiceNo => "发票号",
        Kind::CaseNo => "案号",
        Kind::Postcode => "邮编",
        Kind::Ethnicity => "民族",
        Kind::DateOfBirth => "出生日期",
        Kind::Date => "日期",
        Kind::Wechat => "微信",
        Kind::Qq => "QQ",
        Kind::Username => "账户名",
        Kind::Secret => "密钥",
        Kind::Ip => "IP",
        Kind::Mac => "MAC",
        Kind::Url => "网址",
        Kind::Age => "年龄",
        Kind::Amount => "金额",
        Kind::Reference => "单号",
        Kind::Custom => "其他",
    }
}
