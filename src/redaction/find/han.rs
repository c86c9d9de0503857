//! Identifiers that begin with or stand between Chinese characters: plates, case numbers,
//! military cards, ethnic groups, years of the Republic.

use std::sync::LazyLock;

use super::dates;
use super::scene::Scene;
use crate::redaction::kind::Kind;
use crate::redaction::labels::Label;
use crate::redaction::normal::Text;
use crate::redaction::span::Span;

/// Characters with which identifiers begin or by which they are known.
pub(super) const BEGINNINGS: &str = "字民族年〔【";
/// The mainland's provinces as plates name them, and special services.
pub(super) const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领";
/// Letters that may end a plate.
const PLATE_ENDS: &str = "挂学警港澳领试超";
/// Commands and services as military cards name them.
const SERVICES: &str = "南北沈兰成济广空海军政参后装武东西中";
/// The 56 ethnic groups except the one that names nearly everybody; `汉` is handled with them.
const PEOPLES: &str = "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 \
    柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 \
    门巴 珞巴 基诺";

/// What begins at a character that is not ASCII.
pub fn at(scene: &Scene<'_>, position: usize, spans: &mut Vec<Span>) {
    match scene.text.folded_at(position) {
        '字' => {
            spans.extend(military(scene, position));
            spans.extend(taiwan_case(scene, position));
        }
        '民' if scene.text.folded_at(position + 1) == '国' => {
            spans.extend(dates::republican(scene, position))
        }
        '族' => spans.extend(people(scene, position)),
        '年' => spans.extend(dates::in_characters(scene, position)),
        '〔' | '【' | '[' => spans.extend(case_number(scene, position)),
        c if scene.text.at(position + 1).is_ascii_alphabetic() && PROVINCES.contains(c) => {
            spans.extend(plate(scene, position));
        }
        c if scene.text.at(position + 1).is_ascii_digit() && PROVINCES.contains(c) => {
            spans.extend(plate_of_service(scene, position));
        }
        _ => {}
    }
}

/// `WJ京12345` of the armed police, `使123456` of an embassy, seen from the character.
fn plate_of_service(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let text = scene.text;
    let armed = text.has(position.checked_sub(2).unwrap_or(position), "wj")
        || text.has(position.checked_sub(3).unwrap_or(position), "wj·");
    let (end, _) = text.token(position + 1);
    let count = end - position - 1;
    let start = if armed { position - if text.before(position) == '·' { 3 } else { 2 } } else { position };
    let apart = !text.before(start).is_ascii_alphanumeric();
    if armed {
        return (apart && matches!(count, 4..=6)).then_some(Scene::span(
            start,
            end,
            Kind::Plate,
            90,
            "plate",
        ));
    }
    let embassy = text.folded_at(position) == '使' && count == 6;
    // 致使100000元: a word and a sum.
    let alone = !crate::base::text::is_han(text.before(position)) && !crate::base::text::is_han(text.at(end));
    (embassy && (alone || scene.announces(position, Kind::Plate))).then_some(Scene::span(
        position,
        end,
        Kind::Plate,
        88,
        "plate",
    ))
}

fn plate(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let text = scene.text;
    let mut at = position + 2;
    if matches!(text.at(at), '·' | ' ' | '-' | '.') {
        at += 1;
    }
    let from = at;
    let mut digits = 0;
    let mut small = text.at(position + 1).is_ascii_lowercase();
    while at < from + 7 {
        let c = text.at(at);
        if !c.is_ascii_alphanumeric() {
            break;
        }
        small |= c.is_ascii_lowercase();
        digits += usize::from(c.is_ascii_digit());
        at += 1;
    }
    let count = at - from;
    let marked = PLATE_ENDS.contains(text.folded_at(at)) && count == 4;
    let end = at + usize::from(marked);
    if small && !scene.announces(position, Kind::Plate) {
        return None;
    }
    ((matches!(count, 5 | 6) || marked) && digits >= 1 && !text.at(end).is_ascii_alphanumeric())
        .then_some(Scene::span(position, end, Kind::Plate, 93, "plate"))
}

/// `广字第5266041号`, seen from `字`.
fn military(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let text = scene.text;
    let start = position.checked_sub(1)?;
    let service = SERVICES.contains(text.folded_at(start));
    let alone = !crate::base::text::is_han(text.before(start)) || scene.announces(position, Kind::MilitaryId);
    if !service || !alone || text.folded_at(position + 1) != '第' {
        return None;
    }
    let digits = (position + 2..position + 11).take_while(|p| text.at(*p).is_ascii_digit()).count();
    let end = position + 2 + digits;
    ((5..=8).contains(&digits) && text.folded_at(end) == '号').then_some(Scene::span(
        start,
        end + 1,
        Kind::MilitaryId,
        92,
        "military",
    ))
}

/// `113年度司促字第4843號`, seen from `字`.
fn taiwan_case(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let text = scene.text;
    if text.folded_at(position + 1) != '第' {
        return None;
    }
    let year = (position.saturating_sub(10)..position.saturating_sub(1))
        .rev()
        .find(|p| text.folded_at(*p) == '年' && text.folded_at(*p + 1) == '度')?;
    let digits = (1..=3)
        .take_while(|back| year.checked_sub(*back).is_some_and(|p| text.at(p).is_ascii_digit()))
        .count();
    let mut start = year - digits;
    let number = (position + 2..position + 12).take_while(|p| text.at(*p).is_ascii_digit()).count();
    let end = position + 2 + number;
    if digits < 2 || number == 0 || text.folded_at(end) != '号' {
        return None;
    }
    if start >= 2 && text.has(start - 2, "民国") {
        start -= 2;
    }
    Some(Scene::span(start, end + 1, Kind::CaseNo, 94, "case-tw"))
}

/// `（2024）粤0115民申6820号`, seen from its bracket.
pub fn case_number(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let text = scene.text;
    let year: u32 = text.string(position + 1, position + 5).parse().ok()?;
    if !(1980..=2099).contains(&year) || !matches!(text.at(position + 5), ')' | '〕' | '】' | ']') {
        return None;
    }
    let from = position + 6;
    let (mut han, mut digits, mut at) = (0, 0, from);
    while at < from + 26 {
        let c = text.folded_at(at);
        if c == '号' {
            let court =
                crate::base::text::is_han(text.at(from)) && !matches!(text.folded_at(from), '第' | '号');
            let arbitration = before_bracket(text, position);
            let start = arbitration.unwrap_or(position);
            return (digits >= 1 && (han >= 2 && court || arbitration.is_some())).then_some(Scene::span(
                start,
                numbered_part(text, at + 1),
                Kind::CaseNo,
                94,
                "case-cn",
            ));
        }
        if c.is_ascii_digit() {
            digits += 1;
        } else if crate::base::text::is_han(c) {
            han += 1;
        } else if !matches!(c, '-' | '字' | '第') {
            return None;
        }
        at += 1;
    }
    None
}

/// 京海劳人仲字[2023]第123号: where the name of an arbitration body begins that ends before a bracket.
fn before_bracket(text: &Text, bracket: usize) -> Option<usize> {
    let han = |p: &usize| crate::base::text::is_han(text.at(*p));
    let start = (bracket.saturating_sub(10)..bracket).rev().take_while(han).last()?;
    let name = text.fold_slice(start, bracket);
    let arbitration = name.contains(&'仲') && matches!(name.last(), Some('字' | '案' | '裁'));
    arbitration.then_some(start)
}

/// Takes 之一 in, which tells decisions of one case apart.
fn numbered_part(text: &Text, end: usize) -> usize {
    let part = text.folded_at(end) == '之' && super::numerals::is_numeral(text.folded_at(end + 1));
    end + if part { 2 } else { 0 }
}

static NAMES: LazyLock<Vec<Vec<char>>> =
    LazyLock::new(|| PEOPLES.split_whitespace().map(|name| name.chars().collect()).collect());

/// Where the name of an ethnic group ends that stands at a place behind its label, with 族 or without.
pub(super) fn people_named(text: &Text, from: usize) -> Option<usize> {
    let named = NAMES.iter().filter(|name| text.fold_slice(from, from + name.len()) == name.as_slice());
    let end = from + named.map(Vec::len).max()?;
    let end = end + usize::from(text.folded_at(end) == '族');
    (!crate::base::text::is_han(text.at(end))).then_some(end)
}

/// An ethnic group as a particular of a person: after a label, or alone between separators.
fn people(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let text = scene.text;
    let after = text.at(position + 1);
    if crate::base::text::is_han(after) || after.is_ascii_alphanumeric() {
        return None;
    }
    let len = NAMES
        .iter()
        .filter(|name| {
            position
                .checked_sub(name.len())
                .is_some_and(|start| text.fold_slice(start, position) == name.as_slice())
        })
        .map(Vec::len);
    let start = position - len.max()?;
    let announced = scene
        .labels_before(start)
        .next()
        .is_some_and(|hit| hit.label == Label::Is(Kind::Ethnicity) && start - hit.end <= 4)
        || scene.cell(start).is_some_and(|cell| cell.label == Label::Is(Kind::Ethnicity));
    let listed = matches!(text.before(start), ',' | '、' | '，' | ' ' | '|')
        && matches!(after, ',' | '、' | '，' | ' ' | '|' | '。');
    let line = text.fold_slice(start.saturating_sub(24), start);
    let person = listed && line.iter().any(|c| matches!(c, '男' | '女' | '生'));
    (announced || person).then_some(Scene::span(start, position + 1, Kind::Ethnicity, 85, "ethnicity"))
}
