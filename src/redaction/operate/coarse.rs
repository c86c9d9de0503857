//! Coarser values: a date's year, an address's city, an age's or amount's band.

use crate::base::text::simplified;
use crate::redaction::find::numerals;

/// The coarser form of a value; `None` if it has none (then the type's mark stands there).
pub fn coarse(kind: &str, value: &str) -> Option<String> {
    match kind {
        "DATE" | "DATE_OF_BIRTH" => year(value),
        "ADDRESS" | "LOCATION" => city(value),
        "POSTCODE" => value
            .chars()
            .take(3)
            .all(|c| c.is_ascii_digit())
            .then(|| value.chars().take(2).collect::<String>() + "****"),
        "AGE" => age(value),
        "AMOUNT" => amount(value),
        _ => None,
    }
}

fn year(value: &str) -> Option<String> {
    let chars: Vec<char> = value.chars().collect();
    let republican = value.starts_with("民國") || value.starts_with("民国");
    let group = chars.split(|c| !c.is_ascii_digit()).find(|group| match group.len() {
        4 => true,
        8 => !republican,
        2 | 3 => republican,
        _ => false,
    })?;
    let year: String = group.iter().take(4).collect();
    let prefix: String = if republican { chars.iter().take(2).collect() } else { String::new() };
    let chinese = chars.iter().any(|c| crate::base::text::is_han(*c));
    Some(format!("{prefix}{year}{}", if chinese { "年" } else { "" }))
}

fn city(value: &str) -> Option<String> {
    let chars: Vec<char> = value.chars().skip_while(char::is_ascii_digit).collect();
    let end = chars.iter().take(12).position(|c| matches!(c, '市' | '縣' | '县' | '州' | '盟'));
    if let Some(end) = end.filter(|end| *end >= 1) {
        // 杭州市: the first 州 is a part of the city's name.
        let end = if chars.get(end + 1) == Some(&'市') { end + 1 } else { end };
        return Some(chars.iter().take(end + 1).collect());
    }
    // `…, Springfield, IL 62704`: city and state, no street, no code.
    let parts: Vec<&str> = value.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let last = parts.last()?.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').trim_end();
    let before = parts.len().checked_sub(2).and_then(|at| parts.get(at))?;
    let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_ascii_digit());
    (parts.len() >= 3 && plain(before) && plain(last)).then(|| format!("{before}, {last}"))
}

/// Bands of ten years; from 90 on all ages are one.
fn age(value: &str) -> Option<String> {
    let (low, high) = ages(value)?;
    Some(if low >= OLD { format!("{OLD}+") } else { format!("{}-{}", low / 10 * 10, high / 10 * 10 + 9) })
}

/// Ages from here on are one band.
const OLD: u64 = 90;

/// An age from `from` years on as one band, lower ones as they are.
pub fn pooled(value: &str, from: u32) -> Option<String> {
    let (_, high) = ages(value)?;
    Some(if high >= u64::from(from) { format!("{from}+") } else { value.to_owned() })
}

/// The first and the last age of a value: digits, or a Chinese numeral.
fn ages(value: &str) -> Option<(u64, u64)> {
    let chars: Vec<char> = value.chars().map(simplified).collect();
    let mut numbers = chars
        .split(|c| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .filter_map(|group| group.iter().take(3).collect::<String>().parse().ok());
    let Some(low) = numbers.next() else {
        let numeral: Vec<char> = chars.into_iter().filter(|c| numerals::is_numeral(*c)).collect();
        return numerals::value(&numeral).map(|age| (age, age));
    };
    Some((low, numbers.next().filter(|high| *high >= low).unwrap_or(low)))
}

/// Bands by the power of ten; of a range the band that holds both ends.
fn amount(value: &str) -> Option<String> {
    let chars: Vec<char> = value.chars().flat_map(char::to_lowercase).map(simplified).collect();
    let ends: Vec<&[char]> = chars.split(|c| matches!(c, '-' | '~' | '至' | '到')).collect();
    let (low, high) = match ends.as_slice() {
        [one] => (whole(one)?, None),
        [low, high] => (whole(low)?, Some(whole(high)?)),
        _ => return None,
    };
    let mut below = 1u64;
    while below.checked_mul(10)? <= low {
        below *= 10;
    }
    let mut above = below.checked_mul(10)?;
    while high.is_some_and(|high| high > above) {
        above = above.checked_mul(10)?;
    }
    Some(format!("{}-{above}", if low < 10 { 0 } else { below }))
}

/// The whole part of a sum: digits with separators and a word that multiplies, or a numeral.
fn whole(sum: &[char]) -> Option<u64> {
    let number = |c: &char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'');
    let Some(from) = sum.iter().position(char::is_ascii_digit) else {
        let numeral: Vec<char> = sum.iter().copied().take_while(|c| numerals::is_numeral(*c)).collect();
        return numerals::value(&numeral);
    };
    let written = sum.get(from..)?;
    let len = written.iter().take_while(|c| number(c)).count();
    let (digits, word) = written.split_at_checked(len)?;
    // The last separator parts off decimals, if not three digits follow it.
    let last = digits.iter().rposition(|c| !c.is_ascii_digit());
    let decimals = last.map_or(0, |last| digits.len() - last - 1);
    let point =
        last.filter(|last| decimals != 3 || digits.get(*last) == Some(&'.') && decimals > 0 && *last > 3);
    let read = |digits: &[char]| -> Option<u64> {
        let plain: String = digits.iter().filter(|c| c.is_ascii_digit()).take(15).collect();
        if plain.is_empty() { Some(0) } else { plain.parse().ok() }
    };
    let times: u64 = match word.iter().find(|c| !c.is_whitespace()) {
        Some('百') => 100,
        Some('千' | 'k' | 't') => 1000,
        Some('万') => 10_000,
        Some('m') => 1_000_000,
        Some('亿') => 100_000_000,
        Some('b') => 1_000_000_000,
        _ => 1,
    };
    let units = read(digits.get(..point.unwrap_or(digits.len()))?)?.checked_mul(times)?;
    let fraction = point.and_then(|point| digits.get(point + 1..)).unwrap_or_default();
    let fraction = fraction.get(..fraction.len().min(4)).unwrap_or_default();
    let parts = 10u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    units.checked_add(read(fraction)?.checked_mul(times)?.checked_div(parts)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarser_values_are_coarse_already() {
        for (kind, value, coarser) in [
            ("DATE", "2024-05-12T08:00:00Z", "2024"),
            ("DATE", "2024年5月12日", "2024年"),
            ("DATE_OF_BIRTH", "民國86年12月17日", "民國86年"),
            ("ADDRESS", "浙江省杭州市西湖区文三路1号", "浙江省杭州市"),
            ("ADDRESS", "100臺北市中正區忠孝東路1號", "臺北市"),
            ("ADDRESS", "12 Oak St, Springfield, IL 62704", "Springfield, IL"),
            ("AGE", "93岁", "90+"),
            ("AGE", "47", "40-49"),
            ("AGE", "40-49", "40-49"),
            ("AGE", "90+", "90+"),
            ("AGE", "六十八", "60-69"),
            ("AMOUNT", "￥12,345.60", "10000-100000"),
            ("AMOUNT", "12.345,60", "10000-100000"),
            ("AMOUNT", "1,234", "1000-10000"),
            ("AMOUNT", "3.5萬", "10000-100000"),
            ("AMOUNT", "2.5 million", "1000000-10000000"),
            ("AMOUNT", "壹万贰仟元伍角", "10000-100000"),
            ("AMOUNT", "7", "0-10"),
            ("AMOUNT", "0-10", "0-10"),
            ("AMOUNT", "10000-100000", "10000-100000"),
            ("AMOUNT", "120至450", "100-1000"),
        ] {
            assert_eq!(coarse(kind, value).as_deref(), Some(coarser), "{value}");
        }
        assert_eq!(coarse("PHONE", "13800138000"), None);
        assert_eq!(pooled("47", 90).as_deref(), Some("47"));
        assert_eq!(pooled("九十三", 90).as_deref(), Some("90+"));
        assert_eq!(pooled("90+", 90).as_deref(), Some("90+"));
    }
}
