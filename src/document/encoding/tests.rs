use super::*;
use proptest::prelude::*;

/// Short texts as they stand in service records, each in Simplified and Traditional script.
const SHORT: [(&str, &str); 46] = [
    ("授权书", "授權書"),
    ("客户授权文件", "客戶授權文件"),
    ("确认单", "確認單"),
    ("法务部门", "法務部門"),
    ("姓名,手机,备注", "姓名,手機,備註"),
    ("时间,客户,电话", "時間,客戶,電話"),
    ("一些问题", "一些問題"),
    ("不同意", "不同意"),
    ("王小明", "王小明"),
    ("陈美玲女士", "陳美玲女士"),
    ("欧阳明远先生来电", "歐陽明遠先生來電"),
    ("林佳慧 13900001111", "林佳慧 13900001111"),
    ("北京市朝阳区建国路92号", "北京市朝陽區建國路92號"),
    ("台北市信义区松仁路7号", "臺北市信義區松仁路7號"),
    ("退款申请已受理", "退款申請已受理"),
    ("投诉：送货延误三天", "投訴：送貨延誤三天"),
    ("已完成，请确认。", "已完成，請確認。"),
    ("感谢您的来信", "感謝您的來信"),
    ("订单编号：SQ-2026-00417", "訂單編號：SQ-2026-00417"),
    ("合同终止后三年", "合約終止後三年"),
    ("个人信息处理规则", "個人資料處理規則"),
    ("本人授权服务方处理", "本人授權服務方處理"),
    ("保存期限届满后删除", "保存期限屆滿後刪除"),
    ("银行卡号,金额", "銀行卡號,金額"),
    ("身份证号码", "身分證號碼"),
    ("密码重置", "密碼重設"),
    ("维修记录：更换主板", "維修紀錄：更換主機板"),
    ("培训签到表", "培訓簽到表"),
    ("回访客户，满意", "回訪客戶，滿意"),
    ("系统故障，已恢复", "系統故障，已恢復"),
    ("变更申请单（紧急）", "變更申請單（緊急）"),
    ("请于五个工作日内答复", "請於五個工作天內答覆"),
    ("双方签字盖章后生效", "雙方簽字蓋章後生效"),
    ("附件：委托书、身份证复印件", "附件：委託書、身分證影本"),
    ("他说没有收到货", "他說沒有收到貨"),
    ("联通", "聯通"),
    ("是", "是"),
    ("同意", "同意"),
    ("否", "否"),
    ("数据泄露事件报告", "資料外洩事件報告"),
    ("审计日志\r\n登录失败\r\n", "稽核日誌\r\n登入失敗\r\n"),
    ("发票抬头：某某有限公司", "發票抬頭：某某有限公司"),
    ("<p>客户要求查阅</p>", "<p>客戶要求查閱</p>"),
    ("{\"姓名\":\"张三\"}", "{\"姓名\":\"張三\"}"),
    ("人工中心", "人工中心"),
    ("上午十点到下午三点", "上午十點到下午三點"),
];

fn detected(text: &str, charset: Charset) -> Result<(Charset, String), NotText> {
    let (bytes, _, lost) = charset.encoding().encode(text);
    assert!(!lost, "{text} is not in {charset:?}");
    decode(&bytes, None).map(|decoded| (decoded.charset, decoded.text.to_string()))
}

#[test]
fn short_chinese_texts_are_read_in_their_own_encoding() {
    let mut wrong = Vec::new();
    for (simplified, traditional) in SHORT {
        for (text, charset) in [
            (simplified, Charset::Gb18030),
            (traditional, Charset::Gb18030),
            (traditional, Charset::Big5),
            (simplified, Charset::Utf8),
            (traditional, Charset::Utf8),
        ] {
            if detected(text, charset) != Ok((charset, text.to_owned())) {
                wrong.push((text, charset, detected(text, charset)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn utf_16_is_read_with_and_without_a_mark() {
    for text in ["客户授权\r\n确认单", "name,phone\n林佳慧,139", "plain english text", "客户授权文件，请确认"]
    {
        for (charset, mark) in [(Charset::Utf16Le, [0xFF, 0xFE]), (Charset::Utf16Be, [0xFE, 0xFF])] {
            let unit = |u: u16| if charset == Charset::Utf16Le { u.to_le_bytes() } else { u.to_be_bytes() };
            let bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
            let marked: Vec<u8> = mark.into_iter().chain(bytes.iter().copied()).collect();
            for bytes in [bytes, marked] {
                let decoded = decode(&bytes, None).map(|decoded| (decoded.charset, decoded.text.to_string()));
                assert_eq!(decoded, Ok((charset, text.to_owned())));
            }
        }
    }
}

#[test]
fn other_encodings_are_not_taken_for_chinese() {
    for (text, charset) in [
        ("名前,年齢,住所\r\n佐藤太郎,30,東京\r\n三木英子,25,大阪", Charset::ShiftJis),
        ("お問い合わせありがとうございます", Charset::ShiftJis),
        ("The client’s file — “closed”", Charset::Windows1252),
        ("Müller, Zürich: Rückruf erwünscht", Charset::Windows1252),
        ("Café résumé", Charset::Windows1252),
        ("Café résumé", Charset::Utf8),
        ("Müller", Charset::Utf8),
        ("Договор подписан", Charset::Utf8),
        ("고객 서비스 기록입니다. 감사합니다", Charset::EucKr),
    ] {
        assert_eq!(detected(text, charset), Ok((charset, text.to_owned())), "{text}");
    }
}

#[test]
fn a_declaration_is_kept_if_the_bytes_bear_it_out() {
    let (gb, ..) = encoding_rs::GB18030.encode("客户授权");
    let (big5, ..) = encoding_rs::BIG5.encode("客戶授權");
    for (bytes, declared, charset, declaration) in [
        (&gb[..], "gb2312", Charset::Gb18030, Declaration::Kept),
        (&big5[..], "BIG5", Charset::Big5, Declaration::Kept),
        ("客户授权".as_bytes(), "utf8", Charset::Utf8, Declaration::Kept),
        ("客户授权".as_bytes(), "gb2312", Charset::Utf8, Declaration::Overruled),
        (b"\xEF\xBB\xBFab", "gb2312", Charset::Utf8, Declaration::Overruled),
        (b"\xFE\xFF\0a", "utf-16", Charset::Utf16Be, Declaration::Kept),
        (&gb[..], "klingon", Charset::Gb18030, Declaration::Overruled),
    ] {
        let decoded = decode(bytes, Some(declared)).map_err(|fault| fault.to_string());
        assert_eq!(decoded.map(|d| (d.charset, d.declaration)), Ok((charset, declaration)), "{declared}");
    }
}

#[test]
fn declared_utf_8_that_is_none_is_refused_with_its_place() {
    let bytes = b"first\nsecond \xCA\xDA line\n";
    let fault = NotText::Malformed { charset: Charset::Utf8, offset: 13, line: 2 };
    assert_eq!(decode(bytes, Some("utf-8")).err(), Some(fault));
    let marked = [b"\xEF\xBB\xBF", &bytes[..]].concat();
    let fault = NotText::Malformed { charset: Charset::Utf8, offset: 16, line: 2 };
    assert_eq!(decode(&marked, None).err(), Some(fault));
}

#[test]
fn what_is_no_text_is_refused() {
    for bytes in [&b"\0\0\0\0\0\0"[..], b"\xFF\xFE\0\0a\0\0\0", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", &[7; 100]] {
        assert!(decode(bytes, None).is_err(), "{bytes:?}");
    }
    let noise: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 | 1).collect();
    assert!(decode(&noise, None).is_err());
}

#[test]
fn chinese_at_the_end_of_a_long_log_decides_its_encoding() {
    let log = "2026-03-01 10:00:00 INFO ok\n".repeat(10_000) + "客户授权失败，请重试\n";
    for charset in [Charset::Gb18030, Charset::Utf8] {
        assert_eq!(detected(&log, charset).map(|found| found.0), Ok(charset));
    }
    let line = "x".repeat(300_000) + "客户要求撤回授权并删除资料";
    assert_eq!(detected(&line, Charset::Gb18030).map(|found| found.0), Ok(Charset::Gb18030));
}

#[test]
fn a_text_cut_within_a_character_is_refused_at_its_end() {
    let (gb, ..) = encoding_rs::GB18030.encode("客户授权文件，请确认");
    let cut = &gb[..gb.len() - 1];
    let fault = NotText::Malformed { charset: Charset::Gb18030, offset: cut.len() - 1, line: 1 };
    assert_eq!(decode(cut, None).err(), Some(fault));
}

#[test]
fn labels_are_read_and_names_written() {
    for charset in ALL {
        assert_eq!(Charset::parse(charset.as_str()), Some(charset));
    }
    assert_eq!(Charset::parse("gbk"), Some(Charset::Gb18030));
    assert_eq!(Charset::parse(" ISO-8859-1 "), Some(Charset::Windows1252));
    assert_eq!(Charset::parse("koi8-r"), None);
}

proptest! {
    #[test]
    fn no_bytes_break_decoding(bytes: Vec<u8>, declared in proptest::option::of("[a-z0-9-]{0,8}")) {
        if let Ok(decoded) = decode(&bytes, declared.as_deref()) {
            prop_assert!(decoded.text.len() <= bytes.len() * 3);
        }
    }
}
