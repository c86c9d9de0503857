use std::collections::{BTreeSet, HashMap};

use super::catalogue::locale;
use super::*;
use crate::base::text::simplified;

/// Every text of a language, with the code it belongs to.
fn texts(language: Language) -> Vec<(String, String)> {
    let locale = locale(language);
    let problems =
        locale.problems.iter().flat_map(|(code, texts)| texts.iter().map(move |text| (code, text)));
    let faults = locale.faults.iter().flat_map(|(code, texts)| texts.iter().map(move |text| (code, text)));
    problems.chain(faults).map(|(code, text)| (code.clone(), text.clone())).collect()
}

/// The words of the command line, by their keys.
fn of_command_line(language: Language) -> HashMap<String, String> {
    let files = match language {
        Language::ZhCn => {
            [include_str!("../cli/locales/zh-CN.toml"), include_str!("../cli/locales/faults/zh-CN.toml")]
        }
        Language::ZhTw => {
            [include_str!("../cli/locales/zh-TW.toml"), include_str!("../cli/locales/faults/zh-TW.toml")]
        }
        Language::En => {
            [include_str!("../cli/locales/en.toml"), include_str!("../cli/locales/faults/en.toml")]
        }
    };
    let words = |file| toml::from_str::<HashMap<String, String>>(file).expect("a table of texts");
    files.into_iter().flat_map(words).collect()
}

/// The words of `--help` and of the engine for personal data, by where they stand.
fn of_help(language: Language) -> Vec<(String, String)> {
    let files: &[&str] = match language {
        Language::ZhCn => {
            &[include_str!("../cli/locales/help.zh-CN.toml"), include_str!("locales/pii.zh-CN.toml")]
        }
        Language::ZhTw => {
            &[include_str!("../cli/locales/help.zh-TW.toml"), include_str!("locales/pii.zh-TW.toml")]
        }
        Language::En => &[include_str!("../cli/locales/help.en.toml")],
    };
    fn texts(place: &str, value: &toml::Value, found: &mut Vec<(String, String)>) {
        match value {
            toml::Value::String(text) => found.push((place.to_owned(), text.clone())),
            toml::Value::Array(items) => items.iter().for_each(|item| texts(place, item, found)),
            toml::Value::Table(members) => {
                members.iter().for_each(|(name, value)| texts(&format!("{place}/{name}"), value, found));
            }
            other => panic!("{place}: {other}"),
        }
    }
    let mut found = Vec::new();
    for file in files {
        texts("help", &toml::Value::Table(toml::from_str(file).expect("a table of texts")), &mut found);
    }
    found
}

/// Everything that the program says in a language: refusals, closed words, the command line.
fn everything(language: Language) -> Vec<(String, String)> {
    let terms = locale(language).terms.clone();
    let said = texts(language).into_iter().chain(terms).chain(of_command_line(language));
    // A certificate of TLS has this name in Taiwan; what is banned is its use for a proof.
    let said = said.chain(of_help(language)).map(|(code, text)| (code, text.replace("TLS 憑證", "TLS")));
    said.collect()
}

fn placeholders(texts: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        for after in text.split('{').skip(1) {
            found.insert(after.split_once('}').expect("every brace is closed").0.to_owned());
        }
    }
    found
}

#[test]
fn every_code_has_words_in_every_language_and_no_words_are_left_over() {
    for language in Language::ALL {
        let codes: BTreeSet<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        let words: BTreeSet<&str> = locale(language).problems.keys().map(String::as_str).collect();
        assert_eq!(words, codes, "{language:?}");
        let codes: BTreeSet<&str> = FaultWord::ALL.iter().map(|word| word.as_str()).collect();
        let words: BTreeSet<&str> = locale(language).faults.keys().map(String::as_str).collect();
        assert_eq!(words, codes, "{language:?}");
        for (code, text) in texts(language) {
            assert!(text.chars().count() >= 3 && text.trim() == text, "{language:?} {code}: {text}");
        }
    }
}

#[test]
fn codes_are_words_of_lower_case_letters_and_none_stands_twice() {
    let codes: Vec<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    let words: Vec<&str> = FaultWord::ALL.iter().map(|word| word.as_str()).collect();
    for list in [codes, words] {
        assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len());
        for code in list {
            assert!(
                code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit()),
                "{code}"
            );
        }
    }
}

#[test]
fn placeholders_agree_in_all_languages_and_with_the_facts() {
    for code in ProblemCode::ALL {
        let known: BTreeSet<String> = code.placeholders().iter().map(|name| (*name).to_owned()).collect();
        for language in Language::ALL {
            let [title, detail, remedy] = &locale(language).problems[code.as_str()];
            assert!(
                placeholders(std::slice::from_ref(title)).is_empty(),
                "a title is the same for all: {code:?}"
            );
            let used = placeholders(&[detail.clone(), remedy.clone()]);
            assert_eq!(used, known, "{language:?} {code:?}: every fact is told");
        }
    }
    for word in FaultWord::ALL {
        let known: BTreeSet<String> = word.placeholders().iter().map(|name| (*name).to_owned()).collect();
        for language in Language::ALL {
            assert_eq!(placeholders(&locale(language).faults[word.as_str()]), known, "{language:?} {word:?}");
        }
    }
}

/// Words that the glossary forbids, and words of the other side of the strait.
const BANNED_ZH_CN: &[&str] = &[
    "文件计划",
    "保留策略",
    "触发器",
    "下限",
    "上限",
    "冷静期",
    "账本",
    "区块链",
    "存证",
    "凭证",
    "匿名",
    "登入",
    "使用者",
    "权杖",
    "资料库",
    "金钥",
    "位元组",
    "字元",
    "预设",
    "伺服器",
    "网路",
    "软体",
    "程式",
    "资讯",
    "透过",
    "汇出",
    "汇入",
    "档名",
    "报错",
    "非法",
    "补登",
    "处置等待期",
    "期限规则",
    "脱敏方案",
    "还原身份",
    "第二因素",
    "查阅目的",
    "恢复身份",
    "服务身份",
];
const BANNED_ZH_TW: &[&str] = &[
    "文件計劃",
    "保留策略",
    "觸發器",
    "下限",
    "上限",
    "冷靜期",
    "帳本",
    "賬本",
    "區塊鏈",
    "存證",
    "憑證",
    "匿名",
    "登錄",
    "用戶",
    "令牌",
    "數據",
    "數據庫",
    "文檔",
    "信息",
    "字節",
    "字符",
    "默認",
    "服務器",
    "網絡",
    "軟件",
    "程序庫",
    "創建",
    "導出",
    "導入",
    "命令行",
    "緩存",
    "屏幕",
    "支持",
    "接口",
    "設置",
    "保存期限制度",
    "密鑰",
    "恢復密",
    "遮蓋",
    "脫敏",
    "報錯",
    "非法",
    "保管年限",
    "保管期",
    "等待期",
    "複核",
    "檔案員",
    "優先級",
    "管理者",
    "批次日誌",
    "留痕",
    "處置",
    "法務事項",
    "復原身分",
    "服務身分",
];
const BANNED_EN: &[&str] = &[
    "blockchain",
    "anonym",
    "invalid",
    "illegal",
    "oops",
    "sorry",
    "unfortunately",
    "customer-facing",
    "folder plan",
    "successfully",
    "please ",
    "user-friendly",
    "bad request",
    "forbidden",
];

#[test]
fn no_language_uses_words_that_the_glossary_bans() {
    for (language, banned) in
        [(Language::ZhCn, BANNED_ZH_CN), (Language::ZhTw, BANNED_ZH_TW), (Language::En, BANNED_EN)]
    {
        for (code, text) in everything(language) {
            let lower = text.to_lowercase();
            for word in banned {
                assert!(!lower.contains(word), "{} {code}: \"{word}\" in: {text}", language.tag());
            }
        }
    }
}

#[test]
fn each_chinese_is_written_in_its_own_characters() {
    for (code, text) in everything(Language::ZhCn) {
        for c in text.chars() {
            assert_eq!(simplified(c), c, "{code}: {c} is Traditional in: {text}");
        }
    }
    // A character that some Traditional one turns into is Simplified, unless Traditional writes it too.
    let both = "才核逾系面向同查卷准出修致欲合制表泛即既回占升只布教私雇";
    let mut origins: HashMap<char, char> = HashMap::new();
    for c in ('\u{3400}'..='\u{9FFF}').filter(|c| simplified(*c) != *c) {
        origins.insert(simplified(c), c);
    }
    let mut strangers = BTreeSet::new();
    for (code, text) in everything(Language::ZhTw) {
        for c in text.chars() {
            if origins.contains_key(&c) && !both.contains(c) {
                strangers.insert(format!("{c} ({code})"));
            }
        }
    }
    assert!(strangers.is_empty(), "Simplified characters in zh-TW: {strangers:?}");
}

#[test]
fn each_language_has_its_own_punctuation() {
    for (code, text) in everything(Language::ZhTw) {
        assert!(!text.contains(['“', '”', '‘', '’']), "{code}: {text}");
    }
    for language in [Language::ZhCn, Language::ZhTw] {
        for (code, text) in everything(language) {
            let chars: Vec<char> = text.chars().collect();
            for pair in chars.windows(2) {
                let half_width =
                    matches!(pair[1], ',' | ';' | '?' | '!') && crate::base::text::is_han(pair[0]);
                assert!(!half_width, "{code}: half-width mark in: {text}");
            }
        }
    }
    for (code, text) in texts(Language::En) {
        assert!(text.chars().all(|c| (c as u32) < 0x80), "{code}: {text}");
    }
}

#[test]
fn details_and_remedies_are_whole_sentences() {
    for language in Language::ALL {
        let end = if language == Language::En { ['.', '?'] } else { ['。', '？'] };
        let locale = locale(language);
        let details = locale.problems.values().flat_map(|[_, detail, remedy]| [detail, remedy]);
        for text in details.chain(locale.faults.values().flatten()) {
            assert!(text.ends_with(end), "{}: {text}", language.tag());
        }
        for [title, ..] in locale.problems.values() {
            assert!(!title.ends_with(['.', '。']), "a title has no stop: {title}");
        }
    }
}

#[test]
fn closed_words_have_words_in_every_language() {
    let keys = |language: Language| locale(language).terms.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(Language::ZhCn), keys(Language::En));
    assert_eq!(keys(Language::ZhTw), keys(Language::En));
    for language in Language::ALL {
        for (key, text) in &locale(language).terms {
            assert!(key.contains('.') && !text.trim().is_empty() && text.trim() == text, "{key}");
            assert!(!text.contains('{'), "{key}: a word has no facts");
        }
    }
}

#[test]
fn closed_words_in_a_refusal_are_told_in_the_readers_language() {
    let refusal = Refusal::CaseState {
        event: Term::new("event", "first_response"),
        state: Term::new("case_state", "resolved"),
    };
    let told = |language| problem_text(&refusal, language).detail;
    assert_eq!(told(Language::ZhCn), "案卷状态为“已解决”，不能登记“首次响应”。");
    assert_eq!(told(Language::ZhTw), "案卷狀態為「已解決」，無法登載「首次回應」。");
    assert_eq!(told(Language::En), "The case is \"resolved\"; \"first response\" cannot be entered.");
    // Programs get the words as they are.
    let codes: Vec<_> = refusal.facts().iter().map(|(_, fact)| fact.to_json()).collect();
    assert_eq!(codes, ["first_response", "resolved"]);
}

#[test]
fn a_refusal_is_told_in_the_readers_language() {
    let refusal = Refusal::NotUtf8 { file: "export.csv".to_owned(), line: 3, offset: 41 };
    assert_eq!(
        problem_text(&refusal, Language::ZhCn).detail,
        "文件“export.csv”声明为 UTF-8，但第 3 行（偏移 41）的字节不是 UTF-8。"
    );
    assert_eq!(
        problem_text(&refusal, Language::ZhTw).detail,
        "檔案「export.csv」宣告為 UTF-8，惟第 3 列（位移 41）的位元組並非 UTF-8。"
    );
    assert_eq!(
        problem_text(&refusal, Language::En).detail,
        "The file \"export.csv\" was declared as UTF-8; the bytes in line 3 (offset 41) are not."
    );
}
