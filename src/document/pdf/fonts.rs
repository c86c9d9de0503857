//! Fonts that files refer to and do not hold.
//!
//! The fourteen standard fonts have stand-ins in the program. Chinese, Japanese and Korean fonts do not: one
//! has some megabytes. Without one the text is read all the same, from the tables of codes; but a page
//! cannot be drawn as it is meant, and is not redacted.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use hayro_interpret::InterpreterSettings;
use hayro_interpret::font::{FontData, FontQuery};
use hayro_interpret::hayro_cmap::CidFamily;

/// The fonts that stand in.
#[derive(Clone, Default)]
pub struct Fonts {
    wide: Option<FontData>,
}

impl Fonts {
    /// The standard fonts alone.
    pub fn standard() -> Self {
        Self::default()
    }

    /// The standard fonts, and a TrueType or OpenType font with Chinese, Japanese or Korean characters.
    pub fn with(wide: Vec<u8>) -> Self {
        Self { wide: Some(Arc::new(wide)) }
    }

    /// Settings of the interpreter that take fonts from here alone, never from the machine. What stands in is
    /// written down in `stand_ins`.
    pub(crate) fn settings(&self, stand_ins: &StandIns) -> InterpreterSettings {
        let wide = self.wide.clone();
        let stand_ins = stand_ins.clone();
        InterpreterSettings {
            font_resolver: Arc::new(move |query| match query {
                FontQuery::Standard(standard) => Some(stand_ins.add(standard.get_font_data())),
                FontQuery::Fallback(query) => {
                    let family = query.character_collection.as_ref().map(|collection| &collection.family);
                    match wide.clone().filter(|_| is_wide(family)) {
                        Some(wide) => Some((wide, 0)),
                        None => Some(stand_ins.add(query.pick_standard_font().get_font_data())),
                    }
                }
            }),
            ..InterpreterSettings::default()
        }
    }
}

/// The standard fonts that stood in for others, by where their bytes lie in memory.
#[derive(Clone, Default)]
pub(crate) struct StandIns(Arc<Mutex<BTreeSet<usize>>>);

impl StandIns {
    fn add(&self, font: (FontData, u32)) -> (FontData, u32) {
        if let Ok(mut known) = self.0.lock() {
            known.insert(place(&font.0));
        }
        font
    }

    /// True if a font is one of them.
    pub(crate) fn has(&self, font: &FontData) -> bool {
        self.0.lock().is_ok_and(|known| known.contains(&place(font)))
    }
}

fn place(font: &FontData) -> usize {
    (**font).as_ref().as_ptr().addr()
}

fn is_wide(family: Option<&CidFamily>) -> bool {
    matches!(
        family,
        Some(CidFamily::AdobeGB1 | CidFamily::AdobeCNS1 | CidFamily::AdobeJapan1 | CidFamily::AdobeKorea1)
    )
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fonts").field("has_wide", &self.wide.is_some()).finish()
    }
}
