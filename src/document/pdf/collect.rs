//! Takes down what an interpreter draws: each glyph with its characters and its place, each picture, and
//! what was painted under and over them.

use std::collections::{BTreeSet, HashMap};

use hayro_interpret::font::{Glyph as DrawnGlyph, GlyphRun};
use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint as DrawnPaint, SoftMask,
};
use zeroize::Zeroizing;

use super::area::Area;
use super::backdrop::{Backdrop, Paint, is_alike};
use super::fault::Doubt;
use super::fonts::StandIns;
use super::glyph::{Glyph, Picture, Unseen};
use super::ink::Ink;
use super::layout::narrow;
use crate::base::limits::{PDF_GLYPHS_MAX, PDF_PIXELS_MAX};

/// Units of a font to the height of its letters.
const UNITS: f64 = 1000.0;
/// What a line of text reaches below and above its baseline, in units.
const BELOW: f64 = -240.0;
const ABOVE: f64 = 900.0;
/// Text smaller than this, in points, is for no reader.
const TINY_POINTS: f32 = 1.0;
/// Opacity below which nothing is seen.
const FAINT: f32 = 0.1;
/// Filled shapes of the size of letters that a page may have without being suspected.
const SHAPES_FREE: usize = 60;
/// The share of a glyph that has to be seen.
const SLIVER: f32 = 0.08;
/// Strokes this wide, in points, cover text.
const BROAD_POINTS: f32 = 4.0;

/// What was drawn so far.
pub(crate) struct Collector {
    page: Area,
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) letters: Zeroizing<String>,
    pub(crate) pictures: Vec<Picture>,
    pub(crate) doubts: BTreeSet<Doubt>,
    /// For each glyph: the number of the step that drew it.
    steps: Vec<u32>,
    step: u32,
    backdrop: Backdrop,
    clips: Vec<Option<Area>>,
    /// For each open group: how much of it is seen, and whether it hides what lies under it.
    groups: Vec<(f32, bool)>,
    ink: Ink,
    /// Glyphs by place: text drawn twice, to look bold or with its outline, is one text.
    places: HashMap<(i32, i32), Vec<u32>>,
    /// Shapes that could be letters.
    shapes: usize,
    stand_ins: StandIns,
}

impl Collector {
    pub(crate) fn of(width: f32, height: f32, stand_ins: &StandIns) -> Self {
        Self {
            page: Area { left: 0.0, top: 0.0, right: width, bottom: height },
            glyphs: Vec::new(),
            letters: Zeroizing::new(String::new()),
            pictures: Vec::new(),
            doubts: BTreeSet::new(),
            steps: Vec::new(),
            step: 1,
            backdrop: Backdrop::of(width, height),
            clips: Vec::new(),
            groups: Vec::new(),
            ink: Ink::default(),
            places: HashMap::new(),
            shapes: 0,
            stand_ins: stand_ins.clone(),
        }
    }

    /// Judges what only the whole page tells.
    pub(crate) fn finish(&mut self) {
        for (glyph, step) in self.glyphs.iter_mut().zip(&self.steps) {
            let over = self.backdrop.at(glyph.area.middle());
            if glyph.unseen.is_none() && over.is_some_and(|(_, last)| last > *step) {
                glyph.unseen = Some(Unseen::Covered);
            }
        }
        if !self.backdrop.is_sure() {
            self.doubts.insert(Doubt::TooMuch);
        }
        if self.shapes > SHAPES_FREE && self.shapes > self.glyphs.len() / 4 {
            self.doubts.insert(Doubt::DrawnLetters);
        }
    }

    fn clip(&self) -> Option<Area> {
        match self.clips.last() {
            Some(clip) => *clip,
            None => Some(self.page),
        }
    }

    fn push_clip(&mut self, clip: Option<Area>) {
        let clip = clip.zip(self.clip()).and_then(|(clip, outer)| clip.shared(outer));
        self.clips.push(clip);
    }

    /// How much of what is drawn now is seen, and whether it hides what lies under it.
    fn group(&self) -> (f32, bool) {
        self.groups.last().copied().unwrap_or((1.0, true))
    }

    fn glyph(&mut self, glyph: &DrawnGlyph<'_>, transform: Affine, mode: WritingMode, seen: Seen) {
        if self.glyphs.len() >= PDF_GLYPHS_MAX {
            self.doubts.insert(Doubt::TooMuch);
            return;
        }
        let Some(form) = Form::of(glyph, transform, mode, self.ink.of(glyph)) else { return };
        let said = characters(glyph, form.has_ink);
        let start = narrow(self.letters.len());
        match &said {
            Some(said) => self.letters.push_str(said),
            None => self.letters.push(guessed(glyph)),
        }
        let end = narrow(self.letters.len());
        let mut taken = Glyph {
            start,
            end,
            area: form.area,
            along: form.along,
            next: form.next,
            across: form.across,
            turn: form.turn,
            size: form.size,
            cell: self.clip().map_or((0.0, 0.0), |clip| (clip.left, clip.right)),
            unseen: None,
            known: said.is_some(),
        };
        taken.unseen = self.unseen(&taken, form.has_ink, seen);
        if let Some(twin) = self.twin(&taken) {
            if let Some(twin) = self.glyphs.get_mut(wide(twin)) {
                twin.unseen = twin.unseen.and(taken.unseen);
            }
            self.letters.truncate(wide(start));
            return;
        }
        if self.is_misdrawn(glyph, said.as_deref()) {
            self.doubts.insert(Doubt::FontMissing);
        }
        let number = narrow(self.glyphs.len());
        self.places.entry(cell(&taken)).or_default().push(number);
        self.glyphs.push(taken);
        self.steps.push(self.step);
    }

    /// True for a Chinese, Japanese or Korean character in a standard font that stands in: those have none, and
    /// what is drawn is another shape.
    fn is_misdrawn(&self, glyph: &DrawnGlyph<'_>, said: Option<&str>) -> bool {
        let DrawnGlyph::Outline(outline) = glyph else { return false };
        let is_wide = said.is_some_and(|said| said.chars().any(|sign| u32::from(sign) >= 0x2E80));
        is_wide && outline.font_data().is_some_and(|font| self.stand_ins.has(&font.data))
    }

    /// The glyph that says the same at the same place already.
    fn twin(&self, glyph: &Glyph) -> Option<u32> {
        let signs = self.letters.get(range(glyph))?;
        let (column, row) = cell(glyph);
        let near =
            (-1..=1).flat_map(|x| (-1..=1).map(move |y| (column.saturating_add(x), row.saturating_add(y))));
        let slack = (glyph.size * 0.12).min(CELL_POINTS);
        near.filter_map(|place| self.places.get(&place)).flatten().copied().find(|number| {
            self.glyphs.get(wide(*number)).is_some_and(|other| {
                (other.along - glyph.along).abs() <= slack
                    && (other.across - glyph.across).abs() <= slack
                    && other.turn == glyph.turn
                    && self.letters.get(range(other)) == Some(signs)
            })
        })
    }

    fn unseen(&self, glyph: &Glyph, has_ink: bool, seen: Seen) -> Option<Unseen> {
        let middle = glyph.area.middle();
        match seen {
            Seen::Never => return Some(Unseen::RenderMode),
            // A blank is as little seen as it would be anywhere.
            _ if !has_ink => return None,
            Seen::Faint => return Some(Unseen::Transparent),
            Seen::In(colour) => {
                let under = self.backdrop.at(middle);
                if let (Some(colour), Some((Paint::Plain(under), _))) = (colour, under)
                    && is_alike(colour, under)
                {
                    return Some(Unseen::SameColour);
                }
            }
        }
        if glyph.size < TINY_POINTS {
            return Some(Unseen::Tiny);
        }
        // What is cut off at the edge of a cell is seen in part; a sliver of it is not.
        let is_within = |outer: Area| {
            glyph.area.shared(outer).is_some_and(|seen| seen.size() > SLIVER * glyph.area.size())
        };
        if !is_within(self.page) {
            return Some(Unseen::OffPage);
        }
        (!self.clip().is_some_and(is_within)).then_some(Unseen::Clipped)
    }

    /// Paints what an area covers, if it hides what lies under it.
    fn cover(&mut self, area: Option<Area>, paint: Paint) {
        let shared = area.zip(self.clip()).and_then(|(area, clip)| area.shared(clip));
        if let (Some(area), (_, true)) = (shared, self.group()) {
            self.step = self.step.saturating_add(1);
            self.backdrop.paint(area, paint, self.step);
            self.step = self.step.saturating_add(1);
        }
    }

    fn shape(&mut self, path: &BezPath, props: &DrawProps<'_>, mode: &DrawMode) {
        let Some(paint) = solid(props) else { return };
        let bounds = (props.transform * path.clone()).bounding_box();
        let area = corners(bounds, Affine::IDENTITY);
        let Some(area) = area else { return };
        match mode {
            DrawMode::Fill(_) | DrawMode::FillAndStroke(..) => {
                let is_full = path.area().abs() >= 0.9 * path.bounding_box().area();
                if is_full && !turned(props.transform) {
                    self.cover(Some(area), paint);
                } else if (3.0..40.0).contains(&area.height()) && area.width() < 60.0 {
                    self.shapes += 1;
                }
            }
            DrawMode::Stroke(stroke) => {
                let [a, b, ..] = props.transform.as_coeffs();
                let half = stroke.line_width * small(a.hypot(b)) / 2.0;
                // A broad line from one point to another is a bar.
                if path.elements().len() == 2 && half * 2.0 >= BROAD_POINTS {
                    self.cover(Some(area.grown(half)), paint);
                }
            }
            DrawMode::Invisible => {}
        }
    }
}

impl<'a> Device<'a> for Collector {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.shape(path, &props, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.push_clip(corners(clip.path.bounding_box(), Affine::IDENTITY));
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        let (outer, is_outer_solid) = self.group();
        let is_solid = is_outer_solid && mask.is_none() && blend == BlendMode::Normal && opacity > 0.98;
        self.groups.push((outer * opacity, is_solid));
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let (opacity, _) = self.group();
        let seen = match (&props.paint, mode) {
            (_, DrawMode::Invisible) => Seen::Never,
            (DrawnPaint::Color(colour), _) => {
                let rgba = colour.to_rgba();
                let [red, green, blue, _] = rgba.to_rgba8();
                if rgba.components()[3] * opacity < FAINT {
                    Seen::Faint
                } else {
                    Seen::In(Some([red, green, blue]))
                }
            }
            (DrawnPaint::Pattern(_), _) => Seen::In(None),
        };
        for glyph in run.glyphs() {
            self.glyph(glyph, props.transform * glyph.transform(), run.writing_mode(), seen);
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let (columns, rows) = (image.width(), image.height());
        let area = corners(Rect::new(0.0, 0.0, f64::from(columns), f64::from(rows)), props.transform);
        let seen = area.zip(self.clip()).and_then(|(area, clip)| area.shared(clip));
        if u64::from(columns) * u64::from(rows) > PDF_PIXELS_MAX {
            self.doubts.insert(Doubt::TooMuch);
        }
        if let Some(area) = seen {
            let share = area.size() / self.page.size().max(1.0);
            self.pictures.push(Picture { area, share, columns, rows });
        }
        let is_solid = match &image {
            Image::Stencil(_) => false,
            Image::Raster(raster) => {
                let entries = raster.stream().dict();
                ![&b"SMask"[..], b"Mask", b"SMaskInData"].iter().any(|key| entries.contains_key(*key))
            }
        };
        if is_solid && props.soft_mask.is_none() && props.blend_mode == BlendMode::Normal {
            self.cover(area, Paint::Mixed);
        }
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn pop_transparency_group(&mut self) {
        self.groups.pop();
    }
}

/// How a run of glyphs is drawn.
#[derive(Clone, Copy)]
enum Seen {
    Never,
    Faint,
    /// In a colour, or in a pattern.
    In(Option<[u8; 3]>),
}

/// A glyph's measures on the page.
struct Form {
    area: Area,
    along: f32,
    next: f32,
    across: f32,
    turn: u16,
    size: f32,
    has_ink: bool,
}

impl Form {
    fn of(glyph: &DrawnGlyph<'_>, transform: Affine, mode: WritingMode, ink: Option<Rect>) -> Option<Self> {
        let advance = match glyph {
            DrawnGlyph::Outline(outline) => outline.advance_width(),
            DrawnGlyph::Type3(shape) => shape.advance_width(),
        };
        let advance = f64::from(advance.unwrap_or(500.0));
        let is_vertical = matches!(mode, WritingMode::Vertical);
        let frame = match is_vertical {
            true => Rect::new(0.0, -120.0, UNITS, 880.0),
            false => Rect::new(0.0, BELOW, advance, ABOVE),
        };
        let box_of = ink.map_or(frame, |ink| frame.union(ink));
        let area = corners(box_of, transform)?;
        let (from, to) = match is_vertical {
            true => (Point::new(0.0, 880.0), Point::new(0.0, -120.0)),
            false => (Point::ZERO, Point::new(advance, 0.0)),
        };
        let ahead = if is_vertical { Point::new(0.0, -UNITS) } else { Point::new(UNITS, 0.0) };
        let (start, end) = (transform * from, transform * to);
        let direction = (transform * ahead) - (transform * Point::ZERO);
        let height = ((transform * Point::new(0.0, UNITS)) - (transform * Point::ZERO)).hypot();
        let turn = degrees(direction.y.atan2(direction.x));
        let (sine, cosine) = f64::from(turn).to_radians().sin_cos();
        Some(Self {
            area,
            along: small(start.x * cosine + start.y * sine),
            next: small(end.x * cosine + end.y * sine),
            across: small(start.y * cosine - start.x * sine),
            turn,
            size: small(height),
            has_ink: ink.is_some(),
        })
    }
}

/// What stands for a glyph of which the file says nothing: its code, if that is a letter, as other readers have it. It
/// stays unknown.
fn guessed(glyph: &DrawnGlyph<'_>) -> char {
    let code = u8::try_from(glyph.char_code()).ok().filter(u8::is_ascii_graphic);
    match (glyph.as_unicode(), code) {
        (None, Some(code)) => char::from(code),
        _ => '\u{FFFD}',
    }
}

/// What a glyph says; `None` if the file does not tell.
fn characters(glyph: &DrawnGlyph<'_>, has_ink: bool) -> Option<String> {
    let said = match glyph.as_unicode() {
        Some(BfString::Char(sign)) => String::from(sign),
        Some(BfString::String(signs)) => signs,
        None => String::new(),
    };
    let is_told =
        |sign: char| !sign.is_control() && sign != '\u{FFFD}' && !('\u{E000}'..='\u{F8FF}').contains(&sign);
    if !said.is_empty() && said.chars().all(is_told) {
        return Some(said);
    }
    (!has_ink).then(|| " ".to_owned())
}

fn solid(props: &DrawProps<'_>) -> Option<Paint> {
    if props.soft_mask.is_some() || props.blend_mode != BlendMode::Normal {
        return None;
    }
    match &props.paint {
        DrawnPaint::Color(colour) => {
            let [red, green, blue, opacity] = colour.to_rgba().to_rgba8();
            (opacity >= 250).then_some(Paint::Plain([red, green, blue]))
        }
        DrawnPaint::Pattern(_) => None,
    }
}

/// True if a transform turns by anything but quarters.
fn turned(transform: Affine) -> bool {
    let [a, b, c, d, ..] = transform.as_coeffs();
    (a.abs() > 1e-6 || d.abs() > 1e-6) && (b.abs() > 1e-6 || c.abs() > 1e-6)
}

/// What a rectangle covers once it is transformed.
fn corners(rect: Rect, transform: Affine) -> Option<Area> {
    let points = [(rect.x0, rect.y0), (rect.x1, rect.y0), (rect.x0, rect.y1), (rect.x1, rect.y1)];
    Area::around(points.map(|(x, y)| {
        let point = transform * Point::new(x, y);
        (point.x, point.y)
    }))
}

/// Points along an edge of the cells by which twins are looked for.
const CELL_POINTS: f32 = 2.0;

fn cell(glyph: &Glyph) -> (i32, i32) {
    let whole = |value: f32| {
        #[allow(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let cell = (value / CELL_POINTS).floor() as i32;
        cell
    };
    (whole(glyph.along), whole(glyph.across))
}

fn range(glyph: &Glyph) -> std::ops::Range<usize> {
    wide(glyph.start)..wide(glyph.end)
}

fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

fn small(value: f64) -> f32 {
    #[allow(clippy::cast_possible_truncation, reason = "pages are at most some thousand points wide")]
    let small = value.clamp(-1.0e6, 1.0e6) as f32;
    small
}

/// An angle in whole degrees, from 0 to 359.
fn degrees(radians: f64) -> u16 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 360")]
    let degrees = radians.to_degrees().rem_euclid(360.0).round() as u16;
    degrees % 360
}
