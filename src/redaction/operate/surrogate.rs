//! Values of the same form that belong to nobody: reserved numbers, reserved domains, invented
//! places, and given names that are kept for this use. The same value becomes the same
//! surrogate everywhere in a matter; a surrogate met again stays as it is.

use super::keys::Keys;
use crate::base::text::{fold_name, is_han};
use crate::redaction::checks;
use crate::redaction::kind::Kind;

/// Given names that are rarely given, female and male in turn.
const GIVEN_HAN: &str = "沐瑶 砚舟 予柔 时砚 知棠 叙白 若蘅 景澜 听岚 怀瑾澄 念薇 云樵 语蓁 子珩 清菡 令舟 书窈 亦辰 南絮 承樾 疏影 望舒 蕴微 鹤眠 若筠 修竹 采蘩 牧野 静姝瑶 砺行";
const SURNAMES_HAN: &str =
    "林 周 吴 徐 孙 胡 朱 高 何 郭 罗 梁 宋 谢 唐 许 韩 冯 邓 曹 彭 曾 萧 田 董 袁 潘 蒋 蔡 余";
const GIVEN_LATIN: &str = "Avonlea Bexley Calyx Darrow Elowen Fenwick Greer Hollis Isolde Jorah Keziah Lorcan Maelys Norwin Odalys Peregrine Quillon Rosamund Sorrel Thaddeus Undine Verity Wystan Xanthe Yorick Zinnia";
const LAST_LATIN: &str = "Ashdown Birkholt Carroway Dunmorrow Ellerby Fairholme Garrowby Hethering Inglestone Juddsworth Kestrelby Larkmoor Marlowen Netherfold Oakhampton Pemberwick Quarrington Ravenscar Stillwater Thornbury Umberleigh Vexley Wetherden Yarrowdale";
const PLACES_HAN: &str = "云和市长乐区样例路 海州市新安区示范路 清源市平湖区模范街 宁川市安康区标准路 江岭市和顺区例证街 青浦州市文昌区样本路";
const PLACES_LATIN: &str = "Exampleton|Sampleford|Placeholder Bay|Specimen Hills|Testbury|Mockingham";
const COMPANIES_HAN: &str =
    "示例甲实业 示例乙贸易 示例丙科技 示例丁服务 示例戊物流 示例己咨询 示例庚制造 示例辛软件";
const COMPANIES_LATIN: &str =
    "Example Alpha|Example Bravo|Example Carillon|Example Dovetail|Example Ember|Example Fathom";

/// The surrogate of a value. Aliases of one person get parts of one surrogate, since they are
/// drawn from `identity`, the whole name if it is known.
pub fn surrogate(keys: &Keys, kind: Kind, value: &str, identity: &str) -> String {
    if is_reserved(kind, value) {
        return value.to_owned();
    }
    match kind {
        Kind::Person => person(keys, value, identity),
        Kind::Organization => organisation(keys, value),
        Kind::Address | Kind::Location => place(keys, kind, value),
        Kind::Email => format!("user{}@example.com", keys.below("email", &fold_name(value), 1_000_000)),
        Kind::Url => "https://example.com/".to_owned(),
        Kind::Phone => phone(keys, value),
        Kind::PaymentCard => card(keys, value),
        Kind::IdCard => identity_card(keys, value),
        Kind::Ip => format!("192.0.2.{}", keys.below("ip", value, 254) + 1),
        Kind::Mac => {
            let n = keys.below("mac", value, 256);
            format!("00:00:5e:00:53:{n:02x}")
        }
        _ => form(keys, kind, value),
    }
}

/// True if a value is of those that surrogates are taken from.
pub fn is_reserved(kind: Kind, value: &str) -> bool {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    match kind {
        Kind::Person => {
            let plain: String = value.chars().filter(|c| !c.is_whitespace()).collect();
            GIVEN_HAN.split(' ').any(|given| plain.ends_with(given))
                || value
                    .split(' ')
                    .any(|part| GIVEN_LATIN.split(' ').chain(LAST_LATIN.split(' ')).any(|name| name == part))
        }
        Kind::Organization => value.starts_with("示例") || value.starts_with("Example "),
        Kind::Address | Kind::Location => {
            PLACES_HAN.split(' ').any(|place| {
                value.starts_with(place) || place.starts_with(value) && value.chars().count() >= 3
            }) || PLACES_LATIN.split('|').any(|place| value.contains(place))
        }
        Kind::Email => {
            ["@example.com", "@example.org", "@example.net"].iter().any(|end| value.ends_with(end))
        }
        Kind::Url => value.starts_with("https://example.com"),
        Kind::Phone => digits.starts_with("100") || digits.starts_with("86100") || digits.contains("55501"),
        Kind::PaymentCard => digits.starts_with("40000000"),
        Kind::IdCard => digits.starts_with("9990") || value.starts_with("ZZ00"),
        Kind::Ip => value.starts_with("192.0.2."),
        Kind::Mac => value.starts_with("00:00:5e:00:53:"),
        _ => {
            let plain: Vec<char> = value.chars().filter(char::is_ascii_alphanumeric).take(3).collect();
            plain.len() == 3 && plain.iter().all(|c| matches!(c, '0' | 'X' | 'x'))
        }
    }
}

fn drawn<'a>(keys: &Keys, purpose: &str, text: &str, words: &'a str, separator: char) -> &'a str {
    let count = words.split(separator).count().max(1);
    let at = keys.below(purpose, text, count as u64);
    words.split(separator).nth(usize::try_from(at).unwrap_or(0)).unwrap_or(words)
}

fn person(keys: &Keys, value: &str, identity: &str) -> String {
    let identity = fold_name(identity);
    let han: Vec<char> = value.chars().filter(|c| is_han(*c)).collect();
    if han.is_empty() {
        let given = drawn(keys, "given-latin", &identity, GIVEN_LATIN, ' ');
        let last = drawn(keys, "last-latin", &identity, LAST_LATIN, ' ');
        let folded = fold_name(value);
        let words: Vec<&str> = identity.split(' ').collect();
        let shown = match (
            value.contains(' '),
            words.first() == Some(&folded.as_str()),
            words.last() == Some(&folded.as_str()),
        ) {
            (false, false, true) => last.to_owned(),
            (false, ..) => given.to_owned(),
            (true, ..) => format!("{given} {last}"),
        };
        return if value.chars().any(char::is_alphabetic) && value.chars().all(|c| !c.is_lowercase()) {
            shown.to_uppercase()
        } else {
            shown
        };
    }
    let surname = drawn(keys, "surname-han", &identity, SURNAMES_HAN, ' ');
    let given = drawn(keys, "given-han", &identity, GIVEN_HAN, ' ');
    match han.as_slice() {
        // A surname alone, or 小王: a bare surname tells as much as the honorific behind it.
        [_] => format!("{surname}{given}"),
        [prefix @ ('小' | '老' | '阿'), _] => format!("{prefix}{surname}{given}"),
        _ => format!("{surname}{given}"),
    }
}

fn organisation(keys: &Keys, value: &str) -> String {
    if value.chars().any(is_han) {
        format!("{}有限公司", drawn(keys, "company", &fold_name(value), COMPANIES_HAN, ' '))
    } else {
        format!("{} Ltd", drawn(keys, "company", &fold_name(value), COMPANIES_LATIN, '|'))
    }
}

fn place(keys: &Keys, kind: Kind, value: &str) -> String {
    let number = keys.below("house", &fold_name(value), 900) + 1;
    if value.chars().any(is_han) {
        let place = drawn(keys, "place", &fold_name(value), PLACES_HAN, ' ');
        return if kind == Kind::Address {
            format!("{place}{number}号")
        } else {
            place.chars().take(3).collect()
        };
    }
    let place = drawn(keys, "place", &fold_name(value), PLACES_LATIN, '|');
    if kind == Kind::Address { format!("{number} Sample Street, {place}") } else { place.to_owned() }
}

/// 100… on the mainland, 555-01xx elsewhere: no subscriber has them.
fn phone(keys: &Keys, value: &str) -> String {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let number =
        keys.below("phone", &value.chars().filter(char::is_ascii_digit).collect::<String>(), 100_000_000);
    if value.trim_start().starts_with('+') && !value.contains("86")
        || (digits == 10 && !value.starts_with('0'))
    {
        return format!("202-555-01{:02}", number % 100);
    }
    format!("100{number:08}")
}

/// A card of a range that issuers use for tests, with its check digit.
fn card(keys: &Keys, value: &str) -> String {
    let folded: String = value.chars().filter(char::is_ascii_digit).collect();
    let number = keys.below("card", &folded, 10_000_000);
    let head = format!("40000000{number:07}");
    (b'0'..=b'9')
        .map(|check| format!("{head}{}", char::from(check)))
        .find(|card| checks::luhn(card.as_bytes()))
        .unwrap_or(head)
}

/// An identity number of an area that does not exist, with its check character.
fn identity_card(keys: &Keys, value: &str) -> String {
    let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.len() != 18 {
        return format!("ZZ00{:06}", keys.below("id", &plain, 1_000_000));
    }
    let number = keys.below("id", &plain, 1000);
    let head = format!("99900019000101{number:03}");
    "0123456789X"
        .chars()
        .map(|check| format!("{head}{check}"))
        .find(|card| checks::mod_11_2(card.as_bytes()))
        .unwrap_or(head)
}

/// The same form: letters for letters, digits for digits, begun with three zeros.
fn form(keys: &Keys, kind: Kind, value: &str) -> String {
    let digest = keys.digest(kind.as_str(), value);
    let mut bytes = digest.iter().cycle();
    let mut seen = 0;
    value
        .chars()
        .map(|c| {
            let byte = bytes.next().copied().unwrap_or(0);
            seen += usize::from(c.is_ascii_alphanumeric());
            match c {
                '0'..='9' if seen <= 3 => '0',
                '0'..='9' => char::from(b'0' + byte % 10),
                'a'..='z' if seen <= 3 => 'x',
                'A'..='Z' if seen <= 3 => 'X',
                'a'..='z' => char::from(b'a' + byte % 26),
                'A'..='Z' => char::from(b'A' + byte % 26),
                c if c.is_alphabetic() => '某',
                c => c,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::SecretKey;

    #[test]
    fn a_surrogate_is_reserved_keeps_its_form_and_stays() {
        let keys = Keys::new(SecretKey::take(&mut [9; 32]));
        for (kind, value) in [
            (Kind::Person, "王小明"),
            (Kind::Person, "John Smith"),
            (Kind::Phone, "13800138000"),
            (Kind::Phone, "+1 (512) 784-7856"),
            (Kind::Email, "a@b.cn"),
            (Kind::PaymentCard, "6222021234567890128"),
            (Kind::IdCard, "11010519491231002X"),
            (Kind::IdCard, "A123456789"),
            (Kind::Address, "杭州市文三路1号"),
            (Kind::Address, "1 Oak St, Springfield"),
            (Kind::Organization, "华为"),
            (Kind::Plate, "京A12345"),
            (Kind::Vin, "LE4X4HE07HH555237"),
            (Kind::Ip, "10.1.2.3"),
        ] {
            let once = surrogate(&keys, kind, value, value);
            assert_ne!(once, value);
            assert!(is_reserved(kind, &once), "{once}");
            assert_eq!(surrogate(&keys, kind, &once, &once), once);
        }
    }

    #[test]
    fn a_surname_alone_leads_to_the_whole_name_s_surrogate() {
        let keys = Keys::new(SecretKey::take(&mut [9; 32]));
        assert_eq!(
            surrogate(&keys, Kind::Person, "王", "王小明"),
            surrogate(&keys, Kind::Person, "王小明", "王小明")
        );
        let whole = surrogate(&keys, Kind::Person, "John Smith", "John Smith");
        assert!(whole.ends_with(&surrogate(&keys, Kind::Person, "Smith", "John Smith")));
    }
}
