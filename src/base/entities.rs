//! Character references of HTML.

/// U+00A0 to U+00FF, in order.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo",
    "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot",
    "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
    "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
    "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
    "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave",
    "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Others that writers and mail programs use.
const OTHER: [(&str, char); 52] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("AMP", '&'),
    ("LT", '<'),
    ("GT", '>'),
    ("QUOT", '"'),
    ("commat", '@'),
    ("num", '#'),
    ("period", '.'),
    ("comma", ','),
    ("colon", ':'),
    ("semi", ';'),
    ("lpar", '('),
    ("rpar", ')'),
    ("sol", '/'),
    ("lowbar", '_'),
    ("plus", '+'),
    ("equals", '='),
    ("dollar", '$'),
    ("percnt", '%'),
    ("ast", '*'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("bull", '•'),
    ("hellip", '…'),
    ("euro", '€'),
    ("trade", '™'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200C}'),
    ("zwj", '\u{200D}'),
    ("hyphen", '\u{2010}'),
    ("larr", '←'),
    ("rarr", '→'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("minus", '−'),
    ("permil", '‰'),
    ("lsaquo", '‹'),
];

/// Longest reference that is looked for, in bytes.
const REFERENCE_BYTES: usize = 32;

/// Decodes the references of `text` into `out`. What is no known reference stays as it is.
pub(crate) fn decode(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match reference(after) {
            Some((c, length)) => {
                out.push(c);
                rest = after.get(length..).unwrap_or("");
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

/// The character that a reference stands for, and the bytes it takes behind the `&`.
pub(crate) fn reference(after: &str) -> Option<(char, usize)> {
    let name_bytes = after.bytes().take(REFERENCE_BYTES).enumerate();
    let length = name_bytes
        .take_while(|(at, byte)| byte.is_ascii_alphanumeric() || (*at == 0 && *byte == b'#'))
        .count();
    let name = after.get(..length)?;
    let closed = |length: usize| usize::from(after.as_bytes().get(length) == Some(&b';'));
    if let Some(number) = name.strip_prefix('#') {
        // Without a semicolon it ends where its digits do.
        let (radix, digits) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (16, digits),
            None => (10, number),
        };
        let count = digits.chars().take_while(|c| c.is_digit(radix)).count();
        let code = u32::from_str_radix(digits.get(..count)?, radix).ok()?;
        let length = length - digits.len() + count;
        return Some((numbered(code), length + closed(length)));
    }
    let closed = closed(length);
    // `AT&T` and `a&copy=1` are no references.
    (closed == 1).then(|| named(name)).flatten().map(|c| (c, length + 1))
}

fn named(name: &str) -> Option<char> {
    let latin = LATIN.iter().position(|known| *known == name);
    if let Some(place) = latin {
        return u8::try_from(0xA0 + place).ok().map(char::from);
    }
    OTHER.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

/// Numbers of the C1 range mean Windows-1252, as browsers read them.
fn numbered(code: u32) -> char {
    let byte = u8::try_from(code).ok().filter(|byte| (0x80..0xA0).contains(byte));
    match byte {
        Some(byte) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(&[byte])
            .0
            .chars()
            .next()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        None => char::from_u32(code).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_characters_and_other_ampersands_stay() {
        for (text, decoded) in [
            ("a&amp;b &lt;c&gt; &#25480;&#x6743;", "a&b <c> 授权"),
            ("&nbsp;&yuml;&Agrave;&hellip;", "\u{A0}ÿÀ…"),
            ("&#128; &#0; &#xD800; &#99999999999;", "€ \u{FFFD} \u{FFFD} &#99999999999;"),
            ("AT&T a&copy=1 &unknown; &", "AT&T a&copy=1 &unknown; &"),
            ("&#25480", "授"),
            ("&#25480abc &#x6388权 &#xg; &#;", "授abc 授权 &#xg; &#;"),
        ] {
            let mut out = String::new();
            decode(text, &mut out);
            assert_eq!(out, decoded);
        }
    }
}
