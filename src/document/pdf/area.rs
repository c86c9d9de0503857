//! Rectangles on a page.

/// A rectangle on a page as it is seen, in points from its upper left corner; turned pages are turned.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Area {
    /// Its left edge.
    pub left: f32,
    /// Its upper edge.
    pub top: f32,
    /// Its right edge.
    pub right: f32,
    /// Its lower edge.
    pub bottom: f32,
}

impl Area {
    /// The rectangle that holds all these points; `None` if there are none, or one is no number.
    pub(crate) fn around(points: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let mut area: Option<Self> = None;
        for (x, y) in points {
            if !x.is_finite() || !y.is_finite() {
                return None;
            }
            let (x, y) = (narrow(x), narrow(y));
            let point = Self { left: x, top: y, right: x, bottom: y };
            area = Some(area.map_or(point, |area| area.with(point)));
        }
        area
    }

    /// The rectangle that holds both.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// What both share; `None` if they do not touch.
    pub(crate) fn shared(self, other: Self) -> Option<Self> {
        let shared = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (shared.left <= shared.right && shared.top <= shared.bottom).then_some(shared)
    }

    /// Its width in points.
    pub fn width(self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    /// Its height in points.
    pub fn height(self) -> f32 {
        (self.bottom - self.top).max(0.0)
    }

    /// Its size in square points.
    pub fn size(self) -> f32 {
        self.width() * self.height()
    }

    /// Its middle.
    pub(crate) fn middle(self) -> (f32, f32) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// The same, larger by so many points on each side.
    pub(crate) fn grown(self, by: f32) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }
}

/// Pages are at most some thousand points wide: what is far beyond that stays far beyond it.
fn narrow(value: f64) -> f32 {
    #[allow(clippy::cast_possible_truncation, reason = "clamped to what a page could hold")]
    let narrowed = value.clamp(-1.0e6, 1.0e6) as f32;
    narrowed
}
