//! How the command line speaks: results on standard output, flushed line by line, because scripts
//! rely on every acknowledged id that they read; remarks for people on standard error.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::environment::Environment;
use super::failure::Failure;
use super::say;
use crate::base::civil::Zone;
use crate::base::moment::Moment;
use crate::words::Language;

/// Places of a line on a terminal that does not say.
const COLUMNS: usize = 80;

/// Places of a line, as the terminal says.
fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// The voice of one run.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// The language of messages.
    pub language: Language,
    /// True if results are JSON.
    pub json: bool,
    /// True if results go to a terminal that shows colours.
    pub coloured: bool,
    /// True if remarks go to a terminal.
    pub watched: bool,
    /// Places of a line, where results go to a terminal.
    pub width: Option<usize>,
    zone: Zone,
    errors_coloured: bool,
}

impl Voice {
    /// The voice that arguments, environment and terminals ask for.
    pub fn new(language: Option<Language>, json: bool, environment: &Environment) -> Self {
        let plain = environment.no_color || environment.dumb;
        let language = language.or(environment.language).unwrap_or(Language::En);
        Self {
            language,
            json,
            coloured: !plain && io::stdout().is_terminal(),
            width: io::stdout()
                .is_terminal()
                .then(|| environment.columns.or_else(columns).unwrap_or(COLUMNS)),
            zone: environment.zone.unwrap_or(Zone::SHANGHAI),
            watched: io::stderr().is_terminal() && !environment.dumb,
            errors_coloured: !plain && io::stderr().is_terminal(),
        }
    }

    /// Words of the command line's own.
    pub fn say(&self, key: &str, facts: &[(&str, &str)]) -> String {
        say::say(self.language, key, facts)
    }

    /// The word for a closed word.
    pub fn word(&self, group: &str, code: &str) -> String {
        say::word(self.language, group, code)
    }

    /// An instant (RFC 3339) as people here read it: to the minute, in the zone of `TZ` or else of
    /// China, with its offset. What is no instant stays as it is.
    pub fn moment(&self, instant: &str) -> String {
        self.moment_in(instant, self.zone)
    }

    /// As [`Voice::moment`], in a zone that the thing itself has.
    pub fn moment_in(&self, instant: &str, zone: Zone) -> String {
        match Moment::parse(instant) {
            Ok(at) => at.to_utc().with_timezone(&zone.to_tz()).format("%Y-%m-%d %H:%M %:z").to_string(),
            Err(_) => instant.to_owned(),
        }
    }

    /// Writes one line of results and flushes it.
    ///
    /// # Errors
    /// Nobody reads any more, or the output cannot be written.
    pub fn line(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush())?;
        Ok(())
    }

    /// Writes one JSON value as a line of results.
    ///
    /// # Errors
    /// As [`Voice::line`].
    pub fn json_line(&self, value: &Value) -> Result<(), Failure> {
        self.line(&value.to_string())
    }

    /// Tells people something beside the results. Programs read it as JSON.
    pub fn remark(&self, key: &str, facts: &[(&str, &str)]) {
        self.tell(&self.remark_text(key, facts));
    }

    /// A remark as it is told.
    pub fn remark_text(&self, key: &str, facts: &[(&str, &str)]) -> String {
        if self.json {
            let mut members = serde_json::Map::new();
            members.insert("remark".to_owned(), key.into());
            members.extend(facts.iter().map(|(name, fact)| ((*name).to_owned(), Value::from(*fact))));
            Value::Object(members).to_string()
        } else {
            self.say(key, facts)
        }
    }

    /// Writes to standard error. Where even that is closed, there is nobody left to tell.
    pub fn tell(&self, text: &str) {
        let mut out = io::stderr().lock();
        if out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).is_err() {
            tracing::debug!("standard error is closed");
        }
    }

    /// Bold red, for the code of a refusal.
    pub fn alarming(&self, text: &str) -> String {
        if self.errors_coloured { format!("\u{1b}[1;31m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Bold, for the heads of results.
    pub fn strong(&self, text: &str) -> String {
        if self.coloured { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A progress bar on a terminal; a hidden one elsewhere.
    pub fn progress(&self, length: u64, bytes: bool) -> ProgressBar {
        if !self.watched || self.json {
            return ProgressBar::hidden();
        }
        let template = if bytes {
            "{bar:32} {bytes}/{total_bytes} {bytes_per_sec} {eta}"
        } else {
            "{bar:32} {pos}/{len} {per_sec} {eta}"
        };
        let bar = ProgressBar::new(length);
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}
