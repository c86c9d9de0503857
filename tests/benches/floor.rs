//! Benchmarks of the floors.

fn main() {}
