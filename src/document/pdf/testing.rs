//! Small PDFs for tests, made here: nothing in them is anybody's.

use std::io::Write;

use pdf_writer::types::{CidFontType, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};

/// A page of 400 by 300 points.
pub(crate) const PAGE: Rect = Rect { x1: 0.0, y1: 0.0, x2: 400.0, y2: 300.0 };

/// What one page is made of.
pub(crate) struct Sheet {
    pub(crate) content: Content,
    pub(crate) rotate: i32,
    /// Deflated samples of one picture, grey, with its columns and rows.
    pub(crate) picture: Option<(Vec<u8>, i32, i32)>,
}

impl Sheet {
    pub(crate) fn new() -> Self {
        Self { content: Content::new(), rotate: 0, picture: None }
    }

    /// Text in Helvetica at 12 points; `y` from the bottom.
    pub(crate) fn latin(mut self, text: &str, x: f32, y: f32) -> Self {
        self.content.begin_text().set_font(Name(b"L"), 12.0).next_line(x, y);
        self.content.show(Str(text.as_bytes())).end_text();
        self
    }

    /// Text in a font of squares that says which characters they are.
    pub(crate) fn squares(mut self, text: &str, x: f32, y: f32) -> Self {
        let codes: Vec<u8> = text.chars().map(square_code).collect();
        self.content.begin_text().set_font(Name(b"S"), 12.0).next_line(x, y).show(Str(&codes)).end_text();
        self
    }

    /// Text in a Chinese font that is not in the file, in UCS-2.
    pub(crate) fn borrowed(mut self, text: &str, x: f32, y: f32) -> Self {
        let codes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        self.content.begin_text().set_font(Name(b"B"), 12.0).next_line(x, y).show(Str(&codes)).end_text();
        self
    }

    pub(crate) fn with(mut self, draw: impl FnOnce(&mut Content)) -> Self {
        draw(&mut self.content);
        self
    }

    /// A grey picture.
    pub(crate) fn picture(mut self, [x, y, width, height]: [f32; 4]) -> Self {
        self.picture = Some((deflated(&[128; 64 * 64]), 64, 64));
        self.content.save_state().transform([width, 0.0, 0.0, height, x, y]);
        self.content.x_object(Name(b"P")).restore_state();
        self
    }
}

/// The characters that the font of squares has, in the order of their codes from 1.
const SQUARES: &str =
    "客户授权书姓名电话身份证号码地址林佳慧欧阳明远北京市朝建国路甲服务交付确认单：，。0123456789X";

fn square_code(sign: char) -> u8 {
    let place =
        SQUARES.chars().position(|square| square == sign).expect("a character of the font of squares");
    u8::try_from(place + 1).unwrap()
}

/// A file of these pages.
pub(crate) fn pdf(sheets: Vec<Sheet>) -> Vec<u8> {
    pdf_with(sheets, |_, _| {})
}

/// A file of these pages and what `more` adds; object ids from 200 on are free. The closure also gets the
/// chance to write the catalog's entries.
pub(crate) fn pdf_with(
    sheets: Vec<Sheet>,
    more: impl FnOnce(&mut Pdf, &mut Vec<(&'static [u8], Ref)>),
) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let [catalog, pages, latin, squares, borrowed] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut entries = Vec::new();
    more(&mut pdf, &mut entries);
    let mut written = pdf.catalog(catalog);
    written.pages(pages);
    for (key, value) in entries {
        written.pair(Name(key), value);
    }
    written.finish();
    pdf.type1_font(latin).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    write_squares(&mut pdf, squares);
    write_borrowed(&mut pdf, borrowed);
    let mut kids = Vec::new();
    for (sheet, number) in sheets.into_iter().zip((20..).step_by(3)) {
        let [page_id, content_id, picture_id] = [number, number + 1, number + 2].map(Ref::new);
        let content = deflated(&sheet.content.finish());
        pdf.stream(content_id, &content).filter(Filter::FlateDecode);
        if let Some((samples, columns, rows)) = &sheet.picture {
            let mut picture = pdf.image_xobject(picture_id, samples);
            picture.width(*columns).height(*rows).bits_per_component(8).filter(Filter::FlateDecode);
            picture.color_space().device_gray();
        }
        let mut page = pdf.page(page_id);
        page.media_box(PAGE).parent(pages).contents(content_id).rotate(sheet.rotate);
        let mut resources = page.resources();
        resources.fonts().pair(Name(b"L"), latin).pair(Name(b"S"), squares).pair(Name(b"B"), borrowed);
        if sheet.picture.is_some() {
            resources.x_objects().pair(Name(b"P"), picture_id);
        }
        resources.finish();
        page.finish();
        kids.push(page_id);
    }
    pdf.pages(pages).count(i32::try_from(kids.len()).unwrap()).kids(kids);
    pdf.finish()
}

/// A Type 3 font: each glyph is a square, and a table says which character it is.
fn write_squares(pdf: &mut Pdf, id: Ref) {
    let [glyph, map] = [100, 101].map(Ref::new);
    let count = u8::try_from(SQUARES.chars().count()).unwrap();
    let mut font = pdf.type3_font(id);
    font.bbox(Rect::new(0.0, 0.0, 1000.0, 1000.0)).matrix([0.001, 0.0, 0.0, 0.001, 0.0, 0.0]);
    font.first_char(1).last_char(count).widths((0..count).map(|_| 1000.0));
    font.char_procs().pair(Name(b"square"), glyph);
    let mut encoding = font.encoding_custom();
    encoding.differences().consecutive(1, (0..count).map(|_| Name(b"square")));
    encoding.finish();
    font.to_unicode(map);
    font.finish();
    let mut square = Content::new();
    square.start_shape_glyph(1000.0, 0.0, 0.0, 1000.0, 1000.0);
    square.rect(100.0, 0.0, 800.0, 800.0).fill_nonzero();
    pdf.stream(glyph, &square.finish());
    let info = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 };
    let mut cmap = UnicodeCmap::<u8>::new(Name(b"Squares"), info);
    for (code, sign) in (1..).zip(SQUARES.chars()) {
        cmap.pair(code, sign);
    }
    pdf.cmap(map, &cmap.finish());
}

/// A Chinese font that the reader is to have.
fn write_borrowed(pdf: &mut Pdf, id: Ref) {
    let [cid, descriptor] = [110, 111].map(Ref::new);
    let info = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"GB1"), supplement: 4 };
    let mut font = pdf.type0_font(id);
    font.base_font(Name(b"STSong-Light")).encoding_predefined(Name(b"UniGB-UCS2-H")).descendant_font(cid);
    font.finish();
    let mut font = pdf.cid_font(cid);
    font.subtype(CidFontType::Type0).base_font(Name(b"STSong-Light")).system_info(info);
    font.font_descriptor(descriptor).default_width(1000.0);
    font.finish();
    let mut font = pdf.font_descriptor(descriptor);
    font.name(Name(b"STSong-Light")).bbox(Rect::new(-25.0, -254.0, 1000.0, 880.0)).italic_angle(0.0);
    font.ascent(880.0).descent(-120.0).cap_height(880.0).stem_v(93.0);
}

/// Bytes deflated as zlib does.
pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file from objects as they are written, numbered from 1; the first is the catalog.
pub(crate) fn raw(objects: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(objects) {
        offsets.push(bytes.len());
        bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        bytes.extend_from_slice(object);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let table = bytes.len();
    bytes.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).as_bytes());
    for offset in &offsets {
        bytes.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    let size = offsets.len() + 1;
    bytes.extend_from_slice(
        format!("trailer <</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").as_bytes(),
    );
    bytes
}
