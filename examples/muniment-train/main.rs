//! Trains the name models that are compiled into the engine.
//!
//! ```text
//! muniment-train --packages DIR --carriers DIR --out src/redaction/models [--dev DIR] [--hold-out] [--only zh|en]
//! ```
//! `--packages` holds word lists and name statistics as their packages ship them, `--carriers`
//! running text; `docs/models.md` says which, under which licences, and how to fetch them. The
//! same inputs make the same bytes. With `--hold-out` half of the marked texts is kept from
//! training and written to `held-out-*.jsonl` in the output directory, for measuring.
#![allow(
    clippy::all,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    reason = "a program of the workshop: a wrong input must stop it"
)]

mod crf;
mod draw;
mod gen_en;
mod gen_zh;
mod lexicons;
mod sources;
mod template;
mod values_en;
mod values_zh;

use std::fs;
use std::path::PathBuf;

use muniment::redaction::detect::scene_parts;
use muniment::redaction::find::Scene;
use muniment::redaction::names::hash::Features;
use muniment::redaction::names::lexicon::Lexicon;
use muniment::redaction::names::{en, stretches, zh};
use muniment::redaction::normal::Text;

use crf::{Options, Sequence};
use draw::Draw;
use sources::{Marked, Sources};

struct Arguments {
    sources: Sources,
    out: PathBuf,
    dev: Option<PathBuf>,
    hold_out: bool,
    only: Option<String>,
    small: bool,
    drop: Option<f32>,
    epochs: Option<usize>,
}

fn arguments() -> Arguments {
    let all: Vec<String> = std::env::args().collect();
    let value = |name: &str| all.iter().position(|a| a == name).and_then(|at| all.get(at + 1)).cloned();
    Arguments {
        sources: Sources {
            packages: value("--packages").expect("--packages DIR").into(),
            carriers: value("--carriers").expect("--carriers DIR").into(),
        },
        out: value("--out").expect("--out DIR").into(),
        dev: value("--dev").map(PathBuf::from),
        hold_out: all.iter().any(|a| a == "--hold-out"),
        only: value("--only"),
        drop: value("--drop").and_then(|text| text.parse().ok()),
        epochs: value("--epochs").and_then(|text| text.parse().ok()),
        small: all.iter().any(|a| a == "--small"),
    }
}

fn main() {
    let arguments = arguments();
    fs::create_dir_all(&arguments.out).unwrap();
    let zh_values = values_zh::ValuesZh::new(&arguments.sources);
    let en_values = values_en::ValuesEn::new(&arguments.sources);
    let zh_words = lexicons::chinese(&arguments.sources, &zh_values);
    let en_words = lexicons::english(&arguments.sources, &en_values, &arguments.out);
    fs::write(arguments.out.join("zh.words"), &zh_words).unwrap();
    fs::write(arguments.out.join("en.words"), &en_words).unwrap();
    let wanted = |name: &str| arguments.only.as_deref().is_none_or(|only| only == name);
    let lexicons = (Lexicon::new(&zh_words), Lexicon::new(&en_words));
    let mut zh_texts = Vec::new();
    let mut en_texts = Vec::new();
    if wanted("zh") {
        zh_texts = chinese_corpus(&arguments, &zh_values);
    }
    if wanted("en") {
        en_texts = english_corpus(&arguments, &en_values);
    }
    if wanted("zh") {
        let sequences = sequences(&zh_texts, lexicons, true);
        report("zh", &sequences);
        let bytes = crf::train(
            sequences,
            &Options {
                epochs: arguments.epochs.unwrap_or(6),
                rate: 0.12,
                least_count: 3,
                buckets: 1 << 16,
                decay: 2e-5,
                drop: arguments.drop.unwrap_or(0.15),
            },
        );
        fs::write(arguments.out.join("zh.model"), bytes).unwrap();
    }
    if wanted("en") {
        let sequences = sequences(&en_texts, lexicons, false);
        report("en", &sequences);
        let bytes = crf::train(
            sequences,
            &Options {
                epochs: arguments.epochs.unwrap_or(14),
                rate: 0.12,
                least_count: 2,
                buckets: 1 << 16,
                decay: 2e-5,
                drop: arguments.drop.unwrap_or(0.35),
            },
        );
        fs::write(arguments.out.join("en.model"), bytes).unwrap();
    }
}

fn report(name: &str, sequences: &[Sequence]) {
    let places: usize = sequences.iter().map(|sequence| sequence.gold.len()).sum();
    let named: usize =
        sequences.iter().flat_map(|sequence| &sequence.gold).filter(|label| **label != 0).count();
    eprintln!("{name}: {} sequences, {places} places, {named} of them in names", sequences.len());
}

/// Keeps half of the texts out of training, if so asked, and writes them down for measuring.
fn held_out(arguments: &Arguments, name: &str, texts: Vec<Marked>, lines: &str) -> Vec<Marked> {
    if !arguments.hold_out {
        return texts;
    }
    let kept = |i: usize| (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 63 == 0;
    let held: Vec<&str> =
        lines.lines().enumerate().filter(|(i, _)| !kept(*i)).map(|(_, line)| line).collect();
    fs::write(arguments.out.join(format!("held-out-{name}.jsonl")), held.join("\n") + "\n").unwrap();
    texts.into_iter().enumerate().filter(|(i, _)| kept(*i)).map(|(_, text)| text).collect()
}

fn chinese_corpus(arguments: &Arguments, values: &values_zh::ValuesZh) -> Vec<Marked> {
    let mut draw = Draw::new(2024);
    let statutes: Vec<String> =
        arguments.sources.marked("statutes-zh.jsonl").into_iter().map(|marked| marked.text).collect();
    // Every tenth statute is never seen, so that over-redaction can be measured on them.
    let seen: Vec<String> =
        statutes.iter().enumerate().filter(|(i, _)| i % 10 != 0).map(|(_, text)| text.clone()).collect();
    let generator = gen_zh::GenZh::new(values, &seen);
    let scale = if arguments.small { 4 } else { 1 };
    let mut texts: Vec<Marked> = (0..16_000 / scale).map(|_| generator.document(&mut draw)).collect();
    texts.extend((0..3_000 / scale).map(|_| generator.clean(&mut draw)));
    texts.extend(seen.iter().enumerate().filter(|(i, _)| i % scale == 0).map(|(_, text)| Marked {
        text: text.clone(),
        spans: Vec::new(),
        source: "statute".to_owned(),
    }));
    let carriers = arguments.sources.marked("uner-zh-simp.jsonl");
    for carrier in &carriers {
        let named = carrier.spans.iter().any(|(_, _, kind)| kind == "PERSON");
        for _ in 0..if named { 3 } else { 0 } {
            texts.push(gen_zh::exchanged(carrier, values, &mut draw));
        }
    }
    texts.extend(carriers);
    if let Some(dev) = &arguments.dev {
        let path = dev.join("zh-dev.jsonl");
        let marked = sources::marked(&path);
        let kept = held_out(arguments, "zh", marked, &fs::read_to_string(&path).unwrap());
        for text in &kept {
            texts.push(gen_zh::exchanged(text, values, &mut draw));
        }
        texts.extend(kept);
    }
    texts
}

fn english_corpus(arguments: &Arguments, values: &values_en::ValuesEn) -> Vec<Marked> {
    let mut draw = Draw::new(4202);
    let generator = gen_en::GenEn::new(values);
    let scale = if arguments.small { 4 } else { 1 };
    let mut texts: Vec<Marked> = (0..16_000 / scale).map(|_| generator.document(&mut draw)).collect();
    for file in ["btc-en.jsonl", "wnut17-en.jsonl"] {
        texts.extend(
            arguments
                .sources
                .marked(file)
                .into_iter()
                .enumerate()
                .filter(|(i, _)| i % scale == 0)
                .map(|(_, text)| text),
        );
    }
    if let Some(dev) = &arguments.dev {
        let path = dev.join("en-dev.jsonl");
        let kept = held_out(arguments, "en", sources::marked(&path), &fs::read_to_string(&path).unwrap());
        for text in kept {
            // Real prose weighs more than records made by a few templates.
            let real = ["tab", "wikigold", "uner_ewt", "sec_filings"].contains(&text.source.as_str());
            if real {
                texts.push(text.clone());
                texts.push(text.clone());
            }
            texts.push(text);
        }
    }
    texts
}

/// Features and labels of every text, by the engine's own code.
fn sequences(texts: &[Marked], lexicons: (Lexicon<'_>, Lexicon<'_>), chinese: bool) -> Vec<Sequence> {
    let mut sequences = Vec::new();
    let mut features = Features::default();
    for marked in texts {
        let text = Text::new(&marked.text);
        if text.original(text.len(), text.len()).0 != text.len() {
            // Positions would differ; such texts are few.
            continue;
        }
        let (hits, cells, is_chinese) = scene_parts(&text);
        let scene = Scene::new(&text, &hits, &cells, is_chinese);
        for (start, end, stretch_chinese) in stretches(&scene) {
            if stretch_chinese != chinese {
                continue;
            }
            let mut sequence = Sequence { hashes: Vec::new(), ends: Vec::new(), gold: Vec::new() };
            if chinese {
                let places = zh::Places::new(&scene, start, end, lexicons.0, lexicons.1);
                for i in 0..places.len() {
                    places.features(i, &mut features);
                    sequence.hashes.extend(features.all());
                    sequence.ends.push(sequence.hashes.len() as u32);
                }
                let positions: Vec<(usize, usize)> = (start..end).map(|p| (p, p + 1)).collect();
                sequence.gold = labels(&positions, &marked.spans, true);
            } else {
                let places = en::Places::new(&scene, start, end, lexicons.1);
                for i in 0..places.tokens().len() {
                    places.features(i, &mut features);
                    sequence.hashes.extend(features.all());
                    sequence.ends.push(sequence.hashes.len() as u32);
                }
                let positions: Vec<(usize, usize)> =
                    places.tokens().iter().map(|token| (token.start, token.end)).collect();
                sequence.gold = labels(&positions, &marked.spans, false);
            }
            sequences.push(sequence);
        }
    }
    sequences
}

fn labels(positions: &[(usize, usize)], spans: &[(usize, usize, String)], chinese: bool) -> Vec<u8> {
    let mut gold = vec![0u8; positions.len()];
    for (start, end, kind) in spans {
        let sort = match kind.as_str() {
            "PERSON" => 0,
            "ADDRESS" => 1,
            "LOCATION" if !chinese => 1,
            "ORGANIZATION" => 2,
            _ => continue,
        };
        let first = positions.partition_point(|(_, place_end)| place_end <= start);
        let last = positions.partition_point(|(place_start, _)| place_start < end);
        if first >= last || gold[first..last].iter().any(|label| *label != 0) {
            continue;
        }
        let base = 1 + 4 * sort;
        if last - first == 1 {
            gold[first] = base + 3;
        } else {
            gold[first..last].fill(base + 1);
            gold[first] = base;
            gold[last - 1] = base + 2;
        }
    }
    gold
}
