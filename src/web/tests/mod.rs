//! The front door's own tests: a real archive, a real server, real sockets.

mod captures;
mod doors;
mod finding;
mod harness;
mod hostile;
mod people;
mod reading;
mod reference;
mod serving;
