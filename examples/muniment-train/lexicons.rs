//! Makes the word lists that the features look at.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use muniment::base::text::fold;
use muniment::redaction::names::{en, lexicon, zh};

use crate::draw::Draw;
use crate::sources::{Sources, Vectors};
use crate::values_en::{ORGANISATION_WORDS, STREET_WORDS, TITLE_WORDS, ValuesEn};
use crate::values_zh::{ValuesZh, simplify};

const ZH_SLOTS: usize = 1 << 17;
const EN_SLOTS: usize = 1 << 18;

pub fn chinese(sources: &Sources, values: &ValuesZh) -> Vec<u8> {
    let mut bits: HashMap<String, u32> = HashMap::new();
    let mut weight: HashMap<String, u32> = HashMap::new();
    let surnames: std::collections::HashSet<&str> =
        values.surnames().iter().map(|(name, _)| name.as_str()).collect();
    for (word, frequency, part) in sources.jieba() {
        let count = word.chars().count();
        if !(2..=6).contains(&count) || !word.chars().all(muniment::base::text::is_han) {
            continue;
        }
        let first: String = word.chars().take(1).collect();
        let class = match part.as_str() {
            // Many idioms are marked as names; those that look like one are kept.
            "nr" | "nrfg" if count <= 3 && surnames.contains(first.as_str()) => zh::PERSON,
            "nr" | "nrfg" => zh::COMMON,
            "nrt" => zh::FOREIGN,
            "ns" => zh::PLACE,
            "nt" => zh::ORGANISATION,
            _ => zh::COMMON,
        };
        let bucket = match frequency {
            0..=9 => 0,
            10..=99 => 1,
            100..=999 => 2,
            _ => 3,
        };
        let word = simplify(&word);
        *bits.entry(word.clone()).or_default() |= class | bucket << zh::FREQUENCY;
        let keep = match class {
            zh::COMMON => frequency,
            zh::PLACE => frequency.max(60),
            _ => frequency.max(8),
        };
        let entry = weight.entry(word).or_default();
        *entry = (*entry).max(keep);
    }
    for parts in sources.divisions() {
        for part in parts {
            let short = part.trim_end_matches(['省', '市', '区', '县']).to_owned();
            for name in [part, short] {
                if (2..=6).contains(&name.chars().count()) {
                    *bits.entry(name.clone()).or_default() |= zh::PLACE;
                    weight.insert(name, 1000);
                }
            }
        }
    }
    for (name, share) in values.surnames() {
        let bucket = if *share >= 1.0 {
            3
        } else if *share >= 0.25 {
            2
        } else {
            1
        };
        let entry = bits.entry(name.clone()).or_default();
        *entry = *entry & !(3 << zh::SURNAME) | (bucket.max(*entry >> zh::SURNAME & 3) << zh::SURNAME);
        weight.insert(name.clone(), 100_000);
    }
    let mut first: HashMap<char, usize> = HashMap::new();
    let mut last: HashMap<char, usize> = HashMap::new();
    for given in values.given() {
        let chars: Vec<char> = given.chars().collect();
        if let Some(c) = chars.first().filter(|_| chars.len() > 1) {
            *first.entry(*c).or_default() += 1;
        }
        if let Some(c) = chars.last() {
            *last.entry(*c).or_default() += 1;
        }
    }
    for (counts, shift) in [(first, zh::GIVEN_FIRST), (last, zh::GIVEN_LAST)] {
        for (c, count) in counts {
            let bucket = if count >= 200 {
                3
            } else if count >= 40 {
                2
            } else if count >= 8 {
                1
            } else {
                0
            };
            *bits.entry(c.to_string()).or_default() |= bucket << shift;
            weight.insert(c.to_string(), 100_000);
        }
    }
    let mut words: Vec<(u32, String, u32)> =
        bits.into_iter().map(|(word, bits)| (weight.get(&word).copied().unwrap_or(0), word, bits)).collect();
    words.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    words.truncate(ZH_SLOTS * 7 / 10);
    let words: Vec<(Vec<char>, u32)> =
        words.into_iter().map(|(_, word, bits)| (word.chars().collect(), bits)).collect();
    let (bytes, kept) = lexicon::build(&words, ZH_SLOTS);
    eprintln!("zh words: {kept} kept, {} bytes", bytes.len());
    bytes
}

pub fn english(sources: &Sources, values: &ValuesEn, cache: &Path) -> Vec<u8> {
    let mut bits: HashMap<String, u32> = HashMap::new();
    let mut weight: HashMap<String, f32> = HashMap::new();
    let mut add = |word: &str, set: u32, mask: u32, importance: f32| {
        for part in word.split(|c: char| !c.is_alphabetic()) {
            let folded = fold(part);
            if folded.chars().count() < 2 {
                continue;
            }
            let entry = bits.entry(folded.clone()).or_default();
            let old = *entry & mask;
            *entry = *entry & !mask | old.max(set);
            let entry = weight.entry(folded).or_default();
            *entry = entry.max(importance);
        }
    };
    for (shift, files) in
        [(en::GIVEN, &["dist.male.first", "dist.female.first"][..]), (en::SURNAME, &["dist.all.last"][..])]
    {
        for file in files {
            for (rank, (name, share)) in sources.census(file).into_iter().enumerate() {
                if rank > 25_000 {
                    break;
                }
                let bucket = if share >= 0.05 {
                    3
                } else if share >= 0.004 {
                    2
                } else {
                    1
                };
                add(&name, bucket << shift, 3 << shift, 5.0 - rank as f32 / 6000.0);
            }
        }
    }
    for (given, last) in values.world() {
        for name in given {
            add(name, 1 << en::GIVEN, 3 << en::GIVEN, 3.0);
        }
        for name in last {
            add(name, 1 << en::SURNAME, 3 << en::SURNAME, 2.5);
        }
    }
    for (rank, (city, _)) in values.cities().iter().enumerate() {
        add(city, en::CITY, en::CITY, 3.5 - rank as f32 / 10_000.0);
    }
    for name in values.countries().iter().chain(values.states().iter().map(|(_, name)| name)) {
        add(name, en::COUNTRY, en::COUNTRY, 9.0);
    }
    for (words, class) in
        [(ORGANISATION_WORDS, en::ORGANISATION), (STREET_WORDS, en::STREET), (TITLE_WORDS, en::TITLE)]
    {
        for word in words.split_whitespace() {
            add(word, class, class, 9.0);
        }
    }
    if let Some(vectors) = sources.vectors() {
        let (fine, coarse) = clusters(&vectors, cache);
        let mut clustered = 0;
        for (word, row) in &vectors.words {
            let chars = word.chars().count();
            if !(2..=18).contains(&chars) || !word.chars().all(char::is_alphabetic) {
                continue;
            }
            let folded = fold(word);
            let value = (u32::from(fine[*row as usize]) + 1) << en::CLUSTER
                | (u32::from(coarse[*row as usize]) + 1) << en::COARSE;
            *bits.entry(folded.clone()).or_default() |= value;
            // Rows are in order of frequency, which tells which words matter.
            let importance = 6.0 - *row as f32 / 4000.0;
            let entry = weight.entry(folded).or_default();
            *entry = entry.max(importance);
            clustered += 1;
        }
        eprintln!("en words with a cluster: {clustered}");
    }
    let mut words: Vec<(f32, String, u32)> = bits
        .into_iter()
        .map(|(word, bits)| (weight.get(&word).copied().unwrap_or(0.0), word, bits))
        .collect();
    words.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    eprintln!("en words: {}", words.len());
    words.truncate(EN_SLOTS * 3 / 4);
    let words: Vec<(Vec<char>, u32)> =
        words.into_iter().map(|(_, word, bits)| (word.chars().collect(), bits)).collect();
    let (bytes, kept) = lexicon::build(&words, EN_SLOTS);
    eprintln!("en words: {kept} kept, {} bytes", bytes.len());
    bytes
}

/// Two clusterings of the vectors (k-means on the sphere): 900 and 100 clusters.
fn clusters(vectors: &Vectors, cache: &Path) -> (Vec<u16>, Vec<u16>) {
    let path = cache.join("clusters.cache");
    if let Ok(bytes) = fs::read(&path) {
        let numbers: Vec<u16> = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        if numbers.len() == vectors.rows * 2 {
            return (numbers[..vectors.rows].to_vec(), numbers[vectors.rows..].to_vec());
        }
    }
    let mut units = vectors.numbers.clone();
    for row in units.chunks_exact_mut(300) {
        let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
        row.iter_mut().for_each(|x| *x /= norm);
    }
    let fine = k_means(&units, 900, 7);
    let coarse = k_means(&units, 100, 12);
    let bytes: Vec<u8> = fine.iter().chain(&coarse).flat_map(|n| n.to_le_bytes()).collect();
    fs::write(path, bytes).unwrap();
    (fine, coarse)
}

fn k_means(units: &[f32], count: usize, rounds: usize) -> Vec<u16> {
    let rows = units.len() / 300;
    let mut draw = Draw::new(99);
    let mut centres: Vec<f32> = (0..count)
        .flat_map(|_| {
            let row = draw.below(rows);
            units[row * 300..row * 300 + 300].to_vec()
        })
        .collect();
    let mut of = vec![0u16; rows];
    for _ in 0..rounds {
        for (row, place) in units.chunks_exact(300).zip(&mut of) {
            let mut best = (f32::MIN, 0u16);
            for (i, centre) in centres.chunks_exact(300).enumerate() {
                let mut sums = [0.0f32; 10];
                for (a, b) in row.chunks_exact(10).zip(centre.chunks_exact(10)) {
                    for k in 0..10 {
                        sums[k] += a[k] * b[k];
                    }
                }
                let dot: f32 = sums.iter().sum();
                if dot > best.0 {
                    best = (dot, i as u16);
                }
            }
            *place = best.1;
        }
        centres = vec![0.0; count * 300];
        for (row, place) in units.chunks_exact(300).zip(&of) {
            let centre = &mut centres[*place as usize * 300..*place as usize * 300 + 300];
            centre.iter_mut().zip(row).for_each(|(c, x)| *c += x);
        }
        for centre in centres.chunks_exact_mut(300) {
            let norm = centre.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
            centre.iter_mut().for_each(|x| *x /= norm);
        }
    }
    of
}
