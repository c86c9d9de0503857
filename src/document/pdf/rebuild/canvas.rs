//! The picture of a page while boxes are filled in it, and its way into a file.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::output::Coding;
use super::runs::PixelBox;

/// Of 100: letters beside photographs stay legible.
const JPEG_QUALITY: u8 = 85;

/// What boxes are filled with.
const INK: u8 = 0;

/// A picture without transparency, row by row from the top.
pub(crate) struct Canvas {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    /// 1 for shades of grey, 3 for red, green and blue.
    pub(crate) channels: u8,
    pub(crate) samples: Vec<u8>,
}

impl Canvas {
    /// From pixels of red, green, blue and opacity that were painted on white.
    pub(crate) fn of(columns: u32, rows: u32, pixels: &[u8]) -> Self {
        let is_grey = pixels.chunks_exact(4).all(|pixel| matches!(pixel, [r, g, b, _] if r == g && g == b));
        let channels = if is_grey { 1 } else { 3 };
        let kept = usize::from(channels);
        let samples = pixels.chunks_exact(4).flat_map(|pixel| pixel.iter().take(kept).copied()).collect();
        Self { columns, rows, channels, samples }
    }

    /// Fills a box.
    pub(crate) fn fill(&mut self, pixels: PixelBox) {
        let channels = usize::from(self.channels);
        let row_bytes = wide(self.columns) * channels;
        let span = wide(pixels.left) * channels..wide(pixels.right) * channels;
        let rows = self.samples.chunks_exact_mut(row_bytes.max(1));
        for row in rows.skip(wide(pixels.top)).take(wide(pixels.bottom.saturating_sub(pixels.top))) {
            if let Some(covered) = row.get_mut(span.clone()) {
                covered.fill(INK);
            }
        }
    }

    /// True if most samples are those above them: text and drawings, which pack better without loss.
    fn is_flat(&self) -> bool {
        let row_bytes = wide(self.columns) * usize::from(self.channels);
        let above = self.samples.iter();
        let below = self.samples.get(row_bytes..).unwrap_or(&[]);
        let same = below.iter().zip(above).filter(|(below, above)| below == above).count();
        same * 10 > below.len() * 7
    }

    /// The samples packed: flat ones deflated, others as JPEG. `None` if the encoder fails.
    pub(crate) fn packed(&self) -> Option<(Coding, Vec<u8>)> {
        if self.is_flat() {
            return Some((Coding::Flate, self.deflated().ok()?));
        }
        let mut bytes = Vec::new();
        let colours = if self.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        encoder.write_image(&self.samples, self.columns, self.rows, colours).ok()?;
        Some((Coding::Jpeg, bytes))
    }

    /// The samples deflated, each row with what it differs from the row above (PNG filter 2, RFC 2083).
    fn deflated(&self) -> std::io::Result<Vec<u8>> {
        const UP: u8 = 2;
        let row_bytes = wide(self.columns) * usize::from(self.channels);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
        let mut above = vec![0; row_bytes];
        let mut line = vec![UP; row_bytes + 1];
        for row in self.samples.chunks_exact(row_bytes.max(1)) {
            for ((out, sample), above) in line.iter_mut().skip(1).zip(row).zip(&above) {
                *out = sample.wrapping_sub(*above);
            }
            encoder.write_all(&line)?;
            above.copy_from_slice(row);
        }
        encoder.finish()
    }
}

fn wide(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
