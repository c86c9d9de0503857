#![no_main]
//! Any document in any format under any profile: redacting twice is redacting once. The first byte
//! chooses.

use muniment_fuzz::hold::{FORMATS, PROFILES, fixed_point};

libfuzzer_sys::fuzz_target!(|input: (u8, &str)| {
    let (choice, document) = (usize::from(input.0), input.1);
    let format = FORMATS[choice % FORMATS.len()];
    fixed_point(document, PROFILES[choice / FORMATS.len() % PROFILES.len()], format);
});
