//! Text to measure with: what service records say, put together anew for each number. Clauses come from
//! the demonstration, so that words and their frequencies are those of such records; the pieces between
//! are cut at random, so that pairs of characters do not repeat as often as whole clauses do.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// Where clauses come from.
const SOURCES: [&str; 14] = [
    include_str!("../demo/cases/01-linjiang-quality.toml"),
    include_str!("../demo/cases/02-yuanshan-delivery.toml"),
    include_str!("../demo/cases/03-qinghe-crm.toml"),
    include_str!("../demo/cases/04-yinhe-analysis.toml"),
    include_str!("../demo/cases/05-haidao-newsletter.toml"),
    include_str!("../demo/cases/06-northfield-migration.toml"),
    include_str!("../demo/cases/07-yunduan-backup.toml"),
    include_str!("../demo/cases/08-riverside-billing.toml"),
    include_str!("../demo/cases/09-yuanshan-outage.toml"),
    include_str!("../demo/cases/10-yinhe-install.toml"),
    include_str!("../demo/cases/11-linjiang-operations.toml"),
    include_str!("../demo/cases/12-riverside-access.toml"),
    include_str!("../demo/cases/13-haidao-store.toml"),
    include_str!("../demo/cases/14-qinghe-portal.toml"),
];

/// Runs of Chinese characters of at least two.
static CLAUSES: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    SOURCES
        .iter()
        .flat_map(|text| text.split(move |c| !is_han(c)))
        .map(|clause| clause.chars().collect::<Vec<_>>())
        .filter(|clause| clause.len() >= 2)
        .collect()
});

/// A repeatable sequence of numbers (splitmix64): measurements need variety, not randomness.
pub struct Sequence(u64);

impl Sequence {
    /// The sequence that belongs to `number`.
    pub fn of(number: u64) -> Self {
        Self(number.wrapping_mul(0xA24B_AED4_963E_E407))
    }

    /// The next number below `end`, which is not zero.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((bits ^ (bits >> 31)) % (end.max(1) as u64)).unwrap_or(0)
    }
}

/// The text of record `number`: `bytes` of it, give or take a character.
pub fn record(number: u64, bytes: usize) -> String {
    let mut sequence = Sequence::of(number);
    let mut text = String::with_capacity(bytes + 64);
    // Writing to a String does not fail.
    writeln!(text, "工单 SQ-2026-{number:06}").expect("memory takes it");
    let mut parts = 0_usize;
    while text.len() < bytes {
        parts += 1;
        let clause = clause(&mut sequence);
        match sequence.below(8) {
            0 => write!(text, "{}", 1_000 + sequence.below(899_000)).expect("memory takes it"),
            1 => text.push_str(WORDS.get(sequence.below(WORDS.len())).copied().unwrap_or_default()),
            2..=4 => {
                let start = sequence.below(clause.len());
                text.extend(clause.iter().skip(start).take(2 + sequence.below(3)));
            }
            _ => text.extend(clause),
        }
        match (parts % 5, parts % 17, parts % 60) {
            (_, _, 0) => text.push_str("。\n\n"),
            (_, 0, _) => text.push('。'),
            (0, _, _) => text.push('，'),
            _ => {}
        }
    }
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
    text
}

/// A Chinese word that such records say.
pub fn word(sequence: &mut Sequence) -> String {
    let clause = clause(sequence);
    let start = sequence.below(clause.len().saturating_sub(1));
    clause.iter().skip(start).take(2).collect()
}

/// An entry of a processing log, as a line of JSON.
pub fn entry(number: u64) -> String {
    let mut sequence = Sequence::of(number);
    let pick = |sequence: &mut Sequence, from: &[&'static str]| {
        from.get(sequence.below(from.len())).copied().unwrap_or_default()
    };
    let (operation, purpose) = (pick(&mut sequence, &OPERATIONS), pick(&mut sequence, &PURPOSES));
    let (category, system) = (pick(&mut sequence, &CATEGORIES), pick(&mut sequence, &SYSTEMS));
    let second = number % 86_400;
    format!(
        "{{\"at\":\"2026-03-{:02}T{:02}:{:02}:{:02}+08:00\",\"operation\":\"{operation}\",\"purpose\":\"{purpose}\",\
         \"data_category\":\"{category}\",\"system\":\"{system}\",\"actor\":\"job-{}\",\"subject\":\"C-{:06}\",\
         \"authorization\":\"AUTH-2026-{:03}\"}}\n",
        1 + number / 86_400 % 28,
        second / 3600,
        second / 60 % 60,
        second % 60,
        sequence.below(20),
        sequence.below(200_000),
        sequence.below(40),
    )
}

fn clause(sequence: &mut Sequence) -> &'static [char] {
    CLAUSES.get(sequence.below(CLAUSES.len())).map_or(&['档', '案'], Vec::as_slice)
}

const WORDS: [&str; 8] =
    ["CRM", "ticket", "backup", "export", "2026-03-01", "v2.4", "S3-cold", "authorization"];
const OPERATIONS: [&str; 6] = ["collect", "store", "use", "transmit", "provide", "delete"];
const PURPOSES: [&str; 5] = ["客服质检", "故障排查", "数据迁移", "到期清理", "账单核对"];
const CATEGORIES: [&str; 4] = ["联系方式", "通话录音", "订单信息", "日志"];
const SYSTEMS: [&str; 4] = ["CRM", "呼叫中心", "数据仓库", "工单系统"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_the_length_that_is_asked_for_and_differ() {
        for bytes in [40, 1_200, 10_240] {
            let text = record(7, bytes);
            assert!(text.len() <= bytes && text.len() + 4 > bytes, "{} of {bytes}", text.len());
        }
        assert_eq!(record(7, 1_200), record(7, 1_200));
        let behind_the_number = |number| record(number, 1_200).chars().skip(30).collect::<String>();
        assert_ne!(behind_the_number(7), behind_the_number(8));
    }

    #[test]
    fn entries_are_lines_of_json() {
        for number in [0, 86_399, 86_400, 99_999] {
            let entry: serde_json::Value = serde_json::from_str(entry(number).trim_end()).unwrap();
            assert!(crate::base::moment::Moment::parse(entry["at"].as_str().unwrap()).is_ok());
        }
    }

    #[test]
    fn a_word_has_two_characters() {
        let mut sequence = Sequence::of(1);
        assert!((0..100).all(|_| word(&mut sequence).chars().count() == 2));
    }
}
