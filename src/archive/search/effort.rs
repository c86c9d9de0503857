//! How long one page of a search may be worked on: a time by the clock, a time of the processor, and no longer than
//! somebody waits for it. Nobody keeps a place of the service with a question that takes long to answer.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::base::limits::{SEARCH_CPU_SECONDS_MAX, SEARCH_SECONDS_MAX};
use crate::base::wanted::Wanted;

/// What is left for one page.
pub(in crate::archive) struct Effort {
    /// By the clock; `None` for as long as it takes.
    until: Option<Instant>,
    /// Of this thread's processor.
    until_spent: Option<Duration>,
    wanted: Wanted,
}

impl Effort {
    /// What a page is worth to somebody who waits for it.
    pub(in crate::archive) fn of_a_page(wanted: &Wanted) -> Self {
        Self::within(SEARCH_SECONDS_MAX, SEARCH_CPU_SECONDS_MAX, wanted)
    }

    fn within(seconds: u64, cpu_seconds: u64, wanted: &Wanted) -> Self {
        Self {
            until: Instant::now().checked_add(Duration::from_secs(seconds)),
            until_spent: Some(spent() + Duration::from_secs(cpu_seconds)),
            wanted: wanted.clone(),
        }
    }

    /// As long as it takes: for what must be found whole.
    pub(in crate::archive) fn whatever_it_takes() -> Self {
        Self { until: None, until_spent: None, wanted: Wanted::default() }
    }

    /// Nothing is left.
    #[cfg(test)]
    pub(in crate::archive) fn none() -> Self {
        Self::within(0, 0, &Wanted::default())
    }

    /// True if the page had better end.
    pub(super) fn is_spent(&self) -> bool {
        !self.wanted.is_so()
            || self.until.is_some_and(|until| Instant::now() >= until)
            || self.until_spent.is_some_and(|until| spent() >= until)
    }

    /// Until when documents may be read for it.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }
}

/// Processor time of this thread so far.
fn spent() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(spent.tv_sec).unwrap_or(0), u32::try_from(spent.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_by_either_clock_or_when_nobody_waits() {
        let wanted = Wanted::default();
        assert!(!Effort::of_a_page(&wanted).is_spent());
        assert!(Effort::within(0, 60, &wanted).is_spent());
        assert!(Effort::within(60, 0, &wanted).is_spent());
        let (page, awaited) = (Effort::of_a_page(&wanted), wanted.awaited());
        drop(awaited);
        assert!(page.is_spent());
        assert!(!Effort::whatever_it_takes().is_spent());
    }
}
