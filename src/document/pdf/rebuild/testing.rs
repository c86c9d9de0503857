//! New files for tests, without an old one.

use zeroize::Zeroizing;

use super::canvas::Canvas;
use super::output::{Output, Picture};
use super::words::Stretch;

/// One stretch of words.
pub(crate) fn words(text: &str) -> Vec<Stretch> {
    let text = Zeroizing::new(text.to_owned());
    vec![Stretch { text, along: 5.0, across: 20.0, length: 60.0, turn: 0, size: 10.0 }]
}

/// A page of 100 by 50 points.
pub(crate) fn one_page(canvas: &Canvas, words: &[Stretch]) -> Vec<u8> {
    let mut output = Output::new();
    let (coding, bytes) = canvas.packed().unwrap();
    let picture =
        Picture { columns: canvas.columns, rows: canvas.rows, channels: canvas.channels, coding, bytes };
    output.add_page((100.0, 50.0), &picture, words).unwrap();
    output.finish().unwrap()
}
