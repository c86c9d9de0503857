//! The three languages, and which of them a reader asked for.

/// A language that the archive speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Simplified Chinese, as in mainland China: what is spoken where nobody says otherwise.
    #[default]
    ZhCn,
    /// Traditional Chinese, as in Taiwan.
    ZhTw,
    /// English.
    En,
}

/// Ranges of an `Accept-Language` field that are looked at; browsers send five or six.
const RANGES_MAX: usize = 32;

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ZhCn, Self::ZhTw, Self::En];

    /// The tag (BCP 47), as in `Content-Language` and the names of the locale files.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::ZhTw => "zh-TW",
            Self::En => "en",
        }
    }

    /// The language that a tag (`zh-Hant-HK`, `en-GB`) or a locale (`zh_TW.UTF-8`) asks for, if
    /// it is one of ours. Hong Kong and Macau write Traditional and get Taiwan's words.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.split(['.', '@']).next().unwrap_or_default().to_ascii_lowercase().replace('_', "-");
        let mut parts = tag.split('-');
        match parts.next()? {
            "en" => Some(Self::En),
            "zh" => {
                let parts: Vec<&str> = parts.collect();
                // A script that is written down outweighs the region: zh-Hans-HK is Simplified.
                let simplified = parts.contains(&"hans");
                let traditional = ["hant", "tw", "hk", "mo"].iter().any(|part| parts.contains(part));
                Some(if traditional && !simplified { Self::ZhTw } else { Self::ZhCn })
            }
            _ => None,
        }
    }

    /// The best of our languages for an `Accept-Language` field (RFC 9110 §12.5.4): the highest
    /// weight wins, then the first; `*` and silence get the default; weight 0 forbids.
    pub fn from_accept_language(field: &str) -> Self {
        let mut best: Option<(Self, u16)> = None;
        let mut forbidden = [false; 3];
        for range in field.split(',').take(RANGES_MAX) {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            // A weight that cannot be read makes its range one that was not sent.
            let Some(weight) = weight.map_or(Some(1000), thousandths) else { continue };
            let language = if tag == "*" { Some(Self::default()) } else { Self::from_tag(tag) };
            let Some(language) = language else { continue };
            if weight == 0 {
                for (known, flag) in Self::ALL.into_iter().zip(forbidden.iter_mut()) {
                    *flag |= known == language && tag != "*";
                }
            } else if best.is_none_or(|(_, held)| weight > held) {
                best = Some((language, weight));
            }
        }
        let allowed = |language: Self| {
            Self::ALL.into_iter().zip(forbidden).all(|(known, flag)| known != language || !flag)
        };
        match best {
            Some((language, _)) => language,
            // Nobody is left without words: if all are forbidden, the default is spoken.
            None => Self::ALL.into_iter().find(|language| allowed(*language)).unwrap_or_default(),
        }
    }
}

/// A weight of RFC 9110 §12.4.2 (`0`, `0.5`, `1.000`) in thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, digits) {
        ("0", digits) => Some(digits),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_gets_the_language_asked_for() {
        for (field, language) in [
            ("", Language::ZhCn),
            ("*", Language::ZhCn),
            ("fr, de;q=0.9", Language::ZhCn),
            ("en-GB,en;q=0.9", Language::En),
            ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", Language::ZhTw),
            ("zh-Hant-HK", Language::ZhTw),
            ("zh-HK;q=0.5, en;q=0.4", Language::ZhTw),
            ("zh-MO", Language::ZhTw),
            ("zh-Hans-HK", Language::ZhCn),
            ("zh-SG", Language::ZhCn),
            ("zh", Language::ZhCn),
            ("fr, en;q=0.2, zh-TW;q=0.3", Language::ZhTw),
            ("en;q=0.5, zh-CN;q=0.5", Language::En),
            ("EN;Q=1.000", Language::En),
            ("en;q=0, *;q=0.1", Language::ZhCn),
            ("zh-CN;q=0", Language::ZhTw),
            ("zh;q=0, zh-TW;q=0, en;q=0", Language::ZhCn),
            ("en;q=1.5, zh-TW;q=0.1", Language::ZhTw),
            ("en;q=-1", Language::ZhCn),
            (";;;,,,q=;\u{7f}", Language::ZhCn),
        ] {
            assert_eq!(Language::from_accept_language(field), language, "{field}");
        }
    }

    #[test]
    fn a_terminals_locale_is_understood_too() {
        assert_eq!(Language::from_tag("zh_TW.UTF-8"), Some(Language::ZhTw));
        assert_eq!(Language::from_tag("en_US.UTF-8@euro"), Some(Language::En));
        assert_eq!(Language::from_tag("C.UTF-8"), None);
    }
}
