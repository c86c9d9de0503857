//! Coarser values: a date's year, an address's city, an age's or amount's band.

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
    let age: u32 = value.chars().filter(char::is_ascii_digit).take(3).collect::<String>().parse().ok()?;
    Some(if age >= 90 { "90+".to_owned() } else { format!("{}-{}", age / 10 * 10, age / 10 * 10 + 9) })
}

/// Bands by the power of ten.
fn amount(value: &str) -> Option<String> {
    let whole: String = value.split('.').next()?.chars().filter(char::is_ascii_digit).collect();
    let digits = u32::try_from(whole.trim_start_matches('0').len()).ok()?;
    let high = 10u64.checked_pow(digits)?;
    Some(format!("{}-{}", if digits <= 1 { 0 } else { high / 10 }, high))
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
            ("AMOUNT", "￥12,345.60", "10000-100000"),
        ] {
            assert_eq!(coarse(kind, value).as_deref(), Some(coarser), "{value}");
        }
        assert_eq!(coarse("PHONE", "13800138000"), None);
    }
}
