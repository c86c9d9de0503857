//! Mutates records without a fuzzer's instrumentation: `mutate SECONDS SEED FILE...`. A line of a file is
//! a record, or a JSON object with its `text`. Prints the first input for which something does not hold.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use muniment_fuzz::hold::{FORMATS, PROFILES, fixed_point, policy, spans};

/// Pieces that recognisers, readers of structure and operators look for.
const PIECES: &[&str] = &[
    "\u{200B}", "\u{AD}", "😀", "\u{301}", "姓名：", "手机：", "身份证号", "证件号码：", "订单号：", "年龄：", "金额￥", "岁", "元", "\n", "\r\n", ",",
    "\"", "\\", "{\"name\":\"", "\"}", "[", "]", "<name>", "</name>", "&#29579;", "&amp;", "=", "+86", "(", ")", "@",
    "::", "-----BEGIN PRIVATE KEY-----", "-----END ", "insert into t (name) values ('", "')", "password=", "eyJ",
    "http://", "[电话]", "[当事人1]", "[token:PHONE:", "[hash:", "~aa", "90+", "40-49", "10000-100000", "***", "字第",
    "民国", "族", "〔2024〕", "京A", "王小明", "John Smith", "13800138000", "110105194912310021", "Ⅻ", "㊣", "１", "İ", "ß",
    "\t", ";", "|", "%40", "ghp_", "年度", "x", "0", "999", "-",
];

struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

fn mutated(draw: &mut Draw, seeds: &[Vec<char>]) -> String {
    let mut text = seeds[draw.below(seeds.len())].clone();
    let from = draw.below(text.len());
    text = text[from..(from + 20 + draw.below(160)).min(text.len())].to_vec();
    for _ in 0..=draw.below(6) {
        let at = draw.below(text.len() + 1);
        match draw.below(6) {
            0 => text.truncate(at),
            1 => {
                let other = &seeds[draw.below(seeds.len())];
                let from = draw.below(other.len());
                let part = &other[from..(from + draw.below(40)).min(other.len())];
                text.splice(at..at, part.iter().copied());
            }
            2 if at < text.len() => {
                let end = (at + 1 + draw.below(8)).min(text.len());
                text.drain(at..end);
            }
            3 if at < text.len() => {
                let end = (at + 1 + draw.below(12)).min(text.len());
                let part = text[at..end].to_vec();
                for _ in 0..=draw.below(4) {
                    text.splice(at..at, part.iter().copied());
                }
            }
            4 if at < text.len() && text[at].is_ascii_digit() => {
                text[at] = char::from(b'0' + draw.below(10) as u8);
            }
            _ => {
                let piece = PIECES[draw.below(PIECES.len())];
                text.splice(at..at, piece.chars());
            }
        }
    }
    text.into_iter().collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(seconds), Some(seed)) = (
        arguments.first().and_then(|word| word.parse().ok()),
        arguments.get(1).and_then(|word| word.parse::<u64>().ok()),
    ) else {
        eprintln!("usage: mutate SECONDS SEED FILE...");
        std::process::exit(2);
    };
    let mut seeds: Vec<Vec<char>> = Vec::new();
    for path in &arguments[2..] {
        for line in std::fs::read_to_string(path).expect("the file can be read").lines() {
            let record = serde_json::from_str::<serde_json::Value>(line).ok();
            let text = record.as_ref().and_then(|record| record["text"].as_str()).unwrap_or(line);
            if !text.is_empty() {
                seeds.push(text.chars().collect());
            }
        }
    }
    seeds.extend(PIECES.iter().map(|piece| piece.chars().collect()));
    let mut draw = Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut cases = 0u64;
    while Instant::now() < end {
        let text = mutated(&mut draw, &seeds);
        let profile = PROFILES[draw.below(PROFILES.len())];
        let format = FORMATS[draw.below(FORMATS.len())];
        let sort = draw.below(8);
        let held = catch_unwind(AssertUnwindSafe(|| match sort {
            0 => policy(&text),
            1 | 2 => spans(&text),
            _ => fixed_point(&text, profile, format),
        }));
        if held.is_err() {
            println!("after {cases} cases, {profile}, {format:?}, sort {sort}: {text:?}");
            std::process::exit(1);
        }
        cases += 1;
    }
    println!("{cases} cases");
}
