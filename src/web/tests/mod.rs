//! The front door's own tests: a real archive, a real server, real sockets.

mod breaking_off;
mod captures;
mod crowd;
mod dispositions;
mod doors;
mod erasures;
mod existence;
mod feeds;
mod finding;
mod forms;
mod harness;
mod hostile;
mod jobs;
mod people;
mod reading;
mod reference;
mod renditions;
mod serving;
mod taken;
mod unread;
mod uploads;
