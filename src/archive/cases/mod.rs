//! Service cases: opened by a capture or by hand, changed by events, read with time line and gaps.

mod add_event;
mod attainment;
mod cancel_event;
mod change;
mod entered;
mod events;
pub(in crate::archive) mod evidence;
mod explain;
pub(in crate::archive) mod facts;
mod find;
mod gaps;
mod gone;
pub(in crate::archive) mod held;
mod judge;
mod list;
mod new_event;
mod open;
pub(in crate::archive) mod page;
pub(in crate::archive) mod profile;
mod reason;
mod service_level;
pub(in crate::archive) mod view;
mod words;

#[cfg(test)]
pub(in crate::archive) mod tests;

pub use attainment::{AttainmentQuery, AttainmentTable};
pub use change::{CaseChange, Edit};
pub use entered::Entered;
pub use explain::Explain;
pub use gaps::{CaseGap, GapPage, GapQuery};
pub use judge::{ClosedGap, CorrectedLine, ExplanationLine, GapLine, GapShown};
pub use list::CaseQuery;
pub use new_event::NewEvent;
pub use page::Page;
pub use reason::Reason;
pub use service_level::{STANDARD as STANDARD_SERVICE_LEVEL, ServiceLevelSource};

pub use view::{
    CaseLink, CaseParty, CaseSummary, CaseView, CaseWords, EventLine, Happening, RecordLine, What,
};

pub(in crate::archive) use facts::{JOINED, LEFT};
pub(in crate::archive) use find::{by_ref, is_named, target};
pub(super) use open::{Opening, find_or_open, reference_token};
