use proptest::prelude::*;

use super::*;
use crate::redaction::normal::work;

/// What is found, as `text|TYPE`.
fn found(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    detect(text, &Settings::default())
        .iter()
        .map(|span| {
            format!("{}|{}", chars[span.start..span.end].iter().collect::<String>(), span.kind.as_str())
        })
        .collect()
}

#[test]
fn identifiers_are_found_in_every_written_form() {
    // Made for this test: no number here belongs to anybody.
    for (text, wanted) in [
        ("身份证号：11010519491231002X。", "11010519491231002X|ID_CARD"),
        ("证件 110105 19491231 002X 有效", "110105 19491231 002X|ID_CARD"),
        ("身份证号码110105491231002", "110105491231002|ID_CARD"),
        ("联系我 138 0013 8000 即可", "138 0013 8000|PHONE"),
        ("电话：+86-13800138000", "+86-13800138000|PHONE"),
        ("手机１３８００１３８０００。", "１３８００１３８０００|PHONE"),
        ("座机：010-12345678转8001", "010-12345678转8001|PHONE"),
        ("手機：0912-345-678", "0912-345-678|PHONE"),
        ("電話：(02)2345-6789#12", "(02)2345-6789#12|PHONE"),
        ("致電（+852 5123 4567）", "+852 5123 4567|PHONE"),
        ("卡号 6222 0200 0000 0000 008 转账", "6222 0200 0000 0000 008|PAYMENT_CARD"),
        ("统一社会信用代码：91350100M000100Y43", "91350100M000100Y43|USCC"),
        ("統一編號：04595257", "04595257|USCC"),
        ("身分證字號A123456789", "A123456789|ID_CARD"),
        ("香港身份證 G123456(A)", "G123456(A)|ID_CARD"),
        ("护照E12345678", "E12345678|PASSPORT"),
        ("通行证号码：H12345678", "H12345678|TRAVEL_PERMIT"),
        ("军官证：南字第1234567号", "南字第1234567号|MILITARY_ID"),
        ("车牌京A·D12345进场", "京A·D12345|PLATE"),
        ("車牌號：ABC-1234", "ABC-1234|PLATE"),
        ("车架号 1M8GDM9AXKP042788", "1M8GDM9AXKP042788|VIN"),
        ("IMEI：490154203237518", "490154203237518|IMEI"),
        ("微信加我abc_12345", "abc_12345|WECHAT"),
        ("QQ：123456789", "123456789|QQ"),
        ("（2024）京0105民初1234号", "（2024）京0105民初1234号|CASE_NO"),
        ("113年度訴字第123號判決", "113年度訴字第123號|CASE_NO"),
        ("出生日期：民國75年3月2日", "民國75年3月2日|DATE_OF_BIRTH"),
        ("1975/03/02生", "1975/03/02|DATE_OF_BIRTH"),
        ("邮编：100000", "100000|POSTCODE"),
        ("民族：彝族", "彝族|ETHNICITY"),
        ("健保卡號：000012345678", "000012345678|HEALTH_CARD"),
        ("Call me at (512) 555-0143 ext. 7.", "(512) 555-0143 ext. 7|PHONE"),
        ("SSN 219-09-9999", "219-09-9999|US_SSN"),
        ("IBAN DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00|IBAN"),
        ("card 4242-4242-4242-4242", "4242-4242-4242-4242|PAYMENT_CARD"),
        ("Case 3:23-cr-01234-ABC was filed", "3:23-cr-01234-ABC|ID_NUMBER"),
        ("MRN-1234567 admitted", "MRN-1234567|ID_NUMBER"),
        ("from 10.20.30.40 at", "10.20.30.40|IP"),
        ("via 2001:db8::12:34ff", "2001:db8::12:34ff|IP"),
        ("MAC 00:1A:2b:3C:4d:5E", "00:1A:2b:3C:4d:5E|MAC"),
        ("mail a.b+c@corp.example", "a.b+c@corp.example|EMAIL"),
        ("password: Tr0ub4dor&3", "Tr0ub4dor&3|SECRET"),
        ("key sk_live_abcdefgh12345678", "sk_live_abcdefgh12345678|SECRET"),
        ("born on January 12, 1996 there", "January 12, 1996|DATE"),
        ("at 2024-05-12T08:27:00Z.", "2024-05-12T08:27:00Z|DATE"),
    ] {
        assert!(found(text).iter().any(|seen| seen == wanted), "{wanted} in {text}: {:?}", found(text));
    }
}

#[test]
fn identifiers_are_found_as_people_write_them_in_haste() {
    // Made for this test as well.
    for (text, wanted) in [
        ("我的身份证是11010519491231002x请核实", "11010519491231002x|ID_CARD"),
        ("身分證字號：A 123456789", "A 123456789|ID_CARD"),
        ("身份證號碼 G 123456 (A)", "G 123456 (A)|ID_CARD"),
        ("持E12345678号护照入境", "E12345678|PASSPORT"),
        ("passport no. 123456789", "123456789|PASSPORT"),
        ("军官证号码 12345678", "12345678|MILITARY_ID"),
        ("匯款到銀行帳號 (012) 1234567890123", "012) 1234567890123|PAYMENT_CARD"),
        ("4242.4242.4242.4242", "4242.4242.4242.4242|PAYMENT_CARD"),
        ("联系138.0013.8000", "138.0013.8000|PHONE"),
        ("打我 1 3 8 0 0 1 3 8 0 0 0", "1 3 8 0 0 1 3 8 0 0 0|PHONE"),
        ("手机号一三八零零一三八零零零", "一三八零零一三八零零零|PHONE"),
        ("on 07911 123456", "07911 123456|PHONE"),
        ("Call 5125550143 today", "5125550143|PHONE"),
        ("512-555-0143x12", "512-555-0143x12|PHONE"),
        ("加微：lily2020", "lily2020|WECHAT"),
        ("扣扣123456789", "123456789|QQ"),
        ("车牌京a12345", "京a12345|PLATE"),
        ("京海劳人仲字[2023]第12345号", "京海劳人仲字[2023]第12345号|CASE_NO"),
        ("（2021）沪0115民初12345号之一", "（2021）沪0115民初12345号之一|CASE_NO"),
        ("民族：汉", "汉|ETHNICITY"),
        ("{\"民族\":\"壮\"}", "壮|ETHNICITY"),
        ("一九九〇年三月七日出生", "一九九〇年三月七日|DATE_OF_BIRTH"),
        ("民國七十九年三月七日生", "民國七十九年三月七日|DATE_OF_BIRTH"),
        ("出生年月：1990.03", "1990.03|DATE_OF_BIRTH"),
        ("健保卡卡號：0000 1234 5678", "0000 1234 5678|HEALTH_CARD"),
        ("medical record # 123456", "123456|ID_NUMBER"),
        ("policy #POL123456", "POL123456|ID_NUMBER"),
        ("NHS number 943 476 5919", "943 476 5919|ID_NUMBER"),
        ("Account No. 1234-5678-90", "1234-5678-90|BANK_ACCOUNT"),
        ("switch 001A.2B3C.4D5E up", "001A.2B3C.4D5E|MAC"),
        ("mac address: 001A2B3C4D5E", "001A2B3C4D5E|MAC"),
        ("user=jdoe42 ok", "jdoe42|USERNAME"),
        ("User 'alice.w' logged in", "alice.w|USERNAME"),
        ("ssh bob@10.0.0.5", "bob|USERNAME"),
        ("sudo: mjones : TTY=pts/0", "mjones|USERNAME"),
        ("Accepted password for deploy7 from 10.1.1.1", "deploy7|USERNAME"),
        ("uid=1001(kchen)", "kchen|USERNAME"),
        ("CREATE USER 'sys_663'@'10.1.1.1'", "sys_663|USERNAME"),
        ("GRANT ALL ON *.* TO 'sys_663'@'10.1.1.1'", "sys_663|USERNAME"),
        ("IDENTIFIED BY 'Tr0ub4dor'", "Tr0ub4dor|SECRET"),
        ("PIN: 4821", "4821|SECRET"),
        ("见 HCA 1234/2020 号案", "HCA 1234/2020|CASE_NO"),
        ("in DCCJ1234/2021 today", "DCCJ1234/2021|ID_NUMBER"),
        ("车牌 WJ京12345", "WJ京12345|PLATE"),
        ("使123456", "使123456|PLATE"),
        ("write to li.hua [at] corp dot com please", "li.hua [at] corp dot com|EMAIL"),
        ("write to li.hua(at)corp.com", "li.hua(at)corp.com|EMAIL"),
        ("NI AB 12 34 56 C", "AB 12 34 56 C|ID_NUMBER"),
        ("her number is AB123456C", "AB123456C|ID_NUMBER"),
        ("统一社会信用代码：9135 0100 M000 100Y 43", "9135 0100 M000 100Y 43|USCC"),
        ("SSN: 219.09.9999", "219.09.9999|US_SSN"),
        ("cvv 123", "123|SECRET"),
    ] {
        assert!(found(text).iter().any(|seen| seen == wanted), "{wanted} in {text}: {:?}", found(text));
    }
}

#[test]
fn numbers_that_stand_for_nobody_are_left_alone() {
    for text in [
        "订单号6222020000000000008已发货",
        "版本v6.10.15.989发布",
        "客服热线400-650-8899",
        "請撥0800-080-123",
        "SHA256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "批次 110105199013071234",
        "时间戳1629285073881",
        "金额13,800.00元",
        "第四百六十八条 应当回复",
        "高兴地通知，方便时马上处理",
        "工单TK-19115520已关闭",
        "財政部〔2021〕12号文件",
        "user manual for version 3 from 2 to 5",
        "for example from 10 to 20",
        "一次使用年限为三年",
        "1.2.3.4.5.6.7.8.9.1.1 目录",
        "致使100000元损失",
        "grade (at) most 3",
        "version 219.09.9999",
        "page 1234/2020",
        "报名：已截止，品名：螺丝",
    ] {
        let personal: Vec<String> = found(text).into_iter().filter(|seen| !seen.ends_with("|DATE")).collect();
        assert!(personal.is_empty(), "{text}: {personal:?}");
    }
}

#[test]
fn names_and_addresses_are_found_in_both_scripts_and_in_english() {
    for (text, wanted) in [
        ("客户王小明来电反映宽带故障", "王小明|PERSON"),
        ("由歐陽志豪律師陪同", "歐陽志豪|PERSON"),
        ("李女士您好", "李|PERSON"),
        (
            "收货地址：浙江省杭州市西湖区文三路12号3单元401室",
            "浙江省杭州市西湖区文三路12号3单元401室|ADDRESS",
        ),
        ("住臺北市大安區信義路四段12號5樓之3", "臺北市大安區信義路四段12號5樓之3|ADDRESS"),
        ("我司与杭州云帆信息技术有限公司签订合同", "杭州云帆信息技术有限公司|ORGANIZATION"),
        ("{\"name\": \"王小明\"}", "王小明|PERSON"),
        ("My name is Kevin Williams and I live in Boston.", "Kevin Williams|PERSON"),
        ("Ship it to 12 Oak Street, Springfield, IL 62704.", "12 Oak Street, Springfield, IL 62704|ADDRESS"),
    ] {
        assert!(found(text).iter().any(|seen| seen == wanted), "{wanted} in {text}: {:?}", found(text));
    }
}

#[test]
fn a_name_found_once_is_found_in_all_its_mentions() {
    let seen = found("姓名：尉迟砚舟\n备注栏写着尉迟砚舟已到");
    assert_eq!(seen.iter().filter(|seen| *seen == "尉迟砚舟|PERSON").count(), 2);
}

#[test]
fn a_name_ends_where_the_next_word_begins_if_the_text_has_it_alone() {
    let seen = found("张伟经朋友刘芳介绍认识陈建平。张伟称钱已还给陈建平。");
    assert!(seen.iter().filter(|seen| *seen == "张伟|PERSON").count() == 2, "{seen:?}");
}

#[test]
fn the_work_on_a_hostile_text_grows_with_its_length() {
    let names = (0..3000u32).map(|i| format!("王小{}来电，", char::from_u32(0x4E00 + i).unwrap_or('一')));
    let shapes = [
        ("digits", "1"),
        ("groups", "1 "),
        ("brackets", "["),
        ("parentheses", "("),
        ("keys", "{\"a\":"),
        ("keys with a name", "\"name\":\""),
        ("arrays", "\"name\":[\"王伟\","),
        ("quotes", "\""),
        ("escaped quotes", "\"k\":\"\\\""),
        ("ats", "a@"),
        ("zero width", "\u{200B}1"),
        ("years of the Republic", "民国"),
        ("numerals", "一九九"),
        ("case numbers", "(2024)粤"),
        ("arbitration", "仲字[2023]"),
        ("military cards", "字第"),
        ("peoples", "族"),
        ("pairs", "a="),
        ("quoted pairs", "a=\""),
        ("tags", "<a>"),
        ("broken tags", "<a "),
        ("inserts", "insert into '("),
        ("documents", "证件号：A1234567 "),
        ("labels", "手机 "),
        ("labels and names", "姓名：王伟 "),
        ("ages", "年龄：47岁"),
        ("orders", "order no. "),
        ("colons", "::"),
        ("hexadecimal", "ab:"),
        ("hosts", "a."),
        ("pages", "http://"),
        ("tokens", "eyJ"),
        ("passwords", "pwd="),
        ("keys of ciphers", "-----begin private key"),
        ("camels", "aB"),
        ("one word", "a"),
        ("rows", "王,1\n"),
        ("lines", "\n"),
        ("users", "user a1_"),
        ("English names", "John Smith, "),
        ("English labels", "Passport no. "),
    ];
    let texts = shapes.map(|(name, piece)| (name, piece.to_owned()));
    for (name, piece) in texts.into_iter().chain([("names that begin alike", names.collect())]) {
        let (one, four) = (6_000 / piece.len().min(6_000), 24_000 / piece.len().min(24_000));
        for traces in [false, true] {
            let settings = Settings { names: true, traces };
            let work = |count: usize| {
                let text = piece.repeat(count.max(1));
                work::of(|| drop(detect(&text, &settings)))
            };
            let (small, large) = (work(one.max(1)), work(four.max(4)));
            // A square would be sixteen times.
            assert!(large <= small * 6 + 200_000, "{name}: {small} for a quarter of {large}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn spans_lie_in_the_text_in_order_and_apart(text in "(\\PC|[0-9@+(:. -]|姓名：|电话|王小明|\u{200B}|😀|\n|John ){0,60}") {
        let count = text.chars().count();
        let mut reached = 0;
        for span in detect(&text, &Settings::default()) {
            prop_assert!(span.start >= reached && span.start < span.end && span.end <= count);
            reached = span.end;
        }
    }
}
