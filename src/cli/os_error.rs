//! Errors of the operating system in the reader's language. The system tells them in English, inside whatever
//! else a message says: the sentence of each known number is replaced, another one is kept in brackets.

use rustix::io::Errno;

use super::voice::Voice;
use crate::words::Language;

/// What stands before the number of an error, and behind it.
const NUMBER: (&str, &str) = ("(os error ", ")");

/// Errors with words of our own, under `os.`.
const KNOWN: [(&str, Errno); 20] = [
    ("not_found", Errno::NOENT),
    ("denied", Errno::ACCESS),
    ("not_permitted", Errno::PERM),
    ("is_folder", Errno::ISDIR),
    ("no_folder", Errno::NOTDIR),
    ("exists", Errno::EXIST),
    ("not_empty", Errno::NOTEMPTY),
    ("full", Errno::NOSPC),
    ("quota", Errno::DQUOT),
    ("read_only", Errno::ROFS),
    ("too_large", Errno::FBIG),
    ("too_many_open", Errno::MFILE),
    ("name_too_long", Errno::NAMETOOLONG),
    ("loop", Errno::LOOP),
    ("broken", Errno::IO),
    ("refused", Errno::CONNREFUSED),
    ("reset", Errno::CONNRESET),
    ("pipe", Errno::PIPE),
    ("timed_out", Errno::TIMEDOUT),
    ("in_use", Errno::ADDRINUSE),
];

/// The text with what the system says in it told in the reader's language.
pub(super) fn in_words(voice: &Voice, text: &str) -> String {
    if voice.language == Language::En {
        return text.to_owned();
    }
    match number_in(text).map(std::io::Error::from_raw_os_error) {
        None => text.to_owned(),
        Some(error) => {
            let english = error.to_string();
            let known = KNOWN.iter().find(|(_, known)| Some(known.raw_os_error()) == error.raw_os_error());
            let told = match known {
                Some((key, _)) => voice.say(&format!("os.{key}"), &[]),
                None => voice.say("os.other", &[("error", &english)]),
            };
            text.replace(&english, &told)
        }
    }
}

/// The number of the system's error that the text names.
fn number_in(text: &str) -> Option<i32> {
    let (_, after) = text.split_once(NUMBER.0)?;
    after.split_once(NUMBER.1)?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::Environment;

    fn told(language: Language, text: &str) -> String {
        in_words(&Voice::new(Some(language), false, &Environment::default()), text)
    }

    #[test]
    fn what_the_system_says_is_told_in_the_readers_language() {
        let missing = std::fs::read("/nowhere/at/all").unwrap_err();
        let text = format!("/nowhere/at/all: {missing}");
        assert_eq!(told(Language::ZhCn, &text), "/nowhere/at/all: 没有这个文件或目录");
        assert_eq!(told(Language::ZhTw, &text), "/nowhere/at/all: 沒有這個檔案或目錄");
        assert_eq!(told(Language::En, &text), text);
        let other = std::io::Error::from_raw_os_error(Errno::NOEXEC.raw_os_error());
        assert!(told(Language::ZhCn, &other.to_string()).contains(&other.to_string()));
        assert_eq!(told(Language::ZhCn, "(os error x)"), "(os error x)");
    }

    #[test]
    fn every_known_error_has_words_in_every_language() {
        for (key, errno) in KNOWN {
            let english = std::io::Error::from_raw_os_error(errno.raw_os_error()).to_string();
            for language in [Language::ZhCn, Language::ZhTw] {
                let told = told(language, &english);
                assert!(!told.is_ascii() && !told.contains("os error"), "{key}: {told}");
            }
        }
    }
}
