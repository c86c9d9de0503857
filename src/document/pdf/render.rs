//! Pictures of pages.

use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::fault::Refused;
use super::open::Opened;
use super::rebuild::{Canvas, PixelBox};
use crate::base::limits::{PDF_DOTS_PER_INCH_MAX, PDF_PIXELS_MAX};

/// Points of an inch.
const POINTS_PER_INCH: f32 = 72.0;

/// A painted page.
pub(crate) struct Pixels {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    /// Red, green, blue and opacity of each pixel, on white.
    pub(crate) rgba: Vec<u8>,
    /// Pixels a point.
    pub(crate) scale: f32,
}

/// A PNG of a page, counted from 1, at so many dots per inch.
///
/// # Errors
/// No such page; more dots or pixels than are painted; a page that draws too much.
pub fn render(opened: &Opened, page: u32, dots_per_inch: u16) -> Result<Vec<u8>, Refused> {
    let Pixels { columns, rows, rgba, .. } = pixels(opened, page, dots_per_inch)?;
    png(&Canvas::of(columns, rows, &rgba))
}

/// A picture as PNG.
pub(crate) fn png(canvas: &Canvas) -> Result<Vec<u8>, Refused> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Up);
    let colours = if canvas.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    encoder
        .write_image(&canvas.samples, canvas.columns, canvas.rows, colours)
        .map_err(|_| Refused::Unwritten)?;
    Ok(png)
}

/// A picture of pixels of red, green, blue and opacity, with boxes filled in, as PNG.
///
/// # Errors
/// It cannot be written.
pub fn packed_picture(
    (columns, rows): (u32, u32),
    pixels: &[u8],
    boxes: &[PixelBox],
) -> Result<Vec<u8>, Refused> {
    let mut canvas = Canvas::of(columns, rows, pixels);
    boxes.iter().for_each(|one| canvas.fill(*one));
    png(&canvas)
}

/// Paints a page.
pub(crate) fn pixels(opened: &Opened, page: u32, dots_per_inch: u16) -> Result<Pixels, Refused> {
    let number = usize::try_from(page).unwrap_or(usize::MAX);
    let too_many = Refused::TooManyPixels { page: number };
    let place = number.checked_sub(1).ok_or(Refused::NoSuchPage { page: number })?;
    let found = opened.pdf.pages().get(place).ok_or(Refused::NoSuchPage { page: number })?;
    let scale = f32::from(dots_per_inch) / POINTS_PER_INCH;
    let (width, height) = found.render_dimensions();
    let is_in_reach = (1..=PDF_DOTS_PER_INCH_MAX).contains(&dots_per_inch)
        && width * scale < f32::from(u16::MAX)
        && height * scale < f32::from(u16::MAX)
        && f64::from(width * scale) * f64::from(height * scale) <= limit();
    if !is_in_reach || !super::read::may_be_painted(opened, found) {
        return Err(too_many);
    }
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let cache = RenderCache::new();
    let pixmap = hayro::render(found, &cache, &opened.settings, &RenderSettings::default(), &settings);
    let (columns, rows) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    if columns == 0 || rows == 0 {
        return Err(too_many);
    }
    Ok(Pixels { columns, rows, rgba: pixmap.data_as_u8_slice().to_vec(), scale })
}

fn limit() -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "the limit is far below 2^53")]
    let limit = PDF_PIXELS_MAX as f64;
    limit
}
