//! Fonts that files refer to and do not hold.
//!
//! The fourteen standard fonts have stand-ins in the program. Chinese, Japanese and Korean fonts do not: one
//! has some megabytes. Without one the text is read all the same, from the tables of codes; but a page
//! cannot be drawn as it is meant, and is not redacted.

use std::fmt;
use std::sync::Arc;

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

    /// True if pages that refer to Chinese, Japanese or Korean fonts can be drawn.
    pub(crate) fn has_wide(&self) -> bool {
        self.wide.is_some()
    }

    /// Settings of the interpreter that take fonts from here alone: never from the machine.
    pub(crate) fn settings(&self) -> InterpreterSettings {
        let wide = self.wide.clone();
        InterpreterSettings {
            font_resolver: Arc::new(move |query| match query {
                FontQuery::Standard(standard) => Some(standard.get_font_data()),
                FontQuery::Fallback(query) => {
                    let family = query.character_collection.as_ref().map(|collection| &collection.family);
                    match (is_wide(family), &wide) {
                        (true, Some(wide)) => Some((wide.clone(), 0)),
                        _ => Some(query.pick_standard_font().get_font_data()),
                    }
                }
            }),
            ..InterpreterSettings::default()
        }
    }
}

fn is_wide(family: Option<&CidFamily>) -> bool {
    matches!(
        family,
        Some(CidFamily::AdobeGB1 | CidFamily::AdobeCNS1 | CidFamily::AdobeJapan1 | CidFamily::AdobeKorea1)
    )
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fonts").field("has_wide", &self.has_wide()).finish()
    }
}
