//! What is known about names without a model: cells and lines whose label announces a name,
//! mentions of a name that was found elsewhere in the text, and words that are never names.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use super::{en, zh};
use crate::base::text::is_han;
use crate::redaction::find::Scene;
use crate::redaction::kind::Kind;
use crate::redaction::labels::Label;
use crate::redaction::names::Models;
use crate::redaction::span::Span;

/// Longest value of a labelled line, in characters.
const VALUE_MOST: usize = 80;
/// Longest name that is looked for again, in characters.
const NAME_CHARS_MOST: usize = 64;
/// Most different names that are looked for again in one text.
const NAMES_MOST: usize = 4_096;

/// Words that a model may take for a name and that never are one.
const NEVER: &str = "高兴 方便 马上 马达 马路 马车 黄金 黄页 白天 白板 白名单 万一 万元 万能 平安 平台 平均 平稳 周期 周到 周末 周一 周二 周三 周四 周五 周六 周日 周边 \
    金额 金属 金融 金牌 石头 石油 石材 王国 高峰 高级 高度 高温 高铁 高速 高新 时间 时候 时段 常见 常规 常用 常年 关于 关系 关键 关闭 关注 应当 应用 应急 应收 应付 强调 强制 强化 \
    于是 于此 何况 何时 何种 任何 任务 任意 任命 安全 安排 安装 安静 安检 单元 单位 单独 单号 单据 单价 程序 程度 方案 方面 方法 方式 方正 方向 明确 明天 明细 明显 温度 温馨 温暖 \
    水平 水果 水电 江苏 江西 江南 江北 河南 河北 山东 山西 云端 云南 海南 海关 海外 海报 东西 东方 东北 南京 南方 北京 北方 西安 西方 华东 华南 华北 华为 和平 和解 和谐 成本 成功 成果 成立 成都 \
    包括 包装 包含 包裹 全部 全程 全国 全文 全面 全年 全额 相关 相应 相同 相信 相对 计划 计算 计费 项目 严重 严格 严肃 文件 文档 文化 文本 文明 经理 经过 经济 经营 经办 经常 经验 通过 通知 通常 路由 路径 路线 \
    车辆 车间 车票 车位 牛奶 牛市 熊市 龙头 龙虾 毛病 毛利 毛巾 羊毛 钱款 钱包 钱财 施工 施行 施工方 程序员 曲线 孔子 康熙 鲁班 雷锋 包公 曹冲 卞和 祝福 祝贺 祝您 祝好 席位 喻体 贺卡 \
    边界 边框 边缘 米饭 柏油 童车 盛会 范围 范本 范例 谢谢 谢意 向上 向前 解决 解释 解除 解答 管理 管道 管控 管辖 左右 左边 右边 后续 后期 后台 前台 \
    客服 客户 用户 您好 你好 大家 本人 同上 无误 未知 不详 匿名 系统 管理员 机器人 待定 待补 暂无 同意 通过 驳回 已阅 已签 如下 详见 另附 空白 是否 满意 不满意 正常 异常 \
    售后 售前 售中 银行卡 银行卡号 储蓄卡 信用卡 客服部 售后部 祝您生活愉快 易于 易用 易燃 军官证 士兵证 护照 通行证 驾驶证 身份证 居住证 港澳台 印章 印刷 纪要 纪律 纪念 容易 容量 容器 宣传 宣布 宣告 苗族 白族 回族 满族 汉族 藏族 壮族 黎族 土家族 水族 京族 高山族";

/// Words for a company that say nothing of which one.
const NO_COMPANY: &str = "公司 贵公司 我公司 本公司 该公司 你公司 您公司 贵司 我司 本司 该司 总公司 分公司 子公司 母公司 各分公司 贵行 我行 本行 该行 贵单位 我单位 本单位 \
    贵院 我院 本院 该院 贵局 我局 本局 银行 银行卡 开户银行 开户行 发卡行 售后 售后部 售后服务部 售后中心 客服中心 客服部";

/// Values of a name's field that name nobody.
const NOBODY: &str = "无 空 略 否 是 男 女 有 本人 同上 未知 不详 匿名 系统 管理员 测试 暂无 待定 未填 无名 客服 机器人 保密 null none nil n/a na unknown admin administrator root system test guest user \
    anonymous nobody true false yes no self same male female tbd tba other -";

/// What ends an organisation's name.
const ORGANISATION_ENDS: &str = "公司 集团 银行 医院 学校 大学 学院 中学 小学 法院 检察院 公安局 事务所 中心 协会 委员会 工厂 厂 店 社 局 部 处 所 院 行 支行 分行 政府 基金会 合作社 研究院 商行 企业社 工作室 \
    inc llc ltd corp corporation limited plc group company co llp gmbh university hospital bank court";

/// What follows a person's name without being a part of it.
const HONORIFICS: &str = "先生 女士 小姐 太太 夫人 阿姨 叔叔 老师 经理 主任 律师 医生 师傅 同志 教授 警官 总监 院长 校长 局长 处长 科长";

/// A folded name without the word behind it by which people are addressed.
pub fn without_honorific(name: &str) -> &str {
    let word = HONORIFICS.split_whitespace().find_map(|word| name.strip_suffix(word));
    word.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Names in cells and labelled lines.
pub fn labelled(scene: &Scene<'_>, models: &Models<'_>, spans: &mut Vec<Span>) {
    for cell in scene.cells {
        value(scene, models, cell.label, (cell.start, cell.end), (86, "cell-name"), spans);
    }
    for hit in scene.hits {
        let text = scene.text;
        let after = text.at(hit.end);
        let colon = if after == ')' { hit.end + 1 } else { hit.end };
        if text.at(colon) != ':' || scene.cell(hit.start).is_some() || scene.cell(colon + 1).is_some() {
            continue;
        }
        let mut start = colon + 1;
        while matches!(text.at(start), ' ' | '\t') && start < colon + 8 {
            start += 1;
        }
        let end = (start..start + VALUE_MOST)
            .find(|p| {
                let c = text.at(*p);
                let gap = c == ' '
                    && (text.at(*p + 1) == ' ' || is_han(text.before(*p)) && is_han(text.at(*p + 1)));
                c == '\0'
                    || matches!(
                        c,
                        '\n' | '\r' | '\t' | ',' | ';' | '。' | '(' | '<' | '|' | '「' | '【' | '@'
                    )
                    || gap
            })
            .unwrap_or(start);
        if is_han(text.at(start)) && end > start {
            value(scene, models, hit.label, (start, end), (74, "label-name"), spans);
        }
    }
}

fn value(
    scene: &Scene<'_>,
    models: &Models<'_>,
    label: Label,
    (start, end): (usize, usize),
    (confidence, rule): (u8, &'static str),
    spans: &mut Vec<Span>,
) {
    let text = scene.text;
    let (start, end) = trim(scene, start, end);
    let kind = match label {
        Label::Is(kind) if kind.is_name() => kind,
        Label::Party => Kind::Person,
        Label::NamePart => {
            let han = text.slice(start, end).iter().all(|c| is_han(*c)) && (1..=3).contains(&(end - start));
            let latin = end - start >= 2 && text.slice(start, end).iter().all(|c| c.is_alphabetic());
            if rule == "cell-name" && (han || latin) && !never(text.fold_slice(start, end)) {
                spans.push(Scene::span(start, end, Kind::Person, confidence, rule));
            }
            return;
        }
        _ => return,
    };
    let whole = text.folded(start, end);
    let word = text.fold_slice(start, end);
    if end <= start || never(word) || is_no_company(word) {
        return;
    }
    let organisation = ORGANISATION_ENDS.split_whitespace().any(|word| {
        if word.is_ascii() {
            whole.split(|c: char| !c.is_alphanumeric()).next_back() == Some(word)
        } else {
            whole.ends_with(word) && end - start >= 4
        }
    });
    let mut add =
        |from: usize, to: usize, kind: Kind| spans.push(Scene::span(from, to, kind, confidence, rule));
    match kind {
        Kind::Person if organisation => add(start, end, Kind::Organization),
        Kind::Person => people(scene, models, start, end, &mut add),
        Kind::Organization if end - start >= 3 && rule == "cell-name" && letters(scene, start, end) => {
            add(start, end, kind)
        }
        Kind::Organization if organisation => add(start, end, kind),
        Kind::Address => {
            let marks = "路街道号村镇乡区县市巷弄栋楼室段里鄰坊苑园";
            let written = text.fold_slice(start, end).iter().filter(|c| marks.contains(**c)).count();
            let digits = text.slice(start, end).iter().any(char::is_ascii_digit);
            if end - start >= 5
                && (written >= 2
                    || (digits && written >= 1)
                    || (!scene.chinese && digits && letters(scene, start, end)))
            {
                add(start, end, kind);
            }
        }
        Kind::Location
            if rule == "cell-name" && !scene.chinese && letters(scene, start, end) && end - start <= 40 =>
        {
            add(start, end, kind)
        }
        _ => {}
    }
}

fn letters(scene: &Scene<'_>, start: usize, end: usize) -> bool {
    scene.text.slice(start, end).iter().filter(|c| c.is_alphabetic()).count() * 2 >= end - start
}

fn trim(scene: &Scene<'_>, mut start: usize, mut end: usize) -> (usize, usize) {
    let text = scene.text;
    let blank = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ':' | '.' | '、' | '/' | '-' | '*');
    while start < end && blank(text.at(start)) {
        start += 1;
    }
    while end > start && blank(text.before(end)) && text.before(end) != '.' {
        end -= 1;
    }
    (start, end)
}

/// One or several people: 张三、李四.
fn people(
    scene: &Scene<'_>,
    models: &Models<'_>,
    start: usize,
    end: usize,
    add: &mut dyn FnMut(usize, usize, Kind),
) {
    let text = scene.text;
    let mut from = start;
    for at in start..=end {
        if at < end && !matches!(text.at(at), '、' | ',' | ';' | '/' | '&' | '|' | '\t') {
            continue;
        }
        let (first, mut last) = trim(scene, from, at);
        from = at + 1;
        if let Some(word) = HONORIFICS.split_whitespace().find(|word| {
            last.checked_sub(word.chars().count()).is_some_and(|p| p > first && text.has(p, word))
        }) {
            last -= word.chars().count();
        }
        if is_person(scene, models, first, last) {
            add(first, last, Kind::Person);
        }
    }
}

fn is_person(scene: &Scene<'_>, models: &Models<'_>, start: usize, end: usize) -> bool {
    let text = scene.text;
    let chars = text.slice(start, end);
    let fold = text.fold_slice(start, end);
    let han = chars.iter().filter(|c| is_han(**c)).count();
    if han == 0 {
        let words = chars.split(|c| *c == ' ').filter(|word| !word.is_empty()).count();
        let fine = chars.iter().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '\'' | '-' | ','));
        let first = fold.split(|c| !c.is_alphabetic()).next().unwrap_or_default();
        let nobody: String = fold.iter().collect();
        let known = models.en_words.get(first) & 0xF != 0;
        let capital = chars.first().is_some_and(|c| c.is_uppercase());
        return fine
            && end - start >= 2
            && (capital || known)
            && (1..=5).contains(&words)
            && !NOBODY.split_whitespace().any(|word| word == nobody);
    }
    let dotted = chars.contains(&'·');
    // Quotes that somebody has put around its characters do not part a name.
    let plain: Vec<char> = fold.iter().copied().filter(|c| !matches!(c, ' ' | '"' | '\'')).collect();
    if !plain.iter().all(|c| is_han(*c) || *c == '·') {
        return false;
    }
    if dotted {
        return (3..=20).contains(&plain.len());
    }
    let bits = models.zh_words.get(&plain);
    let word = bits & zh::COMMON != 0 && bits & zh::PERSON == 0;
    let surname = |count: usize| {
        plain.get(..count).is_some_and(|head| models.zh_words.get(head) >> zh::SURNAME & 3 != 0)
    };
    let starts = surname(1) || surname(2);
    let known_never = never(&plain);
    (2..=4).contains(&plain.len()) && starts && !word && !known_never
}

fn never(word: &[char]) -> bool {
    static WORDS: LazyLock<HashSet<Vec<char>>> = LazyLock::new(|| {
        NEVER.split_whitespace().chain(NOBODY.split_whitespace()).map(|word| word.chars().collect()).collect()
    });
    word.len() <= 8 && WORDS.contains(word)
}

fn is_no_company(word: &[char]) -> bool {
    static WORDS: LazyLock<HashSet<Vec<char>>> =
        LazyLock::new(|| NO_COMPANY.split_whitespace().map(|word| word.chars().collect()).collect());
    word.len() <= 8 && WORDS.contains(word)
}

/// Takes out what no name can be: common words, code, honorifics at a name's edges.
pub fn veto(scene: &Scene<'_>, spans: &mut Vec<Span>) {
    let text = scene.text;
    spans.retain_mut(|span| {
        if !span.kind.is_name() || !span.rule.starts_with("model") {
            return true;
        }
        let fold = text.fold_slice(span.start, span.end);
        if !fold.iter().any(|c| c.is_alphanumeric()) {
            return false;
        }
        if span.kind == Kind::Organization && is_han(text.at(span.start)) {
            return !is_no_company(fold);
        }
        if span.kind != Kind::Person {
            return true;
        }
        if is_han(text.at(span.start)) {
            return !never(fold);
        }
        let chars = text.slice(span.start, span.end);
        // `SmsService`, `c.s.OrderService`: code, not a name.
        let camel = chars.windows(3).any(
            |three| matches!(three, [a, b, c] if a.is_lowercase() && b.is_uppercase() && c.is_lowercase()),
        );
        let code = scene.chinese
            && (camel
                || chars.windows(2).any(|two| matches!(two, [a, '.'] if a.is_lowercase()))
                || matches!(text.before(span.start), '.' | '_' | '$')
                || matches!(text.at(span.end), '_' | '$'));
        !code
    });
}

/// Cuts a name of three characters to the name of two that the text has elsewhere, where the
/// third begins the next word: 张伟 in 张伟经朋友介绍.
pub fn refine(scene: &Scene<'_>, models: &Models<'_>, spans: &mut [Span]) {
    const NEXT: &str =
        "经称说向和等在将已因系于与的是为对从及被让叫把给到来去又也均诉据自同即并则仍曾未可要应";
    let text = scene.text;
    let person = |span: &Span, len: usize| {
        span.kind == Kind::Person
            && span.len() == len
            && span.rule.starts_with("model")
            && is_han(text.at(span.start))
    };
    let short: HashSet<&[char]> = spans
        .iter()
        .filter(|span| person(span, 2))
        .map(|span| text.fold_slice(span.start, span.end))
        .collect();
    if short.is_empty() {
        return;
    }
    let mut seen: HashMap<&[char], usize> = HashMap::new();
    for span in spans.iter().filter(|span| person(span, 3)) {
        *seen.entry(text.fold_slice(span.start, span.end)).or_default() += 1;
    }
    for span in spans.iter_mut().filter(|span| person(span, 3)) {
        let once = seen.get(text.fold_slice(span.start, span.end)) == Some(&1);
        let last = span.end - 1;
        let word = models.zh_words.get(text.fold_slice(last, span.end + 1)) & zh::COMMON != 0;
        if once
            && short.contains(text.fold_slice(span.start, last))
            && (word || NEXT.contains(text.folded_at(last)))
        {
            span.end = last;
        }
    }
}

/// Every other mention of the names found: whole in Chinese; in English also each part of a
/// person's name that is no common word.
pub fn mentions(scene: &Scene<'_>, models: &Models<'_>, found: &[Span]) -> Vec<Span> {
    let text = scene.text;
    let mut words: BTreeSet<(String, Kind)> = BTreeSet::new();
    for span in found.iter().filter(|span| span.kind.is_name() && span.confidence >= 45) {
        let chars = text.slice(span.start, span.end);
        let han = chars.iter().any(|c| is_han(*c));
        if chars.len() > NAME_CHARS_MOST {
            continue;
        }
        if words.len() >= NAMES_MOST {
            break;
        }
        match span.kind {
            Kind::Person if han => {
                let fold = text.fold_slice(span.start, span.end);
                let bits = models.zh_words.get(fold);
                let sure = span.confidence >= 60 || span.rule != "model-zh";
                let common = bits & zh::COMMON != 0 || bits & zh::PLACE != 0;
                if (chars.len() >= 3
                    || (chars.len() == 2
                        && sure
                        && models.zh_words.get(fold.get(..1).unwrap_or_default()) >> zh::SURNAME & 3 != 0))
                    && !common
                    && !never(fold)
                {
                    words.insert((chars.iter().collect(), Kind::Person));
                }
            }
            Kind::Person => {
                if chars.len() >= 4 {
                    words.insert((chars.iter().collect(), Kind::Person));
                }
                if span.confidence >= 60 {
                    for part in chars
                        .split(|c| !c.is_alphabetic())
                        .filter(|part| part.len() >= 3 && part.first().is_some_and(|c| c.is_uppercase()))
                    {
                        let lower: Vec<char> = part.iter().flat_map(|c| c.to_lowercase()).collect();
                        let bits = models.en_words.get(&lower);
                        if bits & 0xF != 0
                            && bits & (en::TITLE | en::STREET | en::ORGANISATION | en::COUNTRY) == 0
                        {
                            words.insert((part.iter().collect(), Kind::Person));
                        }
                    }
                }
            }
            Kind::Organization if chars.len() >= 4 && span.confidence >= 60 => {
                words.insert((chars.iter().collect(), span.kind));
            }
            Kind::Address if chars.len() >= 8 && han => {
                words.insert((chars.iter().collect(), span.kind));
            }
            Kind::Location
                if chars.len() >= 4
                    && !han
                    && span.confidence >= 65
                    && chars.first().is_some_and(|c| c.is_uppercase()) =>
            {
                words.insert((chars.iter().collect(), span.kind));
            }
            _ => {}
        }
    }
    occurrences(scene, &words)
}

/// Where the words stand. Words are few and texts are many: an index by the first character
/// costs less than an automaton.
fn occurrences(scene: &Scene<'_>, words: &BTreeSet<(String, Kind)>) -> Vec<Span> {
    let mut spans = Vec::new();
    if words.is_empty() {
        return spans;
    }
    let text = scene.text;
    let mut firsts = 0u64;
    let mut index: Vec<(Vec<char>, Kind)> =
        words.iter().map(|(word, kind)| (word.chars().collect(), *kind)).collect();
    // By the first two characters; of those that begin alike the longest first.
    let head = |word: &[char]| (word.first().copied(), word.get(1).copied());
    index.sort_by(|a, b| head(&a.0).cmp(&head(&b.0)).then(b.0.len().cmp(&a.0.len())).then(a.cmp(b)));
    for (word, _) in &index {
        firsts |= 1 << (word.first().map_or(0, |c| *c as u32) & 63);
    }
    let mut at = 0;
    while at < text.len() {
        let c = text.at(at);
        if firsts >> (c as u32 & 63) & 1 == 0 {
            at += 1;
            continue;
        }
        let here = head(text.slice(at, (at + 2).min(text.len())));
        let from = index.partition_point(|(word, _)| head(word) < here);
        let same = index.iter().skip(from).take_while(|(word, _)| head(word) == here);
        let mut next = at + 1;
        for (word, kind) in same {
            let end = at + word.len();
            if text.slice(at, end) == word.as_slice() && stands_alone(scene, at, end) {
                spans.push(Scene::span(at, end, *kind, 34, "mention"));
                next = end;
                break;
            }
        }
        at = next;
    }
    spans
}

/// True unless a Latin word goes on at either side, or the place is a part of an address or key.
fn stands_alone(scene: &Scene<'_>, start: usize, end: usize) -> bool {
    let text = scene.text;
    let latin = |c: char| c.is_alphanumeric() && !is_han(c);
    let inside = (latin(text.before(start)) && latin(text.at(start)))
        || (latin(text.before(end)) && latin(text.at(end)));
    let handle = matches!(text.at(end), '@' | '_') || text.before(start) == '_';
    !inside && !handle
}
