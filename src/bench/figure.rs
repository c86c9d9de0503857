//! One measured quantity: what it is, its runs, and what it should be.

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds of processor time.
    CpuMicros,
    /// Microseconds by the clock.
    Micros,
    /// Milliseconds by the clock.
    Millis,
    /// Seconds by the clock.
    Seconds,
    /// So many in a second by the clock.
    PerSecond,
    /// Megabytes (10^6) in a second of processor time.
    MegabytesPerCpuSecond,
    /// Megabytes (10^6) in a second by the clock.
    MegabytesPerSecond,
    /// Megabytes (10^6).
    Megabytes,
    /// Bytes.
    Bytes,
    /// Hundredths.
    Percent,
}

impl Unit {
    /// The unit as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CpuMicros => "µs CPU",
            Self::Micros => "µs",
            Self::Millis => "ms",
            Self::Seconds => "s",
            Self::PerSecond => "/s",
            Self::MegabytesPerCpuSecond => "MB/CPU s",
            Self::MegabytesPerSecond => "MB/s",
            Self::Megabytes => "MB",
            Self::Bytes => "B",
            Self::Percent => "%",
        }
    }
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Limit {
    /// True if `value` is within.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

/// A measured quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its stable name, `topic.quantity`.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What it should be, if the project has set that.
    pub target: Option<Limit>,
    /// What each run gave; never empty.
    runs: Vec<f64>,
    /// What was measured on: amounts, and the name of another program.
    pub on: String,
}

impl Figure {
    /// A figure of these runs; none at all says zero.
    pub fn new(name: &'static str, unit: Unit, runs: Vec<f64>) -> Self {
        let runs = if runs.is_empty() { vec![0.0] } else { runs };
        Self { name, unit, target: None, runs, on: String::new() }
    }

    /// With what it should be.
    pub fn should(mut self, target: Limit) -> Self {
        self.target = Some(target);
        self
    }

    /// With what it was measured on.
    pub fn on(mut self, on: impl Into<String>) -> Self {
        self.on = on.into();
        self
    }

    /// What each run gave.
    pub fn runs(&self) -> &[f64] {
        &self.runs
    }

    /// The middle run, or the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        let mut sorted = self.runs.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
        let half = sorted.len() / 2;
        if sorted.len() % 2 == 1 { at(half) } else { (at(half.saturating_sub(1)) + at(half)) / 2.0 }
    }

    /// The least run.
    pub fn least(&self) -> f64 {
        self.runs.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The greatest run.
    pub fn most(&self) -> f64 {
        self.runs.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// Whether the median is within the target; `None` without a target.
    pub fn meets(&self) -> Option<bool> {
        self.target.map(|target| target.holds(self.median()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_runs_lies_between_the_two_in_the_middle() {
        let figure = |runs: &[f64]| Figure::new("x", Unit::Micros, runs.to_vec());
        assert_eq!(figure(&[3.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(figure(&[4.0, 1.0, 2.0, 3.0]).median(), 2.5);
        assert_eq!((figure(&[4.0, 1.0]).least(), figure(&[4.0, 1.0]).most()), (1.0, 4.0));
    }

    #[test]
    fn the_median_decides_whether_a_target_is_met() {
        let figure = Figure::new("x", Unit::Micros, vec![1.0, 2.0, 900.0]);
        assert_eq!(figure.meets(), None);
        assert_eq!(figure.clone().should(Limit::AtMost(2.0)).meets(), Some(true));
        assert_eq!(figure.clone().should(Limit::AtMost(1.9)).meets(), Some(false));
        assert_eq!(figure.should(Limit::AtLeast(2.1)).meets(), Some(false));
    }
}
