//! What glyphs blacken, in units of their fonts: a box must cover it all, tails and swashes too.

use std::collections::HashMap;

use hayro_interpret::color::{AlphaColor, Color};
use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::kurbo::{Affine, BezPath, Rect, Shape};
use hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
};

/// Bounds of the glyphs that were seen.
#[derive(Default)]
pub(crate) struct Ink {
    known: HashMap<u128, Option<Rect>>,
}

impl Ink {
    /// What a glyph blackens; `None` for blanks.
    pub(crate) fn of(&mut self, glyph: &Glyph<'_>) -> Option<Rect> {
        let key = match glyph {
            Glyph::Outline(outline) => outline.identifier().cache_key(),
            Glyph::Type3(shape) => shape.cache_key(),
        };
        *self.known.entry(key).or_insert_with(|| match glyph {
            Glyph::Outline(outline) => bounds(&outline.outline()),
            Glyph::Type3(shape) => {
                let mut drawn = Bounds::default();
                let paint = Paint::Color(Color::from_rgba(AlphaColor::BLACK));
                shape.interpret(&mut drawn, Affine::IDENTITY, Affine::IDENTITY, &paint);
                drawn.0
            }
        })
    }
}

fn bounds(path: &BezPath) -> Option<Rect> {
    (!path.elements().is_empty()).then(|| path.bounding_box()).filter(|rect| rect.is_finite())
}

/// What is drawn, as one rectangle.
#[derive(Default)]
struct Bounds(Option<Rect>);

impl Bounds {
    fn add(&mut self, rect: Option<Rect>) {
        let Some(rect) = rect else { return };
        self.0 = Some(self.0.map_or(rect, |all| all.union(rect)));
    }
}

impl<'a> Device<'a> for Bounds {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        self.add(bounds(&(props.transform * path.clone())));
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            if let Glyph::Outline(outline) = &**glyph {
                self.add(bounds(&(props.transform * glyph.transform() * outline.outline())));
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let whole = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        self.add(Some(props.transform.transform_rect_bbox(whole)));
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
