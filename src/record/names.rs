//! Names and short texts as types: what is in one of them was checked once, when it came in.
//! None of them shows itself in `Debug`, because any of them may name a person.

use std::fmt;

use crate::base::limits::{
    FILE_NAME_BYTES_MAX, MEDIA_TYPE_CHARS_MAX, NOTE_CHARS_MAX, REFERENCE_CHARS_MAX, TITLE_CHARS_MAX,
};
use crate::base::text::{self, BadLabel};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $check:path, $most:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads it: trimmed, NFC, never blank, without control and direction characters.
            pub fn parse(text: &str) -> Result<Self, BadLabel> {
                $check(text, $most).map(Self)
            }

            /// As it is kept.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form in which two of them are compared (see [`text::fold_name`]).
            pub fn folded(&self) -> String {
                text::fold_name(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[withheld]")
            }
        }
    )*};
}

texts! {
    /// A title of one line.
    Title = text::label, TITLE_CHARS_MAX;
    /// A number or code by which others know a thing: case number, external id, idempotency key.
    Reference = text::label, REFERENCE_CHARS_MAX;
    /// One item of a typed list: a purpose, a data category, a system, an open item.
    Term = text::label, TITLE_CHARS_MAX;
    /// Free text of several lines.
    Note = text::prose, NOTE_CHARS_MAX;
}

/// The name of a file as it came: NFC, no path, nothing invisible that would change how it reads.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

/// Why a text is no file name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFileName {
    /// Nothing visible in it, or only dots.
    #[error("it is blank")]
    Blank,
    /// More bytes in UTF-8 than file systems take.
    #[error("it has {bytes} bytes in UTF-8; at most {FILE_NAME_BYTES_MAX} are allowed")]
    TooLong {
        /// Bytes found.
        bytes: usize,
    },
    /// A control or direction character.
    #[error("character {position} is a control or text-direction character (U+{code:04X})")]
    Control {
        /// 1-based position, in characters.
        position: usize,
        /// The character's code point.
        code: u32,
    },
    /// A separator of a path: a name names one file.
    #[error("it holds a path separator")]
    Path,
}

impl FileName {
    /// Reads a name, without any folder before it.
    pub fn parse(text: &str) -> Result<Self, BadFileName> {
        if text.len() > FILE_NAME_BYTES_MAX.saturating_mul(2) {
            return Err(BadFileName::TooLong { bytes: text.len() });
        }
        if text.contains(['/', '\\']) {
            return Err(BadFileName::Path);
        }
        let name = text::label(text, FILE_NAME_BYTES_MAX).map_err(|fault| match fault {
            BadLabel::Blank => BadFileName::Blank,
            BadLabel::TooLong { .. } => BadFileName::TooLong { bytes: text.len() },
            BadLabel::Control { position, code } => BadFileName::Control { position, code },
        })?;
        if name.len() > FILE_NAME_BYTES_MAX {
            return Err(BadFileName::TooLong { bytes: name.len() });
        }
        if name.chars().all(|c| c == '.') {
            return Err(BadFileName::Blank);
        }
        Ok(Self(name))
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last dot, lower case, if it is one of ASCII letters and digits.
    pub fn extension(&self) -> Option<String> {
        let (stem, extension) = self.0.rsplit_once('.')?;
        let plain =
            (1..=12).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
        (plain && !stem.is_empty()).then(|| extension.to_ascii_lowercase())
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

/// The language of a text: `zh-CN`, `zh-Hant-TW`, `en`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

/// Not a language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language tag such as zh-CN, zh-TW or en (BCP 47: language, script, region)")]
pub struct BadLanguage;

impl Language {
    /// Reads language, script and region of a BCP 47 tag, in any case and with `_` for `-`.
    pub fn parse(tag: &str) -> Result<Self, BadLanguage> {
        let tag = tag.trim().replace('_', "-").to_ascii_lowercase();
        let mut parts = tag.split('-').peekable();
        let letters =
            |part: &&str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_lowercase());
        let language = parts.next().filter(|part| letters(part, 2) || letters(part, 3)).ok_or(BadLanguage)?;
        let mut written = language.to_owned();
        if let Some(script) = parts.next_if(|part| letters(part, 4)) {
            written.push('-');
            written
                .extend(script.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(script.chars().skip(1)));
        }
        let numeric = |part: &&str| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit());
        if let Some(region) = parts.next_if(|part| letters(part, 2) || numeric(part)) {
            written.push('-');
            written.push_str(&region.to_ascii_uppercase());
        }
        if parts.next().is_some() { Err(BadLanguage) } else { Ok(Self(written)) }
    }

    /// The tag, in the usual case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A media type (RFC 6838), perhaps with a character set: `text/csv; charset=gb18030`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType(String);

/// Not a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a media type such as application/pdf or text/csv; charset=utf-8")]
pub struct BadMediaType;

/// What a name's extension says about the content.
const BY_EXTENSION: &[(&[&str], &str)] = &[
    (&["pdf"], "application/pdf"),
    (&["ofd"], "application/ofd"),
    (&["docx"], "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (&["xlsx"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (&["pptx"], "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (&["doc"], "application/msword"),
    (&["xls"], "application/vnd.ms-excel"),
    (&["ppt"], "application/vnd.ms-powerpoint"),
    (&["txt", "log", "text"], "text/plain"),
    (&["md", "markdown"], "text/markdown"),
    (&["csv"], "text/csv"),
    (&["tsv"], "text/tab-separated-values"),
    (&["html", "htm"], "text/html"),
    (&["xml"], "application/xml"),
    (&["json"], "application/json"),
    (&["jsonl", "ndjson"], "application/jsonl"),
    (&["eml"], "message/rfc822"),
    (&["msg"], "application/vnd.ms-outlook"),
    (&["png"], "image/png"),
    (&["jpg", "jpeg"], "image/jpeg"),
    (&["tif", "tiff"], "image/tiff"),
    (&["gif"], "image/gif"),
    (&["webp"], "image/webp"),
    (&["mp3"], "audio/mpeg"),
    (&["wav"], "audio/wav"),
    (&["m4a"], "audio/mp4"),
    (&["amr"], "audio/amr"),
    (&["mp4"], "video/mp4"),
    (&["zip"], "application/zip"),
    (&["p7s"], "application/pkcs7-signature"),
];

impl MediaType {
    /// Reads type, subtype and an optional `charset`; other parameters are refused.
    pub fn parse(text: &str) -> Result<Self, BadMediaType> {
        let text = text.trim().to_ascii_lowercase();
        let token = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        let (essence, parameter) = text
            .split_once(';')
            .map_or((text.as_str(), None), |(essence, rest)| (essence.trim(), Some(rest)));
        let (kind, subtype) = essence.split_once('/').ok_or(BadMediaType)?;
        if !token(kind) || !token(subtype) {
            return Err(BadMediaType);
        }
        let written = match parameter.map(str::trim) {
            None | Some("") => essence.to_owned(),
            Some(parameter) => {
                let charset = parameter.strip_prefix("charset=").ok_or(BadMediaType)?.trim_matches('"');
                if !token(charset) {
                    return Err(BadMediaType);
                }
                format!("{essence}; charset={charset}")
            }
        };
        if written.len() > MEDIA_TYPE_CHARS_MAX { Err(BadMediaType) } else { Ok(Self(written)) }
    }

    /// What the name's extension says; `application/octet-stream` if it says nothing.
    pub fn guess(name: &FileName) -> Self {
        let extension = name.extension().unwrap_or_default();
        let known = BY_EXTENSION.iter().find(|(extensions, _)| extensions.contains(&extension.as_str()));
        Self(known.map_or("application/octet-stream", |(_, media_type)| media_type).to_owned())
    }

    /// Type, subtype and character set, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Type and subtype alone.
    pub fn essence(&self) -> &str {
        self.0.split(';').next().unwrap_or(&self.0)
    }

    /// The character set, if one was declared.
    pub fn charset(&self) -> Option<&str> {
        self.0.split_once("; charset=").map(|(_, charset)| charset)
    }

    /// True if it is said to be text in UTF-8.
    pub fn is_utf8(&self) -> bool {
        matches!(self.charset(), Some("utf-8" | "utf8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_one_name_that_reads_as_it_is() {
        let name = FileName::parse(" 授权书 2026.PDF ").unwrap();
        assert_eq!((name.as_str(), name.extension().as_deref()), ("授权书 2026.PDF", Some("pdf")));
        assert_eq!(FileName::parse("a/b.txt"), Err(BadFileName::Path));
        assert_eq!(FileName::parse("..\\b.txt"), Err(BadFileName::Path));
        assert_eq!(FileName::parse(".."), Err(BadFileName::Blank));
        assert_eq!(FileName::parse(""), Err(BadFileName::Blank));
        assert_eq!(
            FileName::parse("x\u{202E}fdp.exe"),
            Err(BadFileName::Control { position: 2, code: 0x202E })
        );
        assert_eq!(FileName::parse("a\0b"), Err(BadFileName::Control { position: 2, code: 0 }));
    }

    #[test]
    fn a_file_name_is_measured_in_bytes() {
        assert!(FileName::parse(&"档".repeat(85)).is_ok());
        assert_eq!(FileName::parse(&"档".repeat(86)), Err(BadFileName::TooLong { bytes: 258 }));
        assert!(FileName::parse(&"a".repeat(100_000)).is_err());
    }

    #[test]
    fn the_same_name_decomposed_is_the_same_name() {
        assert_eq!(FileName::parse("cafe\u{301}.txt"), FileName::parse("café.txt"));
    }

    #[test]
    fn a_hidden_file_has_no_extension() {
        assert_eq!(FileName::parse(".profile").unwrap().extension(), None);
        assert_eq!(FileName::parse("a.授权").unwrap().extension(), None);
    }

    #[test]
    fn language_tags_are_written_in_one_way() {
        for (text, tag) in
            [("ZH_cn", "zh-CN"), ("zh-hant-tw", "zh-Hant-TW"), ("en", "en"), ("es-419", "es-419")]
        {
            assert_eq!(Language::parse(text).map(|l| l.as_str().to_owned()), Ok(tag.to_owned()));
        }
        for text in ["", "中文", "chinese", "zh-CN-x", "z"] {
            assert_eq!(Language::parse(text), Err(BadLanguage), "{text}");
        }
    }

    #[test]
    fn a_media_type_may_carry_a_character_set_and_nothing_else() {
        let declared = MediaType::parse("Text/CSV ; Charset=\"GB18030\"").unwrap();
        assert_eq!(declared.as_str(), "text/csv; charset=gb18030");
        assert_eq!((declared.essence(), declared.charset()), ("text/csv", Some("gb18030")));
        for text in ["pdf", "text/", "/plain", "text/plain; boundary=x", "text/pl ain", "文本/plain"] {
            assert_eq!(MediaType::parse(text), Err(BadMediaType), "{text}");
        }
    }

    #[test]
    fn a_media_type_is_guessed_from_the_name() {
        for (name, media_type) in [
            ("a.JPG", "image/jpeg"),
            ("日志.jsonl", "application/jsonl"),
            ("x.bin", "application/octet-stream"),
        ] {
            assert_eq!(MediaType::guess(&FileName::parse(name).unwrap()).as_str(), media_type);
        }
        for (_, media_type) in BY_EXTENSION {
            assert!(MediaType::parse(media_type).is_ok(), "{media_type}");
        }
    }

    #[test]
    fn names_do_not_show_themselves() {
        let shown =
            format!("{:?}{:?}", Title::parse("张三的授权书").unwrap(), FileName::parse("张三.pdf").unwrap());
        assert_eq!(shown, "[withheld][withheld]");
    }
}
