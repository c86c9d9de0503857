//! Synthetic Chinese records.

use std::collections::HashMap;

use crate::draw::Draw;
use crate::sources::Marked;
use crate::template::{Page, expand, sections};
use crate::values_zh::ValuesZh;

pub struct GenZh<'a> {
    pub values: &'a ValuesZh,
    pub statutes: &'a [String],
    sentences: Vec<String>,
    negatives: Vec<String>,
    people_labels: Vec<String>,
    organisation_labels: Vec<String>,
    address_labels: Vec<String>,
    documents: Vec<String>,
}

/// What one document has named already.
#[derive(Default)]
struct Cast {
    people: HashMap<String, (String, String)>,
    organisations: HashMap<String, String>,
    taiwan: bool,
}

const TITLES: &str = "董事长 总经理 副总裁 首席执行官 财务总监 项目经理 工程师 教授 主任 院长 校长 局长 处长 市长 省长 部长 主席 书记 秘书长 会长 记者 律师 店长 主管 厂长";
const PRODUCTS: &str = "宽带 路由器 空调 热水器 云服务器 数据库 手机套餐 会员卡 信用卡 电子发票 社保转移 公积金提取 过户手续 数据导出 日志归档 备份系统 冰箱 电梯 充电桩 健身卡 课程 机票 酒店订单 保险理赔 房产证 贷款 门禁卡 监控设备 投影仪 打印机 软件授权 域名";
const DEPARTMENTS: &str = "财务部 信息安全部 数据平台部 客户服务部 人力资源部 运维中心 法务合规部 市场部 采购部 研发部 交付中心 综合办公室 审计部 工程部 销售一部 呼叫中心 质量管理部 行政部 仓储部 信贷科 内科 护理部";

impl<'a> GenZh<'a> {
    pub fn new(values: &'a ValuesZh, statutes: &'a [String]) -> Self {
        let mut all: HashMap<&str, Vec<String>> =
            sections(include_str!("templates-zh.txt")).into_iter().collect();
        let mut words = |name: &str| -> Vec<String> {
            all.remove(name)
                .unwrap_or_default()
                .iter()
                .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
                .collect()
        };
        let (people_labels, organisation_labels, address_labels) =
            (words("form"), words("formorg"), words("formaddr"));
        Self {
            values,
            statutes,
            people_labels,
            organisation_labels,
            address_labels,
            sentences: all.remove("sentence").unwrap_or_default(),
            negatives: all.remove("negative").unwrap_or_default(),
            documents: all.remove("doc").unwrap_or_default(),
        }
    }

    pub fn document(&self, draw: &mut Draw) -> Marked {
        let mut page = Page::default();
        let mut cast = Cast { taiwan: draw.chance(35), ..Cast::default() };
        let source = match draw.below(10) {
            0..4 => {
                let pattern = draw.pick(&self.documents).clone();
                self.write(&pattern, &mut page, draw, &mut cast);
                "doc"
            }
            4..6 => {
                self.form(&mut page, draw, &mut cast);
                "form"
            }
            _ => {
                self.prose(&mut page, draw, &mut cast);
                "prose"
            }
        };
        // Lines that follow anything: another form line, a remark without people, a statute.
        for _ in 0..draw.below(3) {
            page.plain("\n");
            match draw.below(4) {
                0 => self.form_line(&mut page, draw, &mut cast),
                1 => {
                    let lead = draw.word("备注： 说明： 注： 附： 提示：").to_owned();
                    page.plain(&lead);
                    self.negative(&mut page, draw, &mut cast);
                }
                2 => self.sentence(&mut page, draw, &mut cast),
                _ => page.plain(self.statutes[draw.below(self.statutes.len())].as_str()),
            }
        }
        page.finish(source)
    }

    /// Text without people.
    pub fn clean(&self, draw: &mut Draw) -> Marked {
        let mut page = Page::default();
        let mut cast = Cast::default();
        for i in 0..draw.range(1, 5) {
            if i > 0 {
                page.plain("\n");
            }
            if draw.chance(60) {
                page.plain(self.statutes[draw.below(self.statutes.len())].as_str());
            } else {
                self.negative(&mut page, draw, &mut cast);
            }
        }
        page.finish("negative")
    }

    fn negative(&self, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        let pattern = draw.pick(&self.negatives).clone();
        if draw.chance(35) {
            // Its clauses in another order: no model should know the sentence by heart.
            let mut parts: Vec<&str> =
                pattern.split(['，', '、', '。', '；']).filter(|part| !part.is_empty()).collect();
            draw.shuffle(&mut parts);
            let count = draw.range(1, parts.len());
            let separator = draw.word("， 、 ； 。").to_owned();
            let joined = parts[..count].join(&separator);
            self.write(&joined, page, draw, cast);
        } else {
            self.write(&pattern, page, draw, cast);
        }
    }

    fn prose(&self, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        for i in 0..draw.range(1, 5) {
            if i > 0 {
                let separator = *draw.pick(&["", "\n", "\n", " ", "\n\n"]);
                page.plain(separator);
            }
            if draw.chance(15) {
                self.negative(page, draw, cast);
            } else {
                self.sentence(page, draw, cast);
            }
        }
    }

    fn sentence(&self, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        let pattern = draw.pick(&self.sentences).clone();
        self.write(&pattern, page, draw, cast);
        if draw.chance(60) && !page.text.ends_with(['。', '？', '！']) {
            let stop = draw.word("。 。 。 ！ ； ，").to_owned();
            page.plain(&stop);
        }
    }

    fn form(&self, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        if draw.chance(40) {
            let title = draw
                .word("登记表 【用户信息】 申请单 信息采集表 客户档案 员工信息 备案表 审批单 交接单 报名表")
                .to_owned();
            page.plain(&title);
            page.plain("\n");
        }
        for i in 0..draw.range(2, 7) {
            if i > 0 {
                let separator = *draw.pick(&["\n", "\n", "\n", "　　", "    ", "；", "，", " | ", "\t"]);
                page.plain(separator);
            }
            self.form_line(page, draw, cast);
        }
    }

    fn form_line(&self, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        let separator = *draw.pick(&["：", "：", "：", ":", ": ", " ： ", "　", "】", "：  ", "\t"]);
        let (labels, slot) = match draw.below(10) {
            0..5 => (&self.people_labels, ["P9", "P1", "P2", "P9"]),
            5..7 => (&self.address_labels, ["A", "A", "A", "T"]),
            7 => (&self.organisation_labels, ["O", "O", "O1", "O"]),
            _ => {
                let pattern = draw
                    .pick(&[
                        "手机{X}{tel}",
                        "编号{X}{no}",
                        "日期{X}{date}",
                        "金额{X}{amt}",
                        "部门{X}{dept}",
                        "产品{X}{prod}",
                        "身份证号{X}{id}",
                        "职务{X}{title}",
                        "性别{X}[男|女]",
                        "状态{X}[正常|已完成]",
                        "电子邮箱{X}{email}",
                    ])
                    .replace("{X}", separator);
                self.write(&pattern, page, draw, cast);
                return;
            }
        };
        let open = if separator == "】" { "【" } else { "" };
        page.plain(open);
        let label = draw.pick(labels).clone();
        page.plain(&label);
        if draw.chance(8) {
            page.plain("（盖章）");
        }
        page.plain(separator);
        let slot = *draw.pick(&slot);
        if slot == "A" && cast.taiwan {
            self.slot("T", page, draw, cast);
        } else {
            self.slot(slot, page, draw, cast);
        }
        if slot.starts_with('P') && draw.chance(12) {
            let separator = draw.word("、 / ， ； 、").to_owned();
            for _ in 0..draw.range(1, 3) {
                page.plain(&separator);
                self.slot("P9", page, draw, cast);
            }
        } else if slot.starts_with('P') && draw.chance(25) {
            let tail = *draw.pick(&[
                "（{dept}）",
                "（手机{tel}）",
                "，电话{tel}",
                " {tel}",
                "（签字）",
                "（{title}）",
                "，[男|女]",
                "　日期：{date}",
                "  签章",
                "（代）",
                "<{email}>",
            ]);
            self.write(tail, page, draw, cast);
        }
    }

    fn write(&self, pattern: &str, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        expand(pattern, page, draw, &mut |name, page, draw| self.slot(name, page, draw, cast));
    }

    fn slot(&self, name: &str, page: &mut Page, draw: &mut Draw, cast: &mut Cast) {
        let (head, rest) = name.split_at(1);
        let numbered = !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit());
        match (head, numbered) {
            ("P" | "S" | "N", true) => {
                let fresh = rest == "9";
                if fresh || !cast.people.contains_key(rest) {
                    cast.people.insert(rest.to_owned(), self.values.person(draw));
                }
                let (full, last) = cast.people.get(rest).cloned().unwrap_or_default();
                match head {
                    "P" => {
                        let spaced = full.chars().count() == 2 && draw.chance(3);
                        let shown = if spaced {
                            full.chars()
                                .map(String::from)
                                .collect::<Vec<_>>()
                                .join(*draw.pick(&["  ", "　", " "]))
                        } else {
                            full
                        };
                        page.mark(&shown, "PERSON");
                    }
                    "S" => page.mark(&last, "PERSON"),
                    _ if last.chars().count() <= 2 => {
                        let nick = format!("{}{last}", draw.word("小 小 小 老 老 阿"));
                        page.mark(&nick, "PERSON");
                    }
                    _ => page.mark(&last, "PERSON"),
                }
            }
            ("A", _) if rest.is_empty() => {
                let value = self.values.address(draw, cast.taiwan);
                page.mark(&value, "ADDRESS");
            }
            ("T", _) if rest.is_empty() => {
                let value = self.values.address(draw, true);
                page.mark(&value, "ADDRESS");
            }
            ("O", _) if rest.is_empty() => {
                let value = self.values.organisation(draw, cast.taiwan);
                page.mark(&value, "ORGANIZATION");
            }
            ("O", true) => {
                let taiwan = cast.taiwan;
                let value = cast
                    .organisations
                    .entry(rest.to_owned())
                    .or_insert_with(|| self.values.organisation(draw, taiwan))
                    .clone();
                page.mark(&value, "ORGANIZATION");
            }
            _ => {
                let value = self.plain(name, draw);
                page.plain(&value);
            }
        }
    }

    fn plain(&self, name: &str, draw: &mut Draw) -> String {
        match name {
            "tel" => match draw.below(6) {
                0 => format!("0{}-{}", draw.range(10, 999), draw.digits(8)),
                1 => format!("+86 1{}{}", draw.range(30, 99), draw.digits(8)),
                2 => {
                    let (a, b, c) = (draw.range(30, 99), draw.digits(4), draw.digits(4));
                    format!("1{a}-{b}-{c}")
                }
                3 => format!("1{}****{}", draw.range(30, 99), draw.digits(4)),
                _ => format!("1{}{}", draw.range(30, 99), draw.digits(8)),
            },
            "twtel" => match draw.below(4) {
                0 => {
                    let a = draw.digits(4);
                    format!("(0{}){a}-{}", draw.range(2, 8), draw.digits(4))
                }
                1 => format!("09{}{}", draw.digits(2), draw.digits(6)),
                _ => {
                    let (a, b) = (draw.digits(2), draw.digits(3));
                    format!("09{a}-{b}-{}", draw.digits(3))
                }
            },
            "id" => {
                let a = draw.range(11, 65);
                let b = draw.digits(4);
                format!(
                    "{a}{b}19{}{:02}{:02}{}",
                    draw.range(50, 99),
                    draw.range(1, 12),
                    draw.range(1, 28),
                    draw.digits(4)
                )
            }
            "twid" => {
                format!("{}{}{}", char::from(b'A' + draw.below(26) as u8), draw.range(1, 2), draw.digits(8))
            }
            "ubn" => draw.digits(8),
            "uscc" => format!("91{}MA{}", draw.digits(6), draw.digits(8)),
            "card" => format!("62{}", draw.digits(17)),
            "date" => match draw.below(6) {
                0 => format!("{}年{}月{}日", draw.range(2015, 2026), draw.range(1, 12), draw.range(1, 28)),
                1 => format!("{}/{}/{}", draw.range(2015, 2026), draw.range(1, 12), draw.range(1, 28)),
                2 => format!("{}月{}日", draw.range(1, 12), draw.range(1, 28)),
                3 => format!("民國{}年{}月{}日", draw.range(90, 115), draw.range(1, 12), draw.range(1, 28)),
                4 => format!("{}{:02}{:02}", draw.range(2015, 2026), draw.range(1, 12), draw.range(1, 28)),
                _ => format!("{}-{:02}-{:02}", draw.range(2015, 2026), draw.range(1, 12), draw.range(1, 28)),
            },
            "time" => format!("{:02}:{:02}", draw.below(24), draw.below(60)),
            "amt" => match draw.below(3) {
                0 => format!("{}", draw.range(10, 999_999)),
                1 => format!("{}.{:02}", draw.range(10, 99_999), draw.below(100)),
                _ => format!("￥{},{}", draw.range(1, 999), draw.digits(3)),
            },
            "num" => draw.range(1, 99).to_string(),
            "no" => {
                let prefix = draw
                    .pick(&["GD", "ORD-", "TK-", "#", "DD", "CASE-", "", "PO", "HT-2024-", "SF"])
                    .to_string();
                let count = draw.range(5, 14);
                format!("{prefix}{}", draw.digits(count))
            }
            "ver" => format!("v{}.{}.{}", draw.below(12), draw.below(30), draw.below(99)),
            "hash" => format!("{:016x}{:016x}", draw.bits(), draw.bits()),
            "ip" => format!(
                "{}.{}.{}.{}",
                draw.range(1, 223),
                draw.below(256),
                draw.below(256),
                draw.range(1, 254)
            ),
            "email" => format!(
                "{}@{}",
                self.values.latin_user(draw),
                draw.word("qq.com 163.com gmail.com corp.com.cn outlook.com sina.com")
            ),
            "plate" => format!(
                "{}{}{}",
                draw.word("京 沪 粤 浙 苏 川 鲁 豫 湘 鄂"),
                char::from(b'A' + draw.below(12) as u8),
                draw.digits(5)
            ),
            "caseno" => {
                let a = draw.digits(4);
                format!(
                    "（{}）{}{a}民初{}号",
                    draw.range(2015, 2026),
                    draw.word("京 沪 粤 浙 苏 渝"),
                    draw.range(1, 49999)
                )
            }
            "city" => self.values.city(draw),
            "prod" => draw.word(PRODUCTS).to_owned(),
            "dept" => draw.word(DEPARTMENTS).to_owned(),
            "title" => draw.word(TITLES).to_owned(),
            other => panic!("unknown slot {other}"),
        }
    }
}

/// Running text in which people and organisations are exchanged for others.
pub fn exchanged(carrier: &Marked, values: &ValuesZh, draw: &mut Draw) -> Marked {
    let chars: Vec<char> = carrier.text.chars().collect();
    let mut page = Page::default();
    let mut at = 0;
    let mut spans = carrier.spans.clone();
    spans.sort();
    for (start, end, kind) in spans {
        if start < at {
            continue;
        }
        page.plain(&chars[at..start].iter().collect::<String>());
        let old: String = chars[start..end].iter().collect();
        match kind.as_str() {
            "PERSON" if end - start >= 2 => page.mark(&values.person(draw).0, "PERSON"),
            "ORGANIZATION" if end - start >= 4 && draw.chance(40) => {
                page.mark(&values.organisation(draw, false), "ORGANIZATION")
            }
            _ => page.mark(&old, &kind),
        }
        at = end;
    }
    page.plain(&chars[at..].iter().collect::<String>());
    page.finish("exchanged")
}
