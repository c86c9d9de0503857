//! Service cases (服务案卷): who they concern, what happened in them, in which order, and who was
//! responsible at any instant. Nothing here judges whether the service was good: see
//! [`super::service_level`] and [`super::gaps`].

mod event;
mod profile;
mod timeline;

#[cfg(test)]
mod tests;

pub use event::{BadDetail, CaseEvent, Cost, EventDetail, EventKind, Material, Responsible};
pub use profile::{CASE_PROFILE_VERSION, CaseProfile, LevelWord, OpenCase};
pub use timeline::{CaseState, OrderFault, Stop, StopReason, Timeline, responsible_at, timeline};
