//! `completions`: a script that teaches a shell the verbs and options.

use clap::CommandFactory as _;

use super::args::Arguments;
use super::failure::Failure;

pub(super) fn run(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "muniment", &mut script);
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, &script)?;
    Ok(std::io::Write::flush(&mut out)?)
}
