//! The `muniment` binary.

/// The C library's allocator takes a fifth of the writer's time (`docs/decisions/0037-allocator.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    muniment::cli::run()
}
