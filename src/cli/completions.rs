//! `completions`: a script that teaches a shell the verbs and options.

use super::Run;
use super::failure::Failure;
use super::help;

pub(super) fn run(run: &Run, shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut help::in_language(run.voice.language), "muniment", &mut script);
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, &script)?;
    Ok(std::io::Write::flush(&mut out)?)
}
