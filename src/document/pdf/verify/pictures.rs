//! The pictures of a new file, unpacked again.

use std::io::{Cursor, Read};

use flate2::read::ZlibDecoder;
use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;
use lopdf::{Object, Stream};

use super::super::rebuild::PixelBox;
use crate::base::limits::PDF_PIXELS_MAX;

/// By how much the samples of a box may differ once they went through JPEG.
const JPEG_UNEVEN: u8 = 40;
/// Pixels inside of a box's edge that JPEG may blur: a block is eight by eight, or sixteen.
const JPEG_EDGE: u32 = 2;

/// Samples of a picture.
pub(super) struct Samples {
    pub(super) bytes: Vec<u8>,
    columns: usize,
    channels: usize,
    is_exact: bool,
}

/// Unpacks a picture; `None` if it is not as this program writes them.
pub(super) fn unpacked(stream: &Stream) -> Option<Samples> {
    let number =
        |key: &[u8]| stream.dict.get(key).and_then(Object::as_i64).ok().and_then(|n| usize::try_from(n).ok());
    let name = |key: &[u8]| stream.dict.get(key).and_then(Object::as_name).ok();
    let (columns, rows) = (number(b"Width")?, number(b"Height")?);
    let channels = match name(b"ColorSpace")? {
        b"DeviceGray" => 1,
        b"DeviceRGB" => 3,
        _ => return None,
    };
    let (bytes, is_exact) = match name(b"Filter")? {
        b"FlateDecode" => (without_differences(&inflated(&stream.content)?, columns * channels)?, true),
        b"DCTDecode" => (jpeg(&stream.content, columns, rows, channels)?, false),
        _ => return None,
    };
    let is_whole = bytes.len() == columns.checked_mul(rows)?.checked_mul(channels)?;
    is_whole.then_some(Samples { bytes, columns, channels, is_exact })
}

/// Unpacks zlib, to the end and no more than a picture can have.
pub(super) fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let most = PDF_PIXELS_MAX * 4;
    let mut unpacked = Vec::new();
    let mut decoder = ZlibDecoder::new(bytes);
    decoder.by_ref().take(most).read_to_end(&mut unpacked).ok()?;
    let is_at_end = u64::try_from(unpacked.len()).is_ok_and(|length| length < most)
        && usize::try_from(decoder.total_in()).is_ok_and(|read| read == bytes.len());
    is_at_end.then_some(unpacked)
}

/// Adds up rows that are written as differences from the row above.
fn without_differences(rows: &[u8], row_bytes: usize) -> Option<Vec<u8>> {
    let mut samples: Vec<u8> = Vec::with_capacity(rows.len());
    let mut above = vec![0_u8; row_bytes];
    for row in rows.chunks(row_bytes + 1) {
        let (2, differences) = row.split_first().map(|(kind, rest)| (*kind, rest))? else { return None };
        if differences.len() != row_bytes {
            return None;
        }
        for (sample, difference) in above.iter_mut().zip(differences) {
            *sample = sample.wrapping_add(*difference);
        }
        samples.extend_from_slice(&above);
    }
    Some(samples)
}

fn jpeg(bytes: &[u8], columns: usize, rows: usize, channels: usize) -> Option<Vec<u8>> {
    let decoder = JpegDecoder::new(Cursor::new(bytes)).ok()?;
    let size = decoder.dimensions();
    let is_expected = usize::try_from(size.0).ok()? == columns
        && usize::try_from(size.1).ok()? == rows
        && usize::from(decoder.color_type().channel_count()) == channels;
    let mut samples = vec![0; usize::try_from(decoder.total_bytes()).ok().filter(|_| is_expected)?];
    decoder.read_image(&mut samples).ok()?;
    Some(samples)
}

impl Samples {
    /// True if a box has one colour all over.
    pub(super) fn is_even_in(&self, pixels: PixelBox) -> bool {
        let (edge, uneven) = if self.is_exact { (0, 0) } else { (JPEG_EDGE, JPEG_UNEVEN) };
        let wide = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let (left, right) = (wide(pixels.left + edge), wide(pixels.right.saturating_sub(edge)));
        let (top, bottom) = (wide(pixels.top + edge), wide(pixels.bottom.saturating_sub(edge)));
        let mut darkest = u8::MAX;
        let mut lightest = u8::MIN;
        for row in self.bytes.chunks(self.columns * self.channels).take(bottom).skip(top) {
            let Some(samples) = row.get(left * self.channels..right * self.channels) else {
                return left >= right;
            };
            darkest = samples.iter().copied().min().unwrap_or(u8::MAX).min(darkest);
            lightest = samples.iter().copied().max().unwrap_or(u8::MIN).max(lightest);
        }
        darkest > lightest || lightest - darkest <= uneven
    }
}
