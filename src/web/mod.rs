//! Floor 4: the front door over HTTP, and the only place for actix.
//!
//! Handlers translate and decide nothing: guard, read the request, call one use case on the
//! blocking threads, write the answer. The same routes answer on a TCP address and on the socket
//! in the data directory, through which the command line speaks.

pub mod api;
mod body;
mod cursor;
mod door;
mod download;
mod fair;
mod guard;
mod intake;
mod metrics;
mod multipart;
mod observe;
pub mod openapi;
mod patience;
pub mod problem;
pub(crate) mod refusals;
pub mod route;
pub mod scopes;
mod seats;
mod serve;
mod socket;
mod state;
mod tls;

#[cfg(test)]
mod tests;

pub use fair::Allowance;
pub use guard::SECOND_FACTOR;
pub use metrics::count;
pub use patience::Patience;
pub use seats::{FILES_TO_SERVE, SeatLimits};
pub use serve::{Listen, Ready, Running, ServeError, serve, start};
pub use socket::{Address, address_of};
pub use state::{Reach, Service, Settings};
