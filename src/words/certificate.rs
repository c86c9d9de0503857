//! A certificate of destruction as a page that can be printed: one file, nothing from elsewhere, in the reader's
//! language. What it says is what the certificate says; it is checked by the file beside it.

use serde_json::Value;

use super::Language;

/// How the records are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateLayout {
    /// What was destroyed, by which rule, and where it stands in the ledger.
    Plain,
    /// 会计档案销毁清册 (会计档案管理办法 art. 18): number, name, volumes, period that was asked for and kept, and when.
    Accounting,
}

/// The words of a page: for each of the three languages, in the order of [`Language::ALL`].
macro_rules! texts {
    ($($name:ident: $cn:literal, $tw:literal, $en:literal;)+) => {
        struct Texts { $($name: &'static str,)+ }
        const TEXTS: [Texts; 3] = [
            Texts { $($name: $cn,)+ },
            Texts { $($name: $tw,)+ },
            Texts { $($name: $en,)+ },
        ];
    };
}

texts! {
    title: "销毁证明（附销毁清册）", "銷毀證明（附銷毀清冊）", "Certificate of destruction";
    accounting: "会计档案销毁清册", "會計檔案銷毀清冊", "Register of destroyed accounting records";
    batch: "处置批次", "清理案", "Disposition";
    archive: "档案库", "檔案庫", "Archive";
    reason: "销毁事由", "銷毀事由", "Reason";
    requested: "提出人", "提出人", "Requested by";
    cooling: "销毁缓冲期至", "銷毀緩衝期至", "Cooling-off until";
    begun: "封存开始", "封存開始", "Sealing began";
    ended: "销毁完成", "銷毀完成", "Ended";
    method: "销毁方式", "銷毀方式", "Method";
    shredding: "密钥销毁", "金鑰銷毀", "crypto-shredding: every key that opened the content was destroyed";
    root: "清册根摘要", "清冊根摘要", "Merkle root of the list";
    people: "审核与监销", "審核與監銷", "Review and witnesses";
    stage: "环节", "環節", "Stage";
    person: "人员", "人員", "Person";
    role: "角色", "角色", "Role";
    time: "时间", "時間", "Time";
    witness: "监销人", "監銷人", "Destruction witness";
    items: "销毁清册", "銷毀清冊", "List of what was destroyed";
    number: "序号", "序號", "No.";
    record: "档案编号", "檔案編號", "Record";
    name: "档案类别", "檔案類別", "Kind and category";
    volumes: "册数（组成文件数）", "冊數（組成檔案數）", "Volumes (components)";
    rule: "依据", "依據", "Ground";
    prescribed: "应保管期限", "應保存年限", "Period prescribed";
    kept: "已保管期限", "已保存期間", "Period kept";
    destroyed: "销毁时间", "銷毀時間", "Destroyed";
    size: "字节", "位元組", "Bytes";
    ledger: "日志位置", "日誌位置", "Ledger";
    left: "退出处置（未销毁）", "退出清理（未銷毀）", "Not destroyed: left the disposition";
    why: "原因", "原因", "Why";
    backups: "备份亦不可恢复，自", "備份亦無法復原，自", "Unrecoverable from backups since";
    not_yet: "尚未更换纪元密钥：较早的备份中仍有密文及其密钥", "尚未更換紀元金鑰：較早的備份中仍有密文及其金鑰", "Not yet: until the epoch is turned, older backups still hold key and ciphertext";
    check: "用 muniment verify 加此证明的 JSON 文件和日志公钥可离线核验。", "以 muniment verify 加此證明的 JSON 檔與日誌公鑰即可離線查驗。", "muniment verify checks the JSON file of this certificate against the log's public key, without the archive.";
    sign: "签字", "簽名", "Signature";
}

/// The page.
pub fn certificate_page(file: &Value, layout: CertificateLayout, language: Language) -> String {
    let texts = match language {
        Language::ZhCn => &TEXTS[0],
        Language::ZhTw => &TEXTS[1],
        Language::En => &TEXTS[2],
    };
    let words = file.get("certificate").unwrap_or(&Value::Null);
    let title = match layout {
        CertificateLayout::Plain => texts.title,
        CertificateLayout::Accounting => texts.accounting,
    };
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title><style>{STYLE}</style></head>\
         <body><h1>{}</h1>\n",
        language.tag(),
        html(title),
        html(title)
    );
    let facts = [
        (texts.batch, text(words, "/disposition")),
        (texts.archive, text(words, "/archive")),
        (texts.reason, text(words, "/reason")),
        (texts.requested, format!("{} {}", text(words, "/requested/by/name"), text(words, "/requested/at"))),
        (texts.cooling, text(words, "/cooling_off/until")),
        (texts.begun, text(words, "/sealing_began")),
        (texts.ended, text(words, "/ended")),
        (texts.method, texts.shredding.to_owned()),
        (texts.root, text(words, "/root")),
        (
            texts.backups,
            match text(file, "/unrecoverable_from_backups_since/at") {
                at if at.is_empty() => texts.not_yet.to_owned(),
                at => at,
            },
        ),
    ];
    page.push_str("<table class=\"facts\">");
    for (label, value) in facts {
        row(&mut page, &[label.to_owned(), value]);
    }
    page.push_str("</table>\n");
    people(&mut page, words, texts);
    items(&mut page, words, layout, texts);
    page.push_str(&format!("<p>{}</p></body></html>\n", html(texts.check)));
    page
}

fn people(page: &mut String, words: &Value, texts: &Texts) {
    page.push_str(&format!("<h2>{}</h2><table>", html(texts.people)));
    head(page, &[texts.stage, texts.person, texts.role, texts.time, texts.sign]);
    for one in list(words, "/decisions") {
        let by = text(one, "/by/name");
        row(page, &[text(one, "/stage_name"), by, text(one, "/role"), text(one, "/at"), String::new()]);
    }
    for one in list(words, "/witnesses") {
        let by = text(one, "/by/name");
        row(page, &[texts.witness.to_owned(), by, String::new(), text(one, "/at"), String::new()]);
    }
    page.push_str("</table>\n");
}

fn items(page: &mut String, words: &Value, layout: CertificateLayout, texts: &Texts) {
    page.push_str(&format!("<h2>{}</h2><table>", html(texts.items)));
    match layout {
        CertificateLayout::Plain => head(
            page,
            &[texts.number, texts.record, texts.name, texts.rule, texts.size, texts.destroyed, texts.ledger],
        ),
        CertificateLayout::Accounting => head(
            page,
            &[
                texts.number,
                texts.record,
                texts.name,
                texts.volumes,
                texts.prescribed,
                texts.kept,
                texts.rule,
                texts.destroyed,
            ],
        ),
    }
    let (gone, left): (Vec<&Value>, Vec<&Value>) =
        list(words, "/items").partition(|item| text(item, "/outcome") == "destroyed");
    for (number, item) in (1_u64..).zip(&gone) {
        let name = format!("{} / {}", text(item, "/kind"), text(item, "/category"));
        let citations: Vec<String> =
            list(item, "/basis/citations").filter_map(|one| one.as_str().map(str::to_owned)).collect();
        let rule =
            format!("{}@{} {}", text(item, "/rule/id"), text(item, "/rule/version"), citations.join("；"));
        let destroyed = text(item, "/destroyed/at");
        let kept = format!("{} – {}", day(&text(item, "/captured")), day(&destroyed));
        let cells = match layout {
            CertificateLayout::Plain => vec![
                number.to_string(),
                text(item, "/leaf/0"),
                name,
                rule,
                text(item, "/bytes"),
                destroyed,
                text(item, "/destroyed/ledger"),
            ],
            CertificateLayout::Accounting => vec![
                number.to_string(),
                text(item, "/leaf/0"),
                name,
                text(item, "/components"),
                text(item, "/basis/period"),
                kept,
                rule,
                destroyed,
            ],
        };
        row(page, &cells);
    }
    page.push_str("</table>\n");
    if left.is_empty() {
        return;
    }
    page.push_str(&format!("<h2>{}</h2><table>", html(texts.left)));
    head(page, &[texts.record, texts.why, texts.time, texts.ledger]);
    for item in left {
        let why: Vec<String> =
            list(item, "/left/why").filter_map(|one| one.as_str().map(str::to_owned)).collect();
        row(
            page,
            &[text(item, "/leaf/0"), why.join(", "), text(item, "/left/at"), text(item, "/left/ledger")],
        );
    }
    page.push_str("</table>\n");
}

fn head(page: &mut String, cells: &[&str]) {
    page.push_str("<tr>");
    for cell in cells {
        page.push_str(&format!("<th>{}</th>", html(cell)));
    }
    page.push_str("</tr>");
}

fn row(page: &mut String, cells: &[String]) {
    page.push_str("<tr>");
    for cell in cells {
        page.push_str(&format!("<td>{}</td>", html(cell)));
    }
    page.push_str("</tr>\n");
}

fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn day(at: &str) -> &str {
    at.get(..10).unwrap_or(at)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "body{font-family:serif;margin:2em}table{border-collapse:collapse;width:100%;margin:1em 0}\
    td,th{border:1px solid #555;padding:.3em;text-align:left;font-size:.85em;word-break:break-word}\
    .facts td:first-child{width:14em;font-weight:bold}@media print{body{margin:0}tr{break-inside:avoid}}";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn a_certificate() -> Value {
        json!({"certificate": {
            "disposition": "01890a5d-ac96-774b-bcce-b302099a8057", "reason": "期满 <b>", "root": "ab",
            "items": [
                {"leaf": ["r-1", 1, "c"], "outcome": "destroyed", "kind": "ticket", "category": "acc.voucher",
                 "captured": "2016-01-01T00:00:00Z", "components": 2, "rule": {"id": "voucher", "version": 1},
                 "basis": {"citations": ["会计档案管理办法第18条"], "period": "P30Y"},
                 "destroyed": {"at": "2027-01-20T00:00:00Z", "ledger": 7}, "bytes": 12},
                {"leaf": ["r-2", 1, "c"], "outcome": "left", "left": {"why": ["unavailable"]}},
            ],
            "decisions": [{"stage_name": "鉴定小组", "by": {"name": "li"}, "role": "archivist", "at": "x"}],
            "witnesses": [{"by": {"name": "jian"}, "at": "y"}],
        }})
    }

    #[test]
    fn a_page_says_what_the_certificate_says_in_each_language_and_loads_nothing() {
        for language in Language::ALL {
            for layout in [CertificateLayout::Plain, CertificateLayout::Accounting] {
                let page = certificate_page(&a_certificate(), layout, language);
                for word in
                    ["r-1", "r-2", "鉴定小组", "jian", "voucher@1", "会计档案管理办法第18条", "unavailable"]
                {
                    assert!(page.contains(word), "{word}");
                }
                assert!(page.contains("期满 &lt;b&gt;"), "what people wrote is no markup");
                assert!(!page.contains("http") && !page.contains("<script") && !page.contains("src="));
            }
        }
        let register = certificate_page(&a_certificate(), CertificateLayout::Accounting, Language::ZhCn);
        assert!(
            register.contains("会计档案销毁清册") && register.contains("P30Y") && register.contains("监销人")
        );
    }
}
