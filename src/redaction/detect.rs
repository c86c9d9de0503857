//! The pipeline: normalise, read structure, find identifiers, find names, settle overlaps.

use std::sync::LazyLock;

use super::find::scene::CellOf as Cell;
use super::find::{self, Scene};
use super::kind::Kind;
use super::known::Subjects;
use super::labels::{self, Hit};
use super::names::lexicon::Lexicon;
use super::names::model::Model;
use super::names::{self, Models};
use super::normal::Text;
use super::span::{Span, resolve};
use super::structure;

/// Tuned on held-out text for recall (F2): what "no name" gains, Chinese.
const ZH_OUTSIDE: f32 = -0.2;
/// The same for English.
const EN_OUTSIDE: f32 = -0.9;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether names, organisations and addresses are looked for (the slow part).
    pub names: bool,
    /// Whether ages, sums of money and reference numbers are looked for: they name nobody.
    pub traces: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { names: true, traces: false }
    }
}

/// Every piece of personal data in the text, sorted, none overlapping another.
pub fn detect(original: &str, settings: &Settings) -> Vec<Span> {
    detect_known(original, settings, &Subjects::default())
}

/// As [`detect`], with the parties of the case known.
pub fn detect_known(original: &str, settings: &Settings, subjects: &Subjects) -> Vec<Span> {
    let text = Text::new(original);
    let (hits, cells, chinese) = scene_parts(&text);
    let scene = Scene::new(&text, &hits, &cells, chinese);
    let mut spans = find::identifiers(&scene);
    if settings.traces {
        spans.extend(find::traces::find(&scene));
    }
    if settings.names {
        spans.extend(names::find(&scene, models()));
        spans.extend(subjects.find(&text));
    }
    let mut spans = resolve(spans);
    if settings.names {
        let mentions = names::rules::mentions(&scene, models(), &spans);
        spans.extend(mentions);
        spans = resolve(spans);
    }
    // A log with one Chinese name in it follows Chinese usage.
    let any_han = text.han() > 0;
    spans
        .into_iter()
        .map(|span| {
            let (start, end) = text.original(span.start, span.end);
            Span { start, end, kind: in_language(span.kind, any_han), ..span }
        })
        .collect()
}

/// What a scene is made of, besides its text: labels, cells, and whether it is mainly Chinese.
pub fn scene_parts(text: &Text) -> (Vec<Hit>, Vec<Cell>, bool) {
    let hits = labels::find(text);
    let cells = structure::cells(text, &hits);
    (hits, cells, is_chinese(text))
}

/// Bytes on whole cache lines: a feature's bucket is then read at one blow.
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

static ZH_MODEL: &Aligned<[u8]> = &Aligned(*include_bytes!("models/zh.model"));
static EN_MODEL: &Aligned<[u8]> = &Aligned(*include_bytes!("models/en.model"));
static ZH_WORDS: &Aligned<[u8]> = &Aligned(*include_bytes!("models/zh.words"));
static EN_WORDS: &Aligned<[u8]> = &Aligned(*include_bytes!("models/en.words"));

/// The edition that is compiled in.
fn models() -> &'static Models<'static> {
    static MODELS: LazyLock<Models<'static>> = LazyLock::new(|| Models {
        zh: Model::read(&ZH_MODEL.0),
        en: Model::read(&EN_MODEL.0),
        zh_words: Lexicon::new(&ZH_WORDS.0),
        en_words: Lexicon::new(&EN_WORDS.0),
        zh_outside: ZH_OUTSIDE,
        en_outside: EN_OUTSIDE,
    });
    &MODELS
}

/// True if Han characters are a fifth of the letters at least.
fn is_chinese(text: &Text) -> bool {
    text.han() > 0 && text.han() * 4 >= text.latin()
}

/// Types that only one language tells apart: an English text has identity numbers, a Chinese
/// one has accounts, by one name each.
const fn in_language(kind: Kind, chinese: bool) -> Kind {
    match kind {
        Kind::IdCard
        | Kind::TravelPermit
        | Kind::MilitaryId
        | Kind::HealthCard
        | Kind::SocialSecurity
        | Kind::DriverFile
        | Kind::CaseNo
            if !chinese =>
        {
            Kind::IdNumber
        }
        Kind::DateOfBirth if !chinese => Kind::Date,
        Kind::BankAccount if chinese => Kind::PaymentCard,
        _ => kind,
    }
}

#[cfg(test)]
mod tests;
