//! Writes the new file: pages of pictures, and words that are not drawn under them.
//!
//! The objects are a catalog, a tree of pages, pages with one content stream and one picture each, and two
//! fonts; `verify` holds the file to exactly these. The words are set in a font without shapes: viewers
//! never draw it (text rendering mode 3), and its character codes are UTF-16 code units, so that whoever
//! searches the streams for a value in UTF-16 finds what is there.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, Predictor, SystemInfo, TextRenderingMode, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};

use super::shapeless;
use super::words::Stretch;

const WORDS: Name<'static> = Name(b"W");
const LETTERS: Name<'static> = Name(b"H");
const PICTURE: Name<'static> = Name(b"P");
const WORDS_NAME: Name<'static> = Name(b"Unseen");
const IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

const CATALOG: i32 = 1;
const PAGES: i32 = 2;
const WORDS_FONT: i32 = 3;
const WORDS_CID_FONT: i32 = 4;
const WORDS_DESCRIPTOR: i32 = 5;
const WORDS_CMAP: i32 = 6;
const LETTERS_FONT: i32 = 7;
const WORDS_FILE: i32 = 8;
const WORDS_GLYPHS: i32 = 9;
const FIRST_PAGE: i32 = 10;
/// Characters below this one are half as wide as high.
const WIDE_FROM: u16 = 0x2E80;
/// Stands for characters for which no code is left.
const UNKNOWN: u16 = 0xFFFD;
/// Codes of the surrogates, which stand for no character: they serve those beyond the first plane.
const BEYOND: std::ops::RangeInclusive<u16> = 0xD800..=0xDFFF;

/// A picture of a page as it is written.
pub(crate) struct Picture {
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    /// 1 for shades of grey, 3 for red, green and blue.
    pub(crate) channels: u8,
    pub(crate) coding: Coding,
    pub(crate) bytes: Vec<u8>,
}

/// How the samples of a picture are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Deflated, without loss.
    Flate,
    /// JPEG.
    Jpeg,
}

/// The file while it is written, page by page.
pub(crate) struct Output {
    pdf: Pdf,
    pages: Vec<Ref>,
    next: i32,
    codes: Codes,
}

/// Codes of the characters that are used.
#[derive(Default)]
struct Codes {
    used: BTreeMap<u16, char>,
    beyond: BTreeMap<char, u16>,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { pdf: Pdf::new(), pages: Vec::new(), next: FIRST_PAGE, codes: Codes::default() }
    }

    fn id(&mut self) -> Ref {
        let id = Ref::new(self.next);
        self.next += 1;
        id
    }

    /// Adds a page with its picture and the words under it. Sizes are in points.
    pub(crate) fn add_page(
        &mut self,
        (width, height): (f32, f32),
        picture: &Picture,
        words: &[Stretch],
    ) -> std::io::Result<()> {
        let picture_id = self.id();
        let mut image = self.pdf.image_xobject(picture_id, &picture.bytes);
        let columns = i32::try_from(picture.columns).unwrap_or(i32::MAX);
        image.width(columns).height(i32::try_from(picture.rows).unwrap_or(i32::MAX)).bits_per_component(8);
        match picture.channels {
            1 => image.color_space().device_gray(),
            _ => image.color_space().device_rgb(),
        }
        match picture.coding {
            Coding::Jpeg => {
                image.filter(Filter::DctDecode);
            }
            Coding::Flate => {
                image.filter(Filter::FlateDecode);
                let mut parameters = image.decode_parms();
                parameters.predictor(Predictor::PngUp).columns(columns).colors(i32::from(picture.channels));
            }
        }
        image.finish();
        let mut content = Content::new();
        content.save_state().transform([width, 0.0, 0.0, height, 0.0, 0.0]).x_object(PICTURE).restore_state();
        self.write_words(&mut content, height, words);
        self.finish_page((width, height), &content.finish(), Some(picture_id))
    }

    /// Adds a page that only says why it is not shown: `lines` in Latin letters to be seen, `words` in any
    /// script to be found.
    pub(crate) fn add_slip(
        &mut self,
        (width, height): (f32, f32),
        lines: &[String],
        words: &[Stretch],
    ) -> std::io::Result<()> {
        let mut content = Content::new();
        let inset = (width.min(height) * 0.06).min(36.0);
        content.set_line_width(1.0);
        content.rect(inset, inset, width - 2.0 * inset, height - 2.0 * inset).stroke();
        let size = (width / 40.0).clamp(4.0, 14.0);
        content.begin_text().set_font(LETTERS, size).set_leading(size * 1.5);
        content.next_line(inset * 2.0, height - inset * 2.0 - size);
        for line in lines {
            let ascii: Vec<u8> = line.bytes().filter(|byte| (0x20..0x7F).contains(byte)).collect();
            content.show(Str(&ascii)).next_line_using_leading();
        }
        content.end_text();
        self.write_words(&mut content, height, words);
        self.finish_page((width, height), &content.finish(), None)
    }

    fn write_words(&mut self, content: &mut Content, height: f32, words: &[Stretch]) {
        if words.is_empty() {
            return;
        }
        content.begin_text().set_text_rendering_mode(TextRenderingMode::Invisible);
        for stretch in words {
            let codes = self.codes.of(&stretch.text);
            let size = stretch.size.clamp(1.0, 1_000.0);
            let natural: f32 = codes.chunks_exact(2).map(|code| width_of(code) * size).sum();
            let scaling = if natural > 0.0 { (stretch.length / natural).clamp(0.01, 100.0) } else { 1.0 };
            let (sine, cosine) = f32::from(stretch.turn).to_radians().sin_cos();
            let x = stretch.along * cosine - stretch.across * sine;
            let y = stretch.along * sine + stretch.across * cosine;
            content.set_font(WORDS, size).set_horizontal_scaling(scaling * 100.0);
            content.set_text_matrix([cosine, -sine, sine, cosine, x, height - y]);
            content.show(Str(&codes));
        }
        content.end_text();
    }

    fn finish_page(
        &mut self,
        (width, height): (f32, f32),
        content: &[u8],
        picture: Option<Ref>,
    ) -> std::io::Result<()> {
        let (page_id, content_id) = (self.id(), self.id());
        let packed = deflated(content)?;
        self.pdf.stream(content_id, &packed).filter(Filter::FlateDecode);
        let mut page = self.pdf.page(page_id);
        page.media_box(Rect::new(0.0, 0.0, width, height)).parent(Ref::new(PAGES)).contents(content_id);
        let mut resources = page.resources();
        let mut fonts = resources.fonts();
        fonts.pair(WORDS, Ref::new(WORDS_FONT)).pair(LETTERS, Ref::new(LETTERS_FONT));
        fonts.finish();
        if let Some(picture) = picture {
            resources.x_objects().pair(PICTURE, picture);
        }
        resources.finish();
        page.finish();
        self.pages.push(page_id);
        Ok(())
    }

    /// The file's bytes.
    pub(crate) fn finish(mut self) -> std::io::Result<Vec<u8>> {
        self.pdf.catalog(Ref::new(CATALOG)).pages(Ref::new(PAGES));
        let count = i32::try_from(self.pages.len()).unwrap_or(i32::MAX);
        self.pdf.pages(Ref::new(PAGES)).kids(self.pages.iter().copied()).count(count);
        let mut map = UnicodeCmap::new(WORDS_NAME, IDENTITY);
        for (code, sign) in &self.codes.used {
            map.pair(*code, *sign);
        }
        let packed = deflated(&map.finish())?;
        self.pdf
            .cmap(Ref::new(WORDS_CMAP), &packed)
            .name(WORDS_NAME)
            .system_info(IDENTITY)
            .filter(Filter::FlateDecode);
        let mut font = self.pdf.type0_font(Ref::new(WORDS_FONT));
        font.base_font(WORDS_NAME).encoding_predefined(Name(b"Identity-H"));
        font.descendant_font(Ref::new(WORDS_CID_FONT)).to_unicode(Ref::new(WORDS_CMAP));
        font.finish();
        let mut font = self.pdf.cid_font(Ref::new(WORDS_CID_FONT));
        font.subtype(CidFontType::Type2).base_font(WORDS_NAME).system_info(IDENTITY);
        font.font_descriptor(Ref::new(WORDS_DESCRIPTOR)).default_width(1000.0);
        font.widths().same(0, WIDE_FROM - 1, 500.0);
        font.cid_to_gid_map_stream(Ref::new(WORDS_GLYPHS));
        font.finish();
        let mut descriptor = self.pdf.font_descriptor(Ref::new(WORDS_DESCRIPTOR));
        descriptor.name(WORDS_NAME).flags(FontFlags::SYMBOLIC).bbox(Rect::new(0.0, -200.0, 1000.0, 800.0));
        descriptor.italic_angle(0.0).ascent(800.0).descent(-200.0).cap_height(800.0).stem_v(80.0);
        descriptor.font_file2(Ref::new(WORDS_FILE));
        descriptor.finish();
        let file = shapeless::font_file();
        let length = i32::try_from(file.len()).unwrap_or(i32::MAX);
        let packed = deflated(&file)?;
        self.pdf
            .stream(Ref::new(WORDS_FILE), &packed)
            .filter(Filter::FlateDecode)
            .pair(Name(b"Length1"), length);
        let packed = deflated(&shapeless::glyphs_by_code(WIDE_FROM))?;
        self.pdf.stream(Ref::new(WORDS_GLYPHS), &packed).filter(Filter::FlateDecode);
        self.pdf.type1_font(Ref::new(LETTERS_FONT)).base_font(Name(b"Helvetica"));
        Ok(self.pdf.finish())
    }
}

impl Codes {
    /// The codes of a text, two bytes each.
    fn of(&mut self, text: &str) -> Vec<u8> {
        let visible = text.chars().filter(|sign| !sign.is_control());
        visible.flat_map(|sign| self.code(sign).to_be_bytes()).collect()
    }

    fn code(&mut self, sign: char) -> u16 {
        let code = u16::try_from(u32::from(sign)).unwrap_or_else(|_| {
            let next = self.beyond.len();
            *self.beyond.entry(sign).or_insert_with(|| {
                let code = u16::try_from(next).ok().and_then(|next| BEYOND.start().checked_add(next));
                code.filter(|code| BEYOND.contains(code)).unwrap_or(UNKNOWN)
            })
        });
        self.used.entry(code).or_insert(if code == UNKNOWN { char::REPLACEMENT_CHARACTER } else { sign });
        code
    }
}

/// The width of a character of the words' font, for a height of 1.
fn width_of(code: &[u8]) -> f32 {
    let code = code.iter().fold(0_u16, |code, byte| code << 8 | u16::from(*byte));
    if code < WIDE_FROM { 0.5 } else { 1.0 }
}

fn deflated(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes)?;
    encoder.finish()
}
