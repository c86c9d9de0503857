//! The words of a page that are still there once its boxes are filled, for the layer of text under the
//! picture: what was hidden is replaced, what lies under a box is gone, what was never seen is left out.

use zeroize::Zeroizing;

use super::super::glyph::Glyph;
use super::super::layout::{Layout, wide};
use super::runs::{Hidden, PixelBox, Run};

/// Words that stand on one line.
pub(crate) struct Stretch {
    /// What they say.
    pub(crate) text: Zeroizing<String>,
    /// Where they begin: along the direction of writing and across it, in points.
    pub(crate) along: f32,
    pub(crate) across: f32,
    /// How long they are.
    pub(crate) length: f32,
    /// The direction of writing, clockwise, in degrees.
    pub(crate) turn: u16,
    /// Height of the letters in points.
    pub(crate) size: f32,
}

/// What the words of a page are read from.
pub(crate) struct Read<'a> {
    pub(crate) glyphs: &'a [Glyph],
    pub(crate) letters: &'a str,
    pub(crate) file_order: &'a Layout,
    pub(crate) hidden: &'a Hidden,
    pub(crate) runs: &'a [Run],
    pub(crate) boxes: &'a [PixelBox],
    /// Pixels a point.
    pub(crate) scale: f32,
}

/// The words that are left, in the order of the file. `instead` has what stands for each value.
pub(crate) fn left_over(read: &Read<'_>, instead: &[String]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut is_open = false;
    let mut last_end = 0;
    let mut replaced = vec![false; instead.len()];
    for mark in &read.file_order.marks {
        let between = read.file_order.text.get(wide(last_end)..wide(mark.start)).unwrap_or("");
        last_end = mark.end;
        is_open &= !between.contains(['\n', '\t']);
        let Some(glyph) = read.glyphs.get(wide(mark.glyph)) else { continue };
        if let Some(value) = read.hidden.get(&mark.glyph) {
            is_open = false;
            if !replaced.get(*value).copied().unwrap_or(true) {
                replaced.iter_mut().skip(*value).take(1).for_each(|done| *done = true);
                stretches.extend(replacement(read.runs, *value, instead));
            }
            continue;
        }
        if glyph.unseen.is_some() || read.boxes.iter().any(|pixels| pixels.covers(glyph.area, read.scale)) {
            is_open = false;
            continue;
        }
        let signs = read.letters.get(wide(glyph.start)..wide(glyph.end)).unwrap_or("");
        match stretches.last_mut().filter(|_| is_open) {
            Some(stretch) => {
                stretch.text.push_str(between);
                stretch.text.push_str(signs);
                stretch.length = glyph.next - stretch.along;
            }
            None => stretches.push(begun(glyph, signs)),
        }
        is_open = true;
    }
    stretches.retain(|stretch| !stretch.text.trim().is_empty());
    stretches
}

fn begun(glyph: &Glyph, signs: &str) -> Stretch {
    Stretch {
        text: Zeroizing::new(signs.to_owned()),
        along: glyph.along,
        across: glyph.across,
        length: glyph.next - glyph.along,
        turn: glyph.turn,
        size: glyph.size,
    }
}

/// What stands instead of a value, where its first run on the page begins.
fn replacement(runs: &[Run], value: usize, instead: &[String]) -> Option<Stretch> {
    let run = runs.iter().find(|run| run.value == value && run.is_first)?;
    let length = if matches!(run.first.turn, 90 | 270) { run.area.height() } else { run.area.width() };
    Some(Stretch { length, ..begun(&run.first, instead.get(value)?) })
}
