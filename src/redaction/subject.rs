//! Which personal data names somebody, and the one form by which all writings of a value are known: the
//! subject index stores a keyed token of that form, and a look-up asks for it.
//!
//! Must never make one form of the numbers of two persons; where a form would be too short to name
//! anybody, there is none. A change of a form is a new [`FORMS`], and the index is made anew.

use super::checks;
use super::kind::Kind;
use super::normal::Text;
use crate::base::text::{fold_name, is_han};

/// The edition of the forms.
pub const FORMS: &str = "1";

/// Characters of a value that is asked for or indexed, at most.
pub const VALUE_CHARS_MAX: usize = 200;

/// By what somebody is looked up. One class holds every type that people would not tell apart when asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectClass {
    /// A telephone or fax number.
    Phone,
    /// A number that an authority, employer or maker has given: identity card, passport, permit, licence,
    /// social security, company register, plate, vehicle, device.
    Id,
    /// An e-mail address.
    Email,
    /// A bank card or bank account.
    Card,
    /// An account with a service: user name, WeChat, QQ.
    Account,
    /// The name of a person or an organisation.
    Name,
}

impl SubjectClass {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Phone, Self::Id, Self::Email, Self::Card, Self::Account, Self::Name];
    /// Their words, in the same order.
    pub const WORDS: &'static [&'static str] = &["phone", "id", "email", "card", "account", "name"];

    /// The word: part of every token, so it never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Id => "id",
            Self::Email => "email",
            Self::Card => "card",
            Self::Account => "account",
            Self::Name => "name",
        }
    }

    /// What people call it in Chinese, in either script (compared folded).
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Phone => &["电话", "电话号码", "手机", "手机号"],
            Self::Id => {
                &["证件", "证件号", "证件号码", "身份证", "身份证号", "身分证", "身分证字号", "统一编号"]
            }
            Self::Email => &["邮箱", "电子邮箱", "电子邮件", "邮件"],
            Self::Card => &["卡号", "银行卡", "银行卡号", "信用卡", "信用卡号"],
            Self::Account => &["账号", "帐号", "账户", "帐户", "用户名"],
            Self::Name => &["姓名", "名称", "名字"],
        }
    }

    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }

    /// Reads a word as people write it: in any case, or in Chinese.
    pub fn parse_name(text: &str) -> Option<Self> {
        let word = fold_name(text);
        let called =
            |class: &Self| class.as_str() == word || class.names().iter().any(|name| fold_name(name) == word);
        Self::ALL.into_iter().find(called)
    }

    /// The class by which a value of this type is looked up; `None` for what names nobody: places, dates,
    /// addresses of machines, secrets.
    pub const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Phone => Some(Self::Phone),
            Kind::Email => Some(Self::Email),
            Kind::PaymentCard | Kind::Iban | Kind::BankAccount => Some(Self::Card),
            Kind::Wechat | Kind::Qq | Kind::Username => Some(Self::Account),
            Kind::Person | Kind::Organization => Some(Self::Name),
            Kind::UsSsn
            | Kind::Passport
            | Kind::DriverLicense
            | Kind::IdNumber
            | Kind::IdCard
            | Kind::TravelPermit
            | Kind::MilitaryId
            | Kind::Uscc
            | Kind::Plate
            | Kind::Vin
            | Kind::Imei
            | Kind::DriverFile
            | Kind::SocialSecurity
            | Kind::HealthCard => Some(Self::Id),
            Kind::Location
            | Kind::Address
            | Kind::InvoiceNo
            | Kind::CaseNo
            | Kind::Postcode
            | Kind::Ethnicity
            | Kind::DateOfBirth
            | Kind::Date
            | Kind::Secret
            | Kind::Ip
            | Kind::Mac
            | Kind::Url
            | Kind::Age
            | Kind::Amount
            | Kind::Reference
            | Kind::Custom => None,
        }
    }

    /// The one form of a value of this class; `None` if it cannot be one.
    pub fn form(self, value: &str) -> Option<String> {
        let folded: String = Text::new(value.trim()).fold().iter().collect();
        match self {
            Self::Phone => phone(&folded),
            Self::Id => identity(&folded),
            Self::Email => email(&folded),
            Self::Card => card(&folded),
            Self::Account => account(&folded),
            Self::Name => name(&folded),
        }
    }
}

/// Whom is asked for: forms of one value, any of which is an answer. It holds personal data: hence no
/// `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct AskedFor {
    /// Each class that the value may belong to, once, with its form there.
    pub forms: Vec<(SubjectClass, String)>,
}

/// Why nobody can be looked up by a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSubject {
    /// Nothing to look up.
    #[error("there is no value to look up")]
    Blank,
    /// More characters than allowed.
    #[error("it has more than {VALUE_CHARS_MAX} characters")]
    TooLong,
    /// It cannot be a value of this class, or of any.
    #[error("it names nobody")]
    Unfit {
        /// The class that was asked for.
        class: Option<SubjectClass>,
    },
}

impl AskedFor {
    /// Reads a value as a person wrote it. Without a class it is asked for in all that fit; a number that
    /// is asked for as an account is asked for among bank accounts too.
    ///
    /// # Errors
    /// Blank, too long, or no value of the class.
    pub fn parse(value: &str, class: Option<SubjectClass>) -> Result<Self, BadSubject> {
        let value = value.trim();
        if value.is_empty() {
            return Err(BadSubject::Blank);
        }
        if value.chars().count() > VALUE_CHARS_MAX {
            return Err(BadSubject::TooLong);
        }
        let classes: &[SubjectClass] = match &class {
            None => &SubjectClass::ALL,
            Some(SubjectClass::Account) => &[SubjectClass::Account, SubjectClass::Card],
            Some(class) => std::slice::from_ref(class),
        };
        let forms: Vec<_> = classes.iter().filter_map(|class| Some((*class, class.form(value)?))).collect();
        if forms.is_empty() { Err(BadSubject::Unfit { class }) } else { Ok(Self { forms }) }
    }
}

/// Digits without country code and extension. A mainland or Taiwan number has the form in which it is
/// dialled at home; numbers of Hong Kong and Macau are eight digits; North American ones ten.
fn phone(folded: &str) -> Option<String> {
    // The number ends where its extension begins; a word before it is no part of it.
    let begin = folded.find(|c: char| c.is_ascii_digit() || c == '+')?;
    let number = folded.get(begin..)?;
    let end =
        number.find(|c: char| c.is_alphabetic() || matches!(c, '#' | ',' | ';')).unwrap_or(number.len());
    // The zero of (0) is dialled at home only.
    let number = number.get(..end)?.replace("(0)", "");
    let groups: Vec<usize> =
        number.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|len| *len > 0).collect();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let abroad = number.starts_with('+') || digits.starts_with("00");
    let bare = if digits.starts_with("00") { digits.trim_start_matches('0') } else { digits.as_str() };
    let form = at_home(bare, abroad, &groups).unwrap_or_else(|| bare.to_owned());
    (7..=15).contains(&form.len()).then_some(form)
}

fn at_home(bare: &str, abroad: bool, groups: &[usize]) -> Option<String> {
    let mobile = |rest: &str| rest.len() == 11 && rest.starts_with('1');
    if let Some(rest) = bare.strip_prefix("86").or_else(|| bare.strip_prefix("086")) {
        if mobile(rest) || (rest.starts_with('0') && rest.len() >= 10) {
            return Some(rest.to_owned());
        }
        if (9..=11).contains(&rest.len()) && (abroad || rest.len() >= 10) {
            return Some(format!("0{rest}"));
        }
    }
    if let Some(rest) = bare.strip_prefix("886").filter(|rest| (8..=10).contains(&rest.len())) {
        return Some(if rest.starts_with('0') { rest.to_owned() } else { format!("0{rest}") });
    }
    for code in ["852", "853"] {
        if let Some(rest) = bare.strip_prefix(code).filter(|rest| rest.len() == 8) {
            return Some(rest.to_owned());
        }
    }
    // 1-415-555-0132 is grouped as nobody groups a mainland mobile number.
    let american = bare.len() == 11 && (abroad || groups == [1, 3, 3, 4]);
    bare.strip_prefix('1').filter(|_| american).map(str::to_owned)
}

/// Letters and digits in capitals; an identity card of 15 places as the one of 18 that replaced it.
fn identity(folded: &str) -> Option<String> {
    let bare = capitals(folded);
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    if bare.chars().count() < 5 || digits < 3 {
        return None;
    }
    if checks::resident_id_15(bare.as_bytes()) {
        return of_18_places(&bare);
    }
    Some(bare)
}

fn of_18_places(bare: &str) -> Option<String> {
    let (place, rest) = bare.split_at_checked(6)?;
    let body = format!("{place}19{rest}");
    "0123456789X".chars().map(|check| format!("{body}{check}")).find(|id| checks::mod_11_2(id.as_bytes()))
}

fn email(folded: &str) -> Option<String> {
    let bare = folded.strip_prefix("mailto:").unwrap_or(folded);
    let bare = bare.trim_matches(|c: char| !c.is_alphanumeric());
    let (local, domain) = bare.rsplit_once('@')?;
    let whole = !local.is_empty() && domain.contains('.') && !bare.contains(char::is_whitespace);
    whole.then(|| bare.to_owned())
}

fn card(folded: &str) -> Option<String> {
    let bare = capitals(folded);
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    (bare.is_ascii() && digits >= 6 && bare.len() - digits <= 24 && bare.len() <= 34).then_some(bare)
}

fn account(folded: &str) -> Option<String> {
    let bare: String = folded.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = bare.strip_prefix('@').unwrap_or(&bare);
    (2..=VALUE_CHARS_MAX).contains(&bare.chars().count()).then(|| bare.to_owned())
}

/// Titles that people write behind a name, and before one.
const BEHIND: [&str; 8] = ["先生", "女士", "小姐", "太太", "同志", "老师", "经理", "律师"];
const BEFORE: [&str; 7] = ["mr", "mrs", "ms", "miss", "mx", "dr", "prof"];

/// Simplified characters without signs and titles; Latin words in alphabetical order, because family
/// names stand first in one place and last in another.
fn name(folded: &str) -> Option<String> {
    if folded.chars().any(is_han) {
        let bare: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
        let named = BEHIND.iter().find_map(|title| bare.strip_suffix(title)).unwrap_or(&bare);
        // A family name alone is shared by millions.
        let named = if named.chars().count() < 2 { &bare } else { named };
        let has_title = BEHIND.iter().any(|title| named.ends_with(title));
        return (named.chars().count() >= 2 && !has_title).then(|| named.to_owned());
    }
    let folded = folded.replace('’', "'");
    let mut words: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    if words.first().is_some_and(|first| BEFORE.contains(first)) && words.len() > 1 {
        words.remove(0);
    }
    words.sort_unstable();
    let letters = words.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphabetic()).count();
    (letters >= 2).then(|| words.join(" "))
}

fn capitals(folded: &str) -> String {
    folded.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::SubjectClass::{Account, Card, Email, Id, Name, Phone};
    use super::*;

    /// Each line: a class, the one form, and writings that must all come to it.
    const VECTORS: &[(SubjectClass, &str, &[&str])] = &[
        (
            Phone,
            "13800138000",
            &[
                "13800138000",
                "138-0013-8000",
                "138 0013 8000",
                "+86 138 0013 8000",
                "+8613800138000",
                "0086-13800138000",
                "（+86）138-0013-8000",
                "１３８００１３８０００",
                "138\u{200b}0013\u{200b}8000",
                "手机 13800138000",
            ],
        ),
        (
            Phone,
            "01062345678",
            &[
                "010-62345678",
                "(010) 6234 5678",
                "+86 10 6234 5678",
                "010-62345678转8012",
                "010-62345678轉8012",
                "010-62345678 ext. 12",
            ],
        ),
        (Phone, "0912446570", &["0912-446-570", "+886 912 446 570", "+886-0912-446570", "00886912446570"]),
        (Phone, "0223456789", &["(02) 2345-6789", "+886 2 2345 6789", "+886 (0)2 2345 6789"]),
        (Phone, "21234567", &["2123 4567", "+852 2123 4567"]),
        (Phone, "4155550132", &["(415) 555-0132", "+1 415 555 0132", "1-415-555-0132", "415.555.0132 x44"]),
        (Phone, "442079460958", &["+44 20 7946 0958", "0044 20 7946 0958", "+44 (0)20 7946 0958"]),
        (
            Id,
            "11010519491231002X",
            &[
                "11010519491231002X",
                "11010519491231002x",
                "110105 19491231 002X",
                "１１０１０５１９４９１２３１００２Ｘ",
                "110105491231002",
            ],
        ),
        (Id, "A1234563", &["A123456(3)", "a123456（3）"]),
        (Id, "E12345678", &["E12345678", "e1234 5678"]),
        (
            Email,
            "li.hua@example.com",
            &[
                "Li.Hua@Example.com",
                "<li.hua@example.com>",
                "mailto:li.hua@example.com",
                "ｌｉ.ｈｕａ@example.com",
            ],
        ),
        (
            Card,
            "6222020200112233445",
            &["6222 0202 0011 2233 445", "6222-0202-0011-2233-445", "6222020200112233445"],
        ),
        (Card, "GB82WEST12345698765432", &["GB82 WEST 1234 5698 7654 32", "gb82west12345698765432"]),
        (Account, "wx_lihua88", &["wx_lihua88", "WX_LiHua88", "@wx_lihua88"]),
        (Name, "张伟国", &["张伟国", "張偉國", "张 伟 国", "张伟国先生", "張偉國先生"]),
        (Name, "阿依古丽买买提", &["阿依古丽·买买提", "阿依古丽•买买提"]),
        (Name, "john smith", &["John Smith", "SMITH, JOHN", "Mr. John Smith", "Smith John"]),
        (Name, "mary o'neil", &["Mary O'Neil", "O'NEIL, Mary"]),
    ];

    #[test]
    fn every_writing_of_a_value_has_one_form() {
        for (class, form, writings) in VECTORS {
            for writing in *writings {
                assert_eq!(class.form(writing).as_deref(), Some(*form), "{class:?} {writing}");
            }
        }
    }

    #[test]
    fn a_form_is_its_own_form() {
        for (class, form, _) in VECTORS {
            assert_eq!(class.form(form).as_deref(), Some(*form), "{class:?}");
        }
    }

    #[test]
    fn what_names_nobody_has_no_form() {
        for (class, value) in [
            (Phone, "10086"),
            (Phone, "abc"),
            (Id, "王"),
            (Id, "12"),
            (Email, "li.hua"),
            (Email, "a@b"),
            (Card, "12"),
            (Account, "a"),
            (Name, "王"),
            (Name, "王先生"),
            (Name, "12345"),
            (Name, ""),
        ] {
            assert_eq!(class.form(value), None, "{class:?} {value}");
        }
    }

    #[test]
    fn who_asks_without_a_class_asks_for_all_that_fit() {
        let classes = |value: &str, class| {
            let asked = AskedFor::parse(value, class).ok().unwrap();
            asked.forms.into_iter().map(|(class, _)| class).collect::<Vec<_>>()
        };
        assert_eq!(classes("138-0013-8000", None), [Phone, Id, Card, Account]);
        assert_eq!(classes("138-0013-8000", Some(Phone)), [Phone]);
        assert_eq!(classes("6222 0202 0011 2233", Some(Account)), [Account, Card]);
        assert_eq!(classes("李华", None), [Account, Name]);
        assert!(classes("li@example.com", None).contains(&Email));
    }

    #[test]
    fn a_value_that_names_nobody_is_refused() {
        let refused = |value: &str, class| AskedFor::parse(value, class).err().unwrap();
        assert_eq!(refused(" ", None), BadSubject::Blank);
        assert_eq!(refused("？", None), BadSubject::Unfit { class: None });
        assert_eq!(refused("李华", Some(Phone)), BadSubject::Unfit { class: Some(Phone) });
        assert_eq!(refused(&"x".repeat(VALUE_CHARS_MAX + 1), None), BadSubject::TooLong);
    }

    #[test]
    fn every_class_is_read_back_by_its_word() {
        for (class, word) in SubjectClass::ALL.into_iter().zip(SubjectClass::WORDS) {
            assert_eq!((class.as_str(), SubjectClass::parse(word)), (*word, Some(class)));
            assert_eq!(SubjectClass::parse_name(&word.to_uppercase()), Some(class));
            for name in class.names() {
                assert_eq!(SubjectClass::parse_name(name), Some(class), "{name} is another class's too");
            }
        }
        assert_eq!(SubjectClass::parse_name("電話號碼"), Some(Phone));
        assert_eq!(SubjectClass::parse_name("身分證字號"), Some(Id));
        assert_eq!(SubjectClass::parse_name("住址"), None);
    }
}
