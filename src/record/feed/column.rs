//! The columns of manifests and the targets of mapping profiles: one name each, in a row of text.

use super::manifest::FilePath;
use super::table_fault::{TableFault, TableProblem};
use crate::base::civil::in_iso_order;
use crate::record::lineage::LinkKind;
use crate::record::party::PartyRole;
use crate::record::request::{CaptureInput, ComponentInput, LinkInput, PartyInput, SourceInput};
use crate::record::words::comparable;

/// Where a value of a row goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// A member of the capture itself, by its name.
    Plain(&'static str),
    /// A party in this role; several are parted by `;`.
    Party(PartyRole),
    /// A typed field: `field.valid_from`, `field.signatory.name`.
    Field(String),
    /// A custom field.
    Custom(String),
    /// Ids of records to which this one is linked, parted by `;`.
    Link(LinkKind),
    /// A part of the source: `system`, `external_id`, `revision`.
    Source(&'static str),
    /// Something of the files: `file`, `media_type`, `sha256`, `role`; several are parted by `;`.
    File(&'static str),
}

const PLAIN: [&str; 13] = [
    "kind",
    "subkind",
    "category",
    "case",
    "jurisdiction",
    "occurred",
    "zone",
    "received",
    "title",
    "tags",
    "language",
    "notes",
    "idempotency_key",
];
const SOURCE: [&str; 3] = ["system", "external_id", "revision"];
const FILE: [&str; 4] = ["file", "media_type", "sha256", "file_role"];

/// What people write for the same, in either Chinese script (names are compared folded).
const NAMES: &[(&str, &[&str])] = &[
    ("kind", &["类别", "档案类别", "类型", "档案类型", "种类"]),
    ("subkind", &["子类型", "子类别", "细类"]),
    ("category", &["类目", "分类", "分类号"]),
    ("case", &["案卷", "案卷编号", "案卷号", "服务案卷", "案件编号"]),
    ("jurisdiction", &["法域"]),
    ("occurred", &["发生日期", "发生时间", "发生日", "日期", "时间"]),
    ("zone", &["时区"]),
    ("received", &["收到日期", "收到时间", "收件日期"]),
    ("title", &["标题", "题名", "主题", "主旨"]),
    ("tags", &["标签"]),
    ("language", &["语言", "语种", "语文"]),
    ("notes", &["备注", "附注", "说明"]),
    ("idempotency_key", &["防重复键"]),
    ("party.customer", &["客户", "客户名称", "客户姓名"]),
    ("file", &["文件", "文件名", "文件名称", "文件路径", "附件", "档名"]),
    ("media_type", &["格式", "文件格式", "媒体类型"]),
    ("sha256", &["校验值", "杂凑值"]),
    ("file_role", &["文件用途"]),
    ("source.system", &["来源系统", "来源", "系统"]),
    ("source.external_id", &["编号", "外部编号", "来源编号", "工单号", "external_id"]),
    ("source.revision", &["版本", "修订", "修订号", "版次", "revision"]),
    ("field.purposes", &["用途", "授权用途", "授权目的"]),
    ("field.operations", &["处理方式"]),
    ("field.data_categories", &["数据类别", "资料类别"]),
    ("field.valid_from", &["生效日", "生效日期"]),
    ("field.valid_to", &["到期日", "到期日期", "届期日", "期满日", "期满日期"]),
    ("field.withdrawn_on", &["撤回日", "撤回日期"]),
    ("field.delivered_on", &["交付日", "交付日期"]),
    ("field.accepted_on", &["验收日", "验收日期"]),
    ("field.acceptance", &["验收结果"]),
    ("field.score", &["评分"]),
];

impl Column {
    pub(super) const KIND: Self = Self::Plain("kind");
    pub(super) const OCCURRED: Self = Self::Plain("occurred");
    pub(super) const TITLE: Self = Self::Plain("title");
    pub(super) const FILE: Self = Self::File("file");

    /// Reads a column's name: as documented, or in Chinese.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim();
        if let Some((group, member)) = name.split_once('.') {
            let member = member.trim();
            return match comparable(group).as_str() {
                _ if member.is_empty() => None,
                "party" | "当事方" | "相关方" | "相关人" => {
                    PartyRole::parse(member).ok().map(Self::Party)
                }
                "field" | "字段" | "栏位" => Some(Self::Field(member.to_owned())),
                "custom" | "自定义" | "自订" => Some(Self::Custom(member.to_owned())),
                "link" | "关联" => LinkKind::parse(member).ok().map(Self::Link),
                "source" | "来源" => closed(&SOURCE, &comparable(member)).map(Self::Source),
                _ => None,
            };
        }
        let word = comparable(name);
        if let Some(plain) = closed(&PLAIN, &word) {
            return Some(Self::Plain(plain));
        }
        if let Some(file) = closed(&FILE, &word) {
            return Some(Self::File(file));
        }
        let named = NAMES.iter().find(|(_, names)| names.iter().any(|name| comparable(name) == word));
        named.and_then(|(own, _)| Self::parse(own))
    }

    /// The documented name.
    pub fn name(&self) -> &str {
        match self {
            Self::Plain(name) | Self::Source(name) | Self::File(name) => name,
            Self::Field(name) | Self::Custom(name) => name,
            Self::Party(role) => role.as_str(),
            Self::Link(kind) => kind.as_str(),
        }
    }

    /// The names under which columns are documented, those that hold a name of their own by its place:
    /// `party.ROLE`.
    pub fn documented() -> impl Iterator<Item = &'static str> {
        const DOTTED: [&str; 7] = [
            "party.ROLE",
            "field.NAME",
            "custom.NAME",
            "link.KIND",
            "source.system",
            "source.external_id",
            "source.revision",
        ];
        PLAIN.into_iter().chain(FILE).chain(DOTTED)
    }

    /// The typed field that a person's word names, where it names one: `到期日` is `valid_to`.
    pub fn field_of(name: &str) -> Option<String> {
        match Self::parse(name) {
            Some(Self::Field(field)) => Some(field),
            Some(_) | None => None,
        }
    }

    /// True where several columns may write to the same place.
    pub(super) fn may_repeat(&self) -> bool {
        matches!(self, Self::Party(_) | Self::Link(_) | Self::Plain("tags") | Self::File("file"))
    }

    /// True for names that only tables have: the API knows no member of that name.
    pub(super) const fn is_flat(&self) -> bool {
        !matches!(self, Self::Plain(_))
    }

    /// True if its values are dates or times.
    pub fn is_date(&self) -> bool {
        match self {
            Self::Plain(name) => matches!(*name, "occurred" | "received"),
            Self::Field(name) => {
                let last = name.rsplit('.').next().unwrap_or(name);
                last.ends_with("_on") || matches!(last, "valid_from" | "valid_to" | "due" | "verified")
            }
            Self::Party(_) | Self::Custom(_) | Self::Link(_) | Self::Source(_) | Self::File(_) => false,
        }
    }

    /// True if it takes a date without time of day.
    pub(super) const fn is_day(&self) -> bool {
        matches!(self, Self::Field(_))
    }
}

fn closed(words: &'static [&'static str], word: &str) -> Option<&'static str> {
    words.iter().find(|known| **known == word).copied()
}

/// A value with the column that brings it.
pub(super) struct Placed {
    pub(super) column: Column,
    /// The column's name as the file has it.
    pub(super) name: String,
    pub(super) value: String,
}

/// What a row brings beside the capture itself.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) files: Vec<FilePath>,
    pub(super) places: Vec<(String, String)>,
}

/// Values of the columns that speak of files, in the order of the files.
#[derive(Default)]
struct PerFile {
    media_type: Option<(String, Vec<String>)>,
    sha256: Option<(String, Vec<String>)>,
    role: Option<(String, Vec<String>)>,
}

/// Fills a capture from the values of one row; blank values are not given.
pub(super) fn fill(
    input: &mut CaptureInput,
    line: u64,
    values: impl IntoIterator<Item = Placed>,
) -> Result<Filled, Vec<TableFault>> {
    let mut filled = Filled::default();
    let mut faults = Vec::new();
    let mut per_file = PerFile::default();
    let mut source: Option<SourceInput> = None;
    for Placed { column, name, value } in values {
        if value.trim().is_empty() {
            continue;
        }
        // Spreadsheets write days as the machine they run on is set.
        let value = if column.is_date() { written_date(&column, &value) } else { value };
        let mut place = |path: String| filled.places.push((path, name.clone()));
        match &column {
            Column::Plain(member) => {
                place((*member).to_owned());
                set_plain(input, member, value);
            }
            Column::Party(role) => {
                for party in parts(&value) {
                    place(format!("parties[{}]", input.parties.len()));
                    input.parties.push(PartyInput { role: role.as_str().to_owned(), name: party });
                }
            }
            Column::Field(field) => {
                place(format!("fields.{field}"));
                input.set_field(field, value);
            }
            Column::Custom(custom) => {
                place(format!("custom[{}]", input.custom.len()));
                input.custom.push((custom.clone(), value));
            }
            Column::Link(kind) => {
                for to in parts(&value) {
                    place(format!("links[{}]", input.links.len()));
                    input.links.push(LinkInput { kind: kind.as_str().to_owned(), to });
                }
            }
            Column::Source(part) => {
                place(format!("source.{part}"));
                let source = source.get_or_insert_with(SourceInput::default);
                match *part {
                    "system" => source.system = value,
                    "external_id" => source.external_id = value,
                    _ => source.revision = Some(value),
                }
            }
            Column::File("file") => {
                for path in parts(&value) {
                    match FilePath::parse(&path) {
                        Some(path) => {
                            place(format!("components[{}]", filled.files.len()));
                            filled.files.push(path);
                        }
                        None => faults.push(TableFault::at(line, &name, TableProblem::Path)),
                    }
                }
            }
            Column::File("media_type") => per_file.media_type = Some((name, parts_kept(&value, "; charset"))),
            Column::File("sha256") => per_file.sha256 = Some((name, parts(&value))),
            Column::File(_) => per_file.role = Some((name, parts(&value))),
        }
    }
    input.source = source;
    components(input, &filled.files, per_file, line, &mut faults);
    if faults.is_empty() { Ok(filled) } else { Err(faults) }
}

/// A date as captures take it; of a day, a spreadsheet says that it begins at midnight.
fn written_date(column: &Column, value: &str) -> String {
    let date = in_iso_order(value);
    let midnight = [":00", ""].iter().find_map(|seconds| date.strip_suffix(&format!("T00:00{seconds}")));
    match midnight.filter(|_| column.is_day()) {
        Some(day) => day.to_owned(),
        None => date.into_owned(),
    }
}

fn components(
    input: &mut CaptureInput,
    files: &[FilePath],
    per_file: PerFile,
    line: u64,
    faults: &mut Vec<TableFault>,
) {
    for values in [&per_file.media_type, &per_file.sha256, &per_file.role] {
        let Some((name, values)) = values else { continue };
        if values.len() != 1 && values.len() != files.len() {
            let problem = TableProblem::PerFile { found: values.len(), files: files.len() };
            faults.push(TableFault::at(line, name, problem));
        }
    }
    let of = |values: &Option<(String, Vec<String>)>, number: usize| {
        let (_, values) = values.as_ref()?;
        values.get(if values.len() == 1 { 0 } else { number }).cloned()
    };
    input.components = files
        .iter()
        .enumerate()
        .map(|(number, file)| ComponentInput {
            name: file.name().to_owned(),
            media_type: of(&per_file.media_type, number),
            role: of(&per_file.role, number),
            bytes: None,
            sha256: of(&per_file.sha256, number),
        })
        .collect();
}

fn set_plain(input: &mut CaptureInput, member: &str, value: String) {
    let target = match member {
        "kind" => &mut input.kind,
        "subkind" => &mut input.subkind,
        "category" => &mut input.category,
        "case" => &mut input.case,
        "jurisdiction" => &mut input.jurisdiction,
        "occurred" => &mut input.occurred,
        "zone" => &mut input.zone,
        "received" => &mut input.received,
        "title" => &mut input.title,
        "language" => &mut input.language,
        "notes" => &mut input.notes,
        "idempotency_key" => &mut input.idempotency_key,
        _ => {
            input.tags.extend(parts(&value));
            return;
        }
    };
    *target = Some(value);
}

fn parts(value: &str) -> Vec<String> {
    value.split([';', '；']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// As [`parts`], but a parameter stays with what it belongs to.
fn parts_kept(value: &str, parameter: &str) -> Vec<String> {
    let kept = value.replace(parameter, "\0").replace(parameter.replace(' ', "").as_str(), "\0");
    parts(&kept).into_iter().map(|part| part.replace('\0', parameter)).collect()
}

/// Every name of a column that is not made of a group and a member.
#[cfg(test)]
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    PLAIN.iter().chain(&FILE).copied().chain(NAMES.iter().flat_map(|(_, names)| names.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_column_is_one_columns_name_in_both_scripts() {
        let mut seen = std::collections::BTreeMap::new();
        for name in all_names() {
            let column = Column::parse(name).unwrap_or_else(|| panic!("{name} is no column"));
            assert_eq!(seen.insert(comparable(name), name), None, "{name} stands twice: {column:?}");
        }
        for (traditional, own) in [
            ("類別", "kind"),
            ("檔案類別", "kind"),
            ("種類", "kind"),
            ("標題", "title"),
            ("題名", "title"),
            ("客戶", "party.customer"),
            ("日期", "occurred"),
            ("編號", "source.external_id"),
            ("案卷編號", "case"),
            ("時區", "zone"),
            ("檔名", "file"),
            ("備註", "notes"),
            ("屆期日", "field.valid_to"),
            ("相關人.客戶", "party.customer"),
            ("自訂.契約號", "custom.契約號"),
            ("欄位.valid_from", "field.valid_from"),
            ("來源.system", "source.system"),
        ] {
            assert_eq!(Column::parse(traditional), Column::parse(own), "{traditional}");
            assert!(Column::parse(own).is_some(), "{own}");
        }
    }
}
