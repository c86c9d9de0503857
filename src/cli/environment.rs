//! What the process's environment says to the command line, read once.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::base::civil::Zone;
use crate::base::secret::SecretBytes;
use crate::words::Language;

/// The environment, as far as the command line cares.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The language that `MUNIMENT_LANG` names, or else the locale, if it is one of ours.
    pub language: Option<Language>,
    /// True if colours are unwelcome (no-color.org).
    pub no_color: bool,
    /// True if the terminal shows no more than text.
    pub dumb: bool,
    /// `MUNIMENT_TOKEN`.
    pub token: Option<SecretBytes>,
    /// `MUNIMENT_PASSWORD`.
    pub password: Option<SecretBytes>,
    /// `MUNIMENT_PASSWORD_FILE`.
    pub password_file: Option<PathBuf>,
    /// `MUNIMENT_NEW_PASSWORD`.
    pub new_password: Option<SecretBytes>,
    /// `MUNIMENT_SECOND_PASSWORD`.
    pub second_password: Option<SecretBytes>,
    /// `MUNIMENT_SECOND_PASSWORD_FILE`.
    pub second_password_file: Option<PathBuf>,
    /// Places of a line, where `COLUMNS` says so.
    pub columns: Option<usize>,
    /// The zone that `TZ` names, if it is one.
    pub zone: Option<Zone>,
    /// `MUNIMENT_TOKEN_FILE`.
    pub token_file: Option<PathBuf>,
    /// True if the log level is set: then log lines are wanted.
    pub logs: bool,
}

impl Environment {
    /// Of this process.
    pub fn of_process() -> Self {
        Self::of(std::env::vars_os())
    }

    /// Of these variables.
    pub fn of(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let mut found = Self::default();
        let mut own = None;
        let mut locales: [Option<String>; 3] = [None, None, None];
        for (name, value) in variables.filter(|(_, value)| !value.is_empty()) {
            let text = || value.to_string_lossy().into_owned();
            let secret = || Some(SecretBytes::new(text().into_bytes()));
            match name.to_str() {
                Some("MUNIMENT_LANG") => own = Language::from_tag(&text()),
                Some("LC_ALL") => locales[0] = Some(text()),
                Some("LC_MESSAGES") => locales[1] = Some(text()),
                Some("LANG") => locales[2] = Some(text()),
                Some("NO_COLOR") => found.no_color = true,
                Some("TERM") => found.dumb = text() == "dumb",
                Some("MUNIMENT_TOKEN") => found.token = secret(),
                Some("MUNIMENT_PASSWORD") => found.password = secret(),
                Some("MUNIMENT_NEW_PASSWORD") => found.new_password = secret(),
                Some("MUNIMENT_SECOND_PASSWORD") => found.second_password = secret(),
                Some("MUNIMENT_SECOND_PASSWORD_FILE") => {
                    found.second_password_file = Some(PathBuf::from(&value));
                }
                Some("COLUMNS") => found.columns = text().parse().ok().filter(|columns| *columns > 0),
                Some("TZ") => found.zone = Zone::parse(text().trim_start_matches(':')).ok(),
                Some("MUNIMENT_TOKEN_FILE") => found.token_file = Some(PathBuf::from(&value)),
                Some("MUNIMENT_PASSWORD_FILE") => found.password_file = Some(PathBuf::from(&value)),
                Some("MUNIMENT__LOG__LEVEL") => found.logs = true,
                _ => {}
            }
        }
        // POSIX: the first of these that is set decides, even where we do not speak it.
        let locale = locales.into_iter().flatten().next().and_then(|locale| Language::from_tag(&locale));
        found.language = own.or(locale);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Environment {
        Environment::of(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
    }

    #[test]
    fn the_locale_that_outweighs_the_others_chooses_the_language() {
        assert_eq!(of(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "zh_TW.UTF-8")]).language, Some(Language::ZhTw));
        assert_eq!(of(&[("LANG", "zh_CN.GB18030")]).language, Some(Language::ZhCn));
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]).language, None);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "en_GB")]).language, Some(Language::En));
        let own = of(&[("LC_ALL", "en_GB"), ("MUNIMENT_LANG", "zh-TW")]);
        assert_eq!(own.language, Some(Language::ZhTw), "the program's own variable outweighs the locale");
        assert_eq!(of(&[("LANG", "en_GB"), ("MUNIMENT_LANG", "fr")]).language, Some(Language::En));
    }

    #[test]
    fn secrets_do_not_show_themselves() {
        let shown = format!("{:?}", of(&[("MUNIMENT_TOKEN", "mun_t_abc"), ("MUNIMENT_PASSWORD", "hunter2")]));
        assert!(!shown.contains("mun_t_abc") && !shown.contains("hunter2"), "{shown}");
    }
}
