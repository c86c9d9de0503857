//! How the command line speaks: results on standard output, flushed line by line, because scripts
//! rely on every acknowledged id that they read; remarks for people on standard error.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::environment::Environment;
use super::failure::Failure;
use super::say;
use super::table::{visible, visible_lines};
use super::wrap::wrapped_lines;
use crate::base::civil::Zone;
use crate::base::moment::Moment;
use crate::words::Language;

/// Places of a line on a terminal that does not say.
const COLUMNS: usize = 80;

/// Places of a line: as `COLUMNS` says, which nobody sets by chance, or else the terminal; `None` where there is none.
fn columns(terminal: impl std::os::fd::AsFd + io::IsTerminal, said: Option<usize>) -> Option<usize> {
    if !terminal.is_terminal() {
        return said;
    }
    let size = || rustix::termios::tcgetwinsize(&terminal).ok().map(|size| usize::from(size.ws_col));
    Some(said.or_else(|| size().filter(|columns| *columns > 0)).unwrap_or(COLUMNS))
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
    /// Places of a line, where results go to a terminal or `COLUMNS` is set.
    pub width: Option<usize>,
    /// Places of a line, where remarks go to a terminal.
    remark_width: Option<usize>,
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
            width: columns(io::stdout(), environment.columns),
            // What is told beside the results is for a terminal or for a log, where lines stay whole.
            remark_width: columns(io::stderr(), environment.columns.filter(|_| io::stderr().is_terminal())),
            zone: environment.zone.unwrap_or(Zone::SHANGHAI),
            watched: io::stderr().is_terminal() && !environment.dumb,
            errors_coloured: !plain && io::stderr().is_terminal(),
        }
    }

    /// The same voice for what is laid out on standard error.
    pub fn of_remarks(&self) -> Self {
        Self { width: self.remark_width, coloured: false, ..*self }
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

    /// The day of an instant, in the zone of [`Voice::moment`].
    pub fn day(&self, instant: &str) -> String {
        self.day_in(instant, self.zone)
    }

    /// The day of an instant in a zone that the thing itself has.
    pub fn day_in(&self, instant: &str, zone: Zone) -> String {
        match Moment::parse(instant) {
            Ok(at) => at.to_utc().with_timezone(&zone.to_tz()).format("%Y-%m-%d").to_string(),
            Err(_) => instant.to_owned(),
        }
    }

    /// A length of time (ISO 8601: `PT8H`, `P1DT12H`) as people say it. What is none stays as it is.
    pub fn duration(&self, text: &str) -> String {
        let Some(parts) = parts_of_duration(text) else { return text.to_owned() };
        let told = parts.iter().map(|(number, unit)| {
            let key =
                if *number == "1" { format!("duration.one.{unit}") } else { format!("duration.{unit}") };
            self.say(&key, &[("n", number)])
        });
        told.collect::<Vec<_>>().join(" ")
    }

    /// A length of time that was promised, by the clock that counts it: ten business days are not ten days.
    pub fn promised(&self, text: &str, clock: Option<&str>) -> String {
        let duration = self.duration(text);
        match clock {
            Some("business") => self.say("duration.business", &[("duration", &duration)]),
            _ => duration,
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

    /// Writes bytes of results as they are, and flushes them.
    ///
    /// # Errors
    /// As [`Voice::line`].
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush())?;
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

    /// Writes to standard error what must not steer a terminal: names of files and columns come from outside.
    pub fn tell(&self, text: &str) {
        self.write_out(&visible_lines(text));
    }

    /// Where even standard error is closed, there is nobody left to tell.
    fn write_out(&self, text: &str) {
        let mut out = io::stderr().lock();
        if out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).is_err() {
            tracing::debug!("standard error is closed");
        }
    }

    /// As [`Voice::tell`]; on a terminal, lines end where words do.
    pub fn tell_wrapped(&self, text: &str) {
        match self.remark_width {
            Some(width) => self.tell(&wrapped_lines(text, width)),
            None => self.tell(text),
        }
    }

    /// As [`Voice::tell_wrapped`], for a text that begins with the code of a refusal.
    pub fn tell_coded(&self, text: &str) {
        let Some((code, rest)) = text.split_once(": ") else { return self.tell_wrapped(text) };
        // What goes on behind the code stands under its beginning.
        let blanks = " ".repeat(code.len() + 2);
        let told = format!("{blanks}{rest}");
        let told = self.remark_width.map_or_else(|| told.clone(), |width| wrapped_lines(&told, width));
        self.write_out(&format!("{}: {}", self.alarming(&visible(code)), visible_lines(told.trim_start())));
    }

    /// Bold red, for the code of a refusal.
    fn alarming(&self, text: &str) -> String {
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
            "{bar:32} {pos}/{len} {eta}"
        };
        let bar = ProgressBar::new(length);
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}

/// The numbers and units of a length of time; units of the day stand behind a `T`: `TM` are minutes.
fn parts_of_duration(text: &str) -> Option<Vec<(&str, String)>> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let mut parts = Vec::new();
    for (half, units, mark) in [(date, "YMWD", ""), (time, "HMS", "T")] {
        let mut rest = half;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (number, after) = rest.split_at(end);
            let unit = after.chars().next().filter(|unit| units.contains(*unit) && !number.is_empty())?;
            parts.push((number, format!("{mark}{unit}")));
            rest = after.get(unit.len_utf8()..)?;
        }
    }
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(language: Language) -> Voice {
        Voice::new(Some(language), false, &Environment::default())
    }

    #[test]
    fn a_length_of_time_is_told_as_people_say_it() {
        assert_eq!(voice(Language::ZhCn).duration("PT8H"), "8 小时");
        assert_eq!(voice(Language::ZhTw).duration("P2DT30M"), "2 天 30 分鐘");
        assert_eq!(voice(Language::En).duration("PT1H30M"), "1 hour 30 minutes");
        assert_eq!(voice(Language::En).duration("P6M"), "6 months");
        for none in ["", "P", "PT", "8H", "PTH", "P1X", "PT1D", "-"] {
            assert_eq!(voice(Language::En).duration(none), none);
        }
    }

    #[test]
    fn what_is_told_steers_no_terminal() {
        let told = Failure::declined("broken_off", &[("path", "a\u{1b}[31m\nb")]);
        let Failure::Declined { facts, .. } = &told else { panic!() };
        assert_eq!(facts, &[("path", "a\u{fffd}[31m\u{fffd}b".to_owned())]);
        assert_eq!(visible_lines("a\u{1b}[31m\n\u{202e}b"), "a\u{fffd}[31m\n\u{fffd}b");
    }

    #[test]
    fn a_day_is_that_of_the_zone_and_not_that_of_greenwich() {
        let voice = voice(Language::ZhCn);
        assert_eq!(voice.day("2026-03-01T17:00:00Z"), "2026-03-02");
        assert_eq!(voice.day_in("2026-03-01T17:00:00Z", Zone::UTC), "2026-03-01");
        assert_eq!(voice.day(""), "");
    }
}
