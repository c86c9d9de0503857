#![no_main]
//! Any text as a policy.

libfuzzer_sys::fuzz_target!(|text: &str| muniment_fuzz::hold::policy(text));
