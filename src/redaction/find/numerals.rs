//! Numbers written with Chinese characters: 四十七, 二〇二四, 壹拾贰万叁仟.

/// Most characters of a numeral.
pub const NUMERAL_MOST: usize = 24;

/// The value of a folded character that is a digit.
const fn digit(c: char) -> Option<u64> {
    Some(match c {
        '〇' | '零' | '○' => 0,
        '一' | '壹' => 1,
        '二' | '贰' | '两' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// The value of a folded character that multiplies what stands before it.
const fn unit(c: char) -> Option<u64> {
    Some(match c {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

/// True for the characters of which numerals are made.
pub const fn is_numeral(c: char) -> bool {
    digit(c).is_some() || unit(c).is_some()
}

/// The value of a folded numeral, digit by digit or with units; `None` if it is none.
pub fn value(numeral: &[char]) -> Option<u64> {
    if numeral.is_empty() || numeral.len() > NUMERAL_MOST {
        return None;
    }
    if numeral.iter().all(|c| digit(*c).is_some()) {
        return numeral.iter().try_fold(0u64, |number, c| number.checked_mul(10)?.checked_add(digit(*c)?));
    }
    // 壹亿贰仟万: what stands before 万 and 亿 is a number of its own.
    let (mut total, mut section, mut last) = (0u64, 0u64, None);
    for c in numeral {
        match (digit(*c), unit(*c)) {
            (Some(digit), _) => last = Some(digit),
            (None, Some(unit)) if unit >= 10_000 => {
                section = section.checked_add(last.take().unwrap_or(0))?;
                // 亿 multiplies all before it, 万 what stands since the last 亿.
                let (own, kept) =
                    if unit > 10_000 { (total.checked_add(section)?, 0) } else { (section, total) };
                total = kept.checked_add(own.max(1).checked_mul(unit)?)?;
                section = 0;
            }
            (None, Some(unit)) => {
                section = section.checked_add(last.take().unwrap_or(1).max(1).checked_mul(unit)?)?;
            }
            _ => return None,
        }
    }
    total.checked_add(section)?.checked_add(last.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_read_by_digits_and_by_units() {
        for (numeral, wanted) in [
            ("四十七", 47),
            ("十八", 18),
            ("一百零三", 103),
            ("二〇二四", 2024),
            ("壹拾贰万叁仟", 123_000),
            ("两千万", 20_000_000),
            ("三亿五千万", 350_000_000),
        ] {
            assert_eq!(value(&numeral.chars().collect::<Vec<_>>()), Some(wanted), "{numeral}");
        }
        assert_eq!(value(&['王']), None);
        assert_eq!(value(&['九'; 30]), None);
        assert_eq!(value(&['亿'; 20]), None, "a number beyond all counting is none");
    }
}
