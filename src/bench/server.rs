//! The server as a process of its own, so that its time is not that of the load.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::Malfunction;
use super::process::{Memory, memory_of, time_of};
use crate::archive::Place;

/// A running server; killed when dropped without having been stopped.
pub struct Server {
    child: Child,
    // Held open: a server whose output nobody reads might end.
    _output: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Server {
    /// Serves the archive at `place` on a free port of loopback, without what follows a capture (texts, index,
    /// finding personal data, judging): that is measured apart. The environment is empty, so that no setting
    /// of the user's takes part.
    pub fn start(place: &Place) -> Result<Self, Malfunction> {
        Self::run(place, &["--without-background"])
    }

    /// Serves it as people have it, with all that follows a capture.
    pub fn start_whole(place: &Place) -> Result<Self, Malfunction> {
        Self::run(place, &[])
    }

    fn run(place: &Place, flags: &[&str]) -> Result<Self, Malfunction> {
        let program = std::env::current_exe().map_err(Malfunction::system("find this program"))?;
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(place.data())
            .args(flags)
            .env_clear()
            .env("MUNIMENT__LOG__LEVEL", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(Malfunction::system("start the server"))?;
        let output = child.stdout.take();
        let mut line = String::new();
        let output = output.ok_or_else(|| Malfunction::wrong("start the server", "no output"))?;
        let mut output = BufReader::new(output);
        output.read_line(&mut line).map_err(Malfunction::system("read what the server says"))?;
        let address = line.trim().rsplit_once("//").and_then(|(_, address)| address.parse().ok());
        match address {
            Some(address) => Ok(Self { child, _output: output, address }),
            None => {
                let found = if line.is_empty() { "it ended at once".to_owned() } else { line };
                end(&mut child);
                Err(Malfunction::wrong("start the server", found))
            }
        }
    }

    /// Processor time used so far.
    pub fn time(&self) -> Result<Duration, Malfunction> {
        time_of(self.child.id())
    }

    /// Memory now and at its peak.
    pub fn memory(&self) -> Result<Memory, Malfunction> {
        memory_of(self.child.id())
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(mut self) -> Result<(), Malfunction> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| Malfunction::wrong("stop the server", "no process id"))?;
        kill_process(id, Signal::TERM)
            .map_err(|error| Malfunction::system("stop the server")(error.into()))?;
        let status = self.child.wait().map_err(Malfunction::system("stop the server"))?;
        if status.success() { Ok(()) } else { Err(Malfunction::wrong("stop the server", status.to_string())) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    if matches!(child.try_wait(), Ok(None)) && (child.kill().is_err() || child.wait().is_err()) {
        tracing::warn!("the measured server may still run");
    }
}
