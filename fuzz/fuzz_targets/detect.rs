#![no_main]
//! Any text: spans lie in it, in order and apart.

libfuzzer_sys::fuzz_target!(|text: &str| muniment_fuzz::hold::spans(text));
