//! How likely it is that a decoded text is what somebody wrote.
//!
//! Short Chinese texts decode without a fault in several encodings; only one of the results is
//! made of characters that people use. Each character has a cost (in tenths of a nat, the negative
//! logarithm of how often it is met); the right reading has the smaller sum.

use std::sync::LazyLock;

use crate::base::text::simplified;

/// A character that everybody writes every day.
const COST_EVERYDAY: u8 = 62;
const COST_COMMON: u8 = 78;
/// Level 1 of GB 2312: the 3 755 characters in common use.
const COST_USED: u8 = 100;
/// Level 2 of GB 2312.
const COST_SELDOM: u8 = 133;
const COST_RARE: u8 = 165;
const COST_EXTENSION: u32 = 190;
/// A Traditional form costs a little more than its Simplified one.
const COST_TRADITIONAL: u32 = 7;
/// Private use, controls, noncharacters: nobody writes them.
const COST_NEVER: u32 = 260;

const HAN_FIRST: u32 = 0x4E00;
const HAN_LAST: u32 = 0x9FFF;

/// The most frequent characters, counted in the word list of jieba 0.42.1 (MIT): first the 250
/// that make up half of all text, then, after an empty line, 750 more.
static COMMON: &str = include_str!("common.txt");

/// Characters of the trade, which service records have more often than other texts.
const TRADE: &str = "订单客户授权确认证签署委托投诉退款维修审计档案姓名址邮箱码账号栋幢楼室";

/// Costs of the main Han block, by position.
static HAN_COSTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut costs = vec![COST_RARE; usize::try_from(HAN_LAST - HAN_FIRST + 1).unwrap_or(0)];
    let mut set = |c: char, cost: u8| {
        if let Some(entry) = han_place(c).and_then(|place| costs.get_mut(place)) {
            *entry = cost;
        }
    };
    for (first_row, last_row, cost) in [(0xB0_u8, 0xD7_u8, COST_USED), (0xD8, 0xF7, COST_SELDOM)] {
        for row in first_row..=last_row {
            for cell in 0xA1..=0xFE_u8 {
                let pair = [row, cell];
                if let Some(text) =
                    encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(&pair)
                {
                    text.chars().for_each(|c| set(c, cost));
                }
            }
        }
    }
    let (everyday, common) = COMMON.split_once("\n\n").unwrap_or((COMMON, ""));
    common.chars().for_each(|c| set(c, COST_COMMON));
    everyday.chars().chain(TRADE.chars()).for_each(|c| set(c, COST_EVERYDAY));
    costs
});

fn han_place(c: char) -> Option<usize> {
    usize::try_from((c as u32).checked_sub(HAN_FIRST)?).ok()
}

/// The scripts that a text in some encoding is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scripts {
    Chinese,
    Japanese,
    Korean,
    Western,
    Any,
}

/// What a text costs as the writing of people who use these scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// Tenths of a nat for the whole text.
    pub(super) whole: u64,
    /// Of that, for characters outside ASCII.
    pub(super) wide: u64,
    /// Characters outside ASCII.
    pub(super) wide_chars: u64,
    /// All characters.
    pub(super) chars: u64,
}

impl Cost {
    /// True if the characters outside ASCII are, on average, ones that people use; and, in Western
    /// text, the smaller part: there every byte decodes.
    pub(super) fn is_plausible(&self, scripts: Scripts) -> bool {
        let few = scripts != Scripts::Western || self.wide_chars * 3 <= self.chars;
        few && self.wide <= self.wide_chars.saturating_mul(125)
    }
}

pub(super) fn cost(text: &str, scripts: Scripts) -> Cost {
    let mut cost = Cost { whole: 0, wide: 0, wide_chars: 0, chars: 0 };
    for c in text.chars() {
        let one = u64::from(char_cost(c, scripts));
        cost.whole += one;
        cost.chars += 1;
        if !c.is_ascii() {
            cost.wide += one;
            cost.wide_chars += 1;
        }
    }
    cost
}

fn char_cost(c: char, scripts: Scripts) -> u32 {
    let code = c as u32;
    match code {
        0x09 | 0x0A | 0x0D | 0x20..=0x7E => 33,
        0x00..=0x1F | 0x7F..=0x9F => COST_NEVER,
        0xE000..=0xF8FF | 0xFFF0..=0xFFFF | 0xF0000.. => COST_NEVER,
        HAN_FIRST..=HAN_LAST => han_cost(c, scripts),
        0x3400..=0x4DBF | 0xF900..=0xFAFF | 0x20000..=0x323AF => COST_EXTENSION,
        0x3001 | 0x3002 | 0x300A | 0x300B | 0xFF0C | 0xFF1A | 0xFF1B | 0xFF08 | 0xFF09 | 0xFF1F | 0xFF01 => {
            45
        }
        0x3000..=0x3020 => 60,
        0xFF01..=0xFF5E => 70,
        0x2013 | 0x2014 | 0x2018 | 0x2019 | 0x201C | 0x201D | 0x2022 | 0x2026 | 0xB7 => 55,
        0x20AC | 0xA3 | 0xA5 | 0xA9 | 0xAE | 0xB0 | 0x2122 | 0x2116 | 0xD7 => 75,
        0xE0..=0xF6 | 0xF8..=0xFF | 0xDF if scripts != Scripts::Chinese => 60,
        0xC0..=0xD6 | 0xD8..=0xDE if scripts != Scripts::Chinese => 80,
        0x3041..=0x3096 | 0x30FC if scripts == Scripts::Japanese => 48,
        0x30A1..=0x30FA if scripts == Scripts::Japanese => 60,
        0x3041..=0x30FF => 110,
        0xFF61..=0xFF9F => 90,
        0xAC00..=0xD7A3 if scripts == Scripts::Korean => hangul_cost(c),
        0xAC00..=0xD7A3 => 115,
        0x2460..=0x249B | 0x25A0..=0x25FF | 0x2600..=0x26FF | 0x2160..=0x2179 => 90,
        0x100..=0x17F | 0x400..=0x45F if scripts == Scripts::Any => 75,
        // Two bytes of a Chinese character often look like one of these in UTF-8.
        0x180..=0x36F | 0x460..=0x52F if scripts == Scripts::Any => 160,
        0x370..=0x3FF | 0x5D0..=0x5EA | 0x600..=0x6FF if scripts == Scripts::Any => 80,
        _ => 120,
    }
}

fn han_cost(c: char, scripts: Scripts) -> u32 {
    let simple = simplified(c);
    let place = han_place(simple).and_then(|place| HAN_COSTS.get(place));
    let cost = u32::from(place.copied().unwrap_or(COST_RARE));
    let traditional = if simple == c { 0 } else { COST_TRADITIONAL };
    // Japanese and Korean texts have fewer Han characters than Chinese ones.
    let foreign = if matches!(scripts, Scripts::Japanese | Scripts::Korean) { 10 } else { 0 };
    cost + traditional + foreign
}

/// Syllables that make up most of Korean text.
const COMMON_HANGUL: &str = "이다는을의에가고하지은한를로사기도리인자어아시으대서나니게해그전스라정보수일과동있적들부장제여었성만원구주공상안면무비문음오조경세데신연요화것위용실우방습합물통와생관선러발했건거조학유드모트소미교내중감등날때말회국금입됩객록";

fn hangul_cost(c: char) -> u32 {
    if COMMON_HANGUL.contains(c) { 60 } else { 105 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_characters_cost_less_than_rare_ones_in_both_scripts() {
        let cost = |text| cost(text, Scripts::Chinese).whole;
        assert!(cost("一") < cost("泊"));
        assert!(cost("授") < cost("泊"));
        assert!(cost("泊") < cost("懿"));
        assert!(cost("懿") < cost("抯"));
        assert!(cost("權") < cost("抯"));
        assert!(cost("抯") < cost("\u{E000}"));
    }

    #[test]
    fn the_list_has_the_thousand_most_frequent_characters() {
        let (everyday, common) = COMMON.split_once("\n\n").unwrap();
        assert_eq!(everyday.chars().filter(|c| !c.is_whitespace()).count(), 250);
        assert_eq!(common.chars().filter(|c| !c.is_whitespace()).count(), 750);
    }
}
