//! Pictures with boxes filled in: decoded, filled, and written anew as PNG without anything that is no pixel (place,
//! camera, thumbnail, text). The result is decoded again and looked at before it leaves.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use zeroize::Zeroizing;

use super::Withheld;
use crate::base::limits::PDF_PIXELS_MAX;
use crate::document::extract::Refused;
use crate::document::pdf::{PixelBox, packed_picture};
use crate::document::sniff::Format;

/// Bytes of memory for one picture: four samples a pixel, twice.
const MEMORY_BYTES: u64 = PDF_PIXELS_MAX * 8;
/// What a PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// A picture that was filled in.
pub(in crate::document) struct Filled {
    /// As PNG.
    pub(in crate::document) png: Zeroizing<Vec<u8>>,
}

/// Fills boxes (left, top, width, height, in pixels of the picture as it is seen) in a picture.
///
/// # Errors
/// The picture cannot be read whole, is too large, has no place for a box; or the result does not stand the test.
pub(in crate::document) fn filled(
    (bytes, format): (&[u8], Format),
    boxes: &[(u32, u32, u32, u32)],
) -> Result<Filled, Withheld> {
    let image = decoded(bytes, format)?.into_rgba8();
    let (columns, rows) = image.dimensions();
    let mut within = Vec::with_capacity(boxes.len());
    for (left, top, width, height) in boxes {
        let (right, bottom) =
            (left.saturating_add(*width).min(columns), top.saturating_add(*height).min(rows));
        if *left >= right || *top >= bottom {
            return Err(Withheld::DoesNotFit);
        }
        within.push(PixelBox { left: *left, top: *top, right, bottom });
    }
    // What lies behind is not seen, and may say something.
    let mut opaque = Zeroizing::new(image.into_raw());
    for pixel in opaque.chunks_exact_mut(4) {
        if let [red, green, blue, opacity] = pixel {
            for sample in [red, green, blue] {
                let over = u32::from(*sample) * u32::from(*opacity) + 255 * (255 - u32::from(*opacity));
                *sample = u8::try_from(over / 255).unwrap_or(u8::MAX);
            }
            *opacity = u8::MAX;
        }
    }
    let png =
        Zeroizing::new(packed_picture((columns, rows), &opaque, &within).map_err(|_| Withheld::NotAsMeant)?);
    test(&png, (columns, rows), &within)?;
    Ok(Filled { png })
}

/// The picture as it is seen: turned as its camera says.
fn decoded(bytes: &[u8], format: Format) -> Result<DynamicImage, Withheld> {
    let damaged = || Withheld::Refused(Refused::Damaged { format });
    let kind = match format {
        Format::Png => image::ImageFormat::Png,
        Format::Jpeg => image::ImageFormat::Jpeg,
        format => return Err(Withheld::NoCopy { format }),
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| damaged())?;
    let (columns, rows) = decoder.dimensions();
    if u64::from(columns) * u64::from(rows) > PDF_PIXELS_MAX {
        return Err(Withheld::Unpainted { page: 1 });
    }
    let orientation = decoder.orientation().map_err(|_| damaged())?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| damaged())?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Looks at what was made: pixels and nothing else, as many as before, each box of one colour.
fn test(png: &[u8], size: (u32, u32), boxes: &[PixelBox]) -> Result<(), Withheld> {
    let structure = Withheld::Structure { part: 0 };
    let mut rest = png.strip_prefix(SIGNATURE).ok_or(structure)?;
    while !rest.is_empty() {
        let (head, behind) = rest.split_first_chunk::<8>().ok_or(structure)?;
        let [a, b, c, d, kind @ ..] = *head;
        if !matches!(&kind, b"IHDR" | b"IDAT" | b"IEND") {
            return Err(structure);
        }
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(|_| structure)?;
        rest = behind.get(length.saturating_add(4)..).ok_or(structure)?;
        if &kind == b"IEND" && !rest.is_empty() {
            return Err(structure);
        }
    }
    let read = image::load_from_memory_with_format(png, image::ImageFormat::Png);
    let read = read.map_err(|_| Withheld::NotAsMeant)?.into_rgb8();
    if read.dimensions() != size {
        return Err(Withheld::NotAsMeant);
    }
    let is_filled = |one: &PixelBox| {
        (one.top..one.bottom).all(|y| (one.left..one.right).all(|x| read.get_pixel(x, y).0 == [0, 0, 0]))
    };
    if boxes.iter().all(is_filled) { Ok(()) } else { Err(Withheld::NotAsMeant) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

    fn white(columns: u32, rows: u32) -> RgbImage {
        RgbImage::from_pixel(columns, rows, Rgb([255, 255, 255]))
    }

    fn jpeg(image: &RgbImage, segment: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
        encoder.write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8).unwrap();
        // Behind the mark of the beginning.
        bytes.splice(2..2, segment.iter().copied());
        bytes
    }

    /// A segment that says how the camera was held.
    fn turned(orientation: u8) -> Vec<u8> {
        let exif = [
            b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(),
            &[orientation, 0, 0, 0],
            &[0; 4],
        ]
        .concat();
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, 0xE1], length.as_slice(), &exif].concat()
    }

    #[test]
    fn boxes_are_filled_and_nothing_but_pixels_leaves() {
        let comment = [&[0xFF, 0xFE, 0, 13][..], b"13900001111"].concat();
        let bytes = jpeg(&white(40, 30), &comment);
        let png = filled((&bytes, Format::Jpeg), &[(10, 5, 8, 6), (38, 0, 90, 3)]).unwrap().png;
        assert!(!png.windows(11).any(|window| window == b"13900001111"));
        let read = image::load_from_memory(&png).unwrap().into_rgb8();
        let is_black = |x, y| read.get_pixel(x, y).0 == [0; 3];
        assert!(is_black(10, 5) && is_black(17, 10) && is_black(39, 2));
        assert!(!is_black(9, 5) && !is_black(18, 5) && !is_black(10, 11) && !is_black(37, 0));
    }

    #[test]
    fn boxes_lie_where_people_see_them_whatever_way_the_camera_was_held() {
        let bytes = jpeg(&white(40, 30), &turned(6));
        let png = filled((&bytes, Format::Jpeg), &[(0, 0, 5, 5)]).unwrap().png;
        let read = image::load_from_memory(&png).unwrap().into_rgb8();
        assert_eq!(read.dimensions(), (30, 40));
        assert_eq!(read.get_pixel(0, 0).0, [0; 3]);
    }

    #[test]
    fn what_lies_behind_transparent_pixels_does_not_leave() {
        let mut image = image::RgbaImage::from_pixel(8, 8, image::Rgba([255; 4]));
        image.put_pixel(3, 3, image::Rgba([0, 0, 0, 0]));
        let mut bytes = Vec::new();
        image.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
        let png = filled((&bytes, Format::Png), &[]).unwrap().png;
        assert_eq!(image::load_from_memory(&png).unwrap().into_rgba8().get_pixel(3, 3).0, [255; 4]);
    }

    #[test]
    fn a_picture_that_cannot_be_read_or_a_box_beside_it_is_withheld() {
        let bytes = jpeg(&white(40, 30), &[]);
        let beside = filled((&bytes, Format::Jpeg), &[(40, 0, 1, 1)]);
        assert_eq!(beside.err(), Some(Withheld::DoesNotFit));
        let cut = filled((bytes.get(..40).unwrap(), Format::Jpeg), &[]);
        assert_eq!(cut.err(), Some(Withheld::Refused(Refused::Damaged { format: Format::Jpeg })));
        assert_eq!(
            filled((b"GIF89a", Format::Gif), &[]).err(),
            Some(Withheld::NoCopy { format: Format::Gif })
        );
        let mut png = Vec::new();
        white(4, 4).write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        let text = [&[0, 0, 0, 1][..], b"tEXtx", &[0; 4]].concat();
        png.splice(33..33, text);
        assert_eq!(test(&png, (4, 4), &[]), Err(Withheld::Structure { part: 0 }));
    }
}
