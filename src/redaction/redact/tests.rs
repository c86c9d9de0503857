use proptest::prelude::*;

use super::pages::MASK_RUN_MOST;
use super::*;
use crate::base::secret::SecretKey;
use crate::redaction::detect::Settings;
use crate::redaction::kind::Kind;
use crate::redaction::known::{Subject, plain};

fn keys() -> Keys {
    Keys::new(SecretKey::take(&mut [5; 32]))
}

fn run(document: &str, profile: &str, format: Format) -> Redacted {
    let policy = Policy::shipped(profile).unwrap();
    let request = Request { policy: &policy, keys: &keys(), subjects: &Subjects::default(), format };
    redact(document, &request, &mut CaseBook::default())
}

fn custom(document: &str, policy: &str) -> String {
    let policy = Policy::parse(&format!("name = 'x'\nversion = 1\n{policy}")).unwrap();
    let request =
        Request { policy: &policy, keys: &keys(), subjects: &Subjects::default(), format: Format::Text };
    redact(document, &request, &mut CaseBook::default()).document
}

fn edited(document: &str, edits: &[Edit]) -> String {
    let chars: Vec<char> = document.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    for edit in edits {
        assert!(at <= edit.start && edit.start < edit.end, "in order, each of something");
        out.extend(&chars[at..edit.start]);
        out.push_str(&edit.text);
        at = edit.end;
    }
    out.extend(&chars[at..]);
    out
}

#[test]
fn the_edits_make_the_redacted_document_of_the_one_that_came_in() {
    for (document, format) in [
        (
            "客户王小明来电，王先生反映电话138 0013 8000停机，生日1949年12月31日，邮箱a.b@example.com。",
            Format::Text,
        ),
        (
            "姓名,手机号,地址\n王小明,13800138000,北京市朝阳区建国路92号\n李四光,，１３８００１３８０００,北京市\n",
            Format::Csv,
        ),
        (r#"{"name": "\u738b\u5c0f\u660e", "tel": 13800138000, "n": 3}"#, Format::Json),
        ("nothing here", Format::Text),
    ] {
        for profile in Policy::shipped_names() {
            let policy = Policy::shipped(profile).unwrap();
            let request = Request { policy: &policy, keys: &keys(), subjects: &Subjects::default(), format };
            let (redacted, edits) = redact_with_edits(document, &request, &mut CaseBook::default());
            assert_eq!(edited(document, &edits), redacted.document, "{profile}");
        }
    }
}

#[test]
fn people_are_numbered_and_their_aliases_share_the_number() {
    let redacted =
        run("客户王小明来电，王先生反映电话13800138000停机，由李建国跟进。", "opposing-party", Format::Text);
    assert_eq!(
        redacted.document,
        "客户[当事人1]来电，[当事人1]先生反映电话138****8000停机，由[当事人2]跟进。"
    );
    assert_eq!(redacted.report.counts().get("PHONE"), Some(&1));
}

#[test]
fn formats_stay_what_they_were() {
    let json =
        run(r#"{"name": "\u738b\u5c0f\u660e", "tel": 13800138000, "n": 3}"#, "opposing-party", Format::Json);
    assert_eq!(json.document, r#"{"name": "[当事人1]", "tel": "138****8000", "n": 3}"#);
    let csv = run("姓名,手机号,金额\n王小明,13800138000,\"1,2\"\n", "dsar", Format::Csv);
    assert_eq!(csv.document, "姓名,手机号,金额\n[当事人1],[电话],\"1,2\"\n");
    let xml = run("<c><name>王小明</name><n>3</n></c>", "opposing-party", Format::Xml);
    assert_eq!(xml.document, "<c><name>[当事人1]</name><n>3</n></c>");
}

#[test]
fn a_value_hidden_once_is_hidden_in_every_other_writing() {
    let out = run(
        "手机：13800138000，备用 1 3 8 0 0 1 3 8 0 0 0，file_13800138000.pdf，１３８００１３８０００",
        "dsar",
        Format::Text,
    )
    .document;
    assert!(!plain(&out).contains("13800138000"), "{out}");
}

#[test]
fn one_s_own_data_stay_in_one_s_own_copy() {
    let policy = Policy::shipped("dsar").unwrap();
    let own = Subject {
        name: "王小明".into(),
        values: vec![(Kind::Phone, "13800138000".into())],
        own: true,
        ..Subject::default()
    };
    let subjects = Subjects::new(&[own]);
    let request = Request { policy: &policy, keys: &keys(), subjects: &subjects, format: Format::Text };
    let out = redact(
        "联系人：王小明，电话138-0013-8000；联系人：李建国，电话13900139000",
        &request,
        &mut CaseBook::default(),
    );
    assert_eq!(out.document, "联系人：王小明，电话138-0013-8000；联系人：[当事人1]，电话[电话]");
}

#[test]
fn a_book_gives_the_same_party_the_same_number_in_the_next_record() {
    let policy = Policy::shipped("opposing-party").unwrap();
    let request =
        Request { policy: &policy, keys: &keys(), subjects: &Subjects::default(), format: Format::Text };
    let mut book = CaseBook::default();
    redact("经办人：李建国", &request, &mut book);
    let mut book = CaseBook::parse(&book.to_lines()).unwrap();
    assert_eq!(
        redact("经办人：王小明\n复核：李建国", &request, &mut book).document,
        "经办人：[当事人2]\n复核：[当事人1]"
    );
}

#[test]
fn a_policy_s_own_words_and_patterns_are_obeyed() {
    let policy = "allow = ['13800138000']\ndeny = ['天鹅计划']\n[types]\nCONTRACT = { mask = [2, 0] }\n[[recogniser]]\ntype = 'CONTRACT'\npattern = 'HT-\\d{8}'";
    assert_eq!(custom("天鹅计划 HT-20240101 电话13800138000", policy), "[其他] HT-******** 电话13800138000");
}

#[test]
fn the_report_quotes_no_value() {
    let report = run("手机：13800138000，王小明", "dsar", Format::Text).report;
    let text = report.to_json().to_string();
    assert!(!text.contains("138") && !text.contains("王"));
    assert_eq!(report.entries[0].start, 3);
}

#[test]
fn a_teaching_case_does_not_lead_back_to_the_case() {
    let record = "订单号：2024051200123，工单TK-19115520，合同编号：沪采合字〔2024〕第012号。\
                  客户王小明，四十七岁，退款￥12,345.60，又称2024051200123未到。";
    let out = run(record, "teaching", Format::Text).document;
    for number in ["2024051200123", "19115520", "2024〕第012", "四十七", "12,345"] {
        assert!(!out.contains(number), "{number} in {out}");
    }
    assert!(out.contains("40-49岁") && out.contains("￥10000-100000"), "{out}");
    assert_eq!(run(&out, "teaching", Format::Text).document, out);
    // Elsewhere these numbers are of nobody, and stay.
    assert!(run(record, "opposing-party", Format::Text).document.contains("TK-19115520"));
}

#[test]
fn only_the_highest_ages_are_pooled_in_medical_records() {
    let out = run("Mary Jones, aged 93, and her 47-year-old son", "hipaa-safe-harbor", Format::Text).document;
    assert!(out.contains("aged 90+") && out.contains("47-year-old"), "{out}");
    let csv = run("姓名,年龄\n王小明,93\n李建国,41\n", "hipaa-safe-harbor", Format::Csv).document;
    assert_eq!(csv, "姓名,年龄\n[姓名],90+\n[姓名],41\n");
}

#[test]
fn shapes_of_any_size_are_redacted_in_time_that_grows_with_them() {
    // A square of any of these lengths would not end.
    let marks = format!("{{\"company\": \"{}\"}}", "[电话]有限公司".repeat(4_000));
    let string = format!("{{\"remark\": \"{}13800138000\"}}", "a ".repeat(20_000));
    let columns = format!("{}\n{}\n", "姓名,".repeat(10_000), "王小明,".repeat(10_000));
    let bomb = format!("<!DOCTYPE a [{}]><a>&b9;</a>", "<!ENTITY b1 \"&b0;&b0;\">".repeat(1_000));
    let nested = "[".repeat(40_000);
    for (document, format) in [
        (&marks, Format::Json),
        (&string, Format::Json),
        (&columns, Format::Csv),
        (&bomb, Format::Xml),
        (&nested, Format::Json),
        (&nested, Format::Text),
    ] {
        let out = run(document, "dsar", format).document;
        assert!(!out.contains("13800138000"));
    }
}

#[test]
fn strangers_cannot_hide_values_in_marks() {
    let out = run(
        "[13800138000] [token:PHONE:13800138000] [hash:13800138000138001380] [姓名13800138000]",
        "dsar",
        Format::Text,
    )
    .document;
    assert!(!out.contains("13800138000"), "{out}");
}

#[test]
fn a_mark_that_makes_its_neighbour_suspect_is_followed_to_the_end() {
    let record = "13800138000住浙江省杭州市西湖区文三路12号3单元401室6222021234567890128138****8000\
                  password=Tr0ub4dor&3138****8000";
    let once = run(record, "auditor", Format::Text).document;
    assert_eq!(run(&once, "auditor", Format::Text).document, once);
}

#[test]
fn what_a_mask_leaves_of_a_number_is_nobody() {
    for (record, hidden) in [
        ("Tel 13800138000", "Tel 138****8000"),
        ("a,13911110001\nb,13922220001\n", "a,139****0001\nb,139****0001\n"),
    ] {
        assert_eq!(run(record, "opposing-party", Format::Csv).document, hidden);
    }
    let json = run(r#"{"tel":"13911110001","tel2":"13922220001"}"#, "opposing-party", Format::Json).document;
    assert_eq!(json, r#"{"tel":"139****0001","tel2":"139****0001"}"#);
}

#[test]
fn what_looks_like_a_stand_in_is_exchanged_like_everything_else() {
    // Made for this test: of the forms that stand-ins have.
    let record = "联系人：林沐砚，电话13955501234，邮箱zhangsan@example.com，网址https://example.com/zhangsan，\
                  护照号E00123456，订单号：000123987，公司：示例甲实业有限公司，卡号4000000012345675。";
    let out = run(record, "teaching", Format::Text).document;
    for value in ["林沐砚", "55501234", "zhangsan", "E00123456", "000123987", "示例甲", "12345675"] {
        assert!(!out.contains(value), "{value} in {out}");
    }
    assert_eq!(run(&out, "teaching", Format::Text).document, out);
    let english = "Contact: Rosamund Ashdown, phone 202-555-0147, or Verity Smith.";
    let out = run(english, "teaching", Format::Text).document;
    for value in ["Rosamund", "0147", "Verity"] {
        assert!(!out.contains(value), "{value} in {out}");
    }
    assert_eq!(run(&out, "teaching", Format::Text).document, out);
}

#[test]
fn stand_ins_of_another_case_are_values_like_others() {
    let policy = Policy::shipped("teaching").unwrap();
    let other = Keys::new(SecretKey::take(&mut [6; 32]));
    let request =
        Request { policy: &policy, keys: &other, subjects: &Subjects::default(), format: Format::Text };
    let foreign =
        redact("电话13800138000，身份证11010519491231002X", &request, &mut CaseBook::default()).document;
    assert_ne!(run(&foreign, "teaching", Format::Text).document, foreign);
}

#[test]
fn one_person_has_one_stand_in_under_every_name() {
    let out = run("客户王小明来电。王先生反映，小王说，小明同意。由李建国跟进。", "teaching", Format::Text)
        .document;
    let name: String = out.chars().skip(2).take(3).collect();
    assert!(out.matches(&name).count() >= 3, "{out}");
    let table =
        run("姓,名,区号,电话\n王,小明,010,12345678\n李,建国,021,87654321\n", "opposing-party", Format::Csv)
            .document;
    assert_eq!(
        table,
        "姓,名,区号,电话\n[当事人1],[当事人1],***,123*5678\n[当事人2],[当事人2],***,876*4321\n"
    );
    let table =
        run("first_name,last_name,phone\nJohn,Smith,512-555-0143\n", "opposing-party", Format::Csv).document;
    assert_eq!(table, "first_name,last_name,phone\n[PERSON 1],[PERSON 1],512-***-0143\n");
    let json = r#"{"firstName":"John","lastName":"Smith"}"#;
    let json = run(json, "opposing-party", Format::Json).document;
    assert_eq!(json, r#"{"firstName":"[PERSON 1]","lastName":"[PERSON 1]"}"#);
}

#[test]
fn parties_of_the_case_are_one_with_their_other_names() {
    let policy = Policy::shipped("opposing-party").unwrap();
    let party = Subject { name: "欧阳若曦".into(), ..Subject::default() };
    let subjects = Subjects::new(&[party]);
    let request = Request { policy: &policy, keys: &keys(), subjects: &subjects, format: Format::Text };
    let mut book = CaseBook::default();
    let first = redact("王小明致电，欧阳女士已知悉", &request, &mut book).document;
    assert_eq!(first, "[当事人1]致电，[当事人2]女士已知悉");
    let second = redact("转欧阳若曦处理；王先生同意", &request, &mut book).document;
    assert_eq!(second, "转[当事人2]处理；[当事人1]同意");
}

#[test]
fn what_is_only_masked_is_masked_wherever_it_stands_again() {
    let out = run(
        "手机：13800138000，文件a13800138000b.pdf，1 3 8 0 0 1 3 8 0 0 0",
        "opposing-party",
        Format::Text,
    );
    assert!(!plain(&out.document).contains("13800138000"), "{}", out.document);
    assert!(out.document.contains("a138****8000b.pdf"), "{}", out.document);
}

#[test]
fn codes_hide_nothing() {
    use base64::Engine as _;
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let said = "联系人：王小明，电话13800138000。";
    let escaped: String = said.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
    let percent: String = said.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let twice = percent.replace('%', "%25");
    let quoted: String = said.bytes().map(|byte| format!("={byte:02X}")).collect();
    let references: String = said.chars().map(|c| format!("&#{}", c as u32)).collect();
    let once = serde_json::json!({"said": said, "e": "@@"}).to_string().replace("@@", &escaped);
    let inner = serde_json::json!({"a": once}).to_string();
    let outer = serde_json::json!({"b": inner, "c": [inner]}).to_string();
    let mail = format!("Subject: x\nContent-Transfer-Encoding: base64\n\n{}\n", base64(said));
    let wide: Vec<u8> =
        "联系人：王小明，电话13800138000。".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = base64::engine::general_purpose::STANDARD.encode([&[0xFF, 0xFE], wide.as_slice()].concat());
    let texts = [
        escaped.clone(),
        percent,
        twice,
        quoted,
        references,
        once,
        inner,
        outer,
        mail,
        wide,
        base64(&base64(said)),
        base64(&escaped),
        format!("/x?d={}", base64(said)),
    ];
    for text in &texts {
        for format in [Format::Text, Format::Json, Format::Csv, Format::Xml] {
            for profile in ["opposing-party", "auditor", "teaching", "hipaa-safe-harbor"] {
                let out = run(text, profile, format);
                if !out.safe {
                    continue;
                }
                let seen = Shape::open(&out.document, format).logical();
                assert!(
                    !plain(&seen).contains("13800138000") && !plain(&seen).contains("王小明"),
                    "{text}: {seen}"
                );
                for part in seen.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))) {
                    let bytes =
                        base64::engine::general_purpose::STANDARD_NO_PAD.decode(part).unwrap_or_default();
                    assert!(!String::from_utf8_lossy(&bytes).contains("13800138000"), "{text}: {seen}");
                }
                assert_eq!(run(&out.document, profile, format).document, out.document, "{profile} {text}");
            }
        }
    }
    let nested = run(&texts[7], "hipaa-safe-harbor", Format::Json).document;
    let value: serde_json::Value = serde_json::from_str(&nested).unwrap();
    let inner: serde_json::Value = serde_json::from_str(value["b"].as_str().unwrap()).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(inner["a"].as_str().unwrap()).is_ok(), "{nested}");
}

#[test]
fn a_file_in_base64_goes_and_words_of_that_form_stay() {
    use base64::Engine as _;
    let bytes: Vec<u8> = (0..900u32).map(|n| (n * 7919 % 251) as u8 | 0x80).collect();
    let letters = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: Vec<&str> =
        letters.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let out = run(&format!("x\n{}\ny", lines.join("\n")), "opposing-party", Format::Text);
    assert_eq!(out.document, "x\n[CUSTOM]\ny");
    assert_eq!(out.report.counts().get("EMBEDDED_FILE"), Some(&1));
    let plain = "path/to/the/ServiceConfiguration sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    assert_eq!(run(plain, "opposing-party", Format::Text).document, plain);
}

#[test]
fn a_value_over_two_cells_leaves_neither_empty_nor_whole() {
    for (operator, hidden) in [("{ mask = [3, 4] }", "138**,**8000"), ("'tag'", "[PHONE],[PHONE]")] {
        let policy = format!(
            "name = 'x'\nversion = 1\n[types]\nPHONE = {operator}\n[[recogniser]]\ntype = 'PHONE'\npattern = '\\d{{5}},\\d{{6}}'"
        );
        let policy = Policy::parse(&policy).unwrap();
        let subjects = Subjects::default();
        let request = Request { policy: &policy, keys: &keys(), subjects: &subjects, format: Format::Csv };
        let out = redact("a,b\n13800,138000\n", &request, &mut CaseBook::default()).document;
        assert_eq!(out, format!("a,b\n{hidden}\n"));
    }
    let csv = "姓名,手机\n\"王\"\"小\"\"明\",13800138000\n";
    assert_eq!(run(csv, "dsar", Format::Csv).document, "姓名,手机\n\"[当事人1]\",[电话]\n");
}

#[test]
fn numbers_of_tickets_in_a_column_are_exchanged() {
    let csv = "工单号,客户,金额\n20240001,王小明,120\nTK-77,李建国,80\n";
    let out = run(csv, "teaching", Format::Csv).document;
    assert!(!out.contains("20240001") && !out.contains("TK-77"), "{out}");
}

#[test]
fn words_for_companies_and_counters_are_nobody() {
    let text = "贵公司售后承诺三日内回复，请将款项退回原银行卡。售后：已处理。";
    for profile in ["teaching", "dsar"] {
        assert_eq!(run(text, profile, Format::Text).document, text);
    }
}

#[test]
fn a_script_keeps_its_quotes() {
    let page = "<script>var t = \"13812345678\", n = 'x';</script><p title=\"a\">it's \"13812345678\"</p>";
    assert_eq!(
        run(page, "dsar", Format::Xml).document,
        "<script>var t = \"[PHONE]\", n = 'x';</script><p title=\"a\">it's \"[PHONE]\"</p>"
    );
}

#[test]
fn the_report_has_what_only_a_later_round_finds_at_its_place_in_the_document() {
    let record = "13800138000住浙江省杭州市西湖区文三路12号3单元401室6222021234567890128138****8000";
    let report = run(record, "auditor", Format::Text).report;
    let mut reached = 0;
    for entry in &report.entries {
        assert!(entry.start >= reached && entry.end <= record.chars().count(), "{entry:?}");
        reached = entry.end;
    }
}

/// Records in which names, numbers and marks meet in every order.
fn record() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("王小明".to_owned()),
        Just("李建国先生".to_owned()),
        Just("John Smith".to_owned()),
        Just("手机：".to_owned()),
        Just("13800138000".to_owned()),
        Just("11010519491231002X".to_owned()),
        Just("a.b@corp.cn".to_owned()),
        Just("6222021234567890128".to_owned()),
        Just("，".to_owned()),
        Just("\n".to_owned()),
        Just("住浙江省杭州市西湖区文三路12号3单元401室".to_owned()),
        Just("[电话]".to_owned()),
        Just("2024-05-12".to_owned()),
        Just("王*".to_owned()),
        Just("138****8000".to_owned()),
        Just("😀".to_owned()),
        Just("\u{200B}".to_owned()),
        Just("192.168.1.10".to_owned()),
        Just("password=Tr0ub4dor&3".to_owned()),
        Just("京A12345".to_owned()),
        Just("订单号：A1-2024".to_owned()),
        Just("年龄：47".to_owned()),
        Just("金额￥1,200.50元".to_owned()),
        Just("九十三岁".to_owned()),
        Just("10000-100000".to_owned()),
        Just("{\"name\":\"".to_owned()),
        Just("\"}".to_owned()),
        Just(" ".to_owned()),
        "[a-z]{1,6} ",
        Just("\\u738b\\u5c0f\\u660e".to_owned()),
        Just("%E7%8E%8B%E5%B0%8F%E6%98%8E".to_owned()),
        Just("MTM4MDAxMzgwMDA=".to_owned()),
        Just("&#29579;&#23567&#26126".to_owned()),
        Just("林沐砚".to_owned()),
        Just("202-555-0147".to_owned()),
        "[0-9]{1,12}",
        "\\PC{0,4}",
    ];
    prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn redacting_twice_is_redacting_once(record in record(), profile in prop::sample::select(vec!["court", "opposing-party", "auditor", "dsar", "teaching", "hipaa-safe-harbor"])) {
        for format in [Format::Text, Format::Json, Format::Csv, Format::Xml] {
            let once = run(&record, profile, format).document;
            let twice = run(&once, profile, format).document;
            prop_assert_eq!(&once, &twice);
        }
    }

    #[test]
    fn no_hidden_value_survives(record in record()) {
        let policy = "[types]\nURL = 'tag'";
        let out = custom(&record, policy);
        let left = plain(&out);
        let seen = Shape::open(&record, Format::Text).logical();
        for span in crate::redaction::detect(&seen, &Settings::default()) {
            let written: String = seen.chars().skip(span.start).take(span.end - span.start).collect();
            let value = plain(&written);
            let number = value.chars().filter(char::is_ascii_digit).count() >= 5 && value.chars().count() >= 6;
            // What a mask has left of a number is hidden already.
            let is_masked = written.contains("**")
                && written.split(|c: char| !c.is_ascii_digit()).all(|run| run.len() <= MASK_RUN_MOST);
            if number && !is_masked {
                prop_assert!(!left.contains(&value), "{} in {}", value, out);
            }
        }
    }
}
