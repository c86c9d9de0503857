//! Targets: ISO 8601 durations, either of hours and minutes or of whole days.

use std::fmt;

/// A promised time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Seconds by the promise's clock: `PT4H`, `PT1H30M`.
    Seconds(u32),
    /// Whole days by the promise's clock, the day on which it starts not counted: `P2D`. Kept if
    /// done before the last of them ends.
    Days(u16),
}

/// Why a text is no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Not of the form `PT4H`, `PT1H30M`, `P2D`.
    #[error("write a duration such as PT4H, PT1H30M or P2D")]
    Form,
    /// Nothing, or more than ten years.
    #[error("the duration must lie between one second and ten years")]
    Range,
}

const SECONDS_MAX: u32 = 3_660 * 24 * 3_600;
const DAYS_MAX: u16 = 3_660;

impl Target {
    /// Reads an ISO 8601 duration of hours, minutes and seconds, or of days. Both together have
    /// no meaning in business time and are refused, as are months and years.
    pub fn parse(text: &str) -> Result<Self, BadTarget> {
        let rest = text.strip_prefix('P').ok_or(BadTarget::Form)?;
        if let Some(days) = rest.strip_suffix('D') {
            let days = number(days)?;
            return match u16::try_from(days) {
                Ok(days @ 1..=DAYS_MAX) => Ok(Self::Days(days)),
                _ => Err(BadTarget::Range),
            };
        }
        let mut rest = rest.strip_prefix('T').ok_or(BadTarget::Form)?;
        if rest.is_empty() {
            return Err(BadTarget::Form);
        }
        let mut seconds: u32 = 0;
        for (unit, worth) in [('H', 3_600_u32), ('M', 60), ('S', 1)] {
            if let Some((count, after)) = rest.split_once(unit) {
                let part = number(count)?.checked_mul(worth).ok_or(BadTarget::Range)?;
                seconds = seconds.checked_add(part).ok_or(BadTarget::Range)?;
                rest = after;
            }
        }
        match (rest, seconds) {
            ("", 1..=SECONDS_MAX) => Ok(Self::Seconds(seconds)),
            ("", _) => Err(BadTarget::Range),
            _ => Err(BadTarget::Form),
        }
    }
}

fn number(text: &str) -> Result<u32, BadTarget> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadTarget::Form);
    }
    text.parse().map_err(|_| BadTarget::Range)
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Days(days) => write!(f, "P{days}D"),
            Self::Seconds(seconds) => {
                f.write_str("PT")?;
                for (unit, count) in [('H', seconds / 3_600), ('M', seconds / 60 % 60), ('S', seconds % 60)] {
                    if count > 0 {
                        write!(f, "{count}{unit}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
