//! A run of digits as people write numbers: groups with one separator between them.

use crate::redaction::class::DIGIT;
use crate::redaction::normal::Text;

/// Most digits that are looked at.
const MOST: usize = 32;
/// Most groups that are looked at.
const GROUPS: usize = 12;

/// Digits from one place on, with the places where a group ends.
pub struct Run {
    digits: [u8; MOST],
    len: usize,
    cuts: [Cut; GROUPS],
    groups: usize,
}

/// The end of a group.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cut {
    /// Digits up to here.
    pub count: usize,
    /// Position after the last of them.
    pub end: usize,
    /// The separator that follows, or NUL.
    pub separator: char,
}

/// The lengths of groups.
pub struct Shape {
    groups: [usize; GROUPS],
    len: usize,
}

impl std::ops::Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        self.groups.get(..self.len).unwrap_or_default()
    }
}

impl<const N: usize> PartialEq<[usize; N]> for Shape {
    fn eq(&self, other: &[usize; N]) -> bool {
        **self == *other
    }
}

/// True if another group follows the one that ends at a place.
#[inline]
fn goes_on(text: &Text, at: usize) -> bool {
    match text.at(at) {
        ' ' | '-' | '.' | '/' | '·' | '_' => text.at(at + 1).is_ascii_digit(),
        ')' => {
            text.at(at + 1).is_ascii_digit()
                || (matches!(text.at(at + 1), ' ' | '-') && text.at(at + 2).is_ascii_digit())
        }
        _ => false,
    }
}

impl Run {
    /// True if the digits at `start` are one group of fewer than `count`: most numbers are, and need
    /// no reading.
    #[inline]
    pub fn is_short(text: &Text, start: usize, count: usize) -> bool {
        let digits =
            text.classes(start, start + count).iter().take_while(|class| **class & DIGIT != 0).count();
        digits < count && !goes_on(text, start + digits)
    }

    /// Reads from `start`, where a digit stands.
    pub fn read(text: &Text, start: usize) -> Self {
        let mut run = Self { digits: [0; MOST], len: 0, cuts: [Cut::default(); GROUPS], groups: 0 };
        let mut at = start;
        loop {
            while text.at(at).is_ascii_digit() {
                if !run.push(text.at(at)) {
                    // Longer than any number we know: nobody's.
                    run.groups = 0;
                    return run;
                }
                at += 1;
            }
            let separator = text.at(at);
            let goes_on = goes_on(text, at);
            // `555-0143x12`: the mark of an extension ends a group too.
            let extension = run.len >= 7 && text.folded_at(at) == 'x' && text.at(at + 1).is_ascii_digit();
            let ended = extension || !text.at(at).is_ascii_alphabetic();
            if !run.cut(
                Cut { count: run.len, end: at, separator: if goes_on { separator } else { '\0' } },
                ended,
            ) || !goes_on
            {
                return run;
            }
            at += 1;
            if separator == ')' && !text.at(at).is_ascii_digit() {
                at += 1;
            }
        }
    }

    fn push(&mut self, digit: char) -> bool {
        match (self.digits.get_mut(self.len), u8::try_from(digit)) {
            (Some(place), Ok(digit)) => {
                *place = digit;
                self.len += 1;
                true
            }
            _ => false,
        }
    }

    fn cut(&mut self, cut: Cut, ended: bool) -> bool {
        let Some(place) = self.cuts.get_mut(self.groups) else { return false };
        if ended {
            *place = cut;
            self.groups += 1;
        }
        ended
    }

    /// All digits read.
    pub fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    /// The first so many digits.
    pub fn first(&self, count: usize) -> &[u8] {
        self.digits.get(..count.min(self.len)).unwrap_or_default()
    }

    /// The ends of the groups, in order.
    pub fn cuts(&self) -> &[Cut] {
        self.cuts.get(..self.groups).unwrap_or_default()
    }

    /// Where the first `count` digits end, if a group ends there.
    pub fn end_at(&self, count: usize) -> Option<usize> {
        self.cuts().iter().find(|cut| cut.count == count).map(|cut| cut.end)
    }

    /// True if the groups up to `count` digits are parted by blanks and hyphens only.
    pub fn plain_to(&self, count: usize) -> bool {
        self.cuts().iter().take_while(|cut| cut.count < count).all(|cut| matches!(cut.separator, ' ' | '-'))
    }

    /// The lengths of the groups up to `count` digits.
    pub fn shape(&self, count: usize) -> Shape {
        let mut shape = Shape { groups: [0; GROUPS], len: 0 };
        let mut before = 0;
        let cuts = self.cuts().iter().take_while(|cut| cut.count <= count);
        for (cut, group) in cuts.zip(shape.groups.iter_mut()) {
            *group = cut.count - before;
            before = cut.count;
            shape.len += 1;
        }
        shape
    }

    /// The whole run, if it ends at a group.
    pub fn whole(&self) -> Option<Cut> {
        self.cuts().last().copied().filter(|cut| cut.count == self.len)
    }
}
