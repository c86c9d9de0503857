//! Reads DER (X.690) as far as signatures need it.

/// One element: its tag, its content, and the bytes of both with the length between them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const OBJECT: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// The context-specific, constructed element with number 0.
pub(crate) const CONTEXT_0: u8 = 0xA0;
/// The one with number 1.
pub(crate) const CONTEXT_1: u8 = 0xA1;

/// Elements that follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next element, if it has this tag; otherwise it stays the next one.
    pub(crate) fn read(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.next().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    /// `None` at the end, and where the bytes are no DER: long tags and open lengths among them.
    fn next(&mut self) -> Option<Element<'a>> {
        let (tag, length, rest) = match self.0 {
            [tag, length @ 0..=0x7F, rest @ ..] => (*tag, usize::from(*length), rest),
            [tag, count @ 0x81..=0x84, rest @ ..] => {
                let count = usize::from(count - 0x80);
                let length =
                    rest.get(..count)?.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
                (*tag, length, rest.get(count..)?)
            }
            _ => return None,
        };
        if tag & 0x1F == 0x1F {
            return None;
        }
        let content = rest.get(..length)?;
        let after = rest.get(length..)?;
        let whole = self.0.get(..self.0.len() - after.len())?;
        self.0 = after;
        Some(Element { tag, content, whole })
    }
}

impl<'a> Element<'a> {
    /// What stands in it.
    pub(crate) fn inner(self) -> Elements<'a> {
        Elements(self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_and_what_is_cut_off_is_none() {
        let bytes = [SEQUENCE, 5, INTEGER, 1, 7, OCTETS, 0, SET, 0x81, 1, 9];
        let mut elements = Elements::of(&bytes);
        let mut inner = elements.read(SEQUENCE).unwrap().inner();
        assert!(inner.read(SET).is_none());
        assert_eq!(inner.read(INTEGER).unwrap().content, [7]);
        assert_eq!(inner.read(OCTETS).unwrap().whole, [OCTETS, 0]);
        assert!(inner.next().is_none());
        assert_eq!(elements.next().unwrap().content, [9]);
        assert!(Elements::of(&[SEQUENCE, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 1]).next().is_none());
        assert!(Elements::of(&[SEQUENCE, 0x80, 0, 0]).next().is_none());
    }
}
