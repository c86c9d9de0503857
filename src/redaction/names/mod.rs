//! Names of people and organisations, and addresses: found by two small models that are
//! compiled in, one for Chinese in both scripts, one for English.

pub mod en;
pub mod hash;
pub mod lexicon;
pub mod model;
pub mod rules;
pub mod zh;

use super::find::Scene;
use super::kind::Kind;
use super::span::Span;
use hash::Features;
use lexicon::Lexicon;
use model::{Model, Scores};

/// Most places that are decoded at a time.
const CHUNK: usize = 16_384;

/// The models and lexicons of one edition.
pub struct Models<'a> {
    /// Chinese.
    pub zh: Option<Model<'a>>,
    /// English.
    pub en: Option<Model<'a>>,
    /// Chinese words and names.
    pub zh_words: Lexicon<'a>,
    /// English words and names.
    pub en_words: Lexicon<'a>,
    /// Added to the score of "no name", Chinese: below zero more is found.
    pub zh_outside: f32,
    /// The same for English.
    pub en_outside: f32,
}

/// The names in a scene.
pub fn find(scene: &Scene<'_>, models: &Models<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    for (start, end, chinese) in stretches(scene) {
        if chinese {
            chinese_names(scene, models, start, end, &mut spans);
        } else {
            english_names(scene, models, start, end, &mut spans);
        }
    }
    rules::veto(scene, &mut spans);
    rules::refine(scene, models, &mut spans);
    rules::labelled(scene, models, &mut spans);
    spans
}

/// True if a Chinese name begins with a surname of two characters: 欧阳, 司马.
pub fn is_double_surname(name: &[char]) -> bool {
    const DOUBLE: &str = "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 司徒 端木 东方 南宫 令狐 慕容 轩辕 公孙 宇文 长孙 独孤 呼延 闻人 澹台 公冶 宗政 濮阳 申屠 太叔 钟离 赫连 拓跋";
    let head: String = name.iter().take(2).map(|c| crate::base::text::simplified(*c)).collect();
    DOUBLE.split(' ').any(|surname| surname == head)
}

/// Cuts the text where the language changes: whole lines, at most `CHUNK` characters each,
/// cut at a line's end where there is one.
pub fn stretches(scene: &Scene<'_>) -> Vec<(usize, usize, bool)> {
    let text = scene.text;
    let mut stretches: Vec<(usize, usize, bool)> = Vec::new();
    let mut start = 0;
    let mut chinese_before = scene.chinese;
    while start < text.len() {
        let most = (start + CHUNK).min(text.len());
        let end = (start..most).find(|p| text.at(*p) == '\n').map_or(most, |p| p + 1);
        let (mut han, mut words, mut inside) = (0usize, 0usize, false);
        for c in text.slice(start, end) {
            let letter = c.is_ascii_alphabetic();
            words += usize::from(letter && !inside);
            inside = letter;
            han += usize::from(crate::base::text::is_han(*c));
        }
        let chinese = if han > 0 {
            han * 3 >= words
        } else if scene.chinese {
            words < 5 && chinese_before || words < 3
        } else {
            false
        };
        chinese_before = if han + words == 0 { chinese_before } else { chinese };
        let chinese =
            if han + words == 0 { stretches.last().map_or(scene.chinese, |last| last.2) } else { chinese };
        match stretches.last_mut() {
            Some(last) if last.2 == chinese && end - last.0 <= CHUNK => last.1 = end,
            _ => stretches.push((start, end, chinese)),
        }
        start = end;
    }
    stretches
}

fn chinese_names(scene: &Scene<'_>, models: &Models<'_>, start: usize, end: usize, spans: &mut Vec<Span>) {
    let Some(model) = &models.zh else { return };
    let places = zh::Places::new(scene, start, end, models.zh_words, models.en_words);
    let mut features = Features::default();
    let mut scores: Vec<Scores> = Vec::with_capacity(places.len());
    for (i, active) in places.active().into_iter().enumerate() {
        if active {
            places.features(i, &mut features);
            scores.push(model.scores(&features));
        } else {
            scores.push(model::NO_NAME);
        }
    }
    let labels = model.decode(&mut scores, models.zh_outside);
    for found in model::names(&labels, &scores) {
        let kind = match found.sort {
            0 => Kind::Person,
            1 => Kind::Address,
            _ => Kind::Organization,
        };
        spans.push(Scene::span(
            start + found.start,
            start + found.end,
            kind,
            confidence(found.margin),
            "model-zh",
        ));
    }
}

fn english_names(scene: &Scene<'_>, models: &Models<'_>, start: usize, end: usize, spans: &mut Vec<Span>) {
    let Some(model) = &models.en else { return };
    let places = en::Places::new(scene, start, end, models.en_words);
    let mut features = Features::default();
    let mut scores: Vec<Scores> = Vec::with_capacity(places.tokens().len());
    for i in 0..places.tokens().len() {
        places.features(i, &mut features);
        scores.push(model.scores(&features));
    }
    let labels = model.decode(&mut scores, models.en_outside);
    let tokens = places.tokens();
    for found in model::names(&labels, &scores) {
        let (Some(first), Some(last)) = (tokens.get(found.start), tokens.get(found.end - 1)) else {
            continue;
        };
        let digits = scene.text.slice(first.start, last.end).iter().any(char::is_ascii_digit);
        let kind = match found.sort {
            0 => Kind::Person,
            1 if digits => Kind::Address,
            1 => Kind::Location,
            _ => Kind::Organization,
        };
        spans.push(Scene::span(first.start, last.end, kind, confidence(found.margin), "model-en"));
    }
}

/// A margin as a number from 30 to 80: names are never surer than what a check digit proves.
fn confidence(margin: f32) -> u8 {
    let sure = 1.0 / (1.0 + (-margin * 0.5).exp());
    30 + (sure * 50.0) as u8
}
