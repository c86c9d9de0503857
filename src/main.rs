//! The `muniment` binary.

fn main() -> std::process::ExitCode {
    muniment::cli::run()
}
